//! Where a delivery is made, and how it takes its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::DeliverError;

/// A hidden folder beside the delivery's place. Dropped before [`Staging::take_place`], it is removed.
pub(super) struct Staging {
    folder: PathBuf,
    target: PathBuf,
    placed: bool,
}

/// Begins the names of folders in the making; what a killed process left is swept away by the next delivery.
const PREFIX: &str = ".lacquer-making-";

impl Staging {
    /// A fresh folder for a delivery that will be called `name` inside `parent`.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Staging, DeliverError> {
        fs::create_dir_all(parent).map_err(DeliverError::folder(parent))?;
        sweep(parent, name);
        let folder = parent.join(format!("{PREFIX}{name}-{}", std::process::id()));
        fs::create_dir(&folder).map_err(DeliverError::folder(&folder))?;
        Ok(Staging { folder, target: parent.join(name), placed: false })
    }

    /// The path of a file in the making.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Gives the folder its name. A delivery that stands there moves aside first and is removed last, so that at any
    /// moment one of the two is whole.
    pub(super) fn take_place(mut self) -> Result<PathBuf, DeliverError> {
        let aside = self.folder.with_extension("old");
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &aside).map_err(DeliverError::folder(&self.target))?;
        }
        if let Err(error) = fs::rename(&self.folder, &self.target) {
            if replaces {
                // Back to what was there.
                let _ = fs::rename(&aside, &self.target);
            }
            return Err(DeliverError::folder(&self.target)(error));
        }
        self.placed = true;
        if replaces {
            // What cannot be removed is hidden and harmless; the next delivery tries again.
            let _ = fs::remove_dir_all(&aside);
        }
        Ok(self.target.clone())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.placed {
            // A folder that cannot be removed is swept away by the next delivery.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes what killed deliveries of the same name left; puts back what one of them had moved aside.
fn sweep(parent: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let begins = format!("{PREFIX}{name}-");
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let Some(rest) = file_name.to_str().and_then(|text| text.strip_prefix(&begins)) else { continue };
        let process = rest.trim_end_matches(".old");
        if process.is_empty() || !process.bytes().all(|byte| byte.is_ascii_digit()) || is_running(process) {
            continue;
        }
        let target = parent.join(name);
        if rest.ends_with(".old") && !target.exists() {
            let _ = fs::rename(entry.path(), target);
        } else {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether another process of that number runs (where the system shows it as a folder; elsewhere nothing is known to
/// run, and two deliveries into one folder at once are the user's to avoid).
fn is_running(process: &str) -> bool {
    process != std::process::id().to_string() && Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_delivery_replaces_the_old_one_whole_or_not_at_all() {
        let scratch = tempfile::tempdir().unwrap();
        let staging = Staging::new(scratch.path(), "CD").unwrap();
        fs::write(staging.file("a.wav"), b"one").unwrap();
        staging.take_place().unwrap();
        let staging = Staging::new(scratch.path(), "CD").unwrap();
        fs::write(staging.file("b.wav"), b"two").unwrap();
        drop(staging);
        assert_eq!(names(&scratch.path().join("CD")), ["a.wav"]);
        let staging = Staging::new(scratch.path(), "CD").unwrap();
        fs::write(staging.file("b.wav"), b"two").unwrap();
        staging.take_place().unwrap();
        assert_eq!(names(&scratch.path().join("CD")), ["b.wav"]);
        assert_eq!(names(scratch.path()), ["CD"]);
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_it_moved_aside_comes_back() {
        let scratch = tempfile::tempdir().unwrap();
        for name in [".lacquer-making-CD-999999999", ".lacquer-making-CD-999999998.old"] {
            fs::create_dir(scratch.path().join(name)).unwrap();
        }
        fs::write(scratch.path().join(".lacquer-making-CD-999999998.old/good.wav"), b"good").unwrap();
        drop(Staging::new(scratch.path(), "CD").unwrap());
        assert_eq!(names(scratch.path()), ["CD"]);
        assert_eq!(names(&scratch.path().join("CD")), ["good.wav"]);
    }
}
