//! References, as they are typed.

use super::Typed;
use crate::session::edit::{Edit, EditError};
use crate::session::{Matching, Standing};

impl Typed<'_> {
    pub(super) fn reference(&self, id: &str, field: &str) -> Result<Edit, EditError> {
        let document = self.document;
        let none = matches!(self.right, "" | "none" | "off");
        match field {
            "position" => {
                let known = Standing::ALL.into_iter().find(|one| one.word() == self.right);
                let position = known.ok_or_else(|| self.refuse("write playhead, section, cue or free"))?;
                Edit::set_reference_position(document, id, position)
            }
            "match" => {
                let known = Matching::ALL.into_iter().find(|one| one.word() == self.right);
                let matching = known.ok_or_else(|| self.refuse("write off, short-term or integrated"))?;
                Edit::set_reference_match(document, id, matching)
            }
            "trim" => Edit::set_reference_trim(document, id, self.level()?),
            "weight" => Edit::set_reference_weight(document, id, self.level()?.0),
            "cue" => {
                let cue = self.right.parse().map_err(|_| self.refuse("write the number of a cue, from 1"))?;
                Edit::set_reference_cue(document, id, cue)
            }
            "cues" if none => Edit::set_reference_cues(document, id, &[]),
            "cues" => {
                let cues = self.right.split(',').map(|text| self.seconds(text.trim()));
                Edit::set_reference_cues(document, id, &cues.collect::<Result<Vec<_>, _>>()?)
            }
            "loop" if none => Edit::set_reference_loop(document, id, None),
            "loop" => {
                let form = || self.refuse("write FROM TO, as 41s 63s; or none");
                let (from, to) = self.right.split_once(char::is_whitespace).ok_or_else(form)?;
                let stretch = (self.seconds(from.trim())?, self.seconds(to.trim())?);
                Edit::set_reference_loop(document, id, Some(stretch))
            }
            _ => self.plain(),
        }
    }
}
