//! Filters of the side, with the mid through the all-pass that has the same phase.
//!
//! Linkwitz-Riley: a high pass made of two equal Butterworth halves has the phase of the all-pass made of one half's
//! poles and their mirror images, so mid and side stay in step and only the level of the side changes (S. Linkwitz,
//! Active crossover networks for noncoincident drivers, J. Audio Eng. Soc. 24(1), 1976).

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

/// Dampings (1/Q) of the halves.
const DAMPING_24: [f64; 1] = [SQRT_2];
/// Fourth-order Butterworth: 2 sin(π/8), 2 sin(3π/8).
const DAMPING_48: [f64; 2] = [0.765_366_864_730_179_6, 1.847_759_065_022_573_5];

/// Memory of one second-order section.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    band: f64,
    low: f64,
}

impl Memory {
    /// Low, band and high output of the trapezoidal state-variable filter.
    #[inline(always)]
    fn next(&mut self, x: f64, g: f64, k: f64) -> [f64; 3] {
        let high = (x - (g + k) * self.band - self.low) / (1.0 + g * (g + k));
        let band = g * high + self.band;
        let low = g * band + self.low;
        self.band = g * high + band;
        self.low = g * band + low;
        [low, band, high]
    }

    fn settle(&mut self) {
        if self.band.abs() < crate::dsp::svf::NOTHING && self.low.abs() < crate::dsp::svf::NOTHING {
            *self = Memory::default();
        }
    }
}

/// Steepness of the side's high pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slope {
    Db12,
    Db24,
    Db48,
}

/// A high pass on the side and the mid in step with it.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    slope: Slope,
    side: [Memory; 4],
    mid: [Memory; 2],
}

impl Cut {
    pub(super) fn new(slope: Slope) -> Cut {
        Cut { slope, side: Default::default(), mid: Default::default() }
    }

    pub(super) fn set_slope(&mut self, slope: Slope) {
        self.slope = slope;
    }

    pub(super) fn reset(&mut self) {
        *self = Cut::new(self.slope);
    }

    pub(super) fn settle(&mut self) {
        self.side.iter_mut().chain(&mut self.mid).for_each(Memory::settle);
    }

    #[inline]
    pub(super) fn next(&mut self, [mid, side]: [f64; 2], g: f64) -> [f64; 2] {
        let dampings: &[f64] = match self.slope {
            Slope::Db12 => {
                // Two equal real poles: the high output, and the first-order all-pass high - low.
                let [low, _, high] = self.mid[0].next(mid, g, 2.0);
                return [high - low, self.side[0].next(side, g, 2.0)[2]];
            }
            Slope::Db24 => &DAMPING_24,
            Slope::Db48 => &DAMPING_48,
        };
        let (mut mid, mut side) = (mid, side);
        for (index, k) in dampings.iter().enumerate() {
            let [low, band, high] = self.mid[index].next(mid, g, *k);
            mid = low - k * band + high;
            side = self.side[2 * index].next(side, g, *k)[2];
            side = self.side[2 * index + 1].next(side, g, *k)[2];
        }
        [mid, side]
    }
}

/// The side in three bands of 24 dB per octave that sum to the mid's all-pass.
#[derive(Debug, Clone, Default)]
pub(super) struct Bands {
    /// Low crossover: the first half (shared), the second of the low and of the high output.
    low: [Memory; 3],
    high: [Memory; 3],
    /// Keeps the low band in step with the other two.
    follow: Memory,
    mid: [Memory; 2],
}

impl Bands {
    pub(super) fn reset(&mut self) {
        *self = Bands::default();
    }

    pub(super) fn settle(&mut self) {
        let memories = self.low.iter_mut().chain(&mut self.high).chain(&mut self.mid);
        memories.for_each(Memory::settle);
        self.follow.settle();
    }

    #[inline]
    pub(super) fn next(&mut self, [mid, side]: [f64; 2], [g_low, g_high]: [f64; 2], widths: &[f64; 3]) -> [f64; 2] {
        let (low, rest) = halves(&mut self.low, side, g_low);
        let (middle, high) = halves(&mut self.high, rest, g_high);
        let low = all_pass(&mut self.follow, low, g_high);
        let mid = all_pass(&mut self.mid[0], mid, g_low);
        let mid = all_pass(&mut self.mid[1], mid, g_high);
        [mid, widths[0] * low + widths[1] * middle + widths[2] * high]
    }
}

fn halves(memories: &mut [Memory; 3], x: f64, g: f64) -> (f64, f64) {
    let [low, _, high] = memories[0].next(x, g, SQRT_2);
    (memories[1].next(low, g, SQRT_2)[0], memories[2].next(high, g, SQRT_2)[2])
}

fn all_pass(memory: &mut Memory, x: f64, g: f64) -> f64 {
    let [low, band, high] = memory.next(x, g, SQRT_2);
    low - SQRT_2 * band + high
}

/// Frames in which the slowest of these filters falls by `nepers`, with its corner at tangent `g`.
pub(super) fn decay(g: f64, nepers: f64) -> usize {
    // The longest memory is that of the sharpest pole pair of 48 dB per octave; near the corner z = 1 - 2g(...).
    let loss = 2.0 * g * 0.5 * DAMPING_48[0] / (1.0 + g * g) * FRAC_1_SQRT_2;
    (nepers / loss.max(1e-9)).ceil() as usize
}
