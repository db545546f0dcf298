use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a text is no session or chain of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not TOML, or a value that a field does not take.
    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Written by a later version.
    #[error(
        "it has format {format} and this version reads up to {known}; the file is untouched, open it with a newer Lacquer"
    )]
    Newer {
        /// Format of the file.
        format: i64,
        /// Newest format known here.
        known: u32,
    },
    /// The text does not say its format.
    #[error("it has no 'format' number at its top, so it is no session")]
    NoFormat,
    /// More parts than any album has.
    #[error("it has more than {most} parts; no album has so many")]
    TooManyParts {
        /// Largest number read.
        most: usize,
    },
}

/// Why a session could not be opened or saved. What was on disk is still there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried, as a verb.
        doing: &'static str,
        /// Its answer.
        source: Arc<std::io::Error>,
    },
    /// A folder, pipe or device.
    #[error("{}: is no regular file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// Larger than any session.
    #[error("{}: larger than {most} bytes; it is no session", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest size read.
        most: u64,
    },
    /// Bytes that are no UTF-8.
    #[error("{}: no text at byte {offset}; it is no session, or it is damaged", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// First byte that is no text.
        offset: usize,
    },
    /// The text is refused.
    #[error("{}: {error}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Why.
        error: ReadError,
    },
    /// Another process has it open.
    #[error("{}: is open in another Lacquer{by}; open a copy, or open it read-only", path.display())]
    Locked {
        /// The session.
        path: PathBuf,
        /// Who holds it, as ` (process 4711)`, where that is known.
        by: String,
    },
    /// It was opened for reading only.
    #[error("{}: is open read-only; save it under another name", path.display())]
    ReadOnly {
        /// The session.
        path: PathBuf,
    },
    /// The file was changed by something else since it was read.
    #[error("{}: was changed on disk since it was opened; nothing was written. Save under another name, or save over it", path.display())]
    ChangedOnDisk {
        /// The session.
        path: PathBuf,
    },
    /// It was never saved.
    #[error("the session has no file yet; save it under a name")]
    NoPath,
    /// The format cannot hold it.
    #[error("the file format cannot hold this session: {reason}")]
    Unrepresentable {
        /// Why.
        reason: String,
    },
}

impl FileError {
    pub(super) fn io(path: &Path, doing: &'static str, source: std::io::Error) -> FileError {
        FileError::Io { path: path.into(), doing, source: Arc::new(source) }
    }

    pub(super) fn text(path: &Path) -> impl FnOnce(ReadError) -> FileError {
        let path = path.to_path_buf();
        |error| FileError::Text { path, error }
    }
}

impl ReadError {
    /// The place of a parser's complaint in `text`.
    pub(super) fn at(text: &str, error: &toml::de::Error) -> ReadError {
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..offset).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        ReadError::Syntax { line, column, reason: error.message().trim().to_string() }
    }
}
