//! Where a signal was clipped: plateaus of one level, of one sign.

use std::ops::Range;

use crate::unit::SampleRate;

/// A clipped run.
#[derive(Debug, Clone, PartialEq)]
pub struct Clipped {
    /// Its samples.
    pub span: Range<usize>,
    /// Whether it was cut at the top.
    pub high: bool,
    /// The level it was cut at, positive.
    pub level: f64,
}

/// Equal samples that make a plateau.
const PLATEAU: usize = 3;
/// Plateaus of one level that make a clipped passage.
const PLATEAUS: usize = 3;
/// Plateaus further apart than this are not of one passage, in seconds.
const APART_S: f64 = 1.0;
/// Quieter levels are no clipping.
const LEAST_LEVEL: f64 = 0.02;
/// Steps by which samples of a plateau may differ.
const STEP_SLACK: f64 = 0.6;
/// The step of floating-point samples, as a share of the level.
const FLOAT_STEP: f64 = 2e-7;

/// The clipped runs of `samples`, in the order of time. With a level given every sample beyond it is one.
pub fn clipped(samples: &[f64], rate: SampleRate, level: Option<f64>) -> Vec<Clipped> {
    let mut runs: Vec<Clipped> = [true, false]
        .into_iter()
        .flat_map(|high| {
            let sign = if high { 1.0 } else { -1.0 };
            match level {
                Some(level) => beyond(samples, sign, level, 0..samples.len()),
                None => passages(samples, sign, rate),
            }
        })
        .collect();
    runs.sort_by_key(|run| run.span.start);
    runs
}

/// Runs of samples at or beyond a level.
fn beyond(samples: &[f64], sign: f64, level: f64, part: Range<usize>) -> Vec<Clipped> {
    let mut runs: Vec<Clipped> = Vec::new();
    for n in part.filter(|n| sign * samples[*n] >= level) {
        match runs.last_mut() {
            Some(run) if run.span.end == n => run.span.end += 1,
            _ => runs.push(Clipped { span: n..n + 1, high: sign > 0.0, level }),
        }
    }
    runs
}

/// A plateau: its samples, and the level they share.
struct Plateau {
    span: Range<usize>,
    level: f64,
}

fn passages(samples: &[f64], sign: f64, rate: SampleRate) -> Vec<Clipped> {
    let step = step(samples);
    let plateaus = plateaus(samples, sign, step);
    let apart = (APART_S * rate.hz()) as usize;
    let mut runs = Vec::new();
    let mut first = 0;
    while first < plateaus.len() {
        let level = plateaus[first].level;
        let slack = STEP_SLACK * step.max(FLOAT_STEP * level);
        // The passage goes on while the next plateau is near, as high, and nothing between is higher.
        let mut last = first;
        for next in first + 1..plateaus.len() {
            let gap = plateaus[last].span.end..plateaus[next].span.start;
            let joins = gap.len() <= apart && (plateaus[next].level - level).abs() <= slack;
            if !joins || samples[gap].iter().any(|sample| sign * sample > level + slack) {
                break;
            }
            last = next;
        }
        if last + 1 - first >= PLATEAUS {
            let part = plateaus[first].span.start..plateaus[last].span.end;
            runs.extend(beyond(samples, sign, level - slack, part));
        }
        first = last + 1;
    }
    runs
}

fn plateaus(samples: &[f64], sign: f64, step: f64) -> Vec<Plateau> {
    let mut plateaus = Vec::new();
    let mut n = 1;
    while n + 1 < samples.len() {
        let level = sign * samples[n];
        if level <= LEAST_LEVEL || sign * samples[n - 1] >= level {
            n += 1;
            continue;
        }
        let slack = STEP_SLACK * step.max(FLOAT_STEP * level);
        let mut end = n + 1;
        while end < samples.len() && (sign * samples[end] - level).abs() <= slack {
            end += 1;
        }
        let falls = end < samples.len() && sign * samples[end] < level;
        if end - n >= PLATEAU && falls {
            plateaus.push(Plateau { span: n..end, level });
        }
        n = end;
    }
    plateaus
}

/// The step of the samples where they lie on a lattice of up to 24 bits; zero for floats.
fn step(samples: &[f64]) -> f64 {
    let on_lattice = |bits: i32| {
        let scale = libm::exp2(f64::from(bits));
        samples.iter().all(|sample| (sample * scale).fract() == 0.0)
    };
    [15, 23].into_iter().find(|bits| on_lattice(*bits)).map_or(0.0, |bits| libm::exp2(-f64::from(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate(44_100);

    fn wave(ceiling: f64) -> Vec<f64> {
        let sound = |n: usize| 0.7 * libm::sin(0.05 * n as f64) + 0.2 * libm::sin(0.0323 * n as f64 + 1.0);
        (0..20_000).map(|n| sound(n).clamp(-ceiling, 0.8 * ceiling)).collect()
    }

    #[test]
    fn each_sign_has_its_own_level() {
        let samples = wave(0.6);
        let runs = clipped(&samples, RATE, None);
        assert!(runs.iter().filter(|run| run.high).count() > 50 && runs.iter().filter(|run| !run.high).count() > 50);
        let marked: usize = runs.iter().map(|run| run.span.len()).sum();
        let truth = samples.iter().filter(|sample| **sample >= 0.48 || **sample <= -0.6).count();
        assert!(truth - marked < 60, "{marked} of {truth}");
        assert!(runs.iter().all(|run| run.span.clone().all(|n| samples[n] >= 0.48 || samples[n] <= -0.6)));
    }

    #[test]
    fn what_was_not_clipped_is_not_marked() {
        assert_eq!(clipped(&wave(2.0), RATE, None), []);
        let sixteen: Vec<f64> = wave(2.0).iter().map(|sample| (sample * 32_768.0).round() / 32_768.0).collect();
        assert_eq!(clipped(&sixteen, RATE, None), []);
        let cut: Vec<f64> = wave(0.6).iter().map(|sample| (sample * 32_768.0).round() / 32_768.0).collect();
        assert!(clipped(&cut, RATE, None).len() > 100);
        assert_eq!(clipped(&[0.5, 0.9, -0.95], RATE, Some(0.8)).len(), 2);
    }
}
