//! A DDP fileset against the session it should have come from: marks, codes, texts, and every sample.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::DeliverError;
use super::fileset::{PROFILE, refusal};
use super::image::block_of;
use super::layout::DiscLayout;
use super::words;
use crate::analysis::verdict::{Outcome, Verdict};
use crate::audio::Block;
use crate::container::ddp::cdtext::{CdText, Kind};
use crate::container::ddp::{Disc, FIRST_PAUSE, Fileset, SECTOR_BYTES, SECTOR_FRAMES};
use crate::render::{DirectFeeds, Library, Plan, PlanError, RenderError, Renderer, Start, Word};
use crate::session::Session;
use crate::unit::{CdFrame, Frames, SampleRate};

/// Sectors compared at a time.
const SECTORS: u64 = 16;
/// Steps of full scale of a 16-bit word.
const FULL_SCALE: f64 = 32_768.0;

/// Compares a fileset with the pass `pass` of a session: every difference is a verdict that fails.
///
/// # Errors
/// The pass cannot be planned or rendered, the image cannot be read, or a cancel.
pub fn compare(
    set: &Fileset,
    session: &Session,
    pass: &str,
    library: Arc<dyn Library>,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Vec<Verdict>, DeliverError> {
    let resolved = session.resolve(pass).ok_or_else(|| PlanError::NoPass(pass.into()))?;
    let plan = Arc::new(Plan::new(session, pass)?);
    let layout = DiscLayout::new(session, &resolved, &plan);
    let text = words::words(session, &resolved, &layout);
    let mut verdicts = vec![same_marks(&set.disc, &layout.disc), same_codes(set, &layout.disc)];
    verdicts.extend(same_texts(set.text.as_ref(), &text));
    match refusal(&plan) {
        Some(verdict) => verdicts.push(verdict),
        None => verdicts.push(same_sound(set, &plan, &layout, library, progress, cancel)?),
    }
    Ok(verdicts)
}

fn stated(check: &str, differences: &[String], same: &str) -> Verdict {
    let most = 5;
    let mut said = differences.iter().take(most).cloned().collect::<Vec<_>>().join("; ");
    if differences.len() > most {
        said += &format!("; and {} more", differences.len() - most);
    }
    match differences.is_empty() {
        true => Verdict::stated(check, Outcome::Pass, PROFILE, same),
        false => Verdict::stated(check, Outcome::Fail, PROFILE, said),
    }
}

/// Tracks, indices, flags and the lead-out.
fn same_marks(set: &Disc, session: &Disc) -> Verdict {
    let mut differences = Vec::new();
    if set.tracks.len() != session.tracks.len() {
        differences.push(format!(
            "{} tracks in the fileset, {} in the session",
            set.tracks.len(),
            session.tracks.len()
        ));
    }
    for (there, here) in set.tracks.iter().zip(&session.tracks) {
        let number = here.number;
        if there.indices != here.indices {
            let list = |track: &crate::container::ddp::Track| {
                let marks = track.indices.iter().map(|index| format!("{:02} {}", index.number, index.at));
                marks.collect::<Vec<_>>().join(", ")
            };
            differences.push(format!(
                "track {number:02}: {} in the fileset, {} in the session",
                list(there),
                list(here)
            ));
        }
        if there.control != here.control {
            let (there, here) = (there.control.encode(), here.control.encode());
            differences.push(format!("track {number:02}: control byte {there} in the fileset, {here} in the session"));
        }
    }
    if set.lead_out != session.lead_out {
        differences.push(format!("lead-out {} in the fileset, {} in the session", set.lead_out, session.lead_out));
    }
    stated("marks", &differences, "every track, index and flag is the session's")
}

fn same_codes(set: &Fileset, session: &Disc) -> Verdict {
    let mut differences = Vec::new();
    for (file, upc) in [("DDPID", &set.identity.upc), ("the PQ descriptor", &set.disc.upc)] {
        if *upc != session.upc {
            differences.push(format!("UPC '{upc}' in {file}, '{}' in the session", session.upc));
        }
    }
    for (there, here) in set.disc.tracks.iter().zip(&session.tracks).filter(|(there, here)| there.isrc != here.isrc) {
        let said =
            format!("track {:02}: ISRC '{}' in the fileset, '{}' in the session", here.number, there.isrc, here.isrc);
        differences.push(said);
    }
    stated("codes", &differences, "UPC and every ISRC are the session's")
}

/// The texts of each language; a fileset without any is worth a word.
fn same_texts(set: Option<&CdText>, session: &CdText) -> Vec<Verdict> {
    let Some(set) = set else {
        return vec![Verdict::stated("cd_text", Outcome::Warn, PROFILE, "the fileset has no CD-Text, the session has")];
    };
    let mut verdicts = Vec::new();
    for here in &session.blocks {
        let language = here.language.name();
        let Some(there) = set.blocks.iter().find(|there| there.language == here.language) else {
            verdicts.push(
                Verdict::stated("cd_text", Outcome::Fail, PROFILE, format!("no texts in {language}")).at(&language),
            );
            continue;
        };
        let mut differences = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Closed) {
            for place in 0..=here.tracks() {
                // What the letters of the disc cannot hold was written by likeness: the packs tell what they hold.
                let (mine, theirs) = (here.string(kind, place), there.string(kind, place));
                let charset =
                    if kind <= Kind::Message { here.charset } else { crate::container::ddp::cdtext::Charset::Ascii };
                if charset.stored(mine) != theirs {
                    differences.push(format!(
                        "{} of {place:02}: '{theirs}' in the fileset, '{mine}' in the session",
                        kind.name()
                    ));
                }
            }
        }
        verdicts.push(stated("cd_text", &differences, "the texts are the session's").at(language));
    }
    verdicts
}

/// Every sample of the image against a render of the pass.
fn same_sound(
    set: &Fileset,
    plan: &Arc<Plan>,
    layout: &DiscLayout,
    library: Arc<dyn Library>,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Verdict, DeliverError> {
    let feeds = DirectFeeds::new(plan.clone(), library);
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Delivered)?;
    renderer.start_at(Frames(0), Start::Exact);
    if let Some(error) = renderer.take_error() {
        return Err(RenderError::from(error).into());
    }
    let mut reader = set.image.reader();
    let (mut at, end) = (0, layout.disc.lead_out.0.max(0) as u64);
    let (mut differing, mut largest, mut first) = (0u64, 0.0f64, None);
    let silence = FIRST_PAUSE as u64 * SECTOR_FRAMES + layout.silence.0;
    while at < end {
        if cancel.load(Ordering::Relaxed) {
            return Err(DeliverError::Cancelled);
        }
        let sectors = SECTORS.min(end - at);
        let mut bytes = vec![0; (sectors * SECTOR_BYTES) as usize];
        let failed = |cause: std::io::Error| DeliverError::Read { path: set.folder.clone(), cause: cause.to_string() };
        reader.read(at, &mut bytes).map_err(failed)?;
        let there = block_of(&bytes);
        let here = expected(&mut renderer, at * SECTOR_FRAMES, there.frames(), silence)?;
        for frame in 0..there.frames() {
            let off = (0..2)
                .map(|channel| (there.channel(channel)[frame] - here.channel(channel)[frame]).abs())
                .fold(0.0, f64::max);
            if off > 0.0 {
                (differing, largest) = (differing + 1, largest.max(off));
                first.get_or_insert(at * SECTOR_FRAMES + frame as u64);
            }
        }
        at += sectors;
        progress(at as f64 / end.max(1) as f64);
    }
    Ok(match first {
        None => Verdict::stated("image", Outcome::Pass, PROFILE, "every sample of the image is the render's"),
        Some(first) => {
            let place = CdFrame::ceil_from(Frames(first + 1), SampleRate::CD);
            let said = format!(
                "{differing} frames differ from the render, the first at {} (frame {first}), by up to {:.0} steps",
                CdFrame(place.0 - 1),
                largest * FULL_SCALE
            );
            Verdict::stated("image", Outcome::Fail, PROFILE, said)
        }
    })
}

/// What the session sounds at a frame of the disc: silence before and behind the programme.
fn expected(renderer: &mut Renderer, start: u64, frames: usize, silence: u64) -> Result<Block, DeliverError> {
    let mut block = Block::new(2, frames);
    block.set_frames(frames);
    block.clear();
    let before = silence.saturating_sub(start).min(frames as u64) as usize;
    let left = renderer.plan().delivered_frames().saturating_sub(renderer.position().0);
    let count = (frames - before).min(left as usize);
    if count > 0 {
        let mut sound = Block::new(2, count);
        sound.set_frames(count);
        renderer.pull_checked(&mut sound)?;
        block.copy_from(before, &sound, 0, count);
    }
    Ok(block)
}
