//! How a source rises and falls, in windows of 5 ms.

use crate::audio::Block;
use crate::source::{self, Reader};
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// A window.
const WINDOW: Seconds = Seconds(0.005);
/// Windows that are looked at together where a level is judged: 50 ms.
const TOGETHER: usize = 10;
/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;
/// Below the loud parts by this much a sound has died away (ISO 3382-1:2009).
const RANGE: Db = Db(60.0);
/// Noise counts as what lies before and behind a song only where it is this far below its loud parts: more is music.
const MOST_NOISE: Db = Db(45.0);
/// Sound stands out of noise by this much.
const OUT_OF_NOISE: Db = Db(10.0);
/// How much of an end is searched for its quietest 50 ms.
const END: Seconds = Seconds(3.0);
/// A song is cut off where its last 50 ms are no further below its loud parts than this.
const CUT_OFF: Db = Db(30.0);
/// Below this nothing is stored in a file of 24 bits.
const BLACK: Db = Db(-138.0);
/// The share of windows below which the loud parts lie.
const LOUD_SHARE: f64 = 0.95;

/// The mean squares of a source, window by window.
#[derive(Debug, Clone)]
pub(super) struct Course {
    rate: SampleRate,
    window: u64,
    powers: Vec<f64>,
}

/// Follows a source to its end; `go_on` is told the share that is done and says whether to go on. `None` when stopped.
pub(super) fn follow(
    reader: &mut dyn Reader,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Course>, source::Error> {
    let (rate, total, channels) = (reader.rate(), reader.frames().0, reader.layout().channels());
    let window = WINDOW.frames(rate).0.max(1);
    let mut block = Block::new(channels, BLOCK_FRAMES);
    let mut powers = Vec::with_capacity((total / window + 1) as usize);
    let (mut sums, mut filled, mut at) = (vec![0.0; channels], 0, 0);
    while at < total {
        block.set_frames((total - at).min(BLOCK_FRAMES as u64) as usize);
        reader.read(at, &mut block)?;
        for frame in 0..block.frames() {
            for (channel, sum) in sums.iter_mut().enumerate() {
                let sample = block.channel(channel)[frame];
                *sum += if sample.is_finite() { sample * sample } else { 0.0 };
            }
            filled += 1;
            if filled == window {
                powers.push(finished(&mut sums, filled));
                filled = 0;
            }
        }
        at += block.frames() as u64;
        if !go_on(at as f64 / total as f64) {
            return Ok(None);
        }
    }
    if filled > 0 {
        powers.push(finished(&mut sums, filled));
    }
    Ok(Some(Course { rate, window, powers }))
}

/// The greatest mean square of the channels; the sums begin anew.
fn finished(sums: &mut [f64], frames: u64) -> f64 {
    let most = sums.iter().fold(0.0, |most: f64, sum| most.max(*sum));
    sums.fill(0.0);
    most / frames as f64
}

fn decibels(power: f64) -> f64 {
    if power > 0.0 { 10.0 * libm::log10(power) } else { f64::NEG_INFINITY }
}

fn power(level: Db) -> f64 {
    libm::pow(10.0, level.0 / 10.0)
}

impl Course {
    fn span(&self, start: Frames, end: Frames) -> (usize, usize) {
        let from = (start.0 / self.window) as usize;
        let to = end.0.div_ceil(self.window) as usize;
        (from.min(self.powers.len()), to.min(self.powers.len()))
    }

    fn mean(windows: &[f64]) -> f64 {
        windows.iter().sum::<f64>() / windows.len().max(1) as f64
    }

    /// How loud the loud parts between two frames are; `None` in silence.
    pub(super) fn loud(&self, start: Frames, end: Frames) -> Option<Db> {
        let (from, to) = self.span(start, end);
        let mut levels: Vec<f64> = self.powers[from..to].chunks(TOGETHER).map(Course::mean).collect();
        levels.sort_by(f64::total_cmp);
        let place = ((levels.len() as f64 - 1.0) * LOUD_SHARE).round() as usize;
        levels.get(place).map(|power| Db(decibels(*power))).filter(|level| level.0 > BLACK.0)
    }

    /// The level above which something sounds, by the quietest moment of the windows at an end.
    fn threshold(&self, end: &[f64], loud: Db) -> f64 {
        let quietest = end.chunks(TOGETHER).map(Course::mean).fold(f64::INFINITY, f64::min);
        let noise = (decibels(quietest) + OUT_OF_NOISE.0).min(loud.0 - MOST_NOISE.0);
        power(Db(noise.max(loud.0 - RANGE.0).max(BLACK.0)))
    }

    fn end_windows(&self) -> usize {
        (END.frames(self.rate).0 / self.window) as usize
    }

    /// The first frame between two that sounds.
    pub(super) fn begins(&self, start: Frames, end: Frames, loud: Db) -> Option<Frames> {
        let (from, to) = self.span(start, end);
        let windows = &self.powers[from..to];
        let threshold = self.threshold(&windows[..windows.len().min(self.end_windows())], loud);
        let first = windows.iter().position(|power| *power > threshold)?;
        Some(Frames(((from + first) as u64 * self.window).max(start.0)))
    }

    /// One past the last frame between two that sounds.
    pub(super) fn ends(&self, start: Frames, end: Frames, loud: Db) -> Option<Frames> {
        let (from, to) = self.span(start, end);
        let windows = &self.powers[from..to];
        let threshold = self.threshold(&windows[windows.len().saturating_sub(self.end_windows())..], loud);
        let last = windows.iter().rposition(|power| *power > threshold)?;
        Some(Frames(((from + last + 1) as u64 * self.window).min(end.0)))
    }

    /// The first frame from which 50 ms lie above a level.
    pub(super) fn first_above(&self, start: Frames, end: Frames, level: Db) -> Option<Frames> {
        let (from, to) = self.span(start, end);
        let limit = power(level);
        let found = self.powers[from..to].windows(TOGETHER).position(|windows| Course::mean(windows) > limit)?;
        Some(Frames((from + found) as u64 * self.window))
    }

    /// One past the last frame to which 50 ms lie above a level.
    pub(super) fn last_above(&self, start: Frames, end: Frames, level: Db) -> Option<Frames> {
        let (from, to) = self.span(start, end);
        let limit = power(level);
        let mut groups = self.powers[from..to].windows(TOGETHER);
        let found = groups.rposition(|windows| Course::mean(windows) > limit)?;
        Some(Frames((from + found + TOGETHER) as u64 * self.window))
    }

    /// The level of the last 50 ms before `end`, where the song still sounds there.
    pub(super) fn sounds_to(&self, end: Frames, loud: Db) -> Option<Db> {
        let (at, _) = self.span(end, end);
        self.sounding(at.saturating_sub(TOGETHER), at, loud)
    }

    /// The level of the first 50 ms from `start`, where the song sounds there already.
    pub(super) fn sounds_from(&self, start: Frames, loud: Db) -> Option<Db> {
        let (at, _) = self.span(start, start);
        self.sounding(at, (at + TOGETHER).min(self.powers.len()), loud)
    }

    fn sounding(&self, from: usize, to: usize, loud: Db) -> Option<Db> {
        let level = Db(decibels(Course::mean(self.powers.get(from..to)?)));
        (from < to && level.0 > loud.0 - CUT_OFF.0).then_some(level)
    }

    /// Whether there is digital silence at a frame.
    pub(super) fn is_black(&self, at: Frames) -> bool {
        let (from, _) = self.span(at, at);
        let near = &self.powers[from.saturating_sub(1)..(from + 2).min(self.powers.len())];
        near.iter().all(|window| *window <= power(BLACK))
    }
}
