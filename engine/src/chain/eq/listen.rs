//! What the engineer hears of a band in place of the output: its region, or what it changes.

use std::f64::consts::PI;

use super::band::{Band, Channel, Shape};
use super::dynamic::{CELL, Dynamics};
use super::path::{Pair, Rack};
use super::table::CAPACITY;
use crate::audio::{Block, QUANTUM};
use crate::chain::Listen;
use crate::dsp::svf::{self, Svf};

/// Frames of the fade between the output and what is listened to: 5 to 11 ms.
const FADE_FRAMES: f64 = 480.0;
/// A region reaches no higher than this part of the sample rate.
const HIGHEST: f64 = 0.45;

/// Listening, on the first pair; further channels are silent meanwhile.
#[derive(Debug, Clone)]
pub(super) struct Listening {
    rate_hz: f64,
    channels: usize,
    wanted: Listen,
    /// What the fade leads to and from.
    running: Listen,
    share: f64,
    region: Svf,
    channel: Channel,
    state: svf::State,
    /// One band alone.
    rack: Rack,
    dynamics: Dynamics,
    alone: Block,
    /// Whether the alone-running band waits for an old one to leave.
    waiting: bool,
}

/// The filter that lets one through to what a band works on.
fn region(band: &Band, rate_hz: f64) -> Svf {
    let (hertz, q) = match band.shape {
        Shape::Bell | Shape::Notch | Shape::BandPass => band.region(),
        _ => (band.frequency_hz, std::f64::consts::FRAC_1_SQRT_2),
    };
    match band.shape {
        Shape::Bell | Shape::Notch | Shape::BandPass => band_pass(hertz, q, rate_hz),
        Shape::LowShelf | Shape::HighPass => Svf::from_outputs(tangent(hertz, rate_hz), 1.0 / q, 1.0, 0.0, 0.0),
        Shape::HighShelf | Shape::LowPass => Svf::from_outputs(tangent(hertz, rate_hz), 1.0 / q, 0.0, 0.0, 1.0),
        Shape::Tilt => Svf::identity(1.0, 1.0),
    }
}

fn tangent(hertz: f64, rate_hz: f64) -> f64 {
    libm::tan(PI * (hertz / rate_hz).min(HIGHEST))
}

fn band_pass(hertz: f64, q: f64, rate_hz: f64) -> Svf {
    Svf::from_outputs(tangent(hertz, rate_hz), 1.0 / q, 0.0, 1.0 / q, 0.0)
}

impl Listening {
    pub(super) fn new(bands: &[Band; CAPACITY], rate_hz: f64, channels: usize) -> Listening {
        Listening {
            rate_hz,
            channels,
            wanted: Listen::Output,
            running: Listen::Output,
            share: 0.0,
            region: Svf::identity(1.0, 1.0),
            channel: Channel::Stereo,
            state: svf::State::default(),
            rack: Rack::new(rate_hz, channels.min(2)),
            dynamics: Dynamics::new(bands, rate_hz, channels.min(2)),
            alone: Block::new(channels.min(2), QUANTUM),
            waiting: false,
        }
    }

    pub(super) fn set(&mut self, wanted: Listen) {
        self.wanted = wanted;
    }

    /// Whether only the output is heard and nothing fades.
    pub(super) fn is_off(&self) -> bool {
        self.wanted == Listen::Output && self.running == Listen::Output
    }

    /// Forgets all audio; what is listened to stays.
    pub(super) fn reset(&mut self) {
        self.running = Listen::Output;
        self.share = 0.0;
        self.state = svf::State::default();
        self.rack.reset();
        self.dynamics.reset();
    }

    /// A quantum begins.
    pub(super) fn next_quantum(&mut self, bands: &[Band; CAPACITY], changed: bool, quanta: u32) {
        if self.is_off() {
            return;
        }
        self.rack.next_quantum();
        self.dynamics.next_quantum();
        self.state.settle();
        if self.running == Listen::Output || (self.running != self.wanted && self.share == 0.0) {
            self.running = self.wanted;
            self.state = svf::State::default();
            self.aim(bands, 0);
        } else if self.is_continuous() {
            // A region that is moved under the hand needs no fade.
            self.running = self.wanted;
            self.aim(bands, quanta);
        } else if changed || self.waiting {
            self.aim(bands, quanta);
        }
    }

    fn is_continuous(&self) -> bool {
        self.running != self.wanted
            && matches!((self.running, self.wanted), (Listen::Region { .. }, Listen::Region { .. }))
    }

    fn aim(&mut self, bands: &[Band; CAPACITY], quanta: u32) {
        let whole = |row: usize| bands.get(row).copied();
        self.channel = Channel::Stereo;
        match self.running {
            Listen::Output => {}
            Listen::Region { frequency, q } => self.region = band_pass(frequency.0, q, self.rate_hz),
            Listen::Band(row) => {
                if let Some(band) = whole(row) {
                    self.region = region(&band, self.rate_hz);
                    self.channel = band.channel;
                }
            }
            Listen::Change(row) => {
                let alone = |wanted: fn(&Band) -> bool| {
                    std::array::from_fn(|index| index == row && whole(index).is_some_and(|band| wanted(&band)))
                };
                self.waiting = self.rack.aim(bands, &alone(|band| band.is_active() && !band.is_dynamic()), quanta);
                self.waiting |= self.dynamics.aim(bands, &alone(Band::is_dynamic), quanta);
            }
        }
    }

    /// Puts what is listened to in place of the output. `input` is the first pair as it entered the bands.
    pub(super) fn process(&mut self, block: &mut Block, input: &Pair, from: usize, count: usize, place: usize) {
        if self.running == Listen::Output {
            return;
        }
        let heard = match self.running {
            Listen::Change(_) => self.change(input, count, place),
            _ => self.through(block, from, count),
        };
        let towards = if self.running == self.wanted { 1.0 } else { -1.0 };
        for index in 0..count {
            self.share = (self.share + towards / FADE_FRAMES).clamp(0.0, 1.0);
            for channel in 0..self.channels {
                let heard = match channel {
                    0 => heard.left[index],
                    1 => heard.right[index],
                    _ => 0.0,
                };
                let sample = &mut block.channel_mut(channel)[from + index];
                *sample += self.share * (heard - *sample);
            }
        }
        if self.share == 0.0 && self.wanted == Listen::Output {
            self.running = Listen::Output;
        }
    }

    /// The output through the region, of the band's own channel alone.
    fn through(&mut self, block: &Block, from: usize, count: usize) -> Pair {
        let mut work = Pair::of(block, 0, self.channels, from, count);
        let (left, right) = (&mut work.left[..count], &mut work.right[..count]);
        for (left, right) in left.iter_mut().zip(right.iter_mut()) {
            let (mid, side) = (0.5 * (*left + *right), 0.5 * (*left - *right));
            [*left, *right] = match self.channel {
                Channel::Stereo => [*left, *right],
                Channel::Mid => [mid, mid],
                Channel::Side => [side, -side],
                Channel::Left => [*left, 0.0],
                Channel::Right => [0.0, *right],
            };
        }
        svf::run(&[self.region.tick()], std::array::from_mut(&mut self.state), left, right);
        work
    }

    /// What the band alone adds to the signal that enters.
    fn change(&mut self, input: &Pair, count: usize, place: usize) -> Pair {
        let channels = self.channels.min(2);
        self.alone.set_frames(count);
        input.give(&mut self.alone, 0, channels, 0, count);
        self.rack.process(&mut self.alone, 0, count, place);
        let mut at = 0;
        while at < count {
            let part = (CELL - (place + at) % CELL).min(count - at);
            self.dynamics.process(&mut self.alone, at, part, place + at);
            at += part;
        }
        let mut work = Pair::of(&self.alone, 0, channels, 0, count);
        for index in 0..count {
            work.left[index] -= input.left[index];
            work.right[index] = if channels > 1 { work.right[index] - input.right[index] } else { 0.0 };
        }
        work
    }
}
