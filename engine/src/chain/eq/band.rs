use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::CAPACITY;
use crate::dsp::matched::{Section, butterworth_q};
use crate::param::Values;

/// Sections of the steepest band.
pub(super) const MOST_SECTIONS: usize = 4;

/// A band reaches no further than this part of the sample rate.
const HIGHEST: f64 = 0.499;

/// Filter orders of the slope choice: 6 to 48 dB per octave.
const ORDERS: [usize; 6] = [1, 2, 3, 4, 6, 8];

/// Above this Q a shelf would swing by more than its own gain; sharper settings are read as this.
const SHARPEST_SHELF: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Bell,
    LowShelf,
    HighShelf,
    HighPass,
    LowPass,
}

/// What a band works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Every channel.
    Stereo,
    /// Half the sum of the first pair.
    Mid,
    /// Half the difference of the first pair.
    Side,
    /// The first channel.
    Left,
    /// The second channel.
    Right,
}

/// Every routing path, in the order of the choice.
pub(super) const CHANNELS: [Channel; 5] = [Channel::Stereo, Channel::Mid, Channel::Side, Channel::Left, Channel::Right];

/// One band as it is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    on: bool,
    shape: Shape,
    frequency_hz: f64,
    gain_db: f64,
    q: f64,
    order: usize,
    pub(super) channel: Channel,
}

impl Band {
    /// All rows of the group; those not in use are off.
    pub(super) fn all(values: &Values) -> [Band; CAPACITY] {
        let silent = Band {
            on: false,
            shape: Shape::Bell,
            frequency_hz: 1000.0,
            gain_db: 0.0,
            q: super::DEFAULT_Q,
            order: 2,
            channel: Channel::Stereo,
        };
        let mut bands = [silent; CAPACITY];
        for row in values.rows("band") {
            if let Some(band) = bands.get_mut(row.number()) {
                for (index, spec) in super::BAND.iter().enumerate() {
                    band.set(index, spec.clamp(row.get(spec.id)));
                }
            }
        }
        bands
    }

    /// Sets the parameter at `index` of the declaration.
    pub(super) fn set(&mut self, index: usize, value: f64) {
        let choice = value.max(0.0) as usize;
        match index {
            0 => self.on = value >= 0.5,
            1 => {
                self.shape = match choice {
                    0 => Shape::Bell,
                    1 => Shape::LowShelf,
                    2 => Shape::HighShelf,
                    3 => Shape::HighPass,
                    _ => Shape::LowPass,
                }
            }
            2 => self.frequency_hz = value,
            3 => self.gain_db = value,
            4 => self.q = value,
            5 => self.order = ORDERS[choice.min(ORDERS.len() - 1)],
            _ => self.channel = CHANNELS[choice.min(CHANNELS.len() - 1)],
        }
    }

    /// Whether it changes anything.
    pub(super) fn is_active(&self) -> bool {
        let pass = matches!(self.shape, Shape::HighPass | Shape::LowPass);
        self.on && (pass || self.gain_db != 0.0)
    }

    /// Whether its sections need a correction of their own: the stop band of a low-pass has too much range to share.
    pub(super) fn corrects_itself(&self) -> bool {
        self.shape == Shape::LowPass && self.order > 2
    }

    /// Its analogue sections at this rate.
    pub(super) fn sections(&self, rate_hz: f64) -> [Option<Section>; MOST_SECTIONS] {
        let theta = 2.0 * PI * (self.frequency_hz / rate_hz).min(HIGHEST);
        let one = |section| [Some(section), None, None, None];
        match self.shape {
            Shape::Bell => one(Section::bell(theta, self.gain_db, self.q)),
            Shape::LowShelf => one(Section::low_shelf(theta, self.gain_db, self.q.min(SHARPEST_SHELF))),
            Shape::HighShelf => one(Section::high_shelf(theta, self.gain_db, self.q.min(SHARPEST_SHELF))),
            Shape::HighPass => self.pass(Section::gentle_high_pass(theta), |q| Section::high_pass(theta, q)),
            Shape::LowPass => self.pass(Section::gentle_low_pass(theta), |q| Section::low_pass(theta, q)),
        }
    }

    fn pass(&self, first_order: Section, second_order: impl Fn(f64) -> Section) -> [Option<Section>; MOST_SECTIONS] {
        let pairs = self.order / 2;
        std::array::from_fn(|index| {
            if index < pairs {
                // The sharpest section takes the resonance; the Q of a flat pass leaves Butterworth's alone.
                let resonance = if index == 0 { self.q / FRAC_1_SQRT_2 } else { 1.0 };
                Some(second_order(butterworth_q(self.order, index) * resonance))
            } else {
                (index == pairs && self.order % 2 == 1).then_some(first_order)
            }
        })
    }
}
