//! Deterministic test signals.

use std::f64::consts::TAU;

/// A sine of `hertz` at `rate`, amplitude `level`, `frames` long.
pub fn sine(rate: u32, hertz: f64, level: f64, frames: usize) -> Vec<f64> {
    (0..frames).map(|n| level * libm::sin(TAU * hertz * n as f64 / f64::from(rate))).collect()
}

/// White noise between −`level` and `level` from a counter: the same on every machine.
pub fn noise(seed: u64, level: f64, frames: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..frames).map(|_| level * next()).collect()
}

/// Something like music: a bass note, a chord, decaying hits every half second, a little noise; never periodic in a
/// way that hides an offset.
pub fn music(rate: u32, seed: u64, frames: usize) -> Vec<f64> {
    let hiss = noise(seed, 0.01, frames);
    let rate = f64::from(rate);
    let detune = 1.0 + seed as f64 * 0.013;
    (0..frames)
        .map(|n| {
            let t = n as f64 / rate;
            let beat = t % 0.5;
            let hit = 0.5 * libm::exp(-beat * 18.0) * libm::sin(TAU * (55.0 + 120.0 * libm::exp(-beat * 40.0)) * beat);
            let chord: f64 = [220.0, 277.2, 329.6].iter().map(|f| 0.06 * libm::sin(TAU * f * detune * t)).sum();
            let swell = 0.6 + 0.4 * libm::sin(TAU * 0.31 * t);
            hit + chord * swell + hiss[n]
        })
        .collect()
}

/// Rounds to a word of `bits`, as a file of that depth holds it.
pub fn quantised(samples: &[f64], bits: u32) -> Vec<f64> {
    let scale = f64::from(1u32 << (bits - 1));
    samples.iter().map(|sample| libm::floor(sample * scale + 0.5).clamp(-scale, scale - 1.0) / scale).collect()
}
