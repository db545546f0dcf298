//! Edits of what a pass plays: a sequence of its own, songs it has alone, songs doubled and cut in two, other versions.

use super::draft::{Draft, finite, unknown, value_of};
use super::pass::{known_pass, known_song, separate_sequence};
use super::song::add_source;
use super::{Edit, EditError, describe};
use crate::session::grid::{Grid, Refused};
use crate::session::path::TreePath;
use crate::session::{Clip, Document, Entry, Join, Marker, Session, Song, SourceRef, Version};
use crate::unit::{CdFrame, Frames, Seconds};

impl Edit {
    /// Gives a pass a sequence of its own: the main pass's order, every value still inherited.
    ///
    /// # Errors
    /// Unknown pass, the main pass, or one that has its own already.
    pub fn separate_sequence(document: &Document, pass: &str) -> Result<Edit, EditError> {
        let session = document.session();
        let name = known_pass(session, pass)?.name.clone();
        let path = TreePath::new(["pass", pass, "entry"]).to_string();
        if session.main_pass().is_some_and(|main| main.id == pass) || session.has_own_sequence(pass) {
            return Err(EditError::Refused { path, reason: "it has a sequence of its own already".into() });
        }
        let mut draft = Draft::new(document);
        separate_sequence(&mut draft, pass)?;
        Ok(draft.finish_as(format!("{name} with its own sequence")))
    }

    /// Takes the own sequence of a pass away: it plays the main pass's again.
    ///
    /// # Errors
    /// Unknown pass, the main pass, or one that has no sequence of its own.
    pub fn inherit_sequence(document: &Document, pass: &str) -> Result<Edit, EditError> {
        let session = document.session();
        let name = known_pass(session, pass)?.name.clone();
        let list = TreePath::new(["pass", pass, "entry"]);
        if !session.has_own_sequence(pass) {
            let reason = "it has no sequence of its own".into();
            return Err(EditError::Refused { path: list.to_string(), reason });
        }
        let mut draft = Draft::new(document);
        draft.set(list, None)?;
        Ok(draft.finish_as(format!("{name} with the main sequence")))
    }

    /// Takes a song into one pass alone, at a place from 0; past the end means last. A pass that inherits gets a sequence of
    /// its own.
    ///
    /// # Errors
    /// Unknown pass or song, or a song that the pass has already.
    pub fn take_in(document: &Document, pass: &str, song: &str, to: usize) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        known_song(draft.session, song)?;
        let name = known_pass(draft.session, pass)?.name.clone();
        separate_sequence(&mut draft, pass)?;
        let list = TreePath::new(["pass", pass, "entry"]);
        if draft.element(&list, song).is_ok() {
            let reason = format!("'{song}' is in it already");
            return Err(EditError::Refused { path: list.to_string(), reason });
        }
        let first = to == 0 || draft.list(&list).is_empty();
        let join = if first { Join::Gap(Seconds(0.0)) } else { Join::default() };
        let value = value_of(&list, &Entry { song: song.into(), join: Some(join), ..Entry::default() })?;
        draft.insert(list, to, value)?;
        Ok(draft.finish_as(format!("{} into {name}", describe::song_name(document.session(), song))))
    }

    /// Takes a song out of one pass alone. A pass that inherits gets a sequence of its own; the others, and the song itself,
    /// stay as they are: passes that inherit the sequence of the main pass and would lose the song keep it in one of their own.
    ///
    /// # Errors
    /// Unknown pass or song, or a song that the pass does not have.
    pub fn leave_out(document: &Document, pass: &str, song: &str) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let session = draft.session;
        known_song(session, song)?;
        let name = known_pass(session, pass)?.name.clone();
        if session.main_pass().is_some_and(|main| main.id == pass) {
            for other in session.passes.iter().skip(1).filter(|other| other.entries.is_empty()) {
                separate_sequence(&mut draft, &other.id)?;
            }
            // What they inherited of the song goes with the main pass's entry: they take it over.
            let gone = session.main_pass().and_then(|main| main.entries.iter().find(|entry| entry.song == song));
            for other in session.passes.iter().skip(1) {
                if let Some(gone) = gone {
                    take_over(&mut draft, &other.id, gone)?;
                }
            }
        }
        separate_sequence(&mut draft, pass)?;
        draft.remove(TreePath::new(["pass", pass, "entry"]), song)?;
        Ok(draft.finish_as(format!("{} out of {name}", describe::song_name(session, song))))
    }

    /// Doubles a song: the same audio, texts, chain and edits under another id, behind it in every sequence that has it.
    /// Returns the edit and the new song's id. Its ISRC stays with the original.
    ///
    /// # Errors
    /// Unknown song.
    pub fn duplicate_song(document: &Document, song: &str) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        known_song(draft.session, song)?;
        let list = TreePath::new(["song"]);
        let id = draft.fresh_id(&list, "s");
        let (index, mut value) = draft.element(&list, song)?;
        if let Some(table) = value.as_table_mut() {
            let title = table.get("title").and_then(|title| title.as_str()).unwrap_or_default().to_string();
            table.insert("id".into(), id.clone().into());
            table.insert("title".into(), format!("{title} copy").trim().into());
            table.insert("isrc".into(), "".into());
        }
        draft.insert(list, index + 1, value)?;
        follow(&mut draft, song, &id, Join::default())?;
        Ok((draft.finish_as(format!("double {}", describe::song_name(document.session(), song))), id))
    }

    /// Cuts a song in two at a source frame of one of its clips: what follows becomes a song of its own that joins without a
    /// gap, so that nothing changes in what is heard but where chains begin. Markers go with their music; what is automated
    /// stays in the time of both songs. Returns the edit and the new song's id.
    ///
    /// # Errors
    /// Unknown song or clip, or a frame that is not inside the clip.
    pub fn divide_song(document: &Document, song: &str, clip: &str, at: Frames) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        let session = draft.session;
        known_song(session, song)?;
        let path = TreePath::new(["song", song, "clip", clip]);
        let found = session.song(song).and_then(|one| Some((one, one.clips.iter().position(|one| one.id == clip)?)));
        let Some((whole, place)) = found else { return Err(unknown("clip", clip, std::iter::empty())) };
        let old = &whole.clips[place];
        let rate = session.source(&old.source).map(|source| source.rate);
        let Some(rate) = rate.filter(|_| at > old.start && at < old.end) else {
            let reason = format!("frame {} is not inside {} to {}", at.0, old.start.0, old.end.0);
            return Err(EditError::Refused { path: path.to_string(), reason });
        };
        let list = TreePath::new(["song"]);
        let id = draft.fresh_id(&list, "s");
        let (first, second) = old.split(at, rate);
        let mut rest = vec![second];
        rest.extend(whole.clips[place + 1..].iter().cloned());
        let title = format!("{} (2)", whole.title);
        let cut = song_time(session, &whole.clips[..place], Frames(at.0 - old.start.0).seconds(rate));
        let (kept_markers, later): (Vec<Marker>, Vec<Marker>) =
            whole.markers.iter().cloned().partition(|marker| marker.at < cut);
        let markers = later.into_iter().map(|marker| Marker { at: Seconds(marker.at.0 - cut.0), ..marker }).collect();
        let two = Song {
            id: id.clone(),
            title: title.trim().into(),
            isrc: String::new(),
            fade_in: None,
            indices: Vec::new(),
            lead: CdFrame(0),
            markers,
            clips: rest,
            ..whole.clone()
        };
        let mut kept = whole.clips[..place].to_vec();
        kept.push(first);
        draft.set(TreePath::new(["song", song, "clip"]), Some(value_of(&path, &kept)?))?;
        if kept_markers.len() < whole.markers.len() {
            let path = TreePath::new(["song", song, "marker"]);
            let value = value_of(&path, &kept_markers)?;
            draft.set(path, (!kept_markers.is_empty()).then_some(value))?;
        }
        if whole.fade_out.is_some() {
            draft.set(TreePath::new(["song", song, "fade_out"]), None)?;
        }
        let (index, _) = draft.element(&list, song)?;
        let value = value_of(&list, &two)?;
        draft.insert(list, index + 1, value)?;
        follow(&mut draft, song, &id, Join::Gap(Seconds(0.0)))?;
        Ok((draft.finish_as(format!("cut {} in two", describe::song_name(session, song))), id))
    }

    /// Marks a place of a song, from its start. Returns the edit and the marker's id.
    ///
    /// # Errors
    /// Unknown song, or a time that is negative or no number.
    pub fn add_marker(document: &Document, song: &str, at: Seconds, text: &str) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        known_song(draft.session, song)?;
        let list = TreePath::new(["song", song, "marker"]);
        if finite(&list, at.0)? < 0.0 {
            let reason = format!("{} s is before the song", at.0);
            return Err(EditError::Refused { path: list.to_string(), reason });
        }
        let id = draft.fresh_id(&list, "m");
        let place = draft.session.song(song).map_or(0, |song| song.markers.partition_point(|known| known.at <= at));
        let marker = Marker { id: id.clone(), at, text: text.trim().into(), unknown: Default::default() };
        let value = value_of(&list, &marker)?;
        draft.insert(list, place, value)?;
        Ok((draft.finish_as(format!("mark {}", describe::song_name(document.session(), song))), id))
    }

    /// Another version of a song: `files` in the order of its own sources. Returns what does not fit, in words; the version
    /// is taken in all the same where it can be played.
    ///
    /// # Errors
    /// Unknown song, a version it has already, another number of files, another rate or layout, or a file that is too short
    /// for the song's trims.
    pub fn add_version(
        document: &Document,
        song: &str,
        version: &str,
        files: &[SourceRef],
    ) -> Result<(Edit, Vec<String>), EditError> {
        let mut draft = Draft::new(document);
        let session = draft.session;
        known_song(session, song)?;
        let list = TreePath::new(["song", song, "version"]);
        let refuse = |reason: String| EditError::Refused { path: list.to_string(), reason };
        let id = version.trim().to_lowercase().replace([' ', '_'], "-");
        if id.is_empty() || id.contains(['.', '"']) {
            return Err(refuse("a version has a name, as instrumental".into()));
        }
        let own = session.song(song).map_or(&[][..], |song| &song.clips);
        let mut sources: Vec<&SourceRef> = Vec::new();
        for clip in own {
            let known =
                session.source(&clip.source).ok_or_else(|| unknown("source", &clip.source, std::iter::empty()))?;
            if !sources.iter().any(|source| source.id == known.id) {
                sources.push(known);
            }
        }
        if sources.len() != files.len() {
            return Err(refuse(format!("the song has {} files, the version {}", sources.len(), files.len())));
        }
        let mut notes = Vec::new();
        let mut new = Version { id, ..Version::default() };
        for (old, file) in sources.into_iter().zip(files) {
            if (file.rate, file.layout) != (old.rate, old.layout) {
                let reason = format!(
                    "{} has {}, {}; the version {}, {}",
                    old.path, old.rate, old.layout, file.rate, file.layout
                );
                return Err(refuse(reason));
            }
            let needed = own.iter().filter(|clip| clip.source == old.id).map(|clip| clip.end).max();
            if needed.is_some_and(|needed| file.frames < needed) {
                let reason = format!(
                    "{} ends at frame {}; the song plays to frame {}",
                    file.path,
                    file.frames.0,
                    needed.map_or(0, |end| end.0)
                );
                return Err(refuse(reason));
            }
            if file.frames != old.frames {
                let (longer, by) = (file.frames > old.frames, file.frames.0.abs_diff(old.frames.0));
                let how = if longer { "longer" } else { "shorter" };
                notes.push(format!("{} is {by} frames {how} than {}", file.path, old.path));
            }
            let added = add_source(&mut draft, file)?;
            new.sources.insert(old.id.clone(), added.id);
        }
        let value = value_of(&list, &new)?;
        draft.insert(list, usize::MAX, value)?;
        let label = format!("{} of {}", new.id, describe::song_name(session, song));
        Ok((draft.finish_as(label), notes))
    }

    /// Takes a version of a song away, with the sources nobody else uses.
    ///
    /// # Errors
    /// Unknown song or version.
    pub fn remove_version(document: &Document, song: &str, version: &str) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let session = draft.session;
        known_song(session, song)?;
        draft.remove(TreePath::new(["song", song, "version"]), version)?;
        let gone = session.song(song).and_then(|song| song.version(version));
        for source in gone.into_iter().flat_map(|gone| gone.sources.values()) {
            let played = session.clips().any(|(_, clip)| clip.source == *source);
            let shared = session.songs.iter().flat_map(|one| one.versions.iter().map(move |own| (one, own)));
            let elsewhere = shared.into_iter().any(|(one, own)| {
                (one.id != song || own.id != version) && own.sources.values().any(|other| other == source)
            });
            if !played && !elsewhere && draft.element(&TreePath::new(["source"]), source).is_ok() {
                draft.remove(TreePath::new(["source"]), source)?;
            }
        }
        Ok(draft.finish_as(format!("{version} of {} away", describe::song_name(session, song))))
    }

    /// Sets texts of songs and the album out of a grid: one step, what is refused beside it. Without heads in the grid its
    /// texts stand from `column` (as `title`) of the song at place `song` (from 0) to the right and downwards. Returns the
    /// edit (none where nothing changes), how many texts it changes, and what was not taken.
    ///
    /// # Errors
    /// A text the document cannot hold.
    pub fn set_texts(
        document: &Document,
        grid: &Grid,
        song: usize,
        column: &str,
    ) -> Result<(Option<Edit>, usize, Vec<Refused>), EditError> {
        let (cells, refused) = grid.cells(document.session(), song, column);
        let mut draft = Draft::new(document);
        let mut changed = 0;
        for cell in cells {
            let now = document.value(&cell.path).and_then(|value| value.as_str()).unwrap_or_default();
            if now == cell.text {
                continue;
            }
            changed += 1;
            // A text of another language that is emptied goes away; those of the main language stay as empty.
            let away = cell.text.is_empty() && cell.path.names().iter().any(|name| name == "text");
            draft.set(cell.path, (!away).then(|| cell.text.into()))?;
        }
        let label = if changed == 1 { "1 text".into() } else { format!("{changed} texts") };
        Ok(((changed > 0).then(|| draft.finish_as(label)), changed, refused))
    }

    /// Codes that count on from `first`, for a song and those after it in the main sequence; songs that are left out of every
    /// pass take none.
    ///
    /// # Errors
    /// Unknown song, a text that is no ISRC, or a designation code beyond 99999 (ISO 3901:2019: five digits).
    pub fn number_isrcs(document: &Document, song: &str, first: &str) -> Result<Edit, EditError> {
        let session = document.session();
        known_song(session, song)?;
        let path = TreePath::new(["song", song, "isrc"]);
        let code = super::isrc(&path, first)?;
        let number = code.get(7..).and_then(|digits| digits.parse::<u32>().ok());
        let (Some(prefix), Some(number)) = (code.get(..7), number) else {
            return Err(EditError::Refused { path: path.to_string(), reason: "write the first code".into() });
        };
        let mut draft = Draft::new(document);
        let songs = crate::session::grid::order(session);
        let from = songs.iter().position(|one| *one == song).unwrap_or(0);
        let heard = |id: &&&str| session.song(id).is_some_and(|song| !song.disabled);
        for (place, id) in songs[from..].iter().filter(heard).enumerate() {
            let next = number + place as u32;
            if next > 99_999 {
                let reason = format!("the codes of {prefix} end at 99999");
                return Err(EditError::Refused { path: path.to_string(), reason });
            }
            let path = TreePath::new(["song", id, "isrc"]);
            draft.set(path, Some(format!("{prefix}{next:05}").into()))?;
        }
        Ok(draft.finish_as("ISRCs that count on"))
    }
}

/// The time in a song of a moment `inside` the clip behind `before`.
fn song_time(session: &Session, before: &[Clip], inside: Seconds) -> Seconds {
    let length = |clip: &Clip| {
        let rate = session.source(&clip.source).map(|source| source.rate);
        let length = rate.map_or(0.0, |rate| Frames(clip.end.0.saturating_sub(clip.start.0)).seconds(rate).0);
        length - clip.crossfade.map_or(0.0, |fade| fade.length.0)
    };
    Seconds(before.iter().map(length).sum::<f64>() + inside.0)
}

/// Puts a song behind another one into every sequence that has that.
fn follow(draft: &mut Draft, song: &str, new: &str, join: Join) -> Result<(), EditError> {
    let session = draft.session;
    for (index, pass) in session.passes.iter().enumerate() {
        let Some(place) = pass.entries.iter().position(|entry| entry.song == song) else { continue };
        let list = TreePath::new(["pass", &pass.id, "entry"]);
        let join = (index == 0).then_some(join);
        let value = value_of(&list, &Entry { song: new.into(), join, ..Entry::default() })?;
        draft.insert(list, place + 1, value)?;
    }
    Ok(())
}

/// Writes what a pass inherits of an entry into its own entry of that song.
fn take_over(draft: &mut Draft, pass: &str, gone: &Entry) -> Result<(), EditError> {
    let list = TreePath::new(["pass", pass, "entry"]);
    let Ok((_, own)) = draft.element(&list, &gone.song) else { return Ok(()) };
    let inherited = value_of(&list, gone)?;
    for (field, value) in inherited.as_table().into_iter().flatten() {
        if own.get(field).is_none() {
            draft.set(list.join(&gone.song).join(field), Some(value.clone()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::{album, source};

    fn undone(mut document: Document, edit: Edit) {
        let before = document.text().unwrap();
        document.apply(edit).unwrap();
        document.undo().unwrap();
        assert_eq!(document.text().unwrap(), before);
    }

    fn songs(document: &Document, pass: &str) -> Vec<String> {
        document.session().resolve(pass).unwrap().songs.iter().map(|song| song.song.id.clone()).collect()
    }

    #[test]
    fn a_bonus_song_is_on_the_disc_alone() {
        let mut document = album(3);
        let edit = Edit::leave_out(&document, "streaming", "s3").unwrap();
        document.apply(edit.clone()).unwrap();
        assert_eq!((songs(&document, "streaming"), songs(&document, "cd").len()), (vec!["s1".into(), "s2".into()], 3));
        document.apply(Edit::take_in(&document, "streaming", "s3", 0).unwrap()).unwrap();
        assert_eq!(songs(&document, "streaming"), ["s3", "s1", "s2"]);
        assert!(Edit::take_in(&document, "streaming", "s3", 0).is_err());
        document.apply(Edit::inherit_sequence(&document, "cd").unwrap()).unwrap();
        assert_eq!(songs(&document, "cd"), ["s3", "s1", "s2"]);
        assert!(
            Edit::inherit_sequence(&document, "cd").is_err()
                && Edit::separate_sequence(&document, "streaming").is_err()
        );
        undone(album(3), edit);
    }

    #[test]
    fn what_a_pass_inherited_of_a_song_stays_when_the_main_pass_drops_it() {
        let mut document = album(3);
        document.apply(Edit::set_join(&document, "streaming", "s3", Join::Gap(Seconds(4.0))).unwrap()).unwrap();
        document.apply(Edit::leave_out(&document, "streaming", "s3").unwrap()).unwrap();
        assert_eq!(document.session().resolve("cd").unwrap().songs[2].join, Join::Gap(Seconds(4.0)));
    }

    #[test]
    fn a_song_cut_in_two_sounds_as_before() {
        let mut document = album(2);
        document.apply(Edit::separate_sequence(&document, "cd").unwrap()).unwrap();
        for at in [0.005, 0.015] {
            document.apply(Edit::add_marker(&document, "s1", Seconds(at), "here").unwrap().0).unwrap();
        }
        let (edit, id) = Edit::divide_song(&document, "s1", "c1", Frames(400)).unwrap();
        undone(album(2), Edit::divide_song(&album(2), "s1", "c1", Frames(400)).unwrap().0);
        document.apply(edit).unwrap();
        assert_eq!(
            (songs(&document, "streaming"), songs(&document, "cd")),
            (vec!["s1".into(), id.clone(), "s2".into()], vec!["s1".into(), id.clone(), "s2".into()])
        );
        let played = document.session().resolve("cd").unwrap().songs;
        let markers: Vec<f64> = played[..2].iter().flat_map(|song| &song.song.markers).map(|one| one.at.0).collect();
        assert!(markers.len() == 2 && markers[0] == 0.005 && (markers[1] - (0.015 - 400.0 / 44_100.0)).abs() < 1e-9);
        assert_eq!(
            (played[0].clips[0].end, played[1].clips[0].start, played[1].clips[0].end),
            (Frames(400), Frames(400), Frames(1000))
        );
        assert_eq!(played[1].join, Join::Gap(Seconds(0.0)));
        assert!(Edit::divide_song(&document, "s1", "c1", Frames(400)).is_err());
    }

    #[test]
    fn a_doubled_song_follows_its_original_without_its_code() {
        let mut document = album(2);
        document.apply(Edit::set_isrc(&document, "s1", "GBXYZ2600001").unwrap()).unwrap();
        let (edit, id) = Edit::duplicate_song(&document, "s1").unwrap();
        document.apply(edit).unwrap();
        assert_eq!(songs(&document, "cd"), ["s1".to_string(), id.clone(), "s2".into()]);
        let double = document.session().song(&id).unwrap();
        assert_eq!((double.title.as_str(), double.isrc.as_str(), double.clips.len()), ("Song 1 copy", "", 1));
    }

    #[test]
    fn markers_stand_in_the_order_of_time_and_go_again() {
        let mut document = album(1);
        let before = document.text().unwrap();
        for (text, id) in [("song.1.marker+=2s chorus", "m1"), ("song.1.marker+=0.5 voice: too bright", "m2")] {
            document.apply(Edit::parse(&document, text).unwrap()).unwrap();
            assert!(document.session().songs[0].markers.iter().any(|marker| marker.id == id));
        }
        let told: Vec<(f64, &str)> =
            document.session().songs[0].markers.iter().map(|marker| (marker.at.0, marker.text.as_str())).collect();
        assert_eq!(told, [(0.5, "voice: too bright"), (2.0, "chorus")]);
        document.apply(Edit::parse(&document, "song.1.marker.m1.text=refrain").unwrap()).unwrap();
        document.apply(Edit::parse(&document, "song.1.marker.m2-=").unwrap()).unwrap();
        assert_eq!(document.session().songs[0].markers[0].text, "refrain");
        assert!(Edit::add_marker(&document, "s1", Seconds(-1.0), "").is_err());
        (0..4).for_each(|_| drop(document.undo().unwrap()));
        assert_eq!(document.text().unwrap(), before);
    }

    #[test]
    fn versions_share_the_edits_and_a_pass_plays_them() {
        let mut document = album(2);
        let before = document.text().unwrap();
        let longer = SourceRef { frames: Frames(1010), ..source("1 inst.wav") };
        let (edit, notes) = Edit::add_version(&document, "s1", "Instrumental", &[longer]).unwrap();
        assert_eq!(notes.len(), 1, "{notes:?}");
        document.apply(edit).unwrap();
        let short = SourceRef { frames: Frames(999), ..source("1 tv.wav") };
        assert!(Edit::add_version(&document, "s1", "tv", &[short]).is_err());
        document.apply(Edit::parse(&document, "pass+=streaming name=Inst").unwrap()).unwrap();
        document.apply(Edit::parse(&document, "pass.inst.version=instrumental").unwrap()).unwrap();
        let played = document.session().resolve("inst").unwrap().songs;
        assert_eq!(played.len(), 1, "the other song has no such version");
        let main = document.session().resolve("streaming").unwrap().songs;
        assert_ne!(played[0].clips[0].source, main[0].clips[0].source);
        assert_eq!((played[0].clips[0].start, played[0].clips[0].end), (main[0].clips[0].start, main[0].clips[0].end));
        assert!(document.session().problems("inst").is_empty(), "{:?}", document.session().problems("inst"));
        document.apply(Edit::remove_version(&document, "s1", "instrumental").unwrap()).unwrap();
        assert_eq!(document.session().sources.len(), 2);
        (0..4).for_each(|_| drop(document.undo().unwrap()));
        assert_eq!(document.text().unwrap(), before);
    }
}
