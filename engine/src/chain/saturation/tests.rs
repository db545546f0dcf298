use super::*;
use crate::audio::Layout;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::kaiser;
use crate::unit::SampleRate;

const POINTS: usize = 16_384;

fn values(pairs: &[(&str, f64)]) -> Values {
    let mut values = Values::defaults(&TABLE);
    for (id, value) in pairs {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    values
}

fn stage(rate: u32, pairs: &[(&str, f64)]) -> Box<dyn Stage> {
    build(&values(pairs), Setting { rate: SampleRate(rate), layout: Layout::Mono })
}

fn run(stage: &mut dyn Stage, input: &[f64]) -> Vec<f64> {
    let mut block = Block::from_channels(&[input]);
    stage.process(&mut block);
    block.channel(0).to_vec()
}

/// The spectrum of a sine of full scale on bin `bin` of the last points, in dB of full scale.
fn spectrum(stage: &mut dyn Stage, bin: usize, level: f64) -> Vec<f64> {
    const LEAD: usize = 8_192;
    let turn = std::f64::consts::TAU * bin as f64 / POINTS as f64;
    let input: Vec<f64> = (0..LEAD + POINTS).map(|n| level * libm::sin(turn * (n % POINTS) as f64)).collect();
    // The high pass at 5 Hz still moves: a window keeps that out of the other bins.
    let output = run(stage, &input);
    let place = |n: usize| 2.0 * n as f64 / POINTS as f64 - 1.0;
    let windowed: Vec<f64> = (0..POINTS).map(|n| output[LEAD + n] * kaiser(place(n), 18.0)).collect();
    let scale = 2.0 / (0..POINTS).map(|n| kaiser(place(n), 18.0)).sum::<f64>();
    let mut fft = RealFft::new(POINTS);
    let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&windowed, &mut bins);
    bins.iter().map(|bin| 20.0 * libm::log10(scale * libm::hypot(bin.re, bin.im) + 1e-20)).collect()
}

#[test]
fn without_drive_or_mix_every_bit_stays() {
    let input: Vec<f64> = (0..3_000).map(|n| libm::sin(f64::from(n) * 0.37) * 0.9).collect();
    for pairs in [&[("emphasis", 6.0)][..], &[("drive", 12.0), ("mix", 0.0)], &[("bias", 50.0)]] {
        let mut stage = stage(48_000, pairs);
        assert!(stage.is_identity());
        let latency = stage.latency();
        assert_eq!(run(&mut *stage, &input)[latency..], input[..3_000 - latency]);
    }
    assert!(!stage(48_000, &[("drive", 0.1)]).is_identity());
}

#[test]
fn aliases_stay_under_110_db_at_any_drive() {
    for rate in [44_100, 48_000, 96_000] {
        for curve in 0..CURVES.len() {
            let mut stage = stage(rate, &[("curve", curve as f64), ("drive", 18.0), ("bias", 30.0), ("match", 0.0)]);
            // About 19.1 kHz; its harmonics are aliases below, but for the tone itself.
            let bin = (19_100.0 / f64::from(rate) * POINTS as f64) as usize | 1;
            let spectrum = spectrum(&mut *stage, bin, 1.0);
            let is_harmonic = |index: usize| index <= 30 || (1..5).any(|order| index.abs_diff(order * bin) <= 12);
            let worst = spectrum.iter().enumerate().filter(|(index, _)| !is_harmonic(*index));
            let worst =
                worst.fold((0, -300.0), |worst, (index, level)| if *level > worst.1 { (index, *level) } else { worst });
            println!("{} at {rate}: {:.1} dB at bin {}", CURVES[curve], worst.1, worst.0);
            assert!(worst.1 < -110.0, "{} at {rate} Hz: {:.1} dB in bin {}", CURVES[curve], worst.1, worst.0);
        }
    }
}

#[test]
fn each_curve_has_its_own_series() {
    let series: Vec<[f64; 8]> =
        (0..6).map(|curve| harmonics(&values(&[("curve", f64::from(curve)), ("drive", 6.0)]), 0.5)).collect();
    for (curve, levels) in series.iter().enumerate() {
        println!("{}: {}", CURVES[curve], levels.map(|level| format!("{level:.1}")).join(" "));
    }
    for odd in [0, 3, 4, 5] {
        assert!(series[odd][0] < -190.0 && series[odd][1] > -70.0, "{}", CURVES[odd]);
    }
    assert!(series[2][1] < -190.0 && series[2][0] > -40.0);
    assert!(series[1][0] > series[1][1] && series[1][1] > -60.0);
    // In the middle of the range tape is close to warm: what sets it apart is how it follows frequency.
    let heard = |curve: usize| [60.0, 6_000.0].map(|hz| third(curve as f64, hz));
    for (index, one) in series.iter().enumerate() {
        for (second, other) in series[..index].iter().enumerate() {
            let pairs = one.iter().zip(other).take(4).map(|(a, b)| (a - b).abs());
            let thirds = heard(index).into_iter().zip(heard(second)).map(|(a, b)| (a - b).abs());
            let difference = pairs.chain(thirds).fold(0.0, f64::max);
            assert!(difference > 3.0, "{index} is like {second}: {difference}");
        }
    }
}

/// The third harmonic against the tone, 6 dB of drive at -6 dBFS.
fn third(curve: f64, hz: f64) -> f64 {
    let bin = (hz / 48_000.0 * POINTS as f64) as usize | 1;
    let spectrum = spectrum(&mut *stage(48_000, &[("curve", curve), ("drive", 6.0)]), bin, 0.5);
    spectrum[3 * bin] - spectrum[bin]
}

#[test]
fn tape_is_driven_by_highs_and_iron_by_lows() {
    assert!(third(3.0, 6_000.0) > third(3.0, 300.0) + 6.0);
    assert!(third(4.0, 60.0) > third(4.0, 3_000.0) + 6.0);
}

#[test]
fn matched_drive_keeps_noise_as_loud() {
    let mut state = 9u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    // White noise of twelve uniform numbers is nearly normal; for curves without emphasis its colour does not matter.
    let noise: Vec<f64> = (0..24_000).map(|_| 0.2 * (0..12).map(|_| uniform()).sum::<f64>()).collect();
    // Only up to 15 kHz, so that the band of the difference holds all of it.
    let soft: Vec<f64> = noise.windows(5).map(|w| 0.1 * (w[0] + w[4]) + 0.5 * (w[1] + w[3]) + 0.7 * w[2]).collect();
    let power = |samples: &[f64]| samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64;
    let scale = 0.2 / power(&soft).sqrt();
    let input: Vec<f64> = soft.iter().map(|x| x * scale).collect();
    for curve in [0.0, 1.0, 2.0, 5.0] {
        let output = run(&mut *stage(48_000, &[("curve", curve), ("drive", 9.0)]), &input);
        let change = 10.0 * libm::log10(power(&output[2_000..]) / power(&input[..22_000]));
        assert!(change.abs() < 0.1, "{curve}: {change} dB");
    }
}
