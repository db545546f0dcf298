use crate::unit::{Db, SampleRate};

/// Length of a block in seconds.
const BLOCK_SECONDS: f64 = 3.0;
/// The share of blocks, loudest first, whose level counts.
const LOUD_SHARE: f64 = 0.2;

/// The DR of one channel: second highest block peak over the mean level of the loudest fifth of 3 s blocks, levels
/// counted so that a sine reads its peak (the definition of the Pleasurize Music Foundation's DR meter). A block that
/// the end cuts short does not count unless it is the only one.
#[derive(Debug, Clone)]
pub(super) struct Range {
    frames: u64,
    filled: u64,
    power: f64,
    peak: f64,
    blocks: Vec<(f64, f64)>,
}

impl Range {
    pub(super) fn new(rate: SampleRate) -> Range {
        let frames = ((BLOCK_SECONDS * rate.hz()) as u64).max(1);
        Range { frames, filled: 0, power: 0.0, peak: 0.0, blocks: Vec::new() }
    }

    /// Frames until the block under way is full.
    pub(super) fn room(&self) -> u64 {
        self.frames - self.filled
    }

    /// Adds a stretch no longer than [`Range::room`].
    pub(super) fn add(&mut self, frames: u64, power: f64, peak: f64) {
        self.filled += frames;
        self.power += power;
        self.peak = self.peak.max(peak);
        if self.filled == self.frames {
            self.blocks.push((2.0 * self.power / self.frames as f64, self.peak));
            (self.filled, self.power, self.peak) = (0, 0.0, 0.0);
        }
    }

    /// The value; `None` in digital silence.
    pub(super) fn value(&self) -> Option<Db> {
        let mut blocks = self.blocks.clone();
        if blocks.is_empty() && self.filled > 0 {
            blocks.push((2.0 * self.power / self.filled as f64, self.peak));
        }
        let mut peaks: Vec<f64> = blocks.iter().map(|block| block.1).collect();
        peaks.sort_by(|a, b| b.total_cmp(a));
        let peak = *peaks.get(1).or(peaks.first())?;
        blocks.sort_by(|a, b| b.0.total_cmp(&a.0));
        let count = ((blocks.len() as f64 * LOUD_SHARE) as usize).max(1);
        let power = blocks[..count].iter().map(|block| block.0).sum::<f64>() / count as f64;
        (power > 0.0 && peak > 0.0).then(|| Db(10.0 * libm::log10(peak * peak / power)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of one frame, a third of a hertz: arithmetic.
    fn range(blocks: &[(f64, f64)]) -> Option<Db> {
        let mut range = Range { frames: 1, ..Range::new(SampleRate(1)) };
        blocks.iter().for_each(|(power, peak)| range.add(1, *power, *peak));
        range.value()
    }

    #[test]
    fn the_second_peak_stands_over_the_loudest_fifth() {
        let mut blocks = vec![(0.005, 0.5); 9];
        blocks.push((0.05, 1.0));
        // Two blocks of ten count: mean square 2 (0.05 + 0.005) / 2 = 0.055; second peak 0.5.
        assert!((range(&blocks).unwrap().0 - 10.0 * libm::log10(0.25 / 0.055)).abs() < 1e-12);
        assert_eq!(range(&[(0.5, 1.0)]).map(|db| db.0), Some(0.0));
        assert_eq!((range(&[]), range(&[(0.0, 0.0); 5])), (None, None));
    }
}
