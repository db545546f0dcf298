use std::path::PathBuf;

use super::identity::Identity;
use crate::audio::Layout;
use crate::container::Damage;
use crate::container::riff::{Bext, Marker};
use crate::container::tag::Tags;
use crate::unit::{Frames, SampleRate, Seconds};

/// What a sound file says about itself, and what was found in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// Where it is.
    pub path: PathBuf,
    /// The container: `WAV`, `RF64`, `BW64`, `AIFF`, `AIFF-C`, `FLAC`, `MP4`, `MP3`, `AAC`, `Ogg`.
    pub format: String,
    /// The coding: `PCM`, `float`, `FLAC`, `ALAC`, `MP3`, `AAC`, `Vorbis`.
    pub codec: String,
    /// Frames per second.
    pub rate: SampleRate,
    /// The channels.
    pub layout: Layout,
    /// Length, without encoder delay and padding.
    pub frames: Frames,
    /// Bits of a sample; `None` where the coding has none (lossy).
    pub bits: Option<u8>,
    /// Whether samples are floats, which may go beyond full scale.
    pub float: bool,
    /// Whether the coding has thrown something away.
    pub lossy: bool,
    /// Title, artist and the rest.
    pub tags: Tags,
    /// Markers in the order of time.
    pub markers: Vec<Marker>,
    /// Broadcast extension.
    pub bext: Option<Bext>,
    /// What is wrong with the file, though it can be used.
    pub damage: Option<Damage>,
    /// Samples that are not a number or infinite, where the whole file was looked through.
    pub non_finite: Option<NonFinite>,
    /// What the file is recognised by, where it was hashed.
    pub identity: Option<Identity>,
}

/// Samples that are not a number or infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonFinite {
    /// How many.
    pub count: u64,
    /// The first frame with one.
    pub first: Frames,
}

impl Info {
    /// Length in seconds.
    pub fn duration(&self) -> Seconds {
        self.frames.seconds(self.rate)
    }
}
