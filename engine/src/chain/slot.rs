use super::Stage;
use super::ride::Rides;
use crate::audio::Block;

/// What a stage did to the last block, as its page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reading {
    /// The gain furthest from none in the block in dB: negative where it was reduced, positive where an expander or an
    /// upward compressor raised it.
    pub gain_reduction_db: f64,
    /// Level that drives the stage (the detector of a compressor) in dBFS, where it has one.
    pub drive_db: Option<f64>,
    /// The same gain of each band of a stage that has some, in their order; 0 for those it has not.
    pub bands_db: [f32; READING_BANDS],
}

/// Most bands of a stage that are read one by one: those of an equaliser.
pub const READING_BANDS: usize = 24;

/// Frames over which a bypass fades between the two paths: 10 ms at 96 kHz, 22 ms at 44.1 kHz.
const FADE_FRAMES: u32 = 960;

/// A path switch that fades: 1 is the processed path, 0 the dry one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Switch {
    position: u32,
    on: bool,
}

impl Switch {
    pub(super) fn new(on: bool) -> Switch {
        Switch { position: if on { FADE_FRAMES } else { 0 }, on }
    }

    pub(super) fn set(&mut self, on: bool, fade: bool) {
        self.on = on;
        if !fade {
            *self = Switch::new(on);
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// All the way at one end: `Some(true)` processed, `Some(false)` dry, `None` on the way.
    pub(super) fn rest(&self) -> Option<bool> {
        match (self.on, self.position) {
            (true, FADE_FRAMES) => Some(true),
            (false, 0) => Some(false),
            _ => None,
        }
    }

    /// Mixes `dry` (scaled by `match_gain`) into `wet`, moving one step per frame.
    pub(super) fn mix(&mut self, wet: &mut Block, dry: &Block, match_gain: f64) {
        let frames = wet.frames();
        let start = self.position;
        for channel in 0..wet.channels() {
            self.position = start;
            let dry = dry.channel(channel);
            let wet = wet.channel_mut(channel);
            for frame in 0..frames {
                self.step();
                let share = f64::from(self.position) / f64::from(FADE_FRAMES);
                wet[frame] = wet[frame] * share + dry[frame] * match_gain * (1.0 - share);
            }
        }
    }

    fn step(&mut self) {
        if self.on {
            self.position = (self.position + 1).min(FADE_FRAMES);
        } else {
            self.position = self.position.saturating_sub(1);
        }
    }
}

/// A whole-frame delay for every channel: the dry path beside a stage with latency.
#[derive(Debug, Clone)]
pub(super) struct Dry {
    ring: Vec<Vec<f64>>,
    place: usize,
}

impl Dry {
    pub(super) fn new(channels: usize, frames: usize) -> Dry {
        Dry { ring: vec![vec![0.0; frames]; channels], place: 0 }
    }

    pub(super) fn reset(&mut self) {
        for ring in &mut self.ring {
            ring.fill(0.0);
        }
        self.place = 0;
    }

    /// Writes the delayed `input` to `output` (same number of frames).
    pub(super) fn process(&mut self, input: &Block, output: &mut Block) {
        let length = self.ring.first().map_or(0, Vec::len);
        for (channel, ring) in self.ring.iter_mut().enumerate() {
            let (input, output) = (input.channel(channel), output.channel_mut(channel));
            if length == 0 {
                output.copy_from_slice(input);
                continue;
            }
            let mut place = self.place;
            for (output, input) in output.iter_mut().zip(input) {
                *output = ring[place];
                ring[place] = *input;
                place += 1;
                if place == length {
                    place = 0;
                }
            }
        }
        if length > 0 {
            self.place = (self.place + input.frames()) % length;
        }
    }
}

/// One place in a chain: a stage, its bypass, and the dry path beside it.
pub(super) struct Slot {
    pub(super) stage: Box<dyn Stage>,
    pub(super) switch: Switch,
    pub(super) dry: Dry,
    /// Factor on the dry path while bypassed, so that both sound equally loud.
    pub(super) match_gain: f64,
    /// Set when the stage made a sample that is not a number; the slot is silent from then on.
    pub(super) broken: bool,
    /// Courses that parameters follow.
    pub(super) rides: Rides,
    /// Latency of the stages before it: its input is that much older than the chain's.
    pub(super) ahead: usize,
}

impl Slot {
    /// Whether the stage passes every sample untouched, now and later.
    pub(super) fn is_identity(&self) -> bool {
        self.rides.is_empty() && self.stage.is_identity()
    }
}

impl Clone for Slot {
    fn clone(&self) -> Slot {
        Slot {
            stage: self.stage.duplicate(),
            switch: self.switch,
            dry: self.dry.clone(),
            match_gain: self.match_gain,
            broken: self.broken,
            rides: self.rides.clone(),
            ahead: self.ahead,
        }
    }
}
