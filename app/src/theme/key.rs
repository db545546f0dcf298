//! Keys (buttons) in every state.

use iced::widget::button::{Status, Style};
use iced::{Border, Color, border};

use super::plate::{Meaning, RADIUS};
use super::{Palette, Theme};

fn style(background: Color, text: Color) -> Style {
    Style { background: Some(background.into()), text_color: text, border: border::rounded(RADIUS), ..Style::default() }
}

fn disabled(palette: &Palette) -> Style {
    style(palette.key, palette.disabled)
}

/// A plain key.
pub fn plain(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    match status {
        Status::Active => style(palette.key, palette.text),
        Status::Hovered => style(palette.hover, palette.text),
        Status::Pressed => style(palette.pressed, palette.text),
        Status::Disabled => disabled(palette),
    }
}

/// The one filled key of a page.
pub fn primary(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    match status {
        Status::Active => style(palette.a, palette.dark),
        Status::Hovered => style(palette.primary_hover, palette.dark),
        Status::Pressed => style(palette.primary_pressed, palette.dark),
        Status::Disabled => disabled(palette),
    }
}

/// A toggle that is on.
pub fn toggled(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    match status {
        Status::Active | Status::Hovered => style(palette.on, palette.text),
        Status::Pressed => style(palette.pressed, palette.text),
        Status::Disabled => disabled(palette),
    }
}

/// A key filled by meaning with dark letters: lit (play, monitor keys), muted, the identity that is heard.
pub fn filled(meaning: Meaning) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| match status {
        Status::Disabled => disabled(theme.palette()),
        _ => style(meaning.colour(theme), theme.palette().dark),
    }
}

/// An identity key that is not heard: its letter keeps the colour.
pub fn identity(meaning: Meaning) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| Style {
        text_color: match (status, meaning) {
            (Status::Disabled, _) => theme.palette().disabled,
            (_, Meaning::R | Meaning::X | Meaning::A) => meaning.colour(theme),
            _ => theme.palette().text,
        },
        ..plain(theme, status)
    }
}

/// A key without a fill until it is hovered: icons in headers and rows.
pub fn bare(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    match status {
        Status::Active => Style { background: None, ..style(palette.key, palette.text2) },
        Status::Disabled => Style { background: None, ..disabled(palette) },
        _ => plain(theme, status),
    }
}

/// An outlined key: add a slot.
pub fn outlined(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    let border = Border { color: palette.hairline, width: 1.0, radius: RADIUS.into() };
    match status {
        Status::Active => Style { background: None, border, ..style(palette.key, palette.text2) },
        _ => Style { border, ..plain(theme, status) },
    }
}
