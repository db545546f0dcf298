//! What a chain, or one processor of it, does to test signals at a programme's level: the transparency report.
//!
//! Every tone fits a whole and odd number of times into the window that is analysed, so that no window function is
//! needed, and what an overload folds back at half the rate lands beside the harmonics and not on them.
//! THD+N after AES17, the mixed tones after SMPTE RP 120 (60 Hz and 7 kHz, 4:1) and IEC 60268-3 (difference tones,
//! 19 and 20 kHz). A processor that moves its gain is reported as it has settled on the tone.

mod bench;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::{Chain, Setting};
use crate::unit::{Db, Frames, Hertz};
use bench::{Bench, Feed};

/// Tones of the frequency response in each octave.
const TONES_PER_OCTAVE: f64 = 6.0;
/// Lowest tone of the response.
const LOWEST: Hertz = Hertz(20.0);
/// Highest tone of the response, where the rate can hold it.
const HIGHEST: Hertz = Hertz(20_000.0);
/// No tone is nearer to half the rate than this share of the rate.
const EDGE: f64 = 0.46;
/// Where aliases are looked for, as shares of the rate: their second to ninth harmonics fold to different places.
const ALIAS_TONES: [f64; 4] = [0.113, 0.171, 0.233, 0.371];
/// The mixed tones of SMPTE RP 120.
const SMPTE: [Hertz; 2] = [Hertz(60.0), Hertz(7_000.0)];
/// The mixed tones of IEC 60268-3.
const DIFFERENCE: [Hertz; 2] = [Hertz(19_000.0), Hertz(20_000.0)];
/// The tone of the distortion figures.
const TONE: Hertz = Hertz(997.0);

/// Response at one frequency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// The tone.
    pub hz: Hertz,
    /// Output over input.
    pub gain_db: Db,
    /// Phase of the output against the input with the stated latency taken out, -180 to 180 degrees.
    pub phase_degrees: f64,
}

/// The figures of one chain. Ratios are against the tone at the output; `None` where there is nothing to measure
/// (nothing comes out, or the rate cannot hold the tones).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transparency {
    /// Peak of the tones at the input, dBFS.
    pub level_dbfs: Db,
    /// Whether noise at that level comes out bit for bit, only later.
    pub untouched: bool,
    /// Stated delay.
    pub latency_frames: Frames,
    /// Response with all channels in phase.
    pub response: Vec<Point>,
    /// Response to a signal of opposite sign in each second channel; empty where there is one channel.
    pub side_response: Vec<Point>,
    /// Everything but the tone at 997 Hz.
    pub thd_n_db: Option<Db>,
    /// Harmonics 2 to 9 of 997 Hz.
    pub harmonics_db: Vec<Option<Db>>,
    /// Products of 60 Hz and 7 kHz around 7 kHz.
    pub imd_smpte_db: Option<Db>,
    /// Difference products of 19 and 20 kHz.
    pub imd_difference_db: Option<Db>,
    /// The highest product folded back at half the rate, of tones across the range.
    pub alias_db: Option<Db>,
    /// What is at the output beside tone, harmonics and folded products, dBFS; `None` where there is nothing.
    pub noise_dbfs: Option<Db>,
    /// Whether silence comes out as exact silence.
    pub silent: bool,
}

/// Measures a chain. `fresh` builds it anew for each signal; `level` is the peak of the tones in dBFS. Some seconds of
/// sound are processed for each of the tones: workers only. Allocates.
pub fn measure(fresh: &dyn Fn() -> Chain, setting: Setting, level: Db) -> Transparency {
    let bench = Bench::new(fresh, setting, level.amplitude());
    let (harmonics_db, thd_n_db, noise_dbfs) = distortion(&bench);
    let side = setting.layout.channels() > 1;
    Transparency {
        level_dbfs: level,
        untouched: bench.passes_noise(),
        latency_frames: Frames(bench.latency() as u64),
        response: response(&bench, Feed::Alike),
        side_response: if side { response(&bench, Feed::Opposite) } else { Vec::new() },
        thd_n_db,
        harmonics_db,
        imd_smpte_db: smpte(&bench),
        imd_difference_db: difference(&bench),
        alias_db: alias(&bench),
        noise_dbfs,
        silent: bench.keeps_silence(),
    }
}

/// The level that a chain gives a tone of 997 Hz and this level: what the next processor is measured at.
pub fn level_after(fresh: &dyn Fn() -> Chain, setting: Setting, level: Db) -> Db {
    let bench = Bench::new(fresh, setting, level.amplitude());
    let spectrum = bench.spectrum(&[(bench.bin(TONE), 1.0)], Feed::Alike);
    Db::from_amplitude(spectrum.amplitude(bench.bin(TONE)))
}

fn response(bench: &Bench, feed: Feed) -> Vec<Point> {
    let highest = HIGHEST.0.min(EDGE * bench.rate());
    let steps = (TONES_PER_OCTAVE * libm::log2(highest / LOWEST.0)).ceil().max(1.0);
    let mut bins: Vec<usize> = (0..=steps as usize)
        .map(|step| bench.bin(Hertz(LOWEST.0 * libm::pow(highest / LOWEST.0, step as f64 / steps))))
        .collect();
    bins.dedup();
    let point = |bin: usize| {
        let (gain, phase) = bench.spectrum(&[(bin, 1.0)], feed).transfer(bin, bench.level());
        Point { hz: bench.frequency(bin), gain_db: Db::from_amplitude(gain), phase_degrees: phase }
    };
    bins.into_iter().map(point).collect()
}

/// Harmonics 2 to 9, everything but the tone, and what is no product of the tone.
fn distortion(bench: &Bench) -> (Vec<Option<Db>>, Option<Db>, Option<Db>) {
    let bin = bench.bin(TONE);
    let spectrum = bench.spectrum(&[(bin, 1.0)], Feed::Alike);
    let tone = spectrum.power(bin);
    let harmonics = (2..=9).map(|order| ratio(spectrum.power_if_below_half(order * bin)?, tone)).collect();
    let everything = (1..=spectrum.highest()).filter(|other| *other != bin).map(|other| spectrum.power(other)).sum();
    let products: Vec<usize> = (1..=60).map(|order| spectrum.folded(order * bin)).collect();
    let others = (1..=spectrum.highest()).filter(|other| !products.contains(other));
    let noise: f64 = others.map(|other| spectrum.power(other)).sum();
    (harmonics, ratio(everything, tone), (noise > 0.0).then(|| Db(10.0 * libm::log10(noise))))
}

fn smpte(bench: &Bench) -> Option<Db> {
    let [low, high] = SMPTE.map(|tone| bench.bin(tone));
    bench.holds(SMPTE[1]).then_some(())?;
    let spectrum = bench.spectrum(&[(low, 0.8), (high, 0.2)], Feed::Alike);
    let sides = (1..=4).flat_map(|order| [high - order * low, high + order * low]);
    ratio(sides.map(|bin| spectrum.power(bin)).sum(), spectrum.power(high))
}

fn difference(bench: &Bench) -> Option<Db> {
    let [low, high] = DIFFERENCE.map(|tone| bench.bin(tone));
    bench.holds(DIFFERENCE[1]).then_some(())?;
    let spectrum = bench.spectrum(&[(low, 0.5), (high, 0.5)], Feed::Alike);
    let apart = high - low;
    let products = [apart, low - apart].into_iter().chain(spectrum.below_half(high + apart));
    ratio(products.map(|bin| spectrum.power(bin)).sum(), spectrum.power(low) + spectrum.power(high))
}

fn alias(bench: &Bench) -> Option<Db> {
    let worst = |share: f64| {
        let bin = bench.bin(Hertz(share * bench.rate()));
        let spectrum = bench.spectrum(&[(bin, 1.0)], Feed::Alike);
        let folded = (2..=40).map(|order| order * bin).filter(|product| *product > spectrum.highest());
        let folded = folded.map(|product| spectrum.folded(product)).filter(|product| *product % bin != 0);
        ratio(folded.map(|product| spectrum.power(product)).fold(0.0, f64::max), spectrum.power(bin))
    };
    ALIAS_TONES.iter().filter_map(|share| worst(*share)).reduce(|a, b| if a > b { a } else { b })
}

/// A ratio of powers; none where there is no tone or nothing beside it.
fn ratio(part: f64, tone: f64) -> Option<Db> {
    (tone > 0.0 && part > 0.0).then(|| Db(10.0 * libm::log10(part / tone)))
}
