//! Edits of the ledger of findings, and of the profile that looks for them.

use super::draft::{Draft, finite, unknown, value_of};
use super::{Edit, EditError};
use crate::analysis::finding::State;
use crate::session::ledger::state_id;
use crate::session::path::TreePath;
use crate::session::{Document, Found, LedgerEntry};

/// What is decided about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Open again, fixed, or waived.
    pub state: State,
    /// Why it may stay; a waiver needs one.
    pub reason: String,
    /// Who decides; may be empty.
    pub by: String,
    /// The day, `2026-11-21`; may be empty.
    pub date: String,
}

impl Edit {
    /// Decides about a finding. `found` are its facts, kept with the decision; one that is in the ledger already may leave
    /// them out.
    ///
    /// # Errors
    /// A waiver without a reason, a date that is none, or a finding that is neither in the ledger nor told.
    pub fn decide(
        document: &Document,
        id: &str,
        found: Option<&Found>,
        decision: &Decision,
    ) -> Result<Edit, EditError> {
        Edit::decide_all(document, &[(id, found)], decision)
    }

    /// Decides the same about several findings, as one step.
    ///
    /// # Errors
    /// As [`Edit::decide`].
    pub fn decide_all(
        document: &Document,
        findings: &[(&str, Option<&Found>)],
        decision: &Decision,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        for (id, found) in findings {
            put(&mut draft, id, *found, decision)?;
        }
        let verb = match decision.state {
            State::Open => "open again",
            State::Fixed => "mark as fixed",
            State::Waived => "waive",
        };
        let what = match findings {
            [(id, found)] => named(document, id, *found),
            several => format!("{} findings", several.len()),
        };
        Ok(draft.finish_as(format!("{verb}: {what}")))
    }

    /// Keeps findings in the ledger, open; those that are in it stay as they are.
    ///
    /// # Errors
    /// Facts that the file format cannot hold.
    pub fn record_findings(document: &Document, findings: &[(&str, &Found)]) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        let known: std::collections::HashSet<&str> =
            document.session().ledger.iter().map(|entry| entry.id.as_str()).collect();
        let mut count = 0;
        for (id, found) in findings.iter().filter(|(id, _)| !known.contains(id)) {
            let list = TreePath::new(["finding"]);
            let value = value_of(&list, &LedgerEntry::open(id, Some((*found).clone())))?;
            draft.insert(list, usize::MAX, value)?;
            count += 1;
        }
        Ok(draft.finish_as(format!("keep {count} findings")))
    }

    /// The profile by which the album is looked through for faults.
    ///
    /// # Errors
    /// An empty id.
    pub fn set_quality_profile(document: &Document, profile: &str) -> Result<Edit, EditError> {
        let path = TreePath::new(["qc", "profile"]);
        if profile.trim().is_empty() {
            return Err(EditError::Refused { path: path.to_string(), reason: "write the id of a profile".into() });
        }
        Ok(Edit::set(document.tree(), path, Some(profile.trim().into())))
    }

    /// A limit of the album's own in place of the profile's, by its name
    /// ([`Quality::limit_name`](crate::session::Quality::limit_name)); none gives it back.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn set_quality_limit(document: &Document, name: &str, limit: Option<f64>) -> Result<Edit, EditError> {
        let path = TreePath::new(["qc", "limit", name]);
        let limit = limit.map(|limit| finite(&path, limit)).transpose()?;
        Ok(Edit::set(document.tree(), path, limit.map(Into::into)))
    }
}

fn put(draft: &mut Draft, id: &str, found: Option<&Found>, decision: &Decision) -> Result<(), EditError> {
    let list = TreePath::new(["finding"]);
    let path = list.join(id);
    let refuse = |reason: &str| Err(EditError::Refused { path: path.to_string(), reason: reason.into() });
    if decision.state == State::Waived && decision.reason.trim().is_empty() {
        return refuse("a waiver says why the finding may stay");
    }
    if !decision.date.is_empty() && !is_day(&decision.date) {
        return refuse("a day is written as 2026-11-21");
    }
    // Open again means that what was said before no longer holds.
    let reason = if decision.state == State::Open { "" } else { decision.reason.trim() };
    let state = state_id(decision.state);
    if draft.has(&path) {
        let fields = [("state", state), ("reason", reason), ("by", decision.by.trim()), ("date", &decision.date)];
        for (field, text) in fields {
            let to = (!text.is_empty()).then(|| text.into());
            if draft.has(&path.join(field)) || to.is_some() {
                draft.set(path.join(field), to)?;
            }
        }
        if let Some(found) = found {
            let value = value_of(&path, found)?;
            draft.set(path.join("found"), Some(value))?;
        }
        return Ok(());
    }
    let Some(found) = found else {
        let known = draft.session.ledger.iter().map(|entry| entry.id.as_str());
        return Err(unknown("finding", id, known));
    };
    let entry = LedgerEntry {
        state: state.into(),
        reason: reason.into(),
        by: decision.by.trim().into(),
        date: decision.date.clone(),
        ..LedgerEntry::open(id, Some(found.clone()))
    };
    let value = value_of(&list, &entry)?;
    draft.insert(list, usize::MAX, value)
}

/// `click at 0:12.300`, or the id of a finding whose facts are not known.
fn named(document: &Document, id: &str, found: Option<&Found>) -> String {
    let known = document.session().ledger.iter().find(|entry| entry.id == id).and_then(|entry| entry.found.as_ref());
    let Some(found) = found.or(known) else { return format!("finding {id}") };
    let title = found.kind().map_or_else(|| found.kind.clone(), |kind| kind.title().to_string());
    if found.source.is_none() {
        return title;
    }
    let (minutes, seconds) = ((found.start_s.0 / 60.0).floor(), found.start_s.0.rem_euclid(60.0));
    format!("{title} at {minutes:.0}:{seconds:06.3}")
}

/// Whether a text is a day as ISO 8601 writes it.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok())?
    };
    let lies = |number: Option<u32>, most: u32| number.is_some_and(|number| (1..=most).contains(&number));
    number(year, 4).is_some() && lies(number(month, 2), 12) && lies(number(day, 2), 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::finding::{Finding, Kind, Severity};
    use crate::unit::{Frames, SampleRate};

    fn found(start: u64) -> (String, Found) {
        let finding = Finding::new(Kind::Click, Severity::Warn, Frames(start), Frames(start + 3), SampleRate(48_000))
            .in_channel(0);
        (finding.id.clone(), Found::of(&finding, Some("a1"), Some("s1")))
    }

    fn decision(state: State, reason: &str) -> Decision {
        Decision { state, reason: reason.into(), by: "C. M.".into(), date: "2026-11-21".into() }
    }

    #[test]
    fn a_finding_is_waived_opened_again_fixed_and_undone_to_the_byte() {
        let mut document = Document::new();
        let (id, facts) = found(48_000);
        let mut texts = vec![document.text().unwrap()];
        for (state, reason) in [(State::Waived, "wide pad"), (State::Open, "heard it again"), (State::Fixed, "")] {
            let edit = Edit::decide(&document, &id, Some(&facts), &decision(state, reason)).unwrap();
            let line = serde_json::to_string(&edit).unwrap();
            assert_eq!(serde_json::from_str::<Edit>(&line).unwrap(), edit);
            document.apply(edit).unwrap();
            texts.push(document.text().unwrap());
            let [entry] = &document.session().ledger[..] else { panic!("one entry") };
            assert_eq!((entry.decision(), entry.by.as_str()), (state, "C. M."));
            assert_eq!(entry.reason.is_empty(), state != State::Waived);
        }
        assert_eq!(document.history().undo_label(), Some("mark as fixed: Click at 0:01.000"));
        for text in texts[..3].iter().rev() {
            document.undo().unwrap();
            assert_eq!(document.text().unwrap(), *text);
        }
        for text in &texts[1..] {
            document.redo().unwrap();
            assert_eq!(document.text().unwrap(), *text);
        }
    }

    #[test]
    fn a_waiver_needs_a_reason_and_a_decision_a_finding() {
        let document = Document::new();
        let (id, facts) = found(1);
        let refused = Edit::decide(&document, &id, Some(&facts), &decision(State::Waived, " ")).unwrap_err();
        assert!(refused.to_string().contains("says why"), "{refused}");
        let unknown = Edit::decide(&document, &id, None, &decision(State::Fixed, "")).unwrap_err();
        assert!(matches!(unknown, EditError::Unknown { .. }), "{unknown}");
        for date in ["yesterday", "2026-13-01", "2026-1-1", "2026-11-00"] {
            let decision = Decision { date: date.into(), ..decision(State::Fixed, "") };
            assert!(Edit::decide(&document, &id, Some(&facts), &decision).is_err(), "{date}");
        }
    }

    #[test]
    fn several_are_one_step_and_recording_leaves_decisions_alone() {
        let mut document = Document::new();
        let all: Vec<_> = (0..5).map(|place| found(place * 1000)).collect();
        let two: Vec<_> = all[..2].iter().map(|(id, found)| (id.as_str(), Some(found))).collect();
        document.apply(Edit::decide_all(&document, &two, &decision(State::Waived, "vinyl")).unwrap()).unwrap();
        assert_eq!(document.history().undo_label(), Some("waive: 2 findings"));
        let every: Vec<_> = all.iter().map(|(id, found)| (id.as_str(), found)).collect();
        document.apply(Edit::record_findings(&document, &every).unwrap()).unwrap();
        let states: Vec<_> = document.session().ledger.iter().map(LedgerEntry::decision).collect();
        assert_eq!(states, [State::Waived, State::Waived, State::Open, State::Open, State::Open]);
        document.undo().unwrap();
        assert_eq!(document.session().ledger.len(), 2);
    }

    #[test]
    fn profile_and_limits_are_values_of_the_album() {
        let mut document = Document::new();
        document.apply(Edit::set_quality_profile(&document, "qc-strict").unwrap()).unwrap();
        document.apply(Edit::set_quality_limit(&document, "click-warn", Some(0.6)).unwrap()).unwrap();
        document.apply(Edit::parse(&document, "qc.limit.dropout-warn=0.5").unwrap()).unwrap();
        let quality = &document.session().quality;
        assert_eq!((quality.profile.as_str(), quality.limits.len()), ("qc-strict", 2));
        document.apply(Edit::set_quality_limit(&document, "click-warn", None).unwrap()).unwrap();
        assert_eq!(document.session().quality.limits.len(), 1);
        assert!(Edit::set_quality_limit(&document, "click-warn", Some(f64::NAN)).is_err());
        for _ in 0..4 {
            document.undo().unwrap();
        }
        assert!(document.session().quality.is_usual());
    }
}
