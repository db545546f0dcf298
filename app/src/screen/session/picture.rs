//! The timeline's picture of the plan: songs, joins, indices, marks, and waveforms out of the survey.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use lacquer_engine::analysis::finding::Severity as Fault;
use lacquer_engine::analysis::overview::Overview;
use lacquer_engine::dsp::fade::Shape as Form;
use lacquer_engine::render::Plan;
use lacquer_engine::session::{Clip, Fade as SessionFade, Join as SessionJoin, PassKind, Resolved, Scope};
use lacquer_engine::survey::SongSurvey;
use lacquer_engine::unit::{CdFrame, Frames};

use super::State;
use crate::desk::{Begun, Desk};
use crate::widget::number;
use crate::widget::timeline::{Curve, Fade, Index, Join, Lane, Levels, Mark, Severity, Shape, Song, Timeline};
use crate::widget::waveform::{Column, Columns};

/// A song's waveform and loudness, kept as long as its survey is the same: the canvas knows them by their address.
#[derive(Default)]
pub struct Pictures {
    known: RefCell<HashMap<String, Picture>>,
    growing: RefCell<HashMap<String, Growing>>,
}

#[derive(Clone)]
struct Picture {
    of: [Option<Arc<SongSurvey>>; 2],
    columns: Arc<dyn Columns>,
    loudness: Arc<[f32]>,
}

impl Pictures {
    fn get(&self, own: &Arc<SongSurvey>, next: Option<&Arc<SongSurvey>>) -> Picture {
        let same = |picture: &Picture| {
            let [first, second] = &picture.of;
            first.as_ref().is_some_and(|first| Arc::ptr_eq(first, own))
                && match (second, next) {
                    (Some(second), Some(next)) => Arc::ptr_eq(second, next),
                    (second, next) => second.is_none() && next.is_none(),
                }
        };
        let mut known = self.known.borrow_mut();
        if let Some(picture) = known.get(&own.id).filter(|picture| same(picture)) {
            return picture.clone();
        }
        let loudness = own.processed.history.iter().map(|now| now.short_term.map_or(f32::NAN, |lufs| lufs.0 as f32));
        let picture = Picture {
            of: [Some(Arc::clone(own)), next.cloned()],
            columns: Arc::new(Wave { own: Arc::clone(own), next: next.cloned() }),
            loudness: loudness.collect(),
        };
        known.insert(own.id.clone(), picture.clone());
        picture
    }
}

/// A waveform that grows, and what it was made of.
type Growing = (Arc<Begun>, Arc<dyn Columns>);

impl Pictures {
    /// The waveform of a song that is being measured; `nothing` where nothing is known of it.
    fn begun(&self, desk: &Desk, song: &str, rate: f64, nothing: &Arc<dyn Columns>) -> Arc<dyn Columns> {
        let Some(part) = desk.parts.get(song) else { return Arc::clone(nothing) };
        let mut growing = self.growing.borrow_mut();
        if let Some((_, columns)) = growing.get(song).filter(|(of, _)| Arc::ptr_eq(of, part)) {
            return Arc::clone(columns);
        }
        let columns: Arc<dyn Columns> = Arc::new(Growth { part: Arc::clone(part), rate });
        growing.insert(song.to_string(), (Arc::clone(part), Arc::clone(&columns)));
        columns
    }
}

/// A song's waveform. Its survey ends where the next song begins: what overlaps stands in the next one's.
struct Wave {
    own: Arc<SongSurvey>,
    next: Option<Arc<SongSurvey>>,
}

impl Columns for Wave {
    fn columns(&self, start_s: f64, end_s: f64, count: usize) -> Vec<Column> {
        let rate = self.own.processed.measurement.sample_rate_hz.hz();
        let frame = |seconds: f64| (seconds * rate).round() as i64;
        let length = self.own.after.frames().0 as i64;
        let (from, to) = (frame(start_s), frame(end_s));
        let mut columns = stretch((&self.own.after, &self.own.before), from, to, count);
        if to > length
            && let Some(next) = &self.next
        {
            let beyond = stretch((&next.after, &next.before), from - length, to - length, count);
            let step = (to - from) as f64 / count.max(1) as f64;
            for (index, column) in columns.iter_mut().enumerate() {
                if from + (step * index as f64) as i64 >= length {
                    *column = beyond[index];
                }
            }
        }
        columns
    }
}

/// The waveform of a song that is being measured: as far as it is known.
struct Growth {
    part: Arc<Begun>,
    rate: f64,
}

impl Columns for Growth {
    fn columns(&self, start_s: f64, end_s: f64, count: usize) -> Vec<Column> {
        let frame = |seconds: f64| (seconds * self.rate).round() as i64;
        stretch((&self.part.after, &self.part.before), frame(start_s), frame(end_s), count)
    }
}

/// Columns of a stretch that may begin before the song: silence there.
fn stretch((after, before): (&Overview, &Overview), from: i64, to: i64, count: usize) -> Vec<Column> {
    let step = (to - from) as f64 / count.max(1) as f64;
    let lead = if from < 0 { ((-from) as f64 / step).ceil() as usize } else { 0 };
    let lead = lead.min(count);
    let start = (from + (step * lead as f64) as i64).max(0) as u64;
    let (after, before) =
        (merged(after, start, to.max(0) as u64, count - lead), merged(before, start, to.max(0) as u64, count - lead));
    let mut columns = vec![Column::default(); lead];
    columns.extend(after.into_iter().zip(before).map(|((low, high, power), (source_low, source_high, _))| Column {
        low,
        high,
        rms: power.sqrt(),
        source_low,
        source_high,
    }));
    columns
}

/// Lowest, highest and mean square over all channels.
fn merged(overview: &Overview, start: u64, end: u64, count: usize) -> Vec<(f32, f32, f32)> {
    let mut merged = vec![(0.0f32, 0.0f32, 0.0f32); count];
    for channel in 0..overview.channels() {
        let columns = overview.query(channel, Frames(start), Frames(end.max(start)), count);
        for (all, column) in merged.iter_mut().zip(columns) {
            *all = (all.0.min(column.min), all.1.max(column.max), all.2.max(column.power));
        }
    }
    merged
}

fn shape(form: Form, rises: bool) -> Shape {
    let name = form.id().replace('-', " ");
    Shape::sampled(name, |at| form.gain(if rises { at } else { 1.0 - at }))
}

fn fade(fade: Option<SessionFade>, rises: bool) -> Fade {
    let form = fade.map(|fade| fade.shape).unwrap_or_default();
    Fade { seconds: fade.map_or(0.0, |fade| fade.length.0), shape: shape(form, rises) }
}

/// Songs and joins.
pub fn songs(state: &State, desk: &Desk, plan: &Plan, resolved: &Resolved, timeline: &mut Timeline) {
    let seconds = |frame: u64| frame as f64 / plan.rate.hz();
    let quiet: Arc<[f32]> = Arc::from([]);
    for (index, song) in plan.songs.iter().enumerate() {
        let Some(of) = resolved.songs.iter().find(|one| one.song.id == song.id) else { continue };
        let next = plan.songs.get(index + 1).and_then(|next| desk.known(&next.id));
        let picture = desk.known(&song.id).map(|own| state.pictures.get(own, next));
        let (columns, values) = match picture {
            Some(picture) => (picture.columns, picture.loudness),
            None => (state.pictures.begun(desk, &song.id, plan.delivered.hz(), &state.nothing), Arc::clone(&quiet)),
        };
        timeline.songs.push(Song {
            number: index as u32 + 1,
            title: song.title.clone(),
            start_s: seconds(song.start),
            end_s: seconds(song.end),
            gain: if of.gain.0 == 0.0 { String::new() } else { format!("{} dB", number::change(of.gain.0, 1)) },
            fade_in: fade(of.fade_in, true),
            fade_out: fade(of.fade_out, false),
            lane: Lane::of(index),
            selected: desk.song.as_ref() == Some(&song.id),
            disabled: false,
            columns,
            // The survey tells the loudness every 100 ms.
            loudness: Curve { step_s: 0.1, values },
            levels: match &state.line {
                Some(line) if line.album => levels(desk, seconds(song.start), &of.clips),
                Some(line) => {
                    let scope = Scope::Song(song.id.clone());
                    super::line::course(desk, line, scope, seconds(song.start), seconds(song.end))
                }
                None => levels(desk, seconds(song.start), &of.clips),
            },
        });
        if let Some(after) = index.checked_sub(1) {
            timeline.joins.push(join(after, &of.join));
        }
    }
}

/// The level of each clip of a song that starts at a second of the album.
fn levels(desk: &Desk, start_s: f64, clips: &[Clip]) -> Vec<Levels> {
    let mut at = start_s;
    let mut levels = Vec::new();
    for clip in clips {
        let Some(source) = desk.session().source(&clip.source) else { continue };
        let length = Frames(clip.end.0.saturating_sub(clip.start.0)).seconds(source.rate).0;
        let points = clip.envelope.iter().map(|point| (point.at.0, point.gain.0)).collect();
        levels.push(Levels { start_s: at, end_s: at + length, points, course: None });
        at += length - clip.crossfade.map_or(0.0, |fade| fade.length.0);
    }
    levels
}

fn join(after: usize, join: &SessionJoin) -> Join {
    let (out, into) = match join {
        SessionJoin::Crossfade { out, into, .. } => (*out, *into),
        SessionJoin::Gap(_) => Default::default(),
    };
    Join { after, name: into.id().replace('-', " "), falling: shape(out, false), rising: shape(into, true) }
}

/// Indices of the compact disc: the pause of a song is its index 0; what is hidden has no number of its own.
pub fn indices(plan: &Plan, resolved: &Resolved, timeline: &mut Timeline) {
    if plan.pass.kind != PassKind::Cd {
        return;
    }
    let seconds = |frame: u64| frame as f64 / plan.rate.hz();
    let mut number = 0;
    let mut pause: Option<f64> = None;
    for (place, song) in plan.songs.iter().enumerate() {
        let of = resolved.songs.iter().find(|one| one.song.id == song.id);
        let end = place.checked_sub(1).map(|before| plan.songs[before].end);
        let silence = end.filter(|end| *end < song.start).map(seconds);
        if of.is_some_and(|of| of.hidden) {
            // It sounds in the pause of the next track, which begins with the silence before it.
            pause = pause.or(silence).or(Some(seconds(song.start)));
            continue;
        }
        number += 1;
        let start = seconds(song.start);
        let begins = start + of.map_or(0.0, |of| of.lead.seconds().0);
        let lead = (begins > start).then_some(start);
        if let Some(at) = pause.take().or(silence).or(lead) {
            timeline.indices.push(Index { seconds: at, song: number, index: 0 });
        }
        timeline.indices.push(Index { seconds: begins, song: number, index: 1 });
        for (index, at) in of.iter().flat_map(|of| of.indices.iter()).enumerate() {
            timeline.indices.push(Index { seconds: start + at.seconds().0, song: number, index: index as u32 + 2 });
        }
    }
}

/// Markers the engineer has set.
fn markers(desk: &Desk, timeline: &mut Timeline) {
    for (_, seconds, marker) in desk.markers() {
        timeline.marks.push(Mark { seconds, text: marker.text.clone(), severity: Severity::Note });
    }
}

/// Findings drawn at most, the gravest first: more are a wall without a word.
const MOST_MARKS: usize = 300;

/// What is to be seen to: open findings that are more than notes, the largest peak of a song above the ceiling.
pub fn marks(desk: &Desk, plan: &Plan, timeline: &mut Timeline) {
    markers(desk, timeline);
    for severity in [Fault::Fail, Fault::Warn] {
        let room = MOST_MARKS.saturating_sub(timeline.marks.len());
        let open = desk.quality.entries.iter().filter(|entry| entry.is_open() && entry.finding.severity == severity);
        let open: Vec<_> = open.take(room).collect();
        let grade = if severity == Fault::Fail { Severity::Error } else { Severity::Warning };
        for (entry, place) in open.iter().zip(desk.places(open.iter().copied())) {
            let Some(seconds) = place else { continue };
            timeline.marks.push(Mark { seconds, text: entry.finding.title(), severity: grade });
        }
    }
    for song in &plan.songs {
        let start = song.start as f64 / plan.rate.hz();
        let Some(known) = desk.known(&song.id) else { continue };
        let measured = &known.processed.measurement;
        if let (Some(peak), Some(at)) = (measured.true_peak_dbtp, measured.true_peak_at_s)
            && peak.0 > desk.ceiling()
        {
            let text = format!("{} dBTP", number::judged(peak.0, desk.ceiling(), 2));
            timeline.marks.push(Mark { seconds: start + at.0, text, severity: Severity::Error });
        }
    }
    timeline.marks.sort_by(|one, two| one.seconds.total_cmp(&two.seconds));
}

/// A position as CD time.
pub fn cd_time(seconds: f64) -> String {
    let CdFrame(frames) = CdFrame((seconds * 75.0).round() as i64);
    format!("{:02}:{:02}:{:02}", frames / 4500, frames / 75 % 60, frames % 75)
}
