//! `lacquer ddp`: filesets of compact discs, of any program: checked, shown, extracted, compared, played.

mod show;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::container::ddp::{self, Fileset};
use lacquer_engine::deliver;
use lacquer_engine::render::FileLibrary;
use lacquer_engine::report;
use lacquer_engine::session::{PassKind, Session};
use lacquer_engine::unit::{CdFrame, SampleRate};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, check, input, interrupt, play};
use crate::fileset::summary;

const EXAMPLES: &str = "\
Examples:
  lacquer ddp check MASTER_DDP
  lacquer ddp check --strict MASTER_DDP        warnings fail as well
  lacquer ddp show MASTER_DDP                  PQ and CD-Text
  lacquer ddp extract MASTER_DDP wavs          one file per track
  lacquer ddp compare MASTER_DDP album.lacquer every mark, code, text and sample
  lacquer ddp play MASTER_DDP --track 3

A fileset is a folder with DDPID and DDPMS. Every fault has a code: `ddp codes` lists them.
Exit status: 0 sound, 1 something is wrong with it, 2 it is no fileset.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Judge descriptors, image, texts and checksums
    Check {
        /// The folder of the fileset
        path: PathBuf,
        /// Let warnings fail
        #[arg(long)]
        strict: bool,
        /// Look at the descriptors alone, not at sound and checksums
        #[arg(long)]
        quick: bool,
    },
    /// Print tracks, marks, codes and texts
    Show {
        /// The folder of the fileset
        path: PathBuf,
    },
    /// Write the tracks as WAV files
    Extract {
        /// The folder of the fileset
        path: PathBuf,
        /// The folder that receives the files
        out: PathBuf,
    },
    /// Compare with the pass of a session, sample for sample
    Compare {
        /// The folder of the fileset
        path: PathBuf,
        /// The session file
        session: PathBuf,
        /// The pass; the first CD pass without it
        #[arg(long, value_name = "NAME")]
        pass: Option<String>,
    },
    /// Play it without gaps
    Play {
        /// The folder of the fileset
        path: PathBuf,
        /// The track to begin with; 0 is what sounds before track 1
        #[arg(long, value_name = "N")]
        track: Option<u8>,
        /// The index inside the track to begin with
        #[arg(long, value_name = "N", requires = "track", default_value_t = 1)]
        index: u8,
        /// How long to play, in seconds; without it to the end
        #[arg(long, value_name = "S")]
        length: Option<f64>,
        #[command(flatten)]
        output: play::Output,
    },
    /// List the codes of faults
    Codes,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    match &options.verb {
        Verb::Check { path, strict, quick } => check(path, *strict, !quick, console),
        Verb::Show { path } => show::run(&Fileset::open(path)?, console),
        Verb::Extract { path, out } => extract(path, out, console),
        Verb::Compare { path, session, pass } => compare(path, session, pass.as_deref(), console),
        Verb::Play { path, track, index, length, output } => {
            let set = Fileset::open(path)?;
            let (session, from) = player(&set, *track, *index)?;
            let library = FileLibrary::new(&session, Path::new("/"));
            play::perform(
                &session,
                library,
                play::Span { pass: None, from, length: *length, system: None },
                output,
                console,
            )
        }
        Verb::Codes => show::codes(console),
    }
}

fn tell(path: &Path, verdicts: &[Verdict], console: &Console) -> Answer {
    if console.json() {
        console.document(&report::check_value(&path.display().to_string(), &[], verdicts))?;
    } else {
        check::tell(verdicts, true, console)?;
    }
    Ok(Status::of(worst(verdicts)))
}

fn check(path: &Path, strict: bool, whole: bool, console: &Console) -> Answer {
    let set = Fileset::open(path)?;
    let bar = console.bar(format!("checking {}", path.display()));
    bar.set(0.0);
    let faults = ddp::check(&set, whole);
    drop(bar);
    let verdicts = deliver::fileset_verdicts(&faults, strict);
    console.text(format_args!("{}: {}", path.display(), summary(&set)))?;
    tell(path, &verdicts, console)
}

fn extract(path: &Path, out: &Path, console: &Console) -> Answer {
    let set = Fileset::open(path)?;
    let bar = console.bar("extracting");
    let mut told = |name: &str, share: f64| {
        bar.name(format!("extracting {name}"));
        bar.set(share);
    };
    let files = deliver::extract(&set, out, &mut told, &interrupt::flag(console))?;
    drop(bar);
    let tracks: Vec<_> = deliver::extracts(&set);
    for (file, track) in files.iter().zip(&tracks) {
        console.text(format_args!("{}  {}", CdFrame(track.to.0 - track.from.0), file.display()))?;
    }
    if console.json() {
        let files = files.iter().zip(&tracks).map(|(file, track)| {
            let frames = CdFrame(track.to.0 - track.from.0).frames(SampleRate::CD).0;
            json!({ "track": track.track, "file": file.display().to_string(), "frames": frames })
        });
        console.document(&json!({ "fileset": path.display().to_string(), "files": files.collect::<Vec<_>>() }))?;
    }
    Ok(Status::Passing)
}

fn compare(path: &Path, session: &Path, pass: Option<&str>, console: &Console) -> Answer {
    let set = Fileset::open(path)?;
    let document = input::read_session(session, console)?;
    let session = document.session();
    let first = session.passes.iter().find(|pass| pass.kind == PassKind::Cd).map(|pass| pass.id.as_str());
    let pass = pass.or(first).ok_or("the session has no CD pass")?;
    input::check_pass(session, pass, console)?;
    let library = Arc::new(FileLibrary::new(session, &input::folder(&document)));
    let bar = console.bar(format!("comparing with {pass}"));
    let verdicts =
        deliver::compare(&set, session, pass, library, &mut |share| bar.set(share), &interrupt::flag(console))?;
    drop(bar);
    tell(path, &verdicts, console)
}

/// A session over the image, and where to begin in seconds.
fn player(set: &Fileset, track: Option<u8>, index: u8) -> Result<(Session, f64), Box<dyn Error>> {
    let folder = std::path::absolute(&set.folder)?;
    let folder = folder.to_str().ok_or("the folder's name is no text; rename it")?;
    let session = Session::from_fileset(folder, set)?;
    let begin = Session::fileset_start(set);
    let at = match track {
        None | Some(0) => begin,
        Some(number) => {
            let found = set.disc.tracks.iter().find(|track| track.number == number);
            let track = found.ok_or_else(|| format!("the disc has no track {number}"))?;
            track.index(index).ok_or_else(|| format!("track {number} has no index {index}"))?
        }
    };
    Ok((session, CdFrame((at.0 - begin.0).max(0)).seconds().0))
}
