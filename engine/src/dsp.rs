//! The mathematics of sound: filters, windows, transforms, conversion of rate and depth, true peak, fades. No other
//! room's knowledge.
//!
//! Everything here is deterministic: f64, sums in a fixed order, transcendental functions from one library, results
//! that do not depend on how the audio is cut into blocks. What may run on the audio thread takes its memory when it
//! is built.

pub mod align;
pub mod convolve;
pub mod correction;
pub mod decibel;
pub mod delay;
pub mod dither;
pub mod envelope;
pub mod fade;
pub mod fft;
pub mod interpolate;
pub mod matched;
pub mod oversample;
pub mod polyphase;
pub mod resample;
pub mod svf;
pub mod wedge;
pub mod wide;
pub mod window;
