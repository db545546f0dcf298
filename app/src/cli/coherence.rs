//! `lacquer coherence`: the songs of an album beside each other.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::compare::coherence::{LEAST_SONGS, SIGNATURE, Signature, SongBeside, Trait, coherence};
use lacquer_engine::compare::portrait::Portrait;
use lacquer_engine::report::table::{Align, Table};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input, portrait};

const EXAMPLES: &str = "\
Examples:
  lacquer coherence album.lacquer
  lacquer coherence album.lacquer --pass cd --json
  lacquer coherence album.lacquer --freeze night-ferry.json    keeps what the album is like
  lacquer coherence bonus.wav --against night-ferry.json       a later song beside it

Songs of a session are measured as the pass delivers them. A song stands out where it is
further from the median of the others than is noticed between songs, and than 3.5 robust
deviations of the others. With fewer than four songs nothing is usual.
Exit status: 0 nothing stands out, 1 a song does, 2 an input cannot be used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// A session, or sound files that are one album
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The pass of a session; the main one without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// Keep what the album is like in this file
    #[arg(long, value_name = "FILE")]
    freeze: Option<PathBuf>,
    /// Measure against an album that was kept so, instead of against each other
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    // A signature that cannot be read is said before minutes of work.
    let against = options.against.as_deref().map(thaw).transpose()?;
    let (title, songs) = measure(options, console)?;
    let beside = match &against {
        Some(signature) => songs.iter().map(|song| signature.beside(song)).collect(),
        None => coherence(&songs),
    };
    if let Some(path) = &options.freeze {
        let text = serde_json::to_string(&Signature::freeze(&title, songs.clone()))?;
        std::fs::write(path, text).map_err(|error| format!("{}: {error}; nothing was kept", path.display()))?;
        console.say(format_args!("{}: kept", path.display()));
    }
    tell(&songs, &beside, console)?;
    if console.json() {
        let song = |(song, beside): (&Portrait, &SongBeside)| {
            let outliers: Vec<_> =
                beside.outliers().map(|reading| json!({ "trait": reading.what, "words": reading.words() })).collect();
            json!({ "portrait": song, "readings": beside.readings, "outliers": outliers })
        };
        let against = against.as_ref().map(|signature| &signature.album);
        let songs: Vec<_> = songs.iter().zip(&beside).map(song).collect();
        console.document(&json!({ "album": title, "against": against, "songs": songs }))?;
    }
    let odd = beside.iter().any(|song| song.outliers().next().is_some());
    Ok(if odd { Status::Failing } else { Status::Passing })
}

fn measure(options: &Options, console: &Console) -> Result<(String, Vec<Portrait>), Box<dyn Error>> {
    if let [session] = options.inputs.as_slice()
        && input::is_session(session)
    {
        let document = input::read_session(session, console)?;
        let pass = portrait::pass(&document, options.pass.as_deref(), console)?;
        let songs = portrait::songs(&document, &pass, console)?;
        return Ok((document.session().album.title.clone(), songs.into_iter().map(|(_, song)| song).collect()));
    }
    if let Some(session) = options.inputs.iter().find(|path| input::is_session(path)) {
        return Err(format!("{}: a session stands alone, or files do", session.display()).into());
    }
    let songs = options.inputs.iter().map(|path| portrait::file(path, console)).collect::<Result<_, _>>()?;
    Ok((String::new(), songs))
}

fn thaw(path: &Path) -> Result<Signature, Box<dyn Error>> {
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let signature: Signature =
        serde_json::from_str(&text).map_err(|error| wrong(&format_args!("is no kept album: {error}")))?;
    if signature.signature != SIGNATURE {
        return Err(wrong(&format_args!("was kept by another version ({}); keep it anew", signature.signature)).into());
    }
    Ok(signature)
}

fn tell(songs: &[Portrait], beside: &[SongBeside], console: &Console) -> std::io::Result<()> {
    let heads: Vec<String> = std::iter::once("Song".to_string())
        .chain(Trait::ALL.iter().map(|what| match what.unit() {
            "" => what.name().to_string(),
            unit => format!("{} {unit}", what.name()),
        }))
        .collect();
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>()).aligned(0, Align::Left);
    for (song, beside) in songs.iter().zip(beside) {
        let cell = |what: &Trait| {
            let odd = beside.outliers().any(|reading| reading.what == *what);
            what.of(song).map_or("-".into(), |value| format!("{value:.1}{}", if odd { " !" } else { "" }))
        };
        table.row(std::iter::once(song.name.clone()).chain(Trait::ALL.iter().map(cell)));
    }
    console.text(table)?;
    for song in beside {
        for reading in song.outliers() {
            console.text(format_args!("{}: {}", song.name, reading.words()))?;
        }
    }
    if beside.iter().all(|song| song.readings.is_empty()) {
        console.text(format_args!("Fewer than {LEAST_SONGS} songs that sound: nothing is usual between them."))?;
    }
    Ok(())
}
