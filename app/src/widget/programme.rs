//! A programme meter: one bar for each channel on the scale of its standard.

use iced::{Rectangle, Renderer, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Layer, Program, Word, edges};
use crate::theme::{Element, Theme};

/// Height of a bar and the room between two, px.
const BAR: f32 = 18.0;
const GAP: f32 = 10.0;
/// Room for the labels of channels at the left, px.
const LEFT: f32 = 36.0;
/// Room for the value at the right, px.
const RIGHT: f32 = 64.0;

/// A bar of a meter.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The channel: L, R, C ...
    pub label: String,
    /// What it reads, on the meter's scale; none at rest.
    pub value: Option<f32>,
    /// The highest reading that is held.
    pub held: Option<f32>,
}

/// What the meter shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    /// One bar for each channel.
    pub bars: Vec<Bar>,
    /// The lowest value of the scale.
    pub bottom: f32,
    /// Its highest.
    pub top: f32,
    /// From here on it is loud.
    pub loud: f32,
    /// The unit.
    pub unit: &'static str,
}

/// Height of a meter of so many channels, px.
pub fn height(channels: usize) -> f32 {
    channels as f32 * (BAR + GAP) + 22.0
}

/// The element: as high as its channels need.
pub fn programme<'a, Message: 'a>(data: Programme) -> Element<'a, Message> {
    let tall = height(data.bars.len());
    Canvas::new(data).height(tall).into()
}

impl Programme {
    fn step(&self) -> f32 {
        let span = self.top - self.bottom;
        [1.0, 2.0, 5.0, 6.0, 10.0, 20.0].into_iter().find(|step| span / step <= 11.0).unwrap_or(20.0)
    }
}

impl<Message> Program<Message> for Programme {
    type State = [Layer; 2];

    fn draw(
        &self,
        layers: &Self::State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let right = (size.width - RIGHT).max(LEFT + 10.0);
        let axis = Axis::along(edges(LEFT, 0.0, right, size.height), self.bottom, self.top);
        let row = |place: usize| place as f32 * (BAR + GAP);
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&[self.bottom, self.top, self.loud]).add(self.unit);
        key.add(self.bars.iter().map(|bar| bar.label.as_str()).collect::<Vec<_>>());
        let scale = layers[0].draw(renderer, size, key.value(), |frame| {
            let foot = row(self.bars.len());
            for (place, bar) in self.bars.iter().enumerate() {
                let top = row(place);
                plot::fill(frame, edges(LEFT, top, right, top + BAR), palette.well);
                plot::fill(frame, edges(axis.held(self.loud), top + BAR, right, top + BAR + 2.0), palette.over_core);
                Word::label(bar.label.clone(), 12.0, palette.text2).left(frame, 0.0, top + BAR / 2.0);
            }
            let step = self.step();
            let mut mark = (self.bottom / step).ceil() * step;
            while mark <= self.top + 0.01 {
                let x = axis.pixel(mark);
                plot::vertical(frame, x, foot - GAP + 2.0, foot - GAP + 6.0, palette.decade);
                let text = plot::decimal(f64::from(mark), 0, false);
                Word::number(text, 11.0, palette.text2).centred(frame, x, foot + 6.0);
                mark += step;
            }
            Word::label(self.unit, 11.0, palette.text2).right(frame, size.width, foot + 6.0);
        });
        let mut key = Fingerprint::default();
        key.palette(palette);
        for bar in &self.bars {
            key.numbers(&[bar.value.unwrap_or(f32::NAN), bar.held.unwrap_or(f32::NAN)]);
        }
        let live = layers[1].draw_apart(renderer, size, key.value(), |frame| {
            for (place, bar) in self.bars.iter().enumerate() {
                let (top, loud) = (row(place), axis.held(self.loud));
                if let Some(value) = bar.value {
                    let end = axis.held(value).round();
                    plot::fill(frame, edges(LEFT, top, end.min(loud), top + BAR), palette.a_mid);
                    if end > loud {
                        plot::fill(frame, edges(loud, top, end, top + BAR), palette.over);
                    }
                }
                if let Some(held) = bar.held.filter(|held| *held > self.bottom) {
                    let x = axis.held(held).round();
                    plot::fill(frame, edges(x - 1.0, top, x + 1.0, top + BAR), palette.text);
                }
                let text =
                    bar.value.map_or_else(|| "\u{2013}".into(), |value| plot::decimal(f64::from(value), 1, false));
                Word::number(text, 13.0, palette.text).right(frame, size.width, top + BAR / 2.0);
            }
        });
        vec![scale, live]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    #[test]
    fn the_bar_ends_at_its_value_and_what_is_loud_is_marked() {
        let bar = |label: &str, value: f32| Bar { label: label.into(), value: Some(value), held: Some(value + 1.0) };
        let data =
            Programme { bars: vec![bar("L", 4.0), bar("R", 6.5)], bottom: 1.0, top: 7.0, loud: 6.0, unit: "PPM" };
        let size = iced::Size::new(LEFT + RIGHT + 600.0, height(2));
        let mut ui = specimen::simulate::<()>(programme(data), size);
        let picture = Picture::of(&mut ui, "programme");
        let palette = Theme::Dark.palette();
        assert!(same(picture.at((LEFT + 290.0, 9.0)), palette.a_mid));
        assert!(same(picture.at((LEFT + 310.0, 9.0)), palette.well));
        assert!(same(picture.at((LEFT + 530.0, 37.0)), palette.over));
    }
}
