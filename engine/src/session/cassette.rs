//! What a cassette pass asks of the document beyond sound: the tape and the shell. Songs lie on sides as on a record.

use serde::{Deserialize, Serialize};

use super::Unknown;
use crate::medium::cassette::TapeType;

/// Tape and shell of a cassette pass.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cassette {
    /// The tape.
    pub tape: TapeType,
    /// Minutes of the shell, both sides together; 0 is the shortest in stock that takes both.
    pub shell: u32,
    /// Whether the duplicator encodes Dolby B: less hiss where it is decoded, brighter where it is not.
    #[serde(skip_serializing_if = "is_off")]
    pub dolby: bool,
    /// Whether level tones go with the sides, in a file of their own.
    #[serde(skip_serializing_if = "is_off")]
    pub tones: bool,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

fn is_off(switch: &bool) -> bool {
    !switch
}
