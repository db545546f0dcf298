use std::f64::consts::TAU;

use super::*;
use crate::audio::Layout;
use crate::unit::SampleRate;

fn values(pairs: &[(&str, f64)]) -> Values {
    let mut values = Values::defaults(&TABLE);
    for (id, value) in pairs {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    values
}

fn stage(pairs: &[(&str, f64)], rate: u32) -> Box<dyn Stage> {
    build(&values(pairs), Setting { rate: SampleRate(rate), layout: Layout::Stereo })
}

fn sine(level_db: f64, rate: u32, frames: usize, phase: f64) -> Vec<f64> {
    let step = TAU * 1000.0 / f64::from(rate);
    (0..frames).map(|n| Db(level_db).amplitude() * libm::sin(step * n as f64 + phase)).collect()
}

/// Level in dBFS of the largest sample a settled sine leaves, against what went in.
fn steady_gain(stage: &mut Box<dyn Stage>, level_db: f64, rate: u32) -> f64 {
    let input = sine(level_db, rate, 4_800, 0.3);
    let mut block = Block::from_channels(&[&input, &input]);
    stage.process(&mut block);
    let energy = |samples: &[f64]| samples[3_000..].iter().fold(0.0, |sum, sample| sum + sample * sample);
    10.0 * libm::log10(energy(block.channel(0)) / energy(&input))
}

#[test]
fn the_static_curve_is_the_one_drawn() {
    for rate in [44_100, 48_000, 96_000] {
        for detection in [0.0, 1.0] {
            let pairs = [
                ("threshold", -20.0),
                ("ratio", 4.0),
                ("knee", 6.0),
                ("attack", 0.5),
                ("release", 10.0),
                ("detection", detection),
                ("makeup", 2.0),
            ];
            for level in (0..=60).rev().map(|n| -f64::from(n)) {
                let mut stage = stage(&pairs, rate);
                let measured = level + steady_gain(&mut stage, level, rate);
                let drawn = curve(&values(&pairs), level);
                assert!((measured - drawn).abs() < 0.01, "{rate} Hz, {level} dB: {measured} for {drawn}");
            }
        }
    }
}

#[test]
fn all_four_of_expansion_and_compression_follow_their_curves() {
    for (works, ratio) in [(0.0, 0.5), (1.0, 2.0), (1.0, 0.5), (0.0, 20.0)] {
        let pairs = [
            ("threshold", -30.0),
            ("ratio", ratio),
            ("works", works),
            ("range", 12.0),
            ("attack", 0.5),
            ("release", 10.0),
            ("knee", 4.0),
        ];
        for level in (0..=55).rev().map(|n| -f64::from(n)) {
            let measured = level + steady_gain(&mut stage(&pairs, 48_000), level, 48_000);
            let drawn = curve(&values(&pairs), level);
            assert!(
                (measured - drawn).abs() < 0.01,
                "works {works}, ratio {ratio}, {level} dB: {measured} for {drawn}"
            );
        }
        let (quiet, loud) = (curve(&values(&pairs), -60.0) + 60.0, curve(&values(&pairs), 0.0));
        let wanted = match (works == 1.0, ratio < 1.0) {
            (false, true) => (0.0, 12.0),
            (false, false) => (0.0, -12.0),
            (true, false) => (12.0, 0.0),
            (true, true) => (-12.0, 0.0),
        };
        assert!((quiet - wanted.0).abs() < 1e-9 && (loud - wanted.1).abs() < 1e-9, "{quiet} {loud}");
    }
}

/// Frames from `start` until the gain has done 63.2 % of its way to where it ends.
fn time_of_63(gains: &[f64], start: usize) -> f64 {
    let (from, to) = (gains[start - 1], gains[gains.len() - 1]);
    let share = |gain: f64| (gain - from) / (to - from);
    (gains[start..].iter().position(|gain| share(*gain) >= 1.0 - libm::exp(-1.0)).unwrap() + 1) as f64
}

#[test]
fn attack_and_release_take_the_time_they_state() {
    for rate in [44_100, 96_000] {
        for (attack, release, detection, ratio) in [
            (10.0, 100.0, 0.0, 4.0),
            (30.0, 180.0, 0.0, 4.0),
            (60.0, 50.0, 0.0, 4.0),
            (30.0, 180.0, 1.0, 4.0),
            (30.0, 180.0, 0.0, 0.5),
        ] {
            let pairs = [
                ("threshold", -20.0),
                ("ratio", ratio),
                ("knee", 0.0),
                ("attack", attack),
                ("release", release),
                ("detection", detection),
            ];
            let mut stage = stage(&pairs, rate);
            let second = rate as usize;
            let low = sine(-19.0, rate, second, 0.0);
            let input = [&low[..second / 2], &sine(-7.0, rate, second, 0.0), &low, &low].concat();
            let mut gains = vec![];
            for sample in input {
                stage.process(&mut Block::from_channels(&[[sample], [sample]]));
                gains.push(stage.reading().gain_reduction_db);
            }
            let down = time_of_63(&gains[..second * 3 / 2], second / 2) / f64::from(rate) * 1000.0;
            let up = time_of_63(&gains, second * 3 / 2) / f64::from(rate) * 1000.0;
            println!("{rate} Hz {detection}: attack {attack} measured {down:.2}, release {release} measured {up:.2}");
            assert!((down / attack - 1.0).abs() < 0.05, "attack {attack}: {down}");
            assert!((up / release - 1.0).abs() < 0.05, "release {release}: {up}");
        }
    }
}

#[test]
fn automatic_release_lets_short_peaks_go_first() {
    let recovered = |peak_ms: usize| {
        let pairs = [("threshold", -20.0), ("ratio", 4.0), ("attack", 1.0), ("auto_release", 1.0), ("release", 100.0)];
        let mut stage = stage(&pairs, 48_000);
        let loud = sine(-6.0, 48_000, 48 * peak_ms, 0.0);
        stage.process(&mut Block::from_channels(&[&loud, &loud]));
        let deepest = stage.reading().gain_reduction_db;
        stage.process(&mut Block::new(2, 48 * 150));
        stage.process(&mut Block::new(2, 1));
        stage.reading().gain_reduction_db / deepest
    };
    assert!(recovered(10) < 0.5 && recovered(2_000) > 0.6, "{} {}", recovered(10), recovered(2_000));
}

#[test]
fn below_the_knee_no_bit_changes() {
    let quiet = sine(-30.0, 48_000, 2_000, 0.0);
    let mut block = Block::from_channels(&[&quiet, &quiet]);
    let mut stage = stage(&[("look_ahead", 1.0)], 48_000);
    assert_eq!(stage.latency(), 48);
    stage.process(&mut block);
    assert_eq!(block.channel(1)[48..], quiet[..1_952]);
}

#[test]
fn identity_is_claimed_only_where_nothing_can_happen() {
    assert!(!stage(&[], 48_000).is_identity());
    assert!(stage(&[("mix", 0.0), ("makeup", 3.0)], 48_000).is_identity());
    assert!(stage(&[("range", 0.0)], 48_000).is_identity());
    assert!(!stage(&[("range", 0.0), ("makeup", 1.0)], 48_000).is_identity());
    let mut moving = stage(&[], 48_000);
    moving.set(SlotIndex(MIX as u16), 0.0, true);
    assert!(!moving.is_identity());
    moving.process(&mut Block::new(2, 6_000));
    assert!(moving.is_identity());
}

#[test]
fn unlinked_channels_and_the_mid_stand_alone() {
    let (loud, quiet) = (sine(-3.0, 48_000, 9_600, 0.0), sine(-40.0, 48_000, 9_600, 0.0));
    let mut block = Block::from_channels(&[&loud, &quiet]);
    stage(&[("link", 0.0)], 48_000).process(&mut block);
    assert_eq!(block.channel(1), &quiet[..]);
    assert_ne!(block.channel(0), &loud[..]);
    let turned: Vec<f64> = loud.iter().map(|sample| -sample).collect();
    let mut block = Block::from_channels(&[&loud, &turned]);
    stage(&[("channel", 1.0)], 48_000).process(&mut block);
    assert_eq!(block.channel(1), &turned[..]);
    stage(&[("channel", 2.0)], 48_000).process(&mut block);
    assert_ne!(block.channel(1), &turned[..]);
}

#[test]
fn the_tilt_lets_the_highs_drive() {
    let deepest = |tilt: f64, hertz: f64| {
        let tone: Vec<f64> = (0..24_000).map(|n| 0.25 * libm::sin(TAU * hertz * f64::from(n) / 48_000.0)).collect();
        let mut stage = stage(&[("tilt", tilt), ("knee", 0.0), ("ratio", 20.0)], 48_000);
        stage.process(&mut Block::from_channels(&[&tone, &tone]));
        stage.reading().gain_reduction_db / (1.0 - 1.0 / 20.0)
    };
    // -12.04 dBFS over a threshold of -18: 5.96 dB, and what the tilt adds.
    for (tilt, hertz, wanted) in
        [(0.0, 1000.0, -5.96), (6.0, 1000.0, -5.96), (6.0, 15_000.0, -11.9), (3.0, 30.0, -2.96)]
    {
        let measured = deepest(tilt, hertz);
        assert!((measured - wanted).abs() < 0.15, "tilt {tilt} at {hertz} Hz: {measured} for {wanted}");
    }
}

#[test]
fn bass_does_not_drive_through_the_side_chain_filter() {
    let bass: Vec<f64> = (0..48_000).map(|n| 0.5 * libm::sin(TAU * 30.0 * f64::from(n) / 48_000.0)).collect();
    let deepest = |on: f64| {
        let mut stage = stage(&[("high_pass", on), ("high_pass_frequency", 300.0), ("ratio", 4.0)], 48_000);
        stage.process(&mut Block::from_channels(&[&bass, &bass]));
        stage.reading().gain_reduction_db
    };
    assert!(deepest(0.0) < -5.0 && deepest(1.0) > -0.01, "{} {}", deepest(0.0), deepest(1.0));
}

#[test]
fn auto_makeup_keeps_the_power_of_its_programme() {
    let start = [("threshold", -20.0), ("ratio", 3.0), ("auto_makeup", 1.0)];
    for (mix, makeup) in [(100.0, 0.0), (50.0, 0.0), (100.0, 2.0)] {
        let values = values(&[&start[..], &[("mix", mix), ("makeup", makeup)]].concat());
        let law = law(&wanted(&values));
        let power = |decibels: f64| libm::pow(10.0, decibels / 10.0);
        let (mut before, mut after) = (0.0, 0.0);
        for step in -200..=200 {
            let deviations = f64::from(step) / 50.0;
            let level = -12.0 + 5.0 * deviations;
            let weight = libm::exp(-0.5 * deviations * deviations);
            before += weight * power(level);
            after += weight * power(law.output_db(level));
        }
        let louder = 10.0 * libm::log10(after / before);
        assert!((louder - makeup).abs() < 0.02, "mix {mix}, makeup {makeup}: {louder} dB louder");
    }
    assert_eq!(law(&wanted(&values(&[("ratio", 1.0), ("auto_makeup", 1.0)]))).output_db(-3.0), -3.0);
}

#[test]
fn neutral_makeup_takes_the_change_back() {
    assert!((neutral_makeup(1.0, 100.0, Lu(-2.5)) - 3.5).abs() < 1e-12);
    // Half of the sum is compressed to a half: three quarters are left, and twice as much of that half makes it whole.
    let change = Lu(20.0 * libm::log10(0.75));
    assert!((neutral_makeup(0.0, 50.0, change) - 20.0 * libm::log10(2.0)).abs() < 1e-12);
    assert_eq!(neutral_makeup(2.0, 0.0, Lu(0.0)), 2.0);
}
