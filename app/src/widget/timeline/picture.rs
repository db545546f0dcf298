//! The still layers of the timeline: overview, window, scale, and what moves only with the view or an edit.

use std::rc::Rc;
use std::sync::Arc;

use iced::widget::canvas::Path;
use iced::{Point, Rectangle, Renderer, mouse};

use super::lanes::Geometry;
use super::span::ticks;
use super::{Curve, Levels, Severity, Song, Timeline, clip, join, level};
use crate::theme::Theme;
use crate::theme::icon;
use crate::widget::plot::{self, Axis, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::widget::waveform::{self, Ink, bars};

/// The program of the still layers.
pub struct Picture(pub(super) Rc<Timeline>);

/// Caches: one a layer, so that scrolling does not draw the overview again.
#[derive(Default)]
pub struct Layers {
    overview: Layer,
    window: Layer,
    lanes: Layer,
}

impl<Message> Program<Message> for Picture {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (size, data) = (bounds.size(), &*self.0);
        let geometry = Geometry::new(data, size).wearing(*theme);
        let album = album_key(&geometry);
        let mut lanes = Fingerprint::default();
        lanes.add(album).number(data.view.start_s).number(data.view.end_s);
        content_key(&mut lanes, data);
        let mut window = Fingerprint::default();
        window.add(album).number(data.view.start_s).number(data.view.end_s);
        let top = geometry.lanes.overview.y + geometry.lanes.overview.height;
        let below = edges(0.0, top, size.width, size.height);
        vec![
            layers.overview.draw_in(renderer, geometry.lanes.overview, album, |frame| overview(frame, &geometry)),
            layers.window.draw_apart(renderer, size, window.value(), |frame| {
                plot::outline(frame, geometry.window(), geometry.palette.text);
            }),
            layers.lanes.draw_in(renderer, below, lanes.value(), |frame| {
                wells(frame, &geometry);
                ruler(frame, &geometry);
                indices(frame, &geometry);
                let songs = data.songs.iter().enumerate();
                songs.for_each(|(index, song)| clip::draw(frame, &geometry, index, song));
                data.joins.iter().for_each(|join| join::draw(frame, &geometry, join));
                clip::handles(frame, &geometry);
                level::lane(frame, &geometry);
                loudness(frame, &geometry);
                marks(frame, &geometry);
                selection(frame, &geometry);
            }),
        ]
    }
}

/// The numbers the overview is drawn from.
fn album_key(geometry: &Geometry) -> u64 {
    let data = geometry.data;
    let mut key = Fingerprint::default();
    key.number(data.album_s).palette(geometry.palette);
    for song in &data.songs {
        key.number(song.start_s).number(song.end_s).add((song.selected, song.disabled, song.lane));
        key.add(Arc::as_ptr(&song.columns).cast::<()>() as usize);
    }
    key.value()
}

/// The numbers the lanes are drawn from, beside those of the overview.
fn content_key(key: &mut Fingerprint, data: &Timeline) {
    for song in &data.songs {
        key.add((song.number, &song.title, &song.gain));
        key.add(Arc::as_ptr(&song.loudness.values).cast::<f32>() as usize);
        levels_key(key, &song.levels);
        for fade in [&song.fade_in, &song.fade_out] {
            key.number(fade.seconds).numbers(&fade.shape.gain);
        }
    }
    for join in &data.joins {
        key.add((join.after, &join.name)).numbers(&join.falling.gain).numbers(&join.rising.gain);
    }
    for index in &data.indices {
        key.number(index.seconds).add((index.song, index.index));
    }
    for mark in &data.marks {
        key.number(mark.seconds).add((&mark.text, mark.severity));
    }
    levels_key(key, &data.album_levels);
    let point = data.point.map(|place| (place.owner, place.clip, place.point));
    key.add(data.shows_levels).add(point).add(data.selection.is_some());
    let (from, to) = data.selection.unwrap_or_default();
    key.number(from).number(to);
    key.number(data.target_lufs.unwrap_or(f64::NAN)).add(data.format.text(1.0)).add(data.format.label());
}

fn levels_key(key: &mut Fingerprint, levels: &[Levels]) {
    for levels in levels {
        key.number(levels.start_s).number(levels.end_s).add(levels.points.len());
        levels.points.iter().for_each(|point| {
            key.number(point.0).number(point.1);
        });
        if let Some(course) = &levels.course {
            let ways: Vec<&str> = course.ways.iter().map(|way| way.id()).collect();
            key.add((&course.name, ways)).number(course.base);
        }
    }
}

fn overview(frame: &mut Frame, geometry: &Geometry) {
    let (data, area) = (geometry.data, geometry.lanes.overview);
    let palette = geometry.palette;
    plot::fill(frame, area, palette.well);
    for song in &data.songs {
        let (left, right) = (geometry.overview_x(song.start_s).round(), geometry.overview_x(song.end_s).round());
        let strip = edges(left, area.y + 4.0, right, area.y + area.height - 4.0);
        let columns = song.columns.columns(0.0, song.end_s - song.start_s, strip.width.max(0.0) as usize);
        let peak = match (song.disabled, song.selected) {
            (true, _) => palette.hairline,
            (false, true) => palette.a_mid,
            (false, false) => palette.quiet,
        };
        waveform::draw(frame, &bars(&columns, strip, 1.0), strip, &Ink::outline(peak));
    }
}

fn wells(frame: &mut Frame, geometry: &Geometry) {
    let (data, lanes) = (geometry.data, &geometry.lanes);
    let palette = geometry.palette;
    for area in [lanes.upper, lanes.lower, lanes.loudness] {
        plot::fill(frame, area, palette.well);
    }
    for tick in ticks(data.view, lanes.ruler.width, data.format) {
        let x = geometry.x(tick);
        for area in [lanes.upper, lanes.lower] {
            plot::vertical(frame, x, area.y, area.y + area.height, palette.grid);
        }
    }
    let label = |text: &str| Word::label(text, 12.0, palette.text2);
    label(data.format.label()).left(frame, 0.0, lanes.ruler.center_y() - 1.0);
    label("Index").left(frame, 0.0, lanes.index.center_y());
    label("Songs").left(frame, 0.0, lanes.upper.y + 10.0);
    label("Marks").left(frame, 0.0, lanes.marks.center_y());
}

fn ruler(frame: &mut Frame, geometry: &Geometry) {
    let (data, area) = (geometry.data, geometry.lanes.ruler);
    let (palette, bottom) = (geometry.palette, area.y + area.height);
    if let Some((from, to)) = data.selection
        && let Some(band) = geometry.visible(area, from, to)
    {
        plot::fill(frame, band, palette.a_deep);
    }
    plot::horizontal(frame, bottom, area.x, area.x + area.width, palette.hairline);
    for tick in ticks(data.view, area.width, data.format) {
        let x = geometry.x(tick);
        plot::vertical(frame, x, bottom - 6.0, bottom, palette.outline);
        let word = Word::number(data.format.text(tick), 11.0, palette.text2);
        if let Some(word) =
            word.cut((area.x + area.width - x - 4.0).max(0.0)).filter(|_| x + 70.0 < area.x + area.width)
        {
            word.left(frame, x + 4.0, area.center_y() - 1.0);
        }
    }
}

fn indices(frame: &mut Frame, geometry: &Geometry) {
    let (data, area) = (geometry.data, geometry.lanes.index);
    let (palette, bottom) = (geometry.palette, area.y + area.height);
    let mut free = area.x;
    for index in data.indices.iter().filter(|index| data.view.shows(index.seconds, index.seconds + 1e-9)) {
        let x = geometry.x(index.seconds).floor();
        let text = format!("{:02} index {}", index.song, index.index);
        let word = Word::label(text, 12.0, if index.index == 0 { palette.text2 } else { palette.text });
        let width = word.width();
        if index.index == 0 {
            plot::vertical(frame, x, area.y, bottom, palette.outline);
            if x - 8.0 - width > free {
                word.right(frame, x - 8.0, area.center_y());
            }
            free = x;
            continue;
        }
        plot::vertical(frame, x, area.y + 2.0, bottom, palette.text);
        let flag = Path::new(|path| {
            path.move_to(Point::new(x - 4.5, area.y + 2.0));
            path.line_to(Point::new(x + 5.5, area.y + 2.0));
            path.line_to(Point::new(x + 0.5, area.y + 7.0));
            path.close();
        });
        frame.fill(&flag, palette.text);
        if x + 10.0 + width < area.x + area.width {
            word.left(frame, x + 10.0, area.center_y());
            free = x + 10.0 + width;
        }
    }
}

fn loudness(frame: &mut Frame, geometry: &Geometry) {
    let (data, area) = (geometry.data, geometry.lanes.loudness);
    let palette = geometry.palette;
    let centre = data.target_lufs.unwrap_or(-14.0) as f32;
    let axis = Axis::level(area, centre + 9.0, centre - 11.0);
    let tall = area.height > 60.0;
    Word::label("S", 12.0, palette.text2).left(frame, 0.0, area.y + 10.0);
    let unit = Word::label("LUFS", 12.0, palette.text2);
    if tall {
        unit.left(frame, 0.0, area.y + 26.0)
    } else {
        unit.left(frame, 11.0, area.y + 10.0)
    }
    for level in if tall { vec![6.0, 0.0, -6.0] } else { vec![0.0] } {
        let text = plot::decimal(f64::from(centre + level), 0, false);
        Word::number(text, 11.0, palette.text2).right(
            frame,
            area.x - 6.0,
            axis.pixel(centre + level) + if tall { 0.0 } else { 4.0 },
        );
    }
    let curve = |frame: &mut Frame, song: &Song| {
        let colour = if song.selected { palette.a } else { palette.text2 };
        for points in curve_points(geometry, song, &song.loudness, &axis) {
            plot::long_line(frame, &points, 1.25, colour);
        }
    };
    if let Some(target) = data.target_lufs {
        let y = axis.pixel(target as f32);
        plot::fill(
            frame,
            edges(area.x, axis.pixel(centre + 1.0).round(), area.x + area.width, axis.pixel(centre - 1.0).round()),
            palette.clip,
        );
        plot::dashed(frame, Point::new(area.x, y), Point::new(area.x + area.width, y), [2.0, 3.0], palette.outline);
        let text = format!("target {} LUFS", plot::decimal(target, 1, false));
        Word::label(text, 12.0, palette.text2).right(frame, area.x + area.width - 8.0, area.y + 12.0);
    }
    data.songs.iter().filter(|song| !song.disabled).for_each(|song| curve(frame, song));
}

/// The visible runs of a loudness curve, at most one point every two pixels, broken where there is no value.
fn curve_points(geometry: &Geometry, song: &Song, curve: &Curve, axis: &Axis) -> Vec<Vec<Point>> {
    let Some(clip) = geometry.clip(song) else { return Vec::new() };
    let mut runs = vec![Vec::new()];
    let count = (clip.width / 2.0).ceil() as usize;
    for point in 0..=count {
        let x = (clip.x + 2.0 * point as f32).min(clip.x + clip.width);
        let place = ((geometry.seconds(x) - song.start_s) / curve.step_s).round();
        let value = (place >= 0.0).then(|| curve.values.get(place as usize)).flatten();
        match value.filter(|value| value.is_finite()) {
            Some(value) => runs.last_mut().into_iter().for_each(|run| run.push(Point::new(x, axis.held(*value)))),
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| run.len() > 1);
    runs
}

fn marks(frame: &mut Frame, geometry: &Geometry) {
    let (data, area) = (geometry.data, geometry.lanes.marks);
    let palette = geometry.palette;
    let heaps = heaps(geometry);
    for (position, heap) in heaps.iter().enumerate() {
        let Heap { x, severity, .. } = *heap;
        let (line, words) = match severity {
            Severity::Note => (palette.outline, palette.text),
            Severity::Warning => (palette.mid, palette.mid),
            Severity::Error => (palette.over, palette.alarm),
        };
        plot::vertical(frame, x, area.y + 4.0, area.y + area.height - 4.0, line);
        symbol(frame, severity, Point::new(x + 13.0, area.center_y()), words);
        let next = heaps.get(position + 1).map_or(area.x + area.width, |next| next.x - 8.0);
        let text = match heap.marks {
            1 => data.marks[heap.first].text.clone(),
            count => format!("{count} here"),
        };
        if let Some(word) = Word::label(text, 12.0, words).cut(next - x - 24.0) {
            word.left(frame, x + 24.0, area.center_y());
        }
    }
}

/// Marks too close to be told apart at this zoom.
struct Heap {
    x: f32,
    first: usize,
    marks: usize,
    severity: Severity,
}

/// Pixels that a mark's sign takes: nearer ones are one heap under the gravest sign.
const SIGN: f32 = 22.0;

fn heaps(geometry: &Geometry) -> Vec<Heap> {
    let data = geometry.data;
    let shown = |mark: &&(usize, &super::Mark)| data.view.shows(mark.1.seconds, mark.1.seconds + 1e-9);
    let marks: Vec<_> = data.marks.iter().enumerate().collect();
    let mut visible: Vec<_> =
        marks.iter().filter(shown).map(|(index, mark)| (geometry.x(mark.seconds).floor(), *index)).collect();
    visible.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut heaps: Vec<Heap> = Vec::new();
    for (x, index) in visible {
        let severity = data.marks[index].severity;
        match heaps.last_mut().filter(|heap| x - heap.x < SIGN) {
            Some(heap) => {
                heap.marks += 1;
                heap.severity = heap.severity.max(severity);
            }
            None => heaps.push(Heap { x, first: index, marks: 1, severity }),
        }
    }
    heaps
}

/// The ends of the selected stretch, through the lanes.
fn selection(frame: &mut Frame, geometry: &Geometry) {
    let Some((from, to)) = geometry.data.selection else { return };
    let (lanes, palette) = (&geometry.lanes, geometry.palette);
    let inside = |x: &f32| *x >= lanes.ruler.x && *x <= lanes.ruler.x + lanes.ruler.width;
    for x in [from, to].map(|seconds| geometry.x(seconds).floor()).iter().filter(|x| inside(x)) {
        plot::vertical(frame, *x, lanes.ruler.y, lanes.loudness.y + lanes.loudness.height, palette.a_mid);
    }
}

/// The sign of a severity, so that colour never speaks alone.
fn symbol(frame: &mut Frame, severity: Severity, centre: Point, colour: iced::Color) {
    let glyph = match severity {
        Severity::Note => icon::PIN,
        Severity::Warning => icon::TRIANGLE_ALERT,
        Severity::Error => icon::X,
    };
    Word::icon(glyph, 14.0, colour).centred(frame, centre.x, centre.y);
}
