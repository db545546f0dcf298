//! The instruments of the demo album. Each plays one note at a time into a stereo stretch that begins at the note.

mod bell;
mod drum;
mod keys;
mod string;
mod synth;

use super::score::Note;

/// A stretch of stereo to add a note to; it ends where the song ends.
pub struct Stage<'a> {
    pub left: &'a mut [f64],
    pub right: &'a mut [f64],
    pub rate: f64,
    /// A number of its own for every note: the seed of noise and of small differences between notes.
    pub seed: u64,
}

impl Stage<'_> {
    /// Frames of `seconds`, at most to the end of the song.
    pub fn frames(&self, seconds: f64) -> usize {
        ((seconds * self.rate) as usize).min(self.left.len())
    }

    #[inline]
    pub fn add(&mut self, frame: usize, left: f64, right: f64) {
        self.left[frame] += left;
        self.right[frame] += right;
    }
}

type Play = fn(&Note, &mut Stage);

/// Every instrument: its name in a score, whether an `x` strikes one tone only (else the whole chord), and its player.
const INSTRUMENTS: &[(&str, bool, Play)] = &[
    ("kick", true, drum::kick),
    ("soft kick", true, drum::soft_kick),
    ("snare", true, drum::snare),
    ("brush", true, drum::brush),
    ("hat", true, drum::hat),
    ("open hat", true, drum::open_hat),
    ("shaker", true, drum::shaker),
    ("crash", true, drum::crash),
    ("riser", true, drum::riser),
    ("bass", true, synth::bass),
    ("sub", true, synth::sub),
    ("lead", true, synth::lead),
    ("crunch", false, synth::crunch),
    ("pad", false, synth::pad),
    ("bright pad", false, synth::bright_pad),
    ("guitar", false, string::guitar),
    ("upright", true, string::upright),
    ("pluck", false, string::pluck),
    ("electric piano", false, keys::electric_piano),
    ("flute", true, keys::flute),
    ("bell", false, bell::bell),
];

/// The player of an instrument by its name in a score.
pub fn player(name: &str) -> Option<Play> {
    INSTRUMENTS.iter().find(|row| row.0 == name).map(|row| row.2)
}

/// Whether a strike sounds one tone only.
pub fn is_single(name: &str) -> bool {
    INSTRUMENTS.iter().any(|row| row.0 == name && row.1)
}
