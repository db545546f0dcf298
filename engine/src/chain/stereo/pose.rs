//! The settings of a frame as numbers that glide, and the arithmetic that needs no memory.

use super::{
    BALANCE, COUNT, CROSSOVER_HIGH, CROSSOVER_LOW, ELLIPTICAL, ELLIPTICAL_FREQUENCY, INVERT_LEFT, INVERT_RIGHT,
    MID_GAIN, MONO, MONO_FREQUENCY, ROTATION, SIDE_GAIN, SWAP, WIDTH_HIGH, WIDTH_LOW, WIDTH_MIDDLE,
};
use crate::unit::Db;

/// Numbers that glide.
pub(super) const FIELDS: usize = 17;

/// Corners stay this far below half the rate, as a share of the rate.
const HIGHEST: f64 = 0.45;

/// What happens to a frame. Shares run from 0 to 1, corners are octaves above 1 Hz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pose {
    swap: f64,
    signs: [f64; 2],
    radians: f64,
    mid: f64,
    side: f64,
    pub(super) widths: [f64; 3],
    balance: f64,
    /// How far the side is split into bands, how far it is elliptical, how far mono below.
    pub(super) shares: [f64; 3],
    /// Of the two crossovers, the elliptical filter, the mono filter.
    corners: [f64; 4],
}

/// Two by two: left and right out of left and right.
pub(super) type Matrix = [[f64; 2]; 2];

impl Pose {
    pub(super) fn of(wanted: &[f64; COUNT], rate_hz: f64) -> Pose {
        let sign = |index: usize| if wanted[index] >= 0.5 { -1.0 } else { 1.0 };
        let share = |on: bool| if on { 1.0 } else { 0.0 };
        let corner = |index: usize| libm::log2(wanted[index].min(HIGHEST * rate_hz));
        let widths = [WIDTH_LOW, WIDTH_MIDDLE, WIDTH_HIGH].map(|index| 0.01 * wanted[index]);
        let is_split = widths[0] != widths[1] || widths[1] != widths[2];
        Pose {
            swap: wanted[SWAP],
            signs: [sign(INVERT_LEFT), sign(INVERT_RIGHT)],
            radians: wanted[ROTATION].to_radians(),
            mid: Db(wanted[MID_GAIN]).amplitude(),
            side: Db(wanted[SIDE_GAIN]).amplitude(),
            widths,
            balance: 0.01 * wanted[BALANCE],
            shares: [share(is_split), share(wanted[ELLIPTICAL] >= 0.5), share(wanted[MONO] >= 0.5)],
            corners: [CROSSOVER_LOW, CROSSOVER_HIGH, ELLIPTICAL_FREQUENCY, MONO_FREQUENCY].map(corner),
        }
    }

    pub(super) fn to_array(self) -> [f64; FIELDS] {
        let [s0, s1] = self.signs;
        let [w0, w1, w2] = self.widths;
        let [e0, e1, e2] = self.shares;
        let [c0, c1, c2, c3] = self.corners;
        [self.swap, s0, s1, self.radians, self.mid, self.side, w0, w1, w2, self.balance, e0, e1, e2, c0, c1, c2, c3]
    }

    pub(super) fn from_array(numbers: [f64; FIELDS]) -> Pose {
        let [swap, s0, s1, radians, mid, side, w0, w1, w2, balance, e0, e1, e2, c0, c1, c2, c3] = numbers;
        Pose {
            swap,
            signs: [s0, s1],
            radians,
            mid,
            side,
            widths: [w0, w1, w2],
            balance,
            shares: [e0, e1, e2],
            corners: [c0, c1, c2, c3],
        }
    }

    /// Whether every frame passes untouched, wherever the corners are.
    pub(super) fn is_neutral(&self) -> bool {
        let still = self.swap == 0.0 && self.signs == [1.0; 2] && self.radians == 0.0 && self.balance == 0.0;
        still && self.mid == 1.0 && self.side == 1.0 && self.widths == [1.0; 3] && !self.needs_filters()
    }

    /// Whether mid and side pass through filters.
    pub(super) fn needs_filters(&self) -> bool {
        self.shares != [0.0; 3]
    }

    /// Polarity and swap, which come before the delay.
    pub(super) fn entry(&self) -> Matrix {
        // Smooth at both ends: from -1 to 1 by x (3 - x²) / 2.
        let [left, right] = self.signs.map(|sign| 0.5 * sign * (3.0 - sign * sign));
        let goes = smooth(self.swap);
        let stays = 1.0 - goes;
        [[left * stays, right * goes], [left * goes, right * stays]]
    }

    /// Rotation: positive angles turn a signal in the middle to the left.
    pub(super) fn turn(&self) -> Matrix {
        if self.radians == 0.0 {
            return [[1.0, 0.0], [0.0, 1.0]];
        }
        let (sine, cosine) = (libm::sin(self.radians), libm::cos(self.radians));
        [[cosine, sine], [-sine, cosine]]
    }

    /// Gains of mid and side (its width apart) and of left and right behind them.
    pub(super) fn gains(&self) -> ([f64; 2], [f64; 2]) {
        ([self.mid, self.side], [1.0 - self.balance.max(0.0), 1.0 + self.balance.min(0.0)])
    }

    /// Rotation, mid, side and balance in one, where no filter is at work.
    pub(super) fn exit(&self) -> Matrix {
        let ([mid, side], [left, right]) = self.gains();
        let side = side * self.widths[1];
        let (own, other) = (0.5 * (mid + side), 0.5 * (mid - side));
        let blend = [[left * own, left * other], [right * other, right * own]];
        multiplied(blend, self.turn())
    }

    /// Tangent of half the angle of each corner.
    pub(super) fn tangents(&self, rate_hz: f64) -> [f64; 4] {
        self.corners.map(|octave| libm::tan(std::f64::consts::PI * libm::exp2(octave) / rate_hz))
    }
}

fn multiplied(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|row| std::array::from_fn(|column| a[row][0] * b[0][column] + a[row][1] * b[1][column]))
}

/// A share on its way from 0 to 1 without corners, so that a fade leaves nothing beside a tone.
pub(super) fn smooth(share: f64) -> f64 {
    share * share * (3.0 - 2.0 * share)
}

/// The matrix on one frame.
#[inline]
pub(super) fn applied(matrix: &Matrix, frame: [f64; 2]) -> [f64; 2] {
    [matrix[0][0] * frame[0] + matrix[0][1] * frame[1], matrix[1][0] * frame[0] + matrix[1][1] * frame[1]]
}
