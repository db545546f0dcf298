//! Edits of the ways out: settings, order and joins.

use serde::Serialize;

use super::draft::{Draft, finite, unknown, value_of};
use super::{Edit, EditError};
use crate::container::name::Template;
use crate::dsp::dither::Dither;
use crate::dsp::resample::Filter;
use crate::session::path::TreePath;
use crate::session::{Depth, Document, Entry, Fade, Join, Pass, PassKind, Rate, Session, SideName};
use crate::unit::{Db, Dbtp, Lufs};

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
    /// own. The pause before the first song stays at the head: of two songs that change there, each takes the other's join.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn move_song(document: &Document, pass: &str, song: &str, to: usize) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_sequence(&mut draft, pass)?;
        known_song(draft.session, song)?;
        let list = TreePath::new(["pass", pass, "entry"]);
        let first = |draft: &Draft| {
            let value = draft.list(&list).first().cloned();
            value.and_then(|value| crate::session::path::id_in("entry", &value).map(str::to_string))
        };
        let before = first(&draft);
        draft.shift(list.clone(), song, to)?;
        let after = first(&draft);
        if let (Some(old), Some(new)) = (before, after)
            && old != new
        {
            let resolved = draft.session.resolve(pass).map(|resolved| resolved.songs).unwrap_or_default();
            let join = |id: &str| resolved.iter().find(|one| one.song.id == id).map(|one| one.join);
            if let (Some(head), Some(follows)) = (join(&old), join(&new))
                && head != follows
            {
                for (id, join) in [(&new, head), (&old, follows)] {
                    let path = entry_path(pass, id).join("join");
                    let value = value_of(&path, &join)?;
                    draft.set(path, Some(value))?;
                }
            }
        }
        Ok(draft.finish(format!("move {}", super::describe::song_name(document.session(), song))))
    }

    /// Adds a pass that makes `kind`, or a copy of the pass `from` under another name, behind the others. Returns the edit
    /// and the new pass's id. What a new pass does not say it inherits from the main one.
    ///
    /// # Errors
    /// An unknown pass to copy, or a name without a letter.
    pub fn add_pass(document: &Document, new: NewPass, name: &str) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        let list = TreePath::new(["pass"]);
        let name = pass_name(&list, name)?;
        let wanted = id_of(&name);
        let taken = |id: &str| draft.session.pass(id).is_some() || id == "main";
        let id = if taken(&wanted) { draft.fresh_id(&list, &format!("{wanted}-")) } else { wanted };
        let value = match new {
            NewPass::Kind(kind) => {
                let plain = match kind {
                    PassKind::Streaming => Pass::streaming(),
                    PassKind::Cd => Pass::cd(),
                    PassKind::HiRes => Pass::hi_res(),
                    PassKind::Broadcast => Pass::broadcast(),
                    PassKind::Vinyl => Pass::vinyl(),
                    PassKind::Cassette => Pass::cassette(),
                    PassKind::Copies => Pass::copies(),
                };
                // The first pass has the chain that the others inherit.
                let chain = plain.chain.filter(|_| draft.session.passes.is_empty());
                value_of(&list, &Pass { id: id.clone(), name: name.clone(), chain, ..plain })?
            }
            NewPass::CopyOf(from) => {
                known_pass(draft.session, from)?;
                // As it stands in the file: fields of later versions come along.
                let (_, mut value) = draft.element(&list, from)?;
                if let Some(table) = value.as_table_mut() {
                    table.insert("id".into(), id.clone().into());
                    table.insert("name".into(), name.clone().into());
                }
                value
            }
        };
        draft.insert(list, usize::MAX, value)?;
        Ok((draft.finish(format!("add pass \u{201c}{name}\u{201d}")), id))
    }

    /// Removes a pass.
    ///
    /// # Errors
    /// Unknown pass, or the main pass: the others inherit from it.
    pub fn remove_pass(document: &Document, pass: &str) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let name = known_pass(draft.session, pass)?.name.clone();
        if draft.session.main_pass().is_some_and(|main| main.id == pass) {
            let path = TreePath::new(["pass", pass]).to_string();
            let reason = "the first pass holds the sequence and the chain that the others inherit; it stays".into();
            return Err(EditError::Refused { path, reason });
        }
        draft.remove(TreePath::new(["pass"]), pass)?;
        Ok(draft.finish(format!("remove pass \u{201c}{name}\u{201d}")))
    }

    /// Another name for a pass; its id stays.
    ///
    /// # Errors
    /// Unknown pass, or a name without a letter.
    pub fn rename_pass(document: &Document, pass: &str, name: &str) -> Result<Edit, EditError> {
        let name = pass_name(&TreePath::new(["pass", pass, "name"]), name)?;
        set_of_pass(document, pass, "name", Some(&name))
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

    /// The filter of a pass's rate conversions.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_filter(document: &Document, pass: &str, filter: Filter) -> Result<Edit, EditError> {
        let default = Filter::default();
        let steepness = Some(filter.steepness).filter(|steepness| *steepness != default.steepness);
        let phase = Some(filter.phase).filter(|phase| *phase != default.phase);
        let first = set_of_pass(document, pass, "steepness", steepness.as_ref())?;
        let second = set_of_pass(document, pass, "phase", phase.as_ref())?;
        let name = &known_pass(document.session(), pass)?.name;
        let label = format!("{name} conversion {} {} phase", filter.steepness.id(), filter.phase.id());
        Ok(Edit::Batch { label, edits: vec![first, second] })
    }

    /// The ceiling of a pass's true-peak guard; `None` takes the guard away.
    ///
    /// # Errors
    /// Unknown pass, or a level that is no finite number.
    pub fn set_ceiling(document: &Document, pass: &str, ceiling: Option<Dbtp>) -> Result<Edit, EditError> {
        finite(&TreePath::new(["pass", pass, "ceiling"]), ceiling.map_or(0.0, Dbtp::value))?;
        set_of_pass(document, pass, "ceiling", ceiling.as_ref())
    }

    /// The pattern of a pass's file names, as `{track:02} {title}`; empty means that one.
    ///
    /// # Errors
    /// Unknown pass, or a pattern that is not understood.
    pub fn set_names(document: &Document, pass: &str, pattern: &str) -> Result<Edit, EditError> {
        let pattern = Some(pattern).filter(|pattern| !pattern.is_empty());
        if let Some(Err(error)) = pattern.map(Template::parse) {
            let path = TreePath::new(["pass", pass, "names"]).to_string();
            return Err(EditError::Refused { path, reason: error.to_string() });
        }
        set_of_pass(document, pass, "names", pattern.as_ref())
    }

    /// The side of a record that a song of a pass begins; `None` puts it on the side of the song before.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn set_side(document: &Document, pass: &str, song: &str, side: Option<SideName>) -> Result<Edit, EditError> {
        set_in_entry(document, pass, song, "side", side.as_ref())
    }

    /// What a pass of listening copies makes, by the ids of codings.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_copies(document: &Document, pass: &str, copies: &[String]) -> Result<Edit, EditError> {
        set_of_pass(document, pass, "copies", Some(&copies).filter(|copies| !copies.is_empty()))
    }

    /// The loudness every song of a pass is brought to when it is delivered; `None` leaves the levels alone.
    ///
    /// # Errors
    /// Unknown pass, or a loudness that is no finite number.
    pub fn set_normalise(document: &Document, pass: &str, target: Option<Lufs>) -> Result<Edit, EditError> {
        finite(&TreePath::new(["pass", pass, "normalise"]), target.map_or(0.0, |target| target.0))?;
        set_of_pass(document, pass, "normalise", target.as_ref())
    }

    /// The profile a pass is judged by.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_profile(document: &Document, pass: &str, profile: &str) -> Result<Edit, EditError> {
        set_of_pass(document, pass, "profile", Some(&profile))
    }
}

/// What a new pass begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPass<'a> {
    /// The usual pass of this kind.
    Kind(PassKind),
    /// A copy of the pass of this id.
    CopyOf(&'a str),
}

fn pass_name(path: &TreePath, name: &str) -> Result<String, EditError> {
    let name = name.trim();
    let refuse =
        || EditError::Refused { path: path.to_string(), reason: "a pass has a name of letters or digits".into() };
    if name.chars().any(char::is_alphanumeric) { Ok(name.into()) } else { Err(refuse()) }
}

/// A stable id of a name: its letters and digits, small, with hyphens between the words. Never a number: those name places.
fn id_of(name: &str) -> String {
    let plain =
        |letter: char| if letter.is_alphanumeric() { letter.to_lowercase().next().unwrap_or(letter) } else { ' ' };
    let spaced: String = name.chars().map(plain).collect();
    let id = spaced.split_whitespace().collect::<Vec<_>>().join("-");
    if id.chars().all(|letter| letter.is_ascii_digit()) { format!("pass-{id}") } else { id }
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
pub(super) fn set_for<T: Serialize>(
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

pub(super) fn set_in_entry<T: Serialize>(
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
