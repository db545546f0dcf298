//! What the stages did while they were heard, in moments of some ten milliseconds: the levels before and behind each
//! stage and the gain furthest from none.
//!
//! A screen looks at a chain thirty times a second, and a stage works in steps of a millisecond: what lies between two
//! looks would be lost. So a renderer that is heard gathers it, and hands the moments over one after another.

use std::collections::VecDeque;

use crate::audio::Block;
use crate::chain::{Chain, Ear};
use crate::unit::SampleRate;

/// Stages of one chain that are followed.
pub const PAST_SLOTS: usize = 16;
/// Bands of a stage that are followed one by one.
pub const PAST_BANDS: usize = 8;
/// Moments a second: ten seconds then are as many columns as a picture is wide.
pub const MOMENTS_PER_SECOND: u32 = 100;
/// Moments that wait at most: those of the longest pull at the lowest rate (4096 frames at 8 kHz are 51).
const WAITING: usize = 64;

/// What one stage did in a moment. Levels are linear, over all channels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SlotPast {
    /// Highest sample before it.
    pub input_peak: f32,
    /// Highest sample behind it, later by its latency.
    pub output_peak: f32,
    /// Root of the mean square behind it.
    pub output_rms: f32,
    /// The gain furthest from none in dB, as [`crate::chain::Reading::gain_reduction_db`].
    pub gain_db: f32,
    /// The same of its bands.
    pub bands_db: [f32; PAST_BANDS],
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    /// The song that sounded last, by its place in the plan.
    pub song: usize,
    /// The album chain's stages.
    pub album: [SlotPast; PAST_SLOTS],
    /// The stages of that song's chain.
    pub chain: [SlotPast; PAST_SLOTS],
}

impl Default for Past {
    fn default() -> Past {
        Past { song: 0, album: [SlotPast::default(); PAST_SLOTS], chain: [SlotPast::default(); PAST_SLOTS] }
    }
}

/// Gathers moments. Its memory is taken when it is made.
pub(super) struct Watch {
    moment: Past,
    /// Sums of squares of the outputs, and how many samples they hold.
    sums: [[(f64, u64); PAST_SLOTS]; 2],
    frames: u32,
    length: u32,
    waiting: VecDeque<Past>,
}

/// Which of the two chains is heard through an [`Inside`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Album,
    Song,
}

/// A [`Watch`] inside one chain.
pub(super) struct Inside<'a> {
    slots: &'a mut [SlotPast; PAST_SLOTS],
    sums: &'a mut [(f64, u64); PAST_SLOTS],
}

impl Watch {
    /// Workers only: allocates.
    pub(super) fn new(rate: SampleRate) -> Watch {
        Watch {
            moment: Past::default(),
            sums: [[(0.0, 0); PAST_SLOTS]; 2],
            frames: 0,
            length: (rate.0 / MOMENTS_PER_SECOND).max(1),
            waiting: VecDeque::with_capacity(WAITING),
        }
    }

    /// Works a chain and notes what its `stages` stages do. Audio thread.
    pub(super) fn work(&mut self, which: Which, chain: &mut Chain, stages: usize, block: &mut Block) {
        let (slots, sums) = match which {
            Which::Album => (&mut self.moment.album, &mut self.sums[0]),
            Which::Song => (&mut self.moment.chain, &mut self.sums[1]),
        };
        chain.process_heard(block, &mut Inside { slots, sums });
        for (slot, past) in slots.iter_mut().enumerate().take(stages) {
            let reading = chain.reading(slot);
            past.gain_db = further(past.gain_db, reading.gain_reduction_db as f32);
            for (band, gain) in past.bands_db.iter_mut().zip(reading.bands_db) {
                *band = further(*band, gain);
            }
        }
    }

    /// So many frames have been made, `song` sounding: a moment that is full waits to be taken. Audio thread.
    pub(super) fn advance(&mut self, frames: usize, song: usize) {
        self.frames += frames as u32;
        if self.frames < self.length {
            return;
        }
        self.frames = 0;
        self.moment.song = song;
        for (slots, sums) in [&mut self.moment.album, &mut self.moment.chain].into_iter().zip(&mut self.sums) {
            for (slot, (sum, samples)) in slots.iter_mut().zip(sums) {
                slot.output_rms = (*sum / (*samples).max(1) as f64).sqrt() as f32;
                (*sum, *samples) = (0.0, 0);
            }
        }
        let full = std::mem::take(&mut self.moment);
        // Nobody takes them: the newest are left out, nothing grows.
        if self.waiting.len() < WAITING {
            self.waiting.push_back(full);
        }
    }

    /// The oldest moment that waits. Audio thread.
    pub(super) fn take(&mut self) -> Option<Past> {
        self.waiting.pop_front()
    }
}

impl Ear for Inside<'_> {
    fn input(&mut self, slot: usize, block: &Block) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.input_peak = slot.input_peak.max(peak(block));
        }
    }

    fn output(&mut self, slot: usize, block: &Block) {
        if let (Some(past), Some((sum, samples))) = (self.slots.get_mut(slot), self.sums.get_mut(slot)) {
            past.output_peak = past.output_peak.max(peak(block));
            *sum += block.iter().flatten().map(|sample| sample * sample).sum::<f64>();
            *samples += (block.frames() * block.channels()) as u64;
        }
    }
}

fn peak(block: &Block) -> f32 {
    block.iter().flatten().fold(0.0f64, |peak, sample| peak.max(sample.abs())) as f32
}

fn further(one: f32, other: f32) -> f32 {
    if other.abs() > one.abs() { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::chain::{Setting, processor};
    use crate::param::Values;

    fn gain(db: f64) -> Chain {
        let processor = processor("gain").unwrap();
        let mut values = Values::defaults(processor.table);
        values.set(processor.table.find("gain").unwrap().0, db);
        let setting = Setting { rate: SampleRate(1000), layout: Layout::Mono };
        Chain::new(vec![((processor.build)(&values, setting), true)], setting)
    }

    #[test]
    fn a_moment_is_ten_frames_at_a_kilohertz() {
        let mut watch = Watch::new(SampleRate(1000));
        let mut chain = gain(20.0 * libm::log10(0.5));
        for samples in [[0.1, -0.8, 0.2, 0.0, 0.0], [0.4, 0.0, 0.0, 0.0, 0.0]] {
            let mut block = Block::from_channels(&[samples]);
            assert_eq!(watch.take(), None);
            watch.work(Which::Album, &mut chain, 1, &mut block);
            watch.advance(5, 3);
        }
        let past = watch.take().unwrap();
        let SlotPast { input_peak, output_peak, output_rms, gain_db, .. } = past.album[0];
        assert_eq!((past.song, input_peak, gain_db), (3, 0.8, 0.0));
        assert!((output_peak - 0.4).abs() < 1e-6 && (output_rms - 0.145_773_8).abs() < 1e-6, "{past:?}");
        assert_eq!(past.chain, [SlotPast::default(); PAST_SLOTS]);
        assert_eq!(watch.take(), None);
    }

    #[test]
    fn what_nobody_takes_does_not_grow() {
        let mut watch = Watch::new(SampleRate(1000));
        let room = watch.waiting.capacity();
        (0..10 * WAITING).for_each(|_| watch.advance(10, 0));
        assert_eq!((watch.waiting.len(), watch.waiting.capacity()), (WAITING, room));
    }
}
