//! Text colours by rank.

use iced::widget::text::Style;

use super::Theme;
use super::plate::Meaning;

/// Values and words.
pub fn text(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().text) }
}

/// Labels and units.
pub fn text2(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().text2) }
}

/// Hints, on plates and the window only.
pub fn text3(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().text3) }
}

/// What cannot be used now.
pub fn disabled(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().disabled) }
}

/// Red words and numbers.
pub fn alarm(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().alarm) }
}

/// Yellow words and numbers.
pub fn warning(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().mid) }
}

/// Dark letters on a coloured fill.
pub fn dark(theme: &Theme) -> Style {
    Style { color: Some(theme.palette().dark) }
}

/// A word or letter in the colour of its meaning.
pub fn meaning(meaning: Meaning) -> impl Fn(&Theme) -> Style {
    move |theme| Style { color: Some(meaning.colour(theme)) }
}
