use std::sync::Arc;

use super::entry::EntryError;
use super::feed::{Feeds, Supply};
use super::past::Past;
use super::plan::Plan;
use super::probe::Probe;
use super::programme::{Programme, Scope, Snapshot};
use super::wayout::{GuardAction, WayOut, WayOutError};
use crate::audio::Block;
use crate::chain::{Delta, Listen, Reading, Trouble};
use crate::param::SlotIndex;
use crate::unit::{Frames, Seconds};

/// Whether the last stage of the way out, requantisation, is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Full precision, as it is heard unless asked otherwise.
    Full,
    /// The delivered word: dithered and shortened.
    Delivered,
}

/// How a renderer comes to stand at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// From the start of the run: the same bits as a whole render, however long that takes.
    Exact,
    /// Warmed by the stages' settling times, within bounds: quick, and exact where a run starts nearby.
    Settled,
}

/// What [`Renderer::pull`] met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulled {
    /// Whether all source frames were there; if not, silence stands for them.
    pub supply: Supply,
}

/// Why an offline render stopped.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A source could not be read.
    #[error(transparent)]
    Source(#[from] EntryError),
    /// The pass cannot be converted or requantised.
    #[error(transparent)]
    WayOut(#[from] WayOutError),
    /// A stage made a sample that is not a number; delivering it would be silence.
    #[error("{scope}, stage {slot}: a sample at {position:?} is not a number; reset the stage or undo its last change")]
    NotANumber {
        /// Which chain.
        scope: String,
        /// Which stage, counted from 1.
        slot: usize,
        /// Delivered frame near which it happened.
        position: Frames,
    },
}

/// A copy of all state at a delivered frame. Resuming from it gives the same bits as having rendered up to it, as long
/// as the plan is the same.
#[derive(Clone)]
pub struct Checkpoint {
    position: u64,
    plan_hash: String,
    programme: Snapshot,
    wayout: WayOut,
}

impl Checkpoint {
    /// Delivered frame at which it was taken.
    pub fn position(&self) -> Frames {
        Frames(self.position)
    }
}

/// Makes the programme of a plan, frame after frame, at the delivered rate.
///
/// Built and moved to a position on a worker; then [`Renderer::pull`] and the setters may be called from the audio
/// thread, where they neither allocate nor wait (with live feeds).
pub struct Renderer {
    plan: Arc<Plan>,
    feeds: Box<dyn Feeds>,
    programme: Programme,
    wayout: WayOut,
    position: u64,
    word: Word,
    scrap: Block,
}

/// Frames requantised at a time.
const SCRAP_FRAMES: usize = 1024;

/// A settled start hears at least this much before its position, so that one rule serves chains of any kind.
const LEAST_WARMTH: Seconds = Seconds(0.25);
/// And at most this much, so that a seek is heard at once: slow releases settle while they are heard, and the start is
/// not called exact.
const MOST_WARMTH: Seconds = Seconds(0.4);

impl Renderer {
    /// A renderer of `plan` that reads from `feeds`. It stands nowhere until [`Renderer::start_at`] or
    /// [`Renderer::resume`] is called. Workers only.
    pub fn new(plan: Arc<Plan>, feeds: Box<dyn Feeds>, word: Word) -> Result<Renderer, RenderError> {
        let programme = Programme::new(plan.clone());
        let wayout = WayOut::new(&plan)?;
        let scrap = Block::new(plan.layout.channels(), SCRAP_FRAMES);
        Ok(Renderer { plan, feeds, programme, wayout, position: 0, word, scrap })
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Next delivered frame.
    pub fn position(&self) -> Frames {
        Frames(self.position)
    }

    /// Stands before delivered frame `position` and says whether what follows equals a whole render bit for bit.
    /// Workers only: renders the way there.
    pub fn start_at(&mut self, position: Frames, start: Start) -> bool {
        let target = self.plan.from_delivered(position.0);
        let run_start = self.run_start(target);
        let warmth = self.warmth();
        // From which delivered frame the guard and the converter must run.
        let from = match start {
            Start::Exact => self.plan.to_delivered(run_start).saturating_sub(self.wayout.reach()),
            Start::Settled => self.plan.to_delivered(target.saturating_sub(warmth).max(run_start)),
        };
        let from = from.min(position.0);
        let programme_from = self.wayout.programme_start(from);
        let warm = if start == Start::Exact { u64::MAX } else { warmth };
        let exact = self.programme.start_at(programme_from, warm, &mut *self.feeds);
        self.wayout.stand_before(from, &mut self.programme, &mut *self.feeds);
        self.position = from;
        self.skip_to(position);
        exact && from <= self.plan.to_delivered(run_start)
    }

    /// Continues from a checkpoint of the same plan and renders on to `position`. Says whether the checkpoint fits.
    /// Workers only.
    pub fn resume(&mut self, checkpoint: &Checkpoint, position: Frames) -> bool {
        if checkpoint.plan_hash != self.plan.hash || checkpoint.position > position.0 {
            return false;
        }
        self.programme.restore(&checkpoint.programme);
        self.wayout = checkpoint.wayout.clone();
        self.position = checkpoint.position;
        self.skip_to(position);
        true
    }

    /// A copy of all state, here. Workers only.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            position: self.position,
            plan_hash: self.plan.hash.clone(),
            programme: self.programme.snapshot(),
            wayout: self.wayout.clone(),
        }
    }

    /// Other feeds from here on, as when a warmed renderer goes live. Workers only; gives the old ones back.
    pub fn exchange_feeds(&mut self, feeds: Box<dyn Feeds>) -> Box<dyn Feeds> {
        std::mem::replace(&mut self.feeds, feeds)
    }

    /// Fills `out` with the next frames, of any number; silence past the programme's end. Audio thread with live feeds.
    pub fn pull(&mut self, out: &mut Block) -> Pulled {
        self.wayout.pull_guarded(out, &mut self.programme, &mut *self.feeds);
        if self.word == Word::Delivered {
            self.wayout.requantise(&self.plan, self.position, out, &mut self.scrap);
        }
        self.position += out.frames() as u64;
        let late = self.programme.take_late();
        Pulled { supply: if late { Supply::Late } else { Supply::Ready } }
    }

    /// As [`Renderer::pull`], for offline work: an unreadable source or a sample that is not a number is an error.
    pub fn pull_checked(&mut self, out: &mut Block) -> Result<(), RenderError> {
        self.pull(out);
        if let Some(error) = self.feeds.take_error() {
            return Err(error.into());
        }
        match self.programme.trouble() {
            None => Ok(()),
            Some((scope, trouble)) => Err(RenderError::NotANumber {
                scope: self.name_of(scope),
                slot: trouble.slot + 1,
                position: Frames(self.position),
            }),
        }
    }

    /// Moves a parameter. Audio thread.
    pub fn set(&mut self, scope: Scope, slot: usize, param: SlotIndex, value: f64, glide: bool) {
        self.programme.set(scope, slot, param, value, glide);
    }

    /// Switches a stage in or out, with a fade; `match_gain` is the linear factor on its dry path. Audio thread.
    pub fn set_slot_on(&mut self, scope: Scope, slot: usize, on: bool, match_gain: f64) {
        self.programme.set_slot_on(scope, slot, on, match_gain, true);
    }

    /// The same at once, for a renderer that is not yet heard.
    pub fn set_slot_on_at_once(&mut self, scope: Scope, slot: usize, on: bool, match_gain: f64) {
        self.programme.set_slot_on(scope, slot, on, match_gain, false);
    }

    /// What is heard of a stage. Monitoring: a renderer that delivers is never asked to. Audio thread.
    pub fn listen(&mut self, scope: Scope, slot: usize, what: Listen) {
        self.programme.listen(scope, slot, what);
    }

    /// The first error an offline read met, taken out.
    pub fn take_error(&mut self) -> Option<EntryError> {
        self.feeds.take_error()
    }

    /// For each clip the frame (in clip time) that will be read next, or `None` where it has been read to its end.
    pub fn next_reads(&self) -> Vec<Option<u64>> {
        self.programme.next_reads()
    }

    /// Switches between processed and original, with a fade and without an offset in time; `match_gain` is the linear
    /// factor on the original. Audio thread.
    pub fn set_chains_on(&mut self, on: bool, match_gain: f64) {
        self.programme.set_chains_on(on, match_gain, true);
    }

    /// The same at once, for a renderer that is not yet heard.
    pub fn set_chains_on_at_once(&mut self, on: bool, match_gain: f64) {
        self.programme.set_chains_on(on, match_gain, false);
    }

    /// Hears what a stage of a chain or all of them add, for a renderer that is not yet heard. The chain after it passes
    /// everything untouched.
    pub fn set_delta(&mut self, scope: Scope, delta: Delta) {
        self.programme.set_delta(scope, delta);
    }

    pub(super) fn set_probe(&mut self, probe: Option<Box<Probe>>) -> Option<Box<Probe>> {
        self.programme.set_probe(probe)
    }

    /// Notes from here on what the stages do, for a renderer that will be heard. Workers only.
    pub fn watch(&mut self) {
        self.programme.watch();
    }

    /// The oldest moment that was noted and not yet taken. Audio thread.
    pub fn take_past(&mut self) -> Option<Past> {
        self.programme.take_past()
    }

    /// Whether requantisation is heard.
    pub fn set_word(&mut self, word: Word) {
        self.word = word;
    }

    /// What a stage did to the last step.
    pub fn reading(&self, scope: Scope, slot: usize) -> Reading {
        self.programme.reading(scope, slot)
    }

    /// What the guard did since its list was last cleared, in delivered frames.
    pub fn guard_actions(&self) -> impl Iterator<Item = GuardAction> {
        self.wayout.guard_actions()
    }

    /// Forgets the guard's work, once it was read. Audio thread.
    pub fn clear_guard_actions(&mut self) {
        self.wayout.clear_guard_actions();
    }

    /// The first stage that made a sample that is not a number since the last start.
    pub fn trouble(&self) -> Option<(Scope, Trouble)> {
        self.programme.trouble()
    }

    /// Samples that had to be cut to the delivered word's range.
    pub fn clipped(&self) -> u64 {
        self.wayout.clipped()
    }

    fn skip_to(&mut self, position: Frames) {
        let mut scrap = Block::new(self.plan.layout.channels(), SCRAP_FRAMES);
        while self.position < position.0 {
            scrap.set_frames((position.0 - self.position).min(SCRAP_FRAMES as u64) as usize);
            self.pull(&mut scrap);
        }
    }

    fn run_start(&self, frame: u64) -> u64 {
        self.plan.runs.iter().rev().find(|run| run.start <= frame).map_or(0, |run| run.start)
    }

    fn warmth(&self) -> u64 {
        let (least, most) = (LEAST_WARMTH.frames(self.plan.rate).0, MOST_WARMTH.frames(self.plan.rate).0);
        self.programme.settling().clamp(least, most)
    }

    fn name_of(&self, scope: Scope) -> String {
        match scope {
            Scope::Album => "album chain".into(),
            Scope::Song(song) => {
                let title = self.plan.songs.get(song).map_or("?", |song| song.title.as_str());
                format!("chain of song {} '{title}'", song + 1)
            }
        }
    }
}
