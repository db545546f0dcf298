//! What of the repairs a plan lets be heard, and computing them ahead.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use super::entry::EntryError;
use super::feed::Library;
use super::plan::{ClipPlan, Plan, SourcePlan};
use crate::restore::{self, matching_gain};
use crate::session::{Repair, Scalar, SourceRef};
use crate::unit::Db;

/// What is heard of a source's repairs: for preview, before and after, and listening to what is removed. A plan that hears
/// anything but the repairs is for listening, never for a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Hearing {
    /// Everything that is on.
    Repaired,
    /// The source `source` without its repairs, or without the one called `repair`, at `gain` to match the loudness
    /// ([`repair_gain`]).
    Before {
        /// The source.
        source: String,
        /// The repair; all of them where it is absent.
        repair: Option<String>,
        /// Level of the source.
        gain: Db,
    },
    /// Of the source `source` only what its repairs, or the one called `repair`, take away.
    Removed {
        /// The source.
        source: String,
        /// The repair; all of them where it is absent.
        repair: Option<String>,
    },
}

impl Plan {
    /// The repairs that have still to be computed, by source and repair: of each source the first that is missing and
    /// those after it.
    pub fn missing_repairs(&self, library: &dyn Library) -> Vec<(String, String)> {
        let shelf = library.shelf();
        let missing = |source: &SourcePlan| {
            let ready = source.treatment.ready(&source.identity, source.rate, &shelf).tasks.len();
            let tasks = source.treatment.tasks[ready..].iter();
            tasks.map(|task| (source.id.clone(), task.id.clone())).collect::<Vec<_>>()
        };
        self.sources.iter().flat_map(missing).collect()
    }

    /// The same plan without the repairs that are missing: what can be heard while they are computed. For listening, never
    /// for a delivery.
    pub fn without_missing(&self, library: &dyn Library) -> Plan {
        let shelf = library.shelf();
        let mut plan = self.clone();
        for source in &mut plan.sources {
            source.treatment = source.treatment.ready(&source.identity, source.rate, &shelf);
        }
        plan.rehash();
        plan
    }

    /// The same plan with something else heard of its repairs. Its hash tells it apart.
    pub fn hearing(&self, what: &Hearing) -> Plan {
        let mut plan = self.clone();
        for source in &mut plan.sources {
            match what {
                Hearing::Before { source: id, repair, gain } if source.id == *id => {
                    source.treatment = source.treatment.before(repair.as_deref(), *gain);
                }
                Hearing::Removed { source: id, repair } if source.id == *id => {
                    source.treatment = source.treatment.removed(repair.as_deref());
                }
                Hearing::Repaired | Hearing::Before { .. } | Hearing::Removed { .. } => {}
            }
        }
        if *what == Hearing::Repaired {
            return plan;
        }
        plan.rehash();
        plan
    }
}

/// The gain that brings a source without its repairs (or without `repair`) to the loudness it has with them, over the
/// repairs' spans. `None` where there is nothing to compare or it is too quiet to be measured. For workers.
///
/// # Errors
/// A source that cannot be read, or a repair that cannot be computed.
pub fn repair_gain(
    plan: &Plan,
    library: &dyn Library,
    source: &str,
    repair: Option<&str>,
) -> Result<Option<Db>, EntryError> {
    let Some(planned) = plan.sources.iter().find(|planned| planned.id == source) else { return Ok(None) };
    let meant = planned.treatment.tasks.iter().filter(|task| repair.is_none_or(|id| task.id == id));
    let span =
        meant.map(|task| task.span.clone()).reduce(|one, other| one.start.min(other.start)..one.end.max(other.end));
    let Some(span) = span else { return Ok(None) };
    let mut before = planned.clone();
    before.treatment = planned.treatment.before(repair, Db::UNITY);
    let (mut before, mut after) = (library.open_treated(&before)?, library.open_treated(planned)?);
    Ok(matching_gain(&mut *before, &mut *after, span)?)
}

/// A repair with what can be measured filled in where it was not given: the offset of each channel for `dc` (one repair for
/// each), how far the channel lies behind the first for `delay`. For workers.
///
/// # Errors
/// A source that cannot be read.
pub fn measured_repairs(repair: &Repair, source: &SourceRef, library: &dyn Library) -> Result<Vec<Repair>, EntryError> {
    let span = repair.start.0..repair.end.0.min(source.frames.0);
    let given = |name: &str| repair.values.contains_key(name);
    let with = |channels: Vec<usize>, name: &str, value: f64| {
        let mut new = Repair { channels: Some(channels), ..repair.clone() };
        new.values.insert(name.into(), Scalar::Number(value));
        new
    };
    let all = || repair.channels.clone().unwrap_or_else(|| (0..source.layout.channels()).collect());
    match repair.kind.as_str() {
        "dc" if !given("offset") => {
            let mut reader = library.open(&source.id)?;
            let mut one = |channel: usize| {
                let offset = restore::measure_offset(&mut *reader, channel, span.clone())?;
                Ok(with(vec![channel], "offset", offset))
            };
            all().into_iter().map(&mut one).collect()
        }
        "delay" if !given("delay") => {
            let mut reader = library.open(&source.id)?;
            // The first channel stays; the others come to it.
            let others = all().into_iter().filter(|channel| *channel > 0);
            let mut measured = Vec::new();
            for channel in others {
                if let Some(found) = restore::measure_delay(&mut *reader, 0, channel, span.clone())? {
                    measured.push(with(vec![channel], "delay", -found.delay));
                }
            }
            Ok(measured)
        }
        _ => Ok(vec![repair.clone()]),
    }
}

/// Computes every repair of a plan that is not on the library's shelf yet, so that playing and delivering find them there.
/// `progress` is told the source, which repair of how many, and how much of it is done. For workers.
///
/// # Errors
/// A source that cannot be read, a repair that cannot be computed, or the user's stop.
pub fn compute_repairs(
    plan: &Plan,
    library: &dyn Library,
    progress: &mut dyn FnMut(&str, usize, usize, f64),
    cancel: &AtomicBool,
) -> Result<(), EntryError> {
    let shelf = library.shelf();
    let missing = |source: &&SourcePlan| !source.treatment.is_ready(&source.identity, source.rate, &shelf);
    for source in plan.sources.iter().filter(missing) {
        let mut told = |index: usize, count: usize, share: f64| progress(&source.id, index, count, share);
        library.open_treated_with(source, &mut told, cancel)?;
    }
    Ok(())
}

/// Where the repairs of an otherwise untouched song lie on the timeline: ascending and apart from each other.
pub(super) fn repaired_spans<'p>(clips: impl Iterator<Item = &'p ClipPlan>, sources: &[SourcePlan]) -> Vec<Range<u64>> {
    let mut spans: Vec<Range<u64>> = Vec::new();
    for clip in clips {
        let heard = clip.source_start..clip.source_start + clip.frames;
        let on_timeline = |frame: u64| frame.clamp(heard.start, heard.end) - heard.start + clip.start;
        let tasks = sources[clip.source].treatment.tasks.iter();
        let placed = tasks.map(|task| on_timeline(task.span.start)..on_timeline(task.span.end));
        spans.extend(placed.filter(|span| span.start < span.end));
    }
    spans.sort_by_key(|span| (span.start, span.end));
    spans.dedup_by(|next, before| {
        let touches = next.start <= before.end;
        if touches {
            before.end = before.end.max(next.end);
        }
        touches
    });
    spans
}
