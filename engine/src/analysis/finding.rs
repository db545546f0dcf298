//! A finding: something audible or measurable that is wrong at a place, with its value and the limit it broke.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::unit::{Frames, SampleRate, Seconds};

/// How much a finding or a check matters, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// To be listened to before delivery.
    Warn,
    /// Not deliverable as it is.
    Fail,
}

/// What the engineer has decided about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody has decided yet.
    #[default]
    Open,
    /// Repaired or edited away.
    Fixed,
    /// Accepted, with a reason kept in the session.
    Waived,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal;)*) => {
        /// The sort of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// The stable text id: what files and machine output say.
            pub fn id(self) -> &'static str {
                match self { $(Kind::$name => $id,)* }
            }

            /// What an engineer calls it.
            pub fn title(self) -> &'static str {
                match self { $(Kind::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// The reconstructed signal exceeds its ceiling between the samples.
    TruePeakOver = "true_peak_over", "True-peak over";
    /// A sample beyond full scale (floating-point files only).
    SampleOver = "sample_over", "Sample over full scale";
    /// Consecutive samples at the same largest code.
    ClipRun = "clip_run", "Clipped run";
    /// Flat tops below full scale: clipped before, turned down after.
    FlatTop = "flat_top", "Flat tops below full scale";
    /// A few samples that do not belong to the programme.
    Click = "click", "Click";
    /// A constant offset.
    DcOffset = "dc_offset", "DC offset";
    /// Too much or too little silence before the first sound.
    SilenceHead = "silence_head", "Silence at the head";
    /// Too much silence after the last sound.
    SilenceTail = "silence_tail", "Silence at the tail";
    /// Silence inside the programme.
    SilenceInside = "silence_inside", "Silence inside";
    /// A file without any sound from end to end.
    Silent = "silent", "Silent throughout";
    /// The file starts in the middle of a sound.
    TruncatedStart = "truncated_start", "Cut-off start";
    /// The file ends in the middle of a sound.
    TruncatedEnd = "truncated_end", "Cut-off end";
    /// A short digital mute inside music.
    Dropout = "dropout", "Dropout";
    /// Samples that are not finite numbers.
    NotANumber = "not_a_number", "Not a number";
    /// Left and right cancel.
    OutOfPhase = "out_of_phase", "Out of phase";
    /// One channel carries nothing.
    DeadChannel = "dead_channel", "Silent channel";
    /// Both channels are the same.
    DualMono = "dual_mono", "Dual mono";
    /// Fewer bits in use than the file claims.
    PaddedDepth = "padded_depth", "Padded bit depth";
    /// An identifier that breaks its syntax.
    Identifier = "identifier", "Identifier";
    /// An identifier used twice.
    DuplicateIdentifier = "duplicate_identifier", "Duplicate identifier";
    /// An identifier or text that is asked for and not there.
    MissingMetadata = "missing_metadata", "Missing metadata";
    /// A rate, depth, layout or length the target does not take.
    Format = "format", "Format";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// One finding. The serialised keys are part of the command line's contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable over runs and moves of the file: made of what was found and where in the programme.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The song it belongs to, where there is one.
    pub song: Option<String>,
    /// The file it was found in, where there is one.
    pub file: Option<String>,
    /// Its first frame.
    pub start_frame: Frames,
    /// Its first frame in seconds.
    pub start_s: Seconds,
    /// The frame after its last, in seconds.
    pub end_s: Seconds,
    /// The channel, counted from 0; `None` where it concerns all of them.
    pub channel: Option<usize>,
    /// What was measured, in `unit`.
    pub measured: Option<f64>,
    /// The limit it broke, in `unit`.
    pub limit: Option<f64>,
    /// The unit of both.
    pub unit: String,
    /// How much it matters.
    pub severity: Severity,
    /// How sure the detector is, 0 to 1.
    pub confidence: f64,
    /// What has been decided about it.
    pub state: State,
}

impl Finding {
    /// A finding over `start..end` at a rate; certain, open, without values. Its id follows from these arguments.
    pub fn new(kind: Kind, severity: Severity, start: Frames, end: Frames, rate: SampleRate) -> Finding {
        let mut finding = Finding {
            id: String::new(),
            kind,
            song: None,
            file: None,
            start_frame: start,
            start_s: start.seconds(rate),
            end_s: end.seconds(rate),
            channel: None,
            measured: None,
            limit: None,
            unit: String::new(),
            severity,
            confidence: 1.0,
            state: State::Open,
        };
        finding.identify();
        finding
    }

    /// A finding about the whole of something rather than a place in it.
    pub fn of_whole(kind: Kind, severity: Severity) -> Finding {
        Finding::new(kind, severity, Frames(0), Frames(0), SampleRate(1))
    }

    /// Names the channel.
    pub fn in_channel(mut self, channel: usize) -> Finding {
        self.channel = Some(channel);
        self.identify();
        self
    }

    /// States what was measured against which limit.
    pub fn measuring(mut self, measured: f64, limit: Option<f64>, unit: &str) -> Finding {
        self.measured = Some(measured).filter(|value| value.is_finite());
        self.limit = limit;
        self.unit = unit.to_string();
        self.identify();
        self
    }

    /// States how sure the detector is (0 to 1).
    pub fn with_confidence(mut self, confidence: f64) -> Finding {
        self.confidence = confidence.clamp(0.0, 1.0);
        self
    }

    /// Names the song.
    pub fn in_song(mut self, song: impl Into<String>) -> Finding {
        self.song = Some(song.into());
        self
    }

    /// Names the file.
    pub fn in_file(mut self, file: impl Into<String>) -> Finding {
        self.file = Some(file.into());
        self
    }

    /// Kind, channel, place and measured value; not the file's name, the song's, the limit or the state, so that a
    /// decision survives a rename, a new order and a new profile.
    fn identify(&mut self) {
        let measured = self.measured.map(|value| format!("{value:.3}")).unwrap_or_default();
        let channel = self.channel.map(|index| index.to_string()).unwrap_or_default();
        let end_us = (self.end_s.0 * 1e6).round() as i64;
        let text = format!("{}|{channel}|{}|{end_us}|{measured}", self.kind.id(), self.start_frame.0);
        let digest = Sha256::digest(text.as_bytes());
        self.id = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn click(start: u64) -> Finding {
        Finding::new(Kind::Click, Severity::Warn, Frames(start), Frames(start + 3), SampleRate(48_000))
            .in_channel(1)
            .measuring(23.5, Some(10.0), "sigma")
    }

    #[test]
    fn the_id_follows_the_content() {
        assert_eq!(click(100).id, click(100).in_song("One").in_file("a.wav").id);
        assert_ne!(click(100).id, click(101).id);
        assert_ne!(click(100).id, click(100).in_channel(0).id);
        assert_eq!(click(100).id.len(), 12);
    }

    #[test]
    fn the_keys_are_the_contract() {
        let value = serde_json::to_value(click(48_000)).unwrap();
        let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        let contract = [
            "id",
            "kind",
            "song",
            "file",
            "start_frame",
            "start_s",
            "end_s",
            "channel",
            "measured",
            "limit",
            "unit",
            "severity",
            "confidence",
            "state",
        ];
        assert_eq!(keys, contract);
        assert_eq!(value["kind"], "click");
        assert_eq!(value["severity"], "warn");
        assert_eq!(value["state"], "open");
        assert_eq!(value["start_s"], 1.0);
        assert_eq!(serde_json::from_value::<Finding>(value).unwrap(), click(48_000));
    }

    #[test]
    fn kinds_have_one_id_each() {
        let mut ids: Vec<_> = Kind::ALL.iter().map(|kind| kind.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Kind::ALL.len());
        assert!(Severity::Info < Severity::Warn && Severity::Warn < Severity::Fail);
    }
}
