//! A new mix in the place of a source.

use super::draft::{Draft, unknown, value_of};
use super::{Edit, EditError};
use crate::session::path::TreePath;
use crate::session::{Clip, Document, Repair, Song, SourceRef};
use crate::unit::Frames;

impl Edit {
    /// Puts another file in the place of a source: trims, repairs and everything else stay on the music, which lies
    /// `offset` frames later in the new file. What reached the old file's end reaches the new one's; what the new file
    /// does not have is cut. Returns the edit and what could not stay, in words.
    ///
    /// # Errors
    /// Unknown source, another rate or layout, or a clip of which nothing is left.
    pub fn replace_source(
        document: &Document,
        source: &str,
        new: &SourceRef,
        offset: i64,
    ) -> Result<(Edit, Vec<String>), EditError> {
        let session = document.session();
        let known = session.sources.iter().map(|source| source.id.as_str());
        let old =
            session.sources.iter().find(|known| known.id == source).ok_or_else(|| unknown("source", source, known))?;
        let path = TreePath::new(["source", source]);
        let refuse = |reason: String| EditError::Refused { path: path.to_string(), reason };
        if (new.rate, new.layout) != (old.rate, old.layout) {
            let reason = format!("it has {}, {}; the new file {}, {}", old.rate, old.layout, new.rate, new.layout);
            return Err(refuse(reason));
        }
        let mut notes = Vec::new();
        let moved = |frame: Frames, is_end: bool| {
            let at = frame.0 as i64 + offset;
            let at = if is_end && frame == old.frames { new.frames.0 as i64 } else { at };
            Frames(at.clamp(0, new.frames.0 as i64) as u64)
        };
        let mut draft = Draft::new(document);
        let repairs = repairs(old, new, offset, &mut notes);
        let replaced = SourceRef {
            id: old.id.clone(),
            matrix: old.matrix.clone(),
            repairs,
            unknown: old.unknown.clone(),
            ..new.clone()
        };
        let list = TreePath::new(["source"]);
        let (index, _) = draft.element(&list, source)?;
        draft.remove(list.clone(), source)?;
        draft.insert(list.clone(), index, value_of(&list, &replaced)?)?;
        for (song, clip) in clips(&session.songs, source) {
            let (start, end) = (moved(clip.start, false), moved(clip.end, true));
            if start >= end {
                return Err(refuse(format!("nothing is left of clip {} of {}", clip.id, song.title)));
            }
            let late = (start.0 as i64 - offset - clip.start.0 as i64).max(0);
            if late > 0 {
                let seconds = Frames(late as u64).seconds(new.rate).0;
                notes.push(format!("{}: the new file begins {seconds:.3} s later; that much is cut", song.title));
            }
            let base = TreePath::new(["song", song.id.as_str(), "clip", clip.id.as_str()]);
            for (field, before, after) in [("in", clip.start, start), ("out", clip.end, end)] {
                if before != after {
                    let path = base.join(field);
                    let value = value_of(&path, &after)?;
                    draft.set(path, Some(value))?;
                }
            }
        }
        Ok((draft.finish_as(format!("new mix for {source}")), notes))
    }
}

fn clips<'a>(songs: &'a [Song], source: &'a str) -> impl Iterator<Item = (&'a Song, &'a Clip)> {
    songs
        .iter()
        .flat_map(move |song| song.clips.iter().filter(move |clip| clip.source == source).map(move |clip| (song, clip)))
}

/// The repairs where the music now is. One that does not lie in the new file wholly is left out of the signal and told.
fn repairs(old: &SourceRef, new: &SourceRef, offset: i64, notes: &mut Vec<String>) -> Vec<Repair> {
    let place = |frame: Frames| frame.0 as i64 + offset;
    let fits = |start: Frames, end: Frames| place(start) >= 0 && place(end) <= new.frames.0 as i64;
    let moved = |frame: Frames| Frames(place(frame).clamp(0, new.frames.0 as i64) as u64);
    let mut kept = Vec::new();
    for repair in &old.repairs {
        let learn =
            repair.learn.filter(|(start, end)| fits(*start, *end)).map(|(start, end)| (moved(start), moved(end)));
        if !fits(repair.start, repair.end) || learn.is_some() != repair.learn.is_some() {
            notes.push(format!("repair {} ({}) does not lie in the new file and is gone", repair.id, repair.kind));
            continue;
        }
        kept.push(Repair { start: moved(repair.start), end: moved(repair.end), learn, ..repair.clone() });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::album;
    use crate::unit::SampleRate;

    fn longer(document: &Document, frames: u64) -> SourceRef {
        SourceRef { path: "v3.wav".into(), frames: Frames(frames), ..document.session().sources[0].clone() }
    }

    #[test]
    fn trims_move_with_the_music_and_undo_brings_everything_back() {
        let mut document = album(2);
        let before = document.text().unwrap();
        let old = document.session().sources[0].clone();
        let new = longer(&document, old.frames.0 + 500);
        let (edit, notes) = Edit::replace_source(&document, &old.id, &new, 100).unwrap();
        assert!(notes.is_empty(), "{notes:?}");
        document.apply(edit).unwrap();
        let session = document.session();
        let clip = session.songs.iter().flat_map(|song| &song.clips).find(|clip| clip.source == old.id).unwrap();
        assert_eq!((clip.start, clip.end), (Frames(100), Frames(old.frames.0 + 500)));
        assert_eq!(session.sources[0].path, "v3.wav");
        document.undo().unwrap();
        assert_eq!(document.text().unwrap(), before);
    }

    #[test]
    fn what_the_new_file_lacks_is_said_and_another_rate_refused() {
        let document = album(1);
        let old = document.session().sources[0].clone();
        let (_, notes) = Edit::replace_source(&document, &old.id, &longer(&document, old.frames.0 - 10), -10).unwrap();
        assert_eq!(notes.len(), 1);
        let other = SourceRef { rate: SampleRate(old.rate.0 + 1), ..old.clone() };
        assert!(Edit::replace_source(&document, &old.id, &other, 0).is_err());
        assert!(Edit::replace_source(&document, "nowhere", &old, 0).is_err());
        let nothing = longer(&document, 5);
        assert!(Edit::replace_source(&document, &old.id, &nothing, 10).is_err());
    }
}
