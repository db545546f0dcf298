use std::fmt;

use crate::unit::{Frames, SampleRate};

/// What is wrong with a file that can still be imported, up to where it is sound.
#[derive(Debug, Clone, PartialEq)]
pub enum Damage {
    /// The header claims more audio than the file holds.
    Truncated {
        /// Byte offset of the audio data.
        offset: u64,
        /// Length that the header claims.
        claimed: Frames,
        /// Length that is there.
        held: Frames,
        /// Frames per second of both lengths.
        rate: SampleRate,
    },
    /// The header was never completed (a streamed or interrupted recording): the data runs to the end of the file.
    Unfinished {
        /// Byte offset of the audio data.
        offset: u64,
        /// Length that is there.
        held: Frames,
        /// Frames per second.
        rate: SampleRate,
    },
    /// The data does not end on a whole frame; the part of a frame is left out.
    Ragged {
        /// Byte offset of the part of a frame.
        offset: u64,
        /// How many bytes are left out.
        bytes: u64,
    },
    /// The compressed data cannot be decoded from some place on.
    Corrupt {
        /// The first frame that is lost.
        frame: Frames,
        /// Frames per second.
        rate: SampleRate,
        /// What the decoder said.
        detail: String,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Truncated { offset, claimed, held, rate } => write!(
                f,
                "truncated: header says {}, data holds {} (audio data begins at byte {offset})",
                length(*claimed, *rate),
                length(*held, *rate)
            ),
            Damage::Unfinished { offset, held, rate } => write!(
                f,
                "the header was never completed; the data from byte {offset} to the end of the file holds {}",
                length(*held, *rate)
            ),
            Damage::Ragged { offset, bytes } => {
                write!(f, "the data ends inside a frame: {bytes} bytes at byte {offset} are left out")
            }
            Damage::Corrupt { frame, rate, detail } => {
                write!(f, "cannot be decoded from {} on (frame {}): {detail}", length(*frame, *rate), frame.0)
            }
        }
    }
}

fn length(frames: Frames, rate: SampleRate) -> String {
    let seconds = frames.seconds(rate).0;
    if seconds >= 10.0 { format!("{seconds:.0} s") } else { format!("{seconds:.3} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_reads_as_a_sentence() {
        let rate = SampleRate(1);
        let damage = Damage::Truncated { offset: 44, claimed: Frames(214), held: Frames(198), rate };
        assert!(damage.to_string().starts_with("truncated: header says 214 s, data holds 198 s"));
    }
}
