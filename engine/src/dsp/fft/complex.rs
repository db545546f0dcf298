use std::f64::consts::PI;
use std::sync::Arc;

use super::butterfly::{self, Butterfly, Odd, Three, Two};
use crate::dsp::wide::{Four, Lanes};

/// Numbers by which the imaginary parts stand off from where the real ones would share their lines of the cache.
const APART: usize = 136;

/// One pass of the transform: butterflies of `radix` over groups of `stride` neighbours.
#[derive(Debug)]
struct Pass {
    radix: usize,
    /// Butterflies per group: what is left of the length after this pass.
    count: usize,
    stride: usize,
    /// For each butterfly the factors of its outputs 1 to radix - 1: cosine and sine.
    turns: Vec<(f64, f64)>,
    /// The same of a first pass of four, one row after the other: the cosines of output 1, its sines, those of output 2;
    /// each as often as there are neighbours.
    rows: Vec<f64>,
    /// e^(-2πik/radix), for radices without a butterfly of their own.
    roots: Vec<(f64, f64)>,
}

/// Forward transforms of one length on split parts, from one buffer to the other and back. Several signals may be
/// transformed side by side: sample `n` of signal `k` of `lanes` stands at `n * lanes + k`, and no signal hears another.
#[derive(Debug, Clone)]
pub(super) struct Transform {
    length: usize,
    passes: Arc<[Pass]>,
    re: [Vec<f64>; 2],
    /// After the first numbers, which keep the parts apart.
    im: [Vec<f64>; 2],
}

impl Transform {
    pub(super) fn new(length: usize, lanes: usize) -> Transform {
        let mut passes = Vec::new();
        let (mut left, mut stride) = (length, lanes);
        while left > 1 {
            let radix = factor(left, stride == lanes);
            let pass = Pass::new(radix, left, stride);
            left = pass.count;
            stride *= radix;
            passes.push(pass);
        }
        let buffers = |before: usize| [vec![0.0; before + length * lanes], vec![0.0; before + length * lanes]];
        Transform { length, passes: passes.into(), re: buffers(0), im: buffers(APART) }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Where the input goes: real and imaginary parts.
    #[inline(always)]
    pub(super) fn input(&mut self) -> (&mut [f64], &mut [f64]) {
        (&mut self.re[0], &mut self.im[0][APART..])
    }

    /// Transforms the input; gives real and imaginary parts. For [`crate::dsp::wide`].
    #[inline(always)]
    pub(super) fn run<V: Four>(&mut self) -> (&[f64], &[f64]) {
        for pass in self.passes.iter() {
            let [re, re_out] = &mut self.re;
            let [im, im_out] = &mut self.im;
            pass.run::<V>(re, &im[APART..], re_out, &mut im_out[APART..]);
            self.re.swap(0, 1);
            self.im.swap(0, 1);
        }
        (&self.re[0], &self.im[0][APART..])
    }
}

/// The next radix of a length: a four where it can be the first, which has a pass of its own and leaves all later ones
/// whole fours of neighbours; then the odd ones, whose many rows would otherwise stand at powers of two and share a few
/// lines of the cache; then a single two, and fours.
fn factor(length: usize, first: bool) -> usize {
    let twos = length.trailing_zeros();
    let odd = length >> twos;
    if first && twos >= 2 {
        return 4;
    }
    if odd > 1 {
        return largest_prime(odd);
    }
    if twos.is_multiple_of(2) { 4 } else { 2 }
}

fn largest_prime(mut number: usize) -> usize {
    let mut prime = 3;
    while prime * prime <= number {
        if number.is_multiple_of(prime) && number > prime {
            number /= prime;
        } else {
            prime += 2;
        }
    }
    number
}

/// e^(-2πik/n). Exact at the quarters.
fn root(k: usize, n: usize) -> (f64, f64) {
    let k = k % n;
    if (4 * k).is_multiple_of(n) {
        return [(1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0)][4 * k / n];
    }
    let angle = 2.0 * PI * k as f64 / n as f64;
    (libm::cos(angle), -libm::sin(angle))
}

impl Pass {
    /// The pass of `radix` over what is left of a length.
    fn new(radix: usize, left: usize, stride: usize) -> Pass {
        let count = left / radix;
        let turns: Vec<(f64, f64)> = (0..count).flat_map(|p| (1..radix).map(move |k| root(p * k, left))).collect();
        let mut rows = Vec::new();
        if radix == 4 && stride <= 2 {
            for k in 0..3 {
                let row = || (0..count).flat_map(|p| std::iter::repeat_n(turns[3 * p + k], stride));
                rows.extend(row().map(|(cosine, _)| cosine));
                rows.extend(row().map(|(_, sine)| sine));
            }
        }
        Pass { radix, count, stride, turns, rows, roots: (0..radix).map(|k| root(k, radix)).collect() }
    }

    #[inline(always)]
    fn run<V: Four>(&self, re: &[f64], im: &[f64], re_out: &mut [f64], im_out: &mut [f64]) {
        match self.radix {
            2 => self.run_fixed::<V, 2>(&Two, re, im, re_out, im_out),
            3 => self.run_fixed::<V, 3>(&Three, re, im, re_out, im_out),
            4 if !self.rows.is_empty() && (self.stride * self.count).is_multiple_of(4) => {
                self.run_first::<V>(re, im, re_out, im_out);
            }
            4 => self.run_fixed::<V, 4>(&butterfly::Four, re, im, re_out, im_out),
            5 => self.run_fixed::<V, 5>(&Odd(self.roots_of()), re, im, re_out, im_out),
            7 => self.run_fixed::<V, 7>(&Odd(self.roots_of()), re, im, re_out, im_out),
            _ => self.run_any(re, im, re_out, im_out),
        }
    }

    #[inline(always)]
    fn roots_of<const R: usize>(&self) -> [(f64, f64); R] {
        let mut roots = [(0.0, 0.0); R];
        roots.copy_from_slice(&self.roots[..R]);
        roots
    }

    /// The first pass of four: neighbours are butterflies, and what they give stands in columns.
    #[inline(always)]
    fn run_first<V: Four>(&self, re: &[f64], im: &[f64], re_out: &mut [f64], im_out: &mut [f64]) {
        let row = self.stride * self.count;
        for at in (0..row).step_by(4) {
            let mut x = [V::splat(0.0); 4];
            let mut y = x;
            for k in 0..4 {
                (x[k], y[k]) = (V::load(&re[row * k + at..]), V::load(&im[row * k + at..]));
            }
            butterfly::Four.apply(&mut x, &mut y);
            for k in 1..4 {
                let (cosine, sine) =
                    (V::load(&self.rows[row * (2 * k - 2) + at..]), V::load(&self.rows[row * (2 * k - 1) + at..]));
                (x[k], y[k]) = turned(x[k], y[k], cosine, sine);
            }
            let (re_out, im_out) = (&mut re_out[4 * at..4 * at + 16], &mut im_out[4 * at..4 * at + 16]);
            if self.stride == 1 {
                let (x, y) = (V::transposed(x), V::transposed(y));
                for k in 0..4 {
                    x[k].store(&mut re_out[4 * k..]);
                    y[k].store(&mut im_out[4 * k..]);
                }
            } else {
                let ((re_low, re_high), (im_low, im_high)) = (re_out.split_at_mut(8), im_out.split_at_mut(8));
                for k in 0..4 {
                    x[k].store_halves(&mut re_low[2 * k..], &mut re_high[2 * k..]);
                    y[k].store_halves(&mut im_low[2 * k..], &mut im_high[2 * k..]);
                }
            }
        }
    }

    #[inline(always)]
    fn run_fixed<V: Four, const R: usize>(
        &self,
        butterfly: &impl Butterfly<R>,
        re: &[f64],
        im: &[f64],
        re_out: &mut [f64],
        im_out: &mut [f64],
    ) {
        let stride = self.stride;
        let whole = stride - stride % V::COUNT;
        for p in 0..self.count {
            let turns = &self.turns[p * (R - 1)..(p + 1) * (R - 1)];
            for q in (0..whole).step_by(V::COUNT) {
                self.block::<V, R>(butterfly, p, q, turns, re, im, re_out, im_out);
            }
            for q in whole..stride {
                self.block::<f64, R>(butterfly, p, q, turns, re, im, re_out, im_out);
            }
        }
    }

    /// Butterfly `p` of some neighbours from `q` on.
    #[inline(always)]
    fn block<V: Lanes, const R: usize>(
        &self,
        butterfly: &impl Butterfly<R>,
        p: usize,
        q: usize,
        turns: &[(f64, f64)],
        re: &[f64],
        im: &[f64],
        re_out: &mut [f64],
        im_out: &mut [f64],
    ) {
        let (stride, count) = (self.stride, self.count);
        let mut x = [V::splat(0.0); R];
        let mut y = x;
        for k in 0..R {
            let at = stride * (p + count * k) + q;
            (x[k], y[k]) = (V::load(&re[at..]), V::load(&im[at..]));
        }
        butterfly.apply(&mut x, &mut y);
        let at = stride * R * p + q;
        x[0].store(&mut re_out[at..]);
        y[0].store(&mut im_out[at..]);
        for k in 1..R {
            // The last pass turns nothing.
            if count > 1 {
                let (cosine, sine) = turns[k - 1];
                (x[k], y[k]) = turned(x[k], y[k], V::splat(cosine), V::splat(sine));
            }
            x[k].store(&mut re_out[at + stride * k..]);
            y[k].store(&mut im_out[at + stride * k..]);
        }
    }

    /// By the definition: for primes that no usual rate has.
    fn run_any(&self, re: &[f64], im: &[f64], re_out: &mut [f64], im_out: &mut [f64]) {
        let (radix, stride, count) = (self.radix, self.stride, self.count);
        for p in 0..count {
            for q in 0..stride {
                for k in 0..radix {
                    let (mut x, mut y) = (0.0, 0.0);
                    for n in 0..radix {
                        let (cosine, sine) = self.roots[n * k % radix];
                        let place = q + stride * (p + count * n);
                        x += re[place] * cosine - im[place] * sine;
                        y += re[place] * sine + im[place] * cosine;
                    }
                    let (cosine, sine) = if k == 0 { (1.0, 0.0) } else { self.turns[p * (radix - 1) + k - 1] };
                    let place = q + stride * (radix * p + k);
                    re_out[place] = x * cosine - y * sine;
                    im_out[place] = x * sine + y * cosine;
                }
            }
        }
    }
}

/// Times `cosine + i·sine`.
#[inline(always)]
fn turned<V: Lanes>(x: V, y: V, cosine: V, sine: V) -> (V, V) {
    (x.times(cosine).minus(y.times(sine)), x.times(sine).plus(y.times(cosine)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::wide::{InFours, in_fours};

    struct Run<'a>(&'a mut Transform);

    impl InFours for Run<'_> {
        type Output = Vec<u64>;

        #[inline(always)]
        fn run<V: Four>(self) -> Vec<u64> {
            let (re, im) = self.0.run::<V>();
            re.iter().chain(im).map(|value| value.to_bits()).collect()
        }
    }

    #[test]
    fn wider_registers_change_no_bit_and_signals_side_by_side_no_bit_of_each_other() {
        for length in [1, 2, 3, 4, 8, 12, 20, 49, 56, 64, 147, 176, 2352, 5120] {
            let signal = |n: usize, lane: usize| libm::sin((n * n) as f64 + 5.0 * lane as f64);
            let filled = |lanes: usize, first: usize| {
                let mut transform = Transform::new(length, lanes);
                let (re, im) = transform.input();
                for n in 0..length {
                    for lane in 0..lanes {
                        re[n * lanes + lane] = signal(n, first + lane);
                        im[n * lanes + lane] = signal(n, first + lane + 7);
                    }
                }
                transform
            };
            for lanes in [1, 2] {
                let plain = Run(&mut filled(lanes, 0)).run::<[f64; 4]>();
                assert!(plain == in_fours(Run(&mut filled(lanes, 0))), "{length} {lanes}");
            }
            let pair = in_fours(Run(&mut filled(2, 0)));
            let of = |lane: usize| pair.iter().skip(lane).step_by(2).copied().collect::<Vec<u64>>();
            // What the other signal is has no say; where it stands has none either.
            let moved = in_fours(Run(&mut filled(2, 1)));
            assert!(of(1) == moved.iter().step_by(2).copied().collect::<Vec<u64>>(), "{length}");
        }
    }
}
