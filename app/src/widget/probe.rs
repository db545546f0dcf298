//! Measures what a frame costs: how often the window is drawn, and the time its layout and its list of shapes take.

use std::cell::Cell;
use std::time::{Duration, Instant};

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Event, Length, Rectangle, Renderer, Size, Vector};

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

struct Probe<'a, Message> {
    content: Element<'a, Message>,
    stopwatch: &'a Stopwatch,
}

/// `content`, whose frames `stopwatch` counts.
pub fn probe<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    stopwatch: &'a Stopwatch,
) -> Element<'a, Message> {
    Element::new(Probe { content: content.into(), stopwatch })
}

impl<Message> Widget<Message, Theme, Renderer> for Probe<'_, Message> {
    fn tag(&self) -> tree::Tag {
        self.content.as_widget().tag()
    }

    fn state(&self) -> tree::State {
        self.content.as_widget().state()
    }

    fn children(&self) -> Vec<Tree> {
        self.content.as_widget().children()
    }

    fn diff(&self, tree: &mut Tree) {
        self.content.as_widget().diff(tree);
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let start = Instant::now();
        let node = self.content.as_widget_mut().layout(tree, renderer, limits);
        self.stopwatch.layout.set(self.stopwatch.layout.get() + start.elapsed());
        node
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(tree, layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let start = Instant::now();
        self.content.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
        self.stopwatch.draw.set(self.stopwatch.draw.get() + start.elapsed());
        self.stopwatch.frames.set(self.stopwatch.frames.get() + 1);
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(tree, layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
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
