use std::fmt::{self, Write};
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{Kind, Method};
use crate::param::{SlotIndex, Values};
use crate::unit::{Db, SampleRate, Seconds};

/// No source is longer than this in frames: a day at 384 kHz, and 65 times more.
pub const MOST_FRAMES: u64 = 1 << 41;

/// One repair of one source, every value decided.
#[derive(Clone)]
pub struct Task {
    /// Its id in the session; not part of what it does.
    pub id: String,
    /// What is done.
    pub kind: &'static Kind,
    /// Version of the algorithm the repair was made with; what is done is the version of this build.
    pub version: u32,
    /// Frames of the source; not empty, inside the source.
    pub span: Range<u64>,
    /// Channels of the source, ascending.
    pub channels: Vec<usize>,
    /// The parameters.
    pub values: Values,
    /// A drawn course, in time from the span's start; straight in dB between the points.
    pub points: Vec<(Seconds, Db)>,
    /// Frames to learn from (the noise alone).
    pub learn: Option<Range<u64>>,
}

/// Everything that decides a sample: plans are hashed by it.
impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl PartialEq for Task {
    fn eq(&self, other: &Task) -> bool {
        self.id == other.id && self.text() == other.text()
    }
}

impl Task {
    /// Everything that decides a sample, in words; the id is left out.
    fn text(&self) -> String {
        let table = self.kind.table;
        let mut text = format!("{} {} {:?} {:?}", table.id, table.version, self.span, self.channels);
        for slot in 0..table.slots() {
            // Writing into a String cannot fail.
            let _ = write!(text, " {:x}", self.values.at(SlotIndex(slot as u16)).to_bits());
        }
        for (at, gain) in &self.points {
            let _ = write!(text, " {:x}:{:x}", at.0.to_bits(), gain.0.to_bits());
        }
        if let Some(learn) = &self.learn {
            let _ = write!(text, " learn {learn:?}");
        }
        text
    }

    /// What the repair listens to, in frames of the source.
    pub(super) fn heard(&self, rate: SampleRate) -> Range<u64> {
        let reach = (self.kind.reach)(rate).0;
        self.span.start.saturating_sub(reach)..self.span.end.saturating_add(reach)
    }

    /// Whether a worker has to compute it.
    pub fn is_computed(&self) -> bool {
        matches!(self.kind.method, Method::Patch(_))
    }

    /// Length of the span in frames.
    pub fn frames(&self) -> u64 {
        self.span.end - self.span.start
    }
}

/// What each repair of a list is known by: its own settings, the source, and the repairs before it that reach into what
/// it hears.
pub(super) fn keys(tasks: &[Task], identity: &str, rate: SampleRate) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(tasks.len());
    for (index, task) in tasks.iter().enumerate() {
        let heard = task.heard(rate);
        let mut hasher = Sha256::new();
        hasher.update(format!("{identity}\n{}\n{}", rate.0, task.text()));
        for (before, key) in tasks[..index].iter().zip(&keys) {
            let shares = before.channels.iter().any(|channel| task.channels.contains(channel));
            let touches = before.span.start < heard.end && heard.start < before.span.end;
            if touches && (shares || task.kind.hears_all_channels()) {
                hasher.update(format!("\n{key}"));
            }
        }
        keys.push(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
    }
    keys
}

impl Kind {
    /// Whether what it does in one channel depends on others.
    fn hears_all_channels(&self) -> bool {
        matches!(self.table.id, "dehum")
    }
}
