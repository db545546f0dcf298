use std::f64::consts::{PI, SQRT_2};

use super::table::CAPACITY;
use crate::audio::{Block, QUANTUM};
use crate::dsp::convolve::{Convolver, Shape};
use crate::dsp::delay::Delay;
use crate::dsp::svf::NOTHING;

const CORNERS: usize = CAPACITY - 1;

/// Half a kernel reaches so many periods of the lowest corner, where it has fallen to e^-16: what is cut off there is
/// 140 dB down, and changes only how the bands are divided, never their sum.
const PERIODS: f64 = 16.0 * SQRT_2 / (2.0 * PI);
/// The lowest corner a kernel is made for: that of the table.
const LOWEST_HZ: f64 = 40.0;
/// About how long a partition is: its double is the price of spreading the work.
const PARTITION_S: f64 = 0.01;

/// Low-passes of linear phase, one per crossover, whose differences are the bands.
///
/// Each has the magnitude of a Linkwitz-Riley low-pass of 24 dB per octave, `1 / (1 + (f / corner)^4)`, whose impulse
/// response is known: `e^-a|t| (cos a|t| + sin a|t|)` with `a = √2 π corner`.
#[derive(Debug, Clone)]
pub(super) struct Comb {
    rate_hz: f64,
    half: usize,
    convolvers: Vec<Convolver>,
    /// The corner each convolver has, and the one it is to have.
    corners: [f64; CORNERS],
    wanted: [f64; CORNERS],
    delay: Delay,
    low: Block,
    /// Frames until the convolvers know all they can hear, after the signal has passed beside them.
    cold: usize,
    asleep: bool,
}

impl Comb {
    /// For so many bands. Worker threads only: allocates.
    pub(super) fn new(rate_hz: f64, channels: usize, count: usize, corners: [f64; CORNERS]) -> Comb {
        let half = (PERIODS * rate_hz / LOWEST_HZ).ceil() as usize;
        let partition = ((PARTITION_S * rate_hz) as usize).next_power_of_two().max(QUANTUM);
        let shape = Shape { channels, taps: 2 * half + 1, partition, centre: half, sets: 1, crossed: false };
        let convolvers: Vec<_> = (1..count).map(|_| Convolver::new(shape)).collect();
        let delay = convolvers.first().map_or(0, Convolver::delay) + half;
        let mut comb = Comb {
            rate_hz,
            half,
            convolvers,
            corners: [0.0; CORNERS],
            wanted: corners,
            delay: Delay::new(channels, delay),
            low: Block::new(channels, QUANTUM),
            cold: 0,
            asleep: false,
        };
        comb.reset(corners);
        comb
    }

    /// Frames from the input to the middle of what it causes.
    pub(super) fn delay(&self) -> usize {
        self.delay.frames()
    }

    /// Frames from the input to the end of what it causes.
    pub(super) fn span(&self) -> usize {
        // One partition more, because a convolver works a partition at a time.
        self.delay() + self.half + self.convolvers.first().map_or(0, |convolver| convolver.shape().partition)
    }

    /// Whether the bands are whole.
    pub(super) fn is_warm(&self) -> bool {
        self.cold == 0
    }

    pub(super) fn aim(&mut self, corners: [f64; CORNERS]) {
        self.wanted = corners;
    }

    /// Crossovers that have moved get their new kernels, one at a time.
    pub(super) fn next_quantum(&mut self) {
        for index in 0..self.convolvers.len() {
            if self.corners[index] != self.wanted[index] && self.convolvers[index].is_ready() {
                self.load(index);
                return;
            }
        }
    }

    fn load(&mut self, index: usize) {
        let hertz = self.wanted[index];
        write_kernel(self.convolvers[index].draft(0, false), self.half, hertz / self.rate_hz);
        self.convolvers[index].commit(false);
        self.corners[index] = hertz;
    }

    pub(super) fn reset(&mut self, corners: [f64; CORNERS]) {
        self.wanted = corners;
        for index in 0..self.convolvers.len() {
            if self.corners[index] != corners[index] {
                self.convolvers[index].settle();
                self.load(index);
            }
            self.convolvers[index].settle();
        }
        self.delay.reset();
        self.cold = 0;
        self.asleep = false;
    }

    /// Takes in what passes beside the convolvers.
    pub(super) fn listen(&mut self, block: &Block) {
        self.delay.listen(block, 0);
        self.asleep = true;
    }

    /// The signal comes through again: the bands are whole once the convolvers have heard enough.
    pub(super) fn wake(&mut self) {
        if self.asleep {
            self.convolvers.iter_mut().for_each(Convolver::reset);
            self.cold = self.span();
            self.asleep = false;
        }
    }

    /// Splits `count` frames from `from`, inside one quantum, into `bands`, and leaves the delayed input in the block.
    pub(super) fn split(&mut self, block: &mut Block, from: usize, count: usize, bands: &mut [Vec<[f64; QUANTUM]>]) {
        self.low.set_frames(count);
        for (index, convolver) in self.convolvers.iter_mut().enumerate() {
            self.low.copy_from(0, block, from, count);
            convolver.process(&mut self.low, 0, count);
            for (channel, samples) in bands[index].iter_mut().enumerate() {
                samples[..count].copy_from_slice(self.low.channel(channel));
            }
        }
        self.delay.process_part(block, from, count);
        // From the top down, each low-pass gives up what the one below it has.
        let highest = bands.len() - 1;
        for (channel, samples) in bands[highest].iter_mut().enumerate() {
            samples[..count].copy_from_slice(&block.channel(channel)[from..from + count]);
        }
        for band in (1..bands.len()).rev() {
            let (below, this) = bands.split_at_mut(band);
            for (samples, lower) in this[0].iter_mut().zip(&below[band - 1]) {
                for (sample, lower) in samples[..count].iter_mut().zip(lower) {
                    *sample -= lower;
                }
            }
        }
        self.cold = self.cold.saturating_sub(count);
    }
}

/// Writes the low-pass with its corner at `corner` parts of the rate, of gain 1 at 0 Hz, into both lanes.
///
/// The response is the sum of both parts of a number that turns and shrinks by the same factor from tap to tap: a few
/// multiplications each, so that a corner can move while the audio runs. What has shrunk to nothing is zero.
fn write_kernel(taps: &mut [[f64; 2]], half: usize, corner: f64) {
    let a = SQRT_2 * PI * corner;
    let shrink = libm::exp(-a);
    let (cos, sin) = (shrink * libm::cos(a), shrink * libm::sin(a));
    let (mut real, mut imaginary) = (1.0, 0.0);
    let mut sum = 0.0;
    for offset in 0..=half {
        let tap: f64 = real + imaginary;
        taps[half + offset] = [tap; 2];
        sum += if offset == 0 { tap } else { 2.0 * tap };
        (real, imaginary) = (real * cos - imaginary * sin, real * sin + imaginary * cos);
        if real.abs() + imaginary.abs() < NOTHING {
            (real, imaginary) = (0.0, 0.0);
        }
    }
    let scale = 1.0 / sum;
    for offset in 0..=half {
        let tap = taps[half + offset][0] * scale;
        taps[half + offset] = [tap; 2];
        taps[half - offset] = [tap; 2];
    }
}
