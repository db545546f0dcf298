//! Edits of the repairs of a source.

use super::draft::{Draft, unknown, value_of};
use super::{Edit, EditError};
use crate::param::{self, Spec};
use crate::restore;
use crate::session::path::TreePath;
use crate::session::{Document, Point, Repair, RepairError, Scalar, SourceRef};
use crate::unit::Frames;

impl Edit {
    /// Adds a repair behind the others of its source; it hears them. Returns the edit and the repair's id.
    ///
    /// # Errors
    /// Unknown source, or a repair that does not fit it.
    pub fn add_repair(document: &Document, source: &str, repair: &Repair) -> Result<(Edit, String), EditError> {
        let label = format!("add {}", described(repair, find_source(document, source)?));
        let (edit, mut ids) = Edit::add_repairs(document, source, std::slice::from_ref(repair), &label)?;
        Ok((edit, ids.pop().unwrap_or_default()))
    }

    /// Adds repairs as one step called `label`. Returns the edit and their ids.
    ///
    /// # Errors
    /// Unknown source, or a repair that does not fit it; then none is added.
    pub fn add_repairs(
        document: &Document,
        source: &str,
        repairs: &[Repair],
        label: &str,
    ) -> Result<(Edit, Vec<String>), EditError> {
        let found = find_source(document, source)?;
        let list = list(source);
        let mut draft = Draft::new(document);
        let mut ids = Vec::new();
        for repair in repairs {
            let id = draft.fresh_id(&list, "r");
            let new = Repair { id: id.clone(), ..repair.clone() };
            if let Some(error) = new.problems(found).into_iter().find(RepairError::blocks) {
                return Err(EditError::Refused { path: list.to_string(), reason: error.to_string() });
            }
            let value = value_of(&list, &new)?;
            draft.insert(list.clone(), usize::MAX, value)?;
            ids.push(id);
        }
        Ok((draft.finish_as(label), ids))
    }

    /// Removes a repair: the source is there again as it was.
    ///
    /// # Errors
    /// Unknown source or repair.
    pub fn remove_repair(document: &Document, source: &str, repair: &str) -> Result<Edit, EditError> {
        let label = format!("remove {}", named(document, source, repair)?);
        let mut draft = Draft::new(document);
        draft.remove(list(source), repair)?;
        Ok(draft.finish_as(label))
    }

    /// Takes a repair out of the signal, or in again.
    ///
    /// # Errors
    /// Unknown source or repair.
    pub fn switch_repair(document: &Document, source: &str, repair: &str, on: bool) -> Result<Edit, EditError> {
        let label = format!("{} {}", named(document, source, repair)?, if on { "on" } else { "off" });
        let mut draft = Draft::new(document);
        draft.set(list(source).join(repair).join("off"), (!on).then_some(true.into()))?;
        Ok(draft.finish_as(label))
    }

    /// First frame and end (one past the last) of a repair, at the source's rate.
    ///
    /// # Errors
    /// Unknown source or repair, or a span that is empty or outside the source.
    pub fn set_repair_span(
        document: &Document,
        source: &str,
        repair: &str,
        start: Frames,
        end: Frames,
    ) -> Result<Edit, EditError> {
        let (found, old) = find(document, source, repair)?;
        let new = Repair { start, end, ..old.clone() };
        refuse(&new, found)?;
        let label = format!("move {}", described(&new, found));
        let mut draft = Draft::new(document);
        let base = list(source).join(repair);
        for (field, before, after) in [("start", old.start, start), ("end", old.end, end)] {
            if before != after {
                let path = base.join(field);
                let value = value_of(&path, &after)?;
                draft.set(path, Some(value))?;
            }
        }
        Ok(draft.finish_as(label))
    }

    /// The channels of a repair, counted from 0; `None` for all.
    ///
    /// # Errors
    /// Unknown source or repair, or a channel the source does not have.
    pub fn set_repair_channels(
        document: &Document,
        source: &str,
        repair: &str,
        channels: Option<Vec<usize>>,
    ) -> Result<Edit, EditError> {
        let (found, old) = find(document, source, repair)?;
        refuse(&Repair { channels: channels.clone(), ..old.clone() }, found)?;
        let path = list(source).join(repair).join("channels");
        let value = channels.map(|channels| value_of(&path, &channels)).transpose()?;
        let mut draft = Draft::new(document);
        draft.set(path, value)?;
        Ok(draft.finish_as(format!("channels of {}", named(document, source, repair)?)))
    }

    /// The drawn course of a `gain` repair, in time from its start; none takes it away.
    ///
    /// # Errors
    /// Unknown source or repair, or a number that is not finite.
    pub fn set_repair_points(
        document: &Document,
        source: &str,
        repair: &str,
        points: &[Point],
    ) -> Result<Edit, EditError> {
        let (found, old) = find(document, source, repair)?;
        let mut points = points.to_vec();
        points.sort_by(|one, other| one.at.0.total_cmp(&other.at.0));
        refuse(&Repair { points: points.clone(), ..old.clone() }, found)?;
        let path = list(source).join(repair).join("points");
        let value = if points.is_empty() { None } else { Some(value_of(&path, &points)?) };
        let mut draft = Draft::new(document);
        draft.set(path, value)?;
        Ok(draft.finish_as(format!("draw {}", named(document, source, repair)?)))
    }

    /// The stretch a repair learns from (first frame, one past the last); `None` takes it away.
    ///
    /// # Errors
    /// Unknown source or repair, or a stretch that is empty or outside the source.
    pub fn set_repair_learn(
        document: &Document,
        source: &str,
        repair: &str,
        learn: Option<(Frames, Frames)>,
    ) -> Result<Edit, EditError> {
        let (found, _) = find(document, source, repair)?;
        let path = list(source).join(repair).join("learn");
        if let Some((from, to)) = learn.filter(|(from, to)| from >= to || *to > found.frames) {
            let reason = format!("{} to {} is no span of a source of {} frames", from.0, to.0, found.frames.0);
            return Err(EditError::Refused { path: path.to_string(), reason });
        }
        let value = learn.map(|learn| value_of(&path, &learn)).transpose()?;
        let mut draft = Draft::new(document);
        draft.set(path, value)?;
        Ok(draft.finish_as(format!("learn {}", named(document, source, repair)?)))
    }

    /// The value of a parameter of a repair.
    ///
    /// # Errors
    /// Something that does not exist, or a value the parameter does not take.
    pub fn set_repair_value(
        document: &Document,
        source: &str,
        repair: &str,
        parameter: &str,
        value: f64,
    ) -> Result<Edit, EditError> {
        let spec = repair_spec(document, source, repair, parameter)?;
        let path = list(source).join(repair).join(parameter);
        if !spec.accepts(value) {
            let (min, max) = spec.range();
            let error = param::TextError::OutOfRange {
                text: value.to_string(),
                min: param::format_value(spec, min),
                max: param::format_value(spec, max),
                unit: spec.unit.label(),
            };
            return Err(EditError::Parameter { path: path.to_string(), error });
        }
        let to = value_of(&path, &Scalar::from_value(spec, value))?;
        let mut draft = Draft::new(document);
        draft.set(path, Some(to))?;
        let (name, shown) = (spec.name.to_lowercase(), param::format_value(spec, value));
        let unit = spec.unit.label();
        Ok(draft
            .finish_as(format!("{}: {name} {shown} {unit}", named(document, source, repair)?).trim_end().to_string()))
    }

    /// The value of a parameter as it is typed.
    ///
    /// # Errors
    /// Something that does not exist, or a text that is not understood.
    pub fn set_repair_value_text(
        document: &Document,
        source: &str,
        repair: &str,
        parameter: &str,
        text: &str,
    ) -> Result<Edit, EditError> {
        let spec = repair_spec(document, source, repair, parameter)?;
        let (_, stored) = find(document, source, repair)?;
        let current = stored.values.get(parameter).and_then(|scalar| scalar.to_value(spec)).unwrap_or(spec.default);
        let path = list(source).join(repair).join(parameter).to_string();
        let value = param::parse_value(spec, text, current).map_err(|error| EditError::Parameter { path, error })?;
        Edit::set_repair_value(document, source, repair, parameter, value)
    }

    /// Moves a repair to another place of the list, from 0; past the end means last.
    ///
    /// # Errors
    /// Unknown source or repair.
    pub fn move_repair(document: &Document, source: &str, repair: &str, to: usize) -> Result<Edit, EditError> {
        let label = format!("order of {}", named(document, source, repair)?);
        let mut draft = Draft::new(document);
        draft.shift(list(source), repair, to)?;
        Ok(draft.finish_as(label))
    }
}

fn list(source: &str) -> TreePath {
    TreePath::new(["source", source, "repair"])
}

pub(super) fn find_source<'d>(document: &'d Document, source: &str) -> Result<&'d SourceRef, EditError> {
    let session = document.session();
    let known = session.sources.iter().map(|source| source.id.as_str());
    session.source(source).ok_or_else(|| unknown("source", source, known))
}

pub(super) fn find<'d>(
    document: &'d Document,
    source: &str,
    repair: &str,
) -> Result<(&'d SourceRef, &'d Repair), EditError> {
    let found = find_source(document, source)?;
    let known = found.repairs.iter().map(|repair| repair.id.as_str());
    let repair = found.repair(repair).ok_or_else(|| unknown("repair", repair, known))?;
    Ok((found, repair))
}

fn repair_spec(document: &Document, source: &str, repair: &str, parameter: &str) -> Result<&'static Spec, EditError> {
    let (_, found) = find(document, source, repair)?;
    let kinds = restore::KINDS.iter().map(|kind| kind.table.id);
    let kind = restore::kind(&found.kind).ok_or_else(|| unknown("kind of repair", &found.kind, kinds))?;
    let known = kind.table.params.iter().map(|spec| spec.id);
    kind.table.find(parameter).map(|(_, spec)| spec).ok_or_else(|| unknown("parameter", parameter, known))
}

fn refuse(repair: &Repair, source: &SourceRef) -> Result<(), EditError> {
    let path = || list(&source.id).join(&repair.id).to_string();
    match repair.problems(source).into_iter().find(RepairError::blocks) {
        Some(error) => Err(EditError::Refused { path: path(), reason: error.to_string() }),
        None => Ok(()),
    }
}

fn named(document: &Document, source: &str, repair: &str) -> Result<String, EditError> {
    let (found, repair) = find(document, source, repair)?;
    Ok(described(repair, found))
}

/// `Declick at 1:02.345 of a1`.
fn described(repair: &Repair, source: &SourceRef) -> String {
    let seconds = repair.start.seconds(source.rate).0;
    let minutes = (seconds / 60.0).floor();
    format!("{} at {minutes:.0}:{:06.3} of {}", repair.name(), seconds - 60.0 * minutes, source.id)
}
