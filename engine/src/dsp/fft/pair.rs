use super::complex::Transform;
use crate::dsp::wide::{Four, InFours, in_fours};

/// The power spectra of two real signals together: one is the real part of a complex signal, the other the imaginary
/// part. Half the power of the bins that mirror each other is the sum of both signals' powers; nothing else of them is
/// needed, so nothing is taken apart.
#[derive(Debug, Clone)]
pub(crate) struct PairFft {
    transform: Transform,
}

impl PairFft {
    /// Plans transforms of `length` points. Allocates.
    pub(crate) fn new(length: usize) -> PairFft {
        PairFft { transform: Transform::new(length.max(1), 1) }
    }

    /// Where the signals go, as many samples of either as the transform has points.
    pub(crate) fn input(&mut self) -> [&mut [f64]; 2] {
        let (left, right) = self.transform.input();
        [left, right]
    }

    /// Adds `weight` times the power of both signals to each bin from 0 to half the rate, both included.
    pub(crate) fn add_powers(&mut self, weight: f64, powers: &mut [f64]) {
        in_fours(AddPowers { transform: &mut self.transform, weight, powers });
    }
}

struct AddPowers<'a> {
    transform: &'a mut Transform,
    weight: f64,
    powers: &'a mut [f64],
}

impl InFours for AddPowers<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        let length = self.transform.length();
        let (re, im) = self.transform.run::<V>();
        let half = 0.5 * self.weight;
        let norm = |re: f64, im: f64| re * re + im * im;
        let Some((first, powers)) = self.powers.split_first_mut() else { return };
        *first += self.weight * norm(re[0], im[0]);
        let mirrored = re[1..].iter().rev().zip(im[1..].iter().rev());
        let here = re[1..].iter().zip(&im[1..]);
        for ((power, here), there) in powers.iter_mut().zip(here).zip(mirrored).take(length / 2) {
            *power += half * (norm(*here.0, *here.1) + norm(*there.0, *there.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Complex, RealFft};
    use super::*;

    #[test]
    fn powers_are_those_of_both_transforms() {
        for length in [16, 30, 64] {
            let rows = [1, 2].map(|row| (0..length).map(|n| libm::sin((n * n * row) as f64)).collect::<Vec<f64>>());
            let mut pair = PairFft::new(length);
            for (place, row) in pair.input().into_iter().zip(&rows) {
                place.copy_from_slice(row);
            }
            let mut powers = vec![1.0; length / 2 + 1];
            pair.add_powers(3.0, &mut powers);
            let mut fft = RealFft::new(length);
            let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
            let mut expected = vec![1.0; powers.len()];
            for row in &rows {
                fft.forward(row, &mut bins);
                expected.iter_mut().zip(&bins).for_each(|(power, bin)| *power += 3.0 * bin.norm_sqr());
            }
            for (power, expected) in powers.iter().zip(&expected) {
                assert!((power - expected).abs() < 1e-12 * length as f64, "{power} {expected}");
            }
        }
    }
}
