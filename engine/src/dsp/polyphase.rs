//! A short converter for listening at a device's own rate. Never part of a file.
//!
//! A direct polyphase filter: 160 taps of the lower rate, images 150 dB down, 0.1 dB down at 20 kHz for 44.1 and
//! 48 kHz, and 80 frames of latency. The device's clock pulls: whoever asks for n frames feeds the few input frames
//! they need.

use crate::audio::Block;
use crate::dsp::resample::{Ratio, ResampleError};
use crate::dsp::window::{kaiser, kaiser_beta, sinc};
use crate::unit::SampleRate;

/// Taps at the lower rate.
const TAPS: usize = 160;
/// Depth of the stop band in dB.
const ATTENUATION_DB: f64 = 150.0;
/// Largest table of coefficients: 32 MB.
const LARGEST_TABLE: u64 = 1 << 22;
/// Partial sums of an output, in a fixed order.
const LANES: usize = 8;
/// Input frames taken into the history at a time.
const CHUNK: usize = 512;

/// A converter for the monitor. Takes its memory when built; a clone is an exact copy of the state.
#[derive(Debug, Clone)]
pub struct Polyphase {
    ratio: Ratio,
    taps: usize,
    /// One row of taps per phase.
    table: std::sync::Arc<[f64]>,
    histories: Vec<Vec<f64>>,
    /// The next output's place: whole input frames still to be fed before it can be made, and its phase.
    ahead: u64,
    phase: u64,
}

impl Polyphase {
    /// A converter with silence before the first frame. Workers only: allocates and designs the filter.
    pub fn new(channels: usize, from: SampleRate, to: SampleRate) -> Result<Polyphase, ResampleError> {
        let ratio = Ratio::new(from, to)?;
        let stretch = (from.hz() / to.hz()).max(1.0);
        let taps = ((TAPS as f64 * stretch).ceil() as usize).next_multiple_of(LANES);
        if ratio.to * taps as u64 > LARGEST_TABLE {
            return Err(ResampleError::Ratio { from, to });
        }
        Ok(Polyphase {
            ratio,
            taps,
            table: table(ratio, taps, from, to).into(),
            histories: vec![vec![0.0; taps + CHUNK]; channels],
            ahead: 1,
            phase: 0,
        })
    }

    /// Frames of the input's rate from input to output.
    pub fn latency(&self) -> usize {
        self.taps / 2
    }

    /// Input frames needed to make the next `frames` output frames.
    pub fn needed(&self, frames: usize) -> usize {
        if frames == 0 {
            return 0;
        }
        let last = (frames as u64 - 1) * self.ratio.from + self.phase;
        (self.ahead + last / self.ratio.to) as usize
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.histories.iter_mut().for_each(|history| history.fill(0.0));
        (self.ahead, self.phase) = (1, 0);
    }

    /// Fills `output` from exactly [`Polyphase::needed`] frames of `input`; where there are fewer, silence stands for
    /// the rest. Audio thread.
    pub fn process(&mut self, input: &Block, output: &mut Block) {
        let needed = self.needed(output.frames());
        let mut place = (self.ahead, self.phase);
        let before = place;
        for channel in 0..self.histories.len().min(output.channels()) {
            place = self.process_channel(before, needed, channel, input, output);
        }
        (self.ahead, self.phase) = place;
    }

    fn process_channel(
        &mut self,
        (mut ahead, mut phase): (u64, u64),
        needed: usize,
        channel: usize,
        input: &Block,
        output: &mut Block,
    ) -> (u64, u64) {
        let source = if channel < input.channels() { input.channel(channel) } else { &[] };
        let (taps, ratio) = (self.taps, self.ratio);
        let history = &mut self.histories[channel];
        let mut outputs = output.channel_mut(channel).iter_mut();
        let mut start = 0;
        loop {
            let count = CHUNK.min(needed - start);
            for (offset, place) in history[taps..taps + count].iter_mut().enumerate() {
                *place = source.get(start + offset).copied().unwrap_or(0.0);
            }
            while ahead <= count as u64 {
                let Some(out) = outputs.next() else { break };
                let row = phase as usize * taps;
                let newest = ahead as usize;
                *out = product(&self.table[row..row + taps], &history[newest..newest + taps]);
                phase += ratio.from;
                ahead += phase / ratio.to;
                phase %= ratio.to;
            }
            history.copy_within(count..count + taps, 0);
            ahead -= count as u64;
            start += count;
            if start == needed {
                break;
            }
        }
        (ahead, phase)
    }
}

fn product(taps: &[f64], samples: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (taps, samples) in taps.chunks_exact(LANES).zip(samples.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}

fn table(ratio: Ratio, taps: usize, from: SampleRate, to: SampleRate) -> Vec<f64> {
    let nyquist = 0.5 * from.hz().min(to.hz());
    let transition = (ATTENUATION_DB - 7.95) * from.hz() / (14.36 * taps as f64);
    let cut = (2.0 * nyquist - transition) / from.hz();
    let beta = kaiser_beta(ATTENUATION_DB);
    let middle = (taps / 2) as f64;
    let mut table = Vec::with_capacity(taps * ratio.to as usize);
    for phase in 0..ratio.to {
        let place = |k: usize| phase as f64 / ratio.to as f64 + middle - 1.0 - k as f64;
        let row: Vec<f64> = (0..taps).map(|k| sinc(cut * place(k)) * kaiser(place(k) / middle, beta)).collect();
        let sum: f64 = row.iter().sum();
        table.extend(row.iter().map(|tap| tap / sum));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;

    fn run(from: u32, to: u32, hz: f64, sizes: &[usize]) -> (Vec<f64>, usize) {
        let mut converter = Polyphase::new(1, SampleRate(from), SampleRate(to)).unwrap();
        let (mut fed, mut out) = (0, Vec::new());
        for size in sizes {
            let count = converter.needed(*size);
            let sine = |n| libm::sin(2.0 * PI * hz * n as f64 / f64::from(from));
            let input: Vec<f64> = (fed..fed + count).map(sine).collect();
            let mut output = Block::new(1, *size);
            converter.process(&Block::from_channels(&[input]), &mut output);
            out.extend_from_slice(output.channel(0));
            fed += count;
        }
        (out, fed)
    }

    #[test]
    fn tones_come_out_late_by_the_latency_and_clean() {
        for (from, to) in [(48_000, 44_100), (44_100, 48_000), (96_000, 48_000), (44_100, 192_000), (192_000, 44_100)] {
            let latency = Polyphase::new(1, SampleRate(from), SampleRate(to)).unwrap().latency() as f64;
            for hz in [997.0, 15_000.0] {
                let (out, _) = run(from, to, hz, &[5000, 5000]);
                let worst = (3000..9000).map(|n| {
                    let time = n as f64 / f64::from(to) - latency / f64::from(from);
                    (out[n] - libm::sin(2.0 * PI * hz * time)).abs()
                });
                let worst = worst.fold(0.0, f64::max);
                assert!(worst < 1e-7, "{hz} Hz, {from} to {to}: {worst:e}");
            }
        }
    }

    #[test]
    fn the_device_clock_pulls_as_much_as_passes() {
        let (_, fed) = run(48_000, 44_100, 0.0, &[441; 100]);
        assert!((47_999..=48_001).contains(&fed), "{fed}");
        assert!(Polyphase::new(1, SampleRate(44_100), SampleRate(383_999)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn blocks_do_not_matter(sizes in prop::collection::vec(1usize..900, 1..8), up in any::<bool>()) {
            let (from, to) = if up { (44_100, 192_000) } else { (96_000, 44_100) };
            let total: usize = sizes.iter().sum();
            let (whole, whole_fed) = run(from, to, 997.0, &[total]);
            let (parts, parts_fed) = run(from, to, 997.0, &sizes);
            prop_assert!(whole == parts);
            prop_assert_eq!(whole_fed, parts_fed);
        }
    }
}
