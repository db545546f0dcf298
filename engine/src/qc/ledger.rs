//! What was found now beside what was decided before: every finding of an album with its state.
//!
//! A finding meets its entry by id. A later mix measures a little otherwise and gets another id: a finding of the same kind,
//! channel and source within [`NEAR`] of an entry whose own finding is gone takes that entry's id, and so keeps what was
//! decided about it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::album;
use crate::analysis::finding::{Finding, Kind, Severity, State};
use crate::analysis::verdict::{Bound, Outcome, Verdict};
use crate::session::{Found, LedgerEntry, Session};
use crate::unit::Seconds;

/// Two findings of one kind this far apart are the same one in two mixes: less than a 64th note at 120 beats a minute
/// (31 ms) and a little more for what an alignment leaves.
pub const NEAR: Seconds = Seconds(0.05);

/// The check of the ledger in verdicts.
pub const CHECK: &str = "findings";

/// Whether an entry's finding is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It was found.
    Found,
    /// It was looked for and is not there any more.
    Gone,
    /// Its source has not been looked through.
    Unchecked,
}

/// A finding of an album.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The finding, under the id of the ledger and with its state.
    pub finding: Finding,
    /// Id of the source it lies in; none where it is about texts.
    pub source: Option<String>,
    /// Id of its song.
    pub song: Option<String>,
    /// Why it may stay.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// The day of the decision.
    pub date: String,
    /// Whether it is there.
    pub presence: Presence,
}

impl Entry {
    /// A finding nobody has decided about.
    pub fn new(finding: Finding) -> Entry {
        undecided(finding, None, None)
    }

    /// Its facts, to be kept in the ledger.
    pub fn found(&self) -> Found {
        Found::of(&self.finding, self.source.as_deref(), self.song.as_deref())
    }

    /// The finding for machine output, with what was decided about it.
    pub fn value(&self) -> Value {
        let mut value = json!(self.finding);
        let text = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        value["source"] = json!(self.source);
        value["reason"] = json!(text(&self.reason));
        value["by"] = json!(text(&self.by));
        value["date"] = json!(text(&self.date));
        value["presence"] = json!(match self.presence {
            Presence::Found => "found",
            Presence::Gone => "gone",
            Presence::Unchecked => "unchecked",
        });
        value
    }

    /// Whether something has still to be done about it.
    pub fn is_open(&self) -> bool {
        self.finding.state == State::Open && self.presence != Presence::Gone
    }
}

/// How many findings stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Open ones that are not deliverable as they are.
    pub errors: usize,
    /// Open ones to be listened to.
    pub warnings: usize,
    /// Open ones worth knowing.
    pub notes: usize,
    /// Accepted with a reason.
    pub waived: usize,
    /// Repaired or edited away.
    pub fixed: usize,
    /// Open ones of the ledger that are not found any more.
    pub gone: usize,
}

impl Tally {
    /// Counts findings.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Tally {
        let mut tally = Tally::default();
        for entry in entries {
            let count = match (entry.finding.state, entry.presence, entry.finding.severity) {
                (State::Waived, ..) => &mut tally.waived,
                (State::Fixed, ..) => &mut tally.fixed,
                (State::Open, Presence::Gone, _) => &mut tally.gone,
                (State::Open, _, Severity::Fail) => &mut tally.errors,
                (State::Open, _, Severity::Warn) => &mut tally.warnings,
                (State::Open, _, Severity::Info) => &mut tally.notes,
            };
            *count += 1;
        }
        tally
    }

    /// The worst of what is open.
    pub fn outcome(&self) -> Outcome {
        match (self.errors, self.warnings) {
            (0, 0) => Outcome::Pass,
            (0, _) => Outcome::Warn,
            _ => Outcome::Fail,
        }
    }
}

/// Every finding of a session: those of the sources that were looked through (`inspected` knows them by the source's id),
/// those about texts, and those of the ledger. In the order of sources and of time in them; texts follow.
pub fn reconcile<'f>(session: &Session, inspected: impl Fn(&str) -> Option<&'f [Finding]>) -> Vec<Entry> {
    let mut entries = found_now(session, &inspected);
    let mut by_id: HashMap<&str, &LedgerEntry> = HashMap::new();
    for entry in &session.ledger {
        by_id.entry(&entry.id).or_insert(entry);
    }
    let mut met: HashSet<String> = HashSet::new();
    for entry in &mut entries {
        if let Some(known) = by_id.get(entry.finding.id.as_str())
            && is_of(known, entry.source.as_deref())
        {
            met.insert(entry.finding.id.clone());
            decide(entry, known);
        }
    }
    let mut near = Near::of(&entries, &met);
    let mut absent = Vec::new();
    for known in session.ledger.iter().filter(|known| !met.contains(&known.id)) {
        let Some(found) = &known.found else { continue };
        if let Some(index) = near.take(found, &entries) {
            entries[index].finding.id.clone_from(&known.id);
            decide(&mut entries[index], known);
            continue;
        }
        let looked = found
            .source
            .as_deref()
            .is_none_or(|source| inspected(source).is_some() || session.source(source).is_none());
        absent.extend(not_found(session, known, found, looked));
    }
    entries.extend(absent);
    entries
}

fn found_now<'f>(session: &Session, inspected: &impl Fn(&str) -> Option<&'f [Finding]>) -> Vec<Entry> {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for (song, clip) in session.clips() {
        owners.entry(&clip.source).or_insert(song);
    }
    let mut entries = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    let decided = session.ledger.iter().filter_map(|known| Some((known.id.as_str(), known.found.as_ref()?)));
    let decided: HashMap<&str, &Found> = decided.collect();
    for source in &session.sources {
        let song = owners.get(source.id.as_str()).and_then(|song| session.song(song));
        for finding in inspected(&source.id).into_iter().flatten() {
            let mut finding = finding.clone().in_file(source.path.as_str());
            finding.song = song.map(|song| song.title.clone());
            // Two files may hold the same fault at the same place: a decision about one says nothing about the other.
            let others =
                decided.get(finding.id.as_str()).is_some_and(|found| found.source.as_ref() != Some(&source.id));
            if others || taken.contains(&finding.id) {
                finding.id = format!("{}-{}", finding.id, source.id);
            }
            taken.insert(finding.id.clone());
            entries.push(undecided(finding, Some(source.id.clone()), song.map(|song| song.id.clone())));
        }
    }
    for finding in album::identifiers(session) {
        let of = |id: &str| finding.id.strip_suffix(id).is_some_and(|rest| rest.ends_with('-'));
        let song = session.songs.iter().find(|song| of(&song.id)).map(|song| song.id.clone());
        entries.push(undecided(finding, None, song));
    }
    entries
}

fn undecided(finding: Finding, source: Option<String>, song: Option<String>) -> Entry {
    let (reason, by, date) = (String::new(), String::new(), String::new());
    Entry { finding, source, song, reason, by, date, presence: Presence::Found }
}

/// Whether an entry of the ledger speaks of this source; one without facts speaks of any.
fn is_of(known: &LedgerEntry, source: Option<&str>) -> bool {
    known.found.as_ref().is_none_or(|found| found.source.as_deref() == source)
}

fn decide(entry: &mut Entry, known: &LedgerEntry) {
    entry.finding.state = known.decision();
    entry.reason.clone_from(&known.reason);
    entry.by.clone_from(&known.by);
    entry.date.clone_from(&known.date);
}

/// An entry of the ledger whose finding was not met; `looked` says whether it could have been.
fn not_found(session: &Session, known: &LedgerEntry, found: &Found, looked: bool) -> Option<Entry> {
    let mut finding = found.finding(&known.id, known.decision())?;
    finding.file = found.source.as_deref().and_then(|id| session.source(id)).map(|source| source.path.clone());
    finding.song = found.song.as_deref().and_then(|id| session.song(id)).map(|song| song.title.clone());
    let mut entry = undecided(finding, found.source.clone(), found.song.clone());
    decide(&mut entry, known);
    entry.presence = if looked { Presence::Gone } else { Presence::Unchecked };
    Some(entry)
}

/// Kind, form, source and channel.
type Place = (Kind, Option<String>, String, Option<usize>);

/// Findings that no entry has met, by what they are and where, in the order of time.
struct Near {
    groups: HashMap<Place, Vec<usize>>,
}

impl Near {
    fn of(entries: &[Entry], met: &HashSet<String>) -> Near {
        let mut groups: HashMap<_, Vec<usize>> = HashMap::new();
        let free = entries.iter().enumerate().filter(|(_, entry)| !met.contains(&entry.finding.id));
        for (index, entry) in free {
            if let Some(source) = &entry.source {
                let finding = &entry.finding;
                let key = (finding.kind, finding.detail.clone(), source.clone(), finding.channel);
                groups.entry(key).or_default().push(index);
            }
        }
        let start = |index: &usize| entries[*index].finding.start_s.0;
        groups.values_mut().for_each(|group| group.sort_by(|one, two| start(one).total_cmp(&start(two))));
        Near { groups }
    }

    /// The nearest of its kind, which is then no longer free.
    fn take(&mut self, found: &Found, entries: &[Entry]) -> Option<usize> {
        let key = (found.kind()?, found.detail.clone(), found.source.clone()?, found.channel);
        let group = self.groups.get_mut(&key)?;
        let distance = |index: usize| (entries[index].finding.start_s.0 - found.start_s.0).abs();
        let next = group.partition_point(|index| entries[*index].finding.start_s.0 < found.start_s.0);
        let beside = [next.checked_sub(1), Some(next)].into_iter().flatten().filter(|place| *place < group.len());
        let place = beside.min_by(|one, two| distance(group[*one]).total_cmp(&distance(group[*two])))?;
        (distance(group[place]) <= NEAR.0).then(|| group.remove(place))
    }
}

/// A copy of the session whose ledger also holds what is open now: what a delivery is judged by. Entries whose finding is
/// gone are left out, unless they were decided.
pub fn completed(session: &Session, entries: &[Entry]) -> Session {
    let mut session = session.clone();
    let gone: HashSet<&str> = entries
        .iter()
        .filter(|entry| entry.presence == Presence::Gone && entry.finding.state == State::Open)
        .map(|entry| entry.finding.id.as_str())
        .collect();
    session.ledger.retain(|known| !gone.contains(known.id.as_str()));
    let known: HashSet<String> = session.ledger.iter().map(|known| known.id.clone()).collect();
    let open = entries.iter().filter(|entry| entry.is_open() && !known.contains(&entry.finding.id));
    let open: Vec<LedgerEntry> = open.map(|entry| LedgerEntry::open(&entry.finding.id, Some(entry.found()))).collect();
    session.ledger.extend(open);
    session
}

/// The entries of a ledger that concern songs: those of the whole album, and those of `songs` by their ids.
pub fn concerning<'l>(ledger: &'l [LedgerEntry], songs: &'l HashSet<&str>) -> impl Iterator<Item = &'l LedgerEntry> {
    ledger.iter().filter(|entry| {
        let song = entry.found.as_ref().and_then(|found| found.song.as_deref());
        song.is_none_or(|song| songs.contains(song))
    })
}

/// The judgement of a ledger: a warning while an error in it is open.
pub fn judge<'l>(ledger: impl IntoIterator<Item = &'l LedgerEntry>, profile: &str) -> Verdict {
    let (mut severe, mut open, mut waived, mut fixed) = (0, 0, 0, 0);
    for entry in ledger {
        severe += usize::from(entry.is_severe());
        match entry.decision() {
            State::Open => open += 1,
            State::Waived => waived += 1,
            State::Fixed => fixed += 1,
        }
    }
    let remark = match (open, waived + fixed) {
        (0, 0) => "no finding is kept in the session".into(),
        _ => format!("open {open}, of these errors {severe}; waived {waived}; fixed {fixed}"),
    };
    Verdict::measured(CHECK, Some(severe as f64), Bound::AtMost, 0.0, "open errors", Outcome::Warn, profile)
        .remarking(remark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Clip, Song, SourceRef};
    use crate::unit::{Frames, SampleRate};

    const RATE: SampleRate = SampleRate(1000);

    fn click(start: u64, measured: f64) -> Finding {
        Finding::new(Kind::Click, Severity::Fail, Frames(start), Frames(start + 3), RATE).in_channel(0).measuring(
            measured,
            Some(0.75),
            "probability",
        )
    }

    fn album() -> Session {
        let mut session = Session::new();
        session.album.upc = "036000291452".into();
        for number in 1..=2 {
            let text = format!(
                "id = 'a{number}'\npath = '{number}.wav'\nrate = 1000\nlayout = 'stereo'\nframes = 9000\nsize = 4\n\
                 head_tail = ''"
            );
            let source: SourceRef = toml::from_str(&text).unwrap();
            let mut song = Song::new(&format!("s{number}"), &format!("Song {number}"), "");
            song.clips = vec![Clip::whole("c1", &source)];
            session.sources.push(source);
            session.songs.push(song);
        }
        session
    }

    fn known(session: &Session, findings: &[(&str, Vec<Finding>)]) -> Vec<Entry> {
        reconcile(session, |id| {
            findings.iter().find(|(source, _)| *source == id).map(|(_, findings)| findings.as_slice())
        })
    }

    fn waived(session: &mut Session, entry: &Entry) {
        let mut known = LedgerEntry::open(&entry.finding.id, Some(entry.found()));
        (known.state, known.reason) = ("waived".into(), "so it is".into());
        session.ledger.push(known);
    }

    #[test]
    fn a_decision_holds_for_its_finding_and_survives_a_new_mix() {
        let mut session = album();
        let first =
            known(&session, &[("a1", vec![click(1000, 0.9), click(5000, 0.8)]), ("a2", vec![click(1000, 0.9)])]);
        assert_eq!(first.len(), 3, "the ISRCs of songs outside the sequence are nobody's");
        assert_ne!(first[0].finding.id, first[2].finding.id, "the same fault in two files");
        assert_eq!((first[2].song.as_deref(), first[2].finding.song.as_deref()), (Some("s2"), Some("Song 2")));
        waived(&mut session, &first[0]);
        // The next mix: a little later, a little milder.
        let next = [("a1", vec![click(1020, 0.88), click(5000, 0.8)]), ("a2", vec![click(1000, 0.9)])];
        let states = |entries: &[Entry]| entries.iter().map(|entry| entry.finding.state).collect::<Vec<_>>();
        let second = known(&session, &next);
        assert_eq!(states(&second), [State::Waived, State::Open, State::Open]);
        assert_eq!((second[0].finding.id.as_str(), second[0].reason.as_str()), (&*first[0].finding.id, "so it is"));
        // Too far away to be the same one.
        let third = known(&session, &[("a1", vec![click(1100, 0.88)])]);
        assert_eq!(states(&third), [State::Open, State::Waived]);
        assert_eq!(third[1].presence, Presence::Gone);
        let unseen = known(&session, &[]);
        assert_eq!((unseen.len(), unseen[0].presence), (1, Presence::Unchecked));
        assert_eq!(unseen[0].finding.file.as_deref(), Some("1.wav"));
    }

    #[test]
    fn a_delivery_is_judged_by_what_is_open() {
        let mut session = album();
        let findings = [("a1", vec![click(1000, 0.9), click(5000, 0.8)])];
        let entries = known(&session, &findings);
        waived(&mut session, &entries[0]);
        let mut stale = LedgerEntry::open("stale", Some(entries[1].found()));
        stale.found.as_mut().unwrap().start_s = Seconds(8.0);
        session.ledger.push(stale);
        let entries = known(&session, &findings);
        assert_eq!(Tally::of(&entries), Tally { errors: 1, waived: 1, gone: 1, ..Tally::default() });
        let completed = completed(&session, &entries);
        let ids: Vec<_> = completed.ledger.iter().map(|entry| entry.id.clone()).collect();
        assert_eq!(ids, [entries[0].finding.id.clone(), entries[1].finding.id.clone()]);
        let verdict = judge(&completed.ledger, "p");
        assert_eq!((verdict.result, verdict.measured), (Outcome::Warn, Some(1.0)));
        let other: HashSet<&str> = ["s2"].into();
        assert_eq!(judge(concerning(&completed.ledger, &other), "p").result, Outcome::Pass);
        let mut all_waived = completed.clone();
        all_waived.ledger.iter_mut().for_each(|entry| entry.state = "waived".into());
        assert_eq!(judge(&all_waived.ledger, "p").result, Outcome::Pass);
    }

    #[test]
    fn ten_thousand_findings_are_met_at_once() {
        let mut session = album();
        let crowd = |shift: u64| -> Vec<Finding> {
            (0..10_000).map(|place| click(place * 200 + shift, 0.8 + 0.01 * shift as f64)).collect()
        };
        let first = known(&session, &[("a1", crowd(0))]);
        first.iter().for_each(|entry| waived(&mut session, entry));
        let start = std::time::Instant::now();
        let second = known(&session, &[("a1", crowd(7))]);
        assert!(start.elapsed().as_secs_f64() < 0.5, "{:?}", start.elapsed());
        assert_eq!(Tally::of(&second), Tally { waived: 10_000, ..Tally::default() });
    }
}
