//! Makeup that leaves a compressor as loud as what comes in.
//!
//! The curve alone cannot tell what a compressor does to a song's loudness: the song is rendered through the chain, gated
//! loudness is taken before and behind the stage ([`crate::render::probe`]), and the makeup is corrected until both agree.

use std::sync::Arc;

use serde::Serialize;

use crate::chain::compressor;
use crate::render::{Library, Plan, PlanError, RenderError, Scope as Heard, probe};
use crate::session::{Address, Document, Edit, EditError, FileError, ReadError, Scope};
use crate::unit::{Db, Frames, Lu};

/// Loudness is told to a tenth; a fifth of that is never seen.
const EXACT: Lu = Lu(0.02);
/// Measurements tried: with the whole signal compressed the second only confirms.
const MOST_ROUNDS: usize = 5;
/// Makeup is set to a hundredth of a decibel.
const STEP: f64 = 0.01;

/// What was found and what is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neutral {
    /// Change of loudness by the stage as it is.
    pub change_before_lu: Lu,
    /// The same with the proposed makeup.
    pub change_after_lu: Lu,
    /// The makeup it has.
    pub makeup_before_db: Db,
    /// The makeup proposed.
    pub makeup_after_db: Db,
}

/// Why there is no proposal.
#[derive(Debug, thiserror::Error)]
pub enum NeutralError {
    /// No plan of the pass.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The makeup could not be set.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The document could not be copied to try it on.
    #[error(transparent)]
    Copy(#[from] FileError),
    /// The copy could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another parameter than a compressor's makeup.
    #[error("{stage}.{parameter}: only the makeup of a compressor can be matched; give a number")]
    NoMakeup {
        /// The stage's id.
        stage: String,
        /// The parameter's id.
        parameter: String,
    },
    /// The chain's song is not in the pass.
    #[error("{stage}: what it works on is not in the pass, so it cannot be measured; give a number")]
    Unheard {
        /// The stage's id.
        stage: String,
    },
    /// No loudness on either side of the stage.
    #[error("{stage}: what it works on is silent or shorter than 0.4 s, so there is nothing to match; give a number")]
    Silent {
        /// The stage's id.
        stage: String,
    },
}

/// Measures the stage of `address` over its whole song, or an album's over the whole programme of the pass, and proposes
/// its makeup. The document that was given is not touched. Workers only.
///
/// # Errors
/// An address that is no compressor's makeup, a pass that cannot be rendered, or a stage that hears nothing.
pub fn makeup(document: &Document, address: &Address, library: &Arc<dyn Library>) -> Result<Neutral, NeutralError> {
    let main = document.session().main_pass().map(|main| main.id.clone());
    let pass = address.pass.clone().or(main).unwrap_or_default();
    let spec = address.spec(document.session())?;
    let mut draft = Document::from_text(&document.text()?)?;
    let before = address.value(document.session())?;
    let (mut makeup, mut first, mut round) = (before, None, 0);
    loop {
        round += 1;
        let plan = Arc::new(Plan::new(draft.session(), &pass)?);
        let (change, mix) = measure(&plan, address, library)?;
        let first = *first.get_or_insert(change);
        let wanted = compressor::neutral_makeup(makeup, mix, change);
        let next = spec.clamp((wanted / STEP).round() * STEP);
        if change.0.abs() <= EXACT.0 || next == makeup || round == MOST_ROUNDS {
            return Ok(Neutral {
                change_before_lu: first,
                change_after_lu: change,
                makeup_before_db: Db(before),
                makeup_after_db: Db(makeup),
            });
        }
        makeup = next;
        draft.apply(Edit::set_param(&draft, address, makeup)?)?;
    }
}

/// The change of loudness by a compressor, and its mix in percent.
fn measure(plan: &Arc<Plan>, address: &Address, library: &Arc<dyn Library>) -> Result<(Lu, f64), NeutralError> {
    let stage = || address.stage.clone();
    let unheard = || NeutralError::Unheard { stage: stage() };
    let (scope, stages, start, end) = match &address.scope {
        Scope::Album => (Heard::Album, &plan.album, 0, plan.delivered_frames()),
        Scope::Song(id) => {
            let index = plan.songs.iter().position(|song| song.id == *id).ok_or_else(unheard)?;
            let song = &plan.songs[index];
            (Heard::Song(index), &song.chain, plan.to_delivered(song.start), plan.to_delivered(song.cut))
        }
    };
    let slot = stages.iter().position(|known| known.id == address.stage).ok_or_else(unheard)?;
    if stages[slot].processor.table.id != "compressor" || address.parameter != "makeup" {
        return Err(NeutralError::NoMakeup { stage: stage(), parameter: address.parameter.clone() });
    }
    let length = Frames(end.saturating_sub(start)).seconds(plan.delivered);
    let meters = probe(plan, Arc::clone(library), scope, Frames(start), length)?;
    let change = meters.get(slot).and_then(|meter| meter.change);
    Ok((change.ok_or_else(|| NeutralError::Silent { stage: stage() })?, stages[slot].values.get("mix")))
}
