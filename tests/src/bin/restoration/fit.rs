//! Weights of the detectors, learned on candidates of clean and damaged music and judged on tracks that were left out.
//!
//! `--save FILE` keeps the candidates as text, `--rows FILE` learns from such a file again, `--write FOLDER` writes the
//! weights of all tracks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lacquer_engine::analysis::faults::{Candidate, Thresholds, Weights};
use lacquer_engine::analysis::finding::Kind;
use lacquer_engine::report::table::Table;

use crate::boost::{self, Example, Form};
use crate::detect;
use crate::inject;
use crate::music::Track;
use crate::options::Options;
use crate::score::TOLERANCE_S;
use crate::truth::Event;

/// Thresholds that the table is printed for.
const THRESHOLDS: [f64; 8] = [0.35, 0.5, 0.65, 0.75, 0.85, 0.9, 0.95, 0.97];
/// Edges of d' in the table of what is found, in dB.
const STRENGTHS_DB: [f64; 8] = [f64::MIN, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, f64::MAX];

/// How a kind is weighed. The signs are physics.
fn form(kind: Kind) -> Form {
    match kind {
        Kind::Click => Form {
            linear: &[-1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0],
            trees: &[
                -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 0.0, 0.0, -1.0, -1.0, -1.0, -1.0,
                0.0, -1.0, -1.0, -1.0, 0.0, 0.0,
            ],
        },
        Kind::Dropout => Form { linear: &[1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0], trees: &[0.0; 21] },
        _ => Form { linear: &[1.0, 1.0, 1.0, 0.0, 0.0, 1.0], trees: &[0.0; 22] },
    }
}

/// A weighed place of which it is known what it is, or a planted fault that nothing was weighed at.
#[derive(Debug, Clone)]
struct Row {
    set: String,
    track: String,
    what: What,
    /// The form of the planted fault.
    form: String,
    detectability_db: f64,
    start: u64,
    features: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Of clean music.
    Clean,
    /// A planted fault of the kind.
    Planted,
    /// Another planted fault: it teaches, but it is no false finding of clean music.
    Confused,
    /// A planted fault without a candidate.
    Missed,
}

const WHATS: [(What, &str); 4] =
    [(What::Clean, "clean"), (What::Planted, "planted"), (What::Confused, "confused"), (What::Missed, "missed")];

/// What was gathered: rows of each kind, and the clean minutes of each track.
#[derive(Default)]
struct Gathered {
    rows: [Vec<Row>; 3],
    minutes: BTreeMap<String, (String, f64)>,
}

/// The kinds that are weighed.
const WEIGHED: [Kind; 3] = [Kind::Click, Kind::Dropout, Kind::Splice];
/// What is planted for them.
const PLANTED: [Kind; 4] = [Kind::Click, Kind::Pop, Kind::Dropout, Kind::Splice];

/// Prints what weights achieve on tracks that were left out; writes those of all.
pub fn fit(options: &Options) -> Result<bool, String> {
    let gathered = match &options.rows {
        Some(path) => read(path)?,
        None => gather(options)?,
    };
    if let Some(path) = &options.save {
        std::fs::write(path, text(&gathered)).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let thresholds = Thresholds::from_profile(&options.profile);
    for (kind, rows) in WEIGHED.into_iter().zip(&gathered.rows).filter(|(kind, _)| options.wants(*kind)) {
        let least = match kind {
            Kind::Click => thresholds.click,
            Kind::Dropout => thresholds.dip,
            _ => thresholds.splice,
        };
        let judged = left_out(rows, &form(kind));
        for set in ["", "developers", "hyperrogue", "sectoid"] {
            tell(kind, rows, &judged, &gathered.minutes, set);
        }
        tell_planted(kind, rows, &judged, least);
        if options.list {
            tell_false(rows, &judged, least);
        }
        if let Some(folder) = &options.write {
            let all: Vec<Example<'_>> = rows.iter().filter_map(example).collect();
            let head = format!("# {} of {} rows, written by restoration fit --write\n", kind.id(), all.len());
            let path = folder.join(format!("{}.txt", kind.id()));
            let text = head + &boost::learn(&all, &form(kind)).text();
            std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(true)
}

fn example(row: &Row) -> Option<Example<'_>> {
    (row.what != What::Missed).then_some((row.features.as_slice(), row.what == What::Planted))
}

/// Every row's probability, from the weights of the other tracks.
fn left_out(rows: &[Row], form: &Form) -> Vec<f64> {
    let tracks: BTreeSet<&String> = rows.iter().map(|row| &row.track).collect();
    let mut judged = vec![0.0; rows.len()];
    for track in tracks {
        let others: Vec<Example<'_>> = rows.iter().filter(|row| row.track != *track).filter_map(example).collect();
        let weights: Weights = boost::learn(&others, form);
        for (row, judged) in rows.iter().zip(&mut judged).filter(|(row, _)| row.track == *track) {
            *judged = if row.what == What::Missed { 0.0 } else { weights.probability(&row.features) };
        }
    }
    judged
}

fn tell(kind: Kind, rows: &[Row], judged: &[f64], minutes: &BTreeMap<String, (String, f64)>, set: &str) {
    let here = |row: &Row| set.is_empty() || row.set == set;
    let time: f64 = minutes.values().filter(|(own, _)| set.is_empty() || own == set).map(|(_, time)| time).sum();
    let planted = |row: &Row| here(row) && matches!(row.what, What::Planted | What::Missed);
    if !rows.iter().any(planted) {
        return;
    }
    let rated = || rows.iter().zip(judged);
    let mut table = Table::new(&["p", "recall", "d' >= 40", "false", "per min", "worst track", "per min there"]);
    for least in THRESHOLDS {
        let share = |of: &dyn Fn(&Row) -> bool| {
            let all = rated().filter(|(row, _)| planted(row) && of(row)).count();
            let found = rated().filter(|(row, p)| planted(row) && of(row) && **p >= least).count();
            format!("{:.3}", found as f64 / all.max(1) as f64)
        };
        let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, _) in rated().filter(|(row, p)| here(row) && row.what == What::Clean && **p >= least) {
            *wrong.entry(&row.track).or_default() += 1;
        }
        let rate = |track: &str, number: usize| number as f64 / minutes.get(track).map_or(1.0, |own| own.1);
        let worst = wrong.iter().max_by(|a, b| rate(a.0, *a.1).total_cmp(&rate(b.0, *b.1)));
        let number: usize = wrong.values().sum();
        table.row([
            least.to_string(),
            share(&|_| true),
            share(&|row| row.detectability_db >= 40.0),
            number.to_string(),
            format!("{:.3}", number as f64 / time.max(1e-9)),
            worst.map_or(String::new(), |worst| worst.0.to_string()),
            worst.map_or(String::new(), |worst| format!("{:.2}", rate(worst.0, *worst.1))),
        ]);
    }
    let number = rows.iter().filter(|row| planted(row)).count();
    let name = if set.is_empty() { "all sets" } else { set };
    println!(
        "{} in {name}: {number} planted, {time:.1} clean minutes, weights of the other tracks\n{table}",
        kind.id()
    );
}

/// What is found by form and by d', and how well the probabilities are meant.
fn tell_planted(kind: Kind, rows: &[Row], judged: &[f64], least: f64) {
    let rated = || rows.iter().zip(judged).filter(|(row, _)| matches!(row.what, What::Planted | What::Missed));
    let mut table = Table::new(&["planted", "number", "recall"]);
    let mut add = |name: String, of: &dyn Fn(&Row) -> bool| {
        let all = rated().filter(|(row, _)| of(row)).count();
        let found = rated().filter(|(row, p)| of(row) && **p >= least).count();
        if all > 0 {
            table.row([name, all.to_string(), format!("{:.3}", found as f64 / all as f64)]);
        }
    };
    let forms: BTreeSet<&String> = rated().map(|(row, _)| &row.form).collect();
    for form in forms {
        add(form.clone(), &|row| row.form == *form);
    }
    for pair in STRENGTHS_DB.windows(2) {
        let name = format!("d' from {} dB", if pair[0] == f64::MIN { "nothing".into() } else { pair[0].to_string() });
        add(name, &|row| row.detectability_db >= pair[0] && row.detectability_db < pair[1]);
    }
    println!("{} at {least}\n{table}", kind.id());
    let mut table = Table::new(&["said", "number", "is"]);
    for pair in [0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.01].windows(2) {
        let within = |p: &f64| *p >= pair[0] && *p < pair[1];
        let own: Vec<&Row> = rows
            .iter()
            .zip(judged)
            .filter(|(row, p)| row.what != What::Missed && within(p))
            .map(|(row, _)| row)
            .collect();
        let planted = own.iter().filter(|row| row.what == What::Planted).count();
        let share = format!("{:.2}", planted as f64 / own.len().max(1) as f64);
        table.row([format!("{} to {}", pair[0], pair[1].min(1.0)), own.len().to_string(), share]);
    }
    println!("{} as it is meant\n{table}", kind.id());
}

/// False findings, and strong faults that were missed, with their features.
fn tell_false(rows: &[Row], judged: &[f64], least: f64) {
    for (row, p) in rows.iter().zip(judged) {
        let wrong = row.what == What::Clean && *p >= least;
        let missed = matches!(row.what, What::Planted | What::Missed) && *p < least && row.detectability_db >= 45.0;
        if wrong || missed {
            let what = WHATS.iter().find(|(what, _)| *what == row.what).map_or("", |(_, name)| name);
            println!(
                "{what} {} {} at {} d' {:.1}: {p:.3} {:.1?}",
                row.track, row.form, row.start, row.detectability_db, row.features
            );
        }
    }
}

/// Candidates of clean music, and those of damaged music that are a planted fault.
fn gather(options: &Options) -> Result<Gathered, String> {
    let mut gathered = Gathered::default();
    let thresholds = Thresholds::from_profile(&options.profile);
    for track in options.music() {
        let music = detect::load(&track, options)?;
        gathered.minutes.insert(track.name.clone(), (track.set.to_string(), music.minutes()));
        let clean = detect::weighed(&music.channels, music.rate, thresholds).1;
        for (kind, rows) in WEIGHED.into_iter().zip(&mut gathered.rows) {
            let own = clean.iter().filter(|candidate| is_weighed(candidate, kind));
            rows.extend(own.map(|candidate| row(&track, What::Clean, Some(candidate), None)));
        }
        for seed in 101..101 + options.seeds {
            let damaged = inject::mixed(&music.channels, f64::from(music.rate), &PLANTED, seed, &track.name);
            let found = detect::weighed(&damaged.channels, music.rate, thresholds).1;
            for event in damaged.truth.iter().filter(|event| event.form != "mute") {
                add_planted(&mut gathered.rows, &track, &found, event, music.rate);
            }
        }
        eprintln!("{}: {:?} candidates", track.name, gathered.rows.each_ref().map(Vec::len));
    }
    Ok(gathered)
}

fn add_planted(rows: &mut [Vec<Row>; 3], track: &Track, found: &[Candidate], event: &Event, rate: u32) {
    let kind = if event.kind == Kind::Pop { Kind::Click } else { event.kind };
    let Some(index) = WEIGHED.iter().position(|weighed| *weighed == kind) else { return };
    let here = found.iter().filter(|candidate| is_weighed(candidate, kind) && meets(candidate, event, rate));
    rows[index].push(match here.max_by(|a, b| a.probability.total_cmp(&b.probability)) {
        Some(candidate) => row(track, What::Planted, Some(candidate), Some(event)),
        None => row(track, What::Missed, None, Some(event)),
    });
    // A click in every channel breaks what was predicted too; only interpolation tells it from a splice.
    if kind == Kind::Click {
        let taken = found.iter().filter(|c| is_weighed(c, Kind::Splice) && meets(c, event, rate));
        rows[2].extend(taken.map(|candidate| row(track, What::Confused, Some(candidate), None)));
    }
}

fn is_weighed(candidate: &Candidate, kind: Kind) -> bool {
    candidate.kind == kind && !candidate.features.is_empty()
}

fn row(track: &Track, what: What, candidate: Option<&Candidate>, event: Option<&Event>) -> Row {
    Row {
        set: track.set.to_string(),
        track: track.name.clone(),
        what,
        form: event.map_or_else(|| "-".into(), |event| event.form.clone()),
        detectability_db: event.and_then(|event| event.detectability_db).unwrap_or(f64::NAN),
        start: candidate.map_or_else(|| event.map_or(0, |event| event.start as u64), |candidate| candidate.start),
        features: candidate.map_or_else(Vec::new, |candidate| candidate.features.clone()),
    }
}

/// Whether a candidate is where an event was planted.
fn meets(candidate: &Candidate, event: &Event, rate: u32) -> bool {
    let apart = candidate.channel.zip(event.channel).is_some_and(|(a, b)| a != b);
    let slack = TOLERANCE_S * f64::from(rate);
    !apart && (candidate.start as f64) < event.end as f64 + slack && candidate.end as f64 > event.start as f64 - slack
}

/// Rows as text: tabs between, one a line; clean minutes first.
fn text(gathered: &Gathered) -> String {
    let mut text = String::new();
    for (track, (set, minutes)) in &gathered.minutes {
        text += &format!("minutes\t{set}\t{track}\t{minutes}\n");
    }
    for (kind, rows) in WEIGHED.into_iter().zip(&gathered.rows) {
        for row in rows {
            let what = WHATS.iter().find(|(what, _)| *what == row.what).map_or("", |(_, name)| name);
            let Row { set, track, form, detectability_db, start, .. } = row;
            text += &format!("{}\t{set}\t{track}\t{what}\t{form}\t{detectability_db:.2}\t{start}", kind.id());
            row.features.iter().for_each(|feature| text += &format!("\t{feature:.5}"));
            text.push('\n');
        }
    }
    text
}

fn read(path: &Path) -> Result<Gathered, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut gathered = Gathered::default();
    for (number, line) in text.lines().enumerate() {
        let known = read_line(line, &mut gathered);
        known.ok_or_else(|| format!("{}: line {} is no row", path.display(), number + 1))?;
    }
    Ok(gathered)
}

fn read_line(line: &str, gathered: &mut Gathered) -> Option<()> {
    let mut cells = line.split('\t');
    let (kind, set, track) = (cells.next()?, cells.next()?.to_string(), cells.next()?.to_string());
    if kind == "minutes" {
        gathered.minutes.insert(track, (set, cells.next()?.parse().ok()?));
        return Some(());
    }
    let index = WEIGHED.iter().position(|weighed| weighed.id() == kind)?;
    let name = cells.next()?;
    let what = WHATS.iter().find(|(_, own)| *own == name)?.0;
    let (form, detectability_db) = (cells.next()?.to_string(), cells.next()?.parse().ok()?);
    let start = cells.next()?.parse().ok()?;
    let features = cells.map(|cell| cell.parse().ok()).collect::<Option<Vec<f64>>>()?;
    gathered.rows[index].push(Row { set, track, what, form, detectability_db, start, features });
    Some(())
}
