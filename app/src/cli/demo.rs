//! `lacquer demo`: an album made on the spot, checked and delivered.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::session::{Document, ImportFile, Session};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, check, edit, input, new, qc, render, verify, window};
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

/// What is done with the album after it was taken in: a gap of its own, a crossfade, a modest chain, ceilings.
const EDITS: [&str; 11] = [
    "pass.main.entry.2.join=gap 1.5s",
    "pass.main.entry.3.join=xf 2.5 equal-power",
    "song.1.gain=-1.5",
    "song.3.fade_out=3s s-curve",
    "pass.main.chain.stage+=eq",
    "pass.main.chain.stage.eq1.row+=band type=low_shelf frequency=110 gain=+0.8 q=0.7",
    "pass.main.chain.stage.eq1.row+=band type=high_shelf frequency=9k gain=+1.0 q=0.7",
    "pass.main.chain.stage+=compressor threshold=-24 ratio=1.4",
    "pass.main.chain.stage+=limiter gain=5 ceiling=-1.2",
    "pass.streaming.ceiling=-1",
    "pass.cd.ceiling=-1",
];

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
    let document = make(&options.dir, console)?;
    let path = options.dir.join("demo.lacquer");
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
        qc::session(&path.display().to_string(), session, &options.dir, &check::profile("qc-normal")?, console)?;
    found.tell(false, console)?;
    console.text("\nWhat is delivered\n")?;
    let passes: Vec<String> = session.passes.iter().map(|pass| pass.id.clone()).collect();
    let out = options.dir.join("delivery");
    let (rendered, deliveries) = render::passes(session, &options.dir, &passes, &out, false, console)?;
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

/// Makes the songs and the session in `folder`.
fn make(folder: &Path, console: &Console) -> Result<Document, Box<dyn Error>> {
    let bar = console.bar("synthesising three songs");
    bar.set(0.0);
    let paths = demo::write(folder)?;
    drop(bar);
    let (album, songs) = (demo::album()?, demo::songs()?);
    let mut files: Vec<ImportFile> = input::take(&paths, console)?;
    for (file, song) in files.iter_mut().zip(&songs) {
        file.title.clone_from(&song.title);
        file.artist.clone_from(&song.artist);
        file.isrc = song.isrc.clone().unwrap_or_default();
        file.album.clone_from(&album.title);
        file.upc.clone_from(&album.upc);
        file.date = album.year.to_string();
        file.genre.clone_from(&album.genre);
    }
    let mut session = Session::from_files(files);
    session.album.copyright.clone_from(&album.phonogram);
    let mut document = Document::from_session(&session)?;
    edit::apply(&mut document, &EDITS)?;
    document.save_as(&folder.join("demo.lacquer"))?;
    Ok(document)
}
