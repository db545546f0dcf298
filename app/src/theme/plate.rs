//! Grounds: window, plates, wells, bubbles, and the small lamps and fills that stand on them.

use iced::widget::container::Style;
use iced::{Border, Color, border};

use super::Theme;

/// Corner radius of plates and keys, px.
pub const RADIUS: f32 = 4.0;
/// Corner radius of wells and fields, px.
pub const WELL_RADIUS: f32 = 2.0;

fn filled(colour: Color, radius: f32) -> Style {
    Style { background: Some(colour.into()), border: border::rounded(radius), ..Style::default() }
}

/// A plate.
pub fn plate(theme: &Theme) -> Style {
    Style { text_color: Some(theme.palette().text), ..filled(theme.palette().plate, RADIUS) }
}

/// The header and transport strips: a plate from edge to edge.
pub fn strip(theme: &Theme) -> Style {
    Style { text_color: Some(theme.palette().text), ..filled(theme.palette().plate, 0.0) }
}

/// A well: instruments and editable numbers.
pub fn well(theme: &Theme) -> Style {
    Style { text_color: Some(theme.palette().text), ..filled(theme.palette().well, WELL_RADIUS) }
}

/// A bubble, a tooltip or a small overlay.
pub fn bubble(theme: &Theme) -> Style {
    Style { text_color: Some(theme.palette().text), ..filled(theme.palette().hover, RADIUS) }
}

/// A dialog over a dimmed page: a plate with a line that carries meaning.
pub fn dialog(theme: &Theme) -> Style {
    let palette = theme.palette();
    Style { border: Border { color: palette.outline, width: 1.0, radius: RADIUS.into() }, ..plate(theme) }
}

/// The dimmed page behind a dialog.
pub fn scrim(theme: &Theme) -> Style {
    filled(theme.palette().window.scale_alpha(0.72), 0.0)
}

/// The block behind the cells of a segment.
pub fn key_block(theme: &Theme) -> Style {
    filled(theme.palette().key, RADIUS)
}

/// A red number badge on a tab.
pub fn badge(theme: &Theme) -> Style {
    let palette = theme.palette();
    Style { text_color: Some(palette.dark), ..filled(palette.over, WELL_RADIUS) }
}

/// What a lamp, chip or bar is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The master.
    A,
    /// The reference.
    R,
    /// The source.
    S,
    /// The unknown of a blind test.
    X,
    /// A fault.
    Over,
    /// A warning.
    Warning,
    /// White: lit.
    Lit,
    /// Nothing.
    Quiet,
}

impl Meaning {
    /// Its fill.
    pub fn colour(self, theme: &Theme) -> Color {
        let palette = theme.palette();
        match self {
            Meaning::A => palette.a,
            Meaning::R => palette.r,
            Meaning::S => palette.s,
            Meaning::X => palette.x,
            Meaning::Over => palette.over,
            Meaning::Warning => palette.mid,
            Meaning::Lit => palette.text,
            Meaning::Quiet => palette.outline,
        }
    }
}

/// A chip or bar filled by meaning, dark letters on it.
pub fn fill(meaning: Meaning) -> impl Fn(&Theme) -> Style {
    move |theme| Style { text_color: Some(theme.palette().dark), ..filled(meaning.colour(theme), WELL_RADIUS) }
}

/// A sharp-edged line or bar filled by meaning.
pub fn bar(meaning: Meaning) -> impl Fn(&Theme) -> Style {
    move |theme| filled(meaning.colour(theme), 0.0)
}

/// A lamp of 8 px: filled when `on`, else a ring.
pub fn lamp(meaning: Meaning, on: bool) -> impl Fn(&Theme) -> Style {
    move |theme| {
        let border = border::rounded(4.0);
        if on {
            Style { background: Some(meaning.colour(theme).into()), border, ..Style::default() }
        } else {
            Style { border: border.width(1.0).color(theme.palette().text3), ..Style::default() }
        }
    }
}
