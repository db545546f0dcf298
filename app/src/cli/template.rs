//! `lacquer template`: what every album of a house begins with.

use std::path::PathBuf;

use lacquer_engine::session::{self, HOUSE_TEMPLATE, Session, read_template, save_template, templates};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input};
use crate::place;

const EXAMPLES: &str = "\
Examples:
  lacquer template                                   lists the templates of the house
  lacquer template album.lacquer --name jazz         keeps passes, chains, profiles and names of an album
  lacquer template album.lacquer --name house        every new album begins with it
  lacquer template album.lacquer --name jazz --song 2    the chain of song 2 in every song
  lacquer new next.lacquer --template jazz --from *.wav

A template has no music and no titles; label, copyright, language, genre and note stay. It is an
ordinary session file in the settings' folder `templates`.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session that is the example; without it the templates are listed
    session: Option<PathBuf>,
    /// What the template is called
    #[arg(long, value_name = "NAME", requires = "session")]
    name: Option<String>,
    /// The song whose chain and fades every song begins with, by number or id
    #[arg(long, value_name = "SONG", requires = "session")]
    song: Option<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let folder = place::house_templates().ok_or("the system names no folder for settings")?;
    let Some(path) = &options.session else {
        let found = templates(&folder);
        for (name, path) in &found {
            console.text(format_args!("{name}    {}", path.display()))?;
        }
        if found.is_empty() {
            console.text(format_args!("No templates in {}", folder.display()))?;
        }
        if console.json() {
            let list: Vec<_> =
                found.iter().map(|(name, path)| json!({ "name": name, "file": path.display().to_string() })).collect();
            console.document(&json!({ "templates": list }))?;
        }
        return Ok(Status::Passing);
    };
    let document = input::read_session(path, console)?;
    let session = document.session();
    let song = match &options.song {
        Some(name) => Some(song(session, name)?),
        None => None,
    };
    let name = options.name.as_deref().unwrap_or(HOUSE_TEMPLATE);
    let kept = save_template(&folder, name, &session.as_template(song.as_deref()))?;
    console.text(format_args!("Kept as {}", kept.display()))?;
    if console.json() {
        console.document(&json!({ "template": kept.display().to_string() }))?;
    }
    Ok(Status::Passing)
}

fn song(session: &Session, name: &str) -> Result<String, String> {
    let place = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let numbered = || session.main_pass()?.entries.get(place?).map(|entry| entry.song.clone());
    let own = session.song(name).map(|song| song.id.clone());
    own.or_else(numbered).ok_or_else(|| format!("there is no song '{name}'"))
}

/// The template of a name or file; without a name the house's own, where it has one. `none` is none.
pub(super) fn named(name: Option<&str>) -> Result<Option<Session>, Box<dyn std::error::Error>> {
    let known = place::house_templates().map(|folder| templates(&folder)).unwrap_or_default();
    let find = |name: &str| known.iter().find(|(known, _)| known == name).map(|(_, path)| path.clone());
    let path = match name {
        Some("none") => None,
        None => find(HOUSE_TEMPLATE),
        Some(name) if input::is_session(std::path::Path::new(name)) => Some(PathBuf::from(name)),
        Some(name) => {
            let id = session::preset_id(name);
            Some(
                find(&id)
                    .ok_or_else(|| format!("there is no template '{name}'; `lacquer template` lists what there is"))?,
            )
        }
    };
    Ok(path.map(|path| read_template(&path)).transpose()?)
}
