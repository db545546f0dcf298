//! One audio file on its way to disk, and back.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::broadcast;
use super::error::DeliverError;
use super::scribe::{Done, Scribe, Work};
use crate::analysis::measure::{Measured, Measurer};
use crate::audio::{Block, Layout};
use crate::container::riff::{Bext, Encoding, Extras, Format, WavWriter};
use crate::session::Depth;
use crate::source;
use crate::unit::{Frames, SampleRate};

/// Frames read back at a time.
const BLOCK_FRAMES: usize = 16_384;

/// An audio file being written, hashed and measured beside the render.
pub(super) struct Sink {
    path: PathBuf,
    scribe: Scribe,
    depth: Depth,
    frames: u64,
    /// A broadcast chunk that waits for the loudness of what is being written.
    broadcast: Option<Bext>,
}

/// An audio file that was written and read back.
pub(super) struct ReadBack {
    /// Bytes of the file.
    pub(super) bytes: u64,
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// MD5 of the file.
    pub(super) md5: String,
    /// What was measured in it.
    pub(super) measured: Measured,
    /// SHA-256 of its samples, which are those of the render.
    pub(super) samples: String,
}

pub(super) fn encoding(depth: Depth) -> Encoding {
    match depth {
        Depth::Int16 => Encoding::Int16,
        Depth::Int24 => Encoding::Int24,
        Depth::Int32 => Encoding::Int32,
        Depth::Float32 => Encoding::Float32,
        Depth::Float64 => Encoding::Float64,
    }
}

impl Sink {
    /// Starts a file of a known length: nothing in it but format and audio.
    pub(super) fn create(
        path: &Path,
        depth: Depth,
        rate: SampleRate,
        layout: Layout,
        frames: u64,
    ) -> Result<Sink, DeliverError> {
        let extras = Extras { expected: Some(Frames(frames)), ..Extras::default() };
        Sink::start(path, depth, (rate, layout), extras, None)
    }

    /// Starts a Broadcast Wave file: its chunk gets the loudness of what is written when it is finished.
    pub(super) fn broadcast(
        path: &Path,
        depth: Depth,
        rate: SampleRate,
        layout: Layout,
        frames: u64,
        bext: Bext,
    ) -> Result<Sink, DeliverError> {
        let extras = Extras { expected: Some(Frames(frames)), bext: Some(bext.clone()), ..Extras::default() };
        Sink::start(path, depth, (rate, layout), extras, Some(bext))
    }

    fn start(
        path: &Path,
        depth: Depth,
        (rate, layout): (SampleRate, Layout),
        extras: Extras,
        broadcast: Option<Bext>,
    ) -> Result<Sink, DeliverError> {
        let format = Format::new(encoding(depth), rate, layout);
        let writer = WavWriter::create(path, format, extras).map_err(DeliverError::write(path))?;
        let measurer = Measurer::new(layout, rate, depth.integer_bits().map(u32::from))?;
        let scribe = Scribe::start(Work { path: path.to_path_buf(), writer, measurer, depth })?;
        Ok(Sink { path: path.to_path_buf(), scribe, depth, frames: 0, broadcast })
    }

    /// Ends the file, reads it back with the reader every file is read with and nulls it against what was rendered and
    /// measured. `told` hears of every stretch that was read and may stop it.
    pub(super) fn finish(
        self,
        told: &mut dyn FnMut(u64) -> Result<(), DeliverError>,
    ) -> Result<ReadBack, DeliverError> {
        let path = self.path;
        let Done { mut writer, samples: given, measured } = self.scribe.finish()?;
        if let Some(bext) = self.broadcast {
            let bext = broadcast::with_loudness(bext, &measured.measurement);
            writer.set_bext(&bext).map_err(DeliverError::write(&path))?;
        }
        let written = writer.finish().map_err(DeliverError::write(&path))?;
        if written.clipped > 0 {
            // Cut samples cannot null: said by name, for the remedy is the ceiling of the pass.
            return Err(DeliverError::Clipped { path, samples: written.clipped });
        }
        let mut opened = source::open(&path)?;
        let damaged = || DeliverError::NotTheSame { path: path.clone() };
        if opened.reader.frames().0 != self.frames {
            return Err(damaged());
        }
        let mut block = Block::new(opened.reader.layout().channels(), BLOCK_FRAMES);
        let mut again = Sha256::new();
        let mut place = 0;
        while place < self.frames {
            block.set_frames((self.frames - place).min(BLOCK_FRAMES as u64) as usize);
            opened.reader.read(place, &mut block)?;
            hash_samples(&mut again, &block, self.depth);
            place += block.frames() as u64;
            told(block.frames() as u64)?;
        }
        let samples = again.finalize();
        if samples != given.finalize() {
            return Err(damaged());
        }
        let (bytes, sha256, md5) = digest(&path)?;
        Ok(ReadBack { bytes, sha256, md5, measured, samples: hex(&samples) })
    }
}

/// What rendered frames are given to.
pub(super) trait Take {
    /// Takes the next frames.
    fn take(&mut self, block: &Block) -> Result<(), DeliverError>;
}

impl Take for Sink {
    fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        self.frames += block.frames() as u64;
        self.scribe.take(block)
    }
}

/// Samples hashed at a time.
const HASHED: usize = 512;

/// Hashes samples, frame by frame, as the word of the file holds them.
pub(super) fn hash_samples(hasher: &mut Sha256, block: &Block, depth: Depth) {
    let mut bytes = [0u8; 8 * HASHED];
    let mut filled = 0;
    for frame in 0..block.frames() {
        for channel in block.iter() {
            let sample = channel[frame];
            let held = if depth == Depth::Float32 { f64::from(sample as f32) } else { sample };
            // A negative zero is the same sample as zero.
            bytes[filled..filled + 8].copy_from_slice(&(held + 0.0).to_bits().to_le_bytes());
            filled += 8;
            if filled == bytes.len() {
                sha2::Digest::update(hasher, bytes);
                filled = 0;
            }
        }
    }
    sha2::Digest::update(hasher, &bytes[..filled]);
}

/// Length, SHA-256 and MD5 of a file.
pub(super) fn digest(path: &Path) -> Result<(u64, String, String), DeliverError> {
    let failed = |cause: std::io::Error| DeliverError::Read { path: path.to_path_buf(), cause: cause.to_string() };
    let mut file = File::open(path).map_err(failed)?;
    let (mut sha, mut md5, mut total) = (Sha256::new(), Md5::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            break;
        }
        sha2::Digest::update(&mut sha, &buffer[..count]);
        md5.update(&buffer[..count]);
        total += count as u64;
    }
    Ok((total, hex(&sha.finalize()), hex(&md5.finalize())))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
