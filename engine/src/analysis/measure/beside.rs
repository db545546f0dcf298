use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, bounded};

use crate::analysis::true_peak::{ChannelTrack, PeakTrack};
use crate::audio::Block;

/// Stretches under way: one being filled, one waiting, one being measured.
const STRETCHES: usize = 3;

/// True peaks on threads of their own, beside everything else. The stretches come in order, so no bit depends on it.
pub(super) struct Beside {
    workers: Vec<Worker>,
    /// The stretches, used again in turn.
    ring: [Arc<Block>; STRETCHES],
    turn: usize,
}

struct Worker {
    stretches: Sender<Arc<Block>>,
    thread: JoinHandle<Vec<ChannelTrack>>,
}

impl Beside {
    /// Starts at most `threads` threads. Gives the track back where the system grants none.
    pub(super) fn start(track: PeakTrack, threads: usize) -> Result<Beside, PeakTrack> {
        let mut channels = track.into_channels();
        let share = channels.len().div_ceil(threads.max(1)).max(1);
        let mut workers = Vec::new();
        while !channels.is_empty() {
            let part: Vec<ChannelTrack> = channels.drain(..share.min(channels.len())).collect();
            let (stretches, incoming) = bounded::<Arc<Block>>(1);
            let kept = part.clone();
            let run = move || {
                let mut part = part;
                for block in incoming {
                    part.iter_mut().for_each(|track| track.process(block.channel(track.channel())));
                }
                part
            };
            match thread::Builder::new().name("lacquer-true-peak".into()).spawn(run) {
                Ok(thread) => workers.push(Worker { stretches, thread }),
                Err(_) => {
                    let mut all = kept;
                    all.append(&mut channels);
                    all.extend(workers.into_iter().flat_map(Worker::join));
                    return Err(PeakTrack::of(all));
                }
            }
        }
        let empty = || Arc::new(Block::new(0, 0));
        Ok(Beside { workers, ring: [empty(), empty(), empty()], turn: 0 })
    }

    /// Hands a stretch over and gives a used one back to be filled, or nothing where none is free.
    pub(super) fn process(&mut self, block: Block) -> (Arc<Block>, Option<Block>) {
        let block = Arc::new(block);
        for worker in &self.workers {
            // A worker ends early only by a panic, which `finish` passes on.
            let _ = worker.stretches.send(Arc::clone(&block));
        }
        self.turn = (self.turn + 1) % STRETCHES;
        let used = std::mem::replace(&mut self.ring[self.turn], Arc::clone(&block));
        (block, Arc::try_unwrap(used).ok().filter(|used| used.capacity() > 0))
    }

    /// Waits for the threads.
    pub(super) fn finish(self) -> PeakTrack {
        PeakTrack::of(self.workers.into_iter().flat_map(Worker::join).collect())
    }
}

impl Worker {
    fn join(self) -> Vec<ChannelTrack> {
        drop(self.stretches);
        match self.thread.join() {
            Ok(channels) => channels,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
