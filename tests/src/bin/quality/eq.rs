//! The equaliser against the analogue prototype, by impulses through files.

use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::session::StageSettings;

use crate::bench::{Bench, Set, stage, with_row};
use crate::table::{Bound, Result, Row};
use crate::tone::{amplitude, db};
use crate::wave::Wave;

const RATE: u32 = 44_100;
const POINTS: usize = 1 << 17;

/// A band of the prototype.
#[derive(Debug, Clone, Copy)]
struct Band {
    kind: &'static str,
    hz: f64,
    q: f64,
    gain_db: f64,
    slope: &'static str,
}

/// All rows: each shape at its worst setting.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["bell", "low_shelf", "high_shelf", "tilt", "high_pass", "low_pass", "notch", "band_pass"] {
        let mut worst = (0.0, String::new());
        let mut result = Result::NotBuilt;
        for band in bands(kind, bench.quick) {
            let Some(stage) = equaliser("minimum", band) else { break };
            match response(bench, stage) {
                Err(why) => {
                    result = Result::Broken(why);
                    break;
                }
                Ok(spectrum) => {
                    let (off, hz) = deviation(&spectrum, band);
                    if off > worst.0 {
                        worst = (
                            off,
                            format!(
                                "{:.0} Hz, Q {}, {} dB, {} dB/oct: at {hz:.0} Hz",
                                band.hz, band.q, band.gain_db, band.slope
                            ),
                        );
                    }
                    result = Result::Measured(worst.0);
                }
            }
        }
        let mut row =
            Row::new(format!("{kind} against the prototype at 44.1 kHz, to 20 kHz"), Bound::AtMost(0.02), "dB", result)
                .aim(0.005)
                .note(worst.1);
        if kind == "bell" {
            row = row
                .peer("sox equalizer 16 kHz Q 1 +6 dB", peer(bench, true))
                .peer("ffmpeg equalizer, the same", peer(bench, false));
        }
        rows.push(row);
    }
    rows.push(linear_phase(bench));
    rows
}

fn bands(kind: &'static str, quick: bool) -> Vec<Band> {
    let frequencies: &[f64] =
        if quick { &[100.0, 5000.0, 16_000.0] } else { &[20.0, 100.0, 1000.0, 5000.0, 10_000.0, 16_000.0, 20_000.0] };
    let band = |hz, q, gain_db, slope| Band { kind, hz, q, gain_db, slope };
    frequencies
        .iter()
        .flat_map(|hz| match kind {
            "bell" => vec![band(*hz, 1.0, 6.0, "12"), band(*hz, 10.0, -12.0, "12"), band(*hz, 0.3, 12.0, "12")],
            "low_shelf" | "high_shelf" => vec![band(*hz, 0.71, 6.0, "12"), band(*hz, 1.5, -12.0, "12")],
            "tilt" => vec![band(*hz, 0.71, 6.0, "12")],
            "notch" | "band_pass" => vec![band(*hz, 1.0, 0.0, "12"), band(*hz, 5.0, 0.0, "12")],
            _ => ["6", "12", "24", "96"].map(|slope| band(*hz, std::f64::consts::FRAC_1_SQRT_2, 0.0, slope)).to_vec(),
        })
        .collect()
}

/// The stage; parameters that an older table does not have are left out only where they are at rest.
fn equaliser(phase: &str, band: Band) -> Option<StageSettings> {
    let empty = if phase == "minimum" { stage("eq", &[])? } else { stage("eq", &[("phase", Set::Word(phase))])? };
    let settings = [
        ("type", Set::Word(band.kind)),
        ("frequency", Set::Number(band.hz)),
        ("gain", Set::Number(band.gain_db)),
        ("q", Set::Number(band.q)),
        ("slope", Set::Word(band.slope)),
    ];
    with_row(empty, "band", &settings)
}

fn response(bench: &Bench, stage: StageSettings) -> std::result::Result<Vec<Complex<f64>>, String> {
    Ok(transformed(&bench.process(&impulse(), &[stage], &[])?))
}

/// In the middle, so that linear phase has room before it.
fn impulse() -> Wave {
    let mut samples = vec![0.0; POINTS];
    samples[POINTS / 2] = 1.0;
    Wave::mono(RATE, samples)
}

fn transformed(wave: &Wave) -> Vec<Complex<f64>> {
    let mut fft = RealFft::new(POINTS);
    let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
    let mut samples = wave.first().to_vec();
    samples.resize(POINTS, 0.0);
    samples.rotate_left(POINTS / 2);
    fft.forward(&samples, &mut bins);
    bins
}

fn hertz(bin: usize) -> f64 {
    bin as f64 * f64::from(RATE) / POINTS as f64
}

/// Largest distance in dB where the prototype is above -60 dB, and where.
fn deviation(spectrum: &[Complex<f64>], band: Band) -> (f64, f64) {
    let inside = spectrum.iter().enumerate().filter(|(bin, _)| (20.0..=20_000.0).contains(&hertz(*bin)));
    inside.fold((0.0, 0.0), |worst, (bin, value)| {
        let wanted = prototype(band, hertz(bin));
        let off = (db(libm::hypot(value.re, value.im)) - wanted).abs();
        if wanted > -60.0 && off > worst.0 { (off, hertz(bin)) } else { worst }
    })
}

/// The analogue filter's level in dB at `hz`.
fn prototype(band: Band, hz: f64) -> f64 {
    let w = hz / band.hz;
    let q = band.q;
    let square = |re: f64, im: f64| re * re + im * im;
    let a = amplitude(band.gain_db / 2.0);
    let ratio = match band.kind {
        "bell" => square(1.0 - w * w, w * a / q) / square(1.0 - w * w, w / (a * q)),
        "high_shelf" => a * a * square(1.0 - a * w * w, a.sqrt() / q * w) / square(a - w * w, a.sqrt() / q * w),
        "low_shelf" => a * a * square(a - w * w, a.sqrt() / q * w) / square(1.0 - a * w * w, a.sqrt() / q * w),
        // ±gain at the ends, 0 dB at the pivot.
        "tilt" => square(1.0, a * a * w) / square(a * a, w),
        "notch" => square(1.0 - w * w, 0.0) / square(1.0 - w * w, w / q),
        "band_pass" => square(0.0, w / q) / square(1.0 - w * w, w / q),
        _ => {
            // Butterworth: a sharpness of 0.7071 leaves its sections as they are.
            let order = band.slope.parse::<f64>().unwrap_or(12.0) / 6.0;
            let u = if band.kind == "low_pass" { w } else { 1.0 / w };
            if order == 2.0 { 1.0 / square(1.0 - u * u, u / q) } else { 1.0 / (1.0 + libm::pow(u, 2.0 * order)) }
        }
    };
    10.0 * libm::log10(ratio.max(1e-40))
}

fn linear_phase(bench: &Bench) -> Row {
    let band = Band { kind: "bell", hz: 3000.0, q: 1.0, gain_db: 6.0, slope: "12" };
    let mut note = String::new();
    let result = match equaliser("linear", band).map(|stage| response(bench, stage)) {
        None => Result::NotBuilt,
        Some(Err(why)) => Result::Broken(why),
        Some(Ok(spectrum)) => {
            let inside = spectrum.iter().enumerate().filter(|(bin, _)| (20.0..=20_000.0).contains(&hertz(*bin)));
            let degrees = inside.map(|(bin, value)| (libm::atan2(value.im, value.re).to_degrees().abs(), hertz(bin)));
            let worst = degrees.fold((0.0, 0.0), |worst, here| if here.0 > worst.0 { here } else { worst });
            note = format!("at {:.0} Hz", worst.1);
            Result::Measured(worst.0)
        }
    };
    Row::new("linear phase: bell at 3 kHz, phase from 20 Hz to 20 kHz", Bound::AtMost(0.01), "degrees", result)
        .note(note)
}

fn peer(bench: &Bench, is_sox: bool) -> Option<f64> {
    let band = Band { kind: "bell", hz: 16_000.0, q: 1.0, gain_db: 6.0, slope: "12" };
    let mut input = impulse();
    // Half, so that a rise of 6 dB does not clip integers.
    input.channels[0][POINTS / 2] = 0.25;
    let output = if is_sox {
        bench.sox(&input, "32", &["equalizer", "16000", "1q", "6"], false)?
    } else {
        bench.ffmpeg(&input, "equalizer=f=16000:t=q:w=1:g=6:r=f64", &[])?
    };
    let spectrum: Vec<Complex<f64>> = transformed(&output).into_iter().map(|value| value * 4.0).collect();
    Some(deviation(&spectrum, band).0)
}
