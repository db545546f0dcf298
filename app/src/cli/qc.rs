//! `lacquer qc`: findings of files and of sessions, and the ledger of what was decided about them.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::analysis::finding::{Finding, State};
use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::profile::{Outcome, Profile};
use lacquer_engine::qc::inspect::{InspectError, Inspection, inspect, inspect_sources};
use lacquer_engine::qc::ledger::{self, Entry, Presence, Tally};
use lacquer_engine::qc::outlier::outliers;
use lacquer_engine::report;
use lacquer_engine::session::{Access, Decision, Document, Edit, Found, Session, SourceRef, source_path};
use lacquer_engine::source::Cache;
use lacquer_engine::survey::Watch;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check, input, interrupt};
use crate::place;

const EXAMPLES: &str = "\
Examples:
  lacquer qc mix.wav
  lacquer qc album.lacquer
  lacquer qc --profile cd --json *.wav
  lacquer qc album.lacquer --waive 3f0c1d2a9b77 --reason \"wide pad, client confirmed\" --by \"C. M.\"
  lacquer qc album.lacquer --fixed 3f0c1d2a9b77 --fixed 88aa01c2d3e4
  lacquer qc album.lacquer --open 3f0c1d2a9b77
  lacquer qc album.lacquer --record
  lacquer qc album.lacquer --report findings.pdf

Looks for true-peak overs, samples beyond full scale, clipping (below full scale too), clicks,
crackle, pops, mutes and tape dips, splices and repeated buffers, hum, offsets, inverted,
late or unbalanced channels, phase, silence, cut-off starts and ends, padded and stuck bits,
upsampled and lossy material; of an album, songs and pauses unlike the others.
`lacquer profiles` lists the limits: qc-strict, qc-normal, qc-lenient, qc-vintage-transfer. Of a
session it looks through every audio file and for missing, malformed and duplicate
identifiers. What was decided about a finding is kept in the session under the finding's id
(the column Id), with its facts, and holds for a later mix with the fault at the same place;
waived and fixed ones do not count. A file that was looked through is remembered by its
content, so a decision takes no time.
Exit status: 0 nothing fails (warnings included), 1 something fails, 2 an input cannot be
used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Sound files and sessions
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The profile that sets the limits (`lacquer profiles` lists them); a session names its own, else qc-normal
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
    /// Accept a finding of the session: it stays, for a reason
    #[arg(long, value_name = "ID", requires = "reason")]
    waive: Vec<String>,
    /// Note that a finding has been repaired or edited away
    #[arg(long, value_name = "ID")]
    fixed: Vec<String>,
    /// Open a finding again
    #[arg(long, value_name = "ID")]
    open: Vec<String>,
    /// Why a finding may stay
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decides; the user's login name where nothing is said
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Keep every open finding in the session, so that its ledger reads without the audio
    #[arg(long)]
    record: bool,
    /// Write the findings as a page too: .pdf, .html or .txt
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Options {
    /// The profile of a file.
    fn profile(&self) -> Result<Profile, Box<dyn Error>> {
        check::profile(self.profile.as_deref().unwrap_or("qc-normal"))
    }

    /// What is to be written into the session.
    fn decides(&self) -> bool {
        self.record || !(self.waive.is_empty() && self.fixed.is_empty() && self.open.is_empty())
    }
}

/// What was found in one input.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    pub(super) verdicts: Vec<Verdict>,
    /// What keeps passes of a session from being delivered, in words.
    problems: Vec<String>,
}

impl Checked {
    /// The worst of findings still open, verdicts and problems.
    pub(super) fn outcome(&self) -> Outcome {
        let blocked = if self.problems.is_empty() { Outcome::Pass } else { Outcome::Fail };
        Tally::of(&self.entries).outcome().max(blocked).max(worst(&self.verdicts))
    }

    pub(super) fn value(&self) -> Value {
        let mut value = report::check_value(&self.name, &[], &self.verdicts);
        value["findings"] = self.entries.iter().map(Entry::value).collect();
        value["result"] = json!(self.outcome());
        value["problems"] = json!(self.problems);
        value
    }

    /// Writes the findings as a page.
    fn write(&self, page: &Path) -> Result<(), Box<dyn Error>> {
        let findings: Vec<(&Finding, String)> =
            self.entries.iter().map(|entry| (&entry.finding, decision(entry))).collect();
        let facts = vec![("Of".to_string(), self.name.clone()), ("Day".to_string(), place::today())];
        Ok(report::ledger_sheet("Quality control", facts, &findings).save(page)?)
    }

    pub(super) fn tell(&self, all: bool, console: &Console) -> std::io::Result<()> {
        console.text(&self.name)?;
        let decided = self.entries.iter().any(|entry| entry.finding.state != State::Open);
        match () {
            () if self.entries.is_empty() => console.text("No findings.")?,
            () if decided => {
                console.text(report::decided(self.entries.iter().map(|entry| (&entry.finding, decision(entry)))))?
            }
            () => console.text(report::findings(self.entries.iter().map(|entry| &entry.finding)))?,
        }
        self.problems.iter().try_for_each(|problem| console.text(problem))?;
        check::tell(&self.verdicts, all, console)
    }
}

/// What was decided about a finding, in words.
fn decision(entry: &Entry) -> String {
    let decision = report::decision(&entry.reason, &entry.by, &entry.date);
    match (entry.presence, decision.is_empty()) {
        (Presence::Gone, true) => "not found any more".into(),
        (Presence::Gone, false) => format!("{decision}; not found any more"),
        _ => decision,
    }
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    if options.report.is_some() && options.inputs.len() > 1 {
        return Err("a report is of one file or session".into());
    }
    if options.decides() {
        decide(options, console)?;
    }
    let mut status = Status::Passing;
    let mut values = Vec::new();
    for (index, path) in options.inputs.iter().enumerate() {
        if index > 0 {
            console.text("")?;
        }
        let checked = match input::is_session(path) {
            true => session_at(path, options, console),
            false => options.profile().and_then(|profile| file(path, &profile, console)),
        };
        match checked {
            Ok(checked) => {
                status = status.max(Status::of(checked.outcome()));
                checked.tell(options.all, console)?;
                if let Some(page) = &options.report {
                    checked.write(page)?;
                    console.say(format_args!("the findings are in {}", page.display()));
                }
                values.push(checked.value());
            }
            Err(error) => {
                console.complain(&*error);
                values.push(json!({ "file": path.display().to_string(), "error": error.to_string() }));
                status = Status::Refused;
            }
        }
    }
    if console.json() {
        console.document(&report::document(values))?;
    }
    Ok(status)
}

/// Looks through one sound file.
fn file(path: &Path, profile: &Profile, console: &Console) -> Result<Checked, Box<dyn Error>> {
    let name = path.display().to_string();
    let bar = console.bar(format!("looking through {name}"));
    let progress = |share: f64| bar.set(share);
    let cancel = interrupt::flag(console);
    let watch = Watch { progress: &progress, cancel: &cancel };
    let inspection = inspect(path, profile, &Cache::standard(), &watch)?;
    if let Some(damage) = &inspection.damage {
        console.say(format_args!("{name}: {damage}"));
    }
    let entries = inspection.findings.into_iter().map(|finding| Entry::new(finding.in_file(&name))).collect();
    Ok(Checked { name, entries, verdicts: inspection.verdicts, problems: Vec::new() })
}

fn session_at(path: &Path, options: &Options, console: &Console) -> Result<Checked, Box<dyn Error>> {
    let document = input::read_session(path, console)?;
    let profile = profile_of(document.session(), options.profile.as_deref())?;
    session(&path.display().to_string(), document.session(), &input::folder(&document), &profile, console)
}

/// The profile of a session with its own limits in it, or another one as it is.
pub(super) fn profile_of(session: &Session, asked: Option<&str>) -> Result<Profile, Box<dyn Error>> {
    let own = &session.quality;
    match asked.filter(|asked| *asked != own.profile) {
        Some(other) => check::profile(other),
        None => Ok(own.applied(&check::profile(&own.profile)?)),
    }
}

/// Looks through the sources of a session and at its identifiers.
pub(super) fn session(
    name: &str,
    session: &Session,
    folder: &Path,
    profile: &Profile,
    console: &Console,
) -> Result<Checked, Box<dyn Error>> {
    let mut verdicts = Vec::new();
    let mut looked = Vec::new();
    for (source, inspection) in session.sources.iter().zip(look(session, folder, profile, console)) {
        let inspection = inspection?;
        if let Some(damage) = &inspection.damage {
            console.say(format_args!("{}: {damage}", source.path));
        }
        let song = session.clips().find(|(_, clip)| clip.source == source.id).and_then(|(song, _)| session.song(song));
        let title = song.map_or(source.path.as_str(), |song| song.title.as_str());
        verdicts.extend(inspection.verdicts.iter().cloned().map(|verdict| verdict.at(title)));
        looked.push((source.id.clone(), inspection));
    }
    let inspections = with_outliers(session, looked, profile);
    let entries = reconcile(session, &inspections);
    let mut problems: Vec<String> = Vec::new();
    for pass in &session.passes {
        let new = session.problems(&pass.id).into_iter().filter(|problem| problem.blocks());
        for problem in new.map(|problem| problem.to_string()) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    Ok(Checked { name: name.to_string(), entries, verdicts, problems })
}

/// Looks through every source, several at a time.
fn look(
    session: &Session,
    folder: &Path,
    profile: &Profile,
    console: &Console,
) -> Vec<Result<Inspection, InspectError>> {
    let bar = console.bar(format!("looking through {} files", session.sources.len()));
    let progress = |share: f64| bar.set(share);
    let cancel = interrupt::flag(console);
    let watch = Watch { progress: &progress, cancel: &cancel };
    let sources: Vec<(&SourceRef, PathBuf)> =
        session.sources.iter().map(|source| (source, source_path(Some(folder), source))).collect();
    inspect_sources(&sources, profile, &Cache::standard(), &watch)
}

/// The findings of each source, and what of it stands out of the album.
fn with_outliers(
    session: &Session,
    looked: Vec<(String, Inspection)>,
    profile: &Profile,
) -> Vec<(String, Vec<Finding>)> {
    let known: Vec<(&str, &Inspection)> = looked.iter().map(|(id, inspection)| (id.as_str(), inspection)).collect();
    let outliers = outliers(session, &known, profile);
    let of =
        |id: &str| outliers.iter().filter(|(source, _)| source == id).map(|(_, finding)| finding.clone()).collect();
    let told = |(id, inspection): (String, Inspection)| {
        let own: Vec<Finding> = of(&id);
        (id, inspection.findings.into_iter().chain(own).collect())
    };
    looked.into_iter().map(told).collect()
}

fn reconcile(session: &Session, inspections: &[(String, Vec<Finding>)]) -> Vec<Entry> {
    ledger::reconcile(session, |id| {
        inspections.iter().find(|(source, _)| source == id).map(|(_, findings)| findings.as_slice())
    })
}

/// The session with every open finding in its ledger, as deliveries are judged by; sources that cannot be read are left to
/// the delivery itself, which says so.
pub(super) fn completed(session: &Session, folder: &Path, console: &Console) -> Result<Session, Box<dyn Error>> {
    let profile = profile_of(session, None)?;
    Ok(ledger::completed(session, &known(session, folder, &profile, console)))
}

/// The findings of what can be read.
fn known(session: &Session, folder: &Path, profile: &Profile, console: &Console) -> Vec<Entry> {
    let mut looked = Vec::new();
    for (source, inspection) in session.sources.iter().zip(look(session, folder, profile, console)) {
        match inspection {
            Ok(inspection) => looked.push((source.id.clone(), inspection)),
            Err(error) => console.complain(&error),
        }
    }
    let inspections = with_outliers(session, looked, profile);
    reconcile(session, &inspections)
}

/// Writes what was decided into the session, all of it or nothing.
fn decide(options: &Options, console: &Console) -> Result<(), Box<dyn Error>> {
    let [path] = &options.inputs[..] else { return Err("decisions are about one session".into()) };
    if !input::is_session(path) {
        return Err(format!("{}: decisions are kept in a session; this is none", path.display()).into());
    }
    let opened = Document::open(path, Access::Edit)?;
    if let Some(recovery) = opened.recovery {
        let edits = recovery.edits();
        return Err(format!(
            "{}: has {edits} edits that were never saved; nothing was changed. `lacquer edit --recover` or `--discard` first",
            path.display()
        )
        .into());
    }
    let mut document = opened.document;
    let profile = profile_of(document.session(), options.profile.as_deref())?;
    let entries = known(document.session(), &input::folder(&document), &profile, console);
    let facts: Vec<(&str, Found)> = entries.iter().map(|entry| (entry.finding.id.as_str(), entry.found())).collect();
    let mut changes = Vec::new();
    for (state, ids) in [(State::Waived, &options.waive), (State::Fixed, &options.fixed), (State::Open, &options.open)]
    {
        for id in ids {
            let found = facts.iter().find(|(known, _)| known == id).map(|(_, found)| found);
            let decision = Decision {
                state,
                reason: options.reason.clone().unwrap_or_default(),
                by: options.by.clone().unwrap_or_else(place::user),
                date: place::today(),
            };
            let edit = Edit::decide(&document, id, found, &decision)
                .map_err(|error| format!("{error}; `lacquer qc {}` lists the findings", path.display()))?;
            changes.push(document.apply(edit)?);
        }
    }
    if options.record {
        let open = entries.iter().zip(&facts).filter(|(entry, _)| entry.is_open());
        let open: Vec<(&str, &Found)> = open.map(|(_, (id, found))| (*id, found)).collect();
        changes.push(document.apply(Edit::record_findings(&document, &open)?)?);
    }
    document.save()?;
    changes.iter().for_each(|change| console.say(change.describe(document.session())));
    Ok(())
}
