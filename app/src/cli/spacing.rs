//! `lacquer spacing`: where songs begin and have died away, and the pauses between them.

use std::path::PathBuf;
use std::sync::Arc;

use lacquer_engine::compare::spacing::{SongSpacing, Taken, accept, propose};
use lacquer_engine::render::{FileLibrary, Library};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::survey::Watch;
use lacquer_engine::unit::Seconds;
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input, interrupt};

const EXAMPLES: &str = "\
Examples:
  lacquer spacing album.lacquer                       heads, tails and pauses, with reasons
  lacquer spacing album.lacquer --accept              takes all of it, as one step
  lacquer spacing album.lacquer --accept heads tails  leaves the pauses
  lacquer spacing album.lacquer --accept --songs 2 5  of these songs alone
  lacquer spacing album.lacquer --pass cd --accept pauses

A song begins and ends where its sound comes out of the silence or the noise around it, 60 dB
below its loud parts at most. Pauses are proposed for how one song dies away and the next one
comes in, in whole CD frames; where one runs on into the other there is none. Nothing is
changed without --accept. Crossfades are left alone.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The pass; the main one without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// Take the proposals: heads, tails, pauses; all of them without a word
    #[arg(long, value_name = "WHICH", num_args = 0.., value_parser = ["heads", "tails", "pauses"])]
    accept: Option<Vec<String>>,
    /// Only of these songs, by their number in the pass or their id
    #[arg(long, value_name = "SONG", num_args = 1.., requires = "accept")]
    songs: Option<Vec<String>>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut document = match options.accept {
        Some(_) => input::edit_session(&options.session)?,
        None => input::read_session(&options.session, console)?,
    };
    let main = document.session().main_pass().map(|main| main.id.clone()).ok_or("the session has no pass")?;
    let pass = options.pass.clone().unwrap_or(main);
    input::check_pass(document.session(), &pass, console)?;
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(document.session(), &input::folder(&document)));
    let bar = console.bar(format!("listening to {pass}"));
    let watch = Watch { progress: &|share| bar.set(share), cancel: &interrupt::flag(console) };
    let songs = propose(&document, &pass, &library, &watch)?;
    drop(bar);
    console.text(table(&songs))?;
    tell(&songs, console)?;
    let mut applied = false;
    if let Some(which) = &options.accept {
        let named = |what: &str| which.is_empty() || which.iter().any(|word| word == what);
        let taken = Taken { heads: named("heads"), tails: named("tails"), pauses: named("pauses") };
        let chosen = chosen(&songs, options.songs.as_deref())?;
        if let Some(edit) = accept(&document, &pass, &chosen, taken)? {
            document.apply(edit)?;
            document.save()?;
            applied = true;
        }
        console.text(if applied { "Taken; the session is saved." } else { "There was nothing to take." })?;
    } else if songs.iter().any(|song| song.head.is_some() || song.tail.is_some() || song.pause.is_some()) {
        console.text("Nothing was changed; --accept takes these.")?;
    }
    if console.json() {
        console.document(&json!({ "pass": pass, "applied": applied, "songs": songs }))?;
    }
    Ok(Status::Passing)
}

fn chosen(songs: &[SongSpacing], names: Option<&[String]>) -> Result<Vec<SongSpacing>, String> {
    let Some(names) = names else { return Ok(songs.to_vec()) };
    let one = |name: &String| {
        let place = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let found = songs.iter().find(|song| song.song == *name).or_else(|| songs.get(place?));
        found.cloned().ok_or_else(|| format!("there is no song '{name}' in this pass"))
    };
    names.iter().map(one).collect()
}

fn table(songs: &[SongSpacing]) -> Table {
    let mut table = Table::new(&["No", "Song", "Head s", "Tail s", "Entry s", "Decay s", "Pause s", "Proposed s"]);
    table = table.aligned(1, Align::Left);
    let told = |seconds: Option<Seconds>| seconds.map_or_else(|| "-".into(), |seconds| format!("{:.2}", seconds.0));
    for (index, song) in songs.iter().enumerate() {
        table.row([
            (index + 1).to_string(),
            song.title.clone(),
            song.head.map_or_else(|| "-".into(), |trim| format!("-{:.3}", trim.removed_s.0)),
            song.tail.map_or_else(|| "-".into(), |trim| format!("-{:.3}", trim.removed_s.0)),
            told(song.entry_s),
            told(song.decay_s),
            song.pause.as_ref().map_or_else(|| "-".into(), |pause| format!("{:.3}", pause.now_s.0)),
            song.pause.as_ref().map_or_else(|| "-".into(), |pause| format!("{:.3}", pause.to_s.0)),
        ]);
    }
    table
}

fn tell(songs: &[SongSpacing], console: &Console) -> std::io::Result<()> {
    for song in songs {
        if let Some(pause) = &song.pause {
            let frames = (pause.to_s.0 * 75.0).round();
            console.text(format_args!(
                "before {}: {:.3} s ({frames} CD frames): {}",
                song.title, pause.to_s.0, pause.reason
            ))?;
        }
        if let Some(why) = &song.left_alone {
            console.text(format_args!("{}: {why}", song.title))?;
        }
        if song.loud_db.is_none() {
            console.text(format_args!("{}: it is silent", song.title))?;
        }
    }
    Ok(())
}
