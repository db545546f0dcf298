//! Clicks: a few samples added to the programme that the programme itself does not explain.
//!
//! Three stages: linear prediction takes the programme away; what remains is compared with half-sines of 1 to 32
//! samples against a robust local scale; each candidate is then asked whether it was *added* (its residual is the
//! fault through the prediction filter and vanishes when the samples are interpolated) or *played* (an attack drives
//! the instrument and what follows is new). After Janssen et al. (1986) and Godsill and Rayner (1998), with weights
//! fitted on music.

mod hypothesis;

pub(super) use hypothesis::left_by_interpolation;
use hypothesis::{Calm, judge};

use super::Thresholds;
use super::candidate::Candidate;
use super::whitening::{ORDER, Predictor, predictor, slide};
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::dsp::window::hann;
use crate::unit::{Frames, SampleRate};

/// Frame of the prediction at 44.1 kHz; faster rates take longer frames of the same time.
const FRAME: usize = 2048;
/// Samples in a block of the local scale at 44.1 kHz.
const SCALE_BLOCK: usize = 64;
/// Blocks to either side in its median: 25 ms in all, so that a bar's attack does not raise a whole frame.
const SCALE_REACH: usize = 8;
/// Mean magnitude to standard deviation of a normal distribution.
const MEAN_TO_SIGMA: f64 = 1.2533;
/// The scale in digital silence.
const LEAST_SIGMA: f64 = 1e-7;
/// Widths of the half-sines that are looked for.
const WIDTHS: [usize; 5] = [1, 4, 8, 16, 32];
/// A candidate stands this many sigmas out.
const CANDIDATE_SIGMAS: f32 = 10.0;
/// Only the strongest within this time is a candidate.
const ALONE_S: f64 = 0.005;
/// What stands out this many sigmas may be a splice.
const DISTURBANCE_SIGMAS: f32 = 8.0;
/// Longer clicks are pops.
const LONGEST_CLICK_S: f64 = 0.0015;
/// How far a candidate looks for calm.
const CALM_S: f64 = 0.25;
/// Clicks further apart than this are no crackle.
const CRACKLE_GAP_S: f64 = 0.25;
/// Members of a crackle are at least this likely, had they calm around them.
const LEAST_MEMBER: f64 = 0.93;
/// Clicks of a crackle, where no profile says how many.
const CRACKLE_CLICKS: usize = 8;
/// The time in which a crackle has its number of clicks.
const CRACKLE_S: f64 = 0.5;
/// Pulses somebody plays (a buzz, a synthesiser) keep time: more than this share of their distances are alike.
const PULSE_SHARE: f64 = 0.5;
/// Distances within this of each other are alike.
const PULSE_SPREAD: f64 = 0.06;
/// Candidates less likely than this are forgotten.
const LEAST_KEPT: f64 = 1e-6;
/// What lies this near the ends of the file is an edge and not a click.
const EDGE: usize = 512;
/// Samples kept before candidates are judged and the past is dropped.
const SEGMENT: usize = 1 << 17;

/// The clicks of one channel.
pub struct ClickDetector {
    rate: SampleRate,
    frame: usize,
    scale_block: usize,
    window: Vec<f64>,
    templates: Vec<Vec<f64>>,
    /// Samples from `base` on; half a hop of silence stands before the first.
    samples: Vec<f64>,
    residual: Vec<f64>,
    /// Mean residual magnitude of each scale block, aligned with `residual`.
    scales: Vec<f64>,
    predictors: Vec<Predictor>,
    /// How far each sample stands out, in sigmas.
    sigmas: Vec<f32>,
    base: u64,
    /// Judged up to here, from `base`.
    cursor: usize,
    received: u64,
    found: Vec<Click>,
    /// Frames that stand out and their sigmas, since they were last taken.
    disturbances: Vec<(u64, f64)>,
}

/// A judged candidate.
#[derive(Debug, Clone)]
struct Click {
    start: u64,
    width: u64,
    sigmas: f64,
    probability: f64,
    /// How likely, had it calm around it.
    alone: f64,
    features: Vec<f64>,
}

impl ClickDetector {
    /// A detector at a rate.
    pub fn new(rate: SampleRate) -> ClickDetector {
        let times = ((rate.hz() / 44_100.0).round() as usize).max(1);
        let frame = FRAME * times;
        ClickDetector {
            rate,
            frame,
            scale_block: SCALE_BLOCK * times,
            window: hann(frame),
            templates: WIDTHS.iter().map(|width| half_sine(*width)).collect(),
            samples: vec![0.0; frame / 4],
            residual: vec![0.0; frame / 4],
            scales: vec![0.0; frame / 4 / (SCALE_BLOCK * times)],
            predictors: Vec::new(),
            sigmas: vec![0.0; frame / 4],
            base: 0,
            cursor: 0,
            received: 0,
            found: Vec::new(),
            disturbances: Vec::new(),
        }
    }

    /// Looks at the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        self.samples.extend_from_slice(samples);
        self.received += samples.len() as u64;
        self.advance();
        if self.sigmas.len() > self.cursor + SEGMENT {
            let ready = self.sigmas.len() - self.margin();
            self.judge_until(ready);
            self.drop_past();
        }
    }

    /// Ends the search: every single click and pop that is at least `least` likely, those of a crackle too. What
    /// repairs go by.
    pub fn finish(mut self, least: f64) -> Vec<Finding> {
        self.end();
        let reach = (CRACKLE_GAP_S * self.rate.hz()) as u64;
        let standing: Vec<&Click> = self.found.iter().filter(|click| click.alone >= least).collect();
        let crackles: Vec<(u64, u64)> = standing
            .chunk_by(|a, b| b.start <= a.start + a.width + reach)
            .filter(|crowd| self.is_dense(crowd, CRACKLE_CLICKS) && !keeps_time(crowd))
            .map(|crowd| (crowd[0].start, crowd[crowd.len() - 1].start))
            .collect();
        let in_crackle = |click: &Click| {
            crackles.iter().any(|(first, last)| (*first..=*last).contains(&click.start)) && click.alone >= least
        };
        let likely = self.found.iter().filter(|click| click.probability >= least || in_crackle(click));
        likely.map(|click| self.told(click)).collect()
    }

    fn told(&self, click: &Click) -> Finding {
        let long = click.width as f64 > LONGEST_CLICK_S * self.rate.hz();
        let kind = if long { Kind::Pop } else { Kind::Click };
        let end = Frames(click.start + click.width);
        Finding::new(kind, Severity::Warn, Frames(click.start), end, self.rate)
            .measuring(click.sigmas, Some(f64::from(CANDIDATE_SIGMAS)), "sigma")
            .with_confidence(click.probability)
    }

    /// Judges what is left.
    pub(super) fn end(&mut self) {
        let end = self.samples.len();
        self.samples.resize(end + 3 * self.frame, 0.0);
        self.advance();
        self.samples.truncate(end);
        self.sigmas.truncate(end);
        self.judge_until(end.saturating_sub(EDGE));
    }

    /// The frame up to which everything was judged.
    pub(super) fn judged(&self) -> u64 {
        (self.base + self.cursor as u64).saturating_sub((self.frame / 4) as u64)
    }

    /// Frames that stand out and their sigmas, in order, since this was last asked.
    pub(super) fn take_disturbances(&mut self) -> Vec<(u64, f64)> {
        std::mem::take(&mut self.disturbances)
    }

    /// What was weighed.
    pub(super) fn candidates(&self, channel: usize) -> Vec<Candidate> {
        let candidate = |click: &Click| Candidate {
            kind: Kind::Click,
            start: click.start,
            end: click.start + click.width,
            channel: Some(channel),
            features: click.features.clone(),
            probability: click.probability,
        };
        self.found.iter().map(candidate).collect()
    }

    /// The findings after [`ClickDetector::end`]: crackle where many stand together out of time, clicks and pops.
    pub(super) fn findings(&self, thresholds: &Thresholds) -> Vec<Finding> {
        let mut findings = Vec::new();
        let reach = (CRACKLE_GAP_S * self.rate.hz()) as u64;
        // A member of a crowd need not be sure alone: its neighbours spoil the model it is weighed with.
        let standing: Vec<&Click> = self.found.iter().filter(|click| click.alone >= LEAST_MEMBER).collect();
        let crowds = standing.chunk_by(|a, b| b.start <= a.start + a.width + reach);
        let mut taken: Vec<(u64, u64)> = Vec::new();
        for crowd in crowds.filter(|crowd| self.is_dense(crowd, thresholds.crackle as usize)) {
            let (start, end) = (crowd[0].start, crowd.iter().map(|click| click.start + click.width).max().unwrap_or(0));
            taken.push((start, end));
            if !keeps_time(crowd) {
                let mut sure: Vec<f64> = crowd.iter().map(|click| click.alone).collect();
                sure.sort_by(f64::total_cmp);
                // Where they stand densest: what the limit speaks of.
                let a_second = self.densest(crowd) as f64 / CRACKLE_S;
                findings.push(
                    Finding::new(Kind::Crackle, Severity::Warn, Frames(start), Frames(end), self.rate)
                        .measuring(a_second, Some(thresholds.crackle / CRACKLE_S), "clicks/s")
                        .gathering(crowd.len() as u64)
                        .with_confidence(sure[sure.len() / 2]),
                );
            }
        }
        let free = |click: &&Click| !taken.iter().any(|(start, end)| (*start..*end).contains(&click.start));
        let likely = self.found.iter().filter(|click| click.probability >= thresholds.click).filter(free);
        findings.extend(likely.map(|click| self.told(click)));
        findings
    }

    /// Whether a crowd has `number` clicks within half a second somewhere.
    fn is_dense(&self, crowd: &[&Click], number: usize) -> bool {
        let time = (CRACKLE_S * self.rate.hz()) as u64;
        crowd.windows(number.max(2)).any(|part| part[part.len() - 1].start - part[0].start <= time)
    }

    /// The most clicks of a crowd within half a second.
    fn densest(&self, crowd: &[&Click]) -> usize {
        let time = (CRACKLE_S * self.rate.hz()) as u64;
        let within =
            |first: usize| crowd[first..].iter().take_while(|click| click.start - crowd[first].start <= time).count();
        (0..crowd.len()).map(within).max().unwrap_or(0)
    }

    fn hop(&self) -> usize {
        self.frame / 2
    }

    /// What a candidate needs to be known on either side of it.
    fn margin(&self) -> usize {
        (CALM_S * self.rate.hz()) as usize + 2 * FRAME
    }

    /// Whitens every frame that is whole, and measures the hop before it.
    fn advance(&mut self) {
        let hop = self.hop();
        while self.predictors.len() * hop + self.frame <= self.samples.len() {
            let index = self.predictors.len();
            self.whiten(index);
            if index > 0 {
                self.stand_out(index - 1);
            }
        }
    }

    fn whiten(&mut self, index: usize) {
        let hop = self.hop();
        let frame = &self.samples[index * hop..index * hop + self.frame];
        let windowed: Vec<f64> = frame.iter().zip(&self.window).map(|(sample, weight)| sample * weight).collect();
        let predictor = predictor(&windowed);
        let reversed: Vec<f64> = predictor.iter().rev().copied().collect();
        let start = self.residual.len();
        self.residual.resize(start + hop, 0.0);
        slide(&reversed, &self.samples[start - ORDER..start + hop], &mut self.residual[start..]);
        let blocks = self.residual[start..].chunks_exact(self.scale_block);
        let mean = |block: &[f64]| block.iter().map(|value| value.abs()).sum::<f64>() / block.len() as f64;
        self.scales.extend(blocks.map(|block| MEAN_TO_SIGMA * mean(block)));
        self.predictors.push(predictor);
    }

    /// How far each sample of a hop stands out; the hop after it is whitened.
    fn stand_out(&mut self, index: usize) {
        let hop = self.hop();
        let start = self.sigmas.len();
        let predictor = &self.predictors[index];
        let longest = WIDTHS[WIDTHS.len() - 1];
        let mut matched = vec![0.0; hop + longest - 1];
        slide(predictor, &self.residual[start..start + hop + longest + ORDER], &mut matched);
        let mut strongest = vec![0.0f64; hop];
        let mut filtered = vec![0.0; hop];
        for template in &self.templates {
            slide(template, &matched, &mut filtered);
            let scale = 1.0 / filtered_norm(predictor, template);
            for (strongest, value) in strongest.iter_mut().zip(&filtered) {
                *strongest = strongest.max(value.abs() * scale);
            }
        }
        for (block, strongest) in strongest.chunks(self.scale_block).enumerate() {
            let sigma = self.local_scale(start / self.scale_block + block);
            let residual = &self.residual[start + block * self.scale_block..];
            let ratios = strongest.iter().zip(residual).map(|(value, e)| (value.max(e.abs()) / sigma) as f32);
            self.sigmas.extend(ratios);
        }
    }

    fn local_scale(&self, block: usize) -> f64 {
        let range = block.saturating_sub(SCALE_REACH)..(block + SCALE_REACH + 1).min(self.scales.len());
        let mut scales = self.scales[range].to_vec();
        scales.sort_by(f64::total_cmp);
        scales[scales.len() / 2].max(LEAST_SIGMA)
    }

    fn judge_until(&mut self, end: usize) {
        let alone = (ALONE_S * self.rate.hz()) as usize;
        let lead = self.frame / 4;
        let first = if self.base == 0 { lead + EDGE } else { self.cursor };
        for at in first.max(self.cursor)..end {
            let height = self.sigmas[at];
            if height <= DISTURBANCE_SIGMAS {
                continue;
            }
            let before = &self.sigmas[at.saturating_sub(alone)..at];
            let after = &self.sigmas[at + 1..(at + 1 + alone).min(self.sigmas.len())];
            if before.iter().all(|other| *other < height) && after.iter().all(|other| *other <= height) {
                let lead = lead as u64;
                self.disturbances.push((self.base + at as u64 - lead.min(self.base + at as u64), f64::from(height)));
                if height > CANDIDATE_SIGMAS {
                    self.judge(at, f64::from(height));
                }
            }
        }
        self.cursor = self.cursor.max(end);
    }

    fn judge(&mut self, at: usize, height: f64) {
        let reach = (CALM_S * self.rate.hz()) as usize;
        let lead = (self.frame / 4) as u64;
        let floor = if self.base == 0 { lead as usize } else { 0 };
        let calm = Calm { sigmas: &self.sigmas, reach, floor };
        let Some(judged) = judge(&self.samples[floor..], at - floor, height, &calm) else { return };
        let start = self.base + judged.span.start as u64 - lead;
        let width = judged.span.len() as u64;
        if judged.probability.max(judged.alone) >= LEAST_KEPT {
            self.found.push(Click {
                start,
                width,
                sigmas: height,
                probability: judged.probability,
                alone: judged.alone,
                features: judged.features.to_vec(),
            });
        }
    }

    fn drop_past(&mut self) {
        let hop = self.hop();
        let hops = self.cursor.saturating_sub(self.margin()) / hop;
        let gone = hops * hop;
        self.samples.drain(..gone);
        self.residual.drain(..gone);
        self.sigmas.drain(..gone);
        self.scales.drain(..gone / self.scale_block);
        self.predictors.drain(..hops);
        self.cursor -= gone;
        self.base += gone as u64;
    }
}

/// Whether clicks follow each other at one distance, as played pulses do.
fn keeps_time(crowd: &[&Click]) -> bool {
    let mut distances: Vec<f64> = crowd.windows(2).map(|pair| (pair[1].start - pair[0].start) as f64).collect();
    distances.sort_by(f64::total_cmp);
    let alike = |middle: f64| distances.iter().filter(|d| (*d / middle - 1.0).abs() < PULSE_SPREAD).count();
    let most = distances.iter().map(|distance| alike(distance.max(1.0))).max().unwrap_or(0);
    most as f64 > PULSE_SHARE * distances.len() as f64
}

fn half_sine(width: usize) -> Vec<f64> {
    (0..width).map(|n| libm::sin(std::f64::consts::PI * (n as f64 + 0.5) / width as f64)).collect()
}

/// The length of a template after the prediction filter: what it would leave in the residual.
fn filtered_norm(predictor: &Predictor, template: &[f64]) -> f64 {
    let length = template.len() + ORDER;
    let value = |n: usize| {
        let lags = n.saturating_sub(template.len() - 1)..=n.min(ORDER);
        lags.map(|lag| predictor[lag] * template[n - lag]).sum::<f64>()
    };
    (0..length).map(|n| value(n) * value(n)).sum::<f64>().sqrt().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Two resonances driven by noise: music as far as a predictor is concerned.
    fn resonant(frames: usize, innovation: Option<usize>) -> Vec<f64> {
        let mut state = 3;
        let mut out: Vec<f64> = Vec::with_capacity(frames);
        for n in 0..frames {
            let drive = 0.01 * noise(&mut state) + if innovation == Some(n) { 0.3 } else { 0.0 };
            let back = |lag: usize| n.checked_sub(lag).map_or(0.0, |at| out[at]);
            out.push(drive + 1.8 * back(1) - 1.2 * back(2) + 0.6 * back(3) - 0.35 * back(4));
        }
        out
    }

    fn found(samples: &[f64], rate: u32, block: usize) -> Vec<u64> {
        let mut detector = ClickDetector::new(SampleRate(rate));
        samples.chunks(block).for_each(|part| detector.process(part));
        detector.end();
        let profile = crate::profile::load("qc-normal", None).unwrap().unwrap();
        let findings = detector.findings(&Thresholds::from_profile(&profile));
        findings.into_iter().map(|finding| finding.start_frame.0).collect()
    }

    #[test]
    fn what_is_added_is_found_and_what_is_played_is_not() {
        let mut added = resonant(60_000, None);
        added[30_000] += 0.3;
        let starts = found(&added, 44_100, 4096);
        assert!(starts.len() == 1 && starts[0].abs_diff(30_000) <= 2, "{starts:?}");
        assert_eq!(found(&resonant(60_000, Some(30_000)), 44_100, 4096), [0u64; 0]);
    }

    #[test]
    fn block_size_does_not_matter() {
        let mut added = resonant(300_000, None);
        for at in [5_000, 140_000, 262_000] {
            added[at] += 0.3;
            added[at + 1] -= 0.2;
        }
        let whole = found(&added, 44_100, 300_000);
        assert_eq!(whole.len(), 3, "{whole:?}");
        assert_eq!(found(&added, 44_100, 1_000), whole);
    }

    #[test]
    fn steady_waves_and_pulses_are_no_clicks() {
        let square: Vec<f64> = (0..80_000).map(|n| if n / 220 % 2 == 0 { 0.4 } else { -0.4 }).collect();
        let saw: Vec<f64> = (0..80_000).map(|n| (n % 300) as f64 / 300.0 - 0.5).collect();
        let pulses: Vec<f64> = (0..80_000).map(|n| if n % 441 == 0 { 0.8 } else { 0.0 }).collect();
        for wave in [square, saw, pulses] {
            assert_eq!(found(&wave, 44_100, 5_000), [0u64; 0]);
        }
    }

    #[test]
    fn fast_rates_find_the_same_click() {
        let mut added = resonant(200_000, None);
        added[100_000] += 0.3;
        let starts = found(&added, 96_000, 7_777);
        assert!(starts.len() == 1 && starts[0].abs_diff(100_000) <= 2, "{starts:?}");
    }
}
