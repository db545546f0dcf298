use super::Sense;
use crate::dsp::decibel::factor;
use crate::unit::Db;

/// Numbers that glide.
pub(super) const FIELDS: usize = 8;

/// The gain computer: level to wanted gain (Giannoulis, Massberg, Reiss 2012, eq. 4), and gain to factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::chain) struct Law {
    pub(in crate::chain) threshold_db: f64,
    /// `1 / ratio - 1`: change of gain over change of level.
    pub(in crate::chain) slope: f64,
    pub(in crate::chain) knee_db: f64,
    /// Most change of gain, either way.
    pub(in crate::chain) range_db: f64,
    pub(in crate::chain) link: f64,
    pub(in crate::chain) mix: f64,
    /// A factor.
    pub(in crate::chain) makeup: f64,
    /// 1 works above the threshold, -1 below it.
    pub(in crate::chain) side: f64,
}

impl Law {
    /// From the values of parameters: dB, ratio, percent; `below` is the side choice.
    pub(in crate::chain) fn new(threshold_db: f64, ratio: f64, knee_db: f64, range_db: f64, below: bool) -> Law {
        let side = if below { -1.0 } else { 1.0 };
        Law { threshold_db, slope: 1.0 / ratio - 1.0, knee_db, range_db, link: 1.0, mix: 1.0, makeup: 1.0, side }
    }

    /// The same with these, in percent, percent and dB.
    pub(in crate::chain) fn with(self, link: f64, mix: f64, makeup: f64) -> Law {
        Law { link: link / 100.0, mix: mix / 100.0, makeup: Db(makeup).amplitude(), ..self }
    }

    pub(super) fn to_array(self) -> [f64; FIELDS] {
        let Law { threshold_db, slope, knee_db, range_db, link, mix, makeup, side } = self;
        [threshold_db, slope, knee_db, range_db, link, mix, makeup, side]
    }

    pub(super) fn from_array([threshold_db, slope, knee_db, range_db, link, mix, makeup, side]: [f64; FIELDS]) -> Law {
        Law { threshold_db, slope, knee_db, range_db, link, mix, makeup, side }
    }

    /// The wanted gain in dB.
    #[inline(always)]
    pub(in crate::chain) fn gain_db(&self, level_db: f64) -> f64 {
        let over = self.side * (level_db - self.threshold_db);
        let half = 0.5 * self.knee_db;
        let into = over + half;
        // A knee of 0 dB has no inside; the division is by anything but 0.
        let bend = into * into / (if self.knee_db > 0.0 { 2.0 * self.knee_db } else { 1.0 });
        let inside = if into > 0.0 { bend } else { 0.0 };
        let gain = self.side * self.slope * if over >= half { over } else { inside };
        let gain = if gain > self.range_db { self.range_db } else { gain };
        if gain < -self.range_db { -self.range_db } else { gain }
    }

    /// Whether a reading this high, and every lower one, leaves the gain alone.
    pub(super) fn is_idle_below(&self, reading: f64, sense: Sense) -> bool {
        // A thousandth of a dB covers the rounding of the level.
        self.side == 1.0 && reading < sense.reading(factor(self.threshold_db - 0.5 * self.knee_db - 0.001))
    }

    /// The factor on the signal: exactly 1 where there is no change of gain and no makeup.
    #[inline(always)]
    pub(in crate::chain) fn factor(&self, gain_db: f64) -> f64 {
        1.0 + self.mix * (factor(gain_db) * self.makeup - 1.0)
    }

    /// Whether no level can change anything.
    pub(in crate::chain) fn does_nothing(&self) -> bool {
        self.mix == 0.0 || ((self.range_db == 0.0 || self.slope == 0.0) && self.makeup == 1.0)
    }

    /// The steady output level in dB of a sine of this level: what the drawn curve shows.
    pub(in crate::chain) fn output_db(&self, input_db: f64) -> f64 {
        input_db + Db::from_amplitude(self.factor(self.gain_db(input_db))).value()
    }
}
