//! Broadcast: one Broadcast Wave file per song at one rate (EBU Tech 3285 version 2), its loudness measured and written
//! into the header, then measured again in the file.

use super::error::DeliverError;
use super::making::{Making, start};
use super::manifest::{AudioEntry, Manifest, Role, SongStart};
use super::streaming;
use crate::analysis::measure::Measurement;
use crate::analysis::verdict::Verdict;
use crate::container::riff::{Bext, WavReader};
use crate::profile::Outcome;
use crate::render::Plan;
use crate::unit::{Dbtp, Frames, Lu, Lufs};

/// A stored figure that differs by more than this from what is measured is wrong: it is written with two digits.
const SAME_LEVEL: f64 = 0.1;

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plan = making.plan(None)?;
    let names = making.song_names();
    making.expect(plan.delivered_frames());
    for run in 0..plan.runs.len() {
        let next = plan.runs.get(run + 1).map_or(u64::MAX, |run| run.start);
        let first = plan.songs.partition_point(|song| song.start < plan.runs[run].start);
        let last = plan.songs.partition_point(|song| song.start < next);
        if first == last {
            continue;
        }
        let mut left = Vec::new();
        for song in first..last {
            let beside = format!("{:?}", head(making, &plan, song));
            match streaming::take_over(making, &plan, song, &names[song], &beside)? {
                true => judge_header(making, song, &names[song]),
                false => left.push(song),
            }
        }
        let Some(end) = left.last().copied() else { continue };
        let mut renderer = making.renderer(&plan)?;
        start(&mut renderer, plan.to_delivered(plan.runs[run].start))?;
        for song in first..=end {
            let (from, to) = (plan.to_delivered(plan.songs[song].start), plan.to_delivered(plan.songs[song].cut));
            let title = plan.songs[song].title.clone();
            making.render(&mut renderer, from, &title, &mut [])?;
            if !left.contains(&song) {
                making.render(&mut renderer, to, &title, &mut [])?;
                continue;
            }
            let bext = head(making, &plan, song);
            let identity = making.identity(&plan, (from, to), &format!("{bext:?}"));
            let mut sink = making.broadcast_sink(&plan, &names[song], to - from, bext)?;
            making.render(&mut renderer, to, &title, &mut [&mut sink])?;
            making.finish_song(
                &plan,
                song,
                SongStart { frame: from, cd: None, track: None },
                names[song].clone(),
                sink,
                identity,
            )?;
            judge_header(making, song, &names[song]);
        }
    }
    making.manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

fn judge_header(making: &mut Making<'_>, song: usize, name: &str) {
    if let Some(measured) = making.measured.songs.get(&song) {
        let verdict = header(&making.staging.file(name), &measured.measurement, &making.job.profile.id);
        making.verdicts.push(verdict.at(name));
    }
}

/// The chunk before loudness is known.
fn head(making: &Making<'_>, plan: &Plan, song: usize) -> Bext {
    let document = &making.resolved.songs[song].song;
    let artist = if document.artist.is_empty() { &making.job.session.album.artist } else { &document.artist };
    let mode = if plan.layout.channels() == 1 { "mono" } else { "stereo" };
    let bits = plan.pass.depth.integer_bits().unwrap_or(32);
    Bext {
        version: 2,
        description: described(artist, &document.title),
        originator: "Lacquer".into(),
        originator_reference: document.isrc.clone(),
        date: making.job.session.album.date.chars().take(10).collect(),
        time_reference: Frames(0),
        // EBU R 98: one line for this generation.
        coding_history: format!(
            "A=PCM,F={},W={bits},M={mode},T=Lacquer {}\r\n",
            plan.delivered.0,
            env!("CARGO_PKG_VERSION")
        ),
        ..Bext::default()
    }
}

/// The chunk with the loudness of what was written.
pub(super) fn with_loudness(mut bext: Bext, measured: &Measurement) -> Bext {
    bext.integrated = measured.integrated_lufs;
    bext.range = measured.lra_lu;
    bext.true_peak = measured.true_peak_dbtp;
    bext.momentary_max = measured.momentary_max_lufs;
    bext.short_term_max = measured.short_term_max_lufs;
    bext
}

/// Whether the loudness in the header of each file is what is measured in it.
pub(super) fn judge(
    folder: &std::path::Path,
    manifest: &Manifest,
    measured: &dyn Fn(&str) -> Option<Measurement>,
    profile: &str,
) -> Vec<Verdict> {
    let songs = manifest.files.iter().filter(|file| file.role == Role::Song);
    songs
        .filter_map(|file| {
            let measurement = measured(&file.name)?;
            let path = folder.join(&file.name);
            let texts = file.audio.as_ref().map(|audio| texts(&path, audio, profile).at(file.name.clone()));
            Some([Some(header(&path, &measurement, profile).at(file.name.clone())), texts])
        })
        .flatten()
        .flatten()
        .collect()
}

/// Whether the header names the song that the manifest states.
fn texts(path: &std::path::Path, audio: &AudioEntry, profile: &str) -> Verdict {
    let description = described(&audio.artist, &audio.title);
    let held = WavReader::open(path).ok().and_then(|reader| reader.bext().cloned());
    let (outcome, said) = match held {
        None => (Outcome::Fail, "the file has no bext chunk".into()),
        // As the chunk holds it: its field has 256 bytes of ASCII.
        Some(bext) => {
            let stated = Bext { description, ..bext.clone() };
            let same = stated.encode() == bext.encode();
            match same && bext.originator_reference == audio.isrc.clone().unwrap_or_default() {
                true => (Outcome::Pass, "the header names the song of the manifest".into()),
                false => {
                    (Outcome::Fail, format!("'{}', {} in the header", bext.description, bext.originator_reference))
                }
            }
        }
    };
    Verdict::stated("bext_texts", outcome, profile, said)
}

/// What the header says the file is.
fn described(artist: &str, title: &str) -> String {
    format!("{artist} - {title}")
}

/// Whether the loudness in one file's header is what was measured in it.
fn header(path: &std::path::Path, measured: &Measurement, profile: &str) -> Verdict {
    let (outcome, said) = match WavReader::open(path) {
        Err(error) => (Outcome::Fail, error.to_string()),
        Ok(reader) => match reader.bext() {
            None => (Outcome::Fail, "the file has no bext chunk".into()),
            Some(bext) => compare(bext, measured),
        },
    };
    Verdict::stated("bext_loudness", outcome, profile, said)
}

fn compare(bext: &Bext, measured: &Measurement) -> (Outcome, String) {
    let pairs = [
        ("integrated", bext.integrated.map(|Lufs(x)| x), measured.integrated_lufs.map(|Lufs(x)| x)),
        ("range", bext.range.map(|Lu(x)| x), measured.lra_lu.map(|Lu(x)| x)),
        ("true peak", bext.true_peak.map(|Dbtp(x)| x), measured.true_peak_dbtp.map(|Dbtp(x)| x)),
        ("momentary maximum", bext.momentary_max.map(|Lufs(x)| x), measured.momentary_max_lufs.map(|Lufs(x)| x)),
        ("short-term maximum", bext.short_term_max.map(|Lufs(x)| x), measured.short_term_max_lufs.map(|Lufs(x)| x)),
    ];
    for (name, stored, now) in pairs {
        let agrees = match (stored, now) {
            (Some(stored), Some(now)) => (stored - now).abs() <= SAME_LEVEL,
            (stored, now) => stored.is_none() && now.is_none(),
        };
        if !agrees {
            let told = |value: Option<f64>| value.map_or("none".into(), |value| format!("{value:.2}"));
            return (Outcome::Fail, format!("{name}: {} in the header, {} measured", told(stored), told(now)));
        }
    }
    (Outcome::Pass, "the loudness in the header is what is measured".into())
}
