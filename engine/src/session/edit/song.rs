//! Edits of songs, their clips and their sources.

use super::draft::{Draft, finite, unknown, value_of};
use super::pass::known_song;
use super::{Edit, EditError};
use crate::session::path::TreePath;
use crate::session::{Album, Clip, Document, Entry, Join, Point, Song, SourceRef};
use crate::unit::{Frames, Seconds};

/// A song to be added: its texts and its audio.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSong {
    /// Title.
    pub title: String,
    /// Artist; empty means the album's.
    pub artist: String,
    /// ISRC; empty where there is none yet.
    pub isrc: String,
    /// The files, one clip each, in order. Their ids may be empty: then they are given.
    pub sources: Vec<SourceRef>,
}

impl Edit {
    /// A text of the album by its field, as `title`, `artist`, `upc`.
    ///
    /// # Errors
    /// A field the album does not have, or a UPC/EAN whose check digit is wrong.
    pub fn set_album(document: &Document, field: &str, text: &str) -> Result<Edit, EditError> {
        let path = TreePath::new(["album", field]);
        let fields = value_of(&path, &Album::default())?;
        let known = || fields.as_table().into_iter().flat_map(|table| table.keys().map(String::as_str));
        if !known().any(|known| known == field) {
            return Err(unknown("field of the album", field, known()));
        }
        let text = if field == "upc" { upc(&path, text)? } else { text.to_string() };
        Ok(Edit::set(document.tree(), path, Some(text.into())))
    }

    /// The title of a song.
    ///
    /// # Errors
    /// Unknown song.
    pub fn set_title(document: &Document, song: &str, title: &str) -> Result<Edit, EditError> {
        set_text(document, song, "title", title)
    }

    /// The artist of a song; empty means the album's.
    ///
    /// # Errors
    /// Unknown song.
    pub fn set_artist(document: &Document, song: &str, artist: &str) -> Result<Edit, EditError> {
        set_text(document, song, "artist", artist)
    }

    /// The ISRC of a song, with or without hyphens; empty takes it away.
    ///
    /// # Errors
    /// Unknown song, or a text that is no ISRC.
    pub fn set_isrc(document: &Document, song: &str, text: &str) -> Result<Edit, EditError> {
        let isrc = isrc(&TreePath::new(["song", song, "isrc"]), text)?;
        set_text(document, song, "isrc", &isrc)
    }

    /// Leaves a song out of every pass, or takes it in again.
    ///
    /// # Errors
    /// Unknown song.
    pub fn disable_song(document: &Document, song: &str, disabled: bool) -> Result<Edit, EditError> {
        known_song(document.session(), song)?;
        let path = TreePath::new(["song", song, "disabled"]);
        Ok(Edit::set(document.tree(), path, disabled.then_some(true.into())))
    }

    /// Adds a song at `position` of the main sequence (from 0; past the end means last) and of every pass with a sequence
    /// of its own. Returns the edit and the song's id.
    ///
    /// # Errors
    /// No pass to put it into, no source, or a text that is no ISRC.
    pub fn add_song(document: &Document, song: &NewSong, position: usize) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        let songs = TreePath::new(["song"]);
        let id = draft.fresh_id(&songs, "s");
        if song.sources.is_empty() {
            return Err(EditError::Refused { path: "song".into(), reason: "a song needs at least one file".into() });
        }
        let mut clips = Vec::new();
        for source in &song.sources {
            let source = add_source(&mut draft, source)?;
            let number = clips.len() + 1;
            clips.push(Clip::whole(&format!("c{number}"), &source));
        }
        let isrc = isrc(&songs, &song.isrc)?;
        let new = Song { isrc, clips, ..Song::new(&id, &song.title, &song.artist) };
        let value = value_of(&songs, &new)?;
        draft.insert(songs, usize::MAX, value)?;
        add_entries(&mut draft, &id, position)?;
        Ok((draft.finish(format!("add {}", quoted(&song.title))), id))
    }

    /// Removes a song from every sequence, with the sources that no other song uses.
    ///
    /// # Errors
    /// Unknown song.
    pub fn remove_song(document: &Document, song: &str) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let session = draft.session;
        known_song(session, song)?;
        for pass in &session.passes {
            if pass.entries.iter().any(|entry| entry.song == song) {
                draft.remove(TreePath::new(["pass", &pass.id, "entry"]), song)?;
            }
        }
        draft.remove(TreePath::new(["song"]), song)?;
        let (own, others): (Vec<_>, Vec<_>) = session.clips().partition(|(owner, _)| *owner == song);
        let only_here = |source: &str| {
            own.iter().any(|(_, clip)| clip.source == source) && !others.iter().any(|(_, clip)| clip.source == source)
        };
        let versions = |keep: bool| {
            let songs = session.songs.iter().filter(move |one| (one.id == song) != keep);
            songs.flat_map(|one| &one.versions).flat_map(|version| version.sources.values())
        };
        let goes = |source: &str| {
            let elsewhere =
                versions(true).any(|one| one == source) || others.iter().any(|(_, clip)| clip.source == source);
            !elsewhere && (only_here(source) || versions(false).any(|one| one == source))
        };
        for source in session.sources.iter().filter(|source| goes(&source.id)) {
            draft.remove(TreePath::new(["source"]), &source.id)?;
        }
        Ok(draft.finish(format!("remove {}", super::describe::song_name(session, song))))
    }

    /// First frame and end (one past the last) of a clip of a song, at the source's rate.
    ///
    /// # Errors
    /// Unknown song or clip, or a span that is empty or outside the source.
    pub fn trim_clip(
        document: &Document,
        song: &str,
        clip: &str,
        start: Frames,
        end: Frames,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let found = find_clip(document, song, clip)?;
        let base = TreePath::new(["song", song, "clip", clip]);
        let length = document.session().source(&found.source).map_or(Frames(u64::MAX), |source| source.frames);
        if start >= end || end > length {
            let reason = format!("{} to {} is no span of a source of {} frames", start.0, end.0, length.0);
            return Err(EditError::Refused { path: base.to_string(), reason });
        }
        for (field, old, new) in [("in", found.start, start), ("out", found.end, end)] {
            if old != new {
                let path = base.join(field);
                let value = value_of(&path, &new)?;
                draft.set(path, Some(value))?;
            }
        }
        Ok(draft.finish(format!("trim {}", super::describe::song_name(document.session(), song))))
    }

    /// The breakpoints of a clip's level, in clip time; none takes the envelope away. They are put in the order of time.
    ///
    /// # Errors
    /// Unknown song or clip, a number that is not finite, a point outside the clip, or two at the same time.
    pub fn set_envelope(document: &Document, song: &str, clip: &str, points: &[Point]) -> Result<Edit, EditError> {
        let found = find_clip(document, song, clip)?;
        let path = TreePath::new(["song", song, "clip", clip, "envelope"]);
        let rate = document.session().source(&found.source).map(|source| source.rate);
        let length =
            rate.map_or(f64::INFINITY, |rate| Frames(found.end.0.saturating_sub(found.start.0)).seconds(rate).0);
        let mut points = points.to_vec();
        for point in &points {
            finite(&path, point.gain.0)?;
            if !(0.0..=length).contains(&finite(&path, point.at.0)?) {
                let reason = format!("{} s is outside the clip of {length:.3} s", point.at.0);
                return Err(EditError::Refused { path: path.to_string(), reason });
            }
        }
        points.sort_by(|one, other| one.at.0.total_cmp(&other.at.0));
        if points.windows(2).any(|pair| pair[0].at.0 >= pair[1].at.0) {
            let reason = "two points of an envelope stand at the same time".into();
            return Err(EditError::Refused { path: path.to_string(), reason });
        }
        let value = if points.is_empty() { None } else { Some(value_of(&path, &points)?) };
        Ok(Edit::set(document.tree(), path, value))
    }

    /// Cuts a clip in two at a source frame; both halves play on without a seam.
    ///
    /// # Errors
    /// Unknown song or clip, or a frame that is not inside the clip.
    pub fn split_clip(document: &Document, song: &str, clip: &str, at: Frames) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let found = find_clip(document, song, clip)?;
        let list = TreePath::new(["song", song, "clip"]);
        let path = TreePath::new(["song", song, "clip", clip]);
        if at <= found.start || at >= found.end {
            let reason = format!("frame {} is not inside {} to {}", at.0, found.start.0, found.end.0);
            return Err(EditError::Refused { path: path.to_string(), reason });
        }
        let rate = document.session().source(&found.source).map(|source| source.rate);
        let Some(rate) = rate else { return Err(unknown("source", &found.source, std::iter::empty())) };
        let (index, old) = draft.element(&list, clip)?;
        let (first, mut second) = found.split(at, rate);
        second.id = draft.fresh_id(&list, "c");
        let changed = value_of(&path, &first)?;
        for field in ["out", "envelope", "crossfade"] {
            let (from, to) = (old.get(field), changed.get(field));
            if from != to {
                draft.set(path.join(field), to.cloned())?;
            }
        }
        let value = value_of(&list, &second)?;
        draft.insert(list, index + 1, value)?;
        Ok(draft.finish(format!("split {}", super::describe::song_name(document.session(), song))))
    }

    /// Another place for the file of a source (a moved file; the content is the same). `path` as in the session:
    /// relative to it, or absolute.
    ///
    /// # Errors
    /// Unknown source.
    pub fn relocate(document: &Document, source: &str, path: &str) -> Result<Edit, EditError> {
        let session = document.session();
        let known = session.sources.iter().map(|source| source.id.as_str());
        session.source(source).ok_or_else(|| unknown("source", source, known))?;
        Ok(Edit::set(document.tree(), TreePath::new(["source", source, "path"]), Some(path.into())))
    }
}

fn set_text(document: &Document, song: &str, field: &str, text: &str) -> Result<Edit, EditError> {
    known_song(document.session(), song)?;
    Ok(Edit::set(document.tree(), TreePath::new(["song", song, field]), Some(text.into())))
}

fn find_clip<'d>(document: &'d Document, song: &str, clip: &str) -> Result<&'d Clip, EditError> {
    let session = document.session();
    known_song(session, song)?;
    let clips = session.song(song).map_or(&[][..], |song| &song.clips);
    let found = clips.iter().find(|one| one.id == clip);
    found.ok_or_else(|| unknown("clip", clip, clips.iter().map(|clip| clip.id.as_str())))
}

/// Adds a source, or finds the one with the same content and path; returns it with its id.
pub(super) fn add_source(draft: &mut Draft, source: &SourceRef) -> Result<SourceRef, EditError> {
    let list = TreePath::new(["source"]);
    let same = |one: &&SourceRef| one.path == source.path && one.head_tail == source.head_tail;
    if let Some(known) = draft.session.sources.iter().find(same) {
        return Ok(known.clone());
    }
    let mut source = source.clone();
    if source.id.is_empty() || draft.element(&list, &source.id).is_ok() {
        source.id = draft.fresh_id(&list, "a");
    }
    let value = value_of(&list, &source)?;
    draft.insert(list, usize::MAX, value)?;
    Ok(source)
}

fn add_entries(draft: &mut Draft, song: &str, position: usize) -> Result<(), EditError> {
    let session = draft.session;
    if session.passes.is_empty() {
        return Err(EditError::Refused { path: "pass".into(), reason: "there is no pass to put a song into".into() });
    }
    for (index, pass) in session.passes.iter().enumerate() {
        if index > 0 && pass.entries.is_empty() {
            continue;
        }
        let path = TreePath::new(["pass", &pass.id, "entry"]);
        let first = index == 0 && (position == 0 || pass.entries.is_empty());
        let join = (index == 0).then_some(if first { Join::Gap(Seconds(0.0)) } else { Join::default() });
        let value = value_of(&path, &Entry { song: song.into(), join, ..Entry::default() })?;
        draft.insert(path, position, value)?;
    }
    Ok(())
}

pub(super) fn quoted(title: &str) -> String {
    if title.is_empty() { "a song".into() } else { format!("\u{201c}{title}\u{201d}") }
}

/// An ISRC without hyphens (ISO 3901: two letters, three letters or digits, seven digits), or empty.
pub(in crate::session) fn isrc(path: &TreePath, text: &str) -> Result<String, EditError> {
    let bare: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_uppercase();
    let fits = |(index, letter): (usize, char)| match index {
        0 | 1 => letter.is_ascii_uppercase(),
        2..=4 => letter.is_ascii_uppercase() || letter.is_ascii_digit(),
        _ => letter.is_ascii_digit(),
    };
    if bare.is_empty() || (bare.chars().count() == 12 && bare.chars().enumerate().all(fits)) {
        return Ok(bare);
    }
    let reason = format!("'{text}' is no ISRC: two letters, three letters or digits, seven digits");
    Err(EditError::Refused { path: path.to_string(), reason })
}

/// A UPC (12 digits) or EAN (13) with a true check digit (GS1 General Specifications, 7.9), or empty.
pub(in crate::session) fn upc(path: &TreePath, text: &str) -> Result<String, EditError> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if bare.is_empty() {
        return Ok(bare);
    }
    let digits: Option<Vec<u32>> = bare.chars().map(|letter| letter.to_digit(10)).collect();
    let refuse = |reason: String| EditError::Refused { path: path.to_string(), reason };
    let digits = digits.filter(|digits| matches!(digits.len(), 12 | 13));
    let digits = digits.ok_or_else(|| refuse(format!("'{text}' is no UPC (12 digits) or EAN (13 digits)")))?;
    let weigh = |(index, digit): (usize, &u32)| if index % 2 == 0 { *digit } else { 3 * digit };
    if digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0 {
        return Ok(bare);
    }
    let body: u32 = digits.iter().rev().enumerate().skip(1).map(weigh).sum();
    Err(refuse(format!("the check digit of {bare} is wrong; it should be {}", (10 - body % 10) % 10)))
}
