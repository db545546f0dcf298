//! Compression and expansion in two to five bands.
//!
//! Every row of the group is a band, from the lowest up; its frequency is its upper edge, that of the highest is not
//! used. An edge never lies below the one under it. Levels, times and laws are those of the `dynamics` room.
//!
//! *Minimum phase*: Linkwitz-Riley crossovers of 24 dB per octave, every band brought to the phase of the others by
//! all-passes (S. P. Lipshitz, J. Vanderkooy, A family of linear-phase crossover networks of high slope derived by time
//! delay, J. Audio Eng. Soc. 31, 1983; S. H. Linkwitz, Active crossover networks for noncoincident drivers, 1976). No
//! latency; with equal gains the sum is flat in magnitude.
//!
//! *Linear phase*: the same magnitudes without phase. The bands are differences of low-passes, and what is added to the
//! delayed input is each band times its change of gain: where no gain changes the input keeps its bits. That is why it is
//! the default: minimum phase turns the phase of what it leaves alone too, as long as any band may work.
//!
//! In mid or side mode that part of the first pair drives the gains and is turned; everything else passes with the same
//! delay and phase. Look-ahead delays what is heard against what is listened to.

mod ahead;
mod comb;
mod table;
#[cfg(test)]
mod tests;
mod tree;

use super::dynamics::{self, Cell, Law, Sense, Times};
use super::glide::{Glide, Pace};
use super::{Listen, READING_BANDS, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::param::{SlotIndex, Values};
use crate::unit::Db;
use ahead::Ahead;
use comb::Comb;
pub(super) use table::PROCESSOR;
use table::{Band, CAPACITY, LINK, Settings};
use tree::Tree;

/// The share of a corner that the next one keeps from it at least.
const APART: f64 = 1.05;
/// Highest corner, as a part of the rate.
const HIGHEST: f64 = 0.45;

/// The crossover frequencies in Hz that hold for these values, from the lowest. Any thread.
pub fn crossovers(values: &Values, rate_hz: f64) -> Vec<f64> {
    let settings = Settings::of(values);
    settings.corners(rate_hz)[..settings.count - 1].to_vec()
}

/// The steady output level in dBFS of a sine of `input_db` dBFS inside band `band`: what a drawn curve shows. Any thread.
pub fn curve(values: &Values, band: usize, input_db: f64) -> f64 {
    let settings = Settings::of(values);
    settings.bands.get(band).map_or(input_db, |band| band.law(settings.link).output_db(input_db))
}

/// The response in dB at `hertz` while the bands have these gains in dB, from the lowest: what the page draws. Exact in
/// linear phase; in minimum phase the bands meet with the same magnitudes. Any thread.
pub fn response_db(crossovers: &[f64], hertz: f64, gains_db: &[f64]) -> f64 {
    let mut below = 0.0;
    let mut sum = 0.0;
    for (index, gain_db) in gains_db.iter().enumerate() {
        let upto = crossovers.get(index).map_or(1.0, |corner| low_pass(hertz / corner));
        sum += Db(*gain_db).amplitude() * (upto - below);
        below = upto;
    }
    Db::from_amplitude(sum).value()
}

/// The magnitude in dB of the side below a crossover, at `hertz`. Any thread.
pub fn low_side_db(crossover: f64, hertz: f64) -> f64 {
    Db::from_amplitude(low_pass(hertz / crossover)).value()
}

/// A Linkwitz-Riley low-pass of fourth order at this ratio to its corner.
fn low_pass(ratio: f64) -> f64 {
    1.0 / (1.0 + ratio * ratio * ratio * ratio)
}

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let settings = Settings::of(values);
    let (rate_hz, channels) = (setting.rate.hz(), setting.layout.channels());
    let corners = settings.corners(rate_hz);
    let splitter = if settings.linear {
        Splitter::Linear(Comb::new(rate_hz, channels, settings.count, corners))
    } else {
        Splitter::Minimum(Tree::new(rate_hz, channels, settings.count, corners))
    };
    let part = match settings.channel {
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
    let delay = match &splitter {
        Splitter::Minimum(_) => 0,
        Splitter::Linear(comb) => comb.delay(),
    };
    let look_ahead = (settings.look_ahead_ms * 0.001 * rate_hz).round() as usize;
    let sense = if settings.rms { Sense::Rms } else { Sense::Peak };
    let cell = |band: &Band| Cell::new(rate_hz, lanes, sense, band.law(settings.link), band.times());
    let cells = settings.bands[..settings.count].iter().map(cell).collect();
    let mut multiband = Multiband {
        rate_hz,
        part,
        ahead: (look_ahead > 0).then(|| Ahead::new(channels, settings.count, look_ahead, delay)),
        cells,
        bands: vec![vec![[0.0; QUANTUM]; channels]; settings.count],
        heard: Listen::Output,
        shares: Glide::at(shares(Listen::Output)),
        presence: Glide::at([0.0]),
        pace: Pace::new(dynamics::glide_quanta(rate_hz)),
        glide: dynamics::glide_quanta(rate_hz),
        splitter,
        change: Change::None,
        place: 0,
        settings,
    };
    multiband.aim(0);
    Box::new(multiband)
}

/// What of every band is heard: shares of the processed bands, then of the bands as they came.
fn shares(heard: Listen) -> [f64; 2 * CAPACITY] {
    std::array::from_fn(|place| {
        let band = place % CAPACITY;
        match (heard, place < CAPACITY) {
            (Listen::Band(chosen) | Listen::Change(chosen), true) => f64::from(u8::from(band == chosen)),
            // What a band changes is itself less what it was.
            (Listen::Change(chosen), false) if band == chosen => -1.0,
            (_, true) => 1.0,
            (_, false) => 0.0,
        }
    })
}

/// Half the first two channels' sum, or difference.
fn of_pair(channels: &[[f64; QUANTUM]], sign: f64) -> [f64; QUANTUM] {
    std::array::from_fn(|index| 0.5 * (channels[0][index] + sign * channels[1][index]))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// At the next quantum, with a glide.
    Glide,
    /// Before the next frame.
    Now,
}

/// What is turned.
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

#[derive(Clone)]
enum Splitter {
    Minimum(Tree),
    Linear(Comb),
}

#[derive(Clone)]
struct Multiband {
    settings: Settings,
    rate_hz: f64,
    splitter: Splitter,
    part: Part,
    ahead: Option<Ahead>,
    cells: Vec<Cell>,
    /// By band and channel: the frames at work.
    bands: Vec<Vec<[f64; QUANTUM]>>,
    /// What is listened to in place of the output.
    heard: Listen,
    /// What of every band is heard: its share, and what is added to it as it came.
    shares: Glide<{ 2 * CAPACITY }>,
    /// 1 where the bands are heard, 0 where the input passes untouched.
    presence: Glide<1>,
    pace: Pace,
    /// Quanta in which the bands come and go.
    glide: u32,
    change: Change,
    place: usize,
}

impl Multiband {
    /// Heads for the settings, in so many quanta.
    fn aim(&mut self, quanta: u32) {
        let corners = self.settings.corners(self.rate_hz);
        match &mut self.splitter {
            Splitter::Minimum(tree) => tree.aim(corners, quanta),
            Splitter::Linear(comb) => comb.aim(corners),
        }
        for (cell, band) in self.cells.iter_mut().zip(&self.settings.bands) {
            cell.aim(band.law(self.settings.link), quanta);
            cell.set_times(band.times());
        }
        // What is listened to, and whether anything is done, never jumps along with a course.
        let fade = if quanta == 0 { 0 } else { self.glide };
        self.shares.aim(shares(self.heard), fade);
        self.presence.aim(self.wanted_presence(), fade);
    }

    fn wanted_presence(&self) -> [f64; 1] {
        let is_whole = match &self.splitter {
            Splitter::Minimum(_) => true,
            Splitter::Linear(comb) => comb.is_warm(),
        };
        [f64::from(u8::from(is_whole && !self.does_nothing()))]
    }

    fn step(&mut self, block: &mut Block, from: usize, count: usize) {
        let begins = self.place == 0;
        if let Splitter::Linear(comb) = &mut self.splitter {
            comb.wake();
        }
        if begins {
            self.pace.next_quantum();
            self.cells.iter_mut().for_each(Cell::next_quantum);
            self.shares.next_quantum();
            self.presence.next_quantum();
            match &mut self.splitter {
                Splitter::Minimum(tree) => tree.next_quantum(),
                Splitter::Linear(comb) => comb.next_quantum(),
            }
        }
        if self.change == Change::Now || (begins && self.change == Change::Glide) {
            let quanta = if self.change == Change::Now { 0 } else { self.pace.quanta() };
            self.change = Change::None;
            self.aim(quanta);
        } else if begins {
            self.presence.aim(self.wanted_presence(), self.glide);
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.keep(block, from, count);
        }
        match &mut self.splitter {
            Splitter::Minimum(tree) => tree.split(block, from, count, self.place, &mut self.bands),
            Splitter::Linear(comb) => comb.split(block, from, count, &mut self.bands),
        }
        self.turn(count);
        if let Some(ahead) = &mut self.ahead {
            ahead.wait(block, from, count, &mut self.bands);
        }
        match &self.splitter {
            Splitter::Minimum(_) => self.sum(block, from, count),
            Splitter::Linear(_) => self.add_changes(block, from, count),
        }
        self.place = (self.place + count) % QUANTUM;
    }

    /// From the bands to the factors.
    fn turn(&mut self, count: usize) {
        for (cell, band) in self.cells.iter_mut().zip(&self.bands) {
            match self.part {
                Part::All => {
                    for (lane, samples) in band.iter().enumerate() {
                        cell.key_mut(lane)[..count].copy_from_slice(&samples[..count]);
                    }
                }
                Part::Mid | Part::Side => {
                    let part = of_pair(band, self.part.sign());
                    cell.key_mut(0)[..count].copy_from_slice(&part[..count]);
                }
                Part::Nothing => {}
            }
            cell.run(self.place, count);
        }
    }

    /// The factors of a band in a channel: its gain, and whether it is heard.
    fn weights(&self, band: usize, channel: usize, count: usize) -> [f64; QUANTUM] {
        let mut weights = if self.part == Part::All { *self.cells[band].factors(channel) } else { [1.0; QUANTUM] };
        if self.shares.is_moving() {
            for (index, weight) in weights[..count].iter_mut().enumerate() {
                let shares = self.shares.value(self.place + index);
                *weight = shares[band] * *weight + shares[CAPACITY + band];
            }
            return weights;
        }
        let shares = self.shares.target();
        let (share, added) = (shares[band], shares[CAPACITY + band]);
        if (share, added) != (1.0, 0.0) {
            weights[..count].iter_mut().for_each(|weight| *weight = share * *weight + added);
        }
        weights
    }

    /// What mid or side mode adds to a channel of a band.
    fn turned(&self, band: usize, channel: usize, count: usize) -> Option<[f64; QUANTUM]> {
        if matches!(self.part, Part::All | Part::Nothing) || channel > 1 {
            return None;
        }
        let sign = if channel == 1 { self.part.sign() } else { 1.0 };
        let mut turned = of_pair(&self.bands[band], self.part.sign());
        for (index, (turned, factor)) in turned[..count].iter_mut().zip(self.cells[band].factors(0)).enumerate() {
            let shares =
                if self.shares.is_moving() { self.shares.value(self.place + index) } else { self.shares.target() };
            *turned *= sign * shares[band] * (factor - 1.0);
        }
        Some(turned)
    }

    /// The bands with their gains, in place of the block.
    fn sum(&self, block: &mut Block, from: usize, count: usize) {
        for channel in 0..block.channels() {
            let mut sum = [0.0; QUANTUM];
            for (band, samples) in self.bands.iter().enumerate() {
                let weights = self.weights(band, channel, count);
                for index in 0..count {
                    sum[index] += weights[index] * samples[channel][index];
                }
                if let Some(turned) = self.turned(band, channel, count) {
                    sum.iter_mut().zip(&turned[..count]).for_each(|(sum, turned)| *sum += turned);
                }
            }
            let out = &mut block.channel_mut(channel)[from..from + count];
            if self.presence.is_moving() {
                for (index, sample) in out.iter_mut().enumerate() {
                    let [presence] = self.presence.value(self.place + index);
                    *sample += presence * (sum[index] - *sample);
                }
            } else if self.presence.target() == [1.0] {
                out.copy_from_slice(&sum[..count]);
            }
        }
    }

    /// The delayed input with what the gains change of each band.
    fn add_changes(&self, block: &mut Block, from: usize, count: usize) {
        if !self.presence.is_moving() && self.presence.target() == [0.0] {
            return;
        }
        for channel in 0..block.channels() {
            let mut sum = [0.0; QUANTUM];
            for (band, samples) in self.bands.iter().enumerate() {
                let weights = self.weights(band, channel, count);
                for index in 0..count {
                    sum[index] += (weights[index] - 1.0) * samples[channel][index];
                }
                if let Some(turned) = self.turned(band, channel, count) {
                    sum.iter_mut().zip(&turned[..count]).for_each(|(sum, turned)| *sum += turned);
                }
            }
            if self.presence.is_moving() {
                for (index, change) in sum[..count].iter_mut().enumerate() {
                    *change *= self.presence.value(self.place + index)[0];
                }
            }
            for (sample, change) in block.channel_mut(channel)[from..from + count].iter_mut().zip(&sum) {
                *sample += change;
            }
        }
    }

    /// Whether what is heard is the input.
    fn does_nothing(&self) -> bool {
        shares(self.heard) == shares(Listen::Output) && (self.part == Part::Nothing || self.settings.does_nothing())
    }

    fn is_moving(&self) -> bool {
        self.presence.is_moving() || self.shares.is_moving() || self.cells.iter().any(Cell::is_moving)
    }
}

impl Stage for Multiband {
    fn latency(&self) -> usize {
        let look_ahead = self.ahead.as_ref().map_or(0, Ahead::frames);
        look_ahead
            + match &self.splitter {
                Splitter::Minimum(_) => 0,
                Splitter::Linear(comb) => comb.delay(),
            }
    }

    fn settling(&self) -> usize {
        let times = self.settings.used().iter().map(|band| band.times().settling(self.rate_hz)).max();
        times.unwrap_or(0)
            + self.ahead.as_ref().map_or(0, Ahead::frames)
            + match &self.splitter {
                Splitter::Minimum(tree) => tree.decay(23.0),
                Splitter::Linear(comb) => comb.span(),
            }
    }

    fn tail(&self) -> usize {
        match &self.splitter {
            Splitter::Minimum(tree) => tree.decay(13.8),
            Splitter::Linear(comb) => comb.span() - comb.delay(),
        }
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        if self.is_structural(slot) || !self.settings.set(slot, value) {
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
        if self.is_structural(slot) || !self.settings.set(slot, value) {
            return;
        }
        self.pace.ride();
        if self.change == Change::None {
            self.change = Change::Glide;
        }
    }

    fn is_structural(&self, slot: SlotIndex) -> bool {
        // The rows of one flat parameter that glides stand behind those that need another memory.
        usize::from(slot.0) < LINK
    }

    fn process(&mut self, block: &mut Block) {
        self.cells.iter_mut().for_each(Cell::forget_reading);
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
        if let Some(ahead) = &mut self.ahead {
            ahead.listen(block);
        }
        match &mut self.splitter {
            Splitter::Minimum(tree) => tree.sleep(),
            Splitter::Linear(comb) => comb.listen(block),
        }
    }

    fn reset(&mut self) {
        let corners = self.settings.corners(self.rate_hz);
        match &mut self.splitter {
            Splitter::Minimum(tree) => tree.reset(corners),
            Splitter::Linear(comb) => comb.reset(corners),
        }
        for (cell, band) in self.cells.iter_mut().zip(&self.settings.bands) {
            cell.reset(band.law(self.settings.link), band.times());
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.reset();
        }
        self.change = Change::None;
        self.place = 0;
        self.shares = Glide::at(shares(self.heard));
        self.presence = Glide::at(self.wanted_presence());
    }

    fn reading(&self) -> Reading {
        let mut reading = Reading::default();
        for (index, cell) in self.cells.iter().enumerate().take(READING_BANDS) {
            let (gain_db, level_db) = cell.reading();
            reading.bands_db[index] = gain_db as f32;
            if gain_db.abs() > reading.gain_reduction_db.abs() {
                reading.gain_reduction_db = gain_db;
            }
            reading.drive_db = match (reading.drive_db, level_db) {
                (Some(one), Some(other)) => Some(f64::max(one, other)),
                (one, other) => one.or(other),
            };
        }
        reading
    }

    fn is_identity(&self) -> bool {
        let settled = self.change == Change::Now || (self.change == Change::None && !self.is_moving());
        self.does_nothing() && settled
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

/// What a band is made of, apart from its parameters.
impl Band {
    fn law(&self, link: f64) -> Law {
        let law = Law::new(self.threshold(), self.ratio(), self.knee(), self.range(), self.works_below());
        law.with(link, if self.is_bypassed() { 0.0 } else { self.mix() }, self.makeup())
    }

    fn times(&self) -> Times {
        Times { attack_ms: self.attack(), release_ms: self.release(), automatic: self.is_automatic() }
    }
}
