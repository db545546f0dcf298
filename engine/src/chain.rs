//! The processors, and the chain that holds them.
//!
//! A processor is one file here with its parameter [`Table`] and a [`Stage`], and one line in [`PROCESSORS`].
//! Everything else (settings, knobs, file format, command line, reports, property tests) follows from that row.
//!
//! A [`Chain`] runs stages in order, sums their latency, bypasses each of them or all without a click or a jump in
//! time, and turns a stage that produces a non-finite sample into silence plus a finding (rule 13 of the seams).

pub mod clipper;
pub mod compressor;
pub mod deesser;
mod dynamics;
pub mod eq;
mod gain;
mod glide;
pub mod limiter;
pub mod multiband;
mod rack;
mod ride;
pub mod saturation;
mod slot;
mod stereo;
pub mod transparency;

pub use rack::{Chain, Delta, Ear, Trouble};
pub use slot::{READING_BANDS, Reading};

use crate::audio::{Block, Layout};
use crate::param::{SlotIndex, Table, Values};
use crate::unit::{Hertz, SampleRate};

/// What a stage is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Frames per second.
    pub rate: SampleRate,
    /// Channels.
    pub layout: Layout,
}

/// What is heard of a stage: monitoring only, never part of a session or a plan.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Listen {
    /// Its output.
    #[default]
    Output,
    /// The output through the region that a band (counted from 0) works on.
    Band(usize),
    /// What a band alone changes: its output less its input.
    Change(usize),
    /// The output through a band-pass.
    Region {
        /// Its middle.
        frequency: Hertz,
        /// Its sharpness.
        q: f64,
    },
}

/// A processor at work on one stream of audio.
///
/// Built on a worker, then owned by a renderer. A clone is its exact state: checkpoints are clones.
pub trait Stage: Send + Sync {
    /// Delay from input to output in frames, constant for the life of the stage. Any thread.
    fn latency(&self) -> usize;

    /// Frames of input after which earlier input no longer matters, for warming up where no checkpoint exists. Any thread.
    fn settling(&self) -> usize {
        0
    }

    /// Frames of output still to come after the input has ended, without the latency. Any thread.
    fn tail(&self) -> usize {
        0
    }

    /// Moves a parameter. `glide` asks for a smooth way there (a live edit); without it the value holds at once.
    /// Audio thread: never allocates. A parameter that would change the latency is ignored here (the chain is built
    /// anew on a worker instead); its table row says so by [`Stage::is_structural`].
    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool);

    /// Moves an automated parameter: `value` is reached when the quantum that begins now ends. Called at a quantum's start
    /// only. Without a line of its own a stage follows by its glide. Audio thread.
    fn ride(&mut self, slot: SlotIndex, value: f64) {
        self.set(slot, value, true);
    }

    /// Whether a change of this parameter needs a new stage (it changes latency or memory). Any thread.
    fn is_structural(&self, _slot: SlotIndex) -> bool {
        false
    }

    /// Processes the block in place. Audio thread: never allocates, locks, waits or panics. The bits do not depend on
    /// how the audio is cut into blocks as long as no parameter moves; glides advance once per [`crate::audio::QUANTUM`]
    /// frames counted from the last reset.
    fn process(&mut self, block: &mut Block);

    /// Forgets all audio, as after building. Audio thread.
    fn reset(&mut self);

    /// Takes in a block that passes untouched while [`Stage::is_identity`] holds and the stage is not run, so that a
    /// stage with latency remembers the signal when it comes to work. Audio thread.
    fn listen(&mut self, _block: &Block) {}

    /// What is heard of the stage from now on, with a short fade; stages without bands pay no heed. Audio thread.
    fn monitor(&mut self, _what: Listen) {}

    /// What the stage did to the last block. Audio thread.
    fn reading(&self) -> Reading {
        Reading::default()
    }

    /// Whether the stage, set as it is, passes every sample untouched. Any thread. A stage that says so is not run.
    fn is_identity(&self) -> bool {
        false
    }

    /// An exact copy, state included. Workers only: allocates.
    fn duplicate(&self) -> Box<dyn Stage>;
}

/// A processor as it stands in the list: its declaration and how to build it.
#[derive(Debug, Clone, Copy)]
pub struct Processor {
    /// The declaration.
    pub table: &'static Table,
    /// Builds a stage with these values. Worker threads only: allocates.
    pub build: fn(&Values, Setting) -> Box<dyn Stage>,
}

/// Every processor there is, in the order of the menu.
pub const PROCESSORS: &[Processor] = &[
    gain::PROCESSOR,
    eq::PROCESSOR,
    compressor::PROCESSOR,
    multiband::PROCESSOR,
    deesser::PROCESSOR,
    limiter::PROCESSOR,
    stereo::PROCESSOR,
    saturation::PROCESSOR,
    clipper::PROCESSOR,
];

/// Whether a parameter of this processor needs a new stage to change, so that it cannot be automated. Allocates.
pub fn is_structural(processor: &Processor, slot: SlotIndex) -> bool {
    let setting = Setting { rate: SampleRate(48_000), layout: Layout::Stereo };
    (processor.build)(&Values::defaults(processor.table), setting).is_structural(slot)
}

/// The processor called `id`.
pub fn processor(id: &str) -> Option<&'static Processor> {
    PROCESSORS.iter().find(|processor| processor.table.id == id)
}
