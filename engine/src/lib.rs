//! The engine of Lacquer.
pub mod analysis;
pub mod audio;
pub mod chain;
pub mod container;
pub mod deliver;
pub mod dsp;
pub mod param;
pub mod profile;
pub mod qc;
pub mod realtime;
pub mod render;
pub mod report;
pub mod session;
pub mod source;
pub mod survey;
pub mod unit;
