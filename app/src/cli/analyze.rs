//! `lacquer analyze`: what files are.

use std::path::{Path, PathBuf};

use lacquer_engine::analysis::measure::{Measurement, Measurer};
use lacquer_engine::analysis::spectrum::{Point, Spectrum};
use lacquer_engine::report;
use lacquer_engine::report::table::Table;
use lacquer_engine::unit::Seconds;
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer analyze master.wav
  lacquer analyze --json *.flac > measured.json
  lacquer analyze --spectrum mix.wav

Loudness after ITU-R BS.1770-5 and EBU R 128, true peak after BS.1770-5 Annex 2. The keys of
--json carry their units; what does not exist (the loudness of silence) is null. Several
files give {\"files\": [...]}.
Exit status: 0 done, 2 a file cannot be read.";

/// Points of a transform: 5.9 Hz apart at 48 kHz.
const SPECTRUM_LENGTH: usize = 8192;
/// Third octaves are told from here up: the lowest that the transform can part from its neighbours.
const LOWEST_BAND_HZ: f64 = 25.0;

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Sound files: WAV, RF64, BW64, AIFF, FLAC, ALAC, MP3, AAC, Ogg Vorbis
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Measure the long-term spectrum too
    #[arg(long)]
    spectrum: bool,
}

struct Analysis {
    file: String,
    measurement: Measurement,
    damage: Option<String>,
    spectrum: Option<(Vec<Point>, Vec<Point>)>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut status = Status::Passing;
    let (mut analyses, mut values) = (Vec::new(), Vec::new());
    for path in &options.files {
        match analyze(path, options.spectrum, console) {
            Ok(analysis) => {
                values.push(value(&analysis));
                analyses.push(analysis);
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
        return Ok(status);
    }
    if !analyses.is_empty() {
        console.text(report::measurements(analyses.iter().map(|one| (one.file.as_str(), &one.measurement))))?;
    }
    for analysis in &analyses {
        if let Some((mean, maximum)) = &analysis.spectrum {
            console.text(format_args!("\n{}\n{}", analysis.file, third_octaves(mean, maximum)))?;
        }
    }
    Ok(status)
}

fn analyze(path: &Path, with_spectrum: bool, console: &Console) -> Result<Analysis, Box<dyn std::error::Error>> {
    let file = path.display().to_string();
    let bar = console.bar(format!("analysing {file}"));
    let mut source = input::open(path, &bar)?;
    let damage = source.info.damage.as_ref().map(ToString::to_string);
    if let Some(damage) = &damage {
        console.say(format_args!("{file}: {damage}"));
    }
    let (layout, rate) = (source.reader.layout(), source.reader.rate());
    let mut measurer = Measurer::new(layout, rate, source.info.bits.map(u32::from))?;
    let mut spectrum = with_spectrum.then(|| Spectrum::new(layout.channels(), rate, SPECTRUM_LENGTH, Seconds(1.0)));
    input::read_through(&mut source, &bar, &mut |block| {
        measurer.process(block);
        if let Some(spectrum) = &mut spectrum {
            spectrum.process(block);
        }
    })?;
    let spectrum = spectrum.map(|spectrum| (spectrum.long_term(), spectrum.maximum()));
    Ok(Analysis { file, measurement: measurer.finish().measurement, damage, spectrum })
}

fn value(analysis: &Analysis) -> Value {
    let mut value = report::measurement_value(&analysis.file, &analysis.measurement);
    value["damage"] = json!(analysis.damage);
    if let Some((mean, maximum)) = &analysis.spectrum {
        let finite = |level: f64| Some(level).filter(|level| level.is_finite());
        let points = mean.iter().zip(maximum).map(|(mean, maximum)| {
            json!({
                "frequency_hz": mean.frequency.0,
                "mean_dbfs": finite(mean.level.0),
                "max_dbfs": finite(maximum.level.0),
            })
        });
        value["spectrum"] = Value::Array(points.collect());
    }
    value
}

/// The strongest points of each third octave (IEC 61260-1, base ten).
fn third_octaves(mean: &[Point], maximum: &[Point]) -> Table {
    let mut table = Table::new(&["Band Hz", "Mean dBFS", "Max dBFS"]);
    let highest = mean.last().map_or(0.0, |point| point.frequency.0);
    let centre = |band: i32| 1000.0 * libm::pow(10.0, f64::from(band) / 10.0);
    let bands = (-16..=20).map(centre).filter(|hertz| *hertz >= 0.99 * LOWEST_BAND_HZ && *hertz <= highest);
    for hertz in bands {
        let edge = libm::pow(10.0, 0.05);
        let strongest = |points: &[Point]| {
            let inside = |point: &&Point| (hertz / edge..hertz * edge).contains(&point.frequency.0);
            let level = points.iter().filter(inside).map(|point| point.level.0).fold(f64::NEG_INFINITY, f64::max);
            if level.is_finite() { format!("{level:.1}") } else { "-".into() }
        };
        let digits = if hertz < 100.0 { 1 } else { 0 };
        table.row([format!("{hertz:.digits$}"), strongest(mean), strongest(maximum)]);
    }
    table
}
