//! Plucked strings: a burst of noise runs round a delay line with a low-pass in its loop.
//!
//! Sources: Karplus & Strong, "Digital Synthesis of Plucked-String and Drum Timbres" (1983); Jaffe & Smith,
//! "Extensions of the Karplus-Strong Plucked-String Algorithm" (1983), for tuning and pick position.

use super::Stage;
use crate::demo::score::Note;
use crate::demo::tone::{Decay, Filter, Noise, pan, pitch_hertz};

/// How a string is made and plucked.
struct Make {
    /// Time of the fall by 60 dB at the fundamental, in seconds, for A at 220 Hz; high strings fade sooner.
    ring: f64,
    /// Corner of the loop's loss in Hz at 44.1 kHz: brighter strings keep their treble longer.
    bright: f64,
    /// Corner of the pluck in Hz.
    pick: f64,
    /// Place of the pick along the string.
    place: f64,
    /// Time of the damping hand in seconds.
    damp: f64,
    /// Resonances of the body: Hz, Q, amount.
    body: [(f64, f64, f64); 2],
    /// How far low and high strings lie apart in the picture, 0 to 1.
    spread: f64,
}

const GUITAR: Make = Make {
    ring: 4.2,
    bright: 6_500.0,
    pick: 3_800.0,
    place: 0.19,
    damp: 0.5,
    body: [(108.0, 3.0, 0.45), (212.0, 4.0, 0.35)],
    spread: 0.35,
};

const UPRIGHT: Make = Make {
    ring: 2.4,
    bright: 1_500.0,
    pick: 700.0,
    place: 0.31,
    damp: 0.12,
    body: [(96.0, 2.5, 0.4), (180.0, 3.0, 0.25)],
    spread: 0.0,
};

const PLUCK: Make = Make {
    ring: 1.3,
    bright: 11_000.0,
    pick: 9_000.0,
    place: 0.12,
    damp: 0.25,
    body: [(420.0, 1.5, 0.2), (1_900.0, 2.0, 0.25)],
    spread: 0.7,
};

/// A steel-string guitar.
pub fn guitar(note: &Note, stage: &mut Stage) {
    string(note, stage, &GUITAR);
}

/// A double bass played with the finger.
pub fn upright(note: &Note, stage: &mut Stage) {
    string(note, stage, &UPRIGHT);
}

/// A bright, short string, between harp and sequencer.
pub fn pluck(note: &Note, stage: &mut Stage) {
    string(note, stage, &PLUCK);
}

fn string(note: &Note, stage: &mut Stage, make: &Make) {
    let rate = stage.rate;
    let hertz = pitch_hertz(note.pitch);
    // A one-pole in the loop delays by about its coefficient's ratio at low frequencies; the line is shortened by it.
    let keep = libm::exp(-std::f64::consts::TAU * make.bright / rate);
    let period = rate / hertz - keep / (1.0 - keep);
    let length = period.floor().max(2.0) as usize;
    let fraction = period - period.floor();
    let ring = make.ring * libm::sqrt(220.0 / hertz).clamp(0.4, 1.6);
    let feedback = libm::exp10(-3.0 / (ring * hertz));
    let mut line = excite(note, stage, make, length + 1);
    let mut resonances = make.body.map(|(hertz, q, amount)| (Filter::new(hertz, q, rate), amount / q));
    let mut hand = Decay::new(make.damp, rate);
    let place = ((note.pitch - 60.0) / 24.0).clamp(-1.0, 1.0) * make.spread;
    let (left, right) = pan(place);
    let (mut at, mut loss) = (0, 0.0);
    let held = stage.frames(note.held);
    for frame in 0..stage.frames((note.held + make.damp * 1.3).min(note.held.max(0.3) + 1.5)) {
        let next = if at + 1 == line.len() { 0 } else { at + 1 };
        let tap = line[at] * fraction + line[next] * (1.0 - fraction);
        loss = tap + (loss - tap) * keep;
        line[at] = loss * feedback;
        at = next;
        let mut out = tap;
        for (filter, amount) in &mut resonances {
            out += filter.next(tap).band * *amount;
        }
        if frame >= held {
            out *= hand.next();
        }
        stage.add(frame, out * left, out * right);
    }
}

/// The string at the moment of the pluck: noise, as bright as the pick is hard, with a notch at the pick's place.
fn excite(note: &Note, stage: &Stage, make: &Make, length: usize) -> Vec<f64> {
    let mut noise = Noise::new(stage.seed);
    let mut pick = Filter::new(make.pick * (0.5 + 0.7 * note.velocity), 0.7, stage.rate);
    let burst: Vec<f64> = (0..length).map(|_| pick.next(noise.next()).low).collect();
    let mean = burst.iter().sum::<f64>() / length as f64;
    let back = ((length as f64 * make.place) as usize).max(1);
    let shaped: Vec<f64> =
        (0..length).map(|i| burst[i] - 0.8 * burst[(i + length - back) % length] - 0.2 * mean).collect();
    let energy = shaped.iter().map(|x| x * x).sum::<f64>() / length as f64;
    let scale = 0.25 * note.velocity / libm::sqrt(energy.max(1e-12));
    shaped.iter().map(|x| x * scale).collect()
}
