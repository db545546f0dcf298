//! Scrollbars: a thin grip without a trough.

use iced::widget::container;
use iced::widget::scrollable::{AutoScroll, Rail, Scroller, Status, Style};
use iced::{Color, Shadow, border};

use super::Theme;

/// The grip is quiet at rest and lighter while the list is hovered or dragged.
pub fn scrollbar(theme: &Theme, status: Status) -> Style {
    let palette = theme.palette();
    let (across, down) = match status {
        Status::Active { .. } => (palette.on, palette.on),
        Status::Hovered { is_horizontal_scrollbar_hovered, is_vertical_scrollbar_hovered, .. } => (
            if is_horizontal_scrollbar_hovered { palette.text2 } else { palette.outline },
            if is_vertical_scrollbar_hovered { palette.text2 } else { palette.outline },
        ),
        Status::Dragged { .. } => (palette.text2, palette.text2),
    };
    Style {
        container: container::Style::default(),
        vertical_rail: rail(down),
        horizontal_rail: rail(across),
        gap: None,
        auto_scroll: AutoScroll {
            background: palette.hover.into(),
            border: border::rounded(12.0),
            shadow: Shadow::default(),
            icon: palette.text,
        },
    }
}

fn rail(grip: Color) -> Rail {
    Rail {
        background: None,
        border: border::rounded(2.0),
        scroller: Scroller { background: grip.into(), border: border::rounded(2.0) },
    }
}
