//! What the runtime asks of a theme: background, default text colour, a name.

use iced::theme::{Base, Mode, Style};

use super::Theme;

impl Base for Theme {
    fn default(_preference: Mode) -> Self {
        Theme::Dark
    }

    fn mode(&self) -> Mode {
        if *self == Theme::Light { Mode::Light } else { Mode::Dark }
    }

    fn base(&self) -> Style {
        let palette = Theme::palette(*self);
        Style { background_color: palette.window, text_color: palette.text }
    }

    fn palette(&self) -> Option<iced::theme::Palette> {
        let own = Theme::palette(*self);
        Some(iced::theme::Palette {
            background: own.window,
            text: own.text,
            primary: own.a,
            success: own.a,
            warning: own.mid,
            danger: own.over,
        })
    }

    fn name(&self) -> &str {
        self.label()
    }
}
