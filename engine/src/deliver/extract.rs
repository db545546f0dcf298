//! The tracks of a DDP fileset as WAV files, sample for sample.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::DeliverError;
use super::image::block_of;
use crate::audio::Layout;
use crate::container::ddp::cdtext::Kind;
use crate::container::ddp::{FIRST_PAUSE, Fileset, ImageReader, SECTOR_BYTES};
use crate::container::name::{self, Rule};
use crate::container::riff::{Encoding, Extras, Format, WavWriter};
use crate::unit::{CdFrame, Frames, SampleRate};

/// Sectors copied at a time.
const SECTORS: u64 = 64;

/// A stretch of a disc that becomes a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// Number of the track; 0 is what sounds before track 1.
    pub track: u8,
    /// Name of the file.
    pub name: String,
    /// First sector, in A-time.
    pub from: CdFrame,
    /// One past the last.
    pub to: CdFrame,
}

/// The files that a fileset gives: each track from its start to the next one's, pauses at the end of the track before, as
/// readers of discs cut them; and what lies between the first two seconds and track 1.
pub fn extracts(set: &Fileset) -> Vec<Extract> {
    let mut extracts = Vec::new();
    let pause = CdFrame(FIRST_PAUSE);
    let title = |place: usize| {
        set.text.as_ref().and_then(|text| text.blocks.first()).map_or("", |block| block.string(Kind::Title, place))
    };
    if let Some(first) = set.disc.tracks.first().filter(|first| first.start() > pause) {
        let name = "00 Hidden.wav".to_string();
        extracts.push(Extract { track: 0, name, from: pause, to: first.start() });
    }
    for (place, track) in set.disc.tracks.iter().enumerate() {
        let title = if title(place + 1).is_empty() { "Track" } else { title(place + 1) };
        let name = format!("{}.wav", name::safe(&format!("{:02} {title}", track.number), Rule::ANY));
        let (from, to) = (track.start(), set.disc.end(place));
        extracts.push(Extract { track: track.number, name, from, to: CdFrame(to.0.max(from.0)) });
    }
    extracts
}

/// Writes the tracks into a folder; each file appears whole or not at all.
///
/// # Errors
/// The disk, an image that is shorter than the PQ descriptor says, or a cancel. Files that are finished stay.
pub fn extract(
    set: &Fileset,
    folder: &Path,
    progress: &mut dyn FnMut(&str, f64),
    cancel: &AtomicBool,
) -> Result<Vec<PathBuf>, DeliverError> {
    std::fs::create_dir_all(folder).map_err(DeliverError::folder(folder))?;
    let mut reader = set.image.reader();
    let mut written = Vec::new();
    let end = set.disc.lead_out.0.max(1) as f64;
    for extract in extracts(set) {
        let path = folder.join(&extract.name);
        if extract.to > set.image.end() {
            let cause = format!("track {:02} ends at {}, the image at {}", extract.track, extract.to, set.image.end());
            return Err(DeliverError::Read { path: set.folder.clone(), cause });
        }
        let mut tell = |at: i64| progress(&extract.name, at as f64 / end);
        copy(&mut reader, set, &extract, &path, &mut tell, cancel)?;
        written.push(path);
    }
    Ok(written)
}

fn copy(
    reader: &mut ImageReader,
    set: &Fileset,
    extract: &Extract,
    path: &Path,
    tell: &mut dyn FnMut(i64),
    cancel: &AtomicBool,
) -> Result<(), DeliverError> {
    let format = Format::new(Encoding::Int16, SampleRate::CD, Layout::Stereo);
    let frames = CdFrame(extract.to.0 - extract.from.0).frames(SampleRate::CD);
    let extras = Extras { expected: Some(Frames(frames.0)), ..Extras::default() };
    let mut writer = WavWriter::create(path, format, extras).map_err(DeliverError::write(path))?;
    let (mut at, to) = (extract.from.0.max(0) as u64, extract.to.0.max(0) as u64);
    while at < to {
        if cancel.load(Ordering::Relaxed) {
            return Err(DeliverError::Cancelled);
        }
        let sectors = SECTORS.min(to - at);
        let mut bytes = vec![0; (sectors * SECTOR_BYTES) as usize];
        let failed = |cause: std::io::Error| DeliverError::Read { path: set.folder.clone(), cause: cause.to_string() };
        reader.read(at, &mut bytes).map_err(failed)?;
        writer.write(&block_of(&bytes)).map_err(DeliverError::write(path))?;
        at += sectors;
        tell(at as i64);
    }
    writer.finish().map_err(DeliverError::write(path)).map(drop)
}
