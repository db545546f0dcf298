//! Where one recording lies in another: two versions of a song that were trimmed, levelled, equalised or played a little
//! faster, so that chorus is heard against chorus.
//!
//! What is compared is how eight octaves rise and fall: the logarithm of their power every 20 ms less its own mean over
//! 1 s, which leaves out level, equalisation and slow fades. The tempo is searched first, in steps of 0.25 %: the one
//! recording's course is stretched and correlated with the other's. Then stretches of 12 s are placed one by one near
//! what was found, and a line through their places (least squares, those off by more than 0.1 s left out) gives offset and
//! tempo to a fraction of a frame. Cross-correlation after J. P. Lewis, Fast normalized cross-correlation, 1995.

use serde::Serialize;

use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::unit::{SampleRate, Seconds};

/// Time between two frames of a course.
const FRAME: Seconds = Seconds(0.02);
/// Octaves compared, from the lowest.
const OCTAVES: usize = 8;
/// The lowest octave's lower edge; eight of them end at 16 kHz.
const LOWEST_HZ: f64 = 62.5;
/// Half of the mean that is taken away: 0.5 s.
const HALF_MEAN: usize = 25;
/// Tempi looked for: 4 % either way, which a pitch control or a new performance to a click reaches.
const MOST_TEMPO: f64 = 0.04;
/// Their steps: over 40 s a step's error stays within two frames.
const TEMPO_STEP: f64 = 0.0025;
/// A stretch that is placed by itself, and its grid.
const STRETCH: Seconds = Seconds(12.0);
/// How far from the line a stretch is looked for.
const NEAR: Seconds = Seconds(1.0);
/// A stretch further from the line than this was placed wrongly.
const OFF: Seconds = Seconds(0.1);
/// A correlation of courses below this is chance: two different songs reach 0.25.
const LEAST_LIKENESS: f64 = 0.35;
/// Power that stands for silence: -100 dB, under the noise of every file.
const FLOOR: f64 = 1e-10;

/// How eight octaves of a recording rise and fall.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Frames of eight values.
    frames: Vec<[f64; OCTAVES]>,
}

/// Where the second recording lies in the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    /// Time in the second at which the first begins; negative: the second begins later.
    pub offset_s: Seconds,
    /// Seconds of the second that pass in one of the first: 1.02 is 2 % slower.
    pub ratio: f64,
    /// How alike they are there, 0 to 1.
    pub likeness: f64,
}

impl Place {
    /// The time in the second that belongs to a time in the first.
    pub fn other(&self, time: Seconds) -> Seconds {
        Seconds(self.offset_s.0 + self.ratio * time.0)
    }
}

/// A course under way.
pub struct Follower {
    rate: SampleRate,
    fft: RealFft,
    window: Vec<f64>,
    held: Vec<f64>,
    /// Frames taken in, and where the next course frame's window begins.
    heard: u64,
    next: u64,
    count: u64,
    levels: Vec<[f64; OCTAVES]>,
    bins: Vec<Complex<f64>>,
}

impl Follower {
    /// A course of a recording at a rate.
    pub fn new(rate: SampleRate) -> Follower {
        // Two frames of the course: 40 ms tell the lowest octave from the next.
        let length = ((2.0 * FRAME.0 * rate.hz()) as usize).next_power_of_two().max(16);
        let fft = RealFft::new(length);
        let hann = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * (n as f64 + 0.5) / length as f64);
        let bins = vec![Complex::new(0.0, 0.0); fft.bins()];
        Follower {
            rate,
            fft,
            window: (0..length).map(hann).collect(),
            held: Vec::new(),
            heard: 0,
            next: 0,
            count: 0,
            levels: Vec::new(),
            bins,
        }
    }

    /// Hears the next block; what is no number counts as silence.
    pub fn process(&mut self, block: &Block) {
        let share = 1.0 / block.channels().max(1) as f64;
        for frame in 0..block.frames() {
            let sum: f64 = (0..block.channels()).map(|channel| block.channel(channel)[frame]).sum();
            self.held.push(if sum.is_finite() { share * sum } else { 0.0 });
        }
        self.heard += block.frames() as u64;
        self.work();
    }

    /// Ends it.
    pub fn finish(self) -> Course {
        Course { frames: rising(&self.levels) }
    }

    fn work(&mut self) {
        let length = self.window.len();
        loop {
            let begin = (self.next + self.held.len() as u64).saturating_sub(self.heard) as usize;
            if begin + length > self.held.len() {
                break;
            }
            let framed: Vec<f64> =
                self.held[begin..begin + length].iter().zip(&self.window).map(|(x, w)| x * w).collect();
            self.fft.forward(&framed, &mut self.bins);
            self.levels.push(octaves(&self.bins, self.rate.hz() / length as f64));
            self.count += 1;
            self.next = (self.count as f64 * FRAME.0 * self.rate.hz()).round() as u64;
        }
        let keep = (self.heard.saturating_sub(self.next) as usize).min(self.held.len());
        self.held.drain(..self.held.len() - keep);
    }
}

fn octaves(bins: &[Complex<f64>], width: f64) -> [f64; OCTAVES] {
    std::array::from_fn(|octave| {
        let low = LOWEST_HZ * f64::from(1_u32 << octave);
        let (first, last) = ((low / width).ceil() as usize, ((2.0 * low / width).ceil() as usize).min(bins.len()));
        let power: f64 = bins.get(first..last).unwrap_or_default().iter().map(|bin| bin.norm_sqr()).sum();
        10.0 * libm::log10(power / (bins.len() * bins.len()) as f64 + FLOOR)
    })
}

/// Levels less their own mean over a second.
fn rising(levels: &[[f64; OCTAVES]]) -> Vec<[f64; OCTAVES]> {
    let mut sums = vec![[0.0; OCTAVES]];
    for level in levels {
        let last = sums[sums.len() - 1];
        sums.push(std::array::from_fn(|octave| last[octave] + level[octave]));
    }
    let mean = |index: usize| -> [f64; OCTAVES] {
        let (from, to) = (index.saturating_sub(HALF_MEAN), (index + HALF_MEAN + 1).min(levels.len()));
        std::array::from_fn(|octave| (sums[to][octave] - sums[from][octave]) / (to - from) as f64)
    };
    (0..levels.len())
        .map(|index| {
            let mean = mean(index);
            std::array::from_fn(|octave| levels[index][octave] - mean[octave])
        })
        .collect()
}

/// Where `other` lies in `one`; `None` where they are not the same song as far as can be told.
pub fn place(one: &Course, other: &Course) -> Option<Place> {
    let coarse = tempi().map(|ratio| (ratio, best(&one.frames, &stretched(&other.frames, ratio)))).max_by(|a, b| {
        let (a, b) = (a.1.map_or(0.0, |found| found.1), b.1.map_or(0.0, |found| found.1));
        a.total_cmp(&b)
    })?;
    let (ratio, (lag, likeness)) = (coarse.0, coarse.1?);
    if likeness < LEAST_LIKENESS {
        return None;
    }
    let first = Place { offset_s: Seconds(-lag * FRAME.0 * ratio), ratio, likeness };
    Some(refine(one, other, first))
}

fn tempi() -> impl Iterator<Item = f64> {
    let steps = (MOST_TEMPO / TEMPO_STEP).round() as i32;
    (-steps..=steps).map(|step| 1.0 + f64::from(step) * TEMPO_STEP)
}

/// The course as it would be if `ratio` of its frames passed for each of the other's.
fn stretched(frames: &[[f64; OCTAVES]], ratio: f64) -> Vec<[f64; OCTAVES]> {
    let count = (frames.len() as f64 / ratio) as usize;
    (0..count).map(|index| at(frames, index as f64 * ratio)).collect()
}

/// A frame between two.
fn at(frames: &[[f64; OCTAVES]], place: f64) -> [f64; OCTAVES] {
    let low = place.max(0.0).floor();
    let index = low as usize;
    let share = place - low;
    match (frames.get(index), frames.get(index + 1)) {
        (Some(low), Some(high)) => std::array::from_fn(|octave| low[octave] + share * (high[octave] - low[octave])),
        (Some(low), None) => *low,
        _ => [0.0; OCTAVES],
    }
}

/// By how many frames `other` must be moved later to lie on `one`, and the correlation there over what they share. At
/// least a fifth of the shorter must lie on the other.
fn best(one: &[[f64; OCTAVES]], other: &[[f64; OCTAVES]]) -> Option<(f64, f64)> {
    let least = (one.len().min(other.len()) / 5).max(1);
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let points = (one.len() + other.len()).next_power_of_two();
    let mut fft = RealFft::new(points.max(16));
    let mut sums = vec![0.0; fft.length()];
    for octave in 0..OCTAVES {
        let mut spectrum = |frames: &[[f64; OCTAVES]]| {
            let mut line = vec![0.0; fft.length()];
            line.iter_mut().zip(frames).for_each(|(place, frame)| *place = frame[octave]);
            let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
            fft.forward(&line, &mut bins);
            bins
        };
        let (a, b) = (spectrum(one), spectrum(other));
        let product: Vec<_> = a.iter().zip(&b).map(|(a, b)| a * b.conj()).collect();
        let mut line = vec![0.0; fft.length()];
        fft.inverse(&product, &mut line);
        // Forward and inverse together multiply by the length.
        let scale = 1.0 / line.len() as f64;
        sums.iter_mut().zip(&line).for_each(|(sum, value)| *sum += scale * value);
    }
    let (energy, other_energy) = (energies(one), energies(other));
    let likeness = |lag: i64| {
        let (from, to) = (lag.max(0), (one.len() as i64).min(other.len() as i64 + lag));
        if to - from < least as i64 {
            return 0.0;
        }
        let (from, to) = (from as usize, to as usize);
        let (start, end) = ((from as i64 - lag) as usize, (to as i64 - lag) as usize);
        let both = (energy[to] - energy[from]) * (other_energy[end] - other_energy[start]);
        let share = (to - from) as f64 / one.len().min(other.len()) as f64;
        let sum = sums[lag.rem_euclid(sums.len() as i64) as usize];
        // Short overlaps correlate by chance: what they reach counts by the root of their share.
        if both > 0.0 { sum / both.sqrt() * share.min(1.0).sqrt().sqrt() } else { 0.0 }
    };
    let lags = least as i64 - other.len() as i64..=one.len() as i64 - least as i64;
    let lag = lags.max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))?;
    let (before, here, after) = (likeness(lag - 1), likeness(lag), likeness(lag + 1));
    Some((lag as f64 + parabola(before, here, after), here))
}

fn energies(frames: &[[f64; OCTAVES]]) -> Vec<f64> {
    let mut sum = 0.0;
    let squares = frames.iter().map(|frame| frame.iter().map(|value| value * value).sum::<f64>());
    std::iter::once(0.0)
        .chain(squares.map(|square| {
            sum += square;
            sum
        }))
        .collect()
}

/// The top of a parabola through three points, from the middle one.
fn parabola(before: f64, here: f64, after: f64) -> f64 {
    let bend = before - 2.0 * here + after;
    if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
}

/// Offset and tempo from stretches that are placed one by one.
fn refine(one: &Course, other: &Course, mut line: Place) -> Place {
    let stretch = (STRETCH.0 / FRAME.0) as usize;
    for _ in 0..3 {
        let starts = (0..one.frames.len().saturating_sub(stretch / 2)).step_by(stretch / 2);
        let points: Vec<(f64, f64, f64)> = starts.filter_map(|start| near(one, other, start, stretch, &line)).collect();
        let residual = |point: &(f64, f64, f64)| point.1 - line.other(Seconds(point.0)).0;
        let mut apart: Vec<f64> = points.iter().map(residual).collect();
        apart.sort_by(f64::total_cmp);
        let Some(usual) = apart.get(apart.len() / 2).copied() else { return line };
        let kept: Vec<(f64, f64, f64)> =
            points.iter().filter(|point| (residual(point) - usual).abs() <= OFF.0.max(0.3 * NEAR.0)).copied().collect();
        let Some(next) = through(&kept, &line) else { return line };
        line = next;
    }
    line
}

/// Time in the first, time in the second, and how alike a stretch is at its best place near the line.
fn near(one: &Course, other: &Course, start: usize, length: usize, line: &Place) -> Option<(f64, f64, f64)> {
    let length = length.min(one.frames.len() - start);
    let here = &one.frames[start..start + length];
    let energy: f64 = here.iter().flatten().map(|value| value * value).sum();
    let likeness = |shift: f64| {
        let first = line.other(Seconds(start as f64 * FRAME.0)).0 / FRAME.0 + shift;
        if first < 0.0 || first + line.ratio * length as f64 > other.frames.len() as f64 {
            return 0.0;
        }
        let (mut sum, mut there) = (0.0, 0.0);
        for (index, frame) in here.iter().enumerate() {
            let paired = at(&other.frames, first + line.ratio * index as f64);
            for octave in 0..OCTAVES {
                sum += frame[octave] * paired[octave];
                there += paired[octave] * paired[octave];
            }
        }
        if energy > 0.0 && there > 0.0 { sum / (energy * there).sqrt() } else { 0.0 }
    };
    let most = (NEAR.0 / FRAME.0) as i32;
    let levels: Vec<f64> = (-most..=most).map(|shift| likeness(f64::from(shift))).collect();
    let best = (1..levels.len() - 1).max_by(|a, b| levels[*a].total_cmp(&levels[*b]))?;
    if levels[best] < LEAST_LIKENESS {
        return None;
    }
    let shift = best as f64 - f64::from(most) + parabola(levels[best - 1], levels[best], levels[best + 1]);
    // A stretch's place is that of its middle: there an error of tempo has no say.
    let middle = (start as f64 + 0.5 * length as f64) * FRAME.0;
    Some((middle, line.other(Seconds(middle)).0 + shift * FRAME.0, levels[best]))
}

/// The line through points, by least squares weighted by how alike they are.
fn through(points: &[(f64, f64, f64)], line: &Place) -> Option<Place> {
    let weight: f64 = points.iter().map(|point| point.2).sum();
    if points.is_empty() || weight <= 0.0 {
        return None;
    }
    let x = points.iter().map(|point| point.2 * point.0).sum::<f64>() / weight;
    let y = points.iter().map(|point| point.2 * point.1).sum::<f64>() / weight;
    let across: f64 = points.iter().map(|point| point.2 * (point.0 - x) * (point.0 - x)).sum();
    let along: f64 = points.iter().map(|point| point.2 * (point.0 - x) * (point.1 - y)).sum();
    let ratio = if points.len() >= 3 && across > 0.0 { along / across } else { line.ratio };
    let likeness = weight / points.len() as f64;
    Some(Place { offset_s: Seconds(y - ratio * x), ratio, likeness })
}

#[cfg(test)]
mod tests {
    use super::super::portrait::tests::noise;
    use super::*;

    const RATE: SampleRate = SampleRate(16_000);

    /// A song of notes that begin at odd times in odd octaves, `ratio` times as long, from `from` on.
    fn song(seconds: f64, ratio: f64, from: f64, gain: f64) -> Block {
        let count = ((seconds * ratio - from) * RATE.hz()) as usize;
        let mut samples: Vec<f64> = noise(99, count).iter().map(|x| 0.002 * x).collect();
        let drawn = noise(5, 4000);
        let mut begin = 0.0;
        let mut note = 0;
        while begin < seconds {
            let frequency = 80.0 * libm::pow(2.0, 3.0 * (1.0 + drawn[3 * note]));
            let level = gain * (0.3 + 0.2 * drawn[3 * note + 1]);
            let first = ((begin * ratio - from) * RATE.hz()).round() as i64;
            for n in 0..6_000_i64 {
                let Some(sample) = usize::try_from(first + n).ok().and_then(|at| samples.get_mut(at)) else { continue };
                let time = n as f64 / RATE.hz();
                *sample += level * libm::exp(-time / 0.08) * libm::sin(std::f64::consts::TAU * frequency * time);
            }
            begin += 0.12 + 0.1 * (1.0 + drawn[3 * note + 2]);
            note += 1;
        }
        Block::from_channels(&[samples])
    }

    fn course(block: &Block) -> Course {
        let mut follower = Follower::new(RATE);
        // Odd pieces: the course must not depend on them.
        let mut done = 0;
        while done < block.frames() {
            let frames = 1237.min(block.frames() - done);
            let mut piece = Block::new(block.channels(), frames);
            piece.set_frames(frames);
            piece.copy_from(0, block, done, frames);
            follower.process(&piece);
            done += frames;
        }
        follower.finish()
    }

    #[test]
    fn two_versions_two_percent_apart_lie_within_fifty_milliseconds() {
        let one = course(&song(60.0, 1.0, 0.0, 1.0));
        for (ratio, from) in [(1.0, 7.3), (1.02, 3.1), (0.98, 0.0), (1.013, 11.7)] {
            let other = course(&song(60.0, ratio, from, 0.4));
            let found = place(&one, &other).unwrap();
            for time in [0.0, 20.0, 55.0] {
                let error = found.other(Seconds(time)).0 - (time * ratio - from);
                assert!(error.abs() < 0.05, "{ratio} {from} at {time}: {error:+.3} {found:?}");
            }
        }
    }

    #[test]
    fn another_song_has_no_place() {
        let one = course(&song(40.0, 1.0, 0.0, 1.0));
        let mut backwards = song(40.0, 1.0, 0.0, 1.0).channel(0).to_vec();
        backwards.reverse();
        assert_eq!(place(&one, &course(&Block::from_channels(&[backwards]))), None);
        assert_eq!(place(&one, &course(&Block::from_channels(&[noise(3, 320_000)]))), None);
        assert_eq!(place(&one, &Course { frames: Vec::new() }), None);
        assert_eq!(place(&one, &course(&Block::from_channels(&[vec![f64::NAN; 100_000]]))), None);
    }
}
