//! The spectrogram plate.

use iced::widget::row;
use lacquer_engine::unit::SampleRate;

use super::waterfall::Window;
use super::{Message, State, padded};
use crate::desk::{Action, Desk};
use crate::theme::Element;
use crate::widget::spectrogram::{Spectrogram, spectrogram};
use crate::widget::{number, plate, segment};

impl State {
    /// The plate of its own in the large layout.
    pub(super) fn spectrogram<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        plate::plate("Spectrogram", "", vec![self.windows()], padded(self.picture(desk), desk.layout))
    }

    /// The content of the stereo plate in the small one.
    pub(super) fn waterfall<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        iced::widget::column![row![self.windows()], self.picture(desk)].spacing(6).into()
    }

    fn windows<'a>(&self) -> Element<'a, Message> {
        let windows = [(Window::Ten, "10 s"), (Window::Sixty, "60 s"), (Window::Song, "song")];
        segment::one_of(&windows, self.window, Message::Window)
    }

    fn picture<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let data = match self.window {
            Window::Song => self.whole_song(desk),
            running => Spectrogram {
                picture: self.waterfall.picture(),
                high_hz: desk.meters.rate_hz.max(44_100) as f32 / 2.0,
                from: if running == Window::Ten { "\u{2212}10 s" } else { "\u{2212}60 s" }.into(),
                to: "now".into(),
                heard: None,
                nothing: "Nothing has been heard yet",
            },
        };
        spectrogram(data, Message::Time)
    }

    fn whole_song(&self, desk: &Desk) -> Spectrogram {
        let (start, length) = self.song_span(desk).unwrap_or((0.0, 0.0));
        let here = desk.seconds(desk.position()) - start;
        let rate = desk.plan.as_ref().map_or(SampleRate::CD, |plan| plan.delivered);
        Spectrogram {
            picture: self.whole.as_ref().and_then(|(_, _, picture)| picture.clone()),
            high_hz: rate.hz() as f32 / 2.0,
            from: "0:00".into(),
            to: number::clock(length),
            heard: (length > 0.0 && (0.0..=length).contains(&here)).then(|| (here / length) as f32),
            nothing: if desk.full_share.is_some() { "Being measured" } else { "Not measured: press Measure all" },
        }
    }

    /// Start and length of the selected song in seconds of the programme.
    fn song_span(&self, desk: &Desk) -> Option<(f64, f64)> {
        let (plan, song) = (desk.plan.as_ref()?, desk.selected_song()?);
        let (start, end) = (plan.to_delivered(song.start), plan.to_delivered(song.cut));
        Some((desk.seconds(start), desk.seconds(end) - desk.seconds(start)))
    }

    /// Goes where the picture was pressed.
    pub(super) fn time_pressed(&self, desk: &Desk, share: f32) -> Action {
        let share = f64::from(share.clamp(0.0, 1.0));
        let seconds = match self.window {
            Window::Song => match self.song_span(desk) {
                Some((start, length)) if self.whole.is_some() => start + share * length,
                _ => return Action::None,
            },
            Window::Ten => desk.seconds(desk.position()) - 10.0 * (1.0 - share),
            Window::Sixty => desk.seconds(desk.position()) - 60.0 * (1.0 - share),
        };
        Action::Seek(desk.frame(seconds))
    }
}
