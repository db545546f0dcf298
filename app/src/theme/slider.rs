//! Sliders: a 2 px rail, lit up to the handle, and a white handle 8 x 20.

use iced::border;
use iced::widget::slider::{Handle, HandleShape, Rail, Status, Style};

use super::Theme;

/// The only slider of the window (monitor level, zoom).
pub fn slider(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    let handle = match status {
        Status::Active => palette.text,
        Status::Hovered | Status::Dragged => palette.a,
    };
    Style {
        rail: Rail { backgrounds: (palette.text2.into(), palette.on.into()), width: 2.0, border: border::rounded(0.0) },
        handle: Handle {
            shape: HandleShape::Rectangle { width: 8, border_radius: 2.0.into() },
            background: handle.into(),
            border_width: 0.0,
            border_color: palette.plate,
        },
    }
}
