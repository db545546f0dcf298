use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::table::{BAND, CAPACITY, DEFAULT_Q};
use crate::dsp::matched::{Section, butterworth_q};
use crate::param::Values;

/// Sections of the steepest band.
pub(super) const MOST_SECTIONS: usize = 8;

/// A band reaches no further than this part of the sample rate.
const HIGHEST: f64 = 0.499;

/// Above this Q a shelf would swing by more than its own gain; sharper settings are read as this.
const SHARPEST_SHELF: f64 = 2.0;

/// A shelf's own key lies this far inside the shelf: an octave.
const KEY_INSIDE: f64 = 2.0;
/// And is this wide.
const SHELF_KEY_Q: f64 = 0.5;
/// A key's region lies no higher than this part of the sample rate: above, the region of a shelf would be cut off.
const HIGHEST_KEY: f64 = 0.4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Bell,
    LowShelf,
    HighShelf,
    HighPass,
    LowPass,
    Tilt,
    Notch,
    BandPass,
}

/// Every shape, in the order of the choice.
const SHAPES: [Shape; 8] = [
    Shape::Bell,
    Shape::LowShelf,
    Shape::HighShelf,
    Shape::HighPass,
    Shape::LowPass,
    Shape::Tilt,
    Shape::Notch,
    Shape::BandPass,
];

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

/// What moves a dynamic band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Own,
    Frequency,
    Band,
}

/// On which side of its threshold a band moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Off,
    Above,
    Below,
}

/// The dynamic part of a band as it is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dynamics {
    pub(super) motion: Motion,
    pub(super) threshold_db: f64,
    pub(super) ratio: f64,
    pub(super) range_db: f64,
    pub(super) attack_ms: f64,
    pub(super) release_ms: f64,
    key: Key,
    key_frequency_hz: f64,
    key_q: f64,
    key_band: usize,
    pub(super) link: f64,
}

/// One band as it is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    pub(super) on: bool,
    pub(super) shape: Shape,
    pub(super) frequency_hz: f64,
    pub(super) gain_db: f64,
    pub(super) q: f64,
    pub(super) order: usize,
    pub(super) channel: Channel,
    pub(super) dynamics: Dynamics,
}

/// The analogue sections of a band.
pub(super) type Sections = [Option<Section>; MOST_SECTIONS];

impl Band {
    fn unused() -> Band {
        let dynamics = Dynamics {
            motion: Motion::Off,
            threshold_db: 0.0,
            ratio: 1.0,
            range_db: 0.0,
            attack_ms: 1.0,
            release_ms: 1.0,
            key: Key::Own,
            key_frequency_hz: 1000.0,
            key_q: DEFAULT_Q,
            key_band: 0,
            link: 1.0,
        };
        let mut band = Band {
            on: false,
            shape: Shape::Bell,
            frequency_hz: 1000.0,
            gain_db: 0.0,
            q: DEFAULT_Q,
            order: 2,
            channel: Channel::Stereo,
            dynamics,
        };
        BAND.iter().enumerate().for_each(|(index, spec)| band.set(index, spec.default));
        Band { on: false, ..band }
    }

    /// All rows of the group; those not in use are off.
    pub(super) fn all(values: &Values) -> [Band; CAPACITY] {
        let mut bands = [Band::unused(); CAPACITY];
        for row in values.rows("band") {
            if let Some(band) = bands.get_mut(row.number()) {
                for (index, spec) in BAND.iter().enumerate() {
                    band.set(index, spec.clamp(row.get(spec.id)));
                }
            }
        }
        bands
    }

    /// Sets the parameter at `index` of the declaration.
    pub(super) fn set(&mut self, index: usize, value: f64) {
        let choice = value.max(0.0) as usize;
        let dynamics = &mut self.dynamics;
        match index {
            0 => self.on = value >= 0.5,
            1 => self.shape = SHAPES[choice.min(SHAPES.len() - 1)],
            2 => self.frequency_hz = value,
            3 => self.gain_db = value,
            4 => self.q = value,
            5 => self.order = (choice + 1).min(2 * MOST_SECTIONS),
            6 => self.channel = CHANNELS[choice.min(CHANNELS.len() - 1)],
            7 => dynamics.motion = [Motion::Off, Motion::Above, Motion::Below][choice.min(2)],
            8 => dynamics.threshold_db = value,
            9 => dynamics.ratio = value,
            10 => dynamics.range_db = value,
            11 => dynamics.attack_ms = value,
            12 => dynamics.release_ms = value,
            13 => dynamics.key = [Key::Own, Key::Frequency, Key::Band][choice.min(2)],
            14 => dynamics.key_frequency_hz = value,
            15 => dynamics.key_q = value,
            16 => dynamics.key_band = (value.round().max(1.0) as usize - 1).min(CAPACITY - 1),
            _ => dynamics.link = value / 100.0,
        }
    }

    pub(super) fn has_gain(&self) -> bool {
        matches!(self.shape, Shape::Bell | Shape::LowShelf | Shape::HighShelf | Shape::Tilt)
    }

    /// Whether it changes anything, leaving its dynamic part aside.
    pub(super) fn is_active(&self) -> bool {
        self.on && (!self.has_gain() || self.gain_db != 0.0)
    }

    /// Whether its gain may move.
    pub(super) fn is_dynamic(&self) -> bool {
        self.on && self.has_gain() && self.dynamics.motion != Motion::Off
    }

    /// Whether its sections need corrections of their own: the stop band of a low-pass has too much range to share.
    pub(super) fn corrects_itself(&self) -> bool {
        self.shape == Shape::LowPass && self.order > 2
    }

    /// The region that moves it: middle in hertz and Q.
    pub(super) fn key(&self, bands: &[Band; CAPACITY], rate_hz: f64) -> (f64, f64) {
        let (frequency_hz, q) = match self.dynamics.key {
            Key::Own => self.region(),
            Key::Frequency => (self.dynamics.key_frequency_hz, self.dynamics.key_q),
            Key::Band => bands[self.dynamics.key_band].region(),
        };
        (frequency_hz.min(HIGHEST_KEY * rate_hz), q)
    }

    /// Where it works: middle in hertz and Q.
    pub(super) fn region(&self) -> (f64, f64) {
        match self.shape {
            Shape::Bell | Shape::Notch | Shape::BandPass => (self.frequency_hz, self.q),
            Shape::LowShelf | Shape::HighPass => (self.frequency_hz / KEY_INSIDE, SHELF_KEY_Q),
            Shape::HighShelf | Shape::LowPass | Shape::Tilt => (self.frequency_hz * KEY_INSIDE, SHELF_KEY_Q),
        }
    }

    /// Its analogue sections at this rate.
    pub(super) fn sections(&self, rate_hz: f64) -> Sections {
        let theta = 2.0 * PI * (self.frequency_hz / rate_hz).min(HIGHEST);
        let one = |section| {
            let mut sections = [None; MOST_SECTIONS];
            sections[0] = Some(section);
            sections
        };
        let gain = self.gain_db;
        match self.shape {
            Shape::Bell => one(Section::bell(theta, gain, self.q)),
            Shape::Tilt => one(Section::tilt(theta, gain)),
            Shape::Notch => one(Section::notch(theta, self.q)),
            Shape::BandPass => one(Section::band_pass(theta, self.q)),
            Shape::LowShelf => {
                self.shelf(Section::gentle_low_shelf, |gain, q| Section::low_shelf(theta, gain, q), theta)
            }
            Shape::HighShelf => {
                self.shelf(Section::gentle_high_shelf, |gain, q| Section::high_shelf(theta, gain, q), theta)
            }
            Shape::HighPass => self.cascade(self.q, Section::gentle_high_pass(theta), |q| Section::high_pass(theta, q)),
            Shape::LowPass => self.cascade(self.q, Section::gentle_low_pass(theta), |q| Section::low_pass(theta, q)),
        }
    }

    /// A shelf of any order: Butterworth's poles, each section with its share of the gain.
    fn shelf(&self, gentle: fn(f64, f64) -> Section, steep: impl Fn(f64, f64) -> Section, theta: f64) -> Sections {
        let share = self.gain_db / self.order as f64;
        if self.order == 2 {
            // As it is set, without the detour over Butterworth's Q and back.
            let mut sections = [None; MOST_SECTIONS];
            sections[0] = Some(steep(self.gain_db, self.q.min(SHARPEST_SHELF)));
            return sections;
        }
        self.cascade(self.q.min(SHARPEST_SHELF), gentle(theta, share), |q| steep(2.0 * share, q))
    }

    fn cascade(&self, q: f64, first_order: Section, second_order: impl Fn(f64) -> Section) -> Sections {
        let pairs = self.order / 2;
        std::array::from_fn(|index| {
            if index < pairs {
                // The sharpest section takes the resonance; the Q of a flat pass leaves Butterworth's alone.
                let resonance = if index == 0 { q / FRAC_1_SQRT_2 } else { 1.0 };
                Some(second_order(butterworth_q(self.order, index) * resonance))
            } else {
                (index == pairs && self.order % 2 == 1).then_some(first_order)
            }
        })
    }
}
