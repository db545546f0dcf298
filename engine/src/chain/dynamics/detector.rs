use crate::dsp::decibel::{AMPLITUDE_DB, POWER_DB};
use crate::dsp::envelope::{Crest, MeanSquare, SlidingMaximum};

/// Longest time for which a crest is held: half a period of 25 Hz.
const LONGEST_HOLD_S: f64 = 0.02;
/// A hold takes no more than this part of the release.
const HOLD_SHARE: f64 = 0.3;
/// The average of the RMS detector: whole periods of every multiple of 50 Hz.
const AVERAGE_S: f64 = 0.01;
/// By how much of its length the average delays a step up and a step down of about 12 dB, seen in decibels.
const AVERAGE_DELAY: (f64, f64) = (0.3, 0.7);
/// What is left to the follower at least, of the time that is asked for.
const LEAST_SHARE: f64 = 0.2;
/// Nothing is told apart below this amplitude: -160 dBFS.
const FLOOR: f64 = 1e-8;

/// What the detector listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chain) enum Sense {
    /// Crests; reads amplitude.
    Peak,
    /// Power; reads the mean square.
    Rms,
}

impl Sense {
    /// By the index of the choice.
    pub(in crate::chain) fn of(choice: f64) -> Sense {
        if choice >= 0.5 { Sense::Rms } else { Sense::Peak }
    }

    /// What a sine of this peak reads.
    pub(super) fn reading(self, peak: f64) -> f64 {
        match self {
            Sense::Peak => peak,
            Sense::Rms => 0.5 * peak * peak,
        }
    }

    /// The least reading told apart, dB per unit of a reading's logarithm to the base of 2, and dB to add.
    pub(super) fn decibels(self) -> (f64, f64, f64) {
        match self {
            Sense::Peak => (FLOOR, AMPLITUDE_DB, 0.0),
            // The mean square of a sine is half the square of its peak: one unit of the logarithm.
            Sense::Rms => (0.5 * FLOOR * FLOOR, POWER_DB, POWER_DB),
        }
    }
}

/// How long crests are held with this release.
pub(super) fn hold_seconds(release: f64) -> f64 {
    (HOLD_SHARE * release).min(LONGEST_HOLD_S)
}

/// What the follower has to do of these times beside the average.
pub(super) fn without_average(attack: f64, release: f64) -> (f64, f64) {
    let left = |time: f64, delay: f64| (time - delay * AVERAGE_S).max(LEAST_SHARE * time);
    (left(attack, AVERAGE_DELAY.0), left(release, AVERAGE_DELAY.1))
}

/// One lane's detector.
#[derive(Debug, Clone)]
pub(super) enum Reader {
    Peak(Crest, SlidingMaximum),
    Rms(MeanSquare),
}

impl Reader {
    pub(super) fn new(rate_hz: f64, sense: Sense) -> Reader {
        match sense {
            Sense::Peak => {
                Reader::Peak(Crest::default(), SlidingMaximum::new((LONGEST_HOLD_S * rate_hz).ceil() as usize))
            }
            Sense::Rms => Reader::Rms(MeanSquare::new((AVERAGE_S * rate_hz).round() as usize)),
        }
    }

    pub(super) fn set_hold(&mut self, frames: usize) {
        if let Reader::Peak(_, hold) = self {
            hold.set_window(frames);
        }
    }

    pub(super) fn reset(&mut self) {
        match self {
            Reader::Peak(crest, hold) => {
                *crest = Crest::default();
                hold.reset();
            }
            Reader::Rms(mean) => mean.reset(),
        }
    }

    /// Turns samples into readings.
    pub(super) fn process(&mut self, samples: &mut [f64]) {
        match self {
            Reader::Peak(crest, hold) => {
                crest.process(samples);
                hold.process(samples);
            }
            Reader::Rms(mean) => mean.process(samples),
        }
    }
}
