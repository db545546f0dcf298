//! What a delivery holds, written beside it: enough to repeat the judgement years later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::evidence::{CodecEntry, PlatformEntry};
use super::normalise::LevelEntry;
use crate::codec;
use crate::container::ddp::cdtext::{Block, CdText};
use crate::render::Plan;
use crate::session::{Cassette, LedgerEntry, Session, SideName, Vinyl};

/// The manifest's file name inside a delivery.
pub const MANIFEST_NAME: &str = "manifest.json";

/// A delivery's contents. The keys only grow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this list.
    pub manifest: u32,
    /// What made it: name and version.
    pub program: String,
    /// Operating system and processor it was made on.
    pub platform: String,
    /// SHA-256 of the program's own file: files of another build are never taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The pass.
    pub pass: PassEntry,
    /// The album.
    pub album: AlbumEntry,
    /// Hashes of the plans that were rendered.
    pub plans: Vec<String>,
    /// The audio files that went in.
    pub sources: Vec<SourceEntry>,
    /// The files.
    pub files: Vec<FileEntry>,
    /// The judgement of the written files.
    pub verdicts: Vec<serde_json::Value>,
    /// What the true-peak guard did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<GuardEntry>,
    /// What was done to the songs' levels to reach the loudness of the pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelEntry>,
    /// Of a CD: its texts as the packs hold them, one block per language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cd_text: Vec<TextBlock>,
    /// Of a record: how its sides were cut on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vinyl: Option<VinylEntry>,
    /// Of a cassette: tape and shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cassette: Option<Cassette>,
    /// What was found in the sources and what was decided about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerEntry>,
    /// What came out of the shops' coders, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codecs: Vec<CodecEntry>,
    /// How loud the platforms of the profile play it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub playback: Vec<PlatformEntry>,
}

/// The pass as it was delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassEntry {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `streaming`, `cd`, `hi-res`, `broadcast`, `vinyl`, `cassette`, `copies`.
    pub kind: String,
    /// Profile that judged it.
    pub profile: String,
    /// Delivered word.
    pub depth: String,
    /// Dither.
    pub dither: String,
    /// Ceiling of the guard.
    pub ceiling_dbtp: Option<f64>,
}

/// What a record was cut on paper with: enough to cut its files again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VinylEntry {
    /// Disc, stylus and level.
    pub settings: Vinyl,
    /// The sides in order.
    pub sides: Vec<SideEntry>,
}

/// One side of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideEntry {
    /// Its letter.
    pub side: SideName,
    /// Its file.
    pub file: String,
    /// Its songs: title, first sector and one past the last.
    pub songs: Vec<(String, usize, usize)>,
}

/// The album's texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlbumEntry {
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// UPC or EAN.
    pub upc: Option<String>,
    /// Catalogue number.
    pub catalogue: Option<String>,
}

/// An audio file that went in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// Its id in the session.
    pub id: String,
    /// Its path in the session.
    pub path: String,
    /// SHA-256 of the file where it is known.
    pub sha256: Option<String>,
    /// Rate.
    pub sample_rate_hz: u32,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// One song.
    Song,
    /// The continuous programme.
    Programme,
    /// A song in another container or coding.
    Copy,
    /// The front cover.
    Cover,
    /// Where every sample comes from.
    Certificate,
    /// A CUE sheet.
    Cue,
    /// A table of contents.
    Toc,
    /// The ledger of findings as a table.
    Ledger,
    /// A file of a DDP fileset, in a folder of its own.
    Ddp,
    /// A PQ sheet.
    PqSheet,
    /// The texts of the album and its songs, for labels and distributors.
    LabelCopy,
    /// What was measured and judged, on paper.
    Report,
    /// One side of a record or a cassette.
    Side,
    /// The sheet of the sides of a record: songs, times, codes, run-out texts.
    SideSheet,
    /// How the sides lie on the disc, for whoever cuts them.
    LatheNotes,
    /// Level tones for whoever copies a cassette.
    Tones,
    /// The track list of a cassette's card.
    JCard,
    /// How a cassette goes to tape, for whoever copies it.
    TapeNotes,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name inside the delivery.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// MD5, which plants and shops ask for.
    pub md5: String,
    /// SHA-256 of everything that decides what is in it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Whether it is the file of an earlier delivery, identical by SHA-256; read back and compared with the render then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_over: bool,
    /// Of audio: everything else.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioEntry>,
}

/// What is known about an audio file of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioEntry {
    /// The song's id; of the programme none.
    pub song: Option<String>,
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// ISRC.
    pub isrc: Option<String>,
    /// Length.
    pub frames: u64,
    /// Rate.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: usize,
    /// First frame on the programme.
    pub start_frame: u64,
    /// Of a CD: where its track begins on the programme, in minutes, seconds, CD frames.
    pub start_cd: Option<String>,
    /// Of a CD: the number of its track; absent where it sounds in a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u8>,
    /// Whether the file's samples equal the render's, bit for bit: true in a delivery but for lossy copies.
    pub null_against_render: bool,
    /// SHA-256 of the render's samples, frame by frame as 64-bit floats: the null against the render can be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render_sha256: Option<String>,
    /// Of a copy: how it was made and what it says about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<CopyEntry>,
    /// Whether the song was requantised, and with which dither.
    pub dither: Option<String>,
    /// Rate conversions its audio went through: source, from, to.
    pub conversions: Vec<ConversionEntry>,
    /// What was measured in the written file.
    pub measured: serde_json::Value,
}

/// The texts of a disc in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextBlock {
    /// The language, in English.
    pub language: String,
    /// How letters are stored.
    pub letters: String,
    /// By kind: the disc's text, then one for each track.
    pub texts: BTreeMap<String, Vec<String>>,
}

impl TextBlock {
    /// Every block of a fileset's texts.
    pub(super) fn of(text: &CdText) -> Vec<TextBlock> {
        let texts = |block: &Block| {
            block.strings.iter().map(|(kind, strings)| (kind.name().to_string(), strings.clone())).collect()
        };
        let block = |block: &Block| TextBlock {
            language: block.language.name().to_string(),
            letters: block.charset.name().to_string(),
            texts: texts(block),
        };
        text.blocks.iter().map(block).collect()
    }
}

/// A song in another container or coding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyEntry {
    /// `flac`, or the id of a lossy tier.
    pub coding: String,
    /// What encoded it: name and version.
    pub encoder: String,
    /// What decoded it again; none where that cannot make a difference.
    pub decoder: Option<String>,
    /// SHA-256 of what it decodes to, frame by frame as 64-bit floats.
    pub decoded_sha256: String,
    /// What it took, kilobits per second.
    pub kilobits: Option<f64>,
    /// Of a lossy file: how it lies beside the render.
    pub proof: Option<codec::Proof>,
    /// Its tags, under the names of Vorbis comments.
    pub tags: Vec<(String, String)>,
    /// SHA-256 of the picture in it.
    pub cover_sha256: Option<String>,
}

/// Where a song's file begins on the programme.
pub(super) struct SongStart {
    /// Frame at the delivered rate.
    pub(super) frame: u64,
    /// Of a CD: where its track begins.
    pub(super) cd: Option<String>,
    /// Of a CD: its track.
    pub(super) track: Option<u8>,
}

/// One rate conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversionEntry {
    /// The source's id, or `programme` for the way out.
    pub what: String,
    /// From.
    pub from_hz: u32,
    /// To.
    pub to_hz: u32,
}

/// One action of the true-peak guard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardEntry {
    /// When, on the programme.
    pub at_s: f64,
    /// How long.
    pub length_s: f64,
    /// Deepest reduction.
    pub deepest_db: f64,
}

impl Manifest {
    /// A manifest without files.
    pub(super) fn new(session: &Session, plan: &Plan) -> Manifest {
        let text = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        let pass = &plan.pass;
        Manifest {
            manifest: 1,
            program: format!("Lacquer {}", env!("CARGO_PKG_VERSION")),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            build: super::earlier::build().map(str::to_owned),
            pass: PassEntry {
                id: pass.id.clone(),
                name: pass.name.clone(),
                kind: match pass.kind {
                    crate::session::PassKind::Streaming => "streaming".into(),
                    crate::session::PassKind::Cd => "cd".into(),
                    crate::session::PassKind::HiRes => "hi-res".into(),
                    crate::session::PassKind::Broadcast => "broadcast".into(),
                    crate::session::PassKind::Vinyl => "vinyl".into(),
                    crate::session::PassKind::Cassette => "cassette".into(),
                    crate::session::PassKind::Copies => "copies".into(),
                },
                profile: pass.profile.clone(),
                depth: pass.depth.to_string(),
                dither: pass.dither.id().into(),
                ceiling_dbtp: pass.ceiling.map(|ceiling| ceiling.0),
            },
            album: AlbumEntry {
                title: session.album.title.clone(),
                artist: session.album.artist.clone(),
                upc: text(&session.album.upc),
                catalogue: text(&session.album.catalogue),
            },
            plans: Vec::new(),
            sources: Vec::new(),
            files: Vec::new(),
            verdicts: Vec::new(),
            guard: Vec::new(),
            levels: Vec::new(),
            cd_text: Vec::new(),
            vinyl: None,
            cassette: None,
            ledger: Vec::new(),
            codecs: Vec::new(),
            playback: Vec::new(),
        }
    }
}
