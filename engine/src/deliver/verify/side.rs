//! Sides judged by their content: the delivered file is cut on paper, or recorded, once more.

use std::path::Path;

use super::super::cassette;
use super::super::error::DeliverError;
use super::super::manifest::{FileEntry, Manifest, Role, SideEntry, VinylEntry};
use super::super::vinyl;
use super::is_inside;
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::medium::cassette::Recorder;
use crate::medium::vinyl::{Cutter, Disc, Lathe, Side, SongSpan};
use crate::profile::{Outcome, Profile};
use crate::session::Cassette;
use crate::source;
use crate::survey::groove::SideSurvey;
use crate::unit::{Frames, Seconds};

/// Frames read at a time.
const BLOCK_FRAMES: usize = 8192;
/// Another build may measure a groove differently by this share.
const SAME: f64 = 0.005;

/// Cuts the sides of a delivery again and holds what comes out against what the manifest states; nothing for other kinds.
pub(super) fn verify(folder: &Path, manifest: &Manifest, profile: Option<&Profile>) -> Vec<Verdict> {
    let Some(profile) = profile else { return Vec::new() };
    let again = match (&manifest.vinyl, &manifest.cassette) {
        (Some(record), _) => cut(folder, record, profile),
        (None, Some(cassette)) => record(folder, manifest, cassette, profile),
        (None, None) => return Vec::new(),
    };
    let mut verdicts = match again {
        Ok(verdicts) => verdicts,
        Err(error) => return vec![Verdict::stated("sides", Outcome::Fail, "manifest", error.to_string())],
    };
    let stated: Vec<Verdict> =
        manifest.verdicts.iter().filter_map(|value| serde_json::from_value(value.clone()).ok()).collect();
    verdicts.push(match verdicts.iter().find_map(|verdict| differing(verdict, &stated)) {
        Some(said) => Verdict::stated("sides", Outcome::Fail, "manifest", said),
        None => Verdict::stated("sides", Outcome::Pass, "manifest", "the sides come out as the manifest states"),
    });
    verdicts
}

/// What a check found otherwise than the manifest states.
fn differing(now: &Verdict, stated: &[Verdict]) -> Option<String> {
    let place = now.r#where.as_deref().unwrap_or("the whole");
    let Some(then) = stated.iter().find(|then| then.check == now.check && then.r#where == now.r#where) else {
        return Some(format!("{place}: the manifest states nothing of {}", now.check));
    };
    let same = match (then.measured, now.measured) {
        (Some(then), Some(now)) => (then - now).abs() <= SAME * then.abs().max(1.0),
        (then, now) => then.is_some() == now.is_some(),
    };
    // A waived one is stated as the warning it was made.
    let waived = then.remark.as_deref().is_some_and(|said| said.starts_with("waived"));
    (!same || (then.result != now.result && !waived)).then(|| {
        let told = |verdict: &Verdict| verdict.readout(2).unwrap_or_else(|| format!("{:?}", verdict.result));
        format!("{place}: the manifest states {} of {}, it is {}", told(then), now.check, told(now))
    })
}

fn cut(folder: &Path, record: &VinylEntry, profile: &Profile) -> Result<Vec<Verdict>, DeliverError> {
    let disc = Disc::new(record.settings.size, record.settings.speed, profile)?;
    let lathe = Lathe::new(profile, record.settings.stylus)?;
    let mut surveys = Vec::new();
    for entry in record.sides.iter().filter(|entry| is_inside(&entry.file)) {
        surveys.push(cut_side(folder, entry, disc, &lathe)?);
    }
    Ok(vinyl::judge_sides(&surveys, record.settings.level, profile))
}

fn cut_side(folder: &Path, entry: &SideEntry, disc: Disc, lathe: &Lathe) -> Result<SideSurvey, DeliverError> {
    let mut reader = source::open(&folder.join(&entry.file))?.reader;
    let mut cutter = Cutter::new(reader.rate(), disc.speed, lathe)?;
    let frames = each_block(&mut *reader, &mut |block| Ok(cutter.push(block)?))?;
    let span =
        |(title, start, end): &(String, usize, usize)| SongSpan { title: title.clone(), start: *start, end: *end };
    let side = Side::new(cutter.finish(), entry.songs.iter().map(span).collect(), disc, *lathe);
    Ok(SideSurvey { name: entry.side, songs: 0..entry.songs.len(), start: Frames(0), frames, side })
}

fn record(
    folder: &Path,
    manifest: &Manifest,
    settings: &Cassette,
    profile: &Profile,
) -> Result<Vec<Verdict>, DeliverError> {
    let sides: Vec<&FileEntry> =
        manifest.files.iter().filter(|file| file.role == Role::Side && is_inside(&file.name)).collect();
    let mut recorder = None;
    let mut lengths = Vec::new();
    for file in sides {
        let mut reader = source::open(&folder.join(&file.name))?.reader;
        let rate = reader.rate();
        let recorder = match &mut recorder {
            Some(recorder) => recorder,
            none => none.insert(Recorder::new(rate)?),
        };
        lengths.push(each_block(&mut *reader, &mut |block| Ok(recorder.push(block)?))?.seconds(rate));
    }
    let length = |side: usize| lengths.get(side).copied().unwrap_or(Seconds(0.0));
    let Some(recorder) = recorder else { return Ok(Vec::new()) };
    Ok(cassette::judged(&recorder, (length(0), length(1)), settings, profile)?.verdicts)
}

/// Gives a file block by block; its length.
fn each_block(
    reader: &mut dyn source::Reader,
    take: &mut dyn FnMut(&Block) -> Result<(), DeliverError>,
) -> Result<Frames, DeliverError> {
    let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
    let total = reader.frames().0;
    for start in (0..total).step_by(BLOCK_FRAMES) {
        block.set_frames((total - start).min(BLOCK_FRAMES as u64) as usize);
        reader.read(start, &mut block)?;
        take(&block)?;
    }
    Ok(Frames(total))
}
