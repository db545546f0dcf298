//! The widget that shows pictures. Each is a layer of the renderer with the widget's bounds, so that what is redrawn elsewhere
//! does not touch it.

use std::marker::PhantomData;

use iced::advanced::graphics::geometry::Renderer as _;
use iced::advanced::widget::{Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, renderer, text::Renderer as _};
use iced::widget::canvas::Action;
use iced::{Background, Event, Length, Rectangle, Renderer, Size, Vector, event, mouse, window};

use super::Drawing;
use crate::theme::{Element, Theme};

/// What a [`Canvas`] shows and how it answers.
pub trait Program<Message> {
    /// What it remembers between frames.
    type State: Default + 'static;

    /// Answers an event.
    fn update(
        &self,
        _state: &mut Self::State,
        _event: &Event,
        _bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        None
    }

    /// The pictures from the bottom to the top, always as many.
    fn draw(
        &self,
        state: &Self::State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Vec<Drawing>;

    /// The pointer over it.
    fn mouse_interaction(&self, _: &Self::State, _: Rectangle, _: mouse::Cursor) -> mouse::Interaction {
        mouse::Interaction::None
    }
}

/// One program over another: the upper one alone hears events.
impl<Message, Under: Program<Message>, Over: Program<Message>> Program<Message> for (Under, Over) {
    type State = (Under::State, Over::State);

    fn update(
        &self,
        state: &mut Self::State,
        event: &Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        self.1.update(&mut state.1, event, bounds, cursor)
    }

    fn draw(
        &self,
        state: &Self::State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let mut drawings = self.0.draw(&state.0, renderer, theme, bounds, cursor);
        drawings.extend(self.1.draw(&state.1, renderer, theme, bounds, cursor));
        drawings
    }

    fn mouse_interaction(&self, state: &Self::State, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        self.1.mouse_interaction(&state.1, bounds, cursor)
    }
}

/// The widget.
pub struct Canvas<P, Message> {
    width: Length,
    height: Length,
    program: P,
    pointer: Option<mouse::Interaction>,
    message: PhantomData<Message>,
}

impl<P: Program<Message>, Message> Canvas<P, Message> {
    /// Shows `program` in all the room it is given.
    pub fn new(program: P) -> Self {
        Self { width: Length::Fill, height: Length::Fill, program, pointer: None, message: PhantomData }
    }

    /// Sets the width.
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Sets the height.
    pub fn height(mut self, height: impl Into<Length>) -> Self {
        self.height = height.into();
        self
    }
}

/// Draws `drawing` with its origin at the corner of `bounds`, into the layer that is open.
pub fn put(renderer: &mut Renderer, drawing: Drawing, bounds: Rectangle) {
    let room = Rectangle::with_size(bounds.size());
    renderer.with_translation(Vector::new(bounds.x, bounds.y), |renderer| {
        for (area, colour) in &drawing.rest.rectangles {
            let quad = renderer::Quad { bounds: *area, ..renderer::Quad::default() };
            renderer.fill_quad(quad, Background::Color(*colour));
        }
        if let Some(paths) = drawing.paths {
            renderer.draw_geometry(paths);
        }
        for word in &drawing.rest.words {
            renderer.fill_paragraph(&word.paragraph, word.corner, word.colour, room);
        }
    });
}

impl<P: Program<Message>, Message> Widget<Message, Theme, Renderer> for Canvas<P, Message> {
    fn tag(&self) -> tree::Tag {
        struct Tag<T>(PhantomData<T>);
        tree::Tag::of::<Tag<P::State>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(P::State::default())
    }

    fn size(&self) -> Size<Length> {
        Size { width: self.width, height: self.height }
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, self.width, self.height)
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<P::State>();
        if let Some(action) = self.program.update(state, event, layout.bounds(), cursor) {
            let (message, redraw, status) = action.into_inner();
            shell.request_redraw_at(redraw);
            message.into_iter().for_each(|message| shell.publish(message));
            if status == event::Status::Captured {
                shell.capture_event();
            }
        }
        if shell.redraw_request() != window::RedrawRequest::NextFrame {
            let pointer = self.mouse_interaction(tree, layout, cursor, viewport, renderer);
            if matches!(event, Event::Window(window::Event::RedrawRequested(_))) {
                self.pointer = Some(pointer);
            } else if self.pointer.is_some_and(|last| last != pointer) {
                shell.request_redraw();
            }
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        self.program.mouse_interaction(tree.state.downcast_ref(), layout.bounds(), cursor)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Some(clip) = bounds.intersection(viewport).filter(|clip| clip.width >= 1.0 && clip.height >= 1.0) else {
            return;
        };
        for drawing in self.program.draw(tree.state.downcast_ref(), renderer, theme, bounds, cursor) {
            renderer.with_layer(clip, |renderer| put(renderer, drawing, bounds));
        }
    }
}

impl<'a, P: Program<Message> + 'a, Message: 'a> From<Canvas<P, Message>> for Element<'a, Message> {
    fn from(canvas: Canvas<P, Message>) -> Self {
        Element::new(canvas)
    }
}
