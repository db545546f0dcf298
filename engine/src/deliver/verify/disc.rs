//! A CD delivery judged by its content: fileset, programme, songs, CUE sheet, table of contents, PQ sheet and manifest must
//! tell of one disc. Checksums are not asked here: whoever changes a file can make those fit.

use std::fs;
use std::path::Path;

use super::super::fileset::{PROFILE, verdicts};
use super::super::image::block_of;
use super::super::manifest::{AudioEntry, FileEntry, Manifest, Role, TextBlock};
use super::is_inside;
use crate::analysis::verdict::{Outcome, Verdict};
use crate::audio;
use crate::container::ddp::cdtext::{Block, CdText, Kind};
use crate::container::ddp::{self, FIRST_PAUSE, Fileset, SECTOR_BYTES, SECTOR_FRAMES, cue_sheet, toc_sheet};
use crate::container::{cue, text};
use crate::source;
use crate::unit::CdFrame;

/// Sectors compared at a time.
const SECTORS: u64 = 32;
/// Longest sheet that is read.
const MOST_SHEET_BYTES: u64 = 4 << 20;

/// A fileset by itself: what any program wrote.
pub(super) fn verify_fileset(set: &Fileset) -> Vec<Verdict> {
    verdicts(&ddp::check(set, true), false)
}

/// The fileset of a delivery and everything that stands beside it.
pub(super) fn verify_disc(folder: &Path, manifest: &Manifest) -> Vec<Verdict> {
    let entry = manifest.files.iter().find(|file| file.role == Role::Ddp && is_inside(&file.name));
    let Some((inside, _)) = entry.and_then(|entry| entry.name.split_once('/')) else { return Vec::new() };
    let set = match Fileset::open(&folder.join(inside)) {
        Ok(set) => set,
        Err(error) => return vec![Verdict::stated("ddp", Outcome::Fail, PROFILE, error.to_string()).at(inside)],
    };
    let mut found: Vec<Verdict> = verify_fileset(&set)
        .into_iter()
        .map(|verdict| if verdict.r#where.is_none() { verdict.at(inside) } else { verdict })
        .collect();
    let programme = manifest.files.iter().find(|file| file.role == Role::Programme && is_inside(&file.name));
    if let Some(programme) = programme {
        let outcome = same_sound(&set, &folder.join(&programme.name));
        found.push(said("image", outcome, "the image is the programme, sample for sample").at(inside));
    }
    found.push(
        said("marks", same_marks(&set, manifest), "marks, lengths and codes are those of the manifest").at(inside),
    );
    let none = CdText::default();
    let words = set.text.as_ref().unwrap_or(&none);
    if set.text.is_some() {
        found
            .push(said("cd_text", same_words(words, &set, manifest), "the texts are those of the manifest").at(inside));
    }
    for file in manifest.files.iter().filter(|file| is_inside(&file.name)) {
        let name = programme.map_or("", |programme| programme.name.as_str());
        found.extend(sheet(folder, file, &set, words, name));
    }
    found
}

fn said(check: &str, outcome: Result<(), String>, same: &str) -> Verdict {
    match outcome {
        Ok(()) => Verdict::stated(check, Outcome::Pass, PROFILE, same),
        Err(difference) => Verdict::stated(check, Outcome::Fail, PROFILE, difference),
    }
}

/// A sheet beside the fileset, where the file is one.
fn sheet(folder: &Path, file: &FileEntry, set: &Fileset, words: &CdText, programme: &str) -> Option<Verdict> {
    let held = || -> Result<String, String> {
        let path = folder.join(&file.name);
        let size = fs::metadata(&path).map_err(|error| error.to_string())?.len();
        if size > MOST_SHEET_BYTES {
            return Err(format!("{size} bytes are no sheet"));
        }
        Ok(text::decode(&fs::read(&path).map_err(|error| error.to_string())?))
    };
    let (check, outcome, same) = match file.role {
        Role::Cue => (
            "cue",
            held().and_then(|held| same_cue(&held, set, words, programme)),
            "the CUE sheet tells of the same disc",
        ),
        // A table without texts in the fileset cannot be made again: its checksum stands for it.
        Role::Toc if set.text.is_some() => {
            let expected = toc_sheet(&set.disc, words, programme).encode();
            let same = |held: String| first_difference(&held, &expected);
            ("toc", held().and_then(same), "the table of contents tells of the same disc")
        }
        Role::PqSheet if file.name.ends_with(".txt") => {
            ("pq_sheet", held().and_then(|held| same_paper(&held, set)), "the PQ sheet tells every mark and code")
        }
        _ => return None,
    };
    Some(said(check, outcome, same).at(&*file.name))
}

fn same_cue(held: &str, set: &Fileset, words: &CdText, programme: &str) -> Result<(), String> {
    let parse = |text: &str| cue::parse(text).map_err(|error| error.to_string());
    let (mut held, expected) = (parse(held)?, parse(&cue_sheet(&set.disc, words, programme).encode())?);
    let told = words.blocks.first();
    for text in held.tracks.iter_mut().map(|track| &mut track.text).chain([&mut held.text]) {
        *text = stored(std::mem::take(text), told);
    }
    if held == expected {
        return Ok(());
    }
    first_difference(&held.encode(), &expected.encode())?;
    Err("it is not the sheet of the fileset".into())
}

/// The texts of a sheet as the packs of the disc hold them: a sheet knows letters that they do not. Texts that were too
/// long for a disc stand on the sheet alone.
fn stored(text: cue::Text, told: Option<&Block>) -> cue::Text {
    let one = |text: Option<String>| text.zip(told).map(|(text, block)| block.charset.stored(&text));
    cue::Text {
        title: one(text.title),
        performer: one(text.performer),
        songwriter: one(text.songwriter),
        composer: one(text.composer),
        arranger: one(text.arranger),
        message: one(text.message),
    }
}

fn first_difference(held: &str, expected: &str) -> Result<(), String> {
    let (mut held, mut expected) = (held.trim().lines(), expected.trim().lines());
    for line in 1.. {
        match (held.next(), expected.next()) {
            (None, None) => break,
            (one, other) if one.map(str::trim) == other.map(str::trim) => {}
            (one, other) => {
                let (one, other) = (one.unwrap_or("its end").trim(), other.unwrap_or("its end").trim());
                return Err(format!("line {line} is '{one}', the fileset says '{other}'"));
            }
        }
    }
    Ok(())
}

/// Paper is for people: every mark and code must stand on it.
fn same_paper(held: &str, set: &Fileset) -> Result<(), String> {
    let tracks = &set.disc.tracks;
    let marks = tracks.iter().flat_map(|track| track.indices.iter().map(|index| index.at.to_string()));
    let codes =
        tracks.iter().map(|track| track.isrc.clone()).chain([set.disc.upc.clone(), set.disc.lead_out.to_string()]);
    let missing: Vec<String> =
        marks.chain(codes).filter(|word| !word.is_empty() && !held.contains(word.as_str())).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("these do not stand on it: {}", missing.join(", "))) }
}

/// The songs of the manifest against the PQ descriptor.
fn same_marks(set: &Fileset, manifest: &Manifest) -> Result<(), String> {
    let upc = manifest.album.upc.as_deref().map(|upc| format!("{upc:0>13}")).unwrap_or_default();
    if upc != set.disc.upc || upc != set.identity.upc {
        return Err(format!(
            "the UPC is '{upc}' in the manifest, '{}' in DDPID, '{}' in the PQ descriptor",
            set.identity.upc, set.disc.upc
        ));
    }
    let songs: Vec<&AudioEntry> = songs(manifest).collect();
    let tracked: Vec<&&AudioEntry> = songs.iter().filter(|song| song.track.is_some()).collect();
    if tracked.len() != set.disc.tracks.len() {
        return Err(format!("{} songs are tracks, the disc has {}", tracked.len(), set.disc.tracks.len()));
    }
    for (song, track) in tracked.iter().zip(&set.disc.tracks) {
        let (number, title) = (track.number, &song.title);
        if song.track != Some(number) {
            return Err(format!(
                "'{title}' is track {} in the manifest, {number} on the disc",
                song.track.unwrap_or(0)
            ));
        }
        let start = CdFrame(track.start().0 - FIRST_PAUSE).to_string();
        if song.start_cd.as_ref() != Some(&start) {
            return Err(format!(
                "'{title}' begins at {} in the manifest, at {start} on the disc",
                song.start_cd.as_deref().unwrap_or("-")
            ));
        }
        let isrc = song.isrc.as_deref().unwrap_or("");
        if isrc != track.isrc {
            return Err(format!("'{title}' has the ISRC '{isrc}' in the manifest, '{}' on the disc", track.isrc));
        }
    }
    let mut place = 0;
    for song in &songs {
        if song.start_frame != place {
            return Err(format!(
                "'{}' begins at frame {} in the manifest, the songs before end at {place}",
                song.title, song.start_frame
            ));
        }
        place += song.frames;
    }
    let programme = (set.disc.lead_out.0 - FIRST_PAUSE).max(0) as u64 * SECTOR_FRAMES;
    if place.div_ceil(SECTOR_FRAMES) * SECTOR_FRAMES != programme {
        return Err(format!("the songs are {place} frames, the disc has {programme}"));
    }
    Ok(())
}

fn songs(manifest: &Manifest) -> impl Iterator<Item = &AudioEntry> {
    manifest.files.iter().filter(|file| file.role == Role::Song).filter_map(|file| file.audio.as_ref())
}

/// Every language against the blocks of the manifest, where it has them.
fn same_texts(stated: &[TextBlock], held: &[TextBlock]) -> Result<(), String> {
    if stated.is_empty() || stated == held {
        return Ok(());
    }
    if stated.len() != held.len() {
        return Err(format!("{} languages in the manifest, {} in the CD-Text", stated.len(), held.len()));
    }
    let differing = stated.iter().zip(held).find(|(stated, held)| stated != held);
    let Some((stated, held)) = differing else { return Ok(()) };
    let kinds = stated.texts.iter().find(|(kind, texts)| held.texts.get(*kind) != Some(texts));
    let kind = kinds.map_or("texts", |(kind, _)| kind.as_str());
    Err(format!("the {kind} in {} is not what the manifest states", stated.language))
}

/// Titles and performers against the manifest: it holds them in the album's own language, which need not be the first.
fn same_words(words: &CdText, set: &Fileset, manifest: &Manifest) -> Result<(), String> {
    let mut outcomes = words.blocks.iter().map(|block| same_block(block, set, manifest));
    let first = outcomes.next().unwrap_or(Ok(()));
    same_texts(&manifest.cd_text, &TextBlock::of(words))?;
    if first.is_err() && outcomes.any(|outcome| outcome.is_ok()) { Ok(()) } else { first }
}

fn same_block(block: &Block, set: &Fileset, manifest: &Manifest) -> Result<(), String> {
    let (title, held) = (&manifest.album.title, block.string(Kind::Title, 0));
    if block.charset.stored(title) != held {
        return Err(format!("the album is '{title}' in the manifest, '{held}' in the CD-Text"));
    }
    let tracked = songs(manifest).filter(|song| song.track.is_some());
    for (place, song) in (1..=set.disc.tracks.len()).zip(tracked) {
        for (kind, text) in [(Kind::Title, &song.title), (Kind::Performer, &song.artist)] {
            let held = block.string(kind, place);
            if block.strings.contains_key(&kind) && held != block.charset.stored(text) {
                let kind = kind.name();
                return Err(format!(
                    "the {kind} of track {place:02} is '{text}' in the manifest, '{held}' in the CD-Text"
                ));
            }
        }
    }
    Ok(())
}

/// The image behind its first pause against the programme's file.
fn same_sound(set: &Fileset, programme: &Path) -> Result<(), String> {
    let mut whole = source::open(programme).map_err(|error| error.to_string())?.reader;
    let frames = whole.frames().0;
    let sectors = (set.image.end().0 - FIRST_PAUSE).max(0) as u64;
    if frames.div_ceil(SECTOR_FRAMES) != sectors {
        return Err(format!("the image holds {sectors} sectors, the programme {}", frames.div_ceil(SECTOR_FRAMES)));
    }
    if whole.layout().channels() != 2 {
        return Err("the programme is not stereo".into());
    }
    let mut reader = set.image.reader();
    let mut pause = vec![0; (FIRST_PAUSE as u64 * SECTOR_BYTES) as usize];
    reader.read(0, &mut pause).map_err(|error| error.to_string())?;
    if pause.iter().any(|byte| *byte != 0) {
        return Err("the two seconds before the programme are not silent".into());
    }
    let mut at = 0;
    while at < sectors {
        let count = SECTORS.min(sectors - at);
        let mut bytes = vec![0; (count * SECTOR_BYTES) as usize];
        reader.read(FIRST_PAUSE as u64 + at, &mut bytes).map_err(|error| error.to_string())?;
        let there = block_of(&bytes);
        let mut here = audio::Block::new(2, there.frames());
        whole.read(at * SECTOR_FRAMES, &mut here).map_err(|error| error.to_string())?;
        let differs =
            |frame: &usize| (0..2).any(|channel| here.channel(channel)[*frame] != there.channel(channel)[*frame]);
        if let Some(frame) = (0..there.frames()).find(differs) {
            return Err(format!("the image is not the programme from frame {} on", at * SECTOR_FRAMES + frame as u64));
        }
        at += count;
    }
    Ok(())
}
