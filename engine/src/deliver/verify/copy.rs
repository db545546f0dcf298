//! Copies judged by their content: what they decode to, what they say about themselves, and the songs they are made of.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use sha2::{Digest as _, Sha256};

use super::super::copies::{self, FLAC};
use super::super::hires::same_audio;
use super::super::manifest::{AudioEntry, CopyEntry, FileEntry, Manifest, Role};
use super::super::sink::hex;
use super::{differing, is_inside, measure_against};
use crate::analysis::measure::Measurement;
use crate::analysis::verdict::Verdict;
use crate::codec::Tier;
use crate::container::tag;
use crate::profile::Outcome;

/// Measures a listed file: a lossy one through its own decoder. With verdicts that came up on the way.
pub(super) fn measured(path: &Path, audio: &AudioEntry) -> Result<(Option<Measurement>, Vec<Verdict>), String> {
    let lossy = audio.copy.as_ref().and_then(|copy| Some((copy, Tier::of(&copy.coding)?)));
    let Some((copy, tier)) = lossy else {
        let (measurement, notes) = measure_against(path, Some(audio)).map_err(|error| error.to_string())?;
        return Ok((Some(measurement), notes));
    };
    let say = |outcome, said: String| Verdict::stated("decoded", outcome, "manifest", said);
    let Some(decoder) = tier.coding.decoder() else {
        let said = format!("this machine decodes no {}: only its checksum was checked", tier.coding.name());
        return Ok((None, vec![say(Outcome::Warn, said)]));
    };
    let (hash, measurement) =
        copies::decoded(tier.coding, path, &AtomicBool::new(false)).map_err(|error| error.to_string())?;
    let verdict = match (hash == copy.decoded_sha256, copy.decoder.as_deref() == Some(decoder.as_str())) {
        (true, _) => say(Outcome::Pass, "it decodes to the same samples as when it was delivered".into()),
        (false, true) => say(Outcome::Fail, "it does not decode to the samples that were delivered".into()),
        (false, false) => say(
            Outcome::Warn,
            format!("decoded by {decoder}, then by {}: compared by its measurement", told(&copy.decoder)),
        ),
    };
    Ok((Some(measurement), vec![verdict]))
}

fn told(decoder: &Option<String>) -> &str {
    decoder.as_deref().unwrap_or("another")
}

/// What copies promise beyond being readable.
pub(super) fn verify(folder: &Path, manifest: &Manifest) -> Vec<Verdict> {
    let copies = manifest.files.iter().filter(|file| file.role == Role::Copy && is_inside(&file.name));
    copies.flat_map(|file| one(folder, manifest, file)).collect()
}

fn one(folder: &Path, manifest: &Manifest, file: &FileEntry) -> Vec<Verdict> {
    let Some(audio) = &file.audio else { return Vec::new() };
    let mut verdicts = Vec::new();
    let is_lossless = audio.copy.as_ref().is_none_or(|copy| copy.coding == FLAC);
    if is_lossless && let Some((outcome, said)) = same_samples(folder, manifest, file, audio) {
        verdicts.push(Verdict::stated("copy", outcome, "manifest", said).at(&*file.name));
    }
    if let Some(copy) = &audio.copy {
        let (outcome, said) = match tagged(&folder.join(&file.name), copy, audio) {
            Ok(()) => (Outcome::Pass, "its tags and its picture are those of the manifest".to_string()),
            Err(said) => (Outcome::Fail, said),
        };
        verdicts.push(Verdict::stated("tags", outcome, "manifest", said).at(&*file.name));
    }
    verdicts
}

/// Whether a lossless copy holds the samples of its song: beside its file, or by their hash.
fn same_samples(folder: &Path, manifest: &Manifest, file: &FileEntry, audio: &AudioEntry) -> Option<(Outcome, String)> {
    let songs = manifest.files.iter().filter(|file| file.role == Role::Song && is_inside(&file.name));
    let mut songs = songs.filter_map(|file| Some((file, file.audio.as_ref()?)));
    let found = match songs.find(|(_, song)| song.song == audio.song) {
        Some((song, _)) => {
            same_audio(&folder.join(&song.name), &folder.join(&file.name)).map(|same| (same, &*song.name))
        }
        None => {
            let Some(stated) = &audio.render_sha256 else {
                return (manifest.pass.kind == "hi-res")
                    .then(|| (Outcome::Fail, "it is the copy of no song of this delivery".to_string()));
            };
            let hash = crate::source::open(&folder.join(&file.name))
                .and_then(|mut opened| copies::decoded_hash(&mut *opened.reader, None));
            hash.map(|(hash, _)| (hash == *stated, "the render"))
        }
    };
    Some(match found {
        Ok((true, of)) => (Outcome::Pass, format!("the same samples as {of}")),
        Ok((false, of)) => (Outcome::Fail, format!("not the samples of {of}")),
        Err(error) => (Outcome::Fail, error.to_string()),
    })
}

/// The first thing the file says otherwise than the manifest.
fn tagged(path: &Path, copy: &CopyEntry, audio: &AudioEntry) -> Result<(), String> {
    let stated = |name: &str| copy.tags.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    let own =
        [("TITLE", Some(audio.title.as_str())), ("ARTIST", Some(&*audio.artist)), ("ISRC", audio.isrc.as_deref())];
    for (name, text) in own {
        let text = text.filter(|text| !text.is_empty());
        if stated(name) != text {
            return Err(format!("{name}: the manifest states '{}' and '{}'", or(stated(name)), or(text)));
        }
    }
    let written = tag::read(path).map_err(|error| error.to_string())?;
    for (name, text) in &copy.tags {
        let held = written.comments.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
        if held != Some(text) {
            return Err(format!("{name}: '{}' in the file, '{text}' in the manifest", or(held)));
        }
    }
    let cover = written.cover.map(|bytes| hex(&Sha256::digest(&bytes)));
    if cover != copy.cover_sha256 {
        return Err("its picture is not the one that was delivered".into());
    }
    Ok(())
}

fn or(text: Option<&str>) -> &str {
    text.unwrap_or("nothing")
}

/// Whether a song's file still holds the samples of the render, where the manifest has their hash.
pub(super) fn nulled(measured: &str, audio: &AudioEntry) -> Option<Verdict> {
    let stated = audio.render_sha256.as_ref()?;
    Some(match stated == measured {
        true => Verdict::stated("null", Outcome::Pass, "manifest", "sample for sample what was rendered"),
        false => Verdict::stated("null", Outcome::Fail, "manifest", "not the samples that were rendered"),
    })
}

/// The measurement against the manifest, as a verdict.
pub(super) fn compared(audio: &AudioEntry, measurement: &Measurement) -> Verdict {
    match differing(audio, measurement) {
        None => Verdict::stated("measurement", Outcome::Pass, "manifest", "measured again"),
        Some(said) => Verdict::stated("measurement", Outcome::Fail, "manifest", said),
    }
}
