//! What is wrong with a signal: each detector reads blocks in order and answers with findings.
//!
//! Thresholds are data: they come from a profile of quality control ([`Thresholds::from_profile`]).

pub mod click;
pub mod clip;
pub mod level;
pub mod silence;

mod whitening;

use std::thread;

use click::ClickDetector;
use clip::ClipDetector;
use level::LevelDetector;
use silence::SilenceDetector;

use super::finding::{Finding, Kind, Severity};
use super::finite::finite;
use super::true_peak::TruePeaks;
use crate::audio::Block;
use crate::profile::{Outcome, Profile};
use crate::unit::{Db, Dbtp, Frames, SampleRate, Seconds};

/// Frames looked at together; the detectors share them out to workers.
const STRETCH_FRAMES: usize = 65_536;

/// What the detectors look for. A pair is the milder and the harder limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// True peaks above this are findings.
    pub true_peak: Dbtp,
    /// Equal largest samples in a row above this many are a clipped run.
    pub clip_run_warn: f64,
    /// And above this many cannot be delivered.
    pub clip_run_fail: f64,
    /// Constant offset in percent of full scale.
    pub dc_offset_percent: f64,
    /// Peaks below this are silence.
    pub silence_level: Db,
    /// Longest silence before the first sound.
    pub silence_head: (Seconds, Seconds),
    /// Longest silence after the last sound.
    pub silence_tail: (Seconds, Seconds),
    /// Longest silence in between.
    pub silence_inside: Seconds,
    /// First and last sample louder than this are cut off.
    pub edge_level: Db,
    /// Shortest digital mute that is looked for.
    pub dropout: Seconds,
    /// Clicks surer than this are findings, 0 to 1.
    pub click: f64,
}

impl Thresholds {
    /// The thresholds a profile sets; what it does not mention stays as in the shipped `qc-normal`.
    pub fn from_profile(profile: &Profile) -> Thresholds {
        let of = |check: &str, result: Outcome, otherwise: f64| {
            let limit = profile.limits(check).find(|limit| limit.result == result).and_then(|limit| limit.value);
            limit.unwrap_or(otherwise)
        };
        let warn = |check: &str, otherwise: f64| of(check, Outcome::Warn, otherwise);
        let fail = |check: &str, otherwise: f64| of(check, Outcome::Fail, otherwise);
        Thresholds {
            true_peak: Dbtp(warn("true_peak", 0.0)),
            clip_run_warn: warn("clip_run", 2.0),
            clip_run_fail: fail("clip_run", 9.0),
            dc_offset_percent: warn("dc_offset", 0.1),
            silence_level: Db(profile.value("silence_level").unwrap_or(-60.0)),
            silence_head: (Seconds(warn("silence_head", 1.0)), Seconds(fail("silence_head", 10.0))),
            silence_tail: (Seconds(warn("silence_tail", 5.0)), Seconds(fail("silence_tail", 10.0))),
            silence_inside: Seconds(warn("silence_inside", 2.0)),
            edge_level: Db(warn("edge_level", -60.0)),
            dropout: Seconds(warn("dropout", 0.3) / 1000.0),
            click: warn("click", 0.75),
        }
    }
}

/// Every detector at once. For workers.
pub struct Faults {
    rate: SampleRate,
    thresholds: Thresholds,
    gathered: Block,
    frames: u64,
    clicks: Vec<ClickDetector>,
    clips: Vec<ClipDetector>,
    levels: Vec<LevelDetector>,
    silence: SilenceDetector,
    peaks: TruePeaks,
    not_numbers: Vec<Option<(u64, u64, u64)>>,
}

impl Faults {
    /// Detectors for `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate, thresholds: Thresholds) -> Faults {
        let mut gathered = Block::new(channels, STRETCH_FRAMES);
        gathered.set_frames(0);
        Faults {
            rate,
            thresholds,
            gathered,
            frames: 0,
            clicks: (0..channels).map(|_| ClickDetector::new(rate)).collect(),
            clips: (0..channels).map(|_| ClipDetector::new(rate)).collect(),
            levels: (0..channels).map(|_| LevelDetector::new(rate, thresholds.dropout)).collect(),
            silence: SilenceDetector::new(thresholds.silence_level),
            peaks: TruePeaks::new(channels, rate, thresholds.true_peak),
            not_numbers: vec![None; channels],
        }
    }

    /// Looks at the next block.
    pub fn process(&mut self, block: &Block) {
        let mut start = 0;
        while start < block.frames() {
            let held = self.gathered.frames();
            let frames = (STRETCH_FRAMES - held).min(block.frames() - start);
            self.gathered.set_frames(held + frames);
            self.gathered.copy_from(held, block, start, frames);
            start += frames;
            if self.gathered.frames() == STRETCH_FRAMES {
                self.look();
            }
        }
    }

    /// Ends the search; findings in order of time.
    pub fn finish(mut self) -> Vec<Finding> {
        self.look();
        self.peaks.finish();
        let mut findings = self.silence.findings(self.rate, &self.thresholds);
        for (channel, ((clicks, clips), level)) in self.clicks.into_iter().zip(self.clips).zip(self.levels).enumerate()
        {
            let found =
                [clicks.finish(self.thresholds.click), clips.finish(&self.thresholds), level.finish(&self.thresholds)];
            findings.extend(found.into_iter().flatten().map(|finding| finding.in_channel(channel)));
        }
        findings.extend(overs(&self.peaks, self.rate, self.thresholds.true_peak));
        findings.extend(not_numbers(&self.not_numbers, self.rate));
        findings.sort_by_key(|finding| (finding.start_frame, finding.kind, finding.channel));
        findings
    }

    fn look(&mut self) {
        let gathered = std::mem::replace(&mut self.gathered, Block::new(0, 0));
        for (channel, samples) in gathered.iter().enumerate() {
            count_not_numbers(&mut self.not_numbers[channel], samples, self.frames);
        }
        let block = finite(&gathered);
        let block = block.as_ref();
        let lanes = self.clicks.iter_mut().zip(&mut self.clips).zip(&mut self.levels);
        let peaks = self.peaks.channels_mut().iter_mut();
        thread::scope(|scope| {
            for (channel, (((clicks, clips), level), peak)) in lanes.zip(peaks).enumerate() {
                scope.spawn(move || {
                    let samples = block.channel(channel);
                    clicks.process(samples);
                    clips.process(samples);
                    level.process(samples);
                    peak.process(samples);
                });
            }
            self.silence.process(block);
        });
        self.frames += gathered.frames() as u64;
        self.gathered = gathered;
        self.gathered.set_frames(0);
    }
}

fn overs(peaks: &TruePeaks, rate: SampleRate, ceiling: Dbtp) -> impl Iterator<Item = Finding> {
    peaks.overs().into_iter().map(move |over| {
        let end = Frames(over.start.0 + over.length.0);
        Finding::new(Kind::TruePeakOver, Severity::Warn, over.start, end, rate).in_channel(over.channel).measuring(
            over.peak.0,
            Some(ceiling.0),
            Dbtp::UNIT,
        )
    })
}

/// First, last and number of samples that are not finite.
fn count_not_numbers(held: &mut Option<(u64, u64, u64)>, samples: &[f64], start: u64) {
    for (index, _) in samples.iter().enumerate().filter(|(_, sample)| !sample.is_finite()) {
        let frame = start + index as u64;
        let (first, _, number) = held.unwrap_or((frame, frame, 0));
        *held = Some((first, frame, number + 1));
    }
}

fn not_numbers(held: &[Option<(u64, u64, u64)>], rate: SampleRate) -> impl Iterator<Item = Finding> {
    held.iter().enumerate().filter_map(move |(channel, span)| {
        let (first, last, number) = (*span)?;
        let finding = Finding::new(Kind::NotANumber, Severity::Fail, Frames(first), Frames(last + 1), rate);
        Some(finding.in_channel(channel).measuring(number as f64, Some(0.0), "samples"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    fn thresholds() -> Thresholds {
        Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap())
    }

    fn found(channels: &[Vec<f64>], block: usize) -> Vec<Finding> {
        let mut faults = Faults::new(channels.len(), SampleRate(44_100), thresholds());
        let source = Block::from_channels(channels);
        for start in (0..source.frames()).step_by(block) {
            let frames = block.min(source.frames() - start);
            let mut part = Block::new(channels.len(), frames);
            part.copy_from(0, &source, start, frames);
            faults.process(&part);
        }
        faults.finish()
    }

    fn faded(seconds: f64) -> Vec<f64> {
        let frames = (seconds * 44_100.0) as usize;
        let fade = |n: usize| (n.min(frames - 1 - n) as f64 / 441.0).min(1.0);
        (0..frames).map(|n| 0.3 * fade(n) * libm::sin(0.05 * n as f64)).collect()
    }

    #[test]
    fn a_clean_file_has_no_findings() {
        assert_eq!(found(&[faded(3.0), faded(3.0)], 5000), []);
    }

    #[test]
    fn planted_faults_are_found_where_they_are_for_any_block_size() {
        let mut left = faded(4.0);
        left[60_000] += 0.4;
        left[90_000..90_400].fill(0.0);
        left[120_000] = f64::NAN;
        let reference = found(&[left.clone(), faded(4.0)], 70_000);
        let has = |kind: Kind, frame: u64| {
            let near = |f: &&Finding| f.kind == kind && f.channel == Some(0) && f.start_frame.0.abs_diff(frame) < 20;
            reference.iter().find(near).is_some()
        };
        assert!(has(Kind::Click, 60_000) && has(Kind::Dropout, 90_000) && has(Kind::NotANumber, 120_000));
        assert!(reference.iter().all(|finding| finding.channel == Some(0)), "{reference:?}");
        assert_eq!(found(&[left, faded(4.0)], 1234), reference);
    }
}
