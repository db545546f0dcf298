//! What of a sound is in step with a course: its harmonics at 0 Hz, and how far they stand out of what lies beside them.

use std::f64::consts::PI;
use std::ops::Range;

use super::super::{Error, Job};
use super::course::Course;
use super::unit;
use crate::dsp::fft::Complex;
use crate::dsp::window::{blackman_harris, hann};

/// Values of a harmonic per second, about: its neighbourhood to 10 Hz.
const VALUES_HZ: f64 = 25.0;
/// A value's window is this many values long: what folds lies 92 dB down.
const WINDOW_VALUES: usize = 8;
/// The sound is brought to this many samples per period of the highest harmonic that is asked.
const SAMPLES_PER_PERIOD: f64 = 4.0;
/// Length of the filter before that, in samples it gives.
const FILTER_SAMPLES: usize = 8;
/// Beyond what the hum can reach, what stands there without hum is asked for this far beside a harmonic, in hertz.
const BESIDE_HZ: [f64; 4] = [0.8, 1.3, 1.9, 2.6];
/// The share of the fundamental that its course can be away from where it is looked for.
const FREE: f64 = 0.0055;
/// The share of the points that may be quieter than hum is taken to be, and how much more than that counts.
const MOSTLY: f64 = 0.4;
const TIMES: f64 = 6.0;
/// The power of silence.
const LEAST: f64 = 1e-20;

/// How a source is looked at.
pub struct Sight {
    rate_hz: f64,
    nominal: f64,
    harmonics: usize,
    /// Frames of the source for one sample.
    factor: usize,
    /// Low-pass before samples are left out.
    filter: Vec<f64>,
    /// Samples from one value to the next.
    hop: usize,
    /// A value's window.
    window: Vec<f64>,
    /// Values from one point to the next.
    values: usize,
}

impl Sight {
    pub fn new(rate_hz: f64, nominal: f64, harmonics: usize, spacing_s: f64) -> Sight {
        let wanted_hz = (SAMPLES_PER_PERIOD * nominal * harmonics as f64).max(20.0 * VALUES_HZ);
        let factor = ((rate_hz / wanted_hz) as usize).max(1);
        let hop = ((rate_hz / factor as f64 / VALUES_HZ).round() as usize).max(1);
        let values = (spacing_s * rate_hz / (factor * hop) as f64).round() as usize;
        let summing_to_one = |mut window: Vec<f64>| {
            let sum: f64 = window.iter().sum();
            window.iter_mut().for_each(|weight| *weight /= sum);
            window
        };
        let window = summing_to_one(blackman_harris(WINDOW_VALUES * hop));
        let filter = summing_to_one(low_pass(factor));
        Sight { rate_hz, nominal, harmonics, factor, filter, hop, window, values }
    }

    /// Frames from one point to the next.
    pub fn spacing(&self) -> f64 {
        (self.values * self.hop * self.factor) as f64
    }

    /// For each of the points what hum would gain at these offsets of the fundamental from the course, in hertz.
    pub fn scores(
        &self,
        job: &mut Job<'_>,
        course: &Course,
        points: Range<usize>,
        window_s: f64,
        offsets: &[f64],
    ) -> Result<Vec<Vec<f64>>, Error> {
        let value_hz = self.rate_hz / (self.hop * self.factor) as f64;
        let half = (0.5 * window_s * value_hz) as usize;
        let weights = hann(2 * half);
        let first = (points.start * self.values) as i64 - half as i64;
        let count = (points.len() - 1) * self.values + 2 * half;
        let mut scores = vec![vec![0.0; offsets.len()]; points.len()];
        for channel in job.task.channels.clone() {
            let sound = self.lowered(job, channel, first, count)?;
            let harmonics = self.harmonics_of(&sound, course, first, count);
            for (k, values) in harmonics.iter().enumerate() {
                let part = |index: usize| &values[index * self.values..index * self.values + 2 * half];
                let look = |index: usize| self.look(part(index), &weights, (k + 1) as f64, value_hz, offsets);
                weigh(&(0..points.len()).map(look).collect::<Vec<Look>>(), &mut scores);
            }
        }
        Ok(scores)
    }

    /// Samples of a channel at the lower rate, enough for values `first..first + count`.
    fn lowered(&self, job: &mut Job<'_>, channel: usize, first: i64, count: usize) -> Result<Vec<f64>, Error> {
        let samples = (count + WINDOW_VALUES) * self.hop;
        let from = (first - WINDOW_VALUES as i64 / 2) * (self.hop * self.factor) as i64 - self.filter.len() as i64 / 2;
        let start = job.task.span.start as i64 + from;
        let sound = job.read_channel(channel, start, samples * self.factor + self.filter.len())?;
        let one = |sample: usize| {
            let part = &sound[sample * self.factor..sample * self.factor + self.filter.len()];
            part.iter().zip(&self.filter).map(|(sample, weight)| sample * weight).sum()
        };
        Ok((0..samples).map(one).collect())
    }

    /// Values of every harmonic, turned back along the course.
    fn harmonics_of(&self, sound: &[f64], course: &Course, first: i64, count: usize) -> Vec<Vec<Complex<f64>>> {
        let from = (first - WINDOW_VALUES as i64 / 2) * self.hop as i64;
        let frame = |sample: usize| ((from + sample as i64) * self.factor as i64) as f64;
        let steps: Vec<Complex<f64>> = (0..sound.len()).map(|n| unit(course.phase(frame(n))).conj()).collect();
        let mut turned: Vec<Complex<f64>> = sound.iter().map(|sample| Complex::new(*sample, 0.0)).collect();
        let mut harmonics = Vec::with_capacity(self.harmonics);
        for _ in 0..self.harmonics {
            turned.iter_mut().zip(&steps).for_each(|(value, step)| *value *= step);
            let value = |index: usize| {
                let part = &turned[index * self.hop..index * self.hop + self.window.len()];
                let sum = |a: Complex<f64>, (value, weight): (&Complex<f64>, &f64)| a + value * *weight;
                part.iter().zip(&self.window).fold(Complex::new(0.0, 0.0), sum)
            };
            harmonics.push((0..count).map(value).collect());
        }
        harmonics
    }

    /// What one harmonic holds around one point.
    fn look(&self, values: &[Complex<f64>], weights: &[f64], k: f64, value_hz: f64, offsets: &[f64]) -> Look {
        let free = k * FREE * self.nominal;
        let seen = |hertz: f64| {
            let response = self.response(hertz);
            power(values, weights, hertz / value_hz) / (response * response)
        };
        let mut beside: Vec<f64> =
            BESIDE_HZ.iter().flat_map(|hertz| [seen(-free - hertz), seen(free + hertz)]).collect();
        beside.sort_by(f64::total_cmp);
        let middle = beside.len() / 2;
        let floor = 0.5 * (beside[middle - 1] + beside[middle]) + LEAST;
        Look { powers: offsets.iter().map(|offset| seen(k * offset)).collect(), floor }
    }

    /// What a value's window leaves of a tone this far from 0 Hz.
    fn response(&self, hertz: f64) -> f64 {
        // Blackman-Harris by its four cosines: each moves the kernel of no window to either side.
        const COSINES: [f64; 4] = [0.358_75, 0.488_29, 0.141_28, 0.011_68];
        let at = hertz * (self.window.len() * self.factor) as f64 / self.rate_hz;
        let kernel = |x: f64| if x.abs() < 1e-9 { 1.0 } else { libm::sin(PI * x) / (PI * x) };
        let pair = |n: usize| 0.5 * COSINES[n] * (kernel(at - n as f64) + kernel(at + n as f64));
        let sum = COSINES[0] * kernel(at) + (1..COSINES.len()).map(pair).sum::<f64>();
        (sum / COSINES[0]).abs().max(1e-3)
    }
}

/// One harmonic around one point.
struct Look {
    /// Power at each offset.
    powers: Vec<f64>,
    /// Power of what stands beside it.
    floor: f64,
}

/// Adds what one harmonic says at all points. Hum is there all the time: what is much stronger now than it is mostly is music and
/// counts no more than the hum that may be in it.
fn weigh(looks: &[Look], scores: &mut [Vec<f64>]) {
    let count = looks.first().map_or(0, |look| look.powers.len());
    for column in 0..count {
        let mut sorted: Vec<f64> = looks.iter().map(|look| look.powers[column]).collect();
        sorted.sort_by(f64::total_cmp);
        let steady = TIMES * sorted[(MOSTLY * sorted.len() as f64) as usize];
        for (look, scores) in looks.iter().zip(scores.iter_mut()) {
            scores[column] += libm::log(1.0 + look.powers[column].min(steady) / look.floor);
        }
    }
}

/// The power of a tone at `turns` per value.
fn power(values: &[Complex<f64>], weights: &[f64], turns: f64) -> f64 {
    let step = unit(-turns);
    let mut now = Complex::new(1.0, 0.0);
    let mut sum = Complex::new(0.0, 0.0);
    for (value, weight) in values.iter().zip(weights) {
        sum += value * now * *weight;
        now *= step;
    }
    sum.norm_sqr()
}

/// A windowed sinc for leaving out all but one of `factor` samples.
fn low_pass(factor: usize) -> Vec<f64> {
    if factor == 1 {
        return vec![1.0];
    }
    let length = FILTER_SAMPLES * factor;
    // Of an even length its middle lies on a sample: the window's first weight is (nearly) nothing.
    let cut = 0.7 / factor as f64;
    let sinc = |n: usize| {
        let x = PI * cut * (n as f64 - 0.5 * length as f64);
        if x == 0.0 { 1.0 } else { libm::sin(x) / x }
    };
    blackman_harris(length).into_iter().enumerate().map(|(n, weight)| weight * sinc(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_that_of_the_window() {
        let sight = Sight::new(44_100.0, 50.0, 10, 1.0);
        let sampled = |hertz: f64| {
            let turn = hertz * sight.factor as f64 / 44_100.0;
            let sum = sight.window.iter().enumerate().map(|(n, weight)| unit(turn * n as f64) * *weight);
            sum.fold(Complex::new(0.0, 0.0), |a, b| a + b).norm()
        };
        for hertz in [0.0, 0.7, 2.5, 4.0, 6.5] {
            let (stated, is) = (sight.response(hertz), sampled(hertz));
            assert!((stated - is).abs() < 0.01, "{hertz} {stated} {is}");
        }
        assert!((sight.spacing() / 44_100.0 - 1.0).abs() < 0.03);
    }
}
