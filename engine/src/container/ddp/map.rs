//! DDPMS: one packet of 128 bytes per stream of the fileset.

use super::fault::{Code, Fault};
use super::field::{Record, number, text, unprintable};

/// Bytes of a packet.
pub(super) const LENGTH: usize = 128;
/// How every packet begins.
pub(super) const PREAMBLE: &str = "VVVM";
/// Kinds of stream the format knows.
const STREAMS: [&str; 9] = ["D0", "D2", "D3", "D4", "S0", "T0", "T1", "T2", "T3"];
/// Numeric fields that are looked at here: offset, length, name.
const NUMBERS: [(usize, usize, &str); 7] = [
    (6, 8, "DSP"),
    (42, 4, "PRE1"),
    (50, 4, "PST"),
    (54, 1, "MED"),
    (92, 4, "PRE1NXT"),
    (96, 8, "PAUSEADD"),
    (104, 9, "OFS"),
];

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Sectors of the disc.
    Data,
    /// The PQ descriptor.
    Points,
    /// CD-Text packs.
    Text,
    /// Anything else: lead-in, fill, R-W subcode, notes.
    Other,
}

/// One packet of the map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Packet {
    /// Kind of stream as written (DST): `D0`, `S0`.
    pub kind: String,
    /// Length (DSL): of descriptors in bytes, of data in sectors.
    pub length: Option<u64>,
    /// A-time of the first sector of a data stream (DSS).
    pub start: Option<u64>,
    /// Kind of a subcode stream (SUB).
    pub subcode: String,
    /// Mode of a data stream (CDM): `DA`.
    pub mode: String,
    /// Storage mode (SSM): `7` is complete sectors.
    pub storage: String,
    /// Scrambled flag (SCR).
    pub scrambled: String,
    /// Pause sectors at the start of the stream (PRE2); more than 9999 are left blank.
    pub pause: Option<u64>,
    /// Track the stream belongs to (TRK).
    pub track: String,
    /// ISRC, where one packet is one track.
    pub isrc: String,
    /// File name (DSI).
    pub name: String,
    /// Byte in the file at which the stream begins (OFS).
    pub offset: Option<u64>,
}

impl Packet {
    /// The packet of a descriptor of `bytes` bytes.
    pub fn descriptor(subcode: &str, name: &str, bytes: u64) -> Packet {
        let track = if subcode == "CDTEXT" { "00" } else { "" };
        Packet {
            kind: "S0".into(),
            length: Some(bytes),
            subcode: subcode.into(),
            track: track.into(),
            name: name.into(),
            ..Packet::default()
        }
    }

    /// The packet of an image that begins with the pause before track 1, whose index 01 lies at `pause`.
    pub fn image(name: &str, sectors: u64, pause: u64) -> Packet {
        Packet {
            kind: "D0".into(),
            length: Some(sectors),
            start: Some(0),
            mode: "DA".into(),
            storage: "7".into(),
            scrambled: "0".into(),
            pause: Some(pause),
            name: name.into(),
            ..Packet::default()
        }
    }

    /// What the stream is.
    pub fn stream(&self) -> Stream {
        match (self.kind.as_str(), self.subcode.as_str()) {
            ("D0", _) => Stream::Data,
            ("S0", "PQ DESCR" | "PQDESCR") => Stream::Points,
            ("S0", "CDTEXT") => Stream::Text,
            _ => Stream::Other,
        }
    }

    /// The 128 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut record = Record::blank(LENGTH);
        record.text(0, 4, PREAMBLE);
        record.text(4, 2, &self.kind);
        record.number(14, 8, self.length);
        // Zero is written out: readers that look for a start find one, as in the sets of the big programs.
        if let Some(start) = self.start {
            record.text(22, 8, &format!("{start:08}"));
        }
        record.text(30, 8, &self.subcode);
        record.text(38, 2, &self.mode);
        record.text(40, 1, &self.storage);
        record.text(41, 1, &self.scrambled);
        record.number(46, 4, self.pause);
        record.text(55, 2, &self.track);
        record.text(59, 12, &self.isrc);
        record.number(71, 3, Some(17));
        record.text(74, 17, &self.name);
        record.number(104, 9, self.offset);
        record.into_bytes()
    }

    /// Reads one packet and notes its faults. `place` says which one it is.
    fn decode(bytes: &[u8], place: &str, file: &str, faults: &mut Vec<Fault>) -> Packet {
        let mut fail = |code, what: String| faults.push(Fault::fail(code, file, format!("{place}: {what}")));
        if let Some(at) = unprintable(bytes) {
            fail(Code::Ascii, format!("byte {at} is {:#04x}", bytes[at]));
        }
        let preamble = text(bytes, 0, 4);
        if preamble != PREAMBLE {
            fail(Code::MapPreamble, format!("it begins with '{preamble}'"));
        }
        let mut numeric = |offset, length, name: &str, code| {
            number(bytes, offset, length).unwrap_or_else(|found| {
                fail(code, format!("{name} holds '{found}'"));
                None
            })
        };
        for (offset, length, name) in NUMBERS {
            numeric(offset, length, name, Code::MapNumber);
        }
        let (length, start) = (numeric(14, 8, "DSL", Code::MapSize), numeric(22, 8, "DSS", Code::MapStart));
        let (pause, offset) = (numeric(46, 4, "PRE2", Code::MapPause), number(bytes, 104, 9).ok().flatten());
        let size = numeric(71, 3, "SIZ", Code::MapNameSize);
        let packet = Packet {
            kind: text(bytes, 4, 2),
            length,
            start,
            subcode: text(bytes, 30, 8),
            mode: text(bytes, 38, 2),
            storage: text(bytes, 40, 1),
            scrambled: text(bytes, 41, 1),
            pause,
            track: text(bytes, 55, 2),
            isrc: text(bytes, 59, 12),
            name: text(bytes, 74, 17),
            offset,
        };
        if size != Some(17) {
            let said = size.map_or("blank".into(), |size| size.to_string());
            fail(Code::MapNameSize, format!("the width of the name is {said}, not 17"));
        }
        packet.judge_words(&mut fail);
        packet
    }

    fn judge_words(&self, fail: &mut impl FnMut(Code, String)) {
        if !STREAMS.contains(&self.kind.as_str()) {
            return fail(Code::MapStream, format!("'{}' is no kind of stream", self.kind));
        }
        if self.kind == "S0" && self.stream() == Stream::Other {
            fail(Code::MapSubcode, format!("subcode '{}' is not covered", self.subcode));
        }
        if self.length.unwrap_or(0) == 0 {
            fail(Code::MapSize, "the stream has no length".into());
        }
        if self.name.is_empty() {
            fail(Code::MapName, "it names no file".into());
        } else if self.name.contains(['/', '\\', ':']) || self.name.starts_with('.') {
            fail(Code::MapName, format!("'{}' is no plain file name", self.name));
        }
        if self.stream() != Stream::Data {
            return;
        }
        if self.mode != "DA" {
            fail(Code::MapMode, format!("the mode is '{}', not 'DA'", self.mode));
        }
        if !matches!(self.storage.as_str(), "7" | "0") {
            fail(Code::MapStorage, format!("storage mode '{}' is not one of complete sectors (7)", self.storage));
        }
        if !matches!(self.scrambled.as_str(), "" | "0" | "1") {
            fail(Code::MapScrambled, format!("the scrambled flag is '{}'", self.scrambled));
        }
    }
}

/// Reads a DDPMS and notes its faults.
pub(super) fn decode(bytes: &[u8], file: &str, faults: &mut Vec<Fault>) -> Vec<Packet> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(LENGTH) {
        faults.push(Fault::fail(Code::MapLength, file, format!("{} bytes are no whole packets of 128", bytes.len())));
    }
    let packets = bytes.chunks_exact(LENGTH).enumerate();
    packets.map(|(index, bytes)| Packet::decode(bytes, &format!("packet {}", index + 1), file, faults)).collect()
}
