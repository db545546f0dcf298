use std::f64::consts::PI;

use super::*;
use crate::audio::Layout;
use crate::unit::SampleRate;

mod dynamic;
mod motion;
mod phase;

const RATES: [u32; 3] = [44_100, 48_000, 96_000];

fn values(rows: &[&[(&str, f64)]]) -> Values {
    let mut values = Values::defaults(&TABLE);
    for row in rows {
        let number = values.add_row("band").unwrap();
        for (id, value) in *row {
            assert!(values.set_in_row("band", number, id, *value));
        }
    }
    values
}

fn stage(values: &Values, rate: u32, layout: Layout) -> Box<dyn Stage> {
    build(values, Setting { rate: SampleRate(rate), layout })
}

/// A small repeatable source of numbers in 0..1.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn grid() -> Vec<f64> {
    (0..=120).map(|n| 20.0 * libm::pow(1000.0, f64::from(n) / 120.0)).collect()
}

/// Worst distance in dB between the running filters and the analogue where that is above -60 dB.
fn worst(values: &Values, rate: u32) -> f64 {
    let frequencies = grid();
    let digital = response(values, &[], SampleRate(rate), &frequencies, Channel::Stereo);
    let bands = Band::all(values);
    let sections = bands.iter().filter(|band| band.is_active()).flat_map(|band| band.sections(f64::from(rate)));
    let sections: Vec<_> = sections.flatten().collect();
    let mut worst = 0.0f64;
    for (hertz, digital) in frequencies.iter().zip(digital) {
        let theta = 2.0 * PI * hertz / f64::from(rate);
        let analogue = 10.0 * libm::log10(sections.iter().map(|section| section.power(theta)).product());
        let error = if digital.is_finite() { (digital - analogue).abs() } else { f64::INFINITY };
        worst = if analogue > -60.0 { worst.max(error) } else { worst };
    }
    worst
}

fn random_band(values: &mut Values, dice: &mut Dice, lowest_hz: f64, shapes: &[f64]) {
    let row = values.add_row("band").unwrap();
    let shape = shapes[(dice.roll() * shapes.len() as f64) as usize];
    values.set_in_row("band", row, "type", shape);
    let highest = if shape < 3.0 { 20_000.0 } else { 18_000.0 };
    values.set_in_row("band", row, "frequency", lowest_hz * libm::pow(highest / lowest_hz, dice.roll()));
    values.set_in_row("band", row, "gain", 24.0 * dice.roll() - 12.0);
    values.set_in_row("band", row, "q", 0.2 * libm::pow(40.0, dice.roll()));
    values.set_in_row("band", row, "slope", (dice.roll() * 16.0).floor());
}

const NAMES: [&str; 8] = ["bell", "low shelf", "high shelf", "high pass", "low pass", "tilt", "notch", "band pass"];

/// Whether a slope, a gain and a Q make a difference to a shape.
fn matters(shape: u8) -> (bool, bool, bool) {
    (matches!(shape, 1..=4), matches!(shape, 0..=2 | 5), shape != 5)
}

/// Worst distance of each shape at a rate, over these grids; more than 0.02 dB is a failure.
fn worst_of_shapes(rate: u32, slopes: &[f64], hertz: &[f64], gains: &[f64], qs: &[f64]) -> Vec<f64> {
    let some = |wanted: bool, all: &[f64]| if wanted { all.to_vec() } else { vec![all[0]] };
    let of = |shape: u8| {
        let (slope, gain, q) = matters(shape);
        let mut most = 0.0f64;
        for slope in some(slope, slopes) {
            for hertz in hertz {
                for gain in some(gain, gains) {
                    for q in some(q, qs) {
                        let row: &[(&str, f64)] = &[
                            ("type", f64::from(shape)),
                            ("slope", slope),
                            ("frequency", *hertz),
                            ("gain", gain),
                            ("q", q),
                        ];
                        let error = worst(&values(&[row]), rate);
                        let name = NAMES[usize::from(shape)];
                        assert!(
                            error <= 0.02,
                            "{rate} Hz, {name}, slope {slope}, {hertz} Hz, {gain} dB, Q {q}: {error}"
                        );
                        most = most.max(error);
                    }
                }
            }
        }
        most
    };
    (0..8).map(of).collect()
}

#[test]
fn every_shape_and_slope_follows_the_analogue() {
    for rate in RATES {
        let hertz = [30.0, 2_000.0, 14_000.0, 20_000.0];
        let most = worst_of_shapes(rate, &[0.0, 1.0, 2.0, 7.0, 15.0], &hertz, &[-12.0, 12.0], &[0.71, 30.0]);
        assert!(most.iter().all(|most| *most > 1e-9), "measured nothing: {most:?}");
    }
}

/// The whole grid of the promise: `cargo test -p lacquer-engine --release --lib chain::eq -- --ignored --nocapture`.
#[test]
#[ignore = "minutes"]
fn the_whole_grid_follows_the_analogue() {
    let slopes: Vec<f64> = (0..16).map(f64::from).collect();
    let hertz: Vec<f64> = (0..19).map(|n| 20.0 * libm::pow(1000.0, f64::from(n) / 18.0)).collect();
    for rate in [44_100, 48_000, 88_200, 96_000, 192_000] {
        let qs = [0.1, 0.3, 0.71, 2.0, 7.0, 30.0];
        let most = worst_of_shapes(rate, &slopes, &hertz, &[-12.0, -6.0, -1.0, 1.0, 6.0, 12.0], &qs);
        for (name, most) in NAMES.iter().zip(most) {
            println!("{rate} Hz {name:<10} {most:.4} dB");
        }
    }
}

#[test]
fn eight_bands_together_follow_the_analogue() {
    let mut dice = Dice(1);
    for rate in RATES {
        for (lowest_hz, shapes) in [
            (20.0, &[0.0, 1.0, 2.0][..]),
            (5_000.0, &[0.0, 1.0, 2.0]),
            (20.0, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        ] {
            let mut most = 0.0f64;
            for _ in 0..40 {
                let mut values = Values::defaults(&TABLE);
                (0..8).for_each(|_| random_band(&mut values, &mut dice, lowest_hz, shapes));
                most = most.max(worst(&values, rate));
            }
            println!("{rate} from {lowest_hz} Hz, {} shapes: {most:.5}", shapes.len());
            assert!(most <= 0.02, "{rate} Hz from {lowest_hz} Hz, {shapes:?}: {most} dB");
        }
    }
}

/// Magnitude in dB of an impulse response.
fn measured(impulse: &[f64], rate: u32, hertz: f64) -> f64 {
    let step = 2.0 * PI * hertz / f64::from(rate);
    let (mut re, mut im) = (0.0, 0.0);
    for (frame, sample) in impulse.iter().enumerate() {
        let (sin, cos) = libm::sincos(step * frame as f64);
        re += sample * cos;
        im += sample * sin;
    }
    10.0 * libm::log10(re * re + im * im)
}

#[test]
fn the_curve_drawn_is_the_sound_made() {
    let settings = values(&[
        &[("frequency", 90.0), ("gain", 4.0), ("q", 2.0)],
        &[("type", 2.0), ("frequency", 9_000.0), ("gain", -5.0)],
        &[("type", 4.0), ("slope", 5.0), ("frequency", 16_000.0)],
        &[("frequency", 3_000.0), ("gain", 7.0), ("channel", 3.0)],
        &[("type", 3.0), ("slope", 2.0), ("frequency", 30.0), ("channel", 2.0)],
    ]);
    let frequencies = [25.0, 90.0, 1_000.0, 3_000.0, 15_000.0];
    for (channel, lanes) in [(Channel::Left, [1.0, 0.0]), (Channel::Mid, [1.0, 1.0]), (Channel::Side, [1.0, -1.0])] {
        let mut settings = settings.clone();
        // Left bands mix into mid and side: look at them alone.
        settings.set_in_row("band", if channel == Channel::Left { 4 } else { 3 }, "on", 0.0);
        let mut block = Block::new(2, 40_000);
        block.channel_mut(0)[0] = lanes[0];
        block.channel_mut(1)[0] = lanes[1];
        stage(&settings, 48_000, Layout::Stereo).process(&mut block);
        let drawn = response(&settings, &[], SampleRate(48_000), &frequencies, channel);
        for (hertz, drawn) in frequencies.iter().zip(drawn) {
            let heard = measured(block.channel(0), 48_000, *hertz);
            assert!((heard - drawn).abs() < 1e-5, "{channel:?} {hertz} Hz: heard {heard}, drawn {drawn}");
        }
    }
}

#[test]
fn bands_that_do_nothing_are_not_run() {
    let idle = values(&[&[], &[("gain", 6.0), ("on", 0.0)], &[("type", 2.0)]]);
    assert!(stage(&idle, 48_000, Layout::Stereo).is_identity());
    assert!(!stage(&values(&[&[("gain", 0.01)]]), 48_000, Layout::Stereo).is_identity());
    assert!(stage(&values(&[&[("gain", 6.0), ("channel", 1.0)]]), 48_000, Layout::Mono).is_identity());
}

#[test]
fn a_mid_band_leaves_a_side_signal_alone() {
    let noise: Vec<f64> = (0..500).map(|n| f64::from(n * 7919 % 1000) / 1000.0 - 0.5).collect();
    let turned: Vec<f64> = noise.iter().map(|sample| -sample).collect();
    let mut block = Block::from_channels(&[&noise, &turned]);
    stage(&values(&[&[("gain", 6.0), ("channel", 1.0)]]), 48_000, Layout::Stereo).process(&mut block);
    assert_eq!((block.channel(0), block.channel(1)), (&noise[..], &turned[..]));
    let mut block = Block::from_channels(&[&noise, &noise]);
    stage(&values(&[&[("gain", 6.0), ("channel", 4.0)]]), 48_000, Layout::Stereo).process(&mut block);
    assert_eq!(block.channel(0), &noise[..]);
    assert_ne!(block.channel(1), &noise[..]);
}

/// Largest second difference: a click stands out against a slow sine's own.
fn roughness(samples: &[f64]) -> f64 {
    samples.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs()).fold(0.0, f64::max)
}

#[test]
fn live_changes_do_not_click() {
    let start = values(&[&[("gain", 6.0), ("frequency", 200.0)], &[]]);
    let moves: [(u16, f64); 9] = [
        (3, -12.0),
        (2, 900.0),
        (4, 5.0),
        (1, 3.0),
        (5, 5.0),
        (6, 1.0),
        (0, 0.0),
        (7, 1.0),
        (BAND.len() as u16 + 3, 9.0),
    ];
    for (slot, value) in moves {
        let mut stage = stage(&start, 48_000, Layout::Stereo);
        let sine: Vec<f64> = (0..48_000).map(|n| libm::sin(2.0 * PI * 100.0 * f64::from(n) / 48_000.0)).collect();
        let mut first = Block::from_channels(&[&sine[..24_010], &sine[..24_010]]);
        let mut second = Block::from_channels(&[&sine[24_010..], &sine[24_010..]]);
        stage.process(&mut first);
        stage.set(SlotIndex(slot + STAGE_COUNT as u16), value, true);
        stage.process(&mut second);
        let heard = [&first.channel(0)[24_000..], second.channel(0)].concat();
        // The sine's own is 0.00017 times its gain; a hard switch makes above 0.1.
        assert!(roughness(&heard) < 0.005, "slot {slot}: {}", roughness(&heard));
    }
}

#[test]
fn a_glide_ends_where_a_fresh_stage_stands() {
    let mut stage_a = stage(&values(&[&[("gain", 6.0), ("channel", 1.0)]]), 48_000, Layout::Stereo);
    let mut stage_b = stage(&values(&[&[("gain", -3.0), ("channel", 3.0)]]), 48_000, Layout::Stereo);
    stage_a.set(SlotIndex(STAGE_COUNT as u16 + 3), -3.0, true);
    stage_a.set(SlotIndex(STAGE_COUNT as u16 + 6), 3.0, true);
    stage_a.process(&mut Block::new(2, 16_000));
    let mut impulse = Block::new(2, 1_000);
    impulse.channel_mut(0)[5] = 1.0;
    let mut other = impulse.clone();
    stage_a.process(&mut impulse);
    stage_b.process(&mut other);
    assert_eq!(impulse, other);
}
