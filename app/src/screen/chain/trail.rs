//! What a stage did in the last seconds, in even steps of the time that was heard.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::widget::history::Moment;

/// Seconds that are kept.
pub const SPAN_S: f32 = 10.0;
/// Steps a second: as often as meters are drawn.
const STEPS_PER_SECOND: f64 = 30.0;
/// Steps that are kept.
pub const CAPACITY: usize = 300;
/// Reductions smaller than this are the limit of what a detector can tell, dB.
const NOTHING_DB: f32 = -0.005;

/// The moments of one stage.
#[derive(Debug, Clone)]
pub struct Trail {
    moments: VecDeque<Moment>,
    step: Option<u64>,
    deepest_db: f32,
}

impl Default for Trail {
    fn default() -> Trail {
        Trail { moments: VecDeque::with_capacity(CAPACITY), step: None, deepest_db: 0.0 }
    }
}

impl Trail {
    /// Adds what was read at `seconds` of heard time: within a step the loudest and the deepest count; steps that
    /// were missed repeat what came after them.
    pub fn add(&mut self, seconds: f64, moment: Moment) {
        self.deepest_db = self.deepest_db.min(moment.gain_db);
        let step = (seconds * STEPS_PER_SECOND) as u64;
        let missed = self.step.map_or(1, |last| step.saturating_sub(last)) as usize;
        self.step = Some(step);
        match self.moments.back_mut().filter(|_| missed == 0) {
            Some(last) => *last = joined(*last, moment),
            None => (0..missed.clamp(1, CAPACITY)).for_each(|_| self.push(moment)),
        }
    }

    fn push(&mut self, moment: Moment) {
        if self.moments.len() == CAPACITY {
            self.moments.pop_front();
        }
        self.moments.push_back(moment);
    }

    /// The moments in order, the last is now.
    pub fn moments(&self) -> Arc<[Moment]> {
        self.moments.iter().copied().collect()
    }

    /// The gain in dB of every moment.
    pub fn gains(&self) -> Arc<[f32]> {
        self.moments.iter().map(|moment| moment.gain_db).collect()
    }

    /// Gain reduction now in dB, 0 or below; none before anything was heard.
    pub fn now_db(&self) -> Option<f64> {
        self.moments.back().map(|moment| whole(moment.gain_db))
    }

    /// The deepest gain reduction since the last reset in dB.
    pub fn deepest_db(&self) -> Option<f64> {
        self.step.map(|_| whole(self.deepest_db))
    }

    /// Forgets the deepest reduction.
    pub fn reset(&mut self) {
        self.deepest_db = 0.0;
    }
}

fn whole(gain_db: f32) -> f64 {
    if gain_db > NOTHING_DB { 0.0 } else { f64::from(gain_db) }
}

fn joined(one: Moment, other: Moment) -> Moment {
    Moment {
        input_db: one.input_db.max(other.input_db),
        output_db: one.output_db.max(other.output_db),
        rms_db: one.rms_db.max(other.rms_db),
        gain_db: one.gain_db.min(other.gain_db),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(gain_db: f32) -> Moment {
        Moment { input_db: -6.0, output_db: -6.0 + gain_db, rms_db: -20.0, gain_db }
    }

    #[test]
    fn a_step_keeps_its_deepest_reduction_and_missed_steps_are_filled() {
        let mut trail = Trail::default();
        assert_eq!((trail.now_db(), trail.deepest_db()), (None, None));
        trail.add(0.001, moment(-1.0));
        trail.add(0.002, moment(-3.0));
        trail.add(0.003, moment(-2.0));
        assert_eq!(*trail.gains(), [-3.0]);
        trail.add(0.101, moment(-0.5));
        assert_eq!(*trail.gains(), [-3.0, -0.5, -0.5, -0.5]);
        assert_eq!((trail.now_db(), trail.deepest_db()), (Some(-0.5), Some(-3.0)));
        trail.reset();
        assert_eq!(trail.deepest_db(), Some(0.0));
    }

    #[test]
    fn ten_seconds_are_kept() {
        let mut trail = Trail::default();
        for tenth in 0..200 {
            trail.add(f64::from(tenth) * 0.1, moment(-f64::from(tenth) as f32));
        }
        assert_eq!(trail.gains().len(), CAPACITY);
        assert_eq!(trail.gains()[CAPACITY - 1], -199.0);
    }
}
