//! The compressor: detector, gain computer with a quadratic knee, and a follower that smooths in decibels.
//!
//! *Levels.* A steady sine reads its peak in dBFS with either detector: the peak detector holds crests (for up to
//! 20 ms, so that 25 Hz reads steady), the RMS detector averages squares over 10 ms and adds 3.01 dB.
//!
//! *Times.* After a step of level the gain has done 63 % of its way, in decibels, when the attack or release time
//! has passed. What the detector itself takes is counted in; only in RMS, times under 10 ms stay bound to the average.
//! With automatic release short peaks recover in the release time, reduction that lasts recovers four times as slowly.
//!
//! Below the knee nothing is multiplied: the samples keep their bits. In mid or side mode only that part of the first
//! pair is compressed and every other channel passes; in a mono layout there is no such part, and nothing is done.

mod computer;
mod detector;

pub use computer::curve;

use computer::{Computer, FIELDS};
use detector::{Detector, Sense};

use super::glide::Glide as Line;
use super::{Processor, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::dsp::envelope::{Follower, Pace, share_per_frame};
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};
use crate::unit::Db;

/// 20 ms: threshold and makeup follow the hand without a step.
const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

/// How much slower sustained reduction recovers with automatic release.
const SUSTAINED: f64 = 4.0;

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
const COUNT: usize = 15;

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
            "Level above which the gain is reduced.",
            Unit::Db,
            number(-60.0, 0.0, Linear, 0.5, 0.1, 1),
            -18.0,
            GLIDE,
        ),
        // At 1.5 a notch is 0.05, a fine one 0.01.
        row(
            "ratio",
            "Ratio",
            "Change of input over change of output above the knee.",
            Unit::Ratio,
            number(1.05, 20.0, Logarithmic, 0.0333, 0.0067, 2),
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
            "Time to 63 % of more reduction, in dB.",
            Unit::Milliseconds,
            number(0.01, 300.0, Logarithmic, 0.05, 0.005, 2),
            30.0,
            Glide::Step,
        ),
        row(
            "release",
            "Release",
            "Time to 63 % of less reduction, in dB.",
            Unit::Milliseconds,
            number(5.0, 3000.0, Logarithmic, 0.05, 0.005, 1),
            180.0,
            Glide::Step,
        ),
        row(
            "auto_release",
            "Auto release",
            "Lets lasting reduction recover four times as slowly as short peaks.",
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
        row("range", "Range", "Most reduction.", Unit::Db, number(0.0, 60.0, Linear, 1.0, 0.1, 1), 60.0, GLIDE),
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
    ]
};

static TABLE: Table = Table {
    id: "compressor",
    name: "Compressor",
    doc: "Broadband compression with stated times, parallel mix and mid or side mode.",
    version: 1,
    params: &PARAMS,
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let wanted: [f64; COUNT] = std::array::from_fn(|index| PARAMS[index].clamp(values.at(SlotIndex(index as u16))));
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
    let sense = if wanted[DETECTION] >= 0.5 { Sense::Rms } else { Sense::Peak };
    let latency = (wanted[LOOK_AHEAD] * 0.001 * rate_hz).round() as usize;
    let computer = Computer::of(&wanted);
    let mut compressor = Compressor {
        rate_hz,
        part,
        sense,
        detectors: (0..lanes).map(|_| Detector::new(rate_hz, sense)).collect(),
        followers: vec![Follower::default(); lanes],
        levels: vec![0.0; lanes],
        delay: (0..channels).map(|_| vec![0.0; latency]).collect(),
        delay_place: 0,
        line: Line::at(computer.to_array()),
        pace: Pace { attack: 1.0, release: 1.0, sustained: None },
        quanta: (GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32,
        change: Change::None,
        place: 0,
        deepest_db: 0.0,
        loudest: 0.0,
        wanted,
    };
    compressor.prepare();
    Box::new(compressor)
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
    sense: Sense,
    detectors: Vec<Detector>,
    followers: Vec<Follower>,
    /// Levels of the lanes in the frame at work.
    levels: Vec<f64>,
    delay: Vec<Vec<f64>>,
    delay_place: usize,
    line: Line<FIELDS>,
    pace: Pace,
    quanta: u32,
    change: Change,
    place: usize,
    /// Deepest gain and loudest level of the last block.
    deepest_db: f64,
    loudest: f64,
}

impl Compressor {
    /// Brings everything that does not glide to the wanted values.
    fn prepare(&mut self) {
        let (attack, release) = (self.wanted[ATTACK] * 0.001, self.wanted[RELEASE] * 0.001);
        let hold = detector::hold_seconds(release);
        let (attack, release) = match self.sense {
            Sense::Peak => (attack, release - hold),
            Sense::Rms => detector::without_average(attack, release),
        };
        let automatic = self.wanted[AUTO_RELEASE] >= 0.5;
        self.pace = Pace {
            attack: share_per_frame(attack, self.rate_hz),
            release: share_per_frame(release, self.rate_hz),
            sustained: automatic.then(|| share_per_frame(SUSTAINED * release, self.rate_hz)),
        };
        let corner_hz = (self.wanted[HIGH_PASS] >= 0.5).then_some(self.wanted[HIGH_PASS_FREQUENCY]);
        for detector in &mut self.detectors {
            detector.set_high_pass(corner_hz, self.rate_hz);
            detector.set_hold((hold * self.rate_hz).round() as usize);
        }
    }

    fn step(&mut self, block: &mut Block, from: usize, count: usize) {
        let begins = self.place == 0;
        if begins {
            self.line.next_quantum();
            self.detectors.iter_mut().for_each(Detector::settle);
        }
        if self.change == Change::Now || (begins && self.change == Change::Glide) {
            let quanta = if self.change == Change::Now { 0 } else { self.quanta };
            self.line.aim(Computer::of(&self.wanted).to_array(), quanta);
            self.prepare();
            self.change = Change::None;
        }
        let moving = self.line.is_moving();
        let mut computer = Computer::from_array(self.line.target());
        for index in 0..count {
            if moving {
                computer = Computer::from_array(self.line.value(self.place + index));
            }
            self.frame(block, from + index, &computer);
        }
        self.place = (self.place + count) % QUANTUM;
    }

    fn frame(&mut self, block: &mut Block, frame: usize, computer: &Computer) {
        self.listen(block, frame);
        self.delay(block, frame);
        let loudest = self.levels.iter().fold(0.0, |most: f64, level| most.max(*level));
        self.loudest = self.loudest.max(loudest);
        let together = computer.reduction_db(loudest, self.sense);
        for lane in 0..self.followers.len() {
            let alone = if computer.link == 1.0 { 0.0 } else { computer.reduction_db(self.levels[lane], self.sense) };
            let reduction = if computer.link == 1.0 { together } else { alone + computer.link * (together - alone) };
            let gain_db = self.followers[lane].next(reduction, &self.pace);
            self.deepest_db = self.deepest_db.min(gain_db);
            let factor = computer.factor(gain_db);
            self.apply(block, frame, lane, factor);
        }
    }

    fn listen(&mut self, block: &Block, frame: usize) {
        for (lane, detector) in self.detectors.iter_mut().enumerate() {
            let sample = match self.part {
                Part::All | Part::Nothing => block.channel(lane)[frame],
                Part::Mid => 0.5 * (block.channel(0)[frame] + block.channel(1)[frame]),
                Part::Side => 0.5 * (block.channel(0)[frame] - block.channel(1)[frame]),
            };
            self.levels[lane] = detector.next(sample);
        }
    }

    fn delay(&mut self, block: &mut Block, frame: usize) {
        let length = self.delay.first().map_or(0, Vec::len);
        if length == 0 {
            return;
        }
        for (channel, ring) in self.delay.iter_mut().enumerate() {
            std::mem::swap(&mut ring[self.delay_place], &mut block.channel_mut(channel)[frame]);
        }
        self.delay_place = if self.delay_place + 1 == length { 0 } else { self.delay_place + 1 };
    }

    fn apply(&self, block: &mut Block, frame: usize, lane: usize, factor: f64) {
        if self.part == Part::All {
            block.channel_mut(lane)[frame] *= factor;
            return;
        }
        let Some((left, right)) = block.pair_mut() else { return };
        let (left, right) = (&mut left[frame], &mut right[frame]);
        if self.part == Part::Mid {
            let change = (factor - 1.0) * 0.5 * (*left + *right);
            *left += change;
            *right += change;
        } else {
            let change = (factor - 1.0) * 0.5 * (*left - *right);
            *left += change;
            *right -= change;
        }
    }
}

impl Stage for Compressor {
    fn latency(&self) -> usize {
        self.delay.first().map_or(0, Vec::len)
    }

    fn settling(&self) -> usize {
        let slow = if self.wanted[AUTO_RELEASE] >= 0.5 { SUSTAINED } else { 1.0 };
        let seconds = (self.wanted[ATTACK] + slow * self.wanted[RELEASE]) * 0.001;
        // 23 time constants: the gain is within 1e-8 dB.
        self.latency() + (23.0 * seconds * self.rate_hz).ceil() as usize
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        let index = usize::from(slot.0);
        if index >= COUNT || self.is_structural(slot) {
            return;
        }
        self.wanted[index] = PARAMS[index].clamp(value);
        if !glide {
            self.change = Change::Now;
        } else if self.change == Change::None {
            self.change = Change::Glide;
        }
    }

    fn is_structural(&self, slot: SlotIndex) -> bool {
        matches!(usize::from(slot.0), DETECTION | LOOK_AHEAD | CHANNEL)
    }

    fn process(&mut self, block: &mut Block) {
        self.deepest_db = 0.0;
        self.loudest = 0.0;
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            self.step(block, done, count);
            done += count;
        }
    }

    fn reset(&mut self) {
        self.line = Line::at(Computer::of(&self.wanted).to_array());
        self.prepare();
        self.change = Change::None;
        self.detectors.iter_mut().for_each(Detector::reset);
        self.followers.fill(Follower::default());
        self.delay.iter_mut().for_each(|ring| ring.fill(0.0));
        self.delay_place = 0;
        self.place = 0;
        self.deepest_db = 0.0;
        self.loudest = 0.0;
    }

    fn reading(&self) -> Reading {
        let drive_db = (self.loudest > 0.0).then(|| Db::from_amplitude(self.loudest).value());
        Reading { gain_reduction_db: self.deepest_db, drive_db }
    }

    fn is_identity(&self) -> bool {
        let wanted = Computer::of(&self.wanted);
        let settled = self.change == Change::Now || (!self.line.is_moving() && self.line.target() == wanted.to_array());
        self.part == Part::Nothing || (wanted.does_nothing() && settled)
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
