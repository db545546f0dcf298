//! The live layer: dots, the value bubble, and every gesture.

use std::rc::Rc;

use iced::advanced::mouse::{Click, click};
use iced::keyboard::{self, Modifiers, key::Named};
use iced::mouse::{self, Button, ScrollDelta};
use iced::widget::canvas::{self, Action, Path, Stroke};
use iced::{Point, Rectangle, Renderer, Vector};

use super::{Band, DOT, EqCurve, Event, Layout, Probe};
use crate::theme::{Palette, Theme};
use crate::widget::plot::{self, Drawing, Fingerprint, Frame, Layer, Program, Word, bubble};

/// The program of the live layer.
pub struct Dots<'a, Message> {
    pub(super) data: Rc<EqCurve>,
    pub(super) on_event: Box<dyn Fn(Event) -> Message + 'a>,
}

/// What the live layer remembers between events.
#[derive(Default)]
pub struct State {
    modifiers: Modifiers,
    hovered: Option<usize>,
    held: Option<Held>,
    last_click: Option<Click>,
    /// Whether keys belong to the graph: it was pressed last.
    focused: bool,
    dots: Layer,
}

/// What the button holds.
enum Held {
    /// A dot, with its values at the press and the pointer's way since (a tenth of it while Shift is held).
    Dot { band: usize, frequency_hz: f64, gain_db: f64, last: Point, travel: Vector },
    /// The listening probe, from the height of the press.
    Probe { from: Point },
}

/// One notch of the wheel on Q, and with Shift.
const Q_STEP: (f64, f64) = (1.04, 1.005);
/// One arrow key on the frequency: 1/24 octave, and with Shift one cent.
const FREQUENCY_STEP: (f64, f64) = (1.0 / 24.0, 1.0 / 1200.0);
/// One arrow key on the gain in dB, and with Shift.
const GAIN_STEP: (f64, f64) = (0.1, 0.01);

impl<Message> Program<Message> for Dots<'_, Message> {
    type State = State;

    fn update(
        &self,
        state: &mut State,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let layout = Layout::new(&self.data, bounds.size());
        match event {
            canvas::Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => {
                state.modifiers = *modifiers;
                None
            }
            canvas::Event::Keyboard(keyboard::Event::KeyPressed { key: keyboard::Key::Named(key), .. }) => {
                self.key(state, *key)
            }
            canvas::Event::Mouse(mouse::Event::ButtonPressed(button)) => {
                let point = cursor.position_in(bounds).filter(|point| layout.well.contains(*point));
                state.focused = point.is_some();
                match button {
                    Button::Left => self.press(state, &layout, point?),
                    Button::Right => self.right(state, &layout, point?, bounds),
                    _ => None,
                }
            }
            canvas::Event::Mouse(mouse::Event::ButtonReleased(Button::Left | Button::Right)) => {
                match state.held.take()? {
                    Held::Dot { band, .. } => Some(self.publish(Event::DragEnded(band)).and_capture()),
                    Held::Probe { .. } => Some(self.publish(Event::Listen(None)).and_capture()),
                }
            }
            canvas::Event::Mouse(mouse::Event::CursorMoved { .. }) => {
                let position = cursor.land().position()?;
                self.moved(state, &layout, Point::new(position.x - bounds.x, position.y - bounds.y))
            }
            canvas::Event::Mouse(mouse::Event::WheelScrolled { delta }) => {
                let band = layout.band_at(&self.data, cursor.position_in(bounds)?)?;
                self.wheel(state, band, *delta)
            }
            _ => None,
        }
    }

    fn draw(
        &self,
        state: &State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let layout = Layout::new(&self.data, bounds.size()).wearing(*theme);
        let (data, palette) = (&*self.data, layout.palette);
        let shown = match &state.held {
            Some(Held::Dot { band, .. }) => Some(*band),
            _ => state.hovered,
        };
        let mut key = Fingerprint::default();
        key.palette(palette).add((data.selected, shown));
        for band in &data.bands {
            let dot = layout.dot(data, band);
            key.numbers(&[dot.x, dot.y]).number(band.frequency_hz).number(band.q);
            key.number(band.gain_db.unwrap_or(f64::NAN)).add((band.number, band.letter, band.bypassed));
        }
        vec![state.dots.draw(renderer, bounds.size(), key.value(), |frame| {
            for (position, band) in data.bands.iter().enumerate() {
                draw_dot(frame, palette, band, layout.dot(data, band), data.selected == Some(position));
            }
            if let Some(band) = shown.and_then(|band| data.bands.get(band)) {
                let dot = layout.dot(data, band);
                bubble(frame, readout(palette, band), Point::new(dot.x, dot.y - 24.0), layout.well, palette);
            }
        })]
    }

    fn mouse_interaction(&self, state: &State, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        let layout = Layout::new(&self.data, bounds.size());
        match (&state.held, cursor.position_in(bounds)) {
            (Some(Held::Dot { .. }), _) => mouse::Interaction::Grabbing,
            (Some(Held::Probe { .. }), _) => mouse::Interaction::Crosshair,
            (None, Some(point)) if layout.band_at(&self.data, point).is_some() => mouse::Interaction::Grab,
            (None, Some(point)) if layout.well.contains(point) => mouse::Interaction::Crosshair,
            (None, Some(_)) => mouse::Interaction::Idle,
            (None, None) => mouse::Interaction::None,
        }
    }
}

impl<Message> Dots<'_, Message> {
    fn publish(&self, event: Event) -> Action<Message> {
        Action::publish((self.on_event)(event))
    }

    fn press(&self, state: &mut State, layout: &Layout, point: Point) -> Option<Action<Message>> {
        let click = Click::new(point, Button::Left, state.last_click);
        state.last_click = Some(click);
        let double = click.kind() == click::Kind::Double;
        let event = match layout.band_at(&self.data, point) {
            Some(band) if state.modifiers.alt() && state.modifiers.control() => Event::Solo(band),
            Some(band) if state.modifiers.alt() => Event::Bypass(band),
            Some(band) if double => Event::ResetGain(band),
            Some(band) => {
                let values = &self.data.bands[band];
                state.held = Some(Held::Dot {
                    band,
                    frequency_hz: values.frequency_hz,
                    gain_db: values.gain_db.unwrap_or(0.0),
                    last: point,
                    travel: Vector::ZERO,
                });
                Event::DragStarted(band)
            }
            None if double => Event::Create {
                frequency_hz: f64::from(layout.frequencies.hz(point.x)),
                gain_db: rounded(f64::from(layout.gain.value(point.y)), GAIN_STEP.0),
            },
            None => Event::Select(None),
        };
        Some(self.publish(event).and_capture())
    }

    fn right(&self, state: &mut State, layout: &Layout, point: Point, bounds: Rectangle) -> Option<Action<Message>> {
        if let Some(band) = layout.band_at(&self.data, point) {
            let position = Point::new(bounds.x + point.x, bounds.y + point.y);
            return Some(self.publish(Event::OpenMenu { band, position }).and_capture());
        }
        state.held = Some(Held::Probe { from: point });
        Some(self.publish(Event::Listen(Some(probe(layout, point, point)))).and_capture())
    }

    fn moved(&self, state: &mut State, layout: &Layout, point: Point) -> Option<Action<Message>> {
        let modifiers = state.modifiers;
        match &mut state.held {
            Some(Held::Dot { band, frequency_hz, gain_db, last, travel }) => {
                let fine = modifiers.shift();
                let way = (point - *last) * if fine { 0.1 } else { 1.0 };
                *last = point;
                travel.x += if modifiers.alt() { 0.0 } else { way.x };
                travel.y += if modifiers.control() { 0.0 } else { way.y };
                let x = layout.frequencies.pixel(*frequency_hz as f32) + travel.x;
                let y = layout.gain.pixel(*gain_db as f32) + travel.y;
                let moved_x = travel.x != 0.0;
                let hz = f64::from(layout.frequencies.hz(x)).clamp(10.0, f64::from(layout.frequencies.high_hz));
                let limit = f64::from(self.data.range.db());
                let step = if fine { GAIN_STEP.1 } else { GAIN_STEP.0 };
                let gain = rounded(f64::from(layout.gain.value(y)), step).clamp(-limit, limit);
                let event = Event::Dragged {
                    band: *band,
                    frequency_hz: if moved_x { hz } else { *frequency_hz },
                    gain_db: if travel.y != 0.0 { gain } else { *gain_db },
                };
                Some(self.publish(event).and_capture())
            }
            Some(Held::Probe { from }) => {
                Some(self.publish(Event::Listen(Some(probe(layout, *from, point)))).and_capture())
            }
            None => {
                let hovered = layout.band_at(&self.data, point);
                (std::mem::replace(&mut state.hovered, hovered) != hovered).then(Action::request_redraw)
            }
        }
    }

    fn wheel(&self, state: &State, band: usize, delta: ScrollDelta) -> Option<Action<Message>> {
        let notches = match delta {
            ScrollDelta::Lines { y, .. } => y,
            ScrollDelta::Pixels { y, .. } => y / 40.0,
        };
        let step = if state.modifiers.shift() { Q_STEP.1 } else { Q_STEP.0 };
        let factor = step.powf(f64::from(notches));
        Some(self.publish(Event::Q { band, factor }).and_capture())
    }

    fn key(&self, state: &mut State, key: Named) -> Option<Action<Message>> {
        if key == Named::Escape {
            return match state.held.take()? {
                Held::Dot { band, .. } => Some(self.publish(Event::DragCancelled(band)).and_capture()),
                Held::Probe { .. } => Some(self.publish(Event::Listen(None)).and_capture()),
            };
        }
        let count = self.data.bands.len();
        if !state.focused || count == 0 {
            return None;
        }
        let shift = state.modifiers.shift();
        if key == Named::Tab {
            let next = match (self.data.selected, shift) {
                (Some(band), false) => (band + 1) % count,
                (Some(band), true) => (band + count - 1) % count,
                (None, false) => 0,
                (None, true) => count - 1,
            };
            return Some(self.publish(Event::Select(Some(next))).and_capture());
        }
        let band = self.data.selected?;
        let octaves = if shift { FREQUENCY_STEP.1 } else { FREQUENCY_STEP.0 };
        let gain = if shift { GAIN_STEP.1 } else { GAIN_STEP.0 };
        let (octaves, gain_db) = match key {
            Named::ArrowLeft => (-octaves, 0.0),
            Named::ArrowRight => (octaves, 0.0),
            Named::ArrowUp => (0.0, gain),
            Named::ArrowDown => (0.0, -gain),
            _ => return None,
        };
        Some(self.publish(Event::Nudge { band, frequency_factor: octaves.exp2(), gain_db }).and_capture())
    }
}

/// The nearest whole number of steps.
fn rounded(value: f64, step: f64) -> f64 {
    (value / step).round() * step
}

/// The probe under the pointer: 50 px up double its Q.
fn probe(layout: &Layout, from: Point, point: Point) -> Probe {
    let q = 4.0 * 2.0_f64.powf(f64::from(from.y - point.y) / 50.0);
    Probe { frequency_hz: f64::from(layout.frequencies.hz(point.x)).max(10.0), q: q.clamp(0.5, 30.0) }
}

fn draw_dot(frame: &mut Frame, palette: &Palette, band: &Band, centre: Point, selected: bool) {
    let (fill, ring, ink) = match (band.bypassed, selected) {
        (true, _) => (palette.well, palette.disabled, palette.disabled),
        (false, true) => (palette.a, palette.a, palette.dark),
        (false, false) => (palette.well, palette.text, palette.text),
    };
    let circle = |radius: f32| Path::circle(centre, radius);
    frame.fill(&circle(DOT), fill);
    frame.stroke(&circle(DOT - 0.75), Stroke::default().with_color(ring).with_width(1.5));
    if selected {
        frame.stroke(&circle(13.5), Stroke::default().with_color(palette.a).with_width(1.0));
    }
    Word::number(band.number.to_string(), 12.0, ink).centred(frame, centre.x, centre.y);
    if let Some(letter) = band.letter {
        Word::label(letter.to_string(), 11.0, palette.text).centred(frame, centre.x, centre.y - 18.0);
    }
}

fn readout(palette: &Palette, band: &Band) -> Vec<Word> {
    let number = |text: String| Word::number(text, 13.0, palette.text);
    let unit = |text: &str| Word::label(text, 12.0, palette.text2);
    let (hz, hertz) = plot::frequency(band.frequency_hz);
    let mut words = vec![number(hz), unit(hertz)];
    if let Some(gain) = band.gain_db {
        words.extend([Word::space(), number(plot::decimal(gain, 2, true)), unit("dB")]);
    }
    words.extend([Word::space(), unit("Q"), number(format!("{:.2}", band.q))]);
    words
}
