//! A pass of the session at one sample rate, with every frame decided.

use std::collections::BTreeSet;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::arrange::{Curve, Direction, Envelope};
use crate::audio::Layout;
use crate::chain::{self, Chain, Processor, Setting};
use crate::param::{Breakpoint, Lane, SlotIndex, Values};
use crate::restore::Treatment;
use crate::session::{
    ChainSettings, Clip, Depth, Fade, Join, Pass, PassKind, Rate, Resolved, ResolvedSong, Session, SettingsError,
};
use crate::unit::{CD_FRAMES_PER_SECOND, Dbtp, Frames, SampleRate, Seconds};

/// Silence after which the album chain starts fresh (rule 2 of the seams).
const BLACK_BETWEEN_RUNS: Seconds = Seconds(1.0);

/// A pass, resolved: immutable, shared by everything that renders it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pass as it was when the plan was made.
    pub pass: Pass,
    /// The chains' rate.
    pub rate: SampleRate,
    /// The delivered rate.
    pub delivered: SampleRate,
    /// Channels of the pass.
    pub layout: Layout,
    /// Length at the chains' rate.
    pub frames: u64,
    /// The files that are heard.
    pub sources: Vec<SourcePlan>,
    /// The songs in order.
    pub songs: Vec<SongPlan>,
    /// The clips, by start.
    pub clips: Vec<ClipPlan>,
    /// The album chain.
    pub album: Vec<StagePlan>,
    /// Latency of the album chain in frames.
    pub album_latency: u64,
    /// Stretches through which the album chain runs without a fresh start.
    pub runs: Vec<Run>,
    /// What the settings hold that this build cannot turn into sound. A plan with entries may be heard, not delivered.
    pub problems: Vec<SettingsError>,
    /// SHA-256 of everything that decides a sample, in hex.
    pub hash: String,
}

/// A source as the plan uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePlan {
    /// Its id in the session.
    pub id: String,
    /// Its own rate.
    pub rate: SampleRate,
    /// Its own channels.
    pub layout: Layout,
    /// Its length at its own rate.
    pub frames: u64,
    /// Bits of an integer source that lost nothing; `None` for floats and lossy formats.
    pub bits: Option<u8>,
    /// Factors from its channels to the pass's, where the layouts differ.
    pub matrix: Option<Vec<Vec<f64>>>,
    /// Its content.
    pub identity: String,
    /// What is repaired in it, and what of that is heard.
    pub treatment: Treatment,
}

/// A song on the timeline, in frames at the chains' rate.
#[derive(Debug, Clone)]
pub struct SongPlan {
    /// Its id in the session.
    pub id: String,
    /// Title, for messages.
    pub title: String,
    /// First frame (INDEX 01).
    pub start: u64,
    /// One past the last frame of its clips.
    pub end: u64,
    /// One past the last frame of its file: where the next song starts, or the programme ends.
    pub cut: u64,
    /// The rate most of its audio has: the highest among its sources.
    pub native: SampleRate,
    /// Its chain.
    pub chain: Vec<StagePlan>,
    /// Whether its frames do not fit the delivered word as they are (rule 7: decided by settings).
    pub requantised: bool,
    /// Where they do not fit though the rest of the song does: its repairs, ascending and apart from each other.
    pub repaired: Vec<Range<u64>>,
    /// The rate conversions its audio went through.
    pub provenance: Vec<Provenance>,
}

/// A conversion of rate on the way from a source to the delivered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The source's id, or `programme` for the conversion at the way out.
    pub what: String,
    /// From this rate.
    pub from: SampleRate,
    /// To this rate.
    pub to: SampleRate,
}

/// A stretch of a source on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPlan {
    /// Index of its song.
    pub song: usize,
    /// Index of its source.
    pub source: usize,
    /// First frame on the timeline.
    pub start: u64,
    /// Length in frames at the chains' rate.
    pub frames: u64,
    /// First source frame, at the chains' rate.
    pub source_start: u64,
    /// Level before the song chain.
    pub envelope: Envelope,
    /// Level after the song chain, linear.
    pub gain: f64,
    /// Fades and crossfades after the song chain, in clip time.
    pub curves: Vec<Curve>,
    /// Latency of the song chain.
    pub latency: u64,
    /// Frames that sound after the clip's end, from the song chain.
    pub tail: u64,
}

/// A stage as the plan builds it.
#[derive(Debug, Clone)]
pub struct StagePlan {
    /// The stage's id in its chain.
    pub id: String,
    /// The processor.
    pub processor: &'static Processor,
    /// Its values.
    pub values: Values,
    /// Courses of its automated parameters, in frames at the chains' rate: of a song chain from the song's start, of the
    /// album chain from the start of the programme.
    pub lanes: Vec<(SlotIndex, Lane)>,
    /// Whether it is heard.
    pub on: bool,
}

/// A stretch through which the album chain runs without a fresh start, in frames at the chains' rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// First frame.
    pub start: u64,
    /// One past the last frame that can sound, tails included.
    pub end: u64,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// No such pass.
    #[error("there is no pass '{0}'")]
    NoPass(String),
    /// Nothing to play.
    #[error("the pass '{0}' has no songs; add songs to its sequence")]
    Empty(String),
    /// A clip names a source that the session does not have.
    #[error("song '{song}': the session has no source '{source_id}'")]
    NoSource {
        /// The song.
        song: String,
        /// The missing id.
        source_id: String,
    },
    /// A clip that ends before it starts or past its source.
    #[error("song '{song}': clip '{clip}' asks for frames {from} to {to} of a source with {frames}")]
    Trim {
        /// The song.
        song: String,
        /// The clip.
        clip: String,
        /// First frame.
        from: u64,
        /// One past the last.
        to: u64,
        /// What there is.
        frames: u64,
    },
    /// Channels that do not fit and no matrix.
    #[error("song '{song}': a {source_layout} source needs a stored matrix to reach a {pass_layout} pass")]
    Layout {
        /// The song.
        song: String,
        /// What the source has.
        source_layout: Layout,
        /// What the pass has.
        pass_layout: Layout,
    },
}

impl Plan {
    /// The rates of the songs of a pass, ascending: a native-rate delivery makes one plan for each.
    pub fn native_rates(session: &Session, pass: &str) -> Result<Vec<SampleRate>, PlanError> {
        let resolved = session.resolve(pass).ok_or_else(|| PlanError::NoPass(pass.into()))?;
        let rates: BTreeSet<SampleRate> = resolved.songs.iter().filter_map(|song| native_rate(session, song)).collect();
        Ok(rates.into_iter().collect())
    }

    /// The plan that is heard: at the highest rate among the pass's sources, delivered at the pass's rate.
    pub fn new(session: &Session, pass: &str) -> Result<Plan, PlanError> {
        let highest = Plan::native_rates(session, pass)?.last().copied();
        Plan::at_rate(session, pass, highest.ok_or_else(|| PlanError::Empty(pass.into()))?)
    }

    /// The plan with its chains at `rate`. A native-rate pass is delivered at that rate too.
    pub fn at_rate(session: &Session, pass: &str, rate: SampleRate) -> Result<Plan, PlanError> {
        let resolved = session.resolve(pass).ok_or_else(|| PlanError::NoPass(pass.into()))?;
        if resolved.songs.is_empty() {
            return Err(PlanError::Empty(pass.into()));
        }
        Builder::new(session, &resolved, rate).build()
    }

    /// Builds the chain of these stages. Workers only.
    pub fn build_chain(stages: &[StagePlan], setting: Setting) -> Chain {
        let built = stages.iter().map(|stage| ((stage.processor.build)(&stage.values, setting), stage.on));
        let mut chain = Chain::new(built.collect(), setting);
        for (slot, stage) in stages.iter().enumerate().filter(|(_, stage)| !stage.lanes.is_empty()) {
            chain.automate(slot, stage.lanes.clone());
        }
        chain
    }

    /// What chains are built for.
    pub fn setting(&self) -> Setting {
        Setting { rate: self.rate, layout: self.layout }
    }

    /// Length in delivered frames.
    pub fn delivered_frames(&self) -> u64 {
        self.to_delivered(self.frames)
    }

    /// A position at the chains' rate in delivered frames (rounded up).
    pub fn to_delivered(&self, frame: u64) -> u64 {
        (u128::from(frame) * u128::from(self.delivered.0)).div_ceil(u128::from(self.rate.0)) as u64
    }

    /// A delivered position at the chains' rate (rounded down).
    pub fn from_delivered(&self, frame: u64) -> u64 {
        (u128::from(frame) * u128::from(self.rate.0) / u128::from(self.delivered.0)) as u64
    }

    /// Latency of the song's and the album's chain together.
    pub fn latency(&self, song: usize) -> Seconds {
        let own = self.clips.iter().filter(|clip| clip.song == song).map(|clip| clip.latency).max().unwrap_or(0);
        Frames(own + self.album_latency).seconds(self.rate)
    }

    /// The song that sounds at a frame (chains' rate): the last that has started.
    pub fn song_at(&self, frame: u64) -> usize {
        self.songs.iter().rposition(|song| song.start <= frame).unwrap_or(0)
    }
}

/// The highest rate among a song's sources.
fn native_rate(session: &Session, song: &ResolvedSong) -> Option<SampleRate> {
    song.clips.iter().filter_map(|clip| session.source(&clip.source)).map(|source| source.rate).max()
}

/// A frame position at another rate, rounded to the nearest.
fn rescale(frame: u64, from: SampleRate, to: SampleRate) -> u64 {
    let (from, to) = (u128::from(from.0.max(1)), u128::from(to.0));
    ((u128::from(frame) * to + from / 2) / from) as u64
}

struct Builder<'a> {
    session: &'a Session,
    resolved: &'a Resolved,
    rate: SampleRate,
    layout: Layout,
    sources: Vec<SourcePlan>,
    songs: Vec<SongPlan>,
    clips: Vec<ClipPlan>,
    problems: Vec<SettingsError>,
}

impl<'a> Builder<'a> {
    fn new(session: &'a Session, resolved: &'a Resolved, rate: SampleRate) -> Builder<'a> {
        let layouts = resolved.songs.iter().flat_map(|song| &song.clips).filter_map(|clip| {
            let source = session.source(&clip.source)?;
            Some(source.matrix.as_ref().map_or(source.layout, |rows| Layout::of_channels(rows.len())))
        });
        let layout = layouts.max_by_key(|layout| layout.channels()).unwrap_or(Layout::Stereo);
        let (sources, songs, clips, problems) = Default::default();
        Builder { session, resolved, rate, layout, sources, songs, clips, problems }
    }

    fn build(mut self) -> Result<Plan, PlanError> {
        let resolved = self.resolved;
        let delivered = match resolved.pass.rate {
            Rate::Native => self.rate,
            Rate::Hz(rate) => rate,
        };
        let album = self.stages(&resolved.chain);
        for index in 0..resolved.songs.len() {
            self.place_song(index)?;
        }
        let album_chain = Plan::build_chain(&album, Setting { rate: self.rate, layout: self.layout });
        let album_tail = album_chain.tail() as u64;
        let frames = self.close_songs(album_tail);
        let changed_everywhere = !album_chain.is_identity()
            || delivered != self.rate
            || resolved.pass.ceiling.is_some()
            || album.iter().any(|stage| stage.on && !stage_is_identity(stage, self.rate, self.layout));
        self.decide_requantisation(changed_everywhere);
        self.note_conversions(delivered);
        let album_latency = album_chain.latency() as u64;
        let runs = self.runs(album_tail, album_latency, frames);
        let mut plan = Plan {
            pass: resolved.pass.clone(),
            rate: self.rate,
            delivered,
            layout: self.layout,
            frames,
            sources: self.sources,
            songs: self.songs,
            clips: self.clips,
            album,
            album_latency,
            runs,
            problems: self.problems,
            hash: String::new(),
        };
        plan.hash = plan.compute_hash();
        Ok(plan)
    }

    fn stages(&mut self, settings: &ChainSettings) -> Vec<StagePlan> {
        let mut stages = Vec::new();
        for stage in &settings.stages {
            let (values, errors) = stage.resolve();
            self.problems.extend(errors);
            let (lanes, errors) = stage.lanes();
            self.problems.extend(errors);
            let lanes = lanes.into_iter().map(|(slot, lane)| (slot, in_frames(&lane, self.rate))).collect();
            if let (Some(values), Some(processor)) = (values, chain::processor(&stage.processor)) {
                stages.push(StagePlan { id: stage.id.clone(), processor, values, lanes, on: !stage.bypass });
            }
        }
        stages
    }

    /// Where the song starts: its join measured from the end of the one before.
    fn song_start(&self, song: &ResolvedSong) -> u64 {
        let Some(before) = self.songs.last() else { return 0 };
        let start = match song.join {
            Join::Gap(gap) => before.end as i64 + gap.signed_frames(self.rate),
            Join::Crossfade { length, .. } => before.end as i64 - length.signed_frames(self.rate),
        };
        // A song never starts before the one it follows.
        self.on_cd_frame(start.max(before.start as i64 + 1) as u64)
    }

    /// On a CD every song starts on a CD frame: the next one at or after `frame` (rule 14 of the seams).
    fn on_cd_frame(&self, frame: u64) -> u64 {
        if self.resolved.pass.kind != PassKind::Cd {
            return frame;
        }
        let per_second = CD_FRAMES_PER_SECOND as u128;
        let sector = (u128::from(frame) * per_second).div_ceil(u128::from(self.rate.0));
        (sector * u128::from(self.rate.0)).div_ceil(per_second) as u64
    }

    fn place_song(&mut self, index: usize) -> Result<(), PlanError> {
        let resolved = self.resolved;
        let song = &resolved.songs[index];
        let start = self.song_start(song);
        let stages = self.stages(&song.chain);
        let chain = Plan::build_chain(&stages, Setting { rate: self.rate, layout: self.layout });
        let first_clip = self.clips.len();
        let mut place = start;
        let mut edit_in: Option<Fade> = None;
        for clip in &song.clips {
            let overlap = edit_in.map_or(0, |fade| fade.length.frames(self.rate).0);
            let mut planned = self.place_clip(index, song, clip, place.saturating_sub(overlap))?;
            planned.latency = chain.latency() as u64;
            planned.tail = chain.tail() as u64;
            if let Some(fade) = edit_in {
                planned.curves.push(curve(0, fade, Direction::In, self.rate));
            }
            if let Some(fade) = clip.crossfade {
                let length = fade.length.frames(self.rate).0;
                planned.curves.push(curve(planned.frames as i64 - length as i64, fade, Direction::Out, self.rate));
            }
            edit_in = clip.crossfade;
            place = planned.start + planned.frames;
            self.clips.push(planned);
        }
        self.fade_song(song, first_clip, start, place);
        self.join_to_previous(song, index, first_clip, start);
        let native = native_rate(self.session, song).unwrap_or(self.rate);
        self.songs.push(SongPlan {
            id: song.song.id.clone(),
            title: song.song.title.clone(),
            start,
            end: place,
            cut: place,
            native,
            chain: stages,
            requantised: false,
            repaired: Vec::new(),
            provenance: Vec::new(),
        });
        Ok(())
    }

    fn place_clip(
        &mut self,
        song_index: usize,
        song: &ResolvedSong,
        clip: &Clip,
        start: u64,
    ) -> Result<ClipPlan, PlanError> {
        let source = self.use_source(&song.song.id, clip)?;
        let planned = &self.sources[source];
        let (from, to) = (clip.start.0, clip.end.0);
        if from >= to || to > planned.frames {
            let (song, clip) = (song.song.id.clone(), clip.id.clone());
            return Err(PlanError::Trim { song, clip, from, to, frames: planned.frames });
        }
        let source_start = rescale(from, planned.rate, self.rate);
        let frames = rescale(to, planned.rate, self.rate).max(source_start + 1) - source_start;
        let points = clip.envelope.iter().map(|point| (point.at.0 * self.rate.hz(), point.gain.0)).collect();
        Ok(ClipPlan {
            song: song_index,
            source,
            start,
            frames,
            source_start,
            envelope: Envelope::new(points, clip.gain.0),
            gain: song.gain.amplitude(),
            curves: Vec::new(),
            latency: 0,
            tail: 0,
        })
    }

    fn use_source(&mut self, song: &str, clip: &Clip) -> Result<usize, PlanError> {
        let known = self.session.source(&clip.source);
        let source = known.ok_or_else(|| PlanError::NoSource { song: song.into(), source_id: clip.source.clone() })?;
        let fits = match &source.matrix {
            None => source.layout == self.layout,
            Some(rows) => {
                rows.len() == self.layout.channels() && rows.iter().all(|row| row.len() == source.layout.channels())
            }
        };
        if !fits {
            let (source_layout, pass_layout) = (source.layout, self.layout);
            return Err(PlanError::Layout { song: song.into(), source_layout, pass_layout });
        }
        if let Some(index) = self.sources.iter().position(|planned| planned.id == source.id) {
            return Ok(index);
        }
        let (tasks, errors) = source.tasks();
        self.problems.extend(errors.into_iter().map(SettingsError::Repair));
        self.sources.push(SourcePlan {
            id: source.id.clone(),
            rate: source.rate,
            layout: source.layout,
            frames: source.frames.0,
            bits: source.bits.filter(|_| !source.lossy),
            matrix: source.matrix.clone(),
            identity: source.sha256.clone().unwrap_or_else(|| source.head_tail.clone()),
            treatment: Treatment::of(tasks),
        });
        Ok(self.sources.len() - 1)
    }

    /// Puts the song's own fades on its clips.
    fn fade_song(&mut self, song: &ResolvedSong, first_clip: usize, start: u64, end: u64) {
        for clip in &mut self.clips[first_clip..] {
            let offset = start as i64 - clip.start as i64;
            if let Some(fade) = song.fade_in {
                clip.curves.push(curve(offset, fade, Direction::In, self.rate));
            }
            if let Some(fade) = song.fade_out {
                let length = fade.length.frames(self.rate).0 as i64;
                let from = end as i64 - clip.start as i64 - length;
                clip.curves.push(curve(from, fade, Direction::Out, self.rate));
            }
        }
    }

    /// Puts both curves of a crossfade on the clips either side. Its length is the overlap there really is: on a CD the
    /// song may have moved to the next CD frame.
    fn join_to_previous(&mut self, song: &ResolvedSong, index: usize, first_clip: usize, start: u64) {
        let (Join::Crossfade { out, into, .. }, Some(before)) = (song.join, self.songs.last()) else { return };
        let length = before.end.saturating_sub(start);
        for (clip_index, clip) in self.clips.iter_mut().enumerate() {
            let from = start as i64 - clip.start as i64;
            if clip_index >= first_clip {
                clip.curves.push(Curve { from, length, shape: into, direction: Direction::In });
            } else if clip.song + 1 == index {
                clip.curves.push(Curve { from, length, shape: out, direction: Direction::Out });
            }
        }
    }

    /// Sets where each song's file ends, and gives the length of the programme.
    fn close_songs(&mut self, album_tail: u64) -> u64 {
        let song_tail = |clips: &[ClipPlan], song: usize| {
            clips.iter().filter(|clip| clip.song == song).map(|clip| clip.tail).max().unwrap_or(0)
        };
        for index in 1..self.songs.len() {
            self.songs[index - 1].cut = self.songs[index].start;
        }
        let last = self.songs.len() - 1;
        let longest = self.songs.iter().map(|song| song.end).max().unwrap_or(0);
        let end = longest.max(self.songs[last].end + song_tail(&self.clips, last) + album_tail);
        let end = self.on_cd_frame(end);
        self.songs[last].cut = end;
        end
    }

    fn decide_requantisation(&mut self, changed_everywhere: bool) {
        let bits = self.resolved.pass.depth.integer_bits();
        for index in 0..self.songs.len() {
            let song = &self.songs[index];
            let chain_works =
                song.chain.iter().any(|stage| stage.on && !stage_is_identity(stage, self.rate, self.layout));
            let clips_work = self.clips.iter().filter(|clip| clip.song == index).any(|clip| {
                let source = &self.sources[clip.source];
                let fits = matches!((source.bits, bits), (Some(have), Some(want)) if have <= want);
                let converted = source.rate != self.rate || source.matrix.is_some();
                converted || !fits || clip.gain != 1.0 || !clip.envelope.is_unity() || !clip.curves.is_empty()
            });
            let overlaps = self.songs.get(index + 1).is_some_and(|next| next.start < song.end)
                || index.checked_sub(1).is_some_and(|before| self.songs[before].end > song.start);
            let works = changed_everywhere || chain_works || clips_work || overlaps;
            self.songs[index].requantised = bits.is_some() && works;
            if bits.is_some() && !works {
                let clips = self.clips.iter().filter(|clip| clip.song == index);
                self.songs[index].repaired = super::treat::repaired_spans(clips, &self.sources);
            }
        }
    }

    fn note_conversions(&mut self, delivered: SampleRate) {
        for index in 0..self.songs.len() {
            let mut notes: Vec<Provenance> = Vec::new();
            let (start, cut) = (self.songs[index].start, self.songs[index].cut);
            // Also what a neighbour sounds into this song's file.
            let heard = |clip: &&ClipPlan| {
                clip.song == index || (clip.start < cut && clip.start + clip.frames + clip.tail > start)
            };
            for clip in self.clips.iter().filter(heard) {
                let source = &self.sources[clip.source];
                let note = Provenance { what: source.id.clone(), from: source.rate, to: self.rate };
                if source.rate != self.rate && !notes.contains(&note) {
                    notes.push(note);
                }
            }
            if delivered != self.rate {
                notes.push(Provenance { what: "programme".into(), from: self.rate, to: delivered });
            }
            self.songs[index].provenance = notes;
        }
    }

    fn runs(&self, album_tail: u64, album_latency: u64, frames: u64) -> Vec<Run> {
        let black = BLACK_BETWEEN_RUNS.frames(self.rate).0.max(album_latency);
        let mut runs: Vec<Run> = Vec::new();
        for (index, song) in self.songs.iter().enumerate() {
            let tail = self.clips.iter().filter(|clip| clip.song == index).map(|clip| clip.tail).max().unwrap_or(0);
            let end = (song.end + tail + album_tail).min(frames);
            match runs.last_mut() {
                Some(run) if song.start < run.end + black => run.end = run.end.max(end),
                _ => runs.push(Run { start: song.start, end }),
            }
        }
        runs
    }
}

fn curve(from: i64, fade: Fade, direction: Direction, rate: SampleRate) -> Curve {
    Curve { from, length: fade.length.frames(rate).0, shape: fade.shape, direction }
}

/// A course in seconds as one in frames.
fn in_frames(lane: &Lane, rate: SampleRate) -> Lane {
    let points = lane.points().iter().map(|point| Breakpoint { at: point.at * rate.hz(), ..*point });
    Lane::new(lane.spec(), points.collect())
}

/// Whether a stage passes every sample untouched, at every time: one that is automated is not asked when.
fn stage_is_identity(stage: &StagePlan, rate: SampleRate, layout: Layout) -> bool {
    stage.lanes.is_empty() && (stage.processor.build)(&stage.values, Setting { rate, layout }).is_identity()
}

impl Plan {
    /// Hashes the plan anew after a change.
    pub(super) fn rehash(&mut self) {
        self.hash = self.compute_hash();
    }

    /// Hashes everything that decides a sample. Titles are left out: they change no audio.
    fn compute_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for run in 0..self.runs.len() {
            hasher.update(format!("{} {}", self.runs[run].start, self.run_hash(run)));
        }
        hex(hasher)
    }

    /// SHA-256 of everything that decides the samples of a run, in hex, wherever on the timeline the run lies.
    pub fn run_hash(&self, run: usize) -> String {
        let mut hasher = Sha256::new();
        let word = (self.pass.depth, self.pass.dither, self.pass.ceiling.map(|Dbtp(level)| level.to_bits()));
        if !self.pass.filter().is_default() {
            hasher.update(format!("{:?}", self.pass.filter()));
        }
        hasher.update(format!("{:?}{:?}{:?}{word:?}", self.rate, self.delivered, self.layout));
        if self.pass.ceiling.is_some() {
            hasher.update(format!("guard {}", chain::limiter::Guard::VERSION));
        }
        let origin = self.runs[run].start;
        hash_stages(&mut hasher, &self.album, origin);
        let next = self.runs.get(run + 1).map_or(u64::MAX, |run| run.start);
        for (index, song) in self.songs.iter().enumerate() {
            if song.start < origin || song.start >= next {
                continue;
            }
            let (start, end, cut) = (song.start - origin, song.end - origin, song.cut - origin);
            hasher.update(format!("song {start} {end} {cut} {}", song.requantised));
            hash_stages(&mut hasher, &song.chain, 0);
            for clip in self.clips.iter().filter(|clip| clip.song == index) {
                hasher.update(format!("{:?}", self.sources[clip.source]));
                let placed = ClipPlan { start: clip.start - origin, song: 0, source: 0, ..clip.clone() };
                hasher.update(format!("{placed:?}"));
            }
        }
        hex(hasher)
    }
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `origin` is where on the clock of the automation the hashed stretch begins.
fn hash_stages(hasher: &mut Sha256, stages: &[StagePlan], origin: u64) {
    for stage in stages {
        let table = stage.processor.table;
        hasher.update(format!("{} {} {}", table.id, table.version, stage.on));
        for slot in 0..table.slots() {
            hasher.update(stage.values.at(crate::param::SlotIndex(slot as u16)).to_bits().to_le_bytes());
        }
        for (slot, lane) in &stage.lanes {
            let points = lane.points().iter().map(|point| (point.at - origin as f64, point.value, point.way));
            hasher.update(format!("lane {} {:?}", slot.0, points.collect::<Vec<_>>()));
        }
        for group in table.groups {
            hasher.update(format!("{}{}", group.id, stage.values.rows(group.id).count()));
        }
    }
}

/// The word the pass ends in, for messages.
impl std::fmt::Display for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Depth::Int16 => "16 bit",
            Depth::Int24 => "24 bit",
            Depth::Int32 => "32 bit",
            Depth::Float32 => "32-bit float",
            Depth::Float64 => "64-bit float",
        })
    }
}

/// What lists and reports ask of a song.
impl SongPlan {
    /// Length of its clips in frames.
    pub fn length(&self) -> Frames {
        Frames(self.end - self.start)
    }

    /// Whether any of its frames is dithered on the way to the delivered word.
    pub fn is_dithered(&self) -> bool {
        self.requantised || !self.repaired.is_empty()
    }
}
