use super::Sense;
use crate::dsp::decibel::factor;
use crate::unit::Db;

/// The programme that matched makeup is for, at -14 LUFS: the middle of its levels as the detector reads them (crests
/// stand some 4 dB over a sine of the same power), and their spread, as of music that is not yet compressed.
const REFERENCE_PEAK_DB: f64 = -12.0;
const REFERENCE_RMS_DB: f64 = -16.0;
const REFERENCE_SPREAD_DB: f64 = 5.0;
/// So many steps on either side of the middle, out to this many deviations.
const REFERENCE_STEPS: i32 = 40;
const REFERENCE_REACH: f64 = 4.0;

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

    /// The same with the makeup that leaves the power of the reference programme as it was, and `makeup` dB on top. The
    /// curve is static, so that K-weighting, which tells frequencies apart, has no say in it. Audio thread.
    pub(in crate::chain) fn matched(self, makeup: f64, sense: Sense) -> Law {
        if self.range_db == 0.0 || self.slope == 0.0 || self.mix == 0.0 {
            return self;
        }
        let middle = match sense {
            Sense::Peak => REFERENCE_PEAK_DB,
            Sense::Rms => REFERENCE_RMS_DB,
        };
        let (mut before, mut wet, mut both) = (0.0, 0.0, 0.0);
        for step in -REFERENCE_STEPS..=REFERENCE_STEPS {
            let deviations = f64::from(step) * (REFERENCE_REACH / f64::from(REFERENCE_STEPS));
            let level_db = middle + deviations * REFERENCE_SPREAD_DB;
            let power = libm::exp(-0.5 * deviations * deviations) * factor(2.0 * level_db);
            let gain = factor(self.gain_db(level_db));
            before += power;
            wet += power * gain * gain;
            both += power * gain;
        }
        // Of the sum mix m g + (1 - mix) the power shall be what it was: a quadratic equation for the makeup m.
        let (mix, dry) = (self.mix, 1.0 - self.mix);
        let (a, b, c) = (mix * mix * wet, mix * dry * both, (dry * dry - 1.0) * before);
        let matched = ((b * b - a * c).sqrt() - b) / a;
        Law { makeup: matched * Db(makeup).amplitude(), ..self }
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
