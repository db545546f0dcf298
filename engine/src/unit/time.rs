use std::fmt;

use serde::{Deserialize, Serialize};

/// CD frames (sectors) in a second: IEC 60908.
pub const CD_FRAMES_PER_SECOND: i64 = 75;

/// A frequency in hertz.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hertz(pub f64);

/// Frames per second of a digital signal, in whole hertz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleRate(pub u32);

/// A position or length in frames (all channels at one instant) at a rate the context names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Frames(pub u64);

/// A time span in seconds. Stored times keep their decimal text and become frames by rounding once, in the plan.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub f64);

/// A position on a compact disc: 1/75 s, one sector (IEC 60908).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CdFrame(pub i64);

impl SampleRate {
    /// The rate of a compact disc.
    pub const CD: SampleRate = SampleRate(44_100);

    /// Frames per second as a float.
    pub fn hz(self) -> f64 {
        f64::from(self.0)
    }

    /// Audio frames in one CD frame, where that is a whole number (it is at every usual rate: 588 at 44.1 kHz).
    pub fn frames_per_cd_frame(self) -> Option<u64> {
        let per_second = CD_FRAMES_PER_SECOND as u32;
        (self.0 != 0 && self.0.is_multiple_of(per_second)).then(|| u64::from(self.0 / per_second))
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let khz = f64::from(self.0) / 1000.0;
        if self.0.is_multiple_of(1000) { write!(f, "{khz:.0} kHz") } else { write!(f, "{khz} kHz") }
    }
}

impl Frames {
    /// The length in seconds at `rate`.
    pub fn seconds(self, rate: SampleRate) -> Seconds {
        Seconds(self.0 as f64 / rate.hz())
    }
}

impl Seconds {
    /// The nearest whole number of frames at `rate`; negative spans give zero.
    pub fn frames(self, rate: SampleRate) -> Frames {
        Frames((self.0 * rate.hz()).round().max(0.0) as u64)
    }

    /// The nearest whole number of frames at `rate`, signed (a gap may be negative: an overlap).
    pub fn signed_frames(self, rate: SampleRate) -> i64 {
        (self.0 * rate.hz()).round() as i64
    }
}

impl CdFrame {
    /// The span in seconds.
    pub fn seconds(self) -> Seconds {
        Seconds(self.0 as f64 / CD_FRAMES_PER_SECOND as f64)
    }

    /// The first CD frame at or after `frames`.
    pub fn ceil_from(frames: Frames, rate: SampleRate) -> CdFrame {
        let ticks = frames.0 as u128 * CD_FRAMES_PER_SECOND as u128;
        CdFrame(ticks.div_ceil(u128::from(rate.0)) as i64)
    }

    /// The position in audio frames at `rate`, rounded to the nearest where the rate is not a multiple of 75.
    pub fn frames(self, rate: SampleRate) -> Frames {
        let ticks = self.0.max(0) as u128 * u128::from(rate.0);
        Frames(((ticks + CD_FRAMES_PER_SECOND as u128 / 2) / CD_FRAMES_PER_SECOND as u128) as u64)
    }
}

/// Prints as minutes, seconds and frames: `mm:ss:ff`.
impl fmt::Display for CdFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let total = self.0.unsigned_abs();
        let per_second = CD_FRAMES_PER_SECOND as u64;
        let (minutes, seconds) = (total / (per_second * 60), total / per_second % 60);
        write!(f, "{sign}{minutes:02}:{seconds:02}:{:02}", total % per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cd_frame_is_whole_at_every_usual_rate() {
        let whole: Vec<_> =
            [44_100, 48_000, 88_200, 96_000, 176_400, 192_000].map(|hz| SampleRate(hz).frames_per_cd_frame()).into();
        assert_eq!(whole, [588, 640, 1176, 1280, 2352, 2560].map(Some));
        assert_eq!(SampleRate(8_000).frames_per_cd_frame(), None);
        assert_eq!(SampleRate(0).frames_per_cd_frame(), None);
    }

    #[test]
    fn cd_times_read_as_minutes_seconds_frames() {
        assert_eq!(CdFrame(75 * 61 + 3).to_string(), "01:01:03");
        assert_eq!(CdFrame::ceil_from(Frames(588), SampleRate::CD), CdFrame(1));
        assert_eq!(CdFrame::ceil_from(Frames(589), SampleRate::CD), CdFrame(2));
        assert_eq!(CdFrame(2).frames(SampleRate::CD), Frames(1176));
    }

    #[test]
    fn seconds_round_to_the_nearest_frame() {
        assert_eq!(Seconds(1.5).frames(SampleRate(1)), Frames(2));
        assert_eq!(Seconds(-0.25).signed_frames(SampleRate(4)), -1);
        assert_eq!(Frames(3).seconds(SampleRate(2)), Seconds(1.5));
    }

    #[test]
    fn rates_print_in_kilohertz() {
        assert_eq!(SampleRate(44_100).to_string(), "44.1 kHz");
        assert_eq!(SampleRate(96_000).to_string(), "96 kHz");
    }
}
