use std::path::PathBuf;

use crate::analysis::loudness::LoudnessError;
use crate::{container, dsp, source};

/// Why a round trip did not come to its end. The file that went in is never touched.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The file to encode, or the decoded one, cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The scratch folder cannot be written.
    #[error("{}: cannot be written: {cause}; free some space, nothing else is affected", .path.display())]
    Scratch {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A coder cannot be started.
    #[error("{program} cannot be started: {cause}; the other coders are not affected")]
    Start {
        /// The program.
        program: String,
        /// Why.
        cause: String,
    },
    /// A coder gave up.
    #[error("{program} failed ({status}): {said}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// The last it said.
        said: String,
    },
    /// The rate cannot be converted to the coder's.
    #[error("the file cannot be converted to the coder's rate: {0}")]
    Rate(#[from] dsp::resample::ResampleError),
    /// It cannot be measured.
    #[error(transparent)]
    Measure(#[from] LoudnessError),
    /// A layout that lossy shops do not take.
    #[error("{channels} channels: the lossy tiers of the shops are mono or stereo")]
    Channels {
        /// How many.
        channels: usize,
    },
    /// It was stopped.
    #[error("stopped; nothing is left behind")]
    Cancelled,
}

impl CodecError {
    pub(super) fn scratch(path: &std::path::Path) -> impl FnOnce(container::riff::Error) -> CodecError {
        let path = path.to_path_buf();
        move |cause| CodecError::Scratch { path, cause: cause.to_string() }
    }

    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> CodecError {
        let path = path.to_path_buf();
        move |cause| CodecError::Scratch { path, cause: cause.to_string() }
    }
}
