use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::SongSurvey;
use crate::analysis::measure::Measured;
use crate::analysis::overview::Overview;
use crate::container::pending::write_whole;
use crate::source::Cache;

/// Runs kept in memory at most: several passes of a long album.
const SHELF_RUNS: usize = 256;
/// The first bytes of a kept run, with its version: another one where a survey means something else.
const MAGIC: &[u8; 8] = b"LQRSURV1";
/// Bytes of the checksum at the end.
const SUM_BYTES: usize = 32;

/// Results of runs by their content, shared by surveys; kept on disk too where there is a cache.
#[derive(Default)]
pub struct Shelf {
    runs: Mutex<HashMap<String, Vec<Arc<SongSurvey>>>>,
    cache: Option<Cache>,
}

impl Shelf {
    /// A shelf with nothing on it.
    pub fn new() -> Shelf {
        Shelf::default()
    }

    /// A shelf that keeps its results in a cache as well and looks for them there.
    pub fn on(cache: Cache) -> Shelf {
        Shelf { cache: Some(cache), ..Shelf::default() }
    }

    pub(super) fn find(&self, key: &str) -> Option<Vec<Arc<SongSurvey>>> {
        let held = self.runs.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        held.or_else(|| {
            let path = self.cache.as_ref()?.find(&name(key))?;
            // What cannot be read or is damaged is made again.
            let songs = unpacked(&fs::read(path).ok()?)?;
            self.hold(key, &songs);
            Some(songs)
        })
    }

    pub(super) fn keep(&self, key: &str, songs: &[Arc<SongSurvey>]) {
        self.hold(key, songs);
        if let Some(cache) = &self.cache
            && let Ok(path) = cache.target(&name(key))
        {
            // A full disk costs the next start its time, nothing else.
            let written = write_whole(&path, &packed(songs)).is_ok();
            let _ = written.then(|| cache.settle(&path));
        }
    }

    fn hold(&self, key: &str, songs: &[Arc<SongSurvey>]) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() >= SHELF_RUNS {
            runs.clear();
        }
        runs.insert(key.into(), songs.to_vec());
    }
}

/// A file name made of the key alone, whatever letters it has.
fn name(key: &str) -> String {
    let sum: String = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("survey-{sum}.bin")
}

fn packed(songs: &[Arc<SongSurvey>]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for song in songs {
        let parts = [
            song.id.as_bytes().to_vec(),
            song.processed.to_bytes(),
            song.original.to_bytes(),
            song.after.to_bytes(),
            song.before.to_bytes(),
        ];
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
    }
    let sum = Sha256::digest(&bytes);
    bytes.extend(sum);
    bytes
}

/// `None` for another version and for whatever is damaged.
fn unpacked(bytes: &[u8]) -> Option<Vec<Arc<SongSurvey>>> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
    if Sha256::digest(body).as_slice() != sum {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut songs = Vec::new();
    while !rest.is_empty() {
        songs.push(Arc::new(SongSurvey {
            id: String::from_utf8(take(&mut rest)?.to_vec()).ok()?,
            processed: Measured::from_bytes(take(&mut rest)?).ok()?,
            original: Measured::from_bytes(take(&mut rest)?).ok()?,
            after: Overview::from_bytes(take(&mut rest)?).ok()?,
            before: Overview::from_bytes(take(&mut rest)?).ok()?,
        }));
    }
    Some(songs)
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_at_checked(8)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::measure::Measurer;
    use crate::audio::{Block, Layout};
    use crate::unit::SampleRate;

    fn song(level: f64) -> Arc<SongSurvey> {
        let block =
            Block::from_channels(&[(0..40_000).map(|n| level * libm::sin(0.05 * n as f64)).collect::<Vec<_>>()]);
        let measured = || {
            let mut measurer = Measurer::new(Layout::Mono, SampleRate(44_100), None).unwrap();
            measurer.process(&block);
            measurer.finish()
        };
        let overview = || {
            let mut overview = Overview::new(1);
            overview.process(&block);
            overview
        };
        let (processed, original) = (measured(), measured());
        Arc::new(SongSurvey { id: format!("s{level}"), processed, original, after: overview(), before: overview() })
    }

    #[test]
    fn another_start_finds_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = || Cache::new(folder.path(), 1 << 30);
        let songs = [song(0.5), song(1.25)];
        Shelf::on(cache()).keep("run/1", &songs);
        let found = Shelf::on(cache()).find("run/1").unwrap();
        for (found, kept) in found.iter().zip(&songs) {
            assert_eq!((&found.id, &found.processed, &found.original), (&kept.id, &kept.processed, &kept.original));
            assert_eq!(found.after.whole(0), kept.after.whole(0));
        }
        assert!(Shelf::on(cache()).find("run/2").is_none() && Shelf::new().find("run/1").is_none());
    }

    #[test]
    fn what_is_damaged_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), 1 << 30);
        Shelf::on(cache.clone()).keep("run", &[song(0.5)]);
        let path = folder.path().join(name("run"));
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(Shelf::on(cache.clone()).find("run").is_none());
        fs::write(&path, &bytes[..10]).unwrap();
        assert!(Shelf::on(cache).find("run").is_none());
    }
}
