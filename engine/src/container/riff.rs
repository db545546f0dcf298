//! WAV files: RIFF, RF64 and BW64 read and written by our own hand, so that 32-bit integers and 64-bit floats pass
//! exactly and nothing in a file is lost unseen.
//!
//! Standards: Microsoft/IBM *Multimedia Programming Interface 1.0* (RIFF, `fmt `, `LIST`, `cue `), Microsoft
//! *Multiple channel audio data and WAVE files* (WAVE_FORMAT_EXTENSIBLE), EBU Tech 3306 (RF64), ITU-R BS.2088 (BW64),
//! EBU Tech 3285 version 2 (`bext`).

mod bext;
mod chunk;
mod error;
mod format;
mod info;
mod marker;
mod reader;
mod writer;

pub use bext::{Bext, Umid};
pub use chunk::{Chunk, FourCc};
pub use error::Error;
pub use format::{Encoding, Format};
pub use info::InfoItem;
pub use marker::Marker;
pub use reader::WavReader;
pub use writer::{Extras, Large, WavWriter, Written};

#[cfg(test)]
mod tests;
