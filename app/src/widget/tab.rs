//! Tabs: number, name, a badge when something needs attention, a 2 px line under the selected one.

use iced::widget::{button, container, row, space, stack, text as raw};
use iced::{Alignment, Length, Padding};

use super::{focus, text};
use crate::theme::plate::{self, Meaning};
use crate::theme::{Element, font, tab as look};

/// A tab.
#[derive(Debug, Clone)]
pub struct Tab<'a, Message> {
    /// The digit of its shortcut.
    pub number: usize,
    /// Its name.
    pub name: &'a str,
    /// Shown now.
    pub selected: bool,
    /// A red count, when above zero.
    pub badge: usize,
    /// Without a message the tab is disabled.
    pub on_press: Option<Message>,
}

/// A bar of tabs, 40 high; `padding` is at the left and right of each (12 large, 8 small).
pub fn bar<'a, Message: Clone + 'a>(tabs: Vec<Tab<'a, Message>>, padding: f32) -> Element<'a, Message> {
    row(tabs.into_iter().map(|one| tab(one, padding))).into()
}

fn tab<'a, Message: Clone + 'a>(tab: Tab<'a, Message>, padding: f32) -> Element<'a, Message> {
    let face = if tab.selected { font::INTER_SEMIBOLD } else { font::INTER };
    let digit = raw(tab.number.to_string()).size(font::SCALE).font(font::MONO);
    let mut words = row![
        if tab.selected { digit.style(crate::theme::text::meaning(Meaning::A)) } else { digit },
        raw(tab.name).size(font::BODY).font(face).wrapping(raw::Wrapping::None)
    ]
    .spacing(6)
    .height(40)
    .align_y(Alignment::Center);
    if tab.badge > 0 {
        let count = text::mono(tab.badge.to_string(), font::SCALE).style(crate::theme::text::dark);
        words = words.push(space().width(2)).push(container(count).center_x(18).center_y(16).style(plate::badge));
    }
    let face = button(words)
        .padding(Padding::from([0.0, padding]))
        .height(40)
        .on_press_maybe(tab.on_press.clone())
        .style(look::tab(tab.selected));
    let face: Element<'a, Message> = if tab.selected {
        let line = container(space()).width(Length::Fill).height(2).style(plate::bar(Meaning::A));
        let low =
            container(line).padding(Padding::from([0.0, padding - 4.0])).width(Length::Fill).align_bottom(Length::Fill);
        stack![face, low].clip(true).into()
    } else {
        face.into()
    };
    match tab.on_press {
        Some(message) => focus::focus(face, message),
        None => face,
    }
}
