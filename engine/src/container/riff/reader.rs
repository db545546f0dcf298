use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use super::Error;
use super::bext::Bext;
use super::chunk::{self, Chunk, FourCc, Map};
use super::format::{Encoding, Format};
use super::info::{self, InfoItem};
use super::marker::{self, Marker};
use crate::audio::Block;
use crate::container::Damage;
use crate::unit::Frames;

/// Bytes fetched at once: some 200 ms of 24-bit stereo, so that small sequential reads cost no system call.
const WINDOW_BYTES: usize = 64 * 1024;
/// Upper bounds of what is read of each describing chunk: more than any honest file holds.
const BEXT_LIMIT: u64 = 1 << 20;
const LIST_LIMIT: u64 = 1 << 20;
const CUE_LIMIT: u64 = 1 << 20;
const ID3_LIMIT: u64 = 32 << 20;

/// A WAV file open for reading at any frame.
#[derive(Debug)]
pub struct WavReader<R = File> {
    input: R,
    form: &'static str,
    format: Format,
    frames: Frames,
    damage: Option<Damage>,
    data: Chunk,
    chunks: Vec<Chunk>,
    bext: Option<Bext>,
    info: Vec<InfoItem>,
    markers: Vec<Marker>,
    window: Vec<u8>,
    window_start: u64,
}

impl WavReader<File> {
    /// Opens a file. Errors say at which byte it fails; a file that is merely cut short opens with a [`Damage`].
    pub fn open(path: &Path) -> Result<WavReader<File>, Error> {
        WavReader::new(File::open(path).map_err(Error::io(0))?)
    }
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads the chunks of `input`, from its start.
    pub fn new(mut input: R) -> Result<WavReader<R>, Error> {
        let map = Map::read(&mut input)?;
        let end = map.file_length;
        let missing = |name: &str| Error::malformed(end, format!("the file ends without a {name} chunk"));
        let fmt = *map.find(b"fmt ").ok_or_else(|| missing("fmt"))?;
        let format = Format::parse(&chunk::content(&mut input, &fmt, 64)?, fmt.offset)?;
        let data = *map.find(b"data").ok_or_else(|| missing("data"))?;
        let frames = Frames(data.length / format.frame_bytes() as u64);
        let mut reader = WavReader {
            input,
            form: map.form,
            format,
            frames,
            damage: damage(&format, &data, frames),
            data,
            chunks: map.chunks,
            bext: None,
            info: Vec::new(),
            markers: Vec::new(),
            window: Vec::new(),
            window_start: 0,
        };
        reader.describe()?;
        Ok(reader)
    }

    /// `WAV`, `RF64` or `BW64`.
    pub fn form(&self) -> &'static str {
        self.form
    }

    /// How samples are stored.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Length, as far as the file holds it.
    pub fn frames(&self) -> Frames {
        self.frames
    }

    /// What is wrong with the file, if anything.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Every chunk in order, the unknown ones too.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Whether the file is only `RIFF`, `fmt ` and `data`, as the strictest shops want it.
    pub fn is_clean(&self) -> bool {
        self.chunks.iter().all(|chunk| matches!(&chunk.id.0, b"fmt " | b"data"))
    }

    /// The broadcast extension.
    pub fn bext(&self) -> Option<&Bext> {
        self.bext.as_ref()
    }

    /// The entries of LIST INFO.
    pub fn info(&self) -> &[InfoItem] {
        &self.info
    }

    /// Markers and regions in the order of time.
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }

    /// The bytes of the ID3v2 tag in an `id3 ` (or `ID3 `) chunk.
    pub fn id3(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let named = |chunk: &&Chunk| chunk.id.0.eq_ignore_ascii_case(b"id3 ");
        match self.chunks.iter().find(named).copied() {
            Some(found) => chunk::content(&mut self.input, &found, ID3_LIMIT).map(Some),
            None => Ok(None),
        }
    }

    /// The content of the first chunk named `id`, at most `limit` bytes of it.
    pub fn chunk(&mut self, id: &[u8; 4], limit: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.chunks.iter().find(|chunk| chunk.id == FourCc(*id)).copied() {
            Some(found) => chunk::content(&mut self.input, &found, limit).map(Some),
            None => Ok(None),
        }
    }

    /// Fills `out` from frame `start` on, exactly; past the end, and in channels the file does not have, with zeros.
    /// Integers are scaled by 1/2^(bits−1); floats pass untouched, also beyond full scale and not-a-number.
    pub fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        let wanted = out.frames();
        let held = self.frames.0.saturating_sub(start).min(wanted as u64) as usize;
        let mut done = 0;
        while done < held {
            let position = start + done as u64;
            let first = self.fetch(position)?;
            let frame_bytes = self.format.frame_bytes();
            let count = ((self.window.len() - first) / frame_bytes).min(held - done);
            self.spread(first, count, done, out);
            done += count;
        }
        for channel in 0..out.channels() {
            let from = if channel < usize::from(self.format.channels) { held } else { 0 };
            out.channel_mut(channel)[from..].fill(0.0);
        }
        Ok(())
    }

    /// Makes the window hold the frame at `position` and returns the byte where it starts in the window.
    fn fetch(&mut self, position: u64) -> Result<usize, Error> {
        let frame_bytes = self.format.frame_bytes();
        let held = (self.window.len() / frame_bytes) as u64;
        if position >= self.window_start && position < self.window_start + held {
            return Ok((position - self.window_start) as usize * frame_bytes);
        }
        let capacity = (WINDOW_BYTES / frame_bytes).max(1) as u64;
        let count = capacity.min(self.frames.0 - position) as usize;
        let offset = self.data.offset + position * frame_bytes as u64;
        self.window.resize(count * frame_bytes, 0);
        let held = chunk::read_at(&mut self.input, offset, &mut self.window)?;
        if held < self.window.len() {
            self.window.clear();
            let cause = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            return Err(Error::Io { offset: offset + held as u64, cause });
        }
        self.window_start = position;
        Ok(0)
    }

    /// Converts `count` frames of the window from byte `first` on into `out` at frame `to`.
    fn spread(&self, first: usize, count: usize, to: usize, out: &mut Block) {
        let frame_bytes = self.format.frame_bytes();
        let sample_bytes = self.format.encoding.bytes();
        let bytes = &self.window[first..first + count * frame_bytes];
        for channel in 0..out.channels().min(usize::from(self.format.channels)) {
            let samples = bytes[channel * sample_bytes..].chunks(frame_bytes);
            let target = &mut out.channel_mut(channel)[to..to + count];
            decode(self.format.encoding, samples, target);
        }
    }

    /// Reads the describing chunks.
    fn describe(&mut self) -> Result<(), Error> {
        if let Some(bytes) = self.chunk(b"bext", BEXT_LIMIT)? {
            self.bext = Bext::parse(&bytes);
        }
        let cue = self.chunk(b"cue ", CUE_LIMIT)?.unwrap_or_default();
        let mut adtl = Vec::new();
        let lists: Vec<Chunk> = self.chunks.iter().filter(|chunk| &chunk.id.0 == b"LIST").take(16).copied().collect();
        for list in lists {
            let bytes = chunk::content(&mut self.input, &list, LIST_LIMIT)?;
            match bytes.split_at_checked(4) {
                Some((b"INFO", items)) => self.info.extend(info::parse(items)),
                Some((b"adtl", labels)) => adtl.extend_from_slice(labels),
                _ => {}
            }
        }
        self.markers = marker::parse(&cue, &adtl);
        Ok(())
    }
}

fn damage(format: &Format, data: &Chunk, held: Frames) -> Option<Damage> {
    let frame_bytes = format.frame_bytes() as u64;
    let (offset, rate) = (data.offset, format.rate);
    if data.open_ended {
        return Some(Damage::Unfinished { offset, held, rate });
    }
    if data.claimed > data.length {
        return Some(Damage::Truncated { offset, claimed: Frames(data.claimed / frame_bytes), held, rate });
    }
    let rest = data.length % frame_bytes;
    (rest > 0).then(|| Damage::Ragged { offset: offset + data.length - rest, bytes: rest })
}

/// Converts samples that begin at the start of each of `frames`.
fn decode<'a>(encoding: Encoding, frames: impl Iterator<Item = &'a [u8]>, out: &mut [f64]) {
    // A power of two: the product is exact.
    let step = 1.0 / encoding.full_scale();
    let pairs = out.iter_mut().zip(frames);
    match encoding {
        Encoding::Int8 => pairs.for_each(|(o, b)| *o = f64::from(i16::from(b[0]) - 128) * step),
        Encoding::Int16 => pairs.for_each(|(o, b)| *o = f64::from(i16::from_le_bytes([b[0], b[1]])) * step),
        Encoding::Int24 => {
            pairs.for_each(|(o, b)| *o = f64::from(i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8) * step);
        }
        Encoding::Int32 => {
            pairs.for_each(|(o, b)| *o = f64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]])) * step);
        }
        Encoding::Float32 => {
            pairs.for_each(|(o, b)| *o = f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        }
        Encoding::Float64 => {
            pairs.for_each(|(o, b)| *o = f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
        }
    }
}
