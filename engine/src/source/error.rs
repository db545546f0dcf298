use std::path::{Path, PathBuf};

use crate::container::riff;
use crate::unit::Frames;

/// Why a sound file cannot be used. Nothing is ever changed in the file itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The system cannot read it.
    #[error("{}: cannot be read{}: {cause}", .path.display(), at(.offset))]
    Io {
        /// Which file.
        path: PathBuf,
        /// At which byte, where that is known.
        offset: Option<u64>,
        /// What the system said.
        cause: String,
    },
    /// It is no sound file that Lacquer knows.
    #[error("{}: not a sound file Lacquer reads (WAV, RF64, BW64, AIFF, FLAC, ALAC, MP3, AAC, Ogg Vorbis): {what}", .path.display())]
    Unknown {
        /// Which file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// It contradicts itself or breaks off before any audio.
    #[error("{}: damaged{}: {what}", .path.display(), at(.offset))]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// At which byte, where that is known.
        offset: Option<u64>,
        /// What is wrong.
        what: String,
    },
    /// Sound, but in a coding Lacquer does not read.
    #[error("{}: {what} is not supported; convert it to WAV or FLAC and import that", .path.display())]
    Unsupported {
        /// Which file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// It could be decoded only up to a frame.
    #[error("{}: cannot be decoded from frame {} on: {what}; the audio before it is sound", .path.display(), .frame.0)]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// The first frame lost.
        frame: Frames,
        /// What the decoder said.
        what: String,
    },
    /// The cache of decoded files cannot be used.
    #[error("the cache at {} cannot be used: {cause}; free some space or choose another folder for it", .path.display())]
    Cache {
        /// Where.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// The user stopped it. Nothing is left half done.
    #[error("{}: stopped", .path.display())]
    Cancelled {
        /// Which file was being read.
        path: PathBuf,
    },
}

fn at(offset: &Option<u64>) -> String {
    offset.map_or_else(String::new, |offset| format!(" at byte {offset}"))
}

impl Error {
    /// The file (or folder) it is about.
    pub fn path(&self) -> &Path {
        match self {
            Error::Io { path, .. }
            | Error::Unknown { path, .. }
            | Error::Damaged { path, .. }
            | Error::Unsupported { path, .. }
            | Error::Corrupt { path, .. }
            | Error::Cache { path, .. }
            | Error::Cancelled { path } => path,
        }
    }

    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_path_buf();
        move |cause| Error::Io { path, offset: None, cause: cause.to_string() }
    }

    pub(super) fn riff(path: &Path) -> impl FnOnce(riff::Error) -> Error {
        let path = path.to_path_buf();
        move |error| match error {
            riff::Error::Io { offset, cause } => Error::Io { path, offset: Some(offset), cause: cause.to_string() },
            riff::Error::Unsupported { what, .. } => Error::Unsupported { path, what },
            riff::Error::NotWave { .. } => Error::Unknown { path, what: error.to_string() },
            other => {
                let offset = other.offset();
                let what = match other {
                    riff::Error::Malformed { what, .. } => what,
                    other => other.to_string(),
                };
                Error::Damaged { path, offset, what }
            }
        }
    }
}
