//! Plates: a panel with a title strip 36 high.

use iced::widget::{Row, column, container, row, space};
use iced::{Alignment, Length, Padding};

use super::text;
use crate::theme::{Element, plate as look};

/// Height of the title strip, px.
pub const HEADER: f32 = 36.0;
/// Padding of a plate, px, in the large layout.
pub const PADDING: f32 = 12.0;

/// A plate with a title, an aside next to it, keys at the right, and its content; no padding around the content.
pub fn plate<'a, Message: 'a>(
    title: impl Into<String>,
    aside: impl Into<String>,
    keys: Vec<Element<'a, Message>>,
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    container(column![header(title, aside, keys), content.into()])
        .width(Length::Fill)
        .height(Length::Fill)
        .style(look::plate)
        .into()
}

/// The title strip alone.
pub fn header<'a, Message: 'a>(
    title: impl Into<String>,
    aside: impl Into<String>,
    keys: Vec<Element<'a, Message>>,
) -> Element<'a, Message> {
    let mut strip: Row<'a, Message, crate::theme::Theme> =
        row![text::title(title)].spacing(12).align_y(Alignment::Center);
    let aside = aside.into();
    if !aside.is_empty() {
        strip = strip.push(text::label(aside));
    }
    strip = strip.push(space::horizontal());
    let keys = row(keys).spacing(8).align_y(Alignment::Center);
    strip.push(keys).height(HEADER).padding(Padding::from([0.0, PADDING])).into()
}
