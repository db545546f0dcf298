//! Loudness of ITU-R BS.1770-5 with the meters of EBU Tech 3341 (M, S, I) and the range of EBU Tech 3342 (LRA).
//!
//! The weighted energy is taken in steps of 10 ms; every window, gate and percentile is built from those steps, so that
//! a maximum is found to 10 ms (3341 case 13 needs 20 ms) and the gating blocks of several songs can be joined into an
//! album. The `ebur128` crate is the second opinion on the weighting, in tests.

mod gate;
mod weight;

pub use gate::{GatingBlocks, ShortTermBlocks};

use super::finite::finite;
use super::{Extreme, keep_largest};
use crate::audio::{Block, Layout};
use crate::unit::{Frames, Lu, Lufs, SampleRate, Seconds};
use weight::Weighting;

/// Steps in the momentary window: 400 ms (3341, 2.2).
const MOMENTARY_STEPS: usize = 40;
/// Steps in the short-term window: 3 s (3341, 2.2).
const SHORT_TERM_STEPS: usize = 300;
/// Steps between gating blocks, range blocks and points of the history: 100 ms (75 % overlap of BS.1770; 3342, 3.1).
const HOP_STEPS: usize = 10;
/// The range is not to be trusted before this much programme (3342, 5).
const STABLE_RANGE: Seconds = Seconds(60.0);

/// Why a signal has no loudness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoudnessError {
    /// BS.1770 is not defined here for this many channels.
    #[error("loudness is not defined for {0} channels: 1 to 64 are measured")]
    Channels(usize),
    /// Too slow a rate for 10 ms steps, or too fast for the weighting.
    #[error("loudness is not measured at {0}: 1 kHz to 2.8 MHz are")]
    Rate(SampleRate),
}

/// Both sliding loudnesses at one instant. `None` is digital silence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reading {
    /// Over the last 400 ms.
    pub momentary: Option<Lufs>,
    /// Over the last 3 s.
    pub short_term: Option<Lufs>,
}

/// A loudness meter, fed with blocks in order. For workers and meter threads: it allocates.
///
/// Windows that reach before the start read silence there. Times are those of a window's end, as a meter shows them.
pub struct Loudness {
    rate: SampleRate,
    weighting: Weighting,
    /// Weighted mean-square of each 10 ms step.
    steps: Vec<f64>,
    /// Steps that happened before the last reset of the integration.
    forgotten: usize,
    gating: GatingBlocks,
    short: ShortTermBlocks,
    history: Vec<Reading>,
    momentary_max: Option<Extreme<f64>>,
    short_term_max: Option<Extreme<f64>>,
}

impl Loudness {
    /// A meter for a layout at a rate.
    pub fn new(layout: Layout, rate: SampleRate) -> Result<Loudness, LoudnessError> {
        Ok(Loudness {
            rate,
            weighting: Weighting::new(layout, rate)?,
            steps: Vec::new(),
            forgotten: 0,
            gating: GatingBlocks::default(),
            short: ShortTermBlocks::default(),
            history: Vec::new(),
            momentary_max: None,
            short_term_max: None,
        })
    }

    /// Measures the next block. Channels beyond the layout's are not heard; missing ones are silent.
    pub fn process(&mut self, block: &Block) {
        self.process_finite(&finite(block));
    }

    /// The same for a block that is known to be finite.
    pub(super) fn process_finite(&mut self, block: &Block) {
        let before = self.steps.len();
        self.weighting.process(block, &mut self.steps);
        for end in before + 1..=self.steps.len() {
            self.step(end);
        }
    }

    /// Forgets everything, filters included.
    pub fn reset(&mut self) {
        self.weighting.reset();
        self.steps.clear();
        self.reset_integration();
    }

    /// Starts integration, range, maxima and history anew; the sliding windows run on.
    pub fn reset_integration(&mut self) {
        self.forgotten = self.steps.len();
        self.gating = GatingBlocks::default();
        self.short = ShortTermBlocks::default();
        self.history.clear();
        self.momentary_max = None;
        self.short_term_max = None;
    }

    /// The sliding loudnesses now.
    pub fn reading(&self) -> Reading {
        self.reading_at(self.steps.len())
    }

    /// Gated loudness since the last reset; `None` where nothing passed the absolute gate of -70 LUFS.
    pub fn integrated(&self) -> Option<Lufs> {
        self.gating.integrated()
    }

    /// Loudness range since the last reset; `None` before the first 3 s of sound.
    pub fn range(&self) -> Option<Lu> {
        self.short.range()
    }

    /// Whether the range rests on at least 60 s of programme.
    pub fn range_is_stable(&self) -> bool {
        self.elapsed().0 >= STABLE_RANGE.0
    }

    /// Time measured since the last reset.
    pub fn elapsed(&self) -> Seconds {
        self.time(self.steps.len() - self.forgotten).seconds(self.rate)
    }

    /// The loudest momentary reading since the last reset.
    pub fn momentary_max(&self) -> Option<Extreme<Lufs>> {
        self.momentary_max.map(as_loudness)
    }

    /// The loudest short-term reading since the last reset.
    pub fn short_term_max(&self) -> Option<Extreme<Lufs>> {
        self.short_term_max.map(as_loudness)
    }

    /// Readings every 100 ms since the last reset; the first is at 100 ms.
    pub fn history(&self) -> &[Reading] {
        &self.history
    }

    /// The frame of point `index` of the history (its window's end).
    pub fn history_time(&self, index: usize) -> Frames {
        self.time((index + 1) * HOP_STEPS)
    }

    /// The gating blocks since the last reset, to join several songs.
    pub fn gating_blocks(&self) -> &GatingBlocks {
        &self.gating
    }

    /// The short-term blocks since the last reset, to join several songs.
    pub fn short_term_blocks(&self) -> &ShortTermBlocks {
        &self.short
    }

    /// Integrated loudness of a stretch of what was measured, to the nearest 10 ms, as if it were a file of its own.
    pub fn integrated_between(&self, start: Frames, end: Frames) -> Option<Lufs> {
        let step = self.weighting.step_frames() as u64;
        let first = ((start.0 + step / 2) / step) as usize;
        let last = (((end.0 + step / 2) / step) as usize).min(self.steps.len());
        let mut blocks = GatingBlocks::default();
        for end in (first + MOMENTARY_STEPS..=last).step_by(HOP_STEPS) {
            blocks.push(self.energy(end, MOMENTARY_STEPS));
        }
        blocks.integrated()
    }

    fn step(&mut self, end: usize) {
        let (momentary, short) = (self.energy(end, MOMENTARY_STEPS), self.energy(end, SHORT_TERM_STEPS));
        let at = self.time(end).0;
        if momentary > 0.0 {
            keep_largest(&mut self.momentary_max, momentary, at);
        }
        if short > 0.0 {
            keep_largest(&mut self.short_term_max, short, at);
        }
        let counted = end - self.forgotten;
        if !counted.is_multiple_of(HOP_STEPS) {
            return;
        }
        self.history.push(Reading { momentary: loudness(momentary), short_term: loudness(short) });
        if counted >= MOMENTARY_STEPS {
            self.gating.push(momentary);
        }
        if counted >= SHORT_TERM_STEPS {
            self.short.push(short);
        }
    }

    fn reading_at(&self, end: usize) -> Reading {
        Reading {
            momentary: loudness(self.energy(end, MOMENTARY_STEPS)),
            short_term: loudness(self.energy(end, SHORT_TERM_STEPS)),
        }
    }

    /// Mean energy of the window of `length` steps that ends before step `end`.
    fn energy(&self, end: usize, length: usize) -> f64 {
        self.steps[end.saturating_sub(length)..end].iter().sum::<f64>() / length as f64
    }

    fn time(&self, steps: usize) -> Frames {
        Frames((steps * self.weighting.step_frames()) as u64)
    }
}

fn as_loudness(extreme: Extreme<f64>) -> Extreme<Lufs> {
    Extreme { value: energy_to_loudness(extreme.value), at: extreme.at }
}

fn loudness(energy: f64) -> Option<Lufs> {
    (energy > 0.0).then(|| energy_to_loudness(energy))
}

/// BS.1770-5, equation 2: the constant makes 997 Hz at 0 dBFS in one channel read -3.01.
fn energy_to_loudness(energy: f64) -> Lufs {
    Lufs(10.0 * libm::log10(energy) - 0.691)
}

fn loudness_to_energy(loudness: f64) -> f64 {
    libm::exp((loudness + 0.691) * (std::f64::consts::LN_10 / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(level_db: f64, seconds: f64, rate: f64) -> Vec<f64> {
        let amplitude = libm::pow(10.0, level_db / 20.0);
        (0..(seconds * rate) as usize)
            .map(|n| amplitude * libm::sin(std::f64::consts::TAU * 997.0 * n as f64 / rate))
            .collect()
    }

    fn meter(layout: Layout, rate: u32) -> Loudness {
        Loudness::new(layout, SampleRate(rate)).unwrap()
    }

    #[test]
    fn full_scale_in_one_channel_reads_minus_three() {
        let mut one = meter(Layout::Stereo, 48_000);
        one.process(&Block::from_channels(&[sine(0.0, 5.0, 48_000.0), vec![0.0; 240_000]]));
        assert!((one.integrated().unwrap().0 + 3.01).abs() < 0.01);
        assert!((one.reading().short_term.unwrap().0 + 3.01).abs() < 0.01);
        assert_eq!(one.history().len(), 50);
    }

    #[test]
    fn digital_silence_has_no_loudness() {
        let mut meter = meter(Layout::Stereo, 44_100);
        meter.process(&Block::new(2, 44_100 * 4));
        assert_eq!((meter.integrated(), meter.range(), meter.momentary_max()), (None, None, None));
        assert_eq!(meter.reading(), Reading::default());
    }

    #[test]
    fn block_size_does_not_matter() {
        let channels = [sine(-20.0, 4.0, 44_100.0), sine(-23.0, 4.0, 44_100.0)];
        let whole = Block::from_channels(&channels);
        let mut reference = meter(Layout::Stereo, 44_100);
        reference.process(&whole);
        for size in [1, 63, 441, 5000] {
            let mut meter = meter(Layout::Stereo, 44_100);
            let mut block = Block::new(2, size);
            for start in (0..whole.frames()).step_by(size) {
                let frames = size.min(whole.frames() - start);
                block.set_frames(frames);
                block.copy_from(0, &whole, start, frames);
                meter.process(&block);
            }
            assert_eq!(meter.integrated(), reference.integrated(), "blocks of {size}");
            assert_eq!(meter.history(), reference.history());
        }
    }

    #[test]
    fn a_sample_that_is_no_number_does_not_poison_the_meter() {
        let mut bad = sine(-20.0, 3.0, 48_000.0);
        bad[100] = f64::NAN;
        let mut meter = meter(Layout::Mono, 48_000);
        meter.process(&Block::from_channels(&[bad]));
        assert!((meter.integrated().unwrap().0 + 23.0).abs() < 0.05);
    }

    #[test]
    fn resetting_integration_keeps_the_windows() {
        let mut meter = meter(Layout::Mono, 48_000);
        meter.process(&Block::from_channels(&[sine(-10.0, 4.0, 48_000.0)]));
        let before = meter.reading();
        meter.reset_integration();
        assert_eq!(meter.reading(), before);
        assert_eq!((meter.integrated(), meter.history().len()), (None, 0));
        meter.process(&Block::from_channels(&[sine(-30.0, 4.0, 48_000.0)]));
        // No block that reaches back over the reset counts.
        assert!((meter.integrated().unwrap().0 + 33.0).abs() < 0.1, "{:?}", meter.integrated());
    }

    #[test]
    fn a_stretch_is_measured_like_a_file_of_its_own() {
        let mut both = meter(Layout::Mono, 48_000);
        both.process(&Block::from_channels(&[sine(-10.0, 4.0, 48_000.0)]));
        both.process(&Block::from_channels(&[sine(-30.0, 4.0, 48_000.0)]));
        let quiet = both.integrated_between(Frames(200_000), Frames(384_000)).unwrap();
        assert!((quiet.0 + 33.01).abs() < 0.02, "{quiet}");
        assert_eq!(both.integrated_between(Frames(5), Frames(5)), None);
    }

    #[test]
    fn surrounds_weigh_more_and_lfe_nothing() {
        let tone = sine(-20.0, 3.0, 48_000.0);
        let alone = |index: usize| {
            let mut channels = vec![vec![0.0; tone.len()]; 6];
            channels[index] = tone.clone();
            let mut meter = meter(Layout::Surround51, 48_000);
            meter.process(&Block::from_channels(&channels));
            meter.integrated().map(|lufs| lufs.0)
        };
        let front = alone(2).unwrap();
        assert!((alone(4).unwrap() - front - 10.0 * libm::log10(1.41)).abs() < 1e-6);
        assert_eq!(alone(3), None);
    }

    #[test]
    fn impossible_signals_are_said() {
        assert_eq!(Loudness::new(Layout::Stereo, SampleRate(0)).err(), Some(LoudnessError::Rate(SampleRate(0))));
        assert_eq!(Loudness::new(Layout::Discrete(0), SampleRate(48_000)).err(), Some(LoudnessError::Channels(0)));
    }
}
