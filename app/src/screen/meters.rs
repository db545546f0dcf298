//! *Meters*: loudness with its history, the spectrum, the stereo image. Everything that is shown as live is of what is
//! heard; the history is that of the survey.

mod loudness;
mod past;
mod picture;
mod stereo;
#[cfg(test)]
mod tests;

use iced::widget::{column, container, row};
use iced::{Length, Padding};

use crate::desk::{Action, Desk};
use crate::theme::Element;
use crate::widget::loudness::{Event, Scale};
use crate::widget::{Layout, spectrum};
use past::Past;

/// What the history spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// The song that is selected, or else sounds.
    #[default]
    Song,
    /// The whole programme.
    Album,
}

/// A curve of the spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// What is heard now.
    Now,
    /// Its average over 3 s.
    Average,
    /// The highest levels since the last reset.
    Maximum,
}

/// What the engineer does on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The scale of the loudness bars.
    Scale(Scale),
    /// The span of the history.
    Span(Span),
    /// A click or drag in the history.
    History(Event),
    /// Goes to a delivered frame.
    Seek(u64),
    /// Starts the maxima anew.
    Reset,
    /// Shows a curve or hides it.
    Curve(Curve),
    /// Tilt of the spectrum in tenths of a dB per octave.
    Slope(u8),
    /// The value under the pointer.
    Hover(Option<spectrum::Reading>),
    /// Magnification of the goniometer.
    Zoom(u8),
}

/// What the page remembers.
#[derive(Debug)]
pub struct State {
    scale: Scale,
    span: Span,
    hidden: Vec<Curve>,
    slope: u8,
    hover: Option<spectrum::Reading>,
    zoom: u8,
    past: Option<Past>,
    target: Option<(String, Option<f64>)>,
}

impl Default for State {
    fn default() -> State {
        State {
            scale: Scale::default(),
            span: Span::default(),
            hidden: Vec::new(),
            slope: 45,
            hover: None,
            zoom: 1,
            past: None,
            target: None,
        }
    }
}

impl State {
    /// Follows what is known: called with every reading of the meters.
    pub fn tick(&mut self, desk: &Desk) {
        let profile = desk.heard().map(|pass| pass.profile.clone());
        if self.target.as_ref().map(|(known, _)| known) != profile.as_ref() {
            self.target = profile.map(|profile| {
                let target = target_of(&profile);
                (profile, target)
            });
        }
        if !self.past.as_ref().is_some_and(|past| past.is_of(desk, self.span)) {
            self.past = Past::new(desk, self.span);
        }
    }

    /// The loudness that the pass's profile speaks of, LUFS.
    fn target(&self) -> Option<f64> {
        self.target.as_ref().and_then(|(_, target)| *target)
    }

    /// Does what a message says to the page, and answers what the application has to do.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        match message {
            Message::Scale(scale) => self.scale = scale,
            Message::Span(span) => {
                self.span = span;
                self.tick(desk);
            }
            Message::History(Event::Jump(seconds)) => return Action::Seek(self.frame(desk, seconds)),
            Message::History(Event::Range(from, to)) => {
                let (from, to) = (self.frame(desk, from.min(to)), self.frame(desk, from.max(to)));
                return Action::Loop((from < to).then_some((from, to)));
            }
            Message::Seek(frame) => return Action::Seek(frame),
            Message::Reset => return Action::ResetMeters,
            Message::Curve(curve) => match self.hidden.iter().position(|hidden| *hidden == curve) {
                Some(place) => drop(self.hidden.remove(place)),
                None => self.hidden.push(curve),
            },
            Message::Slope(slope) => self.slope = slope,
            Message::Hover(reading) => self.hover = reading,
            Message::Zoom(zoom) => self.zoom = zoom,
        }
        Action::None
    }

    /// The delivered frame of a second of the history.
    fn frame(&self, desk: &Desk, seconds: f64) -> u64 {
        let start = match self.span {
            Span::Album => 0,
            Span::Song => match (&desk.plan, desk.selected_song()) {
                (Some(plan), Some(song)) => plan.to_delivered(song.start),
                _ => 0,
            },
        };
        desk.frame(desk.seconds(start) + seconds)
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let large = desk.layout == Layout::Large;
        let upper = row![container(self.loudness(desk)).width(desk.layout.pick(440.0, 336.0)), self.history(desk)];
        let stereo = container(self.stereo(desk)).width(desk.layout.pick(620.0, 414.0));
        let lower = row![self.spectrum(desk), stereo];
        let high = if large { Length::FillPortion(12) } else { Length::Fixed(312.0) };
        column![
            container(upper.spacing(8)).height(high),
            container(lower.spacing(8)).height(if large { Length::FillPortion(13) } else { Length::Fill })
        ]
        .spacing(8)
        .into()
    }
}

/// The loudness a profile speaks of, LUFS. No profile of ours demands one; streaming's names the usual level.
fn target_of(profile: &str) -> Option<f64> {
    crate::desk::profile_of(profile)?.value("loud_master")
}

fn padded<'a>(content: impl Into<Element<'a, Message>>, layout: Layout) -> Element<'a, Message> {
    let side = layout.pick(12.0, 8.0);
    let padding = Padding { top: 0.0, right: side, bottom: side, left: side };
    container(content).padding(padding).width(Length::Fill).height(Length::Fill).into()
}
