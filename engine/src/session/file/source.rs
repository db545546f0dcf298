use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

use crate::session::{Edit, SourceRef};

/// Where the file of a source lies, for a session in `folder`.
pub fn source_path(folder: Option<&Path>, source: &SourceRef) -> PathBuf {
    let path = Path::new(&source.path);
    match folder {
        Some(folder) if path.is_relative() => folder.join(path),
        _ => path.to_path_buf(),
    }
}

/// `path` (relative to `old`, or absolute) as it is written in a session in `new`: relative with forward slashes, or
/// absolute where the two have nothing in common.
pub(super) fn rebase(path: &str, old: Option<&Path>, new: &Path) -> String {
    let whole = match old {
        Some(old) => old.join(path),
        None => PathBuf::from(path),
    };
    if whole.is_relative() {
        path.into()
    } else {
        relative(&plain(&whole), &plain(new)).unwrap_or_else(|| slashes(&whole))
    }
}

/// Without `.` and `..`, as far as the names alone tell.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn relative(path: &Path, folder: &Path) -> Option<String> {
    let shared = path.components().zip(folder.components()).take_while(|(one, other)| one == other);
    let names = shared.clone().filter(|(part, _)| matches!(part, Component::Normal(_))).count();
    if names == 0 {
        return None;
    }
    let shared = shared.count();
    let up = folder.components().skip(shared).map(|_| "..".to_string());
    let down = path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// Rewrites the paths of all sources in a tree.
pub(super) fn rebase_tree(tree: &mut Table, rebase: &dyn Fn(&str) -> String) {
    if let Some(list) = tree.get_mut("source") {
        rebase_list(list, rebase);
    }
    if let Some(list) = tree.get_mut("reference") {
        rebase_references(list, rebase);
    }
}

fn rebase_list(list: &mut Value, rebase: &dyn Fn(&str) -> String) {
    for source in list.as_array_mut().into_iter().flatten() {
        rebase_source(source, rebase);
    }
}

fn rebase_references(list: &mut Value, rebase: &dyn Fn(&str) -> String) {
    for reference in list.as_array_mut().into_iter().flatten() {
        rebase_reference(reference, rebase);
    }
}

fn rebase_reference(reference: &mut Value, rebase: &dyn Fn(&str) -> String) {
    if let Some(file) = reference.get_mut("file") {
        rebase_source(file, rebase);
    }
}

fn rebase_source(source: &mut Value, rebase: &dyn Fn(&str) -> String) {
    if let Some(path) = source.get_mut("path") {
        rebase_path(path, rebase);
    }
}

fn rebase_path(path: &mut Value, rebase: &dyn Fn(&str) -> String) {
    if let Value::String(text) = path {
        *text = rebase(text);
    }
}

/// Rewrites paths of sources in one part of a tree.
type Change = fn(&mut Value, &dyn Fn(&str) -> String);

/// Rewrites the paths of sources inside an edit, so that undo still fits after the session has moved.
pub(super) fn rebase_edit(edit: &mut Edit, rebase: &dyn Fn(&str) -> String) {
    match edit {
        Edit::Set { path, from, to, .. } => {
            let change: Change = match path.names() {
                [list] if list == "source" => rebase_list,
                [list] if list == "reference" => rebase_references,
                [list, _, field] if list == "source" && field == "path" => rebase_path,
                _ => return,
            };
            from.iter_mut().chain(to).for_each(|value| change(value, rebase));
        }
        Edit::Insert { list, value, .. } | Edit::Remove { list, value, .. } if list.names() == ["source"] => {
            rebase_source(value, rebase);
        }
        Edit::Insert { list, value, .. } | Edit::Remove { list, value, .. } if list.names() == ["reference"] => {
            rebase_reference(value, rebase);
        }
        Edit::Batch { edits, .. } => edits.iter_mut().for_each(|edit| rebase_edit(edit, rebase)),
        Edit::Insert { .. } | Edit::Remove { .. } | Edit::Move { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_move_with_the_session() {
        let from = |path, old: Option<&str>, new| rebase(path, old.map(Path::new), Path::new(new));
        assert_eq!(from("/music/mix/a.wav", None, "/music/album"), "../mix/a.wav");
        assert_eq!(from("a.wav", Some("/music/album"), "/music"), "album/a.wav");
        assert_eq!(from("../mix/a.wav", Some("/music/album"), "/music/album/old"), "../../mix/a.wav");
        assert_eq!(from("/elsewhere/a.wav", None, "/music"), "/elsewhere/a.wav");
        assert_eq!(from("a.wav", None, "/music"), "a.wav");
    }
}
