//! The loudness history: momentary as columns, short-term and integrated as lines, the target band, what is unheard dimmed.

use std::rc::Rc;
use std::sync::Arc;

use iced::mouse::{self, Button};
use iced::widget::canvas::{self, Action, Path};
use iced::{Point, Rectangle, Renderer, Size};

use crate::theme::{Element, Palette, Theme};
use crate::widget::plot::{
    self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, POINTS, Program, Word, bubble, edges,
};

/// What the history shows. Values in LUFS at even distances; not-a-number or minus infinity where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Momentary loudness.
    pub momentary: Arc<[f32]>,
    /// Short-term loudness.
    pub short_term: Arc<[f32]>,
    /// Integrated loudness up to each place.
    pub integrated: Arc<[f32]>,
    /// Seconds between values, above zero.
    pub step_s: f64,
    /// Second of the first value.
    pub start_s: f64,
    /// Seconds across.
    pub span_s: f64,
    /// Up to where it has been heard; the rest is dimmed. None when all of it counts.
    pub heard_s: Option<f64>,
    /// Target in LUFS and half the width of its band in LU.
    pub target: Option<(f64, f64)>,
    /// Level at the upper edge in LUFS.
    pub top_lufs: f64,
    /// Level at the lower edge in LUFS.
    pub bottom_lufs: f64,
    /// Where songs begin in the album view, with what stands there.
    pub separators: Vec<Separator>,
}

/// The border of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct Separator {
    /// Where it is.
    pub seconds: f64,
    /// Number and integrated loudness of the song that begins there.
    pub text: String,
}

/// What the engineer does with the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A click: play from this second.
    Jump(f64),
    /// A drag: measure from the first to the second time.
    Range(f64, f64),
}

/// The element: fills the room it is given, scales included.
pub fn loudness_history<'a, Message: 'a>(
    data: History,
    on_event: impl Fn(Event) -> Message + 'a,
) -> Element<'a, Message> {
    let data = Rc::new(data);
    Canvas::new((Plot(Rc::clone(&data)), Hair { data, on_event: Box::new(on_event) })).into()
}

struct Layout {
    well: Rectangle,
    time: Axis,
    level: Axis,
}

impl Layout {
    fn new(data: &History, size: Size) -> Self {
        let well = edges(36.0, 0.0, size.width, size.height - 24.0);
        let (from, to) = (data.start_s as f32, (data.start_s + data.span_s) as f32);
        let level = Axis::level(well, data.top_lufs as f32, data.bottom_lufs as f32);
        Self { well, time: Axis::along(well, from, to), level }
    }

    /// The pixel up to which the history has been heard.
    fn heard(&self, data: &History) -> f32 {
        data.heard_s.map_or(self.time.to_px, |seconds| self.time.held(seconds as f32))
    }
}

impl History {
    /// The value of a curve at a second.
    fn value(&self, curve: &[f32], seconds: f64) -> Option<f32> {
        let place = ((seconds - self.start_s) / self.step_s).round();
        (place >= 0.0).then(|| curve.get(place as usize).copied()).flatten().filter(|value| value.is_finite())
    }

    /// The curve in pixels as runs broken where there is no value, at most 512 points in all.
    fn runs(&self, curve: &[f32], layout: &Layout) -> Vec<Vec<Point>> {
        let share = curve.len().div_ceil(POINTS).max(1);
        let mut runs = vec![Vec::new()];
        for place in (0..curve.len()).step_by(share) {
            let x = layout.time.pixel((self.start_s + self.step_s * place as f64) as f32);
            let inside = x >= layout.time.from_px && x <= layout.time.to_px;
            if inside && curve[place].is_finite() {
                runs.last_mut().into_iter().for_each(|run| run.push(Point::new(x, layout.level.held(curve[place]))));
            } else {
                runs.push(Vec::new());
            }
        }
        runs.retain(|run| run.len() > 1);
        runs
    }
}

struct Plot(Rc<History>);

impl<Message> Program<Message> for Plot {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (data, palette, size) = (&*self.0, theme.palette(), bounds.size());
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&data.momentary).numbers(&data.short_term).numbers(&data.integrated);
        for number in [data.step_s, data.start_s, data.span_s, data.top_lufs, data.bottom_lufs] {
            key.number(number);
        }
        let layout = Layout::new(data, size);
        let (target, width) = data.target.unwrap_or((f64::NAN, 0.0));
        key.number(target).number(width);
        for separator in &data.separators {
            key.number(separator.seconds).add(&separator.text);
        }
        vec![layer.draw(renderer, size, key.value(), |frame| {
            draw_scale(frame, data, &layout, palette);
            draw_values(frame, data, &layout, palette);
            draw_separators(frame, data, &layout, palette);
        })]
    }
}

fn draw_scale(frame: &mut Frame, data: &History, layout: &Layout, palette: &Palette) {
    let (well, right) = (layout.well, layout.well.x + layout.well.width);
    let bottom = well.y + well.height;
    plot::fill(frame, well, palette.well);
    if let Some((target, width)) = data.target {
        let (top, low) = (layout.level.held((target + width) as f32), layout.level.held((target - width) as f32));
        plot::fill(frame, edges(well.x, top.round(), right, low.round()), palette.clip);
        plot::horizontal(frame, layout.level.held(target as f32), well.x, right, palette.analyser_average);
    }
    let number = |text: String| Word::number(text, 11.0, palette.text2);
    let centre = data.target.map_or(-14.0, |(target, _)| target);
    for row in -12..=12 {
        let level = centre + 3.0 * f64::from(row);
        let y = layout.level.pixel(level as f32);
        if y > well.y + 6.0 && y < bottom - 4.0 {
            plot::horizontal(frame, y, well.x, right, palette.grid);
            number(plot::decimal(level, 0, false)).right(frame, well.x - 8.0, y);
        }
    }
    number("LUFS".to_owned()).right(frame, well.x - 8.0, bottom + 12.0);
    let step = step_s(data.span_s);
    for tick in 0..=(data.span_s / step) as u32 {
        let seconds = (data.start_s / step).ceil() * step + step * f64::from(tick);
        let x = layout.time.pixel(seconds as f32);
        let text = clock(seconds, 0);
        match x {
            x if x > right + 0.5 => break,
            x if x < well.x + 12.0 => number(text).left(frame, well.x, bottom + 12.0),
            x if x > right - 16.0 => number(text).right(frame, right, bottom + 12.0),
            x => {
                plot::vertical(frame, x, well.y, bottom, palette.grid);
                number(text).centred(frame, x, bottom + 12.0);
            }
        }
    }
}

/// Seconds between the labels of a span.
fn step_s(span_s: f64) -> f64 {
    [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0]
        .into_iter()
        .find(|step| span_s / step <= 10.0)
        .unwrap_or(1800.0)
}

/// Minutes and seconds with `places` decimals.
fn clock(seconds: f64, places: usize) -> String {
    let scale = 10.0_f64.powi(places as i32);
    let whole = (seconds.max(0.0) * scale).round() / scale;
    let width = if places == 0 { 2 } else { places + 3 };
    format!("{}:{:0width$.places$}", (whole / 60.0) as u64, whole % 60.0)
}

fn draw_values(frame: &mut Frame, data: &History, layout: &Layout, palette: &Palette) {
    let bottom = layout.well.y + layout.well.height;
    let shown = data.momentary.len().max(1);
    let share = shown.div_ceil(POINTS).max(1);
    for place in (0..data.momentary.len()).step_by(share) {
        let values = &data.momentary[place..(place + share).min(data.momentary.len())];
        let value = values.iter().copied().filter(|value| value.is_finite()).fold(f32::NEG_INFINITY, f32::max);
        let at = |place: usize| layout.time.held((data.start_s + data.step_s * place as f64) as f32).floor();
        let (left, right, top) = (at(place), at(place + share), layout.level.held(value).round());
        if !value.is_finite() || right <= left || top >= bottom {
            continue;
        }
        plot::fill(frame, edges(left, top, right, bottom), palette.analyser);
        plot::fill(frame, edges(left, top, right, top + 1.0), palette.a_core);
    }
    for run in data.runs(&data.integrated, layout) {
        plot::dashed_through(frame, &run, [4.0, 3.0], palette.text);
    }
    for run in data.runs(&data.short_term, layout) {
        plot::long_line(frame, &run, 2.0, palette.a);
    }
}

fn draw_separators(frame: &mut Frame, data: &History, layout: &Layout, palette: &Palette) {
    let well = layout.well;
    for (place, separator) in data.separators.iter().enumerate() {
        let x = layout.time.pixel(separator.seconds as f32);
        if x < well.x || x > well.x + well.width {
            continue;
        }
        plot::vertical(frame, x, well.y, well.y + well.height, palette.hairline);
        let next =
            data.separators.get(place + 1).map_or(well.x + well.width, |next| layout.time.pixel(next.seconds as f32));
        let word = Word::number(separator.text.clone(), 11.0, palette.text2);
        if word.width() + 8.0 <= next - x {
            word.left(frame, x + 4.0, well.y + 10.0);
        }
    }
}

struct Hair<'a, Message> {
    data: Rc<History>,
    on_event: Box<dyn Fn(Event) -> Message + 'a>,
}

/// What the live layer remembers: where the button went down, and where the pointer is.
#[derive(Default)]
struct Held {
    from: Option<Point>,
    heard: Layer,
    hair: Layer,
}

impl<Message> Program<Message> for Hair<'_, Message> {
    type State = Held;

    fn update(
        &self,
        held: &mut Held,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let layout = Layout::new(&self.data, bounds.size());
        let point = cursor.position_in(bounds).filter(|point| layout.well.contains(*point));
        match event {
            canvas::Event::Mouse(mouse::Event::ButtonPressed(Button::Left)) => {
                held.from = Some(point?);
                Some(Action::capture())
            }
            canvas::Event::Mouse(mouse::Event::ButtonReleased(Button::Left)) => {
                let from = held.from.take()?;
                let seconds = |x: f32| f64::from(layout.time.value(x));
                let to = cursor.land().position()?.x - bounds.x;
                let to = to.clamp(layout.time.from_px, layout.time.to_px);
                let event = if (to - from.x).abs() < 4.0 {
                    Event::Jump(seconds(from.x))
                } else {
                    Event::Range(seconds(from.x.min(to)), seconds(from.x.max(to)))
                };
                Some(Action::publish((self.on_event)(event)).and_capture())
            }
            canvas::Event::Mouse(mouse::Event::CursorMoved { .. } | mouse::Event::CursorLeft) => {
                Some(Action::request_redraw())
            }
            _ => None,
        }
    }

    fn draw(
        &self,
        held: &Held,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (data, palette, size) = (&*self.data, theme.palette(), bounds.size());
        let layout = Layout::new(data, size);
        let (well, bottom) = (layout.well, layout.well.y + layout.well.height);
        let mut key = Fingerprint::default();
        let x = data.heard_s.map(|_| layout.heard(data));
        key.palette(palette).numbers(&[x.unwrap_or(f32::NAN).floor()]);
        let heard = held.heard.draw_apart(renderer, size, key.value(), |frame| {
            let Some(x) = x else { return };
            for strip in unheard(x.floor() + 1.0, well, bounds.x) {
                plot::fill(frame, strip, palette.well.scale_alpha(0.6));
            }
            plot::vertical(frame, x, well.y, bottom, palette.text);
        });
        let point = cursor.position_in(bounds).filter(|point| well.contains(*point));
        let from = held.from.filter(|from| point.is_some_and(|point| (from.x - point.x).abs() >= 4.0));
        let seconds = point.map(|point| f64::from(layout.time.value(point.x)));
        let words = |seconds| readout(data, seconds, palette);
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&[point, from].map(|point| point.map_or(f32::NAN, |point| point.x)));
        for word in seconds.into_iter().flat_map(words) {
            key.add(word.content());
        }
        let hair = held.hair.draw_in(renderer, well, key.value(), |frame| {
            let (Some(point), Some(seconds)) = (point, seconds) else { return };
            if let Some(from) = from {
                let (left, right) = (from.x.min(point.x), from.x.max(point.x));
                plot::fill(frame, edges(left, well.y, right, bottom), palette.a.scale_alpha(0.12));
            }
            plot::dashed(frame, Point::new(point.x, well.y), Point::new(point.x, bottom), [2.0, 2.0], palette.text);
            if let Some(short_term) = data.value(&data.short_term, seconds) {
                frame.fill(&Path::circle(Point::new(point.x, layout.level.held(short_term)), 4.0), palette.a);
            }
            bubble(frame, words(seconds), Point::new(point.x, bottom - 12.0), well, palette);
        });
        vec![heard, hair]
    }

    fn mouse_interaction(&self, _held: &Held, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        if cursor.is_over(bounds) { mouse::Interaction::Crosshair } else { mouse::Interaction::None }
    }
}

/// The well right of `x` in strips, the last one from the right being cut: of these only that one differs when `x` moves.
/// Strips meet on whole pixels of a widget whose left edge is `origin`, so that no seam is seen.
fn unheard(x: f32, well: Rectangle, origin: f32) -> impl Iterator<Item = Rectangle> {
    const STRIP: f32 = 32.0;
    let right = (origin + well.x + well.width).floor() - origin;
    let count = ((right - x) / STRIP).ceil().max(0.0) as usize;
    (0..count).map(move |strip| {
        let end = right - STRIP * strip as f32;
        edges((end - STRIP).max(x), well.y, end, well.y + well.height)
    })
}

/// Time and the three values under the pointer.
fn readout(data: &History, seconds: f64, palette: &Palette) -> Vec<Word> {
    let mut words = vec![Word::number(clock(seconds, 1), 13.0, palette.text)];
    for (letter, curve) in [("S", &data.short_term), ("M", &data.momentary), ("I", &data.integrated)] {
        if let Some(value) = data.value(curve, seconds) {
            let number = Word::number(plot::decimal(f64::from(value), 1, false), 13.0, palette.text);
            words.extend([Word::space(), Word::label(letter, 12.0, palette.text2), number]);
        }
    }
    words.push(Word::label("LUFS", 12.0, palette.text2));
    words
}

#[cfg(test)]
mod tests {
    use iced::Event as Input;

    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    const SIZE: Size = Size::new(1040.0, 392.0);

    fn song() -> History {
        let count = 920_u64;
        let level = |place: u64| -20.0 + 11.0 * specimen::energy(place as f64 / 12.0, 3);
        let smooth = |place: u64| (0..24).map(|back| level(place.saturating_sub(back))).sum::<f32>() / 24.0;
        History {
            momentary: (0..count).map(|place| level(place) + 3.0 * specimen::noise(place / 4) - 2.0).collect(),
            short_term: (0..count).map(|place| if place < 30 { f32::NAN } else { smooth(place) }).collect(),
            integrated: (0..count)
                .map(|place| if place < 60 { f32::NAN } else { -14.4 + place as f32 * 4e-4 })
                .collect(),
            step_s: 0.1,
            start_s: 0.0,
            span_s: 92.0,
            heard_s: Some(41.2),
            target: Some((-14.0, 1.0)),
            top_lufs: -6.0,
            bottom_lufs: -30.0,
            separators: Vec::new(),
        }
    }

    fn drag(data: &History, from: f32, to: f32) -> Vec<Event> {
        let layout = Layout::new(data, SIZE);
        let at = |seconds: f32| Point::new(layout.time.pixel(seconds), 100.0);
        let mut ui = specimen::simulate(loudness_history(data.clone(), |event| event), SIZE);
        ui.point_at(at(from));
        ui.simulate([Input::Mouse(mouse::Event::ButtonPressed(Button::Left))]);
        ui.point_at(at(to));
        ui.simulate([Input::Mouse(mouse::Event::ButtonReleased(Button::Left))]);
        ui.into_messages().collect()
    }

    #[test]
    fn a_click_jumps_and_a_drag_measures() {
        let data = song();
        let events = drag(&data, 30.0, 30.0);
        assert!(matches!(events[..], [Event::Jump(seconds)] if (seconds - 30.0).abs() < 0.01), "{events:?}");
        let events = drag(&data, 50.0, 20.0);
        let [Event::Range(from, to)] = events[..] else { panic!("{events:?}") };
        assert!((from - 20.0).abs() < 0.01 && (to - 50.0).abs() < 0.01, "{from} {to}");
    }

    #[test]
    fn what_is_unheard_is_dimmed() {
        let data = song();
        let layout = Layout::new(&data, SIZE);
        let mut ui = specimen::simulate(loudness_history(data.clone(), |event| event), SIZE);
        ui.point_at(Point::new(layout.time.pixel(28.6), 200.0));
        let picture = Picture::of(&mut ui, "loudness-history");
        let at = |seconds: f32| picture.at((layout.time.pixel(seconds), layout.level.pixel(-26.0) + 2.0));
        let palette = Theme::Dark.palette();
        assert!(same(at(15.05), palette.analyser) && !same(at(60.05), palette.analyser));
        assert!(same(at(41.21), palette.text), "the line of now");
    }

    #[test]
    fn curves_break_where_there_is_no_value() {
        let mut values = vec![-14.0; 40];
        values[20] = f32::NEG_INFINITY;
        let data = History { short_term: values.into(), span_s: 4.0, ..song() };
        let runs = data.runs(&data.short_term, &Layout::new(&data, SIZE));
        assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [20, 19]);
    }

    #[test]
    fn times_read_as_minutes_and_seconds() {
        assert_eq!(clock(80.0, 0), "1:20");
        assert_eq!(clock(28.64, 1), "0:28.6");
        assert_eq!(clock(59.98, 1), "1:00.0");
        assert_eq!((step_s(92.0), step_s(60.0), step_s(2600.0)), (10.0, 10.0, 300.0));
    }
}
