//! What a signal is: loudness, peaks, dynamics, stereo, spectrum, overview; and what is wrong with it: findings.
//!
//! Everything here reads planar blocks in order and answers in units. Nothing here changes a sample, opens a file or
//! knows a session. A sample that is not a number is read as zero and counted ([`finite`]).

pub mod ballistics;
pub mod band;
pub mod dynamics;
pub mod faults;
pub mod finding;
pub mod finite;
pub mod full;
pub mod loudness;
pub mod measure;
pub mod overview;
pub mod spectrogram;
pub mod spectrum;
pub mod stereo;
pub mod true_peak;
pub mod verdict;

use crate::unit::{Frames, SampleRate, Seconds};

/// A largest (or smallest) value and where it was reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extreme<T> {
    /// The value.
    pub value: T,
    /// The frame at which it was reached, from the start of what was measured.
    pub at: Frames,
}

impl<T> Extreme<T> {
    /// The place in seconds at `rate`.
    pub fn at_seconds(&self, rate: SampleRate) -> Seconds {
        self.at.seconds(rate)
    }
}

/// Keeps the larger of `best` and a new value; the earliest wins a tie.
fn keep_largest(best: &mut Option<Extreme<f64>>, value: f64, at: u64) {
    if best.is_none_or(|held| value > held.value) {
        *best = Some(Extreme { value, at: Frames(at) });
    }
}
