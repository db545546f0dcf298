//! Chance with a seed: the same on every machine.

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A sequence of its own for every pair of seed and name.
    pub fn new(seed: u64, name: &str) -> Chance {
        let mixed = name.bytes().fold(seed ^ 0x9E37_79B9_7F4A_7C15, |held, byte| {
            (held ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3).rotate_left(23)
        });
        Chance(mixed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Between two values.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.bits() % (high - low + 1) as u64) as usize
    }

    /// Between -1 and 1.
    pub fn noise(&mut self) -> f64 {
        2.0 * self.share() - 1.0
    }

    /// +1 or -1.
    pub fn sign(&mut self) -> f64 {
        if self.bits() & 1 == 0 { 1.0 } else { -1.0 }
    }

    /// An amplitude between two levels in dBFS, even in decibels.
    pub fn amplitude(&mut self, low_db: f64, high_db: f64) -> f64 {
        libm::pow(10.0, self.between(low_db, high_db) / 20.0)
    }

    /// One of several.
    pub fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.whole(0, values.len() - 1)]
    }

    /// Another order.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.whole(0, last));
        }
    }
}
