//! Subtractive voices: saws through a filter, for basses, leads, pads and a driven guitar.

use super::Stage;
use crate::demo::score::Note;
use crate::demo::tone::{
    CONTROL, Decay, Envelope, Filter, Noise, Phase, Shape, Sine, pan, pitch_hertz, pulse, saw, soften,
};

/// A driven bass: saw and sine an octave below, with a filter that closes after the attack.
pub fn bass(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.003, decay: 0.5, sustain: 0.7, release: 0.07 };
    let held = stage.frames(note.held);
    let mut envelope = Envelope::new(shape, held, stage.rate);
    let mut opening = Decay::new(0.35, stage.rate);
    let mut filter = Filter::default();
    let sine = Sine::new();
    let (mut phase, mut below) = (Phase::default(), Phase::default());
    let step = pitch_hertz(note.pitch) / stage.rate;
    for frame in 0..Envelope::frames(shape, held, stage.rate).min(stage.left.len()) {
        let open = opening.next();
        if frame % CONTROL == 0 {
            filter.tune(260.0 + 2_400.0 * open * note.velocity, 1.1, stage.rate);
        }
        let bright = filter.next(saw(phase.next(step), step)).low;
        let low = sine.at(below.next(step));
        let out = soften(1.3 * (0.55 * bright + 0.75 * low)) * envelope.next() * note.velocity * 0.8;
        stage.add(frame, out, out);
    }
}

/// A round bass: a sine with a little second harmonic.
pub fn sub(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.008, decay: 0.9, sustain: 0.75, release: 0.12 };
    let held = stage.frames(note.held);
    let mut envelope = Envelope::new(shape, held, stage.rate);
    let sine = Sine::new();
    let mut phase = Phase::default();
    let step = pitch_hertz(note.pitch) / stage.rate;
    for frame in 0..Envelope::frames(shape, held, stage.rate).min(stage.left.len()) {
        let turn = phase.next(step);
        let out = (sine.at(turn) + 0.22 * sine.at(2.0 * turn) + 0.08 * sine.at(3.0 * turn)) * envelope.next();
        stage.add(frame, out * note.velocity * 0.8, out * note.velocity * 0.8);
    }
}

/// A lead of two pulses and a saw, with a vibrato that comes in late.
pub fn lead(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.012, decay: 0.3, sustain: 0.8, release: 0.16 };
    let held = stage.frames(note.held);
    let mut envelope = Envelope::new(shape, held, stage.rate);
    let sine = Sine::new();
    let mut filter = [Filter::default(); 2];
    let mut phases = [Phase::default(), Phase(0.31), Phase(0.67)];
    let base = pitch_hertz(note.pitch) / stage.rate;
    let mut bend = 1.0;
    for frame in 0..Envelope::frames(shape, held, stage.rate).min(stage.left.len()) {
        let seconds = frame as f64 / stage.rate;
        if frame % CONTROL == 0 {
            let depth = 0.0045 * ((seconds - 0.18) / 0.35).clamp(0.0, 1.0);
            bend = 1.0 + depth * sine.at(5.4 * seconds) - 0.02 * (1.0 - seconds / 0.03).max(0.0);
            for filter in &mut filter {
                filter.tune(2_300.0 + 2_600.0 * note.velocity + 2.0 * base * stage.rate, 0.9, stage.rate);
            }
        }
        let step = base * bend;
        let middle = 0.5 * saw(phases[0].next(step), step);
        let left = middle + 0.45 * pulse(phases[1].next(step * 1.004), step * 1.004, 0.38);
        let right = middle + 0.45 * pulse(phases[2].next(step * 0.996), step * 0.996, 0.38);
        let level = envelope.next() * note.velocity * 0.5;
        stage.add(frame, filter[0].next(left).low * level, filter[1].next(right).low * level);
    }
}

/// A driven guitar on one string, doubled on both sides with a little difference.
pub fn crunch(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.002, decay: 2.5, sustain: 0.55, release: 0.06 };
    let held = stage.frames(note.held);
    let rate = stage.rate;
    for (side, detune) in [(0, 0.9985), (1, 1.0016)] {
        let mut envelope = Envelope::new(shape, held, rate);
        let mut phases = [Phase(0.13 + 0.4 * side as f64), Phase(0.5)];
        let step = pitch_hertz(note.pitch) * detune / rate;
        let mut before = Filter::new(1_500.0, 0.8, rate);
        let (mut cone, mut cabinet) = (Filter::new(3_900.0, 1.0, rate), Filter::new(95.0, 0.8, rate));
        let mut pick = Decay::new(0.015, rate);
        let mut noise = Noise::new(stage.seed + side);
        for frame in 0..Envelope::frames(shape, held, rate).min(stage.left.len()) {
            let string = saw(phases[0].next(step), step) + 0.6 * saw(phases[1].next(step * 1.003), step * 1.003);
            let level = envelope.next();
            let driven = soften(2.6 * level * before.next(string + 0.6 * noise.next() * pick.next()).low);
            let out = cabinet.next(cone.next(driven).low).high * note.velocity * 0.4;
            let (near, far) = (out, out * 0.12);
            if side == 0 { stage.add(frame, near, far) } else { stage.add(frame, far, near) }
        }
    }
}

/// How a pad sounds.
struct Warmth {
    shape: Shape,
    /// Corner of the filter in Hz at rest, and how far a slow tide opens it, in octaves.
    corner: f64,
    tide: f64,
    /// Detuning of the outer saws as a ratio.
    detune: f64,
}

/// A warm pad.
pub fn pad(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.35, decay: 2.0, sustain: 0.85, release: 0.9 };
    swarm(note, stage, &Warmth { shape, corner: 900.0, tide: 0.8, detune: 0.0045 });
}

/// An open pad with all the air the rate allows.
pub fn bright_pad(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.12, decay: 1.5, sustain: 0.85, release: 0.6 };
    swarm(note, stage, &Warmth { shape, corner: 7_000.0, tide: 1.6, detune: 0.0062 });
}

/// Five saws across the picture through a filter on each side.
fn swarm(note: &Note, stage: &mut Stage, warmth: &Warmth) {
    const VOICES: usize = 5;
    let held = stage.frames(note.held);
    let mut envelope = Envelope::new(warmth.shape, held, stage.rate);
    let mut start = Noise::new(stage.seed);
    let base = pitch_hertz(note.pitch) / stage.rate;
    let mut phases = [Phase::default(); VOICES];
    let mut steps = [0.0; VOICES];
    let mut sides = [(0.0, 0.0); VOICES];
    for voice in 0..VOICES {
        let place = voice as f64 / (VOICES - 1) as f64 * 2.0 - 1.0;
        phases[voice] = Phase(0.5 + 0.5 * start.next());
        steps[voice] = base * (1.0 + warmth.detune * place);
        // Neighbours in pitch stand on opposite sides, so that the beating fills the room.
        sides[voice] = pan(if voice % 2 == 0 { place } else { -place } * 0.9);
    }
    let mut filter = [Filter::default(); 2];
    let sine = Sine::new();
    for frame in 0..Envelope::frames(warmth.shape, held, stage.rate).min(stage.left.len()) {
        if frame % CONTROL == 0 {
            let tide = warmth.tide * (0.5 - 0.5 * sine.at(0.25 + 0.11 * frame as f64 / stage.rate));
            for filter in &mut filter {
                filter.tune(warmth.corner * libm::exp2(tide), 0.75, stage.rate);
            }
        }
        let (mut left, mut right) = (0.0, 0.0);
        for voice in 0..VOICES {
            let out = saw(phases[voice].next(steps[voice]), steps[voice]);
            left += out * sides[voice].0;
            right += out * sides[voice].1;
        }
        let level = envelope.next() * note.velocity * 0.16;
        stage.add(frame, filter[0].next(left).low * level, filter[1].next(right).low * level);
    }
}
