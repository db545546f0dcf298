//! Promise: no file, however broken, makes Lacquer panic, hang or take memory without bound.
//!
//! Real files of every coding that is read (written by ffmpeg, flac, lame and sox) are damaged in the ways that files
//! are: bits flipped, numbers in headers made absurd, pieces cut out, doubled or swapped, ends missing. Each is
//! imported; what comes back is either an error that names the file or a sound of bounded length.
//! Sessions, chains, profiles and lists of tracks are damaged in the same ways.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use lacquer_engine::container::cue;
use lacquer_engine::profile::Profile;

use lacquer_engine::session::{Access, Document, read_chain};
use lacquer_engine::source::{self, Cache};

/// The system's allocator, with the bytes in use and the most there ever were.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed to the system's allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that a file of some 20 kB may cost: the decoders' own tables, a second of twelve channels, and room.
const MEMORY_LIMIT: usize = 192 << 20;
/// Broken copies of each file; `LACQUER_FUZZ_COPIES` asks for another number.
fn copies() -> u32 {
    std::env::var("LACQUER_FUZZ_COPIES").ok().and_then(|number| number.parse().ok()).unwrap_or(300)
}

/// A small generator of numbers, the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit.max(1)
    }

    /// A place in a file, more often in its head, where the numbers stand.
    fn place(&mut self, length: usize) -> usize {
        if self.below(2) == 0 { self.below(length.min(256)) } else { self.below(length) }
    }
}

/// Does one to four kinds of damage.
fn damage(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut broken = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        if broken.is_empty() {
            break;
        }
        let length = broken.len();
        let at = dice.place(length);
        match dice.below(7) {
            0 => broken[at] ^= 1 << dice.below(8),
            1 => broken[at] = dice.next() as u8,
            // A number of four bytes made as large, or as small, as it can be.
            2 => {
                let fill = [0xFF, 0x7F, 0x00][dice.below(3)];
                broken[at..(at + 4).min(length)].fill(fill);
            }
            3 => broken.truncate(at),
            4 => drop(broken.drain(at..(at + 1 + dice.below(64)).min(length))),
            5 => {
                let piece = broken[at..(at + 1 + dice.below(512)).min(length)].to_vec();
                let to = dice.below(length);
                broken.splice(to..to, piece);
            }
            _ => {
                let to = dice.below(length);
                broken.swap(at, to);
            }
        }
    }
    broken
}

fn run(folder: &Path, line: &str) {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap();
    let output = Command::new(program).args(words).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Imports broken copies of the file that `line` makes; gives how many were taken and how many refused.
fn survive(line: &str, name: &str) -> (u32, u32) {
    let folder = tempfile::tempdir().unwrap();
    let tone = "aevalsrc=0.4*sin(500*t)+0.05*random(0)|0.4*sin(700*t):s=44100:d=0.25";
    run(folder.path(), &format!("ffmpeg -v error -f lavfi -i {tone} -c:a pcm_s16le -metadata title=Song in.wav"));
    run(folder.path(), line);
    let whole = std::fs::read(folder.path().join(name)).unwrap();
    let cache = Cache::new(folder.path().join("cache"), 1 << 26);
    let go_on = AtomicBool::new(false);
    let sound = source::import(&[folder.path().join(name)], &cache, |_| (), &go_on).pop().unwrap();
    assert_eq!(sound.unwrap_or_else(|error| panic!("{name}: {error}")).damage, None, "{name} is whole");
    let mut dice = Dice(whole.len() as u64);
    let (mut taken, mut refused) = (0, 0);
    for round in 0..copies() {
        let path: PathBuf = folder.path().join(format!("{round}-{name}"));
        std::fs::write(&path, damage(&whole, &mut dice)).unwrap();
        MOST.store(IN_USE.load(Ordering::Relaxed), Ordering::Relaxed);
        let before = IN_USE.load(Ordering::Relaxed);
        let result = source::import(std::slice::from_ref(&path), &cache, |_| (), &go_on).pop().unwrap();
        let cost = MOST.load(Ordering::Relaxed) - before.min(MOST.load(Ordering::Relaxed));
        if cost > MEMORY_LIMIT {
            keep(&path, name);
            panic!("{name}, copy {round}: {} MB", cost >> 20);
        }
        match result {
            Ok(_) => taken += 1,
            Err(error) => {
                assert_eq!(error.path(), path, "{error}");
                refused += 1;
            }
        }
        std::fs::remove_file(&path).unwrap();
    }
    (taken, refused)
}

/// Leaves the copy that broke something where it can be looked at.
fn keep(path: &Path, name: &str) {
    let place = std::env::temp_dir().join(format!("lacquer-fuzz-{name}"));
    std::fs::copy(path, &place).unwrap();
    eprintln!("the file is kept as {}", place.display());
}

#[test]
fn broken_sound_files_are_survived() {
    for (line, name) in [
        ("sox in.wav -b 24 a.wav", "a.wav"),
        ("ffmpeg -v error -y -i in.wav -c:a pcm_s24le -rf64 always b.wav", "b.wav"),
        ("sox in.wav a.aiff", "a.aiff"),
        ("ffmpeg -v error -y -i in.wav -c:a pcm_f32be b.aif", "b.aif"),
        ("flac -s -f in.wav -o a.flac", "a.flac"),
        ("ffmpeg -v error -y -i in.wav -c:a flac -f ogg a.oga", "a.oga"),
        ("ffmpeg -v error -y -i in.wav -c:a alac alac.m4a", "alac.m4a"),
        ("ffmpeg -v error -y -i in.wav -c:a aac aac.m4a", "aac.m4a"),
        ("ffmpeg -v error -y -i in.wav -c:a aac a.aac", "a.aac"),
        ("lame --quiet --tt Song in.wav a.mp3", "a.mp3"),
        ("ffmpeg -v error -y -i in.wav -c:a libvorbis a.ogg", "a.ogg"),
    ] {
        let (taken, refused) = survive(line, name);
        println!("{name}: {taken} taken, {refused} refused");
        assert!(refused > 0, "{name}: no damage was ever seen");
    }
}

const SESSION: &str = include_str!("fuzz/album.lacquer");

#[test]
fn broken_documents_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let profile = include_str!("../../assets/profiles/cd.toml");
    let chain = &SESSION[SESSION.find("[[pass.chain.stage]]").unwrap_or(0)..];
    let list = "CATALOG 4006381333931\nFILE \"a.wav\" WAVE\n  TRACK 01 AUDIO\n    TITLE \"One\"\n    ISRC DEABC2600001\n    INDEX 01 00:00:00\n  TRACK 02 AUDIO\n    INDEX 00 03:10:20\n    INDEX 01 03:12:20\n";
    let mut dice = Dice(7);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..copies() {
        let path = folder.path().join("album.lacquer");
        std::fs::write(&path, damage(SESSION.as_bytes(), &mut dice)).unwrap();
        let opened = Document::open(&path, Access::ReadOnly);
        let text = |bytes: &[u8], dice: &mut Dice| String::from_utf8_lossy(&damage(bytes, dice)).into_owned();
        match opened {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
        let _ = std::hint::black_box(Profile::parse("cd", &text(profile.as_bytes(), &mut dice)));
        let _ = std::hint::black_box(read_chain(&text(chain.as_bytes(), &mut dice)));
        let _ = std::hint::black_box(cue::parse(&text(list.as_bytes(), &mut dice)));
    }
    println!("sessions: {read} read, {refused} refused");
    assert!(read > 0 && refused > 0);
}
