//! `lacquer demo`: an album made on the spot, checked and delivered.

use std::path::PathBuf;

use lacquer_engine::session::{Access, Document};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, new, qc, render, verify, window};
use crate::demo;

const EXAMPLES: &str = "\
Examples:
  lacquer demo
  lacquer demo --headless /tmp/demo
  lacquer demo --headless --json /tmp/demo > demo.json

Three songs are synthesised, the same bytes on every machine, with three planted faults: a
click, inter-sample overs, a missing ISRC. The checks find them; the limiter of the session
holds the overs.
Exit status: 0 what was delivered passes (warnings included), 1 something fails its check, 2
it could not be made.";

/// Where the album goes when nothing is said.
const DEFAULT_FOLDER: &str = "lacquer-demo";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder that receives the album
    #[arg(default_value = DEFAULT_FOLDER)]
    dir: PathBuf,
    /// Open no window: check it, deliver both passes and verify them
    #[arg(long)]
    headless: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let bar = console.bar("synthesising three songs");
    let path = demo::session::make(&options.dir, &|what, share| {
        bar.name(what.to_string());
        bar.set(share);
    })?;
    drop(bar);
    let document = Document::open(&path, Access::ReadOnly)?.document;
    let session = document.session();
    console.text(new::songs(session))?;
    console.text(format_args!("\nMade {}", path.display()))?;
    if !options.headless {
        if console.json() {
            console.document(&json!({ "session": path.display().to_string() }))?;
        }
        return window::open(&path);
    }
    console.text("\nWhat quality control finds in the mixes\n")?;
    let found =
        qc::session(&path.display().to_string(), session, &options.dir, &qc::profile_of(session, None)?, console)?;
    found.tell(false, console)?;
    console.text("\nWhat is delivered\n")?;
    let passes: Vec<String> = session.passes.iter().map(|pass| pass.id.clone()).collect();
    let out = options.dir.join("delivery");
    let (rendered, deliveries) =
        render::passes(session, &options.dir, &passes, &out, &render::Wish::default(), console)?;
    console.text("\nWhat is on the disk\n")?;
    let folders: Vec<PathBuf> =
        deliveries.iter().filter_map(|delivery| delivery["folder"].as_str()).map(PathBuf::from).collect();
    let (verified, judged) = verify::paths(&folders, false, console)?;
    if console.json() {
        console.document(&json!({
            "session": path.display().to_string(),
            "qc": found.value(),
            "deliveries": deliveries,
            "verified": judged,
        }))?;
    }
    Ok(Status::of(found.outcome()).max(rendered).max(verified))
}
