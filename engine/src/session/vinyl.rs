//! What a vinyl pass asks of the document beyond sound: the disc, the cut, and which song lies on which side.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::edit::LIMITERS;
use super::{ChainSettings, Resolved, Unknown};
use crate::medium::vinyl::{Size, Speed, Stylus};
use crate::unit::Db;

/// Disc and cut of a vinyl pass.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Vinyl {
    /// Size of the record, in inches.
    pub size: Size,
    /// Speed of the record, in turns a minute.
    pub speed: Speed,
    /// The stylus that is assumed.
    pub stylus: Stylus,
    /// Level of the cut against the reference of the profile; it never changes the delivered samples.
    pub level: Db,
    /// Text scratched into the run-out groove; the letter of the side is put behind it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub matrix: String,
    /// Letters of the sides that end in a locked groove, as `BD`: the last turn closes on itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub locked: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Vinyl {
    /// Whether a side ends in a locked groove.
    pub fn is_locked(&self, side: SideName) -> bool {
        self.locked.to_ascii_uppercase().contains(side.0)
    }
}

/// The letter of a side, from A on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SideName(char);

/// Why a text names no side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no side: write a letter from A to Z")]
pub struct SideNameError(String);

impl SideName {
    /// The first side.
    pub const A: SideName = SideName('A');

    /// The side of this place, counted from 0; beyond Z there is none.
    pub fn of_place(place: usize) -> Option<SideName> {
        u8::try_from(place).ok().filter(|place| *place < 26).map(|place| SideName(char::from(b'A' + place)))
    }
}

impl TryFrom<String> for SideName {
    type Error = SideNameError;

    fn try_from(text: String) -> Result<SideName, SideNameError> {
        let mut letters = text.trim().chars();
        match (letters.next().map(|letter| letter.to_ascii_uppercase()), letters.next()) {
            (Some(letter @ 'A'..='Z'), None) => Ok(SideName(letter)),
            _ => Err(SideNameError(text)),
        }
    }
}

impl From<SideName> for String {
    fn from(side: SideName) -> String {
        side.0.to_string()
    }
}

impl fmt::Display for SideName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Resolved {
    /// What a pass for groove or tape still carries of a digital master: the places of its limiters and clippers, and its
    /// ceiling. Empty where it carries none.
    pub fn limiters(&self) -> Vec<String> {
        let holds = |place: &str, chain: &ChainSettings| {
            let stages = chain.stages.iter().filter(|stage| !stage.bypass);
            let held = stages.filter(|stage| LIMITERS.contains(&stage.processor.as_str()));
            held.map(|stage| format!("{} of {place}", stage.processor)).collect::<Vec<_>>()
        };
        let mut found = holds("the album chain", &self.chain);
        for song in &self.songs {
            found.extend(holds(&format!("'{}'", song.song.title), &song.chain));
        }
        found.extend(self.pass.ceiling.map(|ceiling| format!("ceiling of {:.1} dBTP", ceiling.0)));
        found
    }

    /// The sides of a record: their letters and their songs. A song that names another side than the one before begins it;
    /// what comes before any name is side A.
    pub fn sides(&self) -> Vec<(SideName, Range<usize>)> {
        let mut sides: Vec<(SideName, Range<usize>)> = Vec::new();
        for (index, song) in self.songs.iter().enumerate() {
            match sides.last_mut() {
                Some((name, songs)) if song.side.is_none_or(|side| side == *name) => songs.end = index + 1,
                _ => sides.push((song.side.unwrap_or(SideName::A), index..index + 1)),
            }
        }
        sides
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::album;
    use crate::session::{Document, Edit};

    #[test]
    fn a_side_is_one_letter() {
        let side = |text: &str| SideName::try_from(text.to_string());
        assert_eq!(side("b").ok(), SideName::of_place(1));
        assert!(side("AB").is_err() && side("").is_err() && side("7").is_err());
        assert_eq!((SideName::of_place(25).map(String::from), SideName::of_place(26)), (Some("Z".into()), None));
    }

    #[test]
    fn a_named_song_begins_its_side() {
        let mut document = album(4);
        let mut type_in = |text: &str| {
            let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
            document.apply(edit).unwrap();
            document.session().resolve("lp").unwrap().sides()
        };
        assert_eq!(type_in("pass+=vinyl name=LP"), [(SideName::A, 0..4)]);
        assert_eq!(type_in("pass.lp.entry.3.side=B"), [(SideName::A, 0..2), (SideName('B'), 2..4)]);
        type_in("pass.lp.vinyl.size=10");
        type_in("pass.lp.vinyl.level=-2.5");
        let vinyl = document.session().pass("lp").and_then(|pass| pass.vinyl.clone()).unwrap();
        assert_eq!((vinyl.size, vinyl.level), (Size::Ten, Db(-2.5)));
        // Nothing of it reaches another pass, and the file keeps it.
        assert_eq!(document.session().resolve("streaming").unwrap().sides().len(), 1);
        let again = Document::from_text(&document.text().unwrap()).unwrap();
        assert_eq!(again.session(), document.session());
        for refused in ["pass.lp.entry.3.side=both", "pass.lp.vinyl.size=11", "pass.lp.vinyl.colour=red"] {
            assert!(Edit::parse(&document, refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn sides_that_cannot_be_cut_are_said() {
        let mut document = album(4);
        for text in
            ["pass+=vinyl name=LP", "pass.lp.entry.2.side=B", "pass.lp.entry.3.side=A", "pass.lp.entry.3.join=gap -1s"]
        {
            document.apply(Edit::parse(&document, text).unwrap()).unwrap();
        }
        let said: Vec<String> = document.session().problems("lp").iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|text| text.contains("side A began before")), "{said:?}");
        assert!(said.iter().any(|text| text.contains("turned over")), "{said:?}");
    }
}
