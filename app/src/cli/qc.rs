//! `lacquer qc`: findings of files and of sessions.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::analysis::faults::{Faults, Thresholds};
use lacquer_engine::analysis::finding::{Finding, Kind, Severity, State};
use lacquer_engine::analysis::measure::Measurer;
use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::profile::{Outcome, Profile};
use lacquer_engine::session::{Session, source_path};
use lacquer_engine::unit::Frames;
use lacquer_engine::{qc, report};
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check, input};

const EXAMPLES: &str = "\
Examples:
  lacquer qc mix.wav
  lacquer qc album.lacquer
  lacquer qc --profile cd --json *.wav

Looks for true-peak overs, samples beyond full scale, clipped runs, clicks, dropouts,
offsets, silence, cut-off starts and ends. Of a session it looks through every audio file
and for missing, malformed and duplicate identifiers; findings waived in the session do not
count.
Exit status: 0 nothing fails (warnings included), 1 something fails, 2 an input cannot be
used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Sound files and sessions
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The profile that sets the limits (`lacquer profiles` lists them)
    #[arg(long, default_value = "qc-normal", value_name = "ID")]
    profile: String,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
}

/// What was found in one input.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) findings: Vec<Finding>,
    pub(super) verdicts: Vec<Verdict>,
    /// What keeps passes of a session from being delivered, in words.
    problems: Vec<String>,
}

impl Checked {
    /// The worst of findings still open, verdicts and problems.
    pub(super) fn outcome(&self) -> Outcome {
        let open = self.findings.iter().filter(|finding| finding.state == State::Open);
        let found = open.map(|finding| match finding.severity {
            Severity::Info => Outcome::Pass,
            Severity::Warn => Outcome::Warn,
            Severity::Fail => Outcome::Fail,
        });
        let blocked = self.problems.iter().map(|_| Outcome::Fail);
        found.chain(blocked).max().unwrap_or(Outcome::Pass).max(worst(&self.verdicts))
    }

    pub(super) fn value(&self) -> Value {
        let mut value = report::check_value(&self.name, &self.findings, &self.verdicts);
        value["result"] = json!(self.outcome());
        value["problems"] = json!(self.problems);
        value
    }

    pub(super) fn tell(&self, all: bool, console: &Console) -> std::io::Result<()> {
        console.text(&self.name)?;
        match self.findings.is_empty() {
            true => console.text("No findings.")?,
            false => console.text(report::findings(&self.findings))?,
        }
        self.problems.iter().try_for_each(|problem| console.text(problem))?;
        check::tell(&self.verdicts, all, console)
    }
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let profile = check::profile(&options.profile)?;
    let mut status = Status::Passing;
    let mut values = Vec::new();
    for (index, path) in options.inputs.iter().enumerate() {
        if index > 0 {
            console.text("")?;
        }
        let checked = match input::is_session(path) {
            true => session_at(path, &profile, console),
            false => file(path, &profile, console),
        };
        match checked {
            Ok(checked) => {
                status = status.max(Status::of(checked.outcome()));
                checked.tell(options.all, console)?;
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
    let mut source = input::open(path, &bar)?;
    let (layout, rate) = (source.reader.layout(), source.reader.rate());
    let mut faults = Faults::new(layout.channels(), rate, Thresholds::from_profile(profile));
    let mut measurer = Measurer::new(layout, rate, source.info.bits.map(u32::from))?;
    input::read_through(&mut source, &bar, &mut |block| {
        faults.process(block);
        measurer.process(block);
    })?;
    let mut findings: Vec<Finding> = faults.finish().into_iter().map(|finding| finding.in_file(&name)).collect();
    if let Some(damage) = &source.info.damage {
        console.say(format_args!("{name}: {damage}"));
        let end = source.reader.frames();
        let damaged = Finding::new(Kind::Format, Severity::Fail, Frames(0), end, rate);
        findings.push(damaged.in_file(&name));
    }
    let verdicts = qc::judge(&measurer.finish().measurement, profile);
    Ok(Checked { name, findings, verdicts, problems: Vec::new() })
}

fn session_at(path: &Path, profile: &Profile, console: &Console) -> Result<Checked, Box<dyn Error>> {
    let document = input::read_session(path, console)?;
    session(&path.display().to_string(), document.session(), &input::folder(&document), profile, console)
}

/// Looks through the sources of a session and at its identifiers.
pub(super) fn session(
    name: &str,
    session: &Session,
    folder: &Path,
    profile: &Profile,
    console: &Console,
) -> Result<Checked, Box<dyn Error>> {
    let (mut findings, mut verdicts) = (Vec::new(), Vec::new());
    for source in &session.sources {
        let checked = file(&source_path(Some(folder), source), profile, console)?;
        let song = session.clips().find(|(_, clip)| clip.source == source.id).and_then(|(song, _)| session.song(song));
        let title = song.map_or(source.path.as_str(), |song| song.title.as_str());
        findings.extend(checked.findings.into_iter().map(|finding| finding.in_song(title)));
        verdicts.extend(checked.verdicts.into_iter().map(|verdict| verdict.at(title)));
    }
    findings.extend(qc::album::identifiers(session));
    qc::album::decide(&mut findings, &session.ledger);
    let mut problems: Vec<String> = Vec::new();
    for pass in &session.passes {
        let new = session.problems(&pass.id).into_iter().filter(|problem| problem.blocks());
        for problem in new.map(|problem| problem.to_string()) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    Ok(Checked { name: name.to_string(), findings, verdicts, problems })
}
