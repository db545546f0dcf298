//! The line of level over a song: points with straight lines in dB between them.

use iced::widget::canvas::Path;
use iced::{Point, Rectangle, Vector, keyboard::Modifiers};

use lacquer_engine::param::{Breakpoint, Kind, Lane, Spec, Taper, Way};

use super::lanes::{Geometry, TITLE};
use super::{Event, Levels};
use crate::widget::number;
use crate::widget::plot::{self, Frame, edges};

/// The parameter a line belongs to, where it is not the level before the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Its name, its stage's included.
    pub name: String,
    /// Its declaration: the line's scale.
    pub spec: &'static Spec,
    /// How it goes on from each point.
    pub ways: Vec<Way>,
    /// Its value without points.
    pub base: f64,
}

impl Course {
    fn value(&self, points: &[(f64, f64)], seconds: f64) -> f64 {
        if points.is_empty() {
            return self.base;
        }
        let way = |index: usize| self.ways.get(index).copied().unwrap_or_default();
        let course = points.iter().enumerate();
        let course = course.map(|(index, (at, value))| Breakpoint { at: *at, value: *value, way: way(index) });
        Lane::new(self.spec, course.collect()).value(seconds)
    }

    /// Times between two points where the line bends, so that straight pieces draw it.
    fn bends(&self, index: usize, from: f64, to: f64) -> Vec<f64> {
        let held = !matches!(self.spec.kind, Kind::Number { .. });
        match self.ways.get(index) {
            Some(Way::Smooth) if !held => (1..8).map(|step| from + (to - from) * f64::from(step) / 8.0).collect(),
            Some(Way::Hold) => vec![to - HOLD_END_S],
            _ if held => vec![to - HOLD_END_S],
            _ => Vec::new(),
        }
    }

    /// The value a drag by this share of the height leads to, in steps of what is told.
    fn moved(&self, origin: f64, share: f64, fine: bool) -> f64 {
        let value = self.spec.at_position(self.spec.position(origin) + share);
        match self.spec.kind {
            Kind::Number { taper: Taper::Linear, step, fine: small, .. } => {
                let step = if fine { small } else { step };
                self.spec.clamp((value / step).round() * step)
            }
            _ => value,
        }
    }
}

/// A held stretch is drawn to just before its end.
const HOLD_END_S: f64 = 1e-6;

/// Name, value and unit of a point, as the bubble tells them.
pub fn spoken(levels: Option<&Levels>, value: f64) -> (String, String, &'static str) {
    match levels.and_then(|levels| levels.course.as_ref()) {
        None => ("Level".into(), number::change(value, 2), "dB"),
        Some(course) => {
            let (text, unit) = number::of_spec(course.spec, value);
            (course.name.clone(), text, unit)
        }
    }
}

/// The levels at the top and at the bottom of a clip, dB.
pub const TOP_DB: f64 = 12.0;
/// See [`TOP_DB`].
pub const BOTTOM_DB: f64 = -24.0;
/// How near a point or the line answers, px.
const NEAR_POINT: f32 = 9.0;
const NEAR_LINE: f32 = 6.0;
/// Two points are at least this far apart, s: nearer they cannot be told from a step.
const APART_S: f64 = 0.001;

/// A point of a line, or the line itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The song.
    pub song: usize,
    /// The clip in it.
    pub clip: usize,
    /// The point; none is the line between points.
    pub point: Option<usize>,
}

impl Levels {
    /// The level at a time from the clip's start.
    pub fn at(&self, seconds: f64) -> f64 {
        if let Some(course) = &self.course {
            return course.value(&self.points, seconds);
        }
        let after = self.points.iter().position(|point| point.0 >= seconds);
        match (after, self.points.last()) {
            (_, None) => 0.0,
            (None, Some(last)) => last.1,
            (Some(0), _) => self.points[0].1,
            (Some(index), _) => {
                let (from, to) = (self.points[index - 1], self.points[index]);
                from.1 + (seconds - from.0) / (to.0 - from.0) * (to.1 - from.1)
            }
        }
    }
}

impl Geometry<'_> {
    /// Where levels are drawn in a lane: top and bottom.
    fn level_room(lane: Rectangle) -> (f32, f32) {
        (lane.y + TITLE + 8.0, lane.y + lane.height - 8.0)
    }

    /// The pixel of a level in a lane.
    pub fn level_y(&self, lane: Rectangle, db: f64) -> f32 {
        let (top, bottom) = Self::level_room(lane);
        let share = (TOP_DB - db.clamp(BOTTOM_DB, TOP_DB)) / (TOP_DB - BOTTOM_DB);
        top + share as f32 * (bottom - top)
    }

    /// The pixel of a value of a line.
    pub fn value_y(&self, lane: Rectangle, levels: &Levels, value: f64) -> f32 {
        let Some(course) = &levels.course else { return self.level_y(lane, value) };
        let (top, bottom) = Self::level_room(lane);
        bottom - course.spec.position(value) as f32 * (bottom - top)
    }

    /// dB covered by one pixel.
    pub fn db_per_pixel(&self, lane: Rectangle) -> f64 {
        let (top, bottom) = Self::level_room(lane);
        (TOP_DB - BOTTOM_DB) / f64::from((bottom - top).max(1.0))
    }

    /// Where a point stands.
    pub fn level_point(&self, place: Place) -> Option<Point> {
        let song = self.data.songs.get(place.song)?;
        let levels = song.levels.get(place.clip)?;
        let (at, db) = *levels.points.get(place.point?)?;
        Some(Point::new(self.x(levels.start_s + at), self.value_y(self.lanes.lane(song.lane), levels, db)))
    }

    /// The line of a clip inside the lanes.
    fn level_line(&self, lane: Rectangle, levels: &Levels) -> Vec<Point> {
        let (left, right) = (self.lanes.ruler.x, self.lanes.ruler.x + self.lanes.ruler.width);
        let from = levels.start_s.max(self.seconds(left));
        let to = levels.end_s.min(self.seconds(right));
        if to <= from {
            return Vec::new();
        }
        let bends = levels.points.windows(2).enumerate().flat_map(|(index, pair)| {
            let bends = levels.course.as_ref().map(|course| course.bends(index, pair[0].0, pair[1].0));
            std::iter::once(pair[0].0).chain(bends.unwrap_or_default())
        });
        let inside = bends.chain(levels.points.last().map(|point| point.0)).map(|at| levels.start_s + at);
        let inside = inside.filter(|at| *at > from && *at < to);
        let times = std::iter::once(from).chain(inside).chain(std::iter::once(to));
        times.map(|at| Point::new(self.x(at), self.value_y(lane, levels, levels.at(at - levels.start_s)))).collect()
    }

    /// The point or the line of the selected song under the pointer.
    pub fn level_under(&self, at: Point) -> Option<Place> {
        if !self.data.shows_levels {
            return None;
        }
        let (song, data) = self.data.songs.iter().enumerate().find(|(_, song)| song.selected && !song.disabled)?;
        let lane = self.lanes.lane(data.lane);
        if at.y < lane.y + TITLE || at.y > lane.y + lane.height {
            return None;
        }
        let points = data.levels.iter().enumerate().flat_map(|(clip, levels)| {
            (0..levels.points.len()).map(move |point| Place { song, clip, point: Some(point) })
        });
        let near = |place: &Place| self.level_point(*place).map_or(f32::INFINITY, |point| point.distance(at));
        let point = points.filter(|place| near(place) <= NEAR_POINT).min_by(|a, b| near(a).total_cmp(&near(b)));
        let seconds = self.seconds(at.x);
        let line = || {
            let clip = data.levels.iter().position(|levels| (levels.start_s..levels.end_s).contains(&seconds))?;
            let levels = &data.levels[clip];
            let y = self.value_y(lane, levels, levels.at(seconds - levels.start_s));
            ((y - at.y).abs() <= NEAR_LINE).then_some(Place { song, clip, point: None })
        };
        point.or_else(line)
    }
}

/// Draws the lines of a song: those that do something, and that of the selected song where levels are shown.
pub fn draw(frame: &mut Frame, geometry: &Geometry, song: &super::Song) {
    let lane = geometry.lanes.lane(song.lane);
    let edited = geometry.data.shows_levels && song.selected && !song.disabled;
    for levels in song.levels.iter().filter(|levels| edited || !levels.points.is_empty()) {
        let colour = if edited { geometry.palette.mid } else { geometry.palette.text2 };
        plot::line(frame, &geometry.level_line(lane, levels), 1.5, colour);
        if !edited {
            continue;
        }
        for (at, db) in &levels.points {
            let x = geometry.x(levels.start_s + at);
            if x >= geometry.lanes.ruler.x && x <= geometry.lanes.ruler.x + geometry.lanes.ruler.width {
                frame.fill(&Path::circle(Point::new(x, geometry.value_y(lane, levels, *db)), 4.5), colour);
            }
        }
    }
    if edited && let Some(levels) = song.levels.first().filter(|levels| levels.course.is_none()) {
        let x = geometry.x(levels.start_s).max(geometry.lanes.ruler.x);
        let y = geometry.level_y(lane, 0.0).floor();
        plot::fill(frame, edges(x, y, x + 8.0, y + 1.0), geometry.palette.text2);
    }
}

/// A point that is held.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelGrip {
    /// The point; its place in the list is filled.
    pub place: Place,
    /// The points at the press, the held one among them.
    points: Vec<(f64, f64)>,
    last: Point,
    travel: Vector,
    /// Where it stands now.
    pub value: (f64, f64),
}

impl LevelGrip {
    /// Takes hold of a point, or of a new one on the line.
    pub fn new(geometry: &Geometry, place: Place, at: Point) -> Option<LevelGrip> {
        let levels = geometry.data.songs.get(place.song)?.levels.get(place.clip)?;
        let mut points = levels.points.clone();
        if let Some(index) = place.point {
            let value = *points.get(index)?;
            return Some(LevelGrip { place, points, last: at, travel: Vector::ZERO, value });
        }
        let seconds = (geometry.seconds(at.x) - levels.start_s).clamp(0.0, levels.end_s - levels.start_s);
        let value = (seconds, levels.at(seconds));
        let index = points.iter().position(|point| point.0 > seconds).unwrap_or(points.len());
        if points.iter().any(|point| (point.0 - seconds).abs() < APART_S) {
            return None;
        }
        points.insert(index, value);
        let place = Place { point: Some(index), ..place };
        Some(LevelGrip { place, points, last: at, travel: Vector::ZERO, value })
    }

    /// Follows the pointer: Shift is ten times finer, Alt moves the level alone.
    pub fn follow(&mut self, geometry: &Geometry, at: Point, modifiers: Modifiers) -> Option<Event> {
        let song = geometry.data.songs.get(self.place.song)?;
        let levels = song.levels.get(self.place.clip)?;
        let index = self.place.point?;
        let way = at - self.last;
        self.last = at;
        self.travel += way * if modifiers.shift() { 0.1 } else { 1.0 };
        let origin = *self.points.get(index)?;
        let before = index.checked_sub(1).map_or(0.0, |before| self.points[before].0 + APART_S);
        let last = levels.end_s - levels.start_s;
        let after = self.points.get(index + 1).map_or(last, |after| after.0 - APART_S);
        let across = if modifiers.alt() { 0.0 } else { f64::from(self.travel.x) * geometry.seconds_per_pixel() };
        let up = f64::from(self.travel.y) * geometry.db_per_pixel(geometry.lanes.lane(song.lane));
        // Steps of what is told: 0.1 dB, finer with Shift.
        let steps = if modifiers.shift() { 100.0 } else { 10.0 };
        let db = match &levels.course {
            None => ((origin.1 - up).clamp(BOTTOM_DB, TOP_DB) * steps).round() / steps,
            Some(course) => course.moved(origin.1, -up / (TOP_DB - BOTTOM_DB), modifiers.shift()),
        };
        self.value = ((origin.0 + across).clamp(before, after.max(before)), db);
        let mut points = self.points.clone();
        points[index] = self.value;
        Some(Event::Levels { song: self.place.song, clip: self.place.clip, points })
    }
}

/// The line without a point.
pub fn without(geometry: &Geometry, place: Place) -> Option<Event> {
    let mut points = geometry.data.songs.get(place.song)?.levels.get(place.clip)?.points.clone();
    let index = place.point.filter(|index| *index < points.len())?;
    points.remove(index);
    Some(Event::Levels { song: place.song, clip: place.clip, points })
}
