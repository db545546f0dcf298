//! A compressor's transfer curve with the live dot, and its threshold as a dotted line.

use std::sync::Arc;

use iced::widget::canvas::Path;
use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// What the transfer plot shows.
#[derive(Clone)]
pub struct Transfer {
    /// Output level in dB for input levels at even distances from [`FLOOR_DB`] to 0 dB.
    pub curve: Arc<[f32]>,
    /// Threshold in dB, none where there is no single one.
    pub threshold_db: Option<f32>,
    /// Input and output level now in dB.
    pub dot: Option<(f32, f32)>,
}

/// Level at the left and lower edge in dB.
pub const FLOOR_DB: f32 = -60.0;

/// The element: scales at the left and below, the well takes the rest.
pub fn transfer<'a, Message: 'a>(data: Transfer) -> Element<'a, Message> {
    let dot = Dot { at: data.dot };
    Canvas::new((data, dot)).into()
}

struct Layout {
    well: Rectangle,
    input: Axis,
    output: Axis,
}

impl Layout {
    fn new(size: Size) -> Self {
        let well = edges(30.0, 0.0, size.width, size.height - 24.0);
        Self { well, input: Axis::along(well, FLOOR_DB, 0.0), output: Axis::level(well, 0.0, FLOOR_DB) }
    }
}

impl<Message> Program<Message> for Transfer {
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
        key.numbers(&self.curve).numbers(&[self.threshold_db.unwrap_or(f32::NAN)]).palette(theme.palette());
        vec![layer.draw(renderer, bounds.size(), key.value(), |frame| {
            self.draw_curve(frame, &Layout::new(bounds.size()), theme.palette())
        })]
    }
}

impl Transfer {
    fn draw_curve(&self, frame: &mut Frame, layout: &Layout, palette: &Palette) {
        let (palette, well) = (palette, layout.well);
        let (right, bottom) = (well.x + well.width, well.y + well.height);
        plot::fill(frame, well, palette.well);
        let number = |text: String| Word::number(text, 11.0, palette.text2);
        for level in [-48.0, -36.0, -24.0, -12.0] {
            let (x, y) = (layout.input.pixel(level), layout.output.pixel(level));
            plot::vertical(frame, x, well.y, bottom, palette.grid);
            plot::horizontal(frame, y, well.x, right, palette.grid);
            let text = plot::decimal(f64::from(level), 0, false);
            number(text.clone()).right(frame, well.x - 6.0, y);
            number(text).centred(frame, x, bottom + 12.0);
        }
        let label = |text: &str| Word::label(text, 12.0, palette.text2);
        label("out").right(frame, well.x - 6.0, well.y + 6.0);
        label("in").right(frame, right, bottom + 12.0);
        number("dB".to_owned()).right(frame, well.x - 6.0, bottom + 12.0);
        plot::line(frame, &[Point::new(well.x, bottom), Point::new(right, well.y)], 1.0, palette.hairline);
        if let Some(threshold) = self.threshold_db {
            let x = layout.input.held(threshold);
            plot::dashed(frame, Point::new(x, well.y), Point::new(x, bottom), [1.0, 3.0], palette.text2);
        }
        plot::line(frame, &self.points(layout), 2.0, palette.text);
    }

    fn points(&self, layout: &Layout) -> Vec<Point> {
        let step = -FLOOR_DB / self.curve.len().saturating_sub(1).max(1) as f32;
        let point = |(place, out): (usize, &f32)| {
            Point::new(layout.input.pixel(FLOOR_DB + step * place as f32), layout.output.held(*out))
        };
        self.curve.iter().enumerate().map(point).collect()
    }
}

struct Dot {
    at: Option<(f32, f32)>,
}

impl<Message> Program<Message> for Dot {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        const RADIUS: f32 = 5.0;
        let audible = |(input, output): &(f32, f32)| input.is_finite() && output.is_finite() && *input > FLOOR_DB;
        let layout = Layout::new(bounds.size());
        let place = |(input, output)| Point::new(layout.input.held(input), layout.output.held(output));
        let centre = self.at.filter(audible).map(place);
        let Point { x, y } = centre.unwrap_or(Point::ORIGIN);
        let around = edges(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS).expand(1.0);
        let mut key = Fingerprint::default();
        key.add(centre.is_some()).numbers(&[x, y]).palette(theme.palette());
        vec![layer.draw_in(renderer, around, key.value(), |frame| {
            if let Some(centre) = centre {
                frame.fill(&Path::circle(centre, RADIUS), theme.palette().a);
            }
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    const SIZE: Size = Size::new(232.0, 224.0);

    fn compressor() -> Transfer {
        let out = |place: u8| {
            let level = FLOOR_DB + f32::from(place);
            if level > -18.0 { -18.0 + (level + 18.0) / 1.5 } else { level }
        };
        Transfer { curve: (0..=60).map(out).collect(), threshold_db: Some(-18.0), dot: Some((-12.0, -14.0)) }
    }

    #[test]
    fn the_curve_runs_from_corner_to_corner_where_nothing_is_done() {
        let layout = Layout::new(SIZE);
        let straight = Transfer { curve: [FLOOR_DB, 0.0].into(), ..compressor() };
        let corners = [Point::new(layout.well.x, 200.0), Point::new(232.0, 0.0)];
        assert_eq!(straight.points(&layout), corners);
        let pressed = compressor().points(&layout);
        assert!((layout.output.value(pressed[60].y) + 6.0).abs() < 1e-3, "18 dB above the threshold come out as 12");
    }

    #[test]
    fn the_dot_stands_where_the_level_is() {
        let data = compressor();
        let layout = Layout::new(SIZE);
        let mut ui = specimen::simulate::<()>(transfer(data), SIZE);
        let picture = Picture::of(&mut ui, "transfer");
        let dot = (layout.input.pixel(-12.0), layout.output.pixel(-14.0));
        assert!(same(picture.at(dot), Palette::DARK.a));
    }
}
