//! The one gate: every change of the desk goes through [`App::apply`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::Task;
use lacquer_engine::render::{FileLibrary, Plan, Scope};
use lacquer_engine::session::{Edit, EditError, Scope as Chain};
use lacquer_engine::unit::{Db, Frames};
use lacquer_engine::{realtime, survey};

use super::live::{Change, Move};
use super::{App, Message, file};
use crate::desk::quality::Heard;
use crate::desk::{Action, Page};
use crate::job::Report;

/// Quiet time after the last edit before measuring starts: a hand that turns a knob is faster.
const DEBOUNCE: Duration = Duration::from_millis(300);
/// Peak bars fall from the top to the bottom of their scale in this time; fades are over long before.
const SETTLING: Duration = Duration::from_millis(4500);

/// Numbers change ten times a second: faster nobody reads, and text is dear to draw.
const NUMERALS: Duration = Duration::from_millis(100);

impl App {
    /// Does what a screen asks for.
    pub fn apply(&mut self, action: Action) -> Task<Message> {
        match action {
            Action::None => {}
            Action::Batch(actions) => {
                return Task::batch(actions.into_iter().map(|action| self.apply(action)).collect::<Vec<_>>());
            }
            Action::Edit(edit) => self.edit(edit),
            Action::Begin(label) => self.desk.document.begin(Some(label)),
            Action::End => self.end_gesture(),
            Action::Cancel => {
                let result = self.desk.document.cancel();
                self.changed(result);
                self.end_gesture();
            }
            Action::Undo => {
                let result = self.desk.document.undo();
                self.changed(result);
            }
            Action::Redo => {
                let result = self.desk.document.redo();
                self.changed(result);
            }
            Action::Select(song) => self.desk.song = Some(song),
            Action::Hear(pass) => self.hear(pass),
            Action::ChooseFolder => return file::choose_folder(&self.desk.delivery_folder),
            Action::AddFiles => {
                self.for_references = false;
                return file::ask_for_audio(self.desk.document.folder());
            }
            Action::OpenFolder(path) => self.show_folder(&path),
            Action::Goto(page) => self.page = page,
            Action::Spectrum(of) => self.measure_spectrum(of),
            Action::Transparency(subject) => self.measure_transparency(subject),
            Action::CancelTransparency => {
                self.jobs.stop_transparency();
                self.desk.measuring = None;
            }
            Action::ShowCourse(address) => {
                self.session.show_course(&address, &mut self.desk);
                self.page = Page::Session;
            }
            Action::Listening(ask) => return self.listening(ask),
            Action::Say(text) => self.say(text),
            Action::Album(ask) => return self.ask_album(ask),
            Action::Medium(wish) => self.medium(wish),
            Action::SelectSpan(span) => self.select(span),
            Action::Deliver { passes, fresh, codecs, check_only } => self.deliver(passes, (fresh, codecs, check_only)),
            Action::MeasureAll => self.measure_all(),
            Action::WriteReport => self.write_report(),
            action @ (Action::CancelDelivery
            | Action::CancelPass(_)
            | Action::DeliverSooner(_)
            | Action::HoldDelivery(_)) => self.steer_delivery(action),
            action @ (Action::Inspect
            | Action::StopInspection
            | Action::LookAt(_)
            | Action::HearRepair(_)
            | Action::StopRepairs
            | Action::ScrollFindings(_)
            | Action::ReportFindings
            | Action::Focus(_)
            | Action::DecideAs(_)) => return self.quality_action(action),
            sound => self.sound(sound),
        }
        Task::none()
    }

    /// What concerns the sound alone.
    fn sound(&mut self, action: Action) {
        self.trace.note("command", format!("{action:?}"));
        let leads = matches!(
            action,
            Action::Seek(_)
                | Action::Play
                | Action::Pause
                | Action::PlayTransition(_)
                | Action::Loop(_)
                | Action::PlayEnds(_)
                | Action::PlayTransitions
                | Action::PlaySide(..)
        );
        if leads {
            self.search = None;
            self.spans.clear();
            self.hear_both_sides();
        }
        let monitor = &mut self.desk.monitor;
        match action {
            Action::Seek(frame) => {
                self.began = frame;
                monitor.seek(Frames(frame));
            }
            Action::PlayEnds(ends) => self.play_ends(ends),
            Action::PlayTransitions => self.play_transitions(),
            Action::PlaySide(song, outgoing) => self.play_side(song, outgoing),
            Action::Play => self.play(),
            Action::Pause => {
                monitor.pause();
                self.settle();
            }
            Action::PlayTransition(song) => {
                monitor.play_transition(song, self.pre_roll, self.pre_roll);
            }
            Action::Loop(region) => monitor.set_loop(region),
            Action::Original(on) => self.hear_original(on, true),
            Action::SlotOn { scope, slot, on } => self.switch(scope, slot, on),
            Action::Compare(compared) => self.compare(compared),
            Action::MatchSnapshots(chain) => {
                self.desk.matched = chain;
                self.match_snapshot();
            }
            Action::Unity(limiter) => {
                self.desk.unity = limiter;
                self.match_snapshot();
            }
            Action::Delta(delta) => {
                monitor.set_delta(delta);
                self.settle();
            }
            Action::KeepPreset(preset) => self.keep_preset(&preset),
            Action::Listen { scope, slot, what } => monitor.listen(scope, slot, what),
            Action::ResetMeters => {
                monitor.reset_meters();
                self.settle();
            }
            Action::SpectrumOf(part) => monitor.spectrum_of(part),
            Action::Section(section) => {
                monitor.set_section(section);
                self.settle();
            }
            _ => {}
        }
        if !self.desk.monitor.transport().playing {
            self.settle();
        }
    }

    /// The screen moves on for a moment: meters fall, a fade ends, a deck arrives.
    pub(super) fn settle(&mut self) {
        self.settling_until = Some(Instant::now() + SETTLING);
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        let result = self.desk.document.apply(edit).map(Some);
        self.changed(result);
    }

    /// After the document has changed, or has refused to.
    pub(super) fn changed(&mut self, result: Result<Option<Edit>, EditError>) {
        match result {
            Ok(None) => {}
            Ok(Some(edit)) => {
                self.trace.note("edit", serde_json::to_string(&edit).unwrap_or_default());
                self.replan();
            }
            Err(error) => self.warn(error.to_string()),
        }
    }

    fn end_gesture(&mut self) {
        self.desk.document.end();
        if std::mem::take(&mut self.load_due) {
            self.load_plan();
        }
    }

    /// Resolves the session anew and lets the sound follow.
    pub(super) fn replan(&mut self) {
        self.match_snapshot();
        let session = self.desk.document.snapshot();
        self.desk.deliveries.retain(|pass, _| session.pass(pass).is_some());
        if self.desk.song.as_ref().is_none_or(|id| session.song(id).is_none()) {
            let first = session.main_pass().and_then(|pass| pass.entries.first());
            self.desk.song = first.map(|entry| entry.song.clone());
        }
        if let Some(reason) = self.bar() {
            self.desk.plan_error = Some(reason);
            return;
        }
        let folder = self.desk.document.folder().map(ToOwned::to_owned).unwrap_or_default();
        self.library = Arc::new(FileLibrary::new(&session, &folder));
        let plan = match Plan::new(&session, &self.desk.pass) {
            Ok(plan) => Arc::new(plan),
            Err(error) => {
                self.desk.plan_error = (!self.desk.is_empty()).then(|| error.to_string());
                if self.desk.is_empty() {
                    (self.desk.plan, self.desk.survey) = (None, None);
                }
                return;
            }
        };
        self.desk.plan_error = None;
        let change = match &self.desk.plan {
            Some(old) => self.fixed.change(old, &plan),
            None => Change::Structure,
        };
        self.desk.plan = Some(Arc::clone(&plan));
        match change {
            Change::Nothing => return,
            Change::Moves(moves) if !self.load_due => {
                moves.into_iter().for_each(|one| self.glide(one));
                self.desk.monitor.keep_up(plan);
            }
            _ if self.desk.document.is_in_gesture() => self.load_due = true,
            _ => self.load_plan(),
        }
        self.jobs.stop_survey();
        self.desk.surveying = None;
        self.survey_due = Some(Instant::now() + DEBOUNCE);
    }

    fn glide(&mut self, one: Move) {
        match one {
            Move::Value(address, value) => self.desk.monitor.set(address, value),
            Move::On(scope, slot, on) => self.desk.monitor.set_slot_on(scope, slot, on, 1.0),
        }
        self.settle();
    }

    /// Hands the plan to the sound, at the same time of the programme.
    pub(super) fn load_plan(&mut self) {
        let Some(plan) = self.desk.plan.clone() else { return };
        // A new deck hears every stage and every repair as the session has it.
        self.desk.compared = None;
        self.desk.quality.hearing = Heard::Repaired;
        if !self.treat(&plan) {
            self.load(plan);
        }
    }

    /// Hands this plan to the sound.
    pub(super) fn load(&mut self, plan: Arc<Plan>) {
        let notices = self.desk.monitor.load(plan, Arc::clone(&self.library), realtime_load(&self.desk.monitor));
        self.hear_notices(notices);
        self.settle();
    }

    fn hear(&mut self, pass: String) {
        if self.desk.session().pass(&pass).is_some() && pass != self.desk.pass {
            self.desk.pass = pass;
            self.desk.survey = None;
            self.forget_medium();
            self.replan();
        }
    }

    /// Hears the pass of this name.
    pub(super) fn hear_named(&mut self, name: &str) -> Task<Message> {
        let id = self.desk.session().passes.iter().find(|pass| pass.name == name).map(|pass| pass.id.clone());
        id.map_or_else(Task::none, |id| self.apply(Action::Hear(id)))
    }

    pub(super) fn play(&mut self) {
        match &self.desk.plan_error {
            Some(reason) => {
                let reason = reason.clone();
                self.fail(reason);
            }
            None => {
                let at_end =
                    self.desk.plan.as_ref().is_some_and(|plan| self.desk.position() >= plan.delivered_frames());
                if at_end {
                    self.desk.monitor.seek(Frames(0));
                }
                self.began = self.desk.position();
                self.desk.monitor.play();
            }
        }
    }

    pub(super) fn hear_original(&mut self, on: bool, matched: bool) {
        self.original = on;
        let song = self.desk.sounding();
        let level = song.and_then(|song| self.desk.survey.as_ref()?.match_db(song)).filter(|_| matched);
        if on && matched && level.is_none() {
            self.warn("the album has not been measured yet: the original is heard at its own level");
        }
        self.desk.monitor.set_chains_on(!on, level.map_or(1.0, |level| Db(level).amplitude()));
    }

    /// A stage in or out, in the session.
    fn switch(&mut self, scope: Scope, slot: usize, on: bool) {
        let Some(plan) = self.desk.plan.clone() else { return };
        let (chain, stage) = match scope {
            Scope::Album => (Chain::Album, plan.album.get(slot)),
            Scope::Song(index) => {
                let Some(song) = plan.songs.get(index) else { return };
                (Chain::Song(song.id.clone()), song.chain.get(slot))
            }
        };
        let Some(stage) = stage else { return };
        let pass = self.own_pass();
        match Edit::bypass_stage(&self.desk.document, pass.as_deref(), &chain, &stage.id, !on) {
            Ok(edit) => self.edit(edit),
            Err(error) => self.warn(error.to_string()),
        }
    }

    /// The heard pass where it is not the main one, whose values are everybody's.
    pub(super) fn own_pass(&self) -> Option<String> {
        let main = self.desk.session().main_pass().is_some_and(|main| main.id == self.desk.pass);
        (!main).then(|| self.desk.pass.clone())
    }

    /// What happens with time.
    pub(super) fn tick(&mut self) {
        let now = Instant::now();
        let notices = self.desk.monitor.poll();
        self.hear_notices(notices);
        if let Some(meters) = self.desk.monitor.meters()
            && self.desk.listening.trials.is_none()
        {
            self.desk.meters.clone_from(meters);
        }
        if now.duration_since(self.numerals.1) >= NUMERALS {
            self.numerals.0.clone_from(&self.desk.meters);
            self.numerals.1 = now;
        }
        self.desk.status = *self.desk.monitor.status();
        self.desk.past.clear();
        while let Some(past) = self.desk.monitor.next_past() {
            self.desk.past.push(past);
        }
        if self.settling_until.is_some_and(|until| now >= until) {
            self.settling_until = None;
        }
        if now.duration_since(self.load.1) >= Duration::from_millis(500) {
            let load = self.desk.monitor.output().map_or(0.0, |output| output.take_load());
            self.load = (100.0 * load, now);
        }
        if now.duration_since(self.last_sync) >= Duration::from_secs(1) {
            self.last_sync = now;
            self.desk.document.sync_journal();
            if let Some(trouble) = self.desk.document.take_journal_trouble() {
                self.fail(format!("{trouble}. Unsaved work is not protected: save now"));
            }
        }
        self.search(now);
        self.follow_treatment(now);
        self.start_survey(now);
        self.start_inspection();
        self.follow_listening();
        self.take_dropped();
        while let Some(report) = self.jobs.poll() {
            self.report(report);
        }
        let playing = self.desk.monitor.transport().playing;
        self.session.follow(&self.desk, playing);
        self.chain.tick(&self.desk);
        self.meters.tick(&self.desk);
    }

    fn start_survey(&mut self, now: Instant) {
        // The survey would compute the same repairs a second time.
        let idle = !self.desk.document.is_in_gesture() && self.importing.is_none() && self.treatment.is_none();
        if self.survey_due.is_some_and(|due| now >= due) && idle {
            self.survey_due = None;
            if let Some(plan) = &self.desk.plan {
                self.survey_number = self.jobs.survey(Arc::clone(plan), Arc::clone(&self.library));
                self.desk.surveying = Some(0.0);
                self.desk.fresh.clear();
                self.desk.parts.clear();
            }
        }
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Surveying(number, share) if number == self.survey_number => {
                if self.desk.surveying.is_some() {
                    self.desk.surveying = Some(share);
                }
            }
            Report::Surveying(..) => {}
            Report::SongSurveyed(number, song) if number == self.survey_number => {
                self.desk.parts.remove(&song.id);
                self.desk.fresh.push(song);
            }
            Report::SongPart(number, song, part) if number == self.survey_number => {
                self.desk.parts.insert(song, part);
            }
            Report::SongSurveyed(..) | Report::SongPart(..) => {}
            Report::Surveyed(number, result) => self.surveyed(number, result),
            Report::Probed(number, plan, slots) if number == self.survey_number => {
                (self.desk.slots, self.desk.slots_of) = (slots, Some(plan));
            }
            Report::Probed(..) => {}
            Report::Probing(subject, share) => {
                if let Some((_, done)) = self.desk.measuring.as_mut().filter(|(of, _)| *of == subject) {
                    *done = share;
                }
            }
            Report::Spectrum(of, result) => self.spectrum_measured(of, result),
            Report::Transparent(report) => self.reported(*report),
            Report::Measuring(share) => self.desk.full_share = self.desk.full_share.map(|_| share),
            Report::Measured(plan, result) => self.measured(plan, result),
            report @ (Report::Delivering(..)
            | Report::Delivered(..)
            | Report::NotDelivered(_)
            | Report::NoWorker(_)) => self.delivery_report(report),
            Report::Devices(hosts, devices) => {
                self.devices = super::device::Known { hosts, devices, scanning: false };
            }
            report @ (Report::Inspecting(..)
            | Report::Inspected(..)
            | Report::InspectionDone(..)
            | Report::Near(..)
            | Report::Hearing(..)) => self.quality_report(report),
            report @ (Report::Looking(..) | Report::Cut(..) | Report::Recorded(..)) => self.medium_report(report),
            Report::Listened(listened) => self.listened(*listened),
            report @ (Report::Treating(..) | Report::Treated(..)) => self.treatment_report(report),
            Report::AtAlbum(share) => self.at_album(share),
            Report::Album(outcome) => self.album_done(*outcome),
            other => self.file_report(other),
        }
    }

    fn surveyed(&mut self, number: u64, result: Result<Box<survey::Survey>, survey::SurveyError>) {
        if number != self.survey_number {
            return;
        }
        self.desk.surveying = None;
        match result {
            Ok(survey) => {
                self.trace.note("surveyed", number);
                if self.desk.plan.as_ref().is_some_and(|plan| plan.hash == survey.plan.hash) {
                    self.desk.monitor.know(survey.checkpoints.clone());
                }
                self.desk.survey = Some(Arc::from(survey));
                self.desk.fresh.clear();
                self.desk.parts.clear();
                self.probe();
            }
            Err(survey::SurveyError::Cancelled) => {}
            Err(error) => self.fail(format!("the album cannot be measured: {error}")),
        }
    }
}

pub(super) fn realtime_load(monitor: &realtime::Monitor) -> realtime::Load {
    if monitor.plan().is_some() { realtime::Load::SameTime } else { realtime::Load::At(0) }
}
