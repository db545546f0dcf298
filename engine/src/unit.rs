//! Units of the house. A level, a loudness, a time or a rate never crosses a module line as a bare float.
//!
//! Inside a hot loop raw floats with a suffix (`_db`, `_hz`, `_ms`) are fine; at the door they wear their type.

mod level;
mod time;

pub use level::{Db, Dbtp, Lu, Lufs};
pub use time::{CD_FRAMES_PER_SECOND, CdFrame, Frames, Hertz, SampleRate, Seconds};
