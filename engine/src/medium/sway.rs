//! Speed that is not steady: a delay that breathes, read between its samples.

use crate::dsp::window::{kaiser, sinc};

/// Samples around a place.
const TAPS: usize = 32;
/// Samples before and at the place among the taps.
const BEFORE: usize = TAPS / 2;
/// Places from a sample to the next; what lies between two of them goes straight.
const PHASES: usize = 256;
/// Of the window: 90 dB down beyond the pass band.
const BETA: f64 = 9.0;

/// A delay for two channels, each with its own place at every frame.
pub(super) struct Sway {
    rows: [Vec<f64>; 2],
    write: usize,
    base: usize,
    table: Vec<[f64; TAPS]>,
}

impl Sway {
    /// A delay that can move by `most` frames to either side. Allocates.
    pub fn new(most: f64) -> Sway {
        let base = most.max(0.0).ceil() as usize + BEFORE;
        let length = (2 * base + TAPS + 2).next_power_of_two();
        let row = |phase: usize| {
            let at = phase as f64 / PHASES as f64;
            std::array::from_fn(|tap| {
                let offset = tap as f64 - (BEFORE as f64 - 1.0) - at;
                sinc(offset) * kaiser(offset / BEFORE as f64, BETA)
            })
        };
        Sway { rows: [vec![0.0; length], vec![0.0; length]], write: 0, base, table: (0..=PHASES).map(row).collect() }
    }

    /// Frames from input to output at rest.
    pub fn latency(&self) -> usize {
        self.base
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.rows.iter_mut().for_each(|row| row.fill(0.0));
    }

    /// Takes a frame and gives the one that is due, each channel later by its `later` frames. Audio thread.
    pub fn next(&mut self, frame: [f64; 2], later: [f64; 2]) -> [f64; 2] {
        let mask = self.rows[0].len() - 1;
        let mut given = [0.0; 2];
        for channel in 0..2 {
            self.rows[channel][self.write] = frame[channel];
            let most = (self.base - BEFORE) as f64;
            let back = self.base as f64 + later[channel].clamp(-most, most);
            // The place lies between the samples `whole` and `whole - 1` frames back.
            let whole = back.ceil() as usize;
            let between = (whole as f64 - back) * PHASES as f64;
            let phase = (between as usize).min(PHASES - 1);
            let rest = between - phase as f64;
            let (near, far) = (&self.table[phase], &self.table[phase + 1]);
            let first = self.write.wrapping_sub(whole + BEFORE - 1);
            let row = &self.rows[channel];
            let mut sums = [0.0; 4];
            for tap in 0..TAPS {
                let weight = near[tap] + rest * (far[tap] - near[tap]);
                sums[tap % 4] += weight * row[first.wrapping_add(tap) & mask];
            }
            given[channel] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        }
        self.write = (self.write + 1) & mask;
        given
    }
}

/// White noise of mean square 1 that depends on the frame alone: the same at every start and block size.
pub(super) fn white(frame: u64, channel: u64) -> f64 {
    // Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): the finaliser of SplitMix64.
    let mut state = frame.wrapping_mul(2).wrapping_add(channel).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^= state >> 31;
    let unit = (state >> 11) as f64 / (1u64 << 53) as f64;
    (2.0 * unit - 1.0) * 1.732_050_807_568_877_2
}

/// A filter of first order by the bilinear transform: `(1 + upper s) / (1 + lower s)`, or `s` above the line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Leg {
    b: [f64; 2],
    a: f64,
    input: f64,
    output: f64,
}

impl Leg {
    /// `(constant + slope s) / (1 + lower s)` at a rate; times in seconds.
    pub fn new(constant: f64, slope: f64, lower: f64, rate_hz: f64) -> Leg {
        let twice = 2.0 * rate_hz;
        let scale = 1.0 / (1.0 + lower * twice);
        let b = [(constant + slope * twice) * scale, (constant - slope * twice) * scale];
        Leg { b, a: (1.0 - lower * twice) * scale, input: 0.0, output: 0.0 }
    }

    /// The next sample. Audio thread.
    #[inline(always)]
    pub fn next(&mut self, sample: f64) -> f64 {
        self.output = self.b[0] * sample + self.b[1] * self.input - self.a * self.output;
        self.input = sample;
        self.output
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        (self.input, self.output) = (0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_rest_it_is_a_delay_to_the_bit() {
        let mut sway = Sway::new(3.5);
        let late = sway.latency();
        let given: Vec<f64> = (0..60).map(|frame| sway.next([frame as f64, -1.0], [0.0; 2])[0]).collect();
        for frame in 40..60 {
            assert!((given[frame] - (frame - late) as f64).abs() < 1e-9, "{frame}: {}", given[frame]);
        }
    }

    #[test]
    fn a_part_of_a_frame_is_a_part_of_a_frame() {
        let mut sway = Sway::new(2.0);
        let tone = |at: f64| libm::sin(0.4 * at);
        let late = sway.latency() as f64;
        for frame in 0..400 {
            let given = sway.next([tone(frame as f64); 2], [0.3, -1.45]);
            if frame > 80 {
                assert!((given[0] - tone(frame as f64 - late - 0.3)).abs() < 2e-4);
                assert!((given[1] - tone(frame as f64 - late + 1.45)).abs() < 2e-4);
            }
        }
    }

    #[test]
    fn noise_has_its_power_and_no_mean() {
        let count = 100_000;
        let mean: f64 = (0..count).map(|frame| white(frame, 0)).sum::<f64>() / count as f64;
        let power: f64 = (0..count).map(|frame| white(frame, 1) * white(frame, 1)).sum::<f64>() / count as f64;
        let both: f64 = (0..count).map(|frame| white(frame, 0) * white(frame, 1)).sum::<f64>() / count as f64;
        assert!(mean.abs() < 0.01 && (power - 1.0).abs() < 0.01 && both.abs() < 0.01, "{mean} {power} {both}");
    }
}
