use crate::dsp::window::{kaiser, sinc};

/// Half the taps of stage one: its window reaches this many samples to either side.
pub(super) const REACH: usize = 48;
/// Pairs of taps of stage two, on the doubled signal.
const PAIRS: usize = 6;
/// Frames worked together. Each output has its own fixed order of additions, so the width cannot be heard.
pub(super) const LANES: usize = 8;
/// Intervals of the doubled signal that `LANES` frames look at: two per frame, and one more on either side for the
/// parabola.
pub(super) const INTERVALS: usize = 2 * LANES + 2;
/// Samples of the doubled signal under those intervals and the taps of stage two.
pub(super) const SPAN: usize = INTERVALS + 2 * PAIRS - 1;

/// No point between two grid points of the 8x grid is above the larger of them by more than 1/cos(π/16) = 1.0196.
pub(super) const CANDIDATE: f64 = 0.98;

/// The coefficients of both stages.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    half: [f64; REACH],
    /// Of the phase at 1/4: even and odd part over a pair of taps, so that the phase at 3/4 costs one subtraction.
    even: [f64; PAIRS],
    odd: [f64; PAIRS],
    /// Of the phase at 1/2, symmetric.
    middle: [f64; PAIRS],
    /// Largest output of stage two for an input of at most 1.
    pub(super) gain_two: f64,
    /// Largest output of both stages for an input of at most 1.
    pub(super) gain_both: f64,
}

/// The three points inside each interval of the doubled signal: at 1/4, 1/2 and 3/4.
pub(super) type Inside = [[f64; 3]; INTERVALS];

impl Kernel {
    pub(super) fn new() -> Kernel {
        let mut half: [f64; REACH] = std::array::from_fn(|j| {
            let place = j as f64 + 0.5;
            sinc(place) * kaiser(place / REACH as f64, 10.0)
        });
        let sum = 2.0 * half.iter().sum::<f64>();
        half.iter_mut().for_each(|c| *c /= sum);
        let quarter = phase(0.25);
        let middle = phase(0.5);
        // Pair j: the tap j to the left of the interval's start and the tap j to the right of its end.
        let (left, right) = (|j: usize| PAIRS - 1 - j, |j: usize| PAIRS + j);
        let size = |taps: &[f64]| taps.iter().map(|c| c.abs()).sum::<f64>();
        let gain_two = size(&quarter).max(size(&middle));
        Kernel {
            half,
            even: std::array::from_fn(|j| 0.5 * (quarter[left(j)] + quarter[right(j)])),
            odd: std::array::from_fn(|j| 0.5 * (quarter[left(j)] - quarter[right(j)])),
            middle: std::array::from_fn(|j| middle[left(j)]),
            gain_two,
            gain_both: gain_two * 2.0 * size(&half),
        }
    }

    /// Stage one: `out[k]` lies half a sample after `x[REACH - 1 + k]`. `x` holds `2 * REACH - 1 + LANES` samples.
    #[inline(always)]
    pub(super) fn double(&self, x: &[f64], out: &mut [f64; LANES]) {
        let mut sums = [0.0; LANES];
        for (j, c) in self.half.iter().enumerate() {
            let before = &x[REACH - 1 - j..REACH - 1 - j + LANES];
            let after = &x[REACH + j..REACH + j + LANES];
            for k in 0..LANES {
                sums[k] += c * (before[k] + after[k]);
            }
        }
        *out = sums;
    }

    /// Stage two for `INTERVALS` intervals; interval `i` begins at `v[PAIRS - 1 + i]`. `v` holds `SPAN` samples.
    #[inline(always)]
    pub(super) fn quadruple(&self, v: &[f64], inside: &mut Inside) {
        let mut start = 0;
        // Six intervals at a time keep all sums in registers.
        while start < INTERVALS {
            self.quadruple_six(&v[start..start + 6 + 2 * PAIRS - 1], &mut inside[start..start + 6]);
            start += 6;
        }
    }

    #[inline(always)]
    fn quadruple_six(&self, v: &[f64], inside: &mut [[f64; 3]]) {
        let (mut even, mut odd, mut middle) = ([0.0; 6], [0.0; 6], [0.0; 6]);
        for j in 0..PAIRS {
            let left = &v[PAIRS - 1 - j..PAIRS - 1 - j + 6];
            let right = &v[PAIRS + j..PAIRS + j + 6];
            for k in 0..6 {
                let sum = left[k] + right[k];
                even[k] += self.even[j] * sum;
                odd[k] += self.odd[j] * (left[k] - right[k]);
                middle[k] += self.middle[j] * sum;
            }
        }
        for k in 0..6 {
            inside[k] = [even[k] + odd[k], middle[k], even[k] - odd[k]];
        }
    }
}

/// Twelve taps of stage two for a point `place` into the interval, scaled to a sum of 1.
fn phase(place: f64) -> [f64; 2 * PAIRS] {
    let taps: [f64; 2 * PAIRS] = std::array::from_fn(|index| {
        let offset = place - (index as f64 - (PAIRS - 1) as f64);
        sinc(offset) * kaiser(offset / PAIRS as f64, 7.0)
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|c| c / sum)
}

/// The largest magnitude within half a sample of frame `lane`, whose largest grid value is `coarse`: a parabola goes
/// through each local maximum near that value and its neighbours on the 8x grid. `v` and `inside` are those of
/// [`Kernel::quadruple`].
#[inline(always)]
pub(super) fn frame_peak(v: &[f64], inside: &Inside, lane: usize, coarse: f64) -> f64 {
    // Intervals of the frame: 2 lane + 1 and 2 lane + 2; the doubled sample at their start, middle and end.
    let first = 2 * lane;
    let at = |interval: usize| v[PAIRS - 1 + interval];
    let points = [
        inside[first][2],
        at(first + 1),
        inside[first + 1][0],
        inside[first + 1][1],
        inside[first + 1][2],
        at(first + 2),
        inside[first + 2][0],
        inside[first + 2][1],
        inside[first + 2][2],
        at(first + 3),
        inside[first + 3][0],
    ];
    let near = CANDIDATE * coarse;
    let mut peak = coarse;
    for k in 1..10 {
        if points[k].abs() >= near {
            peak = larger(vertex(points[k - 1], points[k], points[k + 1]), peak);
        }
    }
    peak
}

/// The magnitude of the parabola's vertex where the middle one of three points is a local maximum, else 0.
#[inline(always)]
fn vertex(before: f64, here: f64, after: f64) -> f64 {
    let sign = if here < 0.0 { -1.0 } else { 1.0 };
    let (before, here, after) = (sign * before, sign * here, sign * after);
    let bend = before - 2.0 * here + after;
    if here >= before && here >= after && bend < 0.0 {
        here - (before - after) * (before - after) / (8.0 * bend)
    } else {
        0.0
    }
}

/// The largest grid value of each frame, without the parabola.
#[inline(always)]
pub(super) fn coarse_peaks(v: &[f64], inside: &Inside, peaks: &mut [f64; LANES]) {
    let mut intervals = [0.0f64; INTERVALS];
    for (index, interval) in intervals.iter_mut().enumerate() {
        let [a, b, c] = inside[index];
        let ends = larger(v[PAIRS - 1 + index].abs(), v[PAIRS + index].abs());
        *interval = larger(larger(a.abs(), b.abs()), larger(c.abs(), ends));
    }
    for (lane, peak) in peaks.iter_mut().enumerate() {
        *peak = larger(intervals[2 * lane + 1], intervals[2 * lane + 2]);
    }
}

/// The larger of two finite numbers (one instruction; `f64::max` also sorts out NaN).
#[inline(always)]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The largest magnitude of a row of finite samples.
#[inline(always)]
pub(super) fn magnitude(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, sample| larger(sample.abs(), peak))
}
