//! The spectrum: now, averaged over a stated time, its maximum and minimum, and its long-term mean, on a logarithmic axis.
//!
//! Blackman-Harris windows of four terms (Harris 1978), an eighth apart so that the averages have no ripple.
//! Calibrated to tones: a sine of a level in every channel reads that level (dBFS, peak) wherever it lies between two
//! bins, because local maxima are read through a corrected parabola. Averages are made of power, never of decibels.

use std::collections::VecDeque;

use super::finite::finite;
use crate::audio::Block;
use crate::dsp::fft::{Complex, PairFft, RealFft};
use crate::dsp::window::blackman_harris;
use crate::unit::{Db, Hertz, SampleRate, Seconds};

/// Most points of a picture.
pub const MOST_POINTS: usize = 512;
/// The axis starts here.
const LOWEST: Hertz = Hertz(20.0);
/// Transforms of a running meter overlap by seven eighths: averages of these windows then have no ripple.
const HOPS_PER_LENGTH: usize = 8;
/// Those of a whole file by three quarters: over a song the ripple is averaged away.
const HOPS_OF_FILES: usize = 4;
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

/// What of a signal is analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Part {
    /// The mean power of all channels.
    #[default]
    All,
    /// The first channel.
    Left,
    /// The second channel; of a mono signal the first.
    Right,
    /// Half the sum of the first two.
    Mid,
    /// Half their difference; of a mono signal nothing.
    Side,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 5] = [Part::All, Part::Left, Part::Right, Part::Mid, Part::Side];

    /// Rows that are transformed.
    fn rows(self, channels: usize) -> usize {
        if self == Part::All { channels } else { 1 }
    }

    /// A sample of row `row` at a frame.
    fn sample(self, block: &Block, row: usize, frame: usize) -> f64 {
        let (left, right) = (block.channel(0)[frame], block.channel(1.min(block.channels() - 1))[frame]);
        match self {
            Part::All => block.channel(row)[frame],
            Part::Left => left,
            Part::Right => right,
            Part::Mid => 0.5 * (left + right),
            Part::Side => 0.5 * (left - right),
        }
    }
}

/// An analyser fed with blocks in order. For workers and meter threads.
#[derive(Debug, Clone)]
pub struct Spectrum {
    rate: SampleRate,
    part: Part,
    channels: usize,
    fft: RealFft,
    /// Two rows go through one transform.
    pair: PairFft,
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
    minimum: Vec<f64>,
    sum: Vec<f64>,
    transforms: u64,
}

impl Spectrum {
    /// An analyser with transforms of `length` points (8192 is a good one) and an exponential average whose time
    /// constant is `averaging`.
    pub fn new(channels: usize, rate: SampleRate, length: usize, averaging: Seconds) -> Spectrum {
        Spectrum::hopping(channels, rate, length, averaging, HOPS_PER_LENGTH)
    }

    /// An analyser of whole files: half the work, for long-term means, maxima and minima.
    pub fn of_file(channels: usize, rate: SampleRate, length: usize) -> Spectrum {
        Spectrum::hopping(channels, rate, length, Seconds(1.0), HOPS_OF_FILES)
    }

    fn hopping(channels: usize, rate: SampleRate, length: usize, averaging: Seconds, hops: usize) -> Spectrum {
        let fft = RealFft::new(length.max(16));
        let (length, count) = (fft.length(), fft.bins());
        let window = blackman_harris(length);
        let hop = length / hops;
        let gain = window.iter().sum::<f64>() / 2.0;
        let points = MOST_POINTS.min(count);
        let highest = (rate.hz() / 2.0).max(LOWEST.0 * 2.0);
        let edge = |index: usize| LOWEST.0 * libm::pow(highest / LOWEST.0, index as f64 / points as f64);
        Spectrum {
            rate,
            part: Part::All,
            channels,
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
            minimum: vec![f64::INFINITY; count],
            sum: vec![0.0; count],
            transforms: 0,
            pair: PairFft::new(length),
            fft,
        }
    }

    /// Analyses another part of the signal from here on; forgets what was.
    pub fn listen_to(&mut self, part: Part) {
        if self.part != part {
            self.part = part;
            let length = self.fft.length();
            self.held = vec![VecDeque::with_capacity(length); part.rows(self.channels)];
            self.reset();
        }
    }

    /// What is analysed.
    pub fn part(&self) -> Part {
        self.part
    }

    /// Analyses the next block.
    pub fn process(&mut self, block: &Block) {
        self.process_each(block, &mut |_| ());
    }

    /// The same; each transform's powers are shown, one per bin from 0 Hz up to half the rate.
    pub fn process_each(&mut self, block: &Block, each: &mut dyn FnMut(&[f64])) {
        let block = finite(block);
        let length = self.fft.length();
        if block.channels() == 0 {
            return;
        }
        let mut start = 0;
        while start < block.frames() {
            let held = self.held.first().map_or(length, VecDeque::len);
            let frames = (length - held).min(block.frames() - start);
            if held == length && frames == 0 {
                return;
            }
            for (row, held) in self.held.iter_mut().enumerate() {
                match self.part {
                    Part::All => held.extend(&block.channel(row.min(block.channels() - 1))[start..start + frames]),
                    part => held.extend((start..start + frames).map(|frame| part.sample(&block, row, frame))),
                }
            }
            start += frames;
            if self.held.first().is_some_and(|held| held.len() == length) {
                self.transform();
                each(&self.now);
            }
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.held.iter_mut().for_each(VecDeque::clear);
        for powers in [&mut self.now, &mut self.average, &mut self.maximum, &mut self.sum] {
            powers.fill(0.0);
        }
        self.minimum.fill(f64::INFINITY);
        self.transforms = 0;
    }

    /// Forgets maximum, minimum and the long-term mean.
    pub fn reset_hold(&mut self) {
        self.maximum.copy_from_slice(&self.now);
        self.minimum.fill(f64::INFINITY);
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

    /// The lowest each bin has been; the floor before the first transform.
    pub fn minimum(&self) -> Vec<Point> {
        let lowest = |power: &f64| if power.is_finite() { *power } else { 0.0 };
        self.points(&self.minimum.iter().map(lowest).collect::<Vec<_>>())
    }

    /// Hertz between two bins.
    pub fn bin_width(&self) -> Hertz {
        Hertz(self.rate.hz() / self.fft.length() as f64)
    }

    /// Frames between two transforms.
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// The mean power of everything since the last reset.
    pub fn long_term(&self) -> Vec<Point> {
        let count = self.transforms.max(1) as f64;
        self.points(&self.sum.iter().map(|power| power / count).collect::<Vec<_>>())
    }

    /// The same per bin, from 0 Hz up to half the rate: mean squares in which a sine's peak reads the square of its
    /// amplitude. Empty of sound where no transform was made.
    pub fn long_term_powers(&self) -> Vec<f64> {
        let count = self.transforms.max(1) as f64;
        self.sum.iter().map(|power| power / count).collect()
    }

    fn transform(&mut self) {
        let first = self.transforms == 0 && self.average.iter().all(|power| *power == 0.0);
        self.now.fill(0.0);
        let weight = self.scale / self.held.len().max(1) as f64;
        for rows in self.held.chunks_mut(2) {
            if let [left, right] = &*rows {
                for (place, held) in self.pair.input().into_iter().zip([left, right]) {
                    windowed(held, &self.window, place);
                }
                self.pair.add_powers(weight, &mut self.now);
            } else {
                for held in &*rows {
                    windowed(held, &self.window, &mut self.frame);
                    self.fft.forward(&self.frame, &mut self.bins);
                    for (power, bin) in self.now.iter_mut().zip(&self.bins) {
                        *power += weight * bin.norm_sqr();
                    }
                }
            }
            rows.iter_mut().for_each(|held| drop(held.drain(..self.hop)));
        }
        let share = if first { 1.0 } else { self.share };
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        let held = self.average.iter_mut().zip(&mut self.sum);
        let ends = self.maximum.iter_mut().zip(&mut self.minimum);
        for ((power, (average, sum)), (maximum, minimum)) in self.now.iter().zip(held).zip(ends) {
            *average += share * (power - *average);
            *maximum = larger(*maximum, *power);
            *minimum = if *power < *minimum { *power } else { *minimum };
            *sum += power;
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

/// The same curve, its power averaged over a part of an octave around each point (`parts` to an octave; 0 leaves it).
pub fn smoothed(points: &[Point], parts: u32) -> Vec<Point> {
    if parts == 0 {
        return points.to_vec();
    }
    let half = libm::pow(2.0, 0.5 / f64::from(parts));
    let powers = points.iter().map(|point| libm::pow(10.0, point.level.0 / 10.0));
    let mut sums = vec![0.0];
    for power in powers {
        sums.push(sums[sums.len() - 1] + power);
    }
    let average = |point: &Point| {
        let (low, high) = (point.frequency.0 / half, point.frequency.0 * half);
        let first = points.partition_point(|other| other.frequency.0 < low);
        let last = points.partition_point(|other| other.frequency.0 <= high).max(first + 1).min(points.len());
        let mean = (sums[last] - sums[first.min(last - 1)]).max(0.0) / (last - first.min(last - 1)) as f64;
        Point { frequency: point.frequency, level: Db(10.0 * libm::log10(mean.max(FLOOR_POWER))) }
    };
    points.iter().map(average).collect()
}

/// What is held times the window.
fn windowed(held: &VecDeque<f64>, window: &[f64], out: &mut [f64]) {
    let (older, newer) = held.as_slices();
    let (first, second) = window.split_at(older.len().min(window.len()));
    let (start, end) = out.split_at_mut(first.len());
    for (part, window, out) in [(older, first, start), (newer, second, end)] {
        for ((out, sample), window) in out.iter_mut().zip(part).zip(window) {
            *out = sample * window;
        }
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
    fn any_tone_reads_its_level_at_any_rate() {
        // A step that never meets the same place between two bins twice.
        for rate in [44_100u32, 96_000] {
            for step in 0..24 {
                let hertz = 60.0 * libm::pow(10.0, f64::from(step) * 0.105_3);
                let wave =
                    |n: usize| 0.25 * libm::sin(std::f64::consts::TAU * hertz * n as f64 / f64::from(rate) + 0.4);
                let samples: Vec<f64> = (0..9_000).map(wave).collect();
                let mut spectrum = Spectrum::new(1, SampleRate(rate), 8192, Seconds(0.3));
                spectrum.process(&Block::from_channels(&[samples]));
                let found = highest(&spectrum.now());
                assert!((found.level.0 + 12.0412).abs() < 0.01, "{hertz} Hz at {rate}: {found:?}");
            }
        }
    }

    #[test]
    fn parts_are_what_they_say_and_the_minimum_is_the_lowest() {
        let left = tone(1000.0, 0.5, 16_384).channel(0).to_vec();
        let right: Vec<f64> = left.iter().map(|sample| -sample).collect();
        let block = Block::from_channels(&[left, right]);
        let read = |part: Part| {
            let mut spectrum = Spectrum::new(2, RATE, 8192, Seconds(0.3));
            spectrum.listen_to(part);
            spectrum.process(&block);
            highest(&spectrum.now()).level.0
        };
        assert!((read(Part::Side) + 6.02).abs() < 0.01 && read(Part::Mid) < -200.0);
        assert!((read(Part::Left) - read(Part::Right)).abs() < 1e-9);
        let mut spectrum = analysed(&block);
        spectrum.process(&Block::new(2, 20_000));
        assert!(highest(&spectrum.minimum()).level.0 < -200.0 && highest(&spectrum.maximum()).level.0 > -6.1);
    }

    #[test]
    fn smoothing_keeps_a_flat_curve_and_spreads_a_line() {
        let flat: Vec<Point> = (0..512)
            .map(|n| Point { frequency: Hertz(20.0 * libm::pow(1000.0, f64::from(n) / 511.0)), level: Db(-30.0) })
            .collect();
        assert!(smoothed(&flat, 3).iter().all(|point| (point.level.0 + 30.0).abs() < 1e-6));
        let mut line = flat.clone();
        line[256].level = Db(0.0);
        let smooth = smoothed(&line, 6);
        assert!(smooth[256].level.0 < -5.0 && smooth[254].level.0 > -15.0 && smooth[200].level.0 < -29.9);
        assert_eq!(smoothed(&line, 0), line);
        assert!(smoothed(&[], 3).is_empty());
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
