//! The sparse solution that agrees with the samples.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;

/// What is known of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Itself.
    Kept,
    /// It was at least this high.
    High,
    /// It was at most this.
    Low,
}

/// Windows overlap by three quarters.
const OVERLAP: usize = 4;
/// The threshold falls from this share of the largest coefficient to this one.
const LAMBDA: (f64, f64) = (1e-1, 1e-4);
/// For a preview: half the steps, from here.
const PREVIEW_LAMBDA: f64 = 3e-2;
const STEPS: usize = 20;
const PREVIEW_STEPS: usize = 10;
/// Iterations at each threshold.
const INNER: usize = 10;
/// How far an iteration is carried on (FISTA with a fixed momentum).
const MOMENTUM: f64 = 0.9;

/// Solves stretches of one channel.
pub struct Solver {
    window: Vec<f64>,
    fft: RealFft,
    frame: Vec<f64>,
    steps: usize,
    first: f64,
}

impl Solver {
    /// A solver with windows of `length` samples.
    pub fn new(length: usize, preview: bool) -> Solver {
        // The square root of Hann on both sides; overlapped four times they sum to 2.
        let window = hann(length).into_iter().map(|weight| (0.5 * weight).sqrt()).collect();
        let (steps, first) = if preview { (PREVIEW_STEPS, PREVIEW_LAMBDA) } else { (STEPS, LAMBDA.0) };
        Solver { window, fft: RealFft::new(length), frame: vec![0.0; length], steps, first }
    }

    /// The samples with the clipped ones put back; `None` where it was stopped.
    pub fn solve(&mut self, samples: &[f64], ways: &[Way], cancel: &AtomicBool) -> Option<Vec<f64>> {
        let length = self.window.len();
        let hop = length / OVERLAP;
        let frames = samples.len().div_ceil(hop) + OVERLAP - 1;
        let zero = || vec![Complex::new(0.0, 0.0); frames * self.fft.bins()];
        let (mut z, mut zo, mut v) = (zero(), zero(), zero());
        let inside = length - hop..length - hop + samples.len();
        let mut sound = vec![0.0; (frames + OVERLAP - 1) * hop];
        sound[inside.clone()].copy_from_slice(samples);
        self.add_analysis(&sound, &mut v);
        let largest = v.iter().map(|bin| bin.norm_sqr()).fold(0.0, f64::max).sqrt();
        // From the clipped sound itself: from nothing the first step would be carried on to nearly twice the sound, and where
        // samples were cut nothing holds it back.
        z.copy_from_slice(&v);
        zo.copy_from_slice(&v);
        for step in 0..self.steps {
            let place = step as f64 / (self.steps - 1) as f64;
            let lambda = largest * self.first * libm::pow(LAMBDA.1 / self.first, place);
            for _ in 0..INNER {
                if cancel.load(Ordering::Relaxed) {
                    return None;
                }
                self.synthesise(&zo, &mut sound);
                sound[..inside.start].fill(0.0);
                sound[inside.end..].fill(0.0);
                residual(samples, ways, &mut sound[inside.clone()]);
                v.copy_from_slice(&zo);
                self.add_analysis(&sound, &mut v);
                shrink(&v, lambda * lambda, &mut z, &mut zo, self.fft.bins());
            }
        }
        self.synthesise(&z, &mut sound);
        Some(consistent(samples, ways, &sound[inside]))
    }

    /// Adds windowed spectra, scaled so that analysis and synthesis are each other's adjoint.
    fn add_analysis(&mut self, sound: &[f64], out: &mut [Complex<f64>]) {
        let hop = self.window.len() / OVERLAP;
        let scale = 1.0 / (self.window.len() as f64).sqrt();
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
        for (index, sums) in out.chunks_exact_mut(spectrum.len()).enumerate() {
            for ((sample, weight), source) in self.frame.iter_mut().zip(&self.window).zip(&sound[index * hop..]) {
                *sample = weight * source * scale;
            }
            self.fft.forward(&self.frame, &mut spectrum);
            sums.iter_mut().zip(&spectrum).for_each(|(sum, bin)| *sum += bin);
        }
    }

    fn synthesise(&mut self, spectra: &[Complex<f64>], out: &mut [f64]) {
        let hop = self.window.len() / OVERLAP;
        let scale = 1.0 / (self.window.len() as f64).sqrt();
        out.fill(0.0);
        for (index, spectrum) in spectra.chunks_exact(self.fft.bins()).enumerate() {
            self.fft.inverse(spectrum, &mut self.frame);
            for ((sample, weight), target) in self.frame.iter().zip(&self.window).zip(&mut out[index * hop..]) {
                *target += weight * sample * scale;
            }
        }
    }
}

/// What the samples say against an estimate, in its place: everything where they were kept, and where they were cut only
/// what lies on the wrong side.
fn residual(samples: &[f64], ways: &[Way], estimate: &mut [f64]) {
    for ((estimate, sample), way) in estimate.iter_mut().zip(samples).zip(ways) {
        let rest = sample - *estimate;
        *estimate = match way {
            Way::Kept => rest,
            Way::High => rest.max(0.0),
            Way::Low => rest.min(0.0),
        };
    }
}

/// Shrinks every coefficient by the mean power of its neighbourhood of three frames and three bins, and carries the step
/// on.
fn shrink(v: &[Complex<f64>], threshold: f64, z: &mut [Complex<f64>], zo: &mut [Complex<f64>], bins: usize) {
    // Power summed over three bins, frame by frame.
    let mut power = vec![0.0; v.len()];
    for (spectrum, sums) in v.chunks_exact(bins).zip(power.chunks_exact_mut(bins)) {
        let mut before = 0.0;
        let mut here = spectrum[0].norm_sqr();
        for (bin, sum) in sums.iter_mut().enumerate() {
            let next = spectrum.get(bin + 1).map_or(0.0, |next| next.norm_sqr());
            *sum = before + here + next;
            (before, here) = (here, next);
        }
    }
    let frames = v.len() / bins;
    for frame in 0..frames {
        let first = frame * bins;
        for bin in first..first + bins {
            let before = if frame > 0 { power[bin - bins] } else { 0.0 };
            let after = if frame + 1 < frames { power[bin + bins] } else { 0.0 };
            let mean = (before + power[bin] + after) / 9.0;
            let share = if mean > threshold { 1.0 - threshold / mean } else { 0.0 };
            let new = v[bin] * share;
            zo[bin] = new + (new - z[bin]) * MOMENTUM;
            z[bin] = new;
        }
    }
}

/// The estimate where samples were cut, on the right side of the cut; the samples everywhere else.
fn consistent(samples: &[f64], ways: &[Way], estimate: &[f64]) -> Vec<f64> {
    let one = |((sample, way), estimate): ((&f64, &Way), &f64)| match way {
        Way::Kept => *sample,
        Way::High => estimate.max(*sample),
        Way::Low => estimate.min(*sample),
    };
    samples.iter().zip(ways).zip(estimate).map(one).collect()
}
