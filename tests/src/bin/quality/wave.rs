//! Sound as it lies in a WAV file. Read and written here by hand: a second opinion on the engine's own reader.

use std::fs;
use std::path::Path;

/// Planar samples at a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// Frames per second.
    pub rate: u32,
    /// Channels of one length.
    pub channels: Vec<Vec<f64>>,
}

impl Wave {
    /// One channel.
    pub fn mono(rate: u32, samples: Vec<f64>) -> Wave {
        Wave { rate, channels: vec![samples] }
    }

    /// The first channel.
    pub fn first(&self) -> &[f64] {
        self.channels.first().map_or(&[], Vec::as_slice)
    }

    /// Writes 64-bit floats.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let channels = self.channels.len();
        let frames = self.first().len();
        let data = (frames * channels * 8) as u32;
        let mut bytes = Vec::with_capacity(44 + data as usize);
        bytes.extend(b"RIFF");
        bytes.extend((36 + data).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend(16u32.to_le_bytes());
        bytes.extend(3u16.to_le_bytes());
        bytes.extend((channels as u16).to_le_bytes());
        bytes.extend(self.rate.to_le_bytes());
        bytes.extend((self.rate * channels as u32 * 8).to_le_bytes());
        bytes.extend((channels as u16 * 8).to_le_bytes());
        bytes.extend(64u16.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(data.to_le_bytes());
        for frame in 0..frames {
            for channel in &self.channels {
                bytes.extend(channel[frame].to_le_bytes());
            }
        }
        fs::write(path, bytes)
    }

    /// Reads integers of 16, 24 and 32 bits and floats of 32 and 64.
    pub fn read(path: &Path) -> Result<Wave, String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let number = |at: usize, size: usize| {
            bytes.get(at..at + size).map(|part| part.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)))
        };
        let short = || format!("{}: cut short", path.display());
        let (mut at, mut format) = (12, None);
        loop {
            let id = bytes.get(at..at + 4).ok_or_else(short)?;
            let size = number(at + 4, 4).ok_or_else(short)? as usize;
            if id == b"fmt " {
                let mut tag = number(at + 8, 2).ok_or_else(short)?;
                if tag == 0xFFFE {
                    tag = number(at + 32, 2).ok_or_else(short)?;
                }
                let field = |offset: usize, size: usize| number(at + 8 + offset, size).ok_or_else(short);
                format = Some((tag, field(2, 2)? as usize, field(4, 4)? as u32, field(14, 2)? as usize));
            }
            if id == b"data" {
                let (tag, channels, rate, bits) = format.ok_or_else(short)?;
                let data = &bytes[at + 8..(at + 8 + size).min(bytes.len())];
                return Ok(Wave { rate, channels: decoded(data, tag, channels, bits)? });
            }
            at += 8 + size + size % 2;
        }
    }
}

fn decoded(data: &[u8], tag: u64, channels: usize, bits: usize) -> Result<Vec<Vec<f64>>, String> {
    let sample = |part: &[u8]| -> Option<f64> {
        Some(match (tag, bits) {
            (3, 64) => f64::from_le_bytes(part.try_into().ok()?),
            (3, 32) => f64::from(f32::from_le_bytes(part.try_into().ok()?)),
            (1, 16 | 24 | 32) => {
                let word = part.iter().rev().fold(0i64, |sum, byte| sum << 8 | i64::from(*byte));
                let word = (word << (64 - bits)) >> (64 - bits);
                word as f64 / (1u64 << (bits - 1)) as f64
            }
            _ => return None,
        })
    };
    let mut planar = vec![Vec::new(); channels];
    for (index, part) in data.chunks_exact(bits / 8).enumerate() {
        planar[index % channels].push(sample(part).ok_or_else(|| format!("format {tag} of {bits} bits is not read"))?);
    }
    Ok(planar)
}
