//! Keys: plain, primary, toggles, monitor keys, alarms, identities, icons; a shortcut may stand at the right.

use iced::widget::{button, container, row, space, stack};
use iced::{Alignment, Length, Padding};

use super::{focus, text};
use crate::theme::plate::{self, Meaning};
use crate::theme::{Element, font, key as look};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An action.
    Plain,
    /// The one filled key of a page.
    Primary,
    /// A toggle, on or off.
    Toggle(bool),
    /// Filled by meaning when engaged, plain otherwise: play and monitor keys ([`Meaning::Lit`]), mute ([`Meaning::Over`]).
    Lit(Meaning, bool),
    /// An identity key, heard or not; its letter keeps the colour.
    Identity(Meaning, bool),
    /// An icon without a fill until hovered.
    Bare,
    /// A 1 px outline: add something.
    Outlined,
}

/// A key under construction.
pub struct Key<'a, Message> {
    face: Face<'a>,
    on_press: Option<Message>,
    kind: Kind,
    shortcut: Option<&'a str>,
    width: Length,
    height: f32,
}

enum Face<'a> {
    Word(&'a str),
    Icon(char, f32),
}

/// A key with a word on it; without a message it is disabled.
pub fn key<'a, Message: Clone + 'a>(label: &'a str, on_press: Option<Message>) -> Key<'a, Message> {
    Key { face: Face::Word(label), on_press, kind: Kind::Plain, shortcut: None, width: Length::Shrink, height: 28.0 }
}

/// A key with a glyph of [`crate::theme::icon`].
pub fn icon<'a, Message: Clone + 'a>(glyph: char, on_press: Option<Message>) -> Key<'a, Message> {
    Key { face: Face::Icon(glyph, 16.0), width: Length::Fixed(28.0), ..key("", on_press) }
}

impl<'a, Message: Clone + 'a> Key<'a, Message> {
    /// What it is for.
    pub fn kind(self, kind: Kind) -> Self {
        Key { kind, ..self }
    }

    /// The shortcut shown at the right, mono 11.
    pub fn shortcut(self, shortcut: &'a str) -> Self {
        Key { shortcut: Some(shortcut), ..self }
    }

    /// Width; by default the word and 32 px.
    pub fn width(self, width: impl Into<Length>) -> Self {
        Key { width: width.into(), ..self }
    }

    /// Height, px; 28 by default, 32 to 36 in page footers, 40 in the transport.
    pub fn height(self, height: f32) -> Self {
        Key { height, ..self }
    }

    fn content(&self) -> Element<'a, Message> {
        let strong = matches!(self.kind, Kind::Primary | Kind::Toggle(true) | Kind::Lit(_, true) | Kind::Identity(..));
        let word = match self.face {
            Face::Word(label) => iced::widget::text(label)
                .size(if self.height > 28.0 { font::BODY } else { font::LABEL })
                .font(if strong { font::INTER_SEMIBOLD } else { font::INTER })
                .wrapping(iced::widget::text::Wrapping::None),
            Face::Icon(glyph, size) => text::icon(glyph, size),
        };
        let filled = self.width != Length::Shrink;
        match self.shortcut {
            Some(shortcut) => row![
                container(word).center_x(if filled { Length::Fill } else { Length::Shrink }),
                iced::widget::text(shortcut).size(font::SCALE).font(font::MONO)
            ]
            .spacing(16)
            .height(Length::Fill)
            .align_y(Alignment::Center)
            .into(),
            None if filled => container(word).center(Length::Fill).into(),
            None => container(word).center_y(Length::Fill).into(),
        }
    }
}

impl<'a, Message: Clone + 'a> From<Key<'a, Message>> for Element<'a, Message> {
    fn from(key: Key<'a, Message>) -> Self {
        let kind = key.kind;
        let icon_only = matches!(key.face, Face::Icon(..));
        let pressed = button(key.content())
            .padding(Padding::from([
                0.0,
                if icon_only {
                    0.0
                } else if key.width == Length::Shrink {
                    16.0
                } else {
                    8.0
                },
            ]))
            .width(key.width)
            .height(key.height)
            .on_press_maybe(key.on_press.clone())
            .style(move |theme, status| match kind {
                Kind::Plain | Kind::Toggle(false) | Kind::Lit(_, false) => look::plain(theme, status),
                Kind::Primary => look::primary(theme, status),
                Kind::Toggle(true) => look::toggled(theme, status),
                Kind::Lit(meaning, true) | Kind::Identity(meaning, true) => look::filled(meaning)(theme, status),
                Kind::Identity(meaning, false) => look::identity(meaning)(theme, status),
                Kind::Bare => look::bare(theme, status),
                Kind::Outlined => look::outlined(theme, status),
            });
        let face: Element<'a, Message> = match kind {
            Kind::Toggle(true) => underlined(pressed.into(), key.width, 8.0),
            _ => pressed.into(),
        };
        match key.on_press {
            Some(message) => focus::focus(face, message),
            None => face,
        }
    }
}

/// `face` with the 1 px line of something that is on, inset by `inset`, 3 px above the lower edge.
pub(super) fn underlined<'a, Message: 'a>(
    face: Element<'a, Message>,
    width: Length,
    inset: f32,
) -> Element<'a, Message> {
    let line = container(space()).width(Length::Fill).height(1).style(plate::bar(Meaning::Lit));
    let low = container(line)
        .padding(Padding { top: 0.0, right: inset, bottom: 3.0, left: inset })
        .width(Length::Fill)
        .align_bottom(Length::Fill);
    stack![face, low].width(width).clip(true).into()
}
