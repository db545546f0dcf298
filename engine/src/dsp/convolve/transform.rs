//! A transform of two real signals at a time, made for convolution.
//!
//! A real sequence `h` of up to `2B` samples is folded to `B` complex ones, `h[n] - i·h[n + B]`, each turned by
//! `e^(-iπn/2B)`: their ordinary transform is the frequency response of `h` at the odd angles `2π(k + 1/4)/B`. A product
//! of two such spectra is the *linear* convolution of two sequences of `B` samples: the real part is its first half, the
//! negative imaginary part its second ("right-angle" convolution: H. J. Nussbaumer, Fast Fourier Transform and
//! Convolution Algorithms, 1982, ch. 8). No pass over mirrored bins is needed, so bins may stay in the order in which the
//! passes leave them: forward by decimation in frequency, back by decimation in time, in place.
//!
//! The two signals stand side by side in every bin: the same arithmetic on neighbours is what vector units do, on any
//! machine with the same bits.

use std::f64::consts::PI;
use std::sync::Arc;

use crate::dsp::wide::{Four, InFours, in_fours};

/// One point of two signals: their real parts, then their imaginary parts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(align(32))]
pub struct Bin([f64; 4]);

/// One pass: butterflies of four over blocks of `length` bins, of two where the length is 2.
#[derive(Debug)]
struct Pass {
    length: usize,
    /// For each place in a quarter the turns of the second, third and fourth output: cosine and sine.
    turns: Vec<[f64; 6]>,
}

/// Transforms of one size, a power of two.
#[derive(Debug, Clone)]
pub struct Transform {
    passes: Arc<[Pass]>,
    /// `cos` and `sin` of `πn/2B`.
    twist: Arc<[[f64; 2]]>,
}

/// What turns `(re, im)` exchanged into a product with i.
const QUARTER: [f64; 4] = [-1.0, -1.0, 1.0, 1.0];

impl Bin {
    /// From real and imaginary parts.
    pub fn new(re: [f64; 2], im: [f64; 2]) -> Bin {
        Bin([re[0], re[1], im[0], im[1]])
    }

    /// Real parts.
    pub fn re(&self) -> [f64; 2] {
        [self.0[0], self.0[1]]
    }

    /// Imaginary parts.
    pub fn im(&self) -> [f64; 2] {
        [self.0[2], self.0[3]]
    }

    #[inline(always)]
    pub(super) fn four<V: Four>(&self) -> V {
        V::load(&self.0)
    }

    #[inline(always)]
    pub(super) fn put<V: Four>(&mut self, four: V) {
        four.store(&mut self.0);
    }
}

/// Times i.
#[inline(always)]
fn quarter<V: Four>(bin: V) -> V {
    bin.halves_exchanged().times(V::load(&QUARTER))
}

/// Times `cosine + i·sine`.
#[inline(always)]
fn turned<V: Four>(bin: V, cosine: f64, sine: f64) -> V {
    let across = V::splat(sine).times(V::load(&QUARTER));
    bin.times(V::splat(cosine)).plus(bin.halves_exchanged().times(across))
}

/// Each signal of one bin times its own in another.
#[inline(always)]
pub(super) fn product<V: Four>(a: V, b: V) -> V {
    let across = b.high_twice().times(V::load(&QUARTER));
    a.times(b.low_twice()).plus(a.halves_exchanged().times(across))
}

impl Pass {
    fn new(length: usize) -> Pass {
        let turn = |i: usize| {
            let mut turn = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
            for power in 1..4 {
                let angle = 2.0 * PI * (i * power) as f64 / length as f64;
                turn[2 * power - 2] = libm::cos(angle);
                turn[2 * power - 1] = -libm::sin(angle);
            }
            turn
        };
        Pass { length, turns: (0..length / 4).map(turn).collect() }
    }

    /// The butterflies `from..to` of four bins each.
    #[inline(always)]
    fn each<V: Four, const FORWARD: bool>(&self, bins: &mut [Bin], from: usize, to: usize) {
        let quarter = self.length / 4;
        if quarter == 1 {
            for [a, b, c, d] in bins[4 * from..4 * to].as_chunks_mut::<4>().0 {
                butterfly::<V, FORWARD>([a, b, c, d], &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
            }
            return;
        }
        let mut at = from;
        while at < to {
            let (block, start) = (at / quarter, at % quarter);
            let count = (quarter - start).min(to - at);
            let (first, rest) = bins[block * self.length..][..self.length].split_at_mut(quarter);
            let (second, rest) = rest.split_at_mut(quarter);
            let (third, fourth) = rest.split_at_mut(quarter);
            let first = first[start..start + count].iter_mut().zip(&mut second[start..start + count]);
            let third = third[start..start + count].iter_mut().zip(&mut fourth[start..start + count]);
            for (((a, b), (c, d)), turns) in first.zip(third).zip(&self.turns[start..start + count]) {
                butterfly::<V, FORWARD>([a, b, c, d], turns);
            }
            at += count;
        }
    }

    #[inline(always)]
    fn halves<V: Four>(bins: &mut [Bin], from: usize, to: usize) {
        for [a, b] in bins[4 * from..4 * to].as_chunks_mut::<2>().0 {
            let (x, y): (V, V) = (a.four(), b.four());
            a.put(x.plus(y));
            b.put(x.minus(y));
        }
    }

    #[inline(always)]
    fn forward<V: Four>(&self, bins: &mut [Bin], from: usize, to: usize) {
        if self.length == 2 {
            return Pass::halves::<V>(bins, from, to);
        }
        self.each::<V, true>(bins, from, to);
    }

    #[inline(always)]
    fn inverse<V: Four>(&self, bins: &mut [Bin], from: usize, to: usize) {
        if self.length == 2 {
            return Pass::halves::<V>(bins, from, to);
        }
        self.each::<V, false>(bins, from, to);
    }
}

/// Four bins and their turns, which come after the butterfly on the way forward, before it on the way back.
#[inline(always)]
fn butterfly<V: Four, const FORWARD: bool>(bins: [&mut Bin; 4], turns: &[f64; 6]) {
    let (a, mut b, mut c, mut d): (V, V, V, V) = (bins[0].four(), bins[1].four(), bins[2].four(), bins[3].four());
    if !FORWARD {
        b = turned(b, turns[0], -turns[1]);
        c = turned(c, turns[2], -turns[3]);
        d = turned(d, turns[4], -turns[5]);
    }
    let (even, odd) = (a.plus(c), b.plus(d));
    let (evens, odds) = (a.minus(c), quarter(b.minus(d)));
    let [first, second, third, fourth] = bins;
    first.put(even.plus(odd));
    if FORWARD {
        second.put(turned(evens.minus(odds), turns[0], turns[1]));
        third.put(turned(even.minus(odd), turns[2], turns[3]));
        fourth.put(turned(evens.plus(odds), turns[4], turns[5]));
    } else {
        second.put(evens.plus(odds));
        third.put(even.minus(odd));
        fourth.put(evens.minus(odds));
    }
}

impl Transform {
    /// Transforms of `size` bins, rounded up to a power of two, at least 8. Worker threads only: allocates.
    pub fn new(size: usize) -> Transform {
        let size = size.next_power_of_two().max(8);
        let mut passes = Vec::new();
        let mut length = size;
        while length > 1 {
            passes.push(Pass::new(length));
            length = if length >= 4 { length / 4 } else { 1 };
        }
        let twist = |n: usize| {
            let (sin, cos) = libm::sincos(PI * n as f64 / (2 * size) as f64);
            [cos, sin]
        };
        Transform { passes: passes.into(), twist: (0..size).map(twist).collect() }
    }

    /// Number of bins.
    pub fn size(&self) -> usize {
        self.twist.len()
    }

    /// Number of passes of one way.
    pub fn passes(&self) -> usize {
        self.passes.len()
    }

    /// Units of work of a pass: any cut of them into ranges gives the same bits.
    pub fn units(&self) -> usize {
        self.size() / 4
    }

    /// The place in a spectrum of each bin's frequency `k`; the angle is `2π(k + 1/4)/B` radians per frame.
    pub fn frequency(&self, place: usize) -> usize {
        let (mut length, mut place, mut step, mut frequency) = (self.size(), place, 1, 0);
        while length >= 4 {
            let quarter = length / 4;
            frequency += step * (place / quarter);
            place %= quarter;
            (length, step) = (quarter, step * 4);
        }
        frequency + step * place
    }

    /// Folds the first `B` samples of two signals at `from..to`, times `scale`, into bins ready for the passes.
    #[inline(always)]
    pub fn twist(&self, samples: &[[f64; 2]], bins: &mut [Bin], from: usize, to: usize, scale: f64) {
        for ((bin, sample), [cos, sin]) in bins[from..to].iter_mut().zip(&samples[from..to]).zip(&self.twist[from..to])
        {
            let sample = [sample[0] * scale, sample[1] * scale];
            *bin = Bin([sample[0] * cos, sample[1] * cos, sample[0] * -sin, sample[1] * -sin]);
        }
    }

    /// Undoes the turn of the bin at `place`: the samples `n` and `n + B` of both signals.
    #[inline(always)]
    pub fn untwisted(&self, bin: &Bin, place: usize) -> ([f64; 2], [f64; 2]) {
        let [cos, sin] = self.twist[place];
        let (re, im) = (bin.re(), bin.im());
        let near = [re[0] * cos - im[0] * sin, re[1] * cos - im[1] * sin];
        (near, [-(re[0] * sin + im[0] * cos), -(re[1] * sin + im[1] * cos)])
    }

    /// Units `from..to` of forward pass `pass`. For [`crate::dsp::wide`].
    #[inline(always)]
    pub(super) fn forward<V: Four>(&self, pass: usize, bins: &mut [Bin], from: usize, to: usize) {
        self.passes[pass].forward::<V>(bins, from, to);
    }

    /// Units `from..to` of inverse pass `pass`, without scaling: there and back multiply by `B`.
    pub fn inverse(&self, pass: usize, bins: &mut [Bin], from: usize, to: usize) {
        in_fours(Inverse { transform: self, pass, bins, from, to });
    }

    /// The same for [`crate::dsp::wide`].
    #[inline(always)]
    pub(super) fn inverse_in<V: Four>(&self, pass: usize, bins: &mut [Bin], from: usize, to: usize) {
        self.passes[self.passes.len() - 1 - pass].inverse::<V>(bins, from, to);
    }
}

struct Inverse<'a> {
    transform: &'a Transform,
    pass: usize,
    bins: &'a mut [Bin],
    from: usize,
    to: usize,
}

impl InFours for Inverse<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        self.transform.inverse_in::<V>(self.pass, self.bins, self.from, self.to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> f64 {
        ((n * n * 7 + 3 * n) % 23) as f64 - 11.0
    }

    #[test]
    fn bins_are_the_response_at_odd_angles() {
        for size in [8, 16, 32, 64] {
            let transform = Transform::new(size);
            let samples: Vec<[f64; 2]> = (0..size).map(|n| [noise(n), noise(n + 5)]).collect();
            let mut bins = vec![Bin::default(); size];
            transform.twist(&samples, &mut bins, 0, size, 1.0);
            for pass in 0..transform.passes() {
                transform.forward::<[f64; 4]>(pass, &mut bins, 0, 1);
                transform.forward::<[f64; 4]>(pass, &mut bins, 1, transform.units());
            }
            for (place, bin) in bins.iter().enumerate() {
                let theta = 2.0 * PI * (transform.frequency(place) as f64 + 0.25) / size as f64;
                for lane in 0..2 {
                    let sum = |turn: fn(f64) -> f64| -> f64 {
                        samples.iter().enumerate().map(|(n, x)| x[lane] * turn(theta * n as f64)).sum()
                    };
                    assert!((bin.re()[lane] - sum(libm::cos)).abs() < 1e-9, "{size} {place}");
                    assert!((bin.im()[lane] + sum(libm::sin)).abs() < 1e-9, "{size} {place}");
                }
            }
            for pass in 0..transform.passes() {
                transform.inverse(pass, &mut bins, 0, transform.units());
            }
            for (place, sample) in samples.iter().enumerate() {
                let (head, tail) = transform.untwisted(&bins[place], place);
                assert!((head[1] / size as f64 - sample[1]).abs() < 1e-12 && tail[0].abs() < 1e-9);
            }
        }
    }
}
