use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::{FileError, beside};

/// Puts `text` in the place of `path`: whole or not at all, also when the power fails.
pub fn replace(path: &Path, text: &str) -> Result<(), FileError> {
    let beside = beside(path, "saving");
    let done = fill(&beside, path, text)
        .and_then(|()| fs::rename(&beside, path).map_err(|source| FileError::io(path, "replace it", source)));
    if done.is_err() {
        // The error that counts is the first one; a left-over is overwritten by the next save.
        let _ = fs::remove_file(&beside);
        return done;
    }
    sync_folder(path)
}

fn fill(beside: &Path, path: &Path, text: &str) -> Result<(), FileError> {
    let io = |source| FileError::io(path, "write beside it", source);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(beside).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions()).map_err(io)?;
    }
    file.sync_all().map_err(io)
}

/// Makes the new name in the folder last. Only Unix lets a folder be opened for that.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sync = File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(|source| FileError::io(folder, "make the change last", source))
}
