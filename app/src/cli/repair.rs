//! `lacquer repair`: repairs of a file, or of the sources of a session, through the same edits as the window.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacquer_engine::analysis::faults::{Faults, Thresholds};
use lacquer_engine::analysis::finding::{Finding, State};
use lacquer_engine::audio::Block;
use lacquer_engine::dsp::dither::Dither;
use lacquer_engine::profile::Profile;
use lacquer_engine::render::{FileLibrary, Hearing, Plan, compute_repairs, measured_repairs};
use lacquer_engine::report;
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::restore::KINDS;
use lacquer_engine::session::{Access, Decision, Depth, Document, Edit, Found, Repair, Session, SourceRef};
use lacquer_engine::source::Reader;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check, input, interrupt, process};

const EXAMPLES: &str = "\
A file is repaired into another one; a session keeps its repairs, and its files stay as they
are. A repair is written KIND,name=value,...: `--kinds` lists kinds and values. `start`, `end`
and `length` are times (12.5s, 800ms, 1:30.5) or frames (551250), without them the whole file;
`channels` is left, right or 0+1. What can be measured and is not given is measured: `offset`
of dc, `delay` of delay. Samples outside every repair pass bit for bit.
Examples:
  lacquer repair mix.wav clean.wav --declick
  lacquer repair mix.wav clean.wav --declick 80 --declip --dehum 50
  lacquer repair mix.wav clean.wav --add declick,start=12.5s,length=20ms,channels=left
  lacquer repair mix.wav clean.wav --add denoise,learn=0s-0.8s,reduction=10 --add dc
  lacquer repair mix.wav clean.wav --fix-findings
  lacquer repair mix.wav taken.wav --declick --removed      only what is taken away
  lacquer repair album.lacquer --list
  lacquer repair album.lacquer --source a2 --add kind=interpolate,start=61.2s,length=4ms
  lacquer repair album.lacquer --source a2 --set r1.strength=40 --off r2 --remove r3
  lacquer repair album.lacquer --fix-findings
Exit status: 0 done, 1 written but samples were cut at full scale, or a repair of the session
cannot be heard, 2 nothing was written.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// A sound file or a session
    #[arg(value_name = "IN|SESSION", required_unless_present = "kinds")]
    input: Option<PathBuf>,
    /// The WAV file that is written, for a sound file
    #[arg(value_name = "OUT")]
    output: Option<PathBuf>,
    /// Add a repair: KIND,name=value,...
    #[arg(long, value_name = "REPAIR")]
    add: Vec<String>,
    /// Take clicks away, everywhere; strength 0 to 100
    #[arg(long, value_name = "STRENGTH", num_args = 0..=1, default_missing_value = "")]
    declick: Option<String>,
    /// Take crackle away, everywhere; strength 0 to 100
    #[arg(long, value_name = "STRENGTH", num_args = 0..=1, default_missing_value = "")]
    decrackle: Option<String>,
    /// Put clipped tops back, where there are any
    #[arg(long)]
    declip: bool,
    /// Take mains hum away; its frequency in Hz
    #[arg(long, value_name = "HZ", num_args = 0..=1, default_missing_value = "")]
    dehum: Option<String>,
    /// Repair every finding that a repair fits
    #[arg(long)]
    fix_findings: bool,
    /// The profile that says what a finding is (`lacquer profiles` lists them)
    #[arg(long, default_value = "qc-normal", value_name = "ID")]
    profile: String,
    /// The source of the session, by its id; needed where there are several
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Change a repair of the session: REPAIR.FIELD=VALUE
    #[arg(long = "set", value_name = "R.FIELD=VALUE")]
    change: Vec<String>,
    /// Switch a repair of the session on
    #[arg(long, value_name = "REPAIR")]
    on: Vec<String>,
    /// Switch a repair of the session off
    #[arg(long, value_name = "REPAIR")]
    off: Vec<String>,
    /// Remove a repair of the session
    #[arg(long, value_name = "REPAIR")]
    remove: Vec<String>,
    /// List the repairs of the session; compute what is not computed yet
    #[arg(long)]
    list: bool,
    /// List every kind of repair with its values
    #[arg(long)]
    kinds: bool,
    /// Write only what is taken away, from a sound file
    #[arg(long)]
    removed: bool,
    /// Word of the written file: 16, 24, 32, 32f or 64f; without it the input's (24 of lossy files)
    #[arg(long, value_name = "BITS", value_parser = process::depth)]
    bits: Option<Depth>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let Some(path) = options.input.as_deref().filter(|_| !options.kinds) else { return kinds(console) };
    match (input::is_session(path), &options.output) {
        (true, None) => session(path, options, console),
        (true, Some(_)) => Err("a session keeps its repairs itself: no OUT belongs to it".into()),
        (false, Some(output)) => file(path, output, options, console),
        (false, None) => Err("write the name of the WAV file that is to be written behind the input".into()),
    }
}

/// The repairs that are asked for, as they are typed.
fn asked(options: &Options) -> Vec<String> {
    let with = |kind: &str, name: &str, value: &str| match value.is_empty() {
        true => kind.to_string(),
        false => format!("{kind},{name}={value}"),
    };
    let mut all = Vec::new();
    // In the order that serves them: what is broken first, what lies over everything last.
    all.extend(options.declip.then(|| "declip".to_string()));
    all.extend(options.declick.as_deref().map(|value| with("declick", "strength", value)));
    all.extend(options.decrackle.as_deref().map(|value| with("decrackle", "strength", value)));
    all.extend(options.dehum.as_deref().map(|value| with("dehum", "frequency", value)));
    all.extend(options.add.iter().cloned());
    all
}

/// `kind=declick,start=1s` or `declick,start=1s` as `lacquer edit` reads it: words with spaces between them.
fn words(text: &str) -> String {
    let text = text.strip_prefix("kind=").unwrap_or(text);
    text.split(',').map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Adds repairs to a source, what can be measured measured. Returns what was done, in words.
fn add(
    document: &mut Document,
    library: &FileLibrary,
    source: &str,
    texts: &[String],
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut done = Vec::new();
    for text in texts {
        let new = Edit::parse_repair(document, source, &words(text))?;
        let found = source_of(document, source)?.clone();
        for repair in measured_repairs(&new, &found, library)? {
            let (edit, _) = Edit::add_repair(document, source, &repair)?;
            done.push(document.apply(edit)?.describe(document.session()));
        }
    }
    Ok(done)
}

fn source_of<'d>(document: &'d Document, id: &str) -> Result<&'d SourceRef, Box<dyn Error>> {
    document.session().source(id).ok_or_else(|| format!("there is no source '{id}'").into())
}

/// Repairs every finding of a source that is not repaired yet. Returns what was done, and the findings no repair fits.
fn fix(
    document: &mut Document,
    library: &FileLibrary,
    source: &str,
    profile: &Profile,
    console: &Console,
) -> Result<(Vec<String>, Vec<Finding>), Box<dyn Error>> {
    let found = source_of(document, source)?.clone();
    let mut left = Vec::new();
    let mut repairs: Vec<Repair> = Vec::new();
    let mut answers: Vec<Found> = Vec::new();
    for finding in findings(&found, library, profile, console)? {
        let answered = found.repairs.iter().chain(&repairs).any(|repair| repair.finding == finding.id);
        match Repair::for_finding(&finding, &found) {
            _ if answered => {}
            Some(repair) => {
                repairs.push(repair);
                answers.push(Found::of(&finding, Some(source), None));
            }
            None => left.push(finding),
        }
    }
    if repairs.is_empty() {
        return Ok((Vec::new(), left));
    }
    let label = format!("repair {} findings of {source}", repairs.len());
    let (edit, ids) = Edit::add_repairs(document, source, &repairs, &label)?;
    document.apply(edit)?;
    // The ledger says so: what is repaired is not open any more.
    let fixed = Decision { state: State::Fixed, reason: String::new(), by: String::new(), date: String::new() };
    let answered: Vec<_> =
        repairs.iter().zip(&answers).map(|(repair, found)| (repair.finding.as_str(), Some(found))).collect();
    document.apply(Edit::decide_all(document, &answered, &fixed)?)?;
    let told = |(id, repair): (&String, &Repair)| {
        let place = report::clock(repair.start.seconds(found.rate).0);
        format!("{id}: {} at {place}, for {}", repair.name(), repair.finding)
    };
    Ok((ids.iter().zip(&repairs).map(told).collect(), left))
}

/// Frames looked through at a time.
const BLOCK_FRAMES: usize = 16_384;

/// What is wrong with a source as it is with its repairs.
fn findings(
    source: &SourceRef,
    library: &FileLibrary,
    profile: &Profile,
    console: &Console,
) -> Result<Vec<Finding>, Box<dyn Error>> {
    let bar = console.bar(format!("looking through {}", source.path));
    let mut reader = library.open_repaired(source)?;
    let mut faults = Faults::new(source.layout.channels(), source.rate, Thresholds::from_profile(profile));
    let mut block = Block::new(source.layout.channels(), BLOCK_FRAMES);
    let (mut place, total) = (0, reader.frames().0);
    while place < total {
        block.set_frames((total - place).min(BLOCK_FRAMES as u64) as usize);
        reader.read(place, &mut block)?;
        faults.process(&block);
        place += block.frames() as u64;
        bar.set(place as f64 / total as f64);
    }
    Ok(faults.finish())
}

fn file(path: &Path, output: &Path, options: &Options, console: &Console) -> Answer {
    let texts = asked(options);
    if texts.is_empty() && !options.fix_findings {
        return Err(
            "say what is to be repaired: --declick, --add KIND,... or --fix-findings (--kinds lists kinds)".into()
        );
    }
    process::refuse_names(path, output)?;
    let bar = console.bar(format!("reading {}", path.display()));
    let info = input::open(path, &bar)?.info;
    let mut session = Session::from_files(vec![input::import_file(&info, console)?]);
    drop(bar);
    let pass = &mut session.passes[0];
    (pass.depth, pass.dither) = (options.bits.unwrap_or_else(|| process::depth_of(&info)), Dither::Tpdf);
    let id = session.sources[0].id.clone();
    let library = FileLibrary::new(&session, Path::new("/"));
    let mut document = Document::from_session(&session)?;
    let mut done = add(&mut document, &library, &id, &texts)?;
    let mut left = Vec::new();
    if options.fix_findings {
        let (fixed, unfit) = fix(&mut document, &library, &id, &check::profile(&options.profile)?, console)?;
        done.extend(fixed);
        left = unfit;
    }
    let session = document.snapshot();
    let pass = session.passes[0].id.clone();
    input::check_pass(&session, &pass, console)?;
    let mut plan = Plan::new(&session, &pass)?;
    if options.removed {
        plan = plan.hearing(&Hearing::Removed { source: id.clone(), repair: None });
    }
    compute(&plan, &library, console)?;
    let plan = Arc::new(plan);
    let bar = console.bar(format!("writing {}", output.display()));
    let written = process::render(&plan, library.clone(), output, &bar, &interrupt::flag(console))?;
    drop(bar);
    let table = listed(&session, &library)?;
    let replaced: u64 = table.iter().filter_map(|row| row["samples"].as_u64()).sum();
    if console.json() {
        console.document(&json!({
            "in": path.display().to_string(),
            "out": output.display().to_string(),
            "removed_only": options.removed,
            "frames": written.frames,
            "sample_rate_hz": plan.delivered.0,
            "clipped_samples": written.clipped,
            "repairs": table,
            "findings_left": left,
        }))?;
    } else {
        done.iter().try_for_each(|line| console.text(line))?;
        if !left.is_empty() {
            console.text(format_args!("{} findings that no repair fits:", left.len()))?;
            console.text(report::findings(&left))?;
        }
        console.text(format_args!("Wrote {}: {replaced} samples replaced", output.display()))?;
    }
    if written.clipped > 0 {
        console.say(format_args!(
            "{}: {} samples were cut at full scale; write floats (--bits 32f), or lower the level with --add gain,gain=-3",
            output.display(),
            written.clipped
        ));
        return Ok(Status::Failing);
    }
    Ok(Status::Passing)
}

/// Computes what is not in the cache yet, with progress.
fn compute(plan: &Plan, library: &FileLibrary, console: &Console) -> Result<(), Box<dyn Error>> {
    let bar = console.bar("repairing");
    let mut told = |source: &str, index: usize, count: usize, share: f64| {
        bar.name(format!("repairing {source}: {} of {count}", index + 1));
        bar.set((index as f64 + share) / count.max(1) as f64);
    };
    Ok(compute_repairs(plan, library, &mut told, &interrupt::flag(console))?)
}

fn session(path: &Path, options: &Options, console: &Console) -> Answer {
    if options.removed || options.bits.is_some() {
        return Err("--removed and --bits are for sound files".into());
    }
    let edits = asked(options);
    let changes =
        !(options.change.is_empty() && options.on.is_empty() && options.off.is_empty() && options.remove.is_empty());
    if edits.is_empty() && !changes && !options.fix_findings {
        let document = input::read_session(path, console)?;
        return tell(&document, Vec::new(), Vec::new(), options, console);
    }
    let opened = Document::open(path, Access::Edit)?;
    if opened.recovery.is_some() {
        return Err(format!(
            "{}: has edits that were never saved; nothing was changed. `lacquer edit --recover` takes them in",
            path.display()
        )
        .into());
    }
    let mut document = opened.document;
    let library = FileLibrary::new(document.session(), &input::folder(&document));
    // Tried on a copy first: a refused edit must leave neither the file nor its journal changed.
    let mut trial = Document::from_text(&document.text()?)?;
    work(&mut trial, &library, options, &edits, console)?;
    let (done, left) = work(&mut document, &library, options, &edits, console)?;
    document.save()?;
    if let Some(trouble) = document.take_journal_trouble() {
        console.complain(&trouble);
    }
    tell(&document, done, left, options, console)
}

/// Does everything that is asked of a session.
fn work(
    document: &mut Document,
    library: &FileLibrary,
    options: &Options,
    edits: &[String],
    console: &Console,
) -> Result<(Vec<String>, Vec<Finding>), Box<dyn Error>> {
    let (mut done, mut left) = (Vec::new(), Vec::new());
    let switches =
        options.on.iter().map(|id| format!("{id}.on=on")).chain(options.off.iter().map(|id| format!("{id}.on=off")));
    let typed: Vec<String> = options.change.iter().cloned().chain(switches).collect();
    let removed = options.remove.iter().map(|id| format!("{id}-="));
    let typed: Vec<String> = typed.into_iter().chain(removed).collect();
    if !edits.is_empty() || !typed.is_empty() {
        let source = chosen(document, options)?;
        done.extend(add(document, library, &source, edits)?);
        for text in typed {
            let edit = Edit::parse(document, &format!("source.{source}.repair.{text}"))?;
            done.push(document.apply(edit)?.describe(document.session()));
        }
    }
    if options.fix_findings {
        let profile = check::profile(&options.profile)?;
        let all: Vec<String> = document.session().sources.iter().map(|source| source.id.clone()).collect();
        for source in all.iter().filter(|id| options.source.as_ref().is_none_or(|wanted| wanted == *id)) {
            let (fixed, unfit) = fix(document, library, source, &profile, console)?;
            done.extend(fixed);
            left.extend(unfit.into_iter().map(|finding| finding.in_file(source)));
        }
    }
    Ok((done, left))
}

fn chosen(document: &Document, options: &Options) -> Result<String, Box<dyn Error>> {
    let sources = &document.session().sources;
    let known = || sources.iter().map(|source| source.id.as_str()).collect::<Vec<_>>().join(", ");
    match (&options.source, sources.as_slice()) {
        (Some(id), _) if sources.iter().any(|source| source.id == *id) => Ok(id.clone()),
        (Some(id), _) => Err(format!("there is no source '{id}' (there are: {})", known()).into()),
        (None, [only]) => Ok(only.id.clone()),
        (None, _) => Err(format!("say which --source (there are: {})", known()).into()),
    }
}

fn tell(document: &Document, done: Vec<String>, left: Vec<Finding>, options: &Options, console: &Console) -> Answer {
    let session = document.session();
    let library = FileLibrary::new(session, &input::folder(document));
    let rows = match options.list || console.json() {
        true => listed(session, &library)?,
        false => Vec::new(),
    };
    let problems: Vec<String> = session
        .sources
        .iter()
        .flat_map(|source| source.tasks().1.into_iter().map(|error| format!("{}: {error}", source.id)))
        .collect();
    let status = if problems.is_empty() { Status::Passing } else { Status::Failing };
    if console.json() {
        console.document(&json!({ "changes": done, "repairs": rows, "findings_left": left, "problems": problems }))?;
        return Ok(status);
    }
    done.iter().try_for_each(|line| console.text(line))?;
    if !left.is_empty() {
        console.text(format_args!("{} findings that no repair fits:", left.len()))?;
        console.text(report::findings(&left))?;
    }
    if options.list || (done.is_empty() && left.is_empty()) {
        let all = if options.list { rows } else { listed(session, &library)? };
        console.text(match all.is_empty() {
            true => "No repairs.".to_string(),
            false => table(&all).to_string(),
        })?;
    }
    problems.iter().try_for_each(|problem| console.text(problem))?;
    Ok(status)
}

/// Every repair with its place and values; those that are on and computed with what they replaced.
fn listed(session: &Session, library: &FileLibrary) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for source in &session.sources {
        let replaced = library.replaced(source)?;
        for repair in &source.repairs {
            rows.push(json!({
                "source": source.id,
                "id": repair.id,
                "kind": repair.kind,
                "version": repair.version,
                "start_frame": repair.start.0,
                "start_s": repair.start.seconds(source.rate).0,
                "end_s": repair.end.seconds(source.rate).0,
                "channels": repair.channels,
                "on": !repair.off,
                "values": repair.values,
                "finding": (!repair.finding.is_empty()).then_some(&repair.finding),
                "samples": replaced.get(&repair.id),
            }));
        }
    }
    Ok(rows)
}

fn table(rows: &[Value]) -> Table {
    let mut table = Table::new(&["Source", "Id", "Repair", "From", "Length", "Channels", "On", "Samples", "Values"]);
    for column in [0, 1, 2, 5, 6, 8] {
        table = table.aligned(column, Align::Left);
    }
    for row in rows {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_string();
        let (start, end) = (row["start_s"].as_f64().unwrap_or(0.0), row["end_s"].as_f64().unwrap_or(0.0));
        let channels = row["channels"]
            .as_array()
            .map_or("all".into(), |list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"));
        let values = row["values"].as_object().into_iter().flatten().map(|(name, value)| format!("{name} {value}"));
        table.row([
            text("source"),
            text("id"),
            text("kind"),
            report::clock(start),
            format!("{:.4} s", end - start),
            channels,
            if row["on"] == true { "on" } else { "off" }.into(),
            row["samples"].as_u64().map_or("-".into(), |count| count.to_string()),
            values.collect::<Vec<_>>().join(", "),
        ]);
    }
    table
}

fn kinds(console: &Console) -> Answer {
    if console.json() {
        let kinds = KINDS.iter().map(|kind| super::processors::table_value(kind.table));
        console.document(&json!({ "kinds": kinds.collect::<Vec<_>>() }))?;
        return Ok(Status::Passing);
    }
    for kind in KINDS {
        console.text(format_args!(
            "{} ({}, version {}): {}",
            kind.table.id, kind.table.name, kind.table.version, kind.table.doc
        ))?;
        if !kind.table.params.is_empty() {
            console.text(super::processors::parameters(kind.table))?;
        }
        console.text("")?;
    }
    Ok(Status::Passing)
}
