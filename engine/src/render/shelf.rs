//! The sources of a session on disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::feed::Library;
use crate::session::Session;
use crate::source::{self, Reader};

/// Opens the sources of a session where they lie.
#[derive(Debug, Clone, Default)]
pub struct FileLibrary {
    paths: HashMap<String, PathBuf>,
}

impl FileLibrary {
    /// The sources of `session`, whose relative paths start in `folder` (the session file's).
    pub fn new(session: &Session, folder: &Path) -> FileLibrary {
        let paths = session.sources.iter().map(|source| (source.id.clone(), folder.join(&source.path))).collect();
        FileLibrary { paths }
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
}
