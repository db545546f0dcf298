use super::{Subject, Terms};
use crate::analysis::full::{self, FullMeasured};
use crate::analysis::loudness::Reading;
use crate::analysis::spectrogram::{self, Spectrogram};
use crate::analysis::spectrum::{Point, smoothed};
use crate::report::sheet::{Axis, Cells, Ink, Plot, Series, Style};
use crate::unit::{Dbtp, Lufs};

/// Seconds between two points of the history.
const STEP_S: f64 = 0.1;
/// Half the band around a target, LU (EBU R 128: ±1.0 LU where it cannot be hit exactly).
const BAND_LU: f64 = 1.0;
/// The history spans this much below its top, LU.
const HISTORY_LU: f64 = 36.0;
/// The peaks span this much below full scale, dB.
const PEAKS_DB: f64 = 24.0;
/// The spectrum spans this much below its top, dB.
const SPECTRUM_DB: f64 = 90.0;
/// Curves of the spectrum are averaged over a sixth of an octave.
const SMOOTHING: u32 = 6;

fn level(value: Option<Lufs>) -> f64 {
    value.map_or(f64::NEG_INFINITY, |lufs| lufs.0)
}

fn curve(history: &[Reading], start_s: f64, pick: fn(&Reading) -> Option<Lufs>) -> Vec<(f64, f64)> {
    let point = |(index, reading): (usize, &Reading)| (start_s + (index + 1) as f64 * STEP_S, level(pick(reading)));
    history.iter().enumerate().map(point).collect()
}

fn loudness_axis<'a>(histories: impl Iterator<Item = &'a [Reading]>) -> Axis {
    let loudest = histories.flatten().map(|reading| level(reading.momentary)).fold(f64::NEG_INFINITY, f64::max);
    let top = if loudest.is_finite() { (loudest / 3.0).ceil() * 3.0 } else { 0.0 };
    Axis::linear("LUFS", top - HISTORY_LU, top)
}

fn targeted(plot: Plot, terms: Terms) -> Plot {
    match terms.target {
        Some(target) => plot.band(target.0 - BAND_LU, target.0 + BAND_LU, Ink::Green),
        None => plot,
    }
}

/// Short-term loudness of all sounds in a row, with their starts.
pub(super) fn programme(subjects: &[Subject<'_>], terms: Terms) -> Plot {
    let histories = || subjects.iter().map(|subject| &subject.full.measured.history[..]);
    let length = |subject: &Subject<'_>| subject.full.measured.measurement.duration_s.0;
    let total: f64 = subjects.iter().map(length).sum();
    let plot = Plot::new("Loudness of the programme", Axis::time(0.0, total), loudness_axis(histories()));
    let mut plot = targeted(plot, terms);
    let mut start = 0.0;
    for (place, subject) in subjects.iter().enumerate() {
        let name = if place == 0 { "short-term" } else { "" };
        let integrated = subject.full.measured.measurement.integrated_lufs;
        let short = curve(&subject.full.measured.history, start, |reading| reading.short_term);
        let end = start + length(subject);
        plot = plot.with(Series::line(name, Ink::Blue, short));
        if let Some(integrated) = integrated {
            let name = if place == 0 { "integrated, by song" } else { "" };
            plot =
                plot.with(Series::new(name, Style::Dashed, Ink::Orange, [(start, integrated.0), (end, integrated.0)]));
        }
        plot = plot.mark(start, (place + 1).to_string(), Ink::Grey);
        start = end;
    }
    plot
}

/// How long the programme stood at each loudness.
pub(super) fn distribution(subjects: &[Subject<'_>]) -> Plot {
    shares(subjects.iter().map(|subject| &subject.full.measured.history[..]))
}

fn shares<'a>(histories: impl Iterator<Item = &'a [Reading]>) -> Plot {
    let classes = full::distribution(histories);
    let (first, last) =
        (classes.first().map_or(-30.0, |class| class.0.0), classes.last().map_or(0.0, |class| class.0.0));
    let most = classes.iter().map(|class| class.1).fold(0.01, f64::max);
    let bars = classes.into_iter().map(|(lufs, share)| (lufs.0, 100.0 * share));
    let across = Axis::linear("LUFS, short-term", first.min(-30.0) - 0.5, last.max(-5.0) + 0.5);
    Plot::new("Distribution of the short-term loudness", across, Axis::linear("% of time", 0.0, 100.0 * most))
        .height(110.0)
        .with(Series::new("", Style::Bars, Ink::Blue, bars))
}

/// Momentary and short-term loudness, the integrated one, and where the maxima are.
pub(super) fn history(full: &FullMeasured, terms: Terms) -> Plot {
    let (history, m) = (&full.measured.history, &full.measured.measurement);
    let axis = loudness_axis([&history[..]].into_iter());
    let plot = Plot::new("Loudness", Axis::time(0.0, m.duration_s.0), axis);
    let mut plot = targeted(plot, terms)
        .with(Series::new("momentary", Style::Filled, Ink::Blue, curve(history, 0.0, |reading| reading.momentary)))
        .with(Series::line("short-term", Ink::Blue, curve(history, 0.0, |reading| reading.short_term)));
    if let Some(integrated) = m.integrated_lufs {
        let level = [(0.0, integrated.0), (m.duration_s.0, integrated.0)];
        plot = plot.with(Series::new("integrated", Style::Dashed, Ink::Orange, level));
    }
    if let Some(at) = m.short_term_max_at_s {
        plot = plot.mark(at.0, "S max", Ink::Grey);
    }
    plot
}

/// Peaks over time, what is above the ceiling, and where the highest is.
pub(super) fn peaks(full: &FullMeasured, terms: Terms) -> Plot {
    let m = &full.measured.measurement;
    let steps = full.measured.peaks.iter().enumerate();
    let line = steps.map(|(index, peak)| ((index as f64 + 0.5) * STEP_S, Dbtp::from_amplitude(*peak).0));
    let top = m.true_peak_dbtp.map_or(0.0, |peak| peak.0.ceil()).max(0.0) + 1.0;
    let overs = full.measured.overs.iter();
    let overs = overs.map(|over| (over.start.seconds(m.sample_rate_hz).0, over.peak.0));
    let ceiling = [(0.0, terms.ceiling.0), (m.duration_s.0, terms.ceiling.0)];
    let mut plot = Plot::new("Peaks", Axis::time(0.0, m.duration_s.0), Axis::linear("dBTP", -PEAKS_DB, top))
        .height(130.0)
        .with(Series::line("highest of 100 ms", Ink::Blue, line))
        .with(Series::new("ceiling", Style::Dashed, Ink::Orange, ceiling));
    if !full.measured.overs.is_empty() {
        plot = plot.with(Series::new("overs", Style::Dots, Ink::Red, overs));
    }
    if let (Some(at), Some(peak)) = (m.true_peak_at_s, m.true_peak_dbtp) {
        let ink = if peak.0 > terms.ceiling.0 { Ink::Red } else { Ink::Grey };
        plot = plot.mark(at.0, format!("{} dBTP", super::ceiling(Some(peak.0), 2)), ink);
    }
    plot
}

/// Mean, highest and lowest spectrum, smoothed.
pub(super) fn spectrum(full: &FullMeasured) -> Plot {
    let points = |points: &[Point]| {
        let smooth = smoothed(points, SMOOTHING);
        smooth.into_iter().map(|point| (point.frequency.0, point.level.0)).collect::<Vec<_>>()
    };
    let (mean, maximum, minimum) = (points(&full.mean), points(&full.maximum), points(&full.minimum));
    let highest = maximum.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max).max(-SPECTRUM_DB);
    let top = (highest / 6.0).ceil() * 6.0;
    let last = full.measured.measurement.sample_rate_hz.hz() / 2.0;
    Plot::new(
        "Spectrum, a sixth of an octave",
        Axis::frequency(20.0, last),
        Axis::linear("dBFS", top - SPECTRUM_DB, top),
    )
    .with(Series::line("lowest", Ink::Grey, minimum))
    .with(Series::line("highest", Ink::Orange, maximum))
    .with(Series::new("mean", Style::Filled, Ink::Blue, mean.clone()))
    .with(Series::line("", Ink::Blue, mean))
}

/// Third octaves: mean as bars, highest as strokes.
pub(super) fn thirds(full: &FullMeasured) -> Plot {
    let level = |value: Option<crate::unit::Db>| value.map_or(f64::NAN, |db| db.0);
    let mean = full.thirds.iter().map(|band| (band.middle.0, level(band.mean)));
    let highest: Vec<(f64, f64)> = full.thirds.iter().map(|band| (band.middle.0, level(band.highest))).collect();
    let top = highest.iter().map(|point| point.1).filter(|db| db.is_finite()).fold(-SPECTRUM_DB, f64::max);
    let top = (top / 6.0).ceil() * 6.0;
    Plot::new("Third octaves", Axis::frequency(17.0, 23_000.0), Axis::linear("dBFS", top - 72.0, top))
        .height(140.0)
        .with(Series::new("mean", Style::Bars, Ink::Blue, mean))
        .with(Series::new("highest, 125 ms", Style::Dots, Ink::Orange, highest))
}

/// Columns and rows of a printed spectrogram, and the decibels below its loudest that are shown.
const COLUMNS: usize = 160;
const ROWS_EACH: usize = 4;
const SHOWN_DB: f64 = 84.0;

/// Levels over time and frequency: the highest of what falls into one cell.
pub(super) fn spectrogram(full: &FullMeasured) -> Plot {
    let picture = &full.spectrogram;
    let (count, rows) = (picture.columns(), spectrogram::ROWS / ROWS_EACH);
    let columns = count.min(COLUMNS);
    let mut cells: Vec<f64> = Vec::with_capacity(columns * rows);
    for column in 0..columns {
        let part = column * count / columns..(column + 1) * count / columns;
        let highest = |row: usize| {
            let values = part.clone().flat_map(|index| &picture.column(index)[row * ROWS_EACH..(row + 1) * ROWS_EACH]);
            values.copied().max().map_or(f64::NEG_INFINITY, |value| Spectrogram::level(value).0)
        };
        cells.extend((0..rows).map(highest));
    }
    let top = cells.iter().copied().fold(-SHOWN_DB, f64::max);
    let shares = cells.into_iter().map(|level| (1.0 + (level - top) / SHOWN_DB) as f32).collect();
    let m = &full.measured.measurement;
    Plot::new(
        format!("Spectrogram, {SHOWN_DB:.0} dB below {top:.0} dBFS"),
        Axis::time(0.0, m.duration_s.0),
        Axis::frequency(20.0, m.sample_rate_hz.hz() / 2.0),
    )
    .over(Cells::new(rows, shares))
}
