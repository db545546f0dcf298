use super::reducer::{CHUNK, Reducer, reduction_db};
use super::timing::Timing;
use crate::audio::Block;
use crate::unit::{Db, Dbtp, Frames, SampleRate};

/// Long enough that the moving gain makes no peaks of its own (2 ms would do), short enough to be heard by nobody.
const LOOK_AHEAD_MS: f64 = 2.5;
/// Actions kept until they are read.
const CAPACITY: usize = 4096;

/// A stretch in which the guard lowered the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Action {
    /// First frame of the programme concerned (latency removed, counted from the last reset).
    pub start: Frames,
    /// How long.
    pub length: Frames,
    /// The deepest change, negative.
    pub deepest: Db,
}

/// The true-peak guard on the way out: the limiter's low-latency form at the delivered rate, channels linked.
///
/// A programme that holds the ceiling passes bit for bit. Overs that a rate conversion has made of a limited programme
/// are taken down, and every action is listed. Held is what kernels of 24 to 256 samples to either side read, so that
/// another house's meter finds no over either, whatever lies next to half the rate.
#[derive(Debug, Clone)]
pub struct Guard {
    reducer: Reducer,
    ceiling: f64,
    frame: u64,
    actions: Vec<Action>,
    unlisted: u64,
    open: bool,
}

impl Guard {
    /// Of its algorithm: what it makes of a sound is part of a plan's hash. 2: held for meters of every usual length.
    pub const VERSION: u32 = 2;

    /// A guard that holds `ceiling`. Allocates.
    pub fn new(channels: usize, rate: SampleRate, ceiling: Dbtp) -> Guard {
        Guard {
            reducer: Reducer::for_every_meter(channels, Timing::quick(LOOK_AHEAD_MS, rate), 1.0),
            ceiling: ceiling.amplitude(),
            frame: 0,
            actions: Vec::with_capacity(CAPACITY),
            unlisted: 0,
            open: false,
        }
    }

    /// Frames from input to output.
    pub fn latency(&self) -> usize {
        self.reducer.latency()
    }

    /// Works the block in place. Audio thread.
    pub fn process(&mut self, block: &mut Block) {
        let ceilings = [self.ceiling; CHUNK];
        let mut start = 0;
        while start < block.frames() {
            let count = CHUNK.min(block.frames() - start);
            let deepest = self.reducer.process(block, start, &ceilings[..count], self.ceiling);
            if deepest > 0.0 || self.open {
                self.list(count);
            }
            self.frame += count as u64;
            start += count;
        }
    }

    /// What the guard did since the list was last cleared, in order. The last one may still grow.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Actions that found the list full (it holds 4096) and are not in it.
    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }

    /// Empties the list, once it was read. Audio thread.
    pub fn clear_actions(&mut self) {
        self.actions.clear();
        self.unlisted = 0;
        self.open = false;
    }

    /// Forgets all audio and actions. Audio thread.
    pub fn reset(&mut self) {
        self.reducer.reset();
        self.frame = 0;
        self.clear_actions();
    }

    fn list(&mut self, count: usize) {
        for offset in 0..count {
            let depth = self.reducer.depths()[offset];
            if depth == 0.0 {
                self.open = false;
                continue;
            }
            if !self.open {
                self.open = true;
                self.begin(offset);
            }
            if let Some(action) = self.actions.last_mut().filter(|_| self.unlisted == 0) {
                action.length.0 += 1;
                action.deepest = Db(action.deepest.0.min(reduction_db(depth)));
            }
        }
    }

    fn begin(&mut self, offset: usize) {
        if self.actions.len() == self.actions.capacity() {
            self.unlisted += 1;
            return;
        }
        let frame = (self.frame + offset as u64).saturating_sub(self.latency() as u64);
        self.actions.push(Action { start: Frames(frame), length: Frames(0), deepest: Db::UNITY });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_over_is_taken_down_and_listed_where_it_happened() {
        let rate = SampleRate(44_100);
        let mut guard = Guard::new(2, rate, Dbtp(-1.0));
        let mut left = vec![0.1; 9000];
        left[3000] = 1.0;
        let right = vec![0.2; 9000];
        let mut block = Block::from_channels(&[left, right]);
        guard.process(&mut block);
        let latency = guard.latency();
        assert!(block.channel(0)[3000 + latency] <= Dbtp(-1.0).amplitude());
        let [action] = guard.actions() else { panic!("{:?}", guard.actions()) };
        let end = action.start.0 + action.length.0;
        assert!(action.start.0 < 3000 && end > 3000 && action.length.0 < 4000, "{action:?}");
        assert!((action.deepest.0 + 1.0).abs() < 0.02);
        assert_eq!(block.channel(1)[8999], 0.2);
        guard.clear_actions();
        assert!(guard.actions().is_empty());
    }

    #[test]
    fn what_holds_the_ceiling_passes_bit_for_bit() {
        let mut guard = Guard::new(1, SampleRate(48_000), Dbtp(-1.0));
        let samples: Vec<f64> = (0..5000).map(|n| 0.88 * libm::sin(0.1 * f64::from(n))).collect();
        let mut block = Block::from_channels(&[&samples]);
        guard.process(&mut block);
        let latency = guard.latency();
        assert_eq!(block.channel(0)[latency..], samples[..5000 - latency]);
        assert!(guard.actions().is_empty());
    }
}
