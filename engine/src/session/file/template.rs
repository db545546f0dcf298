//! The templates of a house: session files without music, in a folder of theirs.

use std::path::{Path, PathBuf};

use super::{FileError, preset_id, read_small, read_text, write};
use crate::session::{Document, Session};

/// The template that every new album begins with where none is named.
pub const HOUSE_TEMPLATE: &str = "house";

/// The templates of a folder: their ids and files, in the order of their names. A folder that is not there has none.
pub fn templates(folder: &Path) -> Vec<(String, PathBuf)> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = files.filter(|path| path.is_file() && path.extension().is_some_and(|end| end == "lacquer"));
    let mut found: Vec<(String, PathBuf)> =
        named.filter_map(|path| Some((path.file_stem()?.to_str()?.to_string(), path))).collect();
    found.sort();
    found
}

/// Reads a template, or any session as one.
///
/// # Errors
/// A file that cannot be read or is no session.
pub fn read_template(path: &Path) -> Result<Session, FileError> {
    let (_, session) = read_text(&read_small(path)?).map_err(FileError::text(path))?;
    // Of a session with music the settings are taken, and the chain of its first song is left: nobody chose it.
    Ok(if session.is_template() { session } else { session.as_template(None) })
}

/// Writes a template into `folder` under its name, whole or not at all; one of that name is replaced. Returns its file.
///
/// # Errors
/// The folder or disk refuses; what was there before is still there.
pub fn save_template(folder: &Path, name: &str, template: &Session) -> Result<PathBuf, FileError> {
    std::fs::create_dir_all(folder).map_err(|source| FileError::io(folder, "make it", source))?;
    let path = folder.join(format!("{}.lacquer", preset_id(name)));
    write::replace(&path, &Document::from_session(template)?.text()?)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::album;

    #[test]
    fn a_template_is_found_again_and_a_session_serves_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("templates");
        assert!(templates(&home).is_empty());
        let document = album(2);
        let path = save_template(&home, "House", &document.session().as_template(Some("s1"))).unwrap();
        assert_eq!(templates(&home), [(HOUSE_TEMPLATE.to_string(), path.clone())]);
        assert_eq!(read_template(&path).unwrap().songs.len(), 1);
        let session = folder.path().join("album.lacquer");
        std::fs::write(&session, document.text().unwrap()).unwrap();
        assert!(read_template(&session).unwrap().is_template());
        std::fs::write(&session, "format = 'x'").unwrap();
        assert!(read_template(&session).is_err());
    }
}
