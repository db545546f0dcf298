//! Where a file comes from, by the edge of its spectrum: converted up from a lower rate, or through a lossy encoder.
//!
//! An edge is evidence and not proof: a microphone ends as well, though never within half a kilohertz. A conversion
//! from a lower rate ends at half of it; encoders end at shelves between 15 and 20.2 kHz whatever the rate. The frames
//! of MP3 and AAC are seen without any edge. What cannot be told: Vorbis and Opus that kept the whole band, lossy files
//! that were resampled afterwards, recordings that were cut on purpose.

use super::Thresholds;
use super::grid::{self, Grid};
use super::shaping::Shaping;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::blackman_harris;
use crate::unit::{Frames, SampleRate};

/// Frame of the transform at 44.1 kHz; every second one is looked at.
const FRAME: usize = 4096;
/// Rates that material is converted from.
const RATES: [f64; 5] = [32_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0];
/// A conversion's edge lies between these shares of half its rate.
const CONVERTED: (f64, f64) = (0.9, 1.01);
/// An encoder's edge in Hz.
const ENCODED: (f64, f64) = (14_500.0, 20_400.0);
/// Beside the edge: levels are averages of these, in Hz below and above.
const BELOW_HZ: (f64, f64) = (1200.0, 250.0);
const ABOVE_HZ: (f64, f64) = (350.0, 1300.0);
/// An edge falls by at least this: a microphone's does not, over so few hertz.
const LEAST_DROP_DB: f64 = 22.0;
/// Half as sure as can be at this drop, and the slope of being sure.
const DROP_DB: f64 = 28.0;
const SLOPE_DB: f64 = 3.0;
/// Nothing above the edge stands more than this over what follows it.
const MOST_RETURN_DB: f64 = 12.0;
/// Frames softer than this say nothing: mean power -70 dBFS.
const LEAST_POWER: f64 = 1e-7;
/// Words of more bits may hold shaped ones of as many.
const SHORT_BITS: u32 = 16;
/// Mean square of the window (Harris 1978).
const WINDOW_POWER: f64 = 0.2580;
/// Frames that must have been loud enough.
const LEAST_FRAMES: u64 = 20;

/// The long spectrum of all channels.
pub struct ProvenanceDetector {
    rate: SampleRate,
    frames: u64,
    fft: RealFft,
    window: Vec<f64>,
    pending: Vec<Vec<f64>>,
    /// Mean of the logarithm: a single splash does not fill a gap, nor hold one open.
    levels: Vec<f64>,
    looked: u64,
    shaping: Option<Shaping>,
    grid: Option<Grid>,
}

/// Where a spectrum ends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Edge {
    hertz: f64,
    drop_db: f64,
}

impl ProvenanceDetector {
    /// A detector for `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate) -> ProvenanceDetector {
        let frame = FRAME * super::times(rate);
        let fft = RealFft::new(frame);
        ProvenanceDetector {
            rate,
            frames: 0,
            window: blackman_harris(frame),
            pending: vec![Vec::new(); channels],
            levels: vec![0.0; fft.bins()],
            looked: 0,
            shaping: None,
            grid: Grid::new(rate),
            fft,
        }
    }

    /// Looks for noise shaped at 16 bits as well, in words that are longer.
    pub fn look_for_shaping(&mut self, bits: u32) {
        self.shaping = if bits > SHORT_BITS { Shaping::new(self.rate, self.fft.length()) } else { None };
    }

    /// Looks at the next finite block.
    pub fn process(&mut self, block: &Block) {
        self.frames += block.frames() as u64;
        if let Some(grid) = &mut self.grid {
            grid.process(block);
        }
        let length = self.fft.length();
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
        for (pending, samples) in self.pending.iter_mut().zip(block.iter()) {
            pending.extend_from_slice(samples);
            let mut start = 0;
            while start + 2 * length <= pending.len() {
                let part = &pending[start..start + length];
                start += 2 * length;
                let power = part.iter().map(|sample| sample * sample).sum::<f64>() / length as f64;
                if power < LEAST_POWER {
                    continue;
                }
                let windowed: Vec<f64> = part.iter().zip(&self.window).map(|(s, w)| s * w).collect();
                self.fft.forward(&windowed, &mut spectrum);
                for (level, bin) in self.levels.iter_mut().zip(&spectrum) {
                    *level += 10.0 * libm::log10(bin.norm_sqr() / (length * length) as f64 + 1e-18);
                }
                self.looked += 1;
                if let Some(shaping) = &mut self.shaping {
                    let scale = 2.0 / (self.rate.hz() * WINDOW_POWER * length as f64);
                    shaping.look(|bin| scale * spectrum[bin].norm_sqr());
                }
            }
            pending.drain(..start);
        }
    }

    /// Ends the search.
    pub fn finish(self, thresholds: &Thresholds) -> Vec<Finding> {
        let shaped = self.shaping.as_ref().and_then(Shaping::floor).map(|(floor, sure)| {
            Finding::new(Kind::NoiseShaped, Severity::Info, Frames(0), Frames(self.frames), self.rate)
                .measuring(floor, None, "dBFS/Hz")
                .with_confidence(sure)
        });
        let ended = self.ended(thresholds);
        let seen = self.grid.as_ref().and_then(Grid::seen).filter(|seen| seen.sure >= thresholds.lossy_origin);
        let Some(seen) = seen else { return ended.into_iter().chain(shaped).collect() };
        // Both kinds of evidence are told as one; the grid names the encoder.
        let coded = match ended.clone().filter(|finding| finding.kind == Kind::LossyOrigin) {
            Some(shelf) => {
                let sure = seen.sure.max(shelf.confidence);
                shelf.detailed(format!("{} frames, shelf", seen.coder)).with_confidence(sure)
            }
            None => Finding::new(Kind::LossyOrigin, Severity::Info, Frames(0), Frames(self.frames), self.rate)
                .detailed(format!("{} frames", seen.coder))
                .measuring(seen.deviations, Some(grid::HALF_SURE), "sigma")
                .with_confidence(seen.sure),
        };
        let other = ended.filter(|finding| finding.kind != Kind::LossyOrigin);
        other.into_iter().chain([coded]).chain(shaped).collect()
    }

    /// Where the spectrum ends, as a finding.
    fn ended(&self, thresholds: &Thresholds) -> Option<Finding> {
        let edge = self.edge()?;
        let sure = 1.0 / (1.0 + libm::exp(-(edge.drop_db - DROP_DB) / SLOPE_DB));
        let (kind, limit, detail) = self.source(edge.hertz)?;
        let least = match kind {
            Kind::Upsampled => thresholds.upsampled,
            _ => thresholds.lossy_origin,
        };
        let finding = Finding::new(kind, Severity::Info, Frames(0), Frames(self.frames), self.rate)
            .detailed(detail)
            .measuring(edge.hertz, Some(limit), "Hz")
            .with_confidence(sure);
        (sure >= least).then_some(finding)
    }

    /// What ends there: the kind, the band the rate has room for, and in words from where.
    fn source(&self, hertz: f64) -> Option<(Kind, f64, String)> {
        let half = 0.5 * self.rate.hz();
        let encoded = (ENCODED.0..ENCODED.1).contains(&hertz);
        let converted = RATES.into_iter().find(|rate| {
            let share = hertz / (0.5 * rate);
            rate + 1000.0 < self.rate.hz() && (CONVERTED.0..CONVERTED.1).contains(&share)
        });
        // At 44.1 and 48 kHz a shelf at 16 kHz is an encoder's: nobody converts from 32 kHz any more.
        let usual = self.rate.hz() <= 48_000.0;
        match converted.filter(|rate| !(encoded && usual && *rate < 44_000.0)) {
            Some(rate) => Some((Kind::Upsampled, half, format!("from {} Hz", rate as u32))),
            None if encoded => Some((Kind::LossyOrigin, half, "shelf".into())),
            None => None,
        }
    }

    /// The steepest fall from music to nothing.
    fn edge(&self) -> Option<Edge> {
        if self.looked < LEAST_FRAMES {
            return None;
        }
        let per_bin = self.rate.hz() / self.fft.length() as f64;
        let bins = |hz: f64| (hz / per_bin) as usize;
        let mean = |range: std::ops::Range<usize>| {
            let part = &self.levels[range];
            part.iter().sum::<f64>() / part.len().max(1) as f64 / self.looked as f64
        };
        let last = self.levels.len() - bins(300.0);
        let mut best: Option<Edge> = None;
        for at in bins(10_000.0)..last.saturating_sub(bins(ABOVE_HZ.0)) {
            let above = at + bins(ABOVE_HZ.0)..(at + bins(ABOVE_HZ.1)).min(last);
            let floor = mean(above.clone());
            let drop_db = mean(at - bins(BELOW_HZ.0)..at - bins(BELOW_HZ.1)) - floor;
            if drop_db < LEAST_DROP_DB || best.is_some_and(|held| held.drop_db >= drop_db) {
                continue;
            }
            let width = above.len().max(1);
            let returns = (above.end..last.saturating_sub(width)).step_by(width).map(|from| mean(from..from + width));
            if returns.fold(f64::MIN, f64::max) <= floor + MOST_RETURN_DB {
                best = Some(Edge { hertz: at as f64 * per_bin, drop_db });
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::dither::{Dither, Quantiser};
    use crate::profile;

    /// Noise that ends at a frequency, with a floor of 16 bits.
    fn found(ends_hz: f64, rate: u32) -> Option<(Kind, Option<String>)> {
        let mut state = 9u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let cut = ends_hz / f64::from(rate);
        let reach = 200.0;
        let taps: Vec<f64> = (-200..=200)
            .map(|n| 2.0 * cut * crate::dsp::window::sinc(2.0 * cut * f64::from(n)))
            .zip(-200..=200)
            .map(|(tap, n)| tap * crate::dsp::window::kaiser(f64::from(n) / (reach + 1.0), 8.0))
            .collect();
        let white: Vec<f64> = (0..480_000).map(|_| 0.3 * noise()).collect();
        let samples: Vec<f64> = white
            .windows(taps.len())
            .map(|part| part.iter().zip(&taps).map(|(s, t)| s * t).sum::<f64>() + noise() / 32_768.0)
            .collect();
        let mut detector = ProvenanceDetector::new(1, SampleRate(rate));
        detector.process(&Block::from_channels(&[samples]));
        let thresholds = Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap());
        detector.finish(&thresholds).into_iter().next().map(|finding| (finding.kind, finding.detail))
    }

    /// Music in 24 bits that was 16 bits once, turned down by a quarter of a decibel.
    fn shaped(dither: Dither) -> Vec<Kind> {
        let mut state = 5u64;
        let mut last = [0.0f64; 5];
        let music = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let white = (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
            // Falls by 24 dB an octave above 1 kHz, and breathes.
            last[0] = white;
            for pole in 1..last.len() {
                last[pole] += 0.13 * (last[pole - 1] - last[pole]);
            }
            (0.3 + 0.25 * libm::sin(2e-5 * n as f64)) * last[4]
        };
        let samples: Vec<f64> = (0..900_000).map(music).collect();
        let mut block = Block::from_channels(&[samples]);
        let mut quantiser = Quantiser::new(16, dither, SampleRate(44_100), 1, 1).unwrap();
        quantiser.process(0, &mut block);
        let turned: Vec<f64> =
            block.channel(0).iter().map(|s| (0.97 * s * 8_388_608.0).round() / 8_388_608.0).collect();
        let mut detector = ProvenanceDetector::new(1, SampleRate(44_100));
        detector.look_for_shaping(24);
        detector.process(&Block::from_channels(&[turned]));
        let thresholds = Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap());
        detector.finish(&thresholds).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn shaped_sixteen_bits_are_known_after_a_gain_and_plain_noise_is_not_taken_for_them() {
        for dither in [Dither::ShapedStandard, Dither::ShapedStrong] {
            assert_eq!(shaped(dither), [Kind::NoiseShaped], "{dither:?}");
        }
        assert_eq!(shaped(Dither::Tpdf), []);
    }

    #[test]
    fn edges_name_their_source() {
        assert_eq!(found(21_500.0, 96_000), Some((Kind::Upsampled, Some("from 44100 Hz".into()))));
        assert_eq!(found(16_000.0, 44_100), Some((Kind::LossyOrigin, Some("shelf".into()))));
        assert_eq!(found(22_000.0, 44_100), None);
    }
}
