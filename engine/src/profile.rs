//! Limits as data: platforms, discs, quality control. Every limit carries its source and the date it was true.
//!
//! The shipped profiles are part of the program; a file of the same id in the user's folder replaces one. Nothing
//! here judges: a check asks its profile for the limits that bear its name.

mod limit;
mod platform;
mod shipped;
mod system;

pub use limit::{Bound, Limit, Outcome};
pub use platform::{Grade, Lift, Penalty, Platform, Unit};
pub use shipped::{SHIPPED, Shipped, all, load};
pub use system::{Evidence, System, systems};

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a profile is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A shop, a distributor, a player.
    Platform,
    /// A disc and its plant.
    Disc,
    /// What quality control looks for.
    Qc,
    /// A broadcaster's rules.
    Broadcast,
    /// Discs, lathes and styli.
    Vinyl,
    /// Tapes, and the houses that copy them.
    Cassette,
}

/// A set of limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Stable text id; a house profile of the same id replaces the shipped one.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is about.
    pub kind: Kind,
    /// The day its limits were last looked up: year-month or year-month-day.
    pub date: String,
    /// Where it comes from as a whole.
    pub source: String,
    /// Every limit; several may bear one check's name, from mild to severe.
    #[serde(default, rename = "limit")]
    pub limits: Vec<Limit>,
    /// Playback gain of the platforms that are told apart.
    #[serde(default, rename = "platform", skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
}

/// Why text is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file could not be read.
    #[error("the profile {path} could not be read ({reason}); the shipped profiles are still in force")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The text is no profile.
    #[error("{name}, line {line}: {reason}; correct the line or remove the file to use the shipped profile")]
    Text {
        /// The file or profile.
        name: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Profile {
    /// Reads a profile; `name` is what errors call it.
    pub fn parse(name: &str, text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|error| ProfileError::Text {
            name: name.to_string(),
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            reason: error.message().to_string(),
        })?;
        match profile.fault() {
            Some((needle, reason)) => {
                let line = text.lines().position(|line| line.contains(&needle)).map_or(1, |index| index + 1);
                Err(ProfileError::Text { name: name.to_string(), line, reason })
            }
            None => Ok(profile),
        }
    }

    /// Reads a profile file.
    pub fn read(path: &Path) -> Result<Profile, ProfileError> {
        let text =
            std::fs::read_to_string(path).map_err(|reason| ProfileError::Read { path: path.to_path_buf(), reason })?;
        Profile::parse(&path.display().to_string(), &text)
    }

    /// The limits of a check, in the order of the file.
    pub fn limits<'a>(&'a self, check: &'a str) -> impl Iterator<Item = &'a Limit> {
        self.limits.iter().filter(move |limit| limit.check == check)
    }

    /// The value of a check's first limit that has one.
    pub fn value(&self, check: &str) -> Option<f64> {
        self.limits(check).find_map(|limit| limit.value)
    }

    /// What is wrong although it is well-formed: a piece of the offending text, and the reason.
    fn fault(&self) -> Option<(String, String)> {
        let named = |limit: &Limit| format!("\"{}\"", limit.check);
        if self.id.is_empty() || !self.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Some(("id".into(), "an id is made of small letters, digits and hyphens".into()));
        }
        for limit in &self.limits {
            let numbers = limit.value.iter().chain(&limit.any_of);
            if numbers.clone().any(|value| !value.is_finite()) {
                return Some((named(limit), format!("the limit of '{}' is not a number", limit.check)));
            }
            if limit.value.is_none() == limit.any_of.is_empty() {
                return Some((named(limit), format!("'{}' needs either 'value' or 'any_of'", limit.check)));
            }
            if limit.source.is_empty() || limit.date.is_empty() {
                return Some((named(limit), format!("'{}' states no source or no date", limit.check)));
            }
        }
        let odd = self.platforms.iter().find(|platform| !platform.is_sound())?;
        Some((format!("\"{}\"", odd.name), format!("the levels of '{}' are not numbers", odd.name)))
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUSE: &str = r#"id = "house"
name = "House"
kind = "qc"
date = "2026-11"
source = "us"

[[limit]]
check = "true_peak"
bound = "at_most"
value = -1.5
unit = "dBTP"
result = "warn"
source = "us"
date = "2026-11"
"#;

    #[test]
    fn a_house_profile_reads_back() {
        let profile = Profile::parse("house.toml", HOUSE).unwrap();
        assert_eq!((profile.value("true_peak"), profile.value("loudness")), (Some(-1.5), None));
        let again = Profile::parse("again", &toml::to_string(&profile).unwrap()).unwrap();
        assert_eq!(again, profile);
    }

    #[test]
    fn errors_name_the_line() {
        let line = |text: &str| match Profile::parse("house.toml", text) {
            Err(ProfileError::Text { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(&HOUSE.replace("value = -1.5", "value = loud")), 10);
        assert_eq!(line(&HOUSE.replace("value = -1.5", "volume = -1.5")), 10);
        assert_eq!(line(&HOUSE.replace("value = -1.5\n", "")), 8);
        assert_eq!(line(&HOUSE.replace("value = -1.5", "value = nan")), 8);
        assert_eq!(line(&HOUSE.replace("kind = \"qc\"", "kind = \"tape\"")), 3);
    }

    proptest! {
        #[test]
        fn random_text_is_an_error_or_a_profile_but_never_a_panic(text in "\\PC{0,200}", at in 0usize..HOUSE.len()) {
            let _ = Profile::parse("random", &text);
            let mut mixed = HOUSE.to_string();
            mixed.insert_str(at, &text);
            let _ = Profile::parse("mixed", &mixed);
        }
    }
}
