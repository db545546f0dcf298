//! A gain that jumps in one channel: a contact, a fader, a patch that gives way for a while.
//!
//! Prediction from both sides runs across a step if, and only if, what follows is divided by the step's gain. The gain
//! that leaves the least residual is found in closed form, and how much it leaves tells the step from an attack, which
//! no gain explains. A step and its return by the same gain bound a stretch that is out of balance.

use super::Thresholds;
use super::model::energy;
use super::whitening::{ORDER, Predictor, slide};
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Frames, SampleRate};

/// The residual of a step falls at least this much when its gain is taken out: attacks of ten albums stay under 7 dB.
const LEAST_EXPLAINED_DB: f64 = 9.0;
/// A step and its return fall together at least this much.
const LEAST_TOGETHER_DB: f64 = 25.0;
/// Gains are looked for up to this, in dB: more is a channel that fails.
const MOST_GAIN_DB: f64 = 15.0;
/// A gain is known at least this well: its standard deviation in dB.
const MOST_SPREAD_DB: f64 = 0.5;
/// A return is the step within this, in dB: each is known to a tenth or two.
const RETURN_DB: f64 = 0.4;
/// Shorter stretches are dips and clicks.
const SHORTEST_S: f64 = 0.25;

/// A step of one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// The first frame with the new gain.
    pub(super) frame: u64,
    pub(super) channel: usize,
    /// What follows over what was before, in dB.
    pub(super) gain_db: f64,
    /// By how much the residual falls when the gain is taken out.
    pub(super) explained_db: f64,
}

/// A model of one side of an edge and the variance it leaves.
pub(super) struct Side<'a> {
    pub(super) predictor: &'a Predictor,
    pub(super) variance: f64,
}

/// The step that explains most among edges of a range, as (edge, gain in dB, explained in dB).
pub(super) fn strongest(
    samples: &[f64],
    sides: &[Side<'_>; 2],
    edges: std::ops::Range<usize>,
) -> Option<(usize, f64, f64)> {
    let judged = edges.filter_map(|edge| at(samples, sides, edge).map(|(gain, explained)| (edge, gain, explained)));
    judged
        .max_by(|a, b| a.2.total_cmp(&b.2))
        .filter(|(_, gain, explained)| *explained >= LEAST_EXPLAINED_DB && gain.abs() <= MOST_GAIN_DB)
}

/// The gain at an edge in dB and what it explains; `None` where it is not known.
fn at(samples: &[f64], sides: &[Side<'_>; 2], edge: usize) -> Option<(f64, f64)> {
    let start = edge.checked_sub(ORDER)?;
    let (before, after) = (samples.get(start..edge)?, samples.get(edge..edge + ORDER)?);
    // Residuals over the edge, of what is before it alone and of what is after it alone.
    let past = [before, &[0.0; ORDER]].concat();
    let future = [&[0.0; ORDER], after].concat();
    let (mut own, mut cross, mut other) = (0.0, 0.0, 0.0);
    let (mut left, mut right) = ([0.0; ORDER], [0.0; ORDER]);
    for side in sides {
        let reversed: Vec<f64> = side.predictor.iter().rev().copied().collect();
        slide(&reversed, &past, &mut left);
        slide(&reversed, &future, &mut right);
        own += energy(&left, 0, ORDER) / side.variance;
        other += energy(&right, 0, ORDER) / side.variance;
        cross += left.iter().zip(&right).map(|(l, r)| l * r).sum::<f64>() / side.variance;
    }
    // own + 2 q cross + q² other, least where its slope is none.
    let scale = -cross / other;
    if !(scale > 0.0 && other.is_finite()) {
        return None;
    }
    let spread = 20.0 / std::f64::consts::LN_10 / (scale * other.sqrt());
    let (plain, least) = (own + 2.0 * cross + other, own + scale * cross);
    let explained = 10.0 * libm::log10(plain.max(1e-30) / least.max(1e-30));
    (spread <= MOST_SPREAD_DB).then(|| (-20.0 * libm::log10(scale), explained))
}

/// The stretches that steps and their returns bound.
pub(super) fn stretches(mut steps: Vec<Step>, rate: SampleRate, thresholds: &Thresholds) -> Vec<Finding> {
    steps.retain(|step| step.gain_db.abs() >= thresholds.imbalance.0);
    steps.sort_by_key(|step| (step.channel, step.frame));
    let shortest = (SHORTEST_S * rate.hz()) as u64;
    let mut found = Vec::new();
    let mut index = 0;
    while index < steps.len() {
        let step = steps[index];
        let returns = |other: &Step| {
            other.channel == step.channel
                && other.frame >= step.frame + shortest
                && (other.gain_db + step.gain_db).abs() <= RETURN_DB
                && other.explained_db + step.explained_db >= LEAST_TOGETHER_DB
        };
        let back = steps[index + 1..].iter().position(returns).map(|place| index + 1 + place);
        match back {
            Some(back) => {
                found.push(told(&step, steps[back].frame, steps[back].explained_db, rate, thresholds));
                index = back + 1;
            }
            // What never returns may be a pop as well: the level of the channels over time tells it.
            None => index += 1,
        }
    }
    found
}

fn told(step: &Step, end: u64, returned_db: f64, rate: SampleRate, thresholds: &Thresholds) -> Finding {
    // The right channel against the left.
    let gain = if step.channel == 0 { -step.gain_db } else { step.gain_db };
    let sure = 1.0 - libm::pow(10.0, -step.explained_db.min(returned_db) / 20.0);
    let finding = Finding::new(Kind::Imbalance, Severity::Warn, Frames(step.frame), Frames(end), rate)
        .measuring(gain, Some(thresholds.imbalance.0.copysign(gain)), "dB")
        .with_confidence(sure);
    if step.channel < 2 { finding } else { finding.in_channel(step.channel) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::faults::model::{Covariance, residual, robust};
    use crate::profile;

    /// A resonance driven by noise, three times as loud from 3000 on; or struck there.
    fn signal(gain: f64, strike: f64) -> Vec<f64> {
        let mut state = 7u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let (mut one, mut two) = (0.0, 0.0);
        (0..6000)
            .map(|n| {
                let struck = if (3000..3020).contains(&n) { strike * noise() } else { 0.0 };
                let now = 1.985 * one - 0.999 * two + 0.002 * noise() + struck;
                (one, two) = (now, one);
                if n < 3000 { now } else { gain * now }
            })
            .collect()
    }

    fn judged(samples: &[f64]) -> Option<(usize, f64, f64)> {
        let models =
            [Covariance::of(samples, 1000..2900), Covariance::of(samples, 3100..5000)].map(|rows| rows.solve());
        let [Some(left), Some(right)] = models else { return None };
        let variance = |filter: &Predictor, rows: std::ops::Range<usize>| {
            robust(&residual(filter, samples)[rows]).map_or(0.0, |sigma| sigma * sigma)
        };
        let sides = [
            Side { predictor: &left, variance: variance(&left, 1000..2900) },
            Side { predictor: &right, variance: variance(&right, 3100..5000) },
        ];
        strongest(samples, &sides, 2970..3010)
    }

    #[test]
    fn a_step_is_known_to_the_sample_and_to_tenths_of_a_decibel() {
        let (edge, gain, _) = judged(&signal(3.0, 0.0)).unwrap();
        assert_eq!(edge, 3000);
        assert!((gain - 9.54).abs() < 0.3, "{gain}");
        let (edge, gain, _) = judged(&signal(0.5, 0.0)).unwrap();
        assert_eq!(edge, 3000);
        assert!((gain + 6.02).abs() < 0.3, "{gain}");
    }

    #[test]
    fn an_attack_and_an_even_programme_are_no_step() {
        assert_eq!(judged(&signal(1.0, 0.5)), None);
        assert_eq!(judged(&signal(1.0, 0.0)), None);
    }

    #[test]
    fn a_step_and_its_return_bound_a_stretch() {
        let thresholds = Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap());
        let step = |frame, channel, gain_db, explained_db| Step { frame, channel, gain_db, explained_db };
        let found = |steps: &[Step]| {
            let told = stretches(steps.to_vec(), SampleRate(1000), &thresholds);
            told.iter().map(|f| (f.start_frame.0, f.measured)).collect::<Vec<_>>()
        };
        assert_eq!(found(&[step(1000, 0, 4.0, 17.0), step(3000, 0, -4.1, 17.0)]), [(1000, Some(-4.0))]);
        // Other gains and other channels are no return.
        assert_eq!(found(&[step(1000, 0, 4.0, 17.0), step(3000, 0, -6.0, 17.0)]), []);
        assert_eq!(found(&[step(1000, 0, 4.0, 17.0), step(3000, 1, -4.0, 17.0)]), []);
        assert_eq!(found(&[step(1000, 1, 4.0, 31.0)]), []);
        assert_eq!(found(&[step(1000, 1, 4.0, 31.0), step(3000, 1, -4.0, 31.0)]), [(1000, Some(4.0))]);
        // A decibel is too little.
        assert_eq!(found(&[step(1000, 0, 1.0, 30.0), step(3000, 0, -1.0, 30.0)]), []);
    }
}
