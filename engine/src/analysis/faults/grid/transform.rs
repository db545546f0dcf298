//! The transform of AAC: 1024 lines of frames of 2048, sine and Kaiser-Bessel windows (ISO/IEC 14496-3, 4.6.11). The
//! long blocks of Vorbis have the same lines at the same distance under another window, and are seen as well.

use std::f64::consts::PI;

use super::{BAND_HZ, LEAST_LINE, VIEWS, views};
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::kaiser;
use crate::unit::SampleRate;

/// Frames begin this far apart.
pub(super) const FRAME: usize = 1024;
/// Samples under a window.
const WINDOW: usize = 2 * FRAME;
/// Frames of an excerpt at each offset.
const FRAMES: usize = 2;
/// The window's alpha for long frames.
const ALPHA: f64 = 4.0;

/// The shape of the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Sine,
    Kaiser,
}

/// The transform.
pub(super) struct Transform {
    fft: RealFft,
    /// The window turned by half a line, real and imaginary.
    turned: [Vec<f64>; 2],
    /// The turn of each line that is looked at.
    turns: Vec<Complex<f64>>,
    lines: std::ops::Range<usize>,
    parts: [Vec<Complex<f64>>; 2],
}

impl Transform {
    pub(super) fn new(rate: SampleRate, shape: Shape) -> Transform {
        let fft = RealFft::new(WINDOW);
        let line = |hz: f64| (hz / (0.5 * rate.hz()) * FRAME as f64) as usize;
        let lines = line(BAND_HZ.0)..line(BAND_HZ.1).min(FRAME);
        let window = window(shape);
        let turned = |of: fn(f64) -> f64| {
            window.iter().enumerate().map(|(n, weight)| weight * of(PI * n as f64 / WINDOW as f64)).collect()
        };
        // cos(2 pi / N (n + n0) (k + 1/2)), n0 = N / 4 + 1/2.
        let start = 0.25 * WINDOW as f64 + 0.5;
        let turn = |k: usize| {
            let angle = 2.0 * PI / WINDOW as f64 * start * (k as f64 + 0.5);
            Complex::new(libm::cos(angle), -libm::sin(angle))
        };
        let parts = [0; 2].map(|_| vec![Complex::new(0.0, 0.0); fft.bins()]);
        Transform {
            turned: [turned(libm::cos), turned(libm::sin)],
            turns: lines.clone().map(turn).collect(),
            lines,
            parts,
            fft,
        }
    }

    /// The lines of a frame.
    fn lines(&mut self, frame: &[f64], lines: &mut Vec<f64>) {
        let mut product = vec![0.0; WINDOW];
        for (turned, part) in self.turned.iter().zip(&mut self.parts) {
            for ((product, sample), weight) in product.iter_mut().zip(frame).zip(turned) {
                *product = sample * weight;
            }
            self.fft.forward(&product, part);
        }
        lines.clear();
        let [real, imaginary] = &self.parts;
        lines.extend(self.lines.clone().zip(&self.turns).map(|(k, turn)| {
            // The real part less i times the imaginary one, turned.
            let value = Complex::new(real[k].re + imaginary[k].im, real[k].im - imaginary[k].re);
            value.re * turn.re - value.im * turn.im
        }));
    }

    /// Adds the mean logarithm of the lines of every offset to the scores of the views; `start` is the frame of the
    /// file that the channels begin at.
    pub(super) fn score(&mut self, start: u64, channels: &[Vec<f64>; 2], scores: &mut [Vec<f64>; VIEWS]) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for first in 0..FRAME {
            let offset = ((start + first as u64) % FRAME as u64) as usize;
            for frame in 0..FRAMES {
                let range = first + frame * FRAME..first + frame * FRAME + WINDOW;
                self.lines(&channels[0][range.clone()], &mut left);
                self.lines(&channels[1][range], &mut right);
                let mut sums = [0.0; VIEWS];
                for (left, right) in left.iter().zip(&right) {
                    for (sum, line) in sums.iter_mut().zip(views(*left, *right)) {
                        *sum += libm::log(line * line + LEAST_LINE);
                    }
                }
                for (scores, sum) in scores.iter_mut().zip(sums) {
                    scores[offset] += sum / left.len().max(1) as f64;
                }
            }
        }
    }
}

fn window(shape: Shape) -> Vec<f64> {
    let half: Vec<f64> = match shape {
        Shape::Sine => (0..FRAME).map(|n| libm::sin(PI * (n as f64 + 0.5) / WINDOW as f64)).collect(),
        Shape::Kaiser => {
            let weight = |n: usize| kaiser(2.0 * n as f64 / FRAME as f64 - 1.0, PI * ALPHA);
            let weights: Vec<f64> = (0..=FRAME).map(weight).collect();
            let whole: f64 = weights.iter().sum();
            let mut sum = 0.0;
            weights[..FRAME]
                .iter()
                .map(|weight| {
                    sum += weight;
                    (sum / whole).sqrt()
                })
                .collect()
        }
    };
    half.iter().chain(half.iter().rev()).copied().collect()
}

/// A signal through the transform with its small lines taken out, frames beginning at zero: what a test encodes.
#[cfg(test)]
pub(super) fn coded(samples: &[f64], shape: Shape) -> Vec<f64> {
    let window = window(shape);
    let mut out = vec![0.0; samples.len()];
    let start = 0.25 * WINDOW as f64 + 0.5;
    let mut transform = Transform::new(SampleRate(44_100), shape);
    transform.lines = 0..FRAME;
    let angle = |k: usize| 2.0 * PI / WINDOW as f64 * start * (k as f64 + 0.5);
    transform.turns = (0..FRAME).map(|k| Complex::new(libm::cos(angle(k)), -libm::sin(angle(k)))).collect();
    let table: Vec<f64> = (0..4 * WINDOW).map(|n| libm::cos(0.5 * PI * n as f64 / WINDOW as f64)).collect();
    let mut lines = Vec::new();
    for frame in (0..samples.len() - WINDOW).step_by(FRAME) {
        transform.lines(&samples[frame..frame + WINDOW], &mut lines);
        let loud = lines.iter().map(|line| line * line).sum::<f64>() / FRAME as f64;
        lines.iter_mut().for_each(|line| *line = if *line * *line < 0.3 * loud { 0.0 } else { *line });
        for n in 0..WINDOW {
            // (n + n0) (k + 1/2) in quarters of the turns the table holds.
            let phase = |k: usize| table[(2 * n + FRAME + 1) * (2 * k + 1) % table.len()];
            let sum: f64 = lines.iter().enumerate().map(|(k, line)| line * phase(k)).sum();
            out[frame + n] += 2.0 / FRAME as f64 * 0.5 * window[n] * sum;
        }
    }
    out
}
