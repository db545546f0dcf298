//! Conversion of the rate: every pair of the usual rates, 64-bit floats in and out.

use crate::bench::Bench;
use crate::table::{Bound, Result, Row};
use crate::tone::{Fit, db, fade, rms, sine};
use crate::wave::Wave;

const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// The worst of all pairs, each with where it was.
#[derive(Default)]
struct Worst {
    ripple: (f64, String),
    distortion: (f64, String),
    fold: (f64, String),
    delay: (f64, String),
    length: (f64, String),
}

fn raise(worst: &mut (f64, String), value: f64, what: impl FnOnce() -> String) {
    if worst.1.is_empty() || value > worst.0 {
        *worst = (value, what());
    }
}

/// All rows.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let mut worst = Worst::default();
    let mut broken = None;
    for from in RATES {
        for to in RATES {
            let is_short = [(96_000, 44_100), (44_100, 96_000), (48_000, 44_100)].contains(&(from, to));
            if from == to || (bench.quick && !is_short) {
                continue;
            }
            let to_text = to.to_string();
            let convert = |input: &Wave| bench.process(input, &[], &["--rate", &to_text]);
            if let Err(why) = judge(from, to, &mut worst, convert) {
                broken = Some(format!("{from} to {to}: {why}"));
            }
        }
    }
    // The peers at the pair that is needed most.
    let mut soxr = Worst::default();
    let filter = "aresample=44100:resampler=soxr:precision=28:out_sample_fmt=dbl";
    let has_soxr =
        judge(96_000, 44_100, &mut soxr, |input| bench.ffmpeg(input, filter, &[]).ok_or("none".into())).is_ok();
    let mut sox = Worst::default();
    let rate = ["rate", "-v", "44100"];
    let has_sox =
        judge(96_000, 44_100, &mut sox, |input| bench.sox(input, "32", &rate, false).ok_or("none".into())).is_ok();
    let peers = |row: Row, of: fn(&Worst) -> f64| {
        row.peer("ffmpeg soxr VHQ (96 to 44.1 kHz)", has_soxr.then(|| of(&soxr)))
            .peer("sox rate -v, 32 bits (96 to 44.1 kHz)", has_sox.then(|| of(&sox)))
    };
    let row = |what: &str, must: f64, unit: &'static str, found: &(f64, String)| {
        let result = broken.clone().map_or(Result::Measured(found.0), Result::Broken);
        Row::new(what, Bound::AtMost(must), unit, result).note(found.1.clone())
    };
    vec![
        peers(row("every pair: ripple to 20 kHz", 0.0001, "dB", &worst.ripple), |w| w.ripple.0),
        peers(row("every pair: THD+N 20 Hz to 20 kHz", -225.0, "dB", &worst.distortion).aim(-235.0), |w| {
            w.distortion.0
        }),
        peers(row("every pair: alias or image from Nyquist + 20 Hz", -210.0, "dB", &worst.fold), |w| w.fold.0),
        peers(row("every pair: delay error", 0.01, "us", &worst.delay), |w| w.delay.0),
        peers(row("every pair: frames too many or too few", 0.0, "frames", &worst.length), |w| w.length.0),
    ]
}

/// Tones in a row, each with faded ends, and the middle of each again behind the conversion.
fn judge(
    from: u32,
    to: u32,
    worst: &mut Worst,
    convert: impl Fn(&Wave) -> std::result::Result<Wave, String>,
) -> std::result::Result<(), String> {
    const LEVEL: f64 = 0.891_250_938_133_745_5;
    // 0.4 s each: 40 ms at either end swell, 0.2 s in the middle are judged.
    let nyquist = f64::from(from.min(to)) / 2.0;
    let inside = [20.0, 100.0, 997.0, 3000.0, 7000.0, 12_000.0, 15_000.0, 18_000.0, 19_000.0, 20_000.0];
    let beyond: Vec<f64> =
        [20.0, 500.0, 2050.0].iter().map(|hz| nyquist + hz).filter(|hz| *hz < 0.499 * f64::from(from)).collect();
    let length = from as usize * 4 / 10;
    let mut samples = Vec::new();
    for hz in inside.iter().chain(&beyond) {
        let mut tone = sine(from, *hz, LEVEL, length);
        fade(&mut tone, from as usize / 25 * 2);
        samples.extend(tone);
    }
    let count = samples.len();
    let output = convert(&Wave::mono(from, samples))?;
    let pair = || format!("{from} to {to} Hz");
    let wanted = (count as u64 * u64::from(to)).div_ceil(u64::from(from));
    raise(&mut worst.length, (output.first().len() as f64 - wanted as f64).abs(), pair);
    for (index, hz) in inside.iter().chain(&beyond).enumerate() {
        // Segments are whole frames at both rates: 0.4 s.
        let start = index * (to as usize * 4 / 10);
        let middle = output.first().get(start + to as usize / 10..start + to as usize * 3 / 10).ok_or("too short")?;
        if index >= inside.len() {
            raise(&mut worst.fold, db(rms(middle) * 2f64.sqrt() / LEVEL), || format!("{hz} Hz, {}", pair()));
            continue;
        }
        let fit = Fit::of(middle, to, *hz, to as usize / 10);
        raise(&mut worst.ripple, db(fit.level / LEVEL).abs(), || format!("{hz} Hz, {}", pair()));
        raise(&mut worst.distortion, fit.distortion_db(), || format!("{hz} Hz, {}", pair()));
        if from < to {
            // Going up, what is left of a tone is its image.
            raise(&mut worst.fold, fit.distortion_db(), || format!("image of {hz} Hz, {}", pair()));
        }
        let delay_us = 1e6 * fit.phase.abs() / (std::f64::consts::TAU * hz);
        if *hz >= 997.0 {
            raise(&mut worst.delay, delay_us, || format!("{hz} Hz, {}", pair()));
        }
    }
    Ok(())
}
