//! A glass bell: partials of a bar, free at both ends, as far up as the rate can carry them.
//!
//! Source: Fletcher & Rossing, *The Physics of Musical Instruments*, ch. 2 and 19 (ratios of a free bar).

use super::Stage;
use crate::demo::score::Note;
use crate::demo::tone::{Decay, Noise, Phase, Sine, pan, pitch_hertz};

/// Ratio to the fundamental, level, and ring in seconds of each partial.
const PARTIALS: [(f64, f64, f64); 8] = [
    (1.0, 1.0, 2.6),
    (2.756, 0.5, 1.7),
    (5.404, 0.32, 1.1),
    (8.933, 0.22, 0.8),
    (13.345, 0.16, 0.6),
    (18.638, 0.13, 0.48),
    (24.814, 0.11, 0.4),
    (31.872, 0.10, 0.34),
];

/// Partials above this share of the rate are left out.
const HIGHEST: f64 = 0.46;

/// A glass bell.
pub fn bell(note: &Note, stage: &mut Stage) {
    let hertz = pitch_hertz(note.pitch);
    let sine = Sine::new();
    let mut seat = Noise::new(stage.seed);
    for (ratio, level, ring) in PARTIALS {
        let step = hertz * ratio / stage.rate;
        let place = seat.next() * 0.8;
        if step > HIGHEST {
            continue;
        }
        let (left, right) = pan(place);
        let mut phase = Phase::default();
        let mut fade = Decay::new(ring, stage.rate);
        // A hard strike sounds brighter: the upper partials follow the velocity once more.
        let strength = if ratio > 1.0 { level * note.velocity } else { level } * note.velocity * 0.3;
        for frame in 0..stage.frames(ring * 1.2) {
            let out = sine.at(phase.next(step)) * fade.next() * strength;
            stage.add(frame, out * left, out * right);
        }
    }
}
