use std::f64::consts::{PI, SQRT_2};

use crate::audio::QUANTUM;
use crate::dsp::svf::{self, State, Svf, Tick};
use crate::unit::Db;

/// Where the tilt leaves the level alone.
const TILT_PIVOT_HZ: f64 = 1000.0;

/// A filter in front of a detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::chain) enum Shape {
    /// Butterworth, 12 dB per octave, from this frequency up.
    HighPass(f64),
    /// The highs raised and the lows lowered by so many dB at the ends, around 1 kHz; 6 dB per octave.
    Tilt(f64),
    /// A band around this frequency, of this Q, with a gain of 1 in its middle.
    Band(f64, f64),
}

impl Shape {
    fn tick(self, rate_hz: f64) -> Tick {
        let g = |hertz: f64| libm::tan(PI * (hertz / rate_hz).min(0.49));
        match self {
            Shape::Band(hertz, q) => Svf::from_outputs(g(hertz), 1.0 / q, 0.0, 1.0 / q, 0.0).tick(),
            Shape::HighPass(hertz) => Svf::from_outputs(g(hertz), SQRT_2, 0.0, 0.0, 1.0).tick(),
            Shape::Tilt(decibels) => {
                // (A s + 1) / (s + A), both sides times (s + 1/A): a section of second order with the same response.
                let end = Db(decibels).amplitude();
                Svf::from_outputs(g(TILT_PIVOT_HZ), end + 1.0 / end, 1.0 / end, 2.0, end).tick()
            }
        }
    }
}

/// The filters in front of the detectors of some lanes, by pairs.
#[derive(Debug, Clone)]
pub(in crate::chain) struct Key {
    places: [Option<Tick>; 2],
    states: Vec<[State; 2]>,
}

impl Key {
    /// Worker threads only: allocates.
    pub(in crate::chain) fn new(lanes: usize) -> Key {
        Key { places: [None; 2], states: vec![[State::default(); 2]; lanes.div_ceil(2)] }
    }

    /// Uses these filters from now on; one that was not there before begins silent.
    pub(in crate::chain) fn set(&mut self, shapes: [Option<Shape>; 2], rate_hz: f64) {
        for (index, shape) in shapes.into_iter().enumerate() {
            self.places[index] = shape.map(|shape| shape.tick(rate_hz));
            if shape.is_none() {
                self.states.iter_mut().for_each(|states| states[index] = State::default());
            }
        }
    }

    pub(in crate::chain) fn reset(&mut self) {
        self.states.fill([State::default(); 2]);
    }

    /// Decayed memory becomes zero; once per quantum.
    pub(in crate::chain) fn settle(&mut self) {
        self.states.iter_mut().flatten().for_each(State::settle);
    }

    /// Filters `count` samples of every lane of `cell`.
    pub(in crate::chain) fn run(&mut self, cell: &mut super::Cell, count: usize) {
        if self.places.iter().all(Option::is_none) {
            return;
        }
        for (lanes, states) in cell.work.chunks_mut(2).zip(&mut self.states) {
            let mut none = [0.0; QUANTUM];
            let (left, right) = match lanes {
                [left, right] => (left, right),
                [left] => (left, &mut none),
                _ => return,
            };
            let (left, right) = (&mut left[..count], &mut right[..count]);
            for (tick, state) in self.places.iter().zip(states) {
                if let Some(tick) = tick {
                    svf::run(&[*tick], std::array::from_mut(state), left, right);
                }
            }
        }
    }
}
