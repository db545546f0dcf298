//! Exact tones, and how well something is one.

use std::f64::consts::TAU;

/// The angle of frame `n` of a tone of whole millihertz, without loss of digits however late the frame.
pub fn angle(rate: u32, millihertz: u64, n: usize) -> f64 {
    let turn = u128::from(rate) * 1000;
    let place = (n as u128 * u128::from(millihertz)) % turn;
    TAU * (place as f64 / turn as f64)
}

/// A sine of `hz` (to a millihertz).
pub fn sine(rate: u32, hz: f64, level: f64, frames: usize) -> Vec<f64> {
    let millihertz = (hz * 1000.0).round() as u64;
    (0..frames).map(|n| level * libm::sin(angle(rate, millihertz, n))).collect()
}

/// Fades both ends over `frames` by a raised cosine.
pub fn fade(samples: &mut [f64], frames: usize) {
    let length = samples.len();
    for n in 0..frames.min(length / 2) {
        let share = 0.5 - 0.5 * libm::cos(std::f64::consts::PI * n as f64 / frames as f64);
        samples[n] *= share;
        samples[length - 1 - n] *= share;
    }
}

/// The best sine of a frequency through samples.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    /// Amplitude.
    pub level: f64,
    /// Angle at the frame counted as 0, of a sine.
    pub phase: f64,
    /// RMS of what is left.
    pub rest: f64,
}

impl Fit {
    /// Fits sine, cosine and a constant to `samples`, the first of which is frame `start`.
    pub fn of(samples: &[f64], rate: u32, hz: f64, start: usize) -> Fit {
        let millihertz = (hz * 1000.0).round() as u64;
        let basis = |n: usize| {
            let angle = angle(rate, millihertz, start + n);
            [libm::sin(angle), libm::cos(angle), 1.0]
        };
        let mut rest = samples.to_vec();
        let mut found = [0.0; 3];
        // The second round takes away the rounding of the first.
        for _ in 0..2 {
            let (mut matrix, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
            for (n, sample) in rest.iter().enumerate() {
                let basis = basis(n);
                for row in 0..3 {
                    for column in 0..3 {
                        matrix[row][column] += basis[row] * basis[column];
                    }
                    right[row] += basis[row] * sample;
                }
            }
            let step = solved(matrix, right);
            for (n, sample) in rest.iter_mut().enumerate() {
                let basis = basis(n);
                *sample -= step[0] * basis[0] + step[1] * basis[1] + step[2] * basis[2];
            }
            (0..3).for_each(|index| found[index] += step[index]);
        }
        Fit { level: libm::hypot(found[0], found[1]), phase: libm::atan2(found[1], found[0]), rest: rms(&rest) }
    }

    /// Everything that is not the sine against it, in dB (THD+N).
    pub fn distortion_db(&self) -> f64 {
        db(self.rest * 2f64.sqrt() / self.level)
    }
}

fn solved(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for pivot in 0..3 {
        for row in pivot + 1..3 {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            for column in pivot..3 {
                matrix[row][column] -= factor * matrix[pivot][column];
            }
            right[row] -= factor * right[pivot];
        }
    }
    let mut result = [0.0; 3];
    for row in (0..3).rev() {
        let known: f64 = (row + 1..3).map(|column| matrix[row][column] * result[column]).sum();
        result[row] = (right[row] - known) / matrix[row][row];
    }
    result
}

/// Root of the mean square.
pub fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

/// Decibels of an amplitude, at least -400.
pub fn db(amplitude: f64) -> f64 {
    20.0 * libm::log10(amplitude.abs().max(1e-20))
}

/// The amplitude of decibels.
pub fn amplitude(db: f64) -> f64 {
    libm::pow(10.0, db / 20.0)
}
