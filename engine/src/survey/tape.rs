//! A pass as it goes to tape: its sides pulled through the recorder.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Watch;
use super::groove::{GrooveError, side_frames};
use crate::audio::Block;
use crate::medium::cassette::Recorder;
use crate::render::{DirectFeeds, Library, Plan, RenderError, Renderer, Start, Word};
use crate::session::{Resolved, SideName};
use crate::unit::Frames;

/// Frames rendered at a time.
const BLOCK_FRAMES: usize = 8192;

/// One side of a cassette.
pub struct TapeSide {
    /// Its letter.
    pub name: SideName,
    /// Its songs, by their place in the pass.
    pub songs: Range<usize>,
    /// First delivered frame of the pass that lies on it.
    pub start: Frames,
    /// Its length in delivered frames.
    pub frames: Frames,
}

/// Every side of a pass, and one recorder that has heard all of them: both sides go to tape at one level.
///
/// # Errors
/// A pass that is not stereo, a render that stops, or a cancel.
pub fn sides(
    plan: &Arc<Plan>,
    resolved: &Resolved,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<(Vec<TapeSide>, Recorder), GrooveError> {
    let total = plan.delivered_frames().max(1) as f64;
    let mut recorder = Recorder::new(plan.delivered)?;
    let mut found = Vec::new();
    for (name, songs) in resolved.sides() {
        let frames = side_frames(plan, &songs);
        let feeds = DirectFeeds::new(plan.clone(), library.clone());
        let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full)?;
        renderer.start_at(Frames(frames.start), Start::Exact);
        if let Some(error) = renderer.take_error() {
            return Err(RenderError::from(error).into());
        }
        let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
        while renderer.position().0 < frames.end {
            if watch.cancel.load(Ordering::Relaxed) {
                return Err(GrooveError::Cancelled);
            }
            block.set_frames((frames.end - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
            renderer.pull_checked(&mut block)?;
            recorder.push(&block)?;
            (watch.progress)(renderer.position().0 as f64 / total);
        }
        let (start, frames) = (Frames(frames.start), Frames(frames.end - frames.start));
        found.push(TapeSide { name, songs, start, frames });
    }
    Ok((found, recorder))
}
