use std::f64::consts::{PI, SQRT_2};

use crate::dsp::envelope::{Crest, MeanSquare, SlidingMaximum};
use crate::dsp::svf::{State, Svf, Tick};

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

/// What the detector listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// Crests; reads amplitude.
    Peak,
    /// Power; reads the mean square.
    Rms,
}

impl Sense {
    /// What a sine of this peak reads.
    pub(super) fn reading(self, peak: f64) -> f64 {
        match self {
            Sense::Peak => peak,
            Sense::Rms => 0.5 * peak * peak,
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

/// One lane's detector with its side-chain filter.
#[derive(Debug, Clone)]
pub(super) struct Detector {
    high_pass: Option<Tick>,
    state: State,
    reader: Reader,
}

#[derive(Debug, Clone)]
enum Reader {
    Peak(Crest, SlidingMaximum),
    Rms(MeanSquare),
}

impl Detector {
    pub(super) fn new(rate_hz: f64, sense: Sense) -> Detector {
        let reader = match sense {
            Sense::Peak => {
                Reader::Peak(Crest::default(), SlidingMaximum::new((LONGEST_HOLD_S * rate_hz).ceil() as usize))
            }
            Sense::Rms => Reader::Rms(MeanSquare::new((AVERAGE_S * rate_hz).round() as usize)),
        };
        Detector { high_pass: None, state: State::default(), reader }
    }

    /// A Butterworth high-pass of second order before the detector, or none.
    pub(super) fn set_high_pass(&mut self, corner_hz: Option<f64>, rate_hz: f64) {
        self.high_pass = corner_hz.map(|hertz| {
            let g = libm::tan(PI * (hertz / rate_hz).min(0.49));
            Svf::from_outputs(g, SQRT_2, 0.0, 0.0, 1.0).tick()
        });
        if corner_hz.is_none() {
            self.state = State::default();
        }
    }

    pub(super) fn set_hold(&mut self, frames: usize) {
        if let Reader::Peak(_, hold) = &mut self.reader {
            hold.set_window(frames);
        }
    }

    pub(super) fn reset(&mut self) {
        self.state = State::default();
        match &mut self.reader {
            Reader::Peak(crest, hold) => {
                *crest = Crest::default();
                hold.reset();
            }
            Reader::Rms(mean) => mean.reset(),
        }
    }

    /// Decayed filter memory becomes zero.
    pub(super) fn settle(&mut self) {
        self.state.settle();
    }

    /// Takes a sample and reads.
    pub(super) fn next(&mut self, sample: f64) -> f64 {
        let sample = match &self.high_pass {
            Some(tick) => tick.next(&mut self.state, [sample, 0.0])[0],
            None => sample,
        };
        match &mut self.reader {
            Reader::Peak(crest, hold) => hold.next(crest.next(sample)),
            Reader::Rms(mean) => mean.next(sample),
        }
    }
}
