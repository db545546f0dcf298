//! What a stage did in the last seconds that were heard: the moments that the renderer gathers.

use std::collections::VecDeque;
use std::sync::Arc;

use lacquer_engine::render::{MOMENTS_PER_SECOND, PAST_BANDS, SlotPast};

use crate::widget::history::Moment;

/// Seconds that are kept.
pub const SPAN_S: f32 = 10.0;
/// Moments that are kept.
pub const CAPACITY: usize = SPAN_S as usize * MOMENTS_PER_SECOND as usize;
/// A picture moves on after so many new moments, twenty times a second: oftener is dear to draw and shows no more.
const STRIDE: usize = MOMENTS_PER_SECOND as usize / 20;
/// Reductions smaller than this are the limit of what a detector can tell, dB.
const NOTHING_DB: f32 = -0.005;

/// Moments that a coarse one holds: a longer past is kept in tenths of a second.
const COARSE: usize = 10;
/// Coarse moments that are kept: twenty minutes, longer than songs are.
const MOST_COARSE: usize = 12_000;

/// How far back a picture reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// Ten seconds, every moment.
    #[default]
    Ten,
    /// A minute, in tenths of a second.
    Sixty,
    /// As long as the song that is heard, in tenths of a second; filled with what was heard of it.
    Song,
}

/// What a picture of a span is drawn from.
pub struct Reach {
    /// The moments in order; the last is now.
    pub moments: Arc<[Moment]>,
    /// How many the whole width takes.
    pub capacity: usize,
    /// Seconds across.
    pub span_s: f32,
    /// Moments of the finest kind that each of these holds.
    pub holds: usize,
}

/// Moments in a time, rounded.
pub fn moments(seconds: f64) -> usize {
    (seconds * f64::from(MOMENTS_PER_SECOND)).round().max(0.0) as usize
}

/// The moments of one stage.
#[derive(Debug, Clone)]
pub struct Trail {
    moments: VecDeque<Moment>,
    bands: [VecDeque<f32>; PAST_BANDS],
    peaks: VecDeque<f32>,
    /// The longer past, in tenths of a second, and the tenth under way.
    coarse: VecDeque<Moment>,
    gathered: Vec<Moment>,
    /// Coarse moments since the song that is heard began.
    of_song: usize,
    deepest_db: f32,
    fresh: usize,
    shown: Shown,
}

/// What pictures are drawn from.
#[derive(Debug, Clone)]
struct Shown {
    moments: Arc<[Moment]>,
    gains: Arc<[f32]>,
    bands: [Arc<[f32]>; PAST_BANDS],
    now: Moment,
    peak: f32,
}

impl Default for Trail {
    fn default() -> Trail {
        let empty = || VecDeque::with_capacity(CAPACITY);
        Trail {
            moments: VecDeque::with_capacity(CAPACITY),
            bands: std::array::from_fn(|_| empty()),
            peaks: VecDeque::with_capacity(STRIDE),
            coarse: VecDeque::new(),
            gathered: Vec::with_capacity(COARSE),
            of_song: 0,
            deepest_db: 0.0,
            fresh: 0,
            shown: Shown {
                moments: Arc::from([]),
                gains: Arc::from([]),
                bands: std::array::from_fn(|_| Arc::from([])),
                now: Moment::of(&[]),
                peak: 0.0,
            },
        }
    }
}

impl Trail {
    /// Adds the next moment.
    pub fn add(&mut self, past: &SlotPast) {
        let db = |amplitude: f32| 20.0 * amplitude.max(1e-6).log10();
        let moment = Moment {
            input_db: db(past.input_peak),
            output_db: db(past.output_peak),
            rms_db: db(past.output_rms),
            gain_db: past.gain_db,
        };
        self.deepest_db = self.deepest_db.min(moment.gain_db);
        push(&mut self.moments, moment, CAPACITY);
        self.gathered.push(moment);
        if self.gathered.len() == COARSE {
            push(&mut self.coarse, Moment::of(&self.gathered), MOST_COARSE);
            self.gathered.clear();
            self.of_song += 1;
        }
        push(&mut self.peaks, past.input_peak, STRIDE);
        for (band, gain) in self.bands.iter_mut().zip(past.bands_db) {
            push(band, gain, CAPACITY);
        }
        self.fresh += 1;
        if self.fresh >= STRIDE {
            self.fresh = 0;
            self.show();
        }
    }

    fn show(&mut self) {
        let newest = self.moments.len().saturating_sub(STRIDE);
        let newest: Vec<Moment> = self.moments.range(newest..).copied().collect();
        self.shown = Shown {
            moments: self.moments.iter().copied().collect(),
            gains: self.moments.iter().map(|moment| moment.gain_db).collect(),
            bands: std::array::from_fn(|band| self.bands[band].iter().copied().collect()),
            now: Moment::of(&newest),
            peak: self.peaks.iter().copied().fold(0.0, f32::max),
        };
    }

    /// Another song is heard from here on.
    pub fn next_song(&mut self) {
        self.gathered.clear();
        self.of_song = 0;
    }

    /// What was done over a span; `song_s` is the length of the song that is heard.
    pub fn reach(&self, span: Span, song_s: f64) -> Reach {
        let coarse = |capacity: usize, shown: usize| Reach {
            moments: self.coarse.iter().skip(self.coarse.len() - shown.min(self.coarse.len())).copied().collect(),
            capacity,
            span_s: (capacity * COARSE) as f32 / MOMENTS_PER_SECOND as f32,
            holds: COARSE,
        };
        match span {
            Span::Ten => {
                Reach { moments: Arc::clone(&self.shown.moments), capacity: CAPACITY, span_s: SPAN_S, holds: 1 }
            }
            Span::Sixty => coarse(60 * MOMENTS_PER_SECOND as usize / COARSE, usize::MAX),
            Span::Song => coarse((moments(song_s) / COARSE).clamp(1, MOST_COARSE), self.of_song),
        }
    }

    /// The gain in dB of every moment.
    pub fn gains(&self) -> Arc<[f32]> {
        Arc::clone(&self.shown.gains)
    }

    /// The gain in dB of a band in every moment.
    pub fn band(&self, band: usize) -> Arc<[f32]> {
        self.shown.bands.get(band).map_or_else(|| Arc::from([]), Arc::clone)
    }

    /// Gain reduction now in dB, 0 or below; none before anything was heard.
    pub fn now_db(&self) -> Option<f64> {
        (!self.shown.moments.is_empty()).then(|| whole(self.shown.now.gain_db.min(0.0)))
    }

    /// Highest sample that went in now, linear.
    pub fn peak(&self) -> f32 {
        self.shown.peak
    }

    /// The deepest gain reduction since the last reset in dB.
    pub fn deepest_db(&self) -> Option<f64> {
        (!self.moments.is_empty()).then(|| whole(self.deepest_db))
    }

    /// Forgets the deepest reduction.
    pub fn reset(&mut self) {
        self.deepest_db = 0.0;
    }
}

fn push<T>(queue: &mut VecDeque<T>, value: T, capacity: usize) {
    if queue.len() >= capacity {
        queue.pop_front();
    }
    queue.push_back(value);
}

fn whole(gain_db: f32) -> f64 {
    if gain_db > NOTHING_DB { 0.0 } else { f64::from(gain_db) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(gain_db: f32) -> SlotPast {
        SlotPast { input_peak: 0.5, output_peak: 0.25, output_rms: 0.1, gain_db, bands_db: [gain_db; PAST_BANDS] }
    }

    #[test]
    fn the_picture_moves_on_in_strides_and_shows_every_moment() {
        let mut trail = Trail::default();
        assert_eq!((trail.now_db(), trail.deepest_db()), (None, None));
        for gain in [-1.0, -3.0, -2.0, -0.5] {
            trail.add(&past(gain));
        }
        assert_eq!((trail.now_db(), trail.deepest_db()), (None, Some(-3.0)), "no picture yet");
        trail.add(&past(-0.001));
        assert_eq!(*trail.gains(), [-1.0, -3.0, -2.0, -0.5, -0.001]);
        assert_eq!(*trail.band(7), *trail.gains());
        assert_eq!((trail.now_db(), trail.peak()), (Some(-3.0), 0.5));
        assert!((trail.reach(Span::Ten, 0.0).moments[0].output_db + 12.04).abs() < 0.01);
        trail.reset();
        assert_eq!(trail.deepest_db(), Some(0.0));
        for _ in 0..STRIDE {
            trail.add(&past(0.0));
        }
        assert_eq!(trail.now_db(), Some(0.0));
    }

    #[test]
    fn a_longer_past_is_kept_in_tenths_of_a_second() {
        let mut trail = Trail::default();
        for moment in 0..700 * COARSE {
            trail.add(&past(if moment == 650 * COARSE + 3 { -4.0 } else { -1.0 }));
        }
        let minute = trail.reach(Span::Sixty, 0.0);
        assert_eq!((minute.moments.len(), minute.capacity, minute.span_s, minute.holds), (700, 600, 60.0, COARSE));
        // No moment is lost: a tenth shows its deepest.
        assert_eq!(minute.moments[650].gain_db, -4.0);
        trail.next_song();
        for _ in 0..30 * COARSE {
            trail.add(&past(-2.0));
        }
        let song = trail.reach(Span::Song, 180.0);
        assert_eq!((song.moments.len(), song.capacity, song.span_s), (30, 1800, 180.0));
        assert_eq!(trail.reach(Span::Song, 0.0).capacity, 1);
        assert_eq!(trail.reach(Span::Ten, 0.0).moments.len(), CAPACITY);
    }

    #[test]
    fn ten_seconds_are_kept() {
        let mut trail = Trail::default();
        for moment in 0..2 * CAPACITY {
            trail.add(&past(-(moment as f32)));
        }
        assert_eq!(trail.gains().len(), CAPACITY);
        assert_eq!(trail.gains()[CAPACITY - 1], 1.0 - 2.0 * CAPACITY as f32);
    }
}
