//! Ways of listening beside plain play: searching, the heads and tails of all songs, the selection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lacquer_engine::render::Plan;
use lacquer_engine::unit::{Db, Frames};

use super::App;
use crate::desk::Ends;

/// A search under way: what is heard hops, so that the playhead moves at a multiple of its usual speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Search {
    /// Times the usual speed; below zero backward.
    pub speed: i64,
    /// When it last hopped.
    since: Instant,
}

/// Between two hops: long enough to recognise what is heard.
const HOP: Duration = Duration::from_millis(240);
/// The fastest search.
const FASTEST: i64 = 8;
/// A level below which nothing of a song is left in 32 bits.
const SILENT: Db = Db(-240.0);
/// How much of a song's head or tail is played, s.
const END_S: f64 = 10.0;

impl App {
    /// `J` and `L`: the first press starts (L plays first), each further one doubles the speed.
    pub(super) fn search_on(&mut self, forward: bool) {
        let direction = if forward { 1 } else { -1 };
        let playing = self.desk.monitor.transport().playing;
        let speed = match self.search {
            Some(search) if search.speed.signum() == direction => (2 * search.speed).clamp(-FASTEST, FASTEST),
            _ if !forward => -1,
            None if !playing => return self.play(),
            _ => 2,
        };
        if !playing {
            self.play();
        }
        self.search = Some(Search { speed, since: Instant::now() });
    }

    /// Hops, when it is time to.
    pub(super) fn search(&mut self, now: Instant) {
        let Some(search) = &mut self.search else { return };
        let passed = now.duration_since(search.since);
        if passed < HOP {
            return;
        }
        search.since = now;
        let speed = search.speed;
        let hop = (speed - 1) as f64 * passed.as_secs_f64();
        let to = self.desk.seconds(self.desk.position()) + hop;
        let end = self.desk.seconds(self.desk.frame(f64::INFINITY));
        if !self.desk.monitor.transport().playing || to <= 0.0 || to >= end {
            self.search = None;
            if to <= 0.0 {
                self.desk.monitor.pause();
                self.desk.monitor.seek(Frames(0));
            }
            return;
        }
        self.desk.monitor.seek(Frames(self.desk.frame(to)));
    }

    /// Plays the heads or the tails of all songs, one after the other.
    pub(super) fn play_ends(&mut self, ends: Ends) {
        let Some(plan) = self.desk.plan.clone() else { return };
        let length = (END_S * plan.delivered.hz()) as u64;
        let span = |song: &lacquer_engine::render::SongPlan| {
            let (start, end) = (plan.to_delivered(song.start), plan.to_delivered(song.end));
            match ends {
                Ends::Heads => (start, end.min(start + length)),
                Ends::Tails => (start.max(end.saturating_sub(length)), end),
            }
        };
        self.spans = plan.songs.iter().map(span).collect();
        self.next_span();
    }

    /// Plays every join, one after the other, with the pre-roll on both sides.
    pub(super) fn play_transitions(&mut self) {
        let Some(plan) = self.desk.plan.clone() else { return };
        let around = (self.pre_roll.0 * plan.delivered.hz()) as u64;
        let end = plan.delivered_frames();
        let span = |pair: &[lacquer_engine::render::SongPlan]| {
            let (before, after) = (plan.to_delivered(pair[0].end), plan.to_delivered(pair[1].start));
            (before.min(after).saturating_sub(around), (before.max(after) + around).min(end))
        };
        self.spans = plan.songs.windows(2).map(span).collect();
        if self.spans.is_empty() {
            return self.say("a transition needs two songs");
        }
        self.next_span();
    }

    /// Plays the join before the song at a place of the plan with only one of the two: the session as it is, the other one
    /// silent. Whatever is heard next is heard whole again.
    pub(super) fn play_side(&mut self, song: usize, outgoing: bool) {
        let Some(plan) = self.desk.plan.clone() else { return };
        let (Some(before), Some(after)) = (song.checked_sub(1).and_then(|at| plan.songs.get(at)), plan.songs.get(song))
        else {
            return self.say("a transition needs two songs");
        };
        let silent = if outgoing { &after.id } else { &before.id };
        let mut session = (*self.desk.document.snapshot()).clone();
        for clip in session.songs.iter_mut().filter(|song| song.id == *silent).flat_map(|song| &mut song.clips) {
            clip.gain = SILENT;
            clip.envelope.clear();
        }
        for entry in session.passes.iter_mut().flat_map(|pass| &mut pass.entries).filter(|entry| entry.song == *silent)
        {
            for clip in entry.clips.iter_mut().flatten() {
                clip.gain = SILENT;
                clip.envelope.clear();
            }
        }
        match Plan::new(&session, &self.desk.pass) {
            Ok(alone) => {
                self.load(Arc::new(alone));
                self.side = true;
                let (before, after) = (plan.to_delivered(before.end), plan.to_delivered(after.start));
                let around = (self.pre_roll.0 * plan.delivered.hz()) as u64;
                let from = before.min(after).saturating_sub(around);
                let to = (before.max(after) + around).min(plan.delivered_frames());
                self.began = from;
                self.desk.monitor.play_span(from, to);
                let which = if outgoing { "the song that ends" } else { "the song that begins" };
                self.say(format!("{which}, alone"));
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    /// After one side of a join was heard alone, everything is heard again.
    pub(super) fn hear_both_sides(&mut self) {
        if std::mem::take(&mut self.side) {
            self.load_plan();
        }
    }

    /// The next of the stretches that were asked for, when one has ended.
    pub(super) fn next_span(&mut self) {
        if let Some((from, to)) = self.spans.pop_front() {
            self.began = from;
            self.desk.monitor.play_span(from, to);
        }
    }

    /// The selection begins (or ends) at the playhead. Its other end stays where that makes sense, else it is the song's.
    pub(super) fn mark(&mut self, begins: bool) {
        let Some(plan) = self.desk.plan.clone() else { return };
        let here = self.desk.seconds(self.desk.position());
        let Some(song) = self.desk.sounding().and_then(|song| plan.songs.get(song)) else { return };
        let seconds = |frame: u64| frame as f64 / plan.rate.hz();
        let old = self.desk.selection;
        let selection = if begins {
            let end = old.map(|(_, end)| end).filter(|end| *end > here).unwrap_or(seconds(song.end));
            (here, end)
        } else {
            let start = old.map(|(start, _)| start).filter(|start| *start < here).unwrap_or(seconds(song.start));
            (start, here)
        };
        self.select(Some(selection));
    }

    /// Another selection, in seconds; a loop follows it.
    pub(super) fn select(&mut self, selection: Option<(f64, f64)>) {
        self.desk.selection = selection.filter(|(from, to)| to > from && *from >= 0.0);
        if let (Some((from, to)), Some(_)) = (self.desk.selection, self.desk.monitor.transport().looped) {
            let region = (self.desk.frame(from), self.desk.frame(to));
            self.desk.monitor.set_loop(Some(region));
        }
    }
}
