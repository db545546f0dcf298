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
use crate::dsp::correction::{self, Fit, MOST_NODES, PairTaps, Scope, Taps};
use crate::dsp::decibel::{POWER_DB, log2};
use crate::dsp::envelope::share_per_frame;
use crate::dsp::svf::{self, NOTHING, Svf, Tick};

/// Frames between two gains: 0.33 ms at 96 kHz, well under the shortest attack.
pub(super) const CELL: usize = 32;

/// Movements this small are none, in dB.
const REST_DB: f64 = 1e-9;
/// Powers below this are read as it: -200 dBFS.
const FLOOR_POWER: f64 = 1e-20;

/// What glides: logarithms of frequency and Q, gain, range, threshold, share of the excess, presence.
const FIELDS: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Here,
    Leaving,
}

/// The filter of a key: `g`, `k`, and the share of the input that its high output takes.
#[derive(Debug, Clone, Copy)]
struct Key {
    g: f64,
    k: f64,
    share: f64,
}

/// The memory of a key's filter, of two channels.
#[derive(Debug, Clone, Copy, Default)]
struct KeyState {
    band: [f64; 2],
    low: [f64; 2],
}

/// What belongs to a pair of channels of a band.
#[derive(Debug, Clone)]
struct Run {
    /// Gains the coefficients were made for.
    gains_db: [f64; 2],
    now: [Tick; MOST_SECTIONS],
    next: [Tick; MOST_SECTIONS],
    /// Of each lane, what `next` is made of.
    sections: [[Svf; 2]; MOST_SECTIONS],
    taps_now: PairTaps,
    taps_next: PairTaps,
    states: [svf::State; MOST_SECTIONS],
    correction: correction::State,
}

/// One band.
#[derive(Debug, Clone)]
struct Mover {
    presence: Presence,
    band: Band,
    line: Glide<FIELDS>,
    key: Key,
    attack: f64,
    release: f64,
    sections: usize,
    /// Corrections at half and whole of the lowest and of the highest gain, and what they were made for.
    ends: [[Taps; 2]; 2],
    ends_of: Option<[f64; 4]>,
    /// Frequency and Q of the running coefficients.
    made_of: [f64; 2],
    keys: Vec<KeyState>,
    /// Movement of each channel, dB.
    moved_db: Vec<f64>,
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
    /// Of the keys at work, by pair and frame.
    powers: Vec<[[f64; 2]; CELL]>,
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

impl Key {
    /// For a middle at a part of the sample rate.
    fn new(middle: f64, q: f64) -> Key {
        let (g, k) = (libm::tan(PI * middle), 1.0 / q);
        Key { g, k, share: 1.0 / (1.0 + g * (g + k)) }
    }
}

impl KeyState {
    /// The squared level of the key in the frame of `input`.
    #[inline(always)]
    fn powers(&mut self, input: [f64; 2], key: &Key) -> [f64; 2] {
        let mut powers = [0.0; 2];
        for lane in 0..2 {
            let high = (input[lane] - (key.g + key.k) * self.band[lane] - self.low[lane]) * key.share;
            let band = key.g * high + self.band[lane];
            let low = key.g * band + self.low[lane];
            self.band[lane] = band + key.g * high;
            self.low[lane] = low + key.g * band;
            powers[lane] = key.k * key.k * (band * band - low * high).max(band * band);
        }
        powers
    }

    fn settle(&mut self) {
        for lane in 0..2 {
            if self.band[lane].abs() < NOTHING && self.low[lane].abs() < NOTHING {
                (self.band[lane], self.low[lane]) = (0.0, 0.0);
            }
        }
    }
}

/// How far a band wants to move at a level, dB.
#[derive(Debug, Clone, Copy)]
struct Law {
    /// 1 above the threshold, -1 below it, times the share of the excess.
    slope: f64,
    threshold_db: f64,
    range_db: f64,
}

impl Law {
    #[inline(always)]
    fn wanted_db(&self, power: f64) -> f64 {
        let level_db = POWER_DB * log2(power.max(FLOOR_POWER));
        let most = ((level_db - self.threshold_db) * self.slope).max(0.0);
        if self.range_db < 0.0 { -most.min(-self.range_db) } else { most.min(self.range_db) }
    }
}

/// Follows what is wanted in each frame of a cell.
fn follow(moved_db: &mut f64, wanted_db: &[f64], attack: f64, release: f64) {
    let mut moved = *moved_db;
    for wanted in wanted_db {
        let share = if wanted.abs() > moved.abs() { attack } else { release };
        moved += share * (wanted - moved);
    }
    let rests = wanted_db.last().is_some_and(|wanted| *wanted == 0.0);
    *moved_db = if rests && moved.abs() < REST_DB { 0.0 } else { moved };
}

impl Run {
    fn new(fit: &Fit) -> Run {
        let identity = Svf::identity(1.0, 1.0);
        let taps = fit.identity().map(|tap| [tap; 2]);
        Run {
            gains_db: [f64::NAN; 2],
            now: [identity.tick(); MOST_SECTIONS],
            next: [identity.tick(); MOST_SECTIONS],
            sections: [[identity; 2]; MOST_SECTIONS],
            taps_now: taps,
            taps_next: taps,
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
        let part = |index: usize| (place + index + 1) as f64 / CELL as f64;
        for section in 0..sections {
            let (now, next) = (self.now[section], self.next[section]);
            let state = &mut self.states[section];
            if now == next {
                svf::run(&[next], std::array::from_mut(state), left, right);
                continue;
            }
            for (index, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
                [*left, *right] = now.towards(&next, part(index)).next(state, [*left, *right]);
            }
        }
        let (now, next) = (self.taps_now, self.taps_next);
        if now == next {
            fit.run_apart(&mut self.correction, left, right, |_| next);
        } else {
            fit.run_apart(&mut self.correction, left, right, |index| {
                let part = part(index);
                std::array::from_fn(|n| [0, 1].map(|lane| now[n][lane] + (next[n][lane] - now[n][lane]) * part))
            });
        }
    }
}

impl Mover {
    fn new(band: Band, channels: usize, fit: &Fit) -> Mover {
        Mover {
            presence: Presence::Absent,
            line: Glide::at(fields(&band, 0.0)),
            band,
            key: Key::new(0.1, 1.0),
            attack: 1.0,
            release: 1.0,
            sections: 1,
            ends: [[fit.identity(); 2]; 2],
            ends_of: None,
            made_of: [0.0; 2],
            keys: vec![KeyState::default(); channels.div_ceil(2)],
            moved_db: vec![0.0; channels],
            runs: vec![Run::new(fit); channels.div_ceil(2)],
            reading_db: 0.0,
        }
    }

    fn enter(&mut self, band: &Band) {
        self.line = Glide::at(fields(band, 0.0));
        self.keys.fill(KeyState::default());
        self.moved_db.fill(0.0);
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
        self.key = Key::new(key.0 / rate_hz, key.1);
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
            let (first, mut changed) = (run.gains_db[0].is_nan(), false);
            for lane in 0..2 {
                let Some(moved) = self.moved_db.get(2 * pair + lane).copied() else { continue };
                let gain = presence * (gain_db + moved);
                if gain == run.gains_db[lane] && !fresh {
                    continue;
                }
                run.gains_db[lane] = gain;
                changed = true;
                if lane == 1 && gain == run.gains_db[0] {
                    run.sections.iter_mut().for_each(|section| section[1] = section[0]);
                    run.taps_next.iter_mut().for_each(|tap| tap[1] = tap[0]);
                    continue;
                }
                realise(&band, gain, fit, rate_hz, lane, &mut run.sections);
                let taps = blended(&self.ends, gain, lowest, highest, fit);
                run.taps_next.iter_mut().zip(taps).for_each(|(next, tap)| next[lane] = tap);
            }
            if changed {
                for (next, lanes) in run.next.iter_mut().zip(run.sections).take(self.sections) {
                    *next = Tick::of_lanes(lanes);
                }
            }
            if first {
                run.now = run.next;
                run.taps_now = run.taps_next;
            }
        }
    }
}

/// The sections of a band at another gain.
fn realise(band: &Band, gain_db: f64, fit: &Fit, rate_hz: f64, lane: usize, made: &mut [[Svf; 2]; MOST_SECTIONS]) {
    let sections = Band { gain_db, ..*band }.sections(rate_hz);
    for (section, made) in sections.iter().flatten().zip(made) {
        let svf = section.realise_alone(fit.nodes());
        // Exactly nothing at 0 dB, so that a band at rest keeps the bits.
        made[lane] = if gain_db == 0.0 { Svf::identity(svf.g, svf.k) } else { svf };
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
        Dynamics { rate_hz, channels, fit, movers, powers: vec![[[0.0; 2]; CELL]; channels.div_ceil(2)], any: false }
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
            mover.keys.iter_mut().for_each(KeyState::settle);
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
            mover.listen(block, from, count, place, &mut self.powers);
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
    /// The key moves the gains that are wanted from the next cell on. At most a cell of frames.
    fn listen(&mut self, block: &Block, from: usize, count: usize, place: usize, powers: &mut [[[f64; 2]; CELL]]) {
        let fields = if self.line.is_moving() { self.line.value(place) } else { self.line.target() };
        let sign = if self.band.dynamics.motion == Motion::Below { -1.0 } else { 1.0 };
        let law = Law { slope: sign * fields[5], threshold_db: fields[4], range_db: fields[3] };
        let lanes = if self.band.channel == Channel::Stereo { self.moved_db.len() } else { 1 };
        let pairs = lanes.div_ceil(2);
        for (pair, powers) in powers[..pairs].iter_mut().enumerate() {
            let mut input = [[0.0; 2]; CELL];
            self.gather(block, pair, lanes, from, &mut input[..count]);
            let state = &mut self.keys[pair];
            for (power, input) in powers[..count].iter_mut().zip(input) {
                *power = state.powers(input, &self.key);
            }
        }
        // The loudest decides for both motions: a key is below its threshold when it is so in every channel.
        let mut together = [0.0f64; CELL];
        for powers in &powers[..pairs] {
            for (loudest, power) in together[..count].iter_mut().zip(powers) {
                *loudest = loudest.max(power[0]).max(power[1]);
            }
        }
        together[..count].iter_mut().for_each(|power| *power = law.wanted_db(*power));
        let link = self.band.dynamics.link;
        let united = link == 1.0 && self.moved_db[..lanes].iter().all(|moved| *moved == self.moved_db[0]);
        for lane in 0..lanes {
            if united && lane > 0 {
                self.moved_db[lane] = self.moved_db[0];
                continue;
            }
            let mut wanted = together;
            if link != 1.0 {
                for (wanted, power) in wanted[..count].iter_mut().zip(&powers[lane / 2]) {
                    let alone = law.wanted_db(power[lane % 2]);
                    *wanted = alone + link * (*wanted - alone);
                }
            }
            follow(&mut self.moved_db[lane], &wanted[..count], self.attack, self.release);
        }
        for moved in &self.moved_db[..lanes] {
            if moved.abs() > self.reading_db.abs() {
                self.reading_db = *moved;
            }
        }
    }

    /// What drives the key: a pair of channels, or the part that the band works on. What is no number counts as none.
    fn gather(&self, block: &Block, pair: usize, lanes: usize, from: usize, input: &mut [[f64; 2]]) {
        let finite = |sample: f64| if sample.is_finite() { sample } else { 0.0 };
        let to = from + input.len();
        let channel = |index: usize| &block.channel(index)[from..to];
        let (first, second, sum) = match self.band.channel {
            Channel::Stereo => (2 * pair, 2 * pair + 1, None),
            Channel::Left => (0, lanes, None),
            Channel::Right => (1, lanes, None),
            Channel::Mid => (0, 1, Some(0.5)),
            Channel::Side => (0, 1, Some(-0.5)),
        };
        if let Some(half) = sum {
            for (input, (left, right)) in input.iter_mut().zip(channel(first).iter().zip(channel(second))) {
                *input = [finite(0.5 * left + half * right), 0.0];
            }
            return;
        }
        for (input, sample) in input.iter_mut().zip(channel(first)) {
            input[0] = finite(*sample);
        }
        if second < lanes {
            for (input, sample) in input.iter_mut().zip(channel(second)) {
                input[1] = finite(*sample);
            }
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
