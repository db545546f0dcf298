//! The spectrum analyser: now as a filled area, average, maximum and minimum as lines, the reference as a band, and the value under the pointer.
//!
//! Slope and smoothing are the caller's: the widget draws the levels it is given.

use std::rc::Rc;

use iced::widget::canvas::{self, Action};
use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{
    self, Axis, Canvas, Drawing, Fingerprint, Frame, Frequencies, Layer, Program, Trace, Word, bubble, edges,
};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Everything the analyser shows. An empty trace is not drawn.
#[derive(Clone)]
pub struct Spectrum {
    /// What is heard now.
    pub now: Trace,
    /// Its average.
    pub average: Trace,
    /// The highest levels since the last reset.
    pub maximum: Trace,
    /// The lowest levels since the last reset.
    pub minimum: Trace,
    /// Averages that were kept.
    pub kept: [Option<Trace>; 3],
    /// The quieter and the louder edge of the reference.
    pub reference: Option<(Trace, Trace)>,
    /// Level at the upper edge in dB.
    pub top_db: f32,
    /// Level at the lower edge in dB, below `top_db`.
    pub bottom_db: f32,
    /// Sample rate in hertz.
    pub rate_hz: f32,
}

/// The value under the pointer, for readouts outside the plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Frequency in hertz.
    pub hz: f32,
    /// Level of the average, or of what is heard now, in dB.
    pub db: Option<f32>,
}

/// The element: fills the room it is given, scales included. `on_hover` hears the value under the pointer, none when it has left.
pub fn spectrum<'a, Message: 'a>(
    data: Spectrum,
    on_hover: impl Fn(Option<Reading>) -> Message + 'a,
) -> Element<'a, Message> {
    let data = Rc::new(data);
    Canvas::new((Plot(Rc::clone(&data)), Hair { data, on_hover: Box::new(on_hover) })).into()
}

struct Layout {
    palette: &'static Palette,
    well: Rectangle,
    frequencies: Frequencies,
    levels: Axis,
}

impl Layout {
    fn new(data: &Spectrum, size: Size, theme: Theme) -> Self {
        let well = edges(32.0, 0.0, size.width, size.height - 24.0);
        Self {
            palette: theme.palette(),
            well,
            frequencies: Frequencies::audible(well, data.rate_hz),
            levels: Axis::level(well, data.top_db + 2.0, data.bottom_db),
        }
    }
}

impl Spectrum {
    /// What the hair-line reads at a frequency.
    pub fn reading(&self, hz: f32) -> Reading {
        Reading { hz, db: self.average.level(hz).or_else(|| self.now.level(hz)) }
    }
}

struct Plot(Rc<Spectrum>);

/// What stands still and what sounds.
#[derive(Default)]
struct Layers {
    grid: Layer,
    curves: Layer,
}

impl<Message> Program<Message> for Plot {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (data, size) = (&*self.0, bounds.size());
        let layout = Layout::new(data, size, *theme);
        let mut key = Fingerprint::default();
        key.numbers(&[data.top_db, data.bottom_db, data.rate_hz]).palette(layout.palette);
        key.add(legend(data, &layout).map(|(name, shown, ..)| (name, shown)));
        let grid = layers.grid.draw(renderer, size, key.value(), |frame| draw_grid(frame, data, &layout));
        let (quiet, loud) = data.reference.as_ref().map(|(quiet, loud)| (Some(quiet), Some(loud))).unwrap_or_default();
        let live = [&data.now, &data.average, &data.maximum, &data.minimum];
        for trace in live.into_iter().chain(data.kept.iter().flatten()).chain(quiet).chain(loud) {
            key.numbers(&trace.hz).numbers(&trace.db);
        }
        let area = Rectangle { height: layout.well.height + 1.0, ..layout.well };
        vec![grid, layers.curves.draw_in(renderer, area, key.value(), |frame| draw_curves(frame, data, &layout))]
    }
}

/// The legend: name, whether it is shown, height of its sample, colour.
fn legend(data: &Spectrum, layout: &Layout) -> [(&'static str, bool, f32, iced::Color); 5] {
    let (palette, shown) = (layout.palette, |trace: &Trace| !trace.hz.is_empty());
    [
        ("now", shown(&data.now), 8.0, palette.a_core),
        ("average", shown(&data.average), 2.0, palette.a),
        ("max", shown(&data.maximum), 1.0, palette.text2),
        ("min", shown(&data.minimum), 1.0, palette.text3),
        ("reference P10 to P90", data.reference.is_some(), 8.0, palette.r_deep),
    ]
}

fn draw_grid(frame: &mut Frame, data: &Spectrum, layout: &Layout) {
    let (palette, well) = (layout.palette, layout.well);
    let (right, bottom) = (well.x + well.width, well.y + well.height);
    plot::fill(frame, well, palette.well);
    layout.frequencies.draw(frame, well, bottom + 12.0, palette);
    let step = 15.0;
    let mut level = (data.top_db / step).floor() * step;
    while level > data.bottom_db {
        let y = layout.levels.pixel(level);
        plot::horizontal(frame, y, well.x, right, palette.grid);
        Word::number(plot::decimal(f64::from(level), 0, false), 11.0, palette.text2).right(frame, well.x - 8.0, y);
        level -= step;
    }
    Word::number("dB", 11.0, palette.text2).right(frame, well.x - 8.0, bottom + 12.0);
    let (mut x, y) = (well.x + 12.0, well.y + 14.0);
    for (name, _, height, colour) in legend(data, layout).into_iter().filter(|entry| entry.1) {
        let top = (y - height / 2.0).floor();
        plot::fill(frame, edges(x, top, x + 12.0, top + height), colour);
        x = plot::row(frame, vec![Word::label(name, 12.0, palette.text2)], x + 18.0, y, 0.0) + 16.0;
    }
}

fn draw_curves(frame: &mut Frame, data: &Spectrum, layout: &Layout) {
    let palette = layout.palette;
    let bottom = layout.well.y + layout.well.height;
    let points = |trace: &Trace| trace.points(&layout.frequencies, &layout.levels);
    if let Some((quiet, loud)) = &data.reference {
        let (mut low, high) = (points(quiet), points(loud));
        plot::dashed_through(frame, &low, [4.0, 4.0], palette.r_deep);
        plot::dashed_through(frame, &high, [4.0, 4.0], palette.r_deep);
        low.reverse();
        let around: Vec<Point> = high.into_iter().chain(low).collect();
        if let Some(path) = plot::path_through(&around) {
            frame.fill(&path, iced::Color { a: 0.16, ..palette.r_deep });
        }
    }
    plot::fill_to(frame, &points(&data.now), bottom, palette.a_core.scale_alpha(0.72));
    for (place, kept) in data.kept.iter().enumerate() {
        let dash = [[2.0, 2.0], [6.0, 3.0], [10.0, 3.0]][place];
        if let Some(kept) = kept {
            plot::dashed_through(frame, &points(kept), dash, palette.mid);
        }
    }
    plot::line(frame, &points(&data.minimum), 1.0, palette.text3);
    plot::line(frame, &points(&data.maximum), 1.0, palette.text2);
    plot::line(frame, &points(&data.average), 1.5, palette.a);
}

struct Hair<'a, Message> {
    data: Rc<Spectrum>,
    on_hover: Box<dyn Fn(Option<Reading>) -> Message + 'a>,
}

/// What the hair-line remembers.
#[derive(Default)]
struct Pointer {
    /// Whether the pointer was in the well.
    inside: bool,
    hair: Layer,
}

impl<Message> Program<Message> for Hair<'_, Message> {
    type State = Pointer;

    fn update(
        &self,
        pointer: &mut Pointer,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let canvas::Event::Mouse(mouse::Event::CursorMoved { .. } | mouse::Event::CursorLeft) = event else {
            return None;
        };
        let layout = Layout::new(&self.data, bounds.size(), Theme::default());
        let point = cursor.position_in(bounds).filter(|point| layout.well.contains(*point));
        let was = std::mem::replace(&mut pointer.inside, point.is_some());
        match point {
            Some(point) => {
                let reading = self.data.reading(layout.frequencies.hz(point.x));
                Some(Action::publish((self.on_hover)(Some(reading))))
            }
            None => was.then(|| Action::publish((self.on_hover)(None))),
        }
    }

    fn draw(
        &self,
        pointer: &Pointer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let layout = Layout::new(&self.data, bounds.size(), *theme);
        let (palette, well) = (layout.palette, layout.well);
        let point = cursor.position_in(bounds).filter(|point| layout.well.contains(*point));
        let reading = point.map(|point| self.data.reading(layout.frequencies.hz(point.x)));
        let mut key = Fingerprint::default();
        if let (Some(point), Some(reading)) = (point, reading) {
            key.numbers(&[point.x, reading.hz, reading.db.unwrap_or(f32::NAN)]).palette(palette);
        }
        vec![pointer.hair.draw_in(renderer, well, key.value(), |frame| {
            let (Some(point), Some(reading)) = (point, reading) else { return };
            let (top, bottom) = (Point::new(point.x, well.y), Point::new(point.x, well.y + well.height));
            plot::dashed(frame, top, bottom, [2.0, 2.0], palette.text);
            bubble(frame, readout(&reading, palette), Point::new(point.x, bottom.y - 12.0), well, palette);
        })]
    }

    fn mouse_interaction(&self, _pointer: &Pointer, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        if cursor.is_over(bounds) { mouse::Interaction::Crosshair } else { mouse::Interaction::None }
    }
}

/// Frequency, level, note and cents.
fn readout(reading: &Reading, palette: &Palette) -> Vec<Word> {
    let number = |text: String| Word::number(text, 13.0, palette.text);
    let unit = |text: &str| Word::label(text, 12.0, palette.text2);
    let (hz, hertz) = plot::frequency(f64::from(reading.hz));
    let (note, cents) = plot::note(f64::from(reading.hz));
    let mut words = vec![number(hz), unit(hertz)];
    if let Some(db) = reading.db {
        words.extend([Word::space(), number(plot::decimal(f64::from(db), 1, false)), unit("dB")]);
    }
    words.extend([Word::space(), number(note), number(plot::decimal(f64::from(cents), 0, true)), unit("cent")]);
    words
}

#[cfg(test)]
mod tests {
    use iced::Event as Input;

    use super::*;
    use crate::widget::specimen::{self, Picture};

    const SIZE: Size = Size::new(836.0, 420.0);

    fn trace(offset: f32, ripple: f32) -> Trace {
        let hz: std::sync::Arc<[f32]> = (0..512).map(|place| 20.0 * 1000.0_f32.powf(place as f32 / 511.0)).collect();
        let level = |(place, hz): (usize, &f32)| {
            offset - (hz / 400.0).log2().abs() * 7.0
                + ripple * ((place as f32 / 6.0).sin() + specimen::noise(place as u64 / 9))
        };
        let db = hz.iter().enumerate().map(level).collect();
        Trace { hz, db }
    }

    fn analyser() -> Spectrum {
        Spectrum {
            now: trace(-32.0, 9.0),
            average: trace(-24.0, 3.0),
            maximum: trace(-12.0, 3.0),
            minimum: Trace::default(),
            kept: [None, None, None],
            reference: Some((trace(-36.0, 0.0), trace(-28.0, 0.0))),
            top_db: 0.0,
            bottom_db: -64.0,
            rate_hz: 96_000.0,
        }
    }

    #[test]
    fn the_pointer_reads_the_average() {
        let data = analyser();
        let layout = Layout::new(&data, SIZE, Theme::Dark);
        let at = Point::new(layout.frequencies.pixel(440.0), 100.0);
        let expected = data.average.level(440.0).expect("a level");
        let mut ui = specimen::simulate(spectrum(data, |reading| reading), SIZE);
        ui.point_at(at);
        ui.simulate([Input::Mouse(mouse::Event::CursorMoved { position: at })]);
        Picture::of(&mut ui, "spectrum");
        ui.point_at(Point::new(2.0, 2.0));
        ui.simulate([Input::Mouse(mouse::Event::CursorMoved { position: Point::new(2.0, 2.0) })]);
        let readings: Vec<_> = ui.into_messages().collect();
        let [Some(reading), None] = readings[..] else { panic!("{readings:?}") };
        assert!((reading.hz - 440.0).abs() < 0.05, "{reading:?}");
        assert!((reading.db.expect("a level") - expected).abs() < 0.05, "{reading:?}");
    }

    #[test]
    fn without_an_average_what_is_heard_now_is_read() {
        let data = Spectrum { average: Trace::default(), ..analyser() };
        assert_eq!(data.reading(1_000.0).db, data.now.level(1_000.0));
        assert_eq!(data.reading(40_000.0).db, None);
    }
}
