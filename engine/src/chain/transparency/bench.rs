//! Test signals through a chain, and the spectrum of what comes out.

use std::f64::consts::{PI, TAU};

use super::super::{Chain, Setting};
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::unit::Hertz;

/// Length of the analysed window at least: 20 Hz is then some seven of its cycles.
const WINDOW_SECONDS: f64 = 0.34;
/// Time given to a processor to settle on a tone, besides its latency: releases of compressors are within it.
const SETTLE_SECONDS: f64 = 0.8;
/// A processor that asks for more than this settles no further on a steady tone.
const SETTLE_LIMIT_SECONDS: f64 = 2.5;
/// Frames processed at a time.
const BLOCK_FRAMES: usize = 4096;

/// How channels are fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// The same in all.
    Alike,
    /// Each second one of opposite sign.
    Opposite,
}

/// Tones, noise and silence through fresh copies of a chain.
pub(super) struct Bench<'a> {
    fresh: &'a dyn Fn() -> Chain,
    setting: Setting,
    level: f64,
    /// Points of the window: a power of two.
    window: usize,
    /// One cycle over the window.
    sine: Vec<f64>,
    latency: usize,
    settle: usize,
}

impl<'a> Bench<'a> {
    pub(super) fn new(fresh: &'a dyn Fn() -> Chain, setting: Setting, level: f64) -> Bench<'a> {
        let rate = setting.rate.hz();
        let window = ((WINDOW_SECONDS * rate) as usize).next_power_of_two().max(64);
        let sine = (0..window).map(|n| libm::sin(TAU * n as f64 / window as f64)).collect();
        let chain = fresh();
        let wanted = (chain.settling() as f64 / rate).clamp(SETTLE_SECONDS, SETTLE_LIMIT_SECONDS);
        let (latency, settle) = (chain.latency(), (wanted * rate) as usize);
        Bench { fresh, setting, level, window, sine, latency, settle }
    }

    pub(super) fn rate(&self) -> f64 {
        self.setting.rate.hz()
    }

    pub(super) fn latency(&self) -> usize {
        self.latency
    }

    pub(super) fn level(&self) -> f64 {
        self.level
    }

    /// Whether a tone is safely below half the rate.
    pub(super) fn holds(&self, tone: Hertz) -> bool {
        tone.0 <= super::EDGE * self.rate()
    }

    /// The odd bin nearest to a tone.
    pub(super) fn bin(&self, tone: Hertz) -> usize {
        let bin = tone.0 * self.window as f64 / self.rate();
        2 * (((bin - 1.0) / 2.0).round().max(0.0) as usize) + 1
    }

    pub(super) fn frequency(&self, bin: usize) -> Hertz {
        Hertz(bin as f64 * self.rate() / self.window as f64)
    }

    /// Runs tones (bin, share of the level) until they have settled, then takes the spectrum of the first channel.
    pub(super) fn spectrum(&self, tones: &[(usize, f64)], feed: Feed) -> Spectrum {
        let begin = self.settle + self.latency;
        let sample = |n: usize| -> f64 {
            let part = |(bin, share): &(usize, f64)| share * self.sine[(bin * n) % self.window];
            self.level * tones.iter().map(part).sum::<f64>()
        };
        let heard = self.run(begin, self.window, feed, &sample);
        let mut fft = RealFft::new(self.window);
        let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
        fft.forward(&heard, &mut bins);
        // What the input was when the window began.
        Spectrum { bins, window: self.window, origin: begin - self.latency }
    }

    /// Noise at the level, and whether it comes out as it went in.
    pub(super) fn passes_noise(&self) -> bool {
        let sample = |n: usize| self.level * noise(n as u64);
        let heard = self.run(self.latency, self.window, Feed::Alike, &sample);
        heard.iter().enumerate().all(|(n, out)| *out == sample(n))
    }

    pub(super) fn keeps_silence(&self) -> bool {
        self.run(0, self.window, Feed::Alike, &|_| 0.0).iter().all(|out| *out == 0.0)
    }

    /// Output of the first channel from frame `begin` on.
    fn run(&self, begin: usize, frames: usize, feed: Feed, sample: &dyn Fn(usize) -> f64) -> Vec<f64> {
        let mut chain = (self.fresh)();
        let channels = self.setting.layout.channels();
        let mut heard = Vec::with_capacity(frames);
        let mut block = Block::new(channels, BLOCK_FRAMES);
        let mut place = 0;
        while heard.len() < frames {
            let row: Vec<f64> = (place..place + BLOCK_FRAMES).map(sample).collect();
            for channel in 0..channels {
                let sign = if feed == Feed::Opposite && channel % 2 == 1 { -1.0 } else { 1.0 };
                block.channel_mut(channel).iter_mut().zip(&row).for_each(|(to, from)| *to = sign * from);
            }
            chain.process(&mut block);
            let skip = begin.saturating_sub(place).min(BLOCK_FRAMES);
            heard.extend_from_slice(&block.channel(0)[skip..]);
            place += BLOCK_FRAMES;
        }
        heard.truncate(frames);
        heard
    }
}

/// The spectrum of a window.
pub(super) struct Spectrum {
    bins: Vec<Complex<f64>>,
    window: usize,
    origin: usize,
}

impl Spectrum {
    /// The bin below half the rate.
    pub(super) fn highest(&self) -> usize {
        self.window / 2 - 1
    }

    /// Peak amplitude of a tone in a bin.
    pub(super) fn amplitude(&self, bin: usize) -> f64 {
        2.0 * self.bins.get(bin).map_or(0.0, |value| value.norm()) / self.window as f64
    }

    /// Squared amplitude.
    pub(super) fn power(&self, bin: usize) -> f64 {
        let amplitude = self.amplitude(bin);
        amplitude * amplitude
    }

    pub(super) fn below_half(&self, bin: usize) -> Option<usize> {
        (bin <= self.highest()).then_some(bin)
    }

    pub(super) fn power_if_below_half(&self, bin: usize) -> Option<f64> {
        self.below_half(bin).map(|bin| self.power(bin))
    }

    /// Where a product beyond half the rate comes to lie.
    pub(super) fn folded(&self, bin: usize) -> usize {
        let place = bin % self.window;
        if place > self.window / 2 { self.window - place } else { place }
    }

    /// Amplitude over `level`, and phase against the input in degrees.
    pub(super) fn transfer(&self, bin: usize, level: f64) -> (f64, f64) {
        let gain = if level > 0.0 { self.amplitude(bin) / level } else { 0.0 };
        // A sine is a cosine a quarter of a turn later.
        let input = TAU * ((bin * self.origin) % self.window) as f64 / self.window as f64 - 0.5 * PI;
        let value = self.bins[bin];
        let turns = (libm::atan2(value.im, value.re) - input) / TAU;
        (gain, 360.0 * (turns - turns.round()))
    }
}

/// Noise from a counter, -1 to 1 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
fn noise(n: u64) -> f64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}
