//! Where everything lies: rectangles and handles as plain functions of the size and the numbers.

use iced::{Point, Rectangle, Size};

use super::{Edge, Fade, Join, Lane, Object, Song, Timeline};
use crate::theme::{Palette, Theme};
use crate::widget::plot::edges;

/// Height of a clip's title.
pub const TITLE: f32 = 18.0;
/// Side of a fade handle.
pub const HANDLE: f32 = 12.0;
/// Side of the area a handle answers in.
pub const HIT: f32 = 24.0;

/// The rectangles of the lanes, in the widget's own pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanes {
    /// The whole album, over the full width.
    pub overview: Rectangle,
    /// Times.
    pub ruler: Rectangle,
    /// Indices.
    pub index: Rectangle,
    /// Odd songs.
    pub upper: Rectangle,
    /// Even songs.
    pub lower: Rectangle,
    /// Courses of parameters; without height where none is shown.
    pub course: Rectangle,
    /// Short-term loudness.
    pub loudness: Rectangle,
    /// Notes and findings.
    pub marks: Rectangle,
}

impl Lanes {
    /// The lanes in `size`: song lanes take what the others leave, 60 to 160 high.
    pub fn new(size: Size, has_course: bool) -> Self {
        let small = size.width < 1300.0;
        let (overview, gutter, index, loudness) =
            if small { (28.0, 48.0, 20.0, 44.0) } else { (40.0, 72.0, 24.0, 72.0) };
        let course = match (has_course, small) {
            (false, _) => 0.0,
            (true, true) => 68.0,
            (true, false) => 96.0,
        };
        let apart = if has_course { 4.0 } else { 0.0 };
        let fixed = overview + 8.0 + 24.0 + index + 2.0 + 4.0 + apart + course + 6.0 + loudness + 2.0 + 28.0;
        let song = ((size.height - fixed) / 2.0).clamp(60.0, 160.0).floor();
        let row = |y: f32, height: f32| edges(gutter, y, size.width, y + height);
        let ruler = overview + 8.0;
        let upper = ruler + 24.0 + index + 2.0;
        let lower = upper + song + 4.0;
        let under = lower + song + apart;
        let curve = under + course + 6.0;
        Self {
            overview: edges(0.0, 0.0, size.width, overview),
            ruler: row(ruler, 24.0),
            index: row(ruler + 24.0, index),
            upper: row(upper, song),
            lower: row(lower, song),
            course: row(under, course),
            loudness: row(curve, loudness),
            marks: row(curve + loudness + 2.0, 28.0),
        }
    }

    /// Everything that moves with the view: from the ruler down to the marks.
    pub fn body(&self) -> Rectangle {
        edges(self.ruler.x, self.ruler.y, self.ruler.x + self.ruler.width, self.marks.y + self.marks.height)
    }

    /// The rectangle of a song lane.
    pub fn lane(&self, lane: Lane) -> Rectangle {
        match lane {
            Lane::Upper => self.upper,
            Lane::Lower => self.lower,
        }
    }
}

/// Pixels of a timeline in its lanes.
pub struct Geometry<'a> {
    /// The colours.
    pub palette: &'static Palette,
    /// The numbers.
    pub data: &'a Timeline,
    /// The rectangles.
    pub lanes: Lanes,
}

impl<'a> Geometry<'a> {
    /// The geometry of `data` in a widget of `size`.
    pub fn new(data: &'a Timeline, size: Size) -> Self {
        Self { palette: Theme::default().palette(), data, lanes: Lanes::new(size, data.has_course()) }
    }

    /// The same in the colours of a theme.
    pub fn wearing(self, theme: Theme) -> Self {
        Self { palette: theme.palette(), ..self }
    }

    /// The pixel of a second, also outside the lanes.
    pub fn x(&self, seconds: f64) -> f32 {
        self.lanes.ruler.x + self.data.view.pixel(seconds, self.lanes.ruler.width)
    }

    /// The second at a pixel.
    pub fn seconds(&self, x: f32) -> f64 {
        self.data.view.seconds(x - self.lanes.ruler.x, self.lanes.ruler.width)
    }

    /// Seconds covered by one pixel.
    pub fn seconds_per_pixel(&self) -> f64 {
        self.data.view.length_s() / f64::from(self.lanes.ruler.width)
    }

    /// The pixel of a second in the overview.
    pub fn overview_x(&self, seconds: f64) -> f32 {
        (seconds / self.data.album_s.max(f64::MIN_POSITIVE) * f64::from(self.lanes.overview.width)) as f32
    }

    /// The window rectangle in the overview, at least 8 px wide.
    pub fn window(&self) -> Rectangle {
        let (left, right) = (self.overview_x(self.data.view.start_s), self.overview_x(self.data.view.end_s));
        edges(left, self.lanes.overview.y, right.max(left + 8.0), self.lanes.overview.y + self.lanes.overview.height)
    }

    /// The visible rectangle of a song's clip, title included.
    pub fn clip(&self, song: &Song) -> Option<Rectangle> {
        let lane = self.lanes.lane(song.lane);
        self.visible(lane, song.start_s, song.end_s)
    }

    /// The visible part of `start_s..end_s` in `lane`.
    pub fn visible(&self, lane: Rectangle, start_s: f64, end_s: f64) -> Option<Rectangle> {
        let left = self.x(start_s).round().max(lane.x);
        let right = self.x(end_s).round().min(lane.x + lane.width);
        (right > left).then(|| edges(left, lane.y, right, lane.y + lane.height))
    }

    /// The two songs and the span of a crossfade, if the join is one.
    pub fn crossfade(&self, join: &Join) -> Option<(&'a Song, &'a Song)> {
        let (earlier, later) = self.data.neighbours(join)?;
        (later.start_s < earlier.end_s).then_some((earlier, later))
    }

    /// The block of a gap in the lane of the earlier song, if the join is one and visible.
    pub fn gap(&self, join: &Join) -> Option<Rectangle> {
        let (earlier, later) = self.data.neighbours(join)?;
        (later.start_s > earlier.end_s)
            .then(|| self.visible(self.lanes.lane(earlier.lane), earlier.end_s, later.start_s))
            .flatten()
    }

    /// Whether a song's start (or end) belongs to a crossfade, which then owns the handle.
    pub fn crossed(&self, index: usize, at_start: bool) -> bool {
        self.data.joins.iter().any(|join| {
            let joined = if at_start { join.after + 1 == index } else { join.after == index };
            joined && self.crossfade(join).is_some()
        })
    }

    /// Every handle with its centre: those of fades that exist or could be made on the selected song, and of crossfades.
    pub fn handles(&self) -> Vec<(Object, Point)> {
        let mut handles = Vec::new();
        for (index, song) in self.data.songs.iter().enumerate() {
            let lane = self.lanes.lane(song.lane);
            let y = lane.y + TITLE + 4.0;
            let wanted = |fade: &Fade| !song.disabled && (fade.seconds > 0.0 || song.selected);
            if wanted(&song.fade_in) && !self.crossed(index, true) {
                let x = self.x(song.start_s + song.fade_in.seconds);
                handles.push((Object::FadeIn(index), Point::new(x, y)));
            }
            if wanted(&song.fade_out) && !self.crossed(index, false) {
                let x = self.x(song.end_s - song.fade_out.seconds);
                handles.push((Object::FadeOut(index), Point::new(x, y)));
            }
        }
        for (index, join) in self.data.joins.iter().enumerate() {
            let Some((earlier, later)) = self.crossfade(join) else { continue };
            let (above, below) = (self.lanes.lane(earlier.lane), self.lanes.lane(later.lane));
            let end = Point::new(self.x(earlier.end_s), above.y + TITLE + 10.0);
            let start = Point::new(self.x(later.start_s), below.y + below.height - HANDLE);
            handles.push((Object::Crossfade(index, Edge::End), end));
            handles.push((Object::Crossfade(index, Edge::Start), start));
        }
        let (left, right) = (self.lanes.ruler.x, self.lanes.ruler.x + self.lanes.ruler.width);
        handles.retain(|(_, centre)| centre.x >= left - 1.0 && centre.x <= right + 1.0);
        handles
    }

    /// The points of a gain curve over `start_s..end_s` between `top` (gain 1) and `bottom` (gain 0), cut at the lanes' ends.
    pub fn fade_points(&self, gain: &[f32], start_s: f64, end_s: f64, top: f32, bottom: f32) -> Vec<Point> {
        let (left, right) = (self.lanes.ruler.x, self.lanes.ruler.x + self.lanes.ruler.width);
        let step = (end_s - start_s) / gain.len().saturating_sub(1).max(1) as f64;
        gain.iter()
            .enumerate()
            .map(|(point, gain)| {
                let x = self.x(start_s + step * point as f64);
                Point::new(x, bottom - gain.clamp(0.0, 1.0) * (bottom - top))
            })
            .filter(|point| point.x >= left && point.x <= right)
            .collect()
    }
}
