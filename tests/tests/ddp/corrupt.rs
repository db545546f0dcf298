//! Damage done to a finished CD delivery on purpose: bits, frames, channels, codes, texts, names.

use std::fs;
use std::path::Path;
use std::process::Command;

use lacquer_engine::deliver::{Manifest, Role};
use serde_json::Value;

type Damage = fn(&mut Victim<'_>) -> String;

/// What is done, in turn.
pub const KINDS: &[Damage] = &[
    |v| v.flip(Role::Song),
    |v| v.flip(Role::Programme),
    |v| v.flip_image(),
    |v| v.shift_image(),
    |v| v.swap_channels(Role::Song),
    |v| v.swap_channels(Role::Programme),
    |v| v.swap_image(),
    |v| v.cut_image(),
    |v| v.points_isrc(),
    |v| v.points_time(),
    |v| v.manifest_text("isrc", "XXLAQ2612345"),
    |v| v.manifest_text("title", "Another title"),
    |v| v.manifest_level(),
    |v| v.pack(),
    |v| v.sheet(Role::Cue, "INDEX 01 00:", "INDEX 01 01:"),
    |v| v.sheet(Role::Cue, "XXLAQ26", "XXLAQ27"),
    |v| v.sheet(Role::Toc, "ISRC \"XX", "ISRC \"XY"),
    |v| v.sheet(Role::PqSheet, "XXLAQ26", "XXLAQ27"),
    |v| v.upc(),
    |v| v.rename(),
    |v| v.remove(),
    |v| v.exchange(),
    |v| v.shorten(),
    |v| v.scratch(),
];

/// A copied delivery that is being damaged.
pub struct Victim<'a> {
    folder: &'a Path,
    manifest: &'a Manifest,
    random: u64,
}

/// Copies a delivery.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Damages a copy as `seed` says and, where `mended`, makes every checksum fit again. Returns what was done.
pub fn corrupt(folder: &Path, manifest: &Manifest, seed: u64, mended: bool) -> String {
    let mut victim = Victim { folder, manifest, random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 };
    let what = KINDS[(seed % KINDS.len() as u64) as usize](&mut victim);
    if mended {
        victim.mend();
    }
    what
}

impl Victim<'_> {
    fn next(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % below.max(1)
    }

    /// A file of a role, one of several by chance.
    fn name(&mut self, role: Role) -> String {
        let names: Vec<&str> = self.manifest.files.iter().filter(|f| f.role == role).map(|f| f.name.as_str()).collect();
        let names: Vec<&str> =
            names.into_iter().filter(|name| role != Role::PqSheet || name.ends_with(".txt")).collect();
        names[self.next(names.len())].to_string()
    }

    fn ddp(&self, file: &str) -> String {
        let mut names = self.manifest.files.iter().filter(|f| f.role == Role::Ddp).map(|f| f.name.as_str());
        names.find(|name| name.ends_with(file)).expect("a file of the set").to_string()
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.folder.join(name);
        let mut bytes = fs::read(&path).expect("readable");
        change(&mut bytes);
        fs::write(path, bytes).expect("writable");
    }

    fn flip(&mut self, role: Role) -> String {
        let name = self.name(role);
        let (place, bit) = (self.next(1 << 24), self.next(8));
        // Behind every header that a WAV file of ours has.
        self.change(&name, |bytes| {
            let at = 200 + place % (bytes.len() - 200);
            bytes[at] ^= 1 << bit;
        });
        format!("a bit of {name}")
    }

    fn flip_image(&mut self) -> String {
        let (place, bit) = (self.next(1 << 24), self.next(8));
        self.change(&self.ddp("IMAGE.DAT"), |bytes| {
            let at = place % bytes.len();
            bytes[at] ^= 1 << bit;
        });
        "a bit of the image".into()
    }

    fn shift_image(&mut self) -> String {
        let by = [4, 2352, 588 * 4 * 75][self.next(3)];
        self.change(&self.ddp("IMAGE.DAT"), |bytes| bytes.rotate_right(by));
        format!("the image by {by} bytes")
    }

    fn swap_channels(&mut self, role: Role) -> String {
        let name = self.name(role);
        self.change(&name, |bytes| {
            let at = bytes.windows(4).position(|word| word == b"data").expect("audio") + 8;
            bytes[at..].chunks_exact_mut(4).for_each(|frame| frame.rotate_left(2));
        });
        format!("the channels of {name}")
    }

    fn swap_image(&mut self) -> String {
        self.change(&self.ddp("IMAGE.DAT"), |bytes| bytes.chunks_exact_mut(4).for_each(|frame| frame.rotate_left(2)));
        "the channels of the image".into()
    }

    fn cut_image(&mut self) -> String {
        self.change(&self.ddp("IMAGE.DAT"), |bytes| bytes.truncate(bytes.len() - 2352));
        "the last sector of the image".into()
    }

    fn points_isrc(&mut self) -> String {
        let digit = b'1' + self.next(9) as u8;
        // Every packet of the track, so that the descriptor agrees with itself.
        self.change(&self.ddp("PQDESCR"), |bytes| {
            for packet in bytes.chunks_exact_mut(64).filter(|packet| &packet[4..6] == b"02" && packet[20] != b' ') {
                packet[27] = digit;
            }
        });
        "an ISRC of the PQ descriptor".into()
    }

    fn points_time(&mut self) -> String {
        self.change(&self.ddp("PQDESCR"), |bytes| {
            let start = bytes.chunks_exact_mut(64).find(|packet| &packet[4..8] == b"0301").expect("track 3");
            let frames = (start[14] - b'0') * 10 + start[15] - b'0';
            let other = if frames < 74 { frames + 1 } else { frames - 1 };
            (start[14], start[15]) = (b'0' + other / 10, b'0' + other % 10);
        });
        "a start of the PQ descriptor".into()
    }

    fn with_manifest(&self, change: impl FnOnce(&mut Value)) {
        self.change("manifest.json", |bytes| {
            let mut value: Value = serde_json::from_slice(bytes).expect("a manifest");
            change(&mut value);
            *bytes = serde_json::to_vec_pretty(&value).expect("text");
        });
    }

    fn manifest_text(&mut self, key: &str, text: &str) -> String {
        let pick = self.next(4);
        self.with_manifest(|value| {
            let files = value["files"].as_array_mut().expect("files");
            let mut songs: Vec<_> =
                files.iter_mut().filter(|file| file["role"] == "song" && file["track"].is_u64()).collect();
            let count = songs.len();
            songs[pick % count][key] = text.into();
        });
        format!("{key} of a song in the manifest")
    }

    fn manifest_level(&mut self) -> String {
        let pick = self.next(5);
        let key = ["integrated_lufs", "true_peak_dbtp", "sample_peak_dbfs", "rms_dbfs"][self.next(4)];
        self.with_manifest(|value| {
            let files = value["files"].as_array_mut().expect("files");
            let mut songs: Vec<_> = files.iter_mut().filter(|file| file["role"] == "song").collect();
            let count = songs.len();
            let figure = &mut songs[pick % count]["measured"][key];
            *figure = (figure.as_f64().expect("a figure") - 0.3).into();
        });
        format!("{key} of a song in the manifest")
    }

    /// A letter of a title in the CD-Text, with the checksum of its pack mended.
    fn pack(&mut self) -> String {
        let place = self.next(8);
        self.change(&self.ddp("CDTEXT.BIN"), |bytes| {
            let pack = &mut bytes[..18];
            let at = 4 + place;
            pack[at] = if pack[at] == b'x' { b'y' } else { b'x' };
            let crc = pack[..16].iter().fold(0u16, |crc, byte| {
                (0..8).fold(
                    crc ^ u16::from(*byte) << 8,
                    |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 },
                )
            });
            pack[16..].copy_from_slice(&(!crc).to_be_bytes());
        });
        "a letter of the CD-Text".into()
    }

    fn sheet(&mut self, role: Role, from: &str, to: &str) -> String {
        let name = self.name(role);
        self.change(&name, |bytes| {
            let text = String::from_utf8(bytes.clone()).expect("text");
            assert!(text.contains(from), "{from} in {text}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        });
        format!("{from} of {name}")
    }

    fn upc(&mut self) -> String {
        let name = self.ddp("DDPID");
        self.change(&name, |bytes| bytes[8..21].copy_from_slice(b"4006381333931"));
        "the UPC of DDPID".into()
    }

    fn rename(&mut self) -> String {
        let name = self.name(Role::Song);
        fs::rename(self.folder.join(&name), self.folder.join(format!("{name}.old.wav"))).expect("renamed");
        format!("the name of {name}")
    }

    fn remove(&mut self) -> String {
        let pick = self.next(4);
        let name = self.ddp(["DDPMS", "PQDESCR", "IMAGE.DAT", "CDTEXT.BIN"][pick]);
        fs::remove_file(self.folder.join(&name)).expect("removed");
        format!("{name} is gone")
    }

    fn exchange(&mut self) -> String {
        let names: Vec<&str> =
            self.manifest.files.iter().filter(|f| f.role == Role::Song).map(|f| f.name.as_str()).collect();
        let one = self.next(names.len());
        let other = (one + 1 + self.next(names.len() - 1)) % names.len();
        let (one, other) = (self.folder.join(names[one]), self.folder.join(names[other]));
        let aside = self.folder.join("aside");
        fs::rename(&one, &aside).expect("renamed");
        fs::rename(&other, &one).expect("renamed");
        fs::rename(&aside, &other).expect("renamed");
        "two songs exchanged".into()
    }

    /// The end of a song's file, with the lengths in its header mended.
    fn shorten(&mut self) -> String {
        let name = self.name(Role::Song);
        self.change(&name, |bytes| {
            let data = bytes.windows(4).position(|word| word == b"data").expect("audio");
            let length = u32::from_le_bytes(bytes[data + 4..data + 8].try_into().expect("a length")) as usize - 2352;
            bytes.truncate(data + 8 + length);
            bytes[data + 4..data + 8].copy_from_slice(&(length as u32).to_le_bytes());
            let whole = bytes.len() as u32 - 8;
            bytes[4..8].copy_from_slice(&whole.to_le_bytes());
        });
        format!("the end of {name}")
    }

    /// A stretch of the programme's sound.
    fn scratch(&mut self) -> String {
        let name = self.name(Role::Programme);
        let place = self.next(1 << 24);
        self.change(&name, |bytes| {
            let at = (bytes.len() / 8 + place % (bytes.len() / 2)) & !3;
            bytes[at..at + 400].iter_mut().for_each(|byte| *byte ^= 0x10);
        });
        format!("a stretch of {name}")
    }

    /// Makes the list of the fileset and the manifest fit what lies there now.
    fn mend(&mut self) {
        let list = self.ddp("CHECKSUM.MD5");
        let names: Vec<String> = self
            .manifest
            .files
            .iter()
            .filter(|f| f.role == Role::Ddp && f.name != list)
            .map(|f| f.name.clone())
            .collect();
        let lines = names.iter().filter(|name| self.folder.join(name).is_file()).map(|name| {
            format!("{} *{}\n", sum("md5sum", &self.folder.join(name)), name.rsplit('/').next().expect("a name"))
        });
        fs::write(self.folder.join(&list), lines.collect::<String>()).expect("writable");
        let folder = self.folder;
        self.with_manifest(|value| {
            for file in value["files"].as_array_mut().expect("files") {
                let path = folder.join(file["name"].as_str().expect("a name"));
                let Ok(metadata) = fs::metadata(&path) else { continue };
                file["bytes"] = metadata.len().into();
                file["sha256"] = sum("sha256sum", &path).into();
                file["md5"] = sum("md5sum", &path).into();
            }
        });
    }
}

fn sum(program: &str, path: &Path) -> String {
    let output = Command::new(program).arg(path).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().next().unwrap_or_default().trim_start_matches('\\').to_string()
}
