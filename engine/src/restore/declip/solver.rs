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
/// How far an iteration is carried on (FISTA with a fixed momentum).
const MOMENTUM: f64 = 0.9;
/// Frames whose power is held while a frame is shrunk: its own and one on either side.
const HELD: usize = 3;

/// How hard a solution is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The threshold falls from this share of the largest coefficient to the other.
    pub lambda: (f64, f64),
    /// Thresholds.
    pub steps: usize,
    /// Iterations at each.
    pub inner: usize,
}

impl Effort {
    /// Twice the iterations gain 0.2 dB on music.
    pub const FULL: Effort = Effort { lambda: (1e-1, 1e-4), steps: 20, inner: 5 };
    /// To hear what it will be like.
    pub const PREVIEW: Effort = Effort { lambda: (3e-2, 1e-4), steps: 10, inner: 5 };
}

/// Solves stretches of one channel.
pub struct Solver {
    window: Vec<f64>,
    fft: RealFft,
    frame: Vec<f64>,
    effort: Effort,
}

impl Solver {
    /// A solver with windows of `length` samples.
    pub fn new(length: usize, effort: Effort) -> Solver {
        // The square root of Hann on both sides; overlapped four times they sum to 2. The transform's scale is in it, so that
        // analysis and synthesis are each other's adjoint.
        let scale = 1.0 / (length as f64).sqrt();
        let window = hann(length).into_iter().map(|weight| scale * (0.5 * weight).sqrt()).collect();
        Solver { window, fft: RealFft::new(length), frame: vec![0.0; length], effort }
    }

    /// The samples with the clipped ones put back; `None` where it was stopped.
    pub fn solve(&mut self, samples: &[f64], ways: &[Way], cancel: &AtomicBool) -> Option<Vec<f64>> {
        let length = self.window.len();
        let hop = length / OVERLAP;
        let frames = samples.len().div_ceil(hop) + OVERLAP - 1;
        let bins = self.fft.bins();
        let mut z = vec![Complex::new(0.0, 0.0); frames * bins];
        let inside = length - hop..length - hop + samples.len();
        let mut sound = vec![0.0; (frames + OVERLAP - 1) * hop];
        sound[inside.clone()].copy_from_slice(samples);
        for (index, spectrum) in z.chunks_exact_mut(bins).enumerate() {
            self.analyse(&sound[index * hop..], spectrum);
        }
        let largest = z.iter().map(|bin| bin.norm_sqr()).fold(0.0, f64::max).sqrt();
        // From the clipped sound itself: from nothing the first step would be carried on to nearly twice the sound, and where
        // samples were cut nothing holds it back.
        let mut zo = z.clone();
        let mut ring = Ring::new(bins);
        let Effort { lambda: (first, last), steps, inner } = self.effort;
        for step in 0..steps {
            let place = step as f64 / (steps - 1).max(1) as f64;
            let lambda = largest * first * libm::pow(last / first, place);
            for _ in 0..inner {
                if cancel.load(Ordering::Relaxed) {
                    return None;
                }
                self.synthesise(&zo, &mut sound);
                sound[..inside.start].fill(0.0);
                sound[inside.end..].fill(0.0);
                residual(samples, ways, &mut sound[inside.clone()]);
                self.improve(&sound, lambda * lambda, &mut z, &mut zo, &mut ring);
            }
        }
        self.synthesise(&z, &mut sound);
        Some(consistent(samples, ways, &sound[inside]))
    }

    /// One iteration: the spectra of what is left are added, everything is shrunk by its neighbourhood and carried on.
    fn improve(
        &mut self,
        rest: &[f64],
        threshold: f64,
        z: &mut [Complex<f64>],
        zo: &mut [Complex<f64>],
        ring: &mut Ring,
    ) {
        let (bins, hop) = (self.fft.bins(), self.window.len() / OVERLAP);
        let frames = z.len() / bins;
        ring.clear();
        for frame in 0..=frames {
            if frame < frames {
                let held = &mut ring.spectra[frame % HELD];
                self.analyse(&rest[frame * hop..], held);
                held.iter_mut().zip(&zo[frame * bins..]).for_each(|(sum, bin)| *sum += bin);
                powers(held, &mut ring.powers[frame % HELD]);
            } else {
                ring.powers[frame % HELD].fill(0.0);
            }
            if let Some(before) = frame.checked_sub(1) {
                let part = before * bins..(before + 1) * bins;
                ring.shrink(before, threshold, &mut z[part.clone()], &mut zo[part]);
            }
        }
    }

    /// The windowed spectrum of the sound's beginning.
    fn analyse(&mut self, sound: &[f64], spectrum: &mut [Complex<f64>]) {
        for ((sample, weight), source) in self.frame.iter_mut().zip(&self.window).zip(sound) {
            *sample = weight * source;
        }
        self.fft.forward(&self.frame, spectrum);
    }

    fn synthesise(&mut self, spectra: &[Complex<f64>], out: &mut [f64]) {
        let hop = self.window.len() / OVERLAP;
        out.fill(0.0);
        for (index, spectrum) in spectra.chunks_exact(self.fft.bins()).enumerate() {
            self.fft.inverse(spectrum, &mut self.frame);
            for ((sample, weight), target) in self.frame.iter().zip(&self.window).zip(&mut out[index * hop..]) {
                *target += weight * sample;
            }
        }
    }
}

/// The frames around the one that is shrunk.
struct Ring {
    spectra: [Vec<Complex<f64>>; HELD],
    /// Powers summed over three bins.
    powers: [Vec<f64>; HELD],
}

impl Ring {
    fn new(bins: usize) -> Ring {
        let spectrum = || vec![Complex::new(0.0, 0.0); bins];
        Ring { spectra: std::array::from_fn(|_| spectrum()), powers: std::array::from_fn(|_| vec![0.0; bins]) }
    }

    fn clear(&mut self) {
        self.powers.iter_mut().for_each(|powers| powers.fill(0.0));
    }

    /// Shrinks every coefficient of a frame by the mean power of its neighbourhood of three frames and three bins, and
    /// carries the step on.
    fn shrink(&self, frame: usize, threshold: f64, z: &mut [Complex<f64>], zo: &mut [Complex<f64>]) {
        let [before, here, after] = [HELD - 1, 0, 1].map(|offset| &self.powers[(frame + offset) % HELD][..]);
        let spectrum = &self.spectra[frame % HELD];
        let means = before.iter().zip(here).zip(after).map(|((a, b), c)| (a + b + c) / 9.0);
        for (((mean, bin), z), zo) in means.zip(spectrum).zip(z).zip(zo) {
            let new = bin * (1.0 - threshold / mean.max(threshold));
            *zo = new + (new - *z) * MOMENTUM;
            *z = new;
        }
    }
}

/// Powers summed over each bin and its neighbours.
fn powers(spectrum: &[Complex<f64>], sums: &mut [f64]) {
    let last = spectrum.len() - 1;
    for (sum, three) in sums[1..last].iter_mut().zip(spectrum.windows(3)) {
        *sum = three[0].norm_sqr() + three[1].norm_sqr() + three[2].norm_sqr();
    }
    sums[0] = spectrum[0].norm_sqr() + spectrum[1].norm_sqr();
    sums[last] = spectrum[last - 1].norm_sqr() + spectrum[last].norm_sqr();
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

/// The estimate where samples were cut, on the right side of the cut; the samples everywhere else.
fn consistent(samples: &[f64], ways: &[Way], estimate: &[f64]) -> Vec<f64> {
    let one = |((sample, way), estimate): ((&f64, &Way), &f64)| match way {
        Way::Kept => *sample,
        Way::High => estimate.max(*sample),
        Way::Low => estimate.min(*sample),
    };
    samples.iter().zip(ways).zip(estimate).map(one).collect()
}
