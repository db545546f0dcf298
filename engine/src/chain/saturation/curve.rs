//! The curves, each with slope 1 where it is straight, as tables of what they add to the straight line.

use std::sync::{Arc, OnceLock};

/// Ids in the order of the menu.
pub(super) const CURVES: [&str; 6] = ["warm", "tube", "even", "tape", "iron", "firm"];

/// Half the span of a table.
const SPAN: f64 = 16.0;
/// Intervals of a unit: a cubic through values and slopes is then within 4e-11 of the curve.
const DENSITY: f64 = 128.0;
/// Where the tube is worked: its lean, which makes the even harmonics.
const LEAN: f64 = 0.4;
/// Share of the even curve's bend.
const EVEN_SHARE: f64 = 0.25;
/// The Langevin function scaled so that its cubic term is that of the hyperbolic tangent.
const LANGEVIN_SCALE: f64 = 2.236_067_977_499_79;
/// Where the firm curve bends: it stays straight longer than the others and then turns quickly.
const FIRM: f64 = 0.6;

/// One curve, tabulated.
#[derive(Debug)]
pub(super) struct Curve {
    kind: usize,
    /// Four coefficients of each interval.
    cubics: Vec<[f64; 4]>,
    /// The firm curve at the end of the table.
    end: f64,
}

impl Curve {
    /// The curve number `kind` of the menu; built once. Workers only.
    pub(super) fn get(kind: usize) -> Arc<Curve> {
        static CACHE: [OnceLock<Arc<Curve>>; 6] = [const { OnceLock::new() }; 6];
        let kind = kind.min(CURVES.len() - 1);
        CACHE[kind].get_or_init(|| Arc::new(Curve::new(kind))).clone()
    }

    fn new(kind: usize) -> Curve {
        let count = (2.0 * SPAN * DENSITY) as usize;
        let place = |index: usize| index as f64 / DENSITY - SPAN;
        let firm = if kind == 5 { firm_integral(count) } else { Vec::new() };
        let value = |index: usize| match kind {
            5 => firm[index] - place(index),
            _ => bend(kind, place(index)),
        };
        let step = 1.0 / DENSITY;
        let cubic = |index: usize| {
            let (from, to) = (value(index), value(index + 1));
            let (start, end) = (step * bend_slope(kind, place(index)), step * bend_slope(kind, place(index + 1)));
            [from, start, 3.0 * (to - from) - 2.0 * start - end, 2.0 * (from - to) + start + end]
        };
        Curve { kind, cubics: (0..count).map(cubic).collect(), end: firm.last().copied().unwrap_or(0.0) }
    }

    /// What the curve adds to the straight line at `x`. Audio thread.
    #[inline]
    pub(super) fn bend(&self, x: f64) -> f64 {
        let position = (x + SPAN) * DENSITY;
        if !(position >= 0.0 && position < self.cubics.len() as f64) {
            return self.outside(x);
        }
        let index = position as usize;
        let t = position - index as f64;
        let [c0, c1, c2, c3] = self.cubics[index];
        c0 + t * (c1 + t * (c2 + t * c3))
    }

    #[cold]
    fn outside(&self, x: f64) -> f64 {
        if self.kind == 5 { self.end * x.signum() - x } else { bend(self.kind, x) }
    }

    /// The curve's slope at `x`. Audio thread.
    pub(super) fn slope(&self, x: f64) -> f64 {
        1.0 + bend_slope(self.kind, x)
    }
}

fn bend(kind: usize, x: f64) -> f64 {
    match kind {
        0 => libm::tanh(x) - x,
        1 => {
            let rest = libm::tanh(LEAN);
            (libm::tanh(x + LEAN) - rest) / (1.0 - rest * rest) - x
        }
        2 => EVEN_SHARE * x * libm::tanh(x),
        3 => langevin(x) - x,
        _ => libm::erf(0.5 * std::f64::consts::PI.sqrt() * x) - x,
    }
}

fn bend_slope(kind: usize, x: f64) -> f64 {
    let tanh = libm::tanh(x);
    match kind {
        0 => -tanh * tanh,
        1 => {
            let (rest, here) = (libm::tanh(LEAN), libm::tanh(x + LEAN));
            (1.0 - here * here) / (1.0 - rest * rest) - 1.0
        }
        2 => EVEN_SHARE * (tanh + x * (1.0 - tanh * tanh)),
        3 => langevin_slope(x) - 1.0,
        4 => libm::exp(-0.25 * std::f64::consts::PI * x * x) - 1.0,
        _ => firm_slope(x) - 1.0,
    }
}

/// 3 (coth x - 1/x), scaled: the magnetisation of tape without hysteresis.
fn langevin(x: f64) -> f64 {
    let u = LANGEVIN_SCALE * x;
    let square = u * u;
    if square < 0.01 {
        return x * (1.0 - square / 15.0 + 2.0 * square * square / 315.0 - square * square * square / 1575.0);
    }
    3.0 * (1.0 / libm::tanh(u) - 1.0 / u) / LANGEVIN_SCALE
}

fn langevin_slope(x: f64) -> f64 {
    let u = LANGEVIN_SCALE * x;
    let square = u * u;
    if square < 0.01 {
        return 1.0 - square / 5.0 + 2.0 * square * square / 63.0 - square * square * square / 225.0;
    }
    let sinh = libm::sinh(u.clamp(-300.0, 300.0));
    3.0 * (1.0 / square - 1.0 / (sinh * sinh))
}

fn firm_slope(x: f64) -> f64 {
    let square = FIRM * FIRM * x * x;
    libm::exp(-square * square)
}

/// The firm curve at every place of the table: its slope integrated from 0 by Gauss and Legendre, five points each.
fn firm_integral(count: usize) -> Vec<f64> {
    const NODES: [(f64, f64); 5] = [
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (0.906_179_845_938_664, 0.236_926_885_056_189_08),
        (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    ];
    let half = 0.5 / DENSITY;
    let mut values = vec![0.0; count + 1];
    let mut sum = 0.0;
    for index in 0..count / 2 {
        let middle = (index as f64 + 0.5) / DENSITY;
        sum += half * NODES.iter().map(|(node, weight)| weight * firm_slope(middle + half * node)).sum::<f64>();
        values[count / 2 + index + 1] = sum;
        values[count / 2 - index - 1] = -sum;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_the_curves() {
        for kind in 0..CURVES.len() {
            let curve = Curve::get(kind);
            for index in -1999..2000 {
                let x = f64::from(index) * 0.0123;
                if kind < 5 {
                    assert!((curve.bend(x) - bend(kind, x)).abs() < 1e-10, "{} at {x}", CURVES[kind]);
                }
                let slope = (curve.bend(x + 1e-4) - curve.bend(x - 1e-4)) / 2e-4;
                assert!((slope - bend_slope(kind, x)).abs() < 1e-6, "{} slope at {x}", CURVES[kind]);
            }
            assert!(curve.bend(0.0).abs() < 1e-15 && (curve.slope(0.0) - 1.0).abs() < 1e-15);
            assert!(curve.bend(f64::NAN).is_nan());
        }
    }
}
