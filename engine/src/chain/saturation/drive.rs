//! The numbers of a frame: how a sample is bent, and what that does to loudness.

use super::curve::Curve;
use super::emphasis::Shelf;
use super::{BIAS, COUNT, CURVE, DRIVE, EMPHASIS, MATCH, MIX, OUTPUT};
use crate::unit::Db;

/// Numbers that glide.
pub(super) const FIELDS: usize = 6;
/// The curve's lean at 100 % of bias.
const MOST_BIAS: f64 = 0.5;
/// RMS of the noise for which drive is matched: -14 dBFS, the middle of a mixed programme.
const REFERENCE_RMS: f64 = 0.2;

/// Everything about a frame but the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    /// Factor into the curve, less one: 0 bends nothing.
    pub(super) drive: f64,
    bias: f64,
    pub(super) emphasis_db: f64,
    pub(super) matching: f64,
    pub(super) mix: f64,
    pub(super) output: f64,
}

impl Amount {
    pub(super) fn of(wanted: &[f64; COUNT], curve: &Curve) -> Amount {
        let mut amount = Amount {
            drive: Db(wanted[DRIVE]).amplitude() - 1.0,
            bias: 0.01 * wanted[BIAS] * MOST_BIAS,
            emphasis_db: wanted[EMPHASIS],
            matching: 1.0,
            mix: 0.01 * wanted[MIX],
            output: Db(wanted[OUTPUT]).amplitude(),
        };
        if wanted[MATCH] >= 0.5 && amount.drive > 0.0 {
            amount.matching = amount.matched(wanted[CURVE] as usize, curve);
        }
        amount
    }

    pub(super) fn to_array(self) -> [f64; FIELDS] {
        [self.drive, self.bias, self.emphasis_db, self.matching, self.mix, self.output]
    }

    pub(super) fn from_array([drive, bias, emphasis_db, matching, mix, output]: [f64; FIELDS]) -> Amount {
        Amount { drive, bias, emphasis_db, matching, mix, output }
    }

    /// Whether samples pass untouched.
    pub(super) fn is_neutral(&self) -> bool {
        let unbent = self.mix == 0.0 || (self.drive == 0.0 && self.matching == 1.0);
        unbent && self.output == 1.0
    }

    /// The gain that gives pink noise at [`REFERENCE_RMS`] its power back. The bend acts on noise as a gain and a rest
    /// that has nothing in common with it (J. Bussgang, Crosscorrelation functions of amplitude-distorted Gaussian
    /// signals, MIT RLE report 216, 1952).
    fn matched(&self, kind: usize, curve: &Curve) -> f64 {
        let shelves = [character(kind), self.shelf()];
        let octave = |n: u32| 31.25 * libm::exp2(f64::from(n) / 3.0);
        let weight =
            (0..28).map(|n| shelves.iter().map(|shelf| shelf.power(octave(n))).product::<f64>()).sum::<f64>() / 28.0;
        let sigma = REFERENCE_RMS * weight.sqrt();
        let bend = self.bend(curve);
        let (mut total, mut mean, mut common, mut power) = (0.0, 0.0, 0.0, 0.0);
        for n in -40..=40 {
            let z = f64::from(n) / 8.0;
            let weight = libm::exp(-0.5 * z * z);
            let delta = bend.delta(sigma * z, curve);
            total += weight;
            mean += weight * delta;
            common += weight * delta * z;
            power += weight * delta * delta;
        }
        let (mean, gain) = (mean / total, common / total / sigma);
        let rest = (power / total - mean * mean) / (sigma * sigma) - gain * gain;
        1.0 / ((1.0 + gain) * (1.0 + gain) + rest.max(0.0)).sqrt()
    }

    /// The shelf of the emphasis control: what is not emphasised is driven less.
    pub(super) fn shelf(&self) -> Shelf {
        let down = Db(-self.emphasis_db.abs()).amplitude();
        let (low, high) = if self.emphasis_db > 0.0 { (down, 1.0) } else { (1.0, down) };
        Shelf { low, high, centre_hz: 1000.0 }
    }

    pub(super) fn bend(&self, curve: &Curve) -> Bend {
        if self.drive <= 0.0 {
            return Bend { drive: 0.0, bias: 0.0, straight: 0.0, bent: 0.0, rest: 0.0 };
        }
        let slope = curve.slope(self.bias);
        Bend {
            drive: self.drive,
            bias: self.bias,
            straight: 1.0 / slope - 1.0,
            bent: 1.0 / (self.drive * slope),
            rest: curve.bend(self.bias),
        }
    }
}

/// The shelf that belongs to a curve: tape is driven by its highs, iron by its lows.
pub(super) fn character(kind: usize) -> Shelf {
    match kind {
        // 9 dB around 50 microseconds.
        3 => Shelf { low: 0.354_813_389_233_575_4, high: 1.0, centre_hz: 3183.0 },
        // 12 dB around 150 Hz.
        4 => Shelf { low: 1.0, high: 0.251_188_643_150_958, centre_hz: 150.0 },
        _ => Shelf::FLAT,
    }
}

/// What a sample gets besides itself: `(f(drive x + bias) - f(bias)) / (drive f'(bias)) - x`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bend {
    drive: f64,
    bias: f64,
    straight: f64,
    bent: f64,
    rest: f64,
}

impl Bend {
    #[inline]
    pub(super) fn delta(&self, x: f64, curve: &Curve) -> f64 {
        self.straight * x + self.bent * (curve.bend(self.drive * x + self.bias) - self.rest)
    }

    pub(super) fn is_straight(&self) -> bool {
        self.drive == 0.0
    }
}
