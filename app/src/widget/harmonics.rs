//! The harmonics that a curve makes of a sine, as bars against the tone.

use std::sync::Arc;

use iced::{Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Level at the lower edge, dB against the tone: less is not heard beside it, and no converter holds it.
pub const FLOOR_DB: f32 = -120.0;
/// Widest bar, px.
const WIDEST: f32 = 28.0;

struct Bars {
    /// From the second on.
    levels_db: Arc<[f32]>,
}

/// A bar for each of `levels_db`, from the second harmonic on: dB against the tone.
pub fn harmonics<'a, Message: 'a>(levels_db: Arc<[f32]>) -> Element<'a, Message> {
    Canvas::new(Bars { levels_db }).into()
}

fn well(size: Size) -> Rectangle {
    edges(38.0, 18.0, size.width, size.height - 24.0)
}

/// The middle of a bar, by its place.
fn middle(well: Rectangle, place: usize, count: usize) -> f32 {
    (well.x + well.width * (place as f32 + 0.5) / count.max(1) as f32).round()
}

impl Bars {
    fn paint(&self, frame: &mut Frame, size: Size, palette: &Palette) {
        let well = well(size);
        let axis = Axis::level(well, 0.0, FLOOR_DB);
        let (right, bottom) = (well.x + well.width, well.y + well.height);
        plot::fill(frame, well, palette.well);
        for level in [0.0, -30.0, -60.0, -90.0] {
            let y = axis.pixel(level);
            plot::horizontal(frame, y, well.x, right, palette.grid);
            let text = plot::decimal(f64::from(level), 0, false);
            Word::number(text, 11.0, palette.text2).right(frame, well.x - 6.0, y.max(well.y + 5.0));
        }
        Word::number("dB", 11.0, palette.text2).right(frame, well.x - 6.0, bottom + 12.0);
        let count = self.levels_db.len();
        let half = (well.width / count.max(1) as f32 * 0.3).min(WIDEST / 2.0).floor();
        for (place, level) in self.levels_db.iter().enumerate() {
            let (x, order) = (middle(well, place, count), place + 2);
            // Even and odd sound unlike: they look unlike.
            let colour = if order % 2 == 0 { palette.a } else { palette.a_deep };
            let top = axis.held(*level).round();
            plot::fill(frame, edges(x - half, top, x + half, bottom), colour);
            if *level > FLOOR_DB {
                let value = Word::number(plot::decimal(f64::from(*level), 0, false), 11.0, palette.text);
                value.centred(frame, x, top - 8.0);
            }
            Word::number(order.to_string(), 11.0, palette.text2).centred(frame, x, bottom + 12.0);
        }
    }
}

impl<Message> Program<Message> for Bars {
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
        key.numbers(&self.levels_db).palette(theme.palette());
        let size = bounds.size();
        vec![layer.draw(renderer, size, key.value(), |frame| self.paint(frame, size, theme.palette()))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    #[test]
    fn a_bar_stands_as_high_as_its_harmonic() {
        let size = Size::new(360.0, 220.0);
        let levels = [-200.0, -30.0, -90.0, -60.0].into();
        let mut ui = specimen::simulate::<()>(harmonics(levels), size);
        let picture = Picture::of(&mut ui, "harmonics");
        let (well, palette) = (well(size), Palette::DARK);
        let axis = Axis::level(well, 0.0, FLOOR_DB);
        let at = |place, level| picture.at((middle(well, place, 4), axis.pixel(level)));
        assert!(same(at(0, -118.0), palette.well), "nothing of the second");
        assert!(same(at(1, -35.0), palette.a_deep) && same(at(1, -25.0), palette.well), "the third");
        assert!(same(at(2, -95.0), palette.a), "the fourth");
    }
}
