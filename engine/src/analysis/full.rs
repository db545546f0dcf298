//! Everything Lacquer measures of a signal, in one pass: the figures of [`super::measure`], and beside them bands,
//! spectrum, spectrogram and the programme meters. For reports, pages and `analyze --all`.

use super::Extreme;
use super::ballistics::{Ballistics, Meter};
use super::band::{BandReading, Bands, Width};
use super::finite::finite;
use super::loudness::{LoudnessError, Reading};
use super::measure::{Measured, Measurer};
use super::spectrogram::Spectrogram;
use super::spectrum::{Point, Spectrum};
use crate::audio::{Block, Layout};
use crate::unit::{Db, Dbtp, Lufs, SampleRate};

/// Points of a transform: 5.9 Hz apart at 48 kHz.
const SPECTRUM_LENGTH: usize = 8192;
/// Width of a class of the distribution in LU.
const CLASS_LU: f64 = 0.5;
/// The distribution counts what passes the absolute gate of BS.1770.
const ABSOLUTE_GATE: Lufs = Lufs(-70.0);

/// A full measurement under way.
pub struct FullMeasurer {
    channels: usize,
    measurer: Measurer,
    bands: Bands,
    spectrum: Spectrum,
    spectrogram: Spectrogram,
    ballistics: Ballistics,
}

/// What is known after it.
#[derive(Debug, Clone, PartialEq)]
pub struct FullMeasured {
    /// The figures, history and overs.
    pub measured: Measured,
    /// Third octaves, the lowest first.
    pub thirds: Vec<BandReading>,
    /// Octaves, the lowest first: crest, correlation and mono loss by band.
    pub octaves: Vec<BandReading>,
    /// The long-term mean spectrum.
    pub mean: Vec<Point>,
    /// The highest each frequency has been.
    pub maximum: Vec<Point>,
    /// The lowest.
    pub minimum: Vec<Point>,
    /// The picture of the whole.
    pub spectrogram: Spectrogram,
    /// Highest reading of each programme meter, of the louder channel.
    pub meters: Vec<(Meter, Option<Extreme<Db>>)>,
}

impl FullMeasurer {
    /// A measurement of a signal of a known layout and rate; overs are listed above `ceiling`.
    pub fn new(
        layout: Layout,
        rate: SampleRate,
        bits: Option<u32>,
        ceiling: Dbtp,
    ) -> Result<FullMeasurer, LoudnessError> {
        let channels = layout.channels();
        let spectrum = Spectrum::of_file(channels, rate, SPECTRUM_LENGTH);
        Ok(FullMeasurer {
            channels,
            measurer: Measurer::new(layout, rate, bits)?.with_ceiling(ceiling),
            bands: Bands::all(rate),
            spectrogram: Spectrogram::new(rate, spectrum.bin_width(), spectrum.hop()),
            spectrum,
            ballistics: Ballistics::new(channels, rate),
        })
    }

    /// Measures on the calling thread alone: where all cores have measurements of their own.
    pub fn alone(mut self) -> FullMeasurer {
        self.measurer = self.measurer.alone();
        self
    }

    /// Measures the next block.
    pub fn process(&mut self, block: &Block) {
        self.measurer.process(block);
        let block = &*finite(block);
        self.bands.process_finite(block);
        let spectrogram = &mut self.spectrogram;
        self.spectrum.process_each(block, &mut |powers| spectrogram.add(powers));
        self.ballistics.process_finite(block);
    }

    /// Ends the measurement.
    pub fn finish(self) -> FullMeasured {
        let highest = |meter: Meter| {
            let channels = (0..self.channels).filter_map(|channel| self.ballistics.highest(meter, channel));
            channels.reduce(|best, next| if next.value.0 > best.value.0 { next } else { best })
        };
        FullMeasured {
            meters: Meter::ALL.into_iter().map(|meter| (meter, highest(meter))).collect(),
            measured: self.measurer.finish(),
            thirds: self.bands.readings_of(Width::Third),
            octaves: self.bands.readings_of(Width::Octave),
            mean: self.spectrum.long_term(),
            maximum: self.spectrum.maximum(),
            minimum: self.spectrum.minimum(),
            spectrogram: self.spectrogram,
        }
    }
}

/// How often each short-term loudness stood: classes of 0.5 LU by their middle, shares that sum to 1. Silence and what
/// the absolute gate leaves out do not count; empty where nothing is left.
pub fn distribution<'a>(histories: impl IntoIterator<Item = &'a [Reading]>) -> Vec<(Lufs, f64)> {
    let loud = histories.into_iter().flatten().filter_map(|reading| reading.short_term);
    let classes: Vec<i64> =
        loud.filter(|lufs| *lufs > ABSOLUTE_GATE).map(|lufs| (lufs.0 / CLASS_LU).floor() as i64).collect();
    let (Some(first), Some(last)) = (classes.iter().min(), classes.iter().max()) else { return Vec::new() };
    let mut counts = vec![0usize; (last - first + 1) as usize];
    classes.iter().for_each(|class| counts[(class - first) as usize] += 1);
    let middle = |index: usize| Lufs((*first as f64 + index as f64 + 0.5) * CLASS_LU);
    let total = classes.len() as f64;
    counts.iter().enumerate().map(|(index, count)| (middle(index), *count as f64 / total)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_agrees_about_a_tone() {
        let wave = |n: usize| 0.125 * libm::sin(std::f64::consts::TAU * 1000.0 * n as f64 / 48_000.0);
        let samples: Vec<f64> = (0..4 * 48_000).map(wave).collect();
        let mut full = FullMeasurer::new(Layout::Stereo, SampleRate(48_000), None, Dbtp(-20.0)).unwrap();
        let whole = Block::from_channels(&[samples.clone(), samples]);
        full.process(&whole);
        let full = full.finish();
        assert!((full.measured.measurement.integrated_lufs.unwrap().0 + 18.06).abs() < 0.05);
        assert!(full.measured.measurement.overs > 0);
        let one = full.thirds.iter().find(|band| band.name == "1k").unwrap();
        assert!((one.now.unwrap().0 + 18.06).abs() < 0.05);
        let highest = full.maximum.iter().map(|point| point.level.0).fold(f64::NEG_INFINITY, f64::max);
        assert!((highest + 18.06).abs() < 0.02);
        for (meter, reading) in &full.meters {
            assert!((reading.unwrap().value.0 + 18.06).abs() < 0.3, "{meter:?} {reading:?}");
        }
        assert!(full.spectrogram.columns() > 80);
    }

    #[test]
    fn a_distribution_counts_what_sounds() {
        let reading = |lufs: f64| Reading { momentary: None, short_term: Some(Lufs(lufs)) };
        let history = [reading(-14.2), reading(-14.4), reading(-13.2), reading(-80.0), Reading::default()];
        let shares = distribution([&history[..]]);
        assert_eq!(shares.iter().map(|(lufs, _)| lufs.0).collect::<Vec<_>>(), [-14.25, -13.75, -13.25]);
        assert!((shares[0].1 - 2.0 / 3.0).abs() < 1e-12 && shares[1].1 == 0.0);
        assert!(distribution([]).is_empty());
    }
}
