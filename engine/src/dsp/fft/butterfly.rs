use crate::dsp::wide::Lanes;

/// The transform of `R` points, on any number of neighbours at once.
pub(super) trait Butterfly<const R: usize> {
    fn apply<V: Lanes>(&self, x: &mut [V; R], y: &mut [V; R]);
}

pub(super) struct Two;
pub(super) struct Three;
pub(super) struct Four;
/// An odd radix by sums and differences of the points that mirror each other, with e^(-2πik/R).
pub(super) struct Odd<const R: usize>(pub(super) [(f64, f64); R]);

impl Butterfly<2> for Two {
    #[inline(always)]
    fn apply<V: Lanes>(&self, x: &mut [V; 2], y: &mut [V; 2]) {
        *x = [x[0].plus(x[1]), x[0].minus(x[1])];
        *y = [y[0].plus(y[1]), y[0].minus(y[1])];
    }
}

impl Butterfly<3> for Three {
    #[inline(always)]
    fn apply<V: Lanes>(&self, x: &mut [V; 3], y: &mut [V; 3]) {
        /// Sine of 60 degrees.
        const SINE: f64 = 0.866_025_403_784_438_6;
        let (sine, half) = (V::splat(SINE), V::splat(0.5));
        let (sum_x, sum_y) = (x[1].plus(x[2]), y[1].plus(y[2]));
        let (turn_x, turn_y) = (sine.times(y[1].minus(y[2])), sine.times(x[2].minus(x[1])));
        let (middle_x, middle_y) = (x[0].minus(half.times(sum_x)), y[0].minus(half.times(sum_y)));
        *x = [x[0].plus(sum_x), middle_x.plus(turn_x), middle_x.minus(turn_x)];
        *y = [y[0].plus(sum_y), middle_y.plus(turn_y), middle_y.minus(turn_y)];
    }
}

impl Butterfly<4> for Four {
    #[inline(always)]
    fn apply<V: Lanes>(&self, x: &mut [V; 4], y: &mut [V; 4]) {
        let (even, odd) = ((x[0].plus(x[2]), y[0].plus(y[2])), (x[1].plus(x[3]), y[1].plus(y[3])));
        let (evens, odds) = ((x[0].minus(x[2]), y[0].minus(y[2])), (y[1].minus(y[3]), x[3].minus(x[1])));
        *x = [even.0.plus(odd.0), evens.0.plus(odds.0), even.0.minus(odd.0), evens.0.minus(odds.0)];
        *y = [even.1.plus(odd.1), evens.1.plus(odds.1), even.1.minus(odd.1), evens.1.minus(odds.1)];
    }
}

impl<const R: usize> Butterfly<R> for Odd<R> {
    #[inline(always)]
    fn apply<V: Lanes>(&self, x: &mut [V; R], y: &mut [V; R]) {
        let (x_in, y_in) = (*x, *y);
        // Sums of mirrored points in the first half, their differences in the second.
        let (mut x_both, mut y_both) = (x_in, y_in);
        for n in 1..=R / 2 {
            (x_both[n], x_both[R - n]) = (x_in[n].plus(x_in[R - n]), x_in[n].minus(x_in[R - n]));
            (y_both[n], y_both[R - n]) = (y_in[n].plus(y_in[R - n]), y_in[n].minus(y_in[R - n]));
            x[0] = x[0].plus(x_both[n]);
            y[0] = y[0].plus(y_both[n]);
        }
        for k in 1..=R / 2 {
            let root = |n: usize| {
                let (cosine, sine) = self.0[n * k % R];
                (V::splat(cosine), V::splat(sine))
            };
            let (cosine, sine) = root(1);
            let mut even = (x_in[0].plus(cosine.times(x_both[1])), y_in[0].plus(cosine.times(y_both[1])));
            let mut turn = (sine.times(y_both[R - 1]), sine.times(x_both[R - 1]));
            for n in 2..=R / 2 {
                let (cosine, sine) = root(n);
                even = (even.0.plus(cosine.times(x_both[n])), even.1.plus(cosine.times(y_both[n])));
                turn = (turn.0.plus(sine.times(y_both[R - n])), turn.1.plus(sine.times(x_both[R - n])));
            }
            // The sine's sign stands in the root: e^(-iα) = cos α - i sin α.
            (x[k], y[k]) = (even.0.minus(turn.0), even.1.plus(turn.1));
            (x[R - k], y[R - k]) = (even.0.plus(turn.0), even.1.minus(turn.1));
        }
    }
}
