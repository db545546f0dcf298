//! Where files come from: synthesised music as it is, and through encoders, converters and short words.
//!
//! Every file begins as a sound font's rendering of a score (`openttd-openmsx`, `fluid-soundfont-gm`) at its final rate,
//! which no encoder and no converter has seen. At 96 kHz the rendering is driven through a curve first: a sound font
//! alone has nothing above 22 kHz.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::process::Command;

use lacquer_engine::analysis::faults::Thresholds;
use lacquer_engine::analysis::faults::depth::{DepthDetector, padded};
use lacquer_engine::analysis::faults::provenance::ProvenanceDetector;
use lacquer_engine::analysis::finding::{Finding, Kind};
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavWriter};
use lacquer_engine::dsp::dither::{Dither, Quantiser};
use lacquer_engine::report::table::Table;
use lacquer_engine::unit::{Frames, SampleRate};

use crate::music::{self, Music};
use crate::options::Options;

const SCORES: &str = "/usr/share/games/openttd/baseset/openmsx";
const SOUND_FONT: &str = "/usr/share/sounds/sf2/FluidR3_GM.sf2";
/// Files of each class.
const FILES: usize = 24;
/// What is taken of each rendering.
const FROM_S: f64 = 15.0;
const LENGTH_S: f64 = 20.0;
/// How hard the renderings at 96 kHz are driven.
const DRIVE: f64 = 12.0;

/// What a file has been through, and what must be said of it.
struct Class {
    name: &'static str,
    rate: u32,
    must: Option<Kind>,
    /// Programs that make it of `in.wav`, `out.wav` last; none: as rendered.
    through: &'static [&'static [&'static str]],
    /// What words it is made of.
    word: Word,
}

#[derive(Clone, Copy, PartialEq)]
enum Word {
    /// 24 bits with their own dither.
    Deep,
    /// 16 bits, padded.
    Padded,
    /// 16 bits with a shaper, 0.3 dB down, in 24 bits.
    Shaped,
    /// As 24 bits, shaped at 24.
    DeepShaped,
}

const CLASSES: [Class; 13] = [
    Class { name: "44.1 kHz, 24 bits", rate: 44_100, must: None, through: &[], word: Word::Deep },
    Class { name: "44.1 kHz, shaped at 24 bits", rate: 44_100, must: None, through: &[], word: Word::DeepShaped },
    Class { name: "96 kHz, 24 bits", rate: 96_000, must: None, through: &[], word: Word::Deep },
    Class { name: "padded 16 bits", rate: 44_100, must: Some(Kind::PaddedBits), through: &[], word: Word::Padded },
    Class { name: "shaped 16 in 24", rate: 44_100, must: Some(Kind::NoiseShaped), through: &[], word: Word::Shaped },
    Class {
        name: "44.1 to 96 kHz",
        rate: 44_100,
        must: Some(Kind::Upsampled),
        through: &[&["sox", "in.wav", "-b", "24", "out.wav", "rate", "-v", "96000"]],
        word: Word::Deep,
    },
    Class {
        name: "96 to 48 to 96 kHz",
        rate: 96_000,
        must: Some(Kind::Upsampled),
        through: &[
            &["sox", "in.wav", "-b", "24", "mid.wav", "rate", "-v", "48000"],
            &["sox", "mid.wav", "-b", "24", "out.wav", "rate", "-v", "96000"],
        ],
        word: Word::Deep,
    },
    Class { name: "MP3 128", rate: 44_100, must: Some(Kind::LossyOrigin), through: &MP3_128, word: Word::Deep },
    Class { name: "MP3 160", rate: 44_100, must: Some(Kind::LossyOrigin), through: &MP3_160, word: Word::Deep },
    Class { name: "MP3 192", rate: 44_100, must: Some(Kind::LossyOrigin), through: &MP3_192, word: Word::Deep },
    Class { name: "AAC 128", rate: 44_100, must: Some(Kind::LossyOrigin), through: &AAC_128, word: Word::Deep },
    Class { name: "AAC 192", rate: 44_100, must: Some(Kind::LossyOrigin), through: &AAC_192, word: Word::Deep },
    Class { name: "44.1 to 48 to 44.1 kHz", rate: 44_100, must: None, through: &ROUND, word: Word::Deep },
];

const BACK: &[&str] = &["ffmpeg", "-v", "error", "-y", "-i", "mid", "-c:a", "pcm_f32le", "out.wav"];
const MP3_128: [&[&str]; 2] = [&["lame", "--quiet", "-b", "128", "in.wav", "mid"], BACK];
const MP3_160: [&[&str]; 2] = [&["lame", "--quiet", "-b", "160", "in.wav", "mid"], BACK];
const MP3_192: [&[&str]; 2] = [&["lame", "--quiet", "-b", "192", "in.wav", "mid"], BACK];
const AAC_128: [&[&str]; 2] = [&["fdkaac", "-S", "-b", "128k", "-o", "mid", "in.wav"], BACK];
const AAC_192: [&[&str]; 2] = [&["fdkaac", "-S", "-b", "192k", "-o", "mid", "in.wav"], BACK];
const ROUND: [&[&str]; 2] = [
    &["sox", "in.wav", "-b", "24", "mid.wav", "rate", "-v", "48000"],
    &["sox", "mid.wav", "-b", "24", "out.wav", "rate", "-v", "44100"],
];

/// What is asked.
const ASKED: [Kind; 4] = [Kind::PaddedBits, Kind::NoiseShaped, Kind::Upsampled, Kind::LossyOrigin];

/// Makes the files and asks of each where it comes from.
pub fn origin(options: &Options) -> Result<bool, String> {
    let thresholds = Thresholds::from_profile(&options.profile);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let scores = scores()?;
    let mut table = Table::new(&["made as", "must say", "files", "right", "also said"]);
    // Of what was said: how sure, and whether it is true.
    let mut said: Vec<(f64, bool)> = Vec::new();
    let (mut right, mut asked) = (0, 0);
    let mut renderings: BTreeMap<(usize, u32), Music> = BTreeMap::new();
    for class in &CLASSES {
        let (mut own, mut others) = (0, BTreeMap::new());
        for (index, score) in scores.iter().enumerate() {
            if let Entry::Vacant(place) = renderings.entry((index, class.rate)) {
                place.insert(rendered(score, class.rate, folder.path())?);
            }
            let music = made(&renderings[&(index, class.rate)], class, folder.path(), index as u64)?;
            let found = findings(&music, class.through.is_empty(), &thresholds);
            for finding in &found {
                said.push((finding.confidence, Some(finding.kind) == class.must));
            }
            let holds = match class.must {
                None => found.is_empty(),
                Some(kind) => found.iter().any(|finding| finding.kind == kind),
            };
            own += usize::from(holds);
            for finding in found.iter().filter(|finding| Some(finding.kind) != class.must) {
                *others.entry(finding.title()).or_insert(0) += 1;
            }
            if options.list && !holds {
                println!(
                    "{}: {}: {:?}",
                    class.name,
                    score.display(),
                    found.iter().map(Finding::title).collect::<Vec<_>>()
                );
            }
        }
        right += own;
        asked += scores.len();
        let others: Vec<String> = others.iter().map(|(title, number)| format!("{title}: {number}")).collect();
        table.row([
            class.name.to_string(),
            class.must.map_or("nothing", Kind::title).to_string(),
            scores.len().to_string(),
            format!("{:.3}", own as f64 / scores.len().max(1) as f64),
            others.join(", "),
        ]);
    }
    println!("{table}\n{right} of {asked} right: {:.3}", right as f64 / asked.max(1) as f64);
    for pair in [0.5, 0.7, 0.85, 0.95, 1.01].windows(2) {
        let within = said.iter().filter(|(sure, _)| (pair[0]..pair[1]).contains(sure));
        let (number, true_ones) = within.fold((0, 0), |(n, t), (_, is)| (n + 1, t + usize::from(*is)));
        println!(
            "said with {} to {}: {number}, true {:.2}",
            pair[0],
            pair[1].min(1.0),
            true_ones as f64 / f64::from(number.max(1))
        );
    }
    Ok(true)
}

fn scores() -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(SCORES).map_err(|error| format!("{SCORES}: {error} (openttd-openmsx)"))?;
    let mut scores: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    scores.retain(|path| path.extension().is_some_and(|end| end == "mid"));
    scores.sort();
    scores.truncate(FILES);
    Ok(scores)
}

fn run(folder: &Path, line: &[&str]) -> Result<(), String> {
    let output = Command::new(line[0]).args(&line[1..]).current_dir(folder).output();
    let output = output.map_err(|error| format!("{}: {error}", line[0]))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{}: {}", line.join(" "), String::from_utf8_lossy(&output.stderr))),
    }
}

fn rendered(score: &Path, rate: u32, folder: &Path) -> Result<Music, String> {
    // Four bytes a sample, two channels; what is not needed is not rendered.
    let bytes = ((FROM_S + LENGTH_S) * f64::from(rate)) as usize * 8;
    let line = format!(
        "fluidsynth -niq -g 0.5 -r {rate} -O float -T raw -F /dev/stdout {SOUND_FONT} '{}' | head -c {bytes} > render.raw",
        score.display()
    );
    run(folder, &["sh", "-c", &line])?;
    let rate_text = rate.to_string();
    let raw = ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", &rate_text, "-ac", "2", "-i", "render.raw"];
    run(folder, &[&raw[..], &["-c:a", "pcm_f32le", "render.wav"]].concat())?;
    let mut music = music::read_file(&folder.join("render.wav"), FROM_S, LENGTH_S)?;
    if rate > 48_000 {
        let bent = |x: &mut f64| *x = libm::tanh(DRIVE * *x) / DRIVE.sqrt();
        music.channels.iter_mut().flatten().for_each(bent);
    }
    Ok(music)
}

/// The file of a class: written, sent through programs, read again.
fn made(music: &Music, class: &Class, folder: &Path, seed: u64) -> Result<Music, String> {
    let rate = SampleRate(music.rate);
    let mut block = Block::from_channels(&music.channels);
    let (bits, dither) = match class.word {
        Word::Deep => (24, Dither::Tpdf),
        Word::DeepShaped => (24, Dither::ShapedStrong),
        Word::Padded => (16, Dither::Tpdf),
        Word::Shaped => (16, if seed.is_multiple_of(2) { Dither::ShapedStandard } else { Dither::ShapedStrong }),
    };
    let mut quantiser = Quantiser::new(bits, dither, rate, 2, seed).map_err(|error| error.to_string())?;
    quantiser.process(0, &mut block);
    let gain = if class.word == Word::Shaped { libm::pow(10.0, -0.3 / 20.0) } else { 1.0 };
    let step = |x: f64| (gain * x * 8_388_608.0).round().clamp(-8_388_608.0, 8_388_607.0);
    if class.through.is_empty() {
        let channels = block.iter().map(|samples| samples.iter().map(|x| step(*x) / 8_388_608.0).collect());
        return Ok(Music { channels: channels.collect(), rate: music.rate });
    }
    let format = Format::new(Encoding::Int24, rate, Layout::Stereo);
    let named = |error: &dyn std::fmt::Display| format!("in.wav: {error}");
    let mut writer =
        WavWriter::create(&folder.join("in.wav"), format, Extras::default()).map_err(|error| named(&error))?;
    let steps: Vec<i32> = (0..block.frames())
        .flat_map(|frame| [block.channel(0)[frame], block.channel(1)[frame]])
        .map(|x| step(x) as i32)
        .collect();
    writer.write_steps(&steps).map_err(|error| named(&error))?;
    writer.finish().map_err(|error| named(&error))?;
    for line in class.through {
        run(folder, line)?;
    }
    music::read_file(&folder.join("out.wav"), 0.0, LENGTH_S)
}

/// What is said of a file; `whole` where it is made of words.
fn findings(music: &Music, whole: bool, thresholds: &Thresholds) -> Vec<Finding> {
    let rate = SampleRate(music.rate);
    let mut provenance = ProvenanceDetector::new(music.channels.len(), rate);
    let mut used = Vec::new();
    if whole {
        provenance.look_for_shaping(24);
        for samples in &music.channels {
            let mut depth = DepthDetector::new(rate, 24);
            depth.process(samples);
            depth.finish();
            used.push(depth.used());
        }
    }
    provenance.process(&Block::from_channels(&music.channels));
    let mut found = provenance.finish(thresholds);
    let frames = Frames(music.channels[0].len() as u64).0;
    found.extend((!used.is_empty()).then(|| padded(&used, 24, frames, rate)).flatten());
    found.retain(|finding| ASKED.contains(&finding.kind));
    found
}
