//! A place of a file looked at closely: its samples, the signal between them, and its spectrum over time.
//!
//! The line between the samples is the band-limited one (Shannon 1949) with 96 taps and a Kaiser window, as in the meter of
//! true peaks; the strip is made of Hann windows, calibrated to tones (a full-scale sine reads 0 dB).

use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::{hann, kaiser, sinc};
use crate::source::{Error, Reader};
use crate::unit::{Hertz, SampleRate, Seconds};

/// Points of the line for each sample: a tone at half the rate still looks round.
pub const POINTS_PER_SAMPLE: usize = 8;
/// Longest stretch whose samples are told one by one, and are joined by a line.
const MOST_SAMPLES: usize = 2048;
/// Columns of a longer stretch: more than a screen shows.
const COLUMNS: usize = 1024;
/// Half the taps of the line.
const REACH: usize = 48;
/// Columns and most rows of the strip.
const STRIP: (usize, usize) = (192, 96);
/// Shortest time to either side that the strip shows: a shorter one has no frequencies to tell.
const STRIP_HALF: Seconds = Seconds(0.005);
/// Nothing is darker, dB.
const FLOOR_DB: f64 = -120.0;

/// What a channel looks like.
#[derive(Debug, Clone, PartialEq)]
pub enum Trace {
    /// Every sample, and [`POINTS_PER_SAMPLE`] points of the line from each.
    Samples {
        /// The samples; what is no number is told as such.
        samples: Vec<f32>,
        /// The line from the first sample on; where samples are no numbers it is that of zeros.
        line: Vec<f32>,
    },
    /// Lowest and highest sample of equal shares.
    Columns(Vec<(f32, f32)>),
}

/// Levels over time and frequency.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// Number of columns: moments at even distances.
    pub columns: usize,
    /// Number of rows: frequencies at even distances from 0 up.
    pub rows: usize,
    /// dB of full scale, column after column, lowest frequency first.
    pub level_db: Vec<f32>,
    /// Frequency of the upper edge.
    pub highest: Hertz,
    /// Time of the left edge in the source.
    pub from: Seconds,
    /// Time of the right edge.
    pub to: Seconds,
}

/// A place of a source, from close by.
#[derive(Debug, Clone, PartialEq)]
pub struct CloseUp {
    /// Rate of the source.
    pub rate: SampleRate,
    /// Time of the left edge in the source; below 0 where the place is at its start.
    pub from: Seconds,
    /// Time of the right edge.
    pub to: Seconds,
    /// Each channel.
    pub channels: Vec<Trace>,
    /// The spectrum over time, of all channels or of the one that was asked for.
    pub strip: Strip,
}

impl CloseUp {
    /// The stretch of `half` to either side of the middle of `start..end`, and at least all of it where `half` is none.
    ///
    /// # Errors
    /// A file that cannot be read there.
    pub fn read(
        reader: &mut dyn Reader,
        start: Seconds,
        end: Seconds,
        half: Option<Seconds>,
        channel: Option<usize>,
    ) -> Result<CloseUp, Error> {
        let rate = reader.rate();
        let middle = 0.5 * (start.0 + end.0.max(start.0));
        let whole = || (0.75 * (end.0 - start.0)).max(0.001);
        let half = half.map_or_else(whole, |half| half.0).clamp(1e-4, 600.0);
        let from = ((middle - half) * rate.hz()).floor() as i64;
        let frames = ((2.0 * half * rate.hz()).round() as usize).max(2);
        let strip = strip(reader, middle, half.max(STRIP_HALF.0), channel)?;
        let channels =
            if frames <= MOST_SAMPLES { samples(reader, from, frames)? } else { columns(reader, from, frames as u64)? };
        let at = |frame: i64| Seconds(frame as f64 / rate.hz());
        Ok(CloseUp { rate, from: at(from), to: at(from + frames as i64 - 1), channels, strip })
    }
}

/// Frames from `from` on; zeros before the start and past the end.
fn read(reader: &mut dyn Reader, from: i64, frames: usize) -> Result<Block, Error> {
    let channels = reader.layout().channels();
    let lead = (from.min(0).unsigned_abs() as usize).min(frames);
    let mut part = Block::new(channels, frames - lead);
    if part.frames() > 0 {
        reader.read(from.max(0) as u64, &mut part)?;
    }
    let mut block = Block::new(channels, frames);
    block.clear();
    block.copy_from(lead, &part, 0, part.frames());
    Ok(block)
}

fn samples(reader: &mut dyn Reader, from: i64, frames: usize) -> Result<Vec<Trace>, Error> {
    let block = read(reader, from - REACH as i64, frames + 2 * REACH)?;
    let kernel = kernel();
    let trace = |channel: &[f64]| {
        let numbers: Vec<f64> = channel.iter().map(|sample| if sample.is_finite() { *sample } else { 0.0 }).collect();
        let shown = &channel[REACH..REACH + frames];
        let line = (0..(frames - 1) * POINTS_PER_SAMPLE + 1).map(|point| {
            let (sample, phase) = (point / POINTS_PER_SAMPLE, point % POINTS_PER_SAMPLE);
            let taps = kernel[phase].iter().zip(&numbers[sample + 1..]);
            taps.map(|(tap, sample)| tap * sample).sum::<f64>() as f32
        });
        Trace::Samples { samples: shown.iter().map(|sample| *sample as f32).collect(), line: line.collect() }
    };
    Ok(block.iter().map(trace).collect())
}

/// Taps for every phase between a sample and the next: the first one lies `REACH - 1` samples before the sample.
fn kernel() -> Vec<Vec<f64>> {
    let phase = |phase: usize| {
        let shift = phase as f64 / POINTS_PER_SAMPLE as f64;
        let taps = (0..2 * REACH).map(|tap| {
            let distance = tap as f64 - (REACH - 1) as f64 - shift;
            sinc(distance) * kaiser(distance / REACH as f64, 10.0)
        });
        let taps: Vec<f64> = taps.collect();
        let sum: f64 = taps.iter().sum();
        taps.into_iter().map(|tap| tap / sum).collect()
    };
    (0..POINTS_PER_SAMPLE).map(phase).collect()
}

fn columns(reader: &mut dyn Reader, from: i64, frames: u64) -> Result<Vec<Trace>, Error> {
    let mut all = vec![Vec::with_capacity(COLUMNS); reader.layout().channels()];
    for column in 0..COLUMNS as u64 {
        let edge = |column: u64| (column * frames / COLUMNS as u64) as i64;
        let (start, end) = (edge(column), edge(column + 1).max(edge(column) + 1));
        let block = read(reader, from + start, (end - start) as usize)?;
        for (column, samples) in all.iter_mut().zip(block.iter()) {
            let finite = samples.iter().filter(|sample| sample.is_finite());
            let ends = finite.fold((0.0f64, 0.0f64), |(low, high), sample| (low.min(*sample), high.max(*sample)));
            column.push((ends.0 as f32, ends.1 as f32));
        }
    }
    Ok(all.into_iter().map(Trace::Columns).collect())
}

fn strip(reader: &mut dyn Reader, middle: f64, half: f64, channel: Option<usize>) -> Result<Strip, Error> {
    let rate = reader.rate();
    let span = 2.0 * half * rate.hz();
    // A sixteenth of the stretch: fine enough in time to see where it begins, and as fine in frequency as that allows.
    let length = (span / 16.0).clamp(64.0, 4096.0);
    let length = (length as usize).next_power_of_two().min(4096);
    let mut fft = RealFft::new(length);
    let window = hann(length);
    let scale = 2.0 / window.iter().sum::<f64>();
    let rows = STRIP.1.min(fft.bins());
    let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
    let mut frame = vec![0.0; length];
    let mut level_db = Vec::with_capacity(STRIP.0 * rows);
    let mut power = vec![0.0f64; fft.bins()];
    for column in 0..STRIP.0 {
        let at = (middle - half) * rate.hz() + span * (column as f64 + 0.5) / STRIP.0 as f64;
        let block = read(reader, at.round() as i64 - length as i64 / 2, length)?;
        power.fill(0.0);
        let heard = block.iter().enumerate().filter(|(index, _)| channel.is_none_or(|channel| channel == *index));
        for (_, samples) in heard {
            for ((place, sample), weight) in frame.iter_mut().zip(samples).zip(&window) {
                *place = if sample.is_finite() { sample * weight } else { 0.0 };
            }
            fft.forward(&frame, &mut bins);
            power.iter_mut().zip(&bins).for_each(|(power, bin)| *power = power.max(scale * scale * bin.norm_sqr()));
        }
        for row in 0..rows {
            let share = |row: usize| row * power.len() / rows;
            let highest = power[share(row)..share(row + 1)].iter().copied().fold(0.0, f64::max);
            let level = if highest > 0.0 { 10.0 * libm::log10(highest) } else { FLOOR_DB };
            level_db.push(level.max(FLOOR_DB) as f32);
        }
    }
    let (from, to) = (Seconds(middle - half), Seconds(middle + half));
    Ok(Strip { columns: STRIP.0, rows, level_db, highest: Hertz(rate.hz() / 2.0), from, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::unit::Frames;

    const RATE: SampleRate = SampleRate(48_000);

    struct Memory(Vec<f64>);

    impl Reader for Memory {
        fn rate(&self) -> SampleRate {
            RATE
        }
        fn layout(&self) -> Layout {
            Layout::Mono
        }
        fn frames(&self) -> Frames {
            Frames(self.0.len() as u64)
        }
        fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
            for (index, sample) in out.channel_mut(0).iter_mut().enumerate() {
                *sample = self.0.get(start as usize + index).copied().unwrap_or(0.0);
            }
            Ok(())
        }
    }

    fn tone(hertz: f64) -> Memory {
        Memory(
            (0..48_000).map(|n| 0.5 * libm::sin(std::f64::consts::TAU * hertz * n as f64 / RATE.hz() + 0.4)).collect(),
        )
    }

    fn read(memory: &mut Memory, at: f64, half: Option<f64>) -> CloseUp {
        CloseUp::read(memory, Seconds(at), Seconds(at + 0.0001), half.map(Seconds), None).unwrap()
    }

    #[test]
    fn the_line_goes_through_the_samples_and_is_the_tone_between_them() {
        let close = read(&mut tone(15_000.0), 0.5, Some(0.001));
        let Trace::Samples { samples, line } = &close.channels[0] else { panic!("samples") };
        assert_eq!((samples.len(), line.len()), (96, 95 * 8 + 1));
        for (index, sample) in samples.iter().enumerate() {
            assert!((line[8 * index] - sample).abs() < 1e-4);
        }
        let highest = line.iter().copied().fold(0.0, f32::max);
        assert!((highest - 0.5).abs() < 0.005, "{highest}");
        assert!((close.from.0 - 0.499).abs() < 1e-3 && close.to.0 > 0.5);
    }

    #[test]
    fn the_strip_shows_the_tone_where_it_is() {
        let close = read(&mut tone(6_000.0), 0.5, Some(0.05));
        let strip = &close.strip;
        assert_eq!(strip.level_db.len(), strip.columns * strip.rows);
        let column = &strip.level_db[90 * strip.rows..91 * strip.rows];
        let loudest = (0..strip.rows).max_by(|one, two| column[*one].total_cmp(&column[*two])).unwrap();
        assert!(loudest.abs_diff(strip.rows / 4) <= 1, "{loudest} of {}", strip.rows);
        assert!((column[loudest] + 6.0).abs() < 1.5, "{}", column[loudest]);
    }

    #[test]
    fn edges_silence_and_what_is_no_number_are_defined() {
        let mut memory = tone(100.0);
        memory.0[10] = f64::NAN;
        let close = read(&mut memory, 0.0, Some(0.001));
        let Trace::Samples { samples, line } = &close.channels[0] else { panic!("samples") };
        assert!(samples[..40].iter().all(|sample| *sample == 0.0), "before the start");
        assert!(samples.iter().any(|sample| sample.is_nan()) && line.iter().all(|point| point.is_finite()));
        let long = CloseUp::read(&mut memory, Seconds(0.2), Seconds(0.8), None, Some(0)).unwrap();
        let Trace::Columns(columns) = &long.channels[0] else { panic!("columns") };
        assert!(columns.len() == COLUMNS && columns.iter().any(|column| column.1 > 0.45));
        let past = read(&mut Memory(vec![0.0; 100]), 5.0, Some(0.01));
        assert!(past.strip.level_db.iter().all(|level| *level == -120.0));
    }
}
