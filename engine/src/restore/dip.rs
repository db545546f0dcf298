//! Tape dips: a loss of level of some milliseconds, lifted back to what stands before and after it.
//!
//! A dip is the same gain in all bands, so one broadband curve takes it back: the level inside against the straight line
//! between the levels on both sides.

use super::row::number;
use super::{Error, Job, Kind, Method, scaled};
use crate::param::{Table, Unit};
use crate::unit::{Db, Frames, SampleRate};

static TABLE: Table = Table {
    id: "dip",
    name: "Level dip",
    doc: "Lifts a short loss of level (a tape dropout) to what stands before and after it.",
    version: 1,
    params: &[number(
        "most",
        "Most",
        "The span is not raised by more than this; deeper dips hold little but noise.",
        Unit::Db,
        (0.0, 40.0),
        24.0,
        1,
    )],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach, method: Method::Patch(compute) };

/// Sound on either side whose level counts, at 44.1 kHz: 45 ms, without the 4 ms next to the span.
const SIDE: usize = 1985;
const NEAR: usize = 176;
/// The level's window at 44.1 kHz: 6 ms, every millisecond.
const WINDOW: usize = 265;
const HOP: usize = 44;
/// Values of the level that are averaged: 5 ms.
const SMOOTH: usize = 5;
/// Power of silence.
const LEAST: f64 = 1e-14;

fn reach(rate: SampleRate) -> Frames {
    Frames(scaled(SIDE + WINDOW, rate) as u64)
}

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let rate = job.rate();
    let [side, near, window, hop] = [SIDE, NEAR, WINDOW, HOP].map(|frames| scaled(frames, rate));
    let span = job.task.span.clone();
    let count = (span.end - span.start) as usize;
    let most = job.task.values.get("most");
    for channel in job.task.channels.clone() {
        let sound = job.read_channel(channel, span.start as i64 - side as i64, count + 2 * side)?;
        let level = |from: usize, to: usize| {
            let part = &sound[from..to.min(sound.len())];
            10.0 * libm::log10(
                part.iter().map(|sample| sample * sample).sum::<f64>() / part.len().max(1) as f64 + LEAST,
            )
        };
        let (before, after) = (level(0, side - near), level(side + count + near, sound.len()));
        let places: Vec<usize> = (side..side + count).step_by(hop).collect();
        let lift = |place: &usize| {
            let share = (place - side) as f64 / count as f64;
            let wanted = before + share * (after - before);
            let half = window / 2;
            (wanted - level(place.saturating_sub(half), place + half)).clamp(0.0, most)
        };
        let lifts: Vec<f64> = places.iter().map(lift).collect();
        let smooth: Vec<f64> = (0..lifts.len())
            .map(|n| {
                let part = &lifts[n.saturating_sub(SMOOTH / 2)..(n + SMOOTH / 2 + 1).min(lifts.len())];
                part.iter().sum::<f64>() / part.len() as f64
            })
            .collect();
        let edge = hop as u64;
        let sample = |n: usize| {
            let (at, rest) = (n / hop, (n % hop) as f64 / hop as f64);
            let (one, other) = (smooth[at], smooth[(at + 1).min(smooth.len() - 1)]);
            let factor = Db(one + rest * (other - one)).amplitude();
            sound[side + n] * (1.0 + job.weight(span.start + n as u64, edge) * (factor - 1.0))
        };
        let samples: Vec<f64> = (0..count).map(sample).collect();
        job.write(channel, span.start as i64, &samples)?;
        job.step(0.5)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{music, read, repaired, task};

    #[test]
    fn a_dip_is_lifted() {
        let clean = music(60_000);
        let mut dipped = clean.clone();
        for n in 0..1000 {
            let shape = libm::sin(std::f64::consts::PI * (n as f64 + 0.5) / 1000.0);
            dipped.0[0][30_000 + n] *= libm::pow(10.0, -14.0 * shape / 20.0);
        }
        let out = read(&mut repaired(&dipped, &[task("dip", 30_000..31_000, &[0], &[])]), 4096);
        let error = |sound: &[f64]| {
            (30_000..31_000).map(|n| (sound[n] - clean.0[0][n]) * (sound[n] - clean.0[0][n])).sum::<f64>()
        };
        assert!(error(&out[0]) < 0.1 * error(&dipped.0[0]), "{} {}", error(&out[0]), error(&dipped.0[0]));
    }
}
