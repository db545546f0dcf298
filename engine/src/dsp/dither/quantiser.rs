use super::noise::Noise;
use super::{Dither, shape};
use crate::audio::Block;
use crate::unit::{Db, SampleRate};

/// Longest error filter.
const ORDER: usize = 16;
/// Largest error of one rounding in LSB: half a step and a full triangle. The history never holds more, so that a
/// clipped passage cannot upset the shaper.
const LARGEST_ERROR: f64 = 1.5;
/// Digital silence of this length is left as exact zeros: long enough not to cut into a fade's last steps.
const BLANK_AFTER_SECONDS: f64 = 0.1;
/// Frames worked together.
const CHUNK: usize = 64;

/// Why a quantiser cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantiseError {
    /// A word length outside what files and devices have.
    #[error("cannot shorten words to {bits} bits; 8 to 32 are possible")]
    Bits {
        /// What was asked for.
        bits: u32,
    },
}

/// Shortens words: values come out as exact multiples of one LSB, 2^(1 - bits), within -1 and 1 - LSB.
///
/// The noise depends on seed, channel and absolute frame alone. A shaper's error history is state: a clone is a
/// checkpoint, and a file is quantised in one pass from its first frame.
#[derive(Debug, Clone)]
pub struct Quantiser {
    bits: u32,
    used: Dither,
    taps: &'static [f64],
    channels: Vec<Channel>,
    blank_after: u64,
    silent_for: u64,
    clipped: u64,
}

#[derive(Debug, Clone)]
struct Channel {
    noise: Noise,
    /// Past errors, newest at `place`, written twice so that they always lie in a row.
    errors: [f64; 2 * ORDER],
    place: usize,
}

impl Quantiser {
    /// A quantiser to `bits` (8 to 32). The noise shaper belongs to the rate; see [`Quantiser::used`]. Allocates.
    pub fn new(
        bits: u32,
        dither: Dither,
        rate: SampleRate,
        channels: usize,
        seed: u64,
    ) -> Result<Quantiser, QuantiseError> {
        if !(8..=32).contains(&bits) {
            return Err(QuantiseError::Bits { bits });
        }
        let (used, taps) = shape::resolve(dither, rate);
        let blank_after = (BLANK_AFTER_SECONDS * rate.hz()).round() as u64;
        let channel = |index| Channel { noise: Noise::new(seed, index), errors: [0.0; 2 * ORDER], place: 0 };
        Ok(Quantiser {
            bits,
            used,
            taps,
            channels: (0..channels).map(channel).collect(),
            blank_after,
            // Before the first frame all was silent.
            silent_for: blank_after,
            clipped: 0,
        })
    }

    /// The dither at work. It differs from what was asked for where no shaper was designed for the rate.
    pub fn used(&self) -> Dither {
        self.used
    }

    /// Bits of a word.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Samples that did not fit the range and were held at its end, since the last reset.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// Gives every channel the noise of the first, for mono programme on two channels that shall stay bit-equal.
    pub fn share_noise(&mut self) {
        if let Some(noise) = self.channels.first().map(|channel| channel.noise) {
            self.channels.iter_mut().for_each(|channel| channel.noise = noise);
        }
    }

    /// What the quantiser can add to a peak at full scale: the headroom a ceiling in front of it needs.
    pub fn reserve(&self) -> Db {
        let worst = match self.used {
            Dither::None => 0.5,
            _ => LARGEST_ERROR * (1.0 + self.taps.iter().map(|tap| tap.abs()).sum::<f64>()),
        };
        Db::from_amplitude(1.0 + worst * self.lsb())
    }

    fn lsb(&self) -> f64 {
        libm::exp2(1.0 - f64::from(self.bits))
    }

    /// Forgets the error history and the count of clipped samples, as at the start of a file. Audio thread.
    pub fn reset(&mut self) {
        self.channels.iter_mut().for_each(Channel::forget);
        self.silent_for = self.blank_after;
        self.clipped = 0;
    }

    /// Quantises the block in place; its first frame is number `start_frame` of the deliverable. Audio thread.
    pub fn process(&mut self, start_frame: u64, block: &mut Block) {
        let mut start = 0;
        while start < block.frames() {
            let count = CHUNK.min(block.frames() - start);
            self.process_chunk(start_frame + start as u64, block, start, count);
            start += count;
        }
    }

    fn process_chunk(&mut self, frame: u64, block: &mut Block, start: usize, count: usize) {
        let mut blank = [false; CHUNK];
        for (offset, blank) in blank[..count].iter_mut().enumerate() {
            let silent = block.iter().all(|channel| channel[start + offset] == 0.0);
            self.silent_for = if silent { self.silent_for + 1 } else { 0 };
            *blank = self.silent_for > self.blank_after;
        }
        let (scale, lsb) = (1.0 / self.lsb(), self.lsb());
        let dithered = self.used != Dither::None;
        for (index, channel) in self.channels.iter_mut().enumerate().take(block.channels()) {
            let samples = &mut block.channel_mut(index)[start..start + count];
            for (offset, sample) in samples.iter_mut().enumerate() {
                if blank[offset] {
                    channel.forget();
                    *sample = 0.0;
                    continue;
                }
                let wanted = *sample * scale;
                let (level, clipped) = if dithered {
                    channel.step(wanted, scale, self.taps, frame + offset as u64)
                } else {
                    hold(libm::floor(wanted + 0.5), scale)
                };
                self.clipped += u64::from(clipped);
                *sample = level * lsb;
            }
        }
    }
}

impl Channel {
    fn forget(&mut self) {
        self.errors = [0.0; 2 * ORDER];
        self.place = 0;
    }

    fn step(&mut self, wanted: f64, scale: f64, taps: &[f64], frame: u64) -> (f64, bool) {
        let history = &self.errors[self.place..self.place + ORDER];
        let shaped: f64 = taps.iter().zip(history).map(|(tap, error)| tap * error).sum();
        let aimed = wanted + shaped;
        let (level, clipped) = hold(libm::floor(aimed + self.noise.triangular(frame) + 0.5), scale);
        if !taps.is_empty() {
            let error = (level - aimed).clamp(-LARGEST_ERROR, LARGEST_ERROR);
            // What is not a number must not live on in the history.
            let error = if error.is_finite() { error } else { 0.0 };
            self.place = (self.place + ORDER - 1) % ORDER;
            self.errors[self.place] = error;
            self.errors[self.place + ORDER] = error;
        }
        (level, clipped)
    }
}

/// The level within the range of the word, and whether it had to be held there. What is not a number becomes 0.
fn hold(level: f64, scale: f64) -> (f64, bool) {
    if level.is_nan() {
        return (0.0, true);
    }
    (level.clamp(-scale, scale - 1.0), level < -scale || level > scale - 1.0)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;

    fn quantiser(bits: u32, dither: Dither, rate: u32) -> Quantiser {
        Quantiser::new(bits, dither, SampleRate(rate), 1, 1).unwrap()
    }

    fn run(quantiser: &mut Quantiser, samples: &[f64], size: usize) -> Vec<f64> {
        let mut out = Vec::new();
        for part in samples.chunks(size) {
            let mut block = Block::from_channels(&[part]);
            quantiser.process(out.len() as u64, &mut block);
            out.extend_from_slice(block.channel(0));
        }
        out
    }

    fn tone(amplitude: f64, length: usize) -> Vec<f64> {
        (0..length).map(|n| amplitude * libm::sin(2.0 * PI * 0.0213 * n as f64)).collect()
    }

    /// Power of the error in dB against a full-scale sine.
    fn noise_db(samples: &[f64], out: &[f64]) -> f64 {
        let power: f64 = samples.iter().zip(out).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / samples.len() as f64;
        10.0 * libm::log10(2.0 * power)
    }

    #[test]
    fn four_bits_worth_of_human_scale() {
        let mut plain = quantiser(8, Dither::None, 48_000);
        let lsb = 1.0 / 128.0;
        assert_eq!(
            run(&mut plain, &[0.4 * lsb, 0.6 * lsb, -0.6 * lsb, 2.0, -2.0], 9),
            [0.0, lsb, -lsb, 1.0 - lsb, -1.0]
        );
        assert_eq!(plain.clipped(), 2);
        assert!(Quantiser::new(7, Dither::None, SampleRate(1), 1, 0).is_err());
    }

    #[test]
    fn noise_has_the_designed_power() {
        let signal = tone(0.1, 100_000);
        for (dither, rate, total) in [
            (Dither::Tpdf, 44_100, -93.33),
            (Dither::ShapedLight, 44_100, -80.0),
            (Dither::ShapedStandard, 44_100, -75.1),
            (Dither::ShapedStrong, 44_100, -70.0),
            (Dither::ShapedLight, 48_000, -80.0),
            (Dither::ShapedStandard, 48_000, -75.1),
            (Dither::ShapedStrong, 48_000, -70.0),
            (Dither::ShapedStandard, 88_200, -84.0),
            (Dither::ShapedStrong, 88_200, -80.0),
            (Dither::ShapedStandard, 96_000, -84.0),
            (Dither::ShapedStrong, 96_000, -80.0),
        ] {
            let out = run(&mut quantiser(16, dither, rate), &signal, 4096);
            let measured = noise_db(&signal, &out);
            assert!((measured - total).abs() < 0.15, "{dither:?} {rate}: {measured}");
        }
    }

    #[test]
    fn a_rate_without_a_shaper_says_what_is_used() {
        assert_eq!(quantiser(16, Dither::ShapedStandard, 192_000).used(), Dither::Tpdf);
        assert_eq!(quantiser(16, Dither::ShapedLight, 96_000).used(), Dither::Tpdf);
        assert_eq!(quantiser(16, Dither::ShapedStrong, 44_100).used(), Dither::ShapedStrong);
    }

    #[test]
    fn silence_stays_exact_and_music_is_dithered_at_once() {
        let mut quantiser = quantiser(16, Dither::ShapedStandard, 10_000);
        assert!(run(&mut quantiser, &[0.0; 3000], 700).iter().all(|value| *value == 0.0));
        assert!(run(&mut quantiser, &[1e-6; 100], 100).iter().any(|value| *value != 0.0));
        let tail = run(&mut quantiser, &[0.0; 3000], 64);
        let last = tail.iter().rposition(|value| *value != 0.0);
        assert!(last.is_some_and(|last| last < 1000 && last > 900), "{last:?}");
    }

    #[test]
    fn the_mean_follows_a_level_far_below_one_step() {
        let lsb = 1.0 / 32_768.0;
        let out = run(&mut quantiser(16, Dither::Tpdf, 44_100), &[0.3 * lsb; 200_000], 4096);
        let mean = out.iter().sum::<f64>() / out.len() as f64 / lsb;
        assert!((mean - 0.3).abs() < 0.005, "{mean}");
    }

    #[test]
    fn recovers_from_clipping_and_from_what_is_not_a_number() {
        let mut quantiser = quantiser(16, Dither::ShapedStrong, 44_100);
        let out = run(&mut quantiser, &[1.5, f64::NAN, -1.5, 1.5, f64::INFINITY], 5);
        assert!(out.iter().all(|value| (-1.0..1.0).contains(value)));
        assert_eq!(quantiser.clipped(), 5);
        let signal = tone(0.0001, 20_000);
        let out = run(&mut quantiser, &signal, 512);
        assert!((noise_db(&signal[100..], &out[100..]) + 70.0).abs() < 0.4);
    }

    #[test]
    fn the_reserve_is_never_exceeded() {
        for dither in Dither::ALL {
            let mut quantiser = quantiser(16, dither, 44_100);
            let signal = tone(0.5, 50_000);
            let out = run(&mut quantiser, &signal, 512);
            let worst = signal.iter().zip(&out).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(1.0 + worst <= quantiser.reserve().amplitude() + 1e-12);
        }
        assert!((quantiser(16, Dither::ShapedStandard, 44_100).reserve().0 - 0.0085).abs() < 0.001);
    }

    proptest! {
        #[test]
        fn bits_do_not_depend_on_blocks(size in 1usize..300) {
            let signal = tone(0.3, 600);
            let whole = run(&mut quantiser(16, Dither::ShapedStandard, 44_100), &signal, 600);
            prop_assert_eq!(run(&mut quantiser(16, Dither::ShapedStandard, 44_100), &signal, size), whole);
        }

        #[test]
        fn plain_rounding_leaves_whole_words(word in -8_388_608i32..8_388_607) {
            let value = f64::from(word) / 8_388_608.0;
            prop_assert_eq!(run(&mut quantiser(24, Dither::None, 48_000), &[value], 1), vec![value]);
        }
    }
}
