use super::*;
use crate::medium::vinyl::{Sine, Size, Speed, Stylus, recording_gain, trace_sine};
use crate::profile::load;
use crate::unit::Hertz;

const RATE: SampleRate = SampleRate(48_000);

fn player(radius_mm: f64, level: f64, parts: Parts) -> (Playback, Disc, Lathe) {
    let profile = load("vinyl", None).unwrap().unwrap();
    let disc = Disc::new(Size::Twelve, Speed::Long, &profile).unwrap();
    let lathe = Lathe::new(&profile, Stylus::Elliptical).unwrap();
    let player = Playback::new(RATE, (&disc, &lathe), &profile, Way::locked(radius_mm), Db(level), parts).unwrap();
    (player, disc, lathe)
}

/// Two channels of one second each, in blocks.
fn played(player: &mut Playback, signal: &[Vec<f64>; 2], size: usize) -> [Vec<f64>; 2] {
    let mut out = [Vec::new(), Vec::new()];
    let mut from = 0;
    while from < signal[0].len() {
        let to = (from + size).min(signal[0].len());
        let mut block = Block::from_channels(&[&signal[0][from..to], &signal[1][from..to]]);
        player.play(Frames(from as u64), &mut block);
        out[0].extend_from_slice(block.channel(0));
        out[1].extend_from_slice(block.channel(1));
        from = to;
    }
    out
}

fn tone(hz: f64, amplitude: f64, count: usize) -> Vec<f64> {
    (0..count).map(|frame| amplitude * libm::sin(2.0 * PI * hz * frame as f64 / RATE.hz())).collect()
}

/// Amplitude of a whole number of waves in the last half second.
fn amplitude(samples: &[f64], hz: f64) -> f64 {
    let half = RATE.0 as usize / 2;
    let last = &samples[samples.len() - half..];
    let (mut re, mut im) = (0.0, 0.0);
    for (index, sample) in last.iter().enumerate() {
        let (sin, cos) = libm::sincos(2.0 * PI * hz * index as f64 / RATE.hz());
        re += sample * cos;
        im += sample * sin;
    }
    2.0 * libm::hypot(re, im) / half as f64
}

/// Second and third harmonic of a tone on the left wall, as shares of its velocity.
fn harmonics(hz: f64, q: f64, radius_mm: f64) -> (f64, f64, f64) {
    let (mut player, disc, lathe) = player(radius_mm, 0.0, Parts::TRACING);
    let velocity = lathe.wall_velocity_m_s() * recording_gain(Hertz(hz)).amplitude();
    let unit = Sine { frequency: Hertz(hz), wall_m_s: velocity };
    let peak = q / unit.curvature(&disc, radius_mm, lathe.stylus_um);
    let signal = tone(hz, peak, RATE.0 as usize);
    let out = played(&mut player, &[signal.clone(), signal], 512);
    let velocity = |order: f64| amplitude(&out[0], order * hz) * recording_gain(Hertz(order * hz)).amplitude();
    let slope = unit.slope(&disc, radius_mm) * peak / std::f64::consts::SQRT_2;
    (velocity(2.0) / velocity(1.0), velocity(3.0) / velocity(1.0), slope)
}

#[test]
fn a_small_bend_gives_the_closed_formulas_at_every_radius() {
    for (hz, radius) in [(5000.0, 60.3), (3000.0, 60.3), (3000.0, 100.0), (4000.0, 146.0)] {
        for q in [0.05, 0.1] {
            let (second, third, _) = harmonics(hz, q, radius);
            assert!((second / (q / 2.0) - 1.0).abs() < 0.03, "{hz} Hz, {radius} mm, q {q}: {second}");
            assert!((third / (0.375 * q * q) - 1.0).abs() < 0.06, "{hz} Hz, {radius} mm, q {q}: {third}");
        }
    }
}

#[test]
fn a_strong_bend_is_that_of_the_simulation() {
    let (second, third, slope) = harmonics(3000.0, 0.5, 60.3);
    let traced = trace_sine(0.5, slope);
    assert!((second / traced.second - 1.0).abs() < 0.03, "{second} for {}", traced.second);
    assert!((third / traced.third - 1.0).abs() < 0.05, "{third} for {}", traced.third);
}

#[test]
fn treble_that_the_tip_does_not_fit_is_lost_inside_and_kept_outside() {
    let left = |radius: f64| {
        let (mut player, ..) = player(radius, 6.0, Parts::TRACING);
        let signal = tone(12_000.0, 0.3, RATE.0 as usize);
        let out = played(&mut player, &[signal.clone(), signal], 480);
        20.0 * libm::log10(amplitude(&out[0], 12_000.0) / 0.3)
    };
    let (inside, outside) = (left(60.3), left(146.0));
    assert!(inside < outside - 3.0, "{inside} dB inside, {outside} dB outside");
}

#[test]
fn even_harmonics_of_a_mono_cut_cancel_in_the_sum() {
    let (mut player, ..) = player(62.0, 0.0, Parts::TRACING);
    let signal = tone(3000.0, 0.1, RATE.0 as usize);
    let out = played(&mut player, &[signal.clone(), signal], 512);
    let sum: Vec<f64> = out[0].iter().zip(&out[1]).map(|(left, right)| 0.5 * (left + right)).collect();
    assert!(amplitude(&sum, 6000.0) < 0.01 * amplitude(&out[0], 6000.0));
}

#[test]
fn the_size_of_blocks_changes_no_bit() {
    let signal = [0, 1].map(|channel| (0..9000).map(|frame| 0.2 * white(frame, channel)).collect::<Vec<f64>>());
    let whole = played(&mut player(70.0, 0.0, Parts::ALL).0, &signal, 9000);
    for size in [1, 63, 64, 1000] {
        assert!(played(&mut player(70.0, 0.0, Parts::ALL).0, &signal, size) == whole, "{size}");
    }
}

#[test]
fn a_programme_too_soft_to_be_bent_passes_late() {
    let (mut player, ..) = player(146.0, 0.0, Parts::TRACING);
    let late = player.latency().0 as usize;
    let signal = tone(200.0, 0.001, 20_000);
    let out = played(&mut player, &[signal.clone(), signal.clone()], 777);
    for frame in 10_000..20_000 {
        assert!((out[0][frame] - signal[frame - late]).abs() < 1e-7, "{frame}");
    }
}

#[test]
fn noise_stands_where_the_profile_says() {
    let profile = load("vinyl", None).unwrap().unwrap();
    let parts = Parts { tracing: false, noise: true, wow: false };
    let (mut player, _, lathe) = player(100.0, 3.0, parts);
    let out = played(&mut player, &[vec![0.0; 96_000], vec![0.0; 96_000]], 4096);
    let power = out[0][48_000..].iter().map(|sample| sample * sample).sum::<f64>() / 48_000.0;
    let wanted = profile.value("surface_noise").unwrap() + lathe.reference.0 - 3.0;
    assert!((10.0 * libm::log10(power) - wanted).abs() < 0.6, "{} for {wanted}", 10.0 * libm::log10(power));
}

#[test]
fn a_hole_out_of_the_middle_sways_once_a_turn() {
    let parts = Parts { tracing: false, noise: false, wow: true };
    let (mut player, disc, _) = player(60.0, 0.0, parts);
    let signal = tone(1000.0, 0.5, 4 * RATE.0 as usize);
    let out = played(&mut player, &[signal.clone(), signal], 1000);
    // Times from zero to zero, upwards, against their mean.
    let crossings: Vec<f64> = (48_000..out[0].len() - 1)
        .filter(|place| out[0][*place] < 0.0 && out[0][place + 1] >= 0.0)
        .map(|place| place as f64 - out[0][place] / (out[0][place + 1] - out[0][place]))
        .collect();
    let periods: Vec<f64> = crossings.windows(11).map(|pair| (pair[10] - pair[0]) / 10.0 / RATE.hz()).collect();
    let highest = periods.iter().fold(0.0f64, |most, period| most.max(period * 1000.0 - 1.0));
    let wanted = 0.1 / 60.0;
    assert!((highest / wanted - 1.0).abs() < 0.05, "{highest} for {wanted}, turn {:?}", disc.speed.turn());
}

#[test]
fn garbage_and_other_layouts_do_no_harm() {
    let (mut player, ..) = player(60.0, 0.0, Parts::ALL);
    let mut block = Block::from_channels(&[vec![f64::NAN, f64::INFINITY, 1e30], vec![0.0; 3]]);
    player.play(Frames(0), &mut block);
    player.reset();
    let mut block = Block::from_channels(&[vec![0.5; 3000], vec![0.5; 3000]]);
    player.play(Frames(0), &mut block);
    assert!(block.is_finite());
    let mut mono = Block::from_channels(&[vec![0.25; 10]]);
    player.play(Frames(0), &mut mono);
    assert_eq!(mono.channel(0), [0.25; 10]);
}
