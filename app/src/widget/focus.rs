//! Keyboard focus around a key: Tab reaches it, Enter presses it, a ring shows it. iced's own button knows no focus.

use iced::advanced::widget::operation::Focusable;
use iced::advanced::{Shell, mouse, renderer};
use iced::keyboard::{self, key::Named};
use iced::{Background, Border, Color, Event, Rectangle, Renderer};

use super::around::{self, Around};
use crate::theme::{Element, Theme};

/// Width of the ring and its distance, px.
const RING: f32 = 2.0;

/// Whether something has the focus.
#[derive(Debug, Clone, Copy, Default)]
pub struct State {
    focused: bool,
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.focused
    }

    fn focus(&mut self) {
        self.focused = true;
    }

    fn unfocus(&mut self) {
        self.focused = false;
    }
}

struct Focus<Message>(Message);

/// Puts `content` into the Tab order; Enter sends `on_enter`.
pub fn focus<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    on_enter: Message,
) -> Element<'a, Message> {
    around::wrap(content, Focus(on_enter))
}

/// Draws the ring around `bounds`.
pub fn ring(renderer: &mut Renderer, theme: &Theme, bounds: Rectangle) {
    let border = Border { color: theme.palette().focus, width: RING, radius: 6.0.into() };
    let quad = renderer::Quad { bounds: bounds.expand(2.0 * RING), border, ..renderer::Quad::default() };
    renderer::Renderer::fill_quad(renderer, quad, Background::Color(Color::TRANSPARENT));
}

impl<Message: Clone> Around<Message> for Focus<Message> {
    type State = State;

    fn focusable<'a>(&self, state: &'a mut State) -> Option<&'a mut dyn Focusable> {
        Some(state)
    }

    fn update(&self, state: &mut State, event: &Event, shell: &mut Shell<'_, Message>) {
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(_)) if state.focused => {
                state.focused = false;
                shell.request_redraw();
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key: keyboard::Key::Named(Named::Enter), .. })
                if state.focused =>
            {
                shell.publish(self.0.clone());
                shell.capture_event();
            }
            _ => {}
        }
    }

    fn draw(
        &self,
        state: &State,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        bounds: Rectangle,
        inner: impl FnOnce(&mut Renderer, &renderer::Style),
    ) {
        inner(renderer, style);
        if state.focused {
            ring(renderer, theme, bounds);
        }
    }
}
