//! `lacquer process`: one file through a chain, by the renderer that makes every delivery.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lacquer_engine::analysis::measure::{Measurement, Measurer};
use lacquer_engine::audio::Block;
use lacquer_engine::chain::transparency::Transparency;
use lacquer_engine::chain::{self, Setting};
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavWriter};
use lacquer_engine::dsp::dither::Dither;
use lacquer_engine::dsp::resample::{Phase, Steepness};
use lacquer_engine::render::{DirectFeeds, FileLibrary, GuardAction, Plan, Renderer, StagePlan, Start, Word};
use lacquer_engine::report;
use lacquer_engine::session::{Depth, Rate, Session, load_chain};
use lacquer_engine::source::Info;
use lacquer_engine::unit::{Dbtp, Frames, SampleRate, Seconds};
use serde_json::{Value, json};

use super::console::{Bar, Console};
use super::{Answer, Status, input, interrupt, presets};

const EXAMPLES: &str = "\
Examples:
  lacquer process mix.wav master.wav --chain chain.toml --ceiling -1 --report
  lacquer process mix.wav master.wav --preset jazz-natural
  lacquer process mix-96k.wav cd.wav --rate 44100 --bits 16 --dither shaped
  lacquer process mix.wav excerpt.wav --start 61.5 --length 30

Without a chain, a rate, a depth and a ceiling the samples pass untouched. A CHAIN.toml
holds [[stage]] tables as in a session:
  [[stage]]
  id = \"limiter1\"
  processor = \"limiter\"
  version = 1
  values = { gain = 3.0, ceiling = -1.0 }
Exit status: 0 done, 1 written but samples were cut at full scale, 2 nothing was written.";

/// Frames rendered at a time.
const BLOCK_FRAMES: usize = 8192;

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The sound file that is read
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The WAV file that is written
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Processors in order, as a TOML file
    #[arg(long, value_name = "CHAIN.toml")]
    chain: Option<PathBuf>,
    /// A preset by its id or name instead of a chain file (`lacquer presets` lists them)
    #[arg(long, value_name = "NAME", conflicts_with = "chain")]
    preset: Option<String>,
    /// Delivered sample rate; without it the input's
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1000..=3_072_000))]
    rate: Option<u32>,
    /// Delivered word: 16, 24 or 32 bits, or 32f, 64f for floats; without it the input's (24 of lossy files)
    #[arg(long, value_name = "BITS", value_parser = depth)]
    bits: Option<Depth>,
    /// Dither of a shortened word: none, tpdf, shaped-light, shaped-standard (or shaped), shaped-strong
    #[arg(long, default_value = "tpdf", value_parser = dither, value_name = "NAME")]
    dither: Dither,
    /// Where the pass band of a rate conversion ends: gentle, standard or steep
    #[arg(long, default_value = "standard", value_parser = steepness, value_name = "NAME")]
    steepness: Steepness,
    /// Phase of a rate conversion: linear, intermediate or minimum
    #[arg(long, default_value = "linear", value_parser = phase, value_name = "NAME")]
    phase: Phase,
    /// True-peak ceiling of the guard at the delivered rate, in dBTP; without it no guard
    #[arg(long, value_name = "DBTP", allow_negative_numbers = true)]
    ceiling: Option<f64>,
    /// Start in the input, in seconds
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    start: f64,
    /// Length taken from the input, in seconds; without it to its end
    #[arg(long, value_name = "S")]
    length: Option<f64>,
    /// Measure input and output, tell what the guard did, and what each stage does to test tones at the input's level
    #[arg(long)]
    report: bool,
}

/// The words as they are typed.
const WORDS: [(&str, Depth); 5] = [
    ("16", Depth::Int16),
    ("24", Depth::Int24),
    ("32", Depth::Int32),
    ("32f", Depth::Float32),
    ("64f", Depth::Float64),
];

pub(super) fn depth(text: &str) -> Result<Depth, String> {
    let known = || WORDS.map(|(word, _)| word).join(", ");
    WORDS.iter().find(|(word, _)| *word == text).map(|(_, depth)| *depth).ok_or_else(|| format!("one of {}", known()))
}

fn dither(text: &str) -> Result<Dither, String> {
    let known = || Dither::ALL.map(Dither::id).join(", ");
    Dither::from_id(text).ok_or_else(|| format!("one of {}", known()))
}

fn steepness(text: &str) -> Result<Steepness, String> {
    let known = || Steepness::ALL.map(Steepness::id).join(", ");
    Steepness::from_id(text).ok_or_else(|| format!("one of {}", known()))
}

fn phase(text: &str) -> Result<Phase, String> {
    let known = || Phase::ALL.map(Phase::id).join(", ");
    Phase::from_id(text).ok_or_else(|| format!("one of {}", known()))
}

/// What was written.
pub(super) struct Written {
    pub(super) frames: u64,
    pub(super) clipped: u64,
    guard: Vec<GuardAction>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    refuse_names(&options.input, &options.output)?;
    let bar = console.bar(format!("reading {}", options.input.display()));
    let info = input::open(&options.input, &bar)?.info;
    let (session, library) = one_song(options, &info, console)?;
    let pass = session.passes[0].id.clone();
    input::check_pass(&session, &pass, console)?;
    let plan = Arc::new(Plan::new(&session, &pass)?);
    bar.name(format!("writing {}", options.output.display()));
    let written = render(&plan, library, &options.output, &bar, &interrupt::flag(console))?;
    drop(bar);
    let measured = match options.report {
        true => Some([measure(&options.input, console)?, measure(&options.output, console)?]),
        false => None,
    };
    let figures = match &measured {
        Some([before, _]) => transparency(&plan, before, console),
        None => Vec::new(),
    };
    tell(options, &plan, &written, measured.as_ref(), &figures, console)?;
    if written.clipped > 0 {
        console.say(format_args!(
            "{}: {} samples were cut at full scale; lower the level or set a --ceiling",
            options.output.display(),
            written.clipped
        ));
    }
    Ok(if written.clipped > 0 { Status::Failing } else { Status::Passing })
}

/// Refuses to write over the input, and names that are no WAV's.
pub(super) fn refuse_names(input: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    if !output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav")) {
        return Err(format!("{}: WAV is what is written; let the name end in .wav", output.display()).into());
    }
    let (from, to) = (input.canonicalize(), output.canonicalize());
    match (from, to) {
        (Ok(from), Ok(to)) if from == to => {
            Err(format!("{}: is the input, which is never changed; choose another name", output.display()).into())
        }
        _ => Ok(()),
    }
}

/// The session of one song that does what is asked.
fn one_song(options: &Options, info: &Info, console: &Console) -> Result<(Session, FileLibrary), Box<dyn Error>> {
    let mut session = Session::from_files(vec![input::import_file(info, console)?]);
    let clip = &mut session.songs[0].clips[0];
    clip.start = Seconds(options.start).frames(info.rate);
    if let Some(length) = options.length {
        let end = clip.start.0.saturating_add(Seconds(length).frames(info.rate).0);
        clip.end = Frames(end.min(info.frames.0));
    }
    if clip.start >= clip.end {
        let length = info.duration().0;
        return Err(format!("{}: has {length:.3} s; nothing is left of it", options.input.display()).into());
    }
    if let Some(path) = &options.chain {
        session.songs[0].chain = load_chain(path)?.without_words();
    }
    if let Some(name) = &options.preset {
        session.songs[0].chain = presets::named(name)?.chain;
    }
    let pass = &mut session.passes[0];
    pass.rate = options.rate.map_or(Rate::Native, |rate| Rate::Hz(SampleRate(rate)));
    pass.depth = options.bits.unwrap_or_else(|| depth_of(info));
    pass.dither = options.dither;
    (pass.steepness, pass.phase) = (options.steepness, options.phase);
    pass.ceiling = options.ceiling.map(Dbtp);
    let library = FileLibrary::new(&session, Path::new("/"));
    Ok((session, library))
}

/// The word a file has; where it has none, the word of a master.
pub(super) fn depth_of(info: &Info) -> Depth {
    match (info.lossy, info.float, info.bits) {
        (false, true, Some(64)) => Depth::Float64,
        (false, true, _) => Depth::Float32,
        (false, false, Some(..=16)) => Depth::Int16,
        (false, false, Some(25..)) => Depth::Int32,
        _ => Depth::Int24,
    }
}

pub(super) fn render(
    plan: &Arc<Plan>,
    library: FileLibrary,
    path: &Path,
    bar: &Bar,
    cancel: &AtomicBool,
) -> Result<Written, Box<dyn Error>> {
    let feeds = DirectFeeds::new(plan.clone(), Arc::new(library));
    let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Delivered)?;
    renderer.start_at(Frames(0), Start::Exact);
    let total = plan.delivered_frames();
    let format = Format::new(encoding(plan.pass.depth), plan.delivered, plan.layout);
    let extras = Extras { expected: Some(Frames(total)), ..Extras::default() };
    let mut writer = WavWriter::create(path, format, extras)?;
    let mut block = Block::new(plan.layout.channels(), BLOCK_FRAMES);
    let mut guard = Vec::new();
    while renderer.position().0 < total {
        if interrupt::is_asked(cancel) {
            return Err(format!("{}: cancelled; nothing was written", path.display()).into());
        }
        block.set_frames((total - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
        renderer.pull_checked(&mut block)?;
        guard.extend(renderer.guard_actions());
        renderer.clear_guard_actions();
        writer.write(&block)?;
        bar.set(renderer.position().0 as f64 / total as f64);
    }
    let clipped = renderer.clipped();
    let written = writer.finish()?;
    Ok(Written { frames: written.frames.0, clipped: clipped.max(written.clipped), guard })
}

fn encoding(depth: Depth) -> Encoding {
    match depth {
        Depth::Int16 => Encoding::Int16,
        Depth::Int24 => Encoding::Int24,
        Depth::Int32 => Encoding::Int32,
        Depth::Float32 => Encoding::Float32,
        Depth::Float64 => Encoding::Float64,
    }
}

fn measure(path: &Path, console: &Console) -> Result<Measurement, Box<dyn Error>> {
    let bar = console.bar(format!("measuring {}", path.display()));
    let mut source = input::open(path, &bar)?;
    let bits = source.info.bits.map(u32::from);
    let mut measurer = Measurer::new(source.reader.layout(), source.reader.rate(), bits)?;
    input::read_through(&mut source, &bar, &mut |block| measurer.process(block))?;
    Ok(measurer.finish().measurement)
}

fn tell(
    options: &Options,
    plan: &Plan,
    written: &Written,
    measured: Option<&[Measurement; 2]>,
    figures: &[(String, Transparency)],
    console: &Console,
) -> std::io::Result<()> {
    let (from, to) = (options.input.display().to_string(), options.output.display().to_string());
    if console.json() {
        return console.document(&value(plan, written, measured, figures, &from, &to));
    }
    let dither = match plan.songs[0].is_dithered() && plan.pass.depth.integer_bits().is_some() {
        true => format!(", dither {}", plan.pass.dither.id()),
        false => ", samples untouched".into(),
    };
    let dither = if plan.pass.depth.integer_bits().is_none() { String::new() } else { dither };
    let length = report::clock(Frames(written.frames).seconds(plan.delivered).0);
    console.text(format_args!("Wrote {to}: {length}, {}, {}{dither}", plan.delivered, plan.pass.depth))?;
    if let Some([before, after]) = measured {
        console.text(report::measurements([(from.as_str(), before), (to.as_str(), after)]))?;
        let deepest = written.guard.iter().map(|action| action.deepest.0).fold(0.0, f64::min);
        match (plan.pass.ceiling, written.guard.len()) {
            (None, _) => console.text("No ceiling is set.")?,
            (Some(ceiling), 0) => console.text(format_args!("The guard at {ceiling} had nothing to do."))?,
            (Some(ceiling), count) => {
                console.text(format_args!("The guard at {ceiling} acted {count} times, at most {:.1} dB.", -deepest))?
            }
        }
        if !figures.is_empty() {
            console.text(format_args!("\nTransparency, tones at the level each stage is given:"))?;
            console.text(report::transparency(figures.iter().map(|(name, figures)| (name.as_str(), figures))))?;
        }
        if let Some((name, whole)) = figures.last() {
            console.text(format_args!("\nResponse of the {name}:"))?;
            console.text(report::response(whole))?;
        }
    }
    Ok(())
}

/// Each stage that is heard, at the level that the stages before it leave of the input's peak, and the whole chain.
fn transparency(plan: &Plan, before: &Measurement, console: &Console) -> Vec<(String, Transparency)> {
    let stages: Vec<&StagePlan> = plan.songs[0].chain.iter().filter(|stage| stage.on).collect();
    let Some(peak) = before.sample_peak_dbfs.filter(|_| !stages.is_empty()) else { return Vec::new() };
    let setting = Setting { rate: plan.rate, layout: plan.layout };
    let bar = console.bar("probing the chain");
    let (mut level, mut figures) = (peak, Vec::new());
    for (index, stage) in stages.iter().enumerate() {
        bar.name(format!("probing {}", stage.id));
        bar.set(index as f64 / (stages.len() + 1) as f64);
        let fresh = || Plan::build_chain(&[(*stage).clone()], setting);
        figures.push((stage.id.clone(), chain::transparency::measure(&fresh, setting, level)));
        level = chain::transparency::level_after(&fresh, setting, level);
    }
    let fresh = || Plan::build_chain(&plan.songs[0].chain, setting);
    figures.push(("whole chain".to_string(), chain::transparency::measure(&fresh, setting, peak)));
    figures
}

fn value(
    plan: &Plan,
    written: &Written,
    measured: Option<&[Measurement; 2]>,
    figures: &[(String, Transparency)],
    from: &str,
    to: &str,
) -> Value {
    let probed = |(name, figures): &(String, Transparency)| json!({ "stage": name, "figures": figures });
    let guard = written.guard.iter().map(|action| {
        json!({
            "start_s": Frames(action.start).seconds(plan.delivered).0,
            "end_s": Frames(action.end).seconds(plan.delivered).0,
            "deepest_db": action.deepest.0,
        })
    });
    let conversions = plan.songs[0].provenance.iter();
    let conversions = conversions.map(|note| json!({ "from_hz": note.from.0, "to_hz": note.to.0 }));
    json!({
        "in": from,
        "out": to,
        "frames": written.frames,
        "sample_rate_hz": plan.delivered.0,
        "bits": WORDS.iter().find(|(_, depth)| *depth == plan.pass.depth).map(|(word, _)| *word),
        "dither": plan.songs[0].is_dithered().then(|| plan.pass.dither.id()),
        "conversions": conversions.collect::<Vec<_>>(),
        "clipped_samples": written.clipped,
        "guard": guard.collect::<Vec<_>>(),
        "before": measured.map(|[before, _]| report::measurement_value(from, before)),
        "transparency": (!figures.is_empty()).then(|| figures.iter().map(probed).collect::<Vec<_>>()),
        "after": measured.map(|[_, after]| report::measurement_value(to, after)),
    })
}
