//! `lacquer metadata`: the texts of an album as a table, in and out.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::container::{cue, text};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Document, Edit, Grid, source_path};

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer metadata album.lacquer                        the texts, and what a disc or shop would not take
  lacquer metadata album.lacquer --csv sheet.csv        writes them for a spreadsheet (- is stdout)
  lacquer metadata album.lacquer --import sheet.csv     reads CSV, tabs, or JSON
  lacquer metadata album.lacquer --import rip.cue       texts of a CUE sheet, in its order
  lacquer metadata album.lacquer --tags                 texts of the files' tags, where there is none yet
  lacquer metadata album.lacquer --isrc GB-XYZ-26-00001 codes that count on from the first song
  lacquer metadata album.lacquer --json

Heads: track (a number, or album), title, artist, isrc, composer, lyricist, arranger, producer,
publisher; of the album upc, label, catalogue, date, genre, copyright, language, note; other
languages as title (ja). Columns may stand in any order and be left out. If one text is
refused, nothing is changed.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// Write the texts as comma-separated values
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Read texts: CSV, tabs, JSON (.json) or a CUE sheet (.cue)
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Read texts from the tags of the files, where the session has none
    #[arg(long)]
    tags: bool,
    /// Number the songs from this ISRC on
    #[arg(long, value_name = "ISRC")]
    isrc: Option<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let changes = options.import.is_some() || options.tags || options.isrc.is_some();
    let mut document = match changes {
        true => input::edit_session(&options.session)?,
        false => input::read_session(&options.session, console)?,
    };
    if let Some(path) = &options.import {
        let grid = sheet(path)?;
        take(&mut document, &grid, &path.display().to_string(), console)?;
    }
    if options.tags {
        let grid = tags(&document, console)?;
        take(&mut document, &grid, "tags", console)?;
    }
    if let Some(code) = &options.isrc {
        let first =
            document.session().main_pass().and_then(|main| main.entries.first()).map(|entry| entry.song.clone());
        let first = first.ok_or("the session has no songs")?;
        let edit = Edit::number_isrcs(&document, &first, code)?;
        document.apply(edit)?;
    }
    if changes {
        document.save()?;
    }
    let grid = Grid::of(&document);
    match &options.csv {
        Some(path) if path == Path::new("-") => console.text(grid.csv().trim_end())?,
        Some(path) => {
            std::fs::write(path, grid.csv()).map_err(|error| format!("{}: {error}", path.display()))?;
            console.say(format_args!("{}: written", path.display()));
        }
        None => console.text(table(&grid))?,
    }
    let warnings = document.session().text_warnings();
    if options.csv.is_none() {
        warnings.iter().try_for_each(|warning| console.text(warning))?;
    }
    if console.json() {
        let mut json = grid.json();
        json["warnings"] = warnings.into();
        console.document(&json)?;
    }
    Ok(Status::Passing)
}

/// Takes texts in, all or none.
fn take(document: &mut Document, grid: &Grid, from: &str, console: &Console) -> Result<(), Box<dyn Error>> {
    let (edit, changed, refused) = Edit::set_texts(document, grid, 0, "title")?;
    if let [first, rest @ ..] = refused.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
        return Err(format!("{from}: {first}{more}; nothing was changed").into());
    }
    if let Some(edit) = edit {
        document.apply(edit)?;
    }
    console.say(format_args!("{from}: {changed} texts changed"));
    Ok(())
}

fn sheet(path: &Path) -> Result<Grid, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    let written = text::decode(&bytes);
    let is = |end: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(end));
    if is("json") {
        return Ok(Grid::from_json(&written).map_err(|reason| format!("{} {reason}", path.display()))?);
    }
    if is("cue") {
        let sheet = cue::parse(&written);
        let sheet = sheet.map_err(|error| format!("{}, line {}: {}", path.display(), error.line, error.what))?;
        return Ok(of_cue(&sheet));
    }
    Ok(Grid::parse(&written))
}

fn of_cue(sheet: &cue::Sheet) -> Grid {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let heads = ["track", "title", "artist", "isrc", "lyricist", "upc"].map(String::from).to_vec();
    let album = vec![
        "album".into(),
        said(&sheet.text.title),
        said(&sheet.text.performer),
        String::new(),
        String::new(),
        said(&sheet.catalog),
    ];
    let songs = sheet.tracks.iter().enumerate().map(|(place, track)| {
        let text = &track.text;
        vec![
            (place + 1).to_string(),
            said(&text.title),
            said(&text.performer),
            said(&track.isrc),
            said(&text.songwriter),
        ]
    });
    Grid { rows: [heads, album].into_iter().chain(songs).collect(), empty_says_nothing: true }
}

/// Tags of the first file of every song; only of texts the session does not have.
fn tags(document: &Document, console: &Console) -> Result<Grid, Box<dyn Error>> {
    let session = document.session();
    let heads = ["track", "title", "artist", "isrc", "composer"].map(String::from).to_vec();
    let mut rows = vec![heads];
    let bar = console.bar("reading tags");
    for (place, entry) in session.main_pass().into_iter().flat_map(|main| &main.entries).enumerate() {
        let Some(song) = session.song(&entry.song) else { continue };
        let source = song.clips.first().and_then(|clip| session.source(&clip.source));
        let Some(source) = source else { continue };
        let tags = input::open(&source_path(Some(&input::folder(document)), source), &bar)?.info.tags;
        let unless = |have: &str, tag: Option<String>| tag.filter(|_| have.is_empty()).unwrap_or_default();
        rows.push(vec![
            (place + 1).to_string(),
            unless(&song.title, tags.title),
            unless(&song.artist, tags.artist.filter(|artist| *artist != session.album.artist)),
            unless(&song.isrc, tags.isrc),
            unless(&song.credits.composer, tags.composer),
        ]);
    }
    Ok(Grid { rows, empty_says_nothing: true })
}

fn table(grid: &Grid) -> Table {
    let said = |place: usize| grid.rows.iter().skip(1).any(|row| row.get(place).is_some_and(|text| !text.is_empty()));
    let heads = grid.rows.first().map_or(&[][..], Vec::as_slice);
    let shown: Vec<usize> = (0..heads.len()).filter(|place| said(*place)).collect();
    let mut table = Table::new(&shown.iter().map(|place| heads[*place].as_str()).collect::<Vec<_>>());
    for column in 0..shown.len() {
        table = table.aligned(column, Align::Left);
    }
    for row in grid.rows.iter().skip(1) {
        table.row(shown.iter().map(|place| row.get(*place).map_or("", String::as_str)));
    }
    table
}
