//! Ten songs ordered, spaced, levelled and saved: with keys alone, and with few presses of the mouse.

use lacquer_engine::unit::Db;

use super::*;
use crate::screen::session::Message as Ask;

/// A burst of a tone with silence around it, `peak` of full scale: a song that has something to trim and to level.
fn song(path: &Path, number: usize, peak: f64) -> SourceRef {
    let format = riff::Format::new(riff::Encoding::Int16, RATE, Channels::Stereo);
    let mut writer = riff::WavWriter::create(path, format, riff::Extras::default()).unwrap();
    let (rise, fall) = (RATE.0 / 2, 4 * RATE.0);
    let frames = u64::from(5 * RATE.0);
    let sample = |frame: u32| match (rise..fall).contains(&frame) {
        true => (peak * 32_767.0 * libm::sin(f64::from(frame) * 0.05 * (1.0 + number as f64 / 10.0))) as i32,
        false => 0,
    };
    let steps: Vec<i32> = (0..frames as u32).flat_map(|frame| [sample(frame); 2]).collect();
    writer.write_steps(&steps).unwrap();
    writer.finish().unwrap();
    let identity = identity::quick(path).unwrap();
    let file = path.file_name().unwrap().to_string_lossy();
    let text = format!(
        "id = ''\npath = '{file}'\nrate = 44100\nbits = 16\nlayout = 'stereo'\nframes = {frames}\nsize = {}\nmodified = {}\nhead_tail = '{}'",
        identity.size, identity.modified, identity.head_tail
    );
    toml::from_str(&text).unwrap()
}

/// A window on ten songs, each at another level.
fn ten() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let files = (1..=10).map(|number| {
        let path = folder.path().join(format!("{number:02}.wav"));
        let source = song(&path, number, 0.05 + 0.03 * number as f64);
        ImportFile { title: format!("Song {number}"), ..ImportFile::untagged(source) }
    });
    let session = Session::from_files(files.collect());
    let path = folder.path().join("album.lacquer");
    Document::from_session(&session).unwrap().save_as(&path).unwrap();
    let options = Options { files: vec![path], null_audio: true, ..Options::default() };
    (folder, App::new(&options).0)
}

fn wait(app: &mut App, until: impl Fn(&App) -> bool) {
    let begun = Instant::now();
    while !until(app) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", app.desk.notice);
        let _ = app.update(Message::Tick);
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn order(app: &App) -> Vec<String> {
    app.desk.session().resolve(&app.desk.pass).unwrap().songs.iter().map(|song| song.song.title.clone()).collect()
}

/// What every way has to come to: trimmed, spaced, levelled, saved.
fn made(app: &App) {
    let songs = app.desk.session().resolve(&app.desk.pass).unwrap().songs;
    for song in &songs {
        let seconds = (song.clips[0].end.0 - song.clips[0].start.0) as f64 / 44_100.0;
        assert!((3.4..=3.9).contains(&seconds), "{}: {seconds} s", song.song.title);
        assert_ne!(song.gain, Db(0.0), "{}", song.song.title);
    }
    let levels: Vec<f64> = app.desk.album.levels.iter().flat_map(|known| &known.found.songs).map(|_| 0.0).collect();
    assert!(levels.is_empty(), "what was taken is no proposal any more");
    assert!(songs[1..].iter().all(|song| matches!(song.join, Join::Gap(Seconds(gap)) if gap < 2.0)), "spaced");
    assert!(!app.desk.document.is_dirty(), "saved");
}

#[test]
fn with_keys_alone_an_album_is_ordered_spaced_levelled_and_saved() {
    let (_folder, mut app) = ten();
    let key = |app: &mut App, key: Key, code, modifiers| press(app, key, code, modifiers);
    let named = |named| Key::Named(named);
    let nowhere = key::Code::F24;
    // The last song becomes the second.
    for _ in 0..9 {
        key(&mut app, named(key::Named::ArrowDown), nowhere, Modifiers::empty());
    }
    for _ in 0..8 {
        key(&mut app, named(key::Named::ArrowUp), nowhere, Modifiers::ALT);
    }
    assert_eq!(order(&app)[..3], ["Song 1", "Song 10", "Song 2"]);
    // Found, then taken.
    let bench = Modifiers::CTRL | Modifiers::SHIFT;
    key(&mut app, Key::Character("#".into()), key::Code::Digit3, bench);
    key(&mut app, named(key::Named::Enter), nowhere, Modifiers::CTRL);
    wait(&mut app, |app| app.desk.album.spacing.is_some());
    let depth = app.desk.document.history().depth();
    key(&mut app, named(key::Named::Enter), nowhere, Modifiers::CTRL);
    assert_eq!(app.desk.document.history().depth(), depth + 1, "one step");
    key(&mut app, Key::Character("$".into()), key::Code::Digit4, bench);
    key(&mut app, named(key::Named::Enter), nowhere, Modifiers::CTRL);
    wait(&mut app, |app| app.desk.album.levels.is_some());
    key(&mut app, named(key::Named::Enter), nowhere, Modifiers::CTRL);
    // A transition is heard, the original beside it.
    key(&mut app, Key::Character("t".into()), key::Code::KeyT, Modifiers::empty());
    assert!(app.desk.monitor.transport().playing);
    key(&mut app, Key::Character("x".into()), key::Code::KeyX, Modifiers::empty());
    key(&mut app, named(key::Named::Space), key::Code::Space, Modifiers::empty());
    key(&mut app, Key::Character("s".into()), key::Code::KeyS, Modifiers::CTRL);
    made(&app);
}

/// Presses a word, and counts it.
fn click(app: &mut App, word: &str, presses: &mut usize) {
    let messages: Vec<Message> = {
        let mut ui = ui(app);
        ui.click(word).unwrap_or_else(|error| panic!("{word}: {error:?}"));
        ui.into_messages().collect()
    };
    *presses += 1;
    for message in messages {
        let _ = app.update(message);
    }
}

#[test]
fn with_the_mouse_alone_it_takes_few_presses() {
    let (_folder, mut app) = ten();
    let mut presses = 0;
    let _ = app.apply(desk::Action::Select("s10".into()));
    presses += 1;
    for _ in 0..8 {
        click(&mut app, "Move up", &mut presses);
    }
    assert_eq!(order(&app)[..3], ["Song 1", "Song 10", "Song 2"]);
    click(&mut app, "Spacing", &mut presses);
    click(&mut app, "Find heads and tails", &mut presses);
    wait(&mut app, |app| app.desk.album.spacing.is_some());
    click(&mut app, "Accept all", &mut presses);
    click(&mut app, "Levels", &mut presses);
    click(&mut app, "Work out levels", &mut presses);
    wait(&mut app, |app| app.desk.album.levels.is_some());
    click(&mut app, "Set gains", &mut presses);
    click(&mut app, "Play transition", &mut presses);
    assert!(app.desk.monitor.transport().playing);
    let _ = app.update(Message::File(file::Message::Save));
    presses += 1;
    assert!(presses <= 60, "{presses} presses");
    made(&app);
}

#[test]
fn proposals_are_declined_song_by_song_and_texts_come_from_the_clipboard() {
    let (_folder, mut app) = ten();
    let send = |app: &mut App, ask| {
        let _ = app.update(Message::Session(ask));
    };
    send(&mut app, Ask::Bench(screen::session::Bench::Spacing));
    send(&mut app, Ask::Primary);
    wait(&mut app, |app| app.desk.album.spacing.is_some());
    send(&mut app, Ask::Decline("s3".into()));
    send(&mut app, Ask::Primary);
    let session = app.desk.session();
    assert_eq!(session.song("s3").unwrap().clips[0].start, Frames(0), "declined");
    assert_ne!(session.song("s4").unwrap().clips[0].start, Frames(0), "taken");
    let _ = app.apply(desk::Action::Select("s2".into()));
    let _ = app.update(Message::Pasted(Some("North\tBand\tGBXYZ2600007\nSouth\t\tbad\n".into())));
    let session = app.desk.session();
    assert_eq!(session.song("s2").unwrap().isrc, "GBXYZ2600007");
    assert_eq!(session.song("s3").unwrap().title, "South");
    let notice = app.desk.notice.as_ref().map(|line| line.text.clone()).unwrap_or_default();
    assert!(notice.contains("row 2") && notice.contains("'bad' is no ISRC"), "{notice}");
    // The other pass alone loses a song, and says so.
    send(&mut app, Ask::Hear("cd".into()));
    send(&mut app, Ask::InPass("s10".into(), false));
    assert_eq!((order(&app).len(), app.desk.session().differences("cd").len()), (9, 1));
    send(&mut app, Ask::OwnSequence(false));
    assert_eq!(order(&app).len(), 10);
    // A cut, a marker, a double, each one step.
    let depth = app.desk.document.history().depth();
    let _ = app.apply(desk::Action::Seek(44_100));
    send(&mut app, Ask::Mark);
    send(&mut app, Ask::Cut { apart: true });
    send(&mut app, Ask::Double);
    assert_eq!(app.desk.document.history().depth(), depth + 3, "{:?}", app.desk.notice);
    assert_eq!(order(&app).len(), 12);
    assert!(!app.desk.markers().is_empty());
}
