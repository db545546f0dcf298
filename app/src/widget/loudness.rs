//! Loudness: three bars with their scale, the history of the song or the album with its target band, and its
//! distribution.

mod bars;
mod distribution;
mod history;

pub use bars::{Bars, Scale, loudness_bars};
pub use distribution::{Distribution, distribution};
pub use history::{Event, History, Separator, loudness_history};
