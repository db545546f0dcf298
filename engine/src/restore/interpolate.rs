//! A gap filled from both sides: dropouts, mutes, anything that is past saving.
//!
//! Short gaps by least squares (Janssen et al. 1986). Long ones by going on from both sides with Burg's model and
//! crossing over (Kauppinen and Roth 2002, "Audio signal extrapolation"): least squares fades towards silence in the middle.

use super::event::side;
use super::predict::Model;
use super::row::number;
use super::{Error, Job, Kind, Method, scaled};
use crate::param::{Table, Unit};
use crate::unit::{Frames, SampleRate};

static TABLE: Table = Table {
    id: "interpolate",
    name: "Interpolate",
    doc: "Fills the span from its surroundings; nothing of what is in it is kept. Good up to 20 ms, tolerable to 80.",
    version: 1,
    params: &[number(
        "order",
        "Order",
        "Coefficients of the model: more follow dense sound better, fewer are safer where it changes.",
        Unit::None,
        (16.0, 1024.0),
        128.0,
        0,
    )],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach, method: Method::Patch(compute) };

/// Programme heard on either side, at 44.1 kHz: 93 ms.
const SIDE: usize = 4096;
/// Gaps up to this many samples are solved by least squares, at 44.1 kHz: 9 ms.
const SHORT: usize = 400;

fn reach(rate: SampleRate) -> Frames {
    Frames((scaled(SIDE, rate) + side(rate)) as u64)
}

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let rate = job.rate();
    let (start, count) = (job.task.span.start, job.task.frames() as usize);
    let side = scaled(SIDE, rate);
    let order = job.task.values.get("order") as usize;
    let channels = job.task.channels.clone();
    for (index, channel) in channels.iter().enumerate() {
        let window = job.read_channel(*channel, start as i64 - side as i64, count + 2 * side)?;
        let filled = match count <= scaled(SHORT, rate) {
            true => short(&window, side, count, order),
            false => long(&window, side, count, order.max(512)),
        };
        // Silence on both sides is filled with silence.
        let silent = window[..side].iter().chain(&window[side + count..]).all(|sample| sample.abs() < 1e-9);
        let filled = filled.or_else(|| silent.then(|| vec![0.0; count]));
        let filled = filled.ok_or(Error::Context { kind: TABLE.id, start })?;
        job.write(*channel, start as i64, &filled)?;
        job.step((index + 1) as f64 / channels.len() as f64)?;
    }
    Ok(())
}

fn short(window: &[f64], side: usize, count: usize, order: usize) -> Option<Vec<f64>> {
    let near = side - side / 4..side + count + side / 4;
    let (before, after) = (&window[near.start..side], &window[side + count..near.end]);
    let model = Model::fit(&[before, after], order)?;
    let missing: Vec<usize> = (side..side + count).collect();
    model.interpolate(window, &missing).map(|(values, _)| values)
}

/// Both sides go on and cross over.
fn long(window: &[f64], side: usize, count: usize, order: usize) -> Option<Vec<f64>> {
    let before = &window[..side];
    let after: Vec<f64> = window[side + count..].iter().rev().copied().collect();
    let go_on = |past: &[f64]| Some(Model::burg(past, order)?.go_on(past, count));
    let (forward, backward) = (go_on(before), go_on(&after));
    if forward.is_none() && backward.is_none() {
        return None;
    }
    let forward = forward.unwrap_or_else(|| vec![0.0; count]);
    let backward = backward.unwrap_or_else(|| vec![0.0; count]);
    let cross = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::PI * (n as f64 + 0.5) / count as f64);
    Some((0..count).map(|n| (1.0 - cross(n)) * forward[n] + cross(n) * backward[count - 1 - n]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_goes_on_through_a_long_gap() {
        let chord = |n: usize| {
            let t = n as f64;
            0.3 * libm::sin(0.031 * t) + 0.2 * libm::sin(0.047 * t + 0.5) + 0.1 * libm::sin(0.093 * t + 2.0)
        };
        let (side, count) = (4096, 1000);
        let mut window: Vec<f64> = (0..2 * side + count).map(chord).collect();
        window[side..side + count].fill(0.0);
        for filled in [long(&window, side, count, 512).unwrap(), short(&window, side, 200, 64).unwrap_or_default()] {
            let error = filled.iter().enumerate().map(|(n, value)| (value - chord(side + n)).abs());
            let worst = error.fold(0.0, f64::max);
            assert!(filled.len() == 200 || worst < 0.02, "{worst}");
        }
    }
}
