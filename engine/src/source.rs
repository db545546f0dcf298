//! Files to frames: opening, decoding, reading ahead, recognising files again, and the cache of decoded ones.
//!
//! A [`Reader`] gives any frame of a file, exactly, and may wait for the disk. A [`Feed`] is what a renderer pulls:
//! either a reader itself (offline) or a read-ahead window filled by its own thread (live), which never waits.

mod error;
mod info;
pub mod stream;
mod wav;

pub use error::Error;
pub use info::{Info, NonFinite};
pub use stream::{Direct, Feed, Supply};

use std::path::Path;

use crate::audio::{Block, Layout};
use crate::unit::{Frames, SampleRate};

/// Any frame of a sound, exactly. Reading may wait for the disk and allocate: never on the audio thread.
pub trait Reader: Send {
    /// Frames per second.
    fn rate(&self) -> SampleRate;
    /// The channels.
    fn layout(&self) -> Layout;
    /// Length.
    fn frames(&self) -> Frames;
    /// Fills the frames in use of `out` from frame `start` on; zeros past the end and in channels the sound does not
    /// have. The result does not depend on what was read before, or in what pieces.
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error>;
}

/// An open file: what it is, and its frames.
pub struct Source {
    /// What the file says and what was found.
    pub info: Info,
    /// Its frames.
    pub reader: Box<dyn Reader>,
}

/// Opens a sound file.
pub fn open(path: &Path) -> Result<Source, Error> {
    wav::open(path)
}
