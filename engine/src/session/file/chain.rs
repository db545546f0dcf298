//! A chain on its own: a preset, or what `lacquer process --chain` reads.

use std::path::Path;

use toml::Table;

use super::{FileError, ReadError, read_small, v1, write};
use crate::session::{ChainSettings, document};

/// Reads a chain from TOML text: `[[stage]]` tables as in a session.
///
/// # Errors
/// Text that is no chain, with line and column.
pub fn read_chain(text: &str) -> Result<ChainSettings, ReadError> {
    let tree: Table = toml::from_str(text).map_err(|error| ReadError::at(text, &error))?;
    v1::check_size(&tree)?;
    toml::from_str(text).map_err(|error| ReadError::at(text, &error))
}

/// The text of a chain file.
///
/// # Errors
/// Values that TOML cannot write.
pub fn write_chain(chain: &ChainSettings) -> Result<String, FileError> {
    let tree = document::tree_of(chain)?;
    toml::to_string(&tree).map_err(|error| FileError::Unrepresentable { reason: error.to_string() })
}

/// Reads a chain file.
///
/// # Errors
/// A file that cannot be read, or is no chain.
pub fn load_chain(path: &Path) -> Result<ChainSettings, FileError> {
    read_chain(&read_small(path)?).map_err(FileError::text(path))
}

/// Writes a chain file, whole or not at all.
///
/// # Errors
/// The folder or disk refuses; what was there before is still there.
pub fn save_chain(path: &Path, chain: &ChainSettings) -> Result<(), FileError> {
    write::replace(path, &write_chain(chain)?)
}
