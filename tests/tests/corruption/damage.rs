//! Damage done on purpose to finished deliveries of every kind but the disc's own files.

use std::fs;
use std::path::Path;
use std::process::Command;

use lacquer_engine::container::tag;
use lacquer_engine::deliver::{Manifest, Role};
use serde_json::Value;

type Damage = fn(&mut Victim<'_>) -> String;

/// What is done to which pass, in turn.
pub const KINDS: &[(&str, Damage)] = &[
    ("streaming", |v| v.flip(Role::Song, ".wav")),
    ("streaming", |v| v.shift(Role::Song)),
    ("streaming", |v| v.swap_channels(Role::Song)),
    ("streaming", |v| v.shorten(Role::Song)),
    ("streaming", |v| v.rename(Role::Song)),
    ("streaming", |v| v.exchange(Role::Song, ".wav")),
    ("streaming", |v| v.level()),
    ("streaming", |v| v.quieter(Role::Song)),
    ("hi-res", |v| v.flip(Role::Song, ".wav")),
    ("hi-res", |v| v.flip(Role::Copy, ".flac")),
    ("hi-res", |v| v.truncate(".flac")),
    ("hi-res", |v| v.flac_tag("TITLE", "Another")),
    ("hi-res", |v| v.flac_tag("ISRC", "XXLAQ2699999")),
    ("hi-res", |v| v.manifest_text("isrc", "XXLAQ2612345")),
    ("hi-res", |v| v.certificate()),
    ("hi-res", |v| v.swap_channels(Role::Song)),
    ("hi-res", |v| v.exchange(Role::Copy, ".flac")),
    ("broadcast", |v| v.flip(Role::Song, ".wav")),
    ("broadcast", |v| v.bext_loudness()),
    ("broadcast", |v| v.bext_text()),
    ("broadcast", |v| v.manifest_text("title", "Another title")),
    ("broadcast", |v| v.swap_channels(Role::Song)),
    ("broadcast", |v| v.shift(Role::Song)),
    ("broadcast", |v| v.quieter(Role::Song)),
    ("copies", |v| v.flip(Role::Copy, ".flac")),
    ("copies", |v| v.lossy_tag(".mp3", "TITLE", "Another")),
    ("copies", |v| v.lossy_tag(".m4a", "ISRC", "XXLAQ2699999")),
    ("copies", |v| v.lossy_tag(".ogg", "REPLAYGAIN_TRACK_GAIN", "+3.00 dB")),
    ("copies", |v| v.lossy_tag(".opus", "ARTIST", "Somebody")),
    ("copies", |v| v.scratch(".mp3")),
    ("copies", |v| v.scratch(".m4a")),
    ("copies", |v| v.scratch(".ogg")),
    ("copies", |v| v.scratch(".opus")),
    ("copies", |v| v.truncate(".mp3")),
    ("copies", |v| v.truncate(".flac")),
    ("copies", |v| v.exchange(Role::Copy, ".mp3")),
    ("copies", |v| v.rename(Role::Copy)),
    ("copies", |v| v.manifest_text("title", "Another title")),
    ("cd", |v| v.second_language()),
    ("streaming", |v| v.report_figure()),
    ("streaming", |v| v.report_paper()),
    ("hi-res", |v| v.report_checksum()),
    ("vinyl", |v| v.side_verdict()),
    ("vinyl", |v| v.level_of_the_cut()),
    ("vinyl", |v| v.quieter(Role::Side)),
    ("cassette", |v| v.side_verdict()),
    ("cassette", |v| v.swap_channels(Role::Side)),
    ("cd", |v| v.flip(Role::Song, ".wav")),
];

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

/// A copied delivery that is being damaged.
pub struct Victim<'a> {
    folder: &'a Path,
    manifest: &'a Manifest,
    random: u64,
}

impl<'a> Victim<'a> {
    /// The copy in `folder` of the delivery of `manifest`.
    pub fn new(folder: &'a Path, manifest: &'a Manifest, seed: u64) -> Victim<'a> {
        Victim { folder, manifest, random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    fn next(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % below.max(1)
    }

    fn names(&self, role: Role, ending: &str) -> Vec<String> {
        let files = self.manifest.files.iter().filter(|file| file.role == role && file.name.ends_with(ending));
        files.map(|file| file.name.clone()).collect()
    }

    /// A file, one of several by chance. Where the machine has no encoder for it, a lossless one.
    fn name(&mut self, role: Role, ending: &str) -> String {
        let mut names = self.names(role, ending);
        if names.is_empty() {
            names = self.names(role, "");
        }
        names[self.next(names.len())].clone()
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.folder.join(name);
        let mut bytes = fs::read(&path).expect("readable");
        change(&mut bytes);
        fs::write(path, bytes).expect("writable");
    }

    /// The bytes of the sound of a WAV file.
    fn sound(bytes: &mut [u8]) -> &mut [u8] {
        let at = bytes.windows(4).position(|word| word == b"data").expect("audio") + 8;
        let whole = (bytes.len() - at) / 6 * 6;
        &mut bytes[at..at + whole]
    }

    fn flip(&mut self, role: Role, ending: &str) -> String {
        let name = self.name(role, ending);
        let (place, bit) = (self.next(1 << 24), self.next(8));
        self.change(&name, |bytes| {
            // Behind headers and tags of ours.
            let from = bytes.len() / 2;
            let at = from + place % (bytes.len() - from);
            bytes[at] ^= 1 << bit;
        });
        format!("a bit of {name}")
    }

    fn shift(&mut self, role: Role) -> String {
        let name = self.name(role, ".wav");
        let width = if self.is_16_bit(&name) { 4 } else { 6 };
        self.change(&name, |bytes| Victim::sound(bytes).rotate_right(width));
        format!("{name} by one frame")
    }

    fn is_16_bit(&self, name: &str) -> bool {
        let bytes = fs::read(self.folder.join(name)).expect("readable");
        let at = bytes.windows(4).position(|word| word == b"fmt ").expect("a format") + 8;
        bytes[at + 14] == 16
    }

    fn swap_channels(&mut self, role: Role) -> String {
        let name = self.name(role, ".wav");
        let width = if self.is_16_bit(&name) { 4 } else { 6 };
        self.change(&name, |bytes| {
            Victim::sound(bytes).chunks_exact_mut(width).for_each(|frame| frame.rotate_left(width / 2));
        });
        format!("the channels of {name}")
    }

    /// Every sample half as loud.
    fn quieter(&mut self, role: Role) -> String {
        let name = self.name(role, ".wav");
        self.change(&name, |bytes| {
            for sample in Victim::sound(bytes).chunks_exact_mut(3) {
                let word = i32::from_le_bytes([0, sample[0], sample[1], sample[2]]) >> 9;
                sample.copy_from_slice(&word.to_le_bytes()[..3]);
            }
        });
        format!("the level of {name}")
    }

    /// The end of a file, with the lengths in its header mended.
    fn shorten(&mut self, role: Role) -> String {
        let name = self.name(role, ".wav");
        self.change(&name, |bytes| {
            let data = bytes.windows(4).position(|word| word == b"data").expect("audio");
            let length = u32::from_le_bytes(bytes[data + 4..data + 8].try_into().expect("a length")) as usize - 6 * 588;
            bytes.truncate(data + 8 + length);
            bytes[data + 4..data + 8].copy_from_slice(&(length as u32).to_le_bytes());
            let whole = bytes.len() as u32 - 8;
            bytes[4..8].copy_from_slice(&whole.to_le_bytes());
        });
        format!("the end of {name}")
    }

    fn truncate(&mut self, ending: &str) -> String {
        let name = self.name(Role::Copy, ending);
        let cut = 2_000 + self.next(4_000);
        self.change(&name, |bytes| bytes.truncate(bytes.len() - cut));
        format!("the end of {name}")
    }

    /// A stretch of coded sound.
    fn scratch(&mut self, ending: &str) -> String {
        let name = self.name(Role::Copy, ending);
        let place = self.next(1 << 24);
        self.change(&name, |bytes| {
            let from = bytes.len() / 2;
            let at = from + place % (bytes.len() / 4);
            bytes[at..at + 64].iter_mut().for_each(|byte| *byte ^= 0x5A);
        });
        format!("a stretch of {name}")
    }

    fn rename(&mut self, role: Role) -> String {
        let name = self.name(role, "");
        fs::rename(self.folder.join(&name), self.folder.join(format!("{name}.old"))).expect("renamed");
        format!("the name of {name}")
    }

    fn exchange(&mut self, role: Role, ending: &str) -> String {
        let mut names = self.names(role, ending);
        if names.len() < 2 {
            names = self.names(role, ".flac");
        }
        let one = self.next(names.len());
        let other = (one + 1 + self.next(names.len() - 1)) % names.len();
        let (one, other) = (self.folder.join(&names[one]), self.folder.join(&names[other]));
        let aside = self.folder.join("aside");
        fs::rename(&one, &aside).expect("renamed");
        fs::rename(&other, &one).expect("renamed");
        fs::rename(&aside, &other).expect("renamed");
        "two files exchanged".into()
    }

    fn with_json(&self, name: &str, change: impl FnOnce(&mut Value)) {
        self.change(name, |bytes| {
            let mut value: Value = serde_json::from_slice(bytes).expect("JSON");
            change(&mut value);
            *bytes = serde_json::to_vec_pretty(&value).expect("text");
        });
    }

    /// A text of one file in the manifest: of a copy where there are any, else of a song.
    fn manifest_text(&mut self, key: &str, text: &str) -> String {
        let pick = self.next(64);
        self.with_json("manifest.json", |value| {
            let files = value["files"].as_array_mut().expect("files");
            let has_copies = files.iter().any(|file| file["role"] == "copy");
            let role = if has_copies { "copy" } else { "song" };
            let mut chosen: Vec<_> = files.iter_mut().filter(|file| file["role"] == role).collect();
            let count = chosen.len();
            chosen[pick % count][key] = text.into();
        });
        format!("{key} in the manifest")
    }

    fn level(&mut self) -> String {
        let pick = self.next(64);
        let key = ["integrated_lufs", "true_peak_dbtp", "sample_peak_dbfs", "rms_dbfs"][self.next(4)];
        self.with_json("manifest.json", |value| {
            let files = value["files"].as_array_mut().expect("files");
            let mut songs: Vec<_> = files.iter_mut().filter(|file| file["role"] == "song").collect();
            let count = songs.len();
            let figure = &mut songs[pick % count]["measured"][key];
            *figure = (figure.as_f64().expect("a figure") - 0.3).into();
        });
        format!("{key} in the manifest")
    }

    /// A song that is said to come from a better source than it does.
    fn certificate(&mut self) -> String {
        let name = self.name(Role::Certificate, ".json");
        self.with_json(&name, |value| {
            value["songs"][0]["sources"][0]["sha256"] = "0".repeat(64).into();
        });
        "the source's hash in the certificate".into()
    }

    fn flac_tag(&mut self, name: &str, text: &str) -> String {
        let file = self.name(Role::Copy, ".flac");
        let path = self.folder.join(&file);
        let set = format!("--set-tag={name}={text}");
        let output = Command::new("metaflac").arg(format!("--remove-tag={name}")).arg(set).arg(&path).output();
        let output = output.expect("metaflac is needed for this test");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        format!("{name} in {file}")
    }

    fn lossy_tag(&mut self, ending: &str, name: &str, text: &str) -> String {
        let file = self.name(Role::Copy, ending);
        if !file.ends_with(ending) {
            return self.flac_tag(name, text);
        }
        tag::write(&self.folder.join(&file), &changed(&self.folder.join(&file), name, text), None).expect("tagged");
        format!("{name} in {file}")
    }

    fn bext_loudness(&mut self) -> String {
        let name = self.name(Role::Song, ".wav");
        self.change(&name, |bytes| {
            let at = bytes.windows(4).position(|word| word == b"bext").expect("the chunk") + 8 + 412;
            bytes[at] = bytes[at].wrapping_add(100);
        });
        format!("the loudness in the header of {name}")
    }

    fn bext_text(&mut self) -> String {
        let name = self.name(Role::Song, ".wav");
        self.change(&name, |bytes| {
            let at = bytes.windows(4).position(|word| word == b"bext").expect("the chunk") + 8;
            bytes[at] = if bytes[at] == b'X' { b'Y' } else { b'X' };
        });
        format!("the description in the header of {name}")
    }

    /// A letter of the last language's title, with the checksum of its pack mended.
    fn second_language(&mut self) -> String {
        let files = self.manifest.files.iter().filter(|file| file.role == Role::Ddp);
        let name = files.map(|file| file.name.clone()).find(|name| name.ends_with("CDTEXT.BIN")).expect("texts");
        self.change(&name, |bytes| {
            let packs = bytes.len() / 18;
            // Block number in the fourth byte; titles are packs of type 0x80.
            let found = (0..packs).find(|pack| bytes[pack * 18] == 0x80 && bytes[pack * 18 + 3] >> 4 & 7 == 1);
            let pack = &mut bytes[found.expect("a second language") * 18..][..18];
            // Another character of the same row of MS-JIS.
            pack[5] = if pack[5] == 0xE9 { 0xE8 } else { 0xE9 };
            let crc =
                pack[..16].iter().fold(0u16, |crc, byte| {
                    (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
                        if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 }
                    })
                });
            pack[16..].copy_from_slice(&(!crc).to_be_bytes());
        });
        "a letter of the second language".into()
    }

    /// A loudness in the report's page.
    fn report_figure(&mut self) -> String {
        let name = self.name(Role::Report, ".html");
        let audio = self.manifest.files.iter().find_map(|file| file.audio.as_ref()).expect("a song");
        let stated = audio.measured["integrated_lufs"].as_f64().expect("its loudness");
        self.change(&name, |bytes| {
            let page = String::from_utf8(bytes.clone()).expect("a page");
            let changed = page.replacen(&format!(">{stated:.1}<"), &format!(">{:.1}<", stated - 3.0), 1);
            assert_ne!(page, changed, "the page tells {stated:.1}");
            *bytes = changed.into_bytes();
        });
        format!("a loudness in {name}")
    }

    /// A digit of a checksum in the report's page.
    fn report_checksum(&mut self) -> String {
        let name = self.name(Role::Report, ".html");
        let sum = self.manifest.files[0].sha256.clone();
        self.change(&name, |bytes| {
            let page = String::from_utf8(bytes.clone()).expect("a page");
            *bytes = page.replacen(&sum, &sum.chars().rev().collect::<String>(), 1).into_bytes();
        });
        format!("a checksum in {name}")
    }

    /// The report on paper is that of another delivery.
    fn report_paper(&mut self) -> String {
        let name = self.name(Role::Report, ".pdf");
        self.change(&name, |bytes| {
            let at = bytes.len() / 2;
            bytes[at] ^= 1;
        });
        format!("a byte of {name}")
    }

    /// What was measured of a side, in the manifest.
    fn side_verdict(&mut self) -> String {
        self.with_json("manifest.json", |value| {
            let verdicts = value["verdicts"].as_array_mut().expect("verdicts");
            let own = |check: &str| !matches!(check, "true_peak" | "integrated" | "sample_rate" | "bit_depth");
            let found = verdicts.iter_mut().find(|verdict| {
                let place = verdict["where"].as_str().unwrap_or_default();
                (place.starts_with("side") || place.contains("tape") || place.contains("shell"))
                    && own(verdict["check"].as_str().unwrap_or_default())
            });
            let verdict = found.expect("a check of a side");
            verdict["result"] = if verdict["result"] == "pass" { "warn".into() } else { "pass".into() };
        });
        "what was found of a side".into()
    }

    /// The level the record was cut at, in the manifest.
    fn level_of_the_cut(&mut self) -> String {
        self.with_json("manifest.json", |value| value["vinyl"]["settings"]["level"] = 9.0.into());
        "the level of the cut".into()
    }

    /// Makes every checksum fit what lies there now: of the manifest, of the certificate, of the fileset's list.
    pub fn mend(&mut self) {
        let ddp: Vec<String> = self.names(Role::Ddp, "");
        if let Some(list) = ddp.iter().find(|name| name.ends_with("CHECKSUM.MD5")) {
            let lines = ddp.iter().filter(|name| *name != list).map(|name| {
                let plain = name.rsplit('/').next().expect("a name");
                format!("{} *{plain}\n", sum("md5sum", &self.folder.join(name)))
            });
            fs::write(self.folder.join(list), lines.collect::<String>()).expect("writable");
        }
        let folder = self.folder;
        for certificate in self.names(Role::Certificate, ".json") {
            self.with_json(&certificate, |value| {
                let songs = value["songs"].as_array_mut().expect("songs");
                for file in songs.iter_mut().flat_map(|song| song["files"].as_array_mut().expect("files")) {
                    let path = folder.join(file[0].as_str().expect("a name"));
                    if path.is_file() {
                        file[1] = sum("sha256sum", &path).into();
                    }
                }
            });
        }
        self.with_json("manifest.json", |value| {
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

/// The tags of a file with one of them changed.
fn changed(path: &Path, name: &str, text: &str) -> Vec<(String, String)> {
    let mut table = tag::read(path).expect("tags").comments;
    table.retain(|(known, _)| known != name);
    table.push((name.into(), text.into()));
    table
}

fn sum(program: &str, path: &Path) -> String {
    let output = Command::new(program).arg(path).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().next().unwrap_or_default().trim_start_matches('\\').to_string()
}
