use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::journal::{self, Found, Journal, Recovery, Unsaved};
use super::lock::Lock;
use super::{FileError, beside, hash, read_small, source, v1, write};
use crate::session::{Document, Edit};

/// What a session is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// To be changed and saved: takes the lock and keeps a journal.
    #[default]
    Edit,
    /// To be looked at, rendered, or saved under another name.
    ReadOnly,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The session as it was last saved.
    pub document: Document,
    /// Edits that were not saved when the program last ended: pass it to [`Document::recover`] or
    /// [`Document::discard_recovery`]. If neither is done, the first edit sets the old journal aside.
    pub recovery: Option<Recovery>,
    /// A journal that belongs to another state of the file; it was kept under this name.
    pub set_aside: Option<PathBuf>,
}

/// What came of a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Edits done again.
    pub edits: usize,
    /// Why it stopped before the end, where it did.
    pub stopped: Option<String>,
}

/// Where a document lives: its file, the right to write it, and the journal.
#[derive(Debug, Default)]
pub struct Home {
    path: Option<PathBuf>,
    access: Access,
    _lock: Option<Lock>,
    /// Where the journal goes; absent where none is kept.
    journal_path: Option<PathBuf>,
    journal: Option<Journal>,
    /// Text that a journal without a file starts from.
    base_text: Option<String>,
    /// Hash of the text in the file (or of `base_text`).
    base: String,
    /// Whether the journal's place is taken by one that nobody has decided about.
    undecided: bool,
    trouble: Option<FileError>,
}

impl Home {
    fn at(path: PathBuf, access: Access, base: String) -> Result<Home, FileError> {
        let edits = access == Access::Edit;
        let lock = if edits { Some(Lock::acquire(&path)?) } else { None };
        let journal_path = edits.then(|| beside(&path, "journal"));
        Ok(Home { path: Some(path), access, _lock: lock, journal_path, base, ..Home::default() })
    }

    /// Writes an edit down. A journal that cannot be written does not hold up the work: the trouble is kept to be told.
    pub fn journal(&mut self, edit: &Edit, step: u64) {
        if let Err(error) = self.try_journal(edit, step) {
            self.trouble = Some(error);
        }
    }

    fn try_journal(&mut self, edit: &Edit, step: u64) -> Result<(), FileError> {
        let Some(path) = &self.journal_path else { return Ok(()) };
        if std::mem::take(&mut self.undecided) {
            set_aside(path)?;
        }
        let journal = match &mut self.journal {
            Some(journal) => journal,
            empty => empty.insert(Journal::begin(path, &self.base, self.base_text.clone())?),
        };
        journal.record(edit, step)
    }

    fn folder(&self) -> Option<&Path> {
        self.path.as_deref()?.parent()
    }
}

impl Document {
    /// Opens a session file.
    ///
    /// # Errors
    /// A file that cannot be read or is no session of a known version; with [`Access::Edit`] also one that another
    /// process has open.
    pub fn open(path: &Path, access: Access) -> Result<Opened, FileError> {
        // The real file: saving replaces it, not a link to it.
        let path = fs::canonicalize(path).map_err(|source| FileError::io(path, "open", source))?;
        let mut home = Home::at(path.clone(), access, String::new())?;
        let text = read_small(&path)?;
        let (tree, session) = v1::read_text(&text).map_err(FileError::text(&path))?;
        home.base = hash(&text);
        let (recovery, set_aside) = home.look_for_journal()?;
        let mut document = Document::of(tree, session);
        document.home = home;
        Ok(Opened { document, recovery, set_aside })
    }

    /// Where the session lies; `None` where it was never saved.
    pub fn path(&self) -> Option<&Path> {
        self.home.path.as_deref()
    }

    /// The folder that relative paths of sources start from.
    pub fn folder(&self) -> Option<&Path> {
        self.home.folder()
    }

    /// What the session was opened for.
    pub fn access(&self) -> Access {
        self.home.access
    }

    /// Takes the last trouble with the journal, once: the work goes on, but is not protected.
    pub fn take_journal_trouble(&mut self) -> Option<FileError> {
        self.home.trouble.take()
    }

    /// Brings the journal to the disk. To be called once a second; does nothing where nothing is pending.
    pub fn sync_journal(&mut self) {
        if let Some(Err(error)) = self.home.journal.as_mut().map(Journal::sync) {
            self.home.trouble = Some(error);
        }
    }

    /// Keeps a journal of a session that has no file yet in `folder` (made if it is missing), found again by
    /// [`super::unsaved`].
    ///
    /// # Errors
    /// A folder that cannot be made, or a session the format cannot hold.
    pub fn keep_journal_in(&mut self, folder: &Path) -> Result<(), FileError> {
        if self.home.path.is_some() || self.home.journal.is_some() {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(|source| FileError::io(folder, "make the folder", source))?;
        let process = std::process::id();
        let free = (0u32..).map(|number| folder.join(format!("untitled-{process}-{number}.journal")));
        self.home.journal_path = free.into_iter().find(|path| !path.exists());
        let text = self.text()?;
        self.home.base = hash(&text);
        self.home.base_text = Some(text);
        Ok(())
    }

    /// Opens a session that was never saved, with everything its journal holds.
    ///
    /// # Errors
    /// A journal whose session text is damaged.
    pub fn recover_unsaved(unsaved: &Unsaved) -> Result<(Document, Recovered), FileError> {
        let mut document = Document::from_text(&unsaved.text).map_err(FileError::text(&unsaved.path))?;
        document.home.base = hash(&unsaved.text);
        document.home.base_text = Some(unsaved.text.clone());
        document.home.journal_path = Some(unsaved.path.clone());
        document.history_mut().mark_unsaved();
        let recovered = document.recover(&unsaved.recovery)?;
        Ok((document, recovered))
    }

    /// Does the edits of a journal again, as undo steps of their own. The journal goes on from there.
    ///
    /// # Errors
    /// The journal cannot be written any more; the edits are done all the same.
    pub fn recover(&mut self, recovery: &Recovery) -> Result<Recovered, FileError> {
        let path = self.home.journal_path.take();
        let mut recovered = Recovered { edits: 0, stopped: recovery.damage.clone() };
        let mut valid = None;
        let mut step = None;
        for kept in &recovery.edits {
            if step.replace(kept.step) != Some(kept.step) {
                self.begin(None);
            }
            if let Err(error) = self.apply(kept.edit.clone()) {
                recovered.stopped = Some(error.to_string());
                break;
            }
            recovered.edits += 1;
            valid = Some(kept.end);
        }
        self.end();
        self.home.journal_path = path;
        self.home.undecided = false;
        match (&self.home.journal_path, valid) {
            (Some(path), Some(length)) => self.home.journal = Some(Journal::resume(path, length)?),
            (Some(path), None) => set_aside(path).map(drop)?,
            (None, _) => {}
        }
        Ok(recovered)
    }

    /// Throws the edits of a journal away: the session stays as it was last saved.
    ///
    /// # Errors
    /// The journal cannot be removed.
    pub fn discard_recovery(&mut self) -> Result<(), FileError> {
        let Some(path) = self.home.journal_path.as_ref().filter(|_| self.home.undecided) else { return Ok(()) };
        fs::remove_file(path).map_err(|source| FileError::io(path, "remove the journal", source))?;
        self.home.undecided = false;
        Ok(())
    }

    /// Saves to the session's own file.
    ///
    /// # Errors
    /// No file yet, opened read-only, changed on disk by something else, or the disk refuses. The old file is whole.
    pub fn save(&mut self) -> Result<(), FileError> {
        let path = self.home.path.clone().ok_or(FileError::NoPath)?;
        match read_small(&path) {
            Ok(text) if hash(&text) != self.home.base => Err(FileError::ChangedOnDisk { path }),
            Ok(_) => self.save_over(),
            Err(_) if !path.exists() => self.save_over(),
            Err(_) => Err(FileError::ChangedOnDisk { path }),
        }
    }

    /// Saves to the session's own file, whatever has become of it meanwhile.
    ///
    /// # Errors
    /// No file yet, opened read-only, or the disk refuses. The old file is whole.
    pub fn save_over(&mut self) -> Result<(), FileError> {
        let path = self.home.path.clone().ok_or(FileError::NoPath)?;
        if self.home.access == Access::ReadOnly {
            return Err(FileError::ReadOnly { path });
        }
        self.end();
        let text = self.text()?;
        let hash = hash(&text);
        if let Some(journal) = &mut self.home.journal {
            journal.saving(&hash)?;
        }
        write::replace(&path, &text)?;
        self.home.base = hash;
        self.history_mut().mark_clean();
        // The file is saved. A journal that stays behind is recognised by its note about this save.
        if let Some(Err(error)) = self.home.journal.take().map(Journal::finish) {
            self.home.trouble = Some(error);
            self.home.undecided = true;
        }
        Ok(())
    }

    /// Saves under a name, which becomes the session's own. Paths of sources are written relative to it.
    ///
    /// # Errors
    /// The name is open in another process, or the disk refuses; the document keeps the file it had.
    pub fn save_as(&mut self, path: &Path) -> Result<(), FileError> {
        let path = whole_name(path)?;
        if self.home.path.as_ref() == Some(&path) && self.home.access == Access::Edit {
            return self.save_over();
        }
        let home = Home::at(path.clone(), Access::Edit, String::new())?;
        self.end();
        let old = self.folder().map(Path::to_path_buf);
        let new = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        let mut tree = self.tree().clone();
        source::rebase_tree(&mut tree, &|path| source::rebase(path, old.as_deref(), &new));
        let text = toml::to_string(&tree).map_err(|error| FileError::Unrepresentable { reason: error.to_string() })?;
        write::replace(&path, &text)?;
        self.move_to(tree, &mut |edit| source::rebase_edit(edit, &|path| source::rebase(path, old.as_deref(), &new)))?;
        let before = std::mem::replace(&mut self.home, Home { base: hash(&text), ..home });
        if let Some(stale) = self.home.journal_path.as_ref().filter(|path| path.exists()) {
            set_aside(stale)?;
        }
        self.history_mut().mark_clean();
        match before.journal {
            // Edits of the old file that were not saved there are in the new one now.
            Some(journal) => journal.finish(),
            None => Ok(()),
        }
    }
}

impl Home {
    fn look_for_journal(&mut self) -> Result<(Option<Recovery>, Option<PathBuf>), FileError> {
        let (Some(path), Some(journal_path)) = (&self.path, &self.journal_path) else { return Ok((None, None)) };
        let Some(reading) = journal::load(journal_path)? else { return Ok((None, None)) };
        let saved = fs::metadata(path).and_then(|data| data.modified()).ok();
        let saved = saved.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_secs());
        match reading.against(&self.base, saved) {
            Found::Nothing => {
                fs::remove_file(journal_path)
                    .map_err(|source| FileError::io(journal_path, "remove the journal", source))?;
                Ok((None, None))
            }
            Found::Recovery(recovery) => {
                self.undecided = true;
                Ok((Some(recovery), None))
            }
            Found::Other => Ok((None, Some(set_aside(journal_path)?))),
        }
    }
}

/// Renames a journal, so that a new one can begin and the old one is not lost.
fn set_aside(path: &Path) -> Result<PathBuf, FileError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let free = (1u32..).map(|number| path.with_file_name(format!("{name}.kept-{number}"))).find(|path| !path.exists());
    let kept = free.unwrap_or_else(|| path.with_extension("kept"));
    fs::rename(path, &kept).map_err(|source| FileError::io(path, "set the journal aside", source))?;
    Ok(kept)
}

/// The name with its folder made real, so that relative paths have a firm start.
fn whole_name(path: &Path) -> Result<PathBuf, FileError> {
    if let Ok(real) = fs::canonicalize(path) {
        return Ok(real);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).map_err(|source| FileError::io(folder, "open the folder", source))?;
    match path.file_name() {
        Some(name) => Ok(folder.join(name)),
        None => Err(FileError::NoFile { path: path.into() }),
    }
}
