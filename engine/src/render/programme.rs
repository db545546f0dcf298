//! The programme at the chains' rate: clips through their song chains, summed, through the album chain.

use std::sync::Arc;

use super::feed::{Feeds, Supply};
use super::past::{Past, Watch, Which};
use super::plan::Plan;
use super::probe::Probe;
use crate::audio::{Block, QUANTUM};
use crate::chain::{Chain, Delta, Listen, Reading, Trouble};
use crate::param::SlotIndex;

/// Which chain an address means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The album chain.
    Album,
    /// The chain of the song with this index in the plan.
    Song(usize),
}

/// A copy of everything that changes while the programme runs; of the clips only those whose chains hold audio.
#[derive(Clone)]
pub(super) struct Snapshot {
    position: u64,
    album: Chain,
    run: usize,
    clips: Vec<(usize, Chain)>,
}

struct State {
    /// Next output frame.
    position: u64,
    album: Chain,
    /// The run whose audio the album chain holds.
    run: usize,
    clips: Vec<ClipState>,
}

struct ClipState {
    chain: Chain,
    /// Whether the chain holds this clip's audio.
    active: bool,
}

/// The programme of a plan, made in steps of at most [`QUANTUM`] frames.
pub(super) struct Programme {
    plan: Arc<Plan>,
    state: State,
    sum: Block,
    clip: Block,
    late: bool,
    /// Listens inside one chain; never while the programme is heard.
    probe: Option<Box<Probe>>,
    /// Notes what the stages do while the programme is heard.
    watch: Option<Box<Watch>>,
}

impl Programme {
    /// A programme that stands before its first frame, not yet warmed. Workers only.
    pub(super) fn new(plan: Arc<Plan>) -> Programme {
        let setting = plan.setting();
        let channels = plan.layout.channels();
        let clips = plan
            .clips
            .iter()
            .map(|clip| ClipState { chain: Plan::build_chain(&plan.songs[clip.song].chain, setting), active: false })
            .collect();
        let state = State { position: 0, album: Plan::build_chain(&plan.album, setting), run: 0, clips };
        Programme {
            state,
            plan,
            sum: Block::new(channels, QUANTUM),
            clip: Block::new(channels, QUANTUM),
            late: false,
            probe: None,
            watch: None,
        }
    }

    /// A copy of all state. Workers only.
    pub(super) fn snapshot(&self) -> Snapshot {
        let active = self.state.clips.iter().enumerate().filter(|(_, clip)| clip.active);
        let clips = active.map(|(index, clip)| (index, clip.chain.clone())).collect();
        Snapshot { position: self.state.position, album: self.state.album.clone(), run: self.state.run, clips }
    }

    /// Continues from a copy. Workers only.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) {
        self.stand_before(snapshot.position, snapshot.run);
        self.state.album = snapshot.album.clone();
        for (index, chain) in &snapshot.clips {
            if let Some(clip) = self.state.clips.get_mut(*index) {
                (clip.chain, clip.active) = (chain.clone(), true);
            }
        }
    }

    /// For each clip the frame that will be read next, or `None` where it has been read to its end.
    pub(super) fn next_reads(&self) -> Vec<Option<u64>> {
        let input = self.state.position + self.state.album.latency() as u64;
        let next = |clip: &super::plan::ClipPlan| (input + clip.latency).saturating_sub(clip.start);
        self.plan.clips.iter().map(|clip| Some(next(clip)).filter(|next| *next < clip.frames)).collect()
    }

    /// Channels of the programme.
    pub(super) fn channels(&self) -> usize {
        self.plan.layout.channels()
    }

    /// The album chain's settling time and the longest of the song chains', in frames.
    pub(super) fn settling(&self) -> u64 {
        let songs = self.state.clips.iter().map(|clip| clip.chain.settling()).max().unwrap_or(0);
        (self.state.album.settling() + songs) as u64
    }

    /// Whether a read was late since this was last asked.
    pub(super) fn take_late(&mut self) -> bool {
        std::mem::take(&mut self.late)
    }

    /// Moves a parameter. Audio thread.
    pub(super) fn set(&mut self, scope: Scope, slot: usize, param: SlotIndex, value: f64, glide: bool) {
        self.for_chains(scope, |chain| chain.set(slot, param, value, glide));
    }

    /// Switches a stage. Audio thread.
    pub(super) fn set_slot_on(&mut self, scope: Scope, slot: usize, on: bool, match_gain: f64, fade: bool) {
        self.for_chains(scope, |chain| chain.set_slot_on(slot, on, match_gain, fade));
    }

    /// What is heard of a stage. Audio thread.
    pub(super) fn listen(&mut self, scope: Scope, slot: usize, what: Listen) {
        self.for_chains(scope, |chain| chain.monitor(slot, what));
    }

    /// Switches all chains; `match_gain` acts once, on the album chain's dry path. Audio thread.
    pub(super) fn set_chains_on(&mut self, on: bool, match_gain: f64, fade: bool) {
        self.state.album.set_on(on, match_gain, fade);
        for clip in &mut self.state.clips {
            clip.chain.set_on(on, 1.0, fade);
        }
    }

    /// Hears what stages of a chain add: with those of a song's chain the album chain passes everything untouched. For a
    /// programme that is not yet heard.
    pub(super) fn set_delta(&mut self, scope: Scope, delta: Delta) {
        if matches!(scope, Scope::Song(_)) {
            self.state.album.set_on(false, 1.0, false);
        }
        self.for_chains(scope, |chain| chain.set_delta(Some(delta)));
    }

    /// Somebody listens inside a chain, or no longer. Workers only.
    pub(super) fn set_probe(&mut self, probe: Option<Box<Probe>>) -> Option<Box<Probe>> {
        std::mem::replace(&mut self.probe, probe)
    }

    /// Notes from here on what the stages do. Workers only.
    pub(super) fn watch(&mut self) {
        self.watch = Some(Box::new(Watch::new(self.plan.rate)));
    }

    /// The oldest moment that was noted and not yet taken. Audio thread.
    pub(super) fn take_past(&mut self) -> Option<Past> {
        self.watch.as_mut()?.take()
    }

    /// What a stage did last; of a song chain, in the clip that sounds.
    pub(super) fn reading(&self, scope: Scope, slot: usize) -> Reading {
        match scope {
            Scope::Album => self.state.album.reading(slot),
            Scope::Song(song) => {
                let sounding = self.plan.clips.iter().zip(&self.state.clips);
                sounding
                    .filter(|(plan, clip)| plan.song == song && clip.active)
                    .map(|(_, clip)| clip.chain.reading(slot))
                    .min_by(|a, b| a.gain_reduction_db.total_cmp(&b.gain_reduction_db))
                    .unwrap_or_default()
            }
        }
    }

    /// The first stage that made a sample that is not a number.
    pub(super) fn trouble(&self) -> Option<(Scope, Trouble)> {
        if let Some(trouble) = self.state.album.trouble() {
            return Some((Scope::Album, trouble));
        }
        self.plan
            .clips
            .iter()
            .zip(&self.state.clips)
            .find_map(|(plan, clip)| Some((Scope::Song(plan.song), clip.chain.trouble()?)))
    }

    fn for_chains(&mut self, scope: Scope, mut work: impl FnMut(&mut Chain)) {
        match scope {
            Scope::Album => work(&mut self.state.album),
            Scope::Song(song) => {
                for (plan, clip) in self.plan.clips.iter().zip(&mut self.state.clips) {
                    if plan.song == song {
                        work(&mut clip.chain);
                    }
                }
            }
        }
    }

    /// Stands before frame `position` with all chains fresh, having heard what lies `warm` frames before it, or from
    /// the start of its run where that is nearer. Says whether the start is exact. Workers only: renders the way there.
    pub(super) fn start_at(&mut self, position: u64, warm: u64, feeds: &mut dyn Feeds) -> bool {
        let run = self.run_of(position);
        let (run_start, run_end) = self.plan.runs.get(run).map_or((0, 0), |run| (run.start, run.end));
        let in_black = position >= run_end || position < run_start;
        // On the quantum grid of the run, where a render from its start would tick too.
        let warmed = |from: u64| run_start + from.saturating_sub(run_start) / QUANTUM as u64 * QUANTUM as u64;
        let from = if in_black { position } else { warmed(position.saturating_sub(warm)) };
        self.stand_before(from, run);
        self.prime(from, feeds);
        self.skip_to(position, feeds);
        in_black || from == run_start
    }

    /// Renders up to `position` and throws the output away.
    pub(super) fn skip_to(&mut self, position: u64, feeds: &mut dyn Feeds) {
        let mut scrap = Block::new(self.plan.layout.channels(), QUANTUM);
        while self.state.position < position {
            scrap.set_frames((position - self.state.position).min(QUANTUM as u64) as usize);
            self.pull(&mut scrap, feeds);
        }
    }

    fn run_of(&self, position: u64) -> usize {
        self.plan.runs.iter().rposition(|run| run.start <= position).unwrap_or(0)
    }

    fn stand_before(&mut self, position: u64, run: usize) {
        self.state.position = position;
        self.state.run = run;
        self.state.album.start_at(position as i64);
        for clip in &mut self.state.clips {
            clip.active = false;
        }
    }

    /// Fills the album chain with what it must have heard before its output reaches `position`.
    fn prime(&mut self, position: u64, feeds: &mut dyn Feeds) {
        let mut input = position;
        let ahead = position + self.state.album.latency() as u64;
        while input < ahead {
            let count = (ahead - input).min(QUANTUM as u64) as usize;
            self.make_input(input, count, feeds);
            self.process_album(input, count);
            input += count as u64;
        }
    }

    /// Fills `out` (any number of frames) with the next frames of the programme; silence past its end. Audio thread for
    /// live feeds.
    pub(super) fn pull(&mut self, out: &mut Block, feeds: &mut dyn Feeds) {
        let frames = out.frames();
        let mut done = 0;
        while done < frames {
            // Steps end on the quantum grid of the timeline, so that no block size of a caller is heard.
            let to_grid = QUANTUM - (self.state.position % QUANTUM as u64) as usize;
            let count = to_grid.min(frames - done);
            self.step(count, feeds);
            out.copy_from(done, &self.sum, 0, count);
            done += count;
        }
    }

    /// Makes `count` output frames in `self.sum`.
    fn step(&mut self, count: usize, feeds: &mut dyn Feeds) {
        let input = self.state.position + self.state.album.latency() as u64;
        self.make_input(input, count, feeds);
        self.process_album(input, count);
        self.silence_outside_run(count);
        self.state.position += count as u64;
        if let Some(watch) = &mut self.watch {
            watch.advance(count, self.plan.song_at(self.state.position));
        }
    }

    /// Runs the album chain over `self.sum`, starting it fresh where a new run begins.
    fn process_album(&mut self, input: u64, count: usize) {
        let next = self.plan.runs.get(self.state.run + 1).map(|run| run.start);
        let Some(offset) = next.filter(|next| *next >= input && *next < input + count as u64).map(|next| next - input)
        else {
            let probe = self.probe.as_deref_mut().filter(|probe| probe.scope() == Scope::Album);
            let (chain, stages) = (&mut self.state.album, self.plan.album.len());
            match (probe, &mut self.watch) {
                (Some(probe), _) => chain.process_heard(&mut self.sum, probe),
                (None, Some(watch)) => watch.work(Which::Album, chain, stages, &mut self.sum),
                (None, None) => chain.process(&mut self.sum),
            }
            return;
        };
        // The tail of the old run has ended (there is at least 1 s of black): what is left in the chain is not heard.
        let offset = offset as usize;
        self.clip.set_frames(count - offset);
        self.clip.copy_from(0, &self.sum, offset, count - offset);
        self.sum.set_frames(offset);
        self.state.album.process(&mut self.sum);
        self.state.album.start_at((input + offset as u64) as i64);
        self.state.album.process(&mut self.clip);
        self.sum.set_frames(count);
        self.sum.copy_from(offset, &self.clip, 0, count - offset);
        self.state.run += 1;
    }

    /// Between two runs there is digital black, whatever a chain still rings with.
    fn silence_outside_run(&mut self, count: usize) {
        let first = self.state.position;
        let run_here = self.run_of(first);
        let end = self.plan.runs.get(run_here).map_or(0, |run| run.end);
        let next = self.plan.runs.get(run_here + 1).map_or(u64::MAX, |run| run.start);
        let black_from = end.saturating_sub(first).min(count as u64) as usize;
        let black_to = next.saturating_sub(first).min(count as u64) as usize;
        for channel in 0..self.sum.channels() {
            if black_from < black_to {
                self.sum.channel_mut(channel)[black_from..black_to].fill(0.0);
            }
        }
    }

    /// Sums the clips for input frames `from .. from + count` into `self.sum`.
    fn make_input(&mut self, from: u64, count: usize, feeds: &mut dyn Feeds) {
        self.sum.set_frames(count);
        self.sum.clear();
        for index in 0..self.plan.clips.len() {
            let plan = &self.plan.clips[index];
            let begins = plan.start.saturating_sub(plan.latency);
            let ends = plan.start + plan.frames + plan.tail;
            if from + count as u64 <= begins {
                // Clips are in order of their songs, and a song never starts before the one it follows.
                continue;
            }
            if from >= ends {
                self.state.clips[index].active = false;
                continue;
            }
            self.add_clip(index, from, count, feeds);
        }
    }

    /// Adds clip `index` to the input frames. `from` may lie before the clip's start by its chain's latency.
    fn add_clip(&mut self, index: usize, from: u64, count: usize, feeds: &mut dyn Feeds) {
        if !self.state.clips[index].active {
            self.activate(index, from, feeds);
        }
        let plan = &self.plan.clips[index];
        // Output time of the clip's chain, from the clip's start.
        let time = from as i64 - plan.start as i64;
        let begins = -(plan.latency as i64);
        let skip = (begins - time).clamp(0, count as i64) as usize;
        self.run_clip(index, time + skip as i64, count - skip, feeds);
        let plan = &self.plan.clips[index];
        // Nothing of a clip sounds before its start.
        let silent = (-time).clamp(skip as i64, count as i64) as usize;
        for channel in 0..self.sum.channels() {
            let processed = &self.clip.channel(channel)[silent - skip..];
            for (sum, sample) in self.sum.channel_mut(channel)[silent..].iter_mut().zip(processed) {
                *sum += *sample;
            }
        }
        debug_assert!(plan.frames > 0);
    }

    /// Makes the clip's chain fresh and, where the clip is entered in its middle, lets it hear the way there.
    fn activate(&mut self, index: usize, from: u64, feeds: &mut dyn Feeds) {
        let clip = &mut self.state.clips[index];
        clip.active = true;
        let settling = clip.chain.settling() as i64;
        let plan = &self.plan.clips[index];
        let entered = from as i64 - plan.start as i64;
        let begins = -(plan.latency as i64);
        // On the quantum grid of the clip, where a render from its start would tick too.
        let quantum = QUANTUM as i64;
        let mut time = begins + (entered - settling - begins).max(0) / quantum * quantum;
        let song = self.plan.songs[plan.song].start as i64;
        clip.chain.start_at(time - begins + plan.start as i64 - song);
        while time < entered {
            let count = (entered - time).min(QUANTUM as i64) as usize;
            self.run_clip(index, time, count, feeds);
            time += count as i64;
        }
    }

    /// Leaves in `self.clip` the clip's frames `time .. time + count` of its chain's output time, levels applied.
    fn run_clip(&mut self, index: usize, time: i64, count: usize, feeds: &mut dyn Feeds) {
        let plan = &self.plan.clips[index];
        let input = (time + plan.latency as i64).max(0) as u64;
        let heard = plan.frames.saturating_sub(input).min(count as u64) as usize;
        self.clip.set_frames(heard);
        if heard > 0 && feeds.read(index, input, &mut self.clip) == Supply::Late {
            self.late = true;
        }
        self.clip.set_frames(count);
        for channel in 0..self.clip.channels() {
            let samples = self.clip.channel_mut(channel);
            samples[heard..].fill(0.0);
            plan.envelope.apply(input as i64, &mut samples[..heard]);
        }
        let chain = &mut self.state.clips[index].chain;
        let probe = self.probe.as_deref_mut().filter(|probe| probe.scope() == Scope::Song(plan.song));
        // Where two songs sound at once, the later one is followed.
        let watch = self.watch.as_mut().filter(|_| self.plan.song_at(self.state.position) == plan.song);
        match (probe, watch) {
            (Some(probe), _) => chain.process_heard(&mut self.clip, probe),
            (None, Some(watch)) => {
                watch.work(Which::Song, chain, self.plan.songs[plan.song].chain.len(), &mut self.clip);
            }
            (None, None) => chain.process(&mut self.clip),
        }
        for channel in 0..self.clip.channels() {
            let samples = self.clip.channel_mut(channel);
            for curve in &plan.curves {
                curve.apply(time, samples);
            }
        }
        self.clip.scale(plan.gain);
    }
}
