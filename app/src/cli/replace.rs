//! `lacquer replace`: a new mix has arrived.

use std::path::PathBuf;

use lacquer_engine::compare::exchange::{Exchange, exchange};
use lacquer_engine::report::table::Table;
use lacquer_engine::session::{Document, Edit, SourceRef, source_path};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer replace album.lacquer a3 mixes/night-v3.wav              what has changed
  lacquer replace album.lacquer a3 mixes/night-v3.wav --apply
  lacquer show album.lacquer source                                the sources and their ids

The new file is laid on the old one to the sample; the difference is told by null. With
--apply it takes the old one's place: trims, fades, repairs, automation and chains stay on the
music. The old file itself is not touched, and the step can be undone in the window.
Exit status: 0 done, 2 it is another song, rate or tempo, or cannot be read.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The source's id, or a song's where it has one source
    source: String,
    /// The new file
    file: PathBuf,
    /// Put it in the old one's place
    #[arg(long)]
    apply: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut document = if options.apply {
        input::edit_session(&options.session)?
    } else {
        input::read_session(&options.session, console)?
    };
    let old = source(&document, &options.source)?;
    let new = input::take(std::slice::from_ref(&options.file), console)?;
    let new = new.into_iter().next().map(|file| file.source).ok_or("the new file could not be taken in")?;
    let bar = console.bar(format!("comparing with {}", old.path));
    let mut before = input::open(&source_path(Some(&input::folder(&document)), &old), &bar)?;
    let mut after = input::open(&options.file, &bar)?;
    let found = exchange(&mut *before.reader, &mut *after.reader, &mut |share| bar.set(share))?;
    drop(bar);
    let (edit, notes) = Edit::replace_source(&document, &old.id, &new, found.offset_frames)?;
    tell(&found, &old, console)?;
    notes.iter().try_for_each(|note| console.text(note))?;
    if options.apply {
        document.apply(edit)?;
        document.save()?;
        if let Some(trouble) = document.take_journal_trouble() {
            console.complain(&trouble);
        }
    } else {
        console.text("Nothing was changed; --apply puts the new file in the old one's place.")?;
    }
    if console.json() {
        let value = json!({ "source": old.id, "old": old.path, "new": options.file.display().to_string(),
            "exchange": found, "notes": notes, "applied": options.apply });
        console.document(&value)?;
    }
    Ok(Status::Passing)
}

/// The source that is meant.
fn source(document: &Document, name: &str) -> Result<SourceRef, String> {
    let session = document.session();
    let id = session.song(name).map(|song| {
        let mut ids: Vec<&str> = song.clips.iter().map(|clip| clip.source.as_str()).collect();
        ids.dedup();
        ids
    });
    let id = match id.as_deref() {
        Some([only]) => only,
        Some(several) => {
            return Err(format!("song {name} has {} sources; name one: {}", several.len(), several.join(", ")));
        }
        None => name,
    };
    let known = || session.sources.iter().map(|source| source.id.as_str()).collect::<Vec<_>>().join(", ");
    let found = session.sources.iter().find(|source| source.id == id).cloned();
    found.ok_or_else(|| format!("there is no source '{name}'; there are: {}", known()))
}

fn tell(found: &Exchange, old: &SourceRef, console: &Console) -> std::io::Result<()> {
    let seconds = found.offset_frames as f64 / old.rate.hz();
    console
        .text(format_args!("The old mix begins at frame {} of the new one ({seconds:+.4} s).", found.offset_frames))?;
    let turned = if found.inverted { ", its polarity turned" } else { "" };
    console.text(format_args!("The new one is {:+.2} dB{turned}.", found.gain_db.0))?;
    match found.null_db {
        Some(left) => console.text(format_args!("Taken from each other {:.1} dB are left.", left.0))?,
        None => console.text("Taken from each other nothing is left.")?,
    }
    if found.changed.is_empty() {
        return console.text("Nothing has changed that could be heard.");
    }
    let mut table = Table::new(&["From s", "To s", "Difference dB"]);
    for changed in &found.changed {
        let cells = [changed.start_s.0, changed.end_s.0, changed.difference_db.0];
        table.row(cells.map(|value| format!("{value:.1}")));
    }
    console.text(table)
}
