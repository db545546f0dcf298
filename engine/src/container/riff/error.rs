use std::io;

use crate::unit::Frames;

/// Why a WAV file cannot be read or written. Offsets are bytes from the start of the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not RIFF, RF64 or BW64 of form WAVE.
    #[error("not a WAV file: at byte {offset} stands {found} where {wanted} belongs")]
    NotWave {
        /// Where.
        offset: u64,
        /// What is there.
        found: String,
        /// What belongs there.
        wanted: &'static str,
    },
    /// A chunk contradicts itself or is missing.
    #[error("damaged WAV file at byte {offset}: {what}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// Sound, but in a coding Lacquer does not read.
    #[error("WAV coding not supported (byte {offset}): {what}")]
    Unsupported {
        /// Where.
        offset: u64,
        /// What it is.
        what: String,
    },
    /// The system failed to read or write.
    #[error("at byte {offset}: {cause}")]
    Io {
        /// Where.
        offset: u64,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A sample to be written is not a number or infinite. The file was not finished.
    #[error("the signal is not a finite number at frame {} of channel {}; nothing was written", .frame.0, .channel + 1)]
    NotFinite {
        /// The frame in the file.
        frame: Frames,
        /// The channel, from 0.
        channel: usize,
    },
    /// The caller gave the writer something that does not fit the file it opened.
    #[error("cannot write: {what}")]
    Refused {
        /// What does not fit.
        what: String,
    },
}

impl Error {
    /// The byte where reading failed, where there is one.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Error::NotWave { offset, .. }
            | Error::Malformed { offset, .. }
            | Error::Unsupported { offset, .. }
            | Error::Io { offset, .. } => Some(*offset),
            Error::NotFinite { .. } | Error::Refused { .. } => None,
        }
    }

    pub(super) fn malformed(offset: u64, what: impl Into<String>) -> Error {
        Error::Malformed { offset, what: what.into() }
    }

    pub(super) fn io(offset: u64) -> impl FnOnce(io::Error) -> Error {
        move |cause| Error::Io { offset, cause }
    }
}
