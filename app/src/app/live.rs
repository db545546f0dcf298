//! What has to happen to the sound after an edit: nothing, a few values that move, or another plan.

use std::collections::HashMap;

use lacquer_engine::param::{SlotIndex, Values};
use lacquer_engine::realtime::Address;
use lacquer_engine::render::{Plan, Scope, StagePlan};

/// How a plan differs from the one that is heard.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Not at all.
    Nothing,
    /// By these values and switches alone: they can be moved while it sounds.
    Moves(Vec<Move>),
    /// By its structure: another deck has to be made.
    Structure,
}

/// One thing that can be moved while it sounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Move {
    /// A value.
    Value(Address, f64),
    /// A stage in or out.
    On(Scope, usize, bool),
}

/// Which parameters cannot be moved while they sound, by processor; asked of each processor once.
#[derive(Debug, Default)]
pub struct Fixed {
    known: HashMap<&'static str, Vec<bool>>,
}

impl Fixed {
    fn is_fixed(&mut self, plan: &Plan, stage: &StagePlan, slot: usize) -> bool {
        let table = stage.processor.table;
        let fixed = self.known.entry(table.id).or_insert_with(|| {
            let plain = StagePlan { values: Values::defaults(table), ..stage.clone() };
            let chain = Plan::build_chain(&[plain], plan.setting());
            (0..table.slots()).map(|slot| chain.is_structural(0, SlotIndex(slot as u16))).collect()
        });
        fixed.get(slot).copied().unwrap_or(true)
    }

    /// How `new` differs from `old`.
    pub fn change(&mut self, old: &Plan, new: &Plan) -> Change {
        if old.hash == new.hash {
            return Change::Nothing;
        }
        if !same_frame(old, new) {
            return Change::Structure;
        }
        let mut moves = Vec::new();
        let chains = old.songs.iter().zip(&new.songs).enumerate();
        let chains = chains.map(|(index, (old, new))| (Scope::Song(index), &old.chain, &new.chain));
        for (scope, old, next) in chains.chain([(Scope::Album, &old.album, &new.album)]) {
            if !self.chain(new, scope, old, next, &mut moves) {
                return Change::Structure;
            }
        }
        Change::Moves(moves)
    }

    fn chain(
        &mut self,
        plan: &Plan,
        scope: Scope,
        old: &[StagePlan],
        new: &[StagePlan],
        moves: &mut Vec<Move>,
    ) -> bool {
        if old.len() != new.len() {
            return false;
        }
        for (slot, (before, after)) in old.iter().zip(new).enumerate() {
            let table = after.processor.table;
            if before.lanes != after.lanes
                || before.id != after.id
                || before.processor.table.id != table.id
                || !same_rows(before, after)
            {
                return false;
            }
            for param in 0..table.slots() {
                let index = SlotIndex(param as u16);
                let (from, to) = (before.values.at(index), after.values.at(index));
                if from != to {
                    if self.is_fixed(plan, after, param) {
                        return false;
                    }
                    moves.push(Move::Value(Address { scope, slot, param: index }, to));
                }
            }
            if before.on != after.on {
                moves.push(Move::On(scope, slot, after.on));
            }
        }
        true
    }
}

/// Everything but the values of stages is the same. Tails may differ: they follow from values.
fn same_frame(old: &Plan, new: &Plan) -> bool {
    let clip = |clip: &lacquer_engine::render::ClipPlan| lacquer_engine::render::ClipPlan { tail: 0, ..clip.clone() };
    old.pass.kind == new.pass.kind
        && old.pass.ceiling == new.pass.ceiling
        && (old.pass.depth, old.pass.dither) == (new.pass.depth, new.pass.dither)
        && (old.rate, old.delivered, old.frames) == (new.rate, new.delivered, new.frames)
        && old.layout == new.layout
        && old.sources == new.sources
        && old.songs.len() == new.songs.len()
        && old.songs.iter().zip(&new.songs).all(|(a, b)| (a.start, a.end, a.cut) == (b.start, b.end, b.cut))
        && old.clips.iter().map(clip).eq(new.clips.iter().map(clip))
        && old.runs.iter().map(|run| run.start).eq(new.runs.iter().map(|run| run.start))
}

/// Whether each group has as many rows as before.
fn same_rows(old: &StagePlan, new: &StagePlan) -> bool {
    let groups = new.processor.table.groups.iter();
    groups.into_iter().all(|group| old.values.rows(group.id).count() == new.values.rows(group.id).count())
}
