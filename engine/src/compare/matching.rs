//! Matching: what would bring a recording towards one or several references, each dimension by its own amount, as
//! settings of ordinary processors that the engineer sees and edits. Nothing is set by itself.
//!
//! The spectrum becomes bells of an equaliser ([`fit`]), the width the three widths of the stereo stage, the dynamics a
//! slow compressor or expander that brings the loudness range nearer, and the level a gain that also takes back what the
//! equaliser changes of the loudness.

mod fit;

pub use fit::{Bell, MOST_BELLS};

use std::collections::BTreeMap;

use serde::Serialize;

use super::portrait::{BANDS, Portrait, middle};
use crate::chain;
use crate::session::{ChainSettings, Row, Scalar, StageSettings};
use crate::unit::{Db, Hertz, Lu};

/// A difference is smoothed over a third of an octave to each side of nothing narrower: what two songs share is their
/// colour, not their notes.
const SMOOTHED: usize = 2;
/// More than this is another mix, not another master.
const MOST_EQ: f64 = 9.0;
/// The curve's own zero: between these the bells have no mean gain, so that level is the gain's affair.
const ZERO_BETWEEN: (Hertz, Hertz) = (Hertz(100.0), Hertz(8_000.0));
/// Ranges nearer than this are alike.
const ALIKE: Lu = Lu(0.5);
/// A ratio that would do more than this is another mix.
const RATIOS: (f64, f64) = (0.6, 3.0);
/// Where the stereo stage's bands meet; its defaults.
const CROSSOVERS: (Hertz, Hertz) = (Hertz(200.0), Hertz(4_000.0));
/// A gain is set to a hundredth of a decibel, as the wheel does.
const STEP: f64 = 0.01;

/// How far to go in each dimension, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Amounts {
    /// The long-term spectrum.
    pub spectrum: f64,
    /// The side's share in three bands.
    pub width: f64,
    /// The loudness range.
    pub dynamics: f64,
    /// The loudness.
    pub level: f64,
}

/// What would bring a recording towards its references.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The stages, in the order they would stand; empty where the honest move is none.
    #[serde(skip)]
    pub chain: ChainSettings,
    /// The equaliser's bells.
    pub bells: Vec<Bell>,
    /// The most by which the bells miss the curve that was asked for, where both recordings sound.
    pub missed_db: Db,
    /// Widths of the low, middle and high band in percent, 100 being as it is; `None` where the width stays.
    pub widths: Option<[f64; 3]>,
    /// The ratio of the slow compressor (above 1) or expander (below 1).
    pub ratio: Option<f64>,
    /// The gain.
    pub gain_db: Option<Db>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// What would bring `own` towards `references`, each by its weight; those of weight 0 are not looked at.
pub fn propose(own: &Portrait, references: &[(Portrait, f64)], amounts: Amounts) -> Proposal {
    let references: Vec<(&Portrait, f64)> =
        references.iter().filter(|(_, weight)| *weight > 0.0).map(|(portrait, weight)| (portrait, *weight)).collect();
    let mut notes = Vec::new();
    let curve = wanted(own, &references, amounts.spectrum);
    let (bells, missed) = fit::fit(&curve);
    let widths = widths(own, &references, amounts.width, &mut notes);
    let dynamics = dynamics(own, &references, amounts.dynamics);
    let gain = gain(own, &references, amounts.level, &bells, &mut notes);
    let mut stages = Vec::new();
    stages.extend((!bells.is_empty()).then(|| equaliser(&bells)));
    stages.extend(widths.map(|widths| {
        let names = ["width_low", "width_middle", "width_high"];
        stage("stereo", &names.iter().zip(widths).map(|(name, width)| (*name, width)).collect::<Vec<_>>())
    }));
    stages.extend(dynamics.map(|(ratio, threshold)| {
        // Slow enough to move the level of phrases, not the shape of notes.
        let times = [("attack", 200.0), ("release", 1500.0), ("knee", 6.0)];
        let values = [("ratio", ratio), ("threshold", threshold)];
        stage("compressor", &[&values[..], &times[..]].concat())
    }));
    stages.extend(gain.map(|gain| stage("gain", &[("gain", gain.0)])));
    Proposal {
        chain: ChainSettings { stages, ..ChainSettings::default() },
        bells,
        missed_db: Db(missed),
        widths,
        ratio: dynamics.map(|(ratio, _)| ratio),
        gain_db: gain,
        notes,
    }
}

/// The weighted mean of a figure over those that have it.
fn mean(references: &[(&Portrait, f64)], of: impl Fn(&Portrait) -> Option<f64>) -> Option<f64> {
    let pairs = references.iter().filter_map(|(portrait, weight)| Some((of(portrait)?, *weight)));
    let (sum, weights) =
        pairs.fold((0.0, 0.0), |(sum, weights), (value, weight)| (sum + weight * value, weights + weight));
    (weights > 0.0).then(|| sum / weights)
}

/// The curve in dB that would bring the spectrum there, without its mean; `None` where one side holds nothing.
fn wanted(own: &Portrait, references: &[(&Portrait, f64)], amount: f64) -> Vec<Option<f64>> {
    let own = own.curve();
    let curves: Vec<(Vec<Option<f64>>, f64)> =
        references.iter().map(|(portrait, weight)| (portrait.curve(), *weight)).collect();
    let raw = |band: usize| {
        let pairs = curves.iter().filter_map(|(curve, weight)| Some((curve[band]?, *weight)));
        let (sum, weights) = pairs.fold((0.0, 0.0), |(s, w), (value, weight)| (s + weight * value, w + weight));
        (weights > 0.0).then(|| sum / weights).zip(own[band]).map(|(there, here)| there - here)
    };
    let raw: Vec<Option<f64>> = (0..BANDS).map(raw).collect();
    let smooth = |band: usize| {
        raw[band]?;
        let around = &raw[band.saturating_sub(SMOOTHED)..(band + SMOOTHED + 1).min(BANDS)];
        let known: Vec<f64> = around.iter().flatten().copied().collect();
        Some(known.iter().sum::<f64>() / known.len() as f64)
    };
    let smoothed: Vec<Option<f64>> = (0..BANDS).map(smooth).collect();
    let within = |band: &usize| middle(*band).0 >= ZERO_BETWEEN.0.0 && middle(*band).0 <= ZERO_BETWEEN.1.0;
    let middle: Vec<f64> = (0..BANDS).filter(within).filter_map(|band| smoothed[band]).collect();
    let zero = middle.iter().sum::<f64>() / middle.len().max(1) as f64;
    smoothed.iter().map(|level| level.map(|level| amount * (level - zero).clamp(-MOST_EQ, MOST_EQ))).collect()
}

/// Side over mid between two frequencies, as amplitudes; `None` where there is no mid.
fn side(portrait: &Portrait, low: Hertz, high: Hertz) -> Option<f64> {
    let inside = |band: &usize| middle(*band).0 >= low.0 && middle(*band).0 < high.0;
    let sum = |of: fn(&super::portrait::Share) -> f64| -> f64 {
        (0..BANDS).filter(inside).map(|band| of(&portrait.bands[band])).sum()
    };
    let (mid, side) = (sum(|band| band.mid), sum(|band| band.side));
    (mid > 0.0).then(|| (side / mid).sqrt())
}

fn widths(own: &Portrait, references: &[(&Portrait, f64)], amount: f64, notes: &mut Vec<String>) -> Option<[f64; 3]> {
    if amount <= 0.0 {
        return None;
    }
    let regions = [(Hertz(0.0), CROSSOVERS.0), CROSSOVERS, (CROSSOVERS.1, Hertz(f64::INFINITY))];
    let widths = regions.map(|(low, high)| {
        let here = side(own, low, high).filter(|side| *side > 1e-4);
        let there = mean(references, |portrait| side(portrait, low, high));
        here.zip(there).map_or(100.0, |(here, there)| (100.0 * libm::pow(there / here, amount)).clamp(0.0, 200.0))
    });
    if side(own, Hertz(0.0), Hertz(f64::INFINITY)).is_none_or(|side| side <= 1e-4) {
        notes.push("the recording is mono: there is no width to change".into());
        return None;
    }
    let widths = widths.map(|width| width.round());
    widths.iter().any(|width| *width != 100.0).then_some(widths)
}

/// The ratio and the threshold that bring the loudness range nearer.
fn dynamics(own: &Portrait, references: &[(&Portrait, f64)], amount: f64) -> Option<(f64, f64)> {
    let here = own.lra_lu?.0;
    let there = mean(references, |portrait| portrait.lra_lu.map(|range| range.0))?;
    let wanted = here + amount * (there - here);
    if amount <= 0.0 || (wanted - here).abs() < ALIKE.0 || wanted <= 0.1 || here <= 0.1 {
        return None;
    }
    let ratio = ((here / wanted).clamp(RATIOS.0, RATIOS.1) * 100.0).round() / 100.0;
    // From the soft end of the range upwards, where the level moves.
    let threshold = (own.short_term_95_lufs?.0 - here).clamp(-60.0, 0.0);
    Some((ratio, (threshold * 10.0).round() / 10.0))
}

fn gain(
    own: &Portrait,
    references: &[(&Portrait, f64)],
    amount: f64,
    bells: &[Bell],
    notes: &mut Vec<String>,
) -> Option<Db> {
    let here = own.integrated_lufs?.0;
    let there = mean(references, |portrait| portrait.integrated_lufs.map(|level| level.0))?;
    let wanted = if amount > 0.0 { amount * (there - here) } else { 0.0 } - change(own, bells);
    let held = ((wanted / STEP).round() * STEP).clamp(-24.0, 24.0);
    if let Some(peak) = own.true_peak_dbtp.filter(|peak| peak.0 + held > 0.0 && held > 0.0) {
        let reached = peak.0 + held;
        notes.push(format!("the gain alone would bring the true peak to {reached:+.1} dBTP: a limiter has to follow"));
    }
    (held.abs() >= STEP).then_some(Db(held))
}

/// What the bells change of the loudness, from the long-term spectrum.
fn change(own: &Portrait, bells: &[Bell]) -> f64 {
    let power = |bells: &[Bell]| -> f64 {
        let weighted = |(index, band): (usize, &super::portrait::Share)| {
            let level: f64 = bells.iter().map(|bell| bell.db(middle(index))).sum();
            band.power() * weighting(middle(index)) * libm::pow(10.0, level / 10.0)
        };
        own.bands.iter().enumerate().map(weighted).sum()
    };
    let (after, before) = (power(bells), power(&[]));
    if before > 0.0 { 10.0 * libm::log10(after / before) } else { 0.0 }
}

/// Power of the K-weighting (BS.1770-5, annex 1) by its analogue parameters, as derived in libebur128.
fn weighting(frequency: Hertz) -> f64 {
    let power = |f0: f64, q: f64, [square, linear, one]: [f64; 3]| {
        let w = frequency.0 / f0;
        let of = |a: f64, b: f64, c: f64| (c - a * w * w) * (c - a * w * w) + b * w * b * w;
        of(square, linear, one) / of(1.0, 1.0 / q, 1.0)
    };
    let (top, q) = (libm::pow(10.0, 3.999_843_85 / 20.0), 0.707_175_24);
    let shelf = power(1_681.974_45, q, [top, libm::pow(top, 0.499_666_77) / q, 1.0]);
    shelf * power(38.135_47, 0.500_327_04, [1.0, 0.0, 0.0])
}

fn equaliser(bells: &[Bell]) -> StageSettings {
    let band = |(index, bell): (usize, &Bell)| Row {
        group: "band".into(),
        id: format!("b{}", index + 1),
        values: BTreeMap::from([
            ("frequency".to_string(), Scalar::Number(bell.frequency_hz.0)),
            ("gain".to_string(), Scalar::Number(bell.gain_db.0)),
            ("q".to_string(), Scalar::Number(bell.q)),
        ]),
        automation: BTreeMap::new(),
    };
    StageSettings { rows: bells.iter().enumerate().map(band).collect(), ..stage("eq", &[]) }
}

/// A stage of a processor as it is built here.
fn stage(processor: &str, values: &[(&str, f64)]) -> StageSettings {
    let version = chain::processor(processor).map_or(1, |known| known.table.version);
    StageSettings {
        id: format!("{processor}1"),
        processor: processor.into(),
        version,
        bypass: false,
        values: values.iter().map(|(name, value)| ((*name).to_string(), Scalar::Number(*value))).collect(),
        automation: BTreeMap::new(),
        rows: Vec::new(),
        unknown: BTreeMap::default().into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
