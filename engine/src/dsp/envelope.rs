//! Detectors and followers: how loud a signal is, and how a gain moves after it.
//!
//! The follower smooths in decibels after the gain computer (D. Giannoulis, M. Massberg, J. D. Reiss, Digital dynamic
//! range compressor design, J. Audio Eng. Soc. 60(6), 2012, "log domain" with branching). Nothing allocates after
//! building, and nothing non-finite is ever kept.

/// The largest value among the last so many frames, in constant time on average (a queue of falling values).
#[derive(Debug, Clone)]
pub struct SlidingMaximum {
    values: Vec<f64>,
    times: Vec<u64>,
    head: usize,
    length: usize,
    window: u64,
    time: u64,
}

impl SlidingMaximum {
    /// A silent one that can look back over up to `most` frames. Worker threads only: allocates.
    pub fn new(most: usize) -> SlidingMaximum {
        let places = most.max(1) + 1;
        SlidingMaximum { values: vec![0.0; places], times: vec![0; places], head: 0, length: 0, window: 1, time: 0 }
    }

    /// Looks back over `frames` frames, the newest included, from now on.
    pub fn set_window(&mut self, frames: usize) {
        self.window = frames.clamp(1, self.values.len() - 1) as u64;
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.head = 0;
        self.length = 0;
        self.time = 0;
    }

    /// Takes the next value (finite, not negative) and gives the maximum.
    pub fn next(&mut self, value: f64) -> f64 {
        let places = self.values.len();
        while self.length > 0 && self.values[(self.head + self.length - 1) % places] <= value {
            self.length -= 1;
        }
        while self.length > 0 && self.times[self.head] + self.window <= self.time {
            self.head = (self.head + 1) % places;
            self.length -= 1;
        }
        let place = (self.head + self.length) % places;
        self.values[place] = value;
        self.times[place] = self.time;
        self.length += 1;
        self.time += 1;
        self.values[self.head]
    }
}

/// The mean square over the last so many frames. The sum is kept in whole numbers, so that nothing is left of a loud
/// passage once it has gone by.
#[derive(Debug, Clone)]
pub struct MeanSquare {
    squares: Vec<u64>,
    place: usize,
    sum: u64,
}

/// Squares are counted in steps of 2^-44: 132 dB under full scale.
const STEPS: f64 = (1u64 << 44) as f64;
/// Larger squares are read as this (+24 dBFS), so that 4096 of them fit the sum.
const MOST_SQUARE: f64 = 256.0;
/// Most frames of a mean: see [`MOST_SQUARE`].
const MOST_FRAMES: usize = 4096;

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

    /// Takes the next sample and gives the mean of the squares.
    pub fn next(&mut self, sample: f64) -> f64 {
        let sample = if sample.is_finite() { sample } else { 0.0 };
        let square = ((sample * sample).min(MOST_SQUARE) * STEPS) as u64;
        self.sum = self.sum - self.squares[self.place] + square;
        self.squares[self.place] = square;
        self.place = if self.place + 1 == self.squares.len() { 0 } else { self.place + 1 };
        self.sum as f64 / (STEPS * self.squares.len() as f64)
    }
}

/// The height of a crest between samples, from a parabola through three of them: a sine reads its peak wherever the
/// samples fall on it (0.0003 dB at 48 samples a period).
#[derive(Debug, Clone, Copy, Default)]
pub struct Crest {
    before: [f64; 2],
}

impl Crest {
    /// The larger of this sample's magnitude and that of the crest around the sample before.
    pub fn next(&mut self, sample: f64) -> f64 {
        let sample = if sample.is_finite() { sample } else { 0.0 };
        let [middle, first] = self.before;
        self.before = [sample, middle];
        let sign = if middle < 0.0 { -1.0 } else { 1.0 };
        let (a, b, c) = (sign * first, sign * middle, sign * sample);
        let crest = if b > a && b >= c {
            let tilt = c - a;
            b + tilt * tilt / (8.0 * ((b - a) + (b - c)))
        } else {
            0.0
        };
        crest.max(sample.abs())
    }
}

/// A gain in decibels (0 or negative) that follows a wanted gain: faster down than up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follower {
    gain_db: f64,
    slow_db: f64,
}

/// How fast a [`Follower`] moves: the share of the way left behind per frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Towards more reduction.
    pub attack: f64,
    /// Towards less.
    pub release: f64,
    /// Towards less while the reduction is no deeper than it has been for long; `None` for one release for all.
    pub sustained: Option<f64>,
}

/// A follower this near to no reduction, in dB, with none wanted, is at rest: 240 dB under what can be heard, and above
/// the range where arithmetic slows down.
const REST_DB: f64 = 1e-12;

/// What a one-pole smoother of this time constant moves in one frame: 63 % after `seconds`.
pub fn share_per_frame(seconds: f64, rate_hz: f64) -> f64 {
    let frames = seconds * rate_hz;
    if frames > 0.0 { -libm::expm1(-1.0 / frames) } else { 1.0 }
}

impl Follower {
    /// Moves one frame towards `wanted_db` and gives the gain.
    pub fn next(&mut self, wanted_db: f64, pace: &Pace) -> f64 {
        let share = if wanted_db < self.gain_db {
            pace.attack
        } else {
            match pace.sustained {
                Some(sustained) if self.gain_db >= self.slow_db => sustained,
                _ => pace.release,
            }
        };
        self.gain_db += share * (wanted_db - self.gain_db);
        if let Some(sustained) = pace.sustained {
            self.slow_db += sustained * (self.gain_db - self.slow_db);
        }
        if wanted_db == 0.0 && self.gain_db > -REST_DB {
            self.gain_db = 0.0;
            if self.slow_db > -REST_DB {
                self.slow_db = 0.0;
            }
        }
        self.gain_db
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_of_three_frames() {
        let mut maximum = SlidingMaximum::new(3);
        maximum.set_window(3);
        let seen: Vec<f64> = [1.0, 5.0, 2.0, 1.0, 0.0, 0.0, 0.0, 4.0].map(|value| maximum.next(value)).into();
        assert_eq!(seen, [1.0, 5.0, 5.0, 5.0, 2.0, 1.0, 0.0, 4.0]);
    }

    #[test]
    fn a_mean_square_forgets_exactly() {
        let mut mean = MeanSquare::new(2);
        let seen: Vec<f64> = [2.0, 0.0, 0.1, 0.0, 0.0, f64::NAN].map(|sample| mean.next(sample)).into();
        assert_eq!((seen[0], seen[1], seen[4], seen[5]), (2.0, 2.0, 0.0, 0.0));
        assert!((seen[2] - 0.005).abs() < 1e-12);
    }

    #[test]
    fn a_sine_reads_its_peak_between_samples() {
        for phase in 0..20 {
            let mut crest = Crest::default();
            let sine = |n: u32| libm::sin((f64::from(n) + f64::from(phase) / 20.0) * std::f64::consts::TAU / 48.0);
            let most = (0..200).map(|n| crest.next(sine(n))).fold(0.0, f64::max);
            assert!((most - 1.0).abs() < 3e-5, "{most}");
        }
    }

    #[test]
    fn a_follower_is_63_percent_there_after_its_time() {
        let pace = Pace { attack: share_per_frame(0.1, 100.0), release: share_per_frame(0.2, 100.0), sustained: None };
        let mut follower = Follower::default();
        let down = (0..10).map(|_| follower.next(-10.0, &pace)).last().unwrap();
        assert!((down + 10.0 * (1.0 - libm::exp(-1.0))).abs() < 1e-9);
        let up = (0..20).map(|_| follower.next(0.0, &pace)).last().unwrap();
        assert!((up / down - libm::exp(-1.0)).abs() < 1e-9);
        assert_eq!((0..2_000).map(|_| follower.next(0.0, &pace)).last(), Some(0.0));
    }
}
