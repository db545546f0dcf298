//! Fields: wells in which values are typed; ticks.

use iced::widget::{checkbox as tick, text_editor, text_input};
use iced::{Border, Color};

use super::Theme;
use super::plate::WELL_RADIUS;

fn border(color: Color) -> Border {
    Border { color, width: 1.0, radius: WELL_RADIUS.into() }
}

/// A field at rest, hovered, focused or disabled.
pub fn field(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let palette = theme.palette();
    let line = match status {
        text_input::Status::Active | text_input::Status::Disabled => palette.well,
        text_input::Status::Hovered => palette.outline,
        text_input::Status::Focused { .. } => palette.focus,
    };
    text_input::Style {
        background: palette.well.into(),
        border: border(line),
        icon: palette.text2,
        placeholder: palette.text3,
        value: if status == text_input::Status::Disabled { palette.disabled } else { palette.text },
        selection: palette.a_deep,
    }
}

/// A field whose text was refused: a red line until the text is mended or given up.
pub fn refused(theme: &Theme, status: text_input::Status) -> text_input::Style {
    text_input::Style { border: border(theme.palette().over), ..field(theme, status) }
}

/// A field without its own well: the number inside a [`crate::widget::field`], which draws the well around number and unit.
pub fn inner(enabled: bool) -> impl Fn(&Theme, text_input::Status) -> text_input::Style {
    move |theme, status| {
        // The input is made anew for each drawing and does not remember that it can be written into.
        let status =
            if enabled && status == text_input::Status::Disabled { text_input::Status::Active } else { status };
        text_input::Style {
            background: Color::TRANSPARENT.into(),
            border: border(Color::TRANSPARENT),
            ..field(theme, status)
        }
    }
}

/// Several lines of text: notes.
pub fn editor(theme: &Theme, status: text_editor::Status) -> text_editor::Style {
    let palette = theme.palette();
    let line = match status {
        text_editor::Status::Active | text_editor::Status::Disabled => palette.well,
        text_editor::Status::Hovered => palette.outline,
        text_editor::Status::Focused { .. } => palette.focus,
    };
    text_editor::Style {
        background: palette.well.into(),
        border: border(line),
        placeholder: palette.text3,
        value: if status == text_editor::Status::Disabled { palette.disabled } else { palette.text },
        selection: palette.a_deep,
    }
}

/// A tick in a small well.
pub fn checkbox(theme: &Theme, status: tick::Status) -> tick::Style {
    let palette = theme.palette();
    let (on, line, ink) = match status {
        tick::Status::Active { is_checked } => (is_checked, palette.outline, palette.dark),
        tick::Status::Hovered { is_checked } => (is_checked, palette.text2, palette.dark),
        tick::Status::Disabled { is_checked } => (is_checked, palette.hairline, palette.disabled),
    };
    tick::Style {
        background: if on { palette.text.into() } else { palette.well.into() },
        icon_color: ink,
        border: border(line),
        text_color: Some(if matches!(status, tick::Status::Disabled { .. }) { palette.disabled } else { palette.text }),
    }
}
