//! Files decoded once and kept: lossy sources, and whatever else a room computes from a file.
//!
//! Every entry can be made again, so deleting the folder loses nothing. Entries appear whole (written beside, then
//! renamed), so that two processes may share the folder; the one used least recently goes first when it is full.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Error;

/// Room for about ten albums at 96 kHz.
const QUOTA_BYTES: u64 = 20 << 30;
/// A temporary file older than this belongs to a process that is gone.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// A folder of files that can be made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Where.
    pub dir: PathBuf,
    /// How much it may hold.
    pub quota_bytes: u64,
}

impl Cache {
    /// A cache in `dir`, which is made when it is first used.
    pub fn new(dir: impl Into<PathBuf>, quota_bytes: u64) -> Cache {
        Cache { dir: dir.into(), quota_bytes }
    }

    /// The user's cache with the usual quota.
    pub fn standard() -> Cache {
        Cache::new(Cache::default_dir(), QUOTA_BYTES)
    }

    /// Where the user's system keeps what can be made again: `$XDG_CACHE_HOME/lacquer` where that is set, else the
    /// system's custom, else a folder for temporary files.
    pub fn default_dir() -> PathBuf {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || folder("HOME");
        let base = folder("XDG_CACHE_HOME").or_else(|| {
            if cfg!(windows) {
                folder("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                home().map(|home| home.join("Library/Caches"))
            } else {
                home().map(|home| home.join(".cache"))
            }
        });
        base.unwrap_or_else(env::temp_dir).join("lacquer")
    }

    /// The entry called `name`, if it is there; it then counts as just used. Names are made of letters, digits, `-`,
    /// `_` and `.`.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let path = self.dir.join(name);
        let file = fs::File::options().append(true).open(&path).or_else(|_| fs::File::open(&path)).ok()?;
        // Where the time cannot be set, the order of leaving is by age instead; nothing is lost.
        let _ = file.set_modified(SystemTime::now());
        Some(path)
    }

    /// The path where the entry called `name` is to be written, as a whole. Makes the folder.
    pub fn target(&self, name: &str) -> Result<PathBuf, Error> {
        fs::create_dir_all(&self.dir).map_err(|cause| self.error(&cause))?;
        Ok(self.dir.join(name))
    }

    /// Removes what was used least recently until the quota holds. `keep` stays in any case.
    pub fn settle(&self, keep: &Path) -> Result<(), Error> {
        let mut entries = self.entries().map_err(|cause| self.error(&cause))?;
        entries.sort_by_key(|entry| entry.used);
        let mut total: u64 = entries.iter().map(|entry| entry.bytes).sum();
        for entry in entries {
            let abandoned = entry.is_part && entry.used.elapsed().is_ok_and(|age| age > ABANDONED);
            let surplus = total > self.quota_bytes && !entry.is_part && entry.path != keep;
            // Another process may have removed it, or a reader holds it open: then it goes next time.
            if (abandoned || surplus) && fs::remove_file(&entry.path).is_ok() {
                total -= entry.bytes;
            }
        }
        Ok(())
    }

    /// What the cache holds, in bytes.
    pub fn bytes(&self) -> u64 {
        self.entries().map_or(0, |entries| entries.iter().map(|entry| entry.bytes).sum())
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in fs::read_dir(&self.dir)? {
            let path = found?.path();
            // An entry may vanish between the listing and here.
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let Ok(used) = metadata.modified() else { continue };
            if metadata.is_file() {
                let is_part = path.extension().is_some_and(|extension| extension == "part");
                entries.push(Entry { path, bytes: metadata.len(), used, is_part });
            }
        }
        Ok(entries)
    }

    pub(super) fn error(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::Cache { path: self.dir.clone(), cause: cause.to_string() }
    }
}

struct Entry {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
    is_part: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::pending::write_whole;

    #[test]
    fn the_least_recently_used_entry_leaves_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("new"), 250);
        for (age, name) in [(30, "a"), (20, "b"), (10, "c")] {
            let path = cache.target(name).unwrap();
            write_whole(&path, &[0; 100]).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            fs::File::options().append(true).open(&path).unwrap().set_modified(then).unwrap();
        }
        assert!(cache.find("a").is_some());
        cache.settle(&cache.dir.join("c")).unwrap();
        assert!(cache.find("a").is_some() && cache.find("b").is_none() && cache.find("c").is_some());
        assert_eq!(cache.bytes(), 200);
    }
}
