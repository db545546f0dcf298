//! Bands whose gain moves with a signal.
//!
//! The key is a band-pass of the signal that enters the dynamic bands. Its level is `√((k·b)² - k²·l·h)` of the filter's
//! three outputs: for a sine that is its amplitude at every instant, so that neither hold nor average is needed and
//! attack and release are what they say: 63 % of the movement, in decibels. Gains are made into coefficients every
//! [`CELL`] frames and reached in a straight line over the next ones; the correction for the analogue magnitude is
//! blended between solutions at five gains.

use std::f64::consts::PI;

use super::band::{Band, Channel, MOST_SECTIONS, Motion};
use super::path::Pair;
use super::table::CAPACITY;
use crate::audio::{Block, QUANTUM};
use crate::chain::glide::Glide;
use crate::dsp::correction::{self, Fit, MOST_NODES, Scope, Taps};
use crate::dsp::envelope::share_per_frame;
use crate::dsp::svf::{self, NOTHING, Svf, Tick};

/// Frames between two gains: 0.33 ms at 96 kHz, well under the shortest attack.
pub(super) const CELL: usize = 32;

/// Movements this small are none, in dB.
const REST_DB: f64 = 1e-9;
/// Levels below this are read as it, dBFS.
const FLOOR_DB: f64 = -200.0;

/// Most channels of a layout.
const MOST_LANES: usize = 64;

/// What glides: logarithms of frequency and Q, gain, range, threshold, share of the excess, presence.
const FIELDS: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Here,
    Leaving,
}

/// What belongs to one channel of a band.
#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    key_band: f64,
    key_low: f64,
    /// Movement without its sign, dB.
    moved_db: f64,
}

/// What belongs to a pair of channels of a band.
#[derive(Debug, Clone)]
struct Run {
    /// Gains the coefficients were made for.
    gains_db: [f64; 2],
    now: [[[f64; 5]; 2]; MOST_SECTIONS],
    next: [[[f64; 5]; 2]; MOST_SECTIONS],
    taps_now: [Taps; 2],
    taps_next: [Taps; 2],
    states: [svf::State; MOST_SECTIONS],
    correction: correction::State,
}

/// One band.
#[derive(Debug, Clone)]
struct Mover {
    presence: Presence,
    band: Band,
    line: Glide<FIELDS>,
    /// Of the key's filter.
    key_g: f64,
    key_k: f64,
    attack: f64,
    release: f64,
    sections: usize,
    /// Corrections at half and whole of the lowest and of the highest gain, and what they were made for.
    ends: [[Taps; 2]; 2],
    ends_of: Option<[f64; 4]>,
    /// Frequency and Q of the running coefficients.
    made_of: [f64; 2],
    lanes: Vec<Lane>,
    runs: Vec<Run>,
    /// Furthest movement of the last block, with its sign.
    reading_db: f64,
}

/// The dynamic bands of a stage.
#[derive(Debug, Clone)]
pub(super) struct Dynamics {
    rate_hz: f64,
    channels: usize,
    fit: Fit,
    movers: Vec<Mover>,
    any: bool,
}

fn fields(band: &Band, presence: f64) -> [f64; FIELDS] {
    let dynamics = &band.dynamics;
    [
        libm::log(band.frequency_hz),
        libm::log(band.q),
        band.gain_db,
        dynamics.range_db,
        dynamics.threshold_db,
        1.0 - 1.0 / dynamics.ratio,
        presence,
    ]
}

fn is_same_kind(a: &Band, b: &Band) -> bool {
    (a.shape, a.channel, a.order) == (b.shape, b.channel, b.order)
}

impl Lane {
    /// The level of the key in the frame of `sample`, linear.
    #[inline(always)]
    fn level(&mut self, sample: f64, g: f64, k: f64) -> f64 {
        let sample = if sample.is_finite() { sample } else { 0.0 };
        let high = (sample - (g + k) * self.key_band - self.key_low) / (1.0 + g * (g + k));
        let band = g * high + self.key_band;
        let low = g * band + self.key_low;
        self.key_band = band + g * high;
        self.key_low = low + g * band;
        k * (band * band - low * high).max(band * band).sqrt()
    }

    #[inline(always)]
    fn follow(&mut self, wanted_db: f64, attack: f64, release: f64) {
        let share = if wanted_db > self.moved_db { attack } else { release };
        self.moved_db += share * (wanted_db - self.moved_db);
        if wanted_db == 0.0 && self.moved_db < REST_DB {
            self.moved_db = 0.0;
        }
    }

    fn settle(&mut self) {
        if self.key_band.abs() < NOTHING && self.key_low.abs() < NOTHING {
            (self.key_band, self.key_low) = (0.0, 0.0);
        }
    }
}

/// How far a band wants to move at a level, dB, without the sign.
#[inline(always)]
fn wanted_db(motion: Motion, level: f64, threshold_db: f64, share: f64, range_db: f64) -> f64 {
    let level_db = if level > 1e-10 { 20.0 * libm::log10(level) } else { FLOOR_DB };
    let beyond = if motion == Motion::Below { threshold_db - level_db } else { level_db - threshold_db };
    (beyond * share).clamp(0.0, range_db.abs())
}

impl Run {
    fn new(fit: &Fit) -> Run {
        let identity = Svf::identity(1.0, 1.0).to_array();
        Run {
            gains_db: [f64::NAN; 2],
            now: [[identity; 2]; MOST_SECTIONS],
            next: [[identity; 2]; MOST_SECTIONS],
            taps_now: [fit.identity(); 2],
            taps_next: [fit.identity(); 2],
            states: [svf::State::default(); MOST_SECTIONS],
            correction: correction::State::default(),
        }
    }

    fn forget(&mut self) {
        self.states.fill(svf::State::default());
        self.correction = correction::State::default();
    }

    /// Runs the frames at `place` of a cell.
    fn run(&mut self, fit: &Fit, sections: usize, left: &mut [f64], right: &mut [f64], place: usize) {
        let mix = |now: f64, next: f64, part: f64| now + (next - now) * part;
        let part = |index: usize| (place + index + 1) as f64 / CELL as f64;
        for section in 0..sections {
            let (now, next) = (&self.now[section], &self.next[section]);
            let state = &mut self.states[section];
            if now == next {
                let tick = Tick::of_lanes(next.map(Svf::from_array));
                svf::run(&[tick], std::array::from_mut(state), left, right);
                continue;
            }
            for (index, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
                let at = |lane: usize| {
                    Svf::from_array(std::array::from_fn(|n| mix(now[lane][n], next[lane][n], part(index))))
                };
                [*left, *right] = Tick::of_lanes([at(0), at(1)]).next(state, [*left, *right]);
            }
        }
        let (now, next) = (self.taps_now, self.taps_next);
        if now == next {
            fit.run_apart(&mut self.correction, left, right, |_| next);
        } else {
            let at = |index: usize, lane: usize| std::array::from_fn(|n| mix(now[lane][n], next[lane][n], part(index)));
            fit.run_apart(&mut self.correction, left, right, |index| [at(index, 0), at(index, 1)]);
        }
    }
}

impl Mover {
    fn new(band: Band, channels: usize, fit: &Fit) -> Mover {
        Mover {
            presence: Presence::Absent,
            line: Glide::at(fields(&band, 0.0)),
            band,
            key_g: 1.0,
            key_k: 1.0,
            attack: 1.0,
            release: 1.0,
            sections: 1,
            ends: [[fit.identity(); 2]; 2],
            ends_of: None,
            made_of: [0.0; 2],
            lanes: vec![Lane::default(); channels],
            runs: vec![Run::new(fit); channels.div_ceil(2)],
            reading_db: 0.0,
        }
    }

    fn enter(&mut self, band: &Band) {
        self.line = Glide::at(fields(band, 0.0));
        self.lanes.fill(Lane::default());
        self.runs.iter_mut().for_each(|run| {
            run.forget();
            run.gains_db = [f64::NAN; 2];
        });
        self.ends_of = None;
    }

    fn aim(&mut self, band: &Band, key: (f64, f64), rate_hz: f64, quanta: u32) {
        if self.presence == Presence::Absent {
            self.enter(band);
        }
        self.presence = Presence::Here;
        self.band = *band;
        self.sections = band.sections(rate_hz).iter().flatten().count();
        self.line.aim(fields(band, 1.0), quanta);
        self.key_g = libm::tan(PI * key.0 / rate_hz);
        self.key_k = 1.0 / key.1;
        self.attack = share_per_frame(band.dynamics.attack_ms * 0.001, rate_hz);
        self.release = share_per_frame(band.dynamics.release_ms * 0.001, rate_hz);
    }

    fn leave(&mut self, quanta: u32) {
        if quanta == 0 {
            self.presence = Presence::Absent;
        } else if self.presence == Presence::Here {
            self.presence = Presence::Leaving;
            self.line.aim(fields(&self.band, 0.0), quanta);
        }
    }

    /// A cell begins at `place` of the quantum: the coefficients at its end.
    fn begin(&mut self, fit: &Fit, rate_hz: f64, place: usize) {
        let fields = if self.line.is_moving() { self.line.value(place) } else { self.line.target() };
        let still = !self.line.is_moving();
        let band = Band {
            frequency_hz: if still { self.band.frequency_hz } else { libm::exp(fields[0]) },
            q: if still { self.band.q } else { libm::exp(fields[1]) },
            ..self.band
        };
        let (gain_db, range_db, presence) = (fields[2], fields[3], fields[6]);
        let lowest = gain_db.min(gain_db + range_db).min(0.0);
        let highest = gain_db.max(gain_db + range_db).max(0.0);
        let of = [band.frequency_hz, band.q, lowest, highest];
        if (self.ends_of != Some(of) && place == 0) || self.ends_of.is_none() {
            self.ends = [lowest, highest].map(|end| [0.5, 1.0].map(|part| solution(&band, end * part, fit, rate_hz)));
            self.ends_of = Some(of);
        }
        let [_, _, lowest, highest] = self.ends_of.unwrap_or(of);
        let fresh = self.made_of != [band.frequency_hz, band.q];
        self.made_of = [band.frequency_hz, band.q];
        for (pair, run) in self.runs.iter_mut().enumerate() {
            run.now = run.next;
            run.taps_now = run.taps_next;
            let first = run.gains_db[0].is_nan();
            for lane in 0..2 {
                let Some(moved) = self.lanes.get(2 * pair + lane).map(|lane| lane.moved_db) else { continue };
                let gain = presence * (gain_db + if range_db < 0.0 { -moved } else { moved });
                if gain == run.gains_db[lane] && !fresh {
                    continue;
                }
                run.gains_db[lane] = gain;
                if lane == 1 && gain == run.gains_db[0] {
                    for section in &mut run.next {
                        section[1] = section[0];
                    }
                    run.taps_next[1] = run.taps_next[0];
                    continue;
                }
                realise(&band, gain, fit, rate_hz, lane, &mut run.next);
                run.taps_next[lane] = blended(&self.ends, gain, lowest, highest, fit);
            }
            if first {
                run.now = run.next;
                run.taps_now = run.taps_next;
            }
        }
    }
}

/// The coefficients of a band at another gain.
fn realise(band: &Band, gain_db: f64, fit: &Fit, rate_hz: f64, lane: usize, made: &mut [[[f64; 5]; 2]; MOST_SECTIONS]) {
    let sections = Band { gain_db, ..*band }.sections(rate_hz);
    for (section, made) in sections.iter().flatten().zip(made) {
        let svf = section.realise(fit.nodes(), &mut [1.0; MOST_NODES]);
        // Exactly nothing at 0 dB, so that a band at rest keeps the bits.
        let svf = if gain_db == 0.0 { Svf::identity(svf.g, svf.k) } else { svf };
        made[lane] = svf.to_array();
    }
}

/// The correction of a band at another gain.
fn solution(band: &Band, gain_db: f64, fit: &Fit, rate_hz: f64) -> Taps {
    if gain_db == 0.0 {
        return fit.identity();
    }
    let mut ratios = [1.0; MOST_NODES];
    let band = Band { gain_db, ..*band };
    for section in band.sections(rate_hz).iter().flatten() {
        section.realise(fit.nodes(), &mut ratios);
    }
    fit.solve(&ratios)
}

fn blended(ends: &[[Taps; 2]; 2], gain_db: f64, lowest: f64, highest: f64, fit: &Fit) -> Taps {
    let (end, most) = if gain_db < 0.0 { (0, lowest) } else { (1, highest) };
    if gain_db == 0.0 || most == 0.0 {
        return fit.identity();
    }
    let part = (2.0 * gain_db / most).min(2.0);
    let (from, to, part) =
        if part < 1.0 { (fit.identity(), ends[end][0], part) } else { (ends[end][0], ends[end][1], part - 1.0) };
    std::array::from_fn(|n| from[n] + (to[n] - from[n]) * part)
}

impl Dynamics {
    pub(super) fn new(bands: &[Band; CAPACITY], rate_hz: f64, channels: usize) -> Dynamics {
        let fit = Fit::new(rate_hz, Scope::Path);
        let movers = bands.iter().map(|band| Mover::new(*band, channels, &fit)).collect();
        Dynamics { rate_hz, channels, fit, movers, any: false }
    }

    /// Heads for the bands as they are set. Says whether one has to leave first for it.
    pub(super) fn aim(&mut self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY], quanta: u32) -> bool {
        let mut waiting = false;
        self.any = false;
        for (row, band) in bands.iter().enumerate() {
            let mover = &mut self.movers[row];
            if quanta == 0 {
                mover.presence = Presence::Absent;
            }
            let other = mover.presence != Presence::Absent && !is_same_kind(&mover.band, band);
            if audible[row] && !other {
                mover.aim(band, band.key(bands, self.rate_hz), self.rate_hz, quanta);
            } else {
                mover.leave(quanta);
            }
            waiting |= audible[row] && other;
            self.any |= mover.presence != Presence::Absent;
        }
        waiting
    }

    /// A quantum begins: glides advance, what has faded out leaves.
    pub(super) fn next_quantum(&mut self) {
        if !self.any {
            return;
        }
        self.any = false;
        for mover in self.movers.iter_mut().filter(|mover| mover.presence != Presence::Absent) {
            mover.lanes.iter_mut().for_each(Lane::settle);
            for run in &mut mover.runs {
                run.states.iter_mut().for_each(svf::State::settle);
                run.correction.settle();
            }
            if mover.line.next_quantum() && mover.presence == Presence::Leaving {
                mover.presence = Presence::Absent;
                mover.reading_db = 0.0;
            }
            self.any |= mover.presence != Presence::Absent;
        }
    }

    /// Whether no band is here.
    pub(super) fn is_idle(&self) -> bool {
        !self.any
    }

    /// Forgets all audio.
    pub(super) fn reset(&mut self) {
        for mover in &mut self.movers {
            let band = mover.band;
            let line = mover.line;
            mover.enter(&band);
            mover.line = line;
            mover.reading_db = 0.0;
        }
    }

    /// A block begins.
    pub(super) fn begin_block(&mut self) {
        if self.any {
            self.movers.iter_mut().for_each(|mover| mover.reading_db = 0.0);
        }
    }

    /// How far a band's gain has moved at most in the last block, dB.
    pub(super) fn reading_db(&self, row: usize) -> f64 {
        self.movers.get(row).map_or(0.0, |mover| mover.reading_db)
    }

    /// Processes `count` frames from `from`, which lie at `place` in the quantum and in one cell.
    pub(super) fn process(&mut self, block: &mut Block, from: usize, count: usize, place: usize) {
        debug_assert!(place / CELL == (place + count - 1) / CELL && place < QUANTUM);
        if !self.any {
            return;
        }
        let (fit, rate_hz) = (&self.fit, self.rate_hz);
        for mover in self.movers.iter_mut().filter(|mover| mover.presence != Presence::Absent) {
            if place.is_multiple_of(CELL) || mover.runs[0].gains_db[0].is_nan() {
                mover.begin(fit, rate_hz, place);
            }
            mover.listen(block, from, count, place, self.channels);
        }
        for mover in self.movers.iter_mut().filter(|mover| mover.presence != Presence::Absent) {
            mover.apply(fit, block, from, count, place % CELL, self.channels);
        }
    }

    /// Frames in which the slowest movement comes to rest.
    pub(super) fn decay(&self, bands: &[Band], nepers: f64) -> usize {
        let slowest = bands
            .iter()
            .filter(|band| band.is_dynamic())
            .map(|band| {
                let (frequency_hz, q) = band.region();
                let key = q.max(0.5) / (PI * frequency_hz);
                0.001 * (band.dynamics.attack_ms + band.dynamics.release_ms) + key
            })
            .fold(0.0, f64::max);
        ((slowest * nepers).min(60.0) * self.rate_hz).ceil() as usize
    }
}

impl Mover {
    /// The key moves the gains that are wanted from the next cell on.
    fn listen(&mut self, block: &Block, from: usize, count: usize, place: usize, channels: usize) {
        let dynamics = self.band.dynamics;
        let fields = if self.line.is_moving() { self.line.value(place) } else { self.line.target() };
        let (range_db, threshold_db, share) = (fields[3], fields[4], fields[5]);
        let wanted = |level: f64| wanted_db(dynamics.motion, level, threshold_db, share, range_db);
        let (g, k) = (self.key_g, self.key_k);
        let lanes = if self.band.channel == Channel::Stereo { channels } else { 1 };
        for frame in from..from + count {
            let sample = |lane: usize| match self.band.channel {
                Channel::Stereo => block.channel(lane)[frame],
                Channel::Left => block.channel(0)[frame],
                Channel::Right => block.channel(1)[frame],
                Channel::Mid => 0.5 * (block.channel(0)[frame] + block.channel(1)[frame]),
                Channel::Side => 0.5 * (block.channel(0)[frame] - block.channel(1)[frame]),
            };
            if lanes == 1 {
                let level = self.lanes[0].level(sample(0), g, k);
                self.lanes[0].follow(wanted(level), self.attack, self.release);
                continue;
            }
            // A key below its threshold must be so in every channel: the loudest decides for both motions.
            let mut loudest = 0.0f64;
            let mut levels = [0.0; MOST_LANES];
            for (lane, (state, level)) in self.lanes[..lanes].iter_mut().zip(&mut levels).enumerate() {
                *level = state.level(sample(lane), g, k);
                loudest = loudest.max(*level);
            }
            let together = wanted(loudest);
            for (lane, level) in self.lanes[..lanes].iter_mut().zip(levels) {
                let alone = if dynamics.link == 1.0 { together } else { wanted(level) };
                lane.follow(alone + dynamics.link * (together - alone), self.attack, self.release);
            }
        }
        let sign = if range_db < 0.0 { -1.0 } else { 1.0 };
        let most = self.lanes[..lanes].iter().fold(0.0, |most: f64, lane| most.max(lane.moved_db));
        if most > self.reading_db.abs() {
            self.reading_db = sign * most;
        }
    }

    fn apply(&mut self, fit: &Fit, block: &mut Block, from: usize, count: usize, place: usize, channels: usize) {
        let sections = self.sections;
        match self.band.channel {
            Channel::Stereo => {
                for (pair, run) in self.runs.iter_mut().enumerate() {
                    let mut work = Pair::of(block, pair, channels, from, count);
                    run.run(fit, sections, &mut work.left[..count], &mut work.right[..count], place);
                    work.give(block, pair, channels, from, count);
                }
            }
            Channel::Left | Channel::Right => {
                let channel = usize::from(self.band.channel == Channel::Right);
                let mut spare = [0.0; QUANTUM];
                let samples = &mut block.channel_mut(channel)[from..from + count];
                self.runs[0].run(fit, sections, samples, &mut spare[..count], place);
            }
            Channel::Mid | Channel::Side => {
                let sign = if self.band.channel == Channel::Mid { 1.0 } else { -1.0 };
                let Some((left, right)) = block.pair_mut() else { return };
                let (left, right) = (&mut left[from..from + count], &mut right[from..from + count]);
                let (mut part, mut spare) = ([0.0; QUANTUM], [0.0; QUANTUM]);
                for index in 0..count {
                    part[index] = 0.5 * (left[index] + sign * right[index]);
                }
                let before = part;
                self.runs[0].run(fit, sections, &mut part[..count], &mut spare[..count], place);
                for index in 0..count {
                    let change = part[index] - before[index];
                    left[index] += change;
                    right[index] += sign * change;
                }
            }
        }
    }
}
