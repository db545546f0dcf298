//! How two channels relate: correlation, balance, width, side against mid.
//!
//! Correlation is the phase meter's: the mean of L times R over the root of both powers, no mean removed. The sliding
//! window is 600 ms, the integration time of such meters.

use std::collections::VecDeque;

use super::Extreme;
use super::finite::finite;
use crate::audio::Block;
use crate::unit::{Db, Frames, SampleRate};

/// Steps of a sliding window.
const WINDOW_STEPS: usize = 12;
/// Steps in a second: 50 ms each, so a window is 600 ms.
const STEPS_PER_SECOND: u32 = 20;
/// Windows quieter than this (dBFS, mean of both) say nothing about phase: it is noise that is compared.
const FLOOR_DBFS: f64 = -70.0;

/// Products of two channels.
#[derive(Debug, Clone, Copy, Default)]
struct Products {
    left: f64,
    right: f64,
    both: f64,
}

/// The relation of the first two channels, fed with blocks in order.
#[derive(Debug, Clone)]
pub struct Stereo {
    step_frames: usize,
    filled: usize,
    frames: u64,
    step: Products,
    total: Products,
    window: VecDeque<Products>,
    floor: f64,
    lowest: Option<Extreme<f64>>,
    differs: bool,
}

impl Stereo {
    /// A measurement at a rate.
    pub fn new(rate: SampleRate) -> Stereo {
        let step_frames = (rate.0 / STEPS_PER_SECOND).max(1) as usize;
        Stereo {
            step_frames,
            filled: 0,
            frames: 0,
            step: Products::default(),
            total: Products::default(),
            window: VecDeque::with_capacity(WINDOW_STEPS + 1),
            floor: 2.0 * libm::pow(10.0, FLOOR_DBFS / 10.0) * (step_frames * WINDOW_STEPS) as f64,
            lowest: None,
            differs: false,
        }
    }

    /// Measures the next block; a block of fewer than two channels is passed over.
    pub fn process(&mut self, block: &Block) {
        self.process_finite(&finite(block));
    }

    /// The same for a block that is known to be finite.
    pub(super) fn process_finite(&mut self, block: &Block) {
        if block.channels() < 2 {
            return;
        }
        let (left, right) = (block.channel(0), block.channel(1));
        self.differs |= left != right;
        let mut start = 0;
        while start < left.len() {
            let end = (start + self.step_frames - self.filled).min(left.len());
            self.step.add(&left[start..end], &right[start..end]);
            self.filled += end - start;
            self.frames += (end - start) as u64;
            start = end;
            if self.filled == self.step_frames {
                self.end_step();
            }
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Stereo::new(SampleRate(self.step_frames as u32 * STEPS_PER_SECOND));
    }

    /// Correlation over everything, -1 to 1; `None` where a channel is silent.
    pub fn correlation(&self) -> Option<f64> {
        self.whole().correlation()
    }

    /// Correlation over the last 600 ms; `None` where a channel is silent there.
    pub fn correlation_now(&self) -> Option<f64> {
        self.sliding().correlation()
    }

    /// The lowest correlation of any 600 ms above -70 dBFS, and the frame where that window ends.
    pub fn lowest_correlation(&self) -> Option<Extreme<f64>> {
        self.lowest
    }

    /// Power of the right channel over the left, in decibels: positive leans right. `None` where a channel is silent.
    pub fn balance(&self) -> Option<Db> {
        self.whole().balance()
    }

    /// Balance over the last 600 ms.
    pub fn balance_now(&self) -> Option<Db> {
        self.sliding().balance()
    }

    /// Share of the power that lies in the side: 0 mono, 0.5 unrelated channels, 1 nothing but side. `None` in silence.
    pub fn width(&self) -> Option<f64> {
        self.whole().width()
    }

    /// Width over the last 600 ms.
    pub fn width_now(&self) -> Option<f64> {
        self.sliding().width()
    }

    /// Side over mid in decibels; `None` where either is silent.
    pub fn side_over_mid(&self) -> Option<Db> {
        let width = self.width()?;
        (width > 0.0 && width < 1.0).then(|| Db(10.0 * libm::log10(width / (1.0 - width))))
    }

    /// Change of level when both channels become one: 0 dB the same in both, -3.01 unrelated; `None` in silence and where
    /// nothing is left.
    pub fn mono_loss(&self) -> Option<Db> {
        self.whole().mono_loss()
    }

    /// The same over the last 600 ms.
    pub fn mono_loss_now(&self) -> Option<Db> {
        self.sliding().mono_loss()
    }

    /// Side over mid over the last 600 ms.
    pub fn side_over_mid_now(&self) -> Option<Db> {
        let width = self.width_now()?;
        (width > 0.0 && width < 1.0).then(|| Db(10.0 * libm::log10(width / (1.0 - width))))
    }

    /// Whether both channels are the same, sample for sample, and not silent.
    pub fn is_dual_mono(&self) -> bool {
        !self.differs && self.whole().left > 0.0
    }

    fn end_step(&mut self) {
        self.total.join(self.step);
        self.window.push_back(std::mem::take(&mut self.step));
        self.filled = 0;
        if self.window.len() > WINDOW_STEPS {
            self.window.pop_front();
        }
        let sliding = self.sliding();
        if self.window.len() < WINDOW_STEPS || sliding.left + sliding.right < self.floor {
            return;
        }
        if let Some(value) = sliding.correlation().filter(|value| self.lowest.is_none_or(|held| *value < held.value)) {
            self.lowest = Some(Extreme { value, at: Frames(self.frames) });
        }
    }

    fn whole(&self) -> Products {
        let mut whole = self.total;
        whole.join(self.step);
        whole
    }

    fn sliding(&self) -> Products {
        let mut sum = Products::default();
        self.window.iter().for_each(|step| sum.join(*step));
        sum
    }
}

impl Products {
    fn add(&mut self, left: &[f64], right: &[f64]) {
        for (l, r) in left.iter().zip(right) {
            self.left += l * l;
            self.right += r * r;
            self.both += l * r;
        }
    }

    fn join(&mut self, other: Products) {
        self.left += other.left;
        self.right += other.right;
        self.both += other.both;
    }

    fn correlation(&self) -> Option<f64> {
        let power = (self.left * self.right).sqrt();
        (power > 0.0).then(|| (self.both / power).clamp(-1.0, 1.0))
    }

    fn balance(&self) -> Option<Db> {
        (self.left > 0.0 && self.right > 0.0).then(|| Db(10.0 * libm::log10(self.right / self.left)))
    }

    fn mono_loss(&self) -> Option<Db> {
        let power = self.left + self.right;
        let kept = 0.5 + self.both / power;
        (power > 0.0 && kept > 0.0).then(|| Db(10.0 * libm::log10(kept)))
    }

    fn width(&self) -> Option<f64> {
        let power = self.left + self.right;
        (power > 0.0).then(|| (0.5 - self.both / power).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(left: Vec<f64>, right: Vec<f64>) -> Stereo {
        let mut stereo = Stereo::new(SampleRate(100));
        stereo.process(&Block::from_channels(&[left, right]));
        stereo
    }

    #[test]
    fn the_corners_of_the_goniometer() {
        let signal: Vec<f64> = (0..100).map(|n| if n % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let inverted: Vec<f64> = signal.iter().map(|s| -s).collect();
        let half: Vec<f64> = signal.iter().map(|s| s / 2.0).collect();

        let mono = measured(signal.clone(), signal.clone());
        assert_eq!((mono.correlation(), mono.width()), (Some(1.0), Some(0.0)));
        assert_eq!((mono.balance(), mono.side_over_mid(), mono.is_dual_mono()), (Some(Db(0.0)), None, true));

        let out_of_phase = measured(signal.clone(), inverted);
        assert_eq!((out_of_phase.correlation(), out_of_phase.width()), (Some(-1.0), Some(1.0)));
        assert_eq!(out_of_phase.mono_loss(), None);
        assert_eq!(out_of_phase.lowest_correlation(), Some(Extreme { value: -1.0, at: Frames(60) }));

        let left_heavy = measured(signal.clone(), half);
        assert!((left_heavy.balance().unwrap().0 + 6.0206).abs() < 1e-4);
        assert_eq!((mono.mono_loss(), left_heavy.is_dual_mono()), (Some(Db(0.0)), false));

        let one_sided = measured(signal, vec![0.0; 100]);
        assert_eq!((one_sided.correlation(), one_sided.balance(), one_sided.width()), (None, None, Some(0.5)));
    }

    #[test]
    fn noise_near_silence_is_not_judged() {
        let faint: Vec<f64> = (0..100).map(|n| if n % 2 == 0 { 1e-5 } else { -1e-5 }).collect();
        let inverted = faint.iter().map(|s| -s).collect();
        assert_eq!(measured(faint, inverted).lowest_correlation(), None);
    }

    #[test]
    fn the_lowest_window_is_found_where_it_ends() {
        let left: Vec<f64> = (0..300).map(|n| if n % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let right = left.iter().enumerate().map(|(n, s)| if (100..160).contains(&n) { -s } else { *s }).collect();
        let found = measured(left, right).lowest_correlation().unwrap();
        assert_eq!(found, Extreme { value: -1.0, at: Frames(160) });
    }
}
