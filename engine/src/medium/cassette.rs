//! A compact cassette on paper: what a tape takes across frequency, at which level a programme goes to it, and how its
//! sides fill a shell.
//!
//! The tape is emphasis, a memoryless bend and the inverse emphasis, fitted to measured maximum output levels; nothing of
//! bias, of the machine or of the transport is in it. Levels are against Dolby level.

pub mod playback;
mod shell;
mod tape;
mod transfer;

pub use shell::{Balance, Shell, fitting};
pub use tape::{Tape, TapeType, Tone};
pub use transfer::{Band, Recorder, STRETCH, Transfer};
