//! The spectrogram of a whole signal: a picture of bounded size that grows coarser in time as the signal goes on.

use crate::unit::{Db, Frames, Hertz, SampleRate};

/// Most columns: wider than any window. When they are full, pairs become one.
pub const MOST_COLUMNS: usize = 2048;
/// Rows, evenly spread over the logarithm of the frequency.
pub const ROWS: usize = 192;
/// The lowest row begins here.
const LOWEST: Hertz = Hertz(20.0);
/// Level of the value 0, and decibels of one value more.
const BOTTOM_DB: f64 = -127.5;
const STEP_DB: f64 = 0.5;

/// Levels over time and frequency, row by row from the lowest; made of the transforms of a
/// [`super::spectrum::Spectrum`].
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    rate: SampleRate,
    hop: usize,
    /// Bins of each row: the first, and one past the last.
    bins: Vec<(usize, usize)>,
    /// Column by column.
    values: Vec<u8>,
    /// Transforms of a column.
    per_column: u32,
    filled: u32,
    filling: Vec<f64>,
}

impl Spectrogram {
    /// An empty picture for transforms whose bins are `bin_width` apart and that follow each other by `hop` frames.
    pub fn new(rate: SampleRate, bin_width: Hertz, hop: usize) -> Spectrogram {
        let highest = (rate.hz() / 2.0).max(2.0 * LOWEST.0);
        let edge = |row: usize| LOWEST.0 * libm::pow(highest / LOWEST.0, row as f64 / ROWS as f64);
        let row = |row: usize| {
            let first = (edge(row) / bin_width.0).round() as usize;
            (first, ((edge(row + 1) / bin_width.0).round() as usize).max(first + 1))
        };
        Spectrogram {
            rate,
            hop: hop.max(1),
            bins: (0..ROWS).map(row).collect(),
            values: Vec::new(),
            per_column: 1,
            filled: 0,
            filling: vec![0.0; ROWS],
        }
    }

    /// Adds a transform's powers, one per bin.
    pub fn add(&mut self, powers: &[f64]) {
        for (value, (first, last)) in self.filling.iter_mut().zip(&self.bins) {
            let row = powers.get(*first..(*last).min(powers.len())).unwrap_or_default();
            *value = row.iter().copied().fold(*value, f64::max);
        }
        self.filled += 1;
        if self.filled == self.per_column {
            self.filled = 0;
            self.values.extend(self.filling.iter().map(|power| value_of(*power)));
            self.filling.fill(0.0);
            if self.columns() == MOST_COLUMNS {
                self.join_pairs();
            }
        }
    }

    fn join_pairs(&mut self) {
        let columns = self.columns() / 2;
        for column in 0..columns {
            for row in 0..ROWS {
                let pair = [self.values[2 * column * ROWS + row], self.values[(2 * column + 1) * ROWS + row]];
                self.values[column * ROWS + row] = pair[0].max(pair[1]);
            }
        }
        self.values.truncate(columns * ROWS);
        self.per_column *= 2;
    }

    /// Whole columns so far.
    pub fn columns(&self) -> usize {
        self.values.len() / ROWS
    }

    /// Length of a column.
    pub fn column_frames(&self) -> Frames {
        Frames(u64::from(self.per_column) * self.hop as u64)
    }

    /// A column's values from the lowest row up: 0 is -127.5 dB, each step half a decibel.
    pub fn column(&self, index: usize) -> &[u8] {
        self.values.get(index * ROWS..(index + 1) * ROWS).unwrap_or_default()
    }

    /// The level of a value.
    pub fn level(value: u8) -> Db {
        Db(BOTTOM_DB + STEP_DB * f64::from(value))
    }

    /// The middle of a row.
    pub fn frequency(&self, row: usize) -> Hertz {
        let highest = (self.rate.hz() / 2.0).max(2.0 * LOWEST.0);
        Hertz(LOWEST.0 * libm::pow(highest / LOWEST.0, (row as f64 + 0.5) / ROWS as f64))
    }
}

fn value_of(power: f64) -> u8 {
    let level = 10.0 * libm::log10(power.max(1e-24));
    ((level - BOTTOM_DB) / STEP_DB).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stands_in_its_row_and_the_picture_stays_small() {
        let width = Hertz(48_000.0 / 8192.0);
        let mut picture = Spectrogram::new(SampleRate(48_000), width, 2048);
        let mut powers = vec![0.0; 4097];
        powers[171] = 0.25;
        for _ in 0..5_000 {
            picture.add(&powers);
        }
        assert!((MOST_COLUMNS / 2..MOST_COLUMNS).contains(&picture.columns()), "{}", picture.columns());
        assert_eq!(picture.column_frames(), Frames(4 * 2048));
        let column = picture.column(100);
        let loudest = (0..ROWS).max_by_key(|row| column[*row]).unwrap();
        assert!((picture.frequency(loudest).0 / 1002.0 - 1.0).abs() < 0.03);
        assert!((Spectrogram::level(column[loudest]).0 + 6.0).abs() <= 0.25);
        assert_eq!(column.iter().filter(|value| **value > 0).count(), 1);
        assert!(picture.column(9_999).is_empty());
    }
}
