//! The waveform's overview: minimum, maximum and power per 256 frames, and a pyramid of powers of two above them.
//!
//! Built while a file streams by, kept in a cache as bytes, and asked for a picture's columns at any zoom. A column is
//! exact to 256 frames: closer than that, draw the samples themselves.

mod bytes;

pub use bytes::OverviewError;

use super::finite::finite;
use crate::audio::Block;
use crate::unit::Frames;

/// Frames in a column of the lowest level: 5 ms, finer than a pixel of any whole-song view.
pub const BASE_FRAMES: u64 = 256;

/// What one stretch of one channel looks like.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Column {
    /// Smallest sample.
    pub min: f32,
    /// Largest sample.
    pub max: f32,
    /// Mean square.
    pub power: f32,
}

impl Column {
    /// Root mean square, linear.
    pub fn rms(self) -> f32 {
        self.power.sqrt()
    }

    /// The column of two neighbouring stretches of `own` and `others` frames.
    fn joined(self, own: u64, other: Column, others: u64) -> Column {
        let power = f64::from(self.power) * own as f64 + f64::from(other.power) * others as f64;
        Column {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            power: (power / (own + others).max(1) as f64) as f32,
        }
    }
}

/// One channel's columns: level 0 holds 256 frames each, every level above twice as many.
#[derive(Debug, Clone, Default)]
struct Pyramid {
    levels: Vec<Vec<Column>>,
    partial: Partial,
}

/// The column that is being filled.
#[derive(Debug, Clone, Copy)]
struct Partial {
    frames: u64,
    min: f64,
    max: f64,
    power: f64,
}

impl Default for Partial {
    fn default() -> Partial {
        Partial { frames: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, power: 0.0 }
    }
}

/// The overview of a signal.
#[derive(Debug, Clone)]
pub struct Overview {
    channels: Vec<Pyramid>,
    frames: u64,
}

impl Overview {
    /// An empty overview of `channels` channels.
    pub fn new(channels: usize) -> Overview {
        Overview { channels: vec![Pyramid::default(); channels], frames: 0 }
    }

    /// Adds the next block. It can be asked for columns at any time.
    pub fn process(&mut self, block: &Block) {
        let block = finite(block);
        for (pyramid, samples) in self.channels.iter_mut().zip(block.iter()) {
            pyramid.add(samples);
        }
        self.frames += block.frames() as u64;
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    /// Frames seen so far.
    pub fn frames(&self) -> Frames {
        Frames(self.frames)
    }

    /// The span `start..end` of a channel as `columns` columns of equal width. What lies beyond the end of the signal
    /// is silent; an unknown channel gives nothing.
    pub fn query(&self, channel: usize, start: Frames, end: Frames, columns: usize) -> Vec<Column> {
        let Some(pyramid) = self.channels.get(channel) else { return Vec::new() };
        let span = end.0.saturating_sub(start.0) as u128;
        let edge = |index: usize| start.0 + (span * index as u128 / columns.max(1) as u128) as u64;
        (0..columns).map(|index| pyramid.column(edge(index), edge(index + 1), self.frames)).collect()
    }

    /// The whole of a channel in one column; `None` for an unknown channel or nothing at all.
    pub fn whole(&self, channel: usize) -> Option<Column> {
        let pyramid = self.channels.get(channel)?;
        (self.frames > 0).then(|| pyramid.column(0, self.frames, self.frames))
    }
}

impl Pyramid {
    fn add(&mut self, samples: &[f64]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let room = (BASE_FRAMES - self.partial.frames) as usize;
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.partial.add(now);
            rest = later;
            if self.partial.frames == BASE_FRAMES {
                let column = std::mem::take(&mut self.partial).column();
                self.push(column);
            }
        }
    }

    /// Appends a full column to the lowest level and joins pairs upwards.
    fn push(&mut self, column: Column) {
        let mut column = column;
        let mut level = 0;
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(column);
            if !row.len().is_multiple_of(2) {
                return;
            }
            column = row[row.len() - 2].joined(1, row[row.len() - 1], 1);
            level += 1;
        }
    }

    /// What `start..end` looks like: every base column it touches, at least one.
    fn column(&self, start: u64, end: u64, frames: u64) -> Column {
        let first = start / BASE_FRAMES;
        let last = end.max(start + 1).div_ceil(BASE_FRAMES);
        let full = self.levels.first().map_or(0, |row| row.len() as u64);
        let mut joined: Option<(Column, u64)> = None;
        let mut add = |column: Column, weight: u64| {
            joined = Some(match joined {
                Some((held, held_weight)) => (held.joined(held_weight, column, weight), held_weight + weight),
                None => (column, weight),
            });
        };
        let mut index = first;
        while index < last.min(full) {
            let (level, width) = self.widest(index, last.min(full));
            add(self.levels[level][(index >> level) as usize], width * BASE_FRAMES);
            index += width;
        }
        if last > full && first <= full && self.partial.frames > 0 && start < frames {
            add(self.partial.column(), self.partial.frames);
        }
        joined.map(|(column, _)| column).unwrap_or_default()
    }

    /// The highest level that has a column starting at base `index` and ending by `last`, and its width in base columns.
    fn widest(&self, index: u64, last: u64) -> (usize, u64) {
        let mut level = 0;
        while level + 1 < self.levels.len() {
            let width = 1u64 << (level + 1);
            let held = self.levels[level + 1].len() as u64;
            if !index.is_multiple_of(width) || index + width > last || index / width >= held {
                break;
            }
            level += 1;
        }
        (level, 1 << level)
    }
}

impl Partial {
    fn add(&mut self, samples: &[f64]) {
        for &sample in samples {
            self.min = self.min.min(sample);
            self.max = self.max.max(sample);
            self.power += sample * sample;
        }
        self.frames += samples.len() as u64;
    }

    fn column(self) -> Column {
        Column { min: self.min as f32, max: self.max as f32, power: (self.power / self.frames as f64) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ramp whose value is its frame, so that minima and maxima read as places.
    fn ramp(frames: usize) -> Overview {
        let mut overview = Overview::new(1);
        overview.process(&Block::from_channels(&[(0..frames).map(|n| n as f64).collect::<Vec<_>>()]));
        overview
    }

    #[test]
    fn a_column_holds_its_stretch() {
        let overview = ramp(256 * 8 + 10);
        let columns = overview.query(0, Frames(0), Frames(2048), 4);
        let edges: Vec<_> = columns.iter().map(|column| (column.min as u64, column.max as u64)).collect();
        assert_eq!(edges, [(0, 511), (512, 1023), (1024, 1535), (1536, 2047)]);
        let whole = overview.whole(0).unwrap();
        assert_eq!((whole.min, whole.max), (0.0, 2057.0));
        let power = (0..2058u64).map(|n| (n * n) as f64).sum::<f64>() / 2058.0;
        assert!((f64::from(whole.power) / power - 1.0).abs() < 1e-6);
    }

    #[test]
    fn every_span_equals_brute_force() {
        let signal: Vec<f64> = (0..5000).map(|n| libm::sin(n as f64 * 0.37) * libm::cos(n as f64 * 0.011)).collect();
        let mut overview = Overview::new(1);
        overview.process(&Block::from_channels(std::slice::from_ref(&signal)));
        for (start, end) in [(0, 5000), (256, 4096), (300, 301), (4900, 5000), (1000, 3333), (0, 256)] {
            let column = overview.query(0, Frames(start), Frames(end), 1)[0];
            let (from, to) = ((start / 256 * 256) as usize, ((end.div_ceil(256) * 256) as usize).min(5000));
            let max = signal[from..to].iter().copied().fold(f64::MIN, f64::max);
            let power = signal[from..to].iter().map(|s| s * s).sum::<f64>() / (to - from) as f64;
            assert_eq!(column.max, max as f32, "{start}..{end}");
            assert!((f64::from(column.power) - power).abs() < 1e-6, "{start}..{end}");
        }
    }

    #[test]
    fn beyond_the_end_is_silence() {
        let overview = ramp(100);
        assert_eq!(overview.query(0, Frames(1000), Frames(2000), 2), [Column::default(); 2]);
        assert!(overview.query(1, Frames(0), Frames(10), 4).is_empty());
        assert_eq!(Overview::new(1).whole(0), None);
    }

    #[test]
    fn block_size_does_not_matter() {
        let whole = ramp(3000);
        let mut pieces = Overview::new(1);
        for start in (0..3000).step_by(77) {
            let end = (start + 77).min(3000);
            pieces.process(&Block::from_channels(&[(start..end).map(|n| n as f64).collect::<Vec<_>>()]));
        }
        let ask = |overview: &Overview| overview.query(0, Frames(10), Frames(2990), 7);
        assert_eq!(ask(&whole), ask(&pieces));
    }
}
