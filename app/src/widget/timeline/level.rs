//! Lines over time: the level before the chain, drawn on the clips, and the course of a parameter, in a lane of its own
//! under them. Points with straight lines between them, in dB or in the parameter's own scale.

use iced::widget::canvas::{Path, Stroke};
use iced::{Point, Rectangle, Vector, keyboard::Modifiers};

use lacquer_engine::param::{Breakpoint, Kind, Lane, Spec, Taper, Way};

use super::lanes::{Geometry, TITLE};
use super::{Event, Levels, Owner};
use crate::widget::number;
use crate::widget::plot::{self, Frame, Word, edges};

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
        self.stepped(self.spec.at_position(self.spec.position(origin) + share), fine)
    }

    fn stepped(&self, value: f64, fine: bool) -> f64 {
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
/// Room above and below the line in the lane of a course, px.
const MARGIN: f32 = 10.0;
/// Two points are at least this far apart, s: nearer they cannot be told from a step.
const APART_S: f64 = 0.001;

/// A point of a line, or the line itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Whose line.
    pub owner: Owner,
    /// The clip in a song.
    pub clip: usize,
    /// The point; none is the line between points, or the lane beside it.
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

    fn lasts_s(&self) -> f64 {
        self.end_s - self.start_s
    }
}

impl<'a> Geometry<'a> {
    /// The line of an owner.
    pub fn levels(&self, owner: Owner, clip: usize) -> Option<&'a Levels> {
        match owner {
            Owner::Song(song) => self.data.songs.get(song)?.levels.get(clip),
            Owner::Album => self.data.album_levels.get(clip),
        }
    }

    /// The upper and the lower end of an owner's line: in the clip under its title, or in the lane of courses.
    fn room(&self, owner: Owner, levels: &Levels) -> (f32, f32) {
        let lane = match (owner, self.data.songs.get(owner.song().unwrap_or(usize::MAX))) {
            (Owner::Song(_), Some(song)) if levels.course.is_none() => {
                let lane = self.lanes.lane(song.lane);
                return (lane.y + TITLE + 8.0, lane.y + lane.height - 8.0);
            }
            _ => self.lanes.course,
        };
        (lane.y + MARGIN, lane.y + lane.height - MARGIN)
    }

    /// The pixel of a value of a line.
    pub(super) fn value_y(&self, owner: Owner, levels: &Levels, value: f64) -> f32 {
        let (top, bottom) = self.room(owner, levels);
        let share = match &levels.course {
            Some(course) => course.spec.position(value),
            None => (value.clamp(BOTTOM_DB, TOP_DB) - BOTTOM_DB) / (TOP_DB - BOTTOM_DB),
        };
        bottom - share as f32 * (bottom - top)
    }

    /// The value at a pixel of a course's lane.
    fn value_at(&self, owner: Owner, levels: &Levels, y: f32) -> f64 {
        let (top, bottom) = self.room(owner, levels);
        let share = f64::from((bottom - y) / (bottom - top).max(1.0)).clamp(0.0, 1.0);
        match &levels.course {
            Some(course) => course.stepped(course.spec.at_position(share), false),
            None => BOTTOM_DB + share * (TOP_DB - BOTTOM_DB),
        }
    }

    /// Where a point stands.
    pub fn level_point(&self, place: Place) -> Option<Point> {
        let levels = self.levels(place.owner, place.clip)?;
        let (at, value) = *levels.points.get(place.point?)?;
        Some(Point::new(self.x(levels.start_s + at), self.value_y(place.owner, levels, value)))
    }

    /// The line of a clip inside the lanes.
    fn level_line(&self, owner: Owner, levels: &Levels) -> Vec<Point> {
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
        times.map(|at| Point::new(self.x(at), self.value_y(owner, levels, levels.at(at - levels.start_s)))).collect()
    }

    /// Whether a point inside `area` is that of a line: the nearest one that answers.
    fn point_under(&self, owner: Owner, at: Point) -> Option<Place> {
        let clips = match owner {
            Owner::Song(song) => self.data.songs.get(song).map_or(&[][..], |song| &song.levels),
            Owner::Album => &self.data.album_levels,
        };
        let points = clips.iter().enumerate().flat_map(|(clip, levels)| {
            (0..levels.points.len()).map(move |point| Place { owner, clip, point: Some(point) })
        });
        let near = |place: &Place| self.level_point(*place).map_or(f32::INFINITY, |point| point.distance(at));
        points.filter(|place| near(place) <= NEAR_POINT).min_by(|a, b| near(a).total_cmp(&near(b)))
    }

    /// The point or the line under the pointer: of the selected song on its clip, of every owner in the lane of courses.
    pub fn level_under(&self, at: Point) -> Option<Place> {
        if !self.data.shows_levels {
            return None;
        }
        if self.lanes.course.contains(at) {
            return self.course_under(at);
        }
        let (song, data) = self.data.songs.iter().enumerate().find(|(_, song)| song.selected && !song.disabled)?;
        let (owner, lane) = (Owner::Song(song), self.lanes.lane(data.lane));
        let on_clip = data.levels.iter().all(|levels| levels.course.is_none());
        if !on_clip || at.y < lane.y + TITLE || at.y > lane.y + lane.height {
            return None;
        }
        let seconds = self.seconds(at.x);
        let line = || {
            let clip = data.levels.iter().position(|levels| (levels.start_s..levels.end_s).contains(&seconds))?;
            let levels = &data.levels[clip];
            let y = self.value_y(owner, levels, levels.at(seconds - levels.start_s));
            ((y - at.y).abs() <= NEAR_LINE).then_some(Place { owner, clip, point: None })
        };
        self.point_under(owner, at).or_else(line)
    }

    fn course_under(&self, at: Point) -> Option<Place> {
        let seconds = self.seconds(at.x);
        let here = |levels: &Levels| levels.course.is_some() && (levels.start_s..levels.end_s).contains(&seconds);
        if !self.data.album_levels.is_empty() {
            let owner = Owner::Album;
            let beside = || self.data.album_levels.iter().position(here).map(|clip| Place { owner, clip, point: None });
            return self.point_under(owner, at).or_else(beside);
        }
        let songs = || (0..self.data.songs.len()).map(Owner::Song);
        let beside = |(song, data): (usize, &super::Song)| {
            let clip = data.levels.iter().position(here)?;
            Some(Place { owner: Owner::Song(song), clip, point: None })
        };
        let point = songs().find_map(|owner| self.point_under(owner, at));
        point.or_else(|| self.data.songs.iter().enumerate().rev().find_map(beside))
    }
}

/// Draws the level of a song on its clip: where it does something, and of the selected song where lines are shown.
pub fn draw(frame: &mut Frame, geometry: &Geometry, index: usize, song: &super::Song) {
    let edited = geometry.data.shows_levels && song.selected && !song.disabled;
    let owner = Owner::Song(index);
    let drawn = |levels: &&Levels| levels.course.is_none() && (edited || !levels.points.is_empty());
    for (clip, levels) in song.levels.iter().enumerate().filter(|(_, levels)| drawn(levels)) {
        line(frame, geometry, (owner, clip), levels, edited);
    }
    if edited && let Some(levels) = song.levels.first().filter(|levels| levels.course.is_none()) {
        let x = geometry.x(levels.start_s).max(geometry.lanes.ruler.x);
        let y = geometry.value_y(owner, levels, 0.0).floor();
        plot::fill(frame, edges(x, y, x + 8.0, y + 1.0), geometry.palette.text2);
    }
}

/// A line with its points, where they can be taken hold of.
fn line(frame: &mut Frame, geometry: &Geometry, (owner, clip): (Owner, usize), levels: &Levels, edited: bool) {
    let colour = if edited { geometry.palette.mid } else { geometry.palette.text2 };
    plot::line(frame, &geometry.level_line(owner, levels), 1.5, colour);
    let (left, right) = (geometry.lanes.ruler.x, geometry.lanes.ruler.x + geometry.lanes.ruler.width);
    for point in (0..levels.points.len()).filter(|_| edited) {
        let place = Place { owner, clip, point: Some(point) };
        let Some(at) = geometry.level_point(place).filter(|at| at.x >= left && at.x <= right) else { continue };
        frame.fill(&Path::circle(at, 4.5), colour);
        if geometry.data.point == Some(place) {
            let ring = Stroke::default().with_color(geometry.palette.text).with_width(1.0);
            frame.stroke(&Path::circle(at, 7.5), ring);
        }
    }
}

/// The lane of courses: its scale, the songs' or the album's lines, and what they are.
pub fn lane(frame: &mut Frame, geometry: &Geometry) {
    let (area, palette) = (geometry.lanes.course, geometry.palette);
    let songs = geometry.data.songs.iter().enumerate().map(|(index, song)| (Owner::Song(index), &song.levels));
    let owners: Vec<_> = songs.chain([(Owner::Album, &geometry.data.album_levels)]).collect();
    let courses = owners.iter().flat_map(|(owner, levels)| {
        levels.iter().enumerate().filter(|(_, levels)| levels.course.is_some()).map(move |one| (*owner, one))
    });
    let courses: Vec<_> = courses.collect();
    let Some((_, (_, first))) = courses.first().filter(|_| area.height > 0.0) else { return };
    plot::fill(frame, area, palette.well);
    scale(frame, geometry, first, area);
    for (owner, (clip, levels)) in &courses {
        if let Some(body) = geometry.visible(area, levels.start_s, levels.end_s).filter(|_| *owner != Owner::Album) {
            plot::vertical(frame, body.x, area.y, area.y + area.height, palette.hairline);
        }
        line(frame, geometry, (*owner, *clip), levels, true);
    }
    let hint = match courses.iter().all(|(_, (_, levels))| levels.points.is_empty()) {
        true => ", double-click adds a point",
        false => "",
    };
    if let Some(course) = &first.course {
        let name = Word::label(format!("{}{hint}", course.name), 12.0, palette.text);
        name.left(frame, area.x + 8.0, area.y + 11.0);
    }
}

/// Ends and default of the parameter at the left, each with a line where it is no end.
fn scale(frame: &mut Frame, geometry: &Geometry, levels: &Levels, area: Rectangle) {
    let (Some(course), palette) = (&levels.course, geometry.palette) else { return };
    let (min, max) = course.spec.range();
    let rest = course.spec.default;
    let (top, bottom) = (area.y + MARGIN, area.y + area.height - MARGIN);
    let y = |value: f64| bottom - course.spec.position(value) as f32 * (bottom - top);
    plot::horizontal(frame, y(rest), area.x, area.x + area.width, palette.grid);
    let inner = (y(rest) - top > 14.0 && bottom - y(rest) > 14.0).then_some(rest);
    for value in [Some(max), inner, Some(min)].into_iter().flatten() {
        let (text, _) = number::of_spec(course.spec, value);
        let word = Word::number(text, 11.0, palette.text2).cut(area.x - 8.0);
        word.into_iter().for_each(|word| word.right(frame, area.x - 6.0, y(value)));
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
        let levels = geometry.levels(place.owner, place.clip)?;
        if let Some(index) = place.point {
            let (points, travel) = (levels.points.clone(), Vector::ZERO);
            let value = *points.get(index)?;
            return Some(LevelGrip { place, points, last: at, travel, value });
        }
        let seconds = (geometry.seconds(at.x) - levels.start_s).clamp(0.0, levels.lasts_s());
        let value = (seconds, levels.at(seconds));
        let (points, index) = with(levels, value)?;
        let place = Place { point: Some(index), ..place };
        Some(LevelGrip { place, points, last: at, travel: Vector::ZERO, value })
    }

    /// Follows the pointer: Shift is ten times finer, Alt moves the level alone.
    pub fn follow(&mut self, geometry: &Geometry, at: Point, modifiers: Modifiers) -> Option<Event> {
        let levels = geometry.levels(self.place.owner, self.place.clip)?;
        let index = self.place.point?;
        let way = at - self.last;
        self.last = at;
        self.travel += way * if modifiers.shift() { 0.1 } else { 1.0 };
        let origin = *self.points.get(index)?;
        let before = index.checked_sub(1).map_or(0.0, |before| self.points[before].0 + APART_S);
        let after = self.points.get(index + 1).map_or(levels.lasts_s(), |after| after.0 - APART_S);
        let across = if modifiers.alt() { 0.0 } else { f64::from(self.travel.x) * geometry.seconds_per_pixel() };
        let (top, bottom) = geometry.room(self.place.owner, levels);
        let up = -f64::from(self.travel.y) / f64::from((bottom - top).max(1.0));
        // Steps of what is told: 0.1 dB, finer with Shift.
        let steps = if modifiers.shift() { 100.0 } else { 10.0 };
        let db = match &levels.course {
            None => ((origin.1 + up * (TOP_DB - BOTTOM_DB)).clamp(BOTTOM_DB, TOP_DB) * steps).round() / steps,
            Some(course) => course.moved(origin.1, up, modifiers.shift()),
        };
        self.value = ((origin.0 + across).clamp(before, after.max(before)), db);
        let mut points = self.points.clone();
        points[index] = self.value;
        Some(Event::Levels { owner: self.place.owner, clip: self.place.clip, points })
    }
}

/// The points with one more, and its place; none where one stands there already.
fn with(levels: &Levels, value: (f64, f64)) -> Option<(Vec<(f64, f64)>, usize)> {
    let mut points = levels.points.clone();
    if points.iter().any(|point| (point.0 - value.0).abs() < APART_S) {
        return None;
    }
    let index = points.iter().position(|point| point.0 > value.0).unwrap_or(points.len());
    points.insert(index, value);
    Some((points, index))
}

/// The course with a new point where the pointer is.
pub fn added(geometry: &Geometry, place: Place, at: Point) -> Option<Event> {
    let levels = geometry.levels(place.owner, place.clip)?;
    let seconds = (geometry.seconds(at.x) - levels.start_s).clamp(0.0, levels.lasts_s());
    let (points, _) = with(levels, (seconds, geometry.value_at(place.owner, levels, at.y)))?;
    Some(Event::Levels { owner: place.owner, clip: place.clip, points })
}

/// The line without a point.
pub fn without(geometry: &Geometry, place: Place) -> Option<Event> {
    let mut points = geometry.levels(place.owner, place.clip)?.points.clone();
    let index = place.point.filter(|index| *index < points.len())?;
    points.remove(index);
    Some(Event::Levels { owner: place.owner, clip: place.clip, points })
}
