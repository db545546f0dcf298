//! Noise from a counter: a sample's dither depends on seed, channel and frame alone.

/// 2^64 divided by the golden ratio, odd: neighbouring counters lie far apart.
const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), variant 13.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The noise of one channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    key: u64,
}

impl Noise {
    pub(super) fn new(seed: u64, channel: usize) -> Noise {
        Noise { key: mix(seed.wrapping_add((channel as u64).wrapping_mul(STRIDE))) }
    }

    /// Triangular between -1 and 1 with variance 1/6, at an absolute frame.
    pub(super) fn triangular(self, frame: u64) -> f64 {
        let bits = mix(self.key.wrapping_add(frame.wrapping_mul(STRIDE)));
        let (high, low) = ((bits >> 32) as f64, (bits & 0xFFFF_FFFF) as f64);
        (high - low) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangular_white_and_apart() {
        const N: u64 = 200_000;
        let (left, right) = (Noise::new(7, 0), Noise::new(7, 1));
        let mean_of = |f: &dyn Fn(u64) -> f64| (0..N).map(f).sum::<f64>() / N as f64;
        let variance = mean_of(&|n| left.triangular(n) * left.triangular(n));
        let fourth = mean_of(&|n| left.triangular(n).powi(4));
        assert!((variance - 1.0 / 6.0).abs() < 0.001, "{variance}");
        // A triangle has a kurtosis of 2.4.
        assert!((fourth / (variance * variance) - 2.4).abs() < 0.02);
        let four_sigma = 4.0 / 6.0 / (N as f64).sqrt();
        assert!(mean_of(&|n| left.triangular(n)).abs() < 4.0 * (variance / N as f64).sqrt());
        assert!(mean_of(&|n| left.triangular(n) * left.triangular(n + 1)).abs() < four_sigma);
        assert!(mean_of(&|n| left.triangular(n) * right.triangular(n)).abs() < four_sigma);
    }
}
