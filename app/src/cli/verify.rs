//! `lacquer verify`: deliverables judged from the disk.

use std::path::{Path, PathBuf};

use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::deliver::{self, Verified};
use lacquer_engine::profile::Outcome;
use lacquer_engine::report;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check};

const EXAMPLES: &str = "\
Examples:
  lacquer verify delivery/*
  lacquer verify \"delivery/Three Rooms - CD\"
  lacquer verify --json master.wav

A delivery folder is judged by its manifest: checksums, every sample read, measured again,
held against its profile; on a CD the joins, and fileset, sheets and manifest against each
other. A DDP fileset of any program is judged by its codes (`lacquer ddp codes`). A sound
file is read to its end and measured.
Exit status: 0 everything passes, 1 a deliverable is damaged or fails, 2 a path is no
deliverable.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Delivery folders, DDP filesets and sound files
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
    /// Let warnings fail
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let (status, values) = judged(&options.paths, options.all, options.strict, console)?;
    if console.json() {
        console.document(&report::document(values))?;
    }
    Ok(status)
}

/// Judges paths one after the other and tells each.
pub(super) fn paths(paths: &[PathBuf], all: bool, console: &Console) -> std::io::Result<(Status, Vec<Value>)> {
    judged(paths, all, false, console)
}

fn judged(paths: &[PathBuf], all: bool, strict: bool, console: &Console) -> std::io::Result<(Status, Vec<Value>)> {
    let mut status = Status::Passing;
    let mut values = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if index > 0 {
            console.text("")?;
        }
        match one(path, console) {
            Ok(mut verified) => {
                if strict {
                    let warned = |verdict: &&mut Verdict| verdict.result == Outcome::Warn;
                    verified.verdicts.iter_mut().filter(warned).for_each(|verdict| verdict.result = Outcome::Fail);
                }
                status = status.max(Status::of(worst(&verified.verdicts)));
                console.text(path.display())?;
                if !verified.measurements.is_empty() {
                    let figures = verified.measurements.iter().map(|(name, figures)| (name.as_str(), figures));
                    console.text(report::measurements(figures))?;
                }
                check::tell(&verified.verdicts, all, console)?;
                values.push(value(path, &verified));
            }
            Err(error) => {
                console.complain(&error);
                values.push(json!({ "file": path.display().to_string(), "error": error.to_string() }));
                status = Status::Refused;
            }
        }
    }
    Ok((status, values))
}

fn one(path: &Path, console: &Console) -> Result<Verified, deliver::VerifyError> {
    let bar = console.bar(format!("verifying {}", path.display()));
    bar.set(0.0);
    deliver::verify(path, &|id| check::profile(id).ok())
}

fn value(path: &Path, verified: &Verified) -> Value {
    let measured = verified.measurements.iter().map(|(name, figures)| report::measurement_value(name, figures));
    let mut value = report::check_value(&path.display().to_string(), &[], &verified.verdicts);
    value["pass"] = json!(verified.manifest.as_ref().map(|manifest| &manifest.pass.id));
    value["files"] = Value::Array(measured.collect());
    value
}
