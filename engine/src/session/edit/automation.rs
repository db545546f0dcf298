//! Edits of parameters over time.

use super::chain::{Address, separate_chain};
use super::draft::{Draft, finite, value_of};
use super::{Edit, EditError, describe};
use crate::chain;
use crate::param::{self, Breakpoint, Lane, Way};
use crate::session::path::TreePath;
use crate::session::settings::Point;
use crate::session::{Document, Scalar, Session};
use crate::unit::Seconds;

/// Two points nearer than this are one: a millisecond is less than the quantum a parameter moves in.
const SAME_TIME: Seconds = Seconds(0.001);

impl Edit {
    /// The whole course of a parameter: these points, or without any no automation.
    ///
    /// # Errors
    /// Something in the address does not exist, the parameter cannot move while it sounds or does not take a value, or a
    /// time is no finite number.
    pub fn automate(document: &Document, address: &Address, points: &[Breakpoint]) -> Result<Edit, EditError> {
        let path = address.course_path(document.session())?;
        address.check_course(document.session(), &path, points)?;
        let spec = address.spec(document.session())?;
        let lane = Lane::new(spec, points.to_vec());
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, address.pass.as_deref(), &address.scope)?;
        if lane.points().is_empty() {
            clear(&mut draft, &path)?;
        } else {
            let stored: Vec<Point> = lane.points().iter().map(|point| stored(spec, point)).collect();
            draft.set(path.clone(), Some(value_of(&path, &stored)?))?;
        }
        let label = describe::label(document.session(), &draft.tree, &path);
        Ok(draft.finish(label))
    }

    /// A point of a parameter's course: a new one, or another value at the time of one that is there.
    ///
    /// # Errors
    /// As [`Edit::automate`].
    pub fn add_point(document: &Document, address: &Address, point: Breakpoint) -> Result<Edit, EditError> {
        let mut points = address.course(document.session())?;
        points.retain(|old| (old.at - point.at).abs() >= SAME_TIME.0);
        points.push(point);
        Edit::automate(document, address, &points)
    }

    /// Moves a point of a course, by its number from 0. It stays between its neighbours.
    ///
    /// # Errors
    /// As [`Edit::automate`], and where there is no such point.
    pub fn move_point(
        document: &Document,
        address: &Address,
        index: usize,
        at: Seconds,
        value: f64,
    ) -> Result<Edit, EditError> {
        let mut points = address.course(document.session())?;
        let before = index.checked_sub(1).and_then(|before| points.get(before)).map(|point| point.at + SAME_TIME.0);
        let after = points.get(index + 1).map(|point| point.at - SAME_TIME.0);
        let Some(point) = points.get_mut(index) else { return Err(address.no_point(document.session())) };
        // Neighbours may be closer than two of the least distances: the earlier one wins.
        point.at = at.0.min(after.unwrap_or(f64::INFINITY)).max(before.unwrap_or(f64::NEG_INFINITY));
        point.value = value;
        Edit::automate(document, address, &points)
    }

    /// Takes a point out of a course, by its number from 0.
    ///
    /// # Errors
    /// Something in the address, or the point, does not exist.
    pub fn remove_point(document: &Document, address: &Address, index: usize) -> Result<Edit, EditError> {
        let mut points = address.course(document.session())?;
        if index >= points.len() {
            return Err(address.no_point(document.session()));
        }
        points.remove(index);
        Edit::automate(document, address, &points)
    }

    /// Takes the point at a time out of a course.
    ///
    /// # Errors
    /// Something in the address does not exist, or there is no point within a millisecond of that time.
    pub fn remove_point_at(document: &Document, address: &Address, at: Seconds) -> Result<Edit, EditError> {
        let points = address.course(document.session())?;
        let near = points.iter().position(|point| (point.at - at.0).abs() < SAME_TIME.0);
        Edit::remove_point(document, address, near.unwrap_or(points.len()))
    }
}

impl Address {
    /// The points of the parameter's course in the order of time, as the pass hears them; none where it is not automated.
    ///
    /// # Errors
    /// Something in the address does not exist.
    pub fn course(&self, session: &Session) -> Result<Vec<Breakpoint>, EditError> {
        Ok(self.lane(session)?.points().to_vec())
    }

    /// The parameter's course in seconds; without points where it is not automated. Stored values that the parameter
    /// does not take are left out.
    ///
    /// # Errors
    /// Something in the address does not exist.
    pub fn lane(&self, session: &Session) -> Result<Lane, EditError> {
        let spec = self.spec(session)?;
        let points = self.automation(session)?.get(&self.parameter).map_or(&[][..], Vec::as_slice);
        let known = points.iter().filter_map(|point| {
            let value = point.value.to_value(spec)?;
            Some(Breakpoint { at: point.at.0, value, way: point.way })
        });
        Ok(Lane::new(spec, known.collect()))
    }

    /// Where the course lies, or will lie.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn course_path(&self, session: &Session) -> Result<TreePath, EditError> {
        let value = self.path(session)?;
        let home = value.parent().and_then(|values| values.parent()).unwrap_or(value);
        Ok(home.join("automation").join(&self.parameter))
    }

    /// The address of the parameter whose course a path names.
    pub fn of_course(session: &Session, path: &TreePath) -> Option<Address> {
        let mut names = path.names().to_vec();
        let place = names.len().checked_sub(2)?;
        if names.get(place).is_none_or(|name| name != "automation") {
            return None;
        }
        names[place] = "values".into();
        Address::of(session, &TreePath::new(names))
    }

    fn check_course(&self, session: &Session, path: &TreePath, points: &[Breakpoint]) -> Result<(), EditError> {
        let refuse = |reason: String| EditError::Refused { path: path.to_string(), reason };
        let spec = self.spec(session)?;
        if self.is_fixed(session)? && !points.is_empty() {
            return Err(refuse("it cannot move while it sounds (it changes the latency)".into()));
        }
        for point in points {
            finite(path, point.at)?;
            if !spec.accepts(point.value) {
                let (min, max) = spec.range();
                let (min, max) = (param::format_value(spec, min), param::format_value(spec, max));
                return Err(refuse(format!("{} is outside {min} to {max} {}", point.value, spec.unit.label())));
            }
        }
        Ok(())
    }

    /// Whether the parameter cannot move while it sounds, so that it cannot be automated.
    ///
    /// # Errors
    /// Something in the address does not exist.
    pub fn is_fixed(&self, session: &Session) -> Result<bool, EditError> {
        let stage = self.stage_settings(session)?;
        let Some(processor) = chain::processor(&stage.processor) else { return Ok(true) };
        let group = self.row.as_ref().and_then(|row| stage.rows.iter().find(|one| one.id == *row));
        let found = match group {
            Some(row) => processor.table.find_in_group(&row.group, 0, &self.parameter),
            None => processor.table.find(&self.parameter),
        };
        Ok(found.is_none_or(|(slot, _)| chain::is_structural(processor, slot)))
    }

    fn no_point(&self, session: &Session) -> EditError {
        let path = self.course_path(session).map_or_else(|_| self.parameter.clone(), |path| path.to_string());
        EditError::Unknown { what: "point of", id: path, known: String::new() }
    }
}

/// A point as it is typed: `12.5s 0.5 smooth`; the time is read by `seconds`.
pub(super) fn point(
    spec: &param::Spec,
    text: &str,
    current: f64,
    seconds: impl Fn(&str) -> Option<Seconds>,
) -> Option<Breakpoint> {
    let (at, rest) = text.trim().split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let last = rest.rsplit_once(char::is_whitespace).and_then(|(value, way)| Some((value, Way::from_id(way)?)));
    let (value, way) = last.unwrap_or((rest, Way::Linear));
    let value = param::parse_value(spec, value, current).ok()?;
    Some(Breakpoint { at: seconds(at)?.0, value, way })
}

fn stored(spec: &param::Spec, point: &Breakpoint) -> Point {
    Point { at: Seconds(point.at), value: Scalar::from_value(spec, point.value), way: point.way }
}

/// Takes a course away, and the empty table around it: a document without automation has no trace of it.
fn clear(draft: &mut Draft, path: &TreePath) -> Result<(), EditError> {
    if draft.has(path) {
        draft.set(path.clone(), None)?;
    }
    let Some(around) = path.parent() else { return Ok(()) };
    match around.find(&draft.tree).and_then(toml::Value::as_table).is_some_and(toml::Table::is_empty) {
        true => draft.set(around, None),
        false => Ok(()),
    }
}
