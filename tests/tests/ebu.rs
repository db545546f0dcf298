//! EBU Tech 3341 and 3342 at 44.1, 48 and 96 kHz: gates, windows, the file series 10 and 13, and the live series 11 and 14
//! on a meter that is asked every 20 ms, as a screen does. Cases 7 and 8 and the programmes of 3342 are the EBU's own
//! recordings and are not made here; the true-peak cases are in `loudness.rs` and `true_peak.rs`.

use std::f64::consts::TAU;

use lacquer_engine::analysis::loudness::{Loudness, Reading};
use lacquer_engine::analysis::measure::{Measurement, Measurer};
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::unit::{Lufs, SampleRate};

const RATES: [u32; 3] = [44_100, 48_000, 96_000];
/// 3341, table 1.
const TOLERANCE_LU: f64 = 0.1;
/// What the house is held to where the signal is steady through a whole window.
const HOUSE_LU: f64 = 0.03;
const SILENCE: f64 = f64::NEG_INFINITY;
/// Milliseconds between two looks at a live meter.
const LOOK_MS: u32 = 20;

/// 1 kHz, one level after the other: (seconds, dBFS).
fn tone(rate: u32, parts: &[(f64, f64)]) -> Vec<f64> {
    let mut samples = Vec::new();
    for (seconds, level) in parts {
        let amplitude = libm::pow(10.0, level / 20.0);
        for _ in 0..(seconds * f64::from(rate)).round() as usize {
            let phase = TAU * 1000.0 * samples.len() as f64 / f64::from(rate);
            samples.push(if amplitude == 0.0 { 0.0 } else { amplitude * libm::sin(phase) });
        }
    }
    samples
}

fn stereo(rate: u32, parts: &[(f64, f64)]) -> Measurement {
    let samples = tone(rate, parts);
    let mut measurer = Measurer::new(Layout::Stereo, SampleRate(rate), Some(24)).expect("a usual rate");
    measurer.process(&Block::from_channels(&[&samples[..], &samples[..]]));
    measurer.finish().measurement
}

/// What the meter shows at each look: time, momentary, short-term.
fn looks(rate: u32, parts: &[(f64, f64)]) -> Vec<(f64, f64, f64)> {
    let samples = tone(rate, parts);
    let mut meter = Loudness::new(Layout::Stereo, SampleRate(rate)).expect("a usual rate");
    let level = |value: Option<Lufs>| value.map_or(SILENCE, |lufs| lufs.0);
    let mut looks = Vec::new();
    for part in samples.chunks((rate * LOOK_MS / 1000) as usize) {
        meter.process(&Block::from_channels(&[part, part]));
        let Reading { momentary, short_term } = meter.reading();
        let time = (looks.len() + 1) as f64 * f64::from(LOOK_MS) / 1000.0;
        looks.push((time, level(momentary), level(short_term)));
    }
    looks
}

#[track_caller]
fn near(what: &str, value: Option<Lufs>, expected: f64, tolerance: f64) {
    let value = value.map_or(SILENCE, |lufs| lufs.0);
    assert!((value - expected).abs() <= tolerance, "{what}: {value} instead of {expected}");
}

#[test]
fn gates_and_steady_tones() {
    for rate in RATES {
        for level in [-23.0, -33.0] {
            let read = stereo(rate, &[(20.0, level)]);
            near("I", read.integrated_lufs, level, HOUSE_LU);
            near("M", read.momentary_max_lufs, level, TOLERANCE_LU);
            near("S", read.short_term_max_lufs, level, HOUSE_LU);
        }
        let three = [(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)];
        let four = [(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)];
        let five = [(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)];
        for parts in [&three[..], &four[..], &five[..]] {
            // Blocks that span a change of level count as the standard has it: about 0.03 LU of the value.
            near("a gated programme", stereo(rate, parts).integrated_lufs, -23.0, TOLERANCE_LU);
        }
    }
}

#[test]
fn windows_hold_steady() {
    for rate in RATES {
        for look in looks(rate, &[(1.34, -20.0), (1.66, -30.0)].repeat(5)).iter().filter(|look| look.0 >= 3.0) {
            near("short-term", Some(Lufs(look.2)), -23.0, TOLERANCE_LU);
        }
        for look in looks(rate, &[(0.18, -20.0), (0.22, -30.0)].repeat(25)).iter().filter(|look| look.0 >= 1.0) {
            near("momentary", Some(Lufs(look.1)), -23.0, TOLERANCE_LU);
        }
    }
}

#[test]
fn file_series_10_and_13() {
    for rate in RATES {
        for i in 0..20 {
            let late = f64::from(i);
            let short = stereo(rate, &[(0.15 * late, SILENCE), (3.0, -23.0), (1.0, SILENCE)]);
            near(&format!("series 10, {i} at {rate}"), short.short_term_max_lufs, -23.0, TOLERANCE_LU);
            let momentary = stereo(rate, &[(0.02 * late, SILENCE), (0.4, -23.0), (1.0, SILENCE)]);
            near(&format!("series 13, {i} at {rate}"), momentary.momentary_max_lufs, -23.0, TOLERANCE_LU);
        }
    }
}

/// Silence, a tone that grows by 1 dB each time, silence: the highest reading until the end of each.
fn live_series(rate: u32, step: f64, length: f64, pick: fn(&(f64, f64, f64)) -> f64) {
    let parts: Vec<(f64, f64)> = (0..20)
        .flat_map(|i| {
            let i = f64::from(i);
            [(i * step, SILENCE), (length, -38.0 + i), (length - i * step, SILENCE)]
        })
        .collect();
    let looks = looks(rate, &parts);
    for i in 0..20 {
        let end = f64::from(i + 1) * 2.0 * length;
        let highest = looks.iter().filter(|look| look.0 <= end + 1e-9).map(pick).fold(SILENCE, f64::max);
        near(&format!("{length} s, {i} at {rate}"), Some(Lufs(highest)), -38.0 + f64::from(i), TOLERANCE_LU);
    }
}

#[test]
fn live_series_11_and_14() {
    for rate in RATES {
        live_series(rate, 0.15, 3.0, |look| look.2);
        live_series(rate, 0.02, 0.4, |look| look.1);
    }
}

#[test]
fn ranges_of_3342() {
    for rate in RATES {
        for (levels, range) in [
            (&[-20.0, -30.0][..], 10.0),
            (&[-20.0, -15.0][..], 5.0),
            (&[-40.0, -20.0][..], 20.0),
            (&[-50.0, -35.0, -20.0, -35.0, -50.0][..], 15.0),
        ] {
            let parts: Vec<(f64, f64)> = levels.iter().map(|level| (20.0, *level)).collect();
            let read = stereo(rate, &parts).lra_lu.expect("a range").0;
            assert!((read - range).abs() <= 1.0, "{levels:?} at {rate}: {read}");
        }
    }
}
