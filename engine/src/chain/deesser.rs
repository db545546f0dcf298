//! The de-esser: turns sibilants down, in their band or altogether.
//!
//! What it hears is the band against the level of the whole programme ([`programme`]), so that it works alike on soft
//! and on loud passages; or against full scale, where that is asked for; or the acceleration that the programme gives a
//! groove, which makes it the treble limiter of a cutting room. Times, knee and ratio are those of the
//! `dynamics` room; a ratio below 1 is not offered.
//!
//! *Split band*: the band times its change of gain is added to the signal. With a gain of 1 that is nothing, and the
//! samples keep their bits; with less it is exactly a bell (or a shelf) of the same frequency and Q that moves.
//!
//! In mid or side mode that part of the first pair is heard and turned down, measured against the whole programme; the
//! rest keeps its bits. In a mono layout there is no such part, and nothing is done.
//!
//! D. Giannoulis, M. Massberg, J. D. Reiss, Digital dynamic range compressor design, J. Audio Eng. Soc. 60(6), 2012; P. A. Regalia,
//! S. K. Mitra, Tunable digital frequency response equalization filters, IEEE Trans. ASSP 35(1), 1987 (a bell or a shelf as
//! the signal and a filtered share of it).

mod programme;
#[cfg(test)]
mod tests;

use super::dynamics::{self, Cell, GLIDE_MS, Key, Law, Sense, Shape, Times};
use super::glide::{Glide as Line, Pace};
use super::{Listen, Processor, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::dsp::delay::Delay;
use crate::dsp::svf::{self, State, Svf};
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};
use crate::unit::Db;
use programme::Programme;

const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

const MODE: usize = 0;
const SHAPE: usize = 1;
const FREQUENCY: usize = 2;
const Q: usize = 3;
const AGAINST: usize = 4;
const THRESHOLD: usize = 5;
const RATIO: usize = 6;
const KNEE: usize = 7;
const RANGE: usize = 8;
const ATTACK: usize = 9;
const RELEASE: usize = 10;
const LOOK_AHEAD: usize = 11;
const LINK: usize = 12;
const CHANNEL: usize = 13;
const COUNT: usize = 14;

const fn number(min: f64, max: f64, taper: Taper, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min, max, taper, step, fine, digits }
}

const fn row(
    id: &'static str,
    name: &'static str,
    doc: &'static str,
    unit: Unit,
    kind: Kind,
    default: f64,
    glide: Glide,
) -> Spec {
    Spec { id, name, doc, unit, kind, default, glide }
}

static PARAMS: [Spec; COUNT] = {
    use Taper::{Linear, Logarithmic};
    [
        row(
            "mode",
            "Mode",
            "Turns down the band alone, or everything.",
            Unit::None,
            Kind::Choice(&["split", "wide"]),
            0.0,
            GLIDE,
        ),
        row(
            "shape",
            "Shape",
            "A band around the frequency, or everything above it.",
            Unit::None,
            Kind::Choice(&["band", "above"]),
            0.0,
            GLIDE,
        ),
        row(
            "frequency",
            "Frequency",
            "Middle of the band, or where it begins.",
            Unit::Hertz,
            number(1_000.0, 16_000.0, Logarithmic, 0.0293, 0.000_578, 1),
            6_500.0,
            GLIDE,
        ),
        row("q", "Q", "Sharpness of the band.", Unit::None, number(0.3, 10.0, Logarithmic, 0.04, 0.005, 2), 1.0, GLIDE),
        row(
            "against",
            "Against",
            "What the threshold is measured from: the level of the programme, full scale, or the acceleration that a \
             full-scale tone of 10 kHz gives a cutter: 12 dB more an octave up.",
            Unit::None,
            Kind::Choice(&["programme", "full_scale", "acceleration"]),
            0.0,
            Glide::Step,
        ),
        row(
            "threshold",
            "Threshold",
            "Level of the band from which it is turned down.",
            Unit::Db,
            number(-60.0, 0.0, Linear, 0.5, 0.1, 1),
            -12.0,
            GLIDE,
        ),
        row(
            "ratio",
            "Ratio",
            "Change of input over change of output above the knee.",
            Unit::Ratio,
            number(1.0, 20.0, Logarithmic, 0.0333, 0.0067, 2),
            4.0,
            GLIDE,
        ),
        row(
            "knee",
            "Knee",
            "Width of the bend around the threshold.",
            Unit::Db,
            number(0.0, 24.0, Linear, 1.0, 0.1, 1),
            6.0,
            GLIDE,
        ),
        row("range", "Range", "Most reduction.", Unit::Db, number(0.0, 24.0, Linear, 0.5, 0.1, 1), 8.0, GLIDE),
        row(
            "attack",
            "Attack",
            "Time to 63 % of more reduction, in dB.",
            Unit::Milliseconds,
            number(0.1, 50.0, Logarithmic, 0.05, 0.005, 2),
            1.0,
            Glide::Step,
        ),
        row(
            "release",
            "Release",
            "Time to 63 % of less reduction, in dB.",
            Unit::Milliseconds,
            number(5.0, 500.0, Logarithmic, 0.05, 0.005, 1),
            50.0,
            Glide::Step,
        ),
        row(
            "look_ahead",
            "Look-ahead",
            "How long a sibilant is known before it is heard; the latency of the stage.",
            Unit::Milliseconds,
            number(0.0, 10.0, Linear, 0.5, 0.1, 1),
            2.0,
            Glide::Step,
        ),
        row(
            "link",
            "Link",
            "How far every channel follows the loudest.",
            Unit::Percent,
            number(0.0, 100.0, Linear, 5.0, 1.0, 0),
            100.0,
            GLIDE,
        ),
        row(
            "channel",
            "Channel",
            "What is turned down: every channel, or the mid or side of the first pair.",
            Unit::None,
            Kind::Choice(&["stereo", "mid", "side"]),
            0.0,
            Glide::Step,
        ),
    ]
};

static TABLE: Table = Table {
    id: "deesser",
    name: "De-esser",
    doc: "Turns sibilants down as far as they stand out of the programme, in their band or altogether.",
    // 2: other rounding of its filters, 300 dB down.
    version: 2,
    params: &PARAMS,
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

/// Numbers that glide beside the law: five of the band's filter, then the shares of wide mode, delta and band.
const FIELDS: usize = 8;

fn wanted(values: &Values) -> [f64; COUNT] {
    std::array::from_fn(|index| PARAMS[index].clamp(values.at(SlotIndex(index as u16))))
}

fn law(wanted: &[f64; COUNT]) -> Law {
    let law = Law::new(wanted[THRESHOLD], wanted[RATIO], wanted[KNEE], wanted[RANGE], false);
    law.with(wanted[LINK], 100.0, 0.0)
}

fn times(wanted: &[f64; COUNT]) -> Times {
    Times { attack_ms: wanted[ATTACK], release_ms: wanted[RELEASE], automatic: false }
}

/// The filter whose output is turned down.
fn band(wanted: &[f64; COUNT], rate_hz: f64) -> Svf {
    let g = libm::tan(std::f64::consts::PI * (wanted[FREQUENCY] / rate_hz).min(0.49));
    if wanted[SHAPE] >= 0.5 {
        // s / (s + 1), both sides times (s + 1): with less of it, a shelf that never overshoots.
        Svf::from_outputs(g, 2.0, 0.0, 1.0, 1.0)
    } else {
        Svf::from_outputs(g, 1.0 / wanted[Q], 0.0, 1.0 / wanted[Q], 0.0)
    }
}

/// From here down a high-pass of second order rises by 12 dB an octave, as the acceleration of a groove does above the
/// treble turnover of the recording curve (2122 Hz, IEC 60098).
const ACCELERATION_HZ: f64 = 16_000.0;
/// Where the acceleration is told from.
const REFERENCE_HZ: f64 = 10_000.0;

/// Whether the detector hears the acceleration of a groove.
fn is_of_groove(wanted: &[f64; COUNT]) -> bool {
    wanted[AGAINST] >= 1.5
}

/// What brings a tone at [`REFERENCE_HZ`] behind the detector's filter to its own level.
fn groove_gain(rate_hz: f64) -> f64 {
    let tan = |hz: f64| libm::tan(std::f64::consts::PI * (hz / rate_hz).min(0.49));
    let share = tan(REFERENCE_HZ.min(0.3 * rate_hz)) / tan(ACCELERATION_HZ);
    let power = share * share;
    libm::sqrt(1.0 + power * power) / power
}

/// What is heard of the sibilants by the detector.
fn key(wanted: &[f64; COUNT]) -> Shape {
    if is_of_groove(wanted) {
        return Shape::HighPass(ACCELERATION_HZ);
    }
    if wanted[SHAPE] >= 0.5 { Shape::HighPass(wanted[FREQUENCY]) } else { Shape::Band(wanted[FREQUENCY], wanted[Q]) }
}

fn lines(wanted: &[f64; COUNT], rate_hz: f64, heard: Listen) -> [f64; FIELDS] {
    let [g, k, direct, band, low] = band(wanted, rate_hz).to_array();
    let (delta, solo) = match heard {
        Listen::Output => (0.0, 0.0),
        Listen::Change(_) => (1.0, 0.0),
        Listen::Band(_) | Listen::Region { .. } => (0.0, 1.0),
    };
    [g, k, direct, band, low, wanted[MODE], delta, solo]
}

/// The gain in dB for a band at this level in dB, against what the threshold is measured from. Any thread.
pub fn gain_db(values: &Values, level_db: f64) -> f64 {
    law(&wanted(values)).gain_db(level_db)
}

/// The response in dB at `hertz` while the gain is `gain_db`: what the page draws. Any thread.
pub fn response_db(values: &Values, rate_hz: f64, hertz: f64, gain_db: f64) -> f64 {
    let wanted = wanted(values);
    let change = Db(gain_db).amplitude() - 1.0;
    if wanted[MODE] >= 0.5 {
        return gain_db;
    }
    let Svf { g, k, direct, band, low } = band(&wanted, rate_hz);
    let moved = Svf { g, k, direct: 1.0 + change * direct, band: change * band, low: change * low };
    10.0 * libm::log10(moved.power(libm::tan(std::f64::consts::PI * (hertz / rate_hz).min(0.49))))
}

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let wanted = wanted(values);
    let rate_hz = setting.rate.hz();
    let channels = setting.layout.channels();
    let latency = (wanted[LOOK_AHEAD] * 0.001 * rate_hz).round() as usize;
    let part = match wanted[CHANNEL] as usize {
        0 => Part::All,
        _ if channels < 2 => Part::Nothing,
        1 => Part::Mid,
        _ => Part::Side,
    };
    let lanes = match part {
        Part::All => channels,
        Part::Mid | Part::Side => 1,
        Part::Nothing => 0,
    };
    let mut deesser = Deesser {
        rate_hz,
        part,
        key: Key::new(lanes),
        cell: Cell::new(rate_hz, lanes, Sense::Peak, law(&wanted), times(&wanted)),
        programme: Programme::new(rate_hz, channels),
        delay: Delay::new(channels, latency),
        heard: Listen::Output,
        lines: Line::at(lines(&wanted, rate_hz, Listen::Output)),
        states: vec![State::default(); channels.div_ceil(2)],
        pace: Pace::new(dynamics::glide_quanta(rate_hz)),
        change: Change::None,
        place: 0,
        groove_gain: groove_gain(rate_hz),
        wanted,
    };
    deesser.prepare();
    Box::new(deesser)
}

/// What is turned down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Mid,
    Side,
    Nothing,
}

impl Part {
    /// The sign with which the second channel counts in it.
    fn sign(self) -> f64 {
        if self == Part::Side { -1.0 } else { 1.0 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// At the next quantum, with a glide.
    Glide,
    /// Before the next frame.
    Now,
}

#[derive(Clone)]
struct Deesser {
    wanted: [f64; COUNT],
    rate_hz: f64,
    part: Part,
    key: Key,
    cell: Cell,
    programme: Programme,
    delay: Delay,
    /// What is listened to in place of the output: what is taken away, or the band.
    heard: Listen,
    lines: Line<FIELDS>,
    /// The band's filter, by pairs of channels.
    states: Vec<State>,
    pace: Pace,
    change: Change,
    place: usize,
    groove_gain: f64,
}

impl Deesser {
    /// Brings everything that does not glide to the wanted values.
    fn prepare(&mut self) {
        self.key.set([Some(key(&self.wanted)), None], self.rate_hz);
        self.cell.set_times(times(&self.wanted));
    }

    fn step(&mut self, block: &mut Block, from: usize, count: usize) {
        let begins = self.place == 0;
        if begins {
            self.pace.next_quantum();
            self.cell.next_quantum();
            self.key.settle();
            self.lines.next_quantum();
            self.states.iter_mut().for_each(State::settle);
        }
        if self.change == Change::Now || (begins && self.change == Change::Glide) {
            let quanta = if self.change == Change::Now { 0 } else { self.pace.quanta() };
            self.cell.aim(law(&self.wanted), quanta);
            self.lines.aim(lines(&self.wanted, self.rate_hz, self.heard), quanta);
            self.prepare();
            self.change = Change::None;
        }
        self.hear(block, from, count);
        self.delay.process_part(block, from, count);
        for pair in 0..self.states.len() {
            self.turn_down(block, pair, from, count);
        }
        self.place = (self.place + count) % QUANTUM;
    }

    /// From the samples to the factors.
    fn hear(&mut self, block: &Block, from: usize, count: usize) {
        let scales = self.programme.scales(block.iter().map(|channel| &channel[from..from + count]), count);
        match self.part {
            Part::All => {
                for lane in 0..self.cell.lanes() {
                    self.cell.key_mut(lane)[..count].copy_from_slice(&block.channel(lane)[from..from + count]);
                }
            }
            Part::Mid | Part::Side => {
                let sign = self.part.sign();
                let (left, right) = (&block.channel(0)[from..from + count], &block.channel(1)[from..from + count]);
                for (key, (left, right)) in self.cell.key_mut(0).iter_mut().zip(left.iter().zip(right)) {
                    *key = 0.5 * (left + sign * right);
                }
            }
            Part::Nothing => {}
        }
        self.key.run(&mut self.cell, count);
        if is_of_groove(&self.wanted) {
            for lane in 0..self.cell.lanes() {
                self.cell.key_mut(lane)[..count].iter_mut().for_each(|sample| *sample *= self.groove_gain);
            }
        }
        if self.wanted[AGAINST] < 0.5 {
            for lane in 0..self.cell.lanes() {
                for (sample, scale) in self.cell.key_mut(lane)[..count].iter_mut().zip(&scales) {
                    *sample *= scale;
                }
            }
        }
        self.cell.run(self.place, count);
    }

    fn turn_down(&mut self, block: &mut Block, pair: usize, from: usize, count: usize) {
        let channels = [2 * pair, 2 * pair + 1];
        let mut bands = [[0.0; QUANTUM]; 2];
        for (band, channel) in bands.iter_mut().zip(channels) {
            if channel < block.channels() {
                band[..count].copy_from_slice(&block.channel(channel)[from..from + count]);
            }
        }
        self.filter(pair, &mut bands, count);
        if self.part != Part::All {
            self.turn_part_down(block, pair, &bands, from, count);
            return;
        }
        let [.., wide, delta, solo] = self.lines.target();
        let still = !self.lines.is_moving();
        for (band, channel) in bands.iter().zip(channels) {
            if channel >= block.channels() {
                return;
            }
            let factors = self.cell.factors(channel);
            let samples = &mut block.channel_mut(channel)[from..from + count];
            if still && (delta, solo) == (0.0, 0.0) {
                if factors[..count].iter().any(|factor| *factor != 1.0) {
                    for (sample, (band, factor)) in samples.iter_mut().zip(band.iter().zip(factors)) {
                        *sample += (factor - 1.0) * (band + wide * (*sample - band));
                    }
                }
                continue;
            }
            for (index, sample) in samples.iter_mut().enumerate() {
                let [.., wide, delta, solo] = self.lines.value(self.place + index);
                let change = (factors[index] - 1.0) * (band[index] + wide * (*sample - band[index]));
                let heard = *sample + change;
                *sample = heard + delta * (-change - heard) + solo * (band[index] - heard);
            }
        }
    }

    /// Mid or side of the first pair, and what is listened to of the other channels.
    fn turn_part_down(&self, block: &mut Block, pair: usize, bands: &[[f64; QUANTUM]; 2], from: usize, count: usize) {
        let sign = self.part.sign();
        let at = |index: usize| {
            if self.lines.is_moving() { self.lines.value(self.place + index) } else { self.lines.target() }
        };
        for index in 0..count {
            let [.., wide, delta, solo] = at(index);
            let mut change = [0.0; 2];
            if pair == 0 && self.part != Part::Nothing {
                let of_pair = |left: f64, right: f64| 0.5 * (left + sign * right);
                let band = of_pair(bands[0][index], bands[1][index]);
                let whole = of_pair(block.channel(0)[from + index], block.channel(1)[from + index]);
                let turned = (self.cell.factors(0)[index] - 1.0) * (band + wide * (whole - band));
                change = [turned, sign * turned];
            }
            for (lane, change) in change.into_iter().enumerate().take(block.channels() - 2 * pair) {
                let sample = &mut block.channel_mut(2 * pair + lane)[from + index];
                let heard = *sample + change;
                *sample = heard + delta * (-change - heard) + solo * (bands[lane][index] - heard);
            }
        }
    }

    fn filter(&mut self, pair: usize, bands: &mut [[f64; QUANTUM]; 2], count: usize) {
        let [left, right] = bands;
        let (left, right) = (&mut left[..count], &mut right[..count]);
        let svf = |lines: [f64; FIELDS]| {
            let [g, k, direct, band, low, ..] = lines;
            Svf { g, k, direct, band, low }.tick()
        };
        let state = &mut self.states[pair];
        if !self.lines.is_moving() {
            svf::run(&[svf(self.lines.target())], std::array::from_mut(state), left, right);
            return;
        }
        for (index, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            [*left, *right] = svf(self.lines.value(self.place + index)).next(state, [*left, *right]);
        }
    }

    /// Takes a value that moves live; says whether there is such a one.
    fn take(&mut self, slot: SlotIndex, value: f64) -> bool {
        let index = usize::from(slot.0);
        if index >= COUNT || self.is_structural(slot) {
            return false;
        }
        self.wanted[index] = PARAMS[index].clamp(value);
        true
    }
}

impl Stage for Deesser {
    fn latency(&self) -> usize {
        self.delay.frames()
    }

    fn settling(&self) -> usize {
        self.latency() + Programme::settling(self.rate_hz) + times(&self.wanted).settling(self.rate_hz)
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        if !self.take(slot, value) {
            return;
        }
        if !glide {
            self.change = Change::Now;
            return;
        }
        self.pace.touch();
        if self.change == Change::None {
            self.change = Change::Glide;
        }
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        if self.take(slot, value) {
            self.pace.ride();
            if self.change == Change::None {
                self.change = Change::Glide;
            }
        }
    }

    fn is_structural(&self, slot: SlotIndex) -> bool {
        matches!(usize::from(slot.0), LOOK_AHEAD | CHANNEL)
    }

    fn process(&mut self, block: &mut Block) {
        self.cell.forget_reading();
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            self.step(block, done, count);
            done += count;
        }
    }

    fn monitor(&mut self, what: Listen) {
        self.heard = what;
        self.pace.touch();
        if self.change == Change::None {
            self.change = Change::Glide;
        }
    }

    fn listen(&mut self, block: &Block) {
        self.delay.listen(block, 0);
    }

    fn reset(&mut self) {
        self.prepare();
        self.change = Change::None;
        self.cell.reset(law(&self.wanted), times(&self.wanted));
        self.lines = Line::at(lines(&self.wanted, self.rate_hz, self.heard));
        self.key.reset();
        self.programme.reset();
        self.delay.reset();
        self.states.fill(State::default());
        self.place = 0;
    }

    fn reading(&self) -> Reading {
        let (gain_reduction_db, drive_db) = self.cell.reading();
        Reading { gain_reduction_db, drive_db, ..Reading::default() }
    }

    fn is_identity(&self) -> bool {
        let settled = self.change == Change::Now || !(self.cell.is_moving() || self.lines.is_moving());
        let wanted = law(&self.wanted);
        let set = self.change == Change::Now || self.cell.law() == wanted;
        (wanted.does_nothing() || self.part == Part::Nothing) && self.heard == Listen::Output && settled && set
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}
