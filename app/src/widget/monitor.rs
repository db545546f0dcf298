//! The monitor section: the lower half of the right strip. Nothing here touches what is delivered; every key that is
//! not neutral is lit.

use iced::widget::{column, container, row, rule, slider, space};
use iced::{Alignment, Length, Padding};

use super::key::{self, Kind};
use super::segment::{self, Cell};
use super::{Layout, number, text};
use crate::theme::plate::{self as ground, Meaning};
use crate::theme::{Element, font, icon, text as ink};

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// The master.
    #[default]
    A,
    /// The reference.
    R,
    /// The untouched source.
    S,
}

/// What the monitor section shows.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Level against the calibrated reference, dB.
    pub level: f64,
    /// Sound pressure at reference level, dB SPL; without it the level is shown in dB.
    pub calibration: Option<f64>,
    /// Level that makes what is compared equally loud, dB; 0 while nothing is.
    pub matched: f64,
    /// Turned down.
    pub dim: bool,
    /// Summed to mono.
    pub mono: bool,
    /// Silent.
    pub mute: bool,
    /// Left and right exchanged.
    pub swap: bool,
    /// Right channel inverted.
    pub polarity: bool,
    /// Side only.
    pub side: bool,
    /// Left, right, mid alone.
    pub solo: [bool; 3],
    /// Mono from one speaker.
    pub one_speaker: bool,
    /// The quiet check.
    pub quiet: bool,
    /// The loud check.
    pub loud: bool,
    /// What else is not neutral, as `through Phone` or `before the repair`; stays lit.
    pub lit: Vec<String>,
    /// What is heard.
    pub source: Source,
    /// There is a reference to listen to.
    pub has_reference: bool,
    /// Names of the outputs, as `1`, `2`, `HP`.
    pub speakers: Vec<&'static str>,
    /// Index of the chosen output.
    pub speaker: usize,
    /// Gain that matches the reference to the master, dB.
    pub reference_match: Option<f64>,
    /// The device, as `USB 96 kHz`.
    pub device: String,
    /// What leaves is bit for bit what would be written.
    pub bit_exact: bool,
    /// Why, or why not, as `no, chain is on`.
    pub bit_exact_why: String,
}

impl Reading {
    /// Whether nothing in the section alters what is heard.
    pub fn neutral(&self) -> bool {
        let altered = self.dim || self.mono || self.mute || self.swap || self.polarity || self.side;
        let checked = self.quiet || self.loud || self.one_speaker || self.solo.contains(&true) || !self.lit.is_empty();
        !altered && !checked && self.matched == 0.0 && self.source == Source::A
    }
}

/// What a press in the section means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Press {
    /// A new level, dB.
    Level(f64),
    /// Dim on or off.
    Dim,
    /// Mono on or off.
    Mono,
    /// Mute on or off.
    Mute,
    /// Swap on or off.
    Swap,
    /// Polarity on or off.
    Polarity,
    /// Side on or off.
    Side,
    /// Left, right or mid alone, from 0.
    Solo(usize),
    /// Mono from one speaker.
    OneSpeaker,
    /// The quiet check.
    Quiet,
    /// The loud check.
    Loud,
    /// Listen to this.
    Listen(Source),
    /// Use this output.
    Speaker(usize),
    /// All of it back to neutral.
    Neutral,
}

/// Range of the level, dB.
const LOWEST: f64 = -60.0;
const HIGHEST: f64 = 12.0;

/// The plate; as high as it is given.
pub fn monitor<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: impl Fn(Press) -> Message + Clone + 'a,
) -> Element<'a, Message> {
    let padding = layout.pick(12.0, 8.0);
    let neutral = reading.neutral();
    let state = match (neutral, reading.matched != 0.0) {
        (true, _) => text::label("neutral"),
        (false, _) if !reading.lit.is_empty() => text::label(reading.lit.join(", ")).style(ink::warning),
        (false, true) => text::label(format!("{} dB matched", number::change(reading.matched, 1))).style(ink::warning),
        (false, false) => text::label("not neutral").style(ink::warning),
    };
    let head = row![text::title("Monitor"), space::horizontal(), state]
        .height(layout.pick(36.0, 30.0))
        .align_y(Alignment::Center);
    let back = key::key("Return to neutral", (!neutral).then(|| on_press(Press::Neutral))).width(Length::Fill);
    let content = column![
        head,
        level(reading, layout, on_press.clone()),
        keys(reading, layout, &on_press),
        choices(reading, layout, &on_press),
        facts(reading, layout),
        space::vertical(),
        back,
    ]
    .spacing(layout.pick(12.0, 6.0));
    let content = container(content)
        .padding(Padding { top: 0.0, right: padding, bottom: 12.0, left: padding })
        .width(super::bridge::width(layout))
        .height(Length::Fill);
    super::plate::ground(content, ground::plate)
}

fn level<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: impl Fn(Press) -> Message + Clone + 'a,
) -> Element<'a, Message> {
    let size = layout.pick(font::LOUDNESS, font::LOUDNESS_SMALL);
    let (value, unit) = match reading.calibration {
        Some(calibration) => (number::level(calibration + reading.level, 1), "dB SPL"),
        None => (number::change(reading.level, 1), "dB"),
    };
    let now = row![text::mono(value, size), text::label(unit)].spacing(8).align_y(Alignment::Center);
    let step = |by: f64| on_press(Press::Level((reading.level + by).clamp(LOWEST, HIGHEST)));
    let minus = key::icon(icon::MINUS, Some(step(-1.0)));
    let plus = key::icon(icon::PLUS, Some(step(1.0)));
    if layout == Layout::Small {
        return row![now, space::horizontal(), minus, plus].spacing(4).align_y(Alignment::Center).into();
    }
    let beside = match reading.calibration {
        Some(calibration) => column![
            text::number(number::change(reading.level, 1), "dB", font::LABEL),
            text::label(format!("re {calibration:.0} dB"))
        ]
        .align_x(Alignment::End)
        .spacing(3),
        None => column![text::label("not calibrated")],
    };
    let changed = on_press.clone();
    let travel =
        slider(LOWEST..=HIGHEST, reading.level, move |level| changed(Press::Level(level))).step(0.1).height(20.0);
    column![
        row![now, space::horizontal(), beside].align_y(Alignment::Center),
        row![minus, travel, plus].spacing(12).align_y(Alignment::Center)
    ]
    .spacing(10)
    .into()
}

fn keys<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: &impl Fn(Press) -> Message,
) -> Element<'a, Message> {
    let lit = |word, on, what| {
        key::key(word, Some(on_press(what))).kind(Kind::Lit(Meaning::Lit, on)).width(Length::Fill).into()
    };
    let mute: Element<'a, Message> = key::key(if reading.mute { "Muted" } else { "Mute" }, Some(on_press(Press::Mute)))
        .kind(Kind::Lit(Meaning::Over, reading.mute))
        .width(Length::Fill)
        .into();
    column![
        row([lit("Dim", reading.dim, Press::Dim), lit("Mono", reading.mono, Press::Mono), mute]).spacing(8),
        row([
            lit("Swap", reading.swap, Press::Swap),
            lit("Polarity", reading.polarity, Press::Polarity),
            lit("Side", reading.side, Press::Side)
        ])
        .spacing(8),
        segment::segment(
            [
                ("L", reading.solo[0], Press::Solo(0)),
                ("R", reading.solo[1], Press::Solo(1)),
                ("M", reading.solo[2], Press::Solo(2)),
                (layout.pick("1 spk", "1"), reading.one_speaker, Press::OneSpeaker),
                (layout.pick("quiet", "qt"), reading.quiet, Press::Quiet),
                (layout.pick("loud", "ld"), reading.loud, Press::Loud),
            ]
            .map(|(label, on, press)| Cell { label, on, on_press: Some(on_press(press)) })
            .into(),
            Length::Fill
        ),
    ]
    .spacing(8)
    .into()
}

fn choices<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: &impl Fn(Press) -> Message,
) -> Element<'a, Message> {
    let source = |letter, meaning, what: Source, possible: bool| {
        key::key(letter, possible.then(|| on_press(Press::Listen(what))))
            .kind(Kind::Identity(meaning, reading.source == what))
            .width(Length::Fill)
            .into()
    };
    let sources = container(row([
        source("A", Meaning::A, Source::A, true),
        source("R", Meaning::R, Source::R, reading.has_reference),
        source("S", Meaning::S, Source::S, true),
    ]))
    .style(ground::key_block);
    let cells = reading.speakers.iter().enumerate().map(|(index, label)| Cell {
        label,
        on: index == reading.speaker,
        on_press: Some(on_press(Press::Speaker(index))),
    });
    let speakers = segment::segment(cells.collect(), Length::Fill);
    match layout {
        Layout::Large => column![
            row![text::label("Listen to").width(68), sources].spacing(8).align_y(Alignment::Center),
            row![text::label("Speakers").width(68), speakers].spacing(8).align_y(Alignment::Center),
        ]
        .spacing(8)
        .into(),
        Layout::Small => column![sources, speakers].spacing(4).into(),
    }
}

fn facts<'a, Message: 'a>(reading: &Reading, layout: Layout) -> Element<'a, Message> {
    let matched = reading.reference_match.map_or_else(|| number::DASH.into(), |gain| number::change(gain, 1));
    let matched = row![text::label("R match"), space::horizontal(), text::number(matched, "dB", font::LABEL)];
    let lamp = container(space()).width(8).height(8).style(ground::lamp(Meaning::A, reading.bit_exact));
    let exact = row![lamp, text::label(format!("Bit-exact: {}", reading.bit_exact_why))].spacing(8);
    let mut list = column![].spacing(8);
    if layout == Layout::Large {
        list = list.push(rule::horizontal(1));
    }
    list = list.push(matched.align_y(Alignment::Center));
    if layout == Layout::Large {
        let device = if reading.device.is_empty() { number::DASH.to_string() } else { reading.device.clone() };
        list = list.push(row![text::label("Device"), space::horizontal(), text::label(device).style(ink::text)]);
    }
    list.push(exact.align_y(Alignment::Center)).into()
}
