//! The running spectrogram: columns of the last seconds, and the picture of a song that was measured whole.

use std::collections::VecDeque;

use iced::widget::image::Handle;
use lacquer_engine::analysis::spectrogram::{ROWS, Spectrogram as Measured};
use lacquer_engine::analysis::spectrum::Point;

use crate::widget::spectrogram::viridis;

/// Rows of the running picture.
const HEIGHT: usize = 160;
/// Columns of the running picture.
const WIDTH: usize = 300;
/// More columns than this between two readings are a jump and not a slow screen.
const LONGEST_STEP: u64 = 20;
/// The lowest frequency, Hz.
const LOW_HZ: f64 = 20.0;

/// What the picture spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// The last 10 s.
    #[default]
    Ten,
    /// The last 60 s.
    Sixty,
    /// The song, where everything was measured.
    Song,
}

impl Window {
    fn seconds(self) -> f64 {
        match self {
            Window::Ten => 10.0,
            Window::Sixty | Window::Song => 60.0,
        }
    }
}

/// The columns that are kept.
#[derive(Debug, Default)]
pub struct Waterfall {
    columns: VecDeque<[u8; HEIGHT]>,
    filling: Option<[f32; HEIGHT]>,
    /// Programme frame at which the column under way began.
    began: u64,
    picture: Option<Handle>,
}

impl Waterfall {
    /// Takes the spectrum of a reading that was measured up to `position`. Answers whether the picture is another.
    pub fn add(&mut self, spectrum: &[Point], position: u64, rate_hz: u32, window: Window) -> bool {
        let column = (window.seconds() / WIDTH as f64 * f64::from(rate_hz.max(1))) as u64;
        if spectrum.is_empty() || position == self.began {
            return false;
        }
        let row = rows(spectrum, f64::from(rate_hz) / 2.0);
        match &mut self.filling {
            Some(held) => held.iter_mut().zip(row).for_each(|(held, level)| *held = held.max(level)),
            None => self.filling = Some(row),
        }
        let column = column.max(1);
        let passed = position.checked_sub(self.began).filter(|passed| *passed < LONGEST_STEP * column);
        let count = match passed {
            Some(passed) if passed < column => return false,
            Some(passed) => passed / column,
            // A jump begins a column of its own.
            None => 1,
        };
        self.began = if passed.is_some() { self.began + count * column } else { position };
        let Some(filled) = self.filling.take() else { return false };
        for _ in 0..count {
            self.columns.push_back(filled.map(quantised));
        }
        while self.columns.len() > WIDTH {
            self.columns.pop_front();
        }
        self.picture = Some(self.drawn());
        true
    }

    /// Forgets what was.
    pub fn clear(&mut self) {
        *self = Waterfall::default();
    }

    /// The picture, where there is one.
    pub fn picture(&self) -> Option<Handle> {
        self.picture.clone()
    }

    /// The newest column stands at the right edge.
    fn drawn(&self) -> Handle {
        let dark = viridis(f32::NEG_INFINITY);
        let mut pixels = Vec::with_capacity(WIDTH * HEIGHT * 4);
        let missing = WIDTH - self.columns.len();
        for row in (0..HEIGHT).rev() {
            for place in 0..WIDTH {
                let column = place.checked_sub(missing).and_then(|place| self.columns.get(place));
                let [red, green, blue] = column.map_or(dark, |column| viridis(level(column[row])));
                pixels.extend([red, green, blue, 255]);
            }
        }
        Handle::from_rgba(WIDTH as u32, HEIGHT as u32, pixels)
    }
}

/// The picture of a whole sound.
pub fn whole(measured: &Measured) -> Option<Handle> {
    let width = measured.columns();
    if width == 0 {
        return None;
    }
    let mut pixels = Vec::with_capacity(width * ROWS * 4);
    for row in (0..ROWS).rev() {
        for column in 0..width {
            let value = measured.column(column).get(row).copied().unwrap_or(0);
            let [red, green, blue] = viridis(Measured::level(value).0 as f32);
            pixels.extend([red, green, blue, 255]);
        }
    }
    Some(Handle::from_rgba(width as u32, ROWS as u32, pixels))
}

/// Half a decibel to a step, 0 at -127.5 dB.
fn quantised(db: f32) -> u8 {
    ((db + 127.5) * 2.0).round().clamp(0.0, 255.0) as u8
}

fn level(value: u8) -> f32 {
    f32::from(value) / 2.0 - 127.5
}

/// The highest level in each row of the picture.
fn rows(spectrum: &[Point], high_hz: f64) -> [f32; HEIGHT] {
    let span = libm::log(high_hz.max(2.0 * LOW_HZ) / LOW_HZ);
    let mut rows = [f32::NEG_INFINITY; HEIGHT];
    for point in spectrum {
        let place = libm::log(point.frequency.0.max(LOW_HZ) / LOW_HZ) / span * HEIGHT as f64;
        let row = &mut rows[(place as usize).min(HEIGHT - 1)];
        *row = row.max(point.level.0 as f32);
    }
    // A row without a point of its own is as the one below it.
    let mut below = rows.iter().copied().find(|level| level.is_finite()).unwrap_or(f32::NEG_INFINITY);
    for row in &mut rows {
        if row.is_finite() { below = *row } else { *row = below }
    }
    rows
}

#[cfg(test)]
mod tests {
    use lacquer_engine::unit::{Db, Hertz};

    use super::*;

    #[test]
    fn columns_come_with_time_and_not_with_screen_frames() {
        let spectrum = [Point { frequency: Hertz(1_000.0), level: Db(-20.0) }];
        let mut waterfall = Waterfall::default();
        let mut made = 0;
        for frame in 1..=3000u64 {
            made += usize::from(waterfall.add(&spectrum, frame * 441, 44_100, Window::Ten));
        }
        assert!((850..=1000).contains(&made), "30 s of columns of a thirtieth: {made}");
        assert_eq!(waterfall.columns.len(), WIDTH);
        let loudest = (0..HEIGHT).max_by_key(|row| waterfall.columns[0][*row]);
        assert_eq!(level(waterfall.columns[0][loudest.expect("a row")]), -20.0);
        assert!(!waterfall.add(&spectrum, waterfall.began, 44_100, Window::Ten), "a pause adds nothing");
        waterfall.clear();
        assert!(waterfall.picture().is_none());
    }
}
