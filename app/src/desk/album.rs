//! What is known of the songs beside each other, and what is asked for about them.

use std::sync::Arc;

use lacquer_engine::compare::coherence::{Signature, SongBeside};
use lacquer_engine::compare::exchange::Exchange;
use lacquer_engine::compare::level::SongLevel;
use lacquer_engine::compare::portrait::Portrait;
use lacquer_engine::compare::spacing::{SongSpacing, Taken};
use lacquer_engine::session::{Edit, Session, SourceRef};

/// Everything that was found out about the songs together, each of the state it was made of.
#[derive(Default)]
pub struct Album {
    /// What is at work, and the share that is done, 0 to 1.
    pub running: Option<(Work, f64)>,
    /// Heads, tails and pauses.
    pub spacing: Option<Known<Vec<SongSpacing>>>,
    /// Songs at one loudness.
    pub levels: Option<Known<Levels>>,
    /// Songs beside each other.
    pub coherence: Option<Known<Vec<(Portrait, SongBeside)>>>,
    /// The album that is out, which songs are held against.
    pub signature: Option<Signature>,
    /// The new mix that has arrived.
    pub arrived: Option<Arrived>,
    /// Versions and how they lie on their songs: song, version, whether it fits, in words.
    pub versions: Vec<(String, String, bool, String)>,
    /// What a chosen file is for: the song, and the name of a version.
    pub pending: Option<(String, String)>,
}

/// Something that was found out, and of which state.
pub struct Known<T> {
    /// The pass.
    pub pass: String,
    /// The session as it was.
    pub of: Arc<Session>,
    /// What was found.
    pub found: T,
}

/// Gains that bring songs to one loudness.
pub struct Levels {
    /// The loudness, LUFS.
    pub target: f64,
    /// Song by song.
    pub songs: Vec<SongLevel>,
    /// The edits that set the gains.
    pub edits: Vec<Edit>,
}

/// A new mix beside the one it is to replace.
pub struct Arrived {
    /// The source it is to replace.
    pub source: String,
    /// The title of its song.
    pub title: String,
    /// The new file, as the session would hold it.
    pub new: SourceRef,
    /// How it lies on the old one, and what has changed.
    pub found: Exchange,
}

/// What is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Heads, tails and pauses.
    Spacing,
    /// Songs to one loudness.
    Levels,
    /// Songs beside each other.
    Coherence,
    /// A new mix.
    Mix,
    /// Versions.
    Versions,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Look for heads, tails and pauses.
    Space,
    /// Take proposals of these songs.
    TakeSpacing(Vec<String>, Taken),
    /// Work out gains for this loudness, LUFS.
    Level(f64),
    /// Set them.
    TakeLevels,
    /// Measure the songs beside each other.
    Compare,
    /// Keep what the album is like in a file.
    Freeze,
    /// Hold the songs against an album that was kept.
    Against,
    /// Against each other again.
    AgainstNone,
    /// Ask for the new mix of this song.
    NewMix(String),
    /// Put it in the old one's place.
    TakeMix,
    /// Leave it.
    LeaveMix,
    /// Ask for the file of a version of a song.
    AddVersion(String, String),
    /// See how versions lie on their songs.
    CheckVersions,
    /// Put texts from the clipboard at the selected song.
    PasteTexts,
    /// Put all texts on the clipboard.
    CopyTexts,
    /// Ask for a file of texts to read.
    ImportTexts,
    /// Ask for a file to write the texts to.
    ExportTexts,
    /// Read the tags of the files.
    Tags,
    /// Keep the session as a template of this name.
    Template(String),
    /// Give up what is at work.
    Stop,
}

/// What a file that is asked for is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The new mix.
    Mix,
    /// A version.
    Version,
    /// Texts to read.
    Texts,
    /// Texts to write.
    TextsOut,
    /// An album that was kept.
    Signature,
    /// Where to keep one.
    SignatureOut,
}

/// What has come of a job.
pub enum Outcome {
    /// Heads, tails and pauses.
    Spacing(Known<Vec<SongSpacing>>),
    /// Gains.
    Levels(Known<Levels>),
    /// Portraits.
    Portraits(Known<Vec<Portrait>>),
    /// A new mix.
    Mix(Box<Arrived>),
    /// The file of a version.
    Version(Box<SourceRef>),
    /// Versions and how they lie: song, version, whether it fits, in words.
    Versions(Vec<(String, String, bool, String)>),
    /// It was given up.
    Stopped,
    /// Why there is nothing.
    Failed(String),
}

impl<T> Known<T> {
    /// Whether it is of this state.
    pub fn is_of(&self, session: &Arc<Session>, pass: &str) -> bool {
        self.pass == pass && Arc::ptr_eq(&self.of, session)
    }
}
