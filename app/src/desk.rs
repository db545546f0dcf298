//! What every screen may look at, and what it may ask for. The desk is changed by the application alone
//! (`app`); a screen answers a message with an [`Action`].

pub mod album;
pub mod listening;
pub mod medium;
pub mod quality;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use lacquer_engine::analysis::full::FullMeasured;
use lacquer_engine::analysis::overview::Overview;
use lacquer_engine::analysis::spectrum::Part;
use lacquer_engine::audio::Layout as Channels;
use lacquer_engine::chain::transparency::Transparency;
use lacquer_engine::chain::{Delta, Listen, PROCESSORS, Processor, Setting};
use lacquer_engine::deliver::Delivery;
use lacquer_engine::deliver::queue::Speed;
use lacquer_engine::param::{SlotIndex, Spec, Values};
use lacquer_engine::profile::{self, Profile, ProfileError};
use lacquer_engine::realtime::{MeterFrame, Monitor, Section, Status};
use lacquer_engine::render::{Past, Plan, Scope, SlotMeter, SongPlan, StagePlan};
use lacquer_engine::session::{
    self, Address, Document, Edit, Marker, Pass, Preset, Scope as Chain, Session, StageSettings,
};
use lacquer_engine::survey::{SongSpectrum, SongSurvey, Survey};
use lacquer_engine::unit::SampleRate;

use crate::place;
use crate::widget::Layout;

/// The pages of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// Songs and timeline.
    #[default]
    Session,
    /// Processors.
    Chain,
    /// Instruments.
    Meters,
    /// What the album is held against.
    Reference,
    /// Findings.
    Qc,
    /// Ways out.
    Deliver,
}

impl Page {
    /// All pages in the order of the tabs.
    pub const ALL: [Page; 6] = [Page::Session, Page::Chain, Page::Meters, Page::Reference, Page::Qc, Page::Deliver];

    /// The word on the tab.
    pub fn name(self) -> &'static str {
        match self {
            Page::Session => "Session",
            Page::Chain => "Chain",
            Page::Meters => "Meters",
            Page::Reference => "Reference",
            Page::Qc => "QC",
            Page::Deliver => "Deliver",
        }
    }

    /// The digit of its key: pages keep theirs, whatever pages stand between them.
    pub fn number(self) -> usize {
        match self {
            Page::Session => 1,
            Page::Chain => 2,
            Page::Meters => 3,
            Page::Reference => 4,
            Page::Qc => 5,
            Page::Deliver => 6,
        }
    }

    /// The page of a digit.
    pub fn numbered(number: usize) -> Option<Page> {
        Page::ALL.into_iter().find(|page| page.number() == number)
    }

    /// The page of a name or of its number, as the command line writes it.
    pub fn parse(text: &str) -> Option<Page> {
        let named = || Page::ALL.into_iter().find(|page| page.name().eq_ignore_ascii_case(text));
        text.parse().ok().and_then(Page::numbered).or_else(named)
    }
}

/// Where the delivery of a pass stands.
#[derive(Debug, Clone, Default)]
pub enum DeliveryState {
    /// Nothing has been asked for.
    #[default]
    Idle,
    /// It waits for its turn.
    Waiting,
    /// It is being made.
    Running {
        /// Share that is done, 0 to 1.
        share: f64,
        /// What is being done, as `rendering` or `reading back`.
        step: &'static str,
        /// The song or file at work.
        song: String,
        /// How fast it goes, once that is known.
        speed: Option<Speed>,
    },
    /// It has been made, read back and judged.
    Done(Box<Delivery>),
    /// Nothing was delivered: why.
    Failed(String),
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Something happened.
    Note,
    /// Something needs attention.
    Warning,
    /// Something failed.
    Error,
}

/// The sentence under the header: it blocks nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    /// What happened, what is safe, what to do.
    pub text: String,
    /// How grave it is.
    pub grade: Grade,
}

/// Everything a screen may look at.
pub struct Desk {
    /// The session at work.
    pub document: Document,
    /// What is heard.
    pub monitor: Monitor,
    /// The latest reading of the meters.
    pub meters: MeterFrame,
    /// The latest word of the audio thread.
    pub status: Status,
    /// Id of the pass that is heard.
    pub pass: String,
    /// What is heard, resolved; of the last state that could be.
    pub plan: Option<Arc<Plan>>,
    /// Why the session as it stands cannot be heard.
    pub plan_error: Option<String>,
    /// What is known of the heard pass: of the current plan, or of the one before while measuring goes on.
    pub survey: Option<Arc<Survey>>,
    /// Share of the survey that is done, 0 to 1, while one runs.
    pub surveying: Option<f64>,
    /// Songs that the survey under way knows already.
    pub fresh: Vec<Arc<SongSurvey>>,
    /// Waveforms of songs that the survey under way has begun.
    pub parts: HashMap<String, Arc<Begun>>,
    /// Everything measured of a plan, asked for by hand.
    pub full: Option<Full>,
    /// Share of that which is done, 0 to 1, while it is made.
    pub full_share: Option<f64>,
    /// Id of the selected song.
    pub song: Option<String>,
    /// The selected stretch of the programme, in seconds.
    pub selection: Option<(f64, f64)>,
    /// The layout of the window.
    pub layout: Layout,
    /// The deliveries that were asked for, by the id of their pass.
    pub deliveries: HashMap<String, DeliveryState>,
    /// The passes in the order they are made.
    pub delivery_order: Vec<String>,
    /// Whether the deliveries are held.
    pub delivery_held: bool,
    /// Where deliveries go.
    pub delivery_folder: PathBuf,
    /// What each stage of the heard pass does, measured aside: chain, stage, reading. Of the last measured plan.
    pub slots: Vec<(Chain, String, SlotMeter)>,
    /// The plan that was measured for them.
    pub slots_of: Option<Arc<Plan>>,
    /// Long-term spectra of songs that were asked for.
    pub spectra: Vec<(SpectrumOf, Arc<SongSpectrum>)>,
    /// The one that is being measured.
    pub spectrum_under_way: Option<SpectrumOf>,
    /// What the stages did since the last tick, while something was heard.
    pub past: Vec<Past>,
    /// Transparency reports that were made.
    pub reports: Vec<TransparencyReport>,
    /// What a transparency report is being made of, and the share that is done, 0 to 1.
    pub measuring: Option<(Subject, f64)>,
    /// The chain whose snapshots are heard at one loudness.
    pub matched: Option<Chain>,
    /// The limiter that is heard at unity: lowered by the gain it adds, for the ear alone.
    pub unity: Option<(Chain, String)>,
    /// The stage that is bypassed for the ear alone, as loud as it would be heard.
    pub compared: Option<(Scope, usize)>,
    /// What is heard besides the programme.
    pub listening: listening::Listening,
    /// What is known of faults.
    pub quality: quality::Quality,
    /// What is known of the songs together.
    pub album: album::Album,
    /// What is known of the heard pass as a groove or a tape.
    pub medium: medium::Medium,
    /// What is to be said.
    pub notice: Option<NoticeLine>,
}

/// What a transparency report is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The chain.
    pub chain: Chain,
    /// A stage of it by its id; none is the whole chain.
    pub stage: Option<String>,
}

/// Whose long-term spectrum is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpectrumOf {
    /// Id of the song.
    pub song: String,
    /// As it is delivered, or else without any chain.
    pub processed: bool,
}

/// A transparency report that was made.
#[derive(Debug, Clone)]
pub struct TransparencyReport {
    /// Of what.
    pub subject: Subject,
    /// Of these settings, as [`settings_mark`] tells them.
    pub mark: u64,
    /// What was found.
    pub figures: Transparency,
}

/// Everything measured of the songs of a plan.
#[derive(Debug, Clone)]
pub struct Full {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Its songs in order.
    pub songs: Arc<Vec<FullMeasured>>,
}

/// The beginning of a song's waveforms, while it is measured.
#[derive(Debug)]
pub struct Begun {
    /// After the chain.
    pub after: Overview,
    /// Before it.
    pub before: Overview,
}

/// The ends of songs that are played one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Their first seconds.
    Heads,
    /// Their last seconds.
    Tails,
}

/// What a screen asks for.
#[derive(Debug, Clone, Default)]
pub enum Action {
    /// Nothing.
    #[default]
    None,
    /// Several, in order.
    Batch(Vec<Action>),
    /// A change of the session.
    Edit(Edit),
    /// A gesture begins: edits until its end are one step, with this name.
    Begin(&'static str),
    /// The gesture ends.
    End,
    /// The gesture is given up.
    Cancel,
    /// The last step back.
    Undo,
    /// The step again.
    Redo,
    /// Selects a song by id.
    Select(String),
    /// Hears a pass by id.
    Hear(String),
    /// Goes to a delivered frame.
    Seek(u64),
    /// Plays.
    Play,
    /// Pauses.
    Pause,
    /// Plays the join before a song, by its place in the plan from 0.
    PlayTransition(usize),
    /// Plays the first or the last seconds of every song.
    PlayEnds(Ends),
    /// Selects a stretch of the programme, in seconds, or nothing.
    SelectSpan(Option<(f64, f64)>),
    /// Repeats a region of delivered frames, or no longer.
    Loop(Option<(u64, u64)>),
    /// Hears the original, as loud as the master, or the master again.
    Original(bool),
    /// Listens to a band of a stage in place of its output: only the ears hear it.
    Listen {
        /// The chain.
        scope: Scope,
        /// The stage.
        slot: usize,
        /// To what.
        what: Listen,
    },
    /// Switches a stage in or out of what is heard, and in the session.
    SlotOn {
        /// The chain.
        scope: Scope,
        /// The stage's place.
        slot: usize,
        /// In.
        on: bool,
    },
    /// Hears the input of a stage as loud as its output, or its output again: for the ear alone.
    Compare(Option<(Scope, usize)>),
    /// Hears the snapshots of a chain at one loudness, or each at its own.
    MatchSnapshots(Option<Chain>),
    /// Hears a limiter lowered by the gain it adds, or as it is delivered.
    Unity(Option<(Chain, String)>),
    /// Hears what a stage or a whole chain adds, or the programme again.
    Delta(Option<(Scope, Delta)>),
    /// Measures the long-term spectrum of a song, to compare with.
    Spectrum(SpectrumOf),
    /// Makes a transparency report.
    Transparency(Subject),
    /// Gives the transparency report up.
    CancelTransparency,
    /// Shows the course of a parameter on the timeline.
    ShowCourse(Address),
    /// Keeps a chain as a preset of the user's.
    KeepPreset(Box<Preset>),
    /// Starts the meters' maxima anew.
    ResetMeters,
    /// The spectrum is of this part of what is heard.
    SpectrumOf(Part),
    /// Measures everything of the heard pass, or gives that up.
    MeasureAll,
    /// Writes everything measured as PDF and HTML into the folder of deliveries; measures it first where need be.
    WriteReport,
    /// The monitor section.
    Section(Section),
    /// References, systems, blind tests.
    Listening(listening::Ask),
    /// Delivers passes by id.
    Deliver {
        /// The passes, in this order.
        passes: Vec<String>,
        /// Makes every file anew.
        fresh: bool,
        /// Sends the songs of streaming passes through the shops' coders.
        codecs: bool,
        /// Judges, and writes nothing.
        check_only: bool,
    },
    /// Stops deliveries.
    CancelDelivery,
    /// Stops the delivery of a pass.
    CancelPass(String),
    /// Brings the delivery of a waiting pass forward.
    DeliverSooner(String),
    /// Holds the deliveries, or lets them go on.
    HoldDelivery(bool),
    /// Asks for the folder of deliveries.
    ChooseFolder,
    /// Shows a folder in the system's file manager.
    OpenFolder(PathBuf),
    /// Asks for files and adds them.
    AddFiles,
    /// Shows a page.
    Goto(Page),
    /// Looks through every source for faults.
    Inspect,
    /// Stops looking.
    StopInspection,
    /// Looks at a place closely, or at none.
    LookAt(Option<Box<quality::Place>>),
    /// Stops the repairs that are being computed: they are switched off.
    StopRepairs,
    /// Hears something else of a repair; what is heard already is heard no longer.
    HearRepair(quality::Heard),
    /// Scrolls the list of findings to this offset, px.
    ScrollFindings(f32),
    /// The field of this name has the keyboard.
    Focus(&'static str),
    /// Writes the findings as pages and for machines.
    ReportFindings,
    /// Who decides about findings.
    DecideAs(String),
    /// What concerns the songs together: spacing, levels, coherence, mixes, texts.
    Album(album::Ask),
    /// Plays every join, one after the other.
    PlayTransitions,
    /// Plays a join with one of its songs alone: by the place of the second in the plan; the outgoing one, or the other.
    PlaySide(usize, bool),
    /// What a page of sides asks for.
    Medium(medium::Wish),
    /// Says a sentence.
    Say(String),
}

/// Every profile, shipped and of the house, and what is wrong with files of the house; read once.
pub fn profiles() -> &'static (Vec<Profile>, Vec<ProfileError>) {
    static KNOWN: OnceLock<(Vec<Profile>, Vec<ProfileError>)> = OnceLock::new();
    KNOWN.get_or_init(|| profile::all(place::house_profiles().as_deref()))
}

/// The profile of an id.
pub fn profile_of(id: &str) -> Option<&'static Profile> {
    profiles().0.iter().find(|profile| profile.id == id)
}

static PRESETS: RwLock<Option<Arc<Vec<Preset>>>> = RwLock::new(None);

/// Every preset, the user's included; read once, and again after one was kept.
pub fn presets() -> Arc<Vec<Preset>> {
    let known = PRESETS.read().unwrap_or_else(PoisonError::into_inner).clone();
    known.unwrap_or_else(|| {
        // What is wrong with a file of the user's is told by `lacquer presets`.
        let all = Arc::new(session::presets(place::house_presets().as_deref()).0);
        *PRESETS.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&all));
        all
    })
}

/// Whether a parameter can move while it sounds, so that it can be automated; asked of each processor once.
pub fn can_move(processor: &Processor, slot: SlotIndex) -> bool {
    static MOVES: OnceLock<HashMap<&'static str, Vec<bool>>> = OnceLock::new();
    let ask = || {
        let setting = Setting { rate: SampleRate(48_000), layout: Channels::Stereo };
        let asked = PROCESSORS.iter().map(|processor| {
            let stage = (processor.build)(&Values::defaults(processor.table), setting);
            let moves = (0..processor.table.slots()).map(|slot| !stage.is_structural(SlotIndex(slot as u16)));
            (processor.table.id, moves.collect())
        });
        asked.collect()
    };
    let known = MOVES.get_or_init(ask).get(processor.table.id);
    known.and_then(|moves| moves.get(usize::from(slot.0))).copied().unwrap_or(false)
}

/// A parameter of a stage that can be automated.
pub struct Movable<'a> {
    /// The row of a group, where it belongs to one.
    pub row: Option<&'a String>,
    /// Its declaration.
    pub spec: &'static Spec,
    /// Its name; a row's by its number: `Band 2 gain`.
    pub name: String,
    /// Whether it is automated.
    pub automated: bool,
}

/// Every parameter of a stage that can be automated, in the order of its table.
pub fn courses(stage: &StageSettings) -> impl Iterator<Item = Movable<'_>> {
    let processor = lacquer_engine::chain::processor(&stage.processor);
    let own = processor.into_iter().flat_map(move |processor| {
        let moves =
            |spec: &&'static Spec| processor.table.find(spec.id).is_some_and(|(slot, _)| can_move(processor, slot));
        processor.table.params.iter().filter(moves).map(|spec| Movable {
            row: None,
            spec,
            name: spec.name.to_owned(),
            automated: stage.automation.contains_key(spec.id),
        })
    });
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let rows = processor.into_iter().flat_map(move |processor| {
        let numbered = stage.rows.iter().map(|row| {
            let number = numbers.entry(row.group.as_str()).or_default();
            *number += 1;
            (row, *number)
        });
        let numbered: Vec<_> = numbered.collect();
        numbered.into_iter().flat_map(move |(row, number)| {
            let group = processor.table.group(&row.group);
            let moves = move |spec: &&'static Spec| {
                let found = processor.table.find_in_group(&row.group, number - 1, spec.id);
                found.is_some_and(|(slot, _)| can_move(processor, slot))
            };
            group.into_iter().flat_map(|group| group.params).filter(moves).map(move |spec| Movable {
                row: Some(&row.id),
                spec,
                name: format!("{} {number} {}", group.map_or("", |group| group.name), spec.name.to_lowercase()),
                automated: row.automation.contains_key(spec.id),
            })
        })
    });
    own.chain(rows)
}

/// A number that differs where stages differ in what they do to a signal.
pub fn settings_mark(plan: &Plan, stages: &[StagePlan]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (plan.rate.0, plan.layout).hash(&mut hasher);
    for stage in stages {
        (&stage.id, stage.processor.table.id, stage.on).hash(&mut hasher);
        let slots = 0..stage.processor.table.slots() as u16;
        slots.for_each(|slot| stage.values.at(SlotIndex(slot)).to_bits().hash(&mut hasher));
    }
    hasher.finish()
}

/// The presets are read again when they are next asked for.
pub fn forget_presets() {
    *PRESETS.write().unwrap_or_else(PoisonError::into_inner) = None;
}

impl Desk {
    /// What a stage of a chain does, where that has been measured.
    pub fn slot(&self, chain: &Chain, stage: &str) -> Option<&SlotMeter> {
        self.slots.iter().find(|(of, id, _)| of == chain && id == stage).map(|(_, _, meter)| meter)
    }

    /// What a stage does, where it was measured with the settings as they stand.
    pub fn current_slot(&self, chain: &Chain, stage: &str) -> Option<&SlotMeter> {
        let (plan, measured) = (self.plan.as_ref()?, self.slots_of.as_ref()?);
        (plan.hash == measured.hash).then(|| self.slot(chain, stage))?
    }

    /// The stages of what a transparency report is of, as the plan has them: a stage alone is measured switched in.
    pub fn stages(&self, subject: &Subject) -> Option<Vec<StagePlan>> {
        let plan = self.plan.as_ref()?;
        let chain = match &subject.chain {
            Chain::Album => &plan.album,
            Chain::Song(id) => &plan.songs.iter().find(|song| song.id == *id)?.chain,
        };
        // A tone is as long as a song: what is automated stands still for it.
        let still = |stage: &StagePlan| StagePlan { lanes: Vec::new(), ..stage.clone() };
        match &subject.stage {
            None => Some(chain.iter().map(still).collect()),
            Some(id) => {
                let stage = chain.iter().find(|stage| stage.id == *id).map(still)?;
                Some(vec![StagePlan { on: true, ..stage }])
            }
        }
    }

    /// The transparency report of a stage or a chain, and whether it is of the settings as they stand.
    pub fn transparency(&self, subject: &Subject) -> Option<(&Transparency, bool)> {
        let report = self.reports.iter().find(|report| report.subject == *subject)?;
        let mark = self.plan.as_ref().zip(self.stages(subject)).map(|(plan, stages)| settings_mark(plan, &stages));
        Some((&report.figures, mark == Some(report.mark)))
    }

    /// The session as it stands.
    pub fn session(&self) -> &Session {
        self.document.session()
    }

    /// The pass that is heard.
    pub fn heard(&self) -> Option<&Pass> {
        self.session().pass(&self.pass)
    }

    /// The markers of the heard pass in the order of time: the song's id, the album's second, the marker.
    pub fn markers(&self) -> Vec<(&str, f64, &Marker)> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let marked = plan.songs.iter().flat_map(|planned| {
            let song = self.session().song(&planned.id);
            let start = planned.start as f64 / plan.rate.hz();
            song.into_iter().flat_map(move |song| {
                song.markers.iter().map(move |marker| (song.id.as_str(), start + marker.at.0, marker))
            })
        });
        marked.collect()
    }

    /// Whether the heard pass has a song in its sequence, left out or not.
    pub fn has(&self, song: &str) -> bool {
        self.session().sequence(&self.pass).iter().any(|entry| entry.song == song)
    }

    /// The profile that judges the heard pass.
    pub fn profile(&self) -> Option<&'static Profile> {
        profile_of(&self.heard()?.profile)
    }

    /// The ceiling of the heard pass: of its guard, else what its profile allows, else full scale. dBTP.
    pub fn ceiling(&self) -> f64 {
        let guard = self.heard().and_then(|pass| pass.ceiling).map(|ceiling| ceiling.0);
        guard.or_else(|| self.profile()?.value("true_peak")).unwrap_or(0.0)
    }

    /// The loudness platforms play the heard pass at, LUFS, where its profile names one.
    pub fn target(&self) -> Option<f64> {
        self.profile()?.value("loud_master")
    }

    /// Whether there is nothing in the session yet.
    pub fn is_empty(&self) -> bool {
        self.session().songs.is_empty()
    }

    /// Next delivered frame to be heard.
    pub fn position(&self) -> u64 {
        self.monitor.transport().position.0
    }

    /// Seconds of a delivered frame of the plan; 0 without one.
    pub fn seconds(&self, frame: u64) -> f64 {
        self.plan.as_ref().map_or(0.0, |plan| frame as f64 / plan.delivered.hz())
    }

    /// Delivered frame of a time, inside the programme.
    pub fn frame(&self, seconds: f64) -> u64 {
        let frame = |plan: &Arc<Plan>| ((seconds.max(0.0) * plan.delivered.hz()) as u64).min(plan.delivered_frames());
        self.plan.as_ref().map_or(0, frame)
    }

    /// Place in the plan of the song under the playhead.
    pub fn sounding(&self) -> Option<usize> {
        let plan = self.plan.as_ref().filter(|plan| !plan.songs.is_empty())?;
        Some(plan.song_at(plan.from_delivered(self.position())))
    }

    /// Place in the plan of the selected song, or else of the one under the playhead.
    pub fn selected(&self) -> Option<usize> {
        let place = |plan: &Arc<Plan>| plan.songs.iter().position(|song| Some(&song.id) == self.song.as_ref());
        self.plan.as_ref().and_then(place).or_else(|| self.sounding())
    }

    /// The selected song in the plan.
    pub fn selected_song(&self) -> Option<&SongPlan> {
        self.plan.as_ref()?.songs.get(self.selected()?)
    }

    /// What is known of a song of the heard pass.
    pub fn known(&self, song: &str) -> Option<&Arc<SongSurvey>> {
        let fresh = self.fresh.iter().find(|known| known.id == song);
        fresh.or_else(|| self.survey.as_ref()?.songs.iter().find(|known| known.id == song))
    }

    /// Everything measured of a song of what is heard now; none where that was not asked for, or something changed since.
    pub fn full(&self, song: usize) -> Option<&FullMeasured> {
        let current = |full: &&Full| self.plan.as_ref().is_some_and(|plan| plan.hash == full.plan.hash);
        self.full.as_ref().filter(current)?.songs.get(song)
    }

    /// Whether the survey is of what is heard now.
    pub fn survey_is_current(&self) -> bool {
        match (&self.survey, &self.plan) {
            (Some(survey), Some(plan)) => survey.plan.hash == plan.hash,
            _ => false,
        }
    }

    /// The delivery of a pass.
    pub fn delivery(&self, pass: &str) -> &DeliveryState {
        self.deliveries.get(pass).unwrap_or(&DeliveryState::Idle)
    }

    /// Whether any delivery waits or runs.
    pub fn is_delivering(&self) -> bool {
        self.deliveries.values().any(|state| matches!(state, DeliveryState::Waiting | DeliveryState::Running { .. }))
    }
}
