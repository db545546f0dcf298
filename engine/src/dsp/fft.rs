//! The Fourier transform of real signals, with its plan pinned.
//!
//! The scalar planner is used on every machine, so that the instruction set cannot change a bit; a real transform of
//! N points is a complex one of N/2 and one pass over its bins. (The foreign transform stays behind this file.)

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

pub use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

/// Transforms of one even length, both ways. Takes its memory when built; afterwards allocates nothing.
#[derive(Clone)]
pub struct RealFft {
    length: usize,
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
    /// e^(-2πik/N) for k up to N/2.
    turns: Arc<[Complex<f64>]>,
    packed: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl fmt::Debug for RealFft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealFft").field("length", &self.length).finish()
    }
}

impl RealFft {
    /// Plans transforms of `length` points, rounded up to an even number, at least 2. Allocates.
    pub fn new(length: usize) -> RealFft {
        let half = length.div_ceil(2).max(1);
        let mut planner = FftPlannerScalar::new();
        let (forward, inverse) = (planner.plan_fft_forward(half), planner.plan_fft_inverse(half));
        let zero = Complex::new(0.0, 0.0);
        let scratch = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        let turn = |k: usize| {
            let angle = PI * k as f64 / half as f64;
            Complex::new(libm::cos(angle), -libm::sin(angle))
        };
        RealFft {
            length: 2 * half,
            forward,
            inverse,
            turns: (0..=half).map(turn).collect(),
            packed: vec![zero; half],
            scratch: vec![zero; scratch],
        }
    }

    /// Points of the transform.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Bins of a spectrum: from 0 to half the rate, both included.
    pub fn bins(&self) -> usize {
        self.length / 2 + 1
    }

    /// The spectrum of [`RealFft::length`] samples into [`RealFft::bins`] bins, without scaling. Slices of other
    /// lengths are a mistake in code: nothing happens. Audio thread.
    pub fn forward(&mut self, samples: &[f64], spectrum: &mut [Complex<f64>]) {
        let half = self.length / 2;
        debug_assert!(samples.len() == self.length && spectrum.len() == half + 1);
        if samples.len() != self.length || spectrum.len() != half + 1 {
            return;
        }
        for (packed, pair) in self.packed.iter_mut().zip(samples.chunks_exact(2)) {
            *packed = Complex::new(pair[0], pair[1]);
        }
        self.forward.process_with_scratch(&mut self.packed, &mut self.scratch);
        for (k, bin) in spectrum.iter_mut().enumerate() {
            let here = self.packed[k % half];
            let mirror = self.packed[(half - k) % half].conj();
            let even = (here + mirror) * 0.5;
            let odd = (here - mirror) * 0.5;
            // Times -i and the turn of this bin.
            *bin = even + Complex::new(odd.im, -odd.re) * self.turns[k];
        }
    }

    /// The samples of a spectrum, without scaling: forward and inverse together multiply by the length. The imaginary
    /// parts of the first and last bin are ignored. Audio thread.
    pub fn inverse(&mut self, spectrum: &[Complex<f64>], samples: &mut [f64]) {
        let half = self.length / 2;
        debug_assert!(samples.len() == self.length && spectrum.len() == half + 1);
        if samples.len() != self.length || spectrum.len() != half + 1 {
            return;
        }
        let real_ends = |k: usize| {
            let bin = spectrum[k];
            if k == 0 || k == half { Complex::new(bin.re, 0.0) } else { bin }
        };
        for k in 0..half {
            let (here, mirror) = (real_ends(k), real_ends(half - k).conj());
            let odd = (here - mirror) * self.turns[k].conj();
            self.packed[k] = here + mirror + Complex::new(-odd.im, odd.re);
        }
        self.inverse.process_with_scratch(&mut self.packed, &mut self.scratch);
        for (packed, pair) in self.packed.iter().zip(samples.chunks_exact_mut(2)) {
            pair[0] = packed.re;
            pair[1] = packed.im;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_match_the_definition_and_come_back() {
        for length in [2, 4, 6, 30, 98, 256] {
            let mut fft = RealFft::new(length);
            let samples: Vec<f64> = (0..length).map(|n| ((n * n * 7 + 3 * n) % 23) as f64 - 11.0).collect();
            let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
            fft.forward(&samples, &mut spectrum);
            for (k, bin) in spectrum.iter().enumerate() {
                let direct = samples.iter().enumerate().map(|(n, x)| {
                    let angle = -2.0 * PI * (k * n % length) as f64 / length as f64;
                    Complex::new(x * libm::cos(angle), x * libm::sin(angle))
                });
                let direct: Complex<f64> = direct.sum();
                assert!((bin - direct).norm() < 1e-9, "{length} {k} {bin} {direct}");
            }
            let mut back = vec![0.0; length];
            fft.inverse(&spectrum, &mut back);
            for (back, sample) in back.iter().zip(&samples) {
                assert!((back / length as f64 - sample).abs() < 1e-12);
            }
        }
    }
}
