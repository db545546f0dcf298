//! The transparency report as tables.

use super::table::{Align, Table};
use super::{NOTHING, number};
use crate::chain::transparency::{Point, Transparency};
use crate::unit::Db;

/// Frequencies that stand in the short table, in hertz.
const MARKS: [f64; 5] = [50.0, 200.0, 1_000.0, 5_000.0, 15_000.0];

/// One row each: latency, response at five frequencies, distortion, aliases, noise.
pub fn transparency<'a>(stages: impl IntoIterator<Item = (&'a str, &'a Transparency)>) -> Table {
    let mut heads = vec!["Stage", "At dBFS", "Delay", "Untouched"];
    let marks = MARKS.map(|hz| if hz < 1000.0 { format!("{hz:.0} Hz") } else { format!("{:.0} kHz", hz / 1000.0) });
    heads.extend(marks.iter().map(String::as_str));
    heads.extend(["THD+N dB", "2nd", "3rd", "SMPTE dB", "Diff dB", "Alias dB", "Noise dBFS"]);
    let mut table = Table::new(&heads).aligned(0, Align::Left);
    for (name, figures) in stages {
        let mut row = vec![
            name.to_string(),
            number(Some(figures.level_dbfs.0), 1),
            figures.latency_frames.0.to_string(),
            if figures.untouched { "yes" } else { "no" }.to_string(),
        ];
        row.extend(MARKS.map(|hz| number(nearest(&figures.response, hz).map(|point| point.gain_db.0), 2)));
        let level = |value: Option<Db>| number(value.map(|value| value.0), 1);
        let harmonic = |index: usize| level(figures.harmonics_db.get(index).copied().flatten());
        row.extend([level(figures.thd_n_db), harmonic(0), harmonic(1)]);
        row.extend([figures.imd_smpte_db, figures.imd_difference_db, figures.alias_db, figures.noise_dbfs].map(level));
        table.row(row);
    }
    table
}

/// Gain and phase over frequency, for both ways of feeding a pair.
pub fn response(figures: &Transparency) -> Table {
    let mut table = Table::new(&["Hz", "Gain dB", "Phase °", "Side dB", "Side °"]);
    for (index, point) in figures.response.iter().enumerate() {
        let side = figures.side_response.get(index);
        table.row([
            format!("{:.0}", point.hz.0),
            number(Some(point.gain_db.0), 3),
            number(Some(point.phase_degrees), 2),
            side.map_or(NOTHING.into(), |side| number(Some(side.gain_db.0), 3)),
            side.map_or(NOTHING.into(), |side| number(Some(side.phase_degrees), 2)),
        ]);
    }
    table
}

/// The point nearest to a frequency, where one is within a third of an octave.
fn nearest(points: &[Point], hz: f64) -> Option<&Point> {
    let apart = |point: &&Point| libm::log2(point.hz.0 / hz).abs();
    points.iter().min_by(|a, b| apart(a).total_cmp(&apart(b))).filter(|point| apart(point) < 1.0 / 3.0)
}
