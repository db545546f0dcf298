//! The monitor section: after the tap that delivers, so nothing here can reach a file.

use crate::audio::Block;
use crate::unit::Db;

/// How the programme reaches the speakers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Level of the loudspeakers; minus infinity is silence.
    pub gain: Db,
    /// Level that makes what is compared equally loud; 0 while nothing is.
    pub matched: Db,
    /// Lowered for talking.
    pub dim: bool,
    /// By how much.
    pub dim_amount: Db,
    /// Silence.
    pub mute: bool,
    /// (L+R)/2 on both sides.
    pub mono: bool,
    /// Left and right exchanged.
    pub swap: bool,
    /// Right channel's polarity turned.
    pub polarity: bool,
    /// (L-R)/2 on both sides.
    pub side: bool,
}

impl Default for Section {
    fn default() -> Section {
        Section {
            gain: Db(0.0),
            matched: Db(0.0),
            dim: false,
            // 20 dB: what console monitor sections dim by.
            dim_amount: Db(-20.0),
            mute: false,
            mono: false,
            swap: false,
            polarity: false,
            side: false,
        }
    }
}

impl Section {
    /// Whether samples pass untouched.
    pub fn is_neutral(&self) -> bool {
        self.gain.0 == 0.0
            && self.matched.0 == 0.0
            && self.matrix() == [[1.0, 0.0], [0.0, 1.0]]
            && !self.dim
            && !self.mute
    }

    /// Linear level.
    pub fn amplitude(&self) -> f64 {
        if self.mute {
            return 0.0;
        }
        let dim = if self.dim { self.dim_amount.0 } else { 0.0 };
        if self.gain.0 == f64::NEG_INFINITY { 0.0 } else { Db(self.gain.0 + self.matched.0 + dim).amplitude() }
    }

    /// Factors from left and right to each output.
    fn matrix(&self) -> [[f64; 2]; 2] {
        let sign = if self.polarity { -1.0 } else { 1.0 };
        let (left, right) = if self.swap { ([0.0, sign], [1.0, 0.0]) } else { ([1.0, 0.0], [0.0, sign]) };
        let mix = |factor: f64| [0.5 * (left[0] + factor * right[0]), 0.5 * (left[1] + factor * right[1])];
        if self.mono {
            [mix(1.0); 2]
        } else if self.side {
            [mix(-1.0); 2]
        } else {
            [left, right]
        }
    }
}

/// A [`Section`] at work: every change moves within 20 ms, so that no switch clicks.
#[derive(Debug, Clone)]
pub(super) struct Speakers {
    now: [[f64; 2]; 2],
    target: [[f64; 2]; 2],
    /// Level of channels past the first pair.
    others: f64,
    others_target: f64,
    step: f64,
    moving: f64,
    from: ([[f64; 2]; 2], f64),
}

impl Speakers {
    pub(super) fn new(section: &Section, rate_hz: f64) -> Speakers {
        let (target, others) = aim(section);
        // 20 ms: a switch is soft and still feels immediate.
        let step = 1.0 / (0.02 * rate_hz).max(1.0);
        // The first sound rises from silence.
        let silent = [[0.0; 2]; 2];
        Speakers { now: silent, target, others: 0.0, others_target: others, step, moving: 0.0, from: (silent, 0.0) }
    }

    pub(super) fn set(&mut self, section: &Section) {
        let (target, others) = aim(section);
        if (target, others) != (self.target, self.others_target) {
            self.from = (self.now, self.others);
            (self.target, self.others_target) = (target, others);
            self.moving = 0.0;
        }
    }

    /// Whether samples pass untouched now.
    pub(super) fn is_neutral(&self) -> bool {
        self.now == [[1.0, 0.0], [0.0, 1.0]] && self.others == 1.0 && self.now == self.target
    }

    pub(super) fn process(&mut self, block: &mut Block) {
        if self.is_neutral() {
            return;
        }
        let frames = block.frames();
        if block.channels() < 2 {
            for sample in block.channel_mut(0) {
                *sample *= self.others;
                self.advance();
            }
            return;
        }
        let start = (self.now, self.others, self.moving);
        for channel in 2..block.channels() {
            (self.now, self.others, self.moving) = start;
            for sample in block.channel_mut(channel) {
                self.advance();
                *sample *= self.others;
            }
        }
        (self.now, self.others, self.moving) = start;
        if let Some((left, right)) = block.pair_mut() {
            for frame in 0..frames {
                self.advance();
                let (l, r) = (left[frame], right[frame]);
                left[frame] = l * self.now[0][0] + r * self.now[0][1];
                right[frame] = l * self.now[1][0] + r * self.now[1][1];
            }
        }
    }

    fn advance(&mut self) {
        if self.moving >= 1.0 {
            return;
        }
        self.moving = (self.moving + self.step).min(1.0);
        if self.moving >= 1.0 {
            (self.now, self.others) = (self.target, self.others_target);
            return;
        }
        let mix = |from: f64, to: f64| from + (to - from) * self.moving;
        for (row, now) in self.now.iter_mut().enumerate() {
            for (column, factor) in now.iter_mut().enumerate() {
                *factor = mix(self.from.0[row][column], self.target[row][column]);
            }
        }
        self.others = mix(self.from.1, self.others_target);
    }
}

fn aim(section: &Section) -> ([[f64; 2]; 2], f64) {
    let level = section.amplitude();
    (section.matrix().map(|row| row.map(|factor| factor * level)), level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(section: Section, left: f64, right: f64) -> (f64, f64) {
        let mut speakers = Speakers::new(&section, 1000.0);
        let mut block = Block::from_channels(&[vec![left; 100], vec![right; 100]]);
        speakers.process(&mut block);
        (block.channel(0)[99], block.channel(1)[99])
    }

    #[test]
    fn every_key_does_what_it_says() {
        let with = |change: fn(&mut Section)| {
            let mut section = Section::default();
            change(&mut section);
            section
        };
        assert_eq!(settled(Section::default(), 0.3, 0.7), (0.3, 0.7));
        assert_eq!(settled(with(|s| s.mono = true), 0.25, 0.75), (0.5, 0.5));
        assert_eq!(settled(with(|s| s.side = true), 0.25, 0.75), (-0.25, -0.25));
        assert_eq!(settled(with(|s| s.swap = true), 0.25, 0.75), (0.75, 0.25));
        assert_eq!(settled(with(|s| s.polarity = true), 0.25, 0.75), (0.25, -0.75));
        assert_eq!(settled(with(|s| s.mute = true), 0.25, 0.75), (0.0, 0.0));
        let (left, _) = settled(with(|s| s.dim = true), 1.0, 0.0);
        assert!((left - 0.1).abs() < 1e-12);
    }

    #[test]
    fn neutral_is_bit_exact_and_changes_are_soft() {
        let mut speakers = Speakers::new(&Section::default(), 1000.0);
        let mut block = Block::from_channels(&[vec![1.0; 100], vec![1.0; 100]]);
        speakers.process(&mut block);
        assert!(speakers.is_neutral());
        assert!(block.channel(0).windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 0.0501));
        let mut section = Section::default();
        assert!(section.is_neutral());
        section.mute = true;
        speakers.set(&section);
        assert!(!speakers.is_neutral());
    }
}
