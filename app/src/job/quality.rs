//! Jobs of quality control: looking through sources, reading a place closely, matching the loudness of a repair.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lacquer_engine::profile::Profile;
use lacquer_engine::qc::close_up::CloseUp;
use lacquer_engine::qc::inspect::{InspectError, inspect_source};
use lacquer_engine::render::{Hearing, Library, Plan, SourcePlan, compute_repairs, repair_gain};
use lacquer_engine::restore::Treatment;
use lacquer_engine::session::{Repair, Session, SourceRef, source_path};
use lacquer_engine::source::Cache;
use lacquer_engine::survey::Watch;
use lacquer_engine::unit::Db;

use super::{Jobs, Report, raise, start, tell};
use crate::desk::quality::{Heard, Near, Place};

impl Jobs {
    /// Looks through sources of a session, one after the other; a look under way is given up. Returns its number.
    pub fn inspect(
        &mut self,
        session: Arc<Session>,
        folder: Option<PathBuf>,
        profile: Profile,
        ids: Vec<String>,
    ) -> u64 {
        self.stop_inspection();
        self.inspections += 1;
        let number = self.inspections;
        let send = self.send.clone();
        self.inspection = start("lacquer-inspect", move |cancel| {
            let began = Instant::now();
            for source in session.sources.iter().filter(|source| ids.contains(&source.id)) {
                let progress = |share: f64| tell(&send, Report::Inspecting(number, source.id.clone(), share));
                progress(0.0);
                let watch = Watch { progress: &progress, cancel };
                let path = source_path(folder.as_deref(), source);
                let result = inspect_source(source, &path, &profile, &Cache::standard(), &watch);
                if matches!(result, Err(InspectError::Cancelled)) {
                    break;
                }
                let result = result.map(Box::new).map_err(|error| error.to_string());
                tell(&send, Report::Inspected(number, source.id.clone(), result));
            }
            tell(&send, Report::InspectionDone(number, began.elapsed().as_secs_f64()));
        });
        number
    }

    /// Gives the look up.
    pub fn stop_inspection(&mut self) {
        raise(self.inspection.take());
    }

    /// Reads a place closely.
    pub fn close_up(
        &mut self,
        place: Place,
        session: Arc<Session>,
        plan: Option<Arc<Plan>>,
        library: Arc<dyn Library>,
    ) {
        raise(self.close_up.take());
        let send = self.send.clone();
        self.close_up = start("lacquer-close-up", move |cancel| {
            let read = read(&place, &session, plan.as_deref(), &*library, cancel);
            if !cancel.load(Ordering::Relaxed) {
                tell(&send, Report::Near(Box::new(place), read.map(Box::new)));
            }
        });
    }

    /// Computes the repairs of a plan that are missing; those under way are given up. Returns its number.
    pub fn treat(&mut self, plan: Arc<Plan>, library: Arc<dyn Library>) -> u64 {
        self.stop_treating();
        let number = self.treatments;
        let send = self.send.clone();
        self.treatment = start("lacquer-repairs", move |cancel| {
            // Told in whole percents: a repair steps far more often than a window is drawn.
            let mut told = None;
            let mut progress = |source: &str, index: usize, count: usize, share: f64| {
                let now = (source.to_owned(), index, (100.0 * share) as u8);
                if told.as_ref() != Some(&now) {
                    tell(&send, Report::Treating(number, source.into(), index, count, share));
                    told = Some(now);
                }
            };
            let done = compute_repairs(&plan, &*library, &mut progress, cancel);
            tell(&send, Report::Treated(number, done.map_err(|error| error.to_string())));
        });
        number
    }

    /// Gives the repairs up; what they would still say is of an old number.
    pub fn stop_treating(&mut self) {
        raise(self.treatment.take());
        self.treatments += 1;
    }

    /// Makes the plan that hears something else of a repair, and computes what it needs; one under way is given up.
    pub fn hearing(&mut self, heard: Heard, plan: Arc<Plan>, library: Arc<dyn Library>) {
        raise(self.hearing.take());
        let send = self.send.clone();
        self.hearing = start("lacquer-hearing", move |cancel| {
            let made = match &heard {
                Heard::Repaired => Ok(Plan::clone(&plan)),
                Heard::Before(source, repair) => {
                    // What is too quiet to be measured is heard at its own level.
                    let gain = repair_gain(&plan, &*library, source, Some(repair)).map_err(|error| error.to_string());
                    gain.map(|gain| {
                        let gain = gain.unwrap_or(Db::UNITY);
                        plan.hearing(&Hearing::Before { source: source.clone(), repair: Some(repair.clone()), gain })
                    })
                }
                Heard::Removed(source, repair) => {
                    Ok(plan.hearing(&Hearing::Removed { source: source.clone(), repair: Some(repair.clone()) }))
                }
            };
            // The sound's own worker must not have to: it has decks to make.
            let made: Result<Plan, String> = made.and_then(|plan| {
                let done = compute_repairs(&plan, &*library, &mut |_, _, _, _| (), cancel);
                done.map(|()| plan).map_err(|error| error.to_string())
            });
            if !cancel.load(Ordering::Relaxed) {
                tell(&send, Report::Hearing(heard, made.map(Box::new)));
            }
        });
    }
}

fn read(
    place: &Place,
    session: &Session,
    plan: Option<&Plan>,
    library: &dyn Library,
    cancel: &AtomicBool,
) -> Result<Near, String> {
    let look = |reader: &mut dyn lacquer_engine::source::Reader| {
        CloseUp::read(reader, place.start, place.end, place.half, place.channel).map_err(|error| error.to_string())
    };
    let before = look(&mut *library.open(&place.source).map_err(|error| error.to_string())?)?;
    let source = session.source(&place.source);
    let planned = plan.and_then(|plan| plan.sources.iter().find(|source| source.id == place.source));
    let treated = source.zip(planned).and_then(|(source, planned)| treated(source, planned, place.proposal.as_deref()));
    // Repairs of the session that are still being computed are seen when they are done.
    let ready = |treated: &SourcePlan| {
        let treatment = &treated.treatment;
        place.proposal.is_some() || treatment.is_ready(&treated.identity, treated.rate, &library.shelf())
    };
    let Some(treated) = treated.filter(ready) else { return Ok(Near { before, after: None }) };
    let opened = library.open_treated_with(&treated, &mut |_, _, _| (), cancel);
    let mut reader = opened.map_err(|error| error.to_string())?;
    Ok(Near { before, after: Some(look(&mut *reader)?) })
}

/// The source with its repairs and a proposed one; none where there is no repair.
fn treated(source: &SourceRef, planned: &SourcePlan, proposal: Option<&Repair>) -> Option<SourcePlan> {
    let mut tasks = source.tasks().0;
    tasks.extend(proposal.and_then(|repair| repair.resolve(source).0));
    (!tasks.is_empty()).then(|| SourcePlan { treatment: Treatment::of(tasks), ..planned.clone() })
}
