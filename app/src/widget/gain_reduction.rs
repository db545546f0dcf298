//! Gain reduction: a bar filled from the top, with its own scale and the largest value held.

use iced::{Length, Rectangle, Renderer, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Layer, Program, edges};
use crate::theme::{Element, Theme};

struct Bar {
    now: f32,
    hold: f32,
    range: f32,
}

/// A bar 16 wide. `now` and `hold` are reductions in dB, zero or negative; `range` is the depth of the scale (6, 12 or 24).
pub fn gain_reduction<'a, Message: 'a>(
    now: f64,
    hold: f64,
    range: f64,
    height: impl Into<Length>,
) -> Element<'a, Message> {
    let bar = Bar { now: now as f32, hold: hold as f32, range: range as f32 };
    Canvas::new(bar).width(16).height(height).into()
}

impl<Message> Program<Message> for Bar {
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
        let y = |db: f32| (size.height * (-db / self.range).clamp(0.0, 1.0)).round();
        let (depth, held) = (y(self.now), y(self.hold));
        let mut key = Fingerprint::default();
        key.numbers(&[depth, held]).palette(palette);
        vec![layer.draw_apart(renderer, size, key.value(), |frame| {
            let across = |top: f32, bottom: f32| edges(0.0, top, size.width, bottom);
            plot::fill(frame, across(0.0, size.height), palette.well);
            if depth >= 1.0 {
                plot::fill(frame, across(0.0, depth), palette.r_deep);
                plot::fill(frame, across(depth - 1.0, depth), palette.r);
            }
            if held >= 2.0 {
                plot::fill(frame, across(held - 2.0, held), palette.text);
            }
        })]
    }
}
