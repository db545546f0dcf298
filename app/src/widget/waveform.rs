//! The waveform: one pixel column after another, peaks after the chain with the RMS core inside and the source's peaks as dots.
//!
//! Columns are drawn as rectangles, never as one path: rectangles are the cheap shape of the software renderer.

use std::sync::Arc;

use iced::{Color, Rectangle, Renderer, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Frame, Layer, Program, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// What one pixel column covers, in sample values (1 = full scale).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Column {
    /// Lowest sample after the chain.
    pub low: f32,
    /// Highest sample after the chain.
    pub high: f32,
    /// Root mean square after the chain, 0 or more.
    pub rms: f32,
    /// Lowest sample of the source.
    pub source_low: f32,
    /// Highest sample of the source.
    pub source_high: f32,
}

impl Column {
    /// The column that covers both.
    pub fn merge(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            rms: self.rms.max(other.rms),
            source_low: self.source_low.min(other.source_low),
            source_high: self.source_high.max(other.source_high),
        }
    }
}

/// Something that answers with the columns of a time span: usually a level of a waveform pyramid.
pub trait Columns: Send + Sync {
    /// `count` columns from `start_s` to `end_s`, in seconds from the start of the audio. Silence outside it.
    fn columns(&self, start_s: f64, end_s: f64, count: usize) -> Vec<Column>;
}

/// One level of a pyramid: columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Strip {
    /// Length of one column in seconds, above zero.
    pub step_s: f64,
    /// The columns, the first at second 0.
    pub columns: Vec<Column>,
}

impl Columns for Strip {
    fn columns(&self, start_s: f64, end_s: f64, count: usize) -> Vec<Column> {
        let step = (end_s - start_s) / count.max(1) as f64;
        (0..count)
            .map(|pixel| {
                let from = ((start_s + step * pixel as f64) / self.step_s).floor();
                let to = ((start_s + step * (pixel + 1) as f64) / self.step_s).ceil();
                if to <= 0.0 {
                    return Column::default();
                }
                let first = (from.max(0.0) as usize).min(self.columns.len());
                let last = (to as usize).clamp(first, self.columns.len());
                self.columns[first..last].iter().copied().reduce(Column::merge).unwrap_or_default()
            })
            .collect()
    }
}

/// One column in pixels, top before bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Left edge, a whole pixel.
    pub x: f32,
    /// Top and bottom of the peaks.
    pub peak: (f32, f32),
    /// Top and bottom of the RMS core.
    pub core: (f32, f32),
    /// The rows of the source's peaks.
    pub source: (f32, f32),
}

/// Lays columns into `area`, one pixel each from its left edge; `zoom` magnifies the level and 1 fills the area at full scale.
pub fn bars(columns: &[Column], area: Rectangle, zoom: f32) -> Vec<Bar> {
    let centre = (area.y + area.height / 2.0).floor();
    let half = (area.height / 2.0).floor();
    let row = |value: f32| (centre - (value * zoom).clamp(-1.0, 1.0) * half).round();
    let shown = (area.width.max(0.0) as usize).min(columns.len());
    columns[..shown]
        .iter()
        .enumerate()
        .map(|(pixel, column)| Bar {
            x: area.x.floor() + pixel as f32,
            peak: (row(column.high), row(column.low).max(row(column.high) + 1.0)),
            core: (row(column.rms), row(-column.rms)),
            source: (row(column.source_high), row(column.source_low)),
        })
        .collect()
}

/// Colours of a waveform. A part without a colour is not drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// Peaks.
    pub peak: Color,
    /// RMS core.
    pub core: Option<Color>,
    /// Source peaks.
    pub source: Option<Color>,
    /// Centre line.
    pub centre: Option<Color>,
}

impl Ink {
    /// The master's waveform.
    pub fn master(palette: &Palette) -> Self {
        Self {
            peak: palette.a_mid,
            core: Some(palette.a_core),
            source: Some(palette.text2),
            centre: Some(palette.well),
        }
    }

    /// A disabled song.
    pub fn disabled(palette: &Palette) -> Self {
        Self { peak: palette.hairline, core: None, source: None, centre: Some(palette.well) }
    }

    /// Peaks only, as in an overview.
    pub fn outline(peak: Color) -> Self {
        Self { peak, core: None, source: None, centre: None }
    }
}

/// Draws bars with the centre line of `area`.
pub fn draw(frame: &mut Frame, bars: &[Bar], area: Rectangle, ink: &Ink) {
    let column = |x: f32, (top, bottom): (f32, f32)| edges(x, top, x + 1.0, bottom);
    for bar in bars {
        plot::fill(frame, column(bar.x, bar.peak), ink.peak);
        if let Some(colour) = ink.core {
            plot::fill(frame, column(bar.x, bar.core), colour);
        }
        if let Some(colour) = ink.source.filter(|_| bar.source.1 > bar.source.0) {
            plot::fill(frame, column(bar.x, (bar.source.0, bar.source.0 + 1.0)), colour);
            plot::fill(frame, column(bar.x, (bar.source.1 - 1.0, bar.source.1)), colour);
        }
    }
    if let (Some(colour), Some(first), Some(last)) = (ink.centre, bars.first(), bars.last()) {
        plot::horizontal(frame, area.y + area.height / 2.0, first.x, last.x + 1.0, colour);
    }
}

/// A waveform in a well of its own.
pub struct Waveform {
    /// Where the columns come from.
    pub columns: Arc<dyn Columns>,
    /// First second shown.
    pub start_s: f64,
    /// Second at the right edge.
    pub end_s: f64,
    /// Magnification of the level.
    pub zoom: f32,
}

/// The element: fills the room it is given.
pub fn waveform<'a, Message: 'a>(data: Waveform) -> Element<'a, Message> {
    Canvas::new(data).into()
}

impl<Message> Program<Message> for Waveform {
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
        key.add(Arc::as_ptr(&self.columns).cast::<()>() as usize).number(self.start_s).number(self.end_s);
        key.numbers(&[self.zoom]).palette(theme.palette());
        vec![layer.draw(renderer, bounds.size(), key.value(), |frame| {
            let area = Rectangle::with_size(bounds.size());
            plot::fill(frame, area, theme.palette().well);
            let columns = self.columns.columns(self.start_s, self.end_s, bounds.width as usize);
            draw(frame, &bars(&columns, area, self.zoom), area, &Ink::master(theme.palette()));
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peak(high: f32) -> Column {
        Column { low: -high, high, rms: high / 2.0, source_low: -high / 2.0, source_high: high / 2.0 }
    }

    #[test]
    fn columns_fill_the_area_at_full_scale() {
        let area = edges(10.0, 20.0, 13.0, 120.0);
        let bars = bars(&[peak(1.0), peak(0.5), peak(0.0), peak(1.0)], area, 1.0);
        assert_eq!(bars.len(), 3, "no column outside the area");
        assert_eq!(bars[0], Bar { x: 10.0, peak: (20.0, 120.0), core: (45.0, 95.0), source: (45.0, 95.0) });
        assert_eq!(bars[1].peak, (45.0, 95.0));
        assert_eq!(bars[2].peak, (70.0, 71.0), "silence is still one pixel");
    }

    #[test]
    fn zoom_magnifies_and_stops_at_the_edge() {
        let area = edges(0.0, 0.0, 1.0, 100.0);
        assert_eq!(bars(&[peak(0.25)], area, 2.0)[0].peak, (25.0, 75.0));
        assert_eq!(bars(&[peak(0.75)], area, 2.0)[0].peak, (0.0, 100.0));
    }

    #[test]
    fn a_strip_keeps_every_peak_when_seconds_become_pixels() {
        let mut strip = Strip { step_s: 1.0, columns: vec![peak(0.1); 10] };
        strip.columns[7] = peak(0.9);
        let pixels = strip.columns(0.0, 10.0, 2);
        assert_eq!((pixels[0].high, pixels[1].high), (0.1, 0.9));
        assert_eq!(strip.columns(-2.0, 0.0, 1), vec![Column::default()]);
        assert_eq!(strip.columns(10.0, 20.0, 1), vec![Column::default()]);
        assert_eq!(strip.columns(7.2, 7.4, 2)[1].high, 0.9, "zoomed in past the pyramid the column is held");
    }
}
