use std::f64::consts::PI;
use std::sync::Arc;

use super::complex::Transform;
use crate::dsp::wide::Four;

/// Two real signals of one even length side by side, between time and the frequencies half way between the bins of a
/// usual transform.
///
/// A sequence `x` of `2B` samples is folded to `B` complex ones, `x[n] - i·x[n + B]`, each turned by `e^(-iπn/2B)`: their
/// ordinary transform is the response of `x` at the angles `2π(k + 1/4)/B`, positive ones up to the middle, negative ones
/// from there on. A product of two such spectra is a convolution on a circle that changes its sign once around
/// (H. J. Nussbaumer, Fast Fourier Transform and Convolution Algorithms, 1982, ch. 8). No pass over mirrored bins is
/// needed, and the same arithmetic runs on neighbours, which is what vector units do. No signal hears the other one.
#[derive(Debug, Clone)]
pub(crate) struct TwinFft {
    transform: Transform,
    /// `cos` and `sin` of `πn/2B`.
    twist: Arc<[(f64, f64)]>,
}

/// Both signals' bins: real and imaginary parts, the two signals in turn.
pub(crate) type Bins<'a> = (&'a [f64], &'a [f64]);
/// The same, to be written.
pub(crate) type BinsMut<'a> = (&'a mut [f64], &'a mut [f64]);

impl TwinFft {
    /// Plans transforms of `length` samples, rounded up to an even number. Allocates.
    pub(crate) fn new(length: usize) -> TwinFft {
        let bins = length.div_ceil(2).max(1);
        let twist = |n: usize| {
            let (sin, cos) = libm::sincos(PI * n as f64 / (2 * bins) as f64);
            (cos, sin)
        };
        TwinFft { transform: Transform::new(bins, 2), twist: (0..bins).map(twist).collect() }
    }

    /// The spectra of both signals, without scaling; both hold as many samples as the transform. For
    /// [`crate::dsp::wide`].
    #[inline(always)]
    pub(crate) fn forward<V: Four>(&mut self, [left, right]: [&[f64]; 2]) -> Bins<'_> {
        let bins = self.transform.length();
        let (re, im) = self.transform.input();
        let (left, left_far) = left[..2 * bins].split_at(bins);
        let (right, right_far) = right[..2 * bins].split_at(bins);
        let pairs = re.as_chunks_mut::<2>().0.iter_mut().zip(im.as_chunks_mut::<2>().0);
        let left = left.iter().zip(left_far);
        let right = right.iter().zip(right_far);
        for ((((re, im), left), right), (cos, sin)) in pairs.zip(left).zip(right).zip(self.twist.iter()) {
            // (near - i far)(cos - i sin)
            *re = [left.0 * cos - left.1 * sin, right.0 * cos - right.1 * sin];
            *im = [-(left.0 * sin + left.1 * cos), -(right.0 * sin + right.1 * cos)];
        }
        self.transform.run::<V>()
    }

    /// Where the bins go that [`TwinFft::inverse`] is to take to time.
    #[inline(always)]
    pub(crate) fn spectrum(&mut self) -> BinsMut<'_> {
        // The inverse is the forward transform with real and imaginary parts exchanged on both sides.
        let (re, im) = self.transform.input();
        (im, re)
    }

    /// The samples of both spectra, without scaling: forward and inverse together multiply by half the length. For
    /// [`crate::dsp::wide`].
    #[inline(always)]
    pub(crate) fn inverse<V: Four>(&mut self, [left, right]: [&mut [f64]; 2]) {
        let bins = self.transform.length();
        let (im, re) = self.transform.run::<V>();
        let (left, left_far) = left[..2 * bins].split_at_mut(bins);
        let (right, right_far) = right[..2 * bins].split_at_mut(bins);
        let pairs = re.as_chunks::<2>().0.iter().zip(im.as_chunks::<2>().0);
        let left = left.iter_mut().zip(left_far);
        let right = right.iter_mut().zip(right_far);
        for ((((re, im), left), right), (cos, sin)) in pairs.zip(left).zip(right).zip(self.twist.iter()) {
            *left.0 = re[0] * cos - im[0] * sin;
            *right.0 = re[1] * cos - im[1] * sin;
            *left.1 = -(re[0] * sin + im[0] * cos);
            *right.1 = -(re[1] * sin + im[1] * cos);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> f64 {
        ((n * n * 7 + 3 * n) % 23) as f64 - 11.0
    }

    #[test]
    fn bins_are_the_response_half_way_and_come_back() {
        for length in [2, 4, 6, 12, 16, 42, 70, 98, 480] {
            let rows = [(0..length).map(noise).collect::<Vec<f64>>(), (0..length).map(|n| noise(n + 5)).collect()];
            let mut twin = TwinFft::new(length);
            let (re, im) = twin.forward::<[f64; 4]>([&rows[0], &rows[1]]);
            let (re, im) = (re.to_vec(), im.to_vec());
            for k in 0..length / 2 {
                let theta = 4.0 * PI * (k as f64 + 0.25) / length as f64;
                for lane in 0..2 {
                    let sum = |turn: fn(f64) -> f64| -> f64 {
                        rows[lane].iter().enumerate().map(|(n, x)| x * turn(theta * n as f64)).sum()
                    };
                    assert!((re[2 * k + lane] - sum(libm::cos)).abs() < 1e-8, "{length} {k}");
                    assert!((im[2 * k + lane] + sum(libm::sin)).abs() < 1e-8, "{length} {k}");
                }
            }
            let (re_in, im_in) = twin.spectrum();
            re_in.copy_from_slice(&re);
            im_in.copy_from_slice(&im);
            let mut back = [vec![0.0; length], vec![0.0; length]];
            let [left, right] = &mut back;
            twin.inverse::<[f64; 4]>([left, right]);
            for (back, row) in back.iter().zip(&rows) {
                for (back, sample) in back.iter().zip(row) {
                    assert!((2.0 * back / length as f64 - sample).abs() < 1e-12);
                }
            }
        }
    }
}
