//! Source frames for a deck that plays: read ahead on a thread, handed over in chunks that go round.
//!
//! Clips that never sound together share a *lane*: a ring of chunks to the audio thread and one back. The thread fills
//! each lane with its clips in order; the audio side takes what it needs, in order, and returns empty chunks. Nothing
//! is asked for: a renderer reads every clip from front to back, so the order is known when the deck is made.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::wire::{Give, Take, ring};
use crate::audio::Block;
use crate::render::{ConvertedReader, EntryError, Feeds, Library, Plan, Supply};
use crate::unit::Seconds;

/// Frames of a chunk: 21 ms at 192 kHz; small enough that the first one is there at once.
const CHUNK_FRAMES: usize = 4096;
/// How far a lane reads ahead: a disk may sleep this long.
const AHEAD: Seconds = Seconds(1.5);
/// A clip's lane is free for another clip this long after it ends.
const BETWEEN: Seconds = Seconds(2.0);
/// How long the thread rests when every lane is full: far less than a lane holds.
const REST: Duration = Duration::from_millis(4);

struct Chunk {
    clip: usize,
    start: u64,
    frames: Block,
}

/// The audio side.
pub struct LiveFeeds {
    lanes: Vec<Lane>,
    /// Lane of each clip.
    lane_of: Vec<usize>,
}

struct Lane {
    full: Take<Box<Chunk>>,
    empty: Give<Box<Chunk>>,
    current: Option<Box<Chunk>>,
}

/// The thread's side of a lane.
struct Filler {
    full: Give<Box<Chunk>>,
    empty: Take<Box<Chunk>>,
    /// Clips still to read: index, next frame.
    clips: std::collections::VecDeque<(usize, u64)>,
    reader: Option<ConvertedReader>,
}

impl LiveFeeds {
    /// Feeds of `plan` whose clips will be read from `from[clip]` on (`None`: not any more). Returns once every lane
    /// that is needed within a moment holds its first chunks, or with the error that met the first reads.
    pub fn start(plan: Arc<Plan>, library: Arc<dyn Library>, from: &[Option<u64>]) -> Result<LiveFeeds, EntryError> {
        let lane_of = assign_lanes(&plan, from);
        let count = lane_of.iter().map(|lane| lane + 1).max().unwrap_or(0);
        let chunks = (AHEAD.frames(plan.rate).0 as usize).div_ceil(CHUNK_FRAMES).max(2);
        let channels = plan.layout.channels();
        let (mut lanes, mut fillers) = (Vec::new(), Vec::new());
        for lane in 0..count {
            let (full_end, full) = ring(chunks);
            let (mut empty, empty_end) = ring(chunks);
            for _ in 0..chunks {
                let chunk = Chunk { clip: 0, start: 0, frames: Block::new(channels, CHUNK_FRAMES) };
                let _ = empty.push(Box::new(chunk));
            }
            let clips = (0..plan.clips.len()).filter(|clip| lane_of[*clip] == lane);
            let clips = clips.filter_map(|clip| from[clip].map(|frame| (clip, frame))).collect();
            lanes.push(Lane { full, empty, current: None });
            fillers.push(Filler { full: full_end, empty: empty_end, clips, reader: None });
        }
        for filler in &mut fillers {
            // Two chunks each before the first frame is heard: the thread has the rest filled while they play.
            for _ in 0..2 {
                filler.fill_one(&plan, &*library)?;
            }
        }
        let builder = thread::Builder::new().name("lacquer-read-ahead".into());
        let spawned = builder.spawn(move || keep_full(fillers, &plan, &*library));
        spawned.map_err(|error| EntryError::Thread(error.to_string()))?;
        Ok(LiveFeeds { lanes, lane_of })
    }
}

/// Gives each clip the first lane that is free when it begins.
fn assign_lanes(plan: &Plan, from: &[Option<u64>]) -> Vec<usize> {
    let between = BETWEEN.frames(plan.rate).0;
    let mut free_at: Vec<u64> = Vec::new();
    let mut lane_of = vec![0; plan.clips.len()];
    for (index, clip) in plan.clips.iter().enumerate() {
        if from[index].is_none() {
            continue;
        }
        let begins = clip.start.saturating_sub(clip.latency);
        let end = clip.start + clip.frames + clip.tail + between;
        match free_at.iter().position(|free| *free <= begins) {
            Some(lane) => (lane_of[index], free_at[lane]) = (lane, end),
            None => {
                lane_of[index] = free_at.len();
                free_at.push(end);
            }
        }
    }
    lane_of
}

impl Filler {
    /// Fills one chunk; says whether there was an empty one and something to read.
    fn fill_one(&mut self, plan: &Plan, library: &dyn Library) -> Result<bool, EntryError> {
        let Some((clip, start)) = self.clips.front().copied() else { return Ok(false) };
        let clip_plan = &plan.clips[clip];
        if start >= clip_plan.frames {
            self.clips.pop_front();
            self.reader = None;
            return Ok(!self.clips.is_empty());
        }
        let Ok(mut chunk) = self.empty.pop() else { return Ok(false) };
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let source = &plan.sources[clip_plan.source];
                let opened = library.open_treated(source)?;
                self.reader.insert(ConvertedReader::new(opened, source, plan.rate, plan.layout, plan.pass.filter())?)
            }
        };
        let count = (clip_plan.frames - start).min(CHUNK_FRAMES as u64);
        chunk.clip = clip;
        chunk.start = start;
        chunk.frames.set_frames(count as usize);
        reader.read(clip_plan.source_start + start, &mut chunk.frames)?;
        if let Some(front) = self.clips.front_mut() {
            front.1 += count;
        }
        let _ = self.full.push(chunk);
        Ok(true)
    }

    fn is_abandoned(&self) -> bool {
        self.full.is_abandoned()
    }
}

/// The thread: keeps all lanes full until the deck is gone. A read that fails leaves its lane empty: the deck says Late,
/// and what was wrong comes out when the file is next opened by a worker.
fn keep_full(mut fillers: Vec<Filler>, plan: &Plan, library: &dyn Library) {
    while !fillers.iter().all(Filler::is_abandoned) {
        let mut worked = false;
        for filler in &mut fillers {
            match filler.fill_one(plan, library) {
                Ok(did) => worked |= did,
                Err(_) => filler.clips.clear(),
            }
        }
        if !worked {
            thread::sleep(REST);
        }
    }
}

impl Feeds for LiveFeeds {
    fn read(&mut self, clip: usize, start: u64, out: &mut Block) -> Supply {
        let lane = self.lane_of.get(clip).and_then(|lane| self.lanes.get_mut(*lane));
        let Some(lane) = lane else {
            out.clear();
            return Supply::Late;
        };
        let mut done = 0;
        while done < out.frames() {
            let wanted = start + done as u64;
            let Some(chunk) = lane.chunk_for(clip, wanted) else {
                for channel in 0..out.channels() {
                    out.channel_mut(channel)[done..].fill(0.0);
                }
                return Supply::Late;
            };
            let offset = (wanted - chunk.start) as usize;
            let count = (chunk.frames.frames() - offset).min(out.frames() - done);
            out.copy_from(done, &chunk.frames, offset, count);
            done += count;
        }
        Supply::Ready
    }
}

impl Lane {
    /// The chunk that holds `frame` of `clip`; earlier ones go back empty.
    fn chunk_for(&mut self, clip: usize, frame: u64) -> Option<&Chunk> {
        loop {
            match &self.current {
                Some(chunk) if chunk.holds(clip, frame) => break,
                // The lane is already past what is asked for.
                Some(chunk) if chunk.clip > clip || (chunk.clip == clip && chunk.start > frame) => return None,
                _ => {}
            }
            // The next chunk is looked at first: if it is not there, the current one may still be asked for.
            let next = self.full.pop().ok()?;
            if let Some(used) = self.current.replace(next) {
                let _ = self.empty.push(used);
            }
        }
        self.current.as_deref()
    }
}

impl Chunk {
    fn holds(&self, clip: usize, frame: u64) -> bool {
        self.clip == clip && frame >= self.start && frame < self.start + self.frames.frames() as u64
    }
}
