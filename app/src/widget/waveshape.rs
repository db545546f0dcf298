//! What a curve makes of a sample: output over input, both polarities, with the peak that is heard now.
//!
//! The scale is linear: a curve that leans is seen to lean, and what lies within a decibel of the ceiling has room.

use std::sync::Arc;

use iced::widget::canvas::Path;
use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Everything the picture shows. Amplitudes: 1 is full scale.
#[derive(Clone)]
pub struct Waveshape {
    /// Output for inputs at even distances from -1 to 1.
    pub curve: Arc<[f32]>,
    /// The level that is not passed, where there is one.
    pub ceiling: Option<f32>,
    /// Peak of the input now.
    pub peak: Option<f32>,
}

/// Amplitude at the upper and lower edge: what leaves may be a little above full scale.
const REACH: f32 = 1.12;
/// Radius of the live dots, px.
const DOT: f32 = 5.0;

/// The element: scales at the left and below, the well takes the rest.
pub fn waveshape<'a, Message: 'a>(data: Waveshape) -> Element<'a, Message> {
    let live = Live { at: data.peak.filter(|peak| *peak > 0.0).map(|peak| (peak.min(1.0), data.clone())) };
    Canvas::new((data, live)).into()
}

struct Layout {
    well: Rectangle,
    input: Axis,
    output: Axis,
}

impl Layout {
    fn new(size: Size) -> Self {
        let well = edges(34.0, 0.0, size.width, size.height - 24.0);
        Self { well, input: Axis::along(well, -1.0, 1.0), output: Axis::level(well, REACH, -REACH) }
    }

    fn place(&self, input: f32, output: f32) -> Point {
        Point::new(self.input.held(input), self.output.held(output))
    }
}

/// The labelled amplitudes, and what they are called, dB.
const LEVELS: [(f32, &str); 5] =
    [(-1.0, "0"), (-0.5, "\u{2212}6"), (0.0, "\u{2212}\u{221e}"), (0.5, "\u{2212}6"), (1.0, "0")];

impl Waveshape {
    /// The output of an input, straight between the samples of the curve.
    pub fn output(&self, input: f32) -> f32 {
        let last = self.curve.len().saturating_sub(1);
        let place = (input.clamp(-1.0, 1.0) + 1.0) / 2.0 * last as f32;
        let before = (place.floor() as usize).min(last.saturating_sub(1));
        match (self.curve.get(before), self.curve.get(before + 1)) {
            (Some(from), Some(to)) => from + (to - from) * (place - before as f32),
            _ => input,
        }
    }

    fn points(&self, layout: &Layout) -> Vec<Point> {
        let step = 2.0 / self.curve.len().saturating_sub(1).max(1) as f32;
        let point = |(place, out): (usize, &f32)| layout.place(-1.0 + step * place as f32, *out);
        self.curve.iter().enumerate().map(point).collect()
    }

    fn draw_curve(&self, frame: &mut Frame, layout: &Layout, palette: &Palette) {
        let well = layout.well;
        let (right, bottom) = (well.x + well.width, well.y + well.height);
        plot::fill(frame, well, palette.well);
        let number = |text: &str| Word::number(text, 11.0, palette.text2);
        for (level, name) in LEVELS {
            let (x, y) = (layout.input.pixel(level), layout.output.pixel(level));
            let colour = if level == 0.0 { palette.decade } else { palette.grid };
            plot::vertical(frame, x.min(right - 1.0), well.y, bottom, colour);
            plot::horizontal(frame, y, well.x, right, colour);
            number(name).right(frame, well.x - 6.0, y);
            if level.abs() < 1.0 {
                number(name).centred(frame, x, bottom + 12.0);
            }
        }
        let label = |text: &str| Word::label(text, 12.0, palette.text2);
        label("in").right(frame, right, bottom + 12.0);
        number("dBFS").left(frame, well.x, bottom + 12.0);
        plot::line(frame, &[layout.place(-1.0, -1.0), layout.place(1.0, 1.0)], 1.0, palette.hairline);
        for level in self.ceiling.into_iter().flat_map(|ceiling| [ceiling, -ceiling]) {
            let y = layout.output.held(level);
            plot::dashed(frame, Point::new(well.x, y), Point::new(right, y), [5.0, 3.0], palette.text2);
        }
        plot::line(frame, &self.points(layout), 2.0, palette.text);
    }
}

impl<Message> Program<Message> for Waveshape {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let mut key = Fingerprint::default();
        key.numbers(&self.curve).numbers(&[self.ceiling.unwrap_or(f32::NAN)]).palette(theme.palette());
        vec![layer.draw(renderer, bounds.size(), key.value(), |frame| {
            self.draw_curve(frame, &Layout::new(bounds.size()), theme.palette());
        })]
    }
}

/// The two places on the curve that the peak reaches.
struct Live {
    at: Option<(f32, Waveshape)>,
}

impl<Message> Program<Message> for Live {
    type State = [Layer; 2];

    fn draw(
        &self,
        layers: &[Layer; 2],
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let layout = Layout::new(bounds.size());
        let draw = |(layer, sign): (&Layer, f32)| {
            let place = self.at.as_ref().map(|(peak, data)| layout.place(sign * peak, data.output(sign * peak)));
            let Point { x, y } = place.unwrap_or(Point::ORIGIN);
            let around = edges(x - DOT, y - DOT, x + DOT, y + DOT).expand(1.0);
            let mut key = Fingerprint::default();
            key.add(place.is_some()).numbers(&[x, y]).palette(theme.palette());
            layer.draw_in(renderer, around, key.value(), |frame| {
                place.into_iter().for_each(|at| frame.fill(&Path::circle(at, DOT), theme.palette().a));
            })
        };
        layers.iter().zip([1.0, -1.0]).map(draw).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    const SIZE: Size = Size::new(300.0, 260.0);

    fn clipped() -> Waveshape {
        let out = |place: i32| (place as f32 / 50.0).clamp(-0.5, 0.5);
        Waveshape { curve: (-50..=50).map(out).collect(), ceiling: Some(0.5), peak: Some(0.8) }
    }

    #[test]
    fn the_curve_answers_between_its_samples_and_at_its_ends() {
        let data = clipped();
        assert_eq!(
            [0.0, 0.255, 0.7, 1.0, 3.0, -1.0].map(|input| data.output(input)),
            [0.0, 0.255, 0.5, 0.5, 0.5, -0.5]
        );
        let none = Waveshape { curve: Arc::from([]), ..data };
        assert_eq!(none.output(0.25), 0.25);
    }

    #[test]
    fn the_dots_stand_where_the_peak_leaves_the_curve() {
        let mut ui = specimen::simulate::<()>(waveshape(clipped()), SIZE);
        let picture = Picture::of(&mut ui, "waveshape");
        let layout = Layout::new(SIZE);
        for (input, output) in [(0.8, 0.5), (-0.8, -0.5)] {
            assert!(same(picture.at(layout.place(input, output)), Palette::DARK.a), "{input}");
        }
    }
}
