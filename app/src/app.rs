//! The window: one desk, the pages around it, and one gate ([`App::apply`]) through which everything changes.

mod album;
pub mod audit;
mod audition;
mod blind;
mod compare;
mod delivery;
mod device;
mod file;
mod fileset;
mod first;
mod gate;
mod listening;
mod live;
mod measured;
mod medium;
mod notice;
mod overlay;
mod quality;
mod reference;
mod shell;
mod speaker;
mod strip;
#[cfg(test)]
mod tests;
mod trace;
mod transport;
mod treatment;
mod typed;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::{Size, Subscription, Task, event, keyboard, window};
use lacquer_engine::realtime::{DeviceChoice, MeterFrame, Monitor, Section, Status};
use lacquer_engine::render::{FileLibrary, Library};
use lacquer_engine::session::{Document, Quality, Recovery, SourceRef};
use lacquer_engine::source::Cache;
use lacquer_engine::unit::{Db, Seconds};

use crate::desk::{self, Desk, Page};
use crate::job::{Jobs, Strange};
use crate::keys;
use crate::place;
use crate::screen;
use crate::settings::Settings;
use crate::theme::{Element, Theme, font};
use crate::widget::timeline::TimeFormat;
use crate::widget::{Layout, bridge, monitor, transport as strip_transport};

/// How the window starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The session to open, or sound files to begin an album with.
    pub files: Vec<PathBuf>,
    /// The page to show.
    pub page: Page,
    /// Width and height of the window, px.
    pub size: Option<(f32, f32)>,
    /// Scale of everything; 1 is one px of the design per px of the system.
    pub scale: Option<f32>,
    /// No device: a silent clock plays.
    pub null_audio: bool,
    /// The file of settings; without one the usual ones hold and nothing is kept.
    pub settings: Option<PathBuf>,
    /// The folder of journals of unsaved albums and of the demo; the user's own where nothing is said.
    pub state: Option<PathBuf>,
    /// A file for one JSON line per key, command and first frame.
    pub trace: Option<PathBuf>,
    /// Where measurements are kept from one start to the next; without it they are made anew.
    pub cache: Option<Cache>,
}

/// What happens to the window.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time passes.
    Tick,
    /// The first frame has been drawn.
    Frame,
    /// A key that no field has taken.
    Key(keyboard::Event),
    /// The window was resized.
    Resized(Size),
    /// A file was dropped.
    Dropped(PathBuf),
    /// The window is to close.
    Close,
    /// A tab.
    Tab(Page),
    /// A pass by its name.
    Pass(String),
    /// The sheet of keys.
    Sheet,
    /// The dialog of device and monitoring.
    Settings,
    /// The dialog of device and monitoring.
    Device(device::Message),
    /// The bridge.
    Bridge(bridge::Press),
    /// The monitor section.
    Monitor(monitor::Press),
    /// The transport.
    Transport(strip_transport::Press),
    /// The session page.
    Session(screen::session::Message),
    /// The chain page.
    Chain(screen::chain::Message),
    /// The meters page.
    Meters(screen::meters::Message),
    /// The reference page.
    Reference(screen::reference::Message),
    /// The page of quality control.
    Qc(screen::qc::Message),
    /// The deliver page.
    Deliver(screen::deliver::Message),
    /// A file command.
    File(file::Message),
    /// A path that is typed.
    Typed(typed::Message),
    /// What is undecided about sources is shown again.
    Decide,
    /// Texts came from the clipboard.
    Pasted(Option<String>),
    /// The notice has been read.
    Dismiss,
    /// Esc, which a field has taken for itself.
    TakenEscape,
    /// What lies over the page is closed.
    CloseOverlay,
}

/// What lies over the page.
#[derive(Debug, Clone, Default)]
enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The keys.
    Sheet,
    /// The device.
    Device,
    /// A path is typed.
    Path(typed::Draft),
    /// Edits that were not saved when the program last ended.
    Recovery(Box<Recovery>),
    /// Sources that are not as they were.
    Sources(Vec<Strange>),
    /// A fileset of a compact disc.
    Disc(Box<fileset::Disc>),
}

/// The window.
pub struct App {
    desk: Desk,
    page: Page,
    overlay: Overlay,
    session: screen::session::State,
    chain: screen::chain::State,
    meters: screen::meters::State,
    qc: screen::qc::State,
    reference: screen::reference::State,
    /// What stands beside the programme now, and what for.
    armed: Option<listening::Armed>,
    /// What the programme is heard through now, and for which song.
    passed: Option<listening::Passed>,
    /// When listening was last brought to what is wanted.
    followed_at: Instant,
    /// Files that are picked or dropped become references.
    for_references: bool,
    deliver: screen::deliver::State,
    jobs: Jobs,
    library: Arc<dyn Library>,
    trace: trace::Trace,
    scale: f32,
    settings: Settings,
    settings_file: Option<PathBuf>,
    state: PathBuf,
    devices: device::Known,
    fixed: live::Fixed,
    /// The original is heard.
    original: bool,
    /// One side of a join is heard alone.
    side: bool,
    search: Option<audition::Search>,
    /// Stretches still to be played, in delivered frames.
    spans: VecDeque<(u64, u64)>,
    /// Where play began last, delivered frame.
    began: u64,
    /// Sources that may not be heard until someone has decided about them.
    barred: Vec<Strange>,
    /// Sources that may be heard though they are not what they were.
    allowed: BTreeSet<String>,
    /// When the survey is to be made anew.
    survey_due: Option<Instant>,
    survey_number: u64,
    /// A report is written when everything has been measured.
    report_due: bool,
    /// The sources and the profile of the last look for faults.
    inspected: Option<(Vec<SourceRef>, Quality)>,
    inspection_number: u64,
    look_number: u64,
    /// The repairs that are being computed before the sound can follow.
    treatment: Option<treatment::Treatment>,
    /// A structural change that the sound has still to follow, when the gesture ends.
    load_due: bool,
    importing: Option<(f64, String)>,
    /// Files that are dropped arrive one by one: taken in together at the next tick.
    dropped: Vec<PathBuf>,
    pre_roll: Seconds,
    format: TimeFormat,
    last_sync: Instant,
    saved_at: Option<Instant>,
    /// Meters fall and fades end for a while after the sound stops.
    settling_until: Option<Instant>,
    /// Load of the audio thread, percent, and when it was last read.
    load: (f64, Instant),
    /// The readings that are shown as numbers, and since when.
    numerals: (MeterFrame, Instant),
    has_project: bool,
    /// The window, px of the design.
    size: Size,
}

/// The smallest window that everything has room in, px of the design. In a smaller one the content is scrolled.
const LEAST: Size = Size::new(1280.0, 720.0);
/// A frame at 30 per second.
const FRAME: Duration = Duration::from_millis(33);
/// How often a window at rest looks after the device and the journal.
const REST: Duration = Duration::from_millis(1000);

/// Opens the window and stays until it is closed.
///
/// # Errors
/// No window system, or no way to draw.
pub fn run(options: Options) -> iced::Result {
    let (width, height) = options.size.unwrap_or((1600.0, 900.0));
    let settings = window::Settings {
        size: Size::new(width, height),
        min_size: Some(Size::new(800.0, 450.0)),
        exit_on_close_request: false,
        ..window::Settings::default()
    };
    let boot = move || App::new(&options);
    iced::application(boot, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .scale_factor(App::scale)
        .subscription(App::subscription)
        .settings(font::settings())
        .window(settings)
        .run()
}

impl App {
    /// The window in its first state, and what it does first.
    pub fn new(options: &Options) -> (App, Task<Message>) {
        let settings = options.settings.as_deref().map_or_else(|| Ok(Settings::default()), Settings::read);
        let (settings, unread) = match settings {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(error)),
        };
        let choice = settings.choice();
        let choice = DeviceChoice { silent: options.null_audio || choice.silent, ..choice };
        let (mut monitor, notices) = Monitor::new(choice);
        let set = settings.speaker();
        monitor.set_section(Section {
            dim_amount: settings.dim(),
            checks: settings.checks(),
            offset: Db(set.offset()),
            pair: set.pair,
            crossfeed: set.crossfeed,
            ..*monitor.section()
        });
        let trace = trace::Trace::new(options.trace.as_deref());
        let untraced = trace.as_ref().err().map(|error| format!("the trace cannot be written: {error}"));
        let (width, height) = options.size.unwrap_or((1600.0, 900.0));
        let scale = options.scale.unwrap_or(1.0);
        let mut app = App {
            desk: desk(Document::new(), monitor, Layout::of((width / scale).max(LEAST.width))),
            page: options.page,
            overlay: Overlay::None,
            session: screen::session::State::default(),
            chain: screen::chain::State::default(),
            meters: screen::meters::State::default(),
            qc: screen::qc::State::default(),
            reference: screen::reference::State::default(),
            armed: None,
            passed: None,
            followed_at: Instant::now(),
            for_references: false,
            deliver: screen::deliver::State::default(),
            jobs: options.cache.clone().map_or_else(Jobs::new, Jobs::keeping),
            library: Arc::new(FileLibrary::default()),
            trace: trace.unwrap_or_else(|_| trace::Trace::off()),
            scale,
            // A file that was not understood is not written over.
            settings_file: options.settings.clone().filter(|_| unread.is_none()),
            pre_roll: settings.pre_roll(),
            settings,
            state: options.state.clone().unwrap_or_else(place::state),
            devices: device::Known::default(),
            fixed: live::Fixed::default(),
            original: false,
            side: false,
            search: None,
            spans: VecDeque::new(),
            began: 0,
            barred: Vec::new(),
            allowed: BTreeSet::new(),
            survey_due: None,
            survey_number: 0,
            report_due: false,
            inspected: None,
            inspection_number: 0,
            look_number: 0,
            treatment: None,
            load_due: false,
            importing: None,
            dropped: Vec::new(),
            format: TimeFormat::Cd,
            last_sync: Instant::now(),
            saved_at: None,
            settling_until: None,
            load: (0.0, Instant::now()),
            numerals: (MeterFrame::default(), Instant::now()),
            has_project: false,
            size: Size::new(width / scale, height / scale),
        };
        app.hear_notices(notices);
        unread.into_iter().for_each(|error| app.warn(error.to_string()));
        untraced.into_iter().for_each(|text| app.warn(text));
        desk::profiles().1.iter().for_each(|error| app.warn(error.to_string()));
        match &options.files[..] {
            [] => app.offer_unsaved(),
            [one] => app.open(one),
            files => app.take_in(files.to_vec()),
        }
        (app, Task::none())
    }

    fn title(&self) -> String {
        let mark = if self.desk.document.is_dirty() && self.has_project { " (edited)" } else { "" };
        format!("{}{mark} \u{2013} Lacquer", self.name())
    }

    fn theme(&self) -> Theme {
        Theme::Dark
    }

    fn scale(&self) -> f32 {
        self.scale
    }

    /// Whether something moves on the screen, or soon will.
    pub fn is_busy(&self) -> bool {
        self.desk.monitor.transport().playing
            || self.desk.surveying.is_some()
            || self.desk.full_share.is_some()
            || self.survey_due.is_some()
            || self.desk.quality.running.is_some()
            || self.inspection_due()
            || self.importing.is_some()
            || self.devices.scanning
            || !self.dropped.is_empty()
            || self.desk.is_delivering()
            || self.desk.measuring.is_some()
            || self.settling_until.is_some()
            || self.treatment.is_some()
            || self.desk.album.running.is_some()
            || self.desk.medium.share.is_some()
    }

    fn subscription(&self) -> Subscription<Message> {
        let mut all = vec![event::listen_with(listen)];
        if self.is_busy() {
            all.push(iced::time::every(FRAME).map(|_| Message::Tick));
        } else if self.desk.monitor.output().is_some_and(|output| output.is_device) || self.desk.document.is_dirty() {
            all.push(iced::time::every(REST).map(|_| Message::Tick));
        }
        if self.trace.awaits_frame() {
            all.push(window::frames().map(|_| Message::Frame));
        }
        Subscription::batch(all)
    }

    /// Takes a message in.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        let start = Instant::now();
        let task = self.route(message);
        self.follow_quality(false);
        self.trace.updated(start);
        task
    }

    fn route(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Tick => self.tick(),
            Message::Frame => self.trace.note_frame(),
            Message::Key(event) => return self.key(&event),
            Message::Resized(size) => {
                self.size = size;
                self.desk.layout = Layout::of(self.content().width);
            }
            Message::Dropped(path) => self.dropped.push(path),
            Message::Close => {
                self.desk.document.end();
                self.desk.document.sync_journal();
                return iced::exit();
            }
            Message::Tab(page) => self.page = page,
            Message::Pass(name) => return self.hear_named(&name),
            Message::Sheet => self.overlay = Overlay::Sheet,
            Message::Settings => self.open_settings(),
            Message::Device(message) => self.device(message),
            Message::Bridge(press) => return self.bridge(press),
            Message::Monitor(press) => return self.monitor(press),
            Message::Transport(press) => return self.transport(press),
            Message::Session(message) => {
                let action = self.session.update(message, &self.desk);
                return self.apply(action);
            }
            Message::Chain(message) => {
                let action = self.chain.update(message, &self.desk);
                return self.apply(action);
            }
            Message::Meters(message) => {
                let action = self.meters.update(message, &self.desk);
                return self.apply(action);
            }
            Message::Reference(message) => {
                let action = self.reference.update(message, &self.desk);
                return self.apply(action);
            }
            Message::Qc(message) => {
                let action = self.qc.update(message, &self.desk);
                return self.apply(action);
            }
            Message::Deliver(message) => {
                let action = self.deliver.update(message, &self.desk);
                return self.apply(action);
            }
            Message::File(message) => return self.file(message),
            Message::Typed(message) => return self.typed(message),
            Message::Decide => self.overlay = Overlay::Sources(self.barred.clone()),
            Message::Pasted(text) => self.pasted(text),
            Message::Dismiss => self.desk.notice = None,
            // The field is the whole dialog.
            Message::TakenEscape => {
                if matches!(self.overlay, Overlay::Path(_)) {
                    self.overlay = Overlay::None;
                }
                if self.qc.is_waiving() {
                    let _ = self.qc.update(screen::qc::Message::GiveUp, &self.desk);
                }
            }
            Message::CloseOverlay => self.overlay = Overlay::None,
        }
        Task::none()
    }

    /// What is laid out: the window, or more where it is too small.
    fn content(&self) -> Size {
        Size::new(self.size.width.max(LEAST.width), self.size.height.max(LEAST.height))
    }

    /// The window as it is now.
    pub fn view(&self) -> Element<'_, Message> {
        self.trace.viewed(|| shell::view(self))
    }
}

fn desk(document: Document, monitor: Monitor, layout: Layout) -> Desk {
    let pass = document.session().main_pass().map(|pass| pass.id.clone()).unwrap_or_default();
    Desk {
        document,
        monitor,
        meters: MeterFrame::default(),
        status: Status::default(),
        pass,
        plan: None,
        plan_error: None,
        survey: None,
        surveying: None,
        fresh: Vec::new(),
        parts: Default::default(),
        full: None,
        full_share: None,
        song: None,
        selection: None,
        layout,
        deliveries: HashMap::new(),
        delivery_order: Vec::new(),
        delivery_held: false,
        delivery_folder: file::delivery_folder(None),
        slots: Vec::new(),
        slots_of: None,
        spectra: Vec::new(),
        spectrum_under_way: None,
        compared: None,
        past: Vec::new(),
        reports: Vec::new(),
        measuring: None,
        matched: None,
        unity: None,
        listening: desk::listening::Listening::default(),
        quality: desk::quality::Quality::new(place::user()),
        album: desk::album::Album::default(),
        medium: desk::medium::Medium::default(),
        notice: None,
    }
}

/// Keys that nobody took, and what happens to the window. Esc comes in any case: fields keep it for themselves.
fn listen(event: iced::Event, status: event::Status, _: window::Id) -> Option<Message> {
    match event {
        iced::Event::Keyboard(event) if status == event::Status::Ignored => {
            keys::command(&event).map(|_| Message::Key(event))
        }
        iced::Event::Keyboard(keyboard::Event::KeyPressed {
            key: keyboard::Key::Named(keyboard::key::Named::Escape),
            ..
        }) => Some(Message::TakenEscape),
        iced::Event::Window(window::Event::Resized(size)) => Some(Message::Resized(size)),
        iced::Event::Window(window::Event::FileDropped(path)) => Some(Message::Dropped(path)),
        iced::Event::Window(window::Event::CloseRequested) => Some(Message::Close),
        _ => None,
    }
}
