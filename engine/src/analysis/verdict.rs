//! A verdict: one check, what was measured, what the profile allows, and whether that passes.
//!
//! The comparison is made with unrounded values; [`readout`] then never prints a number that contradicts it.

use serde::{Deserialize, Serialize, Serializer};

pub use crate::profile::{Bound, Outcome};

/// One check. The serialised keys are part of the command line's contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The stable name of the check: `true_peak`, `bit_depth`, `isrc` ...
    pub check: String,
    /// What was measured; `None` where it does not exist (the true peak of silence).
    #[serde(serialize_with = "finite_or_null")]
    pub measured: Option<f64>,
    /// The limit in force.
    #[serde(serialize_with = "finite_or_null")]
    pub limit: Option<f64>,
    /// The unit of both.
    pub unit: String,
    /// Which side of the limit is allowed.
    pub bound: Bound,
    /// How it came out.
    pub result: Outcome,
    /// The profile that sets the limit.
    pub profile: String,
    /// The song, file, channel or side it speaks of; `None` for the whole.
    pub r#where: Option<String>,
    /// One sentence where the numbers do not say enough.
    pub remark: Option<String>,
}

impl Verdict {
    /// A check that holds everywhere it was looked at, or whose text says why not.
    pub fn stated(check: &str, result: Outcome, profile: &str, remark: impl Into<String>) -> Verdict {
        Verdict {
            check: check.to_string(),
            measured: None,
            limit: None,
            unit: String::new(),
            bound: Bound::Free,
            result,
            profile: profile.to_string(),
            r#where: None,
            remark: Some(remark.into()),
        }
    }

    /// A measured value against a limit: `otherwise` is the result when the limit is not kept.
    ///
    /// A value that does not exist (silence) passes a ceiling and says so by being `None`.
    pub fn measured(
        check: &str,
        measured: Option<f64>,
        bound: Bound,
        limit: f64,
        unit: &str,
        otherwise: Outcome,
        profile: &str,
    ) -> Verdict {
        let keeps = measured.is_none_or(|value| bound.holds(value, limit));
        Verdict {
            check: check.to_string(),
            measured,
            limit: Some(limit),
            unit: unit.to_string(),
            bound,
            result: if keeps { Outcome::Pass } else { otherwise },
            profile: profile.to_string(),
            r#where: None,
            remark: None,
        }
    }

    /// Names what the check speaks of.
    pub fn at(mut self, place: impl Into<String>) -> Verdict {
        self.r#where = Some(place.into());
        self
    }

    /// Adds a sentence.
    pub fn remarking(mut self, remark: impl Into<String>) -> Verdict {
        self.remark = Some(remark.into());
        self
    }

    /// The measured value as text with `digits` decimals, never contradicting the result.
    pub fn readout(&self, digits: usize) -> Option<String> {
        let measured = self.measured?;
        Some(match self.limit {
            Some(limit) => readout(measured, self.bound, limit, digits),
            None => format!("{measured:.digits$}"),
        })
    }
}

/// The worst result among checks; a pass where there are none.
pub fn worst<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Outcome {
    verdicts.into_iter().map(|verdict| verdict.result).max().unwrap_or(Outcome::Pass)
}

/// A value rounded to `digits` decimals, but towards its own side of the limit where plain rounding would cross it:
/// -0.96 dBTP against a ceiling of -1.0 is never shown as -1.0.
pub fn readout(measured: f64, bound: Bound, limit: f64, digits: usize) -> String {
    let plain = format!("{measured:.digits$}");
    let shown = plain.parse::<f64>().unwrap_or(measured);
    if bound.holds(measured, limit) == bound.holds(shown, limit) {
        return plain;
    }
    let scale = libm::pow(10.0, digits as f64);
    let away = if measured > shown { (measured * scale).ceil() } else { (measured * scale).floor() };
    format!("{:.digits$}", away / scale)
}

fn finite_or_null<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.filter(|value| value.is_finite()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readout_never_contradicts_the_result() {
        assert_eq!(readout(-0.96, Bound::AtMost, -1.0, 1), "-0.9");
        assert_eq!(readout(-0.9999, Bound::AtMost, -1.0, 2), "-0.99");
        assert_eq!(readout(-1.04, Bound::AtMost, -1.0, 1), "-1.0");
        assert_eq!(readout(3.96, Bound::AtLeast, 4.0, 1), "3.9");
        assert_eq!(readout(-3.2, Bound::AtMost, -1.0, 1), "-3.2");
    }

    #[test]
    fn limits_hold_unrounded() {
        let over =
            Verdict::measured("true_peak", Some(-0.999), Bound::AtMost, -1.0, "dBTP", Outcome::Warn, "streaming");
        assert_eq!(over.result, Outcome::Warn);
        assert_eq!(over.readout(1).unwrap(), "-0.9");
        let silent = Verdict::measured("true_peak", None, Bound::AtMost, -1.0, "dBTP", Outcome::Fail, "streaming");
        assert_eq!((silent.result, silent.readout(1)), (Outcome::Pass, None));
        assert_eq!(worst([&silent, &over]), Outcome::Warn);
        assert_eq!(worst([]), Outcome::Pass);
    }

    #[test]
    fn what_is_not_a_number_keeps_no_limit() {
        let broken = Verdict::measured("dc", Some(f64::NAN), Bound::AtMost, 0.1, "%", Outcome::Fail, "qc");
        assert_eq!(broken.result, Outcome::Fail);
        assert_eq!(serde_json::to_value(&broken).unwrap()["measured"], serde_json::Value::Null);
    }

    #[test]
    fn the_keys_are_the_contract() {
        let value = serde_json::to_value(Verdict::stated("isrc", Outcome::Pass, "cd", "all valid").at("Song")).unwrap();
        for key in ["check", "measured", "limit", "unit", "result", "profile", "where"] {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert_eq!((&value["result"], &value["where"]), (&"pass".into(), &"Song".into()));
    }
}
