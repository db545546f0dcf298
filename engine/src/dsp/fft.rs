//! The Fourier transform of real signals, the same bits on every machine.
//!
//! A mixed-radix Stockham transform of our own (radices 2, 3, 4, 5 and 7, any prime by definition) on split real and
//! imaginary parts: no reordering pass, one fixed order of sums, angles from one library, any width of registers
//! ([`super::wide`]). A library transform picks
//! its algorithm by instruction set and takes its angles from the operating system, so its last bits belong to the
//! machine. A real transform of N points is a complex one of N/2 and one pass over its bins.
//!
//! Van Loan, "Computational frameworks for the fast Fourier transform" (1992), sections 1.7 and 2.4.

mod butterfly;
mod complex;
mod pair;
mod twin;

use std::f64::consts::PI;
use std::sync::Arc;

pub use rustfft::num_complex::Complex;

pub(crate) use pair::PairFft;
pub(crate) use twin::TwinFft;

use super::wide::{Four, InFours, in_fours};
use complex::Transform;

/// Transforms of one even length, both ways. Takes its memory when built; afterwards allocates nothing.
#[derive(Debug, Clone)]
pub struct RealFft {
    transform: Transform,
    /// e^(-2πik/N) for k up to N/2.
    turns: Arc<[Complex<f64>]>,
}

impl RealFft {
    /// Plans transforms of `length` points, rounded up to an even number, at least 2. Lengths made of small primes are
    /// quick; a large prime factor costs its square. Allocates.
    pub fn new(length: usize) -> RealFft {
        let half = length.div_ceil(2).max(1);
        let turn = |k: usize| {
            let angle = PI * k as f64 / half as f64;
            Complex::new(libm::cos(angle), -libm::sin(angle))
        };
        RealFft { transform: Transform::new(half, 1), turns: (0..=half).map(turn).collect() }
    }

    /// Points of the transform.
    pub fn length(&self) -> usize {
        2 * self.transform.length()
    }

    /// Bins of a spectrum: from 0 to half the rate, both included.
    pub fn bins(&self) -> usize {
        self.transform.length() + 1
    }

    /// The spectrum of [`RealFft::length`] samples into [`RealFft::bins`] bins, without scaling. Slices of other
    /// lengths are a mistake in code: nothing happens. Audio thread.
    pub fn forward(&mut self, samples: &[f64], spectrum: &mut [Complex<f64>]) {
        let half = self.transform.length();
        debug_assert!(samples.len() == 2 * half && spectrum.len() == half + 1);
        if samples.len() != 2 * half || spectrum.len() != half + 1 {
            return;
        }
        in_fours(Forward { fft: self, samples, spectrum });
    }

    /// The samples of a spectrum, without scaling: forward and inverse together multiply by the length. The imaginary
    /// parts of the first and last bin are ignored. Audio thread.
    pub fn inverse(&mut self, spectrum: &[Complex<f64>], samples: &mut [f64]) {
        let half = self.transform.length();
        debug_assert!(samples.len() == 2 * half && spectrum.len() == half + 1);
        if samples.len() != 2 * half || spectrum.len() != half + 1 {
            return;
        }
        in_fours(Inverse { fft: self, spectrum, samples });
    }
}

struct Forward<'a> {
    fft: &'a mut RealFft,
    samples: &'a [f64],
    spectrum: &'a mut [Complex<f64>],
}

impl InFours for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        let Forward { fft, samples, spectrum } = self;
        let half = fft.transform.length();
        let (re, im) = fft.transform.input();
        for ((re, im), pair) in re.iter_mut().zip(im).zip(samples.chunks_exact(2)) {
            (*re, *im) = (pair[0], pair[1]);
        }
        let (re, im) = fft.transform.run::<V>();
        for (k, (bin, turn)) in spectrum.iter_mut().zip(fft.turns.iter()).enumerate() {
            let (here, mirror) = (if k == half { 0 } else { k }, if k == 0 { 0 } else { half - k });
            let even = Complex::new(0.5 * (re[here] + re[mirror]), 0.5 * (im[here] - im[mirror]));
            // The odd part times -i.
            let odd = Complex::new(0.5 * (im[here] + im[mirror]), -0.5 * (re[here] - re[mirror]));
            *bin = even + odd * turn;
        }
    }
}

struct Inverse<'a> {
    fft: &'a mut RealFft,
    spectrum: &'a [Complex<f64>],
    samples: &'a mut [f64],
}

impl InFours for Inverse<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        let Inverse { fft, spectrum, samples } = self;
        let half = fft.transform.length();
        let real_ends = |k: usize| {
            let bin = spectrum[k];
            if k == 0 || k == half { Complex::new(bin.re, 0.0) } else { bin }
        };
        // The inverse is the forward transform with real and imaginary parts exchanged on both sides.
        let (re, im) = fft.transform.input();
        for k in 0..half {
            let (here, mirror) = (real_ends(k), real_ends(half - k).conj());
            let odd = (here - mirror) * fft.turns[k].conj();
            let even = here + mirror;
            (im[k], re[k]) = (even.re - odd.im, even.im + odd.re);
        }
        let (re, im) = fft.transform.run::<V>();
        for ((re, im), pair) in re.iter().zip(im).zip(samples.chunks_exact_mut(2)) {
            (pair[0], pair[1]) = (*im, *re);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum_of(samples: &[f64]) -> Vec<Complex<f64>> {
        let mut fft = RealFft::new(samples.len());
        let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
        fft.forward(samples, &mut spectrum);
        spectrum
    }

    #[test]
    fn bins_match_the_definition_and_come_back() {
        for length in [2, 4, 6, 8, 10, 14, 16, 22, 26, 30, 98, 256, 420, 1050] {
            let samples: Vec<f64> = (0..length).map(|n| ((n * n * 7 + 3 * n) % 23) as f64 - 11.0).collect();
            let spectrum = spectrum_of(&samples);
            for (k, bin) in spectrum.iter().enumerate() {
                let direct = samples.iter().enumerate().map(|(n, x)| {
                    let angle = -2.0 * PI * (k * n % length) as f64 / length as f64;
                    Complex::new(x * libm::cos(angle), x * libm::sin(angle))
                });
                let direct: Complex<f64> = direct.sum();
                assert!((bin - direct).norm() < 1e-9, "{length} {k} {bin} {direct}");
            }
            let mut back = vec![0.0; length];
            RealFft::new(length).inverse(&spectrum, &mut back);
            for (back, sample) in back.iter().zip(&samples) {
                assert!((back / length as f64 - sample).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn long_transforms_keep_their_precision() {
        for length in [9408, 20_480, 32_768] {
            let tone = |n: usize| libm::sin(2.0 * PI * (1000 * n % length) as f64 / length as f64);
            let spectrum = spectrum_of(&(0..length).map(tone).collect::<Vec<f64>>());
            let noise = spectrum.iter().enumerate().filter(|(k, _)| *k != 1000).map(|(_, bin)| bin.norm());
            assert!((spectrum[1000].norm() / (0.5 * length as f64) - 1.0).abs() < 1e-14);
            // 280 dB under the tone.
            assert!(noise.fold(0.0, f64::max) < 1e-14 * 0.5 * length as f64);
        }
    }
}
