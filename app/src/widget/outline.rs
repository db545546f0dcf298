//! A recording's outline: one bar for each part of its length, the playhead and its marks.

use std::sync::Arc;

use iced::{Rectangle, Renderer, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Layer, Program, edges};
use crate::theme::plate::Meaning;
use crate::theme::{Element, Theme};

/// What is drawn.
pub struct Outline {
    /// Highest sample of each part, 0 to 1.
    pub peaks: Arc<Vec<f32>>,
    /// Whose it is.
    pub meaning: Meaning,
    /// Whether it is heard: drawn in its colour.
    pub heard: bool,
    /// Share of the length at which it plays.
    pub playhead: Option<f32>,
    /// Shares of the length that are marked.
    pub marks: Vec<f32>,
}

/// The element, 36 px high.
pub fn outline<'a, Message: 'a>(data: Outline) -> Element<'a, Message> {
    Canvas::new(data).height(36).into()
}

impl<Message> Program<Message> for Outline {
    type State = (Layer, Layer);

    fn draw(
        &self,
        (still, moving): &(Layer, Layer),
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let mut key = Fingerprint::default();
        key.numbers(&self.peaks).numbers(&self.marks).add(self.heard).palette(palette);
        let below = still.draw_apart(renderer, size, key.value(), |frame| {
            plot::fill(frame, edges(0.0, 0.0, size.width, size.height), palette.well);
            let colour = match (self.heard, self.meaning) {
                (true, Meaning::R) => palette.r,
                (true, Meaning::A) => palette.a,
                _ => palette.quiet,
            };
            let (middle, count) = (0.5 * size.height, self.peaks.len().max(1));
            for x in 0..size.width as usize {
                let (from, to) = (x * count / size.width as usize, ((x + 1) * count / size.width as usize).min(count));
                let part = self.peaks.get(from..to.max(from + 1).min(count)).unwrap_or_default();
                let half = part.iter().copied().fold(0.0, f32::max).min(1.0) * (middle - 2.0);
                plot::fill(
                    frame,
                    edges(x as f32, middle - half.max(0.5), x as f32 + 1.0, middle + half.max(0.5)),
                    colour,
                );
            }
            for mark in &self.marks {
                plot::vertical(frame, mark * size.width, 0.0, size.height, palette.text2);
            }
        });
        let mut key = Fingerprint::default();
        let x = self.playhead.map_or(f32::NAN, |share| (share.clamp(0.0, 1.0) * size.width).floor());
        key.numbers(&[x]).palette(palette);
        let above = moving.draw_apart(renderer, size, key.value(), |frame| {
            if x.is_finite() {
                plot::vertical(frame, x, 0.0, size.height, palette.text);
            }
        });
        vec![below, above]
    }
}
