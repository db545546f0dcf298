//! Distortion that begins: harmonics that rise where the waveform is at its crests.
//!
//! What overloads bends the crests, and what prediction cannot explain then lies at them; of undistorted music it lies
//! anywhere. A programme that is distorted from end to end (a guitar, a synthesiser) is its own measure: only a stretch
//! that leaves the file's usual course is told.

use crate::analysis::faults::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Frames, SampleRate};

/// The crests are above this share of the highest of a hop, what lies between them is below that one.
const CREST: f64 = 0.75;
const BETWEEN: f64 = 0.45;
/// Both must be this many samples of a hop.
const LEAST_SAMPLES: usize = 24;
/// Hops softer than this (highest, linear) say nothing: -40 dBFS.
const LEAST_PEAK: f64 = 0.01;
/// Hops of which the median is taken: one click is in one hop.
const HOPS: usize = 5;
/// Shortest stretch in hops: 0.16 s.
const LEAST_HOPS: usize = 7;
/// Hops that a file must have to have a usual course: 5 s.
const LEAST_COURSE: usize = 215;
/// Nothing was measured in a hop.
const UNKNOWN: f32 = f32::NAN;

/// Residual at the crests over the residual between them, hop by hop, in dB.
#[derive(Debug, Clone)]
pub(super) struct Strain {
    hop: usize,
    course: Vec<f32>,
}

impl Strain {
    /// Of hops of so many samples.
    pub(super) fn new(hop: usize) -> Strain {
        Strain { hop, course: Vec::new() }
    }

    /// Looks at a hop and what prediction leaves of it.
    pub(super) fn look(&mut self, samples: &[f64], residual: &[f64]) {
        let predicted = |index: usize| (samples[index] - residual[index]).abs();
        let highest = (0..samples.len()).map(predicted).fold(0.0, f64::max);
        let (mut crests, mut between) = ((0.0, 0), (0.0, 0));
        for (index, e) in residual.iter().enumerate().take(samples.len()) {
            let size = predicted(index);
            let side = if size > CREST * highest {
                &mut crests
            } else if size < BETWEEN * highest {
                &mut between
            } else {
                continue;
            };
            *side = (side.0 + e * e, side.1 + 1);
        }
        let known = highest >= LEAST_PEAK && crests.1 >= LEAST_SAMPLES && between.1 >= LEAST_SAMPLES;
        let mean = |(sum, count): (f64, usize)| sum / count as f64 + 1e-16;
        self.course.push(if known { (10.0 * libm::log10(mean(crests) / mean(between))) as f32 } else { UNKNOWN });
    }

    /// Stretches that leave the usual course.
    pub(super) fn findings(&self, rate: SampleRate, frames: u64, thresholds: &Thresholds) -> Vec<Finding> {
        let mut known: Vec<f32> = self.course.iter().copied().filter(|value| !value.is_nan()).collect();
        if known.len() < LEAST_COURSE {
            return Vec::new();
        }
        let usual = f64::from(median(&mut known));
        let limit = thresholds.distortion.0;
        let smooth: Vec<f64> = (0..self.course.len())
            .map(|at| {
                let near = at.saturating_sub(HOPS / 2)..(at + HOPS / 2 + 1).min(self.course.len());
                let mut near: Vec<f32> = self.course[near].iter().copied().filter(|value| !value.is_nan()).collect();
                if near.len() <= HOPS / 2 { f64::MIN } else { f64::from(median(&mut near)) - usual }
            })
            .collect();
        let mut found = Vec::new();
        let mut next = 0;
        for stretch in smooth.chunk_by(|a, b| (*a > limit) == (*b > limit)) {
            let start = next;
            next += stretch.len();
            if stretch[0] > limit && stretch.len() >= LEAST_HOPS {
                let most = stretch.iter().copied().fold(f64::MIN, f64::max);
                let frame = |hop: usize| Frames(((hop * self.hop) as u64).min(frames));
                found.push(
                    Finding::new(Kind::Distortion, Severity::Warn, frame(start), frame(start + stretch.len()), rate)
                        .measuring(most, Some(limit), "dB")
                        .with_confidence(1.0 - 0.5 * limit / most),
                );
            }
        }
        found
    }
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::faults::click::ClickDetector;
    use crate::profile;

    /// Two resonances driven by noise; overloaded from one frame to another.
    fn played(overload: std::ops::Range<usize>) -> Vec<f64> {
        let mut state = 7u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let mut low = [0.0f64; 2];
        (0..600_000)
            .map(|n| {
                let drive = 1e-4 * noise();
                let next = 1.995 * low[0] - 0.9975 * low[1] + drive;
                low = [next, low[0]];
                let value = 2.0 * next + 1e-4 * noise();
                let bent = if overload.contains(&n) { 0.02 * libm::tanh(value / 0.02) } else { value };
                bent.clamp(-1.0, 1.0)
            })
            .collect()
    }

    fn found(samples: &[f64]) -> Vec<(u64, u64)> {
        let mut detector = ClickDetector::new(SampleRate(44_100));
        samples.chunks(5_000).for_each(|part| detector.process(part));
        detector.end();
        let thresholds = Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap());
        let findings = detector.findings(&thresholds).into_iter().filter(|finding| finding.kind == Kind::Distortion);
        findings.map(|finding| (finding.start_frame.0, (finding.end_s.0 * 44_100.0) as u64)).collect()
    }

    #[test]
    fn an_overloaded_stretch_is_told_and_clean_sound_is_not() {
        let stretches = found(&played(300_000..360_000));
        assert_eq!(stretches.len(), 1, "{stretches:?}");
        assert!(stretches[0].0.abs_diff(300_000) < 8_000 && stretches[0].1.abs_diff(360_000) < 8_000, "{stretches:?}");
        assert_eq!(found(&played(0..0)), []);
    }
}
