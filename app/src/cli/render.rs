//! `lacquer render`: deliveries.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacquer_engine::analysis::verdict::worst;
use lacquer_engine::deliver::{Delivery, FileEntry, Job, Role, Step, Wishes, deliver};
use lacquer_engine::render::FileLibrary;
use lacquer_engine::report;
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::Session;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check, input, interrupt, qc};

const EXAMPLES: &str = "\
Examples:
  lacquer render album.lacquer --out delivery
  lacquer render album.lacquer --out delivery --pass streaming --pass cd

Each pass gets a folder of its own with a manifest. Every file is read back, compared with
the render sample for sample, measured and judged before the folder takes its place; a
delivery that fails leaves what was there before.
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
    /// A pass by its id; all of them without it
    #[arg(long = "pass", value_name = "NAME")]
    passes: Vec<String>,
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
    let wanted = if options.passes.is_empty() { &known } else { &options.passes };
    let (status, values) = passes(session, &folder, wanted, &options.out, options.all, console)?;
    if console.json() {
        console.document(&json!({ "session": options.session.display().to_string(), "deliveries": values }))?;
    }
    Ok(status)
}

/// Delivers passes one after the other; one that cannot be delivered does not stop the others.
pub(super) fn passes(
    session: &Session,
    folder: &Path,
    passes: &[String],
    out: &Path,
    all: bool,
    console: &Console,
) -> Result<(Status, Vec<Value>), Box<dyn Error>> {
    let mut status = Status::Passing;
    let mut values = Vec::new();
    // What is open now is judged with what was decided before.
    let session = &qc::completed(session, folder, console)?;
    for (index, pass) in passes.iter().enumerate() {
        if index > 0 {
            console.text("")?;
        }
        if interrupt::is_asked(&interrupt::flag(console)) {
            console.say(format_args!("{pass}: not begun"));
            values.push(json!({ "pass": pass, "error": "cancelled before it began" }));
            status = Status::Refused;
            continue;
        }
        match one(session, folder, pass, out, console) {
            Ok(delivery) => {
                status = status.max(Status::of(worst(&delivery.verdicts)));
                tell(&delivery, all, console)?;
                values.push(value(pass, &delivery));
            }
            Err(error) => {
                console.say(format_args!("{pass}: {error}"));
                values.push(json!({ "pass": pass, "error": error.to_string() }));
                status = Status::Refused;
            }
        }
    }
    Ok((status, values))
}

fn one(
    session: &Session,
    folder: &Path,
    pass: &str,
    out: &Path,
    console: &Console,
) -> Result<Delivery, Box<dyn Error>> {
    input::check_pass(session, pass, console)?;
    let profile_id = session.pass(pass).map_or("", |pass| pass.profile.as_str());
    let profile = check::profile(profile_id)?;
    let bar = console.bar(format!("delivering {pass}"));
    let told = |step: Step| match step {
        Step::Checking { source } => bar.name(format!("{pass}: checking {source}")),
        Step::Rendering { share, song } => {
            bar.name(format!("{pass}: rendering {song}"));
            bar.set(share);
        }
        Step::Verifying { share, file } => {
            bar.name(format!("{pass}: reading back {file}"));
            bar.set(share);
        }
        Step::TakingOver { file } => bar.name(format!("{pass}: unchanged {file}")),
        Step::Auditioning { done, all } => bar.name(format!("{pass}: coders, {done} of {all}")),
    };
    let delivery = deliver(&Job {
        session,
        pass,
        folder: out,
        library: Arc::new(FileLibrary::new(session, folder)),
        profile: &profile,
        wishes: Wishes::default(),
        progress: &told,
        cancel: &interrupt::flag(console),
    })?;
    Ok(delivery)
}

fn tell(delivery: &Delivery, all: bool, console: &Console) -> std::io::Result<()> {
    console.text(format_args!("{}: {}", delivery.manifest.pass.name, delivery.folder.display()))?;
    console.text(files(&delivery.manifest.files))?;
    tell_conversions(&delivery.manifest.files, console)?;
    if let Some(deepest) = delivery.manifest.guard.iter().map(|action| action.deepest_db).reduce(f64::min) {
        let count = delivery.manifest.guard.len();
        console.text(format_args!("The true-peak guard acted {count} times, at most {:.1} dB.", -deepest))?;
    }
    check::tell(&delivery.verdicts, all, console)
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
    let mut table = Table::new(&["File", "Length", "Rate", "I LUFS", "LRA LU", "TP dBTP", "Dither", "Bytes"]);
    table = table.aligned(0, Align::Left).aligned(6, Align::Left);
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
        "verdicts": delivery.verdicts,
    })
}
