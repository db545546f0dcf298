//! How loud a stretch of a pass is heard through something: what brings it back to the loudness of the programme.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{SurveyError, Watch};
use crate::analysis::measure::Measurer;
use crate::audio::{Block, Through};
use crate::render::{DirectFeeds, Library, Plan, RenderError, Renderer, Start, Word};
use crate::unit::{Db, Frames};

/// Frames rendered at a time.
const BLOCK_FRAMES: usize = 4096;

/// By how much what is heard through `through` has to be louder to be as loud as the programme, over the delivered frames
/// `from` to `to`; `None` where either is silent. `through` is made for the delivered rate.
///
/// # Errors
/// A render that stops, a rate without a loudness, or a cancel.
pub fn loudness_lost(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    (from, to): (Frames, Frames),
    through: &mut dyn Through,
    watch: &Watch<'_>,
) -> Result<Option<Db>, SurveyError> {
    let feeds = DirectFeeds::new(Arc::clone(plan), Arc::clone(library));
    let mut renderer = Renderer::new(Arc::clone(plan), Box::new(feeds), Word::Full)?;
    renderer.start_at(from, Start::Exact);
    if let Some(error) = renderer.take_error() {
        return Err(RenderError::from(error).into());
    }
    let mut programme = Measurer::new(plan.layout, plan.delivered, None)?.alone();
    let mut heard = Measurer::new(plan.layout, plan.delivered, None)?.alone();
    let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
    while renderer.position() < to {
        if watch.cancel.load(Ordering::Relaxed) {
            return Err(SurveyError::Cancelled);
        }
        let at = renderer.position();
        block.set_frames((to.0 - at.0).min(BLOCK_FRAMES as u64) as usize);
        renderer.pull_checked(&mut block)?;
        programme.process(&block);
        through.process(&mut block, at.seconds(plan.delivered));
        heard.process(&block);
    }
    let loudness = |measurer: Measurer| measurer.finish().measurement.integrated_lufs;
    Ok(loudness(programme).zip(loudness(heard)).map(|(programme, heard)| Db(programme.0 - heard.0)))
}
