//! Drums: swept sines for skins, shaped noise for snares and brass.

use super::Stage;
use crate::demo::score::Note;
use crate::demo::tone::{Decay, Filter, Noise, Phase, Sine, soften};

/// A skin whose pitch falls from `high` to `low` Hz within `sweep` seconds and fades within `fade`.
fn skin(note: &Note, stage: &mut Stage, high: f64, low: f64, sweep: f64, fade: f64, drive: f64) {
    let sine = Sine::new();
    let mut phase = Phase::default();
    let mut pitch = Decay::new(sweep, stage.rate);
    let mut level = Decay::new(fade, stage.rate);
    let mut beater = Decay::new(0.02, stage.rate);
    let mut noise = Noise::new(stage.seed);
    let mut felt = Filter::new(3_200.0, 0.7, stage.rate);
    let soft_start = 0.0008 * stage.rate;
    for frame in 0..stage.frames(fade * 1.2) {
        let hertz = low + (high - low) * pitch.next();
        let body = sine.at(phase.next(hertz / stage.rate)) * level.next();
        let knock = felt.next(noise.next()).band * beater.next() * 0.35;
        let start = (frame as f64 / soft_start).min(1.0);
        let out = soften((body + knock) * drive) / soften(drive) * note.velocity * start;
        stage.add(frame, out, out);
    }
}

/// A hard kick.
pub fn kick(note: &Note, stage: &mut Stage) {
    skin(note, stage, 210.0, 49.0, 0.16, 0.42, 1.6);
}

/// A soft, wooden kick.
pub fn soft_kick(note: &Note, stage: &mut Stage) {
    skin(note, stage, 120.0, 55.0, 0.10, 0.36, 0.7);
}

/// A snare: two modes of the skin and the wires under it.
pub fn snare(note: &Note, stage: &mut Stage) {
    let sine = Sine::new();
    let (mut first, mut second) = (Phase::default(), Phase::default());
    let mut skin = Decay::new(0.19, stage.rate);
    let mut wires = Decay::new(0.26, stage.rate);
    let mut snap = Decay::new(0.03, stage.rate);
    let mut noise = [Noise::new(stage.seed), Noise::new(stage.seed + 1)];
    let mut edge = [Filter::new(1_900.0, 0.8, stage.rate); 2];
    for frame in 0..stage.frames(0.34) {
        let body = skin.next();
        let tone = 0.6 * sine.at(first.next((182.0 + 60.0 * body) / stage.rate)) * body
            + 0.28 * sine.at(second.next(331.0 / stage.rate)) * body * body;
        let rattle = 0.55 * wires.next() + 0.5 * snap.next();
        let left = soften(tone + edge[0].next(noise[0].next()).high * rattle * 0.55) * note.velocity;
        let right = soften(tone + edge[1].next(noise[1].next()).high * rattle * 0.55) * note.velocity;
        stage.add(frame, left, right);
    }
}

/// Noise through a high-pass, different on both sides, fading within `fade` seconds after a rise of `rise`.
fn hiss(note: &Note, stage: &mut Stage, corner: f64, q: f64, rise: f64, fade: f64, width: f64) {
    let mut noise = [Noise::new(stage.seed), Noise::new(stage.seed + 1), Noise::new(stage.seed + 2)];
    let mut edge = [Filter::new(corner, q, stage.rate); 3];
    let mut level = Decay::new(fade, stage.rate);
    let rising = (rise * stage.rate).max(1.0);
    for frame in 0..stage.frames(rise + fade * 1.2) {
        let shape = if (frame as f64) < rising { frame as f64 / rising } else { level.next() };
        let middle = edge[0].next(noise[0].next()).high * (1.0 - width);
        let left = (middle + edge[1].next(noise[1].next()).high * width) * shape * note.velocity;
        let right = (middle + edge[2].next(noise[2].next()).high * width) * shape * note.velocity;
        stage.add(frame, left, right);
    }
}

/// A brush stroke over the snare.
pub fn brush(note: &Note, stage: &mut Stage) {
    hiss(note, stage, 1_400.0, 0.6, 0.018, 0.34, 0.4);
}

/// A closed hi-hat.
pub fn hat(note: &Note, stage: &mut Stage) {
    hiss(note, stage, 7_400.0, 1.6, 0.0005, 0.07, 0.3);
}

/// An open hi-hat.
pub fn open_hat(note: &Note, stage: &mut Stage) {
    hiss(note, stage, 6_800.0, 1.4, 0.0008, 0.42, 0.4);
}

/// A shaker.
pub fn shaker(note: &Note, stage: &mut Stage) {
    hiss(note, stage, 5_600.0, 1.1, 0.022, 0.10, 0.3);
}

/// A crash cymbal: wide noise with a ring of inharmonic sines below it.
pub fn crash(note: &Note, stage: &mut Stage) {
    hiss(note, stage, 4_300.0, 0.9, 0.001, 2.4, 0.8);
    let sine = Sine::new();
    let hertz = [3_170.0, 4_211.0, 5_387.0, 6_841.0, 8_269.0];
    let mut phases = [Phase::default(); 5];
    let mut level = Decay::new(1.7, stage.rate);
    for frame in 0..stage.frames(2.0) {
        let mut sides = [0.0; 2];
        for (index, phase) in phases.iter_mut().enumerate() {
            sides[index & 1] += sine.at(phase.next(hertz[index] / stage.rate));
        }
        let shape = level.next() * 0.035 * note.velocity;
        stage.add(frame, (sides[0] + 0.4 * sides[1]) * shape, (sides[1] + 0.4 * sides[0]) * shape);
    }
}

/// Noise that rises for as long as it is held: the breath before a chorus.
pub fn riser(note: &Note, stage: &mut Stage) {
    let mut noise = [Noise::new(stage.seed), Noise::new(stage.seed + 1)];
    let mut edge = [Filter::new(400.0, 2.0, stage.rate); 2];
    let frames = stage.frames(note.held);
    for frame in 0..frames {
        let way = frame as f64 / frames as f64;
        if frame % 64 == 0 {
            for edge in &mut edge {
                edge.tune(400.0 * libm::exp2(4.3 * way), 2.0, stage.rate);
            }
        }
        // The last hundredth closes the noise without a click.
        let shape = way * way * ((1.0 - way) * 100.0).min(1.0) * note.velocity;
        let left = edge[0].next(noise[0].next()).band * shape;
        let right = edge[1].next(noise[1].next()).band * shape;
        stage.add(frame, left, right);
    }
}
