//! Bands whose gain moves.

use super::*;

const RATE: u32 = 48_000;

fn moving(more: &[(&str, f64)]) -> Values {
    let row: Vec<(&str, f64)> = [
        ("frequency", 1_000.0),
        ("q", 1.0),
        ("dynamic", 1.0),
        ("threshold", -30.0),
        ("ratio", 2.0),
        ("range", -12.0),
        ("attack", 20.0),
        ("release", 100.0),
    ]
    .iter()
    .chain(more)
    .copied()
    .collect();
    values(&[&row])
}

fn tone(level_db: f64, hertz: f64, frames: usize) -> Vec<f64> {
    let amplitude = libm::pow(10.0, level_db / 20.0);
    (0..frames).map(|n| amplitude * libm::sin(2.0 * PI * hertz * n as f64 / f64::from(RATE))).collect()
}

/// Peak of the last tenth, in dB.
fn ending_db(samples: &[f64]) -> f64 {
    let tail = &samples[samples.len() - samples.len() / 10..];
    10.0 * libm::log10(2.0 * tail.iter().map(|sample| sample * sample).sum::<f64>() / tail.len() as f64)
}

fn settled_gain(values: &Values, level_db: f64, hertz: f64) -> (f64, f32) {
    let input = tone(level_db, hertz, 96_000);
    let mut block = Block::from_channels(&[&input, &input]);
    let mut stage = stage(values, RATE, Layout::Stereo);
    stage.process(&mut block);
    (ending_db(block.channel(0)) - level_db, stage.reading().bands_db[0])
}

#[test]
fn the_gain_follows_threshold_ratio_and_range() {
    for (level, wanted) in [(-50.0, 0.0), (-30.0, 0.0), (-20.0, -5.0), (-10.0, -10.0), (0.0, -12.0)] {
        let (gain, reading) = settled_gain(&moving(&[]), level, 1_000.0);
        assert!((gain - wanted).abs() < 0.02, "{level}: {gain}");
        assert!((f64::from(reading) - wanted).abs() < 0.02, "{level}: {reading}");
    }
    for (level, wanted) in [(-20.0, 0.0), (-40.0, 5.0), (-70.0, 8.0)] {
        let (gain, _) = settled_gain(&moving(&[("dynamic", 2.0), ("range", 8.0)]), level, 1_000.0);
        assert!((gain - wanted).abs() < 0.02, "{level}: {gain}");
    }
    // On top of a static gain.
    let (gain, _) = settled_gain(&moving(&[("gain", 4.0)]), -20.0, 1_000.0);
    assert!((gain + 1.0).abs() < 0.02, "{gain}");
}

#[test]
fn a_key_elsewhere_moves_it() {
    let key = [("key", 1.0), ("key_frequency", 8_000.0), ("key_q", 2.0)];
    let (gain, _) = settled_gain(&moving(&key), -10.0, 1_000.0);
    assert!(gain > -1.0, "{gain}");
    let (_, reading) = settled_gain(&moving(&key), -10.0, 8_000.0);
    assert!((reading + 10.0).abs() < 0.05, "{reading}");
}

#[test]
fn attack_and_release_are_63_percent_of_the_movement() {
    let mut stage = stage(&moving(&[("q", 0.3)]), RATE, Layout::Stereo);
    let (loud, soft) = (tone(-10.0, 1_000.0, 48_000), tone(-60.0, 1_000.0, 96_000));
    let input = [&loud[..], &soft].concat();
    let mut moved = Vec::new();
    for part in input.chunks(16) {
        let mut block = Block::from_channels(&[part, part]);
        stage.process(&mut block);
        moved.push(stage.reading().bands_db[0]);
    }
    let first = |from: usize, holds: &dyn Fn(f32) -> bool| {
        (moved[from..].iter().position(|moved| holds(*moved)).unwrap() * 16) as f64 / f64::from(RATE) * 1000.0
    };
    let attack = first(0, &|moved| moved < -10.0 * 0.632);
    let release = first(3_000, &|moved| moved > -10.0 * 0.368);
    // The key's own rise is some tenths of a millisecond at this Q.
    assert!((attack - 20.0).abs() < 1.0, "{attack} ms");
    assert!((release - 100.0).abs() < 5.0, "{release} ms");
}

#[test]
fn at_rest_every_bit_passes() {
    let input = tone(-50.0, 700.0, 9_600);
    let other = tone(-45.0, 5_000.0, 9_600);
    for more in [&[][..], &[("channel", 1.0)], &[("type", 1.0)], &[("type", 2.0), ("slope", 3.0)], &[("type", 5.0)]] {
        let mut block = Block::from_channels(&[&input, &other]);
        stage(&moving(more), RATE, Layout::Stereo).process(&mut block);
        assert_eq!((block.channel(0), block.channel(1)), (&input[..], &other[..]), "{more:?}");
    }
}

#[test]
fn without_motion_it_is_the_static_band() {
    let mut dice = Dice(4);
    let noise: Vec<f64> = (0..9_600).map(|_| dice.roll() - 0.5).collect();
    let mut fixed = Block::from_channels(&[&noise, &noise]);
    let mut off = fixed.clone();
    stage(&values(&[&[("frequency", 900.0), ("gain", 5.0), ("q", 2.0)]]), RATE, Layout::Stereo).process(&mut fixed);
    let more = [("dynamic", 0.0), ("frequency", 900.0), ("gain", 5.0), ("q", 2.0)];
    stage(&moving(&more), RATE, Layout::Stereo).process(&mut off);
    assert_eq!(fixed, off);
}

#[test]
fn moved_gains_have_the_analogue_magnitude() {
    // Held far above its threshold, a high bell stands at its range: compared where the correction counts.
    let row = [("frequency", 12_000.0), ("gain", 6.0), ("range", -12.0), ("threshold", -80.0), ("key", 1.0)];
    let key = [("key_frequency", 1_000.0), ("key_q", 1.0), ("ratio", 20.0)];
    let settings = moving(&[&row[..], &key].concat());
    for hertz in [9_000.0, 12_000.0, 16_000.0, 19_000.0] {
        let drive = tone(-10.0, 1_000.0, 96_000);
        let probe = tone(-40.0, hertz, 96_000);
        let level = |with: bool| {
            let input: Vec<f64> = drive.iter().zip(&probe).map(|(a, b)| a + if with { *b } else { 0.0 }).collect();
            let mut block = Block::from_channels(&[&input, &input]);
            stage(&settings, RATE, Layout::Stereo).process(&mut block);
            block.channel(0)[86_400..].to_vec()
        };
        let difference: Vec<f64> = level(true).iter().zip(level(false)).map(|(a, b)| a - b).collect();
        let gain = 10.0 * libm::log10(2.0 * difference.iter().map(|x| x * x).sum::<f64>() / 9_600.0) + 40.0;
        let wanted = response(&settings, &[-12.0], SampleRate(RATE), &[hertz], Channel::Stereo)[0];
        assert!((gain - wanted).abs() < 0.03, "{hertz}: {gain} for {wanted}");
    }
}
