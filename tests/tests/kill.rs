//! A session survives the death of the program at any moment: it always opens, and holds every edit that was done.
//!
//! At most 2 s of edits may be lost when the power fails, since the journal reaches the disk once a second; when only the
//! program dies, what it wrote is with the operating system, and nothing may be missing.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lacquer_engine::session::{Access, Document, Edit, NewSong, SourceRef, unsaved};
use lacquer_engine::unit::{Db, Frames, SampleRate};

/// Where the child works, by path of the session; without it the test binary is the judge.
const CHILD: &str = "LACQUER_TEST_KILL_SESSION";
/// Moments of death.
const KILLS: u64 = 100;

fn session(path: &Path) -> Document {
    let mut document = Document::new();
    let source = SourceRef {
        id: String::new(),
        path: "a.wav".into(),
        rate: SampleRate(48_000),
        bits: Some(24),
        layout: lacquer_engine::audio::Layout::Stereo,
        frames: Frames(480_000),
        size: 1,
        modified: 0,
        head_tail: String::new(),
        sha256: None,
        lossy: false,
        matrix: None,
        repairs: Vec::new(),
        unknown: Default::default(),
    };
    let (title, artist, isrc) = ("0".to_string(), String::new(), String::new());
    let (edit, _) = Edit::add_song(&document, &NewSong { title, artist, isrc, sources: vec![source] }, 0).unwrap();
    document.apply(edit).unwrap();
    document.save_as(path).unwrap();
    document
}

/// Edits and saves until it is killed. Each edit is told after it was done: the title counts, the gain follows.
fn work(path: &Path) -> ! {
    let mut opened = Document::open(path, Access::Edit).unwrap();
    if let Some(recovery) = &opened.recovery {
        opened.document.recover(recovery).unwrap();
    }
    let mut document = opened.document;
    let mut count: u64 = document.session().songs[0].title.parse().unwrap();
    loop {
        count += 1;
        let edit = Edit::set_song_gain(&document, None, "s1", Db(count as f64 / 8.0)).unwrap();
        document.apply(edit).unwrap();
        document.apply(Edit::set_title(&document, "s1", &count.to_string()).unwrap()).unwrap();
        println!("{count}");
        if count.is_multiple_of(5) {
            document.save().unwrap();
        }
    }
}

fn spawn(path: &Path) -> Child {
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new(test);
    command.args(["--exact", "the_child", "--nocapture", "--quiet"]).env(CHILD, path);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Only does something as the child of the test below.
#[test]
fn the_child() {
    if let Some(path) = std::env::var_os(CHILD) {
        work(&PathBuf::from(path));
    }
}

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
fn moments() -> impl Iterator<Item = u64> {
    let next =
        |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(2026), next).map(|state| state >> 33)
}

#[test]
fn a_killed_session_opens_and_has_lost_nothing_it_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("album.lacquer");
    drop(session(&path));
    let (mut recovered, mut moved) = (0, 0);
    let mut before = 0;
    for moment in moments().take(KILLS as usize) {
        let mut child = spawn(&path);
        let told = listen_and_kill(&mut child, Duration::from_micros(moment % 60_000));
        let opened = Document::open(&path, Access::Edit).unwrap_or_else(|error| panic!("after {told}: {error}"));
        let mut document = opened.document;
        assert!(opened.set_aside.is_none(), "a journal was not recognised after {told}");
        if let Some(recovery) = &opened.recovery {
            let done = document.recover(recovery).unwrap();
            assert_eq!((done.edits, done.stopped), (recovery.edits(), None));
            recovered += 1;
        }
        let song = &document.session().songs[0];
        let count: u64 = song.title.parse().unwrap();
        assert!(count >= told, "told {told}, found {count}");
        assert!(song.gain == Db(count as f64 / 8.0) || song.gain == Db((count + 1) as f64 / 8.0));
        moved += u64::from(count > before);
        before = count;
        document.save().unwrap();
    }
    // Else the child died before it did anything, and nothing was tested.
    assert!(moved > KILLS / 2, "only {moved} of {KILLS} children did something");
    assert!(recovered > KILLS / 10, "only {recovered} of {KILLS} deaths left a journal");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("saving")), "{left:?}");
}

/// Lets the child work for a while after its first edit, then ends it without warning. The last edit it told.
fn listen_and_kill(child: &mut Child, wait: Duration) -> u64 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_count = |line: Result<String, std::io::Error>| line.ok().and_then(|line| line.parse::<u64>().ok());
    let first = lines.by_ref().find_map(is_count).unwrap_or(0);
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    lines.filter_map(is_count).last().unwrap_or(first)
}

#[test]
fn an_album_that_was_never_saved_is_found_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = session(&folder.path().join("a.lacquer"));
    let mut untitled = Document::from_session(document.session()).unwrap();
    untitled.keep_journal_in(folder.path()).unwrap();
    untitled.apply(Edit::set_title(&untitled, "s1", "7").unwrap()).unwrap();
    document.sync_journal();
    drop((document, untitled));
    // A process that another test starts at this moment holds the lock too, until it has become its own program.
    let limit = Instant::now() + Duration::from_secs(5);
    let mut found = unsaved(folder.path()).unwrap();
    while found.is_empty() && Instant::now() < limit {
        std::thread::sleep(Duration::from_millis(5));
        found = unsaved(folder.path()).unwrap();
    }
    assert_eq!(found.len(), 1);
    let (document, _) = Document::recover_unsaved(&found[0]).unwrap();
    assert_eq!(document.session().songs[0].title, "7");
}
