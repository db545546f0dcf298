//! `lacquer codec`: songs through the shops' coders and back.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacquer_engine::analysis::verdict::worst;
use lacquer_engine::codec::{Coder, TIERS, Tier, Trip};
use lacquer_engine::deliver::audition::{Attempt, Audition, Cell, Solution, judge_matrix};
use lacquer_engine::deliver::{Job, MANIFEST_NAME, Manifest, Role, Wishes, deliver};
use lacquer_engine::render::FileLibrary;
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::Session;
use lacquer_engine::unit::Dbtp;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check, input, interrupt};

const EXAMPLES: &str = "\
Examples:
  lacquer codec --list                         tiers, and the encoders this machine has
  lacquer codec master.wav
  lacquer codec \"delivery/Three Rooms - Streaming\" --tier aac-256 --tier opus-128
  lacquer codec album.lacquer --pass streaming --solve --target -0.1
  lacquer codec master.wav --keep /tmp/heard   keeps what was decoded, and what was lost

Each song is encoded from its first sample, decoded in floating point and measured without
clamping, then as a player that clamps hears it. --solve renders the pass under lower and
lower ceilings until every song stays at or under the target behind every tier, or says that
none does. Encoders are always named with their version; ffmpeg's own AAC coder is shown and
never judged by.
Exit status: 0 everything passes, 1 something is over, 2 an input cannot be used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Sound files, delivery folders, or one session
    #[arg(required_unless_present = "list")]
    inputs: Vec<PathBuf>,
    /// A tier by its id; the usual ones without it
    #[arg(long = "tier", value_name = "ID", value_parser = tier)]
    tiers: Vec<Tier>,
    /// Of a session: the pass that is rendered
    #[arg(long, value_name = "NAME", default_value = "streaming")]
    pass: String,
    /// Find the loudest ceiling that is safe behind every tier
    #[arg(long)]
    solve: bool,
    /// What --solve aims at, in dBTP
    #[arg(long, value_name = "DBTP", default_value_t = 0.0, allow_negative_numbers = true)]
    target: f64,
    /// Keep the decoded sounds and the differences in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// List tiers and encoders, and do nothing else
    #[arg(long)]
    list: bool,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
}

fn tier(id: &str) -> Result<Tier, String> {
    let known = || TIERS.iter().map(|tier| tier.id).collect::<Vec<_>>().join(", ");
    Tier::of(id).ok_or_else(|| format!("one of {}", known()))
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let coders = Coder::found();
    if options.list {
        return list(&coders, console);
    }
    let tiers = tiers(options, &coders, console)?;
    match options.inputs.as_slice() {
        [session] if input::is_session(session) => of_session(options, session, &tiers, &coders, console),
        inputs if options.solve => {
            Err(format!("--solve renders a pass, so it takes a session (given: {} files)", inputs.len()).into())
        }
        inputs => matrix(options, &files(inputs)?, &tiers, &coders, console),
    }
}

/// The tiers asked for; of the usual ones those that have an encoder, and a word about the others.
fn tiers(options: &Options, coders: &[Coder], console: &Console) -> Result<Vec<Tier>, Box<dyn Error>> {
    let has = |tier: &Tier| coders.iter().any(|coder| coder.coding == tier.coding);
    if let Some(missing) = options.tiers.iter().find(|tier| !has(tier)) {
        return Err(format!("no encoder for {} was found on this machine (lacquer codec --list)", missing.id).into());
    }
    if !options.tiers.is_empty() {
        return Ok(options.tiers.clone());
    }
    let judged =
        |tier: &&Tier| coders.iter().any(|coder| coder.coding == tier.coding && (coder.judges || !options.solve));
    let (found, absent): (Vec<Tier>, Vec<Tier>) = TIERS.iter().filter(|tier| tier.usual).partition(judged);
    if !absent.is_empty() {
        let names: Vec<_> = absent.iter().map(|tier| tier.id).collect();
        console.say(format_args!("not tried, no encoder for a verdict found: {}", names.join(", ")));
    }
    match found.is_empty() {
        true => Err("no lossy encoder was found on this machine; install lame, vorbis-tools or opus-tools".into()),
        false => Ok(found),
    }
}

/// Sound files as they are; of a delivery folder the songs.
fn files(inputs: &[PathBuf]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for path in inputs {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let manifest = path.join(MANIFEST_NAME);
        let text = std::fs::read_to_string(&manifest)
            .map_err(|error| format!("{}: {error}; a folder must be a delivery", manifest.display()))?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", manifest.display()))?;
        let songs = manifest.files.iter().filter(|file| file.role == Role::Song);
        // A manifest names files of its own folder; anything else is not followed.
        let named = songs.filter_map(|file| Path::new(&file.name).file_name());
        files.extend(named.map(|name| path.join(name)));
    }
    Ok(files)
}

fn of_session(options: &Options, path: &Path, tiers: &[Tier], coders: &[Coder], console: &Console) -> Answer {
    let document = input::read_session(path, console)?;
    let (session, folder) = (document.session(), input::folder(&document));
    input::check_pass(session, &options.pass, console)?;
    if options.solve {
        return solve(options, session, &folder, tiers, coders, console);
    }
    let scratch = tempfile::tempdir()?;
    let delivery = with_job(options, session, &folder, scratch.path(), console, |job| Ok(deliver(job)?))?;
    let songs = delivery.manifest.files.iter().filter(|file| file.role == Role::Song);
    let files: Vec<PathBuf> = songs.map(|file| delivery.folder.join(&file.name)).collect();
    matrix(options, &files, tiers, coders, console)
}

fn with_job<T>(
    options: &Options,
    session: &Session,
    folder: &Path,
    out: &Path,
    console: &Console,
    with: impl FnOnce(&Job<'_>) -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let profile = check::profile(session.pass(&options.pass).map_or("", |pass| pass.profile.as_str()))?;
    let bar = console.bar(format!("rendering {}", options.pass));
    let told = |step: lacquer_engine::deliver::Step| {
        if let lacquer_engine::deliver::Step::Rendering { share, song } = step {
            bar.name(format!("rendering {song}"));
            bar.set(share);
        }
    };
    with(&Job {
        session,
        pass: &options.pass,
        folder: out,
        library: Arc::new(FileLibrary::new(session, folder)),
        profile: &profile,
        wishes: Wishes::default(),
        progress: &told,
        cancel: &interrupt::flag(console),
    })
}

fn matrix(options: &Options, files: &[PathBuf], tiers: &[Tier], coders: &[Coder], console: &Console) -> Answer {
    let bar = console.bar("encoding and decoding");
    let told = |done: usize, all: usize| bar.set(done as f64 / all.max(1) as f64);
    let audition =
        Audition { tiers, coders, keep: options.keep.as_deref(), progress: &told, cancel: &interrupt::flag(console) };
    let cells = audition.matrix(files)?;
    drop(bar);
    let verdicts = judge_matrix(&cells, &check::profile("streaming")?);
    console.text(table(&cells))?;
    check::tell(&verdicts, options.all, console)?;
    let refused = cells.iter().any(|cell| cell.trip.is_err());
    if console.json() {
        let cells: Vec<Value> = cells.iter().map(value).collect();
        console.document(&json!({ "trips": cells, "verdicts": verdicts, "result": worst(&verdicts) }))?;
    }
    Ok(if refused { Status::Refused } else { Status::of(worst(&verdicts)) })
}

fn value(cell: &Cell) -> Value {
    let mut value = match &cell.trip {
        Ok(trip) => json!(trip),
        Err(error) => json!({ "tier": cell.tier.id, "error": error.to_string() }),
    };
    value["file"] = json!(cell.file.display().to_string());
    value
}

fn table(cells: &[Cell]) -> Table {
    let heads = ["Song", "Tier", "Coder", "kb/s", "TP in", "TP out", "Growth", "Clamped TP", "Overs", "At"];
    let mut table = Table::new(&heads).aligned(0, Align::Left).aligned(1, Align::Left).aligned(2, Align::Left);
    for cell in cells {
        let song = cell.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match &cell.trip {
            Ok(trip) => table.row(row(song, trip)),
            Err(error) => table.row(
                [song, cell.tier.id.into(), error.to_string()]
                    .into_iter()
                    .chain(std::iter::repeat_n("-".to_string(), 7)),
            ),
        };
    }
    table
}

fn row(song: String, trip: &Trip) -> Vec<String> {
    let level = |level: Option<Dbtp>| level.map_or_else(|| "-".into(), |level| format!("{:.2}", level.0));
    let decoded = &trip.decoded;
    vec![
        song,
        trip.tier.into(),
        if trip.judges { trip.coder.clone() } else { format!("{} (not judged by)", trip.coder) },
        format!("{:.0}", trip.kilobits),
        level(trip.original_true_peak_dbtp),
        level(decoded.true_peak_dbtp),
        trip.growth_db.map_or_else(|| "-".into(), |growth| format!("{:+.2}", growth.0)),
        level(decoded.clamped_true_peak_dbtp),
        decoded.overs.len().to_string(),
        decoded.true_peak_at_s.map_or_else(|| "-".into(), |at| lacquer_engine::report::clock(at.0)),
    ]
}

fn solve(
    options: &Options,
    session: &Session,
    folder: &Path,
    tiers: &[Tier],
    coders: &[Coder],
    console: &Console,
) -> Answer {
    let cancel = interrupt::flag(console);
    let audition = Audition { tiers, coders, keep: options.keep.as_deref(), progress: &|_, _| (), cancel: &cancel };
    let solution =
        with_job(options, session, folder, folder, console, |job| Ok(audition.solve(job, Dbtp(options.target))?))?;
    console.text(attempts(&solution.attempts))?;
    if !solution.songs.is_empty() {
        console.text(costs(&solution))?;
    }
    console.text(sentence(&solution, &options.pass))?;
    if console.json() {
        console.document(&json!(solution))?;
    }
    Ok(if solution.safe { Status::Passing } else { Status::Failing })
}

fn attempts(attempts: &[Attempt]) -> Table {
    let mut table = Table::new(&["Ceiling dBTP", "Files dBTP", "Worst decoded", "Songs and tiers over"]);
    let level = |level: Option<Dbtp>| level.map_or_else(|| "-".into(), |level: Dbtp| format!("{:.2}", level.0));
    for attempt in attempts {
        let ceiling = attempt.ceiling_dbtp.map_or_else(|| "as it is".into(), |ceiling| format!("{:.1}", ceiling.0));
        table.row([
            ceiling,
            level(attempt.original_true_peak_dbtp),
            level(attempt.worst_dbtp),
            match attempt.whole {
                true => format!("{} of {}", attempt.over, attempt.points.len()),
                false => format!("{} of the {} near it", attempt.over, attempt.points.len()),
            },
        ]);
    }
    table
}

fn costs(solution: &Solution) -> Table {
    let heads = ["Song", "Worst as it is", "Tier", "Worst now", "Tier", "Costs LU"];
    let mut table = Table::new(&heads).aligned(0, Align::Left).aligned(2, Align::Left).aligned(4, Align::Left);
    let peak = |peak: Option<(Dbtp, &'static str)>| match peak {
        Some((peak, tier)) => [format!("{:.2}", peak.0), tier.into()],
        None => ["-".to_string(), "-".into()],
    };
    for song in &solution.songs {
        let cost = song.cost_lu.map_or_else(|| "-".into(), |cost| format!("{:.2}", cost.0));
        let cells = [song.song.clone()].into_iter().chain(peak(song.before)).chain(peak(song.after));
        table.row(cells.chain([cost]));
    }
    table
}

fn sentence(solution: &Solution, pass: &str) -> String {
    let target = solution.target_dbtp.0;
    match (solution.safe, solution.ceiling_dbtp) {
        (true, None) => format!("Safe as it is: no song exceeds {target:.1} dBTP behind any of these coders."),
        (true, Some(ceiling)) => {
            let cost = solution.cost_lu.map_or(0.0, |cost| cost.0);
            format!(
                "The loudest safe ceiling is {:.1} dBTP; it costs at most {cost:.2} LU. Set it with pass.{pass}.ceiling={:.1}",
                ceiling.0, ceiling.0
            )
        }
        (false, _) => format!(
            "No ceiling down to {:.1} dBTP keeps every song at or under {target:.1} dBTP: leave the worst tier out, or lower the target's demand.",
            lacquer_engine::deliver::audition::LOWEST_CEILING.0
        ),
    }
}

fn list(coders: &[Coder], console: &Console) -> Answer {
    let mut table = Table::new(&["Tier", "Coding", "kb/s", "Met at", "Encoder", "Judged by"]);
    for column in [0, 1, 3, 4, 5] {
        table = table.aligned(column, Align::Left);
    }
    let mut values = Vec::new();
    for tier in TIERS {
        let coder = coders.iter().find(|coder| coder.coding == tier.coding);
        table.row([
            tier.id.to_string(),
            tier.coding.name().into(),
            tier.kilobits.to_string(),
            tier.met.into(),
            coder.map_or_else(|| "none found".into(), Coder::title),
            coder.map_or("-", |coder| if coder.judges { "yes" } else { "no" }).into(),
        ]);
        values.push(json!({
            "tier": tier.id,
            "coding": tier.coding.name(),
            "kilobits": tier.kilobits,
            "coder": coder.map(Coder::title),
            "judges": coder.map(|coder| coder.judges),
        }));
    }
    console.text(table)?;
    if console.json() {
        console.document(&json!({ "tiers": values }))?;
    }
    Ok(Status::Passing)
}
