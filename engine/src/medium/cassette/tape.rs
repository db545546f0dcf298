//! The tape itself: `y = x / (1 + |x|ⁿ)^(1/n)` between an emphasis and its inverse.
//!
//! The exponent follows from the way between 1 % and 3 % of third harmonic, the emphasis from the level at which each
//! frequency saturates. Measured points: audiochrome.blogspot.com 2018-2019, one Nakamichi deck; type IV from memory.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::super::{MediumError, number, positive};
use crate::profile::Profile;
use crate::unit::{Db, Hertz};

/// The type of a tape (IEC 60094).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum TapeType {
    /// Ferric.
    #[default]
    #[serde(rename = "I")]
    One,
    /// Chrome and its substitutes.
    #[serde(rename = "II")]
    Two,
    /// Metal; its points are from memory.
    #[serde(rename = "IV")]
    Four,
}

impl TapeType {
    /// Every type.
    pub const ALL: [TapeType; 3] = [TapeType::One, TapeType::Two, TapeType::Four];

    /// The stable name: `i`, `ii`, `iv`.
    pub fn id(self) -> &'static str {
        match self {
            TapeType::One => "i",
            TapeType::Two => "ii",
            TapeType::Four => "iv",
        }
    }

    /// The type of a name, in letters of any size or as a number.
    pub fn from_id(id: &str) -> Option<TapeType> {
        let id = id.to_ascii_lowercase();
        let number = |tape: TapeType| match tape {
            TapeType::One => "1",
            TapeType::Two => "2",
            TapeType::Four => "4",
        };
        TapeType::ALL.into_iter().find(|tape| tape.id() == id || number(*tape) == id)
    }

    /// Whether its points were measured.
    pub fn is_measured(self) -> bool {
        self != TapeType::Four
    }
}

/// Frequencies at which a profile states where a tape saturates.
const POINTS: [u32; 8] = [50, 100, 400, 1000, 3000, 6000, 10_000, 15_000];
/// Places of one period of a tone.
const PERIOD: usize = 512;

/// A tape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// Its type.
    pub tape: TapeType,
    /// Exponent of the bend: how suddenly it saturates.
    pub exponent: f64,
    /// Its noise, A-weighted.
    pub noise: Db,
    /// Level of saturation at [`POINTS`].
    saturation: [f64; POINTS.len()],
}

/// What comes back of a steady tone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Level of the fundamental.
    pub level: Db,
    /// Third harmonic against the fundamental, 0 to 1.
    pub third: f64,
}

impl Tape {
    /// The tape of a type, from a profile.
    ///
    /// # Errors
    /// A number that the profile lacks, or that cannot be.
    pub fn new(tape: TapeType, profile: &Profile) -> Result<Tape, MediumError> {
        let id = tape.id();
        let mut saturation = [0.0; POINTS.len()];
        for (level, hz) in saturation.iter_mut().zip(POINTS) {
            *level = number(profile, &format!("saturation_{id}_{hz}"))?;
        }
        let exponent = positive(profile, &format!("exponent_{id}"))?;
        Ok(Tape { tape, exponent, noise: Db(number(profile, &format!("noise_{id}"))?), saturation })
    }

    /// The same tape with Dolby B encoded and decoded by machines that agree: less hiss, nothing else.
    ///
    /// # Errors
    /// A profile that does not say how much less.
    pub fn with_dolby(self, profile: &Profile) -> Result<Tape, MediumError> {
        let noise = Db(self.noise.0 - positive(profile, "dolby_gain")?);
        Ok(Tape { noise, ..self })
    }

    /// Where a tone saturates: straight between the points over the logarithm of the frequency, level beyond them.
    pub fn saturation(&self, at: Hertz) -> Db {
        let of = |index: usize| (libm::log2(f64::from(POINTS[index])), self.saturation[index]);
        let place = libm::log2(at.0.max(1.0));
        let next = (0..POINTS.len()).find(|index| of(*index).0 >= place);
        Db(match next {
            None => self.saturation[POINTS.len() - 1],
            Some(0) => self.saturation[0],
            Some(next) => {
                let ((x0, y0), (x1, y1)) = (of(next - 1), of(next));
                y0 + (y1 - y0) * (place - x0) / (x1 - x0)
            }
        })
    }

    /// The bend: 1 is saturation.
    pub fn bend(&self, sample: f64) -> f64 {
        let size = sample.abs();
        // Far above saturation the power would overflow; there is nothing left to bend.
        if size > 1e6 {
            return sample.signum();
        }
        sample / libm::pow(1.0 + libm::pow(size, self.exponent), 1.0 / self.exponent)
    }

    /// What comes back of a tone of a level. Its harmonics pass the inverse emphasis at their own frequencies.
    pub fn tone(&self, frequency: Hertz, level: Db) -> Tone {
        let unit = self.saturation(frequency);
        let amplitude = Db(level.0 - unit.0).amplitude();
        let harmonic = |order: usize| {
            let step = 2.0 * PI / PERIOD as f64;
            let of = |index: usize| {
                let place = step * index as f64;
                self.bend(amplitude * libm::sin(place)) * libm::sin(order as f64 * place)
            };
            (0..PERIOD).map(of).sum::<f64>() * 2.0 / PERIOD as f64
        };
        let (first, third) = (harmonic(1).abs(), harmonic(3).abs());
        let emphasis = Db(self.saturation(Hertz(3.0 * frequency.0)).0 - unit.0).amplitude();
        if first == 0.0 {
            return Tone { level: Db(f64::NEG_INFINITY), third: 0.0 };
        }
        Tone { level: Db(Db::from_amplitude(first).0 + unit.0), third: third * emphasis / first }
    }

    /// The output level at which the third harmonic reaches `share`; what a data sheet calls MOL at 3 %.
    pub fn maximum_output(&self, frequency: Hertz, share: f64) -> Db {
        let (mut low, mut high) = (-40.0, 40.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if self.tone(frequency, Db(middle)).third < share { low = middle } else { high = middle }
        }
        self.tone(frequency, Db(low)).level
    }

    /// The highest output level of a tone, however much is put in; what a data sheet calls SOL.
    pub fn saturated_output(&self, frequency: Hertz) -> Db {
        self.tone(frequency, Db(self.saturation(frequency).0 + 60.0)).level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::load;

    fn tape(tape: TapeType) -> Tape {
        Tape::new(tape, &load("cassette", None).unwrap().unwrap()).unwrap()
    }

    fn near(found: Db, wanted: f64, within: f64, what: &str) {
        assert!((found.0 - wanted).abs() <= within, "{what}: {found} for {wanted}");
    }

    /// The points the model was fitted to (specs/formats.md 6: Maxell UR 1994 and XLII 1994), within 1 dB.
    #[test]
    fn measured_levels_come_back_within_one_decibel() {
        let one = tape(TapeType::One);
        near(one.maximum_output(Hertz(400.0), 0.03), 5.3, 1.0, "I, 3 % at 400 Hz");
        near(one.maximum_output(Hertz(1000.0), 0.03), 2.9, 1.0, "I, 3 % at 1 kHz");
        near(one.saturated_output(Hertz(10_000.0)), -1.3, 1.0, "I, 10 kHz");
        near(one.saturated_output(Hertz(15_000.0)), -7.3, 1.0, "I, 15 kHz");
        let two = tape(TapeType::Two);
        near(two.maximum_output(Hertz(400.0), 0.03), 5.3, 1.0, "II, 3 % at 400 Hz");
        near(two.maximum_output(Hertz(1000.0), 0.03), 5.5, 1.0, "II, 3 % at 1 kHz");
        near(two.saturated_output(Hertz(10_000.0)), -3.4, 1.0, "II, 10 kHz");
    }

    /// From 1 % to 3 % it is 1.9 dB on type I and 3.5 dB on type II.
    #[test]
    fn the_steps_of_distortion_are_the_measured_ones() {
        for (kind, wanted) in [(TapeType::One, 1.9), (TapeType::Two, 3.5)] {
            let tape = tape(kind);
            let step = tape.maximum_output(Hertz(400.0), 0.03).0 - tape.maximum_output(Hertz(400.0), 0.01).0;
            assert!((step - wanted).abs() < 0.5, "{kind:?}: {step}");
        }
    }

    #[test]
    fn soft_tones_pass_and_loud_ones_do_not_grow() {
        for kind in TapeType::ALL {
            let tape = tape(kind);
            near(tape.tone(Hertz(1000.0), Db(-30.0)).level, -30.0, 0.01, "soft");
            let (loud, louder) = (tape.tone(Hertz(8000.0), Db(20.0)).level, tape.tone(Hertz(8000.0), Db(40.0)).level);
            assert!((louder.0 - loud.0).abs() < 0.1 && loud.0 < 10.0);
            assert_eq!((tape.bend(0.0), tape.bend(1e9), tape.bend(-1e9)), (0.0, 1.0, -1.0));
            assert!(tape.tone(Hertz(1000.0), Db(f64::NEG_INFINITY)).third == 0.0);
        }
    }

    #[test]
    fn types_are_found_by_name() {
        assert_eq!(TapeType::from_id("II"), Some(TapeType::Two));
        assert_eq!((TapeType::from_id("4"), TapeType::from_id("III")), (Some(TapeType::Four), None));
        assert!(!TapeType::Four.is_measured());
    }
}
