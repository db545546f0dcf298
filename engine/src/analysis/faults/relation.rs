//! What one channel is to the other: polarity, balance, delay, phase; one of them silent, both of them the same.
//!
//! The cross-spectrum of the pair is followed in blocks of a quarter of a second. A fault of the path (a swapped wire,
//! a gain, a late converter) changes it in every band at once and by the same sign, gain or delay; an arrangement moves
//! some bands. The delay is the peak of the generalised cross-correlation with phase transform (Knapp and Carter 1976).

mod course;

use super::Thresholds;
use super::threshold::LOW_BAND;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;
use crate::unit::{Frames, SampleRate};

use course::Course;

/// Frame of the transform at 44.1 kHz, two hops to a frame.
const FRAME: usize = 4096;
/// Hops in a block.
const HOPS: usize = 5;
/// Edges of the bands in Hz.
const EDGES: [f64; 13] =
    [40.0, 100.0, 200.0, 400.0, 700.0, 1100.0, 1600.0, 2400.0, 3500.0, 5000.0, 7000.0, 10_000.0, 15_000.0];
/// Bands of a block.
const BANDS: usize = EDGES.len() - 1;
/// Mean power of a block's bin under which there is nothing to compare: about -80 dBFS.
const LEAST_POWER: f64 = 1e-8;
/// Delays are looked for up to this.
const MOST_DELAY_S: f64 = 0.025;

/// The relation of the first two channels of a signal.
pub struct RelationDetector {
    rate: SampleRate,
    frame: usize,
    fft: RealFft,
    window: Vec<f64>,
    pending: [Vec<f64>; 2],
    hops: usize,
    cross: Vec<Complex<f64>>,
    powers: [Vec<f64>; 2],
    blocks: Vec<Moment>,
    frames: u64,
    loud: [bool; 2],
    differs: bool,
}

/// One block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moment {
    /// Power of each channel in each band.
    pub(super) left: [f32; BANDS],
    pub(super) right: [f32; BANDS],
    /// Real part of the cross-spectrum in each band.
    pub(super) cross: [f32; BANDS],
    /// The same three below 150 Hz.
    pub(super) low: [f32; 3],
    /// Frames that the right channel is later, where the correlation is highest in size.
    pub(super) lag: f32,
    /// The correlation there, -1 to 1.
    pub(super) height: f32,
    /// Whether both channels sound.
    pub(super) sounds: bool,
}

impl RelationDetector {
    /// A detector at a rate.
    pub fn new(rate: SampleRate) -> RelationDetector {
        let frame = FRAME * super::times(rate);
        let fft = RealFft::new(frame);
        let bins = fft.bins();
        RelationDetector {
            rate,
            frame,
            fft,
            window: hann(frame),
            pending: [Vec::new(), Vec::new()],
            hops: 0,
            cross: vec![Complex::new(0.0, 0.0); bins],
            powers: [vec![0.0; bins], vec![0.0; bins]],
            blocks: Vec::new(),
            frames: 0,
            loud: [false; 2],
            differs: false,
        }
    }

    /// Looks at the next finite block; of fewer than two channels nothing is asked.
    pub fn process(&mut self, block: &Block) {
        if block.channels() < 2 {
            return;
        }
        self.frames += block.frames() as u64;
        self.differs |= block.channel(0) != block.channel(1);
        for channel in 0..2 {
            self.loud[channel] |= block.channel(channel).iter().any(|sample| *sample != 0.0);
            self.pending[channel].extend_from_slice(block.channel(channel));
        }
        let mut start = 0;
        while start + self.frame <= self.pending[0].len() {
            self.hop(start);
            start += self.frame / 2;
        }
        self.pending.iter_mut().for_each(|pending| drop(pending.drain(..start)));
    }

    /// Ends the search.
    pub fn finish(self, thresholds: &Thresholds) -> Vec<Finding> {
        let whole = |kind, severity| Finding::new(kind, severity, Frames(0), Frames(self.frames), self.rate);
        match self.loud {
            [false, false] => return Vec::new(),
            [true, false] => return vec![whole(Kind::DeadChannel, Severity::Warn).in_channel(1)],
            [false, true] => return vec![whole(Kind::DeadChannel, Severity::Warn).in_channel(0)],
            _ if !self.differs => return vec![whole(Kind::DualMono, Severity::Info)],
            _ => {}
        }
        let course = Course { rate: self.rate, frames: self.frames, hop: self.block_frames(), blocks: &self.blocks };
        course.findings(thresholds)
    }

    fn block_frames(&self) -> u64 {
        (HOPS * self.frame / 2) as u64
    }

    fn hop(&mut self, start: usize) {
        let frame = start..start + self.frame;
        let spectra: [Vec<Complex<f64>>; 2] = std::array::from_fn(|channel| {
            let samples = &self.pending[channel][frame.clone()];
            let windowed: Vec<f64> = samples.iter().zip(&self.window).map(|(sample, weight)| sample * weight).collect();
            let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
            self.fft.forward(&windowed, &mut spectrum);
            spectrum
        });
        let scale = 8.0 / (3.0 * self.frame as f64 * self.frame as f64 * HOPS as f64);
        for bin in 0..spectra[0].len() {
            let (left, right) = (spectra[0][bin], spectra[1][bin]);
            self.cross[bin] += left.conj() * right * scale;
            self.powers[0][bin] += left.norm_sqr() * scale;
            self.powers[1][bin] += right.norm_sqr() * scale;
        }
        self.hops += 1;
        if self.hops == HOPS {
            let moment = self.moment();
            self.blocks.push(moment);
            self.hops = 0;
            self.cross.fill(Complex::new(0.0, 0.0));
            self.powers.iter_mut().for_each(|power| power.fill(0.0));
        }
    }

    fn moment(&mut self) -> Moment {
        let bin = |hz: f64| ((hz * self.frame as f64 / self.rate.hz()).round() as usize).clamp(1, self.cross.len());
        let band = |low: f64, high: f64| bin(low)..bin(high).max(bin(low));
        let of = |values: &[f64], low: f64, high: f64| values[band(low, high)].iter().sum::<f64>() as f32;
        let real = |low: f64, high: f64| self.cross[band(low, high)].iter().map(|c| c.re).sum::<f64>() as f32;
        let [left, right] = &self.powers;
        let mut moment = Moment {
            left: std::array::from_fn(|b| of(left, EDGES[b], EDGES[b + 1])),
            right: std::array::from_fn(|b| of(right, EDGES[b], EDGES[b + 1])),
            cross: std::array::from_fn(|b| real(EDGES[b], EDGES[b + 1])),
            low: [of(left, 20.0, LOW_BAND.0), of(right, 20.0, LOW_BAND.0), real(20.0, LOW_BAND.0)],
            ..Moment::default()
        };
        let power = |values: &[f32]| f64::from(values.iter().sum::<f32>());
        moment.sounds = power(&moment.left) > LEAST_POWER && power(&moment.right) > LEAST_POWER;
        if moment.sounds {
            (moment.lag, moment.height) = self.lag();
        }
        moment
    }

    /// Where the phase-transformed correlation is highest in size, and its value there.
    fn lag(&mut self) -> (f32, f32) {
        let (low, high) = (EDGES[0], EDGES[BANDS]);
        let bin = |hz: f64| ((hz * self.frame as f64 / self.rate.hz()).round() as usize).max(1);
        let range = bin(low)..bin(high).min(self.cross.len());
        let loudest = self.powers[0][range.clone()].iter().fold(0.0f64, |most, power| most.max(*power));
        let mut weighted = vec![Complex::new(0.0, 0.0); self.cross.len()];
        let mut total = 0.0;
        for k in range {
            let (left, right, cross) = (self.powers[0][k], self.powers[1][k], self.cross[k]);
            // What is 70 dB under the loudest bin is leakage of the window and rounding.
            if left < 1e-7 * loudest || left * right <= 0.0 {
                continue;
            }
            let coherence = (cross.norm_sqr() / (left * right)).min(1.0);
            let size = cross.norm();
            if size > 0.0 {
                weighted[k] = cross / size * coherence;
                total += coherence;
            }
        }
        if total <= 0.0 {
            return (0.0, 0.0);
        }
        let mut correlation = vec![0.0; self.frame];
        self.fft.inverse(&weighted, &mut correlation);
        let most = (MOST_DELAY_S * self.rate.hz()) as usize;
        let at = |lag: isize| correlation[lag.rem_euclid(self.frame as isize) as usize];
        let lags = -(most as isize)..=most as isize;
        let best = lags.max_by(|a, b| at(*a).abs().total_cmp(&at(*b).abs())).unwrap_or(0);
        // Both halves of the spectrum count in the inverse.
        (best as f32, (at(best) / (2.0 * total)) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    fn noise(seed: u64, frames: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            0.2 * ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
        };
        (0..frames).map(|_| next()).collect()
    }

    /// A common signal and a little of each channel's own.
    fn stereo(frames: usize) -> [Vec<f64>; 2] {
        let centre = noise(1, frames);
        [2, 3].map(|seed| centre.iter().zip(noise(seed, frames)).map(|(c, own)| c + 0.3 * own).collect())
    }

    fn found(channels: &[Vec<f64>; 2]) -> Vec<Finding> {
        let mut detector = RelationDetector::new(SampleRate(44_100));
        for start in (0..channels[0].len()).step_by(10_000) {
            let end = (start + 10_000).min(channels[0].len());
            detector.process(&Block::from_channels(&[&channels[0][start..end], &channels[1][start..end]]));
        }
        detector.finish(&Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap()))
    }

    fn kinds(channels: &[Vec<f64>; 2]) -> Vec<Kind> {
        found(channels).iter().map(|finding| finding.kind).collect()
    }

    const SPAN: std::ops::Range<usize> = 300_000..500_000;

    #[test]
    fn faults_of_a_stretch_are_named() {
        assert_eq!(kinds(&stereo(800_000)), []);
        let mut inverted = stereo(800_000);
        inverted[1][SPAN].iter_mut().for_each(|s| *s = -*s);
        let finding = &found(&inverted)[0];
        assert_eq!(finding.kind, Kind::Polarity);
        assert!(finding.start_frame.0.abs_diff(300_000) < 22_050 && (finding.end_s.0 - 11.34).abs() < 0.5);
        let mut louder = stereo(800_000);
        louder[0][SPAN].iter_mut().for_each(|s| *s *= 1.5);
        let finding = &found(&louder)[0];
        assert_eq!(finding.kind, Kind::Imbalance);
        assert!((finding.measured.unwrap() + 3.52).abs() < 0.2, "{finding:?}");
        let mut late = stereo(800_000);
        let source = late[1].clone();
        late[1][SPAN].copy_from_slice(&source[SPAN.start - 40..SPAN.end - 40]);
        let finding = &found(&late)[0];
        assert_eq!(finding.kind, Kind::Delay);
        assert!((finding.measured.unwrap() - 40.0 / 44.1).abs() < 0.01, "{finding:?}");
    }

    #[test]
    fn faults_of_the_whole_are_named() {
        let [left, right] = stereo(400_000);
        let negative = right.iter().map(|s| -s).collect();
        assert!(kinds(&[left.clone(), negative]).contains(&Kind::Polarity));
        let mut late = vec![0.0; 30];
        late.extend_from_slice(&right[..right.len() - 30]);
        assert_eq!(kinds(&[left.clone(), late]), [Kind::Delay]);
        assert_eq!(kinds(&[left.clone(), left.clone()]), [Kind::DualMono]);
        assert_eq!(kinds(&[left.clone(), vec![0.0; left.len()]]), [Kind::DeadChannel]);
        assert_eq!(kinds(&[vec![0.0; 9000], vec![0.0; 9000]]), []);
    }
}
