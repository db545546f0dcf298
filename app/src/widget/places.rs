//! The whole album as a strip with places on it: a press answers with the nearest one.

use std::sync::Arc;

use iced::mouse::{self, Button};
use iced::widget::canvas::Action;
use iced::{Event, Point, Rectangle, Renderer};

use super::plot::{self, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use super::timeline::Severity;
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme, icon};

/// A place on the album.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Where, in seconds.
    pub at_s: f64,
    /// How grave it is.
    pub severity: Severity,
    /// Which one it is, for the answer.
    pub index: usize,
}

/// What the strip shows.
#[derive(Debug, Clone, Default)]
pub struct Album {
    /// Length in seconds.
    pub length_s: f64,
    /// Lowest and highest sample of equal shares.
    pub columns: Arc<[(f32, f32)]>,
    /// Where songs begin and their numbers.
    pub songs: Vec<(f64, u32)>,
    /// The stretch of the selected song.
    pub selected: Option<(f64, f64)>,
    /// The places.
    pub marks: Arc<[Mark]>,
    /// The selected place.
    pub chosen: Option<f64>,
    /// Counts up when `columns` or `marks` change.
    pub generation: u64,
    /// What is being heard.
    pub playhead_s: Option<f64>,
}

/// The strip; `on_press` is told the index of the mark nearest to a press.
pub fn places<'a, Message: 'a>(data: Album, on_press: impl Fn(usize) -> Message + 'a) -> Element<'a, Message> {
    Canvas::new(Places { data, on_press: Box::new(on_press) }).into()
}

struct Places<'a, Message> {
    data: Album,
    on_press: Box<dyn Fn(usize) -> Message + 'a>,
}

/// What stands still and the playhead.
#[derive(Default)]
pub struct Layers {
    still: Layer,
    playhead: Layer,
}

/// Height of the signs above and of the numbers below, px.
const SIGNS: f32 = 20.0;
/// A sign is this wide at least: of two that would touch the graver one is drawn.
const SIGN: f32 = 14.0;

impl<Message> Places<'_, Message> {
    fn x(&self, seconds: f64, width: f32) -> f32 {
        (seconds / self.data.length_s.max(f64::MIN_POSITIVE)) as f32 * width
    }

    fn nearest(&self, at: Point, width: f32) -> Option<usize> {
        let distance = |mark: &&Mark| (self.x(mark.at_s, width) - at.x).abs();
        let nearest = self.data.marks.iter().min_by(|one, two| distance(one).total_cmp(&distance(two)))?;
        (distance(&nearest) <= 12.0).then_some(nearest.index)
    }

    fn paint(&self, frame: &mut Frame, bounds: Rectangle, palette: &Palette) {
        let data = &self.data;
        let area = edges(0.0, SIGNS, bounds.width, bounds.height - SIGNS);
        plot::fill(frame, area, palette.well);
        let (middle, half) = (area.center_y(), 0.5 * area.height - 4.0);
        let count = data.columns.len().max(1) as f32;
        for pixel in 0..area.width as usize {
            let share = |pixel: usize| ((pixel as f32 / area.width * count) as usize).min(data.columns.len());
            let Some(columns) = data.columns.get(share(pixel)..share(pixel + 1).max(share(pixel) + 1)) else {
                continue;
            };
            let low = columns.iter().map(|column| column.0).fold(0.0, f32::min).max(-1.0);
            let high = columns.iter().map(|column| column.1).fold(0.0, f32::max).min(1.0);
            let second = pixel as f64 / f64::from(area.width) * data.length_s;
            let selected = data.selected.is_some_and(|(from, to)| (from..to).contains(&second));
            let colour = if selected { palette.text3 } else { palette.quiet };
            let x = pixel as f32;
            plot::fill(frame, edges(x, middle - half * high, x + 1.0, middle - half * low + 1.0), colour);
        }
        for (start, number) in &data.songs {
            let x = self.x(*start, bounds.width);
            Word::number(format!("{number:02}"), 11.0, palette.text2).left(frame, x + 2.0, bounds.height - SIGNS / 2.0);
        }
        self.paint_marks(frame, bounds, area, palette);
    }

    fn paint_marks(&self, frame: &mut Frame, bounds: Rectangle, area: Rectangle, palette: &Palette) {
        let mut lines = vec![None; bounds.width.max(1.0) as usize + 1];
        for mark in self.data.marks.iter() {
            let pixel = (self.x(mark.at_s, bounds.width) as usize).min(lines.len() - 1);
            let grave = lines[pixel].is_none_or(|known| rank(known) < rank(mark.severity));
            if grave {
                lines[pixel] = Some(mark.severity);
            }
        }
        let mut free = f32::NEG_INFINITY;
        for (pixel, severity) in lines.into_iter().enumerate() {
            let Some(severity) = severity else { continue };
            let (line, glyph) = match severity {
                Severity::Note => (palette.outline, icon::INFO),
                Severity::Warning => (palette.mid, icon::TRIANGLE_ALERT),
                Severity::Error => (palette.over, icon::X),
            };
            let x = pixel as f32;
            plot::vertical(frame, x, area.y, area.y + area.height, line);
            if x >= free {
                Word::icon(glyph, 12.0, line).centred(frame, x.clamp(7.0, bounds.width - 7.0), SIGNS / 2.0);
                free = x + SIGN;
            }
        }
        if let Some(chosen) = self.data.chosen {
            let x = self.x(chosen, bounds.width).floor();
            plot::outline(frame, edges(x - 3.0, area.y, x + 4.0, area.y + area.height), palette.a);
        }
    }
}

fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Note => 0,
        Severity::Warning => 1,
        Severity::Error => 2,
    }
}

impl<Message> Program<Message> for Places<'_, Message> {
    type State = Layers;

    fn update(
        &self,
        _: &mut Layers,
        event: &Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let Event::Mouse(mouse::Event::ButtonPressed(Button::Left)) = event else { return None };
        let index = self.nearest(cursor.position_in(bounds)?, bounds.width)?;
        Some(Action::publish((self.on_press)(index)).and_capture())
    }

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let palette = theme.palette();
        let mut key = Fingerprint::default();
        key.add(self.data.generation).number(self.data.length_s).palette(palette);
        let ends = self.data.selected.unwrap_or((-1.0, -1.0));
        key.number(ends.0).number(ends.1).number(self.data.chosen.unwrap_or(-1.0)).add(self.data.columns.len());
        let still = layers.still.draw(renderer, bounds.size(), key.value(), |frame| self.paint(frame, bounds, palette));
        let x = self.data.playhead_s.map(|seconds| self.x(seconds, bounds.width).floor());
        let mut key = Fingerprint::default();
        key.number(f64::from(x.unwrap_or(-1.0))).palette(palette);
        let playhead = layers.playhead.draw_apart(renderer, bounds.size(), key.value(), |frame| {
            if let Some(x) = x {
                frame.rectangle(edges(x, SIGNS, x + 1.0, bounds.height - SIGNS), palette.text);
            }
        });
        vec![still, playhead]
    }

    fn mouse_interaction(&self, _: &Layers, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        match cursor.position_in(bounds).and_then(|at| self.nearest(at, bounds.width)) {
            Some(_) => mouse::Interaction::Pointer,
            None => mouse::Interaction::None,
        }
    }
}
