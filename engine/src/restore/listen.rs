//! What of a source is heard: repaired, as it was, or only what the repairs take away.

use std::sync::atomic::AtomicBool;

use super::{Error, Repaired, Shelf, Task, Work};
use crate::analysis::loudness::Loudness;
use crate::audio::{Block, Layout};
use crate::source::{self, Reader};
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// The repairs of a source as a plan hears them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Treatment {
    /// The repairs that work, in order.
    pub tasks: Vec<Task>,
    /// Where this is a list too, what is heard is the source through it less the source through [`Treatment::tasks`]:
    /// what the difference between the two lists takes away.
    pub less: Option<Vec<Task>>,
    /// Level of what is heard, to compare at one loudness.
    pub gain: Db,
}

impl Treatment {
    /// These repairs, heard.
    pub fn of(tasks: Vec<Task>) -> Treatment {
        Treatment { tasks, ..Treatment::default() }
    }

    /// Whether the source is heard as it is.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.less.is_none() && self.gain.0 == 0.0
    }

    /// Without its repairs, or without the one called `id`; `gain` matches the loudness.
    pub fn before(&self, id: Option<&str>, gain: Db) -> Treatment {
        Treatment { tasks: self.without(id), less: None, gain }
    }

    /// Only what its repairs take away, or what the one called `id` does.
    pub fn removed(&self, id: Option<&str>) -> Treatment {
        Treatment { tasks: self.tasks.clone(), less: Some(self.without(id)), gain: Db::UNITY }
    }

    fn without(&self, id: Option<&str>) -> Vec<Task> {
        let stays = |task: &&Task| id.is_some_and(|id| task.id != id);
        self.tasks.iter().filter(stays).cloned().collect()
    }

    /// Whether every patch it needs lies on the shelf already, without opening the source.
    pub fn is_ready(&self, identity: &str, rate: SampleRate, shelf: &Shelf) -> bool {
        let lists = std::iter::once(&self.tasks).chain(&self.less);
        lists.into_iter().all(|tasks| shelf.ready(tasks, identity, rate) == tasks.len())
    }

    /// Its repairs up to the first that is not on the shelf: what can be heard without computing.
    pub fn ready(&self, identity: &str, rate: SampleRate, shelf: &Shelf) -> Treatment {
        Treatment::of(self.tasks[..shelf.ready(&self.tasks, identity, rate)].to_vec())
    }

    /// A reader of the source so treated. `open` opens the source as it is, once or twice. For workers: computes what is
    /// not on the shelf.
    ///
    /// # Errors
    /// As [`Repaired::open`].
    pub fn open(
        &self,
        open: &mut dyn FnMut() -> Result<Box<dyn Reader>, source::Error>,
        identity: &str,
        shelf: &Shelf,
        progress: &mut dyn FnMut(usize, usize, f64),
        cancel: &AtomicBool,
    ) -> Result<Box<dyn Reader>, Error> {
        let mut through = |tasks: &[Task]| {
            let work = Work { shelf, progress: &mut *progress, cancel };
            Repaired::open(open()?, identity, tasks, work)
        };
        let repaired = through(&self.tasks)?;
        let Some(less) = &self.less else {
            return Ok(match self.gain.0 == 0.0 {
                true => Box::new(repaired),
                false => Box::new(Levelled { reader: Box::new(repaired), factor: self.gain.amplitude() }),
            });
        };
        let before = through(less)?;
        Ok(Box::new(Difference { before: Box::new(before), after: Box::new(repaired), held: Block::new(0, 0) }))
    }
}

struct Levelled {
    reader: Box<dyn Reader>,
    factor: f64,
}

impl Reader for Levelled {
    fn rate(&self) -> SampleRate {
        self.reader.rate()
    }

    fn layout(&self) -> Layout {
        self.reader.layout()
    }

    fn frames(&self) -> Frames {
        self.reader.frames()
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
        self.reader.read(start, out)?;
        out.scale(self.factor);
        Ok(())
    }
}

/// One reader less another of the same source.
struct Difference {
    before: Box<dyn Reader>,
    after: Box<dyn Reader>,
    held: Block,
}

impl Reader for Difference {
    fn rate(&self) -> SampleRate {
        self.before.rate()
    }

    fn layout(&self) -> Layout {
        self.before.layout()
    }

    fn frames(&self) -> Frames {
        self.before.frames()
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
        if self.held.capacity() < out.frames() || self.held.channels() != out.channels() {
            self.held = Block::new(out.channels(), out.frames());
        }
        self.held.set_frames(out.frames());
        self.before.read(start, out)?;
        self.after.read(start, &mut self.held)?;
        for channel in 0..out.channels() {
            for (sample, after) in out.channel_mut(channel).iter_mut().zip(self.held.channel(channel)) {
                *sample -= after;
            }
        }
        Ok(())
    }
}

/// The shortest stretch two loudnesses are compared over (rule 9 of the seams).
const SHORTEST: Seconds = Seconds(3.0);

/// The gain that brings `before` to the loudness of `after` over `span`, widened to at least 3 s: one constant from gated
/// energy of both over the same audio. `None` where either is too quiet to be measured.
///
/// # Errors
/// A source that cannot be read.
pub fn matching_gain(
    before: &mut dyn Reader,
    after: &mut dyn Reader,
    span: std::ops::Range<u64>,
) -> Result<Option<Db>, source::Error> {
    let rate = after.rate();
    let shortest = SHORTEST.frames(rate).0;
    let missing = shortest.saturating_sub(span.end - span.start);
    let start = span.start.saturating_sub(missing / 2);
    let end = (start + shortest.max(span.end - span.start)).min(after.frames().0);
    let (before, after) = (loudness(before, start..end)?, loudness(after, start..end)?);
    Ok(before.zip(after).map(|(before, after)| Db(after - before)))
}

/// Frames measured at a time.
const BLOCK_FRAMES: usize = 16_384;

fn loudness(reader: &mut dyn Reader, span: std::ops::Range<u64>) -> Result<Option<f64>, source::Error> {
    // A rate the meter does not know has no loudness to match.
    let Ok(mut meter) = Loudness::new(reader.layout(), reader.rate()) else { return Ok(None) };
    let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
    let mut place = span.start;
    while place < span.end {
        block.set_frames((span.end - place).min(BLOCK_FRAMES as u64) as usize);
        reader.read(place, &mut block)?;
        meter.process(&block);
        place += block.frames() as u64;
    }
    Ok(meter.integrated().map(|level| level.0).filter(|level| level.is_finite()))
}
