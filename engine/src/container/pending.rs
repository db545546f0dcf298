//! A file that appears whole or not at all: written under a temporary name beside its target, synced, then renamed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file under a temporary name. [`PendingFile::finish`] gives it its name; dropping it removes it.
#[derive(Debug)]
pub struct PendingFile {
    target: PathBuf,
    file: NamedTempFile,
}

impl PendingFile {
    /// Opens a temporary file in the folder of `target` (which must exist), readable and writable.
    pub fn create(target: &Path) -> io::Result<PendingFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".lacquer-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What any new file gets; the user's mask still applies. The default of the crate is 0600.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder(target))?;
        Ok(PendingFile { target: target.to_path_buf(), file })
    }

    /// The name the file will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Syncs the content to the disk and renames it to its target, replacing what was there. On an error nothing is
    /// left behind and an existing target is untouched.
    pub fn finish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.target).map_err(|error| error.error)?;
        sync_folder(folder(&self.target))
    }
}

/// Writes `bytes` as the whole content of `target`, or leaves it as it was.
pub fn write_whole(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = PendingFile::create(target)?;
    file.write_all(bytes)?;
    file.finish()
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the rename itself durable. Only Unix can open a folder for this.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        // Some network file systems refuse to sync a folder; the content is already safe.
        match File::open(folder)?.sync_all() {
            Err(error) if error.kind() != io::ErrorKind::InvalidInput => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

impl Read for PendingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.as_file_mut().read(buffer)
    }
}

impl Write for PendingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

impl Seek for PendingFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.as_file_mut().seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_file_leaves_nothing_and_a_finished_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        std::fs::write(&target, b"old").unwrap();
        let mut file = PendingFile::create(&target).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        write_whole(&target, b"new").unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
