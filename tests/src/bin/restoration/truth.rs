//! What was planted: the ground truth that detectors and repairs are judged by.

use lacquer_engine::analysis::finding::Kind;

/// One planted fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What it is.
    pub kind: Kind,
    /// Its form: `impulse`, `ringing`, `mute`, `dip 20 dB`, `jump`, `5 dB` ...
    pub form: String,
    /// Its first damaged frame.
    pub start: usize,
    /// The frame after its last.
    pub end: usize,
    /// The channel it is in; `None` for all of them (or the relation between them).
    pub channel: Option<usize>,
    /// The detectability d' in decibels (10 log10 of the energy of the whitened fault over the variance of the whitened
    /// programme), where the fault is something added; of hum, by how much its fourth harmonic stands over the floor of
    /// the pauses.
    pub detectability_db: Option<f64>,
}

impl Event {
    /// Whether it is a point: found within 2 ms. A region is found by overlap.
    pub fn is_point(&self) -> bool {
        matches!(self.kind, Kind::Click | Kind::Pop | Kind::Splice | Kind::TruePeakOver)
    }
}

/// d' of a fault that must be found: 40 dB, and 10 dB of hum over the pauses.
pub fn plain_db(kind: Kind) -> f64 {
    if kind == Kind::Hum { 10.0 } else { 40.0 }
}

/// Music with faults in it.
#[derive(Debug, Clone)]
pub struct Damaged {
    /// The damaged channels; as long as the clean ones.
    pub channels: Vec<Vec<f64>>,
    /// What was done, in order of time.
    pub truth: Vec<Event>,
}

/// Kinds that are answers to a planted kind: what a listener would call found.
pub fn answers(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Click | Kind::Pop | Kind::Crackle => &[Kind::Click, Kind::Pop, Kind::Crackle],
        Kind::Clip => &[Kind::Clip],
        Kind::Dropout => &[Kind::Dropout],
        Kind::Splice => &[Kind::Splice],
        Kind::Hum => &[Kind::Hum],
        Kind::DcOffset => &[Kind::DcOffset],
        Kind::Polarity => &[Kind::Polarity],
        Kind::Imbalance => &[Kind::Imbalance],
        Kind::Delay => &[Kind::Delay],
        Kind::NoiseFloor => &[Kind::NoiseFloor],
        Kind::Distortion => &[Kind::Distortion, Kind::Clip],
        _ => &[],
    }
}
