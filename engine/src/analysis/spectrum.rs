//! The spectrum: now, averaged over a stated time, its maximum, and its long-term mean, on a logarithmic axis.
//!
//! Blackman-Harris windows of four terms (Harris 1978), an eighth apart so that the averages have no ripple.
//! Calibrated to tones: a sine of a level in every channel reads that level (dBFS, peak) wherever it lies between two
//! bins, because local maxima are read through a corrected parabola. Averages are made of power, never of decibels.

use std::collections::VecDeque;

use super::finite::finite;
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::blackman_harris;
use crate::unit::{Db, Hertz, SampleRate, Seconds};

/// Most points of a picture.
pub const MOST_POINTS: usize = 512;
/// The axis starts here.
const LOWEST: Hertz = Hertz(20.0);
/// Transforms overlap by this part of their length.
const HOPS_PER_LENGTH: usize = 8;
/// Correction of a log-parabola for this window: even powers of the offset in bins, in decibels.
const PARABOLA: [f64; 3] = [3.182_78, 0.448_04, 0.119_94];
/// Power that stands for nothing at all: -240 dB, under every converter.
const FLOOR_POWER: f64 = 1e-24;

/// One point of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Its place: the middle of its share of the axis.
    pub frequency: Hertz,
    /// The level of a tone there, dBFS peak.
    pub level: Db,
}

/// An analyser fed with blocks in order; powers of all channels are averaged. For workers and meter threads.
#[derive(Debug, Clone)]
pub struct Spectrum {
    rate: SampleRate,
    fft: RealFft,
    window: Vec<f64>,
    /// Turns a bin's power into that of a sine's peak.
    scale: f64,
    /// What a new transform weighs in the average.
    share: f64,
    hop: usize,
    held: Vec<VecDeque<f64>>,
    frame: Vec<f64>,
    bins: Vec<Complex<f64>>,
    edges: Vec<f64>,
    now: Vec<f64>,
    average: Vec<f64>,
    maximum: Vec<f64>,
    sum: Vec<f64>,
    transforms: u64,
}

impl Spectrum {
    /// An analyser with transforms of `length` points (8192 is a good one) and an exponential average whose time
    /// constant is `averaging`.
    pub fn new(channels: usize, rate: SampleRate, length: usize, averaging: Seconds) -> Spectrum {
        let fft = RealFft::new(length.max(16));
        let (length, count) = (fft.length(), fft.bins());
        let window = blackman_harris(length);
        let hop = length / HOPS_PER_LENGTH;
        let gain = window.iter().sum::<f64>() / 2.0;
        let points = MOST_POINTS.min(count);
        let highest = (rate.hz() / 2.0).max(LOWEST.0 * 2.0);
        let edge = |index: usize| LOWEST.0 * libm::pow(highest / LOWEST.0, index as f64 / points as f64);
        Spectrum {
            rate,
            window,
            scale: 1.0 / (gain * gain),
            share: -libm::expm1(-(hop as f64) / (rate.hz() * averaging.0.max(1e-3))),
            hop,
            held: vec![VecDeque::with_capacity(length); channels],
            frame: vec![0.0; length],
            bins: vec![Complex::new(0.0, 0.0); count],
            edges: (0..=points).map(edge).collect(),
            now: vec![0.0; count],
            average: vec![0.0; count],
            maximum: vec![0.0; count],
            sum: vec![0.0; count],
            transforms: 0,
            fft,
        }
    }

    /// Analyses the next block.
    pub fn process(&mut self, block: &Block) {
        let block = finite(block);
        let length = self.fft.length();
        let mut start = 0;
        while start < block.frames() {
            let held = self.held.first().map_or(length, VecDeque::len);
            let frames = (length - held).min(block.frames() - start);
            if held == length && frames == 0 {
                return;
            }
            for (held, samples) in self.held.iter_mut().zip(block.iter()) {
                held.extend(&samples[start..start + frames]);
            }
            start += frames;
            if self.held.first().is_some_and(|held| held.len() == length) {
                self.transform();
            }
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.held.iter_mut().for_each(VecDeque::clear);
        for powers in [&mut self.now, &mut self.average, &mut self.maximum, &mut self.sum] {
            powers.fill(0.0);
        }
        self.transforms = 0;
    }

    /// Forgets the maximum and the long-term mean.
    pub fn reset_hold(&mut self) {
        self.maximum.copy_from_slice(&self.now);
        self.sum.fill(0.0);
        self.transforms = 0;
    }

    /// The last transform.
    pub fn now(&self) -> Vec<Point> {
        self.points(&self.now)
    }

    /// The exponential average.
    pub fn average(&self) -> Vec<Point> {
        self.points(&self.average)
    }

    /// The highest each bin has been.
    pub fn maximum(&self) -> Vec<Point> {
        self.points(&self.maximum)
    }

    /// The mean power of everything since the last reset.
    pub fn long_term(&self) -> Vec<Point> {
        let count = self.transforms.max(1) as f64;
        self.points(&self.sum.iter().map(|power| power / count).collect::<Vec<_>>())
    }

    fn transform(&mut self) {
        let first = self.transforms == 0 && self.average.iter().all(|power| *power == 0.0);
        self.now.fill(0.0);
        let weight = self.scale / self.held.len().max(1) as f64;
        for held in &mut self.held {
            for ((place, sample), window) in self.frame.iter_mut().zip(held.iter()).zip(&self.window) {
                *place = sample * window;
            }
            self.fft.forward(&self.frame, &mut self.bins);
            for (power, bin) in self.now.iter_mut().zip(&self.bins) {
                *power += weight * bin.norm_sqr();
            }
            held.drain(..self.hop);
        }
        let share = if first { 1.0 } else { self.share };
        for (index, power) in self.now.iter().enumerate() {
            self.average[index] += share * (power - self.average[index]);
            self.maximum[index] = self.maximum[index].max(*power);
            self.sum[index] += power;
        }
        self.transforms += 1;
    }

    /// Powers per bin as points of the axis: the highest tone inside a point's share, or what lies between the bins
    /// where a share holds none.
    fn points(&self, powers: &[f64]) -> Vec<Point> {
        let width = self.rate.hz() / self.fft.length() as f64;
        let levels: Vec<f64> = powers.iter().map(|power| 10.0 * libm::log10(power.max(FLOOR_POWER))).collect();
        let mut highest = vec![f64::NEG_INFINITY; self.edges.len() - 1];
        for bin in 1..levels.len() - 1 {
            let (offset, level) = peak(&levels[bin - 1..=bin + 1]);
            let frequency = (bin as f64 + offset) * width;
            let place = self.edges.partition_point(|edge| *edge <= frequency);
            if let Some(point) = place.checked_sub(1).and_then(|place| highest.get_mut(place)) {
                *point = point.max(level);
            }
        }
        let point = |(index, highest): (usize, &f64)| {
            let frequency = (self.edges[index] * self.edges[index + 1]).sqrt();
            let level = if highest.is_finite() { *highest } else { between(&levels, frequency / width) };
            Point { frequency: Hertz(frequency), level: Db(level) }
        };
        highest.iter().enumerate().map(point).collect()
    }
}

/// A bin's offset and level as a tone: corrected where it is a local maximum, itself elsewhere.
fn peak(levels: &[f64]) -> (f64, f64) {
    let (before, here, after) = (levels[0], levels[1], levels[2]);
    let bend = before - 2.0 * here + after;
    if here < before || here < after || bend >= 0.0 {
        return (0.0, here);
    }
    let offset = 0.5 * (before - after) / bend;
    let square = offset * offset;
    (offset, here + square * (PARABOLA[0] + square * (PARABOLA[1] + square * PARABOLA[2])))
}

/// The level between two bins, in decibels.
fn between(levels: &[f64], place: f64) -> f64 {
    let low = (place.floor().max(0.0) as usize).min(levels.len() - 1);
    let high = (low + 1).min(levels.len() - 1);
    levels[low] + (levels[high] - levels[low]) * (place - low as f64).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate(48_000);

    fn tone(hertz: f64, amplitude: f64, frames: usize) -> Block {
        let wave = |n: usize| amplitude * libm::sin(std::f64::consts::TAU * hertz * n as f64 / RATE.hz());
        let samples: Vec<f64> = (0..frames).map(wave).collect();
        Block::from_channels(&[samples.clone(), samples])
    }

    fn analysed(block: &Block) -> Spectrum {
        let mut spectrum = Spectrum::new(2, RATE, 8192, Seconds(0.3));
        spectrum.process(block);
        spectrum
    }

    fn highest(points: &[Point]) -> Point {
        points.iter().copied().reduce(|a, b| if b.level.0 > a.level.0 { b } else { a }).unwrap()
    }

    #[test]
    fn a_tone_reads_its_level_wherever_it_lies_between_the_bins() {
        let width = RATE.hz() / 8192.0;
        for offset in [0.0, 0.13, 0.25, 0.5, 0.77] {
            let hertz = (300.0 + offset) * width;
            let found = highest(&analysed(&tone(hertz, 0.5, 16_384)).now());
            assert!((found.level.0 + 6.0206).abs() < 0.01, "{offset}: {found:?}");
            assert!((found.frequency.0 / hertz - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn averages_settle_and_the_maximum_stays() {
        let mut spectrum = analysed(&tone(1000.0, 0.5, 48_000));
        let average = |spectrum: &Spectrum| highest(&spectrum.average()).level.0;
        assert!((average(&spectrum) + 6.02).abs() < 0.05);
        let before = average(&spectrum);
        spectrum.process(&Block::new(2, 48_000));
        // Silence for about a second less one transform: an exponential fall of 4.34 dB per time constant.
        let fallen = before - average(&spectrum);
        assert!((10.0..14.6).contains(&fallen), "{fallen}");
        assert!((highest(&spectrum.maximum()).level.0 + 6.02).abs() < 0.05);
        assert!(highest(&spectrum.now()).level.0 < -200.0);
        assert!((highest(&spectrum.long_term()).level.0 + 9.0).abs() < 1.0);
    }

    #[test]
    fn block_size_does_not_matter_and_points_are_few() {
        let whole = tone(3_333.0, 0.3, 30_000);
        let mut pieces = Spectrum::new(2, RATE, 8192, Seconds(0.3));
        let mut part = Block::new(2, 700);
        for start in (0..30_000).step_by(700) {
            let frames = 700.min(30_000 - start);
            part.set_frames(frames);
            part.copy_from(0, &whole, start, frames);
            pieces.process(&part);
        }
        let reference = analysed(&whole);
        assert_eq!(pieces.average(), reference.average());
        assert_eq!(reference.now().len(), MOST_POINTS);
    }

    #[test]
    fn nothing_reads_as_the_floor() {
        let mut spectrum = analysed(&Block::new(2, 100));
        assert!(spectrum.now().iter().all(|point| point.level.0 <= -239.0));
        spectrum.reset();
        assert_eq!(spectrum.long_term().len(), MOST_POINTS);
    }
}
