//! Correlation: a strip from -1 to +1, 8 px high; the bar runs from zero, the line is the lowest value held.

use iced::widget::canvas::{self, Frame, Geometry};
use iced::{Element as AnyElement, Length, Point, Rectangle, Renderer, Size, mouse};

use crate::theme::{Element, Theme};

struct Strip {
    now: Option<f32>,
    lowest: Option<f32>,
}

/// The strip; `now` and `lowest` are -1 to +1. Without a value the well is empty.
pub fn correlation<'a, Message: 'a>(now: Option<f64>, lowest: Option<f64>) -> Element<'a, Message> {
    let narrow = |value: f64| (value as f32).clamp(-1.0, 1.0);
    let strip = Strip { now: now.map(narrow), lowest: lowest.map(narrow) };
    AnyElement::from(canvas::Canvas::new(strip).width(Length::Fill).height(8))
}

impl<Message> canvas::Program<Message, Theme> for Strip {
    type State = ();

    fn draw(&self, _: &(), renderer: &Renderer, theme: &Theme, bounds: Rectangle, _: mouse::Cursor) -> Vec<Geometry> {
        let palette = theme.palette();
        let mut frame = Frame::new(renderer, bounds.size());
        let (width, height) = (bounds.width, bounds.height);
        let x = |value: f32| (0.5 * (value + 1.0) * (width - 2.0)).round();
        frame.fill_rectangle(Point::ORIGIN, bounds.size(), palette.well);
        if let Some(now) = self.now {
            let (from, to) = (x(now.min(0.0)), x(now.max(0.0)));
            let (bar, tip) = if now < 0.0 { (palette.over_core, palette.over) } else { (palette.a_deep, palette.text) };
            frame.fill_rectangle(Point::new(from, 0.0), Size::new(to - from + 1.0, height), bar);
            frame.fill_rectangle(Point::new(x(now), 0.0), Size::new(2.0, height), tip);
        }
        if let Some(lowest) = self.lowest {
            frame.fill_rectangle(Point::new(x(lowest), 0.0), Size::new(1.0, height), palette.text2);
        }
        frame.fill_rectangle(Point::new(x(0.0), 0.0), Size::new(1.0, height), palette.outline);
        vec![frame.into_geometry()]
    }
}
