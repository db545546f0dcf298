//! Bytes both ways: the containers and text formats that Lacquer reads and writes itself.
//!
//! Nothing here knows a song, a session or a decoder. Readers are built for damaged input: no length that a file
//! claims is ever allocated, every error says at which byte it was found, and what can still be used is described
//! by a [`Damage`].

pub mod cue;
mod damage;
pub mod ddp;
pub mod flac;
pub mod id3;
pub mod mp4;
pub mod name;
pub mod pending;
pub mod riff;
pub mod tag;
pub mod text;
pub mod toc;

pub use damage::Damage;
