//! What a repair has put in the place of the source's samples.
//!
//! On disk: the eight letters `LACQPAT1`; then for each piece channel (u32), first frame (u64), number of samples (u64) and
//! the samples (f64); then a piece of channel `u32::MAX` whose two numbers are the count of pieces and of samples.
//! All little-endian. A file without that end is not read: it is computed again.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::container::pending::PendingFile;

const MAGIC: &[u8; 8] = b"LACQPAT1";
const HEAD_BYTES: u64 = 20;
const END: u32 = u32::MAX;
/// Patches up to this many samples are held in memory: 8 MiB.
const HELD_SAMPLES: u64 = 1 << 20;
/// Samples of one piece at most: pieces are read whole or in part, and found by their heads.
pub(super) const MOST_SAMPLES: usize = 1 << 16;

/// New samples of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The channel.
    pub channel: usize,
    /// The frames.
    pub span: Range<u64>,
    /// Byte in the file, or index in memory, of the first sample.
    place: u64,
}

/// The new samples of a repair, in memory or on disk.
#[derive(Debug)]
pub struct Patch {
    /// By channel, then by frame; pieces of a channel do not overlap.
    pieces: Vec<Piece>,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Memory(Vec<f64>),
    Disk(File),
}

impl Patch {
    /// The pieces, by channel and then by time.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Samples replaced.
    pub fn samples(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.span.end - piece.span.start).sum()
    }

    /// Writes what it holds of frames `start..` into one channel's samples.
    pub(super) fn apply(&mut self, channel: usize, start: u64, out: &mut [f64]) -> io::Result<()> {
        let end = start + out.len() as u64;
        let first = self.pieces.partition_point(|piece| (piece.channel, piece.span.end) <= (channel, start));
        for piece in &self.pieces[first..] {
            if piece.channel != channel || piece.span.start >= end {
                break;
            }
            let (from, to) = (piece.span.start.max(start), piece.span.end.min(end));
            let target = &mut out[(from - start) as usize..(to - start) as usize];
            self.held.read(piece.place, from - piece.span.start, target)?;
        }
        Ok(())
    }

    /// Reads a patch file.
    pub(super) fn open(path: &Path) -> io::Result<Patch> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut reader = BufReader::new(file);
        let mut magic = [0; 8];
        reader.read_exact(&mut magic)?;
        if &magic != MAGIC {
            return Err(broken("it is no patch"));
        }
        let (mut pieces, mut samples, mut place) = (Vec::new(), 0u64, MAGIC.len() as u64);
        loop {
            let (channel, start, count) = head(&mut reader)?;
            place += HEAD_BYTES;
            if channel == END {
                if (start, count) != (pieces.len() as u64, samples) || place != length {
                    return Err(broken("its end does not fit"));
                }
                break;
            }
            let bytes = count.checked_mul(8).filter(|bytes| *bytes <= length - place.min(length));
            let bytes = bytes.ok_or_else(|| broken("a piece is longer than the file"))?;
            let end = start.checked_add(count).ok_or_else(|| broken("a piece ends nowhere"))?;
            pieces.push(Piece { channel: channel as usize, span: start..end, place });
            samples += count;
            place += bytes;
            reader.seek_relative(bytes as i64)?;
        }
        let mut patch = Patch { pieces, held: Held::Disk(reader.into_inner()) };
        patch.pieces.sort_by_key(|piece| (piece.channel, piece.span.start));
        if samples <= HELD_SAMPLES { patch.into_memory(samples) } else { Ok(patch) }
    }

    fn into_memory(mut self, samples: u64) -> io::Result<Patch> {
        let mut all = vec![0.0; samples as usize];
        let mut done = 0;
        for piece in &mut self.pieces {
            let count = (piece.span.end - piece.span.start) as usize;
            self.held.read(piece.place, 0, &mut all[done..done + count])?;
            piece.place = done as u64;
            done += count;
        }
        Ok(Patch { pieces: self.pieces, held: Held::Memory(all) })
    }
}

impl Held {
    fn read(&mut self, place: u64, offset: u64, out: &mut [f64]) -> io::Result<()> {
        match self {
            Held::Memory(samples) => {
                let from = (place + offset) as usize;
                out.copy_from_slice(&samples[from..from + out.len()]);
                Ok(())
            }
            Held::Disk(file) => {
                let mut bytes = vec![0; out.len() * 8];
                file.seek(SeekFrom::Start(place + offset * 8))?;
                file.read_exact(&mut bytes)?;
                for (sample, bytes) in out.iter_mut().zip(bytes.as_chunks::<8>().0) {
                    *sample = f64::from_le_bytes(*bytes);
                }
                Ok(())
            }
        }
    }
}

fn head(reader: &mut impl Read) -> io::Result<(u32, u64, u64)> {
    let (mut channel, mut start, mut count) = ([0; 4], [0; 8], [0; 8]);
    reader.read_exact(&mut channel)?;
    reader.read_exact(&mut start)?;
    reader.read_exact(&mut count)?;
    Ok((u32::from_le_bytes(channel), u64::from_le_bytes(start), u64::from_le_bytes(count)))
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Takes the new samples of a repair in.
pub(super) struct PatchWriter {
    pieces: Vec<Piece>,
    samples: u64,
    sink: Sink,
}

enum Sink {
    Memory(Vec<f64>),
    Disk(PendingFile, PathBuf, u64),
}

impl PatchWriter {
    /// A patch that stays in memory.
    pub fn in_memory() -> PatchWriter {
        PatchWriter { pieces: Vec::new(), samples: 0, sink: Sink::Memory(Vec::new()) }
    }

    /// A patch that becomes the file `path`, whole or not at all.
    pub fn on_disk(path: &Path) -> io::Result<PatchWriter> {
        let mut file = PendingFile::create(path)?;
        file.write_all(MAGIC)?;
        let sink = Sink::Disk(file, path.to_path_buf(), MAGIC.len() as u64);
        Ok(PatchWriter { pieces: Vec::new(), samples: 0, sink })
    }

    /// Adds samples of a channel from frame `start` on. Pieces of a channel do not overlap.
    pub fn write(&mut self, channel: usize, start: u64, samples: &[f64]) -> io::Result<()> {
        for (index, part) in samples.chunks(MOST_SAMPLES).enumerate() {
            self.write_piece(channel, start + (index * MOST_SAMPLES) as u64, part)?;
        }
        Ok(())
    }

    fn write_piece(&mut self, channel: usize, start: u64, samples: &[f64]) -> io::Result<()> {
        let count = samples.len() as u64;
        let place = match &mut self.sink {
            Sink::Memory(all) => {
                let place = all.len() as u64;
                all.extend_from_slice(samples);
                place
            }
            Sink::Disk(file, _, place) => {
                let mut bytes = Vec::with_capacity(HEAD_BYTES as usize + samples.len() * 8);
                put_head(&mut bytes, channel as u32, start, count);
                samples.iter().for_each(|sample| bytes.extend_from_slice(&sample.to_le_bytes()));
                file.write_all(&bytes)?;
                let first = *place + HEAD_BYTES;
                *place += bytes.len() as u64;
                first
            }
        };
        self.pieces.push(Piece { channel, span: start..start + count, place });
        self.samples += count;
        Ok(())
    }

    /// The finished patch.
    pub fn finish(mut self) -> io::Result<Patch> {
        let count = self.pieces.len() as u64;
        self.pieces.sort_by_key(|piece| (piece.channel, piece.span.start));
        match self.sink {
            Sink::Memory(all) => Ok(Patch { pieces: self.pieces, held: Held::Memory(all) }),
            Sink::Disk(mut file, path, _) => {
                let mut bytes = Vec::new();
                put_head(&mut bytes, END, count, self.samples);
                file.write_all(&bytes)?;
                file.finish()?;
                Patch::open(&path)
            }
        }
    }
}

fn put_head(bytes: &mut Vec<u8>, channel: u32, start: u64, count: u64) {
    bytes.extend_from_slice(&channel.to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(patch: &mut Patch, channel: usize, start: u64, count: usize) -> Vec<f64> {
        let mut out = vec![0.0; count];
        patch.apply(channel, start, &mut out).unwrap();
        out
    }

    #[test]
    fn pieces_come_back_from_memory_and_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.patch");
        for mut writer in [PatchWriter::in_memory(), PatchWriter::on_disk(&path).unwrap()] {
            writer.write(1, 10, &[1.0, 2.0, 3.0]).unwrap();
            writer.write(0, 4, &[9.0]).unwrap();
            writer.write(1, 2, &[7.0]).unwrap();
            let mut patch = writer.finish().unwrap();
            assert_eq!(applied(&mut patch, 1, 0, 5), [0.0, 0.0, 7.0, 0.0, 0.0]);
            assert_eq!(applied(&mut patch, 1, 11, 3), [2.0, 3.0, 0.0]);
            assert_eq!(applied(&mut patch, 0, 3, 3), [0.0, 9.0, 0.0]);
            assert_eq!(patch.samples(), 5);
        }
    }

    #[test]
    fn a_long_patch_stays_on_disk_and_a_cut_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.patch");
        let long: Vec<f64> = (0..HELD_SAMPLES + 5).map(|n| n as f64).collect();
        let mut writer = PatchWriter::on_disk(&path).unwrap();
        writer.write(0, 3, &long).unwrap();
        let mut patch = writer.finish().unwrap();
        assert!(matches!(patch.held, Held::Disk(..)));
        assert_eq!(applied(&mut patch, 0, 65_530, 20), (65_527..65_547).map(f64::from).collect::<Vec<_>>());
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 7, 15, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(Patch::open(&path).is_err(), "{cut}");
        }
    }
}
