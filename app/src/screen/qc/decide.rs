//! What is decided about findings, and the repairs that follow: every decision is one edit.

use lacquer_engine::analysis::finding;
use lacquer_engine::qc::ledger::Entry;
use lacquer_engine::session::{Decision, Edit, EditError, Found, Repair};
use lacquer_engine::unit::Seconds;

use super::{Message, REASON, State, Waiver};
use crate::desk::{Action, Desk};
use crate::place;

/// The repair that fits a finding.
pub fn proposal(desk: &Desk, entry: &Entry) -> Option<Repair> {
    let source = desk.session().source(entry.source.as_deref()?)?;
    Repair::for_finding(&entry.finding, source)
}

fn done(edit: Result<Edit, EditError>) -> Action {
    edit.map_or_else(|error| Action::Say(error.to_string()), Action::Edit)
}

impl State {
    pub(super) fn decide(&mut self, message: Message, desk: &Desk) -> Action {
        let entry = self.selected.as_ref().and_then(|id| desk.quality.entry(id));
        match (message, entry) {
            (Message::Waive, Some(entry)) => {
                self.waiver = Some(Waiver { reason: entry.reason.clone(), wrong: false });
                Action::Focus(REASON)
            }
            (Message::Reason(reason), _) => {
                self.waiver = Some(Waiver { reason, wrong: false });
                Action::None
            }
            (Message::By(name), _) => Action::DecideAs(name),
            (Message::GiveUp, _) => {
                self.waiver = None;
                Action::None
            }
            (Message::Accept, Some(entry)) => self.accept(desk, entry),
            (Message::Fixed, Some(entry)) => done(decided(desk, entry, finding::State::Fixed, "")),
            (Message::Open, Some(entry)) => done(decided(desk, entry, finding::State::Open, "")),
            (Message::Repair, Some(entry)) => repair(desk, entry),
            (Message::SwitchRepair, Some(entry)) => match (desk.repair_of(entry), &entry.source) {
                (Some(repair), Some(source)) => {
                    done(Edit::switch_repair(&desk.document, source, &repair.id, repair.off))
                }
                _ => Action::Say("this finding has no repair".into()),
            },
            (Message::Switch(source, repair), _) => {
                let off =
                    desk.session().source(&source).and_then(|source| source.repair(&repair)).is_some_and(|one| one.off);
                done(Edit::switch_repair(&desk.document, &source, &repair, off))
            }
            (Message::Remove(source, repair), _) => remove(desk, &source, &repair),
            (Message::Span(source, repair, start, end), _) => span(desk, &source, &repair, start, end),
            (Message::Profile(id), _) => done(Edit::set_quality_profile(&desk.document, &id)),
            (Message::Limit(name, limit), _) => done(Edit::set_quality_limit(&desk.document, &name, limit)),
            (Message::Record, _) => record(desk),
            (Message::Waive | Message::Fixed | Message::Open, None) => Action::Say("select a finding first".into()),
            _ => Action::None,
        }
    }

    /// The waiver as it was written, and on to the next finding.
    fn accept(&mut self, desk: &Desk, entry: &Entry) -> Action {
        let Some(waiver) = &mut self.waiver else { return Action::None };
        if waiver.reason.trim().is_empty() {
            waiver.wrong = true;
            return Action::Focus(REASON);
        }
        let edit = decided(desk, entry, finding::State::Waived, &waiver.reason);
        self.waiver = None;
        done(edit)
    }
}

fn decided(desk: &Desk, entry: &Entry, state: finding::State, reason: &str) -> Result<Edit, EditError> {
    let by = desk.quality.by.clone();
    let decision = Decision { state, reason: reason.into(), by, date: place::today() };
    Edit::decide(&desk.document, &entry.finding.id, Some(&entry.found()), &decision)
}

/// The fitting repair and the decision that the finding is fixed, as one step.
fn repair(desk: &Desk, entry: &Entry) -> Action {
    let (Some(source), Some(repair)) = (&entry.source, proposal(desk, entry)) else {
        return Action::Say("nothing repairs this finding: edit it, or waive it with a reason".into());
    };
    let added = Edit::add_repair(&desk.document, source, &repair);
    let both = added.and_then(|(repair, _)| Ok((repair, decided(desk, entry, finding::State::Fixed, "repaired")?)));
    let label = format!("repair: {}", entry.finding.title());
    both.map_or_else(
        |error| Action::Say(error.to_string()),
        |(repair, fixed)| Action::Edit(Edit::Batch { label, edits: vec![repair, fixed] }),
    )
}

/// A repair goes, and the finding it answered is open again.
fn remove(desk: &Desk, source: &str, repair: &str) -> Action {
    let answered =
        desk.session().source(source).and_then(|source| source.repair(repair)).map(|one| one.finding.clone());
    let removed = match Edit::remove_repair(&desk.document, source, repair) {
        Ok(edit) => edit,
        Err(error) => return Action::Say(error.to_string()),
    };
    let fixed = answered.and_then(|id| desk.quality.entry(&id));
    let fixed = fixed.filter(|entry| entry.finding.state == finding::State::Fixed);
    match fixed.map(|entry| decided(desk, entry, finding::State::Open, "")) {
        Some(Ok(open)) => Action::Edit(Edit::Batch { label: "remove a repair".into(), edits: vec![removed, open] }),
        Some(Err(error)) => Action::Say(error.to_string()),
        None => Action::Edit(removed),
    }
}

fn span(desk: &Desk, source: &str, repair: &str, start: f64, end: f64) -> Action {
    let Some(rate) = desk.session().source(source).map(|source| source.rate) else { return Action::None };
    let (start, end) = (Seconds(start).frames(rate), Seconds(end).frames(rate));
    done(Edit::set_repair_span(&desk.document, source, repair, start, end))
}

fn record(desk: &Desk) -> Action {
    let open: Vec<(&str, Found)> = desk
        .quality
        .entries
        .iter()
        .filter(|entry| entry.is_open())
        .map(|entry| (entry.finding.id.as_str(), entry.found()))
        .collect();
    let open: Vec<(&str, &Found)> = open.iter().map(|(id, found)| (*id, found)).collect();
    done(Edit::record_findings(&desk.document, &open))
}
