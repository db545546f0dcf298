//! `Session + Pass -> Plan -> Renderer`.
//!
//! A [`Plan`] is a pass resolved at one sample rate: immutable. A [`Renderer`] pulls: [`Renderer::pull`] is the only
//! place where programme audio is made, and listening and delivering both call it.
//!
//! Positions are output frames. Every chain runs ahead of the output by its own latency, so a song starts in the output
//! on the frame the plan says. A [`Checkpoint`] is a copy of all state at a frame; resuming from it gives the same bits
//! as having rendered up to it.

mod arrange;
mod entry;
mod feed;
mod image;
mod past;
mod plan;
mod probe;
mod programme;
mod renderer;
mod shelf;
mod transparency;
mod treat;
mod wayout;

pub use arrange::{Curve, Direction, Envelope};
pub use entry::{ConvertedReader, EntryError};
pub use feed::{DirectFeeds, Feeds, Library, Supply};
pub use image::{Image, image};
pub use past::{MOMENTS_PER_SECOND, PAST_BANDS, PAST_SLOTS, Past, SlotPast};
pub use plan::{ClipPlan, Plan, PlanError, Provenance, Run, SongPlan, SourcePlan, StagePlan};
pub use probe::{SlotMeter, probe};
pub use programme::Scope;
pub use renderer::{Checkpoint, Pulled, RenderError, Renderer, Start, Word};
pub use shelf::FileLibrary;
pub use transparency::transparency;
pub use treat::{Hearing, compute_repairs, measured_repairs, repair_gain};
pub use wayout::{GuardAction, WayOutError};
