//! Edits of references and notes.

use toml::Value;

use super::draft::{Draft, unknown, value_of};
use super::song::quoted;
use super::{Edit, EditError};
use crate::session::path::TreePath;
use crate::session::{Document, Matching, Note, Reference, SourceRef, Standing};
use crate::unit::{Db, Seconds};

impl Edit {
    /// Holds the album against another file; gives the reference's id too.
    ///
    /// # Errors
    /// A file that is a reference already.
    pub fn add_reference(
        document: &Document,
        name: &str,
        artist: &str,
        file: &SourceRef,
    ) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        let list = TreePath::new(["reference"]);
        let same = |one: &&Reference| one.file.path == file.path && one.file.head_tail == file.head_tail;
        if let Some(known) = draft.session.references.iter().find(same) {
            let reason = format!("{} is the reference {} already", file.path, known.id);
            return Err(EditError::Refused { path: list.to_string(), reason });
        }
        let id = draft.fresh_id(&list, "r");
        let reference = Reference::new(&id, name, artist, SourceRef { id: "file".into(), ..file.clone() });
        let value = value_of(&list, &reference)?;
        draft.insert(list, usize::MAX, value)?;
        Ok((draft.finish(format!("add the reference {}", quoted(name))), id))
    }

    /// Takes a reference away.
    ///
    /// # Errors
    /// Unknown reference.
    pub fn remove_reference(document: &Document, id: &str) -> Result<Edit, EditError> {
        let name = known(document, id)?.name.clone();
        let mut draft = Draft::new(document);
        draft.remove(TreePath::new(["reference"]), id)?;
        Ok(draft.finish_as(format!("remove the reference {}", quoted(&name))))
    }

    /// Where a reference is while the programme is at its playhead.
    ///
    /// # Errors
    /// Unknown reference.
    pub fn set_reference_position(document: &Document, id: &str, to: Standing) -> Result<Edit, EditError> {
        let value = (to != Standing::default()).then(|| Value::from(to.word()));
        set(document, id, "position", value)
    }

    /// By what a reference is matched.
    ///
    /// # Errors
    /// Unknown reference.
    pub fn set_reference_match(document: &Document, id: &str, to: Matching) -> Result<Edit, EditError> {
        let value = (to != Matching::default()).then(|| Value::from(to.word()));
        set(document, id, "match", value)
    }

    /// A level on top of the match.
    ///
    /// # Errors
    /// Unknown reference, or a level beyond 24 dB.
    pub fn set_reference_trim(document: &Document, id: &str, to: Db) -> Result<Edit, EditError> {
        within(id, "trim", to.0, -24.0, 24.0)?;
        set(document, id, "trim", (to.0 != 0.0).then(|| Value::from(to.0)))
    }

    /// How much a reference counts among others.
    ///
    /// # Errors
    /// Unknown reference, or a weight outside 0 to 1.
    pub fn set_reference_weight(document: &Document, id: &str, to: f64) -> Result<Edit, EditError> {
        within(id, "weight", to, 0.0, 1.0)?;
        set(document, id, "weight", (to != 1.0).then(|| Value::from(to)))
    }

    /// The places of a reference to begin at.
    ///
    /// # Errors
    /// Unknown reference, or a place outside it.
    pub fn set_reference_cues(document: &Document, id: &str, cues: &[Seconds]) -> Result<Edit, EditError> {
        let length = length(known(document, id)?);
        cues.iter().try_for_each(|cue| within(id, "cues", cue.0, 0.0, length))?;
        let list = cues.iter().map(|cue| Value::from(cue.0)).collect::<Vec<_>>();
        set(document, id, "cues", (!list.is_empty()).then(|| Value::from(list)))
    }

    /// Which cue, from 1.
    ///
    /// # Errors
    /// Unknown reference or cue.
    pub fn set_reference_cue(document: &Document, id: &str, to: usize) -> Result<Edit, EditError> {
        let count = known(document, id)?.cues.len().max(1);
        within(id, "cue", to as f64, 1.0, count as f64)?;
        set(document, id, "cue", (to != 1).then(|| Value::from(to as i64)))
    }

    /// The stretch of a reference that repeats, or none.
    ///
    /// # Errors
    /// Unknown reference, or no stretch of it of a tenth of a second.
    pub fn set_reference_loop(
        document: &Document,
        id: &str,
        to: Option<(Seconds, Seconds)>,
    ) -> Result<Edit, EditError> {
        let length = length(known(document, id)?);
        if let Some((from, end)) = to {
            within(id, "loop", from.0, 0.0, length)?;
            within(id, "loop", end.0, from.0 + 0.1, length)?;
        }
        set(document, id, "loop", to.map(|(from, end)| Value::from(vec![from.0, end.0])))
    }

    /// Writes something down.
    ///
    /// # Errors
    /// A note that the file format cannot hold.
    pub fn add_note(document: &Document, note: &Note) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        let list = TreePath::new(["note"]);
        let id = draft.fresh_id(&list, "n");
        let value = value_of(&list, &Note { id: id.clone(), ..note.clone() })?;
        draft.insert(list, usize::MAX, value)?;
        Ok((draft.finish_as("write a note"), id))
    }
}

fn known<'d>(document: &'d Document, id: &str) -> Result<&'d Reference, EditError> {
    let references = &document.session().references;
    let found = references.iter().find(|one| one.id == id);
    found.ok_or_else(|| unknown("reference", id, references.iter().map(|one| one.id.as_str())))
}

fn length(reference: &Reference) -> f64 {
    reference.file.frames.seconds(reference.file.rate).0
}

fn within(id: &str, field: &str, value: f64, least: f64, most: f64) -> Result<(), EditError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let path = TreePath::new(["reference", id, field]).to_string();
    Err(EditError::Refused { path, reason: format!("{value} is not {least} to {most}") })
}

fn set(document: &Document, id: &str, field: &str, value: Option<Value>) -> Result<Edit, EditError> {
    known(document, id)?;
    Ok(Edit::set(document.tree(), TreePath::new(["reference", id, field]), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::unit::{Frames, SampleRate};

    fn file() -> SourceRef {
        SourceRef {
            id: String::new(),
            path: "refs/tides.wav".into(),
            rate: SampleRate(1),
            bits: Some(16),
            layout: Layout::Stereo,
            frames: Frames(100),
            size: 444,
            modified: 0,
            head_tail: "h".into(),
            sha256: None,
            lossy: false,
            matrix: None,
            repairs: Vec::new(),
            unknown: Default::default(),
        }
    }

    #[test]
    fn references_are_edits_like_any_other_and_undone_to_the_identical_document() {
        let mut document = Document::from_text("format = 1").unwrap();
        let before = document.text().unwrap();
        let (edit, id) = Edit::add_reference(&document, "Tides", "Burial Ground", &file()).unwrap();
        document.apply(edit).unwrap();
        assert_eq!(id, "r1");
        assert!(Edit::add_reference(&document, "again", "", &file()).is_err());
        for text in [
            "reference.r1.position=cue",
            "reference.r1.match=short-term",
            "reference.r1.trim=-1.5",
            "reference.r1.weight=0.25",
            "reference.r1.cues=10s, 40",
            "reference.r1.cue=2",
            "reference.r1.loop=20s 30s",
            "reference.r1.name=Tides II",
        ] {
            let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
            document.apply(edit).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        let text = document.text().unwrap();
        let again = Document::from_text(&text).unwrap();
        let [reference] = again.session().references.as_slice() else { panic!("{text}") };
        assert_eq!((reference.position, reference.matching), (Standing::Cue, Matching::ShortTerm));
        assert_eq!((reference.trim, reference.weight, reference.cue_time()), (Db(-1.5), 0.25, Seconds(40.0)));
        assert_eq!(reference.repeats, Some((Seconds(20.0), Seconds(30.0))));
        assert!(again.session().unknown_fields().is_empty());
        let alone = reference.alone();
        assert_eq!(alone.songs[0].clips.len(), 361, "an hour of rounds of ten seconds");
        for bad in
            ["reference.r1.weight=2", "reference.r1.loop=30s 30s", "reference.r1.position=there", "reference.r9.trim=1"]
        {
            assert!(Edit::parse(&document, bad).is_err(), "{bad}");
        }
        document.apply(Edit::parse(&document, "reference.r1-=").unwrap()).unwrap();
        assert!(document.session().references.is_empty());
        while document.undo().unwrap().is_some() {}
        assert_eq!(document.text().unwrap(), before);
    }
}
