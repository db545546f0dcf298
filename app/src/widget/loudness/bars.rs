//! Momentary, short-term and integrated loudness as three bars over one scale (EBU Tech 3341, section 2.7: +9 and +18 scales).

use iced::{Rectangle, Renderer, Size, mouse};

use crate::theme::{Element, Palette, Theme};
use crate::widget::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};

/// What the bars show, in LUFS. A value of minus infinity or not-a-number is an empty bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bars {
    /// Momentary.
    pub momentary: f64,
    /// Short-term.
    pub short_term: f64,
    /// Integrated.
    pub integrated: f64,
    /// Highest momentary value so far.
    pub momentary_max: f64,
    /// Highest short-term value so far.
    pub short_term_max: f64,
    /// The target, if the pass has one.
    pub target: Option<f64>,
    /// The scale.
    pub scale: Scale,
}

/// The scale of the bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scale {
    /// -18 to +9 LU around the target.
    Plus9,
    /// -36 to +18 LU around the target.
    Plus18,
    /// -41 to -5 LUFS.
    #[default]
    Lufs,
}

impl Scale {
    /// The level at the left and at the right end in LUFS; a pass without a target is told around -23 LUFS (EBU R 128).
    pub fn ends(self, target: Option<f64>) -> (f64, f64) {
        let target = target.unwrap_or(-23.0);
        match self {
            Self::Plus9 => (target - 18.0, target + 9.0),
            Self::Plus18 => (target - 36.0, target + 18.0),
            Self::Lufs => (-41.0, -5.0),
        }
    }

    /// The labelled levels in LUFS with their text.
    fn labels(self, target: Option<f64>) -> Vec<(f64, String)> {
        let target = target.unwrap_or(-23.0);
        let around = |levels: &[f64]| levels.iter().map(|lu| (target + lu, plot::decimal(*lu, 0, true))).collect();
        match self {
            Self::Plus9 => around(&[-15.0, -9.0, -3.0, 0.0, 3.0, 9.0]),
            Self::Plus18 => around(&[-30.0, -18.0, -9.0, 0.0, 9.0, 18.0]),
            Self::Lufs => {
                [-36.0, -30.0, -24.0, -18.0, -12.0, -6.0].map(|lufs| (lufs, plot::decimal(lufs, 0, false))).into()
            }
        }
    }
}

/// The element: 116 high, numbers at the right.
pub fn loudness_bars<'a, Message: 'a>(data: Bars) -> Element<'a, Message> {
    Canvas::new(data).height(116).into()
}

/// The rectangle of a bar, first to third, in a widget this wide: 20 px for its letter, 140 px for its number.
fn bar(position: usize, width: f32) -> Rectangle {
    let y = 8.0 + 36.0 * position as f32;
    edges(20.0, y, (width - 132.0).max(60.0), y + 16.0)
}

/// The scale stands still, bars and numbers move.
#[derive(Default)]
pub struct Layers {
    scale: Layer,
    levels: Layer,
}

impl Bars {
    fn axis(&self, width: f32) -> Axis {
        let (low, high) = self.scale.ends(self.target);
        Axis::along(bar(0, width), low as f32, high as f32)
    }

    fn draw_scale(&self, frame: &mut Frame, size: Size, palette: &Palette) {
        for (position, letter) in ["M", "S", "I"].into_iter().enumerate() {
            let area = bar(position, size.width);
            Word::title(letter, 13.0, palette.text).left(frame, 0.0, area.center_y());
            Word::label("LUFS", 12.0, palette.text2).right(frame, size.width, area.center_y() + 1.0);
        }
        let axis = self.axis(size.width);
        for (level, text) in self.scale.labels(self.target) {
            let x = axis.pixel(level as f32);
            Word::number(text, 11.0, palette.text2).centred(
                frame,
                x.clamp(axis.from_px + 8.0, axis.to_px - 8.0),
                107.0,
            );
        }
    }

    /// The bars from top to bottom: value, held maximum, and size of the number.
    fn rows(&self) -> [(f64, Option<f64>, f32); 3] {
        [
            (self.momentary, Some(self.momentary_max), 20.0),
            (self.short_term, Some(self.short_term_max), 20.0),
            (self.integrated, None, 24.0),
        ]
    }

    fn draw_levels(&self, frame: &mut Frame, width: f32, palette: &Palette) {
        let axis = self.axis(width);
        let colours = [palette.a_deep, palette.a_mid, palette.a];
        for (position, ((value, maximum, size), colour)) in self.rows().into_iter().zip(colours).enumerate() {
            let area = bar(position, width);
            let (top, bottom) = (area.y, area.y + area.height);
            plot::fill(frame, area, palette.well);
            if value.is_finite() {
                plot::fill(frame, edges(area.x, top, axis.held(value as f32).round(), bottom), colour);
            }
            if let Some(target) = self.target {
                let x = axis.held(target as f32);
                plot::vertical(frame, x, top - 2.0, bottom + 2.0, palette.text2);
            }
            if let Some(maximum) = maximum.filter(|maximum| maximum.is_finite()) {
                let x = axis.held(maximum as f32).round();
                plot::fill(frame, edges(x - 2.0, top, x, bottom), palette.text);
            }
            Word::number(shown(value), size, palette.text).right(frame, width - 34.0, area.center_y());
        }
    }
}

/// A level as its number reads.
fn shown(value: f64) -> String {
    if value.is_nan() { "\u{2013}".to_owned() } else { plot::decimal(value, 1, false) }
}

impl<Message> Program<Message> for Bars {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let axis = self.axis(size.width);
        let mut key = Fingerprint::default();
        key.add(self.scale).number(self.target.unwrap_or(f64::NAN)).palette(palette);
        let scale = layers.scale.draw(renderer, size, key.value(), |frame| self.draw_scale(frame, size, palette));
        let pixel = |level: f64| if level.is_finite() { axis.held(level as f32).round() } else { f32::NAN };
        for (value, maximum, _) in self.rows() {
            key.numbers(&[pixel(value), pixel(maximum.unwrap_or(f64::NAN))]).add(shown(value));
        }
        let levels = layers.levels.draw_apart(renderer, size, key.value(), |frame| {
            self.draw_levels(frame, size.width, palette);
        });
        vec![scale, levels]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    #[test]
    fn scales_lie_around_the_target() {
        assert_eq!(Scale::Plus9.ends(Some(-14.0)), (-32.0, -5.0));
        assert_eq!(Scale::Plus18.ends(None), (-59.0, -5.0));
        assert_eq!(Scale::Lufs.ends(Some(-14.0)), (-41.0, -5.0));
        assert_eq!(Scale::Plus9.labels(Some(-14.0))[3], (-14.0, "0".to_owned()));
    }

    #[test]
    fn the_bars_end_at_their_levels() {
        let data = Bars {
            momentary: -14.4,
            short_term: -13.6,
            integrated: f64::NEG_INFINITY,
            momentary_max: -10.5,
            short_term_max: -11.3,
            target: Some(-14.0),
            scale: Scale::Lufs,
        };
        let size = Size::new(416.0, 116.0);
        let mut ui = specimen::simulate::<()>(loudness_bars(data), size);
        let picture = Picture::of(&mut ui, "loudness-bars");
        let (axis, palette) = (data.axis(size.width), Theme::Dark.palette());
        let at = |position: usize, lufs: f32| picture.at((axis.pixel(lufs), bar(position, size.width).center_y()));
        assert!(same(at(0, -15.0), palette.a_deep) && same(at(0, -12.0), palette.well));
        assert!(same(at(1, -20.0), palette.a_mid));
        assert!(same(at(2, -40.0), palette.well), "nothing measured is an empty bar");
    }

    #[test]
    #[cfg(not(feature = "gpu"))]
    fn the_numbers_are_redrawn_with_their_bars() {
        let at = |momentary: f64| Bars {
            momentary,
            short_term: -13.6,
            integrated: -14.0,
            momentary_max: -10.5,
            short_term_max: -11.3,
            target: Some(-14.0),
            scale: Scale::Lufs,
        };
        let mut screen = specimen::Screen::new(Size::new(416.0, 116.0));
        screen.draw::<()>(loudness_bars(at(-14.4)));
        assert!(screen.draw::<()>(loudness_bars(at(-14.4))).is_empty(), "nothing moved");
        let places = screen.draw::<()>(loudness_bars(at(-31.9)));
        assert!(!places.is_empty() && screen.is_whole(), "{places:?}");
    }
}
