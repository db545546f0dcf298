use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::song::{BLOCK_FRAMES, song_frames};
use super::{SurveyError, Watch};
use crate::analysis::full::{FullMeasured, FullMeasurer};
use crate::analysis::loudness::LoudnessError;
use crate::audio::Block;
use crate::render::{DirectFeeds, Library, Plan, Renderer, Start, Word};
use crate::unit::{Dbtp, Frames};

/// Something that hears a signal from end to end.
pub trait Listener {
    /// Hears the next block.
    fn process(&mut self, block: &Block);
}

impl Listener for FullMeasurer {
    fn process(&mut self, block: &Block) {
        FullMeasurer::process(self, block);
    }
}

/// Everything measured of each song of a pass as it is delivered, before requantisation, in order: for reports. Overs are
/// listed above `ceiling`. One worker renders; the measuring has its own.
pub fn full(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    ceiling: Dbtp,
    watch: &Watch<'_>,
) -> Result<Vec<FullMeasured>, SurveyError> {
    let made = || FullMeasurer::new(plan.layout, plan.delivered, None, ceiling);
    Ok(each_song(plan, library, watch, made)?.into_iter().map(FullMeasurer::finish).collect())
}

/// Each song of a pass as it is delivered, before requantisation, heard by a listener of its own; they come back in the
/// order of the songs.
pub fn each_song<L: Listener>(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
    made: impl Fn() -> Result<L, LoudnessError>,
) -> Result<Vec<L>, SurveyError> {
    let total = plan.delivered_frames().max(1) as f64;
    let feeds = DirectFeeds::new(plan.clone(), library.clone());
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full)?;
    let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
    let mut songs = Vec::with_capacity(plan.songs.len());
    for song in &plan.songs {
        let (start, end) = song_frames(plan, song);
        if renderer.position().0 != start {
            renderer.start_at(Frames(start), Start::Exact);
        }
        let mut listener = made()?;
        while renderer.position().0 < end {
            block.set_frames((end - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
            renderer.pull_checked(&mut block)?;
            listener.process(&block);
            (watch.progress)(renderer.position().0 as f64 / total);
            if watch.cancel.load(Ordering::Relaxed) {
                return Err(SurveyError::Cancelled);
            }
        }
        songs.push(listener);
    }
    Ok(songs)
}
