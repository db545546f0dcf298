use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::unit::Frames;

fn tone(hz: f64, rate: u32, length: usize) -> Vec<f64> {
    (0..length).map(|n| libm::sin(2.0 * PI * hz * n as f64 / f64::from(rate))).collect()
}

fn converted(samples: &[f64], from: u32, to: u32, steepness: Steepness) -> Vec<f64> {
    let input = Block::from_channels(&[samples]);
    convert(&input, SampleRate(from), SampleRate(to), steepness).unwrap().channel(0).to_vec()
}

/// Level in dB of what is left against a sine of the same frequency, amplitude, phase and start, away from the ends.
fn residual_db(hz: f64, from: u32, to: u32, steepness: Steepness) -> f64 {
    let out = converted(&tone(hz, from, (from / 4) as usize), from, to, steepness);
    let ideal = tone(hz, to, out.len());
    let edge = out.len() / 4;
    let power: f64 = (edge..out.len() - edge).map(|n| (out[n] - ideal[n]) * (out[n] - ideal[n])).sum();
    10.0 * libm::log10(2.0 * power / (out.len() - 2 * edge) as f64 + 1e-40)
}

#[test]
fn tones_arrive_with_their_level_and_their_time() {
    for (from, to) in
        [(96_000, 44_100), (48_000, 44_100), (88_200, 44_100), (192_000, 44_100), (44_100, 96_000), (44_100, 48_000)]
    {
        for hz in [997.0, 15_013.0, 19_997.0] {
            let residual = residual_db(hz, from, to, Steepness::Standard);
            assert!(residual < -210.0, "{hz} Hz, {from} to {to}: {residual}");
        }
    }
    assert!(residual_db(21_400.0, 96_000, 44_100, Steepness::Steep) < -210.0);
    assert!(residual_db(19_900.0, 48_000, 44_100, Steepness::Gentle) < -210.0);
}

#[test]
fn nothing_folds_down() {
    for (from, steepness) in [(96_000, Steepness::Standard), (48_000, Steepness::Standard), (96_000, Steepness::Steep)]
    {
        for hz in [22_070.0, 22_550.0, 23_900.0] {
            let out = converted(&tone(hz, from, 24_000), from, 44_100, steepness);
            let middle = &out[out.len() / 4..3 * out.len() / 4];
            let level = 10.0 * libm::log10(2.0 * middle.iter().map(|x| x * x).sum::<f64>() / middle.len() as f64);
            assert!(level < -210.0, "{hz} Hz from {from}: {level}");
        }
    }
}

#[test]
fn lengths_are_exact_and_an_impulse_keeps_its_place() {
    for (from, to) in [(96_000, 44_100), (44_100, 96_000), (44_100, 48_000), (8_000, 384_000), (48_000, 11_025)] {
        for length in [1, 999, 4800] {
            let out = converted(&vec![0.5; length], from, to, Steepness::Standard);
            assert_eq!(out.len(), (length * to as usize).div_ceil(from as usize));
        }
    }
    let mut impulse = vec![0.0; 9600];
    impulse[3200] = 1.0;
    let out = converted(&impulse, 96_000, 44_100, Steepness::Standard);
    // Frame 3200 at 96 kHz is frame 1470 at 44.1 kHz.
    assert!((0..200).all(|n| (out[1470 - n] - out[1470 + n]).abs() < 1e-13 && out[1470] >= out[1470 + n]));
}

#[test]
fn rates_that_cannot_be_converted_say_so() {
    let fails = |from, to| Converter::new(1, SampleRate(from), SampleRate(to), Steepness::Standard).unwrap_err();
    assert!(matches!(fails(44_100, 44_100), ResampleError::Same { .. }));
    assert!(matches!(fails(7_999, 44_100), ResampleError::Rate { .. }));
    assert!(matches!(fails(383_999, 384_000), ResampleError::Ratio { .. }));
}

fn noise(length: usize) -> Vec<f64> {
    let mut state = 5u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

/// Everything from `start` on, fed and taken in parts of these sizes.
fn streamed(samples: &[f64], start: u64, feed: usize, take: usize) -> Vec<f64> {
    let mut converter = Converter::new(1, SampleRate(48_000), SampleRate(44_100), Steepness::Standard).unwrap();
    let mut place = converter.seek(Frames(start)).0 as usize;
    let mut part = Block::new(1, take);
    let mut out = Vec::new();
    while !converter.is_done() {
        let end = (place + feed).min(samples.len());
        place += converter.feed(&Block::from_channels(&[&samples[place..end]]), 0);
        if place == samples.len() {
            converter.finish();
        }
        let count = converter.produce(&mut part);
        out.extend_from_slice(&part.channel(0)[..count]);
    }
    out
}

#[test]
fn spans_cover_what_a_block_is_made_of() {
    let converter = Converter::new(1, SampleRate(96_000), SampleRate(44_100), Steepness::Standard).unwrap();
    let (first, second) = (converter.input_span(0), converter.input_span(1));
    assert!(first.start < 0 && first.end > second.start);
    let advance = (second.start - first.start) as u64;
    assert_eq!(converter.output_length(advance), converter.block_frames() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn neither_blocks_nor_the_start_change_a_bit(
        feed in 1usize..9000, take in 1usize..9000, start in 0u64..20_000,
    ) {
        let samples = noise(30_000);
        let whole = converted(&samples, 48_000, 44_100, Steepness::Standard);
        let part = streamed(&samples, start, feed + 64, take + 64);
        prop_assert!(part == whole[start as usize..]);
    }
}

fn turned(samples: &[f64], from: u32, to: u32, phase: Phase) -> Vec<f64> {
    let filter = Filter { steepness: Steepness::Standard, phase };
    let input = Block::from_channels(&[samples]);
    convert(&input, SampleRate(from), SampleRate(to), filter).unwrap().channel(0).to_vec()
}

/// Amplitude and delay in seconds of a tone, from its two quadratures away from the ends.
fn amplitude_and_delay(hz: f64, rate: u32, out: &[f64]) -> (f64, f64) {
    // Whole cycles of every multiple of 100 Hz, so that the quadratures do not see each other.
    let count = out.len() / 2 / (rate / 100) as usize * (rate / 100) as usize;
    let start = out.len() / 4;
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in out.iter().enumerate().skip(start).take(count) {
        let angle = 2.0 * PI * hz * n as f64 / f64::from(rate);
        re += sample * libm::sin(angle);
        im += sample * libm::cos(angle);
    }
    let scale = 2.0 / count as f64;
    (scale * libm::hypot(re, im), -libm::atan2(im, re) / (2.0 * PI * hz))
}

#[test]
fn minimum_phase_has_the_magnitude_and_does_not_ring_before() {
    for (from, to) in [(96_000, 44_100), (44_100, 48_000)] {
        for phase in [Phase::Intermediate, Phase::Minimum] {
            for hz in [1_000.0, 10_000.0, 20_000.0] {
                let (amplitude, delay) = amplitude_and_delay(hz, to, &turned(&tone(hz, from, 24_000), from, to, phase));
                assert!((20.0 * libm::log10(amplitude)).abs() < 1e-6, "{hz} Hz {phase:?}: {amplitude}");
                assert!(hz > 1_000.0 || delay.abs() < 1e-6, "{hz} Hz comes {delay} s late");
            }
        }
        let mut click = vec![0.0; 4800];
        click[2400] = 1.0;
        let place = 2400 * to as usize / from as usize;
        let before = |phase| turned(&click, from, to, phase)[..place - 20].iter().fold(0.0f64, |a, b| a.max(b.abs()));
        let level = 20.0 * libm::log10(before(Phase::Minimum));
        assert!(level < -150.0, "{level} dB before the attack, {from} to {to}");
        assert!(before(Phase::Linear) > 1e-3 && before(Phase::Intermediate) < before(Phase::Linear));
    }
}

#[test]
fn nothing_folds_down_at_minimum_phase() {
    let worst = |hz: f64| {
        let out = turned(&tone(hz, 96_000, 24_000), 96_000, 44_100, Phase::Minimum);
        let middle = &out[out.len() / 4..3 * out.len() / 4];
        10.0 * libm::log10(2.0 * middle.iter().map(|x| x * x).sum::<f64>() / middle.len() as f64)
    };
    for hz in [22_070.0, 23_900.0, 30_000.0] {
        assert!(worst(hz) < -195.0, "{hz} Hz: {}", worst(hz));
    }
}
