use std::f64::consts::TAU;

use super::*;
use crate::audio::Layout;
use crate::unit::SampleRate;

const RATE: u32 = 48_000;

fn values(pairs: &[(&str, f64)]) -> Values {
    let mut values = Values::defaults(&TABLE);
    for (id, value) in pairs {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    values
}

fn stage(pairs: &[(&str, f64)]) -> Box<dyn Stage> {
    build(&values(pairs), Setting { rate: SampleRate(RATE), layout: Layout::Stereo })
}

fn tone(hertz: f64, level_db: f64, frames: usize) -> Vec<f64> {
    (0..frames).map(|n| Db(level_db).amplitude() * libm::sin(TAU * hertz * n as f64 / f64::from(RATE))).collect()
}

fn run(stage: &mut dyn Stage, samples: &[f64]) -> Vec<f64> {
    let mut block = Block::from_channels(&[samples, samples]);
    stage.process(&mut block);
    block.channel(0).to_vec()
}

fn sum(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| one + other).collect()
}

/// Amplitude of a tone within samples that hold whole periods of it, in dB.
fn part_db(samples: &[f64], hertz: f64) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = TAU * hertz * n as f64 / f64::from(RATE);
        real += sample * libm::cos(angle);
        imaginary += sample * libm::sin(angle);
    }
    10.0 * libm::log10(4.0 * (real * real + imaginary * imaginary)) - 20.0 * libm::log10(samples.len() as f64)
}

#[test]
fn a_soft_and_a_loud_programme_are_treated_alike() {
    let reduction = |level_db: f64, against: f64| {
        let input = sum(&tone(400.0, level_db, 24_000), &tone(6_500.0, level_db - 6.0, 24_000));
        let mut stage = stage(&[("look_ahead", 0.0), ("against", against), ("threshold", -20.0)]);
        run(&mut *stage, &input);
        run(&mut *stage, &input[..4_800]);
        stage.reading().gain_reduction_db
    };
    let (soft, loud) = (reduction(-36.0, 0.0), reduction(-6.0, 0.0));
    assert!(loud < -5.0 && (soft - loud).abs() < 1e-6, "{soft} {loud}");
    assert!(reduction(-36.0, 1.0) > -0.01 && reduction(-6.0, 1.0) < -5.0);
}

#[test]
fn the_split_band_leaves_the_rest_and_wide_takes_all() {
    let voice = tone(400.0, -12.0, 48_000);
    let input = sum(&voice, &tone(6_500.0, -12.0, 48_000));
    for (mode, rest) in [(0.0, -12.0), (1.0, -18.0)] {
        let pairs = [("mode", mode), ("range", 6.0), ("ratio", 20.0), ("threshold", -30.0), ("q", 4.0)];
        let output = run(&mut *stage(&pairs), &input);
        let (low, high) = (part_db(&output[24_000..], 400.0), part_db(&output[24_000..], 6_500.0));
        assert!((high + 18.0).abs() < 0.01 && (low - rest).abs() < 0.02, "mode {mode}: {low} {high}");
    }
    let drawn = response_db(&values(&[("q", 4.0)]), f64::from(RATE), 6_500.0, -6.0);
    assert!((drawn + 6.0).abs() < 1e-9, "{drawn}");
}

#[test]
fn the_reduction_follows_its_curve() {
    for level in [-30.0, -14.0, -12.0, -9.0, -4.0, 0.0] {
        let pairs = [("against", 1.0), ("range", 24.0), ("release", 20.0)];
        let input = tone(6_500.0, level, 48_000);
        let output = run(&mut *stage(&pairs), &input);
        let measured = part_db(&output[24_000..], 6_500.0) - level;
        let drawn = gain_db(&values(&pairs), level);
        // A crest between samples is read within 0.15 dB at 7.4 samples a period, a quarter of it after the ratio of 4.
        assert!((measured - drawn).abs() < 0.15, "{level}: {measured} for {drawn}");
    }
}

#[test]
fn what_is_taken_away_and_what_is_left_are_the_input() {
    let input = sum(&tone(400.0, -12.0, 9_600), &tone(6_500.0, -10.0, 9_600));
    for mode in [0.0, 1.0] {
        let left = run(&mut *stage(&[("mode", mode)]), &input);
        let mut listening = stage(&[("mode", mode)]);
        listening.monitor(Listen::Change(0));
        listening.reset();
        let taken = run(&mut *listening, &input);
        let latency = 96;
        let error = sum(&left, &taken)[latency..].iter().zip(&input).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(error < 1e-15, "{error}");
        assert!(part_db(&taken[4_800..], 6_500.0) > -30.0);
    }
}

#[test]
fn without_sibilants_no_bit_changes() {
    // Without a fade a tone begins with a click, and a click is in every band.
    let fade = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::PI * (n.min(960) as f64) / 960.0);
    let input: Vec<f64> = tone(400.0, -12.0, 9_600).iter().enumerate().map(|(n, sample)| fade(n) * sample).collect();
    let output = run(&mut *stage(&[("look_ahead", 1.0), ("threshold", -6.0)]), &input);
    assert_eq!(output[48..], input[..9_552]);
    assert!(stage(&[("range", 0.0)]).is_identity() && stage(&[("ratio", 1.0)]).is_identity());
    let mut listening = stage(&[("range", 0.0)]);
    listening.monitor(Listen::Band(0));
    assert!(!listening.is_identity() && !stage(&[]).is_identity());
}

#[test]
fn the_mid_is_turned_down_and_the_side_passes() {
    let (mid, side) = (tone(6_500.0, -12.0, 24_000), tone(300.0, -12.0, 24_000));
    for mode in [0.0, 1.0] {
        let set = [("channel", 1.0), ("against", 1.0), ("threshold", -30.0), ("range", 24.0), ("look_ahead", 0.0)];
        let mut stage = stage(&[&set[..], &[("mode", mode)]].concat());
        let both = |sign: f64| -> Vec<f64> { mid.iter().zip(&side).map(|(mid, side)| mid + sign * side).collect() };
        let mut block = Block::from_channels(&[both(1.0), both(-1.0)]);
        stage.process(&mut block);
        let half = |sign: f64| -> Vec<f64> {
            (12_000..24_000).map(|n| 0.5 * (block.channel(0)[n] + sign * block.channel(1)[n])).collect()
        };
        // 18 dB over the threshold come out as 4.5.
        let moved = part_db(&half(1.0), 6_500.0);
        assert!((moved + 25.5).abs() < 0.1, "mode {mode}: mid at {moved} dB");
        let worst = half(-1.0).iter().zip(&side[12_000..]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-15, "mode {mode}: side moved by {worst:e}");
    }
    let mono = build(&values(&[("channel", 1.0)]), Setting { rate: SampleRate(RATE), layout: Layout::Mono });
    assert!(mono.is_identity());
}

#[test]
fn in_a_groove_an_octave_is_twelve_decibels() {
    let settings = [
        ("against", 2.0),
        ("shape", 1.0),
        ("frequency", 3_000.0),
        ("threshold", -20.0),
        ("ratio", 20.0),
        ("knee", 0.0),
        ("range", 24.0),
    ];
    let reduction = |rate: u32, hertz: f64, level_db: f64| {
        let setting = Setting { rate: SampleRate(rate), layout: Layout::Stereo };
        let mut stage = build(&values(&settings), setting);
        let amplitude = Db(level_db).amplitude();
        let wave = |n: usize| amplitude * libm::sin(TAU * hertz * n as f64 / f64::from(rate));
        // Whole periods, twice: a tone that begins bends the groove at once, which is not what is asked.
        let samples: Vec<f64> = (0..rate as usize / 2).map(wave).collect();
        run(&mut *stage, &samples);
        run(&mut *stage, &samples);
        stage.reading().gain_reduction_db
    };
    // 10 dB over the threshold at 10 kHz; an octave down it takes 12 dB more level for the same.
    let (here, below) = (reduction(96_000, 10_000.0, -10.0), reduction(96_000, 5_000.0, 2.0));
    assert!((here + 9.5).abs() < 0.6, "{here}");
    assert!((here - below).abs() < 1.5, "{here} {below}");
    assert!(reduction(96_000, 5_000.0, -10.0) > -0.1 && reduction(44_100, 1_000.0, 0.0) > -0.1);
    assert!((reduction(44_100, 10_000.0, -10.0) + 9.5).abs() < 0.6);
}
