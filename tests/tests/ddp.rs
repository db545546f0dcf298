//! What a CD delivery promises: the fileset is the pass, sample for sample; other programs read the sheets and texts as
//! they were meant; and whatever is changed in a finished delivery is found, by its content where checksums were mended.

#[path = "ddp/corrupt.rs"]
mod corrupt;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lacquer_engine::analysis::verdict::{Outcome, Verdict, worst};
use lacquer_engine::container::ddp::{Fileset, check};
use lacquer_engine::deliver::{Delivery, Role, Verified, compare, extract, extracts, verify};
use lacquer_engine::profile;
use lacquer_engine::render::FileLibrary;
use lacquer_engine::session::{Document, Edit};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// Five songs at two rates: one hidden before track 1, one with an index 02, one with its applause in the pause, a
/// crossfade, flags, texts in two languages.
fn album() -> Disk {
    let mut album = Album::default();
    for (index, rate) in [44_100, 96_000, 44_100, 48_000, 44_100].into_iter().enumerate() {
        let frames = rate as usize * 6 + index * 317;
        let channel = |seed| signal::quantised(&signal::music(rate, seed, frames), 24);
        album.add(rate, 24, 1.5, vec![channel(index as u64), channel(index as u64 + 9)]);
    }
    let mut disk = Disk::from_album(&album);
    let mut document = Document::from_session(&disk.session).expect("a document");
    for text in [
        "album.catalogue=LQ 001",
        "album.genre=Rock",
        "album.text.ja.title=夜の船",
        "song.1.title=Ghost",
        "song.2.title=Première",
        "song.3.title=Quiet \u{2014} \u{1d11e}",
        "song.2.text.ja.title=一番",
        "song.2.indices=3s",
        "song.3.lead=75f",
        "song.4.flags.copy_permitted=on",
        "song.5.credits.composer=Someone Else",
        "pass.main.entry.1.hidden=on",
        "pass.main.entry.4.join=xf 0.7",
        "pass.cd.offsets.start=5f",
    ] {
        let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).expect("taken");
    }
    disk.session = document.session().clone();
    disk
}

fn fileset_of(delivery: &Delivery) -> PathBuf {
    let name = &delivery.manifest.files.iter().find(|file| file.role == Role::Ddp).expect("a fileset").name;
    delivery.folder.join(name.split_once('/').expect("a folder of its own").0)
}

fn verified(folder: &Path) -> Verified {
    verify(folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery")
}

fn failing(verdicts: &[Verdict]) -> Vec<String> {
    let failed = verdicts.iter().filter(|verdict| verdict.result == Outcome::Fail);
    failed.map(|verdict| format!("{} {:?} {:?}", verdict.check, verdict.r#where, verdict.remark)).collect()
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn file_with(delivery: &Delivery, role: Role) -> PathBuf {
    let found = delivery.manifest.files.iter().find(|file| file.role == role).expect("such a file");
    delivery.folder.join(&found.name)
}

#[test]
fn the_fileset_is_the_pass_and_is_judged_sound() {
    let disk = album();
    let delivery = disk.deliver("cd").expect("a delivery");
    assert_eq!(failing(&delivery.verdicts), Vec::<String>::new());
    let set = Fileset::open(&fileset_of(&delivery)).expect("a fileset");
    assert_eq!(check(&set, true), []);
    let library = Arc::new(FileLibrary::new(&disk.session, disk.folder.path()));
    let cancel = AtomicBool::new(false);
    let verdicts = compare(&set, &disk.session, "cd", library.clone(), &mut |_| (), &cancel).expect("compared");
    assert!(verdicts.iter().all(|verdict| verdict.result == Outcome::Pass), "{verdicts:#?}");
    assert_eq!(failing(&verified(&delivery.folder).verdicts), Vec::<String>::new());
    // The tracks that are extracted are the songs' files.
    let out = disk.folder.path().join("tracks");
    let files = extract(&set, &out, &mut |_, _| (), &cancel).expect("extracted");
    let songs: Vec<_> = delivery.manifest.files.iter().filter(|file| file.role == Role::Song).collect();
    assert_eq!((files.len(), extracts(&set)[0].name.as_str()), (5, "00 Hidden.wav"));
    let samples = |path: &Path| output_raw(path);
    for (file, song) in files.iter().zip(&songs) {
        assert!(samples(file) == samples(&delivery.folder.join(&song.name)), "{} is not {}", file.display(), song.name);
    }
    // Another gain, another title and another ISRC are seen.
    let mut session = disk.session.clone();
    session.songs[2].gain = lacquer_engine::unit::Db(-0.5);
    session.songs[3].title = "Other".into();
    session.songs[4].isrc = "XXLAQ2699999".into();
    let verdicts = compare(&set, &session, "cd", library, &mut |_| (), &cancel).expect("compared");
    let failed: Vec<&str> = verdicts.iter().filter(|v| v.result == Outcome::Fail).map(|v| v.check.as_str()).collect();
    assert!(["codes", "cd_text", "image"].iter().all(|check| failed.contains(check)), "{verdicts:#?}");
}

fn output_raw(path: &Path) -> Vec<u8> {
    let path = path.to_str().expect("a plain path");
    let output = Command::new("sox").args(["-D", path, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"]).output();
    let output = output.expect("sox is needed for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn other_programs_read_the_table_of_contents() {
    let disk = album();
    let delivery = disk.deliver("cd").expect("a delivery");
    let toc = file_with(&delivery, Role::Toc);
    let toc = toc.to_str().expect("a plain path");
    let shown = output_of("cdrdao", &["show-toc", toc]);
    let set = Fileset::open(&fileset_of(&delivery)).expect("a fileset");
    for track in &set.disc.tracks {
        assert!(shown.replace(' ', "").contains(&track.isrc), "{} in {shown}", track.isrc);
    }
    assert!(shown.contains("0036000291452") || shown.contains("0 036000 291452"), "{shown}");
    // It counts from the programme's start and shows where each track begins, and its index 2.
    for (number, mark) in [(1, 2), (2, 1), (3, 1), (4, 1)] {
        let track = &set.disc.tracks[number - 1];
        let at = track.index(mark).expect("a mark");
        let time = lacquer_engine::unit::CdFrame(at.0 - 150);
        assert!(shown.contains(&time.to_string()), "{number} {mark} at {time}: {shown}");
    }
    assert!(!shown.to_lowercase().contains("error"), "{shown}");
    let read = output_of("cdrdao", &["read-test", toc]);
    assert!(!read.to_lowercase().contains("error"), "{read}");
}

#[test]
fn other_programs_read_the_cue_sheet_and_the_texts() {
    let disk = album();
    let delivery = disk.deliver("cd").expect("a delivery");
    let cue = file_with(&delivery, Role::Cue);
    let set = Fileset::open(&fileset_of(&delivery)).expect("a fileset");
    let link = cue.with_extension("bin");
    fs::hard_link(file_with(&delivery, Role::Programme), &link).expect("a second name");
    let shown = output_of(
        "cd-info",
        &["--no-header", "--no-device-info", "--no-cddb", &format!("--cue-file={}", cue.display())],
    );
    fs::remove_file(&link).expect("removable");
    for track in &set.disc.tracks {
        assert!(shown.contains(&track.start().to_string()), "{}: {shown}", track.start());
    }
    assert!(shown.contains("0036000291452") && shown.contains("Premi"), "{shown}");
    let printed = output_of("cueprint", &["-t", "%n %i %t\n", cue.to_str().expect("a plain path")]);
    for (track, song) in set.disc.tracks.iter().zip(&disk.session.songs[1..]) {
        assert!(printed.contains(&format!("{} {} {}", track.number, track.isrc, song.title)), "{printed}");
    }
    let packs = fileset_of(&delivery).join("CDTEXT.BIN");
    let output = Command::new("cdrskin").arg(format!("textfile_to_v07t={}", packs.display())).output();
    let output = output.expect("cdrskin is needed for this test");
    // Its sheet is in the letters of the disc.
    let sheet: String = output.stdout.iter().map(|byte| char::from(*byte)).collect();
    for said in
        ["Première", "Song 5", "The Lacquers", "XXLAQ2600002", "LQ 001", "Rock", "0036000291452", "Someone Else"]
    {
        assert!(sheet.contains(said), "{said}: {sheet}");
    }
    assert!(sheet.contains("Japanese") || sheet.contains("0x69"), "{sheet}");
}

#[test]
fn a_pass_that_is_no_disc_has_no_fileset_and_says_so() {
    let mut disk = album();
    disk.session.passes[1].depth = lacquer_engine::session::Depth::Int24;
    let delivery = disk.deliver("cd").expect("a delivery");
    assert!(delivery.manifest.files.iter().all(|file| file.role != Role::Ddp));
    let said = delivery.verdicts.iter().find(|verdict| verdict.check == "ddp").expect("a word about it");
    assert_eq!(said.result, Outcome::Fail);
    assert_eq!(worst(&verified(&delivery.folder).verdicts), Outcome::Fail);
}

/// How many corruptions are tried: 200 for the promise, one of each kind in an ordinary run.
fn corruptions() -> u64 {
    std::env::var("LACQUER_CORRUPTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(corrupt::KINDS.len() as u64)
}

#[test]
fn every_corruption_of_a_delivery_is_found() {
    let disk = album();
    let delivery = disk.deliver("cd").expect("a delivery");
    assert_eq!(failing(&verified(&delivery.folder).verdicts), Vec::<String>::new());
    let mut missed = Vec::new();
    for seed in 0..corruptions() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("delivery");
        corrupt::copy(&delivery.folder, &folder);
        // Every second one, and each kind both ways in the long run, has its checksums mended.
        let mended = (seed / corrupt::KINDS.len() as u64 + seed).is_multiple_of(2);
        let what = corrupt::corrupt(&folder, &delivery.manifest, seed, mended);
        let found = verify(&folder, &|id| profile::load(id, None).ok().flatten());
        let caught = found.is_ok_and(|verified| worst(&verified.verdicts) == Outcome::Fail);
        if !caught {
            missed.push(format!("{seed}: {what}{}", if mended { ", checksums mended" } else { "" }));
        }
    }
    println!("{} of {} corruptions found", corruptions() - missed.len() as u64, corruptions());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
