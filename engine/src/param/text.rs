//! Numbers as people type and read them (the grammar of the fields in the window and of `lacquer edit`).

use super::{Kind, Spec, Unit};

/// Why a typed value is refused; the old value stays.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TextError {
    /// Not a number, a unit or a choice that the parameter knows.
    #[error("'{text}' is not {what}")]
    NotUnderstood {
        /// What was typed.
        text: String,
        /// What was expected, in words.
        what: String,
    },
    /// A number outside the range.
    #[error("{text} is outside {min} to {max} {unit}")]
    OutOfRange {
        /// What was typed.
        text: String,
        /// Smallest value.
        min: String,
        /// Largest value.
        max: String,
        /// Unit of both.
        unit: &'static str,
    },
}

/// The value as text without its unit: `-18.0`, `on`, `bell`. Kilohertz are left to the caller's layout.
pub fn format_value(spec: &Spec, value: f64) -> String {
    match spec.kind {
        Kind::Switch => if value >= 0.5 { "on" } else { "off" }.to_string(),
        Kind::Choice(ids) => ids.get(value.max(0.0) as usize).copied().unwrap_or("?").to_string(),
        Kind::Number { digits, .. } if spec.unit == Unit::Hertz => format!("{value:.*}", hertz_digits(value, digits)),
        Kind::Number { digits, .. } => format!("{value:.digits$}"),
    }
}

fn hertz_digits(value: f64, digits: usize) -> usize {
    if value >= 100.0 { 0 } else { digits.max(1) }
}

/// Reads what was typed. Knows units (`10 ms`, `0.5 s`, `1.2k`, `1k2`, `-inf`), `50%` of the range, `2x` for +6.02 dB,
/// note names for frequencies (`A4`, `C#3`), switches and choices by id, and a change against `current` (`+=0.5`, `-=2`).
pub fn parse_value(spec: &Spec, text: &str, current: f64) -> Result<f64, TextError> {
    let trimmed = text.trim();
    let value = match spec.kind {
        Kind::Switch => switch(trimmed),
        Kind::Choice(ids) => ids.iter().position(|id| id.eq_ignore_ascii_case(trimmed)).map(|index| index as f64),
        Kind::Number { .. } => number(spec, trimmed, current),
    };
    let value = value.ok_or_else(|| TextError::NotUnderstood { text: trimmed.into(), what: expected(spec) })?;
    if spec.accepts(value) {
        return Ok(value);
    }
    let (min, max) = spec.range();
    Err(TextError::OutOfRange {
        text: trimmed.into(),
        min: format_value(spec, min),
        max: format_value(spec, max),
        unit: spec.unit.label(),
    })
}

fn expected(spec: &Spec) -> String {
    match spec.kind {
        Kind::Switch => "on or off".into(),
        Kind::Choice(ids) => format!("one of {}", ids.join(", ")),
        Kind::Number { .. } => match spec.unit {
            Unit::Db | Unit::Dbtp => "a level in dB".into(),
            Unit::Hertz => "a frequency in Hz".into(),
            Unit::Milliseconds => "a time in ms".into(),
            _ => "a number".into(),
        },
    }
}

fn switch(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "yes" | "true" | "1" => Some(1.0),
        "off" | "no" | "false" | "0" => Some(0.0),
        _ => None,
    }
}

fn number(spec: &Spec, text: &str, current: f64) -> Option<f64> {
    if let Some(change) = text.strip_prefix("+=") {
        return Some(current + number(spec, change.trim(), current)?);
    }
    if let Some(change) = text.strip_prefix("-=") {
        return Some(current - number(spec, change.trim(), current)?);
    }
    let text = text.replace('\u{2212}', "-").to_ascii_lowercase();
    if text == "-inf" {
        return Some(f64::NEG_INFINITY);
    }
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.trim().parse().ok()?;
        return Some(if spec.unit == Unit::Percent { percent } else { spec.at_position(percent / 100.0) });
    }
    if let (Unit::Db | Unit::Dbtp, Some(factor)) = (spec.unit, text.strip_suffix('x')) {
        return factor.trim().parse::<f64>().ok().filter(|f| *f > 0.0).map(|f| 20.0 * libm::log10(f));
    }
    if spec.unit == Unit::Hertz {
        return hertz(&text);
    }
    if spec.unit == Unit::Milliseconds {
        return milliseconds(&text);
    }
    let bare = [": 1", ":1", "dbtp", "dbfs", "db/oct", "db"].iter().find_map(|unit| text.strip_suffix(unit));
    bare.unwrap_or(&text).trim().parse().ok().filter(|value: &f64| value.is_finite())
}

fn milliseconds(text: &str) -> Option<f64> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => match text.strip_suffix('s') {
            Some(number) => (number, 1000.0),
            None => (text, 1.0),
        },
    };
    number.trim().parse::<f64>().ok().map(|value| value * factor)
}

fn hertz(text: &str) -> Option<f64> {
    if let Some(value) = note(text) {
        return Some(value);
    }
    let bare = text.strip_suffix("hz").unwrap_or(text).trim();
    match bare.split_once('k') {
        Some((whole, "")) => whole.trim().parse::<f64>().ok().map(|value| value * 1000.0),
        Some((whole, rest)) if rest.chars().all(|c| c.is_ascii_digit()) => {
            format!("{}.{rest}", whole.trim()).parse::<f64>().ok().map(|value| value * 1000.0)
        }
        Some(_) => None,
        None => bare.parse().ok(),
    }
}

/// Equal temperament, A4 = 440 Hz (ISO 16).
fn note(text: &str) -> Option<f64> {
    let mut letters = text.chars();
    let semitone = match letters.next()? {
        'c' => 0,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        'b' => 11,
        _ => return None,
    };
    let rest = letters.as_str();
    let (shift, octave) = match rest.strip_prefix('#') {
        Some(octave) => (1, octave),
        None => (0, rest),
    };
    let octave: i32 = octave.parse().ok().filter(|octave| (-1..=10).contains(octave))?;
    let from_a4 = f64::from(semitone + shift - 9 + 12 * (octave - 4));
    Some(440.0 * libm::exp2(from_a4 / 12.0))
}

#[cfg(test)]
mod tests {
    use super::super::{Glide, Taper};
    use super::*;

    const FREQUENCY: Spec = Spec {
        id: "frequency",
        name: "Frequency",
        doc: "Centre frequency.",
        unit: Unit::Hertz,
        kind: Kind::Number {
            min: 10.0,
            max: 40_000.0,
            taper: Taper::Logarithmic,
            step: 0.029,
            fine: 0.00058,
            digits: 1,
        },
        default: 1000.0,
        glide: Glide::Step,
    };
    const GAIN: Spec = Spec {
        id: "gain",
        name: "Gain",
        doc: "Gain.",
        unit: Unit::Db,
        kind: Kind::Number { min: -12.0, max: 12.0, taper: Taper::Linear, step: 0.1, fine: 0.01, digits: 2 },
        default: 0.0,
        glide: Glide::Step,
    };

    #[test]
    fn the_grammar_of_fields() {
        let hz = |text| parse_value(&FREQUENCY, text, 1000.0);
        assert_eq!(hz("1k2"), Ok(1200.0));
        assert_eq!(hz("3.15 kHz"), Ok(3150.0));
        assert_eq!(hz("a4"), Ok(440.0));
        assert!((hz("C5").unwrap() - 523.2511).abs() < 1e-3);
        assert_eq!(hz("+=50"), Ok(1050.0));
        let db = |text| parse_value(&GAIN, text, 1.0);
        assert_eq!(db("-0.8 dB"), Ok(-0.8));
        assert_eq!(db("\u{2212}0.8"), Ok(-0.8));
        assert_eq!(db("-=0.5"), Ok(0.5));
        assert!((db("2x").unwrap() - 6.0206).abs() < 1e-4);
        assert_eq!(db("50%"), Ok(0.0));
    }

    #[test]
    fn a_refusal_says_what_was_expected() {
        assert_eq!(parse_value(&GAIN, "abc", 0.0).unwrap_err().to_string(), "'abc' is not a level in dB");
        assert_eq!(parse_value(&GAIN, "13", 0.0).unwrap_err().to_string(), "13 is outside -12.00 to 12.00 dB");
        assert!(parse_value(&GAIN, "nan", 0.0).is_err());
        assert!(parse_value(&FREQUENCY, "1kk", 0.0).is_err());
    }

    #[test]
    fn positions_and_values_meet() {
        for position in [0.0, 0.25, 0.5, 1.0] {
            for spec in [&FREQUENCY, &GAIN] {
                assert!((spec.position(spec.at_position(position)) - position).abs() < 1e-12);
            }
        }
        assert_eq!(GAIN.nudged(0.0, 1.0, true), 0.01);
        assert!((FREQUENCY.nudged(1000.0, 1.0, false) - 1029.0).abs() < 1e-9);
    }
}
