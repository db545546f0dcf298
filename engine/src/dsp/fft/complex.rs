use std::f64::consts::PI;
use std::sync::Arc;

/// One pass of the transform: butterflies of `radix` over groups of `stride` neighbours.
#[derive(Debug)]
struct Pass {
    radix: usize,
    /// Butterflies per group: what is left of the length after this pass.
    count: usize,
    stride: usize,
    /// For each butterfly the factors of its outputs 1 to radix - 1: cosine and sine.
    turns: Vec<(f64, f64)>,
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
    im: [Vec<f64>; 2],
}

impl Transform {
    pub(super) fn new(length: usize, lanes: usize) -> Transform {
        let mut passes = Vec::new();
        let (mut left, mut stride) = (length, lanes);
        while left > 1 {
            let radix = factor(left);
            let count = left / radix;
            let turns = (0..count).flat_map(|p| (1..radix).map(move |k| root(p * k, left))).collect();
            let roots = (0..radix).map(|k| root(k, radix)).collect();
            passes.push(Pass { radix, count, stride, turns, roots });
            left = count;
            stride *= radix;
        }
        let buffers = || [vec![0.0; length * lanes], vec![0.0; length * lanes]];
        Transform { length, passes: passes.into(), re: buffers(), im: buffers() }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Where the input goes: real and imaginary parts.
    #[inline(always)]
    pub(super) fn input(&mut self) -> (&mut [f64], &mut [f64]) {
        (&mut self.re[0], &mut self.im[0])
    }

    /// Transforms the input; gives real and imaginary parts. For [`crate::dsp::wide`].
    #[inline(always)]
    pub(super) fn run(&mut self) -> (&[f64], &[f64]) {
        for pass in self.passes.iter() {
            let [re, re_out] = &mut self.re;
            let [im, im_out] = &mut self.im;
            pass.run(re, im, re_out, im_out);
            self.re.swap(0, 1);
            self.im.swap(0, 1);
        }
        (&self.re[0], &self.im[0])
    }
}

/// The next radix of a length: odd ones first, so that later passes go through memory in steps that are not all powers
/// of two (those would share a few lines of the cache), and a single two before the fours.
fn factor(length: usize) -> usize {
    let odd = length >> length.trailing_zeros();
    if odd > 1 {
        // The largest prime is worked where neighbours are fewest; its cost is in its arithmetic.
        return largest_prime(odd);
    }
    if length.trailing_zeros().is_multiple_of(2) { 4 } else { 2 }
}

fn largest_prime(mut number: usize) -> usize {
    let mut prime = 3;
    while prime * prime <= number {
        if number.is_multiple_of(prime) {
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
    #[inline(always)]
    fn run(&self, re: &[f64], im: &[f64], re_out: &mut [f64], im_out: &mut [f64]) {
        match self.radix {
            2 => self.run_fixed::<2>(re, im, re_out, im_out, |_, x, y| two(x, y)),
            3 => self.run_fixed::<3>(re, im, re_out, im_out, |_, x, y| three(x, y)),
            4 => self.run_fixed::<4>(re, im, re_out, im_out, |_, x, y| four(x, y)),
            5 => self.run_fixed::<5>(re, im, re_out, im_out, odd),
            7 => self.run_fixed::<7>(re, im, re_out, im_out, odd),
            _ => self.run_any(re, im, re_out, im_out),
        }
    }

    /// Few neighbours are written out; many run as a loop.
    #[inline(always)]
    fn run_fixed<const R: usize>(
        &self,
        re: &[f64],
        im: &[f64],
        re_out: &mut [f64],
        im_out: &mut [f64],
        butterfly: impl Fn(&[(f64, f64); R], &mut [f64; R], &mut [f64; R]),
    ) {
        let mut roots = [(0.0, 0.0); R];
        roots.copy_from_slice(&self.roots);
        let turned = |x: &mut [f64; R], y: &mut [f64; R]| butterfly(&roots, x, y);
        match (self.stride, self.count) {
            (1, _) => self.run_few::<R, 1>(re, im, re_out, im_out, turned),
            (2, _) => self.run_few::<R, 2>(re, im, re_out, im_out, turned),
            (4, _) => self.run_few::<R, 4>(re, im, re_out, im_out, turned),
            (_, 1) => self.run_last(re, im, re_out, im_out, turned),
            _ => self.run_many(re, im, re_out, im_out, turned),
        }
    }

    #[inline(always)]
    fn run_few<const R: usize, const S: usize>(
        &self,
        re: &[f64],
        im: &[f64],
        re_out: &mut [f64],
        im_out: &mut [f64],
        butterfly: impl Fn(&mut [f64; R], &mut [f64; R]),
    ) {
        let count = self.count;
        for p in 0..count {
            let turns = &self.turns[p * (R - 1)..(p + 1) * (R - 1)];
            let re_in: [&[f64]; R] = std::array::from_fn(|k| &re[S * (p + count * k)..][..S]);
            let im_in: [&[f64]; R] = std::array::from_fn(|k| &im[S * (p + count * k)..][..S]);
            let re_out = &mut re_out[S * R * p..][..S * R];
            let im_out = &mut im_out[S * R * p..][..S * R];
            for q in 0..S {
                let mut x: [f64; R] = std::array::from_fn(|k| re_in[k][q]);
                let mut y: [f64; R] = std::array::from_fn(|k| im_in[k][q]);
                butterfly(&mut x, &mut y);
                (re_out[q], im_out[q]) = (x[0], y[0]);
                for k in 1..R {
                    let (cosine, sine) = turns[k - 1];
                    re_out[q + S * k] = x[k] * cosine - y[k] * sine;
                    im_out[q + S * k] = x[k] * sine + y[k] * cosine;
                }
            }
        }
    }

    #[inline(always)]
    fn run_many<const R: usize>(
        &self,
        re: &[f64],
        im: &[f64],
        re_out: &mut [f64],
        im_out: &mut [f64],
        butterfly: impl Fn(&mut [f64; R], &mut [f64; R]),
    ) {
        let (stride, count) = (self.stride, self.count);
        let mut turns = [(1.0, 0.0); R];
        for p in 0..count {
            turns[1..].copy_from_slice(&self.turns[p * (R - 1)..(p + 1) * (R - 1)]);
            let re_in: [&[f64]; R] = std::array::from_fn(|k| &re[stride * (p + count * k)..][..stride]);
            let im_in: [&[f64]; R] = std::array::from_fn(|k| &im[stride * (p + count * k)..][..stride]);
            let re_out = apart::<R>(&mut re_out[stride * R * p..][..stride * R], stride);
            let im_out = apart::<R>(&mut im_out[stride * R * p..][..stride * R], stride);
            for q in 0..stride {
                let mut x: [f64; R] = std::array::from_fn(|k| re_in[k][q]);
                let mut y: [f64; R] = std::array::from_fn(|k| im_in[k][q]);
                butterfly(&mut x, &mut y);
                (re_out[0][q], im_out[0][q]) = (x[0], y[0]);
                for k in 1..R {
                    let (cosine, sine) = turns[k];
                    re_out[k][q] = x[k] * cosine - y[k] * sine;
                    im_out[k][q] = x[k] * sine + y[k] * cosine;
                }
            }
        }
    }

    /// The last pass turns nothing.
    #[inline(always)]
    fn run_last<const R: usize>(
        &self,
        re: &[f64],
        im: &[f64],
        re_out: &mut [f64],
        im_out: &mut [f64],
        butterfly: impl Fn(&mut [f64; R], &mut [f64; R]),
    ) {
        let stride = self.stride;
        let re_in: [&[f64]; R] = std::array::from_fn(|k| &re[stride * k..][..stride]);
        let im_in: [&[f64]; R] = std::array::from_fn(|k| &im[stride * k..][..stride]);
        let (re_out, im_out) = (apart::<R>(re_out, stride), apart::<R>(im_out, stride));
        for q in 0..stride {
            let mut x: [f64; R] = std::array::from_fn(|k| re_in[k][q]);
            let mut y: [f64; R] = std::array::from_fn(|k| im_in[k][q]);
            butterfly(&mut x, &mut y);
            for k in 0..R {
                (re_out[k][q], im_out[k][q]) = (x[k], y[k]);
            }
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

/// `R` rows of `stride` of a slice that has as many: an empty row where it has fewer.
#[inline(always)]
fn apart<const R: usize>(slice: &mut [f64], stride: usize) -> [&mut [f64]; R] {
    let mut rows = slice.chunks_exact_mut(stride);
    std::array::from_fn(|_| rows.next().unwrap_or_default()).map(|row: &mut [f64]| &mut row[..stride])
}

#[inline(always)]
fn two(x: &mut [f64; 2], y: &mut [f64; 2]) {
    *x = [x[0] + x[1], x[0] - x[1]];
    *y = [y[0] + y[1], y[0] - y[1]];
}

#[inline(always)]
fn three(x: &mut [f64; 3], y: &mut [f64; 3]) {
    /// Sine of 60 degrees.
    const SINE: f64 = 0.866_025_403_784_438_6;
    let (sum_x, sum_y) = (x[1] + x[2], y[1] + y[2]);
    let (turn_x, turn_y) = (SINE * (y[1] - y[2]), -SINE * (x[1] - x[2]));
    let (middle_x, middle_y) = (x[0] - 0.5 * sum_x, y[0] - 0.5 * sum_y);
    *x = [x[0] + sum_x, middle_x + turn_x, middle_x - turn_x];
    *y = [y[0] + sum_y, middle_y + turn_y, middle_y - turn_y];
}

#[inline(always)]
fn four(x: &mut [f64; 4], y: &mut [f64; 4]) {
    let (even, odd) = ((x[0] + x[2], y[0] + y[2]), (x[1] + x[3], y[1] + y[3]));
    let (evens, odds) = ((x[0] - x[2], y[0] - y[2]), (y[1] - y[3], x[3] - x[1]));
    *x = [even.0 + odd.0, evens.0 + odds.0, even.0 - odd.0, evens.0 - odds.0];
    *y = [even.1 + odd.1, evens.1 + odds.1, even.1 - odd.1, evens.1 - odds.1];
}

/// An odd radix by sums and differences of the points that mirror each other.
#[inline(always)]
fn odd<const R: usize>(roots: &[(f64, f64); R], x: &mut [f64; R], y: &mut [f64; R]) {
    let (x_in, y_in) = (*x, *y);
    // Sums of mirrored points in the first half, their differences in the second.
    let (mut x_both, mut y_both) = ([0.0; R], [0.0; R]);
    for n in 1..=R / 2 {
        (x_both[n], x_both[R - n]) = (x_in[n] + x_in[R - n], x_in[n] - x_in[R - n]);
        (y_both[n], y_both[R - n]) = (y_in[n] + y_in[R - n], y_in[n] - y_in[R - n]);
        x[0] += x_both[n];
        y[0] += y_both[n];
    }
    for k in 1..=R / 2 {
        let (mut even, mut turn) = ((x_in[0], y_in[0]), (0.0, 0.0));
        for n in 1..=R / 2 {
            let (cosine, sine) = roots[n * k % R];
            even.0 += cosine * x_both[n];
            even.1 += cosine * y_both[n];
            turn.0 -= sine * y_both[R - n];
            turn.1 += sine * x_both[R - n];
        }
        (x[k], y[k]) = (even.0 + turn.0, even.1 + turn.1);
        (x[R - k], y[R - k]) = (even.0 - turn.0, even.1 - turn.1);
    }
}
