//! What stands out of an album: songs louder, softer, brighter or darker than the others, a pause unlike the others.
//!
//! Compared with the median of the album's sources as they came; two songs have no usual one, so nothing is said.

use super::inspect::Inspection;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::profile::Profile;
use crate::session::{Join, Session};
use crate::unit::Frames;

/// An album of fewer songs has no usual one.
const LEAST_SONGS: usize = 3;
/// Limits where the profile sets none: LU, dB and seconds of the shipped `qc-normal`.
const LEVEL_LU: f64 = 4.0;
const TONE_DB: f64 = 5.0;
const GAP_S: f64 = 3.0;

/// The outliers of the main pass with the sources they are in, by the inspections of sources (id and what came of it).
///
/// Their ids name the song, so that a decision about one song says nothing about another.
pub fn outliers(session: &Session, inspections: &[(&str, &Inspection)], profile: &Profile) -> Vec<(String, Finding)> {
    let entries = session.main_pass().map_or(&[][..], |main| &main.entries);
    let mut songs = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let Some(song) = session.song(&entry.song).filter(|song| !song.disabled) else { continue };
        let Some((_, clip)) = session.clips().find(|(id, _)| *id == song.id) else { continue };
        let Some((source, inspection)) = inspections.iter().find(|(id, _)| *id == clip.source) else { continue };
        songs.push(Listed { song: &song.id, title: &song.title, source, inspection, gap: gap(place, entry.join) });
    }
    let limit = |check: &str, otherwise: f64| profile.value(check).unwrap_or(otherwise);
    let level = |listed: &Listed<'_>| listed.inspection.integrated.map(|loudness| loudness.0);
    let tone = |listed: &Listed<'_>| listed.inspection.brightness.map(|brightness| brightness.0);
    let mut found = compared(&songs, Kind::LevelOutlier, &level, limit("level_outlier", LEVEL_LU), "LU");
    found.extend(compared(&songs, Kind::ToneOutlier, &tone, limit("tone_outlier", TONE_DB), "dB"));
    found.extend(compared(&songs, Kind::GapOutlier, &|listed| listed.gap, limit("gap_outlier", GAP_S), "s"));
    found
}

/// A song of the main pass.
struct Listed<'a> {
    song: &'a str,
    title: &'a str,
    source: &'a str,
    inspection: &'a Inspection,
    /// The pause before it.
    gap: Option<f64>,
}

/// The pause before a song; none before the first and where songs are crossfaded.
fn gap(place: usize, join: Option<Join>) -> Option<f64> {
    match join.unwrap_or_default() {
        Join::Gap(seconds) if place > 0 => Some(seconds.0),
        _ => None,
    }
}

fn compared(
    songs: &[Listed<'_>],
    kind: Kind,
    of: &dyn Fn(&Listed<'_>) -> Option<f64>,
    limit: f64,
    unit: &str,
) -> Vec<(String, Finding)> {
    let mut values: Vec<f64> = songs.iter().filter_map(of).collect();
    if values.len() < LEAST_SONGS {
        return Vec::new();
    }
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let median = if values.len() % 2 == 1 { values[half] } else { 0.5 * (values[half - 1] + values[half]) };
    let outlier = |listed: &Listed<'_>| {
        let away = of(listed)? - median;
        let inspection = listed.inspection;
        let finding = Finding::new(kind, Severity::Warn, Frames(0), inspection.frames, inspection.rate)
            .measuring(away, Some(limit.copysign(away)), unit)
            .in_song(listed.title);
        let id = format!("{}-{}", kind.id().replace('_', "-"), listed.song);
        (away.abs() > limit).then(|| (listed.source.to_string(), Finding { id, ..finding }))
    };
    songs.iter().filter_map(outlier).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{Db, Lufs, SampleRate};

    fn inspection(integrated: f64, brightness: f64) -> Inspection {
        Inspection {
            findings: Vec::new(),
            verdicts: Vec::new(),
            damage: None,
            frames: Frames(100),
            rate: SampleRate(10),
            integrated: Some(Lufs(integrated)),
            brightness: Some(Db(brightness)),
        }
    }

    #[test]
    fn what_is_far_from_the_median_stands_out() {
        let inspections =
            [(-12.0, -20.0), (-12.5, -21.0), (-18.0, -20.5), (-12.2, -10.0)].map(|(l, b)| inspection(l, b));
        let gaps = [None, Some(2.0), Some(2.0), Some(9.0)];
        let songs: Vec<Listed<'_>> = inspections
            .iter()
            .zip(["a", "b", "c", "d"])
            .zip(gaps)
            .map(|((inspection, id), gap)| Listed { song: id, title: id, source: id, inspection, gap })
            .collect();
        let ids = |found: Vec<(String, Finding)>| found.into_iter().map(|(_, finding)| finding.id).collect::<Vec<_>>();
        let level = |listed: &Listed<'_>| listed.inspection.integrated.map(|loudness| loudness.0);
        let tone = |listed: &Listed<'_>| listed.inspection.brightness.map(|brightness| brightness.0);
        assert_eq!(ids(compared(&songs, Kind::LevelOutlier, &level, 4.0, "LU")), ["level-outlier-c"]);
        assert_eq!(ids(compared(&songs, Kind::ToneOutlier, &tone, 5.0, "dB")), ["tone-outlier-d"]);
        assert_eq!(ids(compared(&songs, Kind::GapOutlier, &|listed| listed.gap, 3.0, "s")), ["gap-outlier-d"]);
        assert!(compared(&songs[..2], Kind::LevelOutlier, &level, 0.0, "LU").is_empty());
        assert_eq!((gap(0, None), gap(1, None)), (None, Some(2.0)));
    }
}
