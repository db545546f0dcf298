//! A picture of levels over two scales: a spectrogram, drawn as rectangles so that it stays sharp on paper.

use super::page::Shape;
use super::plot::Ink;

/// Steps of colour: more cannot be told apart in print.
pub(super) const STEPS: u8 = 12;

/// Levels over two scales, evenly spaced on both as they are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    rows: usize,
    /// Column by column, each from the bottom up, 0 to 1; not-a-number is left out.
    shares: Vec<f32>,
}

impl Cells {
    /// Columns of `rows` shares each, from the bottom up: 0 is darkest, 1 brightest. An unfinished column is left out.
    pub fn new(rows: usize, mut shares: Vec<f32>) -> Cells {
        let rows = rows.max(1);
        shares.truncate(shares.len() / rows * rows);
        Cells { rows, shares }
    }

    /// Rectangles over a well: neighbours of one colour in a row are one.
    pub(super) fn shapes(&self, x: f32, y: f32, width: f32, height: f32) -> Vec<Shape> {
        let columns = self.shares.len() / self.rows;
        let mut shapes = vec![Shape::rectangle(x, y, width, height, Ink::Heat(0), 1.0)];
        let step = |column: usize, row: usize| {
            let share = self.shares[column * self.rows + row];
            if share.is_finite() { (share.clamp(0.0, 1.0) * f32::from(STEPS - 1)).round() as u8 } else { 0 }
        };
        let (wide, tall) = (width / columns.max(1) as f32, height / self.rows as f32);
        for row in 0..self.rows {
            let top = y + height - tall * (row + 1) as f32;
            let mut first = 0;
            while first < columns {
                let level = step(first, row);
                let end = (first + 1..columns).find(|column| step(*column, row) != level).unwrap_or(columns);
                if level > 0 {
                    let (left, length) = (x + wide * first as f32, wide * (end - first) as f32);
                    // A hair over the edge: viewers leave a seam between what only touches.
                    let (right, bottom) = ((left + length + 0.1).min(x + width), (top + tall + 0.1).min(y + height));
                    shapes.push(Shape::rectangle(left, top, right - left, bottom - top, Ink::Heat(level), 1.0));
                }
                first = end;
            }
        }
        shapes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_colour_are_one_rectangle() {
        // Two columns alike in the lower row, different in the upper; a third column is not whole.
        let cells = Cells::new(2, vec![1.0, 0.0, 1.0, 0.5, 0.9]);
        assert_eq!(cells.shapes(0.0, 0.0, 100.0, 50.0).len(), 3);
        assert_eq!(Cells::new(0, Vec::new()).shapes(0.0, 0.0, 1.0, 1.0).len(), 1);
        assert_eq!(Cells::new(1, vec![f32::NAN]).shapes(0.0, 0.0, 1.0, 1.0).len(), 1);
    }
}
