//! Quality control beside the window: the album is looked through after it is measured, decisions follow the session.

use std::sync::Arc;

use iced::Task;
use iced::widget::{Id, operation, scrollable::AbsoluteOffset};

use lacquer_engine::container::name;
use lacquer_engine::container::pending::write_whole;
use lacquer_engine::qc::ledger::Entry;
use lacquer_engine::report;

use super::{App, Message};
use crate::desk::quality::{Heard, Place, Shown, quality_profile};
use crate::desk::{Action, Page};
use crate::job::Report;
use crate::keys::Command;
use crate::place;
use crate::screen::qc as page;

impl App {
    /// Whether a source waits to be looked through.
    pub(super) fn inspection_due(&self) -> bool {
        self.has_project && !self.inspected_is_current()
    }

    fn inspected_is_current(&self) -> bool {
        let session = self.desk.session();
        let Some((sources, quality)) = &self.inspected else { return false };
        let same = |(one, two): (&lacquer_engine::session::SourceRef, &lacquer_engine::session::SourceRef)| {
            (&one.id, &one.path, &one.sha256, one.modified) == (&two.id, &two.path, &two.sha256, two.modified)
        };
        *quality == session.quality
            && sources.len() == session.sources.len()
            && sources.iter().zip(&session.sources).all(same)
    }

    /// Looks through what has not been looked through, when nothing else is at work.
    pub(super) fn start_inspection(&mut self) {
        let idle = self.desk.surveying.is_none() && self.survey_due.is_none() && self.importing.is_none();
        if idle && self.inspection_due() && !self.desk.document.is_in_gesture() {
            self.inspect(false);
        }
    }

    /// Looks through sources: all, or those that are not known.
    pub(super) fn inspect(&mut self, all: bool) {
        let session = self.desk.document.snapshot();
        let known = |id: &str| self.inspected.as_ref().and_then(|(sources, _)| sources.iter().find(|one| one.id == id));
        let other_profile = self.inspected.as_ref().is_none_or(|(_, quality)| *quality != session.quality);
        let mut ids = Vec::new();
        for source in &session.sources {
            let untouched = known(&source.id).is_some_and(|one| {
                (&one.path, &one.sha256, one.modified) == (&source.path, &source.sha256, source.modified)
            });
            let done = matches!(self.desk.quality.inspections.get(&source.id), Some(Ok(_)));
            if all || other_profile || !untouched || !done {
                self.desk.quality.inspections.remove(&source.id);
                ids.push(source.id.clone());
            }
        }
        self.inspected = Some((session.sources.clone(), session.quality.clone()));
        self.desk.quality.inspections.retain(|id, _| session.source(id).is_some());
        let Some(profile) = quality_profile(&session) else {
            let id = &session.quality.profile;
            return self.warn(format!("there is no profile '{id}' to look for faults by; choose another one"));
        };
        let folder = self.desk.document.folder().map(ToOwned::to_owned);
        self.desk.quality.took_s = None;
        self.inspection_number = self.jobs.inspect(session, folder, profile, ids);
        self.desk.quality.running = Some((String::new(), 0.0));
        self.follow_quality(true);
        self.settle();
    }

    /// Gives the look up; what is known stays.
    pub(super) fn stop_inspection(&mut self) {
        self.jobs.stop_inspection();
        self.desk.quality.running = None;
    }

    /// After the session or what was found has changed.
    pub(super) fn follow_quality(&mut self, anew: bool) {
        let session = self.desk.document.snapshot();
        let changed = self.desk.quality.follow(&session, anew);
        // A hand on a knob makes a plan with every move: elsewhere the list need not follow that.
        if changed || self.page == Page::Qc {
            self.qc.follow(&self.desk);
        }
        if changed && self.desk.quality.close_up.is_some() {
            // Its repair may be another one.
            self.desk.quality.close_up = None;
            self.look_at(self.qc.place(&self.desk));
        }
    }

    /// What jobs of quality control say.
    pub(super) fn quality_report(&mut self, report: Report) {
        match report {
            Report::Inspecting(number, id, share)
                if number == self.inspection_number && self.desk.quality.running.is_some() =>
            {
                self.desk.quality.running = Some((id, share));
            }
            Report::Inspected(number, id, result) if number == self.inspection_number => {
                self.desk.quality.inspections.insert(id, result.map(Arc::from));
                self.follow_quality(true);
            }
            Report::InspectionDone(number, seconds) if number == self.inspection_number => {
                self.desk.quality.running = None;
                self.desk.quality.took_s = Some(seconds);
                self.trace.note("inspected", seconds);
            }
            Report::Near(place, read) => {
                if let Some(shown) = self.desk.quality.close_up.as_mut().filter(|shown| shown.place == *place) {
                    shown.read = Some(read.map(Arc::from));
                    self.qc.show(&self.desk);
                }
            }
            Report::Hearing(heard, made) => match made {
                Ok(plan) if heard == self.desk.quality.hearing => {
                    self.load(Arc::from(plan));
                }
                Ok(_) => {}
                Err(error) => {
                    self.desk.quality.hearing = Heard::Repaired;
                    self.fail(format!("this cannot be heard: {error}"));
                }
            },
            _ => {}
        }
    }

    /// Reads a place closely, or nothing.
    pub(super) fn look_at(&mut self, place: Option<Place>) {
        let same = self.desk.quality.close_up.as_ref().map(|shown| &shown.place) == place.as_ref();
        if same {
            return;
        }
        self.desk.quality.close_up = place.clone().map(|place| Shown { place, read: None });
        if let Some(place) = place {
            let session = self.desk.document.snapshot();
            self.jobs.close_up(place, session, self.desk.plan.clone(), Arc::clone(&self.library));
            self.settle();
        }
        self.qc.show(&self.desk);
    }

    /// Hears something else of a repair, or the programme again.
    pub(super) fn hear_repair(&mut self, heard: Heard) {
        let heard = if heard == self.desk.quality.hearing { Heard::Repaired } else { heard };
        self.desk.quality.hearing = heard.clone();
        let Some(plan) = self.desk.plan.clone() else { return };
        self.jobs.hearing(heard, plan, Arc::clone(&self.library));
        self.settle();
    }

    /// Writes every finding as PDF, HTML and JSON beside the deliveries.
    fn report_findings(&mut self) {
        let session = self.desk.session();
        let title = if session.album.title.is_empty() { "Album" } else { session.album.title.as_str() };
        let entries = &self.desk.quality.entries;
        let decided = |entry: &Entry| report::decision(&entry.reason, &entry.by, &entry.date);
        let findings: Vec<_> = entries.iter().map(|entry| (&entry.finding, decided(entry))).collect();
        let (_, _, done, count) = self.desk.quality.done(session);
        let facts = vec![
            ("Profile".to_string(), session.quality.profile.clone()),
            ("Looked through".to_string(), format!("{done} of {count} files")),
            ("Day".to_string(), place::today()),
        ];
        let sheet = report::ledger_sheet(title, facts, &findings);
        let values: Vec<_> = entries.iter().map(Entry::value).collect();
        let folder = self.desk.delivery_folder.clone();
        let stem = name::safe(&format!("{title} findings"), name::Rule::ANY);
        let path = |ending: &str| folder.join(format!("{stem}.{ending}"));
        let written = std::fs::create_dir_all(&folder)
            .map_err(|error| error.to_string())
            .and_then(|()| sheet.save(&path("pdf")).map_err(|error| error.to_string()))
            .and_then(|()| sheet.save(&path("html")).map_err(|error| error.to_string()))
            .and_then(|()| serde_json::to_vec_pretty(&values).map_err(|error| error.to_string()))
            .and_then(|text| write_whole(&path("json"), &text).map_err(|error| error.to_string()));
        match written {
            Ok(()) => self.say(format!("{stem}.pdf, .html and .json are in {}", folder.display())),
            Err(reason) => self.fail(format!("{reason}. The session is safe; choose another folder on Deliver")),
        }
    }

    /// The list of findings shows this row; `y` is its offset, px.
    pub(super) fn scroll_findings(y: f32) -> Task<Message> {
        operation::scroll_to(Id::new(page::LIST), AbsoluteOffset { x: None, y: Some(y) })
    }

    /// Keys that concern findings; none where the page has nothing to do with them.
    pub(super) fn quality_key(&mut self, command: Command) -> Option<Task<Message>> {
        let here = self.page == Page::Qc;
        // Space pauses what plays; at rest it plays the finding.
        let free = !self.desk.monitor.transport().playing || self.qc.is_listening();
        let message = match command {
            Command::NextFinding => page::Message::Step(1),
            Command::PreviousFinding => page::Message::Step(-1),
            Command::SelectSong(step) if here => page::Message::Step(step),
            Command::Waive if here => page::Message::Waive,
            Command::LeaveOut if here => page::Message::SwitchRepair,
            Command::HearBefore if here => page::Message::HearBefore,
            Command::HearRemoved if here => page::Message::HearRemoved,
            Command::Play if here && free && self.qc.can_listen(&self.desk) => page::Message::Listen,
            Command::Waive => {
                let next = crate::screen::session::Message::GoMarker(true);
                return Some(self.update(Message::Session(next)));
            }
            Command::HearBefore | Command::HearRemoved => return Some(Task::none()),
            _ => return None,
        };
        self.qc.follow(&self.desk);
        Some(self.update(Message::Qc(message)))
    }

    /// What the page of quality control asks for beside edits and sound.
    pub(super) fn quality_action(&mut self, action: Action) -> Task<Message> {
        match action {
            Action::Inspect => self.inspect(true),
            Action::StopInspection => self.stop_inspection(),
            Action::LookAt(place) => self.look_at(place.map(|place| *place)),
            Action::HearRepair(heard) => self.hear_repair(heard),
            Action::StopRepairs => self.stop_repairs(),
            Action::ReportFindings => self.report_findings(),
            Action::ScrollFindings(y) => return App::scroll_findings(y),
            Action::Focus(id) => return operation::focus(Id::new(id)),
            Action::DecideAs(name) => self.desk.quality.by = name,
            _ => {}
        }
        Task::none()
    }
}
