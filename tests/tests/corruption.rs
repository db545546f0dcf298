//! Whatever is changed in a finished delivery of any kind is found by looking at it again: by its checksums, and where
//! those were made to fit, by its content.
//!
//! `LACQUER_CORRUPTIONS=200` tries two hundred, each kind of damage four times; an ordinary run takes twenty-four of the
//! kinds once. Half of them have their checksums mended.

#[path = "corruption/damage.rs"]
mod damage;

use std::path::Path;

use lacquer_engine::analysis::verdict::{Outcome, worst};
use lacquer_engine::deliver::{Delivery, verify};
use lacquer_engine::profile;
use lacquer_engine::session::{Document, Edit, Pass};
use lacquer_engine::unit::Dbtp;
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// Three songs at two rates, and a pass of each kind.
fn disk() -> Disk {
    let mut album = Album::default();
    for (index, rate) in [48_000, 96_000, 48_000].into_iter().enumerate() {
        let frames = rate as usize * 4 + index * 317;
        let channel = |seed| signal::quantised(&signal::music(rate, seed, frames), 24);
        album.add(rate, 24, 0.5, vec![channel(index as u64), channel(index as u64 + 9)]);
    }
    let mut disk = Disk::from_album(&album);
    disk.session.passes.extend([Pass::hi_res(), Pass::broadcast(), Pass::copies(), Pass::vinyl(), Pass::cassette()]);
    disk.session.passes[0].ceiling = Some(Dbtp(-1.0));
    let mut document = Document::from_session(&disk.session).expect("a document");
    for text in [
        "album.text.ja.title=夜の船",
        "song.2.text.ja.title=一番",
        "pass.copies.copies=flac, mp3-320, aac-256, vorbis-320, opus-128",
        "pass.broadcast.normalise=-23",
        // A level at which a test signal can be cut.
        "pass.vinyl.vinyl.level=-5",
    ] {
        let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).expect("taken");
    }
    disk.session = document.session().clone();
    disk
}

fn verdict(folder: &Path) -> (Outcome, Vec<String>) {
    match verify(folder, &|id| profile::load(id, None).ok().flatten()) {
        Err(error) => (Outcome::Fail, vec![error.to_string()]),
        Ok(verified) => {
            let failed = verified.verdicts.iter().filter(|verdict| verdict.result == Outcome::Fail);
            let said = failed.map(|v| format!("{} {:?} {:?}", v.check, v.r#where, v.remark)).collect();
            (worst(&verified.verdicts), said)
        }
    }
}

fn corruptions() -> u64 {
    let asked = std::env::var("LACQUER_CORRUPTIONS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(24)
}

/// Kinds are taken in steps that meet every pass early and every kind in the long run.
const STEP: u64 = 7;

#[test]
fn every_corruption_of_every_kind_of_pass_is_found() {
    let disk = disk();
    let kinds = ["streaming", "hi-res", "broadcast", "copies", "cd", "vinyl", "cassette"];
    let deliveries: Vec<(&str, Delivery)> =
        kinds.into_iter().map(|pass| (pass, disk.deliver(pass).expect("a delivery"))).collect();
    for (pass, delivery) in &deliveries {
        let (outcome, said) = verdict(&delivery.folder);
        // Five seconds of a test signal have no broadcast loudness to keep to but the one that was asked for.
        assert_ne!(outcome, Outcome::Fail, "{pass}: {said:#?}");
    }
    let (mut missed, mut mended_ones) = (Vec::new(), 0);
    for seed in 0..corruptions() {
        let (pass, kind) = damage::KINDS[(STEP * seed % damage::KINDS.len() as u64) as usize];
        let (_, delivery) = deliveries.iter().find(|(known, _)| *known == pass).expect("a delivery of the kind");
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("delivery");
        damage::copy(&delivery.folder, &folder);
        let mended = (seed / damage::KINDS.len() as u64 + seed).is_multiple_of(2);
        let mut victim = damage::Victim::new(&folder, &delivery.manifest, seed);
        let what = kind(&mut victim);
        if mended {
            victim.mend();
            mended_ones += 1;
        }
        if verdict(&folder).0 != Outcome::Fail {
            missed.push(format!("{seed}: {pass}: {what}{}", if mended { ", checksums mended" } else { "" }));
        }
    }
    let tried = corruptions();
    println!("{} of {tried} corruptions found, {mended_ones} with mended checksums", tried - missed.len() as u64);
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
