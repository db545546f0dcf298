//! From gestures to edits of the session. A value belongs to the song where the main pass is heard, else to the pass.

use lacquer_engine::dsp::fade::Shape;
use lacquer_engine::session::{Edit, EditError, Fade, Join, Point, Resolved, ResolvedSong};
use lacquer_engine::unit::{CdFrame, Db, Frames, Seconds};

use super::{Message, Word};
use crate::desk::{Action, Desk};
use crate::widget::timeline::{Edge, Object};

/// Range of a song's level, dB.
const GAINS: (f64, f64) = (-24.0, 24.0);
/// Range of a pause, s; below zero songs overlap.
const PAUSES: (f64, f64) = (-30.0, 60.0);
/// The length a crossfade starts with where there was a pause, s.
const CROSSFADE: f64 = 2.0;

/// What things were when a drag began: its values are told against that.
#[derive(Debug, Clone)]
pub struct Drag {
    resolved: Resolved,
    starts: Vec<f64>,
    ends: Vec<f64>,
}

impl Drag {
    /// Notes where everything is.
    pub fn begin(desk: &Desk, _: Object) -> Option<Drag> {
        let plan = desk.plan.as_ref()?;
        let seconds = |frame: u64| frame as f64 / plan.rate.hz();
        Some(Drag {
            resolved: desk.session().resolve(&desk.pass)?,
            starts: plan.songs.iter().map(|song| seconds(song.start)).collect(),
            ends: plan.songs.iter().map(|song| seconds(song.end)).collect(),
        })
    }

    fn song(&self, index: usize) -> Option<&ResolvedSong> {
        self.resolved.songs.get(index)
    }
}

/// What a drag is called in the undo list.
pub fn label(object: Object) -> &'static str {
    match object {
        Object::FadeIn(_) => "fade-in",
        Object::FadeOut(_) => "fade-out",
        Object::Gap(_) => "gap",
        Object::Crossfade(..) => "crossfade",
        Object::TrimIn(_) => "trim the start",
        Object::TrimOut(_) => "trim the end",
        Object::Song { .. } => "move a song",
        Object::Level(_) => "line",
    }
}

pub(super) fn made(edit: Result<Edit, EditError>) -> Action {
    match edit {
        Ok(edit) => Action::Edit(edit),
        Err(error) => Action::Say(error.to_string()),
    }
}

/// As [`made`], without an edit where the value is what it was: a drag passes many pixels without a step.
fn changed(edit: Result<Edit, EditError>) -> Action {
    match edit {
        Ok(Edit::Set { from, to, .. }) if from == to => Action::None,
        other => made(other),
    }
}

/// The heard pass where it is not the main one.
pub(super) fn own(desk: &Desk) -> Option<&str> {
    let main = desk.session().main_pass().is_some_and(|main| main.id == desk.pass);
    (!main).then_some(desk.pass.as_str())
}

pub(super) fn song_of(desk: &Desk, song: &str) -> Option<ResolvedSong> {
    let resolved = desk.session().resolve(&desk.pass)?;
    resolved.songs.into_iter().find(|one| one.song.id == song)
}

/// Another level.
pub fn gain(desk: &Desk, song: &str, gain: f64) -> Action {
    made(Edit::set_song_gain(&desk.document, own(desk), song, Db(gain.clamp(GAINS.0, GAINS.1))))
}

/// Another text: the message that sets it, or why it is not taken.
pub fn word(desk: &Desk, song: &str, word: Word, typed: &str) -> Result<Message, String> {
    let typed = typed.trim();
    let edit = match word {
        Word::Title => Edit::set_title(&desk.document, song, typed),
        Word::Artist => Edit::set_artist(&desk.document, song, typed),
        Word::Isrc => Edit::set_isrc(&desk.document, song, typed),
    };
    edit.map(|edit| Message::Word(Box::new(edit))).map_err(|error| match error {
        EditError::Refused { reason, .. } => format!("{reason}; the old one stays"),
        other => other.to_string(),
    })
}

/// An edit that was made of a text; nothing where the text is what it was.
pub fn taken(edit: Edit) -> Action {
    let same = matches!(&edit, Edit::Set { from, to, .. } if from == to);
    // An absent text and an empty one are the same.
    let empty = matches!(&edit, Edit::Set { from: None, to: Some(to), .. } if to.as_str() == Some(""));
    if same || empty { Action::None } else { Action::Edit(edit) }
}

/// A pause of this length, or the crossfade that is there made this long.
pub fn join_length(desk: &Desk, song: &str, seconds: f64) -> Action {
    let Some(now) = song_of(desk, song) else { return Action::None };
    let join = match now.join {
        Join::Crossfade { out, into, .. } if seconds > 0.0 => {
            Join::Crossfade { length: Seconds(seconds.min(-PAUSES.0)), out, into }
        }
        Join::Crossfade { .. } => Join::Gap(Seconds(0.0)),
        Join::Gap(_) => Join::Gap(Seconds(seconds.clamp(PAUSES.0, PAUSES.1))),
    };
    made(Edit::set_join(&desk.document, &desk.pass, song, join))
}

/// Pause instead of crossfade, or the other way round.
pub fn switch_join(desk: &Desk, song: &str) -> Action {
    let Some(now) = song_of(desk, song) else { return Action::None };
    let join = match now.join {
        Join::Crossfade { .. } => Join::default(),
        Join::Gap(_) => Join::Crossfade { length: Seconds(CROSSFADE), out: Shape::default(), into: Shape::default() },
    };
    made(Edit::set_join(&desk.document, &desk.pass, song, join))
}

/// To a place in the order, from 0.
pub fn place(desk: &Desk, song: &str, place: usize) -> Action {
    made(Edit::move_song(&desk.document, &desk.pass, song, place))
}

/// One place up or down.
pub fn shift(desk: &Desk, song: &str, down: bool) -> Action {
    let own = desk.heard().filter(|pass| !pass.entries.is_empty()).or(desk.session().main_pass());
    let place = own.and_then(|pass| pass.entries.iter().position(|entry| entry.song == song));
    let to = match (place, down) {
        (Some(place), true) => place + 1,
        (Some(place), false) if place > 0 => place - 1,
        _ => return Action::None,
    };
    made(Edit::move_song(&desk.document, &desk.pass, song, to))
}

/// Out of every pass, or in again.
pub fn disable(desk: &Desk, song: &str) -> Action {
    let Some(now) = desk.session().song(song) else { return Action::None };
    made(Edit::disable_song(&desk.document, song, !now.disabled))
}

/// The heard pass with a sequence of its own, or with the main one.
pub fn own_sequence(desk: &Desk, own: bool) -> Action {
    made(match own {
        true => Edit::separate_sequence(&desk.document, &desk.pass),
        false => Edit::inherit_sequence(&desk.document, &desk.pass),
    })
}

/// Into the heard pass alone, at its end, or out of it.
pub fn in_pass(desk: &Desk, song: &str, taken: bool) -> Action {
    made(match taken {
        true => Edit::take_in(&desk.document, &desk.pass, song, usize::MAX),
        false => Edit::leave_out(&desk.document, &desk.pass, song),
    })
}

/// The selected song twice; the second one is selected then.
pub fn double(desk: &Desk) -> Action {
    let Some(song) = &desk.song else { return Action::Say("select the song to be doubled".into()) };
    chosen(Edit::duplicate_song(&desk.document, song))
}

/// Marks the playhead in the song it is in.
pub fn mark(desk: &Desk) -> Action {
    let Some(plan) = &desk.plan else { return Action::None };
    let at = plan.from_delivered(desk.position());
    let Some(song) = plan.songs.iter().find(|song| (song.start..song.end).contains(&at)) else {
        return Action::Say("the playhead is in no song: a marker belongs to one".into());
    };
    let seconds = Seconds((at - song.start) as f64 / plan.rate.hz());
    made(Edit::add_marker(&desk.document, &song.id, seconds, "").map(|(edit, _)| edit))
}

fn chosen(edit: Result<(Edit, String), EditError>) -> Action {
    match edit {
        Ok((edit, id)) => Action::Batch(vec![Action::Edit(edit), Action::Select(id)]),
        Err(error) => Action::Say(error.to_string()),
    }
}

/// A cut at the playhead: a seam inside the song, or two songs.
pub fn cut(desk: &Desk, apart: bool) -> Action {
    let place = || {
        let plan = desk.plan.as_ref()?;
        let at = plan.from_delivered(desk.position());
        let planned = plan.songs.iter().find(|song| (song.start..song.end).contains(&at))?;
        let song = song_of(desk, &planned.id)?;
        let mut start = planned.start as f64 / plan.rate.hz();
        let here = at as f64 / plan.rate.hz();
        for clip in &song.clips {
            let rate = desk.session().source(&clip.source)?.rate;
            let length = Frames(clip.end.0.saturating_sub(clip.start.0)).seconds(rate).0;
            if here < start + length {
                let frame = clip.start.0 + ((here - start) * rate.hz()).round() as u64;
                return Some((song.song.id.clone(), clip.id.clone(), Frames(frame)));
            }
            start += length - clip.crossfade.map_or(0.0, |fade| fade.length.0);
        }
        None
    };
    let Some((song, clip, at)) = place() else {
        return Action::Say("the playhead is in no song: nothing to cut".into());
    };
    match apart {
        true => chosen(Edit::divide_song(&desk.document, &song, &clip, at)),
        false => made(Edit::split_clip(&desk.document, &song, &clip, at)),
    }
}

fn fade(now: Option<Fade>, seconds: f64) -> Option<Fade> {
    let shape = now.map(|fade| fade.shape).unwrap_or_default();
    Some(Fade { length: Seconds(seconds.max(0.0)), shape })
}

/// The join of this length: below zero it is a crossfade.
fn join_of(now: Join, pause: f64) -> Join {
    let pause = pause.clamp(PAUSES.0, PAUSES.1);
    match now {
        Join::Crossfade { out, into, .. } if pause < 0.0 => Join::Crossfade { length: Seconds(-pause), out, into },
        _ if pause < 0.0 => Join::Crossfade { length: Seconds(-pause), out: Shape::default(), into: Shape::default() },
        _ => Join::Gap(Seconds(pause)),
    }
}

/// The dragged object has this value.
pub fn drag(desk: &Desk, drag: &Drag, object: Object, value: f64) -> Action {
    let document = &desk.document;
    let set_pause = |song: usize, pause: f64| {
        let Some(now) = drag.song(song) else { return Action::None };
        changed(Edit::set_join(document, &desk.pass, &now.song.id, join_of(now.join, pause)))
    };
    match object {
        Object::FadeIn(index) => {
            let Some(now) = drag.song(index) else { return Action::None };
            changed(Edit::set_fade_in(document, own(desk), &now.song.id, fade(now.fade_in, value)))
        }
        Object::FadeOut(index) => {
            let Some(now) = drag.song(index) else { return Action::None };
            changed(Edit::set_fade_out(document, own(desk), &now.song.id, fade(now.fade_out, value)))
        }
        Object::Gap(join) => set_pause(join + 1, value),
        Object::Crossfade(join, _) => set_pause(join + 1, -value),
        Object::TrimIn(index) => trim(desk, drag, index, value, true),
        Object::TrimOut(index) => trim(desk, drag, index, value, false),
        Object::Level(_) => Action::None,
        Object::Song { index, free } => {
            let before = index.checked_sub(1).map_or(0.0, |before| drag.ends[before]);
            let Some(start) = drag.starts.get(index) else { return Action::None };
            let moved = set_pause(index, value - before);
            match drag.starts.get(index + 1).filter(|_| free) {
                Some(next) => {
                    let after = next - drag.ends[index] - (value - start);
                    Action::Batch(vec![moved, set_pause(index + 1, after)])
                }
                None => moved,
            }
        }
    }
}

fn trim(desk: &Desk, drag: &Drag, index: usize, value: f64, start: bool) -> Action {
    let Some(now) = drag.song(index) else { return Action::None };
    let Some(clip) = (if start { now.clips.first() } else { now.clips.last() }) else { return Action::None };
    let Some(source) = desk.session().source(&clip.source) else { return Action::None };
    let frames = |seconds: f64| (seconds * source.rate.hz()).round() as i64;
    // A clip keeps at least a tenth of a second: less cannot be taken hold of again.
    let least = frames(0.1) as u64;
    let (from, to) = match start {
        true => {
            let moved = clip.start.0.saturating_add_signed(frames(value - drag.starts[index]));
            (moved.min(clip.end.0.saturating_sub(least)), clip.end.0)
        }
        false => {
            let moved = clip.end.0.saturating_add_signed(frames(value - drag.ends[index]));
            (clip.start.0, moved.clamp(clip.start.0 + least, source.frames.0))
        }
    };
    changed(Edit::trim_clip(&desk.document, &now.song.id, &clip.id, Frames(from), Frames(to)))
}

/// The wheel over a gap.
pub fn nudge(desk: &Desk, object: Object, frames: i32) -> Action {
    let (Object::Gap(join) | Object::Crossfade(join, _)) = object else { return Action::None };
    let Some(drag_now) = Drag::begin(desk, object) else { return Action::None };
    let Some(now) = drag_now.song(join + 1) else { return Action::None };
    let pause = super::pause_s(&now.join) + CdFrame(i64::from(frames)).seconds().0;
    made(Edit::set_join(&desk.document, &desk.pass, &now.song.id, join_of(now.join, pause)))
}

fn stepped(shape: Shape, steps: i32) -> Shape {
    let place = Shape::ALL.iter().position(|one| *one == shape).unwrap_or(0) as i32;
    Shape::ALL[(place + steps).rem_euclid(Shape::ALL.len() as i32) as usize]
}

/// The wheel over a fade or crossfade.
pub fn reshape(desk: &Desk, object: Object, steps: i32) -> Action {
    let Some(now) = Drag::begin(desk, object) else { return Action::None };
    let turn = |fade: Option<Fade>| fade.map(|fade| Fade { shape: stepped(fade.shape, steps), ..fade });
    match object {
        Object::FadeIn(index) => match now.song(index) {
            Some(song) => made(Edit::set_fade_in(&desk.document, own(desk), &song.song.id, turn(song.fade_in))),
            None => Action::None,
        },
        Object::FadeOut(index) => match now.song(index) {
            Some(song) => made(Edit::set_fade_out(&desk.document, own(desk), &song.song.id, turn(song.fade_out))),
            None => Action::None,
        },
        Object::Crossfade(join, edge) => match now.song(join + 1) {
            Some(ResolvedSong { song, join: Join::Crossfade { length, out, into }, .. }) => {
                // Each side has its own curve: the wheel turns the one whose handle is under it.
                let (out, into) = match edge {
                    Edge::Start => (*out, stepped(*into, steps)),
                    Edge::End => (stepped(*out, steps), *into),
                };
                let join = Join::Crossfade { length: *length, out, into };
                made(Edit::set_join(&desk.document, &desk.pass, &song.id, join))
            }
            _ => Action::None,
        },
        _ => Action::None,
    }
}

/// A double click: the default comes back.
pub fn reset(desk: &Desk, object: Object) -> Action {
    let Some(now) = Drag::begin(desk, object) else { return Action::None };
    let none = Some(Fade { length: Seconds(0.0), shape: Shape::default() });
    let (pass, fade) = match own(desk) {
        Some(pass) => (Some(pass), none),
        None => (None, None),
    };
    match object {
        Object::FadeIn(index) => match now.song(index) {
            Some(song) => made(Edit::set_fade_in(&desk.document, pass, &song.song.id, fade)),
            None => Action::None,
        },
        Object::FadeOut(index) => match now.song(index) {
            Some(song) => made(Edit::set_fade_out(&desk.document, pass, &song.song.id, fade)),
            None => Action::None,
        },
        Object::Gap(join) | Object::Crossfade(join, _) => match now.song(join + 1) {
            Some(song) => made(Edit::set_join(&desk.document, &desk.pass, &song.song.id, Join::default())),
            None => Action::None,
        },
        Object::TrimIn(_) | Object::TrimOut(_) | Object::Song { .. } | Object::Level(_) => Action::None,
    }
}

/// The points of a clip's level.
pub fn envelope(desk: &Desk, song: usize, clip: usize) -> Option<Vec<(f64, f64)>> {
    let song = song_of(desk, &super::song_id(desk, song)?)?;
    let clip = song.clips.get(clip)?;
    Some(clip.envelope.iter().map(|point| (point.at.0, point.gain.0)).collect())
}

/// Other points of a clip's level: seconds from its start, and dB.
pub fn levels(desk: &Desk, song: usize, clip: usize, points: &[(f64, f64)]) -> Action {
    let Some(id) = super::song_id(desk, song) else { return Action::None };
    let Some(clip) = song_of(desk, &id).and_then(|song| song.clips.get(clip).map(|clip| clip.id.clone())) else {
        return Action::None;
    };
    let points: Vec<Point> = points.iter().map(|(at, gain)| Point { at: Seconds(*at), gain: Db(*gain) }).collect();
    changed(Edit::set_envelope(&desk.document, &id, &clip, &points))
}
