//! A drag from press to release: what is held, where it began, and the value it stands at.

use iced::{Point, keyboard::Modifiers};

use super::hit::Part;
use super::lanes::Geometry;
use super::level::LevelGrip;
use super::snap::{Place, places, snapped};
use super::span::{CD_FRAMES, Span};
use super::{Edge, Event, Object, Timeline};

/// What is held while the button is down.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// A value of the session.
    Object(Grip),
    /// A point of a line of level.
    Level(LevelGrip),
    /// A stretch is being selected from this second.
    Range {
        /// Where the button went down.
        from_s: f64,
    },
    /// The title of a song: not yet a drag until the pointer has moved.
    Title {
        /// The song.
        index: usize,
        /// Where the button went down.
        from: Point,
    },
    /// The ruler: a click seeks, a drag scrolls (across) and zooms (up and down).
    Ruler {
        /// Where the button went down.
        from: Point,
        /// The span at that time.
        view: Span,
        /// Whether the pointer has moved enough to be a drag.
        moved: bool,
    },
    /// The body of a song or an empty place: a click seeks.
    Place {
        /// Where the button went down.
        from: Point,
    },
    /// A part of the overview's window.
    Window {
        /// Which part.
        part: Part,
        /// Album second under the pointer at the press.
        from_s: f64,
        /// The span at that time.
        view: Span,
    },
}

/// A held object.
#[derive(Debug, Clone, PartialEq)]
pub struct Grip {
    /// What is dragged.
    pub object: Object,
    /// Its value at the press.
    pub origin: f64,
    /// Its value now.
    pub value: f64,
    /// The pointer's pixel at the last event.
    pub last_x: f32,
    /// The pointer's way so far in pixels, a tenth of it while Shift is held.
    pub travel: f32,
    /// What it has snapped to.
    pub taken: Option<Place>,
}

/// How far the pointer moves before a press is a drag, in pixels.
pub const SLACK: f32 = 4.0;

/// The value an object has now, in the unit of [`Event::Dragged`].
pub fn value(data: &Timeline, object: Object) -> Option<f64> {
    match object {
        Object::FadeIn(index) => data.songs.get(index).map(|song| song.fade_in.seconds),
        Object::FadeOut(index) => data.songs.get(index).map(|song| song.fade_out.seconds),
        Object::Gap(join) => data.pause_s(data.joins.get(join)?),
        Object::Crossfade(join, _) => data.pause_s(data.joins.get(join)?).map(|pause| -pause),
        Object::TrimIn(index) | Object::Song { index, .. } => data.songs.get(index).map(|song| song.start_s),
        Object::TrimOut(index) => data.songs.get(index).map(|song| song.end_s),
        Object::Level(_) => None,
    }
}

/// The second of the edge that moves when `object` has `value`, by what was there at the press.
fn edge(data: &Timeline, object: Object, value: f64) -> Option<f64> {
    match object {
        Object::FadeIn(index) => data.songs.get(index).map(|song| song.start_s + value),
        Object::FadeOut(index) => data.songs.get(index).map(|song| song.end_s - value),
        Object::Gap(join) => data.neighbours(data.joins.get(join)?).map(|(earlier, _)| earlier.end_s + value),
        Object::Crossfade(join, Edge::Start) => {
            data.neighbours(data.joins.get(join)?).map(|(earlier, _)| earlier.end_s - value)
        }
        Object::Crossfade(join, Edge::End) => {
            data.neighbours(data.joins.get(join)?).map(|(_, later)| later.start_s + value)
        }
        Object::TrimIn(_) | Object::TrimOut(_) | Object::Song { .. } | Object::Level(_) => Some(value),
    }
}

/// The songs an object moves or lengthens: their own places are no snap targets.
fn moving(data: &Timeline, object: Object) -> Vec<usize> {
    match object {
        Object::FadeIn(index) | Object::FadeOut(index) | Object::TrimIn(index) | Object::TrimOut(index) => vec![index],
        Object::Level(place) => place.owner.song().into_iter().collect(),
        Object::Song { index, free: true } => vec![index],
        Object::Song { index, free: false } => (index..data.songs.len()).collect(),
        Object::Gap(join) | Object::Crossfade(join, _) => {
            let first = data.joins.get(join).map_or(data.songs.len(), |join| join.after);
            (first..data.songs.len()).collect()
        }
    }
}

/// Lengths lie inside their song; places stay on the album's timeline.
fn allowed(data: &Timeline, object: Object, value: f64) -> f64 {
    let length = |index: usize| data.songs.get(index).map_or(0.0, |song| song.end_s - song.start_s);
    match object {
        Object::FadeIn(index) | Object::FadeOut(index) => value.clamp(0.0, length(index).max(0.0)),
        Object::Gap(_) | Object::Crossfade(..) | Object::Level(_) => value,
        Object::TrimIn(index) => {
            value.min(data.songs.get(index).map_or(value, |song| song.end_s - 1.0 / CD_FRAMES)).max(0.0)
        }
        Object::TrimOut(index) => value.max(data.songs.get(index).map_or(value, |song| song.start_s + 1.0 / CD_FRAMES)),
        Object::Song { .. } => value.max(0.0),
    }
}

/// Which way the value goes when the pointer goes right.
fn direction(object: Object) -> f64 {
    match object {
        Object::FadeOut(_) | Object::Crossfade(_, Edge::Start) => -1.0,
        _ => 1.0,
    }
}

impl Grip {
    /// Takes hold of `object` at the pointer's pixel.
    pub fn new(data: &Timeline, object: Object, x: f32) -> Option<Self> {
        let origin = value(data, object)?;
        Some(Self { object, origin, value: origin, last_x: x, travel: 0.0, taken: None })
    }

    /// Follows the pointer: Shift is ten times finer and snaps to nothing.
    ///
    /// The song list changes under the drag, so values count from the press; only the edge opposite to the moving one is read from the list.
    pub fn follow(&mut self, geometry: &Geometry, x: f32, modifiers: Modifiers) -> Event {
        let data = geometry.data;
        self.travel += (x - self.last_x) * if modifiers.shift() { 0.1 } else { 1.0 };
        self.last_x = x;
        let wanted = self.origin + direction(self.object) * f64::from(self.travel) * geometry.seconds_per_pixel();
        let (value, taken) = if modifiers.shift() { (wanted, None) } else { self.snap(geometry, wanted) };
        self.taken = taken;
        self.value = allowed(data, self.object, value);
        Event::Dragged { object: self.object, value: self.value }
    }

    fn snap(&self, geometry: &Geometry, wanted: f64) -> (f64, Option<Place>) {
        let data = geometry.data;
        let Some(at) = edge(data, self.object, wanted) else { return (wanted, None) };
        let places = places(data, geometry.lanes.ruler.width, &moving(data, self.object));
        let (to, taken) = snapped(at, &places, 1.0 / geometry.seconds_per_pixel(), false);
        let value = wanted + direction(self.object) * (to - at);
        if !data.snap.cd_frames {
            return (value, taken);
        }
        let whole = (value * CD_FRAMES).round() / CD_FRAMES;
        (whole, taken)
    }
}

/// The span a ruler drag shows: across scrolls, 100 px up make it half as long about the second that was pressed.
pub fn ruler_view(geometry: &Geometry, from: Point, view: Span, point: Point) -> Span {
    let album = geometry.data.album_s;
    let width = geometry.lanes.ruler.width;
    let held = view.seconds(from.x - geometry.lanes.ruler.x, width);
    let zoomed = view.zoomed(2.0_f64.powf(f64::from(point.y - from.y) / 100.0), held, album);
    let under = zoomed.seconds(point.x - geometry.lanes.ruler.x, width);
    zoomed.scrolled(held - under, album)
}

/// The span a drag in the overview shows, with the pointer over album second `now_s`.
pub fn window_view(data: &Timeline, part: Part, from_s: f64, view: Span, now_s: f64) -> Span {
    const LEAST_S: f64 = 0.1;
    let way = now_s - from_s;
    match part {
        Part::Inside => view.scrolled(way, data.album_s),
        Part::Left => Span { start_s: (view.start_s + way).clamp(0.0, view.end_s - LEAST_S), ..view },
        Part::Right => Span {
            end_s: (view.end_s + way).clamp(view.start_s + LEAST_S, data.album_s.max(view.start_s + LEAST_S)),
            ..view
        },
    }
}
