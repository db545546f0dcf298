//! What a recording is like, in the terms two recordings are compared by: loudness, dynamics, spectrum, width.
//!
//! The spectrum is the long-term mean power of mid and side in twelfths of an octave from 20 Hz to 20 kHz, from
//! transforms of at least 0.68 s, so that a twelfth at 40 Hz is told from its neighbours. With M = (L + R)/2 and
//! S = (L - R)/2 the mean power of both channels is M + S, and the side's share S / (M + S) is the width: 0 mono, 0.5
//! unrelated channels.

use serde::{Deserialize, Serialize};

use crate::analysis::loudness::{LoudnessError, Reading};
use crate::analysis::measure::Measurer;
use crate::analysis::spectrum::{Part, Spectrum};
use crate::audio::{Block, Layout};
use crate::survey::Listener;
use crate::unit::{Db, Dbtp, Hertz, Lu, Lufs, SampleRate, Seconds};

/// Bands to an octave.
const PER_OCTAVE: usize = 12;
/// The lowest band's middle; the highest is 9 and 11/12 octaves above, 19.3 kHz.
const LOWEST: Hertz = Hertz(20.0);
/// Bands of a portrait.
pub const BANDS: usize = 10 * PER_OCTAVE;
/// The length of a transform, at least: 0.68 s tells tones 6 Hz apart with the window in use.
const TRANSFORM: Seconds = Seconds(0.68);
/// A band this far below the strongest holds nothing that could be compared: the noise of a 16-bit file under music.
const EMPTY_DB: f64 = 90.0;
/// The slope is fitted where music of every kind has something.
const SLOPE_BETWEEN: (Hertz, Hertz) = (Hertz(63.0), Hertz(12_500.0));
/// What counts as low end.
const LOW_END: Hertz = Hertz(120.0);
/// The share of short-term loudness below which this percentile lies: "the loud parts".
const LOUD_SHARE: f64 = 0.95;

/// One band.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Share {
    /// Mean power of the mid, of full scale.
    pub mid: f64,
    /// Mean power of the side.
    pub side: f64,
}

impl Share {
    /// Mean power of both channels.
    pub fn power(self) -> f64 {
        self.mid + self.side
    }

    /// Share of the side, 0 to 1; `None` where there is nothing.
    pub fn width(self) -> Option<f64> {
        (self.power() > 0.0).then(|| self.side / self.power())
    }

    /// Correlation of the channels, -1 to 1, taken as equally loud; `None` where there is nothing.
    pub fn correlation(self) -> Option<f64> {
        (self.power() > 0.0).then(|| (self.mid - self.side) / self.power())
    }
}

/// What a recording is like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portrait {
    /// Its name: a song's title, a file's name.
    pub name: String,
    /// Length.
    pub duration_s: Seconds,
    /// Integrated loudness; `None` in silence, as all that follows.
    pub integrated_lufs: Option<Lufs>,
    /// The 95th percentile of short-term loudness: how loud the loud parts are.
    pub short_term_95_lufs: Option<Lufs>,
    /// Loudness range.
    pub lra_lu: Option<Lu>,
    /// True peak.
    pub true_peak_dbtp: Option<Dbtp>,
    /// True peak over integrated loudness.
    pub plr_db: Option<Db>,
    /// Peak over root mean square.
    pub crest_db: Option<Db>,
    /// Correlation of the channels.
    pub correlation: Option<f64>,
    /// Share of the power that lies in the side, 0 to 1.
    pub width: Option<f64>,
    /// Slope of the spectrum from 63 Hz to 12.5 kHz, of equal parts of an octave: pink noise has 0 dB per octave.
    pub tilt_db_per_octave: Option<f64>,
    /// Power below 120 Hz over all power.
    pub low_end_db: Option<Db>,
    /// The bands, the lowest first.
    pub bands: Vec<Share>,
}

/// The middle of band `index`.
pub fn middle(index: usize) -> Hertz {
    Hertz(LOWEST.0 * libm::pow(2.0, index as f64 / PER_OCTAVE as f64))
}

impl Portrait {
    /// Several songs as one: powers and figures averaged by their length, the highest peak. For an album's chain, which
    /// works on all of them.
    pub fn joined(songs: &[Portrait]) -> Portrait {
        let [first, rest @ ..] = songs else { return Painter::nothing() };
        if rest.is_empty() {
            return first.clone();
        }
        let total: f64 = songs.iter().map(|song| song.duration_s.0).sum();
        let mean = |of: fn(&Portrait) -> Option<f64>| {
            let known = songs.iter().filter_map(|song| Some((of(song)?, song.duration_s.0)));
            let (sum, time) =
                known.fold((0.0, 0.0), |(sum, time), (value, length)| (sum + value * length, time + length));
            (time > 0.0).then(|| sum / time)
        };
        let loudness = |of: fn(&Portrait) -> Option<f64>| {
            let known = songs.iter().filter_map(|song| Some((libm::pow(10.0, of(song)? / 10.0), song.duration_s.0)));
            let (sum, time) =
                known.fold((0.0, 0.0), |(sum, time), (value, length)| (sum + value * length, time + length));
            (time > 0.0).then(|| Lufs(10.0 * libm::log10(sum / time)))
        };
        let share = |song: &Portrait| song.duration_s.0 / total.max(f64::MIN_POSITIVE);
        let band = |index: usize| {
            let sum = |of: fn(&Share) -> f64| songs.iter().map(|song| share(song) * of(&song.bands[index])).sum();
            Share { mid: sum(|band| band.mid), side: sum(|band| band.side) }
        };
        let bands: Vec<Share> = (0..BANDS).map(band).collect();
        let peak = songs.iter().filter_map(|song| song.true_peak_dbtp).map(|peak| peak.0).reduce(f64::max);
        Portrait {
            name: String::new(),
            duration_s: Seconds(total),
            integrated_lufs: loudness(|song| song.integrated_lufs.map(|level| level.0)),
            short_term_95_lufs: loudness(|song| song.short_term_95_lufs.map(|level| level.0)),
            lra_lu: mean(|song| song.lra_lu.map(|range| range.0)).map(Lu),
            true_peak_dbtp: peak.map(Dbtp),
            plr_db: mean(|song| song.plr_db.map(|ratio| ratio.0)).map(Db),
            crest_db: mean(|song| song.crest_db.map(|crest| crest.0)).map(Db),
            correlation: mean(|song| song.correlation),
            width: mean(|song| song.width),
            tilt_db_per_octave: tilt(&bands),
            low_end_db: low_end(&bands),
            bands,
        }
    }

    /// The mean power of the bands in dB; `None` where one holds nothing that could be compared.
    pub fn curve(&self) -> Vec<Option<f64>> {
        let strongest = self.bands.iter().map(|band| band.power()).fold(0.0, f64::max);
        let least = strongest * libm::pow(10.0, -EMPTY_DB / 10.0);
        let told = |band: &Share| (band.power() > least).then(|| 10.0 * libm::log10(band.power()));
        self.bands.iter().map(told).collect()
    }
}

/// A portrait under way.
pub struct Painter {
    measurer: Measurer,
    mid: Spectrum,
    side: Spectrum,
    rate: SampleRate,
    mono: bool,
}

impl Painter {
    /// A portrait of a signal of a known layout and rate; of more than two channels the first pair gives spectrum and
    /// width.
    ///
    /// # Errors
    /// A rate or layout that loudness is not defined for.
    pub fn new(layout: Layout, rate: SampleRate) -> Result<Painter, LoudnessError> {
        let length = ((TRANSFORM.0 * rate.hz()) as usize).next_power_of_two();
        let spectrum = |part: Part| {
            let mut spectrum = Spectrum::of_file(layout.channels(), rate, length);
            spectrum.listen_to(part);
            spectrum
        };
        Ok(Painter {
            measurer: Measurer::new(layout, rate, None)?,
            mid: spectrum(Part::Mid),
            side: spectrum(Part::Side),
            rate,
            mono: layout.channels() < 2,
        })
    }

    /// The portrait of no sound at all.
    fn nothing() -> Portrait {
        Portrait {
            name: String::new(),
            duration_s: Seconds(0.0),
            integrated_lufs: None,
            short_term_95_lufs: None,
            lra_lu: None,
            true_peak_dbtp: None,
            plr_db: None,
            crest_db: None,
            correlation: None,
            width: None,
            tilt_db_per_octave: None,
            low_end_db: None,
            bands: vec![Share::default(); BANDS],
        }
    }

    /// Hears the next block: as many channels as the layout has.
    pub fn process(&mut self, block: &Block) {
        self.measurer.process(block);
        self.mid.process(block);
        if !self.mono {
            self.side.process(block);
        }
    }

    /// Ends it.
    pub fn finish(self, name: &str) -> Portrait {
        let measured = self.measurer.finish();
        let figures = &measured.measurement;
        let (mid, side) = (self.mid.long_term_powers(), self.side.long_term_powers());
        let width = self.mid.bin_width().0;
        let highest = self.rate.hz() / 2.0;
        let band = |index: usize| {
            let (low, high) = edges(index);
            let sum = |powers: &[f64]| if high <= highest { between(powers, low / width, high / width) } else { 0.0 };
            Share { mid: sum(&mid), side: sum(&side) }
        };
        let bands: Vec<Share> = (0..BANDS).map(band).collect();
        Portrait {
            name: name.into(),
            duration_s: figures.duration_s,
            integrated_lufs: figures.integrated_lufs,
            short_term_95_lufs: loud(&measured.history),
            lra_lu: figures.lra_lu,
            true_peak_dbtp: figures.true_peak_dbtp,
            plr_db: figures.plr_db,
            crest_db: figures.crest_db,
            correlation: figures.correlation_mean,
            width: figures.width,
            tilt_db_per_octave: tilt(&bands),
            low_end_db: low_end(&bands),
            bands,
        }
    }
}

impl Listener for Painter {
    fn process(&mut self, block: &Block) {
        Painter::process(self, block);
    }
}

fn edges(index: usize) -> (f64, f64) {
    let half = libm::pow(2.0, 0.5 / PER_OCTAVE as f64);
    (middle(index).0 / half, middle(index).0 * half)
}

/// The power between two places on the axis of bins; a bin reaches half a bin to each side.
fn between(powers: &[f64], low: f64, high: f64) -> f64 {
    let (low, high) = (low + 0.5, high + 0.5);
    let (first, last) = (low.floor() as usize, high.floor() as usize);
    let at = |bin: usize| powers.get(bin).copied().unwrap_or(0.0);
    if first == last {
        return at(first) * (high - low);
    }
    let whole: f64 = (first + 1..last).map(at).sum();
    at(first) * (first as f64 + 1.0 - low) + whole + at(last) * (high - last as f64)
}

/// The slope over octaves of what a line fits best, least squares over the bands that hold something.
fn tilt(bands: &[Share]) -> Option<f64> {
    let strongest = bands.iter().map(|band| band.power()).fold(0.0, f64::max);
    let within = |index: usize| middle(index).0 >= SLOPE_BETWEEN.0.0 && middle(index).0 <= SLOPE_BETWEEN.1.0;
    let least = strongest * libm::pow(10.0, -EMPTY_DB / 10.0);
    let points: Vec<(f64, f64)> = (0..bands.len())
        .filter(|index| within(*index) && bands[*index].power() > least && strongest > 0.0)
        .map(|index| (index as f64 / PER_OCTAVE as f64, 10.0 * libm::log10(bands[index].power())))
        .collect();
    slope(&points)
}

fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let across: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
    let along: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (across > 0.0).then(|| along / across)
}

fn low_end(bands: &[Share]) -> Option<Db> {
    let power = |below: f64| -> f64 {
        (0..bands.len()).filter(|index| middle(*index).0 < below).map(|index| bands[index].power()).sum()
    };
    let (low, all) = (power(LOW_END.0), power(f64::INFINITY));
    (low > 0.0).then(|| Db(10.0 * libm::log10(low / all)))
}

/// The percentile of what passes the absolute gate, by the nearest rank.
fn loud(history: &[Reading]) -> Option<Lufs> {
    let mut levels: Vec<f64> =
        history.iter().filter_map(|reading| reading.short_term).map(|level| level.0).filter(|l| *l > -70.0).collect();
    levels.sort_by(f64::total_cmp);
    let rank = (LOUD_SHARE * levels.len() as f64).ceil() as usize;
    levels.get(rank.max(1) - 1).map(|level| Lufs(*level))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Noise that repeats nowhere, -1 to 1.
    pub fn noise(seed: u64, count: usize) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    pub fn portrait(left: Vec<f64>, right: Vec<f64>) -> Portrait {
        let mut painter = Painter::new(Layout::Stereo, SampleRate(48_000)).unwrap();
        painter.process(&Block::from_channels(&[left, right]));
        painter.finish("noise")
    }

    #[test]
    fn white_noise_rises_three_decibels_an_octave_and_its_width_is_that_of_its_channels() {
        let (mid, side) = (noise(1, 480_000), noise(2, 480_000));
        let mix = |sign: f64| (0..480_000).map(|n| 0.1 * (mid[n] + sign * 0.5 * side[n])).collect::<Vec<_>>();
        let white = portrait(mix(1.0), mix(-1.0));
        assert!((white.tilt_db_per_octave.unwrap() - 3.01).abs() < 0.05, "{:?}", white.tilt_db_per_octave);
        // Side at half the amplitude of the mid: a fifth of the power.
        assert!((white.width.unwrap() - 0.2).abs() < 0.005, "{:?}", white.width);
        for (index, band) in white.bands.iter().enumerate().filter(|(index, _)| middle(*index).0 > 500.0) {
            assert!((band.width().unwrap() - 0.2).abs() < 0.08, "{index} {band:?}");
        }
        assert!((white.bands[90].correlation().unwrap() - 0.6).abs() < 0.1);
        // 120 Hz of 20 kHz.
        assert!((white.low_end_db.unwrap().0 - 10.0 * libm::log10(100.0 / 20_000.0)).abs() < 1.0);
    }

    #[test]
    fn a_tone_stands_in_its_band_and_a_mono_file_has_no_side() {
        let frequency = middle(66).0;
        let wave = |n: usize| 0.25 * libm::sin(std::f64::consts::TAU * frequency * n as f64 / 48_000.0);
        let samples: Vec<f64> = (0..240_000).map(wave).collect();
        let mut painter = Painter::new(Layout::Mono, SampleRate(48_000)).unwrap();
        painter.process(&Block::from_channels(&[samples]));
        let tone = painter.finish("tone");
        let strongest = (0..BANDS).max_by(|a, b| tone.bands[*a].power().total_cmp(&tone.bands[*b].power())).unwrap();
        assert_eq!(strongest, 66);
        assert!(tone.bands.iter().all(|band| band.side == 0.0));
    }

    #[test]
    fn silence_has_no_figures_and_no_curve() {
        let silent = portrait(vec![0.0; 96_000], vec![0.0; 96_000]);
        assert_eq!((silent.integrated_lufs, silent.tilt_db_per_octave, silent.low_end_db), (None, None, None));
        assert!(silent.curve().iter().all(Option::is_none));
        assert_eq!(portrait(vec![], vec![]).short_term_95_lufs, None);
    }

    #[test]
    fn power_between_bins_is_shared_by_area() {
        let powers = [1.0, 2.0, 4.0];
        assert!((between(&powers, -0.5, 2.5) - 7.0).abs() < 1e-12);
        assert!((between(&powers, 1.0, 2.0) - (0.5 * 2.0 + 0.5 * 4.0)).abs() < 1e-12);
        assert!((between(&powers, 0.9, 1.1) - 0.4).abs() < 1e-12);
    }
}
