//! `lacquer show`: a session, or a part of it.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer show album.lacquer
  lacquer show album.lacquer song.2
  lacquer show album.lacquer pass.main.chain
  lacquer show --json album.lacquer song.2.gain

Prints TOML as it stands in the file, or JSON. Paths are those of `lacquer edit`.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The part, as song.2.gain; without it everything
    path: Option<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let document = input::read_session(&options.session, console)?;
    let text = document.show(options.path.as_deref().unwrap_or_default())?;
    if console.json() {
        console.document(&value(&text)?)?;
    } else {
        console.text(text.trim_end())?;
    }
    Ok(Status::Passing)
}

/// TOML as JSON: a table, or the plain value that stands there alone.
fn value(text: &str) -> Result<Value, Box<dyn std::error::Error>> {
    if let Ok(table) = toml::from_str::<toml::Table>(text) {
        return Ok(serde_json::to_value(table)?);
    }
    let table: toml::Table = toml::from_str(&format!("value = {text}"))?;
    Ok(table.get("value").map_or(Ok(json!(null)), serde_json::to_value)?)
}
