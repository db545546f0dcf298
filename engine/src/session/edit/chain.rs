//! Edits of processing: stages, their parameters and rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draft::{Draft, unknown, value_of};
use super::pass::{entry_path, known_pass, known_song, separate_sequence};
use super::{Edit, EditError, describe};
use crate::chain;
use crate::param::{self, Spec};
use crate::session::path::TreePath;
use crate::session::{Automation, ChainSettings, Document, Row, Scalar, Session, StageSettings};

/// Which chain of a pass.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The chain of the song with this id.
    Song(String),
    /// The chain over the whole pass.
    Album,
}

/// A parameter, by stable ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The pass whose own value is meant; `None` means the shared one, of the main pass. Setting a value of a later pass
    /// that inherits its chain gives it a chain of its own.
    pub pass: Option<String>,
    /// Song or album chain.
    pub scope: Scope,
    /// The stage.
    pub stage: String,
    /// The row of a group (a band), where the parameter belongs to one.
    pub row: Option<String>,
    /// The parameter.
    pub parameter: String,
}

impl Edit {
    /// The value of a parameter.
    ///
    /// # Errors
    /// Something in the address does not exist, or the parameter does not take the value.
    pub fn set_param(document: &Document, address: &Address, value: f64) -> Result<Edit, EditError> {
        let spec = address.spec(document.session())?;
        let path = address.path(document.session())?;
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
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, address.pass.as_deref(), &address.scope)?;
        let to = value_of(&path, &Scalar::from_value(spec, value))?;
        draft.set(path.clone(), Some(to))?;
        let label = describe::label(document.session(), &draft.tree, &path);
        Ok(draft.finish(label))
    }

    /// The value of a parameter as it is typed: `3k`, `-0.8 dB`, `+=0.5`, `bell`.
    ///
    /// # Errors
    /// Something in the address does not exist, or the text is not understood.
    pub fn set_param_text(document: &Document, address: &Address, text: &str) -> Result<Edit, EditError> {
        let session = document.session();
        let (spec, current) = (address.spec(session)?, address.value(session)?);
        let value = param::parse_value(spec, text, current);
        let path = || address.path(session).map_or_else(|_| address.parameter.clone(), |path| path.to_string());
        Edit::set_param(document, address, value.map_err(|error| EditError::Parameter { path: path(), error })?)
    }

    /// Adds a stage of `processor` at `index` of a chain (`None`: at its end). Returns the edit and the stage's id.
    ///
    /// # Errors
    /// Unknown processor, pass or song.
    pub fn add_stage(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        processor: &str,
        index: Option<usize>,
    ) -> Result<(Edit, String), EditError> {
        Edit::add_stage_with(document, pass, scope, processor, index, &[])
    }

    /// The same, with values that differ from the defaults.
    pub(super) fn add_stage_with(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        processor: &str,
        index: Option<usize>,
        values: &[(&str, f64)],
    ) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        let known = chain::PROCESSORS.iter().map(|processor| processor.table.id);
        let processor = chain::processor(processor).ok_or_else(|| unknown("processor", processor, known))?;
        separate_chain(&mut draft, pass, scope)?;
        let list = chain_path(draft.session, pass, scope)?.join("stage");
        let id = draft.fresh_id(&list, processor.table.id);
        let mut settings = StageSettings::new(&id, processor);
        settings.values = scalars(&list, processor.table.params, values)?;
        let value = value_of(&list, &settings)?;
        draft.insert(list, index.unwrap_or(usize::MAX), value)?;
        let label =
            format!("add {} to {}", processor.table.name, describe::chain_name(document.session(), pass, scope));
        Ok((draft.finish(label), id))
    }

    /// Removes a stage.
    ///
    /// # Errors
    /// Unknown stage, pass or song.
    pub fn remove_stage(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        draft.remove(chain_path(draft.session, pass, scope)?.join("stage"), stage)?;
        let chain = describe::chain_name(document.session(), pass, scope);
        Ok(draft.finish(format!("remove {stage} from {chain}")))
    }

    /// Moves a stage to another place of its chain, from 0; past the end means last.
    ///
    /// # Errors
    /// Unknown stage, pass or song.
    pub fn move_stage(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
        to: usize,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        draft.shift(chain_path(draft.session, pass, scope)?.join("stage"), stage, to)?;
        let chain = describe::chain_name(document.session(), pass, scope);
        Ok(draft.finish(format!("move {stage} in {chain}")))
    }

    /// Takes a stage out of the signal, or in again.
    ///
    /// # Errors
    /// Unknown stage, pass or song.
    pub fn bypass_stage(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
        bypass: bool,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        let list = chain_path(draft.session, pass, scope)?.join("stage");
        draft.element(&list, stage)?;
        draft.set(list.join(stage).join("bypass"), bypass.then_some(true.into()))?;
        let verb = if bypass { "bypass" } else { "un-bypass" };
        Ok(draft.finish(format!("{verb} {stage} in {}", describe::chain_name(document.session(), pass, scope))))
    }

    /// Adds a row to a group of a stage (a band to an equaliser), with these values. Returns the edit and the row's id.
    ///
    /// # Errors
    /// Unknown stage, group or parameter, a value out of range, or no room for another row.
    pub fn add_row(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
        group: &str,
        values: &[(&str, f64)],
    ) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        let list = chain_path(draft.session, pass, scope)?.join("stage").join(stage).join("row");
        let settings = find_stage(draft.session, pass, scope, stage)?;
        let group = find_group(settings, group)?;
        let used = settings.rows.iter().filter(|row| row.group == group.id).count();
        if used >= group.capacity {
            let reason = format!("there is room for {} of '{}'", group.capacity, group.id);
            return Err(EditError::Refused { path: list.to_string(), reason });
        }
        let values = scalars(&list, group.params, values)?;
        let id = draft.fresh_id(&list, &group.id[..group.id.chars().next().map_or(0, char::len_utf8)]);
        let value =
            value_of(&list, &Row { group: group.id.into(), id: id.clone(), values, automation: Default::default() })?;
        draft.insert(list, usize::MAX, value)?;
        Ok((draft.finish(format!("add {} to {stage}", group.name)), id))
    }

    /// Divides a row: a copy of it, with these values in place of its own, comes before it. So any band of a multiband is
    /// split, by the edge of its lower part: `[("frequency", 600.0)]`. Automation stays with the row it was drawn for.
    /// Returns the edit and the new row's id.
    ///
    /// # Errors
    /// Unknown row, stage or parameter, a value out of range, or no room for another row.
    pub fn divide_row(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
        row: &str,
        values: &[(&str, f64)],
    ) -> Result<(Edit, String), EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        let list = chain_path(draft.session, pass, scope)?.join("stage").join(stage).join("row");
        let settings = find_stage(draft.session, pass, scope, stage)?;
        let divided = find_row(settings, row)?.clone();
        let place = settings.rows.iter().position(|other| other.id == divided.id).unwrap_or(settings.rows.len());
        let group = find_group(settings, &divided.group)?;
        if settings.rows.iter().filter(|row| row.group == group.id).count() >= group.capacity {
            let reason = format!("there is room for {} of '{}'", group.capacity, group.id);
            return Err(EditError::Refused { path: list.to_string(), reason });
        }
        let mut copied = divided.values;
        copied.extend(scalars(&list, group.params, values)?);
        let id = draft.fresh_id(&list, &group.id[..group.id.chars().next().map_or(0, char::len_utf8)]);
        let new = Row { group: group.id.into(), id: id.clone(), values: copied, automation: Default::default() };
        draft.insert(list.clone(), place, value_of(&list, &new)?)?;
        Ok((draft.finish(format!("divide {row} of {stage}")), id))
    }

    /// Removes a row of a stage.
    ///
    /// # Errors
    /// Unknown row, stage, pass or song.
    pub fn remove_row(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
        row: &str,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        draft.remove(chain_path(draft.session, pass, scope)?.join("stage").join(stage).join("row"), row)?;
        Ok(draft.finish(format!("remove {row} from {stage}")))
    }
}

impl Address {
    /// The declaration of the parameter.
    ///
    /// # Errors
    /// Something in the address does not exist.
    pub fn spec(&self, session: &Session) -> Result<&'static Spec, EditError> {
        let settings = find_stage(session, self.pass.as_deref(), &self.scope, &self.stage)?;
        let params = match &self.row {
            None => table(settings)?.params,
            Some(row) => find_group(settings, &find_row(settings, row)?.group)?.params,
        };
        let known = params.iter().map(|spec| spec.id);
        let found = params.iter().find(|spec| spec.id == self.parameter);
        found.ok_or_else(|| unknown("parameter", &self.parameter, known))
    }

    /// The value the parameter has now: stored, or its default.
    ///
    /// # Errors
    /// Something in the address does not exist.
    pub fn value(&self, session: &Session) -> Result<f64, EditError> {
        let spec = self.spec(session)?;
        let settings = find_stage(session, self.pass.as_deref(), &self.scope, &self.stage)?;
        let values = match &self.row {
            None => &settings.values,
            Some(row) => &find_row(settings, row)?.values,
        };
        Ok(values.get(&self.parameter).and_then(|scalar| scalar.to_value(spec)).unwrap_or(spec.default))
    }

    /// The stage as the pass hears it.
    pub(super) fn stage_settings<'s>(&self, session: &'s Session) -> Result<&'s StageSettings, EditError> {
        find_stage(session, self.pass.as_deref(), &self.scope, &self.stage)
    }

    /// The automation the parameter's course is one of.
    pub(super) fn automation<'s>(&self, session: &'s Session) -> Result<&'s Automation, EditError> {
        let stage = self.stage_settings(session)?;
        match &self.row {
            None => Ok(&stage.automation),
            Some(row) => Ok(&find_row(stage, row)?.automation),
        }
    }

    /// Where the value lies, or will lie once it is set.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn path(&self, session: &Session) -> Result<TreePath, EditError> {
        let stage = chain_path(session, self.pass.as_deref(), &self.scope)?.join("stage").join(&self.stage);
        let home = self.row.as_ref().map_or(stage.clone(), |row| stage.join("row").join(row));
        Ok(home.join("values").join(&self.parameter))
    }

    /// The address that a typed path names, where it names a parameter: songs also by number, the first pass also as
    /// `main`.
    pub fn typed(session: &Session, text: &str) -> Option<Address> {
        Address::of(session, &super::text::resolve(session, text).ok()?)
    }

    /// The address that a path names, where it names a parameter.
    pub fn of(session: &Session, path: &TreePath) -> Option<Address> {
        let (pass, scope, stage, rest) = split(session, path)?;
        let (row, parameter) = match rest {
            [values, parameter] if values == "values" => (None, parameter),
            [list, row, values, parameter] if list == "row" && values == "values" => (Some(row.clone()), parameter),
            _ => return None,
        };
        Some(Address { pass, scope, stage, row, parameter: parameter.clone() })
    }
}

/// Values of parameters as they are stored.
fn scalars(path: &TreePath, params: &[Spec], values: &[(&str, f64)]) -> Result<BTreeMap<String, Scalar>, EditError> {
    let mut scalars = BTreeMap::new();
    for (name, value) in values {
        let known = params.iter().map(|spec| spec.id);
        let spec = params.iter().find(|spec| spec.id == *name).ok_or_else(|| unknown("parameter", name, known))?;
        if !spec.accepts(*value) {
            return Err(EditError::Refused { path: path.to_string(), reason: format!("{name} does not take {value}") });
        }
        scalars.insert((*name).to_string(), Scalar::from_value(spec, *value));
    }
    Ok(scalars)
}

/// Pass, scope and stage of a path into a chain, and what follows the stage.
pub(super) fn split<'p>(
    session: &Session,
    path: &'p TreePath,
) -> Option<(Option<String>, Scope, String, &'p [String])> {
    let (pass, scope, rest) = split_chain(session, path)?;
    match rest {
        [list, stage, rest @ ..] if list == "stage" => Some((pass, scope, stage.clone(), rest)),
        _ => None,
    }
}

/// Pass and scope of a path into a chain, and what follows `chain`.
pub(super) fn split_chain<'p>(session: &Session, path: &'p TreePath) -> Option<(Option<String>, Scope, &'p [String])> {
    let own = |pass: &String| Some(pass.clone()).filter(|pass| session.main_pass().is_none_or(|main| main.id != *pass));
    match path.names() {
        [list, song, chain, rest @ ..] if list == "song" && chain == "chain" => {
            Some((None, Scope::Song(song.clone()), rest))
        }
        [list, pass, chain, rest @ ..] if list == "pass" && chain == "chain" => Some((own(pass), Scope::Album, rest)),
        [list, pass, entry, song, chain, rest @ ..] if list == "pass" && entry == "entry" && chain == "chain" => {
            // The main pass may override a song's chain too; it then is named like any other.
            Some((Some(pass.clone()), Scope::Song(song.clone()), rest))
        }
        _ => None,
    }
}

/// Where a chain lies, or will lie once it is separated.
pub(super) fn chain_path(session: &Session, pass: Option<&str>, scope: &Scope) -> Result<TreePath, EditError> {
    let main = session.main_pass();
    let pass = match pass {
        Some(pass) => Some(known_pass(session, pass)?),
        None => main,
    };
    match (scope, pass) {
        (Scope::Album, Some(pass)) => Ok(TreePath::new(["pass", &pass.id, "chain"])),
        (Scope::Album, None) => Err(unknown("pass", "main", std::iter::empty())),
        (Scope::Song(song), pass) => {
            known_song(session, song)?;
            let is_main = pass.is_none_or(|pass| main.is_some_and(|main| main.id == pass.id));
            let overridden = |pass: &crate::session::Pass| {
                pass.entries.iter().any(|entry| entry.song == *song && entry.chain.is_some())
            };
            match pass {
                Some(pass) if !is_main || overridden(pass) => Ok(entry_path(&pass.id, song).join("chain")),
                _ => Ok(TreePath::new(["song", song, "chain"])),
            }
        }
    }
}

/// Gives a later pass that inherits a chain its own copy of it. The main pass has its own already.
pub(super) fn separate_chain(draft: &mut Draft, pass: Option<&str>, scope: &Scope) -> Result<(), EditError> {
    let path = chain_path(draft.session, pass, scope)?;
    let shared = path.names().first().is_some_and(|list| list == "song");
    if shared || draft.has(&path) {
        return Ok(());
    }
    if let (Some(pass), Scope::Song(_)) = (pass, scope) {
        separate_sequence(draft, pass)?;
    }
    let inherited = effective(draft.session, pass, scope).cloned().unwrap_or_default();
    let value = value_of(&path, &inherited)?;
    draft.set(path, Some(value))
}

/// The chain a pass hears.
pub(super) fn effective<'s>(session: &'s Session, pass: Option<&str>, scope: &Scope) -> Option<&'s ChainSettings> {
    let main = session.main_pass();
    let own = pass.and_then(|pass| session.pass(pass)).or(main);
    match scope {
        Scope::Album => own.and_then(|pass| pass.chain.as_ref()).or_else(|| main?.chain.as_ref()),
        Scope::Song(song) => {
            let entry = |pass: Option<&'s crate::session::Pass>| {
                pass?.entries.iter().find(|entry| entry.song == *song)?.chain.as_ref()
            };
            entry(own).or_else(|| entry(main)).or_else(|| session.song(song).map(|song| &song.chain))
        }
    }
}

/// The stage as the pass hears it.
pub(super) fn find_stage<'s>(
    session: &'s Session,
    pass: Option<&str>,
    scope: &Scope,
    stage: &str,
) -> Result<&'s StageSettings, EditError> {
    chain_path(session, pass, scope)?;
    let stages = effective(session, pass, scope).map_or(&[][..], |chain| &chain.stages);
    let found = stages.iter().find(|one| one.id == stage);
    found.ok_or_else(|| unknown("stage", stage, stages.iter().map(|stage| stage.id.as_str())))
}

pub(super) fn table(stage: &StageSettings) -> Result<&'static param::Table, EditError> {
    let known = chain::PROCESSORS.iter().map(|processor| processor.table.id);
    let found = chain::processor(&stage.processor).map(|processor| processor.table);
    found.ok_or_else(|| unknown("processor", &stage.processor, known))
}

pub(super) fn find_group(stage: &StageSettings, group: &str) -> Result<&'static param::Group, EditError> {
    let table = table(stage)?;
    table.group(group).ok_or_else(|| unknown("group", group, table.groups.iter().map(|group| group.id)))
}

fn find_row<'s>(stage: &'s StageSettings, row: &str) -> Result<&'s Row, EditError> {
    let found = stage.rows.iter().find(|one| one.id == row);
    found.ok_or_else(|| unknown("row", row, stage.rows.iter().map(|row| row.id.as_str())))
}
