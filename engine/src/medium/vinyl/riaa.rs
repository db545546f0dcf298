//! The RIAA recording characteristic (IEC 60098:1987, clause 12; RIAA 1954): 3180, 318 and 75 us.
//!
//! `V(s) = (1 + 3180us s)(1 + 75us s) / (1 + 318us s)`, taken apart into `A s + B + C / (1 + 318us s)`: a slope, a copy
//! and a low-pass, which is how [`super::cutter`] makes it without a bilinear transform. The playback low cut of the
//! IEC amendment (7950 us) is no part of cutting.

use std::f64::consts::PI;

use crate::unit::{Db, Hertz};

/// Bass turnover, in seconds.
const BASS_S: f64 = 3180e-6;
/// Middle turnover, in seconds.
pub(super) const MIDDLE_S: f64 = 318e-6;
/// Treble turnover, in seconds.
const TREBLE_S: f64 = 75e-6;

/// Weight of the slope, in seconds.
pub(super) const SLOPE_S: f64 = BASS_S * TREBLE_S / MIDDLE_S;
/// Weight of the programme itself.
pub(super) const COPY: f64 = (BASS_S + TREBLE_S - SLOPE_S) / MIDDLE_S;
/// Weight of the low-passed programme.
pub(super) const LOW: f64 = 1.0 - COPY;

/// Magnitude before the normalisation at 1 kHz.
fn magnitude(hz: f64) -> f64 {
    let omega = 2.0 * PI * hz;
    let leg = |seconds: f64| libm::sqrt(1.0 + omega * seconds * (omega * seconds));
    leg(BASS_S) * leg(TREBLE_S) / leg(MIDDLE_S)
}

/// What brings 1 kHz to 0 dB.
pub(super) fn normal() -> f64 {
    1.0 / magnitude(1000.0)
}

/// The gain from programme to velocity at a frequency, 0 dB at 1 kHz.
pub fn recording_gain(at: Hertz) -> Db {
    Db::from_amplitude(magnitude(at.0) * normal())
}

/// The gain from velocity to programme in playback, 0 dB at 1 kHz.
pub fn playback_gain(at: Hertz) -> Db {
    Db(-recording_gain(at).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_the_published_one() {
        // specs/formats.md 3.3, and every table of the standard.
        let table = [
            (20.0, -19.27),
            (50.0, -16.95),
            (100.0, -13.09),
            (500.0, -2.65),
            (1000.0, 0.0),
            (2122.0, 2.87),
            (5000.0, 8.21),
            (10_000.0, 13.73),
            (15_000.0, 17.16),
            (20_000.0, 19.62),
        ];
        for (hz, gain) in table {
            assert!((recording_gain(Hertz(hz)).0 - gain).abs() < 0.006, "{hz}: {}", recording_gain(Hertz(hz)));
            assert_eq!(playback_gain(Hertz(hz)).0, -recording_gain(Hertz(hz)).0);
        }
    }

    #[test]
    fn the_parts_add_up_to_the_curve() {
        for hz in [1.0, 20.0, 333.0, 1000.0, 7000.0, 20_000.0] {
            let omega = 2.0 * PI * hz;
            // C / (1 + iωτ) = C (1 - iωτ) / (1 + ω²τ²)
            let pole = omega * MIDDLE_S;
            let share = LOW / (1.0 + pole * pole);
            let (re, im) = (COPY + share, omega * SLOPE_S - share * pole);
            assert!((libm::hypot(re, im) / magnitude(hz) - 1.0).abs() < 1e-12);
        }
    }
}
