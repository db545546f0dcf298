//! A deliverable judged again from the disk: a sound file, or a delivery folder by its manifest, years later.

mod copy;
mod disc;
mod side;

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::manifest::{AudioEntry, FileEntry, MANIFEST_NAME, Manifest, Role, SourceEntry};
use super::sink::{digest, hash_samples, hex};
use super::{broadcast, hires, label, paper, waive};
use crate::analysis::measure::{Measurement, Measurer};
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::container::ddp::Fileset;
use crate::profile::{Outcome, Profile};
use crate::session::Depth;
use crate::{qc, source};

/// What came of looking at a path again.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The path.
    pub path: PathBuf,
    /// Of a delivery: its manifest.
    pub manifest: Option<Manifest>,
    /// The files with what was measured in them.
    pub measurements: Vec<(String, Measurement)>,
    /// The judgement.
    pub verdicts: Vec<Verdict>,
}

/// Why a path cannot be judged at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Neither a sound file nor a delivery.
    #[error("{}: not a deliverable: {what}", .path.display())]
    NotADeliverable {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: String,
    },
}

/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;
/// Largest manifest that is read: an album's is some tens of kilobytes.
const MOST_MANIFEST_BYTES: u64 = 64 << 20;
/// Two measurements of the same samples by the same program agree to every digit; another version may differ by this.
const SAME_LEVEL: f64 = 0.05;

/// Judges a sound file, a delivery folder, or a DDP fileset of any program. `profile_of` finds the profile of an id.
pub fn verify(path: &Path, profile_of: &dyn Fn(&str) -> Option<Profile>) -> Result<Verified, VerifyError> {
    let not = |what: &str| VerifyError::NotADeliverable { path: path.to_path_buf(), what: what.into() };
    if path.is_dir() {
        let manifest = path.join(MANIFEST_NAME);
        if !manifest.is_file() {
            if !Fileset::is_at(path) {
                return Err(not("a folder without a manifest.json or a DDPID"));
            }
            let set = Fileset::open(path).map_err(|error| not(&error.to_string()))?;
            let verdicts = disc::verify_fileset(&set);
            return Ok(Verified { path: path.to_path_buf(), manifest: None, measurements: Vec::new(), verdicts });
        }
        return verify_folder(path, &manifest, profile_of);
    }
    if !path.exists() {
        return Err(not("it does not exist"));
    }
    verify_file(path)
}

fn verify_file(path: &Path) -> Result<Verified, VerifyError> {
    let mut verdicts = Vec::new();
    let mut measurements = Vec::new();
    match measure(path) {
        Ok((measurement, notes)) => {
            verdicts.extend(notes);
            verdicts.push(Verdict::stated("readable", Outcome::Pass, "file", "every frame could be read"));
            measurements.push((path.display().to_string(), measurement));
        }
        Err(error @ source::Error::Unknown { .. }) => {
            return Err(VerifyError::NotADeliverable { path: path.to_path_buf(), what: error.to_string() });
        }
        Err(error) => verdicts.push(Verdict::stated("readable", Outcome::Fail, "file", error.to_string())),
    }
    Ok(Verified { path: path.to_path_buf(), manifest: None, measurements, verdicts })
}

/// Reads a file to its end and says what is odd about it.
fn measure(path: &Path) -> Result<(Measurement, Vec<Verdict>), source::Error> {
    measure_against(path, None)
}

/// The same, held against what the manifest states of its samples.
fn measure_against(path: &Path, audio: Option<&AudioEntry>) -> Result<(Measurement, Vec<Verdict>), source::Error> {
    let mut opened = source::open(path)?;
    let mut samples = audio.filter(|audio| audio.render_sha256.is_some()).map(|_| Sha256::new());
    let mut notes = Vec::new();
    if let Some(damage) = &opened.info.damage {
        notes.push(Verdict::stated("damage", Outcome::Fail, "file", damage.to_string()));
    }
    let (rate, layout) = (opened.reader.rate(), opened.reader.layout());
    let bits = opened.info.bits.map(u32::from);
    let measurer = Measurer::new(layout, rate, bits);
    let mut measurer =
        measurer.map_err(|error| source::Error::Unsupported { path: path.to_path_buf(), what: error.to_string() })?;
    let mut block = Block::new(layout.channels(), BLOCK_FRAMES);
    let (mut place, total) = (0, opened.reader.frames().0);
    while place < total {
        block.set_frames((total - place).min(BLOCK_FRAMES as u64) as usize);
        opened.reader.read(place, &mut block)?;
        measurer.process(&block);
        if let Some(samples) = &mut samples {
            // What was rendered as 32-bit floats was hashed so; it is read as the same values.
            hash_samples(samples, &block, Depth::Float64);
        }
        place += block.frames() as u64;
    }
    if let (Some(samples), Some(audio)) = (samples, audio) {
        notes.extend(copy::nulled(&hex(&samples.finalize()), audio));
    }
    let measurement = measurer.finish().measurement;
    if measurement.not_finite > 0 {
        let said = format!("{} samples are not numbers", measurement.not_finite);
        notes.push(Verdict::stated("finite", Outcome::Fail, "file", said));
    }
    Ok((measurement, notes))
}

fn verify_folder(
    folder: &Path,
    manifest_path: &Path,
    profile_of: &dyn Fn(&str) -> Option<Profile>,
) -> Result<Verified, VerifyError> {
    let mut verdicts = Vec::new();
    let manifest = match read_manifest(manifest_path) {
        Ok(manifest) => manifest,
        Err(said) => {
            verdicts.push(Verdict::stated("manifest", Outcome::Fail, "manifest", said));
            let path = folder.to_path_buf();
            return Ok(Verified { path, manifest: None, measurements: Vec::new(), verdicts });
        }
    };
    let profile = profile_of(&manifest.pass.profile);
    if profile.is_none() {
        let said = format!("there is no profile '{}' any more: only the files are checked", manifest.pass.profile);
        verdicts.push(Verdict::stated("profile", Outcome::Warn, &manifest.pass.profile, said));
    }
    let mut measurements = Vec::new();
    for file in &manifest.files {
        verify_entry(folder, file, profile.as_ref(), &mut verdicts, &mut measurements);
    }
    verdicts.extend(verify_join(folder, &manifest));
    verdicts.push(qc::ledger::judge(&manifest.ledger, &manifest.pass.profile));
    verdicts.extend(disc::verify_disc(folder, &manifest));
    verdicts.extend(copy::verify(folder, &manifest));
    verdicts.extend(label::verify(folder, &manifest));
    verdicts.extend(paper::verify(folder, &manifest));
    verdicts.extend(side::verify(folder, &manifest, profile.as_ref()));
    verdicts.extend(verify_kind(folder, &manifest, &measurements));
    waive::apply(&mut verdicts, &manifest, &manifest.ledger);
    Ok(Verified { path: folder.to_path_buf(), manifest: Some(manifest), measurements, verdicts })
}

/// What only one kind of pass promises.
fn verify_kind(folder: &Path, manifest: &Manifest, measurements: &[(String, Measurement)]) -> Vec<Verdict> {
    let profile = &manifest.pass.profile;
    match manifest.pass.kind.as_str() {
        "hi-res" => verify_certificate(folder, manifest),
        "broadcast" => {
            let of = |name: &str| measurements.iter().find(|(known, _)| known == name).map(|(_, found)| found.clone());
            broadcast::judge(folder, manifest, &of, profile)
        }
        _ => Vec::new(),
    }
}

fn verify_certificate(folder: &Path, manifest: &Manifest) -> Vec<Verdict> {
    let fail = |said: String| vec![Verdict::stated("provenance", Outcome::Fail, "manifest", said)];
    let path = folder.join(hires::CERTIFICATE);
    let certificate: hires::Certificate = match fs::read_to_string(&path).map_err(|error| error.to_string()) {
        Err(error) => return fail(error),
        Ok(text) => match serde_json::from_str(&text) {
            Err(error) => return fail(error.to_string()),
            Ok(certificate) => certificate,
        },
    };
    let mut verdicts: Vec<Verdict> =
        certificate.songs.iter().map(|song| hires::verdict(song, &manifest.pass.profile)).collect();
    for source in certificate.songs.iter().flat_map(|song| &song.sources) {
        let same = |known: &&SourceEntry| known.path == source.path;
        let known = manifest.sources.iter().find(same).map(|known| (&known.sha256, known.sample_rate_hz));
        if known != Some((&source.sha256, source.sample_rate_hz)) {
            let said = format!("the certificate speaks of another {} than the manifest", source.path);
            verdicts.extend(fail(said));
        }
    }
    for (name, sha256) in certificate.songs.iter().flat_map(|song| &song.files) {
        if !manifest.files.iter().any(|file| file.name == *name && file.sha256 == *sha256) {
            verdicts.extend(fail(format!("the certificate speaks of another {name} than the manifest")));
        }
    }
    verdicts
}

pub(super) fn read_manifest(path: &Path) -> Result<Manifest, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MOST_MANIFEST_BYTES {
        return Err(format!("it has {size} bytes: no manifest is that long"));
    }
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn verify_entry(
    folder: &Path,
    file: &FileEntry,
    profile: Option<&Profile>,
    verdicts: &mut Vec<Verdict>,
    measurements: &mut Vec<(String, Measurement)>,
) {
    let say = |check: &str, result, remark: String| Verdict::stated(check, result, "manifest", remark).at(&*file.name);
    if !is_inside(&file.name) {
        verdicts.push(say("name", Outcome::Fail, "the manifest names a path outside the delivery".into()));
        return;
    }
    let path = folder.join(&file.name);
    match digest(&path) {
        Err(error) => return verdicts.push(say("present", Outcome::Fail, error.to_string())),
        Ok((bytes, sha256, md5)) => {
            let same = bytes == file.bytes && sha256 == file.sha256 && md5 == file.md5;
            let (result, said) = match same {
                true => (Outcome::Pass, "as delivered, byte for byte".into()),
                false => (Outcome::Fail, format!("{bytes} bytes, SHA-256 {sha256}: not what was delivered")),
            };
            verdicts.push(say("checksum", result, said));
        }
    }
    let Some(audio) = &file.audio else { return };
    match copy::measured(&path, audio) {
        Err(error) => verdicts.push(say("readable", Outcome::Fail, error)),
        Ok((None, notes)) => verdicts.extend(notes.into_iter().map(|note| note.at(&*file.name))),
        Ok((Some(measurement), notes)) => {
            verdicts.extend(notes.into_iter().map(|note| note.at(&*file.name)));
            verdicts.push(copy::compared(audio, &measurement).at(&*file.name));
            if let (Some(profile), Role::Song | Role::Side) = (profile, file.role) {
                verdicts.extend(qc::judge(&measurement, profile).into_iter().map(|verdict| verdict.at(&*file.name)));
            }
            measurements.push((file.name.clone(), measurement));
        }
    }
}

/// The first figure of the manifest that is not what the file has.
fn differing(audio: &AudioEntry, measurement: &Measurement) -> Option<String> {
    if audio.frames != measurement.frames.0 {
        return Some(format!("the manifest states {} frames, the file has {}", audio.frames, measurement.frames.0));
    }
    let figures = [
        ("integrated_lufs", measurement.integrated_lufs.map(|value| value.0)),
        ("true_peak_dbtp", measurement.true_peak_dbtp.map(|value| value.0)),
        ("sample_peak_dbfs", measurement.sample_peak_dbfs.map(|value| value.0)),
        ("rms_dbfs", measurement.rms_dbfs.map(|value| value.0)),
    ];
    let differs =
        |(key, now): &(&str, Option<f64>)| match (audio.measured.get(key).and_then(serde_json::Value::as_f64), now) {
            (Some(then), Some(now)) => (then - now).abs() > SAME_LEVEL,
            (then, now) => then.is_some() != now.is_some(),
        };
    let (key, now) = figures.into_iter().find(differs)?;
    let now = now.map_or("null".into(), |now| format!("{now:.2}"));
    let then = audio.measured.get(key).map_or("nothing".into(), ToString::to_string);
    Some(format!("the manifest states {then} of {key}, the file has {now}"))
}

/// Whether a name of a manifest leads to a file of the delivery: in its folder, or one folder deeper.
pub(super) fn is_inside(name: &str) -> bool {
    let plain = |part| matches!(part, std::path::Component::Normal(_));
    let parts: Vec<_> = Path::new(name).components().collect();
    matches!(parts.len(), 1 | 2) && parts.into_iter().all(plain)
}

/// On a CD the songs' files joined end to end are the programme, sample for sample.
fn verify_join(folder: &Path, manifest: &Manifest) -> Option<Verdict> {
    let programme = manifest.files.iter().find(|file| file.role == Role::Programme)?;
    let songs: Vec<&FileEntry> = manifest.files.iter().filter(|file| file.role == Role::Song).collect();
    if !is_inside(&programme.name) || songs.iter().any(|song| !is_inside(&song.name)) {
        return None;
    }
    let (result, said) = match compare_join(folder, programme, &songs) {
        Ok(true) => (Outcome::Pass, "the songs joined end to end are the programme, sample for sample".to_string()),
        Ok(false) => (Outcome::Fail, "the songs joined end to end are not the programme".to_string()),
        Err(error) => (Outcome::Fail, error.to_string()),
    };
    Some(Verdict::stated("joins", result, "manifest", said).at(&*programme.name))
}

fn compare_join(folder: &Path, programme: &FileEntry, songs: &[&FileEntry]) -> Result<bool, source::Error> {
    let mut whole = source::open(&folder.join(&programme.name))?.reader;
    let channels = whole.layout().channels();
    let (mut a, mut b) = (Block::new(channels, BLOCK_FRAMES), Block::new(channels, BLOCK_FRAMES));
    let mut place = 0;
    for song in songs {
        let mut part = source::open(&folder.join(&song.name))?.reader;
        if part.layout().channels() != channels {
            return Ok(false);
        }
        let mut done = 0;
        while done < part.frames().0 {
            let count = (part.frames().0 - done).min(BLOCK_FRAMES as u64) as usize;
            a.set_frames(count);
            b.set_frames(count);
            part.read(done, &mut a)?;
            whole.read(place, &mut b)?;
            if a.iter().zip(b.iter()).any(|(a, b)| a != b) {
                return Ok(false);
            }
            done += count as u64;
            place += count as u64;
        }
    }
    Ok(place == whole.frames().0)
}
