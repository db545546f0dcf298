//! Widgets: they see numbers and the theme, never the engine.

pub mod eq_curve;
pub mod goniometer;
pub mod history;
pub mod loudness;
pub mod plot;
#[cfg(test)]
mod specimen;
pub mod spectrum;
pub mod timeline;
pub mod transfer;
pub mod waveform;
