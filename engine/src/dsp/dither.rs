//! Requantisation with dither.

use serde::{Deserialize, Serialize};

/// What is added before a word is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dither {
    /// Plain rounding.
    None,
    /// Triangular noise of ±1 LSB, flat.
    #[default]
    Tpdf,
    /// TPDF with a light noise shaper.
    ShapedLight,
    /// TPDF with the standard noise shaper.
    ShapedStandard,
    /// TPDF with a strong noise shaper.
    ShapedStrong,
}
