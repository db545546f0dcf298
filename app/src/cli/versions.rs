//! `lacquer versions`: instrumental, clean, a cappella, TV, radio edit: other mixes that share a song's chain and edits.

use std::path::PathBuf;

use lacquer_engine::compare::version::{Beside, beside};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Document, Edit, Song, Version, source_path};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer versions album.lacquer                                   lists and checks them
  lacquer versions album.lacquer --add 2 instrumental kelp-inst.wav
  lacquer edit album.lacquer pass+=\"streaming name=Instrumentals\" pass.instrumentals.version=instrumental
  lacquer edit album.lacquer song.2.version.instrumental-=         away with it

A version plays through its song's trims, fades, level and chain. It is checked for the same
length and the same start, to the sample. A pass with a version delivers the songs that have it.
Exit status: 0 all fit, 1 one does not lie on its song, 2 an input cannot be used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// Add a version: the song's number or id, what the version is called, its file
    #[arg(long, num_args = 3.., value_names = ["SONG", "VERSION", "FILE"])]
    add: Option<Vec<String>>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut document = match options.add {
        Some(_) => input::edit_session(&options.session)?,
        None => input::read_session(&options.session, console)?,
    };
    if let Some([song, version, files @ ..]) = options.add.as_deref() {
        let song = named(&document, song)?;
        let paths: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let taken = input::take(&paths, console)?;
        let sources: Vec<_> = taken.into_iter().map(|file| file.source).collect();
        let (edit, notes) = Edit::add_version(&document, &song, version, &sources)?;
        document.apply(edit)?;
        document.save()?;
        notes.iter().for_each(|note| console.say(note));
    }
    let mut table = Table::new(&["Song", "Version", "File", "Beside the song"]);
    for column in 0..4 {
        table = table.aligned(column, Align::Left);
    }
    let (mut told, mut fits) = (Vec::new(), true);
    for song in &document.session().songs {
        for version in &song.versions {
            for (path, rate, found) in check(&document, song, version, console)? {
                fits &= found.fits();
                table.row([song.title.clone(), version.id.clone(), path.clone(), found.words(rate)]);
                told.push(json!({ "song": song.id, "version": version.id, "file": path, "fits": found.fits(), "beside": found }));
            }
        }
    }
    match told.is_empty() {
        true => console.text("No song has another version.")?,
        false => console.text(table)?,
    }
    if console.json() {
        console.document(&json!({ "versions": told }))?;
    }
    Ok(if fits { Status::Passing } else { Status::Failing })
}

fn named(document: &Document, name: &str) -> Result<String, String> {
    let session = document.session();
    let place = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let numbered = || session.main_pass()?.entries.get(place?).map(|entry| entry.song.clone());
    let own = session.song(name).map(|song| song.id.clone());
    own.or_else(numbered).ok_or_else(|| format!("there is no song '{name}'"))
}

type Found = (String, lacquer_engine::unit::SampleRate, Beside);

fn check(
    document: &Document,
    song: &Song,
    version: &Version,
    console: &Console,
) -> Result<Vec<Found>, Box<dyn std::error::Error>> {
    let session = document.session();
    let folder = input::folder(document);
    let bar = console.bar(format!("{}, {}", song.title, version.id));
    let mut found = Vec::new();
    for (own, other) in &version.sources {
        let (Some(own), Some(other)) = (session.source(own), session.source(other)) else {
            return Err(
                format!("{}: the files of its version {} are not in the session", song.title, version.id).into()
            );
        };
        let mut one = input::open(&source_path(Some(&folder), own), &bar)?;
        let mut two = input::open(&source_path(Some(&folder), other), &bar)?;
        let beside = beside(&mut *one.reader, &mut *two.reader, &mut |share| bar.set(share))?;
        found.push((other.path.clone(), own.rate, beside));
    }
    Ok(found)
}
