//! Every change of the document is an [`Edit`] with an exact inverse.
//!
//! Undo, the dirty flag, the revision diff in words, the journal and the command to the audio thread are readings of the
//! same value. An edit works on the document's text tree, so fields of later versions take part; the typed view is
//! rebuilt after it, and an edit that the types refuse leaves the document as it was.

mod automation;
mod chain;
mod describe;
mod disc;
mod draft;
mod exchange;
mod ledger;
mod medium;
mod pass;
mod reference;
mod repair;
mod sequence;
mod song;
mod text;
mod whole;

pub use chain::{Address, Scope};
pub use ledger::Decision;
pub(super) use medium::LIMITERS;
pub use pass::NewPass;
pub use song::NewSong;
pub(super) use song::{isrc, upc};
pub(super) use text::resolve;
pub use whole::SNAPSHOTS;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::path::{self, PathError, TreePath};
use crate::param::TextError;

/// One change. [`super::Document::apply`] returns it completed: with what really was there, so that its inverse is exact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Edit {
    /// A value takes the place of another, appears (`from` absent) or goes away (`to` absent).
    Set {
        /// Where.
        path: TreePath,
        /// What must be there now.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "text_value")]
        from: Option<Value>,
        /// What is there afterwards.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "text_value")]
        to: Option<Value>,
        /// Place of the field among its neighbours when it appears; absent lets the document choose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<usize>,
    },
    /// An element comes into a list.
    Insert {
        /// The list.
        list: TreePath,
        /// Its position afterwards.
        index: usize,
        /// The element.
        #[serde(with = "text_element")]
        value: Value,
    },
    /// An element leaves a list.
    Remove {
        /// The list.
        list: TreePath,
        /// Its position before.
        index: usize,
        /// The element as it must be now.
        #[serde(with = "text_element")]
        value: Value,
    },
    /// An element changes its position.
    Move {
        /// The list.
        list: TreePath,
        /// Position before.
        from: usize,
        /// Position afterwards.
        to: usize,
    },
    /// Several edits that are one step, done in order.
    Batch {
        /// What the step is called in the undo menu.
        label: String,
        /// The edits.
        edits: Vec<Edit>,
    },
}

/// Why an edit is refused. The document is as it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The text is no path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nothing lies there.
    #[error("there is nothing at {path}; `lacquer show SESSION` prints what there is")]
    NoSuch {
        /// The path.
        path: String,
    },
    /// A song, pass, stage or other part that does not exist.
    #[error("there is no {what} '{id}'{known}")]
    Unknown {
        /// Kind of part.
        what: &'static str,
        /// What was asked for.
        id: String,
        /// What there is, as ` (there are: ...)`, or empty.
        known: String,
    },
    /// The document has changed since the edit was made.
    #[error("{path} is {found}, not {expected} as the edit expects; nothing was changed")]
    Stale {
        /// The path.
        path: String,
        /// What the edit expects.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The value is not what this place takes.
    #[error("{path}: {reason}; the old value stays")]
    Refused {
        /// The path.
        path: String,
        /// Why.
        reason: String,
    },
    /// A parameter refuses the value.
    #[error("{path}: {error}; the old value stays")]
    Parameter {
        /// The path.
        path: String,
        /// Why.
        error: TextError,
    },
    /// The text of an edit is not understood.
    #[error("'{text}' is not understood: {reason}")]
    NotUnderstood {
        /// The text.
        text: String,
        /// What was expected.
        reason: String,
    },
}

impl Edit {
    /// A value for a value, with what is there now read from `tree`.
    pub(super) fn set(tree: &Table, path: TreePath, to: Option<Value>) -> Edit {
        Edit::Set { from: path.find(tree).cloned(), to, at: None, path }
    }

    /// What takes this edit back, exactly, once it has been completed by applying it.
    pub fn inverse(&self) -> Edit {
        match self.clone() {
            Edit::Set { path, from, to, at } => Edit::Set { path, from: to, to: from, at },
            Edit::Insert { list, index, value } => Edit::Remove { list, index, value },
            Edit::Remove { list, index, value } => Edit::Insert { list, index, value },
            Edit::Move { list, from, to } => Edit::Move { list, from: to, to: from },
            Edit::Batch { label, edits } => {
                Edit::Batch { label, edits: edits.iter().rev().map(Edit::inverse).collect() }
            }
        }
    }

    /// Changes the tree and returns the edit as it was really done. After an error the tree is to be thrown away.
    pub(super) fn apply_to(self, tree: &mut Table) -> Result<Edit, EditError> {
        match self {
            Edit::Set { path, from, to, at } => set(tree, path, from, to, at),
            Edit::Insert { list, index, value } => insert(tree, list, index, value),
            Edit::Remove { list, index, value } => remove(tree, list, index, value),
            Edit::Move { list, from, to } => shift(tree, list, from, to),
            Edit::Batch { label, edits } => {
                let edits = edits.into_iter().map(|edit| edit.apply_to(tree)).collect::<Result<_, _>>()?;
                Ok(Edit::Batch { label, edits })
            }
        }
    }
}

fn set(
    tree: &mut Table,
    path: TreePath,
    from: Option<Value>,
    to: Option<Value>,
    at: Option<usize>,
) -> Result<Edit, EditError> {
    let found = path.find(tree);
    if !same(found, from.as_ref()) {
        let say = |value: Option<&Value>| value.map_or("absent".into(), |value| value.to_string());
        return Err(EditError::Stale { path: path.to_string(), expected: say(from.as_ref()), found: say(found) });
    }
    let from = found.cloned();
    let (depth, path, to) = match to {
        Some(to) => ground(tree, &path, to).map(|(depth, path, to)| (depth, path, Some(to)))?,
        None => (path.names().len() - 1, path, None),
    };
    let names = path.names();
    let table = table_mut(tree, &names[..depth]).ok_or_else(|| EditError::NoSuch { path: path.to_string() })?;
    let key = names[depth].as_str();
    let at = match (&from, to.clone()) {
        (None, None) => None,
        (Some(_), Some(to)) => {
            table.insert(key.into(), to);
            None
        }
        (Some(_), None) => {
            let at = table.keys().position(|name| name == key);
            table.remove(key);
            at
        }
        (None, Some(to)) => Some(insert_key(table, key, to, at)),
    };
    Ok(Edit::Set { path, from, to, at })
}

/// Where a value that is set really goes: tables on the way that do not exist yet come with it.
fn ground(tree: &Table, path: &TreePath, to: Value) -> Result<(usize, TreePath, Value), EditError> {
    let names = path.names();
    let absent = || EditError::NoSuch { path: path.to_string() };
    let is_table = |depth: usize| depth == 0 || matches!(path::find(tree, &names[..depth]), Some(Value::Table(_)));
    let depth = (0..names.len()).rev().find(|depth| is_table(*depth)).ok_or_else(absent)?;
    if depth + 1 == names.len() {
        return Ok((depth, path.clone(), to));
    }
    let taken = path::find(tree, &names[..=depth]).is_some();
    if taken || names[depth..names.len() - 1].iter().any(|name| path::is_list(name)) {
        return Err(absent());
    }
    let value = names[depth + 1..].iter().rev().fold(to, |value, name| {
        let mut table = Table::new();
        table.insert(name.clone(), value);
        Value::Table(table)
    });
    Ok((depth, TreePath::new(&names[..=depth]), value))
}

fn table_mut<'a>(tree: &'a mut Table, names: &[String]) -> Option<&'a mut Table> {
    if names.is_empty() { Some(tree) } else { path::find_mut(tree, names)?.as_table_mut() }
}

/// Puts a new field into a table: at its old place, else behind the last plain value, or at the end if it is a table.
fn insert_key(table: &mut Table, key: &str, value: Value, at: Option<usize>) -> usize {
    let nested = |value: &Value| match value {
        Value::Table(_) => true,
        Value::Array(list) => list.first().is_some_and(Value::is_table),
        _ => false,
    };
    let plain_end = table.iter().position(|(_, value)| nested(value)).unwrap_or(table.len());
    let at = at.unwrap_or(if nested(&value) { table.len() } else { plain_end }).min(table.len());
    let mut fields: Vec<(String, Value)> = std::mem::take(table).into_iter().collect();
    fields.insert(at, (key.into(), value));
    table.extend(fields);
    at
}

fn list_mut<'a>(tree: &'a mut Table, list: &TreePath) -> Result<&'a mut Vec<Value>, EditError> {
    let found = path::find_mut(tree, list.names()).and_then(Value::as_array_mut);
    found.ok_or_else(|| EditError::NoSuch { path: list.to_string() })
}

fn out_of_list(list: &TreePath, index: usize, length: usize) -> EditError {
    let found = format!("a list of {length}");
    EditError::Stale { path: list.to_string(), expected: format!("a list with a place {}", index + 1), found }
}

fn insert(tree: &mut Table, list: TreePath, index: usize, value: Value) -> Result<Edit, EditError> {
    if list.find(tree).is_none() && index == 0 {
        return set(tree, list, None, Some(Value::Array(vec![value])), None);
    }
    let elements = list_mut(tree, &list)?;
    if index > elements.len() {
        return Err(out_of_list(&list, index, elements.len()));
    }
    if let Some(id) = path::id_in(list.last(), &value)
        && elements.iter().any(|element| path::id_in(list.last(), element) == Some(id))
    {
        let reason = format!("there already is a '{id}'");
        return Err(EditError::Refused { path: list.to_string(), reason });
    }
    elements.insert(index, value.clone());
    Ok(Edit::Insert { list, index, value })
}

fn remove(tree: &mut Table, list: TreePath, index: usize, value: Value) -> Result<Edit, EditError> {
    let elements = list_mut(tree, &list)?;
    let Some(found) = elements.get(index) else {
        return Err(out_of_list(&list, index, elements.len()));
    };
    if !same(Some(found), Some(&value)) {
        let (expected, found) = (value.to_string(), found.to_string());
        return Err(EditError::Stale { path: list.to_string(), expected, found });
    }
    let value = elements.remove(index);
    Ok(Edit::Remove { list, index, value })
}

fn shift(tree: &mut Table, list: TreePath, from: usize, to: usize) -> Result<Edit, EditError> {
    let elements = list_mut(tree, &list)?;
    if from.max(to) >= elements.len() {
        return Err(out_of_list(&list, from.max(to), elements.len()));
    }
    let element = elements.remove(from);
    elements.insert(to, element);
    Ok(Edit::Move { list, from, to })
}

/// Equal as values: `0` and `0.0` are, and not-a-number equals itself, since both only say what a place holds.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same_value(one, other),
        (None, None) => true,
        _ => false,
    }
}

fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one == other || (one.is_nan() && other.is_nan()),
        (Value::Integer(whole), Value::Float(float)) | (Value::Float(float), Value::Integer(whole)) => {
            *whole as f64 == *float
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        (Value::Table(one), Value::Table(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| same(Some(value), other.get(key)))
        }
        _ => one == other,
    }
}

/// Values travel as TOML text: every kind of value and every bit of a float survives, in any carrier.
mod text_element {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use toml::{Table, Value};

    pub fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut table: Table = toml::from_str(&format!("value = {text}")).map_err(D::Error::custom)?;
        table.remove("value").ok_or_else(|| D::Error::custom("no value"))
    }
}

mod text_value {
    use serde::{Deserialize, Deserializer, Serializer};
    use toml::Value;

    pub fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::text_element::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        #[derive(Deserialize)]
        struct Element(#[serde(with = "super::text_element")] Value);
        Ok(Option::<Element>::deserialize(deserializer)?.map(|element| element.0))
    }
}
