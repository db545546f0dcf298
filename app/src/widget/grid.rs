//! A table of words as it stands: columns as wide as what is in them, numbers to the right, no keys in it.

use iced::widget::{Column, Row, column, container, row, rule};
use iced::{Alignment, Length};

use super::text;
use crate::theme::{Element, Theme, font, rule as lines};

/// Width of a character of the table's font, px.
const CHARACTER: f32 = 7.3;
/// The widest a column grows, px.
const WIDEST: f32 = 300.0;
/// Height of a row, px.
const ROW: f32 = 24.0;

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub struct Words<'t> {
    /// The heads.
    pub heads: &'t [String],
    /// The cells, row by row.
    pub rows: &'t [Vec<String>],
    /// Which columns are numbers.
    pub numbers: &'t [bool],
}

impl Words<'_> {
    fn width(&self, column: usize) -> f32 {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).chain(self.heads.get(column));
        let most = cells.map(|cell| cell.chars().count()).max().unwrap_or(1);
        (most as f32 * CHARACTER + 4.0).min(WIDEST)
    }

    fn is_number(&self, column: usize) -> bool {
        self.numbers.get(column).copied().unwrap_or(false)
    }
}

/// The table; as wide as it is.
pub fn grid<'a, Message: 'a>(words: Words<'_>) -> Element<'a, Message> {
    let widths: Vec<f32> = (0..words.heads.len()).map(|column| words.width(column)).collect();
    let placed = |at: usize, face: Element<'a, Message>| -> Element<'a, Message> {
        let width = widths.get(at).copied().unwrap_or(WIDEST);
        let cell = container(face).width(width).clip(true);
        if words.is_number(at) { cell.align_right(width).into() } else { cell.into() }
    };
    let line = |cells: Vec<Element<'a, Message>>| -> Row<'a, Message, Theme> {
        row(cells).spacing(12).height(ROW).align_y(Alignment::Center)
    };
    let heads = words.heads.iter().enumerate().map(|(at, head)| placed(at, text::label(head.clone()).into()));
    let all = widths.iter().sum::<f32>() + 12.0 * widths.len().saturating_sub(1) as f32;
    let rule = container(rule::horizontal(1).style(lines::row)).width(all);
    let mut table: Column<'a, Message, Theme> = column![line(heads.collect()), rule];
    for cells in words.rows {
        let faces = cells.iter().enumerate().map(|(at, cell)| {
            let face = match words.is_number(at) {
                false => text::word(cell.clone()).size(font::LABEL),
                true => text::mono(cell.clone(), font::LABEL),
            };
            placed(at, face.into())
        });
        table = table.push(line(faces.collect()));
    }
    table.width(Length::Shrink).into()
}
