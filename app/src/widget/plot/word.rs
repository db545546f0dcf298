//! Words and numbers in plots, and the value bubble.

use std::cell::RefCell;

use iced::advanced::text::{LineHeight, Paragraph as _, Renderer as _, Shaping, Wrapping};
use iced::alignment::Vertical;
use iced::widget::canvas::Path;
use iced::widget::text::Alignment;
use iced::{Color, Font, Pixels, Point, Rectangle, Renderer, Size};

use super::Frame;
use crate::theme::font;
use crate::theme::palette::Palette;

/// A text that has been shaped.
pub type Paragraph = <Renderer as iced::advanced::text::Renderer>::Paragraph;

/// A word at its place.
pub struct Written {
    /// What it says.
    pub paragraph: Paragraph,
    /// Its upper left corner.
    pub corner: Point,
    /// Its colour.
    pub colour: Color,
}

/// One short text with its face, size and colour.
#[derive(Debug, Clone)]
pub struct Word {
    content: String,
    font: Font,
    size: f32,
    colour: Color,
}

impl Word {
    /// A number: JetBrains Mono.
    pub fn number(content: impl Into<String>, size: f32, colour: Color) -> Self {
        Self { content: content.into(), font: font::MONO, size, colour }
    }

    /// A label or a unit: Inter.
    pub fn label(content: impl Into<String>, size: f32, colour: Color) -> Self {
        Self { content: content.into(), font: font::INTER, size, colour }
    }

    /// A title: Inter semibold.
    pub fn title(content: impl Into<String>, size: f32, colour: Color) -> Self {
        Self { content: content.into(), font: font::INTER_SEMIBOLD, size, colour }
    }

    /// A glyph of the icon face.
    pub fn icon(glyph: char, size: f32, colour: Color) -> Self {
        Self { content: glyph.into(), font: font::ICON, size, colour }
    }

    /// Nothing: twice the usual distance between two groups of words in a [`row`].
    pub fn space() -> Self {
        Self { content: String::new(), font: font::INTER, size: 12.0, colour: Color::TRANSPARENT }
    }

    /// What it says.
    pub fn content(&self) -> &str {
        &self.content
    }

    fn paragraph(&self) -> Paragraph {
        Paragraph::with_text(iced::advanced::Text {
            content: self.content.as_str(),
            bounds: Size::INFINITE,
            size: Pixels(self.size),
            line_height: LineHeight::default(),
            font: self.font,
            align_x: Alignment::Left,
            align_y: Vertical::Top,
            shaping: Shaping::Advanced,
            wrapping: Wrapping::None,
        })
    }

    /// Its width in pixels. Shapes the text, so it is for what a [`Layer`](super::Layer) keeps.
    pub fn width(&self) -> f32 {
        self.paragraph().min_width()
    }

    /// The same word cut to `width` with an ellipsis; none when not even one letter fits.
    pub fn cut(mut self, width: f32) -> Option<Self> {
        if self.width() <= width {
            return Some(self);
        }
        let mut letters: Vec<char> = self.content.chars().collect();
        while letters.pop().is_some() && !letters.is_empty() {
            self.content = letters.iter().collect::<String>().trim_end().to_owned() + "…";
            if self.width() <= width {
                return Some(self);
            }
        }
        None
    }

    /// Draws it with its left edge at `x`, its capitals centred on `y`.
    pub fn left(self, frame: &mut Frame, x: f32, y: f32) {
        self.draw(frame, x, y, 0.0);
    }

    /// Draws it with its right edge at `x`, its capitals centred on `y`.
    pub fn right(self, frame: &mut Frame, x: f32, y: f32) {
        self.draw(frame, x, y, 1.0);
    }

    /// Draws it centred on `x` and `y`.
    pub fn centred(self, frame: &mut Frame, x: f32, y: f32) {
        self.draw(frame, x, y, 0.5);
    }

    /// `share` of its width lies left of `x`. Always placed by its upper left corner: what a partial redraw damages is
    /// reckoned from there.
    fn draw(self, frame: &mut Frame, x: f32, y: f32, share: f32) {
        let paragraph = self.paragraph();
        let size = paragraph.min_bounds();
        let corner = Point::new(x.round() - share * size.width, y.round() - size.height / 2.0);
        frame.write(Written { paragraph, corner, colour: self.colour });
    }
}

/// A word outside of pictures, shaped once and drawn at every frame.
///
/// The renderer's own cache of texts would be asked for an infinite room, which it never takes for the same as the last
/// time: everything to the right of the word would be redrawn at every frame.
#[derive(Default)]
pub struct Kept(RefCell<Option<(Word, Paragraph)>>);

impl Kept {
    /// Draws `word` with `share` of its width left of `at`, its capitals centred on it, cut to `clip`.
    pub fn draw(&self, renderer: &mut Renderer, word: Word, at: Point, share: f32, clip: Rectangle) {
        let mut kept = self.0.borrow_mut();
        let same = |(last, _): &(Word, Paragraph)| {
            last.content == word.content && last.font == word.font && last.size == word.size
        };
        if !kept.as_ref().is_some_and(same) {
            *kept = Some((word.clone(), word.paragraph()));
        }
        if let Some((_, paragraph)) = kept.as_ref().filter(|_| !word.content.is_empty()) {
            let size = paragraph.min_bounds();
            let corner = Point::new(at.x - share * size.width, at.y - size.height / 2.0);
            renderer.fill_paragraph(paragraph, corner, word.colour, clip);
        }
    }
}

/// Draws `words` one after another from `x`, `gap` pixels apart, and returns where they end.
pub fn row(frame: &mut Frame, words: Vec<Word>, mut x: f32, y: f32, gap: f32) -> f32 {
    for word in words {
        let width = word.width();
        word.left(frame, x, y);
        x += width + gap;
    }
    x - gap
}

/// Height of a value bubble in pixels.
pub const BUBBLE_HEIGHT: f32 = 28.0;

/// A value bubble whose lower edge is centred over `anchor`, kept inside `limits`.
pub fn bubble(frame: &mut Frame, words: Vec<Word>, anchor: Point, limits: Rectangle, palette: &Palette) {
    let (padding, gap) = (10.0, 6.0);
    let width = words.iter().map(Word::width).sum::<f32>() + gap * (words.len().max(1) - 1) as f32 + 2.0 * padding;
    let x = (anchor.x - width / 2.0).min(limits.x + limits.width - width).max(limits.x).round();
    let y = (anchor.y - BUBBLE_HEIGHT).min(limits.y + limits.height - BUBBLE_HEIGHT).max(limits.y).round();
    let body = Path::rounded_rectangle(Point::new(x, y), Size::new(width.ceil(), BUBBLE_HEIGHT), 4.0.into());
    frame.fill(&body, palette.hover);
    row(frame, words, x + padding, y + BUBBLE_HEIGHT / 2.0, gap);
}
