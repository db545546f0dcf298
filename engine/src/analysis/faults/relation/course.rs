//! The course of the relation over a file: where it leaves what it usually is.

use super::{BANDS, Moment};
use crate::analysis::faults::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Frames, SampleRate};

/// A correlation of this size at its peak says something about polarity and delay.
const LEAST_HEIGHT: f32 = 0.2;
/// Blocks on each side of an edge that are compared: about a second.
const BESIDE: usize = 4;
/// Shortest stretch in blocks: about a second.
const LEAST_BLOCKS: usize = 4;
/// Of one delay: two seconds. Rooms and spaced microphones hold one for a note.
const LEAST_DELAY: usize = 8;
/// Longer ones, 12 s, hold changes of the arrangement: their edges alone are not believed.
const LONG_BLOCKS: usize = 52;
/// Stretches of one state that are this few blocks apart are one.
const JOIN_BLOCKS: usize = 3;
/// How much the signed coherence of the bands turns round at an edge of inverted polarity: -1 exactly round.
const TURN: f64 = -0.6;
/// Bands must agree on a gain within this, in dB, and within this share of it (median deviation).
const GAIN_SPREAD_DB: f64 = 0.5;
const GAIN_SPREAD_SHARE: f64 = 0.1;
/// A step back leaves at most this share of the step.
const BACK: f64 = 0.35;
/// Share of decided blocks that makes a state the whole file's.
const WHOLE_SHARE: f64 = 0.8;
/// A stretch out of phase is at least this long.
const PHASE_S: f64 = 3.0;

/// The blocks of a file.
pub(super) struct Course<'a> {
    pub(super) rate: SampleRate,
    pub(super) frames: u64,
    /// Frames of a block.
    pub(super) hop: u64,
    pub(super) blocks: &'a [Moment],
}

impl Course<'_> {
    pub(super) fn findings(&self, thresholds: &Thresholds) -> Vec<Finding> {
        let mut findings = self.polarity();
        let inverted = !findings.is_empty();
        findings.extend(self.delay(thresholds));
        findings.extend(self.imbalance(thresholds));
        if !inverted {
            findings.extend(self.phase(thresholds));
        }
        findings
    }

    fn finding(&self, kind: Kind, start: usize, end: usize) -> Finding {
        let frame = |block: usize| Frames((block as u64 * self.hop).min(self.frames));
        let end = if end >= self.blocks.len() { Frames(self.frames) } else { frame(end) };
        Finding::new(kind, Severity::Warn, frame(start), end, self.rate)
    }

    /// The lag that most of the blocks share.
    fn usual_lag(&self) -> f32 {
        let mut lags: Vec<f32> = self.decided().map(|(_, block)| block.lag).collect();
        lags.sort_by(f32::total_cmp);
        lags.get(lags.len() / 2).copied().unwrap_or(0.0)
    }

    fn decided(&self) -> impl Iterator<Item = (usize, &Moment)> {
        self.blocks.iter().enumerate().filter(|(_, block)| block.sounds && block.height.abs() >= LEAST_HEIGHT)
    }

    fn polarity(&self) -> Vec<Finding> {
        let inverted = |block: &Moment| block.height < 0.0;
        let (mut decided, mut negative, mut sum) = (0, 0, 0.0);
        for (_, block) in self.decided() {
            decided += 1;
            negative += usize::from(inverted(block));
            sum += f64::from(block.height);
        }
        let share = negative as f64 / f64::from(decided).max(1.0);
        if decided as usize >= LEAST_BLOCKS && share >= WHOLE_SHARE {
            let whole = self.finding(Kind::Polarity, 0, self.blocks.len());
            return vec![whole.measuring(sum / f64::from(decided), Some(0.0), "correlation").with_confidence(share)];
        }
        let state = |block: &Moment| match block.sounds && block.height.abs() >= LEAST_HEIGHT {
            true => Some(inverted(block)),
            false => None,
        };
        let states: Vec<Option<bool>> = self.blocks.iter().map(state).collect();
        let mut found = Vec::new();
        for (start, end) in runs(&states) {
            let turn = |edge: usize| self.turn(edge);
            let (begins, ends) = (turn(start), turn(end));
            let strongest = begins.unwrap_or(1.0).min(ends.unwrap_or(1.0));
            if strongest <= TURN {
                let heights = self.blocks[start..end].iter().map(|block| f64::from(block.height));
                let mean = heights.sum::<f64>() / (end - start) as f64;
                found.push(
                    self.finding(Kind::Polarity, start, end)
                        .measuring(mean, Some(0.0), "correlation")
                        .with_confidence((-strongest).min(1.0)),
                );
            }
        }
        found
    }

    /// How the signed coherence of the bands after an edge relates to that before it: 1 the same, -1 turned round.
    fn turn(&self, edge: usize) -> Option<f64> {
        let before = self.signed(edge.checked_sub(BESIDE)?..edge)?;
        // The block that holds the edge itself is half one and half the other.
        let after = self.signed(edge + 1..(edge + 1 + BESIDE).min(self.blocks.len()))?;
        let early = self.signed(edge.checked_sub(BESIDE + 1)?..edge - 1).map(|early| alike(&early, &after));
        let plain = alike(&before, &after);
        Some(early.map_or(plain, |early| early.min(plain)))
    }

    fn signed(&self, blocks: std::ops::Range<usize>) -> Option<[f64; BANDS]> {
        let part = self.blocks.get(blocks).filter(|part| !part.is_empty())?;
        let sum = |of: &dyn Fn(&Moment) -> f32| part.iter().map(|block| f64::from(of(block))).sum::<f64>();
        Some(std::array::from_fn(|band| {
            let (left, right) = (sum(&|block| block.left[band]), sum(&|block| block.right[band]));
            let power = (left * right).sqrt();
            if power > 1e-12 { sum(&|block| block.cross[band]) / power } else { 0.0 }
        }))
    }

    fn delay(&self, thresholds: &Thresholds) -> Vec<Finding> {
        let least = (thresholds.delay.0 * self.rate.hz()) as f32;
        let usual = self.usual_lag();
        let milliseconds = |lag: f64| 1000.0 * lag / self.rate.hz();
        let limit = |lag: f64| Some(1000.0 * thresholds.delay.0.copysign(lag));
        let near = |lag: f32| self.decided().filter(|(_, block)| (block.lag - lag).abs() <= 1.0).count();
        let decided = self.decided().count().max(1);
        let mut found = Vec::new();
        if usual.abs() > least && decided >= LEAST_BLOCKS {
            let share = near(usual) as f64 / decided as f64;
            if share >= WHOLE_SHARE {
                let whole = self.finding(Kind::Delay, 0, self.blocks.len()).with_confidence(share);
                let lag = f64::from(usual);
                found.push(whole.measuring(milliseconds(lag), limit(lag), "ms"));
            }
        }
        // A stretch at one other lag, all of its blocks.
        let mut index = 0;
        while index < self.blocks.len() {
            let lag = self.blocks[index].lag;
            let late = |block: &Moment| block.sounds && block.height >= LEAST_HEIGHT && (block.lag - lag).abs() <= 1.0;
            let end = (index..self.blocks.len()).find(|at| !late(&self.blocks[*at])).unwrap_or(self.blocks.len());
            if (lag - usual).abs() > least && end - index >= LEAST_DELAY {
                let heights = self.blocks[index..end].iter().map(|block| f64::from(block.height));
                let mean = heights.sum::<f64>() / (end - index) as f64;
                let shift = f64::from(lag - usual);
                let finding = self.finding(Kind::Delay, index, end).with_confidence(0.5 + 0.5 * mean);
                found.push(finding.measuring(milliseconds(shift), limit(shift), "ms"));
            }
            index = end.max(index + 1);
        }
        found
    }

    fn imbalance(&self, thresholds: &Thresholds) -> Vec<Finding> {
        // Edges: gain of right against left after less before, agreed on by the bands.
        let mut edges: Vec<(usize, f64, f64)> = Vec::new();
        for edge in BESIDE + 1..self.blocks.len().saturating_sub(BESIDE) {
            let Some((gain, spread)) = self.step(edge) else { continue };
            if gain.abs() < thresholds.imbalance.0 || spread > allowed(gain) {
                continue;
            }
            match edges.last_mut() {
                Some(last) if edge - last.0 <= BESIDE && last.1 * gain > 0.0 => {
                    if spread / gain.abs() < last.2 / last.1.abs() {
                        *last = (edge, gain, spread);
                    }
                }
                _ => edges.push((edge, gain, spread)),
            }
        }
        let mut found = Vec::new();
        let mut next = 0;
        while let Some((start, first, wide)) = edges.get(next).copied() {
            next += 1;
            // Back to where it was: a stretch. Steps of the music may lie between, if the whole agrees.
            let back =
                |(_, gain, _): &(usize, f64, f64)| first * gain < 0.0 && (first + gain).abs() < BACK * first.abs();
            let Some(place) = edges[next..].iter().position(back).map(|place| next + place) else { continue };
            let (end, _, spread) = edges[place];
            if (place > next || end - start > LONG_BLOCKS) && !self.stands_apart(start, end, first) {
                continue;
            }
            let sure = 1.0 - 0.5 * (wide.max(spread) / allowed(first)).min(1.0);
            found.push(
                self.finding(Kind::Imbalance, start, end)
                    .measuring(first, Some(thresholds.imbalance.0.copysign(first)), "dB")
                    .with_confidence(sure),
            );
            next = place + 1;
        }
        found
    }

    /// Whether a stretch as a whole is off by a gain against what is before and after it, in most bands.
    fn stands_apart(&self, start: usize, end: usize, gain: f64) -> bool {
        let around = || -> Option<[[Option<f64>; BANDS]; 3]> {
            let before = self.balance(start.checked_sub(BESIDE)?..start)?;
            let inside = self.balance(start + 1..end)?;
            Some([before, inside, self.balance(end + 1..(end + 1 + BESIDE).min(self.blocks.len()))?])
        };
        let Some([before, inside, after]) = around() else { return false };
        let off = |band: usize| Some(inside[band]? - 0.5 * (before[band]? + after[band]?) - gain);
        let mut apart: Vec<f64> = (0..BANDS).filter_map(off).map(f64::abs).collect();
        apart.sort_by(f64::total_cmp);
        apart.len() >= BANDS / 2 && apart[apart.len() / 2] <= allowed(gain)
    }

    /// Change of the balance over an edge: median over the bands that sound, and their median deviation from it.
    fn step(&self, edge: usize) -> Option<(f64, f64)> {
        let before = self.balance(edge.checked_sub(BESIDE)?..edge)?;
        let after = self.balance(edge + 1..(edge + 1 + BESIDE).min(self.blocks.len()))?;
        let changes = before.iter().zip(&after).filter_map(|(before, after)| Some((*after)? - (*before)?));
        let mut changes: Vec<f64> = changes.collect();
        if changes.len() < BANDS / 2 {
            return None;
        }
        changes.sort_by(f64::total_cmp);
        let middle = changes[changes.len() / 2];
        let mut apart: Vec<f64> = changes.iter().map(|change| (change - middle).abs()).collect();
        apart.sort_by(f64::total_cmp);
        Some((middle, apart[apart.len() / 2]))
    }

    fn balance(&self, blocks: std::ops::Range<usize>) -> Option<[Option<f64>; BANDS]> {
        let part = self.blocks.get(blocks).filter(|part| !part.is_empty())?;
        Some(std::array::from_fn(|band| {
            let left: f64 = part.iter().map(|block| f64::from(block.left[band])).sum();
            let right: f64 = part.iter().map(|block| f64::from(block.right[band])).sum();
            (left > 1e-10 && right > 1e-10).then(|| 10.0 * libm::log10(right / left))
        }))
    }

    /// Stretches of three seconds and more that correlate less than the limit, wide and low.
    fn phase(&self, thresholds: &Thresholds) -> Vec<Finding> {
        let window = ((PHASE_S * self.rate.hz() / self.hop as f64).round() as usize).max(1);
        let sum = |values: &[f32]| f64::from(values.iter().sum::<f32>());
        let wide = |block: &Moment| [sum(&block.left), sum(&block.right), sum(&block.cross)];
        // The bass counts where it is at least a hundredth of the whole: else it is rumble.
        let low = |block: &Moment| match sum(&block.low[..2]) > 0.01 * (sum(&block.left) + sum(&block.right)) {
            true => block.low.map(f64::from),
            false => [0.0; 3],
        };
        let mut found = self.anti_phase("wide", &wide, window, thresholds.phase);
        found.extend(self.anti_phase("low", &low, window, thresholds.low_phase));
        found
    }

    fn anti_phase(&self, name: &str, of: &dyn Fn(&Moment) -> [f64; 3], window: usize, limit: f64) -> Vec<Finding> {
        let products: Vec<[f64; 3]> = self.blocks.iter().map(of).collect();
        let correlation = |part: &[[f64; 3]]| {
            let [left, right, cross] = part.iter().fold([0.0; 3], |s, p| [s[0] + p[0], s[1] + p[1], s[2] + p[2]]);
            let power = (left * right).sqrt();
            (power > 1e-9 * part.len() as f64).then(|| cross / power)
        };
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (start, part) in products.windows(window).enumerate() {
            if correlation(part).is_none_or(|value| value >= limit) {
                continue;
            }
            match found.last_mut() {
                Some(last) if start <= last.1 => last.1 = start + window,
                _ => found.push((start, start + window)),
            }
        }
        let told = |(start, end): (usize, usize)| {
            let value = correlation(&products[start..end]).unwrap_or(limit);
            self.finding(Kind::Phase, start, end).detailed(name).measuring(value, Some(limit), "correlation")
        };
        found.into_iter().map(told).collect()
    }
}

/// How far bands may be apart about a gain.
fn allowed(gain: f64) -> f64 {
    GAIN_SPREAD_DB + GAIN_SPREAD_SHARE * gain.abs()
}

/// Stretches of `Some(true)`, bridged over what says nothing; as long as the least.
fn runs(states: &[Option<bool>]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (index, _) in states.iter().enumerate().filter(|(_, state)| **state == Some(true)) {
        let bridged = |end: usize| index - end <= JOIN_BLOCKS && !states[end..index].contains(&Some(false));
        match found.last_mut() {
            Some(last) if bridged(last.1) => last.1 = index + 1,
            _ => found.push((index, index + 1)),
        }
    }
    found.retain(|(start, end)| end - start >= LEAST_BLOCKS);
    found
}

fn alike(a: &[f64; BANDS], b: &[f64; BANDS]) -> f64 {
    let product = |a: &[f64; BANDS], b: &[f64; BANDS]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt().max(1e-12)
}
