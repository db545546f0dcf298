use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::song::{BLOCK_FRAMES, song_frames};
use super::{SurveyError, Watch};
use crate::analysis::loudness::Loudness;
use crate::analysis::spectrum::{Point, Spectrum};
use crate::audio::Block;
use crate::render::{DirectFeeds, Library, Plan, Renderer, Start, Word};
use crate::unit::{Frames, Lufs};

/// Points of a transform: those of the running analyser, so that both curves mean the same.
const LENGTH: usize = 8192;

/// The long-term spectrum of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongSpectrum {
    /// The mean power, as levels of tones.
    pub mean: Vec<Point>,
    /// The loudness that goes with it.
    pub integrated: Option<Lufs>,
}

/// Measures one song of a plan from its start to its end: as it is delivered, or without any chain. Workers only.
///
/// # Errors
/// A source that cannot be read, a layout that has no loudness, or that it was given up.
pub fn spectrum(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    song: usize,
    processed: bool,
    watch: &Watch<'_>,
) -> Result<SongSpectrum, SurveyError> {
    let channels = plan.layout.channels();
    let mut loudness = Loudness::new(plan.layout, plan.delivered)?;
    let mut spectrum = Spectrum::of_file(channels, plan.delivered, LENGTH);
    let (start, end) = plan.songs.get(song).map_or((0, 0), |song| song_frames(plan, song));
    let feeds = DirectFeeds::new(plan.clone(), library.clone());
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full)?;
    renderer.set_chains_on_at_once(processed, 1.0);
    renderer.start_at(Frames(start), Start::Settled);
    let mut block = Block::new(channels, BLOCK_FRAMES);
    while renderer.position().0 < end {
        block.set_frames((end - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
        renderer.pull_checked(&mut block)?;
        loudness.process(&block);
        spectrum.process(&block);
        (watch.progress)((renderer.position().0 - start) as f64 / (end - start).max(1) as f64);
        if watch.cancel.load(Ordering::Relaxed) {
            return Err(SurveyError::Cancelled);
        }
    }
    Ok(SongSpectrum { mean: spectrum.long_term(), integrated: loudness.integrated() })
}
