//! Whether a candidate was added or played: what interpolation explains, where its energy lies, what surrounds it.

use std::ops::Range;

use crate::analysis::faults::model::{Covariance, LEAST_SIGMA, energy, log, residual, robust};
use crate::analysis::faults::weight::Weights;
use crate::analysis::faults::whitening::{ORDER, Predictor};
use crate::analysis::finding::Kind;

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
/// Mean residual energy over a provisional span, in sigma squared, under which nothing stands out: drops three
/// quarters of the musical candidates and one click in five hundred, unweighed.
const LEAST_POWER: f64 = 3.0;
/// The bridge of the second feature.
const BRIDGE: usize = 33;
/// Samples next to the span that do not count as calm or not.
const CALM_SKIP: (usize, usize) = (20, 10);
/// What lies beside the span in the features of the neighbourhood: 20 ms at 44.1 kHz.
const BESIDE: usize = 882;
/// What lies right beside it: 5 ms at 44.1 kHz.
const NEAR: usize = 220;
/// The calm that a click among others is given, where the crowd is judged and not the one: fitted clicks' usual.
const USUAL_CALM: f64 = -2.0;
/// The same for the strongest residual beside it, and for the scale of one side against the other.
const USUAL_BESIDE: f64 = 1.3;
const USUAL_TILT: f64 = 0.1;
const TILT: usize = 11;
/// And for what else is measured beside it: the median of fitted clicks.
const USUAL_NEIGHBOURS: [(usize, f64); 7] =
    [(14, 0.0), (15, 0.1), (16, 0.0), (17, 0.0), (19, 0.1), (20, 0.0), (21, 0.7)];
/// Features of a candidate.
pub(super) const FEATURES: usize = 24;
/// Which of them say how calm the neighbourhood is.
const CALM: [usize; 5] = [4, 5, 7, 8, 9];

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
    pub(super) features: [f64; FEATURES],
    pub(super) probability: f64,
    /// How likely, had it calm around it.
    pub(super) alone: f64,
}

/// One fitted model over the neighbourhood.
struct Model {
    predictor: Predictor,
    residual: Vec<f64>,
    variance: f64,
    /// Logarithm of the scale on the right over that on the left.
    tilt: f64,
}

/// Judges the candidate at `at` of `samples`; `None` where there is too little programme around it, or too little of
/// the candidate.
pub(super) fn judge(samples: &[f64], at: usize, height: f64, calm: &Calm<'_>) -> Option<Judged> {
    let start = at.saturating_sub(FIRST_GAP + SIDE);
    let around = &samples[start..(at + FIRST_GAP + SIDE).min(samples.len())];
    let at = at - start;
    let first = fit(around, at.saturating_sub(FIRST_GAP)..(at + FIRST_GAP).min(around.len()))?;
    let onset = onset(&first, at, height)?;
    if energy(&first.residual, onset, BRIDGE + ORDER) < LEAST_POWER * (BRIDGE + ORDER) as f64 * first.variance {
        return None;
    }
    let longest = WIDTHS[WIDTHS.len() - 1] + 1;
    let room = around.len().checked_sub(onset + ORDER + 1)?.min(longest);
    let explained = explained(&first, onset, room)?;
    let price = |width: usize| WIDTH_PRICE * width as f64 - explained[width] / first.variance;
    let widths = WIDTHS.iter().map(|width| width + 1).filter(|width| *width <= room);
    let width = widths.min_by(|a, b| price(*a).total_cmp(&price(*b)))?;
    let bridge = BRIDGE.min(room);
    let bridged = (energy(&first.residual, onset, bridge + ORDER) - explained[bridge]).max(0.0);

    let second = fit(around, onset..onset + width)?;
    let (explained, fault) = removed(&second, onset, width)?;
    let crest = fault.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    let steps: Vec<f64> = around.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let rough = roughness(&fault);
    let before = energy(&second.residual, onset, width + ORDER).max(f64::MIN_POSITIVE);
    let after = (before - explained).max(0.0);
    let tail = energy(&second.residual, onset + width, ORDER);
    let span = start + calm.floor + onset..start + calm.floor + onset + width;
    let (left, right) = calm.around(&span, calm.reach);
    let near_right = calm.around(&span, calm.reach / 5).1;
    let sigma = second.variance.sqrt();
    let beside = |range: Range<usize>| {
        let part = second.residual.get(range).unwrap_or(&[]);
        part.iter().fold(0.0f64, |most, e| most.max(e.abs())) / sigma
    };
    let end = onset + width + ORDER;
    let scale = first.variance * ORDER as f64;
    let features = [
        log(after / before),
        log(bridged / scale),
        log(tail / before + 1e-6),
        log(before / ((width + ORDER) as f64 * second.variance)),
        log((left + 1.0) / height),
        log((right + 1.0) / height),
        log(before / energy(around, onset, width + ORDER).max(1e-14)),
        log(beside(onset.saturating_sub(BESIDE).max(ORDER)..onset.saturating_sub(2).max(ORDER)) + 1.0),
        log(beside((end + 2).min(around.len())..(end + BESIDE).min(around.len())) + 1.0),
        log((near_right + 1.0) / height),
        log(tail / (ORDER as f64 * second.variance)),
        second.tilt.abs(),
        log(width as f64),
        log(height),
        ratio(&second.residual, end + 2..end + 2 + NEAR, onset.saturating_sub(2 + NEAR)..onset.saturating_sub(2)),
        ratio(around, end..end + NEAR, onset.saturating_sub(NEAR)..onset),
        ratio(&steps, end..end + NEAR, onset.saturating_sub(NEAR)..onset),
        ratio(&second.residual, end + 2..end + 2 + BESIDE, onset.saturating_sub(2 + BESIDE)..onset.saturating_sub(2)),
        second.tilt,
        impulsive(&second.residual, ORDER..onset.saturating_sub(2), second.variance),
        impulsive(&second.residual, end + 2..around.len(), second.variance),
        calm.share(&span, calm.reach, 0.3 * height),
        log(crest * crest / (energy(around, 0, around.len()) / around.len() as f64).max(1e-14)),
        log(rough),
    ];
    let mut alone = features;
    for index in CALM {
        alone[index] = alone[index].min(if index == 7 || index == 8 { USUAL_BESIDE } else { USUAL_CALM });
    }
    // Clicks on both sides make the sides differ by chance.
    alone[TILT] = alone[TILT].min(USUAL_TILT);
    alone[TILT + 7] = alone[TILT + 7].clamp(-USUAL_TILT, USUAL_TILT);
    for (index, most) in USUAL_NEIGHBOURS {
        alone[index] = alone[index].min(most);
    }
    let weights = Weights::shipped(Kind::Click);
    let (probability, alone) = (weights.probability(&features), weights.probability(&alone));
    Some(Judged { span, features, probability, alone })
}

impl Calm<'_> {
    /// Logarithm of how many samples beside a span stand out more than `least`.
    fn share(&self, span: &Range<usize>, reach: usize, least: f64) -> f64 {
        let count = |range: Range<usize>| {
            self.sigmas.get(range).unwrap_or(&[]).iter().filter(|value| f64::from(**value) > least).count()
        };
        let left = span.start.saturating_sub(CALM_SKIP.0);
        let right = (span.end + ORDER + CALM_SKIP.1).min(self.sigmas.len());
        let far = (span.end + reach).min(self.sigmas.len()).max(right);
        let number = count(span.start.saturating_sub(reach).max(self.floor).min(left)..left) + count(right..far);
        log(1.0 + number as f64)
    }

    /// What stands out most beside a span, left and right.
    fn around(&self, span: &Range<usize>, reach: usize) -> (f64, f64) {
        let highest = |range: Range<usize>| {
            let part = self.sigmas.get(range).unwrap_or(&[]);
            part.iter().fold(0.0f64, |highest, value| highest.max(f64::from(*value)))
        };
        let left = span.start.saturating_sub(CALM_SKIP.0);
        let right = (span.end + ORDER + CALM_SKIP.1).min(self.sigmas.len());
        let far = (span.end + reach).min(self.sigmas.len()).max(right);
        (highest(span.start.saturating_sub(reach).max(self.floor).min(left)..left), highest(right..far))
    }
}

/// Logarithm of the mean power of one range over that of another.
fn ratio(values: &[f64], over: Range<usize>, under: Range<usize>) -> f64 {
    let mean = |range: Range<usize>| {
        let range = range.start.min(values.len())..range.end.min(values.len());
        values[range.clone()].iter().map(|v| v * v).sum::<f64>() / range.len().max(1) as f64
    };
    log((mean(over) + 1e-18) / (mean(under) + 1e-18))
}

/// How much the residual of a range is made of few strong samples: its power over the robust variance.
fn impulsive(residual: &[f64], range: Range<usize>, variance: f64) -> f64 {
    let range = range.start.min(residual.len())..range.end.min(residual.len());
    let power = residual[range.clone()].iter().map(|e| e * e).sum::<f64>() / range.len().max(1) as f64;
    log(power.max(1e-18) / variance)
}

/// Power of the steps of a fault over its own.
fn roughness(fault: &[f64]) -> f64 {
    let own: f64 = fault.iter().map(|v| v * v).sum();
    let last = fault.last().copied().unwrap_or(0.0);
    let first = fault.first().copied().unwrap_or(0.0);
    let steps: f64 = fault.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
    (steps + first * first + last * last) / own.max(1e-24)
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

/// The model of a neighbourhood without its gap, its residual and its scale.
fn fit(samples: &[f64], gap: Range<usize>) -> Option<Model> {
    let before = Covariance::of(samples, 0..gap.start);
    let predictor = before.and(&Covariance::of(samples, gap.end + ORDER..samples.len())).solve()?;
    let residual = residual(&predictor, samples);
    let left = gap.start.saturating_sub(SCALE_SAMPLES).max(ORDER)..gap.start.max(ORDER);
    let right = (gap.end + ORDER).min(samples.len())..(gap.end + ORDER + SCALE_SAMPLES).min(samples.len());
    let sides = [robust(&residual[left]), robust(&residual[right])];
    let known = sides.iter().flatten();
    let variance = known.clone().map(|sigma| sigma * sigma).sum::<f64>() / known.count().max(1) as f64;
    let tilt = match sides {
        [Some(left), Some(right)] => log(right.max(LEAST_SIGMA) / left.max(LEAST_SIGMA)),
        _ => 0.0,
    };
    Some(Model { predictor, residual, variance: variance.max(LEAST_SIGMA * LEAST_SIGMA), tilt })
}

/// Share of the residual energy at `onset` that is left when `width` samples are interpolated, in a model of the
/// neighbourhood; what a splice keeps and a click does not.
pub(in crate::analysis::faults) fn left_by_interpolation(samples: &[f64], onset: usize, width: usize) -> Option<f64> {
    let model = fit(samples, onset..onset + width)?;
    let explained = explained(&model, onset, width)?[width];
    let before = energy(&model.residual, onset, width + ORDER).max(f64::MIN_POSITIVE);
    Some((before - explained).max(0.0) / before)
}

/// How much residual energy vanishes when the first w samples from `onset` are interpolated by least squares, for
/// every w from 0 to `longest`. One banded Cholesky factor serves all widths: a leading block's factor is a leading
/// block of the factor, and one forward substitution gives every width's gain.
fn explained(model: &Model, onset: usize, longest: usize) -> Option<Vec<f64>> {
    factored(model, onset, longest).map(|(gains, _, _)| gains)
}

/// The same for one width, and what the interpolation takes away there.
fn removed(model: &Model, onset: usize, width: usize) -> Option<(f64, Vec<f64>)> {
    let (gains, factor, mut fault) = factored(model, onset, width)?;
    for i in (0..width).rev() {
        let known: f64 = (i + 1..(i + ORDER + 1).min(width)).map(|k| factor[k][k - i] * fault[k]).sum();
        fault[i] = (fault[i] - known) / factor[i][0];
    }
    Some((gains[width], fault))
}

type Factor = Vec<[f64; ORDER + 1]>;

fn factored(model: &Model, onset: usize, longest: usize) -> Option<(Vec<f64>, Factor, Vec<f64>)> {
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
    Some((gains, factor, forward))
}
