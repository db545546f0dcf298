//! Patterns of file names: `{track:02} - {artist} - {title}`. What is filled in is text of people and may hold anything;
//! the result is made safe by [`super::safe`] and told apart by [`distinct`].

use super::{Rule, numbered, safe};

/// What a pattern can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Number of the song in the pass; of a disc, its track.
    Track,
    /// Title of the song.
    Title,
    /// Artist of the song, or of the album where the song has none of its own.
    Artist,
    /// Title of the album.
    Album,
    /// Artist of the album.
    AlbumArtist,
    /// ISRC of the song.
    Isrc,
    /// Catalogue number of the album.
    Catalogue,
    /// UPC or EAN of the album.
    Upc,
    /// Label of the album.
    Label,
    /// Release date as it was typed.
    Date,
    /// The year of that date.
    Year,
    /// Delivered rate in kilohertz, without a point: 44, 48, 88, 96.
    Rate,
    /// Bits of the delivered word.
    Bits,
    /// Name of the pass.
    Pass,
}

/// Every field with the word that stands for it.
const FIELDS: [(&str, Field); 14] = [
    ("track", Field::Track),
    ("title", Field::Title),
    ("artist", Field::Artist),
    ("album", Field::Album),
    ("album_artist", Field::AlbumArtist),
    ("isrc", Field::Isrc),
    ("catalogue", Field::Catalogue),
    ("upc", Field::Upc),
    ("label", Field::Label),
    ("date", Field::Date),
    ("year", Field::Year),
    ("rate", Field::Rate),
    ("bits", Field::Bits),
    ("pass", Field::Pass),
];
/// More digits than any number of songs has.
const MOST_DIGITS: usize = 6;

/// A pattern that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A field, and to how many digits a number is filled up.
    Field(Field, usize),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No such field.
    #[error("'{{{word}}}' names nothing; there are {}", known())]
    Unknown {
        /// What it names.
        word: String,
    },
    /// A brace without its partner.
    #[error("a brace is not closed; write {{title}}, and {{{{ for a brace itself")]
    Open,
    /// A number of digits that is none.
    #[error("'{0}' is no number of digits; write {{track:02}}")]
    Digits(String),
    /// A folder.
    #[error("a file name has no folders: take the {0} away")]
    Folder(char),
    /// Every song would be called the same.
    #[error("it names neither {{track}} nor {{title}} nor {{isrc}}: every song would be called the same")]
    Same,
}

fn known() -> String {
    FIELDS.map(|(word, _)| format!("{{{word}}}")).join(" ")
}

impl Template {
    /// Reads a pattern.
    ///
    /// # Errors
    /// An unknown field, an open brace, a separator of folders, or a pattern that tells no song from another.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    plain.push(letter);
                }
                '{' => {
                    let word: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
                    // Without its closing brace the word runs to the end of the text.
                    if !text.contains(&format!("{{{word}}}")) {
                        return Err(TemplateError::Open);
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(field(&word)?);
                }
                '}' => return Err(TemplateError::Open),
                '/' | '\\' => return Err(TemplateError::Folder(letter)),
                _ => plain.push(letter),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        let tells = |part: &Part| matches!(part, Part::Field(Field::Track | Field::Title | Field::Isrc, _));
        if parts.iter().any(tells) { Ok(Template(parts)) } else { Err(TemplateError::Same) }
    }

    /// The name of one song, made safe. What stands between two fields of which one is empty is left out.
    pub fn fill(&self, rule: Rule, text_of: &dyn Fn(Field) -> String) -> String {
        let mut name = String::new();
        let mut between = "";
        for part in &self.0 {
            match part {
                Part::Text(text) => between = text,
                Part::Field(field, digits) => {
                    let text = text_of(*field);
                    if !text.trim().is_empty() {
                        name.push_str(between);
                        name.push_str(&padded(&text, *digits));
                    }
                    between = "";
                }
            }
        }
        name.push_str(between);
        safe(&name, rule)
    }
}

fn field(word: &str) -> Result<Part, TemplateError> {
    let (name, digits) = word.split_once(':').map_or((word, None), |(name, digits)| (name, Some(digits)));
    let found = FIELDS.iter().find(|(known, _)| *known == name.trim());
    let (_, field) = found.ok_or_else(|| TemplateError::Unknown { word: name.trim().into() })?;
    let wrong = |digits: &str| TemplateError::Digits(digits.into());
    let digits = match digits {
        None => 0,
        Some(digits) => {
            digits.parse::<usize>().ok().filter(|digits| *digits <= MOST_DIGITS).ok_or_else(|| wrong(digits))?
        }
    };
    Ok(Part::Field(*field, digits))
}

/// A number filled up with zeros; what is no number alone stays (`03 hidden`).
fn padded(text: &str, digits: usize) -> String {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("{text:0>digits$}"),
        false => text.to_string(),
    }
}

/// The names, each told from those before it: systems that take capitals and small letters for the same are counted
/// with.
pub fn distinct(names: Vec<String>, rule: Rule) -> Vec<String> {
    let mut taken: Vec<String> = Vec::with_capacity(names.len());
    let mut kept = Vec::with_capacity(names.len());
    for name in names {
        let mut own = name.clone();
        for again in 2.. {
            if !taken.contains(&own.to_lowercase()) {
                break;
            }
            own = numbered(&name, again, rule);
        }
        taken.push(own.to_lowercase());
        kept.push(own);
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;
    use proptest::prelude::*;

    fn filled(template: &str, rule: Rule, texts: &[(Field, &str)]) -> String {
        let text_of = |field| texts.iter().find(|(known, _)| *known == field).map_or("", |(_, text)| text).to_string();
        Template::parse(template).unwrap().fill(rule, &text_of)
    }

    #[test]
    fn names_read_as_they_were_meant() {
        let texts = [(Field::Track, "3"), (Field::Artist, "AC/DC"), (Field::Title, "Où?"), (Field::Rate, "96")];
        assert_eq!(filled("{track:02} - {artist} - {title}", Rule::ANY, &texts), "03 - AC-DC - Où");
        assert_eq!(filled("{artist}_{title}_{rate}{bits}", Rule::SHOP, &texts), "AC-DC_Ou_96");
        // Nothing hangs in the air where a text is missing.
        assert_eq!(filled("{isrc} - {title}", Rule::ANY, &texts), "Où");
        assert_eq!(filled("{track} - {isrc} - {title}", Rule::ANY, &texts), "3 - Où");
        assert_eq!(filled("{{{track:03}}}", Rule::ANY, &texts), "{003}");
        assert_eq!(filled("{track:02} {title}", Rule::ANY, &[(Field::Track, "03 hidden")]), "03 hidden");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(Template::parse("{titel}"), Err(TemplateError::Unknown { word: "titel".into() }));
        assert_eq!(Template::parse("{title"), Err(TemplateError::Open));
        assert_eq!(Template::parse("title}"), Err(TemplateError::Open));
        assert_eq!(Template::parse("{track:x2}"), Err(TemplateError::Digits("x2".into())));
        assert_eq!(Template::parse("{album}/{title}"), Err(TemplateError::Folder('/')));
        assert_eq!(Template::parse("{album}"), Err(TemplateError::Same));
        assert!(TemplateError::Unknown { word: "x".into() }.to_string().contains("{album_artist}"));
    }

    #[test]
    fn equal_names_are_told_apart_whatever_the_case() {
        let names = ["Song", "song", "Song (2)", "Song"].map(String::from).to_vec();
        assert_eq!(distinct(names, Rule::ANY), ["Song", "song (2)", "Song (2) (2)", "Song (3)"]);
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_folder(texts in proptest::collection::vec(any::<String>(), 1..6), shop in any::<bool>()) {
            let rule = if shop { Rule::SHOP } else { Rule::ANY };
            let template = Template::parse("{track:02} - {artist} - {title}").unwrap();
            let names = texts.iter().map(|text| template.fill(rule, &|_| text.clone())).collect();
            let names = distinct(names, rule);
            for name in &names {
                let parts: Vec<_> = Path::new(name).components().collect();
                prop_assert_eq!(parts, [Component::Normal(name.as_ref())]);
                prop_assert!(name.len() <= rule.bytes && !name.contains(['/', '\\', '\0']));
            }
            let mut small: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
            small.sort();
            small.dedup();
            prop_assert_eq!(small.len(), names.len());
        }
    }
}
