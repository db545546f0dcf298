use serde::{Deserialize, Serialize};

use super::Unknown;
use crate::dsp::fade::Shape;
use crate::unit::{Db, Frames, Seconds};

/// A stretch of a source. A song is one clip, or several joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Stable id inside the song.
    pub id: String,
    /// The source.
    pub source: String,
    /// First source frame, at the source's own rate.
    #[serde(rename = "in")]
    pub start: Frames,
    /// One past the last source frame.
    #[serde(rename = "out")]
    pub end: Frames,
    /// Level before the song chain.
    #[serde(default)]
    pub gain: Db,
    /// Breakpoints of level before the song chain, in clip time; straight lines in dB between them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelope: Vec<Point>,
    /// Overlap with the next clip of the same song (an edit), with the shape both sides use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossfade: Option<Fade>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A breakpoint of a gain envelope.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Time from the clip's start.
    pub at: Seconds,
    /// Level there.
    pub gain: Db,
}

/// A fade: how long, and which curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fade {
    /// Length.
    pub length: Seconds,
    /// Curve.
    pub shape: Shape,
}
