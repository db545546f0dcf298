//! Where a renderer gets its source frames from.

use super::entry::{ConvertedReader, EntryError};
use super::plan::{Plan, SourcePlan};
use crate::audio::Block;
use crate::restore::Shelf;
use crate::session::SourceRef;
use crate::source::{self, Reader};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Whether the frames asked for were there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// They were.
    Ready,
    /// Not yet: silence was written instead. Only a live feed is ever late.
    Late,
}

/// Source frames of the clips of a plan, at the plan's rate and in the plan's layout.
pub trait Feeds: Send {
    /// Fills `out` with frames of clip `clip` from `start` in clip time. Audio thread for live feeds: never waits.
    fn read(&mut self, clip: usize, start: u64, out: &mut Block) -> Supply;

    /// The first error a read met, taken out; offline feeds only.
    fn take_error(&mut self) -> Option<EntryError> {
        None
    }
}

/// Opens the sources of a session by their id.
pub trait Library: Send + Sync {
    /// A reader of the source `id`.
    fn open(&self, id: &str) -> Result<Box<dyn Reader>, source::Error>;

    /// The bytes of a file that belongs to the session and is no sound: a cover. Libraries in memory have none.
    ///
    /// # Errors
    /// A file that is not there or cannot be read.
    fn attachment(&self, path: &str) -> Result<Vec<u8>, source::Error> {
        Err(source::Error::Io { path: path.into(), offset: None, cause: "this library holds no files".into() })
    }

    /// Where the finished repairs of its sources are kept.
    fn shelf(&self) -> Shelf {
        Shelf::Memory
    }

    /// A reader of a source as a plan hears it, with its repairs. Those that are not on the shelf are computed: workers
    /// only.
    fn open_treated(&self, source: &SourcePlan) -> Result<Box<dyn Reader>, EntryError> {
        self.open_treated_with(source, &mut |_, _, _| (), &AtomicBool::new(false))
    }

    /// The same; `progress` is told which repair of how many is computed and how much of it is done, `cancel` stops it.
    fn open_treated_with(
        &self,
        source: &SourcePlan,
        progress: &mut dyn FnMut(usize, usize, f64),
        cancel: &AtomicBool,
    ) -> Result<Box<dyn Reader>, EntryError> {
        if source.treatment.is_empty() {
            return Ok(self.open(&source.id)?);
        }
        let mut open = || self.open(&source.id);
        let shelf = self.shelf();
        Ok(source.treatment.open(&mut open, &source.identity, &shelf, progress, cancel)?)
    }

    /// Reads the whole of a source and compares it with what the session remembers. Required before a delivery. Gives
    /// the SHA-256 of its file in hex; sources in memory have nothing to compare, and none.
    fn check(&self, _remembered: &SourceRef, _cancel: &AtomicBool) -> Result<Option<String>, EntryError> {
        Ok(None)
    }
}

/// Feeds that read where they stand: for rendering offline.
pub struct DirectFeeds {
    plan: Arc<Plan>,
    library: Arc<dyn Library>,
    open: Vec<Option<ConvertedReader>>,
    error: Option<EntryError>,
}

impl DirectFeeds {
    /// Feeds of `plan` that open files as they are first needed.
    pub fn new(plan: Arc<Plan>, library: Arc<dyn Library>) -> DirectFeeds {
        let open = plan.clips.iter().map(|_| None).collect();
        DirectFeeds { plan, library, open, error: None }
    }

    fn try_read(&mut self, clip: usize, start: u64, out: &mut Block) -> Result<(), EntryError> {
        let clip_plan = &self.plan.clips[clip];
        let slot = &mut self.open[clip];
        let reader = match slot {
            Some(reader) => reader,
            None => {
                let source = &self.plan.sources[clip_plan.source];
                let reader = self.library.open_treated(source)?;
                slot.insert(ConvertedReader::new(
                    reader,
                    source,
                    self.plan.rate,
                    self.plan.layout,
                    self.plan.pass.filter(),
                )?)
            }
        };
        reader.read(clip_plan.source_start + start, out)?;
        if start + out.frames() as u64 >= clip_plan.frames {
            // The clip has been read to its end: the file need not stay open through the rest of an album.
            *slot = None;
        }
        Ok(())
    }
}

impl Feeds for DirectFeeds {
    fn read(&mut self, clip: usize, start: u64, out: &mut Block) -> Supply {
        if let Err(error) = self.try_read(clip, start, out) {
            out.clear();
            self.error.get_or_insert(error);
        }
        Supply::Ready
    }

    fn take_error(&mut self) -> Option<EntryError> {
        self.error.take()
    }
}
