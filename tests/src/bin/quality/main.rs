//! `cargo run --release -p lacquer-tests --bin quality`: what Lacquer's processors measure, from files.
//!
//! Signals are synthesised from their definitions, written as 64-bit float WAV, sent through `lacquer process` (built
//! with `cargo build --release -p lacquer`), read back and judged. The peers that are installed (ffmpeg, sox) get the
//! same files. Every row prints what must hold, what is aimed at, what was measured, and whether it passes; a row that
//! does not hold prints FAIL, a processor that does not exist prints NOT BUILT.
//!
//! ```text
//! quality [--only GROUP[,GROUP]] [--json] [--quick] [--no-peers] [--lacquer PATH]
//! ```
//! Exit status: 0 every row passes, 1 some row fails or is not built, 2 bad use or no `lacquer`.

mod bench;
mod compressor;
mod dither;
mod eq;
mod latency;
mod limiter;
mod multiband;
mod nonlinear;
mod resample;
mod robust;
mod table;
mod tone;
mod transparent;
mod true_peak;
mod wave;
mod zipper;

use std::process::ExitCode;

use bench::Bench;
use table::{Outcome, Row};

type Measure = fn(&Bench) -> Vec<Row>;

/// The groups in the order of the table.
const GROUPS: [(&str, Measure); 11] = [
    ("limiter", limiter::rows),
    ("transparent", transparent::rows),
    ("latency", latency::rows),
    ("eq", eq::rows),
    ("compressor", compressor::rows),
    ("multiband", multiband::rows),
    ("nonlinear", nonlinear::rows),
    ("resample", resample::rows),
    ("dither", dither::rows),
    ("robust", robust::rows),
    ("zipper", zipper::rows),
];

fn main() -> ExitCode {
    let options = match bench::Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("quality: {message}");
            return ExitCode::from(2);
        }
    };
    if let Some(unknown) = options.only.iter().find(|name| !GROUPS.iter().any(|(group, _)| group == name)) {
        let known: Vec<&str> = GROUPS.iter().map(|(group, _)| *group).collect();
        eprintln!("quality: no group is called '{unknown}'; there are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let bench = match Bench::new(&options) {
        Ok(bench) => bench,
        Err(message) => {
            eprintln!("quality: {message}");
            return ExitCode::from(2);
        }
    };
    let mut rows = Vec::new();
    for (group, measure) in GROUPS {
        if !options.only.is_empty() && !options.only.iter().any(|name| name == group) {
            continue;
        }
        eprintln!("measuring {group} ...");
        for mut row in measure(&bench) {
            row.group = group;
            if !options.json {
                println!("{}", row.line());
            }
            rows.push(row);
        }
    }
    if options.json {
        println!("{}", table::document(&rows, &bench));
    } else {
        println!("{}", table::summary(&rows));
    }
    let holds = rows.iter().all(|row| matches!(row.outcome(), Outcome::Pass | Outcome::Told));
    if holds { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
