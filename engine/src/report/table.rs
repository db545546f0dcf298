//! Plain aligned columns: a head, rows, two spaces between. No colours, no frames: made to be read, grepped and diffed.

use std::fmt;

/// Which side a column leans to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table. It prints as text without a line end after the last row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    heads: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with its heads; columns lean right.
    pub fn new(heads: &[&str]) -> Table {
        Table {
            heads: heads.iter().map(|head| head.to_string()).collect(),
            aligns: vec![Align::Right; heads.len()],
            rows: Vec::new(),
        }
    }

    /// Leans a column to a side.
    pub fn aligned(mut self, column: usize, align: Align) -> Table {
        if let Some(held) = self.aligns.get_mut(column) {
            *held = align;
        }
        self
    }

    /// Adds a row; cells beyond the heads are left out, missing ones are empty. Line breaks become spaces.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row: Vec<String> = cells.into_iter().map(|cell| one_line(cell.into())).collect();
        row.resize(self.heads.len(), String::new());
        self.rows.push(row);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The side a column leans to.
    pub fn align(&self, column: usize) -> Align {
        self.aligns.get(column).copied().unwrap_or(Align::Left)
    }

    /// The heads.
    pub fn heads(&self) -> &[String] {
        &self.heads
    }

    /// The cells, row by row.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| &row[column]);
            cells.chain([&self.heads[column]]).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..self.heads.len()).map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (number, row) in [&self.heads].into_iter().chain(&self.rows).enumerate() {
            let cells = row.iter().zip(&widths).zip(&self.aligns).map(|((cell, width), align)| match align {
                Align::Left => format!("{cell:<width$}"),
                Align::Right => format!("{cell:>width$}"),
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            let end = if number == 0 { "" } else { "\n" };
            write!(f, "{end}{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn one_line(text: String) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["Song", "LUFS"]).aligned(0, Align::Left);
        table.row(["Ärger", "-9.5"]);
        table.row(["Two\nlines", "-14.0"]);
        assert_eq!(table.to_string(), "Song        LUFS\nÄrger       -9.5\nTwo lines  -14.0");
    }

    #[test]
    fn odd_rows_do_not_break_the_table() {
        let mut table = Table::new(&["a", "b"]);
        table.row(["1", "2", "3"]);
        table.row(["1"]);
        assert_eq!(table.rows()[0].len(), 2);
        assert_eq!(table.to_string().lines().count(), 3);
        assert!(!table.is_empty());
    }
}
