use std::sync::Arc;

use super::{Now, SurveyError, Told};
use crate::analysis::measure::{Measured, Measurer};
use crate::analysis::overview::Overview;
use crate::audio::Block;
use crate::render::{Checkpoint, DirectFeeds, Library, Plan, RenderError, Renderer, SongPlan, Start, Word};
use crate::unit::{Frames, Seconds};

/// One song of a pass: from its start to where the next one begins.
#[derive(Debug)]
pub struct SongSurvey {
    /// The song's id.
    pub id: String,
    /// As it is delivered, before requantisation.
    pub processed: Measured,
    /// The same frames with every chain bypassed.
    pub original: Measured,
    /// The waveform of the processed song.
    pub after: Overview,
    /// The waveform of the original.
    pub before: Overview,
}

/// Frames rendered at a time.
pub(super) const BLOCK_FRAMES: usize = 8192;
/// How often on the way through a song its waveform so far is told.
const PARTS: u64 = 10;
/// Time between two checkpoints.
const CHECKPOINT_EVERY: Seconds = Seconds(5.0);
/// Checkpoints of a run at most: each holds the memory of all chains.
const MOST_CHECKPOINTS: u64 = 128;

/// The songs whose starts lie in a run, and the delivered frames they cover.
fn span(plan: &Plan, run: usize) -> (std::ops::Range<usize>, u64, u64) {
    let start = plan.runs[run].start;
    let next = plan.runs.get(run + 1).map_or(u64::MAX, |run| run.start);
    let first = plan.songs.partition_point(|song| song.start < start);
    let last = plan.songs.partition_point(|song| song.start < next);
    let end = plan.songs[..last].last().map_or(start, |song| song.cut);
    (first..last, plan.to_delivered(start), plan.to_delivered(end))
}

/// The delivered frames of a song: from its start to where the next one begins.
pub(super) fn song_frames(plan: &Plan, song: &SongPlan) -> (u64, u64) {
    (plan.to_delivered(song.start), plan.to_delivered(song.cut))
}

/// Delivered frames a survey of a run renders.
pub(super) fn run_frames(plan: &Plan, run: usize) -> u64 {
    let (_, start, end) = span(plan, run);
    end - start
}

/// The songs of a run, and copies of the renderer's state along it.
pub(super) type RunSurvey = (Vec<Arc<SongSurvey>>, Vec<Arc<Checkpoint>>);

/// Measures the songs of a run.
pub(super) fn survey_run(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    run: usize,
    advance: &dyn Fn(u64) -> bool,
    told: Told<'_>,
) -> Result<RunSurvey, SurveyError> {
    let (songs, start, end) = span(plan, run);
    let renderer = |chains_on: bool| {
        let mut bare = Plan::clone(plan);
        if !chains_on {
            bare.pass.ceiling = None;
        }
        let plan = if chains_on { plan.clone() } else { Arc::new(bare) };
        let feeds = DirectFeeds::new(plan.clone(), library.clone());
        let mut renderer = Renderer::new(plan, Box::new(feeds), Word::Full)?;
        renderer.set_chains_on_at_once(chains_on, 1.0);
        renderer.start_at(Frames(start), Start::Exact);
        Ok::<_, RenderError>(renderer)
    };
    let (mut processed, mut original) = (renderer(true)?, renderer(false)?);
    let every = CHECKPOINT_EVERY.frames(plan.delivered).0.max((end - start) / MOST_CHECKPOINTS).max(1);
    let mut checkpoints = Vec::new();
    let mut surveys = Vec::new();
    let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
    for index in songs {
        let song = &plan.songs[index];
        let mut meters = Meters::new(plan)?;
        let cut = plan.to_delivered(song.cut);
        let part = (cut.saturating_sub(processed.position().0) / PARTS).max(1);
        let mut next = processed.position().0 + part;
        while processed.position().0 < cut {
            let here = processed.position().0;
            if checkpoints.last().is_none_or(|last: &Arc<Checkpoint>| here >= last.position().0 + every) {
                checkpoints.push(Arc::new(processed.checkpoint()));
            }
            block.set_frames((cut - here).min(BLOCK_FRAMES as u64) as usize);
            processed.pull_checked(&mut block)?;
            meters.processed.process(&block);
            meters.after.process(&block);
            original.pull_checked(&mut block)?;
            meters.original.process(&block);
            meters.before.process(&block);
            if processed.position().0 >= next && next < cut {
                next = processed.position().0 + part;
                told(Now::Part(&song.id, &meters.after, &meters.before));
            }
            if !advance(block.frames() as u64) {
                return Err(SurveyError::Cancelled);
            }
        }
        let survey = Arc::new(SongSurvey {
            id: song.id.clone(),
            processed: meters.processed.finish(),
            original: meters.original.finish(),
            after: meters.after,
            before: meters.before,
        });
        told(Now::Song(&survey));
        surveys.push(survey);
    }
    Ok((surveys, checkpoints))
}

struct Meters {
    processed: Measurer,
    original: Measurer,
    after: Overview,
    before: Overview,
}

impl Meters {
    fn new(plan: &Plan) -> Result<Meters, SurveyError> {
        let measurer = || Measurer::new(plan.layout, plan.delivered, None);
        let overview = || Overview::new(plan.layout.channels());
        Ok(Meters { processed: measurer()?, original: measurer()?, after: overview(), before: overview() })
    }
}
