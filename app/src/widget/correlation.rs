//! Correlation: a strip from -1 to +1, 8 px high; the bar runs from zero, the line is the lowest value held.

use iced::{Rectangle, Renderer, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Layer, Program, edges};
use crate::theme::{Element, Theme};

struct Strip {
    now: Option<f32>,
    lowest: Option<f32>,
}

/// The strip; `now` and `lowest` are -1 to +1. Without a value the well is empty.
pub fn correlation<'a, Message: 'a>(now: Option<f64>, lowest: Option<f64>) -> Element<'a, Message> {
    let narrow = |value: f64| (value as f32).clamp(-1.0, 1.0);
    let strip = Strip { now: now.map(narrow), lowest: lowest.map(narrow) };
    Canvas::new(strip).height(8).into()
}

impl<Message> Program<Message> for Strip {
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
        let x = |value: f32| (0.5 * (value + 1.0) * (size.width - 2.0)).round();
        let (now, lowest) = (self.now.map(x), self.lowest.map(x));
        let negative = self.now.is_some_and(|now| now < 0.0);
        let mut key = Fingerprint::default();
        key.numbers(&[now.unwrap_or(f32::NAN), lowest.unwrap_or(f32::NAN)]).add(negative).palette(palette);
        vec![layer.draw_apart(renderer, size, key.value(), |frame| {
            let down = |left: f32, right: f32| edges(left, 0.0, right, size.height);
            plot::fill(frame, down(0.0, size.width), palette.well);
            if let Some(now) = now {
                let (bar, tip) =
                    if negative { (palette.over_core, palette.over) } else { (palette.a_deep, palette.text) };
                plot::fill(frame, down(now.min(x(0.0)), now.max(x(0.0)) + 1.0), bar);
                plot::fill(frame, down(now, now + 2.0), tip);
            }
            if let Some(lowest) = lowest {
                plot::fill(frame, down(lowest, lowest + 1.0), palette.text2);
            }
            plot::fill(frame, down(x(0.0), x(0.0) + 1.0), palette.outline);
        })]
    }
}
