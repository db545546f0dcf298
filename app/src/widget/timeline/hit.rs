//! What lies under the pointer.

use iced::{Point, Rectangle, mouse};

use super::lanes::{Geometry, HIT, TITLE};
use super::{Edge, Object, level};
use crate::widget::plot::edges;

/// A place of the timeline that answers to the pointer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// A handle, a grip or an edge that changes one value.
    Handle(Object),
    /// A point of a line, the line, or its lane.
    Level(level::Place),
    /// The title of a song: click selects, drag moves.
    Title(usize),
    /// The body of a song.
    Clip(usize),
    /// The curve of a fade or the overlap of a crossfade: the wheel changes its form.
    Form(Object),
    /// A mark, by its position in the list.
    Mark(usize),
    /// The ruler.
    Ruler,
    /// The left edge, the inside or the right edge of the overview's window.
    Window(Part),
    /// The overview beside the window.
    Overview,
    /// An empty place in the lanes.
    Empty,
}

/// A part of the overview's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its left edge.
    Left,
    /// Its inside.
    Inside,
    /// Its right edge.
    Right,
}

/// How far beside an edge the pointer still takes it, in pixels.
const REACH: f32 = 5.0;

/// The target at `point`; none outside every lane.
pub fn hit(geometry: &Geometry, point: Point) -> Option<Target> {
    let lanes = &geometry.lanes;
    if lanes.overview.contains(point) {
        return Some(overview(geometry, point.x));
    }
    if !lanes.body().contains(point) {
        return None;
    }
    if lanes.ruler.contains(point) {
        return Some(Target::Ruler);
    }
    if lanes.marks.contains(point) {
        return Some(mark(geometry, point.x).map_or(Target::Empty, Target::Mark));
    }
    handle(geometry, point)
        .or_else(|| geometry.level_under(point).map(Target::Level))
        .or_else(|| grip(geometry, point))
        .or_else(|| trim(geometry, point))
        .or_else(|| form(geometry, point))
        .or_else(|| song(geometry, point))
        .or(Some(Target::Empty))
}

fn overview(geometry: &Geometry, x: f32) -> Target {
    let window = geometry.window();
    match x {
        x if (x - window.x).abs() <= REACH => Target::Window(Part::Left),
        x if (x - window.x - window.width).abs() <= REACH => Target::Window(Part::Right),
        x if x > window.x && x < window.x + window.width => Target::Window(Part::Inside),
        _ => Target::Overview,
    }
}

fn mark(geometry: &Geometry, x: f32) -> Option<usize> {
    const WORD: f32 = 120.0;
    let near = |seconds: f64| x >= geometry.x(seconds) - REACH && x <= geometry.x(seconds) + WORD;
    geometry.data.marks.iter().rposition(|mark| near(mark.seconds))
}

fn handle(geometry: &Geometry, point: Point) -> Option<Target> {
    let area =
        |centre: Point| edges(centre.x - HIT / 2.0, centre.y - HIT / 2.0, centre.x + HIT / 2.0, centre.y + HIT / 2.0);
    let nearest = |a: &(Object, Point), b: &(Object, Point)| a.1.distance(point).total_cmp(&b.1.distance(point));
    let found = geometry.handles().into_iter().filter(|(_, centre)| area(*centre).contains(point)).min_by(nearest)?;
    Some(Target::Handle(found.0))
}

/// A gap answers with its whole block and a little beside it.
fn grip(geometry: &Geometry, point: Point) -> Option<Target> {
    let wide =
        |block: Rectangle| edges(block.x - REACH, block.y, block.x + block.width + REACH, block.y + block.height);
    let gap = geometry
        .data
        .joins
        .iter()
        .position(|join| geometry.gap(join).is_some_and(|block| wide(block).contains(point)))?;
    Some(Target::Handle(Object::Gap(gap)))
}

/// The vertical edges of a clip's body trim it, except where a crossfade owns them.
fn trim(geometry: &Geometry, point: Point) -> Option<Target> {
    geometry.data.songs.iter().enumerate().rev().find_map(|(index, song)| {
        let lane = geometry.lanes.lane(song.lane);
        if song.disabled || point.y < lane.y + TITLE || point.y > lane.y + lane.height {
            return None;
        }
        let near = |seconds: f64| (point.x - geometry.x(seconds)).abs() <= REACH;
        match (near(song.start_s), near(song.end_s)) {
            (true, _) if !geometry.crossed(index, true) => Some(Target::Handle(Object::TrimIn(index))),
            (_, true) if !geometry.crossed(index, false) => Some(Target::Handle(Object::TrimOut(index))),
            _ => None,
        }
    })
}

fn form(geometry: &Geometry, point: Point) -> Option<Target> {
    let seconds = geometry.seconds(point.x);
    let crossfade = geometry.data.joins.iter().enumerate().find_map(|(index, join)| {
        let (earlier, later) = geometry.crossfade(join)?;
        let inside = |song: &super::Song| geometry.clip(song).is_some_and(|clip| clip.contains(point));
        let over = seconds > later.start_s && seconds < earlier.end_s;
        // Each song's curve lies over its own lane.
        match (over && inside(later), over && inside(earlier)) {
            (true, _) => Some(Object::Crossfade(index, Edge::Start)),
            (_, true) => Some(Object::Crossfade(index, Edge::End)),
            _ => None,
        }
    });
    if let Some(object) = crossfade {
        return Some(Target::Form(object));
    }
    let index = song_at(geometry, point).filter(|(_, title)| !title)?.0;
    let song = &geometry.data.songs[index];
    if seconds < song.start_s + song.fade_in.seconds {
        Some(Target::Form(Object::FadeIn(index)))
    } else if seconds > song.end_s - song.fade_out.seconds {
        Some(Target::Form(Object::FadeOut(index)))
    } else {
        None
    }
}

fn song(geometry: &Geometry, point: Point) -> Option<Target> {
    song_at(geometry, point).map(|(index, title)| if title { Target::Title(index) } else { Target::Clip(index) })
}

/// The song whose clip is under the pointer, and whether it is its title.
pub fn song_at(geometry: &Geometry, point: Point) -> Option<(usize, bool)> {
    let found = geometry.data.songs.iter().enumerate().rev();
    found.into_iter().find_map(|(index, song)| {
        let clip = geometry.clip(song)?;
        clip.contains(point).then_some((index, point.y < clip.y + TITLE))
    })
}

/// The cursor that says what a target does.
pub fn cursor(target: Option<Target>, dragging: bool) -> mouse::Interaction {
    use mouse::Interaction;
    match target {
        Some(Target::Handle(Object::FadeIn(_) | Object::FadeOut(_))) if dragging => Interaction::Grabbing,
        Some(Target::Handle(Object::FadeIn(_) | Object::FadeOut(_))) => Interaction::Grab,
        Some(Target::Handle(Object::Song { .. }) | Target::Window(Part::Inside)) if dragging => Interaction::Grabbing,
        Some(Target::Handle(Object::Song { .. }) | Target::Window(Part::Inside)) => Interaction::Grab,
        Some(Target::Handle(_) | Target::Window(_)) => Interaction::ResizingHorizontally,
        Some(Target::Level(place)) if place.point.is_none() => Interaction::Crosshair,
        Some(Target::Level(_)) => {
            if dragging {
                Interaction::Grabbing
            } else {
                Interaction::Grab
            }
        }
        Some(Target::Title(_)) => Interaction::Grab,
        Some(Target::Ruler | Target::Mark(_) | Target::Overview) => Interaction::Pointer,
        Some(Target::Clip(_) | Target::Form(_) | Target::Empty) | None => Interaction::Idle,
    }
}
