//! Segments: one of n, or any of n, on one block.

use iced::widget::{button, container, row, text as raw};
use iced::{Length, Padding};

use super::{focus, key};
use crate::theme::{Element, font, plate, segment as look};

/// A cell: its word, whether it is on, what a press means.
#[derive(Debug, Clone)]
pub struct Cell<'a, Message> {
    /// The word.
    pub label: &'a str,
    /// Selected.
    pub on: bool,
    /// Without a message the cell is disabled.
    pub on_press: Option<Message>,
}

/// One of `options`: the selected one is on; `on_select` names the press of each.
pub fn one_of<'a, T: PartialEq + Copy, Message: Clone + 'a>(
    options: &[(T, &'a str)],
    selected: T,
    on_select: impl Fn(T) -> Message,
) -> Element<'a, Message> {
    let cells = options.iter().map(|&(option, label)| Cell {
        label,
        on: option == selected,
        on_press: Some(on_select(option)),
    });
    segment(cells.collect(), Length::Shrink)
}

/// Cells side by side, 28 high; any number of them may be on. With a filling width the cells share it.
pub fn segment<'a, Message: Clone + 'a>(cells: Vec<Cell<'a, Message>>, width: Length) -> Element<'a, Message> {
    let block = row(cells.into_iter().map(|cell| view(cell, width))).width(width);
    container(block).width(width).style(plate::key_block).into()
}

fn view<'a, Message: Clone + 'a>(cell: Cell<'a, Message>, width: Length) -> Element<'a, Message> {
    let word = raw(cell.label)
        .size(font::LABEL)
        .font(if cell.on { font::INTER_SEMIBOLD } else { font::INTER })
        .wrapping(raw::Wrapping::None);
    let word = match width {
        Length::Shrink => container(word).center_y(Length::Fill),
        _ => container(word).center(Length::Fill),
    };
    let face = button(word)
        .padding(Padding::from([0, 10]))
        .width(width)
        .height(28)
        .on_press_maybe(cell.on_press.clone())
        .style(look::cell(cell.on));
    let face: Element<'a, Message> = if cell.on { key::underlined(face.into(), width, 8.0) } else { face.into() };
    match cell.on_press {
        Some(message) => focus::focus(face, message),
        None => face,
    }
}
