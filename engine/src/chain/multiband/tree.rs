use std::f64::consts::{PI, SQRT_2};

use super::table::CAPACITY;
use crate::audio::{Block, QUANTUM};
use crate::chain::glide::Glide;
use crate::dsp::svf::{self, State, Svf, Tick};

const CORNERS: usize = CAPACITY - 1;

/// What the memory of one crossover is for: the low side and the high side twice, and the all-passes of the bands below.
const LOW: usize = 0;
const HIGH: usize = 2;
const PHASE: usize = 4;
const STATES: usize = PHASE + CORNERS - 1;

/// Linkwitz-Riley crossovers one after the other: each takes the next band off the rest, and turns the phase of the
/// bands below as it turns that of the sum of its two sides.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    rate_hz: f64,
    count: usize,
    /// Tangents of half the corners' angles.
    tangents: Glide<CORNERS>,
    /// By crossover and pair of channels.
    states: Vec<Vec<[State; STATES]>>,
    asleep: bool,
}

/// The three filters of a crossover.
#[derive(Clone, Copy)]
struct Ticks {
    low: Tick,
    high: Tick,
    phase: Tick,
}

impl Ticks {
    fn new(tangent: f64) -> Ticks {
        let of = |low, band, high| Svf::from_outputs(tangent, SQRT_2, low, band, high).tick();
        // Twice the second-order Butterworth is Linkwitz-Riley; both sides add up to this all-pass.
        Ticks { low: of(1.0, 0.0, 0.0), high: of(0.0, 0.0, 1.0), phase: of(1.0, -SQRT_2, 1.0) }
    }
}

fn tangents(corners: [f64; CORNERS], rate_hz: f64) -> [f64; CORNERS] {
    corners.map(|hertz| if hertz > 0.0 { libm::tan(PI * hertz / rate_hz) } else { 1.0 })
}

impl Tree {
    /// For so many bands. Worker threads only: allocates.
    pub(super) fn new(rate_hz: f64, channels: usize, count: usize, corners: [f64; CORNERS]) -> Tree {
        Tree {
            rate_hz,
            count,
            tangents: Glide::at(tangents(corners, rate_hz)),
            states: vec![vec![[State::default(); STATES]; channels.div_ceil(2)]; count - 1],
            asleep: false,
        }
    }

    pub(super) fn aim(&mut self, corners: [f64; CORNERS], quanta: u32) {
        self.tangents.aim(tangents(corners, self.rate_hz), quanta);
    }

    pub(super) fn next_quantum(&mut self) {
        self.tangents.next_quantum();
        self.states.iter_mut().flatten().flatten().for_each(State::settle);
    }

    pub(super) fn reset(&mut self, corners: [f64; CORNERS]) {
        self.tangents = Glide::at(tangents(corners, self.rate_hz));
        self.clear();
    }

    fn clear(&mut self) {
        self.states.iter_mut().flatten().for_each(|states| *states = [State::default(); STATES]);
        self.asleep = false;
    }

    /// The signal passes beside the tree: what it remembers is of no use later.
    pub(super) fn sleep(&mut self) {
        self.asleep = true;
    }

    /// Frames in which the memory of the lowest crossover falls by `nepers`.
    pub(super) fn decay(&self, nepers: f64) -> usize {
        let slowest = self.tangents.target()[..self.count - 1].iter().copied().fold(f64::INFINITY, f64::min);
        // The poles' real part is the corner's angle over √2; two such pairs in a row take half as long again.
        let frames = nepers * 1.5 * SQRT_2 / (2.0 * libm::atan(slowest));
        frames.ceil() as usize
    }

    /// Splits `count` frames from `from`, at `place` in the quantum, into `bands`.
    pub(super) fn split(
        &mut self,
        block: &Block,
        from: usize,
        count: usize,
        place: usize,
        bands: &mut [Vec<[f64; QUANTUM]>],
    ) {
        if self.asleep {
            self.clear();
        }
        let channels = block.channels();
        for pair in 0..channels.div_ceil(2) {
            let (first, second) = (2 * pair, (2 * pair + 1 < channels).then_some(2 * pair + 1));
            let mut rest = [[0.0; QUANTUM]; 2];
            rest[0][..count].copy_from_slice(&block.channel(first)[from..from + count]);
            if let Some(second) = second {
                rest[1][..count].copy_from_slice(&block.channel(second)[from..from + count]);
            }
            for crossover in 0..self.count - 1 {
                let mut low = rest;
                let sides = self.sides(crossover);
                let states = &mut self.states[crossover][pair];
                sides.run_twice(|ticks| ticks.low, &mut states[LOW..HIGH], &mut low, count, place);
                sides.run_twice(|ticks| ticks.high, &mut states[HIGH..PHASE], &mut rest, count, place);
                for (below, state) in bands[..crossover].iter_mut().zip(&mut states[PHASE..]) {
                    let mut both = [below[first], second.map_or([0.0; QUANTUM], |second| below[second])];
                    sides.run(|ticks| ticks.phase, state, &mut both, count, place);
                    put(below, first, second, &both);
                }
                put(&mut bands[crossover], first, second, &low);
            }
            put(&mut bands[self.count - 1], first, second, &rest);
        }
    }

    fn sides(&self, crossover: usize) -> Sides {
        let still = (!self.tangents.is_moving()).then(|| Ticks::new(self.tangents.target()[crossover]));
        Sides { tangents: self.tangents, crossover, still }
    }
}

fn put(band: &mut [[f64; QUANTUM]], first: usize, second: Option<usize>, both: &[[f64; QUANTUM]; 2]) {
    band[first] = both[0];
    if let Some(second) = second {
        band[second] = both[1];
    }
}

/// One crossover at work, still or on its way.
struct Sides {
    tangents: Glide<CORNERS>,
    crossover: usize,
    still: Option<Ticks>,
}

impl Sides {
    fn run_twice(
        &self,
        of: impl Fn(&Ticks) -> Tick + Copy,
        states: &mut [State],
        both: &mut [[f64; QUANTUM]; 2],
        count: usize,
        place: usize,
    ) {
        let [first, second] = states else { return };
        if let Some(ticks) = &self.still {
            let mut held = [*first, *second];
            let [left, right] = both;
            svf::run(&[of(ticks), of(ticks)], &mut held, &mut left[..count], &mut right[..count]);
            [*first, *second] = held;
        } else {
            self.run(of, first, both, count, place);
            self.run(of, second, both, count, place);
        }
    }

    fn run(
        &self,
        of: impl Fn(&Ticks) -> Tick,
        state: &mut State,
        both: &mut [[f64; QUANTUM]; 2],
        count: usize,
        place: usize,
    ) {
        let [left, right] = both;
        if let Some(ticks) = &self.still {
            svf::run(&[of(ticks)], std::array::from_mut(state), &mut left[..count], &mut right[..count]);
            return;
        }
        for index in 0..count {
            let tick = of(&Ticks::new(self.tangents.value(place + index)[self.crossover]));
            [left[index], right[index]] = tick.next(state, [left[index], right[index]]);
        }
    }
}
