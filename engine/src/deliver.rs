//! A deliverable: made from an immutable snapshot, written beside its place, re-read, judged, and only then put there.
//!
//! Every file is written into a hidden folder inside the destination. When all of them have been read back, nulled
//! against the render and measured, the folder takes its name in one rename; what was there before stays until then.
//! A delivery that is cancelled, fails or is killed leaves no half file, and never touches a good one.

mod advice;
pub mod audition;
mod beyond;
mod broadcast;
mod cassette;
mod cd;
mod compare;
mod copies;
mod digital_masters;
mod earlier;
mod error;
mod evidence;
mod extract;
mod fileset;
mod hires;
mod image;
mod job;
mod judge;
mod kept;
mod label;
mod layout;
mod making;
mod manifest;
mod names;
mod normalise;
mod origin;
mod paper;
mod place;
mod preview;
pub mod queue;
mod scribe;
mod sink;
mod streaming;
mod tag;
mod verify;
mod vinyl;
mod waive;
mod words;

pub use advice::{Spot, remedy, spot};
pub use compare::compare;
pub use digital_masters::digital_masters;
pub use error::DeliverError;
pub use evidence::{CodecEntry, CodecResult, OverEntry, PlatformEntry, Playback};
pub use extract::{Extract, extract, extracts};
pub use fileset::verdicts as fileset_verdicts;
pub use job::{Delivery, Job, Step, Wishes, deliver};
pub use layout::{DiscLayout, SongPlace};
pub use manifest::{AudioEntry, CopyEntry, FileEntry, MANIFEST_NAME, Manifest, Role, SideEntry, TextBlock, VinylEntry};
pub use normalise::LevelEntry;
pub use paper::{codec_table, platform_table, track_table};
pub use preview::{DiscPreview, Preview};
pub use verify::{Verified, VerifyError, verify};
pub use waive::{waived_facts, waiver, waiver_id};
