//! What is encoded to, and which programs of the machine do it.

use std::path::{Path, PathBuf};

use super::program;
use crate::source;
use crate::unit::SampleRate;

/// A lossy coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coding {
    /// MPEG-4 AAC, low complexity.
    Aac,
    /// MPEG-1 layer 3.
    Mp3,
    /// Ogg Vorbis.
    Vorbis,
    /// Opus.
    Opus,
}

impl Coding {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Aac => "AAC",
            Coding::Mp3 => "MP3",
            Coding::Vorbis => "Ogg Vorbis",
            Coding::Opus => "Opus",
        }
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Coding::Aac => "m4a",
            Coding::Mp3 => "mp3",
            Coding::Vorbis => "ogg",
            Coding::Opus => "opus",
        }
    }

    /// The program that decodes it, with its version: Lacquer itself, or for Opus one of the machine.
    pub fn decoder(self) -> Option<String> {
        if self != Coding::Opus {
            return Some(source::DECODER.to_string());
        }
        if let Some(path) = program::find("opusdec") {
            return program::said(&path, &["--version"])?
                .lines()
                .find(|line| !line.trim().is_empty())
                .map(String::from);
        }
        let said = program::said(&program::find("ffmpeg")?, &["-version"])?;
        said.lines().next().map(|line| line.split(" Copyright").next().unwrap_or(line).to_string())
    }

    /// The rate a file of `rate` is encoded at: its own up to 48 kHz, else the one of its family; Opus always 48 kHz.
    pub fn rate(self, rate: SampleRate) -> SampleRate {
        match (self, rate.0) {
            (Coding::Opus, _) => SampleRate(48_000),
            (_, ..=48_000) => rate,
            (_, high) if high % 44_100 == 0 => SampleRate(44_100),
            _ => SampleRate(48_000),
        }
    }
}

/// One quality a shop offers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier {
    /// Stable id: coding and nominal rate.
    pub id: &'static str,
    /// The coding.
    pub coding: Coding,
    /// Nominal bit rate of stereo, kilobits per second.
    pub kilobits: u32,
    /// Where it is met, in words.
    pub met: &'static str,
    /// Asked for when nothing is said.
    pub usual: bool,
}

/// The tiers that shops stream and sell (their help pages, looked up 2026-11; the quality a service gives to whom
/// changes, the codings hardly).
pub const TIERS: &[Tier] = &[
    Tier { id: "aac-256", coding: Coding::Aac, kilobits: 256, met: "Apple Music, iTunes, YouTube Music", usual: true },
    Tier { id: "aac-128", coding: Coding::Aac, kilobits: 128, met: "web players, YouTube", usual: true },
    Tier { id: "mp3-320", coding: Coding::Mp3, kilobits: 320, met: "shops, Deezer, promotion", usual: true },
    Tier { id: "mp3-128", coding: Coding::Mp3, kilobits: 128, met: "previews, Deezer on a phone", usual: true },
    Tier { id: "vorbis-320", coding: Coding::Vorbis, kilobits: 320, met: "Spotify, very high", usual: true },
    Tier { id: "vorbis-160", coding: Coding::Vorbis, kilobits: 160, met: "Spotify, high", usual: false },
    Tier { id: "vorbis-96", coding: Coding::Vorbis, kilobits: 96, met: "Spotify, normal", usual: true },
    Tier { id: "opus-128", coding: Coding::Opus, kilobits: 128, met: "YouTube", usual: true },
    Tier { id: "opus-64", coding: Coding::Opus, kilobits: 64, met: "SoundCloud", usual: false },
];

impl Tier {
    /// The tier of an id.
    pub fn of(id: &str) -> Option<Tier> {
        TIERS.iter().find(|tier| tier.id == id).copied()
    }
}

/// How a program is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Afconvert,
    Qaac,
    Fdkaac,
    Lame,
    Oggenc,
    Opusenc,
    /// ffmpeg with an encoder of this name.
    Ffmpeg(&'static str),
}

/// An encoder of the machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Coder {
    /// What it makes.
    pub coding: Coding,
    /// Its name, as the reports say it.
    pub name: String,
    /// Its version, in its own words.
    pub version: String,
    /// Whether a verdict may rest on it.
    pub judges: bool,
    pub(super) path: PathBuf,
    pub(super) dialect: Dialect,
}

/// The programs asked for, best first for each coding. (Apple's own coder is what the shop uses; Fraunhofer's is the
/// best open stand-in for it.)
const KNOWN: &[(Coding, &str, Dialect, bool)] = &[
    (Coding::Aac, "afconvert", Dialect::Afconvert, true),
    (Coding::Aac, "qaac64", Dialect::Qaac, true),
    (Coding::Aac, "qaac", Dialect::Qaac, true),
    (Coding::Aac, "fdkaac", Dialect::Fdkaac, true),
    (Coding::Aac, "ffmpeg", Dialect::Ffmpeg("libfdk_aac"), true),
    (Coding::Aac, "ffmpeg", Dialect::Ffmpeg("aac"), false),
    (Coding::Mp3, "lame", Dialect::Lame, true),
    (Coding::Mp3, "ffmpeg", Dialect::Ffmpeg("libmp3lame"), true),
    (Coding::Vorbis, "oggenc", Dialect::Oggenc, true),
    (Coding::Vorbis, "ffmpeg", Dialect::Ffmpeg("libvorbis"), true),
    (Coding::Opus, "opusenc", Dialect::Opusenc, true),
    (Coding::Opus, "ffmpeg", Dialect::Ffmpeg("libopus"), true),
];

impl Coder {
    /// The best encoder of each coding that this machine has; asks each program for its version.
    pub fn found() -> Vec<Coder> {
        let mut found: Vec<Coder> = Vec::new();
        for (coding, program, dialect, judges) in KNOWN {
            if found.iter().any(|known| known.coding == *coding) {
                continue;
            }
            let Some(path) = program::find(program) else { continue };
            let Some((name, version)) = introduce(program, &path, *dialect) else { continue };
            // An Opus file can only be heard again through a program.
            if *coding == Coding::Opus && program::find("opusdec").or_else(|| program::find("ffmpeg")).is_none() {
                continue;
            }
            found.push(Coder { coding: *coding, name, version, judges: *judges, path, dialect: *dialect });
        }
        found
    }

    /// What it is to be called in a report: name and version.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// The arguments that encode `wave` into `out`.
    pub(super) fn arguments(&self, tier: Tier, wave: &Path, out: &Path) -> Vec<std::ffi::OsString> {
        let bits = (tier.kilobits * 1000).to_string();
        let kilobits = tier.kilobits.to_string();
        let (wave, out) = (wave.as_os_str(), out.as_os_str());
        let words = |words: &[&str]| words.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
        let mut arguments = match self.dialect {
            // Strategy 2 is the constrained variable rate that the shop states; quality 127 its best.
            Dialect::Afconvert => words(&["-f", "m4af", "-d", "aac", "-b", &bits, "-s", "2", "-q", "127"]),
            Dialect::Qaac => words(&["--silent", "--cvbr", &kilobits, "--quality", "2", "-o"]),
            Dialect::Fdkaac => words(&["--silent", "-b", &bits, "-o"]),
            Dialect::Lame => words(&["--silent", "-b", &kilobits]),
            Dialect::Oggenc => words(&["--quiet", "-q", vorbis_quality(tier.kilobits), "-o"]),
            Dialect::Opusenc => words(&["--quiet", "--bitrate", &kilobits]),
            Dialect::Ffmpeg(_) => words(&["-nostdin", "-v", "error", "-y", "-i"]),
        };
        match self.dialect {
            Dialect::Afconvert | Dialect::Lame | Dialect::Opusenc => arguments.extend([wave.into(), out.into()]),
            Dialect::Qaac | Dialect::Fdkaac | Dialect::Oggenc => arguments.extend([out.into(), wave.into()]),
            Dialect::Ffmpeg(encoder) => {
                arguments.push(wave.into());
                arguments.extend(words(&["-c:a", encoder]));
                match tier.coding {
                    Coding::Vorbis => arguments.extend(words(&["-q:a", vorbis_quality(tier.kilobits)])),
                    _ => arguments.extend(words(&["-b:a", &bits])),
                }
                arguments.push(out.into());
            }
        }
        arguments
    }
}

/// The quality step whose nominal rate at 44.1 kHz stereo is the one asked for (vorbis-tools, oggenc(1)).
fn vorbis_quality(kilobits: u32) -> &'static str {
    match kilobits {
        ..=96 => "2",
        97..=160 => "5",
        161..=256 => "8",
        _ => "9",
    }
}

/// Name and version of a program, or `None` where it lacks the encoder.
fn introduce(program: &str, path: &Path, dialect: Dialect) -> Option<(String, String)> {
    let digits = |text: &str| {
        let word = |word: &&str| word.trim_start_matches('v').starts_with(|letter: char| letter.is_ascii_digit());
        text.split_whitespace().find(|candidate| word(candidate) && candidate.contains('.')).map(str::to_string)
    };
    match dialect {
        Dialect::Afconvert => {
            let system = program::said(Path::new("/usr/bin/sw_vers"), &["-productVersion"]).unwrap_or_default();
            Some(("Apple AAC (afconvert)".into(), system.trim().to_string()))
        }
        Dialect::Qaac => Some(("Apple AAC (qaac)".into(), digits(&program::said(path, &["--check"])?)?)),
        // Without arguments it says its version and how it is used.
        Dialect::Fdkaac => Some(("fdkaac (Fraunhofer FDK)".into(), digits(&program::said(path, &[])?)?)),
        Dialect::Lame => Some(("LAME".into(), digits(&program::said(path, &["--version"])?)?)),
        Dialect::Oggenc => Some((program.into(), digits(&program::said(path, &["--version"])?)?)),
        Dialect::Opusenc => {
            let said = program::said(path, &["--version"])?;
            let library = said.split("libopus ").nth(1).and_then(|rest| digits(rest.trim_end_matches(')')));
            let version = digits(&said)?;
            let library = library
                .map(|library| format!(" (libopus {})", library.trim_end_matches([')', ','])))
                .unwrap_or_default();
            Some((program.into(), format!("{version}{library}")))
        }
        Dialect::Ffmpeg(encoder) => {
            let encoders = program::said(path, &["-hide_banner", "-encoders"])?;
            encoders.lines().find(|line| line.split_whitespace().nth(1) == Some(encoder))?;
            let version = program::said(path, &["-version"])?;
            let version = version.split_whitespace().nth(2)?.to_string();
            Some((format!("ffmpeg {encoder}"), version))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_encode_high_rates_at_the_low_rate_of_the_family() {
        let rate = |coding: Coding, hz| coding.rate(SampleRate(hz)).0;
        assert_eq!(rate(Coding::Aac, 44_100), 44_100);
        assert_eq!(rate(Coding::Aac, 88_200), 44_100);
        assert_eq!(rate(Coding::Mp3, 192_000), 48_000);
        assert_eq!(rate(Coding::Opus, 44_100), 48_000);
    }

    #[test]
    fn ids_are_unique_and_findable() {
        for tier in TIERS {
            assert_eq!(Tier::of(tier.id), Some(*tier));
        }
        assert_eq!(Tier::of("aac"), None);
    }

    #[test]
    fn every_program_gets_input_and_output_once() {
        for (coding, program, dialect, judges) in KNOWN {
            let coder = Coder {
                coding: *coding,
                name: (*program).into(),
                version: "1.0".into(),
                judges: *judges,
                path: PathBuf::from(program),
                dialect: *dialect,
            };
            let tier = *TIERS.iter().find(|tier| tier.coding == *coding).unwrap();
            let arguments = coder.arguments(tier, Path::new("/in.wav"), Path::new("/out.x"));
            for path in ["/in.wav", "/out.x"] {
                assert_eq!(arguments.iter().filter(|word| *word == path).count(), 1, "{program}");
            }
        }
    }
}
