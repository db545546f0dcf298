use super::detector::Sense;
use super::{COUNT, KNEE, LINK, MAKEUP, MIX, PARAMS, RANGE, RATIO, THRESHOLD};
use crate::param::{SlotIndex, Values};
use crate::unit::Db;

/// Numbers that glide.
pub(super) const FIELDS: usize = 7;

/// Below this level nothing can be over any knee: the lowest threshold less half the widest knee, and a little.
const QUIET: f64 = 2.4e-4;

/// The gain computer: level to wanted gain (Giannoulis, Massberg, Reiss 2012, eq. 4), and gain to factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Computer {
    threshold_db: f64,
    /// `1 / ratio - 1`: change of gain over change of level.
    slope: f64,
    knee_db: f64,
    range_db: f64,
    pub(super) link: f64,
    mix: f64,
    makeup: f64,
}

impl Computer {
    pub(super) fn of(wanted: &[f64; COUNT]) -> Computer {
        Computer {
            threshold_db: wanted[THRESHOLD],
            slope: 1.0 / wanted[RATIO] - 1.0,
            knee_db: wanted[KNEE],
            range_db: wanted[RANGE],
            link: wanted[LINK] / 100.0,
            mix: wanted[MIX] / 100.0,
            makeup: Db(wanted[MAKEUP]).amplitude(),
        }
    }

    pub(super) fn to_array(self) -> [f64; FIELDS] {
        [self.threshold_db, self.slope, self.knee_db, self.range_db, self.link, self.mix, self.makeup]
    }

    pub(super) fn from_array([threshold_db, slope, knee_db, range_db, link, mix, makeup]: [f64; FIELDS]) -> Computer {
        Computer { threshold_db, slope, knee_db, range_db, link, mix, makeup }
    }

    /// The wanted gain in dB for a detector's reading.
    pub(super) fn reduction_db(&self, reading: f64, sense: Sense) -> f64 {
        match sense {
            _ if reading < sense.reading(QUIET) => 0.0,
            Sense::Peak => self.static_db(20.0 * libm::log10(reading)),
            // The mean square of a sine is half the square of its peak.
            Sense::Rms => self.static_db(10.0 * libm::log10(2.0 * reading)),
        }
    }

    fn static_db(&self, level_db: f64) -> f64 {
        let over = level_db - self.threshold_db;
        let gain = if 2.0 * over <= -self.knee_db {
            0.0
        } else if 2.0 * over < self.knee_db {
            let into = over + self.knee_db / 2.0;
            self.slope * into * into / (2.0 * self.knee_db)
        } else {
            self.slope * over
        };
        gain.max(-self.range_db)
    }

    /// The factor on the signal: exactly 1 where there is no reduction and no makeup.
    pub(super) fn factor(&self, gain_db: f64) -> f64 {
        1.0 + self.mix * (Db(gain_db).amplitude() * self.makeup - 1.0)
    }

    /// Whether no level can change anything.
    pub(super) fn does_nothing(&self) -> bool {
        self.mix == 0.0 || (self.range_db == 0.0 && self.makeup == 1.0)
    }
}

/// The steady output level in dBFS of a sine with a peak of `input_db` dBFS, makeup and mix included: what the drawn
/// curve shows. Any thread.
pub fn curve(values: &Values, input_db: f64) -> f64 {
    let wanted = std::array::from_fn(|index| PARAMS[index].clamp(values.at(SlotIndex(index as u16))));
    let computer = Computer::of(&wanted);
    input_db + Db::from_amplitude(computer.factor(computer.static_db(input_db))).value()
}
