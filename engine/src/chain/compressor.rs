//! The compressor: detector, gain computer with a quadratic knee, and a follower that smooths in decibels.
//!
//! Levels and times are those of the `dynamics` room. A ratio above 1 compresses, one below 1 expands; both
//! work above the threshold or below it: all four of compression and expansion, downwards and upwards.
//!
//! Makeup can follow the curve: one constant, so that it neither moves with the music nor depends on where playing began.
//! It keeps the loudness of a stated programme; how much louder the stage makes the music at hand is told beside it,
//! and the makeup takes up the rest.
//!
//! Where the law leaves the gain alone nothing is multiplied: the samples keep their bits. In mid or side mode only that
//! part of the first pair is compressed and every other channel passes; in a mono layout there is no such part, and
//! nothing is done.
//!
//! D. Giannoulis, M. Massberg, J. D. Reiss, Digital dynamic range compressor design, J. Audio Eng. Soc. 60(6), 2012: the
//! gain computer (eq. 4) and smoothing in the log domain. IEC 60268-8: how attack and release are told.

use super::dynamics::{self, Cell, GLIDE_MS, Key, Law, Sense, Shape, Times};
use super::glide::Pace;
use super::{Processor, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::dsp::delay::Delay;
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};
use crate::unit::{Db, Lu};

const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

const THRESHOLD: usize = 0;
const RATIO: usize = 1;
const KNEE: usize = 2;
const ATTACK: usize = 3;
const RELEASE: usize = 4;
const AUTO_RELEASE: usize = 5;
const DETECTION: usize = 6;
const LOOK_AHEAD: usize = 7;
const HIGH_PASS: usize = 8;
const HIGH_PASS_FREQUENCY: usize = 9;
const LINK: usize = 10;
const RANGE: usize = 11;
const MIX: usize = 12;
const MAKEUP: usize = 13;
const CHANNEL: usize = 14;
const SIDE: usize = 15;
const TILT: usize = 16;
const AUTO_MAKEUP: usize = 17;
const COUNT: usize = 18;

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
    let switch = Kind::Switch;
    [
        row(
            "threshold",
            "Threshold",
            "Level from which the gain changes.",
            Unit::Db,
            number(-60.0, 0.0, Linear, 0.5, 0.1, 1),
            -18.0,
            GLIDE,
        ),
        // At 1.5 a notch is 0.05, a fine one 0.01.
        row(
            "ratio",
            "Ratio",
            "Change of input over change of output beyond the knee; below 1 it expands.",
            Unit::Ratio,
            number(0.2, 20.0, Logarithmic, 0.0333, 0.0067, 2),
            1.5,
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
        row(
            "attack",
            "Attack",
            "Time to 63 % of the change of gain, in dB, after the level has risen.",
            Unit::Milliseconds,
            number(0.01, 300.0, Logarithmic, 0.05, 0.005, 2),
            30.0,
            Glide::Step,
        ),
        row(
            "release",
            "Release",
            "Time to 63 % of the change of gain, in dB, after the level has fallen.",
            Unit::Milliseconds,
            number(5.0, 3000.0, Logarithmic, 0.05, 0.005, 1),
            180.0,
            Glide::Step,
        ),
        row(
            "auto_release",
            "Auto release",
            "Lets a change that lasts recover four times as slowly as one after a short peak.",
            Unit::None,
            switch,
            0.0,
            Glide::Step,
        ),
        row(
            "detection",
            "Detection",
            "What drives the gain: crests, or the average power over 10 ms.",
            Unit::None,
            Kind::Choice(&["peak", "rms"]),
            0.0,
            Glide::Step,
        ),
        row(
            "look_ahead",
            "Look-ahead",
            "How long the gain knows of a peak before it is heard; the latency of the stage.",
            Unit::Milliseconds,
            number(0.0, 10.0, Linear, 0.5, 0.1, 1),
            0.0,
            Glide::Step,
        ),
        row(
            "high_pass",
            "Side-chain high-pass",
            "Keeps the bass from driving the gain.",
            Unit::None,
            switch,
            0.0,
            Glide::Step,
        ),
        row(
            "high_pass_frequency",
            "High-pass frequency",
            "Corner of the side-chain high-pass, 12 dB per octave.",
            Unit::Hertz,
            number(20.0, 500.0, Logarithmic, 0.0293, 0.000_578, 1),
            100.0,
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
            "range",
            "Range",
            "Most change of gain, either way.",
            Unit::Db,
            number(0.0, 60.0, Linear, 1.0, 0.1, 1),
            60.0,
            GLIDE,
        ),
        row(
            "mix",
            "Mix",
            "Share of the compressed signal; the rest is the input.",
            Unit::Percent,
            number(0.0, 100.0, Linear, 5.0, 1.0, 0),
            100.0,
            GLIDE,
        ),
        row(
            "makeup",
            "Makeup",
            "Gain of the compressed signal.",
            Unit::Db,
            number(-24.0, 24.0, Linear, 0.1, 0.01, 2),
            0.0,
            GLIDE,
        ),
        row(
            "channel",
            "Channel",
            "What is compressed: every channel, or the mid or side of the first pair.",
            Unit::None,
            Kind::Choice(&["stereo", "mid", "side"]),
            0.0,
            Glide::Step,
        ),
        row(
            "works",
            "Works",
            "On levels above the threshold, or on those below it.",
            Unit::None,
            Kind::Choice(&["above", "below"]),
            0.0,
            GLIDE,
        ),
        row(
            "tilt",
            "Side-chain tilt",
            "Raises the highs and lowers the lows that drive the gain, by so much at the ends, around 1 kHz.",
            Unit::Db,
            number(-12.0, 12.0, Linear, 0.5, 0.1, 1),
            0.0,
            Glide::Step,
        ),
        row(
            "auto_makeup",
            "Auto makeup",
            "A constant gain, from the curve alone, that keeps the loudness of a programme at -14 LUFS; makeup adds to it.",
            Unit::None,
            switch,
            0.0,
            GLIDE,
        ),
    ]
};

static TABLE: Table = Table {
    id: "compressor",
    name: "Compressor",
    doc: "Broadband compression with stated times, parallel mix and mid or side mode.",
    // 3: other rounding of the side chain's filters, 300 dB down.
    version: 3,
    params: &PARAMS,
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let wanted = wanted(values);
    let rate_hz = setting.rate.hz();
    let channels = setting.layout.channels();
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
    let latency = (wanted[LOOK_AHEAD] * 0.001 * rate_hz).round() as usize;
    let mut compressor = Compressor {
        rate_hz,
        part,
        key: Key::new(lanes),
        cell: Cell::new(rate_hz, lanes, Sense::of(wanted[DETECTION]), law(&wanted), times(&wanted)),
        delay: Delay::new(channels, latency),
        pace: Pace::new(dynamics::glide_quanta(rate_hz)),
        change: Change::None,
        place: 0,
        wanted,
    };
    compressor.prepare();
    Box::new(compressor)
}

fn wanted(values: &Values) -> [f64; COUNT] {
    std::array::from_fn(|index| PARAMS[index].clamp(values.at(SlotIndex(index as u16))))
}

fn law(wanted: &[f64; COUNT]) -> Law {
    let law = Law::new(wanted[THRESHOLD], wanted[RATIO], wanted[KNEE], wanted[RANGE], wanted[SIDE] >= 0.5);
    let law = law.with(wanted[LINK], wanted[MIX], wanted[MAKEUP]);
    if wanted[AUTO_MAKEUP] < 0.5 { law } else { law.matched(wanted[MAKEUP], Sense::of(wanted[DETECTION])) }
}

fn times(wanted: &[f64; COUNT]) -> Times {
    Times { attack_ms: wanted[ATTACK], release_ms: wanted[RELEASE], automatic: wanted[AUTO_RELEASE] >= 0.5 }
}

/// The steady output level in dBFS of a sine with a peak of `input_db` dBFS, makeup and mix included: what the drawn
/// curve shows. Any thread.
pub fn curve(values: &Values, input_db: f64) -> f64 {
    law(&wanted(values)).output_db(input_db)
}

/// The makeup in dB with which a compressor that has this makeup and mix (percent) and changes the loudness by so much
/// would change nothing. Both paths are taken as in step, which they are where little is taken off; elsewhere a second
/// measurement tells what is left. Without any compressed signal in the mix the makeup stays. Any thread.
pub fn neutral_makeup(makeup: f64, mix: f64, change: Lu) -> f64 {
    let (mix, sum) = (mix / 100.0, Db(change.0).amplitude());
    let compressed = sum - (1.0 - mix);
    if mix > 0.0 && compressed > 0.0 { makeup + Db::from_amplitude(mix / compressed).0 } else { makeup }
}

/// What is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Mid,
    Side,
    Nothing,
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
struct Compressor {
    wanted: [f64; COUNT],
    rate_hz: f64,
    part: Part,
    key: Key,
    cell: Cell,
    delay: Delay,
    pace: Pace,
    change: Change,
    place: usize,
}

impl Compressor {
    /// Brings everything that does not glide to the wanted values.
    fn prepare(&mut self) {
        let high_pass = (self.wanted[HIGH_PASS] >= 0.5).then_some(Shape::HighPass(self.wanted[HIGH_PASS_FREQUENCY]));
        let tilt = (self.wanted[TILT] != 0.0).then_some(Shape::Tilt(self.wanted[TILT]));
        self.key.set([high_pass, tilt], self.rate_hz);
        self.cell.set_times(times(&self.wanted));
    }

    fn step(&mut self, block: &mut Block, from: usize, count: usize) {
        let begins = self.place == 0;
        if begins {
            self.pace.next_quantum();
            self.cell.next_quantum();
            self.key.settle();
        }
        if self.change == Change::Now || (begins && self.change == Change::Glide) {
            let quanta = if self.change == Change::Now { 0 } else { self.pace.quanta() };
            self.cell.aim(law(&self.wanted), quanta);
            self.prepare();
            self.change = Change::None;
        }
        self.listen(block, from, count);
        self.key.run(&mut self.cell, count);
        self.cell.run(self.place, count);
        self.delay.process_part(block, from, count);
        self.apply(block, from, count);
        self.place = (self.place + count) % QUANTUM;
    }

    fn listen(&mut self, block: &Block, from: usize, count: usize) {
        match self.part {
            Part::All => {
                for lane in 0..self.cell.lanes() {
                    self.cell.key_mut(lane)[..count].copy_from_slice(&block.channel(lane)[from..from + count]);
                }
            }
            Part::Mid | Part::Side => {
                let sign = if self.part == Part::Mid { 1.0 } else { -1.0 };
                let (left, right) = (&block.channel(0)[from..from + count], &block.channel(1)[from..from + count]);
                for (key, (left, right)) in self.cell.key_mut(0).iter_mut().zip(left.iter().zip(right)) {
                    *key = 0.5 * (left + sign * right);
                }
            }
            Part::Nothing => {}
        }
    }

    fn apply(&self, block: &mut Block, from: usize, count: usize) {
        match self.part {
            Part::All => {
                for lane in 0..self.cell.lanes() {
                    let samples = &mut block.channel_mut(lane)[from..from + count];
                    for (sample, factor) in samples.iter_mut().zip(self.cell.factors(lane)) {
                        *sample *= factor;
                    }
                }
            }
            Part::Mid | Part::Side => {
                let sign = if self.part == Part::Mid { 1.0 } else { -1.0 };
                let Some((left, right)) = block.pair_mut() else { return };
                let (left, right) = (&mut left[from..from + count], &mut right[from..from + count]);
                for ((left, right), factor) in left.iter_mut().zip(right).zip(self.cell.factors(0)) {
                    let change = (factor - 1.0) * 0.5 * (*left + sign * *right);
                    *left += change;
                    *right += sign * change;
                }
            }
            Part::Nothing => {}
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

impl Stage for Compressor {
    fn latency(&self) -> usize {
        self.delay.frames()
    }

    fn settling(&self) -> usize {
        self.latency() + times(&self.wanted).settling(self.rate_hz)
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
        matches!(usize::from(slot.0), DETECTION | LOOK_AHEAD | CHANNEL)
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

    fn reset(&mut self) {
        self.prepare();
        self.change = Change::None;
        self.cell.reset(law(&self.wanted), times(&self.wanted));
        self.key.reset();
        self.delay.reset();
        self.place = 0;
    }

    fn listen(&mut self, block: &Block) {
        self.delay.listen(block, 0);
    }

    fn reading(&self) -> Reading {
        let (gain_reduction_db, drive_db) = self.cell.reading();
        Reading { gain_reduction_db, drive_db, ..Reading::default() }
    }

    fn is_identity(&self) -> bool {
        let wanted = law(&self.wanted);
        let settled = self.change == Change::Now || (!self.cell.is_moving() && self.cell.law() == wanted);
        self.part == Part::Nothing || (wanted.does_nothing() && settled)
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
