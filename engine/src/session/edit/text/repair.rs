//! Repairs as they are typed: `source.a1.repair+=declick start=12.5s end=12.51s channels=left strength=80`.

use super::{Typed, seconds, words};
use crate::param;
use crate::restore;
use crate::session::edit::draft::unknown;
use crate::session::edit::repair;
use crate::session::{Document, Edit, EditError, Point, Repair, Scalar, SourceRef};
use crate::unit::{Db, Frames};

impl Edit {
    /// Reads a repair as it is typed behind `repair+=`: `declick start=12.5s length=10ms channels=left strength=80`. To be
    /// looked at, completed, and added with [`Edit::add_repair`].
    ///
    /// # Errors
    /// Unknown source, kind or value.
    pub fn parse_repair(document: &Document, source: &str, text: &str) -> Result<Repair, EditError> {
        let path = || format!("source.{source}.repair");
        let refuse = |reason: String| EditError::Refused { path: path(), reason };
        let (kind, pairs) = words(text).ok_or_else(|| refuse("write KIND start=TIME end=TIME name=value".into()))?;
        let found = repair::find_source(document, source)?;
        typed_repair(found, kind, &pairs).map_err(|error| match error {
            Wrong::Said(reason) => refuse(reason),
            Wrong::Edit(error) => error,
        })
    }
}

impl Typed<'_> {
    /// `source.ID.repair+=KIND name=value ...`
    pub(super) fn append_repair(&self, source: &str) -> Result<Edit, EditError> {
        let new = Edit::parse_repair(self.document, source, self.right)?;
        Edit::add_repair(self.document, source, &new).map(|(edit, _)| edit)
    }

    /// `source.ID.repair.R.FIELD=VALUE`
    pub(super) fn repair(&self, source: &str, repair: &str, rest: &[&str]) -> Result<Edit, EditError> {
        let (document, right) = (self.document, self.right);
        let (found, stored) = repair::find(document, source, repair)?;
        let wrong = |error: Wrong| match error {
            Wrong::Said(reason) => self.refuse(reason),
            Wrong::Edit(error) => error,
        };
        match rest {
            ["on"] => Edit::switch_repair(document, source, repair, self.switch()?),
            ["off"] => Edit::switch_repair(document, source, repair, !self.switch()?),
            ["start"] => Edit::set_repair_span(document, source, repair, self.frame(found.rate)?, stored.end),
            ["end"] => Edit::set_repair_span(document, source, repair, stored.start, self.frame(found.rate)?),
            ["channels"] => Edit::set_repair_channels(document, source, repair, channels(found, right).map_err(wrong)?),
            ["points"] => Edit::set_repair_points(document, source, repair, &points(right).map_err(wrong)?),
            ["learn"] => Edit::set_repair_learn(document, source, repair, learn(found, right).map_err(wrong)?),
            ["position"] => Edit::move_repair(document, source, repair, self.position()?),
            ["values", parameter] => {
                let text = match self.verb {
                    super::Verb::Set if right.is_empty() => return self.unset(),
                    super::Verb::Set => right.to_string(),
                    super::Verb::Add => format!("+={right}"),
                    super::Verb::Subtract => format!("-={right}"),
                };
                Edit::set_repair_value_text(document, source, repair, parameter, &text)
            }
            _ => self.plain(),
        }
    }
}

/// Why a typed repair is not understood.
pub(super) enum Wrong {
    Said(String),
    Edit(EditError),
}

fn said<T>(reason: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Said(reason.into()))
}

/// A repair from `name=value` pairs: `start`, `end` or `length`, `channels`, `points`, `learn` and the kind's parameters.
fn typed_repair(source: &SourceRef, kind: &str, pairs: &[(&str, String)]) -> Result<Repair, Wrong> {
    let known = restore::KINDS.iter().map(|kind| kind.table.id);
    let kind = restore::kind(kind).ok_or_else(|| Wrong::Edit(unknown("kind of repair", kind, known)))?;
    let mut new = Repair::new(kind, Frames(0), source.frames);
    for (name, text) in pairs {
        match *name {
            "start" => new.start = frame(source, text)?,
            "end" => new.end = frame(source, text)?,
            "length" => new.end = Frames(new.start.0 + frame(source, text)?.0),
            "channel" | "channels" => new.channels = channels(source, text)?,
            "points" => new.points = points(text)?,
            "learn" => new.learn = learn(source, text)?,
            "finding" => new.finding.clone_from(text),
            parameter => {
                let known = kind.table.params.iter().map(|spec| spec.id);
                let found = kind.table.find(parameter);
                let (_, spec) = found.ok_or_else(|| Wrong::Edit(unknown("parameter", parameter, known)))?;
                let value = param::parse_value(spec, text, spec.default);
                let value = value.map_err(|error| Wrong::Said(format!("{parameter}: {error}")))?;
                new.values.insert(parameter.into(), Scalar::from_value(spec, value));
            }
        }
    }
    Ok(new)
}

fn frame(source: &SourceRef, text: &str) -> Result<Frames, Wrong> {
    if let Ok(frames) = text.trim().parse::<u64>() {
        return Ok(Frames(frames));
    }
    match seconds(text) {
        Some(time) => Ok(time.frames(source.rate)),
        None => said(format!("'{text}' is not a place: write frames as 551250, or a time as 12.5s, 800ms, 1:30.5")),
    }
}

/// `left`, `right`, `0`, `0+1`, `all`.
fn channels(source: &SourceRef, text: &str) -> Result<Option<Vec<usize>>, Wrong> {
    let text = text.trim().to_ascii_lowercase();
    if matches!(text.as_str(), "" | "all") {
        return Ok(None);
    }
    let one = |name: &str| match name.trim() {
        "left" | "l" => Some(0),
        "right" | "r" => Some(1),
        number => {
            let label = |index: &usize| source.layout.label(*index).eq_ignore_ascii_case(number);
            number.parse().ok().or_else(|| (0..source.layout.channels()).find(label))
        }
    };
    let found: Option<Vec<usize>> = text.split('+').map(one).collect();
    match found {
        Some(found) => Ok(Some(found)),
        None => said(format!("'{text}' names no channels: write left, right, 0+1 or all")),
    }
}

/// `0s:0|0.5s:-6|1s:0`, or none.
fn points(text: &str) -> Result<Vec<Point>, Wrong> {
    if matches!(text.trim(), "" | "none" | "off") {
        return Ok(Vec::new());
    }
    let point = |one: &str| {
        let (at, gain) = one.split_once(':')?;
        let gain = gain.trim().trim_end_matches("dB").trim_end().parse().ok()?;
        Some(Point { at: seconds(at.trim())?, gain: Db(gain) })
    };
    let found: Option<Vec<Point>> = text.split('|').map(point).collect();
    match found {
        Some(found) => Ok(found),
        None => said("write TIME:LEVEL|TIME:LEVEL, as 0s:0|0.5s:-6|1s:0; or none"),
    }
}

/// `1.0s-1.5s`, or none.
fn learn(source: &SourceRef, text: &str) -> Result<Option<(Frames, Frames)>, Wrong> {
    if matches!(text.trim(), "" | "none" | "off") {
        return Ok(None);
    }
    match text.split_once('-') {
        Some((from, to)) => Ok(Some((frame(source, from)?, frame(source, to)?))),
        None => said("write FROM-TO, as 1.0s-1.5s; or none"),
    }
}
