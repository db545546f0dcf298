use super::{BASE_FRAMES, Column, Overview, Partial, Pyramid};

/// The first bytes of a cached overview, with its version.
const MAGIC: &[u8; 8] = b"LQRVIEW1";
/// Magic, channels, frames.
const HEAD_BYTES: usize = 8 + 4 + 8;
/// Three 32-bit floats.
const COLUMN_BYTES: usize = 12;

/// Why bytes are no overview. Nothing is lost: it is built again from the audio.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverviewError {
    /// Another file, or another version.
    #[error("this is no waveform overview of this version: it will be built again")]
    Unknown,
    /// Cut short or too long.
    #[error("the waveform overview has {found} bytes instead of {expected}: it will be built again")]
    Length {
        /// Bytes there should be.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
}

impl Overview {
    /// The overview as bytes for a cache: the lowest level only, the rest follows from it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.channels.len() as u32).to_le_bytes());
        bytes.extend(self.frames.to_le_bytes());
        for pyramid in &self.channels {
            let full = pyramid.levels.first().into_iter().flatten().copied();
            let rest = (pyramid.partial.frames > 0).then(|| pyramid.partial.column());
            for column in full.chain(rest) {
                for value in [column.min, column.max, column.power] {
                    bytes.extend(value.to_le_bytes());
                }
            }
        }
        bytes
    }

    /// Reads what [`Overview::to_bytes`] wrote. More blocks may follow it, to the precision of a 32-bit float.
    pub fn from_bytes(bytes: &[u8]) -> Result<Overview, OverviewError> {
        if bytes.len() < HEAD_BYTES || &bytes[..8] != MAGIC {
            return Err(OverviewError::Unknown);
        }
        let channels = u64::from(u32::from_le_bytes(four(&bytes[8..12])));
        let frames =
            u64::from_le_bytes([four(&bytes[12..16]), four(&bytes[16..20])].concat().try_into().unwrap_or_default());
        let columns = frames.div_ceil(BASE_FRAMES);
        let body = columns.checked_mul(channels).and_then(|count| count.checked_mul(COLUMN_BYTES as u64));
        let expected = body.and_then(|body| body.checked_add(HEAD_BYTES as u64)).ok_or(OverviewError::Unknown)?;
        if expected != bytes.len() as u64 {
            return Err(OverviewError::Length { expected, found: bytes.len() as u64 });
        }
        let mut rows = bytes[HEAD_BYTES..].chunks_exact(COLUMN_BYTES).map(column);
        let channels = (0..channels).map(|_| pyramid(&mut rows, frames)).collect();
        Ok(Overview { channels, frames })
    }
}

fn pyramid(rows: &mut impl Iterator<Item = Column>, frames: u64) -> Pyramid {
    let mut pyramid = Pyramid::default();
    for column in rows.take((frames / BASE_FRAMES) as usize) {
        pyramid.push(column);
    }
    let rest = frames % BASE_FRAMES;
    if rest > 0
        && let Some(column) = rows.next()
    {
        let power = f64::from(column.power) * rest as f64;
        pyramid.partial = Partial { frames: rest, min: column.min.into(), max: column.max.into(), power };
    }
    pyramid
}

fn column(bytes: &[u8]) -> Column {
    let value = |at: usize| f32::from_le_bytes(four(&bytes[at..at + 4]));
    Column { min: value(0), max: value(4), power: value(8) }
}

fn four(bytes: &[u8]) -> [u8; 4] {
    bytes.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Block;
    use crate::unit::Frames;

    fn overview(frames: usize) -> Overview {
        let mut overview = Overview::new(2);
        let signal: Vec<f64> = (0..frames).map(|n| libm::sin(n as f64 * 0.05)).collect();
        overview.process(&Block::from_channels(&[signal.clone(), signal.iter().map(|s| s / 2.0).collect()]));
        overview
    }

    #[test]
    fn bytes_bring_the_picture_back() {
        for frames in [0, 1, 255, 256, 257, 5000] {
            let before = overview(frames);
            let after = Overview::from_bytes(&before.to_bytes()).unwrap();
            assert_eq!(after.frames(), Frames(frames as u64));
            for channel in 0..2 {
                let ask = |o: &Overview| o.query(channel, Frames(0), Frames(5000), 9);
                assert_eq!(ask(&before), ask(&after), "{frames} frames");
            }
        }
    }

    #[test]
    fn damaged_bytes_are_said() {
        let bytes = overview(1000).to_bytes();
        assert_eq!(Overview::from_bytes(b"RIFF").err(), Some(OverviewError::Unknown));
        assert!(matches!(Overview::from_bytes(&bytes[..bytes.len() - 1]).err(), Some(OverviewError::Length { .. })));
        let mut huge = bytes.clone();
        huge[8..20].fill(0xff);
        assert!(Overview::from_bytes(&huge).is_err());
    }
}
