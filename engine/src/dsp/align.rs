//! By how many samples one recording lies behind another of the same sound: a decoded file behind the one that was
//! encoded, a new mix behind the old one.

use super::fft::{Complex, RealFft};

/// Samples compared: long enough that music does not repeat inside it (1.5 s at 44.1 kHz).
const LENGTH: usize = 1 << 16;
/// The furthest that is looked. Coders hold back some thousand frames (LAME 1105 or 2257, AAC 2112, Opus 312); nothing
/// known holds back more.
pub const MOST_LAG: usize = 8192;

/// Frames by which `decoded` lies behind `original` (negative: ahead), both read from the same frame on, at most
/// [`MOST_LAG`] either way. `None` where nothing correlates, as in silence.
///
/// Generalised cross-correlation without weighting: the largest value of the circular correlation of zero-padded
/// pieces.
pub fn lag(original: &[f64], decoded: &[f64]) -> Option<i64> {
    highest(original, decoded, |value| value)
}

/// The same where the polarity of `decoded` may be turned.
pub fn lag_of_either_polarity(original: &[f64], decoded: &[f64]) -> Option<i64> {
    highest(original, decoded, f64::abs)
}

fn highest(original: &[f64], decoded: &[f64], height: fn(f64) -> f64) -> Option<i64> {
    let length = original.len().min(decoded.len()).min(LENGTH);
    if length == 0 {
        return None;
    }
    let points = (2 * length).next_power_of_two();
    let mut fft = RealFft::new(points);
    let mut spectrum = |samples: &[f64]| {
        let mut padded = vec![0.0; points];
        padded[..length].copy_from_slice(&samples[..length]);
        let mut bins = vec![Complex::new(0.0, 0.0); points / 2 + 1];
        fft.forward(&padded, &mut bins);
        bins
    };
    let (a, b) = (spectrum(original), spectrum(decoded));
    let product: Vec<_> = a.iter().zip(&b).map(|(a, b)| a.conj() * b).collect();
    let mut correlation = vec![0.0; points];
    fft.inverse(&product, &mut correlation);
    let most = MOST_LAG.min(length - 1);
    let at = |lag: i64| height(correlation[lag.rem_euclid(points as i64) as usize]);
    let best = (-(most as i64)..=most as i64).max_by(|a, b| at(*a).total_cmp(&at(*b)))?;
    (at(best) > 0.0).then_some(best)
}

/// Samples that [`lag`] looks at, at most.
pub const fn window() -> usize {
    LENGTH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f64> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn a_shift_either_way_is_found_to_the_sample() {
        let sound = noise(20_000);
        for shift in [0_i64, 1, 1105, 2112, -37] {
            let decoded: Vec<f64> =
                (0..16_000_i64).map(|n| usize::try_from(n - shift).ok().map_or(0.0, |n| 0.7 * sound[n])).collect();
            assert_eq!(lag(&sound[..16_000], &decoded), Some(shift));
            let turned: Vec<f64> = decoded.iter().map(|x| -x).collect();
            assert_eq!(lag_of_either_polarity(&sound[..16_000], &turned), Some(shift));
        }
    }

    #[test]
    fn silence_has_no_place() {
        assert_eq!(lag(&[0.0; 100], &[0.0; 100]), None);
        assert_eq!(lag(&[], &[1.0]), None);
    }
}
