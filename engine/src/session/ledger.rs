//! The ledger of findings: what was found, where, and what was decided about it.
//!
//! An entry carries the facts of its finding, so that the ledger reads without looking through the audio again, and on a
//! machine that does not have it. Ids follow from what was found and where (see [`Finding`]); a later mix whose fault lies
//! at the same place keeps the entry (`qc::ledger`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Unknown;
use crate::analysis::finding::{Finding, Kind, Severity, State};
use crate::profile::{Outcome, Profile};
use crate::unit::{Frames, SampleRate, Seconds};

/// The profile that looks for faults where a session names none.
const USUAL_PROFILE: &str = "qc-normal";

/// A finding in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The finding's id.
    pub id: String,
    /// `open`, `fixed` or `waived`.
    pub state: String,
    /// Why it may stay.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The day of the decision, `2026-11-21`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// What was found; entries of the first sessions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl LedgerEntry {
    /// An entry nobody has decided about.
    pub fn open(id: &str, found: Option<Found>) -> LedgerEntry {
        LedgerEntry {
            id: id.into(),
            state: state_id(State::Open).into(),
            reason: String::new(),
            by: String::new(),
            date: String::new(),
            found,
            unknown: Unknown::new(),
        }
    }

    /// What was decided; a state that this version does not know leaves the finding open.
    pub fn decision(&self) -> State {
        let known = [State::Fixed, State::Waived].into_iter().find(|state| state_id(*state) == self.state);
        known.unwrap_or(State::Open)
    }

    /// Whether it is an error that nobody has decided about.
    pub fn is_severe(&self) -> bool {
        self.decision() == State::Open && self.severity() == Some(Severity::Fail)
    }

    /// How much it matters, where its facts are kept.
    pub fn severity(&self) -> Option<Severity> {
        self.found.as_ref().map(|found| found.severity)
    }
}

/// A state as it is written.
pub(super) fn state_id(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Fixed => "fixed",
        State::Waived => "waived",
    }
}

/// What was found, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Id of the kind ([`Kind::id`]).
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// Id of the source it lies in; none where it is about texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Id of the song, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub song: Option<String>,
    /// First frame in the source.
    #[serde(default)]
    pub start_frame: Frames,
    /// First frame in seconds.
    #[serde(default)]
    pub start_s: Seconds,
    /// The frame after its last, in seconds.
    #[serde(default)]
    pub end_s: Seconds,
    /// The channel, from 0; none where it concerns all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<usize>,
    /// What was measured, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// The limit it broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// The unit of both.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// How sure the detector was, 0 to 1.
    #[serde(default)]
    pub confidence: f64,
    /// The form its kind takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many single events it gathers.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

fn one() -> u64 {
    1
}

fn is_one(count: &u64) -> bool {
    *count == 1
}

impl Found {
    /// The facts of a finding in a source of a song.
    pub fn of(finding: &Finding, source: Option<&str>, song: Option<&str>) -> Found {
        Found {
            kind: finding.kind.id().into(),
            severity: finding.severity,
            source: source.map(Into::into),
            song: song.map(Into::into),
            start_frame: finding.start_frame,
            start_s: finding.start_s,
            end_s: finding.end_s,
            channel: finding.channel,
            measured: finding.measured,
            limit: finding.limit,
            unit: finding.unit.clone(),
            confidence: finding.confidence,
            detail: finding.detail.clone(),
            count: finding.count,
            unknown: Unknown::new(),
        }
    }

    /// The kind, where this version knows it.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_id(&self.kind)
    }

    /// The finding under its id, without song and file; `None` for a kind this version does not know.
    pub fn finding(&self, id: &str, state: State) -> Option<Finding> {
        let start = self.start_frame;
        let mut finding = Finding::new(self.kind()?, self.severity, start, start, SampleRate(1));
        finding.id = id.into();
        (finding.start_s, finding.end_s) = (self.start_s, self.end_s);
        (finding.channel, finding.measured, finding.limit) = (self.channel, self.measured, self.limit);
        finding.unit.clone_from(&self.unit);
        (finding.detail, finding.count) = (self.detail.clone(), self.count);
        finding.state = state;
        Some(finding.with_confidence(self.confidence))
    }
}

/// By what an album is looked through for faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Id of the profile.
    #[serde(default = "usual_profile", skip_serializing_if = "is_usual_profile")]
    pub profile: String,
    /// Limits of this album that differ from the profile's, by [`Quality::limit_name`].
    #[serde(default, rename = "limit", skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, f64>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

fn usual_profile() -> String {
    USUAL_PROFILE.into()
}

fn is_usual_profile(id: &str) -> bool {
    id == USUAL_PROFILE
}

impl Default for Quality {
    fn default() -> Quality {
        Quality { profile: usual_profile(), limits: BTreeMap::new(), unknown: Unknown::new() }
    }
}

impl Quality {
    /// Whether it says nothing.
    pub fn is_usual(&self) -> bool {
        *self == Quality::default()
    }

    /// The name of a limit: its check, and what happens when it is broken: `clip_run-fail`, `click-warn`.
    pub fn limit_name(check: &str, result: Outcome) -> String {
        let result = match result {
            Outcome::Pass => "pass",
            Outcome::Warn => "warn",
            Outcome::Fail => "fail",
        };
        format!("{check}-{result}")
    }

    /// The profile with this album's own limits in it.
    pub fn applied(&self, profile: &Profile) -> Profile {
        let mut profile = profile.clone();
        for limit in &mut profile.limits {
            let own = self.limits.get(&Quality::limit_name(&limit.check, limit.result));
            if let (Some(value), Some(own)) = (&mut limit.value, own.filter(|own| own.is_finite())) {
                *value = *own;
            }
        }
        profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    #[test]
    fn the_facts_of_a_finding_come_back() {
        let click = Finding::new(Kind::Click, Severity::Warn, Frames(48_000), Frames(48_003), SampleRate(48_000))
            .in_channel(1)
            .measuring(23.5, Some(10.0), "sigma")
            .with_confidence(0.9)
            .detailed("single")
            .gathering(3);
        let entry = LedgerEntry::open(&click.id, Some(Found::of(&click, Some("a1"), Some("s1"))));
        let read: LedgerEntry = toml::from_str(&toml::to_string(&entry).unwrap()).unwrap();
        assert_eq!(read, entry);
        assert_eq!(read.found.unwrap().finding(&click.id, State::Open), Some(click));
    }

    #[test]
    fn what_this_version_does_not_know_is_kept_and_open() {
        let text = "id = 'x'\nstate = 'disputed'\nfound = { kind = 'ghost', severity = 'fail', depth = 3 }\nmore = 1";
        let entry: LedgerEntry = toml::from_str(text).unwrap();
        assert_eq!((entry.decision(), entry.is_severe()), (State::Open, true));
        let found = entry.found.as_ref().unwrap();
        assert_eq!((found.kind(), found.unknown["depth"].as_integer()), (None, Some(3)));
        assert_eq!(entry.unknown["more"].as_integer(), Some(1));
        let old: LedgerEntry = toml::from_str("id = 'x'\nstate = 'waived'\nreason = 'so'").unwrap();
        assert_eq!((old.decision(), old.severity()), (State::Waived, None));
    }

    #[test]
    fn an_album_has_limits_of_its_own() {
        let normal = profile::load("qc-normal", None).unwrap().unwrap();
        let mut quality = Quality::default();
        assert!(quality.is_usual() && quality.applied(&normal) == normal);
        quality.limits.insert("clip_run-fail".into(), 20.0);
        quality.limits.insert("click-warn".into(), f64::NAN);
        let own = quality.applied(&normal);
        let limit = |result| own.limits("clip_run").find(|limit| limit.result == result).and_then(|limit| limit.value);
        assert_eq!((limit(Outcome::Warn), limit(Outcome::Fail)), (Some(2.0), Some(20.0)));
        assert_eq!(own.value("click"), normal.value("click"));
    }
}
