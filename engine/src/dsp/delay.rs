//! A delay of whole frames for any number of channels.

use crate::audio::Block;

/// A ring of frames, worked in place. A length of 0 passes everything.
#[derive(Debug, Clone)]
pub struct Delay {
    rings: Vec<Vec<f64>>,
    place: usize,
}

impl Delay {
    /// Silence of `frames` frames in `channels` channels. Allocates.
    pub fn new(channels: usize, frames: usize) -> Delay {
        Delay { rings: vec![vec![0.0; frames]; channels], place: 0 }
    }

    /// The delay in frames.
    pub fn frames(&self) -> usize {
        self.rings.first().map_or(0, Vec::len)
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.rings.iter_mut().for_each(|ring| ring.fill(0.0));
        self.place = 0;
    }

    /// Delays the block in place. Audio thread.
    pub fn process(&mut self, block: &mut Block) {
        self.process_part(block, 0, block.frames());
    }

    /// Delays `count` frames of the block from `start`, as if they were a block of their own. Audio thread.
    pub fn process_part(&mut self, block: &mut Block, start: usize, count: usize) {
        let length = self.frames();
        if length == 0 {
            return;
        }
        for (index, ring) in self.rings.iter_mut().enumerate().take(block.channels()) {
            swap_through(ring, self.place, &mut block.channel_mut(index)[start..start + count]);
        }
        self.place = (self.place + count) % length;
    }
}

impl Delay {
    /// Delays as many samples of each row, one row per channel. Audio thread.
    pub fn process_rows<'a>(&mut self, rows: impl Iterator<Item = &'a mut [f64]>) {
        let (length, mut count) = (self.frames(), 0);
        if length == 0 {
            return;
        }
        for (ring, row) in self.rings.iter_mut().zip(rows) {
            count = row.len();
            swap_through(ring, self.place, row);
        }
        self.place = (self.place + count) % length;
    }

    /// Delays the channels from `first` on; the line then holds those channels only. Audio thread.
    pub fn process_from(&mut self, block: &mut Block, first: usize) {
        let length = self.frames();
        if length == 0 {
            return;
        }
        for (index, ring) in self.rings.iter_mut().enumerate().take(block.channels().saturating_sub(first)) {
            swap_through(ring, self.place, block.channel_mut(first + index));
        }
        self.place = (self.place + block.frames()) % length;
    }

    /// Takes in the channels from `first` on without giving anything out. Audio thread.
    pub fn listen(&mut self, block: &Block, first: usize) {
        let length = self.frames();
        if length == 0 {
            return;
        }
        let skipped = block.frames().saturating_sub(length);
        for (index, ring) in self.rings.iter_mut().enumerate().take(block.channels().saturating_sub(first)) {
            for (frame, sample) in block.channel(first + index).iter().enumerate().skip(skipped) {
                ring[(self.place + frame) % length] = *sample;
            }
        }
        self.place = (self.place + block.frames()) % length;
    }
}

/// Exchanges the samples with the ring, in stretches up to its end.
fn swap_through(ring: &mut [f64], mut place: usize, mut samples: &mut [f64]) {
    while !samples.is_empty() {
        let count = samples.len().min(ring.len() - place);
        let (now, later) = samples.split_at_mut(count);
        now.swap_with_slice(&mut ring[place..place + count]);
        place = (place + count) % ring.len();
        samples = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(delay: &mut Delay, samples: &[f64]) -> Vec<f64> {
        let mut block = Block::from_channels(&[samples]);
        delay.process(&mut block);
        block.channel(0).to_vec()
    }

    #[test]
    fn three_frames_late() {
        let mut delay = Delay::new(1, 3);
        assert_eq!(run(&mut delay, &[1.0, 2.0]), [0.0, 0.0]);
        assert_eq!(run(&mut delay, &[3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        delay.reset();
        assert_eq!(run(&mut delay, &[1.0, 2.0, 3.0, 4.0]), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(run(&mut Delay::new(1, 0), &[1.0, 2.0]), [1.0, 2.0]);
    }
}
