/// One or several neighbouring numbers worked at once. Each is worked as if it were alone.
pub trait Lanes: Copy {
    /// How many.
    const COUNT: usize;

    /// The same number everywhere.
    fn splat(value: f64) -> Self;
    /// The first numbers of a slice that has as many.
    fn load(from: &[f64]) -> Self;
    /// Writes them over the first numbers of a slice that has as many.
    fn store(self, to: &mut [f64]);
    /// Sums.
    fn plus(self, other: Self) -> Self;
    /// Differences.
    fn minus(self, other: Self) -> Self;
    /// Products.
    fn times(self, other: Self) -> Self;
}

/// Four neighbouring numbers.
pub trait Four: Lanes {
    /// Rows turned into columns.
    fn transposed(rows: [Self; 4]) -> [Self; 4];
    /// The second two before the first two.
    fn halves_exchanged(self) -> Self;
    /// The numbers of either two exchanged.
    fn twos_exchanged(self) -> Self;
    /// The first two in place of the second two as well.
    fn low_twice(self) -> Self;
    /// The second two in place of the first two as well.
    fn high_twice(self) -> Self;
    /// Writes the first two numbers over the first of one slice, the others over the first of another.
    fn store_halves(self, low: &mut [f64], high: &mut [f64]);
}

impl Lanes for f64 {
    const COUNT: usize = 1;

    #[inline(always)]
    fn splat(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn load(from: &[f64]) -> f64 {
        from[0]
    }

    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        to[0] = self;
    }

    #[inline(always)]
    fn plus(self, other: f64) -> f64 {
        self + other
    }

    #[inline(always)]
    fn minus(self, other: f64) -> f64 {
        self - other
    }

    #[inline(always)]
    fn times(self, other: f64) -> f64 {
        self * other
    }
}

#[inline(always)]
fn each(a: [f64; 4], b: [f64; 4], work: impl Fn(f64, f64) -> f64) -> [f64; 4] {
    [work(a[0], b[0]), work(a[1], b[1]), work(a[2], b[2]), work(a[3], b[3])]
}

/// Without wider registers.
impl Lanes for [f64; 4] {
    const COUNT: usize = 4;

    #[inline(always)]
    fn splat(value: f64) -> [f64; 4] {
        [value; 4]
    }

    #[inline(always)]
    fn load(from: &[f64]) -> [f64; 4] {
        [from[0], from[1], from[2], from[3]]
    }

    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        to[..4].copy_from_slice(&self);
    }

    #[inline(always)]
    fn plus(self, other: [f64; 4]) -> [f64; 4] {
        each(self, other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: [f64; 4]) -> [f64; 4] {
        each(self, other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: [f64; 4]) -> [f64; 4] {
        each(self, other, |a, b| a * b)
    }
}

impl Four for [f64; 4] {
    #[inline(always)]
    fn transposed([a, b, c, d]: [[f64; 4]; 4]) -> [[f64; 4]; 4] {
        let column = |k: usize| [a[k], b[k], c[k], d[k]];
        [column(0), column(1), column(2), column(3)]
    }

    #[inline(always)]
    fn halves_exchanged(self) -> [f64; 4] {
        [self[2], self[3], self[0], self[1]]
    }

    #[inline(always)]
    fn twos_exchanged(self) -> [f64; 4] {
        [self[1], self[0], self[3], self[2]]
    }

    #[inline(always)]
    fn low_twice(self) -> [f64; 4] {
        [self[0], self[1], self[0], self[1]]
    }

    #[inline(always)]
    fn high_twice(self) -> [f64; 4] {
        [self[2], self[3], self[2], self[3]]
    }

    #[inline(always)]
    fn store_halves(self, low: &mut [f64], high: &mut [f64]) {
        low[..2].copy_from_slice(&self[..2]);
        high[..2].copy_from_slice(&self[2..]);
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx::Wide;

#[cfg(target_arch = "x86_64")]
mod avx {
    // Everything unsafe here is an instruction of AVX: `Wide` is named only by `in_fours`, which has found them in the
    // processor, and loads and stores stay inside slices whose length has been looked at.
    #![allow(unsafe_code)]

    use std::arch::x86_64::*;

    use super::{Four, Lanes};

    /// In one register of 256 bits.
    #[derive(Clone, Copy)]
    pub struct Wide(__m256d);

    impl Lanes for Wide {
        const COUNT: usize = 4;

        #[inline(always)]
        fn splat(value: f64) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_set1_pd(value) })
        }

        #[inline(always)]
        fn load(from: &[f64]) -> Wide {
            let from = &from[..4];
            // SAFETY: see above; four numbers are there.
            Wide(unsafe { _mm256_loadu_pd(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f64]) {
            let to = &mut to[..4];
            // SAFETY: see above; there is room for four numbers.
            unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn plus(self, other: Wide) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_add_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn minus(self, other: Wide) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_sub_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn times(self, other: Wide) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_mul_pd(self.0, other.0) })
        }
    }

    impl Four for Wide {
        #[inline(always)]
        fn transposed([a, b, c, d]: [Wide; 4]) -> [Wide; 4] {
            // SAFETY: see above.
            unsafe {
                let (even, odd) = (_mm256_unpacklo_pd(a.0, b.0), _mm256_unpackhi_pd(a.0, b.0));
                let (evens, odds) = (_mm256_unpacklo_pd(c.0, d.0), _mm256_unpackhi_pd(c.0, d.0));
                [
                    Wide(_mm256_permute2f128_pd::<0x20>(even, evens)),
                    Wide(_mm256_permute2f128_pd::<0x20>(odd, odds)),
                    Wide(_mm256_permute2f128_pd::<0x31>(even, evens)),
                    Wide(_mm256_permute2f128_pd::<0x31>(odd, odds)),
                ]
            }
        }

        #[inline(always)]
        fn halves_exchanged(self) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_permute2f128_pd::<0x01>(self.0, self.0) })
        }

        #[inline(always)]
        fn twos_exchanged(self) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_permute_pd::<0b0101>(self.0) })
        }

        #[inline(always)]
        fn low_twice(self) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_permute2f128_pd::<0x00>(self.0, self.0) })
        }

        #[inline(always)]
        fn high_twice(self) -> Wide {
            // SAFETY: see above.
            Wide(unsafe { _mm256_permute2f128_pd::<0x11>(self.0, self.0) })
        }

        #[inline(always)]
        fn store_halves(self, low: &mut [f64], high: &mut [f64]) {
            let (low, high) = (&mut low[..2], &mut high[..2]);
            // SAFETY: see above; there is room for two numbers in each.
            unsafe {
                _mm_storeu_pd(low.as_mut_ptr(), _mm256_castpd256_pd128(self.0));
                _mm_storeu_pd(high.as_mut_ptr(), _mm256_extractf128_pd::<1>(self.0));
            }
        }
    }
}
