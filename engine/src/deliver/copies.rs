//! Listening copies: every song in the codings of the pass, tagged from one table, with art and playback gain, each
//! decoded again and compared with the song it was made of.
//!
//! The songs are rendered as the streaming pass renders them; what is encoded is that render, from its first frame to
//! its last, so that a player that keeps to the delay and padding in the file joins them as the album does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use sha2::{Digest as _, Sha256};

use super::earlier;
use super::error::DeliverError;
use super::hires::{same_audio, write_flac};
use super::job::Step;
use super::making::Making;
use super::manifest::{AudioEntry, ConversionEntry, CopyEntry, FileEntry, Role, SongStart};
use super::sink::{digest, hash_samples, hex};
use super::streaming::{self, Share};
use super::tag::{self, Gain};
use crate::analysis::loudness::GatingBlocks;
use crate::analysis::measure::{Measured, Measurement, Measurer};
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::codec::{self, CodecError, Coder, Coding, TIERS, Tier};
use crate::container::flac::{FlacTags, Picture};
use crate::container::tag as table;
use crate::profile::Outcome;
use crate::render::Plan;
use crate::session::Depth;
use crate::source::{self, Reader};
use crate::unit::Dbtp;

/// The id of the lossless coding.
pub(super) const FLAC: &str = "flac";
/// The id of the rendered files themselves.
const WAV: &str = "wav";
/// Our own FLAC coder, as manifests name it.
const FLAC_CODER: &str = concat!("Lacquer ", env!("CARGO_PKG_VERSION"), " FLAC");
/// What is said of a lossless copy.
const SAME_SAMPLES: &str = "the same samples as the render";
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

    /// What a song's file is called in the delivery.
    fn name(&self, stem: &str) -> String {
        let extension = match self {
            Format::Flac => FLAC,
            Format::Lossy(tier, _) => tier.coding.extension(),
        };
        format!("{}/{stem}.{extension}", self.folder())
    }
}

/// A song whose copies are made, and what is known of it.
struct Master {
    /// Its place in the sequence.
    index: usize,
    /// Where its render lies, once it is needed.
    path: PathBuf,
    stem: String,
    audio: AudioEntry,
    identity: Option<String>,
    gain: Gain,
}

/// What every copy of a delivery has in common.
struct Common<'a> {
    total: usize,
    picture: Option<&'a Picture>,
}

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let wanted = making.resolved.pass.copies.clone();
    let coders = Coder::found();
    let (formats, remarks) = formats(&wanted, &coders, &making.job.profile.id);
    making.verdicts.extend(remarks);
    let keeps_songs = wanted.iter().any(|id| id == WAV);
    let plans = streaming::plans(making)?;
    let known = if keeps_songs { BTreeMap::new() } else { known(making, &plans) };
    streaming::make_but(making, &plans, &known.keys().copied().collect())?;
    making.measured.songs.extend(known.iter().map(|(index, measured)| (*index, measured.clone())));
    let picture = cover(making)?;
    for format in &formats {
        let folder = making.staging.file(&format.folder());
        fs::create_dir(&folder).map_err(DeliverError::folder(&folder))?;
    }
    let common = Common { total: making.resolved.songs.len(), picture: picture.as_ref() };
    let mut taken = take_over(making, &formats, &masters(making, &plans), &common)?;
    render_for(making, &plans, &known, &formats, &taken)?;
    let masters = masters(making, &plans);
    let mut made = encode_all(making, &formats, &masters, &common, &taken)?;
    for (place, format) in formats.iter().enumerate() {
        for master in &masters {
            let key = (place, master.index);
            let Some((mut entry, verdict)) = taken.remove(&key).or_else(|| made.remove(&key)) else {
                return Err(DeliverError::Sheet(format!("{}: no {}", master.stem, format.folder())));
            };
            if let Some(audio) = &mut entry.audio {
                // One that was taken over may lie elsewhere in the album now.
                audio.start_frame = master.audio.start_frame;
            }
            making.manifest.files.push(entry);
            making.verdicts.push(verdict);
        }
    }
    if !keeps_songs {
        for file in making.manifest.files.iter().filter(|file| file.role == Role::Song) {
            let path = making.staging.file(&file.name);
            fs::remove_file(&path).map_err(DeliverError::write(&path))?;
        }
        making.manifest.files.retain(|file| file.role != Role::Song);
    }
    Ok(())
}

/// The songs whose render was measured before and need not be made to know how loud it is.
fn known(making: &Making<'_>, plans: &[Share]) -> BTreeMap<usize, Measured> {
    let mut known = BTreeMap::new();
    for (plan, index) in songs(plans) {
        let identity = making.identity(plan, span(plan, index), "");
        known.extend(identity.and_then(|identity| Some((index, making.kept_song(&identity)?))));
    }
    known
}

/// Every song with the plan it is taken from, in order.
fn songs(plans: &[Share]) -> Vec<(&Arc<Plan>, usize)> {
    let of =
        |share| (0..plan_songs(share)).filter(move |song| streaming::is_of(share, *song)).map(|song| (&share.0, song));
    let mut songs: Vec<_> = plans.iter().flat_map(of).collect();
    songs.sort_by_key(|(_, song)| *song);
    songs
}

fn plan_songs(share: &Share) -> usize {
    share.0.songs.len()
}

/// The first frame of a song's render, and one past its last.
fn span(plan: &Plan, song: usize) -> (u64, u64) {
    (plan.to_delivered(plan.songs[song].start), plan.to_delivered(plan.songs[song].cut))
}

/// A copy by its format and its song.
type Key = (usize, usize);
type Made = BTreeMap<Key, (FileEntry, Verdict)>;

/// The copies that the earlier delivery holds already.
fn take_over(
    making: &Making<'_>,
    formats: &[Format<'_>],
    masters: &[Master],
    common: &Common<'_>,
) -> Result<Made, DeliverError> {
    let mut taken = Made::new();
    for (place, format) in formats.iter().enumerate() {
        for master in masters {
            let Some(identity) = identity(making, format, master, common) else { continue };
            let name = format.name(&master.stem);
            let Some(entry) = making.earlier_copy(&identity, &name)? else { continue };
            (making.job.progress)(Step::TakingOver { file: name.clone() });
            let verdict = judge_entry(&entry).at(name.clone());
            let entry = FileEntry { name, taken_over: true, ..entry };
            taken.insert((place, master.index), (entry, verdict));
        }
    }
    Ok(taken)
}

/// What was said of a copy when it was made.
fn judge_entry(entry: &FileEntry) -> Verdict {
    let audio = entry.audio.as_ref();
    let copy = audio.and_then(|audio| audio.copy.as_ref());
    let peak = audio.and_then(|audio| audio.measured.get("true_peak_dbtp")?.as_f64());
    let mut verdict = match copy.and_then(|copy| Some((copy, copy.proof?))) {
        Some((copy, proof)) => judge(&proof, peak.map(Dbtp), &copy.encoder),
        None => Verdict::stated("copy", Outcome::Pass, "manifest", SAME_SAMPLES),
    };
    verdict.remark = verdict.remark.map(|said| format!("{said}; unchanged since the earlier delivery, by its hash"));
    verdict
}

/// Renders the songs of which a copy is still to be made; of the others the guard's work is taken over.
fn render_for(
    making: &mut Making<'_>,
    plans: &[Share],
    known: &BTreeMap<usize, Measured>,
    formats: &[Format<'_>],
    taken: &Made,
) -> Result<(), DeliverError> {
    let whole = |song: &usize| (0..formats.len()).all(|place| taken.contains_key(&(place, *song)));
    let mut spared: BTreeSet<usize> = known.keys().copied().filter(whole).collect();
    for (plan, song) in songs(plans).into_iter().filter(|(_, song)| spared.contains(song)) {
        if let Some((entry, _)) = taken.get(&(0, song)) {
            let (from, to) = span(plan, song);
            making.keep_guard_of(entry, from, to - from, plan.delivered);
        }
    }
    if known.keys().all(|song| spared.contains(song)) {
        return Ok(());
    }
    // What is not known was rendered before.
    spared.extend((0..making.resolved.songs.len()).filter(|song| !known.contains_key(song)));
    streaming::make_but(making, plans, &spared)
}

/// What decides a copy: the render of its song, its coder, its texts and its picture.
fn identity(making: &Making<'_>, format: &Format<'_>, master: &Master, common: &Common<'_>) -> Option<String> {
    let song = master.identity.as_ref()?;
    let (coder, coding) = match format {
        Format::Flac => (FLAC_CODER.to_string(), None),
        Format::Lossy(tier, coder) => (coder.title(), Some(tier.coding)),
    };
    let tags = tag::copy(making.job.session, &master.audio, master.index + 1, common.total, coding, &master.gain);
    let picture = common.picture.map(sha256_of);
    Some(earlier::copied(song, &format!("{} {coder} {tags:?} {picture:?}", format.folder())))
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

fn masters(making: &Making<'_>, plans: &[Share]) -> Vec<Master> {
    let measured = &making.measured.songs;
    let loudness = GatingBlocks::joined(measured.values().map(|song| &song.gating_blocks)).map(|level| level.0);
    let peak = measured.values().filter_map(|song| song.measurement.true_peak_dbtp).map(|peak| peak.0).reduce(f64::max);
    let names = making.song_names();
    let master = |(plan, index): (&Arc<Plan>, usize)| {
        let (song, name) = (measured.get(&index)?, &names[index]);
        let (from, to) = span(plan, index);
        let start = SongStart { frame: from, cd: None, track: None };
        let listed = making.manifest.files.iter().find(|file| file.role == Role::Song && file.name == *name);
        let samples = listed.and_then(|file| file.audio.as_ref()?.render_sha256.clone());
        let gain = Gain {
            loudness: song.measurement.integrated_lufs.map(|level| level.0),
            peak: song.measurement.true_peak_dbtp.map(|level| level.0),
            album_loudness: loudness,
            album_peak: peak,
        };
        Some(Master {
            index,
            path: making.staging.file(name),
            stem: name.trim_end_matches(".wav").to_string(),
            audio: making.song_audio(plan, index, start, song, samples),
            identity: making.identity(plan, (from, to), ""),
            gain,
        })
    };
    songs(plans).into_iter().filter_map(master).collect()
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

/// Every song in every format that is not there yet, on all cores.
fn encode_all(
    making: &Making<'_>,
    formats: &[Format<'_>],
    masters: &[Master],
    common: &Common<'_>,
    taken: &Made,
) -> Result<Made, DeliverError> {
    let pairs = formats.iter().enumerate().flat_map(|format| masters.iter().map(move |master| (format, master)));
    let jobs: Vec<(Key, &Format<'_>, &Master)> =
        pairs.map(|((place, format), master)| ((place, master.index), format, master)).collect();
    let jobs: Vec<_> = jobs.into_iter().filter(|(key, ..)| !taken.contains_key(key)).collect();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((key, format, master)) = jobs.get(index) else { break };
                    let made = one(making, format, master, common);
                    if made.is_err() {
                        // The others would be for nothing.
                        next.store(jobs.len(), Ordering::Relaxed);
                    }
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((*key, made));
                }
            });
        }
    });
    let made = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.into_iter().map(|(key, made)| Ok((key, made?))).collect()
}

fn one(
    making: &Making<'_>,
    format: &Format<'_>,
    master: &Master,
    common: &Common<'_>,
) -> Result<(FileEntry, Verdict), DeliverError> {
    if making.job.cancel.load(Ordering::Relaxed) {
        return Err(DeliverError::Cancelled);
    }
    match format {
        Format::Flac => lossless(making, format, master, common),
        Format::Lossy(tier, coder) => lossy(making, format, (*tier, coder), master, common),
    }
}

fn lossless(
    making: &Making<'_>,
    format: &Format<'_>,
    master: &Master,
    common: &Common<'_>,
) -> Result<(FileEntry, Verdict), DeliverError> {
    let name = format.name(&master.stem);
    (making.job.progress)(Step::Verifying { share: making.share(), file: name.clone() });
    let path = making.staging.file(&name);
    let comments = tag::copy(making.job.session, &master.audio, master.index + 1, common.total, None, &master.gain);
    let tags = FlacTags { comments: comments.clone(), picture: common.picture.cloned() };
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
        cover_sha256: common.picture.map(sha256_of),
    };
    let audio = AudioEntry { copy: Some(copy), ..master.audio.clone() };
    let (bytes, sha256, md5) = digest(&path)?;
    let (identity, taken_over, audio) = (identity(making, format, master, common), false, Some(audio));
    let entry = FileEntry { name: name.clone(), role: Role::Copy, bytes, sha256, md5, identity, taken_over, audio };
    Ok((entry, Verdict::stated("copy", Outcome::Pass, "manifest", SAME_SAMPLES).at(name)))
}

fn lossy(
    making: &Making<'_>,
    format: &Format<'_>,
    (tier, coder): (Tier, &Coder),
    master: &Master,
    common: &Common<'_>,
) -> Result<(FileEntry, Verdict), DeliverError> {
    let name = format.name(&master.stem);
    (making.job.progress)(Step::Verifying { share: making.share(), file: name.clone() });
    let path = making.staging.file(&name);
    let scratch = tempfile::tempdir().map_err(DeliverError::folder(&std::env::temp_dir()))?;
    let cancel = making.job.cancel;
    let encoded = codec::encode(&master.path, tier, coder, &path, scratch.path(), cancel)?;
    let plain = decoded(tier.coding, &path, cancel)?;
    let coding = Some(tier.coding);
    let comments = tag::copy(making.job.session, &master.audio, master.index + 1, common.total, coding, &master.gain);
    table::write(&path, &comments, common.picture)?;
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
        cover_sha256: common.picture.map(sha256_of),
    };
    let audio = lossy_audio(master, &encoded, copy, &tagged.1);
    let (identity, taken_over, audio) = (identity(making, format, master, common), false, Some(audio));
    let entry = FileEntry { name: name.clone(), role: Role::Copy, bytes, sha256, md5, identity, taken_over, audio };
    Ok((entry, judge(&proof, tagged.1.true_peak_dbtp, &coder.title()).at(name)))
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
pub(super) fn judge(proof: &codec::Proof, peak: Option<Dbtp>, coder: &str) -> Verdict {
    let Dbtp(over) = peak.unwrap_or(Dbtp(f64::NEG_INFINITY));
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
