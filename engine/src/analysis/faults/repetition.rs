//! Buffers that were played twice: the same samples again, bit for bit, right after themselves.

use crate::analysis::finding::Kind;

use super::candidate::Candidate;

/// Shortest and longest buffer, in samples: what converters and drivers repeat.
const LAGS: std::ops::RangeInclusive<u64> = 3..=2048;
/// Shortest equal run: three equal samples happen, eight with a fresh course do not.
const LEAST_RUN: u64 = 8;
/// And as a share of the buffer; a longer run than the buffer itself is a loop somebody made or a periodic wave.
const RUN_SHARE: (f64, f64) = (0.9, 1.25);
/// A run moves by at least this much, or it is silence and dither.
const LEAST_MOVE: f64 = 1e-3;
/// Places that are remembered: four times the longest buffer keeps collisions rare.
const PLACES: usize = 8192;
/// At 16 bits and below, equal samples are common: runs are longer by this.
const COARSE_FACTOR: u64 = 3;

/// The repeated buffers of one channel.
#[derive(Debug, Clone)]
pub struct RepetitionDetector {
    frames: u64,
    /// The last samples, a ring of a power of two.
    ring: Vec<f64>,
    last: [f64; 3],
    /// Where three samples in a row were last seen.
    places: Vec<u64>,
    run: Option<Run>,
    coarse: bool,
    found: Vec<Repeat>,
}

/// A buffer that was played again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Repeat {
    /// Where it begins again, and the frame after its end.
    pub(super) start: u64,
    pub(super) end: u64,
    /// How long before it was played first, in frames.
    pub(super) lag: u64,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    lag: u64,
    length: u64,
    low: f64,
    high: f64,
}

impl RepetitionDetector {
    /// A detector; `coarse` where samples come from 16 bits or fewer.
    pub fn new(coarse: bool) -> RepetitionDetector {
        RepetitionDetector {
            frames: 0,
            ring: vec![0.0; PLACES],
            last: [0.0; 3],
            places: vec![0; PLACES],
            run: None,
            coarse,
            found: Vec::new(),
        }
    }

    /// Looks at the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        for sample in samples {
            self.next(*sample);
        }
    }

    fn next(&mut self, sample: f64) {
        let mask = PLACES as u64 - 1;
        self.ring[(self.frames & mask) as usize] = sample;
        let last = [self.last[1], self.last[2], sample];
        self.last = last;
        if let Some(run) = &mut self.run {
            if self.ring[((self.frames - run.lag) & mask) as usize] == sample {
                run.length += 1;
                run.low = run.low.min(sample);
                run.high = run.high.max(sample);
            } else {
                let ended = *run;
                self.run = None;
                self.note(ended);
            }
        }
        // Three samples that do not move are no course.
        if self.frames >= 2 && last[0] != last[1] {
            let place = hash(last);
            let before = std::mem::replace(&mut self.places[place], self.frames);
            let lag = self.frames - before;
            if self.run.is_none() && before >= 2 && LAGS.contains(&lag) {
                let then = [2, 1, 0].map(|back| self.ring[((before - back) & mask) as usize]);
                if then == last {
                    let (low, high) = (last[0].min(last[1]).min(last[2]), last[0].max(last[1]).max(last[2]));
                    self.run = Some(Run { lag, length: 3, low, high });
                }
            }
        }
        self.frames += 1;
    }

    fn note(&mut self, run: Run) {
        let least = LEAST_RUN * if self.coarse { COARSE_FACTOR } else { 1 };
        let (low, high) = (RUN_SHARE.0 * run.lag as f64, RUN_SHARE.1 * run.lag as f64 + 8.0);
        let length = run.length as f64;
        if run.length >= least && length >= low && length <= high && run.high - run.low >= LEAST_MOVE {
            self.found.push(Repeat { start: self.frames - run.length, end: self.frames, lag: run.lag });
        }
    }

    /// Ends the search.
    pub(super) fn finish(self) -> Vec<Repeat> {
        self.found
    }
}

impl Repeat {
    /// As a place that was weighed.
    pub(super) fn candidate(&self, channel: usize) -> Candidate {
        Candidate {
            kind: Kind::Splice,
            start: self.start,
            end: self.end,
            channel: Some(channel),
            features: Vec::new(),
            probability: 1.0,
        }
    }
}

/// One multiplication a sample would do; the shifts part what differs in few bits.
fn hash([first, second, third]: [f64; 3]) -> usize {
    let mixed = first.to_bits() ^ second.to_bits().rotate_left(21) ^ third.to_bits().rotate_left(42);
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 51) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(samples: &[f64]) -> Vec<(u64, u64)> {
        let mut detector = RepetitionDetector::new(false);
        samples.chunks(100).for_each(|part| detector.process(part));
        detector.finish().into_iter().map(|repeat| (repeat.start, repeat.end)).collect()
    }

    #[test]
    fn a_buffer_played_twice_is_found_and_waves_are_not() {
        let mut state = 5u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let mut music: Vec<f64> = (0..20_000).map(|_| next()).collect();
        assert_eq!(found(&music), []);
        music.copy_within(10_000..10_512, 10_512);
        let repeats = found(&music);
        assert!(repeats.len() == 1 && repeats[0].0.abs_diff(10_512) <= 3 && repeats[0].1 == 11_024, "{repeats:?}");
        let square: Vec<f64> = (0..20_000).map(|n| if n / 50 % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let saw: Vec<f64> = (0..20_000).map(|n| (n % 100) as f64 / 100.0).collect();
        assert_eq!((found(&square), found(&saw), found(&[0.0; 9000])), (vec![], vec![], vec![]));
    }
}
