//! Repairs are computed beside the window before the sound follows: meanwhile everything else is heard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lacquer_engine::render::Plan;
use lacquer_engine::restore;
use lacquer_engine::session::Edit;

use super::App;
use crate::desk::quality::Treating;
use crate::job::Report;

/// A repair that is done sooner is waited for: the sound changes once.
const PATIENCE: Duration = Duration::from_millis(300);

/// Repairs under way.
pub(super) struct Treatment {
    number: u64,
    /// What is computed: each source with its repairs.
    of: Vec<(String, restore::Treatment)>,
    /// The repairs that were missing, by source.
    missing: Vec<(String, String)>,
    since: Instant,
    /// The plan without them is heard.
    heard: bool,
}

impl App {
    /// Computes the repairs of a plan that are missing; `true` where there are some, and the plan has to wait.
    pub(super) fn treat(&mut self, plan: &Arc<Plan>) -> bool {
        let missing = plan.missing_repairs(&*self.library);
        if missing.is_empty() {
            self.give_repairs_up();
            return false;
        }
        let of: Vec<_> = plan.sources.iter().map(|source| (source.id.clone(), source.treatment.clone())).collect();
        if self.treatment.as_ref().is_some_and(|running| running.of == of) {
            // Something else has changed: that is heard at once.
            self.hear_without_missing();
            return true;
        }
        let number = self.jobs.treat(Arc::clone(plan), Arc::clone(&self.library));
        let heard = self.desk.monitor.plan().is_none();
        self.treatment = Some(Treatment { number, of, missing, since: Instant::now(), heard });
        self.desk.quality.treating = Some(Treating { name: "Repairs".into(), share: 0.0 });
        if heard {
            self.hear_without_missing();
        }
        self.settle();
        true
    }

    fn hear_without_missing(&mut self) {
        let Some(plan) = self.desk.plan.clone() else { return };
        self.load(Arc::new(plan.without_missing(&*self.library)));
        if let Some(treatment) = &mut self.treatment {
            treatment.heard = true;
        }
    }

    /// What takes longer than a moment is not waited for.
    pub(super) fn follow_treatment(&mut self, now: Instant) {
        if self.treatment.as_ref().is_some_and(|one| !one.heard && now.duration_since(one.since) >= PATIENCE) {
            self.hear_without_missing();
        }
        if self.desk.quality.treating.is_some() {
            self.settle();
        }
    }

    /// What the job says.
    pub(super) fn treatment_report(&mut self, report: Report) {
        let Some(running) = &self.treatment else { return };
        match report {
            Report::Treating(number, source, index, count, share) if number == running.number => {
                let tasks = running.of.iter().find(|(id, _)| *id == source).map(|(_, treatment)| &treatment.tasks);
                let name = tasks.and_then(|tasks| tasks.get(index)).map_or("Repair", |task| task.kind.table.name);
                let name = if count > 1 { format!("{name}, {} of {count}", index + 1) } else { name.into() };
                self.desk.quality.treating = Some(Treating { name, share });
            }
            Report::Treated(number, result) if number == running.number => {
                self.desk.quality.treating = None;
                match result {
                    Ok(()) => {
                        self.trace.note("repaired", running.since.elapsed().as_secs_f64());
                        self.treatment = None;
                        if let Some(plan) = self.desk.plan.clone() {
                            self.load(plan);
                        }
                    }
                    Err(error) => {
                        self.hear_without_missing();
                        self.fail(format!("a repair cannot be made: {error}. The programme is heard without it"));
                        // Measuring may go on, and will say the same.
                        self.treatment = None;
                    }
                }
                self.desk.quality.close_up = None;
                self.look_at(self.qc.place(&self.desk));
            }
            _ => {}
        }
    }

    fn give_repairs_up(&mut self) {
        if self.treatment.take().is_some() {
            self.jobs.stop_treating();
        }
        self.desk.quality.treating = None;
    }

    /// Stops the repairs that are being computed: those that are still missing are switched off.
    pub(super) fn stop_repairs(&mut self) {
        let Some(running) = self.treatment.take() else { return };
        self.jobs.stop_treating();
        self.desk.quality.treating = None;
        let missing = self.desk.plan.as_ref().map(|plan| plan.missing_repairs(&*self.library));
        let missing = missing.unwrap_or(running.missing);
        let off =
            missing.iter().map(|(source, repair)| Edit::switch_repair(&self.desk.document, source, repair, false));
        match off.collect::<Result<Vec<_>, _>>() {
            Ok(edits) => {
                let label = "stop the repairs".into();
                let result = self.desk.document.apply(Edit::Batch { label, edits }).map(Some);
                self.changed(result);
                self.say("the repairs that were not done are off; switch them on again on QC");
            }
            Err(error) => self.warn(error.to_string()),
        }
    }
}
