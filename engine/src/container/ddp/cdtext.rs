//! CD-Text: the bare packs of a disc's lead-in, in up to eight languages.
//!
//! A pack is type, track, sequence number, block and character position, twelve bytes of text, and a checksum; the
//! strings of one type run on back to back through the packs. Described in the documentation of libburn 1.5
//! (`doc/cdtext.txt`), whose packs ours equal byte for byte.

mod decode;
mod encode;
mod language;
mod letter;

pub(super) use decode::decode;
pub use encode::TooLong;
pub use language::{GENRES, Language};
pub use letter::Charset;

use std::collections::BTreeMap;

use crate::unit::CdFrame;

/// Bytes of a pack.
pub(super) const PACK_BYTES: usize = 18;
/// Most languages of a disc.
pub const MOST_BLOCKS: usize = 8;
/// Most packs of a language: 253 of text, three of size information.
pub(super) const MOST_PACKS: usize = 256;

/// The texts of a disc.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CdText {
    /// One block per language.
    pub blocks: Vec<Block>,
}

/// The texts of a disc in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The language.
    pub language: Language,
    /// How letters are stored.
    pub charset: Charset,
    /// 0, or 3 where the texts are under copyright.
    pub copyright: u8,
    /// Number of the first track.
    pub first: u8,
    /// Number of the last track.
    pub last: u8,
    /// The strings of each kind: the disc's, then one per track. A kind whose strings are all empty is not written.
    pub strings: BTreeMap<Kind, Vec<String>>,
    /// Genre of the disc.
    pub genre: Option<Genre>,
    /// Table of contents (0x88), where the packs hold one. It is read and checked, never written.
    pub toc: Option<Toc>,
}

/// What a string is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 0x80
    Title,
    /// 0x81
    Performer,
    /// 0x82
    Songwriter,
    /// 0x83
    Composer,
    /// 0x84
    Arranger,
    /// 0x85
    Message,
    /// 0x86: catalogue number, of the disc alone.
    DiscId,
    /// 0x8D: not shown by players.
    Closed,
    /// 0x8E: UPC of the disc, ISRCs of the tracks.
    Codes,
}

impl Kind {
    /// Every kind, in the order of their packs.
    pub const ALL: [Kind; 9] = [
        Kind::Title,
        Kind::Performer,
        Kind::Songwriter,
        Kind::Composer,
        Kind::Arranger,
        Kind::Message,
        Kind::DiscId,
        Kind::Closed,
        Kind::Codes,
    ];

    /// The type of its packs.
    pub fn code(self) -> u8 {
        match self {
            Kind::Title => 0x80,
            Kind::Performer => 0x81,
            Kind::Songwriter => 0x82,
            Kind::Composer => 0x83,
            Kind::Arranger => 0x84,
            Kind::Message => 0x85,
            Kind::DiscId => 0x86,
            Kind::Closed => 0x8D,
            Kind::Codes => 0x8E,
        }
    }

    /// The kind of a type of packs.
    pub fn of_code(code: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Title => "title",
            Kind::Performer => "performer",
            Kind::Songwriter => "songwriter",
            Kind::Composer => "composer",
            Kind::Arranger => "arranger",
            Kind::Message => "message",
            Kind::DiscId => "disc_id",
            Kind::Closed => "closed",
            Kind::Codes => "codes",
        }
    }

    /// Whether its letters are those of the block; identifiers are ASCII in every block.
    pub(super) fn is_prose(self) -> bool {
        self.code() <= 0x85
    }
}

/// A genre: a code of the table and a text of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genre {
    /// Code, 0 to 0x1B.
    pub code: u16,
    /// Text, ASCII.
    pub text: String,
}

/// A table of contents inside the texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toc {
    /// Lead-out.
    pub lead_out: CdFrame,
    /// Starts of the tracks, from the first.
    pub starts: Vec<CdFrame>,
}

impl Block {
    /// An empty block for `tracks` tracks.
    pub fn new(language: Language, charset: Charset, tracks: u8) -> Block {
        let (strings, genre, toc) = Default::default();
        Block { language, charset, copyright: 0, first: 1, last: tracks, strings, genre, toc }
    }

    /// Number of tracks.
    pub fn tracks(&self) -> usize {
        usize::from(self.last.saturating_add(1).saturating_sub(self.first))
    }

    /// A string of the disc (`place` 0) or of a track (1 is the first); empty where there is none.
    pub fn string(&self, kind: Kind, place: usize) -> &str {
        self.strings.get(&kind).and_then(|strings| strings.get(place)).map_or("", String::as_str)
    }

    /// Sets a string of the disc (`place` 0) or of a track (1 is the first).
    pub fn set(&mut self, kind: Kind, place: usize, text: &str) {
        let strings = self.strings.entry(kind).or_default();
        if strings.len() <= place {
            strings.resize(place + 1, String::new());
        }
        strings[place] = text.to_string();
    }

    /// Letters of the block's texts that its character code does not have: they are written by likeness, or as a sign.
    pub fn foreign_letters(&self) -> Vec<char> {
        let mut letters: Vec<char> = Vec::new();
        for (kind, strings) in &self.strings {
            let charset = if kind.is_prose() { self.charset } else { Charset::Ascii };
            letters.extend(strings.iter().flat_map(|text| text.chars()).filter(|letter| !charset.has(*letter)));
        }
        letters.sort_unstable();
        letters.dedup();
        letters
    }
}

/// The checksum of a pack's first 16 bytes: polynomial 0x1021 from zero, complemented (as in the Q subcode).
pub(super) fn checksum(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
    }
    !crc
}
