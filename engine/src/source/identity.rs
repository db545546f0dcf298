//! Files recognised by what is in them: after a move, a copy, a rename.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Error;

/// Bytes hashed at each end of a file: enough to take in any header, and one read each from a disk.
const END_BYTES: u64 = 64 * 1024;
const READ_BYTES: usize = 1 << 20;
/// Folders below a folder that are searched: a bound against links that go round in circles.
const DEPTH_LIMIT: usize = 32;

/// What a file is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Length in bytes.
    pub size: u64,
    /// Last change, in seconds since 1970. A hint only: copying changes it.
    pub modified: i64,
    /// SHA-256, in hexadecimal, of the length, the first and the last 64 KiB.
    pub head_tail: String,
    /// SHA-256 of the whole content, in hexadecimal, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
}

impl Identity {
    /// Whether both are of the same content, as far as is known: by the whole content where both know it, else by
    /// length and ends.
    pub fn matches(&self, other: &Identity) -> bool {
        match (&self.full, &other.full) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => self.size == other.size && self.head_tail == other.head_tail,
        }
    }
}

/// Identity by length and ends: a few milliseconds, whatever the size.
pub fn quick(path: &Path) -> Result<Identity, Error> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let metadata = file.metadata().map_err(Error::io(path))?;
    let size = metadata.len();
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let head_tail = head_tail(&mut file, size).map_err(Error::io(path))?;
    Ok(Identity { size, modified: modified.map_or(0, |span| span.as_secs() as i64), head_tail, full: None })
}

/// Identity by the whole content. `progress` is told bytes done and in all; `cancel` stops it with
/// [`Error::Cancelled`].
pub fn full(path: &Path, mut progress: impl FnMut(u64, u64), cancel: &AtomicBool) -> Result<Identity, Error> {
    let mut identity = quick(path)?;
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; READ_BYTES];
    let mut done = 0u64;
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled { path: path.to_path_buf() });
        }
        let count = file.read(&mut buffer).map_err(Error::io(path))?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        done += count as u64;
        progress(done, identity.size.max(done));
    }
    identity.full = Some(hex(&hash.finalize()));
    Ok(identity)
}

/// Looks through folders, and the folders in them, for files of the wanted content. Gives for each wanted identity
/// the first path found. Files of another length are not even opened; what cannot be read is passed over.
pub fn find(folders: &[PathBuf], wanted: &[Identity], cancel: &AtomicBool) -> Vec<Option<PathBuf>> {
    let mut found: Vec<Option<PathBuf>> = vec![None; wanted.len()];
    let mut open: Vec<(PathBuf, usize)> = folders.iter().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        // In the order of names, so that the same disk always gives the same answer.
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if cancel.load(Ordering::Relaxed) || found.iter().all(Option::is_some) {
                return found;
            }
            let Ok(metadata) = std::fs::metadata(&path) else { continue };
            if metadata.is_dir() {
                if depth < DEPTH_LIMIT {
                    open.push((path, depth + 1));
                }
            } else {
                claim(&path, metadata.len(), wanted, &mut found, cancel);
            }
        }
    }
    found
}

/// Gives `path` to every wanted identity that it fulfils.
fn claim(path: &Path, size: u64, wanted: &[Identity], found: &mut [Option<PathBuf>], cancel: &AtomicBool) {
    let missing = |index: &usize| found[*index].is_none() && wanted[*index].size == size;
    let candidates: Vec<usize> = (0..wanted.len()).filter(missing).collect();
    if candidates.is_empty() {
        return;
    }
    let Ok(ends) = quick(path) else { return };
    let alike = candidates.into_iter().filter(|index| wanted[*index].head_tail == ends.head_tail);
    let mut whole = None;
    for index in alike.collect::<Vec<_>>() {
        let sure = wanted[index].full.is_none() || {
            let identity = whole.get_or_insert_with(|| full(path, |_, _| (), cancel));
            identity.as_ref().is_ok_and(|identity| identity.matches(&wanted[index]))
        };
        if sure {
            found[index] = Some(path.to_path_buf());
        }
    }
}

fn head_tail(file: &mut File, size: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(size.to_le_bytes());
    let mut bytes = Vec::new();
    Read::by_ref(file).take(END_BYTES).read_to_end(&mut bytes)?;
    hash.update(&bytes);
    bytes.clear();
    file.seek(SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
    file.take(END_BYTES).read_to_end(&mut bytes)?;
    hash.update(&bytes);
    Ok(hex(&hash.finalize()))
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_file_is_found_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let go_on = AtomicBool::new(false);
        let first = folder.path().join("mix.wav");
        let mut content = vec![7u8; 300_000];
        std::fs::write(&first, &content).unwrap();
        let wanted = full(&first, |_, _| (), &go_on).unwrap();
        assert!(quick(&first).unwrap().matches(&wanted));

        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::rename(&first, deep.join("renamed.wav")).unwrap();
        // The same length and ends, another middle: only the whole content tells.
        content[150_000] = 8;
        std::fs::write(folder.path().join("a/almost.wav"), &content).unwrap();
        let found = find(&[folder.path().to_path_buf()], std::slice::from_ref(&wanted), &go_on);
        assert_eq!(found, [Some(deep.join("renamed.wav"))]);
    }

    #[test]
    fn hashing_stops_when_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stopped = full(file.path(), |_, _| (), &AtomicBool::new(true));
        assert!(matches!(stopped, Err(Error::Cancelled { .. })));
        assert_eq!(
            full(file.path(), |_, _| (), &AtomicBool::new(false)).unwrap().full.as_deref(),
            Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
    }
}
