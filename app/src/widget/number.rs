//! Numbers as they are shown: proper minus and infinity, signs for changes, rounding that never flatters, times.

use lacquer_engine::param::{Kind, Spec, Unit};

/// Shown for what is not measured.
pub const DASH: &str = "\u{2013}";
const MINUS: &str = "\u{2212}";
/// Below this a level is silence, dB.
const SILENCE: f64 = -120.0;

/// A level or any absolute number with `digits` decimals; below -120 it is minus infinity.
pub fn level(value: f64, digits: usize) -> String {
    if value.is_nan() {
        DASH.into()
    } else if value < SILENCE {
        format!("{MINUS}\u{221E}")
    } else {
        signed(format!("{value:.digits$}"))
    }
}

/// A level, or a dash when there is none.
pub fn reading(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| DASH.into(), |value| level(value, digits))
}

/// A change, with its sign: `+0.8`, `−2.7`, `0.0`.
pub fn change(value: f64, digits: usize) -> String {
    let text = level(value, digits);
    if value > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { format!("+{text}") } else { text }
}

/// A level judged against an upper limit: when it fails, it is rounded away from the limit, so that the number and its
/// verdict never disagree (-0.996 against -1.0 shows -0.99, not -1.00).
pub fn judged(value: f64, limit: f64, digits: usize) -> String {
    let scale = 10f64.powi(digits as i32);
    let shown = (value * scale).round() / scale;
    if value > limit && shown <= limit { level((value * scale).ceil() / scale, digits) } else { level(value, digits) }
}

/// Hertz as number and unit: 24.0 Hz, 210 Hz, 3.15 kHz, 12.0 kHz.
pub fn hertz(value: f64) -> (String, &'static str) {
    match value {
        v if v < 99.95 => (format!("{v:.1}"), "Hz"),
        v if v < 999.5 => (format!("{v:.0}"), "Hz"),
        v if v < 9995.0 => (format!("{:.2}", v / 1000.0), "kHz"),
        v => (format!("{:.1}", v / 1000.0), "kHz"),
    }
}

/// A parameter's value as number and unit. Ranges on both sides of zero carry a sign.
pub fn of_spec(spec: &Spec, value: f64) -> (String, &'static str) {
    let unit = spec.unit.label();
    match spec.kind {
        Kind::Number { .. } if spec.unit == Unit::Hertz => hertz(value),
        Kind::Number { min, max, digits, .. } if min < 0.0 && max > 0.0 => (change(value, digits), unit),
        Kind::Number { digits, .. } => (level(value, digits), unit),
        _ => (lacquer_engine::param::format_value(spec, value), unit),
    }
}

/// `mm:ss:ff` in CD frames (75 a second) from a position in seconds.
pub fn cd_time(seconds: f64) -> String {
    let frames = (seconds.abs() * 75.0 + 1e-6).floor() as u64;
    let sign = if seconds < 0.0 { MINUS } else { "" };
    format!("{sign}{:02}:{:02}:{:02}", frames / 4500, frames / 75 % 60, frames % 75)
}

/// `h:mm:ss.mmm`; hours only when there are some (`0:41.220`).
pub fn clock(seconds: f64) -> String {
    let milliseconds = (seconds.abs() * 1000.0).round() as u64;
    let sign = if seconds < 0.0 { MINUS } else { "" };
    let (whole, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{sign}{minutes}:{seconds:02}.{rest:03}"),
        _ => format!("{sign}{hours}:{minutes:02}:{seconds:02}.{rest:03}"),
    }
}

/// A sample count, grouped by thin spaces.
pub fn samples(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

fn signed(text: String) -> String {
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|b| b == b'0' || b == b'.') => zero.into(),
        Some(rest) => format!("{MINUS}{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_changes() {
        assert_eq!(level(-13.84, 1), "\u{2212}13.8");
        assert_eq!(level(-0.04, 1), "0.0");
        assert_eq!(level(f64::NEG_INFINITY, 1), "\u{2212}\u{221E}");
        assert_eq!(level(f64::NAN, 1), DASH);
        assert_eq!(reading(None, 1), DASH);
        assert_eq!(change(0.8, 2), "+0.80");
        assert_eq!(change(0.004, 2), "0.00");
        assert_eq!(change(-2.7, 1), "\u{2212}2.7");
    }

    #[test]
    fn a_number_never_contradicts_its_verdict() {
        assert_eq!(judged(-0.996, -1.0, 2), "\u{2212}0.99");
        assert_eq!(judged(-1.004, -1.0, 2), "\u{2212}1.00");
        assert_eq!(judged(-0.94, -1.0, 2), "\u{2212}0.94");
        assert_eq!(judged(-1.0, -1.0, 2), "\u{2212}1.00");
    }

    #[test]
    fn frequencies() {
        assert_eq!(hertz(24.0), ("24.0".into(), "Hz"));
        assert_eq!(hertz(210.2), ("210".into(), "Hz"));
        assert_eq!(hertz(999.7), ("1.00".into(), "kHz"));
        assert_eq!(hertz(3150.0), ("3.15".into(), "kHz"));
        assert_eq!(hertz(12_000.0), ("12.0".into(), "kHz"));
    }

    #[test]
    fn times() {
        assert_eq!(cd_time(219.0 + 7.0 / 75.0), "03:39:07");
        assert_eq!(clock(41.22), "0:41.220");
        assert_eq!(clock(3723.5), "1:02:03.500");
        assert_eq!(clock(59.9996), "1:00.000");
        assert_eq!(samples(44_100), "44\u{2009}100");
        assert_eq!(samples(100), "100");
    }
}
