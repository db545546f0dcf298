//! Bits that are not in use: padded words, bits that are stuck, noise-shaped words in longer ones.
//!
//! Exact arithmetic on samples as integers of the file's own depth, before any gain.

use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Frames, SampleRate};

/// The longest word that is looked at: what an f64 that came from a file of integers holds for certain.
const MOST_BITS: u32 = 24;
/// Stretches in which bits are followed.
const STRETCH_S: f64 = 0.5;
/// Samples in a stretch that move, at least: silence says nothing about bits.
const LEAST_MOVING: u64 = 4000;

/// The bits of one channel.
#[derive(Debug, Clone)]
pub struct DepthDetector {
    rate: SampleRate,
    bits: u32,
    frames: u64,
    stretch: u64,
    /// Of the whole.
    whole: Bits,
    /// Of the stretch so far.
    now: Bits,
    stuck: Vec<Stuck>,
}

/// What the bits of some samples did.
#[derive(Debug, Clone, Copy, Default)]
struct Bits {
    moving: u64,
    last: i64,
    /// Bits that were 1 somewhere.
    ones: i64,
    /// Bits that were 0 somewhere.
    zeros: i64,
    /// Samples that are no whole steps.
    between: u64,
}

#[derive(Debug, Clone, Copy)]
struct Stuck {
    bit: u32,
    start: u64,
    end: u64,
}

impl DepthDetector {
    /// A detector for words of `bits`; a longer word is looked at as 24.
    pub fn new(rate: SampleRate, bits: u32) -> DepthDetector {
        DepthDetector {
            rate,
            bits: bits.clamp(1, MOST_BITS),
            frames: 0,
            stretch: ((STRETCH_S * rate.hz()) as u64).max(1),
            whole: Bits::default(),
            now: Bits::default(),
            stuck: Vec::new(),
        }
    }

    /// Looks at the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        let scale = f64::from(1u32 << (self.bits - 1));
        for sample in samples {
            let step = sample * scale;
            let whole = step as i64;
            self.now.between += u64::from(whole as f64 != step);
            self.now.ones |= whole;
            self.now.zeros |= !whole;
            self.now.moving += u64::from(whole != self.now.last);
            self.now.last = whole;
            self.frames += 1;
            if self.frames.is_multiple_of(self.stretch) {
                self.end_stretch();
            }
        }
    }

    fn end_stretch(&mut self) {
        let now = self.now;
        if now.between == 0 && now.moving >= LEAST_MOVING.min(self.stretch / 2) {
            let (start, end) = (self.frames.saturating_sub(self.stretch), self.frames);
            for bit in now.stuck(self.bits) {
                match self.stuck.iter_mut().find(|held| held.bit == bit && held.end == start) {
                    Some(held) => held.end = end,
                    None => self.stuck.push(Stuck { bit, start, end }),
                }
            }
        }
        self.whole.moving += now.moving;
        self.whole.ones |= now.ones;
        self.whole.zeros |= now.zeros;
        self.whole.between += now.between;
        self.now = Bits { last: now.last, ..Bits::default() };
    }

    /// Bits of the word that are in use; `None` for silence and where samples are no whole steps.
    pub fn used(&self) -> Option<u32> {
        let Bits { moving, ones, between, .. } = self.whole;
        (between == 0 && moving > 0 && ones != 0).then(|| self.bits.saturating_sub(ones.trailing_zeros()))
    }

    /// Ends the search. What concerns the whole file is told by [`padded`] from all channels.
    pub fn finish(&mut self) -> Vec<Finding> {
        if self.now.moving > 0 {
            self.end_stretch();
        }
        let used = self.used();
        let live = self.stuck.iter().filter(|stuck| used.is_some_and(|used| stuck.bit >= self.bits - used));
        live.map(|stuck| {
            Finding::new(Kind::StuckBits, Severity::Fail, Frames(stuck.start), Frames(stuck.end), self.rate)
                .detailed(format!("bit {}", self.bits - stuck.bit))
                .measuring(1.0, Some(0.0), "bits")
        })
        .collect()
    }
}

impl Bits {
    /// Bits that stay while lower and higher ones move. The highest moving bit of a two's complement word tells the
    /// peak; the sign above it moves with it, so bits between a moving bit and the sign are live as well.
    fn stuck(&self, bits: u32) -> impl Iterator<Item = u32> {
        let moving = self.ones & self.zeros;
        let lowest = moving.trailing_zeros();
        let highest = (0..bits).rev().find(|bit| moving >> bit & 1 == 1).unwrap_or(0);
        (lowest + 1..highest).filter(move |bit| moving >> bit & 1 == 0)
    }
}

/// The finding that a whole file uses fewer bits than it claims, from its channels' [`DepthDetector::used`].
pub fn padded(used: &[Option<u32>], bits: u32, frames: u64, rate: SampleRate) -> Option<Finding> {
    let most = used.iter().copied().collect::<Option<Vec<u32>>>()?.into_iter().max()?;
    let claimed = bits.min(MOST_BITS);
    // A bit or two are a quiet programme's chance; words come in 8, 12, 16, 20 and 24 bits.
    (most + 3 <= claimed).then(|| {
        Finding::new(Kind::PaddedBits, Severity::Warn, Frames(0), Frames(frames), rate).measuring(
            f64::from(most),
            Some(f64::from(claimed)),
            "bits",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<i64> {
        let mut state = 11u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 34) as i64 % 1_000_000 - 500_000
        };
        (0..length).map(|_| next()).collect()
    }

    fn detector(words: &[i64]) -> DepthDetector {
        let mut detector = DepthDetector::new(SampleRate(44_100), 24);
        let samples: Vec<f64> = words.iter().map(|word| *word as f64 / 8_388_608.0).collect();
        samples.chunks(777).for_each(|part| detector.process(part));
        detector
    }

    #[test]
    fn sixteen_bits_in_twenty_four_are_padded() {
        let words: Vec<i64> = noise(50_000).iter().map(|word| word >> 8 << 8).collect();
        let mut sixteen = detector(&words);
        assert_eq!(sixteen.finish(), []);
        assert_eq!(sixteen.used(), Some(16));
        let found = padded(&[sixteen.used(), sixteen.used()], 24, 50_000, SampleRate(44_100)).unwrap();
        assert_eq!((found.kind, found.measured, found.limit), (Kind::PaddedBits, Some(16.0), Some(24.0)));
        let mut full = detector(&noise(50_000));
        assert_eq!((full.finish(), full.used()), (vec![], Some(24)));
        assert_eq!(padded(&[Some(16), None], 24, 1, SampleRate(44_100)), None);
    }

    #[test]
    fn a_stuck_bit_is_named_where_it_sticks() {
        let words: Vec<i64> = noise(110_250)
            .iter()
            .enumerate()
            .map(|(n, word)| if n < 44_100 { *word } else { word | 1 << 12 })
            .collect();
        let found = detector(&words).finish();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].start_frame.0, found[0].detail.as_deref()), (44_100, Some("bit 12")));
    }

    #[test]
    fn silence_and_floats_say_nothing() {
        let mut silent = detector(&[0; 50_000]);
        assert_eq!((silent.finish(), silent.used()), (vec![], None));
        let mut float = DepthDetector::new(SampleRate(44_100), 24);
        float.process(&(0..50_000).map(|n| libm::sin(0.1 * f64::from(n))).collect::<Vec<f64>>());
        assert_eq!((float.finish(), float.used()), (vec![], None));
    }
}
