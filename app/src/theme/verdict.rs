//! The boxes of verdicts: none for PASS, an outline for WARN, a red fill for FAIL.

use iced::border;
use iced::widget::container::Style;

use super::Theme;
use super::plate::RADIUS;

/// WARN.
pub fn warn(theme: &Theme) -> Style {
    let palette = theme.palette();
    Style {
        text_color: Some(palette.mid),
        border: border::rounded(RADIUS).width(1.0).color(palette.mid_core),
        ..Style::default()
    }
}

/// FAIL.
pub fn fail(theme: &Theme) -> Style {
    let palette = theme.palette();
    Style {
        text_color: Some(palette.dark),
        background: Some(palette.over.into()),
        border: border::rounded(RADIUS),
        ..Style::default()
    }
}
