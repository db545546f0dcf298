//! What is heard besides the programme: references and other things beside it, systems and services it is heard through,
//! the blind test.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use lacquer_engine::compare::blind::{Blind, Score, Side};
use lacquer_engine::compare::coded::Coded;
use lacquer_engine::compare::heard::Heard;
use lacquer_engine::compare::loud::Levels;
use lacquer_engine::compare::matching::{Amounts, Proposal};
use lacquer_engine::compare::place::Place;
use lacquer_engine::compare::translation::Translation;
use lacquer_engine::compare::verdict::Verdict;
use lacquer_engine::session::SourceRef;

/// A song of a plan: the plan's hash and the song's place. Everything that was heard from end to end is known by it.
pub type SongOf = (String, usize);

/// What stands beside the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// A reference, by id.
    Reference(String),
    /// Another pass, by id.
    Pass(String),
    /// The album chain in the state of this snapshot, from 0.
    Snapshot(usize),
    /// The song through a coder: the tier's id.
    Coded(String),
    /// What that coder takes away.
    Lost(String),
}

/// What everything is heard through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Way {
    /// The speakers as they are.
    #[default]
    Plain,
    /// A listening system, by id.
    System(String),
    /// A service's playback gain, by its name; for the album as one, or for the song alone.
    Service(String, bool),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Files to be references.
    Add,
    /// This reference is looked at.
    Choose(String),
    /// This stands beside the programme, or nothing.
    Put(Option<Beside>),
    /// What stands beside is heard, or the programme.
    Hear(bool),
    /// The reference of this number, from 1, is put beside and heard; again: the programme.
    Reference(usize),
    /// Everything is heard through this.
    Through(Way),
    /// Settings that bring the song towards the references; set in the chain when `apply`.
    Match {
        /// How far.
        amounts: Amounts,
        /// Sets them.
        apply: bool,
    },
    /// Says whether to leave the song alone.
    Judge,
    /// A blind test of so many trials begins.
    Draw(usize),
    /// One of the three is heard.
    Sample(Sample),
    /// The trial is answered.
    Answer(Side),
    /// The test is given up.
    GiveUp,
    /// The result goes into the notes.
    KeepResult,
}

/// What is heard in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// The programme.
    A,
    /// What stands beside.
    B,
    /// One of the two.
    X,
}

/// The result of a blind test.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was compared, in words.
    pub what: String,
    /// What came of it.
    pub score: Score,
    /// It is in the notes.
    pub kept: bool,
}

/// A blind test under way.
#[derive(Debug)]
pub struct Trials {
    /// The sealed order.
    pub blind: Blind,
    /// What the engineer pressed last.
    pub heard: Sample,
    /// What is compared, in words.
    pub what: String,
}

/// Everything that is known of it.
#[derive(Default)]
pub struct Listening {
    /// Songs and references that were heard from end to end.
    pub known: HashMap<SongOf, Arc<Heard>>,
    /// Those that are being heard, with the share that is done.
    pub under_way: HashMap<SongOf, f64>,
    /// Those that could not be.
    pub failed: HashSet<SongOf>,
    /// The song of each reference by its id, once it was resolved.
    pub references: HashMap<String, SongOf>,
    /// The file each of them had then.
    pub files: HashMap<String, SourceRef>,
    /// The reference that is looked at.
    pub chosen: Option<String>,
    /// What is to stand beside the programme.
    pub beside: Option<Beside>,
    /// Whether it has come.
    pub stands: bool,
    /// It is to be heard as soon as it has come.
    pub wanted: bool,
    /// Levels at which both are equally loud.
    pub levels: Option<Levels>,
    /// Where the programme's song lies in it.
    pub place: Option<Place>,
    /// What everything is heard through.
    pub way: Way,
    /// What is left of the sounding song on every system, and of which song that was measured.
    pub translations: Option<(SongOf, Arc<Vec<Translation>>)>,
    /// It is being measured.
    pub translating: Option<SongOf>,
    /// Songs that went through coders.
    pub coded: Vec<(SongOf, String, Arc<Coded>)>,
    /// One is on its way.
    pub coding: Option<(SongOf, String)>,
    /// Settings that were proposed.
    pub proposal: Option<Arc<Proposal>>,
    /// The verdict on the song it names.
    pub verdict: Option<(SongOf, Arc<Verdict>)>,
    /// It is being looked for.
    pub judging: bool,
    /// The blind test.
    pub trials: Option<Trials>,
    /// The last result.
    pub outcome: Option<Outcome>,
}

impl Listening {
    /// What is known of a reference.
    pub fn reference(&self, id: &str) -> Option<&Arc<Heard>> {
        self.known.get(self.references.get(id)?)
    }
}
