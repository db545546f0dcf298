//! Saturation and clipper: what is not a harmonic is an alias.

use lacquer_engine::chain::processor;
use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::dsp::window::kaiser;
use lacquer_engine::param::Kind;
use lacquer_engine::session::StageSettings;

use crate::bench::{Bench, Set, stage};
use crate::table::{Bound, Result, Row};
use crate::tone::db;
use crate::wave::Wave;

const POINTS: usize = 16_384;
/// Before a tone is looked at: longer than any filter.
const LEAD: usize = 8_192;
/// Half the main lobe of the window in bins.
const LOBE: usize = 14;

/// All rows.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let curves: &[&str] = match processor("saturation").and_then(|known| known.table.find("curve")) {
        Some((_, spec)) => match spec.kind {
            Kind::Choice(ids) => ids,
            _ => &[],
        },
        None => &[],
    };
    let mut rows = Vec::new();
    for curve in curves {
        let settings = [("curve", Set::Word(curve)), ("drive", Set::Number(18.0)), ("match", Set::Word("off"))];
        rows.push(row(bench, format!("saturation {curve} at 18 dB"), stage("saturation", &settings)));
    }
    if curves.is_empty() {
        rows.push(row(bench, "saturation".into(), None));
    }
    for (name, knee) in [("soft (knee 6 dB)", 6.0), ("default knee", 1.5), ("hard", 0.0)] {
        let settings = [("gain", Set::Number(6.0)), ("ceiling", Set::Number(-1.0)), ("knee", Set::Number(knee))];
        rows.push(row(bench, format!("clipper {name}, 7 dB over its ceiling"), stage("clipper", &settings)));
    }
    rows
}

fn row(bench: &Bench, name: String, stage: Option<StageSettings>) -> Row {
    let mut worst = (f64::NEG_INFINITY, String::new());
    let mut result = Result::NotBuilt;
    let rates: &[u32] = if bench.quick { &[44_100] } else { &[44_100, 48_000, 96_000] };
    for rate in rates {
        let Some(stage) = stage.clone() else { break };
        let bins = bins(*rate, bench.quick);
        match bench.process(&tones(*rate, &bins), &[stage], &[]) {
            Err(why) => {
                result = Result::Broken(why);
                break;
            }
            Ok(output) => {
                for (index, bin) in bins.iter().enumerate() {
                    let start = index * (LEAD + POINTS) + LEAD;
                    let level = alias(&output.first()[start..start + POINTS], *bin);
                    if level > worst.0 {
                        worst =
                            (level, format!("{:.0} Hz at {rate} Hz", *bin as f64 * f64::from(*rate) / POINTS as f64));
                    }
                }
                result = Result::Measured(worst.0);
            }
        }
    }
    let peer = bench
        .sox(&tones(44_100, &bins(44_100, bench.quick)), "32", &["overdrive", "18", "0"], false)
        .filter(|_| name.contains("warm"))
        .map(|output| {
            let bins = bins(44_100, bench.quick);
            let one = |(index, bin): (usize, &usize)| {
                let start = index * (LEAD + POINTS) + LEAD;
                alias(&output.first()[start..start + POINTS], *bin)
            };
            bins.iter().enumerate().map(one).fold(f64::NEG_INFINITY, f64::max)
        });
    Row::new(format!("{name}: aliases of full-scale tones, 100 Hz to 20 kHz"), Bound::AtMost(-100.0), "dBFS", result)
        .aim(-120.0)
        .note(worst.1)
        .peer("sox overdrive", peer)
}

/// Odd bins from 100 Hz to 20 kHz, so that folded harmonics fall beside those that are not folded.
fn bins(rate: u32, quick: bool) -> Vec<usize> {
    let count = if quick { 10 } else { 24 };
    (0..count)
        .map(|index| {
            let hz = 100.0 * libm::pow(199.0, f64::from(index) / f64::from(count - 1));
            (hz * POINTS as f64 / f64::from(rate)) as usize | 1
        })
        .collect()
}

fn tones(rate: u32, bins: &[usize]) -> Wave {
    let tone = |bin: &usize| {
        let bin = *bin;
        (0..LEAD + POINTS).map(move |n| {
            // The tone swells over the first half of the lead.
            let swell = (2.0 * n as f64 / LEAD as f64).min(1.0);
            let rise = 0.5 - 0.5 * libm::cos(std::f64::consts::PI * swell);
            rise * libm::sin(std::f64::consts::TAU * (n * bin % POINTS) as f64 / POINTS as f64)
        })
    };
    Wave::mono(rate, bins.iter().flat_map(tone).collect())
}

/// The highest bin in dBFS that is neither a harmonic of the tone in `bin` nor what drifts below 100 Hz.
fn alias(samples: &[f64], bin: usize) -> f64 {
    let place = |n: usize| 2.0 * n as f64 / POINTS as f64 - 1.0;
    let window: Vec<f64> = (0..POINTS).map(|n| kaiser(place(n), 20.0)).collect();
    let scale = 2.0 / window.iter().sum::<f64>();
    let windowed: Vec<f64> = samples.iter().zip(&window).map(|(sample, weight)| sample * weight).collect();
    let mut fft = RealFft::new(POINTS);
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&windowed, &mut spectrum);
    let beside = |index: usize| {
        let order = (index as f64 / bin as f64).round() as usize;
        index > 40 && index.abs_diff(order * bin) > LOBE
    };
    let levels = spectrum.iter().enumerate().filter(|(index, _)| beside(*index));
    levels.map(|(_, value)| db(scale * libm::hypot(value.re, value.im))).fold(-300.0, f64::max)
}
