//! Weights of the detectors, fitted on candidates of clean and damaged music: logistic regression with the signs of
//! the physics held, judged on tracks that were left out.

use std::collections::BTreeSet;

use lacquer_engine::analysis::faults::{Candidate, Thresholds};
use lacquer_engine::analysis::finding::Kind;
use lacquer_engine::report::table::Table;

use crate::detect;
use crate::inject;
use crate::options::Options;
use crate::score::TOLERANCE_S;
use crate::truth::Event;

/// Ridge on standardised features: nothing but a guard against collinear ones.
const RIDGE: f64 = 1.0;
/// Newton's steps: it has converged long before.
const STEPS: usize = 25;
/// Thresholds that the table is printed for.
const THRESHOLDS: [f64; 8] = [0.2, 0.35, 0.5, 0.65, 0.75, 0.85, 0.9, 0.95];

/// The signs that are physics, feature by feature; 0 is free.
fn signs(kind: Kind) -> &'static [f64] {
    match kind {
        Kind::Click => &[-1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0],
        Kind::Dropout => &[1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0],
        _ => &[1.0, 1.0, 1.0, 0.0, 0.0, 1.0],
    }
}

/// A weighed place of which it is known what it is.
#[derive(Debug, Clone)]
struct Row {
    track: String,
    truth: bool,
    /// Another planted fault: it teaches, but it is no false finding of clean music.
    confused: bool,
    detectability_db: f64,
    features: Vec<f64>,
}

/// Rows of one kind, the events that had no candidate at all, and the clean minutes.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    missed: usize,
    minutes: f64,
}

/// The kinds that are weighed.
const WEIGHED: [Kind; 3] = [Kind::Click, Kind::Dropout, Kind::Splice];
/// What is planted for them.
const PLANTED: [Kind; 4] = [Kind::Click, Kind::Pop, Kind::Dropout, Kind::Splice];

/// Prints weights and what they achieve on tracks that were left out.
pub fn fit(options: &Options) -> Result<bool, String> {
    let gathered = gather(options)?;
    for (kind, rows) in WEIGHED.into_iter().zip(gathered).filter(|(kind, _)| options.wants(*kind)) {
        let planted = rows.rows.iter().filter(|row| row.truth).count();
        let clean = rows.rows.iter().filter(|row| !row.truth && !row.confused).count();
        println!(
            "{}: {planted} planted candidates, {} planted without one, {clean} of {:.1} clean minutes",
            kind.id(),
            rows.missed,
            rows.minutes
        );
        let all: Vec<&Row> = rows.rows.iter().collect();
        println!("weights {:.3?}", solve(&all, signs(kind)));
        tell(&rows, &left_out(&rows, signs(kind)), kind);
    }
    Ok(true)
}

/// Every row's probability, from the weights of the other tracks.
fn left_out(rows: &Rows, signs: &[f64]) -> Vec<f64> {
    let tracks: BTreeSet<&String> = rows.rows.iter().map(|row| &row.track).collect();
    let mut probabilities = vec![0.0; rows.rows.len()];
    for track in tracks {
        let others: Vec<&Row> = rows.rows.iter().filter(|row| row.track != *track).collect();
        let weights = solve(&others, signs);
        for (row, probability) in rows.rows.iter().zip(&mut probabilities).filter(|(row, _)| row.track == *track) {
            *probability = logistic(&row.features, &weights);
        }
    }
    probabilities
}

fn tell(rows: &Rows, probabilities: &[f64], kind: Kind) {
    let mut table = Table::new(&["p", "recall", "d' >= 40", "false", "per min", "worst track", "false there"]);
    let rated = || rows.rows.iter().zip(probabilities);
    for least in THRESHOLDS {
        let share = |of: &dyn Fn(&Row) -> bool, missed: usize| {
            let all = rated().filter(|(row, _)| row.truth && of(row)).count() + missed;
            let found = rated().filter(|(row, p)| row.truth && of(row) && **p >= least).count();
            format!("{:.3}", found as f64 / all.max(1) as f64)
        };
        let wrong: Vec<&Row> =
            rated().filter(|(row, p)| !row.truth && !row.confused && **p >= least).map(|(row, _)| row).collect();
        let tracks: BTreeSet<&String> = wrong.iter().map(|row| &row.track).collect();
        let count = |track: &String| wrong.iter().filter(|row| row.track == *track).count();
        let worst = tracks.into_iter().max_by_key(|track| count(track));
        table.row([
            least.to_string(),
            share(&|_| true, rows.missed),
            share(&|row| row.detectability_db >= 40.0, 0),
            wrong.len().to_string(),
            format!("{:.3}", wrong.len() as f64 / rows.minutes.max(1e-9)),
            worst.cloned().unwrap_or_default(),
            worst.map_or(0, count).to_string(),
        ]);
    }
    println!("{} with weights of the other tracks\n{table}", kind.id());
}

/// Candidates of clean music, and those of damaged music that are a planted fault.
fn gather(options: &Options) -> Result<[Rows; 3], String> {
    let mut gathered: [Rows; 3] = Default::default();
    let thresholds = Thresholds::from_profile(&options.profile);
    for track in options.music() {
        let music = detect::load(&track, options)?;
        let clean = detect::weighed(&music.channels, music.rate, thresholds).1;
        for (kind, rows) in WEIGHED.into_iter().zip(&mut gathered) {
            rows.minutes += music.minutes();
            let own = clean.iter().filter(|candidate| is_weighed(candidate, kind));
            rows.rows.extend(own.map(|candidate| row(&track.name, candidate, None)));
        }
        for seed in 101..101 + options.seeds {
            let damaged = inject::mixed(&music.channels, f64::from(music.rate), &PLANTED, seed, &track.name);
            let found = detect::weighed(&damaged.channels, music.rate, thresholds).1;
            for event in damaged.truth.iter().filter(|event| event.form != "mute") {
                let kind = if event.kind == Kind::Pop { Kind::Click } else { event.kind };
                let Some(index) = WEIGHED.iter().position(|weighed| *weighed == kind) else { continue };
                let here =
                    found.iter().filter(|candidate| is_weighed(candidate, kind) && meets(candidate, event, music.rate));
                match here.max_by(|a, b| a.probability.total_cmp(&b.probability)) {
                    Some(candidate) => gathered[index].rows.push(row(&track.name, candidate, Some(event))),
                    None => gathered[index].missed += 1,
                }
                // A click in every channel breaks what was predicted too; only interpolation tells it from a splice.
                if kind == Kind::Click {
                    let taken = found.iter().filter(|c| is_weighed(c, Kind::Splice) && meets(c, event, music.rate));
                    let confused = taken.map(|candidate| Row { confused: true, ..row(&track.name, candidate, None) });
                    gathered[2].rows.extend(confused);
                }
            }
        }
        eprintln!("{}: {:?} candidates", track.name, gathered.each_ref().map(|rows| rows.rows.len()));
    }
    Ok(gathered)
}

fn is_weighed(candidate: &Candidate, kind: Kind) -> bool {
    candidate.kind == kind && !candidate.features.is_empty()
}

fn row(track: &str, candidate: &Candidate, event: Option<&Event>) -> Row {
    Row {
        track: track.to_string(),
        truth: event.is_some(),
        confused: false,
        detectability_db: event.and_then(|event| event.detectability_db).unwrap_or(f64::NAN),
        features: candidate.features.clone(),
    }
}

/// Whether a candidate is where an event was planted.
fn meets(candidate: &Candidate, event: &Event, rate: u32) -> bool {
    let apart = candidate.channel.zip(event.channel).is_some_and(|(a, b)| a != b);
    let slack = TOLERANCE_S * f64::from(rate);
    !apart && (candidate.start as f64) < event.end as f64 + slack && candidate.end as f64 > event.start as f64 - slack
}

fn logistic(features: &[f64], weights: &[f64]) -> f64 {
    let score: f64 = features.iter().zip(weights).map(|(feature, weight)| feature * weight).sum();
    1.0 / (1.0 + libm::exp(-(score + weights[features.len()])))
}

/// Newton's method on standardised features; a weight of the wrong sign is held at zero and the rest fitted again.
fn solve(rows: &[&Row], signs: &[f64]) -> Vec<f64> {
    let width = signs.len();
    let mean = |k: usize| rows.iter().map(|row| row.features[k]).sum::<f64>() / rows.len().max(1) as f64;
    let means: Vec<f64> = (0..width).map(mean).collect();
    let spread = |k: usize| {
        let sum: f64 = rows.iter().map(|row| (row.features[k] - means[k]) * (row.features[k] - means[k])).sum();
        (sum / rows.len().max(1) as f64).sqrt().max(1e-9)
    };
    let spreads: Vec<f64> = (0..width).map(spread).collect();
    let standard: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| {
            let features = (0..width).map(|k| (row.features[k] - means[k]) / spreads[k]);
            features.chain([1.0]).collect()
        })
        .collect();
    let truths: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(row.truth))).collect();
    let mut held = vec![false; width];
    let weights = loop {
        let weights = newton(&standard, &truths, &held);
        let wrong = (0..width).filter(|k| !held[*k] && weights[*k] * signs[*k] < 0.0);
        match wrong.max_by(|a, b| weights[*a].abs().total_cmp(&weights[*b].abs())) {
            Some(worst) => held[worst] = true,
            None => break weights,
        }
    };
    let mut plain: Vec<f64> = (0..width).map(|k| weights[k] / spreads[k]).collect();
    let shift: f64 = (0..width).map(|k| plain[k] * means[k]).sum();
    plain.push(weights[width] - shift);
    plain
}

fn newton(rows: &[Vec<f64>], truths: &[f64], held: &[bool]) -> Vec<f64> {
    let width = held.len() + 1;
    let mut weights = vec![0.0; width];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; width];
        let mut curvature = vec![vec![0.0; width]; width];
        for (row, truth) in rows.iter().zip(truths) {
            let score: f64 = row.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
            let p = 1.0 / (1.0 + libm::exp(-score));
            for i in 0..width {
                gradient[i] += (truth - p) * row[i];
                for j in 0..=i {
                    curvature[i][j] += p * (1.0 - p) * row[i] * row[j];
                }
            }
        }
        for i in 0..width {
            let free = i + 1 == width || !held[i];
            gradient[i] = if free { gradient[i] - if i + 1 < width { RIDGE * weights[i] } else { 0.0 } } else { 0.0 };
            for j in 0..i {
                let both = free && (j + 1 == width || !held[j]);
                curvature[i][j] = if both { curvature[i][j] } else { 0.0 };
                curvature[j][i] = curvature[i][j];
            }
            curvature[i][i] = if free { curvature[i][i] + RIDGE } else { 1.0 };
        }
        for (weight, step) in weights.iter_mut().zip(eliminated(curvature, gradient)) {
            *weight += step.clamp(-3.0, 3.0);
        }
    }
    weights
}

/// Gauss on a positive definite matrix.
fn eliminated(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let width = right.len();
    for pivot in 0..width {
        for row in pivot + 1..width {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            for column in pivot..width {
                matrix[row][column] -= factor * matrix[pivot][column];
            }
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..width).rev() {
        let known: f64 = (row + 1..width).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}
