//! A table of the engine as it stands: columns as wide as their words, numbers to the right, no keys in it.

use iced::widget::{Column, Row, column, container, row, rule};
use iced::{Alignment, Length};
use lacquer_engine::report::table::{Align, Table};

use super::text;
use crate::theme::{Element, Theme, font, rule as lines};

/// Width of a character of the table's font, px.
const CHARACTER: f32 = 7.3;
/// The widest a column grows, px.
const WIDEST: f32 = 300.0;
/// Height of a row, px.
const ROW: f32 = 24.0;

/// The table; as wide as it is.
pub fn grid<'a, Message: 'a>(table: &Table) -> Element<'a, Message> {
    let widths: Vec<f32> = (0..table.heads().len()).map(|column| width(table, column)).collect();
    let placed = |at: usize, face: Element<'a, Message>| -> Element<'a, Message> {
        let cell = container(face).width(widths[at]).clip(true);
        match table.align(at) {
            Align::Left => cell.into(),
            Align::Right => cell.align_right(widths[at]).into(),
        }
    };
    let line = |cells: Vec<Element<'a, Message>>| -> Row<'a, Message, Theme> {
        row(cells).spacing(12).height(ROW).align_y(Alignment::Center)
    };
    let heads = table.heads().iter().enumerate().map(|(at, head)| placed(at, text::label(head.clone()).into()));
    let mut rows: Column<'a, Message, Theme> = column![line(heads.collect()), rule::horizontal(1).style(lines::row)];
    for cells in table.rows() {
        let faces = cells.iter().enumerate().map(|(at, cell)| {
            let face = match table.align(at) {
                Align::Left => text::word(cell.clone()).size(font::LABEL),
                Align::Right => text::mono(cell.clone(), font::LABEL),
            };
            placed(at, face.into())
        });
        rows = rows.push(line(faces.collect()));
    }
    rows.width(Length::Shrink).into()
}

fn width(table: &Table, column: usize) -> f32 {
    let cells = table.rows().iter().filter_map(|row| row.get(column)).chain(table.heads().get(column));
    let most = cells.map(|cell| cell.chars().count()).max().unwrap_or(1);
    (most as f32 * CHARACTER + 4.0).min(WIDEST)
}
