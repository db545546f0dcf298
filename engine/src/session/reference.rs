//! References and notes: what a session is held against, and what was written down about it.

use serde::{Deserialize, Serialize};

use super::{Clip, Entry, Pass, Session, Song, SourceRef, Unknown};
use crate::unit::{Db, Seconds};

/// A recording the album is held against. Its file is never altered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Stable id inside the session.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// By whom.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artist: String,
    /// Where it is while the programme is at its playhead.
    #[serde(default, skip_serializing_if = "Standing::is_usual")]
    pub position: Standing,
    /// By what it is made as loud as the programme.
    #[serde(default, rename = "match", skip_serializing_if = "Matching::is_usual")]
    pub matching: Matching,
    /// A level on top of that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub trim: Db,
    /// Places to begin at, in its own time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cues: Vec<Seconds>,
    /// Which of them, from 1, while it stands at a cue.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub cue: usize,
    /// The stretch that repeats, begin and end in its own time.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub repeats: Option<(Seconds, Seconds)>,
    /// How much it counts among others when settings are matched, 0 to 1.
    #[serde(default = "full", skip_serializing_if = "is_full")]
    pub weight: f64,
    /// Its file.
    pub file: SourceRef,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where a reference is while the programme is at its playhead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// At the same time after its beginning as the playhead is after the song's.
    Playhead,
    /// At the same section of the music: where the song lies in it is looked for.
    #[default]
    Section,
    /// At a cue, whenever it is put beside the programme.
    Cue,
    /// On its own.
    Free,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 4] = [Standing::Playhead, Standing::Section, Standing::Cue, Standing::Free];

    /// Its word, in the window and in the file.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Playhead => "playhead",
            Standing::Section => "section",
            Standing::Cue => "cue",
            Standing::Free => "free",
        }
    }

    fn is_usual(&self) -> bool {
        *self == Standing::default()
    }
}

/// By what a reference is made as loud as the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// Heard at its own level.
    Off,
    /// By the loudest three seconds of each.
    ShortTerm,
    /// By the integrated loudness of each.
    #[default]
    Integrated,
}

impl Matching {
    /// All of them.
    pub const ALL: [Matching; 3] = [Matching::Off, Matching::ShortTerm, Matching::Integrated];

    /// Its word, in the window and in the file.
    pub fn word(self) -> &'static str {
        match self {
            Matching::Off => "off",
            Matching::ShortTerm => "short-term",
            Matching::Integrated => "integrated",
        }
    }

    fn is_usual(&self) -> bool {
        *self == Matching::default()
    }
}

fn is_zero(level: &Db) -> bool {
    level.0 == 0.0
}

fn first() -> usize {
    1
}

fn is_first(cue: &usize) -> bool {
    *cue == 1
}

fn full() -> f64 {
    1.0
}

fn is_full(weight: &f64) -> bool {
    *weight == 1.0
}

/// The most rounds of a loop that are laid out: an hour of one second.
const MOST_ROUNDS: usize = 3600;

impl Reference {
    /// A reference of a file.
    pub fn new(id: &str, name: &str, artist: &str, file: SourceRef) -> Reference {
        Reference {
            id: id.into(),
            name: name.into(),
            artist: artist.into(),
            position: Standing::default(),
            matching: Matching::default(),
            trim: Db(0.0),
            cues: Vec::new(),
            cue: 1,
            repeats: None,
            weight: 1.0,
            file,
            unknown: Unknown::new(),
        }
    }

    /// The cue it begins at; its beginning where there is none.
    pub fn cue_time(&self) -> Seconds {
        self.cue.checked_sub(1).and_then(|cue| self.cues.get(cue)).copied().unwrap_or(Seconds(0.0))
    }

    /// A session that holds this recording alone, as it is: no chain, no gain, no ceiling, its own rate. A loop is laid out
    /// one round after the other, an hour long at least.
    pub fn alone(&self) -> Session {
        let file = SourceRef { id: "a1".into(), repairs: Vec::new(), ..self.file.clone() };
        let mut song = Song::new("s1", &self.name, &self.artist);
        let whole = Clip::whole("c1", &file);
        let frame = |at: Seconds| at.frames(file.rate).min(file.frames);
        song.clips = match self.repeats.map(|(from, to)| (frame(from), frame(to))).filter(|(from, to)| to > from) {
            None => vec![whole],
            Some((start, end)) => {
                let round = (end.0 - start.0) as f64 / file.rate.hz();
                let rounds = ((3600.0 / round) as usize + 1).min(MOST_ROUNDS);
                let clip = |number: usize| Clip { id: format!("c{number}"), start, end, ..whole.clone() };
                (1..=rounds).map(clip).collect()
            }
        };
        let entry = Entry { song: "s1".into(), ..Entry::default() };
        let pass = Pass { entries: vec![entry], ceiling: None, ..Pass::streaming() };
        Session { sources: vec![file], songs: vec![song], passes: vec![pass], ..Session::new() }
    }
}

/// Something written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Stable id inside the session.
    pub id: String,
    /// What.
    pub text: String,
    /// The day, `2026-11-21`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// The song it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub song: Option<String>,
    /// Where in the song.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Seconds>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}
