//! The journal: one line per edit since the last save, appended and never rewritten.
//!
//! A line is `LENGTH CHECK JSON`: length of the JSON in bytes, the first 16 hexadecimal digits of its SHA-256, the JSON.
//! A torn last line (the process died while writing it) is left out; damage before that ends the journal and is said.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{FileError, hash};
use crate::session::Edit;
use crate::unit::Seconds;

/// Edits reach the disk at the latest this long after the one before did: with the pause until the next edit or tick
/// not more than 2 s of work can be lost, even when the power fails.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// A journal longer than this is read up to here; a day of dragging knobs is below it.
const MOST_BYTES: u64 = 256 << 20;
/// First line of a session without a file holds the session's text; later lines are one edit.
const MOST_LINE: usize = 32 << 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
enum Line {
    /// What the edits apply to.
    Base {
        journal: u32,
        hash: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// An edit, when it was done (milliseconds since 1970), and the undo step it belongs to.
    Edit { at: u64, step: u64, edit: Edit },
    /// A save of this text began. If the file has this hash, everything before is in it.
    Saving { hash: String },
}

/// A journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    synced: Instant,
    pending: bool,
}

impl Journal {
    /// Begins a journal of edits to a text; `text` itself is kept in it where there is no file.
    pub fn begin(path: &Path, base: &str, text: Option<String>) -> Result<Journal, FileError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        let mut journal = Journal::over(file.map_err(|source| FileError::io(path, "begin a journal", source))?, path);
        journal.write(&Line::Base { journal: 1, hash: base.into(), text })?;
        Ok(journal)
    }

    /// Goes on with a journal whose first `length` bytes are valid.
    pub fn resume(path: &Path, length: u64) -> Result<Journal, FileError> {
        let open = || {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.set_len(length)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        Ok(Journal::over(open().map_err(|source| FileError::io(path, "go on with the journal", source))?, path))
    }

    fn over(file: File, path: &Path) -> Journal {
        // A journal of a session without a file is held, so that nobody recovers what is being worked on. Another
        // holder cannot exist: the file is new, or the session's own lock is held.
        let _ = file.try_lock();
        Journal { file, path: path.into(), synced: Instant::now(), pending: false }
    }

    /// Appends an edit. It is safe from the end of this process at once and from the end of power within [`SYNC_EVERY`].
    pub fn record(&mut self, edit: &Edit, step: u64) -> Result<(), FileError> {
        self.write(&Line::Edit { at: now(), step, edit: edit.clone() })?;
        self.pending = true;
        if self.synced.elapsed() >= SYNC_EVERY { self.sync() } else { Ok(()) }
    }

    /// Notes that a save of a text with this hash begins.
    pub fn saving(&mut self, hash: &str) -> Result<(), FileError> {
        self.write(&Line::Saving { hash: hash.into() })?;
        self.pending = true;
        self.sync()
    }

    /// Brings what was appended to the disk.
    pub fn sync(&mut self) -> Result<(), FileError> {
        if std::mem::take(&mut self.pending) {
            self.synced = Instant::now();
            self.file.sync_data().map_err(|source| FileError::io(&self.path, "write the journal", source))?;
        }
        Ok(())
    }

    /// Ends the journal: everything in it is in a file now.
    pub fn finish(self) -> Result<(), FileError> {
        fs::remove_file(&self.path).map_err(|source| FileError::io(&self.path, "remove the journal", source))
    }

    fn write(&mut self, line: &Line) -> Result<(), FileError> {
        let text = frame(line)?;
        self.file.write_all(text.as_bytes()).map_err(|source| FileError::io(&self.path, "write the journal", source))
    }
}

fn frame(line: &Line) -> Result<String, FileError> {
    let json = serde_json::to_string(line).map_err(|error| FileError::Unrepresentable { reason: error.to_string() })?;
    Ok(format!("{:08x} {} {json}\n", json.len(), check(&json)))
}

fn check(json: &str) -> String {
    hash(json)[..16].to_string()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

/// Edits that were done and not saved when the program ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    pub(super) edits: Vec<Kept>,
    /// How much later the last edit was done than the file was written.
    pub newer_by: Seconds,
    /// When the last edit was done, in seconds since 1970.
    pub last_edit_at: u64,
    /// What is wrong with the rest of the journal, where something is.
    pub damage: Option<String>,
}

/// An edit out of a journal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    pub edit: Edit,
    pub step: u64,
    /// Length of the journal up to and with this edit.
    pub end: u64,
}

impl Recovery {
    /// Number of edits that can be done again.
    pub fn edits(&self) -> usize {
        self.edits.len()
    }
}

/// What a journal says about a file.
pub(super) enum Found {
    /// There is nothing in it that the file does not have.
    Nothing,
    /// It goes on from this file.
    Recovery(Recovery),
    /// It belongs to another state of the file.
    Other,
}

/// The lines of a journal up to the first damage.
pub(super) struct Reading {
    lines: Vec<(Line, u64)>,
    damage: Option<String>,
}

/// Reads a journal's bytes. Any bytes will do: what is no line ends the reading.
pub(super) fn read(bytes: &[u8]) -> Reading {
    let mut lines = Vec::new();
    let mut place = 0;
    while place < bytes.len() {
        match line(&bytes[place..]) {
            Ok((line, length)) => {
                place += length;
                lines.push((line, place as u64));
            }
            Err(Bad::Torn) => break,
            Err(Bad::Damaged) => {
                let damage = format!("the journal is damaged at byte {place}; what follows is left out");
                return Reading { lines, damage: Some(damage) };
            }
        }
    }
    Reading { lines, damage: None }
}

enum Bad {
    /// The last line, not written to its end.
    Torn,
    /// A line with more behind it.
    Damaged,
}

fn line(bytes: &[u8]) -> Result<(Line, usize), Bad> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Bad::Torn)?;
    let bad = if end + 1 == bytes.len() { || Bad::Torn } else { || Bad::Damaged };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| bad())?;
    let mut parts = text.splitn(3, ' ');
    let (Some(length), Some(sum), Some(json)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(bad());
    };
    if usize::from_str_radix(length, 16) != Ok(json.len()) || json.len() > MOST_LINE || check(json) != sum {
        return Err(bad());
    }
    let line = serde_json::from_str(json).map_err(|_| bad())?;
    Ok((line, end + 1))
}

impl Reading {
    /// The text that the edits apply to, where it is in the journal.
    fn base_text(&self) -> Option<&str> {
        match self.lines.first() {
            Some((Line::Base { text, .. }, _)) => text.as_deref(),
            _ => None,
        }
    }

    /// What is left to do for a file with this hash that was written at `saved` (seconds since 1970).
    pub fn against(self, file: &str, saved: u64) -> Found {
        let known = |line: &Line| match line {
            Line::Base { hash, .. } | Line::Saving { hash } => hash == file,
            Line::Edit { .. } => false,
        };
        let Some(start) = self.lines.iter().rposition(|(line, _)| known(line)) else {
            return if self.lines.is_empty() && self.damage.is_none() { Found::Nothing } else { Found::Other };
        };
        let mut last = 0;
        let mut edits = Vec::new();
        for (line, end) in self.lines.into_iter().skip(start) {
            if let Line::Edit { at, step, edit } = line {
                last = at / 1000;
                edits.push(Kept { edit, step, end });
            }
        }
        if edits.is_empty() && self.damage.is_none() {
            return Found::Nothing;
        }
        let newer_by = Seconds(last.saturating_sub(saved) as f64);
        Found::Recovery(Recovery { edits, newer_by, last_edit_at: last, damage: self.damage })
    }
}

/// Reads the journal at `path`, if there is one.
pub(super) fn load(path: &Path) -> Result<Option<Reading>, FileError> {
    let io = |source| FileError::io(path, "read the journal", source);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(io)?;
    Ok(Some(read(&bytes)))
}

/// A session that was never saved, out of its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsaved {
    /// The journal.
    pub path: PathBuf,
    /// The session's text when its journal began.
    pub text: String,
    /// What was done to it.
    pub recovery: Recovery,
}

/// The sessions without a file whose journals lie in `folder` and which no running process works on.
///
/// # Errors
/// A folder that exists and cannot be read. Files in it that are no journals are left alone.
pub fn unsaved(folder: &Path) -> Result<Vec<Unsaved>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::io(folder, "look for journals", error)),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
    paths.sort();
    Ok(paths.into_iter().filter_map(|path| abandoned(&path)).collect())
}

fn abandoned(path: &Path) -> Option<Unsaved> {
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    file.try_lock().ok()?;
    let reading = load(path).ok()??;
    let text = reading.base_text()?.to_string();
    let Found::Recovery(recovery) = reading.against(&hash(&text), 0) else { return None };
    Some(Unsaved { path: path.into(), text, recovery })
}
