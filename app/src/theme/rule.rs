//! Lines.

use iced::Color;
use iced::widget::rule::{FillMode, Style};

use super::Theme;

fn line(color: Color) -> Style {
    Style { color, radius: 0.0.into(), fill_mode: FillMode::Full, snap: true }
}

/// Decoration between groups.
pub fn hairline(theme: &Theme) -> Style {
    line(theme.palette().hairline)
}

/// Between rows of a table.
pub fn row(theme: &Theme) -> Style {
    line(theme.palette().key)
}

/// Carries meaning.
pub fn outline(theme: &Theme) -> Style {
    line(theme.palette().outline)
}
