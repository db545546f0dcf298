use std::ops::Range;

use crate::analysis::faults::whitening::{ORDER, Predictor, slide};

/// Samples of programme on either side from which the model is fitted.
const SIDE: usize = 1024;
/// Left out around the candidate in the first fit.
const FIRST_GAP: usize = 64;
/// Residual samples on either side in the scale.
const SCALE_SAMPLES: usize = 600;
/// The peak of the residual is looked for this near the candidate.
const PEAK_REACH: usize = 40;
/// The onset may lie this far before the peak, and its parts this far apart.
const ONSET_REACH: usize = 300;
const ONSET_JOIN: usize = 20;
/// A sample belongs to the onset above this many sigmas, and above this share of the candidate's height.
const ONSET_SIGMAS: f64 = 4.5;
const ONSET_SHARE: f64 = 0.04;
/// Widths that are tried, less one: a sample to 6.6 ms at 44.1 kHz.
const WIDTHS: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 72, 108, 160, 224, 288];
/// Samples are paid for with this much residual energy each, in sigma squared.
const WIDTH_PRICE: f64 = 3.0;
/// The bridge of the second feature.
const BRIDGE: usize = 33;
/// Samples next to the span that do not count as calm or not.
const CALM_SKIP: (usize, usize) = (20, 10);
/// Diagonal load of the fits, relative to the power.
const LOAD: f64 = 1e-9;
const LEAST_SIGMA: f64 = 1e-7;
/// Logistic weights: gain, bridge, tail, power, calm left, calm right, constant. Their signs are the physics:
/// interpolation must explain it, its energy must lie in the tail, it is strong and stands alone.
const WEIGHTS: [f64; 7] = [-0.933, -0.536, 0.779, 1.054, -0.524, -0.483, -8.377];

/// How far the neighbourhood stands out.
pub(super) struct Calm<'a> {
    pub(super) sigmas: &'a [f32],
    pub(super) reach: usize,
    /// Where the samples that are judged start.
    pub(super) floor: usize,
}

/// A candidate's extent (in the coordinates of `Calm::sigmas`) and how likely it was added.
pub(super) struct Judged {
    pub(super) span: Range<usize>,
    pub(super) probability: f64,
}

/// One fitted model over the neighbourhood.
struct Model {
    predictor: Predictor,
    residual: Vec<f64>,
    variance: f64,
}

/// Judges the candidate at `at` of `samples`; `None` where there is too little programme around it.
pub(super) fn judge(samples: &[f64], at: usize, height: f64, calm: &Calm<'_>) -> Option<Judged> {
    let start = at.saturating_sub(FIRST_GAP + SIDE);
    let around = &samples[start..(at + FIRST_GAP + SIDE).min(samples.len())];
    let at = at - start;
    let first = fit(around, at.saturating_sub(FIRST_GAP)..(at + FIRST_GAP).min(around.len()))?;
    let onset = onset(&first, at, height)?;
    let longest = WIDTHS[WIDTHS.len() - 1] + 1;
    let room = around.len().checked_sub(onset + ORDER + 1)?.min(longest);
    let explained = explained(&first, onset, room)?;
    let price = |width: usize| WIDTH_PRICE * width as f64 - explained[width] / first.variance;
    let widths = WIDTHS.iter().map(|width| width + 1).filter(|width| *width <= room);
    let width = widths.min_by(|a, b| price(*a).total_cmp(&price(*b)))?;
    let bridge = BRIDGE.min(room);
    let bridged = energy(&first.residual, onset, bridge + ORDER) - explained[bridge];

    let second = fit(around, onset..onset + width)?;
    let explained = self::explained(&second, onset, width)?[width];
    let before = energy(&second.residual, onset, width + ORDER).max(f64::MIN_POSITIVE);
    let after = (before - explained).max(0.0);
    let tail = energy(&second.residual, onset + width, ORDER) / before;
    let span = start + calm.floor + onset..start + calm.floor + onset + width;
    let (left, right) = calm.around(&span);
    let features = [
        log(after / before),
        log(bridged / (ORDER as f64 * first.variance)),
        log(tail + 1e-6),
        log(before / ((width + ORDER) as f64 * second.variance)),
        log((left + 1.0) / height),
        log((right + 1.0) / height),
        1.0,
    ];
    let score: f64 = features.iter().zip(WEIGHTS).map(|(feature, weight)| feature * weight).sum();
    Some(Judged { span, probability: 1.0 / (1.0 + libm::exp(-score)) })
}

impl Calm<'_> {
    /// What stands out most beside a span, left and right.
    fn around(&self, span: &Range<usize>) -> (f64, f64) {
        let highest = |range: Range<usize>| {
            let part = self.sigmas.get(range).unwrap_or(&[]);
            part.iter().fold(0.0f64, |highest, value| highest.max(f64::from(*value)))
        };
        let left = span.start.saturating_sub(CALM_SKIP.0);
        let right = (span.end + ORDER + CALM_SKIP.1).min(self.sigmas.len());
        let far = (span.end + self.reach).min(self.sigmas.len()).max(right);
        (highest(span.start.saturating_sub(self.reach).max(self.floor).min(left)..left), highest(right..far))
    }
}

fn log(value: f64) -> f64 {
    libm::log(value.max(f64::MIN_POSITIVE)).clamp(-12.0, 14.0)
}

fn energy(residual: &[f64], start: usize, length: usize) -> f64 {
    residual[start.min(residual.len())..(start + length).min(residual.len())].iter().map(|e| e * e).sum()
}

/// From the strongest residual near the candidate back to where it begins, and one sample more.
fn onset(model: &Model, at: usize, height: f64) -> Option<usize> {
    let reach = at.saturating_sub(PEAK_REACH)..(at + PEAK_REACH + 1).min(model.residual.len());
    let size = |index: usize| model.residual[index].abs();
    let peak = reach.max_by(|a, b| size(*a).total_cmp(&size(*b)))?;
    let sigma = model.variance.sqrt();
    let least = (ONSET_SIGMAS * sigma).max(ONSET_SHARE * height * sigma);
    let mut onset = peak;
    for index in (peak.saturating_sub(ONSET_REACH)..peak).rev() {
        if onset - index > ONSET_JOIN {
            break;
        }
        if size(index) > least {
            onset = index;
        }
    }
    onset.checked_sub(1).filter(|onset| *onset >= ORDER)
}

/// The covariance-method model of a neighbourhood without its gap (Makhoul 1975), its residual and its scale.
fn fit(samples: &[f64], gap: Range<usize>) -> Option<Model> {
    let mut matrix = [[0.0; ORDER + 1]; ORDER + 1];
    let rows = (ORDER..gap.start.max(ORDER)).chain((gap.end + ORDER).max(ORDER)..samples.len());
    let mut count = 0;
    for row in rows {
        let past = &samples[row - ORDER..=row];
        for i in 0..=ORDER {
            let value = past[i];
            for j in 0..=ORDER {
                matrix[i][j] += value * past[j];
            }
        }
        count += 1;
    }
    if count < 4 * ORDER {
        return None;
    }
    let predictor = solve(&matrix)?;
    let reversed: Vec<f64> = predictor.iter().rev().copied().collect();
    let mut residual = vec![0.0; samples.len()];
    slide(&reversed, samples, &mut residual[ORDER..]);
    let left = gap.start.saturating_sub(SCALE_SAMPLES).max(ORDER)..gap.start.max(ORDER);
    let right = (gap.end + ORDER).min(samples.len())..(gap.end + ORDER + SCALE_SAMPLES).min(samples.len());
    let sides = [robust(&residual[left]), robust(&residual[right])];
    let known = sides.iter().flatten();
    let variance = known.clone().map(|sigma| sigma * sigma).sum::<f64>() / known.count().max(1) as f64;
    Some(Model { predictor, residual, variance: variance.max(LEAST_SIGMA * LEAST_SIGMA) })
}

/// Median magnitude scaled to a standard deviation.
fn robust(residual: &[f64]) -> Option<f64> {
    let mut sizes: Vec<f64> = residual.iter().map(|value| value.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).map(|median| 1.4826 * median)
}

/// The predictor from the products of the past: `matrix[ORDER]` belongs to the sample that is predicted.
fn solve(matrix: &[[f64; ORDER + 1]; ORDER + 1]) -> Option<Predictor> {
    let lag = |k: usize| ORDER - k;
    let load = LOAD * matrix[ORDER][ORDER] + f64::MIN_POSITIVE;
    let mut lower = [[0.0; ORDER]; ORDER];
    for i in 0..ORDER {
        for j in 0..=i {
            let mut sum = matrix[lag(i + 1)][lag(j + 1)] + if i == j { load } else { 0.0 };
            for k in 0..j {
                sum -= lower[i][k] * lower[j][k];
            }
            lower[i][j] = if i == j { Some(sum).filter(|sum| *sum > 0.0)?.sqrt() } else { sum / lower[j][j] };
        }
    }
    let mut solution = [0.0; ORDER];
    for i in 0..ORDER {
        let known: f64 = (0..i).map(|k| lower[i][k] * solution[k]).sum();
        solution[i] = (-matrix[ORDER][lag(i + 1)] - known) / lower[i][i];
    }
    for i in (0..ORDER).rev() {
        let known: f64 = (i + 1..ORDER).map(|k| lower[k][i] * solution[k]).sum();
        solution[i] = (solution[i] - known) / lower[i][i];
    }
    Some(std::array::from_fn(|k| if k == 0 { 1.0 } else { solution[k - 1] }))
}

/// How much residual energy vanishes when the first w samples from `onset` are interpolated by least squares, for
/// every w from 0 to `longest`. One banded Cholesky factor serves all widths: a leading block's factor is a leading
/// block of the factor, and one forward substitution gives every width's gain.
fn explained(model: &Model, onset: usize, longest: usize) -> Option<Vec<f64>> {
    let a = &model.predictor;
    let band: Predictor = std::array::from_fn(|lag| (0..=ORDER - lag).map(|k| a[k] * a[k + lag]).sum());
    let mut factor = vec![[0.0; ORDER + 1]; longest];
    let mut forward = vec![0.0; longest];
    let mut gains = Vec::with_capacity(longest + 1);
    gains.push(0.0);
    for i in 0..longest {
        for j in i.saturating_sub(ORDER)..=i {
            let mut sum = band[i - j];
            for k in i.saturating_sub(ORDER)..j {
                sum -= factor[i][i - k] * if j - k <= ORDER { factor[j][j - k] } else { 0.0 };
            }
            factor[i][i - j] = if i == j { Some(sum).filter(|sum| *sum > 0.0)?.sqrt() } else { sum / factor[j][0] };
        }
        let side = (0..=ORDER).filter_map(|k| Some(a[k] * model.residual.get(onset + i + k)?));
        let known: f64 = (i.saturating_sub(ORDER)..i).map(|k| factor[i][i - k] * forward[k]).sum();
        forward[i] = (side.sum::<f64>() - known) / factor[i][0];
        gains.push(gains[i] + forward[i] * forward[i]);
    }
    Some(gains)
}
