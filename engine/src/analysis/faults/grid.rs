//! The grid of a lossy encoder: seen through its own transform at its own frames, a decoded file has lines that were
//! rounded to nothing, and at no other offset.
//!
//! A few excerpts are transformed at every offset of the frames; the mean logarithm of the lines falls sharply where
//! the offset is the encoder's. Words, filters and level changes of a few decibels leave the holes where they are;
//! resampling destroys them. After Yang, Qu and Huang (2008, "Detecting digital audio forgeries by checking frame
//! offsets").

mod hybrid;
mod transform;

use crate::audio::Block;
use crate::unit::SampleRate;

use hybrid::Hybrid;
use transform::{Shape, Transform};

/// Encoders of this kind work at up to this rate.
const MOST_HZ: f64 = 48_000.0;
/// An excerpt in samples: room for two frames at every offset of either encoder.
const LENGTH: usize = 6144;
/// Distance of the excerpts at first, in their lengths; doubled when there are too many.
const FIRST_STRIDE: u64 = 24;
/// Excerpts that are held.
const HELD: usize = 16;
/// Excerpts that are looked at: the loudest.
const LOOKED_AT: usize = 4;
/// Excerpts whose own deepest notch is where that of all together is.
const AGREE: usize = 2;
/// Softer excerpts say nothing: mean power -60 dBFS.
const LEAST_POWER: f64 = 1e-6;
/// The lines that are looked at, in Hz: below, every encoder is fine; above, shelves cut.
pub(super) const BAND_HZ: (f64, f64) = (3000.0, 15_000.0);
/// Under the noise of 24 bits in either transform: lines that are nothing.
pub(super) const LEAST_LINE: f64 = 1e-12;
/// Half as sure as can be where the best offset stands this many deviations from the others; music that no encoder
/// has seen reaches 4.4.
pub(super) const HALF_SURE: f64 = 5.5;
const SLOPE: f64 = 0.5;
/// The offsets are all alike where their deviation is this small: a channel without lines.
const LEAST_DEVIATION: f64 = 1e-9;

/// A notch is the only one where it is this many times as deep as the next.
const ALONE: f64 = 1.8;
/// Offsets this far to either side are what a notch lies under.
const BESIDE: std::ops::Range<usize> = 2..7;

/// The programmes of left, right, mid and side.
pub(super) const VIEWS: usize = 4;

/// Gathers excerpts.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    rate: SampleRate,
    frames: u64,
    stride: u64,
    pending: Option<Excerpt>,
    held: Vec<Excerpt>,
}

/// A stretch of the first two channels; of one channel, twice the same.
#[derive(Debug, Clone)]
struct Excerpt {
    start: u64,
    channels: [Vec<f64>; 2],
}

/// What a file has been through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    /// The encoder's name.
    pub(super) coder: &'static str,
    /// How sure, 0 to 1.
    pub(super) sure: f64,
    /// By how many deviations the best offset stands out.
    pub(super) deviations: f64,
}

impl Grid {
    /// For a rate; `None` where such encoders do not work.
    pub(super) fn new(rate: SampleRate) -> Option<Grid> {
        let grid = Grid { rate, frames: 0, stride: FIRST_STRIDE, pending: None, held: Vec::new() };
        (rate.hz() <= MOST_HZ && rate.hz() > 2.0 * BAND_HZ.1).then_some(grid)
    }

    /// Takes in the next finite block.
    pub(super) fn process(&mut self, block: &Block) {
        if block.channels() == 0 {
            return;
        }
        let sides = [0, 1.min(block.channels() - 1)].map(|channel| block.channel(channel));
        let mut at = 0;
        while at < block.frames() {
            let now = self.frames + at as u64;
            let excerpt = now / LENGTH as u64;
            let left = (LENGTH as u64 - now % LENGTH as u64) as usize;
            let part = at..(at + left).min(block.frames());
            if excerpt.is_multiple_of(self.stride) {
                let start = excerpt * LENGTH as u64;
                let pending = self.pending.get_or_insert_with(|| Excerpt { start, channels: Default::default() });
                for (held, side) in pending.channels.iter_mut().zip(sides) {
                    held.extend_from_slice(&side[part.clone()]);
                }
                if pending.channels[0].len() == LENGTH {
                    self.held.extend(self.pending.take());
                    self.thin();
                }
            }
            at = part.end;
        }
        self.frames += block.frames() as u64;
    }

    /// Every second excerpt goes when there are too many.
    fn thin(&mut self) {
        while self.held.len() > HELD {
            self.stride *= 2;
            let stride = self.stride * LENGTH as u64;
            self.held.retain(|excerpt| excerpt.start.is_multiple_of(stride));
        }
    }

    /// What the excerpts have been through, where they have.
    pub(super) fn seen(&self) -> Option<Seen> {
        let mut loud: Vec<(f64, &Excerpt)> = self.held.iter().map(|excerpt| (excerpt.power(), excerpt)).collect();
        loud.retain(|(power, _)| *power >= LEAST_POWER);
        loud.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
        loud.truncate(LOOKED_AT);
        let excerpts: Vec<&Excerpt> = loud.into_iter().map(|(_, excerpt)| excerpt).collect();
        if excerpts.is_empty() {
            return None;
        }
        let mut hybrid = Hybrid::new(self.rate);
        let mut seen = self.judged(&excerpts, "MP3", hybrid::FRAME, &mut |excerpt, scores| {
            hybrid.score(excerpt.start, &excerpt.channels, scores)
        });
        for shape in [Shape::Kaiser, Shape::Sine] {
            let mut transform = Transform::new(self.rate, shape);
            let other = self.judged(&excerpts, "AAC or Vorbis", transform::FRAME, &mut |excerpt, scores| {
                transform.score(excerpt.start, &excerpt.channels, scores)
            });
            if other.deviations > seen.deviations {
                seen = other;
            }
        }
        (seen.sure >= 0.5).then_some(seen)
    }

    /// How far the best offset of a transform stands out, over all views.
    fn judged(
        &self,
        excerpts: &[&Excerpt],
        coder: &'static str,
        frame: usize,
        score: &mut dyn FnMut(&Excerpt, &mut [Vec<f64>; VIEWS]),
    ) -> Seen {
        let blank = || -> [Vec<f64>; VIEWS] { std::array::from_fn(|_| vec![0.0; frame]) };
        let mut pooled = blank();
        let mut notches: [Vec<usize>; VIEWS] = Default::default();
        for excerpt in excerpts {
            let mut own = blank();
            score(excerpt, &mut own);
            for ((pooled, own), notches) in pooled.iter_mut().zip(&own).zip(&mut notches) {
                pooled.iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
                notches.push(notch(own).0);
            }
        }
        let agreed = |pooled: &[f64], notches: &[usize]| {
            let (deepest, deviations) = notch(pooled);
            let agree = notches.iter().filter(|own| **own == deepest).count();
            if agree >= AGREE { deviations } else { 0.0 }
        };
        let deviations = pooled.iter().zip(&notches).map(|(pooled, own)| agreed(pooled, own)).fold(0.0, f64::max);
        Seen { coder, deviations, sure: 1.0 / (1.0 + libm::exp(-(deviations - HALF_SURE) / SLOPE)) }
    }
}

impl Excerpt {
    fn power(&self) -> f64 {
        self.channels.iter().flatten().map(|sample| sample * sample).sum::<f64>() / (2 * LENGTH) as f64
    }
}

/// The deepest notch of values, and by how many robust deviations it lies under their median; by none where it is not
/// the only one. An attack lowers many offsets in a row, a soft passage roughens some; the grid is one sample wide.
fn notch(values: &[f64]) -> (usize, f64) {
    let count = values.len();
    let depth = |at: usize| {
        let pair = |apart: usize| values[(at + apart) % count] + values[(at + count - apart) % count];
        BESIDE.map(pair).sum::<f64>() / (2 * BESIDE.len()) as f64 - values[at]
    };
    let depths: Vec<f64> = (0..count).map(depth).collect();
    let notch = (0..count).max_by(|a, b| depths[*a].total_cmp(&depths[*b])).unwrap_or(0);
    let apart = |at: &usize| at.abs_diff(notch).min(count - at.abs_diff(notch)) > BESIDE.end;
    let next = (0..count).filter(apart).map(|at| depths[at].abs()).fold(0.0, f64::max);
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let middle = median(values.to_vec());
    let deviation = 1.4826 * median(values.iter().map(|value| (value - middle).abs()).collect());
    let alone = depths[notch] >= ALONE * next && deviation > LEAST_DEVIATION;
    (notch, if alone { (middle - values[notch]) / deviation } else { 0.0 })
}

/// The four views of a pair of lines.
pub(super) fn views(left: f64, right: f64) -> [f64; VIEWS] {
    [left, right, 0.5 * (left + right), 0.5 * (left - right)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, frames: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..frames).map(|_| 0.2 * next()).collect()
    }

    fn seen(channels: &[Vec<f64>; 2], block: usize) -> Option<Seen> {
        let mut grid = Grid::new(SampleRate(44_100)).unwrap();
        grid.stride = 1;
        for start in (0..channels[0].len()).step_by(block) {
            let end = (start + block).min(channels[0].len());
            grid.process(&Block::from_channels(&[&channels[0][start..end], &channels[1][start..end]]));
        }
        grid.seen()
    }

    #[test]
    fn what_no_encoder_has_seen_has_no_grid() {
        let plain = [noise(1, 200_000), noise(2, 200_000)];
        assert_eq!(seen(&plain, 10_000), None);
        assert_eq!(seen(&[vec![0.0; 50_000], vec![0.0; 50_000]], 10_000), None);
    }

    #[test]
    fn lines_that_were_rounded_to_nothing_are_seen_at_any_block_size() {
        for shape in [Shape::Kaiser, Shape::Sine] {
            let coded = [transform::coded(&noise(3, 20_000), shape), transform::coded(&noise(4, 20_000), shape)];
            let reference = seen(&coded, 10_000).unwrap();
            assert_eq!(reference.coder, "AAC or Vorbis");
            assert!(reference.deviations > 10.0, "{reference:?}");
            assert_eq!(seen(&coded, 777), Some(reference));
        }
    }

    #[test]
    fn excerpts_are_thinned_and_few() {
        let mut grid = Grid::new(SampleRate(44_100)).unwrap();
        let block = Block::from_channels(&[noise(5, 441_000)]);
        (0..60).for_each(|_| grid.process(&block));
        assert!(grid.held.len() <= HELD && grid.held.len() > HELD / 2 - 1, "{}", grid.held.len());
        assert!(Grid::new(SampleRate(96_000)).is_none());
    }
}
