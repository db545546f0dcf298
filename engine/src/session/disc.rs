//! What a compact disc asks of the document beyond sound: flags, texts in other languages, how early marks stand.

use serde::{Deserialize, Serialize};

use super::Unknown;
use crate::unit::CdFrame;

/// Flags of a track in the subcode of a disc.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// Digital copies are permitted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub copy_permitted: bool,
    /// The audio was recorded with pre-emphasis of 50/15 us; it does not add any.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pre_emphasis: bool,
    /// Serial copy management: one generation of copies.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub serial_copy: bool,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Flags {
    pub(super) fn is_default(&self) -> bool {
        *self == Flags::default()
    }
}

/// Texts of an album or a song in one language, as a disc shows them. What is empty is taken from the main texts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// Title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Artist.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub artist: String,
    /// Author of the words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub lyricist: String,
    /// Composer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub composer: String,
    /// Arranger.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub arranger: String,
    /// A message to the listener.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How far the marks of a disc stand from the sound, in CD frames: slow players clip an attack that begins on its mark.
/// No mark crosses into the sound of the song before; songs that join without silence keep theirs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Offsets {
    /// Silence between the start of the first track and its sound.
    #[serde(skip_serializing_if = "is_zero")]
    pub first: CdFrame,
    /// How early the start of every other track stands.
    #[serde(skip_serializing_if = "is_zero")]
    pub start: CdFrame,
    /// How late the pause behind a track begins.
    #[serde(skip_serializing_if = "is_zero")]
    pub end: CdFrame,
    /// How early further indices stand.
    #[serde(skip_serializing_if = "is_zero")]
    pub index: CdFrame,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Offsets {
    pub(super) fn is_default(&self) -> bool {
        *self == Offsets::default()
    }

    /// The offsets with their names in the file.
    pub fn named(&self) -> [(&'static str, CdFrame); 4] {
        [("first", self.first), ("start", self.start), ("end", self.end), ("index", self.index)]
    }
}

/// Largest offset that makes sense: two seconds.
pub(super) const MOST_OFFSET: CdFrame = CdFrame(150);

pub(super) fn is_zero(frames: &CdFrame) -> bool {
    frames.0 == 0
}
