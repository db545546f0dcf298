//! Planar f64 audio: a [`Block`] of frames and the [`Layout`] of its channels.

mod block;
mod layout;
mod through;

pub use block::Block;
pub use layout::{Layout, Role};
pub use through::{MOST_LATENCY, Through};

/// The renderer's step in frames. Glides and automation advance on it, aligned to the timeline, so that no block
/// size of a caller can be heard (64 frames are 0.67 ms at 96 kHz: finer than any control is felt, and coarse
/// enough for vector code).
pub const QUANTUM: usize = 64;
