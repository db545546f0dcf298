//! Lossy coders and what they do to a master: encode, decode in floating point, align, measure.
//!
//! A shop encodes a song from its first sample, and a coder's frames start there; so a [`Trip`] takes the whole file.
//! The decoder's output is never clamped before it is measured: what lies above full scale is exactly what a player
//! with a fixed-point output will clip. Encoders are programs found on the machine ([`Coder::found`]), always named
//! with their version; ffmpeg's own AAC coder is known to overshoot by up to 10 dB on loud material and is told, but
//! never judged by.
//!
//! Rates above 48 kHz are converted to 44.1 or 48 kHz first, as every shop does for its lossy tiers; Opus knows 48 kHz
//! only (RFC 6716, section 2.1.3).

mod coder;
mod error;
mod measure;
mod program;
mod proof;
mod trip;

pub use coder::{Coder, Coding, TIERS, Tier};
pub use error::CodecError;
pub use measure::{BandNoise, Decoded, OverPoint};
pub use proof::{Proof, prove};
pub use trip::{DECODED, DIFFERENCE, Encoded, Trip, TripOptions, decode, encode, kept_name, trip};
