//! Support for the promises: signals, sessions in memory, null comparison.

pub mod album;
pub mod disk;
pub mod signal;
