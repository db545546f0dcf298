//! Offline: the reader itself.

use super::{Feed, Supply};
use crate::audio::{Block, Layout};
use crate::source::{Error, Reader};
use crate::unit::{Frames, SampleRate};

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
