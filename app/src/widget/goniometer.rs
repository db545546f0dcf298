//! The goniometer: at most 1024 dots with M up, in four age colours; the 45 degree lines are where one channel alone lies.

use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Layer, Program, Word, edges};
use crate::theme::{Element, Theme};

/// The most dots that are drawn.
pub const DOTS: usize = 1024;
/// How many ages have a colour of their own.
const AGES: usize = 4;

/// What the goniometer shows.
#[derive(Clone)]
pub struct Goniometer {
    /// Pairs of left and right samples (1 = full scale), the newest first. Those after the first 1024 are left out.
    pub dots: Vec<(f32, f32)>,
    /// Magnification; 1 puts a full-scale mono sample at the upper edge.
    pub zoom: f32,
}

/// The element: a square in the room it is given.
pub fn goniometer<'a, Message: 'a>(data: Goniometer) -> Element<'a, Message> {
    Canvas::new((Scale, data)).into()
}

/// The square in the middle of a widget of `size`.
fn square(size: Size) -> Rectangle {
    let side = size.width.min(size.height).floor();
    let (left, top) = (((size.width - side) / 2.0).floor(), ((size.height - side) / 2.0).floor());
    edges(left, top, left + side, top + side)
}

/// Where a pair of samples lies: M = (L + R) / 2 up, S = (R - L) / 2 to the right, so the left channel alone lies on the
/// line to the upper left.
pub fn place(left: f32, right: f32, zoom: f32, square: Rectangle) -> Point {
    let half = square.width / 2.0 - 2.0;
    let (up, across) = ((left + right) / 2.0 * zoom, (right - left) / 2.0 * zoom);
    let held = |value: f32| if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
    Point::new(square.center_x() + held(across) * half, square.center_y() - held(up) * half)
}

struct Scale;

impl<Message> Program<Message> for Scale {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let palette = theme.palette();
        let mut key = Fingerprint::default();
        key.palette(palette);
        vec![layer.draw(renderer, bounds.size(), key.value(), |frame| {
            let area = square(bounds.size());
            let (right, bottom) = (area.x + area.width, area.y + area.height);
            plot::fill(frame, area, palette.well);
            plot::outline(frame, area, palette.grid);
            plot::vertical(frame, area.center_x(), area.y, bottom, palette.decade);
            plot::horizontal(frame, area.center_y(), area.x, right, palette.decade);
            for (from, to) in [((area.x, area.y), (right, bottom)), ((right, area.y), (area.x, bottom))] {
                plot::line(frame, &[from.into(), to.into()], 1.0, palette.decade);
            }
            let word = |text: &str| Word::label(text, 12.0, palette.text2);
            word("L").left(frame, area.x + 6.0, area.y + 12.0);
            word("M").left(frame, area.center_x() + 6.0, area.y + 12.0);
            word("R").right(frame, right - 6.0, area.y + 12.0);
            word("S").right(frame, right - 6.0, area.center_y() - 10.0);
        })]
    }
}

impl<Message> Program<Message> for Goniometer {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (area, palette) = (square(bounds.size()), theme.palette());
        let shown = &self.dots[..self.dots.len().min(DOTS)];
        let mut key = Fingerprint::default();
        key.numbers(&[self.zoom]).palette(palette);
        for (left, right) in shown {
            key.numbers(&[*left, *right]);
        }
        vec![layer.draw_in(renderer, area, key.value(), |frame| {
            let colours = [palette.focus, palette.a, palette.a_mid, palette.a_core];
            let oldest_first = shown.iter().enumerate().rev();
            for (age, (left, right)) in oldest_first {
                let side = if age < DOTS / AGES { 2.0 } else { 1.0 };
                let point = place(*left, *right, self.zoom, area);
                let colour = colours[(age * AGES / DOTS).min(AGES - 1)];
                let (x, y) = (point.x.round(), point.y.round());
                plot::fill(frame, edges(x, y, x + side, y + side), colour);
            }
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    const SQUARE: Rectangle = Rectangle { x: 0.0, y: 0.0, width: 204.0, height: 204.0 };

    #[test]
    fn mono_stands_up_and_one_channel_leans_45_degrees() {
        assert_eq!(place(1.0, 1.0, 1.0, SQUARE), Point::new(102.0, 2.0));
        assert_eq!(place(0.8, 0.0, 1.0, SQUARE), Point::new(62.0, 62.0), "left leans to the upper left");
        assert_eq!(place(0.0, 0.8, 1.0, SQUARE), Point::new(142.0, 62.0));
        assert_eq!(place(1.0, -1.0, 1.0, SQUARE), Point::new(2.0, 102.0), "opposite polarity lies down");
        assert_eq!(place(f32::NAN, 0.0, 1.0, SQUARE), Point::new(102.0, 102.0));
        assert_eq!(place(1.0, 1.0, 9.0, SQUARE).y, 2.0, "never outside");
    }

    #[test]
    fn the_newest_dot_is_brightest() {
        let spread = |seed: u64| specimen::noise(seed) - 0.5;
        let mut dots: Vec<_> = (0..2000_u64)
            .map(|place| {
                let (mid, side) = (spread(place) * 1.4, spread(place + 5000) * 0.5);
                (mid - side, mid + side)
            })
            .collect();
        dots[0] = (0.9, 0.9);
        let palette = Theme::Dark.palette();
        let mut ui = specimen::simulate::<()>(goniometer(Goniometer { dots, zoom: 1.0 }), Size::new(332.0, 332.0));
        let picture = Picture::of(&mut ui, "goniometer");
        let newest = place(0.9, 0.9, 1.0, square(Size::new(332.0, 332.0)));
        assert!(same(picture.at((newest.x + 0.5, newest.y + 0.5)), palette.focus));
    }
}
