//! Parameters that move while a tone sounds.

use super::*;
use crate::dsp::fft::{Complex, RealFft};

const RATE: u32 = 48_000;
const TONE_HZ: f64 = 997.0;
/// Frames of the sweep: 100 ms.
const SWEEP: usize = 4_800;
const LENGTH: usize = 32_768;

/// The largest part in dBFS further than 500 Hz from the tone.
fn beside_db(samples: &[f64]) -> f64 {
    let mut fft = RealFft::new(LENGTH);
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    // Blackman-Nuttall: side lobes under -98 dB from two bins on, falling; its mean is 0.3635819.
    let window = |n: usize| {
        let turn = |k: f64| libm::cos(2.0 * PI * k * n as f64 / LENGTH as f64);
        0.363_581_9 - 0.489_177_5 * turn(1.0) + 0.136_599_5 * turn(2.0) - 0.010_641_1 * turn(3.0)
    };
    let windowed: Vec<f64> = samples.iter().enumerate().map(|(n, sample)| sample * window(n)).collect();
    fft.forward(&windowed, &mut spectrum);
    let hertz = |bin: usize| bin as f64 * f64::from(RATE) / LENGTH as f64;
    let far = spectrum.iter().enumerate().filter(|(bin, _)| (hertz(*bin) - TONE_HZ).abs() > 500.0);
    let most = far.map(|(_, bin)| bin.norm()).fold(0.0, f64::max);
    20.0 * libm::log10(most * 2.0 / (0.363_581_9 * LENGTH as f64) + 1e-12)
}

/// What the sweep of a parameter over its range leaves beside a tone at -12 dBFS.
fn swept_db(settings: &Values, slot: SlotIndex) -> f64 {
    let spec = TABLE.at(slot).unwrap().0;
    let mut stage = stage(settings, RATE, Layout::Stereo);
    stage.set(slot, spec.at_position(0.0), false);
    let lead = 30_000 + stage.latency();
    let frames = lead + LENGTH;
    let tone: Vec<f64> =
        (0..frames).map(|n| 0.25 * libm::sin(2.0 * PI * TONE_HZ * n as f64 / f64::from(RATE))).collect();
    let mut heard = Vec::with_capacity(frames);
    // The sweep lies in the middle of what is looked at.
    let from = lead - stage.latency() + LENGTH / 2 - SWEEP / 2;
    for (n, part) in tone.chunks(48).enumerate() {
        let at = n * 48;
        if (from..=from + SWEEP).contains(&at) {
            stage.set(slot, spec.at_position((at - from) as f64 / SWEEP as f64), true);
        }
        let mut block = Block::from_channels(&[part, part]);
        stage.process(&mut block);
        heard.extend_from_slice(block.channel(0));
    }
    beside_db(&heard[lead..lead + LENGTH])
}

fn band(id: &str) -> SlotIndex {
    TABLE.find_in_group("band", 0, id).unwrap().0
}

#[test]
fn parameters_that_move_leave_no_steps() {
    let bell: &[(&str, f64)] = &[("frequency", 900.0), ("gain", 6.0), ("q", 0.5)];
    let moving: &[(&str, f64)] =
        &[("frequency", 900.0), ("dynamic", 1.0), ("q", 0.5), ("threshold", -40.0), ("attack", 10.0)];
    for (row, phase) in [(bell, 0.0), (bell, 1.0), (bell, 2.0), (moving, 0.0), (moving, 2.0)] {
        let mut settings = values(&[row]);
        assert!(settings.set_by_id("phase", phase));
        let ids: &[&str] = match row.len() {
            3 => &["gain", "q", "frequency"],
            _ => &["gain", "q", "frequency", "threshold", "ratio", "range"],
        };
        for id in ids {
            let left = swept_db(&settings, band(id));
            println!("phase {phase}, {} settings, {id}: {left:.1} dBFS", row.len());
            assert!(left < -90.0, "phase {phase}, {id}: {left} dBFS");
        }
    }
}

#[test]
fn auto_gain_and_amount_leave_no_steps() {
    let mut settings = values(&[&[("frequency", 900.0), ("gain", 12.0), ("q", 0.3)]]);
    assert!(settings.set_by_id("phase", 1.0));
    for id in ["auto_gain", "phase_amount"] {
        let left = swept_db(&settings, TABLE.find(id).unwrap().0);
        println!("{id}: {left:.1} dBFS");
        assert!(left < -90.0, "{id}: {left} dBFS");
    }
}
