//! Tables: a head 24 high, rows 28 (25 in the small layout), numbers to the right, a 2 px bar at what is selected.

use iced::alignment::Horizontal;
use iced::widget::{Row, button, column, container, row as line, rule, space, stack};
use iced::{Alignment, Length, Padding};

use super::{Layout, text};
use crate::theme::plate::{self, Meaning};
use crate::theme::{Element, Theme, row as look, rule as lines};

/// Width and side of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column<'a> {
    /// The word in the head.
    pub name: &'a str,
    /// Its width.
    pub width: Length,
    /// Numbers stand at the right, words at the left.
    pub align: Horizontal,
}

impl<'a> Column<'a> {
    /// A column of words.
    pub const fn words(name: &'a str, width: Length) -> Self {
        Column { name, width, align: Horizontal::Left }
    }

    /// A column of numbers, `width` px wide.
    pub const fn numbers(name: &'a str, width: f32) -> Self {
        Column { name, width: Length::Fixed(width), align: Horizontal::Right }
    }
}

/// The distance between columns, px.
const SPACING: f32 = 12.0;

/// Height of a row that holds fields and keys, with its line, px: a control in it stays 24 high.
pub fn row_height(layout: Layout) -> f32 {
    layout.pick(28.0, 25.0)
}

/// The head of a table.
pub fn head<'a, Message: 'a>(columns: &[Column<'a>]) -> Element<'a, Message> {
    let words = columns.iter().map(|c| container(text::label(c.name)).width(c.width).align_x(c.align).into());
    column![arranged(words.collect(), 24.0), rule::horizontal(1).style(lines::row)].into()
}

/// A row: one element per column. `bar` is the colour of the selected bar (A, or R for a reference).
pub fn row<'a, Message: Clone + 'a>(
    columns: &[Column<'a>],
    cells: Vec<Element<'a, Message>>,
    height: f32,
    selected: Option<Meaning>,
    on_press: Option<Message>,
) -> Element<'a, Message> {
    let placed = columns.iter().zip(cells).map(|(c, cell)| container(cell).width(c.width).align_x(c.align).into());
    let face = button(arranged(placed.collect(), height - 1.0))
        .padding(0)
        .width(Length::Fill)
        .height(height - 1.0)
        .on_press_maybe(on_press)
        .style(look::row(selected.is_some()));
    let face: Element<'a, Message> = match selected {
        Some(meaning) => {
            stack![face, container(space()).width(2).height(height - 1.0).style(plate::bar(meaning))].clip(true).into()
        }
        None => face.into(),
    };
    column![face, rule::horizontal(1).style(lines::row)].into()
}

fn arranged<'a, Message: 'a>(cells: Vec<Element<'a, Message>>, height: f32) -> Row<'a, Message, Theme> {
    line(cells).spacing(SPACING).padding(Padding::from([0.0, SPACING])).height(height).align_y(Alignment::Center)
}
