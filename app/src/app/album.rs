//! The songs together: spacing, levels, coherence, new mixes, versions, texts. What comes of the jobs, and what of it is taken.

use std::path::PathBuf;
use std::sync::Arc;

use iced::{Task, clipboard};
use lacquer_engine::compare::coherence::{SIGNATURE, Signature, coherence};
use lacquer_engine::compare::portrait::Portrait;
use lacquer_engine::compare::spacing::{self, SongSpacing, Taken};
use lacquer_engine::session::{Document, Edit, Grid, save_template, source_path};
use lacquer_engine::source;

use super::{App, Message as Outer, file};
use crate::desk::album::{Arrived, Ask, Known, Outcome, Wanted, Work};
use crate::job::album::Subject;
use crate::place;

impl App {
    /// Does what a page asks for about the songs together.
    pub(super) fn ask_album(&mut self, ask: Ask) -> Task<Outer> {
        match ask {
            Ask::Space => self.start_album(Work::Spacing),
            Ask::Level(target) => {
                self.start_level(target);
            }
            Ask::Compare => self.start_album(Work::Coherence),
            Ask::CheckVersions => self.start_album(Work::Versions),
            Ask::TakeSpacing(songs, taken) => self.take_spacing(&songs, taken),
            Ask::TakeLevels => self.take_levels(),
            Ask::TakeMix => self.take_mix(),
            Ask::LeaveMix => self.desk.album.arrived = None,
            Ask::NewMix(song) => return self.ask_for(Wanted::Mix, (song, String::new())),
            Ask::AddVersion(song, name) => return self.ask_for(Wanted::Version, (song, name)),
            Ask::Freeze => return self.ask_for(Wanted::SignatureOut, Default::default()),
            Ask::Against => return self.ask_for(Wanted::Signature, Default::default()),
            Ask::ImportTexts => return self.ask_for(Wanted::Texts, Default::default()),
            Ask::ExportTexts => return self.ask_for(Wanted::TextsOut, Default::default()),
            Ask::AgainstNone => {
                self.desk.album.signature = None;
                self.judge_coherence();
            }
            Ask::PasteTexts => return clipboard::read().map(Outer::Pasted),
            Ask::CopyTexts => {
                let grid = Grid::of(&self.desk.document);
                self.say("all texts are on the clipboard, as a spreadsheet takes them");
                return clipboard::write(grid.tabs());
            }
            Ask::Tags => self.take_tags(),
            Ask::Template(name) => self.keep_template(&name),
            Ask::Stop => {
                self.jobs.stop_album();
                self.desk.album.running = None;
            }
        }
        Task::none()
    }

    fn ask_for(&mut self, wanted: Wanted, pending: (String, String)) -> Task<Outer> {
        self.desk.album.pending = Some(pending);
        file::ask_for_file(wanted, self.desk.document.folder(), &self.name())
    }

    /// A copy of the document that a worker may keep, and what else it needs.
    fn subject(&self) -> Result<(Document, Subject), String> {
        let text = self.desk.document.text().map_err(|error| error.to_string())?;
        let document = Document::from_text(&text).map_err(|error| error.to_string())?;
        let subject = Subject {
            session: self.desk.document.snapshot(),
            pass: self.desk.pass.clone(),
            library: Arc::clone(&self.library),
            folder: self.desk.document.folder().map(ToOwned::to_owned),
        };
        Ok((document, subject))
    }

    fn begin_work(&mut self, work: Work) -> Option<(Document, Subject)> {
        if let Some(reason) = self.bar() {
            self.fail(reason);
            return None;
        }
        if self.desk.is_empty() {
            self.say("there are no songs yet; add files first");
            return None;
        }
        match self.subject() {
            Ok(subject) => {
                self.desk.album.running = Some((work, 0.0));
                Some(subject)
            }
            Err(reason) => {
                self.fail(reason);
                None
            }
        }
    }

    fn start_album(&mut self, work: Work) {
        let Some((document, subject)) = self.begin_work(work) else { return };
        match (work, &self.desk.plan) {
            (Work::Coherence, Some(plan)) => self.jobs.portray(subject, Arc::clone(plan)),
            (Work::Coherence, None) => self.desk.album.running = None,
            (Work::Versions, _) => self.jobs.check_versions(subject),
            _ => self.jobs.space(subject, document),
        }
    }

    fn start_level(&mut self, target: f64) {
        if let Some((document, subject)) = self.begin_work(Work::Levels) {
            self.jobs.level(subject, document, target);
        }
    }

    /// A file was chosen, or none.
    pub(super) fn chosen(&mut self, wanted: Wanted, path: Option<PathBuf>) {
        let pending = self.desk.album.pending.take().unwrap_or_default();
        let Some(path) = path else { return };
        match wanted {
            Wanted::Mix => self.lay_mix(&pending.0, path),
            Wanted::Version => {
                self.desk.album.running = Some((Work::Versions, 0.0));
                self.desk.album.pending = Some(pending);
                self.jobs.take_version(path);
            }
            Wanted::Texts => self.read_texts(&path),
            Wanted::TextsOut => {
                let json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
                let grid = Grid::of(&self.desk.document);
                let text = if json { format!("{:#}\n", grid.json()) } else { grid.csv() };
                self.written(&path, text);
            }
            Wanted::Signature => self.thaw(&path),
            Wanted::SignatureOut => self.freeze(&path),
        }
    }

    fn written(&mut self, path: &std::path::Path, text: String) {
        match std::fs::write(path, text) {
            Ok(()) => self.say(format!("{}: written", path.display())),
            Err(error) => self.fail(format!("{}: {error}. The session is safe", path.display())),
        }
    }

    /// A job on the songs together says how far it is.
    pub(super) fn at_album(&mut self, share: f64) {
        if let Some((_, done)) = &mut self.desk.album.running {
            *done = share;
        }
    }

    /// What has come of a job.
    pub(super) fn album_done(&mut self, outcome: Outcome) {
        let work = self.desk.album.running.take().map(|(work, _)| work);
        self.trace.note("album", format!("{work:?}"));
        self.settle();
        match outcome {
            Outcome::Spacing(known) => self.desk.album.spacing = Some(known),
            Outcome::Levels(known) => self.desk.album.levels = Some(known),
            Outcome::Portraits(known) => {
                let Known { pass, of, found } = known;
                let found = self.beside(found);
                self.desk.album.coherence = Some(Known { pass, of, found });
            }
            Outcome::Mix(arrived) => self.desk.album.arrived = Some(*arrived),
            Outcome::Version(file) => self.take_version(*file),
            Outcome::Versions(found) => self.desk.album.versions = found,
            Outcome::Stopped => {}
            Outcome::Failed(reason) => self.fail(format!("{reason}. Nothing was changed")),
        }
    }

    fn beside(&self, songs: Vec<Portrait>) -> Vec<(Portrait, lacquer_engine::compare::coherence::SongBeside)> {
        let beside = match &self.desk.album.signature {
            Some(signature) => songs.iter().map(|song| signature.beside(song)).collect(),
            None => coherence(&songs),
        };
        songs.into_iter().zip(beside).collect()
    }

    /// Judges what was measured anew: against each other, or against the album that is out.
    fn judge_coherence(&mut self) {
        if let Some(Known { pass, of, found }) = self.desk.album.coherence.take() {
            let songs = found.into_iter().map(|(song, _)| song).collect();
            let found = self.beside(songs);
            self.desk.album.coherence = Some(Known { pass, of, found });
        }
    }

    fn freeze(&mut self, path: &std::path::Path) {
        let Some(known) = &self.desk.album.coherence else {
            return self.say("measure the songs first; then the album can be kept");
        };
        let songs = known.found.iter().map(|(song, _)| song.clone()).collect();
        let signature = Signature::freeze(&self.desk.session().album.title, songs);
        match serde_json::to_string(&signature) {
            Ok(text) => self.written(path, text),
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn thaw(&mut self, path: &std::path::Path) {
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let kept =
            read.and_then(|text| serde_json::from_str::<Signature>(&text).map_err(|_| "is no kept album".into()));
        match kept {
            Ok(kept) if kept.signature == SIGNATURE => {
                self.desk.album.signature = Some(kept);
                self.judge_coherence();
            }
            Ok(_) => self.fail(format!("{}: was kept by another version; keep it anew", path.display())),
            Err(reason) => self.fail(format!("{}: {reason}", path.display())),
        }
    }

    fn take_spacing(&mut self, songs: &[String], taken: Taken) {
        let Some(known) = &self.desk.album.spacing else { return };
        let chosen: Vec<SongSpacing> =
            known.found.iter().filter(|found| songs.contains(&found.song)).cloned().collect();
        let pass = known.pass.clone();
        match spacing::accept(&self.desk.document, &pass, &chosen, taken) {
            Ok(Some(edit)) => {
                self.edit(edit);
                // What was taken is no proposal any more; the others stand as they were.
                let now = self.desk.document.snapshot();
                if let Some(known) = &mut self.desk.album.spacing {
                    known.of = now;
                    for found in known.found.iter_mut().filter(|found| songs.contains(&found.song)) {
                        found.head = found.head.filter(|_| !taken.heads);
                        found.tail = found.tail.filter(|_| !taken.tails);
                        found.pause = found.pause.take().filter(|_| !taken.pauses);
                    }
                }
            }
            Ok(None) => self.say("there is nothing to take"),
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn take_levels(&mut self) {
        let Some(known) = self.desk.album.levels.take() else { return };
        let edits = known.found.edits;
        if edits.is_empty() {
            return self.say("every song is there already");
        }
        self.edit(Edit::Batch { label: format!("songs to {:.1} LUFS", known.found.target), edits });
    }

    fn lay_mix(&mut self, song: &str, path: PathBuf) {
        let session = self.desk.session();
        let source = session.song(song).and_then(|song| Some((song.title.clone(), song.clips.first()?.source.clone())));
        let Some((title, source)) = source else { return };
        let Some(old) = session.source(&source).cloned() else { return };
        if let Some((_, subject)) = self.begin_work(Work::Mix) {
            self.jobs.lay(subject, old, title, path);
        }
    }

    fn take_mix(&mut self) {
        let Some(Arrived { source, new, found, title }) = self.desk.album.arrived.take() else { return };
        match Edit::replace_source(&self.desk.document, &source, &new, found.offset_frames) {
            Ok((edit, notes)) => {
                self.edit(edit);
                match notes.is_empty() {
                    true => self.say(format!("{title}: the new mix plays; undo brings the old one back")),
                    false => self.warn(notes.join("; ")),
                }
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn take_version(&mut self, file: lacquer_engine::session::SourceRef) {
        let Some((song, name)) = self.desk.album.pending.take() else { return };
        match Edit::add_version(&self.desk.document, &song, &name, &[file]) {
            Ok((edit, notes)) => {
                self.edit(edit);
                notes.first().into_iter().for_each(|note| self.warn(note.clone()));
                self.start_album(Work::Versions);
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn read_texts(&mut self, path: &std::path::Path) {
        let text = match std::fs::read(path) {
            Ok(bytes) => lacquer_engine::container::text::decode(&bytes),
            Err(error) => return self.fail(format!("{}: {error}", path.display())),
        };
        let json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        match if json { Grid::from_json(&text) } else { Ok(Grid::parse(&text)) } {
            Ok(grid) => self.take_texts(&grid),
            Err(reason) => self.fail(format!("{} {reason}", path.display())),
        }
    }

    /// Texts came from the clipboard.
    pub(super) fn pasted(&mut self, text: Option<String>) {
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => self.take_texts(&Grid::parse(&text)),
            None => self.say("there is no text on the clipboard"),
        }
    }

    fn take_texts(&mut self, grid: &Grid) {
        let session = self.desk.session();
        let order = session.main_pass().map_or(&[][..], |main| &main.entries);
        let first = order.iter().position(|entry| Some(&entry.song) == self.desk.song.as_ref()).unwrap_or(0);
        match Edit::set_texts(&self.desk.document, grid, first, "title") {
            Ok((edit, changed, refused)) => {
                edit.into_iter().for_each(|edit| self.edit(edit));
                let words = if changed == 1 { "1 text changed".into() } else { format!("{changed} texts changed") };
                match refused.as_slice() {
                    [] => self.say(words),
                    [one] => self.warn(format!("{words}; not taken: {one}")),
                    [first, rest @ ..] => self.warn(format!("{words}; not taken: {first}, and {} more", rest.len())),
                }
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    /// Texts of the files' tags, where there is none yet.
    fn take_tags(&mut self) {
        let heads = ["track", "title", "artist", "isrc", "composer"].map(String::from).to_vec();
        let mut rows = vec![heads];
        let session = self.desk.session();
        let folder = self.desk.document.folder();
        let mut unread = 0;
        for (place, entry) in session.main_pass().into_iter().flat_map(|main| &main.entries).enumerate() {
            let Some(song) = session.song(&entry.song) else { continue };
            let source = song.clips.first().and_then(|clip| session.source(&clip.source));
            let Some(Ok(opened)) = source.map(|source| source::open(&source_path(folder, source))) else {
                unread += 1;
                continue;
            };
            let tags = opened.info.tags;
            let unless = |have: &str, tag: Option<String>| tag.filter(|_| have.is_empty()).unwrap_or_default();
            rows.push(vec![
                (place + 1).to_string(),
                unless(&song.title, tags.title),
                unless(&song.artist, tags.artist.filter(|artist| *artist != session.album.artist)),
                unless(&song.isrc, tags.isrc),
                unless(&song.credits.composer, tags.composer),
            ]);
        }
        self.take_texts(&Grid { rows, empty_says_nothing: true });
        if unread > 0 {
            self.warn(format!("{} could not be read for tags", file::count(unread, "file")));
        }
    }

    fn keep_template(&mut self, name: &str) {
        let Some(folder) = place::house_templates() else {
            return self.fail("the system names no folder for settings");
        };
        let template = self.desk.session().as_template(self.desk.song.as_deref());
        match save_template(&folder, name, &template) {
            Ok(path) => self.say(format!("kept as {}; a new album can begin with it", path.display())),
            Err(error) => self.fail(error.to_string()),
        }
    }
}
