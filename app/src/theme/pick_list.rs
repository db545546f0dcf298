//! Drop-downs: a field with a chevron, and the list that opens under it.

use iced::overlay::menu as list;
use iced::widget::pick_list::{Status, Style};
use iced::{Border, Shadow};

use super::Theme;
use super::plate::{RADIUS, WELL_RADIUS};

/// The closed field.
pub fn drop_down(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    let line = match status {
        Status::Active => palette.well,
        Status::Hovered => palette.outline,
        Status::Opened { .. } => palette.focus,
    };
    Style {
        text_color: palette.text,
        placeholder_color: palette.text3,
        handle_color: palette.text2,
        background: palette.well.into(),
        border: Border { color: line, width: 1.0, radius: WELL_RADIUS.into() },
    }
}

/// The open list.
pub fn menu(theme: &Theme) -> list::Style {
    let palette = theme.palette();
    list::Style {
        background: palette.key.into(),
        border: Border { color: palette.outline, width: 1.0, radius: RADIUS.into() },
        text_color: palette.text,
        selected_text_color: palette.text,
        selected_background: palette.on.into(),
        shadow: Shadow::default(),
    }
}
