//! Splices: two stretches joined where they do not fit, in all channels at once.
//!
//! An attack cannot be predicted from what came before, but what came before can be predicted *backwards* from it
//! and through it: the room and the strings still sound. Across a splice nothing predicts anything, although each side
//! alone is as predictable as ever.

use super::candidate::Candidate;
use super::click::left_by_interpolation;
use super::late::Break;
use super::model::{Covariance, LEAST_SIGMA, energy, log, residual, robust};
use super::step::{self, Side, Step};
use super::weight::Weights;
use super::whitening::{ORDER, Predictor};
use crate::analysis::finding::Kind;
use crate::audio::Block;
use crate::unit::SampleRate;

/// Samples on either side that are modelled.
const SIDE: usize = 1024;
/// The edge lies this far around the place that stands out.
const BEFORE: usize = 36;
const GAP: usize = 40;
/// Where the other channels go on, their models miss less than this many times what they usually miss.
const CALM: f64 = 20.0;
/// A channel that breaks misses more than this many times that, in both directions.
const BROKEN: f64 = 12.0;
/// And interpolation leaves more than this share of it.
const MENDED: f64 = 0.005;
/// A step lies no further than this behind it.
const STEP_AFTER: usize = 8;
/// The edge is the first sample that the left model misses by this much.
const EDGE_SIGMAS: f64 = 6.0;
/// Disturbances of several channels within this are one.
const SAME_S: f64 = 0.005;
/// A splice breaks every channel: what the left model misses in the weakest, over what it usually misses (logarithm).
const LEAST_BREAK: f64 = 1.5;
/// Interpolated at the edge for the click's side of the question.
const BRIDGE: usize = 33;
/// Where the models must hold again beside the edge.
const SETTLED: usize = 128;

/// The splices of all channels.
pub struct SpliceDetector {
    same: u64,
    channels: Vec<Vec<f64>>,
    base: u64,
    waiting: Vec<(u64, f64)>,
    found: Vec<Candidate>,
    steps: Vec<Step>,
    breaks: Vec<Break>,
}

/// One channel at an edge.
struct Sides {
    left: Predictor,
    right: Predictor,
    left_variance: f64,
    right_variance: f64,
    right_rows: Covariance,
}

impl SpliceDetector {
    /// A detector for `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate) -> SpliceDetector {
        SpliceDetector {
            same: (SAME_S * rate.hz()) as u64,
            channels: vec![Vec::new(); channels],
            base: 0,
            waiting: Vec::new(),
            found: Vec::new(),
            steps: Vec::new(),
            breaks: Vec::new(),
        }
    }

    /// Takes in the next finite block.
    pub fn process(&mut self, block: &Block) {
        for (held, samples) in self.channels.iter_mut().zip(block.iter()) {
            held.extend_from_slice(samples);
        }
    }

    /// Judges the disturbances of any channel up to a frame; no earlier one will come.
    pub fn judge(&mut self, disturbances: impl IntoIterator<Item = (u64, f64)>, until: u64) {
        self.waiting.extend(disturbances);
        self.waiting.sort_by_key(|disturbance| disturbance.0);
        let ready = self.waiting.partition_point(|disturbance| disturbance.0 < until);
        let ready: Vec<(u64, f64)> = self.waiting.drain(..ready).collect();
        let same = self.same;
        for group in ready.chunk_by(|a, b| b.0 - a.0 <= same) {
            if let Some((at, height)) = group.iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
                let judged = self.weigh(*at, *height);
                self.found.extend(judged);
            }
        }
        let keep = until.saturating_sub(self.base + 4 * SIDE as u64) as usize;
        for channel in &mut self.channels {
            channel.drain(..keep.min(channel.len()));
        }
        self.base += keep as u64;
    }

    /// Ends the search: every place that was weighed, every gain that jumped, and where one channel broke alone.
    pub(super) fn finish(self) -> (Vec<Candidate>, Vec<Step>, Vec<Break>) {
        (self.found, self.steps, self.breaks)
    }

    fn weigh(&mut self, at: u64, height: f64) -> Option<Candidate> {
        let at = at.checked_sub(self.base)? as usize;
        let start = at.checked_sub(GAP + SIDE + ORDER)?;
        let end = at + GAP + SIDE + 2 * ORDER;
        let parts: Vec<&[f64]> =
            self.channels.iter().map(|channel| channel.get(start..end)).collect::<Option<Vec<_>>>()?;
        let place = at - start;
        let sides: Vec<Option<Sides>> = parts.iter().map(|part| Sides::of(part, place)).collect();
        let base = self.base + start as u64;
        let alone = |channel: usize, edge: usize| {
            let others = parts.iter().zip(&sides).enumerate().filter(|(other, _)| *other != channel);
            let mut calm = others.map(|(_, (part, side))| side.as_ref().is_none_or(|side| side.is_calm(part, edge)));
            calm.all(|calm| calm)
        };
        let (mut steps, mut breaks) = (Vec::new(), Vec::new());
        for (channel, (part, side)) in parts.iter().zip(&sides).enumerate() {
            let Some(side) = side else { continue };
            match side.step(part, place) {
                Some((edge, gain_db, explained_db)) if alone(channel, edge) => {
                    steps.push(Step { frame: base + edge as u64, channel, gain_db, explained_db });
                }
                _ => {
                    let edge =
                        side.edge(part, place).filter(|edge| side.is_broken(part, *edge) && alone(channel, *edge));
                    breaks.extend(edge.map(|edge| Break { frame: base + edge as u64, channel }));
                }
            }
        }
        let sides: Option<Vec<Sides>> = sides.into_iter().collect();
        let candidate = sides.and_then(|sides| self.weigh_sides(&parts, &sides, start, place, height));
        self.steps.extend(steps);
        self.breaks.extend(breaks);
        candidate
    }

    /// What all channels together say about a joint near a place of the parts, which begin at `start`.
    fn weigh_sides(
        &self,
        parts: &[&[f64]],
        sides: &[Sides],
        start: usize,
        place: usize,
        height: f64,
    ) -> Option<Candidate> {
        // The earliest edge of any channel that has one.
        let edges: Vec<Option<usize>> = parts.iter().zip(sides).map(|(part, sides)| sides.edge(part, place)).collect();
        let edge = edges.iter().flatten().copied().min()?;
        let spread = edges.iter().map(|other| other.unwrap_or(place + GAP) - edge).max().unwrap_or(0);
        let of = |feature: &dyn Fn(&[f64], &Sides) -> f64| -> Vec<f64> {
            parts.iter().zip(sides).map(|(part, sides)| feature(part, sides)).collect()
        };
        let most = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max);
        let least = |values: &[f64]| values.iter().copied().fold(f64::MAX, f64::min);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let order = ORDER as f64;
        let left = of(&|part, s| log(backward(&s.left, part, edge) / (order * s.left_variance)));
        let right = of(&|part, s| log(backward(&s.right, part, edge) / (order * s.right_variance)));
        let bridged = of(&|part, _| log(left_by_interpolation(part, edge, BRIDGE).unwrap_or(1.0)));
        let joint = of(&|part, s| s.joint_loss(part, edge));
        let broken = of(&|part, s| log(s.forward(part, edge) / (order * s.left_variance)));
        let over = |range: std::ops::Range<usize>, filter: &Predictor, part: &[f64]| {
            let missed = residual(filter, &part[range.start - ORDER..range.end]);
            energy(&missed, ORDER, missed.len() - ORDER) / (missed.len() - ORDER).max(1) as f64
        };
        let after = edge + ORDER..(edge + ORDER + SETTLED).min(parts[0].len());
        let before = edge - SETTLED..edge;
        let settled = of(&|part, s| log(over(after.clone(), &s.right, part) / s.right_variance));
        let calm = of(&|part, s| log(over(before.clone(), &s.left, part) / s.left_variance));
        let louder = of(&|part, _| log(energy(part, edge, 512).max(1e-14) / energy(part, edge - 512, 512).max(1e-14)));
        let livelier = of(&|_, s| log(s.right_variance / s.left_variance));
        let sharp = of(&|part, s| {
            let missed = residual(&s.left, &part[edge - ORDER..edge + ORDER]);
            log(energy(&missed, ORDER, 3) / energy(&missed, ORDER, ORDER).max(1e-18) + 1e-6)
        });
        let sizes = |values: &[f64]| values.iter().map(|value| value.abs()).collect::<Vec<f64>>();
        let features = [
            most(&left),
            most(&right),
            most(&of(&|part, s| log(s.forward(part, edge) / energy(part, edge, ORDER).max(1e-14)))),
            mean(&bridged),
            most(&joint),
            least(&broken),
            log(1.0 + spread as f64),
            least(&left),
            least(&right),
            most(&settled),
            most(&calm),
            least(&bridged),
            mean(&sizes(&louder)),
            mean(&louder),
            mean(&sizes(&livelier)),
            mean(&livelier),
            least(&joint),
            log(height),
            most(&broken),
            mean(&sharp),
            most(&of(&|part, s| log(backward(&s.right, part, edge) / energy(part, edge - ORDER, ORDER).max(1e-14)))),
            mean(&settled),
        ];
        if features[5] < LEAST_BREAK {
            return None;
        }
        let frame = self.base + (start + edge) as u64;
        Some(Candidate {
            kind: Kind::Splice,
            start: frame,
            end: frame + 1,
            channel: None,
            features: features.to_vec(),
            probability: Weights::shipped(Kind::Splice).probability(&features),
        })
    }
}

impl Sides {
    fn of(part: &[f64], place: usize) -> Option<Sides> {
        let left_rows = Covariance::of(part, 0..place - GAP);
        let right_rows = Covariance::of(part, place + GAP + ORDER..part.len());
        let (left, right) = (left_rows.solve()?, right_rows.solve()?);
        let scale = |filter: &Predictor, rows: std::ops::Range<usize>| {
            let sigma = robust(&residual(filter, part)[rows]).unwrap_or(0.0).max(LEAST_SIGMA);
            sigma * sigma
        };
        let left_variance = scale(&left, ORDER..place - GAP);
        let right_variance = scale(&right, place + GAP + ORDER..part.len());
        Some(Sides { left, right, left_variance, right_variance, right_rows })
    }

    /// The first sample near a place that the left model misses.
    fn edge(&self, part: &[f64], place: usize) -> Option<usize> {
        let start = place - BEFORE;
        let missed = residual(&self.left, &part[start - ORDER..place + GAP]);
        let least = EDGE_SIGMAS * self.left_variance.sqrt();
        missed[ORDER..].iter().position(|e| e.abs() > least).map(|index| start + index)
    }

    /// The gain that jumps near a place, where one does.
    fn step(&self, part: &[f64], place: usize) -> Option<(usize, f64, f64)> {
        let sides = [
            Side { predictor: &self.left, variance: self.left_variance },
            Side { predictor: &self.right, variance: self.right_variance },
        ];
        step::strongest(part, &sides, place - GAP..place + STEP_AFTER)
    }

    /// Whether nothing predicts anything over an edge, and interpolation does not mend it as it does a click.
    fn is_broken(&self, part: &[f64], edge: usize) -> bool {
        let least = BROKEN * ORDER as f64;
        self.forward(part, edge) > least * self.left_variance
            && backward(&self.right, part, edge) > least * self.right_variance
            && left_by_interpolation(part, edge, BRIDGE).is_some_and(|left| left > MENDED)
    }

    /// Whether nothing breaks here at an edge of another channel.
    fn is_calm(&self, part: &[f64], edge: usize) -> bool {
        self.forward(part, edge) < CALM * ORDER as f64 * self.left_variance
    }

    /// What the left model misses after the edge.
    fn forward(&self, part: &[f64], edge: usize) -> f64 {
        energy(&residual(&self.left, &part[edge - ORDER..edge + ORDER]), ORDER, ORDER)
    }

    /// How much worse one model of both sides is on the right than the right's own.
    fn joint_loss(&self, part: &[f64], edge: usize) -> f64 {
        let joint = Covariance::of(part, 0..edge).and(&Covariance::of(part, edge + ORDER..part.len())).solve();
        joint
            .map_or(0.0, |joint| log(self.right_rows.left_by(&joint) / self.right_rows.left_by(&self.right).max(1e-18)))
    }
}

/// What a model misses of the samples before an edge when it reads backwards, over the edge.
fn backward(filter: &Predictor, part: &[f64], edge: usize) -> f64 {
    let missed = |n: usize| filter.iter().enumerate().map(|(k, tap)| tap * part[n + k]).sum::<f64>();
    (edge - ORDER..edge).map(missed).map(|e| e * e).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Resonances driven by noise; the second half may come from elsewhere.
    fn channel(seed: u64, jump: bool) -> Vec<f64> {
        let mut state = seed;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let mut out: Vec<f64> = Vec::new();
        for n in 0..12_000usize {
            let back = |lag: usize| n.checked_sub(lag).map_or(0.0, |at: usize| out[at]);
            out.push(0.002 * noise() + 1.8 * back(1) - 1.2 * back(2) + 0.6 * back(3) - 0.35 * back(4));
        }
        if jump { [&out[..5_000], &out[7_321..]].concat() } else { out }
    }

    fn weighed(channels: [Vec<f64>; 2]) -> Vec<Candidate> {
        let mut detector = SpliceDetector::new(2, SampleRate(44_100));
        detector.process(&Block::from_channels(&channels));
        detector.judge([(5_000, 20.0)], 8_000);
        detector.finish().0
    }

    #[test]
    fn a_joint_breaks_every_channel_and_a_click_in_one_does_not() {
        let shift = |samples: Vec<f64>, by: f64| -> Vec<f64> {
            samples.iter().enumerate().map(|(n, s)| if n < 5_000 { *s } else { by - *s }).collect()
        };
        let joints = weighed([shift(channel(1, true), 0.3), shift(channel(2, true), -0.3)]);
        assert!(joints.len() == 1 && joints[0].start.abs_diff(5_000) <= 1, "{joints:?}");
        let mut clicked = channel(1, false);
        clicked[5_000] += 0.3;
        assert_eq!(weighed([clicked, channel(2, false)]), []);
        assert_eq!(weighed([channel(1, false), channel(2, false)]), []);
    }
}
