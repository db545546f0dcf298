//! Declick and decrackle: found, interpolated, and everything between the clicks left as it is.

use std::ops::Range;

use super::event::{self, joined};
use super::predict::Model;
use super::row::number;
use super::{Error, Job, Kind, Method, scaled};
use crate::analysis::faults::click::ClickDetector;
use crate::param::{Table, Unit};
use crate::unit::{Frames, SampleRate, Seconds};

static DECLICK_TABLE: Table = Table {
    id: "declick",
    name: "Declick",
    doc: "Finds clicks in the span and puts back what the programme says was there. In a span of up to 20 ms every click is \
          taken for one; in longer ones the strength decides.",
    version: 2,
    params: &[
        number(
            "strength",
            "Strength",
            "How sure a click must be: 0 almost certain, 50 as in the findings, 100 whatever looks like one.",
            Unit::Percent,
            (0.0, 100.0),
            60.0,
            0,
        ),
        number("longest", "Longest", "Longer events are programme and stay.", Unit::Milliseconds, (0.1, 20.0), 10.0, 1),
    ],
    groups: &[],
};

static DECRACKLE_TABLE: Table = Table {
    id: "decrackle",
    name: "Decrackle",
    doc: "Takes dense small clicks away: every sample that stands out of the programme's own noise and whose \
          interpolation calms its surroundings.",
    version: 2,
    params: &[
        number(
            "strength",
            "Strength",
            "From 0 (eight times the local noise stands out) to 100 (three times).",
            Unit::Percent,
            (0.0, 100.0),
            50.0,
            0,
        ),
        number("longest", "Longest", "Longer events are programme and stay.", Unit::Milliseconds, (0.1, 5.0), 1.0, 1),
    ],
    groups: &[],
};

pub(super) const DECLICK: Kind = Kind { table: &DECLICK_TABLE, reach, method: Method::Patch(declick) };
pub(super) const DECRACKLE: Kind = Kind { table: &DECRACKLE_TABLE, reach, method: Method::Patch(decrackle) };

/// What the detector wants to hear before it is sure: its quarter of a second of calm, and a few frames.
const REACH: Seconds = Seconds(0.6);
/// In a span up to this long every click is meant.
const POINTED: Seconds = Seconds(0.02);
/// How sure a click must be at strength 0, 50 and 100 (the recipe's operating points).
const LEAST: [f64; 3] = [0.97, 0.75, 0.2];
/// Frames read at a time.
const BLOCK_FRAMES: usize = 1 << 16;
/// Clicks closer than this in a channel are one.
const JOIN: usize = 8;

fn reach(rate: SampleRate) -> Frames {
    REACH.frames(rate)
}

fn declick(job: &mut Job<'_>) -> Result<(), Error> {
    let strength = job.task.values.get("strength") / 50.0;
    let least = match strength < 1.0 {
        true => LEAST[0] + strength * (LEAST[1] - LEAST[0]),
        false => LEAST[1] + (strength - 1.0) * (LEAST[2] - LEAST[1]),
    };
    let pointed = job.task.frames() <= POINTED.frames(job.rate()).0;
    for (index, channel) in job.task.channels.clone().into_iter().enumerate() {
        let events = if pointed { point(job, channel)? } else { detect(job, channel, least, index)? };
        replace(job, channel, events)?;
    }
    Ok(())
}

/// The clicks of a short span: the engineer has said that they are there.
fn point(job: &mut Job<'_>, channel: usize) -> Result<Vec<Range<u64>>, Error> {
    let side = event::side(job.rate());
    let from = job.task.span.start as i64 - side as i64;
    let count = job.task.frames() as usize;
    let window = job.read_channel(channel, from, count + 2 * side)?;
    let found = event::find(&window, side..side + count);
    let start = job.task.span.start;
    Ok(found.into_iter().map(|span| start + (span.start - side) as u64..start + (span.end - side) as u64).collect())
}

/// The clicks that the detector of the findings hears in the span.
fn detect(job: &mut Job<'_>, channel: usize, least: f64, index: usize) -> Result<Vec<Range<u64>>, Error> {
    let rate = job.rate();
    let span = job.task.span.clone();
    let first = span.start.saturating_sub(reach(rate).0);
    let end = (span.end + reach(rate).0).min(job.source_frames());
    let mut detector = ClickDetector::new(rate);
    let mut place = first;
    while place < end {
        let count = ((end - place) as usize).min(BLOCK_FRAMES);
        detector.process(&job.read_channel(channel, place as i64, count)?);
        place += count as u64;
        let done = (place - first) as f64 / (end - first) as f64;
        job.step((index as f64 + 0.9 * done) / job.task.channels.len() as f64)?;
    }
    let spans = detector.finish(least).into_iter().map(|finding| {
        let from = first + finding.start_frame.0;
        from..(first + finding.end_s.frames(rate).0).max(from + 1)
    });
    Ok(spans.collect())
}

/// Puts back what was there before each event.
fn replace(job: &mut Job<'_>, channel: usize, events: Vec<Range<u64>>) -> Result<(), Error> {
    let rate = job.rate();
    let span = job.task.span.clone();
    let longest = Seconds(job.task.values.get("longest") * 0.001).frames(rate).0.max(1);
    let inside = |event: &Range<u64>| event.start.max(span.start) as usize..event.end.min(span.end) as usize;
    let kept = events.iter().filter(|event| event.end - event.start <= longest).map(inside);
    let events = joined(kept.filter(|event| event.start < event.end).collect(), JOIN);
    for cluster in clusters(&events, event::order(rate)) {
        let side = event::side(rate);
        let (first, last) = (cluster[0].start, cluster[cluster.len() - 1].end);
        let from = first as i64 - side as i64;
        let window = job.read_channel(channel, from, last - first + 2 * side)?;
        let moved = |event: &Range<usize>| (event.start as i64 - from) as usize..(event.end as i64 - from) as usize;
        let near = |event: &&Range<usize>| event.end as i64 > from && (event.start as i64) < from + window.len() as i64;
        let others = events.iter().filter(|event| event.end <= first || event.start >= last).filter(near);
        let others: Vec<Range<usize>> = others.map(|event| clipped(event, from, window.len())).collect();
        let own: Vec<Range<usize>> = cluster.iter().map(moved).collect();
        for one in event::repair(&window, &own, &others, rate).unwrap_or_default() {
            job.write(channel, from + one.span.start as i64, &one.samples)?;
        }
        job.step(0.99)?;
    }
    Ok(())
}

fn clipped(event: &Range<usize>, from: i64, length: usize) -> Range<usize> {
    let place = |frame: usize| (frame as i64 - from).clamp(0, length as i64) as usize;
    place(event.start)..place(event.end)
}

/// Events that lie within one model's memory of each other are interpolated together.
fn clusters(events: &[Range<usize>], order: usize) -> impl Iterator<Item = &[Range<usize>]> {
    events.chunk_by(move |one, next| next.start < one.end + order)
}

/// Frames of a stretch that is whitened with one model, at 44.1 kHz.
const FRAME: usize = 2048;
/// Samples in a block of the local scale.
const SCALE_BLOCK: usize = 64;
/// Blocks to either side in its median.
const SCALE_REACH: usize = 8;
const MEAN_TO_SIGMA: f64 = 1.2533;
const LEAST_SIGMA: f64 = 1e-7;
/// Order of the whitening.
const ORDER: usize = 32;
/// Sigmas at strength 0 and 100.
const CRACKLE_SIGMAS: (f64, f64) = (8.0, 3.0);
/// Interpolation must leave less than this share of the residual's energy, or it was no crackle.
const CALMED: f64 = 0.5;
/// Samples that stand out this close together are one crackle.
const CRACKLE_JOIN: usize = 4;

fn decrackle(job: &mut Job<'_>) -> Result<(), Error> {
    let (slack, tight) = CRACKLE_SIGMAS;
    let sigmas = slack + (tight - slack) * job.task.values.get("strength") / 100.0;
    let rate = job.rate();
    let hop = scaled(FRAME, rate) / 2;
    let span = job.task.span.clone();
    let channels = job.task.channels.clone();
    for (index, channel) in channels.iter().enumerate() {
        let mut place = span.start / hop as u64 * hop as u64;
        while place < span.end {
            let frame = job.read_channel(*channel, place as i64 - hop as i64, 3 * hop)?;
            let events = crackles(&frame, hop, sigmas);
            let events = events.into_iter().map(|event| place + event.start as u64..place + event.end as u64);
            replace(job, *channel, events.collect())?;
            place += hop as u64;
            let done = (place - span.start.min(place)) as f64 / (span.end - span.start) as f64;
            job.step((index as f64 + done) / channels.len() as f64)?;
        }
    }
    Ok(())
}

/// What stands out in the middle hop of three, in frames from its start.
fn crackles(frame: &[f64], hop: usize, sigmas: f64) -> Vec<Range<usize>> {
    let Some(model) = Model::fit(&[frame], ORDER) else { return Vec::new() };
    let residual = model.residual(frame);
    let blocks = residual.chunks(SCALE_BLOCK);
    let scales: Vec<f64> =
        blocks.map(|block| block.iter().map(|e| e.abs()).sum::<f64>() / block.len() as f64).collect();
    let scale = |n: usize| {
        let block = n / SCALE_BLOCK;
        let mut near = scales[block.saturating_sub(SCALE_REACH)..(block + SCALE_REACH + 1).min(scales.len())].to_vec();
        near.sort_by(f64::total_cmp);
        (MEAN_TO_SIGMA * near[near.len() / 2]).max(LEAST_SIGMA)
    };
    let mut marked = Vec::new();
    for block in hop / SCALE_BLOCK..(2 * hop).div_ceil(SCALE_BLOCK) {
        let least = sigmas * scale(block * SCALE_BLOCK);
        let range = (block * SCALE_BLOCK).max(hop)..((block + 1) * SCALE_BLOCK).min(2 * hop);
        marked.extend(range.filter(|n| residual[*n].abs() > least).map(|n| n..n + 1));
    }
    let events = joined(marked, CRACKLE_JOIN);
    let calmed = |event: &Range<usize>| {
        let missing: Vec<usize> = event.clone().collect();
        let Some((values, _)) = model.interpolate(frame, &missing) else { return false };
        let around = event.start - ORDER..event.end + ORDER;
        let mut healed = frame[around.clone()].to_vec();
        healed[ORDER..ORDER + event.len()].copy_from_slice(&values);
        let energy = |residual: &[f64]| residual.iter().map(|e| e * e).sum::<f64>();
        energy(&model.residual(&healed)[ORDER..]) < CALMED * energy(&residual[event.start..around.end])
    };
    events.into_iter().filter(calmed).map(|event| event.start - hop..event.end - hop).collect()
}
