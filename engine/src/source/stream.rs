//! What a renderer pulls its sources from.

mod ahead;
mod direct;

pub use ahead::Stream;
pub use direct::Direct;

use super::Error;
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
