use super::lane::{DEEPEST_OCTAVES, Lane};
use super::timing::Timing;
use crate::audio::Block;
use crate::dsp::delay::Delay;
use crate::dsp::interpolate::{EveryTruePeak, TruePeak};

/// Frames worked together.
pub(super) const CHUNK: usize = 64;
/// 0.005 dB in octaves, asked for on top of every demand: what the reconstruction and the moving gain may be wrong by.
const MARGIN_OCTAVES: f64 = 0.000_83;
/// One octave of gain in dB.
const DB_PER_OCTAVE: f64 = 6.020_599_913_279_624;

/// What a peak is read by.
#[derive(Debug, Clone)]
enum Detector {
    /// The house's kernel.
    House(Box<TruePeak>),
    /// Kernels of every usual length.
    Every(Box<EveryTruePeak>),
}

impl Detector {
    fn latency(&self) -> usize {
        match self {
            Detector::House(detector) => detector.latency(),
            Detector::Every(detector) => detector.latency(),
        }
    }

    fn reset(&mut self) {
        match self {
            Detector::House(detector) => detector.reset(),
            Detector::Every(detector) => detector.reset(),
        }
    }

    fn process_above(&mut self, floor: f64, samples: &[f64], envelope: &mut [f64]) {
        match self {
            Detector::House(detector) => detector.process_above(floor, samples, envelope),
            Detector::Every(detector) => detector.process_above(floor, samples, envelope),
        }
    }
}

/// Holds the true peak of a block under a ceiling: detectors, one lane of reduction per channel (one for all where
/// they are fully linked), and the audio that waits for them.
#[derive(Debug, Clone)]
pub(super) struct Reducer {
    detectors: Vec<Detector>,
    lanes: Vec<Lane>,
    delay: Delay,
    envelopes: Block,
    demands: Vec<[i64; CHUNK]>,
    link: f64,
    /// Lane 0 stands for all.
    shared: bool,
    /// Octaves of reduction per frame of the last chunk, the deepest channel's.
    depths: [f64; CHUNK],
    gains: [f64; CHUNK],
}

impl Reducer {
    /// Holds what the house's kernel reads.
    pub(super) fn new(channels: usize, timing: Timing, link: f64) -> Reducer {
        Reducer::reading_by(Detector::House(Box::default()), channels, timing, link)
    }

    /// Holds what kernels of every usual length read.
    pub(super) fn for_every_meter(channels: usize, timing: Timing, link: f64) -> Reducer {
        Reducer::reading_by(Detector::Every(Box::default()), channels, timing, link)
    }

    fn reading_by(detector: Detector, channels: usize, timing: Timing, link: f64) -> Reducer {
        let detectors = vec![detector; channels];
        let wait = detectors.first().map_or(0, Detector::latency) + timing.latency();
        Reducer {
            detectors,
            lanes: vec![Lane::new(timing); channels],
            delay: Delay::new(channels, wait),
            envelopes: Block::new(channels, CHUNK),
            demands: vec![[0; CHUNK]; channels],
            link,
            shared: link >= 1.0,
            depths: [0.0; CHUNK],
            gains: [1.0; CHUNK],
        }
    }

    pub(super) fn latency(&self) -> usize {
        self.delay.frames()
    }

    /// The latency and what the detectors look back.
    pub(super) fn memory(&self) -> usize {
        self.latency() + self.detectors.first().map_or(0, Detector::latency)
    }

    pub(super) fn reset(&mut self) {
        self.detectors.iter_mut().for_each(Detector::reset);
        self.lanes.iter_mut().for_each(Lane::clear);
        self.delay.reset();
        self.shared = self.link >= 1.0;
    }

    /// How far a channel follows the deepest one: 0 not at all, 1 fully.
    pub(super) fn set_link(&mut self, link: f64) {
        self.link = link.clamp(0.0, 1.0);
        if self.shared && self.link < 1.0 {
            self.shared = false;
            if let Some((first, others)) = self.lanes.split_first_mut() {
                others.iter_mut().for_each(|lane| lane.copy_from(first));
            }
        }
    }

    /// Works `count` (at most [`CHUNK`]) frames of the block from `start` in place, under the ceiling of each frame
    /// (linear, at least `lowest`). Gives the deepest reduction in octaves.
    pub(super) fn process(&mut self, block: &mut Block, start: usize, ceilings: &[f64], lowest: f64) -> f64 {
        let count = ceilings.len();
        let over = self.detect(block, start, ceilings, lowest);
        self.delay.process_part(block, start, count);
        self.depths[..count].fill(0.0);
        if !over && self.lanes.iter().all(Lane::is_idle) {
            self.shared = self.link >= 1.0;
            return 0.0;
        }
        let lanes = if self.shared { 1 } else { self.lanes.len() };
        for index in 0..lanes {
            self.advance(index, count);
            let channels = if self.shared { 0..block.channels() } else { index..index + 1 };
            for channel in channels {
                let samples = &mut block.channel_mut(channel)[start..start + count];
                for (sample, gain) in samples.iter_mut().zip(&self.gains) {
                    *sample *= gain;
                }
            }
        }
        self.depths[..count].iter().copied().fold(0.0, f64::max)
    }

    /// Octaves of reduction of each frame of the last chunk.
    pub(super) fn depths(&self) -> &[f64; CHUNK] {
        &self.depths
    }

    /// Fills the demands of all channels; says whether there is one.
    fn detect(&mut self, block: &Block, start: usize, ceilings: &[f64], lowest: f64) -> bool {
        let count = ceilings.len();
        let mut over = false;
        for (channel, detector) in self.detectors.iter_mut().enumerate() {
            let samples = &block.channel(channel)[start..start + count];
            let envelope = &mut self.envelopes.channel_mut(channel)[..count];
            detector.process_above(lowest, samples, envelope);
            over |= envelope.iter().zip(ceilings).any(|(peak, ceiling)| peak > ceiling);
        }
        for demands in &mut self.demands {
            demands[..count].fill(0);
        }
        if over {
            self.demand(ceilings);
        }
        over
    }

    /// From envelopes to demands, each channel following the deepest as far as they are linked.
    fn demand(&mut self, ceilings: &[f64]) {
        let unit = self.lanes.first().map_or(1.0, Lane::unit);
        for (offset, ceiling) in ceilings.iter().enumerate() {
            let highest = self.envelopes.iter().map(|envelope| envelope[offset]).fold(0.0, f64::max);
            if highest <= *ceiling {
                continue;
            }
            let deepest = wanted(highest / ceiling, unit);
            if self.shared {
                self.demands[0][offset] = deepest;
                continue;
            }
            for (channel, demands) in self.demands.iter_mut().enumerate() {
                let peak = self.envelopes.channel(channel)[offset];
                let own = if peak > *ceiling { wanted(peak / ceiling, unit) } else { 0 };
                demands[offset] = own + up((deepest - own) as f64 * self.link);
            }
        }
    }

    /// Moves a lane over the chunk; fills gains and depths.
    fn advance(&mut self, index: usize, count: usize) {
        let lane = &mut self.lanes[index];
        let scale = lane.octaves_per_sum();
        let (mut last, mut gain) = (0, 1.0);
        for offset in 0..count {
            let sum = lane.push(self.demands[index][offset]);
            if sum != last {
                last = sum;
                gain = if sum == 0 { 1.0 } else { libm::exp2(-(sum as f64 * scale)) };
            }
            self.gains[offset] = gain;
            self.depths[offset] = self.depths[offset].max(last as f64 * scale);
        }
    }
}

/// The demand of a frame whose true peak is `ratio` (above 1) times the ceiling.
fn wanted(ratio: f64, unit: f64) -> i64 {
    up((libm::log2(ratio) + MARGIN_OCTAVES).min(DEEPEST_OCTAVES) * unit)
}

/// Rounded up, for numbers from 0.
fn up(value: f64) -> i64 {
    let whole = value as i64;
    whole + i64::from(whole as f64 != value)
}

/// A reduction in dB, 0 or negative.
pub(super) fn reduction_db(octaves: f64) -> f64 {
    if octaves == 0.0 { 0.0 } else { -octaves * DB_PER_OCTAVE }
}
