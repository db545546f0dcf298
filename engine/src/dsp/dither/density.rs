use super::{Dither, shape};
use crate::unit::{Db, Hertz, SampleRate};

/// Spectral density of the error that a dither leaves in words of `bits` at a rate: dB against a full-scale sine, in a
/// band of 1 Hz about `at`. Rounding and its triangular dither are together three uniform errors of one step (Wannamaker
/// et al. 2000); a shaper bends their flat spectrum by its error filter. Plain rounding is told as if it were noise,
/// which it is for loud and busy programme alone.
pub fn noise_density(dither: Dither, rate: SampleRate, bits: u32, at: Hertz) -> Db {
    let (used, taps) = shape::resolve(dither, rate);
    let turn = std::f64::consts::TAU * at.0 / rate.hz();
    let (mut re, mut im) = (1.0, 0.0);
    for (delay, tap) in (1..).zip(taps) {
        let angle = turn * f64::from(delay);
        re += tap * libm::cos(angle);
        im -= tap * libm::sin(angle);
    }
    level(flat(used, bits) / (0.5 * rate.hz()) * (re * re + im * im))
}

/// The same noise over the whole band up to half the rate, dB against a full-scale sine.
pub fn noise_level(dither: Dither, rate: SampleRate, bits: u32) -> Db {
    let (used, taps) = shape::resolve(dither, rate);
    // Parseval: the mean of the filter's squared response is the sum of its squared coefficients.
    level(flat(used, bits) * (1.0 + taps.iter().map(|tap| tap * tap).sum::<f64>()))
}

/// Power of the error before it is shaped.
fn flat(used: Dither, bits: u32) -> f64 {
    let step = libm::exp2(1.0 - f64::from(bits));
    let errors = if used == Dither::None { 1.0 } else { 3.0 };
    errors * step * step / 12.0
}

/// A full-scale sine has half the power of a full-scale square.
fn level(power: f64) -> Db {
    Db(10.0 * libm::log10(2.0 * power))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All noise up to half the rate, by the midpoint rule.
    fn total_db(dither: Dither, rate: u32) -> f64 {
        let (rate, steps) = (SampleRate(rate), 4096);
        let width = 0.5 * rate.hz() / f64::from(steps);
        let power = |step: u32| {
            let at = Hertz((f64::from(step) + 0.5) * width);
            libm::pow(10.0, noise_density(dither, rate, 16, at).0 / 10.0) * width
        };
        10.0 * libm::log10((0..steps).map(power).sum())
    }

    #[test]
    fn the_density_adds_up_to_the_designed_noise() {
        for (dither, rate, total) in [
            (Dither::None, 44_100, -98.1),
            (Dither::Tpdf, 44_100, -93.33),
            (Dither::ShapedLight, 44_100, -80.0),
            (Dither::ShapedStandard, 48_000, -75.1),
            (Dither::ShapedStrong, 96_000, -80.0),
        ] {
            let found = total_db(dither, rate);
            assert!((found - total).abs() < 0.05, "{dither:?} at {rate} Hz: {found}");
            let whole = noise_level(dither, SampleRate(rate), 16).0;
            assert!((whole - found).abs() < 1e-6, "{dither:?} at {rate} Hz: {whole} and {found}");
        }
    }

    #[test]
    fn shaped_noise_is_lowest_where_hearing_is_keenest() {
        let at = |hertz| noise_density(Dither::ShapedStrong, SampleRate::CD, 16, Hertz(hertz)).0;
        let flat = noise_density(Dither::Tpdf, SampleRate::CD, 16, Hertz(3500.0)).0;
        assert!(at(3500.0) < flat - 20.0 && at(20_000.0) > flat + 20.0, "{} {} {flat}", at(3500.0), at(20_000.0));
    }
}
