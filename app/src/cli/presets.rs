//! `lacquer presets`: chains to begin with.

use std::error::Error;

use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Preset, preset, presets, write_chain};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status};
use crate::place;

const EXAMPLES: &str = "\
A preset is a chain file with a name, a category and a sentence. The shipped ones are
level-neutral: programme at -16 LUFS comes out within 0.5 LU of how it went in. A file
ID.toml in the user's folder (lacquer/presets in the configuration folder, as
~/.config/lacquer/presets, and the folders in it) joins them; of two with one id the user's holds.
Examples:
  lacquer presets
  lacquer presets jazz-natural                  its stages, as TOML
  lacquer presets jazz-natural > mine.toml      a chain file to change
  lacquer process mix.wav master.wav --preset jazz-natural
  lacquer edit album.lacquer \"song.2.chain=preset jazz-natural\"";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Id or name of the preset that is printed; without it all are listed
    name: Option<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    if let Some(name) = &options.name {
        let preset = named(name)?;
        match console.json() {
            true => console.document(&json!(preset))?,
            false => console.text(write_chain(&preset.in_words())?.trim_end())?,
        }
        return Ok(Status::Passing);
    }
    let (presets, errors) = presets(place::house_presets().as_deref());
    errors.iter().for_each(|error| console.complain(error));
    if console.json() {
        console.document(&json!({ "presets": presets }))?;
    } else {
        let mut table = Table::new(&["Category", "Id", "Name", "What it does"]);
        for column in 0..4 {
            table = table.aligned(column, Align::Left);
        }
        for preset in &presets {
            table.row([&preset.category, &preset.id, &preset.name, &preset.does]);
        }
        console.text(table)?;
    }
    Ok(if errors.is_empty() { Status::Passing } else { Status::Refused })
}

/// The preset of an id or name.
pub(super) fn named(name: &str) -> Result<Preset, Box<dyn Error>> {
    known(name).ok_or_else(|| format!("there is no preset '{name}'; `lacquer presets` lists what there is").into())
}

/// The same, where there is one.
pub(super) fn known(name: &str) -> Option<Preset> {
    let (presets, _) = presets(place::house_presets().as_deref());
    preset::find(&presets, name).cloned()
}
