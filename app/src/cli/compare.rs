//! `lacquer compare`: a recording beside another at the same loudness.

use std::path::PathBuf;

use lacquer_engine::compare::difference::{Difference, difference};
use lacquer_engine::compare::place::{Place, place};
use lacquer_engine::report::table::Table;
use lacquer_engine::unit::Seconds;
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, portrait};

const EXAMPLES: &str = "\
Examples:
  lacquer compare master.wav reference.flac
  lacquer compare mix-v2.wav mix-v1.wav --align        where one lies in the other, and their tempi
  lacquer compare --json master.wav reference.wav

What the first has more or less than the second once both are equally loud: thirds of an
octave, the side's share and the correlation in each, peak to loudness, loudness range.
Exit status: 0 done, 1 --align found no place, 2 a file cannot be read.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// A sound file
    file: PathBuf,
    /// Another, usually the reference
    other: PathBuf,
    /// Find where the first lies in the second (trimmed, levelled, equalised, up to 4 % faster or slower)
    #[arg(long)]
    align: bool,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let (one, other) = (portrait::file(&options.file, console)?, portrait::file(&options.other, console)?);
    let difference = difference(&one, &other);
    let found = match options.align {
        true => place(&portrait::course(&options.file, console)?, &portrait::course(&options.other, console)?),
        false => None,
    };
    tell(&difference, console)?;
    match (&found, options.align) {
        (Some(place), _) => console.text(words(place))?,
        (None, true) => console.text("No place was found where one lies in the other.")?,
        (None, false) => {}
    }
    if console.json() {
        let mut value = json!({ "first": one, "second": other, "difference": difference });
        if options.align {
            value["place"] = json!(found);
        }
        console.document(&value)?;
    }
    Ok(if options.align && found.is_none() { Status::Failing } else { Status::Passing })
}

fn words(place: &Place) -> String {
    let start = place.other(Seconds(0.0)).0;
    let tempo = 100.0 * (1.0 / place.ratio - 1.0);
    format!(
        "The first begins at {start:.3} s of the second; the second is {tempo:+.2} % as fast; alike by {:.2}.",
        place.likeness
    )
}

fn tell(difference: &Difference, console: &Console) -> std::io::Result<()> {
    let mut table = Table::new(&["Hz", "Level dB", "Width", "other", "Correlation", "other"]);
    let told = |value: Option<f64>, digits: usize| value.map_or("-".into(), |value| format!("{value:.digits$}"));
    for band in &difference.bands {
        table.row([
            format!("{:.0}", band.frequency_hz.0),
            band.level_db.map_or("-".into(), |level| format!("{:+.1}", level.0)),
            told(band.width, 2),
            told(band.other_width, 2),
            told(band.correlation, 2),
            told(band.other_correlation, 2),
        ]);
    }
    console.text(table)?;
    match difference.matched_db {
        Some(by) => console.text(format_args!("The second is heard {:+.2} dB: then both are equally loud.", by.0))?,
        None => console.text("One of the two is silent: nothing can be compared.")?,
    }
    if let (Some(plr), Some(range)) = (difference.plr_db, difference.lra_lu) {
        console.text(format_args!("Peak to loudness {:+.1} dB, loudness range {range:+.1} LU.", plr.0))?;
    }
    if difference.words.is_empty() && difference.matched_db.is_some() {
        return console.text("No third of an octave differs by 1 dB.");
    }
    difference.words.iter().try_for_each(|words| console.text(words))
}
