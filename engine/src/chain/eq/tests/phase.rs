//! Mixed and linear phase, and the gains around the bands.

use super::*;

fn long(rows: &[&[(&str, f64)]], phase: f64, amount: f64, kernel: f64) -> Values {
    let mut values = values(rows);
    assert!(values.set_by_id("phase", phase));
    assert!(values.set_by_id("phase_amount", amount));
    assert!(values.set_by_id("kernel", kernel));
    values
}

/// The response at a frequency, latency taken out: level in dB and phase in degrees.
fn heard(impulse: &[f64], latency: usize, rate: u32, hertz: f64) -> (f64, f64) {
    let step = 2.0 * PI * hertz / f64::from(rate);
    let (mut re, mut im) = (0.0, 0.0);
    for (frame, sample) in impulse.iter().enumerate() {
        let (sin, cos) = libm::sincos(step * (frame as f64 - latency as f64));
        re += sample * cos;
        im -= sample * sin;
    }
    (10.0 * libm::log10(re * re + im * im), libm::atan2(im, re).to_degrees())
}

fn impulse(values: &Values, rate: u32) -> (Vec<f64>, usize) {
    let mut stage = stage(values, rate, Layout::Stereo);
    let latency = stage.latency();
    let mut block = Block::new(2, latency + stage.tail() + 100);
    block.channel_mut(0)[0] = 1.0;
    stage.process(&mut block);
    (block.channel(0).to_vec(), latency)
}

/// Level in dB and phase in degrees of the analogue prototypes of all bands.
fn analogue(values: &Values, rate: u32, hertz: f64) -> (f64, f64) {
    let theta = 2.0 * PI * hertz / f64::from(rate);
    let bands = Band::all(values);
    let active = bands.iter().filter(|band| band.is_active());
    let sections: Vec<_> = active.flat_map(|band| band.sections(f64::from(rate))).flatten().collect();
    let power: f64 = sections.iter().map(|section| section.power(theta)).product();
    let phase: f64 = sections.iter().map(|section| section.prototype().phase(theta)).sum();
    (10.0 * libm::log10(power), phase.to_degrees())
}

const ROWS: [&[(&str, f64)]; 6] = [
    &[("type", 3.0), ("slope", 3.0), ("frequency", 40.0)],
    &[("frequency", 300.0), ("gain", 6.0), ("q", 4.0)],
    &[("frequency", 3_000.0), ("gain", -9.0), ("q", 1.0)],
    &[("type", 2.0), ("frequency", 9_000.0), ("gain", 5.0)],
    &[("type", 4.0), ("slope", 7.0), ("frequency", 17_000.0)],
    &[("type", 6.0), ("frequency", 1_200.0), ("q", 3.0)],
];

#[test]
fn linear_phase_is_linear_and_has_the_analogue_magnitude() {
    let (mut most_db, mut most_degrees) = (0.0f64, 0.0f64);
    for rate in [44_100, 96_000] {
        let values = long(&ROWS, 2.0, 0.0, 1.0);
        let (impulse, latency) = impulse(&values, rate);
        for hertz in [45.0, 60.0, 100.0, 250.0, 300.0, 320.0, 1_000.0, 3_000.0, 9_000.0, 16_000.0, 20_000.0] {
            let (db, degrees) = heard(&impulse, latency, rate, hertz);
            let (wanted, _) = analogue(&values, rate, hertz);
            if wanted > -60.0 {
                most_db = most_db.max((db - wanted).abs());
                most_degrees = most_degrees.max(degrees.abs());
            }
        }
    }
    println!("linear phase: {most_db:.6} dB, {most_degrees:.2e} degrees");
    assert!(most_db < 0.005, "{most_db} dB");
    assert!(most_degrees < 1e-6, "{most_degrees} degrees");
}

#[test]
fn no_amount_of_straightening_is_the_analogue_itself() {
    let (mut most_db, mut most_degrees) = (0.0f64, 0.0f64);
    for amount in [0.0, 50.0] {
        let values = long(&ROWS[..5], 1.0, amount, 1.0);
        let (impulse, latency) = impulse(&values, 48_000);
        for hertz in [60.0, 100.0, 250.0, 300.0, 320.0, 1_000.0, 3_000.0, 9_000.0, 16_000.0, 20_000.0] {
            let (db, degrees) = heard(&impulse, latency, 48_000, hertz);
            let (wanted_db, wanted) = analogue(&values, 48_000, hertz);
            let turned = (degrees - (1.0 - amount / 100.0) * wanted).rem_euclid(360.0);
            most_db = most_db.max((db - wanted_db).abs());
            most_degrees = most_degrees.max(turned.min(360.0 - turned));
        }
    }
    println!("analogue phase: {most_db:.6} dB, {most_degrees:.2e} degrees");
    assert!(most_db < 0.005 && most_degrees < 0.05, "{most_db} dB, {most_degrees} degrees");
}

#[test]
fn the_latency_is_as_reported_at_every_rate() {
    for rate in [8_000, 11_025, 44_100, 48_000, 96_000, 192_000, 384_000] {
        for kernel in [0.0, 1.0] {
            let values = long(&[&[("frequency", 500.0), ("gain", 3.0)]], 2.0, 0.0, kernel);
            let (impulse, latency) = impulse(&values, rate);
            let peak = impulse.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap();
            assert_eq!(peak.0, latency, "{rate}");
        }
        let idle = long(&[], 2.0, 0.0, 1.0);
        let (impulse, latency) = impulse(&idle, rate);
        assert!(impulse.iter().enumerate().all(|(frame, sample)| *sample == f64::from(u8::from(frame == latency))));
    }
}

#[test]
fn mid_side_left_and_right_have_their_own_kernels() {
    let sides: [&[(&str, f64)]; 2] = [
        &[("frequency", 300.0), ("gain", 6.0), ("channel", 1.0)],
        &[("frequency", 2_000.0), ("gain", -6.0), ("channel", 2.0)],
    ];
    let channels: [&[(&str, f64)]; 3] = [
        &[("frequency", 5_000.0), ("gain", 4.0), ("channel", 4.0)],
        &[("frequency", 1_000.0), ("gain", -4.0), ("channel", 3.0)],
        &[("frequency", 9_000.0), ("gain", 3.0)],
    ];
    let noise: Vec<Vec<f64>> = (1..3)
        .map(|seed| {
            let mut dice = Dice(seed);
            (0..50_000).map(|n| if n < 8_000 { dice.roll() - 0.5 } else { 0.0 }).collect()
        })
        .collect();
    // Mid and side alone against minimum phase: their magnitudes.
    let mut minimum = Block::from_channels(&noise);
    stage(&values(&sides), 48_000, Layout::Stereo).process(&mut minimum);
    let mut linear = Block::from_channels(&noise);
    stage(&long(&sides, 2.0, 0.0, 0.0), 48_000, Layout::Stereo).process(&mut linear);
    for (hertz, sign) in [(300.0, 1.0), (2_000.0, 1.0), (300.0, -1.0), (2_000.0, -1.0), (7_000.0, -1.0)] {
        let level = |block: &Block| {
            let part: Vec<f64> =
                block.channel(0).iter().zip(block.channel(1)).map(|(left, right)| left + sign * right).collect();
            measured(&part, 48_000, hertz)
        };
        assert!((level(&minimum) - level(&linear)).abs() < 1e-3, "{hertz} Hz, {sign}");
    }
    // Everything in one kernel against two stages, channels first.
    let mut first = stage(&long(&channels, 2.0, 0.0, 0.0), 48_000, Layout::Stereo);
    let mut whole = stage(&long(&[&channels[..], &sides].concat(), 2.0, 0.0, 0.0), 48_000, Layout::Stereo);
    let mut one = Block::from_channels(&noise);
    whole.process(&mut one);
    let mut two = Block::from_channels(&noise);
    first.process(&mut two);
    stage(&long(&sides, 2.0, 0.0, 0.0), 48_000, Layout::Stereo).process(&mut two);
    let later = first.latency();
    for frame in (0..50_000 - later).step_by(11) {
        for channel in 0..2 {
            let apart = one.channel(channel)[frame] - two.channel(channel)[frame + later];
            assert!(apart.abs() < 1e-6, "{frame}: {apart}");
        }
    }
}

#[test]
fn a_live_change_of_a_kernel_is_smooth_and_ends_where_a_fresh_one_stands() {
    let rows: [&[(&str, f64)]; 1] = [&[("frequency", 1_000.0), ("gain", 6.0)]];
    let mut live = stage(&long(&rows, 2.0, 0.0, 0.0), 48_000, Layout::Stereo);
    let sine: Vec<f64> = (0..60_000).map(|n| libm::sin(2.0 * PI * 100.0 * f64::from(n) / 48_000.0)).collect();
    let mut heard = Vec::new();
    for (n, part) in sine.chunks(1_000).enumerate() {
        if n == 20 {
            live.set(SlotIndex(STAGE_COUNT as u16 + 2), 120.0, true);
        }
        if n == 22 {
            live.set(SlotIndex(STAGE_COUNT as u16 + 3), -6.0, true);
        }
        let mut block = Block::from_channels(&[part, part]);
        live.process(&mut block);
        heard.extend_from_slice(block.channel(0));
    }
    assert!(roughness(&heard[14_000..]) < 0.001, "{}", roughness(&heard[14_000..]));
    let rows: [&[(&str, f64)]; 1] = [&[("frequency", 120.0), ("gain", -6.0)]];
    let mut fresh = stage(&long(&rows, 2.0, 0.0, 0.0), 48_000, Layout::Stereo);
    let mut block = Block::from_channels(&[&sine, &sine]);
    fresh.process(&mut block);
    let apart = heard[50_000..].iter().zip(&block.channel(0)[50_000..]).map(|(a, b)| (a - b).abs());
    assert!(apart.fold(0.0, f64::max) < 1e-12);
}

#[test]
fn auto_gain_keeps_the_loudness_of_pink_noise() {
    let bands = Band::all(&values(&[&[("frequency", 1_000.0), ("gain", 0.0)]]));
    let pink = Pink::new(48_000.0);
    assert_eq!(pink.gain(&bands, &[false; CAPACITY]), 1.0);
    // Everything 6 dB up from far below: 6 dB less.
    let bands = Band::all(&values(&[&[("type", 2.0), ("slope", 0.0), ("frequency", 10.0), ("gain", 6.0)]]));
    let audible = bands.map(|band| band.is_active());
    let gain = 20.0 * libm::log10(pink.gain(&bands, &audible));
    assert!((gain + 6.0).abs() < 0.05, "{gain}");
    let mut settings = values(&[&[("type", 2.0), ("slope", 0.0), ("frequency", 10.0), ("gain", 6.0)]]);
    assert!(settings.set_by_id("auto_gain", 1.0));
    let mut block = Block::new(2, 20_000);
    block.channel_mut(0)[0] = 1.0;
    stage(&settings, 48_000, Layout::Stereo).process(&mut block);
    assert!(measured(block.channel(0), 48_000, 4_000.0).abs() < 0.06);
}

#[test]
fn the_change_of_a_band_is_output_less_input() {
    let settings = values(&[&[("frequency", 1_000.0), ("gain", 6.0)], &[("frequency", 200.0), ("gain", 3.0)]]);
    let mut dice = Dice(9);
    let noise: Vec<f64> = (0..8_000).map(|_| dice.roll() - 0.5).collect();
    let mut listened = stage(&settings, 48_000, Layout::Stereo);
    listened.monitor(Listen::Change(0));
    let mut block = Block::from_channels(&[&noise, &noise]);
    listened.process(&mut block);
    let mut alone = Block::from_channels(&[&noise, &noise]);
    stage(&values(&[&[("frequency", 1_000.0), ("gain", 6.0)]]), 48_000, Layout::Stereo).process(&mut alone);
    for frame in 2_000..8_000 {
        let wanted = alone.channel(1)[frame] - noise[frame];
        assert!((block.channel(1)[frame] - wanted).abs() < 1e-9, "{frame}");
    }
    listened.monitor(Listen::Output);
    let mut rest = Block::from_channels(&[&noise, &noise]);
    listened.process(&mut rest);
    let mut plain = stage(&settings, 48_000, Layout::Stereo);
    let mut whole = Block::from_channels(&[&[&noise[..], &noise].concat(), &[&noise[..], &noise].concat()]);
    plain.process(&mut whole);
    assert_eq!(rest.channel(0)[2_000..], whole.channel(0)[10_000..]);
}
