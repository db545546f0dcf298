//! The image of a disc on its way to disk, and back.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::DeliverError;
use super::sink::{Take, hash_samples};
use crate::audio::Block;
use crate::container::ddp::{FIRST_PAUSE, Image, ImageWriter, SECTOR_BYTES};
use crate::session::Depth;

/// Sectors read back at a time.
const SECTORS: u64 = 32;
/// Full scale of a 16-bit word.
const FULL_SCALE: f64 = 32_768.0;

/// An image being written. It remembers a hash of every sample it was given.
pub(super) struct ImageSink {
    path: PathBuf,
    writer: ImageWriter,
    samples: Sha256,
    frames: u64,
}

impl ImageSink {
    /// Starts an image with the first pause.
    pub(super) fn create(path: &Path) -> Result<ImageSink, DeliverError> {
        let writer = ImageWriter::create(path).map_err(DeliverError::write(path))?;
        Ok(ImageSink { path: path.to_path_buf(), writer, samples: Sha256::new(), frames: 0 })
    }

    /// Ends the image: it is on the disk now, with as many sectors as are returned.
    pub(super) fn finish(self) -> Result<WrittenImage, DeliverError> {
        let path = self.path;
        let written = self.writer.finish().map_err(DeliverError::write(&path))?;
        if written.clipped > 0 {
            return Err(DeliverError::Clipped { path, samples: written.clipped });
        }
        Ok(WrittenImage { path, samples: self.samples, frames: self.frames, sectors: written.sectors })
    }
}

impl Take for ImageSink {
    fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        hash_samples(&mut self.samples, block, Depth::Int16);
        self.frames += block.frames() as u64;
        self.writer.write(block).map_err(DeliverError::write(&self.path))
    }
}

/// An image on the disk, not yet read back.
pub(super) struct WrittenImage {
    path: PathBuf,
    samples: Sha256,
    frames: u64,
    /// Its sectors, the first pause included.
    pub(super) sectors: u64,
}

impl WrittenImage {
    /// Reads the image back through the reader of filesets and nulls it against what was rendered; the pause before it
    /// and the filling behind it must be silent.
    pub(super) fn null(self, image: &Image) -> Result<(), DeliverError> {
        let failed = || DeliverError::NotTheSame { path: self.path.clone() };
        if image.end().0 != self.sectors as i64 || image.start().0 != 0 {
            return Err(failed());
        }
        let mut reader = image.reader();
        let mut read = |at: u64, sectors: u64| {
            let mut bytes = vec![0; (sectors * SECTOR_BYTES) as usize];
            let read = reader.read(at, &mut bytes);
            read.map(|()| bytes)
                .map_err(|cause| DeliverError::Read { path: self.path.clone(), cause: cause.to_string() })
        };
        if read(0, FIRST_PAUSE as u64)?.iter().any(|byte| *byte != 0) {
            return Err(failed());
        }
        let mut again = Sha256::new();
        let (mut at, mut left) = (FIRST_PAUSE as u64, self.frames);
        while at < self.sectors {
            let sectors = SECTORS.min(self.sectors - at);
            let block = block_of(&read(at, sectors)?);
            let kept = left.min(block.frames() as u64) as usize;
            let mut held = Block::new(2, kept);
            held.copy_from(0, &block, 0, kept);
            hash_samples(&mut again, &held, Depth::Int16);
            if block.iter().any(|channel| channel[kept..].iter().any(|sample| *sample != 0.0)) {
                return Err(failed());
            }
            (at, left) = (at + sectors, left - kept as u64);
        }
        if left == 0 && again.finalize() == self.samples.clone().finalize() { Ok(()) } else { Err(failed()) }
    }
}

/// Samples of an image as a block.
pub(super) fn block_of(bytes: &[u8]) -> Block {
    let sample = |low: u8, high: u8| f64::from(i16::from_le_bytes([low, high])) / FULL_SCALE;
    let left: Vec<f64> = bytes.chunks_exact(4).map(|frame| sample(frame[0], frame[1])).collect();
    let right: Vec<f64> = bytes.chunks_exact(4).map(|frame| sample(frame[2], frame[3])).collect();
    Block::from_channels(&[left, right])
}
