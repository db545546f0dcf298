//! Hum: the mains and its harmonics, found in the pauses of the programme.
//!
//! Long spectra of the mono sum are kept for every moment; a low percentile over time of each line hears what never
//! stops. A comb of 50 or 60 Hz must stand higher than any comb beside them: stationary notes of music stand on combs
//! of their own.

use super::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::{blackman_harris, kaiser, sinc};
use crate::unit::{Frames, SampleRate};

/// The rate that is worked at, about: two and a half times the highest harmonic.
const WORKING_HZ: f64 = 2_800.0;
/// Windows in seconds: short ones hear between notes, long ones see narrower.
const WINDOWS_S: [f64; 2] = [3.0, 12.0];
/// Percentile over time: a line of music is gone in the quietest moments, the mains are not.
const SHARE: f64 = 0.05;
/// What is kept of the spectrum.
const LOW_HZ: f64 = 35.0;
const HIGH_HZ: f64 = 640.0;
/// Mains, and how far a generator or a tape takes them: a quarter of a percent, in steps of 0.01 Hz.
const MAINS: [f64; 2] = [50.0, 60.0];
const SPREAD: f64 = 0.0025;
const STEP_HZ: f64 = 0.01;
/// Combs beside the mains.
const BESIDE_HZ: [f64; 12] = [43.7, 45.3, 46.9, 47.8, 52.3, 53.4, 54.7, 56.3, 57.6, 62.9, 64.7, 66.8];
/// Harmonics.
const HARMONICS: usize = 10;
/// A line scores what it stands above its neighbours by more than this, up to that.
const LEAST_LINE_DB: f64 = 4.0;
const MOST_LINE_DB: f64 = 14.0;
/// Harmonics that must stand out.
const LEAST_HARMONICS: usize = 4;
/// Moments that make a scale heard; and how far the scales may be apart about the mains.
const LEAST_MOMENTS: usize = 4;
const SAME_HZ: f64 = 0.15;
/// The comb beside may score at most this share.
const BESIDE_SHARE: f64 = 0.6;
/// A step of the stored levels, and the lowest: dB.
const LEVEL_STEP: f64 = 0.5;
const LOWEST_DB: f64 = -150.0;

/// Hum of all channels together.
pub struct HumDetector {
    rate: SampleRate,
    frames: u64,
    factor: usize,
    taps: Vec<f64>,
    pending: Vec<f64>,
    scales: Vec<Scale>,
}

/// Spectra of one length of window.
struct Scale {
    hertz: f64,
    window: Vec<f64>,
    fft: RealFft,
    pending: Vec<f64>,
    bins: std::ops::Range<usize>,
    /// Levels of the bins, one row a moment, in steps.
    rows: Vec<u8>,
}

impl HumDetector {
    /// A detector at a rate.
    pub fn new(rate: SampleRate) -> HumDetector {
        let factor = ((rate.hz() / WORKING_HZ).floor() as usize).max(1);
        let working = rate.hz() / factor as f64;
        // Passes 640 Hz, stops what folds onto it.
        let reach = 8 * factor;
        let cut = 1.5 * HIGH_HZ / rate.hz();
        let tap = |n: usize| {
            let place = n as f64 - reach as f64;
            2.0 * cut * sinc(2.0 * cut * place) * kaiser(place / (reach as f64 + 1.0), 9.0)
        };
        HumDetector {
            rate,
            frames: 0,
            factor,
            taps: (0..=2 * reach).map(tap).collect(),
            pending: vec![0.0; reach],
            scales: WINDOWS_S.iter().map(|seconds| Scale::new(working, *seconds)).collect(),
        }
    }

    /// Looks at the next finite block.
    pub fn process(&mut self, block: &Block) {
        self.frames += block.frames() as u64;
        let channels = block.channels().max(1) as f64;
        let held = self.pending.len();
        self.pending.resize(held + block.frames(), 0.0);
        for samples in block.iter() {
            self.pending[held..].iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample);
        }
        self.pending[held..].iter_mut().for_each(|sum| *sum /= channels);
        let mut start = 0;
        let mut slow = Vec::new();
        while start + self.taps.len() <= self.pending.len() {
            let part = &self.pending[start..start + self.taps.len()];
            slow.push(part.iter().zip(&self.taps).map(|(sample, tap)| sample * tap).sum());
            start += self.factor;
        }
        self.pending.drain(..start);
        self.scales.iter_mut().for_each(|scale| scale.process(&slow));
    }

    /// Ends the search.
    pub fn finish(self, thresholds: &Thresholds) -> Option<Finding> {
        let heard: Vec<&Scale> = self.scales.iter().filter(|scale| scale.moments() >= LEAST_MOMENTS).collect();
        let combs: Option<Vec<Comb>> = heard.iter().map(|scale| scale.comb(thresholds.hum.0)).collect();
        let combs = combs?;
        let best = combs.iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
        // Long windows alone see the partials of a drone as well; and one of the two must see nothing like it beside.
        let together = combs.iter().all(|comb| (comb.hertz - best.hertz).abs() <= SAME_HZ);
        let apart = combs.iter().any(|comb| comb.beside <= BESIDE_SHARE * comb.score);
        if !together || !apart {
            return None;
        }
        let sure = 1.0 - 0.5 * (best.beside / best.score).min(1.0);
        Some(
            Finding::new(Kind::Hum, Severity::Warn, Frames(0), Frames(self.frames), self.rate)
                .detailed(format!("{:.0} Hz", best.mains))
                .measuring(best.hertz, Some(best.mains), "Hz")
                .gathering(best.harmonics as u64)
                .with_confidence(sure),
        )
    }
}

/// A comb that stands.
struct Comb {
    mains: f64,
    hertz: f64,
    score: f64,
    beside: f64,
    harmonics: usize,
}

impl Scale {
    fn new(rate: f64, seconds: f64) -> Scale {
        let length = (seconds * rate) as usize & !7;
        // Padded to a length of small primes, at least twice the window.
        let padded = length.next_power_of_two() * 2;
        let hertz = rate / padded as f64;
        let bin = |hz: f64| (hz / hertz) as usize;
        Scale {
            hertz,
            window: blackman_harris(length),
            fft: RealFft::new(padded),
            pending: Vec::new(),
            bins: bin(LOW_HZ)..bin(HIGH_HZ),
            rows: Vec::new(),
        }
    }

    fn process(&mut self, samples: &[f64]) {
        self.pending.extend_from_slice(samples);
        while self.pending.len() >= self.window.len() {
            let mut padded: Vec<f64> = self.pending.iter().zip(&self.window).map(|(s, w)| s * w).collect();
            padded.resize(self.fft.length(), 0.0);
            let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
            self.fft.forward(&padded, &mut spectrum);
            let scale = 1.0 / (self.window.len() as f64 * self.window.len() as f64);
            let level = |bin: usize| 10.0 * libm::log10(spectrum[bin].norm_sqr() * scale + 1e-15);
            let step = |bin: usize| ((level(bin) - LOWEST_DB) / LEVEL_STEP).clamp(0.0, 255.0) as u8;
            self.rows.extend(self.bins.clone().map(step));
            self.pending.drain(..self.window.len() / 3);
        }
    }

    /// The comb of the mains, where it stands.
    fn comb(&self, least_db: f64) -> Option<Comb> {
        let levels = self.percentile()?;
        let beside = BESIDE_HZ.iter().flat_map(|hertz| around(*hertz)).map(|hertz| self.score(&levels, hertz).0);
        let beside = beside.fold(0.0, f64::max);
        let mut best: Option<Comb> = None;
        for mains in MAINS {
            for hertz in around(mains) {
                let (score, lines) = self.score(&levels, hertz);
                if best.as_ref().is_none_or(|held| score > held.score) {
                    let harmonics = lines.iter().filter(|line| **line >= least_db).count();
                    best = Some(Comb { mains, hertz, score, beside, harmonics });
                }
            }
        }
        let best = best.filter(|comb| comb.harmonics >= LEAST_HARMONICS)?;
        Some(Comb { hertz: self.refined(&levels, best.hertz, least_db), ..best })
    }

    fn moments(&self) -> usize {
        self.rows.len() / self.bins.len().max(1)
    }

    /// The frequency of a comb from the centres of its lines, each weighed by its order squared: a line of the tenth
    /// harmonic moves ten times as far.
    fn refined(&self, levels: &[f64], hertz: f64, least_db: f64) -> f64 {
        let (_, lines) = self.score(levels, hertz);
        let reach = (2 * self.fft.length() / self.window.len()) as isize;
        let power = |bin: isize| {
            usize::try_from(bin).ok().and_then(|bin| levels.get(bin)).map_or(0.0, |level| libm::pow(10.0, 0.1 * level))
        };
        let (mut sum, mut weights) = (0.0, 0.0);
        for (k, _) in (1..=HARMONICS).zip(&lines).filter(|(_, line)| **line >= least_db) {
            let near = (k as f64 * hertz / self.hertz).round() as isize - self.bins.start as isize;
            let Some(centre) = (near - 1..=near + 1).max_by(|a, b| power(*a).total_cmp(&power(*b))) else { continue };
            let mut beside: Vec<f64> = (centre - 8 * reach..=centre + 8 * reach).map(power).collect();
            beside.sort_by(f64::total_cmp);
            let floor = beside[beside.len() / 2];
            let bins = centre - reach..=centre + reach;
            let (total, moment) = bins.fold((0.0, 0.0), |(total, moment), bin| {
                let above = (power(bin) - floor).max(0.0);
                (total + above, moment + above * (bin + self.bins.start as isize) as f64)
            });
            if total > 0.0 {
                let weight = (k * k) as f64;
                sum += weight * moment / total * self.hertz / k as f64;
                weights += weight;
            }
        }
        if weights > 0.0 { sum / weights } else { hertz }
    }

    /// A low percentile over time of every bin, in dB.
    fn percentile(&self) -> Option<Vec<f64>> {
        let width = self.bins.len();
        let moments = self.moments();
        let of = |bin: usize| {
            let mut steps: Vec<u8> = (0..moments).map(|moment| self.rows[moment * width + bin]).collect();
            steps.sort_unstable();
            LOWEST_DB + LEVEL_STEP * f64::from(steps[(SHARE * (moments - 1) as f64) as usize])
        };
        (moments > 0).then(|| (0..width).map(of).collect())
    }

    /// How far the harmonics of a frequency stand above their neighbours, and the sum of what counts.
    fn score(&self, levels: &[f64], hertz: f64) -> (f64, Vec<f64>) {
        // The main lobe of the window is eight bins of the unpadded transform wide.
        let lobe = 4.0 * self.fft.length() as f64 / self.window.len() as f64;
        let far = (2.5 / self.hertz).max(3.0 * lobe) as isize;
        let line = |k: usize| {
            let centre = (k as f64 * hertz / self.hertz).round() as isize - self.bins.start as isize;
            let at = |bin: isize| usize::try_from(bin).ok().and_then(|bin| levels.get(bin)).copied();
            let top = (centre - 1..=centre + 1).filter_map(at).fold(f64::MIN, f64::max);
            let near = (centre - far..=centre + far).filter(|bin| (bin - centre).abs() > lobe as isize);
            let mut floor: Vec<f64> = near.filter_map(at).collect();
            floor.sort_by(f64::total_cmp);
            floor.get(floor.len() / 2).map_or(0.0, |floor| top - floor)
        };
        let lines: Vec<f64> = (1..=HARMONICS).map(line).collect();
        (lines.iter().map(|line| (line - LEAST_LINE_DB).clamp(0.0, MOST_LINE_DB)).sum(), lines)
    }
}

fn around(hertz: f64) -> impl Iterator<Item = f64> {
    let steps = (SPREAD * hertz / STEP_HZ) as i32;
    (-steps..=steps).map(move |step| hertz + STEP_HZ * f64::from(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    /// Noise, and over it the mains with six harmonics.
    fn found(mains: f64, level: f64) -> Option<Finding> {
        let mut state = 3u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let rate = 8_000.0;
        let value = |n: usize| {
            let turn = std::f64::consts::TAU * mains * n as f64 / rate;
            (1..=6).map(|k| level * libm::sin(f64::from(k) * turn + f64::from(k * k)) / f64::from(k)).sum::<f64>()
        };
        let samples: Vec<f64> = (0..30 * 8_000).map(|n| value(n) + 0.01 * noise()).collect();
        let mut detector = HumDetector::new(SampleRate(8_000));
        samples.chunks(9_999).for_each(|part| detector.process(&Block::from_channels(&[part])));
        detector.finish(&Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap()))
    }

    #[test]
    fn the_mains_are_named_to_a_fiftieth_of_a_hertz() {
        let finding = found(50.06, 0.02).unwrap();
        assert_eq!(finding.detail.as_deref(), Some("50 Hz"));
        assert!((finding.measured.unwrap() - 50.06).abs() < 0.02, "{finding:?}");
    }

    #[test]
    fn noise_and_other_combs_are_no_hum() {
        assert_eq!(found(50.0, 0.0), None);
        assert_eq!(found(55.0, 0.02), None);
    }
}
