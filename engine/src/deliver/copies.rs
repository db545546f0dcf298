//! Listening copies: every song in the codings of the pass, tagged from one table, with art and playback gain, each
//! decoded again and compared with the song it was made of.
//!
//! The songs are rendered as the streaming pass renders them; what is encoded is that render, from its first frame to
//! its last, so that a player that keeps to the delay and padding in the file joins them as the album does.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use sha2::{Digest as _, Sha256};

use super::hires::{same_audio, write_flac};
use super::job::{DeliverError, Making, Step};
use super::manifest::{AudioEntry, ConversionEntry, CopyEntry, FileEntry, Role};
use super::sink::{digest, hash_samples, hex};
use super::streaming;
use super::tag::{self, Gain};
use crate::analysis::loudness::GatingBlocks;
use crate::analysis::measure::{Measurement, Measurer};
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::codec::{self, CodecError, Coder, Coding, TIERS, Tier};
use crate::container::flac::{FlacTags, Picture};
use crate::container::tag as table;
use crate::profile::Outcome;
use crate::session::Depth;
use crate::source::{self, Reader};
use crate::unit::Db;

/// The id of the lossless coding.
pub(super) const FLAC: &str = "flac";
/// The id of the rendered files themselves.
const WAV: &str = "wav";
/// Our own FLAC coder, as manifests name it.
const FLAC_CODER: &str = concat!("Lacquer ", env!("CARGO_PKG_VERSION"), " FLAC");
/// Frames decoded at a time.
const BLOCK_FRAMES: usize = 16_384;

/// One thing to make of every song.
enum Format<'a> {
    Flac,
    Lossy(Tier, &'a Coder),
}

impl Format<'_> {
    /// The folder its files lie in.
    fn folder(&self) -> String {
        match self {
            Format::Flac => "FLAC".into(),
            Format::Lossy(tier, _) => format!("{} {}", tier.coding.name(), tier.kilobits),
        }
    }
}

/// A song that was rendered, and what is known of it.
struct Master {
    path: PathBuf,
    stem: String,
    audio: AudioEntry,
    number: usize,
    gain: Gain,
}

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let wanted = making.resolved.pass.copies.clone();
    let coders = Coder::found();
    let (formats, remarks) = formats(&wanted, &coders, &making.job.profile.id);
    making.verdicts.extend(remarks);
    streaming::make(making)?;
    let masters = masters(making);
    let picture = cover(making)?;
    for format in &formats {
        let folder = making.staging.file(&format.folder());
        fs::create_dir(&folder).map_err(DeliverError::folder(&folder))?;
    }
    let made = encode_all(making, &formats, &masters, picture.as_ref())?;
    for (entry, verdict) in made {
        making.manifest.files.push(entry);
        making.verdicts.push(verdict);
    }
    if !wanted.iter().any(|id| id == WAV) {
        for master in &masters {
            fs::remove_file(&master.path).map_err(DeliverError::write(&master.path))?;
        }
        making.manifest.files.retain(|file| file.role != Role::Song);
    }
    Ok(())
}

/// Where the copies of these codings lie, and the extension of their files; what is no coding is left out.
pub(super) fn places(wanted: &[String]) -> Vec<(String, &'static str)> {
    let place = |id: &String| match id.as_str() {
        WAV => Some((String::new(), WAV)),
        FLAC => Some(("FLAC/".to_string(), FLAC)),
        id => {
            let tier = Tier::of(id)?;
            Some((format!("{} {}/", tier.coding.name(), tier.kilobits), tier.coding.extension()))
        }
    };
    wanted.iter().filter_map(place).collect()
}

/// What is to be made, and what cannot be.
fn formats<'a>(wanted: &[String], coders: &'a [Coder], profile: &str) -> (Vec<Format<'a>>, Vec<Verdict>) {
    let (mut formats, mut remarks) = (Vec::new(), Vec::new());
    let mut say = |outcome, said: String| remarks.push(Verdict::stated("coding", outcome, profile, said));
    for id in wanted.iter().filter(|id| *id != WAV) {
        if id == FLAC {
            formats.push(Format::Flac);
            continue;
        }
        let Some(tier) = Tier::of(id) else {
            let known: Vec<&str> = [FLAC, WAV].into_iter().chain(TIERS.iter().map(|tier| tier.id)).collect();
            say(Outcome::Fail, format!("'{id}' is no coding; there are {}", known.join(", ")));
            continue;
        };
        // ffmpeg's own AAC coder overshoots by decibels: no client is to hear that.
        match coders.iter().find(|coder| coder.coding == tier.coding && coder.judges) {
            Some(coder) => formats.push(Format::Lossy(tier, coder)),
            None => say(
                Outcome::Warn,
                format!(
                    "{id}: this machine has no encoder for {} (lame, fdkaac, vorbis-tools, opus-tools)",
                    tier.coding.name()
                ),
            ),
        }
    }
    if formats.is_empty() && !wanted.iter().any(|id| id == WAV) {
        say(Outcome::Fail, "there is nothing to make: set the pass's copies, as flac, mp3-320, aac-256".into());
    }
    (formats, remarks)
}

fn masters(making: &Making<'_>) -> Vec<Master> {
    let songs = &making.measured.songs;
    let loudness = GatingBlocks::joined(songs.values().map(|song| &song.gating_blocks)).map(|level| level.0);
    let peak = songs.values().filter_map(|song| song.measurement.true_peak_dbtp).map(|peak| peak.0).reduce(f64::max);
    let files = making.manifest.files.iter().filter(|file| file.role == Role::Song);
    let mut masters: Vec<Master> = files
        .filter_map(|file| {
            let audio = file.audio.clone()?;
            let index = making.resolved.songs.iter().position(|song| Some(&song.song.id) == audio.song.as_ref())?;
            let figure = |key: &str| audio.measured.get(key).and_then(serde_json::Value::as_f64);
            let gain = Gain {
                loudness: figure("integrated_lufs"),
                peak: figure("true_peak_dbtp"),
                album_loudness: loudness,
                album_peak: peak,
            };
            let stem = file.name.trim_end_matches(".wav").to_string();
            Some(Master { path: making.staging.file(&file.name), stem, audio, number: index + 1, gain })
        })
        .collect();
    masters.sort_by_key(|master| master.number);
    masters
}

/// The front cover, also put into the folder; one that cannot be used is a failing verdict.
fn cover(making: &mut Making<'_>) -> Result<Option<Picture>, DeliverError> {
    let path = making.job.session.album.cover.clone();
    if path.is_empty() {
        return Ok(None);
    }
    let read = making.job.library.attachment(&path).map_err(|error| error.to_string());
    let picture = read.and_then(|bytes| {
        Picture::from_file(bytes).ok_or_else(|| format!("{path}: neither JPEG nor PNG; choose another picture"))
    });
    match picture {
        Err(said) => {
            let verdict = Verdict::stated("cover", Outcome::Fail, &making.job.profile.id, said);
            making.verdicts.push(verdict);
            Ok(None)
        }
        Ok(picture) => {
            let name = if picture.mime == "image/png" { "cover.png" } else { "cover.jpg" };
            making.write_bytes(name.into(), Role::Cover, &picture.data)?;
            Ok(Some(picture))
        }
    }
}

/// Every song in every format, on all cores; in the order of formats, then songs.
fn encode_all(
    making: &Making<'_>,
    formats: &[Format<'_>],
    masters: &[Master],
    picture: Option<&Picture>,
) -> Result<Vec<(FileEntry, Verdict)>, DeliverError> {
    let jobs: Vec<(&Format<'_>, &Master)> =
        formats.iter().flat_map(|format| masters.iter().map(move |master| (format, master))).collect();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((format, master)) = jobs.get(index) else { break };
                    let made = one(making, format, master, masters.len(), picture);
                    if made.is_err() {
                        // The others would be for nothing.
                        next.store(jobs.len(), Ordering::Relaxed);
                    }
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, made));
                }
            });
        }
    });
    let mut made = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, made)| made).collect()
}

fn one(
    making: &Making<'_>,
    format: &Format<'_>,
    master: &Master,
    total: usize,
    picture: Option<&Picture>,
) -> Result<(FileEntry, Verdict), DeliverError> {
    if making.job.cancel.load(Ordering::Relaxed) {
        return Err(DeliverError::Cancelled);
    }
    match format {
        Format::Flac => lossless(making, format, master, total, picture),
        Format::Lossy(tier, coder) => lossy(making, format, (*tier, coder), master, total, picture),
    }
}

fn lossless(
    making: &Making<'_>,
    format: &Format<'_>,
    master: &Master,
    total: usize,
    picture: Option<&Picture>,
) -> Result<(FileEntry, Verdict), DeliverError> {
    let name = format!("{}/{}.flac", format.folder(), master.stem);
    (making.job.progress)(Step::Verifying { share: making.share(), file: name.clone() });
    let path = making.staging.file(&name);
    let comments = tag::copy(making.job.session, &master.audio, master.number, total, None, &master.gain);
    let tags = FlacTags { comments: comments.clone(), picture: picture.cloned() };
    write_flac(&master.path, &path, &tags)?;
    if !same_audio(&master.path, &path)? {
        return Err(DeliverError::NotTheSame { path });
    }
    let hashed = decoded_hash(&mut *source::open(&path)?.reader, None)?.0;
    let copy = CopyEntry {
        coding: FLAC.into(),
        encoder: FLAC_CODER.into(),
        decoder: None,
        decoded_sha256: hashed,
        kilobits: None,
        proof: None,
        tags: comments,
        cover_sha256: picture.map(sha256_of),
    };
    let audio = AudioEntry { copy: Some(copy), ..master.audio.clone() };
    let (bytes, sha256, md5) = digest(&path)?;
    let (identity, taken_over, audio) = (None, false, Some(audio));
    let entry = FileEntry { name: name.clone(), role: Role::Copy, bytes, sha256, md5, identity, taken_over, audio };
    let said = "the same samples as the render";
    Ok((entry, Verdict::stated("copy", Outcome::Pass, "manifest", said).at(name)))
}

fn lossy(
    making: &Making<'_>,
    format: &Format<'_>,
    (tier, coder): (Tier, &Coder),
    master: &Master,
    total: usize,
    picture: Option<&Picture>,
) -> Result<(FileEntry, Verdict), DeliverError> {
    let name = format!("{}/{}.{}", format.folder(), master.stem, tier.coding.extension());
    (making.job.progress)(Step::Verifying { share: making.share(), file: name.clone() });
    let path = making.staging.file(&name);
    let scratch = tempfile::tempdir().map_err(DeliverError::folder(&std::env::temp_dir()))?;
    let cancel = making.job.cancel;
    let encoded = codec::encode(&master.path, tier, coder, &path, scratch.path(), cancel)?;
    let plain = decoded(tier.coding, &path, cancel)?;
    let coding = Some(tier.coding);
    let comments = tag::copy(making.job.session, &master.audio, master.number, total, coding, &master.gain);
    table::write(&path, &comments, picture)?;
    // What is judged is the file as it will be given away: its tags must not have touched its sound.
    let tagged = decoded(tier.coding, &path, cancel)?;
    if plain.0 != tagged.0 {
        return Err(DeliverError::NotTheSame { path });
    }
    let proof = codec::prove(&encoded.wave, &path, tier.coding, scratch.path(), cancel)?;
    let (bytes, sha256, md5) = digest(&path)?;
    let seconds = proof.frames as f64 / encoded.rate.hz();
    let copy = CopyEntry {
        coding: tier.id.into(),
        encoder: coder.title(),
        decoder: tier.coding.decoder(),
        decoded_sha256: tagged.0,
        kilobits: (seconds > 0.0).then(|| (bytes as f64 * 8.0 / 1000.0 / seconds).round()),
        proof: Some(proof),
        tags: comments,
        cover_sha256: picture.map(sha256_of),
    };
    let audio = lossy_audio(master, &encoded, copy, &tagged.1);
    let (identity, taken_over, audio) = (None, false, Some(audio));
    let entry = FileEntry { name: name.clone(), role: Role::Copy, bytes, sha256, md5, identity, taken_over, audio };
    Ok((entry, judge(&proof, &tagged.1, &coder.title()).at(name)))
}

fn lossy_audio(master: &Master, encoded: &codec::Encoded, copy: CopyEntry, measured: &Measurement) -> AudioEntry {
    let mut conversions = master.audio.conversions.clone();
    if encoded.rate != encoded.own {
        conversions.push(ConversionEntry { what: copy.coding.clone(), from_hz: encoded.own.0, to_hz: encoded.rate.0 });
    }
    AudioEntry {
        frames: measured.frames.0,
        sample_rate_hz: encoded.rate.0,
        null_against_render: false,
        render_sha256: None,
        conversions,
        measured: serde_json::to_value(measured).unwrap_or_default(),
        copy: Some(copy),
        ..master.audio.clone()
    }
}

/// Whether a copy joins with its neighbours; where it peaks is told and no reason to withhold it.
pub(super) fn judge(proof: &codec::Proof, measured: &Measurement, coder: &str) -> Verdict {
    let Db(over) = Db(measured.true_peak_dbtp.map_or(f64::NEG_INFINITY, |peak| peak.0));
    if !proof.is_gapless() {
        let said = format!(
            "{coder}: {} frames of {}, {} frames late: it would not join with its neighbours",
            proof.frames,
            proof.original_frames,
            proof.lag_frames.unwrap_or_default()
        );
        return Verdict::stated("copy", Outcome::Fail, "manifest", said);
    }
    if let Some(gain) = proof.gain_db.filter(|_| !proof.is_level()) {
        let said = format!("{coder}: {gain:+.1} dB beside the song: the coder has changed its level");
        return Verdict::stated("copy", Outcome::Fail, "manifest", said);
    }
    let said = match over > 0.0 {
        true => format!("{coder}: as long as the song and in step; it decodes to {over:+.1} dBTP, players clip that"),
        false => format!("{coder}: as long as the song and in step"),
    };
    Verdict::stated("copy", if over > 0.0 { Outcome::Warn } else { Outcome::Pass }, "manifest", said)
}

/// Hash and measurement of what a file decodes to.
pub(super) fn decoded(
    coding: Coding,
    path: &Path,
    cancel: &std::sync::atomic::AtomicBool,
) -> Result<(String, Measurement), DeliverError> {
    let scratch = tempfile::tempdir().map_err(DeliverError::folder(&std::env::temp_dir()))?;
    let mut opened = codec::decode(coding, path, scratch.path(), cancel)?;
    let (rate, layout) = (opened.reader.rate(), opened.reader.layout());
    let measurer = Measurer::new(layout, rate, None)?;
    let (hash, measurer) = decoded_hash(&mut *opened.reader, Some(measurer))?;
    let measurement = measurer.map(Measurer::finish).map(|measured| measured.measurement);
    let lost = || DeliverError::Read { path: path.to_path_buf(), cause: "nothing was measured".into() };
    Ok((hash, measurement.ok_or_else(lost)?))
}

/// SHA-256 of a sound's samples, measured on the way where that is asked for.
pub(super) fn decoded_hash(
    reader: &mut dyn Reader,
    mut measurer: Option<Measurer>,
) -> Result<(String, Option<Measurer>), source::Error> {
    let mut hasher = Sha256::new();
    let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
    let total = reader.frames().0;
    for start in (0..total).step_by(BLOCK_FRAMES) {
        block.set_frames((total - start).min(BLOCK_FRAMES as u64) as usize);
        reader.read(start, &mut block)?;
        hash_samples(&mut hasher, &block, Depth::Float64);
        if let Some(measurer) = &mut measurer {
            measurer.process(&block);
        }
    }
    Ok((hex(&hasher.finalize()), measurer))
}

fn sha256_of(picture: &Picture) -> String {
    hex(&Sha256::digest(&picture.data))
}

impl From<CodecError> for DeliverError {
    fn from(error: CodecError) -> DeliverError {
        match error {
            CodecError::Cancelled => DeliverError::Cancelled,
            error => DeliverError::Codec(error),
        }
    }
}
