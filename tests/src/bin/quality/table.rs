//! Rows of the table, and how they are told.

use serde_json::{Value, json};

use crate::bench::Bench;

/// What must hold.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// At most this.
    AtMost(f64),
    /// This, give or take.
    Near(f64, f64),
    /// Nothing: a figure to be told.
    Told,
}

/// What came out.
#[derive(Debug, Clone)]
pub enum Result {
    /// A figure.
    Measured(f64),
    /// There is no such processor or setting.
    NotBuilt,
    /// It could not be measured, and why.
    Broken(String),
}

/// The judgement of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Holds.
    Pass,
    /// Does not.
    Fail,
    /// Nothing to judge.
    NotBuilt,
    /// A figure without a bound.
    Told,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its group, filled in by the program.
    pub group: &'static str,
    /// What is measured.
    pub what: String,
    /// What must hold.
    pub must: Bound,
    /// What is aimed at (at most).
    pub aim: Option<f64>,
    /// Unit of all figures.
    pub unit: &'static str,
    /// What came out.
    pub result: Result,
    /// Where the worst case was.
    pub note: String,
    /// The same figure of others.
    pub peers: Vec<(String, f64)>,
}

impl Row {
    /// A row without aim, note and peers.
    pub fn new(what: impl Into<String>, must: Bound, unit: &'static str, result: Result) -> Row {
        Row { group: "", what: what.into(), must, aim: None, unit, result, note: String::new(), peers: Vec::new() }
    }

    /// With an aim.
    pub fn aim(mut self, aim: f64) -> Row {
        self.aim = Some(aim);
        self
    }

    /// With a note.
    pub fn note(mut self, note: impl Into<String>) -> Row {
        self.note = note.into();
        self
    }

    /// With a peer, where it gave a figure.
    pub fn peer(mut self, name: &str, value: Option<f64>) -> Row {
        self.peers.extend(value.map(|value| (name.to_string(), value)));
        self
    }

    /// The judgement.
    pub fn outcome(&self) -> Outcome {
        match (&self.result, self.must) {
            (Result::NotBuilt, _) => Outcome::NotBuilt,
            (Result::Broken(_), _) => Outcome::Fail,
            (Result::Measured(_), Bound::Told) => Outcome::Told,
            (Result::Measured(value), Bound::AtMost(limit)) if *value <= limit => Outcome::Pass,
            (Result::Measured(value), Bound::Near(wanted, room)) if (value - wanted).abs() <= room => Outcome::Pass,
            (Result::Measured(_), _) => Outcome::Fail,
        }
    }

    /// The row as a line of text.
    pub fn line(&self) -> String {
        let mark = match self.outcome() {
            Outcome::Pass => "pass",
            Outcome::Fail => "FAIL",
            Outcome::NotBuilt => "NOT BUILT",
            Outcome::Told => "-",
        };
        let must = match self.must {
            Bound::AtMost(limit) => format!("<= {}", figure(limit)),
            Bound::Near(wanted, room) => format!("{} +-{}", figure(wanted), figure(room)),
            Bound::Told => String::new(),
        };
        let aim = self.aim.map_or(String::new(), |aim| format!("aim {}", figure(aim)));
        let value = match &self.result {
            Result::Measured(value) => format!("{} {}", figure(*value), self.unit),
            Result::NotBuilt => "-".into(),
            Result::Broken(why) => why.clone(),
        };
        let mut line = format!("{:<11} {:<66} {must:<16} {aim:<12} {value:<20} {mark}", self.group, self.what);
        if !self.note.is_empty() {
            line += &format!("   ({})", self.note);
        }
        for (name, value) in &self.peers {
            line += &format!("\n{:>78} {name}: {} {}", "", figure(*value), self.unit);
        }
        line
    }

    fn value(&self) -> Value {
        let (must, room) = match self.must {
            Bound::AtMost(limit) => (json!(limit), Value::Null),
            Bound::Near(wanted, room) => (json!(wanted), json!(room)),
            Bound::Told => (Value::Null, Value::Null),
        };
        let (measured, error) = match &self.result {
            Result::Measured(value) => (json!(value), Value::Null),
            Result::NotBuilt => (Value::Null, Value::Null),
            Result::Broken(why) => (Value::Null, json!(why)),
        };
        let peers: serde_json::Map<String, Value> =
            self.peers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "group": self.group, "what": self.what, "must": must, "tolerance": room, "aim": self.aim, "unit": self.unit,
            "measured": measured, "error": error, "note": self.note, "peers": peers,
            "result": match self.outcome() {
                Outcome::Pass => "pass", Outcome::Fail => "fail", Outcome::NotBuilt => "not_built", Outcome::Told => "told",
            },
        })
    }
}

fn figure(value: f64) -> String {
    match value.abs() {
        size if size != 0.0 && size < 0.001 => format!("{value:.1e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_string(),
    }
}

/// The counts of all outcomes.
pub fn summary(rows: &[Row]) -> String {
    let count = |wanted: Outcome| rows.iter().filter(|row| row.outcome() == wanted).count();
    let (pass, fail, missing) = (count(Outcome::Pass), count(Outcome::Fail), count(Outcome::NotBuilt));
    format!("{} rows: {pass} pass, {fail} fail, {missing} not built", rows.len())
}

/// Everything as one JSON document.
pub fn document(rows: &[Row], bench: &Bench) -> Value {
    json!({
        "lacquer": bench.version(), "quick": bench.quick, "peers": bench.peers(),
        "rows": rows.iter().map(Row::value).collect::<Vec<_>>(),
    })
}
