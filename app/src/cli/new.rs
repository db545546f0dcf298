//! `lacquer new`: an album session from audio files or a CUE sheet.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::container::{cue, text};
use lacquer_engine::report;
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Document, ImportTrack, Session};
use lacquer_engine::unit::CdFrame;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer new album.lacquer --from 01.wav 02.wav 03.flac
  lacquer new album.lacquer --from rip.cue
  lacquer new album.lacquer --force --from mixes/*.wav
  lacquer new album.lacquer --template jazz --from *.wav

Titles, artists, ISRCs and the UPC are read from tags. Where every file has a track number,
these set the order; else the files stay as given, with two seconds between songs. The files
are referred to and never changed; lossy ones are decoded once into the cache. A new session
has two passes, streaming and CD, or those of the template.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file to make (.lacquer)
    session: PathBuf,
    /// Sound files in the order of the album, or one CUE sheet
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Begin with this template of the house, a session file, or none; without it with the one called house
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Replace a session that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let path = &options.session;
    if !input::is_session(path) {
        return Err(format!("{}: a session's name ends in .lacquer", path.display()).into());
    }
    if path.exists() && !options.force {
        return Err(format!("{}: is there already; --force replaces it", path.display()).into());
    }
    let template = super::template::named(options.template.as_deref())?;
    let session = match options.from.as_slice() {
        [sheet] if is_cue(sheet) => from_cue(sheet, console)?,
        files if files.iter().any(|file| is_cue(file)) => {
            return Err("a CUE sheet stands alone: it names its files".into());
        }
        files => Session::from_files(input::take(files, console)?),
    };
    let session = match &template {
        Some(template) => session.with_template(template),
        None => session,
    };
    let mut document = Document::from_session(&session)?;
    document.save_as(path)?;
    console.text(songs(document.session()))?;
    console.text(format_args!("\nMade {}", path.display()))?;
    if console.json() {
        console.document(&value(path, document.session()))?;
    }
    Ok(Status::Passing)
}

fn is_cue(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("cue"))
}

fn from_cue(path: &Path, console: &Console) -> Result<Session, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    let sheet = cue::parse(&text::decode(&bytes));
    let sheet = sheet.map_err(|error| format!("{}, line {}: {}", path.display(), error.line, error.what))?;
    let mut names: Vec<&str> = Vec::new();
    for track in &sheet.tracks {
        if !names.contains(&track.file.as_str()) {
            names.push(&track.file);
        }
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    // A sheet may have been written where folders are parted by backslashes.
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name.replace('\\', "/"))).collect();
    let files = input::take(&paths, console)?;
    let mut tracks = Vec::new();
    for track in &sheet.tracks {
        let Some(start) = track.start() else {
            return Err(format!("{}: track {} has no INDEX 01", path.display(), track.number).into());
        };
        let pause = track.indices.iter().find(|index| index.number == 0 && index.file.is_none());
        tracks.push(ImportTrack {
            file: names.iter().position(|name| *name == track.file).unwrap_or(0),
            start,
            pause: pause.map(|index| index.at),
            pregap: track.pregap.unwrap_or(CdFrame(0)),
            title: track.text.title.clone().unwrap_or_else(|| format!("Track {}", track.number)),
            artist: track.text.performer.clone().unwrap_or_default(),
            isrc: track.isrc.clone().unwrap_or_default(),
        });
    }
    let mut session = Session::from_cue(files, &tracks);
    let say = |held: &mut String, said: &Option<String>| {
        if let Some(said) = said {
            held.clone_from(said);
        }
    };
    say(&mut session.album.title, &sheet.text.title);
    say(&mut session.album.artist, &sheet.text.performer);
    say(&mut session.album.upc, &sheet.catalog);
    let artist = session.album.artist.clone();
    session.songs.iter_mut().filter(|song| song.artist == artist).for_each(|song| song.artist.clear());
    Ok(session)
}

/// The songs of the main pass.
pub(super) fn songs(session: &Session) -> Table {
    let mut table = Table::new(&["No", "Title", "Artist", "ISRC", "Length", "Rate", "Bits"]);
    for column in [1, 2, 3] {
        table = table.aligned(column, Align::Left);
    }
    let resolved = session.main_pass().and_then(|main| session.resolve(&main.id));
    for (index, song) in resolved.iter().flat_map(|resolved| &resolved.songs).enumerate() {
        let source = song.clips.first().and_then(|clip| session.source(&clip.source));
        let artist = if song.song.artist.is_empty() { &session.album.artist } else { &song.song.artist };
        table.row([
            (index + 1).to_string(),
            song.song.title.clone(),
            artist.clone(),
            if song.song.isrc.is_empty() { "-".into() } else { song.song.isrc.clone() },
            report::clock(length(session, &song.clips)),
            source.map_or("-".into(), |source| source.rate.to_string()),
            source.and_then(|source| source.bits).map_or("-".into(), |bits| bits.to_string()),
        ]);
    }
    table
}

fn length(session: &Session, clips: &[lacquer_engine::session::Clip]) -> f64 {
    let seconds = clips.iter().filter_map(|clip| {
        let source = session.source(&clip.source)?;
        Some(clip.end.0.saturating_sub(clip.start.0) as f64 / source.rate.hz())
    });
    seconds.sum()
}

fn value(path: &Path, session: &Session) -> Value {
    let songs = session.songs.iter().map(|song| {
        json!({
            "id": song.id,
            "title": song.title,
            "artist": if song.artist.is_empty() { &session.album.artist } else { &song.artist },
            "isrc": Some(&song.isrc).filter(|isrc| !isrc.is_empty()),
            "duration_s": length(session, &song.clips),
        })
    });
    let passes: Vec<_> = session.passes.iter().map(|pass| &pass.id).collect();
    json!({ "session": path.display().to_string(), "songs": songs.collect::<Vec<_>>(), "passes": passes })
}
