//! Files: opening, saving, taking in, recovering, and sources that are not where or what they were.

use std::path::{Path, PathBuf};
use std::time::Instant;

use iced::Task;
use lacquer_engine::container::ddp::Fileset;
use lacquer_engine::session::{
    self, Access, Document, Edit, HOUSE_TEMPLATE, NewSong, Session, SourceRef, SourceState, Unsaved, read_template,
    source_path, templates,
};
use lacquer_engine::source::{self, Info};

use super::typed::{self, Purpose};
use super::{App, Message as Outer, Overlay};
use crate::demo;
use crate::desk::album::Wanted;
use crate::desk::quality::Quality;
use crate::desk::{Action, Page};
use crate::dialog;
use crate::intake::{import_file, in_session};
use crate::job::{Report, Strange};

/// What is asked of files.
#[derive(Debug, Clone)]
pub enum Message {
    /// Ask for sound files to begin or to add to an album.
    Add,
    /// Make and open the demo album.
    Demo,
    /// Ask for a session to open.
    Open,
    /// Open this one.
    Opened(Option<PathBuf>),
    /// Take these in.
    Picked(Vec<PathBuf>),
    /// Stop taking in.
    CancelImport,
    /// Save.
    Save,
    /// Ask for a name to save under.
    SaveAs,
    /// Save under this name.
    SaveTo(Option<PathBuf>),
    /// Do the unsaved edits again.
    Recover,
    /// Throw them away.
    Discard,
    /// Deliver into this folder.
    DeliverTo(Option<PathBuf>),
    /// Ask where lost sources may be.
    Locate,
    /// Look for them here.
    LocateIn(Option<PathBuf>),
    /// Leave their songs out of the album.
    LeaveOut,
    /// Hear changed files as they are now.
    UseChanged,
    /// A file was chosen for something about the songs together.
    Chosen(Wanted, Option<PathBuf>),
}

/// Awaits a dialog; where the system opens none, the path is typed.
fn asked<T: Send + 'static>(
    dialog: impl Future<Output = Result<Option<T>, dialog::Unable>> + Send + 'static,
    purpose: Purpose,
    answer: impl Fn(Option<T>) -> Message + Send + 'static,
) -> Task<Outer> {
    Task::perform(dialog, move |outcome| match outcome {
        Ok(chosen) => Outer::File(answer(chosen)),
        Err(dialog::Unable) => Outer::Typed(typed::Message::Ask(purpose)),
    })
}

/// Where deliveries go unless another folder is chosen: beside the session, else the user's music folder.
pub fn delivery_folder(session: Option<&Path>) -> PathBuf {
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    let beside = session.map(|folder| folder.join("deliveries"));
    beside.or_else(|| home().map(|home| home.join("Music").join("Lacquer"))).unwrap_or_else(|| "deliveries".into())
}

/// Whether a path is a fileset of a compact disc: its folder, or one of its descriptors.
fn is_fileset(path: &Path) -> bool {
    let descriptor = path.file_name().is_some_and(|name| name == "DDPID" || name == "DDPMS");
    Fileset::is_at(path) || (descriptor && path.is_file())
}

/// Asks for sound files.
pub fn ask_for_audio(folder: Option<&Path>) -> Task<Outer> {
    asked(dialog::audio(folder.map(ToOwned::to_owned)), Purpose::Audio, |paths| {
        Message::Picked(paths.unwrap_or_default())
    })
}

/// Asks for a file that something about the songs together needs.
pub fn ask_for_file(wanted: Wanted, folder: Option<&Path>, album: &str) -> Task<Outer> {
    let folder = folder.map(ToOwned::to_owned);
    let answer = move |path| Message::Chosen(wanted, path);
    let purpose = Purpose::File(wanted);
    match wanted {
        Wanted::Mix => asked(dialog::file("New mix", "Audio", &dialog::AUDIO, folder), purpose, answer),
        Wanted::Version => asked(dialog::file("Version of the song", "Audio", &dialog::AUDIO, folder), purpose, answer),
        Wanted::Texts => {
            asked(dialog::file("Read texts", "Tables", &["csv", "tsv", "txt", "json"], folder), purpose, answer)
        }
        Wanted::Signature => asked(dialog::file("Kept album", "Kept albums", &["json"], folder), purpose, answer),
        Wanted::TextsOut => asked(dialog::save_file("Write texts", format!("{album}.csv"), folder), purpose, answer),
        Wanted::SignatureOut => {
            asked(dialog::save_file("Keep the album", format!("{album}.json"), folder), purpose, answer)
        }
    }
}

/// Asks for the folder of deliveries.
pub fn choose_folder(now: &Path) -> Task<Outer> {
    let start = now.is_dir().then(|| now.to_owned());
    asked(dialog::folder("Deliver into", start), Purpose::Deliver, Message::DeliverTo)
}

impl App {
    /// Name of the album, for the header and the window.
    pub(super) fn name(&self) -> String {
        let title = &self.desk.session().album.title;
        let file = self.desk.document.path().and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
        match (title.is_empty(), file) {
            (false, _) => title.clone(),
            (true, Some(file)) => file,
            (true, None) if self.has_project => "Untitled".into(),
            (true, None) => "Lacquer".into(),
        }
    }

    pub(super) fn file(&mut self, message: Message) -> Task<Outer> {
        let folder = self.desk.document.folder().map(ToOwned::to_owned);
        match message {
            Message::Add => {
                self.for_references = false;
                return ask_for_audio(folder.as_deref());
            }
            Message::Demo => self.make_demo(),
            Message::Open => {
                return asked(dialog::session(folder), Purpose::Session, Message::Opened);
            }
            Message::Opened(path) => path.iter().for_each(|path| self.open(path)),
            Message::Picked(paths) => self.take_in(paths),
            Message::CancelImport => self.jobs.stop_import(),
            Message::Save => return self.save(),
            Message::SaveAs => return self.ask_to_save(),
            Message::SaveTo(path) => path.iter().for_each(|path| self.save_as(path)),
            Message::Recover => self.recover(),
            Message::Discard => self.discard(),
            Message::DeliverTo(path) => self.desk.delivery_folder = path.unwrap_or(self.desk.delivery_folder.clone()),
            Message::Locate => {
                return asked(dialog::folder("Where are the files?", folder), Purpose::Locate, Message::LocateIn);
            }
            Message::LocateIn(path) => self.locate(path),
            Message::LeaveOut => self.leave_out(),
            Message::Chosen(wanted, path) => self.chosen(wanted, path),
            Message::UseChanged => {
                self.allowed.extend(self.barred.iter().map(|strange| strange.id.clone()));
                self.settle_sources();
            }
        }
        Task::none()
    }

    /// Opens a session file.
    pub(super) fn open(&mut self, path: &Path) {
        if is_fileset(path) {
            return self.open_fileset(path);
        }
        if path.is_dir() || dialog::is_audio(path) {
            return self.take_in(vec![path.to_path_buf()]);
        }
        let opened = match Document::open(path, Access::Edit) {
            Err(error @ session::FileError::Locked { .. }) => {
                self.warn(format!("{error}. It is open for reading here"));
                Document::open(path, Access::ReadOnly)
            }
            other => other,
        };
        match opened {
            Ok(opened) => {
                self.put(opened.document);
                if let Some(aside) = opened.set_aside {
                    let aside = aside.display();
                    self.warn(format!("a journal of another state of this session was kept as {aside}"));
                }
                if let Some(recovery) = opened.recovery {
                    self.overlay = Overlay::Recovery(Box::new(recovery));
                }
                self.saved_at = Some(Instant::now());
            }
            Err(error) => self.fail(format!("{error}. Nothing was changed")),
        }
    }

    /// Another document takes the desk.
    pub(super) fn put(&mut self, document: Document) {
        self.desk.monitor.pause();
        self.jobs.stop_survey();
        let main = document.session().main_pass().map(|pass| pass.id.clone());
        self.desk.pass = main.unwrap_or_default();
        self.desk.delivery_folder = delivery_folder(document.folder());
        self.desk.document = document;
        self.forget_medium();
        (self.desk.plan, self.desk.survey, self.desk.song) = (None, None, None);
        (self.desk.plan_error, self.desk.surveying) = (None, None);
        self.desk.deliveries.clear();
        self.jobs.stop_album();
        self.desk.album = crate::desk::album::Album::default();
        self.session = crate::screen::session::State::default();
        self.stop_inspection();
        self.inspected = None;
        self.desk.quality = Quality::new(std::mem::take(&mut self.desk.quality.by));
        self.qc = crate::screen::qc::State::default();
        self.barred.clear();
        self.allowed.clear();
        self.overlay = Overlay::None;
        self.has_project = true;
        self.trace.note("opened", self.name());
        self.check_sources();
        self.replan();
    }

    fn check_sources(&mut self) {
        let folder = self.desk.document.folder().map(ToOwned::to_owned);
        let session = self.desk.document.snapshot();
        // Those that are not there are barred at once; content is compared beside.
        self.barred = missing(&session, folder.as_deref());
        if !self.barred.is_empty() {
            self.overlay = Overlay::Sources(self.barred.clone());
        }
        self.jobs.check(session, folder);
        self.settle();
    }

    /// Why nothing may be heard or delivered: sources that nobody has decided about.
    pub(super) fn bar(&self) -> Option<String> {
        let session = self.desk.session();
        let heard = |strange: &&Strange| {
            let songs = session.songs.iter().filter(|song| !song.disabled);
            songs.flat_map(|song| &song.clips).any(|clip| clip.source == strange.id)
        };
        let names: Vec<&str> = self.barred.iter().filter(heard).map(|strange| strange.path.as_str()).collect();
        let first = names.first()?;
        let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
        Some(format!(
            "{first}{more}: not the files this session knows. Nothing is played until they are found or left out"
        ))
    }

    /// What remains undecided is barred; the rest is heard.
    fn settle_sources(&mut self) {
        self.barred.retain(|strange| !self.allowed.contains(&strange.id));
        self.overlay = if self.barred.is_empty() { Overlay::None } else { Overlay::Sources(self.barred.clone()) };
        self.desk.plan = None;
        self.replan();
    }

    fn locate(&mut self, folder: Option<PathBuf>) {
        if let Some(folder) = folder {
            let ids = self.barred.iter().map(|strange| strange.id.clone()).collect();
            self.jobs.find(self.desk.document.snapshot(), ids, folder);
            self.say("looking for the files by their content");
            self.settle();
        }
    }

    fn found(&mut self, found: &[(String, PathBuf)]) {
        if found.is_empty() {
            return self.warn("no file of the same content lies in this folder or below it");
        }
        self.desk.document.begin(Some("find files"));
        for (id, path) in found {
            let path = in_session(path, self.desk.document.folder());
            if let Ok(edit) = Edit::relocate(&self.desk.document, id, &path) {
                let result = self.desk.document.apply(edit).map(Some);
                if result.is_ok() {
                    self.barred.retain(|strange| strange.id != *id);
                }
            }
        }
        self.desk.document.end();
        self.say(format!("{} found", count(found.len(), "file")));
        self.settle_sources();
    }

    fn leave_out(&mut self) {
        let lost = |song: &&session::Song| {
            song.clips.iter().any(|clip| self.barred.iter().any(|strange| strange.id == clip.source))
        };
        let songs: Vec<String> = self.desk.session().songs.iter().filter(lost).map(|song| song.id.clone()).collect();
        self.desk.document.begin(Some("leave songs out"));
        for song in &songs {
            if let Ok(edit) = Edit::disable_song(&self.desk.document, song, true) {
                let result = self.desk.document.apply(edit).map(|_| None);
                self.changed(result);
            }
        }
        self.desk.document.end();
        self.overlay = Overlay::None;
        self.replan();
        self.say(format!("{} left out of every pass; undo takes them in again", count(songs.len(), "song")));
    }

    fn save(&mut self) -> Task<Outer> {
        if self.desk.document.path().is_none() {
            return self.ask_to_save();
        }
        let result = self.desk.document.save();
        self.saved(result);
        Task::none()
    }

    fn ask_to_save(&mut self) -> Task<Outer> {
        let folder = self.desk.document.folder().map(ToOwned::to_owned);
        asked(dialog::save(folder, self.name()), Purpose::Save, Message::SaveTo)
    }

    fn save_as(&mut self, path: &Path) {
        let result = self.desk.document.save_as(path);
        if result.is_ok() {
            self.desk.delivery_folder = delivery_folder(self.desk.document.folder());
            self.replan();
        }
        self.saved(result);
    }

    fn saved(&mut self, result: Result<(), session::FileError>) {
        match result {
            Ok(()) => {
                self.saved_at = Some(Instant::now());
                self.trace.note("saved", "");
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn recover(&mut self) {
        let Overlay::Recovery(recovery) = std::mem::take(&mut self.overlay) else { return };
        match self.desk.document.recover(&recovery) {
            Ok(recovered) => {
                let stopped =
                    recovered.stopped.map(|why| format!("; the rest could not be: {why}")).unwrap_or_default();
                self.say(format!("{} done again{stopped}", count(recovered.edits, "edit")));
            }
            Err(error) => self.fail(error.to_string()),
        }
        self.replan();
    }

    fn discard(&mut self) {
        self.overlay = Overlay::None;
        if let Err(error) = self.desk.document.discard_recovery() {
            self.fail(error.to_string());
        }
    }

    /// At the start without a session: an album that was never saved comes back.
    pub(super) fn offer_unsaved(&mut self) {
        let found = session::unsaved(&self.state).unwrap_or_default();
        let newest = found.iter().max_by_key(|unsaved: &&Unsaved| unsaved.recovery.last_edit_at);
        let Some(unsaved) = newest else { return };
        match Document::recover_unsaved(unsaved) {
            Ok((document, recovered)) => {
                self.put(document);
                let edits = count(recovered.edits, "edit");
                self.say(format!(
                    "an album that was never saved is back, with {edits}. Save it under a name to keep it"
                ));
            }
            Err(error) => self.warn(error.to_string()),
        }
    }

    fn make_demo(&mut self) {
        self.importing = Some((0.0, "the demo album is played".into()));
        let folder = self.state.join("demo");
        let made = folder.join(demo::session::FILE);
        if made.is_file() {
            // Whatever was done with it is kept.
            self.importing = None;
            return self.open(&made);
        }
        self.jobs.make(move |progress| demo::session::make(&folder, progress).map_err(|error| error.to_string()));
    }

    /// Takes sound files in; a session among them is opened instead.
    pub(super) fn take_in(&mut self, paths: Vec<PathBuf>) {
        if let Some(session) = paths.iter().find(|path| path.extension().is_some_and(|end| end == "lacquer")) {
            let session = session.clone();
            return self.open(&session);
        }
        let mut files = Vec::new();
        paths.into_iter().for_each(|path| gather(path, &mut files));
        if files.is_empty() {
            return;
        }
        if self.importing.is_some() {
            return self.say("files are being taken in; drop the others when they are there");
        }
        self.importing = Some((0.0, String::new()));
        self.jobs.import(files);
    }

    /// Files that were dropped together arrive one by one.
    pub(super) fn take_dropped(&mut self) {
        if !self.dropped.is_empty() && self.importing.is_none() {
            let paths = std::mem::take(&mut self.dropped);
            if let [path] = paths.as_slice()
                && is_fileset(path)
            {
                return self.open_fileset(path);
            }
            self.for_references = self.page == Page::Reference;
            self.take_in(paths);
        }
    }

    /// What jobs on files say.
    pub(super) fn file_report(&mut self, report: Report) {
        match report {
            Report::Importing(share, name) => self.importing = Some((share, name)),
            Report::Imported(results) => self.imported(results),
            Report::Made(Ok(path)) => {
                self.importing = None;
                self.open(&path);
            }
            Report::Made(Err(reason)) => {
                self.importing = None;
                self.fail(reason);
            }
            Report::Checked(strange) => {
                let known = |one: &Strange| self.allowed.contains(&one.id);
                let strange: Vec<Strange> = strange.into_iter().filter(|one| !known(one)).collect();
                if strange != self.barred {
                    self.barred = strange;
                    self.settle_sources();
                }
            }
            Report::Found(found) => self.found(&found),
            Report::FilesetJudged(folder, verdicts) => self.fileset_judged(&folder, verdicts),
            _ => {}
        }
    }

    fn imported(&mut self, results: Vec<(PathBuf, Result<Box<Info>, source::Error>)>) {
        self.importing = None;
        let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, result)| result.is_ok());
        let infos: Vec<Box<Info>> = good.into_iter().filter_map(|(_, result)| result.ok()).collect();
        let damaged = infos.iter().filter(|info| info.damage.is_some() || info.non_finite.is_some()).count();
        if !infos.is_empty() {
            match (self.has_project, std::mem::take(&mut self.for_references)) {
                (true, true) => self.add_references(&infos),
                (true, false) => self.add_songs(&infos),
                (false, _) => self.begin_album(&infos),
            }
        }
        if let Some((path, Err(error))) = bad.first() {
            let more = if bad.len() > 1 { format!(" ({} more)", bad.len() - 1) } else { String::new() };
            self.fail(format!("{}: {error}{more}. The other files are in", path.display()));
        } else if damaged > 0 {
            self.warn(format!("{} damaged; what is sound of them is used", count(damaged, "file")));
        }
    }

    fn begin_album(&mut self, infos: &[Box<Info>]) {
        let files = infos.iter().map(|info| import_file(info)).collect();
        let (template, session) = (self.template(), Session::from_files(files));
        let session = match &template {
            Some(template) => session.with_template(template),
            None => session,
        };
        match Document::from_session(&session) {
            Ok(mut document) => {
                if let Err(error) = document.keep_journal_in(&self.state) {
                    self.warn(format!("{error}. Save the album to protect it"));
                }
                self.put(document);
                if template.is_some() {
                    self.say("the album begins with the template of the house: its passes, chains and names");
                }
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    /// The template every album begins with. A window that keeps no settings knows no house either.
    fn template(&mut self) -> Option<Session> {
        let folder = self.settings_file.as_ref()?.parent()?.join("templates");
        let (_, path) = templates(&folder).into_iter().find(|(name, _)| name == HOUSE_TEMPLATE)?;
        read_template(&path).map_err(|error| self.warn(error.to_string())).ok()
    }

    fn add_songs(&mut self, infos: &[Box<Info>]) {
        self.desk.document.begin(Some("add songs"));
        let mut first = None;
        for info in infos {
            let file = import_file(info);
            let path = in_session(&info.path, self.desk.document.folder());
            let (title, artist, isrc) = (file.title, file.artist, file.isrc);
            let song = NewSong { title, artist, isrc, sources: vec![SourceRef { path, ..file.source }] };
            match Edit::add_song(&self.desk.document, &song, usize::MAX) {
                Ok((edit, id)) => {
                    let result = self.desk.document.apply(edit).map(|_| None);
                    self.changed(result);
                    first.get_or_insert(id);
                }
                Err(error) => self.warn(error.to_string()),
            }
        }
        self.desk.document.end();
        if let Some(song) = first {
            let _ = self.apply(Action::Select(song));
        }
        self.replan();
    }

    pub(super) fn show_folder(&mut self, path: &Path) {
        let opener = if cfg!(windows) {
            "explorer"
        } else if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        };
        if let Err(error) = std::process::Command::new(opener).arg(path).spawn() {
            self.warn(format!("{} cannot be shown ({opener}: {error})", path.display()));
        }
    }
}

/// `3 songs`, `1 song`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn missing(session: &Session, folder: Option<&Path>) -> Vec<Strange> {
    let there = |path: &Path| path.is_file() || Fileset::is_at(path);
    let lost = session.sources.iter().filter(|source| !there(&source_path(folder, source)));
    let strange =
        |source: &SourceRef| Strange { id: source.id.clone(), path: source.path.clone(), state: SourceState::Missing };
    lost.map(strange).collect()
}

/// Sound files of a path: itself, or those in a folder, by name.
fn gather(path: PathBuf, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        return files.push(path);
    }
    let entries = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut inside: Vec<PathBuf> = entries.filter(|path| dialog::is_audio(path)).collect();
    inside.sort();
    files.extend(inside);
}
