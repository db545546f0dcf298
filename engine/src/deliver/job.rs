use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::earlier::{Contents, Earlier};
use super::layout::DiscLayout;
use super::manifest::{
    AudioEntry, ConversionEntry, FileEntry, GuardEntry, MANIFEST_NAME, Manifest, Role, SongStart, SourceEntry,
};
use super::place::Staging;
use super::sink::{ReadBack, Sink, Take};
use super::{broadcast, cassette, cd, copies, hires, judge, kept, names, normalise, paper, streaming, vinyl};
use crate::analysis::measure::{Measured, Measurer};
use crate::analysis::verdict::Verdict;
use crate::audio::{Block, Layout};
use crate::codec::Tier;
use crate::container::name::{self, Rule};
use crate::container::pending::write_whole;
use crate::container::riff::Bext;
use crate::medium::MediumError;
use crate::profile::Profile;
use crate::render::{DirectFeeds, Library, Plan, PlanError, RenderError, Renderer, SongPlan, Start, Word};
use crate::session::{LedgerEntry, PassKind, Resolved, Session, SettingsError, SideName};
use crate::unit::{CdFrame, Frames};
use crate::{analysis, qc, report, source};

/// A pass to be delivered, from a snapshot of the session.
pub struct Job<'a> {
    /// The session as it stands.
    pub session: &'a Session,
    /// The pass.
    pub pass: &'a str,
    /// The folder that receives the delivery's own folder.
    pub folder: &'a Path,
    /// Its sources.
    pub library: Arc<dyn Library>,
    /// What judges it.
    pub profile: &'a Profile,
    /// What is wished for beyond the files themselves.
    pub wishes: Wishes<'a>,
    /// Told what is being done, between two blocks of audio: it may wait, and then the delivery waits with it.
    pub progress: &'a (dyn Fn(Step) + Sync),
    /// Set from outside to stop.
    pub cancel: &'a AtomicBool,
}

/// What is wished for beyond the files of a pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes<'a> {
    /// Makes every file anew, also those that an earlier delivery in the same place holds already.
    pub fresh: bool,
    /// Sends the songs through the coders of these tiers and back, where this machine has one.
    pub codecs: &'a [Tier],
}

/// What a delivery is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Comparing a source with what the session remembers of it.
    Checking {
        /// Its path.
        source: String,
    },
    /// Rendering: the share that is done, 0 to 1, and the song.
    Rendering {
        /// Share of the whole delivery.
        share: f64,
        /// The song's title.
        song: String,
    },
    /// Reading a file back.
    Verifying {
        /// Share of the whole delivery.
        share: f64,
        /// Its name.
        file: String,
    },
    /// A file of the earlier delivery is what would be made: it is taken over.
    TakingOver {
        /// Its name.
        file: String,
    },
    /// Encoding and decoding.
    Auditioning {
        /// Trips that are done.
        done: usize,
        /// Trips in all.
        all: usize,
    },
}

/// A finished delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its folder.
    pub folder: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// The judgement of the written files.
    pub verdicts: Vec<Verdict>,
}

/// Why nothing was delivered. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// No plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Settings that this version cannot turn into sound.
    #[error("the pass '{pass}' cannot be delivered as it stands: {first}{}", more(.others))]
    Settings {
        /// The pass.
        pass: String,
        /// The first problem.
        first: SettingsError,
        /// How many more there are.
        others: usize,
    },
    /// The render stopped.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A written file could not be read back.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A file could not be measured.
    #[error(transparent)]
    Measure(#[from] analysis::loudness::LoudnessError),
    /// A file could not be written.
    #[error("{}: cannot be written: {cause}; nothing was delivered, what was there before is untouched", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A written file could not be read.
    #[error("{}: cannot be read back: {cause}; nothing was delivered", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A folder could not be made or moved.
    #[error("{}: {cause}; nothing was delivered, choose another folder or make it writable", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// What was read back is not what was rendered.
    #[error("{}: what was read back is not what was rendered; the disk or the memory is at fault, nothing was delivered", .path.display())]
    NotTheSame {
        /// The file.
        path: PathBuf,
    },
    /// The programme does not fit the word.
    #[error("{}: {samples} samples exceed full scale; lower the level or set a ceiling for this pass, nothing was delivered", .path.display())]
    Clipped {
        /// The file.
        path: PathBuf,
        /// How many samples.
        samples: u64,
    },
    /// A programme that no groove takes, or a profile that lacks what the lathe needs.
    #[error("{0}; nothing was delivered")]
    Medium(#[from] MediumError),
    /// A sheet for people could not be made.
    #[error("{0}; nothing was delivered, what was there before is untouched")]
    Sheet(String),
    /// The songs could not be brought to the loudness of the pass.
    #[error("the songs cannot be brought to the loudness of this pass: {0}; nothing was delivered")]
    Level(String),
    /// A coder failed.
    #[error("{0}; nothing was delivered, what was there before is untouched")]
    Codec(crate::codec::CodecError),
    /// A copy could not be tagged.
    #[error("{0}; nothing was delivered, what was there before is untouched")]
    Tag(#[from] crate::container::tag::TagError),
    /// It was stopped.
    #[error("cancelled; nothing was delivered, what was there before is untouched")]
    Cancelled,
}

fn more(others: &usize) -> String {
    if *others == 0 { String::new() } else { format!(" (and {others} more)") }
}

impl DeliverError {
    pub(super) fn write<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> DeliverError {
        let path = path.to_path_buf();
        move |cause| DeliverError::Write { path, cause: cause.to_string() }
    }

    pub(super) fn folder(path: &Path) -> impl FnOnce(std::io::Error) -> DeliverError {
        let path = path.to_path_buf();
        move |cause| DeliverError::Folder { path, cause: cause.to_string() }
    }
}

/// Makes, re-reads, judges and places a delivery.
pub fn deliver(job: &Job<'_>) -> Result<Delivery, DeliverError> {
    let levelled = normalise::levelled(job)?;
    let session = levelled.as_ref().map_or(job.session, |levelled| &levelled.session);
    let job = &Job { session, library: job.library.clone(), ..*job };
    let resolved = job.session.resolve(job.pass).ok_or_else(|| PlanError::NoPass(job.pass.into()))?;
    let folder_name = folder_name(job.session, &resolved);
    let staging = Staging::new(job.folder, &folder_name)?;
    let earlier = if job.wishes.fresh { Earlier::default() } else { Earlier::read(&job.folder.join(&folder_name)) };
    let mut making = Making::new(job, &resolved, &staging, earlier)?;
    match resolved.pass.kind {
        PassKind::Streaming => streaming::make(&mut making)?,
        PassKind::Cd => cd::make(&mut making)?,
        PassKind::HiRes => hires::make(&mut making)?,
        PassKind::Broadcast => broadcast::make(&mut making)?,
        PassKind::Vinyl => vinyl::make(&mut making)?,
        PassKind::Cassette => cassette::make(&mut making)?,
        PassKind::Copies => copies::make(&mut making)?,
    }
    if let Some(levelled) = levelled.as_ref() {
        making.manifest.levels = levelled.entries.clone();
        making.verdicts.extend(levelled.verdicts.iter().cloned());
    }
    making.keep_ledger()?;
    making.note_playback();
    making.audition()?;
    let mut verdicts = judge::judge(job, &resolved, &making.manifest, &making.measured);
    verdicts.append(&mut making.verdicts);
    making.manifest.verdicts = verdicts.iter().filter_map(|verdict| serde_json::to_value(verdict).ok()).collect();
    paper::write(&mut making, &verdicts)?;
    let manifest = making.manifest;
    let path = staging.file(MANIFEST_NAME);
    let text = serde_json::to_string_pretty(&manifest).map_err(DeliverError::write(&path))?;
    write_whole(&path, text.as_bytes()).map_err(DeliverError::write(&path))?;
    if job.cancel.load(Ordering::Relaxed) {
        return Err(DeliverError::Cancelled);
    }
    let folder = staging.take_place()?;
    Ok(Delivery { folder, manifest, verdicts })
}

fn folder_name(session: &Session, resolved: &Resolved) -> String {
    let title = if session.album.title.is_empty() { "Album" } else { session.album.title.as_str() };
    name::safe(&format!("{title} - {}", resolved.pass.name), Rule::ANY)
}

/// A delivery under way.
pub(super) struct Making<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) resolved: &'a Resolved,
    pub(super) staging: &'a Staging,
    pub(super) manifest: Manifest,
    /// Measurements of the files of songs, by song index, and of the programme.
    pub(super) measured: judge::MeasuredFiles,
    /// What was judged while it was made.
    pub(super) verdicts: Vec<Verdict>,
    /// What stands in its place now.
    pub(super) earlier: Arc<Earlier>,
    /// What is in the sources' files.
    pub(super) contents: Contents,
    total: u64,
    made: u64,
}

/// A file of audio that lies in the delivery.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) read: ReadBack,
    pub(super) identity: Option<String>,
    pub(super) taken_over: bool,
}

/// The ledger's file name inside a delivery.
const LEDGER_NAME: &str = "findings.txt";
/// Frames rendered at a time.
const BLOCK_FRAMES: usize = 8192;

impl<'a> Making<'a> {
    fn new(
        job: &'a Job<'a>,
        resolved: &'a Resolved,
        staging: &'a Staging,
        earlier: Earlier,
    ) -> Result<Making<'a>, DeliverError> {
        let plan = Plan::new(job.session, job.pass)?;
        refuse_problems(&plan)?;
        let mut contents = Contents::new();
        for source in plan.sources.iter().filter_map(|source| job.session.source(&source.id)) {
            (job.progress)(Step::Checking { source: source.path.clone() });
            let content = job.library.check(source, job.cancel).map_err(RenderError::from)?;
            contents.extend(content.map(|content| (source.id.clone(), content)));
        }
        let manifest = Manifest::new(job.session, &plan);
        let total = plan.delivered_frames();
        Ok(Making {
            job,
            resolved,
            staging,
            manifest,
            measured: Default::default(),
            verdicts: Vec::new(),
            earlier: Arc::new(earlier),
            contents,
            total,
            made: 0,
        })
    }

    /// The plan of the pass at a rate, noted in the manifest.
    pub(super) fn plan(&mut self, rate: Option<crate::unit::SampleRate>) -> Result<Arc<Plan>, DeliverError> {
        let plan = match rate {
            Some(rate) => Plan::at_rate(self.job.session, self.job.pass, rate)?,
            None => Plan::new(self.job.session, self.job.pass)?,
        };
        refuse_problems(&plan)?;
        self.manifest.plans.push(plan.hash.clone());
        for source in &plan.sources {
            self.note_source(&source.id);
        }
        Ok(Arc::new(plan))
    }

    fn note_source(&mut self, id: &str) {
        let Some(source) = self.job.session.source(id) else { return };
        if self.manifest.sources.iter().all(|known| known.id != id) {
            self.manifest.sources.push(SourceEntry {
                id: id.into(),
                path: source.path.clone(),
                sha256: source.sha256.clone(),
                sample_rate_hz: source.rate.0,
            });
        }
    }

    /// Sets how many delivered frames will be rendered in all, for the progress: each is read back as well.
    pub(super) fn expect(&mut self, frames: u64) {
        self.total = (2 * frames).max(1);
    }

    /// The share that is done, 0 to 1.
    pub(super) fn share(&self) -> f64 {
        (self.made as f64 / self.total as f64).min(1.0)
    }

    /// Stops where that was asked for.
    pub(super) fn stop_if_asked(&self) -> Result<(), DeliverError> {
        if self.job.cancel.load(Ordering::Relaxed) { Err(DeliverError::Cancelled) } else { Ok(()) }
    }

    /// Frames are done that need not be rendered.
    pub(super) fn advance(&mut self, frames: u64) -> Result<(), DeliverError> {
        self.made += frames;
        self.stop_if_asked()
    }

    /// Reads a written file back: nulled against the render, and measured. What was measured is kept for later.
    fn read_back(&mut self, name: &str, sink: Sink, counts: bool) -> Result<ReadBack, DeliverError> {
        let read = sink.finish(&mut |frames| {
            self.made += if counts { frames } else { 0 };
            (self.job.progress)(Step::Verifying { share: self.share(), file: name.into() });
            self.stop_if_asked()
        })?;
        kept::keep(&self.job.library.shelf(), &read.sha256, &read.measured);
        Ok(read)
    }

    /// Measures a file of the delivery.
    pub(super) fn measure(&self, path: &Path) -> Result<Measured, DeliverError> {
        let mut opened = source::open(path)?;
        let (rate, layout) = (opened.reader.rate(), opened.reader.layout());
        let mut measurer = Measurer::new(layout, rate, opened.info.bits.map(u32::from))?;
        let mut block = Block::new(layout.channels(), BLOCK_FRAMES);
        let total = opened.reader.frames().0;
        for start in (0..total).step_by(BLOCK_FRAMES) {
            self.stop_if_asked()?;
            block.set_frames((total - start).min(BLOCK_FRAMES as u64) as usize);
            opened.reader.read(start, &mut block)?;
            measurer.process(&block);
        }
        Ok(measurer.finish())
    }

    /// A renderer of the delivered word.
    pub(super) fn renderer(&self, plan: &Arc<Plan>) -> Result<Renderer, DeliverError> {
        let feeds = DirectFeeds::new(plan.clone(), self.job.library.clone());
        Ok(Renderer::new(plan.clone(), Box::new(feeds), Word::Delivered)?)
    }

    /// Starts a file of the delivery.
    pub(super) fn sink(&self, plan: &Plan, name: &str, frames: u64) -> Result<Sink, DeliverError> {
        Sink::create(&self.staging.file(name), plan.pass.depth, plan.delivered, plan.layout, frames)
    }

    /// Starts a Broadcast Wave file of the delivery.
    pub(super) fn broadcast_sink(
        &self,
        plan: &Plan,
        name: &str,
        frames: u64,
        bext: Bext,
    ) -> Result<Sink, DeliverError> {
        Sink::broadcast(&self.staging.file(name), plan.pass.depth, plan.delivered, plan.layout, frames, bext)
    }

    /// Renders up to delivered frame `to` and gives it to the takers.
    pub(super) fn render(
        &mut self,
        renderer: &mut Renderer,
        to: u64,
        song: &str,
        takers: &mut [&mut dyn Take],
    ) -> Result<(), DeliverError> {
        let mut block = Block::new(renderer.plan().layout.channels(), BLOCK_FRAMES);
        while renderer.position().0 < to {
            self.stop_if_asked()?;
            block.set_frames((to - renderer.position().0).min(BLOCK_FRAMES as u64) as usize);
            renderer.pull_checked(&mut block)?;
            for taker in takers.iter_mut() {
                taker.take(&block)?;
            }
            self.made += block.frames() as u64;
            (self.job.progress)(Step::Rendering { share: self.share(), song: song.into() });
        }
        self.note_guard(renderer);
        Ok(())
    }

    /// Gives digital silence to the takers.
    pub(super) fn silence(
        &mut self,
        layout: Layout,
        frames: Frames,
        takers: &mut [&mut dyn Take],
    ) -> Result<(), DeliverError> {
        let mut block = Block::new(layout.channels(), BLOCK_FRAMES);
        let mut left = frames.0;
        while left > 0 {
            block.set_frames(left.min(BLOCK_FRAMES as u64) as usize);
            block.clear();
            takers.iter_mut().try_for_each(|taker| taker.take(&block))?;
            left -= block.frames() as u64;
        }
        self.made += frames.0;
        Ok(())
    }

    fn note_guard(&mut self, renderer: &mut Renderer) {
        let rate = renderer.plan().delivered;
        for action in renderer.guard_actions() {
            self.manifest.guard.push(GuardEntry {
                at_s: Frames(action.start).seconds(rate).0,
                length_s: Frames(action.end - action.start).seconds(rate).0,
                deepest_db: action.deepest.0,
            });
        }
        renderer.clear_guard_actions();
    }

    /// Ends a song's file: reads it back and lists it.
    pub(super) fn finish_song(
        &mut self,
        plan: &Plan,
        index: usize,
        start: SongStart,
        name: String,
        sink: Sink,
        identity: Option<String>,
    ) -> Result<(), DeliverError> {
        let read = self.read_back(&name, sink, true)?;
        self.list_song(plan, index, start, Listed { name, read, identity, taken_over: false });
        Ok(())
    }

    /// Lists a song's file that lies in the delivery.
    pub(super) fn list_song(&mut self, plan: &Plan, index: usize, start: SongStart, listed: Listed) {
        let song = &plan.songs[index];
        let document = &self.resolved.songs[index].song;
        let artist = if document.artist.is_empty() { &self.job.session.album.artist } else { &document.artist };
        let audio = AudioEntry {
            song: Some(song.id.clone()),
            title: document.title.clone(),
            artist: artist.clone(),
            isrc: Some(document.isrc.clone()).filter(|isrc| !isrc.is_empty()),
            frames: listed.read.measured.measurement.frames.0,
            sample_rate_hz: plan.delivered.0,
            channels: plan.layout.channels(),
            start_frame: start.frame,
            start_cd: start.cd,
            track: start.track,
            null_against_render: true,
            render_sha256: Some(listed.read.samples.clone()),
            copy: None,
            dither: song.is_dithered().then(|| plan.pass.dither.id().to_string()),
            conversions: conversions(song),
            measured: serde_json::to_value(&listed.read.measured.measurement).unwrap_or_default(),
        };
        let measured = self.list(Role::Song, listed, audio);
        self.measured.songs.insert(index, measured);
    }

    /// Ends the programme's file: reads it back and lists it.
    pub(super) fn finish_programme(
        &mut self,
        plan: &Plan,
        name: String,
        sink: Sink,
        identity: Option<String>,
    ) -> Result<(), DeliverError> {
        let read = self.read_back(&name, sink, false)?;
        self.list_programme(plan, Listed { name, read, identity, taken_over: false });
        Ok(())
    }

    /// Lists the programme's file that lies in the delivery.
    pub(super) fn list_programme(&mut self, plan: &Plan, listed: Listed) {
        let audio = AudioEntry {
            song: None,
            title: self.job.session.album.title.clone(),
            artist: self.job.session.album.artist.clone(),
            isrc: None,
            frames: listed.read.measured.measurement.frames.0,
            sample_rate_hz: plan.delivered.0,
            channels: plan.layout.channels(),
            start_frame: 0,
            start_cd: (plan.pass.kind == PassKind::Cd).then(|| CdFrame(0).to_string()),
            track: None,
            null_against_render: true,
            render_sha256: Some(listed.read.samples.clone()),
            copy: None,
            dither: plan.songs.iter().any(SongPlan::is_dithered).then(|| plan.pass.dither.id().to_string()),
            conversions: all_conversions(plan),
            measured: serde_json::to_value(&listed.read.measured.measurement).unwrap_or_default(),
        };
        let measured = self.list(Role::Programme, listed, audio);
        self.measured.programme = Some(measured);
    }

    /// Ends the file of a side that begins at delivered frame `start`: reads it back and lists it.
    pub(super) fn finish_side(
        &mut self,
        plan: &Plan,
        start: u64,
        side: SideName,
        name: String,
        sink: Sink,
    ) -> Result<(), DeliverError> {
        let read = self.read_back(&name, sink, true)?;
        let listed = Listed { name, read, identity: None, taken_over: false };
        let audio = AudioEntry {
            song: None,
            title: format!("Side {side}"),
            artist: self.job.session.album.artist.clone(),
            isrc: None,
            frames: listed.read.measured.measurement.frames.0,
            sample_rate_hz: plan.delivered.0,
            channels: plan.layout.channels(),
            start_frame: start,
            start_cd: None,
            track: None,
            null_against_render: true,
            render_sha256: Some(listed.read.samples.clone()),
            copy: None,
            dither: plan.songs.iter().any(SongPlan::is_dithered).then(|| plan.pass.dither.id().to_string()),
            conversions: all_conversions(plan),
            measured: serde_json::to_value(&listed.read.measured.measurement).unwrap_or_default(),
        };
        let measured = self.list(Role::Side, listed, audio);
        self.measured.sides.push((side, measured));
        Ok(())
    }

    /// Ends the file of level tones: reads it back and lists it.
    pub(super) fn finish_tones(&mut self, plan: &Plan, name: String, sink: Sink) -> Result<(), DeliverError> {
        let read = self.read_back(&name, sink, true)?;
        let listed = Listed { name, read, identity: None, taken_over: false };
        let audio = AudioEntry {
            song: None,
            title: "Level tones".into(),
            artist: String::new(),
            isrc: None,
            frames: listed.read.measured.measurement.frames.0,
            sample_rate_hz: plan.delivered.0,
            channels: plan.layout.channels(),
            start_frame: 0,
            start_cd: None,
            track: None,
            null_against_render: false,
            render_sha256: None,
            copy: None,
            dither: None,
            conversions: Vec::new(),
            measured: serde_json::to_value(&listed.read.measured.measurement).unwrap_or_default(),
        };
        self.list(Role::Tones, listed, audio);
        Ok(())
    }

    /// Writes and lists a text file of the delivery.
    pub(super) fn write_text(&mut self, name: String, role: Role, text: &str) -> Result<(), DeliverError> {
        self.write_bytes(name, role, text.as_bytes())
    }

    /// Writes and lists a file of the delivery that is no sound.
    pub(super) fn write_bytes(&mut self, name: String, role: Role, bytes: &[u8]) -> Result<(), DeliverError> {
        let path = self.staging.file(&name);
        write_whole(&path, bytes).map_err(DeliverError::write(&path))?;
        self.list_file(name, role).map(drop)
    }

    /// Lists a file that lies in the delivery already; its MD5.
    pub(super) fn list_file(&mut self, name: String, role: Role) -> Result<String, DeliverError> {
        let (bytes, sha256, md5) = super::sink::digest(&self.staging.file(&name))?;
        let (identity, taken_over, audio) = (None, false, None);
        self.manifest.files.push(FileEntry {
            name,
            role,
            bytes,
            sha256,
            md5: md5.clone(),
            identity,
            taken_over,
            audio,
        });
        Ok(md5)
    }

    /// Remembers how the pass lies on a disc, for its judgement.
    pub(super) fn lay_out(&mut self, layout: &DiscLayout) {
        self.measured.disc = Some(layout.disc.clone());
    }

    /// Puts the findings of the delivered songs beside them: a table to read, and the entries in the manifest.
    fn keep_ledger(&mut self) -> Result<(), DeliverError> {
        let songs: HashSet<&str> = self.resolved.songs.iter().map(|song| song.song.id.as_str()).collect();
        let entries: Vec<LedgerEntry> = qc::ledger::concerning(&self.job.session.ledger, &songs).cloned().collect();
        if entries.is_empty() {
            return Ok(());
        }
        let title = |song: &str| self.job.session.song(song).map(|song| song.title.clone());
        let text = report::ledger_text(&entries, &title);
        self.manifest.ledger = entries;
        self.write_text(LEDGER_NAME.into(), Role::Ledger, &text)
    }

    fn list(&mut self, role: Role, listed: Listed, audio: AudioEntry) -> Measured {
        let Listed { name, read, identity, taken_over } = listed;
        let ReadBack { bytes, sha256, md5, measured, .. } = read;
        let audio = Some(audio);
        self.manifest.files.push(FileEntry { name, role, bytes, sha256, md5, identity, taken_over, audio });
        measured
    }

    /// The file names of the songs by the pass's pattern: made safe, each once.
    pub(super) fn song_names(&self) -> Vec<String> {
        names::numbered(self.job.session, self.resolved).into_iter().map(|stem| format!("{stem}.wav")).collect()
    }
}

fn refuse_problems(plan: &Plan) -> Result<(), DeliverError> {
    // Another version of an algorithm is told in the verdicts; everything else blocks.
    let blocking: Vec<&SettingsError> = plan.problems.iter().filter(|problem| problem.blocks()).collect();
    match blocking.first() {
        None => Ok(()),
        Some(first) => Err(DeliverError::Settings {
            pass: plan.pass.id.clone(),
            first: (*first).clone(),
            others: blocking.len() - 1,
        }),
    }
}

fn conversions(song: &SongPlan) -> Vec<ConversionEntry> {
    let entry = |note: &crate::render::Provenance| ConversionEntry {
        what: note.what.clone(),
        from_hz: note.from.0,
        to_hz: note.to.0,
    };
    song.provenance.iter().map(entry).collect()
}

/// Every conversion in the programme, each once.
fn all_conversions(plan: &Plan) -> Vec<ConversionEntry> {
    let mut all: Vec<ConversionEntry> = Vec::new();
    for entry in plan.songs.iter().flat_map(conversions) {
        if !all.contains(&entry) {
            all.push(entry);
        }
    }
    all
}

/// Starts a renderer exactly at a delivered frame.
pub(super) fn start(renderer: &mut Renderer, at: u64) -> Result<(), DeliverError> {
    renderer.start_at(Frames(at), Start::Exact);
    match renderer.take_error() {
        Some(error) => Err(RenderError::from(error).into()),
        None => Ok(()),
    }
}
