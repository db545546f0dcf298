//! Banded positive definite systems by Cholesky's factor, and small dense ones.
//!
//! Golub and Van Loan, "Matrix Computations" (2013), 4.2.5 and 4.3.5.

/// The factor of a symmetric matrix of which only `width` diagonals beside the main one are not zero.
#[derive(Debug, Clone)]
pub(super) struct BandFactor {
    size: usize,
    width: usize,
    /// Row i holds the factor's columns `i - width ..= i`; the last is the diagonal.
    rows: Vec<f64>,
}

impl BandFactor {
    /// Factorises the matrix whose element of row i and column j (i - width <= j <= i) is `element(i, j)`. `None` where
    /// it is not positive definite.
    pub fn new(size: usize, width: usize, element: impl Fn(usize, usize) -> f64) -> Option<BandFactor> {
        let width = width.min(size.saturating_sub(1));
        let stride = width + 1;
        let mut rows = vec![0.0; size * stride];
        for i in 0..size {
            let first = i.saturating_sub(width);
            for j in first..=i {
                let (done, rest) = rows.split_at_mut(i * stride);
                let row = &mut rest[..stride];
                // Columns both rows have.
                let from = first.max(j.saturating_sub(width));
                let (a, b) = (from + width - i, from + width - j);
                let count = j - from;
                let sum = if j == i {
                    element(i, j) - dot(&row[a..a + count], &row[b..b + count])
                } else {
                    let other = &done[j * stride..(j + 1) * stride];
                    element(i, j) - dot(&row[a..a + count], &other[b..b + count])
                };
                row[j + width - i] = match j == i {
                    true if sum > 0.0 && sum.is_finite() => sum.sqrt(),
                    true => return None,
                    false => sum / done[j * stride + width],
                };
            }
        }
        Some(BandFactor { size, width, rows })
    }

    fn diagonal(&self, i: usize) -> f64 {
        self.rows[i * (self.width + 1) + self.width]
    }

    /// Row i of the factor from column `from` up to the diagonal, which is left out.
    fn row(&self, i: usize, from: usize) -> &[f64] {
        let stride = self.width + 1;
        &self.rows[i * stride + from + self.width - i..i * stride + self.width]
    }

    /// Solves the system in place; `start` is the first row of the right side that is not zero.
    pub fn solve_from(&self, start: usize, right: &mut [f64]) {
        for i in start..self.size {
            let from = i.saturating_sub(self.width).max(start);
            right[i] = (right[i] - dot(self.row(i, from), &right[from..i])) / self.diagonal(i);
        }
        for i in (0..self.size).rev() {
            right[i] /= self.diagonal(i);
            let from = i.saturating_sub(self.width);
            let value = right[i];
            for (target, factor) in right[from..i].iter_mut().zip(self.row(i, from)) {
                *target -= factor * value;
            }
        }
    }

    /// Solves the system in place.
    pub fn solve(&self, right: &mut [f64]) {
        self.solve_from(0, right);
    }

    /// The diagonal of the inverse.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let mut column = vec![0.0; self.size];
        let one = |i: usize, column: &mut Vec<f64>| {
            column.fill(0.0);
            column[i] = 1.0;
            // The square length of L^-1 e_i is the element: the way back is not needed.
            let mut sum = 0.0;
            for row in i..self.size {
                let from = row.saturating_sub(self.width).max(i);
                column[row] = (column[row] - dot(self.row(row, from), &column[from..row])) / self.diagonal(row);
                sum += column[row] * column[row];
            }
            sum
        };
        (0..self.size).map(|i| one(i, &mut column)).collect()
    }
}

/// Sum of products in four strands of fixed order, which the compiler can work side by side.
pub(super) fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let (parts, rest) = one.as_chunks::<4>();
    let (others, other_rest) = other[..one.len()].as_chunks::<4>();
    for (a, b) in parts.iter().zip(others) {
        for lane in 0..4 {
            strands[lane] += a[lane] * b[lane];
        }
    }
    let tail: f64 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    (strands[0] + strands[1]) + (strands[2] + strands[3]) + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(i: usize, j: usize) -> f64 {
        match i - j {
            0 => 4.0 + i as f64,
            1 => 1.0,
            2 => -0.5,
            _ => 0.0,
        }
    }

    #[test]
    fn a_banded_system_is_solved() {
        let size = 9;
        let wanted: Vec<f64> = (0..size).map(|n| (n * n % 7) as f64 - 2.0).collect();
        let at = |i: usize, j: usize| element(i.max(j), i.min(j));
        let mut right: Vec<f64> = (0..size).map(|i| (0..size).map(|j| at(i, j) * wanted[j]).sum()).collect();
        let factor = BandFactor::new(size, 2, element).unwrap();
        factor.solve(&mut right);
        for (found, wanted) in right.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-12);
        }
        for (i, diagonal) in factor.inverse_diagonal().iter().enumerate() {
            let mut unit = vec![0.0; size];
            unit[i] = 1.0;
            factor.solve(&mut unit);
            assert!((unit[i] - diagonal).abs() < 1e-12);
        }
        assert!(BandFactor::new(2, 1, |i, j| if i == j { 1.0 } else { 2.0 }).is_none());
    }
}
