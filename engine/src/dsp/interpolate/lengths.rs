use std::f64::consts::PI;
use std::sync::Arc;

use super::envelope::TruePeak;
use super::kernel::{CANDIDATE, INTERVALS, Kernel, LANES, REACH, SPAN, coarse_peaks, frame_peak, larger, magnitude};
use crate::dsp::window::{kaiser, sinc};

/// Kernels beside the house's own: samples to either side, and beta of the Kaiser window. Between two neighbours of this
/// row no kernel was found that reads more than 0.015 dB over what both of them hold; past its end a kernel of 512
/// samples reads up to 0.2 dB more on noise that reaches half the rate.
const OTHERS: [(usize, f64); 7] = [(24, 8.0), (32, 8.0), (64, 9.0), (96, 9.0), (128, 9.0), (192, 9.0), (LONGEST, 9.0)];
/// Samples to either side of the longest kernel.
const LONGEST: usize = 256;
/// The longest kernel looks this many frames ahead; stage two and the parabola 3.
const LATENCY: usize = LONGEST + 3;
/// Half points on either side of a group of frames that stage two and the parabola look at.
const BEFORE: usize = 4;
/// Frames worked at a time; a multiple of `LANES`.
const CHUNK: usize = 128;
/// Samples of input kept before a chunk.
const KEPT: usize = LATENCY + LONGEST + BEFORE;
/// Frames by which the house's reading comes sooner.
const SOONER: usize = LATENCY - (REACH + 3);

/// Kernels of different length differ in what they make of content above this share of the rate, and in nothing else.
const EDGE: f64 = 0.43;
/// Two kernels read at most so many times that content apart.
const APART: f64 = 2.0;
/// The largest of that content is remembered for several kernels' length.
const MEMORY_FRAMES: f64 = 4096.0;
/// Below this share of the floor the house's reading need not be exact.
const NEAR: f64 = 0.5;

/// The true-peak envelope of one channel as kernels of every usual length see it, streaming: the largest of what the
/// house's kernel and seven others, of 24 to 256 samples to either side, reconstruct.
///
/// "True peak" is not one number for a signal with content next to half its rate: a meter's kernel has an end, and on
/// white noise two good meters are 0.7 dB apart. What is to hold for every meter is held for all of these. The others
/// are looked at only where such content is, so most music costs what the house's kernel costs.
#[derive(Debug, Clone)]
pub struct EveryTruePeak {
    house: TruePeak,
    stage_two: Kernel,
    others: Arc<[Vec<f64>]>,
    edge: Edge,
    input: [f64; KEPT + CHUNK + LANES + 1],
    /// The house's reading, waiting for the longest kernel.
    read: [f64; SOONER + CHUNK],
    /// Whether frames of the chunk are to be looked at with the others.
    open: [bool; CHUNK],
}

impl Default for EveryTruePeak {
    fn default() -> EveryTruePeak {
        EveryTruePeak::new()
    }
}

impl EveryTruePeak {
    /// An envelope with silence before the first sample. Allocates.
    pub fn new() -> EveryTruePeak {
        EveryTruePeak {
            house: TruePeak::new(),
            stage_two: Kernel::new(),
            others: OTHERS.iter().map(|(reach, beta)| half(*reach, *beta)).collect(),
            edge: Edge::new(),
            input: [0.0; KEPT + CHUNK + LANES + 1],
            read: [0.0; SOONER + CHUNK],
            open: [false; CHUNK],
        }
    }

    /// Frames from a sample going in to its value coming out: 259.
    pub const fn latency(&self) -> usize {
        LATENCY
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.house.reset();
        self.edge.reset();
        self.input.fill(0.0);
        self.read.fill(0.0);
    }

    /// Writes to `envelope[i]` the true peak (linear) of the frame [`EveryTruePeak::latency`] before `samples[i]` where
    /// it is above `floor` (linear, above 0), and 0 elsewhere. Both slices are of one length (the shorter counts). A
    /// sample that is not a finite number is read as 0. Audio thread.
    pub fn process_above(&mut self, floor: f64, samples: &[f64], envelope: &mut [f64]) {
        for (samples, envelope) in samples.chunks(CHUNK).zip(envelope.chunks_mut(CHUNK)) {
            let count = samples.len().min(envelope.len());
            self.process_chunk(floor, &samples[..count], &mut envelope[..count]);
        }
    }

    fn process_chunk(&mut self, floor: f64, samples: &[f64], envelope: &mut [f64]) {
        let count = samples.len();
        self.house.process_above(NEAR * floor, samples, &mut self.read[SOONER..SOONER + count]);
        for (offset, sample) in samples.iter().enumerate() {
            let sample = if sample.is_finite() {
                sample.clamp(-super::envelope::LOUDEST, super::envelope::LOUDEST)
            } else {
                0.0
            };
            self.input[KEPT + offset] = sample;
            let read = self.read[offset];
            self.open[offset] = larger(read, NEAR * floor) + APART * self.edge.next(sample) > floor;
            envelope[offset] = if read > floor { read } else { 0.0 };
        }
        for (index, envelope) in envelope.chunks_mut(LANES).enumerate() {
            let start = index * LANES;
            if self.open[start..start + envelope.len()].contains(&true) {
                self.look(start, floor, envelope);
            }
        }
        self.input.copy_within(count..count + KEPT, 0);
        self.read.copy_within(count..count + SOONER, 0);
    }

    /// Raises the envelope of up to `LANES` frames from `start` of the chunk to what the other kernels read. A frame that
    /// is not open stays as it is, so that the size of a block decides nothing.
    fn look(&self, start: usize, floor: f64, envelope: &mut [f64]) {
        let frame = KEPT + start - LATENCY;
        let mut doubled = [0.0; SPAN];
        for half in self.others.iter() {
            self.double(half, frame, &mut doubled);
            if magnitude(&doubled) * self.stage_two.gain_two <= CANDIDATE * floor {
                continue;
            }
            let mut inside = [[0.0; 3]; INTERVALS];
            let mut coarse = [0.0; LANES];
            self.stage_two.quadruple(&doubled, &mut inside);
            coarse_peaks(&doubled, &inside, &mut coarse);
            for (lane, value) in envelope.iter_mut().enumerate() {
                if self.open[start + lane] && coarse[lane] > CANDIDATE * floor {
                    let peak = frame_peak(&doubled, &inside, lane, coarse[lane]);
                    if peak > floor {
                        *value = larger(peak, *value);
                    }
                }
            }
        }
    }

    /// The signal at twice its rate around the frames from `frame` of the input, by one kernel: half points at even
    /// places, samples at odd ones; the first frame's own sample at place 7.
    fn double(&self, half: &[f64], frame: usize, doubled: &mut [f64; SPAN]) {
        let first = frame - BEFORE;
        let mut between = [0.0; 2 * LANES];
        for (j, c) in half.iter().enumerate() {
            let before = &self.input[first - j..first - j + 2 * LANES];
            let after = &self.input[first + 1 + j..first + 1 + j + 2 * LANES];
            for k in 0..2 * LANES {
                between[k] += c * (before[k] + after[k]);
            }
        }
        for (place, value) in doubled.iter_mut().enumerate() {
            *value = if place % 2 == 0 { between[place / 2] } else { self.input[first + place.div_ceil(2)] };
        }
    }
}

/// One side of the half-point taps of a kernel, which sum to 1/2.
fn half(reach: usize, beta: f64) -> Vec<f64> {
    let tap = |j: usize| {
        let place = j as f64 + 0.5;
        sinc(place) * kaiser(place / reach as f64, beta)
    };
    let taps: Vec<f64> = (0..reach).map(tap).collect();
    let sum = 2.0 * taps.iter().sum::<f64>();
    taps.into_iter().map(|tap| tap / sum).collect()
}

/// How much lies next to half the rate: a Butterworth high pass of fourth order and a peak that is forgotten slowly.
#[derive(Debug, Clone)]
struct Edge {
    sections: [Section; 2],
    peak: f64,
}

/// Two poles and two zeros at DC, transposed direct form II.
#[derive(Debug, Clone)]
struct Section {
    gain: f64,
    a1: f64,
    a2: f64,
    state: [f64; 2],
}

impl Edge {
    fn new() -> Edge {
        // Damping of the two pole pairs of the fourth order: 2 cos(π/8) and 2 cos(3π/8).
        let damping = |angle: f64| 2.0 * libm::cos(angle);
        Edge { sections: [damping(PI / 8.0), damping(3.0 * PI / 8.0)].map(Section::new), peak: 0.0 }
    }

    fn reset(&mut self) {
        self.sections.iter_mut().for_each(|section| section.state = [0.0; 2]);
        self.peak = 0.0;
    }

    fn next(&mut self, sample: f64) -> f64 {
        let [first, second] = &mut self.sections;
        let value = second.next(first.next(sample)).abs();
        self.peak = larger(value, self.peak * (1.0 - 1.0 / MEMORY_FRAMES));
        self.peak
    }
}

impl Section {
    /// By the bilinear transform.
    fn new(damping: f64) -> Section {
        let warped = libm::tan(PI * EDGE);
        let scale = 1.0 / (1.0 + damping * warped + warped * warped);
        Section {
            gain: scale,
            a1: 2.0 * (warped * warped - 1.0) * scale,
            a2: (1.0 - damping * warped + warped * warped) * scale,
            state: [0.0; 2],
        }
    }

    #[inline(always)]
    fn next(&mut self, sample: f64) -> f64 {
        let input = self.gain * sample;
        let out = input + self.state[0];
        self.state = [self.state[1] - 2.0 * input - self.a1 * out, input - self.a2 * out];
        out
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::SQRT_2;

    use proptest::prelude::*;

    use super::*;

    fn noise(seed: u64, length: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..length).map(|_| next()).collect()
    }

    fn envelope(samples: &[f64], floor: f64, block: usize) -> Vec<f64> {
        let mut detector = EveryTruePeak::new();
        let mut padded = samples.to_vec();
        padded.extend([0.0; LATENCY]);
        let mut out = vec![0.0; padded.len()];
        for (samples, out) in padded.chunks(block).zip(out.chunks_mut(block)) {
            detector.process_above(floor, samples, out);
        }
        out.split_off(LATENCY)
    }

    /// The largest magnitude around a frame by a direct reconstruction with one kernel.
    fn direct(samples: &[f64], frame: usize, (reach, beta): (usize, f64)) -> f64 {
        let at = |time: f64| {
            let centre = time.floor() as i64;
            let (mut sum, mut weight) = (0.0, 0.0);
            for n in centre - reach as i64 + 1..=centre + reach as i64 {
                let offset = time - n as f64;
                let tap = sinc(offset) * kaiser(offset / reach as f64, beta);
                weight += tap;
                sum += tap * samples.get(n as usize).copied().unwrap_or(0.0);
            }
            (sum / weight).abs()
        };
        (-16..=16).map(|k| at(frame as f64 + f64::from(k) / 32.0)).fold(0.0, f64::max)
    }

    #[test]
    fn noise_reads_at_least_what_each_kernel_reconstructs() {
        let signal = noise(3, 1400);
        let read = envelope(&signal, 0.1, 512);
        for kernel in OTHERS {
            for frame in (300..1100).step_by(9) {
                let expected = direct(&signal, frame, kernel);
                let apart = 20.0 * libm::log10(read[frame] / expected);
                assert!(expected < 0.9 || apart > -0.03, "{kernel:?} at {frame}: {apart}");
            }
        }
    }

    #[test]
    fn without_content_next_to_half_the_rate_the_house_decides() {
        let tone: Vec<f64> = (0..3000)
            .map(|n| {
                let edge = f64::from(n.min(2999 - n).min(500)) / 500.0;
                (0.5 - 0.5 * libm::cos(PI * edge)) * libm::sin(0.9 * f64::from(n) + 0.2)
            })
            .collect();
        let mut house = vec![0.0; 3000 + REACH + 3];
        let mut padded = tone.clone();
        padded.extend([0.0; REACH + 3]);
        TruePeak::new().process_above(0.5, &padded, &mut house);
        let every = envelope(&tone, 0.5, 300);
        let apart =
            every.iter().zip(&house[REACH + 3..]).map(|(every, house)| (every - house).abs()).fold(0.0, f64::max);
        // 0.0006 dB: kernels of any length reconstruct it alike.
        assert!(apart < 7e-5, "{apart}");
    }

    #[test]
    fn the_edge_hears_the_edge_alone() {
        let level = |share: f64| {
            let mut edge = Edge::new();
            (0..4000).map(|n| edge.next(libm::sin(2.0 * PI * share * f64::from(n)))).skip(2000).fold(0.0, f64::max)
        };
        assert!(level(0.47) > 0.9 && (level(EDGE) - 1.0 / SQRT_2).abs() < 0.02, "{} {}", level(0.47), level(EDGE));
        assert!(level(0.1) < 0.02, "{}", level(0.1));
    }

    #[test]
    fn what_is_not_a_number_reads_as_silence() {
        let mut signal = noise(1, 900);
        signal[300] = f64::NAN;
        signal[420] = f64::NEG_INFINITY;
        signal[500] = f64::MAX;
        assert!(envelope(&signal, 0.3, 33).iter().all(|value| value.is_finite()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_block_size_gives_the_same_bits(block in 1usize..700) {
            let signal = noise(7, 1200);
            prop_assert_eq!(envelope(&signal, 0.7, block), envelope(&signal, 0.7, 1200));
        }
    }
}
