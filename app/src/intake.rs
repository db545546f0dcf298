//! How a sound file that was looked through stands in a session.

use std::path::Path;

use lacquer_engine::session::{ImportFile, SourceRef};
use lacquer_engine::source::Info;

/// The path as the session writes it: from its folder where the file lies in it, else whole.
pub fn in_session(path: &Path, folder: Option<&Path>) -> String {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let inside = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(&path);
    inside.to_string_lossy().replace('\\', "/")
}

/// The file with its tags.
pub fn import_file(info: &Info) -> ImportFile {
    let identity = info.identity.clone();
    let source = SourceRef {
        id: String::new(),
        path: in_session(&info.path, None),
        rate: info.rate,
        bits: info.bits.filter(|_| !info.float && !info.lossy),
        layout: info.layout,
        frames: info.frames,
        size: identity.as_ref().map_or(0, |identity| identity.size),
        modified: identity.as_ref().map_or(0, |identity| identity.modified),
        head_tail: identity.as_ref().map(|identity| identity.head_tail.clone()).unwrap_or_default(),
        sha256: identity.and_then(|identity| identity.full),
        lossy: info.lossy,
        matrix: None,
        repairs: Vec::new(),
        unknown: Default::default(),
    };
    let tags = &info.tags;
    let text = |tag: &Option<String>| tag.clone().unwrap_or_default();
    let stem = || info.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut file = ImportFile::untagged(source);
    file.title = tags.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(stem);
    (file.artist, file.album, file.album_artist) = (text(&tags.artist), text(&tags.album), text(&tags.album_artist));
    (file.isrc, file.upc, file.date) = (text(&tags.isrc), text(&tags.barcode), text(&tags.date));
    (file.genre, file.composer) = (text(&tags.genre), text(&tags.composer));
    (file.disc, file.track) = (tags.disc, tags.track);
    file
}
