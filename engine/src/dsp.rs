//! The mathematics: filters, transforms, detectors, converters, quantisers. No other room's knowledge.

pub mod dither;
pub mod fade;
