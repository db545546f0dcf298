/// A stretch of planar audio: `channels` rows of `frames` samples, full scale at ±1.
///
/// The memory is taken once, for `capacity` frames; changing [`Block::set_frames`] afterwards never allocates, so a
/// block may live on the audio thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    channels: usize,
    capacity: usize,
    frames: usize,
    samples: Vec<f64>,
}

impl Block {
    /// A silent block of `frames` frames; that is also its capacity.
    pub fn new(channels: usize, frames: usize) -> Block {
        Block { channels, capacity: frames, frames, samples: vec![0.0; channels * frames] }
    }

    /// A block made of whole channels, all of one length (the shortest counts).
    pub fn from_channels<C: AsRef<[f64]>>(channels: &[C]) -> Block {
        let frames = channels.iter().map(|c| c.as_ref().len()).min().unwrap_or(0);
        let mut block = Block::new(channels.len(), frames);
        for (index, samples) in channels.iter().enumerate() {
            block.channel_mut(index).copy_from_slice(&samples.as_ref()[..frames]);
        }
        block
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Frames in use.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Frames the block can hold without allocating.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Uses the first `frames` frames (at most the capacity). Samples are left as they are.
    pub fn set_frames(&mut self, frames: usize) {
        debug_assert!(frames <= self.capacity);
        self.frames = frames.min(self.capacity);
    }

    /// One channel's samples in use.
    pub fn channel(&self, index: usize) -> &[f64] {
        let start = index * self.capacity;
        &self.samples[start..start + self.frames]
    }

    /// One channel's samples in use, to write.
    pub fn channel_mut(&mut self, index: usize) -> &mut [f64] {
        let start = index * self.capacity;
        &mut self.samples[start..start + self.frames]
    }

    /// Every channel in order.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.channels).map(|index| self.channel(index))
    }

    /// The first two channels, to write together; `None` for mono.
    pub fn pair_mut(&mut self) -> Option<(&mut [f64], &mut [f64])> {
        if self.channels < 2 {
            return None;
        }
        let (left, right) = self.samples.split_at_mut(self.capacity);
        Some((&mut left[..self.frames], &mut right[..self.frames]))
    }

    /// Writes zeros to the frames in use.
    pub fn clear(&mut self) {
        for index in 0..self.channels {
            self.channel_mut(index).fill(0.0);
        }
    }

    /// Copies `frames` frames from `other` at `from` to this block at `to`. Channels that only one side has are left.
    pub fn copy_from(&mut self, to: usize, other: &Block, from: usize, frames: usize) {
        for index in 0..self.channels.min(other.channels) {
            self.channel_mut(index)[to..to + frames].copy_from_slice(&other.channel(index)[from..from + frames]);
        }
    }

    /// Moves `frames` frames inside the block from `from` to `to` (they may overlap).
    pub fn shift(&mut self, from: usize, to: usize, frames: usize) {
        for index in 0..self.channels {
            self.channel_mut(index).copy_within(from..from + frames, to);
        }
    }

    /// Multiplies every sample; a factor of exactly 1 leaves every bit alone.
    pub fn scale(&mut self, factor: f64) {
        if factor == 1.0 {
            return;
        }
        for index in 0..self.channels {
            for sample in self.channel_mut(index) {
                *sample *= factor;
            }
        }
    }

    /// Whether every sample in use is a finite number.
    pub fn is_finite(&self) -> bool {
        self.iter().all(|channel| channel.iter().all(|sample| sample.is_finite()))
    }

    /// Whether every sample in use is exactly zero (digital black).
    pub fn is_silent(&self) -> bool {
        self.iter().all(|channel| channel.iter().all(|sample| *sample == 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_stay_apart_when_the_block_is_shortened() {
        let mut block = Block::from_channels(&[vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]);
        block.set_frames(2);
        assert_eq!(block.channel(0), [1.0, 2.0]);
        assert_eq!(block.channel(1), [4.0, 5.0]);
        block.clear();
        block.set_frames(3);
        assert_eq!(block.channel(1), [0.0, 0.0, 6.0]);
    }

    #[test]
    fn copies_and_shifts_are_exact() {
        let source = Block::from_channels(&[vec![1.0, 2.0, 3.0]]);
        let mut block = Block::new(1, 4);
        block.copy_from(1, &source, 0, 3);
        assert_eq!(block.channel(0), [0.0, 1.0, 2.0, 3.0]);
        block.shift(1, 0, 3);
        assert_eq!(block.channel(0), [1.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn silence_and_finiteness_are_seen() {
        let mut block = Block::new(2, 2);
        assert!(block.is_silent() && block.is_finite());
        block.channel_mut(1)[1] = f64::NAN;
        assert!(!block.is_silent() && !block.is_finite());
    }
}
