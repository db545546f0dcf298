//! The session on disk: one readable text file, its lock, and a journal of what is not saved yet.
//!
//! Writing is atomic (a file beside it, fsync, rename, fsync of the folder), so there is never half a session. Beside
//! `name.lacquer` lie, hidden, its lock (held by the operating system for the life of the process: a killed one blocks
//! nobody) and its journal of edits since the last save.

mod chain;
mod error;
mod home;
mod journal;
mod lock;
mod source;
mod v1;
mod write;

pub use chain::{load_chain, read_chain, save_chain, write_chain};
pub use error::{FileError, ReadError};
pub use home::{Access, Opened, Recovered};
pub use journal::{Recovery, Unsaved, unsaved};
pub use source::source_path;

pub(super) use home::Home;
pub(super) use v1::read_text;

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Largest session or chain file that is read. A hundred songs with long envelopes are below 4 MiB, and the tree of a
/// text takes some ten times its size in memory.
const MOST_BYTES: u64 = 16 << 20;

/// The text of a small file; a folder, pipe or device is refused, so that opening cannot hang.
fn read_small(path: &Path) -> Result<String, FileError> {
    let io = |source| FileError::io(path, "read", source);
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return Err(FileError::NoFile { path: path.into() });
    }
    let file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(FileError::TooLarge { path: path.into(), most: MOST_BYTES });
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        FileError::NotText { path: path.into(), offset }
    })
}

/// SHA-256 of a text, in hexadecimal.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `.name.suffix` beside the file.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{suffix}"))
}
