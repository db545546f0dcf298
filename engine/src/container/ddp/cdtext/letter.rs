//! Letters of CD-Text to bytes and back.

use encoding_rs::SHIFT_JIS;

use crate::container::text;

/// How the letters of a block are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// ISO 8859-1: what every player with CD-Text shows.
    Latin1,
    /// ASCII.
    Ascii,
    /// MS-JIS: Japanese, two bytes a letter.
    MsJis,
    /// Another code, kept as its number.
    Other(u8),
}

impl Charset {
    /// The code in the size information.
    pub fn code(self) -> u8 {
        match self {
            Charset::Latin1 => 0x00,
            Charset::Ascii => 0x01,
            Charset::MsJis => 0x80,
            Charset::Other(code) => code,
        }
    }

    /// The character code of a number.
    pub fn of_code(code: u8) -> Charset {
        match code {
            0x00 => Charset::Latin1,
            0x01 => Charset::Ascii,
            0x80 => Charset::MsJis,
            other => Charset::Other(other),
        }
    }

    /// What it is called.
    pub fn name(self) -> String {
        match self {
            Charset::Latin1 => "ISO 8859-1".into(),
            Charset::Ascii => "ASCII".into(),
            Charset::MsJis => "MS-JIS".into(),
            Charset::Other(code) => format!("character code {code:#04x}"),
        }
    }

    /// Whether a letter has two bytes.
    pub(in crate::container::ddp) fn is_double(self) -> bool {
        self == Charset::MsJis
    }

    /// Whether a letter can be stored as it is (in MS-JIS: as itself or as its full-width twin).
    pub fn has(self, letter: char) -> bool {
        match self {
            Charset::Ascii => matches!(letter, ' '..='~'),
            Charset::MsJis => full_width(letter).is_some(),
            _ => matches!(letter, ' '..='~' | '\u{A0}'..='\u{FF}'),
        }
    }

    /// The letters of a text, each as its bytes. What the code does not have is written by likeness, or as `?`.
    pub(super) fn encode(self, text: &str) -> Vec<Vec<u8>> {
        let mut letters = Vec::new();
        for letter in text.chars() {
            match self {
                Charset::MsJis => match full_width(letter) {
                    Some(bytes) => letters.push(bytes.to_vec()),
                    None => {
                        let likeness = text::ascii(&letter.to_string());
                        letters.extend(likeness.chars().filter_map(full_width).map(|bytes| bytes.to_vec()));
                    }
                },
                _ if self.has(letter) => letters.push(vec![letter as u32 as u8]),
                _ => letters.extend(text::ascii(&letter.to_string()).bytes().map(|byte| vec![byte])),
            }
        }
        letters
    }

    /// A text as it reads once it is stored: full-width letters in MS-JIS, likenesses for what the code does not have.
    pub fn stored(self, text: &str) -> String {
        self.decode(&self.encode(text).concat()).unwrap_or_else(|text| text)
    }

    /// The text of the bytes of a string, without its terminator; `Err` holds the text with what is unknown replaced.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, String> {
        match self {
            Charset::MsJis => {
                let (text, broken) = SHIFT_JIS.decode_without_bom_handling(bytes);
                if broken { Err(text.into_owned()) } else { Ok(text.into_owned()) }
            }
            _ => {
                let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
                let strange = |letter: char| {
                    (letter.is_control() && letter != '\t') || (self == Charset::Ascii && !letter.is_ascii())
                };
                if text.chars().any(strange) { Err(text) } else { Ok(text) }
            }
        }
    }
}

/// Half-width katakana from U+FF61 as their full-width letters.
const KATAKANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";

/// The two bytes of a letter in MS-JIS: players show full-width letters only, so that narrow ones become wide.
fn full_width(letter: char) -> Option<[u8; 2]> {
    let wide = match letter {
        ' ' | '\u{A0}' => '\u{3000}',
        '!'..='~' => char::from_u32(letter as u32 - 0x20 + 0xFF00)?,
        '\u{FF61}'..='\u{FF9F}' => KATAKANA.chars().nth(letter as usize - 0xFF61)?,
        other => other,
    };
    let mut buffer = [0; 4];
    let (bytes, _, missing) = SHIFT_JIS.encode(wide.encode_utf8(&mut buffer));
    match (missing, bytes.as_ref()) {
        (false, [first, second]) => Some([*first, *second]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(charset: Charset, text: &str) -> Vec<u8> {
        charset.encode(text).concat()
    }

    #[test]
    fn letters_are_stored_as_the_code_has_them() {
        assert_eq!(written(Charset::Latin1, "Dé – ♥"), b"D\xe9 - ?");
        assert_eq!(written(Charset::Ascii, "Bjö"), b"Bjoe");
        assert_eq!(written(Charset::MsJis, "A 猫ｱ"), [0x82, 0x60, 0x81, 0x40, 0x94, 0x4C, 0x83, 0x41]);
        assert_eq!(Charset::MsJis.decode(&[0x94, 0x4C]), Ok("猫".into()));
        assert!(Charset::MsJis.decode(&[0x94]).is_err());
        assert_eq!(Charset::Latin1.decode(b"D\xe9"), Ok("Dé".into()));
        assert!(Charset::Ascii.decode(b"D\xe9").is_err() && Charset::Latin1.decode(b"D\x01").is_err());
        assert!(!Charset::Latin1.has('♥') && !Charset::MsJis.has('é') && Charset::MsJis.has('a'));
    }
}
