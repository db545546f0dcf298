//! The look of the window. [`palette`] holds numbers only; there is one style module per kind of widget, each a set of
//! plain functions over the theme. Pages name kinds (`theme::plate::plate`, `theme::key::primary`), never colours.

mod base;
mod catalog;
pub mod field;
pub mod font;
pub mod icon;
pub mod key;
pub mod palette;
pub mod pick_list;
pub mod plate;
pub mod row;
pub mod rule;
pub mod scrollbar;
pub mod segment;
pub mod slider;
pub mod slot;
pub mod tab;
pub mod text;
pub mod verdict;

pub use palette::Palette;

/// An element of our window: iced's, with our theme.
pub type Element<'a, Message> = iced::Element<'a, Message, Theme>;

/// Which palette the window wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Neutral greys for a dim room.
    #[default]
    Dark,
    /// For a dark room.
    Night,
    /// White on black.
    HighContrast,
    /// For daylight.
    Light,
}

impl Theme {
    /// All themes, in the order of the settings page.
    pub const ALL: [Theme; 4] = [Theme::Dark, Theme::Night, Theme::HighContrast, Theme::Light];

    /// Its colours.
    pub fn palette(self) -> &'static Palette {
        match self {
            Theme::Dark => &Palette::DARK,
            Theme::Night => &Palette::NIGHT,
            Theme::HighContrast => &Palette::HIGH_CONTRAST,
            Theme::Light => &Palette::LIGHT,
        }
    }

    /// Its name in the settings.
    pub fn label(self) -> &'static str {
        match self {
            Theme::Dark => "Dark",
            Theme::Night => "Night",
            Theme::HighContrast => "High contrast",
            Theme::Light => "Light",
        }
    }
}

impl std::fmt::Display for Theme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}
