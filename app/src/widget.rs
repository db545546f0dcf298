//! Widgets: they see numbers and the theme, never the engine.

pub mod along;
pub mod around;
pub mod bands;
pub mod bridge;
pub mod close_up;
pub mod correlation;
pub mod difference;
pub mod disc;
pub mod eq_curve;
pub mod field;
pub mod focus;
pub mod gain_reduction;
#[cfg(test)]
mod gallery;
pub mod goniometer;
pub mod grid;
pub mod harmonics;
pub mod header;
pub mod history;
pub mod image;
pub mod key;
pub mod knob;
pub mod level_bar;
pub mod loudness;
pub mod monitor;
pub mod number;
pub mod outline;
pub mod places;
pub mod plate;
pub mod plot;
pub mod polar;
pub mod probe;
pub mod programme;
pub mod progress;
pub mod reorder;
pub mod response;
pub mod segment;
pub mod slot;
#[cfg(test)]
pub(crate) mod specimen;
pub mod spectrogram;
pub mod spectrum;
pub mod tab;
pub mod table;
pub mod text;
pub mod timeline;
pub mod transfer;
pub mod transport;
pub mod turns;
pub mod verdict;
pub mod waveform;
pub mod waveshape;

/// Which of the two layouts the window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// From 1600 px of width.
    Large,
    /// Below.
    Small,
}

impl Layout {
    /// The layout of a window `width` px wide.
    pub fn of(width: f32) -> Self {
        if width >= 1600.0 { Layout::Large } else { Layout::Small }
    }

    /// `large` or `small`.
    pub fn pick<T>(self, large: T, small: T) -> T {
        if self == Layout::Large { large } else { small }
    }
}
