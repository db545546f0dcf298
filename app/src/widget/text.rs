//! Words and numbers. Every number is mono, every unit is 12 px in the second text colour, 4 px behind its number.

use iced::alignment::Vertical;
use iced::widget::{Text, row, text as raw};
use iced::{Alignment, Length};

use crate::theme::plate::Meaning;
use crate::theme::{Element, Theme, font, text as ink};

/// Width of a column of units, px: numbers before it and units in it both have a straight edge.
pub const UNIT_COLUMN: f32 = 34.0;

/// One line of text that is never wrapped.
fn line<'a>(content: impl Into<String>, size: f32, face: iced::Font) -> Text<'a, Theme> {
    raw(content.into()).size(size).font(face).wrapping(raw::Wrapping::None).line_height(1.3).align_y(Vertical::Center)
}

/// A word.
pub fn word<'a>(content: impl Into<String>) -> Text<'a, Theme> {
    line(content, font::BODY, font::INTER).style(ink::text)
}

/// A word that steps back.
pub fn word2<'a>(content: impl Into<String>) -> Text<'a, Theme> {
    line(content, font::BODY, font::INTER).style(ink::text2)
}

/// The title of a plate, or what is selected.
pub fn title<'a>(content: impl Into<String>) -> Text<'a, Theme> {
    line(content, font::BODY, font::INTER_SEMIBOLD).style(ink::text)
}

/// A section heading, 16 px.
pub fn section<'a>(content: impl Into<String>) -> Text<'a, Theme> {
    line(content, font::SECTION, font::INTER_SEMIBOLD).style(ink::text)
}

/// A label, unit or segment, 12 px.
pub fn label<'a>(content: impl Into<String>) -> Text<'a, Theme> {
    line(content, font::LABEL, font::INTER).style(ink::text2)
}

/// A hint, 12 px, on plates and the window only.
pub fn hint<'a>(content: impl Into<String>) -> Text<'a, Theme> {
    line(content, font::LABEL, font::INTER).style(ink::text3)
}

/// A bare number of `size`.
pub fn mono<'a>(content: impl Into<String>, size: f32) -> Text<'a, Theme> {
    line(content, size, font::MONO).style(ink::text)
}

/// A glyph of [`crate::theme::icon`].
pub fn icon<'a>(glyph: char, size: f32) -> Text<'a, Theme> {
    raw(glyph.to_string()).size(size).font(font::ICON).line_height(1.0).align_y(Vertical::Center)
}

/// A number and its unit, 4 px apart.
pub fn number<'a, Message: 'a>(value: impl Into<String>, unit: &str, size: f32) -> Element<'a, Message> {
    row![mono(value, size), label(unit)].spacing(4).align_y(Alignment::Center).into()
}

/// A label at the left; number right-aligned and unit left-aligned in its own column at the right.
pub fn readout<'a, Message: 'a>(
    name: impl Into<String>,
    value: impl Into<String>,
    unit: &str,
    size: f32,
) -> Element<'a, Message> {
    row![label(name), iced::widget::space::horizontal(), mono(value, size), label(unit).width(UNIT_COLUMN)]
        .spacing(4)
        .align_y(Alignment::Center)
        .width(Length::Fill)
        .into()
}

/// The letter of an identity on its colour, 16 px: A, R, S or X.
pub fn chip<'a, Message: 'a>(letter: char, meaning: Meaning) -> Element<'a, Message> {
    iced::widget::container(line(letter, 11.0, font::INTER_SEMIBOLD).style(ink::dark))
        .center(16)
        .style(crate::theme::plate::fill(meaning))
        .into()
}
