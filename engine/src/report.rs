//! How measurements, findings and verdicts are told: plain tables for a terminal, values for machine output, and sheets
//! for paper ([`sheet`]).
//!
//! Nothing here decides what is true; a table only rounds, and never against its verdict.

mod ledger;
pub mod measured;
pub mod pq;
mod recall;
pub mod sheet;
pub mod side;
pub mod table;
pub mod tape;
mod transparency;

pub use ledger::{decided, decision, ledger_sheet, ledger_table, ledger_text};
pub use recall::recall;
pub use transparency::{response, transparency};

use serde_json::{Value, json};

use crate::analysis::finding::Finding;
use crate::analysis::measure::Measurement;
use crate::analysis::verdict::{Outcome, Verdict, worst};
use table::{Align, Table};

/// What stands where a value does not exist.
const NOTHING: &str = "-";

/// The figures of several signals, one row each, units in the head. Each has a name.
pub fn measurements<'a>(signals: impl IntoIterator<Item = (&'a str, &'a Measurement)>) -> Table {
    let heads = [
        "File",
        "I LUFS",
        "LRA LU",
        "M max",
        "S max",
        "TP dBTP",
        "at",
        "Peak dBFS",
        "PLR dB",
        "PSR dB",
        "RMS dBFS",
        "Crest dB",
        "DC %",
        "Corr",
        "Bal dB",
        "Length",
    ];
    let mut table = Table::new(&heads).aligned(0, Align::Left);
    for (name, m) in signals {
        table.row([
            name.to_string(),
            number(m.integrated_lufs.map(|v| v.0), 1),
            number(m.lra_lu.map(|v| v.0), 1),
            number(m.momentary_max_lufs.map(|v| v.0), 1),
            number(m.short_term_max_lufs.map(|v| v.0), 1),
            ceiling(m.true_peak_dbtp.map(|v| v.0), 2),
            m.true_peak_at_s.map_or(NOTHING.into(), |at| clock(at.0)),
            ceiling(m.sample_peak_dbfs.map(|v| v.0), 2),
            number(m.plr_db.map(|v| v.0), 1),
            number(m.psr_min_db.map(|v| v.0), 1),
            number(m.rms_dbfs.map(|v| v.0), 1),
            number(m.crest_db.map(|v| v.0), 1),
            number(m.dc_offset_percent, 3),
            number(m.correlation_mean, 2),
            number(m.balance_db.map(|v| v.0), 1),
            clock(m.duration_s.0),
        ]);
    }
    table
}

/// Findings, one row each.
pub fn findings<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Table {
    let heads =
        ["Severity", "Finding", "Where", "From", "To", "Ch", "Measured", "Limit", "Unit", "Sure", "State", "Id"];
    let mut table = Table::new(&heads);
    for column in [0, 1, 2, 8, 10, 11] {
        table = table.aligned(column, Align::Left);
    }
    for finding in findings {
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
        ]);
    }
    table
}

/// Verdicts, one row each.
pub fn verdicts<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Table {
    let heads = ["Result", "Check", "Where", "Measured", "Limit", "Unit", "Profile", "Remark"];
    let mut table = Table::new(&heads);
    for column in [0, 1, 2, 5, 6, 7] {
        table = table.aligned(column, Align::Left);
    }
    for verdict in verdicts {
        table.row([
            text(&verdict.result),
            verdict.check.replace('_', " "),
            verdict.r#where.clone().unwrap_or_else(|| NOTHING.into()),
            verdict.readout(2).unwrap_or_else(|| NOTHING.into()),
            number(verdict.limit, 2),
            verdict.unit.clone(),
            verdict.profile.clone(),
            verdict.remark.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// One analysed file for machine output: its name and the keys of its measurement. What cannot be a number is null.
pub fn measurement_value(file: &str, measurement: &Measurement) -> Value {
    let mut value = json!({ "file": file });
    if let (Some(object), Ok(Value::Object(figures))) = (value.as_object_mut(), serde_json::to_value(measurement)) {
        object.extend(figures);
    }
    value
}

/// One checked file for machine output.
pub fn check_value(file: &str, findings: &[Finding], verdicts: &[Verdict]) -> Value {
    json!({ "file": file, "result": worst(verdicts), "findings": findings, "verdicts": verdicts })
}

/// The document of one or several files: one file is itself, several are `{"files": [...]}`.
pub fn document(mut files: Vec<Value>) -> Value {
    if files.len() == 1 { files.remove(0) } else { json!({ "files": files }) }
}

/// One line: how many checks came out how.
pub fn summary(verdicts: &[Verdict]) -> String {
    let count = |outcome| verdicts.iter().filter(|verdict| verdict.result == outcome).count();
    let (passed, warned, failed) = (count(Outcome::Pass), count(Outcome::Warn), count(Outcome::Fail));
    format!("{passed} passed, {warned} to look at, {failed} failed")
}

/// Minutes, seconds and milliseconds.
pub fn clock(seconds: f64) -> String {
    let milliseconds = (seconds.max(0.0) * 1000.0).round() as u64;
    let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000);
    format!("{minutes}:{:02}.{:03}", rest / 1000, rest % 1000)
}

fn number(value: Option<f64>, digits: usize) -> String {
    let shown = value.filter(|value| value.is_finite()).map(|value| format!("{value:.digits$}"));
    match shown {
        // A minus before nothing but zeros says nothing.
        Some(shown) if shown.starts_with('-') && !shown.contains(|c| matches!(c, '1'..='9')) => shown[1..].to_string(),
        Some(shown) => shown,
        None => NOTHING.into(),
    }
}

/// A peak rounded up, so that no table shows less than was measured.
fn ceiling(value: Option<f64>, digits: usize) -> String {
    let scale = libm::pow(10.0, digits as f64);
    number(value.map(|value| (value * scale - 1e-9).ceil() / scale), digits)
}

fn text(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        _ => NOTHING.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::finding::{Kind, Severity};
    use crate::analysis::measure::Measurer;
    use crate::analysis::verdict::Bound;
    use crate::audio::{Block, Layout};
    use crate::unit::{Frames, SampleRate};

    fn measured(samples: Vec<f64>) -> Measurement {
        let mut measurer = Measurer::new(Layout::Mono, SampleRate(8_000), Some(24)).unwrap();
        measurer.process(&Block::from_channels(&[samples]));
        measurer.finish().measurement
    }

    #[test]
    fn a_table_of_silence_has_dashes_and_no_numbers_made_up() {
        let silent = measured(vec![0.0; 16_000]);
        let text = measurements([("silence.wav", &silent)]).to_string();
        let row = text.lines().last().unwrap();
        assert!(row.starts_with("silence.wav") && row.contains(" -  "), "{text}");
        assert!(row.ends_with("0:02.000") && !row.contains("inf") && !row.contains("NaN"));
        assert!(text.lines().next().unwrap().contains("TP dBTP"));
    }

    #[test]
    fn peaks_are_rounded_up_and_zero_has_no_sign() {
        assert_eq!(ceiling(Some(-0.999), 2), "-0.99");
        assert_eq!(ceiling(Some(-1.0), 2), "-1.00");
        assert_eq!(number(Some(-0.001), 2), "0.00");
        assert_eq!(number(Some(f64::NEG_INFINITY), 2), "-");
        assert_eq!(clock(61.2345), "1:01.235");
    }

    #[test]
    fn findings_and_verdicts_say_what_they_found() {
        let click = Finding::new(Kind::Click, Severity::Warn, Frames(8_000), Frames(8_003), SampleRate(8_000))
            .measuring(30.0, Some(10.0), "sigma")
            .in_song("One");
        let text = findings([&click]).to_string();
        assert!(text.contains("Click") && text.contains("0:01.000") && text.contains("One"), "{text}");
        let over =
            Verdict::measured("true_peak", Some(-0.9999), Bound::AtMost, -1.0, "dBTP", Outcome::Warn, "streaming");
        let text = verdicts([&over]).to_string();
        assert!(text.contains("true peak") && text.contains("-0.99 "), "{text}");
        assert_eq!(summary(&[over]), "0 passed, 1 to look at, 0 failed");
    }

    #[test]
    fn one_file_is_itself_and_several_are_listed() {
        let one = measurement_value("a.wav", &measured(vec![0.5; 800]));
        assert_eq!(one["file"], "a.wav");
        assert!(one["true_peak_dbtp"].is_number() && one["integrated_lufs"].is_null());
        assert_eq!(document(vec![one.clone()]), one);
        assert_eq!(document(vec![one.clone(), one])["files"].as_array().unwrap().len(), 2);
        assert_eq!(check_value("a.wav", &[], &[])["result"], "pass");
    }
}
