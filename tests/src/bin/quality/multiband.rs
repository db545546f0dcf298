//! Crossovers that sum flat.

use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::session::StageSettings;

use crate::bench::{Bench, Set, stage, with_row};
use crate::table::{Bound, Result, Row};
use crate::tone::{db, rms};
use crate::wave::Wave;

const RATE: u32 = 48_000;
const POINTS: usize = 1 << 17;

/// Three bands whose thresholds are never reached.
fn multiband(phase: &str) -> Option<StageSettings> {
    let mut stage = stage("multiband", &[("phase", Set::Word(phase))])?;
    for hz in [200.0, 3000.0, 16_000.0] {
        let settings = [("frequency", Set::Number(hz)), ("threshold", Set::Number(0.0)), ("ratio", Set::Number(2.0))];
        stage = with_row(stage, "band", &settings)?;
    }
    Some(stage)
}

/// All rows.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let mut click = vec![0.0; POINTS];
    click[POINTS / 2] = 0.1;
    let input = Wave::mono(RATE, click);
    let response = |phase: &str| multiband(phase).map(|stage| bench.process(&input, &[stage], &[]));
    let flat = |phase: &str| match response(phase) {
        None => Result::NotBuilt,
        Some(Err(why)) => Result::Broken(why),
        Some(Ok(output)) => Result::Measured(ripple(output.first(), 0.1)),
    };
    let null = match response("linear") {
        None => Result::NotBuilt,
        Some(Err(why)) => Result::Broken(why),
        Some(Ok(output)) => {
            let rest: Vec<f64> = output.first().iter().zip(input.first()).map(|(a, b)| a - b).collect();
            Result::Measured(db(rms(&rest) / rms(input.first())))
        }
    };
    vec![
        Row::new(
            "minimum phase: three bands at work sum flat, 20 Hz to 20 kHz",
            Bound::AtMost(0.001),
            "dB",
            flat("minimum"),
        ),
        Row::new(
            "linear phase: three bands at work sum flat, 20 Hz to 20 kHz",
            Bound::AtMost(0.001),
            "dB",
            flat("linear"),
        ),
        Row::new("linear phase: null against the input", Bound::AtMost(-140.0), "dB", null),
    ]
}

/// Largest deviation of an impulse response's level from that of an impulse of `level`. What rings behind the end of
/// the input is left out: it is a second and a half after the impulse.
fn ripple(samples: &[f64], level: f64) -> f64 {
    let samples = &samples[..samples.len().min(POINTS)];
    let mut fft = RealFft::new(samples.len());
    let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(samples, &mut bins);
    let hz = |bin: usize| bin as f64 * f64::from(RATE) / samples.len() as f64;
    let inside = bins.iter().enumerate().filter(|(bin, _)| (20.0..=20_000.0).contains(&hz(*bin)));
    inside.map(|(_, bin)| db(libm::hypot(bin.re, bin.im) / level).abs()).fold(0.0, f64::max)
}
