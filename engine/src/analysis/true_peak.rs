//! True peak of each channel (ITU-R BS.1770-5, Annex 2) with the house's one reconstruction, its history in 10 ms
//! steps, and the list of overs.
//!
//! Two ways to the same bits: [`TruePeaks`] for meters that are looked at while they run, and [`PeakTrack`] for whole
//! files, which waits 3 s and leaves out what cannot be the highest point of any 3 s window.

mod track;

pub use track::{ChannelTrack, PeakTrack};

use super::finite::finite;
use super::{Extreme, keep_largest};
use crate::audio::Block;
use crate::dsp::interpolate::TruePeak;
use crate::unit::{Dbtp, Frames, SampleRate};

/// Steps of the history in a second.
const STEPS_PER_SECOND: u32 = 100;
/// No step is shorter than this: it has to cover the detector's latency.
const LEAST_STEP_FRAMES: usize = 64;
/// A frame's true peak is at least its sample, so a floor this far under the largest sample never hides a step's peak.
const UNDER_SAMPLE_PEAK: f64 = 0.999_999;
/// Overs closer than this are one event (about the time in which the ear fuses them).
const MERGE_MS: f64 = 1.0;

/// A stretch of one channel above the ceiling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Over {
    /// The channel, counted from 0.
    pub channel: usize,
    /// Its first frame.
    pub start: Frames,
    /// Frames from the first to the last above the ceiling.
    pub length: Frames,
    /// Its highest point.
    pub peak: Dbtp,
}

/// True peaks of a signal, fed with blocks in order and finished once.
#[derive(Debug, Clone)]
pub struct TruePeaks {
    channels: Vec<ChannelTruePeak>,
}

/// The true peak of one channel: what a worker of its own can run.
#[derive(Debug, Clone)]
pub struct ChannelTruePeak {
    channel: usize,
    detector: TruePeak,
    ceiling: f64,
    merge_frames: u64,
    step_frames: usize,
    /// The samples of the step being filled.
    pending: Vec<f64>,
    /// The samples before the step whose envelope is still to come.
    late: Vec<f64>,
    envelope: Vec<f64>,
    /// Frames whose envelope has been read.
    read: u64,
    steps: Vec<f64>,
    largest: Option<Extreme<f64>>,
    overs: Vec<Over>,
}

impl TruePeaks {
    /// A measurement that lists what exceeds `ceiling`.
    pub fn new(channels: usize, rate: SampleRate, ceiling: Dbtp) -> TruePeaks {
        TruePeaks { channels: (0..channels).map(|channel| ChannelTruePeak::new(channel, rate, ceiling)).collect() }
    }

    /// Measures the next block.
    pub fn process(&mut self, block: &Block) {
        let block = finite(block);
        for (meter, samples) in self.channels.iter_mut().zip(block.iter()) {
            meter.process(samples);
        }
    }

    /// Reads what the detector still holds. Nothing may be processed after it.
    pub fn finish(&mut self) {
        self.channels.iter_mut().for_each(ChannelTruePeak::finish);
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.channels.iter_mut().for_each(ChannelTruePeak::reset);
    }

    /// Forgets maxima, history and overs; the detectors run on.
    pub fn reset_maxima(&mut self) {
        self.channels.iter_mut().for_each(ChannelTruePeak::reset_maxima);
    }

    /// Each channel's meter.
    pub fn channels(&self) -> &[ChannelTruePeak] {
        &self.channels
    }

    /// Each channel's meter, to run them on workers.
    pub fn channels_mut(&mut self) -> &mut [ChannelTruePeak] {
        &mut self.channels
    }

    /// The highest point of all channels; `None` for digital silence.
    pub fn largest(&self) -> Option<Extreme<Dbtp>> {
        let mut best = None;
        for largest in self.channels.iter().filter_map(|meter| meter.largest) {
            keep_largest(&mut best, largest.value, largest.at.0);
        }
        best.map(as_level)
    }

    /// Every over of every channel, in order of time.
    pub fn overs(&self) -> Vec<Over> {
        let mut overs: Vec<Over> = self.channels.iter().flat_map(|meter| meter.overs.iter().copied()).collect();
        overs.sort_by_key(|over| (over.start, over.channel));
        overs
    }

    /// The largest amplitude of any channel in step `index` of the history (10 ms each).
    pub fn step(&self, index: usize) -> f64 {
        self.channels.iter().filter_map(|meter| meter.steps.get(index)).fold(0.0, |peak, step| peak.max(*step))
    }
}

impl ChannelTruePeak {
    /// A meter for one channel.
    pub fn new(channel: usize, rate: SampleRate, ceiling: Dbtp) -> ChannelTruePeak {
        let step_frames = ((rate.0 / STEPS_PER_SECOND) as usize).max(LEAST_STEP_FRAMES);
        let detector = TruePeak::new();
        let latency = detector.latency();
        ChannelTruePeak {
            channel,
            detector,
            ceiling: ceiling.amplitude(),
            merge_frames: (MERGE_MS / 1000.0 * rate.hz()) as u64,
            step_frames,
            pending: Vec::with_capacity(step_frames),
            late: vec![0.0; latency],
            envelope: vec![0.0; step_frames],
            read: 0,
            steps: Vec::new(),
            largest: None,
            overs: Vec::new(),
        }
    }

    /// Measures the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let room = self.step_frames - self.pending.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.pending.extend_from_slice(now);
            rest = later;
            if self.pending.len() == self.step_frames {
                self.step();
            }
        }
    }

    /// Reads what the detector still holds.
    pub fn finish(&mut self) {
        if !self.pending.is_empty() {
            self.step();
        }
        self.pending.resize(self.detector.latency(), 0.0);
        self.step();
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.detector.reset();
        self.pending.clear();
        self.late.fill(0.0);
        self.read = 0;
        self.reset_maxima();
    }

    /// Forgets maximum, history and overs; the detector runs on.
    pub fn reset_maxima(&mut self) {
        self.steps.clear();
        self.largest = None;
        self.overs.clear();
    }

    /// The highest point; `None` for digital silence.
    pub fn largest(&self) -> Option<Extreme<Dbtp>> {
        self.largest.map(as_level)
    }

    /// The highest point of the last whole step of 10 ms; `None` for digital silence.
    pub fn now(&self) -> Option<Dbtp> {
        self.steps.last().filter(|step| **step > 0.0).map(|step| Dbtp::from_amplitude(*step))
    }

    /// Largest amplitude (linear) of each 10 ms since the last reset.
    pub fn steps(&self) -> &[f64] {
        &self.steps
    }

    /// Stretches above the ceiling.
    pub fn overs(&self) -> &[Over] {
        &self.overs
    }

    /// Reads the envelope that the pending samples push out.
    fn step(&mut self) {
        let sample_peak = self.leaving_peak();
        let envelope = &mut self.envelope[..self.pending.len()];
        let floor = (sample_peak * UNDER_SAMPLE_PEAK).min(self.ceiling);
        self.detector.process_above(floor, &self.pending, envelope);
        let mut peak = sample_peak;
        let latency = self.late.len() as u64;
        for (index, value) in envelope.iter().copied().enumerate().filter(|(_, value)| *value > 0.0) {
            let place = self.read + index as u64;
            if place < latency {
                continue;
            }
            let frame = place - latency;
            peak = peak.max(value);
            keep_largest(&mut self.largest, value, frame);
            if value > self.ceiling {
                note(&mut self.overs, self.channel, frame, value, self.merge_frames);
            }
        }
        self.steps.push(peak);
        self.read += self.pending.len() as u64;
        self.pending.clear();
    }

    /// The largest sample among those whose envelope comes out now; keeps the ones that come out next.
    fn leaving_peak(&mut self) -> f64 {
        let latency = self.late.len();
        self.late.extend_from_slice(&self.pending);
        let leaving = self.late.len() - latency;
        let peak = self.late[..leaving].iter().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
        self.late.drain(..leaving);
        peak
    }
}

fn as_level(extreme: Extreme<f64>) -> Extreme<Dbtp> {
    Extreme { value: Dbtp::from_amplitude(extreme.value), at: extreme.at }
}

fn note(overs: &mut Vec<Over>, channel: usize, frame: u64, amplitude: f64, merge_frames: u64) {
    let peak = Dbtp::from_amplitude(amplitude);
    match overs.last_mut() {
        Some(over) if frame <= over.start.0 + over.length.0 + merge_frames => {
            over.length = Frames(frame + 1 - over.start.0);
            over.peak = Dbtp(over.peak.0.max(peak.0));
        }
        _ => overs.push(Over { channel, start: Frames(frame), length: Frames(1), peak }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::interpolate::maximum;

    fn noise(length: usize) -> Vec<f64> {
        let mut state = 7u64;
        let next = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * libm::sin(n as f64 * 0.0003)
        };
        (0..length).map(next).collect()
    }

    fn measured(samples: &[f64], block: usize) -> TruePeaks {
        let mut peaks = TruePeaks::new(1, SampleRate(48_000), Dbtp(0.0));
        for part in samples.chunks(block) {
            peaks.process(&Block::from_channels(&[part.to_vec()]));
        }
        peaks.finish();
        peaks
    }

    #[test]
    fn agrees_with_the_offline_search() {
        let signal = noise(30_000);
        let peak = maximum(&signal).unwrap();
        let found = measured(&signal, 1000).largest().unwrap();
        assert_eq!((found.value, found.at), (peak.level(), Frames(peak.frame)));
    }

    #[test]
    fn block_size_does_not_matter() {
        let signal: Vec<f64> = noise(20_000).iter().map(|sample| 1.3 * sample).collect();
        let whole = measured(&signal, 20_000);
        for block in [1, 50, 481] {
            let pieces = measured(&signal, block);
            assert_eq!(pieces.largest(), whole.largest());
            assert_eq!(pieces.overs(), whole.overs());
            assert_eq!(pieces.channels()[0].steps(), whole.channels()[0].steps());
        }
    }

    #[test]
    fn an_over_between_the_samples_is_listed() {
        // A quarter of the rate, samples at 0.9, crest at 1.27: only in the middle of the second half.
        let tone = |n: usize| if (5_000..5_400).contains(&n) { 1.2728 } else { 0.1 };
        let signal: Vec<f64> =
            (0..10_000).map(|n| tone(n) * libm::sin(std::f64::consts::PI * (0.5 * n as f64 + 0.25))).collect();
        let overs = measured(&signal, 512).overs();
        assert_eq!(overs.len(), 1);
        assert!((overs[0].peak.0 - 2.1).abs() < 0.4, "{:?}", overs[0]);
        assert!(overs[0].start.0.abs_diff(5_000) < 4 && overs[0].length.0.abs_diff(400) < 8);
    }

    #[test]
    fn silence_has_no_peak() {
        let silent = measured(&[0.0; 5000], 100);
        assert_eq!((silent.largest(), silent.overs().len()), (None, 0));
    }
}
