//! Two recordings beside each other at the same loudness: where they differ, in figures and in words.

use serde::Serialize;

use super::portrait::{BANDS, Portrait, Share, middle};
use crate::unit::{Db, Hertz};

/// Twelfths of an octave in a band of the difference.
const THIRD: usize = 4;
/// What is nearer than this is not told in words: two mixes of one song differ by as much.
const TOLD: f64 = 1.0;
/// Most regions told.
const MOST_WORDS: usize = 3;

/// A third of an octave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// Its middle.
    pub frequency_hz: Hertz,
    /// How much more of it the first recording has, at the same loudness; `None` where one of them has nothing.
    pub level_db: Option<Db>,
    /// The side's share in the first.
    pub width: Option<f64>,
    /// The side's share in the second.
    pub other_width: Option<f64>,
    /// Correlation in the first.
    pub correlation: Option<f64>,
    /// Correlation in the second.
    pub other_correlation: Option<f64>,
}

/// The first recording less the second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// What the second is raised by to be as loud as the first; `None` where one is silent.
    pub matched_db: Option<Db>,
    /// By thirds of an octave, the lowest first.
    pub bands: Vec<Band>,
    /// Peak to loudness, the first less the second.
    pub plr_db: Option<Db>,
    /// Loudness range, the first less the second.
    pub lra_lu: Option<f64>,
    /// The largest differences in words, the largest first.
    pub words: Vec<String>,
}

/// What `one` has more or less than `other`.
pub fn difference(one: &Portrait, other: &Portrait) -> Difference {
    let matched = one.integrated_lufs.zip(other.integrated_lufs).map(|(one, other)| Db(one.0 - other.0));
    let (thirds, others) = (thirds(&one.bands), thirds(&other.bands));
    let (least, least_other) = (empty(&thirds), empty(&others));
    let band = |index: usize| {
        let (a, b) = (thirds[index], others[index]);
        let sounds = a.power() > least && b.power() > least_other;
        let level = matched.filter(|_| sounds).map(|by| Db(10.0 * libm::log10(a.power() / b.power()) - by.0));
        Band {
            // The middle of four twelfths lies between the second and the third.
            frequency_hz: Hertz((middle(THIRD * index + 1).0 * middle(THIRD * index + 2).0).sqrt()),
            level_db: level,
            width: a.width(),
            other_width: b.width(),
            correlation: a.correlation(),
            other_correlation: b.correlation(),
        }
    };
    let bands: Vec<Band> = (0..thirds.len()).map(band).collect();
    Difference {
        matched_db: matched,
        words: words(&bands),
        bands,
        plr_db: one.plr_db.zip(other.plr_db).map(|(one, other)| Db(one.0 - other.0)),
        lra_lu: one.lra_lu.zip(other.lra_lu).map(|(one, other)| one.0 - other.0),
    }
}

fn thirds(bands: &[Share]) -> Vec<Share> {
    let sum = |part: &[Share]| Share {
        mid: part.iter().map(|band| band.mid).sum(),
        side: part.iter().map(|band| band.side).sum(),
    };
    bands[..BANDS.min(bands.len())].chunks_exact(THIRD).map(sum).collect()
}

/// Below this a band holds nothing: 90 dB under the strongest.
fn empty(bands: &[Share]) -> f64 {
    1e-9 * bands.iter().map(|band| band.power()).fold(0.0, f64::max)
}

/// Neighbours on the same side of zero that are all far away are one region, told by its mean.
fn words(bands: &[Band]) -> Vec<String> {
    let mut regions: Vec<(f64, Hertz, Hertz)> = Vec::new();
    let mut start = None;
    for index in 0..=bands.len() {
        let level = bands.get(index).and_then(|band| band.level_db).map_or(0.0, |level| level.0);
        let sign = if level.abs() >= TOLD { level.signum() } else { 0.0 };
        match start {
            Some((from, side)) if sign != side => {
                regions.push(region(&bands[from..index]));
                start = (sign != 0.0).then_some((index, sign));
            }
            None if sign != 0.0 => start = Some((index, sign)),
            _ => {}
        }
    }
    regions.sort_by(|one, other| other.0.abs().total_cmp(&one.0.abs()));
    regions.truncate(MOST_WORDS);
    regions.iter().map(|(level, low, high)| format!("{level:+.1} dB from {} to {}", told(*low), told(*high))).collect()
}

fn region(bands: &[Band]) -> (f64, Hertz, Hertz) {
    let levels = bands.iter().filter_map(|band| band.level_db).map(|level| level.0);
    let edge = libm::pow(2.0, 1.0 / 6.0);
    let (low, high) = (bands[0].frequency_hz.0 / edge, bands[bands.len() - 1].frequency_hz.0 * edge);
    (levels.sum::<f64>() / bands.len() as f64, Hertz(low), Hertz(high))
}

fn told(frequency: Hertz) -> String {
    match frequency.0 {
        hertz if hertz < 1000.0 => format!("{:.0} Hz", hertz),
        hertz => format!("{:.1} kHz", hertz / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::portrait::tests::{noise, portrait};
    use super::*;

    #[test]
    fn a_recording_differs_from_itself_by_its_level_alone() {
        let (left, right) = (noise(3, 240_000), noise(4, 240_000));
        let softer = |samples: &[f64]| samples.iter().map(|x| 0.05 * x).collect::<Vec<_>>();
        let loud = portrait(left.iter().map(|x| 0.1 * x).collect(), right.iter().map(|x| 0.1 * x).collect());
        let soft = portrait(softer(&left), softer(&right));
        let difference = difference(&loud, &soft);
        assert!((difference.matched_db.unwrap().0 - 6.02).abs() < 0.01);
        assert!(difference.bands.iter().filter_map(|band| band.level_db).all(|level| level.0.abs() < 0.01));
        assert!(difference.words.is_empty());
        assert!(difference.bands.iter().all(|band| band.width == band.other_width));
    }

    #[test]
    fn regions_are_told_by_size_and_place() {
        let band = |index: usize, level: f64| Band {
            frequency_hz: Hertz(100.0 * libm::pow(2.0, index as f64 / 3.0)),
            level_db: Some(Db(level)),
            width: None,
            other_width: None,
            correlation: None,
            other_correlation: None,
        };
        let bands: Vec<Band> = [0.0, 1.5, 2.5, 0.3, -4.0, -4.0, 0.0]
            .iter()
            .enumerate()
            .map(|(index, level)| band(index, *level))
            .collect();
        assert_eq!(words(&bands), ["-4.0 dB from 224 Hz to 356 Hz", "+2.0 dB from 112 Hz to 178 Hz"]);
    }

    #[test]
    fn nothing_is_said_about_silence() {
        let silent = portrait(vec![0.0; 48_000], vec![0.0; 48_000]);
        let difference = difference(&silent, &silent);
        assert_eq!(difference.matched_db, None);
        assert!(difference.words.is_empty() && difference.bands.iter().all(|band| band.level_db.is_none()));
    }
}
