//! Saturation: six curves, driven by choice more by the lows or by the highs, at a rate of at least 1.4 MHz.
//!
//! Only the difference that bending makes (bent minus straight) travels through the oversampling filters; it is added
//! to the delayed input. With no drive or no mix every bit of the input stays.
//!
//! | curve | function | harmonics of a sine |
//! |---|---|---|
//! | warm | hyperbolic tangent | odd: 3, 5, 7, each weaker |
//! | tube | the same, leaning | all: 2 above 3 above 4 |
//! | even | straight plus a quarter of x tanh x | even alone: 2, 4, 6 |
//! | tape | Langevin, highs driven up to 9 dB more than lows | odd, more of it for high notes |
//! | iron | error function, lows driven up to 12 dB more than highs | odd, more of it for low notes |
//! | firm | straight for long, then turning quickly | odd: far less at low levels, 5 follows 3 by 14 dB |
//!
//! Drive is in dB over nothing: at 0 the curve is not used, at 6 dB full scale stands at 1 on the curve's axis. Matched
//! drive is one constant per setting that gives pink noise at -14 dBFS RMS its power back. Direct current that even
//! harmonics make is taken from the difference by a high pass at 5 Hz.

mod curve;
mod drive;
mod emphasis;

use std::sync::Arc;

use curve::{CURVES, Curve};
use drive::{Amount, Bend, FIELDS};
use emphasis::{Coefficients, Memory};

use super::glide::{Glide as Line, Pace};
use super::{Processor, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::dsp::oversample::{CHUNK, Oversampler};
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};

/// 20 ms: drive follows the hand without a step.
const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);
/// Corner of the high pass on the difference.
const DC_HZ: f64 = 5.0;

const CURVE: usize = 0;
const DRIVE: usize = 1;
const BIAS: usize = 2;
const EMPHASIS: usize = 3;
const MATCH: usize = 4;
const MIX: usize = 5;
const OUTPUT: usize = 6;
const COUNT: usize = 7;

const fn linear(min: f64, max: f64, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min, max, taper: Taper::Linear, step, fine, digits }
}

const fn row(id: &'static str, name: &'static str, doc: &'static str, unit: Unit, kind: Kind, default: f64) -> Spec {
    Spec { id, name, doc, unit, kind, default, glide: GLIDE }
}

static PARAMS: [Spec; COUNT] = [
    Spec {
        glide: Glide::Step,
        ..row(
            "curve",
            "Curve",
            "warm: odd harmonics; tube: all; even: even alone; tape: odd, highs first; iron: odd, lows first; firm: late \
             and sudden.",
            Unit::None,
            Kind::Choice(&CURVES),
            0.0,
        )
    },
    row(
        "drive",
        "Drive",
        "Level into the curve; 0 is the input itself.",
        Unit::Db,
        linear(0.0, 18.0, 0.1, 0.01, 2),
        0.0,
    ),
    row(
        "bias",
        "Bias",
        "Leans the curve to one side, for even harmonics.",
        Unit::Percent,
        linear(-100.0, 100.0, 1.0, 0.1, 1),
        0.0,
    ),
    row(
        "emphasis",
        "Emphasis",
        "Around 1 kHz: positive drives the highs more than the lows, negative the lows.",
        Unit::Db,
        linear(-12.0, 12.0, 0.1, 0.01, 2),
        0.0,
    ),
    row(
        "match",
        "Matched",
        "Keeps pink noise at -14 dBFS as loud as it was, by a constant.",
        Unit::None,
        Kind::Switch,
        1.0,
    ),
    row(
        "mix",
        "Mix",
        "Share of the saturated signal; the rest is the input.",
        Unit::Percent,
        linear(0.0, 100.0, 1.0, 0.1, 1),
        100.0,
    ),
    row("output", "Output", "Level behind everything.", Unit::Db, linear(-12.0, 12.0, 0.1, 0.01, 2), 0.0),
];

static TABLE: Table = Table {
    id: "saturation",
    name: "Saturation",
    doc: "Harmonics of six curves, without aliases.",
    version: 1,
    params: &PARAMS,
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

/// Doublings up to at least 1.4 MHz, and at least 16 times the rate up to 96 kHz.
fn stages(rate_hz: f64) -> usize {
    match rate_hz {
        rate if rate <= 50_000.0 => 5,
        rate if rate <= 100_000.0 => 4,
        rate if rate <= 200_000.0 => 3,
        _ => 2,
    }
}

fn wanted_of(values: &Values) -> [f64; COUNT] {
    std::array::from_fn(|index| PARAMS[index].clamp(values.at(SlotIndex(index as u16))))
}

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let wanted = wanted_of(values);
    let curve = Curve::get(wanted[CURVE] as usize);
    let rate_hz = setting.rate.hz();
    let path = Oversampler::new(rate_hz, stages(rate_hz), 0);
    let lane = Lane::new(path);
    Box::new(Saturation {
        rate_hz,
        line: Line::at(Amount::of(&wanted, &curve).to_array()),
        character: drive::character(wanted[CURVE] as usize).at(rate_hz),
        curve,
        lanes: vec![lane; setting.layout.channels()],
        keep: 1.0 - std::f64::consts::TAU * DC_HZ / rate_hz,
        pace: Pace::new((GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32),
        due: false,
        place: 0,
        wanted,
    })
}

/// One channel.
#[derive(Debug, Clone)]
struct Lane {
    path: Oversampler,
    dry: Vec<f64>,
    dry_place: usize,
    /// Of the curve's own shelf and of the emphasis, before the bend and behind it.
    before: [Memory; 2],
    behind: [Memory; 2],
    direct: Memory,
}

/// What a frame needs.
#[derive(Clone, Copy)]
struct Frame {
    amount: Amount,
    bend: Bend,
    emphasis: Coefficients,
}

impl Lane {
    fn new(path: Oversampler) -> Lane {
        let dry = vec![0.0; path.latency()];
        Lane {
            path,
            dry,
            dry_place: 0,
            before: Default::default(),
            behind: Default::default(),
            direct: Memory::default(),
        }
    }

    fn reset(&mut self) {
        self.path.reset();
        self.dry.fill(0.0);
        self.dry_place = 0;
        (self.before, self.behind, self.direct) = Default::default();
    }

    fn settle(&mut self) {
        self.before.iter_mut().chain(&mut self.behind).for_each(Memory::settle);
        self.direct.settle();
    }

    /// Up to the high rate, where `frames` bend it.
    fn bend(&mut self, samples: &[f64], frames: &[Frame], character: &Coefficients, curve: &Curve) -> bool {
        let mut driven = [0.0; CHUNK];
        for ((driven, sample), frame) in driven.iter_mut().zip(samples).zip(frames) {
            let shaped = self.before[0].forward(*sample, character);
            *driven = self.before[1].forward(shaped, &frame.emphasis);
        }
        let factor = self.path.factor();
        let high = self.path.raise(&driven[..samples.len()]);
        let mut is_zero = true;
        for (group, frame) in high.chunks_exact_mut(factor).zip(frames) {
            if frame.bend.is_straight() {
                group.fill(0.0);
                continue;
            }
            is_zero = false;
            for sample in group {
                *sample = frame.bend.delta(*sample, curve);
            }
        }
        is_zero
    }

    fn process(&mut self, samples: &mut [f64], frames: &[Frame], character: &Coefficients, keep: f64, curve: &Curve) {
        let is_zero = self.bend(samples, frames, character, curve);
        let mut delta = [0.0; CHUNK];
        let delta = &mut delta[..samples.len()];
        self.path.lower(delta, is_zero);
        for ((sample, delta), frame) in samples.iter_mut().zip(delta.iter()).zip(frames) {
            let shaped = self.behind[1].inverse(*delta, &frame.emphasis);
            let shaped = self.behind[0].inverse(shaped, character);
            let delta = self.direct.block_dc(shaped, keep);
            let dry = self.remember(*sample);
            let Amount { matching, mix, output, .. } = frame.amount;
            *sample = output * (dry + mix * (matching * (dry + delta) - dry));
        }
    }

    fn remember(&mut self, sample: f64) -> f64 {
        let dry = std::mem::replace(&mut self.dry[self.dry_place], sample);
        self.dry_place = if self.dry_place + 1 == self.dry.len() { 0 } else { self.dry_place + 1 };
        dry
    }
}

#[derive(Clone)]
struct Saturation {
    wanted: [f64; COUNT],
    rate_hz: f64,
    curve: Arc<Curve>,
    character: Coefficients,
    line: Line<FIELDS>,
    lanes: Vec<Lane>,
    /// What the high pass on the difference keeps of its output from frame to frame.
    keep: f64,
    pace: Pace,
    due: bool,
    place: usize,
}

impl Saturation {
    fn begin(&mut self) {
        self.pace.next_quantum();
        self.line.next_quantum();
        self.lanes.iter_mut().for_each(Lane::settle);
        if self.due {
            self.due = false;
            self.line.aim(Amount::of(&self.wanted, &self.curve).to_array(), self.pace.quanta());
        }
    }

    fn frame(&self, numbers: [f64; FIELDS]) -> Frame {
        let amount = Amount::from_array(numbers);
        Frame { amount, bend: amount.bend(&self.curve), emphasis: amount.shelf().at(self.rate_hz) }
    }

    /// The frames of a step of at most what is left of the quantum.
    fn frames(&mut self, count: usize) -> [Frame; QUANTUM] {
        if self.place == 0 {
            self.begin();
        }
        let mut frames = [self.frame(self.line.target()); QUANTUM];
        if self.line.is_moving() {
            for (index, frame) in frames.iter_mut().enumerate().take(count) {
                *frame = self.frame(self.line.value(self.place + index));
            }
        }
        frames
    }
}

impl Stage for Saturation {
    fn latency(&self) -> usize {
        self.lanes.first().map_or(0, |lane| lane.path.latency())
    }

    fn settling(&self) -> usize {
        // ln(10^10): 200 dB down.
        2 * self.latency() + (23.0 / (1.0 - self.keep)).ceil() as usize
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        let index = usize::from(slot.0);
        if index >= COUNT || self.is_structural(slot) {
            return;
        }
        self.wanted[index] = PARAMS[index].clamp(value);
        self.due = glide;
        if glide {
            self.pace.touch();
        } else {
            self.line.aim(Amount::of(&self.wanted, &self.curve).to_array(), 0);
        }
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        let index = usize::from(slot.0);
        if index < COUNT && !self.is_structural(slot) {
            self.wanted[index] = PARAMS[index].clamp(value);
            self.due = true;
            self.pace.ride();
        }
    }

    fn is_structural(&self, slot: SlotIndex) -> bool {
        usize::from(slot.0) == CURVE
    }

    fn process(&mut self, block: &mut Block) {
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            let frames = self.frames(count);
            for (channel, lane) in self.lanes.iter_mut().enumerate().take(block.channels()) {
                let samples = &mut block.channel_mut(channel)[done..done + count];
                lane.process(samples, &frames[..count], &self.character, self.keep, &self.curve);
            }
            self.place = (self.place + count) % QUANTUM;
            done += count;
        }
    }

    fn listen(&mut self, block: &Block) {
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            let frames = self.frames(count);
            for (channel, lane) in self.lanes.iter_mut().enumerate().take(block.channels()) {
                let samples = &block.channel(channel)[done..done + count];
                let is_zero = lane.bend(samples, &frames[..count], &self.character, &self.curve);
                lane.path.lower(&mut [0.0; CHUNK][..count], is_zero);
                samples.iter().for_each(|sample| {
                    lane.remember(*sample);
                });
            }
            self.place = (self.place + count) % QUANTUM;
            done += count;
        }
    }

    fn reset(&mut self) {
        self.line = Line::at(Amount::of(&self.wanted, &self.curve).to_array());
        self.lanes.iter_mut().for_each(Lane::reset);
        self.due = false;
        self.place = 0;
    }

    fn is_identity(&self) -> bool {
        let settled = !self.line.is_moving() && Amount::from_array(self.line.target()).is_neutral();
        settled && !self.due && Amount::of(&self.wanted, &self.curve).is_neutral()
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

/// What the curve makes of a sample, without emphasis, matching, mix and output: for drawing.
pub fn transfer(values: &Values, sample: f64) -> f64 {
    let wanted = wanted_of(values);
    let curve = Curve::get(wanted[CURVE] as usize);
    sample + Amount::of(&wanted, &curve).bend(&curve).delta(sample, &curve)
}

/// Harmonics 2 to 9 of a sine of amplitude `level` in dB against the first, by the curve alone (without its emphasis);
/// what is not there reads -200.
pub fn harmonics(values: &Values, level: f64) -> [f64; 8] {
    const POINTS: usize = 1024;
    let wanted = wanted_of(values);
    let curve = Curve::get(wanted[CURVE] as usize);
    let bend = Amount::of(&wanted, &curve).bend(&curve);
    let angle = |n: usize| std::f64::consts::TAU * n as f64 / POINTS as f64;
    let wave: Vec<f64> = (0..POINTS).map(|n| level * libm::sin(angle(n))).map(|x| x + bend.delta(x, &curve)).collect();
    let amplitude = |order: usize| {
        let (re, im) = wave.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, y)| {
            let turn = angle(n * order % POINTS);
            (re + y * libm::cos(turn), im + y * libm::sin(turn))
        });
        libm::hypot(re, im)
    };
    let first = amplitude(1).max(f64::MIN_POSITIVE);
    std::array::from_fn(|index| (20.0 * libm::log10(amplitude(index + 2) / first + 1e-300)).max(-200.0))
}

#[cfg(test)]
mod tests;
