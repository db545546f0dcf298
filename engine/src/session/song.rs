use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::disc::is_zero;
use super::{ChainSettings, Clip, Credits, Fade, Flags, Unknown, Version, Words};
use crate::unit::{CdFrame, Db, Seconds};

/// A song: what the listener knows by its title.
///
/// Its own values are those of the main pass; other passes may override them in their [`super::Entry`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Song {
    /// Stable id inside the session.
    pub id: String,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Artist; empty means the album's.
    #[serde(default)]
    pub artist: String,
    /// ISRC without hyphens (ISO 3901); empty where there is none yet.
    #[serde(default)]
    pub isrc: String,
    /// Who made it.
    #[serde(default)]
    pub credits: Credits,
    /// Stays in the list but is left out of every pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Further indices of its track on a disc (02 and on), in CD frames from the song's first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indices: Vec<CdFrame>,
    /// How far into the song its track begins on a disc: what sounds before belongs to the pause.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lead: CdFrame,
    /// Level after the song chain.
    #[serde(default)]
    pub gain: Db,
    /// Fade at the head, after the song chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fade_in: Option<Fade>,
    /// Fade at the tail, after the song chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fade_out: Option<Fade>,
    /// Flags of its track on a disc.
    #[serde(default, skip_serializing_if = "Flags::is_default")]
    pub flags: Flags,
    /// Its texts in other languages, by the tag of the language (ISO 639).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, Words>,
    /// The audio.
    #[serde(default, rename = "clip")]
    pub clips: Vec<Clip>,
    /// Other versions of it (instrumental, clean ...), which share everything but the audio.
    #[serde(default, rename = "version", skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// Places the engineer has marked, in song time.
    #[serde(default, rename = "marker", skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<Marker>,
    /// Processing of this song alone.
    #[serde(default)]
    pub chain: ChainSettings,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A place in a song that was marked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// Stable id inside the song.
    pub id: String,
    /// Time from the song's start.
    pub at: Seconds,
    /// What it says.
    #[serde(default)]
    pub text: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Song {
    /// A song without audio yet.
    pub fn new(id: &str, title: &str, artist: &str) -> Song {
        Song {
            id: id.into(),
            title: title.into(),
            artist: artist.into(),
            isrc: String::new(),
            credits: Credits::default(),
            disabled: false,
            indices: Vec::new(),
            lead: CdFrame(0),
            gain: Db::UNITY,
            fade_in: None,
            fade_out: None,
            flags: Flags::default(),
            text: BTreeMap::new(),
            clips: Vec::new(),
            versions: Vec::new(),
            markers: Vec::new(),
            chain: ChainSettings::default(),
            unknown: Unknown::new(),
        }
    }
}
