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

/// One point of two signals.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    /// Real parts.
    pub re: [f64; 2],
    /// Imaginary parts.
    pub im: [f64; 2],
}

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

#[inline(always)]
fn plus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
fn minus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline(always)]
fn times(a: [f64; 2], by: f64) -> [f64; 2] {
    [a[0] * by, a[1] * by]
}

impl Bin {
    #[inline(always)]
    fn plus(self, other: Bin) -> Bin {
        Bin { re: plus(self.re, other.re), im: plus(self.im, other.im) }
    }

    #[inline(always)]
    fn minus(self, other: Bin) -> Bin {
        Bin { re: minus(self.re, other.re), im: minus(self.im, other.im) }
    }

    /// Times i.
    #[inline(always)]
    fn quarter(self) -> Bin {
        Bin { re: [-self.im[0], -self.im[1]], im: self.re }
    }

    /// Times `cosine + i·sine`.
    #[inline(always)]
    fn turned(self, cosine: f64, sine: f64) -> Bin {
        Bin {
            re: minus(times(self.re, cosine), times(self.im, sine)),
            im: plus(times(self.re, sine), times(self.im, cosine)),
        }
    }

    /// Each signal times its own in `other`, added to `self`.
    #[inline(always)]
    pub(super) fn with_product(self, a: &Bin, b: &Bin) -> Bin {
        let product = |x: [f64; 2], y: [f64; 2]| [x[0] * y[0], x[1] * y[1]];
        Bin {
            re: plus(self.re, minus(product(a.re, b.re), product(a.im, b.im))),
            im: plus(self.im, plus(product(a.re, b.im), product(a.im, b.re))),
        }
    }

    /// The two signals exchanged.
    #[inline(always)]
    pub(super) fn exchanged(&self) -> Bin {
        Bin { re: [self.re[1], self.re[0]], im: [self.im[1], self.im[0]] }
    }
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

    /// Runs `work` on the butterflies `from..to` of four bins each and their turns.
    #[inline(always)]
    fn each(&self, bins: &mut [Bin], from: usize, to: usize, work: impl Fn([&mut Bin; 4], &[f64; 6])) {
        let quarter = self.length / 4;
        if quarter == 1 {
            for four in bins[4 * from..4 * to].as_chunks_mut::<4>().0 {
                work(four.each_mut(), &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
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
                work([a, b, c, d], turns);
            }
            at += count;
        }
    }

    #[inline(always)]
    fn halves(bins: &mut [Bin], from: usize, to: usize) {
        for two in bins[4 * from..4 * to].as_chunks_mut::<2>().0 {
            let [a, b] = *two;
            *two = [a.plus(b), a.minus(b)];
        }
    }

    #[inline(always)]
    fn forward(&self, bins: &mut [Bin], from: usize, to: usize) {
        if self.length == 2 {
            return Pass::halves(bins, from, to);
        }
        self.each(bins, from, to, |[a, b, c, d], turns| {
            let (even, odd) = (a.plus(*c), b.plus(*d));
            let (evens, odds) = (a.minus(*c), b.minus(*d).quarter());
            *a = even.plus(odd);
            *b = evens.minus(odds).turned(turns[0], turns[1]);
            *c = even.minus(odd).turned(turns[2], turns[3]);
            *d = evens.plus(odds).turned(turns[4], turns[5]);
        });
    }

    #[inline(always)]
    fn inverse(&self, bins: &mut [Bin], from: usize, to: usize) {
        if self.length == 2 {
            return Pass::halves(bins, from, to);
        }
        self.each(bins, from, to, |[a, b, c, d], turns| {
            let (second, third) = (b.turned(turns[0], -turns[1]), c.turned(turns[2], -turns[3]));
            let fourth = d.turned(turns[4], -turns[5]);
            let (even, odd) = (a.plus(third), second.plus(fourth));
            let (evens, odds) = (a.minus(third), second.minus(fourth).quarter());
            *a = even.plus(odd);
            *b = evens.plus(odds);
            *c = even.minus(odd);
            *d = evens.minus(odds);
        });
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
            let sample = times(*sample, scale);
            *bin = Bin { re: times(sample, *cos), im: times(sample, -sin) };
        }
    }

    /// Undoes the turn of the bin at `place`: the samples `n` and `n + B` of both signals.
    #[inline(always)]
    pub fn untwisted(&self, bin: &Bin, place: usize) -> ([f64; 2], [f64; 2]) {
        let [cos, sin] = self.twist[place];
        let turned = bin.turned(cos, sin);
        (turned.re, [-turned.im[0], -turned.im[1]])
    }

    /// Units `from..to` of forward pass `pass`.
    #[inline(always)]
    pub fn forward(&self, pass: usize, bins: &mut [Bin], from: usize, to: usize) {
        self.passes[pass].forward(bins, from, to);
    }

    /// Units `from..to` of inverse pass `pass`, without scaling: there and back multiply by `B`.
    #[inline(always)]
    pub fn inverse(&self, pass: usize, bins: &mut [Bin], from: usize, to: usize) {
        self.passes[self.passes.len() - 1 - pass].inverse(bins, from, to);
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
                transform.forward(pass, &mut bins, 0, 1);
                transform.forward(pass, &mut bins, 1, transform.units());
            }
            for (place, bin) in bins.iter().enumerate() {
                let theta = 2.0 * PI * (transform.frequency(place) as f64 + 0.25) / size as f64;
                for lane in 0..2 {
                    let sum = |turn: fn(f64) -> f64| -> f64 {
                        samples.iter().enumerate().map(|(n, x)| x[lane] * turn(theta * n as f64)).sum()
                    };
                    assert!((bin.re[lane] - sum(libm::cos)).abs() < 1e-9, "{size} {place}");
                    assert!((bin.im[lane] + sum(libm::sin)).abs() < 1e-9, "{size} {place}");
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
