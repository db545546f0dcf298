//! The spectrogram: a picture of levels over time and logarithmic frequency in viridis, its scales around it.

use iced::widget::canvas::{self, Action};
use iced::widget::image::{FilterMethod, Handle, Image};
use iced::widget::{container, stack};
use iced::{Color, ContentFit, Length, Padding, Rectangle, Renderer, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Layer, Program, Word, edges};
use crate::theme::{Element, Theme};

/// Room for the frequencies at the left, the times below and the colours at the right, px.
const LEFT: f32 = 36.0;
const FOOT: f32 = 24.0;
const RIGHT: f32 = 44.0;
/// Level of the brightest colour, dB.
pub const TOP_DB: f32 = 0.0;
/// Level of the darkest colour, dB.
pub const BOTTOM_DB: f32 = -100.0;

/// Viridis at even distances (S. van der Walt, N. Smith), its colours between them by straight lines: below what an eye
/// tells apart.
const VIRIDIS: [[u8; 3]; 17] = [
    [68, 1, 84],
    [72, 24, 106],
    [71, 45, 123],
    [66, 64, 134],
    [59, 82, 139],
    [51, 99, 141],
    [44, 114, 142],
    [38, 130, 142],
    [33, 145, 140],
    [31, 160, 136],
    [40, 174, 128],
    [63, 188, 115],
    [94, 201, 98],
    [132, 212, 75],
    [173, 220, 48],
    [216, 226, 25],
    [253, 231, 37],
];

/// The colour of a level: red, green, blue.
pub fn viridis(db: f32) -> [u8; 3] {
    let share = ((db - BOTTOM_DB) / (TOP_DB - BOTTOM_DB)).clamp(0.0, 1.0);
    let place = if share.is_finite() { share * (VIRIDIS.len() - 1) as f32 } else { 0.0 };
    let low = (place as usize).min(VIRIDIS.len() - 2);
    let part = place - low as f32;
    std::array::from_fn(|index| {
        let (from, to) = (f32::from(VIRIDIS[low][index]), f32::from(VIRIDIS[low + 1][index]));
        (from + (to - from) * part).round() as u8
    })
}

/// What the spectrogram shows.
pub struct Spectrogram {
    /// The pixels: rows from the highest frequency down, columns in order of time.
    pub picture: Option<Handle>,
    /// The highest frequency.
    pub high_hz: f32,
    /// What stands at the left end of the time scale.
    pub from: String,
    /// What stands at its right end.
    pub to: String,
    /// How much of the width has been heard, where the picture is of a whole song.
    pub heard: Option<f32>,
    /// What is said where there is no picture.
    pub nothing: &'static str,
}

/// The element: fills the room it is given. `on_press` hears a press in the picture as a share of its width.
pub fn spectrogram<'a, Message: 'a>(data: Spectrogram, on_press: impl Fn(f32) -> Message + 'a) -> Element<'a, Message> {
    let picture = data.picture.clone();
    let scale: Element<'a, Message> = Canvas::new(Scale(data, Box::new(on_press))).into();
    let Some(picture) = picture else { return scale };
    let pixels = Image::new(picture)
        .content_fit(ContentFit::Fill)
        .filter_method(FilterMethod::Nearest)
        .width(Length::Fill)
        .height(Length::Fill);
    let placed = container(pixels).padding(Padding { top: 0.0, right: RIGHT, bottom: FOOT, left: LEFT });
    stack![placed.width(Length::Fill).height(Length::Fill), scale].into()
}

struct Scale<'a, Message>(Spectrogram, Box<dyn Fn(f32) -> Message + 'a>);

fn well(size: iced::Size) -> Rectangle {
    edges(LEFT, 0.0, (size.width - RIGHT).max(LEFT + 1.0), (size.height - FOOT).max(1.0))
}

impl<Message> Program<Message> for Scale<'_, Message> {
    type State = [Layer; 2];

    fn update(
        &self,
        _state: &mut Self::State,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let canvas::Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) = event else { return None };
        let well = well(bounds.size());
        let point = cursor.position_in(bounds).filter(|point| well.contains(*point))?;
        Some(Action::publish((self.1)((point.x - well.x) / well.width)).and_capture())
    }

    fn draw(
        &self,
        layers: &Self::State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (data, palette, size) = (&self.0, theme.palette(), bounds.size());
        let well = well(size);
        let (right, bottom) = (well.x + well.width, well.y + well.height);
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&[data.high_hz]).add((&data.from, &data.to)).add(data.picture.is_some());
        let scale = layers[0].draw(renderer, size, key.value(), |frame| {
            let number = |text: &str| Word::number(text, 11.0, palette.text2);
            for (hz, label) in [(20.0, "20"), (100.0, "100"), (1_000.0, "1k"), (5_000.0, "5k"), (20_000.0, "20k")] {
                let share = (hz / 20.0_f32).ln() / (data.high_hz / 20.0).max(1.001).ln();
                if share <= 1.001 {
                    let y = (bottom - share * well.height).clamp(well.y + 6.0, bottom - 6.0);
                    number(label).right(frame, well.x - 6.0, y);
                }
            }
            number("Hz").right(frame, well.x - 6.0, bottom + 12.0);
            number(&data.from).left(frame, well.x, bottom + 12.0);
            number(&data.to).right(frame, right, bottom + 12.0);
            let steps = 64;
            for step in 0..steps {
                let share = step as f32 / steps as f32;
                let [red, green, blue] = viridis(TOP_DB + (BOTTOM_DB - TOP_DB) * share);
                let (top, low) = (well.y + share * well.height, well.y + (share + 1.0 / steps as f32) * well.height);
                let area = edges(right + 8.0, top.floor(), right + 14.0, low.ceil());
                plot::fill(frame, area, Color::from_rgb8(red, green, blue));
            }
            for db in [0.0, -50.0, -100.0_f32] {
                let y = well.y + (TOP_DB - db) / (TOP_DB - BOTTOM_DB) * well.height;
                let y = y.clamp(well.y + 6.0, bottom - 6.0);
                number(&plot::decimal(f64::from(db), 0, false)).right(frame, size.width, y);
            }
            number("dB").right(frame, size.width, bottom + 12.0);
            if data.picture.is_none() {
                plot::fill(frame, well, palette.well);
                Word::label(data.nothing, 12.0, palette.text2).centred(frame, well.center_x(), well.center_y());
            }
        });
        let heard = data.heard.map(|share| (well.x + share.clamp(0.0, 1.0) * well.width).floor());
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&[heard.unwrap_or(f32::NAN)]);
        let line = layers[1].draw_apart(renderer, size, key.value(), |frame| {
            if let Some(x) = heard {
                plot::fill(frame, edges(x, well.y, x + 1.0, bottom), palette.text);
            }
        });
        vec![scale, line]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture};

    #[test]
    fn colours_run_from_violet_to_yellow() {
        assert_eq!(viridis(-120.0), [68, 1, 84]);
        assert_eq!(viridis(0.0), [253, 231, 37]);
        assert_eq!(viridis(f32::NAN), [68, 1, 84]);
        assert_eq!(viridis(-50.0), [33, 145, 140]);
    }

    #[test]
    fn a_press_in_the_picture_is_a_place_in_time() {
        let data = Spectrogram {
            picture: None,
            high_hz: 20_000.0,
            from: "0:00".into(),
            to: "3:00".into(),
            heard: Some(0.5),
            nothing: "not measured",
        };
        let mut ui = specimen::simulate(spectrogram(data, |share| share), iced::Size::new(480.0, 200.0));
        Picture::of(&mut ui, "spectrogram");
        ui.point_at(iced::Point::new(LEFT + 100.0, 40.0));
        ui.simulate([iced::Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))]);
        let pressed: Vec<f32> = ui.into_messages().collect();
        assert!(matches!(pressed[..], [share] if (share - 0.25).abs() < 0.01), "{pressed:?}");
    }
}
