use super::band::{Band, CHANNELS, Channel, MOST_SECTIONS};
use super::table::CAPACITY;
use crate::audio::{Block, QUANTUM};
use crate::chain::glide::Glide;
use crate::dsp::correction::{self, Fit, MOST_NODES, Scope, TAPS, Taps};
use crate::dsp::svf::{self, Svf, Tick};

const SLOTS: usize = CAPACITY * MOST_SECTIONS;
const PATHS: usize = CHANNELS.len();
/// Sections run at once: one waits for itself for some twenty operations, eight in a row keep the arithmetic busy.
const AT_ONCE: usize = 8;

/// A section, and the correction of its own that a steep low-pass has.
#[derive(Debug, Clone)]
struct Slot {
    present: bool,
    leaving: bool,
    coefficients: Glide<5>,
    tick: Tick,
    states: Vec<svf::State>,
    own: Correction,
}

/// A band's last design.
#[derive(Debug, Clone)]
struct Made {
    band: Option<Band>,
    ratios: [f64; MOST_NODES],
}

/// A correction filter.
#[derive(Debug, Clone)]
struct Correction {
    present: bool,
    leaving: bool,
    taps: Glide<TAPS>,
    states: Vec<correction::State>,
}

/// The sections of one path that are at work, in the order of the bands.
#[derive(Debug, Clone, Copy)]
struct List {
    slots: [u8; SLOTS],
    count: usize,
}

/// All sections of the stage, wired in five paths.
#[derive(Debug, Clone)]
pub(super) struct Rack {
    rate_hz: f64,
    channels: usize,
    fit: Fit,
    slots: Vec<Slot>,
    /// The path that each band runs in now.
    routes: [Channel; CAPACITY],
    /// What each band was designed as, and what its sections miss at the nodes.
    made: Vec<Made>,
    shared: Vec<Correction>,
    lists: [List; PATHS],
}

/// Two channels of a quantum.
pub(super) struct Pair {
    pub(super) left: [f64; QUANTUM],
    pub(super) right: [f64; QUANTUM],
}

impl Correction {
    fn new(pairs: usize, fit: &Fit) -> Correction {
        Correction {
            present: false,
            leaving: false,
            taps: Glide::at(fit.identity()),
            states: vec![correction::State::default(); pairs],
        }
    }

    /// Heads for `taps`, or for its end where there are none.
    fn aim(&mut self, taps: Option<Taps>, fit: &Fit, quanta: u32) {
        match taps {
            Some(taps) => {
                if !self.present {
                    self.taps = Glide::at(fit.identity());
                    self.states.fill(correction::State::default());
                }
                self.present = true;
                self.leaving = false;
                self.taps.aim(taps, quanta);
            }
            None if self.present && quanta > 0 && !self.leaving => {
                self.leaving = true;
                self.taps.aim(fit.identity(), quanta);
            }
            None if quanta == 0 => self.present = false,
            None => {}
        }
    }

    /// Says whether it has just left.
    fn next_quantum(&mut self) -> bool {
        self.states.iter_mut().for_each(correction::State::settle);
        let left = self.taps.next_quantum() && self.leaving;
        self.present &= !left;
        left
    }

    fn run(&mut self, fit: &Fit, pair: usize, left: &mut [f64], right: &mut [f64], place: usize) {
        if self.taps.is_moving() {
            let taps = self.taps;
            fit.run(&mut self.states[pair], left, right, |index| taps.value(place + index));
        } else {
            let taps = self.taps.target();
            fit.run(&mut self.states[pair], left, right, |_| taps);
        }
    }
}

impl Slot {
    fn new(pairs: usize, fit: &Fit) -> Slot {
        let identity = Svf::identity(1.0, 1.0);
        Slot {
            present: false,
            leaving: false,
            coefficients: Glide::at(identity.to_array()),
            tick: identity.tick(),
            states: vec![svf::State::default(); pairs],
            own: Correction::new(pairs, fit),
        }
    }

    fn aim(&mut self, svf: Svf, quanta: u32) {
        if !self.present {
            self.coefficients = Glide::at(Svf::identity(svf.g, svf.k).to_array());
            self.states.fill(svf::State::default());
        }
        self.present = true;
        self.leaving = false;
        self.coefficients.aim(svf.to_array(), quanta);
        self.tick = svf.tick();
    }

    fn leave(&mut self, quanta: u32) {
        if quanta == 0 {
            self.present = false;
        } else if self.present && !self.leaving {
            self.leaving = true;
            let Svf { g, k, .. } = Svf::from_array(self.coefficients.target());
            let identity = Svf::identity(g, k);
            self.coefficients.aim(identity.to_array(), quanta);
            self.tick = identity.tick();
        }
    }

    /// Says whether it has just left.
    fn next_quantum(&mut self) -> bool {
        self.states.iter_mut().for_each(svf::State::settle);
        let left = self.coefficients.next_quantum() && self.leaving;
        self.present &= !left;
        (self.own.present && self.own.next_quantum()) || left
    }

    fn run_moving(&mut self, pair: usize, left: &mut [f64], right: &mut [f64], place: usize) {
        let state = &mut self.states[pair];
        for (index, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let tick = Svf::from_array(self.coefficients.value(place + index)).tick();
            [*left, *right] = tick.next(state, [*left, *right]);
        }
    }
}

impl Rack {
    pub(super) fn new(rate_hz: f64, channels: usize) -> Rack {
        // Steep low-passes, whose sections are corrected one by one, get the longer correction of a path as well: with
        // resonance at 20 kHz it is ten times as true as that of a section.
        let fit = Fit::new(rate_hz, Scope::Path);
        let pairs = channels.div_ceil(2);
        Rack {
            rate_hz,
            channels,
            slots: (0..SLOTS).map(|_| Slot::new(pairs, &fit)).collect(),
            shared: (0..PATHS).map(|_| Correction::new(pairs, &fit)).collect(),
            routes: [Channel::Stereo; CAPACITY],
            made: vec![Made { band: None, ratios: [1.0; MOST_NODES] }; CAPACITY],
            lists: [List { slots: [0; SLOTS], count: 0 }; PATHS],
            fit,
        }
    }

    /// Heads for the bands as they are set. A band whose path changes leaves the old path first; says whether one
    /// waits for that.
    pub(super) fn aim(&mut self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY], quanta: u32) -> bool {
        let mut ratios = [[1.0; MOST_NODES]; PATHS];
        let mut shares = [false; PATHS];
        let mut waiting = false;
        for (row, band) in bands.iter().enumerate() {
            let own_slots = row * MOST_SECTIONS..(row + 1) * MOST_SECTIONS;
            if quanta == 0 || self.slots[own_slots.clone()].iter().all(|slot| !slot.present) {
                self.routes[row] = band.channel;
            }
            let elsewhere = self.routes[row] != band.channel;
            waiting |= elsewhere;
            if !audible[row] || elsewhere {
                self.made[row].band = None;
                for slot in self.slots[own_slots].iter_mut().filter(|slot| slot.present || slot.own.present) {
                    slot.leave(quanta);
                    slot.own.aim(None, &self.fit, quanta);
                }
                continue;
            }
            let path = band.channel as usize;
            shares[path] |= !band.corrects_itself();
            if quanta == 0 || self.made[row].band.as_ref() != Some(band) {
                self.aim_band(row, band, quanta);
            }
            for (shared, own) in ratios[path].iter_mut().zip(&self.made[row].ratios) {
                *shared *= own;
            }
        }
        for path in 0..PATHS {
            let taps = shares[path].then(|| self.fit.solve(&ratios[path]));
            self.shared[path].aim(taps, &self.fit, quanta);
        }
        self.list();
        waiting
    }

    fn aim_band(&mut self, row: usize, band: &Band, quanta: u32) {
        let (mut ratios, mut own) = ([1.0; MOST_NODES], [1.0; MOST_NODES]);
        let sections = band.sections(self.rate_hz);
        let count = sections.iter().flatten().count();
        for (index, section) in sections.into_iter().enumerate() {
            let slot = &mut self.slots[row * MOST_SECTIONS + index];
            let Some(section) = section else {
                slot.leave(quanta);
                slot.own.aim(None, &self.fit, quanta);
                continue;
            };
            if band.corrects_itself() {
                // Two sections share a correction: a third would have too much range.
                slot.aim(section.realise(self.fit.nodes(), &mut own), quanta);
                let whole = index % 2 == 1 || index + 1 == count;
                let taps = whole.then(|| self.fit.solve(&std::mem::replace(&mut own, [1.0; MOST_NODES])));
                slot.own.aim(taps, &self.fit, quanta);
            } else {
                slot.aim(section.realise(self.fit.nodes(), &mut ratios), quanta);
                slot.own.aim(None, &self.fit, quanta);
            }
        }
        self.made[row] = Made { band: Some(*band), ratios };
    }

    fn list(&mut self) {
        for list in &mut self.lists {
            list.count = 0;
        }
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.present || slot.own.present {
                let list = &mut self.lists[self.routes[index / MOST_SECTIONS] as usize];
                list.slots[list.count] = index as u8;
                list.count += 1;
            }
        }
    }

    /// A quantum begins: glides advance, decayed memory becomes zero, what has faded out leaves.
    pub(super) fn next_quantum(&mut self) {
        let mut left = false;
        for list in &self.lists {
            for index in &list.slots[..list.count] {
                left |= self.slots[usize::from(*index)].next_quantum();
            }
        }
        for correction in &mut self.shared {
            if correction.present {
                correction.next_quantum();
            }
        }
        if left {
            self.list();
        }
    }

    /// Whether nothing is run.
    pub(super) fn is_idle(&self) -> bool {
        PATHS == (0..PATHS).filter(|path| self.is_path_idle(*path)).count()
    }

    fn is_path_idle(&self, path: usize) -> bool {
        self.lists[path].count == 0 && !self.shared[path].present
    }

    /// Forgets all audio.
    pub(super) fn reset(&mut self) {
        for slot in &mut self.slots {
            slot.states.fill(svf::State::default());
            slot.own.states.fill(correction::State::default());
        }
        for correction in &mut self.shared {
            correction.states.fill(correction::State::default());
        }
    }

    /// Frames in which the slowest band falls by `nepers`.
    pub(super) fn decay(&self, bands: &[Band], nepers: f64) -> usize {
        let active = bands.iter().filter(|band| band.is_active() || band.is_dynamic());
        let sections = active.flat_map(|band| band.sections(self.rate_hz)).flatten();
        let slowest = sections.map(|section| section.decay_frames()).fold(0.0, f64::max);
        // A minute bounds the extreme corner (10 Hz at Q 30 needs 22 s).
        (slowest * nepers).min(60.0 * self.rate_hz).ceil() as usize
    }

    /// Processes `count` frames from `from`, which lie at `place` in the quantum.
    pub(super) fn process(&mut self, block: &mut Block, from: usize, count: usize, place: usize) {
        if !self.is_path_idle(Channel::Stereo as usize) {
            for pair in 0..self.channels.div_ceil(2) {
                self.stereo(block, pair, from, count, place);
            }
        }
        if self.channels < 2 {
            return;
        }
        for (channel, index) in [(Channel::Left, 0), (Channel::Right, 1)] {
            if !self.is_path_idle(channel as usize) {
                let mut pair = Pair::silent();
                pair.left[..count].copy_from_slice(&block.channel(index)[from..from + count]);
                self.run(channel as usize, 0, &mut pair, count, place);
                block.channel_mut(index)[from..from + count].copy_from_slice(&pair.left[..count]);
            }
        }
        if !(self.is_path_idle(Channel::Mid as usize) && self.is_path_idle(Channel::Side as usize)) {
            self.mid_side(block, from, count, place);
        }
    }

    fn stereo(&mut self, block: &mut Block, pair: usize, from: usize, count: usize, place: usize) {
        let mut work = Pair::of(block, pair, self.channels, from, count);
        self.run(Channel::Stereo as usize, pair, &mut work, count, place);
        work.give(block, pair, self.channels, from, count);
    }

    fn mid_side(&mut self, block: &mut Block, from: usize, count: usize, place: usize) {
        let (mut mid, mut side) = (Pair::silent(), Pair::silent());
        let Some((left, right)) = block.pair_mut() else { return };
        let (left, right) = (&mut left[from..from + count], &mut right[from..from + count]);
        for index in 0..count {
            mid.left[index] = 0.5 * (left[index] + right[index]);
            side.left[index] = 0.5 * (left[index] - right[index]);
        }
        let before = (mid.left, side.left);
        self.run(Channel::Mid as usize, 0, &mut mid, count, place);
        self.run(Channel::Side as usize, 0, &mut side, count, place);
        for index in 0..count {
            let (mid, side) = (mid.left[index] - before.0[index], side.left[index] - before.1[index]);
            left[index] += mid + side;
            right[index] += mid - side;
        }
    }

    fn run(&mut self, path: usize, pair: usize, work: &mut Pair, count: usize, place: usize) {
        let (left, right) = (&mut work.left[..count], &mut work.right[..count]);
        let list = self.lists[path];
        let mut rest = &list.slots[..list.count];
        let mut corrected = !self.shared[path].present;
        while let Some(first) = rest.first() {
            let still = rest.iter().take(AT_ONCE).take_while(|index| self.is_still(**index)).count();
            if still == 0 {
                let slot = &mut self.slots[usize::from(*first)];
                if slot.present {
                    slot.run_moving(pair, left, right, place);
                }
                rest = &rest[1..];
                continue;
            }
            let (now, later) = rest.split_at(still);
            let last = later.is_empty() && !corrected && self.ends_still(path, &list);
            self.run_still(now, last.then_some(path), pair, left, right);
            corrected |= last;
            rest = later;
        }
        for index in &list.slots[..list.count] {
            let own = &mut self.slots[usize::from(*index)].own;
            if own.present {
                own.run(&self.fit, pair, left, right, place);
            }
        }
        if !corrected {
            self.shared[path].run(&self.fit, pair, left, right, place);
        }
    }

    fn is_still(&self, index: u8) -> bool {
        let slot = &self.slots[usize::from(index)];
        slot.present && !slot.coefficients.is_moving()
    }

    /// Whether the shared correction stands still and nothing lies between it and the sections.
    fn ends_still(&self, path: usize, list: &List) -> bool {
        let own = |index: &u8| self.slots[usize::from(*index)].own.present;
        !self.shared[path].taps.is_moving() && !list.slots[..list.count].iter().any(own)
    }

    /// Runs up to [`AT_ONCE`] sections, with the correction of path `last` behind them.
    fn run_still(&mut self, list: &[u8], last: Option<usize>, pair: usize, left: &mut [f64], right: &mut [f64]) {
        match list.len() {
            8.. => self.run_row::<8>(list, last, pair, left, right),
            7 => self.run_row::<7>(list, last, pair, left, right),
            6 => self.run_row::<6>(list, last, pair, left, right),
            5 => self.run_row::<5>(list, last, pair, left, right),
            4 => self.run_row::<4>(list, last, pair, left, right),
            3 => self.run_row::<3>(list, last, pair, left, right),
            2 => self.run_row::<2>(list, last, pair, left, right),
            _ => self.run_row::<1>(list, last, pair, left, right),
        }
    }

    fn run_row<const N: usize>(
        &mut self,
        list: &[u8],
        last: Option<usize>,
        pair: usize,
        left: &mut [f64],
        right: &mut [f64],
    ) {
        let ticks: [Tick; N] = std::array::from_fn(|n| self.slots[usize::from(list[n])].tick);
        let mut states: [svf::State; N] = std::array::from_fn(|n| self.slots[usize::from(list[n])].states[pair]);
        match last {
            None => svf::run(&ticks, &mut states, left, right),
            Some(path) if self.fit.is_short() => {
                self.run_corrected::<N, 4>(&ticks, &mut states, path, pair, left, right)
            }
            Some(path) => self.run_corrected::<N, 6>(&ticks, &mut states, path, pair, left, right),
        }
        for (index, state) in list.iter().zip(states) {
            self.slots[usize::from(*index)].states[pair] = state;
        }
    }

    fn run_corrected<const N: usize, const M: usize>(
        &mut self,
        ticks: &[Tick; N],
        states: &mut [svf::State; N],
        path: usize,
        pair: usize,
        left: &mut [f64],
        right: &mut [f64],
    ) {
        let shared = &mut self.shared[path];
        let mut still = self.fit.still::<M>(&shared.states[pair], &shared.taps.target());
        svf::run_then(ticks, states, left, right, |frame| still.next(frame));
        still.leave(&mut shared.states[pair]);
    }
}

impl Pair {
    fn silent() -> Pair {
        Pair { left: [0.0; QUANTUM], right: [0.0; QUANTUM] }
    }

    /// The channels of pair `pair` of so many; a missing second one is silent.
    pub(super) fn of(block: &Block, pair: usize, channels: usize, from: usize, count: usize) -> Pair {
        let mut work = Pair::silent();
        work.left[..count].copy_from_slice(&block.channel(2 * pair)[from..from + count]);
        if 2 * pair + 1 < channels {
            work.right[..count].copy_from_slice(&block.channel(2 * pair + 1)[from..from + count]);
        }
        work
    }

    /// Writes them back.
    pub(super) fn give(&self, block: &mut Block, pair: usize, channels: usize, from: usize, count: usize) {
        block.channel_mut(2 * pair)[from..from + count].copy_from_slice(&self.left[..count]);
        if 2 * pair + 1 < channels {
            block.channel_mut(2 * pair + 1)[from..from + count].copy_from_slice(&self.right[..count]);
        }
    }
}

/// Squared magnitude of one path, and of one band's own part of it, at `theta` radians per frame.
impl Rack {
    pub(super) fn power(&self, channel: Channel, theta: f64) -> f64 {
        let path = channel as usize;
        let list = self.lists[path];
        let tangent = libm::tan(theta / 2.0);
        let mut power = 1.0;
        for index in &list.slots[..list.count] {
            let slot = &self.slots[usize::from(*index)];
            power *= Svf::from_array(slot.coefficients.target()).power(tangent);
            if slot.own.present {
                power *= self.fit.power(&slot.own.taps.target(), theta);
            }
        }
        if self.shared[path].present {
            power *= self.fit.power(&self.shared[path].taps.target(), theta);
        }
        power
    }
}
