//! Clipped runs: samples beyond full scale, equal largest codes in a row, and flat tops below full scale.

use crate::analysis::faults::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Db, Frames, SampleRate};

/// A run is equal to within this: below the step of 24 bits, above the noise of conversions to 32-bit float.
const EQUAL: f64 = 1e-7;
/// Plateaus softer than this are not looked at: at low levels equal samples are common.
const LEAST_LEVEL: f64 = 0.02;
/// A plateau has at least this many equal samples.
const LEAST_SAMPLES: u64 = 3;
/// Plateaus at or above this are at full scale: one step of 16 bits under it.
const FULL_SCALE: f64 = 1.0 - 1.5 / 32_768.0;
/// Plateaus further apart than this belong to different regions.
const REGION_GAP_S: f64 = 1.0;
/// A region below full scale has at least this many plateaus.
const LEAST_PLATEAUS: u64 = 3;
/// Runs at full scale and samples over it are gathered into one finding within this time.
const GATHER_S: f64 = 0.05;

/// The clipping of one channel.
#[derive(Debug, Clone)]
pub struct ClipDetector {
    rate: SampleRate,
    frames: u64,
    run: Run,
    before: f64,
    runs: Vec<Span>,
    overs: Vec<Span>,
    regions: Vec<Span>,
    open: Vec<Span>,
}

/// Equal samples so far, and the sample before them.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    value: f64,
    length: u64,
    before: f64,
}

/// A stretch, its level, its longest run and how many runs it gathers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    start: u64,
    end: u64,
    level: f64,
    longest: u64,
    number: u64,
}

impl ClipDetector {
    /// A detector at a rate.
    pub fn new(rate: SampleRate) -> ClipDetector {
        let empty = Vec::new;
        ClipDetector {
            rate,
            frames: 0,
            run: Run::default(),
            before: 0.0,
            runs: empty(),
            overs: empty(),
            regions: empty(),
            open: empty(),
        }
    }

    /// Looks at the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        let gap = self.frames_of(GATHER_S);
        for &sample in samples {
            if self.run.length > 0 && (sample - self.run.value).abs() <= EQUAL {
                self.run.length += 1;
            } else {
                self.end_run(sample);
                self.run = Run { value: sample, length: 1, before: self.before };
            }
            let size = sample.abs();
            if size > 1.0 {
                let over = Span { start: self.frames, end: self.frames + 1, level: size, longest: 1, number: 1 };
                gather(&mut self.overs, over, gap);
            }
            // Whatever is clearly louder ends the regions that were thought to be clipped under it.
            if !self.open.is_empty() {
                self.open.retain(|region| size <= region.level + 2.0 * EQUAL || region.number >= LEAST_PLATEAUS);
            }
            self.before = sample;
            self.frames += 1;
        }
    }

    /// Ends the search.
    pub fn finish(mut self, thresholds: &Thresholds) -> Vec<Finding> {
        self.end_run(0.0);
        let open = std::mem::take(&mut self.open);
        self.regions.extend(open.into_iter().filter(|region| region.number >= LEAST_PLATEAUS));
        let rate = self.rate;
        let finding =
            |kind, severity, span: &Span| Finding::new(kind, severity, Frames(span.start), Frames(span.end), rate);
        let runs = self.runs.iter().filter(|run| run.longest as f64 > thresholds.clip_run_warn).map(|run| {
            let fails = run.longest as f64 > thresholds.clip_run_fail;
            let (severity, limit) = match fails {
                true => (Severity::Fail, thresholds.clip_run_fail),
                false => (Severity::Warn, thresholds.clip_run_warn),
            };
            finding(Kind::Clip, severity, run)
                .detailed("run")
                .measuring(run.longest as f64, Some(limit), "samples")
                .gathering(run.number)
        });
        let overs = self.overs.iter().map(|over| {
            finding(Kind::SampleOver, Severity::Fail, over).measuring(
                Db::from_amplitude(over.level).0,
                Some(0.0),
                "dBFS",
            )
        });
        let flat = self.regions.iter().map(|region| {
            let level = Db::from_amplitude(region.level).0;
            finding(Kind::Clip, Severity::Warn, region)
                .detailed("flat_top")
                .measuring(level, None, "dBFS")
                .gathering(region.number)
                .with_confidence(0.95)
        });
        runs.chain(overs).chain(flat).collect()
    }

    fn frames_of(&self, seconds: f64) -> u64 {
        (seconds * self.rate.hz()) as u64
    }

    /// A run ends before `next`: a plateau if both its neighbours are smaller and of its sign.
    fn end_run(&mut self, next: f64) {
        let Run { value, length, before } = self.run;
        let size = value.abs();
        if length < LEAST_SAMPLES || size < LEAST_LEVEL {
            return;
        }
        let span = Span { start: self.frames - length, end: self.frames, level: size, longest: length, number: 1 };
        if size >= FULL_SCALE {
            let gap = self.frames_of(GATHER_S);
            gather(&mut self.runs, span, gap);
        } else if inner(before, value) && inner(next, value) {
            self.plateau(span);
        }
    }

    /// Joins a plateau to the open region of its level, or opens one; closes what has gone quiet.
    fn plateau(&mut self, span: Span) {
        let gap = self.frames_of(REGION_GAP_S);
        let (open, closed): (Vec<Span>, Vec<Span>) =
            std::mem::take(&mut self.open).into_iter().partition(|region| span.start <= region.end + gap);
        self.open = open;
        self.regions.extend(closed.into_iter().filter(|region| region.number >= LEAST_PLATEAUS));
        match self.open.iter_mut().find(|region| (region.level - span.level).abs() <= 2.0 * EQUAL) {
            Some(region) => {
                region.end = span.end;
                region.longest = region.longest.max(span.longest);
                region.number += 1;
            }
            None => self.open.push(span),
        }
    }
}

fn inner(neighbour: f64, value: f64) -> bool {
    neighbour.abs() < value.abs() && neighbour * value > 0.0
}

fn gather(spans: &mut Vec<Span>, span: Span, gap: u64) {
    match spans.last_mut() {
        Some(last) if span.start <= last.end + gap => {
            last.end = span.end;
            last.level = last.level.max(span.level);
            last.longest = last.longest.max(span.longest);
            last.number += span.number;
        }
        _ => spans.push(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(samples: &[f64]) -> Vec<(Kind, u64, Option<f64>)> {
        let mut detector = ClipDetector::new(SampleRate(44_100));
        detector.process(samples);
        let profile = crate::profile::load("qc-normal", None).unwrap().unwrap();
        let findings = detector.finish(&Thresholds::from_profile(&profile));
        findings.into_iter().map(|f| (f.kind, f.start_frame.0, f.measured)).collect()
    }

    #[test]
    fn three_equal_samples_at_full_scale_are_a_run_and_two_are_not() {
        assert_eq!(found(&[0.0, 0.9, 1.0, 1.0, 0.9, 0.0]), []);
        assert_eq!(found(&[0.0, 0.9, 1.0, 1.0, 1.0, 0.9]), [(Kind::Clip, 2, Some(3.0))]);
        let positive = 32_767.0 / 32_768.0;
        assert_eq!(found(&[0.0, positive, positive, positive, positive]), [(Kind::Clip, 1, Some(4.0))]);
    }

    #[test]
    fn samples_over_full_scale_are_gathered() {
        let over = found(&[0.5, 1.1, 0.5, -1.2, 0.5]);
        assert_eq!(over.len(), 1);
        assert_eq!((over[0].0, over[0].1), (Kind::SampleOver, 1));
        assert!((over[0].2.unwrap() - 20.0 * libm::log10(1.2)).abs() < 1e-9);
    }

    #[test]
    fn a_clipped_sine_turned_down_has_flat_tops_and_a_clean_one_has_none() {
        let sine = |n: usize| libm::sin(0.031 * n as f64 + 0.2);
        let clipped: Vec<f64> = (0..20_000).map(|n| 0.5 * (1.4 * sine(n)).clamp(-1.0, 1.0)).collect();
        let flat = found(&clipped);
        assert_eq!((flat.len(), flat[0].0), (1, Kind::Clip));
        assert!((flat[0].2.unwrap() + 6.02).abs() < 0.01);
        let clean: Vec<f64> = (0..20_000).map(|n| 0.5 * sine(n)).collect();
        assert_eq!(found(&clean), []);
    }
}
