//! `lacquer play`: a session or a file, through the same monitor as the window.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lacquer_engine::container::ddp::Fileset;
use lacquer_engine::medium::loudspeaker::Loudspeaker;
use lacquer_engine::profile::{System, systems};
use lacquer_engine::realtime::{DeviceChoice, Event, Load, Monitor, Notice};
use lacquer_engine::render::{FileLibrary, Plan};
use lacquer_engine::report;
use lacquer_engine::session::Session;
use lacquer_engine::unit::{Db, Frames, SampleRate, Seconds};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input, translate};
use crate::place;

const EXAMPLES: &str = "\
Examples:
  lacquer play album.lacquer
  lacquer play album.lacquer --pass cd --from 61.5 --length 20
  lacquer play mix.wav --device alsa:hw:0 --rate 96000

Plays what a delivery would contain, before the last shortening of the word. Ctrl-C ends it.
Exit status: 0 played to the end, 1 played with dropouts or overs, 2 nothing to play on or
from.";

/// Time between two looks at the monitor: some thirty a second.
const POLL: Duration = Duration::from_millis(33);

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// A session, a sound file, or the folder of a DDP fileset
    #[arg(value_name = "SESSION|FILE")]
    input: PathBuf,
    /// The pass by its id; the first one without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// Where to begin, in seconds
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    from: f64,
    /// How long to play, in seconds; without it to the end
    #[arg(long, value_name = "S")]
    length: Option<f64>,
    /// Hear it through a listening system (`lacquer translate --systems` lists them), at its own level
    #[arg(long, value_name = "ID")]
    system: Option<String>,
    /// Hear a reference of the session in its place, by its id
    #[arg(long, value_name = "ID", conflicts_with = "pass")]
    reference: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// What to play on.
#[derive(Debug, clap::Args)]
pub(super) struct Output {
    /// The device by its id (`lacquer devices` lists them); the default one without it
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// A fixed rate of the device; without it the programme's
    #[arg(long, value_name = "HZ")]
    rate: Option<u32>,
    /// Play to a silent clock instead of a device
    #[arg(long, conflicts_with = "device")]
    null_audio: bool,
}

/// What of a session is played.
pub(super) struct Span<'a> {
    /// The pass; the first one without it.
    pub(super) pass: Option<&'a str>,
    /// Where to begin, in seconds.
    pub(super) from: f64,
    /// How long to play, in seconds; without it to the end.
    pub(super) length: Option<f64>,
    /// What it is heard through.
    pub(super) system: Option<System>,
}

/// What happened while playing.
#[derive(Default)]
struct Tally {
    late: u64,
    overs: u64,
    broken: bool,
    ended: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let (mut session, mut library) = load(&options.input, console)?;
    if let Some(id) = &options.reference {
        let found = session.references.iter().find(|one| one.id == *id);
        let alone = found.ok_or_else(|| format!("there is no reference '{id}'"))?.alone();
        let folder = options.input.canonicalize()?.parent().map(Path::to_path_buf).unwrap_or_default();
        (session, library) = (alone.clone(), FileLibrary::new(&alone, &folder));
    }
    let system = match &options.system {
        None => None,
        Some(id) => Some(translate::system(&systems(place::house_profiles().as_deref()).0, id)?),
    };
    let span = Span { pass: options.pass.as_deref(), from: options.from, length: options.length, system };
    perform(&session, library, span, &options.output, console)
}

/// Plays a stretch of a pass and tells how it went.
pub(super) fn perform(
    session: &Session,
    library: FileLibrary,
    wanted: Span<'_>,
    options: &Output,
    console: &Console,
) -> Answer {
    let main = session.main_pass().map(|main| main.id.clone()).unwrap_or_default();
    let plan = Arc::new(Plan::new(session, wanted.pass.unwrap_or(&main))?);
    plan.problems.iter().for_each(|problem| console.complain(problem));
    let (from, to) = span(&wanted, &plan)?;
    let choice = DeviceChoice {
        id: options.device.clone(),
        rate: options.rate.map(SampleRate),
        silent: options.null_audio,
        ..DeviceChoice::default()
    };
    let (mut monitor, notices) = Monitor::new(choice);
    refuse_silence(&notices, options)?;
    let notices = monitor.load(plan.clone(), Arc::new(library), Load::At(from));
    refuse_silence(&notices, options)?;
    let output = monitor.output().map(|output| (output.name.clone(), output.rate));
    let (name, rate) = output.ok_or("there is no output to play on")?;
    if !console.json() {
        console.say(format_args!("playing on {name} at {rate}{}", converted(&monitor, &plan)));
    }
    if let Some(system) = wanted.system.clone() {
        let none = Db(0.0);
        monitor.hear_through(Some(Arc::new(move |rate| Box::new(Loudspeaker::new(&system, none, none, rate)))));
    }
    monitor.play_span(from, to);
    let tally = follow(&mut monitor, &plan, to, console)?;
    let drops = monitor.output().map_or(0, |output| output.drops());
    let played = Frames(to - from).seconds(plan.delivered).0;
    if console.json() {
        console.document(&json!({
            "device": name,
            "sample_rate_hz": rate.0,
            "from_s": Frames(from).seconds(plan.delivered).0,
            "played_s": played,
            "late_blocks": tally.late,
            "device_dropouts": drops,
            "clipped_samples": tally.overs,
        }))?;
    } else {
        console.text(format_args!(
            "Played {} on {name} at {rate}: {} late blocks, {drops} dropouts of the device, {} samples cut at full scale",
            report::clock(played),
            tally.late,
            tally.overs
        ))?;
    }
    let clean = tally.late == 0 && drops == 0 && tally.overs == 0 && !tally.broken;
    Ok(if clean { Status::Passing } else { Status::Failing })
}

/// A session, or a session of one file.
fn load(path: &Path, console: &Console) -> Result<(Session, FileLibrary), Box<dyn Error>> {
    if input::is_session(path) {
        let document = input::read_session(path, console)?;
        let library = FileLibrary::new(document.session(), &input::folder(&document));
        return Ok((document.session().clone(), library));
    }
    if Fileset::is_at(path) {
        let path = std::path::absolute(path)?;
        let folder = path.to_str().ok_or("the folder's name is no text; rename it")?;
        let session = Session::from_fileset(folder, &Fileset::open(&path)?)?;
        let library = FileLibrary::new(&session, Path::new("/"));
        return Ok((session, library));
    }
    let bar = console.bar(format!("opening {}", path.display()));
    let info = input::open(path, &bar)?.info;
    let session = Session::from_files(vec![input::import_file(&info, console)?]);
    let library = FileLibrary::new(&session, Path::new("/"));
    Ok((session, library))
}

fn span(options: &Span<'_>, plan: &Plan) -> Result<(u64, u64), Box<dyn Error>> {
    let total = plan.delivered_frames();
    let from = Seconds(options.from).frames(plan.delivered).0;
    if from >= total {
        let length = Frames(total).seconds(plan.delivered).0;
        return Err(format!("the programme has {length:.1} s; nothing is left to play from there").into());
    }
    let to = options.length.map_or(total, |length| from.saturating_add(Seconds(length).frames(plan.delivered).0));
    Ok((from, to.min(total).max(from + 1)))
}

fn refuse_silence(notices: &[Notice], options: &Output) -> Result<(), Box<dyn Error>> {
    for notice in notices {
        match notice {
            Notice::Device(error) if !options.null_audio => {
                return Err(format!("{error}; --null-audio plays without a device").into());
            }
            Notice::Source(error) => return Err(error.to_string().into()),
            _ => {}
        }
    }
    Ok(())
}

fn converted(monitor: &Monitor, plan: &Plan) -> String {
    if monitor.transport().converted { format!(", converted from {}", plan.delivered) } else { String::new() }
}

/// Follows the monitor to the end of the span.
fn follow(monitor: &mut Monitor, plan: &Plan, to: u64, console: &Console) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::default();
    let status_line = io::stderr().is_terminal() && !console.json();
    while !tally.ended {
        thread::sleep(POLL);
        for notice in monitor.poll() {
            note(notice, plan, &mut tally, console)?;
        }
        if status_line {
            show(monitor, plan, to);
        }
    }
    if status_line {
        // The line is only for the eye.
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    Ok(tally)
}

fn note(notice: Notice, plan: &Plan, tally: &mut Tally, console: &Console) -> Result<(), Box<dyn Error>> {
    match notice {
        Notice::Device(error) => return Err(error.into()),
        Notice::Source(error) => return Err(error.into()),
        Notice::Audio(Event::Ended) => tally.ended = true,
        Notice::Audio(Event::Late { .. }) => tally.late += 1,
        Notice::Audio(Event::Over { position, samples }) => {
            if tally.overs == 0 {
                let at = report::clock(Frames(position).seconds(plan.delivered).0);
                console.say(format_args!("beyond full scale at {at}: cut at the device, not in a file"));
            }
            tally.overs += u64::from(samples);
        }
        Notice::Audio(Event::NotANumber { slot, .. }) => {
            console.say(format_args!("stage {} made a sample that is no number and is silent now", slot + 1));
            tally.broken = true;
        }
        Notice::Audio(Event::Swapped { .. }) | Notice::Playing { .. } | Notice::Buffer { .. } => {}
    }
    Ok(())
}

fn show(monitor: &mut Monitor, plan: &Plan, to: u64) {
    let here = monitor.transport().position.0;
    let clock = |frame: u64| report::clock(Frames(frame).seconds(plan.delivered).0);
    let title = &plan.songs[plan.song_at(plan.from_delivered(here))].title;
    let short_term = monitor.meters().and_then(|meters| meters.short_term);
    let loudness = short_term.map_or(String::new(), |loudness| format!("  S {loudness}"));
    // The line is only for the eye.
    let _ = write!(io::stderr(), "\r\x1b[K{} / {}  {title}{loudness}", clock(here), clock(to));
}
