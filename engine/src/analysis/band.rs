//! Octave and third-octave bands: filters of IEC 61260-1, base ten, class 1.
//!
//! Each band is a Butterworth band-pass of eight poles made of state-variable sections, its edges prewarped. From octave
//! to octave the rate is halved by a symmetric FIR, so a band runs at four to eight times its own upper edge. A band
//! whose upper edge lies above half the rate (20 kHz at 44.1 kHz) is not measured.

use super::finite::finite;
use crate::audio::Block;
use crate::dsp::svf::{self, State, Svf, Tick};
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
    width: Width,
    levels: Vec<Level>,
}

/// The bands that run at one rate, and the way to the next lower one.
#[derive(Debug, Clone)]
struct Level {
    bands: Vec<Band>,
    halve: [Halve; 2],
}

#[derive(Debug, Clone)]
struct Band {
    name: &'static str,
    middle: f64,
    sections: [Tick; SECTIONS],
    states: [State; SECTIONS],
    meter: Meter,
}

/// Sums of what passed a band.
#[derive(Debug, Clone, Default)]
struct Meter {
    frames: u64,
    total: Products,
    window: Products,
    window_frames: u32,
    window_length: u32,
    floor: f64,
    lowest: Option<f64>,
    peak: [f64; 2],
    fast: f64,
    share: f64,
    highest: f64,
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
        let mut levels: Vec<Level> = Vec::new();
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
                levels.push(Level { bands: Vec::new(), halve: [Halve::new(), Halve::new()] });
            }
            let rate_hz = rate.hz() / f64::from(1u32 << depth);
            levels[depth].bands.push(Band::new(name, middle, middle / half_band, upper, rate_hz));
        }
        Bands { rate, width, levels }
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
        let mut pair = [[0.0; CHUNK]; 2];
        for (left, right) in left.chunks(CHUNK).zip(right.chunks(CHUNK)) {
            pair[0][..left.len()].copy_from_slice(left);
            pair[1][..right.len()].copy_from_slice(right);
            self.process_chunk(&mut pair, left.len());
        }
    }

    fn process_chunk(&mut self, pair: &mut Pair, mut count: usize) {
        let last = self.levels.len().saturating_sub(1);
        for (depth, level) in self.levels.iter_mut().enumerate() {
            level.bands.iter_mut().for_each(|band| band.process(pair, count));
            if depth < last {
                let (left, right) =
                    (level.halve[0].process(&mut pair[0], count), level.halve[1].process(&mut pair[1], count));
                count = left.min(right);
            }
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Bands::new(self.width, self.rate);
    }

    /// Every band, the lowest first.
    pub fn readings(&self) -> Vec<BandReading> {
        let bands = self.levels.iter().flat_map(|level| &level.bands);
        let mut readings: Vec<BandReading> = bands.map(Band::reading).collect();
        readings.sort_by(|a, b| a.middle.0.total_cmp(&b.middle.0));
        readings
    }
}

impl Band {
    fn new(name: &'static str, middle: f64, lower: f64, upper: f64, rate_hz: f64) -> Band {
        let sections = band_pass(lower / rate_hz, upper / rate_hz).map(Svf::tick);
        Band { name, middle, sections, states: Default::default(), meter: Meter::new(rate_hz) }
    }

    fn process(&mut self, pair: &Pair, count: usize) {
        let (mut left, mut right) = ([0.0; LOOK], [0.0; LOOK]);
        let mut start = 0;
        while start < count {
            let frames = (LOOK - (self.meter.frames % LOOK as u64) as usize).min(count - start);
            left[..frames].copy_from_slice(&pair[0][start..start + frames]);
            right[..frames].copy_from_slice(&pair[1][start..start + frames]);
            svf::run(&self.sections, &mut self.states, &mut left[..frames], &mut right[..frames]);
            self.meter.add(&left[..frames], &right[..frames]);
            start += frames;
            if self.meter.frames.is_multiple_of(LOOK as u64) {
                self.states.iter_mut().for_each(State::settle);
                self.meter.settle();
            }
        }
    }

    fn reading(&self) -> BandReading {
        let meter = &self.meter;
        let frames = meter.frames.max(1) as f64;
        let mut total = meter.total;
        total.join(meter.window);
        // A sine reads its peak: 3.01 dB above its mean level.
        let level = |power: f64| (power > 0.0).then(|| Db(10.0 * libm::log10(2.0 * power)));
        let crest = |peak: f64, power: f64| (power > 0.0).then(|| 10.0 * libm::log10(peak * peak * frames / power));
        let (left, right) = (crest(meter.peak[0], total.left), crest(meter.peak[1], total.right));
        BandReading {
            name: self.name,
            middle: Hertz(self.middle),
            mean: level((total.left + total.right) / (2.0 * frames)),
            highest: level(meter.highest),
            now: level(meter.fast),
            crest: if total.right > total.left { right } else { left }.map(Db),
            correlation: total.correlation(),
            correlation_min: meter.lowest,
            mono_loss: total.mono_loss(),
        }
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

    /// Parts end with the windows, so that nothing depends on how the audio is cut.
    fn add(&mut self, mut left: &[f64], mut right: &[f64]) {
        self.frames += left.len() as u64;
        while !left.is_empty() {
            let room = ((self.window_length - self.window_frames) as usize).min(left.len());
            let (now, later) = (left.split_at(room), right.split_at(room.min(right.len())));
            self.add_part(now.0, later.0);
            (left, right) = (now.1, later.1);
            self.window_frames += room as u32;
            if self.window_frames == self.window_length {
                self.end_window();
            }
        }
    }

    fn add_part(&mut self, left: &[f64], right: &[f64]) {
        let (mut window, mut peak) = (self.window, self.peak);
        let (mut fast, mut highest, share) = (self.fast, self.highest, self.share);
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        for (left, right) in left.iter().zip(right) {
            let (l, r) = (left * left, right * right);
            window.left += l;
            window.right += r;
            window.both += left * right;
            peak = [larger(left.abs(), peak[0]), larger(right.abs(), peak[1])];
            fast += share * (0.5 * (l + r) - fast);
            highest = larger(fast, highest);
        }
        (self.window, self.peak, self.fast, self.highest) = (window, peak, fast, highest);
    }

    fn settle(&mut self) {
        if self.fast < NOTHING {
            self.fast = 0.0;
        }
    }

    fn end_window(&mut self) {
        let window = std::mem::take(&mut self.window);
        self.window_frames = 0;
        self.total.join(window);
        if window.left + window.right >= self.floor
            && let Some(value) = window.correlation()
        {
            self.lowest = Some(self.lowest.map_or(value, |held| held.min(value)));
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

impl Halve {
    fn new() -> Halve {
        let mut taps = std::array::from_fn(|index| {
            let place = (2 * index + 1) as f64;
            0.5 * sinc(place / 2.0) * kaiser(place / (2 * HALF) as f64, HALF_BETA)
        });
        let sum = 2.0 * taps.iter().sum::<f64>();
        taps.iter_mut().for_each(|tap| *tap *= 0.5 / sum);
        Halve { taps, kept: [0.0; 4 * HALF], odd: false }
    }

    /// Writes the samples at the halved rate over the first ones and answers how many.
    fn process(&mut self, samples: &mut [f64; CHUNK], count: usize) -> usize {
        let before = self.kept.len();
        let mut input = [0.0; 4 * HALF + CHUNK];
        input[..before].copy_from_slice(&self.kept);
        input[before..before + count].copy_from_slice(&samples[..count]);
        let mut made = 0;
        for place in (usize::from(self.odd)..count).step_by(2) {
            // The newest sample under the taps is input[before + place].
            let middle = before + place - (2 * HALF - 1);
            let mut sum = 0.5 * input[middle];
            for (index, tap) in self.taps.iter().enumerate() {
                sum += tap * (input[middle - 2 * index - 1] + input[middle + 2 * index + 1]);
            }
            samples[made] = sum;
            made += 1;
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
