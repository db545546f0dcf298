//! `lacquer reference`: what a session is held against.

use std::path::PathBuf;

use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Edit, SourceRef};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input};
use crate::intake::in_session;

const EXAMPLES: &str = "\
Examples:
  lacquer reference album.lacquer                             lists them
  lacquer reference album.lacquer --add tides.flac ash.mp3    holds the album against two more
  lacquer reference album.lacquer --remove r2
  lacquer edit album.lacquer reference.r1.position=section reference.r1.weight=0.5
  lacquer edit album.lacquer \"reference.r1.cues=41s, 1:55\" reference.r1.cue=2 \"reference.r1.loop=41s 63s\"

A reference is never altered: the session keeps its path and hash.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// Files to hold it against
    #[arg(long, value_name = "FILE", num_args = 1..)]
    add: Vec<PathBuf>,
    /// References by their id, to take away
    #[arg(long, value_name = "ID", num_args = 1..)]
    remove: Vec<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let document = if options.add.is_empty() && options.remove.is_empty() {
        input::read_session(&options.session, console)?
    } else {
        let files = input::take(&options.add, console)?;
        let mut document = input::edit_session(&options.session)?;
        for id in &options.remove {
            let edit = Edit::remove_reference(&document, id)?;
            document.apply(edit)?;
        }
        for file in files {
            let stem =
                |path: &str| std::path::Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = if file.title.is_empty() { stem(&file.source.path) } else { file.title };
            let path = in_session(std::path::Path::new(&file.source.path), document.folder());
            let (edit, _) = Edit::add_reference(&document, &name, &file.artist, &SourceRef { path, ..file.source })?;
            document.apply(edit)?;
        }
        document.save()?;
        if let Some(trouble) = document.take_journal_trouble() {
            console.complain(&trouble);
        }
        document
    };
    let references = &document.session().references;
    let mut table = Table::new(&["Id", "Name", "Position", "Match", "Trim dB", "Weight", "Length s", "File"]);
    for column in [0, 1, 2, 3, 7] {
        table = table.aligned(column, Align::Left);
    }
    for one in references {
        table.row([
            one.id.clone(),
            one.name.clone(),
            one.position.word().into(),
            one.matching.word().into(),
            format!("{:+.1}", one.trim.0),
            format!("{:.2}", one.weight),
            format!("{:.1}", one.file.frames.seconds(one.file.rate).0),
            one.file.path.clone(),
        ]);
    }
    match references.is_empty() {
        true => console.text("No reference; --add FILE holds the album against one.")?,
        false => console.text(table)?,
    }
    if console.json() {
        console.document(&json!({ "session": options.session.display().to_string(), "references": references }))?;
    }
    Ok(Status::Passing)
}
