//! The same arithmetic on wider registers.
//!
//! The program is compiled for every processor of its kind, so its loops use the narrow registers that all of them have.
//! Work that was measured to gain from it is compiled a second time for the registers of newer processors, and the better
//! one is chosen when it runs. Both do the same additions and multiplications in the same order on the same numbers (no
//! fused multiply-add is allowed in either, and sums are never reordered), so not one bit differs.
//!
//! Plain loops ([`Work`]) are left to the compiler. Where it does not see the shape of the arithmetic, the work is written
//! in fours ([`InFours`]).

mod four;

pub use four::{Four, Lanes};

/// Work on slices whose loops are worth wider registers.
pub trait Work {
    /// What it gives.
    type Output;

    /// Does it. To be marked `#[inline(always)]`, like everything large it calls: only what becomes one function with
    /// the caller is compiled for its registers.
    fn run(self) -> Self::Output;
}

/// Work that is written in fours.
pub trait InFours {
    /// What it gives.
    type Output;

    /// Does it. To be marked `#[inline(always)]`, like everything it calls.
    fn run<V: Four>(self) -> Self::Output;
}

/// Whether the wider registers are there. The answer is kept by the first call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn is_wide() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// Does the work with the widest registers of this machine. Audio thread.
#[inline]
pub fn widest<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn wide<W: Work>(work: W) -> W::Output {
            work.run()
        }
        if is_wide() {
            // SAFETY: the processor has just been found to have the instructions that `wide` is compiled for.
            #[allow(unsafe_code)]
            return unsafe { wide(work) };
        }
    }
    work.run()
}

/// Does work that is written in fours with the widest registers of this machine. Audio thread.
#[inline]
pub fn in_fours<W: InFours>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn wide<W: InFours>(work: W) -> W::Output {
            work.run::<four::Wide>()
        }
        if is_wide() {
            // SAFETY: the processor has just been found to have the instructions that `wide` is compiled for.
            #[allow(unsafe_code)]
            return unsafe { wide(work) };
        }
    }
    work.run::<[f64; 4]>()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Turn<'a>(&'a mut [f64]);

    impl Work for Turn<'_> {
        type Output = f64;

        #[inline(always)]
        fn run(self) -> f64 {
            for (index, value) in self.0.iter_mut().enumerate() {
                *value = *value * 0.3 + index as f64 * 0.7 * *value;
            }
            self.0.iter().sum()
        }
    }

    impl InFours for Turn<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<V: Four>(self) -> f64 {
            for rows in self.0.as_chunks_mut::<16>().0 {
                let read: [V; 4] = std::array::from_fn(|row| V::load(&rows[4 * row..]));
                let turned = V::transposed(read.map(|row| row.times(V::splat(0.3)).plus(row.minus(V::splat(0.1)))));
                for (row, four) in turned.into_iter().enumerate() {
                    four.store(&mut rows[4 * row..]);
                }
                let (low, high) = rows.split_at_mut(8);
                let mixed = turned[0].halves_exchanged().times(turned[1].twos_exchanged());
                let mixed = mixed.plus(turned[2].low_twice()).minus(turned[3].high_twice());
                mixed.store_halves(&mut low[3..], &mut high[5..]);
            }
            self.0.iter().sum()
        }
    }

    #[test]
    fn both_ways_give_the_same_bits() {
        let start: Vec<f64> = (0..1003).map(|n| libm::sin(n as f64 * 1.7) / 3.0).collect();
        let same =
            |plain: &[f64], wide: &[f64]| plain.iter().zip(wide).all(|(plain, wide)| plain.to_bits() == wide.to_bits());
        let (mut plain, mut wide) = (start.clone(), start.clone());
        let sums = (Work::run(Turn(&mut plain)), widest(Turn(&mut wide)));
        assert!(sums.0.to_bits() == sums.1.to_bits() && same(&plain, &wide));
        let (mut plain, mut wide) = (start.clone(), start.clone());
        let sums = (InFours::run::<[f64; 4]>(Turn(&mut plain)), in_fours(Turn(&mut wide)));
        assert!(sums.0.to_bits() == sums.1.to_bits() && same(&plain, &wide));
        assert!(!same(&plain, &start));
    }
}
