use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::{FileError, beside};

/// The right to write a session. The operating system holds it for this process and drops it when the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of the session at `path`.
    pub fn acquire(session: &Path) -> Result<Lock, FileError> {
        let path = beside(session, "lock");
        let io = |source| FileError::io(&path, "lock", source);
        loop {
            let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = options.map_err(io)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(FileError::Locked { path: session.into(), by: holder(&mut file) });
                }
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
            // Its last holder may have removed the file between opening and locking; then the lock is on no name.
            if is_at(&file, &path) {
                file.set_len(0).map_err(io)?;
                file.write_all(std::process::id().to_string().as_bytes()).map_err(io)?;
                return Ok(Lock { file, path });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while held, so that nobody can hold a file that is about to go. A failure leaves an unlocked file.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(process)) => format!(" (process {process})"),
        _ => String::new(),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}
