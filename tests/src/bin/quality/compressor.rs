//! The compressor: static curve and times.

use lacquer_engine::session::StageSettings;

use crate::bench::{Bench, Set, stage};
use crate::table::{Bound, Result, Row};
use crate::tone::{Fit, amplitude, db, sine};
use crate::wave::Wave;

const RATE: u32 = 48_000;
const SECOND: usize = RATE as usize;
const HZ: f64 = 1000.0;
const THRESHOLD: f64 = -20.0;
const RATIO: f64 = 4.0;
const ATTACK_MS: f64 = 10.0;
const RELEASE_MS: f64 = 100.0;

fn compressor() -> Option<StageSettings> {
    stage(
        "compressor",
        &[
            ("threshold", Set::Number(THRESHOLD)),
            ("ratio", Set::Number(RATIO)),
            ("knee", Set::Number(0.0)),
            ("attack", Set::Number(ATTACK_MS)),
            ("release", Set::Number(RELEASE_MS)),
        ],
    )
}

/// All rows.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let mut rows = vec![static_curve(bench)];
    rows.extend(times(bench));
    rows
}

fn expected(level: f64) -> f64 {
    if level > THRESHOLD { THRESHOLD + (level - THRESHOLD) / RATIO } else { level }
}

/// 61 levels, 1 dB apart, 0.8 s each; the level is taken over the last 0.2 s.
fn static_curve(bench: &Bench) -> Row {
    let step = SECOND * 8 / 10;
    let levels: Vec<f64> = (0..=60).map(|n| f64::from(n) - 60.0).collect();
    let tone = sine(RATE, HZ, 1.0, levels.len() * step);
    let input = Wave::mono(RATE, tone.iter().enumerate().map(|(n, x)| x * amplitude(levels[n / step])).collect());
    let worst = |output: &Wave| {
        let mut worst = (0.0, 0.0);
        for (index, level) in levels.iter().enumerate() {
            let start = (index + 1) * step - SECOND / 5;
            let fit = Fit::of(&output.first()[start..start + SECOND / 5], RATE, HZ, start);
            let off = (db(fit.level) - expected(*level)).abs();
            if off > worst.0 {
                worst = (off, *level);
            }
        }
        worst
    };
    let (result, note) = match compressor().map(|stage| bench.process(&input, &[stage], &[])) {
        None => (Result::NotBuilt, String::new()),
        Some(Err(why)) => (Result::Broken(why), String::new()),
        Some(Ok(output)) => {
            let (off, level) = worst(&output);
            (Result::Measured(off), format!("at {level} dBFS"))
        }
    };
    let filter = "acompressor=threshold=0.1:ratio=4:attack=10:release=100:knee=1:makeup=1:detection=peak";
    let peer = bench.ffmpeg(&input, filter, &[]).map(|output| worst(&output).0);
    Row::new("static curve, -20 dB 4:1, 61 levels, worst", Bound::AtMost(0.01), "dB", result)
        .note(note)
        .peer("ffmpeg acompressor", peer)
}

/// A step from -40 to 0 dBFS and back: when 63 % of the gain, in dB, is there.
fn times(bench: &Bench) -> Vec<Row> {
    let (up, down) = (SECOND, 2 * SECOND);
    let tone = sine(RATE, HZ, 1.0, 4 * SECOND);
    let level = |n: usize| if (up..down).contains(&n) { 1.0 } else { 0.01 };
    let input = Wave::mono(RATE, tone.iter().enumerate().map(|(n, x)| x * level(n)).collect());
    let filter = "acompressor=threshold=0.1:ratio=4:attack=10:release=100:knee=1:makeup=1:detection=peak";
    let peer = bench.ffmpeg(&input, filter, &[]);
    let ours = match compressor().map(|stage| bench.process(&input, &[stage], &[])) {
        None => Err(Result::NotBuilt),
        Some(Err(why)) => Err(Result::Broken(why)),
        Some(Ok(output)) => Ok(output),
    };
    let row = |what: &str, at: usize, wanted: f64| {
        let error = |output: &Wave| time_ms(&input, output, at).map(|ms| 100.0 * (ms / wanted - 1.0));
        let result = match &ours {
            Err(result) => result.clone(),
            Ok(output) => error(output).map_or(Result::Broken("no movement".into()), Result::Measured),
        };
        let peer = peer.as_ref().and_then(error);
        Row::new(what, Bound::Near(0.0, 5.0), "%", result).peer("ffmpeg acompressor", peer)
    };
    vec![
        row("attack of 10 ms to 63 % in dB, error", up, ATTACK_MS),
        row("release of 100 ms to 63 % in dB, error", down, RELEASE_MS),
    ]
}

/// Milliseconds from the step at `at` until the gain in dB has done 63.2 % of its way, by the crests of the tone.
fn time_ms(input: &Wave, output: &Wave, at: usize) -> Option<f64> {
    let gain = |n: usize| db(output.first()[n] / input.first()[n]);
    let is_clear = |n: &usize| {
        input.first()[*n].abs() > 0.5 * input.first()[n - 12..n + 36].iter().fold(0.0, |m: f64, x| m.max(x.abs()))
    };
    let before = gain((at - 2_000..at - 100).rev().find(is_clear)?);
    let after = gain((at + SECOND - 2_000..at + SECOND - 100).rev().find(is_clear)?);
    let goal = before + (1.0 - libm::exp(-1.0)) * (after - before);
    let reached = |n: usize| (gain(n) - goal) * (after - before) >= 0.0;
    let frame = (at..at + SECOND - 100).filter(is_clear).find(|n| reached(*n))?;
    Some((frame - at) as f64 * 1000.0 / f64::from(RATE))
}
