//! The ledger of findings: what was found, what was decided about it, by whom and why.

use super::sheet::{Paper, Sheet};
use super::table::{Align, Table};
use super::{NOTHING, clock, number, text};
use crate::analysis::finding::{Finding, Severity, State};
use crate::session::LedgerEntry;

/// Findings with what was decided about them, one row each.
pub fn decided<'a>(findings: impl IntoIterator<Item = (&'a Finding, String)>) -> Table {
    let heads = [
        "Severity", "Finding", "Where", "From", "To", "Ch", "Measured", "Limit", "Unit", "Sure", "State", "Id",
        "Decision",
    ];
    let mut table = Table::new(&heads);
    for column in [0, 1, 2, 8, 10, 11, 12] {
        table = table.aligned(column, Align::Left);
    }
    for (finding, decision) in findings {
        table.row([
            text(&finding.severity),
            finding.title(),
            finding.song.clone().or_else(|| finding.file.clone()).unwrap_or_else(|| NOTHING.into()),
            clock(finding.start_s.0),
            clock(finding.end_s.0),
            finding.channel.map_or("all".into(), |channel| (channel + 1).to_string()),
            number(finding.measured, 2),
            number(finding.limit, 2),
            finding.unit.clone(),
            format!("{:.0} %", 100.0 * finding.confidence),
            text(&finding.state),
            finding.id.clone(),
            decision,
        ]);
    }
    table
}

/// Findings as a sheet: how many stand how, then every one with what was decided about it. `facts` stand on top.
pub fn ledger_sheet(title: &str, facts: Vec<(String, String)>, findings: &[(&Finding, String)]) -> Sheet {
    let open = |severity: Severity| {
        let counts = |one: &&(&Finding, String)| one.0.state == State::Open && one.0.severity == severity;
        findings.iter().filter(counts).count().to_string()
    };
    let decided = |state: State| findings.iter().filter(|one| one.0.state == state).count().to_string();
    let mut sheet = Sheet::new(title).subtitle("Findings and what was decided about them").on(Paper::Landscape);
    sheet.facts(facts).facts([
        ("Open errors", open(Severity::Fail)),
        ("Open warnings", open(Severity::Warn)),
        ("Open notes", open(Severity::Info)),
        ("Waived", decided(State::Waived)),
        ("Fixed", decided(State::Fixed)),
    ]);
    match findings.is_empty() {
        true => sheet.text("No findings."),
        false => sheet.table(self::decided(findings.iter().map(|(finding, decision)| (*finding, decision.clone())))),
    };
    sheet
}

/// A ledger as a page of text; `title` knows songs by their id. Entries whose facts are not kept are told by their id.
pub fn ledger_text(entries: &[LedgerEntry], title: &dyn Fn(&str) -> Option<String>) -> String {
    let mut page = format!("{}\n", ledger_table(entries, title));
    for entry in entries.iter().filter(|entry| known(entry, title).is_none()) {
        let decision = decision(&entry.reason, &entry.by, &entry.date);
        page.push_str(&format!("{} {} {decision}\n", entry.id, entry.state));
    }
    page
}

/// The entries of a ledger whose facts are kept, one row each.
pub fn ledger_table(entries: &[LedgerEntry], title: &dyn Fn(&str) -> Option<String>) -> Table {
    let known: Vec<(Finding, String)> = entries.iter().filter_map(|entry| known(entry, title)).collect();
    decided(known.iter().map(|(finding, decision)| (finding, decision.clone())))
}

fn known(entry: &LedgerEntry, title: &dyn Fn(&str) -> Option<String>) -> Option<(Finding, String)> {
    let found = entry.found.as_ref()?;
    let mut finding = found.finding(&entry.id, entry.decision())?;
    finding.song = found.song.as_deref().and_then(title);
    Some((finding, decision(&entry.reason, &entry.by, &entry.date)))
}

/// `wide pad (C. M., 2026-11-21)`
pub fn decision(reason: &str, by: &str, date: &str) -> String {
    let who: Vec<&str> = [by, date].into_iter().filter(|word| !word.is_empty()).collect();
    match (reason.is_empty(), who.is_empty()) {
        (_, true) => reason.into(),
        (true, false) => who.join(", "),
        (false, false) => format!("{reason} ({})", who.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::finding::{Kind, Severity};
    use crate::session::Found;
    use crate::unit::{Frames, SampleRate};

    #[test]
    fn a_ledger_reads_without_its_audio() {
        let click = Finding::new(Kind::Click, Severity::Warn, Frames(8_000), Frames(8_003), SampleRate(8_000))
            .measuring(0.98, Some(0.75), "probability");
        let mut waived = LedgerEntry::open(&click.id, Some(Found::of(&click, Some("a1"), Some("s1"))));
        (waived.state, waived.reason, waived.by) = ("waived".into(), "vinyl".into(), "C. M.".into());
        let old = LedgerEntry { found: None, date: "2026-11-21".into(), ..LedgerEntry::open("upc-missing", None) };
        let page = ledger_text(&[waived, old], &|id| (id == "s1").then(|| "Harbour".into()));
        for part in ["Click", "Harbour", "0:01.000", "waived", "vinyl (C. M.)", "upc-missing open 2026-11-21"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(decision("", "", ""), "");
        let sheet = ledger_sheet("North", vec![("Profile".into(), "qc-normal".into())], &[(&click, "vinyl".into())]);
        let text = sheet.to_text();
        for part in ["North", "qc-normal", "Open warnings", "Click", "vinyl"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
