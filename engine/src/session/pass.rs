use serde::{Deserialize, Serialize};

use super::{Cassette, ChainSettings, Clip, Fade, Offsets, SideName, Unknown, Vinyl};
use crate::container::name::Rule;
use crate::dsp::dither::Dither;
use crate::dsp::fade::Shape;
use crate::dsp::resample::{Filter, Phase, Steepness};
use crate::unit::{CdFrame, Db, Dbtp, Lufs, SampleRate, Seconds};

/// One way out of the room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// Stable id: `streaming`, `cd`.
    pub id: String,
    /// Name in the window.
    pub name: String,
    /// What is made of it.
    pub kind: PassKind,
    /// Profile it is judged by (a file of `assets/profiles`, or a house profile of that name).
    pub profile: String,
    /// Delivered rate.
    #[serde(default)]
    pub rate: Rate,
    /// Delivered word.
    #[serde(default)]
    pub depth: Depth,
    /// Dither of the last requantisation.
    #[serde(default)]
    pub dither: Dither,
    /// Where the pass band of a rate conversion ends.
    #[serde(default, skip_serializing_if = "is_default")]
    pub steepness: Steepness,
    /// Phase of a rate conversion.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: Phase,
    /// True-peak ceiling of the guard at the delivered rate; absent means no guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Dbtp>,
    /// The loudness every song is brought to by its gain when the pass is delivered; absent leaves the levels alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Lufs>,
    /// Whether the guard may hold peaks down to reach that loudness; else a song stays as loud as its peaks allow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limit: bool,
    /// Pattern of the songs' file names, as `{track:02} {title}`; empty means that one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub names: String,
    /// Which letters file names may have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub letters: Letters,
    /// Of listening copies: what is made, by the ids of codings (`flac`, `mp3-320`, `aac-256` ...).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
    /// The other version of the songs that this pass plays, by its id (`instrumental`); empty is the songs' own. A song without
    /// such a version is left out of the pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Of a disc: how far marks stand from the sound.
    #[serde(default, skip_serializing_if = "Offsets::is_default")]
    pub offsets: Offsets,
    /// Album chain; absent in a later pass means the main pass's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainSettings>,
    /// Of a vinyl pass: the disc and the cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vinyl: Option<Vinyl>,
    /// Of a cassette pass: the tape and the shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cassette: Option<Cassette>,
    /// Order, joins and overrides; empty in a later pass means the main pass's sequence.
    #[serde(default, rename = "entry")]
    pub entries: Vec<Entry>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a pass makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassKind {
    /// One 24-bit file per song at its native rate.
    Streaming,
    /// A continuous 44.1 kHz, 16-bit programme.
    Cd,
    /// One WAV and one FLAC file per song at its native rate, with a certificate of where every sample comes from.
    HiRes,
    /// One Broadcast Wave file per song at one rate, with its loudness in the header.
    Broadcast,
    /// One continuous file per side, cut on paper, with the sheets a cutting room asks for.
    Vinyl,
    /// One continuous file per side for a duplicator, with a J-card and notes.
    Cassette,
    /// Tagged files to listen to: lossless and lossy codings of every song, with art and playback gain.
    Copies,
}

/// Which letters a file name may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Letters {
    /// All that every system takes.
    #[default]
    Any,
    /// Plain ASCII; what has a likeness there is transliterated.
    Ascii,
    /// Plain ASCII without spaces, at most 60 bytes: shops.
    Shop,
}

impl Letters {
    /// What a name may hold.
    pub fn rule(self) -> Rule {
        match self {
            Letters::Any => Rule::ANY,
            Letters::Ascii => Rule::ASCII,
            Letters::Shop => Rule::SHOP,
        }
    }
}

/// The delivered rate of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rate {
    /// Each song at the rate of its sources.
    #[default]
    Native,
    /// One rate for all.
    Hz(SampleRate),
}

/// The delivered word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Depth {
    /// 16-bit integers.
    #[serde(rename = "16")]
    Int16,
    /// 24-bit integers.
    #[default]
    #[serde(rename = "24")]
    Int24,
    /// 32-bit integers.
    #[serde(rename = "32")]
    Int32,
    /// 32-bit floats.
    #[serde(rename = "32f")]
    Float32,
    /// 64-bit floats.
    #[serde(rename = "64f")]
    Float64,
}

impl Depth {
    /// Bits of an integer word; `None` for floats.
    pub fn integer_bits(self) -> Option<u8> {
        match self {
            Depth::Int16 => Some(16),
            Depth::Int24 => Some(24),
            Depth::Int32 => Some(32),
            Depth::Float32 | Depth::Float64 => None,
        }
    }
}

/// One song in the sequence of a pass. What is absent is inherited: from the main pass's entry, then from the song.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The song.
    pub song: String,
    /// How this song follows the one before; of the first song, the pause before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// Level after the song chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain: Option<Db>,
    /// Fade at the head. A length of zero takes an inherited fade away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fade_in: Option<Fade>,
    /// Fade at the tail. A length of zero takes an inherited fade away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fade_out: Option<Fade>,
    /// Other clips than the song's own (another edit for this pass).
    #[serde(default, rename = "clip", skip_serializing_if = "Option::is_none")]
    pub clips: Option<Vec<Clip>>,
    /// On a disc: the song has no track of its own, it sounds in the pause of the next one (before track 1, or between
    /// two), or at the end of the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// Other indices than the song's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indices: Option<Vec<CdFrame>>,
    /// Of a record or a cassette: the song begins this side; absent, it lies on the side of the song before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<SideName>,
    /// Another lead than the song's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<CdFrame>,
    /// Another song chain for this pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainSettings>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What lies between two songs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// Silence of this length; negative lets the songs overlap at full level. In a CD pass the next song starts on the
    /// nearest CD frame at or after it.
    Gap(Seconds),
    /// Both songs sound for this long, the first with `out`, the second with `in` as its curve.
    Crossfade {
        /// Length of the overlap.
        length: Seconds,
        /// Curve of the song that ends.
        out: Shape,
        /// Curve of the song that begins.
        #[serde(rename = "in")]
        into: Shape,
    },
}

impl Default for Join {
    /// Two seconds: the pause a CD player expects where nothing else was said.
    fn default() -> Join {
        Join::Gap(Seconds(2.0))
    }
}

/// A value that every session before it had need not stand in the file.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Pass {
    /// The filter of every rate conversion on the way to this pass's files.
    pub fn filter(&self) -> Filter {
        Filter { steepness: self.steepness, phase: self.phase }
    }

    /// The streaming pass of a new album: native rate, 24 bits, -1 dBTP guard off until the engineer sets a ceiling.
    pub fn streaming() -> Pass {
        Pass {
            id: "streaming".into(),
            name: "Streaming".into(),
            kind: PassKind::Streaming,
            profile: "streaming".into(),
            rate: Rate::Native,
            depth: Depth::Int24,
            dither: Dither::Tpdf,
            steepness: Steepness::default(),
            phase: Phase::default(),
            ceiling: None,
            normalise: None,
            limit: false,
            names: String::new(),
            letters: Letters::default(),
            copies: Vec::new(),
            version: String::new(),
            offsets: Offsets::default(),
            chain: Some(ChainSettings::default()),
            vinyl: None,
            cassette: None,
            entries: Vec::new(),
            unknown: Unknown::new(),
        }
    }

    /// The hi-res pass of a new album: native rate, 24 bits, nothing converted on the way.
    pub fn hi_res() -> Pass {
        let (id, name, profile) = ("hi-res".into(), "Hi-res".into(), "hi-res".into());
        Pass { id, name, profile, kind: PassKind::HiRes, chain: None, ..Pass::streaming() }
    }

    /// The broadcast pass of a new album: 48 kHz, 24 bits, a true peak of at most -1 dBTP (EBU R 128).
    pub fn broadcast() -> Pass {
        Pass {
            id: "broadcast".into(),
            name: "Broadcast".into(),
            kind: PassKind::Broadcast,
            profile: "ebu-r128".into(),
            rate: Rate::Hz(SampleRate(48_000)),
            ceiling: Some(Dbtp(-1.0)),
            chain: None,
            ..Pass::streaming()
        }
    }

    /// The vinyl pass of a new album: 12 inches at 33 1/3, 24 bits, everything on side A until songs are dealt to sides.
    pub fn vinyl() -> Pass {
        let (id, name, profile) = ("vinyl".into(), "Vinyl".into(), "vinyl".into());
        let vinyl = Some(Vinyl::default());
        Pass { id, name, profile, kind: PassKind::Vinyl, vinyl, chain: None, ..Pass::streaming() }
    }

    /// The cassette pass of a new album: type I, the shortest shell in stock, 24 bits.
    pub fn cassette() -> Pass {
        let (id, name, profile) = ("cassette".into(), "Cassette".into(), "cassette".into());
        let cassette = Some(Cassette::default());
        Pass { id, name, profile, kind: PassKind::Cassette, cassette, chain: None, ..Pass::streaming() }
    }

    /// The pass of listening copies of a new album: lossless, and the two lossy codings every player takes.
    pub fn copies() -> Pass {
        let (id, name) = ("copies".into(), "Listening copies".into());
        let copies = ["flac", "mp3-320", "aac-256"].map(String::from).to_vec();
        let names = "{track:02} - {artist} - {title}".into();
        Pass { id, name, kind: PassKind::Copies, copies, names, chain: None, ..Pass::streaming() }
    }

    /// The CD pass of a new album: 44.1 kHz, 16 bits, shaped dither, everything else inherited.
    pub fn cd() -> Pass {
        Pass {
            id: "cd".into(),
            name: "CD".into(),
            kind: PassKind::Cd,
            profile: "cd".into(),
            rate: Rate::Hz(SampleRate::CD),
            depth: Depth::Int16,
            dither: Dither::ShapedStandard,
            chain: None,
            ..Pass::streaming()
        }
    }
}
