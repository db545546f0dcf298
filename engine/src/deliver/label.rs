//! Label copy: the texts of the album and its songs with their codes and lengths, as a table and for machines. Neutral:
//! no distributor's schema is claimed. The table is made of the other form alone, so each proves the other.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::error::DeliverError;
use super::making::Making;
use super::manifest::{AudioEntry, FileEntry, Manifest, Role};
use crate::analysis::verdict::{Outcome, Verdict};
use crate::report::clock;
use crate::session::Song;

/// The form for people's tables.
pub(super) const TABLE: &str = "Label copy.csv";
/// The form for machines.
const DOCUMENT: &str = "Label copy.json";

/// Heads of the table, and where in the document a row finds its cell: of the album, of the song, of its credits.
const COLUMNS: [(&str, &str); 20] = [
    ("Album", "/album/title"),
    ("Album artist", "/album/artist"),
    ("UPC/EAN", "/album/upc"),
    ("Catalogue number", "/album/catalogue"),
    ("Label", "/album/label"),
    ("Release date", "/album/date"),
    ("Genre", "/album/genre"),
    ("Copyright", "/album/copyright"),
    ("Track", "track"),
    ("Title", "title"),
    ("Artist", "artist"),
    ("ISRC", "isrc"),
    ("Length", "length"),
    ("Start", "start_cd"),
    ("Composer", "credits/composer"),
    ("Lyricist", "credits/lyricist"),
    ("Arranger", "credits/arranger"),
    ("Producer", "credits/producer"),
    ("Publisher", "credits/publisher"),
    ("File", "file"),
];

pub(super) fn write(making: &mut Making<'_>) -> Result<(), DeliverError> {
    if songs(&making.manifest).next().is_none() {
        return Ok(());
    }
    let document = document(making);
    let text = serde_json::to_string_pretty(&document).map_err(DeliverError::write(&making.staging.file(DOCUMENT)))?;
    making.write_text(TABLE.into(), Role::LabelCopy, &table(&document))?;
    making.write_text(DOCUMENT.into(), Role::LabelCopy, &text)
}

fn songs(manifest: &Manifest) -> impl Iterator<Item = (&FileEntry, &AudioEntry)> {
    let files = manifest.files.iter().filter(|file| file.role == Role::Song);
    files.filter_map(|file| Some((file, file.audio.as_ref()?)))
}

fn document(making: &Making<'_>) -> Value {
    let session = making.job.session;
    let songs = songs(&making.manifest).enumerate().map(|(place, (file, audio))| {
        let song: Option<&Song> = session.songs.iter().find(|song| Some(&song.id) == audio.song.as_ref());
        let length = audio.frames as f64 / f64::from(audio.sample_rate_hz.max(1));
        json!({
            "track": audio.track.map_or(place + 1, usize::from),
            "title": audio.title,
            "artist": audio.artist,
            "isrc": audio.isrc,
            "length": clock(length),
            "length_s": length,
            "start_cd": audio.start_cd,
            "credits": song.map(|song| &song.credits),
            "text": song.map(|song| &song.text),
            "sample_rate_hz": audio.sample_rate_hz,
            "file": file.name,
            "sha256": file.sha256,
        })
    });
    let album = &session.album;
    json!({
        "album": {
            "title": album.title,
            "artist": album.artist,
            "upc": album.upc,
            "catalogue": album.catalogue,
            "label": album.label,
            "date": album.date,
            "genre": album.genre,
            "copyright": album.copyright,
            "language": album.language,
            "text": album.text,
        },
        "pass": making.manifest.pass.name,
        "songs": songs.collect::<Vec<_>>(),
    })
}

/// The table of a document (RFC 4180), with a byte-order mark: spreadsheets then read it as Unicode.
fn table(document: &Value) -> String {
    let line = |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
    let mut text = format!("\u{feff}{}\r\n", line(COLUMNS.map(|(head, _)| head.to_string()).to_vec()));
    for song in document["songs"].as_array().map_or(&[][..], Vec::as_slice) {
        let cell = |path: &str| {
            let found = if path.starts_with('/') { document.pointer(path) } else { song.pointer(&format!("/{path}")) };
            match found {
                Some(Value::String(text)) => text.clone(),
                None | Some(Value::Null) => String::new(),
                Some(other) => other.to_string(),
            }
        };
        text += &format!("{}\r\n", line(COLUMNS.map(|(_, path)| cell(path)).to_vec()));
    }
    text
}

/// A cell: in quotes where it needs them. What a spreadsheet would take for a formula is told as text.
fn quoted(cell: &str) -> String {
    let cell = match cell.chars().next() {
        Some('=' | '+' | '-' | '@') => format!("'{cell}"),
        _ => cell.to_string(),
    };
    match cell.contains(['"', ',', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

/// Whether the label copy of a delivery says what its manifest says, in both forms; nothing where there is none.
pub(super) fn verify(folder: &Path, manifest: &Manifest) -> Option<Verdict> {
    manifest.files.iter().find(|file| file.role == Role::LabelCopy)?;
    let (outcome, said) = match read(folder) {
        Err(said) => (Outcome::Fail, said),
        Ok((document, written)) => match difference(&document, &written, manifest) {
            Some(said) => (Outcome::Fail, said),
            None => (Outcome::Pass, "titles, artists, codes and files are those of the manifest".into()),
        },
    };
    Some(Verdict::stated("label_copy", outcome, "manifest", said).at(DOCUMENT))
}

fn read(folder: &Path) -> Result<(Value, String), String> {
    let text = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let document = serde_json::from_str(&text(DOCUMENT)?).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    Ok((document, text(TABLE)?))
}

fn difference(document: &Value, written: &str, manifest: &Manifest) -> Option<String> {
    if table(document) != written {
        return Some(format!("{TABLE} is not the table of {DOCUMENT}"));
    }
    let same = |value: &Value, text: &str| value.as_str().unwrap_or_default() == text;
    let album = [
        ("title", manifest.album.title.as_str()),
        ("artist", &manifest.album.artist),
        ("upc", manifest.album.upc.as_deref().unwrap_or_default()),
        ("catalogue", manifest.album.catalogue.as_deref().unwrap_or_default()),
    ];
    if let Some((key, _)) = album.into_iter().find(|(key, text)| !same(&document["album"][key], text)) {
        return Some(format!("the album's {key} is not that of the manifest"));
    }
    let told = document["songs"].as_array().map_or(&[][..], Vec::as_slice);
    if told.len() != songs(manifest).count() {
        return Some(format!("{} songs, {} in the manifest", told.len(), songs(manifest).count()));
    }
    for (song, (file, audio)) in told.iter().zip(songs(manifest)) {
        let texts = [
            ("title", audio.title.as_str()),
            ("artist", &audio.artist),
            ("isrc", audio.isrc.as_deref().unwrap_or_default()),
            ("file", &file.name),
            ("sha256", &file.sha256),
        ];
        if let Some((key, text)) = texts.into_iter().find(|(key, text)| !same(&song[key], text)) {
            return Some(format!("{}: the {key} is not '{text}' as the manifest has it", file.name));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_never_breaks_its_row_and_is_never_a_formula() {
        assert_eq!(quoted("Slow Water"), "Slow Water");
        assert_eq!(quoted("Slow, \"deep\""), "\"Slow, \"\"deep\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        let document = json!({ "album": { "title": "A, B" }, "songs": [{ "track": 1, "title": "x\ny" }] });
        let rows: Vec<String> = table(&document).split("\r\n").map(String::from).collect();
        assert!(rows[0].starts_with("\u{feff}Album,Album artist,UPC/EAN"), "{rows:?}");
        assert_eq!(rows[1], "\"A, B\",,,,,,,,1,\"x\ny\",,,,,,,,,,");
        assert_eq!(rows.len(), 3);
    }
}
