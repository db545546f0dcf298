use serde::{Deserialize, Serialize};

use super::{SourceRef, Unknown};
use crate::dsp::fade::Shape;
use crate::unit::{Db, Frames, SampleRate, Seconds};

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

impl Clip {
    /// The whole of a source.
    pub fn whole(id: &str, source: &SourceRef) -> Clip {
        Clip {
            id: id.into(),
            source: source.id.clone(),
            start: Frames(0),
            end: source.frames,
            gain: Db::UNITY,
            envelope: Vec::new(),
            crossfade: None,
            unknown: Unknown::new(),
        }
    }

    /// The clip in two at source frame `at`, which is inside it. The envelope goes on in the second half; an overlap
    /// with the next clip stays with it.
    pub(super) fn split(&self, at: Frames, rate: SampleRate) -> (Clip, Clip) {
        let cut = Frames(at.0 - self.start.0).seconds(rate);
        let mut first = Clip { end: at, crossfade: None, ..self.clone() };
        let mut second = Clip { start: at, ..self.clone() };
        if !self.envelope.is_empty() {
            let seam = self.envelope_at(cut);
            first.envelope.retain(|point| point.at < cut);
            first.envelope.push(Point { at: cut, gain: seam });
            second.envelope.retain(|point| point.at > cut);
            second.envelope.iter_mut().for_each(|point| point.at = Seconds(point.at.0 - cut.0));
            second.envelope.insert(0, Point { at: Seconds(0.0), gain: seam });
        }
        (first, second)
    }

    /// The level of the envelope at `time` from the clip's start: straight in dB between points, level outside them.
    pub fn envelope_at(&self, time: Seconds) -> Db {
        let after = self.envelope.iter().position(|point| point.at >= time);
        match (after, self.envelope.last()) {
            (_, None) => Db::UNITY,
            (None, Some(last)) => last.gain,
            (Some(0), _) => self.envelope[0].gain,
            (Some(index), _) => {
                let (from, to) = (self.envelope[index - 1], self.envelope[index]);
                let share = (time.0 - from.at.0) / (to.at.0 - from.at.0);
                Db(from.gain.0 + share * (to.gain.0 - from.gain.0))
            }
        }
    }
}
