use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::Serialize;

use super::measure::{self, BandNoise, Decoded};
use super::program;
use super::{CodecError, Coder, Coding, Tier};
use crate::audio::Block;
use crate::container::riff::{Encoding, Extras, Format, WavWriter};
use crate::dsp::align;
use crate::dsp::resample::{Converter, Filter};
use crate::source::{self, Cache, Reader, Source};
use crate::unit::{Db, Dbtp, Frames, SampleRate};

/// Frames handled at a time.
const BLOCK_FRAMES: usize = 8192;
/// The programs read 16- and 24-bit files directly; everything else is written for them, in the word of [`word`].
const PLAIN_BITS: [u8; 2] = [16, 24];

/// What to keep of a trip.
#[derive(Debug, Clone, Default)]
pub struct TripOptions {
    /// Where to keep the decoded sound and the difference to the original (both 32-bit float WAV), if at all.
    pub keep: Option<PathBuf>,
}

/// One file through one coder and back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trip {
    /// The tier's id.
    pub tier: &'static str,
    /// The coder: name and version.
    pub coder: String,
    /// Whether a verdict may rest on it.
    pub judges: bool,
    /// The rate it was encoded at.
    pub sample_rate_hz: SampleRate,
    /// The file's own rate, where it had to be converted.
    pub converted_from_hz: Option<SampleRate>,
    /// What it really took, kilobits per second.
    pub kilobits: f64,
    /// Frames by which the decoded sound lay behind; `None` where nothing correlates (silence).
    pub lag_frames: Option<i64>,
    /// True peak of what was encoded.
    pub original_true_peak_dbtp: Option<Dbtp>,
    /// How much the true peak grew.
    pub growth_db: Option<Db>,
    /// The decoded sound.
    #[serde(flatten)]
    pub decoded: Decoded,
    /// What was lost, by octave.
    pub noise: Vec<BandNoise>,
}

/// Sends a whole file through a coder and back, inside `scratch` (a folder of this trip alone).
pub fn trip(
    file: &Path,
    tier: Tier,
    coder: &Coder,
    scratch: &Path,
    options: &TripOptions,
    cancel: &AtomicBool,
) -> Result<Trip, CodecError> {
    let out = scratch.join(format!("out.{}", tier.coding.extension()));
    let Encoded { wave, rate, own } = encode(file, tier, coder, &out, scratch, cancel)?;
    let mut original = source::open(&wave)?;
    let bytes = std::fs::metadata(&out).map_err(CodecError::io(&out))?.len();
    let mut decoded = decode(tier.coding, &out, scratch, cancel)?;
    let lag = lag(&mut *original.reader, &mut *decoded.reader)?;
    let heard = measure::decoded(&mut *decoded.reader, lag.unwrap_or(0))?;
    let original_peak = measure::true_peak(&mut *original.reader)?;
    let noise = measure::noise(&mut *original.reader, &mut *decoded.reader, lag.unwrap_or(0))?;
    if let Some(folder) = &options.keep {
        let name = |what: &str| kept_name(file, tier, what);
        keep(&mut *original.reader, &mut *decoded.reader, lag.unwrap_or(0), folder, &name)?;
    }
    let seconds = original.reader.frames().seconds(rate).0;
    Ok(Trip {
        tier: tier.id,
        coder: coder.title(),
        judges: coder.judges,
        sample_rate_hz: rate,
        converted_from_hz: (rate != own).then_some(own),
        kilobits: if seconds > 0.0 { bytes as f64 * 8.0 / 1000.0 / seconds } else { 0.0 },
        lag_frames: lag,
        original_true_peak_dbtp: original_peak,
        growth_db: original_peak.zip(heard.true_peak_dbtp).map(|(before, after)| Db(after.0 - before.0)),
        decoded: heard,
        noise,
    })
}

/// What was given to a coder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The file it read: the original itself, or one in the scratch folder at the coder's rate.
    pub wave: PathBuf,
    /// Its rate.
    pub rate: SampleRate,
    /// The original's rate.
    pub own: SampleRate,
}

/// Encodes a whole file into `out`, from its first sample. `scratch` takes what the coder cannot read directly.
///
/// # Errors
/// A file that cannot be read, more channels than the codings take, or a coder that fails or is stopped.
pub fn encode(
    file: &Path,
    tier: Tier,
    coder: &Coder,
    out: &Path,
    scratch: &Path,
    cancel: &AtomicBool,
) -> Result<Encoded, CodecError> {
    let (wave, rate, own) = given(file, tier.coding, &scratch.join("in.wav"))?;
    program::run(&coder.path, &coder.arguments(tier, &wave, out), &scratch.join("said.txt"), cancel)?;
    Ok(Encoded { wave, rate, own })
}

/// What a coder of `coding` is given of a file: itself, or written to `wave` at the coder's rate. With that rate, and
/// the file's own.
pub(super) fn given(file: &Path, coding: Coding, wave: &Path) -> Result<(PathBuf, SampleRate, SampleRate), CodecError> {
    let mut original = source::open(file)?;
    let (own, layout) = (original.reader.rate(), original.reader.layout());
    if !measure::is_taken(layout) {
        return Err(CodecError::Channels { channels: layout.channels() });
    }
    let rate = coding.rate(own);
    let plain = rate == own && is_plain(&original);
    let wave = if plain { file.to_path_buf() } else { write_wave(&mut original, rate, word(coding), wave)? };
    Ok((wave, rate, own))
}

/// The word that programs of a coding take whole. LAME reads files through libsndfile and brings those of floats to full
/// scale (`SFC_SET_SCALE_FLOAT_INT_READ`): what it encodes is then as much too loud as the song stays under 0 dBFS.
fn word(coding: Coding) -> Encoding {
    match coding {
        Coding::Mp3 => Encoding::Int32,
        Coding::Aac | Coding::Vorbis | Coding::Opus => Encoding::Float32,
    }
}

/// Whether the programs can be given the file as it is.
fn is_plain(source: &Source) -> bool {
    source.info.format == "WAV" && !source.info.float && source.info.bits.is_some_and(|bits| PLAIN_BITS.contains(&bits))
}

fn write_wave(source: &mut Source, rate: SampleRate, word: Encoding, path: &Path) -> Result<PathBuf, CodecError> {
    let (own, layout) = (source.reader.rate(), source.reader.layout());
    let total = source.reader.frames().0;
    let format = Format::new(word, rate, layout);
    let mut writer = WavWriter::create(path, format, Extras::default()).map_err(CodecError::scratch(path))?;
    let mut block = Block::new(layout.channels(), BLOCK_FRAMES);
    if rate == own {
        for start in (0..total).step_by(BLOCK_FRAMES) {
            block.set_frames((total - start).min(BLOCK_FRAMES as u64) as usize);
            source.reader.read(start, &mut block)?;
            writer.write(&block).map_err(CodecError::scratch(path))?;
        }
    } else {
        convert(&mut *source.reader, rate, &mut writer, path)?;
    }
    writer.finish().map_err(CodecError::scratch(path))?;
    Ok(path.to_path_buf())
}

fn convert(reader: &mut dyn Reader, rate: SampleRate, writer: &mut WavWriter, path: &Path) -> Result<(), CodecError> {
    let channels = reader.layout().channels();
    let mut converter = Converter::new(channels, reader.rate(), rate, Filter::default())?;
    let total = reader.frames().0;
    let mut left = converter.output_length(total);
    let (mut input, mut output) = (Block::new(channels, BLOCK_FRAMES), Block::new(channels, BLOCK_FRAMES));
    let (mut read, mut fed) = (0, 0);
    input.set_frames(0);
    while left > 0 {
        if fed == input.frames() && read < total {
            input.set_frames((total - read).min(BLOCK_FRAMES as u64) as usize);
            reader.read(read, &mut input)?;
            read += input.frames() as u64;
            fed = 0;
        }
        fed += converter.feed(&input, fed);
        if fed == input.frames() && read == total {
            converter.finish();
        }
        output.set_frames(left.min(BLOCK_FRAMES as u64) as usize);
        let count = converter.produce(&mut output);
        output.set_frames(count);
        writer.write(&output).map_err(CodecError::scratch(path))?;
        left -= count as u64;
    }
    Ok(())
}

/// Decodes a file in floating point, delay and padding removed as the file says. `scratch` takes what is decoded.
///
/// # Errors
/// A damaged file, or of Opus: no program that decodes it.
pub fn decode(coding: Coding, out: &Path, scratch: &Path, cancel: &AtomicBool) -> Result<Source, CodecError> {
    if coding != Coding::Opus {
        let cache = Cache::new(scratch.join("decoded"), u64::MAX);
        return Ok(source::open_with(out, &cache, &mut |_| (), cancel)?);
    }
    let wave = scratch.join("decoded.wav");
    let words = |words: &[&str]| words.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    let log = scratch.join("decoder.txt");
    if let Some(opusdec) = program::find("opusdec") {
        let mut arguments = words(&["--quiet", "--float", "--rate", "48000"]);
        arguments.extend([out.into(), wave.clone().into()]);
        program::run(&opusdec, &arguments, &log, cancel)?;
    } else if let Some(ffmpeg) = program::find("ffmpeg") {
        let mut arguments = words(&["-nostdin", "-v", "error", "-y", "-i"]);
        arguments.push(out.into());
        arguments.extend(words(&["-c:a", "pcm_f32le"]));
        arguments.push(wave.clone().into());
        program::run(&ffmpeg, &arguments, &log, cancel)?;
    } else {
        let cause = "neither it nor ffmpeg is on the search path any more".to_string();
        return Err(CodecError::Start { program: "opusdec".into(), cause });
    }
    Ok(source::open(&wave)?)
}

/// The lag, read where the original is loudest: there a coder has most to keep.
pub(super) fn lag(original: &mut dyn Reader, decoded: &mut dyn Reader) -> Result<Option<i64>, CodecError> {
    let frames = original.frames().0;
    let window = (align::window() as u64).min(frames);
    let mut best = (0.0, 0);
    for start in (0..=frames - window).step_by(align::window().max(1)) {
        let energy: f64 = measure::mono(original, start, window as usize)?.iter().map(|sample| sample * sample).sum();
        if energy > best.0 {
            best = (energy, start);
        }
    }
    let before = measure::mono(original, best.1, window as usize)?;
    let after = measure::mono(decoded, best.1, window as usize)?;
    Ok(align::lag(&before, &after))
}

/// What the kept files of a trip are called after: the decoded sound, and what the coder took away.
pub const DECODED: &str = "decoded";
/// As [`DECODED`].
pub const DIFFERENCE: &str = "difference";

/// The name of a file that a trip of `file` keeps.
pub fn kept_name(file: &Path, tier: Tier, what: &str) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    crate::container::name::safe(&format!("{stem} {} {what}.wav", tier.id), crate::container::name::Rule::ANY)
}

/// Writes the decoded sound, in step with the original, and what the coder took away.
fn keep(
    original: &mut dyn Reader,
    decoded: &mut dyn Reader,
    lag: i64,
    folder: &Path,
    name: &dyn Fn(&str) -> String,
) -> Result<(), CodecError> {
    std::fs::create_dir_all(folder).map_err(CodecError::io(folder))?;
    let layout = original.layout();
    let format = Format::new(Encoding::Float32, original.rate(), layout);
    let paths = [folder.join(name(DECODED)), folder.join(name(DIFFERENCE))];
    let mut writers = Vec::new();
    for path in &paths {
        writers.push(WavWriter::create(path, format, Extras::default()).map_err(CodecError::scratch(path))?);
    }
    let Frames(total) = original.frames();
    let (mut a, mut b) = (Block::new(layout.channels(), BLOCK_FRAMES), Block::new(layout.channels(), BLOCK_FRAMES));
    for start in (0..total).step_by(BLOCK_FRAMES) {
        let count = (total - start).min(BLOCK_FRAMES as u64) as usize;
        a.set_frames(count);
        b.set_frames(count);
        original.read(start, &mut a)?;
        decoded.read(start.saturating_add_signed(lag), &mut b)?;
        writers[0].write(&b).map_err(CodecError::scratch(&paths[0]))?;
        for channel in 0..layout.channels() {
            for (a, b) in a.channel_mut(channel).iter_mut().zip(b.channel(channel)) {
                *a = b - *a;
            }
        }
        writers[1].write(&a).map_err(CodecError::scratch(&paths[1]))?;
    }
    for (writer, path) in writers.into_iter().zip(&paths) {
        writer.finish().map_err(CodecError::scratch(path))?;
    }
    Ok(())
}
