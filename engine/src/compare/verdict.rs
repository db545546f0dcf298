//! Leave it alone: whether a recording already lies where its references and the norms lie, so that the honest move is
//! none, and whether what stands out belongs to the mix.
//!
//! A figure is in its place when it lies within what the references span, widened by what is barely noticed. What stands
//! out for a moment only is not mended by a chain that works on the whole song: it is told with its times.

use serde::Serialize;

use super::difference::difference;
use super::portrait::{Painter, Portrait};
use crate::analysis::loudness::LoudnessError;
use crate::audio::{Block, Layout};
use crate::survey::Listener;
use crate::unit::{Dbtp, SampleRate, Seconds};

/// A figure beside what the references have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What was measured, with its unit.
    pub what: &'static str,
    /// Its value.
    pub value: f64,
    /// The least and the most that would pass.
    pub between: (f64, f64),
    /// Whether it passes.
    pub fits: bool,
}

/// Something that stands out for a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    /// Where it begins and ends, in the recording's time.
    pub from_s: Seconds,
    /// Its end.
    pub to_s: Seconds,
    /// What, in words.
    pub words: String,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The honest move is none.
    pub leave_it_alone: bool,
    /// What it rests on.
    pub figures: Vec<Figure>,
    /// What belongs to the mix.
    pub mix: Vec<Moment>,
    /// The verdict in words.
    pub words: String,
}

/// What is barely noticed, by dimension: slope (dB per octave), low end (dB), width, peak to loudness (dB), range (LU),
/// a third of an octave (dB). A third of an octave is widened by as much as two good masters of one style differ.
const SLOPE: f64 = 0.5;
const LOW_END: f64 = 1.5;
const WIDTH: f64 = 0.05;
const PEAKS: f64 = 1.5;
const RANGE: f64 = 1.5;
const THIRD: f64 = 3.0;
/// The true peak that distributors ask for.
const HIGHEST: Dbtp = Dbtp(-1.0);
/// The window that a moment is judged by.
const WINDOW: Seconds = Seconds(8.0);
/// How far the low end of a window may lie from the song's median, dB.
const MOMENT: f64 = 6.0;
/// A window this much softer than the song is its beginning or end, LU.
const SOFT: f64 = 12.0;

/// Judges a recording by its references, and by the norm of the true peak. Without references nothing can be said of its
/// sound, and the verdict says so.
pub fn judge(own: &Portrait, references: &[Portrait], mix: Vec<Moment>) -> Verdict {
    let mut figures = Vec::new();
    let mut span = |what, by: f64, of: &dyn Fn(&Portrait) -> Option<f64>| {
        let known: Vec<f64> = references.iter().filter_map(of).collect();
        if let (Some(value), false) = (of(own), known.is_empty()) {
            let least = known.iter().copied().fold(f64::INFINITY, f64::min) - by;
            let most = known.iter().copied().fold(f64::NEG_INFINITY, f64::max) + by;
            figures.push(Figure { what, value, between: (least, most), fits: (least..=most).contains(&value) });
        }
    };
    span("slope, dB per octave", SLOPE, &|of| of.tilt_db_per_octave);
    span("low end, dB of the whole", LOW_END, &|of| of.low_end_db.map(|low| low.0));
    span("width", WIDTH, &|of| of.width);
    span("peak to loudness, dB", PEAKS, &|of| of.plr_db.map(|ratio| ratio.0));
    span("loudness range, LU", RANGE, &|of| of.lra_lu.map(|range| range.0));
    if let Some(worst) = worst_third(own, references) {
        let fits = worst <= THIRD;
        figures.push(Figure { what: "widest third of an octave, dB", value: worst, between: (0.0, THIRD), fits });
    }
    if let Some(peak) = own.true_peak_dbtp {
        let between = (f64::NEG_INFINITY, HIGHEST.0);
        // A file at -1.00 dBTP as it is written passes.
        figures.push(Figure { what: "true peak, dBTP", value: peak.0, between, fits: peak.0 <= HIGHEST.0 + 0.005 });
    }
    let out: Vec<&str> = figures.iter().filter(|figure| !figure.fits).map(|figure| figure.what).collect();
    let leave = !references.is_empty() && out.is_empty();
    let words = match (references.is_empty(), leave, mix.is_empty()) {
        (true, ..) => "Nothing can be said of its sound without a reference.".to_string(),
        (_, true, true) => "Leave it alone: every figure lies where its references lie.".into(),
        (_, true, false) => {
            "Leave the master alone: what stands out does so for moments only, and that is mended in the mix.".into()
        }
        (_, false, _) => format!("Outside its references: {}.", out.join("; ")),
    };
    Verdict { leave_it_alone: leave, figures, mix, words }
}

/// The widest difference of a third of an octave to the nearest reference there.
fn worst_third(own: &Portrait, references: &[Portrait]) -> Option<f64> {
    let differences: Vec<_> = references.iter().map(|reference| difference(own, reference)).collect();
    let count = differences.first()?.bands.len();
    let nearest = |index: usize| {
        let levels = differences.iter().filter_map(|one| one.bands[index].level_db);
        levels.map(|level| level.0.abs()).reduce(f64::min)
    };
    // Between 50 Hz and 12.5 kHz: beyond that good masters differ by more than anyone hears.
    let heard = |index: &usize| (50.0..=12_500.0).contains(&differences[0].bands[*index].frequency_hz.0);
    (0..count).filter(heard).filter_map(nearest).reduce(f64::max)
}

/// Looks for what stands out for a moment.
pub struct Moments {
    layout: Layout,
    rate: SampleRate,
    painter: Option<Painter>,
    held: u64,
    windows: Vec<Portrait>,
}

impl Moments {
    /// Looks through a recording of a known layout and rate.
    ///
    /// # Errors
    /// A rate or layout that loudness is not defined for.
    pub fn new(layout: Layout, rate: SampleRate) -> Result<Moments, LoudnessError> {
        Ok(Moments { layout, rate, painter: Some(Painter::new(layout, rate)?), held: 0, windows: Vec::new() })
    }

    /// What was found, in order of time.
    pub fn finish(self) -> Vec<Moment> {
        let mut loud: Vec<f64> = self.windows.iter().filter_map(|one| one.integrated_lufs).map(|one| one.0).collect();
        loud.sort_by(f64::total_cmp);
        let Some(usual) = loud.get(loud.len() / 2).copied() else { return Vec::new() };
        let sounds = |one: &Portrait| one.integrated_lufs.is_some_and(|level| level.0 > usual - SOFT);
        let mut lows: Vec<f64> =
            self.windows.iter().filter(|one| sounds(one)).filter_map(|one| one.low_end_db).map(|low| low.0).collect();
        lows.sort_by(f64::total_cmp);
        let middle = lows.get(lows.len() / 2).copied().unwrap_or(0.0);
        let mut moments: Vec<Moment> = Vec::new();
        for (index, window) in self.windows.iter().enumerate().filter(|(_, one)| sounds(one)) {
            let low = window.low_end_db.map_or(0.0, |low| low.0 - middle);
            let words = match () {
                () if window.correlation.is_some_and(|value| value < 0.0) => "left and right cancel in mono",
                () if low > MOMENT => "the low end swells",
                () if low < -MOMENT => "the low end is gone",
                () => continue,
            };
            let (from_s, to_s) = (Seconds(index as f64 * WINDOW.0), Seconds((index + 1) as f64 * WINDOW.0));
            match moments.last_mut().filter(|last| last.to_s == from_s && last.words == words) {
                Some(last) => last.to_s = to_s,
                None => moments.push(Moment { from_s, to_s, words: words.into() }),
            }
        }
        moments
    }
}

impl Listener for Moments {
    fn process(&mut self, block: &Block) {
        if let Some(painter) = &mut self.painter {
            painter.process(block);
        }
        self.held += block.frames() as u64;
        if self.held >= WINDOW.frames(self.rate).0 {
            self.held -= WINDOW.frames(self.rate).0;
            // The same rate and layout were taken before.
            let next = Painter::new(self.layout, self.rate).ok();
            if let Some(painter) = std::mem::replace(&mut self.painter, next) {
                self.windows.push(painter.finish(""));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::portrait::tests::{noise, portrait};

    #[test]
    fn a_master_among_its_references_is_left_alone_and_a_dull_one_is_not() {
        let (left, right) = (noise(1, 192_000), noise(2, 192_000));
        let quiet = |samples: &[f64], by: f64| samples.iter().map(|x| x * by).collect::<Vec<f64>>();
        let own = portrait(quiet(&left, 0.3), quiet(&right, 0.3));
        let reference = portrait(quiet(&left, 0.2), quiet(&right, 0.2));
        let verdict = judge(&own, std::slice::from_ref(&reference), Vec::new());
        assert!(verdict.leave_it_alone, "{verdict:#?}");
        let mut state = 0.0;
        let dull: Vec<f64> = left
            .iter()
            .map(|x| {
                state += 0.1 * (x - state);
                state
            })
            .collect();
        let verdict = judge(&portrait(dull.clone(), dull), std::slice::from_ref(&reference), Vec::new());
        assert!(!verdict.leave_it_alone && verdict.words.contains("slope"), "{verdict:#?}");
        assert!(judge(&own, &[], Vec::new()).words.contains("without a reference"));
    }

    #[test]
    fn a_cancelling_moment_is_told_with_its_time() {
        let rate = SampleRate(8_000);
        let mut moments = Moments::new(Layout::Stereo, rate).unwrap();
        let sound = noise(3, 8_000);
        for second in 0..40 {
            let sign = if (16..24).contains(&second) { -0.3 } else { 0.3 };
            let other: Vec<f64> = sound.iter().map(|x| x * sign).collect();
            moments.process(&Block::from_channels(&[sound.iter().map(|x| 0.3 * x).collect(), other]));
        }
        let found = moments.finish();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].from_s, found[0].to_s), (Seconds(16.0), Seconds(24.0)));
    }
}
