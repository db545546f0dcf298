//! Jobs on the songs of an album together: spacing, levels, coherence, new mixes, versions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lacquer_engine::compare::exchange::exchange;
use lacquer_engine::compare::level::{self, Goal, LevelError};
use lacquer_engine::compare::portrait::Painter;
use lacquer_engine::compare::spacing::{self, SpacingError};
use lacquer_engine::compare::version::beside;
use lacquer_engine::render::{Library, Plan};
use lacquer_engine::session::{Document, Session, SourceRef, source_path};
use lacquer_engine::source::{self, Cache, Source};
use lacquer_engine::survey::{self, SurveyError, Watch};
use lacquer_engine::unit::Lufs;

use super::{Jobs, Report, raise, start, tell};
use crate::desk::album::{Arrived, Known, Levels, Outcome};
use crate::intake;

/// What every such job works on.
pub struct Subject {
    /// The session.
    pub session: Arc<Session>,
    /// The pass that is heard.
    pub pass: String,
    /// Where its sounds come from.
    pub library: Arc<dyn Library>,
    /// The folder relative paths start from.
    pub folder: Option<PathBuf>,
}

impl Subject {
    fn known<T>(&self, found: T) -> Known<T> {
        Known { pass: self.pass.clone(), of: Arc::clone(&self.session), found }
    }

    fn open(&self, source: &SourceRef) -> Result<Source, String> {
        open(&source_path(self.folder.as_deref(), source))
    }
}

fn open(path: &Path) -> Result<Source, String> {
    let opened = source::open_with(path, &Cache::standard(), &mut |_| (), &AtomicBool::new(false));
    opened.map_err(|error| error.to_string())
}

impl Jobs {
    /// Listens for heads, tails and pauses.
    pub fn space(&mut self, subject: Subject, document: Document) {
        self.album(move |watch| match spacing::propose(&document, &subject.pass, &subject.library, watch) {
            Ok(found) => Outcome::Spacing(subject.known(found)),
            Err(SpacingError::Cancelled) => Outcome::Stopped,
            Err(error) => Outcome::Failed(error.to_string()),
        });
    }

    /// Works out gains for a loudness, LUFS.
    pub fn level(&mut self, subject: Subject, document: Document, target: f64) {
        self.album(move |watch| {
            let goal = Goal { target: Lufs(target), ceiling: None };
            match level::propose(&document, &subject.pass, goal, &subject.library, watch) {
                Ok((songs, edits)) => Outcome::Levels(subject.known(Levels { target, songs, edits })),
                Err(LevelError::Survey(SurveyError::Cancelled)) => Outcome::Stopped,
                Err(error) => Outcome::Failed(error.to_string()),
            }
        });
    }

    /// Measures the songs of a plan beside each other.
    pub fn portray(&mut self, subject: Subject, plan: Arc<Plan>) {
        self.album(move |watch| {
            let made = || Painter::new(plan.layout, plan.delivered);
            match survey::each_song(&plan, &subject.library, watch, made) {
                Ok(painters) => {
                    let named = plan.songs.iter().zip(painters);
                    let portraits = named.map(|(song, painter)| painter.finish(&song.title)).collect();
                    Outcome::Portraits(subject.known(portraits))
                }
                Err(SurveyError::Cancelled) => Outcome::Stopped,
                Err(error) => Outcome::Failed(error.to_string()),
            }
        });
    }

    /// Lays the new mix `path` on a source.
    pub fn lay(&mut self, subject: Subject, old: SourceRef, title: String, path: PathBuf) {
        self.album(move |watch| {
            let laid = || -> Result<Arrived, String> {
                let new = taken(&path, watch)?;
                let (mut before, mut after) = (subject.open(&old)?, open(&path)?);
                let mut progress = |share: f64| (watch.progress)(0.3 + 0.7 * share);
                let found = exchange(&mut *before.reader, &mut *after.reader, &mut progress);
                Ok(Arrived { source: old.id.clone(), title, new, found: found.map_err(|error| error.to_string())? })
            };
            laid().map_or_else(Outcome::Failed, |arrived| Outcome::Mix(Box::new(arrived)))
        });
    }

    /// Takes the file of a version in.
    pub fn take_version(&mut self, path: PathBuf) {
        self.album(move |watch| match taken(&path, watch) {
            Ok(file) => Outcome::Version(Box::new(file)),
            Err(reason) => Outcome::Failed(reason),
        });
    }

    /// Lays every version on its song.
    pub fn check_versions(&mut self, subject: Subject) {
        self.album(move |watch| {
            let mut found = Vec::new();
            let songs = &subject.session.songs;
            let total = songs.iter().map(|song| song.versions.len()).sum::<usize>().max(1) as f64;
            for (song, version) in songs.iter().flat_map(|song| song.versions.iter().map(move |one| (song, one))) {
                for (own, other) in &version.sources {
                    let done = found.len() as f64;
                    let laid = || {
                        let (Some(own), Some(other)) = (subject.session.source(own), subject.session.source(other))
                        else {
                            return Err("its file is not in the session".to_string());
                        };
                        let (mut one, mut two) = (subject.open(own)?, subject.open(other)?);
                        let mut progress = |share: f64| (watch.progress)((done + share) / total);
                        let laid = beside(&mut *one.reader, &mut *two.reader, &mut progress);
                        laid.map(|laid| (laid.fits(), laid.words(own.rate))).map_err(|error| error.to_string())
                    };
                    let (fits, words) = laid().unwrap_or_else(|reason| (false, reason));
                    found.push((song.id.clone(), version.id.clone(), fits, words));
                    if watch.cancel.load(Ordering::Relaxed) {
                        return Outcome::Stopped;
                    }
                }
            }
            Outcome::Versions(found)
        });
    }

    /// Gives up what is at work on the songs together.
    pub fn stop_album(&mut self) {
        raise(self.album.take());
    }

    fn album(&mut self, work: impl FnOnce(&Watch<'_>) -> Outcome + Send + 'static) {
        self.stop_album();
        let send = self.send.clone();
        self.album = start("lacquer-album", move |cancel| {
            let progress = |share: f64| {
                if !cancel.load(Ordering::Relaxed) {
                    tell(&send, Report::AtAlbum(share));
                }
            };
            let outcome = work(&Watch { progress: &progress, cancel });
            if !cancel.load(Ordering::Relaxed) {
                tell(&send, Report::Album(Box::new(outcome)));
            }
        });
    }
}

/// A file as the session would hold it.
fn taken(path: &Path, watch: &Watch<'_>) -> Result<SourceRef, String> {
    let progress = |now: &source::import::Progress| (watch.progress)(0.3 * now.fraction);
    let results = source::import(&[path.to_path_buf()], &Cache::standard(), progress, watch.cancel);
    let info = results.into_iter().next().ok_or("the file could not be taken in")?;
    info.map(|info| intake::import_file(&info).source).map_err(|error| error.to_string())
}
