//! Files to frames: opening, decoding, reading ahead, recognising files again, and the cache of decoded ones.
//!
//! A [`Reader`] gives any frame of a file, exactly, and may wait for the disk. A [`Feed`] is what a renderer pulls:
//! either a reader itself (offline) or a read-ahead window filled by its own thread (live), which never waits.

pub mod cache;
mod decode;
mod disc;
mod error;
pub mod identity;
pub mod import;
mod info;
mod lossy;
mod sequence;
pub mod stream;
mod wav;

pub use cache::Cache;
pub use decode::VERSION as DECODER;
pub use error::Error;
pub use identity::Identity;
pub use import::import;
pub use info::{Info, NonFinite};
pub use stream::{Direct, Feed, Stream, Supply};

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::audio::{Block, Layout};
use crate::container::ddp::Fileset;
use crate::container::id3;
use crate::container::tag::Tags;
use crate::unit::{Frames, SampleRate};

/// Bytes of an ID3v2 tag looked at: text stands before pictures in all that is usual.
const ID3_LIMIT: u64 = 4 << 20;

/// Any frame of a sound, exactly. Reading may wait for the disk and allocate: never on the audio thread.
pub trait Reader: Send {
    /// Frames per second.
    fn rate(&self) -> SampleRate;
    /// The channels.
    fn layout(&self) -> Layout;
    /// Length.
    fn frames(&self) -> Frames;
    /// Fills the frames in use of `out` from frame `start` on; zeros past the end and in channels the sound does not
    /// have. The result does not depend on what was read before, or in what pieces.
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error>;
}

/// An open file: what it is, and its frames.
pub struct Source {
    /// What the file says and what was found.
    pub info: Info,
    /// Its frames.
    pub reader: Box<dyn Reader>,
}

/// Opens a sound file, or the folder of a DDP fileset. One of a lossy coding is decoded into the user's cache first, if it is not there yet.
pub fn open(path: &Path) -> Result<Source, Error> {
    open_with(path, &Cache::standard(), &mut |_| (), &AtomicBool::new(false))
}

/// Opens a sound file with a cache of choice. `progress` is told how much of a lossy file is decoded (0 to 1);
/// `cancel` stops that with [`Error::Cancelled`].
pub fn open_with(
    path: &Path,
    cache: &Cache,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Source, Error> {
    if Fileset::is_at(path) {
        return disc::open(path);
    }
    if is_wave(path)? {
        return wav::open(path);
    }
    let mut decoder = decode::Decoder::open(path)?;
    let mut info = describe(path, &mut decoder);
    info.tags.complete(leading_id3(path)?);
    if decoder.can_seek() {
        let reader = Box::new(sequence::Sequence::new(decoder, info.frames));
        return Ok(Source { info, reader });
    }
    let decoded = lossy::decoded(path, &mut decoder, cache, progress, cancel)?;
    (info.frames, info.damage) = (decoded.frames, decoded.damage);
    Ok(Source { info, reader: Box::new(wav::Wav::open(&decoded.path)?) })
}

/// What an ID3v2 tag at the head of the file says (MP3).
fn leading_id3(path: &Path) -> Result<Tags, Error> {
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(Error::io(path))?;
    file.by_ref().take(10).read_to_end(&mut bytes).map_err(Error::io(path))?;
    if bytes.starts_with(b"ID3") {
        file.take(ID3_LIMIT).read_to_end(&mut bytes).map_err(Error::io(path))?;
    }
    Ok(id3::parse(&bytes))
}

/// Whether the file begins like one for our own reader.
fn is_wave(path: &Path) -> Result<bool, Error> {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(4).read_to_end(&mut head)).map_err(Error::io(path))?;
    Ok(matches!(head.as_slice(), b"RIFF" | b"RF64" | b"BW64"))
}

fn describe(path: &Path, decoder: &mut decode::Decoder) -> Info {
    Info {
        path: path.to_path_buf(),
        format: std::mem::take(&mut decoder.container),
        codec: decoder.codec.to_string(),
        rate: decoder.rate,
        layout: decoder.layout,
        frames: decoder.stated.unwrap_or_default(),
        bits: decoder.bits,
        float: decoder.float,
        lossy: decoder.lossy,
        tags: std::mem::take(&mut decoder.tags),
        markers: Vec::new(),
        bext: None,
        damage: None,
        non_finite: None,
        identity: None,
    }
}
