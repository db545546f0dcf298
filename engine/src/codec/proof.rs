//! Whether a lossy file is the file it was made of: as long, in step, and how far from it.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::trip::{decode, given, lag};
use super::{CodecError, Coding};
use crate::audio::Block;
use crate::source::{self, Reader};
use crate::unit::Frames;

/// Frames compared at a time.
const BLOCK_FRAMES: usize = 8192;

/// A decoded file beside what it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// Length of the decoded file.
    pub frames: u64,
    /// Length of what was encoded.
    pub original_frames: u64,
    /// Frames by which it lies behind; none where nothing correlates (silence).
    pub lag_frames: Option<i64>,
    /// Power of the difference, dBFS; none where there is no difference.
    pub difference_dbfs: Option<f64>,
    /// By how much what they share is louder, dB; none for silence, and in manifests of earlier versions.
    #[serde(default)]
    pub gain_db: Option<f64>,
}

/// A coder that changes the level by more does something else than coding: the lowest tiers lose 0.2 dB.
const LEVEL_DB: f64 = 0.5;

impl Proof {
    /// Whether it joins with its neighbours as the original does: no frame more or less, and in step.
    pub fn is_gapless(&self) -> bool {
        self.frames == self.original_frames && self.lag_frames.is_none_or(|lag| lag == 0)
    }

    /// Whether it is as loud as what it was made of, to half a decibel.
    pub fn is_level(&self) -> bool {
        self.gain_db.is_none_or(|gain| gain.abs() <= LEVEL_DB)
    }
}

/// Compares a lossy file with the file it was made of. `scratch` takes what has to be decoded or converted.
///
/// # Errors
/// A file that cannot be read or decoded.
pub fn prove(
    original: &Path,
    coded: &Path,
    coding: Coding,
    scratch: &Path,
    cancel: &AtomicBool,
) -> Result<Proof, CodecError> {
    let (wave, ..) = given(original, coding, &scratch.join("in.wav"))?;
    let mut original = source::open(&wave)?.reader;
    let mut decoded = decode(coding, coded, scratch, cancel)?.reader;
    let lag = lag(&mut *original, &mut *decoded)?;
    let (difference_dbfs, gain_db) = apart(&mut *original, &mut *decoded)?;
    Ok(Proof {
        frames: decoded.frames().0,
        original_frames: original.frames().0,
        lag_frames: lag,
        difference_dbfs,
        gain_db,
    })
}

/// The power of the difference, dBFS, and the gain that takes the first closest to the second, dB.
fn apart(original: &mut dyn Reader, decoded: &mut dyn Reader) -> Result<(Option<f64>, Option<f64>), CodecError> {
    let channels = original.layout().channels().min(decoded.layout().channels());
    let (mut before, mut after) = (Block::new(channels, BLOCK_FRAMES), Block::new(channels, BLOCK_FRAMES));
    let Frames(total) = original.frames();
    let (mut power, mut shared, mut own) = (0.0, 0.0, 0.0);
    for start in (0..total).step_by(BLOCK_FRAMES) {
        let count = (total - start).min(BLOCK_FRAMES as u64) as usize;
        before.set_frames(count);
        after.set_frames(count);
        original.read(start, &mut before)?;
        decoded.read(start, &mut after)?;
        for (before, after) in before.iter().zip(after.iter()) {
            power += before.iter().zip(after).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            shared += before.iter().zip(after).map(|(a, b)| a * b).sum::<f64>();
            own += before.iter().map(|a| a * a).sum::<f64>();
        }
    }
    let mean = power / (total.max(1) as f64 * channels.max(1) as f64);
    let gain = (own > 0.0 && shared > 0.0).then(|| 20.0 * libm::log10(shared / own));
    Ok(((mean > 0.0).then(|| 10.0 * libm::log10(mean)), gain))
}
