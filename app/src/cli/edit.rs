//! `lacquer edit`: values of a session, through the same edits as the window.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacquer_engine::compare::neutral;
use lacquer_engine::render::{FileLibrary, Library};
use lacquer_engine::session::{Access, Address, Document, Edit, EditError, Opened};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input, presets};

const EXAMPLES: &str = "\
Paths are names and ids with dots between them (`lacquer show SESSION` prints them); songs
also by number, the first pass also as `main`. `=` sets, `+=` and `-=` change or add and
remove. All edits are done, or none.

  album.title=North                              texts; song.2.isrc=GB-ABC-26-00001
  song.2.gain=-0.4            song.2.gain+=0.5   levels in dB
  song.2.fade_out=5s s-curve  ...=none           a fade: length, curve
  song.2.clip.c1.in=12.5s                        a trim, in seconds or source frames
  pass.main.entry.2.join=gap 1.5s                a pause; negative overlaps
  pass.main.entry.3.join=xf 1.8 equal-power      a crossfade
  pass.main.chain.stage+=limiter ceiling=-1      a new stage; song.3.chain.stage+=gain gain=-1 at=1
  pass.main.chain.stage.eq1.row+=band type=bell frequency=3k gain=+0.8 q=0.7
  pass.main.chain.stage.eq1.row.b1.gain=1.2      a parameter; ...stage.eq1.bypass=on; ...stage.eq1-=
  pass.main.chain.stage.compressor1.makeup=match   measured: as loud as what comes in
  song.2.clip.c1.envelope=0s 0, 12.5s -3         breakpoints of level; =none
  song.2.chain=preset jazz-natural  ...stage+=preset air-lift at=1  ...stage.eq1=preset air-lift
  song.3.chain=copy song.2    pass.cd.chain=copy pass.main
  song.2.chain.snapshot.a=store  song.2.chain=snapshot a   four states of a chain, a to d
  song.2.chain.stage.gain1.gain.at+=12.5s 0.5    a breakpoint in song time; ...at-=12.5s; ...at=
  song.2.chain.stage.eq1.row.b1.gain.at=0 0, 12.5s 1 smooth, 20s 0     linear, hold or smooth
  pass.streaming.ceiling=-1   pass.cd.rate=44.1k the way out
  pass.cd.phase=minimum       pass.cd.steepness=steep  its rate conversions
  pass+=cd name=Plant B       pass+=copy from=cd a new pass; pass.cd.name=Disc; pass.cd-=
  pass.cd.names={track:02} - {artist} - {title}  pass.cd.letters=any|ascii|shop  its file names
  pass+=copies   pass.copies.copies=flac, mp3-320, aac-256, opus-128   album.cover=cover.jpg
  pass.broadcast.normalise=-23   ...limit=on     songs to a loudness; the guard may hold peaks
  source.a1.repair+=declick start=12.5s length=20ms    source.a1.repair.r1.on=off  (see `lacquer repair`)
  song.3.position=1           song.3-=           another place; away with it
  pass.cd.entry.2.gain=                          nothing: the main pass's value holds again

Examples:
  lacquer edit album.lacquer song.2.gain=-0.4 \"pass.main.entry.2.join=gap 1.5s\"
  lacquer edit album.lacquer --recover           only takes in what was not saved";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// Edits, done in order
    #[arg(value_name = "PATH=VALUE", required_unless_present_any = ["recover", "discard"])]
    edits: Vec<String>,
    /// First do the edits again that were not saved when Lacquer last ended
    #[arg(long, conflicts_with = "discard")]
    recover: bool,
    /// First throw these edits away
    #[arg(long)]
    discard: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let opened = Document::open(&options.session, Access::Edit)?;
    let mut document = settle(opened, options, console)?;
    let edits = tried(&document, &options.edits, console)?;
    let changes = apply(&mut document, &edits)?;
    document.save()?;
    if let Some(trouble) = document.take_journal_trouble() {
        console.complain(&trouble);
    }
    changes.iter().try_for_each(|change| console.text(change))?;
    if console.json() {
        console.document(&json!({ "session": options.session.display().to_string(), "changes": changes }))?;
    }
    Ok(Status::Passing)
}

/// Tries the edits on a copy first: a refused one must leave neither the file nor its journal changed. Gives them with
/// what had to be measured filled in.
fn tried(document: &Document, edits: &[String], console: &Console) -> Result<Vec<String>, Box<dyn Error>> {
    let mut draft = Document::from_text(&document.text()?)?;
    let folder = input::folder(document);
    let mut plain = Vec::new();
    for edit in edits {
        let matched = edit.strip_suffix("=match").and_then(|path| Some((path, Address::typed(draft.session(), path)?)));
        let edit = match matched.filter(|(_, address)| address.parameter == "makeup") {
            Some((path, address)) => format!("{path}={}", measured(&draft, &folder, &address, console)?),
            None => edit.clone(),
        };
        apply(&mut draft, &[&edit])?;
        plain.push(edit);
    }
    Ok(plain)
}

/// The makeup that leaves the stage as loud as what comes in.
fn measured(draft: &Document, folder: &Path, address: &Address, console: &Console) -> Result<String, Box<dyn Error>> {
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(draft.session(), folder));
    console.say(format_args!("measuring {}", address.stage));
    let found = neutral::makeup(draft, address, &library)?;
    console.say(format_args!(
        "{}: {:+.2} LU as it was, {:+.2} LU with {:.2} dB of makeup",
        address.stage, found.change_before_lu.0, found.change_after_lu.0, found.makeup_after_db.0
    ));
    Ok(format!("{:.2}", found.makeup_after_db.0))
}

/// Does what is asked with edits that were never saved; without a word about them nothing is touched.
fn settle(opened: Opened, options: &Options, console: &Console) -> Result<Document, Box<dyn Error>> {
    let Opened { mut document, recovery, set_aside } = opened;
    if let Some(path) = set_aside {
        console.say(format_args!("unsaved edits of another state of the file were kept as {}", path.display()));
    }
    let Some(recovery) = recovery else { return Ok(document) };
    if options.discard {
        document.discard_recovery()?;
        console.say(format_args!("{} unsaved edits were thrown away", recovery.edits()));
    } else if options.recover {
        let recovered = document.recover(&recovery)?;
        console.say(format_args!("{} unsaved edits were done again", recovered.edits));
        if let Some(reason) = recovered.stopped {
            console.say(format_args!("the rest of the journal could not be used: {reason}"));
        }
    } else {
        return Err(format!(
            "{}: has {} edits that were never saved; nothing was changed. Repeat with --recover to take them in, or with \
             --discard to throw them away",
            options.session.display(),
            recovery.edits()
        )
        .into());
    }
    Ok(document)
}

/// Does edits as they are typed, and returns them in words.
pub(super) fn apply<T: AsRef<str>>(document: &mut Document, edits: &[T]) -> Result<Vec<String>, EditError> {
    let mut changes = Vec::new();
    for text in edits {
        let edit = Edit::parse_with(document, text.as_ref(), &presets::known)?;
        let done = document.apply(edit)?;
        changes.push(done.describe(document.session()));
    }
    Ok(changes)
}
