//! What all plots share: pictures that are drawn again only where their numbers change, crisp lines, words, axes and the value bubble.
//!
//! The software renderer redraws the places that changed since the last frame, and everything that lies under them. So every
//! plot separates what stands still from what moves (a [`Layer`] each), large areas are laid as [`tiles`], and words know
//! their own bounds.

mod canvas;
mod layer;
mod word;

use std::sync::Arc;

use iced::widget::canvas::{LineDash, Path, Stroke};
use iced::{Color, Point, Rectangle};

use crate::theme::palette::Palette;

pub use canvas::{Canvas, Program, put};
pub use layer::{Drawing, Fingerprint, Frame, Layer};
pub use word::{BUBBLE_HEIGHT, Kept, Word, bubble, row};

/// Largest width and height of a tile in pixels: a redrawn place seldom reaches into more than two of them.
const TILE: (f32, f32) = (128.0, 64.0);

/// `area` in parts of at most 128 x 64 px, from its upper left corner.
///
/// The software renderer fills a shape that reaches out of the redrawn place as a whole, pixel by pixel through a mask; one
/// that lies inside is a plain memory fill, and one outside costs nothing.
pub fn tiles(area: Rectangle) -> impl Iterator<Item = Rectangle> {
    let parts = |length: f32, most: f32| (length / most).ceil().max(1.0) as usize;
    let small = area.width * area.height <= 2.0 * TILE.0 * TILE.1;
    let (across, down) = if small { (1, 1) } else { (parts(area.width, TILE.0), parts(area.height, TILE.1)) };
    let tile = ((area.width / across as f32).ceil(), (area.height / down as f32).ceil());
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    (0..across * down).map(move |place| {
        let (x, y) = ((place % across) as f32 * tile.0 + area.x, (place / across) as f32 * tile.1 + area.y);
        edges(x, y, (x + tile.0).min(right), (y + tile.1).min(bottom))
    })
}

/// Fills a rectangle; one with no area is left out.
pub fn fill(frame: &mut Frame, area: Rectangle, colour: Color) {
    if area.width > 0.0 && area.height > 0.0 {
        tiles(area).for_each(|tile| frame.rectangle(tile, colour));
    }
}

/// A rectangle by its edges.
pub fn edges(left: f32, top: f32, right: f32, bottom: f32) -> Rectangle {
    Rectangle { x: left, y: top, width: right - left, height: bottom - top }
}

/// A vertical line one pixel wide, on whole pixels.
pub fn vertical(frame: &mut Frame, x: f32, top: f32, bottom: f32, colour: Color) {
    fill(frame, edges(x.floor(), top, x.floor() + 1.0, bottom), colour);
}

/// A horizontal line one pixel high, on whole pixels.
pub fn horizontal(frame: &mut Frame, y: f32, left: f32, right: f32, colour: Color) {
    fill(frame, edges(left, y.floor(), right, y.floor() + 1.0), colour);
}

/// The outline of `area`, one pixel inside its edges, as four rectangles (a stroke would damage its whole inside).
pub fn outline(frame: &mut Frame, area: Rectangle, colour: Color) {
    let (left, top) = (area.x.floor(), area.y.floor());
    let (right, bottom) = ((area.x + area.width).floor(), (area.y + area.height).floor());
    fill(frame, edges(left, top, right, top + 1.0), colour);
    fill(frame, edges(left, bottom - 1.0, right, bottom), colour);
    fill(frame, edges(left, top + 1.0, left + 1.0, bottom - 1.0), colour);
    fill(frame, edges(right - 1.0, top + 1.0, right, bottom - 1.0), colour);
}

/// A dashed straight line one pixel wide; `dash` is the drawn and the skipped length.
pub fn dashed(frame: &mut Frame, from: Point, to: Point, dash: [f32; 2], colour: Color) {
    let half = |point: Point| Point::new(point.x.floor() + 0.5, point.y.floor() + 0.5);
    let path = Path::line(half(from), half(to));
    let stroke = Stroke::default().with_color(colour).with_width(1.0);
    frame.stroke(&path, Stroke { line_dash: LineDash { segments: &dash, offset: 0 }, ..stroke });
}

/// A path through `points`; none when there are fewer than two.
pub fn path_through(points: &[Point]) -> Option<Path> {
    let (first, rest) = points.split_first()?;
    if rest.is_empty() {
        return None;
    }
    Some(Path::new(|path| {
        path.move_to(*first);
        rest.iter().for_each(|point| path.line_to(*point));
    }))
}

/// A line through `points`.
pub fn line(frame: &mut Frame, points: &[Point], width: f32, colour: Color) {
    if let Some(path) = path_through(points) {
        frame.stroke(&path, Stroke::default().with_color(colour).with_width(width));
    }
}

/// A long opaque line through `points`, stroked in parts: a part that the redrawn place does not touch costs nothing.
pub fn long_line(frame: &mut Frame, points: &[Point], width: f32, colour: Color) {
    const PART: usize = 48;
    // Parts share a whole segment, so that no notch is seen where they meet.
    for start in (0..points.len()).step_by(PART) {
        line(frame, &points[start..(start + PART + 2).min(points.len())], width, colour);
    }
}

/// A dashed line through `points`.
pub fn dashed_through(frame: &mut Frame, points: &[Point], dash: [f32; 2], colour: Color) {
    if let Some(path) = path_through(points) {
        let stroke = Stroke::default().with_color(colour).with_width(1.0);
        frame.stroke(&path, Stroke { line_dash: LineDash { segments: &dash, offset: 0 }, ..stroke });
    }
}

/// The area between the line through `points` and the level `base`, filled flat.
pub fn fill_to(frame: &mut Frame, points: &[Point], base: f32, colour: Color) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let path = Path::new(|path| {
        path.move_to(Point::new(first.x, base));
        points.iter().for_each(|point| path.line_to(*point));
        path.line_to(Point::new(last.x, base));
        path.close();
    });
    frame.fill(&path, colour);
}

/// A straight mapping of values onto pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The value at `from_px`.
    pub from: f32,
    /// The value at `to_px`.
    pub to: f32,
    /// The pixel of `from`.
    pub from_px: f32,
    /// The pixel of `to`.
    pub to_px: f32,
}

impl Axis {
    /// A level axis: `high` at the top edge of `area`, `low` at its bottom edge.
    pub fn level(area: Rectangle, high: f32, low: f32) -> Self {
        Self { from: high, to: low, from_px: area.y, to_px: area.y + area.height }
    }

    /// A time axis: `from` at the left edge of `area`, `to` at its right edge.
    pub fn along(area: Rectangle, from: f32, to: f32) -> Self {
        Self { from, to, from_px: area.x, to_px: area.x + area.width }
    }

    /// The pixel of `value`, also outside the ends.
    pub fn pixel(&self, value: f32) -> f32 {
        self.from_px + (value - self.from) / (self.to - self.from) * (self.to_px - self.from_px)
    }

    /// The pixel of `value` held between the two ends; a value that is not a number lies at the far end.
    pub fn held(&self, value: f32) -> f32 {
        let (low, high) = (self.from_px.min(self.to_px), self.from_px.max(self.to_px));
        let pixel = self.pixel(value);
        if pixel.is_nan() { self.to_px } else { pixel.clamp(low, high) }
    }

    /// The value at a pixel.
    pub fn value(&self, pixel: f32) -> f32 {
        self.from + (pixel - self.from_px) / (self.to_px - self.from_px) * (self.to - self.from)
    }
}

/// A logarithmic frequency axis from left to right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frequencies {
    /// Frequency at the left edge in hertz, above zero.
    pub low_hz: f32,
    /// Frequency at the right edge in hertz.
    pub high_hz: f32,
    /// Left edge in pixels.
    pub left: f32,
    /// Width in pixels.
    pub width: f32,
}

impl Frequencies {
    /// The hearing range over `area`: 20 Hz to 20 kHz, or to half of `rate_hz` where that is lower.
    pub fn audible(area: Rectangle, rate_hz: f32) -> Self {
        Self { low_hz: 20.0, high_hz: 20_000.0_f32.min(rate_hz / 2.0).max(40.0), left: area.x, width: area.width }
    }

    /// The pixel of a frequency.
    pub fn pixel(&self, hz: f32) -> f32 {
        self.left + (hz / self.low_hz).ln() / (self.high_hz / self.low_hz).ln() * self.width
    }

    /// The frequency at a pixel.
    pub fn hz(&self, pixel: f32) -> f32 {
        self.low_hz * ((pixel - self.left) / self.width * (self.high_hz / self.low_hz).ln()).exp()
    }

    /// Every grid frequency in range, with whether it starts a decade.
    pub fn grid(&self) -> impl Iterator<Item = (f32, bool)> + use<> {
        let (low, high) = (self.low_hz, self.high_hz);
        (1..=5_i32)
            .flat_map(|decade| (1..10).map(move |step| (step as f32 * 10.0_f32.powi(decade), step == 1)))
            .filter(move |(hz, _)| *hz > low && *hz < high)
    }

    /// The frequencies that carry a label, with their text.
    pub fn labels(&self) -> impl Iterator<Item = (f32, &'static str)> + use<> {
        const LABELS: [(f32, &str); 10] = [
            (20.0, "20"),
            (50.0, "50"),
            (100.0, "100"),
            (200.0, "200"),
            (500.0, "500"),
            (1_000.0, "1k"),
            (2_000.0, "2k"),
            (5_000.0, "5k"),
            (10_000.0, "10k"),
            (20_000.0, "20k"),
        ];
        let high = self.high_hz;
        LABELS.into_iter().filter(move |(hz, _)| *hz <= high)
    }

    /// Draws grid lines over the height of `area` and the labels on the row centred at `label_y`, `Hz` at the right end.
    pub fn draw(&self, frame: &mut Frame, area: Rectangle, label_y: f32, palette: &Palette) {
        for (hz, decade) in self.grid() {
            let colour = if decade { palette.decade } else { palette.grid };
            vertical(frame, self.pixel(hz), area.y, area.y + area.height, colour);
        }
        let right = self.left + self.width;
        for (centre, label) in self.spaced() {
            Word::number(label, SCALE, palette.text2).centred(frame, centre, label_y);
        }
        Word::number("Hz", SCALE, palette.text2).right(frame, right, label_y);
    }

    /// The labels with their centres, the ends of the scale first: of two that would touch, the one of less weight is left out.
    pub fn spaced(&self) -> Vec<(f32, &'static str)> {
        /// Advance of a mono digit at the size of scales, px.
        const DIGIT: f32 = 6.6;
        /// Least distance between two labels, px.
        const APART: f32 = 6.0;
        let right = self.left + self.width;
        let mut labels: Vec<_> = self.labels().collect();
        // 20 and 20k stand at the ends, whole decades come before 50, 200, 2k and 5k.
        labels.sort_by_key(|(_, label)| match *label {
            "20" | "20k" => 0,
            label if label.starts_with('1') => 1,
            label if label.starts_with('5') => 2,
            _ => 3,
        });
        let mut taken: Vec<(f32, f32, &'static str)> = Vec::new();
        for (hz, label) in labels {
            let half = label.len() as f32 * DIGIT / 2.0;
            // The unit stands at the right end of the row.
            let last = right - 20.0 - half;
            let centre = self.pixel(hz).clamp(self.left + 2.0 + half, last.max(self.left + 2.0 + half));
            if taken.iter().all(|(other, reach, _)| (centre - other).abs() >= half + reach + APART) {
                taken.push((centre, half, label));
            }
        }
        taken.into_iter().map(|(centre, _, label)| (centre, label)).collect()
    }
}

/// Levels over frequency.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Frequencies in hertz, ascending.
    pub hz: Arc<[f32]>,
    /// Levels in dB, one for each frequency.
    pub db: Arc<[f32]>,
}

/// Size of the numbers of a scale, px.
const SCALE: f32 = 11.0;
/// The most points a curve is drawn with; more cost time and show nothing.
pub const POINTS: usize = 512;

impl Trace {
    /// The curve in pixels inside the axes' ends; of neighbours that share a point the highest is shown.
    pub fn points(&self, frequencies: &Frequencies, levels: &Axis) -> Vec<Point> {
        let count = self.hz.len().min(self.db.len());
        let share = count.div_ceil(POINTS).max(1);
        let (left, right) = (frequencies.left, frequencies.left + frequencies.width);
        (0..count)
            .step_by(share)
            .map(|first| {
                let db = self.db[first..(first + share).min(count)].iter().copied().fold(f32::NEG_INFINITY, f32::max);
                Point::new(frequencies.pixel(self.hz[first]), levels.held(db))
            })
            .filter(|point| point.x >= left - 0.5 && point.x <= right + 0.5)
            .collect()
    }

    /// The level at a frequency, straight between its neighbours; none outside.
    pub fn level(&self, hz: f32) -> Option<f32> {
        let next = self.hz.partition_point(|known| *known < hz);
        let (right, at) = (*self.hz.get(next)?, *self.db.get(next)?);
        if next == 0 {
            return (right == hz).then_some(at);
        }
        let (left, before) = (self.hz[next - 1], self.db[next - 1]);
        Some(before + (at - before) * (hz - left) / (right - left))
    }
}

/// A decimal number with the true minus sign and, for changes, an explicit plus; below -120 it is minus infinity.
pub fn decimal(value: f64, places: usize, signed: bool) -> String {
    if !value.is_finite() || value < -120.0 {
        return "\u{2212}\u{221e}".to_owned();
    }
    plain(value, places, signed)
}

/// The same for numbers that are no levels: none is too low to be told.
pub fn plain(value: f64, places: usize, signed: bool) -> String {
    let magnitude = format!("{:.places$}", value.abs());
    let zero = magnitude.chars().all(|letter| matches!(letter, '0' | '.'));
    match (zero, value < 0.0, signed) {
        (false, true, _) => format!("\u{2212}{magnitude}"),
        (false, false, true) => format!("+{magnitude}"),
        _ => magnitude,
    }
}

/// A frequency as number and unit: no decimals from 100 Hz up, two from 1 kHz, one from 10 kHz.
pub fn frequency(hz: f64) -> (String, &'static str) {
    match hz {
        hz if hz < 99.95 => (format!("{hz:.1}"), "Hz"),
        hz if hz < 999.5 => (format!("{hz:.0}"), "Hz"),
        hz if hz < 9_995.0 => (format!("{:.2}", hz / 1000.0), "kHz"),
        hz => (format!("{:.1}", hz / 1000.0), "kHz"),
    }
}

/// The note nearest to a frequency and the distance in cents, with A4 = 440 Hz and equal temperament.
pub fn note(hz: f64) -> (String, i32) {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    let semitones = 69.0 + 12.0 * (hz.max(1.0) / 440.0).log2();
    let nearest = semitones.round();
    let index = nearest as i64;
    let name = NAMES[index.rem_euclid(12) as usize];
    (format!("{name}{}", index.div_euclid(12) - 1), ((semitones - nearest) * 100.0).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_maps_both_ways() {
        let axis = Axis::level(edges(0.0, 10.0, 50.0, 110.0), 0.0, -50.0);
        assert_eq!(axis.pixel(0.0), 10.0);
        assert_eq!(axis.pixel(-25.0), 60.0);
        assert_eq!(axis.value(110.0), -50.0);
        assert_eq!(axis.held(12.0), 10.0);
        assert_eq!(axis.held(f32::NEG_INFINITY), 110.0);
        assert_eq!(axis.held(f32::NAN), 110.0);
    }

    #[test]
    fn a_decade_takes_a_third_of_the_hearing_range() {
        let axis = Frequencies::audible(edges(0.0, 0.0, 300.0, 10.0), 96_000.0);
        assert!((axis.pixel(200.0) - 100.0).abs() < 0.01);
        assert!((axis.hz(200.0) - 2_000.0).abs() < 0.5);
        assert_eq!(Frequencies::audible(edges(0.0, 0.0, 1.0, 1.0), 32_000.0).high_hz, 16_000.0);
        assert_eq!(axis.grid().filter(|(_, decade)| *decade).count(), 3);
    }

    #[test]
    fn a_trace_keeps_its_highest_points_and_reads_between_them() {
        let hz: Arc<[f32]> = (0..2048).map(|place| 20.0 * 1000.0_f32.powf(place as f32 / 2047.0)).collect();
        let db: Arc<[f32]> = (0..2048).map(|place| if place == 1001 { 0.0 } else { -60.0 }).collect();
        let trace = Trace { hz: hz.clone(), db };
        let area = edges(0.0, 0.0, 900.0, 60.0);
        let points = trace.points(&Frequencies::audible(area, 96_000.0), &Axis::level(area, 0.0, -60.0));
        assert!(points.len() <= POINTS, "{}", points.len());
        assert_eq!(points.iter().filter(|point| point.y == 0.0).count(), 1, "the peak survives");
        assert_eq!(trace.level(hz[1001]), Some(0.0));
        assert_eq!(trace.level(30_000.0), None);
        let two = Trace { hz: [100.0, 200.0].into(), db: [0.0, -10.0].into() };
        assert_eq!(two.level(150.0), Some(-5.0));
    }

    #[test]
    fn numbers_carry_the_true_minus() {
        assert_eq!(decimal(-13.84, 1, false), "\u{2212}13.8");
        assert_eq!(decimal(0.8, 2, true), "+0.80");
        assert_eq!(decimal(-0.001, 2, true), "0.00");
        assert_eq!(decimal(f64::NEG_INFINITY, 1, false), "\u{2212}\u{221e}");
    }

    #[test]
    fn frequencies_and_notes_read_as_engineers_write_them() {
        assert_eq!(frequency(24.0), ("24.0".to_owned(), "Hz"));
        assert_eq!(frequency(210.0), ("210".to_owned(), "Hz"));
        assert_eq!(frequency(3_150.0), ("3.15".to_owned(), "kHz"));
        assert_eq!(frequency(12_000.0), ("12.0".to_owned(), "kHz"));
        assert_eq!(note(440.0), ("A4".to_owned(), 0));
        assert_eq!(note(3_150.0), ("G7".to_owned(), 8));
    }
}
