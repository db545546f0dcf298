//! A filter's magnitude with another phase, by its cepstrum.
//!
//! Oppenheim and Schafer, "Discrete-time signal processing" (1989), section 12.4: of all causal filters with a
//! magnitude, the one of minimum phase has a cepstrum without negative times.

use crate::dsp::fft::{Complex, RealFft};
use crate::unit::SampleRate;

use super::plan::circle;

/// Points of the transforms: the cepstrum of a stop band this deep falls off slowly, and what wraps around is error.
const POINTS: usize = 1 << 20;
/// Power under which no magnitude is taken, 230 dB down: the logarithm of a zero of the stop band has no end.
const FLOOR: f64 = 1e-23;
/// Up to here the mean delay is taken out, so that the body of a sound keeps its place.
const PLACED_HZ: f64 = 1_000.0;

/// The filter with this share of the minimum phase, as a circle of `length` frames around frame 0, cut to `reach`
/// frames on each side. `taps` is the linear-phase filter from its middle on, at `rate`.
pub(super) fn turned(taps: &[f64], reach: usize, length: usize, share: f64, rate: SampleRate) -> Vec<f64> {
    let mut fft = RealFft::new(POINTS);
    let magnitude = magnitude(taps, &mut fft);
    let phase = minimum_phase(&magnitude, &mut fft);
    let delay = share * delay_of(&phase, rate);
    let turn = |(bin, (magnitude, phase)): (usize, (&f64, &f64))| {
        let angle = share * phase + std::f64::consts::TAU * bin as f64 / POINTS as f64 * delay;
        Complex::new(magnitude * libm::cos(angle), magnitude * libm::sin(angle))
    };
    let spectrum: Vec<Complex<f64>> = magnitude.iter().zip(&phase).enumerate().map(turn).collect();
    let mut impulse = vec![0.0; POINTS];
    fft.inverse(&spectrum, &mut impulse);
    let mut circle = vec![0.0; length];
    for m in 0..=reach {
        circle[m] = impulse[m] / POINTS as f64;
    }
    for m in 1..=reach {
        circle[length - m] = impulse[POINTS - m] / POINTS as f64;
    }
    circle
}

fn magnitude(taps: &[f64], fft: &mut RealFft) -> Vec<f64> {
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&circle(taps, POINTS), &mut spectrum);
    spectrum.iter().map(|bin| libm::sqrt(bin.re * bin.re + FLOOR)).collect()
}

/// Phase in radians of the minimum-phase filter with this magnitude.
fn minimum_phase(magnitude: &[f64], fft: &mut RealFft) -> Vec<f64> {
    let logarithm: Vec<Complex<f64>> =
        magnitude.iter().map(|magnitude| Complex::new(libm::log(*magnitude), 0.0)).collect();
    let mut cepstrum = vec![0.0; POINTS];
    fft.inverse(&logarithm, &mut cepstrum);
    // Negative times are folded onto positive ones.
    cepstrum[0] /= POINTS as f64;
    cepstrum[POINTS / 2] /= POINTS as f64;
    for time in 1..POINTS / 2 {
        cepstrum[time] *= 2.0 / POINTS as f64;
        cepstrum[POINTS - time] = 0.0;
    }
    let mut spectrum = logarithm;
    fft.forward(&cepstrum, &mut spectrum);
    spectrum.iter().map(|bin| bin.im).collect()
}

/// Mean delay in frames up to [`PLACED_HZ`].
fn delay_of(phase: &[f64], rate: SampleRate) -> f64 {
    let bins = ((PLACED_HZ / rate.hz() * POINTS as f64) as usize).clamp(1, phase.len() - 1);
    -phase[bins] * POINTS as f64 / (std::f64::consts::TAU * bins as f64)
}
