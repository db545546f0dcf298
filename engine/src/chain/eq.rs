//! The equaliser: the analogue magnitude up to 20 kHz at every rate, with the phase one chooses.
//!
//! *Minimum phase* has no latency: each band is one to eight state-variable sections made by the matched-Z method; one
//! correction per routing path brings their product to the analogue prototype (at most 0.02 dB away to 20 kHz). *Mixed*
//! and *linear* phase run the static bands as a kernel ([`long`]): with a phase amount of 0 % it is the analogue filter
//! in magnitude and phase, with 100 % the phase is linear. Bands whose gain moves with the signal ([`dynamic`]) are
//! minimum phase in every mode, behind the static ones.
//!
//! S. J. Orfanidis, Digital parametric equalizer design with prescribed Nyquist-frequency gain, J. Audio Eng. Soc. 45(6),
//! 1997, and M. Massberg, Digital low-pass filter design with analog-matched magnitude response, AES convention 131, 2011
//! (the question); V. Zavalishin, The art of VA filter design (the sections).
//!
//! A band at 0 dB or switched off is not run at all. Stereo bands work on every channel; mid, side, left and right bands
//! on the first pair only, so in a mono layout they are not heard. Mid and side are worked as differences added to left
//! and right: where a mid or side band does nothing, the samples are not touched.

mod band;
mod dynamic;
mod listen;
mod long;
mod loudness;
mod path;
mod response;
mod table;

use band::Band;
use dynamic::{CELL, Dynamics};
use listen::Listening;
use long::Long;
use loudness::Pink;
use path::{Pair, Rack};
use table::{AMOUNT, AUTO_GAIN, BAND, CAPACITY, GLIDE_MS, KERNEL, PHASE, STAGE, STAGE_COUNT, TABLE};

pub use band::Channel;
pub use response::{Moved, band_response, response};

use super::glide::{Glide, Pace};
use super::{Listen, Processor, READING_BANDS, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::param::{SlotIndex, Values};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let channels = setting.layout.channels();
    let rate_hz = setting.rate.hz();
    let wanted: [f64; STAGE_COUNT] =
        std::array::from_fn(|index| STAGE[index].clamp(values.at(SlotIndex(index as u16))));
    let bands = Band::all(values);
    let amount = amount(&wanted);
    let mut eq = Eq {
        rack: Rack::new(rate_hz, channels),
        dynamics: Dynamics::new(&bands, rate_hz, channels),
        long: amount.map(|amount| Long::new(rate_hz, channels, amount, wanted[KERNEL] as usize)),
        listening: Listening::new(&bands, rate_hz, channels),
        pink: Pink::new(rate_hz),
        gain: Glide::at([1.0]),
        bands,
        wanted,
        pairs: channels >= 2,
        channels,
        quanta: (GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32,
        pace: Pace::new((GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32),
        spare: Block::new(channels, QUANTUM),
        change: Change::Now,
        place: 0,
    };
    eq.design();
    Box::new(eq)
}

/// How much of the phase is taken away, 0 to 1; none in minimum phase.
fn amount(wanted: &[f64; STAGE_COUNT]) -> Option<f64> {
    match wanted[PHASE] as usize {
        0 => None,
        1 => Some(wanted[AMOUNT] / 100.0),
        _ => Some(1.0),
    }
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
    wanted: [f64; STAGE_COUNT],
    bands: [Band; CAPACITY],
    rack: Rack,
    dynamics: Dynamics,
    /// The static bands in mixed and linear phase.
    long: Option<Long>,
    listening: Listening,
    pink: Pink,
    gain: Glide<1>,
    /// Whether there is a first pair for the mid, side, left and right bands.
    pairs: bool,
    channels: usize,
    quanta: u32,
    pace: Pace,
    /// Where the input of a stage that does nothing goes.
    spare: Block,
    change: Change,
    /// Frames since the last quantum began.
    place: usize,
}

impl Eq {
    fn reaches(&self, band: &Band) -> bool {
        band.channel == Channel::Stereo || self.pairs
    }

    /// The bands for which this holds and that have something to work on.
    fn those(&self, holds: impl Fn(&Band) -> bool) -> [bool; CAPACITY] {
        std::array::from_fn(|row| self.reaches(&self.bands[row]) && holds(&self.bands[row]))
    }

    fn fixed(&self) -> [bool; CAPACITY] {
        self.those(|band| band.is_active() && !band.is_dynamic())
    }

    /// The gain that the wanted values ask for.
    fn wanted_gain(&self) -> f64 {
        if self.wanted[AUTO_GAIN] < 0.5 { 1.0 } else { self.pink.gain(&self.bands, &self.those(Band::is_active)) }
    }

    /// Brings the filters to the wanted values: at once, or as far as a glide can now.
    fn design(&mut self) {
        self.design_with(true);
    }

    /// The same; without `kernel` the one that runs is known to hold already.
    fn design_with(&mut self, kernel: bool) {
        let now = self.change == Change::Now;
        let quanta = if now { 0 } else { self.pace.quanta() };
        let (fixed, moving) = (self.fixed(), self.those(Band::is_dynamic));
        let mut waiting = self.dynamics.aim(&self.bands, &moving, quanta);
        match &mut self.long {
            None => waiting |= self.rack.aim(&self.bands, &fixed, quanta),
            Some(_) if !kernel => {}
            Some(long) if now => long.settle(&self.bands, &fixed, amount(&self.wanted).unwrap_or(1.0)),
            Some(long) => long.change(),
        }
        self.gain.aim([self.wanted_gain()], quanta);
        self.change = if waiting { Change::Glide } else { Change::None };
    }

    fn next_quantum(&mut self) {
        self.pace.next_quantum();
        self.rack.next_quantum();
        self.dynamics.next_quantum();
        self.gain.next_quantum();
    }

    /// One step of at most what is left of the quantum.
    fn step(&mut self, block: &mut Block, from: usize, count: usize) {
        let begins = self.place == 0;
        if begins {
            self.next_quantum();
        }
        let due = match self.change {
            Change::None => false,
            Change::Now => true,
            Change::Glide => begins,
        };
        if due {
            self.design();
        }
        if begins {
            let fixed = self.fixed();
            if let Some(long) = &mut self.long {
                long.next_quantum(&self.bands, &fixed, amount(&self.wanted).unwrap_or(1.0));
            }
            self.listening.next_quantum(&self.bands, due, self.quanta);
        }
        if let Some(long) = &mut self.long {
            long.process(block, from, count);
        }
        let input = (!self.listening.is_off()).then(|| Pair::of(block, 0, self.channels, from, count));
        if !self.rack.is_idle() {
            self.rack.process(block, from, count, self.place);
        }
        self.move_bands(block, from, count);
        self.scale(block, from, count);
        if let Some(input) = input {
            self.listening.process(block, &input, from, count, self.place);
        }
        self.place = (self.place + count) % QUANTUM;
    }

    fn move_bands(&mut self, block: &mut Block, from: usize, count: usize) {
        let mut done = 0;
        while done < count && !self.dynamics.is_idle() {
            let place = self.place + done;
            let part = (CELL - place % CELL).min(count - done);
            self.dynamics.process(block, from + done, part, place);
            done += part;
        }
    }

    /// Takes a value that moves live; says whether there is such a one.
    fn take(&mut self, slot: SlotIndex, value: f64) -> bool {
        let place = usize::from(slot.0);
        if self.is_structural(slot) {
            return false;
        }
        if let Some(wanted) = self.wanted.get_mut(place) {
            *wanted = STAGE[place].clamp(value);
            return true;
        }
        let (row, index) = ((place - STAGE_COUNT) / BAND.len(), (place - STAGE_COUNT) % BAND.len());
        let Some(band) = self.bands.get_mut(row) else { return false };
        band.set(index, BAND[index].clamp(value));
        true
    }

    fn scale(&mut self, block: &mut Block, from: usize, count: usize) {
        let (gain, moving, place) = (self.gain, self.gain.is_moving(), self.place);
        if !moving && gain.target() == [1.0] {
            return;
        }
        for channel in 0..block.channels() {
            for (index, sample) in block.channel_mut(channel)[from..from + count].iter_mut().enumerate() {
                let [factor] = if moving { gain.value(place + index) } else { gain.target() };
                *sample *= factor;
            }
        }
    }
}

impl Stage for Eq {
    fn latency(&self) -> usize {
        self.long.as_ref().map_or(0, Long::latency)
    }

    fn settling(&self) -> usize {
        // ln(10^10): 200 dB down.
        let long = self.long.as_ref().map_or(0, |long| long.latency() + long.taps());
        long + self.rack.decay(&self.bands, 23.0) + self.dynamics.decay(&self.bands, 23.0)
    }

    fn tail(&self) -> usize {
        // ln(10^6): 120 dB down.
        self.long.as_ref().map_or(0, |long| long.taps() / 2) + self.rack.decay(&self.bands, 13.8)
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
        matches!(usize::from(slot.0), PHASE | KERNEL)
    }

    fn process(&mut self, block: &mut Block) {
        self.dynamics.begin_block();
        let mut done = 0;
        while done < block.frames() {
            let count = (QUANTUM - self.place).min(block.frames() - done);
            self.step(block, done, count);
            done += count;
        }
    }

    fn reset(&mut self) {
        let busy = self.change != Change::None || self.long.as_ref().is_some_and(Long::is_busy);
        self.place = 0;
        self.change = Change::Now;
        self.design_with(busy);
        self.rack.reset();
        self.dynamics.reset();
        self.listening.reset();
        if let Some(long) = &mut self.long {
            long.reset();
        }
    }

    fn listen(&mut self, block: &Block) {
        if self.long.is_none() {
            return;
        }
        let mut done = 0;
        while done < block.frames() {
            let count = self.spare.capacity().min(block.frames() - done);
            let mut spare = std::mem::replace(&mut self.spare, Block::new(0, 0));
            spare.set_frames(count);
            spare.copy_from(0, block, done, count);
            self.process(&mut spare);
            self.spare = spare;
            done += count;
        }
    }

    fn monitor(&mut self, what: Listen) {
        self.listening.set(what);
    }

    fn reading(&self) -> Reading {
        let bands_db: [f32; READING_BANDS] = std::array::from_fn(|row| self.dynamics.reading_db(row) as f32);
        let furthest = bands_db.iter().fold(0.0f32, |most, moved| if moved.abs() > most.abs() { *moved } else { most });
        Reading { gain_reduction_db: f64::from(furthest), bands_db, ..Reading::default() }
    }

    fn is_identity(&self) -> bool {
        let wanted = self.fixed().contains(&true) || self.those(Band::is_dynamic).contains(&true);
        let idle =
            self.rack.is_idle() && self.dynamics.is_idle() && !self.gain.is_moving() && self.gain.target() == [1.0];
        let dry = self.long.as_ref().is_none_or(Long::is_dry);
        !wanted && dry && self.listening.is_off() && (self.change == Change::Now || idle)
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
