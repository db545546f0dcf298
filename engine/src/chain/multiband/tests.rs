use std::f64::consts::TAU;

use super::*;
use crate::audio::Layout;
use crate::unit::SampleRate;

const EDGES: [f64; 4] = [90.0, 400.0, 2_500.0, 9_000.0];

fn values(bands: usize, flat: &[(&str, f64)], band: &[(&str, f64)]) -> Values {
    let mut values = Values::defaults(PROCESSOR.table);
    for (id, value) in flat {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    for row in 0..bands {
        assert_eq!(values.add_row("band"), Some(row));
        values.set_in_row("band", row, "frequency", EDGES[row.min(3)]);
        for (id, value) in band {
            assert!(values.set_in_row("band", row, id, *value), "{id}");
        }
    }
    values
}

fn stage(values: &Values, rate: u32) -> Box<dyn Stage> {
    build(values, Setting { rate: SampleRate(rate), layout: Layout::Stereo })
}

fn slot(values: &Values, row: usize, id: &str) -> SlotIndex {
    values.table().find_in_group("band", row, id).unwrap().0
}

fn noise(frames: usize, level: f64) -> Vec<f64> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        level * ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
    };
    (0..frames).map(|_| next()).collect()
}

fn tone(hertz: f64, level_db: f64, rate: u32, frames: usize) -> Vec<f64> {
    (0..frames).map(|n| Db(level_db).amplitude() * libm::sin(TAU * hertz * n as f64 / f64::from(rate))).collect()
}

fn run(stage: &mut dyn Stage, samples: &[f64]) -> Vec<f64> {
    let mut block = Block::from_channels(&[samples, samples]);
    stage.process(&mut block);
    block.channel(1).to_vec()
}

fn energy_db(samples: &[f64]) -> f64 {
    10.0 * libm::log10(samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64)
}

/// Magnitude in dB of an impulse response.
fn magnitude_db(response: &[f64], hertz: f64, rate: u32) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in response.iter().enumerate() {
        let angle = TAU * (hertz * n as f64 / f64::from(rate)).fract();
        real += sample * libm::cos(angle);
        imaginary += sample * libm::sin(angle);
    }
    10.0 * libm::log10(real * real + imaginary * imaginary)
}

#[test]
fn minimum_phase_sums_flat() {
    let mut worst = 0.0_f64;
    for (rate, bands) in [(44_100, 2), (44_100, 5), (96_000, 3), (96_000, 5), (192_000, 4)] {
        let mut stage = stage(&values(bands, &[("phase", 0.0)], &[("threshold", 0.0)]), rate);
        assert!(!stage.is_identity() && stage.latency() == 0);
        let mut impulse = vec![0.0; rate as usize / 4];
        impulse[0] = 0.01;
        let response = run(&mut *stage, &impulse);
        for step in 0..=30 {
            let hertz = 20.0 * libm::pow(f64::from(rate) * 0.499 / 20.0, f64::from(step) / 30.0);
            let deviation = magnitude_db(&response, hertz, rate) + 40.0;
            worst = worst.max(deviation.abs());
            assert!(deviation.abs() < 0.001, "{bands} bands at {rate}: {deviation} dB at {hertz} Hz");
        }
    }
    println!("worst deviation {worst:e} dB");
}

#[test]
fn linear_phase_nulls_against_the_delayed_input() {
    for (rate, bands) in [(44_100, 2), (48_000, 5), (96_000, 3)] {
        let input = noise(rate as usize / 2, 0.01);
        let null = |makeup: f64| {
            let pairs = [("threshold", 0.0), ("makeup", makeup)];
            let mut stage = stage(&values(bands, &[("phase", 1.0)], &pairs), rate);
            let latency = stage.latency();
            let output = run(&mut *stage, &input);
            let factor = Db(makeup).amplitude();
            let rest: Vec<f64> =
                output[latency..].iter().zip(&input).map(|(output, input)| output - factor * input).collect();
            energy_db(&rest) - energy_db(&output[latency..])
        };
        assert_eq!(null(0.0), f64::NEG_INFINITY, "no gain, no change of a bit");
        let moved = null(3.0);
        println!("{bands} bands at {rate}: null with 3 dB on every band {moved:.0} dB");
        assert!(moved < -200.0, "{moved}");
    }
}

#[test]
fn each_phase_compresses_the_band_that_is_loud_and_no_other() {
    for phase in [0.0, 1.0] {
        let pairs = [("ratio", 4.0), ("knee", 0.0), ("threshold", -30.0), ("attack", 1.0), ("release", 20.0)];
        let values = values(3, &[("phase", phase)], &pairs);
        let mut stage = stage(&values, 48_000);
        let input = tone(4_000.0, -10.0, 48_000, 48_000);
        let output = run(&mut *stage, &input);
        let (before, after) = (energy_db(&input[24_000..]), energy_db(&output[24_000..]));
        // 20 dB over the threshold come out as 5; at ten times its edge the next band is 80 dB down.
        assert!((after - before + 15.0).abs() < 0.05, "phase {phase}: {}", after - before);
        let bands = stage.reading().bands_db;
        assert!(bands[0] > -0.01 && bands[1] > -0.01 && bands[2] < -14.9, "{bands:?}");
    }
}

#[test]
fn deep_in_a_band_the_static_curve_holds() {
    for phase in [0.0, 1.0] {
        for ratio in [4.0, 0.5] {
            let pairs = [("ratio", ratio), ("range", 20.0), ("knee", 6.0), ("threshold", -30.0), ("attack", 1.0)];
            let values = values(2, &[("phase", phase)], &pairs);
            let mut values = values;
            values.set_in_row("band", 0, "frequency", 10_000.0);
            for level in [-50.0, -33.0, -30.0, -20.0, -8.0] {
                let mut stage = stage(&values, 48_000);
                let input = tone(400.0, level, 48_000, 48_000);
                let output = run(&mut *stage, &input);
                let measured = level + energy_db(&output[36_000..]) - energy_db(&input[36_000..]);
                let drawn = curve(&values, 0, level);
                assert!((measured - drawn).abs() < 0.01, "phase {phase}, {ratio}, {level}: {measured} for {drawn}");
            }
        }
    }
}

#[test]
fn a_solo_leaves_its_band_alone() {
    for phase in [0.0, 1.0] {
        let values = values(3, &[("phase", phase)], &[("threshold", 0.0), ("makeup", 6.0)]);
        let heard = |what: Listen, hertz: f64| {
            let input = tone(hertz, -20.0, 48_000, 48_000);
            let mut stage = stage(&values, 48_000);
            stage.monitor(what);
            assert!(!stage.is_identity());
            energy_db(&run(&mut *stage, &input)[30_000..]) + 23.01
        };
        let left = |hertz: f64| heard(Listen::Band(1), hertz) - 6.0;
        // 6 dB more is the band once over again, less 0.04 dB.
        let changed = heard(Listen::Change(1), 190.0) - left(190.0);
        assert!((changed + 0.04).abs() < 0.01, "{changed}");
        // 90 and 400 Hz are the edges of the middle band; it falls by 24 dB per octave outside.
        assert!(left(22.5) < -44.0 && left(4_000.0) < -70.0, "{} {}", left(22.5), left(4_000.0));
        assert!(left(190.0) > -0.9, "{}", left(190.0));
    }
}

#[test]
fn nothing_to_do_is_an_identity_and_waking_is_no_click() {
    for phase in [0.0, 1.0] {
        let values = values(3, &[("phase", phase)], &[("bypass", 1.0), ("makeup", 6.0)]);
        let setting = Setting { rate: SampleRate(48_000), layout: Layout::Stereo };
        let built = stage(&values, 48_000);
        assert!(built.is_identity());
        let latency = built.latency();
        let mut chain = crate::chain::Chain::new(vec![(built, true)], setting);
        let input = tone(300.0, -20.0, 48_000, 96_000);
        let mut heard = vec![];
        for (index, part) in input.chunks(480).enumerate() {
            if index == 30 {
                chain.set(0, slot(&values, 1, "bypass"), 0.0, true);
            }
            let mut block = Block::from_channels(&[part, part]);
            chain.process(&mut block);
            heard.extend_from_slice(block.channel(0));
        }
        assert_eq!(heard[latency..30 * 480], input[..30 * 480 - latency], "phase {phase}");
        let jump = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        // A sine of 300 Hz moves by 3.9 % of its peak in a frame; the gain doubles on the way.
        assert!(jump < 0.2 * 0.05, "phase {phase}: {jump}");
        let gained = energy_db(&heard[90_000..]) - energy_db(&input[..6_000]);
        assert!((3.0..6.1).contains(&gained), "phase {phase}: {gained}");
    }
}

#[test]
fn edges_never_cross() {
    let mut values = values(4, &[], &[]);
    values.set_in_row("band", 0, "frequency", 5_000.0);
    values.set_in_row("band", 2, "frequency", 16_000.0);
    assert_eq!(crossovers(&values, 48_000.0), [5_000.0, 5_250.0, 16_000.0]);
    assert_eq!(crossovers(&values, 8_000.0), [3_600.0; 3]);
}

#[test]
fn the_response_drawn_is_flat_with_equal_gains_and_steps_with_others() {
    for hertz in [20.0, 90.0, 400.0, 20_000.0] {
        assert!((response_db(&EDGES, hertz, &[-2.0; 5]) + 2.0).abs() < 1e-12);
    }
    let steps = [0.0, -6.0, 0.0];
    assert!((response_db(&[100.0, 5_000.0], 700.0, &steps) + 6.0).abs() < 0.02);
    assert!(response_db(&[100.0, 5_000.0], 5.0, &steps).abs() < 1e-3);
    assert!((low_side_db(100.0, 100.0) + 6.02).abs() < 0.01);
}

#[test]
fn look_ahead_is_latency_and_nothing_else_at_rest() {
    for phase in [0.0, 1.0] {
        let flat = [("phase", phase), ("look_ahead", 5.0)];
        let mut late = stage(&values(3, &flat, &[("threshold", 0.0)]), 48_000);
        let mut prompt = stage(&values(3, &flat[..1], &[("threshold", 0.0)]), 48_000);
        assert_eq!(late.latency(), prompt.latency() + 240);
        let input = noise(20_000, 0.05);
        let (late, prompt) = (run(&mut *late, &input), run(&mut *prompt, &input));
        assert_eq!(late[240..], prompt[..20_000 - 240], "phase {phase}");
    }
    // With it a burst is met by a gain that is already down.
    let mut burst = vec![0.0; 24_000];
    burst[12_000..].copy_from_slice(&tone(1_000.0, -6.0, 48_000, 12_000));
    let over = |look_ahead: f64| {
        let pairs = [("threshold", -30.0), ("ratio", 8.0), ("attack", 5.0), ("knee", 0.0)];
        let flat = [("phase", 0.0), ("look_ahead", look_ahead)];
        run(&mut *stage(&values(2, &flat, &pairs), 48_000), &burst).iter().fold(0.0, |most: f64, x| most.max(x.abs()))
    };
    assert!(over(10.0) < 0.6 * over(0.0), "{} and {}", over(10.0), over(0.0));
}

#[test]
fn the_mid_is_turned_and_the_side_passes() {
    let (mid, side) = (tone(4_000.0, -6.0, 48_000, 96_000), tone(300.0, -20.0, 48_000, 96_000));
    for phase in [0.0, 1.0] {
        let pairs = [("threshold", -30.0), ("ratio", 4.0), ("knee", 0.0), ("attack", 1.0), ("release", 50.0)];
        let mut stage = stage(&values(3, &[("phase", phase), ("channel", 1.0)], &pairs), 48_000);
        let both = |sign: f64| -> Vec<f64> { mid.iter().zip(&side).map(|(mid, side)| mid + sign * side).collect() };
        let mut block = Block::from_channels(&[both(1.0), both(-1.0)]);
        stage.process(&mut block);
        let half = |sign: f64| -> Vec<f64> {
            (48_000..96_000).map(|n| 0.5 * (block.channel(0)[n] + sign * block.channel(1)[n])).collect()
        };
        let (moved, left) = (energy_db(&half(1.0)) - energy_db(&mid), energy_db(&half(-1.0)) - energy_db(&side));
        // 24 dB over the threshold come out as 6; the side has nothing to do with it.
        assert!((moved + 18.0).abs() < 0.1 && left.abs() < 0.001, "phase {phase}: mid {moved} dB, side {left} dB");
    }
    let mono = build(&values(2, &[("channel", 2.0)], &[]), Setting { rate: SampleRate(48_000), layout: Layout::Mono });
    assert!(mono.is_identity());
}
