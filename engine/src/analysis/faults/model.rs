//! Linear prediction by the covariance method (Makhoul 1975): a model of the programme beside a fault, without it.

use std::ops::Range;

use super::whitening::{ORDER, Predictor, slide};

/// Diagonal load of the fits, relative to the power.
const LOAD: f64 = 1e-9;
/// The scale in digital silence.
pub(super) const LEAST_SIGMA: f64 = 1e-7;

/// Products of the past, `lags[l][m]` the sum of `x[n - l] x[n - m]`.
pub(super) struct Covariance {
    lags: [[f64; ORDER + 1]; ORDER + 1],
    count: usize,
}

impl Covariance {
    /// Of the rows (predicted samples) in a range; rows whose past is not all there are left out.
    ///
    /// Only the first row of the matrix is summed; each diagonal then gains a product at one end and loses one at the
    /// other: a thirtieth of the work.
    pub(super) fn of(samples: &[f64], rows: Range<usize>) -> Covariance {
        let (start, end) = (rows.start.max(ORDER), rows.end.min(samples.len()));
        let mut lags = [[0.0; ORDER + 1]; ORDER + 1];
        if start >= end {
            return Covariance { lags, count: 0 };
        }
        let mut first = [0.0; ORDER + 1];
        for row in start..end {
            let past = &samples[row - ORDER..=row];
            let now = samples[row];
            for (sum, value) in first.iter_mut().zip(past) {
                *sum += now * value;
            }
        }
        for lag in 0..=ORDER {
            lags[0][lag] = first[ORDER - lag];
        }
        for l in 0..ORDER {
            for m in l..ORDER {
                let enters = samples[start - 1 - l] * samples[start - 1 - m];
                let leaves = samples[end - 1 - l] * samples[end - 1 - m];
                lags[l + 1][m + 1] = lags[l][m] + enters - leaves;
            }
        }
        for l in 0..=ORDER {
            for m in 0..l {
                lags[l][m] = lags[m][l];
            }
        }
        Covariance { lags, count: end - start }
    }

    /// Both together.
    pub(super) fn and(mut self, other: &Covariance) -> Covariance {
        for (row, other) in self.lags.iter_mut().zip(&other.lags) {
            row.iter_mut().zip(other).for_each(|(value, other)| *value += other);
        }
        self.count += other.count;
        self
    }

    /// The energy that a filter leaves of these rows.
    pub(super) fn left_by(&self, filter: &Predictor) -> f64 {
        let row = |l: usize| self.lags[l].iter().zip(filter).map(|(value, tap)| value * tap).sum::<f64>();
        (0..=ORDER).map(|l| filter[l] * row(l)).sum::<f64>().max(0.0)
    }

    /// The prediction filter with the least residual; `None` where there are too few rows.
    pub(super) fn solve(&self) -> Option<Predictor> {
        if self.count < 4 * ORDER {
            return None;
        }
        let load = LOAD * self.lags[0][0] + f64::MIN_POSITIVE;
        let mut lower = [[0.0; ORDER]; ORDER];
        for i in 0..ORDER {
            for j in 0..=i {
                let mut sum = self.lags[i + 1][j + 1] + if i == j { load } else { 0.0 };
                for k in 0..j {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = if i == j { Some(sum).filter(|sum| *sum > 0.0)?.sqrt() } else { sum / lower[j][j] };
            }
        }
        let mut solution = [0.0; ORDER];
        for i in 0..ORDER {
            let known: f64 = (0..i).map(|k| lower[i][k] * solution[k]).sum();
            solution[i] = (-self.lags[0][i + 1] - known) / lower[i][i];
        }
        for i in (0..ORDER).rev() {
            let known: f64 = (i + 1..ORDER).map(|k| lower[k][i] * solution[k]).sum();
            solution[i] = (solution[i] - known) / lower[i][i];
        }
        Some(std::array::from_fn(|k| if k == 0 { 1.0 } else { solution[k - 1] }))
    }
}

/// What a filter leaves of samples; the first [`ORDER`] are zero.
pub(super) fn residual(filter: &Predictor, samples: &[f64]) -> Vec<f64> {
    let reversed: Vec<f64> = filter.iter().rev().copied().collect();
    let mut residual = vec![0.0; samples.len()];
    slide(&reversed, samples, &mut residual[ORDER.min(samples.len())..]);
    residual
}

/// Median magnitude scaled to a standard deviation.
pub(super) fn robust(residual: &[f64]) -> Option<f64> {
    let mut sizes: Vec<f64> = residual.iter().map(|value| value.abs()).collect();
    if sizes.is_empty() {
        return None;
    }
    let middle = sizes.len() / 2;
    let (_, median, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
    Some(1.4826 * *median)
}

/// Natural logarithm as a feature: never further out than any weight was fitted on.
pub(super) fn log(value: f64) -> f64 {
    libm::log(value.max(f64::MIN_POSITIVE)).clamp(-12.0, 14.0)
}

/// Sum of squares of a part.
pub(super) fn energy(values: &[f64], start: usize, length: usize) -> f64 {
    values[start.min(values.len())..(start + length).min(values.len())].iter().map(|e| e * e).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagonals_are_the_sums() {
        let samples: Vec<f64> = (0..400).map(|n| libm::sin(0.3 * n as f64) + ((n * 7919) % 31) as f64 / 31.0).collect();
        let fast = Covariance::of(&samples, 50..390);
        for (l, m) in [(0, 0), (0, 32), (5, 9), (31, 2), (32, 32)] {
            let slow: f64 = (50..390).map(|n| samples[n - l] * samples[n - m]).sum();
            assert!((fast.lags[l][m] - slow).abs() < 1e-9, "{l} {m}");
        }
        let two = Covariance::of(&samples, 50..200).and(&Covariance::of(&samples, 200..390));
        assert!((two.lags[3][4] - fast.lags[3][4]).abs() < 1e-9);
        let filter = fast.solve().unwrap();
        let left = residual(&filter, &samples);
        assert!((fast.left_by(&filter) - energy(&left, 50, 340)).abs() < 1e-6 * fast.lags[0][0]);
        assert!(Covariance::of(&samples, 0..100).solve().is_none());
    }
}
