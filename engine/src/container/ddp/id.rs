//! DDPID: what the fileset is, in 128 bytes.

use super::fault::{Code, Fault};
use super::field::{Record, field, number, text, unprintable};

/// Bytes of a DDPID.
pub(super) const LENGTH: usize = 128;
/// The level this room reads and writes.
pub(super) const LEVEL: &str = "DDP 2.00";
/// Most bytes of user text.
const MOST_TEXT: u64 = 33;
/// Fields that hold a number or nothing: offset, length, name. The size of the user text is looked at by itself.
const NUMBERS: [(usize, usize, &str); 3] = [(21, 8, "MSS"), (29, 8, "MSL"), (37, 1, "MED")];

/// What a DDPID says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Level of the format: `DDP 2.00`.
    pub level: String,
    /// UPC or EAN: 13 digits, or empty.
    pub upc: String,
    /// Master id: known to the plant, not on the disc.
    pub master: String,
    /// `CD`.
    pub kind: String,
    /// User text.
    pub text: String,
}

impl Identity {
    /// The identity of an audio disc. `upc` has 13 digits or is empty; `master` is cut at 48 characters.
    pub fn disc(upc: &str, master: &str) -> Identity {
        Identity { level: LEVEL.into(), upc: upc.into(), master: master.into(), kind: "CD".into(), text: String::new() }
    }

    /// The 128 bytes. User text is left blank: programs disagree about where its size stands.
    pub fn encode(&self) -> Vec<u8> {
        let mut record = Record::blank(LENGTH);
        record.text(0, 8, &self.level);
        record.text(8, 13, &self.upc);
        record.text(38, 48, &self.master);
        record.text(87, 2, &self.kind);
        record.into_bytes()
    }

    /// Reads a DDPID of any length, as far as it goes, and notes its faults.
    pub(super) fn decode(bytes: &[u8], file: &str, faults: &mut Vec<Fault>) -> Identity {
        let identity = Identity {
            level: text(bytes, 0, 8),
            upc: text(bytes, 8, 13),
            master: text(bytes, 38, 48),
            kind: text(bytes, 87, 2),
            text: text(bytes, 95, 33),
        };
        if bytes.len() != LENGTH {
            faults.push(Fault::fail(Code::IdLength, file, format!("it has {} bytes, not 128", bytes.len())));
        }
        if let Some(at) = unprintable(bytes) {
            faults.push(Fault::fail(Code::Ascii, file, format!("byte {at} is {:#04x}", bytes[at])));
        }
        if identity.level != LEVEL {
            faults.push(Fault::fail(Code::IdLevel, file, format!("the level is '{}', not '{LEVEL}'", identity.level)));
        }
        if identity.kind != "CD" {
            faults.push(Fault::fail(Code::IdType, file, format!("the type is '{}', not 'CD'", identity.kind)));
        }
        for (offset, length, name) in NUMBERS {
            if let Err(found) = number(bytes, offset, length) {
                faults.push(Fault::fail(Code::IdNumber, file, format!("{name} holds '{found}'")));
            }
        }
        judge_text(bytes, file, faults);
        identity
    }
}

/// The user text and its size. The size stands at byte 93; one program writes it a byte later.
fn judge_text(bytes: &[u8], file: &str, faults: &mut Vec<Fault>) {
    let size = number(bytes, 93, 2).ok().flatten().or_else(|| number(bytes, 94, 2).ok().flatten());
    let held = field(bytes, 95, 33);
    let length = held.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last as u64 + 1);
    match size {
        Some(size) if size > MOST_TEXT => {
            faults.push(Fault::fail(Code::IdText, file, format!("the user text claims {size} bytes of {MOST_TEXT}")));
        }
        Some(size) if length > size + 1 => {
            faults.push(Fault::fail(
                Code::IdText,
                file,
                format!("{length} bytes of user text where {size} are stated"),
            ));
        }
        None if number(bytes, 93, 2).is_err() && number(bytes, 94, 2).is_err() => {
            faults.push(Fault::fail(Code::IdText, file, "the size of the user text is no number"));
        }
        None if length > 0 => {
            faults.push(Fault::warn(Code::IdText, file, "user text without a stated size"));
        }
        _ => {}
    }
}
