//! What is known of a recording once it has been heard from end to end: its portrait, how it rises and falls, and its
//! outline for the eye.

use std::sync::Arc;

use super::place::{Course, Follower};
use super::portrait::{Painter, Portrait};
use crate::analysis::loudness::LoudnessError;
use crate::audio::{Block, Layout};
use crate::render::{DirectFeeds, Library, Plan, Renderer, Start, Word};
use crate::survey::{Listener, SurveyError, Watch};
use crate::unit::{Frames, SampleRate};

/// A recording that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What it is like.
    pub portrait: Portrait,
    /// How it rises and falls.
    pub course: Course,
    /// Its highest sample by equal parts of its length, 0 to 1.
    pub outline: Vec<f32>,
}

/// Parts of an outline: more than a card is wide.
pub const OUTLINE: usize = 480;

/// A recording that is being heard.
pub struct Ear {
    painter: Painter,
    follower: Follower,
    peaks: Vec<f32>,
    held: f32,
    frames: usize,
    step: usize,
}

impl Ear {
    /// Hears a recording.
    ///
    /// # Errors
    /// A rate or layout that loudness is not defined for.
    pub fn new(layout: Layout, rate: SampleRate) -> Result<Ear, LoudnessError> {
        let (painter, follower) = (Painter::new(layout, rate)?, Follower::new(rate));
        // A fiftieth of a second: fine enough to be parted again for every length.
        Ok(Ear { painter, follower, peaks: Vec::new(), held: 0.0, frames: 0, step: (rate.0 as usize / 50).max(1) })
    }

    /// What is known of it.
    pub fn finish(self, name: &str) -> Heard {
        let count = self.peaks.len();
        let part = |index: usize| {
            let (from, to) = (index * count / OUTLINE, ((index + 1) * count / OUTLINE).min(count));
            self.peaks[from.min(count)..to.max((from + 1).min(count))].iter().copied().fold(0.0, f32::max)
        };
        let outline = (0..OUTLINE).map(part).collect();
        Heard { portrait: self.painter.finish(name), course: self.follower.finish(), outline }
    }
}

impl Listener for Ear {
    fn process(&mut self, block: &Block) {
        self.painter.process(block);
        self.follower.process(block);
        for frame in 0..block.frames() {
            let peak = block.iter().map(|channel| channel[frame].abs()).fold(0.0, f64::max);
            self.held = self.held.max(peak as f32);
            self.frames += 1;
            if self.frames == self.step {
                self.peaks.push(self.held);
                (self.held, self.frames) = (0.0, 0);
            }
        }
    }
}

/// Hears one song of a plan as it is delivered, before requantisation.
///
/// # Errors
/// A render that stops, a layout that loudness is not defined for, or a watch that gave up.
pub fn song(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    song: usize,
    listener: &mut dyn Listener,
    watch: &Watch<'_>,
) -> Result<(), SurveyError> {
    let Some(planned) = plan.songs.get(song) else { return Ok(()) };
    let (start, end) = (plan.to_delivered(planned.start), plan.to_delivered(planned.cut).min(plan.delivered_frames()));
    let feeds = DirectFeeds::new(plan.clone(), library.clone());
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full)?;
    renderer.start_at(Frames(start), Start::Exact);
    let mut block = Block::new(plan.layout.channels(), 8192);
    while renderer.position().0 < end {
        block.set_frames((end - renderer.position().0).min(8192) as usize);
        renderer.pull_checked(&mut block)?;
        listener.process(&block);
        (watch.progress)((renderer.position().0 - start) as f64 / (end - start) as f64);
        if watch.cancel.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(SurveyError::Cancelled);
        }
    }
    Ok(())
}
