//! A fileset judged as a whole: its descriptors against each other, against the image and against the Red Book.

mod image;
mod map;
mod points;
mod sums;
mod text;

use super::fault::{Code, Fault};
use super::{Fileset, Names};

pub use text::check_text;

/// Everything that is wrong with a fileset, in the order of its files. `whole` reads the image from end to end too:
/// without it checksums and sound are not looked at.
pub fn check(set: &Fileset, whole: bool) -> Vec<Fault> {
    let mut faults = set.faults.clone();
    upc(set, &mut faults);
    map::check(set, &mut faults);
    points::check(set, &mut faults);
    if let Some(text) = &set.text {
        faults.extend(check_text(text, &set.disc, &set.text_name));
    }
    if whole {
        image::check(set, &mut faults);
        sums::check(set, &mut faults);
    }
    faults
}

/// Why a text is no UPC/EAN of a disc: 13 digits, of which the last is a check digit (GS1 General Specifications, 7.9).
pub(super) fn upc_fault(upc: &str) -> Option<(Code, String)> {
    let digits: Option<Vec<u32>> = upc.chars().map(|letter| letter.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 13) else {
        return Some((Code::UpcForm, format!("'{upc}' is not 13 digits")));
    };
    let weigh = |(place, digit): (usize, &u32)| if place % 2 == 0 { *digit } else { 3 * digit };
    let sum: u32 = digits.iter().take(12).enumerate().map(weigh).sum();
    let expected = (10 - sum % 10) % 10;
    let wrong = digits.last() != Some(&expected);
    wrong.then(|| (Code::UpcCheck, format!("the check digit of {upc} is wrong; it should be {expected}")))
}

/// Why a text is no ISRC (ISO 3901): two letters, three letters or digits, seven digits.
pub(super) fn is_isrc(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        0 | 1 => byte.is_ascii_uppercase(),
        2..=4 => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        _ => byte.is_ascii_digit(),
    };
    text.len() == 12 && text.bytes().enumerate().all(fits)
}

fn upc(set: &Fileset, faults: &mut Vec<Fault>) {
    let (identity, points) = (set.identity.upc.as_str(), set.disc.upc.as_str());
    for (file, upc) in [(Names::ID, identity), (set.points_name.as_str(), points)] {
        let same = file != Names::ID && upc == identity;
        if let Some((code, what)) = upc_fault(upc).filter(|_| !upc.is_empty() && !same) {
            faults.push(Fault::fail(code, file, what));
        }
    }
    match (identity.is_empty(), points.is_empty()) {
        (false, true) => {
            let said = "DDPID has a UPC, the PQ descriptor has none: some pressings then lack it";
            faults.push(Fault::warn(Code::UpcDiffers, &set.points_name, said));
        }
        (true, false) => {
            let said = "the PQ descriptor has a UPC, DDPID has none";
            faults.push(Fault::warn(Code::UpcDiffers, Names::ID, said));
        }
        (false, false) if identity != points => {
            let said = format!("DDPID says {identity}, the PQ descriptor {points}");
            faults.push(Fault::fail(Code::UpcDiffers, &set.points_name, said));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked() {
        assert_eq!(upc_fault("4006381333931"), None);
        assert_eq!(upc_fault("4006381333932").unwrap().0, Code::UpcCheck);
        assert_eq!(upc_fault("036000291452").unwrap().0, Code::UpcForm);
        assert_eq!(upc_fault("0036000291452"), None);
        assert!(is_isrc("USABC2600001") && is_isrc("DEA1B2600001"));
        assert!(!is_isrc("U1ABC2600001") && !is_isrc("USABC260000") && !is_isrc("USABC260000X"));
    }
}
