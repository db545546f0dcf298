//! Why nothing was delivered.

use std::path::{Path, PathBuf};

use crate::medium::MediumError;
use crate::render::{PlanError, RenderError};
use crate::session::SettingsError;
use crate::{analysis, source};

/// Why nothing was delivered. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// No plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Settings that this version cannot turn into sound.
    #[error("the pass '{pass}' cannot be delivered as it stands: {first}{}", more(.others))]
    Settings {
        /// The pass.
        pass: String,
        /// The first problem.
        first: SettingsError,
        /// How many more there are.
        others: usize,
    },
    /// The render stopped.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A written file could not be read back.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A file could not be measured.
    #[error(transparent)]
    Measure(#[from] analysis::loudness::LoudnessError),
    /// A file could not be written.
    #[error("{}: cannot be written: {cause}; nothing was delivered, what was there before is untouched", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A written file could not be read.
    #[error("{}: cannot be read back: {cause}; nothing was delivered", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A folder could not be made or moved.
    #[error("{}: {cause}; nothing was delivered, choose another folder or make it writable", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// What was read back is not what was rendered.
    #[error("{}: what was read back is not what was rendered; the disk or the memory is at fault, nothing was delivered", .path.display())]
    NotTheSame {
        /// The file.
        path: PathBuf,
    },
    /// The programme does not fit the word.
    #[error("{}: {samples} samples exceed full scale; lower the level or set a ceiling for this pass, nothing was delivered", .path.display())]
    Clipped {
        /// The file.
        path: PathBuf,
        /// How many samples.
        samples: u64,
    },
    /// A programme that no groove takes, or a profile that lacks what the lathe needs.
    #[error("{0}; nothing was delivered")]
    Medium(#[from] MediumError),
    /// A sheet for people could not be made.
    #[error("{0}; nothing was delivered, what was there before is untouched")]
    Sheet(String),
    /// The songs could not be brought to the loudness of the pass.
    #[error("the songs cannot be brought to the loudness of this pass: {0}; nothing was delivered")]
    Level(String),
    /// A coder failed.
    #[error("{0}; nothing was delivered, what was there before is untouched")]
    Codec(crate::codec::CodecError),
    /// A copy could not be tagged.
    #[error("{0}; nothing was delivered, what was there before is untouched")]
    Tag(#[from] crate::container::tag::TagError),
    /// It was stopped.
    #[error("cancelled; nothing was delivered, what was there before is untouched")]
    Cancelled,
}

fn more(others: &usize) -> String {
    if *others == 0 { String::new() } else { format!(" (and {others} more)") }
}

impl DeliverError {
    pub(super) fn write<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> DeliverError {
        let path = path.to_path_buf();
        move |cause| DeliverError::Write { path, cause: cause.to_string() }
    }

    pub(super) fn folder(path: &Path) -> impl FnOnce(std::io::Error) -> DeliverError {
        let path = path.to_path_buf();
        move |cause| DeliverError::Folder { path, cause: cause.to_string() }
    }
}
