//! A place from close by: samples as squares, the signal between them, the span of the fault, a limit, and what a repair
//! would make of it; under it the spectrum over time.

use std::sync::Arc;

use iced::widget::canvas::Action;
use iced::widget::image::{self, Image};
use iced::{ContentFit, Event, Length, Point, Rectangle, Renderer, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// What a channel looks like.
#[derive(Debug, Clone, PartialEq)]
pub enum Trace {
    /// Samples one by one, and the line through them with `density` points for each.
    Samples {
        /// The samples; not-a-number where there is none.
        samples: Arc<[f32]>,
        /// The line.
        line: Arc<[f32]>,
        /// Points for each sample.
        density: usize,
    },
    /// Lowest and highest of equal shares.
    Columns(Arc<[(f32, f32)]>),
}

/// A channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Its letter.
    pub label: String,
    /// As it is.
    pub before: Trace,
    /// As a repair makes it.
    pub after: Option<Trace>,
    /// Whether the fault lies in it.
    pub faulty: bool,
}

/// A place.
#[derive(Debug, Clone, PartialEq)]
pub struct CloseUp {
    /// Time of the first sample in seconds, from the middle of the fault.
    pub from_s: f64,
    /// Time of the last sample.
    pub to_s: f64,
    /// The fault, in the same seconds.
    pub fault: (f64, f64),
    /// The channels.
    pub channels: Vec<Channel>,
    /// A level that is marked, full scale = 1.
    pub limit: Option<f32>,
    /// What is said in the corner.
    pub remark: String,
    /// The span of the repair, in the same seconds: it can be moved and resized.
    pub repair: Option<(f64, f64)>,
}

/// Width of the scale at the left, px.
const GUTTER: f32 = 44.0;
/// Height of the times below, px.
const TIMES: f32 = 22.0;
/// Distance between channels, px.
const GAP: f32 = 6.0;
/// Samples closer to each other than this are a line alone, px.
const APART: f32 = 3.5;

/// An edge is taken hold of this far beside it, px.
const GRIP: f32 = 6.0;
/// Height of the bar that shows a repair's span, px.
const BAR: f32 = 5.0;
/// No repair is shorter, s.
const SHORTEST: f64 = 2e-6;

/// The picture of a place; `on_span` is told where a repair has been moved to, in seconds from the middle of the fault.
pub fn close_up<'a, Message: 'a>(
    data: Arc<CloseUp>,
    on_span: Option<impl Fn(f64, f64) -> Message + 'a>,
) -> Element<'a, Message> {
    let on_span = on_span.map(|told| Box::new(told) as Box<dyn Fn(f64, f64) -> Message + 'a>);
    Canvas::new(Picture { data, on_span }).into()
}

struct Picture<'a, Message> {
    data: Arc<CloseUp>,
    on_span: Option<Box<dyn Fn(f64, f64) -> Message + 'a>>,
}

/// The pictures, and what is held.
#[derive(Default)]
pub struct State {
    layer: Layer,
    span: Layer,
    held: Option<Held>,
}

/// A part of a repair's span that the pointer holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Held {
    part: Part,
    /// Where it was taken, px.
    from_px: f32,
    /// The span then and now.
    was: (f64, f64),
    now: (f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Start,
    End,
    Whole,
}

impl Held {
    /// Follows the pointer by this many seconds from where it was taken.
    fn moved(&mut self, by: f64) {
        let (start, end) = self.was;
        self.now = match self.part {
            Part::Start => ((start + by).min(end - SHORTEST), end),
            Part::End => (start, (end + by).max(start + SHORTEST)),
            Part::Whole => (start + by, end + by),
        };
    }
}

impl CloseUp {
    fn time(&self, width: f32) -> Axis {
        Axis::along(edges(GUTTER, 0.0, width, 1.0), self.from_s as f32, self.to_s as f32)
    }

    fn seconds_per_px(&self, width: f32) -> f64 {
        (self.to_s - self.from_s) / f64::from((width - GUTTER).max(1.0))
    }

    /// The part of the repair's span under the pointer.
    fn part(&self, x: f32, width: f32) -> Option<Part> {
        let (start, end) = self.repair?;
        let px = |seconds: f64| GUTTER + ((seconds - self.from_s) / self.seconds_per_px(width)) as f32;
        let (start, end) = (px(start), px(end));
        match x {
            x if x < GUTTER => None,
            // A span of a few pixels is moved by what lies inside, and resized from outside.
            x if (start..=end).contains(&x) && end - start < 3.0 * GRIP => Some(Part::Whole),
            x if (x - end).abs() <= GRIP => Some(Part::End),
            x if (x - start).abs() <= GRIP => Some(Part::Start),
            x if (start..=end).contains(&x) => Some(Part::Whole),
            _ => None,
        }
    }

    fn paint_span(&self, frame: &mut Frame, bounds: Rectangle, span: (f64, f64), held: bool, palette: &Palette) {
        let time = self.time(bounds.width);
        let (left, right) = (time.held(span.0 as f32).floor(), time.held(span.1 as f32).ceil());
        let right = right.max(left + 2.0);
        let colour = if held { palette.text } else { palette.a };
        plot::fill(frame, edges(left, 0.0, right, BAR), colour);
        for x in [left, right - 1.0] {
            plot::vertical(frame, x, 0.0, bounds.height - TIMES, colour);
        }
    }
}

impl<Message> Program<Message> for Picture<'_, Message> {
    type State = State;

    fn update(
        &self,
        state: &mut State,
        event: &Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let on_span = self.on_span.as_ref()?;
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                let at = cursor.position_in(bounds)?;
                let (part, was) = (self.data.part(at.x, bounds.width)?, self.data.repair?);
                state.held = Some(Held { part, from_px: at.x, was, now: was });
                Some(Action::request_redraw().and_capture())
            }
            Event::Mouse(mouse::Event::CursorMoved { position }) => {
                let held = state.held.as_mut()?;
                let px = f64::from(position.x - bounds.x - held.from_px);
                held.moved(px * self.data.seconds_per_px(bounds.width));
                Some(Action::request_redraw().and_capture())
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => {
                let held = state.held.take()?;
                if held.now == held.was {
                    return Some(Action::request_redraw().and_capture());
                }
                Some(Action::publish(on_span(held.now.0, held.now.1)).and_capture())
            }
            _ => None,
        }
    }

    fn mouse_interaction(&self, state: &State, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        let under = || cursor.position_in(bounds).and_then(|at| self.data.part(at.x, bounds.width));
        let part = state.held.map(|held| held.part).or_else(under).filter(|_| self.on_span.is_some());
        match (part, state.held) {
            (None, _) => mouse::Interaction::None,
            (Some(Part::Whole), None) => mouse::Interaction::Grab,
            (Some(Part::Whole), Some(_)) => mouse::Interaction::Grabbing,
            (Some(_), _) => mouse::Interaction::ResizingHorizontally,
        }
    }

    fn draw(
        &self,
        state: &State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, data) = (theme.palette(), &self.data);
        let mut key = Fingerprint::default();
        // The numbers of a picture do not change: it is known by its address.
        key.add(Arc::as_ptr(data) as usize).number(data.from_s).number(data.fault.0).add(&data.remark).palette(palette);
        let picture =
            state.layer.draw(renderer, bounds.size(), key.value(), |frame| data.paint(frame, bounds, palette));
        let shown = state.held.map(|held| held.now).or(data.repair);
        let mut key = Fingerprint::default();
        let ends = shown.unwrap_or((f64::NAN, f64::NAN));
        key.number(ends.0).number(ends.1).number(data.from_s).number(data.to_s);
        key.add(state.held.is_some()).palette(palette);
        let span = state.span.draw(renderer, bounds.size(), key.value(), |frame| {
            shown.into_iter().for_each(|span| data.paint_span(frame, bounds, span, state.held.is_some(), palette));
        });
        vec![picture, span]
    }
}

impl CloseUp {
    fn paint(&self, frame: &mut Frame, bounds: Rectangle, palette: &Palette) {
        let count = self.channels.len().max(1) as f32;
        let room = bounds.height - TIMES - GAP * (count - 1.0);
        let height = (room / count).floor().max(24.0);
        let time = self.time(bounds.width);
        let reach = self.reach();
        for (index, channel) in self.channels.iter().enumerate() {
            let top = index as f32 * (height + GAP);
            let area = edges(GUTTER, top, bounds.width, top + height);
            self.paint_channel(frame, channel, area, &time, reach, palette);
            if index == 0 {
                Word::label(self.remark.clone(), 12.0, palette.alarm).right(frame, bounds.width - 8.0, top + 14.0);
            }
        }
        let y = (height + GAP) * count - GAP + TIMES / 2.0;
        for (place, align) in [(self.from_s, 0.0), (0.0, 0.5), (self.to_s, 1.0)] {
            let word = Word::number(span(place), 11.0, palette.text2);
            let x = time.pixel(place as f32);
            match align {
                0.0 => word.left(frame, x, y),
                1.0 => word.right(frame, x, y),
                _ => word.centred(frame, x, y),
            }
        }
    }

    /// The scale: a little more than the largest value, in steps that read well.
    fn reach(&self) -> f32 {
        let traces = self.channels.iter().flat_map(|channel| std::iter::once(&channel.before).chain(&channel.after));
        let largest = traces.map(Trace::largest).fold(0.0f32, f32::max).max(self.limit.unwrap_or(0.0));
        let steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 4.0];
        steps.into_iter().find(|step| *step >= 1.05 * largest).unwrap_or(1.1 * largest)
    }

    fn paint_channel(
        &self,
        frame: &mut Frame,
        channel: &Channel,
        area: Rectangle,
        time: &Axis,
        reach: f32,
        palette: &Palette,
    ) {
        let level = Axis::level(area, reach, -reach);
        plot::fill(frame, area, palette.well);
        if channel.faulty {
            let (left, right) = (time.held(self.fault.0 as f32).floor(), time.held(self.fault.1 as f32).ceil());
            let right = right.max(left + 2.0);
            plot::fill(frame, edges(left, area.y, right, area.y + area.height), palette.fault);
            for x in [left, right - 1.0] {
                plot::vertical(frame, x, area.y, area.y + area.height, palette.over);
            }
        }
        plot::horizontal(frame, level.pixel(0.0), area.x, area.x + area.width, palette.hairline);
        for value in [0.5 * reach, 0.0, -0.5 * reach] {
            let text = plot::decimal(
                f64::from(value),
                if reach < 0.02 {
                    4
                } else if reach < 0.2 {
                    3
                } else {
                    2
                },
                true,
            );
            Word::number(text, 11.0, palette.text2).right(frame, area.x - 6.0, level.pixel(value));
        }
        for limit in self.limit.filter(|limit| *limit <= reach).iter().flat_map(|limit| [*limit, -*limit]) {
            let y = level.pixel(limit);
            plot::dashed(frame, Point::new(area.x, y), Point::new(area.x + area.width, y), [5.0, 3.0], palette.mid);
        }
        self.paint_trace(frame, channel, area, time, &level, palette);
        Word::title(channel.label.clone(), 13.0, palette.text).left(frame, area.x + 8.0, area.y + 14.0);
    }

    fn paint_trace(
        &self,
        frame: &mut Frame,
        channel: &Channel,
        area: Rectangle,
        time: &Axis,
        level: &Axis,
        palette: &Palette,
    ) {
        match &channel.before {
            Trace::Columns(columns) => {
                let step = area.width / columns.len().max(1) as f32;
                for (index, (low, high)) in columns.iter().enumerate() {
                    let left = (area.x + step * index as f32).floor();
                    let right = (area.x + step * (index + 1) as f32).floor().max(left + 1.0);
                    let (top, bottom) = (level.held(*high).floor(), level.held(*low).ceil());
                    plot::fill(frame, edges(left, top, right, bottom.max(top + 1.0)), palette.a_mid);
                }
            }
            Trace::Samples { samples, line, density } => {
                plot::long_line(frame, &points(line, *density, samples.len(), time, level), 1.5, palette.a);
                if let Some(Trace::Samples { samples, line, density }) = &channel.after {
                    for part in points(line, *density, samples.len(), time, level).chunks(256) {
                        plot::dashed_through(frame, part, [4.0, 3.0], palette.text);
                    }
                }
                let apart = area.width / samples.len().max(1) as f32;
                for (index, sample) in samples.iter().enumerate().filter(|_| apart >= APART) {
                    let at = self.second(index, samples.len());
                    let inside = channel.faulty && (self.fault.0..=self.fault.1).contains(&f64::from(at));
                    let colour = if inside { palette.alarm } else { palette.a };
                    let (x, y) = (time.pixel(at).round(), level.held(*sample).round());
                    if sample.is_finite() {
                        plot::fill(frame, edges(x - 1.0, y - 1.0, x + 2.0, y + 2.0), colour);
                    } else {
                        plot::vertical(frame, x, area.y, area.y + area.height, palette.over);
                    }
                }
            }
        }
    }

    fn second(&self, sample: usize, count: usize) -> f32 {
        (self.from_s + (self.to_s - self.from_s) * sample as f64 / count.saturating_sub(1).max(1) as f64) as f32
    }
}

impl Trace {
    fn largest(&self) -> f32 {
        let largest = |largest: f32, value: f32| if value.is_finite() { largest.max(value.abs()) } else { largest };
        match self {
            Trace::Samples { samples, line, .. } => samples.iter().chain(line.iter()).copied().fold(0.0, largest),
            Trace::Columns(columns) => columns.iter().flat_map(|(low, high)| [*low, *high]).fold(0.0, largest),
        }
    }
}

/// The line in pixels.
fn points(line: &[f32], density: usize, samples: usize, time: &Axis, level: &Axis) -> Vec<Point> {
    let last = ((samples.max(2) - 1) * density.max(1)) as f32;
    let width = time.to_px - time.from_px;
    // More than two points a pixel show nothing.
    let step = ((line.len() as f32 / (2.0 * width.max(1.0))).ceil() as usize).max(1);
    let point = |index: usize| Point::new(time.from_px + width * index as f32 / last, level.held(line[index]));
    (0..line.len()).step_by(step).map(point).collect()
}

/// A time to either side: milliseconds below a second.
pub fn span(seconds: f64) -> String {
    match seconds.abs() {
        0.0 => "0".into(),
        s if s < 0.0095 => format!("{} ms", plot::plain(1000.0 * seconds, 1, true)),
        s if s < 0.9995 => format!("{} ms", plot::plain(1000.0 * seconds, 0, true)),
        _ => format!("{} s", plot::plain(seconds, 2, true)),
    }
}

/// The colours of viridis (S. van der Walt, N. Smith, 2015) at eight even places; those between are mixed.
const VIRIDIS: [[f32; 3]; 8] = [
    [68.0, 1.0, 84.0],
    [70.0, 50.0, 127.0],
    [54.0, 92.0, 141.0],
    [39.0, 127.0, 142.0],
    [31.0, 161.0, 135.0],
    [74.0, 194.0, 109.0],
    [159.0, 218.0, 58.0],
    [253.0, 231.0, 37.0],
];

/// Levels over time and frequency as a picture: `columns` after each other, each of `rows` from low to high frequencies;
/// `floor_db` and below is darkest, 0 dB brightest.
pub fn strip(columns: usize, rows: usize, level_db: &[f32], floor_db: f32) -> image::Handle {
    let mut pixels = Vec::with_capacity(4 * columns * rows);
    for row in (0..rows).rev() {
        for column in 0..columns {
            let level = level_db.get(column * rows + row).copied().unwrap_or(floor_db);
            let share = (1.0 - level / floor_db).clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
            let (low, between) = ((share as usize).min(VIRIDIS.len() - 2), share.fract());
            let between = if share >= (VIRIDIS.len() - 1) as f32 { 1.0 } else { between };
            let mixed = |part: usize| VIRIDIS[low][part] + between * (VIRIDIS[low + 1][part] - VIRIDIS[low][part]);
            pixels.extend([mixed(0).round() as u8, mixed(1).round() as u8, mixed(2).round() as u8, 255]);
        }
    }
    image::Handle::from_rgba(columns as u32, rows as u32, pixels)
}

/// The picture, as wide as there is room and `height` px high.
pub fn strip_view<'a, Message: 'a>(handle: image::Handle, height: f32) -> Element<'a, Message> {
    Image::new(handle)
        .width(Length::Fill)
        .height(height)
        .content_fit(ContentFit::Fill)
        .filter_method(image::FilterMethod::Nearest)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{Picture as Shot, same, simulate};
    use iced::Size;

    fn channel(label: &str, faulty: bool) -> Channel {
        let value = |at: f32| 0.1 * (at / 9.0).sin();
        let samples = (0..96).map(|n| if n == 48 && faulty { 0.4 } else { value(n as f32) }).collect();
        let line = (0..95 * 8 + 1).map(|n| value(n as f32 / 8.0)).collect();
        let before = Trace::Samples { samples, line, density: 8 };
        Channel { label: label.into(), after: faulty.then(|| before.clone()), before, faulty }
    }

    #[test]
    fn a_fault_stands_in_its_span_and_channel() {
        let data = CloseUp {
            from_s: -0.001,
            to_s: 0.001,
            fault: (-0.0001, 0.0001),
            channels: vec![channel("L", true), channel("R", false)],
            limit: Some(0.3),
            remark: "3 samples".into(),
            repair: None,
        };
        let told = None::<fn(f64, f64)>;
        let mut ui = simulate::<()>(close_up(Arc::new(data), told), Size::new(544.0, 300.0));
        let shot = Shot::of(&mut ui, "close-up");
        assert!(same(shot.at((294.0 + 8.0, 100.0)), Palette::DARK.fault), "the span is tinted");
        assert!(same(shot.at((294.0 + 8.0, 260.0)), Palette::DARK.well), "the other channel is not");
    }

    #[test]
    fn a_repair_is_moved_by_its_middle_and_resized_by_its_edges() {
        let data = CloseUp {
            from_s: -0.01,
            to_s: 0.01,
            fault: (0.0, 0.0),
            channels: Vec::new(),
            limit: None,
            remark: String::new(),
            repair: Some((-0.002, 0.004)),
        };
        // 20 ms over 500 px: 40 us each.
        let width = GUTTER + 500.0;
        let x = |seconds: f64| GUTTER + 250.0 + (seconds / 0.000_04) as f32;
        let part = |seconds: f64| data.part(x(seconds), width);
        assert_eq!((part(-0.002), part(0.004), part(0.001)), (Some(Part::Start), Some(Part::End), Some(Part::Whole)));
        assert_eq!((part(-0.004), part(0.006), data.part(10.0, width)), (None, None, None));
        let moved = |part, by| {
            let mut held = Held { part, from_px: 0.0, was: (1.0, 2.0), now: (1.0, 2.0) };
            held.moved(by);
            held.now
        };
        assert_eq!((moved(Part::Whole, -0.5), moved(Part::Start, 0.25)), ((0.5, 1.5), (1.25, 2.0)));
        assert!(moved(Part::Start, 5.0).0 < 2.0 && moved(Part::End, -5.0).1 > 1.0, "an edge never passes the other");
    }

    #[test]
    fn times_read_in_the_unit_of_their_size() {
        assert_eq!((span(0.0), span(-0.001), span(0.05)), ("0".into(), "\u{2212}1.0 ms".into(), "+50 ms".into()));
        assert_eq!((span(2.5), span(-0.6)), ("+2.50 s".into(), "\u{2212}600 ms".into()));
    }

    #[test]
    fn levels_become_colours_from_dark_to_bright() {
        let image::Handle::Rgba { pixels, width, height, .. } = strip(2, 1, &[-120.0, 0.0], -120.0) else { panic!() };
        assert_eq!((width, height, &pixels[..]), (2, 1, &[68, 1, 84, 255, 253, 231, 37, 255][..]));
    }
}
