//! The same arithmetic on wider registers.
//!
//! The program is compiled for every processor of its kind, so its loops use the narrow registers that all of them have.
//! Work that was measured to gain from it is compiled a second time for the registers of newer processors, and the better
//! one is chosen when it runs. Both do the same additions and multiplications in the same order on the same numbers (no
//! fused multiply-add is allowed in either, and sums are never reordered), so not one bit differs.

/// Work on slices whose loops are worth wider registers.
pub trait Work {
    /// What it gives.
    type Output;

    /// Does it. To be marked `#[inline(always)]`, like everything large it calls: only what becomes one function with
    /// the caller is compiled for its registers.
    fn run(self) -> Self::Output;
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
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just been found to have the instructions that `wide` is compiled for.
            #[allow(unsafe_code)]
            return unsafe { wide(work) };
        }
    }
    work.run()
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

    #[test]
    fn both_ways_give_the_same_bits() {
        let start: Vec<f64> = (0..1003).map(|n| libm::sin(n as f64 * 1.7) / 3.0).collect();
        let (mut plain, mut wide) = (start.clone(), start);
        assert_eq!(Turn(&mut plain).run().to_bits(), widest(Turn(&mut wide)).to_bits());
        assert!(plain.iter().zip(&wide).all(|(plain, wide)| plain.to_bits() == wide.to_bits()));
    }
}
