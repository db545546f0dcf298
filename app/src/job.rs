//! Work off the window's thread: measuring, importing, delivering, looking for files. Each job is a thread of its own
//! that reports through one lane, which the window empties as it ticks; a job is stopped by raising its flag.

pub mod album;
mod delivery;
mod disc;
mod fileset;
mod listening;
mod medium;
mod quality;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lacquer_engine::analysis::full::FullMeasured;
use lacquer_engine::analysis::verdict::Verdict;
use lacquer_engine::container::ddp::Fileset;
use lacquer_engine::deliver::queue::{Queue, Speed};
use lacquer_engine::deliver::{Delivery, Step};
use lacquer_engine::qc::inspect::Inspection;
use lacquer_engine::realtime::{self, DeviceInfo};
use lacquer_engine::render::{self, Library, Plan, Scope as Heard, SlotMeter, StagePlan};
use lacquer_engine::session::{Scope, Session, SourceNow, SourceState, source_path};
use lacquer_engine::source::{self, Cache, Info, identity};
use lacquer_engine::survey::{self, Now, Shelf, SongSpectrum, SongSurvey, Survey, SurveyError, Watch};
use lacquer_engine::unit::{Db, Dbtp, Frames, Seconds};

use crate::desk::album::Outcome;
use crate::desk::medium::{Record, TapeLook};
use crate::desk::quality::{self as known, Near, Place};
use crate::desk::{Begun, SpectrumOf, Subject, TransparencyReport, settings_mark};
pub use delivery::Order;
pub use listening::Listened;
pub use medium::Look;

/// What a job says.
pub enum Report {
    /// The survey of this number is so far, 0 to 1.
    Surveying(u64, f64),
    /// The survey of this number knows a song.
    SongSurveyed(u64, Arc<SongSurvey>),
    /// The survey of this number knows the beginning of a song's waveforms.
    SongPart(u64, String, Arc<Begun>),
    /// The survey of this number is done.
    Surveyed(u64, Result<Box<Survey>, SurveyError>),
    /// Measuring everything is so far, 0 to 1.
    Measuring(f64),
    /// Everything of a plan has been measured.
    Measured(Arc<Plan>, Result<Vec<FullMeasured>, SurveyError>),
    /// What the stages of the plan of this survey do: the plan; chain, stage, reading.
    Probed(u64, Arc<Plan>, Vec<(Scope, String, SlotMeter)>),
    /// The long-term spectrum of a song is measured.
    Spectrum(SpectrumOf, Result<SongSpectrum, SurveyError>),
    /// A transparency report is so far, 0 to 1.
    Probing(Subject, f64),
    /// A transparency report is made.
    Transparent(Box<TransparencyReport>),
    /// The source of this id is being looked through, in the look of this number: the share that is done.
    Inspecting(u64, String, f64),
    /// It has been, or why not.
    Inspected(u64, String, Result<Box<Inspection>, String>),
    /// The look of this number is over, after so many seconds.
    InspectionDone(u64, f64),
    /// A place from close by, or why it could not be read.
    Near(Box<Place>, Result<Box<Near>, String>),
    /// The repairs of this number: the source at work, which of its repairs of how many, and how much of it is done.
    Treating(u64, String, usize, usize, f64),
    /// The repairs of this number are computed, or why not.
    Treated(u64, Result<(), String>),
    /// The plan that hears something else of a repair, or why there is none.
    Hearing(known::Heard, Result<Box<Plan>, String>),
    /// The look at a medium of this number is so far, 0 to 1.
    Looking(u64, f64),
    /// The look of this number is done: a record, or why there is none.
    Cut(u64, Result<Box<Record>, String>),
    /// The look of this number is done: a cassette, or why there is none.
    Recorded(u64, Result<Box<TapeLook>, String>),
    /// Files are being taken in: share of all, and the name of the one at work.
    Importing(f64, String),
    /// Files are in, each with what it is or why it was refused.
    Imported(Vec<(PathBuf, Result<Box<Info>, source::Error>)>),
    /// A delivery is at a step, and how fast it goes.
    Delivering(String, Step, Option<Speed>),
    /// The delivery of a pass was taken out before it began.
    NotDelivered(String),
    /// The deliveries could not begin: why.
    NoWorker(String),
    /// A delivery of a pass is done, or why nothing was delivered.
    Delivered(String, Result<Box<Delivery>, String>),
    /// How the sources stand to their files: those that are not as they were.
    Checked(Vec<Strange>),
    /// Where lost sources were found: id and path.
    Found(Vec<(String, PathBuf)>),
    /// The fileset in this folder was judged.
    FilesetJudged(PathBuf, Vec<Verdict>),
    /// The hosts and playback devices of the machine.
    Devices(Vec<String>, Vec<DeviceInfo>),
    /// Work on the songs together is so far, 0 to 1.
    AtAlbum(f64),
    /// What has come of it.
    Album(Box<Outcome>),
    /// A job of listening says something.
    Listened(Box<Listened>),
    /// A session that was made is ready to be opened, or why not.
    Made(Result<PathBuf, String>),
}

/// A source that is not as the session knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// Its id.
    pub id: String,
    /// Its path in the session.
    pub path: String,
    /// What is with it.
    pub state: SourceState,
}

/// The lane from the jobs, and the jobs that can be stopped.
pub struct Jobs {
    send: Sender<Report>,
    receive: Receiver<Report>,
    shelf: Arc<Shelf>,
    survey: Option<Flag>,
    probe: Option<Flag>,
    transparency: Option<Flag>,
    full: Option<Flag>,
    spectrum: Option<Flag>,
    surveys: u64,
    import: Option<Flag>,
    delivery: Option<Arc<Queue>>,
    inspection: Option<Flag>,
    inspections: u64,
    close_up: Option<Flag>,
    hearing: Option<Flag>,
    treatment: Option<Flag>,
    treatments: u64,
    album: Option<Flag>,
    look: Option<Flag>,
    looks: u64,
    translation: Option<Flag>,
    coding: Option<Flag>,
}

type Flag = Arc<AtomicBool>;

/// How much of a song is heard to tell what its stages do: more than the 3 s that a match needs.
const PROBED: Seconds = Seconds(10.0);

/// Every chain with a stage in it: for the renderer, for the session, its stages, and the frame about which it is heard.
fn probed(plan: &Plan) -> Vec<(Heard, Scope, Vec<String>, u64)> {
    let ids = |stages: &[StagePlan]| stages.iter().map(|stage| stage.id.clone()).collect::<Vec<_>>();
    let middle = |song: &render::SongPlan| (song.start + song.end) / 2;
    let longest = plan.songs.iter().max_by_key(|song| song.end - song.start).map_or(0, middle);
    let songs = plan.songs.iter().enumerate();
    let songs =
        songs.map(|(index, song)| (Heard::Song(index), Scope::Song(song.id.clone()), ids(&song.chain), middle(song)));
    let all = std::iter::once((Heard::Album, Scope::Album, ids(&plan.album), longest)).chain(songs);
    all.filter(|(_, _, stages, _)| !stages.is_empty()).collect()
}

impl Jobs {
    /// No job yet; what is measured is kept on disk too, where a later start finds it.
    pub fn keeping(cache: Cache) -> Jobs {
        let mut jobs = Jobs::new();
        jobs.shelf = Arc::new(Shelf::on(cache));
        jobs
    }

    /// No job yet.
    pub fn new() -> Jobs {
        let (send, receive) = unbounded();
        Jobs {
            send,
            receive,
            shelf: Arc::new(Shelf::new()),
            survey: None,
            probe: None,
            transparency: None,
            full: None,
            spectrum: None,
            surveys: 0,
            import: None,
            delivery: None,
            inspection: None,
            inspections: 0,
            close_up: None,
            hearing: None,
            treatment: None,
            treatments: 0,
            album: None,
            look: None,
            looks: 0,
            translation: None,
            coding: None,
        }
    }

    /// The next report, if one has come.
    pub fn poll(&self) -> Option<Report> {
        self.receive.try_recv().ok()
    }

    /// Measures a plan; a survey under way is given up. Returns its number.
    pub fn survey(&mut self, plan: Arc<Plan>, library: Arc<dyn Library>) -> u64 {
        self.stop_survey();
        self.surveys += 1;
        let number = self.surveys;
        let (send, shelf) = (self.send.clone(), Arc::clone(&self.shelf));
        self.survey = start("lacquer-survey", move |cancel| {
            let progress = |share: f64| tell(&send, Report::Surveying(number, share));
            let song = |now: Now<'_>| match now {
                Now::Song(song) => tell(&send, Report::SongSurveyed(number, Arc::clone(song))),
                Now::Part(song, after, before) => {
                    let part = Begun { after: after.clone(), before: before.clone() };
                    tell(&send, Report::SongPart(number, song.into(), Arc::new(part)));
                }
            };
            let watch = Watch { progress: &progress, cancel };
            let result = Survey::make_telling(&plan, &library, &shelf, &watch, &song);
            tell(&send, Report::Surveyed(number, result.map(Box::new)));
        });
        number
    }

    /// Measures what each stage of the plan of survey `number` does, over the middle of each song.
    pub fn probe(&mut self, number: u64, plan: Arc<Plan>, library: Arc<dyn Library>) {
        raise(self.probe.take());
        let send = self.send.clone();
        self.probe = start("lacquer-probe", move |cancel| {
            let mut slots = Vec::new();
            for (scope, chain, stages, middle) in probed(&plan) {
                if cancel.load(Ordering::Relaxed) {
                    return;
                }
                let half = PROBED.frames(plan.delivered).0 / 2;
                let from = Frames(plan.to_delivered(middle).saturating_sub(half));
                // A source that cannot be read has been told by the survey.
                let Ok(meters) = render::probe(&plan, Arc::clone(&library), scope, from, PROBED) else { continue };
                let named = stages.into_iter().zip(meters);
                slots.extend(named.map(|(stage, meter)| (chain.clone(), stage, meter)));
            }
            tell(&send, Report::Probed(number, plan, slots));
        });
    }

    /// Measures what stages do to tones of this peak; a report under way is given up.
    pub fn transparency(&mut self, subject: Subject, plan: Arc<Plan>, stages: Vec<StagePlan>, level: Db) {
        self.stop_transparency();
        let send = self.send.clone();
        self.transparency = start("lacquer-transparency", move |cancel| {
            let progress = |share: f64| tell(&send, Report::Probing(subject.clone(), share));
            let mark = settings_mark(&plan, &stages);
            if let Some(figures) = render::transparency(&stages, plan.setting(), level, &progress, cancel) {
                let subject = subject.clone();
                tell(&send, Report::Transparent(Box::new(TransparencyReport { subject, mark, figures })));
            }
        });
    }

    /// Gives the transparency report up.
    pub fn stop_transparency(&mut self) {
        raise(self.transparency.take());
    }

    /// Measures everything of a plan; overs are listed above `ceiling`.
    pub fn measure(&mut self, plan: Arc<Plan>, library: Arc<dyn Library>, ceiling: Dbtp) {
        self.stop_measuring();
        let send = self.send.clone();
        self.full = start("lacquer-measure", move |cancel| {
            let progress = |share: f64| tell(&send, Report::Measuring(share));
            let watch = Watch { progress: &progress, cancel };
            let result = survey::full(&plan, &library, ceiling, &watch);
            tell(&send, Report::Measured(plan, result));
        });
    }

    /// Measures the long-term spectrum of a song of a plan, by its place; one under way is given up.
    pub fn spectrum(&mut self, of: SpectrumOf, song: usize, plan: Arc<Plan>, library: Arc<dyn Library>) {
        self.stop_spectrum();
        let send = self.send.clone();
        self.spectrum = start("lacquer-spectrum", move |cancel| {
            let watch = Watch { progress: &|_| (), cancel };
            let result = survey::spectrum(&plan, &library, song, of.processed, &watch);
            tell(&send, Report::Spectrum(of, result));
        });
    }

    /// Gives the spectrum up.
    fn stop_spectrum(&mut self) {
        raise(self.spectrum.take());
    }

    /// Gives measuring everything up.
    pub fn stop_measuring(&mut self) {
        raise(self.full.take());
    }

    /// Gives the survey up.
    pub fn stop_survey(&mut self) {
        raise(self.survey.take());
    }

    /// Takes files in.
    pub fn import(&mut self, paths: Vec<PathBuf>) {
        let send = self.send.clone();
        self.import = start("lacquer-import", move |cancel| {
            let progress = |now: &source::import::Progress| {
                let share = (now.index as f64 + now.fraction) / now.count.max(1) as f64;
                tell(&send, Report::Importing(share, file_name(&now.path)));
            };
            let results = source::import::import(&paths, &Cache::standard(), progress, cancel);
            let results = paths.into_iter().zip(results.into_iter().map(|result| result.map(Box::new))).collect();
            tell(&send, Report::Imported(results));
        });
    }

    /// Gives the import up: files not yet in stay outside.
    pub fn stop_import(&mut self) {
        raise(self.import.take());
    }

    /// Looks whether the files of a session are what they were.
    pub fn check(&self, session: Arc<Session>, folder: Option<PathBuf>) {
        let send = self.send.clone();
        start("lacquer-check", move |_| {
            let strange = session.sources.iter().filter_map(|source| {
                let path = source_path(folder.as_deref(), source);
                // A fileset answers for itself by its checksums.
                if Fileset::is_at(&path) {
                    return None;
                }
                let now = now(&path);
                let state = source.compare(now.as_ref(), []);
                let as_it_was = matches!(state, SourceState::Same | SourceState::Touched);
                (!as_it_was).then(|| Strange { id: source.id.clone(), path: source.path.clone(), state })
            });
            tell(&send, Report::Checked(strange.collect()));
        });
    }

    /// Looks for lost sources by their content, in a folder and those below it.
    pub fn find(&self, session: Arc<Session>, ids: Vec<String>, folder: PathBuf) {
        let send = self.send.clone();
        start("lacquer-find", move |cancel| {
            let lost: Vec<_> = session.sources.iter().filter(|source| ids.contains(&source.id)).collect();
            let wanted = lost.iter().map(|source| identity::Identity {
                size: source.size,
                modified: source.modified,
                head_tail: source.head_tail.clone(),
                full: source.sha256.clone(),
            });
            let wanted: Vec<_> = wanted.collect();
            let found = identity::find(&[folder], &wanted, cancel);
            let found = lost.iter().zip(found).filter_map(|(source, path)| Some((source.id.clone(), path?)));
            tell(&send, Report::Found(found.collect()));
        });
    }

    /// Looks for playback devices: slow on some hosts.
    pub fn devices(&self) {
        let send = self.send.clone();
        start("lacquer-devices", move |_| {
            tell(&send, Report::Devices(realtime::hosts(), realtime::devices()));
        });
    }

    /// Makes a session by any means; it is then ready to be opened. `make` says what it does and how far it is.
    pub fn make(&self, make: impl FnOnce(&dyn Fn(&str, f64)) -> Result<PathBuf, String> + Send + 'static) {
        let send = self.send.clone();
        start("lacquer-make", move |_| {
            let progress = |what: &str, share: f64| tell(&send, Report::Importing(share, what.into()));
            let made = make(&progress);
            tell(&send, Report::Made(made));
        });
    }
}

impl Default for Jobs {
    fn default() -> Jobs {
        Jobs::new()
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop_survey();
        self.stop_transparency();
        self.stop_measuring();
        self.stop_spectrum();
        self.stop_import();
        self.stop_delivery();
        self.stop_inspection();
        self.stop_treating();
        self.stop_album();
        self.stop_look();
    }
}

/// What a file is like now; `None` where there is none that can be read.
fn now(path: &Path) -> Option<SourceNow> {
    let identity = identity::quick(path).ok()?;
    let identity::Identity { size, modified, head_tail, full } = identity;
    Some(SourceNow { size, modified, head_tail, sha256: full })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn tell(send: &Sender<Report>, report: Report) {
    // The receiver is gone only when the window is: then nobody asks any more.
    let _ = send.send(report);
}

fn raise(flag: Option<Flag>) {
    if let Some(flag) = flag {
        flag.store(true, Ordering::Relaxed);
    }
}

/// Starts a thread with its flag; `None` where the system has no thread left (the job then never reports).
fn start(name: &str, work: impl FnOnce(&AtomicBool) + Send + 'static) -> Option<Flag> {
    let flag = Flag::default();
    let raised = Arc::clone(&flag);
    thread::Builder::new().name(name.into()).spawn(move || work(&raised)).ok().map(|_| flag)
}
