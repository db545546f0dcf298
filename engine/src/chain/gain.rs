//! Gain and trim: level, balance between channels by trims, polarity.

use super::{Processor, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};
use crate::unit::Db;

/// 10 ms: short enough to feel immediate, long enough that a 12 dB move stays free of clicks.
const GLIDE: Glide = Glide::Milliseconds(10.0);

const GAIN: usize = 0;
const TRIM_LEFT: usize = 1;
const TRIM_RIGHT: usize = 2;
const INVERT_LEFT: usize = 3;
const INVERT_RIGHT: usize = 4;

const fn level(id: &'static str, name: &'static str, doc: &'static str, reach: f64) -> Spec {
    let kind = Kind::Number { min: -reach, max: reach, taper: Taper::Linear, step: 0.1, fine: 0.01, digits: 2 };
    Spec { id, name, doc, unit: Unit::Db, kind, default: 0.0, glide: GLIDE }
}

const fn switch(id: &'static str, name: &'static str, doc: &'static str) -> Spec {
    Spec { id, name, doc, unit: Unit::None, kind: Kind::Switch, default: 0.0, glide: GLIDE }
}

static TABLE: Table = Table {
    id: "gain",
    name: "Gain",
    doc: "Level, trims of the left and right channel, polarity.",
    version: 1,
    params: &[
        level("gain", "Gain", "Level of all channels.", 24.0),
        level("trim_left", "Trim left", "Level of the left channel alone.", 12.0),
        level("trim_right", "Trim right", "Level of the right channel alone.", 12.0),
        switch("invert_left", "Invert left", "Turns the polarity of the left channel."),
        switch("invert_right", "Invert right", "Turns the polarity of the right channel."),
    ],
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let wanted = std::array::from_fn(|index| values.at(SlotIndex(index as u16)));
    let mut gain = Gain {
        wanted,
        factors: vec![Ramp::default(); setting.layout.channels()],
        glide_quanta: glide_quanta(setting.rate.hz()),
        place: 0,
    };
    gain.aim(false);
    Box::new(gain)
}

fn glide_quanta(rate_hz: f64) -> u32 {
    let Glide::Milliseconds(ms) = GLIDE else { return 1 };
    (ms * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32
}

#[derive(Clone)]
struct Gain {
    wanted: [f64; 5],
    factors: Vec<Ramp>,
    glide_quanta: u32,
    /// Frames since the last quantum began.
    place: usize,
}

/// A factor that moves linearly, one step per frame, re-aimed at quantum starts only.
#[derive(Clone, Copy)]
struct Ramp {
    now: f64,
    target: f64,
    step: f64,
    frames_left: u32,
}

impl Default for Ramp {
    fn default() -> Ramp {
        Ramp { now: 1.0, target: 1.0, step: 0.0, frames_left: 0 }
    }
}

impl Ramp {
    fn aim(&mut self, target: f64, frames: u32) {
        if frames == 0 || target == self.now {
            *self = Ramp { now: target, target, step: 0.0, frames_left: 0 };
        } else {
            *self = Ramp { now: self.now, target, step: (target - self.now) / f64::from(frames), frames_left: frames };
        }
    }

    fn next(&mut self) -> f64 {
        if self.frames_left > 0 {
            self.frames_left -= 1;
            self.now = if self.frames_left == 0 { self.target } else { self.now + self.step };
        }
        self.now
    }
}

impl Gain {
    fn factor(&self, channel: usize) -> f64 {
        let (trim, invert) = match channel {
            0 => (self.wanted[TRIM_LEFT], self.wanted[INVERT_LEFT]),
            1 => (self.wanted[TRIM_RIGHT], self.wanted[INVERT_RIGHT]),
            _ => (0.0, 0.0),
        };
        let sign = if invert >= 0.5 { -1.0 } else { 1.0 };
        sign * Db(self.wanted[GAIN] + trim).amplitude()
    }

    fn aim(&mut self, glide: bool) {
        // The glide ends on a quantum, so that its length does not depend on where in a quantum it was asked for.
        let frames = if glide { self.glide_quanta * QUANTUM as u32 - self.place as u32 } else { 0 };
        for channel in 0..self.factors.len() {
            let target = self.factor(channel);
            self.factors[channel].aim(target, frames);
        }
    }
}

impl Stage for Gain {
    fn latency(&self) -> usize {
        0
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        if let Some(place) = self.wanted.get_mut(usize::from(slot.0)) {
            *place = value;
            self.aim(glide);
        }
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        if let Some(place) = self.wanted.get_mut(usize::from(slot.0)) {
            *place = value;
            for channel in 0..self.factors.len() {
                let target = self.factor(channel);
                self.factors[channel].aim(target, QUANTUM as u32);
            }
        }
    }

    fn process(&mut self, block: &mut Block) {
        for (index, ramp) in self.factors.iter_mut().enumerate().take(block.channels()) {
            if ramp.frames_left == 0 {
                scale(block.channel_mut(index), ramp.now);
            } else {
                for sample in block.channel_mut(index) {
                    *sample *= ramp.next();
                }
            }
        }
        self.place = (self.place + block.frames()) % QUANTUM;
    }

    fn reset(&mut self) {
        self.place = 0;
        self.aim(false);
    }

    fn is_identity(&self) -> bool {
        self.factors.iter().all(|ramp| ramp.now == 1.0 && ramp.frames_left == 0)
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

fn scale(samples: &mut [f64], factor: f64) {
    if factor != 1.0 {
        for sample in samples {
            *sample *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::unit::SampleRate;

    fn stage(pairs: &[(&str, f64)]) -> Box<dyn Stage> {
        let mut values = Values::defaults(&TABLE);
        for (id, value) in pairs {
            assert!(values.set_by_id(id, *value));
        }
        build(&values, Setting { rate: SampleRate(48_000), layout: Layout::Stereo })
    }

    #[test]
    fn unity_touches_nothing() {
        assert!(stage(&[]).is_identity());
        assert!(!stage(&[("trim_left", -0.01)]).is_identity());
    }

    #[test]
    fn trims_and_polarity_reach_their_channel_only() {
        let mut block = Block::from_channels(&[vec![0.5; 3], vec![0.5; 3]]);
        stage(&[("trim_left", 20.0 * 2f64.log10()), ("invert_right", 1.0)]).process(&mut block);
        assert!((block.channel(0)[2] - 1.0).abs() < 1e-12);
        assert_eq!(block.channel(1), [-0.5; 3]);
    }

    #[test]
    fn a_glide_arrives_and_is_smooth() {
        let mut stage = stage(&[]);
        stage.set(SlotIndex(0), -6.0, true);
        let mut block = Block::from_channels(&[vec![1.0; 1024], vec![1.0; 1024]]);
        stage.process(&mut block);
        let samples = block.channel(0);
        assert_eq!(samples[1023], Db(-6.0).amplitude());
        assert!(samples.windows(2).all(|pair| pair[1] <= pair[0] && pair[0] - pair[1] < 0.002));
    }
}
