//! What the samples of a source say about where it comes from: bits that are not in use, the edge of a rate it was
//! converted from, the shelf of a lossy encoder. The first is arithmetic; the others are evidence, and told as such.

use crate::analysis::faults::Thresholds;
use crate::analysis::faults::depth::{DepthDetector, padded};
use crate::analysis::faults::provenance::ProvenanceDetector;
use crate::analysis::finding::{Finding, Kind};
use crate::audio::Block;
use crate::profile;
use crate::source::{self, Reader};

/// Frames looked at together.
const BLOCK_FRAMES: usize = 65_536;
/// Whose thresholds are used: those of quality control as it is usually done.
const PROFILE: &str = "qc-normal";

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Origin {
    /// What breaks a claim: words that are shorter than they say.
    pub(super) objections: Vec<String>,
    /// What speaks against it and proves nothing.
    pub(super) doubts: Vec<String>,
}

/// Reads a sound to its end. `bits` is the word of a file of integers; none where the samples have none of their own.
pub(super) fn look(reader: &mut dyn Reader, bits: Option<u8>) -> Result<Origin, source::Error> {
    let (rate, channels, total) = (reader.rate(), reader.layout().channels(), reader.frames().0);
    let mut words: Vec<DepthDetector> = match bits {
        Some(bits) => (0..channels).map(|_| DepthDetector::new(rate, u32::from(bits))).collect(),
        None => Vec::new(),
    };
    let mut spectrum = ProvenanceDetector::new(channels, rate);
    spectrum.look_for_shaping(bits.map_or(0, u32::from));
    let mut block = Block::new(channels, BLOCK_FRAMES);
    for start in (0..total).step_by(BLOCK_FRAMES) {
        block.set_frames((total - start).min(BLOCK_FRAMES as u64) as usize);
        reader.read(start, &mut block)?;
        words.iter_mut().zip(block.iter()).for_each(|(word, samples)| word.process(samples));
        if block.is_finite() {
            spectrum.process(&block);
        }
    }
    let mut origin = Origin::default();
    words.iter_mut().for_each(|word| drop(word.finish()));
    let used: Vec<Option<u32>> = words.iter().map(DepthDetector::used).collect();
    if let Some(finding) = bits.and_then(|bits| padded(&used, u32::from(bits), total, rate)) {
        let (measured, claimed) = (finding.measured.unwrap_or_default(), finding.limit.unwrap_or_default());
        origin.objections.push(format!("{measured:.0} bits in use of {claimed:.0}: a shorter word was filled up"));
    }
    if let Ok(Some(profile)) = profile::load(PROFILE, None) {
        let found = spectrum.finish(&Thresholds::from_profile(&profile));
        origin.doubts.extend(found.iter().map(told));
    }
    Ok(origin)
}

fn told(finding: &Finding) -> String {
    let edge = finding.measured.unwrap_or_default() / 1000.0;
    match finding.kind {
        Kind::Upsampled => {
            let from = finding.detail.as_deref().unwrap_or_default();
            format!("its spectrum ends at {edge:.1} kHz as one converted {from} does")
        }
        Kind::NoiseShaped => "its noise rises at the top as 16 bits with noise shaping do".into(),
        _ => format!("its spectrum ends at {edge:.1} kHz as one of a lossy coding does"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::unit::{Frames, SampleRate};

    struct Noise {
        bits: u32,
        frames: u64,
    }

    impl Reader for Noise {
        fn rate(&self) -> SampleRate {
            SampleRate(96_000)
        }
        fn layout(&self) -> Layout {
            Layout::Stereo
        }
        fn frames(&self) -> Frames {
            Frames(self.frames)
        }
        fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
            for channel in 0..2 {
                for (offset, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                    let place = (start + offset as u64) * 2 + channel as u64;
                    let mixed = (place ^ 0x9E37).wrapping_mul(6_364_136_223_846_793_005).rotate_left(29);
                    let word = (mixed.wrapping_mul(0xD134_2543_DE82_EF95) >> 40) as i64 - (1 << 23);
                    *sample = (word >> (24 - self.bits) << (24 - self.bits)) as f64 / f64::from(1 << 24);
                }
            }
            Ok(())
        }
    }

    #[test]
    fn a_padded_word_is_an_objection_and_a_whole_one_is_none() {
        // Half of full scale: a bit of the word is used up by the scaling.
        let padded = look(&mut Noise { bits: 15, frames: 60_000 }, Some(24)).unwrap();
        assert!(padded.objections.len() == 1 && padded.objections[0].contains("16 bits in use of 24"), "{padded:?}");
        assert_eq!(look(&mut Noise { bits: 23, frames: 60_000 }, Some(24)).unwrap(), Origin::default());
        // Floats have no word.
        assert_eq!(look(&mut Noise { bits: 15, frames: 60_000 }, None).unwrap(), Origin::default());
    }
}
