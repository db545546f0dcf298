//! Left against right by fractions of a sample.
//!
//! A sinc of 96 taps under a Kaiser window: to 20 kHz at 44.1 kHz (0.4535 of any rate) the level is within 1e-5 dB
//! and the delay within 1e-6 frames of what is set. The kernel of a delay at rest is interpolated from a table by
//! cubics; one that moves is interpolated between neighbouring rows. Whole frames are taken as they are.

use std::sync::Arc;

use crate::chain::glide::Glide as Line;
use crate::dsp::window::{kaiser, sinc};

/// Frames before and after: the latency.
pub(super) const REACH: usize = 48;
const TAPS: usize = 2 * REACH;
/// 135 dB for the room between 0.4535 and 0.5465 of the rate.
const BETA: f64 = 13.9;
/// Rows of the table in a frame.
const ROWS: usize = 256;

/// The delay line of a pair.
#[derive(Debug, Clone)]
pub(super) struct Shift {
    /// Each sample is written twice, a length apart, so that any stretch can be read at once.
    rings: [Vec<f64>; 2],
    length: usize,
    place: usize,
    table: Arc<[[f64; TAPS]]>,
    /// Frames by which right comes after left.
    line: Line<1>,
    rest: [f64; TAPS],
}

impl Shift {
    /// Silence, for delays of at most `most` frames either way. Allocates.
    pub(super) fn new(most: usize, frames: f64) -> Shift {
        let length = most + TAPS + 2;
        let row = |index: usize| kernel((index as f64 - 1.0) / ROWS as f64);
        let mut shift = Shift {
            rings: [vec![0.0; 2 * length], vec![0.0; 2 * length]],
            length,
            place: 0,
            table: (0..ROWS + 3).map(row).collect(),
            line: Line::at([frames]),
            rest: [0.0; TAPS],
        };
        shift.settle();
        shift
    }

    pub(super) fn aim(&mut self, frames: f64, quanta: u32) {
        self.line.aim([frames], quanta);
        if quanta == 0 {
            self.settle();
        }
    }

    pub(super) fn next_quantum(&mut self) {
        if self.line.next_quantum() {
            self.settle();
        }
    }

    pub(super) fn is_neutral(&self) -> bool {
        !self.line.is_moving() && self.line.target() == [0.0]
    }

    pub(super) fn reset(&mut self, frames: f64) {
        self.rings.iter_mut().for_each(|ring| ring.fill(0.0));
        self.place = 0;
        self.line = Line::at([frames]);
        self.settle();
    }

    /// Only remembers.
    #[inline]
    pub(super) fn push(&mut self, frame: [f64; 2]) {
        self.place = if self.place + 1 == self.length { 0 } else { self.place + 1 };
        for (ring, sample) in self.rings.iter_mut().zip(frame) {
            ring[self.place] = sample;
            ring[self.place + self.length] = sample;
        }
    }

    /// The pair, [`REACH`] frames late; `place` is the frame's place in its quantum.
    #[inline]
    pub(super) fn next(&mut self, frame: [f64; 2], place: usize) -> [f64; 2] {
        self.push(frame);
        let moves = self.line.is_moving();
        let delay = if moves { self.line.value(place)[0] } else { self.line.target()[0] };
        let late = usize::from(delay > 0.0);
        let mut output = [self.past(0, REACH), self.past(1, REACH)];
        if delay != 0.0 {
            output[late] = self.read(late, delay.abs(), moves);
        }
        output
    }

    fn past(&self, channel: usize, frames: usize) -> f64 {
        self.rings[channel][self.place + self.length - frames]
    }

    fn read(&self, channel: usize, delay: f64, moves: bool) -> f64 {
        let whole = libm::floor(delay) as usize;
        let fraction = delay - whole as f64;
        if fraction == 0.0 {
            return self.past(channel, REACH + whole);
        }
        // The oldest tap: REACH - 1 frames before the frame just before the point.
        let start = self.place + self.length - (TAPS + whole);
        let samples = &self.rings[channel][start..start + TAPS];
        if !moves {
            return dot(&self.rest, samples);
        }
        let position = (1.0 - fraction) * ROWS as f64;
        let row = (position as usize).min(ROWS - 1);
        let part = position - row as f64;
        let (before, after) = (dot(&self.table[row + 1], samples), dot(&self.table[row + 2], samples));
        before + part * (after - before)
    }

    /// The kernel of the delay at rest.
    fn settle(&mut self) {
        let delay = self.line.target()[0].abs();
        let position = (1.0 - (delay - libm::floor(delay))) * ROWS as f64;
        let row = (position as usize).min(ROWS - 1);
        let t = position - row as f64;
        let weights = [
            -t * (t - 1.0) * (t - 2.0) / 6.0,
            (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
            -(t + 1.0) * t * (t - 2.0) / 2.0,
            (t + 1.0) * t * (t - 1.0) / 6.0,
        ];
        self.rest = std::array::from_fn(|tap| {
            let value = |near: usize| weights[near] * self.table[row + near][tap];
            value(0) + value(1) + value(2) + value(3)
        });
    }
}

/// Taps for a point `place` (0 to 1) after the frame in their middle.
fn kernel(place: f64) -> [f64; TAPS] {
    let taps: [f64; TAPS] = std::array::from_fn(|index| {
        let offset = index as f64 - (REACH - 1) as f64 - place;
        sinc(offset) * kaiser(offset / REACH as f64, BETA)
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

fn dot(taps: &[f64; TAPS], samples: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (taps, samples) in taps.chunks_exact(8).zip(samples.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}
