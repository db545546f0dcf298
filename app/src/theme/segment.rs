//! The cells of a segment: one of n, or any of n, on one key block.

use iced::border;
use iced::widget::button::{Status, Style};

use super::Theme;
use super::plate::RADIUS;

/// A cell.
pub fn cell(selected: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let palette = theme.palette();
        let background = match status {
            _ if selected => Some(palette.on.into()),
            Status::Hovered => Some(palette.hover.into()),
            Status::Pressed => Some(palette.pressed.into()),
            _ => None,
        };
        let text_color = match status {
            Status::Disabled => palette.disabled,
            _ if selected => palette.text,
            _ => palette.text2,
        };
        Style { background, text_color, border: border::rounded(RADIUS), ..Style::default() }
    }
}
