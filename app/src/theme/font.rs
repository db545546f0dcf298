//! The three faces, shipped inside the program, and the sizes of the type table.

use std::borrow::Cow;

use iced::Font;
use iced::font::Weight;

/// Words, weight 400.
pub const INTER: Font = Font::with_name("Lacquer Sans");
/// Titles and what is selected, weight 600.
pub const INTER_SEMIBOLD: Font = Font { weight: Weight::Semibold, ..INTER };
/// Every number.
pub const MONO: Font = Font::with_name("Lacquer Mono");
/// The glyphs of [`super::icon`].
pub const ICON: Font = Font::with_name("Lacquer Icons");

/// Integrated loudness and monitor level.
pub const LOUDNESS: f32 = 36.0;
/// Transport time in the large layout.
pub const TRANSPORT: f32 = 32.0;
/// Integrated loudness and monitor level in the small layout; headings of the first run.
pub const LOUDNESS_SMALL: f32 = 28.0;
/// Transport time in the small layout.
pub const TRANSPORT_SMALL: f32 = 24.0;
/// S and M, gain reduction now and maximum; blind-test keys.
pub const READOUT: f32 = 20.0;
/// Secondary readouts in the small layout; side, finding headline, recovered title.
pub const SECTION: f32 = 16.0;
/// Table values; icons in tables.
pub const TABLE: f32 = 14.0;
/// Words; numbers in fields and lists.
pub const BODY: f32 = 13.0;
/// Labels, units, hints, segments; compact readouts. No word is smaller.
pub const LABEL: f32 = 12.0;
/// Scale digits and key hints. No number is smaller.
pub const SCALE: f32 = 11.0;

/// The font files, to be loaded before the first frame.
pub fn files() -> [Cow<'static, [u8]>; 4] {
    [
        Cow::Borrowed(include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        Cow::Borrowed(include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
        Cow::Borrowed(include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
        Cow::Borrowed(include_bytes!("../../../assets/icons/lucide.ttf")),
    ]
}

/// Settings of the window or of a headless test: our fonts, our default face and size, edges smoothed.
pub fn settings() -> iced::Settings {
    iced::Settings {
        fonts: files().into(),
        default_font: INTER,
        default_text_size: BODY.into(),
        antialiasing: true,
        ..iced::Settings::default()
    }
}
