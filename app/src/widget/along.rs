//! Courses over time, one lane above the other: what is over its limit is red. A press moves the playhead.

use std::rc::Rc;
use std::sync::Arc;

use iced::widget::canvas::{self, Action};
use iced::{Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// One lane.
#[derive(Debug, Clone)]
pub struct Lane {
    /// What it is.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Values at even shares of the time.
    pub columns: Arc<[f32]>,
    /// Value at the lower edge.
    pub bottom: f32,
    /// Value at the upper edge.
    pub top: f32,
    /// What is above is red.
    pub limit: Option<f32>,
    /// Value at the playhead, as it is read.
    pub now: String,
}

/// Everything the lanes show.
pub struct Along {
    /// From the top down.
    pub lanes: Vec<Lane>,
    /// Songs: their names and where they begin, as shares of the time.
    pub songs: Vec<(String, f32)>,
    /// The playhead, as a share of the time.
    pub playhead: Option<f32>,
    /// The chosen stretch, as shares of the time.
    pub chosen: Option<(f32, f32)>,
}

/// Room for the names at the left and the readouts at the right, px.
const LEFT: f32 = 92.0;
const RIGHT: f32 = 92.0;
/// Room for the songs below, px.
const FOOT: f32 = 20.0;
/// Between two lanes, px.
const GAP: f32 = 4.0;

/// The element: fills the room it is given. `on_press` hears the share of the time that was pressed.
pub fn along<'a, Message: 'a>(data: Along, on_press: impl Fn(f32) -> Message + 'a) -> Element<'a, Message> {
    Canvas::new(Picture { data: Rc::new(data), on_press: Box::new(on_press) }).into()
}

struct Picture<'a, Message> {
    data: Rc<Along>,
    on_press: Box<dyn Fn(f32) -> Message + 'a>,
}

#[derive(Default)]
struct Layers {
    lanes: Layer,
    now: Layer,
    head: Layer,
}

impl Along {
    fn room(size: Size) -> Rectangle {
        edges(LEFT, 0.0, (size.width - RIGHT).max(LEFT + 1.0), (size.height - FOOT).max(1.0))
    }

    fn wells(&self, size: Size) -> impl Iterator<Item = (&Lane, Rectangle)> {
        let room = Along::room(size);
        let height = ((room.height + GAP) / self.lanes.len().max(1) as f32).floor();
        self.lanes.iter().enumerate().map(move |(place, lane)| {
            let top = height * place as f32;
            (lane, edges(room.x, top, room.x + room.width, top + height - GAP))
        })
    }

    fn paint(&self, frame: &mut Frame, size: Size, palette: &Palette) {
        for (lane, well) in self.wells(size) {
            plot::fill(frame, well, palette.well);
            Word::label(lane.name, 12.0, palette.text2).left(frame, 8.0, well.center_y());
            let axis = Axis::level(well, lane.top, lane.bottom);
            let base = axis.held(lane.bottom);
            let step = well.width / lane.columns.len().max(1) as f32;
            for (place, value) in lane.columns.iter().enumerate() {
                let x = well.x + step * place as f32;
                let y = axis.held(*value).round();
                let over = lane.limit.is_some_and(|limit| *value > limit);
                let colour = if over { palette.over } else { palette.a_deep };
                let (left, right) = (x.floor(), (x + step).floor().max(x.floor() + 1.0));
                plot::fill(frame, edges(left, y.min(base), right, base.max(y + 1.0)), colour);
            }
            if let Some(limit) = lane.limit {
                let y = axis.held(limit);
                let mut x = well.x;
                while x < well.x + well.width {
                    plot::fill(
                        frame,
                        edges(x, y.floor(), (x + 4.0).min(well.x + well.width), y.floor() + 1.0),
                        palette.text2,
                    );
                    x += 8.0;
                }
            }
        }
        let room = Along::room(size);
        let mut free = 0.0f32;
        for (name, share) in &self.songs {
            let x = room.x + room.width * share;
            plot::vertical(frame, x, room.y, room.y + room.height, palette.decade);
            let word = Word::label(name.as_str(), 11.0, palette.text2);
            let width = word.width();
            if x >= free && x + width <= size.width - 4.0 {
                word.left(frame, x, size.height - FOOT / 2.0);
                free = x + width + 10.0;
            }
        }
    }

    fn paint_now(&self, frame: &mut Frame, size: Size, palette: &Palette) {
        for (lane, well) in self.wells(size) {
            let right = size.width - 8.0;
            let unit = Word::label(lane.unit, 12.0, palette.text2);
            let width = unit.width();
            unit.right(frame, right, well.center_y());
            Word::number(lane.now.as_str(), 13.0, palette.text).right(frame, right - width - 4.0, well.center_y());
        }
    }
}

impl<Message> Program<Message> for Picture<'_, Message> {
    type State = Layers;

    fn update(
        &self,
        _state: &mut Layers,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let canvas::Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) = event else { return None };
        let (at, room) = (cursor.position_in(bounds)?, Along::room(bounds.size()));
        let share = (at.x - room.x) / room.width;
        (0.0..=1.0).contains(&share).then(|| Action::publish((self.on_press)(share)).and_capture())
    }

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (data, size, palette) = (&*self.data, bounds.size(), theme.palette());
        let mut key = Fingerprint::default();
        key.palette(palette);
        for lane in &data.lanes {
            // The columns are made anew with every look: their place tells them apart.
            key.add((lane.name, Arc::as_ptr(&lane.columns).cast::<u8>() as usize, lane.columns.len()));
            key.numbers(&[lane.top, lane.bottom, lane.limit.unwrap_or(f32::NAN)]);
        }
        for (name, share) in &data.songs {
            key.add(name).numbers(&[*share]);
        }
        let lanes = layers.lanes.draw(renderer, size, key.value(), |frame| data.paint(frame, size, palette));
        let mut key = Fingerprint::default();
        key.palette(palette);
        data.lanes.iter().for_each(|lane| {
            key.add(&lane.now);
        });
        let area = edges(size.width - RIGHT + 2.0, 0.0, size.width, size.height);
        let now = layers.now.draw_in(renderer, area, key.value(), |frame| data.paint_now(frame, size, palette));
        let room = Along::room(size);
        let x = |share: f32| (room.x + room.width * share.clamp(0.0, 1.0)).floor();
        let mut key = Fingerprint::default();
        key.add(data.playhead.map(|share| x(share) as i32));
        key.add(data.chosen.map(|(from, to)| (x(from) as i32, x(to) as i32)));
        let head = layers.head.draw_apart(renderer, size, key.value(), |frame| {
            if let Some((from, to)) = data.chosen {
                plot::fill(frame, edges(x(from), 0.0, x(to).max(x(from) + 2.0), 2.0), palette.over);
            }
            if let Some(share) = data.playhead {
                plot::fill(frame, edges(x(share), 0.0, x(share) + 1.0, room.height), palette.text);
            }
        });
        vec![lanes, now, head]
    }
}
