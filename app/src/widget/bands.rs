//! Bands of a third of an octave against a limit in each: bars, and the limit as a step over them.

use std::sync::Arc;

use iced::{Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// A band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Its middle, Hz.
    pub hz: f32,
    /// Its level, dB.
    pub level: f32,
    /// What it may have, dB.
    pub limit: f32,
}

/// The levels that are seen, dB.
const TOP: f32 = 15.0;
const BOTTOM: f32 = -40.0;

/// The element: fills the room it is given.
pub fn bands<'a, Message: 'a>(bands: Arc<[Band]>) -> Element<'a, Message> {
    Canvas::new(Bars(bands)).into()
}

struct Bars(Arc<[Band]>);

impl Bars {
    fn paint(&self, frame: &mut Frame, size: Size, palette: &Palette) {
        let well = edges(34.0, 0.0, size.width, size.height - 20.0);
        let axis = Axis::level(well, TOP, BOTTOM);
        let (right, bottom) = (well.x + well.width, well.y + well.height);
        plot::fill(frame, well, palette.well);
        for level in [10.0, 0.0, -10.0, -20.0, -30.0] {
            let y = axis.pixel(level);
            plot::horizontal(frame, y, well.x, right, if level == 0.0 { palette.decade } else { palette.grid });
            Word::number(plot::decimal(f64::from(level), 0, true), 11.0, palette.text2).right(frame, well.x - 6.0, y);
        }
        let step = well.width / self.0.len().max(1) as f32;
        let mut free = 0.0;
        for (place, band) in self.0.iter().enumerate() {
            let (left, end) = ((well.x + step * place as f32).floor(), (well.x + step * (place + 1) as f32).floor());
            let (top, limit) = (axis.held(band.level).round(), axis.held(band.limit).round());
            plot::fill(frame, edges(left + 1.0, top.max(limit), end - 1.0, bottom), palette.a_deep);
            // What the tape bends.
            plot::fill(frame, edges(left + 1.0, top, end - 1.0, limit.max(top)), palette.over);
            plot::fill(frame, edges(left, limit, end, limit + 2.0), palette.r);
            let (number, unit) = plot::frequency(f64::from(band.hz));
            let word = Word::number(format!("{number}{}", if unit == "kHz" { "k" } else { "" }), 11.0, palette.text2);
            let middle = 0.5 * (left + end);
            if place % 3 == 0 && middle > free {
                free = middle + word.width() + 8.0;
                word.centred(frame, middle, bottom + 11.0);
            }
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
        let (size, palette) = (bounds.size(), theme.palette());
        let mut key = Fingerprint::default();
        key.palette(palette);
        for band in self.0.iter() {
            key.numbers(&[band.hz, band.level, band.limit]);
        }
        vec![layer.draw(renderer, size, key.value(), |frame| self.paint(frame, size, palette))]
    }
}
