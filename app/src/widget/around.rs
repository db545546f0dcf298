//! A widget around one other: it passes everything on, and adds something before, behind or over it.

use std::marker::PhantomData;

use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Event, Length, Rectangle, Renderer, Size, Vector};

use crate::theme::{Element, Theme};

/// What is added. Everything has a default that adds nothing.
pub trait Around<Message> {
    /// What it remembers between frames.
    type State: Default + 'static;

    /// The layout of what is inside, made by `inner`.
    fn layout(&self, inner: impl FnOnce() -> layout::Node) -> layout::Node {
        inner()
    }

    /// Something that can take the keyboard focus.
    fn focusable<'a>(&self, _state: &'a mut Self::State) -> Option<&'a mut dyn Focusable> {
        None
    }

    /// Answers an event that what is inside has seen.
    fn update(&self, _state: &mut Self::State, _event: &Event, _shell: &mut Shell<'_, Message>) {}

    /// Draws; `inner` draws what is inside with a style.
    fn draw(
        &self,
        _state: &Self::State,
        renderer: &mut Renderer,
        _theme: &Theme,
        style: &renderer::Style,
        _bounds: Rectangle,
        inner: impl FnOnce(&mut Renderer, &renderer::Style),
    ) {
        inner(renderer, style);
    }
}

/// The widget.
pub struct Wrapped<'a, Message, A> {
    content: Element<'a, Message>,
    around: A,
}

/// Puts `around` around `content`.
pub fn wrap<'a, Message: 'a, A: Around<Message> + 'a>(
    content: impl Into<Element<'a, Message>>,
    around: A,
) -> Element<'a, Message> {
    Element::new(Wrapped { content: content.into(), around })
}

impl<Message, A: Around<Message>> Widget<Message, Theme, Renderer> for Wrapped<'_, Message, A> {
    fn tag(&self) -> tree::Tag {
        /// No other widget's: what has no state of its own is tagged with the empty type.
        struct Tag<T>(PhantomData<T>);
        tree::Tag::of::<Tag<A::State>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(A::State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let content = &mut self.content;
        self.around.layout(|| content.as_widget_mut().layout(&mut tree.children[0], renderer, limits))
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        if let Some(focusable) = self.around.focusable(tree.state.downcast_mut()) {
            operation.focusable(None, layout.bounds(), focusable);
        }
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
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
        let child = &mut tree.children[0];
        self.content.as_widget_mut().update(child, event, layout, cursor, renderer, clipboard, shell, viewport);
        self.around.update(tree.state.downcast_mut(), event, shell);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
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
        let (state, bounds) = (tree.state.downcast_ref(), layout.bounds());
        self.around.draw(state, renderer, theme, style, bounds, |renderer, style| {
            self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        });
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}
