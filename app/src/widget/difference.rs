//! What one recording has more or less than another: bars about zero by thirds of an octave, and a smooth line.

use iced::{Rectangle, Renderer, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frequencies, Layer, Program, Word, edges};
use crate::theme::{Element, Theme};

/// What is drawn.
#[derive(Clone, Default)]
pub struct Difference {
    /// Middle of each bar in hertz.
    pub hz: Vec<f32>,
    /// The first's less the second's; what is not a number has no bar.
    pub bars: Vec<f32>,
    /// A smooth line: hertz and value.
    pub line: Vec<(f32, f32)>,
    /// Value at the upper edge; the lower edge is as far below zero.
    pub reach: f32,
    /// Unit under the numbers.
    pub unit: &'static str,
    /// Words at the upper and the lower edge.
    pub words: (&'static str, &'static str),
}

/// The element: scales at the left and below, the well takes the rest.
pub fn difference<'a, Message: 'a>(data: Difference) -> Element<'a, Message> {
    Canvas::new(data).into()
}

impl<Message> Program<Message> for Difference {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let mut key = Fingerprint::default();
        key.numbers(&self.bars).numbers(&self.hz).numbers(&[self.reach]).palette(palette);
        self.line.iter().for_each(|(_, value)| {
            key.numbers(&[*value]);
        });
        vec![layer.draw_apart(renderer, size, key.value(), |frame| {
            let well = edges(44.0, 0.0, size.width, size.height - 24.0);
            let (right, bottom) = (well.x + well.width, well.y + well.height);
            let axis = Axis::level(well, self.reach, -self.reach);
            let frequencies = Frequencies::audible(well, 48_000.0);
            plot::fill(frame, well, palette.well);
            frequencies.draw(frame, well, bottom + 12.0, palette);
            for level in [1.0, 0.5, 0.0, -0.5, -1.0_f32] {
                let (y, level) = (axis.pixel(level * self.reach), level * self.reach);
                let digits = usize::from(self.reach < 1.0) + 1 - usize::from(self.reach >= 2.0);
                plot::horizontal(frame, y, well.x, right, if level == 0.0 { palette.outline } else { palette.grid });
                let text = plot::plain(f64::from(level), digits, true);
                Word::number(text, 11.0, palette.text2).right(frame, well.x - 6.0, y.clamp(well.y + 6.0, bottom - 5.0));
            }
            let third = 2.0_f32.powf(1.0 / 6.0);
            for (hz, value) in self.hz.iter().zip(&self.bars).filter(|(_, value)| value.is_finite()) {
                let (left, end) = (frequencies.pixel(hz / third) + 1.0, frequencies.pixel(hz * third) - 1.0);
                let (zero, y) = (axis.pixel(0.0), axis.pixel(value.clamp(-self.reach, self.reach)));
                let (core, tip) = if *value >= 0.0 { (palette.a_deep, palette.a) } else { (palette.r_deep, palette.r) };
                plot::fill(frame, edges(left.max(well.x), y.min(zero), end.min(right), y.max(zero)), core);
                plot::fill(frame, edges(left.max(well.x), y - 1.0, end.min(right), y + 1.0), tip);
            }
            let mut points = Vec::new();
            for (hz, value) in &self.line {
                if value.is_finite() && (20.0..=20_000.0).contains(hz) {
                    let level = value.clamp(-self.reach, self.reach);
                    points.push(iced::Point::new(frequencies.pixel(*hz), axis.pixel(level)));
                } else if !points.is_empty() {
                    plot::long_line(frame, &points, 1.5, palette.text);
                    points.clear();
                }
            }
            plot::long_line(frame, &points, 1.5, palette.text);
            Word::label(self.words.0, 12.0, palette.a).left(frame, well.x + 10.0, well.y + 12.0);
            Word::label(self.words.1, 12.0, palette.r).left(frame, well.x + 10.0, bottom - 12.0);
        })]
    }
}
