//! Slots of the chain: lamp, name, number, and the one telling value.

use iced::widget::{button, column, container, row, space, stack, text as raw};
use iced::{Alignment, Length, Padding};

use super::{focus, text};
use crate::theme::plate::{self, Meaning};
use crate::theme::{Element, font, slot as look, text as ink};

/// A slot.
#[derive(Debug, Clone)]
pub struct Slot<'a, Message> {
    /// Place in the chain, from 1; also its key.
    pub number: usize,
    /// Name of the processor.
    pub name: &'a str,
    /// Its one telling value, as `GR −1.2 dB`.
    pub value: String,
    /// In the signal path.
    pub on: bool,
    /// Shown in the large place.
    pub selected: bool,
    /// What a press means.
    pub on_press: Option<Message>,
}

/// A slot, 52 high; `width` px wide.
pub fn slot<'a, Message: Clone + 'a>(slot: Slot<'a, Message>, width: f32) -> Element<'a, Message> {
    let lamp = container(space()).width(8).height(8).style(plate::lamp(Meaning::A, slot.on));
    let name = text::title(slot.name).style(if slot.on { ink::text } else { ink::text2 });
    let first =
        row![lamp, name, space::horizontal(), text::mono(slot.number.to_string(), font::SCALE).style(ink::text2)]
            .spacing(8)
            .align_y(Alignment::Center);
    let value = if slot.on { slot.value } else { "off".into() };
    let second = raw(value).size(font::LABEL).style(ink::text2).wrapping(raw::Wrapping::None);
    let content = column![first, container(second).padding(Padding::ZERO.left(16))].spacing(3);
    let face = button(container(content).center_y(Length::Fill))
        .padding(Padding::from([0, 12]))
        .width(width)
        .height(52)
        .on_press_maybe(slot.on_press.clone())
        .style(look::slot(slot.selected));
    let face: Element<'a, Message> = if slot.selected {
        stack![face, container(space()).width(width).height(2).style(plate::bar(Meaning::A))].clip(true).into()
    } else {
        face.into()
    };
    match slot.on_press {
        Some(message) => focus::focus(face, message),
        None => face,
    }
}
