//! Slots of the chain.

use iced::border;
use iced::widget::button::{Status, Style};

use super::Theme;
use super::plate::RADIUS;

/// A slot: selected ones are lighter (their 2 px line is drawn by the widget).
pub fn slot(selected: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let palette = theme.palette();
        let background = match status {
            _ if selected => palette.hover,
            Status::Hovered => palette.hover,
            Status::Pressed => palette.pressed,
            _ => palette.key,
        };
        Style {
            background: Some(background.into()),
            text_color: palette.text,
            border: border::rounded(RADIUS),
            ..Style::default()
        }
    }
}
