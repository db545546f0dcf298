//! Tabs of the header.

use iced::border;
use iced::widget::button::{Status, Style};

use super::Theme;

/// A tab; the line under the selected one is drawn by the widget.
pub fn tab(selected: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let palette = theme.palette();
        let background = match status {
            Status::Hovered | Status::Pressed if !selected => Some(palette.hover.into()),
            _ => None,
        };
        let text_color = match status {
            Status::Disabled => palette.disabled,
            _ if selected => palette.text,
            _ => palette.text2,
        };
        Style { background, text_color, border: border::rounded(0.0), ..Style::default() }
    }
}
