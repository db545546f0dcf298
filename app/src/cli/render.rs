//! `lacquer render`: deliveries.

mod board;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::codec::{Coder, TIERS, Tier};
use lacquer_engine::deliver::queue::{Queue, Turn};
use lacquer_engine::deliver::{
    Delivery, FileEntry, Job, Role, Wishes, codec_table, deliver, platform_table, track_table,
};
use lacquer_engine::render::{FileLibrary, Plan};
use lacquer_engine::report;
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{PassKind, Session};
use lacquer_engine::unit::Frames;
use serde_json::{Value, json};

use board::Board;

use super::console::Console;
use super::{Answer, Status, check, input, interrupt, qc};

const EXAMPLES: &str = "\
Examples:
  lacquer render album.lacquer --out delivery
  lacquer render album.lacquer --out delivery --pass streaming --pass cd
  lacquer render album.lacquer --out delivery --check
  lacquer render album.lacquer --out delivery --codecs aac-256,mp3-320,opus-128

Each pass gets a folder of its own with a manifest, a delivery report and the label copy.
Every file is read back, compared with the render sample for sample, measured and judged
before the folder takes its place; a delivery that fails leaves what was there before.
Several passes are made at once. A file of an earlier delivery that would come out the same
is taken over, identical by SHA-256; --fresh makes everything anew. Ctrl-C stops in order:
passes that are finished stay.
Exit status: 0 delivered and passing, 1 delivered but something fails its check, 2 something
was not delivered.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The folder that receives the deliveries
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    /// A pass by its id; all of them without it. They are made in this order
    #[arg(long = "pass", value_name = "NAME")]
    passes: Vec<String>,
    /// Make every file anew, also those that have not changed
    #[arg(long)]
    fresh: bool,
    /// Judge what would be written, and leave nothing on the disk
    #[arg(long)]
    check: bool,
    /// Send the songs of streaming passes through the shops' coders and back: these tiers, or the usual ones
    #[arg(long, value_name = "TIER,...", num_args = 0..=1, default_missing_value = "usual", require_equals = true)]
    codecs: Option<String>,
    /// Passes made at once; as many as there are cores without it
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let document = input::read_session(&options.session, console)?;
    let (session, folder) = (document.session(), input::folder(&document));
    let known: Vec<String> = session.passes.iter().map(|pass| pass.id.clone()).collect();
    if let Some(unknown) = options.passes.iter().find(|pass| !known.contains(pass)) {
        return Err(format!("there is no pass '{unknown}' (there are: {})", known.join(", ")).into());
    }
    let mut wanted: Vec<String> = Vec::new();
    for pass in if options.passes.is_empty() { &known } else { &options.passes } {
        if !wanted.contains(pass) {
            wanted.push(pass.clone());
        }
    }
    let codecs = tiers(options.codecs.as_deref(), console)?;
    let mut wish =
        Wish { fresh: options.fresh, codecs, all: options.all, check_only: options.check, ..Wish::default() };
    wish.jobs = options.jobs.unwrap_or(wish.jobs).max(1);
    let (status, values) = passes(session, &folder, &wanted, &options.out, &wish, console)?;
    if console.json() {
        console.document(&json!({ "session": options.session.display().to_string(), "deliveries": values }))?;
    }
    Ok(status)
}

/// How the passes are wished for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    /// Everything anew.
    pub(super) fresh: bool,
    /// Through these coders.
    pub(super) codecs: Vec<Tier>,
    /// So many at a time.
    pub(super) jobs: usize,
    /// Told with the checks that pass.
    pub(super) all: bool,
    /// Judged, and not written.
    pub(super) check_only: bool,
}

impl Default for Wish {
    /// What is the same stays, no coders, all cores.
    fn default() -> Wish {
        let jobs = thread::available_parallelism().map_or(1, usize::from);
        Wish { fresh: false, codecs: Vec::new(), jobs, all: false, check_only: false }
    }
}

/// The tiers of a list; the usual ones that this machine has an encoder for where it says `usual`.
fn tiers(asked: Option<&str>, console: &Console) -> Result<Vec<Tier>, Box<dyn Error>> {
    let Some(asked) = asked else { return Ok(Vec::new()) };
    let coders = Coder::found();
    let has = |tier: &Tier| coders.iter().any(|coder| coder.coding == tier.coding);
    if asked == "usual" {
        let (found, absent): (Vec<Tier>, Vec<Tier>) =
            TIERS.iter().filter(|tier| tier.usual).partition(|tier| has(tier));
        if !absent.is_empty() {
            let names: Vec<_> = absent.iter().map(|tier| tier.id).collect();
            console.say(format_args!("not tried, no encoder found: {}", names.join(", ")));
        }
        return Ok(found);
    }
    let known = || TIERS.iter().map(|tier| tier.id).collect::<Vec<_>>().join(", ");
    let one = |id: &str| -> Result<Tier, Box<dyn Error>> {
        let tier = Tier::of(id.trim()).ok_or_else(|| format!("there is no tier '{id}' (there are: {})", known()))?;
        match has(&tier) {
            true => Ok(tier),
            false => Err(format!("no encoder for {id} was found on this machine (lacquer codec --list)").into()),
        }
    };
    asked.split(',').map(one).collect()
}

/// Makes passes, several at once; one that cannot be delivered does not stop the others.
pub(super) fn passes(
    session: &Session,
    folder: &Path,
    passes: &[String],
    out: &Path,
    wish: &Wish,
    console: &Console,
) -> Result<(Status, Vec<Value>), Box<dyn Error>> {
    // What is open now is judged with what was decided before.
    let session = &qc::completed(session, folder, console)?;
    let (queue, flag) = (Queue::new(passes.iter().cloned()), interrupt::flag(console));
    let (board, over) = (Board::new(passes.len(), console), AtomicBool::new(false));
    let made: Mutex<BTreeMap<String, Made>> = Mutex::default();
    let make = |turn: &Turn<'_>| {
        let delivered = one(session, folder, turn, out, wish, &board, console).map_err(|error| error.to_string());
        let (took, speed) = board.end(turn.pass()).unwrap_or_default();
        let ended = Made { delivered, took, speed };
        made.lock().unwrap_or_else(PoisonError::into_inner).insert(turn.pass().into(), ended);
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                if interrupt::is_asked(&flag) {
                    return queue.stop_all();
                }
                thread::sleep(WATCHED);
            }
        });
        queue.work(wish.jobs, &make);
        over.store(true, Ordering::Relaxed);
    });
    drop(board);
    told(passes, &made.into_inner().unwrap_or_else(PoisonError::into_inner), wish.all, console)
}

/// How often it is asked whether to stop.
const WATCHED: Duration = Duration::from_millis(50);

/// A pass that was begun.
struct Made {
    delivered: Result<Delivery, String>,
    /// Seconds it took, and how many times faster than real time.
    took: f64,
    speed: f64,
}

/// What came of each pass, in the order asked for.
fn told(
    passes: &[String],
    made: &BTreeMap<String, Made>,
    all: bool,
    console: &Console,
) -> Result<(Status, Vec<Value>), Box<dyn Error>> {
    let (mut status, mut values) = (Status::Passing, Vec::new());
    for (index, pass) in passes.iter().enumerate() {
        if index > 0 {
            console.text("")?;
        }
        match made.get(pass) {
            None => {
                console.say(format_args!("{pass}: not begun"));
                values.push(json!({ "pass": pass, "error": "cancelled before it began" }));
                status = Status::Refused;
            }
            Some(Made { delivered: Err(error), .. }) => {
                console.say(format_args!("{pass}: {error}"));
                values.push(json!({ "pass": pass, "error": error }));
                status = Status::Refused;
            }
            Some(Made { delivered: Ok(delivery), took, speed }) => {
                status = status.max(Status::of(worst(&delivery.verdicts)));
                tell(delivery, all, console)?;
                console.text(format_args!("Made in {took:.1} s, {speed:.0} times real time"))?;
                let mut value = value(pass, delivery);
                (value["seconds"], value["times_real_time"]) = (json!(took), json!(speed));
                values.push(value);
            }
        }
    }
    Ok((status, values))
}

fn one(
    session: &Session,
    folder: &Path,
    turn: &Turn<'_>,
    out: &Path,
    wish: &Wish,
    board: &Board,
    console: &Console,
) -> Result<Delivery, Box<dyn Error>> {
    let pass = turn.pass();
    input::check_pass(session, pass, console)?;
    let held = session.pass(pass);
    let profile = check::profile(held.map_or("", |pass| pass.profile.as_str()))?;
    let plan = Plan::new(session, pass)?;
    board.begin(pass, Frames(plan.frames).seconds(plan.rate));
    let streams = held.is_some_and(|pass| pass.kind == PassKind::Streaming);
    let delivery = deliver(&Job {
        session,
        pass,
        folder: out,
        library: Arc::new(FileLibrary::new(session, folder)),
        profile: &profile,
        wishes: Wishes {
            fresh: wish.fresh,
            codecs: if streams { &wish.codecs } else { &[] },
            check_only: wish.check_only,
        },
        progress: &|step| board.tell(pass, step),
        cancel: turn.cancel(),
    })?;
    Ok(delivery)
}

fn tell(delivery: &Delivery, all: bool, console: &Console) -> std::io::Result<()> {
    let manifest = &delivery.manifest;
    match delivery.written {
        true => console.text(format_args!("{}: {}", manifest.pass.name, delivery.folder.display()))?,
        false => console.text(format_args!("{}: checked, nothing was written", manifest.pass.name))?,
    }
    console.text(files(&manifest.files))?;
    tell_conversions(&manifest.files, console)?;
    if let Some(deepest) = manifest.guard.iter().map(|action| action.deepest_db).reduce(f64::min) {
        let count = manifest.guard.len();
        console.text(format_args!("The true-peak guard acted {count} times, at most {:.1} dB.", -deepest))?;
    }
    let taken = manifest.files.iter().filter(|file| file.taken_over).count();
    if taken > 0 {
        console.text(format_args!("{taken} files have not changed: taken over, identical by SHA-256."))?;
    }
    if !manifest.codecs.is_empty() {
        console.text(format_args!("Behind the coders\n{}", codec_table(manifest)))?;
    }
    if !manifest.playback.is_empty() {
        let (album, songs) = (platform_table(&manifest.playback), track_table(&manifest.playback));
        console.text(format_args!("How loud it is played: album mode by the loudest song, and as one\n{album}"))?;
        console.text(format_args!("Track mode: gain in dB (true peak after it)\n{songs}"))?;
    }
    let judged: Vec<Verdict> = delivery.verdicts.iter().filter(|one| one.check != "playback_gain").cloned().collect();
    check::tell(&judged, all, console)
}

/// The conversions of rate, with the files that went through each.
fn tell_conversions(files: &[FileEntry], console: &Console) -> std::io::Result<()> {
    let mut kinds: Vec<(u32, u32, Vec<&str>)> = Vec::new();
    for file in files.iter().filter(|file| file.role == Role::Song) {
        for entry in file.audio.iter().flat_map(|audio| &audio.conversions) {
            let name = file.name.trim_end_matches(".wav");
            match kinds.iter_mut().find(|kind| (kind.0, kind.1) == (entry.from_hz, entry.to_hz)) {
                Some(kind) if kind.2.contains(&name) => {}
                Some(kind) => kind.2.push(name),
                None => kinds.push((entry.from_hz, entry.to_hz, vec![name])),
            }
        }
    }
    for (from, to, names) in kinds {
        console.text(format_args!("Converted {from} to {to} Hz: {}", names.join(", ")))?;
    }
    Ok(())
}

/// The files of a delivery with what was measured in them.
fn files(files: &[FileEntry]) -> Table {
    let heads = ["File", "Length", "Rate", "I LUFS", "LRA LU", "TP dBTP", "Dither", "Bytes", "Made"];
    let mut table = Table::new(&heads).aligned(0, Align::Left).aligned(6, Align::Left).aligned(8, Align::Left);
    for file in files {
        let nothing = || "-".to_string();
        let audio = file.audio.as_ref();
        let figure = |key: &str, digits: usize| {
            let value = audio.and_then(|audio| audio.measured.get(key)?.as_f64());
            value.map_or_else(nothing, |value| format!("{value:.digits$}"))
        };
        table.row([
            file.name.clone(),
            audio.map_or_else(nothing, |audio| report::clock(audio.frames as f64 / f64::from(audio.sample_rate_hz))),
            audio.map_or_else(nothing, |audio| audio.sample_rate_hz.to_string()),
            figure("integrated_lufs", 1),
            figure("lra_lu", 1),
            figure("true_peak_dbtp", 2),
            audio.and_then(|audio| audio.dither.clone()).unwrap_or_else(nothing),
            file.bytes.to_string(),
            if file.taken_over { "unchanged (hash)" } else { "now" }.into(),
        ]);
    }
    table
}

fn value(pass: &str, delivery: &Delivery) -> Value {
    json!({
        "pass": pass,
        "folder": delivery.folder.display().to_string(),
        "result": worst(&delivery.verdicts),
        "files": delivery.manifest.files,
        "guard": delivery.manifest.guard,
        "unchanged": delivery.manifest.files.iter().filter(|file| file.taken_over).count(),
        "codecs": delivery.manifest.codecs,
        "playback": delivery.manifest.playback,
        "verdicts": delivery.verdicts,
    })
}
