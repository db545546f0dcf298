//! One audio file on its way to disk, and back.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::broadcast;
use super::job::DeliverError;
use crate::analysis::measure::{Measured, Measurer};
use crate::audio::{Block, Layout};
use crate::container::riff::{Bext, Encoding, Extras, Format, WavWriter};
use crate::session::Depth;
use crate::source;
use crate::unit::{Frames, SampleRate};

/// Frames read back at a time.
const BLOCK_FRAMES: usize = 16_384;

/// An audio file being written. It remembers a hash of every sample it was given.
pub(super) struct Sink {
    path: PathBuf,
    writer: WavWriter,
    samples: Sha256,
    depth: Depth,
    frames: u64,
    /// A broadcast chunk that waits for the loudness of what is being written.
    broadcast: Option<(Bext, Measurer)>,
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
        let format = Format::new(encoding(depth), rate, layout);
        let extras = Extras { expected: Some(Frames(frames)), ..Extras::default() };
        let writer = WavWriter::create(path, format, extras).map_err(DeliverError::write(path))?;
        Ok(Sink { path: path.to_path_buf(), writer, samples: Sha256::new(), depth, frames: 0, broadcast: None })
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
        let format = Format::new(encoding(depth), rate, layout);
        let extras = Extras { expected: Some(Frames(frames)), bext: Some(bext.clone()), ..Extras::default() };
        let writer = WavWriter::create(path, format, extras).map_err(DeliverError::write(path))?;
        let measurer = Measurer::new(layout, rate, depth.integer_bits().map(u32::from))?;
        let broadcast = Some((bext, measurer));
        Ok(Sink { path: path.to_path_buf(), writer, samples: Sha256::new(), depth, frames: 0, broadcast })
    }

    /// Ends the file, reads it back with the reader every file is read with, nulls it against what was rendered and
    /// measures it. `told` hears of every stretch that was read and may stop it.
    pub(super) fn finish(
        mut self,
        told: &mut dyn FnMut(u64) -> Result<(), DeliverError>,
    ) -> Result<ReadBack, DeliverError> {
        let path = self.path;
        if let Some((bext, measurer)) = self.broadcast.take() {
            let bext = broadcast::with_loudness(bext, &measurer.finish().measurement);
            self.writer.set_bext(&bext).map_err(DeliverError::write(&path))?;
        }
        let written = self.writer.finish().map_err(DeliverError::write(&path))?;
        if written.clipped > 0 {
            // Cut samples cannot null: said by name, for the remedy is the ceiling of the pass.
            return Err(DeliverError::Clipped { path, samples: written.clipped });
        }
        let mut opened = source::open(&path)?;
        let damaged = || DeliverError::NotTheSame { path: path.clone() };
        if opened.reader.frames().0 != self.frames {
            return Err(damaged());
        }
        let bits = opened.info.bits.map(u32::from);
        let (rate, layout) = (opened.reader.rate(), opened.reader.layout());
        let mut measurer = Measurer::new(layout, rate, bits).map_err(DeliverError::from)?;
        let mut block = Block::new(layout.channels(), BLOCK_FRAMES);
        let mut again = Sha256::new();
        let mut place = 0;
        while place < self.frames {
            block.set_frames((self.frames - place).min(BLOCK_FRAMES as u64) as usize);
            opened.reader.read(place, &mut block)?;
            hash_samples(&mut again, &block, self.depth);
            measurer.process(&block);
            place += block.frames() as u64;
            told(block.frames() as u64)?;
        }
        let samples = again.finalize();
        if samples != self.samples.finalize() {
            return Err(damaged());
        }
        let (bytes, sha256, md5) = digest(&path)?;
        Ok(ReadBack { bytes, sha256, md5, measured: measurer.finish(), samples: hex(&samples) })
    }
}

/// What rendered frames are given to.
pub(super) trait Take {
    /// Takes the next frames.
    fn take(&mut self, block: &Block) -> Result<(), DeliverError>;
}

impl Take for Sink {
    fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        hash_samples(&mut self.samples, block, self.depth);
        self.frames += block.frames() as u64;
        if let Some((_, measurer)) = &mut self.broadcast {
            measurer.process(block);
        }
        self.writer.write(block).map_err(DeliverError::write(&self.path))
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
