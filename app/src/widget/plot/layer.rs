//! A picture that is kept until the numbers it was drawn from change.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use iced::widget::canvas::{self, Geometry};
use iced::{Color, Rectangle, Renderer, Size};

use super::word::Written;
use crate::theme::palette::Palette;

/// What a picture is drawn on: the paths of a canvas, rectangles, and words that know their bounds.
pub struct Frame<'a> {
    paths: &'a mut canvas::Frame,
    has_paths: bool,
    /// Rectangles are kept one by one, under the paths.
    apart: bool,
    rest: Rest,
}

/// What lies beside the paths of a picture.
#[derive(Default)]
pub(super) struct Rest {
    pub(super) rectangles: Vec<(Rectangle, Color)>,
    pub(super) words: Vec<Written>,
}

impl Frame<'_> {
    /// A filled rectangle.
    pub fn rectangle(&mut self, area: Rectangle, colour: Color) {
        if self.apart {
            self.rest.rectangles.push((area, colour));
        } else {
            self.fill_rectangle(area.position(), area.size(), colour);
        }
    }

    pub(super) fn write(&mut self, word: Written) {
        self.rest.words.push(word);
    }
}

impl Deref for Frame<'_> {
    type Target = canvas::Frame;

    fn deref(&self) -> &canvas::Frame {
        self.paths
    }
}

impl DerefMut for Frame<'_> {
    fn deref_mut(&mut self) -> &mut canvas::Frame {
        self.has_paths = true;
        self.paths
    }
}

/// A picture that has been drawn: rectangles at the bottom, then paths, then words.
pub struct Drawing {
    pub(super) paths: Option<Geometry>,
    pub(super) rest: Rc<Rest>,
}

/// Keeps a picture with a fingerprint of the numbers it was drawn from.
#[derive(Default)]
pub struct Layer {
    paths: canvas::Cache,
    has_paths: Cell<bool>,
    rest: RefCell<Rc<Rest>>,
    fingerprint: Cell<u64>,
}

impl Layer {
    /// The picture: drawn again only when `fingerprint` or `size` differs from the last time. All of its area is redrawn
    /// then.
    pub fn draw(&self, renderer: &Renderer, size: Size, fingerprint: u64, draw: impl FnOnce(&mut Frame)) -> Drawing {
        self.make(renderer, Rectangle::with_size(size), fingerprint, false, draw)
    }

    /// The same for a picture that stays inside `area`: only that is redrawn.
    pub fn draw_in(
        &self,
        renderer: &Renderer,
        area: Rectangle,
        fingerprint: u64,
        draw: impl FnOnce(&mut Frame),
    ) -> Drawing {
        self.make(renderer, area, fingerprint, false, draw)
    }

    /// The same for a few rectangles that move: of these only the ones that differ are redrawn. They lie under the paths.
    pub fn draw_apart(
        &self,
        renderer: &Renderer,
        size: Size,
        fingerprint: u64,
        draw: impl FnOnce(&mut Frame),
    ) -> Drawing {
        self.make(renderer, Rectangle::with_size(size), fingerprint, true, draw)
    }

    fn make(
        &self,
        renderer: &Renderer,
        area: Rectangle,
        fingerprint: u64,
        apart: bool,
        draw: impl FnOnce(&mut Frame),
    ) -> Drawing {
        if self.fingerprint.replace(fingerprint) != fingerprint {
            self.paths.clear();
        }
        let paths = self.paths.draw_with_bounds(renderer, area, |paths| {
            let mut frame = Frame { paths, has_paths: false, apart, rest: Rest::default() };
            draw(&mut frame);
            self.has_paths.set(frame.has_paths);
            self.rest.replace(Rc::new(frame.rest));
        });
        Drawing { paths: self.has_paths.get().then_some(paths), rest: Rc::clone(&self.rest.borrow()) }
    }
}

/// Collects numbers and words into the fingerprint of a [`Layer`].
#[derive(Default)]
pub struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Adds anything that hashes.
    pub fn add(&mut self, value: impl Hash) -> &mut Self {
        value.hash(&mut self.0);
        self
    }

    /// Adds a number by its bits.
    pub fn number(&mut self, value: f64) -> &mut Self {
        self.add(value.to_bits())
    }

    /// Adds many numbers by their bits.
    pub fn numbers(&mut self, values: &[f32]) -> &mut Self {
        for value in values {
            self.add(value.to_bits());
        }
        self
    }

    /// Adds the colours a plot is drawn with, by those that differ between themes.
    pub fn palette(&mut self, palette: &Palette) -> &mut Self {
        for colour in [palette.well, palette.plate, palette.text, palette.a] {
            self.numbers(&[colour.r, colour.g, colour.b]);
        }
        self
    }

    /// The fingerprint.
    pub fn value(&self) -> u64 {
        self.0.finish()
    }
}
