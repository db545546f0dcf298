//! A delivery under way: what it renders, writes, reads back and lists.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::earlier::{Contents, Earlier};
use super::error::DeliverError;
use super::job::{Job, Step};
use super::layout::DiscLayout;
use super::manifest::{AudioEntry, ConversionEntry, FileEntry, GuardEntry, Manifest, Role, SongStart, SourceEntry};
use super::place::Staging;
use super::sink::{ReadBack, Sink, Take};
use super::{judge, kept, names};
use crate::analysis::measure::{Measured, Measurer};
use crate::analysis::verdict::Verdict;
use crate::audio::{Block, Layout};
use crate::container::pending::write_whole;
use crate::container::riff::Bext;
use crate::render::{DirectFeeds, Plan, RenderError, Renderer, SongPlan, Start, Word};
use crate::session::{LedgerEntry, PassKind, Resolved, SettingsError, SideName};
use crate::unit::{CdFrame, Frames};
use crate::{qc, report, source};

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
    pub(super) fn new(
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
        let audio = self.song_audio(plan, index, start, &listed.read.measured, Some(listed.read.samples.clone()));
        if let (Some(identity), false) = (&listed.identity, listed.taken_over) {
            // So that its gain is known when only copies of it are there.
            kept::keep(&self.job.library.shelf(), identity, &listed.read.measured);
        }
        let measured = self.list(Role::Song, listed, audio);
        self.measured.songs.insert(index, measured);
    }

    /// What the manifest says of a song's sound.
    pub(super) fn song_audio(
        &self,
        plan: &Plan,
        index: usize,
        start: SongStart,
        measured: &Measured,
        samples: Option<String>,
    ) -> AudioEntry {
        let song = &plan.songs[index];
        let document = &self.resolved.songs[index].song;
        let artist = if document.artist.is_empty() { &self.job.session.album.artist } else { &document.artist };
        AudioEntry {
            song: Some(song.id.clone()),
            title: document.title.clone(),
            artist: artist.clone(),
            isrc: Some(document.isrc.clone()).filter(|isrc| !isrc.is_empty()),
            frames: measured.measurement.frames.0,
            sample_rate_hz: plan.delivered.0,
            channels: plan.layout.channels(),
            start_frame: start.frame,
            start_cd: start.cd,
            track: start.track,
            null_against_render: true,
            render_sha256: samples,
            copy: None,
            dither: song.is_dithered().then(|| plan.pass.dither.id().to_string()),
            conversions: conversions(song),
            measured: serde_json::to_value(&measured.measurement).unwrap_or_default(),
        }
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
        identity: Option<String>,
    ) -> Result<(), DeliverError> {
        let read = self.read_back(&name, sink, true)?;
        self.list_side(plan, start, side, Listed { name, read, identity, taken_over: false });
        Ok(())
    }

    /// Lists the file of a side that lies in the delivery.
    pub(super) fn list_side(&mut self, plan: &Plan, start: u64, side: SideName, listed: Listed) {
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
    pub(super) fn keep_ledger(&mut self) -> Result<(), DeliverError> {
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
