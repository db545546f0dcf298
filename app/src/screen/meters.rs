//! *Meters*: loudness with its history, the spectrum, the stereo image, the spectrogram, programme meters. Everything that
//! is shown as live is of what is heard; the history of a song or the album is that of the survey.

mod loudness;
mod past;
mod picture;
mod stereo;
#[cfg(test)]
mod tests;
mod time;
mod waterfall;

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Length, Padding};

use iced::widget::image::Handle;
use lacquer_engine::analysis::ballistics::Meter;
use lacquer_engine::analysis::spectrum::Part;
use lacquer_engine::unit::Db;

use crate::desk::{Action, Desk};
use crate::theme::Element;
use crate::widget::loudness::{Event, Scale};
use crate::widget::plot::Trace;
use crate::widget::polar::directions;
use crate::widget::{Layout, spectrum};
use past::{Live, Past};
use stereo::Image;
use waterfall::{Waterfall, Window};

/// What the history spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// The song that is selected, or else sounds.
    #[default]
    Song,
    /// The whole programme.
    Album,
    /// The last minute that was heard.
    Minute,
    /// The last five.
    Five,
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
    /// The lowest.
    Minimum,
}

/// How the spectrum is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resolution {
    /// As it was measured.
    #[default]
    Lines,
    /// Averaged over a part of an octave: so many to an octave.
    Smooth(u32),
    /// In third octaves, class 1 of IEC 61260-1.
    Thirds,
}

/// Curves of the spectrum that are kept.
pub const SNAPSHOTS: usize = 3;

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
    /// What the stereo plate shows.
    Image(Image),
    /// The kind of programme meter.
    Programme(Meter),
    /// What the spectrogram spans.
    Window(Window),
    /// A press in the spectrogram, as a share of its width.
    Time(f32),
    /// The spectrum is of this part of what is heard.
    Part(Part),
    /// How the spectrum is drawn.
    Resolution(Resolution),
    /// Keeps the average in a snapshot, or lets the one that is kept go.
    Snapshot(usize),
    /// Stops the spectrum, or lets it run.
    Freeze,
    /// Measures everything, or gives that up.
    Measure,
    /// Writes the report.
    Report,
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
    live: Option<Live>,
    image: Image,
    programme_kind: Meter,
    programme_held: Vec<[Option<Db>; Meter::ALL.len()]>,
    directions: Vec<f32>,
    waterfall: Waterfall,
    window: Window,
    whole: Option<(usize, Arc<Vec<lacquer_engine::analysis::full::FullMeasured>>, Option<Handle>)>,
    resolution: Resolution,
    snapshots: [Option<Trace>; SNAPSHOTS],
    frozen: Option<picture::Curves>,
    measured: usize,
    target: Option<(String, Option<f64>)>,
}

impl Default for State {
    fn default() -> State {
        State {
            scale: Scale::default(),
            span: Span::default(),
            hidden: vec![Curve::Minimum],
            slope: 45,
            hover: None,
            zoom: 1,
            past: None,
            live: None,
            image: Image::default(),
            programme_kind: Meter::default(),
            programme_held: Vec::new(),
            directions: Vec::new(),
            waterfall: Waterfall::default(),
            window: Window::default(),
            whole: None,
            resolution: Resolution::default(),
            snapshots: [None, None, None],
            frozen: None,
            measured: 0,
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
        self.follow(desk);
        self.draw_whole(desk);
    }

    /// Keeps what is held over many readings: highest values, the last minutes, the running spectrogram.
    fn follow(&mut self, desk: &Desk) {
        let meters = &desk.meters;
        if meters.history.len() < self.measured {
            // The meters were reset.
            self.programme_held.clear();
            self.directions.clear();
        }
        self.measured = meters.history.len();
        self.programme_held.resize(meters.programme.len(), [None; Meter::ALL.len()]);
        for (held, now) in self.programme_held.iter_mut().zip(&meters.programme) {
            for (held, now) in held.iter_mut().zip(now) {
                let louder = now.filter(|now| held.is_none_or(|held| now.0 > held.0));
                *held = louder.or(*held);
            }
        }
        let now = directions(&meters.scope);
        self.directions.resize(now.len(), f32::NEG_INFINITY);
        self.directions.iter_mut().zip(now).for_each(|(held, now)| *held = held.max(now));
        self.waterfall.add(&meters.spectrum, meters.position, meters.rate_hz, self.window);
        let points = match self.span {
            Span::Minute => 600,
            Span::Five => 3_000,
            Span::Song | Span::Album => 0,
        };
        if points == 0 {
            self.live = None;
        } else if !self.live.as_ref().is_some_and(|live| live.is_of(meters, points)) {
            self.live = Some(Live::new(meters, points));
        }
    }

    /// Draws the spectrogram of the selected song where everything was measured.
    fn draw_whole(&mut self, desk: &Desk) {
        let song = desk.selected();
        let known = song.filter(|song| desk.full(*song).is_some()).zip(desk.full.as_ref());
        match known {
            Some((song, full)) => {
                let same = |(held, songs, _): &(usize, Arc<Vec<_>>, Option<Handle>)| {
                    *held == song && Arc::ptr_eq(songs, &full.songs)
                };
                if !self.whole.as_ref().is_some_and(same) {
                    let picture = full.songs.get(song).and_then(|full| waterfall::whole(&full.spectrogram));
                    self.whole = Some((song, Arc::clone(&full.songs), picture));
                }
            }
            None => self.whole = None,
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
            Message::Image(image) => self.image = image,
            Message::Programme(kind) => self.programme_kind = kind,
            Message::Window(window) => {
                if window != self.window {
                    self.waterfall.clear();
                }
                self.window = window;
            }
            Message::Time(share) => return self.time_pressed(desk, share),
            Message::Part(part) => return Action::SpectrumOf(part),
            Message::Resolution(resolution) => self.resolution = resolution,
            Message::Snapshot(place) => {
                let kept = self.curves(desk).average;
                if let Some(slot) = self.snapshots.get_mut(place) {
                    *slot = if slot.is_some() { None } else { Some(kept) };
                }
            }
            Message::Freeze => {
                self.frozen = if self.frozen.is_some() { None } else { Some(self.curves(desk)) };
            }
            Message::Measure => return Action::MeasureAll,
            Message::Report => return Action::WriteReport,
        }
        Action::None
    }

    /// The delivered frame of a second of the history.
    fn frame(&self, desk: &Desk, seconds: f64) -> u64 {
        let start = match self.span {
            Span::Album => 0,
            Span::Minute | Span::Five => return self.live.as_ref().map_or(0, |live| live.frame(seconds)),
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
        let stereo = container(self.stereo(desk)).width(desk.layout.pick(400.0, 440.0));
        let mut lower = row![self.spectrum(desk), stereo].spacing(8);
        if large {
            lower = lower.push(container(self.spectrogram(desk)).width(368));
        }
        let high = if large { Length::FillPortion(12) } else { Length::Fixed(312.0) };
        column![
            container(upper.spacing(8)).height(high),
            container(lower).height(if large { Length::FillPortion(13) } else { Length::Fill })
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
