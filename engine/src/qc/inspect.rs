//! A sound file looked through for faults, once: what came of it is kept by the file's content, the profile and the build.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::judge;
use crate::analysis::faults::{Faults, Thresholds};
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::analysis::loudness::LoudnessError;
use crate::analysis::measure::Measurer;
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::container::pending::write_whole;
use crate::profile::Profile;
use crate::session::SourceRef;
use crate::source::{self, Cache, identity};
use crate::survey::Watch;
use crate::unit::{Db, Frames, Lufs, SampleRate};

/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;
/// Progress of several files is added in these steps.
const PROGRESS_STEPS: f64 = 1e6;

/// What came of looking through a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// What was found, in the order of time; without the file's name.
    pub findings: Vec<Finding>,
    /// The file's figures against the profile.
    pub verdicts: Vec<Verdict>,
    /// What is broken about the file itself, in words.
    pub damage: Option<String>,
    /// Its length.
    pub frames: Frames,
    /// Its rate.
    pub rate: SampleRate,
    /// Its integrated loudness, where it has one.
    pub integrated: Option<Lufs>,
    /// Its brightness: power of the differences of its samples over its own, in dB, as at 44.1 kHz. `None` for silence.
    pub brightness: Option<Db>,
}

/// Why a file was not looked through.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A rate or layout that loudness is not defined for.
    #[error(transparent)]
    Loudness(#[from] LoudnessError),
    /// It was stopped.
    #[error("cancelled")]
    Cancelled,
}

/// Looks through a file.
///
/// # Errors
/// A file that cannot be read or measured, or a raised flag.
pub fn inspect(path: &Path, profile: &Profile, cache: &Cache, watch: &Watch<'_>) -> Result<Inspection, InspectError> {
    let mut opened = source::open_with(path, cache, &mut |share| (watch.progress)(0.5 * share), watch.cancel)?;
    let (layout, rate, total) = (opened.reader.layout(), opened.reader.rate(), opened.reader.frames());
    let thresholds = Thresholds::from_profile(profile);
    let mut faults = Faults::new(layout.channels(), rate, thresholds).without_peaks();
    // Bits are evidence where the file is made of integers; what was decoded from a lossy one has none of its own.
    if let Some(bits) = opened.info.bits.filter(|_| !opened.info.float && !opened.info.lossy) {
        faults = faults.with_bits(u32::from(bits));
    }
    let mut tone = Tone::default();
    let mut measurer = Measurer::new(layout, rate, opened.info.bits.map(u32::from))?.with_ceiling(thresholds.true_peak);
    let mut block = Block::new(layout.channels(), BLOCK_FRAMES);
    let mut place = 0;
    while place < total.0 {
        if watch.cancel.load(Ordering::Relaxed) {
            return Err(InspectError::Cancelled);
        }
        block.set_frames((total.0 - place).min(BLOCK_FRAMES as u64) as usize);
        opened.reader.read(place, &mut block)?;
        faults.process(&block);
        measurer.process(&block);
        tone.process(&block);
        place += block.frames() as u64;
        (watch.progress)(place as f64 / total.0 as f64);
    }
    let measured = measurer.finish();
    let mut findings = faults.finish_beside(measured.overs);
    let damage = opened.info.damage.as_ref().map(ToString::to_string);
    if damage.is_some() {
        findings.push(Finding::new(Kind::Format, Severity::Fail, Frames(0), total, rate));
    }
    let measurement = measured.measurement;
    let verdicts = judge(&measurement, profile);
    let (integrated, brightness) = (measurement.integrated_lufs, tone.brightness(rate));
    Ok(Inspection { findings, verdicts, damage, frames: total, rate, integrated, brightness })
}

/// How bright a signal is: a sine's difference grows by 6 dB an octave, so the ratio follows the centre of its power.
#[derive(Debug, Default)]
struct Tone {
    power: f64,
    differences: f64,
    last: Vec<f64>,
}

impl Tone {
    fn process(&mut self, block: &Block) {
        self.last.resize(block.channels(), 0.0);
        for (last, samples) in self.last.iter_mut().zip(block.iter()) {
            for sample in samples.iter().filter(|sample| sample.is_finite()) {
                self.power += sample * sample;
                self.differences += (sample - *last) * (sample - *last);
                *last = *sample;
            }
        }
    }

    fn brightness(&self, rate: SampleRate) -> Option<Db> {
        let scale = rate.hz() / 44_100.0;
        (self.power > 0.0 && self.differences > 0.0)
            .then(|| Db(10.0 * libm::log10(self.differences / self.power * scale * scale)))
    }
}

/// Looks through several sources of a session at once, as many as there are cores; the answers are in their order.
/// [`inspect_source`] says what each is.
pub fn inspect_sources(
    sources: &[(&SourceRef, PathBuf)],
    profile: &Profile,
    cache: &Cache,
    watch: &Watch<'_>,
) -> Vec<Result<Inspection, InspectError>> {
    let next = AtomicUsize::new(0);
    let shares: Vec<AtomicU64> = sources.iter().map(|_| AtomicU64::new(0)).collect();
    let answers: Vec<Mutex<Option<Result<Inspection, InspectError>>>> =
        sources.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some((index, (source, path))) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            sources.get(index).map(|source| (index, source))
        } {
            let progress = |share: f64| {
                shares[index].store((share * PROGRESS_STEPS) as u64, Ordering::Relaxed);
                let done: u64 = shares.iter().map(|share| share.load(Ordering::Relaxed)).sum();
                (watch.progress)(done as f64 / PROGRESS_STEPS / sources.len() as f64);
            };
            let own = Watch { progress: &progress, cancel: watch.cancel };
            let answer = inspect_source(source, path, profile, cache, &own);
            *answers[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(sources.len());
    thread::scope(|scope| {
        (1..workers).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let taken = answers.into_iter().map(|answer| answer.into_inner().unwrap_or_else(PoisonError::into_inner));
    taken.map(|answer| answer.unwrap_or(Err(InspectError::Cancelled))).collect()
}

/// Looks through a source of a session, or remembers what came of it: the same content looked through by the same profile
/// and build is not read again. `path` is where the source lies.
///
/// # Errors
/// As [`inspect`]. A cache that cannot be read or written is none: the file is then read.
pub fn inspect_source(
    source: &SourceRef,
    path: &Path,
    profile: &Profile,
    cache: &Cache,
    watch: &Watch<'_>,
) -> Result<Inspection, InspectError> {
    let name = entry_name(&content(source, path, watch)?, profile);
    if let Some(known) = remembered(cache, &name) {
        (watch.progress)(1.0);
        return Ok(known);
    }
    let inspection = inspect(path, profile, cache, watch)?;
    // TOML reads back every bit of a number.
    if let (Ok(target), Ok(text)) = (cache.target(&name), toml::to_string(&inspection)) {
        // A full disk costs the next look its time and nothing else.
        let _ = write_whole(&target, text.as_bytes()).map(|()| cache.settle(&target));
    }
    Ok(inspection)
}

fn remembered(cache: &Cache, name: &str) -> Option<Inspection> {
    let text = std::fs::read_to_string(cache.find(name)?).ok()?;
    toml::from_str(&text).ok()
}

/// SHA-256 of the file's content: the session's where the file is untouched since, else read.
fn content(source: &SourceRef, path: &Path, watch: &Watch<'_>) -> Result<String, InspectError> {
    let now = identity::quick(path)?;
    let untouched = (now.size, now.modified) == (source.size, source.modified) && now.head_tail == source.head_tail;
    if let (true, Some(known)) = (untouched, &source.sha256) {
        return Ok(known.clone());
    }
    let full = identity::full(path, |_, _| (), watch.cancel)?;
    Ok(full.full.unwrap_or(full.head_tail))
}

fn entry_name(content: &str, profile: &Profile) -> String {
    // The limits alone decide; a profile's name and the dates of its sources do not.
    let limits =
        profile.limits.iter().map(|limit| (&limit.check, limit.result, limit.bound, limit.value, &limit.any_of));
    let limits: Vec<_> = limits.collect();
    let text = format!("{content}|{}|{limits:?}|{}", profile.id, build());
    let digest: String = Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("qc-{digest}.toml")
}

/// The program itself: detectors of another build may find something else.
fn build() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| {
        let metadata = std::env::current_exe().and_then(std::fs::metadata).ok();
        let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_nanos());
        format!("{} {} {modified}", env!("CARGO_PKG_VERSION"), metadata.map_or(0, |metadata| metadata.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::container::riff;
    use crate::profile;
    use std::sync::atomic::AtomicBool;

    fn clicked(path: &Path) -> SourceRef {
        let format = riff::Format::new(riff::Encoding::Int24, SampleRate(44_100), Layout::Stereo);
        let mut writer = riff::WavWriter::create(path, format, riff::Extras::default()).unwrap();
        let fade = |n: usize| (n.min(88_199 - n) as f64 / 441.0).min(1.0);
        let tone = |n: usize| 0.3 * fade(n) * libm::sin(0.05 * n as f64) + if n == 40_000 { 0.4 } else { 0.0 };
        let steps = (0..88_200).flat_map(|n| [(tone(n) * 8_388_607.0) as i32; 2]).collect::<Vec<_>>();
        writer.write_steps(&steps).unwrap();
        writer.finish().unwrap();
        let now = identity::quick(path).unwrap();
        let text = format!(
            "id = 'a1'\npath = 'x.wav'\nrate = 44100\nlayout = 'stereo'\nframes = 88200\nsize = {}\nmodified = {}\n\
             head_tail = '{}'\nsha256 = 'known'",
            now.size, now.modified, now.head_tail
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_file_is_read_once_for_a_profile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wav");
        let source = clicked(&path);
        let cache = Cache::new(folder.path().join("cache"), 1 << 20);
        let normal = profile::load("qc-normal", None).unwrap().unwrap();
        let cancel = AtomicBool::new(false);
        let quiet = |_: f64| ();
        let watch = Watch { progress: &quiet, cancel: &cancel };
        let first = inspect_source(&source, &path, &normal, &cache, &watch).unwrap();
        assert!(first.findings.iter().any(|finding| finding.kind == Kind::Click), "{first:?}");
        assert_eq!((first.frames, first.rate), (Frames(88_200), SampleRate(44_100)));
        // Raised, the flag stops every reading: what comes now is remembered.
        cancel.store(true, Ordering::Relaxed);
        assert_eq!(inspect_source(&source, &path, &normal, &cache, &watch).unwrap(), first);
        let mut strict = normal.clone();
        strict.limits[0].value = Some(-3.0);
        let stopped = inspect_source(&source, &path, &strict, &cache, &watch);
        assert!(matches!(stopped, Err(InspectError::Cancelled)), "another profile looks anew");
        let entry = std::fs::read_dir(&cache.dir).unwrap().next().unwrap().unwrap().path();
        std::fs::write(&entry, "{ broken").unwrap();
        cancel.store(false, Ordering::Relaxed);
        assert_eq!(inspect_source(&source, &path, &normal, &cache, &watch).unwrap(), first);
    }
}
