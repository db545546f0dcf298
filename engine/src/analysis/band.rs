//! Octave and third-octave bands: filters of IEC 61260-1, base ten, class 1.
//!
//! Each band is a Butterworth band-pass of eight poles made of state-variable sections, its edges prewarped. From octave
//! to octave the rate is halved by a symmetric FIR, so a band runs at four to eight times its own upper edge. A band
//! whose upper edge lies above half the rate (20 kHz at 44.1 kHz) is not measured.

use super::finite::finite;
use crate::audio::Block;
use crate::dsp::svf::{Abreast, StateAbreast, Svf};
use crate::dsp::wide::{Work, widest};
use crate::dsp::window::{kaiser, sinc};
use crate::unit::{Db, Hertz, SampleRate};

/// The octave ratio of base ten, 10^0.3 (IEC 61260-1, 5.2).
const OCTAVE_DECADES: f64 = 0.3;
/// A band's upper edge is at most this share of the rate it runs at, where that is not the signal's own.
const HIGHEST_SHARE: f64 = 0.26;
/// Half the length of the halving filter: pass band to 0.13 of its input rate, 100 dB down from 0.37.
const HALF: usize = 12;
/// Shape of its Kaiser window: 100 dB.
const HALF_BETA: f64 = 10.0;
/// Sections of a band: eight poles, the least that class 1 allows for the highest band at 48 kHz.
const SECTIONS: usize = 4;
/// Time constant of the running level: F, 125 ms (IEC 61672-1).
const FAST_SECONDS: f64 = 0.125;
/// The windows of the lowest correlation, in seconds: as the phase meter's.
const WINDOW_SECONDS: f64 = 0.6;
/// Windows quieter than this (dBFS, mean of both) say nothing about phase.
const FLOOR_DBFS: f64 = -70.0;
/// Frames worked at a time.
const CHUNK: usize = 1024;
/// Frames between two looks at whether a filter's memory has decayed to nothing, on a grid of the signal's own.
const LOOK: usize = 256;
/// Frames of a halved signal worked together. Each has its own order of additions, so the width cannot be heard.
const LANES: usize = 8;
/// Every second sample under the taps of a chunk, and what the last lanes read beyond.
const ROW: usize = CHUNK / 2 + 2 * HALF + LANES;
/// A running power below this is taken for exact zero.
const NOTHING: f64 = 1e-60;

/// A stretch of two channels.
type Pair = [[f64; CHUNK]; 2];

/// How wide the bands are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Octaves, 31.5 Hz to 16 kHz.
    Octave,
    /// Third octaves, 20 Hz to 20 kHz.
    Third,
}

impl Width {
    /// Bands in an octave.
    fn per_octave(self) -> i32 {
        match self {
            Width::Octave => 1,
            Width::Third => 3,
        }
    }

    /// Exact middle frequencies, 1 kHz among them, with the names of the standard (IEC 61260-1, annex E).
    fn middles(self) -> Vec<(f64, &'static str)> {
        const THIRDS: [&str; 31] = [
            "20", "25", "31.5", "40", "50", "63", "80", "100", "125", "160", "200", "250", "315", "400", "500", "630",
            "800", "1k", "1.25k", "1.6k", "2k", "2.5k", "3.15k", "4k", "5k", "6.3k", "8k", "10k", "12.5k", "16k",
            "20k",
        ];
        let middle = |place: i32| 1000.0 * libm::pow(10.0, f64::from(place) / 10.0);
        let all = (-17..=13).map(|place| (place, THIRDS[(place + 17) as usize]));
        match self {
            Width::Third => all.map(|(place, name)| (middle(place), name)).collect(),
            Width::Octave => all.filter(|(p, _)| p % 3 == 0).map(|(place, name)| (middle(place), name)).collect(),
        }
    }
}

/// What a band has shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandReading {
    /// The name of its middle: `31.5`, `1k`.
    pub name: &'static str,
    /// Its exact middle.
    pub middle: Hertz,
    /// Mean level of all channels: a sine of a level in every channel reads that level (dBFS, peak). `None` in silence.
    pub mean: Option<Db>,
    /// Highest level with time constant F.
    pub highest: Option<Db>,
    /// Level now, with time constant F.
    pub now: Option<Db>,
    /// Largest sample over mean level, of the louder channel.
    pub crest: Option<Db>,
    /// Correlation of the first two channels.
    pub correlation: Option<f64>,
    /// Lowest correlation of any 600 ms above -70 dBFS.
    pub correlation_min: Option<f64>,
    /// Change of level when the first two channels become one: 0 dB the same in both, -3.01 unrelated.
    pub mono_loss: Option<Db>,
}

/// A bank of such filters, fed with blocks in order. The first two channels are measured; one alone is both.
#[derive(Debug, Clone)]
pub struct Bands {
    rate: SampleRate,
    widths: Vec<Width>,
    levels: Vec<Level>,
}

/// The bands that run at one rate, and the way to the next lower one.
#[derive(Debug, Clone, Default)]
struct Level {
    bands: Vec<Name>,
    /// The bands again, two by two; an odd last one runs beside itself.
    twos: Vec<Two>,
    halve: [Halve; 2],
}

/// Which band it is.
#[derive(Debug, Clone, Copy)]
struct Name {
    width: Width,
    name: &'static str,
    middle: f64,
}

/// Two bands at work side by side.
#[derive(Debug, Clone)]
struct Two {
    sections: [Abreast; SECTIONS],
    states: [StateAbreast; SECTIONS],
    meter: Meter,
}

/// Sums of what passed two bands; in fours: left and right of the first, left and right of the second.
#[derive(Debug, Clone, Default)]
struct Meter {
    frames: u64,
    total: [Products; 2],
    sums: Sums,
    window_frames: u32,
    window_length: u32,
    floor: f64,
    lowest: [Option<f64>; 2],
    share: f64,
}

/// What moves with every frame.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    power: [f64; 4],
    /// Left times right, twice for each band.
    both: [f64; 4],
    peak: [f64; 4],
    /// Of both channels, twice for each band.
    fast: [f64; 4],
    highest: [f64; 4],
}

#[derive(Debug, Clone, Copy, Default)]
struct Products {
    left: f64,
    right: f64,
    both: f64,
}

impl Bands {
    /// A bank for a rate.
    pub fn new(width: Width, rate: SampleRate) -> Bands {
        Bands::of(&[width], rate)
    }

    /// Third octaves and octaves together, for less than both apart.
    pub fn all(rate: SampleRate) -> Bands {
        Bands::of(&[Width::Third, Width::Octave], rate)
    }

    fn of(widths: &[Width], rate: SampleRate) -> Bands {
        let mut levels: Vec<Level> = Vec::new();
        let mut designs: Vec<Vec<[Svf; SECTIONS]>> = Vec::new();
        for width in widths {
            let half_band = libm::pow(10.0, OCTAVE_DECADES / f64::from(2 * width.per_octave()));
            for (middle, name) in width.middles().into_iter().rev() {
                let upper = middle * half_band;
                if upper >= rate.hz() / 2.0 {
                    continue;
                }
                let mut depth = 0;
                while upper <= HIGHEST_SHARE * rate.hz() / f64::from(2u32 << depth) {
                    depth += 1;
                }
                while levels.len() <= depth {
                    levels.push(Level::default());
                    designs.push(Vec::new());
                }
                let rate_hz = rate.hz() / f64::from(1u32 << depth);
                levels[depth].bands.push(Name { width: *width, name, middle });
                designs[depth].push(band_pass(middle / half_band / rate_hz, upper / rate_hz));
            }
        }
        for (depth, (level, designs)) in levels.iter_mut().zip(&designs).enumerate() {
            let rate_hz = rate.hz() / f64::from(1u32 << depth);
            level.twos = designs.chunks(2).map(|two| Two::new(&two[0], &two[two.len() - 1], rate_hz)).collect();
        }
        Bands { rate, widths: widths.to_vec(), levels }
    }

    /// Measures the next block.
    pub fn process(&mut self, block: &Block) {
        self.process_finite(&finite(block));
    }

    /// The same for a block that is known to be finite.
    pub(super) fn process_finite(&mut self, block: &Block) {
        let channels = block.channels();
        if channels == 0 {
            return;
        }
        let (left, right) = (block.channel(0), block.channel(1.min(channels - 1)));
        widest(Measuring { bands: self, left, right });
    }

    #[inline(always)]
    fn process_chunk(&mut self, pair: &mut Pair, mut count: usize) {
        let last = self.levels.len().saturating_sub(1);
        for (depth, level) in self.levels.iter_mut().enumerate() {
            level.twos.iter_mut().for_each(|two| two.process(&pair[0][..count], &pair[1][..count]));
            if depth < last {
                let (left, right) =
                    (level.halve[0].process(&mut pair[0], count), level.halve[1].process(&mut pair[1], count));
                count = left.min(right);
            }
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Bands::of(&self.widths, self.rate);
    }

    /// Every band, the lowest first.
    pub fn readings(&self) -> Vec<BandReading> {
        self.readings_where(|_| true)
    }

    /// The bands of one width, the lowest first.
    pub fn readings_of(&self, width: Width) -> Vec<BandReading> {
        self.readings_where(|name| name.width == width)
    }

    fn readings_where(&self, wanted: impl Fn(&Name) -> bool) -> Vec<BandReading> {
        let mut readings = Vec::new();
        for level in &self.levels {
            let bands = level.bands.iter().enumerate().filter(|(_, name)| wanted(name));
            readings.extend(bands.map(|(index, name)| level.twos[index / 2].meter.reading(index % 2, name)));
        }
        readings.sort_by(|a, b| a.middle.0.total_cmp(&b.middle.0));
        readings
    }
}

struct Measuring<'a> {
    bands: &'a mut Bands,
    left: &'a [f64],
    right: &'a [f64],
}

impl Work for Measuring<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut pair = [[0.0; CHUNK]; 2];
        for (left, right) in self.left.chunks(CHUNK).zip(self.right.chunks(CHUNK)) {
            pair[0][..left.len()].copy_from_slice(left);
            pair[1][..right.len()].copy_from_slice(right);
            self.bands.process_chunk(&mut pair, left.len());
        }
    }
}

impl Two {
    fn new(first: &[Svf; SECTIONS], second: &[Svf; SECTIONS], rate_hz: f64) -> Two {
        let section = |index: usize| Abreast::of(&first[index].tick(), &second[index].tick());
        Two { sections: std::array::from_fn(section), states: Default::default(), meter: Meter::new(rate_hz) }
    }

    /// Parts end with the windows and with the looks at what has decayed, so that nothing depends on how the audio is cut.
    #[inline(always)]
    fn process(&mut self, left: &[f64], right: &[f64]) {
        let mut start = 0;
        while start < left.len() {
            let look = LOOK - (self.meter.frames % LOOK as u64) as usize;
            let window = (self.meter.window_length - self.meter.window_frames) as usize;
            let frames = look.min(window).min(left.len() - start);
            self.process_part(&left[start..start + frames], &right[start..start + frames]);
            self.meter.frames += frames as u64;
            self.meter.window_frames += frames as u32;
            start += frames;
            if self.meter.window_frames == self.meter.window_length {
                self.meter.end_window();
            }
            if self.meter.frames.is_multiple_of(LOOK as u64) {
                self.states.iter_mut().for_each(StateAbreast::settle);
                self.meter.settle();
            }
        }
    }

    #[inline(always)]
    fn process_part(&mut self, left: &[f64], right: &[f64]) {
        let (mut states, mut sums) = (self.states, self.meter.sums);
        for (left, right) in left.iter().zip(right) {
            let mut frame = [*left, *right, *left, *right];
            for (section, state) in self.sections.iter().zip(&mut states) {
                frame = section.next(state, frame);
            }
            sums.add(frame, self.meter.share);
        }
        (self.states, self.meter.sums) = (states, sums);
    }
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, frame: [f64; 4], share: f64) {
        let other = [frame[1], frame[0], frame[3], frame[2]];
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        let mut power = [0.0; 4];
        for lane in 0..4 {
            power[lane] = frame[lane] * frame[lane];
            self.power[lane] += power[lane];
            self.both[lane] += frame[lane] * other[lane];
            self.peak[lane] = larger(frame[lane].abs(), self.peak[lane]);
        }
        let across = [power[1], power[0], power[3], power[2]];
        for lane in 0..4 {
            self.fast[lane] += share * (0.5 * (power[lane] + across[lane]) - self.fast[lane]);
            self.highest[lane] = larger(self.fast[lane], self.highest[lane]);
        }
    }

    /// Of the first or the second band since the window began.
    fn products(&self, band: usize) -> Products {
        Products { left: self.power[2 * band], right: self.power[2 * band + 1], both: self.both[2 * band] }
    }
}

impl Meter {
    fn new(rate_hz: f64) -> Meter {
        let window_length = ((WINDOW_SECONDS * rate_hz) as u32).max(1);
        Meter {
            window_length,
            floor: 2.0 * libm::pow(10.0, FLOOR_DBFS / 10.0) * f64::from(window_length),
            share: -libm::expm1(-1.0 / (FAST_SECONDS * rate_hz)),
            ..Meter::default()
        }
    }

    fn settle(&mut self) {
        self.sums.fast = self.sums.fast.map(|fast| if fast < NOTHING { 0.0 } else { fast });
    }

    fn end_window(&mut self) {
        self.window_frames = 0;
        for band in 0..2 {
            let window = self.sums.products(band);
            self.total[band].join(window);
            if window.left + window.right >= self.floor
                && let Some(value) = window.correlation()
            {
                self.lowest[band] = Some(self.lowest[band].map_or(value, |held| held.min(value)));
            }
        }
        (self.sums.power, self.sums.both) = ([0.0; 4], [0.0; 4]);
    }

    fn reading(&self, band: usize, name: &Name) -> BandReading {
        let frames = self.frames.max(1) as f64;
        let mut total = self.total[band];
        total.join(self.sums.products(band));
        // A sine reads its peak: 3.01 dB above its mean level.
        let level = |power: f64| (power > 0.0).then(|| Db(10.0 * libm::log10(2.0 * power)));
        let crest = |peak: f64, power: f64| (power > 0.0).then(|| 10.0 * libm::log10(peak * peak * frames / power));
        let peak = &self.sums.peak[2 * band..];
        let (left, right) = (crest(peak[0], total.left), crest(peak[1], total.right));
        BandReading {
            name: name.name,
            middle: Hertz(name.middle),
            mean: level((total.left + total.right) / (2.0 * frames)),
            highest: level(self.sums.highest[2 * band]),
            now: level(self.sums.fast[2 * band]),
            crest: if total.right > total.left { right } else { left }.map(Db),
            correlation: total.correlation(),
            correlation_min: self.lowest[band],
            mono_loss: total.mono_loss(),
        }
    }
}

impl Products {
    fn join(&mut self, other: Products) {
        self.left += other.left;
        self.right += other.right;
        self.both += other.both;
    }

    fn correlation(self) -> Option<f64> {
        let power = (self.left * self.right).sqrt();
        (power > 0.0).then(|| (self.both / power).clamp(-1.0, 1.0))
    }

    fn mono_loss(self) -> Option<Db> {
        let power = self.left + self.right;
        let kept = 0.5 + self.both / power;
        (power > 0.0 && kept > 0.0).then(|| Db(10.0 * libm::log10(kept)))
    }
}

/// A Butterworth band-pass of order four to each side between two shares of the rate.
fn band_pass(lower: f64, upper: f64) -> [Svf; SECTIONS] {
    let edge = |share: f64| libm::tan(std::f64::consts::PI * share);
    let (low, high) = (edge(lower), edge(upper));
    let (width, centre) = (high - low, low * high);
    let mut sections = [Svf::identity(1.0, 1.0); SECTIONS];
    for pair in 0..2 {
        // A pole of the low-pass prototype, in the upper left quarter.
        let angle = std::f64::consts::PI * (2.0 * f64::from(pair) + 5.0) / 8.0;
        let pole = (libm::cos(angle) * width, libm::sin(angle) * width);
        // s² - pole s + centre = 0.
        let square = (pole.0 * pole.0 - pole.1 * pole.1 - 4.0 * centre, 2.0 * pole.0 * pole.1);
        let root = square_root(square);
        for (side, sign) in [1.0, -1.0].into_iter().enumerate() {
            let (real, imaginary) = (0.5 * (pole.0 + sign * root.0), 0.5 * (pole.1 + sign * root.1));
            let g = (real * real + imaginary * imaginary).sqrt();
            sections[2 * pair as usize + side] = Svf::from_outputs(g, -2.0 * real / g, 0.0, width / g, 0.0);
        }
    }
    sections
}

/// The square root of a complex number, with square roots of reals alone.
fn square_root((real, imaginary): (f64, f64)) -> (f64, f64) {
    let size = (real * real + imaginary * imaginary).sqrt();
    let (a, b) = (((size + real) / 2.0).max(0.0).sqrt(), ((size - real) / 2.0).max(0.0).sqrt());
    (a, if imaginary < 0.0 { -b } else { b })
}

/// Halves the rate of a channel.
#[derive(Debug, Clone)]
struct Halve {
    /// Every second tap of one side; those between are zero save the middle, which is one half.
    taps: [f64; HALF],
    /// Input from before the chunk.
    kept: [f64; 4 * HALF],
    /// Whether the next frame is one that is left out.
    odd: bool,
}

impl Default for Halve {
    fn default() -> Halve {
        let mut taps = std::array::from_fn(|index| {
            let place = (2 * index + 1) as f64;
            0.5 * sinc(place / 2.0) * kaiser(place / (2 * HALF) as f64, HALF_BETA)
        });
        let sum = 2.0 * taps.iter().sum::<f64>();
        taps.iter_mut().for_each(|tap| *tap *= 0.5 / sum);
        Halve { taps, kept: [0.0; 4 * HALF], odd: false }
    }
}

impl Halve {
    /// Writes the samples at the halved rate over the first ones and answers how many.
    #[inline(always)]
    fn process(&mut self, samples: &mut [f64; CHUNK], count: usize) -> usize {
        let before = self.kept.len();
        let mut input = [0.0; 4 * HALF + CHUNK];
        input[..before].copy_from_slice(&self.kept);
        input[before..before + count].copy_from_slice(&samples[..count]);
        // The newest sample under the taps of frame `n` is input[before + first + 2 n], so the middle lies at an odd place
        // where the first frame is even: what the taps meet stands in one row, the middles in the other.
        let first = before + usize::from(self.odd) - (2 * HALF - 1);
        let made = (count + 1 - usize::from(self.odd)) / 2;
        let mut under = [0.0; ROW];
        for (place, pair) in
            under.iter_mut().zip(input[first - (2 * HALF - 1)..].as_chunks::<2>().0).take(made + 2 * HALF)
        {
            *place = pair[0];
        }
        for start in (0..made).step_by(LANES) {
            let mut sums = [0.0; LANES];
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum = 0.5 * input.get(first + 2 * (start + lane)).copied().unwrap_or_default();
            }
            for (index, tap) in self.taps.iter().enumerate() {
                let left = &under[start + HALF - 1 - index..][..LANES];
                let right = &under[start + HALF + index..][..LANES];
                for lane in 0..LANES {
                    sums[lane] += tap * (left[lane] + right[lane]);
                }
            }
            let there = LANES.min(made - start);
            samples[start..start + there].copy_from_slice(&sums[..there]);
        }
        // Where the chunk's length is odd, the next one begins on the other foot.
        self.odd ^= count % 2 == 1;
        self.kept.copy_from_slice(&input[count..count + before]);
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: u32, seconds: f64) -> Block {
        let frames = (seconds * f64::from(rate)) as usize;
        let wave = |n: usize| libm::sin(std::f64::consts::TAU * hertz * n as f64 / f64::from(rate));
        let samples: Vec<f64> = (0..frames).map(wave).collect();
        Block::from_channels(&[samples.clone(), samples])
    }

    /// The steady level of a tone in a band.
    fn level(middle: f64, hertz: f64, rate: u32) -> f64 {
        let mut bands = Bands::new(Width::Third, SampleRate(rate));
        // Long enough for the narrow band to settle, and for the tail of F to die away.
        bands.process(&tone(hertz, rate, (30.0 / middle).max(0.05) + 1.5));
        let reading = bands.readings().into_iter().find(|band| (band.middle.0 / middle - 1.0).abs() < 1e-6);
        reading.and_then(|reading| reading.now).map_or(f64::NEG_INFINITY, |db| db.0)
    }

    #[test]
    fn third_octaves_are_class_1() {
        // Ratio to the middle, least and greatest attenuation (IEC 61260-1, table 1, by interpolation for thirds).
        const LIMITS: [(f64, f64, f64); 9] = [
            (1.0, -0.3, 0.3),
            (1.026_7, -0.3, 0.4),
            (1.055_75, -0.3, 0.6),
            (1.087_46, -0.3, 1.3),
            (1.127, 2.0, f64::INFINITY),
            (1.294_37, 17.5, f64::INFINITY),
            (1.881_73, 42.0, f64::INFINITY),
            (3.053_65, 61.0, f64::INFINITY),
            (5.391_95, 70.0, f64::INFINITY),
        ];
        for (middle, rate) in [(1000.0, 48_000), (19_952.623, 48_000), (15_848.932, 44_100), (5_011.872, 44_100)] {
            for (ratio, least, most) in LIMITS {
                for hertz in [middle * ratio, middle / ratio] {
                    if hertz < 0.499 * f64::from(rate) {
                        let attenuation = -level(middle, hertz, rate);
                        assert!(attenuation >= least && attenuation <= most, "{middle} {hertz} {rate}: {attenuation}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_band_reads_a_tone_in_its_middle_and_neighbours_do_not_alias() {
        for rate in [44_100, 96_000] {
            for hertz in [63.095_734, 3_162.277_66, 12_589.254] {
                let mut bands = Bands::new(Width::Third, SampleRate(rate));
                bands.process(&tone(hertz, rate, 2.0));
                for band in bands.readings() {
                    let now = band.now.map_or(-400.0, |db| db.0);
                    let ratio = (band.middle.0 / hertz).max(hertz / band.middle.0);
                    if ratio < 1.001 {
                        assert!(now.abs() < 0.3, "{} Hz at {rate}: {now}", band.name);
                    } else if ratio > 5.4 && band.middle.0 > 200.0 {
                        assert!(now < -70.0, "{hertz} Hz in {} at {rate}: {now}", band.name);
                    }
                }
            }
        }
    }

    #[test]
    fn the_band_above_half_the_rate_is_left_out() {
        let names = |rate: u32| Bands::new(Width::Third, SampleRate(rate)).readings().last().map(|band| band.name);
        assert_eq!((names(44_100), names(48_000), names(192_000)), (Some("16k"), Some("20k"), Some("20k")));
        assert_eq!(Bands::new(Width::Octave, SampleRate(48_000)).readings().len(), 10);
        assert!(Bands::new(Width::Third, SampleRate(30)).readings().is_empty());
    }

    #[test]
    fn phase_is_told_by_band() {
        let (low, high) = (tone(125.0, 48_000, 3.0), tone(8_000.0, 48_000, 3.0));
        let sum =
            |sign: f64| -> Vec<f64> { low.channel(0).iter().zip(high.channel(0)).map(|(l, h)| sign * l + h).collect() };
        let mut bands = Bands::new(Width::Octave, SampleRate(48_000));
        bands.process(&Block::from_channels(&[sum(1.0), sum(-1.0)]));
        let readings = bands.readings();
        let of = |name: &str| readings.iter().find(|band| band.name == name).unwrap();
        assert!(of("125").correlation.unwrap() < -0.99 && of("8k").correlation.unwrap() > 0.99);
        assert!(of("125").correlation_min.unwrap() < -0.99 && of("8k").mono_loss.unwrap().0.abs() < 0.01);
        // The tone's beginning overshoots a little in the filter.
        assert!((2.9..4.0).contains(&of("8k").crest.unwrap().0), "{:?}", of("8k").crest);
    }

    #[test]
    fn block_size_does_not_matter_and_silence_has_no_level() {
        let whole = tone(440.0, 44_100, 0.5);
        let mut reference = Bands::new(Width::Octave, SampleRate(44_100));
        reference.process(&whole);
        let mut pieces = Bands::new(Width::Octave, SampleRate(44_100));
        let mut part = Block::new(2, 777);
        for start in (0..whole.frames()).step_by(777) {
            part.set_frames(777.min(whole.frames() - start));
            part.copy_from(0, &whole, start, part.frames());
            pieces.process(&part);
        }
        assert_eq!(pieces.readings(), reference.readings());
        reference.reset();
        reference.process(&Block::new(2, 10_000));
        assert!(reference.readings().iter().all(|band| band.mean.is_none() && band.correlation.is_none()));
    }
}
