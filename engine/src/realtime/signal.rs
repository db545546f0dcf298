//! Test signals for setting the level of loudspeakers: pink noise and tones at -20 dBFS RMS, the level at which a speaker
//! is brought to its sound pressure (SMPTE RP 200, Katz's K-System).

use std::f64::consts::TAU;

use crate::audio::Block;
use crate::unit::{Db, Hertz, SampleRate};

/// Level of every test signal, RMS of a channel against full scale 1.0 (a full-scale sine has -3 dB).
pub const LEVEL: Db = Db(-20.0);

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Signal {
    /// Pink noise over the whole band.
    Pink,
    /// Pink noise in the octave around this frequency.
    Octave(Hertz),
    /// A sine.
    Tone(Hertz),
}

/// A test signal ready for the audio thread: plain data, brought to [`LEVEL`] when it was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Generator {
    signal: Signal,
    seed: u64,
    /// State of the filter that makes white noise pink.
    pink: [f64; 6],
    /// Two band-passes in a row: coefficients and states.
    band: [f64; 3],
    states: [[f64; 2]; 2],
    /// The sine as a turning pointer: no function is called on the audio thread.
    pointer: [f64; 2],
    turn: [f64; 2],
    level: f64,
}

impl Generator {
    /// A signal at `rate`; frequencies stay under 0.45 of the rate.
    pub fn new(signal: Signal, rate: SampleRate) -> Generator {
        let mut generator = Generator {
            signal,
            seed: 0x9e37_79b9_7f4a_7c15,
            pink: [0.0; 6],
            band: [0.0; 3],
            states: [[0.0; 2]; 2],
            pointer: [1.0, 0.0],
            turn: [1.0, 0.0],
            level: 1.0,
        };
        let angle = |frequency: Hertz| TAU * frequency.0.min(0.45 * rate.hz()) / rate.hz();
        match signal {
            Signal::Pink => {}
            Signal::Octave(middle) => {
                // Constant-peak band-pass (Bristow-Johnson), Q 1.41: an octave between its -3 dB points.
                let (theta, q) = (angle(middle), std::f64::consts::SQRT_2);
                let alpha = libm::sin(theta) / (2.0 * q);
                let first = 1.0 + alpha;
                generator.band = [alpha / first, -2.0 * libm::cos(theta) / first, (1.0 - alpha) / first];
            }
            Signal::Tone(frequency) => generator.turn = [libm::cos(angle(frequency)), libm::sin(angle(frequency))],
        }
        generator.level = Db(LEVEL.0).amplitude() / generator.rms(rate);
        generator
    }

    /// What is played.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// RMS of what it makes over some seconds, long enough for low octaves.
    fn rms(&self, rate: SampleRate) -> f64 {
        if let Signal::Tone(_) = self.signal {
            return std::f64::consts::FRAC_1_SQRT_2;
        }
        let mut copy = *self;
        let frames = (8.0 * rate.hz()) as usize;
        let power: f64 = (0..frames).map(|_| copy.raw()).map(|value| value * value).sum();
        libm::sqrt(power / frames as f64)
    }

    /// The next sample.
    pub fn sample(&mut self) -> f64 {
        self.raw() * self.level
    }

    fn raw(&mut self) -> f64 {
        match self.signal {
            Signal::Pink => self.noise(),
            Signal::Octave(_) => {
                let mut value = self.noise();
                let [gain, one, two] = self.band;
                for state in &mut self.states {
                    // Transposed direct form 2 of gain (1 - z^-2) / (1 + one z^-1 + two z^-2).
                    let out = gain * value + state[0];
                    state[0] = state[1] - one * out;
                    state[1] = -gain * value - two * out;
                    value = out;
                }
                value
            }
            Signal::Tone(_) => {
                let ([x, y], [cos, sin]) = (self.pointer, self.turn);
                let next = [x * cos - y * sin, x * sin + y * cos];
                // Keeps the pointer's length at 1 against rounding.
                let mend = 1.5 - 0.5 * (next[0] * next[0] + next[1] * next[1]);
                self.pointer = [next[0] * mend, next[1] * mend];
                self.pointer[1]
            }
        }
    }

    /// Pink noise by Kellet's filter of six poles (within 0.05 dB over nine octaves at 44.1 kHz).
    fn noise(&mut self) -> f64 {
        // Knuth's 64-bit linear congruential generator; its upper bits are the noise.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let white = (self.seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
        const POLES: [(f64, f64); 6] = [
            (0.998_86, 0.055_517_9),
            (0.993_32, 0.075_075_9),
            (0.969_00, 0.153_852_0),
            (0.866_50, 0.310_485_6),
            (0.550_00, 0.532_952_2),
            (-0.761_6, -0.016_898_0),
        ];
        let mut sum = white * 0.5362;
        for (state, (pole, gain)) in self.pink.iter_mut().zip(POLES) {
            *state = pole * *state + white * gain;
            sum += *state;
        }
        sum
    }
}

/// A test signal at work in place of the programme: it comes and goes within 20 ms.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Player {
    now: Option<Generator>,
    next: Option<Generator>,
    /// How far it has come, in frames of [`RISE_FRAMES`].
    rise: usize,
}

/// 20 ms at 48 kHz.
const RISE_FRAMES: usize = 960;

impl Player {
    pub(super) fn play(&mut self, generator: Option<Generator>) {
        self.next = generator;
        if self.rise == 0 {
            self.now = generator;
        }
    }

    /// Whether the programme is heard.
    pub(super) fn is_silent(&self) -> bool {
        self.now.is_none()
    }

    pub(super) fn process(&mut self, out: &mut Block) {
        if self.is_silent() {
            return;
        }
        for frame in 0..out.frames() {
            let (Some(generator), wanted) = (&mut self.now, self.next) else { return };
            let stays = wanted.is_some_and(|wanted| wanted.signal == generator.signal);
            self.rise = if stays { (self.rise + 1).min(RISE_FRAMES) } else { self.rise.saturating_sub(1) };
            let share = self.rise as f64 / RISE_FRAMES as f64;
            let signal = generator.sample() * share;
            for channel in 0..out.channels() {
                let sample = &mut out.channel_mut(channel)[frame];
                *sample = *sample * (1.0 - share) + if channel < 2 { signal } else { 0.0 };
            }
            if self.rise == 0 {
                self.now = wanted;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_has_the_level_it_says() {
        for rate in [SampleRate(44_100), SampleRate(96_000)] {
            for signal in
                [Signal::Pink, Signal::Octave(Hertz(125.0)), Signal::Octave(Hertz(8000.0)), Signal::Tone(Hertz(1000.0))]
            {
                let mut generator = Generator::new(signal, rate);
                let frames = 10 * rate.0 as usize;
                let power: f64 = (0..frames).map(|_| generator.sample()).map(|value| value * value).sum();
                let level = 10.0 * libm::log10(power / frames as f64);
                assert!((level - LEVEL.0).abs() < 0.3, "{signal:?} {rate}: {level}");
            }
        }
    }

    #[test]
    fn a_signal_comes_and_goes_without_a_step() {
        let mut player = Player::default();
        let tone = Generator::new(Signal::Tone(Hertz(100.0)), SampleRate(48_000));
        let mut out = Block::from_channels(&[vec![0.2; 6000], vec![0.2; 6000], vec![0.2; 6000]]);
        player.play(Some(tone));
        player.process(&mut out);
        assert!(out.channel(0).windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.003));
        assert_eq!(out.channel(2)[5999], 0.0);
        player.play(None);
        let mut out = Block::from_channels(&[vec![0.2; 6000], vec![0.2; 6000]]);
        player.process(&mut out);
        assert!(player.is_silent());
        assert_eq!(out.channel(1)[5999], 0.2);
        assert!(out.channel(0).windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.003));
    }
}
