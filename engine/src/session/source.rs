use serde::{Deserialize, Serialize};

use super::{Repair, Unknown};
use crate::audio::Layout;
use crate::unit::{Frames, SampleRate};

/// One audio file, by path and content. The file itself is never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRef {
    /// Stable id inside the session.
    pub id: String,
    /// Path relative to the session file, with forward slashes; absolute where there is no relative one.
    pub path: String,
    /// Frames per second.
    pub rate: SampleRate,
    /// Bits of integer sources; absent for floats and lossy formats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u8>,
    /// Channels.
    pub layout: Layout,
    /// Length.
    pub frames: Frames,
    /// Size in bytes when it was last seen.
    pub size: u64,
    /// Time of the last change, seconds since 1970, when it was last seen.
    #[serde(default)]
    pub modified: i64,
    /// SHA-256 over size, first and last 64 KiB: checked on opening.
    pub head_tail: String,
    /// SHA-256 of the whole file, once it has been computed; required before a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whether the format loses information (MP3, AAC, Vorbis).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lossy: bool,
    /// How the source's channels reach the channels of a pass whose layout differs: one row of factors for each
    /// output channel. Never implied: a source that differs and has no matrix is an error of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Vec<Vec<f64>>>,
    /// What is repaired in it, in order: each repair hears the ones before it.
    #[serde(default, rename = "repair", skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}
