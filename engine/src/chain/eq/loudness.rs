//! The constant gain that keeps the loudness of pink noise.
//!
//! Pink noise has equal power in every part of an octave, so its K-weighted power is a mean over a logarithmic grid. Left
//! and right are taken as unrelated and equally loud, so that mid and side are equally loud as well.

use std::f64::consts::PI;

use super::band::{Band, CHANNELS, Channel};
use super::table::CAPACITY;

/// Sixths of an octave from 20 Hz to 20 kHz.
const POINTS: usize = 61;

/// The shelf and the high-pass of ITU-R BS.1770-5, annex 1, as filters at 48 kHz.
const SHELF: (f64, f64, f64) = (1_681.974_450_955_533, 0.707_175_236_955_419_6, 1.584_864_701_130_855);
/// Gain of the shelf's band part.
const SHELF_BAND: f64 = 1.258_720_930_232_562;
const HIGH_PASS: (f64, f64) = (38.135_470_876_024_44, 0.500_327_037_323_877_3);
const WEIGHT_RATE_HZ: f64 = 48_000.0;

/// Angle and K-weighted power of the part of pink noise at each point.
#[derive(Debug, Clone)]
pub(super) struct Pink {
    rate_hz: f64,
    points: Vec<(f64, f64)>,
}

fn weight(hertz: f64) -> f64 {
    let against = |corner: f64| libm::tan(PI * hertz / WEIGHT_RATE_HZ) / libm::tan(PI * corner / WEIGHT_RATE_HZ);
    let second = |square: f64, q: f64| (1.0 - square) * (1.0 - square) + square / (q * q);
    let w = against(SHELF.0) * against(SHELF.0);
    let band = SHELF_BAND / SHELF.1;
    let shelf = ((1.0 - SHELF.2 * w) * (1.0 - SHELF.2 * w) + band * band * w) / second(w, SHELF.1);
    let w = against(HIGH_PASS.0) * against(HIGH_PASS.0);
    shelf * w * w / second(w, HIGH_PASS.1)
}

impl Pink {
    /// At a rate; what lies above half of it is left out. Workers: allocates.
    pub(super) fn new(rate_hz: f64) -> Pink {
        let hertz = |place: usize| 20.0 * libm::pow(1000.0, place as f64 / (POINTS - 1) as f64);
        let heard = (0..POINTS).map(hertz).filter(|hertz| *hertz < 0.499 * rate_hz);
        let theta = 2.0 * PI / rate_hz;
        Pink { rate_hz, points: heard.map(|hertz| (theta * hertz, weight(hertz))).collect() }
    }

    /// The linear gain that keeps the loudness with these bands.
    pub(super) fn gain(&self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY]) -> f64 {
        if !audible.contains(&true) {
            return 1.0;
        }
        let mut powers = [[1.0f64; POINTS]; CHANNELS.len()];
        for (band, _) in bands.iter().zip(audible).filter(|(_, audible)| **audible) {
            for section in band.sections(self.rate_hz).iter().flatten() {
                let prototype = section.prototype();
                for (power, (theta, _)) in powers[band.channel as usize].iter_mut().zip(&self.points) {
                    *power *= prototype.power(*theta);
                }
            }
        }
        let (mut before, mut after) = (0.0, 0.0);
        for (place, (_, weight)) in self.points.iter().enumerate() {
            let of = |channel: Channel| powers[channel as usize][place];
            let pair = 0.25 * (of(Channel::Left) + of(Channel::Right)) * (of(Channel::Mid) + of(Channel::Side));
            before += weight;
            after += weight * pair * of(Channel::Stereo);
        }
        if after > 0.0 { (before / after).sqrt() } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_is_that_of_the_standard() {
        // The standard's filters at 48 kHz: 0.69 dB at 997 Hz with the 0.04 dB that its high-pass has far up, +4 dB at the
        // top, -6 dB at the corner of the high-pass with its Q of 0.5.
        let db = |hertz: f64| 10.0 * libm::log10(weight(hertz));
        assert!((db(997.0) - 0.648).abs() < 0.002, "{}", db(997.0));
        assert!((db(15_000.0) - 4.0).abs() < 0.05, "{}", db(15_000.0));
        assert!((db(38.135) + 6.0).abs() < 0.1, "{}", db(38.135));
    }
}
