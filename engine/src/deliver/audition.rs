//! What the shops' coders make of a delivery: the matrix of songs and tiers, and the loudest ceiling that stays safe
//! behind all of them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use super::{DeliverError, Job, Role, deliver};
use crate::analysis::verdict::Verdict;
use crate::codec::{CodecError, Coder, Tier, Trip, TripOptions, trip};
use crate::profile::Profile;
use crate::qc;
use crate::unit::{Db, Dbtp, Lu, Lufs};

/// How far under its aim a proposed ceiling starts: a coder's growth changes a little with the level.
const MARGIN_DB: f64 = 0.05;
/// Ceilings are set to this step, as an engineer would.
const STEP_DB: f64 = 0.1;
/// A ceiling lower than this would be an effect, not a safety: then the honest answer is that the coder is at fault.
pub const LOWEST_CEILING: Dbtp = Dbtp(-6.0);
/// More attempts than this do not find what the first ones missed.
const MOST_ATTEMPTS: usize = 8;

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
        let jobs: Vec<(&PathBuf, Tier, &Coder)> = files
            .iter()
            .flat_map(|file| self.tiers.iter().map(move |tier| (file, *tier)))
            .filter_map(|(file, tier)| Some((file, tier, self.coder(tier)?)))
            .collect();
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
        let mut attempts = vec![self.attempt(job, None, target)?];
        let before = attempts[0].loudness();
        let mut fails = attempts[0].worst_dbtp.is_some_and(|worst| worst > target).then(|| attempts[0].top());
        let mut passes: Option<Dbtp> = fails.is_none().then_some(Dbtp(f64::INFINITY));
        while let Some(failing) = fails.filter(|_| attempts.len() < MOST_ATTEMPTS) {
            let Some(next) = next_ceiling(failing, passes, attempts.last(), target) else { break };
            if next < LOWEST_CEILING {
                break;
            }
            let attempt = self.attempt(job, Some(next), target)?;
            match attempt.worst_dbtp.is_some_and(|worst| worst > target) {
                true => fails = Some(next),
                false => passes = Some(next),
            }
            attempts.push(attempt);
        }
        let ceiling = passes.filter(|ceiling| ceiling.0.is_finite());
        let chosen = attempts.iter().rev().find(|attempt| attempt.ceiling_dbtp == ceiling);
        let after = chosen.map(Attempt::loudness);
        Ok(Solution {
            safe: passes.is_some(),
            ceiling_dbtp: ceiling,
            target_dbtp: target,
            cost_lu: after.map(|after| cost(&before, &after)),
            attempts,
        })
    }

    fn attempt(&self, job: &Job<'_>, ceiling: Option<Dbtp>, target: Dbtp) -> Result<Attempt, AuditionError> {
        let scratch = tempfile::tempdir().map_err(AuditionError::Scratch)?;
        let mut session = job.session.clone();
        if let (Some(ceiling), Some(pass)) = (ceiling, session.passes.iter_mut().find(|pass| pass.id == job.pass)) {
            pass.ceiling = Some(ceiling);
        }
        let delivery =
            deliver(&Job { session: &session, folder: scratch.path(), library: job.library.clone(), ..*job })?;
        let songs: Vec<_> = delivery.manifest.files.iter().filter(|file| file.role == Role::Song).collect();
        let files: Vec<PathBuf> = songs.iter().map(|file| delivery.folder.join(&file.name)).collect();
        let mut points = Vec::new();
        for cell in self.matrix(&files)? {
            let trip = cell.trip?;
            let song = cell.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            points.push(Point { song, tier: trip.tier, true_peak_dbtp: trip.decoded.true_peak_dbtp });
        }
        let worst = points.iter().filter_map(|point| point.true_peak_dbtp).max_by(|a, b| a.0.total_cmp(&b.0));
        let figure = |song: &super::FileEntry, key: &str| {
            song.audio.as_ref().and_then(|audio| audio.measured.get(key)?.as_f64())
        };
        let own = songs.iter().filter_map(|song| figure(song, "true_peak_dbtp")).reduce(f64::max);
        Ok(Attempt {
            ceiling_dbtp: ceiling,
            original_true_peak_dbtp: own.map(Dbtp),
            worst_dbtp: worst,
            over: points.iter().filter(|point| point.true_peak_dbtp.is_some_and(|peak| peak > target)).count(),
            integrated_lufs: songs.iter().map(|song| figure(song, "integrated_lufs").map(Lufs)).collect(),
            points,
        })
    }
}

/// The next ceiling to try: lower by what the worst song is over, or between the last that failed and the last that
/// passed; none when the two are a step apart.
fn next_ceiling(failing: Dbtp, passing: Option<Dbtp>, last: Option<&Attempt>, target: Dbtp) -> Option<Dbtp> {
    let grid = |level: f64| Dbtp((level / STEP_DB + 1e-9).floor() * STEP_DB);
    match passing {
        Some(passing) if failing.0 - passing.0 <= 1.5 * STEP_DB => None,
        Some(passing) => Some(grid(0.5 * (failing.0 + passing.0))),
        None => {
            let over = last.and_then(|last| last.worst_dbtp).map_or(STEP_DB, |worst| worst.0 - target.0);
            Some(grid((failing.0 - over - MARGIN_DB).min(failing.0 - STEP_DB)))
        }
    }
}

fn cost(before: &[Option<Lufs>], after: &[Option<Lufs>]) -> Lu {
    let lost = before.iter().zip(after).filter_map(|(before, after)| Some(before.as_ref()?.0 - after.as_ref()?.0));
    Lu(lost.fold(0.0, f64::max))
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
    /// True peak of the delivered files.
    pub original_true_peak_dbtp: Option<Dbtp>,
    /// The worst true peak behind any coder.
    pub worst_dbtp: Option<Dbtp>,
    /// Songs and tiers above the target.
    pub over: usize,
    /// Integrated loudness of each song's file.
    pub integrated_lufs: Vec<Option<Lufs>>,
    /// Every song behind every tier.
    pub points: Vec<Point>,
}

impl Attempt {
    fn loudness(&self) -> Vec<Option<Lufs>> {
        self.integrated_lufs.clone()
    }

    /// The ceiling it came to: the one asked for, or where its files really end.
    fn top(&self) -> Dbtp {
        self.ceiling_dbtp.or(self.original_true_peak_dbtp).unwrap_or(Dbtp(0.0))
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
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(ceiling: f64, worst: f64) -> Attempt {
        Attempt {
            ceiling_dbtp: Some(Dbtp(ceiling)),
            original_true_peak_dbtp: Some(Dbtp(ceiling)),
            worst_dbtp: Some(Dbtp(worst)),
            over: 1,
            integrated_lufs: vec![Some(Lufs(-10.0))],
            points: Vec::new(),
        }
    }

    #[test]
    fn the_search_goes_down_by_what_is_over_and_then_halves() {
        let first = attempt(-0.1, 0.8);
        let next = next_ceiling(Dbtp(-0.1), None, Some(&first), Dbtp(0.0)).unwrap();
        assert!((next.0 + 1.0).abs() < 1e-9, "{next:?}");
        let between = next_ceiling(Dbtp(-0.1), Some(Dbtp(-1.0)), Some(&first), Dbtp(0.0)).unwrap();
        assert!((between.0 + 0.6).abs() < 1e-9, "{between:?}");
        assert_eq!(next_ceiling(Dbtp(-0.5), Some(Dbtp(-0.6)), Some(&first), Dbtp(0.0)), None);
        // Even a coder that grows less than a step moves the search on.
        let small = attempt(-1.0, 0.001);
        assert!(next_ceiling(Dbtp(-1.0), None, Some(&small), Dbtp(0.0)).unwrap() <= Dbtp(-1.1 + 1e-9));
    }

    #[test]
    fn the_cost_is_the_most_that_one_song_loses() {
        let lufs = |levels: &[f64]| levels.iter().map(|level| Some(Lufs(*level))).collect::<Vec<_>>();
        let lost = cost(&lufs(&[-10.0, -12.0]), &lufs(&[-10.1, -12.4]));
        assert!((lost.0 - 0.4).abs() < 1e-9);
        assert_eq!(cost(&[None], &lufs(&[-3.0])), Lu(0.0));
    }
}
