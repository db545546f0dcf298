//! The clipping curve and its mean over the way from one sample to the next.
//!
//! Between two samples of the high rate the signal is taken as a straight line, and what clipping takes away is
//! averaged along it under a triangle one sample wide to either side (second-order antiderivative antialiasing:
//! S. Bilbao, F. Esqueda, J. Parker, V. Välimäki, Antiderivative antialiasing for memoryless nonlinearities, IEEE
//! Signal Processing Letters 24(7), 2017). The curve is made of polynomials, so three Gauss points on each piece give
//! the average exactly, without the quotients of small differences of the usual form.

/// Where clipping begins and where it is complete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Knee {
    begin: f64,
    end: f64,
    ceiling: f64,
}

/// Points and half weights of Gauss and Legendre on 0 to 1.
const POINTS: [(f64, f64); 3] = [
    (0.112_701_665_379_258_3, 0.277_777_777_777_777_8),
    (0.5, 0.444_444_444_444_444_4),
    (0.887_298_334_620_741_7, 0.277_777_777_777_777_8),
];

impl Knee {
    /// A knee that begins `width_db` below the ceiling (linear) and ends as far above it, in amplitude.
    pub(super) fn new(ceiling: f64, width_db: f64) -> Knee {
        let begin = ceiling * libm::pow(10.0, -width_db / 20.0);
        Knee { begin, end: 2.0 * ceiling - begin, ceiling }
    }

    /// How far `x` (positive) is taken down: nothing up to the knee, all above the ceiling behind it, and between them
    /// a slope that falls from 1 to 0 by the cubic smooth step.
    #[inline]
    pub(super) fn excess(&self, x: f64) -> f64 {
        if x >= self.end {
            x - self.ceiling
        } else if x > self.begin {
            let t = (x - self.begin) / (self.end - self.begin);
            (self.end - self.begin) * t * t * t * (1.0 - 0.5 * t)
        } else {
            0.0
        }
    }

    /// What clipping adds to samples on the way from `from` to `to`: weighted towards `from`, and towards `to`.
    #[inline]
    pub(super) fn way(&self, from: f64, to: f64) -> (f64, f64) {
        if from.abs() <= self.begin && to.abs() <= self.begin {
            return (0.0, 0.0);
        }
        let (above, below) = (self.taken(from, to), self.taken(-from, -to));
        (below.0 - above.0, below.1 - above.1)
    }

    fn taken(&self, from: f64, to: f64) -> (f64, f64) {
        if !(from > self.begin || to > self.begin) {
            return (0.0, 0.0);
        }
        // Places on the way at which the line crosses the ends of the knee.
        let crossing = |level: f64| ((level - from) / (to - from)).clamp(0.0, 1.0);
        let crosses = |level: f64| (from > level) != (to > level);
        let (mut places, mut count) = ([0.0, 1.0, 1.0, 1.0], 2);
        for level in if to > from { [self.begin, self.end] } else { [self.end, self.begin] } {
            if crosses(level) {
                places[count - 1] = crossing(level);
                places[count] = 1.0;
                count += 1;
            }
        }
        let (mut near, mut far) = (0.0, 0.0);
        for index in 0..count - 1 {
            let (start, length) = (places[index], places[index + 1] - places[index]);
            for (point, weight) in POINTS {
                let place = start + point * length;
                let value = weight * length * self.excess(from + place * (to - from));
                near += (1.0 - place) * value;
                far += place * value;
            }
        }
        (near, far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_smooth_and_ends_at_the_ceiling() {
        let knee = Knee::new(0.8, 3.0);
        assert_eq!(knee.excess(0.5), 0.0);
        assert!((2.0 - knee.excess(2.0) - 0.8).abs() < 1e-15);
        let value = |x: f64| x - knee.excess(x);
        let steps: Vec<f64> =
            (0..2000).map(|n| value(f64::from(n + 1) * 0.001) - value(f64::from(n) * 0.001)).collect();
        assert!(steps.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12 && pair[0] - pair[1] < 5e-6));
    }

    #[test]
    fn the_way_is_the_integral() {
        for (width, from, to) in
            [(3.0, 0.1, 1.9), (3.0, 1.4, 0.7), (0.0, -1.5, 1.2), (1.0, 0.9, 0.91), (6.0, 0.9, -2.0)]
        {
            let knee = Knee::new(0.8, width);
            let (near, far) = knee.way(from, to);
            let mut sums = (0.0, 0.0);
            const STEPS: u32 = 200_000;
            for n in 0..STEPS {
                let u = (f64::from(n) + 0.5) / f64::from(STEPS);
                let x: f64 = from + u * (to - from);
                let delta = -x.signum() * knee.excess(x.abs()) / f64::from(STEPS);
                sums.0 += (1.0 - u) * delta;
                sums.1 += u * delta;
            }
            assert!((near - sums.0).abs() < 1e-8 && (far - sums.1).abs() < 1e-8, "{width} {from} {to}");
        }
    }
}
