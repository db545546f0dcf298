//! Edits of what a compact disc asks for: indices, leads, hidden songs, flags, offsets of marks.

use super::draft::value_of;
use super::pass::{known_pass, known_song, set_for, set_in_entry};
use super::{Edit, EditError};
use crate::session::disc::MOST_OFFSET;
use crate::session::path::TreePath;
use crate::session::{Document, Flags, Offsets};
use crate::unit::CdFrame;

impl Edit {
    /// The indices of a song's track from 02 on, in CD frames from the song's first: of the song itself, or for one pass
    /// alone. They are put in the order of time; none takes them away.
    ///
    /// # Errors
    /// Unknown pass or song, two indices at one place, or one at or before the start.
    pub fn set_indices(
        document: &Document,
        pass: Option<&str>,
        song: &str,
        indices: &[CdFrame],
    ) -> Result<Edit, EditError> {
        let path = TreePath::new(["song", song, "indices"]);
        let mut indices = indices.to_vec();
        indices.sort_unstable();
        if indices.first().is_some_and(|first| first.0 <= 0) || indices.windows(2).any(|pair| pair[0] == pair[1]) {
            let reason = "an index lies behind the song's start, and each in another CD frame".into();
            return Err(EditError::Refused { path: path.to_string(), reason });
        }
        let value = (!indices.is_empty() || pass.is_some()).then_some(&indices);
        set_for(document, pass, song, "indices", value, |entry| entry.indices.is_some())
    }

    /// How far into the song its track begins: what sounds before belongs to the pause.
    ///
    /// # Errors
    /// Unknown pass or song, or a negative length.
    pub fn set_lead(document: &Document, pass: Option<&str>, song: &str, lead: CdFrame) -> Result<Edit, EditError> {
        if lead.0 < 0 {
            let path = TreePath::new(["song", song, "lead"]).to_string();
            return Err(EditError::Refused { path, reason: "a track begins inside its song".into() });
        }
        let value = (lead.0 > 0 || pass.is_some()).then_some(&lead);
        set_for(document, pass, song, "lead", value, |entry| entry.lead.is_some())
    }

    /// Whether a song of a pass sounds in a pause, without a track of its own on a disc.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn hide_song(document: &Document, pass: &str, song: &str, hidden: bool) -> Result<Edit, EditError> {
        let inherits = document.session().main_pass().is_some_and(|main| {
            main.id != pass && main.entries.iter().any(|entry| entry.song == song && entry.hidden == Some(true))
        });
        let value = (hidden || inherits).then_some(&hidden);
        set_in_entry(document, pass, song, "hidden", value)
    }

    /// A flag of a song's track: `copy_permitted`, `pre_emphasis` or `serial_copy`.
    ///
    /// # Errors
    /// Unknown song or flag.
    pub fn set_flag(document: &Document, song: &str, flag: &str, set: bool) -> Result<Edit, EditError> {
        known_song(document.session(), song)?;
        let all = Flags { copy_permitted: true, pre_emphasis: true, serial_copy: true, ..Flags::default() };
        let path = TreePath::new(["song", song, "flags", flag]);
        let fields = value_of(&path, &all)?;
        let known = || fields.as_table().into_iter().flat_map(|table| table.keys().map(String::as_str));
        if !known().any(|known| known == flag) {
            return Err(super::draft::unknown("flag", flag, known()));
        }
        Ok(Edit::set(document.tree(), path, set.then_some(true.into())))
    }

    /// How far the marks of a disc stand from the sound: `first`, `start`, `end` or `index`, in CD frames.
    ///
    /// # Errors
    /// Unknown pass or offset, or one that is negative or longer than two seconds.
    pub fn set_offset(document: &Document, pass: &str, name: &str, offset: CdFrame) -> Result<Edit, EditError> {
        known_pass(document.session(), pass)?;
        let known = Offsets::default().named().map(|(name, _)| name);
        if !known.contains(&name) {
            return Err(super::draft::unknown("offset", name, known.into_iter()));
        }
        let path = TreePath::new(["pass", pass, "offsets", name]);
        if offset.0 < 0 || offset > MOST_OFFSET {
            let reason = format!("an offset is 0 to {} CD frames", MOST_OFFSET.0);
            return Err(EditError::Refused { path: path.to_string(), reason });
        }
        let value = (offset.0 > 0).then(|| value_of(&path, &offset)).transpose()?;
        Ok(Edit::set(document.tree(), path, value))
    }
}
