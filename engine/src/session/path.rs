//! Where a value lies in the document: text with stable ids, never positions.
//!
//! `song.s2.gain`, `pass.cd.entry.s2.join`, `song.s2.chain.stage.eq1.row.b3.gain` (short for `...row.b3.values.gain`).
//! Names are separated by dots; a name with a dot in it stands in double quotes.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// The lists of the document and the field their elements are known by.
const LISTS: [(&str, &str); 13] = [
    ("source", "id"),
    ("repair", "id"),
    ("song", "id"),
    ("pass", "id"),
    ("finding", "id"),
    ("reference", "id"),
    ("note", "id"),
    ("entry", "song"),
    ("clip", "id"),
    ("version", "id"),
    ("marker", "id"),
    ("stage", "id"),
    ("row", "id"),
];
/// Fields of a stage that are not parameters; `position` is a word of the command line and no parameter's id.
const STAGE_FIELDS: [&str; 8] = ["id", "processor", "version", "bypass", "values", "automation", "row", "position"];
/// Fields of a row that are not parameters.
const ROW_FIELDS: [&str; 4] = ["group", "id", "values", "automation"];
/// Fields of a repair that are not parameters; `on` and `position` are words of the command line.
const REPAIR_FIELDS: [&str; 13] = [
    "id", "kind", "version", "start", "end", "channels", "off", "on", "values", "points", "learn", "finding",
    "position",
];
/// Longer paths than any document has are a mistake of the input.
const MOST_NAMES: usize = 32;

/// The place of a value in the document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreePath(Vec<String>);

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a path: {reason}; write names and ids with dots between them, as song.s2.gain")]
pub struct PathError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl TreePath {
    /// Reads a path. Parameters of stages and rows may leave out `values`.
    ///
    /// # Errors
    /// An empty name, an open quote, or more names than any document has.
    pub fn parse(text: &str) -> Result<TreePath, PathError> {
        let refuse = |reason| PathError { text: text.into(), reason };
        let names = split(text.trim()).ok_or_else(|| refuse("a quote is not closed"))?;
        if names.len() > MOST_NAMES {
            return Err(refuse("it has too many names"));
        }
        if names.iter().any(String::is_empty) {
            return Err(refuse("a name is empty"));
        }
        Ok(TreePath::new(names))
    }

    /// A path of these names, with `values` filled in where it was left out.
    pub(super) fn new(names: impl IntoIterator<Item = impl Into<String>>) -> TreePath {
        let mut parts: Vec<String> = Vec::new();
        for name in names {
            let name = name.into();
            if let [.., list, _] = parts.as_slice() {
                let stage = list == "stage" && !STAGE_FIELDS.contains(&name.as_str());
                let row = list == "row" && !ROW_FIELDS.contains(&name.as_str());
                let repair = list == "repair" && !REPAIR_FIELDS.contains(&name.as_str());
                if stage || row || repair {
                    parts.push("values".into());
                }
            }
            parts.push(name);
        }
        TreePath(parts)
    }

    /// The path one name deeper.
    pub fn join(&self, name: &str) -> TreePath {
        TreePath::new(self.0.iter().map(String::as_str).chain([name]))
    }

    /// The path without its last name; `None` at the top.
    pub fn parent(&self) -> Option<TreePath> {
        (self.0.len() > 1).then(|| TreePath(self.0[..self.0.len() - 1].to_vec()))
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The last name.
    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// What lies there.
    pub fn find<'a>(&self, tree: &'a Table) -> Option<&'a Value> {
        find(tree, &self.0)
    }
}

/// The field that elements of the list `name` are known by.
pub(super) fn key_of(name: &str) -> &'static str {
    LISTS.iter().find(|(list, _)| *list == name).map_or("id", |(_, key)| key)
}

/// Whether `name` is one of the document's lists.
pub(super) fn is_list(name: &str) -> bool {
    LISTS.iter().any(|(list, _)| *list == name)
}

/// What an element of the list `name` is known by.
pub(super) fn id_in<'a>(name: &str, element: &'a Value) -> Option<&'a str> {
    element.get(key_of(name))?.as_str()
}

/// What lies at `names`.
pub(super) fn find<'a>(tree: &'a Table, names: &[String]) -> Option<&'a Value> {
    let (first, mut rest) = names.split_first()?;
    let mut value = tree.get(first)?;
    let mut name = first;
    while let Some((next, deeper)) = rest.split_first() {
        value = match value {
            Value::Table(table) => table.get(next)?,
            Value::Array(list) => list.iter().find(|element| id_in(name, element) == Some(next))?,
            _ => return None,
        };
        (name, rest) = (next, deeper);
    }
    Some(value)
}

/// The same, to be changed.
pub(super) fn find_mut<'a>(tree: &'a mut Table, names: &[String]) -> Option<&'a mut Value> {
    let (first, mut rest) = names.split_first()?;
    let mut value = tree.get_mut(first)?;
    let mut name = first;
    while let Some((next, deeper)) = rest.split_first() {
        value = match value {
            Value::Table(table) => table.get_mut(next)?,
            Value::Array(list) => list.iter_mut().find(|element| id_in(name, element) == Some(next))?,
            _ => return None,
        };
        (name, rest) = (next, deeper);
    }
    Some(value)
}

fn split(text: &str) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(String::new()),
            other => names.last_mut()?.push(other),
        }
    }
    (!quoted).then_some(names)
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            if name.contains('.') { write!(f, "\"{name}\"")? } else { f.write_str(name)? }
        }
        Ok(())
    }
}

impl From<TreePath> for String {
    fn from(path: TreePath) -> String {
        path.to_string()
    }
}

impl TryFrom<String> for TreePath {
    type Error = PathError;
    fn try_from(text: String) -> Result<TreePath, PathError> {
        TreePath::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_may_leave_out_values() {
        let full = |text| TreePath::parse(text).unwrap().to_string();
        assert_eq!(full("song.s2.chain.stage.eq1.row.b3.gain"), "song.s2.chain.stage.eq1.row.b3.values.gain");
        assert_eq!(full("pass.main.chain.stage.lim.ceiling"), "pass.main.chain.stage.lim.values.ceiling");
        assert_eq!(full("pass.main.chain.stage.lim.bypass"), "pass.main.chain.stage.lim.bypass");
        assert_eq!(full("pass.main.chain.stage.lim.values.ceiling"), "pass.main.chain.stage.lim.values.ceiling");
    }

    #[test]
    fn names_with_dots_stand_in_quotes() {
        let path = TreePath::parse("finding.\"a.b\".state").unwrap();
        assert_eq!(path.names(), ["finding", "a.b", "state"]);
        assert_eq!(TreePath::parse(&path.to_string()), Ok(path));
        for bad in ["", ".", "a..b", "a.\"b", &"a.".repeat(99)] {
            assert!(TreePath::parse(bad).is_err(), "{bad}");
        }
    }
}
