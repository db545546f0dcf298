//! `lacquer level`: songs of a pass brought to one loudness.

use std::path::PathBuf;
use std::sync::Arc;

use lacquer_engine::compare::level::{Goal, Limit, SongLevel, propose};
use lacquer_engine::render::{FileLibrary, Library};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::survey::Watch;
use lacquer_engine::unit::{Dbtp, Lufs};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input, interrupt};

const EXAMPLES: &str = "\
Examples:
  lacquer level album.lacquer --to -14                    only tells what it would do
  lacquer level album.lacquer --to -14 --apply
  lacquer level album.lacquer --pass broadcast --to -23 --ceiling -1 --apply

A gain for each song that brings it to the loudness, measured behind the whole chain without
the guard. A song that would exceed the ceiling stops there and says so. Without --apply the
session is not touched; with it the gains are set through the same edits as the window's.
Exit status: 0 every song reaches it, 1 one cannot, 2 the session cannot be used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The loudness of every song, in LUFS
    #[arg(long, value_name = "LUFS", allow_negative_numbers = true)]
    to: f64,
    /// The pass; the main one without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// The highest true peak, in dBTP; without it the pass's ceiling, or full scale
    #[arg(long, value_name = "DBTP", allow_negative_numbers = true)]
    ceiling: Option<f64>,
    /// Set the gains
    #[arg(long)]
    apply: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    if !(-70.0..=0.0).contains(&options.to) {
        return Err(format!("--to {}: a loudness from -70 to 0 LUFS", options.to).into());
    }
    let mut document = if options.apply {
        input::edit_session(&options.session)?
    } else {
        input::read_session(&options.session, console)?
    };
    let main = document.session().main_pass().map(|main| main.id.clone()).ok_or("the session has no pass")?;
    let pass = options.pass.clone().unwrap_or(main);
    input::check_pass(document.session(), &pass, console)?;
    let folder = input::folder(&document);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(document.session(), &folder));
    let bar = console.bar(format!("measuring {pass}"));
    let cancel = interrupt::flag(console);
    let watch = Watch { progress: &|share| bar.set(share), cancel: &cancel };
    let goal = Goal { target: Lufs(options.to), ceiling: options.ceiling.map(Dbtp) };
    let (songs, edits) = propose(&document, &pass, goal, &library, &watch)?;
    drop(bar);
    if options.apply {
        for edit in edits {
            document.apply(edit)?;
        }
        document.save()?;
    }
    console.text(table(&songs))?;
    for song in &songs {
        if let Some(limit) = song.limited {
            console.text(format_args!("{} cannot reach {:.1} LUFS: {}", song.title, options.to, words(limit)))?;
        }
    }
    if !options.apply {
        console.text("Nothing was changed; --apply sets these gains.")?;
    }
    if console.json() {
        console
            .document(&json!({ "pass": pass, "target_lufs": options.to, "applied": options.apply, "songs": songs }))?;
    }
    Ok(if songs.iter().any(|song| song.limited.is_some()) { Status::Failing } else { Status::Passing })
}

fn table(songs: &[SongLevel]) -> Table {
    let mut table = Table::new(&["Song", "Before", "After", "Gain", "TP dBTP", "Limited by"]);
    table = table.aligned(0, Align::Left).aligned(5, Align::Left);
    for song in songs {
        let told = |level: Option<f64>| level.map_or_else(|| "-".into(), |level| format!("{level:.1}"));
        table.row([
            song.title.clone(),
            told(song.before_lufs.map(|level| level.0)),
            told(song.after_lufs.map(|level| level.0)),
            format!("{:+.2}", song.gain_after_db.0 - song.gain_before_db.0),
            told(song.true_peak_dbtp.map(|level| level.0)),
            song.limited.map_or_else(|| "-".into(), words),
        ]);
    }
    table
}

fn words(limit: Limit) -> String {
    match limit {
        Limit::TruePeak(peak) => format!("true peak, it would reach {:+.1} dBTP", peak.0),
        Limit::Chain => "the chain behind its gain gives way".into(),
        Limit::Gain => "it would take more than 24 dB".into(),
        Limit::Silent => "it is silent".into(),
    }
}
