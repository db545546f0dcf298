use super::face::Face;
use super::plot::Ink;

/// Where a line of text begins, ends or has its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// At the left.
    Start,
    /// In the middle.
    Middle,
    /// At the right.
    End,
}

/// One line of text; `x`, `y` is its anchor on the baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) text: String,
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) ink: Ink,
    pub(super) anchor: Anchor,
    /// Written upwards.
    pub(super) upright: bool,
}

/// What is put on paper. Points (1/72 inch) from the upper left corner, y downwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Word(Word),
    /// A line through points.
    Line {
        points: Vec<(f32, f32)>,
        ink: Ink,
        width: f32,
        dashed: bool,
    },
    /// A filled polygon; `opacity` 0 to 1.
    Area {
        points: Vec<(f32, f32)>,
        ink: Ink,
        opacity: f32,
    },
}

impl Shape {
    pub(super) fn rectangle(x: f32, y: f32, width: f32, height: f32, ink: Ink, opacity: f32) -> Shape {
        let points = vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
        Shape::Area { points, ink, opacity }
    }

    pub(super) fn rule(from: (f32, f32), to: (f32, f32), ink: Ink, width: f32) -> Shape {
        Shape::Line { points: vec![from, to], ink, width, dashed: false }
    }

    /// The same, moved.
    pub(super) fn moved(mut self, x: f32, y: f32) -> Shape {
        match &mut self {
            Shape::Word(word) => (word.x, word.y) = (word.x + x, word.y + y),
            Shape::Line { points, .. } | Shape::Area { points, .. } => {
                points.iter_mut().for_each(|point| *point = (point.0 + x, point.1 + y));
            }
        }
        self
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) shapes: Vec<Shape>,
}

impl Page {
    /// Every line of text, in order of writing.
    #[cfg(test)]
    pub(super) fn words(&self) -> Vec<String> {
        let word = |shape: &Shape| match shape {
            Shape::Word(word) => Some(word.text.clone()),
            _ => None,
        };
        self.shapes.iter().filter_map(word).collect()
    }
}
