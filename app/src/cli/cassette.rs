//! `lacquer cassette`: a pass as it goes to tape.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use lacquer_engine::analysis::verdict::worst;
use lacquer_engine::medium::cassette::{Tape, TapeType};
use lacquer_engine::medium::vinyl::split::in_order;
use lacquer_engine::profile::Outcome;
use lacquer_engine::qc::tape::{judge_dolby, judge_tape, shell};
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::report;
use lacquer_engine::report::side::clock;
use lacquer_engine::report::tape::transfer_text;
use lacquer_engine::session::{Access, Document, Edit, PassKind};
use lacquer_engine::survey::Watch;
use lacquer_engine::survey::tape::sides;
use lacquer_engine::unit::Seconds;
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, check, input, interrupt};

const EXAMPLES: &str = "\
Examples:
  lacquer cassette album.lacquer                 the sides of its cassette pass in the shortest shell
  lacquer cassette album.lacquer --shell 46      in a C46
  lacquer cassette album.lacquer --tape II       on another tape
  lacquer cassette album.lacquer --split         deals the songs to two sides, in their order

The pass is rendered and held against what the tape takes across frequency: a transfer level,
where the treble stands in its way, the softest passage over the noise. A new cassette pass:
lacquer edit album.lacquer pass+=cassette; a song that begins side B:
lacquer edit album.lacquer pass.cassette.entry.6.side=B
Exit status: 0 it passes, 1 something fails, 2 the session cannot be used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The pass; without it the first cassette pass, else the main one
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// Minutes of the shell, both sides together; without it the pass's, or the shortest in stock
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=180))]
    shell: Option<u32>,
    /// The tape: I, II or IV
    #[arg(long, value_name = "TYPE", value_parser = tape)]
    tape: Option<TapeType>,
    /// Deals the songs of the cassette pass to two sides as equal as they get in their order, the first the longer one,
    /// and keeps a tape or shell that is given here
    #[arg(long)]
    split: bool,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
}

fn tape(text: &str) -> Result<TapeType, String> {
    TapeType::from_id(text).ok_or_else(|| "I, II or IV".to_string())
}

fn open(options: &Options, console: &Console) -> Result<Document, Box<dyn Error>> {
    if !options.split {
        return input::read_session(&options.session, console);
    }
    let opened = Document::open(&options.session, Access::Edit)?;
    match opened.recovery {
        None => Ok(opened.document),
        Some(recovery) => Err(format!(
            "{}: has {} edits that were never saved; nothing was changed. Take them in first: lacquer edit --recover",
            options.session.display(),
            recovery.edits()
        )
        .into()),
    }
}

/// Pause between two songs where the sides are dealt anew, s.
const GAP_S: f64 = 2.0;

/// Deals the songs to two sides and keeps what was said of the tape.
fn split(options: &Options, document: &mut Document, pass: &str) -> Result<(), Box<dyn Error>> {
    let resolved = document.session().resolve(pass).ok_or_else(|| format!("there is no pass '{pass}'"))?;
    if resolved.pass.kind != PassKind::Cassette {
        return Err(format!("'{pass}' is no cassette pass: add one with lacquer edit SESSION pass+=cassette").into());
    }
    let plan = Plan::new(document.session(), pass)?;
    let lengths: Vec<usize> = plan.songs.iter().map(|song| (song.end - song.start) as usize).collect();
    let dealt = in_order(&lengths, lengths.len().min(2), (GAP_S * plan.rate.hz()) as usize);
    let id = |song: &usize| resolved.songs.get(*song).map(|song| song.song.id.clone());
    let sides: Vec<Vec<String>> = dealt.iter().map(|side| side.iter().filter_map(id).collect()).collect();
    document.deal(pass, &sides)?;
    let shell = options.shell.map(|minutes| format!("shell={minutes}"));
    let tape = options.tape.map(|tape| format!("tape={}", tape.id().to_uppercase()));
    for change in shell.into_iter().chain(tape) {
        let edit = Edit::parse(document, &format!("pass.{pass}.cassette.{change}"))?;
        document.apply(edit)?;
    }
    document.save()?;
    Ok(())
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut document = open(options, console)?;
    let session = document.session();
    let first = session.passes.iter().find(|pass| pass.kind == PassKind::Cassette).or(session.main_pass());
    let pass = options.pass.clone().or(first.map(|pass| pass.id.clone())).ok_or("the session has no pass")?;
    if options.split {
        split(options, &mut document, &pass)?;
    }
    let session = document.session();
    input::check_pass(session, &pass, console)?;
    let resolved = session.resolve(&pass).ok_or_else(|| format!("there is no pass '{pass}'"))?;
    let cassette = resolved.pass.cassette.clone().unwrap_or_default();
    let (tape_type, minutes) = (options.tape.unwrap_or(cassette.tape), options.shell.unwrap_or(cassette.shell));
    let wanted = if resolved.pass.kind == PassKind::Cassette { resolved.pass.profile.as_str() } else { "cassette" };
    let profile = check::profile(wanted)?;
    let tape = Tape::new(tape_type, &profile)?;
    let tape = if cassette.dolby { tape.with_dolby(&profile)? } else { tape };
    let plan = Arc::new(Plan::new(session, &pass)?);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(session, &input::folder(&document)));
    let bar = console.bar(format!("{pass} to tape"));
    let cancel = interrupt::flag(console);
    let watch = Watch { progress: &|share| bar.set(share), cancel: &cancel };
    let (sides, recorder) = sides(&plan, &resolved, &library, &watch)?;
    drop(bar);
    let length = |side: usize| sides.get(side).map_or(Seconds(0.0), |side| side.frames.seconds(plan.delivered));
    let (a, b) = (length(0), length(1));
    let balance = shell(minutes, a, b, &profile)?;
    let transfer = recorder.transfer(&tape, &profile);
    let mut verdicts = judge_tape((a, b), &balance, tape_type, transfer.as_ref(), &profile);
    verdicts.extend(judge_dolby(cassette.dolby, cassette.tones, &profile));
    let limiters = resolved.limiters();
    if !limiters.is_empty() {
        console.text(format_args!("warn: it still carries {}", limiters.join(", ")))?;
    }
    console.text(format_args!(
        "Type {}, C{}{}, pass '{pass}'",
        tape_type.id().to_uppercase(),
        balance.shell.minutes,
        if balance.shell.stock { "" } else { " (wound to order)" }
    ))?;
    for (side, blank) in sides.iter().zip([balance.blank_a_s, balance.blank_b_s]) {
        let word = if blank.0 < 0.0 { "runs out by" } else { "blank" };
        let songs: Vec<&str> = plan.songs[side.songs.clone()].iter().map(|song| song.title.as_str()).collect();
        let length = side.frames.seconds(plan.delivered);
        console.text(format_args!(
            "Side {}   {}   {word} {}   {}",
            side.name,
            clock(length),
            clock(Seconds(blank.0.abs())),
            songs.join(", ")
        ))?;
    }
    if let Some(transfer) = &transfer {
        console.text(format_args!("\n{}", transfer_text(transfer)))?;
    }
    let shown = verdicts.iter().filter(|verdict| options.all || verdict.result != Outcome::Pass);
    console.text(report::verdicts(shown))?;
    if console.json() {
        let told: Vec<_> = sides
            .iter()
            .map(|side| json!({ "side": side.name, "length_s": side.frames.seconds(plan.delivered) }))
            .collect();
        console.document(&json!({
            "pass": pass,
            "tape": tape_type.id(),
            "sides": told,
            "shell": balance,
            "transfer": transfer,
            "verdicts": verdicts,
        }))?;
    }
    Ok(Status::of(worst(&verdicts)))
}
