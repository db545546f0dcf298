//! The image of a DDP fileset as a source: the disc from the start of its first pause to the lead-out.

use std::path::{Path, PathBuf};

use super::{Error, Info, Reader, Source};
use crate::audio::{Block, Layout};
use crate::container::ddp::{Fileset, ImageReader, SECTOR_BYTES, SECTOR_FRAMES};
use crate::container::tag::Tags;
use crate::unit::{Frames, SampleRate};

/// Steps of full scale of a 16-bit word.
const FULL_SCALE: f64 = 32_768.0;

/// Opens the fileset in a folder.
pub(super) fn open(path: &Path) -> Result<Source, Error> {
    let unknown = |what: String| Error::Unsupported { path: path.to_path_buf(), what };
    let set = Fileset::open(path).map_err(|error| unknown(error.to_string()))?;
    let sectors = set.image.end().0.max(0) as u64;
    if sectors == 0 {
        return Err(unknown("the fileset has no image".into()));
    }
    let info = Info {
        path: path.to_path_buf(),
        format: "DDP".into(),
        codec: "PCM".into(),
        rate: SampleRate::CD,
        layout: Layout::Stereo,
        frames: Frames(sectors * SECTOR_FRAMES),
        bits: Some(16),
        float: false,
        lossy: false,
        tags: Tags::default(),
        markers: Vec::new(),
        bext: None,
        damage: None,
        non_finite: None,
        identity: None,
    };
    let reader = Disc { path: path.to_path_buf(), reader: set.image.reader(), sectors, bytes: Vec::new() };
    Ok(Source { info, reader: Box::new(reader) })
}

/// The frames of a disc.
struct Disc {
    path: PathBuf,
    reader: ImageReader,
    sectors: u64,
    bytes: Vec<u8>,
}

impl Reader for Disc {
    fn rate(&self) -> SampleRate {
        SampleRate::CD
    }

    fn layout(&self) -> Layout {
        Layout::Stereo
    }

    fn frames(&self) -> Frames {
        Frames(self.sectors * SECTOR_FRAMES)
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        out.clear();
        let end = (start + out.frames() as u64).min(self.sectors * SECTOR_FRAMES);
        if start >= end {
            return Ok(());
        }
        let (first, last) = (start / SECTOR_FRAMES, end.div_ceil(SECTOR_FRAMES));
        self.bytes.resize(((last - first) * SECTOR_BYTES) as usize, 0);
        self.reader.read(first, &mut self.bytes).map_err(Error::io(&self.path))?;
        let skipped = (start - first * SECTOR_FRAMES) as usize * 4;
        for (frame, bytes) in self.bytes[skipped..].chunks_exact(4).take((end - start) as usize).enumerate() {
            for channel in 0..out.channels().min(2) {
                let word = i16::from_le_bytes([bytes[2 * channel], bytes[2 * channel + 1]]);
                out.channel_mut(channel)[frame] = f64::from(word) / FULL_SCALE;
            }
        }
        Ok(())
    }
}
