//! An electric piano by frequency modulation, and a breathy flute.
//!
//! Source: Chowning, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation" (JAES 21, 1973).

use super::Stage;
use crate::demo::score::Note;
use crate::demo::tone::{CONTROL, Decay, Envelope, Filter, Noise, Phase, Shape, Sine, pitch_hertz};

/// A tine piano: a body whose brightness falls, a short metallic tine above, a slow tremolo from side to side.
pub fn electric_piano(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.002, decay: 4.5, sustain: 0.0, release: 0.25 };
    let held = stage.frames(note.held);
    let rate = stage.rate;
    let mut envelope = Envelope::new(shape, held, rate);
    let mut body = Decay::new(1.8, rate);
    let mut tine = Decay::new(0.35, rate);
    let sine = Sine::new();
    let hertz = pitch_hertz(note.pitch);
    let step = hertz / rate;
    let mut phase = Phase::default();
    let mut high = Phase::default();
    // The tine lies 14 times above the tone; where that would fold back, it is left out.
    let ring = if hertz * 15.0 < 0.45 * rate { 0.11 * note.velocity } else { 0.0 };
    for frame in 0..Envelope::frames(shape, held, rate).min(stage.left.len()) {
        let turn = phase.next(step);
        let depth = (0.05 + 0.22 * body.next()) * note.velocity;
        let tone = sine.at(turn + depth * sine.at(turn)) + ring * tine.next() * sine.at(high.next(step * 14.0));
        let out = tone * envelope.next() * note.velocity * 0.42;
        let sway = 0.18 * sine.at(4.3 * frame as f64 / rate);
        stage.add(frame, out * (1.0 + sway), out * (1.0 - sway));
    }
}

/// A flute: a few harmonics, breath at the start, a vibrato that grows.
pub fn flute(note: &Note, stage: &mut Stage) {
    let shape = Shape { attack: 0.07, decay: 0.6, sustain: 0.85, release: 0.22 };
    let held = stage.frames(note.held);
    let rate = stage.rate;
    let mut envelope = Envelope::new(shape, held, rate);
    let mut noise = Noise::new(stage.seed);
    let hertz = pitch_hertz(note.pitch);
    let mut breath = Filter::new(hertz * 2.0, 2.5, rate);
    let mut chiff = Decay::new(0.25, rate);
    let sine = Sine::new();
    let mut phase = Phase::default();
    let (mut bend, mut swell) = (1.0, 1.0);
    for frame in 0..Envelope::frames(shape, held, rate).min(stage.left.len()) {
        if frame % CONTROL == 0 {
            let seconds = frame as f64 / rate;
            let depth = ((seconds - 0.25) / 0.6).clamp(0.0, 1.0);
            bend = 1.0 + 0.003 * depth * sine.at(4.9 * seconds);
            swell = 1.0 + 0.12 * depth * sine.at(4.9 * seconds + 0.15);
        }
        let turn = phase.next(hertz * bend / rate);
        let tone = sine.at(turn) + (0.24 * sine.at(2.0 * turn) + 0.11 * sine.at(3.0 * turn)) * note.velocity;
        let air = breath.next(noise.next()).band * (0.035 + 0.25 * chiff.next());
        let out = (tone * swell + air) * envelope.next() * note.velocity * 0.4;
        stage.add(frame, out, out);
    }
}
