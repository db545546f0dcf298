//! Dither at 16 bits and 44.1 kHz: noise, modulation, audibility, silence.

use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::dsp::window::hann;

use crate::bench::Bench;
use crate::table::{Bound, Result, Row};
use crate::tone::{db, rms, sine};
use crate::wave::Wave;

const RATE: u32 = 44_100;
const POINTS: usize = 16_384;
/// Names of `lacquer process --dither`, and what must hold: total, audible, modulation.
const SETS: [(&str, &str, Bound, Bound, f64); 4] = [
    ("TPDF", "tpdf", Bound::Near(-93.3, 0.05), Bound::Told, 0.1),
    ("shaped, light", "shaped-light", Bound::AtMost(-75.0), Bound::Told, 0.25),
    ("shaped", "shaped-standard", Bound::AtMost(-75.0), Bound::AtMost(-112.0), 0.25),
    ("shaped, strong", "shaped-strong", Bound::AtMost(-69.99), Bound::AtMost(-114.5), 0.25),
];

/// All rows.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let seconds = if bench.quick { 5 } else { 20 };
    let tone = Wave::mono(RATE, sine(RATE, 1000.0, crate::tone::amplitude(-100.0), seconds * RATE as usize));
    let sox_tpdf = bench.sox(&tone, "16", &[], true).map(|output| noise(&tone, &output));
    let sox_shaped = bench.sox(&tone, "16", &["dither", "-f", "shibata"], true).map(|output| noise(&tone, &output));
    let mut rows = Vec::new();
    for (name, id, total, audible, modulation) in SETS {
        let words = ["--bits", "16", "--dither", id];
        let (power, weighted) = match bench.process(&tone, &[], &words) {
            Err(why) => (Result::Broken(why.clone()), Result::Broken(why)),
            Ok(output) => {
                let (power, weighted) = noise(&tone, &output);
                (Result::Measured(power), Result::Measured(weighted))
            }
        };
        let peer = if id == "tpdf" { ("sox dither", sox_tpdf) } else { ("sox shibata", sox_shaped) };
        let peer_of =
            |index: usize| peer.1.map(|(power, weighted)| [power, weighted][index]).filter(|_| id != "shaped-light");
        rows.push(Row::new(format!("{name}: total noise"), total, "dBFS", power).peer(peer.0, peer_of(0)));
        rows.push(
            Row::new(format!("{name}: audible noise (threshold of hearing)"), audible, "dB", weighted)
                .peer(peer.0, peer_of(1)),
        );
        rows.push(Row::new(
            format!("{name}: modulation by DC"),
            Bound::AtMost(modulation),
            "dB",
            modulated(bench, &words),
        ));
    }
    rows.push(Row::new("silence: samples that are not zero", Bound::AtMost(0.0), "", silence(bench)));
    rows
}

/// Noise in dB of a full-scale sine: all of it, and weighted by the threshold of hearing (normalised at 1 kHz).
fn noise(input: &Wave, output: &Wave) -> (f64, f64) {
    let rest: Vec<f64> = output.first().iter().zip(input.first()).map(|(a, b)| a - b).collect();
    let rest = &rest[RATE as usize / 2..rest.len() - RATE as usize / 2];
    let mut fft = RealFft::new(POINTS);
    let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
    let window = hann(POINTS);
    let (mut plain, mut weighted) = (0.0, 0.0);
    for start in (0..rest.len() - POINTS).step_by(POINTS / 4) {
        let part: Vec<f64> = rest[start..start + POINTS].iter().zip(&window).map(|(x, w)| x * w).collect();
        fft.forward(&part, &mut bins);
        for (index, bin) in bins.iter().enumerate() {
            let hz = index as f64 * f64::from(RATE) / POINTS as f64;
            let power = bin.re * bin.re + bin.im * bin.im;
            plain += power;
            weighted += power * weight(hz);
        }
    }
    let total = rms(rest) * 2f64.sqrt();
    (db(total), db(total) + 10.0 * libm::log10(weighted / plain))
}

fn weight(hz: f64) -> f64 {
    let threshold = |k: f64| {
        let ear = 3.64 * libm::pow(k, -0.8) - 6.5 * libm::exp(-0.6 * (k - 3.3) * (k - 3.3)) + 0.001 * libm::pow(k, 4.0);
        ear.min(60.0)
    };
    libm::pow(10.0, (threshold(1.0) - threshold(hz.max(20.0) / 1000.0)) / 10.0)
}

/// Seventeen steps of DC across two steps of the word, 0 left out: largest against smallest noise.
fn modulated(bench: &Bench, words: &[&str]) -> Result {
    let length = if bench.quick { 4 } else { 20 } * RATE as usize;
    let steps: Vec<f64> = (-8..=8).filter(|n| *n != 0).map(|n| f64::from(n) / 8.0 / 32_768.0).collect();
    let input = Wave::mono(RATE, steps.iter().flat_map(|dc| vec![*dc; length]).collect());
    match bench.process(&input, &[], words) {
        Err(why) => Result::Broken(why),
        Ok(output) => {
            let level = |(index, dc): (usize, &f64)| {
                let part = &output.first()[index * length + RATE as usize / 10..(index + 1) * length];
                rms(&part.iter().map(|sample| sample - dc).collect::<Vec<f64>>())
            };
            let levels: Vec<f64> = steps.iter().enumerate().map(level).collect();
            let most = levels.iter().fold(0.0, |most: f64, level| most.max(*level));
            let least = levels.iter().fold(f64::INFINITY, |least: f64, level| least.min(*level));
            Result::Measured(db(most / least))
        }
    }
}

/// A tone, then nothing: what is not zero half a second later, and in a file of silence.
fn silence(bench: &Bench) -> Result {
    let mut samples = vec![0.0; RATE as usize];
    samples.extend(sine(RATE, 997.3, 0.1, RATE as usize));
    samples.extend(vec![0.0; 2 * RATE as usize]);
    match bench.process(&Wave::mono(RATE, samples), &[], &["--bits", "16", "--dither", "shaped-standard"]) {
        Err(why) => Result::Broken(why),
        Ok(output) => {
            let loud =
                |range: std::ops::Range<usize>| output.first()[range].iter().filter(|sample| **sample != 0.0).count();
            let second = RATE as usize;
            Result::Measured((loud(0..second) + loud(second * 5 / 2..4 * second)) as f64)
        }
    }
}
