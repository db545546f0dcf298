use serde::{Deserialize, Serialize};

/// How a check came out, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Within the limit.
    Pass,
    /// Outside, but deliverable.
    Warn,
    /// Outside, and not deliverable.
    Fail,
}

/// Which side of a limit is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The limit itself and everything below.
    AtMost,
    /// The limit itself and everything above.
    AtLeast,
    /// Only the limit itself, or one of the values listed.
    Exactly,
    /// Nothing is asked: the value is information, or a setting of a detector.
    Free,
}

impl Bound {
    /// Whether `measured` keeps `limit`, compared unrounded. What is not a number keeps nothing.
    pub fn holds(self, measured: f64, limit: f64) -> bool {
        match self {
            Bound::AtMost => measured <= limit,
            Bound::AtLeast => measured >= limit,
            Bound::Exactly => measured == limit,
            Bound::Free => true,
        }
    }
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The check that asks for it.
    pub check: String,
    /// Which side is allowed.
    pub bound: Bound,
    /// The limit, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The values that are taken, instead of one limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<f64>,
    /// The unit.
    #[serde(default)]
    pub unit: String,
    /// The result when it is not kept.
    pub result: Outcome,
    /// Who says so: a standard and its section, a page, a trade habit (folklore), or ours.
    pub source: String,
    /// When it was looked up: year-month or year-month-day.
    pub date: String,
}

impl Limit {
    /// Whether `measured` keeps it, compared unrounded.
    pub fn holds(&self, measured: f64) -> bool {
        match self.value {
            Some(limit) => self.bound.holds(measured, limit),
            None => self.any_of.contains(&measured),
        }
    }

    /// The limit a readout is printed against: the one value, or the nearest of those taken.
    pub fn nearest(&self, measured: f64) -> Option<f64> {
        let near = |a: &f64, b: &f64| (a - measured).abs().total_cmp(&(b - measured).abs());
        self.value.or_else(|| self.any_of.iter().copied().min_by(|a, b| near(a, b)))
    }
}
