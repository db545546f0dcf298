//! Splice smoothing: both sides of a cut go on into each other and cross over inside the span.

use super::predict::Model;
use super::{Error, Job, Kind, Method, scaled};
use crate::param::Table;
use crate::unit::{Frames, SampleRate};

static TABLE: Table = Table {
    id: "splice",
    name: "Splice",
    doc: "Smooths a bad edit: what is before the middle of the span goes on to its end, what is after it reaches back to its \
          start, and the two cross over.",
    version: 1,
    params: &[],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach, method: Method::Patch(compute) };

/// Sound that each side is learnt from, at 44.1 kHz.
const SIDE: usize = 2048;
/// Order of the models.
const ORDER: usize = 256;

fn reach(rate: SampleRate) -> Frames {
    Frames(scaled(SIDE, rate) as u64)
}

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let side = scaled(SIDE, job.rate());
    let span = job.task.span.clone();
    let count = (span.end - span.start) as usize;
    let middle = side + count / 2;
    for channel in job.task.channels.clone() {
        let sound = job.read_channel(channel, span.start as i64 - side as i64, count + 2 * side)?;
        let before = &sound[..middle];
        let after: Vec<f64> = sound[middle..].iter().rev().copied().collect();
        let go_on = |past: &[f64], count: usize| match Model::burg(&past[past.len() - side..], ORDER) {
            Some(model) => model.go_on(past, count),
            None => vec![0.0; count],
        };
        let forward = go_on(before, side + count - middle);
        let backward = go_on(&after, middle - side);
        let cross = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::PI * (n as f64 + 0.5) / count as f64);
        let sample = |n: usize| {
            let left = if side + n < middle { sound[side + n] } else { forward[side + n - middle] };
            let right = if side + n >= middle { sound[side + n] } else { backward[middle - side - 1 - n] };
            (1.0 - cross(n)) * left + cross(n) * right
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
    fn a_jump_becomes_a_passage() {
        let clean = music(60_000);
        let mut cut = clean.clone();
        for channel in &mut cut.0 {
            channel.drain(30_000..30_057);
            channel.extend([0.0; 57]);
        }
        let step = |sound: &[f64]| {
            (29_990..30_010).map(|n| (sound[n] - 2.0 * sound[n - 1] + sound[n - 2]).abs()).fold(0.0, f64::max)
        };
        let out = read(&mut repaired(&cut, &[task("splice", 29_868..30_132, &[0, 1], &[])]), 4096);
        for channel in 0..2 {
            assert!(
                step(&out[channel]) < 0.2 * step(&cut.0[channel]),
                "{} {}",
                step(&out[channel]),
                step(&cut.0[channel])
            );
        }
    }
}
