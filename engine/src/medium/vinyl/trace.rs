//! What a round tip makes of a groove: its middle runs along an envelope of the wall, not along the wall.
//!
//! Geometry after Lewis and Hunt, "A theory of tracing distortion in sound reproduction from phonograph records" (1941).
//! For a sine of small curvature q (curvature times tip radius) the second harmonic of the velocity is q/2 and the third
//! 3/8 q², each wall by itself; a mono cut keeps only the third in the sum of both.

use std::f64::consts::PI;

/// Harmonics of a traced sine, as shares of the fundamental, in velocity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traced {
    /// What is left of the fundamental, 1 at small curvature.
    pub fundamental: f64,
    /// Second harmonic.
    pub second: f64,
    /// Third harmonic.
    pub third: f64,
}

/// Places over the reach of a tip that are looked at before the contact is refined.
const GRID: usize = 64;
/// Halvings of the refined stretch: far below the grain of a groove.
const REFINEMENTS: usize = 40;
/// Places of one period for the harmonics.
const PERIOD: usize = 256;

/// Height of the middle of a tip of radius `radius` at each of `places`, above the radius, over the wall `wall`. All in one
/// unit of length. The contact is searched over the whole reach of the tip, so crests too sharp for it are right as well.
pub fn trace(wall: impl Fn(f64) -> f64, radius: f64, places: &[f64]) -> Vec<f64> {
    let height = |place: f64, offset: f64| {
        let rest = radius * radius - offset * offset;
        wall(place + offset) + libm::sqrt(rest.max(0.0)) - radius
    };
    let step = 2.0 * radius / GRID as f64;
    let rest_on = |place: &f64| {
        let offset = |index: usize| -radius + step * index as f64;
        let best = (0..=GRID).max_by(|a, b| height(*place, offset(*a)).total_cmp(&height(*place, offset(*b))));
        let middle = offset(best.unwrap_or(GRID / 2));
        let (mut low, mut high) = ((middle - step).max(-radius), (middle + step).min(radius));
        for _ in 0..REFINEMENTS {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if height(*place, a) < height(*place, b) { low = a } else { high = b }
        }
        height(*place, 0.5 * (low + high))
    };
    places.iter().map(rest_on).collect()
}

/// The harmonics that a tip makes of a sine on one wall: `curvature` is q, `slope` the steepest slope of the wall. The
/// sine follows from both: with tip radius 1 its amplitude is slope²/q and its wave 2π slope/q long.
pub fn trace_sine(curvature: f64, slope: f64) -> Traced {
    if curvature <= 0.0 || slope <= 0.0 {
        return Traced { fundamental: 1.0, second: 0.0, third: 0.0 };
    }
    let (amplitude, wave) = (slope * slope / curvature, 2.0 * PI * slope / curvature);
    let places: Vec<f64> = (0..PERIOD).map(|index| wave * index as f64 / PERIOD as f64).collect();
    let heights = trace(|place| amplitude * libm::sin(2.0 * PI * place / wave), 1.0, &places);
    let harmonic = |order: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for (index, height) in heights.iter().enumerate() {
            let (sin, cos) = libm::sincos(2.0 * PI * (order * index) as f64 / PERIOD as f64);
            re += height * cos;
            im += height * sin;
        }
        // Velocity: each harmonic counts by its order.
        order as f64 * 2.0 / PERIOD as f64 * libm::hypot(re, im)
    };
    let fundamental = harmonic(1);
    Traced { fundamental: fundamental / amplitude, second: harmonic(2) / fundamental, third: harmonic(3) / fundamental }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_curvature_gives_the_closed_formulas() {
        for q in [0.02, 0.05, 0.1] {
            let traced = trace_sine(q, 0.005);
            assert!((traced.second / (q / 2.0) - 1.0).abs() < 0.03, "{q}: {}", traced.second);
            assert!((traced.third / (0.375 * q * q) - 1.0).abs() < 0.03, "{q}: {}", traced.third);
        }
    }

    #[test]
    fn larger_curvature_follows_the_measured_steps() {
        // specs/formats.md 3.5: .099 and .0146 at q = 0.2.
        let traced = trace_sine(0.2, 0.005);
        assert!((traced.second - 0.099).abs() < 0.001 && (traced.third - 0.0146).abs() < 0.0003, "{traced:?}");
    }

    #[test]
    fn a_tip_that_does_not_fit_loses_the_fundamental() {
        let (fits, does_not) = (trace_sine(0.1, 0.02), trace_sine(4.0, 0.02));
        assert!((fits.fundamental - 1.0).abs() < 0.01);
        assert!(does_not.fundamental < 0.5, "{does_not:?}");
        assert_eq!(trace_sine(0.0, 0.1), Traced { fundamental: 1.0, second: 0.0, third: 0.0 });
    }

    #[test]
    fn flat_walls_are_traced_flat() {
        assert!(trace(|_| 0.25, 3.0, &[0.0, 1.0, 7.5]).iter().all(|height| (height - 0.25).abs() < 1e-12));
    }
}
