use super::{LEAST_STEP_FRAMES, MERGE_MS, Over, STEPS_PER_SECOND, UNDER_SAMPLE_PEAK, as_level, note};
use crate::analysis::{Extreme, keep_largest};
use crate::audio::Block;
use crate::dsp::interpolate::{AROUND, PeakSearch};
use crate::unit::{Dbtp, SampleRate};

/// Steps of the windows whose highest points have to be exact: 3 s, those of the short-term loudness.
const WINDOW_STEPS: usize = 300;
/// Steps between two points of a history: 100 ms.
const STEPS_PER_POINT: usize = 10;
/// Samples let go at a time: moving what stays costs nothing beside that many.
const LET_GO: usize = 1 << 17;

/// True peaks of a whole file, fed with blocks in order and finished once. The maximum, every over and the highest
/// point of every 3 s window (by steps of 10 ms) are those of [`super::TruePeaks`]; other steps are told by their
/// largest sample.
#[derive(Debug, Clone)]
pub struct PeakTrack {
    channels: Vec<ChannelTrack>,
}

/// One channel of a [`PeakTrack`]: what a worker of its own can run.
#[derive(Debug, Clone)]
pub struct ChannelTrack {
    channel: usize,
    ceiling: f64,
    merge_frames: u64,
    step_frames: usize,
    search: PeakSearch,
    /// Samples from `AROUND` before the first frame that has not been searched.
    held: Vec<f64>,
    /// Samples of `held` that belong to whole steps already read for their largest sample.
    read: usize,
    /// Where the first frame not searched stands in `held`.
    here: usize,
    /// The step that is searched next.
    next: usize,
    /// Of each 10 ms the largest sample; once searched, the true peak where that matters.
    steps: Vec<f64>,
    /// Of each window of 3 s that ends behind a step, from the first whole one on: at least this is its highest point.
    windows: Vec<f64>,
    largest: Option<Extreme<f64>>,
    overs: Vec<Over>,
}

impl PeakTrack {
    /// A measurement that lists what exceeds `ceiling`.
    pub fn new(channels: usize, rate: SampleRate, ceiling: Dbtp) -> PeakTrack {
        PeakTrack { channels: (0..channels).map(|channel| ChannelTrack::new(channel, rate, ceiling)).collect() }
    }

    /// A measurement made of channels that ran elsewhere.
    pub fn of(mut channels: Vec<ChannelTrack>) -> PeakTrack {
        channels.sort_by_key(|track| track.channel);
        PeakTrack { channels }
    }

    /// The channels, to run them elsewhere.
    pub fn into_channels(self) -> Vec<ChannelTrack> {
        self.channels
    }

    /// Measures the next block of finite samples.
    pub fn process(&mut self, block: &Block) {
        for track in &mut self.channels {
            track.process(block.channel(track.channel));
        }
    }

    /// Reads what is still held. Nothing may be processed after it.
    pub fn finish(&mut self) {
        self.channels.iter_mut().for_each(ChannelTrack::finish);
    }

    /// Each channel.
    pub fn channels(&self) -> &[ChannelTrack] {
        &self.channels
    }

    /// The highest point of all channels; `None` for digital silence.
    pub fn largest(&self) -> Option<Extreme<Dbtp>> {
        let mut best = None;
        for largest in self.channels.iter().filter_map(|track| track.largest) {
            keep_largest(&mut best, largest.value, largest.at.0);
        }
        best.map(as_level)
    }

    /// Every over of every channel, in order of time.
    pub fn overs(&self) -> Vec<Over> {
        let mut overs: Vec<Over> = self.channels.iter().flat_map(|track| track.overs.iter().copied()).collect();
        overs.sort_by_key(|over| (over.start, over.channel));
        overs
    }

    /// The largest amplitude of any channel in each 100 ms.
    pub fn history(&self) -> Vec<f64> {
        let steps = self.channels.iter().map(|track| track.steps.len()).max().unwrap_or(0);
        let point = |first: usize| (first..first + STEPS_PER_POINT).map(|step| self.step(step)).fold(0.0, f64::max);
        (0..steps).step_by(STEPS_PER_POINT).map(point).collect()
    }

    /// The largest amplitude of any channel in step `index` (10 ms each); exact where it is the highest of 3 s.
    pub fn step(&self, index: usize) -> f64 {
        self.channels.iter().filter_map(|track| track.steps.get(index)).fold(0.0, |peak, step| peak.max(*step))
    }
}

impl ChannelTrack {
    fn new(channel: usize, rate: SampleRate, ceiling: Dbtp) -> ChannelTrack {
        ChannelTrack {
            channel,
            ceiling: ceiling.amplitude(),
            merge_frames: (MERGE_MS / 1000.0 * rate.hz()) as u64,
            step_frames: ((rate.0 / STEPS_PER_SECOND) as usize).max(LEAST_STEP_FRAMES),
            search: PeakSearch::new(),
            held: vec![0.0; AROUND],
            read: AROUND,
            here: AROUND,
            next: 0,
            steps: Vec::new(),
            windows: Vec::new(),
            largest: None,
            overs: Vec::new(),
        }
    }

    /// Which channel it is, counted from 0.
    pub fn channel(&self) -> usize {
        self.channel
    }

    /// Measures the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        self.held.extend_from_slice(samples);
        while self.read + self.step_frames <= self.held.len() {
            let end = self.read + self.step_frames;
            self.note_step(end);
        }
        while self.next + WINDOW_STEPS <= self.steps.len() {
            self.search_step(self.here + self.step_frames);
        }
        if self.here - AROUND > LET_GO {
            let gone = self.here - AROUND;
            self.held.drain(..gone);
            self.here -= gone;
            self.read -= gone;
        }
    }

    /// Reads what is still held.
    pub fn finish(&mut self) {
        let end = self.held.len();
        if self.read < end {
            self.note_step(end);
        }
        self.held.extend([0.0; AROUND]);
        while self.next < self.steps.len() {
            self.search_step((self.here + self.step_frames).min(end));
        }
    }

    /// The highest point; `None` for digital silence.
    pub fn largest(&self) -> Option<Extreme<Dbtp>> {
        self.largest.map(as_level)
    }

    /// Stretches above the ceiling.
    pub fn overs(&self) -> &[Over] {
        &self.overs
    }

    fn note_step(&mut self, end: usize) {
        let largest = self.held[self.read..end].iter().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
        self.steps.push(largest);
        self.read = end;
        if let Some(first) = self.steps.len().checked_sub(WINDOW_STEPS) {
            self.windows.push(largest_of(&self.steps[first..]));
        }
    }

    /// Searches the frames of the next step, which end at `end` of what is held.
    fn search_step(&mut self, end: usize) {
        let floor = self.floor(self.next);
        let frame = (self.next * self.step_frames) as u64;
        let (ceiling, merge, channel) = (self.ceiling, self.merge_frames, self.channel);
        let (step, largest, overs) = (&mut self.steps[self.next], &mut self.largest, &mut self.overs);
        self.search.above(floor, &self.held[self.here - AROUND..end + AROUND], &mut |place, value| {
            *step = step.max(value);
            keep_largest(largest, value, frame + place as u64);
            if value > ceiling {
                note(overs, channel, frame + place as u64, value, merge);
            }
        });
        self.here = end;
        self.next += 1;
    }

    /// What a frame of this step has to exceed to be the highest point of a window it lies in, or an over.
    fn floor(&self, step: usize) -> f64 {
        // Window k spans steps k to k + 299.
        let last = (step + 1).min(self.windows.len());
        let first = (step + 1).saturating_sub(WINDOW_STEPS).min(last);
        let lowest = self.windows[first..last].iter().copied().reduce(f64::min);
        let needed = lowest.unwrap_or_else(|| largest_of(&self.steps));
        (needed * UNDER_SAMPLE_PEAK).min(self.ceiling)
    }
}

fn largest_of(steps: &[f64]) -> f64 {
    steps.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::super::TruePeaks;
    use super::*;

    /// Noise that swells and fades, with a few hits.
    fn noise(length: usize) -> Vec<f64> {
        let mut state = 11u64;
        let next = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let swell = libm::sin(n as f64 * 0.00003) * if n % 40_000 < 300 { 1.4 } else { 0.5 };
            ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * swell
        };
        (0..length).map(next).collect()
    }

    fn tracked(samples: &[f64], rate: u32, block: usize) -> PeakTrack {
        let mut track = PeakTrack::new(1, SampleRate(rate), Dbtp(0.0));
        for part in samples.chunks(block) {
            track.process(&Block::from_channels(&[part]));
        }
        track.finish();
        track
    }

    #[test]
    fn maximum_and_overs_are_those_of_the_running_meter() {
        let signal = noise(150_000);
        let mut running = TruePeaks::new(1, SampleRate(8_000), Dbtp(0.0));
        running.process(&Block::from_channels(std::slice::from_ref(&signal)));
        running.finish();
        for block in [700, 16_384, 150_000] {
            let track = tracked(&signal, 8_000, block);
            assert_eq!(track.largest(), running.largest());
            assert!(!track.overs().is_empty());
            assert_eq!(track.overs(), running.overs());
        }
    }

    #[test]
    fn every_three_seconds_have_their_exact_highest_point() {
        let signal = noise(100_000);
        let track = tracked(&signal, 8_000, 5_000);
        let mut padded = vec![0.0; AROUND];
        padded.extend(&signal);
        padded.extend([0.0; AROUND]);
        let mut exact = vec![0.0f64; signal.len().div_ceil(80)];
        PeakSearch::new().above(0.0, &padded, &mut |frame, value| exact[frame / 80] = exact[frame / 80].max(value));
        for first in 0..exact.len() - WINDOW_STEPS {
            let highest = (first..first + WINDOW_STEPS).map(|step| track.step(step)).fold(0.0, f64::max);
            assert_eq!(highest, largest_of(&exact[first..first + WINDOW_STEPS]), "{first}");
        }
    }

    #[test]
    fn short_and_silent_files_are_defined() {
        assert_eq!(tracked(&[], 48_000, 1).largest(), None);
        assert_eq!(tracked(&[0.0; 5_000], 48_000, 999).largest(), None);
        let one = tracked(&[0.5], 48_000, 1).largest().unwrap();
        assert!((one.value.0 + 6.02).abs() < 0.01 && one.at.0 == 0);
    }
}
