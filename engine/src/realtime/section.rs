//! The monitor section: after the tap that delivers, so nothing here can reach a file.

use crate::audio::Block;
use crate::unit::Db;

/// What is heard alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Solo {
    /// Everything.
    #[default]
    None,
    /// The left channel, from its own speaker.
    Left,
    /// The right channel, from its own speaker.
    Right,
    /// (L+R)/2 on both sides, as what it is beside the side.
    Mid,
    /// (L-R)/2 on both sides.
    Side,
}

/// The same master at another playback level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// At the level that is set.
    #[default]
    None,
    /// As soft as it is heard in a kitchen.
    Quiet,
    /// As loud as it is heard in a club.
    Loud,
}

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
    /// What is heard alone.
    pub solo: Solo,
    /// Mono from the left speaker alone.
    pub one_speaker: bool,
    /// The same at another level.
    pub check: Check,
    /// By how much the quiet and the loud check change the level.
    pub checks: (Db, Db),
    /// Level of this set of speakers against the others.
    pub offset: Db,
    /// Pair of the device's outputs, 0 for the first.
    pub pair: usize,
    /// Each ear hears a little of the other side, as before loudspeakers: for headphones.
    pub crossfeed: bool,
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
            solo: Solo::None,
            one_speaker: false,
            check: Check::None,
            // From 83 dB SPL to a conversation's 60, and to 10 dB more.
            checks: (Db(-23.0), Db(10.0)),
            offset: Db(0.0),
            pair: 0,
            crossfeed: false,
        }
    }
}

impl Section {
    /// The same speakers at the same level with every key back.
    pub fn neutral(&self) -> Section {
        let Section { gain, offset, pair, dim_amount, checks, .. } = *self;
        Section { gain, offset, pair, dim_amount, checks, ..Section::default() }
    }

    /// Whether samples pass untouched.
    pub fn is_neutral(&self) -> bool {
        self.amplitude() == 1.0 && self.matrix() == [[1.0, 0.0], [0.0, 1.0]] && !self.crossfeed && self.pair == 0
    }

    /// What keeps samples from passing untouched, in words; the level comes last.
    pub fn alterations(&self) -> Vec<&'static str> {
        let solo = match self.solo {
            Solo::None => None,
            Solo::Left => Some("left alone"),
            Solo::Right => Some("right alone"),
            Solo::Mid => Some("mid alone"),
            Solo::Side => Some("side alone"),
        };
        let check = match self.check {
            Check::None => None,
            Check::Quiet => Some("quiet check"),
            Check::Loud => Some("loud check"),
        };
        let said = |on: bool, word| on.then_some(word);
        [
            said(self.mute, "mute"),
            said(self.dim, "dim"),
            said(self.mono || self.one_speaker, if self.one_speaker { "mono, one speaker" } else { "mono" }),
            solo,
            said(self.swap, "swap"),
            said(self.polarity, "polarity"),
            check,
            said(self.crossfeed, "cross-feed"),
            said(self.matched.0 != 0.0, "matched level"),
            said(self.gain.0 + self.offset.0 != 0.0, "level"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Linear level.
    pub fn amplitude(&self) -> f64 {
        if self.mute {
            return 0.0;
        }
        let dim = if self.dim { self.dim_amount.0 } else { 0.0 };
        let check = match self.check {
            Check::None => 0.0,
            Check::Quiet => self.checks.0.0,
            Check::Loud => self.checks.1.0,
        };
        let sum = self.gain.0 + self.matched.0 + self.offset.0 + dim + check;
        if self.gain.0 == f64::NEG_INFINITY { 0.0 } else { Db(sum).amplitude() }
    }

    /// Factors from left and right to each output.
    fn matrix(&self) -> [[f64; 2]; 2] {
        let sign = if self.polarity { -1.0 } else { 1.0 };
        let (left, right) = if self.swap { ([0.0, sign], [1.0, 0.0]) } else { ([1.0, 0.0], [0.0, sign]) };
        let mix = |factor: f64| [0.5 * (left[0] + factor * right[0]), 0.5 * (left[1] + factor * right[1])];
        let none = [0.0; 2];
        let alone = match self.solo {
            Solo::None => [left, right],
            Solo::Left => [left, none],
            Solo::Right => [none, right],
            Solo::Mid => [mix(1.0); 2],
            Solo::Side => [mix(-1.0); 2],
        };
        let half = |side: usize| 0.5 * (alone[0][side] + alone[1][side]);
        match (self.mono || self.one_speaker, self.one_speaker) {
            (false, _) => alone,
            (true, false) => [[half(0), half(1)]; 2],
            (true, true) => [[half(0), half(1)], none],
        }
    }
}

/// The silence between two pairs of outputs is reached in 10 ms at 48 kHz.
const HUSH_FRAMES: usize = 480;

/// Cross-feed for headphones after Bauer ("Stereophonic Earphones and Binaural Loudspeakers", JAES 9, 1961) in the
/// form of bs2b with its usual setting: what the far ear hears is low-passed at 700 Hz and 4.5 dB softer at the bottom; the
/// direct sound is raised at the top, so that a mono programme stays within 2 dB of what it was.
#[derive(Debug, Clone, Copy)]
struct Crossfeed {
    on: bool,
    share: f64,
    step: f64,
    /// Gain and pole of the far side's low-pass.
    far: [f64; 2],
    /// Gains and pole of the near side's shelf.
    near: [f64; 3],
    level: f64,
    /// Per side: low-pass, shelf, last input.
    states: [[f64; 3]; 2],
}

impl Crossfeed {
    /// 700 Hz, and the difference of both ears at the bottom, dB.
    const CUT_HZ: f64 = 700.0;
    const FEED_DB: f64 = 4.5;

    fn new(on: bool, rate_hz: f64) -> Crossfeed {
        let low = Db(Crossfeed::FEED_DB * -5.0 / 6.0 - 3.0).amplitude();
        let high = 1.0 - Db(Crossfeed::FEED_DB / 6.0 - 3.0).amplitude();
        let octaves = (20.0 * libm::log10(low) - 20.0 * libm::log10(high)) / 12.0;
        let pole = |cut: f64| libm::exp(-std::f64::consts::TAU * cut / rate_hz);
        let (one, other) = (pole(Crossfeed::CUT_HZ), pole(Crossfeed::CUT_HZ * libm::exp2(octaves)));
        Crossfeed {
            on,
            share: 0.0,
            step: 1.0 / (0.02 * rate_hz).max(1.0),
            far: [low * (1.0 - one), one],
            near: [1.0 - high * (1.0 - other), -other, other],
            level: 1.0 / (1.0 - high + low),
            states: [[0.0; 3]; 2],
        }
    }

    fn is_off(&self) -> bool {
        !self.on && self.share == 0.0
    }

    fn process(&mut self, left: &mut [f64], right: &mut [f64]) {
        if self.is_off() {
            return;
        }
        for (l, r) in left.iter_mut().zip(right) {
            let by = if self.on { self.step } else { -self.step };
            self.share = (self.share + by).clamp(0.0, 1.0);
            for (state, input) in self.states.iter_mut().zip([*l, *r]) {
                state[0] = self.far[0] * input + self.far[1] * state[0];
                state[1] = self.near[0] * input + self.near[1] * state[2] + self.near[2] * state[1];
                state[2] = input;
            }
            let near = |side: usize| (self.states[side][1] + self.states[1 - side][0]) * self.level;
            *l += (near(0) - *l) * self.share;
            *r += (near(1) - *r) * self.share;
        }
        if self.is_off() {
            self.states = [[0.0; 3]; 2];
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
    /// Pair of outputs that plays, and the one that will once it is silent.
    pair: usize,
    next_pair: usize,
    /// Frames into the silence between two pairs.
    hush: usize,
    feed: Crossfeed,
}

impl Speakers {
    pub(super) fn new(section: &Section, rate_hz: f64) -> Speakers {
        let (target, others) = aim(section);
        // 20 ms: a switch is soft and still feels immediate.
        let step = 1.0 / (0.02 * rate_hz).max(1.0);
        // The first sound rises from silence.
        let silent = [[0.0; 2]; 2];
        let feed = Crossfeed::new(section.crossfeed, rate_hz);
        let from = (silent, 0.0);
        let (pair, next_pair) = (section.pair, section.pair);
        Speakers {
            now: silent,
            target,
            others: 0.0,
            others_target: others,
            step,
            moving: 0.0,
            from,
            pair,
            next_pair,
            hush: 0,
            feed,
        }
    }

    pub(super) fn set(&mut self, section: &Section) {
        self.next_pair = section.pair;
        self.feed.on = section.crossfeed;
        let (target, others) = aim(section);
        if (target, others) != (self.target, self.others_target) {
            self.from = (self.now, self.others);
            (self.target, self.others_target) = (target, others);
            self.moving = 0.0;
        }
    }

    /// Whether samples pass untouched now.
    pub(super) fn is_neutral(&self) -> bool {
        let level = self.now == [[1.0, 0.0], [0.0, 1.0]] && self.others == 1.0 && self.now == self.target;
        level && self.feed.is_off() && (self.pair, self.next_pair, self.hush) == (0, 0, 0)
    }

    pub(super) fn process(&mut self, block: &mut Block) {
        if self.is_neutral() {
            return;
        }
        let frames = block.frames();
        if let Some((left, right)) = block.pair_mut() {
            self.feed.process(left, right);
        }
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
        self.route(block);
    }

    /// Brings the first pair to the pair that plays; a change of pairs goes through silence.
    fn route(&mut self, block: &mut Block) {
        let pairs = (block.channels() / 2).max(1);
        if self.pair == self.next_pair && self.hush == 0 && self.pair == 0 {
            return;
        }
        for frame in 0..block.frames() {
            if self.pair != self.next_pair {
                self.hush += 1;
                if self.hush >= HUSH_FRAMES {
                    self.pair = self.next_pair;
                }
            } else {
                self.hush = self.hush.saturating_sub(1);
            }
            let level = 1.0 - self.hush as f64 / HUSH_FRAMES as f64;
            let to = 2 * self.pair.min(pairs - 1);
            for channel in 0..2.min(block.channels()) {
                let sample = block.channel(channel)[frame] * level;
                if to > 0 {
                    block.channel_mut(channel)[frame] = 0.0;
                }
                block.channel_mut(to + channel)[frame] = sample;
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
        assert_eq!(settled(with(|s| s.solo = Solo::Side), 0.25, 0.75), (-0.25, -0.25));
        assert_eq!(settled(with(|s| s.solo = Solo::Mid), 0.25, 0.75), (0.5, 0.5));
        assert_eq!(settled(with(|s| s.solo = Solo::Left), 0.25, 0.75), (0.25, 0.0));
        assert_eq!(settled(with(|s| s.solo = Solo::Right), 0.25, 0.75), (0.0, 0.75));
        assert_eq!(settled(with(|s| s.one_speaker = true), 0.25, 0.75), (0.5, 0.0));
        assert_eq!(settled(with(|s| s.swap = true), 0.25, 0.75), (0.75, 0.25));
        assert_eq!(settled(with(|s| s.polarity = true), 0.25, 0.75), (0.25, -0.75));
        assert_eq!(settled(with(|s| s.mute = true), 0.25, 0.75), (0.0, 0.0));
        let (left, _) = settled(with(|s| s.dim = true), 1.0, 0.0);
        assert!((left - 0.1).abs() < 1e-12);
        let (left, _) = settled(with(|s| s.check = Check::Quiet), 1.0, 0.0);
        assert!((left - Db(-23.0).amplitude()).abs() < 1e-12);
        let (left, _) = settled(with(|s| (s.check, s.gain, s.offset) = (Check::Loud, Db(-12.0), Db(2.0))), 1.0, 0.0);
        assert!((left - 1.0).abs() < 1e-12);
    }

    #[test]
    fn another_pair_plays_after_a_silence_and_the_first_is_left() {
        let mut speakers = Speakers::new(&Section::default(), 1000.0);
        let four = || Block::from_channels(&[vec![0.5; 2000], vec![0.25; 2000], vec![0.0; 2000], vec![0.0; 2000]]);
        speakers.process(&mut four());
        speakers.set(&Section { pair: 1, ..Section::default() });
        let mut block = four();
        speakers.process(&mut block);
        let last = |channel: usize| block.channel(channel)[1999];
        assert_eq!([last(0), last(1), last(2), last(3)], [0.0, 0.0, 0.5, 0.25]);
        for channel in 0..4 {
            assert!(block.channel(channel).windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.0021), "{channel}");
        }
        assert!(!speakers.is_neutral());
    }

    #[test]
    fn crossfeed_leaves_mono_even_and_narrows_the_bottom() {
        let section = Section { crossfeed: true, ..Section::default() };
        for (hz, most, least) in [(50.0, -4.0, -5.0), (8000.0, -18.0, -60.0)] {
            let mut speakers = Speakers::new(&section, 48_000.0);
            let tone: Vec<f64> =
                (0..48_000).map(|i| libm::sin(i as f64 * std::f64::consts::TAU * hz / 48_000.0)).collect();
            let mut block = Block::from_channels(&[tone.clone(), vec![0.0; 48_000]]);
            speakers.process(&mut block);
            let peak =
                |channel: usize| block.channel(channel)[40_000..].iter().fold(0.0f64, |most, x| most.max(x.abs()));
            let difference = 20.0 * libm::log10(peak(1) / peak(0));
            assert!(difference < most && difference > least, "{hz} Hz: {difference} dB");
            let mut mono = Block::from_channels(&[tone.clone(), tone]);
            speakers.process(&mut mono);
            let power: f64 = mono.channel(0)[24_000..].iter().map(|x| x * x).sum();
            let level = 10.0 * libm::log10(2.0 * power / 24_000.0);
            assert!((-2.0..0.2).contains(&level), "{hz} Hz: {level} dB");
        }
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
