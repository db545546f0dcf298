//! What an earlier delivery in the same place holds already. A file that was made of the same things and is still the
//! same bytes is taken over instead of made again: what decides its samples is hashed ([`Making::identity`]), and the
//! bytes are hashed again before they are trusted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use super::error::DeliverError;
use super::evidence::CodecEntry;
use super::kept;
use super::making::{Listed, Making};
use super::manifest::{AudioEntry, FileEntry, GuardEntry, MANIFEST_NAME, Role, SongStart};
use super::sink::{ReadBack, Take, digest};
use super::verify::{is_inside, read_manifest};
use crate::analysis::measure::Measured;
use crate::audio::Block;
use crate::render::{Plan, Renderer, Start};
use crate::session::SideName;
use crate::source;
use crate::unit::{Frames, SampleRate, Seconds};

/// A run sounds at most this much longer than its plan says: what the filter of a rate conversion rings behind it. Less
/// than the black between two runs.
const RING: Seconds = Seconds(0.1);
/// Frames read at a time.
const BLOCK_FRAMES: usize = 8192;

/// The delivery that stands in the place of the one being made.
#[derive(Default)]
pub(super) struct Earlier {
    folder: PathBuf,
    files: Vec<FileEntry>,
    guard: Vec<GuardEntry>,
    /// What came out of the shops' coders.
    pub(super) codecs: Vec<CodecEntry>,
}

impl Earlier {
    /// What stands in `folder`: nothing where there is no manifest that can be read.
    pub(super) fn read(folder: &Path) -> Earlier {
        match read_manifest(&folder.join(MANIFEST_NAME)) {
            Err(_) => Earlier::default(),
            Ok(manifest) => Earlier {
                folder: folder.to_path_buf(),
                files: manifest.files,
                guard: manifest.guard,
                codecs: manifest.codecs,
            },
        }
    }

    fn find(&self, role: Role, identity: &str) -> Option<&FileEntry> {
        let same = |file: &&FileEntry| file.role == role && file.identity.as_deref() == Some(identity);
        self.files.iter().filter(|file| is_inside(&file.name)).find(same)
    }

    /// Gives the file of an entry a second name; whether its bytes are still what the entry says.
    fn link(&self, entry: &FileEntry, to: &Path) -> Result<bool, DeliverError> {
        let from = self.folder.join(&entry.name);
        if !from.is_file() {
            return Ok(false);
        }
        // Another volume, or a file system without second names: a copy is the same bytes.
        if fs::hard_link(&from, to).is_err() {
            fs::copy(&from, to).map_err(DeliverError::write(to))?;
        }
        let (bytes, sha256, md5) = digest(to)?;
        let same = bytes == entry.bytes && sha256 == entry.sha256 && md5 == entry.md5;
        if !same {
            fs::remove_file(to).map_err(DeliverError::write(to))?;
        }
        Ok(same)
    }
}

/// The SHA-256 of this very program: another build may sound different, so nothing of it is taken over. `None` where the
/// program cannot be read; then everything is made.
pub(super) fn build() -> Option<&'static str> {
    static BUILD: OnceLock<Option<String>> = OnceLock::new();
    let hash = || {
        // On Linux the running program can be read here even when its file has been replaced.
        let mut file = File::open("/proc/self/exe").or_else(|_| File::open(std::env::current_exe()?)).ok()?;
        let mut hasher = Sha256::new();
        io::copy(&mut file, &mut hasher).ok()?;
        Some(hex(hasher))
    };
    BUILD.get_or_init(hash).as_deref()
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A song to be taken over.
pub(super) struct Wanted<'a> {
    pub(super) plan: &'a Arc<Plan>,
    /// Its place in the sequence.
    pub(super) index: usize,
    /// Its file's first frame in the render, and one past its last.
    pub(super) span: (u64, u64),
    /// What its file is called now.
    pub(super) name: &'a str,
    /// What decides the file, as [`Making::identity`] has it.
    pub(super) identity: Option<&'a str>,
}

impl Making<'_> {
    /// SHA-256 of everything that decides the samples of the render from delivered frame `from` to `to`: the runs that
    /// sound there with their sources' contents, repairs, edits, chains and automation, the word, the dither's seed and
    /// this build; and of `beside`, what else is in the file. `None` where something of it is not known.
    pub(super) fn identity(&self, plan: &Plan, (from, to): (u64, u64), beside: &str) -> Option<String> {
        let mut hasher = Sha256::new();
        hasher.update(format!("{} {} {beside} {}", build()?, plan.pass.id, to - from));
        let ring = RING.frames(plan.delivered).0;
        let mut dithered = false;
        for (index, run) in plan.runs.iter().enumerate() {
            let (start, end) = (plan.to_delivered(run.start), plan.to_delivered(run.end) + ring);
            if end <= from || start >= to {
                continue;
            }
            hasher.update(format!("run {} {}", start as i128 - from as i128, plan.run_hash(index)));
            let next = plan.runs.get(index + 1).map_or(u64::MAX, |next| next.start);
            let songs = plan.songs.iter().enumerate().filter(|(_, song)| song.start >= run.start && song.start < next);
            for (song, planned) in songs {
                dithered |= planned.is_dithered();
                for clip in plan.clips.iter().filter(|clip| clip.song == song) {
                    hasher.update(self.contents.get(&plan.sources[clip.source].id)?);
                }
            }
        }
        // The dither's noise and the phase of a rate conversion go by the place on the whole programme.
        if dithered || plan.rate != plan.delivered {
            hasher.update(format!("at {from}"));
        }
        Some(hex(hasher))
    }

    /// Takes a song's file over from the earlier delivery where that is the same; whether it did.
    pub(super) fn take_over_song(&mut self, wanted: &Wanted<'_>, start: SongStart) -> Result<bool, DeliverError> {
        let Some(identity) = wanted.identity else { return Ok(false) };
        let earlier = Arc::clone(&self.earlier);
        let Some(entry) = earlier.find(Role::Song, identity) else { return Ok(false) };
        let Some(read) = self.adopt(&earlier, entry, wanted.name)? else { return Ok(false) };
        if !self.end_holds(wanted.plan, wanted.span, wanted.name)? {
            let path = self.staging.file(wanted.name);
            fs::remove_file(&path).map_err(DeliverError::write(&path))?;
            return Ok(false);
        }
        let rate = wanted.plan.delivered;
        let before = entry.audio.as_ref().map_or(0, |audio| audio.start_frame);
        self.keep_guard(&earlier, before, start.frame, wanted.span.1 - wanted.span.0, rate);
        self.advance(2 * (wanted.span.1 - wanted.span.0))?;
        self.list_song(wanted.plan, wanted.index, start, taken(wanted.name, read, identity));
        Ok(true)
    }

    /// Takes the programme's file over; whether it did.
    pub(super) fn take_over_programme(
        &mut self,
        plan: &Plan,
        name: &str,
        identity: Option<&str>,
    ) -> Result<bool, DeliverError> {
        let Some(identity) = identity else { return Ok(false) };
        let earlier = Arc::clone(&self.earlier);
        let Some(entry) = earlier.find(Role::Programme, identity) else { return Ok(false) };
        let Some(read) = self.adopt(&earlier, entry, name)? else { return Ok(false) };
        self.list_programme(plan, taken(name, read, identity));
        Ok(true)
    }

    /// Takes the file of a side over; whether it did.
    pub(super) fn take_over_side(
        &mut self,
        plan: &Arc<Plan>,
        (from, to): (u64, u64),
        side: SideName,
        name: &str,
        identity: Option<&str>,
    ) -> Result<bool, DeliverError> {
        let Some(identity) = identity else { return Ok(false) };
        let earlier = Arc::clone(&self.earlier);
        let Some(entry) = earlier.find(Role::Side, identity) else { return Ok(false) };
        let Some(read) = self.adopt(&earlier, entry, name)? else { return Ok(false) };
        if !self.end_holds(plan, (from, to), name)? {
            let path = self.staging.file(name);
            fs::remove_file(&path).map_err(DeliverError::write(&path))?;
            return Ok(false);
        }
        let before = entry.audio.as_ref().map_or(0, |audio| audio.start_frame);
        self.keep_guard(&earlier, before, from, to - from, plan.delivered);
        self.advance(to - from)?;
        self.list_side(plan, from, side, taken(name, read, identity));
        Ok(true)
    }

    /// The measurement of a song's render, where it is kept: its copies can then be told without rendering it.
    pub(super) fn kept_song(&self, identity: &str) -> Option<Measured> {
        kept::find(&self.job.library.shelf(), identity)
    }

    /// What the earlier delivery says of a copy with this identity, its file still there and whole.
    pub(super) fn earlier_copy(&self, identity: &str, name: &str) -> Result<Option<FileEntry>, DeliverError> {
        let Some(entry) = self.earlier.find(Role::Copy, identity) else { return Ok(None) };
        if entry.audio.as_ref().is_none_or(|audio| audio.copy.is_none()) {
            return Ok(None);
        }
        Ok(self.earlier.link(entry, &self.staging.file(name))?.then(|| entry.clone()))
    }

    /// Takes over what the guard did in a song whose render is not needed.
    pub(super) fn keep_guard_of(&mut self, entry: &FileEntry, now: u64, frames: u64, rate: SampleRate) {
        let earlier = Arc::clone(&self.earlier);
        let before = entry.audio.as_ref().map_or(0, |audio| audio.start_frame);
        self.keep_guard(&earlier, before, now, frames, rate);
    }

    /// Takes over a copy of a song in another container; whether it did.
    pub(super) fn take_over_copy(
        &mut self,
        song: &FileEntry,
        name: &str,
        identity: &str,
    ) -> Result<bool, DeliverError> {
        let earlier = Arc::clone(&self.earlier);
        let Some(entry) = earlier.find(Role::Copy, identity) else { return Ok(false) };
        if !earlier.link(entry, &self.staging.file(name))? {
            return Ok(false);
        }
        let (bytes, sha256, md5) = (entry.bytes, entry.sha256.clone(), entry.md5.clone());
        let copy = entry.audio.as_ref().and_then(|audio| audio.copy.clone());
        self.manifest.files.push(FileEntry {
            name: name.into(),
            role: Role::Copy,
            bytes,
            sha256,
            md5,
            identity: Some(identity.into()),
            taken_over: true,
            audio: song.audio.clone().map(|audio| AudioEntry { copy, ..audio }),
        });
        Ok(true)
    }

    /// The file of an entry beside the others, with what is measured in it: kept since it was measured last, or measured.
    fn adopt(&mut self, earlier: &Earlier, entry: &FileEntry, name: &str) -> Result<Option<ReadBack>, DeliverError> {
        let path = self.staging.file(name);
        // An older manifest does not know what the render was.
        let Some(samples) = entry.audio.as_ref().and_then(|audio| audio.render_sha256.clone()) else { return Ok(None) };
        if !earlier.link(entry, &path)? {
            return Ok(None);
        }
        (self.job.progress)(super::Step::TakingOver { file: name.into() });
        let shelf = self.job.library.shelf();
        let measured = match kept::find(&shelf, &entry.sha256) {
            Some(measured) => measured,
            None => {
                let measured = self.measure(&path)?;
                kept::keep(&shelf, &entry.sha256, &measured);
                measured
            }
        };
        let (sha256, md5) = (entry.sha256.clone(), entry.md5.clone());
        Ok(Some(ReadBack { bytes: entry.bytes, sha256, md5, samples, measured }))
    }

    /// A rate conversion rings ahead of what it converts: the very end of a file may hold a trace of the run behind it,
    /// which its identity does not cover. Whether that moment is still what would be rendered.
    fn end_holds(&self, plan: &Arc<Plan>, (from, to): (u64, u64), name: &str) -> Result<bool, DeliverError> {
        let ring = RING.frames(plan.delivered).0.min(to - from);
        let near = |run: &crate::render::Run| {
            let start = plan.to_delivered(run.start);
            start >= to && start < to + ring
        };
        if plan.rate == plan.delivered || !plan.runs.iter().any(near) {
            return Ok(true);
        }
        let mut renderer: Renderer = self.renderer(plan)?;
        renderer.start_at(Frames(to - ring), Start::Settled);
        let mut now = Block::new(plan.layout.channels(), ring as usize);
        now.set_frames(ring as usize);
        renderer.pull_checked(&mut now)?;
        let mut reader = source::open(&self.staging.file(name))?.reader;
        let mut then = Block::new(plan.layout.channels(), ring as usize);
        then.set_frames(ring as usize);
        reader.read(reader.frames().0 - ring, &mut then)?;
        Ok(now.iter().zip(then.iter()).all(|(now, then)| now == then))
    }

    /// What the guard did in a file that is taken over, moved to where the file lies now.
    fn keep_guard(&mut self, earlier: &Earlier, before: u64, now: u64, frames: u64, rate: SampleRate) {
        let seconds = |frames: u64| Frames(frames).seconds(rate).0;
        let (from, to, moved) = (seconds(before), seconds(before + frames), seconds(now) - seconds(before));
        let held = earlier.guard.iter().filter(|action| action.at_s >= from && action.at_s < to);
        self.manifest.guard.extend(held.map(|action| GuardEntry { at_s: action.at_s + moved, ..action.clone() }));
    }

    /// Gives the samples of a file of this delivery to takers, as if they were rendered.
    pub(super) fn replay(&mut self, name: &str, takers: &mut [&mut dyn Take]) -> Result<(), DeliverError> {
        let mut reader = source::open(&self.staging.file(name))?.reader;
        let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
        let total = reader.frames().0;
        for start in (0..total).step_by(BLOCK_FRAMES) {
            self.stop_if_asked()?;
            block.set_frames((total - start).min(BLOCK_FRAMES as u64) as usize);
            reader.read(start, &mut block)?;
            takers.iter_mut().try_for_each(|taker| taker.take(&block))?;
        }
        Ok(())
    }
}

fn taken(name: &str, read: ReadBack, identity: &str) -> Listed {
    Listed { name: name.into(), read, identity: Some(identity.into()), taken_over: true }
}

/// The identity of a programme: of its songs in order.
pub(super) fn joined(songs: &[Option<String>], silence: u64) -> Option<String> {
    let mut hasher = Sha256::new();
    hasher.update(format!("programme {silence}"));
    for song in songs {
        hasher.update(song.as_ref()?);
    }
    Some(hex(hasher))
}

/// The identity of a copy of a song in another container, with its texts.
pub(super) fn copied(song: &str, beside: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("copy {song} {beside}"));
    hex(hasher)
}

/// Contents of sources by their id: SHA-256 of the file, in hex.
pub(super) type Contents = BTreeMap<String, String>;
