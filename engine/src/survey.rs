//! A renderer pulled through analysis: what the pages, compare, qc and deliver know about a pass without hearing it.
//!
//! The unit is the *run*: a stretch through which the album chain runs without a fresh start. A run whose content has
//! not changed is not rendered again ([`Shelf`]). Each song is measured processed and original, over the same frames.

mod full;
pub mod groove;
mod heard;
mod shelf;
mod song;
mod spectrum;
pub mod tape;

pub use full::{Listener, each_song, full};
pub use heard::loudness_lost;
pub use shelf::Shelf;
pub use song::SongSurvey;
pub use spectrum::{SongSpectrum, spectrum};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::unbounded;

use crate::analysis::loudness::{GatingBlocks, ShortTermBlocks};
use crate::analysis::measure::Measurement;
use crate::analysis::overview::Overview;
use crate::render::{Checkpoint, Library, Plan, RenderError};
use crate::unit::{Lu, Lufs};

/// What is known about a pass.
#[derive(Clone)]
pub struct Survey {
    /// The plan it was made of.
    pub plan: Arc<Plan>,
    /// The songs in order.
    pub songs: Vec<Arc<SongSurvey>>,
    /// Integrated loudness of the programme.
    pub integrated: Option<Lufs>,
    /// Loudness range of the programme.
    pub range: Option<Lu>,
    /// Copies of the renderer's state along the programme, ascending; only where this survey rendered it.
    pub checkpoints: Vec<Arc<Checkpoint>>,
}

/// Why there is no survey.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// The render stopped.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A rate or layout that loudness is not defined for.
    #[error(transparent)]
    Loudness(#[from] crate::analysis::loudness::LoudnessError),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// How a survey is watched and stopped.
pub struct Watch<'a> {
    /// Called with the share that is done, 0 to 1, from any thread.
    pub progress: &'a (dyn Fn(f64) + Sync),
    /// Set from outside to stop.
    pub cancel: &'a AtomicBool,
}

/// Hears of songs while a survey is made.
pub type Told<'a> = &'a (dyn Fn(Now<'_>) + Sync);

/// What is known of a song while a survey is made.
#[derive(Clone, Copy)]
pub enum Now<'a> {
    /// All of it.
    Song(&'a Arc<SongSurvey>),
    /// The beginning of its waveforms: its id, after the chain and before it.
    Part(&'a str, &'a Overview, &'a Overview),
}

struct Done {
    run: usize,
    songs: Vec<Arc<SongSurvey>>,
    checkpoints: Vec<Arc<Checkpoint>>,
}

impl Survey {
    /// Renders what the shelf does not hold, on all cores, and puts it there.
    pub fn make(
        plan: &Arc<Plan>,
        library: &Arc<dyn Library>,
        shelf: &Shelf,
        watch: &Watch<'_>,
    ) -> Result<Survey, SurveyError> {
        Survey::make_telling(plan, library, shelf, watch, &|_| ())
    }

    /// The same; `told` hears of each song as soon as it is known, and of its waveforms ten times on the way, in any order,
    /// from any thread.
    pub fn make_telling(
        plan: &Arc<Plan>,
        library: &Arc<dyn Library>,
        shelf: &Shelf,
        watch: &Watch<'_>,
        told: Told<'_>,
    ) -> Result<Survey, SurveyError> {
        let keys: Vec<String> = (0..plan.runs.len()).map(|run| plan.run_hash(run)).collect();
        let mut runs: Vec<Option<Vec<Arc<SongSurvey>>>> = keys.iter().map(|key| shelf.find(key)).collect();
        runs.iter().flatten().flatten().for_each(|song| told(Now::Song(song)));
        let missing: Vec<usize> = (0..runs.len()).filter(|run| runs[*run].is_none()).collect();
        let mut checkpoints = Vec::new();
        for done in render_runs(plan, library, &missing, watch, told)? {
            shelf.keep(&keys[done.run], &done.songs);
            runs[done.run] = Some(done.songs);
            checkpoints.extend(done.checkpoints);
        }
        checkpoints.sort_by_key(|checkpoint: &Arc<Checkpoint>| checkpoint.position());
        let songs: Vec<Arc<SongSurvey>> = runs.into_iter().flatten().flatten().collect();
        let integrated = GatingBlocks::joined(songs.iter().map(|song| &song.processed.gating_blocks));
        let range = ShortTermBlocks::joined(songs.iter().map(|song| &song.processed.short_term_blocks));
        Ok(Survey { plan: plan.clone(), songs, integrated, range, checkpoints })
    }

    /// The processed measurements by song.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        self.songs.iter().map(|song| &song.processed.measurement)
    }

    /// The level change in dB that makes the original of song `song` as loud as its processed form (rule 9: one
    /// constant from gated energy over the same audio); `None` where either is silent.
    pub fn match_db(&self, song: usize) -> Option<f64> {
        let song = self.songs.get(song)?;
        let processed = song.processed.measurement.integrated_lufs?;
        Some(processed.0 - song.original.measurement.integrated_lufs?.0)
    }
}

fn render_runs(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    missing: &[usize],
    watch: &Watch<'_>,
    told: Told<'_>,
) -> Result<Vec<Done>, SurveyError> {
    let total: u64 = missing.iter().map(|run| song::run_frames(plan, *run)).sum();
    let made = AtomicU64::new(0);
    let advance = |frames: u64| {
        let now = made.fetch_add(frames, Ordering::Relaxed) + frames;
        (watch.progress)(now as f64 / total.max(1) as f64);
        !watch.cancel.load(Ordering::Relaxed)
    };
    let (send_run, waiting) = unbounded();
    for run in missing {
        // The receiver lives to the end of this function.
        let _ = send_run.send(*run);
    }
    drop(send_run);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(missing.len().max(1));
    thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            while let Ok(run) = waiting.recv() {
                let (songs, checkpoints) = song::survey_run(plan, library, run, &advance, told)?;
                done.push(Done { run, songs, checkpoints });
            }
            Ok::<_, SurveyError>(done)
        };
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for handle in handles {
            match handle.join() {
                Ok(done) => all.extend(done?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}
