//! A repair of a source, as it is stored.
//!
//! The window and the command line make repairs with [`Repair::for_finding`] or [`Repair::new`] and change them through edits:
//! [`super::Edit::add_repair`], [`super::Edit::add_repairs`] (several as one step), [`super::Edit::remove_repair`],
//! [`super::Edit::switch_repair`], [`super::Edit::set_repair_span`], [`super::Edit::set_repair_channels`],
//! [`super::Edit::set_repair_value`], [`super::Edit::set_repair_value_text`], [`super::Edit::move_repair`]. What a repair can
//! be set to is in [`crate::restore::KINDS`]; [`Repair::problems`] says what is wrong with a stored one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Point, Scalar, SourceRef, Unknown};
use crate::analysis::finding::Finding;
use crate::param::Values;
use crate::restore::{self, Task};
use crate::unit::Frames;

/// One repair of a source: what is done, where, with which values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    /// Stable id inside the source.
    pub id: String,
    /// Kind, by its table's id.
    pub kind: String,
    /// Version of the algorithm the repair was made with.
    pub version: u32,
    /// First source frame.
    pub start: Frames,
    /// One past the last source frame.
    pub end: Frames,
    /// Channels counted from 0; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<usize>>,
    /// Whether it is out of the signal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// Values by parameter id; only what differs from the defaults needs to be stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Scalar>,
    /// A drawn course of level, in time from the span's start (`gain`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// First frame and end of a stretch to learn from (`denoise`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learn: Option<(Frames, Frames)>,
    /// The finding it answers, by its id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finding: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Why a stored repair cannot be heard as it stands. It is kept and said.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RepairError {
    /// No such kind in this build.
    #[error("repair {repair}: this version knows no repair '{kind}'; it is kept, the pass cannot be delivered")]
    UnknownKind {
        /// The repair.
        repair: String,
        /// What it asks for.
        kind: String,
    },
    /// The algorithm has another version.
    #[error(
        "repair {repair}: made with version {stored} of {kind}, this build has version {built}; it may sound different"
    )]
    OtherVersion {
        /// The repair.
        repair: String,
        /// Its kind.
        kind: String,
        /// Version in the session.
        stored: u32,
        /// Version in this build.
        built: u32,
    },
    /// A span that is empty or not inside the source.
    #[error(
        "repair {repair}: frames {start} to {end} are no span of a source of {frames}; it is kept, the pass cannot be delivered"
    )]
    Span {
        /// The repair.
        repair: String,
        /// First frame.
        start: u64,
        /// One past the last.
        end: u64,
        /// What there is.
        frames: u64,
    },
    /// A channel that the source does not have.
    #[error("repair {repair}: the source has no channel {channel}; it is kept, the pass cannot be delivered")]
    Channel {
        /// The repair.
        repair: String,
        /// The channel, counted from 0.
        channel: usize,
    },
    /// No such parameter.
    #[error("repair {repair}: {kind} has no '{name}'; it is kept and not heard")]
    UnknownName {
        /// The repair.
        repair: String,
        /// Its kind.
        kind: String,
        /// What it names.
        name: String,
    },
    /// A value that the parameter does not take.
    #[error(
        "repair {repair}: {name} = {value} is outside what the parameter takes; it is kept, the pass cannot be delivered"
    )]
    Refused {
        /// The repair.
        repair: String,
        /// The parameter.
        name: String,
        /// The stored value.
        value: String,
    },
}

impl RepairError {
    /// Whether the pass cannot be delivered until this is mended.
    pub fn blocks(&self) -> bool {
        !matches!(self, RepairError::OtherVersion { .. })
    }
}

impl Repair {
    /// A repair over `start..end` in all channels with every value at its default. The id is given when it is added.
    pub fn new(kind: &restore::Kind, start: Frames, end: Frames) -> Repair {
        Repair {
            id: String::new(),
            kind: kind.table.id.into(),
            version: kind.table.version,
            start,
            end,
            channels: None,
            off: false,
            values: BTreeMap::new(),
            points: Vec::new(),
            learn: None,
            finding: String::new(),
            unknown: Unknown::new(),
        }
    }

    /// The repair that fits a finding in `source`; `None` where nothing can be repaired.
    pub fn for_finding(finding: &Finding, source: &SourceRef) -> Option<Repair> {
        let proposal = restore::propose(finding, source.rate, source.frames)?;
        let kind = restore::kind(proposal.kind)?;
        let mut repair = Repair::new(kind, Frames(proposal.span.start), Frames(proposal.span.end));
        let known = |channels: &Vec<usize>| channels.iter().all(|channel| *channel < source.layout.channels());
        repair.channels = proposal.channels.filter(known);
        for (name, value) in proposal.values {
            let (_, spec) = kind.table.find(name)?;
            repair.values.insert(name.into(), Scalar::from_value(spec, spec.clamp(value)));
        }
        repair.finding = finding.id.clone();
        Some(repair)
    }

    /// What is done, every value decided, and everything in it that could not be used.
    pub fn resolve(&self, source: &SourceRef) -> (Option<Task>, Vec<RepairError>) {
        let repair = || self.id.clone();
        let Some(kind) = restore::kind(&self.kind) else {
            return (None, vec![RepairError::UnknownKind { repair: repair(), kind: self.kind.clone() }]);
        };
        let mut errors = Vec::new();
        let table = kind.table;
        if self.version != table.version {
            let (stored, built) = (self.version, table.version);
            errors.push(RepairError::OtherVersion { repair: repair(), kind: self.kind.clone(), stored, built });
        }
        let (start, end, frames) = (self.start.0, self.end.0, source.frames.0);
        let fits = start < end && end <= frames;
        if !fits {
            errors.push(RepairError::Span { repair: repair(), start, end, frames });
        }
        let count = source.layout.channels();
        let mut channels = self.channels.clone().unwrap_or_else(|| (0..count).collect());
        channels.sort_unstable();
        channels.dedup();
        if let Some(channel) = channels.iter().copied().find(|channel| *channel >= count) {
            errors.push(RepairError::Channel { repair: repair(), channel });
        }
        channels.retain(|channel| *channel < count);
        let values = self.values(table, &mut errors);
        let learn = self.learn.map(|(from, to)| from.0..to.0.min(frames)).filter(|span| span.start < span.end);
        let task = Task {
            id: self.id.clone(),
            kind,
            version: self.version,
            span: start..end,
            channels,
            values,
            points: self.points.iter().map(|point| (point.at, point.gain)).collect(),
            learn,
        };
        (Some(task).filter(|task| fits && !task.channels.is_empty()), errors)
    }

    fn values(&self, table: &'static crate::param::Table, errors: &mut Vec<RepairError>) -> Values {
        let mut values = Values::defaults(table);
        for (name, scalar) in &self.values {
            let Some((slot, spec)) = table.find(name) else {
                let (repair, kind) = (self.id.clone(), self.kind.clone());
                errors.push(RepairError::UnknownName { repair, kind, name: name.clone() });
                continue;
            };
            match scalar.to_value(spec) {
                Some(value) => values.set(slot, value),
                None => errors.push(RepairError::Refused {
                    repair: self.id.clone(),
                    name: name.clone(),
                    value: scalar.to_string(),
                }),
            }
        }
        if self.points.iter().any(|point| !(point.at.0.is_finite() && point.gain.0.is_finite())) {
            let (repair, name) = (self.id.clone(), "points".into());
            errors.push(RepairError::Refused { repair, name, value: "a number that is not finite".into() });
        }
        values
    }

    /// What is wrong with it in `source`.
    pub fn problems(&self, source: &SourceRef) -> Vec<RepairError> {
        self.resolve(source).1
    }

    /// What it is called: the kind's name, or its id where this version does not know it.
    pub fn name(&self) -> &str {
        restore::kind(&self.kind).map_or(self.kind.as_str(), |kind| kind.table.name)
    }
}

impl SourceRef {
    /// The repairs that work, in order, and what is wrong with those that are on.
    pub fn tasks(&self) -> (Vec<Task>, Vec<RepairError>) {
        let (mut tasks, mut errors) = (Vec::new(), Vec::new());
        for repair in self.repairs.iter().filter(|repair| !repair.off) {
            let (task, wrong) = repair.resolve(self);
            tasks.extend(task);
            errors.extend(wrong);
        }
        (tasks, errors)
    }

    /// The repair called `id`.
    pub fn repair(&self, id: &str) -> Option<&Repair> {
        self.repairs.iter().find(|repair| repair.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::finding::{Kind, Severity};
    use crate::session::document::tests::album;
    use crate::session::{Document, Edit};
    use crate::unit::SampleRate;

    fn apply(document: &mut Document, text: &str) {
        let edit = Edit::parse(document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).unwrap();
    }

    #[test]
    fn repairs_are_typed_changed_and_undone() {
        let mut document = album(1);
        let before = document.text().unwrap();
        apply(&mut document, "source.a1.repair+=declick start=100 length=50 channels=left strength=80");
        apply(&mut document, "source.a1.repair+=gain start=0 end=10ms gain=-3 points=0s:0|5ms:-6");
        let typed = vec![
            "source.a1.repair.r1.strength=70",
            "source.a1.repair.r1.strength+=5",
            "source.a1.repair.r1.end=160",
            "source.a1.repair.r1.channels=0+1",
            "source.a1.repair.r1.on=off",
            "source.a1.repair.r2.position=1",
            "source.a1.repair.r2.learn=10-20",
        ];
        typed.into_iter().for_each(|text| apply(&mut document, text));
        let source = &document.session().sources[0];
        let ids: Vec<&str> = source.repairs.iter().map(|repair| repair.id.as_str()).collect();
        assert_eq!(ids, ["r2", "r1"]);
        let declick = source.repair("r1").unwrap();
        assert_eq!((declick.start, declick.end, declick.off), (Frames(100), Frames(160), true));
        assert_eq!(declick.values["strength"], Scalar::Number(75.0));
        assert_eq!(source.tasks().0.len(), 1);
        apply(&mut document, "source.a1.repair.r1-=");
        assert_eq!(document.history().undo_label(), Some("remove Declick at 0:00.002 of a1"));
        while document.undo().unwrap().is_some() {}
        assert!(document.session().sources.is_empty());
        let mut again = Document::from_text(&before).unwrap();
        apply(&mut again, "source.a1.repair+=polarity");
        again.undo().unwrap();
        assert_eq!(again.text().unwrap(), before);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        let document = album(1);
        for (text, reason) in [
            ("source.a1.repair+=declick start=900 end=1200", "no span of a source of 1000"),
            ("source.a1.repair+=declick channels=5", "no channel 5"),
            ("source.a1.repair+=magic", "there are: declick"),
            ("source.a1.repair+=declick strength=300", "outside"),
            ("source.a1.repair+=declick loud=1", "no parameter 'loud'"),
            ("source.a9.repair+=declick", "there is no source 'a9'"),
            ("source.a1.repair.r1.on=off", "there is no repair 'r1'"),
        ] {
            let error = Edit::parse(&document, text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn what_this_version_does_not_know_is_kept_and_blocks() {
        let mut text = album(1).text().unwrap();
        text = text.replace(
            "head_tail = \"\"\n",
            "head_tail = \"\"\n[[source.repair]]\nid = 'r1'\nkind = 'time-machine'\nversion = 1\nstart = 0\nend = 10\nera = 'late'\n\
             [[source.repair]]\nid = 'r2'\nkind = 'declick'\nversion = 0\nstart = 0\nend = 10\n",
        );
        let document = Document::from_text(&text).unwrap();
        let session = document.session();
        let problems = session.problems("streaming");
        assert_eq!(problems.iter().map(|problem| problem.blocks()).collect::<Vec<_>>(), [true, false]);
        assert!(problems[0].to_string().contains("time-machine"), "{}", problems[0]);
        assert_eq!(session.unknown_fields(), ["source.a1.repair.r1.era"]);
        assert!(document.text().unwrap().contains("era = \"late\""));
        let mut off = session.clone();
        off.sources[0].repairs[0].off = true;
        assert!(!off.problems("streaming").iter().any(|problem| problem.blocks()));
    }

    #[test]
    fn a_finding_gets_the_repair_that_fits() {
        let source = crate::session::document::tests::source("a.wav");
        let rate = SampleRate(44_100);
        let click = Finding::new(Kind::Click, Severity::Warn, Frames(500), Frames(503), rate).in_channel(1);
        let repair = Repair::for_finding(&click, &source).unwrap();
        assert_eq!((repair.kind.as_str(), repair.start, repair.end), ("declick", Frames(478), Frames(525)));
        assert_eq!((repair.channels.as_deref(), repair.finding.as_str()), (Some(&[1][..]), click.id.as_str()));
        assert!(repair.problems(&source).is_empty());
        let dc = Finding::new(Kind::DcOffset, Severity::Warn, Frames(0), Frames(900), rate).measuring(0.5, None, "%");
        assert_eq!(Repair::for_finding(&dc, &source).unwrap().values["offset"], Scalar::Number(0.5));
        let over = Finding::new(Kind::TruePeakOver, Severity::Warn, Frames(0), Frames(900), rate);
        assert_eq!(Repair::for_finding(&over, &source), None);
    }
}
