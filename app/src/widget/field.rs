//! Number fields: click to type, Enter accepts, Esc restores, arrows step. A refused text keeps a red line and a
//! sentence below the well until it is mended or given up.

use iced::advanced::text::Renderer as TextRenderer;
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, renderer};
use iced::alignment::Horizontal;
use iced::keyboard::{self, key::Named};
use iced::widget::text_input::{self, TextInput};
use iced::{Border, Event, Font, Length, Padding, Point, Rectangle, Renderer, Size};
use lacquer_engine::param::{Spec, parse_value};

use super::number;
use super::plot::{Kept, Word};
use crate::theme::{Element, Theme, field as look, font};

/// Height of a field, px.
pub const HEIGHT: f32 = 24.0;

type Inner = text_input::State<<Renderer as TextRenderer>::Paragraph>;
type Accept<'a, Message> = Box<dyn Fn(&str) -> Result<Message, String> + 'a>;
type Step<'a, Message> = Box<dyn Fn(f64, bool) -> Message + 'a>;

/// A field under construction.
pub struct Field<'a, Message> {
    value: String,
    unit: &'a str,
    width: Length,
    words: Option<Words<'a>>,
    accept: Option<Accept<'a, Message>>,
    step: Option<Step<'a, Message>>,
}

/// How a field of words differs from one of numbers.
struct Words<'a> {
    /// Shown where there is no text.
    empty: &'a str,
    face: Font,
}

/// A field that shows `value` and `unit`. `accept` reads what was typed: a message, or the sentence that says why not.
pub fn field<'a, Message: 'a>(
    value: impl Into<String>,
    unit: &'a str,
    width: f32,
    accept: impl Fn(&str) -> Result<Message, String> + 'a,
) -> Field<'a, Message> {
    let accept: Option<Accept<'a, Message>> = Some(Box::new(accept));
    Field { value: value.into(), unit, width: Length::Fixed(width), words: None, accept, step: None }
}

/// A field of words, set in `face` and as wide as there is room; `empty` stands where there is no text.
pub fn words<'a, Message: 'a>(
    value: impl Into<String>,
    empty: &'a str,
    face: Font,
    accept: impl Fn(&str) -> Result<Message, String> + 'a,
) -> Field<'a, Message> {
    Field { words: Some(Words { empty, face }), width: Length::Fill, ..field(value, "", 0.0, accept) }
}

/// A field that cannot be changed now.
pub fn disabled<'a, Message: 'a>(value: impl Into<String>, unit: &'a str, width: f32) -> Field<'a, Message> {
    Field { value: value.into(), unit, width: Length::Fixed(width), words: None, accept: None, step: None }
}

/// The field of a declared parameter: its grammar, range, steps and refusals come from `spec`.
pub fn of_spec<'a, Message: 'a>(
    spec: &'a Spec,
    value: f64,
    width: f32,
    on_change: impl Fn(f64) -> Message + Clone + 'a,
) -> Field<'a, Message> {
    let (shown, unit) = number::of_spec(spec, value);
    let stays = format!("{shown} stays");
    let stepped = on_change.clone();
    let accept = move |typed: &str| match parse_value(spec, typed, value) {
        Ok(new) => Ok(on_change(new)),
        Err(why) => Err(format!("{why}, {stays}")),
    };
    field(shown, unit, width, accept).on_step(move |notches, fine| stepped(spec.nudged(value, notches, fine)))
}

impl<'a, Message: 'a> Field<'a, Message> {
    /// What the arrow keys mean: +1 or -1 steps, fine with Shift.
    pub fn on_step(self, step: impl Fn(f64, bool) -> Message + 'a) -> Self {
        Field { step: Some(Box::new(step)), ..self }
    }

    fn input(&self, text: &str) -> TextInput<'static, Typed, Theme> {
        let unit = if self.unit.is_empty() { 0.0 } else { 4.0 + unit_width(self.unit) };
        let (empty, face, side, left) = match &self.words {
            Some(words) => (words.empty, words.face, Horizontal::Left, 6.0),
            None => ("", font::MONO, Horizontal::Right, 4.0),
        };
        let input = TextInput::new(empty, text)
            .font(face)
            .size(font::BODY)
            .line_height(1.3)
            .width(Length::Fill)
            .padding(Padding { top: 3.0, right: 8.0 + unit, bottom: 3.0, left })
            .align_x(side)
            .style(look::inner(self.accept.is_some()));
        if self.accept.is_some() { input.on_input(Typed::Text).on_submit(Typed::Submit) } else { input }
    }

    fn finish(&self, state: &mut State, shell: &mut Shell<'_, Message>) -> bool {
        let Some(typed) = state.typed.clone() else {
            return true;
        };
        match self.accept.as_ref().map(|accept| accept(&typed)) {
            Some(Ok(message)) => {
                shell.publish(message);
                *state = State { modifiers: state.modifiers, ..State::default() };
                true
            }
            Some(Err(sentence)) => {
                state.refused = Some(sentence);
                false
            }
            None => true,
        }
    }
}

/// A good estimate of Inter 12's advance; the well only reserves room with it.
fn unit_width(unit: &str) -> f32 {
    unit.chars()
        .map(|c| match c {
            ' ' | ':' => 3.5,
            'A'..='Z' | '%' | 'm' => 9.2,
            _ => 7.3,
        })
        .sum()
}

#[derive(Debug, Clone)]
enum Typed {
    Text(String),
    Submit,
}

#[derive(Default)]
struct State {
    typed: Option<String>,
    refused: Option<String>,
    focused: bool,
    modifiers: keyboard::Modifiers,
    unit: Kept,
    sentence: Kept,
}

impl State {
    fn text<'s>(&'s self, value: &'s str) -> &'s str {
        self.typed.as_deref().unwrap_or(value)
    }
}

impl<Message> Widget<Message, Theme, Renderer> for Field<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree { tag: tree::Tag::of::<Inner>(), state: tree::State::new(Inner::new()), children: Vec::new() }]
    }

    fn diff(&self, _tree: &mut Tree) {}

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Fixed(HEIGHT))
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let size = limits.resolve(self.width, Length::Fixed(HEIGHT), Size::ZERO);
        let state = tree.state.downcast_ref::<State>();
        let mut input = self.input(state.text(&self.value));
        let child = Widget::layout(&mut input, &mut tree.children[0], renderer, &layout::Limits::new(size, size));
        layout::Node::with_children(size, vec![child])
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        if self.accept.is_none() {
            return;
        }
        let state = tree.state.downcast_ref::<State>();
        let mut input = self.input(state.text(&self.value));
        let child = layout.child(0);
        Widget::<Typed, Theme, Renderer>::operate(&mut input, &mut tree.children[0], child, renderer, operation);
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
        if self.accept.is_none() {
            return;
        }
        let Tree { state, children, .. } = tree;
        let state = state.downcast_mut::<State>();
        if let Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) = event {
            state.modifiers = *modifiers;
        }
        if state.focused && self.special_key(event, state, &mut children[0], shell) {
            return;
        }
        if state.focused && saves(event) {
            let _ = self.finish(state, shell);
        }
        let mut input = self.input(state.text(&self.value));
        let mut typed = Vec::new();
        let mut inner = Shell::new(&mut typed);
        let child = layout.child(0);
        input.update(&mut children[0], event, child, cursor, renderer, clipboard, &mut inner, viewport);
        if inner.is_event_captured() {
            shell.capture_event();
        }
        if inner.redraw_request() != iced::window::RedrawRequest::Wait {
            shell.request_redraw_at(inner.redraw_request());
        }
        shell.request_input_method(inner.input_method());
        let focus = children[0].state.downcast_mut::<Inner>();
        for one in typed {
            match one {
                Typed::Text(text) => {
                    state.typed = Some(text);
                    state.refused = None;
                }
                Typed::Submit => {
                    if self.finish(state, shell) {
                        focus.unfocus();
                    }
                }
            }
            shell.invalidate_layout();
            shell.request_redraw();
        }
        let now = focus.is_focused();
        if now && !state.focused {
            focus.select_all();
        }
        if !now && state.focused {
            let _ = self.finish(state, shell);
            shell.invalidate_layout();
            shell.request_redraw();
        }
        state.focused = now;
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        match cursor.is_over(layout.bounds()) && self.accept.is_some() {
            true => mouse::Interaction::Text,
            false => mouse::Interaction::None,
        }
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
        let state = tree.state.downcast_ref::<State>();
        let focused = tree.children[0].state.downcast_ref::<Inner>().is_focused();
        let palette = theme.palette();
        let bounds = layout.bounds();
        let line = match (&state.refused, focused) {
            (Some(_), _) => palette.over,
            (None, true) => palette.focus,
            _ if cursor.is_over(bounds) && self.accept.is_some() => palette.outline,
            _ => palette.well,
        };
        let border = Border { color: line, width: 1.0, radius: crate::theme::plate::WELL_RADIUS.into() };
        let quad = renderer::Quad { bounds, border, ..renderer::Quad::default() };
        renderer.fill_quad(quad, palette.well);
        let input = self.input(state.text(&self.value));
        Widget::draw(&input, &tree.children[0], renderer, theme, style, layout.child(0), cursor, viewport);
        let unit = if self.accept.is_some() { palette.text2 } else { palette.disabled };
        let right = Point::new(bounds.x + bounds.width - 8.0, bounds.center_y());
        state.unit.draw(renderer, Word::label(self.unit, font::LABEL, unit), right, 1.0, *viewport);
        if let Some(sentence) = &state.refused {
            let below = Point::new(bounds.x, bounds.y + bounds.height + 9.0);
            let word = Word::label(sentence.as_str(), font::LABEL, palette.alarm);
            state.sentence.draw(renderer, word, below, 0.0, *viewport);
        }
    }
}

impl<Message> Field<'_, Message> {
    /// Esc restores; arrows step. True when the event is spent.
    fn special_key(&self, event: &Event, state: &mut State, input: &mut Tree, shell: &mut Shell<'_, Message>) -> bool {
        let Event::Keyboard(keyboard::Event::KeyPressed { key: keyboard::Key::Named(named), .. }) = event else {
            return false;
        };
        let notches = match named {
            Named::Escape => {
                input.state.downcast_mut::<Inner>().unfocus();
                *state = State { modifiers: state.modifiers, ..State::default() };
                0.0
            }
            Named::ArrowUp => 1.0,
            Named::ArrowDown => -1.0,
            _ => return false,
        };
        if notches != 0.0
            && let Some(step) = &self.step
        {
            state.typed = None;
            shell.publish(step(notches, state.modifiers.shift()));
        }
        shell.capture_event();
        shell.invalidate_layout();
        shell.request_redraw();
        true
    }
}

/// Whether the session is saved: then what has been typed so far belongs to it.
fn saves(event: &Event) -> bool {
    let Event::Keyboard(keyboard::Event::KeyPressed { key: keyboard::Key::Character(letter), modifiers, .. }) = event
    else {
        return false;
    };
    modifiers.command() && letter.eq_ignore_ascii_case("s")
}

impl<'a, Message: 'a> From<Field<'a, Message>> for Element<'a, Message> {
    fn from(field: Field<'a, Message>) -> Self {
        Element::new(field)
    }
}
