//! The engine of Lacquer.
pub mod audio;
pub mod param;
pub mod unit;
