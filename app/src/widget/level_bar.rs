//! Level bars: true peak with the RMS as a darker core, the held maximum, a mark at the ceiling, one scale between two bars.
//!
//! +3 to 0 dB takes 7 % of the height, 0 to -20 takes 53 %, -20 to -60 takes 40 %.

use iced::widget::canvas::Path;
use iced::{Length, Point, Rectangle, Renderer, mouse};

use super::number;
use super::plot::{self, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme, font};

/// Width of a bar, px.
const BAR: f32 = 16.0;
/// Inset of the RMS core, px.
const INSET: f32 = 4.0;
/// Room left of the first bar for the ceiling mark, px.
const MARK: f32 = 8.0;
/// The zone below the ceiling that is yellow, dB.
const ZONE: f32 = 6.0;
/// Least distance of two scale digits, px.
const SPACING: f32 = 14.0;
/// Scale digits, the most wanted first.
const DIGITS: [i32; 13] = [0, -60, -20, -40, -12, -6, 3, -30, -3, -50, -9, -15, -18];

/// What one bar shows, dB; nothing when idle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bar {
    /// True peak, dBTP.
    pub peak: Option<f64>,
    /// RMS, dBFS.
    pub rms: Option<f64>,
    /// Held maximum, dBTP.
    pub hold: Option<f64>,
}

/// Where `db` lies: 0 at the top (+3), 1 at the bottom (-60).
pub fn place(db: f32) -> f32 {
    match db {
        db if db >= 3.0 => 0.0,
        db if db >= 0.0 => 0.07 * (3.0 - db) / 3.0,
        db if db >= -20.0 => 0.07 + 0.53 * -db / 20.0,
        db if db >= -60.0 => 0.60 + 0.40 * (-db - 20.0) / 40.0,
        _ => 1.0,
    }
}

struct Bars {
    bars: [Bar; 2],
    ceiling: f32,
    apart: f32,
}

/// Left and right with the scale between them; `apart` is the room of the scale (40 large, 32 small). The whole is
/// 8 + 16 + `apart` + 16 wide. `ceiling` is in dBTP.
pub fn pair<'a, Message: 'a>(left: Bar, right: Bar, ceiling: f64, apart: f32, height: Length) -> Element<'a, Message> {
    let bars = Bars { bars: [left, right], ceiling: ceiling as f32, apart };
    Canvas::new(bars).width(width(apart)).height(height).into()
}

/// Width of a pair, px.
pub fn width(apart: f32) -> f32 {
    MARK + 2.0 * BAR + apart
}

impl Bars {
    /// The left edges of the two bars.
    fn places(&self) -> [f32; 2] {
        [MARK, MARK + BAR + self.apart]
    }

    fn bar(&self, frame: &mut Frame, palette: &Palette, height: f32, x: f32, bar: Bar) {
        let y = |db: f32| (place(db) * height).round();
        plot::fill(frame, edges(x, 0.0, x + BAR, height), palette.well);
        let zones = [
            (f32::MIN, self.ceiling - ZONE, palette.low, palette.low_core),
            (self.ceiling - ZONE, self.ceiling, palette.mid, palette.mid_core),
            (self.ceiling, f32::MAX, palette.over, palette.over_core),
        ];
        for (from, to, light, core) in zones {
            let mut column = |level: Option<f64>, inset: f32, colour| {
                let top = level.map_or(f32::MIN, |db| db as f32).min(to);
                if top > from && y(top) < y(from) {
                    plot::fill(frame, edges(x + inset, y(top), x + BAR - inset, y(from)), colour);
                }
            };
            column(bar.peak, 0.0, light);
            column(bar.rms, INSET, core);
        }
        if let Some(hold) = bar.hold.filter(|db| *db > -60.0) {
            let top = y(hold as f32).max(0.0);
            plot::fill(frame, edges(x, top, x + BAR, top + 2.0), palette.text);
        }
    }

    /// The mark at the ceiling, the ticks and the digits.
    fn scale(&self, frame: &mut Frame, palette: &Palette, height: f32) {
        let y = (place(self.ceiling) * height).round();
        let mark = Path::new(|path| {
            path.move_to(Point::new(2.0, y - 4.0));
            path.line_to(Point::new(6.0, y));
            path.line_to(Point::new(2.0, y + 4.0));
            path.close();
        });
        frame.fill(&mark, palette.text2);
        let (left, right) = (MARK + BAR, MARK + BAR + self.apart);
        for (digit, y) in digits(height) {
            let tick = (place(digit as f32) * height).round();
            plot::fill(frame, edges(left, tick, left + 4.0, tick + 1.0), palette.outline);
            plot::fill(frame, edges(right - 4.0, tick, right, tick + 1.0), palette.outline);
            let content = number::change(f64::from(digit), 0);
            Word::number(content, font::SCALE, palette.text2).centred(frame, left + self.apart / 2.0, y);
        }
    }
}

/// The scale stands still, the bars move.
#[derive(Default)]
struct Layers {
    scale: Layer,
    bars: Layer,
}

impl<Message> Program<Message> for Bars {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let mut key = Fingerprint::default();
        key.numbers(&[self.ceiling, self.apart]).palette(palette);
        let scale = layers.scale.draw(renderer, size, key.value(), |frame| self.scale(frame, palette, size.height));
        for level in self.bars.iter().flat_map(|bar| [bar.peak, bar.rms, bar.hold]) {
            let y = level.map_or(f32::NAN, |db| (place(db as f32) * size.height).round());
            key.numbers(&[y]);
        }
        let bars = layers.bars.draw_apart(renderer, size, key.value(), |frame| {
            for (x, bar) in self.places().into_iter().zip(self.bars) {
                self.bar(frame, palette, size.height, x, bar);
            }
        });
        vec![scale, bars]
    }
}

/// The digits that fit into `height`, with their places.
fn digits(height: f32) -> Vec<(i32, f32)> {
    let mut taken: Vec<(i32, f32)> = Vec::new();
    for digit in DIGITS {
        let y = (place(digit as f32) * height).round().clamp(7.0, height - 6.0);
        if taken.iter().all(|(_, other)| (other - y).abs() >= SPACING) {
            taken.push((digit, y));
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_its_three_parts() {
        assert_eq!(place(3.0), 0.0);
        assert!((place(0.0) - 0.07).abs() < 1e-6);
        assert!((place(-20.0) - 0.60).abs() < 1e-6);
        assert_eq!(place(-60.0), 1.0);
        assert_eq!(place(f32::NEG_INFINITY), 1.0);
        assert_eq!(place(9.0), 0.0);
    }

    #[test]
    fn digits_never_touch() {
        for height in [120.0, 184.0, 340.0, 500.0] {
            let mut places: Vec<f32> = digits(height).iter().map(|(_, y)| *y).collect();
            places.sort_by(f32::total_cmp);
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= SPACING), "{height}");
            assert!(digits(height).iter().any(|(digit, _)| *digit == 0));
        }
    }
}
