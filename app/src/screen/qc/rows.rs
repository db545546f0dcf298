//! The findings as rows: their words made once, sorted and filtered.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use lacquer_engine::analysis::finding::{Finding, Kind, Severity, State};
use lacquer_engine::qc::ledger::{Entry, Presence};
use lacquer_engine::unit::Frames;

use super::{Column, Standing};
use crate::desk::Desk;
use crate::widget::{number, places, timeline};

/// A finding as the table tells it.
pub struct Row {
    pub id: String,
    pub kind: Kind,
    pub severity: Severity,
    pub state: State,
    pub presence: Presence,
    pub song: Option<String>,
    pub number: usize,
    pub at: Option<f64>,
    pub length_s: f64,
    pub time: String,
    pub place: String,
    pub check: String,
    pub value: String,
    pub limit: String,
    pub unit: String,
    pub decision: String,
    pub repaired: bool,
    measured: Option<f64>,
}

/// Which rows are shown.
pub struct Filter {
    pub severities: Vec<Severity>,
    pub standing: Standing,
    pub kind: Option<Kind>,
    pub song: Option<String>,
}

/// All rows, and those that are shown in their order.
pub struct Rows {
    pub all: Vec<Row>,
    pub shown: Vec<usize>,
    pub by: Column,
    pub reversed: bool,
    pub filter: Filter,
    pub kinds: Vec<Kind>,
    /// Counts up with every change.
    pub generation: u64,
    by_id: HashMap<String, usize>,
    of: Option<(u64, usize)>,
}

impl Default for Rows {
    fn default() -> Rows {
        let severities = vec![Severity::Fail, Severity::Warn, Severity::Info];
        Rows {
            all: Vec::new(),
            shown: Vec::new(),
            by: Column::Severity,
            reversed: false,
            filter: Filter { severities, standing: Standing::All, kind: None, song: None },
            kinds: Vec::new(),
            generation: 0,
            by_id: HashMap::new(),
            of: None,
        }
    }
}

impl Rows {
    /// Makes the rows anew where findings or plan have changed; `true` then.
    pub fn follow(&mut self, desk: &Desk) -> bool {
        let plan = desk.plan.as_ref().map_or(0, |plan| Arc::as_ptr(plan) as usize);
        let of = Some((desk.quality.generation, plan));
        if self.of == of {
            return false;
        }
        self.of = of;
        let numbers: HashMap<&str, usize> = match &desk.plan {
            Some(plan) => plan.songs.iter().enumerate().map(|(index, song)| (song.id.as_str(), index + 1)).collect(),
            None => HashMap::new(),
        };
        let places = desk.places(desk.quality.entries.iter());
        let rows = desk.quality.entries.iter().zip(places);
        self.all = rows.map(|(entry, at)| row(desk, entry, at, &numbers)).collect();
        self.by_id = self.all.iter().enumerate().map(|(index, row)| (row.id.clone(), index)).collect();
        self.kinds = self.all.iter().map(|row| row.kind).collect::<BTreeSet<_>>().into_iter().collect();
        if self.filter.kind.is_some_and(|kind| !self.kinds.contains(&kind)) {
            self.filter.kind = None;
        }
        self.arrange();
        true
    }

    /// The row of a finding.
    pub fn get(&self, id: &str) -> Option<&Row> {
        self.all.get(*self.by_id.get(id)?)
    }

    pub fn sort_by(&mut self, by: Column) {
        self.reversed = self.by == by && !self.reversed;
        self.by = by;
        self.arrange();
    }

    pub fn switch(&mut self, severity: Severity) {
        let severities = &mut self.filter.severities;
        match severities.iter().position(|known| *known == severity) {
            Some(place) => drop(severities.remove(place)),
            None => severities.push(severity),
        }
        self.arrange();
    }

    pub fn filter(&mut self, change: impl FnOnce(&mut Filter)) {
        change(&mut self.filter);
        self.arrange();
    }

    fn arrange(&mut self) {
        self.generation += 1;
        let shows = |row: &Row| {
            let standing = match self.filter.standing {
                Standing::All => true,
                Standing::Open => row.state == State::Open && row.presence != Presence::Gone,
                Standing::Waived => row.state == State::Waived,
                Standing::Fixed => row.state == State::Fixed,
            };
            standing
                && self.filter.severities.contains(&row.severity)
                && self.filter.kind.is_none_or(|kind| kind == row.kind)
                && (self.filter.song.is_none() || self.filter.song == row.song)
        };
        let mut shown: Vec<usize> = (0..self.all.len()).filter(|index| shows(&self.all[*index])).collect();
        let by = self.by;
        shown.sort_by(|one, two| order(&self.all[*one], &self.all[*two], by).then(one.cmp(two)));
        if self.reversed {
            shown.reverse();
        }
        self.shown = shown;
    }
}

fn order(one: &Row, two: &Row, by: Column) -> Ordering {
    // What has no place comes last.
    let at = |row: &Row| row.at.unwrap_or(f64::INFINITY);
    let time = || at(one).total_cmp(&at(two));
    let standing = |row: &Row| (row.state != State::Open, row.state == State::Waived, row.presence == Presence::Gone);
    match by {
        // What is decided keeps its place: nothing moves under the hand.
        Column::Severity => two.severity.cmp(&one.severity).then_with(time),
        Column::Time => time(),
        Column::Song => (one.number, &one.place).cmp(&(two.number, &two.place)).then_with(time),
        Column::Check => one.check.cmp(&two.check).then_with(time),
        Column::Value => one.unit.cmp(&two.unit).then_with(|| {
            let value = |row: &Row| row.measured.unwrap_or(f64::NEG_INFINITY);
            value(two).total_cmp(&value(one))
        }),
        Column::State => standing(one).cmp(&standing(two)).then_with(time),
    }
}

fn row(desk: &Desk, entry: &Entry, at: Option<f64>, numbers: &HashMap<&str, usize>) -> Row {
    let finding = &entry.finding;
    let song = entry.song.clone();
    let number = song.as_deref().and_then(|id| numbers.get(id)).copied().unwrap_or(usize::MAX);
    let title = finding.song.clone().or_else(|| finding.file.clone());
    let place = match (number, title) {
        (usize::MAX, Some(title)) => title,
        (_, None) => "album".into(),
        (number, Some(title)) => format!("{number:02} {title}"),
    };
    let digits = digits(&finding.unit);
    // Of texts there is nothing to measure: the unit says what is missing.
    let is_text = entry.source.is_none() && finding.kind != Kind::DuplicateIdentifier;
    Row {
        id: finding.id.clone(),
        kind: finding.kind,
        severity: finding.severity,
        state: finding.state,
        presence: entry.presence,
        song,
        number,
        at,
        length_s: (finding.end_s.0 - finding.start_s.0).max(0.0),
        time: at.map_or_else(|| number::DASH.into(), number::cd_time),
        place,
        check: check(desk, entry),
        value: if is_text { String::new() } else { value(finding, digits) },
        limit: finding.limit.filter(|_| !is_text).map_or_else(String::new, |limit| number::level(limit, digits)),
        unit: if is_text { String::new() } else { finding.unit.clone() },
        decision: decision(entry),
        repaired: desk.repair_of(entry).is_some(),
        measured: finding.measured,
    }
}

/// What was found and in which channel.
fn check(desk: &Desk, entry: &Entry) -> String {
    let finding = &entry.finding;
    let stereo = entry
        .source
        .as_deref()
        .and_then(|id| desk.session().source(id))
        .is_some_and(|source| source.layout.channels() == 2);
    // Texts say what they miss in the unit.
    if entry.source.is_none() && !finding.unit.is_empty() {
        return format!("{}: {}", finding.title(), finding.unit);
    }
    match finding.channel {
        Some(0) if stereo => format!("{}, left", finding.title()),
        Some(1) if stereo => format!("{}, right", finding.title()),
        Some(channel) => format!("{}, channel {}", finding.title(), channel + 1),
        None => finding.title(),
    }
}

/// The measured value, never contradicting that it is beyond its limit.
fn value(finding: &Finding, digits: usize) -> String {
    match (finding.measured, finding.limit) {
        (Some(measured), Some(limit)) if measured > limit => number::judged(measured, limit, digits),
        (measured, _) => number::reading(measured, digits),
    }
}

fn digits(unit: &str) -> usize {
    match unit {
        "samples" | "bits" | "frames" | "Hz" => 0,
        "dBTP" | "probability" | "" => 2,
        "%" | "s" => 3,
        _ => 1,
    }
}

fn decision(entry: &Entry) -> String {
    let who: Vec<&str> = [entry.by.as_str(), entry.reason.as_str(), entry.date.as_str()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    let gone = (entry.presence == Presence::Gone).then_some("not found any more");
    who.into_iter().chain(gone).collect::<Vec<_>>().join(", ")
}

/// How grave a mark of it is.
pub fn gravity(severity: Severity) -> timeline::Severity {
    match severity {
        Severity::Info => timeline::Severity::Note,
        Severity::Warn => timeline::Severity::Warning,
        Severity::Fail => timeline::Severity::Error,
    }
}

/// Columns of the album's strip: more than it is wide.
const COLUMNS: usize = 1400;

/// The strip of the album with the open findings on it.
pub fn album(desk: &Desk, rows: &Rows, generation: u64) -> places::Album {
    let Some(plan) = &desk.plan else { return places::Album { generation, ..places::Album::default() } };
    let length_s = plan.frames as f64 / plan.rate.hz();
    let mut columns = vec![(0.0f32, 0.0f32); COLUMNS];
    for song in &plan.songs {
        let Some(known) = desk.known(&song.id) else { continue };
        let start = song.start as f64 / plan.rate.hz();
        let rate = known.processed.measurement.sample_rate_hz.hz();
        let end = start + known.after.frames().0 as f64 / rate;
        let share = |seconds: f64| ((seconds / length_s * COLUMNS as f64).max(0.0) as usize).min(COLUMNS);
        let (first, last) = (share(start), share(end));
        if last <= first {
            continue;
        }
        for channel in 0..known.after.channels() {
            let told = known.after.query(channel, Frames(0), known.after.frames(), last - first);
            for (column, told) in columns[first..last].iter_mut().zip(told) {
                *column = (column.0.min(told.min), column.1.max(told.max));
            }
        }
    }
    let open =
        rows.all.iter().enumerate().filter(|(_, row)| row.state == State::Open && row.presence != Presence::Gone);
    let mark =
        |(index, row): (usize, &Row)| Some(places::Mark { at_s: row.at?, severity: gravity(row.severity), index });
    let songs = plan.songs.iter().zip(1..).map(|(song, number)| (song.start as f64 / plan.rate.hz(), number));
    places::Album {
        length_s,
        columns: columns.into(),
        songs: songs.collect(),
        marks: open.filter_map(mark).collect(),
        generation,
        ..places::Album::default()
    }
}
