//! The document: everything the engineer decided, as one value.
//!
//! Audio files are referred to by path and content hash and are never changed. Every per-song value and the album
//! chain resolve as: the pass's override, else the main pass (the first one); [`Session::resolve`] is the only place
//! that knows this rule.
//!
//! Data only: no threads, and I/O in its file room alone. Fields that this version does not know are kept in `unknown` of
//! each part and written back.

mod cassette;
mod clip;
mod difference;
mod disc;
mod document;
mod edit;
mod file;
mod grid;
mod history;
mod import;
mod ledger;
mod metadata;
mod pass;
mod path;
pub mod preset;
mod problem;
mod reference;
mod repair;
mod resolve;
mod settings;
mod song;
mod source;
mod template;
mod version;
mod vinyl;

pub use cassette::Cassette;
pub use clip::{Clip, Fade, Point};
pub use difference::{Difference, SongDifference};
pub use disc::{Flags, Offsets, Words};
pub use document::Document;
pub use edit::{Address, Decision, Edit, EditError, NewPass, NewSong, SNAPSHOTS, Scope};
pub use file::{
    Access, FileError, HOUSE_TEMPLATE, Opened, ReadError, Recovered, Recovery, Unsaved, load_chain, preset_id, presets,
    read_chain, read_template, save_chain, save_preset, save_template, source_path, templates, unsaved, write_chain,
};
pub use grid::{ALBUM_COLUMNS, Column, Grid, Refused, SONG_COLUMNS};
pub use history::{History, Step};
pub use import::{FilesetError, ImportFile, ImportTrack, SourceNow, SourceState};
pub use ledger::{Found, LedgerEntry, Quality};
pub use metadata::{Album, Credits};
pub use pass::{Depth, Entry, Join, Letters, Pass, PassKind, Rate};
pub use path::{PathError, TreePath};
pub use preset::Preset;
pub use problem::Problem;
pub use reference::{Matching, Note, Reference, Standing};
pub use repair::{Repair, RepairError};
pub use resolve::{Resolved, ResolvedSong};
pub use settings::{
    Automation, ChainSettings, Point as AutomationPoint, Row, Scalar, SettingsError, Snapshot, StageSettings,
};
pub use song::{Marker, Song};
pub use source::SourceRef;
pub use version::{USUAL_VERSIONS, Version};
pub use vinyl::{SideName, SideNameError, Vinyl};

use serde::{Deserialize, Serialize};

/// The newest version of the file format this build writes.
pub const FORMAT: u32 = 1;

/// Fields of a part that this version does not know, kept as they were.
pub type Unknown = toml::Table;

/// One album, one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Version of the file format.
    pub format: u32,
    /// Title, artist, identifiers of the whole.
    #[serde(default)]
    pub album: Album,
    /// The audio files.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceRef>,
    /// The songs, in no binding order (the order is the sequence of a pass).
    #[serde(default, rename = "song")]
    pub songs: Vec<Song>,
    /// The ways out. The first is the main pass: the others inherit from it.
    #[serde(default, rename = "pass")]
    pub passes: Vec<Pass>,
    /// What it is held against.
    #[serde(default, rename = "reference", skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// What was written down about it.
    #[serde(default, rename = "note", skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// By which profile its audio is looked through for faults.
    #[serde(default, rename = "qc", skip_serializing_if = "Quality::is_usual")]
    pub quality: Quality,
    /// What was found and what was decided about it.
    #[serde(default, rename = "finding", skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerEntry>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Session {
    /// An empty album with the two passes every album starts with: streaming (main) and CD.
    pub fn new() -> Session {
        Session {
            format: FORMAT,
            album: Album::default(),
            sources: Vec::new(),
            songs: Vec::new(),
            passes: vec![Pass::streaming(), Pass::cd()],
            references: Vec::new(),
            notes: Vec::new(),
            quality: Quality::default(),
            ledger: Vec::new(),
            unknown: Unknown::new(),
        }
    }

    /// The song called `id`.
    pub fn song(&self, id: &str) -> Option<&Song> {
        self.songs.iter().find(|song| song.id == id)
    }

    /// The source called `id`.
    pub fn source(&self, id: &str) -> Option<&SourceRef> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The pass called `id`.
    pub fn pass(&self, id: &str) -> Option<&Pass> {
        self.passes.iter().find(|pass| pass.id == id)
    }

    /// The place of a song in the main sequence, from 1.
    pub fn song_number(&self, id: &str) -> Option<usize> {
        let place = self.main_pass()?.entries.iter().position(|entry| entry.song == id)?;
        Some(place + 1)
    }

    /// Every clip, with the id of the song it belongs to: the songs' own and those of the passes' overrides.
    pub fn clips(&self) -> impl Iterator<Item = (&str, &Clip)> {
        let own = self.songs.iter().flat_map(|song| song.clips.iter().map(|clip| (song.id.as_str(), clip)));
        let entries = self.passes.iter().flat_map(|pass| &pass.entries);
        let overrides = entries.flat_map(|entry| entry.clips.iter().flatten().map(|clip| (entry.song.as_str(), clip)));
        own.chain(overrides)
    }

    /// The pass the others inherit from.
    pub fn main_pass(&self) -> Option<&Pass> {
        self.passes.first()
    }
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}
