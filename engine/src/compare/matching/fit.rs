//! A curve as bells: greedily, the largest remainder first, then all of them together by damped least squares
//! (D. Marquardt, J. SIAM 11(2), 1963) on the analogue bell's decibels.

use serde::Serialize;

use crate::compare::portrait::{BANDS, middle};
use crate::unit::{Db, Hertz};

/// Most bells of a proposal: what an engineer still looks through.
pub const MOST_BELLS: usize = 12;
/// A remainder below this is not heard.
const NEAR: f64 = 0.1;
/// Rounds of least squares after each bell.
const ROUNDS: usize = 25;
/// Narrower bells follow notes, not colour; wider ones than the lowest Q are a level.
const SHARPNESS: (f64, f64) = (0.3, 4.0);
/// The equaliser's own range of gain.
const MOST_GAIN: f64 = 12.0;
/// Where bells may stand.
const PLACES: (f64, f64) = (16.0, 20_000.0);

/// A bell of the equaliser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bell {
    /// Its middle.
    pub frequency_hz: Hertz,
    /// Its gain.
    pub gain_db: Db,
    /// Its sharpness.
    pub q: f64,
}

impl Bell {
    /// Its gain in dB at a frequency: that of the analogue prototype.
    pub fn db(&self, frequency: Hertz) -> f64 {
        let w = frequency.0 / self.frequency_hz.0;
        let a = libm::pow(10.0, self.gain_db.0 / 40.0);
        let square = (1.0 - w * w) * (1.0 - w * w);
        let (above, below) = (w * a / self.q, w / (a * self.q));
        10.0 * libm::log10((square + above * above) / (square + below * below))
    }

    /// As numbers that a least-squares step may add to: octaves, dB, octaves of Q.
    fn numbers(&self) -> [f64; 3] {
        [libm::log2(self.frequency_hz.0), self.gain_db.0, libm::log2(self.q)]
    }

    fn of([place, gain, sharp]: [f64; 3]) -> Bell {
        Bell {
            frequency_hz: Hertz(libm::pow(2.0, place).clamp(PLACES.0, PLACES.1)),
            gain_db: Db(gain.clamp(-MOST_GAIN, MOST_GAIN)),
            q: libm::pow(2.0, sharp).clamp(SHARPNESS.0, SHARPNESS.1),
        }
    }

    /// As it is typed: a tenth of a hertz (a hertz above 1 kHz), a hundredth of a decibel and of Q.
    fn rounded(&self) -> Bell {
        let round = |value: f64, step: f64| (value / step).round() * step;
        let step = if self.frequency_hz.0 < 1000.0 { 0.1 } else { 1.0 };
        Bell {
            frequency_hz: Hertz(round(self.frequency_hz.0, step)),
            gain_db: Db(round(self.gain_db.0, 0.01)),
            q: round(self.q, 0.01),
        }
    }
}

/// The bells that come nearest to a curve by bands, the lowest first, and by how much they miss it at most.
pub(super) fn fit(curve: &[Option<f64>]) -> (Vec<Bell>, f64) {
    let points: Vec<(Hertz, f64)> =
        (0..BANDS.min(curve.len())).filter_map(|band| Some((middle(band), curve[band]?))).collect();
    let mut bells: Vec<Bell> = Vec::new();
    while bells.len() < MOST_BELLS {
        let Some((frequency, most)) = largest(&points, &bells).filter(|(_, most)| most.abs() > NEAR) else { break };
        let before = error(&points, &bells);
        let mut tried = bells.clone();
        tried.push(Bell { frequency_hz: frequency, gain_db: Db(most), q: 1.0 });
        refine(&points, &mut tried);
        if error(&points, &tried) >= before {
            break;
        }
        bells = tried;
    }
    let mut bells: Vec<Bell> = bells.iter().map(Bell::rounded).filter(|bell| bell.gain_db.0.abs() >= 0.05).collect();
    bells.sort_by(|one, other| one.frequency_hz.0.total_cmp(&other.frequency_hz.0));
    let missed = largest(&points, &bells).map_or(0.0, |(_, most)| most.abs());
    (bells, missed)
}

fn remainder(point: &(Hertz, f64), bells: &[Bell]) -> f64 {
    point.1 - bells.iter().map(|bell| bell.db(point.0)).sum::<f64>()
}

fn largest(points: &[(Hertz, f64)], bells: &[Bell]) -> Option<(Hertz, f64)> {
    let remainders = points.iter().map(|point| (point.0, remainder(point, bells)));
    remainders.max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()))
}

fn error(points: &[(Hertz, f64)], bells: &[Bell]) -> f64 {
    points.iter().map(|point| remainder(point, bells)).map(|miss| miss * miss).sum()
}

/// Moves all bells together to the least squared remainder nearby.
fn refine(points: &[(Hertz, f64)], bells: &mut Vec<Bell>) {
    let mut damping = 0.01;
    let mut now = error(points, bells);
    for _ in 0..ROUNDS {
        let Some(step) = step(points, bells, damping) else { return };
        let moved: Vec<Bell> = bells
            .iter()
            .zip(step.chunks_exact(3))
            .map(|(bell, by)| {
                let numbers = bell.numbers();
                Bell::of([numbers[0] + by[0], numbers[1] + by[1], numbers[2] + by[2]])
            })
            .collect();
        let then = error(points, &moved);
        if then < now {
            let gained = now - then;
            (*bells, now, damping) = (moved, then, damping * 0.3);
            if gained < 1e-6 * now.max(1e-6) {
                return;
            }
        } else {
            damping *= 4.0;
        }
    }
}

/// One damped step: (JᵀJ + damping · diag) x = Jᵀ remainder, by Cholesky.
fn step(points: &[(Hertz, f64)], bells: &[Bell], damping: f64) -> Option<Vec<f64>> {
    const NUDGE: f64 = 1e-4;
    let count = 3 * bells.len();
    let mut normal = vec![vec![0.0; count]; count];
    let mut right = vec![0.0; count];
    for point in points {
        let slope = |index: usize| {
            let bell = &bells[index / 3];
            let mut numbers = bell.numbers();
            numbers[index % 3] += NUDGE;
            (Bell::of(numbers).db(point.0) - bell.db(point.0)) / NUDGE
        };
        let slopes: Vec<f64> = (0..count).map(slope).collect();
        let miss = remainder(point, bells);
        for row in 0..count {
            right[row] += slopes[row] * miss;
            for column in 0..=row {
                normal[row][column] += slopes[row] * slopes[column];
            }
        }
    }
    for index in 0..count {
        normal[index][index] = normal[index][index] * (1.0 + damping) + 1e-9;
    }
    solve(normal, right)
}

/// Solves with the lower half of a symmetric matrix; `None` where it is not positive.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let count = right.len();
    for column in 0..count {
        let taken: f64 = (0..column).map(|k| matrix[column][k] * matrix[column][k]).sum();
        let pivot = matrix[column][column] - taken;
        if pivot <= 0.0 || !pivot.is_finite() {
            return None;
        }
        matrix[column][column] = pivot.sqrt();
        for row in column + 1..count {
            let taken: f64 = (0..column).map(|k| matrix[row][k] * matrix[column][k]).sum();
            matrix[row][column] = (matrix[row][column] - taken) / matrix[column][column];
        }
    }
    for row in 0..count {
        let taken: f64 = (0..row).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - taken) / matrix[row][row];
    }
    for row in (0..count).rev() {
        let taken: f64 = (row + 1..count).map(|k| matrix[k][row] * right[k]).sum();
        right[row] = (right[row] - taken) / matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bells_that_made_a_curve_are_found_again() {
        let made =
            [(60.0, 3.0, 0.9), (250.0, -2.5, 1.4), (900.0, 2.0, 2.0), (3_200.0, -3.0, 1.0), (10_000.0, 2.5, 0.7)];
        let made = made.map(|(f, g, q)| Bell { frequency_hz: Hertz(f), gain_db: Db(g), q });
        let curve: Vec<Option<f64>> =
            (0..BANDS).map(|band| Some(made.iter().map(|bell| bell.db(middle(band))).sum())).collect();
        let (bells, missed) = fit(&curve);
        assert!(missed < 0.15, "{missed} {bells:?}");
        assert!(bells.len() <= 8, "{bells:?}");
    }

    #[test]
    fn nothing_asks_for_no_bell() {
        assert_eq!(fit(&[Some(0.05); BANDS]), (Vec::new(), 0.05));
        assert_eq!(fit(&[None; BANDS]), (Vec::new(), 0.0));
    }

    #[test]
    fn a_symmetric_system_is_solved() {
        let solved = solve(vec![vec![4.0, 0.0], vec![2.0, 3.0]], vec![8.0, 7.0]).unwrap();
        assert!((solved[0] - 1.25).abs() < 1e-12 && (solved[1] - 1.5).abs() < 1e-12);
        assert_eq!(solve(vec![vec![-1.0]], vec![1.0]), None);
    }
}
