//! The filterbank of MP3: 32 polyphase bands of 18 lines, granules of 576 samples (ISO/IEC 11172-3, C.1.3 and 2.4.3.4).

use std::f64::consts::PI;
use std::sync::OnceLock;

use super::{BAND_HZ, LEAST_LINE, VIEWS, views};
use crate::unit::SampleRate;

/// Granules begin this far apart.
pub(super) const FRAME: usize = BANDS * LINES;
const BANDS: usize = 32;
const LINES: usize = 18;
/// Taps of the polyphase window.
const TAPS: usize = 512;
/// Granules of an excerpt at each offset.
const FRAMES: usize = 2;
/// Slots of 32 samples that these need, with every offset of a granule.
const SLOTS: usize = LINES * (FRAMES + 2);
/// What the butterflies between bands were computed from (table 3-B.9).
const BUTTERFLIES: [f64; 8] = [-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037];

/// The filterbank over the bands that are looked at, and one more on either side for the butterflies.
pub(super) struct Hybrid {
    bands: std::ops::Range<usize>,
    /// Cosines of the polyphase matrix, a row a band.
    matrix: Vec<[f64; 64]>,
    /// Cosines of a band's transform under its window, a row a line.
    transform: Vec<[f64; 2 * LINES]>,
    butterflies: [(f64, f64); 8],
}

type Lines = Vec<[f64; LINES]>;

impl Hybrid {
    pub(super) fn new(rate: SampleRate) -> Hybrid {
        let band = |hz: f64| (hz / (0.5 * rate.hz()) * BANDS as f64) as usize;
        let bands = band(BAND_HZ.0) - 1..(band(BAND_HZ.1) + 1).min(BANDS);
        let row =
            |band: usize| std::array::from_fn(|k| libm::cos((2 * band + 1) as f64 * (k as f64 - 16.0) * PI / 64.0));
        let line = |k: usize| {
            std::array::from_fn(|n| {
                let turn = PI / (4 * LINES) as f64 * ((2 * n + 1 + LINES) * (2 * k + 1)) as f64;
                libm::sin(PI / (2 * LINES) as f64 * (n as f64 + 0.5)) * libm::cos(turn)
            })
        };
        Hybrid {
            matrix: bands.clone().map(row).collect(),
            transform: (0..LINES).map(line).collect(),
            butterflies: BUTTERFLIES.map(|c| (1.0 / (1.0 + c * c).sqrt(), c / (1.0 + c * c).sqrt())),
            bands,
        }
    }

    /// Adds the mean logarithm of the lines of every offset to the scores of the views; `start` is the frame of the
    /// file that the channels begin at.
    pub(super) fn score(&mut self, start: u64, channels: &[Vec<f64>; 2], scores: &mut [Vec<f64>; VIEWS]) {
        for phase in 0..BANDS {
            let slots = [0, 1].map(|channel: usize| self.slots(&channels[channel], phase));
            for slot in 0..LINES {
                let offset = ((start + (phase + BANDS * slot) as u64) % FRAME as u64) as usize;
                for frame in 0..FRAMES {
                    let from = slot + LINES * frame;
                    let [left, right] = [0, 1].map(|channel: usize| self.lines(&slots[channel][from..]));
                    let inner = 1..left.len() - 1;
                    let mut sums = [0.0; VIEWS];
                    for (left, right) in left[inner.clone()].iter().flatten().zip(right[inner.clone()].iter().flatten())
                    {
                        for (sum, line) in sums.iter_mut().zip(views(*left, *right)) {
                            *sum += libm::log(line * line + LEAST_LINE);
                        }
                    }
                    for (scores, sum) in scores.iter_mut().zip(sums) {
                        scores[offset] += sum / (inner.len() * LINES) as f64;
                    }
                }
            }
        }
    }

    /// The bands of every slot of 32 samples, the first ending `TAPS + phase` samples in.
    fn slots(&self, samples: &[f64], phase: usize) -> Vec<Vec<f64>> {
        let window = polyphase();
        let slot = |index: usize| {
            let newest = TAPS + phase + BANDS * index;
            let mut folded = [0.0; 64];
            for (k, folded) in folded.iter_mut().enumerate() {
                *folded = (0..8).map(|j| window[k + 64 * j] * samples[newest - k - 64 * j]).sum();
            }
            self.matrix.iter().map(|row| row.iter().zip(&folded).map(|(c, y)| c * y).sum()).collect()
        };
        (0..SLOTS).map(slot).collect()
    }

    /// The lines of a granule that begins at a slot: transforms of the bands, then the butterflies between them.
    fn lines(&self, slots: &[Vec<f64>]) -> Lines {
        let band = |index: usize| {
            let odd = (self.bands.start + index) % 2 == 1;
            // Every second sample of every second band is negated.
            let course: [f64; 2 * LINES] =
                std::array::from_fn(|n| if odd && n % 2 == 1 { -slots[n][index] } else { slots[n][index] });
            std::array::from_fn(|k| self.transform[k].iter().zip(&course).map(|(c, s)| c * s).sum())
        };
        let mut lines: Lines = (0..self.matrix.len()).map(band).collect();
        for index in 1..lines.len() {
            for (i, (stays, crosses)) in self.butterflies.iter().enumerate() {
                let (under, over) = (lines[index - 1][LINES - 1 - i], lines[index][i]);
                lines[index - 1][LINES - 1 - i] = under * stays + over * crosses;
                lines[index][i] = over * stays - under * crosses;
            }
        }
        lines
    }
}

/// The analysis window C of the standard.
fn polyphase() -> &'static [f64; TAPS] {
    static WINDOW: OnceLock<[f64; TAPS]> = OnceLock::new();
    WINDOW.get_or_init(|| {
        let text = include_str!("../../../../../assets/weights/polyphase.txt");
        let numbers = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        let half: Vec<f64> = numbers.filter_map(|number| number.parse().ok()).collect();
        std::array::from_fn(|n| {
            let value = half.get(n.min(TAPS - n)).copied().unwrap_or(0.0);
            let sign = if (n / 64) % 2 == 1 { -1.0 } else { 1.0 };
            sign * value / (65_536.0 * 32.0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_standards() {
        let window = polyphase();
        assert!((window[256] - 0.035_780_907).abs() < 5e-10, "{}", window[256]);
        assert!((window[64] - 0.000_101_566).abs() < 5e-10, "{}", window[64]);
        assert!((window[1] + 0.000_000_477).abs() < 5e-10, "{}", window[1]);
        assert_eq!((window[0], window[255].abs()), (0.0, window[257].abs()));
    }

    #[test]
    fn a_tone_sounds_in_its_band() {
        let hybrid = Hybrid::new(SampleRate(44_100));
        // The middle of band 10.
        let turn = PI * (10.5 / 32.0);
        let samples: Vec<f64> = (0..6144).map(|n| libm::sin(turn * n as f64)).collect();
        let lines = hybrid.lines(&hybrid.slots(&samples, 3));
        let energy = |index: usize| lines[index].iter().map(|line| line * line).sum::<f64>();
        let index = 10 - hybrid.bands.start;
        assert!((0..lines.len()).all(|other| other == index || energy(other) < 1e-3 * energy(index)));
    }
}
