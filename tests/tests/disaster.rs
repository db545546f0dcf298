//! A delivery survives the death of its process and a full disk at any moment, whatever the pass: what stands in its place
//! is the last whole one, and nothing half-written looks finished.
//!
//! `LACQUER_DISASTERS=100` asks for a hundred moments of each; an ordinary run takes a few.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use lacquer_engine::analysis::verdict::{Outcome, worst};
use lacquer_engine::deliver::{DeliverError, Delivery, Job, deliver, verify};
use lacquer_engine::profile;
use lacquer_engine::render::FileLibrary;
use lacquer_engine::session::{Document, Edit, Pass, Session};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// Set for the process that is killed: its folder.
const CHILD: &str = "LACQUER_TEST_DISASTER";
/// Every kind of pass.
const PASSES: [&str; 5] = ["streaming", "cd", "hi-res", "broadcast", "copies"];

fn moments(usual: u64) -> u64 {
    std::env::var("LACQUER_DISASTERS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn disk() -> Disk {
    let mut album = Album::default();
    for index in 0..2 {
        let channel = |seed| signal::quantised(&signal::music(48_000, seed, 48_000 * 5 + index * 311), 24);
        album.add(48_000, 24, 0.5, vec![channel(index as u64), channel(index as u64 + 9)]);
    }
    let mut disk = Disk::from_album(&album);
    disk.session.passes.extend([Pass::hi_res(), Pass::broadcast(), Pass::copies()]);
    let mut document = Document::from_session(&disk.session).expect("a document");
    for text in ["pass.broadcast.normalise=-23", "pass.copies.copies=flac, mp3-320"] {
        let edit = Edit::parse(&document, text).expect("understood");
        document.apply(edit).expect("taken");
    }
    disk.session = document.session().clone();
    disk
}

fn sound(folder: &Path) -> bool {
    let verified = verify(folder, &|id| profile::load(id, None).ok().flatten());
    verified.is_ok_and(|verified| {
        let failed: Vec<_> = verified.verdicts.iter().filter(|verdict| verdict.result == Outcome::Fail).collect();
        if !failed.is_empty() {
            println!("{}: {failed:#?}", folder.display());
        }
        worst(&verified.verdicts) != Outcome::Fail
    })
}

fn make(session: &Session, home: &Path, pass: &str, out: &Path, cancel: &AtomicBool) -> Result<Delivery, DeliverError> {
    let profile = session.pass(pass).map_or(pass, |pass| pass.profile.as_str());
    let profile = profile::load(profile, None).expect("readable").expect("shipped");
    let library = FileLibrary::new(session, home);
    deliver(&Job {
        session,
        pass,
        folder: out,
        library: Arc::new(library),
        profile: &profile,
        wishes: lacquer_engine::deliver::Wishes { fresh: true, ..Default::default() },
        progress: &|_| (),
        cancel,
    })
}

fn folders(out: &Path) -> Vec<PathBuf> {
    fs::read_dir(out).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Only does something as the child of the test below.
#[test]
fn the_child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let folder = Path::new(&folder);
    let text = fs::read_to_string(folder.join("session.toml")).expect("readable");
    let session: Session = toml::from_str(&text).expect("a session");
    let pass = fs::read_to_string(folder.join("pass")).expect("readable");
    loop {
        let _ = make(&session, folder, &pass, &folder.join("out"), &AtomicBool::new(false));
    }
}

#[test]
fn a_killed_delivery_of_any_kind_leaves_the_last_good_one() {
    let disk = disk();
    let home = disk.folder.path();
    fs::write(home.join("session.toml"), toml::to_string(&disk.session).expect("text")).expect("writable");
    let placed =
        |pass: &str| make(&disk.session, home, pass, &disk.out(), &AtomicBool::new(false)).expect("a delivery");
    let good: Vec<PathBuf> = PASSES.iter().map(|pass| placed(pass).folder).collect();
    for round in 0..moments(10) {
        let pass = PASSES[round as usize % PASSES.len()];
        fs::write(home.join("pass"), pass).expect("writable");
        let mut child = Command::new(std::env::current_exe().expect("this test's own program"))
            .args(["--exact", "the_child", "--nocapture"])
            .env(CHILD, home)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the child starts");
        std::thread::sleep(Duration::from_millis(30 + round * 7919 % 2113));
        child.kill().expect("killed");
        child.wait().expect("gone");
        if good.iter().any(|folder| !folder.exists()) {
            // Killed between two renames: the old delivery stands aside and comes back with the next one.
            make(&disk.session, home, pass, &disk.out(), &AtomicBool::new(false)).expect("a delivery");
        }
        let folder = &good[round as usize % PASSES.len()];
        assert!(sound(folder), "round {round}, {pass}: {}", folder.display());
    }
    for pass in PASSES {
        make(&disk.session, home, pass, &disk.out(), &AtomicBool::new(false)).expect("a delivery");
    }
    let left: Vec<PathBuf> = folders(&disk.out());
    assert_eq!(left.len(), PASSES.len(), "{left:?}");
}

/// A file system of a few kilobytes, where this process may make one.
struct Small(PathBuf);

impl Small {
    fn new(parent: &Path, kilobytes: u64) -> Option<Small> {
        let path = parent.join("small");
        fs::create_dir_all(&path).ok()?;
        let size = format!("size={kilobytes}k");
        let made = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).output().ok()?;
        made.status.success().then_some(Small(path))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_never_leaves_half_a_delivery() {
    let disk = disk();
    let home = disk.folder.path();
    let (mut refused, mut delivered) = (0, 0);
    for round in 0..moments(8) {
        let pass = PASSES[round as usize % PASSES.len()];
        let whole = make(&disk.session, home, pass, &disk.out(), &AtomicBool::new(false)).expect("a delivery");
        let needed: u64 = whole.manifest.files.iter().map(|file| file.bytes.div_ceil(4096) * 4).sum();
        // From nearly nothing to a little more than two deliveries.
        let kilobytes = 64 + round * 7919 * 31 % (2 * needed + 600);
        let Some(small) = Small::new(home, kilobytes) else {
            println!("no file system can be mounted here: left out");
            return;
        };
        let first = make(&disk.session, home, pass, &small.0, &AtomicBool::new(false));
        let second = first.is_ok().then(|| make(&disk.session, home, pass, &small.0, &AtomicBool::new(false)));
        let visible: Vec<PathBuf> = folders(&small.0).into_iter().filter(|path| !is_hidden(path)).collect();
        match &first {
            Ok(delivery) => {
                delivered += 1;
                assert_eq!(visible, std::slice::from_ref(&delivery.folder), "round {round}");
                assert!(sound(&delivery.folder), "round {round}, {pass}, {kilobytes} KB");
            }
            Err(error) => {
                refused += 1;
                assert!(visible.is_empty(), "round {round}: {visible:?}");
                let said = error.to_string();
                assert!(said.contains("nothing was delivered"), "round {round}, {pass}, {kilobytes} KB: {said}");
            }
        }
        if let Some(Err(error)) = second {
            assert!(error.to_string().contains("nothing was delivered"), "{error}");
        }
        let hidden: Vec<PathBuf> = folders(&small.0).into_iter().filter(|path| is_hidden(path)).collect();
        assert!(hidden.is_empty(), "round {round}: {hidden:?}");
    }
    println!("{refused} deliveries found the disk full, {delivered} had room");
    assert!(refused > 0);
}
