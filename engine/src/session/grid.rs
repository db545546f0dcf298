//! The texts of an album as a grid: a row for the album, a row per song, as spreadsheets, CSV (RFC 4180) and JSON hold them.
//!
//! Writing gives every column that has a name here and every other language that has a text. Reading takes the columns by
//! their heads, in any order, comma, semicolon or tab between them; what is refused is told by row and column.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::edit::{isrc, upc};
use super::{Document, Session, TreePath};
use crate::container::ddp::cdtext::{Charset, Language};

pub use table::{Separator, read, write};

/// A column: where its text lies in a song or the album, and the word over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The path of the text inside its song, or inside the album.
    pub path: &'static str,
    /// The word over it in the window.
    pub name: &'static str,
    /// The word over it in a file.
    pub head: &'static str,
}

const fn column(path: &'static str, name: &'static str, head: &'static str) -> Column {
    Column { path, name, head }
}

/// The texts of a song.
pub const SONG_COLUMNS: [Column; 8] = [
    column("title", "Title", "title"),
    column("artist", "Artist", "artist"),
    column("isrc", "ISRC", "isrc"),
    column("credits.composer", "Composer", "composer"),
    column("credits.lyricist", "Lyricist", "lyricist"),
    column("credits.arranger", "Arranger", "arranger"),
    column("credits.producer", "Producer", "producer"),
    column("credits.publisher", "Publisher", "publisher"),
];

/// The texts of the album.
pub const ALBUM_COLUMNS: [Column; 10] = [
    column("title", "Title", "title"),
    column("artist", "Artist", "artist"),
    column("upc", "UPC or EAN", "upc"),
    column("label", "Label", "label"),
    column("catalogue", "Catalogue", "catalogue"),
    column("date", "Date", "date"),
    column("genre", "Genre", "genre"),
    column("copyright", "Copyright", "copyright"),
    column("language", "Language", "language"),
    column("note", "Note", "note"),
];

/// The first column of a file: the number of a song in the main sequence, or `album`.
const TRACK: &str = "track";
/// What stands in it for the album.
const ALBUM: &str = "album";

/// The texts of a session: heads, then one row for the album, then one per song of the main sequence and of the other
/// passes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// All rows, the heads first. Rows may be shorter than the heads.
    pub rows: Vec<Vec<String>>,
    /// Whether an empty cell says nothing, instead of taking a text away.
    pub empty_says_nothing: bool,
}

/// A text that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, {column}: {reason}")]
pub struct Refused {
    /// The row of the file, from 1.
    pub row: usize,
    /// The head of the column.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// A text that is to be set: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub path: TreePath,
    pub text: String,
}

/// The songs in the order in which rows stand: the main sequence, then those that only other passes have.
pub(super) fn order(session: &Session) -> Vec<&str> {
    let mut songs: Vec<&str> = Vec::new();
    let entries = session.passes.iter().flat_map(|pass| &pass.entries).map(|entry| entry.song.as_str());
    for song in entries.chain(session.songs.iter().map(|song| song.id.as_str())) {
        if !songs.contains(&song) && session.song(song).is_some() {
            songs.push(song);
        }
    }
    songs
}

/// The path of a column inside a song or the album, by its head in a file: a known name, a path, or `title (ja)`.
fn inside(head: &str, columns: &[Column]) -> Option<String> {
    let head = head.trim().trim_start_matches('\u{feff}').to_lowercase();
    if let Some(known) =
        columns.iter().find(|known| known.head == head || known.path == head || known.name.to_lowercase() == head)
    {
        return Some(known.path.into());
    }
    let alias = match head.as_str() {
        "song" | "name" | "song title" | "track title" => "title",
        "performer" => "artist",
        "songwriter" | "writer" | "author" | "words" => "credits.lyricist",
        "music" => "credits.composer",
        "barcode" | "ean" | "upc/ean" | "upc or ean" => "upc",
        "release date" | "year" => "date",
        "catalog" | "catalog number" | "catalogue number" => "catalogue",
        _ => "",
    };
    if columns.iter().any(|known| known.path == alias) {
        return Some(alias.into());
    }
    let (field, tag) = head.strip_suffix(')').and_then(|head| head.split_once('('))?;
    let (field, tag) = (field.trim(), tag.trim());
    let field = if field == "performer" { "artist" } else { field };
    let known = ["title", "artist", "lyricist", "composer", "arranger", "message"];
    (known.contains(&field) && Language::find(tag).is_some()).then(|| format!("text.{tag}.{field}"))
}

/// Whether the first column of a row is its number.
fn is_track(head: &str) -> bool {
    let head = head.trim().trim_start_matches('\u{feff}').to_lowercase();
    matches!(head.as_str(), TRACK | "#" | "no" | "no." | "nr" | "number" | "track number")
}

impl Grid {
    /// The texts of a session as it stands.
    pub fn of(document: &Document) -> Grid {
        let session = document.session();
        let mut columns: Vec<(String, String, String)> = Vec::new();
        for known in SONG_COLUMNS {
            let album = ALBUM_COLUMNS.iter().find(|album| album.head == known.head);
            columns.push((known.head.into(), known.path.into(), album.map_or("", |album| album.path).into()));
        }
        for known in ALBUM_COLUMNS.iter().filter(|album| SONG_COLUMNS.iter().all(|song| song.head != album.head)) {
            columns.push((known.head.into(), String::new(), known.path.into()));
        }
        for (tag, field) in languages(session) {
            let path = format!("text.{tag}.{field}");
            columns.push((format!("{field} ({tag})"), path.clone(), path));
        }
        let text = |base: &[&str], path: &str| match path {
            "" => String::new(),
            path => {
                let path = TreePath::new(base.iter().copied().chain(path.split('.')));
                document.value(&path).and_then(|value| value.as_str()).unwrap_or_default().to_string()
            }
        };
        let heads = std::iter::once(TRACK.to_string()).chain(columns.iter().map(|(head, _, _)| head.clone()));
        let album = columns.iter().map(|(_, _, path)| text(&["album"], path));
        let mut rows = vec![heads.collect(), std::iter::once(ALBUM.to_string()).chain(album).collect()];
        for (place, song) in order(session).into_iter().enumerate() {
            let cells = columns.iter().map(|(_, path, _)| text(&["song", song], path));
            rows.push(std::iter::once((place + 1).to_string()).chain(cells).collect());
        }
        Grid { rows, empty_says_nothing: false }
    }

    /// Reads a file or what was copied out of a spreadsheet.
    pub fn parse(text: &str) -> Grid {
        Grid { rows: read(text), empty_says_nothing: false }
    }

    /// As a file of comma-separated values.
    pub fn csv(&self) -> String {
        write(&self.rows, Separator::Comma)
    }

    /// As the clipboard of a spreadsheet takes them.
    pub fn tabs(&self) -> String {
        write(&self.rows, Separator::Tab)
    }

    /// As JSON: `{"album": {...}, "songs": [{"track": 1, ...}]}`, empty texts left out.
    pub fn json(&self) -> Json {
        let Some((heads, rows)) = self.rows.split_first() else { return Json::Null };
        let (mut album, mut songs) = (Json::Object(Map::new()), Vec::new());
        for row in rows {
            let named = heads.iter().zip(row).skip(1).filter(|(_, text)| !text.is_empty());
            let mut fields: Map<String, Json> =
                named.map(|(head, text)| (head.clone(), text.as_str().into())).collect();
            match row.first().map(|track| (track.as_str(), track.parse::<u32>())) {
                Some((ALBUM, _)) => album = Json::Object(fields),
                Some((_, Ok(number))) => {
                    fields.insert(TRACK.into(), number.into());
                    songs.push(Json::Object(fields));
                }
                _ => {}
            }
        }
        serde_json::json!({ "album": album, "songs": songs })
    }

    /// Out of JSON of that form.
    ///
    /// # Errors
    /// Text that is no JSON, or JSON of another form, in words.
    pub fn from_json(text: &str) -> Result<Grid, String> {
        let json: Json = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
        let songs = json.get("songs").and_then(Json::as_array).ok_or("has no list \"songs\"")?;
        let album = json.get(ALBUM).and_then(Json::as_object).cloned().unwrap_or_default();
        let mut objects = vec![(ALBUM.to_string(), album)];
        for (place, song) in songs.iter().enumerate() {
            let song = song.as_object().ok_or_else(|| format!("song {} is no object", place + 1))?;
            let number = song.get(TRACK).and_then(Json::as_u64).unwrap_or(place as u64 + 1);
            objects.push((number.to_string(), song.clone()));
        }
        let mut heads: Vec<String> = vec![TRACK.into()];
        for name in objects.iter().flat_map(|(_, object)| object.keys()) {
            if !heads.contains(name) {
                heads.push(name.clone());
            }
        }
        let text = |value: Option<&Json>| match value {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let row = |(track, object): &(String, Map<String, Json>)| {
            std::iter::once(track.clone()).chain(heads[1..].iter().map(|head| text(object.get(head)))).collect()
        };
        let rows = std::iter::once(heads.clone()).chain(objects.iter().map(row)).collect();
        Ok(Grid { rows, empty_says_nothing: false })
    }

    /// Whether the first row names columns.
    fn has_heads(&self) -> bool {
        let Some(first) = self.rows.first() else { return false };
        let known = |head: &String| {
            is_track(head) || inside(head, &SONG_COLUMNS).is_some() || inside(head, &ALBUM_COLUMNS).is_some()
        };
        first.iter().filter(|head| !head.trim().is_empty()).all(known) && first.iter().any(known)
    }

    /// What is to be set in a session, and what was refused. Without heads the texts stand from column `column` of song
    /// `song` (by its place, from 0) to the right and downwards.
    pub(super) fn cells(&self, session: &Session, song: usize, column: &str) -> (Vec<Cell>, Vec<Refused>) {
        let heads = self.has_heads();
        let first = SONG_COLUMNS.iter().position(|known| known.path == column).unwrap_or(0);
        let names: Vec<String> = match self.rows.first() {
            Some(row) if heads => row.clone(),
            _ => SONG_COLUMNS[first..].iter().map(|known| known.head.into()).collect(),
        };
        let songs = order(session);
        let track = names.iter().position(|name| is_track(name));
        let (mut cells, mut refused) = (Vec::new(), Vec::new());
        let mut next = song;
        for (number, row) in self.rows.iter().enumerate().skip(usize::from(heads)) {
            let own = track.and_then(|place| row.get(place)).map(|text| text.trim().to_lowercase());
            let is_album = own.as_deref() == Some(ALBUM);
            let place = match own.as_deref() {
                Some(text) if !is_album && !text.is_empty() => match text.parse::<usize>() {
                    Ok(track) if (1..=songs.len()).contains(&track) => track - 1,
                    _ => {
                        let reason = format!("there is no song '{text}'");
                        refused.push(Refused { row: number + 1, column: TRACK.into(), reason });
                        continue;
                    }
                },
                _ => next,
            };
            let base: Vec<&str> = match (is_album, songs.get(place)) {
                (true, _) => vec![ALBUM],
                (false, Some(song)) => vec!["song", song],
                (false, None) => {
                    let reason = format!("there are {} songs", songs.len());
                    refused.push(Refused { row: number + 1, column: TRACK.into(), reason });
                    continue;
                }
            };
            next = if is_album { next } else { place + 1 };
            let columns: &[Column] = if is_album { &ALBUM_COLUMNS } else { &SONG_COLUMNS };
            for (head, text) in
                names.iter().zip(row).enumerate().filter(|(at, _)| Some(*at) != track).map(|(_, one)| one)
            {
                match (inside(head, columns), text.trim()) {
                    (_, "") if self.empty_says_nothing => {}
                    (Some(path), text) => {
                        let path = TreePath::new(base.iter().copied().chain(path.split('.')));
                        match checked(&path, text) {
                            Ok(text) => cells.push(Cell { path, text }),
                            Err(reason) => refused.push(Refused { row: number + 1, column: head.clone(), reason }),
                        }
                    }
                    (None, "") => {}
                    (None, _) => {
                        let of = if is_album { "the album" } else { "a song" };
                        let reason = format!("is no text of {of}");
                        refused.push(Refused { row: number + 1, column: head.clone(), reason });
                    }
                }
            }
        }
        (cells, refused)
    }
}

/// The text as it is stored: identifiers bare and proven.
fn checked(path: &TreePath, text: &str) -> Result<String, String> {
    let reason = |error: super::EditError| match error {
        super::EditError::Refused { reason, .. } => reason,
        other => other.to_string(),
    };
    match path.last() {
        "isrc" => isrc(path, text).map_err(reason),
        "upc" => upc(path, text).map_err(reason),
        "language" if !text.is_empty() && Language::find(text).is_none() => {
            Err(format!("'{text}' is no language: write its ISO 639 tag, as en or ja"))
        }
        _ => Ok(text.into()),
    }
}

/// Tags of other languages and the fields that have a text in them.
fn languages(session: &Session) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    let all = session.songs.iter().flat_map(|song| &song.text).chain(&session.album.text);
    for (tag, words) in all {
        let fields = [
            ("title", &words.title),
            ("artist", &words.artist),
            ("lyricist", &words.lyricist),
            ("composer", &words.composer),
            ("arranger", &words.arranger),
            ("message", &words.message),
        ];
        let said = fields.into_iter().filter(|(_, text)| !text.is_empty());
        found.extend(said.map(|(field, _)| (tag.clone(), field)));
    }
    found
}

impl Session {
    /// What a disc or a shop would not take of the texts as they stand, in words: ISRCs that stand twice or are missing,
    /// a UPC that is missing, titles that are missing, letters CD-Text does not have.
    pub fn text_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let songs: Vec<_> =
            order(self).into_iter().filter_map(|id| self.song(id)).filter(|song| !song.disabled).collect();
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for (place, song) in songs.iter().enumerate() {
            let name = if song.title.is_empty() { format!("song {}", place + 1) } else { song.title.clone() };
            if song.title.is_empty() {
                warnings.push(format!("{name} has no title"));
            }
            if song.isrc.is_empty() {
                warnings.push(format!("{name}: no ISRC yet"));
            } else if let Some(other) = owners.insert(&song.isrc, &song.title) {
                warnings.push(format!("{name}: ISRC {} belongs to {other} too", song.isrc));
            }
            let texts =
                [&song.title, &song.artist, &song.credits.composer, &song.credits.lyricist, &song.credits.arranger];
            warnings.extend(self.foreign(&name, &texts));
        }
        if self.album.upc.is_empty() {
            warnings.push("the album has no UPC or EAN yet".into());
        }
        warnings.extend(self.foreign("the album", &[&self.album.title, &self.album.artist]));
        warnings
    }

    /// Letters of the main texts that CD-Text has no code for, in words.
    fn foreign(&self, name: &str, texts: &[&String]) -> Option<String> {
        let main = Language::find(&self.album.language).unwrap_or(Language::ENGLISH);
        let charset = if main == Language::JAPANESE { Charset::MsJis } else { Charset::Latin1 };
        let letters: BTreeSet<char> =
            texts.iter().flat_map(|text| text.chars()).filter(|letter| !charset.has(*letter)).collect();
        let shown: String = letters.iter().take(12).collect();
        (!letters.is_empty()).then(|| {
            format!("{name}: CD-Text ({}) does not have {shown}; they are written by likeness", charset.name())
        })
    }
}

#[cfg(test)]
mod tests;
