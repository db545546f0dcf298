//! How long the programme stood at each loudness, beside the history and on its levels, with the ends of the range.

use iced::{Rectangle, Renderer, mouse};

use crate::theme::{Element, Theme};
use crate::widget::plot::{self, Axis, Canvas, Drawing, Fingerprint, Layer, Program, Word, edges};

/// What the distribution shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Middle of each class in LUFS, and its share of the time.
    pub classes: Vec<(f32, f32)>,
    /// Height of a class in LU.
    pub class_lu: f32,
    /// The 10th and 95th of a hundred, LUFS: the ends of the loudness range.
    pub ends: Option<(f32, f32)>,
    /// Level at the upper edge in LUFS.
    pub top_lufs: f32,
    /// Level at the lower edge in LUFS.
    pub bottom_lufs: f32,
}

/// The element: fills the room it is given; its levels lie where those of the history beside it lie.
pub fn distribution<'a, Message: 'a>(data: Distribution) -> Element<'a, Message> {
    Canvas::new(data).into()
}

impl<Message> Program<Message> for Distribution {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let well = edges(0.0, 0.0, size.width, size.height - 24.0);
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&[self.top_lufs, self.bottom_lufs, self.class_lu]);
        for (lufs, share) in &self.classes {
            key.numbers(&[*lufs, *share]);
        }
        vec![layer.draw(renderer, size, key.value(), |frame| {
            plot::fill(frame, well, palette.well);
            let level = Axis::level(well, self.top_lufs, self.bottom_lufs);
            let most = self.classes.iter().map(|class| class.1).fold(f32::MIN_POSITIVE, f32::max);
            for (lufs, share) in &self.classes {
                let (top, low) = (level.pixel(lufs + self.class_lu / 2.0), level.pixel(lufs - self.class_lu / 2.0));
                if *share > 0.0 && top >= well.y && low <= well.y + well.height {
                    let right = share / most * (well.width - 4.0);
                    plot::fill(
                        frame,
                        edges(0.0, top.round(), right.max(1.0), (low.round() - 1.0).max(top.round() + 1.0)),
                        palette.a_deep,
                    );
                }
            }
            if let Some((low, high)) = self.ends {
                for (lufs, name, above) in [(high, "95 %", true), (low, "10 %", false)] {
                    let y = level.held(lufs);
                    plot::horizontal(frame, y, 0.0, well.width, palette.text);
                    let y = if above { y - 8.0 } else { y + 9.0 };
                    Word::label(name, 11.0, palette.text2).right(frame, well.width - 2.0, y);
                }
            }
            Word::label("S distribution", 11.0, palette.text2).right(frame, well.width, well.height + 12.0);
        })]
    }
}
