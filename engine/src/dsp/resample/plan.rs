use std::ops::Range;

use super::{Filter, Phase, Ratio, ResampleError, Steepness, phase};
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::{kaiser, kaiser_beta, sinc};
use crate::unit::SampleRate;

/// Depth of the stop band in dB: below the rounding of 64-bit floats after the transforms.
const ATTENUATION_DB: f64 = 220.0;
/// A block is at least this many filters long, so that little of it is overlap.
const FILTERS_PER_BLOCK: u64 = 5;
/// Shortest larger transform: below this, overhead outweighs the cache.
const SHORTEST_TRANSFORM: u64 = 8192;
/// Largest prime factor of a transform (44.056 kHz has 5507): a larger one would take longer than the music.
const LARGEST_PRIME: u64 = 8191;
/// Longest transform: rates that need more have nothing in common.
const LONGEST_TRANSFORM: u64 = 1 << 20;

/// Input frames from (which may be negative: silence before the start) and to.
pub type Span = Range<i64>;

/// Half the filter's length without its middle, in input frames, after Kaiser's formula.
pub(super) fn half_length(from: SampleRate, to: SampleRate, steepness: Steepness) -> u64 {
    let nyquist = 0.5 * from.hz().min(to.hz());
    let transition = nyquist - steepness.pass_edge(from, to).0;
    let length = libm::ceil((ATTENUATION_DB - 7.95) * from.hz() / (14.36 * transition)) as u64;
    length / 2
}

/// Sizes and response of one conversion, shared by its clones.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) ratio: Ratio,
    /// Transform sizes in frames.
    pub(super) input_length: usize,
    pub(super) output_length: usize,
    /// Units (of `ratio.from` input or `ratio.to` output frames) that overlap on each side, and that a block advances.
    pub(super) edge: u64,
    pub(super) hop: u64,
    response: Response,
}

/// The filter at the bins below the lower Nyquist frequency, with the scale of the transforms.
#[derive(Debug)]
enum Response {
    /// Of linear phase around frame 0: real.
    Linear(Vec<f64>),
    Turned(Vec<Complex<f64>>),
}

impl Plan {
    pub(super) fn new(from: SampleRate, to: SampleRate, filter: Filter) -> Result<Plan, ResampleError> {
        let ratio = Ratio::new(from, to)?;
        let steepness = filter.steepness;
        let length = half_length(from, to, steepness);
        // A turned filter reaches to one side as far as a linear one to both.
        let half = if filter.phase == Phase::Linear { length } else { 2 * length };
        let longer = ratio.from.max(ratio.to);
        let edge = half.div_ceil(ratio.from);
        let mut units = (4 * edge).next_power_of_two();
        while units * ratio.from < FILTERS_PER_BLOCK * (2 * half + 1) || units * longer < SHORTEST_TRANSFORM {
            units *= 2;
        }
        let prime = largest_prime(ratio.from).max(largest_prime(ratio.to));
        if units * longer > LONGEST_TRANSFORM || prime > LARGEST_PRIME {
            return Err(ResampleError::Ratio { from, to });
        }
        let input_length = (units * ratio.from) as usize;
        let output_length = (units * ratio.to) as usize;
        let bins = input_length.min(output_length) / 2;
        let response = match filter.phase {
            Phase::Linear => {
                let taps = prototype(from, from, to, steepness, length as usize);
                let circle = circle(&taps, input_length);
                Response::Linear(transformed(&circle, input_length)[..bins].iter().map(|bin| bin.re).collect())
            }
            turned => {
                // Causal on the finer grid: on the coarser one the filter would still ring between its frames.
                let (rate, frames, unit) =
                    if from > to { (from, input_length, ratio.from) } else { (to, output_length, ratio.to) };
                let half = (length * unit / ratio.from) as usize;
                let taps = prototype(rate, from, to, steepness, half);
                let reach = (edge * unit) as usize;
                let circle = phase::turned(&taps, reach.min(frames / 2 - 1), frames, turned.share(), rate);
                Response::Turned(transformed(&circle, input_length)[..bins].to_vec())
            }
        };
        Ok(Plan { ratio, input_length, output_length, edge, hop: units - 2 * edge, response })
    }

    /// Output frames of a block.
    pub(super) fn hop_output(&self) -> usize {
        (self.hop * self.ratio.to) as usize
    }

    /// Input frames a block advances.
    pub(super) fn hop_input(&self) -> usize {
        (self.hop * self.ratio.from) as usize
    }

    /// Where a block's output begins in the transform.
    pub(super) fn edge_output(&self) -> usize {
        (self.edge * self.ratio.to) as usize
    }

    /// The input frames of block `index`.
    pub(super) fn input_span(&self, index: u64) -> Span {
        let start = (index as i64 * self.hop as i64 - self.edge as i64) * self.ratio.from as i64;
        start..start + self.input_length as i64
    }
}

fn largest_prime(mut number: u64) -> u64 {
    let mut prime = 2;
    while prime * prime <= number {
        if number.is_multiple_of(prime) {
            number /= prime;
        } else {
            prime += 1;
        }
    }
    number
}

/// The linear-phase filter of this half length from its middle on, at `rate`, with a gain of one at 0 Hz.
fn prototype(rate: SampleRate, from: SampleRate, to: SampleRate, steepness: Steepness, half: usize) -> Vec<f64> {
    let nyquist = 0.5 * from.hz().min(to.hz());
    let cut = (steepness.pass_edge(from, to).0 + nyquist) / rate.hz();
    let beta = kaiser_beta(ATTENUATION_DB);
    let mut taps: Vec<f64> = (0..=half).map(|m| sinc(cut * m as f64) * kaiser(m as f64 / half as f64, beta)).collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// A linear-phase filter around frame 0: its left half at the end of the circle.
pub(super) fn circle(taps: &[f64], length: usize) -> Vec<f64> {
    let mut circle = vec![0.0; length];
    circle[0] = taps[0];
    for m in 1..taps.len() {
        circle[m] = taps[m];
        circle[length - m] = taps[m];
    }
    circle
}

/// The spectrum, over the length of the forward transform.
fn transformed(circle: &[f64], input_length: usize) -> Vec<Complex<f64>> {
    let mut fft = RealFft::new(circle.len());
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(circle, &mut spectrum);
    spectrum.iter_mut().for_each(|bin| *bin /= input_length as f64);
    spectrum
}

/// The transforms of one conversion at work.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    forward: RealFft,
    inverse: RealFft,
    input: Vec<Complex<f64>>,
    output: Vec<Complex<f64>>,
}

impl Engine {
    pub(super) fn new(plan: &Plan) -> Engine {
        let (forward, inverse) = (RealFft::new(plan.input_length), RealFft::new(plan.output_length));
        let zero = Complex::new(0.0, 0.0);
        Engine { input: vec![zero; forward.bins()], output: vec![zero; inverse.bins()], forward, inverse }
    }

    /// Converts one transform's length of a channel.
    pub(super) fn convert(&mut self, plan: &Plan, input: &[f64], output: &mut [f64]) {
        self.forward.forward(input, &mut self.input);
        let bins = match &plan.response {
            Response::Linear(response) => multiply(&mut self.output, &self.input, response),
            Response::Turned(response) => multiply(&mut self.output, &self.input, response),
        };
        // Bins from the lower Nyquist frequency on stay empty.
        self.output[bins..].fill(Complex::new(0.0, 0.0));
        self.inverse.inverse(&self.output, output);
    }
}

/// Multiplies as many bins as the response has and gives their number.
fn multiply<F: Copy>(output: &mut [Complex<f64>], input: &[Complex<f64>], response: &[F]) -> usize
where
    for<'a> &'a Complex<f64>: std::ops::Mul<F, Output = Complex<f64>>,
{
    for ((out, bin), factor) in output.iter_mut().zip(input).zip(response) {
        *out = bin * *factor;
    }
    response.len()
}
