//! What is typed about whole chains (presets, copies, snapshots) and about the course of a parameter.

use super::super::chain::{self, Address, Scope};
use super::super::{Edit, EditError, automation};
use super::{Typed, Verb, resolve, seconds};
use crate::session::Preset;

impl Typed<'_> {
    /// `stage+=preset NAME at=2`
    pub(super) fn append_preset(&self, pass: Option<&str>, scope: &Scope, name: &str) -> Result<Edit, EditError> {
        let (name, place) = name.split_once(" at=").map_or((name, None), |(name, place)| (name, Some(place)));
        let place = place.and_then(|place| place.trim().parse::<usize>().ok()?.checked_sub(1));
        let preset = self.preset(name)?;
        let inserted = Edit::insert_stages(self.document, pass, scope, &preset.chain, place, &preset.name);
        inserted.map(|(edit, _)| edit)
    }

    /// What is done to a whole chain, where the path names one: `=preset`, `=copy`, `=snapshot`, `.snapshot.a=store`.
    pub(super) fn whole(&self) -> Option<Result<Edit, EditError>> {
        let (pass, scope, rest) = chain::split_chain(self.session(), &self.path)?;
        let (document, pass) = (self.document, pass.as_deref());
        let (verb, name) = self.right.split_once(char::is_whitespace).unwrap_or((self.right, ""));
        let name = name.trim();
        match (rest, verb) {
            ([list, snapshot], "store") if list == "snapshot" => {
                Some(Edit::store_snapshot(document, pass, &scope, snapshot, None))
            }
            ([list, _], "") if list == "snapshot" => Some(self.unset()),
            ([], "snapshot") => Some(Edit::recall_snapshot(document, pass, &scope, &name.to_lowercase())),
            ([], "preset") => Some(self.preset(name).and_then(|preset| {
                Edit::set_chain(document, pass, &scope, &preset.chain, &format!("preset {}", preset.name))
            })),
            ([], "copy") => Some(self.source(name).and_then(|(from_pass, from)| {
                Edit::copy_chain(document, (from_pass.as_deref(), &from), (pass, &scope))
            })),
            _ => None,
        }
    }

    /// `...stage.ID=preset NAME`
    pub(super) fn stage(&self, pass: Option<&str>, scope: &Scope, stage: &str) -> Result<Edit, EditError> {
        let name = self.right.strip_prefix("preset ");
        let preset = self.preset(name.ok_or_else(|| self.refuse("write preset NAME"))?)?;
        let replaced = Edit::replace_stage(self.document, pass, scope, stage, &preset.chain, &preset.name);
        replaced.map(|(edit, _)| edit)
    }

    fn preset(&self, name: &str) -> Result<Preset, EditError> {
        (self.presets)(name.trim()).ok_or_else(|| EditError::Unknown {
            what: "preset",
            id: name.trim().into(),
            known: "; `lacquer presets` lists what there is".into(),
        })
    }

    /// The chain that `song.2`, `pass.cd` or `pass.cd.entry.2` names.
    fn source(&self, text: &str) -> Result<(Option<String>, Scope), EditError> {
        let path = resolve(self.session(), text.trim_end_matches(".chain"))?.join("chain");
        let found = chain::split_chain(self.session(), &path);
        let (pass, scope, _) =
            found.ok_or_else(|| self.refuse("write copy song.2, copy pass.main or copy pass.cd.entry.2"))?;
        Ok((pass, scope))
    }

    /// `...PARAMETER.at`: `+=` a point, `-=` the point at a time, `=` the whole course.
    pub(super) fn course(&self) -> Result<Edit, EditError> {
        let (document, session) = (self.document, self.session());
        let address = Address::of_course(session, &self.path).ok_or_else(|| self.refuse("it is no parameter"))?;
        let spec = address.spec(session)?;
        let current = address.value(session)?;
        let read = |text: &str| {
            let point = automation::point(spec, text, current, seconds);
            point.ok_or_else(|| self.refuse(format!("'{text}' is no point: write TIME VALUE [linear|hold|smooth]")))
        };
        match self.verb {
            Verb::Add => Edit::add_point(document, &address, read(self.right)?),
            Verb::Subtract => Edit::remove_point_at(document, &address, self.seconds(self.right)?),
            Verb::Set if matches!(self.right, "" | "none" | "off") => Edit::automate(document, &address, &[]),
            Verb::Set => {
                let points = self.right.split(',').map(|text| read(text.trim()));
                Edit::automate(document, &address, &points.collect::<Result<Vec<_>, _>>()?)
            }
        }
    }
}
