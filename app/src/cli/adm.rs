//! `lacquer adm`: the checklist of Apple Digital Masters over streaming deliveries.

use std::error::Error;
use std::path::{Path, PathBuf};

use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::codec::{Coder, Coding, Tier};
use lacquer_engine::deliver::audition::Audition;
use lacquer_engine::deliver::{MANIFEST_NAME, Manifest, digital_masters};
use lacquer_engine::report;
use serde_json::Value;

use super::console::Console;
use super::{Answer, Status, check, interrupt};

const EXAMPLES: &str = "\
Examples:
  lacquer adm \"delivery/Three Rooms - Streaming\"
  lacquer adm --json delivery/*Streaming

For each song: 24 bits that are all in use, its own rate and nothing converted upwards, about
one decibel of headroom, and what an AAC encoder at 256 kb/s makes of it, decoded without
clamping. Apple grants the badge to certified houses; this list does not certify anything, and
an encoder that is not Apple's is said to be a stand-in.
Exit status: 0 everything passes (warnings included), 1 something fails, 2 no delivery.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Delivery folders of streaming passes
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Print the checks that pass too
    #[arg(long)]
    all: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let coders: Vec<Coder> =
        Coder::found().into_iter().filter(|coder| coder.coding == Coding::Aac && coder.judges).collect();
    let tiers: Vec<Tier> = Tier::of("aac-256").into_iter().filter(|_| !coders.is_empty()).collect();
    let mut status = Status::Passing;
    let mut values: Vec<Value> = Vec::new();
    for folder in &options.folders {
        let verdicts = one(folder, &tiers, &coders, console)?;
        status = status.max(Status::of(worst(&verdicts)));
        console.text(folder.display())?;
        check::tell(&verdicts, options.all, console)?;
        values.push(report::check_value(&folder.display().to_string(), &[], &verdicts));
    }
    if console.json() {
        console.document(&report::document(values))?;
    }
    Ok(status)
}

fn one(folder: &Path, tiers: &[Tier], coders: &[Coder], console: &Console) -> Result<Vec<Verdict>, Box<dyn Error>> {
    let path = folder.join(MANIFEST_NAME);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; the folder must be a delivery", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let bar = console.bar(format!("auditioning {}", folder.display()));
    let progress = |done: usize, all: usize| bar.set(done as f64 / all.max(1) as f64);
    let cancel = interrupt::flag(console);
    let audition = Audition { tiers, coders, keep: None, progress: &progress, cancel: &cancel };
    Ok(digital_masters(folder, &manifest, &audition)?)
}
