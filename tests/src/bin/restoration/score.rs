//! Findings against the truth: recall, precision, false findings per minute, and what is taken for what.

use std::collections::BTreeMap;

use lacquer_engine::analysis::finding::{Finding, Kind};

use crate::truth::{Event, answers, plain_db};

/// A point counts as found within this.
pub const TOLERANCE_S: f64 = 0.002;

/// How one kind came out.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Events planted.
    pub planted: usize,
    /// Events that a finding of the same family answers.
    pub found: usize,
    /// Events that a finding of exactly that kind answers.
    pub named: usize,
    /// The same over events whose d' is at least 40 dB.
    pub plain: (usize, usize),
    /// Findings on clean music.
    pub false_findings: usize,
    /// The most of them on one track, per minute, and the track.
    pub worst: (f64, String),
}

/// The score over many files.
#[derive(Debug, Clone, Default)]
pub struct Score {
    /// By planted kind and form.
    pub forms: BTreeMap<(Kind, String), Tally>,
    /// By kind.
    pub kinds: BTreeMap<Kind, Tally>,
    /// What planted kinds were found as: planted, found as, how often.
    pub confusion: BTreeMap<(Kind, Kind), usize>,
    /// How far the frequency of found hum was from the truth, in Hz.
    pub hum_hz: Vec<f64>,
    /// Minutes of clean music.
    pub clean_minutes: f64,
}

impl Score {
    /// Adds a damaged file.
    pub fn add_damaged(&mut self, truth: &[Event], findings: &[Finding], rate: f64) {
        for event in truth {
            let here: Vec<&Finding> = findings.iter().filter(|finding| touches(event, finding, rate)).collect();
            let found = here.iter().any(|finding| answers(event.kind).contains(&finding.kind));
            let named = here.iter().any(|finding| finding.kind == event.kind);
            for finding in &here {
                *self.confusion.entry((event.kind, finding.kind)).or_default() += 1;
            }
            let hertz = event.form.split(' ').next().and_then(|text| text.parse::<f64>().ok());
            if let (Kind::Hum, Some(hertz)) = (event.kind, hertz) {
                let told =
                    here.iter().filter(|finding| finding.kind == Kind::Hum).filter_map(|finding| finding.measured);
                self.hum_hz.extend(told.map(|told| (told - hertz).abs()));
            }
            let plain = event.detectability_db.is_some_and(|strength| strength >= plain_db(event.kind));
            let form = self.forms.entry((event.kind, event.form.clone())).or_default();
            for tally in [form, self.kinds.entry(event.kind).or_default()] {
                tally.planted += 1;
                tally.found += usize::from(found);
                tally.named += usize::from(named);
                tally.plain.0 += usize::from(plain && found);
                tally.plain.1 += usize::from(plain);
            }
        }
    }

    /// Adds a clean file: whatever is found in it is false.
    pub fn add_clean(&mut self, name: &str, findings: &[Finding], minutes: f64) {
        self.clean_minutes += minutes;
        let mut here: BTreeMap<Kind, usize> = BTreeMap::new();
        for finding in findings {
            *here.entry(finding.kind).or_default() += 1;
        }
        for (kind, number) in here {
            let tally = self.kinds.entry(kind).or_default();
            tally.false_findings += number;
            let rate = number as f64 / minutes.max(1e-9);
            if rate > tally.worst.0 {
                tally.worst = (rate, name.to_string());
            }
        }
    }
}

/// Whether a finding lies where an event is: within 2 ms of a point, over a part of a region; in its channel.
pub fn touches(event: &Event, finding: &Finding, rate: f64) -> bool {
    if event.channel.zip(finding.channel).is_some_and(|(planted, found)| planted != found) {
        return false;
    }
    let slack = if event.is_point() { TOLERANCE_S * rate } else { 0.0 };
    let (start, end) = (finding.start_frame.0 as f64, finding.end_s.0 * rate);
    start < event.end as f64 + slack && end > event.start as f64 - slack
}
