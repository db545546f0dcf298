//! The sources of a session on disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::entry::EntryError;
use super::feed::Library;
use crate::restore::Shelf;
use crate::session::{Session, SourceRef};
use crate::source::{self, Cache, Reader};

/// Opens the sources of a session where they lie.
#[derive(Debug, Clone, Default)]
pub struct FileLibrary {
    paths: HashMap<String, PathBuf>,
    cache: Option<Cache>,
}

impl FileLibrary {
    /// The sources of `session`, whose relative paths start in `folder` (the session file's).
    pub fn new(session: &Session, folder: &Path) -> FileLibrary {
        let paths = session.sources.iter().map(|source| (source.id.clone(), folder.join(&source.path))).collect();
        FileLibrary { paths, cache: None }
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

impl Library for FileLibrary {
    fn open(&self, id: &str) -> Result<Box<dyn Reader>, source::Error> {
        let path = self.paths.get(id).cloned().unwrap_or_default();
        Ok(source::open(&path)?.reader)
    }

    fn shelf(&self) -> Shelf {
        Shelf::Cache(self.cache.clone().unwrap_or_else(Cache::standard))
    }

    fn check(&self, remembered: &SourceRef, cancel: &AtomicBool) -> Result<(), EntryError> {
        let path = self.paths.get(&remembered.id).cloned().unwrap_or_default();
        let now = source::identity::full(&path, |_, _| (), cancel)?;
        let same = match &remembered.sha256 {
            Some(known) => now.full.as_ref() == Some(known),
            None => now.size == remembered.size && now.head_tail == remembered.head_tail,
        };
        if same { Ok(()) } else { Err(EntryError::Changed(path.display().to_string())) }
    }
}
