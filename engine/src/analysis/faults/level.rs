//! Constant offset, cut-off edges and digital mutes of one channel.

use crate::analysis::faults::Thresholds;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// Stretch on either side of a mute whose level is asked for.
const SURROUND_S: f64 = 0.020;
/// The edge of a mute whose level is asked for.
const EDGE_S: f64 = 0.001;
/// Music beside a mute is louder than this (root mean square, linear): -60 dBFS.
const LEAST_MUSIC: f64 = 1e-3;
/// A mute cuts: at one edge the signal is at least this share of the music beside it. A fade is not.
const LEAST_CUT: f64 = 0.1;
/// A longer stretch of zeros is a pause, and the silence detector's.
const MOST_MUTE_S: f64 = 1.0;
/// The step in which offsets are followed.
const STEP_S: f64 = 0.1;
/// Steps to either side under a Hann window: 2 s, which takes 40 Hz away by 90 dB and more.
const STEPS_BESIDE: usize = 10;
/// An offset of a stretch stands out of the programme's own wander by this many sigmas.
const WANDER_SIGMAS: f64 = 6.0;
/// And is this many times the limit: a whole file is averaged for longer.
const STRETCH_LIMITS: f64 = 2.0;
/// Shorter stretches are bass and not offset.
const LEAST_STRETCH_S: f64 = 1.0;

/// Offset, edges and mutes of one channel.
#[derive(Debug, Clone)]
pub struct LevelDetector {
    rate: SampleRate,
    least_mute: u64,
    surround: usize,
    frames: u64,
    sum: f64,
    step: usize,
    held: usize,
    /// The mean of every whole step.
    means: Vec<f32>,
    first: Option<f64>,
    last: f64,
    zeros: u64,
    /// The last 20 ms that were not zero.
    recent: Vec<f64>,
    next: usize,
    /// A mute that waits for the 20 ms behind it.
    waiting: Option<Mute>,
    mutes: Vec<Mute>,
}

#[derive(Debug, Clone)]
struct Mute {
    start: u64,
    length: u64,
    before: f64,
    edge_before: f64,
    after: Vec<f64>,
}

impl LevelDetector {
    /// A detector at a rate that looks for mutes of at least `dropout`.
    pub fn new(rate: SampleRate, dropout: Seconds) -> LevelDetector {
        LevelDetector {
            rate,
            least_mute: dropout.frames(rate).0.max(2),
            surround: ((SURROUND_S * rate.hz()) as usize).max(1),
            frames: 0,
            sum: 0.0,
            step: ((STEP_S * rate.hz()) as usize).max(1),
            held: 0,
            means: Vec::new(),
            first: None,
            last: 0.0,
            zeros: 0,
            recent: Vec::new(),
            next: 0,
            waiting: None,
            mutes: Vec::new(),
        }
    }

    /// Looks at the next finite samples.
    pub fn process(&mut self, samples: &[f64]) {
        for &sample in samples {
            self.sum += sample;
            self.held += 1;
            if self.held == self.step {
                self.means.push((self.sum / self.step as f64) as f32);
                (self.sum, self.held) = (0.0, 0);
            }
            self.first.get_or_insert(sample);
            self.last = sample;
            if sample == 0.0 {
                self.zeros += 1;
            } else {
                self.end_zeros();
                self.remember(sample);
            }
            if let Some(mute) = &mut self.waiting {
                mute.after.push(sample);
                if mute.after.len() == self.surround {
                    // Only what cuts is kept: rests are many.
                    let edge = ((EDGE_S * self.rate.hz()) as usize).max(1);
                    self.mutes.extend(self.waiting.take().filter(|mute| mute.is_cut(edge)).map(Mute::without_samples));
                }
            }
            self.frames += 1;
        }
    }

    /// Ends the search.
    pub fn finish(self, thresholds: &Thresholds) -> Vec<Finding> {
        let mut findings = self.offsets(thresholds);
        findings.extend(self.edge("top", 0, self.first, thresholds.edge_level));
        let end = self.frames.saturating_sub(1);
        findings.extend(self.edge("tail", end, self.first.map(|_| self.last), thresholds.edge_level));
        for mute in &self.mutes {
            let end = Frames(mute.start + mute.length);
            let milliseconds = 1000.0 * mute.length as f64 / self.rate.hz();
            let finding = Finding::new(Kind::Dropout, Severity::Warn, Frames(mute.start), end, self.rate);
            findings.push(finding.detailed("mute").measuring(milliseconds, Some(1000.0 * thresholds.dropout.0), "ms"));
        }
        findings
    }

    /// The offset of the whole, and stretches that are offset against it.
    fn offsets(&self, thresholds: &Thresholds) -> Vec<Finding> {
        let (rate, limit) = (self.rate, thresholds.dc_offset_percent);
        let total: f64 = self.means.iter().map(|mean| f64::from(*mean)).sum::<f64>() * self.step as f64 + self.sum;
        let whole = total / self.frames.max(1) as f64;
        let smooth = smoothed(&self.means);
        let middle = median(&smooth).unwrap_or(whole);
        let off = |start: u64, end: u64, value: f64, limit: f64| {
            Finding::new(Kind::DcOffset, Severity::Warn, Frames(start), Frames(end), rate).measuring(
                100.0 * value,
                Some(limit.copysign(value)),
                "%",
            )
        };
        // A whole file is offset where both its mean and its usual course are: a stretch alone moves only one.
        let steady = if whole.abs() < middle.abs() { whole } else { middle };
        let mut findings = Vec::new();
        if 100.0 * steady.abs() > limit {
            findings.push(off(0, self.frames, steady, limit));
        }
        let away: Vec<f64> = smooth.iter().map(|value| value - middle).collect();
        let sizes: Vec<f64> = away.iter().map(|value| value.abs()).collect();
        let wander = 1.4826 * median(&sizes).unwrap_or(0.0);
        let least = (STRETCH_LIMITS * limit / 100.0).max(WANDER_SIGMAS * wander);
        let long = (LEAST_STRETCH_S / STEP_S) as usize;
        for (start, end) in stretches(&away, least).into_iter().filter(|(start, end)| end - start >= long) {
            let strongest =
                away[start..end].iter().fold(0.0f64, |held, v| if v.abs() > held.abs() { *v } else { held });
            let frame = |step: usize| (step * self.step) as u64;
            findings.push(off(frame(start), frame(end).min(self.frames), strongest, 100.0 * least));
        }
        findings
    }

    fn edge(&self, place: &str, frame: u64, sample: Option<f64>, limit: Db) -> Option<Finding> {
        let level = Db::from_amplitude(sample?);
        let (start, end) = (Frames(frame), Frames(frame + 1));
        let finding = Finding::new(Kind::Truncated, Severity::Warn, start, end, self.rate).detailed(place);
        (level.0 > limit.0).then(|| finding.measuring(level.0, Some(limit.0), "dBFS"))
    }

    fn end_zeros(&mut self) {
        let zeros = std::mem::take(&mut self.zeros);
        let longest = (MOST_MUTE_S * self.rate.hz()) as u64;
        if zeros < self.least_mute || zeros > longest || self.recent.is_empty() || self.waiting.is_some() {
            return;
        }
        let edge = ((EDGE_S * self.rate.hz()) as usize).max(1);
        let count = self.recent.len();
        // Newest first, from the ring.
        let newest = (0..edge.min(count)).map(|back| self.recent[(self.next + count - 1 - back) % count]);
        self.waiting = Some(Mute {
            start: self.frames - zeros,
            length: zeros,
            before: rms(self.recent.iter().copied()),
            edge_before: rms(newest),
            after: Vec::with_capacity(self.surround),
        });
    }

    fn remember(&mut self, sample: f64) {
        if self.recent.len() < self.surround {
            self.recent.push(sample);
            self.next = 0;
        } else {
            self.recent[self.next] = sample;
            self.next = (self.next + 1) % self.surround;
        }
    }
}

impl Mute {
    fn is_cut(&self, edge: usize) -> bool {
        let after = rms(self.after.iter().copied());
        let edge_after = rms(self.after.iter().copied().take(edge));
        self.before > LEAST_MUSIC
            && after > LEAST_MUSIC
            && (self.edge_before > LEAST_CUT * self.before || edge_after > LEAST_CUT * after)
    }

    fn without_samples(self) -> Mute {
        Mute { after: Vec::new(), ..self }
    }
}

/// Means under a Hann window, as far as a window fits.
fn smoothed(means: &[f32]) -> Vec<f64> {
    let window = crate::dsp::window::hann(2 * STEPS_BESIDE + 2);
    (0..means.len())
        .map(|step| {
            let reach = step.saturating_sub(STEPS_BESIDE)..(step + STEPS_BESIDE + 1).min(means.len());
            let (mut sum, mut weights) = (0.0, 1e-30);
            for near in reach {
                let weight = window[near + STEPS_BESIDE + 1 - step];
                sum += weight * f64::from(means[near]);
                weights += weight;
            }
            sum / weights
        })
        .collect()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Where values stand on one side, further out than `least`: half of that where the stretch begins and ends.
fn stretches(values: &[f64], least: f64) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut index = 0;
    while index < values.len() {
        if values[index].abs() <= least {
            index += 1;
            continue;
        }
        let side = values[index].signum();
        let inside = |value: f64| side * value > 0.5 * least;
        let floor = found.last().map_or(0, |last| last.1);
        let start = (floor..index).rev().take_while(|at| inside(values[*at])).last().unwrap_or(index);
        let end = (index..values.len()).find(|at| !inside(values[*at])).unwrap_or(values.len());
        found.push((start, end));
        index = end;
    }
    found
}

fn rms(samples: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = samples.fold((0.0, 0u64), |(sum, count), sample| (sum + sample * sample, count + 1));
    if count == 0 { 0.0 } else { (sum / count as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(samples: &[f64]) -> Vec<(Kind, u64)> {
        let profile = crate::profile::load("qc-normal", None).unwrap().unwrap();
        let thresholds = Thresholds::from_profile(&profile);
        let mut detector = LevelDetector::new(SampleRate(44_100), thresholds.dropout);
        detector.process(samples);
        detector.finish(&thresholds).into_iter().map(|f| (f.kind, f.start_frame.0)).collect()
    }

    fn tone(frames: usize) -> Vec<f64> {
        (0..frames).map(|n| 0.3 * libm::sin(std::f64::consts::TAU * n as f64 / 100.0)).collect()
    }

    #[test]
    fn edges_and_offsets_are_found() {
        assert_eq!(found(&tone(10_001)), []);
        assert_eq!(found(&tone(10_000)[25..9_926]), [(Kind::Truncated, 0), (Kind::Truncated, 9_900)]);
        let offset: Vec<f64> = tone(10_000).iter().map(|s| s + 0.01).collect();
        assert_eq!(found(&offset)[0], (Kind::DcOffset, 0));
        assert_eq!(found(&[]), []);
    }

    #[test]
    fn a_stretch_that_is_offset_is_found_where_it_is() {
        let mut stretch = tone(882_001);
        stretch[220_500..441_000].iter_mut().for_each(|s| *s += 0.01);
        let starts: Vec<u64> = found(&stretch).iter().filter(|f| f.0 == Kind::DcOffset).map(|f| f.1).collect();
        assert!(starts.len() == 1 && starts[0].abs_diff(220_500) < 44_100, "{starts:?}");
    }

    #[test]
    fn a_mute_in_music_is_found_and_a_rest_is_not() {
        let mut muted = tone(10_001);
        muted[5_020..5_060].fill(0.0);
        assert_eq!(found(&muted), [(Kind::Dropout, 5_020)]);
        // A decay into a rest and a fade out of it.
        let rest: Vec<f64> = tone(30_001)
            .iter()
            .enumerate()
            .map(|(n, s)| s * ((n as f64 - 15_000.0).abs() / 3_000.0 - 0.1).clamp(0.0, 1.0))
            .collect();
        assert_eq!(found(&rest), []);
    }
}
