//! Identifiers of recordings and releases: ISRC (ISO 3901:2019), UPC-A and EAN-13 (GS1).

use std::collections::BTreeMap;

use crate::analysis::verdict::{Outcome, Verdict};

/// Why a text is no ISRC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IsrcError {
    /// Wrong number of characters.
    #[error("an ISRC has 12 characters, this has {0}")]
    Length(usize),
    /// The first two characters are letters.
    #[error("an ISRC starts with two letters")]
    Prefix,
    /// The next three are letters or digits.
    #[error("characters 3 to 5 of an ISRC are letters or digits")]
    Registrant,
    /// The rest are digits.
    #[error("characters 6 to 12 of an ISRC are digits")]
    Number,
}

/// Why a text is no barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BarcodeError {
    /// Something else than digits.
    #[error("a UPC or EAN has digits only")]
    Digits,
    /// Wrong number of digits.
    #[error("a UPC has 12 digits and an EAN 13, this has {0}")]
    Length(usize),
    /// The last digit does not follow from the others.
    #[error("the check digit is {found} and should be {expected}")]
    Check {
        /// The digit there is.
        found: u8,
        /// The digit there should be.
        expected: u8,
    },
}

/// The 12 characters of an ISRC, without the word, spaces and hyphens, in capitals.
pub fn isrc(text: &str) -> Result<String, IsrcError> {
    let upper = text.trim().to_uppercase();
    let bare = upper.strip_prefix("ISRC").filter(|rest| rest.len() >= 12).unwrap_or(&upper);
    let code: Vec<char> = bare.chars().filter(|c| !matches!(c, ' ' | '-' | ':')).collect();
    if code.len() != 12 {
        return Err(IsrcError::Length(code.len()));
    }
    if !code[..2].iter().all(char::is_ascii_uppercase) {
        return Err(IsrcError::Prefix);
    }
    if !code[2..5].iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) {
        return Err(IsrcError::Registrant);
    }
    if !code[5..].iter().all(char::is_ascii_digit) {
        return Err(IsrcError::Number);
    }
    Ok(code.into_iter().collect())
}

/// An ISRC as it is printed: CC-XXX-YY-NNNNN. Text that is none is given back as it is.
pub fn printed_isrc(text: &str) -> String {
    match isrc(text) {
        Ok(code) => format!("{}-{}-{}-{}", &code[..2], &code[2..5], &code[5..7], &code[7..]),
        Err(_) => text.to_string(),
    }
}

/// The 13 digits of a barcode: a UPC takes a leading zero, as the catalogue number of a CD does.
pub fn barcode(text: &str) -> Result<String, BarcodeError> {
    let bare: Vec<char> = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits: Option<Vec<u8>> = bare.iter().map(|c| c.to_digit(10).map(|digit| digit as u8)).collect();
    let mut digits = digits.ok_or(BarcodeError::Digits)?;
    match digits.len() {
        12 => digits.insert(0, 0),
        13 => {}
        other => return Err(BarcodeError::Length(other)),
    }
    let (found, expected) = (digits[12], check_digit(&digits[..12]));
    if found != expected {
        return Err(BarcodeError::Check { found, expected });
    }
    Ok(digits.into_iter().map(|digit| char::from(b'0' + digit)).collect())
}

/// GS1: weights 3 and 1 from the right, up to the next ten.
fn check_digit(digits: &[u8]) -> u8 {
    let weighted = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(*digit) * if place.is_multiple_of(2) { 3 } else { 1 });
    ((10 - weighted.sum::<u32>() % 10) % 10) as u8
}

/// The ISRCs of an album, song by song (title and code, empty where there is none): syntax, duplicates, missing ones.
pub fn judge_isrcs<'a>(songs: impl IntoIterator<Item = (&'a str, &'a str)>, profile: &str) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for (title, text) in songs {
        if text.trim().is_empty() {
            verdicts.push(Verdict::stated("isrc", Outcome::Warn, profile, "no ISRC yet").at(title));
            continue;
        }
        let verdict = match isrc(text) {
            Err(error) => Verdict::stated("isrc", Outcome::Fail, profile, format!("'{text}': {error}")),
            Ok(code) => match owners.get(&code) {
                Some(owner) => {
                    let remark = format!("{} belongs to '{owner}' too", printed_isrc(&code));
                    Verdict::stated("isrc_duplicate", Outcome::Warn, profile, remark)
                }
                None => {
                    let remark = printed_isrc(&code);
                    owners.insert(code, title);
                    Verdict::stated("isrc", Outcome::Pass, profile, remark)
                }
            },
        };
        verdicts.push(verdict.at(title));
    }
    verdicts
}

/// The barcode of a release; an empty one is worth a warning.
pub fn judge_barcode(text: &str, profile: &str) -> Verdict {
    if text.trim().is_empty() {
        return Verdict::stated("barcode", Outcome::Warn, profile, "no UPC or EAN yet");
    }
    match barcode(text) {
        Ok(digits) => Verdict::stated("barcode", Outcome::Pass, profile, digits),
        Err(error) => Verdict::stated("barcode", Outcome::Fail, profile, format!("'{text}': {error}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn isrcs_are_read_as_people_write_them() {
        for text in ["USRC17607839", "us-rc1-76-07839", "ISRC US-RC1-76-07839", " usrc1 76 07839 "] {
            assert_eq!(isrc(text).as_deref(), Ok("USRC17607839"), "{text}");
        }
        assert_eq!(printed_isrc("USRC17607839"), "US-RC1-76-07839");
        assert_eq!(isrc("USRC1760783"), Err(IsrcError::Length(11)));
        assert_eq!(isrc("U1RC17607839"), Err(IsrcError::Prefix));
        assert_eq!(isrc("USR_17607839"), Err(IsrcError::Registrant));
        assert_eq!(isrc("USRC1760783O"), Err(IsrcError::Number));
    }

    #[test]
    fn barcodes_carry_their_check_digit() {
        assert_eq!(barcode("4006381333931").as_deref(), Ok("4006381333931"));
        assert_eq!(barcode("0 36000 29145 2").as_deref(), Ok("0036000291452"));
        assert_eq!(barcode("4006381333932"), Err(BarcodeError::Check { found: 2, expected: 1 }));
        assert_eq!(barcode("12"), Err(BarcodeError::Length(2)));
        assert_eq!(barcode("40063813339x1"), Err(BarcodeError::Digits));
    }

    #[test]
    fn an_album_says_what_is_missing_and_what_is_double() {
        let songs = [("One", "USRC17607839"), ("Two", ""), ("Three", "us-rc1-76-07839"), ("Four", "bad")];
        let results: Vec<_> = judge_isrcs(songs, "cd").into_iter().map(|v| (v.check, v.result)).collect();
        let expected = [
            ("isrc", Outcome::Pass),
            ("isrc", Outcome::Warn),
            ("isrc_duplicate", Outcome::Warn),
            ("isrc", Outcome::Fail),
        ];
        assert_eq!(results, expected.map(|(check, result)| (check.to_string(), result)));
        assert_eq!(judge_barcode("", "cd").result, Outcome::Warn);
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in "\\PC{0,30}") {
            let _ = (isrc(&text), barcode(&text), printed_isrc(&text));
        }
    }
}
