//! A file written, hashed and measured by a thread of its own while the render goes on.
//!
//! What is measured are the samples as the file holds them; that it does hold them is shown when it is read back, so
//! the figures are those of the written file.

use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use sha2::Sha256;

use super::error::DeliverError;
use super::sink::hash_samples;
use crate::analysis::measure::{Measured, Measurer};
use crate::audio::Block;
use crate::container::riff::WavWriter;
use crate::session::Depth;

/// Blocks on their way: enough that neither side waits for the other's slowest moment.
const BLOCKS: usize = 16;

/// What a thread does with the blocks it is given.
pub(super) struct Work {
    pub(super) path: PathBuf,
    pub(super) writer: WavWriter,
    pub(super) measurer: Measurer,
    pub(super) depth: Depth,
}

/// What it leaves.
pub(super) struct Done {
    pub(super) writer: WavWriter,
    pub(super) samples: Sha256,
    pub(super) measured: Measured,
}

/// The side that gives blocks.
pub(super) struct Scribe {
    path: PathBuf,
    blocks: Option<Sender<Block>>,
    free: Receiver<Block>,
    thread: Option<JoinHandle<Result<Done, DeliverError>>>,
}

impl Scribe {
    /// Starts the thread.
    pub(super) fn start(work: Work) -> Result<Scribe, DeliverError> {
        let (blocks, given) = bounded(BLOCKS);
        let (back, free) = bounded(BLOCKS + 2);
        let path = work.path.clone();
        let thread = thread::Builder::new().name("scribe".into()).spawn(move || work.run(&given, &back));
        let thread = Some(thread.map_err(DeliverError::write(&path))?);
        Ok(Scribe { path, blocks: Some(blocks), free, thread })
    }

    /// Gives it a block; waits where it is behind. An error of the thread is told here or in [`Scribe::finish`].
    pub(super) fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        let mut own = match self.free.try_recv() {
            Ok(own) if own.capacity() >= block.frames() && own.channels() == block.channels() => own,
            _ => Block::new(block.channels(), block.capacity()),
        };
        own.set_frames(block.frames());
        own.copy_from(0, block, 0, block.frames());
        let sent = self.blocks.as_ref().is_some_and(|blocks| blocks.send(own).is_ok());
        if sent { Ok(()) } else { self.join().map(drop) }
    }

    /// Waits until everything is written and measured.
    pub(super) fn finish(mut self) -> Result<Done, DeliverError> {
        self.join()
    }

    fn join(&mut self) -> Result<Done, DeliverError> {
        self.blocks = None;
        let lost = || DeliverError::Write { path: self.path.clone(), cause: "the thread that writes it ended".into() };
        let thread = self.thread.take().ok_or_else(lost)?;
        thread.join().map_err(|_| lost())?
    }
}

impl Drop for Scribe {
    /// A file that is given up is gone when this returns.
    fn drop(&mut self) {
        self.blocks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Work {
    fn run(mut self, given: &Receiver<Block>, back: &Sender<Block>) -> Result<Done, DeliverError> {
        let mut samples = Sha256::default();
        while let Ok(mut block) = given.recv() {
            hash_samples(&mut samples, &block, self.depth);
            self.writer.write(&block).map_err(DeliverError::write(&self.path))?;
            if self.depth == Depth::Float32 {
                as_held(&mut block);
            }
            self.measurer.process(&block);
            // The other side may be gone, or have enough.
            let _ = back.try_send(block);
        }
        Ok(Done { writer: self.writer, samples, measured: self.measurer.finish() })
    }
}

/// The samples as 32-bit floats hold them.
fn as_held(block: &mut Block) {
    for channel in 0..block.channels() {
        block.channel_mut(channel).iter_mut().for_each(|sample| *sample = f64::from(*sample as f32));
    }
}
