//! Dips of a tape: for some milliseconds the same loss in every band, with the same sound before and after.
//!
//! A rest, a decay and a gated hit lose their bands at different times, or come back as something else.

use super::candidate::Candidate;
use super::weight::Weights;
use crate::analysis::finding::Kind;
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;
use crate::unit::SampleRate;

/// Frame of the analysis at 44.1 kHz: 5.8 ms, four to a hop.
const FRAME: usize = 256;
/// Upper edges of the bands in Hz; the first begins above 0.
const EDGES: [f64; 6] = [0.0, 400.0, 1000.0, 2500.0, 6000.0, 12_000.0];
const BANDS: usize = EDGES.len() - 1;
/// Power that counts as nothing: -110 dB.
const LEAST_POWER: f64 = 1e-11;
/// Programme beside a dip is louder than this, as mean of the upper bands: about -75 dBFS in each.
const LEAST_MUSIC_DB: f32 = -75.0;
/// A dip is at least this deep.
pub(super) const LEAST_DEPTH_DB: f32 = 5.0;
/// The reference is a median over 41 ms, 60 ms away.
const MEDIAN_S: f64 = 0.041;
const AWAY_S: f64 = 0.060;
/// Only the deepest within 30 ms is looked at.
const ALONE_S: f64 = 0.030;
/// A dip reaches at most this far from its deepest point.
const REACH_S: f64 = 0.100;
/// Its core, and the sound before and after.
const CORE_S: f64 = 0.008;
const BESIDE_S: (f64, f64) = (0.012, 0.045);
/// Around it, where other dips tell a rhythm.
const CONTEXT_S: f64 = 0.5;
/// Hops that are worked on together.
const SEGMENT: usize = 8192;

type Bands = [f32; BANDS];

/// The dips of all channels.
pub struct DipDetector {
    rate: SampleRate,
    frame: usize,
    fft: RealFft,
    window: Vec<f64>,
    channels: Vec<Lane>,
    /// The hop that `levels[0]` is.
    base: u64,
    cursor: usize,
    found: Vec<Candidate>,
}

#[derive(Debug, Clone, Default)]
struct Lane {
    pending: Vec<f64>,
    /// Decibels of each band in each hop.
    levels: Vec<Bands>,
    /// Mean of the upper bands, smoothed over three hops.
    level: Vec<f32>,
}

impl DipDetector {
    /// A detector for `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate) -> DipDetector {
        let frame = FRAME * super::times(rate);
        DipDetector {
            rate,
            frame,
            fft: RealFft::new(frame),
            window: hann(frame),
            channels: vec![Lane { pending: vec![0.0; frame / 2], ..Lane::default() }; channels],
            base: 0,
            cursor: 0,
            found: Vec::new(),
        }
    }

    /// Looks at the next finite block.
    pub fn process(&mut self, block: &Block) {
        let mut windowed = vec![0.0; self.frame];
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
        let edges: Vec<usize> =
            EDGES.iter().map(|hz| ((hz * self.frame as f64 / self.rate.hz()).round() as usize).max(1)).collect();
        let scale = 8.0 / (3.0 * (self.frame as f64) * (self.frame as f64));
        for (lane, samples) in self.channels.iter_mut().zip(block.iter()) {
            lane.pending.extend_from_slice(samples);
            let mut start = 0;
            while start + self.frame <= lane.pending.len() {
                let samples = &lane.pending[start..start + self.frame];
                for ((out, sample), weight) in windowed.iter_mut().zip(samples).zip(&self.window) {
                    *out = sample * weight;
                }
                self.fft.forward(&windowed, &mut spectrum);
                lane.levels.push(std::array::from_fn(|band| {
                    let last = edges[band + 1].max(edges[band] + 1).min(spectrum.len());
                    let power: f64 = spectrum[edges[band].min(last)..last].iter().map(|bin| bin.norm_sqr()).sum();
                    (10.0 * libm::log10(power * scale + LEAST_POWER)) as f32
                }));
                start += self.frame / 4;
            }
            lane.pending.drain(..start);
            lane.smooth();
        }
        let margin = self.hops(REACH_S + AWAY_S + MEDIAN_S + CONTEXT_S) + 2;
        if self.known() > self.cursor + SEGMENT {
            self.judge_until(self.known().saturating_sub(margin));
            self.drop_past(margin);
        }
    }

    /// Ends the search: every dip that was weighed.
    pub fn finish(mut self) -> Vec<Candidate> {
        self.judge_until(self.known());
        self.found
    }

    fn hops(&self, seconds: f64) -> usize {
        (seconds * self.rate.hz() * 4.0 / self.frame as f64).round() as usize
    }

    /// Hops that every channel knows.
    fn known(&self) -> usize {
        self.channels.iter().map(|lane| lane.level.len()).min().unwrap_or(0)
    }

    fn judge_until(&mut self, end: usize) {
        let (alone, away, half) = (self.hops(ALONE_S), self.hops(AWAY_S), self.hops(MEDIAN_S) / 2);
        for channel in 0..self.channels.len() {
            let level = &self.channels[channel].level;
            let mut dips = Vec::new();
            for at in self.cursor.max(away + half)..end.min(level.len().saturating_sub(away + half)) {
                let here = level[at];
                let side = |from: usize, to: usize| level[from..to].iter().fold(f32::MAX, |low, value| low.min(*value));
                let deepest = here < side(at - alone, at) && here <= side(at + 1, at + 1 + alone);
                // Cheap first: the reference cannot be above the loudest there.
                let loudest = |from: usize, to: usize| level[from..=to].iter().fold(f32::MIN, |high, v| high.max(*v));
                if !deepest || loudest(at - away - half, at - away + half) - here <= LEAST_DEPTH_DB {
                    continue;
                }
                let reference = median(&level[at - away - half..=at - away + half])
                    .min(median(&level[at + away - half..=at + away + half]));
                if reference - here > LEAST_DEPTH_DB && reference > LEAST_MUSIC_DB {
                    dips.push((at, reference));
                }
            }
            let judged: Vec<Candidate> =
                dips.into_iter().filter_map(|(at, top)| self.judge(channel, at, top)).collect();
            self.found.extend(judged);
        }
        self.cursor = self.cursor.max(end);
    }

    fn judge(&self, channel: usize, at: usize, reference: f32) -> Option<Candidate> {
        let lane = &self.channels[channel];
        let depth = reference - lane.level[at];
        let half = reference - 0.5 * depth;
        let reach = self.hops(REACH_S);
        let first = (at.saturating_sub(reach)..at).rev().find(|hop| lane.level[*hop] > half)? + 1;
        let last = (at + 1..(at + reach).min(lane.level.len())).find(|hop| lane.level[*hop] > half)?;
        let core = self.hops(CORE_S).max(1);
        let core = first.max(at.saturating_sub(core))..last.min(at + core + 1);
        let (near, far) = (self.hops(BESIDE_S.0), self.hops(BESIDE_S.1));
        let before = first.saturating_sub(far)..first.saturating_sub(near);
        let after = (last + near).min(lane.levels.len())..(last + far).min(lane.levels.len());
        if before.is_empty() || after.is_empty() {
            return None;
        }
        let loss = |lane: &Lane| -> (Bands, Bands, Bands) {
            let (left, right, inside) = (lane.mean(before.clone()), lane.mean(after.clone()), lane.mean(core.clone()));
            (std::array::from_fn(|band| 0.5 * (left[band] + right[band]) - inside[band]), left, right)
        };
        let (own, left, right) = loss(lane);
        let other = self.channels.iter().enumerate().find(|(index, _)| *index != channel);
        let other = other.map_or(own, |(_, lane)| loss(lane).0);
        let differences = |a: &Bands, b: &Bands| std::array::from_fn::<f32, BANDS, _>(|band| (a[band] - b[band]).abs());
        let features = [
            depth,
            deviation(&own),
            own.iter().copied().fold(f32::MAX, f32::min),
            average(&differences(&left, &right)),
            average(&differences(&own, &other)),
            lane.spread(before.clone()),
            lane.spread(after.clone()),
            average(&own) - average(&other),
            libm::logf((last - first) as f32),
            average(&own),
            lane.slope(before),
            lane.slope(after),
            lane.highest((last..last + far).clone()) - reference,
            lane.highest(first.saturating_sub(far)..first) - reference,
            lane.below(half, self.around(first, last)),
            lane.below(lane.level[at] + 0.25 * depth, self.around(first, last)),
            lane.ragged(core.clone(), &own, &left, &right),
            own.iter().copied().fold(f32::MIN, f32::max) - own.iter().copied().fold(f32::MAX, f32::min),
            average(&right) - average(&left),
            own[0],
            lane.steepest(first.saturating_sub(2)..(last + 2).min(lane.level.len())),
        ]
        .map(f64::from);
        let frame = |hop: usize| (self.base + hop as u64) * self.frame as u64 / 4;
        Some(Candidate {
            kind: Kind::Dropout,
            start: frame(first),
            end: frame(last),
            channel: Some(channel),
            features: features.to_vec(),
            probability: Weights::shipped(Kind::Dropout).probability(&features),
        })
    }

    /// The hops around a dip, without it and its edges.
    fn around(&self, first: usize, last: usize) -> [std::ops::Range<usize>; 2] {
        let (far, near) = (self.hops(CONTEXT_S), self.hops(BESIDE_S.0));
        [first.saturating_sub(far)..first.saturating_sub(near), last + near..last + far]
    }

    fn drop_past(&mut self, margin: usize) {
        let gone = self.cursor.saturating_sub(2 * margin);
        for lane in &mut self.channels {
            lane.levels.drain(..gone);
            lane.level.drain(..gone);
        }
        self.base += gone as u64;
        self.cursor -= gone;
    }
}

impl Lane {
    /// Smooths every hop whose neighbours are known.
    fn smooth(&mut self) {
        let upper = |bands: &Bands| average(&bands[1..]);
        while self.level.len() + 1 < self.levels.len() {
            let at = self.level.len();
            let near = &self.levels[at.saturating_sub(1)..=at + 1];
            let mean = near.iter().map(upper).sum::<f32>() / near.len() as f32;
            self.level.push(mean);
        }
    }

    fn mean(&self, hops: std::ops::Range<usize>) -> Bands {
        let part = &self.levels[hops];
        std::array::from_fn(|band| part.iter().map(|bands| bands[band]).sum::<f32>() / part.len().max(1) as f32)
    }

    /// Decibels a hop, by least squares.
    fn slope(&self, hops: std::ops::Range<usize>) -> f32 {
        let part = &self.level[hops.start.min(self.level.len())..hops.end.min(self.level.len())];
        let middle = (part.len() as f32 - 1.0) / 2.0;
        let mean = average(part);
        let (mut sum, mut power) = (0.0, 1e-6);
        for (n, value) in part.iter().enumerate() {
            let x = n as f32 - middle;
            sum += x * (value - mean);
            power += x * x;
        }
        sum / power
    }

    fn highest(&self, hops: std::ops::Range<usize>) -> f32 {
        let part = &self.level[hops.start.min(self.level.len())..hops.end.min(self.level.len())];
        part.iter().copied().fold(-110.0, f32::max)
    }

    /// Share of hops below a level.
    fn below(&self, level: f32, hops: [std::ops::Range<usize>; 2]) -> f32 {
        let (mut low, mut all) = (0, 0);
        for range in hops {
            let part = &self.level[range.start.min(self.level.len())..range.end.min(self.level.len())];
            low += part.iter().filter(|value| **value < level).count();
            all += part.len();
        }
        low as f32 / all.max(1) as f32
    }

    /// How unevenly the bands go down within the core: mean deviation of the loss over the bands, hop by hop.
    fn ragged(&self, core: std::ops::Range<usize>, own: &Bands, left: &Bands, right: &Bands) -> f32 {
        let part = &self.levels[core];
        let one = |bands: &Bands| {
            let loss: Bands = std::array::from_fn(|b| 0.5 * (left[b] + right[b]) - bands[b] - own[b]);
            deviation(&loss)
        };
        part.iter().map(one).sum::<f32>() / part.len().max(1) as f32
    }

    /// The steepest change of the level in a hop.
    fn steepest(&self, hops: std::ops::Range<usize>) -> f32 {
        self.level[hops].windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    /// Mean over the bands of their deviation over time.
    fn spread(&self, hops: std::ops::Range<usize>) -> f32 {
        let part = &self.levels[hops];
        let bands: [f32; BANDS] =
            std::array::from_fn(|band| deviation(&part.iter().map(|bands| bands[band]).collect::<Vec<f32>>()));
        average(&bands)
    }
}

fn average(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn deviation(values: &[f32]) -> f32 {
    let mean = average(values);
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / values.len().max(1) as f32).sqrt()
}

fn median(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted[sorted.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(channels: &[Vec<f64>], block: usize) -> Vec<(u64, u64, Option<usize>)> {
        let mut detector = DipDetector::new(channels.len(), SampleRate(44_100));
        for start in (0..channels[0].len()).step_by(block) {
            let end = (start + block).min(channels[0].len());
            let parts: Vec<&[f64]> = channels.iter().map(|channel| &channel[start..end]).collect();
            detector.process(&Block::from_channels(&parts));
        }
        let sure = detector.finish().into_iter().filter(|candidate| candidate.probability > 0.5);
        sure.map(|candidate| (candidate.start, candidate.end, candidate.channel)).collect()
    }

    fn noise(seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            0.2 * ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
        };
        (0..120_000).map(|_| next()).collect()
    }

    #[test]
    fn the_same_loss_in_every_band_is_a_dip_whatever_the_block() {
        let mut left = noise(1);
        for (n, sample) in left[60_000..61_500].iter_mut().enumerate() {
            let edge = (n.min(1499 - n) as f64 / 200.0).min(1.0);
            *sample *= libm::pow(10.0, -edge);
        }
        let dips = found(&[left.clone(), noise(2)], 5_000);
        assert_eq!(dips.len(), 1, "{dips:?}");
        assert!(dips[0].0.abs_diff(60_000) < 300 && dips[0].1.abs_diff(61_500) < 300 && dips[0].2 == Some(0));
        assert_eq!(found(&[left, noise(2)], 777), dips);
    }

    #[test]
    fn a_rest_and_steady_noise_are_none() {
        let mut rest = noise(1);
        rest[60_000..].fill(0.0);
        assert_eq!(found(&[rest, noise(2)], 5_000), []);
        assert_eq!(found(&[noise(3), noise(4)], 5_000), []);
    }
}
