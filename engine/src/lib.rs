//! The engine of Lacquer.
pub mod audio;
pub mod chain;
pub mod param;
pub mod unit;
