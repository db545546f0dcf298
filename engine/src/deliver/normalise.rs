//! Songs brought to the loudness a pass asks for, before it is rendered: by gain alone, or with the guard holding peaks.
//! The session that was given stays as it is; the gains stand in the manifest.

use serde::{Deserialize, Serialize};

use super::error::DeliverError;
use super::job::Job;
use crate::analysis::verdict::Verdict;
use crate::compare::level::{Limit, SongLevel, propose, propose_limited};
use crate::profile::Outcome;
use crate::session::{Document, Session};
use crate::survey::Watch;

/// What was done to one song's level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelEntry {
    /// The song's id.
    pub song: String,
    /// Its loudness as the session has it.
    pub before_lufs: Option<f64>,
    /// Its loudness with the gain.
    pub after_lufs: Option<f64>,
    /// The gain that was added.
    pub gain_db: f64,
    /// What kept it from the target, in words.
    pub limited: Option<String>,
}

/// A session whose songs have the loudness of the pass.
pub(super) struct Levelled {
    pub(super) session: Session,
    pub(super) entries: Vec<LevelEntry>,
    pub(super) verdicts: Vec<Verdict>,
}

/// The session of a job with the gains of its pass; none where the pass leaves levels alone.
pub(super) fn levelled(job: &Job<'_>) -> Result<Option<Levelled>, DeliverError> {
    let Some(pass) = job.session.pass(job.pass) else { return Ok(None) };
    let Some(target) = pass.normalise else { return Ok(None) };
    let failed = |error: &dyn std::fmt::Display| DeliverError::Level(error.to_string());
    let mut document = Document::from_session(job.session).map_err(|error| failed(&error))?;
    let watch = Watch { progress: &|_| (), cancel: job.cancel };
    let proposed = match pass.limit {
        true => propose_limited(&document, job.pass, target, &job.library, &watch),
        false => {
            let goal = crate::compare::level::Goal { target, ceiling: None };
            propose(&document, job.pass, goal, &job.library, &watch)
        }
    };
    if job.cancel.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(DeliverError::Cancelled);
    }
    let (songs, edits) = proposed.map_err(|error| failed(&error))?;
    for edit in edits {
        document.apply(edit).map_err(|error| failed(&error))?;
    }
    let verdicts = songs.iter().filter_map(|song| verdict(song, target.0, pass.limit, &job.profile.id)).collect();
    let entries = songs.iter().map(entry).collect();
    Ok(Some(Levelled { session: document.session().clone(), entries, verdicts }))
}

fn entry(song: &SongLevel) -> LevelEntry {
    LevelEntry {
        song: song.song.clone(),
        before_lufs: song.before_lufs.map(|level| level.0),
        after_lufs: song.after_lufs.map(|level| level.0),
        gain_db: song.gain_after_db.0 - song.gain_before_db.0,
        limited: song.limited.map(words),
    }
}

fn words(limit: Limit) -> String {
    match limit {
        Limit::TruePeak(peak) => format!("its true peak would be {:.1} dBTP", peak.0),
        Limit::Chain => "the chain behind its gain gives way".into(),
        Limit::Gain => "it would take more than 24 dB".into(),
        Limit::Silent => "it has no loudness".into(),
    }
}

/// A word about a song that did not get there.
fn verdict(song: &SongLevel, target: f64, limit: bool, profile: &str) -> Option<Verdict> {
    let why = words(song.limited?);
    let remedy = match song.limited {
        Some(Limit::TruePeak(_)) if !limit => "; let the guard hold its peaks (limit=on), or turn its chain down",
        _ => "",
    };
    let held = song.after_lufs.map_or_else(|| "silent".into(), |level| format!("at {:.1} LUFS", level.0));
    let said = format!("it stays {held} instead of {target:.1} LUFS: {why}{remedy}");
    Some(Verdict::stated("normalise", Outcome::Warn, profile, said).at(song.title.clone()))
}
