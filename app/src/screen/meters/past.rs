//! The loudness of a song or of the programme as the survey knows it, ready to be drawn.

use std::sync::{Arc, Weak};

use lacquer_engine::analysis::full::distribution;
use lacquer_engine::analysis::loudness::Reading;
use lacquer_engine::realtime::MeterFrame;
use lacquer_engine::survey::Survey;

use super::Span;
use crate::desk::Desk;
use crate::widget::loudness::Separator;
use crate::widget::number;

/// Seconds between two values of the survey's history (ITU-R BS.1770-5: gating blocks every 100 ms).
pub const STEP_S: f64 = 0.1;
/// Gates of the integrated loudness (ITU-R BS.1770-5, Annex 1).
const ABSOLUTE_LUFS: f64 = -70.0;
const RELATIVE_LU: f64 = -10.0;
/// Gate of the range under the mean (EBU Tech 3342).
const RANGE_LU: f64 = -20.0;
/// Width and number of the classes blocks are gathered in for the growing integrated loudness, LU.
const CLASS_LU: f64 = 0.1;
const CLASSES: usize = 900;
/// Blocks between two values of the integrated loudness: one a second.
const EVERY: usize = 10;

/// The curves of one span.
#[derive(Debug, Clone)]
pub struct Past {
    survey: Weak<Survey>,
    span: Span,
    song: Option<usize>,
    /// Momentary loudness, LUFS, every [`STEP_S`].
    pub momentary: Arc<[f32]>,
    /// Short-term loudness.
    pub short_term: Arc<[f32]>,
    /// Integrated loudness up to there.
    pub integrated: Arc<[f32]>,
    /// Where songs begin.
    pub separators: Vec<Separator>,
    /// How long it stood at each short-term loudness: middle of the class, share.
    pub classes: Vec<(f32, f32)>,
    /// The loudness below which a tenth and 95 of a hundred lie, of what the range is made of.
    pub ends: Option<(f32, f32)>,
}

/// The last minutes that were heard.
#[derive(Debug, Clone)]
pub struct Live {
    /// Momentary loudness, LUFS, every [`STEP_S`].
    pub momentary: Arc<[f32]>,
    /// Short-term loudness.
    pub short_term: Arc<[f32]>,
    /// Programme frame of the last value.
    position: u64,
    rate_hz: f64,
    points: usize,
    /// Number of values, and the last one, that it was made of.
    made_of: (usize, Option<Reading>),
}

impl Live {
    /// The newest `points` values of a reading.
    pub fn new(meters: &MeterFrame, points: usize) -> Live {
        let history = &meters.history[meters.history.len().saturating_sub(points)..];
        Live {
            momentary: history.iter().map(|reading| lufs(reading.momentary)).collect(),
            short_term: history.iter().map(|reading| lufs(reading.short_term)).collect(),
            position: meters.position,
            rate_hz: f64::from(meters.rate_hz.max(1)),
            points,
            made_of: (meters.history.len(), meters.history.last().copied()),
        }
    }

    /// Whether the reading has nothing newer.
    pub fn is_of(&self, meters: &MeterFrame, points: usize) -> bool {
        self.points == points && self.made_of == (meters.history.len(), meters.history.last().copied())
    }

    /// Seconds across.
    pub fn span_s(&self) -> f64 {
        self.points as f64 * STEP_S
    }

    /// The second of the first value: the newest stands at the right edge.
    pub fn start_s(&self) -> f64 {
        (self.points - self.momentary.len().min(self.points)) as f64 * STEP_S
    }

    /// The programme frame of a second of the picture.
    pub fn frame(&self, seconds: f64) -> u64 {
        let ago = (self.span_s() - seconds).max(0.0);
        self.position.saturating_sub((ago * self.rate_hz) as u64)
    }
}

fn lufs(value: Option<lacquer_engine::unit::Lufs>) -> f32 {
    value.map_or(f32::NEG_INFINITY, |lufs| lufs.0 as f32)
}

/// The ends of the range (EBU Tech 3342: a tenth and 95 of a hundred, above -70 LUFS and 20 LU under the mean).
fn ends(readings: &[Reading]) -> Option<(f32, f32)> {
    let short = readings.iter().filter_map(|reading| reading.short_term).map(|lufs| lufs.0);
    let mut loud: Vec<f64> = short.filter(|lufs| *lufs >= ABSOLUTE_LUFS).collect();
    let power = loud.iter().map(|lufs| libm::pow(10.0, lufs / 10.0)).sum::<f64>() / loud.len().max(1) as f64;
    let gate = 10.0 * libm::log10(power.max(1e-30)) + RANGE_LU;
    loud.retain(|lufs| *lufs >= gate);
    loud.sort_by(f64::total_cmp);
    let last = loud.len().checked_sub(1)? as f64;
    let at = |share: f64| loud.get((last * share + 0.5) as usize).map(|lufs| *lufs as f32);
    at(0.10).zip(at(0.95))
}

impl Past {
    /// The curves of a span; none before the survey knows it.
    pub fn new(desk: &Desk, span: Span) -> Option<Past> {
        let survey = desk.survey.as_ref()?;
        let song = (span == Span::Song).then(|| desk.selected()).flatten();
        let songs = match (span, song) {
            (Span::Song, Some(song)) => survey.songs.get(song..=song)?,
            (Span::Song, None) => return None,
            (Span::Album, _) => &survey.songs[..],
            (Span::Minute | Span::Five, _) => return None,
        };
        let readings: Vec<Reading> = songs.iter().flat_map(|song| song.processed.history.iter().copied()).collect();
        let classes = distribution(songs.iter().map(|song| &song.processed.history[..]));
        let momentary: Arc<[f32]> = readings.iter().map(|reading| lufs(reading.momentary)).collect();
        Some(Past {
            survey: Arc::downgrade(survey),
            span,
            song,
            integrated: integrated(&momentary),
            short_term: readings.iter().map(|reading| lufs(reading.short_term)).collect(),
            momentary,
            classes: classes.into_iter().map(|(lufs, share)| (lufs.0 as f32, share as f32)).collect(),
            ends: ends(&readings),
            separators: if span == Span::Album { separators(desk, survey) } else { Vec::new() },
        })
    }

    /// Whether these are the curves of what the desk shows now.
    pub fn is_of(&self, desk: &Desk, span: Span) -> bool {
        let song = (span == Span::Song).then(|| desk.selected()).flatten();
        let known = desk.survey.as_ref().is_some_and(|survey| Arc::as_ptr(survey) == self.survey.as_ptr());
        known && self.span == span && self.song == song
    }

    /// Length in seconds.
    pub fn length_s(&self) -> f64 {
        self.momentary.len() as f64 * STEP_S
    }

    /// The loudest value, LUFS.
    pub fn loudest(&self) -> f64 {
        f64::from(self.momentary.iter().copied().fold(f32::NEG_INFINITY, f32::max))
    }
}

fn separators(desk: &Desk, survey: &Survey) -> Vec<Separator> {
    let plan = &survey.plan;
    let songs = plan.songs.iter().zip(&survey.songs).enumerate();
    songs
        .map(|(place, (song, known))| {
            let integrated = known.processed.measurement.integrated_lufs.map(|lufs| lufs.0);
            Separator {
                seconds: desk.seconds(plan.to_delivered(song.start)),
                text: format!("{:02} {}", place + 1, number::reading(integrated, 1)),
            }
        })
        .collect()
}

/// The gated loudness from the start up to each block, in classes of 0.1 LU for the relative gate; the powers
/// themselves are exact. Renewed once a second.
fn integrated(momentary: &[f32]) -> Arc<[f32]> {
    let mut classes = vec![(0.0_f64, 0_u32); CLASSES];
    let mut now = f32::NEG_INFINITY;
    let mut out = Vec::with_capacity(momentary.len());
    for (place, lufs) in momentary.iter().map(|lufs| f64::from(*lufs)).enumerate() {
        if lufs > ABSOLUTE_LUFS {
            let class = (((lufs - ABSOLUTE_LUFS) / CLASS_LU) as usize).min(CLASSES - 1);
            classes[class].0 += libm::pow(10.0, lufs / 10.0);
            classes[class].1 += 1;
        }
        if place % EVERY == EVERY - 1 {
            now = gated(&classes).map_or(f32::NEG_INFINITY, |lufs| lufs as f32);
        }
        out.push(now);
    }
    out.into()
}

fn gated(classes: &[(f64, u32)]) -> Option<f64> {
    let mean = |from: usize| {
        let (power, count) = classes[from..].iter().fold((0.0, 0), |sum, class| (sum.0 + class.0, sum.1 + class.1));
        (count > 0).then(|| 10.0 * libm::log10(power / f64::from(count)))
    };
    let gate = mean(0)? + RELATIVE_LU;
    mean(((gate - ABSOLUTE_LUFS) / CLASS_LU).clamp(0.0, (CLASSES - 1) as f64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_does_not_lower_the_integrated_loudness() {
        let mut momentary = vec![-20.0_f32; 100];
        momentary.extend([f32::NEG_INFINITY; 100]);
        momentary.extend([-35.0; 100]);
        let integrated = integrated(&momentary);
        assert_eq!(integrated[5], f32::NEG_INFINITY, "nothing before the first second");
        assert!((integrated[99] + 20.0).abs() < 0.01);
        assert!((integrated[299] + 20.0).abs() < 0.01, "15 LU below the rest is gated away");
    }

    #[test]
    fn loud_and_soft_join_by_power() {
        let momentary: Vec<f32> = [[-18.0_f32; 50], [-22.0; 50]].concat();
        let expected = 10.0 * ((10f64.powf(-1.8) + 10f64.powf(-2.2)) / 2.0).log10();
        assert!((f64::from(integrated(&momentary)[99]) - expected).abs() < 1e-4);
    }
}
