//! DDP 2.00 filesets of audio discs: the descriptors and the image that a plant cuts a glass master from.
//!
//! The layout is what public readers and writers of the format agree on: a DDPID of 128 bytes, a DDPMS of 128 bytes per
//! stream, a subcode descriptor of 64 bytes per index (PQ), bare CD-Text packs of 18 bytes, and an image of sectors of
//! 2352 bytes, 16-bit little-endian stereo. Times are *A-time*: CD frames from the start of the pause before track 1,
//! which the image holds. Rules of the disc itself are those of IEC 60908 (Red Book).
//!
//! [`Fileset::open`] takes what any program wrote, as long as it can be understood, and remembers what is wrong with
//! it; [`check`] judges the whole and gives each finding a [`Code`].

pub mod cdtext;
mod check;
mod disc;
mod fault;
mod field;
mod id;
mod image;
mod map;
mod open;
mod pq;
mod sheet;
pub mod sum;
mod write;

#[cfg(test)]
mod tests;

pub use check::{check, check_text};
pub use disc::{Disc, Index, Track};
pub use fault::{Code, Fault, Severity};
pub use id::Identity;
pub use image::{Image, ImageReader, ImageWriter, ImageWritten};
pub use map::{Packet, Stream};
pub use open::{Fileset, OpenError};
pub use pq::{Control, Place, Point};
pub use sheet::{cue_sheet, toc_sheet};
pub use write::{Descriptors, Names};

/// Bytes of one sector of audio: 588 stereo frames of 16 bits (IEC 60908).
pub const SECTOR_BYTES: u64 = 2352;
/// Stereo frames in a sector.
pub const SECTOR_FRAMES: u64 = 588;
/// The pause before track 1 in CD frames: two seconds, coded as its index 00 (IEC 60908).
pub const FIRST_PAUSE: i64 = 150;
