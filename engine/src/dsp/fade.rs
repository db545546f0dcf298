//! Fade curves: gain from 0 to 1 over a position from 0 to 1.

use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, PI};

/// The curve of a fade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Straight; two of them sum to 1: for correlated material.
    Linear,
    /// A quarter sine; the squares of two sum to 1: for uncorrelated material.
    #[default]
    EqualPower,
    /// Half a cosine: soft at both ends; two of them sum to 1.
    SCurve,
    /// Fast first: straight in dB near silence, as a console fader moved by hand.
    Logarithmic,
    /// Slow first: the tail of an exponential decay, from −60 dB.
    Exponential,
}

impl Shape {
    /// Every curve, in the order of the menu.
    pub const ALL: [Shape; 5] =
        [Shape::Linear, Shape::EqualPower, Shape::SCurve, Shape::Logarithmic, Shape::Exponential];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Shape::Linear => "linear",
            Shape::EqualPower => "equal-power",
            Shape::SCurve => "s-curve",
            Shape::Logarithmic => "logarithmic",
            Shape::Exponential => "exponential",
        }
    }

    /// The curve called `id`.
    pub fn from_id(id: &str) -> Option<Shape> {
        Shape::ALL.into_iter().find(|shape| shape.id() == id)
    }

    /// Gain of a fade-in at `position` (0 silence, 1 full); positions outside hold their end. A fade-out is
    /// `gain(1 - position)`.
    pub fn gain(self, position: f64) -> f64 {
        if position <= 0.0 || position.is_nan() {
            return 0.0;
        }
        if position >= 1.0 {
            return 1.0;
        }
        match self {
            Shape::Linear => position,
            Shape::EqualPower => libm::sin(FRAC_PI_2 * position),
            Shape::SCurve => 0.5 - 0.5 * libm::cos(PI * position),
            Shape::Logarithmic => 1.0 - exponential(1.0 - position),
            Shape::Exponential => exponential(position),
        }
    }
}

/// A shape with its bend: one side of a fade or crossfade.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Curve {
    /// The shape.
    pub shape: Shape,
    /// -1 to 1: below 0 the fade-in comes late, above 0 early; 0 is the shape itself. Both ends stay.
    pub curvature: f64,
}

impl Curve {
    /// The shape without a bend.
    pub const fn plain(shape: Shape) -> Curve {
        Curve { shape, curvature: 0.0 }
    }

    /// Gain of a fade-in at `position`, as [`Shape::gain`].
    pub fn gain(self, position: f64) -> f64 {
        if self.curvature == 0.0 || !(position > 0.0 && position < 1.0) {
            return self.shape.gain(position);
        }
        // At full bend the middle of the fade lies at a quarter of it: position to the power of 1/2 or 2.
        self.shape.gain(libm::pow(position, libm::exp2(-self.curvature.clamp(-1.0, 1.0))))
    }
}

/// Two overlapping fades: what goes and what comes, each with its own curve.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Crossfade {
    /// The side that fades out.
    pub out: Curve,
    /// The side that fades in.
    pub into: Curve,
}

impl Crossfade {
    /// Both sides with the same shape.
    pub const fn even(shape: Shape) -> Crossfade {
        Crossfade { out: Curve::plain(shape), into: Curve::plain(shape) }
    }

    /// Gains at `position` (0 to 1 through the overlap): of what goes, of what comes.
    pub fn gains(self, position: f64) -> (f64, f64) {
        (self.out.gain(1.0 - position), self.into.gain(position))
    }
}

/// From 0 to 1 along an exponential of 60 dB, shifted so that it starts at exactly 0.
fn exponential(position: f64) -> f64 {
    const FLOOR: f64 = 0.001;
    (libm::pow(FLOOR, 1.0 - position) - FLOOR) / (1.0 - FLOOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_exact_and_curves_rise() {
        for shape in Shape::ALL {
            assert_eq!((shape.gain(0.0), shape.gain(1.0), shape.gain(-1.0), shape.gain(2.0)), (0.0, 1.0, 0.0, 1.0));
            let curve: Vec<f64> = (0..=100).map(|n| shape.gain(f64::from(n) / 100.0)).collect();
            assert!(curve.windows(2).all(|pair| pair[1] > pair[0]), "{shape:?}");
            assert_eq!(Shape::from_id(shape.id()), Some(shape));
        }
    }

    #[test]
    fn crossfade_pairs_keep_their_promise() {
        for n in 0..=20 {
            let (up, down) = (f64::from(n) / 20.0, 1.0 - f64::from(n) / 20.0);
            assert!((Shape::Linear.gain(up) + Shape::Linear.gain(down) - 1.0).abs() < 1e-15);
            assert!((Shape::SCurve.gain(up) + Shape::SCurve.gain(down) - 1.0).abs() < 1e-15);
            let (up, down) = (Shape::EqualPower.gain(up), Shape::EqualPower.gain(down));
            assert!((up * up + down * down - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_bend_moves_the_middle_and_keeps_the_ends() {
        for shape in Shape::ALL {
            let gain = |curvature, position| Curve { shape, curvature }.gain(position);
            assert!(gain(-1.0, 0.5) < gain(0.0, 0.5) && gain(0.0, 0.5) < gain(1.0, 0.5));
            assert_eq!((gain(0.7, 0.0), gain(0.7, 1.0)), (0.0, 1.0));
            assert_eq!(gain(0.0, 0.3), shape.gain(0.3));
        }
        let quick = Curve { shape: Shape::Linear, curvature: 1.0 };
        let crossfade = Crossfade { out: Curve::plain(Shape::SCurve), into: quick };
        assert_eq!(crossfade.gains(0.25), (Shape::SCurve.gain(0.75), 0.5));
        assert_eq!(Crossfade::even(Shape::Linear).gains(1.0), (0.0, 1.0));
    }
}
