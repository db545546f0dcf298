//! Knobs: a 270 degree arc from the default to the value. Drag up or right of 200 px is the full range, Shift a tenth of
//! the speed, the wheel one step (notches in a row undo together), double-click or Ctrl+click the default, Esc during a drag the old value.

use std::f32::consts::PI;
use std::time::{Duration, Instant};

use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, renderer};
use iced::keyboard::{self, key::Named};
use iced::widget::canvas::{LineCap, Path, Stroke, path};
use iced::widget::{column, container};
use iced::{Alignment, Event, Length, Point, Radians, Rectangle, Renderer, Size, window};
use lacquer_engine::param::Spec;

use super::plot::{self, Fingerprint, Frame, Layer};
use super::{field, text};
use crate::theme::{Element, Theme, text as ink};

/// Width and height of the body, px.
pub const BODY: f32 = 40.0;
/// Vertical travel of the full range, px.
const TRAVEL: f64 = 200.0;
/// Start of the arc, clockwise from three o'clock (lower left), and its sweep.
const START: f32 = 0.75 * PI;
const SWEEP: f32 = 1.5 * PI;
/// Radius of the focus ring's outer edge and of the arc, px.
const RING: f32 = 26.0;
const ARC: f32 = 19.0;
/// Notches of the wheel closer together than this are one undo step.
const NOTCHES: Duration = Duration::from_millis(500);
/// Pixels of a touchpad that make one notch.
const PIXELS_PER_NOTCH: f32 = 24.0;

/// What a gesture does to a value. Everything up to `Released` is one undo step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turn {
    /// The value while it moves.
    Changed(f64),
    /// The value when the gesture is over.
    Released(f64),
}

struct Knob<'a, Message> {
    spec: &'a Spec,
    value: f64,
    on: bool,
    on_turn: Box<dyn Fn(Turn) -> Message + 'a>,
}

/// A whole knob: label, body, field; a cell `width` wide (88 to 100), the field 12 narrower. When `on` is false the
/// knob is grey and its field says "off".
pub fn knob<'a, Message: 'a>(
    spec: &'a Spec,
    value: f64,
    on: bool,
    width: f32,
    on_turn: impl Fn(Turn) -> Message + Clone + 'a,
) -> Element<'a, Message> {
    let label = text::label(spec.name).style(if on { ink::text2 } else { ink::disabled });
    let typed = on_turn.clone();
    let number: Element<'a, Message> = match on {
        true => field::of_spec(spec, value, width - 12.0, move |new| typed(Turn::Released(new))).into(),
        false => field::disabled("off", "", width - 12.0).into(),
    };
    let body = body(spec, value, on, on_turn);
    container(column![label, body, number].spacing(4).align_x(Alignment::Center)).center_x(width).into()
}

/// The body alone.
pub fn body<'a, Message: 'a>(
    spec: &'a Spec,
    value: f64,
    on: bool,
    on_turn: impl Fn(Turn) -> Message + 'a,
) -> Element<'a, Message> {
    Element::new(Knob { spec, value, on, on_turn: Box::new(on_turn) })
}

#[derive(Debug, Clone, Copy)]
struct Drag {
    last_y: f32,
    position: f64,
    before: f64,
    value: f64,
}

#[derive(Default)]
struct State {
    drag: Option<Drag>,
    click: Option<mouse::Click>,
    modifiers: keyboard::Modifiers,
    pixels: f32,
    /// What the wheel turned to, and when that is one undo step.
    notched: Option<(f64, Instant)>,
    focused: bool,
    hovered: bool,
    body: Layer,
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

impl<Message> Knob<'_, Message> {
    fn publish(&self, shell: &mut Shell<'_, Message>, turn: Turn) {
        shell.publish((self.on_turn)(turn));
        shell.capture_event();
        shell.request_redraw();
    }

    fn press(&self, state: &mut State, at: Point, shell: &mut Shell<'_, Message>) {
        let click = mouse::Click::new(at, mouse::Button::Left, state.click);
        state.click = Some(click);
        state.focused = true;
        if click.kind() == mouse::click::Kind::Double || state.modifiers.command() {
            state.drag = None;
            self.publish(shell, Turn::Released(self.spec.default));
        } else {
            let position = self.spec.position(self.value);
            state.drag = Some(Drag { last_y: at.y, position, before: self.value, value: self.value });
            shell.capture_event();
            shell.request_redraw();
        }
    }

    fn drag(&self, state: &mut State, at: Point, shell: &mut Shell<'_, Message>) {
        let fine = if state.modifiers.shift() { 0.1 } else { 1.0 };
        let Some(drag) = &mut state.drag else { return };
        drag.position = (drag.position + f64::from(drag.last_y - at.y) / TRAVEL * fine).clamp(0.0, 1.0);
        drag.last_y = at.y;
        let value = self.spec.at_position(drag.position);
        if value != drag.value {
            drag.value = value;
            self.publish(shell, Turn::Changed(value));
        }
    }

    fn wheel(&self, state: &mut State, delta: mouse::ScrollDelta, shell: &mut Shell<'_, Message>) {
        let notches = match delta {
            mouse::ScrollDelta::Lines { y, .. } => y,
            mouse::ScrollDelta::Pixels { y, .. } => {
                state.pixels += y;
                let whole = (state.pixels / PIXELS_PER_NOTCH).trunc();
                state.pixels -= whole * PIXELS_PER_NOTCH;
                whole
            }
        };
        if notches != 0.0 {
            let value = self.spec.nudged(self.value, f64::from(notches), state.modifiers.shift());
            let until = Instant::now() + NOTCHES;
            state.notched = Some((value, until));
            self.publish(shell, Turn::Changed(value));
            shell.request_redraw_at(until);
        }
    }

    /// Ends a run of notches: when the wheel has rested, and before anything else is done.
    fn rest(&self, state: &mut State, event: &Event, over: bool, shell: &mut Shell<'_, Message>) {
        let Some((value, until)) = state.notched else { return };
        let ends = match event {
            Event::Window(window::Event::RedrawRequested(now)) if *now < until => {
                shell.request_redraw_at(until);
                false
            }
            Event::Window(window::Event::RedrawRequested(_)) => true,
            Event::Mouse(mouse::Event::CursorMoved { .. }) => !over,
            Event::Mouse(mouse::Event::ButtonPressed(_)) => true,
            Event::Keyboard(keyboard::Event::KeyPressed { .. }) => true,
            _ => false,
        };
        if ends {
            state.notched = None;
            shell.publish((self.on_turn)(Turn::Released(value)));
        }
    }

    fn key(&self, state: &mut State, named: Named, shell: &mut Shell<'_, Message>) {
        match named {
            Named::Escape => {
                if let Some(drag) = state.drag.take() {
                    self.publish(shell, Turn::Released(drag.before));
                }
            }
            Named::ArrowUp | Named::ArrowRight | Named::ArrowDown | Named::ArrowLeft if state.focused => {
                let up = matches!(named, Named::ArrowUp | Named::ArrowRight);
                let notches = if up { 1.0 } else { -1.0 };
                self.publish(shell, Turn::Released(self.spec.nudged(self.value, notches, state.modifiers.shift())));
            }
            _ => {}
        }
    }

    fn paint(&self, frame: &mut Frame, theme: &Theme, active: bool, focused: bool) {
        let palette = theme.palette();
        let centre = frame.center();
        let line = |colour, width| Stroke::default().with_color(colour).with_width(width).with_line_cap(LineCap::Butt);
        let at = self.spec.position(self.value) as f32;
        let from = self.spec.position(self.spec.default) as f32;
        let ink = match (self.on, active) {
            (false, _) => palette.disabled,
            (true, true) => palette.a,
            (true, false) => palette.text2,
        };
        frame.fill(&Path::circle(centre, 15.0), if active && self.on { palette.hover } else { palette.key });
        frame.stroke(&arc(centre, 0.0, 1.0), line(palette.on, 2.0));
        if self.on && (at - from).abs() > 1e-4 {
            frame.stroke(&arc(centre, at.min(from), at.max(from)), line(ink, 2.0));
        }
        let (min, max) = self.spec.range();
        if min < 0.0 && max > 0.0 && from > 0.01 && from < 0.99 {
            let tick = Path::line(ray(centre, from, ARC - 1.0), ray(centre, from, ARC + 2.0));
            frame.stroke(&tick, line(palette.outline, 1.0));
        }
        let pointer = Path::line(ray(centre, at, 6.0), ray(centre, at, 14.0));
        let pointer_ink = if self.on && !active { palette.text } else { ink };
        frame.stroke(&pointer, line(pointer_ink, 2.0));
        if focused {
            frame.stroke(&Path::circle(centre, RING - 1.0), line(palette.focus, 2.0));
        }
    }
}

fn angle(position: f32) -> f32 {
    START + SWEEP * position
}

fn ray(centre: Point, position: f32, radius: f32) -> Point {
    Point::new(centre.x + radius * angle(position).cos(), centre.y + radius * angle(position).sin())
}

fn arc(centre: Point, from: f32, to: f32) -> Path {
    let (start_angle, end_angle) = (Radians(angle(from)), Radians(angle(to)));
    Path::new(|builder| builder.arc(path::Arc { center: centre, radius: ARC, start_angle, end_angle }))
}

impl<Message> Widget<Message, Theme, Renderer> for Knob<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(BODY), Length::Fixed(BODY))
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &Renderer, _limits: &layout::Limits) -> layout::Node {
        layout::Node::new(Size::new(BODY, BODY))
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, _renderer: &Renderer, operation: &mut dyn Operation) {
        if self.on {
            operation.focusable(None, layout.bounds(), tree.state.downcast_mut::<State>());
        }
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        if !self.on {
            return;
        }
        let state = tree.state.downcast_mut::<State>();
        let over = cursor.is_over(layout.bounds());
        self.rest(state, event, over, shell);
        match event {
            Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => state.modifiers = *modifiers,
            Event::Keyboard(keyboard::Event::KeyPressed { key: keyboard::Key::Named(named), .. }) => {
                self.key(state, *named, shell);
            }
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => match cursor.position() {
                Some(at) if over => self.press(state, at, shell),
                _ if state.focused => {
                    state.focused = false;
                    shell.request_redraw();
                }
                _ => {}
            },
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => {
                if let Some(drag) = state.drag.take().filter(|drag| drag.value != drag.before) {
                    self.publish(shell, Turn::Released(drag.value));
                }
            }
            Event::Mouse(mouse::Event::CursorMoved { position }) => {
                if over != state.hovered {
                    state.hovered = over;
                    shell.request_redraw();
                }
                self.drag(state, *position, shell);
            }
            Event::Mouse(mouse::Event::WheelScrolled { delta }) if over => self.wheel(state, *delta, shell),
            _ => {}
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
        let held = tree.state.downcast_ref::<State>().drag.is_some();
        match self.on && (held || cursor.is_over(layout.bounds())) {
            true => mouse::Interaction::ResizingVertically,
            false => mouse::Interaction::None,
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let active = state.drag.is_some() || cursor.is_over(layout.bounds());
        // Larger than the body: the ring stands around it.
        let area = layout.bounds().expand(RING - BODY / 2.0 + 2.0);
        let mut key = Fingerprint::default();
        key.palette(theme.palette()).number(self.spec.position(self.value)).add((self.on, active, state.focused));
        let drawing = state.body.draw(renderer, area.size(), key.value(), |frame| {
            self.paint(frame, theme, active, state.focused);
        });
        plot::put(renderer, drawing, area);
    }
}
