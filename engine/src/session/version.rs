//! Other versions of a song that share its chain and its edits: instrumental, clean, a cappella, TV, radio edit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Clip, Song, Unknown};

/// The versions that are usually asked for, by id.
pub const USUAL_VERSIONS: [&str; 5] = ["instrumental", "clean", "a-cappella", "tv", "radio"];

/// Another version of a song. It is the same stretch of music: its files take the places of the song's own, at the same
/// frames; trims, fades, level and chain are the song's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Version {
    /// What it is called by: `instrumental`, `clean`, `a-cappella`, `tv`, `radio`, or a name of the house.
    pub id: String,
    /// Which source plays in the place of which: the song's own, and this version's.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Version {
    /// Clips as this version plays them.
    pub(super) fn of(&self, clips: &[Clip]) -> Vec<Clip> {
        let other = |clip: &Clip| Clip {
            source: self.sources.get(&clip.source).cloned().unwrap_or_else(|| clip.source.clone()),
            ..clip.clone()
        };
        clips.iter().map(other).collect()
    }
}

impl Song {
    /// The version of this id.
    pub fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }
}
