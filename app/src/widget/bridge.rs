//! The meter bridge: the upper half of the right strip, the same on every page. Idle shows dashes, never absence.

use iced::widget::{Column, button, column, container, row, rule, space};
use iced::{Alignment, Length, Padding};

use super::level_bar::{self, Bar};
use super::{Layout, correlation, number, plate, text};
use crate::theme::plate::{self as ground, Meaning};
use crate::theme::{Element, Theme, font, key as look, text as ink};

/// What the bridge shows; `None` is a dash.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Letter of what is heard: A, R or S.
    pub letter: char,
    /// The tap, as `Chain out`.
    pub tap: String,
    /// The pass.
    pub pass: String,
    /// Left and right bar.
    pub bars: [Bar; 2],
    /// The pass's ceiling, dBTP.
    pub ceiling: f64,
    /// Integrated loudness, LUFS.
    pub integrated: Option<f64>,
    /// Target of the pass, LUFS.
    pub target: Option<f64>,
    /// Short-term loudness, LUFS.
    pub short: Option<f64>,
    /// Momentary loudness, LUFS.
    pub momentary: Option<f64>,
    /// Loudness range, LU.
    pub range: Option<f64>,
    /// Fewer than 60 s measured: the range is grey.
    pub range_settles: bool,
    /// True peak maximum less integrated loudness, dB.
    pub plr: Option<f64>,
    /// True peak less short-term loudness, dB.
    pub psr: Option<f64>,
    /// Largest true peak, dBTP.
    pub true_peak: Option<f64>,
    /// Where it was, as `0:33.412`.
    pub true_peak_at: Option<String>,
    /// Overs counted.
    pub overs: Option<u64>,
    /// Largest true peak, left and right, dBTP.
    pub largest: [Option<f64>; 2],
    /// Correlation, -1 to +1.
    pub correlation: Option<f64>,
    /// Lowest correlation held.
    pub lowest_correlation: Option<f64>,
}

/// What a press on the bridge means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Clear the held maxima.
    ResetMaxima,
    /// Go to the largest true peak.
    GoToPeak,
}

/// Width of the right strip, px.
pub fn width(layout: Layout) -> f32 {
    layout.pick(288.0, 208.0)
}

/// The plate with all meters; as high as it is given.
pub fn bridge<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: impl Fn(Press) -> Message,
) -> Element<'a, Message> {
    let padding = layout.pick(12.0, 8.0);
    let body = row![bars(reading, layout, on_press(Press::ResetMaxima)), numbers(reading, layout, &on_press)]
        .spacing(layout.pick(16.0, 8.0))
        .height(Length::Fill);
    let content = column![head(reading), body, rule::horizontal(1), strip(reading)].spacing(8);
    let content = container(content)
        .padding(Padding { top: 0.0, right: padding, bottom: 12.0, left: padding })
        .width(width(layout))
        .height(Length::Fill);
    plate::ground(content, ground::plate)
}

fn head<'a, Message: 'a>(reading: &Reading) -> Element<'a, Message> {
    let meaning = match reading.letter {
        'R' => Meaning::R,
        'S' => Meaning::S,
        'X' => Meaning::X,
        _ => Meaning::A,
    };
    row![
        text::chip(reading.letter, meaning),
        text::title(reading.tap.clone()),
        space::horizontal(),
        text::label(reading.pass.clone())
    ]
    .spacing(8)
    .height(36)
    .align_y(Alignment::Center)
    .into()
}

fn bars<'a, Message: Clone + 'a>(reading: &Reading, layout: Layout, on_reset: Message) -> Element<'a, Message> {
    let apart = layout.pick(40.0, 32.0);
    let wide = level_bar::width(apart);
    let names = row![
        container(text::label("L")).center_x(16),
        container(text::mono("dBTP", font::SCALE).style(ink::text2)).center_x(apart),
        container(text::label("R")).center_x(16)
    ]
    .padding(Padding::ZERO.left(8));
    let [left, right] = reading.largest;
    let held = |name: &'a str, value: Option<f64>| {
        let style = if value.is_some_and(|v| v > reading.ceiling) { ink::alarm } else { ink::text };
        let shown = value.map_or_else(|| number::DASH.into(), |v| number::judged(v, reading.ceiling, 2));
        row![text::label(name), text::mono(shown, font::LABEL).style(style)].spacing(6).align_y(Alignment::Center)
    };
    let maxima: Column<'a, Message, Theme> = match layout {
        Layout::Large => column![held("max L", left), held("max R", right)].spacing(4),
        Layout::Small => column![held("max", left.into_iter().chain(right).reduce(f64::max))],
    };
    let reset = button(maxima).padding(0).style(look::bare).on_press(on_reset);
    let pair = level_bar::pair(reading.bars[0], reading.bars[1], reading.ceiling, apart, Length::Fill);
    column![names, pair, reset].spacing(6).width(wide + 8.0).into()
}

fn numbers<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_press: &impl Fn(Press) -> Message,
) -> Element<'a, Message> {
    let large = layout.pick(font::LOUDNESS, font::LOUDNESS_SMALL);
    let middle = layout.pick(font::READOUT, font::LABEL);
    let small = layout.pick(font::LABEL, font::LABEL);
    let line = |name, value, digits, unit, size| text::readout(name, number::reading(value, digits), unit, size);
    let integrated = text::mono(number::reading(reading.integrated, 1), large);
    let mut list = match layout {
        Layout::Large => column![
            text::label("Integrated"),
            row![space::horizontal(), integrated, text::label("LUFS").width(text::UNIT_COLUMN)]
                .spacing(4)
                .align_y(Alignment::Center),
            line("Target", reading.target, 1, "LUFS", small)
        ],
        Layout::Small => column![
            row![text::label("I"), space::horizontal(), text::label("LUFS")],
            container(integrated).align_right(Length::Fill)
        ],
    }
    .spacing(4);
    list = list.push(rule::horizontal(1)).push(line("S", reading.short, 1, "LUFS", middle)).push(line(
        "M",
        reading.momentary,
        1,
        "LUFS",
        middle,
    ));
    if layout == Layout::Large {
        list = list.push(rule::horizontal(1));
    }
    let settled = if reading.range_settles { ink::disabled } else { ink::text };
    list = list
        .push(
            row![
                text::label("LRA"),
                space::horizontal(),
                text::mono(number::reading(reading.range, 1), small).style(settled),
                text::label("LU").width(text::UNIT_COLUMN)
            ]
            .spacing(4)
            .align_y(Alignment::Center),
        )
        .push(line("PLR", reading.plr, 1, "dB", small))
        .push(line("PSR", reading.psr, 1, "dB", small));
    if layout == Layout::Large {
        list = peak(reading, list, on_press(Press::GoToPeak));
    }
    list.spacing(layout.pick(8.0, 6.0)).width(Length::Fill).into()
}

fn peak<'a, Message: Clone + 'a>(
    reading: &Reading,
    list: Column<'a, Message, Theme>,
    on_go: Message,
) -> Column<'a, Message, Theme> {
    let over = reading.true_peak.is_some_and(|peak| peak > reading.ceiling);
    let shown = reading.true_peak.map_or_else(|| number::DASH.into(), |peak| number::judged(peak, reading.ceiling, 2));
    let value = text::mono(shown, font::LABEL).style(if over { ink::alarm } else { ink::text });
    let at = reading.true_peak_at.clone();
    let place = text::mono(at.clone().unwrap_or_else(|| number::DASH.into()), font::LABEL);
    let overs = match reading.overs {
        None => text::mono(number::DASH, font::LABEL),
        Some(0) => text::label("none"),
        Some(count) => text::mono(count.to_string(), font::LABEL).style(ink::alarm),
    };
    let unit = || text::label("").width(text::UNIT_COLUMN);
    list.push(
        row![text::label("TP max"), space::horizontal(), value, text::label("dBTP").width(text::UNIT_COLUMN)]
            .spacing(4)
            .align_y(Alignment::Center),
    )
    .push(
        button(row![text::label("at"), space::horizontal(), place])
            .padding(0)
            .style(look::bare)
            .on_press_maybe(at.map(|_| on_go)),
    )
    .push(row![text::label("Overs"), space::horizontal(), overs, unit()].spacing(4).align_y(Alignment::Center))
}

fn strip<'a, Message: 'a>(reading: &Reading) -> Element<'a, Message> {
    let value = reading.correlation.map_or_else(|| number::DASH.into(), |value| number::change(value, 2));
    let style = if reading.correlation.is_some_and(|value| value < 0.0) { ink::alarm } else { ink::text };
    column![
        row![text::label("Correlation"), space::horizontal(), text::mono(value, font::LABEL).style(style)]
            .align_y(Alignment::Center),
        correlation::correlation(reading.correlation, reading.lowest_correlation)
    ]
    .spacing(8)
    .into()
}
