//! Table rows.

use iced::border;
use iced::widget::button::{Status, Style};
use iced::widget::table as stock;

use super::Theme;

/// A row that can be chosen: selected, hovered, at rest, or of a disabled song.
pub fn row(selected: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let palette = theme.palette();
        let background = match status {
            _ if selected => Some(palette.key.into()),
            Status::Hovered | Status::Pressed => Some(palette.row_hover.into()),
            _ => None,
        };
        let text_color = if status == Status::Disabled { palette.disabled } else { palette.text };
        Style { background, text_color, border: border::rounded(0.0), ..Style::default() }
    }
}

/// iced's own table: 1 px lines between rows, none between columns.
pub fn table(theme: &Theme) -> stock::Style {
    stock::Style { separator_x: iced::Color::TRANSPARENT.into(), separator_y: theme.palette().key.into() }
}
