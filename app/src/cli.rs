//! The command line: every page of the window has its headless verb here, each a thin caller of the engine.
//!
//! A verb prints a table for people or, with `--json`, one JSON document on stdout; progress and messages go to stderr.
//! Exit status: 0 done and passing, 1 done but something fails its check, 2 bad use or bad input.

mod adm;
mod analyze;
mod cassette;
mod check;
mod codec;
mod coherence;
mod compare;
mod console;
mod ddp;
mod demo;
mod devices;
mod edit;
mod input;
mod interrupt;
mod level;
mod manual;
mod matching;
mod metadata;
mod new;
mod play;
mod portrait;
mod presets;
mod process;
mod processors;
mod profiles;
mod qc;
mod reference;
mod render;
mod repair;
mod replace;
mod sequence;
mod show;
mod spacing;
mod template;
mod translate;
mod verify;
mod versions;
mod vinyl;
mod window;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lacquer_engine::profile::Outcome;
use serde_json::json;

use console::Console;

const EXIT_STATUS: &str = "\
Exit status:
  0  done, and everything passes its checks (warnings included)
  1  done, but something fails its check
  2  bad use, or an input that cannot be used";

const LONG_ABOUT: &str = "\
Lacquer is a mastering workstation: listen, fine-tune, deliver, and prove it.

A session is one readable text file (.lacquer). Its audio files are referred to and never
changed. Every verb prints a table, or with --json one JSON document.";

const FIRST_STEPS: &str = "\
First steps:
  lacquer                                      the window; lacquer album.lacquer opens a session in it
  lacquer demo --headless /tmp/demo            make an album, check it, deliver it
  lacquer new album.lacquer --from *.wav       an album session from audio files
  lacquer edit album.lacquer song.2.gain=-0.4 pass.streaming.ceiling=-1
  lacquer qc album.lacquer                     what is wrong with it
  lacquer render album.lacquer --out delivery  every pass, re-read and judged
  lacquer verify delivery/*                    judge it again, years later";

/// The program's arguments.
#[derive(Debug, Parser)]
#[command(name = "lacquer", version, about, long_about = LONG_ABOUT, propagate_version = true)]
#[command(after_help = format!("{FIRST_STEPS}\n\n{EXIT_STATUS}"), max_term_width = 110)]
#[command(override_usage = "lacquer [OPTIONS] [SESSION|FILE...]\n       lacquer [OPTIONS] <COMMAND>")]
pub(super) struct Arguments {
    /// Print one JSON document on stdout instead of tables
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    window: window::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the demo album and open it, or check it and deliver it
    Demo(demo::Options),
    /// Make an album session from audio files or a CUE sheet
    New(new::Options),
    /// Change values of a session, all or none
    Edit(edit::Options),
    /// Print a session, or the part of it at a path
    Show(show::Options),
    /// Measure files: loudness, peaks, dynamics, stereo, spectrum
    Analyze(analyze::Options),
    /// Look for faults in files and sessions
    Qc(qc::Options),
    /// Run one file through a chain of processors
    Process(process::Options),
    /// Repair a file, or the sources of a session: clicks, clipping, hum, gaps, noise
    Repair(repair::Options),
    /// List every processor and parameter
    Processors(processors::Options),
    /// Deliver the passes of a session, re-read and judged
    Render(render::Options),
    /// Judge deliverables again: files and delivery folders
    Verify(verify::Options),
    /// Send songs through the shops' lossy coders and measure what comes back
    Codec(codec::Options),
    /// Go through the checklist of Apple Digital Masters
    Adm(adm::Options),
    /// Check, show, extract, compare and play DDP filesets
    Ddp(ddp::Options),
    /// Bring the songs of a pass to one loudness
    Level(level::Options),
    /// Find where songs begin and have died away, and propose trims and pauses
    Spacing(spacing::Options),
    /// Say what each pass plays, and how that differs from the main pass
    Sequence(sequence::Options),
    /// Print, export and import titles, artists, writers, codes
    Metadata(metadata::Options),
    /// List, add and check other versions of songs: instrumental, clean, a cappella, TV, radio
    Versions(versions::Options),
    /// Keep what every album of the house begins with
    Template(template::Options),
    /// Cut a pass on paper: sides, pitch and depth, what the lathe would say
    Vinyl(vinyl::Options),
    /// Hold a pass against a cassette: sides, shell, level, where the tape gives way
    Cassette(cassette::Options),
    /// Say how the songs of an album sit beside each other, and which stand out
    Coherence(coherence::Options),
    /// Measure a recording against another: spectrum, width, dynamics, and where one lies in the other
    Compare(compare::Options),
    /// Propose settings that bring a pass, a song or a file towards references
    Match(matching::Options),
    /// Lay a new mix on the old one to the sample, say what has changed, and put it in its place
    Replace(replace::Options),
    /// List the references of a session, add and remove them
    Reference(reference::Options),
    /// Say what is left of a record on a phone, in a car, at the services; and whether to leave it alone
    Translate(translate::Options),
    /// Play a session or a file
    Play(play::Options),
    /// List audio hosts and playback devices
    Devices(devices::Options),
    /// List the profiles that judge
    Profiles(profiles::Options),
    /// List the presets of chains, or print one
    Presets(presets::Options),
    /// Print the completion script of a shell
    Completions(manual::CompletionOptions),
    /// Print the manual page
    Man(manual::ManOptions),
}

/// How a verb ended, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// Done, and what was checked passes.
    Passing,
    /// Done, and something fails its check.
    Failing,
    /// Not done: bad use or bad input.
    Refused,
}

/// What a verb returns. Errors of every layer end here, as a message.
type Answer = Result<Status, Box<dyn Error>>;

impl Status {
    fn of(outcome: Outcome) -> Status {
        if outcome == Outcome::Fail { Status::Failing } else { Status::Passing }
    }

    fn code(self) -> u8 {
        self as u8
    }
}

/// Reads the arguments, does what they say and returns the exit status.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let console = Console::new(arguments.json);
    let status = match dispatch(arguments, &console) {
        Ok(status) => status,
        Err(error) => {
            console.complain(&*error);
            if console.json() {
                // Where stdout is gone as well there is nobody left to tell.
                let _ = console.document(&json!({ "error": error.to_string() }));
            }
            Status::Refused
        }
    };
    ExitCode::from(status.code())
}

fn dispatch(arguments: Arguments, console: &Console) -> Answer {
    let Some(command) = arguments.command else { return window::run(&arguments.window, console) };
    if !arguments.window.is_empty() {
        return Err("a session and the options of the window do not stand before a verb".into());
    }
    match command {
        Command::Demo(options) => demo::run(&options, console),
        Command::New(options) => new::run(&options, console),
        Command::Edit(options) => edit::run(&options, console),
        Command::Show(options) => show::run(&options, console),
        Command::Analyze(options) => analyze::run(&options, console),
        Command::Qc(options) => qc::run(&options, console),
        Command::Process(options) => process::run(&options, console),
        Command::Repair(options) => repair::run(&options, console),
        Command::Processors(options) => processors::run(&options, console),
        Command::Render(options) => render::run(&options, console),
        Command::Verify(options) => verify::run(&options, console),
        Command::Codec(options) => codec::run(&options, console),
        Command::Adm(options) => adm::run(&options, console),
        Command::Ddp(options) => ddp::run(&options, console),
        Command::Level(options) => level::run(&options, console),
        Command::Spacing(options) => spacing::run(&options, console),
        Command::Sequence(options) => sequence::run(&options, console),
        Command::Metadata(options) => metadata::run(&options, console),
        Command::Versions(options) => versions::run(&options, console),
        Command::Template(options) => template::run(&options, console),
        Command::Vinyl(options) => vinyl::run(&options, console),
        Command::Cassette(options) => cassette::run(&options, console),
        Command::Coherence(options) => coherence::run(&options, console),
        Command::Compare(options) => compare::run(&options, console),
        Command::Match(options) => matching::run(&options, console),
        Command::Replace(options) => replace::run(&options, console),
        Command::Reference(options) => reference::run(&options, console),
        Command::Translate(options) => translate::run(&options, console),
        Command::Play(options) => play::run(&options, console),
        Command::Devices(options) => devices::run(&options, console),
        Command::Profiles(options) => profiles::run(&options, console),
        Command::Presets(options) => presets::run(&options, console),
        Command::Completions(options) => manual::completions(&options, console),
        Command::Man(options) => manual::man(&options, console),
    }
}
