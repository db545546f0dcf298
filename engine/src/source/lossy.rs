//! Lossy files (and the few lossless ones without exact positions): decoded once into the cache, then read there.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::cache::Cache;
use super::decode::{Decoder, VERSION};
use super::{Error, identity};
use crate::audio::Block;
use crate::container::Damage;
use crate::container::riff::{self, Encoding, Extras, Format, InfoItem, WavReader, WavWriter};
use crate::unit::Frames;

/// The entry that holds the decoded file, with what went wrong when it was made.
pub(super) struct Decoded {
    pub path: PathBuf,
    pub frames: Frames,
    pub damage: Option<Damage>,
}

/// The decoded file of `path` from the cache, decoding it if it is not there. `progress` is told a fraction.
pub(super) fn decoded(
    path: &Path,
    decoder: &mut Decoder,
    cache: &Cache,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Decoded, Error> {
    let identity = identity::full(path, |_, _| (), cancel)?;
    let name = format!("decoded-{}-{VERSION}.wav", identity.full.as_deref().unwrap_or(&identity.head_tail));
    if let Some(found) = cache.find(&name) {
        // An entry that cannot be read is made again.
        if let Ok(decoded) = inspect(&found, decoder) {
            return Ok(decoded);
        }
    }
    let target = cache.target(&name)?;
    fill(&target, path, decoder, cache, progress, cancel)?;
    cache.settle(&target)?;
    inspect(&target, decoder).map_err(|error| cache.error(&error))
}

fn inspect(entry: &Path, decoder: &Decoder) -> Result<Decoded, riff::Error> {
    let reader = WavReader::open(entry)?;
    // The damage of the lossy file is kept in a remark of the entry: `frame detail`.
    let note = reader.info().iter().find(|item| &item.id.0 == b"ICMT").and_then(|item| item.text.split_once(' '));
    let damage = note.and_then(|(frame, detail)| {
        let frame = Frames(frame.parse().ok()?);
        Some(Damage::Corrupt { frame, rate: decoder.rate, detail: detail.to_string() })
    });
    Ok(Decoded { path: entry.to_path_buf(), frames: reader.frames(), damage })
}

/// Decodes everything into `target`.
fn fill(
    target: &Path,
    path: &Path,
    decoder: &mut Decoder,
    cache: &Cache,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<(), Error> {
    // Lossy decoders compute in f32; a lossless file that comes here must not lose its last bits.
    let encoding = if decoder.lossy { Encoding::Float32 } else { Encoding::Float64 };
    let format = Format::new(encoding, decoder.rate, decoder.layout);
    let mut writer = WavWriter::create(target, format, Extras::default()).map_err(|error| cache.error(&error))?;
    let (channels, limit) = (decoder.layout.channels(), decoder.stated);
    let mut block = Block::new(channels, 0);
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled { path: path.to_path_buf() });
        }
        let Some(piece) = decoder.next()? else { break };
        let room = limit.map_or(u64::MAX, |limit| limit.0.saturating_sub(writer.frames().0));
        let frames = (piece.planes[0].len() as u64).min(room) as usize;
        if block.capacity() < frames {
            block = Block::new(channels, frames);
        }
        block.set_frames(frames);
        for (channel, plane) in piece.planes.iter().enumerate() {
            block.channel_mut(channel).copy_from_slice(&plane[..frames]);
        }
        writer.write(&block).map_err(|error| cache.error(&error))?;
        if let Some(limit) = limit.filter(|limit| limit.0 > 0) {
            progress(writer.frames().0 as f64 / limit.0 as f64);
        }
    }
    let held = writer.frames();
    if held.0 == 0 {
        let what = "no audio could be decoded".to_string();
        return Err(Error::Damaged { path: path.to_path_buf(), offset: None, what });
    }
    if let Some((frame, detail)) = damage(decoder, held) {
        writer.set_info(vec![InfoItem::new(b"ICMT", format!("{} {detail}", frame.0))]);
    }
    writer.finish().map(|_| ()).map_err(|error| cache.error(&error))
}

/// What went wrong while decoding `held` frames.
fn damage(decoder: &Decoder, held: Frames) -> Option<(Frames, String)> {
    let short = decoder.stated.filter(|stated| held < *stated);
    let early = short.map(|stated| (held, format!("the file ends early: {} frames are stated", stated.0)));
    decoder.broken().cloned().or(early)
}
