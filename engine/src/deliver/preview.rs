//! What a delivery will say, before it is made: marks and texts of a disc.

use super::layout::DiscLayout;
use super::words;
use crate::container::ddp::cdtext::CdText;
use crate::render::{Plan, PlanError};
use crate::report::pq;
use crate::report::table::Table;
use crate::session::Session;

/// A disc as it will be laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscPreview {
    /// Every mark, one row each.
    pub marks: Table,
    /// The texts by language: its name and letters, and a table.
    pub texts: Vec<(String, Table)>,
    /// What cannot lie where it was asked for, and letters that the disc does not have.
    pub problems: Vec<String>,
}

impl DiscPreview {
    /// Lays a pass out.
    ///
    /// # Errors
    /// The pass cannot be planned.
    pub fn new(session: &Session, pass: &str) -> Result<DiscPreview, PlanError> {
        let resolved = session.resolve(pass).ok_or_else(|| PlanError::NoPass(pass.into()))?;
        let plan = Plan::new(session, pass)?;
        let layout = DiscLayout::new(session, &resolved, &plan);
        let text: CdText = words::words(session, &resolved, &layout);
        let mut problems = layout.problems.clone();
        for block in &text.blocks {
            let foreign: String = block.foreign_letters().into_iter().collect();
            if !foreign.is_empty() {
                let (letters, language) = (block.charset.name(), block.language.name());
                problems.push(format!("{letters} does not have these letters of the texts in {language}: {foreign}"));
            }
        }
        let table = |block: &crate::container::ddp::cdtext::Block| {
            let name = format!("{}, {}", block.language.name(), block.charset.name());
            (name, pq::texts(&text, block.language.0, &layout.disc))
        };
        let texts = text.blocks.iter().map(table).collect();
        Ok(DiscPreview { marks: pq::marks(&layout.disc, &text), texts, problems })
    }
}
