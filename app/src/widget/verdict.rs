//! Verdicts and states: an icon and a word, never a colour alone.

use iced::widget::{container, row, text as raw};
use iced::{Alignment, Padding};

use super::text;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, icon, text as ink, verdict as look};

/// The outcome of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Within the limit.
    Pass,
    /// Worth a look.
    Warn,
    /// Outside the limit.
    Fail,
    /// Not tested.
    NotRun,
    /// In the queue.
    Waiting,
}

/// A verdict, 20 high.
pub fn verdict<'a, Message: 'a>(verdict: Verdict) -> Element<'a, Message> {
    let strong = |word: &'a str| raw(word).size(font::LABEL).font(font::INTER_SEMIBOLD);
    let boxed = |glyph, word| row![text::icon(glyph, 13.0), strong(word)].spacing(6).align_y(Alignment::Center);
    let room = Padding::from([0, 6]);
    match verdict {
        Verdict::Pass => row![
            text::icon(icon::CHECK, 13.0).style(ink::meaning(Meaning::A)),
            strong("PASS").style(ink::meaning(Meaning::A))
        ]
        .spacing(6)
        .height(20)
        .align_y(Alignment::Center)
        .into(),
        Verdict::Warn => {
            container(boxed(icon::TRIANGLE_ALERT, "WARN")).padding(room).center_y(20).style(look::warn).into()
        }
        Verdict::Fail => container(boxed(icon::X, "FAIL")).padding(room).center_y(20).style(look::fail).into(),
        Verdict::NotRun => quiet("not run"),
        Verdict::Waiting => quiet("waiting"),
    }
}

fn quiet<'a, Message: 'a>(word: &'a str) -> Element<'a, Message> {
    row![text::icon(icon::CIRCLE, 13.0).style(ink::text3), text::hint(word)]
        .spacing(6)
        .height(20)
        .align_y(Alignment::Center)
        .into()
}

/// How a song or file stands, quietly, in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing found.
    Ok,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

/// An icon and a word for a table.
pub fn state<'a, Message: 'a>(severity: Severity, word: impl Into<String>) -> Element<'a, Message> {
    let (glyph, style): (char, fn(&crate::theme::Theme) -> raw::Style) = match severity {
        Severity::Ok => (icon::CHECK, ink::text2),
        Severity::Warning => (icon::TRIANGLE_ALERT, ink::warning),
        Severity::Error => (icon::X, ink::alarm),
    };
    row![text::icon(glyph, font::TABLE).style(style), text::label(word).style(style)]
        .spacing(6)
        .align_y(Alignment::Center)
        .into()
}
