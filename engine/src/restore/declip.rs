//! Declip: the tops that were cut off are put back, consistent with the samples that were not.
//!
//! Clipped samples are those on plateaus of one level, each sign for itself; between them the signal is the sparsest one,
//! with neighbouring coefficients in company, that agrees with every sample kept and lies beyond the level where samples were
//! cut: persistent empirical Wiener shrinkage in a Gabor frame (Siedenburg, Kowalski and Dörfler 2014, "Audio
//! declipping with social sparsity"). Samples that were not clipped stay as they are, bit for bit.

mod plateau;
mod solver;

use std::ops::Range;
use std::thread;

use self::plateau::{Clipped, clipped};
use self::solver::{Effort, Solver, Way};
use super::row::{choice, number};
use super::{Error, Job, Kind, Method, scaled};
use crate::param::{Table, Unit};
use crate::unit::{Db, Frames, SampleRate};

static TABLE: Table = Table {
    id: "declip",
    name: "Declip",
    doc: "Puts back the tops that were cut off. The result may exceed full scale: leave room behind it.",
    version: 2,
    params: &[
        choice("find", "Find", "Whether the level of the clipping is found or given.", &["auto", "level"]),
        number(
            "level",
            "Level",
            "Samples beyond this level were clipped; for `find` = level.",
            Unit::Db,
            (-40.0, 0.0),
            -0.1,
            2,
        ),
        choice("quality", "Quality", "Preview takes half the time and gives up 1 to 2 dB.", &["full", "preview"]),
    ],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach, method: Method::Patch(compute) };

/// Window of the frame at 44.1 kHz.
const WINDOW: usize = 4096;
/// Windows of sound on either side of a clipped sample.
const CONTEXT: usize = 2;
/// Longest stretch that is solved at once, in windows: 3 s. Longer ones are cut where no sample is clipped, or anywhere.
const LONGEST: usize = 32;
/// Stretches solved side by side at most: each takes some 20 MB.
const MOST_THREADS: usize = 8;
/// Frames in which plateaus are looked for at a time.
const LOOK_FRAMES: u64 = 1 << 20;

fn window(rate: SampleRate) -> usize {
    // A quarter must be whole, and the transform quick.
    scaled(WINDOW, rate).next_power_of_two().max(256)
}

fn reach(rate: SampleRate) -> Frames {
    Frames((2 * CONTEXT * window(rate)) as u64)
}

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let span = job.task.span.clone();
    let level = (job.task.values.choice("find") == 1).then(|| Db(job.task.values.get("level")).amplitude());
    let channels = job.task.channels.clone();
    let mut start = span.start;
    while start < span.end {
        let end = (start + LOOK_FRAMES).min(span.end);
        let marked = look(job, &channels, start..end, level)?;
        let shares = (start - span.start) as f64..(end - span.start) as f64;
        let total = (span.end - span.start) as f64;
        let stretches = stretches(&marked, window(job.rate()));
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        for (index, side_by_side) in stretches.chunks(threads).enumerate() {
            let part = (index * threads) as f64 / stretches.len() as f64;
            job.step((shares.start + part * (shares.end - shares.start)) / total)?;
            solve(job, side_by_side)?;
        }
        start = end;
    }
    Ok(())
}

/// What is clipped in one channel, in frames of the source.
struct Marked {
    channel: usize,
    runs: Vec<Clipped>,
}

/// One channel's clipped runs that are solved together.
struct Stretch {
    channel: usize,
    runs: Vec<Clipped>,
}

/// The clipped runs that begin in `part`. Plateaus are recognised with what lies around them in the span.
fn look(job: &mut Job<'_>, channels: &[usize], part: Range<u64>, level: Option<f64>) -> Result<Vec<Marked>, Error> {
    let around = job.rate().0 as u64;
    let span = &job.task.span;
    let (from, to) = (part.start.saturating_sub(around).max(span.start), (part.end + around).min(span.end));
    let sound = job.read(from as i64, (to - from) as usize)?;
    let one = |channel: &usize| {
        let runs = clipped(sound.channel(*channel), job.rate(), level)
            .into_iter()
            .map(|run| Clipped { span: run.span.start + from as usize..run.span.end + from as usize, ..run });
        let runs = runs.filter(|run| part.contains(&(run.span.start as u64))).collect();
        Marked { channel: *channel, runs }
    };
    Ok(channels.iter().map(one).collect())
}

/// Runs that are within each other's context are solved together, up to a length.
fn stretches(marked: &[Marked], window: usize) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for Marked { channel, runs } in marked {
        for run in runs {
            match stretches.last_mut() {
                Some(last)
                    if last.channel == *channel
                        && last.runs.last().is_some_and(|before| run.span.start < before.span.end + 2 * window)
                        && run.span.end - last.runs[0].span.start <= LONGEST * window =>
                {
                    last.runs.push(run.clone());
                }
                _ => stretches.push(Stretch { channel: *channel, runs: vec![run.clone()] }),
            }
        }
    }
    stretches
}

/// Solves a few stretches side by side.
fn solve(job: &mut Job<'_>, stretches: &[Stretch]) -> Result<(), Error> {
    let window = window(job.rate());
    let given = job.task.values.choice("find") == 1;
    let mut read = Vec::new();
    for stretch in stretches {
        let (Some(first), Some(last)) = (stretch.runs.first(), stretch.runs.last()) else { continue };
        let from = first.span.start as i64 - (CONTEXT * window) as i64;
        let count = last.span.end - first.span.start + 2 * CONTEXT * window;
        let sound = job.read_channel(stretch.channel, from, count)?;
        read.push((stretch, from, ways(stretch, from, &sound, given), sound));
    }
    let effort = if job.task.values.choice("quality") == 1 { Effort::PREVIEW } else { Effort::FULL };
    let cancel = job.cancel();
    let solved: Vec<Option<Vec<f64>>> = thread::scope(|scope| {
        let work = |ways, sound| move || Solver::new(window, effort).solve(sound, ways, cancel);
        let threads: Vec<_> = read.iter().map(|(_, _, ways, sound)| scope.spawn(work(ways, sound))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(None)).collect()
    });
    for ((stretch, from, ..), solved) in read.iter().zip(solved) {
        let solved = solved.ok_or(Error::Cancelled)?;
        for run in &stretch.runs {
            let place = (run.span.start as i64 - from) as usize..(run.span.end as i64 - from) as usize;
            job.write(stretch.channel, run.span.start as i64, &solved[place])?;
        }
    }
    Ok(())
}

/// How far above its level a neighbouring plateau may lie.
const SAME_LEVEL: f64 = 1.0005;

/// What is known of each sample of a stretch. Neighbours on plateaus of its level are clipped as well, though they are
/// solved elsewhere: what they hide is not known to be the programme. What lies clearly higher was not cut there.
fn ways(stretch: &Stretch, from: i64, sound: &[f64], given: bool) -> Vec<Way> {
    let level = |high: bool| stretch.runs.iter().filter(|run| run.high == high).map(|run| run.level).reduce(f64::min);
    let (high, low) = (level(true), level(false));
    let at = |size: f64, level: Option<f64>| {
        level.is_some_and(|level| size >= level && (given || size <= SAME_LEVEL * level))
    };
    let one = |sample: &f64| match () {
        () if at(*sample, high) => Way::High,
        () if at(-*sample, low) => Way::Low,
        () => Way::Kept,
    };
    let mut ways: Vec<Way> = sound.iter().map(one).collect();
    for run in &stretch.runs {
        let place = (run.span.start as i64 - from) as usize..(run.span.end as i64 - from) as usize;
        ways[place].fill(if run.high { Way::High } else { Way::Low });
    }
    ways
}

#[cfg(test)]
mod tests;
