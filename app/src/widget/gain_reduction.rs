//! Gain reduction: a bar filled from the top, with its own scale and the largest value held.

use iced::widget::canvas::{self, Frame, Geometry};
use iced::{Length, Point, Rectangle, Renderer, Size, mouse};

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
    canvas::Canvas::new(bar).width(16).height(height).into()
}

impl<Message> canvas::Program<Message, Theme> for Bar {
    type State = ();

    fn draw(&self, _: &(), renderer: &Renderer, theme: &Theme, bounds: Rectangle, _: mouse::Cursor) -> Vec<Geometry> {
        let palette = theme.palette();
        let mut frame = Frame::new(renderer, bounds.size());
        let y = |db: f32| (bounds.height * (-db / self.range).clamp(0.0, 1.0)).round();
        frame.fill_rectangle(Point::ORIGIN, bounds.size(), palette.well);
        let depth = y(self.now);
        if depth >= 1.0 {
            frame.fill_rectangle(Point::ORIGIN, Size::new(bounds.width, depth), palette.r_deep);
            frame.fill_rectangle(Point::new(0.0, depth - 1.0), Size::new(bounds.width, 1.0), palette.r);
        }
        let held = y(self.hold);
        if held >= 2.0 {
            frame.fill_rectangle(Point::new(0.0, held - 2.0), Size::new(bounds.width, 2.0), palette.text);
        }
        vec![frame.into_geometry()]
    }
}
