//! What the shops' coders make of a delivery: the matrix of songs and tiers, and the loudest ceiling that stays safe
//! behind all of them.

mod search;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use search::Search;

use super::{DeliverError, Job, Role, deliver};
use crate::analysis::verdict::Verdict;
use crate::codec::{CodecError, Coder, Tier, Trip, TripOptions, trip};
use crate::profile::Profile;
use crate::qc;
use crate::unit::{Db, Dbtp, Lu, Lufs};

/// A ceiling lower than this would be an effect, not a safety: then the honest answer is that the coder is at fault.
pub const LOWEST_CEILING: Dbtp = Dbtp(-6.0);
/// One song through one tier.
#[derive(Debug)]
pub struct Cell {
    /// The file.
    pub file: PathBuf,
    /// The tier.
    pub tier: Tier,
    /// What came out.
    pub trip: Result<Trip, CodecError>,
}

/// What to try, and where.
pub struct Audition<'a> {
    /// The tiers.
    pub tiers: &'a [Tier],
    /// The encoders of the machine.
    pub coders: &'a [Coder],
    /// Where decoded sounds are kept, if at all.
    pub keep: Option<&'a Path>,
    /// Told how many trips of how many are done.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Set from outside to stop.
    pub cancel: &'a AtomicBool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AuditionError {
    /// The pass could not be rendered.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// A coder failed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// There is nowhere to work.
    #[error("no folder for temporary files: {0}")]
    Scratch(std::io::Error),
    /// No encoder of a tier asked for is on this machine.
    #[error(
        "no encoder that a verdict may rest on was found for {0}; install one (lame, vorbis-tools, opus-tools, fdkaac) or leave that tier out"
    )]
    NoCoder(String),
}

impl Audition<'_> {
    /// Every file through every tier that has an encoder, on all cores; in the order of files, then tiers.
    pub fn matrix(&self, files: &[PathBuf]) -> Result<Vec<Cell>, AuditionError> {
        let pairs = files.iter().flat_map(|file| self.tiers.iter().map(move |tier| (file.clone(), *tier)));
        self.trips(&pairs.collect::<Vec<_>>())
    }

    /// Files through tiers, in the order given.
    fn trips(&self, pairs: &[(PathBuf, Tier)]) -> Result<Vec<Cell>, AuditionError> {
        let jobs: Vec<(&PathBuf, Tier, &Coder)> =
            pairs.iter().filter_map(|(file, tier)| Some((file, *tier, self.coder(*tier)?))).collect();
        let scratch = tempfile::tempdir().map_err(AuditionError::Scratch)?;
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let results: Mutex<Vec<(usize, Cell)>> = Mutex::new(Vec::new());
        let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len().max(1));
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some((file, tier, coder)) = jobs.get(index) else { break };
                        let trip = self.one(file, *tier, coder, &scratch.path().join(index.to_string()));
                        let cell = Cell { file: (*file).clone(), tier: *tier, trip };
                        results.lock().unwrap_or_else(PoisonError::into_inner).push((index, cell));
                        (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
                    }
                });
            }
        });
        let mut cells = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        cells.sort_by_key(|(index, _)| *index);
        if self.cancel.load(Ordering::Relaxed) {
            return Err(CodecError::Cancelled.into());
        }
        Ok(cells.into_iter().map(|(_, cell)| cell).collect())
    }

    fn coder(&self, tier: Tier) -> Option<&Coder> {
        self.coders.iter().find(|coder| coder.coding == tier.coding)
    }

    fn one(&self, file: &Path, tier: Tier, coder: &Coder, scratch: &Path) -> Result<Trip, CodecError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(CodecError::Cancelled);
        }
        let failed = |cause: std::io::Error| CodecError::Scratch { path: scratch.into(), cause: cause.to_string() };
        std::fs::create_dir_all(scratch).map_err(failed)?;
        let options = TripOptions { keep: self.keep.map(Path::to_path_buf) };
        let result = trip(file, tier, coder, scratch, &options, self.cancel);
        // Hundreds of megabytes for each trip: not left until the end of all of them.
        let _ = std::fs::remove_dir_all(scratch);
        result
    }

    /// Finds the loudest ceiling of a pass whose songs stay at or under `target` behind every tier, by rendering and
    /// encoding them. `job` says what to render; its folder is not used.
    pub fn solve(&self, job: &Job<'_>, target: Dbtp) -> Result<Solution, AuditionError> {
        let judged = |tier: &Tier| self.coder(*tier).is_some_and(|coder| coder.judges);
        if let Some(tier) = self.tiers.iter().find(|tier| !judged(tier)) {
            return Err(AuditionError::NoCoder(tier.id.into()));
        }
        let mut search = Search::new(self.attempt(job, None, target, None)?, target);
        while let Some(next) = search.next() {
            let near = search.near();
            let attempt = self.attempt(job, Some(next), target, Some(&near))?;
            search.tell(attempt);
            // What passed among the near ones is tried with all of them, once nothing is left to search between.
            if let Some(found) = search.unproven() {
                let whole = self.attempt(job, Some(found), target, None)?;
                search.tell(whole);
            }
        }
        Ok(search.solution())
    }

    /// Renders the pass under a ceiling and sends its songs through the tiers: all of them, or `only` these.
    fn attempt(
        &self,
        job: &Job<'_>,
        ceiling: Option<Dbtp>,
        target: Dbtp,
        only: Option<&[(String, &'static str)]>,
    ) -> Result<Attempt, AuditionError> {
        let scratch = tempfile::tempdir().map_err(AuditionError::Scratch)?;
        let mut session = job.session.clone();
        if let (Some(ceiling), Some(pass)) = (ceiling, session.passes.iter_mut().find(|pass| pass.id == job.pass)) {
            pass.ceiling = Some(ceiling);
        }
        let delivery =
            deliver(&Job { session: &session, folder: scratch.path(), library: job.library.clone(), ..*job })?;
        let songs: Vec<_> = delivery.manifest.files.iter().filter(|file| file.role == Role::Song).collect();
        let stem = |file: &Path| file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = |file: &Path, tier: &Tier| {
            only.is_none_or(|only| only.iter().any(|(song, id)| *song == stem(file) && *id == tier.id))
        };
        let pairs = songs.iter().flat_map(|song| {
            let file = delivery.folder.join(&song.name);
            self.tiers
                .iter()
                .filter(move |tier| wanted(&file, tier))
                .map(|tier| (delivery.folder.join(&song.name), *tier))
        });
        let mut points = Vec::new();
        for cell in self.trips(&pairs.collect::<Vec<_>>())? {
            let trip = cell.trip?;
            points.push(Point { song: stem(&cell.file), tier: trip.tier, true_peak_dbtp: trip.decoded.true_peak_dbtp });
        }
        let worst = points.iter().filter_map(|point| point.true_peak_dbtp).max_by(|a, b| a.0.total_cmp(&b.0));
        let figure = |song: &super::FileEntry, key: &str| {
            song.audio.as_ref().and_then(|audio| audio.measured.get(key)?.as_f64())
        };
        let own = songs.iter().filter_map(|song| figure(song, "true_peak_dbtp")).reduce(f64::max);
        Ok(Attempt {
            ceiling_dbtp: ceiling,
            whole: only.is_none(),
            original_true_peak_dbtp: own.map(Dbtp),
            worst_dbtp: worst,
            over: points.iter().filter(|point| point.true_peak_dbtp.is_some_and(|peak| peak > target)).count(),
            songs: songs.iter().map(|song| stem(Path::new(&song.name))).collect(),
            integrated_lufs: songs.iter().map(|song| figure(song, "integrated_lufs").map(Lufs)).collect(),
            points,
        })
    }
}

/// One decoded song.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The song's file, without its extension.
    pub song: String,
    /// The tier.
    pub tier: &'static str,
    /// Its true peak behind the coder.
    pub true_peak_dbtp: Option<Dbtp>,
}

/// One ceiling tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attempt {
    /// The ceiling of the pass; `None`: as the session has it.
    pub ceiling_dbtp: Option<Dbtp>,
    /// Whether every song went through every tier; else only those near the target.
    pub whole: bool,
    /// True peak of the delivered files.
    pub original_true_peak_dbtp: Option<Dbtp>,
    /// The worst true peak behind any coder.
    pub worst_dbtp: Option<Dbtp>,
    /// Songs and tiers above the target.
    pub over: usize,
    /// The songs' files, without their extension.
    pub songs: Vec<String>,
    /// Integrated loudness of each song's file.
    pub integrated_lufs: Vec<Option<Lufs>>,
    /// The songs behind the tiers they went through.
    pub points: Vec<Point>,
}

impl Attempt {
    fn is_safe(&self, target: Dbtp) -> bool {
        self.worst_dbtp.is_none_or(|worst| worst <= target)
    }
}

/// The answer of [`Audition::solve`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Solution {
    /// Whether every song stays at or under the target behind every tier.
    pub safe: bool,
    /// The ceiling that does it; `None` where the pass is safe as it stands, or no ceiling down to
    /// [`LOWEST_CEILING`] is.
    pub ceiling_dbtp: Option<Dbtp>,
    /// What was aimed at.
    pub target_dbtp: Dbtp,
    /// The most that any song loses in integrated loudness.
    pub cost_lu: Option<Lu>,
    /// Every song under that ceiling; empty where none is safe.
    pub songs: Vec<SongCost>,
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
}

/// What a safe ceiling means for one song.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SongCost {
    /// The song's file, without its extension.
    pub song: String,
    /// Its worst true peak behind any coder before, and that coder's tier.
    pub before: Option<(Dbtp, &'static str)>,
    /// The same under the ceiling.
    pub after: Option<(Dbtp, &'static str)>,
    /// What it loses in integrated loudness.
    pub cost_lu: Option<Lu>,
}

/// The verdicts of a matrix: every decoded true peak against the profile's `codec_true_peak`. Coders that no verdict
/// may rest on are told and never fail.
pub fn judge_matrix(cells: &[Cell], profile: &Profile) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for cell in cells {
        let song = cell.file.file_stem().unwrap_or_default().to_string_lossy();
        let place = format!("{song}, {}", cell.tier.id);
        let mut verdict = match &cell.trip {
            Ok(trip) if trip.judges => {
                let mut verdict =
                    qc::strictest("codec_true_peak", trip.decoded.true_peak_dbtp.map(|peak| peak.0), profile);
                verdict.remark = remark(trip);
                verdict
            }
            Ok(trip) => {
                let said = format!("{} is not judged by; {}", trip.coder, remark(trip).unwrap_or_default());
                Verdict::stated("codec_true_peak", crate::profile::Outcome::Pass, &profile.id, said)
            }
            Err(error) => {
                let outcome = crate::profile::Outcome::Warn;
                Verdict::stated("codec_true_peak", outcome, &profile.id, error.to_string())
            }
        };
        verdict.r#where = Some(place);
        verdicts.push(verdict);
    }
    verdicts
}

fn remark(trip: &Trip) -> Option<String> {
    let grew = trip.growth_db.map_or_else(|| "silent".into(), |Db(growth)| format!("{growth:+.2} dB"));
    let overs = trip.decoded.overs.len();
    Some(format!("{}: {grew}, {overs} places over 0 dBTP", trip.coder))
}
