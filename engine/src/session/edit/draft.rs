use serde::Serialize;
use toml::{Table, Value};

use super::{Edit, EditError};
use crate::session::path::{self, TreePath};
use crate::session::{Document, Session};

/// An edit in the making: steps are done on a copy, so that each sees what the ones before it did.
pub(super) struct Draft<'a> {
    pub session: &'a Session,
    pub tree: Table,
    edits: Vec<Edit>,
}

impl<'a> Draft<'a> {
    pub fn new(document: &'a Document) -> Draft<'a> {
        Draft { session: document.session(), tree: document.tree().clone(), edits: Vec::new() }
    }

    /// Sets a value, or takes it away.
    pub fn set(&mut self, path: TreePath, to: Option<Value>) -> Result<(), EditError> {
        self.push(Edit::set(&self.tree, path, to))
    }

    /// Puts an element into a list; a position past its end means the end.
    pub fn insert(&mut self, list: TreePath, index: usize, value: Value) -> Result<(), EditError> {
        let index = index.min(self.list(&list).len());
        self.push(Edit::Insert { list, index, value })
    }

    /// Takes the element called `id` out of a list.
    pub fn remove(&mut self, list: TreePath, id: &str) -> Result<(), EditError> {
        let (index, value) = self.element(&list, id)?;
        self.push(Edit::Remove { list, index, value })
    }

    /// Moves the element called `id` to a position; past the end means the end.
    pub fn shift(&mut self, list: TreePath, id: &str, to: usize) -> Result<(), EditError> {
        let (from, _) = self.element(&list, id)?;
        let to = to.min(self.list(&list).len().saturating_sub(1));
        self.push(Edit::Move { list, from, to })
    }

    /// Whether something lies at `path`.
    pub fn has(&self, path: &TreePath) -> bool {
        path.find(&self.tree).is_some()
    }

    /// The elements of a list; none where it is absent.
    pub fn list(&self, list: &TreePath) -> &[Value] {
        list.find(&self.tree).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Position and value of the element called `id`.
    pub fn element(&self, list: &TreePath, id: &str) -> Result<(usize, Value), EditError> {
        let name = list.last();
        let elements = self.list(list);
        let found = elements.iter().position(|element| path::id_in(name, element) == Some(id));
        found
            .map(|index| (index, elements[index].clone()))
            .ok_or_else(|| unknown("element", id, elements.iter().filter_map(|element| path::id_in(name, element))))
    }

    /// An id of this list that is not taken: the prefix and the lowest free number.
    pub fn fresh_id(&self, list: &TreePath, prefix: &str) -> String {
        let taken: Vec<&str> = self.list(list).iter().filter_map(|one| path::id_in(list.last(), one)).collect();
        // Among one more candidates than there are elements one is free.
        let mut numbers = (1..=taken.len() + 1).map(|number| format!("{prefix}{number}"));
        numbers.find(|id| !taken.contains(&id.as_str())).unwrap_or_else(|| prefix.into())
    }

    /// The edit: the one step, or all of them under `label`.
    pub fn finish(mut self, label: impl Into<String>) -> Edit {
        if self.edits.len() == 1 {
            self.edits.remove(0)
        } else {
            Edit::Batch { label: label.into(), edits: self.edits }
        }
    }

    /// The edit under `label`, however many steps it has.
    pub fn finish_as(self, label: impl Into<String>) -> Edit {
        Edit::Batch { label: label.into(), edits: self.edits }
    }

    fn push(&mut self, edit: Edit) -> Result<(), EditError> {
        let done = edit.apply_to(&mut self.tree)?;
        self.edits.push(done);
        Ok(())
    }
}

/// A part that does not exist, with what there is.
pub(super) fn unknown<'i>(what: &'static str, id: &str, known: impl Iterator<Item = &'i str>) -> EditError {
    let known: Vec<&str> = known.collect();
    let known = if known.is_empty() { String::new() } else { format!(" (there are: {})", known.join(", ")) };
    EditError::Unknown { what, id: id.into(), known }
}

/// A typed value as it stands in the tree.
pub(super) fn value_of<T: Serialize>(path: &TreePath, value: &T) -> Result<Value, EditError> {
    Value::try_from(value).map_err(|error| EditError::Refused { path: path.to_string(), reason: error.to_string() })
}

/// Refuses what is not a finite number.
pub(super) fn finite(path: &TreePath, number: f64) -> Result<f64, EditError> {
    let refuse = || EditError::Refused { path: path.to_string(), reason: format!("{number} is not a finite number") };
    if number.is_finite() { Ok(number) } else { Err(refuse()) }
}
