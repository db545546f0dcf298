//! The background of the pauses: where its level steps, an edit, a gate or another tape begins.
//!
//! Only what is noise by itself counts: a stretch in which every band holds its level and fills its width evenly. A
//! held chord is steady and stands on lines, a decay fills its bands and sinks. Music that never pauses shows no
//! background, and nothing is said about it.

use super::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;
use crate::unit::{Frames, SampleRate};

/// Frame of the transform at 44.1 kHz: 46 ms, one after the other.
const FRAME: usize = 2048;
/// Edges of the bands in Hz.
const EDGES: [f64; 6] = [1000.0, 2000.0, 4000.0, 8000.0, 12_000.0, 16_000.0];
const BANDS: usize = EDGES.len() - 1;
/// A pause lasts this many frames at least: 0.28 s.
const LEAST_FRAMES: usize = 6;
/// And no band leaves its mean by more than this: noise in 46 bins wanders by less than 1 dB.
const STEADY_DB: f64 = 2.5;
/// Nor do its halves differ by more than this: a fade is no pause.
const DRIFT_DB: f64 = 1.0;
/// Its bands are filled evenly: the mean of the logarithms lies at most this far under the mean. White noise of six
/// frames is at 0.4, a slope of 12 dB an octave at 1, a chord beyond 5.
const FLATNESS_DB: f64 = 1.6;
/// Softer than this in every band (mean power, about -115 dBFS) is digital black.
const BLACK_DB: f64 = -115.0;
/// Bands that must step to one side, by half of the limit at least.
const AGREEING: usize = 4;
/// Pauses further apart than this are not compared: an arrangement has changed in between.
const MOST_APART_S: f64 = 30.0;

type Levels = [f64; BANDS];

/// The background of all channels together.
pub struct BackgroundDetector {
    rate: SampleRate,
    fft: RealFft,
    window: Vec<f64>,
    pending: Vec<Vec<f64>>,
    /// Bins of each band.
    bins: Vec<std::ops::Range<usize>>,
    frames: u64,
    run: Run,
    pauses: Vec<Pause>,
}

/// Frames that may become a pause.
#[derive(Default)]
struct Run {
    start: u64,
    levels: Vec<Levels>,
    sums: Levels,
    /// Power of every bin.
    power: Vec<f64>,
}

/// A stretch of nothing but background.
#[derive(Debug, Clone, Copy)]
struct Pause {
    start: u64,
    end: u64,
    levels: Levels,
}

impl BackgroundDetector {
    /// A detector for `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate) -> BackgroundDetector {
        let frame = FRAME * super::times(rate);
        let fft = RealFft::new(frame);
        let bin = |hz: f64| ((hz * frame as f64 / rate.hz()).round() as usize).clamp(1, fft.bins() - 1);
        BackgroundDetector {
            rate,
            window: hann(frame),
            pending: vec![Vec::new(); channels],
            bins: EDGES.windows(2).map(|pair| bin(pair[0])..bin(pair[1])).collect(),
            frames: 0,
            run: Run { power: vec![0.0; fft.bins()], ..Run::default() },
            pauses: Vec::new(),
            fft,
        }
    }

    /// Looks at the next finite block.
    pub fn process(&mut self, block: &Block) {
        for (pending, samples) in self.pending.iter_mut().zip(block.iter()) {
            pending.extend_from_slice(samples);
        }
        let length = self.fft.length();
        let held = self.pending.first().map_or(0, Vec::len);
        let mut power = vec![0.0; self.fft.bins()];
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
        let mut windowed = vec![0.0; length];
        let mut start = 0;
        while start + length <= held {
            power.fill(0.0);
            for pending in &self.pending {
                let samples = &pending[start..start + length];
                for ((out, sample), weight) in windowed.iter_mut().zip(samples).zip(&self.window) {
                    *out = sample * weight;
                }
                self.fft.forward(&windowed, &mut spectrum);
                power.iter_mut().zip(&spectrum).for_each(|(sum, bin)| *sum += bin.norm_sqr());
            }
            self.frame(&power);
            start += length;
        }
        self.pending.iter_mut().for_each(|pending| drop(pending.drain(..start)));
    }

    fn frame(&mut self, power: &[f64]) {
        let length = self.fft.length() as f64;
        let scale = 16.0 / (3.0 * length * length * self.pending.len().max(1) as f64);
        let level =
            |bins: &std::ops::Range<usize>| 10.0 * libm::log10(scale * power[bins.clone()].iter().sum::<f64>() + 1e-15);
        let levels: Levels = std::array::from_fn(|band| self.bins.get(band).map_or(-150.0, level));
        let count = self.run.levels.len() as f64;
        let steady = |(sum, level): (&f64, &f64)| (level - sum / count.max(1.0)).abs() <= STEADY_DB;
        if !self.run.levels.is_empty() && !self.run.sums.iter().zip(&levels).all(steady) {
            self.end_run();
        }
        if self.run.levels.is_empty() {
            self.run.start = self.frames;
        }
        self.run.levels.push(levels);
        self.run.sums.iter_mut().zip(&levels).for_each(|(sum, level)| *sum += level);
        self.run.power.iter_mut().zip(power).for_each(|(sum, power)| *sum += power);
        self.frames += self.fft.length() as u64;
    }

    fn end_run(&mut self) {
        let run = &mut self.run;
        let levels: Levels = std::array::from_fn(|band| run.sums[band] / run.levels.len().max(1) as f64);
        let even = self.bins.iter().all(|bins| flatness(&run.power[bins.clone()]) >= -FLATNESS_DB);
        if run.levels.len() >= LEAST_FRAMES
            && even
            && drift(&run.levels).abs() <= DRIFT_DB
            && levels.iter().any(|level| *level > BLACK_DB)
        {
            self.pauses.push(Pause { start: run.start, end: self.frames, levels });
        }
        run.levels.clear();
        run.sums = [0.0; BANDS];
        run.power.fill(0.0);
    }

    /// Ends the search.
    pub fn finish(mut self, thresholds: &Thresholds) -> Vec<Finding> {
        self.end_run();
        let (limit, rate) = (thresholds.noise_floor.0, self.rate);
        let apart = (MOST_APART_S * rate.hz()) as u64;
        let told = |pair: &[Pause]| {
            let (before, after) = (pair[0], pair[1]);
            let mut steps: Levels = std::array::from_fn(|band| after.levels[band] - before.levels[band]);
            steps.sort_by(f64::total_cmp);
            let step = steps[BANDS / 2];
            let agreeing = steps.iter().filter(|own| **own * step.signum() >= 0.5 * limit).count();
            (step.abs() >= limit && agreeing >= AGREEING && after.start - before.end <= apart).then(|| {
                let (start, end) = (Frames(before.end), Frames(after.start.max(before.end + 1)));
                Finding::new(Kind::NoiseFloor, Severity::Warn, start, end, rate)
                    .measuring(step, Some(limit.copysign(step)), "dB")
                    .with_confidence(agreeing as f64 / BANDS as f64)
            })
        };
        self.pauses.windows(2).filter_map(told).collect()
    }
}

/// How far the later half stands over the earlier, in dB, as mean of the bands.
fn drift(levels: &[Levels]) -> f64 {
    let (early, late) = levels.split_at(levels.len() / 2);
    let mean = |part: &[Levels]| part.iter().flatten().sum::<f64>() / (part.len() * BANDS).max(1) as f64;
    mean(late) - mean(early)
}

/// Mean of the logarithms of powers over the logarithm of their mean, in dB: 0 where all are alike.
fn flatness(powers: &[f64]) -> f64 {
    let number = powers.len().max(1) as f64;
    let mean = powers.iter().sum::<f64>() / number;
    let logs = powers.iter().map(|power| libm::log10(power + 1e-30)).sum::<f64>() / number;
    10.0 * (logs - libm::log10(mean + 1e-30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    fn noise(seed: u64, frames: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..frames).map(|_| next()).collect()
    }

    fn found(samples: &[f64], block: usize) -> Vec<Finding> {
        let mut detector = BackgroundDetector::new(1, SampleRate(44_100));
        samples.chunks(block).for_each(|part| detector.process(&Block::from_channels(&[part])));
        detector.finish(&Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap()))
    }

    /// Hiss of two strengths, the second from 150 000 on, and notes that come and go over it.
    fn tape(first: f64, second: f64) -> Vec<f64> {
        let note = |n: usize| if n / 40_000 % 2 == 1 { 0.2 * libm::sin(0.09 * n as f64) } else { 0.0 };
        let hiss = noise(5, 300_000);
        hiss.iter().enumerate().map(|(n, h)| h * if n < 150_000 { first } else { second } + note(n)).collect()
    }

    #[test]
    fn a_step_of_the_hiss_is_found_and_steady_hiss_is_not() {
        let stepped = found(&tape(0.001, 0.004), 5_000);
        assert_eq!(stepped.len(), 1, "{stepped:?}");
        assert!(stepped[0].start_frame.0 <= 150_000 && stepped[0].end_s.0 * 44_100.0 >= 150_000.0);
        assert!((stepped[0].measured.unwrap() - 12.04).abs() < 1.0, "{stepped:?}");
        assert_eq!(found(&tape(0.001, 0.004), 777), stepped);
        assert_eq!(found(&tape(0.002, 0.002), 5_000), []);
        assert_eq!(found(&vec![0.0; 100_000], 5_000), []);
    }

    #[test]
    fn chords_and_fades_are_no_background() {
        let chord = |n: usize, height: f64| {
            let voices = (1..20).map(|k| libm::sin(0.02 * f64::from(k) * n as f64 + f64::from(k * k)));
            height * voices.sum::<f64>()
        };
        let steps: Vec<f64> = (0..200_000).map(|n| chord(n, if n < 100_000 { 0.005 } else { 0.02 })).collect();
        assert_eq!(found(&steps, 5_000), []);
        let hiss = noise(8, 300_000);
        let fade = hiss.iter().enumerate().map(|(n, h)| 0.1 * h * libm::exp(-(n as f64) / 40_000.0));
        assert_eq!(found(&fade.collect::<Vec<f64>>(), 5_000), []);
    }
}
