//! What each stage of a chain does to a stretch of the programme: levels and loudness before and after it, its latency,
//! and what it costs.
//!
//! Measured aside, by a renderer of its own on a worker: the audio thread reads no clock and carries no meters for it. The
//! cost is the time the stage took here over the time the audio lasts, on one core.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::feed::{DirectFeeds, Library};
use super::plan::Plan;
use super::programme::Scope;
use super::renderer::{RenderError, Renderer, Start, Word};
use crate::analysis::loudness::Loudness;
use crate::audio::Block;
use crate::chain::Ear;
use crate::unit::{Db, Frames, Lu, Lufs, SampleRate, Seconds};

/// What one stage did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlotMeter {
    /// Highest sample before the stage; minus infinity in silence.
    pub input_peak: Db,
    /// Highest sample after it.
    pub output_peak: Db,
    /// Gated loudness before it; none in silence or below 0.4 s.
    pub input: Option<Lufs>,
    /// Gated loudness after it.
    pub output: Option<Lufs>,
    /// How much louder it makes the stretch.
    pub change: Option<Lu>,
    /// Its latency.
    pub latency: Frames,
    /// Share of one core it needs in real time: 0.01 is a hundredth.
    pub load: f64,
}

impl SlotMeter {
    /// The linear factor that makes the bypassed stage as loud as the heard one (rule 9 of the seams): one constant from
    /// gated loudness over the same audio.
    pub fn match_gain(&self) -> f64 {
        self.change.map_or(1.0, |change| Db(change.0).amplitude())
    }
}

/// Measures every stage of a chain over `length` of the programme from delivered frame `from`; stages that are bypassed
/// are measured as they would be heard. Workers only; at least 3 s are needed for a match.
///
/// # Errors
/// A source that cannot be read, or a pass that cannot be rendered.
pub fn probe(
    plan: &Arc<Plan>,
    library: Arc<dyn Library>,
    scope: Scope,
    from: Frames,
    length: Seconds,
) -> Result<Vec<SlotMeter>, RenderError> {
    let stages = match scope {
        Scope::Album => &plan.album,
        Scope::Song(song) => plan.songs.get(song).map_or(&plan.album, |song| &song.chain),
    };
    let feeds = DirectFeeds::new(plan.clone(), library);
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full)?;
    (0..stages.len()).for_each(|slot| renderer.set_slot_on_at_once(scope, slot, true, 1.0));
    renderer.start_at(from, Start::Settled);
    renderer.set_probe(Some(Box::new(Probe::new(plan, scope, stages.len()))));
    let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
    let end = (from.0 + length.frames(plan.delivered).0).min(plan.delivered_frames());
    while renderer.position().0 < end {
        block.set_frames((end - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
        renderer.pull_checked(&mut block)?;
    }
    let heard = renderer.set_probe(None);
    let latencies = stages.iter().map(|stage| (stage.processor.build)(&stage.values, plan.setting()).latency() as u64);
    let slots = heard.map(|probe| probe.slots).unwrap_or_default();
    Ok(slots.into_iter().zip(latencies).map(|(slot, latency)| slot.meter(Frames(latency), plan.rate)).collect())
}

/// Frames rendered at a time.
const BLOCK_FRAMES: usize = 4096;

/// Listens to every stage of one chain.
pub(super) struct Probe {
    scope: Scope,
    slots: Vec<Slot>,
    entered: Instant,
}

struct Slot {
    input: Side,
    output: Side,
    busy: Duration,
    frames: u64,
}

/// One side of a stage.
struct Side {
    loudness: Option<Loudness>,
    peak: f64,
}

impl Probe {
    fn new(plan: &Plan, scope: Scope, slots: usize) -> Probe {
        let side = || Side { loudness: Loudness::new(plan.layout, plan.rate).ok(), peak: 0.0 };
        let slot = || Slot { input: side(), output: side(), busy: Duration::ZERO, frames: 0 };
        Probe { scope, slots: (0..slots).map(|_| slot()).collect(), entered: Instant::now() }
    }

    pub(super) fn scope(&self) -> Scope {
        self.scope
    }
}

impl Ear for Probe {
    fn input(&mut self, slot: usize, block: &Block) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.input.hear(block);
        }
        self.entered = Instant::now();
    }

    fn output(&mut self, slot: usize, block: &Block) {
        let busy = self.entered.elapsed();
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.busy += busy;
            slot.frames += block.frames() as u64;
            slot.output.hear(block);
        }
    }
}

impl Side {
    fn hear(&mut self, block: &Block) {
        if let Some(loudness) = &mut self.loudness {
            loudness.process(block);
        }
        self.peak = block.iter().flatten().fold(self.peak, |peak, sample| peak.max(sample.abs()));
    }

    fn integrated(&self) -> Option<Lufs> {
        self.loudness.as_ref()?.integrated()
    }
}

impl Slot {
    fn meter(&self, latency: Frames, rate: SampleRate) -> SlotMeter {
        let (input, output) = (self.input.integrated(), self.output.integrated());
        let lasts = Frames(self.frames).seconds(rate).0;
        SlotMeter {
            input_peak: Db(20.0 * libm::log10(self.input.peak)),
            output_peak: Db(20.0 * libm::log10(self.output.peak)),
            input,
            output,
            change: input.zip(output).map(|(input, output)| Lu(output.0 - input.0)),
            latency,
            load: if lasts > 0.0 { self.busy.as_secs_f64() / lasts } else { 0.0 },
        }
    }
}
