use super::{Measured, Measurement};
use crate::analysis::loudness::{GatingBlocks, Reading, ShortTermBlocks};
use crate::analysis::true_peak::Over;
use crate::unit::{Dbtp, Frames, Lufs};

/// The first bytes of a kept measurement, with its version: another one where a measurement means something else.
const MAGIC: &[u8; 8] = b"LQRMEAS1";

/// Why bytes are no measurement. Nothing is lost: it is measured again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasuredError {
    /// Another file, or another version.
    #[error("this is no measurement of this version: it will be measured again")]
    Unknown,
    /// Cut short or damaged.
    #[error("the kept measurement is damaged: it will be measured again")]
    Damaged,
}

impl Measured {
    /// The measurement as bytes for a cache: every number comes back with the same bits.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        // A structure of numbers and texts always has a text form; were it empty, reading would say so.
        let figures = toml::to_string(&self.measurement).unwrap_or_default();
        put(&mut bytes, figures.as_bytes());
        put_row(&mut bytes, self.gating_blocks.energies().iter().copied());
        put_row(&mut bytes, self.short_term_blocks.energies().iter().copied());
        let level = |value: Option<Lufs>| value.map_or(f64::NAN, |lufs| lufs.0);
        put_row(
            &mut bytes,
            self.history.iter().flat_map(|reading| [level(reading.momentary), level(reading.short_term)]),
        );
        put_row(&mut bytes, self.peaks.iter().copied());
        let mut overs = Vec::with_capacity(32 * self.overs.len());
        for over in &self.overs {
            for number in [over.channel as u64, over.start.0, over.length.0, over.peak.0.to_bits()] {
                overs.extend(number.to_le_bytes());
            }
        }
        put(&mut bytes, &overs);
        bytes
    }

    /// Reads what [`Measured::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Measured, MeasuredError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(MeasuredError::Unknown)?;
        let figures = std::str::from_utf8(take(&mut rest)?).map_err(|_| MeasuredError::Damaged)?;
        let measurement: Measurement = toml::from_str(figures).map_err(|_| MeasuredError::Damaged)?;
        let gating_blocks = GatingBlocks::of_energies(take_row(&mut rest)?);
        let short_term_blocks = ShortTermBlocks::of_energies(take_row(&mut rest)?);
        let level = |value: f64| (!value.is_nan()).then_some(Lufs(value));
        let history = take_row(&mut rest)?;
        let history = history.chunks_exact(2);
        let history = history.map(|pair| Reading { momentary: level(pair[0]), short_term: level(pair[1]) }).collect();
        let peaks = take_row(&mut rest)?;
        let numbers: Vec<u64> =
            take(&mut rest)?.chunks_exact(8).map(|number| u64::from_le_bytes(eight(number))).collect();
        let over = |over: &[u64]| Over {
            channel: over[0] as usize,
            start: Frames(over[1]),
            length: Frames(over[2]),
            peak: Dbtp(f64::from_bits(over[3])),
        };
        let overs = numbers.chunks_exact(4).map(over).collect();
        if !rest.is_empty() {
            return Err(MeasuredError::Damaged);
        }
        Ok(Measured { measurement, gating_blocks, short_term_blocks, history, peaks, overs })
    }
}

/// A length and that many bytes.
fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u64).to_le_bytes());
    bytes.extend(part);
}

fn put_row(bytes: &mut Vec<u8>, row: impl Iterator<Item = f64>) {
    let part: Vec<u8> = row.flat_map(f64::to_le_bytes).collect();
    put(bytes, &part);
}

fn take<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], MeasuredError> {
    let (length, after) = rest.split_at_checked(8).ok_or(MeasuredError::Damaged)?;
    let length = usize::try_from(u64::from_le_bytes(eight(length))).map_err(|_| MeasuredError::Damaged)?;
    let (part, after) = after.split_at_checked(length).ok_or(MeasuredError::Damaged)?;
    *rest = after;
    Ok(part)
}

fn take_row(rest: &mut &[u8]) -> Result<Vec<f64>, MeasuredError> {
    Ok(take(rest)?.chunks_exact(8).map(|number| f64::from_le_bytes(eight(number))).collect())
}

/// Eight bytes of a slice that has them.
fn eight(bytes: &[u8]) -> [u8; 8] {
    bytes.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::Measurer;
    use super::*;
    use crate::audio::{Block, Layout};
    use crate::unit::SampleRate;

    fn measured(samples: Vec<f64>) -> Measured {
        let mut measurer = Measurer::new(Layout::Stereo, SampleRate(44_100), Some(24)).unwrap();
        measurer.process(&Block::from_channels(&[samples.clone(), samples]));
        measurer.finish()
    }

    #[test]
    fn every_bit_comes_back() {
        let loud = measured((0..200_000).map(|n| 1.1 * libm::sin(0.01 * n as f64)).collect());
        assert!(!loud.overs.is_empty());
        for one in [loud, measured(vec![0.0; 50_000]), measured(Vec::new())] {
            assert_eq!(Measured::from_bytes(&one.to_bytes()), Ok(one));
        }
    }

    #[test]
    fn damage_is_said_and_never_read() {
        let bytes = measured((0..9_000).map(|n| 0.5 * libm::sin(0.2 * n as f64)).collect()).to_bytes();
        for length in 0..bytes.len() {
            assert!(Measured::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert_eq!(Measured::from_bytes(b"LQRMEAS0"), Err(MeasuredError::Unknown));
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(Measured::from_bytes(&longer), Err(MeasuredError::Damaged));
    }
}
