//! One finding per place: what is the same fault is told once, and what is a trace of another fault is not told.

use crate::analysis::finding::{Finding, Kind};
use crate::unit::{Frames, SampleRate};

/// Findings of one kind in several channels that begin within this are one.
const SAME_S: f64 = 0.003;
/// A click this near the edge of a mute, a dip or a splice is that edge.
const EDGE_S: f64 = 0.005;
/// A click this short is one even where every channel breaks: 8 samples at 44.1 kHz.
const TIGHT_S: f64 = 0.000_2;
/// An edge of a stretch whose relation changes is known within a block of it.
const BLOCK_S: f64 = 0.35;
/// A kind that has more findings than this in a file is gathered until it has not: more are not looked at one by one.
const MOST: usize = 200;
/// Overs are gathered sooner: a loud master has thousands, and one limiter setting behind all of them.
const MOST_OVERS: usize = 40;
/// The gap that gathering starts with, and by how much it grows.
const FIRST_GAP_S: f64 = 0.05;
const GROWTH: f64 = 4.0;

/// Tells each place once; findings come out in order of time.
pub(super) fn resolve(findings: Vec<Finding>, rate: SampleRate) -> Vec<Finding> {
    let mut findings = sorted(findings);
    findings = across_channels(findings, rate);
    let stronger: Vec<Finding> = findings.iter().filter(|finding| reach(finding.kind).is_some()).cloned().collect();
    findings.retain(|finding| !stronger.iter().any(|strong| explains(strong, finding)));
    for kind in [Kind::TruePeakOver, Kind::SampleOver, Kind::Clip, Kind::Click, Kind::Pop, Kind::Dropout, Kind::Splice]
    {
        let most = if matches!(kind, Kind::TruePeakOver | Kind::SampleOver) { MOST_OVERS } else { MOST };
        findings = gathered(findings, kind, most, rate);
    }
    sorted(findings)
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (a.start_frame, a.kind, a.channel, &a.detail).cmp(&(b.start_frame, b.kind, b.channel, &b.detail))
    });
    findings
}

/// How far the trace of a kind reaches beyond it: clicks there are its own.
fn reach(kind: Kind) -> Option<f64> {
    match kind {
        Kind::Click | Kind::Splice | Kind::Dropout | Kind::NotANumber | Kind::Clip | Kind::Crackle => Some(EDGE_S),
        Kind::Polarity | Kind::Imbalance | Kind::Delay => Some(BLOCK_S),
        _ => None,
    }
}

/// Whether a finding is but a trace of a stronger one.
fn explains(strong: &Finding, finding: &Finding) -> bool {
    let Some(reach) = reach(strong.kind).filter(|_| strong.kind != finding.kind) else { return false };
    let apart = strong.channel.zip(finding.channel).is_some_and(|(a, b)| a != b);
    let (start, end) = (strong.start_s.0, strong.end_s.0);
    let touches = |from: f64, to: f64| finding.start_s.0 <= to && finding.end_s.0 >= from;
    let point = matches!(finding.kind, Kind::Click | Kind::Pop | Kind::Splice);
    match strong.kind {
        // The places that differ are its two edges; what lies between them is the programme.
        Kind::Polarity | Kind::Imbalance | Kind::Delay => {
            point && (touches(start - reach, start + reach) || touches(end - reach, end + reach))
        }
        // A mute cuts and returns in all channels: its edges look like joints.
        Kind::Dropout => point && !apart && touches(start - reach, end + reach),
        // A few samples explain it: nothing was joined there.
        Kind::Click => is_tight(strong) && finding.kind == Kind::Splice && touches(start - reach, end + reach),
        Kind::Splice => {
            matches!(finding.kind, Kind::Click | Kind::Pop | Kind::Crackle)
                && (!is_tight(finding) || strong.detail.as_deref() == Some("repeat"))
                && touches(start - reach, end + reach)
        }
        _ => point && !apart && touches(start - reach, end + reach),
    }
}

/// Whether a click is so short that a joint cannot pass for it.
fn is_tight(finding: &Finding) -> bool {
    finding.kind == Kind::Click && finding.end_s.0 - finding.start_s.0 <= TIGHT_S
}

/// Findings of one kind and form that begin together in several channels become one of all channels.
fn across_channels(findings: Vec<Finding>, rate: SampleRate) -> Vec<Finding> {
    let same = (SAME_S * rate.hz()) as u64;
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        let begins = finding.start_frame.0;
        let near = told.iter_mut().rev().take_while(|held| held.start_frame.0 + same >= begins);
        let together = |held: &&mut Finding| {
            held.kind == finding.kind && held.detail == finding.detail && held.channel != finding.channel
        };
        let joins =
            !matches!(finding.kind, Kind::TruePeakOver | Kind::SampleOver | Kind::NotANumber | Kind::DeadChannel);
        match near.into_iter().find(together).filter(|_| joins) {
            Some(held) => *held = joined(held, &finding, rate, false),
            None => told.push(finding),
        }
    }
    told
}

/// Gathers a kind with a growing gap until it has few enough findings.
fn gathered(findings: Vec<Finding>, kind: Kind, most: usize, rate: SampleRate) -> Vec<Finding> {
    let (mut own, mut others): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| finding.kind == kind);
    let mut gap = FIRST_GAP_S;
    while own.len() > most {
        let mut told: Vec<Finding> = Vec::new();
        for finding in own {
            match told.last_mut() {
                Some(held) if finding.start_s.0 <= held.end_s.0 + gap => *held = joined(held, &finding, rate, true),
                _ => told.push(finding),
            }
        }
        own = told;
        gap *= GROWTH;
    }
    others.extend(own);
    others
}

/// Two findings as one: from the first to the last, the larger value, the surer confidence. `adding` counts the events
/// of both; the same event in two channels counts once.
fn joined(a: &Finding, b: &Finding, rate: SampleRate, adding: bool) -> Finding {
    let larger = |a: f64, b: f64| if b.abs() > a.abs() && a * b >= 0.0 || b > a { b } else { a };
    let measured = match (a.measured, b.measured) {
        (Some(a), Some(b)) => Some(larger(a, b)),
        (a, b) => a.or(b),
    };
    let end = a.end_s.0.max(b.end_s.0);
    let start = Frames(a.start_frame.0.min(b.start_frame.0));
    let severity = a.severity.max(b.severity);
    let mut one = Finding::new(a.kind, severity, start, Frames((end * rate.hz()).round() as u64), rate);
    one.limit = a.limit;
    one.unit.clone_from(&a.unit);
    if let Some(value) = measured {
        one = one.measuring(value, a.limit, &a.unit);
    }
    if let Some(detail) = &a.detail {
        one = one.detailed(detail.clone());
    }
    if let Some(channel) = a.channel.filter(|channel| b.channel == Some(*channel)) {
        one = one.in_channel(channel);
    }
    one.gathering(if adding { a.count + b.count } else { a.count.max(b.count) })
        .with_confidence(a.confidence.max(b.confidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::finding::Severity;

    const RATE: SampleRate = SampleRate(1000);

    fn finding(kind: Kind, start: u64, end: u64) -> Finding {
        Finding::new(kind, Severity::Warn, Frames(start), Frames(end), RATE)
    }

    fn kinds(findings: Vec<Finding>) -> Vec<(Kind, u64, u64)> {
        resolve(findings, RATE).iter().map(|f| (f.kind, f.start_frame.0, f.count)).collect()
    }

    #[test]
    fn a_trace_is_not_told() {
        let mute = finding(Kind::Dropout, 100, 120).detailed("mute");
        assert_eq!(kinds(vec![finding(Kind::Click, 121, 122), mute.clone()]), [(Kind::Dropout, 100, 1)]);
        assert_eq!(kinds(vec![finding(Kind::Click, 140, 141), mute]).len(), 2);
        let inverted = finding(Kind::Polarity, 2000, 9000);
        let clicks = [2100, 5000, 9100].map(|start| finding(Kind::Click, start, start + 1));
        let told = kinds(clicks.into_iter().chain([inverted]).collect());
        assert_eq!(told, [(Kind::Polarity, 2000, 1), (Kind::Click, 5000, 1)]);
    }

    #[test]
    fn both_channels_are_one_finding() {
        let pair = [0, 1].map(|channel| finding(Kind::Click, 50 + channel as u64, 52).in_channel(channel));
        let told = resolve(pair.to_vec(), RATE);
        assert_eq!((told.len(), told[0].channel, told[0].count), (1, None, 1));
    }

    #[test]
    fn thousands_are_gathered_and_few_are_not() {
        let overs = |number: u64| {
            let over = |n: u64| finding(Kind::TruePeakOver, 30 * n, 30 * n + 2).measuring(n as f64, Some(0.0), "dBTP");
            (0..number).map(over).collect::<Vec<Finding>>()
        };
        assert_eq!(resolve(overs(30), RATE).len(), 30);
        let told = resolve(overs(3000), RATE);
        assert!(told.len() <= MOST_OVERS);
        assert_eq!(told.iter().map(|finding| finding.count).sum::<u64>(), 3000);
        assert_eq!(told[0].measured, Some(2999.0));
    }
}
