//! Silence before, inside and after the programme, over all channels together.

use crate::analysis::faults::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::audio::Block;
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// Where all channels are below the silence level.
#[derive(Debug, Clone)]
pub struct SilenceDetector {
    level: f64,
    frames: u64,
    /// First frame of the silence that has lasted until now.
    since: Option<u64>,
    first_sound: Option<u64>,
    inside: Vec<(u64, u64)>,
}

impl SilenceDetector {
    /// A detector of peaks below `level`.
    pub fn new(level: Db) -> SilenceDetector {
        SilenceDetector { level: level.amplitude(), frames: 0, since: Some(0), first_sound: None, inside: Vec::new() }
    }

    /// Looks at the next finite block.
    pub fn process(&mut self, block: &Block) {
        for index in 0..block.frames() {
            let peak = (0..block.channels()).fold(0.0f64, |peak, c| peak.max(block.channel(c)[index].abs()));
            if peak < self.level {
                self.since.get_or_insert(self.frames);
            } else if let Some(start) = self.since.take() {
                if self.first_sound.is_some() {
                    self.inside.push((start, self.frames));
                } else {
                    self.first_sound = Some(self.frames);
                }
            }
            self.frames += 1;
        }
    }

    /// The first frame at or above the level; `None` where there is none.
    pub fn first_sound(&self) -> Option<Frames> {
        self.first_sound.map(Frames)
    }

    /// The frame after the last at or above the level; `None` where there is none.
    pub fn end_of_sound(&self) -> Option<Frames> {
        self.first_sound.map(|_| Frames(self.since.unwrap_or(self.frames)))
    }

    /// What of it breaks a limit.
    pub fn findings(&self, rate: SampleRate, thresholds: &Thresholds) -> Vec<Finding> {
        let finding = |place: &str, severity, start: u64, end: u64, limit: Seconds| {
            Finding::new(Kind::Silence, severity, Frames(start), Frames(end), rate).detailed(place).measuring(
                (end - start) as f64 / rate.hz(),
                Some(limit.0),
                "s",
            )
        };
        let Some(first) = self.first_sound else {
            let whole = Finding::new(Kind::Silent, Severity::Fail, Frames(0), Frames(self.frames), rate);
            return if self.frames > 0 { vec![whole] } else { Vec::new() };
        };
        let edge = |place, start: u64, end: u64, (warn, fail): (Seconds, Seconds)| {
            let length = (end - start) as f64 / rate.hz();
            match length {
                length if length > fail.0 => Some(finding(place, Severity::Fail, start, end, fail)),
                length if length > warn.0 => Some(finding(place, Severity::Warn, start, end, warn)),
                _ => None,
            }
        };
        let end = self.since.unwrap_or(self.frames);
        let inside =
            self.inside.iter().filter(|(start, end)| (end - start) as f64 / rate.hz() > thresholds.silence_inside.0);
        edge("head", 0, first, thresholds.silence_head)
            .into_iter()
            .chain(
                inside.map(|(start, end)| finding("inside", Severity::Warn, *start, *end, thresholds.silence_inside)),
            )
            .chain(edge("tail", end, self.frames, thresholds.silence_tail))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(spans: &[(f64, usize)]) -> Vec<(String, u64, Severity)> {
        let samples: Vec<f64> = spans.iter().flat_map(|(value, count)| vec![*value; *count]).collect();
        let profile = crate::profile::load("qc-normal", None).unwrap().unwrap();
        let thresholds = Thresholds::from_profile(&profile);
        let mut detector = SilenceDetector::new(thresholds.silence_level);
        detector.process(&Block::from_channels(&[samples.clone(), vec![0.0; samples.len()]]));
        let findings = detector.findings(SampleRate(1), &thresholds);
        findings
            .into_iter()
            .map(|f| (f.detail.unwrap_or(f.kind.id().to_string()), f.start_frame.0, f.severity))
            .collect()
    }

    #[test]
    fn one_hertz_reads_like_a_clock() {
        assert_eq!(found(&[(0.5, 10)]), []);
        assert_eq!(found(&[(0.0, 1), (0.5, 3), (0.0005, 2), (0.5, 1), (0.0, 5)]), []);
        assert_eq!(
            found(&[(0.0, 11), (0.5, 3), (0.0005, 3), (0.5, 1), (0.0, 6)]),
            [
                ("head".into(), 0, Severity::Fail),
                ("inside".into(), 14, Severity::Warn),
                ("tail".into(), 18, Severity::Warn)
            ]
        );
        assert_eq!(found(&[(0.0, 4)]), [("silent".into(), 0, Severity::Fail)]);
        assert_eq!(found(&[]), []);
    }
}
