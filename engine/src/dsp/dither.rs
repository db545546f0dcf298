//! Requantisation with dither.
//!
//! Wannamaker, Lipshitz, Vanderkooy and Wright, "A theory of nonsubtractive dither" (2000); Gerzon and Craven, "Optimal
//! noise shaping and dither of digital signals" (1989). The shapers are FIR filters of our own design, by linear
//! prediction from the threshold of hearing.

mod density;
mod noise;
mod quantiser;
mod shape;

pub use density::{noise_density, noise_level};
pub use quantiser::{QuantiseError, Quantiser};

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

impl Dither {
    /// Every kind, in the order of the menu.
    pub const ALL: [Dither; 5] =
        [Dither::None, Dither::Tpdf, Dither::ShapedLight, Dither::ShapedStandard, Dither::ShapedStrong];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Dither::None => "none",
            Dither::Tpdf => "tpdf",
            Dither::ShapedLight => "shaped-light",
            Dither::ShapedStandard => "shaped-standard",
            Dither::ShapedStrong => "shaped-strong",
        }
    }

    /// The kind called `id`; `shaped` alone is the standard shaper.
    pub fn from_id(id: &str) -> Option<Dither> {
        let id = if id == "shaped" { "shaped-standard" } else { id };
        Dither::ALL.into_iter().find(|dither| dither.id() == id)
    }
}
