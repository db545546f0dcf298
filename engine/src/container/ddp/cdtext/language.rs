//! Languages and genres by their codes.

/// A language by its code in EBU Tech 3264, appendix 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(pub u8);

/// Code, ISO 639-1, name.
const LANGUAGES: [(u8, &str, &str); 46] = [
    (0x01, "sq", "Albanian"),
    (0x02, "br", "Breton"),
    (0x03, "ca", "Catalan"),
    (0x04, "hr", "Croatian"),
    (0x05, "cy", "Welsh"),
    (0x06, "cs", "Czech"),
    (0x07, "da", "Danish"),
    (0x08, "de", "German"),
    (0x09, "en", "English"),
    (0x0A, "es", "Spanish"),
    (0x0B, "eo", "Esperanto"),
    (0x0C, "et", "Estonian"),
    (0x0D, "eu", "Basque"),
    (0x0E, "fo", "Faroese"),
    (0x0F, "fr", "French"),
    (0x10, "fy", "Frisian"),
    (0x11, "ga", "Irish"),
    (0x12, "gd", "Gaelic"),
    (0x13, "gl", "Galician"),
    (0x14, "is", "Icelandic"),
    (0x15, "it", "Italian"),
    (0x16, "se", "Lappish"),
    (0x17, "la", "Latin"),
    (0x18, "lv", "Latvian"),
    (0x19, "lb", "Luxembourgian"),
    (0x1A, "lt", "Lithuanian"),
    (0x1B, "hu", "Hungarian"),
    (0x1C, "mt", "Maltese"),
    (0x1D, "nl", "Dutch"),
    (0x1E, "no", "Norwegian"),
    (0x1F, "oc", "Occitan"),
    (0x20, "pl", "Polish"),
    (0x21, "pt", "Portuguese"),
    (0x22, "ro", "Romanian"),
    (0x23, "rm", "Romansh"),
    (0x24, "sr", "Serbian"),
    (0x25, "sk", "Slovak"),
    (0x26, "sl", "Slovenian"),
    (0x27, "fi", "Finnish"),
    (0x28, "sv", "Swedish"),
    (0x29, "tr", "Turkish"),
    (0x56, "ru", "Russian"),
    (0x65, "ko", "Korean"),
    (0x69, "ja", "Japanese"),
    (0x70, "el", "Greek"),
    (0x75, "zh", "Chinese"),
];

impl Language {
    /// English: what a disc without a stated language is in.
    pub const ENGLISH: Language = Language(0x09);
    /// Japanese.
    pub const JAPANESE: Language = Language(0x69);

    /// The language of an ISO 639 tag (`en`, `pt-BR`) or an English name.
    pub fn find(text: &str) -> Option<Language> {
        let tag = text.split(['-', '_']).next().unwrap_or_default().trim();
        let found = LANGUAGES
            .iter()
            .find(|(_, iso, name)| iso.eq_ignore_ascii_case(tag) || name.eq_ignore_ascii_case(text.trim()));
        found.map(|(code, _, _)| Language(*code))
    }

    /// Its English name, or its number.
    pub fn name(self) -> String {
        let found = LANGUAGES.iter().find(|(code, _, _)| *code == self.0);
        found.map_or_else(|| format!("language {:#04x}", self.0), |(_, _, name)| (*name).to_string())
    }

    /// Its tag in ISO 639-1.
    pub fn tag(self) -> Option<&'static str> {
        LANGUAGES.iter().find(|(code, _, _)| *code == self.0).map(|(_, tag, _)| *tag)
    }
}

/// Names of the genres by their codes (libburn, `doc/cdtext.txt`).
pub const GENRES: [&str; 28] = [
    "Not used",
    "Not defined",
    "Adult Contemporary",
    "Alternative Rock",
    "Childrens Music",
    "Classical",
    "Contemporary Christian",
    "Country",
    "Dance",
    "Easy Listening",
    "Erotic",
    "Folk",
    "Gospel",
    "Hip Hop",
    "Jazz",
    "Latin",
    "Musical",
    "New Age",
    "Opera",
    "Operetta",
    "Pop Music",
    "Rap",
    "Reggae",
    "Rock Music",
    "Rhythm & Blues",
    "Sound Effects",
    "Spoken Word",
    "World Music",
];

impl super::Genre {
    /// The genre of a text: the code of that name where there is one, else *not defined* with the text.
    pub fn of(text: &str) -> super::Genre {
        let plain = |text: &str| text.to_lowercase().replace(" music", "").replace(['-', '&', ' '], "");
        let found = GENRES.iter().skip(2).position(|name| plain(name) == plain(text));
        super::Genre { code: found.map_or(1, |index| index as u16 + 2), text: crate::container::text::ascii(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_genres_are_found_by_name() {
        assert_eq!(Language::find("en"), Some(Language::ENGLISH));
        assert_eq!(Language::find("pt-BR"), Some(Language(0x21)));
        assert_eq!(Language::find("japanese"), Some(Language::JAPANESE));
        assert_eq!(Language::find("tlh"), None);
        assert_eq!((Language(0x69).name(), Language(0x7F).name()), ("Japanese".into(), "language 0x7f".into()));
        let code = |text| super::super::Genre::of(text).code;
        let codes = [code("rock"), code("Hip-Hop"), code("Spoken Word"), code("World Music"), code("Doom")];
        assert_eq!(codes, [0x17, 0x0D, 0x1A, 0x1B, 1]);
    }
}
