use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::earlier::Earlier;
use super::error::DeliverError;
use super::making::Making;
use super::manifest::{MANIFEST_NAME, Manifest};
use super::place::Staging;
use super::{broadcast, cassette, cd, copies, hires, judge, normalise, paper, streaming, vinyl, waive};
use crate::analysis::verdict::Verdict;
use crate::codec::Tier;
use crate::container::name::{self, Rule};
use crate::container::pending::write_whole;
use crate::profile::Profile;
use crate::render::{Library, PlanError};
use crate::session::{PassKind, Resolved, Session};

/// A pass to be delivered, from a snapshot of the session.
pub struct Job<'a> {
    /// The session as it stands.
    pub session: &'a Session,
    /// The pass.
    pub pass: &'a str,
    /// The folder that receives the delivery's own folder.
    pub folder: &'a Path,
    /// Its sources.
    pub library: Arc<dyn Library>,
    /// What judges it.
    pub profile: &'a Profile,
    /// What is wished for beyond the files themselves.
    pub wishes: Wishes<'a>,
    /// Told what is being done, between two blocks of audio: it may wait, and then the delivery waits with it.
    pub progress: &'a (dyn Fn(Step) + Sync),
    /// Set from outside to stop.
    pub cancel: &'a AtomicBool,
}

/// What is wished for beyond the files of a pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes<'a> {
    /// Makes every file anew, also those that an earlier delivery in the same place holds already.
    pub fresh: bool,
    /// Sends the songs through the coders of these tiers and back, where this machine has one.
    pub codecs: &'a [Tier],
    /// Makes and judges everything, and leaves nothing on the disk: what stands in the place stays.
    pub check_only: bool,
}

/// What a delivery is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Comparing a source with what the session remembers of it.
    Checking {
        /// Its path.
        source: String,
    },
    /// Rendering: the share that is done, 0 to 1, and the song.
    Rendering {
        /// Share of the whole delivery.
        share: f64,
        /// The song's title.
        song: String,
    },
    /// Reading a file back.
    Verifying {
        /// Share of the whole delivery.
        share: f64,
        /// Its name.
        file: String,
    },
    /// A file of the earlier delivery is what would be made: it is taken over.
    TakingOver {
        /// Its name.
        file: String,
    },
    /// Encoding and decoding.
    Auditioning {
        /// Trips that are done.
        done: usize,
        /// Trips in all.
        all: usize,
    },
}

/// A finished delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its folder.
    pub folder: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// The judgement of the written files.
    pub verdicts: Vec<Verdict>,
    /// Whether the files are in their folder; after a mere check nothing is.
    pub written: bool,
}

/// Makes, re-reads, judges and places a delivery.
pub fn deliver(job: &Job<'_>) -> Result<Delivery, DeliverError> {
    let levelled = normalise::levelled(job)?;
    let session = levelled.as_ref().map_or(job.session, |levelled| &levelled.session);
    let job = &Job { session, library: job.library.clone(), ..*job };
    let resolved = job.session.resolve(job.pass).ok_or_else(|| PlanError::NoPass(job.pass.into()))?;
    let folder_name = folder_name(job.session, &resolved);
    let staging = Staging::new(job.folder, &folder_name)?;
    let earlier = if job.wishes.fresh { Earlier::default() } else { Earlier::read(&job.folder.join(&folder_name)) };
    let mut making = Making::new(job, &resolved, &staging, earlier)?;
    match resolved.pass.kind {
        PassKind::Streaming => streaming::make(&mut making)?,
        PassKind::Cd => cd::make(&mut making)?,
        PassKind::HiRes => hires::make(&mut making)?,
        PassKind::Broadcast => broadcast::make(&mut making)?,
        PassKind::Vinyl => vinyl::make(&mut making)?,
        PassKind::Cassette => cassette::make(&mut making)?,
        PassKind::Copies => copies::make(&mut making)?,
    }
    if let Some(levelled) = levelled.as_ref() {
        making.manifest.levels = levelled.entries.clone();
        making.verdicts.extend(levelled.verdicts.iter().cloned());
    }
    making.keep_ledger()?;
    making.note_playback();
    making.audition()?;
    let mut verdicts = judge::judge(job, &resolved, &making.manifest, &making.measured);
    verdicts.append(&mut making.verdicts);
    waive::apply(&mut verdicts, &making.manifest, &job.session.ledger);
    making.manifest.verdicts = verdicts.iter().filter_map(|verdict| serde_json::to_value(verdict).ok()).collect();
    if job.wishes.check_only {
        return Ok(Delivery {
            folder: job.folder.join(&folder_name),
            manifest: making.manifest,
            verdicts,
            written: false,
        });
    }
    paper::write(&mut making, &verdicts)?;
    let manifest = making.manifest;
    let path = staging.file(MANIFEST_NAME);
    let text = serde_json::to_string_pretty(&manifest).map_err(DeliverError::write(&path))?;
    write_whole(&path, text.as_bytes()).map_err(DeliverError::write(&path))?;
    if job.cancel.load(Ordering::Relaxed) {
        return Err(DeliverError::Cancelled);
    }
    let folder = staging.take_place()?;
    Ok(Delivery { folder, manifest, verdicts, written: true })
}

fn folder_name(session: &Session, resolved: &Resolved) -> String {
    let title = if session.album.title.is_empty() { "Album" } else { session.album.title.as_str() };
    name::safe(&format!("{title} - {}", resolved.pass.name), Rule::ANY)
}
