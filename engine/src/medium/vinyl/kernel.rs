//! Interpolators that give velocity and acceleration of a wall between the samples.
//!
//! A Kaiser-windowed sinc interpolates the programme; its first and second derivatives are the derivatives of what it
//! interpolates. Weighted with the parts of [`super::riaa`] they are velocity and acceleration but for the low-passed
//! share, which is smooth and interpolated by a cubic.

use super::riaa::{COPY, LOW, MIDDLE_S, SLOPE_S, normal};
use crate::dsp::window::{kaiser, kaiser_beta, sinc};
use crate::unit::SampleRate;

/// Samples around a place. With the band's edge at 20 kHz of 44.1 kHz they are 60 dB exact: 0.01 dB.
pub(super) const TAPS: usize = 40;
/// Ripple that so many taps allow.
const RIPPLE_DB: f64 = 60.0;
/// Samples before the place among the taps.
pub(super) const BEFORE: usize = TAPS / 2 - 1;
/// Peaks are looked for at least so densely.
const DENSE_HZ: f64 = 176_400.0;
/// Step of the numerical derivatives in samples: errors of 1e-8.
const STEP: f64 = 1e-4;

/// Weights of the taps at `M` places from a sample to the next.
pub(super) struct Kernel<const M: usize> {
    /// For velocity and acceleration, tap by tap.
    pub taps: Vec<([f64; M], [f64; M])>,
    /// Of the four low-passed samples around a place, for each place.
    pub cubic: [[f64; 4]; M],
    /// Weight of the low-passed sample in the velocity.
    pub low: f64,
    /// Weight of the low-passed sample in the acceleration.
    pub low_slope: f64,
}

/// Places from a sample to the next at a rate: 1, 2, 4 or 8.
pub(super) fn places(rate: SampleRate) -> usize {
    ((DENSE_HZ / rate.hz()).ceil() as usize).next_power_of_two().clamp(1, 8)
}

fn interpolator(tau: f64) -> f64 {
    sinc(tau) * kaiser(tau / (TAPS / 2) as f64, kaiser_beta(RIPPLE_DB))
}

/// The interpolator and its derivatives by time in samples.
fn derivatives(tau: f64) -> [f64; 3] {
    if tau.abs() > (TAPS / 2) as f64 - 2.0 * STEP {
        return [0.0; 3];
    }
    let (before, here, after) = (interpolator(tau - STEP), interpolator(tau), interpolator(tau + STEP));
    [here, (after - before) / (2.0 * STEP), (after - 2.0 * here + before) / (STEP * STEP)]
}

impl<const M: usize> Kernel<M> {
    /// The weights at a rate; the velocity of a sine of 1 kHz at full scale is 1.
    pub fn new(rate: SampleRate) -> Kernel<M> {
        let (hz, unit) = (rate.hz(), normal());
        let mut taps = vec![([0.0; M], [0.0; M]); TAPS];
        for (index, (velocity, acceleration)) in taps.iter_mut().enumerate() {
            for place in 0..M {
                let tau = place as f64 / M as f64 - (index as f64 - BEFORE as f64);
                let [copy, slope, bend] = derivatives(tau);
                let (slope, bend) = (slope * hz, bend * hz * hz);
                velocity[place] = unit * (SLOPE_S * slope + COPY * copy);
                acceleration[place] = unit * (SLOPE_S * bend + COPY * slope + LOW / MIDDLE_S * copy);
            }
        }
        let mut cubic = [[0.0; 4]; M];
        for (place, weights) in cubic.iter_mut().enumerate() {
            *weights = catmull_rom(place as f64 / M as f64);
        }
        Kernel { taps, cubic, low: unit * LOW, low_slope: -unit * LOW / MIDDLE_S }
    }
}

/// Weights of four samples for a place `t` between the second and the third.
fn catmull_rom(t: f64) -> [f64; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (-t3 + 2.0 * t2 - t), 0.5 * (3.0 * t3 - 5.0 * t2 + 2.0), 0.5 * (-3.0 * t3 + 4.0 * t2 + t), 0.5 * (t3 - t2)]
}
