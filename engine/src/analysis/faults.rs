//! What is wrong with a signal: each detector reads blocks in order and answers with findings.
//!
//! Thresholds are data: they come from a profile of quality control ([`Thresholds::from_profile`]). Detectors that
//! weigh places ([`Candidate`]) carry weights fitted on music; one place is told once.

mod background;
mod candidate;
pub mod click;
pub mod clip;
pub mod depth;
pub mod dip;
mod grid;
pub mod hum;
mod late;
pub mod level;
mod model;
mod place;
pub mod provenance;
pub mod relation;
pub mod repetition;
mod shaping;
pub mod silence;
pub mod splice;
mod step;
mod threshold;
mod weight;
mod whitening;

pub use candidate::Candidate;
pub use threshold::{LOW_BAND, Thresholds};
pub use weight::{Tree, Weights};

use std::thread;

use background::BackgroundDetector;
use click::ClickDetector;
use clip::ClipDetector;
use depth::DepthDetector;
use dip::DipDetector;
use hum::HumDetector;
use level::LevelDetector;
use provenance::ProvenanceDetector;
use relation::RelationDetector;
use repetition::RepetitionDetector;
use silence::SilenceDetector;
use splice::SpliceDetector;

use super::finding::{Finding, Kind, Severity};
use super::finite::finite;
use super::true_peak::{ChannelTruePeak, Over, TruePeaks};
use crate::audio::Block;
use crate::unit::{Dbtp, Frames, SampleRate};

/// Frames looked at together; the detectors share them out to workers.
const STRETCH_FRAMES: usize = 65_536;
/// Words of this many bits and fewer are coarse: equal samples are common.
const COARSE_BITS: u32 = 16;

/// How often a detector's frame of 44.1 kHz goes into the rate: frames keep their time.
fn times(rate: SampleRate) -> usize {
    ((rate.hz() / 44_100.0).round() as usize).max(1)
}

/// Every detector at once. For workers.
pub struct Faults {
    rate: SampleRate,
    thresholds: Thresholds,
    bits: Option<u32>,
    gathered: Block,
    frames: u64,
    lanes: Vec<Lane>,
    /// `None` where overs are measured elsewhere.
    peaks: Option<TruePeaks>,
    silence: SilenceDetector,
    relation: RelationDetector,
    dips: DipDetector,
    splices: SpliceDetector,
    hum: HumDetector,
    provenance: ProvenanceDetector,
    background: BackgroundDetector,
}

/// What looks at one channel alone.
struct Lane {
    clicks: ClickDetector,
    clips: ClipDetector,
    level: LevelDetector,
    depth: Option<DepthDetector>,
    repetitions: RepetitionDetector,
    /// First, last and number of samples that are not finite.
    not_numbers: Option<(u64, u64, u64)>,
}

impl Faults {
    /// Detectors for `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate, thresholds: Thresholds) -> Faults {
        let mut gathered = Block::new(channels, STRETCH_FRAMES);
        gathered.set_frames(0);
        Faults {
            rate,
            thresholds,
            bits: None,
            gathered,
            frames: 0,
            lanes: (0..channels).map(|_| Lane::new(rate, &thresholds)).collect(),
            peaks: Some(TruePeaks::new(channels, rate, thresholds.true_peak)),
            silence: SilenceDetector::new(thresholds.silence_level),
            relation: RelationDetector::new(rate),
            dips: DipDetector::new(channels, rate),
            splices: SpliceDetector::new(channels, rate),
            hum: HumDetector::new(rate),
            provenance: ProvenanceDetector::new(channels, rate),
            background: BackgroundDetector::new(channels, rate),
        }
    }

    /// Looks at the bits of words as well: of a file of integers that was not decoded from a lossy one. Before the
    /// first block.
    pub fn with_bits(mut self, bits: u32) -> Faults {
        self.bits = Some(bits);
        self.provenance.look_for_shaping(bits);
        for lane in &mut self.lanes {
            lane.depth = Some(DepthDetector::new(self.rate, bits));
            lane.repetitions = RepetitionDetector::new(bits <= COARSE_BITS);
        }
        self
    }

    /// Leaves the overs to a meter that runs beside it: [`Faults::finish_beside`] takes them. Before the first block.
    pub fn without_peaks(mut self) -> Faults {
        self.peaks = None;
        self
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

    /// Ends the search; findings in order of time, each place told once.
    pub fn finish(self) -> Vec<Finding> {
        self.finish_weighed().0
    }

    /// The same where the overs above the threshold were measured elsewhere.
    pub fn finish_beside(self, overs: Vec<Over>) -> Vec<Finding> {
        self.end(overs).0
    }

    /// Ends the search; the findings, and every place that was weighed.
    pub fn finish_weighed(self) -> (Vec<Finding>, Vec<Candidate>) {
        self.end(Vec::new())
    }

    fn end(mut self, mut listed: Vec<Over>) -> (Vec<Finding>, Vec<Candidate>) {
        self.look();
        if let Some(peaks) = &mut self.peaks {
            peaks.finish();
            listed.extend(peaks.overs());
        }
        let (rate, thresholds) = (self.rate, self.thresholds);
        thread::scope(|scope| {
            self.lanes.iter_mut().for_each(|lane| drop(scope.spawn(|| lane.clicks.end())));
        });
        self.judge_splices();
        let mut findings = self.silence.findings(rate, &thresholds);
        let mut weighed = self.dips.finish();
        let (joints, steps, breaks) = self.splices.finish();
        weighed.extend(joints);
        let (mut used, mut repeated) = (Vec::new(), Vec::new());
        for (channel, lane) in self.lanes.into_iter().enumerate() {
            findings.extend(lane.clicks.findings(&thresholds).into_iter().map(|finding| finding.in_channel(channel)));
            findings.extend(lane.clips.finish(&thresholds).into_iter().map(|finding| finding.in_channel(channel)));
            findings.extend(lane.level.finish(&thresholds).into_iter().map(|finding| finding.in_channel(channel)));
            weighed.extend(lane.clicks.candidates(channel));
            let repeats = lane.repetitions.finish();
            weighed.extend(repeats.iter().map(|repeat| repeat.candidate(channel)));
            repeated.push(repeats);
            if let Some(mut depth) = lane.depth {
                findings.extend(depth.finish().into_iter().map(|finding| finding.in_channel(channel)));
                used.push(depth.used());
            }
            findings.extend(not_numbers(lane.not_numbers, rate).map(|finding| finding.in_channel(channel)));
        }
        findings.extend(self.bits.and_then(|bits| depth::padded(&used, bits, self.frames, rate)));
        findings.extend(overs(listed, rate, thresholds.true_peak));
        let mut edges = step::stretches(steps, rate, &thresholds);
        edges.extend(late::stretches(&repeated, &breaks, self.frames, rate, &thresholds));
        let known = |finding: &Finding| edges.iter().any(|edge| edge.kind == finding.kind && edge.overlaps(finding));
        findings.extend(self.relation.finish(&thresholds).into_iter().filter(|finding| !known(finding)));
        findings.extend(edges);
        findings.extend(self.hum.finish(&thresholds));
        findings.extend(self.provenance.finish(&thresholds));
        findings.extend(self.background.finish(&thresholds));
        findings.extend(weighed.iter().filter_map(|candidate| told(candidate, rate, &thresholds)));
        (place::resolve(findings, rate), weighed)
    }

    fn look(&mut self) {
        let gathered = std::mem::replace(&mut self.gathered, Block::new(0, 0));
        for (lane, samples) in self.lanes.iter_mut().zip(gathered.iter()) {
            lane.count_not_numbers(samples, self.frames);
        }
        let block = finite(&gathered);
        let block = block.as_ref();
        let peaks = self.peaks.iter_mut().flat_map(|peaks| peaks.channels_mut()).map(Some);
        let peaks = peaks.chain(std::iter::repeat_with(|| None));
        let (silence, relation, dips) = (&mut self.silence, &mut self.relation, &mut self.dips);
        let (hum, provenance, background) = (&mut self.hum, &mut self.provenance, &mut self.background);
        thread::scope(|scope| {
            for (channel, (lane, peak)) in self.lanes.iter_mut().zip(peaks).enumerate() {
                scope.spawn(move || lane.process(block.channel(channel), peak));
            }
            silence.process(block);
            relation.process(block);
            dips.process(block);
            hum.process(block);
            provenance.process(block);
            background.process(block);
        });
        self.splices.process(block);
        self.judge_splices();
        self.frames += gathered.frames() as u64;
        self.gathered = gathered;
        self.gathered.set_frames(0);
    }

    /// Hands on what stood out in the channels.
    fn judge_splices(&mut self) {
        let until = self.lanes.iter().map(|lane| lane.clicks.judged()).min().unwrap_or(0);
        let disturbances: Vec<(u64, f64)> =
            self.lanes.iter_mut().flat_map(|lane| lane.clicks.take_disturbances()).collect();
        self.splices.judge(disturbances, until);
    }
}

impl Lane {
    fn new(rate: SampleRate, thresholds: &Thresholds) -> Lane {
        Lane {
            clicks: ClickDetector::new(rate),
            clips: ClipDetector::new(rate),
            level: LevelDetector::new(rate, thresholds.dropout),
            depth: None,
            repetitions: RepetitionDetector::new(false),
            not_numbers: None,
        }
    }

    fn process(&mut self, samples: &[f64], peak: Option<&mut ChannelTruePeak>) {
        self.clicks.process(samples);
        self.clips.process(samples);
        self.level.process(samples);
        self.repetitions.process(samples);
        if let Some(depth) = &mut self.depth {
            depth.process(samples);
        }
        if let Some(peak) = peak {
            peak.process(samples);
        }
    }

    fn count_not_numbers(&mut self, samples: &[f64], start: u64) {
        for (index, _) in samples.iter().enumerate().filter(|(_, sample)| !sample.is_finite()) {
            let frame = start + index as u64;
            let (first, _, number) = self.not_numbers.unwrap_or((frame, frame, 0));
            self.not_numbers = Some((first, frame, number + 1));
        }
    }
}

/// A weighed place as a finding, where it is sure enough. Clicks tell themselves: a crowd of them is crackle.
fn told(candidate: &Candidate, rate: SampleRate, thresholds: &Thresholds) -> Option<Finding> {
    let (least, form) = match candidate.kind {
        Kind::Dropout => (thresholds.dip, "dip"),
        Kind::Splice if candidate.features.is_empty() => (0.0, "repeat"),
        Kind::Splice => (thresholds.splice, "jump"),
        _ => return None,
    };
    let (start, end) = (Frames(candidate.start), Frames(candidate.end));
    let finding = Finding::new(candidate.kind, Severity::Warn, start, end, rate)
        .detailed(form)
        .with_confidence(candidate.probability);
    let finding = match (candidate.kind, candidate.features.first()) {
        (Kind::Dropout, Some(depth)) => finding.measuring(-depth, Some(-f64::from(dip::LEAST_DEPTH_DB)), "dB"),
        (Kind::Splice, Some(_)) => finding.measuring(candidate.probability, Some(least), "probability"),
        _ => finding.measuring((candidate.end - candidate.start) as f64, None, "samples"),
    };
    let finding = match candidate.channel {
        Some(channel) => finding.in_channel(channel),
        None => finding,
    };
    (candidate.probability >= least).then_some(finding)
}

fn overs(listed: Vec<Over>, rate: SampleRate, ceiling: Dbtp) -> impl Iterator<Item = Finding> {
    listed.into_iter().map(move |over| {
        let end = Frames(over.start.0 + over.length.0);
        Finding::new(Kind::TruePeakOver, Severity::Warn, over.start, end, rate).in_channel(over.channel).measuring(
            over.peak.0,
            Some(ceiling.0),
            Dbtp::UNIT,
        )
    })
}

fn not_numbers(span: Option<(u64, u64, u64)>, rate: SampleRate) -> Option<Finding> {
    let (first, last, number) = span?;
    let finding = Finding::new(Kind::NotANumber, Severity::Fail, Frames(first), Frames(last + 1), rate);
    Some(finding.measuring(number as f64, Some(0.0), "samples"))
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

    fn other(seconds: f64) -> Vec<f64> {
        faded(seconds).iter().map(|sample| 0.9 * sample).collect()
    }

    #[test]
    fn a_clean_file_has_no_findings() {
        assert_eq!(found(&[faded(3.0), other(3.0)], 5000), []);
    }

    #[test]
    fn planted_faults_are_found_where_they_are_for_any_block_size() {
        let mut left = faded(4.0);
        left[60_000] += 0.4;
        left[90_000..90_400].fill(0.0);
        left[120_000] = f64::NAN;
        let reference = found(&[left.clone(), other(4.0)], 70_000);
        let has = |kind: Kind, frame: u64| {
            let near = |f: &&Finding| f.kind == kind && f.channel == Some(0) && f.start_frame.0.abs_diff(frame) < 20;
            reference.iter().find(near).is_some()
        };
        assert!(has(Kind::Click, 60_000) && has(Kind::Dropout, 90_000) && has(Kind::NotANumber, 120_000));
        assert!(reference.iter().all(|finding| finding.channel == Some(0)), "{reference:?}");
        assert_eq!(found(&[left, other(4.0)], 1234), reference);
    }
}
