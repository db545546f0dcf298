//! The true-peak limiter: holds the ceiling between the samples too, and passes bit for bit what is under it.
//!
//! Nothing but the detector is oversampled. It reads the same reconstruction as the true-peak meter; its demands are
//! closed (valleys narrower than the hold are filled, so that the gain stands still on every tone whose half period
//! is shorter), looked ahead for, and smoothed by three boxes in whole numbers, in octaves. Every window of the
//! smoothing contains the peak it answers, so the reduction is never less than what was asked for.
//!
//! ITU-R BS.1770-5, annex 2 (true peak); P. Hämäläinen, Smoothing of the control signal without clipped output in digital
//! peak limiters, DAFx-02, 2002 (a smoothing whose window contains the peak); J. Serra, Image analysis and mathematical
//! morphology, 1982 (closing).

mod guard;
mod lane;
mod ramp;
mod reducer;
mod timing;

pub use guard::{Action, Guard};

use super::{Processor, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};
use crate::unit::{Db, Dbtp, SampleRate};
use ramp::Ramp;
use reducer::{CHUNK, Reducer, reduction_db};
use timing::Timing;

/// 20 ms: an input gain turned by hand stays free of steps that the detector would take for peaks.
const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

const GAIN: usize = 0;
const CEILING: usize = 1;
const CHARACTER: usize = 2;
const LOOK_AHEAD: usize = 3;
const HOLD: usize = 4;
const LINK: usize = 5;
const COUNT: usize = 6;

/// Ids of the characters in the order of the menu, and what they stand for.
const CHARACTERS: [&str; 6] = ["transparent", "punchy", "loud", "gentle", "low-latency", "custom"];
const LOW_LATENCY: usize = 4;
/// Hold and look-ahead in ms of the characters before `low-latency`.
const CLOSINGS: [(f64, f64); 4] = [(27.0, 20.0), (27.0, 6.0), (12.5, 3.0), (54.0, 40.0)];
/// Look-ahead of the low-latency character in ms.
const LOW_LATENCY_MS: f64 = 2.5;

const fn number(min: f64, max: f64, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min, max, taper: Taper::Linear, step, fine, digits }
}

static TABLE: Table = Table {
    id: "limiter",
    name: "Limiter",
    doc: "True-peak limiter: holds the ceiling between the samples, untouched below it.",
    // 2: the low-latency character holds bass tones from their first crest on.
    version: 2,
    params: &[
        Spec {
            id: "gain",
            name: "Gain",
            doc: "Level into the limiter.",
            unit: Unit::Db,
            kind: number(-12.0, 24.0, 0.1, 0.01, 2),
            default: 0.0,
            glide: GLIDE,
        },
        Spec {
            id: "ceiling",
            name: "Ceiling",
            doc: "Highest true peak of the output.",
            unit: Unit::Dbtp,
            kind: number(-6.0, 0.0, 0.1, 0.01, 2),
            default: -1.0,
            glide: GLIDE,
        },
        Spec {
            id: "character",
            name: "Character",
            doc: "Pair of hold and look-ahead; low-latency for monitoring, custom for your own. Changes the latency.",
            unit: Unit::None,
            kind: Kind::Choice(&CHARACTERS),
            default: 0.0,
            glide: Glide::Step,
        },
        Spec {
            id: "look_ahead",
            name: "Look-ahead",
            doc: "Smoothing around a peak, with the custom character: longer is cleaner, shorter is louder. Changes \
                  the latency.",
            unit: Unit::Milliseconds,
            kind: number(3.0, 40.0, 1.0, 0.1, 1),
            default: 20.0,
            glide: Glide::Step,
        },
        Spec {
            id: "hold",
            name: "Hold",
            doc: "Valleys between peaks that stay filled, with the custom character: half a period of the lowest \
                  clean tone. Changes the latency.",
            unit: Unit::Milliseconds,
            kind: number(6.0, 54.0, 1.0, 0.1, 1),
            default: 27.0,
            glide: Glide::Step,
        },
        Spec {
            id: "link",
            name: "Link",
            doc: "How far the channels share their reduction.",
            unit: Unit::Percent,
            kind: number(0.0, 100.0, 1.0, 0.1, 0),
            default: 100.0,
            glide: Glide::Step,
        },
    ],
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    Box::new(Limiter::new(std::array::from_fn(|index| values.at(SlotIndex(index as u16))), setting))
}

fn timing(wanted: &[f64; COUNT], rate: SampleRate) -> Timing {
    let character = wanted[CHARACTER].max(0.0) as usize;
    match CLOSINGS.get(character) {
        Some((hold, look_ahead)) => Timing::closing(*hold, *look_ahead, rate),
        None if character == LOW_LATENCY => Timing::quick(LOW_LATENCY_MS, rate),
        None => Timing::closing(wanted[HOLD], wanted[LOOK_AHEAD], rate),
    }
}

#[derive(Debug, Clone)]
struct Limiter {
    wanted: [f64; COUNT],
    timing: Timing,
    reducer: Reducer,
    gain: Ramp,
    ceiling: Ramp,
    glide_frames: u32,
    /// Frames since the last quantum began.
    place: usize,
    deepest: f64,
}

impl Limiter {
    fn new(wanted: [f64; COUNT], setting: Setting) -> Limiter {
        let timing = timing(&wanted, setting.rate);
        let quanta = (GLIDE_MS * 0.001 * setting.rate.hz() / QUANTUM as f64).ceil().max(1.0);
        Limiter {
            wanted,
            timing,
            reducer: Reducer::new(setting.layout.channels(), timing, 0.01 * wanted[LINK]),
            gain: Ramp::at(Db(wanted[GAIN]).amplitude()),
            ceiling: Ramp::at(Dbtp(wanted[CEILING]).amplitude()),
            glide_frames: quanta as u32 * QUANTUM as u32,
            place: 0,
            deepest: 0.0,
        }
    }

    fn drive(&mut self, block: &mut Block, start: usize, count: usize) {
        if self.gain.rest() == Some(1.0) {
            return;
        }
        let mut gains = [1.0; CHUNK];
        self.gain.fill(&mut gains[..count]);
        for index in 0..block.channels() {
            for (sample, gain) in block.channel_mut(index)[start..start + count].iter_mut().zip(&gains) {
                *sample *= gain;
            }
        }
    }
}

impl Limiter {
    /// Brings a parameter to a value over that many frames.
    fn aim(&mut self, slot: SlotIndex, value: f64, frames: u32) {
        let index = usize::from(slot.0);
        if index >= COUNT || self.is_structural(slot) {
            return;
        }
        self.wanted[index] = value;
        match index {
            GAIN => self.gain.aim(Db(value).amplitude(), frames),
            CEILING => self.ceiling.aim(Dbtp(value).amplitude(), frames),
            _ => self.reducer.set_link(0.01 * value),
        }
    }
}

impl Stage for Limiter {
    fn latency(&self) -> usize {
        self.reducer.latency()
    }

    fn settling(&self) -> usize {
        self.reducer.memory() + self.timing.memory()
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        // The glide ends on a quantum, so that its length does not depend on where in a quantum it was asked for.
        let frames = if glide { self.glide_frames - self.place as u32 } else { 0 };
        self.aim(slot, value, frames);
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        self.aim(slot, value, QUANTUM as u32);
    }

    fn is_structural(&self, slot: SlotIndex) -> bool {
        matches!(usize::from(slot.0), CHARACTER | LOOK_AHEAD | HOLD)
    }

    fn process(&mut self, block: &mut Block) {
        self.deepest = 0.0;
        let mut ceilings = [0.0; CHUNK];
        let mut start = 0;
        while start < block.frames() {
            let count = CHUNK.min(block.frames() - start);
            self.drive(block, start, count);
            let lowest = self.ceiling.fill(&mut ceilings[..count]);
            let depth = self.reducer.process(block, start, &ceilings[..count], lowest);
            self.deepest = self.deepest.max(depth);
            start += count;
        }
        self.place = (self.place + block.frames()) % QUANTUM;
    }

    fn reset(&mut self) {
        self.reducer.reset();
        self.gain = Ramp::at(Db(self.wanted[GAIN]).amplitude());
        self.ceiling = Ramp::at(Dbtp(self.wanted[CEILING]).amplitude());
        self.place = 0;
        self.deepest = 0.0;
    }

    fn reading(&self) -> Reading {
        Reading { gain_reduction_db: reduction_db(self.deepest), drive_db: None, ..Reading::default() }
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
