//! A source read through its list of repairs.

use std::sync::atomic::AtomicBool;

use super::job::Job;
use super::level::Level;
use super::patch::{Patch, PatchWriter};
use super::task::keys;
use super::{Error, Method, Task};
use crate::audio::{Block, Layout};
use crate::source::{self, Cache, Reader};
use crate::unit::{Frames, SampleRate};

/// Where finished patches are kept.
#[derive(Debug, Clone, Default)]
pub enum Shelf {
    /// In memory, for as long as the reader lives: sources that are no files, and tests.
    #[default]
    Memory,
    /// In a cache folder; an entry that is gone or damaged is computed again.
    Cache(Cache),
}

impl Shelf {
    /// How many of these tasks from the first on need nothing that is not there. In memory nothing is kept, so nothing is
    /// missing.
    pub(super) fn ready(&self, tasks: &[Task], identity: &str, rate: SampleRate) -> usize {
        let Shelf::Cache(cache) = self else { return tasks.len() };
        let keys = keys(tasks, identity, rate);
        let ready = |(task, key): &(&Task, &String)| !task.is_computed() || cache.find(&entry(key)).is_some();
        tasks.iter().zip(&keys).take_while(ready).count()
    }
}

/// The name of a patch in the cache.
fn entry(key: &str) -> String {
    format!("repair-{key}.patch")
}

/// How a worker is told and tells.
pub struct Work<'a> {
    /// Where patches are kept.
    pub shelf: &'a Shelf,
    /// Told which repair of how many is being computed, and how much of it is done (0 to 1).
    pub progress: &'a mut dyn FnMut(usize, usize, f64),
    /// Stops it with [`Error::Cancelled`].
    pub cancel: &'a AtomicBool,
}

/// A source with its repairs. Frames outside every span are the source's own, bit for bit; what is read does not depend
/// on the pieces it is read in.
pub struct Repaired {
    base: Box<dyn Reader>,
    layers: Vec<Layer>,
}

struct Layer {
    task: Task,
    effect: Effect,
}

enum Effect {
    Level(Level),
    Patch(Patch),
}

impl Repaired {
    /// Reads `base`, whose content is known by `identity`, through `tasks` in order. Patches that are not on the shelf
    /// are computed: for workers. Tasks that do not fit the source (a span past its end, a channel it does not have) are cut to it.
    ///
    /// # Errors
    /// The source cannot be read, a repair has nothing to learn from, or the user has stopped it.
    pub fn open(base: Box<dyn Reader>, identity: &str, tasks: &[Task], work: Work<'_>) -> Result<Repaired, Error> {
        let rate = base.rate();
        let tasks: Vec<Task> = tasks.iter().filter_map(|task| fitted(task, &*base)).collect();
        let keys = keys(&tasks, identity, rate);
        let count = tasks.len();
        let mut repaired = Repaired { base, layers: Vec::with_capacity(count) };
        for (index, (task, key)) in tasks.into_iter().zip(keys).enumerate() {
            let effect = match task.kind.method {
                Method::Level(level) => Effect::Level(level(&task, rate, repaired.frames())),
                Method::Patch(compute) => {
                    let mut told = |share: f64| (work.progress)(index, count, share);
                    let patch = repaired.patch(&task, &key, compute, work.shelf, &mut told, work.cancel)?;
                    Effect::Patch(patch)
                }
            };
            repaired.layers.push(Layer { task, effect });
        }
        Ok(repaired)
    }

    /// The patch of a computed repair, by its id: what it has replaced.
    pub fn patch_of(&self, id: &str) -> Option<&Patch> {
        self.layers.iter().find(|layer| layer.task.id == id).and_then(|layer| match &layer.effect {
            Effect::Patch(patch) => Some(patch),
            Effect::Level(_) => None,
        })
    }

    fn patch(
        &mut self,
        task: &Task,
        key: &str,
        compute: fn(&mut Job<'_>) -> Result<(), Error>,
        shelf: &Shelf,
        progress: &mut dyn FnMut(f64),
        cancel: &AtomicBool,
    ) -> Result<Patch, Error> {
        let Shelf::Cache(cache) = shelf else {
            return self.compute(task, PatchWriter::in_memory(), compute, progress, cancel);
        };
        let name = entry(key);
        // An entry that cannot be read is computed again.
        if let Some(patch) = cache.find(&name).and_then(|found| Patch::open(&found).ok()) {
            return Ok(patch);
        }
        let target = cache.target(&name)?;
        let trouble =
            |cause: std::io::Error| source::Error::Cache { path: cache.dir.clone(), cause: cause.to_string() };
        let writer = PatchWriter::on_disk(&target).map_err(trouble)?;
        let patch = self.compute(task, writer, compute, progress, cancel)?;
        cache.settle(&target)?;
        Ok(patch)
    }

    fn compute(
        &mut self,
        task: &Task,
        mut writer: PatchWriter,
        compute: fn(&mut Job<'_>) -> Result<(), Error>,
        progress: &mut dyn FnMut(f64),
        cancel: &AtomicBool,
    ) -> Result<Patch, Error> {
        let mut job = Job::new(task, self, &mut writer, progress, cancel);
        job.step(0.0)?;
        compute(&mut job)?;
        let trouble =
            |cause: std::io::Error| source::Error::Cache { path: Default::default(), cause: cause.to_string() };
        Ok(writer.finish().map_err(trouble)?)
    }
}

/// The task cut to what the source has; `None` where nothing is left.
fn fitted(task: &Task, base: &dyn Reader) -> Option<Task> {
    let mut task = task.clone();
    let channels = base.layout().channels();
    task.span.end = task.span.end.min(base.frames().0);
    task.channels.retain(|channel| *channel < channels);
    (task.span.start < task.span.end && !task.channels.is_empty()).then_some(task)
}

impl Reader for Repaired {
    fn rate(&self) -> SampleRate {
        self.base.rate()
    }

    fn layout(&self) -> Layout {
        self.base.layout()
    }

    fn frames(&self) -> Frames {
        self.base.frames()
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
        self.base.read(start, out)?;
        let end = start + out.frames() as u64;
        for Layer { task, effect } in &mut self.layers {
            let (from, to) = (task.span.start.max(start), task.span.end.min(end));
            if from >= to {
                continue;
            }
            for channel in &task.channels {
                let samples = &mut out.channel_mut(*channel)[(from - start) as usize..(to - start) as usize];
                match effect {
                    Effect::Level(level) => level.apply(*channel, from, samples),
                    Effect::Patch(patch) => patch
                        .apply(*channel, from, samples)
                        .map_err(|cause| source::Error::Cache { path: Default::default(), cause: cause.to_string() })?,
                }
            }
        }
        Ok(())
    }
}
