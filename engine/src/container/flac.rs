//! FLAC files, written block by block in bounded memory. The coder is a kept library's (`flacenc`); the stream around
//! its frames (RFC 9639, sections 8.1 to 8.8) is written here, so that length and MD5 are right whatever the length.
//!
//! The MD5 in the stream information is that of the interleaved little-endian samples (section 8.2): `flac -t` and
//! every other decoder proves the audio with it.

mod comment;

pub use comment::Picture;

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Fill, FrameBuf};
use md5::{Digest, Md5};

use super::pending::PendingFile;
use crate::audio::Block;
use crate::unit::{Frames, SampleRate};

/// Frames coded together: what the reference encoder takes at its usual settings.
const BLOCK_FRAMES: usize = 4096;
/// Bytes of the stream information (section 8.2).
const STREAM_INFO_BYTES: u32 = 34;
/// Highest rate that the 20 bits of the stream information hold.
const HIGHEST_RATE: u32 = 655_350;
/// Most channels.
const MOST_CHANNELS: usize = 8;

/// Why a FLAC file was not written. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum FlacError {
    /// The format does not hold it.
    #[error("FLAC does not hold {what}")]
    Refused {
        /// What.
        what: String,
    },
    /// A sample is no whole step of the word, or beyond its range.
    #[error("frame {} of channel {} is no whole {bits}-bit step; nothing was written", .frame.0, .channel + 1)]
    Inexact {
        /// The frame.
        frame: Frames,
        /// The channel, from 0.
        channel: usize,
        /// The word.
        bits: u8,
    },
    /// The coder failed.
    #[error("the FLAC coder failed at frame {}: {cause}; nothing was written", .frame.0)]
    Coder {
        /// Where.
        frame: Frames,
        /// What it said.
        cause: String,
    },
    /// The system failed to write.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Texts and a picture beside the audio.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FlacTags {
    /// Vorbis comments: name and value, in order. Names are ASCII without `=`.
    pub comments: Vec<(String, String)>,
    /// The front cover.
    pub picture: Option<Picture>,
}

/// Writes a FLAC file from blocks of whole steps. The file gets its name in [`FlacWriter::finish`].
pub struct FlacWriter {
    file: PendingFile,
    config: Verified<config::Encoder>,
    info: StreamInfo,
    bits: u8,
    channels: usize,
    rate: SampleRate,
    /// Interleaved steps not yet coded.
    held: Vec<i32>,
    buffer: FrameBuf,
    digest: Md5,
    frames: u64,
    coded: u64,
    smallest: u32,
    largest: u32,
}

impl FlacWriter {
    /// Starts a file of 16- or 24-bit samples.
    ///
    /// # Errors
    /// A word, rate or number of channels that FLAC does not hold; a folder that cannot be written.
    pub fn create(
        path: &Path,
        rate: SampleRate,
        bits: u8,
        channels: usize,
        tags: &FlacTags,
    ) -> Result<FlacWriter, FlacError> {
        let refused = |what: String| Err(FlacError::Refused { what });
        if !matches!(bits, 16 | 24) {
            return refused(format!("{bits}-bit words here (16 and 24)"));
        }
        if channels == 0 || channels > MOST_CHANNELS {
            return refused(format!("{channels} channels"));
        }
        if rate.0 == 0 || rate.0 > HIGHEST_RATE {
            return refused(format!("{} frames per second", rate.0));
        }
        let failed = |cause: &dyn std::fmt::Display| FlacError::Coder { frame: Frames(0), cause: cause.to_string() };
        let config = config::Encoder::default().into_verified().map_err(|(_, error)| failed(&error))?;
        let info = StreamInfo::new(rate.0 as usize, channels, usize::from(bits)).map_err(|error| failed(&error))?;
        let buffer = FrameBuf::with_size(channels, BLOCK_FRAMES).map_err(|error| failed(&error))?;
        let mut writer = FlacWriter {
            file: PendingFile::create(path)?,
            config,
            info,
            bits,
            channels,
            rate,
            held: Vec::with_capacity(2 * BLOCK_FRAMES * channels),
            buffer,
            digest: Md5::new(),
            frames: 0,
            coded: 0,
            smallest: u32::MAX,
            largest: 0,
        };
        writer.head(tags)?;
        Ok(writer)
    }

    fn head(&mut self, tags: &FlacTags) -> Result<(), FlacError> {
        self.file.write_all(b"fLaC")?;
        self.file.write_all(&STREAM_INFO_BYTES.to_be_bytes())?;
        self.file.write_all(&[0; STREAM_INFO_BYTES as usize])?;
        let comment = comment::encode(&tags.comments).map_err(|what| FlacError::Refused { what })?;
        let picture = tags.picture.as_ref().map(Picture::encode);
        let picture = picture.transpose().map_err(|what| FlacError::Refused { what })?;
        self.file.write_all(&comment::header(comment::COMMENT, comment.len(), picture.is_none()))?;
        self.file.write_all(&comment)?;
        if let Some(picture) = picture {
            self.file.write_all(&comment::header(comment::PICTURE, picture.len(), true))?;
            self.file.write_all(&picture)?;
        }
        Ok(())
    }

    /// Appends a block of the file's channels; every sample must be a whole step of the word.
    pub fn write(&mut self, block: &Block) -> Result<(), FlacError> {
        if block.channels() != self.channels {
            let what = format!("{} channels in a file of {}", block.channels(), self.channels);
            return Err(FlacError::Refused { what });
        }
        let full = f64::from(1_i32 << (self.bits - 1));
        let bytes = usize::from(self.bits / 8);
        for frame in 0..block.frames() {
            for channel in 0..self.channels {
                let step = block.channel(channel)[frame] * full;
                if step != step.trunc() || !(-full..full).contains(&step) {
                    let frame = Frames(self.frames + frame as u64);
                    return Err(FlacError::Inexact { frame, channel, bits: self.bits });
                }
                let step = step as i32;
                self.digest.update(&step.to_le_bytes()[..bytes]);
                self.held.push(step);
            }
        }
        self.frames += block.frames() as u64;
        let whole = BLOCK_FRAMES * self.channels;
        let mut start = 0;
        while self.held.len() - start >= whole {
            self.code(start, whole)?;
            start += whole;
        }
        self.held.drain(..start);
        Ok(())
    }

    fn code(&mut self, start: usize, samples: usize) -> Result<(), FlacError> {
        let at = Frames(self.coded * BLOCK_FRAMES as u64);
        let failed = |cause: String| FlacError::Coder { frame: at, cause };
        // Fewer frames than the buffer holds make a shorter last frame.
        self.buffer.fill_interleaved(&self.held[start..start + samples]).map_err(|error| failed(error.to_string()))?;
        let frame = flacenc::encode_fixed_size_frame(&self.config, &self.buffer, self.coded as usize, &self.info)
            .map_err(|error| failed(error.to_string()))?;
        let mut sink = ByteSink::new();
        frame.write(&mut sink).map_err(|error| failed(error.to_string()))?;
        let bytes = sink.into_inner();
        self.smallest = self.smallest.min(bytes.len() as u32);
        self.largest = self.largest.max(bytes.len() as u32);
        self.coded += 1;
        self.file.write_all(&bytes)?;
        Ok(())
    }

    /// Codes what is left, completes the stream information, syncs the file and gives it its name. Returns its length
    /// in frames.
    pub fn finish(mut self) -> Result<Frames, FlacError> {
        let left = self.held.len();
        if left > 0 {
            self.code(0, left)?;
        }
        let info = self.stream_info();
        self.file.seek(SeekFrom::Start(8))?;
        self.file.write_all(&info)?;
        self.file.finish()?;
        Ok(Frames(self.frames))
    }

    /// Section 8.2: block sizes, frame sizes, rate, channels, word, length, MD5.
    fn stream_info(&self) -> [u8; STREAM_INFO_BYTES as usize] {
        let mut out = [0; STREAM_INFO_BYTES as usize];
        let block = (BLOCK_FRAMES as u16).to_be_bytes();
        out[0..2].copy_from_slice(&block);
        out[2..4].copy_from_slice(&block);
        let smallest = if self.coded == 0 { 0 } else { self.smallest };
        out[4..7].copy_from_slice(&smallest.to_be_bytes()[1..]);
        out[7..10].copy_from_slice(&self.largest.to_be_bytes()[1..]);
        let packed = u64::from(self.rate.0) << 44
            | ((self.channels - 1) as u64) << 41
            | u64::from(self.bits - 1) << 36
            // 36 bits hold 68 719 476 735 frames: four days at 192 kHz.
            | self.frames & 0xF_FFFF_FFFF;
        out[10..18].copy_from_slice(&packed.to_be_bytes());
        out[18..34].copy_from_slice(&self.digest.clone().finalize());
        out
    }
}

#[cfg(test)]
mod tests;
