//! What a vinyl delivery promises: one continuous file per side that is the songs and their pauses bit for bit, sheets
//! that say where they lie, a verdict that can be repeated, and no other pass touched.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use lacquer_engine::analysis::verdict::{Outcome, Verdict};
use lacquer_engine::chain;
use lacquer_engine::deliver::{Delivery, Role, verify};
use lacquer_engine::medium::vinyl::{Size, Speed};
use lacquer_engine::profile;
use lacquer_engine::session::{Cassette, ChainSettings, Entry, Join, Pass, Scalar, SideName, StageSettings, Vinyl};
use lacquer_engine::unit::{Db, Seconds};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

const RATE: u32 = 44_100;
const BITS: u8 = 24;

/// Three songs, the third on side B; a pause of its own before the second.
fn record() -> Disk {
    let mut album = Album::default();
    for index in 0..3 {
        let frames = RATE as usize * 4 + index * 311;
        let channel = |seed| signal::quantised(&signal::music(RATE, seed, frames), u32::from(BITS));
        album.add(RATE, BITS, 0.5, vec![channel(index as u64), channel(index as u64 + 9)]);
    }
    let mut disk = Disk::from_album(&album);
    let song = |index: usize| disk.session.passes[0].entries[index].song.clone();
    let entries = vec![
        Entry { song: song(0), ..Entry::default() },
        Entry { song: song(1), join: Some(Join::Gap(Seconds(1.25))), ..Entry::default() },
        Entry { song: song(2), side: SideName::of_place(1), ..Entry::default() },
    ];
    disk.session.album.catalogue = "LQ 7".into();
    disk.session.passes.push(Pass { entries, ..Pass::vinyl() });
    disk
}

/// Raw samples as another program decodes them.
fn decoded(path: &std::path::Path) -> Vec<u8> {
    let raw = ["-t", "raw", "-e", "signed", "-b", "24", "-L", "-"];
    let output = Command::new("sox").arg("-D").arg(path).args(raw).output().expect("sox is needed for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Of all files but the report, which tells whether they were rendered or taken over.
fn hashes(delivery: &Delivery) -> Vec<String> {
    let files = delivery.manifest.files.iter().filter(|file| file.role != Role::Report);
    files.map(|file| file.sha256.clone()).collect()
}

#[test]
fn sides_are_their_songs_and_pauses_bit_for_bit() {
    let disk = record();
    let delivery = disk.deliver("vinyl").expect("a delivery");
    let sides: Vec<_> = delivery.manifest.files.iter().filter(|file| file.role == Role::Side).collect();
    let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
    assert_eq!(names, ["LQ 7_A_44100Hz_24bit.wav", "LQ 7_B_44100Hz_24bit.wav"]);
    let source = |number: usize| decoded(&disk.folder.path().join(format!("src{number}.wav")));
    let pause = vec![0u8; (1.25 * f64::from(RATE)) as usize * 6];
    assert!(decoded(&delivery.folder.join(names[0])) == [source(1), pause, source(2)].concat(), "side A");
    assert!(decoded(&delivery.folder.join(names[1])) == source(3), "side B");
    let text = |role| {
        let file = delivery.manifest.files.iter().find(|file| file.role == role).expect("a sheet");
        fs::read_to_string(delivery.folder.join(&file.name)).expect("text")
    };
    let sheet = text(Role::SideSheet);
    for wanted in ["A1", "A2", "B1", "00:05.25", "Matrix: LQ 7 A", "XXLAQ2600003"] {
        assert!(sheet.contains(wanted), "{wanted}\n{sheet}");
    }
    assert!(text(Role::LatheNotes).contains("highest level that passes"));
    assert!(delivery.verdicts.iter().any(|verdict| verdict.check == "curvature"));
}

#[test]
fn a_record_is_judged_again_and_damage_is_found() {
    let disk = record();
    let delivery = disk.deliver("vinyl").expect("a delivery");
    let again = || verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery");
    // The synthetic side is too hot for the lathe: said when it was delivered, and again.
    let failing = |verdicts: &[Verdict]| -> BTreeSet<String> {
        let failing = verdicts.iter().filter(|verdict| verdict.result == Outcome::Fail);
        failing.map(|verdict| verdict.check.clone()).collect()
    };
    let first = failing(&delivery.verdicts);
    assert_eq!(failing(&again().verdicts), first);
    assert!(!first.contains("checksum"));
    let side = delivery.folder.join("LQ 7_B_44100Hz_24bit.wav");
    let mut bytes = fs::read(&side).expect("a side");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&side, bytes).expect("written");
    assert!(failing(&again().verdicts).contains("checksum"));
}

#[test]
fn another_cut_changes_no_file_of_any_pass() {
    let mut disk = record();
    let (before, sides) = (disk.deliver("streaming").expect("a delivery"), disk.deliver("vinyl").expect("a delivery"));
    let entries = &mut disk.session.passes.last_mut().expect("the vinyl pass").entries;
    entries[2].side = None;
    entries[1].side = SideName::of_place(1);
    entries[1].join = Some(Join::Gap(Seconds(3.0)));
    let after = disk.deliver("streaming").expect("a delivery");
    assert_eq!(hashes(&before), hashes(&after));
    // The level of the cut is for the lathe: the sides stay what they were.
    let mut disk = record();
    let vinyl = Vinyl { level: Db(-6.0), ..Vinyl::default() };
    disk.session.passes.last_mut().expect("the vinyl pass").vinyl = Some(vinyl);
    let softer = disk.deliver("vinyl").expect("a delivery");
    let audio = |delivery: &Delivery| -> Vec<String> {
        let sides = delivery.manifest.files.iter().filter(|file| file.role == Role::Side);
        sides.map(|file| file.sha256.clone()).collect()
    };
    assert_eq!(audio(&sides), audio(&softer));
}

#[test]
fn remedies_and_another_disc_touch_no_file_of_another_pass() {
    let mut disk = record();
    disk.session.passes.push(Pass::cd());
    let others = ["streaming", "cd"];
    let all = |disk: &Disk| others.map(|pass| hashes(&disk.deliver(pass).expect("a delivery")));
    let (before, cut) = (all(&disk), hashes(&disk.deliver("vinyl").expect("a delivery")));
    let stereo = chain::processor("stereo").expect("the stereo processor");
    let mut stage = StageSettings::new("stereo1", stereo);
    stage.values.insert("elliptical".into(), Scalar::Switch(true));
    let pass = disk.session.passes.iter_mut().find(|pass| pass.id == "vinyl").expect("the vinyl pass");
    pass.chain = Some(ChainSettings { stages: vec![stage], ..ChainSettings::default() });
    pass.vinyl = Some(Vinyl { size: Size::Seven, speed: Speed::FortyFive, locked: "B".into(), ..Vinyl::default() });
    pass.entries[1].hidden = Some(true);
    assert_eq!(before, all(&disk));
    let delivery = disk.deliver("vinyl").expect("a delivery");
    assert_ne!(cut, hashes(&delivery));
    let sheet = fs::read_to_string(delivery.folder.join("Side sheet.txt")).expect("the sheet");
    for wanted in ["Hidden: A2", "Locked groove: side B", "7 inch, 45 rpm"] {
        assert!(sheet.contains(wanted), "{wanted}\n{sheet}");
    }
}

#[test]
fn a_cassette_goes_with_its_tones_and_is_judged_again() {
    let mut disk = record();
    let entries = disk.session.passes.last().expect("the vinyl pass").entries.clone();
    let cassette = Cassette { tones: true, dolby: true, ..Cassette::default() };
    disk.session.passes.push(Pass { entries, cassette: Some(cassette), ..Pass::cassette() });
    let delivery = disk.deliver("cassette").expect("a delivery");
    let tones = delivery.manifest.files.iter().find(|file| file.role == Role::Tones).expect("the tones");
    assert!(tones.audio.as_ref().is_some_and(|audio| audio.frames == 46 * u64::from(RATE)), "{tones:?}");
    assert!(delivery.verdicts.iter().any(|verdict| verdict.check == "dolby_b" && verdict.result == Outcome::Warn));
    let notes = fs::read_to_string(delivery.folder.join("Tape notes.txt")).expect("the notes");
    assert!(notes.contains("Level tones_44100Hz.wav") && notes.contains("Dolby B: asked for"), "{notes}");
    let again = verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery");
    let damaged = |verdict: &&lacquer_engine::analysis::verdict::Verdict| {
        ["checksum", "readable", "present"].contains(&verdict.check.as_str()) && verdict.result == Outcome::Fail
    };
    assert_eq!(again.verdicts.iter().filter(damaged).count(), 0, "{:#?}", again.verdicts);
}
