//! Edits of whole chains: presets, copies from elsewhere, snapshots.

use super::chain::{Scope, chain_path, effective, separate_chain};
use super::draft::{Draft, unknown, value_of};
use super::{Edit, EditError, describe};
use crate::session::path::TreePath;
use crate::session::{ChainSettings, Document, Session, Snapshot, StageSettings};
use crate::unit::{Db, Lufs};

/// The snapshots a chain may have.
pub const SNAPSHOTS: [&str; 4] = ["a", "b", "c", "d"];

impl Edit {
    /// Gives a chain the stages of another one; `what` says in a word where they come from. Its snapshots stay.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn set_chain(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        chain: &ChainSettings,
        what: &str,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        put(&mut draft, pass, scope, &chain.stages)?;
        let whose = describe::chain_name(document.session(), pass, scope);
        Ok(draft.finish_as(format!("{whose} as {what}")))
    }

    /// Copies a chain to another song or pass: stages and automation; the snapshots of the target stay.
    ///
    /// # Errors
    /// Unknown pass or song on either side.
    pub fn copy_chain(
        document: &Document,
        (from_pass, from): (Option<&str>, &Scope),
        (pass, scope): (Option<&str>, &Scope),
    ) -> Result<Edit, EditError> {
        let session = document.session();
        chain_path(session, from_pass, from)?;
        let chain = effective(session, from_pass, from).cloned().unwrap_or_default();
        let what = describe::chain_name(session, from_pass, from);
        Edit::set_chain(document, pass, scope, &chain, &what)
    }

    /// Puts the stages of a preset into a chain at `index` (`None`: at its end). Returns the edit and the ids of the new
    /// stages.
    ///
    /// # Errors
    /// Unknown pass or song.
    pub fn insert_stages(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        chain: &ChainSettings,
        index: Option<usize>,
        what: &str,
    ) -> Result<(Edit, Vec<String>), EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        let ids = insert(&mut draft, pass, scope, chain, index)?;
        let whose = describe::chain_name(document.session(), pass, scope);
        Ok((draft.finish_as(format!("add {what} to {whose}")), ids))
    }

    /// Puts the stages of a preset in the place of one stage. Returns the edit and the ids of the new stages.
    ///
    /// # Errors
    /// Unknown pass, song or stage.
    pub fn replace_stage(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        stage: &str,
        chain: &ChainSettings,
        what: &str,
    ) -> Result<(Edit, Vec<String>), EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        let list = chain_path(draft.session, pass, scope)?.join("stage");
        let (index, _) = draft.element(&list, stage)?;
        draft.remove(list, stage)?;
        let ids = insert(&mut draft, pass, scope, chain, Some(index))?;
        Ok((draft.finish_as(format!("{stage} as {what}")), ids))
    }

    /// Keeps the stages of a chain as its snapshot `a`, `b`, `c` or `d`, with how loud they are where that is known.
    ///
    /// # Errors
    /// Unknown pass, song or snapshot.
    pub fn store_snapshot(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        snapshot: &str,
        loudness: Option<Lufs>,
    ) -> Result<Edit, EditError> {
        let mut draft = Draft::new(document);
        separate_chain(&mut draft, pass, scope)?;
        let path = snapshot_path(draft.session, pass, scope, snapshot)?;
        let stages = effective(draft.session, pass, scope).map(|chain| chain.stages.clone()).unwrap_or_default();
        let value = value_of(&path, &Snapshot { stages, loudness, ..Snapshot::default() })?;
        draft.set(path, Some(value))?;
        let whose = describe::chain_name(document.session(), pass, scope);
        Ok(draft.finish_as(format!("keep {whose} as snapshot {}", snapshot.to_uppercase())))
    }

    /// Brings a chain back to one of its snapshots.
    ///
    /// # Errors
    /// Unknown pass, song or snapshot.
    pub fn recall_snapshot(
        document: &Document,
        pass: Option<&str>,
        scope: &Scope,
        snapshot: &str,
    ) -> Result<Edit, EditError> {
        let session = document.session();
        snapshot_path(session, pass, scope, snapshot)?;
        let known = effective(session, pass, scope).map(|chain| &chain.snapshots);
        let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
        let found = known.and_then(|known| known.get(snapshot));
        let stages = found.ok_or_else(|| unknown("snapshot", snapshot, names))?.stages.clone();
        let chain = ChainSettings { stages, ..ChainSettings::default() };
        Edit::set_chain(document, pass, scope, &chain, &format!("snapshot {}", snapshot.to_uppercase()))
    }
}

impl Session {
    /// The chain that a pass hears: its own, else the main pass's, else the song's. `None` where pass or song do not exist.
    pub fn chain(&self, pass: Option<&str>, scope: &Scope) -> Option<&ChainSettings> {
        effective(self, pass, scope)
    }
}

impl ChainSettings {
    /// The snapshot whose state the chain is in, if it is one's.
    pub fn current_snapshot(&self) -> Option<&str> {
        let found = self.snapshots.iter().find(|(_, snapshot)| snapshot.stages == self.stages);
        found.map(|(name, _)| name.as_str())
    }
}

impl ChainSettings {
    /// The gain that brings the snapshot the chain is in to the loudness of the quietest one: one constant, never above 0,
    /// so that nothing is won by being louder (rule 9 of the seams). None where a loudness is not known.
    pub fn snapshot_match(&self) -> Option<Db> {
        let known = |snapshot: &Snapshot| snapshot.loudness.map(Lufs::value);
        let now = known(self.snapshots.get(self.current_snapshot()?)?)?;
        let quietest = self.snapshots.values().filter_map(known).min_by(f64::total_cmp)?;
        Some(Db(quietest - now))
    }
}

fn snapshot_path(session: &Session, pass: Option<&str>, scope: &Scope, snapshot: &str) -> Result<TreePath, EditError> {
    if !SNAPSHOTS.contains(&snapshot) {
        return Err(unknown("snapshot", snapshot, SNAPSHOTS.into_iter()));
    }
    Ok(chain_path(session, pass, scope)?.join("snapshot").join(snapshot))
}

fn put(draft: &mut Draft, pass: Option<&str>, scope: &Scope, stages: &[StageSettings]) -> Result<(), EditError> {
    let path = chain_path(draft.session, pass, scope)?.join("stage");
    let value = value_of(&path, &stages)?;
    draft.set(path, Some(value))
}

fn insert(
    draft: &mut Draft,
    pass: Option<&str>,
    scope: &Scope,
    chain: &ChainSettings,
    index: Option<usize>,
) -> Result<Vec<String>, EditError> {
    let list = chain_path(draft.session, pass, scope)?.join("stage");
    let mut ids = Vec::new();
    for (offset, stage) in chain.stages.iter().enumerate() {
        let id = draft.fresh_id(&list, &stage.processor);
        let value = value_of(&list, &StageSettings { id: id.clone(), ..stage.clone() })?;
        draft.insert(list.clone(), index.map_or(usize::MAX, |index| index + offset), value)?;
        ids.push(id);
    }
    Ok(ids)
}
