//! Measures what a frame costs: how often the window is drawn, and the time its layout and its list of shapes take.

use std::cell::Cell;
use std::time::{Duration, Instant};

use iced::advanced::{layout, renderer};
use iced::{Rectangle, Renderer};

use super::around::{self, Around};
use crate::theme::{Element, Theme};

/// What has been drawn since it was last read.
#[derive(Debug, Default)]
pub struct Stopwatch {
    frames: Cell<u32>,
    layout: Cell<Duration>,
    draw: Cell<Duration>,
}

/// Frames drawn, and the time they took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Frames {
    /// How many.
    pub count: u32,
    /// Time of the layouts together.
    pub layout: Duration,
    /// Time in which the lists of shapes were made; turning them into pixels comes after.
    pub draw: Duration,
}

impl Stopwatch {
    /// How many frames were drawn since the last [`take`](Self::take).
    pub fn frames(&self) -> u32 {
        self.frames.get()
    }

    /// What was counted; counting starts anew.
    pub fn take(&self) -> Frames {
        Frames { count: self.frames.take(), layout: self.layout.take(), draw: self.draw.take() }
    }
}

struct Probe<'a>(&'a Stopwatch);

/// `content`, whose frames `stopwatch` counts.
pub fn probe<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    stopwatch: &'a Stopwatch,
) -> Element<'a, Message> {
    around::wrap(content, Probe(stopwatch))
}

impl<Message> Around<Message> for Probe<'_> {
    type State = ();

    fn layout(&self, inner: impl FnOnce() -> layout::Node) -> layout::Node {
        let start = Instant::now();
        let node = inner();
        self.0.layout.set(self.0.layout.get() + start.elapsed());
        node
    }

    fn draw(
        &self,
        _state: &(),
        renderer: &mut Renderer,
        _theme: &Theme,
        style: &renderer::Style,
        _bounds: Rectangle,
        inner: impl FnOnce(&mut Renderer, &renderer::Style),
    ) {
        let start = Instant::now();
        inner(renderer, style);
        self.0.draw.set(self.0.draw.get() + start.elapsed());
        self.0.frames.set(self.0.frames.get() + 1);
    }
}

#[cfg(test)]
mod tests {
    use iced::Size;

    use super::*;
    use crate::widget::specimen;

    #[test]
    fn frames_are_counted_until_they_are_read() {
        let stopwatch = Stopwatch::default();
        let mut ui = specimen::simulate::<()>(probe(iced::widget::space(), &stopwatch), Size::new(20.0, 20.0));
        specimen::Picture::of(&mut ui, "probe");
        assert_eq!(stopwatch.frames(), 1);
        let frames = stopwatch.take();
        assert_eq!(frames.count, 1);
        assert!(frames.layout > Duration::ZERO && frames.draw > Duration::ZERO);
        assert_eq!(stopwatch.take(), Frames::default());
    }
}
