mod broken;
mod foreign;
mod golden;

use std::collections::BTreeMap;
use std::fs;

use super::cdtext::{Block, CdText, Charset, Kind, Language};
use super::*;
use crate::audio::Block as Audio;
use crate::unit::CdFrame;

/// The worked example: two tracks of steady samples, 19 seconds.
fn example() -> (Disc, CdText) {
    let index = |number, at| Index { number, at: CdFrame(at) };
    let copy = Control { copy_permitted: true, ..Control::default() };
    let track = |number, control, isrc: &str, indices| Track { number, control, isrc: isrc.into(), indices };
    let disc = Disc {
        upc: "4006381333931".into(),
        tracks: vec![
            track(1, Control::default(), "USABC2600001", vec![index(0, 0), index(1, 150)]),
            track(2, copy, "USABC2600002", vec![index(0, 900), index(1, 1050)]),
        ],
        lead_out: CdFrame(1425),
    };
    let mut block = Block::new(Language::ENGLISH, Charset::Latin1, 2);
    for (place, (title, code)) in
        [("Album", "4006381333931"), ("One", "USABC2600001"), ("Two", "USABC2600002")].into_iter().enumerate()
    {
        block.set(Kind::Title, place, title);
        block.set(Kind::Performer, place, "Band");
        block.set(Kind::Codes, place, code);
    }
    (disc, CdText { blocks: vec![block] })
}

fn image() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(Names::IMAGE);
    let mut writer = ImageWriter::create(&path).unwrap();
    for (left, right, sectors) in [(0x0123, -292, 750), (0, 0, 150), (0x0456, -1110, 375)] {
        let steps = |value: i32| vec![f64::from(value) / 32_768.0; sectors * 588];
        writer.write(&Audio::from_channels(&[steps(left), steps(right)])).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), ImageWritten { sectors: 1425, clipped: 0 });
    fs::read(path).unwrap()
}

/// A fileset as files in memory, to be changed and looked at.
#[derive(Clone)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn example() -> Files {
        let (disc, text) = example();
        let descriptors = Descriptors::new(&disc, Some(&text), "EXAMPLE-2TRK").unwrap();
        let mut files: BTreeMap<String, Vec<u8>> =
            descriptors.files().into_iter().map(|(name, bytes)| (name.to_string(), bytes.to_vec())).collect();
        files.insert(Names::IMAGE.into(), image());
        Files(files).summed()
    }

    fn bytes(&mut self, name: &str) -> &mut Vec<u8> {
        self.0.get_mut(name).unwrap()
    }

    /// With a fresh list of checksums, so that only content can tell.
    fn summed(mut self) -> Files {
        use md5::{Digest, Md5};
        self.0.remove(Names::SUMS);
        let hex = |bytes: &[u8]| Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let list: String = self.0.iter().map(|(name, bytes)| sum::line(name, &hex(bytes))).collect();
        self.0.insert(Names::SUMS.into(), list.into_bytes());
        self
    }

    fn faults(&self) -> Vec<Fault> {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &self.0 {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        check(&Fileset::open(folder.path()).unwrap(), true)
    }

    /// The faults of the descriptors, with the image that lies at `image`.
    fn descriptor_faults(&self, image: &std::path::Path) -> Vec<Fault> {
        let folder = image.parent().unwrap();
        for (name, bytes) in self.0.iter().filter(|(name, _)| *name != Names::IMAGE) {
            fs::write(folder.join(name), bytes).unwrap();
        }
        let faults = check(&Fileset::open(folder).unwrap(), false);
        self.0.keys().filter(|name| *name != Names::IMAGE).for_each(|name| fs::remove_file(folder.join(name)).unwrap());
        faults
    }

    fn put(&mut self, name: &str, at: usize, text: &str) {
        self.bytes(name)[at..at + text.len()].copy_from_slice(text.as_bytes());
    }

    /// Changes a byte of a CD-Text pack and mends its checksum.
    fn pack(&mut self, pack: usize, at: usize, value: u8) {
        let bytes = &mut self.bytes(Names::TEXT)[pack * 18..pack * 18 + 18];
        bytes[at] = value;
        let sum = cdtext::checksum(&bytes[..16]);
        bytes[16..].copy_from_slice(&sum.to_be_bytes());
    }
}

fn codes(faults: &[Fault]) -> Vec<&'static str> {
    let mut codes: Vec<_> = faults.iter().map(|fault| fault.code.id()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// How many random changes the hardiness test makes; a release run sets more.
fn mutations() -> u32 {
    std::env::var("LACQUER_DDP_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(500)
}

/// No bytes, however wrong, stop the reader or the checker.
#[test]
fn no_mutation_stops_the_reader() {
    let (disc, text) = example();
    let mut text = text;
    let mut second = Block::new(Language::JAPANESE, Charset::MsJis, 2);
    second.set(Kind::Title, 0, "夜の船");
    second.set(Kind::Title, 1, "一");
    second.genre = Some(cdtext::Genre::of("Rock"));
    text.blocks.push(second);
    let descriptors = Descriptors::new(&disc, Some(&text), "M").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = descriptors.files();
    fs::write(folder.path().join(Names::IMAGE), vec![0; 2352 * 3]).unwrap();
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    for (name, bytes) in &files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    for _ in 0..mutations() {
        let (name, bytes) = files[next(files.len())];
        let mut bytes = bytes.to_vec();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            match next(5) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, next(256) as u8),
                2 => bytes.extend_from_within(at..),
                3 if !bytes.is_empty() => bytes[at] ^= 1 << next(8),
                _ if !bytes.is_empty() => bytes[at] = *b" 09AVS/\0\xff".get(next(9)).unwrap_or(&0),
                _ => {}
            }
        }
        fs::write(folder.path().join(name), &bytes).unwrap();
        let set = Fileset::open(folder.path()).unwrap();
        let faults = check(&set, false);
        assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
        if let Some(text) = &set.text {
            let _ = text.encode();
        }
        fs::write(folder.path().join(name), files.iter().find(|(known, _)| *known == name).unwrap().1).unwrap();
    }
}
