//! The equaliser: minimum phase, no latency, and the analogue magnitude up to 20 kHz at every rate.
//!
//! Each band is one to four state-variable sections made by the matched-Z method; one correction per routing path
//! brings their product to the analogue prototype (at most 0.02 dB away to 20 kHz). A band at 0 dB or switched off
//! is not run at all. Stereo bands work on every channel; mid, side, left and right bands on the first pair only, so
//! in a mono layout they are not heard. Mid and side are worked as differences added to left and right: where a mid
//! or side band does nothing, the samples are not touched.

mod band;
mod path;
mod response;

use band::Band;
use path::Rack;

pub use band::Channel;
pub use response::{band_response, response};

use super::{Processor, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::param::{Glide, Group, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};

/// 20 ms: a swept bell moves without steps, a typed value is heard at once.
const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

/// Bands of a stage.
const CAPACITY: usize = 24;

/// Butterworth: the flattest pass filter, and a bell about two octaves wide.
const DEFAULT_Q: f64 = 0.71;

static BAND: [Spec; 7] = [
    Spec {
        id: "on",
        name: "On",
        doc: "Whether the band is heard.",
        unit: Unit::None,
        kind: Kind::Switch,
        default: 1.0,
        glide: GLIDE,
    },
    Spec {
        id: "type",
        name: "Type",
        doc: "Shape of the band.",
        unit: Unit::None,
        kind: Kind::Choice(&["bell", "low_shelf", "high_shelf", "high_pass", "low_pass"]),
        default: 0.0,
        glide: GLIDE,
    },
    Spec {
        id: "frequency",
        name: "Frequency",
        doc: "Centre or corner; held just below half the sample rate in use.",
        unit: Unit::Hertz,
        // One notch is 1/24 octave, a fine one a cent.
        kind: Kind::Number {
            min: 10.0,
            max: 40_000.0,
            taper: Taper::Logarithmic,
            step: 0.0293,
            fine: 0.000_578,
            digits: 1,
        },
        default: 1000.0,
        glide: GLIDE,
    },
    Spec {
        id: "gain",
        name: "Gain",
        doc: "Gain of a bell or shelf; the passes have none.",
        unit: Unit::Db,
        kind: Kind::Number { min: -12.0, max: 12.0, taper: Taper::Linear, step: 0.1, fine: 0.01, digits: 2 },
        default: 0.0,
        glide: GLIDE,
    },
    Spec {
        id: "q",
        name: "Q",
        doc: "Sharpness. Steeper passes take it as resonance, 0.71 being flat; those of 6 dB per octave have none.",
        unit: Unit::None,
        kind: Kind::Number { min: 0.1, max: 30.0, taper: Taper::Logarithmic, step: 0.04, fine: 0.005, digits: 2 },
        default: DEFAULT_Q,
        glide: GLIDE,
    },
    Spec {
        id: "slope",
        name: "Slope",
        doc: "Steepness of the passes.",
        unit: Unit::DbPerOctave,
        kind: Kind::Choice(&["6", "12", "18", "24", "36", "48"]),
        default: 1.0,
        glide: GLIDE,
    },
    Spec {
        id: "channel",
        name: "Channel",
        doc: "What the band works on: every channel, or a part of the first pair.",
        unit: Unit::None,
        kind: Kind::Choice(&["stereo", "mid", "side", "left", "right"]),
        default: 0.0,
        glide: GLIDE,
    },
];

static TABLE: Table = Table {
    id: "eq",
    name: "Equaliser",
    doc: "Bells, shelves and passes with the analogue response up to 20 kHz, without latency.",
    version: 1,
    params: &[],
    groups: &[Group { id: "band", name: "Band", capacity: CAPACITY, params: &BAND }],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let channels = setting.layout.channels();
    let rack = Rack::new(setting.rate.hz(), channels);
    let quanta = (GLIDE_MS * 0.001 * setting.rate.hz() / QUANTUM as f64).ceil().max(1.0) as u32;
    let mut eq = Eq { bands: Band::all(values), rack, pairs: channels >= 2, quanta, change: Change::Now, place: 0 };
    eq.design();
    Box::new(eq)
}

/// What waits to be designed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Nothing.
    None,
    /// A live change: designed when the next quantum begins, reached by a glide.
    Glide,
    /// Values that hold at once.
    Now,
}

#[derive(Clone)]
struct Eq {
    bands: [Band; CAPACITY],
    rack: Rack,
    /// Whether there is a first pair for the mid, side, left and right bands.
    pairs: bool,
    quanta: u32,
    change: Change,
    /// Frames since the last quantum began.
    place: usize,
}

impl Eq {
    fn audible(&self, band: &Band) -> bool {
        band.is_active() && (band.channel == Channel::Stereo || self.pairs)
    }

    /// Brings the filters to the wanted values: at once, or as far as a glide can now.
    fn design(&mut self) {
        let quanta = if self.change == Change::Now { 0 } else { self.quanta };
        let audible = std::array::from_fn(|index| self.audible(&self.bands[index]));
        let waiting = self.rack.aim(&self.bands, &audible, quanta);
        self.change = if waiting { Change::Glide } else { Change::None };
    }

    /// One step of at most what is left of the quantum.
    fn step(&mut self, block: &mut Block, from: usize, count: usize) {
        let begins = self.place == 0;
        if begins {
            self.rack.next_quantum();
        }
        let due = match self.change {
            Change::None => false,
            Change::Now => true,
            Change::Glide => begins,
        };
        if due {
            self.design();
        }
        self.rack.process(block, from, count, self.place);
        self.place = (self.place + count) % QUANTUM;
    }
}

impl Stage for Eq {
    fn latency(&self) -> usize {
        0
    }

    fn settling(&self) -> usize {
        // ln(10^10): 200 dB down.
        self.rack.decay(&self.bands, 23.0)
    }

    fn tail(&self) -> usize {
        // ln(10^6): 120 dB down.
        self.rack.decay(&self.bands, 13.8)
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        let (row, index) = (usize::from(slot.0) / BAND.len(), usize::from(slot.0) % BAND.len());
        if let Some(band) = self.bands.get_mut(row) {
            band.set(index, BAND[index].clamp(value));
            if !glide {
                self.change = Change::Now;
            } else if self.change == Change::None {
                self.change = Change::Glide;
            }
        }
    }

    fn process(&mut self, block: &mut Block) {
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            self.step(block, done, count);
            done += count;
        }
    }

    fn reset(&mut self) {
        self.place = 0;
        self.change = Change::Now;
        self.design();
        self.rack.reset();
    }

    fn is_identity(&self) -> bool {
        let wanted = self.bands.iter().any(|band| self.audible(band));
        !wanted && (self.change == Change::Now || self.rack.is_idle())
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
