//! The raw material of the demo instruments: a sine table, band-limited saws, noise from integers, envelopes and the
//! state-variable filter. All of it gives the same bits on every machine: `libm` for tables and coefficients, plain
//! multiplication and addition per sample, no clock and no system randomness.
//!
//! Sources: Välimäki & Huovilainen, "Antialiasing Oscillators in Subtractive Synthesis" (2007), for the polynomial
//! band-limited step; Zavalishin, "The Art of VA Filter Design", ch. 4, for the filter; Steele et al., "Fast
//! Splittable Pseudorandom Number Generators" (2014), for the noise.

use std::f64::consts::{PI, TAU};
use std::sync::OnceLock;

/// Table steps per turn. Linear interpolation between 4096 steps errs by 3e-7 (-130 dB), below the 24-bit floor of
/// any instrument that is not alone at full scale.
const TABLE: usize = 4096;

/// Frames between two updates of a gliding filter coefficient.
pub const CONTROL: usize = 32;

fn table() -> &'static [f64] {
    static SINE: OnceLock<Vec<f64>> = OnceLock::new();
    SINE.get_or_init(|| (0..=TABLE).map(|i| libm::sin(TAU * i as f64 / TABLE as f64)).collect())
}

/// A sine read from a table by phase in turns.
#[derive(Clone, Copy)]
pub struct Sine(&'static [f64]);

impl Sine {
    pub fn new() -> Sine {
        Sine(table())
    }

    /// The sine at `turns`, which may be any finite number.
    #[inline]
    pub fn at(self, turns: f64) -> f64 {
        let place = (turns - turns.floor()) * TABLE as f64;
        let index = (place as usize).min(TABLE - 1);
        let fraction = place - index as f64;
        self.0[index] + (self.0[index + 1] - self.0[index]) * fraction
    }
}

/// A phase in turns.
#[derive(Clone, Copy, Default)]
pub struct Phase(pub f64);

impl Phase {
    /// Returns the phase and moves on by `step` turns.
    #[inline]
    pub fn next(&mut self, step: f64) -> f64 {
        let now = self.0;
        self.0 += step;
        if self.0 >= 1.0 {
            self.0 -= self.0.floor();
        }
        now
    }
}

/// A falling saw at ±1 with its step rounded over two frames.
#[inline]
pub fn saw(phase: f64, step: f64) -> f64 {
    1.0 - 2.0 * phase + rounded_step(phase, step)
}

/// A pulse of the given width at ±1, as the difference of two saws.
#[inline]
pub fn pulse(phase: f64, step: f64, width: f64) -> f64 {
    let shifted = phase + 1.0 - width;
    let shifted = if shifted >= 1.0 { shifted - 1.0 } else { shifted };
    saw(phase, step) - saw(shifted, step) + (1.0 - 2.0 * width)
}

#[inline]
fn rounded_step(phase: f64, step: f64) -> f64 {
    if phase < step {
        let t = phase / step;
        t + t - t * t - 1.0
    } else if phase > 1.0 - step {
        let t = (phase - 1.0) / step;
        t * t + t + t + 1.0
    } else {
        0.0
    }
}

/// White noise in ±1 from a counter and a seed.
#[derive(Clone, Copy)]
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Noise {
        Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    #[inline]
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        (word >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A level that falls by 60 dB in `seconds`.
#[derive(Clone, Copy)]
pub struct Decay {
    pub level: f64,
    factor: f64,
}

impl Decay {
    pub fn new(seconds: f64, rate: f64) -> Decay {
        // ln(1000): 60 dB.
        Decay { level: 1.0, factor: libm::exp(-6.907_755_278_982_137 / (seconds * rate)) }
    }

    #[inline]
    pub fn next(&mut self) -> f64 {
        let now = self.level;
        self.level *= self.factor;
        now
    }
}

/// Attack, decay to a sustained level, release; times in seconds.
#[derive(Clone, Copy)]
pub struct Shape {
    pub attack: f64,
    pub decay: f64,
    pub sustain: f64,
    pub release: f64,
}

/// A running [`Shape`]: a straight attack, exponential decay and release.
pub struct Envelope {
    level: f64,
    rise: f64,
    fall: f64,
    sustain: f64,
    let_go: f64,
    rising: bool,
    held: usize,
}

impl Envelope {
    /// An envelope held for `held` frames.
    pub fn new(shape: Shape, held: usize, rate: f64) -> Envelope {
        // A release or decay time names the fall by 60 dB.
        let per_frame = |seconds: f64| libm::exp(-6.907_755_278_982_137 / (seconds.max(1e-3) * rate));
        Envelope {
            level: 0.0,
            rise: 1.0 / (shape.attack.max(5e-4) * rate),
            fall: per_frame(shape.decay),
            sustain: shape.sustain,
            let_go: per_frame(shape.release),
            rising: true,
            held,
        }
    }

    /// Frames until the release has faded by 80 dB.
    pub fn frames(shape: Shape, held: usize, rate: f64) -> usize {
        held + (shape.release.max(1e-3) * 1.34 * rate) as usize
    }

    #[inline]
    pub fn next(&mut self) -> f64 {
        if self.held == 0 {
            self.level *= self.let_go;
            return self.level;
        }
        self.held -= 1;
        if self.rising {
            self.level += self.rise;
            if self.level >= 1.0 {
                self.level = 1.0;
                self.rising = false;
            }
        } else {
            self.level = self.sustain + (self.level - self.sustain) * self.fall;
        }
        self.level
    }
}

/// A state-variable filter with all three outputs.
#[derive(Clone, Copy, Default)]
pub struct Filter {
    g: f64,
    k: f64,
    scale: f64,
    first: f64,
    second: f64,
}

/// What passes a [`Filter`].
pub struct Bands {
    pub low: f64,
    pub band: f64,
    pub high: f64,
}

impl Filter {
    pub fn new(hertz: f64, q: f64, rate: f64) -> Filter {
        let mut filter = Filter::default();
        filter.tune(hertz, q, rate);
        filter
    }

    /// Moves the corner; the state stays. Corners above 0.45 of the rate stay there.
    pub fn tune(&mut self, hertz: f64, q: f64, rate: f64) {
        self.g = libm::tan(PI * hertz.clamp(5.0, 0.45 * rate) / rate);
        self.k = 1.0 / q;
        self.scale = 1.0 / (1.0 + self.g * (self.g + self.k));
    }

    #[inline]
    pub fn next(&mut self, input: f64) -> Bands {
        let high = (input - (self.g + self.k) * self.first - self.second) * self.scale;
        let band = self.g * high + self.first;
        let low = self.g * band + self.second;
        self.first = self.g * high + band;
        self.second = self.g * band + low;
        Bands { low, band, high }
    }
}

/// A soft limit at ±1: Padé's form of the hyperbolic tangent, exact at 0 and at ±3.
#[inline]
pub fn soften(x: f64) -> f64 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

/// The frequency of a MIDI pitch in hertz (69 is A at 440 Hz).
pub fn pitch_hertz(pitch: f64) -> f64 {
    440.0 * libm::exp2((pitch - 69.0) / 12.0)
}

/// A factor from decibels.
pub fn gain(decibels: f64) -> f64 {
    libm::exp10(decibels / 20.0)
}

/// Factors of left and right for a place from -1 (left) to 1 (right) at constant power.
pub fn pan(place: f64) -> (f64, f64) {
    let angle = (place.clamp(-1.0, 1.0) + 1.0) * PI / 4.0;
    (libm::cos(angle), libm::sin(angle))
}
