//! The soft clipper: takes the tops off transients ahead of the limiter, without aliases.
//!
//! At a rate of at least 1.4 MHz each sample is compared with the knee; what is taken away is averaged between the
//! samples there, filtered down and added to the delayed input. Below the knee nothing is added: every bit stays.
//!
//! The ceiling is that of the curve. Filtering down to the base rate lets sharp tops ring over it again by a few
//! tenths of a decibel: the true peak is the limiter's task, which stands behind.
//!
//! S. Bilbao, F. Esqueda, J. D. Parker, V. Välimäki, Antiderivative antialiasing for memoryless nonlinearities, IEEE Signal
//! Processing Letters 24(7), 2017.

mod knee;

use knee::Knee;

use super::glide::{Glide as Line, Pace};
use super::{Processor, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::dsp::oversample::{CHUNK, Oversampler};
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};
use crate::unit::Db;

/// 20 ms: gain and ceiling follow the hand without a step.
const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

const GAIN: usize = 0;
const CEILING: usize = 1;
const KNEE: usize = 2;
const MIX: usize = 3;
const OUTPUT: usize = 4;
const COUNT: usize = 5;

const fn linear(min: f64, max: f64, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min, max, taper: Taper::Linear, step, fine, digits }
}

const fn row(id: &'static str, name: &'static str, doc: &'static str, unit: Unit, kind: Kind, default: f64) -> Spec {
    Spec { id, name, doc, unit, kind, default, glide: GLIDE }
}

static PARAMS: [Spec; COUNT] = [
    row("gain", "Gain", "Level into the clipper.", Unit::Db, linear(-12.0, 18.0, 0.1, 0.01, 2), 0.0),
    row("ceiling", "Ceiling", "Level the curve never passes.", Unit::Db, linear(-18.0, 0.0, 0.1, 0.01, 2), -0.5),
    row(
        "knee",
        "Knee",
        "How far below the ceiling it begins; 0 is hard.",
        Unit::Db,
        linear(0.0, 12.0, 0.1, 0.01, 2),
        1.5,
    ),
    row(
        "mix",
        "Mix",
        "Share of what is clipped away that is taken.",
        Unit::Percent,
        linear(0.0, 100.0, 1.0, 0.1, 1),
        100.0,
    ),
    row("output", "Output", "Level behind the clipper.", Unit::Db, linear(-18.0, 12.0, 0.1, 0.01, 2), 0.0),
];

static TABLE: Table = Table {
    id: "clipper",
    name: "Soft clipper",
    doc: "Takes the tops off transients ahead of the limiter; untouched below its knee.",
    version: 1,
    params: &PARAMS,
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

/// Doublings up to at least 1.4 MHz.
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
    let rate_hz = setting.rate.hz();
    // What clips is late by one sample of the high rate: its triangle reaches one sample ahead.
    let path = Oversampler::new(rate_hz, stages(rate_hz), 1);
    Box::new(Clipper {
        line: Line::at(numbers(&wanted)),
        lanes: vec![Lane::new(path); setting.layout.channels()],
        pace: Pace::new((GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32),
        due: false,
        place: 0,
        deepest: 1.0,
        loudest: 0.0,
        wanted,
    })
}

/// Gain, ceiling and output as factors, the knee in dB, the mix as a share.
fn numbers(wanted: &[f64; COUNT]) -> [f64; COUNT] {
    let factor = |index: usize| Db(wanted[index]).amplitude();
    [factor(GAIN), factor(CEILING), wanted[KNEE], 0.01 * wanted[MIX], factor(OUTPUT)]
}

/// What a frame needs.
#[derive(Clone, Copy)]
struct Frame {
    gain: f64,
    knee: Knee,
    mix: f64,
    output: f64,
}

impl Frame {
    fn of([gain, ceiling, width_db, mix, output]: [f64; COUNT]) -> Frame {
        Frame { gain, knee: Knee::new(ceiling, width_db), mix, output }
    }
}

/// One channel.
#[derive(Debug, Clone)]
struct Lane {
    path: Oversampler,
    dry: Vec<f64>,
    dry_place: usize,
    /// The last sample of the high rate, and what the way to it adds to it.
    last: f64,
    carried: f64,
}

impl Lane {
    fn new(path: Oversampler) -> Lane {
        let dry = vec![0.0; path.latency()];
        Lane { path, dry, dry_place: 0, last: 0.0, carried: 0.0 }
    }

    fn reset(&mut self) {
        self.path.reset();
        self.dry.fill(0.0);
        (self.dry_place, self.last, self.carried) = (0, 0.0, 0.0);
    }

    /// Works the samples; gives the loudest of the high rate and the deepest factor of clipping.
    fn process(&mut self, samples: &mut [f64], frames: &[Frame]) -> (f64, f64) {
        for (sample, frame) in samples.iter_mut().zip(frames) {
            *sample *= frame.gain;
        }
        let factor = self.path.factor();
        let (mut loudest, mut deepest) = (0.0f64, 1.0f64);
        let mut is_zero = true;
        let high = self.path.raise(samples);
        for (group, frame) in high.chunks_exact_mut(factor).zip(frames) {
            let mut top = 0.0f64;
            for sample in group {
                let here = *sample;
                top = top.max(here.abs());
                let (near, far) = frame.knee.way(self.last, here);
                *sample = self.carried + near;
                is_zero &= *sample == 0.0;
                (self.last, self.carried) = (here, far);
            }
            let taken = frame.knee.excess(top);
            if taken > 0.0 {
                deepest = deepest.min(1.0 - frame.mix * taken / top);
            }
            loudest = loudest.max(top);
        }
        let mut delta = [0.0; CHUNK];
        let delta = &mut delta[..samples.len()];
        self.path.lower(delta, is_zero);
        for ((sample, delta), frame) in samples.iter_mut().zip(delta.iter()).zip(frames) {
            let dry = std::mem::replace(&mut self.dry[self.dry_place], *sample);
            self.dry_place = if self.dry_place + 1 == self.dry.len() { 0 } else { self.dry_place + 1 };
            *sample = frame.output * (dry + frame.mix * delta);
        }
        (loudest, deepest)
    }
}

#[derive(Clone)]
struct Clipper {
    wanted: [f64; COUNT],
    line: Line<COUNT>,
    lanes: Vec<Lane>,
    pace: Pace,
    due: bool,
    place: usize,
    deepest: f64,
    loudest: f64,
}

impl Clipper {
    /// The frames of a step of at most what is left of the quantum.
    fn frames(&mut self, count: usize) -> [Frame; QUANTUM] {
        if self.place == 0 {
            self.pace.next_quantum();
            self.line.next_quantum();
            if self.due {
                self.due = false;
                self.line.aim(numbers(&self.wanted), self.pace.quanta());
            }
        }
        let mut frames = [Frame::of(self.line.target()); QUANTUM];
        if self.line.is_moving() {
            for (index, frame) in frames.iter_mut().enumerate().take(count) {
                *frame = Frame::of(self.line.value(self.place + index));
            }
        }
        frames
    }
}

impl Stage for Clipper {
    fn latency(&self) -> usize {
        self.lanes.first().map_or(0, |lane| lane.path.latency())
    }

    fn settling(&self) -> usize {
        2 * self.latency()
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        let Some(wanted) = self.wanted.get_mut(usize::from(slot.0)) else { return };
        *wanted = PARAMS[usize::from(slot.0)].clamp(value);
        self.due = glide;
        if glide {
            self.pace.touch();
        } else {
            self.line.aim(numbers(&self.wanted), 0);
        }
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        let index = usize::from(slot.0);
        if let Some(wanted) = self.wanted.get_mut(index) {
            *wanted = PARAMS[index].clamp(value);
            self.due = true;
            self.pace.ride();
        }
    }

    fn process(&mut self, block: &mut Block) {
        (self.deepest, self.loudest) = (1.0, 0.0);
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            let frames = self.frames(count);
            for (channel, lane) in self.lanes.iter_mut().enumerate().take(block.channels()) {
                let samples = &mut block.channel_mut(channel)[done..done + count];
                let (loudest, deepest) = lane.process(samples, &frames[..count]);
                self.loudest = self.loudest.max(loudest);
                self.deepest = self.deepest.min(deepest);
            }
            self.place = (self.place + count) % QUANTUM;
            done += count;
        }
    }

    fn reset(&mut self) {
        self.line = Line::at(numbers(&self.wanted));
        self.lanes.iter_mut().for_each(Lane::reset);
        (self.due, self.place, self.deepest, self.loudest) = (false, 0, 1.0, 0.0);
    }

    fn reading(&self) -> Reading {
        let gain_reduction_db = if self.deepest < 1.0 { Db::from_amplitude(self.deepest).value() } else { 0.0 };
        let drive_db = (self.loudest > 0.0).then(|| Db::from_amplitude(self.loudest).value());
        Reading { gain_reduction_db, drive_db, ..Reading::default() }
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

/// What the curve makes of a sample, gain, mix and output included: for drawing.
pub fn transfer(values: &Values, sample: f64) -> f64 {
    let frame = Frame::of(numbers(&wanted_of(values)));
    let driven = frame.gain * sample;
    let taken = frame.knee.excess(driven.abs());
    frame.output * (driven - frame.mix * taken.copysign(driven))
}

#[cfg(test)]
mod tests;
