//! The system's file dialogs, awaited off the window's thread.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rfd::AsyncFileDialog;

/// Extensions of the files that can be taken in.
pub const AUDIO: [&str; 14] =
    ["wav", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "flac", "m4a", "mp4", "mp3", "aac", "ogg", "oga"];

/// The system opened no dialog: no desktop portal answers, as on a bare window manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unable;

/// A dialog that is gone sooner than a hand can close it never was there; the system does not say which of both it is.
const SOONEST: Duration = Duration::from_millis(250);

/// What came of a dialog that was asked at `asked`.
fn outcome<T>(answer: Option<T>, asked: Instant) -> Result<Option<T>, Unable> {
    match answer {
        None if asked.elapsed() < SOONEST => Err(Unable),
        other => Ok(other),
    }
}

fn within(folder: Option<PathBuf>) -> AsyncFileDialog {
    match folder {
        Some(folder) => AsyncFileDialog::new().set_directory(folder),
        None => AsyncFileDialog::new(),
    }
}

/// Sound files to be added; none when given up.
///
/// # Errors
/// No dialog could be opened.
pub async fn audio(folder: Option<PathBuf>) -> Result<Option<Vec<PathBuf>>, Unable> {
    let asked = Instant::now();
    let dialog = within(folder).set_title("Add files").add_filter("Audio", &AUDIO);
    let files = dialog.pick_files().await;
    outcome(files.map(|files| files.iter().map(|file| file.path().to_path_buf()).collect()), asked)
}

/// A session to be opened.
///
/// # Errors
/// No dialog could be opened.
pub async fn session(folder: Option<PathBuf>) -> Result<Option<PathBuf>, Unable> {
    let asked = Instant::now();
    let dialog = within(folder)
        .set_title("Open a session, or DDPID of a fileset")
        .add_filter("Lacquer session", &["lacquer"])
        .add_filter("All files", &["*"]);
    outcome(dialog.pick_file().await.map(|file| file.path().to_path_buf()), asked)
}

/// A file of one of these kinds.
///
/// # Errors
/// No dialog could be opened.
pub async fn file(
    title: &'static str,
    kind: &'static str,
    ends: &'static [&'static str],
    folder: Option<PathBuf>,
) -> Result<Option<PathBuf>, Unable> {
    let asked = Instant::now();
    let file = within(folder).set_title(title).add_filter(kind, ends).pick_file().await;
    outcome(file.map(|file| file.path().to_path_buf()), asked)
}

/// A name to write a file under.
///
/// # Errors
/// No dialog could be opened.
pub async fn save_file(title: &'static str, name: String, folder: Option<PathBuf>) -> Result<Option<PathBuf>, Unable> {
    let asked = Instant::now();
    let file = within(folder).set_title(title).set_file_name(name).save_file().await;
    outcome(file.map(|file| file.path().to_path_buf()), asked)
}

/// A name to save the session under, with its extension.
///
/// # Errors
/// No dialog could be opened.
pub async fn save(folder: Option<PathBuf>, name: String) -> Result<Option<PathBuf>, Unable> {
    let asked = Instant::now();
    let dialog = within(folder).set_title("Save session").add_filter("Lacquer session", &["lacquer"]);
    let file = dialog.set_file_name(format!("{name}.lacquer")).save_file().await;
    outcome(file.map(|file| as_session(file.path())), asked)
}

/// A folder.
///
/// # Errors
/// No dialog could be opened.
pub async fn folder(title: &'static str, start: Option<PathBuf>) -> Result<Option<PathBuf>, Unable> {
    let asked = Instant::now();
    let folder = within(start).set_title(title).pick_folder().await;
    outcome(folder.map(|folder| folder.path().to_path_buf()), asked)
}

/// The path with the extension of a session where it has none.
pub fn as_session(path: &Path) -> PathBuf {
    if path.extension().is_some() { path.to_path_buf() } else { path.with_extension("lacquer") }
}

/// Whether a path looks like a sound file.
pub fn is_audio(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| AUDIO.contains(&extension.as_str()))
}
