use crate::audio::{Block, QUANTUM};
use crate::dsp::delay::Delay;

/// What is heard waits for the gains: the bands, and the input beside them.
#[derive(Debug, Clone)]
pub(super) struct Ahead {
    frames: usize,
    /// From the input, by what the crossovers take and the look-ahead.
    input: Delay,
    bands: Vec<Delay>,
    /// The input of the frames at work.
    kept: Block,
    /// The signal passes beside the stage: what the bands held is old.
    asleep: bool,
}

impl Ahead {
    /// Waits `frames` frames; the crossovers take `delay`. Worker threads only: allocates.
    pub(super) fn new(channels: usize, bands: usize, frames: usize, delay: usize) -> Ahead {
        Ahead {
            frames,
            input: Delay::new(channels, delay + frames),
            bands: vec![Delay::new(channels, frames); bands],
            kept: Block::new(channels, QUANTUM),
            asleep: false,
        }
    }

    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// Keeps the input, before the crossovers change the block.
    pub(super) fn keep(&mut self, block: &Block, from: usize, count: usize) {
        if self.asleep {
            self.bands.iter_mut().for_each(Delay::reset);
            self.asleep = false;
        }
        self.kept.set_frames(count);
        self.kept.copy_from(0, block, from, count);
        self.input.process(&mut self.kept);
    }

    /// Delays the bands, and leaves the delayed input in the block.
    pub(super) fn wait(&mut self, block: &mut Block, from: usize, count: usize, bands: &mut [Vec<[f64; QUANTUM]>]) {
        for (delay, band) in self.bands.iter_mut().zip(bands) {
            delay.process_rows(band.iter_mut().map(|row| &mut row[..count]));
        }
        block.copy_from(from, &self.kept, 0, count);
    }

    /// Takes in what passes beside the stage.
    pub(super) fn listen(&mut self, block: &Block) {
        self.input.listen(block, 0);
        self.asleep = true;
    }

    pub(super) fn reset(&mut self) {
        self.input.reset();
        self.bands.iter_mut().for_each(Delay::reset);
        self.asleep = false;
    }
}
