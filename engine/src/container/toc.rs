//! Tables of contents for cdrdao: written only.
//!
//! Manual page of cdrdao 1.2, "TOC-FILES". Lengths are of the file, `START` is the length of the pause inside the
//! track's data, and further indices count from the start of the track behind its pause.

use super::text;
use crate::unit::CdFrame;

/// A disc.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toc {
    /// Media catalogue number: 13 digits.
    pub catalog: Option<String>,
    /// The languages of the texts, by their codes (EBU Tech 3264): 9 is English.
    pub languages: Vec<u8>,
    /// Names of the disc, one per language; one text used anywhere is written everywhere, as cdrdao wants it.
    pub text: Vec<Text>,
    /// The tracks in order.
    pub tracks: Vec<Track>,
}

/// CD-Text of a disc or track.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Title.
    pub title: Option<String>,
    /// Performer.
    pub performer: Option<String>,
    /// Songwriter.
    pub songwriter: Option<String>,
    /// Composer.
    pub composer: Option<String>,
    /// Arranger.
    pub arranger: Option<String>,
    /// Message.
    pub message: Option<String>,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Track {
    /// The sound file.
    pub file: String,
    /// Where the track's data begin in it (the pause included).
    pub from: CdFrame,
    /// Length of the data, the pause included; `None` is to the end of the file.
    pub length: Option<CdFrame>,
    /// Length of the pause at the start of the data.
    pub pause: CdFrame,
    /// Indices from 02 on, counted from the start of the track behind its pause.
    pub indices: Vec<CdFrame>,
    /// ISRC: 12 characters.
    pub isrc: Option<String>,
    /// Digital copy permitted.
    pub copy_permitted: bool,
    /// Pre-emphasis.
    pub pre_emphasis: bool,
    /// Four channels.
    pub four_channels: bool,
    /// Names, one per language.
    pub text: Vec<Text>,
}

impl Toc {
    /// The table as text, in ASCII: other letters of Latin-1 as octal escapes, the rest by likeness.
    pub fn encode(&self) -> String {
        let mut out = String::from("CD_DA\n\n");
        if let Some(catalog) = &self.catalog {
            out += &format!("CATALOG {}\n\n", quoted(catalog));
        }
        let used: Vec<[bool; 6]> = (0..self.languages.len()).map(|language| self.used(language)).collect();
        let worn = used.iter().any(|used| used.contains(&true));
        if worn {
            let map: Vec<String> =
                self.languages.iter().enumerate().map(|(at, code)| format!("{at} : {code}")).collect();
            out += &format!("CD_TEXT {{\n  LANGUAGE_MAP {{ {} }}\n", map.join(" "));
            blocks(&self.text, &used, &mut out);
            out += "}\n\n";
        }
        for track in &self.tracks {
            track.encode(&used, worn, &mut out);
        }
        out
    }

    /// Which texts the disc or any track has in a language.
    fn used(&self, language: usize) -> [bool; 6] {
        let mut used = [false; 6];
        for text in
            self.tracks.iter().map(|track| &track.text).chain([&self.text]).filter_map(|texts| texts.get(language))
        {
            for (used, (_, value)) in used.iter_mut().zip(text.items()) {
                *used |= value.is_some();
            }
        }
        used
    }
}

/// The texts of a disc or track in every language.
fn blocks(texts: &[Text], used: &[[bool; 6]], out: &mut String) {
    let none = Text::default();
    for (language, used) in used.iter().enumerate() {
        *out += &format!("  LANGUAGE {language} {{\n");
        texts.get(language).unwrap_or(&none).lines(used, "    ", out);
        *out += "  }\n";
    }
}

impl Text {
    fn items(&self) -> [(&'static str, Option<&String>); 6] {
        [
            ("TITLE", self.title.as_ref()),
            ("PERFORMER", self.performer.as_ref()),
            ("SONGWRITER", self.songwriter.as_ref()),
            ("COMPOSER", self.composer.as_ref()),
            ("ARRANGER", self.arranger.as_ref()),
            ("MESSAGE", self.message.as_ref()),
        ]
    }

    fn lines(&self, used: &[bool; 6], indent: &str, out: &mut String) {
        for ((word, value), used) in self.items().into_iter().zip(used) {
            if *used {
                *out += &format!("{indent}{word} {}\n", quoted(value.map_or("", String::as_str)));
            }
        }
    }
}

impl Track {
    fn encode(&self, used: &[[bool; 6]], worn: bool, out: &mut String) {
        *out += "TRACK AUDIO\n";
        *out += if self.copy_permitted { "COPY\n" } else { "NO COPY\n" };
        *out += if self.pre_emphasis { "PRE_EMPHASIS\n" } else { "NO PRE_EMPHASIS\n" };
        *out += if self.four_channels { "FOUR_CHANNEL_AUDIO\n" } else { "TWO_CHANNEL_AUDIO\n" };
        if let Some(isrc) = &self.isrc {
            *out += &format!("ISRC {}\n", quoted(isrc));
        }
        if worn {
            *out += "CD_TEXT {\n";
            blocks(&self.text, used, out);
            *out += "}\n";
        }
        let length = self.length.map_or_else(String::new, |length| format!(" {length}"));
        *out += &format!("FILE {} {}{length}\n", quoted_name(&self.file), self.from);
        if self.pause.0 > 0 {
            *out += &format!("START {}\n", self.pause);
        }
        for index in &self.indices {
            *out += &format!("INDEX {index}\n");
        }
        out.push('\n');
    }
}

/// A string of a TOC file: quotes and backslashes escaped, Latin-1 beyond ASCII in octal.
fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for letter in value.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            ' '..='~' => out.push(letter),
            '\u{A0}'..='\u{FF}' => out += &format!("\\{:03o}", u32::from(letter)),
            other => out += &text::ascii(&other.to_string()),
        }
    }
    out.push('"');
    out
}

/// A file name of a TOC file: its own bytes, those beyond ASCII in octal, so that the file is found.
fn quoted_name(name: &str) -> String {
    let mut out = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            other => out += &format!("\\{other:03o}"),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_as_the_manual_wants_it() {
        let first = Track {
            file: "album.wav".into(),
            length: Some(CdFrame(75 * 60)),
            isrc: Some("GBABC2600001".into()),
            text: vec![Text { title: Some("É \"one\"".into()), ..Text::default() }, Text::default()],
            ..Track::default()
        };
        let second = Track {
            from: CdFrame(75 * 60),
            length: None,
            pause: CdFrame(150),
            indices: vec![CdFrame(225)],
            copy_permitted: true,
            ..first.clone()
        };
        let text = Toc { tracks: vec![first, second], languages: vec![9, 8], ..Toc::default() }.encode();
        assert!(text.starts_with("CD_DA\n\nCD_TEXT {\n  LANGUAGE_MAP { 0 : 9 1 : 8 }"), "{text}");
        assert!(text.contains("TITLE \"\\311 \\\"one\\\"\""));
        assert!(text.contains("FILE \"album.wav\" 00:00:00 01:00:00\n"));
        assert!(text.contains("FILE \"album.wav\" 01:00:00\nSTART 00:02:00\nINDEX 00:03:00\n"));
        assert_eq!(text.matches("TITLE").count(), 3);
        assert_eq!(quoted_name("Thè\u{2014}.wav"), "\"Th\\303\\250\\342\\200\\224.wav\"");
    }
}
