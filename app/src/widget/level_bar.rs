//! Level bars: true peak with the RMS as a darker core, the held maximum, a mark at the ceiling, one scale between two bars.
//!
//! +3 to 0 dB takes 7 % of the height, 0 to -20 takes 53 %, -20 to -60 takes 40 %.

use std::cell::Cell;

use iced::alignment::{Horizontal, Vertical};
use iced::widget::canvas::{self, Cache, Frame, Geometry, Path, Text};
use iced::widget::stack;
use iced::{Length, Pixels, Point, Rectangle, Renderer, Size, mouse};

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

struct Scale {
    apart: f32,
}

/// Left and right with the scale between them; `apart` is the room of the scale (40 large, 32 small). The whole is
/// 8 + 16 + `apart` + 16 wide. `ceiling` is in dBTP.
pub fn pair<'a, Message: 'a>(left: Bar, right: Bar, ceiling: f64, apart: f32, height: Length) -> Element<'a, Message> {
    let width = width(apart);
    let bars = Bars { bars: [left, right], ceiling: ceiling as f32, apart };
    stack![
        canvas::Canvas::new(Scale { apart }).width(width).height(height),
        canvas::Canvas::new(bars).width(width).height(height)
    ]
    .into()
}

/// Width of a pair, px.
pub fn width(apart: f32) -> f32 {
    MARK + 2.0 * BAR + apart
}

impl Bars {
    fn bar(&self, frame: &mut Frame, theme: &Theme, x: f32, bar: Bar) {
        let palette = theme.palette();
        let height = frame.height();
        let y = |db: f32| (place(db) * height).round();
        frame.fill_rectangle(Point::new(x, 0.0), Size::new(BAR, height), palette.well);
        let zones = [
            (f32::MIN, self.ceiling - ZONE, palette.low, palette.low_core),
            (self.ceiling - ZONE, self.ceiling, palette.mid, palette.mid_core),
            (self.ceiling, f32::MAX, palette.over, palette.over_core),
        ];
        for (from, to, light, core) in zones {
            let mut column = |level: Option<f64>, inset: f32, colour| {
                let top = level.map_or(f32::MIN, |db| db as f32).min(to);
                if top > from && y(top) < y(from) {
                    let size = Size::new(BAR - 2.0 * inset, y(from) - y(top));
                    frame.fill_rectangle(Point::new(x + inset, y(top)), size, colour);
                }
            };
            column(bar.peak, 0.0, light);
            column(bar.rms, INSET, core);
        }
        if let Some(hold) = bar.hold.filter(|db| *db > -60.0) {
            frame.fill_rectangle(Point::new(x, y(hold as f32).max(0.0)), Size::new(BAR, 2.0), palette.text);
        }
    }
}

impl<Message> canvas::Program<Message, Theme> for Bars {
    type State = ();

    fn draw(&self, _: &(), renderer: &Renderer, theme: &Theme, bounds: Rectangle, _: mouse::Cursor) -> Vec<Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        self.bar(&mut frame, theme, MARK, self.bars[0]);
        self.bar(&mut frame, theme, MARK + BAR + self.apart, self.bars[1]);
        let y = (place(self.ceiling) * bounds.height).round();
        let mark = Path::new(|path| {
            path.move_to(Point::new(2.0, y - 4.0));
            path.line_to(Point::new(6.0, y));
            path.line_to(Point::new(2.0, y + 4.0));
            path.close();
        });
        frame.fill(&mark, theme.palette().text2);
        vec![frame.into_geometry()]
    }
}

/// A drawing that only changes with its size and the theme.
#[derive(Default)]
struct Drawn {
    cache: Cache,
    theme: Cell<Option<Theme>>,
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

impl<Message> canvas::Program<Message, Theme> for Scale {
    type State = Drawn;

    fn draw(
        &self,
        drawn: &Drawn,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _: mouse::Cursor,
    ) -> Vec<Geometry> {
        if drawn.theme.replace(Some(*theme)) != Some(*theme) {
            drawn.cache.clear();
        }
        let geometry = drawn.cache.draw(renderer, bounds.size(), |frame| {
            let palette = theme.palette();
            let left = MARK + BAR;
            for (digit, y) in digits(bounds.height) {
                let tick = (place(digit as f32) * bounds.height).round();
                frame.fill_rectangle(Point::new(left, tick), Size::new(4.0, 1.0), palette.outline);
                frame.fill_rectangle(Point::new(left + self.apart - 4.0, tick), Size::new(4.0, 1.0), palette.outline);
                let content = match digit {
                    d if d > 0 => format!("+{d}"),
                    d if d < 0 => format!("\u{2212}{}", -d),
                    _ => "0".into(),
                };
                frame.fill_text(Text {
                    content,
                    position: Point::new(left + self.apart / 2.0, y),
                    color: palette.text2,
                    size: Pixels(font::SCALE),
                    font: font::MONO,
                    align_x: Horizontal::Center.into(),
                    align_y: Vertical::Center,
                    ..Text::default()
                });
            }
        });
        vec![geometry]
    }
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
