use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::audio::Layout;
use crate::dsp::resample::{Steepness, convert};
use crate::dsp::window::{kaiser, sinc};

const CEILING_DB: f64 = -1.0;

fn stage(rate: u32, channels: usize, pairs: &[(&str, f64)]) -> Box<dyn Stage> {
    let mut values = Values::defaults(&TABLE);
    for (id, value) in pairs {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    build(&values, Setting { rate: SampleRate(rate), layout: Layout::of_channels(channels) })
}

/// Runs all channels through in blocks of `size`, and aligns the output with the input.
fn run(stage: &mut dyn Stage, channels: &[Vec<f64>], size: usize) -> Vec<Vec<f64>> {
    let latency = stage.latency();
    let padded: Vec<Vec<f64>> = channels.iter().map(|channel| [&channel[..], &vec![0.0; latency]].concat()).collect();
    let mut out = vec![Vec::new(); channels.len()];
    let mut start = 0;
    while start < padded[0].len() {
        let end = (start + size).min(padded[0].len());
        let mut block = Block::from_channels(&padded.iter().map(|channel| &channel[start..end]).collect::<Vec<_>>());
        stage.process(&mut block);
        for (out, samples) in out.iter_mut().zip(block.iter()) {
            out.extend_from_slice(samples);
        }
        start = end;
    }
    out.into_iter().map(|channel| channel[latency..].to_vec()).collect()
}

fn limit(rate: u32, pairs: &[(&str, f64)], samples: &[f64]) -> Vec<f64> {
    run(stage(rate, 1, pairs).as_mut(), &[samples.to_vec()], 512).remove(0)
}

/// The reference meter: 16 phases of 96 taps, Kaiser beta 10, refined by a parabola. In dB over the ceiling.
fn over_db(samples: &[f64]) -> f64 {
    let phases: Vec<Vec<f64>> = (0..16)
        .map(|phase| {
            let place = |k: usize| f64::from(phase) / 16.0 - (k as f64 - 47.0);
            let taps: Vec<f64> = (0..96).map(|k| sinc(place(k)) * kaiser(place(k) / 48.0, 10.0)).collect();
            let sum: f64 = taps.iter().sum();
            taps.iter().map(|tap| tap / sum).collect()
        })
        .collect();
    let padded = [&[0.0; 96], samples, &[0.0; 96]].concat();
    let mut highest = 0.0f64;
    let mut before = [0.0; 2];
    for window in padded.windows(96) {
        // What cannot reach 0.99 of the highest point so far is left out: the taps' magnitudes sum to less than 3.5.
        if window.iter().fold(0.0f64, |peak, x| peak.max(x.abs())) * 3.5 < highest {
            before = [0.0; 2];
            continue;
        }
        for taps in &phases {
            let here: f64 = taps.iter().zip(window).map(|(tap, x)| tap * x).sum();
            let [a, v] = before;
            let bend = a - 2.0 * v + here;
            let crest = (v - a) * (v - here) >= 0.0 && bend != 0.0;
            let vertex = if crest { v - (a - here) * (a - here) / (8.0 * bend) } else { v };
            highest = highest.max(vertex.abs());
            before = [v, here];
        }
    }
    20.0 * libm::log10(highest) - CEILING_DB
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn tone(hz: f64, rate: u32, length: usize, amplitude: f64) -> Vec<f64> {
    (0..length).map(|n| amplitude * libm::sin(2.0 * PI * hz * n as f64 / f64::from(rate))).collect()
}

/// The torture: white noise, random telegraph, square, sweep, sparse impulses, and something like a programme.
fn signal(kind: usize, length: usize, seed: u64) -> Vec<f64> {
    let mut random = Random(seed.wrapping_add(99));
    let mut low = 0.0;
    let mut step = 1.0;
    (0..length)
        .map(|n| {
            let time = n as f64;
            let white = random.next();
            match kind {
                0 => white,
                1 => {
                    if white > 0.0 {
                        1.0
                    } else {
                        -1.0
                    }
                }
                2 => {
                    if (n / 37) % 2 == 0 {
                        1.0
                    } else {
                        -1.0
                    }
                }
                3 => libm::sin(PI * 0.49 * time * time / length as f64),
                4 => {
                    if n % 997 == 0 {
                        2.0 * white
                    } else {
                        0.0
                    }
                }
                _ => {
                    low += 0.1 * (white - low);
                    if n % 4000 == 0 {
                        step = libm::exp2(3.0 * random.next());
                    }
                    let kick = libm::exp(-((n % 9000) as f64) * 0.002) * libm::sin(0.008 * time);
                    step * (low + 0.4 * kick + 0.3 * libm::sin(0.05 * time) + 0.1 * white)
                }
            }
        })
        .collect()
}

#[test]
fn the_ceiling_holds_between_the_samples_for_every_signal_and_character() {
    for (index, character) in CHARACTERS.iter().enumerate() {
        for kind in 0..6 {
            let rate = [44_100, 48_000, 96_000][(index + kind) % 3];
            let driven = limit(rate, &[("character", index as f64), ("gain", 8.0)], &signal(kind, 12_000, 1));
            let over = over_db(&driven);
            assert!(over <= 0.005, "{character}, signal {kind} at {rate}: {over} dB over");
        }
    }
}

#[test]
fn what_is_under_the_ceiling_passes_bit_for_bit_and_so_it_does_again_after_an_event() {
    let rate = 48_000;
    for character in 0..CHARACTERS.len() {
        // Cut off at its end the tone peaks somewhat higher between the samples.
        let mut samples = tone(997.0, rate, 60_000, 0.7);
        let mut stage = stage(rate, 1, &[("character", character as f64)]);
        let out = run(stage.as_mut(), &[samples.clone()], 300).remove(0);
        assert!(out == samples);
        assert_eq!(stage.reading().gain_reduction_db, 0.0);
        stage.reset();
        samples[10_000] = 3.0;
        let out = run(stage.as_mut(), &[samples.clone()], 300).remove(0);
        let changed: Vec<usize> = (0..60_000).filter(|n| out[*n] != samples[*n]).collect();
        // Closing: within the look-ahead either side. Low latency: until its release has ended, 0.12 s.
        let reach = if character == LOW_LATENCY { 5760 } else { 1930 };
        assert!(changed.iter().all(|n| n.abs_diff(10_000) <= reach), "{character} {:?}", changed.last());
        assert!(changed.contains(&10_000));
    }
}

#[test]
fn latency_is_what_is_said() {
    for (rate, character, expected) in [(48_000, 0, 51 + 2256), (48_000, 1, 51 + 1584), (96_000, 4, 51 + 240)] {
        let stage = stage(rate, 1, &[("character", f64::from(character))]);
        assert_eq!(stage.latency(), expected);
    }
}

/// Harmonics and noise of a tone at 6 dB of reduction, in dB.
fn thd_db(rate: u32, hz: f64, pairs: &[(&str, f64)]) -> f64 {
    let driven = [pairs, &[("gain", 5.0)]].concat();
    let out = limit(rate, &driven, &tone(hz, rate, 40_000, 1.0));
    let part = &out[12_000..28_000];
    let angle = |n: usize| 2.0 * PI * hz * n as f64 / f64::from(rate);
    let (mut a, mut b) = (0.0, 0.0);
    let mut residual = part.to_vec();
    // Passes of projection remove the tone also where the span is not a whole number of periods.
    for _ in 0..4 {
        let (mut da, mut db) = (0.0, 0.0);
        for (n, x) in residual.iter().enumerate() {
            da += x * libm::sin(angle(n));
            db += x * libm::cos(angle(n));
        }
        (a, b) = (a + 2.0 * da / 16_000.0, b + 2.0 * db / 16_000.0);
        for (n, (residual, x)) in residual.iter_mut().zip(part).enumerate() {
            *residual = x - a * libm::sin(angle(n)) - b * libm::cos(angle(n));
        }
    }
    let power = |samples: &[f64]| samples.iter().map(|x| x * x).sum::<f64>();
    10.0 * libm::log10(power(&residual) / power(part))
}

#[test]
fn tones_stay_clean_down_to_the_hold() {
    for hz in [30.0, 51.0, 999.0, 5001.0] {
        let thd = thd_db(48_000, hz, &[]);
        assert!(thd < -140.0, "{hz} Hz: {thd}");
    }
    assert!(thd_db(48_000, 51.0, &[("character", 4.0)]) < -90.0);
}

#[test]
fn low_latency_holds_a_bass_tone_from_its_first_crest_on() {
    for hz in [20.0, 25.0, 31.5, 41.2, 60.0] {
        let input = tone(hz, 48_000, 24_000, Db(CEILING_DB + 6.0).amplitude());
        let out = limit(48_000, &[("character", 4.0)], &input);
        let gains: Vec<f64> = (2_880..20_000).filter(|n| input[*n].abs() > 0.1).map(|n| out[n] / input[n]).collect();
        let (low, high) = gains.iter().fold((1.0f64, 0.0f64), |(low, high), gain| (low.min(*gain), high.max(*gain)));
        assert!(high - low < 1e-7, "{hz} Hz: the gain moves by {:e}", high - low);
    }
    // A drum hit is let go: 10 ms after it nothing is left of the hold.
    let hit: Vec<f64> = (0..9_600).map(|n| if n < 100 { 1.5 } else { 0.5 }).collect();
    let out = limit(48_000, &[("character", 4.0)], &hit);
    assert!(out[100 + 2_400] > 0.49);
}

#[test]
fn link_decides_who_follows() {
    let rate = 48_000;
    let loud = signal(0, 20_000, 3);
    let quiet = tone(500.0, rate, 20_000, 0.1);
    let channels = [loud, quiet.clone()];
    let apart = run(stage(rate, 2, &[("gain", 0.0), ("link", 0.0), ("ceiling", -6.0)]).as_mut(), &channels, 256);
    assert!(apart[1] == quiet);
    let together = run(stage(rate, 2, &[("link", 100.0), ("ceiling", -6.0)]).as_mut(), &channels, 256);
    for n in 5000..6000 {
        let (left, right) = (together[0][n] / channels[0][n], together[1][n] / channels[1][n]);
        assert!(quiet[n].abs() < 1e-3 || (left - right).abs() < 1e-9);
    }
    // Moved while it works: the second lane takes over where the shared one stood, and the ceiling holds.
    let mut moved = stage(rate, 2, &[("ceiling", CEILING_DB), ("gain", 6.0)]);
    let half: Vec<Vec<f64>> = channels.iter().map(|channel| channel[..10_000].to_vec()).collect();
    run(moved.as_mut(), &half, 256);
    moved.set(SlotIndex(LINK as u16), 40.0, true);
    let out = run(moved.as_mut(), &channels, 256);
    assert!(over_db(&out[0]) <= 0.005);
}

#[test]
fn a_falling_ceiling_travels_through_the_look_ahead() {
    let mut stage = stage(48_000, 1, &[("gain", 6.0), ("ceiling", 0.0)]);
    run(stage.as_mut(), &[signal(0, 10_000, 5)], 256);
    stage.set(SlotIndex(CEILING as u16), CEILING_DB, true);
    stage.set(SlotIndex(GAIN as u16), 12.0, true);
    run(stage.as_mut(), &[signal(0, 10_000, 6)], 256);
    let out = run(stage.as_mut(), &[signal(0, 10_000, 7)], 256);
    assert!(over_db(&out[0]) <= 0.005);
    assert!(stage.reading().gain_reduction_db <= 0.0);
}

#[test]
fn after_the_settling_time_the_past_is_forgotten() {
    for character in 0..CHARACTERS.len() {
        let now = signal(5, 48_000, 12);
        let after = |past: usize| {
            let mut stage = stage(48_000, 1, &[("character", character as f64), ("gain", 6.0)]);
            run(stage.as_mut(), &[signal(past, 20_000, 11)], 500);
            let mut block = Block::from_channels(&[&now]);
            stage.process(&mut block);
            block.channel(0)[stage.settling()..].to_vec()
        };
        assert!(after(0) == after(4), "{}", CHARACTERS[character]);
    }
}

#[test]
fn the_guard_mends_what_a_conversion_makes_of_limited_noise() {
    let limited = limit(48_000, &[("gain", 6.0), ("character", 4.0)], &signal(0, 20_000, 21));
    let (from, to) = (SampleRate(48_000), SampleRate::CD);
    let mut block = convert(&Block::from_channels(&[limited]), from, to, Steepness::Standard).unwrap();
    let before = over_db(block.channel(0));
    let mut guard = Guard::new(1, to, Dbtp(CEILING_DB));
    guard.process(&mut block);
    assert!(before > 0.1 && !guard.actions().is_empty(), "{before}");
    // The last frames are still inside: cut off where they end, they would ring.
    let over = over_db(block.channel(0));
    assert!(over <= 0.005, "{over}");
}

#[test]
fn bad_numbers_do_not_live_on() {
    let mut stage = stage(48_000, 1, &[]);
    let mut samples = tone(440.0, 48_000, 20_000, 0.5);
    samples[3000] = f64::NAN;
    samples[3001] = f64::INFINITY;
    samples[3002] = 5e-324;
    let out = run(stage.as_mut(), &[samples.clone()], 77).remove(0);
    assert!((0..20_000).all(|n| (3000..=3001).contains(&n) || out[n].is_finite()));
    assert!(out[19_000..] == samples[19_000..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_block_size_gives_the_same_bits(size in 1usize..2000, character in 0usize..6, kind in 0usize..6) {
        let pairs = [("character", character as f64), ("gain", 6.0), ("link", 60.0)];
        let channels = [signal(kind, 6000, 8), signal(5, 6000, 9)];
        let whole = run(stage(48_000, 2, &pairs).as_mut(), &channels, 6000);
        prop_assert!(run(stage(48_000, 2, &pairs).as_mut(), &channels, size) == whole);
    }

    #[test]
    fn the_ceiling_holds_whatever_the_drive(
        character in 0usize..6, kind in 0usize..6, drive in 0.0f64..24.0, seed in 0u64..1000,
    ) {
        let out = limit(48_000, &[("character", character as f64), ("gain", drive)], &signal(kind, 8000, seed));
        let over = over_db(&out);
        prop_assert!(over <= 0.005, "{} dB", over);
    }
}
