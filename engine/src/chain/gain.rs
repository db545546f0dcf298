//! Gain and trim: level, balance between channels by trims, polarity. One factor per channel; a factor on its way has no
//! corners, because those would be heard beside a tone (the spectrum of a function with a break in its slope falls by
//! 12 dB per octave: R. N. Bracewell, The Fourier transform and its applications).

use super::glide::{Glide as Line, Pace};
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
const COUNT: usize = 5;

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
    let factors = (0..setting.layout.channels()).map(|channel| Line::at([factor(&wanted, channel)])).collect();
    Box::new(Gain { wanted, factors, pace: Pace::new(quanta(setting.rate.hz())), due: false, place: 0 })
}

/// Quanta of a glide.
fn quanta(rate_hz: f64) -> u32 {
    let Glide::Milliseconds(ms) = GLIDE else { return 1 };
    (ms * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32
}

/// The factor on a channel.
fn factor(wanted: &[f64; COUNT], channel: usize) -> f64 {
    let (trim, invert) = match channel {
        0 => (wanted[TRIM_LEFT], wanted[INVERT_LEFT]),
        1 => (wanted[TRIM_RIGHT], wanted[INVERT_RIGHT]),
        _ => (0.0, 0.0),
    };
    let sign = if invert >= 0.5 { -1.0 } else { 1.0 };
    sign * Db(wanted[GAIN] + trim).amplitude()
}

#[derive(Clone)]
struct Gain {
    wanted: [f64; COUNT],
    factors: Vec<Line<1>>,
    pace: Pace,
    /// Whether a move waits for the next quantum.
    due: bool,
    /// Frames since the last quantum began.
    place: usize,
}

impl Gain {
    fn aim(&mut self, quanta: u32) {
        for (channel, line) in self.factors.iter_mut().enumerate() {
            line.aim([factor(&self.wanted, channel)], quanta);
        }
        self.due = false;
    }

    /// A quantum begins.
    fn begin(&mut self) {
        self.pace.next_quantum();
        self.factors.iter_mut().for_each(|line| _ = line.next_quantum());
        if self.due {
            self.aim(self.pace.quanta());
        }
    }
}

impl Stage for Gain {
    fn latency(&self) -> usize {
        0
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        let Some(place) = self.wanted.get_mut(usize::from(slot.0)) else { return };
        *place = value;
        if glide {
            self.due = true;
            self.pace.touch();
        } else {
            self.aim(0);
        }
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        if let Some(place) = self.wanted.get_mut(usize::from(slot.0)) {
            *place = value;
            self.due = true;
            self.pace.ride();
        }
    }

    fn process(&mut self, block: &mut Block) {
        let mut done = 0;
        while done < block.frames() {
            if self.place == 0 {
                self.begin();
            }
            let count = (QUANTUM - self.place).min(block.frames() - done);
            for (index, line) in self.factors.iter().enumerate().take(block.channels()) {
                let samples = &mut block.channel_mut(index)[done..done + count];
                if line.is_moving() {
                    for (offset, sample) in samples.iter_mut().enumerate() {
                        *sample *= line.value(self.place + offset)[0];
                    }
                } else {
                    scale(samples, line.target()[0]);
                }
            }
            self.place = (self.place + count) % QUANTUM;
            done += count;
        }
    }

    fn listen(&mut self, block: &Block) {
        self.place = (self.place + block.frames()) % QUANTUM;
    }

    fn reset(&mut self) {
        self.place = 0;
        self.aim(0);
    }

    fn is_identity(&self) -> bool {
        let still = |line: &Line<1>| !line.is_moving() && line.target() == [1.0];
        !self.due && self.factors.iter().all(still)
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
    fn a_ride_is_there_when_the_quantum_ends_and_block_sizes_do_not_matter() {
        let run = |size: usize| {
            let mut stage = stage(&[]);
            let mut heard = Vec::new();
            stage.ride(SlotIndex(0), -6.0);
            while heard.len() < 4 * QUANTUM {
                let mut block = Block::from_channels(&[vec![1.0; size], vec![1.0; size]]);
                stage.process(&mut block);
                heard.extend_from_slice(block.channel(1));
            }
            heard.truncate(4 * QUANTUM);
            heard
        };
        let heard = run(QUANTUM);
        assert!(heard[QUANTUM - 2] > Db(-6.0).amplitude() && heard[QUANTUM - 1] == Db(-6.0).amplitude());
        assert_eq!(run(7), heard);
    }

    #[test]
    fn a_glide_arrives_and_is_smooth() {
        let mut stage = stage(&[]);
        stage.set(SlotIndex(0), -6.0, true);
        let mut block = Block::from_channels(&[vec![1.0; 4096], vec![1.0; 4096]]);
        stage.process(&mut block);
        let samples = block.channel(0);
        assert_eq!(samples[4095], Db(-6.0).amplitude());
        assert!(samples.windows(2).all(|pair| pair[1] <= pair[0] && pair[0] - pair[1] < 0.002));
    }
}
