//! The sources of a session on disk.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::entry::EntryError;
use super::feed::Library;
use crate::restore::{Repaired, Shelf, Work};
use crate::session::{Session, SourceRef};
use crate::source::{self, Cache, Reader};

/// Opens the sources of a session where they lie.
#[derive(Debug, Clone, Default)]
pub struct FileLibrary {
    folder: PathBuf,
    paths: HashMap<String, PathBuf>,
    cache: Option<Cache>,
}

impl FileLibrary {
    /// The sources of `session`, whose relative paths start in `folder` (the session file's).
    pub fn new(session: &Session, folder: &Path) -> FileLibrary {
        let paths = session.sources.iter().map(|source| (source.id.clone(), folder.join(&source.path))).collect();
        FileLibrary { folder: folder.to_path_buf(), paths, cache: None }
    }

    /// The same sources, their finished repairs kept in `cache` instead of the user's.
    pub fn caching_in(mut self, cache: Cache) -> FileLibrary {
        self.cache = Some(cache);
        self
    }

    /// Where a source lies.
    pub fn path(&self, id: &str) -> Option<&Path> {
        self.paths.get(id).map(PathBuf::as_path)
    }
}

impl FileLibrary {
    /// A source through its repairs, without a plan. Computes those that are not in the cache: for workers.
    ///
    /// # Errors
    /// A file that cannot be read, or a repair that cannot be computed.
    pub fn open_repaired(&self, source: &SourceRef) -> Result<Repaired, EntryError> {
        let identity = source.sha256.as_ref().unwrap_or(&source.head_tail);
        let (shelf, never) = (self.shelf(), AtomicBool::new(false));
        let work = Work { shelf: &shelf, progress: &mut |_, _, _| (), cancel: &never };
        Ok(Repaired::open(self.open(&source.id)?, identity, &source.tasks().0, work)?)
    }

    /// How many samples each repair of a source has replaced, by its id; those that replace none of their own (levels)
    /// and those that are off are left out.
    ///
    /// # Errors
    /// As [`FileLibrary::open_repaired`].
    pub fn replaced(&self, source: &SourceRef) -> Result<BTreeMap<String, u64>, EntryError> {
        if source.repairs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let repaired = self.open_repaired(source)?;
        let counted = source.repairs.iter().filter_map(|repair| {
            let patch = repaired.patch_of(&repair.id)?;
            Some((repair.id.clone(), patch.samples()))
        });
        Ok(counted.collect())
    }
}

impl Library for FileLibrary {
    fn open(&self, id: &str) -> Result<Box<dyn Reader>, source::Error> {
        let path = self.paths.get(id).cloned().unwrap_or_default();
        Ok(source::open(&path)?.reader)
    }

    fn attachment(&self, path: &str) -> Result<Vec<u8>, source::Error> {
        let path = self.folder.join(path);
        std::fs::read(&path).map_err(|cause| source::Error::Io { path, offset: None, cause: cause.to_string() })
    }

    fn shelf(&self) -> Shelf {
        Shelf::Cache(self.cache.clone().unwrap_or_else(Cache::standard))
    }

    fn check(&self, remembered: &SourceRef, cancel: &AtomicBool) -> Result<Option<String>, EntryError> {
        let path = self.paths.get(&remembered.id).cloned().unwrap_or_default();
        let now = source::identity::full(&path, |_, _| (), cancel)?;
        let same = match &remembered.sha256 {
            Some(known) => now.full.as_ref() == Some(known),
            None => now.size == remembered.size && now.head_tail == remembered.head_tail,
        };
        if same { Ok(now.full) } else { Err(EntryError::Changed(path.display().to_string())) }
    }
}
