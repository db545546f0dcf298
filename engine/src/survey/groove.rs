//! A pass cut on paper: its sides pulled through the lathe.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::Watch;
use crate::audio::Block;
use crate::medium::MediumError;
use crate::medium::vinyl::{Cutter, Disc, Lathe, Sector, Side, SongSpan, Speed};
use crate::render::{DirectFeeds, Library, Plan, RenderError, Renderer, Start, Word};
use crate::session::{Resolved, SideName};
use crate::unit::Frames;

/// Frames rendered at a time.
const BLOCK_FRAMES: usize = 8192;
/// Blocks that wait for the lathe: as many as its workers take at a time.
const QUEUE: usize = 128;

/// One side of a pass as it would be cut.
#[derive(Debug, Clone)]
pub struct SideSurvey {
    /// Its letter.
    pub name: SideName,
    /// Its songs, by their place in the pass.
    pub songs: Range<usize>,
    /// First delivered frame of the pass that lies on it.
    pub start: Frames,
    /// Its length in delivered frames.
    pub frames: Frames,
    /// The groove.
    pub side: Side,
}

/// Why a pass cannot be cut on paper.
#[derive(Debug, thiserror::Error)]
pub enum GrooveError {
    /// The render stopped.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Not for a groove.
    #[error(transparent)]
    Medium(#[from] MediumError),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Delivered frames of a side: from its first song's start to the end of its last one, with the tail of its chain but
/// without the pause before the next side.
pub fn side_frames(plan: &Plan, songs: &Range<usize>) -> Range<u64> {
    let start = plan.songs.get(songs.start).map_or(0, |song| plan.to_delivered(song.start));
    let Some(last) = songs.end.checked_sub(1).filter(|last| *last < plan.songs.len()) else { return start..start };
    let song = &plan.songs[last];
    let tails = plan.clips.iter().filter(|clip| clip.song == last).map(|clip| clip.tail);
    let end = match last + 1 == plan.songs.len() {
        true => song.cut,
        false => (song.end + tails.max().unwrap_or(0)).min(song.cut),
    };
    start..plan.to_delivered(end).max(start)
}

/// Where the songs of a side lie on it, in sectors.
pub fn spans(plan: &Plan, songs: &Range<usize>, speed: Speed) -> Vec<SongSpan> {
    let side = side_frames(plan, songs);
    let sector = |frame: u64| {
        Sector::at(Frames(plan.to_delivered(frame).saturating_sub(side.start)).seconds(plan.delivered), speed.turn())
    };
    let songs = plan.songs.iter().take(songs.end).skip(songs.start);
    songs.map(|song| SongSpan { title: song.title.clone(), start: sector(song.start), end: sector(song.end) }).collect()
}

/// Every side of a pass, rendered at full precision and cut. The sides come from `resolved`, the pass of the plan.
///
/// # Errors
/// A pass that is not stereo, a render that stops, or a cancel.
pub fn sides(
    plan: &Arc<Plan>,
    resolved: &Resolved,
    disc: Disc,
    lathe: Lathe,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<Vec<SideSurvey>, GrooveError> {
    let mut found = Vec::new();
    for (name, songs) in resolved.sides() {
        let frames = side_frames(plan, &songs);
        let sectors = cut(plan, frames.clone(), (disc, lathe), library, watch)?;
        let side = Side::new(sectors, spans(plan, &songs, disc.speed), disc, lathe);
        let (start, frames) = (Frames(frames.start), Frames(frames.end - frames.start));
        found.push(SideSurvey { name, songs, start, frames, side });
    }
    Ok(found)
}

/// The sectors of a stretch of delivered frames. The programme is rendered beside the lathe, not before it.
fn cut(
    plan: &Arc<Plan>,
    frames: Range<u64>,
    (disc, lathe): (Disc, Lathe),
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<Vec<Sector>, GrooveError> {
    let feeds = DirectFeeds::new(plan.clone(), library.clone());
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full)?;
    renderer.start_at(Frames(frames.start), Start::Exact);
    if let Some(error) = renderer.take_error() {
        return Err(RenderError::from(error).into());
    }
    let mut cutter = Cutter::new(plan.delivered, disc.speed, &lathe)?;
    let total = plan.delivered_frames().max(1) as f64;
    let (send, receive) = sync_channel::<Block>(QUEUE);
    thread::scope(|scope| {
        let lathe = scope.spawn(move || {
            while let Ok(block) = receive.recv() {
                cutter.push(&block)?;
            }
            Ok(cutter)
        });
        let rendered = (|| {
            while renderer.position().0 < frames.end {
                if watch.cancel.load(Ordering::Relaxed) {
                    return Err(GrooveError::Cancelled);
                }
                let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
                block.set_frames((frames.end - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
                renderer.pull_checked(&mut block)?;
                // The lathe is gone only when it has refused a block: it says why below.
                if send.send(block).is_err() {
                    break;
                }
                (watch.progress)(renderer.position().0 as f64 / total);
            }
            Ok(())
        })();
        drop(send);
        let cutter: Result<Cutter, MediumError> = match lathe.join() {
            Ok(cutter) => cutter,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        rendered?;
        Ok(cutter?.finish())
    })
}
