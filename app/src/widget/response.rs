//! Curves over frequency on one scale: responses, phases, densities of noise.

use std::sync::Arc;

use iced::{Color, Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Frequencies, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Everything the picture shows.
#[derive(Clone)]
pub struct Response {
    /// Frequencies of every curve in hertz, ascending.
    pub hz: Arc<[f32]>,
    /// The curves, from the back to the front.
    pub curves: Vec<Curve>,
    /// The scale.
    pub scale: Scale,
    /// Frequencies with a word: corners and crossovers.
    pub marks: Vec<(f32, String)>,
    /// Sample rate in hertz.
    pub rate_hz: f32,
}

/// One curve.
#[derive(Clone)]
pub struct Curve {
    /// Its name in the legend; an empty one is not listed.
    pub name: String,
    /// A value for each frequency; what is not a number is not drawn.
    pub values: Arc<[f32]>,
    /// How it looks.
    pub ink: Ink,
}

/// How a curve looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// The one the picture is about.
    Main,
    /// A second one of the same weight.
    Second,
    /// One to compare with.
    Quiet,
    /// One of another kind, dashed.
    Dashed,
}

/// A vertical scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Value at the upper edge.
    pub top: f32,
    /// Value at the lower edge.
    pub bottom: f32,
    /// Between two lines.
    pub step: f32,
    /// Unit under the numbers.
    pub unit: &'static str,
    /// Whether a plus stands before positive numbers.
    pub signed: bool,
}

impl Scale {
    /// Lines from the top down.
    fn lines(&self) -> impl Iterator<Item = f32> + use<> {
        let Scale { top, bottom, step, .. } = *self;
        let first = (top / step).floor() as i32;
        let last = (bottom / step).ceil() as i32;
        (last..=first).rev().map(move |line| line as f32 * step)
    }

    /// A scale about zero that holds `values`, at least `least` to either side: the next of 1, 3, 6, 12, 24, 48 and 96.
    pub fn about_zero(values: impl Iterator<Item = f32>, least: f32, unit: &'static str) -> Scale {
        const REACHES: [f32; 8] = [0.1, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 96.0];
        let most = values.filter(|value| value.is_finite()).fold(least, |most, value| most.max(value.abs()));
        let reach = REACHES.into_iter().find(|reach| *reach >= most * 0.999).unwrap_or(96.0);
        Scale { top: reach * 1.08, bottom: -reach * 1.08, step: reach / 2.0, unit, signed: true }
    }
}

/// The element: scales at the left and below, the well takes the rest.
pub fn response<'a, Message: 'a>(data: Response) -> Element<'a, Message> {
    Canvas::new(data).into()
}

struct Layout {
    well: Rectangle,
    frequencies: Frequencies,
    levels: Axis,
}

impl Layout {
    fn new(data: &Response, size: Size) -> Self {
        let well = edges(44.0, 0.0, size.width, size.height - 24.0);
        Self {
            well,
            frequencies: Frequencies::audible(well, data.rate_hz),
            levels: Axis::level(well, data.scale.top, data.scale.bottom),
        }
    }
}

impl Ink {
    fn colour(self, palette: &Palette) -> Color {
        match self {
            Ink::Main => palette.text,
            Ink::Second => palette.a,
            Ink::Quiet => palette.quiet,
            Ink::Dashed => palette.text2,
        }
    }
}

impl Response {
    /// The drawn parts of a curve: it is broken where it has no value, and where it turns from one edge to the other.
    fn parts(&self, curve: &Curve, layout: &Layout) -> Vec<Vec<Point>> {
        let turn = (self.scale.top - self.scale.bottom) * 0.6;
        let (left, right) = (layout.well.x - 0.5, layout.well.x + layout.well.width + 0.5);
        let mut parts = vec![Vec::new()];
        let mut before = f32::NAN;
        for (hz, value) in self.hz.iter().zip(curve.values.iter()) {
            let x = layout.frequencies.pixel(*hz);
            let breaks = !value.is_finite() || (value - before).abs() > turn || x < left || x > right;
            if breaks && parts.last().is_some_and(|part| !part.is_empty()) {
                parts.push(Vec::new());
            }
            before = *value;
            if let Some(part) = parts.last_mut().filter(|_| value.is_finite() && x >= left && x <= right) {
                part.push(Point::new(x, layout.levels.held(*value)));
            }
        }
        parts.retain(|part| part.len() > 1);
        parts
    }

    fn draw_grid(&self, frame: &mut Frame, layout: &Layout, palette: &Palette) {
        let well = layout.well;
        let (right, bottom) = (well.x + well.width, well.y + well.height);
        plot::fill(frame, well, palette.well);
        layout.frequencies.draw(frame, well, bottom + 12.0, palette);
        let digits = usize::from(self.scale.step.fract() != 0.0) + usize::from(self.scale.step < 0.1);
        for level in self.scale.lines() {
            let y = layout.levels.pixel(level);
            let colour = if level == 0.0 { palette.outline } else { palette.grid };
            plot::horizontal(frame, y, well.x, right, colour);
            let text = plot::plain(f64::from(level), digits, self.scale.signed);
            let y = y.clamp(well.y + 6.0, bottom - 5.0);
            Word::number(text, 11.0, palette.text2).right(frame, well.x - 6.0, y);
        }
        Word::number(self.scale.unit, 11.0, palette.text2).right(frame, well.x - 6.0, bottom + 12.0);
        for (hz, word) in &self.marks {
            let x = layout.frequencies.pixel(*hz);
            plot::dashed(frame, Point::new(x, well.y), Point::new(x, bottom), [2.0, 3.0], palette.text2);
            let word = Word::label(word.clone(), 12.0, palette.text2);
            let left = (x + 6.0).min(right - word.width() - 4.0);
            word.left(frame, left, bottom - 12.0);
        }
    }

    fn draw_curves(&self, frame: &mut Frame, layout: &Layout, palette: &Palette) {
        for curve in &self.curves {
            let colour = curve.ink.colour(palette);
            for part in self.parts(curve, layout) {
                match curve.ink {
                    Ink::Dashed => plot::dashed_through(frame, &part, [4.0, 4.0], colour),
                    Ink::Quiet => plot::line(frame, &part, 1.0, colour),
                    Ink::Main | Ink::Second => plot::line(frame, &part, 2.0, colour),
                }
            }
        }
        let (mut x, y) = (layout.well.x + 12.0, layout.well.y + 14.0);
        for curve in self.curves.iter().rev().filter(|curve| !curve.name.is_empty()) {
            let colour = curve.ink.colour(palette);
            match curve.ink {
                Ink::Dashed => plot::dashed(frame, Point::new(x, y), Point::new(x + 12.0, y), [4.0, 3.0], colour),
                _ => plot::fill(frame, edges(x, y - 1.0, x + 12.0, y + 1.0), colour),
            }
            x = plot::row(frame, vec![Word::label(&curve.name, 12.0, palette.text2)], x + 18.0, y, 0.0) + 16.0;
        }
    }
}

/// What stands still and what the settings move.
#[derive(Default)]
pub struct Layers {
    grid: Layer,
    curves: Layer,
}

impl<Message> Program<Message> for Response {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let layout = Layout::new(self, size);
        let mut key = Fingerprint::default();
        key.numbers(&[self.scale.top, self.scale.bottom, self.scale.step, self.rate_hz]).palette(palette);
        key.add((self.scale.unit, self.scale.signed));
        for (hz, word) in &self.marks {
            key.numbers(&[*hz]).add(word);
        }
        let grid = layers.grid.draw(renderer, size, key.value(), |frame| self.draw_grid(frame, &layout, palette));
        key.numbers(&self.hz);
        for curve in &self.curves {
            key.add((&curve.name, curve.ink)).numbers(&curve.values);
        }
        let area = layout.well;
        let draw = |frame: &mut Frame<'_>| self.draw_curves(frame, &layout, palette);
        vec![grid, layers.curves.draw_in(renderer, area, key.value(), draw)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    fn curve(values: &[f32]) -> Curve {
        Curve { name: "phase".into(), values: values.into(), ink: Ink::Second }
    }

    fn data(values: &[f32]) -> Response {
        let scale = Scale { top: 190.0, bottom: -190.0, step: 90.0, unit: "°", signed: true };
        let hz = [20.0, 200.0, 2000.0, 20_000.0].into();
        Response { hz, curves: vec![curve(values)], scale, marks: vec![(1000.0, "1k".into())], rate_hz: 96_000.0 }
    }

    #[test]
    fn a_phase_that_turns_is_not_drawn_through_the_whole_picture() {
        let size = Size::new(400.0, 200.0);
        let turning = data(&[-90.0, -170.0, 170.0, 90.0]);
        let parts = turning.parts(&turning.curves[0], &Layout::new(&turning, size));
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        let holed = data(&[0.0, 0.0, f32::NAN, 0.0]);
        let parts = holed.parts(&holed.curves[0], &Layout::new(&holed, size));
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
        let mut ui = specimen::simulate::<()>(response(data(&[0.0; 4])), size);
        let picture = Picture::of(&mut ui, "response");
        let layout = Layout::new(&turning, size);
        assert!(same(picture.at((300.0, layout.levels.pixel(0.0))), Palette::DARK.a));
    }

    #[test]
    fn a_scale_holds_its_values() {
        let scale = |values: &[f32]| Scale::about_zero(values.iter().copied(), 1.0, "dB");
        assert_eq!(scale(&[0.2]).step, 0.5);
        assert_eq!(scale(&[f32::NAN, -5.0]).step, 3.0);
        assert_eq!(scale(&[-500.0]).step, 48.0);
        assert_eq!(scale(&[5.0]).lines().collect::<Vec<_>>(), [6.0, 3.0, 0.0, -3.0, -6.0]);
    }
}
