//! The system's file dialogs, awaited off the window's thread.

use std::path::{Path, PathBuf};

use rfd::AsyncFileDialog;

/// Extensions of the files that can be taken in.
pub const AUDIO: [&str; 14] =
    ["wav", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "flac", "m4a", "mp4", "mp3", "aac", "ogg", "oga"];

fn within(folder: Option<PathBuf>) -> AsyncFileDialog {
    match folder {
        Some(folder) => AsyncFileDialog::new().set_directory(folder),
        None => AsyncFileDialog::new(),
    }
}

/// Sound files to be added; empty when given up.
pub async fn audio(folder: Option<PathBuf>) -> Vec<PathBuf> {
    let dialog = within(folder).set_title("Add files").add_filter("Audio", &AUDIO);
    let files = dialog.pick_files().await.unwrap_or_default();
    files.iter().map(|file| file.path().to_path_buf()).collect()
}

/// A session to be opened.
pub async fn session(folder: Option<PathBuf>) -> Option<PathBuf> {
    let dialog = within(folder).set_title("Open session").add_filter("Lacquer session", &["lacquer"]);
    dialog.pick_file().await.map(|file| file.path().to_path_buf())
}

/// A name to save the session under, with its extension.
pub async fn save(folder: Option<PathBuf>, name: String) -> Option<PathBuf> {
    let dialog = within(folder).set_title("Save session").add_filter("Lacquer session", &["lacquer"]);
    let file = dialog.set_file_name(format!("{name}.lacquer")).save_file().await?;
    let path = file.path();
    Some(if path.extension().is_some() { path.to_path_buf() } else { path.with_extension("lacquer") })
}

/// A folder.
pub async fn folder(title: &'static str, start: Option<PathBuf>) -> Option<PathBuf> {
    within(start).set_title(title).pick_folder().await.map(|folder| folder.path().to_path_buf())
}

/// Whether a path looks like a sound file.
pub fn is_audio(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| AUDIO.contains(&extension.as_str()))
}
