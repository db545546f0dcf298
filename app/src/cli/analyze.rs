//! `lacquer analyze`: what files are, and what a session's songs are as they are delivered.

mod album;
mod sheet;

use std::path::{Path, PathBuf};

use lacquer_engine::analysis::band::BandReading;
use lacquer_engine::analysis::full::{FullMeasured, FullMeasurer};
use lacquer_engine::analysis::measure::{Measured, Measurer};
use lacquer_engine::analysis::spectrum::Point;
use lacquer_engine::report;
use lacquer_engine::report::measured::{bands, meters};
use lacquer_engine::report::sheet::Form;
use lacquer_engine::unit::{Db, Dbtp};
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, input};

const EXAMPLES: &str = "\
Examples:
  lacquer analyze master.wav
  lacquer analyze --json *.flac > measured.json
  lacquer analyze --spectrum mix.wav
  lacquer analyze --report measured.pdf album.lacquer

Loudness after ITU-R BS.1770-5 and EBU R 128, true peak after BS.1770-5 Annex 2. The keys of
--json carry their units; what does not exist (the loudness of silence) is null. Several
files give {\"files\": [...]}. Of a session the songs of a pass are measured as they are
delivered, before requantisation; the album is one programme.
Exit status: 0 done, 2 a file cannot be read.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Sound files (WAV, RF64, BW64, AIFF, FLAC, ALAC, MP3, AAC, Ogg Vorbis) or sessions
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Measure everything: spectrum, third octaves, crest and phase by octave, programme meters
    #[arg(long, visible_alias = "spectrum")]
    all: bool,
    /// Write everything measured, with its plots, to a file: .pdf, .html or .txt
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The true peak above which overs are listed, in dBTP
    #[arg(long, value_name = "DBTP", default_value_t = 0.0, allow_negative_numbers = true)]
    ceiling: f64,
    /// The pass of a session; its first without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
}

impl Options {
    fn is_full(&self) -> bool {
        self.all || self.report.is_some()
    }

    fn ceiling(&self) -> Dbtp {
        Dbtp(self.ceiling)
    }
}

/// One sound that was measured.
struct Analysis {
    /// A file, or a song.
    name: String,
    facts: Vec<(String, String)>,
    damage: Option<String>,
    measured: Result<Measured, Box<FullMeasured>>,
}

impl Analysis {
    fn measured(&self) -> &Measured {
        match &self.measured {
            Ok(measured) => measured,
            Err(full) => &full.measured,
        }
    }

    fn full(&self) -> Option<&FullMeasured> {
        self.measured.as_ref().err().map(|full| &**full)
    }
}

/// What came of one input.
struct Answered {
    analyses: Vec<Analysis>,
    value: Value,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut status = Status::Passing;
    let (mut analyses, mut values) = (Vec::new(), Vec::new());
    if let Some(path) = &options.report {
        // A name that cannot be written is said before minutes of work.
        Form::of_path(path)?;
    }
    for path in &options.files {
        let answered =
            if input::is_session(path) { album::analyze(path, options, console) } else { file(path, options, console) };
        match answered {
            Ok(answered) => {
                values.push(answered.value);
                analyses.extend(answered.analyses);
            }
            Err(error) => {
                console.complain(&*error);
                values.push(json!({ "file": path.display().to_string(), "error": error.to_string() }));
                status = Status::Refused;
            }
        }
    }
    if let Some(path) = options.report.as_deref().filter(|_| !analyses.is_empty()) {
        sheet::write(path, options, &analyses)?;
        console.say(format_args!("{}: written", path.display()));
    }
    if console.json() {
        console.document(&report::document(values))?;
        return Ok(status);
    }
    tell(&analyses, options.all, console)?;
    Ok(status)
}

fn tell(analyses: &[Analysis], all: bool, console: &Console) -> std::io::Result<()> {
    if !analyses.is_empty() {
        let figures = analyses.iter().map(|one| (one.name.as_str(), &one.measured().measurement));
        console.text(report::measurements(figures))?;
    }
    for analysis in analyses {
        if let Some(full) = analysis.full().filter(|_| all) {
            console.text(format_args!("\n{}\n{}", analysis.name, bands(&full.thirds)))?;
            console.text(format_args!("\n{}\n\n{}", bands(&full.octaves), meters(full)))?;
        }
    }
    Ok(())
}

fn file(path: &Path, options: &Options, console: &Console) -> Result<Answered, Box<dyn std::error::Error>> {
    let name = path.display().to_string();
    let bar = console.bar(format!("analysing {name}"));
    let mut source = input::open(path, &bar)?;
    let damage = source.info.damage.as_ref().map(ToString::to_string);
    if let Some(damage) = &damage {
        console.say(format_args!("{name}: {damage}"));
    }
    let (layout, rate) = (source.reader.layout(), source.reader.rate());
    let bits = source.info.bits.map(u32::from);
    let measured = if options.is_full() {
        let mut measurer = FullMeasurer::new(layout, rate, bits, options.ceiling())?;
        input::read_through(&mut source, &bar, &mut |block| measurer.process(block))?;
        Err(Box::new(measurer.finish()))
    } else {
        let mut measurer = Measurer::new(layout, rate, bits)?.with_ceiling(options.ceiling());
        input::read_through(&mut source, &bar, &mut |block| measurer.process(block))?;
        Ok(measurer.finish())
    };
    let mut facts = vec![
        ("File".to_string(), name.clone()),
        ("Form".to_string(), format!("{}, {}", source.info.format, source.info.codec)),
        (
            "Layout".to_string(),
            format!("{layout}, {rate}{}", bits.map_or(String::new(), |bits| format!(", {bits} bit"))),
        ),
    ];
    if let Some(damage) = &damage {
        facts.push(("Damage".into(), damage.clone()));
    }
    let analysis = Analysis { name, facts, damage, measured };
    let value = value(&analysis);
    Ok(Answered { analyses: vec![analysis], value })
}

/// The keys of one sound: its figures, and where everything was asked for what stands beside them.
fn value(analysis: &Analysis) -> Value {
    let mut value = report::measurement_value(&analysis.name, &analysis.measured().measurement);
    value["damage"] = json!(analysis.damage);
    value["over_list"] = overs(analysis.measured());
    if let Some(full) = analysis.full() {
        value["spectrum"] = spectrum(full);
        value["third_octaves"] = Value::Array(full.thirds.iter().map(band).collect());
        value["octaves"] = Value::Array(full.octaves.iter().map(band).collect());
        let meters = full.meters.iter().map(|(meter, highest)| {
            let scale = meter.scale();
            json!({
                "meter": meter.id(),
                "highest_dbfs": highest.map(|highest| highest.value),
                "highest": highest.map(|highest| scale.value(highest.value)),
                "unit": scale.unit,
            })
        });
        value["meters"] = Value::Array(meters.collect());
    }
    value
}

fn overs(measured: &Measured) -> Value {
    let rate = measured.measurement.sample_rate_hz;
    let over = |over: &lacquer_engine::analysis::true_peak::Over| {
        json!({
            "channel": over.channel,
            "start_frame": over.start,
            "start_s": over.start.seconds(rate),
            "frames": over.length,
            "true_peak_dbtp": over.peak,
        })
    };
    Value::Array(measured.overs.iter().map(over).collect())
}

fn spectrum(full: &FullMeasured) -> Value {
    let finite = |point: &Point| Some(point.level.0).filter(|level| level.is_finite());
    let points = full.mean.iter().zip(&full.maximum).zip(&full.minimum).map(|((mean, maximum), minimum)| {
        json!({
            "frequency_hz": mean.frequency.0,
            "mean_dbfs": finite(mean),
            "max_dbfs": finite(maximum),
            "min_dbfs": finite(minimum),
        })
    });
    Value::Array(points.collect())
}

fn band(band: &BandReading) -> Value {
    let level = |value: Option<Db>| value.map(|db| db.0).filter(|db| db.is_finite());
    json!({
        "band": band.name,
        "frequency_hz": band.middle,
        "mean_dbfs": level(band.mean),
        "max_dbfs": level(band.highest),
        "crest_db": level(band.crest),
        "correlation_mean": band.correlation,
        "correlation_min": band.correlation_min,
        "mono_loss_db": level(band.mono_loss),
    })
}
