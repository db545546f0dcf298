//! Detectors and followers: how loud a signal is, and how a gain moves after it.
//!
//! The follower smooths in decibels after the gain computer (D. Giannoulis, M. Massberg, J. D. Reiss, Digital dynamic
//! range compressor design, J. Audio Eng. Soc. 60(6), 2012, "log domain" with branching). Everything works on stretches
//! in place and gives the same bits however they are cut. Nothing allocates after building, and nothing non-finite is
//! ever kept.

use crate::audio::QUANTUM;

/// The largest value among the last so many frames, in the same time for every signal (M. van Herk, A fast algorithm for
/// local minimum and maximum filters on rectangular and octagonal kernels, Pattern Recognition Letters 13, 1992).
#[derive(Debug, Clone)]
pub struct SlidingMaximum {
    /// The last values, as many as can be looked back over.
    ring: Vec<f64>,
    place: usize,
    /// For each frame of the window that is filling, the largest value it still sees of those before.
    before: Vec<f64>,
    /// The largest value since the window began to fill, and how far it is.
    since: f64,
    filled: usize,
    window: usize,
}

impl SlidingMaximum {
    /// A silent one that can look back over up to `most` frames. Worker threads only: allocates.
    pub fn new(most: usize) -> SlidingMaximum {
        let most = most.max(1);
        SlidingMaximum { ring: vec![0.0; most], place: 0, before: vec![0.0; most], since: 0.0, filled: 0, window: 1 }
    }

    /// Looks back over `frames` frames, the newest included, from now on.
    pub fn set_window(&mut self, frames: usize) {
        let window = frames.clamp(1, self.ring.len());
        if window != self.window {
            self.window = window;
            self.filled = 0;
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.ring.fill(0.0);
        self.filled = 0;
    }

    /// A window begins to fill: what each of its frames sees of those before it.
    fn look_back(&mut self) {
        let mut largest = 0.0;
        let mut place = self.place;
        self.before[self.window - 1] = 0.0;
        for seen in self.before[..self.window - 1].iter_mut().rev() {
            place = if place == 0 { self.ring.len() - 1 } else { place - 1 };
            largest = larger(self.ring[place], largest);
            *seen = largest;
        }
        self.since = 0.0;
    }

    /// Turns values (finite, not negative) into maxima.
    pub fn process(&mut self, mut values: &mut [f64]) {
        while !values.is_empty() {
            if self.filled == 0 {
                self.look_back();
            }
            let count = values.len().min(self.window - self.filled).min(self.ring.len() - self.place);
            let (now, later) = values.split_at_mut(count);
            self.ring[self.place..self.place + count].copy_from_slice(now);
            for (value, before) in now.iter_mut().zip(&self.before[self.filled..]) {
                self.since = larger(*value, self.since);
                *value = larger(self.since, *before);
            }
            self.place = (self.place + count) % self.ring.len();
            self.filled = (self.filled + count) % self.window;
            values = later;
        }
    }
}

/// One instruction, where `f64::max` has to ask about what is not a number.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The smallest and the largest of these and 0.
pub fn extremes(values: &[f64]) -> (f64, f64) {
    // Four at a time: one after the other would wait for each comparison.
    let (mut low, mut high) = ([0.0; 4], [0.0; 4]);
    let mut fours = values.chunks_exact(4);
    for four in &mut fours {
        for lane in 0..4 {
            low[lane] = smaller(four[lane], low[lane]);
            high[lane] = larger(four[lane], high[lane]);
        }
    }
    for value in fours.remainder() {
        low[0] = smaller(*value, low[0]);
        high[0] = larger(*value, high[0]);
    }
    let least = smaller(smaller(low[0], low[1]), smaller(low[2], low[3]));
    (least, larger(larger(high[0], high[1]), larger(high[2], high[3])))
}

/// A sample, or silence where it is not a number.
#[inline(always)]
fn finite(sample: f64) -> f64 {
    if sample.abs() < f64::INFINITY { sample } else { 0.0 }
}

/// The mean square over the last so many frames. The sum is kept in whole numbers, so that nothing is left of a loud
/// passage once it has gone by.
#[derive(Debug, Clone)]
pub struct MeanSquare {
    squares: Vec<u64>,
    place: usize,
    sum: u64,
}

/// Squares are counted in steps of 2^-43: 129 dB under full scale.
const STEPS: f64 = (1u64 << 43) as f64;
/// Larger squares are read as this (+24 dBFS), so that 4096 of them fit the sum.
const MOST_SQUARE: f64 = 255.0;
/// Most frames of a mean: see [`MOST_SQUARE`].
const MOST_FRAMES: usize = 4096;
/// 2^52: a number added to it is rounded to a whole one, found in the low bits.
const ROUND: f64 = (1u64 << 52) as f64;
const LOW_BITS: u64 = (1 << 52) - 1;

impl MeanSquare {
    /// A silent one over `frames` frames (1 to 4096). Worker threads only: allocates.
    pub fn new(frames: usize) -> MeanSquare {
        MeanSquare { squares: vec![0; frames.clamp(1, MOST_FRAMES)], place: 0, sum: 0 }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.squares.fill(0);
        self.sum = 0;
        self.place = 0;
    }

    /// Turns samples into means of the squares.
    pub fn process(&mut self, samples: &mut [f64]) {
        for sample in samples.iter_mut() {
            let square = finite(*sample) * finite(*sample);
            *sample = (if square < MOST_SQUARE { square } else { MOST_SQUARE }) * STEPS + ROUND;
        }
        let part = 1.0 / (STEPS * self.squares.len() as f64);
        for sample in samples {
            let square = sample.to_bits() & LOW_BITS;
            let oldest = std::mem::replace(&mut self.squares[self.place], square);
            self.sum = self.sum + square - oldest;
            self.place = if self.place + 1 == self.squares.len() { 0 } else { self.place + 1 };
            // The sum is below 2^63 (4096 squares of 255 in steps of 2^-43), so that the signed conversion is the same.
            *sample = self.sum as i64 as f64 * part;
        }
    }
}

/// The height of a crest between samples, from a parabola through three of them: a sine reads its peak wherever the
/// samples fall on it (0.0003 dB at 48 samples a period).
#[derive(Debug, Clone, Copy, Default)]
pub struct Crest {
    before: [f64; 2],
}

impl Crest {
    /// Turns samples, at most a quantum of them, into the larger of each one's magnitude and that of the crest around
    /// the sample before.
    pub fn process(&mut self, samples: &mut [f64]) {
        let count = samples.len().min(QUANTUM);
        let mut row = [0.0; QUANTUM + 2];
        row[..2].copy_from_slice(&self.before);
        for (held, sample) in row[2..].iter_mut().zip(samples.iter()) {
            *held = finite(*sample);
        }
        for (index, sample) in samples.iter_mut().take(count).enumerate() {
            let (first, middle, last) = (row[index], row[index + 1], row[index + 2]);
            let sign = 1f64.copysign(middle);
            let (a, b, c) = (sign * first, middle.abs(), sign * last);
            let tilt = c - a;
            let crest = b + tilt * tilt / (8.0 * ((b - a) + (b - c)));
            let crest = if (b > a) & (b >= c) { crest } else { 0.0 };
            *sample = larger(crest, last.abs());
        }
        self.before.copy_from_slice(&row[count..count + 2]);
    }
}

/// A gain in decibels that follows a wanted gain: faster down than up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Follower {
    gain_db: f64,
    slow_db: f64,
}

/// How fast a [`Follower`] moves: the share of the way left behind per frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Downwards.
    pub attack: f64,
    /// Upwards.
    pub release: f64,
    /// Upwards while the gain is no lower than it has been for long; `None` for one release for all.
    pub sustained: Option<f64>,
}

/// A follower this near to no change of gain, in dB, is at rest: 240 dB under what can be heard, and
/// above the range where arithmetic slows down.
const REST_DB: f64 = 1e-12;

/// What a one-pole smoother of this time constant moves in one frame: 63 % after `seconds`.
pub fn share_per_frame(seconds: f64, rate_hz: f64) -> f64 {
    let frames = seconds * rate_hz;
    if frames > 0.0 { -libm::expm1(-1.0 / frames) } else { 1.0 }
}

impl Follower {
    /// Whether there is no change of gain, and none on its way.
    pub fn is_at_rest(&self) -> bool {
        self.gain_db == 0.0 && self.slow_db == 0.0
    }

    /// Takes what has decayed to nothing for exact zero; to be called once in so many frames, as filters settle.
    pub fn settle(&mut self) {
        for held in [&mut self.gain_db, &mut self.slow_db] {
            if held.abs() < REST_DB {
                *held = 0.0;
            }
        }
    }

    /// Looks at gains from the other side: what was above 0 dB is below.
    pub fn mirror(&mut self) {
        self.gain_db = -self.gain_db;
        self.slow_db = -self.slow_db;
    }

    /// Turns wanted gains in dB into the gains that follow them.
    pub fn process(&mut self, gains: &mut [f64], pace: &Pace) {
        [*self] = follow([*self], [gains], pace);
    }

    /// The same for two of them, as many gains each: either waits for itself only, so that both take little longer than
    /// one.
    pub fn process_two(followers: &mut [Follower; 2], gains: [&mut [f64]; 2], pace: &Pace) {
        *followers = follow(*followers, gains, pace);
    }
}

/// Follows in each lane; all have as many gains.
#[inline(always)]
fn follow<const L: usize>(followers: [Follower; L], gains: [&mut [f64]; L], pace: &Pace) -> [Follower; L] {
    let Pace { attack, release, sustained } = *pace;
    match sustained {
        Some(sustained) => follow_automatic(followers, gains, attack, release, sustained),
        // Which of the two ways is the shorter one depends on the direction alone: no branch on the samples.
        None if attack >= release => follow_plain(followers, gains, |way| smaller(attack * way, release * way)),
        None => follow_plain(followers, gains, |way| larger(attack * way, release * way)),
    }
}

#[inline(always)]
fn follow_plain<const L: usize>(
    mut followers: [Follower; L],
    gains: [&mut [f64]; L],
    step: impl Fn(f64) -> f64,
) -> [Follower; L] {
    let frames = gains.iter().map(|gains| gains.len()).min().unwrap_or(0);
    let gains = gains.map(|gains| &mut gains[..frames]);
    let mut gains_db = followers.map(|follower| follower.gain_db);
    for frame in 0..frames {
        for lane in 0..L {
            gains_db[lane] += step(gains[lane][frame] - gains_db[lane]);
            gains[lane][frame] = gains_db[lane];
        }
    }
    for (follower, gain_db) in followers.iter_mut().zip(gains_db) {
        // Without automatic release there is no memory of long reduction.
        *follower = Follower { gain_db, slow_db: 0.0 };
    }
    followers
}

#[inline(always)]
fn follow_automatic<const L: usize>(
    mut followers: [Follower; L],
    gains: [&mut [f64]; L],
    attack: f64,
    release: f64,
    sustained: f64,
) -> [Follower; L] {
    let frames = gains.iter().map(|gains| gains.len()).min().unwrap_or(0);
    let gains = gains.map(|gains| &mut gains[..frames]);
    for frame in 0..frames {
        for lane in 0..L {
            let Follower { mut gain_db, mut slow_db } = followers[lane];
            let way = gains[lane][frame] - gain_db;
            let back = if gain_db >= slow_db { sustained } else { release };
            gain_db += if way < 0.0 { attack } else { back } * way;
            slow_db += sustained * (gain_db - slow_db);
            gains[lane][frame] = gain_db;
            followers[lane] = Follower { gain_db, slow_db };
        }
    }
    followers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maxima(maximum: &mut SlidingMaximum, values: &[f64]) -> Vec<f64> {
        let mut values = values.to_vec();
        maximum.process(&mut values);
        values
    }

    #[test]
    fn the_maximum_of_three_frames() {
        let mut maximum = SlidingMaximum::new(3);
        maximum.set_window(3);
        let seen = maxima(&mut maximum, &[1.0, 5.0, 2.0, 1.0, 0.0, 0.0, 0.0, 4.0]);
        assert_eq!(seen, [1.0, 5.0, 5.0, 5.0, 2.0, 1.0, 0.0, 4.0]);
    }

    #[test]
    fn the_maximum_is_that_of_a_search_while_its_window_moves() {
        let values: Vec<f64> = (0..500).map(|n| f64::from(n * n % 211)).collect();
        let mut maximum = SlidingMaximum::new(37);
        let mut window = 1;
        for (n, value) in values.iter().enumerate() {
            if n % 41 == 0 {
                window = 1 + n * 7 % 37;
                maximum.set_window(window);
            }
            let seen = maxima(&mut maximum, &[*value]);
            let wanted = values[(n + 1).saturating_sub(window)..=n].iter().copied().fold(0.0, f64::max);
            assert_eq!(seen, [wanted], "frame {n}, window {window}");
        }
    }

    #[test]
    fn a_mean_square_forgets_exactly() {
        let mut mean = MeanSquare::new(2);
        let mut seen = [2.0, 0.0, 0.1, 0.0, 0.0, f64::NAN, 1e9];
        mean.process(&mut seen);
        assert_eq!((seen[0], seen[1], seen[4], seen[5], seen[6]), (2.0, 2.0, 0.0, 0.0, 127.5));
        assert!((seen[2] - 0.005).abs() < 1e-12);
    }

    #[test]
    fn a_sine_reads_its_peak_between_samples() {
        for phase in 0..20 {
            let mut crest = Crest::default();
            let sine = |n: u32| libm::sin((f64::from(n) + f64::from(phase) / 20.0) * std::f64::consts::TAU / 48.0);
            let mut most: f64 = 0.0;
            for n in 0..20 {
                let mut part: [f64; 10] = std::array::from_fn(|index| sine(n * 10 + index as u32));
                crest.process(&mut part);
                most = part.iter().copied().fold(most, f64::max);
            }
            assert!((most - 1.0).abs() < 3e-5, "{most}");
        }
    }

    #[test]
    fn a_follower_is_63_percent_there_after_its_time() {
        let pace = Pace { attack: share_per_frame(0.1, 100.0), release: share_per_frame(0.2, 100.0), sustained: None };
        let mut follower = Follower::default();
        let mut run = |wanted: f64, frames: usize| {
            let mut gains = vec![wanted; frames];
            follower.process(&mut gains, &pace);
            gains[frames - 1]
        };
        let down = run(-10.0, 10);
        assert!((down + 10.0 * (1.0 - libm::exp(-1.0))).abs() < 1e-9);
        let up = run(0.0, 20);
        assert!((up / down - libm::exp(-1.0)).abs() < 1e-9);
        run(0.0, 2_000);
        follower.settle();
        assert!(follower.is_at_rest());
    }
}
