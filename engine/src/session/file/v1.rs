//! Format 1: the tables of [`Session`] as they stand.

use toml::{Table, Value};

use super::ReadError;
use crate::session::{FORMAT, Session};

/// Most tables in one file. Each becomes some hundred bytes of memory, so this bounds what a hostile text can take.
const MOST_PARTS: usize = 100_000;

/// Reads the text of a session file of any version known here: its tree and the typed view of it.
pub fn read_text(text: &str) -> Result<(Table, Session), ReadError> {
    let tree: Table = toml::from_str(text).map_err(|error| ReadError::at(text, &error))?;
    check_size(&tree)?;
    match tree.get("format").and_then(Value::as_integer) {
        Some(1) => {}
        Some(format) if format > i64::from(FORMAT) => return Err(ReadError::Newer { format, known: FORMAT }),
        _ => return Err(ReadError::NoFormat),
    }
    // The view is read from the text once more, because only the text knows lines and columns.
    let session = toml::from_str(text).map_err(|error| ReadError::at(text, &error))?;
    Ok((tree, session))
}

pub(super) fn check_size(tree: &Table) -> Result<(), ReadError> {
    let parts: usize = tree.values().map(parts).sum();
    if parts > MOST_PARTS { Err(ReadError::TooManyParts { most: MOST_PARTS }) } else { Ok(()) }
}

/// Tables in a value. The parser bounds how deep values nest.
fn parts(value: &Value) -> usize {
    match value {
        Value::Table(table) => 1 + table.values().map(parts).sum::<usize>(),
        Value::Array(list) => list.iter().map(parts).sum(),
        _ => 0,
    }
}
