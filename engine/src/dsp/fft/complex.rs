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

/// A forward transform of one length on split parts, from one buffer to the other and back.
#[derive(Debug, Clone)]
pub(super) struct Transform {
    length: usize,
    passes: Arc<[Pass]>,
    re: [Vec<f64>; 2],
    im: [Vec<f64>; 2],
}

impl Transform {
    pub(super) fn new(length: usize) -> Transform {
        let mut passes = Vec::new();
        let (mut left, mut stride) = (length, 1);
        while left > 1 {
            let radix = factor(left);
            let count = left / radix;
            let turns = (0..count).flat_map(|p| (1..radix).map(move |k| root(p * k, left))).collect();
            let roots = (0..radix).map(|k| root(k, radix)).collect();
            passes.push(Pass { radix, count, stride, turns, roots });
            left = count;
            stride *= radix;
        }
        let buffers = || [vec![0.0; length], vec![0.0; length]];
        Transform { length, passes: passes.into(), re: buffers(), im: buffers() }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Where the input goes: real and imaginary parts.
    pub(super) fn input(&mut self) -> (&mut [f64], &mut [f64]) {
        (&mut self.re[0], &mut self.im[0])
    }

    /// Transforms the input; gives real and imaginary parts.
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

/// The next radix of a length.
fn factor(length: usize) -> usize {
    match length {
        _ if length.is_multiple_of(4) => 4,
        _ if length.is_multiple_of(2) => 2,
        _ => (3..).step_by(2).take_while(|p| p * p <= length).find(|p| length.is_multiple_of(*p)).unwrap_or(length),
    }
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
    fn run(&self, re: &[f64], im: &[f64], re_out: &mut [f64], im_out: &mut [f64]) {
        match self.radix {
            2 => self.run_fixed::<2>(re, im, re_out, im_out, two),
            3 => self.run_fixed::<3>(re, im, re_out, im_out, three),
            4 => self.run_fixed::<4>(re, im, re_out, im_out, four),
            5 => self.run_fixed::<5>(re, im, re_out, im_out, |x, y| odd(&self.roots, x, y)),
            7 => self.run_fixed::<7>(re, im, re_out, im_out, |x, y| odd(&self.roots, x, y)),
            _ => self.run_any(re, im, re_out, im_out),
        }
    }

    #[inline(always)]
    fn run_fixed<const R: usize>(
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
            let re_out = &mut re_out[stride * R * p..][..stride * R];
            let im_out = &mut im_out[stride * R * p..][..stride * R];
            for q in 0..stride {
                let mut x: [f64; R] = std::array::from_fn(|k| re_in[k][q]);
                let mut y: [f64; R] = std::array::from_fn(|k| im_in[k][q]);
                butterfly(&mut x, &mut y);
                for k in 0..R {
                    let (cosine, sine) = turns[k];
                    re_out[q + stride * k] = x[k] * cosine - y[k] * sine;
                    im_out[q + stride * k] = x[k] * sine + y[k] * cosine;
                }
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
fn odd<const R: usize>(roots: &[(f64, f64)], x: &mut [f64; R], y: &mut [f64; R]) {
    let (x_in, y_in) = (*x, *y);
    for n in 1..R {
        x[0] += x_in[n];
        y[0] += y_in[n];
    }
    for k in 1..=R / 2 {
        let (mut even, mut turn) = ((x_in[0], y_in[0]), (0.0, 0.0));
        for n in 1..=R / 2 {
            let (cosine, sine) = roots[n * k % R];
            even.0 += cosine * (x_in[n] + x_in[R - n]);
            even.1 += cosine * (y_in[n] + y_in[R - n]);
            turn.0 -= sine * (y_in[n] - y_in[R - n]);
            turn.1 += sine * (x_in[n] - x_in[R - n]);
        }
        (x[k], y[k]) = (even.0 + turn.0, even.1 + turn.1);
        (x[R - k], y[R - k]) = (even.0 - turn.0, even.1 - turn.1);
    }
}
