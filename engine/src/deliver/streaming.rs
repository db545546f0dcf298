//! Streaming: one file per song, each at the rate of its sources. One plan per rate; of each plan only the songs of
//! that rate are taken, run by run.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::earlier::Wanted;
use super::error::DeliverError;
use super::making::{Making, start};
use super::manifest::SongStart;
use crate::render::Plan;
use crate::session::Rate;
use crate::unit::SampleRate;

/// A plan, and the rate of the songs that are taken from it; none: all of them.
pub(super) type Share = (Arc<Plan>, Option<SampleRate>);

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plans = plans(making)?;
    make_but(making, &plans, &BTreeSet::new())
}

/// The plans of the pass: one, or one per native rate.
pub(super) fn plans(making: &mut Making<'_>) -> Result<Vec<Share>, DeliverError> {
    let rates = match making.resolved.pass.rate {
        Rate::Native => Plan::native_rates(making.job.session, making.job.pass)?,
        Rate::Hz(_) => Vec::new(),
    };
    if rates.is_empty() {
        return Ok(vec![(making.plan(None)?, None)]);
    }
    rates.into_iter().map(|rate| Ok((making.plan(Some(rate))?, Some(rate)))).collect()
}

/// Whether a song is taken from a plan.
pub(super) fn is_of((plan, rate): &Share, song: usize) -> bool {
    rate.is_none_or(|rate| plan.songs[song].native == rate)
}

/// Makes the songs but those that are `spared`.
pub(super) fn make_but(making: &mut Making<'_>, plans: &[Share], spared: &BTreeSet<usize>) -> Result<(), DeliverError> {
    let names = making.song_names();
    let mut total = 0;
    let wanted = |share: &Share, song: &usize| is_of(share, *song) && !spared.contains(song);
    for share in plans {
        let plan = &share.0;
        for run in 0..plan.runs.len() {
            let (first, last) = run_songs(plan, run);
            if let Some(end) = (first..last).rev().find(|song| wanted(share, song)) {
                total += plan.to_delivered(plan.songs[end].cut) - plan.to_delivered(plan.runs[run].start);
            }
        }
    }
    making.expect(total);
    for share in plans {
        let plan = &share.0;
        for run in 0..plan.runs.len() {
            let (first, last) = run_songs(plan, run);
            let mut left = Vec::new();
            for song in (first..last).filter(|song| wanted(share, song)) {
                if !take_over(making, plan, song, &names[song], "")? {
                    left.push(song);
                }
            }
            let Some(end) = left.last().copied() else { continue };
            // The run is rendered from its start, so that a song joined to another sounds as it does in the album.
            let mut renderer = making.renderer(plan)?;
            start(&mut renderer, plan.to_delivered(plan.runs[run].start))?;
            for song in first..=end {
                let (from, to) = (plan.to_delivered(plan.songs[song].start), plan.to_delivered(plan.songs[song].cut));
                let title = plan.songs[song].title.clone();
                making.render(&mut renderer, from, &title, &mut [])?;
                if left.contains(&song) {
                    let identity = making.identity(plan, (from, to), "");
                    let mut sink = making.sink(plan, &names[song], to - from)?;
                    making.render(&mut renderer, to, &title, &mut [&mut sink])?;
                    let start = SongStart { frame: from, cd: None, track: None };
                    making.finish_song(plan, song, start, names[song].clone(), sink, identity)?;
                } else {
                    making.render(&mut renderer, to, &title, &mut [])?;
                }
            }
        }
    }
    making.manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Takes a song's file over from the earlier delivery where it is the same; `beside` is what else is in the file.
pub(super) fn take_over(
    making: &mut Making<'_>,
    plan: &Arc<Plan>,
    song: usize,
    name: &str,
    beside: &str,
) -> Result<bool, DeliverError> {
    let span = (plan.to_delivered(plan.songs[song].start), plan.to_delivered(plan.songs[song].cut));
    let identity = making.identity(plan, span, beside);
    let wanted = Wanted { plan, index: song, span, name, identity: identity.as_deref() };
    making.take_over_song(&wanted, SongStart { frame: span.0, cd: None, track: None })
}

/// The songs that start in a run: first and one past the last.
fn run_songs(plan: &Plan, run: usize) -> (usize, usize) {
    let next = plan.runs.get(run + 1).map_or(u64::MAX, |run| run.start);
    let first = plan.songs.partition_point(|song| song.start < plan.runs[run].start);
    (first, plan.songs.partition_point(|song| song.start < next))
}
