use std::ops::Range;

use super::{Filter, Phase, Ratio, ResampleError, Steepness, phase};
use crate::dsp::fft::TwinFft;
use crate::dsp::wide::{Four, InFours, in_fours};
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

/// The filter at the angles below the lower Nyquist frequency, with the scale of the transforms: positive ones upwards,
/// then negative ones up to zero; each twice, once for either signal of a pair.
#[derive(Debug)]
enum Response {
    /// Of linear phase around frame 0: real.
    Linear(Vec<f64>),
    Turned(Vec<f64>, Vec<f64>),
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
        // Angles on either side of zero: those of the shorter transform.
        let bins = input_length.min(output_length) / 4;
        let response = match filter.phase {
            Phase::Linear => {
                let taps = prototype(from, from, to, steepness, length as usize);
                let circle = circle(&taps, input_length);
                Response::Linear(transformed(&circle, input_length, bins).0)
            }
            turned => {
                // Causal on the finer grid: on the coarser one the filter would still ring between its frames.
                let (rate, frames, unit) =
                    if from > to { (from, input_length, ratio.from) } else { (to, output_length, ratio.to) };
                let half = (length * unit / ratio.from) as usize;
                let taps = prototype(rate, from, to, steepness, half);
                let reach = (edge * unit) as usize;
                let circle = phase::turned(&taps, reach.min(frames / 2 - 1), frames, turned.share(), rate);
                let (re, im) = transformed(&circle, input_length, bins);
                Response::Turned(re, im)
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

/// The response of a filter around frame 0, over the length of the forward transform: `bins` positive angles and as many
/// negative ones.
fn transformed(circle: &[f64], input_length: usize, bins: usize) -> (Vec<f64>, Vec<f64>) {
    // Once around, the circle of these transforms changes its sign.
    let half = circle.len() / 2;
    let signed = |(place, tap): (usize, &f64)| if place < half { *tap } else { -*tap };
    let circle: Vec<f64> = circle.iter().enumerate().map(signed).collect();
    let mut twin = TwinFft::new(circle.len());
    let (re, im) = twin.forward::<[f64; 4]>([&circle, &circle]);
    // Transforms there and back multiply by half their length.
    let scale = 2.0 / input_length as f64;
    let kept = |part: &[f64]| {
        let ends = part[..2 * bins].iter().chain(&part[part.len() - 2 * bins..]);
        ends.map(|value| value * scale).collect()
    };
    (kept(re), kept(im))
}

/// The transforms of one conversion at work.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    forward: TwinFft,
    inverse: TwinFft,
}

impl Engine {
    pub(super) fn new(plan: &Plan) -> Engine {
        Engine { forward: TwinFft::new(plan.input_length), inverse: TwinFft::new(plan.output_length) }
    }

    /// Converts one transform's length of two channels, of which neither hears the other.
    pub(super) fn convert(&mut self, plan: &Plan, input: [&[f64]; 2], output: [&mut [f64]; 2]) {
        in_fours(Conversion { engine: self, plan, input, output });
    }
}

struct Conversion<'a> {
    engine: &'a mut Engine,
    plan: &'a Plan,
    input: [&'a [f64]; 2],
    output: [&'a mut [f64]; 2],
}

impl InFours for Conversion<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        let Engine { forward, inverse } = self.engine;
        let (re, im) = forward.forward::<V>(self.input);
        let (re_out, im_out) = inverse.spectrum();
        let values = match &self.plan.response {
            Response::Linear(response) => response.len() / 2,
            Response::Turned(re, _) => re.len() / 2,
        };
        // Angles from the lower Nyquist frequency on stay empty.
        let (last, last_out) = (re.len() - values, re_out.len() - values);
        re_out[values..last_out].fill(0.0);
        im_out[values..last_out].fill(0.0);
        for (from, to, at) in [(0, 0, 0), (last, last_out, values)] {
            let (re, im) = (&re[from..from + values], &im[from..from + values]);
            let (re_out, im_out) = (&mut re_out[to..to + values], &mut im_out[to..to + values]);
            match &self.plan.response {
                Response::Linear(response) => {
                    scaled(re, &response[at..at + values], re_out);
                    scaled(im, &response[at..at + values], im_out);
                }
                Response::Turned(turn_re, turn_im) => {
                    let (turn_re, turn_im) = (&turn_re[at..at + values], &turn_im[at..at + values]);
                    for index in 0..values {
                        re_out[index] = re[index] * turn_re[index] - im[index] * turn_im[index];
                        im_out[index] = re[index] * turn_im[index] + im[index] * turn_re[index];
                    }
                }
            }
        }
        inverse.inverse::<V>(self.output);
    }
}

#[inline(always)]
fn scaled(values: &[f64], by: &[f64], out: &mut [f64]) {
    for ((out, value), by) in out.iter_mut().zip(values).zip(by) {
        *out = value * by;
    }
}
