//! What listening copies promise: files that other programs decode and read field by field, as long as the song and in
//! step with it, with art and playback gain; names that follow the pattern and never leave the folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use lacquer_engine::analysis::verdict::{Outcome, Verdict};
use lacquer_engine::codec::{Coder, Coding};
use lacquer_engine::deliver::{Delivery, FileEntry, Role, verify};
use lacquer_engine::profile;
use lacquer_engine::session::{Document, Edit, Pass};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// A PNG of one pixel.
const COVER: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 2,
    0, 0, 0, 0x90, 0x77, 0x53, 0xDE, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xD7, 0x63, 0xF8, 0xCF, 0xC0, 0, 0, 3, 1,
    1, 0, 0x18, 0xDD, 0x8D, 0xB0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
];
const ALL: &str = "pass.copies.copies=flac, mp3-320, aac-256, vorbis-320, opus-128";

fn disk(rates: &[u32], edits: &[&str]) -> Disk {
    let mut album = Album::default();
    for (index, rate) in rates.iter().enumerate() {
        let channel = |seed: usize| {
            let sound = signal::music(*rate, seed as u64, *rate as usize * 5 + index * 117);
            signal::quantised(&sound, 24)
        };
        album.add(*rate, 24, 0.5, vec![channel(index + 1), channel(index + 11)]);
    }
    let mut disk = Disk::from_album(&album);
    disk.session.passes.push(Pass::copies());
    fs::write(disk.folder.path().join("cover.png"), COVER).expect("writable");
    let mut document = Document::from_session(&disk.session).expect("a document");
    for text in edits {
        let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).expect("taken");
    }
    disk.session = document.session().clone();
    disk
}

fn has(coding: Coding) -> bool {
    let found = Coder::found().iter().any(|coder| coder.coding == coding && coder.judges);
    if !found {
        println!("no encoder of {} is on this machine: left out", coding.name());
    }
    found
}

fn copies(delivery: &Delivery) -> Vec<&FileEntry> {
    delivery.manifest.files.iter().filter(|file| file.role == Role::Copy).collect()
}

fn failing(verdicts: &[Verdict]) -> Vec<String> {
    let failed = verdicts.iter().filter(|verdict| verdict.result == Outcome::Fail);
    failed.map(|verdict| format!("{} {:?} {:?}", verdict.check, verdict.r#where, verdict.remark)).collect()
}

fn verified(folder: &Path) -> Vec<Verdict> {
    verify(folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery").verdicts
}

/// The tags as ffprobe reads them, names small.
fn probed(path: &Path) -> BTreeMap<String, String> {
    let arguments = ["-v", "error", "-show_entries", "format_tags:stream_tags:stream=codec_type", "-of", "json"];
    let output = Command::new("ffprobe").args(arguments).arg(path).output();
    let output = output.expect("ffprobe is needed for this test");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut found = BTreeMap::new();
    let streams = value["streams"].as_array().into_iter().flatten();
    let sound = streams.filter(|stream| stream["codec_type"] == "audio").map(|stream| &stream["tags"]);
    for tags in sound.chain([&value["format"]["tags"]]) {
        for (name, text) in tags.as_object().into_iter().flatten() {
            found.insert(name.to_ascii_lowercase(), text.as_str().unwrap_or_default().to_string());
        }
    }
    let video = value["streams"].as_array().into_iter().flatten().any(|stream| stream["codec_type"] == "video");
    found.insert("has picture".into(), video.to_string());
    found
}

/// Frames that ffmpeg decodes.
fn frames_by_ffmpeg(path: &Path) -> u64 {
    let arguments = ["-v", "error", "-nostdin", "-i"];
    let output = Command::new("ffmpeg").args(arguments).arg(path).args(["-f", "f32le", "-ac", "2", "-"]).output();
    output.expect("ffmpeg is needed for this test").stdout.len() as u64 / 8
}

#[test]
fn every_copy_is_read_field_by_field_by_another_program() {
    let edits = [
        ALL,
        "album.cover=cover.png",
        "album.date=2026-11-21",
        "album.genre=Rock",
        "album.label=Lacquer Records",
        "album.copyright=2026 Lacquer",
        "song.1.title=Première = ö 夜",
        "song.1.credits.composer=Someone Else",
    ];
    let disk = disk(&[44_100, 96_000], &edits);
    let delivery = disk.deliver("copies").expect("a delivery");
    assert_eq!(failing(&delivery.verdicts), Vec::<String>::new());
    let copies = copies(&delivery);
    let codings = [Coding::Mp3, Coding::Aac, Coding::Vorbis, Coding::Opus];
    let expected = 1 + codings.into_iter().filter(|coding| has(*coding)).count();
    assert_eq!(copies.len(), 2 * expected, "{copies:?}");
    assert!(delivery.manifest.files.iter().all(|file| file.role != Role::Song), "the masters stay at home");
    for file in &copies {
        let path = delivery.folder.join(&file.name);
        let tags = probed(&path);
        let first = file.name.contains("/01 - ");
        let said = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
        let title = if first { "Première = ö 夜" } else { "Song 2" };
        assert_eq!((said("title"), said("artist"), said("album")), (title, "The Lacquers", "Night: Ferry/Test"));
        assert!(said("track").starts_with(if first { "1" } else { "2" }), "{}: {tags:?}", file.name);
        assert!(said("date").starts_with("2026"), "{}: {tags:?}", file.name);
        assert_eq!((said("genre"), said("copyright")), ("Rock", "2026 Lacquer"), "{}: {tags:?}", file.name);
        let isrc = [said("isrc"), said("tsrc")].concat();
        assert!(isrc.contains(if first { "XXLAQ2600001" } else { "XXLAQ2600002" }), "{}: {tags:?}", file.name);
        assert_eq!(said("composer"), if first { "Someone Else" } else { "" }, "{}", file.name);
        assert_eq!(said("has picture"), "true", "{}", file.name);
        let gain = if file.name.ends_with(".opus") { "r128_track_gain" } else { "replaygain_track_gain" };
        assert!(!said(gain).is_empty() && !said(&gain.replace("track", "album")).is_empty(), "{}: {tags:?}", file.name);
    }
}

/// The tags as mutagen reads them, under the names of Vorbis comments; none where this machine has no mutagen.
fn by_mutagen(path: &Path) -> Option<BTreeMap<String, String>> {
    let python = std::env::var("LACQUER_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(python).args(["-c", include_str!("copies/tags.py")]).arg(path).output().ok()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("No module named 'mutagen'"), "{}: {said}", path.display());
        println!("python3-mutagen is not on this machine: left out");
        return None;
    }
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn mutagen_reads_every_field_of_every_container_as_the_manifest_states_it() {
    let edits = [
        ALL,
        "album.cover=cover.png",
        "album.date=2026-11-21",
        "album.genre=Rock",
        "album.label=Lacquer Records",
        "album.catalogue=LQ 001",
        "song.1.title=Première = ö 夜",
        "song.1.credits.composer=Someone Else",
        "song.1.credits.producer=A; B",
    ];
    let disk = disk(&[44_100, 48_000], &edits);
    let delivery = disk.deliver("copies").expect("a delivery");
    for file in copies(&delivery) {
        let Some(read) = by_mutagen(&delivery.folder.join(&file.name)) else { return };
        let copy = file.audio.as_ref().and_then(|audio| audio.copy.as_ref()).expect("a copy");
        assert!(copy.tags.len() > 12, "{:?}", copy.tags);
        for (name, text) in &copy.tags {
            assert_eq!(read.get(name), Some(text), "{} {name}: {read:?}", file.name);
        }
        assert_eq!(read.get("picture").map(String::as_str), Some("True"), "{}", file.name);
    }
}

#[test]
fn copies_are_as_long_as_the_song_and_in_step() {
    let disk = disk(&[44_100, 48_000], &[ALL]);
    let delivery = disk.deliver("copies").expect("a delivery");
    for file in copies(&delivery) {
        let audio = file.audio.as_ref().expect("audio");
        let copy = audio.copy.as_ref().expect("a copy");
        if let Some(proof) = copy.proof {
            assert!(proof.is_gapless() && proof.difference_dbfs.is_some_and(|level| level < -40.0), "{proof:?}");
        }
        // ffmpeg cuts delay and padding by what the file says, as players do; of an MP4 file's iTunSMPB line it reads the
        // delay alone, and leaves the padding of the last frame.
        let frames = frames_by_ffmpeg(&delivery.folder.join(&file.name));
        let padding = if file.name.ends_with(".m4a") { 1023 } else { 0 };
        assert!(
            (audio.frames..=audio.frames + padding).contains(&frames),
            "{}: {frames} of {}",
            file.name,
            audio.frames
        );
    }
    assert_eq!(failing(&verified(&delivery.folder)), Vec::<String>::new());
}

#[test]
fn names_follow_the_pattern_and_never_leave_the_folder() {
    let pattern = "pass.copies.names={track:02} - {artist} - {title} [{isrc}]";
    let mut disk = disk(&[44_100, 44_100, 44_100], &["pass.copies.copies=flac", pattern]);
    disk.session.songs[0].title = "../../etc/passwd".into();
    disk.session.songs[1].title = "CON".into();
    disk.session.songs[2].title = "ж\u{202E}".repeat(400);
    let delivery = disk.deliver("copies").expect("a delivery");
    let names: Vec<&str> = copies(&delivery).iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names[0], "FLAC/01 - The Lacquers - ..-..-etc-passwd [XXLAQ2600001].flac");
    assert!(names.iter().all(|name| delivery.folder.join(name).is_file() && name.len() < 255), "{names:?}");
    // Letters that shops take, and songs that would be called the same.
    let set = ["pass.copies.names={title}", "pass.copies.letters=shop"];
    let mut document = Document::from_session(&disk.session).expect("a document");
    for text in set {
        let edit = Edit::parse(&document, text).expect("understood");
        document.apply(edit).expect("taken");
    }
    disk.session = document.session().clone();
    for (song, title) in disk.session.songs.iter_mut().zip(["Été & Ñandú", "ETE + NANDU", "夜"]) {
        song.title = title.into();
    }
    let delivery = disk.deliver("copies").expect("a delivery");
    let names: Vec<&str> = copies(&delivery).iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["FLAC/Ete_+_Nandu.flac", "FLAC/ETE_+_NANDU_2.flac", "FLAC/untitled.flac"]);
    let refused = Edit::parse(&document, "pass.copies.names={album}/{title}").expect_err("no folders").to_string();
    assert!(refused.contains("folders"), "{refused}");
}

#[test]
fn what_a_machine_cannot_make_is_said_and_the_rest_is_made() {
    let edits = ["pass.copies.copies=flac, midi", "album.cover=nowhere.jpg"];
    let delivery = disk(&[44_100], &edits).deliver("copies").expect("a delivery");
    let failed = failing(&delivery.verdicts);
    assert!(failed.iter().any(|said| said.contains("'midi' is no coding")), "{failed:?}");
    assert!(failed.iter().any(|said| said.contains("nowhere.jpg")), "{failed:?}");
    assert_eq!(copies(&delivery).len(), 1);
}
