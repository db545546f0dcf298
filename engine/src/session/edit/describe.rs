//! Edits in words: undo labels and the revision diff.

use toml::{Table, Value};

use super::chain::{Address, Scope};
use super::{Edit, chain};
use crate::param::{self, Spec};
use crate::session::path::TreePath;
use crate::session::{Scalar, Session};

/// A value longer than this is named, not printed.
const MOST_LETTERS: usize = 60;

impl Edit {
    /// What the edit does, in words: `song 2 gain 0.0 → -0.4 dB`. `session` may be the one before or after it.
    pub fn describe(&self, session: &Session) -> String {
        match self {
            Edit::Set { path, from, to, .. } => describe_set(session, path, from.as_ref(), to.as_ref()),
            Edit::Insert { list, value, .. } => format!("add {}", element_name(session, list, value)),
            Edit::Remove { list, value, .. } => format!("remove {}", element_name(session, list, value)),
            Edit::Move { list, from, to } => {
                format!("move {} from place {} to {}", subject(session, list.names()), from + 1, to + 1)
            }
            Edit::Batch { label, .. } if !label.is_empty() => label.clone(),
            Edit::Batch { edits, .. } => match edits.as_slice() {
                [] => "nothing".into(),
                [edit] => edit.describe(session),
                [first, rest @ ..] => format!("{} and {} more", first.describe(session), rest.len()),
            },
        }
    }

    /// The path an error about this edit names.
    pub(in crate::session) fn place(&self) -> String {
        match self {
            Edit::Set { path, .. } => path.to_string(),
            Edit::Insert { list, .. } | Edit::Remove { list, .. } | Edit::Move { list, .. } => list.to_string(),
            Edit::Batch { label, .. } => label.clone(),
        }
    }
}

/// What a value was set to, for the label of a step of several edits.
pub(super) fn label(session: &Session, tree: &Table, path: &TreePath) -> String {
    describe_set(session, path, None, path.find(tree))
}

fn describe_set(session: &Session, path: &TreePath, from: Option<&Value>, to: Option<&Value>) -> String {
    if let Some(course) = describe_course(session, path, to) {
        return course;
    }
    let what = subject(session, path.names());
    let spec = Address::of(session, path).and_then(|address| address.spec(session).ok());
    let (say, unit) = printer(path, spec);
    match (from, to) {
        (Some(from), Some(to)) => format!("{what} {} \u{2192} {}{unit}", say(from), say(to)),
        (None, Some(to)) => format!("{what} {}{unit}", say(to)),
        (Some(_), None) => format!("{what} removed"),
        (None, None) => format!("{what} unchanged"),
    }
}

/// A parameter's course: how many points it has now.
fn describe_course(session: &Session, path: &TreePath, to: Option<&Value>) -> Option<String> {
    let (parameter, around) = path.names().split_last()?;
    // The first course of a stage or row comes with the table around it.
    if let (true, Some(Value::Table(first))) = (parameter == "automation", to)
        && let Some((name, course)) = first.iter().next()
    {
        return describe_course(session, &path.join(name), Some(course));
    }
    let (word, home) = around.split_last()?;
    if word != "automation" {
        return None;
    }
    let what = format!("{} {}", subject(session, home), parameter.replace('_', " "));
    Some(match to.and_then(Value::as_array).map_or(0, Vec::len) {
        0 => format!("{what} not automated"),
        1 => format!("{what} automated by 1 point"),
        count => format!("{what} automated by {count} points"),
    })
}

type Printer = Box<dyn Fn(&Value) -> String>;

fn printer(path: &TreePath, spec: Option<&'static Spec>) -> (Printer, String) {
    if let Some(spec) = spec {
        let unit = spec.unit.label();
        let space = if unit.is_empty() { "" } else { " " };
        return (Box::new(move |value| parameter(spec, value)), format!("{space}{unit}"));
    }
    let (digits, unit) = match path.last() {
        "gain" => (1, " dB"),
        "ceiling" => (2, " dBTP"),
        "length" | "gap" => (2, " s"),
        _ => (0, ""),
    };
    if unit.is_empty() {
        return (Box::new(plain), String::new());
    }
    (
        Box::new(move |value| number(value).map_or_else(|| plain(value), |number| format!("{number:.digits$}"))),
        unit.into(),
    )
}

fn parameter(spec: &Spec, value: &Value) -> String {
    let known = value.clone().try_into::<Scalar>().ok().and_then(|scalar| scalar.to_value(spec));
    known.map_or_else(|| plain(value), |number| param::format_value(spec, number))
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("\u{201c}{text}\u{201d}"),
        Value::Boolean(on) => if *on { "on" } else { "off" }.into(),
        Value::Array(list) => return format!("{} elements", list.len()),
        Value::Table(table) => return compound(table),
        other => other.to_string(),
    };
    if text.chars().count() <= MOST_LETTERS {
        return text;
    }
    text.chars().take(MOST_LETTERS).chain(['\u{2026}']).collect()
}

/// The values of a small table in their order, as `crossfade 1.8 s equal-power equal-power`.
fn compound(table: &Table) -> String {
    let one = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("gap", value) => format!("gap {value} s"),
        ("length", value) => format!("{value} s"),
        ("hz", value) => format!("{value} Hz"),
        ("crossfade", Value::Table(inner)) => format!("crossfade {}", compound(inner)),
        (_, Value::String(text)) => text.clone(),
        (name, Value::Float(_) | Value::Integer(_) | Value::Boolean(_)) => format!("{name} {value}"),
        (name, _) => name.to_string(),
    };
    let text: Vec<String> = table.iter().take(6).map(one).collect();
    text.join(" ")
}

/// The name of a place, from the outside in.
fn subject(session: &Session, names: &[String]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = names;
    while let Some((name, deeper)) = rest.split_first() {
        rest = deeper;
        let id = deeper.first();
        match (name.as_str(), id) {
            ("song" | "entry", Some(id)) => words.push(song_name(session, id)),
            ("pass", Some(id)) => words.push(session.pass(id).map_or(id.clone(), |pass| pass.name.clone())),
            ("stage" | "row" | "source" | "repair" | "finding" | "reference" | "note", Some(id)) => {
                words.push(id.clone())
            }
            ("clip", Some(id)) => words.push(format!("clip {id}")),
            ("values" | "chain", Some(_)) => continue,
            (field, _) => {
                words.push(field.replace('_', " "));
                continue;
            }
        }
        rest = &rest[1..];
    }
    words.join(" ")
}

fn element_name(session: &Session, list: &TreePath, value: &Value) -> String {
    let id = crate::session::path::id_in(list.last(), value).unwrap_or("?");
    let named = value.get("title").or_else(|| value.get("name"));
    let title = named.and_then(Value::as_str).filter(|title| !title.is_empty());
    let within = list.parent().map(|parent| subject(session, parent.names())).filter(|words| !words.is_empty());
    let kind = if list.last() == "entry" { "song" } else { list.last() };
    let what = title.map_or(format!("{kind} {id}"), |title| format!("{kind} \u{201c}{title}\u{201d}"));
    within.map_or(what.clone(), |within| format!("{what} of {within}"))
}

/// `song 2`: by its place in the main sequence, or by its id where it has none.
pub(super) fn song_name(session: &Session, id: &str) -> String {
    match session.song_number(id) {
        Some(number) => format!("song {number}"),
        None => format!("song '{id}'"),
    }
}

/// The chain in words.
pub(super) fn chain_name(session: &Session, pass: Option<&str>, scope: &Scope) -> String {
    chain::chain_path(session, pass, scope).map_or_else(|_| "chain".into(), |path| subject(session, path.names()))
}
