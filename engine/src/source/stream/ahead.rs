//! Live: a window of chunks that a thread of its own keeps filled ahead of the playhead.
//!
//! Chunks are allocated once and go round between the two threads over wait-free rings; the audio thread copies out
//! of them and gives them back. It tells the reader where to go on through one atomic number. Nothing on the audio
//! thread waits, locks, allocates or frees.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use super::{Feed, Supply};
use crate::audio::{Block, Layout};
use crate::source::{Error, Reader};
use crate::unit::{Frames, SampleRate};

/// Chunks of a stream.
const CHUNKS: usize = 16;
/// Chunks kept behind the playhead, for small steps back (a loop's overlap, a crossfade heard again).
const KEPT_BEHIND: usize = 1;
/// Seconds held at most.
const WINDOW_SECONDS: u64 = 2;
/// Bytes held at most, whatever rate and channels: forty streams at once stay below a gigabyte.
const WINDOW_BYTES: u64 = 24 << 20;
/// Frames of a chunk at least, so that a block of 8192 frames spans few of them.
const CHUNK_FRAMES: u64 = 2048;
/// How long the reader sleeps when there is nothing to do: short against the shortest window (0.1 s of a jump's
/// 50 ms), long against the cost of waking.
const REST: Duration = Duration::from_millis(3);
/// A request packs the generation above the frame: 2^40 frames are 18 days at 768 kHz.
const FRAME_BITS: u32 = 40;

/// A stretch of the source, going round.
struct Chunk {
    start: u64,
    generation: u64,
    failed: bool,
    block: Block,
}

/// What both threads see.
struct Shared {
    /// Where the reader is to go on: generation and frame.
    wanted: AtomicU64,
    /// Why reading failed, set once by the reader.
    error: OnceLock<Error>,
}

/// A source read ahead by its own thread. `read` is for the audio thread; making and dropping it are not: it has to
/// be sent back to be dropped. Dropped, its thread ends by itself within milliseconds.
pub struct Stream {
    rate: SampleRate,
    layout: Layout,
    frames: Frames,
    /// Chunks in hand: one stretch without gaps, in order.
    held: VecDeque<Chunk>,
    filled: Consumer<Chunk>,
    empty: Producer<Chunk>,
    shared: Arc<Shared>,
    generation: u64,
    /// Where the window of the present generation began.
    origin: u64,
    chunk_frames: u64,
    late: u64,
}

impl Stream {
    /// Starts reading ahead at frame `start`. The first `prefill` chunks (of about an eighth of a second each, at
    /// most 16) are read here, on the caller's thread, so that the stream is ready when it is handed over.
    ///
    /// Errors: the first chunks cannot be read, or the system gives no thread.
    pub fn open(mut reader: Box<dyn Reader>, start: u64, prefill: usize) -> Result<Stream, Error> {
        let (rate, layout, frames) = (reader.rate(), reader.layout(), reader.frames());
        let chunk_frames = chunk_frames(rate, layout);
        let (to_audio, filled) = RingBuffer::new(CHUNKS);
        let (empty, mut from_audio) = RingBuffer::new(CHUNKS);
        let shared = Arc::new(Shared { wanted: AtomicU64::new(pack(0, start)), error: OnceLock::new() });
        let mut held = VecDeque::with_capacity(CHUNKS + 1);
        let mut spare = Vec::with_capacity(CHUNKS);
        let mut next = start;
        for index in 0..CHUNKS {
            let block = Block::new(layout.channels(), chunk_frames as usize);
            let mut chunk = Chunk { start: next, generation: 0, failed: false, block };
            if index < prefill && next < frames.0 {
                reader.read(next, &mut chunk.block)?;
                next += chunk_frames;
                held.push_back(chunk);
            } else {
                spare.push(chunk);
            }
        }
        let mut filler = Filler { reader, to_audio, shared: Arc::clone(&shared), spare, next, generation: 0 };
        std::thread::Builder::new()
            .name("read-ahead".into())
            .spawn(move || filler.run(&mut from_audio))
            .map_err(|cause| Error::Io { path: Default::default(), offset: None, cause: cause.to_string() })?;
        Ok(Stream {
            rate,
            layout,
            frames,
            held,
            filled,
            empty,
            shared,
            generation: 0,
            origin: start,
            chunk_frames,
            late: 0,
        })
    }

    /// Frames held ahead at most.
    pub fn window(&self) -> Frames {
        Frames(self.chunk_frames * (CHUNKS - KEPT_BEHIND) as u64)
    }

    /// Takes in what the reader has finished; what belongs to an earlier request goes straight back.
    fn collect(&mut self) {
        while let Ok(chunk) = self.filled.pop() {
            if chunk.generation == self.generation {
                self.held.push_back(chunk);
            } else {
                self.give_back(chunk);
            }
        }
    }

    fn give_back(&mut self, chunk: Chunk) {
        // The ring has room for every chunk there is: it cannot be full. If it ever were, the chunk stays in hand
        // at the front, where it is passed over, rather than being freed here.
        if let Err(rtrb::PushError::Full(chunk)) = self.empty.push(chunk) {
            self.held.push_front(chunk);
        }
    }

    /// Gives back the chunks that lie behind `start`, except the last few.
    fn release(&mut self, start: u64) {
        while self.held.get(KEPT_BEHIND + 1).is_some_and(|chunk| chunk.start <= start) {
            let behind = self.held.pop_front();
            let Some(chunk) = behind else { return };
            self.give_back(chunk);
        }
    }

    /// Asks the reader to go on at `start`, unless it is already on its way there.
    fn follow(&mut self, start: u64) {
        let begin = self.held.front().map_or(self.origin, |chunk| chunk.start);
        let end = self.held.back().map_or(self.origin, |chunk| chunk.start + self.chunk_frames);
        if start >= begin && start < end.saturating_add(self.window().0) {
            return;
        }
        while let Some(chunk) = self.held.pop_front() {
            self.give_back(chunk);
        }
        self.generation += 1;
        self.origin = start;
        self.shared.wanted.store(pack(self.generation, start), Ordering::Release);
    }

    /// Copies what is in hand; says whether that was everything.
    fn copy(&self, start: u64, wanted: usize, out: &mut Block) -> bool {
        let mut done = 0;
        for chunk in &self.held {
            let position = start + done as u64;
            if done == wanted || position < chunk.start {
                break;
            }
            let from = position - chunk.start;
            if from < self.chunk_frames && !chunk.failed {
                let count = ((self.chunk_frames - from) as usize).min(wanted - done);
                out.copy_from(done, &chunk.block, from as usize, count);
                done += count;
            }
        }
        done == wanted
    }
}

impl Feed for Stream {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn layout(&self) -> Layout {
        self.layout
    }

    fn frames(&self) -> Frames {
        self.frames
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Supply {
        out.clear();
        let wanted = self.frames.0.saturating_sub(start).min(out.frames() as u64) as usize;
        if wanted == 0 {
            return Supply::Ready;
        }
        self.collect();
        if self.copy(start, wanted, out) {
            self.release(start);
            return Supply::Ready;
        }
        out.clear();
        self.late += 1;
        self.follow(start);
        self.release(start);
        Supply::Late
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn error(&self) -> Option<&Error> {
        self.shared.error.get()
    }
}

/// The reading side.
struct Filler {
    reader: Box<dyn Reader>,
    to_audio: Producer<Chunk>,
    shared: Arc<Shared>,
    spare: Vec<Chunk>,
    next: u64,
    generation: u64,
}

impl Filler {
    /// Fills chunks until the other side is gone.
    fn run(&mut self, from_audio: &mut Consumer<Chunk>) {
        while !from_audio.is_abandoned() {
            while let Ok(chunk) = from_audio.pop() {
                self.spare.push(chunk);
            }
            let (generation, frame) = unpack(self.shared.wanted.load(Ordering::Acquire));
            if generation != self.generation {
                (self.generation, self.next) = (generation, frame);
            }
            if !self.fill() {
                std::thread::sleep(REST);
            }
        }
    }

    /// Fills and sends one chunk; `false` where there is nothing to do.
    fn fill(&mut self) -> bool {
        if self.next >= self.reader.frames().0 {
            return false;
        }
        let Some(mut chunk) = self.spare.pop() else { return false };
        chunk.start = self.next;
        chunk.generation = self.generation;
        chunk.failed = false;
        if let Err(error) = self.reader.read(self.next, &mut chunk.block) {
            chunk.failed = true;
            // The first failure is the cause; later ones only follow from it.
            let _ = self.shared.error.set(error);
        }
        self.next += chunk.block.frames() as u64;
        // The ring has room for every chunk there is.
        if let Err(rtrb::PushError::Full(chunk)) = self.to_audio.push(chunk) {
            self.spare.push(chunk);
        }
        true
    }
}

fn chunk_frames(rate: SampleRate, layout: Layout) -> u64 {
    let by_time = u64::from(rate.0) * WINDOW_SECONDS / CHUNKS as u64;
    let by_size = WINDOW_BYTES / (CHUNKS * size_of::<f64>() * layout.channels().max(1)) as u64;
    by_time.max(CHUNK_FRAMES).min(by_size).max(1)
}

fn pack(generation: u64, frame: u64) -> u64 {
    generation << FRAME_BITS | frame.min((1 << FRAME_BITS) - 1)
}

fn unpack(wanted: u64) -> (u64, u64) {
    (wanted >> FRAME_BITS, wanted & ((1 << FRAME_BITS) - 1))
}

#[cfg(test)]
mod tests;
