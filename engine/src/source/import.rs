//! Files taken in: opened, decoded where they are lossy, hashed, and looked through once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::cache::Cache;
use super::{Error, Info, NonFinite, Reader, identity, open_with};
use crate::audio::Block;
use crate::container::Damage;
use crate::unit::Frames;

/// Frames looked through at once.
const SCAN_FRAMES: usize = 8192;

/// How far an import is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Which of the files, from 0.
    pub index: usize,
    /// How many files.
    pub count: usize,
    /// Which file.
    pub path: PathBuf,
    /// How much of this file is done, 0 to 1.
    pub fraction: f64,
}

/// Takes in files, in order. Each is opened, decoded into the cache where it is lossy, hashed whole, and read from
/// end to end: what cannot be decoded and samples that are no finite numbers are said in its [`Info`]. One that
/// fails does not stop the others; after a cancel the rest are [`Error::Cancelled`].
pub fn import(
    paths: &[PathBuf],
    cache: &Cache,
    mut progress: impl FnMut(&Progress),
    cancel: &AtomicBool,
) -> Vec<Result<Info, Error>> {
    let count = paths.len();
    let mut results = Vec::with_capacity(count);
    for (index, path) in paths.iter().enumerate() {
        let mut report = Progress { index, count, path: path.clone(), fraction: 0.0 };
        progress(&report);
        let mut tell = |fraction: f64| {
            report.fraction = fraction.clamp(0.0, 1.0);
            progress(&report);
        };
        results.push(import_one(path, cache, &mut tell, cancel));
        tell(1.0);
    }
    results
}

fn import_one(path: &Path, cache: &Cache, tell: &mut dyn FnMut(f64), cancel: &AtomicBool) -> Result<Info, Error> {
    // Opening (and decoding) is the first half of the work, hashing and scanning a quarter each.
    let mut source = open_with(path, cache, &mut |fraction| tell(fraction * 0.5), cancel)?;
    let identity = identity::full(path, |done, all| tell(0.5 + 0.25 * done as f64 / all.max(1) as f64), cancel)?;
    let scan = scan(source.reader.as_mut(), &mut |fraction| tell(0.75 + 0.25 * fraction), cancel);
    match scan {
        Ok(non_finite) => source.info.non_finite = non_finite,
        Err(Error::Corrupt { frame, what, .. }) => {
            let rate = source.info.rate;
            source.info.damage.get_or_insert(Damage::Corrupt { frame, rate, detail: what });
        }
        Err(Error::Cancelled { .. }) => return Err(Error::Cancelled { path: path.to_path_buf() }),
        Err(error) => return Err(error),
    }
    source.info.identity = Some(identity);
    Ok(source.info)
}

/// Reads a sound from end to end and counts the samples that are not a number or infinite. `progress` is told a
/// fraction.
pub fn scan(
    reader: &mut dyn Reader,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Option<NonFinite>, Error> {
    let frames = reader.frames().0;
    let mut block = Block::new(reader.layout().channels(), SCAN_FRAMES);
    let mut found: Option<NonFinite> = None;
    let mut start = 0u64;
    while start < frames {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled { path: PathBuf::new() });
        }
        block.set_frames((frames - start).min(SCAN_FRAMES as u64) as usize);
        reader.read(start, &mut block)?;
        if !block.is_finite() {
            note(&block, start, &mut found);
        }
        start += block.frames() as u64;
        progress(start as f64 / frames as f64);
    }
    Ok(found)
}

fn note(block: &Block, start: u64, found: &mut Option<NonFinite>) {
    for frame in 0..block.frames() {
        let count = block.iter().filter(|channel| !channel[frame].is_finite()).count() as u64;
        if count > 0 {
            let first = Frames(start + frame as u64);
            found.get_or_insert(NonFinite { count: 0, first }).count += count;
        }
    }
}
