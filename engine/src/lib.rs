//! The engine of Lacquer.
pub mod analysis;
pub mod audio;
pub mod chain;
pub mod dsp;
pub mod param;
pub mod profile;
pub mod session;
pub mod unit;
