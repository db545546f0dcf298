//! The user's presets: one chain file each, in a folder of theirs.

use std::path::{Path, PathBuf};

use super::{FileError, read_small, write, write_chain};
use crate::session::preset::Preset;

/// Every preset there is: the shipped ones and those in `folder` (with its own folders, one deep), which come first where
/// names meet. A file that is no preset is an error of its own and stops nothing else.
pub fn presets(folder: Option<&Path>) -> (Vec<Preset>, Vec<FileError>) {
    let (mut presets, mut errors) = (Preset::shipped(), Vec::new());
    for path in folder.map(files).unwrap_or_default() {
        match read(&path) {
            Ok(preset) => presets.push(preset),
            Err(error) => errors.push(error),
        }
    }
    (presets, errors)
}

/// Writes a preset into `folder` as `ID.toml`, whole or not at all; one of that id is replaced.
///
/// # Errors
/// The folder or disk refuses; what was there before is still there.
pub fn save_preset(folder: &Path, preset: &Preset) -> Result<PathBuf, FileError> {
    std::fs::create_dir_all(folder).map_err(|source| FileError::io(folder, "make it", source))?;
    let path = folder.join(format!("{}.toml", preset.id));
    write::replace(&path, &write_chain(&preset.in_words())?)?;
    Ok(path)
}

/// The id a name becomes: small letters, digits and hyphens.
pub fn preset_id(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let words: String = name.chars().map(plain).collect();
    let id = words.split_whitespace().collect::<Vec<_>>().join("-");
    if id.is_empty() { "preset".into() } else { id }
}

fn read(path: &Path) -> Result<Preset, FileError> {
    let id = path.file_stem().unwrap_or_default().to_string_lossy();
    Preset::parse(&id, &read_small(path)?).map_err(FileError::text(path))
}

/// The files of a folder and of the folders in it, in the order of their names. A folder that is not there has none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let (folders, mut files): (Vec<_>, Vec<_>) = list(folder).into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| list(folder)));
    files.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::preset;

    #[test]
    fn the_users_presets_join_the_shipped_ones_and_win() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = Preset::shipped();
        let own = Preset { shipped: false, does: "Mine.".into(), ..shipped[0].clone() };
        save_preset(folder.path(), &own).unwrap();
        std::fs::create_dir(folder.path().join("album")).unwrap();
        std::fs::write(folder.path().join("album/other.toml"), "").unwrap();
        std::fs::write(folder.path().join("broken.toml"), "stage = 3").unwrap();
        let (all, errors) = presets(Some(folder.path()));
        assert_eq!((all.len(), errors.len()), (shipped.len() + 2, 1));
        assert_eq!(preset::find(&all, &own.id).unwrap().does, "Mine.");
        assert_eq!(presets(None).0.len(), shipped.len());
        assert_eq!(preset_id("Voice: close & warm!"), "voice-close-warm");
        assert_eq!(preset_id("\u{e9}"), "preset");
    }
}
