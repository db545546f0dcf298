//! Verdicts that were waived: somebody has said why a check may fail. A waiver is kept in the session's ledger, holds for
//! that check of that song in that pass, and no further than what was measured when it was given.

use super::advice::spot;
use super::manifest::Manifest;
use crate::analysis::finding::{Severity, State};
use crate::analysis::verdict::{Bound, Outcome, Verdict};
use crate::session::{Found, LedgerEntry};
use crate::unit::{Frames, Seconds};

/// What may come out worse than when it was waived: two renders of one song are never as far apart.
const WORSE: f64 = 0.05;

/// The id of a verdict's waiver in the ledger.
pub fn waiver_id(manifest: &Manifest, verdict: &Verdict) -> String {
    let song = spot(manifest, verdict).map(|spot| spot.song);
    let place = song.or_else(|| verdict.r#where.clone()).unwrap_or_default();
    let words = format!("{}\0{}\0{place}", manifest.pass.id, verdict.check);
    // FNV-1a, 64 bit (Fowler, Noll, Vo): an id that stands in a path of the document.
    let hash = words
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("delivery-{hash:016x}")
}

/// The facts of a verdict, to be kept with its waiver.
pub fn waived_facts(manifest: &Manifest, verdict: &Verdict) -> Found {
    let spot = spot(manifest, verdict);
    let at = spot.as_ref().and_then(|spot| spot.at).unwrap_or(Seconds(0.0));
    Found {
        kind: format!("delivery_{}", verdict.check),
        severity: if verdict.result == Outcome::Fail { Severity::Fail } else { Severity::Warn },
        source: None,
        song: spot.map(|spot| spot.song),
        start_frame: Frames(0),
        start_s: at,
        end_s: at,
        channel: None,
        measured: verdict.measured,
        limit: verdict.limit,
        unit: verdict.unit.clone(),
        confidence: 1.0,
        detail: verdict.r#where.clone(),
        count: 1,
        unknown: Default::default(),
    }
}

/// The waiver of a verdict, where there is one that still holds.
pub fn waiver<'l>(manifest: &Manifest, verdict: &Verdict, ledger: &'l [LedgerEntry]) -> Option<&'l LedgerEntry> {
    let id = waiver_id(manifest, verdict);
    let entry = ledger.iter().find(|entry| entry.id == id && entry.decision() == State::Waived)?;
    let then = entry.found.as_ref().and_then(|found| found.measured);
    let worse = match (then, verdict.measured, verdict.bound) {
        (Some(then), Some(now), Bound::AtMost) => now > then + WORSE,
        (Some(then), Some(now), Bound::AtLeast) => now < then - WORSE,
        (then, now, _) => then != now,
    };
    (!worse).then_some(entry)
}

/// Makes a warning of each failing verdict that was waived, and says by whom and why.
pub(super) fn apply(verdicts: &mut [Verdict], manifest: &Manifest, ledger: &[LedgerEntry]) {
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.result == Outcome::Fail) {
        let Some(entry) = waiver(manifest, verdict, ledger) else { continue };
        let by = if entry.by.is_empty() { String::new() } else { format!(" by {}", entry.by) };
        let day = if entry.date.is_empty() { String::new() } else { format!(" on {}", entry.date) };
        let said = verdict.remark.take().map(|said| format!("; {said}")).unwrap_or_default();
        verdict.remark = Some(format!("waived{by}{day}: {}{said}", entry.reason));
        verdict.result = Outcome::Warn;
    }
}
