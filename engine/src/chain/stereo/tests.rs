use super::*;
use crate::audio::Layout;
use crate::unit::{Db, SampleRate};

const RATE: u32 = 48_000;

fn stage_at(rate: u32, pairs: &[(&str, f64)]) -> Box<dyn Stage> {
    let mut values = Values::defaults(&TABLE);
    for (id, value) in pairs {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    build(&values, Setting { rate: SampleRate(rate), layout: Layout::Stereo })
}

fn stage(pairs: &[(&str, f64)]) -> Box<dyn Stage> {
    stage_at(RATE, pairs)
}

fn run(stage: &mut dyn Stage, left: &[f64], right: &[f64]) -> Block {
    let mut block = Block::from_channels(&[left, right]);
    stage.process(&mut block);
    block
}

fn sine(hz: f64, rate: u32, frames: usize, late: f64) -> Vec<f64> {
    let turn = std::f64::consts::TAU * hz / f64::from(rate);
    (0..frames).map(|n| libm::sin(turn * (n as f64 - late))).collect()
}

fn noise(frames: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..frames).map(|_| next()).collect()
}

/// Complex gain of `output` at `hz`, over whole periods at the end.
fn phasor(samples: &[f64], hz: f64, rate: u32) -> (f64, f64) {
    let turn = std::f64::consts::TAU * hz / f64::from(rate);
    let sum = samples.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, sample)| {
        (re + sample * libm::cos(turn * n as f64), im + sample * libm::sin(turn * n as f64))
    });
    let scale = 2.0 / samples.len() as f64;
    (sum.0 * scale, sum.1 * scale)
}

#[test]
fn neutral_settings_touch_no_bit() {
    let (left, right) = (noise(500, 1), noise(500, 2));
    for pairs in [&[][..], &[("crossover_low", 300.0)], &[("mono_frequency", 80.0)]] {
        let mut stage = stage(pairs);
        assert!(stage.is_identity());
        let block = run(&mut *stage, &left, &right);
        assert!(block.channel(0) == left && block.channel(1) == right);
    }
    let mut delayed = stage(&[("delay_on", 1.0)]);
    let block = run(&mut *delayed, &left, &right);
    assert_eq!(block.channel(0)[REACH..], left[..500 - REACH]);
    assert!(!stage(&[("width_high", 99.0)]).is_identity());
}

#[test]
fn swap_polarity_and_balance_are_exact() {
    let block = run(&mut *stage(&[("swap", 1.0), ("invert_left", 1.0)]), &[0.25; 3], &[0.5; 3]);
    assert_eq!((block.channel(0)[2], block.channel(1)[2]), (0.5, -0.25));
    let block = run(&mut *stage(&[("balance", 25.0)]), &[0.5; 3], &[0.5; 3]);
    assert_eq!((block.channel(0)[0], block.channel(1)[0]), (0.375, 0.5));
}

#[test]
fn rotation_keeps_power_and_the_side_gain_is_the_sides() {
    let block = run(&mut *stage(&[("rotation", 45.0)]), &[0.5; 3], &[0.5; 3]);
    assert!((block.channel(0)[0] - 0.5 * 2f64.sqrt()).abs() < 1e-15 && block.channel(1)[0].abs() < 1e-15);
    let block = run(&mut *stage(&[("side_gain", -6.0)]), &[0.75; 3], &[0.25; 3]);
    assert!((block.channel(0)[0] - (0.5 + 0.25 * Db(-6.0).amplitude())).abs() < 1e-15);
    let narrow = [("width_low", 0.0), ("width_middle", 0.0), ("width_high", 0.0)];
    let block = run(&mut *stage(&narrow), &[0.75; 3], &[0.25; 3]);
    assert_eq!((block.channel(0)[0], block.channel(1)[0]), (0.5, 0.5));
}

#[test]
fn a_delay_is_right_to_a_thousandth_of_a_frame() {
    for rate in [44_100, 96_000] {
        for frames in [0.25, 7.5, -3.9] {
            let ms = frames * 1000.0 / f64::from(rate);
            let mut stage = stage_at(rate, &[("delay_on", 1.0), ("delay", ms)]);
            for hz in [997.0, 10_000.0, 20_000.0] {
                stage.reset();
                let input = sine(hz, rate, 4000, 0.0);
                let block = run(&mut *stage, &input, &input);
                let reach = REACH as f64;
                let late = |own: f64| sine(hz, rate, 4000, reach + own);
                let expected = [late(f64::max(-frames, 0.0)), late(f64::max(frames, 0.0))];
                for (channel, expected) in expected.iter().enumerate() {
                    let worst =
                        (1000..4000).map(|n| (block.channel(channel)[n] - expected[n]).abs()).fold(0.0, f64::max);
                    assert!(worst < 1e-6, "{frames} frames at {hz} of {rate} Hz: {worst:e}");
                }
            }
        }
    }
}

#[test]
fn filters_leave_the_mid_in_phase_with_the_side() {
    for (pairs, corner) in [
        (&[("elliptical", 1.0), ("elliptical_frequency", 200.0)][..], 200.0),
        (&[("elliptical", 1.0), ("elliptical_frequency", 200.0), ("elliptical_slope", 1.0)], 200.0),
        (&[("mono_below", 1.0), ("mono_frequency", 200.0)], 200.0),
    ] {
        for hz in [100.0, 200.0, 400.0, 5000.0] {
            let mut stage = stage(pairs);
            let (mid, side) = (sine(hz, RATE, 96_000, 0.0), sine(hz, RATE, 96_000, 0.0));
            // Left carries both, right nothing: mid and side are equal.
            let left: Vec<f64> = mid.iter().zip(&side).map(|(mid, side)| 0.5 * (mid + side)).collect();
            let block = run(&mut *stage, &left, &vec![0.0; 96_000]);
            let part = |sign: f64| -> Vec<f64> {
                (48_000..96_000).map(|n| block.channel(0)[n] + sign * block.channel(1)[n]).collect()
            };
            let (mid, side) = (phasor(&part(1.0), hz, RATE), phasor(&part(-1.0), hz, RATE));
            let level = |(re, im): (f64, f64)| libm::hypot(re, im);
            assert!((level(mid) - 1.0).abs() < 1e-6, "{pairs:?} {hz} Hz: mid {}", level(mid));
            let angle = libm::atan2(mid.0 * side.1 - mid.1 * side.0, mid.0 * side.0 + mid.1 * side.1);
            assert!(angle.abs() < 1e-5, "{pairs:?} {hz} Hz: {angle} rad");
            if hz == corner {
                assert!((Db::from_amplitude(level(side)).value() + 6.02).abs() < 0.01);
            }
        }
    }
}

#[test]
fn bands_sum_flat_and_each_has_its_width() {
    // A width of 100 everywhere but a hair, so that the side is split.
    for hz in [50.0, 200.0, 900.0, 4000.0, 15_000.0] {
        let mut stage = stage(&[("width_low", 99.9999)]);
        let input = sine(hz, RATE, 48_000, 0.0);
        let block = run(&mut *stage, &input, &vec![0.0; 48_000]);
        let gain = phasor(&block.channel(0)[24_000..], hz, RATE);
        assert!((libm::hypot(gain.0, gain.1) - 1.0).abs() < 2e-6, "{hz}");
    }
    let mut stage = stage(&[("width_high", 0.0)]);
    let input = sine(16_000.0, RATE, 48_000, 0.0);
    let minus: Vec<f64> = input.iter().map(|sample| -sample).collect();
    let block = run(&mut *stage, &input, &minus);
    assert!(phasor(&block.channel(0)[24_000..], 16_000.0, RATE).1.abs() < 0.02);
}
