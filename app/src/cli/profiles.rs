//! `lacquer profiles`: what judges.

use lacquer_engine::profile;
use lacquer_engine::report::table::{Align, Table};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status};
use crate::place;

const EXAMPLES: &str = "\
A profile is a dated list of limits, each with its source. A file ID.toml in the house
folder (lacquer/profiles in the user's configuration folder, as ~/.config/lacquer/profiles)
replaces the shipped profile of that id or joins them.
Examples:
  lacquer profiles
  lacquer qc --profile cd master.wav
  lacquer edit album.lacquer pass.streaming.profile=house";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {}

pub(super) fn run(_: &Options, console: &Console) -> Answer {
    let (profiles, errors) = profile::all(place::house_profiles().as_deref());
    errors.iter().for_each(|error| console.complain(error));
    if console.json() {
        console.document(&json!({ "profiles": profiles }))?;
    } else {
        let mut table = Table::new(&["Id", "Name", "Date", "Limits", "Source"]);
        for column in [0, 1, 2, 4] {
            table = table.aligned(column, Align::Left);
        }
        for profile in &profiles {
            let limits = profile.limits.len().to_string();
            table.row([&profile.id, &profile.name, &profile.date, &limits, &profile.source]);
        }
        console.text(table)?;
    }
    Ok(if errors.is_empty() { Status::Passing } else { Status::Refused })
}
