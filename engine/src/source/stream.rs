//! What a renderer pulls its sources from.

use super::{Error, Reader};
use crate::audio::{Block, Layout};
use crate::unit::{Frames, SampleRate};

/// Whether the frames asked for were there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// They are in the block.
    Ready,
    /// They were not at hand (or could not be read): the block is silent, and this is counted.
    Late,
}

/// The frames of one source, as a renderer pulls them.
///
/// A live implementation never waits, allocates, locks or frees in `read`; an offline one may.
pub trait Feed: Send {
    /// Frames per second.
    fn rate(&self) -> SampleRate;
    /// The channels.
    fn layout(&self) -> Layout;
    /// Length.
    fn frames(&self) -> Frames;
    /// Fills the frames in use of `out` from frame `start` on; zeros past the end.
    fn read(&mut self, start: u64, out: &mut Block) -> Supply;
    /// How many reads came back [`Supply::Late`].
    fn late(&self) -> u64;
    /// Why reading failed, if it did. Frames after a failure are silent; a delivery must look here.
    fn error(&self) -> Option<&Error>;
}

/// A reader pulled directly: for offline rendering. Waits for the disk.
pub struct Direct {
    reader: Box<dyn Reader>,
    error: Option<Error>,
    late: u64,
}

impl Direct {
    /// Wraps a reader.
    pub fn new(reader: Box<dyn Reader>) -> Direct {
        Direct { reader, error: None, late: 0 }
    }
}

impl Feed for Direct {
    fn rate(&self) -> SampleRate {
        self.reader.rate()
    }

    fn layout(&self) -> Layout {
        self.reader.layout()
    }

    fn frames(&self) -> Frames {
        self.reader.frames()
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Supply {
        match self.reader.read(start, out) {
            Ok(()) => Supply::Ready,
            Err(error) => {
                out.clear();
                self.late += 1;
                // The first failure is the cause; later ones only follow from it.
                self.error.get_or_insert(error);
                Supply::Late
            }
        }
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}
