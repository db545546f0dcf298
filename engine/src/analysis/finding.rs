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
    ($($(#[$doc:meta])* $name:ident = $id:literal $(| $old:literal)*, $title:literal;)*) => {
        /// The sort of a finding.
        ///
        /// Ids are the words of the trade and stay. A sort that older files call otherwise (`clip_run`, `flat_top`,
        /// `silence_head` ...) is still read under its old name; what that name said more is in [`Finding::detail`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $id $(, alias = $old)*)] $name,)*
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

            /// The kind of an id, today's or an older one.
            pub fn from_id(id: &str) -> Option<Kind> {
                match id { $($id $(| $old)* => Some(Kind::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// The reconstructed signal exceeds its ceiling between the samples.
    TruePeakOver = "true_peak_over", "True-peak over";
    /// A sample beyond full scale (floating-point files only).
    SampleOver = "sample_over", "Sample over full scale";
    /// Cut crests: equal largest samples in a row, at full scale (`run`) or below it (`flat_top`).
    Clip = "clip" | "clip_run" | "flat_top", "Clipping";
    /// A few samples that do not belong to the programme.
    Click = "click", "Click";
    /// Many clicks close together.
    Crackle = "crackle", "Crackle";
    /// A click of several milliseconds: a thump, a plosive, a bad edit.
    Pop = "pop", "Pop";
    /// Sound missing for a moment: a digital `mute` or a tape `dip`.
    Dropout = "dropout", "Dropout";
    /// Two stretches joined where they do not fit: a `jump`, or a buffer that was played twice (`repeat`).
    Splice = "splice", "Splice";
    /// The mains and its harmonics.
    Hum = "hum", "Hum";
    /// A constant offset.
    DcOffset = "dc_offset", "DC offset";
    /// One channel upside down against the other.
    Polarity = "polarity", "Inverted polarity";
    /// One channel louder than the programme's own balance.
    Imbalance = "imbalance", "Channel imbalance";
    /// One channel later than the other.
    Delay = "delay", "Delay between channels";
    /// Left and right cancel: over the whole band (`wide`) or in the bass (`low`).
    Phase = "phase" | "out_of_phase", "Out of phase";
    /// Silence before (`head`), after (`tail`) or inside (`inside`) the programme.
    Silence = "silence" | "silence_head" | "silence_tail" | "silence_inside", "Silence";
    /// A file without any sound from end to end.
    Silent = "silent", "Silent throughout";
    /// The file starts (`top`) or ends (`tail`) in the middle of a sound.
    Truncated = "truncated" | "truncated_start" | "truncated_end", "Cut-off sound";
    /// The background changes its level.
    NoiseFloor = "noise_floor", "Noise floor change";
    /// Harmonics rise suddenly.
    Distortion = "distortion", "Distortion";
    /// Samples that are not finite numbers.
    NotANumber = "not_a_number", "Not a number";
    /// One channel carries nothing.
    DeadChannel = "dead_channel", "Silent channel";
    /// Both channels are the same.
    DualMono = "dual_mono", "Dual mono";
    /// A bit that never changes while those above and below it do.
    StuckBits = "stuck_bits", "Stuck bits";
    /// Fewer bits in use than the file claims.
    PaddedBits = "padded_bits" | "padded_depth", "Padded bit depth";
    /// A rate the material does not use: it was converted from a lower one.
    Upsampled = "upsampled", "Upsampled";
    /// The material has been through a lossy encoder.
    LossyOrigin = "lossy_origin", "Lossy origin";
    /// A 24-bit file that carries 16 bits with noise shaping.
    NoiseShaped = "noise_shaped_16_in_24", "Noise-shaped 16 bits in 24";
    /// A song louder or softer than the album.
    LevelOutlier = "level_outlier", "Level unlike the album";
    /// A song brighter or darker than the album.
    ToneOutlier = "tone_outlier", "Tone unlike the album";
    /// A pause unlike the album's others.
    GapOutlier = "gap_outlier", "Gap unlike the album";
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
    /// The form its kind takes (`head`, `mute`, `flat_top`, `50 Hz` ...), where a kind has several.
    #[serde(default)]
    pub detail: Option<String>,
    /// How many single events it gathers.
    #[serde(default = "one")]
    pub count: u64,
}

fn one() -> u64 {
    1
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
            detail: None,
            count: 1,
        };
        finding.identify();
        finding
    }

    /// Whether the two share any time.
    pub fn overlaps(&self, other: &Finding) -> bool {
        self.start_s.0 < other.end_s.0 && other.start_s.0 < self.end_s.0
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

    /// States which form of its kind it is.
    pub fn detailed(mut self, detail: impl Into<String>) -> Finding {
        self.detail = Some(detail.into());
        self.identify();
        self
    }

    /// States how many single events it gathers.
    pub fn gathering(mut self, count: u64) -> Finding {
        self.count = count.max(1);
        self
    }

    /// Kind and form in words: `Silence (head)`, `True-peak over (12)`.
    pub fn title(&self) -> String {
        let number = (self.count > 1).then(|| self.count.to_string());
        let words: Vec<String> = self.detail.clone().into_iter().chain(number).collect();
        match words.is_empty() {
            true => self.kind.title().to_string(),
            false => format!("{} ({})", self.kind.title(), words.join(", ")),
        }
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

    /// Kind, form, channel, place and measured value; not the file's name, the song's, the limit or the state, so that a
    /// decision survives a rename, a new order and a new profile.
    fn identify(&mut self) {
        let measured = self.measured.map(|value| format!("{value:.3}")).unwrap_or_default();
        let channel = self.channel.map(|index| index.to_string()).unwrap_or_default();
        let end_us = (self.end_s.0 * 1e6).round() as i64;
        let detail = self.detail.as_deref().unwrap_or_default();
        let text = format!("{}{detail}|{channel}|{}|{end_us}|{measured}", self.kind.id(), self.start_frame.0);
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
            "detail",
            "count",
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
        assert!(Kind::ALL.iter().all(|kind| Kind::from_id(kind.id()) == Some(*kind)));
        assert!(Severity::Info < Severity::Warn && Severity::Warn < Severity::Fail);
    }

    #[test]
    fn older_names_are_still_read() {
        let mut value = serde_json::to_value(click(5)).unwrap();
        let object = value.as_object_mut().unwrap();
        object.remove("detail");
        object.remove("count");
        object["kind"] = "clip_run".into();
        let read: Finding = serde_json::from_value(value).unwrap();
        assert_eq!((read.kind, read.detail, read.count), (Kind::Clip, None, 1));
        assert_eq!(Kind::from_id("truncated_end"), Some(Kind::Truncated));
        assert_eq!(Kind::from_id("ghost"), None);
    }

    #[test]
    fn titles_say_form_and_number() {
        assert_eq!(click(5).title(), "Click");
        assert_eq!(click(5).gathering(12).title(), "Click (12)");
        assert_eq!(Finding::of_whole(Kind::Silence, Severity::Warn).detailed("head").title(), "Silence (head)");
    }
}
