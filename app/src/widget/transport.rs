//! The transport: keys, time, song, fields, and the state of the work.

use iced::widget::{column, container, mouse_area, row, rule, space};
use iced::{Alignment, Length, Padding};

use super::key::{self, Kind};
use super::{Layout, field, number, plate, text};
use crate::theme::plate::{self as ground, Meaning};
use crate::theme::{Element, font, icon};

/// What the transport shows.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Sound runs.
    pub playing: bool,
    /// The loop is on.
    pub looping: bool,
    /// Position, already in the chosen format; empty when there is nothing to play.
    pub time: String,
    /// Name of that format: CD, ms or smp.
    pub format: &'static str,
    /// Number of the song under the playhead, from 1.
    pub song: Option<usize>,
    /// Its title.
    pub title: String,
    /// Position in the song, as `+0:41.220`.
    pub song_time: String,
    /// Length of the song, as `1:31.683`.
    pub song_length: String,
    /// Length of the selection, s.
    pub selection: Option<f64>,
    /// Pre-roll, s.
    pub pre_roll: f64,
    /// Three words at the right, each a label and a value, as (`Undo`, `14 steps`).
    pub work: Vec<(&'static str, String)>,
}

/// What the keys of the transport mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Press {
    /// To the previous start.
    Previous,
    /// Play or pause.
    Play,
    /// To the next start.
    Next,
    /// Loop on or off.
    Loop,
    /// Play the nearest transition.
    Transition,
    /// Another time format.
    Format,
    /// A new length of the selection, s.
    Selection(f64),
    /// A new pre-roll, s.
    PreRoll(f64),
}

/// Height of the strip, px.
pub fn height(layout: Layout) -> f32 {
    layout.pick(72.0, 56.0)
}

/// The strip. Without a session (`ready` is false) the keys are disabled and the numbers are dashes.
pub fn transport<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    ready: bool,
    on_press: impl Fn(Press) -> Message + Clone + 'a,
) -> Element<'a, Message> {
    let mut strip =
        row![keys(reading, layout, ready, &on_press), time(reading, layout, &on_press), line(), song(reading)]
            .spacing(layout.pick(24.0, 16.0))
            .align_y(Alignment::Center);
    if layout == Layout::Large {
        strip = strip.push(line());
    }
    let strip = strip
        .push(fields(reading, layout, on_press))
        .push(space::horizontal())
        .push(work(reading, layout))
        .height(height(layout))
        .padding(Padding::from([0, 16]));
    plate::ground(container(strip).width(Length::Fill), ground::strip)
}

fn line<'a, Message: 'a>() -> Element<'a, Message> {
    container(rule::vertical(1)).height(40).into()
}

fn keys<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    ready: bool,
    on_press: &impl Fn(Press) -> Message,
) -> Element<'a, Message> {
    let size = layout.pick(40.0, 36.0);
    let press = |what| ready.then(|| on_press(what));
    let square = |glyph, what| key::icon(glyph, press(what)).width(size).height(size);
    let glyph = if reading.playing { icon::PAUSE } else { icon::PLAY };
    let play = key::icon(glyph, press(Press::Play)).kind(Kind::Lit(Meaning::Lit, reading.playing));
    row![
        square(icon::SKIP_BACK, Press::Previous),
        play.width(layout.pick(72.0, 56.0)).height(size),
        square(icon::SKIP_FORWARD, Press::Next),
        space().width(layout.pick(8.0, 0.0)),
        square(icon::REPEAT, Press::Loop).kind(Kind::Toggle(reading.looping)),
        key::key("Transition", press(Press::Transition)).shortcut("T").width(layout.pick(128.0, 112.0)).height(size),
    ]
    .spacing(8)
    .align_y(Alignment::Center)
    .into()
}

fn time<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: &impl Fn(Press) -> Message,
) -> Element<'a, Message> {
    let shown =
        if reading.time.is_empty() { "\u{2013}\u{2013}:\u{2013}\u{2013}:\u{2013}\u{2013}" } else { &reading.time };
    let size = layout.pick(font::TRANSPORT, font::TRANSPORT_SMALL);
    let number = row![text::mono(shown, size), text::label(reading.format)].spacing(8).align_y(Alignment::Center);
    mouse_area(number).on_press(on_press(Press::Format)).into()
}

fn song<'a, Message: 'a>(reading: &Reading) -> Element<'a, Message> {
    let Some(number) = reading.song else {
        return column![text::word2("no song"), text::label(number::DASH)].spacing(3).width(168).into();
    };
    let number = text::mono(format!("{number:02}"), font::LABEL).style(crate::theme::text::text2);
    let first = row![number, text::title(reading.title.clone())].spacing(10).align_y(Alignment::Center);
    let second = row![
        text::mono(reading.song_time.clone(), font::LABEL),
        row![
            text::label("of"),
            text::mono(reading.song_length.clone(), font::LABEL).style(crate::theme::text::text2),
            text::label("min")
        ]
        .spacing(4)
        .align_y(Alignment::Center)
    ]
    .spacing(12)
    .align_y(Alignment::Center);
    column![first, second].spacing(3).width(188).into()
}

fn fields<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: impl Fn(Press) -> Message + Clone + 'a,
) -> Element<'a, Message> {
    let pre_roll = on_press.clone();
    let width = layout.pick((104.0, 80.0), (96.0, 72.0));
    let selection = seconds(reading.selection, 3, width.0, move |length| on_press(Press::Selection(length)));
    let pre_roll = seconds(Some(reading.pre_roll), 1, width.1, move |length| pre_roll(Press::PreRoll(length)));
    row![column![text::label("Selection"), selection].spacing(2), column![text::label("Pre-roll"), pre_roll].spacing(2)]
        .spacing(16)
        .into()
}

fn seconds<'a, Message: 'a>(
    value: Option<f64>,
    digits: usize,
    width: f32,
    on_change: impl Fn(f64) -> Message + 'a,
) -> field::Field<'a, Message> {
    let shown = number::reading(value, digits);
    let stays = format!("not a time in seconds, {shown} stays");
    field::field(shown, "s", width, move |typed| {
        let typed = typed.trim().trim_end_matches('s').trim_end();
        typed.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0).map(&on_change).ok_or_else(|| stays.clone())
    })
}

fn work<'a, Message: 'a>(reading: &Reading, layout: Layout) -> Element<'a, Message> {
    match layout {
        Layout::Large => row(reading.work.iter().map(|(name, value)| {
            column![text::label(*name), text::mono(value.clone(), font::LABEL)]
                .spacing(3)
                .align_x(Alignment::End)
                .into()
        }))
        .spacing(24)
        .into(),
        Layout::Small => {
            column(reading.work.iter().take(2).map(|(name, value)| text::label(format!("{name}: {value}")).into()))
                .spacing(3)
                .align_x(Alignment::End)
                .into()
        }
    }
}
