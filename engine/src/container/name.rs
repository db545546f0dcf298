//! Text from metadata made into file names that cannot leave their folder and that every system and shop takes.

mod template;

pub use template::{Field, Template, TemplateError, distinct};

use super::text;

/// What a file name may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Longest name in bytes, its extension not counted. Most systems take 255; 8 are left for an extension.
    pub bytes: usize,
    /// Only letters, digits, space, `-`, `_`, `.`, brackets and apostrophe of ASCII: what shops accept.
    pub ascii: bool,
    /// Spaces become `_`.
    pub no_spaces: bool,
}

impl Rule {
    /// Any letters, 240 bytes.
    pub const ANY: Rule = Rule { bytes: 240, ascii: false, no_spaces: false };
    /// Plain ASCII, 240 bytes.
    pub const ASCII: Rule = Rule { bytes: 240, ascii: true, no_spaces: false };
    /// Plain ASCII without spaces, 60 bytes: for shops with a limit of 64 characters.
    pub const SHOP: Rule = Rule { bytes: 60, ascii: true, no_spaces: true };
}

/// Names that Windows keeps for devices, with any extension.
const RESERVED: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
/// Devices that are numbered from 0 to 9.
const RESERVED_NUMBERED: [&str; 2] = ["COM", "LPT"];

/// The text as one file name (or part of one): no separators, no control characters, nothing that a system gives a
/// meaning to, no leading dot, underscore or hyphen, no trailing dot or space, not too long. Text of which nothing is
/// left gives `untitled`.
pub fn safe(text: &str, rule: Rule) -> String {
    let text = if rule.ascii { text::ascii(text) } else { text.to_string() };
    let kept = text.chars().map(|letter| allowed(letter, rule)).collect::<String>();
    let words = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    // A sign that fell away before an underscore leaves no second one.
    let mut name = if rule.no_spaces { words.replace(" _", "_").replace("_ ", "_").replace(' ', "_") } else { words };
    name = name.trim_start_matches(is_leading).to_string();
    if is_reserved(&name) {
        // One more letter in front makes it an ordinary name.
        name.insert(0, 'x');
    }
    cut(&mut name, rule.bytes);
    name.truncate(name.trim_end_matches(is_trailing).len());
    if name.is_empty() { "untitled".to_string() } else { name }
}

/// The name with `number` appended, for a second file that would be called the same: `Song (2)`.
pub fn numbered(name: &str, number: u32, rule: Rule) -> String {
    let ending = if rule.no_spaces { format!("_{number}") } else { format!(" ({number})") };
    let mut name = name.to_string();
    cut(&mut name, rule.bytes.saturating_sub(ending.len()));
    name + &ending
}

fn allowed(letter: char, rule: Rule) -> char {
    match letter {
        '/' | '\\' | ':' | '|' => '-',
        '"' => '\'',
        '<' => '(',
        '>' => ')',
        '?' | '*' => ' ',
        _ if letter.is_control() || is_invisible(letter) => ' ',
        _ if !rule.ascii => letter,
        '&' => '+',
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '_' | '.' | '(' | ')' | '\'' | '+' | ',' => letter,
        _ => ' ',
    }
}

/// Marks that change the direction of text or show as nothing: they can make a name look like another one.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}')
}

fn is_leading(letter: char) -> bool {
    matches!(letter, '.' | '_' | '-' | '~') || letter.is_whitespace()
}

fn is_trailing(letter: char) -> bool {
    letter == '.' || letter.is_whitespace()
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    RESERVED.contains(&stem.as_str())
        || RESERVED_NUMBERED.iter().any(|device| {
            stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
        })
}

/// Shortens to at most `bytes` bytes, at the end of a character.
fn cut(name: &mut String, bytes: usize) {
    let mut end = bytes.min(name.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_read_as_they_were_meant() {
        assert_eq!(safe("AC/DC: Back in Black?", Rule::ANY), "AC-DC- Back in Black");
        assert_eq!(safe("  ../../etc/passwd", Rule::ANY), "etc-passwd");
        assert_eq!(safe("Björk & Sigur Rós", Rule::SHOP), "Bjoerk_+_Sigur_Ros");
        assert_eq!(safe("con", Rule::ANY), "xcon");
        assert_eq!(safe("COM1.wav", Rule::ANY), "xCOM1.wav");
        assert_eq!(safe("日本", Rule::ASCII), "untitled");
        assert_eq!(safe("日本", Rule { bytes: 4, ..Rule::ANY }), "日");
        assert_eq!(numbered("Song", 2, Rule::ANY), "Song (2)");
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_folder(text in any::<String>(), ascii in any::<bool>(), no_spaces in any::<bool>(), bytes in 8usize..300) {
            let name = safe(&text, Rule { bytes, ascii, no_spaces });
            let parts: Vec<_> = Path::new(&name).components().collect();
            prop_assert_eq!(parts, [Component::Normal(name.as_ref())]);
            prop_assert!(name.len() <= bytes && !name.contains(['/', '\\', ':', '\0']));
            prop_assert!(!name.starts_with(['.', '_']) && !name.ends_with(['.', ' ']));
            prop_assert!(!is_reserved(&name));
            prop_assert!(!ascii || name.is_ascii());
            prop_assert_eq!(safe(&name, Rule { bytes, ascii, no_spaces }), name);
        }
    }
}
