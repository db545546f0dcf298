//! `lacquer sequence`: what a pass plays, in its order, and how that differs from the main pass.

use std::path::PathBuf;

use lacquer_engine::render::Plan;
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Join, Session};
use lacquer_engine::unit::CdFrame;
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer sequence album.lacquer                      every pass and its differences from the main one
  lacquer sequence album.lacquer --pass cd            song by song
  lacquer edit album.lacquer pass.cd.entry+=s11       a bonus track on the CD alone
  lacquer edit album.lacquer pass.cd.entry.3-=        a song out of the CD alone
  lacquer edit album.lacquer pass.cd.entry=own        the CD with its own sequence; =inherit takes the main one
  lacquer edit album.lacquer \"pass.cd.entry.2.join=gap 3.5s\"";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// One pass, song by song
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let document = input::read_session(&options.session, console)?;
    let session = document.session();
    let passes: Vec<&str> = match &options.pass {
        Some(pass) => {
            vec![session.pass(pass).map(|pass| pass.id.as_str()).ok_or(format!("there is no pass '{pass}'"))?]
        }
        None => session.passes.iter().map(|pass| pass.id.as_str()).collect(),
    };
    if options.pass.is_some() {
        console.text(songs(session, passes[0])?)?;
    }
    for pass in &passes {
        tell(session, pass, console)?;
    }
    if console.json() {
        let value = |pass: &&str| {
            let ids: Vec<&str> = session.sequence(pass).iter().map(|entry| entry.song.as_str()).collect();
            json!({ "pass": pass, "own_sequence": session.has_own_sequence(pass), "songs": ids, "differences": session.differences(pass) })
        };
        console.document(&json!({ "passes": passes.iter().map(value).collect::<Vec<_>>() }))?;
    }
    Ok(Status::Passing)
}

fn tell(session: &Session, pass: &str, console: &Console) -> std::io::Result<()> {
    let name = session.pass(pass).map_or(pass, |pass| pass.name.as_str());
    if session.main_pass().is_some_and(|main| main.id == pass) {
        return console.text(format_args!("{name}: the main sequence, {} songs", session.sequence(pass).len()));
    }
    let differences = session.differences(pass);
    let whose = if session.has_own_sequence(pass) { "its own sequence" } else { "the main sequence" };
    match differences.len() {
        0 => console.text(format_args!("{name}: {whose}, no difference"))?,
        1 => console.text(format_args!("{name}: {whose}, 1 difference"))?,
        more => console.text(format_args!("{name}: {whose}, {more} differences"))?,
    }
    differences.iter().try_for_each(|one| console.text(format_args!("  {}: {}", one.title, one.words())))
}

fn songs(session: &Session, pass: &str) -> Result<Table, Box<dyn std::error::Error>> {
    let plan = Plan::new(session, pass)?;
    let mut table = Table::new(&["No", "Song", "Start CD", "Length s", "Joins"]);
    table = table.aligned(1, Align::Left).aligned(4, Align::Left);
    let resolved = session.resolve(pass).map(|resolved| resolved.songs).unwrap_or_default();
    for (index, song) in plan.songs.iter().enumerate() {
        let seconds = |frame: u64| frame as f64 / plan.rate.hz();
        let join = resolved.iter().find(|one| one.song.id == song.id).map(|one| one.join);
        let join = match join {
            Some(Join::Gap(length)) => format!("gap {:.3} s", length.0),
            Some(Join::Crossfade { length, out, into }) => {
                format!("crossfade {:.3} s {} {}", length.0, out.id(), into.id())
            }
            None => "-".into(),
        };
        let start = CdFrame((seconds(song.start) * 75.0).round() as i64);
        table.row([
            (index + 1).to_string(),
            song.title.clone(),
            start.to_string(),
            format!("{:.3}", seconds(song.end - song.start)),
            join,
        ]);
    }
    Ok(table)
}
