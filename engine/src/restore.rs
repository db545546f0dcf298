//! Repairs: what is wrong in a source is put right inside a span, and nothing outside it is touched.
//!
//! A [`Kind`] is a way of repairing with its parameters, declared once. A [`Task`] is one repair of one source: kind,
//! span, channels, values. A source has an ordered list of them; each hears the ones before it.
//! [`Repaired`] reads a source through its list: level changes ([`Level`]) are worked out frame by frame, everything else is
//! computed once into a [`Patch`], which holds the new samples and nothing else. Outside every span the source's own
//! samples are passed on as they are: bit-identity there is a matter of structure.
//!
//! Patches lie in the cache of [`crate::source`], keyed by the source's content, the repair, its version and the repairs before it
//! that reach into what it hears. Deleting the cache loses nothing.

mod band;
mod choose;
mod declick;
mod declip;
mod dehum;
mod delay;
mod denoise;
mod dip;
mod error;
mod event;
mod interpolate;
mod job;
mod level;
mod listen;
mod patch;
mod predict;
mod repaired;
mod row;
mod splice;
mod task;

pub use choose::{Proposal, propose};
pub use delay::{Alignment, measure_delay};
pub use error::Error;
pub use job::Job;
pub use level::{Level, measure_offset};
pub use listen::{Treatment, matching_gain};
pub use patch::{Patch, Piece};
pub use repaired::{Repaired, Shelf, Work};
pub use task::{MOST_FRAMES, Task};

use crate::param::Table;
use crate::unit::{Frames, SampleRate};

/// A way of repairing: its declaration and how it is done.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The declaration: id, name, version, parameters.
    pub table: &'static Table,
    /// Frames on either side of the span that it listens to.
    reach: fn(SampleRate) -> Frames,
    method: Method,
}

/// How a repair is done.
#[derive(Debug, Clone, Copy)]
enum Method {
    /// A factor and an offset for every frame, known without hearing the source.
    Level(fn(&Task, SampleRate, Frames) -> Level),
    /// New samples, computed by a worker.
    Patch(fn(&mut Job<'_>) -> Result<(), Error>),
}

/// Every kind there is, in the order of the menu.
pub const KINDS: &[Kind] = &[
    declick::DECLICK,
    declick::DECRACKLE,
    interpolate::KIND,
    declip::KIND,
    dip::KIND,
    splice::KIND,
    dehum::KIND,
    denoise::KIND,
    level::DC,
    level::GAIN,
    level::FADE,
    level::POLARITY,
    level::BALANCE,
    delay::KIND,
];

/// The kind called `id`.
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.table.id == id)
}

/// The whole source, as a reach: what a kind hears may lie anywhere.
fn everywhere(_: SampleRate) -> Frames {
    Frames(u64::MAX)
}

/// Nothing beside the span.
fn nowhere(_: SampleRate) -> Frames {
    Frames(0)
}

/// A length of 44.1 kHz at another rate: windows and reaches are lengths of time.
fn scaled(frames_at_44100: usize, rate: SampleRate) -> usize {
    ((frames_at_44100 as f64 * rate.hz() / 44_100.0).round() as usize).max(1)
}

#[cfg(test)]
mod tests;
