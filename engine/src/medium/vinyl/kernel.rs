//! Interpolators by least squares: a programme's slope at the samples, a velocity and its slope between them.
//!
//! Each is the set of taps that comes nearest to `1` or `iω` over the band up to [`EDGE`], the slope in proportion to the
//! frequency: what is far down at low frequencies would otherwise drown in the ripple of the treble. Together they stay
//! within 0.015 dB from the lowest frequency to 20 kHz at 44.1 kHz.

use std::f64::consts::PI;

use crate::unit::SampleRate;

/// Samples around a place.
pub(super) const TAPS: usize = 48;
/// Samples before the place among the taps.
pub(super) const BEFORE: usize = TAPS / 2 - 1;
/// Peaks are looked for at least so densely.
const DENSE_HZ: f64 = 176_400.0;
/// Upper edge of the band as a share of the rate: a little above 20 kHz of 44.1 kHz.
const EDGE: f64 = 0.4565;
/// Frequencies at which the error is weighed.
const GRID: usize = 300;
/// Keeps the equations solvable: what lies wholly above the edge is not determined by them.
const FLOOR: f64 = 1e-11;

/// What a set of taps is to give.
#[derive(Clone, Copy, PartialEq)]
enum Aim {
    Value,
    Slope,
}

/// Half the taps: the other half is their mirror.
pub(super) const HALF: usize = TAPS / 2;

/// Taps for the slope at a sample, and for value and slope between a sample and the next. The place `p` and the place
/// `1 - p` have mirrored taps, so both come from one even and one odd half: `H` such pairs, the last in the middle.
pub(super) struct Kernel<const H: usize> {
    /// The slope at a sample, per sample; each tap for both walls.
    pub slope: Vec<[f64; 2]>,
    /// For each tap of the first half and each pair of places: even and odd half of the value, of the slope, each for both
    /// walls.
    pub pairs: Vec<[[f64; 8]; H]>,
}

/// The kernel of a rate: places from a sample to the next are twice the pairs, one where there are none.
pub(super) enum Kernels {
    Sample(Kernel<0>),
    Half(Kernel<1>),
    Quarter(Kernel<2>),
    Eighth(Kernel<4>),
}

impl Kernels {
    pub fn new(rate: SampleRate) -> Kernels {
        match (DENSE_HZ / rate.hz()).ceil() as usize {
            0 | 1 => Kernels::Sample(Kernel::new()),
            2 => Kernels::Half(Kernel::new()),
            3 | 4 => Kernels::Quarter(Kernel::new()),
            _ => Kernels::Eighth(Kernel::new()),
        }
    }
}

impl<const H: usize> Kernel<H> {
    fn new() -> Kernel<H> {
        let mut pairs = vec![[[0.0; 8]; H]; HALF];
        for pair in 0..H {
            let at = (pair + 1) as f64 / (2 * H) as f64;
            let (value, slope) = (design(at, Aim::Value), design(at, Aim::Slope));
            for (index, taps) in pairs.iter_mut().enumerate() {
                let mirror = TAPS - 1 - index;
                let (even, odd) = (0.5 * (value[index] + value[mirror]), 0.5 * (value[index] - value[mirror]));
                let (rise, fall) = (0.5 * (slope[index] + slope[mirror]), 0.5 * (slope[index] - slope[mirror]));
                taps[pair] = [even, even, odd, odd, rise, rise, fall, fall];
            }
        }
        Kernel { slope: design(0.0, Aim::Slope).into_iter().map(|tap| [tap; 2]).collect(), pairs }
    }
}

/// The taps for a place `at` samples behind the middle one.
fn design(at: f64, aim: Aim) -> Vec<f64> {
    let offsets: Vec<f64> = (0..TAPS).map(|index| index as f64 - BEFORE as f64 - at).collect();
    let mut matrix = vec![[0.0; TAPS]; TAPS];
    let mut wanted = vec![0.0; TAPS];
    for step in 0..GRID {
        let omega = 2.0 * PI * EDGE * (step as f64 + 0.5) / GRID as f64;
        let weight = if aim == Aim::Value { 1.0 } else { 1.0 / (omega * omega) };
        let turned: Vec<(f64, f64)> = offsets.iter().map(|offset| libm::sincos(omega * offset)).collect();
        for (row, (sin, cos)) in turned.iter().enumerate() {
            wanted[row] += weight * if aim == Aim::Value { *cos } else { omega * sin };
            for (column, (other_sin, other_cos)) in turned.iter().enumerate().take(row + 1) {
                matrix[row][column] += weight * (cos * other_cos + sin * other_sin);
            }
        }
    }
    for row in 0..TAPS {
        matrix[row][row] *= 1.0 + FLOOR;
    }
    solve(&mut matrix, wanted)
}

/// Solves a symmetric positive system, given by its lower half, after Cholesky.
fn solve(matrix: &mut [[f64; TAPS]], mut wanted: Vec<f64>) -> Vec<f64> {
    for row in 0..TAPS {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| matrix[row][k] * matrix[column][k]).sum();
            let rest = matrix[row][column] - known;
            matrix[row][column] = if row == column { libm::sqrt(rest) } else { rest / matrix[column][column] };
        }
    }
    for row in 0..TAPS {
        let known: f64 = (0..row).map(|k| matrix[row][k] * wanted[k]).sum();
        wanted[row] = (wanted[row] - known) / matrix[row][row];
    }
    for row in (0..TAPS).rev() {
        let known: f64 = (row + 1..TAPS).map(|k| matrix[k][row] * wanted[k]).sum();
        wanted[row] = (wanted[row] - known) / matrix[row][row];
    }
    wanted
}
