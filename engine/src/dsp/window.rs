//! Windows: Kaiser for filters, Hann and Blackman-Harris for spectra.
//!
//! Kaiser, "Nonrecursive digital filter design using the I0-sinh window function" (1974); Harris, "On the use of
//! windows for harmonic analysis with the discrete Fourier transform" (1978).

use std::f64::consts::PI;

/// The modified Bessel function of the first kind and order zero, by its power series (all terms positive, so the
/// sum loses nothing). Good for |x| up to 100.
pub fn bessel_i0(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut k = 1.0;
    while term > sum * 1e-18 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// The Kaiser window at `position` (-1 to 1 over its length, 0 beyond), 1 in the middle.
pub fn kaiser(position: f64, beta: f64) -> f64 {
    let inside = 1.0 - position * position;
    if inside < 0.0 { 0.0 } else { bessel_i0(beta * inside.sqrt()) / bessel_i0(beta) }
}

/// The Kaiser window's beta for a stop band `attenuation_db` down (more than 50 dB), after Kaiser.
pub fn kaiser_beta(attenuation_db: f64) -> f64 {
    0.1102 * (attenuation_db - 8.7)
}

/// sin(πx)/(πx).
pub fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { libm::sin(PI * x) / (PI * x) }
}

/// Hann, periodic: for transforms of `length` points.
pub fn hann(length: usize) -> Vec<f64> {
    cosine_sum(length, &[0.5, 0.5])
}

/// Blackman-Harris with four terms, periodic: side lobes 92 dB down.
pub fn blackman_harris(length: usize) -> Vec<f64> {
    cosine_sum(length, &[0.35875, 0.48829, 0.14128, 0.01168])
}

fn cosine_sum(length: usize, weights: &[f64]) -> Vec<f64> {
    let value = |n: usize| {
        let angle = 2.0 * PI * n as f64 / length as f64;
        let signed = weights.iter().enumerate().map(|(k, a)| {
            let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
            sign * a * libm::cos(k as f64 * angle)
        });
        signed.sum()
    };
    (0..length).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bessel_matches_the_tables() {
        // Abramowitz and Stegun, table 9.8.
        assert!((bessel_i0(1.0) - 1.266_065_877_752_008).abs() < 1e-14);
        assert!((bessel_i0(10.0) / 2_815.716_628_466_254 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn windows_begin_low_and_peak_in_the_middle() {
        for window in [hann(8), blackman_harris(8)] {
            assert!(window[0].abs() < 1e-4);
            assert!((window[4] - 1.0).abs() < 1e-12);
            assert!((window[1] - window[7]).abs() < 1e-12);
        }
        assert_eq!(kaiser(0.0, 10.0), 1.0);
        assert_eq!(kaiser(1.01, 10.0), 0.0);
        assert!((kaiser(1.0, 10.0) * bessel_i0(10.0) - 1.0).abs() < 1e-12);
    }
}
