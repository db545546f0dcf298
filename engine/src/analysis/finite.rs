//! Samples that are not numbers: read as zero, counted, and never spread into a measurement's memory.

use std::borrow::Cow;

use crate::audio::Block;

/// The block as meters may read it: itself, or a copy with every non-finite sample replaced by zero.
pub fn finite(block: &Block) -> Cow<'_, Block> {
    if block.is_finite() {
        return Cow::Borrowed(block);
    }
    let mut copy = block.clone();
    for channel in 0..copy.channels() {
        for sample in copy.channel_mut(channel).iter_mut().filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
        }
    }
    Cow::Owned(copy)
}

/// How many samples of the block are not finite.
pub fn count(block: &Block) -> u64 {
    block.iter().map(|channel| channel.iter().filter(|sample| !sample.is_finite()).count() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finite_block_is_not_copied() {
        let block = Block::from_channels(&[vec![0.5, -0.5]]);
        assert!(matches!(finite(&block), Cow::Borrowed(_)));
        assert_eq!(count(&block), 0);
    }

    #[test]
    fn what_is_not_a_number_reads_as_zero() {
        let block = Block::from_channels(&[vec![0.5, f64::NAN], vec![f64::INFINITY, 0.25]]);
        assert_eq!(count(&block), 2);
        let clean = finite(&block);
        assert_eq!((clean.channel(0), clean.channel(1)), (&[0.5, 0.0][..], &[0.0, 0.25][..]));
    }
}
