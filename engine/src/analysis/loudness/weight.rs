use ebur128::{Channel, EbuR128, Mode};

use super::{LoudnessError, loudness_to_energy};
use crate::audio::{Block, Layout, Role};
use crate::unit::SampleRate;

/// A step in milliseconds: half of what 3341 case 13 needs.
const STEP_MS: u32 = 10;
/// The slowest rate at which a step has enough frames to mean anything.
const LEAST_RATE: u32 = 1_000;
/// The fastest rate the weighting is designed for.
const MOST_RATE: u32 = 2_822_400;

/// The K-weighted energy of every 10 ms, all channels summed with their weights.
pub(super) struct Weighting {
    meter: EbuR128,
    channels: usize,
    step_frames: usize,
    filled: usize,
    silence: Vec<f64>,
}

impl Weighting {
    pub(super) fn new(layout: Layout, rate: SampleRate) -> Result<Weighting, LoudnessError> {
        let channels = layout.channels();
        if !(1..=64).contains(&channels) {
            return Err(LoudnessError::Channels(channels));
        }
        if !(LEAST_RATE..=MOST_RATE).contains(&rate.0) {
            return Err(LoudnessError::Rate(rate));
        }
        let map: Vec<Channel> = (0..channels).map(|index| weighted_channel(layout.role(index))).collect();
        let meter = EbuR128::new(channels as u32, rate.0, Mode::M)
            .and_then(|mut meter| meter.set_channel_map(&map).map(|()| meter))
            .map_err(|_| LoudnessError::Channels(channels))?;
        let step_frames = (rate.0 * STEP_MS / 1000) as usize;
        Ok(Weighting { meter, channels, step_frames, filled: 0, silence: vec![0.0; step_frames] })
    }

    /// Frames in a step: 10 ms, rounded down at rates where that is not whole.
    pub(super) fn step_frames(&self) -> usize {
        self.step_frames
    }

    pub(super) fn reset(&mut self) {
        self.meter.reset();
        self.filled = 0;
    }

    /// Feeds a block and appends the energy of every step it completes.
    pub(super) fn process(&mut self, block: &Block, steps: &mut Vec<f64>) {
        let mut start = 0;
        while start < block.frames() {
            let frames = (self.step_frames - self.filled).min(block.frames() - start);
            self.feed(block, start, frames);
            start += frames;
            self.filled += frames;
            if self.filled == self.step_frames {
                self.filled = 0;
                steps.push(self.step_energy());
            }
        }
    }

    fn feed(&mut self, block: &Block, start: usize, frames: usize) {
        let heard = block.channels().min(self.channels);
        let rows: Vec<&[f64]> = (0..heard)
            .map(|index| &block.channel(index)[start..start + frames])
            .chain((heard..self.channels).map(|_| &self.silence[..frames]))
            .collect();
        // The crate refuses only rows of unequal length or number, which the lines above rule out.
        let fed = self.meter.add_frames_planar_f64(&rows);
        debug_assert!(fed.is_ok());
    }

    fn step_energy(&self) -> f64 {
        match self.meter.loudness_window(STEP_MS) {
            Ok(loudness) if loudness.is_finite() => loudness_to_energy(loudness),
            _ => 0.0,
        }
    }
}

/// BS.1770-5, table 3 and annex 3: 1.41 between 60 and 120 degrees of azimuth, 1 elsewhere, nothing for LFE.
fn weighted_channel(role: Role) -> Channel {
    match role {
        Role::Left => Channel::Left,
        Role::Right => Channel::Right,
        Role::Centre | Role::Height | Role::Discrete => Channel::Center,
        Role::Lfe => Channel::Unused,
        Role::LeftSurround => Channel::LeftSurround,
        Role::RightSurround => Channel::RightSurround,
        Role::LeftRear => Channel::Mp135,
        Role::RightRear => Channel::Mm135,
    }
}
