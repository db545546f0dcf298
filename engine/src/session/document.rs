use std::sync::Arc;

use serde::Serialize;
use toml::{Table, Value};

use super::file::{FileError, Home, ReadError};
use super::history::History;
use super::path::TreePath;
use super::{Edit, EditError, Session};

/// A session at work: its text tree (which keeps fields of later versions and their order), the typed view of it, the
/// history, and the file it lives in.
///
/// The tree is changed by [`Document::apply`] alone; the view is rebuilt after each edit.
#[derive(Debug)]
pub struct Document {
    tree: Table,
    session: Arc<Session>,
    history: History,
    pub(super) home: Home,
}

impl Document {
    /// An empty album that was never saved.
    pub fn new() -> Document {
        Document::of(Table::new(), Session::new())
    }

    /// A document of this session, never saved.
    ///
    /// # Errors
    /// A value that the file format cannot hold.
    pub fn from_session(session: &Session) -> Result<Document, FileError> {
        let mut document = Document::from_tree(tree_of(session)?)?;
        document.history.mark_unsaved();
        Ok(document)
    }

    /// A document of this text, as of a session file.
    ///
    /// # Errors
    /// Text that is no session, with line and column.
    pub fn from_text(text: &str) -> Result<Document, ReadError> {
        let (tree, session) = super::file::read_text(text)?;
        Ok(Document::of(tree, session))
    }

    pub(super) fn of(tree: Table, session: Session) -> Document {
        // An empty tree stands for a new session, whose own serialisation cannot fail: it holds small numbers and texts.
        let tree = if tree.is_empty() { tree_of(&session).unwrap_or_default() } else { tree };
        Document { tree, session: Arc::new(session), history: History::new(), home: Home::default() }
    }

    fn from_tree(tree: Table) -> Result<Document, FileError> {
        let session = view(&tree).map_err(|reason| FileError::Unrepresentable { reason })?;
        Ok(Document::of(tree, session))
    }

    /// The session as it stands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session as it stands, to be kept: a delivery works on this while editing goes on.
    pub fn snapshot(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// The text tree, unknown fields included.
    pub fn tree(&self) -> &Table {
        &self.tree
    }

    /// The text of the session file.
    ///
    /// # Errors
    /// A tree that TOML cannot write.
    pub fn text(&self) -> Result<String, FileError> {
        toml::to_string(&self.tree).map_err(|error| FileError::Unrepresentable { reason: error.to_string() })
    }

    /// The part of the document at `path` (as [`Edit::parse`] reads paths; empty for all), as TOML: a plain value as it is written, a table or list with its fields.
    ///
    /// # Errors
    /// A text that is no path, or nothing there.
    pub fn show(&self, path: &str) -> Result<String, EditError> {
        if path.trim().is_empty() {
            return self.text().map_err(|error| EditError::Refused { path: "".into(), reason: error.to_string() });
        }
        let path = super::edit::resolve(&self.session, path)?;
        let absent = || EditError::NoSuch { path: path.to_string() };
        let found = match path.find(&self.tree).ok_or_else(absent)? {
            Value::Table(table) => toml::to_string(table),
            Value::Array(list) if list.first().is_some_and(Value::is_table) => {
                toml::to_string(&Table::from_iter([(path.last().to_string(), Value::Array(list.clone()))]))
            }
            plain => return Ok(plain.to_string()),
        };
        found.map_err(|error| EditError::Refused { path: path.to_string(), reason: error.to_string() })
    }

    /// What lies at `path`, read as written.
    pub fn value(&self, path: &TreePath) -> Option<&Value> {
        path.find(&self.tree)
    }

    /// What was done and can be undone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Whether there is something to save.
    pub fn is_dirty(&self) -> bool {
        self.history.is_dirty()
    }

    /// Does an edit, records it, and returns it completed (what really was there filled in).
    ///
    /// # Errors
    /// The edit does not fit the document as it stands, or the types refuse the value; nothing has changed then.
    pub fn apply(&mut self, edit: Edit) -> Result<Edit, EditError> {
        let done = self.change(edit)?;
        self.home.journal(&done, self.history.current());
        self.history.record(done.describe(&self.session), done.clone());
        Ok(done)
    }

    /// Takes the last step back; returns the edit that did so, or `None` where there is nothing to undo. An open
    /// gesture ends first.
    ///
    /// # Errors
    /// Only a document that was changed past its edits; nothing has changed then.
    pub fn undo(&mut self) -> Result<Option<Edit>, EditError> {
        self.end();
        let Some(step) = self.history.last() else { return Ok(None) };
        let done = self.change(step.edit.inverse())?;
        self.home.journal(&done, self.history.take_number());
        self.history.step_back();
        Ok(Some(done))
    }

    /// Does the last undone step again; returns the edit, or `None` where there is none.
    ///
    /// # Errors
    /// Only a document that was changed past its edits; nothing has changed then.
    pub fn redo(&mut self) -> Result<Option<Edit>, EditError> {
        self.end();
        let Some(step) = self.history.last_undone() else { return Ok(None) };
        let done = self.change(step.edit.clone())?;
        self.home.journal(&done, self.history.take_number());
        self.history.step_forward();
        Ok(Some(done))
    }

    /// Begins a gesture: every edit until [`Document::end`] is one step (a drag). Without a label the step is described
    /// by its edit. A gesture that is still open ends first.
    pub fn begin(&mut self, label: Option<&str>) {
        self.end();
        self.history.begin(label.map(str::to_string));
    }

    /// Ends the gesture, if one is open.
    pub fn end(&mut self) {
        let session = Arc::clone(&self.session);
        self.history.end(|edit| edit.describe(&session));
    }

    /// Whether a gesture is open.
    pub fn is_in_gesture(&self) -> bool {
        self.history.is_in_gesture()
    }

    /// Gives the gesture up (Escape during a drag): the document is as it was before. Returns the edit that did so.
    ///
    /// # Errors
    /// Only a document that was changed past its edits; nothing has changed then.
    pub fn cancel(&mut self) -> Result<Option<Edit>, EditError> {
        let number = self.history.current();
        let Some((label, edits)) = self.history.take_gesture() else { return Ok(None) };
        if edits.is_empty() {
            return Ok(None);
        }
        let back = Edit::Batch { label: label.unwrap_or_default(), edits }.inverse();
        let done = self.change(back)?;
        self.home.journal(&done, number);
        Ok(Some(done))
    }

    pub(super) fn history_mut(&mut self) -> &mut History {
        &mut self.history
    }

    /// The same document in another folder: paths of sources are written anew, in the history too.
    pub(super) fn move_to(&mut self, tree: Table, rebase: &mut dyn FnMut(&mut Edit)) -> Result<(), FileError> {
        self.session = Arc::new(view(&tree).map_err(|reason| FileError::Unrepresentable { reason })?);
        self.tree = tree;
        self.history.edits_mut().for_each(rebase);
        Ok(())
    }

    fn change(&mut self, edit: Edit) -> Result<Edit, EditError> {
        let place = edit.place();
        let mut tree = self.tree.clone();
        let done = edit.apply_to(&mut tree)?;
        let session = view(&tree).map_err(|reason| EditError::Refused { path: place, reason })?;
        self.tree = tree;
        self.session = Arc::new(session);
        Ok(done)
    }
}

impl Default for Document {
    fn default() -> Document {
        Document::new()
    }
}

/// The typed view of a tree, or why there is none.
pub(super) fn view(tree: &Table) -> Result<Session, String> {
    tree.clone().try_into::<Session>().map_err(|error| error.message().to_string())
}

/// A part of the session as a tree.
pub(super) fn tree_of<T: Serialize>(part: &T) -> Result<Table, FileError> {
    Table::try_from(part).map_err(|error| FileError::Unrepresentable { reason: error.to_string() })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::session::{Address, Fade, Join, NewSong, Scope, SourceRef};
    use crate::unit::{Db, Frames, SampleRate, Seconds};
    use proptest::prelude::*;

    pub fn source(path: &str) -> SourceRef {
        toml::from_str(&format!(
            "id = ''\npath = '{path}'\nrate = 44100\nlayout = 'stereo'\nframes = 1000\nsize = 4\nhead_tail = ''"
        ))
        .unwrap()
    }

    pub fn album(songs: usize) -> Document {
        let mut document = Document::new();
        for number in 1..=songs {
            let sources = vec![source(&format!("{number}.wav"))];
            let song = NewSong { title: format!("Song {number}"), artist: String::new(), isrc: String::new(), sources };
            let (edit, id) = Edit::add_song(&document, &song, usize::MAX).unwrap();
            assert_eq!(id, format!("s{number}"));
            document.apply(edit).unwrap();
        }
        document
    }

    #[test]
    fn an_album_grows_and_shrinks() {
        let mut document = album(3);
        assert_eq!(document.session().resolve("cd").unwrap().songs.len(), 3);
        document.apply(Edit::remove_song(&document, "s2").unwrap()).unwrap();
        let session = document.session();
        assert_eq!((session.songs.len(), session.sources.len(), session.passes[0].entries.len()), (2, 2, 2));
        assert_eq!(document.history().undo_label(), Some("remove song 2"));
        document.undo().unwrap();
        assert_eq!(document.session().songs.len(), 3);
    }

    #[test]
    fn a_join_of_a_later_pass_separates_its_sequence_only() {
        let mut document = album(2);
        let edit = Edit::set_join(&document, "cd", "s2", Join::Gap(Seconds(1.5))).unwrap();
        document.apply(edit).unwrap();
        let session = document.session();
        assert_eq!(session.resolve("cd").unwrap().songs[1].join, Join::Gap(Seconds(1.5)));
        assert_eq!(session.resolve("streaming").unwrap().songs[1].join, Join::Gap(Seconds(2.0)));
        document.undo().unwrap();
        assert!(document.session().passes[1].entries.is_empty());
    }

    #[test]
    fn a_parameter_of_a_later_pass_changes_that_pass_only() {
        let mut document = album(1);
        let (edit, stage) = Edit::add_stage(&document, None, &Scope::Album, "gain", None).unwrap();
        document.apply(edit).unwrap();
        let parameter = "gain".to_string();
        let mut address = Address { pass: Some("cd".into()), scope: Scope::Album, stage, row: None, parameter };
        document.apply(Edit::set_param(&document, &address, -3.0).unwrap()).unwrap();
        assert_eq!(address.value(document.session()), Ok(-3.0));
        address.pass = None;
        assert_eq!(address.value(document.session()), Ok(0.0));
        assert!(Edit::set_param(&document, &address, 99.0).unwrap_err().to_string().contains("outside"));
        assert!(Edit::set_param(&document, &address, f64::NAN).is_err());
    }

    #[test]
    fn a_drag_is_one_step_and_escape_takes_it_back() {
        let mut document = album(2);
        let before = document.text().unwrap();
        let depth = document.history().depth();
        document.begin(None);
        for tenth in 1..=4 {
            let edit = Edit::set_song_gain(&document, None, "s2", Db(-0.1 * f64::from(tenth))).unwrap();
            document.apply(edit).unwrap();
        }
        document.end();
        assert_eq!(document.history().depth(), depth + 1);
        assert_eq!(document.history().undo_label(), Some("song 2 gain 0.0 \u{2192} -0.4 dB"));
        document.undo().unwrap();
        assert_eq!(document.text().unwrap(), before);
        document.redo().unwrap();
        assert_eq!(document.session().songs[1].gain, Db(-0.4));
        document.begin(None);
        document.apply(Edit::set_song_gain(&document, None, "s2", Db(3.0)).unwrap()).unwrap();
        document.cancel().unwrap();
        assert_eq!(document.session().songs[1].gain, Db(-0.4));
    }

    #[test]
    fn an_edit_that_does_not_fit_changes_nothing() {
        let mut document = album(1);
        let before = document.text().unwrap();
        let path = |text| TreePath::parse(text).unwrap();
        let set = |text, from, to| Edit::Set { path: path(text), from, to: Some(to), at: None };
        let stale = document.apply(set("song.s1.gain", Some(7.0.into()), 1.0.into())).unwrap_err();
        assert!(matches!(stale, EditError::Stale { .. }), "{stale}");
        let refused = document.apply(set("song.s1.gain", Some(0.0.into()), "loud".into())).unwrap_err();
        assert!(refused.to_string().contains("the old value stays"), "{refused}");
        assert!(matches!(document.apply(set("song.s9.gain", None, 1.0.into())), Err(EditError::NoSuch { .. })));
        assert_eq!(document.text().unwrap(), before);
    }

    #[test]
    fn saved_is_a_place_in_the_history() {
        let mut document = album(1);
        document.history_mut().mark_clean();
        assert!(!document.is_dirty());
        document.apply(Edit::set_title(&document, "s1", "Other").unwrap()).unwrap();
        assert!(document.is_dirty());
        document.undo().unwrap();
        assert!(!document.is_dirty());
        document.apply(Edit::set_title(&document, "s1", "Third").unwrap()).unwrap();
        assert!(document.is_dirty());
    }

    /// One of the edits a screen makes, chosen by numbers; `None` where it does not apply to the document as it stands.
    pub fn some_edit(document: &Document, kind: u8, pick: usize, number: f64) -> Option<Edit> {
        let session = document.session();
        let song = session.songs.get(pick % session.songs.len().max(1)).map(|song| song.id.clone());
        let pass = ["streaming", "cd"][pick % 2];
        let scope = song.clone().filter(|_| pick.is_multiple_of(3)).map_or(Scope::Album, Scope::Song);
        let fade = Fade { length: Seconds(number.abs()), shape: Default::default() };
        if kind == 0 {
            let sources = vec![source(&format!("{pick}.wav"))];
            let song = NewSong { title: format!("n{pick}"), artist: "".into(), isrc: "".into(), sources };
            return Edit::add_song(document, &song, pick).ok().map(|(edit, _)| edit);
        }
        let song = song?;
        match kind {
            1 => Edit::remove_song(document, &song),
            2 => Edit::set_song_gain(document, Some(pass), &song, Db(number)),
            3 => Edit::set_join(document, pass, &song, Join::Gap(Seconds(number))),
            4 => Edit::move_song(document, pass, &song, pick / 2),
            5 => Edit::disable_song(document, &song, number > 0.0),
            6 => Edit::set_fade_in(document, Some(pass), &song, (number > 0.0).then_some(fade)),
            7 => Edit::add_stage(document, Some(pass), &scope, "gain", Some(pick)).map(|(edit, _)| edit),
            8 => Edit::remove_stage(document, Some(pass), &scope, "gain1"),
            9 => Edit::bypass_stage(document, Some(pass), &scope, "gain1", number > 0.0),
            10 => {
                let (stage, parameter) = ("gain1".into(), "trim_left".into());
                let address = Address { pass: Some(pass.into()), scope, stage, row: None, parameter };
                Edit::set_param(document, &address, number)
            }
            11 => Edit::split_clip(document, &song, "c1", Frames(pick as u64)),
            12 => Edit::trim_clip(document, &song, "c1", Frames(1), Frames(2 + pick as u64)),
            13 => Edit::set_rate(document, pass, crate::session::Rate::Hz(SampleRate(pick as u32))),
            14 => Edit::set_title(document, &song, &format!("t{pick}")),
            15 => Edit::separate_sequence(document, pass),
            16 => Edit::inherit_sequence(document, pass),
            17 => Edit::take_in(document, pass, &song, pick % 5),
            18 => Edit::leave_out(document, pass, &song),
            19 => Edit::duplicate_song(document, &song).map(|(edit, _)| edit),
            20 => Edit::divide_song(document, &song, "c1", Frames(pick as u64)).map(|(edit, _)| edit),
            21 => Edit::add_version(document, &song, "tv", &[source(&format!("{pick} tv.wav"))]).map(|(edit, _)| edit),
            23 => Edit::add_marker(document, &song, Seconds(number), "here").map(|(edit, _)| edit),
            22 => Edit::remove_version(document, &song, "tv"),
            _ => Edit::number_isrcs(document, &song, &format!("GBXYZ26{:05}", pick)),
        }
        .ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn undo_leads_back_to_the_byte(
            steps in prop::collection::vec((0u8..25, 0usize..1000, -12.0f64..12.0, any::<bool>()), 1..40)
        ) {
            let mut document = Document::from_text(
                "format = 1\nlater = 3\n[album]\ntitle = 'x'\nfrom_later = nan\n[[pass]]\nid = 'streaming'\nname = 'S'\n\
                 kind = 'streaming'\nprofile = 'p'\nnew_idea = [1, 'a', { b = 1979-05-27 }]\n[[pass]]\nid = 'cd'\n\
                 name = 'CD'\nkind = 'cd'\nprofile = 'p'\n[[someday]]\nid = 'q'\n",
            ).unwrap();
            let mut texts = vec![document.text().unwrap()];
            for (kind, pick, number, drag) in steps {
                let Some(edit) = some_edit(&document, kind, pick, number) else { continue };
                let line = serde_json::to_string(&edit).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Edit>(&line).unwrap(), &edit);
                if drag {
                    document.begin(None);
                }
                document.apply(edit).unwrap();
                document.end();
                if texts.len() <= document.history().depth() {
                    texts.push(document.text().unwrap());
                }
            }
            let last = texts.len() - 1;
            for text in texts[..last].iter().rev() {
                document.undo().unwrap();
                prop_assert_eq!(&document.text().unwrap(), text);
            }
            for text in &texts[1..] {
                document.redo().unwrap();
                prop_assert_eq!(&document.text().unwrap(), text);
            }
        }
    }
}
