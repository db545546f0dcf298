//! Loudness: three bars with their scale, and the history of the song or the album with its target band.

mod bars;
mod history;

pub use bars::{Bars, Scale, loudness_bars};
pub use history::{Event, History, Separator, loudness_history};
