use super::*;
use crate::audio::Layout;
use crate::unit::SampleRate;

fn stage(pairs: &[(&str, f64)]) -> Box<dyn Stage> {
    let mut values = Values::defaults(&TABLE);
    for (id, value) in pairs {
        assert!(values.set_by_id(id, *value), "{id}");
    }
    build(&values, Setting { rate: SampleRate(48_000), layout: Layout::Mono })
}

fn sine(level: f64, hz: f64, frames: usize) -> Vec<f64> {
    (0..frames).map(|n| level * libm::sin(std::f64::consts::TAU * hz * n as f64 / 48_000.0)).collect()
}

fn run(stage: &mut dyn Stage, input: &[f64]) -> Vec<f64> {
    let mut block = Block::from_channels(&[input]);
    stage.process(&mut block);
    block.channel(0).to_vec()
}

#[test]
fn below_the_knee_every_bit_stays() {
    let mut stage = stage(&[("ceiling", -3.0), ("knee", 2.0)]);
    let input = sine(0.5, 997.0, 2_000);
    let latency = stage.latency();
    let output = run(&mut *stage, &input);
    assert_eq!(output[latency..], input[..2_000 - latency]);
    assert_eq!(stage.reading().gain_reduction_db, 0.0);
    // After a clipped burst the bits are the input's again.
    run(&mut *stage, &sine(1.5, 997.0, 1_000));
    run(&mut *stage, &vec![0.0; 2_000]);
    assert_eq!(run(&mut *stage, &input)[latency..], input[..2_000 - latency]);
}

#[test]
fn a_loud_sine_is_held_near_the_ceiling() {
    for knee in [0.0, 1.5, 6.0] {
        let mut stage = stage(&[("gain", 6.0), ("ceiling", -1.0), ("knee", knee)]);
        let output = run(&mut *stage, &sine(1.0, 100.0, 9_600));
        let peak = output[4_800..].iter().fold(0.0, |most: f64, sample| most.max(sample.abs()));
        let over = Db::from_amplitude(peak).value() + 1.0;
        assert!((-0.01..0.8).contains(&over), "knee {knee}: {over} dB over");
        assert!((stage.reading().gain_reduction_db + 7.0).abs() < 0.05);
    }
}
