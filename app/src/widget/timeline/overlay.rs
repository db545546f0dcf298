//! The live layer: playhead, the handle under the pointer, the snap hair-line and the value bubble. It alone listens.

use std::rc::Rc;

use iced::advanced::mouse::{Click, click};
use iced::keyboard::{self, Modifiers, key};
use iced::mouse::{self, Button, ScrollDelta};
use iced::widget::canvas::{self, Action, Path};
use iced::{Point, Rectangle, Renderer, Size};

use super::gesture::{Grip, Held, SLACK, ruler_view, value, window_view};
use super::hit::{Part, Target, cursor, hit, song_at};
use super::lanes::{Geometry, HANDLE};
use super::level::{LevelGrip, Place, added, without};
use super::span::CD_FRAMES;
use super::{Edge, Event, Object, Timeline};
use crate::theme::Theme;
use crate::widget::plot::{self, Drawing, Fingerprint, Frame, Layer, Program, Word, bubble, edges};

/// The program of the live layer.
pub struct Overlay<'a, Message> {
    pub(super) data: Rc<Timeline>,
    pub(super) on_event: Box<dyn Fn(Event) -> Message + 'a>,
}

/// What the live layer remembers between events.
#[derive(Default)]
pub struct State {
    modifiers: Modifiers,
    hovered: Option<Target>,
    held: Option<Held>,
    last_click: Option<Click>,
    /// Where the pointer was last told to be, in the window: a slow frame brings a press together with the way after it.
    pointer: Option<Point>,
    /// Part of a wheel notch a touch pad has scrolled, in notches.
    wheel: f32,
    playhead: Layer,
    grips: Layer,
}

impl<Message> Program<Message> for Overlay<'_, Message> {
    type State = State;

    fn update(
        &self,
        state: &mut State,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let geometry = Geometry::new(&self.data, bounds.size());
        match event {
            canvas::Event::Keyboard(event) => self.key(state, event),
            canvas::Event::Mouse(mouse::Event::ButtonPressed(Button::Left)) => {
                let over = cursor.position_in(bounds)?;
                let at = state.pointer.map_or(over, |at| Point::new(at.x - bounds.x, at.y - bounds.y));
                self.press(state, &geometry, at)
            }
            canvas::Event::Mouse(mouse::Event::ButtonReleased(Button::Left)) => {
                let held = state.held.take()?;
                self.release(&geometry, held).map(Action::and_capture)
            }
            canvas::Event::Mouse(mouse::Event::CursorMoved { position }) => {
                state.pointer = Some(*position);
                self.moved(state, &geometry, Point::new(position.x - bounds.x, position.y - bounds.y))
            }
            canvas::Event::Mouse(mouse::Event::CursorLeft) => state.hovered.take().map(|_| Action::request_redraw()),
            canvas::Event::Mouse(mouse::Event::WheelScrolled { delta }) => {
                self.wheel(state, &geometry, *delta, cursor.position_in(bounds)?)
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
        let geometry = Geometry::new(&self.data, bounds.size()).wearing(*theme);
        let size = bounds.size();
        let place = |seconds: f64| (geometry.overview_x(seconds).floor(), geometry.x(seconds).floor());
        let places = self.data.playhead_s.map(place);
        let mut key = Fingerprint::default();
        let (above, x) = places.unwrap_or((f32::NAN, f32::NAN));
        key.palette(geometry.palette).numbers(&[above, x]);
        let playhead = state.playhead.draw_apart(renderer, size, key.value(), |frame| {
            places.into_iter().for_each(|(above, x)| draw_playhead(frame, &geometry, above, x));
        });
        let grips = state.grips.draw(renderer, size, grips_key(state, &geometry), |frame| {
            self.draw_hovered(frame, state, &geometry);
            match &state.held {
                Some(Held::Object(grip)) => self.draw_grip(frame, grip, &geometry),
                Some(Held::Level(grip)) => self.draw_level(frame, grip, &geometry),
                _ => {}
            }
        });
        vec![playhead, grips]
    }

    fn mouse_interaction(&self, state: &State, bounds: Rectangle, cursor_at: mouse::Cursor) -> mouse::Interaction {
        match &state.held {
            Some(Held::Object(grip)) => cursor(Some(Target::Handle(grip.object)), true),
            Some(Held::Level(grip)) => cursor(Some(Target::Level(grip.place)), true),
            Some(Held::Window { part, .. }) => cursor(Some(Target::Window(*part)), true),
            Some(Held::Ruler { moved: true, .. }) => mouse::Interaction::Grabbing,
            Some(_) => mouse::Interaction::Idle,
            None => match cursor_at.position_in(bounds) {
                Some(point) => cursor(hit(&Geometry::new(&self.data, bounds.size()), point), false),
                None => mouse::Interaction::None,
            },
        }
    }
}

impl<Message> Overlay<'_, Message> {
    fn publish(&self, event: Event) -> Action<Message> {
        Action::publish((self.on_event)(event))
    }

    fn key(&self, state: &mut State, event: &keyboard::Event) -> Option<Action<Message>> {
        match event {
            keyboard::Event::ModifiersChanged(modifiers) => {
                state.modifiers = *modifiers;
                None
            }
            keyboard::Event::KeyPressed {
                key: keyboard::Key::Named(key::Named::Delete | key::Named::Backspace),
                ..
            } => {
                // The point under the pointer, and nothing where there is none: the key may mean something else then.
                let place = match (&state.held, state.hovered) {
                    (None, Some(Target::Level(place))) => place,
                    _ => return None,
                };
                let geometry = Geometry::new(&self.data, Size::ZERO);
                without(&geometry, place).map(|event| self.publish(event).and_capture())
            }
            keyboard::Event::KeyPressed { key: keyboard::Key::Named(key::Named::Escape), .. } => {
                match state.held.take()? {
                    Held::Object(grip) => Some(self.publish(Event::DragCancelled(grip.object)).and_capture()),
                    Held::Ruler { view, .. } | Held::Window { view, .. } => {
                        Some(self.publish(Event::View(view)).and_capture())
                    }
                    Held::Level(grip) => {
                        Some(self.publish(Event::DragCancelled(Object::Level(grip.place))).and_capture())
                    }
                    Held::Title { .. } | Held::Place { .. } | Held::Range { .. } => Some(Action::capture()),
                }
            }
            _ => None,
        }
    }

    fn press(&self, state: &mut State, geometry: &Geometry, point: Point) -> Option<Action<Message>> {
        let target = hit(geometry, point)?;
        let click = Click::new(point, Button::Left, state.last_click);
        state.last_click = Some(click);
        let data = geometry.data;
        let double = click.kind() == click::Kind::Double;
        match target {
            Target::Handle(object) if double => {
                state.held = None;
                Some(self.publish(Event::Reset(object)).and_capture())
            }
            Target::Handle(object) => {
                state.held = Grip::new(data, object, point.x).map(Held::Object);
                Some(self.publish(Event::DragStarted(object)).and_capture())
            }
            Target::Level(place) if double && place.point.is_some() => {
                state.held = None;
                without(geometry, place).map(|event| self.publish(event).and_capture())
            }
            // In the lane of courses a double click adds, so that a way beside the points leaves none.
            Target::Level(place) if place.point.is_none() && geometry.lanes.course.contains(point) => match double {
                true => added(geometry, place, point).map(|event| self.publish(event).and_capture()),
                false => Some(self.publish(Event::NoPoint).and_capture()),
            },
            Target::Level(place) => {
                let grip = LevelGrip::new(geometry, place, point)?;
                let held = grip.place;
                state.held = Some(Held::Level(grip));
                Some(self.publish(Event::DragStarted(Object::Level(held))).and_capture())
            }
            Target::Title(index) => {
                state.held = Some(Held::Title { index, from: point });
                Some(self.publish(Event::Select(index)).and_capture())
            }
            Target::Clip(_) | Target::Form(_) => {
                state.held = Some(Held::Place { from: point });
                let index = song_at(geometry, point)?.0;
                if data.songs[index].selected {
                    return Some(Action::capture());
                }
                Some(self.publish(Event::Select(index)).and_capture())
            }
            Target::Empty => {
                state.held = Some(Held::Place { from: point });
                Some(Action::capture())
            }
            Target::Mark(index) => Some(self.publish(Event::Seek(data.marks[index].seconds)).and_capture()),
            Target::Ruler if state.modifiers.shift() => {
                state.held = Some(Held::Range { from_s: geometry.seconds(point.x).max(0.0) });
                Some(Action::capture())
            }
            Target::Ruler => {
                state.held = Some(Held::Ruler { from: point, view: data.view, moved: false });
                Some(Action::capture())
            }
            Target::Window(part) => {
                state.held = Some(Held::Window { part, from_s: album_second(geometry, point.x), view: data.view });
                Some(Action::capture())
            }
            Target::Overview => {
                let at = album_second(geometry, point.x);
                let centre = (data.view.start_s + data.view.end_s) / 2.0;
                let view = data.view.scrolled(at - centre, data.album_s);
                state.held = Some(Held::Window { part: Part::Inside, from_s: at, view });
                Some(self.publish(Event::View(view)).and_capture())
            }
        }
    }

    fn release(&self, geometry: &Geometry, held: Held) -> Option<Action<Message>> {
        match held {
            Held::Object(grip) => Some(self.publish(Event::DragEnded(grip.object))),
            Held::Level(grip) => Some(self.publish(Event::DragEnded(Object::Level(grip.place)))),
            Held::Ruler { from, moved: false, .. } | Held::Place { from } => {
                Some(self.publish(Event::Seek(geometry.seconds(from.x).max(0.0))))
            }
            Held::Ruler { .. } | Held::Title { .. } | Held::Window { .. } | Held::Range { .. } => {
                Some(Action::request_redraw())
            }
        }
    }

    fn moved(&self, state: &mut State, geometry: &Geometry, point: Point) -> Option<Action<Message>> {
        let modifiers = state.modifiers;
        match &mut state.held {
            Some(Held::Object(grip)) => {
                let event = grip.follow(geometry, point.x, modifiers);
                Some(self.publish(event).and_capture())
            }
            Some(Held::Level(grip)) => {
                let event = grip.follow(geometry, point, modifiers)?;
                Some(self.publish(event).and_capture())
            }
            Some(Held::Range { from_s }) => {
                let here = geometry.seconds(point.x).clamp(0.0, geometry.data.album_s);
                let (from, to) = (from_s.min(here), from_s.max(here));
                Some(self.publish(Event::Range(from, to)).and_capture())
            }
            Some(Held::Title { index, from }) => {
                if (point.x - from.x).abs() < SLACK {
                    return Some(Action::capture());
                }
                let object = Object::Song { index: *index, free: modifiers.alt() };
                let grip = Grip::new(geometry.data, object, from.x)?;
                state.held = Some(Held::Object(grip));
                Some(self.publish(Event::DragStarted(object)).and_capture())
            }
            Some(Held::Ruler { from, view, moved }) => {
                *moved |= point.distance(*from) >= SLACK;
                moved.then(|| self.publish(Event::View(ruler_view(geometry, *from, *view, point))).and_capture())
            }
            Some(Held::Window { part, from_s, view }) => {
                let view = window_view(geometry.data, *part, *from_s, *view, album_second(geometry, point.x));
                Some(self.publish(Event::View(view)).and_capture())
            }
            Some(Held::Place { .. }) => None,
            None => {
                let hovered = hit(geometry, point);
                (std::mem::replace(&mut state.hovered, hovered) != hovered).then(Action::request_redraw)
            }
        }
    }

    fn wheel(
        &self,
        state: &mut State,
        geometry: &Geometry,
        delta: ScrollDelta,
        point: Point,
    ) -> Option<Action<Message>> {
        /// Pixels of a touch pad that count as one notch of a wheel.
        const NOTCH_PX: f32 = 40.0;
        let target = hit(geometry, point)?;
        let (across, up) = match delta {
            ScrollDelta::Lines { x, y } => (x, y),
            ScrollDelta::Pixels { x, y } => (x / NOTCH_PX, y / NOTCH_PX),
        };
        if let Some(object) = turned(target) {
            state.wheel += up;
            let notches = state.wheel.trunc();
            state.wheel -= notches;
            if notches == 0.0 {
                return Some(Action::capture());
            }
            let steps = notches as i32;
            let event = match object {
                Object::Gap(_) => Event::Nudge { object, frames: steps },
                _ => Event::Reshape { object, steps },
            };
            return Some(self.publish(event).and_capture());
        }
        let data = geometry.data;
        let scroll = if state.modifiers.shift() { across + up } else { across };
        let view = if scroll.abs() > 0.0 {
            data.view.scrolled(-f64::from(scroll) * data.view.length_s() * 0.1, data.album_s)
        } else {
            let about = match target {
                Target::Window(_) | Target::Overview => (data.view.start_s + data.view.end_s) / 2.0,
                _ => geometry.seconds(point.x),
            };
            data.view.zoomed(1.25_f64.powf(-f64::from(up)), about, data.album_s)
        };
        (view != data.view).then(|| self.publish(Event::View(view)).and_capture())
    }

    fn draw_hovered(&self, frame: &mut Frame, state: &State, geometry: &Geometry) {
        if let (None, Some(Target::Level(place))) = (&state.held, state.hovered)
            && let Some(at) = geometry.level_point(place)
        {
            frame.fill(&Path::circle(at, 5.5), geometry.palette.a);
            self.tell_point(frame, geometry, place, None);
        }
        let object = match (&state.held, state.hovered) {
            (Some(Held::Object(grip)), _) => grip.object,
            (None, Some(Target::Handle(object))) => object,
            _ => return,
        };
        if let Object::Level(_) = object {
            return;
        }
        let palette = geometry.palette;
        if let Some((_, centre)) = geometry.handles().into_iter().find(|(handle, _)| *handle == object) {
            let corner = Point::new((centre.x - HANDLE / 2.0).round(), (centre.y - HANDLE / 2.0).round());
            let square = Path::rounded_rectangle(corner, Size::new(HANDLE, HANDLE), 2.0.into());
            frame.fill(&square, palette.a);
        }
        if let Object::Gap(join) = object
            && let Some(block) = self.data.joins.get(join).and_then(|join| geometry.gap(join))
        {
            plot::outline(frame, block, palette.a);
            super::join::grips(frame, block, palette.a);
        }
        if let Object::TrimIn(_) | Object::TrimOut(_) = object
            && let Some((x, song)) = trimmed(geometry, object)
        {
            let lane = geometry.lanes.lane(song.lane);
            plot::fill(frame, edges(x - 1.0, lane.y, x + 1.0, lane.y + lane.height), palette.a);
        }
    }

    fn draw_level(&self, frame: &mut Frame, grip: &LevelGrip, geometry: &Geometry) {
        let Some(at) = geometry.level_point(grip.place) else { return };
        frame.fill(&Path::circle(at, 5.5), geometry.palette.a);
        self.tell_point(frame, geometry, grip.place, Some(grip.value));
    }

    /// The bubble of a point: name, value and time, where it stands or where a drag has it.
    fn tell_point(&self, frame: &mut Frame, geometry: &Geometry, place: Place, held: Option<(f64, f64)>) {
        let (palette, body) = (geometry.palette, geometry.lanes.body());
        let Some(at) = geometry.level_point(place) else { return };
        let whole = edges(0.0, body.y, body.x + body.width, body.y + body.height);
        let levels = geometry.levels(place.owner, place.clip);
        let stands = || levels.zip(place.point).and_then(|(levels, point)| levels.points.get(point).copied());
        let Some((from, value)) = held.or_else(stands) else { return };
        let seconds = levels.map_or(0.0, |levels| levels.start_s) + from;
        let (name, value, unit) = super::level::spoken(levels, value);
        let words = vec![
            Word::label(name, 12.0, palette.text2),
            Word::number(value, 13.0, palette.text),
            Word::label(unit, 12.0, palette.text2),
            Word::space(),
            Word::number(self.data.format.text(seconds), 13.0, palette.text),
        ];
        bubble(frame, words, Point::new(at.x, at.y - 12.0), whole, palette);
    }

    fn draw_grip(&self, frame: &mut Frame, grip: &Grip, geometry: &Geometry) {
        let (palette, body) = (geometry.palette, geometry.lanes.body());
        let whole = edges(0.0, body.y, body.x + body.width, body.y + body.height);
        if let Some(place) = &grip.taken {
            let x = geometry.x(place.seconds);
            plot::vertical(frame, x, body.y + 24.0, body.y + body.height, palette.a);
            let name = Word::label(place.name.clone(), 12.0, palette.text);
            bubble(frame, vec![name], Point::new(x, body.y + body.height), whole, palette);
        }
        let anchor =
            geometry.handles().into_iter().find(|(handle, _)| *handle == grip.object).map(|(_, centre)| centre);
        let anchor = anchor.or_else(|| anchor_of(geometry, grip.object)).unwrap_or(body.center());
        bubble(frame, readout(geometry, grip), Point::new(anchor.x, anchor.y - 12.0), whole, palette);
    }
}

/// What the handle under the pointer and the value bubble are drawn from; one and the same while there is neither.
fn grips_key(state: &State, geometry: &Geometry) -> u64 {
    let mut key = Fingerprint::default();
    match (&state.held, state.hovered) {
        (Some(Held::Object(grip)), _) => {
            key.add(grip.object).number(grip.taken.as_ref().map_or(f64::NAN, |place| place.seconds));
            for word in readout(geometry, grip) {
                key.add(word.content());
            }
        }
        (Some(Held::Level(grip)), _) => {
            key.number(grip.value.0).number(grip.value.1);
        }
        (None, Some(Target::Handle(object))) => {
            key.add(object);
        }
        (None, Some(Target::Level(place))) => {
            let at = geometry.level_point(place).unwrap_or(Point::ORIGIN);
            key.numbers(&[at.x, at.y]);
            let point = place.point.and_then(|point| geometry.levels(place.owner, place.clip)?.points.get(point));
            point.into_iter().for_each(|(at, value)| {
                key.number(*at).number(*value);
            });
        }
        _ => return 0,
    }
    key.palette(geometry.palette).number(geometry.data.view.start_s).number(geometry.data.view.end_s);
    for (handle, centre) in geometry.handles() {
        key.add(handle).numbers(&[centre.x, centre.y]);
    }
    for song in &geometry.data.songs {
        key.number(song.start_s).number(song.end_s);
    }
    key.value()
}

/// The playhead at `above` in the overview and at `x` in the lanes, in rectangles: of these only the ones that moved are
/// redrawn.
fn draw_playhead(frame: &mut Frame, geometry: &Geometry, above: f32, x: f32) {
    let (palette, lanes) = (geometry.palette, &geometry.lanes);
    plot::vertical(frame, above, 0.0, lanes.overview.height, palette.text);
    let body = lanes.body();
    if x < body.x || x > body.x + body.width {
        return;
    }
    plot::vertical(frame, x, body.y, body.y + body.height, palette.text);
    for row in 0..6 {
        let half = (5 - row) as f32;
        let top = body.y + row as f32;
        plot::fill(frame, edges(x - half, top, x + half + 1.0, top + 1.0), palette.text);
    }
}

/// The album second at a pixel of the overview.
fn album_second(geometry: &Geometry, x: f32) -> f64 {
    f64::from(x) / f64::from(geometry.lanes.overview.width) * geometry.data.album_s
}

/// What the wheel turns, where it does not zoom.
fn turned(target: Target) -> Option<Object> {
    match target {
        Target::Handle(object @ (Object::Gap(_) | Object::FadeIn(_) | Object::FadeOut(_) | Object::Crossfade(..))) => {
            Some(object)
        }
        Target::Form(object) => Some(object),
        _ => None,
    }
}

fn trimmed<'a>(geometry: &Geometry<'a>, object: Object) -> Option<(f32, &'a super::Song)> {
    let (Object::TrimIn(index) | Object::TrimOut(index)) = object else { return None };
    let song = geometry.data.songs.get(index)?;
    Some((geometry.x(value(geometry.data, object)?).round(), song))
}

/// Where the bubble of an object without a handle stands.
fn anchor_of(geometry: &Geometry, object: Object) -> Option<Point> {
    match object {
        Object::Gap(join) => {
            let block = geometry.gap(geometry.data.joins.get(join)?)?;
            Some(Point::new(block.center_x(), block.y + 44.0))
        }
        Object::TrimIn(_) | Object::TrimOut(_) => {
            trimmed(geometry, object).map(|(x, song)| Point::new(x, geometry.lanes.lane(song.lane).center_y()))
        }
        Object::Song { index, .. } => {
            let song = geometry.data.songs.get(index)?;
            Some(Point::new(geometry.x(song.start_s), geometry.lanes.lane(song.lane).y))
        }
        _ => None,
    }
}

/// The words of the value bubble.
fn readout(geometry: &Geometry, grip: &Grip) -> Vec<Word> {
    let (data, palette) = (geometry.data, geometry.palette);
    let label = |text: &str| Word::label(text, 12.0, palette.text2);
    let length = || vec![Word::number(format!("{:.3}", grip.value), 13.0, palette.text), label("s")];
    let place = || vec![Word::number(data.format.text(grip.value), 13.0, palette.text)];
    let mut words = Vec::new();
    match grip.object {
        Object::FadeIn(index) | Object::FadeOut(index) => {
            let out = matches!(grip.object, Object::FadeOut(_));
            words.push(label(if out { "Fade out" } else { "Fade in" }));
            words.extend(length());
            let fade = data.songs.get(index).map(|song| if out { &song.fade_out } else { &song.fade_in });
            words.extend(fade.map(|fade| label(&fade.shape.name)));
        }
        Object::Gap(_) => {
            words.push(label("Gap"));
            words.extend(length());
            words.push(Word::space());
            words.push(Word::number(format!("{:.0}", grip.value * CD_FRAMES), 13.0, palette.text));
            words.push(label("CD frames"));
        }
        Object::Crossfade(join, Edge::Start | Edge::End) => {
            words.push(label("Crossfade"));
            words.extend(length());
            words.extend(data.joins.get(join).map(|join| label(&join.name)));
        }
        Object::TrimIn(_) => words.extend(std::iter::once(label("Start")).chain(place())),
        Object::TrimOut(_) => words.extend(std::iter::once(label("End")).chain(place())),
        Object::Level(_) => {}
        Object::Song { free, .. } => {
            words.extend(place());
            words.push(label(if free { "alone" } else { "later songs move along" }));
        }
    }
    words
}
