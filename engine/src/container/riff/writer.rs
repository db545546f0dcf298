use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::bext::Bext;
use super::chunk::SIZE_ELSEWHERE;
use super::format::{Encoding, Format};
use super::info::{self, InfoItem};
use super::marker::{self, Marker};
use crate::audio::Block;
use crate::container::pending::PendingFile;
use crate::unit::Frames;

/// Encoded bytes held back before they go to the system.
const BUFFER_BYTES: usize = 256 * 1024;
/// A ds64 chunk without a table: header and sizes (EBU Tech 3306).
const DS64_BYTES: u64 = 8 + 28;
/// Where the chunks begin.
const HEAD_BYTES: u64 = 12;

/// Which form a file takes when its sizes outgrow 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Large {
    /// Plain RIFF up to 4 GiB, RF64 beyond.
    #[default]
    Automatic,
    /// RF64 (EBU Tech 3306) at any size.
    Rf64,
    /// BW64 (ITU-R BS.2088) at any size.
    Bw64,
}

/// What a file carries besides the audio. The default is nothing at all: `RIFF`, `fmt ` and `data`, which every shop
/// accepts (float files also get the `fact` chunk that the standard wants of them).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extras {
    /// Broadcast extension.
    pub bext: Option<Bext>,
    /// LIST INFO entries.
    pub info: Vec<InfoItem>,
    /// Markers and regions.
    pub markers: Vec<Marker>,
    /// A whole ID3v2 tag for an `id3 ` chunk.
    pub id3: Option<Vec<u8>>,
    /// The form of the file.
    pub large: Large,
    /// The length where it is known: a file that will outgrow 4 GiB is then laid out for it from the start.
    pub expected: Option<Frames>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Length of the audio.
    pub frames: Frames,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Samples beyond the integer range that were held at its end: a fault of the caller's level, to be reported.
    pub clipped: u64,
    /// Samples that were no whole step of the integer coding and were rounded: the caller's dither is missing.
    pub inexact: u64,
}

/// Writes a WAV file from blocks. The file gets its name in [`WavWriter::finish`]; dropped before that, nothing is
/// left behind.
#[derive(Debug)]
pub struct WavWriter {
    file: PendingFile,
    format: Format,
    extras: Extras,
    buffer: Vec<u8>,
    written: Written,
    /// Byte offset of the content of `bext`, `fact`; where they exist.
    bext_at: Option<u64>,
    fact_at: Option<u64>,
    data_at: u64,
    large: bool,
    /// Largest RIFF size written without a ds64 chunk.
    limit: u64,
}

impl WavWriter {
    /// Starts a file that will be called `path`, in a folder that exists.
    pub fn create(path: &Path, format: Format, extras: Extras) -> Result<WavWriter, Error> {
        // The last size that is not the mark "see ds64".
        WavWriter::with_limit(path, format, extras, u64::from(SIZE_ELSEWHERE) - 1)
    }

    /// The same with another size from which a ds64 chunk is needed.
    pub(super) fn with_limit(path: &Path, format: Format, extras: Extras, limit: u64) -> Result<WavWriter, Error> {
        if format.channels == 0 {
            return Err(Error::Refused { what: "a file without channels".into() });
        }
        let file = PendingFile::create(path).map_err(Error::io(0))?;
        let expected = extras.expected.map_or(0, |frames| frames.0.saturating_mul(format.frame_bytes() as u64));
        let large = extras.large != Large::Automatic || expected > limit;
        let mut writer = WavWriter {
            file,
            format,
            extras,
            buffer: Vec::with_capacity(BUFFER_BYTES + 4096),
            written: Written::default(),
            bext_at: None,
            fact_at: None,
            data_at: 0,
            large,
            limit,
        };
        writer.head();
        Ok(writer)
    }

    /// The format being written.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Frames written so far.
    pub fn frames(&self) -> Frames {
        self.written.frames
    }

    /// Appends a block. It must have the channels of the file. Integers are made by scaling with 2^(bits−1);
    /// what has to be rounded or held at the range is counted in [`Written`].
    pub fn write(&mut self, block: &Block) -> Result<(), Error> {
        if block.channels() != usize::from(self.format.channels) {
            let what = format!("{} channels into a file of {}", block.channels(), self.format.channels);
            return Err(Error::Refused { what });
        }
        for frame in 0..block.frames() {
            for channel in 0..block.channels() {
                let sample = block.channel(channel)[frame];
                if !sample.is_finite() {
                    let frame = Frames(self.written.frames.0 + frame as u64);
                    return Err(Error::NotFinite { frame, channel });
                }
                self.push(sample);
            }
            if self.buffer.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        self.written.frames.0 += block.frames() as u64;
        Ok(())
    }

    /// Appends interleaved whole steps of the file's integer coding. Refused for float files, for a part of a frame
    /// and for values that the coding cannot hold.
    pub fn write_steps(&mut self, interleaved: &[i32]) -> Result<(), Error> {
        let channels = usize::from(self.format.channels);
        if self.format.encoding.is_float() || !interleaved.len().is_multiple_of(channels) {
            return Err(Error::Refused { what: "integer samples that do not fit the file's format".into() });
        }
        let full = self.format.encoding.full_scale();
        for sample in interleaved {
            let value = f64::from(*sample);
            if value >= full || value < -full {
                return Err(Error::Refused { what: format!("the sample {sample} outside the integer range") });
            }
            self.push(value / full);
            if self.buffer.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        self.written.frames.0 += (interleaved.len() / channels) as u64;
        Ok(())
    }

    /// Replaces the broadcast extension given at the start, once loudness is known. It must not grow: same length of
    /// coding history.
    pub fn set_bext(&mut self, bext: &Bext) -> Result<(), Error> {
        let held = self.extras.bext.as_ref().map(|bext| bext.encode().len());
        let bytes = bext.encode();
        let (Some(at), true) = (self.bext_at, held == Some(bytes.len())) else {
            return Err(Error::Refused { what: "a broadcast chunk of another length than was reserved".into() });
        };
        self.flush()?;
        self.patch(at, &bytes)?;
        self.extras.bext = Some(bext.clone());
        Ok(())
    }

    /// Replaces the LIST INFO entries, which are written behind the audio.
    pub fn set_info(&mut self, info: Vec<InfoItem>) {
        self.extras.info = info;
    }

    /// Completes the header, syncs the file to the disk and gives it its name.
    pub fn finish(mut self) -> Result<Written, Error> {
        let data_bytes = self.written.frames.0 * self.format.frame_bytes() as u64;
        if data_bytes & 1 == 1 {
            self.buffer.push(0);
        }
        self.tail();
        self.flush()?;
        let mut total = self.file.seek(SeekFrom::End(0)).map_err(Error::io(0))?;
        if !self.large && total - 8 > self.limit {
            self.make_room(total)?;
            total += DS64_BYTES;
        }
        self.sizes(total, data_bytes)?;
        self.written.bytes = total;
        let written = self.written;
        self.file.finish().map_err(Error::io(total))?;
        Ok(written)
    }

    /// Everything before the audio.
    fn head(&mut self) {
        self.buffer.extend(b"RIFF\0\0\0\0WAVE");
        if self.large {
            self.chunk(b"ds64", &[0; 28]);
        }
        if let Some(bext) = self.extras.bext.clone() {
            self.bext_at = Some(self.chunk(b"bext", &bext.encode()));
        }
        let mut fmt = self.format.encode();
        if self.format.encoding.is_float() && fmt.len() == 16 {
            // Anything but plain PCM states the size of its extension, even if it has none.
            fmt.extend([0, 0]);
        }
        self.chunk(b"fmt ", &fmt);
        if self.format.encoding.is_float() {
            self.fact_at = Some(self.chunk(b"fact", &[0; 4]));
        }
        self.data_at = self.chunk(b"data", &[]);
    }

    /// Everything behind the audio.
    fn tail(&mut self) {
        let extras = std::mem::take(&mut self.extras);
        if !extras.markers.is_empty() {
            self.chunk(b"cue ", &marker::encode_cue(&extras.markers));
            self.chunk(b"LIST", &marker::encode_adtl(&extras.markers));
        }
        if !extras.info.is_empty() {
            self.chunk(b"LIST", &info::encode(&extras.info));
        }
        if let Some(id3) = &extras.id3 {
            self.chunk(b"id3 ", id3);
        }
        self.extras = extras;
    }

    /// Appends a chunk to the buffer; in the head, returns the byte offset of its content.
    fn chunk(&mut self, id: &[u8; 4], content: &[u8]) -> u64 {
        info::push_subchunk(&mut self.buffer, id, content);
        (self.buffer.len() - content.len() - (content.len() & 1)) as u64
    }

    fn push(&mut self, sample: f64) {
        match self.format.encoding {
            Encoding::Float32 => self.buffer.extend((sample as f32).to_le_bytes()),
            Encoding::Float64 => self.buffer.extend(sample.to_le_bytes()),
            encoding => {
                let full = encoding.full_scale();
                let scaled = sample * full;
                let rounded = scaled.round();
                self.written.inexact += u64::from(rounded != scaled);
                self.written.clipped += u64::from(rounded >= full || rounded < -full);
                let step = rounded.clamp(-full, full - 1.0) as i32;
                match encoding {
                    Encoding::Int8 => self.buffer.push((step + 128) as u8),
                    _ => self.buffer.extend(&step.to_le_bytes()[..encoding.bytes()]),
                }
            }
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let offset = self.data_at + self.written.frames.0 * self.format.frame_bytes() as u64;
        self.file.write_all(&self.buffer).map_err(Error::io(offset))?;
        self.buffer.clear();
        Ok(())
    }

    fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        self.file.seek(SeekFrom::Start(at)).map_err(Error::io(at))?;
        self.file.write_all(bytes).map_err(Error::io(at))?;
        self.file.seek(SeekFrom::End(0)).map_err(Error::io(at))?;
        Ok(())
    }

    /// Moves everything behind the head on by the length of a ds64 chunk, from the end backwards.
    fn make_room(&mut self, total: u64) -> Result<(), Error> {
        let mut end = total;
        let mut piece = vec![0u8; BUFFER_BYTES];
        while end > HEAD_BYTES {
            let length = (end - HEAD_BYTES).min(BUFFER_BYTES as u64);
            let start = end - length;
            let piece = &mut piece[..length as usize];
            self.file.seek(SeekFrom::Start(start)).map_err(Error::io(start))?;
            self.file.read_exact(piece).map_err(Error::io(start))?;
            self.patch(start + DS64_BYTES, piece)?;
            end = start;
        }
        self.patch(HEAD_BYTES, b"ds64\x1c\0\0\0")?;
        self.data_at += DS64_BYTES;
        self.fact_at = self.fact_at.map(|at| at + DS64_BYTES);
        self.large = true;
        Ok(())
    }

    /// Fills in every size.
    fn sizes(&mut self, total: u64, data_bytes: u64) -> Result<(), Error> {
        let frames = self.written.frames.0;
        let riff_size = total - 8;
        if self.large {
            let id = if self.extras.large == Large::Bw64 { b"BW64" } else { b"RF64" };
            self.patch(0, id)?;
            self.patch(4, &SIZE_ELSEWHERE.to_le_bytes())?;
            let mut ds64 = Vec::with_capacity(28);
            ds64.extend(riff_size.to_le_bytes());
            ds64.extend(data_bytes.to_le_bytes());
            ds64.extend(frames.to_le_bytes());
            ds64.extend(0u32.to_le_bytes());
            self.patch(HEAD_BYTES + 8, &ds64)?;
            self.patch(self.data_at - 4, &SIZE_ELSEWHERE.to_le_bytes())?;
        } else {
            self.patch(4, &(riff_size as u32).to_le_bytes())?;
            self.patch(self.data_at - 4, &(data_bytes as u32).to_le_bytes())?;
        }
        match self.fact_at {
            Some(at) => self.patch(at, &(frames.min(u64::from(SIZE_ELSEWHERE)) as u32).to_le_bytes()),
            None => Ok(()),
        }
    }

    /// The name the file will have.
    pub fn path(&self) -> PathBuf {
        self.file.target().to_path_buf()
    }
}
