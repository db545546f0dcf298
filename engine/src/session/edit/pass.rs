//! Edits of the ways out: settings, order and joins.

use serde::Serialize;

use super::draft::{Draft, finite, unknown, value_of};
use super::{Edit, EditError};
use crate::dsp::dither::Dither;
use crate::session::path::TreePath;
use crate::session::{Depth, Document, Entry, Fade, Join, Pass, Rate, Session};
use crate::unit::{Db, Dbtp};

impl Edit {
    /// How a song follows the one before it in a pass. A pass that inherits its sequence gets its own.
    ///
    /// # Errors
    /// Unknown pass or song, or a length that is no finite number (for a crossfade: no positive one).
    pub fn set_join(document: &Document, pass: &str, song: &str, join: Join) -> Result<Edit, EditError> {
        let path = entry_path(pass, song).join("join");
        let length = match join {
            Join::Gap(length) => length.0,
            Join::Crossfade { length, .. } => length.0,
        };
        finite(&path, length)?;
        if matches!(join, Join::Crossfade { .. }) && length <= 0.0 {
            let reason = "a crossfade has a length above zero; use a gap".to_string();
            return Err(EditError::Refused { path: path.to_string(), reason });
        }
        set_in_entry(document, pass, song, "join", Some(&join))
    }

    /// The level after the song chain: of the song itself, or for one pass alone.
    ///
    /// # Errors
    /// Unknown pass or song, or a level that is no finite number.
    pub fn set_song_gain(document: &Document, pass: Option<&str>, song: &str, gain: Db) -> Result<Edit, EditError> {
        finite(&TreePath::new(["song", song, "gain"]), gain.0)?;
        set_for(document, pass, song, "gain", Some(&gain), |entry| entry.gain.is_some())
    }

    /// The fade at the head of a song: of the song itself, or for one pass alone. `None` takes the value away, so that a
    /// pass inherits; for a pass a length of zero takes an inherited fade away.
    ///
    /// # Errors
    /// Unknown pass or song, or a length that is negative or no number.
    pub fn set_fade_in(
        document: &Document,
        pass: Option<&str>,
        song: &str,
        fade: Option<Fade>,
    ) -> Result<Edit, EditError> {
        check_fade(song, "fade_in", fade)?;
        set_for(document, pass, song, "fade_in", fade.as_ref(), |entry| entry.fade_in.is_some())
    }

    /// The fade at the tail of a song: of the song itself, or for one pass alone. `None` takes the value away, so that a
    /// pass inherits; for a pass a length of zero takes an inherited fade away.
    ///
    /// # Errors
    /// Unknown pass or song, or a length that is negative or no number.
    pub fn set_fade_out(
        document: &Document,
        pass: Option<&str>,
        song: &str,
        fade: Option<Fade>,
    ) -> Result<Edit, EditError> {
        check_fade(song, "fade_out", fade)?;
        set_for(document, pass, song, "fade_out", fade.as_ref(), |entry| entry.fade_out.is_some())
    }

    /// Another place in the order of a pass, from 0; past the end means last. A pass that inherits its sequence gets its
    /// own.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn move_song(document: &Document, pass: &str, song: &str, to: usize) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_sequence(&mut draft, pass)?;
        known_song(draft.session, song)?;
        draft.shift(TreePath::new(["pass", pass, "entry"]), song, to)?;
        Ok(draft.finish(format!("move {}", super::describe::song_name(document.session(), song))))
    }

    /// The delivered rate of a pass.
    ///
    /// # Errors
    /// Unknown pass, or a rate of zero.
    pub fn set_rate(document: &Document, pass: &str, rate: Rate) -> Result<Edit, EditError> {
        if let Rate::Hz(hz) = rate
            && hz.0 == 0
        {
            let path = TreePath::new(["pass", pass, "rate"]).to_string();
            return Err(EditError::Refused { path, reason: "a rate is above 0 Hz".into() });
        }
        set_of_pass(document, pass, "rate", Some(&rate))
    }

    /// The delivered word of a pass.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_depth(document: &Document, pass: &str, depth: Depth) -> Result<Edit, EditError> {
        set_of_pass(document, pass, "depth", Some(&depth))
    }

    /// The dither of a pass.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_dither(document: &Document, pass: &str, dither: Dither) -> Result<Edit, EditError> {
        set_of_pass(document, pass, "dither", Some(&dither))
    }

    /// The ceiling of a pass's true-peak guard; `None` takes the guard away.
    ///
    /// # Errors
    /// Unknown pass, or a level that is no finite number.
    pub fn set_ceiling(document: &Document, pass: &str, ceiling: Option<Dbtp>) -> Result<Edit, EditError> {
        finite(&TreePath::new(["pass", pass, "ceiling"]), ceiling.map_or(0.0, Dbtp::value))?;
        set_of_pass(document, pass, "ceiling", ceiling.as_ref())
    }

    /// The profile a pass is judged by.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_profile(document: &Document, pass: &str, profile: &str) -> Result<Edit, EditError> {
        set_of_pass(document, pass, "profile", Some(&profile))
    }
}

fn set_of_pass<T: Serialize>(
    document: &Document,
    pass: &str,
    field: &str,
    value: Option<&T>,
) -> Result<Edit, EditError> {
    known_pass(document.session(), pass)?;
    let path = TreePath::new(["pass", pass, field]);
    let value = value.map(|value| value_of(&path, value)).transpose()?;
    Ok(Edit::set(document.tree(), path, value))
}

fn check_fade(song: &str, field: &str, fade: Option<Fade>) -> Result<(), EditError> {
    let path = TreePath::new(["song", song, field]);
    let length = finite(&path, fade.map_or(0.0, |fade| fade.length.0))?;
    let refuse = || EditError::Refused { path: path.to_string(), reason: "a fade is not shorter than nothing".into() };
    if length < 0.0 { Err(refuse()) } else { Ok(()) }
}

/// The pass called `id`.
pub(super) fn known_pass<'s>(session: &'s Session, id: &str) -> Result<&'s Pass, EditError> {
    session.pass(id).ok_or_else(|| unknown("pass", id, session.passes.iter().map(|pass| pass.id.as_str())))
}

/// Refuses a song that does not exist.
pub(super) fn known_song(session: &Session, id: &str) -> Result<(), EditError> {
    let known = session.songs.iter().map(|song| song.id.as_str());
    session.song(id).map(drop).ok_or_else(|| unknown("song", id, known))
}

pub(super) fn entry_path(pass: &str, song: &str) -> TreePath {
    TreePath::new(["pass", pass, "entry", song])
}

/// Gives a pass that inherits its sequence one of its own: the same order, every value still inherited.
pub(super) fn separate_sequence(draft: &mut Draft, pass: &str) -> Result<(), EditError> {
    let session = draft.session;
    let own = known_pass(session, pass)?;
    let main = session.main_pass().map_or(&[][..], |main| &main.entries);
    if !own.entries.is_empty() || main.is_empty() {
        return Ok(());
    }
    let entries: Vec<Entry> = main.iter().map(|entry| Entry { song: entry.song.clone(), ..Entry::default() }).collect();
    let path = TreePath::new(["pass", pass, "entry"]);
    let value = value_of(&path, &entries)?;
    draft.set(path, Some(value))
}

/// Sets a value of a song where it belongs: the song's own, unless a pass is asked for, or the main pass overrides it.
fn set_for<T: Serialize>(
    document: &Document,
    pass: Option<&str>,
    song: &str,
    field: &str,
    value: Option<&T>,
    overrides: impl Fn(&Entry) -> bool,
) -> Result<Edit, EditError> {
    let session = document.session();
    known_song(session, song)?;
    let main = session.main_pass();
    let own = main.is_some_and(|main| main.entries.iter().any(|entry| entry.song == song && overrides(entry)));
    match (pass, main) {
        (Some(pass), Some(main)) if pass != main.id => set_in_entry(document, pass, song, field, value),
        (_, Some(main)) if own => set_in_entry(document, &main.id, song, field, value),
        _ => {
            let path = TreePath::new(["song", song, field]);
            let value = value.map(|value| value_of(&path, value)).transpose()?;
            Ok(Edit::set(document.tree(), path, value))
        }
    }
}

fn set_in_entry<T: Serialize>(
    document: &Document,
    pass: &str,
    song: &str,
    field: &str,
    value: Option<&T>,
) -> Result<Edit, EditError> {
    let mut draft = Draft::new(document);
    known_song(draft.session, song)?;
    separate_sequence(&mut draft, pass)?;
    draft.element(&TreePath::new(["pass", pass, "entry"]), song)?;
    let path = entry_path(pass, song).join(field);
    let value = value.map(|value| value_of(&path, value)).transpose()?;
    draft.set(path.clone(), value)?;
    let label = super::describe::label(document.session(), &draft.tree, &path);
    Ok(draft.finish(label))
}
