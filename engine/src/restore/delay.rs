//! A channel moved in time by any fraction of a sample, and the measure of how much one lies behind another.
//!
//! Band-limited interpolation with a Kaiser window. The measure takes the peak of the correlation for the whole samples and the
//! slope of the cross-spectrum's phase, weighted by its size, for the rest.

use std::ops::Range;

use super::row::{EDGE, number};
use super::{Error, Job, Kind, Method};
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::{hann, kaiser, sinc};
use crate::param::{Table, Unit};
use crate::source::{self, Reader};
use crate::unit::{Frames, SampleRate};

static TABLE: Table = Table {
    id: "delay",
    name: "Delay",
    doc: "Moves channels in time by fractions of a sample, to bring them back to the others.",
    version: 1,
    params: &[
        number(
            "delay",
            "Delay",
            "Samples by which the channels come later; below 0 earlier.",
            Unit::None,
            (-8192.0, 8192.0),
            0.0,
            3,
        ),
        EDGE,
    ],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach, method: Method::Patch(compute) };

/// Taps to either side.
const TAPS: usize = 64;
/// Side lobes 110 dB down; flat up to 0.93 of half the rate.
const BETA: f64 = 11.0;
/// Frames worked at a time.
const BLOCK_FRAMES: u64 = 1 << 15;

fn reach(_: SampleRate) -> Frames {
    Frames(8192 + TAPS as u64 + 1)
}

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let delay = job.task.values.get("delay");
    let edge = (job.task.values.get("edge") * 0.001 * job.rate().hz()).round() as u64;
    let whole = delay.floor();
    let taps = taps(delay - whole);
    let span = job.task.span.clone();
    let channels = job.task.channels.clone();
    let mut place = span.start;
    while place < span.end {
        let count = (span.end - place).min(BLOCK_FRAMES) as usize;
        let here = job.read(place as i64, count)?;
        let moved = job.read(place as i64 - whole as i64 - TAPS as i64, count + 2 * TAPS)?;
        for channel in &channels {
            let (dry, sound) = (here.channel(*channel), moved.channel(*channel));
            let sample = |n: usize| {
                let wet: f64 = match delay == whole {
                    true => sound[n + TAPS],
                    false => taps.iter().zip(&sound[n..]).map(|(tap, sample)| tap * sample).sum(),
                };
                let weight = job.weight(place + n as u64, edge);
                if weight == 1.0 { wet } else { dry[n] + weight * (wet - dry[n]) }
            };
            let samples: Vec<f64> = (0..count).map(sample).collect();
            job.write(*channel, place as i64, &samples)?;
        }
        place += count as u64;
        job.step((place - span.start) as f64 / (span.end - span.start) as f64)?;
    }
    Ok(())
}

/// Taps for a delay of a fraction of a sample: the last belongs to the newest sample.
fn taps(fraction: f64) -> Vec<f64> {
    let mut taps: Vec<f64> = (0..2 * TAPS)
        .map(|index| {
            // Distance of this sample from the point TAPS - fraction.
            let distance = index as f64 - (TAPS as f64 - fraction);
            sinc(distance) * kaiser(distance / TAPS as f64, BETA)
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// How one channel lies to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Samples by which the channel comes after the reference; a `delay` repair of the negative brings it back.
    pub delay: f64,
    /// Whether it fits better with its polarity turned.
    pub inverted: bool,
    /// How alike the two are once aligned, 0 to 1.
    pub likeness: f64,
}

/// Samples of one transform of the measure.
const LENGTH: usize = 1 << 15;
/// Transforms that are averaged at most: 24 s at 44.1 kHz, spread over the span.
const MOST_PARTS: u64 = 64;

/// How far `channel` lies behind `reference` over a span: up to 8192 samples either way. `None` where one of them is silent or the
/// span is too short.
///
/// # Errors
/// A source that cannot be read.
pub fn measure_delay(
    reader: &mut dyn Reader,
    reference: usize,
    channel: usize,
    span: Range<u64>,
) -> Result<Option<Alignment>, source::Error> {
    let parts = (span.end.saturating_sub(span.start) / LENGTH as u64).min(MOST_PARTS);
    if parts == 0 || reference.max(channel) >= reader.layout().channels() {
        return Ok(None);
    }
    let stride = (span.end - span.start) / parts;
    let mut fft = RealFft::new(LENGTH);
    let window = hann(LENGTH);
    let mut cross = vec![Complex::new(0.0, 0.0); fft.bins()];
    let mut block = Block::new(reader.layout().channels(), LENGTH);
    let mut powers = [0.0; 2];
    for part in 0..parts {
        reader.read(span.start + part * stride, &mut block)?;
        let mut spectra = [reference, channel].map(|index| {
            let windowed: Vec<f64> =
                block.channel(index).iter().zip(&window).map(|(sample, weight)| sample * weight).collect();
            let mut spectrum = cross.clone();
            fft.forward(&windowed, &mut spectrum);
            spectrum
        });
        let [one, other] = &mut spectra;
        for ((sum, one), other) in cross.iter_mut().zip(one.iter()).zip(other.iter()) {
            *sum += other * one.conj();
        }
        for (power, spectrum) in powers.iter_mut().zip(&spectra) {
            *power += spectrum.iter().map(|bin| bin.norm_sqr()).sum::<f64>();
        }
    }
    let size = (powers[0] * powers[1]).sqrt();
    if size.is_nan() || size <= f64::MIN_POSITIVE {
        return Ok(None);
    }
    Ok(Some(alignment(&mut fft, &cross, size)))
}

/// Peaks of the correlation that are looked at closely: tones are alike once every period.
const CANDIDATES: usize = 16;

fn alignment(fft: &mut RealFft, cross: &[Complex<f64>], size: f64) -> Alignment {
    let mut correlation = vec![0.0; LENGTH];
    // Offsets and rumble are alike whatever the delay.
    let mut spectrum = cross.to_vec();
    spectrum[..LENGTH / 1024].fill(Complex::new(0.0, 0.0));
    fft.inverse(&spectrum, &mut correlation);
    let reach = 8192i64;
    let at = |lag: i64| correlation[lag.rem_euclid(LENGTH as i64) as usize].abs();
    let mut peaks: Vec<i64> =
        (-reach..=reach).filter(|lag| at(*lag) >= at(lag - 1) && at(*lag) >= at(lag + 1)).collect();
    peaks.sort_by(|a, b| at(*b).total_cmp(&at(*a)).then(a.abs().cmp(&b.abs())));
    peaks.truncate(CANDIDATES);
    let close = peaks.into_iter().map(|whole| {
        let inverted = correlation[whole.rem_euclid(LENGTH as i64) as usize] < 0.0;
        let delay = whole as f64 + fraction(&spectrum, whole, inverted);
        (aligned(&spectrum, delay).abs(), Alignment { delay, inverted, likeness: 0.0 })
    });
    let best = close.max_by(|a, b| a.0.total_cmp(&b.0));
    let (sum, found) = best.unwrap_or((0.0, Alignment { delay: 0.0, inverted: false, likeness: 0.0 }));
    Alignment { likeness: (sum / size).min(1.0), ..found }
}

/// What phase is left after the whole samples grows with frequency: its slope is the fraction.
fn fraction(spectrum: &[Complex<f64>], whole: i64, inverted: bool) -> f64 {
    let sign = if inverted { -1.0 } else { 1.0 };
    let (mut slope, mut weights) = (0.0, 0.0);
    for (bin, value) in spectrum.iter().enumerate() {
        let omega = 2.0 * std::f64::consts::PI * bin as f64 / LENGTH as f64;
        let turned = value * Complex::new(libm::cos(omega * whole as f64), libm::sin(omega * whole as f64)) * sign;
        let weight = turned.norm();
        slope += weight * omega * -libm::atan2(turned.im, turned.re);
        weights += weight * omega * omega;
    }
    if weights > 0.0 { (slope / weights).clamp(-1.0, 1.0) } else { 0.0 }
}

/// The correlation at a delay.
fn aligned(spectrum: &[Complex<f64>], delay: f64) -> f64 {
    let turned = spectrum.iter().enumerate().map(|(bin, value)| {
        let angle = 2.0 * std::f64::consts::PI * bin as f64 / LENGTH as f64 * delay;
        value.re * libm::cos(angle) - value.im * libm::sin(angle)
    });
    turned.sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Held, music, read, repaired, task};
    use super::*;

    #[test]
    fn a_delay_is_measured_and_taken_back() {
        let sound = music(150_000);
        let original = Held(vec![sound.0[0].clone(), sound.0[0].clone()]);
        let late = read(&mut repaired(&original, &[task("delay", 0..150_000, &[1], &[("delay", 7.3)])]), 4096);
        let mut late = Held(late);
        let found = measure_delay(&mut late, 0, 1, 0..150_000).unwrap().unwrap();
        assert!((found.delay - 7.3).abs() < 0.01 && !found.inverted && found.likeness > 0.99, "{found:?}");
        let back = read(&mut repaired(&late, &[task("delay", 0..150_000, &[1], &[("delay", -found.delay)])]), 4096);
        let error = (1000..149_000).map(|n| (back[1][n] - sound.0[0][n]).abs()).fold(0.0, f64::max);
        // The noise near half the rate is not carried through twice.
        assert!(error < 2e-3, "{error}");
        let mut turned = late.clone();
        turned.0[1].iter_mut().for_each(|sample| *sample = -*sample);
        assert!(measure_delay(&mut turned, 0, 1, 0..150_000).unwrap().unwrap().inverted);
        assert_eq!(measure_delay(&mut Held(vec![vec![0.0; 99_999]; 2]), 0, 1, 0..99_999).unwrap(), None);
    }

    #[test]
    fn whole_samples_are_exact() {
        let sound = music(20_000);
        let late = read(&mut repaired(&sound, &[task("delay", 0..20_000, &[1], &[("delay", 5.0)])]), 1234);
        assert_eq!(late[1][5..], sound.0[1][..19_995]);
    }
}
