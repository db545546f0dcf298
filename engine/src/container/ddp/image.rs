//! The image: sectors of 16-bit little-endian stereo, read across however many files, and written.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{FIRST_PAUSE, SECTOR_BYTES, SECTOR_FRAMES};
use crate::audio::Block;
use crate::container::pending::PendingFile;
use crate::unit::CdFrame;

/// Steps of full scale of a 16-bit word.
const FULL_SCALE: f64 = 32_768.0;

/// A stretch of the image that lies in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) path: PathBuf,
    /// First byte in the file.
    pub(super) offset: u64,
    /// A-time of its first sector.
    pub(super) start: u64,
    /// Sectors.
    pub(super) sectors: u64,
}

/// The sectors of a disc, addressed by A-time. Sectors before the image (one that leaves the first pause out) are
/// silent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    pub(super) pieces: Vec<Piece>,
}

impl Image {
    /// A-time of the first sector that is there.
    pub fn start(&self) -> CdFrame {
        CdFrame(self.pieces.first().map_or(0, |piece| piece.start as i64))
    }

    /// A-time of the end: one past the last sector.
    pub fn end(&self) -> CdFrame {
        CdFrame(self.pieces.last().map_or(0, |piece| (piece.start + piece.sectors) as i64))
    }

    /// The files the image lies in.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.pieces.iter().map(|piece| piece.path.as_path())
    }

    /// A reader of its own file handles.
    pub fn reader(&self) -> ImageReader {
        ImageReader { image: self.clone(), open: None }
    }
}

/// Reads sectors of an image.
pub struct ImageReader {
    image: Image,
    /// The piece whose file is open.
    open: Option<(usize, File)>,
}

impl ImageReader {
    /// The bytes from sector `at` (A-time) on; `out` is a whole number of sectors. Zeros where there is no sector.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(&mut self, at: u64, out: &mut [u8]) -> io::Result<()> {
        out.fill(0);
        let (mut sector, end) = (at, at + out.len() as u64 / SECTOR_BYTES);
        while sector < end {
            let inside = |piece: &Piece| (piece.start..piece.start + piece.sectors).contains(&sector);
            let Some(index) = self.image.pieces.iter().position(inside) else {
                let next = self.image.pieces.iter().map(|piece| piece.start).filter(|start| *start > sector).min();
                sector = next.unwrap_or(end).min(end);
                continue;
            };
            let piece = &self.image.pieces[index];
            let until = end.min(piece.start + piece.sectors);
            let from = piece.offset + (sector - piece.start) * SECTOR_BYTES;
            let (first, last) = ((sector - at) * SECTOR_BYTES, (until - at) * SECTOR_BYTES);
            self.file(index)?.seek(SeekFrom::Start(from))?;
            self.file(index)?.read_exact(&mut out[first as usize..last as usize])?;
            sector = until;
        }
        Ok(())
    }

    fn file(&mut self, index: usize) -> io::Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != index) {
            self.open = Some((index, File::open(&self.image.pieces[index].path)?));
        }
        self.open.as_mut().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The two samples of a frame at `bytes`, as 16-bit words.
pub(super) fn samples(bytes: &[u8]) -> impl Iterator<Item = [i16; 2]> {
    bytes
        .chunks_exact(4)
        .map(|frame| [i16::from_le_bytes([frame[0], frame[1]]), i16::from_le_bytes([frame[2], frame[3]])])
}

/// Writes an image: the first pause, then what it is given.
pub struct ImageWriter {
    file: BufWriter<PendingFile>,
    frames: u64,
    clipped: u64,
}

/// An image that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageWritten {
    /// Sectors, the first pause included.
    pub sectors: u64,
    /// Samples that did not fit the word and were cut.
    pub clipped: u64,
}

impl ImageWriter {
    /// Starts an image at `path` with the silence of the first pause.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> io::Result<ImageWriter> {
        let mut file = BufWriter::with_capacity(1 << 18, PendingFile::create(path)?);
        file.write_all(&vec![0; FIRST_PAUSE as usize * SECTOR_BYTES as usize])?;
        Ok(ImageWriter { file, frames: 0, clipped: 0 })
    }

    /// Appends frames of two channels that are already words of 16 bits: nothing is dithered here.
    ///
    /// # Errors
    /// The disk, or a block that is not stereo.
    pub fn write(&mut self, block: &Block) -> io::Result<()> {
        if block.channels() != 2 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a disc has two channels"));
        }
        let (left, right) = (block.channel(0), block.channel(1));
        for frame in 0..block.frames() {
            let words = [self.word(left[frame]), self.word(right[frame])];
            let bytes = words.map(i16::to_le_bytes);
            self.file.write_all(bytes.as_flattened())?;
        }
        self.frames += block.frames() as u64;
        Ok(())
    }

    fn word(&mut self, sample: f64) -> i16 {
        let step = (sample * FULL_SCALE).round();
        self.clipped += u64::from(!(-FULL_SCALE..FULL_SCALE).contains(&step));
        step.clamp(-FULL_SCALE, FULL_SCALE - 1.0) as i16
    }

    /// Fills the last sector with silence, syncs and names the file.
    ///
    /// # Errors
    /// The disk.
    pub fn finish(mut self) -> io::Result<ImageWritten> {
        let rest = (SECTOR_FRAMES - self.frames % SECTOR_FRAMES) % SECTOR_FRAMES;
        self.file.write_all(&vec![0; rest as usize * 4])?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
        let sectors = FIRST_PAUSE as u64 + (self.frames + rest) / SECTOR_FRAMES;
        Ok(ImageWritten { sectors, clipped: self.clipped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_by_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IMAGE.DAT");
        let mut writer = ImageWriter::create(&path).unwrap();
        let steps = |value: f64| vec![value / FULL_SCALE; 600];
        writer.write(&Block::from_channels(&[steps(291.0), steps(-292.0)])).unwrap();
        let written = writer.finish().unwrap();
        assert_eq!(written, ImageWritten { sectors: 152, clipped: 0 });
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 152 * SECTOR_BYTES);
        let piece = |start, offset, sectors| Piece { path: path.clone(), offset, start, sectors };
        // The same image, once whole and once with the pause left out and in two pieces.
        let whole = Image { pieces: vec![piece(0, 0, 152)] };
        let parts = Image { pieces: vec![piece(150, 150 * SECTOR_BYTES, 1), piece(151, 151 * SECTOR_BYTES, 1)] };
        let read = |image: &Image| {
            let mut bytes = vec![7; 5 * SECTOR_BYTES as usize];
            image.reader().read(148, &mut bytes).unwrap();
            bytes
        };
        assert_eq!(read(&whole), read(&parts));
        assert_eq!((whole.end(), parts.start()), (CdFrame(152), CdFrame(150)));
        let bytes = read(&whole);
        let words: Vec<_> = samples(&bytes).collect();
        assert_eq!(words[2 * 588 - 1], [0, 0]);
        assert_eq!(words[2 * 588], [291, -292]);
        assert_eq!(words[2 * 588 + 599], [291, -292]);
        assert_eq!(words[2 * 588 + 600..], vec![[0, 0]; 3 * 588 - 600]);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = ImageWriter::create(&folder.path().join("I")).unwrap();
        writer.write(&Block::from_channels(&[vec![1.0, -1.0], vec![-1.1, f64::NAN]])).unwrap();
        assert_eq!(writer.finish().unwrap().clipped, 3);
        let mut writer = ImageWriter::create(&folder.path().join("I")).unwrap();
        assert!(writer.write(&Block::from_channels(&[vec![0.0]])).is_err());
    }
}
