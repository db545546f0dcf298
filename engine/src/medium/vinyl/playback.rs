//! The record played back, for the ear alone: what a tip makes of the predicted groove at its radius, the noise of the
//! surface, and the hole that is not in the middle.
//!
//! The programme itself passes untouched. What is added is the difference between the way of the tip and the way of the
//! wall ([`super::trace()`]), found at four times the rate and sent through the playback curve: where the groove is bent
//! little against the tip nothing is added; where it is bent much, harmonics come and the treble goes. The reach of the
//! contact across the groove, the cartridge and the arm are no part of it.

use std::f64::consts::PI;

use super::riaa::{LOW, MIDDLE_S, SLOPE_S, normal};
use super::sector::SECTORS;
use super::{Disc, Lathe, Spiral};
use crate::audio::{Block, Through};
use crate::dsp::delay::Delay;
use crate::dsp::oversample::{CHUNK, Oversampler};
use crate::medium::sway::{Leg, Sway, white};
use crate::medium::{MediumError, number, positive};
use crate::profile::Profile;
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// Movement below this is taken out, as in the cut.
const LOW_CUT_HZ: f64 = 5.0;
/// Bass and treble turnover of the playback curve, in seconds (IEC 60098).
const BASS_S: f64 = 3180e-6;
const TREBLE_S: f64 = 75e-6;
/// The slowest groove that is looked at, in m/s: at 40 mm and 33 1/3, inside every disc.
const SLOWEST_M_S: f64 = 0.139;
/// Places on either side of the contact that its height is read from.
const BESIDE: usize = 2;
/// Turns of Newton's method: each doubles the digits, three are beyond the grain of the lacquer.
const TURNS: usize = 3;

/// What of a playback is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// What the tip makes of the groove.
    pub tracing: bool,
    /// Noise of the surface.
    pub noise: bool,
    /// Wow of a hole out of the middle.
    pub wow: bool,
}

impl Parts {
    /// All of it.
    pub const ALL: Parts = Parts { tracing: true, noise: true, wow: true };
    /// The tip alone.
    pub const TRACING: Parts = Parts { tracing: true, noise: false, wow: false };
}

/// Where the groove of every side lies, by times of the pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Way {
    sides: Vec<Stretch>,
}

#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    start_s: f64,
    sector_s: f64,
    radius_mm: Vec<f64>,
}

impl Way {
    /// Adds a side that begins at a time of the pass; sides in order.
    pub fn add(&mut self, start: Seconds, spiral: &Spiral, turn: Seconds) {
        let sector_s = turn.0 / SECTORS as f64;
        self.sides.push(Stretch { start_s: start.0, sector_s, radius_mm: spiral.radius_mm.clone() });
    }

    /// A groove that stays at one radius: a test cut.
    pub fn locked(radius_mm: f64) -> Way {
        Way { sides: vec![Stretch { start_s: 0.0, sector_s: 1.0, radius_mm: vec![radius_mm] }] }
    }

    /// The radius at a time; `None` before the first side. Behind the end of a side its last radius holds.
    pub fn radius_mm(&self, at: Seconds) -> Option<f64> {
        let side = &self.sides[self.sides.partition_point(|side| side.start_s <= at.0).checked_sub(1)?];
        let place = ((at.0 - side.start_s) / side.sector_s) as usize;
        side.radius_mm.get(place).or(side.radius_mm.last()).copied()
    }
}

/// A record player for a programme at the delivered rate. Stereo; anything else passes as it is.
pub struct Playback {
    disc: Disc,
    way: Way,
    parts: Parts,
    rate_hz: f64,
    walls: [Wall; 2],
    straight: Delay,
    errors: [[f64; CHUNK]; 2],
    tip: Tip,
    noise: [[Leg; 2]; 2],
    noise_gain: f64,
    sway: Sway,
    eccentricity_mm: f64,
    radius_mm: f64,
    gain: f64,
}

impl Playback {
    /// A player of the groove that `lathe` cuts at `level` on `disc`, along `way`. Allocates.
    ///
    /// # Errors
    /// A rate outside 8 to 768 kHz, or a number that the profile lacks.
    pub fn new(
        rate: SampleRate,
        (disc, lathe): (&Disc, &Lathe),
        profile: &Profile,
        way: Way,
        level: Db,
        parts: Parts,
    ) -> Result<Playback, MediumError> {
        if !(8_000..=768_000).contains(&rate.0) {
            return Err(MediumError::Rate(rate.0));
        }
        let stages = if rate.0 < 64_000 { 2 } else { 1 };
        let high_hz = rate.hz() * f64::from(1u32 << stages);
        let reach = (lathe.stylus_um * 1e-6 * high_hz / SLOWEST_M_S).ceil() as usize;
        let gain = 1e6 * lathe.wall_velocity_m_s() * level.amplitude() * normal();
        let wall = |sign: f64| Wall::new(rate, stages, reach + BESIDE + 1, sign * gain);
        let walls = [wall(1.0), wall(-1.0)];
        let latency = walls[0].oversampler.latency();
        let eccentricity_mm = positive(profile, "eccentricity")?;
        let wow = if parts.wow { depth(eccentricity_mm, 40.0, disc, rate.hz()) } else { 0.0 };
        let shape = || [Leg::new(1.0, MIDDLE_S, BASS_S, rate.hz()), Leg::new(1.0, 0.0, TREBLE_S, rate.hz())];
        // Against the reference tone as it stands in the programme at this level of the cut.
        let noise = Db(number(profile, "surface_noise")? + lathe.reference.0 - level.0);
        Ok(Playback {
            disc: *disc,
            way,
            parts,
            rate_hz: rate.hz(),
            walls,
            straight: Delay::new(2, latency),
            errors: [[0.0; CHUNK]; 2],
            tip: Tip::new(lathe.stylus_um, reach),
            noise: [shape(), shape()],
            noise_gain: noise.amplitude() / strength(shape()),
            sway: Sway::new(wow),
            eccentricity_mm,
            radius_mm: disc.outer_mm,
            gain: 1.0,
        })
    }

    /// The same player, heard louder by `gain`: what brings it to the loudness of the programme.
    pub fn matched(self, gain: Db) -> Playback {
        Playback { gain: gain.amplitude(), ..self }
    }

    /// Frames from input to output.
    pub fn latency(&self) -> Frames {
        Frames((self.straight.frames() + self.sway.latency()) as u64)
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.walls.iter_mut().for_each(Wall::reset);
        self.straight.reset();
        self.sway.reset();
        self.noise.iter_mut().flatten().for_each(Leg::reset);
    }

    /// Plays a block whose first frame is `from` of the pass, in place. The size of blocks changes nothing. Audio thread.
    pub fn play(&mut self, from: Frames, block: &mut Block) {
        if block.channels() != 2 {
            return;
        }
        let mut start = 0;
        while start < block.frames() {
            let position = from.0 + start as u64;
            // The grid hangs on the programme, so that no block size can be heard.
            let count = (CHUNK - (position % CHUNK as u64) as usize).min(block.frames() - start);
            let grid = Seconds((position - position % CHUNK as u64) as f64 / self.rate_hz);
            if let Some(radius) = self.way.radius_mm(grid) {
                self.radius_mm = radius;
            }
            self.chunk(position, start, count, block);
            start += count;
        }
    }

    fn chunk(&mut self, position: u64, start: usize, count: usize, block: &mut Block) {
        if self.parts.tracing {
            let speed = self.disc.groove_speed_m_s(self.radius_mm.max(40.0));
            self.tip.at(1e6 * speed / (self.rate_hz * self.walls[0].oversampler.factor() as f64));
            for (channel, wall) in self.walls.iter_mut().enumerate() {
                let input = &block.channel(channel)[start..start + count];
                wall.errors(input, &self.tip, &mut self.errors[channel][..count]);
            }
        }
        for channel in 0..2 {
            let samples = &mut block.channel_mut(channel)[start..start + count];
            samples.iter_mut().filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
        }
        self.straight.process_part(block, start, count);
        for place in 0..count {
            let mut frame = [block.channel(0)[start + place], block.channel(1)[start + place]];
            for channel in 0..2 {
                frame[channel] += self.errors[channel][place];
            }
            if self.parts.noise {
                for (channel, legs) in self.noise.iter_mut().enumerate() {
                    let [bass, treble] = legs;
                    let hiss = treble.next(bass.next(white(position + place as u64, channel as u64)));
                    frame[channel] += self.noise_gain * hiss;
                }
            }
            let later = if self.parts.wow { self.later(position + place as u64) } else { 0.0 };
            let given = self.sway.next(frame, [later; 2]);
            block.channel_mut(0)[start + place] = self.gain * given[0];
            block.channel_mut(1)[start + place] = self.gain * given[1];
        }
    }

    /// How many frames late the groove is at a frame: once around in each turn.
    fn later(&self, frame: u64) -> f64 {
        let turns = frame as f64 / (self.rate_hz * self.disc.speed.turn().0);
        depth(self.eccentricity_mm, self.radius_mm, &self.disc, self.rate_hz) * libm::sin(2.0 * PI * turns.fract())
    }
}

impl Through for Playback {
    fn latency(&self) -> usize {
        Playback::latency(self).0 as usize
    }

    fn process(&mut self, block: &mut Block, at: Seconds) {
        self.play(Frames((at.0.max(0.0) * self.rate_hz).round() as u64), block);
    }

    fn reset(&mut self) {
        Playback::reset(self);
    }
}

/// Frames by which a hole `eccentricity` out of the middle makes the groove early and late: the speed changes by the
/// eccentricity over the radius.
fn depth(eccentricity_mm: f64, radius_mm: f64, disc: &Disc, rate_hz: f64) -> f64 {
    eccentricity_mm / radius_mm.max(40.0) * disc.speed.turn().0 / (2.0 * PI) * rate_hz
}

/// Root mean square of white noise of mean square 1 behind two legs.
fn strength(mut legs: [Leg; 2]) -> f64 {
    let energy = |place: usize| {
        let impulse = if place == 0 { 1.0 } else { 0.0 };
        let [bass, treble] = &mut legs;
        let out = treble.next(bass.next(impulse));
        out * out
    };
    // Thirty times the longest time of the curve at any rate.
    libm::sqrt((0..100_000).map(energy).sum::<f64>())
}

/// One wall of the groove and the tip on it.
struct Wall {
    /// From programme to µm across the wall, towards the tip.
    gain: f64,
    oversampler: Oversampler,
    step_s: f64,
    keep: f64,
    integral: f64,
    middle: Leg,
    last: f64,
    /// The wall at the high rate: what the tip reaches before and behind, then this chunk.
    heights: Vec<f64>,
    reach: usize,
    curve: [Leg; 2],
}

impl Wall {
    fn new(rate: SampleRate, stages: usize, reach: usize, gain: f64) -> Wall {
        let oversampler = Oversampler::new(rate.hz(), stages, reach);
        let high_hz = rate.hz() * oversampler.factor() as f64;
        Wall {
            gain,
            step_s: 1.0 / high_hz,
            keep: libm::exp(-2.0 * PI * LOW_CUT_HZ / high_hz),
            integral: 0.0,
            middle: Leg::new(1.0, 0.0, MIDDLE_S, high_hz),
            last: 0.0,
            heights: vec![0.0; 2 * reach + CHUNK * oversampler.factor()],
            reach,
            // s (1 + 318us s) / ((1 + 3180us s)(1 + 75us s)): back from a way to programme.
            curve: [Leg::new(0.0, 1.0, BASS_S, high_hz), Leg::new(1.0, MIDDLE_S, TREBLE_S, high_hz)],
            oversampler,
        }
    }

    fn reset(&mut self) {
        self.oversampler.reset();
        self.middle.reset();
        self.curve.iter_mut().for_each(Leg::reset);
        self.heights.fill(0.0);
        (self.integral, self.last) = (0.0, 0.0);
    }

    /// What the tip adds to a chunk of programme, later by the oversampler's latency.
    fn errors(&mut self, input: &[f64], tip: &Tip, errors: &mut [f64]) {
        let high = self.oversampler.raise(input);
        let (count, before) = (high.len(), 2 * self.reach);
        for (place, sample) in high.iter().enumerate() {
            let sample = if sample.is_finite() { *sample } else { 0.0 };
            self.integral = self.keep * self.integral + 0.5 * self.step_s * (sample + self.last);
            self.last = sample;
            let way = SLOPE_S * sample + self.integral - LOW * MIDDLE_S * self.middle.next(sample);
            self.heights[before + place] = self.gain * way;
        }
        let [bass, treble] = &mut self.curve;
        for (place, sample) in high.iter_mut().enumerate() {
            let lift = tip.lift(&self.heights[place..=place + before]);
            *sample = treble.next(bass.next(lift)) / self.gain;
        }
        self.oversampler.lower(errors, false);
        self.heights.copy_within(count..count + before, 0);
    }
}

/// A round tip over a wall that is known at even steps.
struct Tip {
    radius_um: f64,
    step_um: f64,
    /// Steps to either side that the tip reaches.
    span: usize,
    /// Height of the tip's edge over its lowest point, by steps from the middle, negative.
    edge: Vec<f64>,
}

impl Tip {
    fn new(radius_um: f64, reach: usize) -> Tip {
        Tip { radius_um, step_um: 0.0, span: 0, edge: vec![0.0; reach + 1] }
    }

    /// Sets how far apart the places are.
    fn at(&mut self, step_um: f64) {
        if step_um == self.step_um {
            return;
        }
        self.step_um = step_um;
        self.span = ((self.radius_um / step_um) as usize).min(self.edge.len() - 1);
        for (place, edge) in self.edge.iter_mut().enumerate().take(self.span + 1) {
            let offset = place as f64 * step_um;
            *edge = libm::sqrt((self.radius_um * self.radius_um - offset * offset).max(0.0)) - self.radius_um;
        }
    }

    /// How far above the wall in the middle of `wall` the tip rests.
    fn lift(&self, wall: &[f64]) -> f64 {
        let middle = wall.len() / 2;
        let (mut best, mut highest) = (0i64, wall[middle]);
        for offset in 1..=self.span {
            let (left, right) = (wall[middle - offset] + self.edge[offset], wall[middle + offset] + self.edge[offset]);
            if left > highest {
                (best, highest) = (-(offset as i64), left);
            }
            if right > highest {
                (best, highest) = (offset as i64, right);
            }
        }
        let contact = self.contact(wall, (middle as i64 + best) as usize, best as f64);
        (contact.max(highest) - wall[middle]).max(0.0)
    }

    /// Height of the tip where it rests near the step `place`, which is `steps` from its middle: the wall is a curve of
    /// fourth order through five places, the contact where both have one slope.
    fn contact(&self, wall: &[f64], place: usize, steps: f64) -> f64 {
        let near: [f64; 5] = std::array::from_fn(|index| wall[place + index - BESIDE]);
        let [a, b, c, d, e] = near;
        let first = (a - 8.0 * b + 8.0 * d - e) / 12.0;
        let second = (-a + 16.0 * b - 30.0 * c + 16.0 * d - e) / 24.0;
        let third = (-a + 2.0 * b - 2.0 * d + e) / 12.0;
        let fourth = (a - 4.0 * b + 6.0 * c - 4.0 * d + e) / 24.0;
        let (radius, step) = (self.radius_um, self.step_um);
        let rest = |at: f64| {
            let offset = (steps + at) * step;
            libm::sqrt((radius * radius - offset * offset).max(1e-6 * radius * radius))
        };
        let mut at = 0.0;
        for _ in 0..TURNS {
            let depth = rest(at);
            let slope = first + at * (2.0 * second + at * (3.0 * third + at * 4.0 * fourth))
                - (steps + at) * step * step / depth;
            let bend = 2.0 * second + at * (6.0 * third + at * 12.0 * fourth)
                - step * step * radius * radius / (depth * depth * depth);
            // Where the wall is bent the other way there is no top between these places.
            if bend >= 0.0 {
                break;
            }
            at = (at - slope / bend).clamp(-1.0, 1.0);
        }
        c + at * (first + at * (second + at * (third + at * fourth))) + rest(at) - radius
    }
}

#[cfg(test)]
#[path = "playback/tests.rs"]
mod tests;
