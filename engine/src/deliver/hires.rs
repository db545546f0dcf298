//! Hi-res: each song at its native rate as WAV and FLAC, and a certificate that follows every sample from the source's
//! hash to the file's. A stage that ran below the delivered rate fails it: that is known here, not guessed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::DeliverError;
use super::job::Step;
use super::making::Making;
use super::manifest::{AudioEntry, ConversionEntry, CopyEntry, FileEntry, Manifest, Role};
use super::origin::{self, Origin};
use super::sink::digest;
use super::{copies, earlier, streaming, tag};
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::container::flac::{FlacTags, FlacWriter};
use crate::profile::Outcome;
use crate::session::Session;
use crate::source;
use crate::unit::SampleRate;

/// The certificate's file name.
pub(super) const CERTIFICATE: &str = "provenance.json";
/// Frames copied at a time.
const BLOCK_FRAMES: usize = 8192;

/// Where every sample of a hi-res delivery comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// What made it.
    pub program: String,
    /// The songs.
    pub songs: Vec<SongProvenance>,
}

/// One song's way from its sources to its files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongProvenance {
    /// The song's id.
    pub song: String,
    /// Its title.
    pub title: String,
    /// The rate its chain ran at and its files have.
    pub delivered_hz: u32,
    /// The sources it is made of.
    pub sources: Vec<SourceProvenance>,
    /// Every conversion of rate on the way.
    pub conversions: Vec<ConversionEntry>,
    /// How the word was shortened; none where it was not.
    pub dither: Option<String>,
    /// Its files and their SHA-256.
    pub files: Vec<(String, String)>,
    /// What keeps it from being what it claims to be; empty where nothing does.
    pub objections: Vec<String>,
    /// What in the sound of its sources speaks against it, and is no proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

/// A source file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceProvenance {
    /// Its path in the session.
    pub path: String,
    /// SHA-256 of the whole file.
    pub sha256: Option<String>,
    /// Its rate.
    pub sample_rate_hz: u32,
    /// Its word; none for floats and lossy codings.
    pub bits: Option<u8>,
    /// Whether its coding has lost information.
    pub lossy: bool,
}

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    streaming::make(making)?;
    let songs: Vec<FileEntry> = making.manifest.files.iter().filter(|file| file.role == Role::Song).cloned().collect();
    let total = songs.len();
    for (index, file) in songs.iter().enumerate() {
        copy_as_flac(making, file, index, total)?;
    }
    let origins = origins(making)?;
    let certificate = certificate(making.job.session, &making.manifest, &origins);
    let text =
        serde_json::to_string_pretty(&certificate).map_err(DeliverError::write(&making.staging.file(CERTIFICATE)))?;
    making.write_text(CERTIFICATE.into(), Role::Certificate, &text)?;
    let songs = certificate.songs.iter().map(|song| verdict(song, &making.job.profile.id));
    making.verdicts.extend(songs);
    making.manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Writes the song's FLAC file from its WAV file and reads it back.
fn copy_as_flac(making: &mut Making<'_>, file: &FileEntry, index: usize, total: usize) -> Result<(), DeliverError> {
    let Some(audio) = &file.audio else { return Ok(()) };
    let name = format!("{}.flac", file.name.trim_end_matches(".wav"));
    let (from, to) = (making.staging.file(&file.name), making.staging.file(&name));
    let tags = tag::flac(making.job.session, audio, index + 1, total);
    let identity = file.identity.as_ref().map(|song| earlier::copied(song, &format!("{tags:?}")));
    if let Some(identity) = &identity
        && making.take_over_copy(file, &name, identity)?
    {
        return Ok(());
    }
    write_flac(&from, &to, &tags)?;
    if !same_audio(&from, &to)? {
        return Err(DeliverError::NotTheSame { path: to });
    }
    let (bytes, sha256, md5) = digest(&to)?;
    let copy = CopyEntry {
        coding: copies::FLAC.into(),
        encoder: making.manifest.program.clone(),
        decoder: None,
        decoded_sha256: copies::decoded_hash(&mut *source::open(&to)?.reader, None)?.0,
        kilobits: None,
        proof: None,
        tags: tags.comments,
        cover_sha256: None,
    };
    let audio = Some(AudioEntry { copy: Some(copy), ..audio.clone() });
    making.manifest.files.push(FileEntry {
        name,
        role: Role::Copy,
        bytes,
        sha256,
        md5,
        identity,
        taken_over: false,
        audio,
    });
    Ok(())
}

/// Writes a WAV file of integers as FLAC, with tags.
pub(super) fn write_flac(from: &Path, to: &Path, tags: &FlacTags) -> Result<(), DeliverError> {
    let mut opened = source::open(from)?;
    let (rate, channels) = (opened.reader.rate(), opened.reader.layout().channels());
    let bits = opened.info.bits.unwrap_or(24);
    let mut writer = FlacWriter::create(to, rate, bits, channels, tags).map_err(DeliverError::write(to))?;
    let mut block = Block::new(channels, BLOCK_FRAMES);
    let frames = opened.reader.frames().0;
    for start in (0..frames).step_by(BLOCK_FRAMES) {
        block.set_frames((frames - start).min(BLOCK_FRAMES as u64) as usize);
        opened.reader.read(start, &mut block)?;
        writer.write(&block).map_err(DeliverError::write(to))?;
    }
    writer.finish().map_err(DeliverError::write(to))?;
    Ok(())
}

/// Whether two files decode to the same samples at the same rate.
pub(super) fn same_audio(a: &Path, b: &Path) -> Result<bool, source::Error> {
    let (mut a, mut b) = (source::open(a)?.reader, source::open(b)?.reader);
    if (a.rate(), a.layout(), a.frames()) != (b.rate(), b.layout(), b.frames()) {
        return Ok(false);
    }
    let channels = a.layout().channels();
    let (mut left, mut right) = (Block::new(channels, BLOCK_FRAMES), Block::new(channels, BLOCK_FRAMES));
    let frames = a.frames().0;
    for start in (0..frames).step_by(BLOCK_FRAMES) {
        let count = (frames - start).min(BLOCK_FRAMES as u64) as usize;
        left.set_frames(count);
        right.set_frames(count);
        a.read(start, &mut left)?;
        b.read(start, &mut right)?;
        if left.iter().zip(right.iter()).any(|(left, right)| left != right) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the samples of every source say, by its id: read from the files themselves, before any repair.
fn origins(making: &Making<'_>) -> Result<BTreeMap<String, Origin>, DeliverError> {
    let mut origins = BTreeMap::new();
    for source in making.manifest.sources.iter().filter_map(|entry| making.job.session.source(&entry.id)) {
        if making.job.cancel.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(DeliverError::Cancelled);
        }
        (making.job.progress)(Step::Verifying { share: making.share(), file: source.path.clone() });
        let mut reader = making.job.library.open(&source.id)?;
        let origin = origin::look(&mut *reader, source.bits.filter(|_| !source.lossy))?;
        origins.insert(source.id.clone(), origin);
    }
    Ok(origins)
}

fn certificate(session: &Session, manifest: &Manifest, origins: &BTreeMap<String, Origin>) -> Certificate {
    let songs = manifest.files.iter().filter(|file| file.role == Role::Song);
    let songs = songs
        .filter_map(|file| file.audio.as_ref())
        .map(|audio| provenance(session, manifest, audio, origins))
        .collect();
    Certificate { program: manifest.program.clone(), songs }
}

fn provenance(
    session: &Session,
    manifest: &Manifest,
    audio: &AudioEntry,
    origins: &BTreeMap<String, Origin>,
) -> SongProvenance {
    let (mut objected, mut doubts) = (Vec::new(), Vec::new());
    let id = audio.song.clone().unwrap_or_default();
    let used = session.songs.iter().find(|song| song.id == id).into_iter().flat_map(|song| &song.clips);
    let mut sources: Vec<SourceProvenance> = Vec::new();
    for source in used.filter_map(|clip| session.source(&clip.source)) {
        if sources.iter().all(|known| known.path != source.path) {
            if let Some(origin) = origins.get(&source.id) {
                let named = |said: &String| format!("{}: {said}", source.path);
                objected.extend(origin.objections.iter().map(named));
                doubts.extend(origin.doubts.iter().map(named));
            }
            sources.push(SourceProvenance {
                path: source.path.clone(),
                sha256: source.sha256.clone(),
                sample_rate_hz: source.rate.0,
                bits: source.bits,
                lossy: source.lossy,
            });
        }
    }
    let files = manifest.files.iter().filter(|file| file.audio.as_ref().is_some_and(|other| other.song == audio.song));
    let files = files.map(|file| (file.name.clone(), file.sha256.clone())).collect();
    let mut objections = objections(&sources, &audio.conversions, audio.sample_rate_hz);
    objections.extend(objected);
    SongProvenance {
        song: id,
        title: audio.title.clone(),
        delivered_hz: audio.sample_rate_hz,
        sources,
        conversions: audio.conversions.clone(),
        dither: audio.dither.clone(),
        files,
        objections,
        doubts,
    }
}

/// What a hi-res claim breaks on: a source or a stage below the delivered rate, a lossy source, a 16-bit source.
fn objections(sources: &[SourceProvenance], conversions: &[ConversionEntry], delivered_hz: u32) -> Vec<String> {
    let mut said = Vec::new();
    for source in sources {
        if source.lossy {
            said.push(format!("{}: born in a lossy coding", source.path));
        }
        if source.sample_rate_hz < delivered_hz {
            let (own, made) = (SampleRate(source.sample_rate_hz), SampleRate(delivered_hz));
            said.push(format!("{}: {own}, converted up to {made}", source.path));
        }
        if source.bits.is_some_and(|bits| bits < 20) {
            said.push(format!("{}: {}-bit words", source.path, source.bits.unwrap_or_default()));
        }
    }
    for stage in conversions.iter().filter(|stage| stage.from_hz.min(stage.to_hz) < delivered_hz) {
        let sentence = format!(
            "{}: ran at {} Hz, below the delivered {delivered_hz} Hz",
            stage.what,
            stage.from_hz.min(stage.to_hz)
        );
        said.push(sentence);
    }
    said
}

/// One song's provenance as a verdict.
pub(super) fn verdict(song: &SongProvenance, profile: &str) -> Verdict {
    let (outcome, said) = match song.objections.as_slice() {
        [] if !song.doubts.is_empty() => {
            (Outcome::Warn, format!("{}; listen, and ask where it comes from", song.doubts.join("; ")))
        }
        [] => (Outcome::Pass, format!("every stage ran at {} Hz, from sources of that rate", song.delivered_hz)),
        objections => {
            (Outcome::Fail, format!("{}; deliver it at the source's own rate and word", objections.join("; ")))
        }
    };
    Verdict::stated("provenance", outcome, profile, said).at(song.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(rate: u32, bits: Option<u8>, lossy: bool) -> SourceProvenance {
        SourceProvenance { path: "a.wav".into(), sha256: None, sample_rate_hz: rate, bits, lossy }
    }

    #[test]
    fn a_stage_below_the_delivered_rate_is_an_objection() {
        let down_and_up = |from_hz, to_hz| ConversionEntry { what: "a".into(), from_hz, to_hz };
        assert!(objections(&[source(96_000, Some(24), false)], &[], 96_000).is_empty());
        assert!(objections(&[source(96_000, None, false)], &[down_and_up(192_000, 96_000)], 96_000).is_empty());
        assert_eq!(objections(&[source(48_000, Some(24), false)], &[down_and_up(48_000, 96_000)], 96_000).len(), 2);
        assert_eq!(objections(&[source(96_000, Some(16), false)], &[], 96_000).len(), 1);
        assert_eq!(objections(&[source(44_100, None, true)], &[], 44_100).len(), 1);
    }
}
