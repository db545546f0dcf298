//! CUE sheets: the model, written and read.
//!
//! There is no standard but the manual of CDRWIN 3.8 and what burning programs agree on. Times are minutes, seconds
//! and frames of 1/75 s, relative to the file named before. Programs put the start of the file at disc time
//! 00:02:00, so a sheet belongs beside a file that begins with the first index 01 (or with hidden sound before it),
//! never beside one that holds the pause itself.

mod read;

pub use read::{Error, parse};

use super::text;
use crate::unit::{CD_FRAMES_PER_SECOND, CdFrame};

/// A whole sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Media catalogue number: 13 digits.
    pub catalog: Option<String>,
    /// CD-Text of the disc.
    pub text: Text,
    /// Comments (`REM`), without the word.
    pub remarks: Vec<String>,
    /// The tracks in order.
    pub tracks: Vec<Track>,
}

/// Names of a disc or a track, as in CD-Text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Title.
    pub title: Option<String>,
    /// Performer.
    pub performer: Option<String>,
    /// Songwriter.
    pub songwriter: Option<String>,
    /// Composer (an extension that libburn and others read).
    pub composer: Option<String>,
    /// Arranger (an extension).
    pub arranger: Option<String>,
    /// Message (an extension).
    pub message: Option<String>,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Track {
    /// Its number, 1 to 99.
    pub number: u8,
    /// The file its first index lies in.
    pub file: String,
    /// Names.
    pub text: Text,
    /// ISRC: 12 characters.
    pub isrc: Option<String>,
    /// Digital copy permitted (`DCP`).
    pub copy_permitted: bool,
    /// Pre-emphasis (`PRE`).
    pub pre_emphasis: bool,
    /// Four channels (`4CH`).
    pub four_channels: bool,
    /// Serial copy management (`SCMS`).
    pub serial_copy: bool,
    /// Silence before the track that is not in the file.
    pub pregap: Option<CdFrame>,
    /// Silence after the track that is not in the file.
    pub postgap: Option<CdFrame>,
    /// Indices: number (0 is the pause, 1 the start) and time in the file.
    pub indices: Vec<Index>,
}

/// A place inside a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// 0 to 99.
    pub number: u8,
    /// Time in the file.
    pub at: CdFrame,
    /// The file, where it is another one than the track's (a pause at the end of the file before).
    pub file: Option<String>,
}

impl Track {
    /// Where the track begins: index 01.
    pub fn start(&self) -> Option<CdFrame> {
        self.indices.iter().find(|index| index.number == 1).map(|index| index.at)
    }
}

impl Sheet {
    /// The sheet as text, with line ends of CR LF. Text is made safe: quotes become apostrophes, line ends spaces.
    /// It is UTF-8; [`Sheet::encode_ascii`] is for programs that know only ASCII.
    pub fn encode(&self) -> String {
        self.lines(false).join("\r\n") + "\r\n"
    }

    /// The sheet in plain ASCII.
    pub fn encode_ascii(&self) -> String {
        self.lines(true).join("\r\n") + "\r\n"
    }

    fn lines(&self, ascii: bool) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(self.remarks.iter().map(|remark| format!("REM {}", plain(remark, ascii))));
        out.extend(self.catalog.iter().map(|catalog| format!("CATALOG {}", plain(catalog, ascii))));
        self.text.lines("", ascii, &mut out);
        let mut file: Option<&str> = None;
        for track in &self.tracks {
            track.lines(&mut file, ascii, &mut out);
        }
        out
    }
}

impl Text {
    fn lines(&self, indent: &str, ascii: bool, out: &mut Vec<String>) {
        for (word, value) in [
            ("TITLE", &self.title),
            ("PERFORMER", &self.performer),
            ("SONGWRITER", &self.songwriter),
            ("COMPOSER", &self.composer),
            ("ARRANGER", &self.arranger),
            ("MESSAGE", &self.message),
        ] {
            out.extend(value.iter().map(|value| format!("{indent}{word} {}", quoted(value, ascii))));
        }
    }

    /// The value that a word of a sheet stands for.
    fn slot(&mut self, word: &str) -> Option<&mut Option<String>> {
        Some(match word {
            "TITLE" => &mut self.title,
            "PERFORMER" => &mut self.performer,
            "SONGWRITER" => &mut self.songwriter,
            "COMPOSER" => &mut self.composer,
            "ARRANGER" => &mut self.arranger,
            "MESSAGE" => &mut self.message,
            _ => return None,
        })
    }
}

impl Track {
    fn lines<'a>(&'a self, file: &mut Option<&'a str>, ascii: bool, out: &mut Vec<String>) {
        let first = self.indices.first().and_then(|index| index.file.as_deref()).unwrap_or(&self.file);
        change_file(file, first, ascii, out);
        out.push(format!("  TRACK {:02} AUDIO", self.number));
        self.text.lines("    ", ascii, out);
        let flags: Vec<&str> = [
            (self.copy_permitted, "DCP"),
            (self.four_channels, "4CH"),
            (self.pre_emphasis, "PRE"),
            (self.serial_copy, "SCMS"),
        ]
        .iter()
        .filter_map(|(set, word)| set.then_some(*word))
        .collect();
        if !flags.is_empty() {
            out.push(format!("    FLAGS {}", flags.join(" ")));
        }
        out.extend(self.isrc.iter().map(|isrc| format!("    ISRC {}", plain(isrc, ascii))));
        out.extend(self.pregap.iter().map(|length| format!("    PREGAP {length}")));
        for index in &self.indices {
            change_file(file, index.file.as_deref().unwrap_or(&self.file), ascii, out);
            out.push(format!("    INDEX {:02} {}", index.number, index.at));
        }
        out.extend(self.postgap.iter().map(|length| format!("    POSTGAP {length}")));
    }
}

fn change_file<'a>(now: &mut Option<&'a str>, file: &'a str, ascii: bool, out: &mut Vec<String>) {
    if *now != Some(file) {
        out.push(format!("FILE {} WAVE", quoted(file, ascii)));
        *now = Some(file);
    }
}

fn quoted(value: &str, ascii: bool) -> String {
    format!("\"{}\"", plain(value, ascii))
}

/// One line without quotes: the format has no way to write them.
fn plain(value: &str, ascii: bool) -> String {
    let value = if ascii { text::ascii(value) } else { value.to_string() };
    let safe: String = value
        .chars()
        .map(|letter| match letter {
            '"' => '\'',
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => ' ',
            letter => letter,
        })
        .collect();
    safe.trim().to_string()
}

/// Reads `mm:ss:ff`; minutes may have any number of digits.
fn time(text: &str) -> Option<CdFrame> {
    let mut parts = text.split(':').map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (minutes, seconds, frames) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = parts.next().is_none() && minutes < 100_000 && seconds < 60 && frames < CD_FRAMES_PER_SECOND;
    fits.then_some(CdFrame((minutes * 60 + seconds) * CD_FRAMES_PER_SECOND + frames))
}
