//! Everything that can be set, declared once.

use crate::param::{Glide, Group, Kind, Spec, Table, Taper, Unit};

/// 20 ms: a swept bell moves without steps, a typed value is heard at once.
pub(super) const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

/// Bands of a stage.
pub(super) const CAPACITY: usize = 24;

/// Butterworth: the flattest pass filter, and a bell about two octaves wide.
pub(super) const DEFAULT_Q: f64 = 0.71;

/// Places of the stage's own parameters.
pub(super) const PHASE: usize = 0;
pub(super) const AMOUNT: usize = 1;
pub(super) const KERNEL: usize = 2;
pub(super) const AUTO_GAIN: usize = 3;
pub(super) const STAGE_COUNT: usize = 4;

const fn number(min: f64, max: f64, taper: Taper, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min, max, taper, step, fine, digits }
}

/// One notch is 1/24 octave, a fine one a cent.
const fn hertz(min: f64, max: f64) -> Kind {
    number(min, max, Taper::Logarithmic, 0.0293, 0.000_578, 1)
}

const SHARPNESS: Kind = number(0.1, 30.0, Taper::Logarithmic, 0.04, 0.005, 2);

const fn row(
    id: &'static str,
    name: &'static str,
    doc: &'static str,
    unit: Unit,
    kind: Kind,
    default: f64,
    glide: Glide,
) -> Spec {
    Spec { id, name, doc, unit, kind, default, glide }
}

pub(super) static STAGE: [Spec; STAGE_COUNT] = [
    row(
        "phase",
        "Phase",
        "Minimum phase without latency, or a kernel with the phase straightened in part or wholly.",
        Unit::None,
        Kind::Choice(&["minimum", "mixed", "linear"]),
        0.0,
        Glide::Step,
    ),
    row(
        "phase_amount",
        "Phase amount",
        "How far mixed phase is straightened: 0 % is the analogue filter's own phase, 100 % is linear.",
        Unit::Percent,
        number(0.0, 100.0, Taper::Linear, 5.0, 1.0, 0),
        50.0,
        Glide::Step,
    ),
    row(
        "kernel",
        "Kernel",
        "Length of the kernel of mixed and linear phase, about 0.17, 0.34 or 0.68 s: longer is truer in the bass and later.",
        Unit::None,
        Kind::Choice(&["short", "medium", "long"]),
        1.0,
        Glide::Step,
    ),
    row(
        "auto_gain",
        "Auto gain",
        "A constant gain that keeps the K-weighted loudness of pink noise.",
        Unit::None,
        Kind::Switch,
        0.0,
        GLIDE,
    ),
];

pub(super) static BAND: [Spec; 18] = [
    row("on", "On", "Whether the band is heard.", Unit::None, Kind::Switch, 1.0, GLIDE),
    row(
        "type",
        "Type",
        "Shape of the band.",
        Unit::None,
        Kind::Choice(&["bell", "low_shelf", "high_shelf", "high_pass", "low_pass", "tilt", "notch", "band_pass"]),
        0.0,
        GLIDE,
    ),
    row(
        "frequency",
        "Frequency",
        "Centre or corner; held just below half the sample rate in use.",
        Unit::Hertz,
        hertz(10.0, 40_000.0),
        1000.0,
        GLIDE,
    ),
    row(
        "gain",
        "Gain",
        "Gain of a bell or shelf; a tilt has it at the top and its negative at the bottom; the others have none.",
        Unit::Db,
        number(-12.0, 12.0, Taper::Linear, 0.1, 0.01, 2),
        0.0,
        GLIDE,
    ),
    row(
        "q",
        "Q",
        "Sharpness. Steeper passes and shelves take it as resonance, 0.71 being flat; those of 6 dB per octave have none.",
        Unit::None,
        SHARPNESS,
        DEFAULT_Q,
        GLIDE,
    ),
    row(
        "slope",
        "Slope",
        "Steepness of high pass, low pass and shelves.",
        Unit::DbPerOctave,
        Kind::Choice(&["6", "12", "18", "24", "30", "36", "42", "48", "54", "60", "66", "72", "78", "84", "90", "96"]),
        1.0,
        GLIDE,
    ),
    row(
        "channel",
        "Channel",
        "What the band works on: every channel, or a part of the first pair.",
        Unit::None,
        Kind::Choice(&["stereo", "mid", "side", "left", "right"]),
        0.0,
        GLIDE,
    ),
    row(
        "dynamic",
        "Dynamic",
        "Whether the gain of a bell, shelf or tilt moves while its key is above or below the threshold.",
        Unit::None,
        Kind::Choice(&["off", "above", "below"]),
        0.0,
        GLIDE,
    ),
    row(
        "threshold",
        "Threshold",
        "Level of the key from which the gain moves; a sine in the key's middle reads its peak.",
        Unit::Db,
        number(-80.0, 0.0, Taper::Linear, 0.5, 0.1, 1),
        -30.0,
        GLIDE,
    ),
    row(
        "ratio",
        "Ratio",
        "How far the gain follows the key: 2 moves it by half of what the key is beyond the threshold.",
        Unit::Ratio,
        number(1.0, 20.0, Taper::Logarithmic, 0.0333, 0.0067, 2),
        2.0,
        GLIDE,
    ),
    row(
        "range",
        "Range",
        "Where the movement ends: negative moves down, positive up.",
        Unit::Db,
        number(-18.0, 18.0, Taper::Linear, 0.5, 0.1, 1),
        -6.0,
        GLIDE,
    ),
    row(
        "attack",
        "Attack",
        "Time to 63 % of more movement, in dB.",
        Unit::Milliseconds,
        number(0.5, 300.0, Taper::Logarithmic, 0.05, 0.005, 1),
        15.0,
        Glide::Step,
    ),
    row(
        "release",
        "Release",
        "Time to 63 % of less movement, in dB.",
        Unit::Milliseconds,
        number(5.0, 3000.0, Taper::Logarithmic, 0.05, 0.005, 1),
        150.0,
        Glide::Step,
    ),
    row(
        "key",
        "Key",
        "What moves the gain: the band's own region, a region by frequency and Q, or the region of another band.",
        Unit::None,
        Kind::Choice(&["own", "frequency", "band"]),
        0.0,
        Glide::Step,
    ),
    row(
        "key_frequency",
        "Key frequency",
        "Middle of the key's region.",
        Unit::Hertz,
        hertz(10.0, 40_000.0),
        1000.0,
        Glide::Step,
    ),
    row("key_q", "Key Q", "Sharpness of the key's region.", Unit::None, SHARPNESS, DEFAULT_Q, Glide::Step),
    row(
        "key_band",
        "Key band",
        "Number of the band whose region is the key.",
        Unit::None,
        number(1.0, CAPACITY as f64, Taper::Linear, 1.0, 1.0, 0),
        1.0,
        Glide::Step,
    ),
    row(
        "link",
        "Link",
        "How far the channels move together: at 100 % all follow the loudest.",
        Unit::Percent,
        number(0.0, 100.0, Taper::Linear, 5.0, 1.0, 0),
        100.0,
        GLIDE,
    ),
];

pub(super) static TABLE: Table = Table {
    id: "eq",
    name: "Equaliser",
    doc: "Bells, shelves, tilts, notches and passes with the analogue response up to 20 kHz, static or dynamic; minimum, mixed or linear phase.",
    // 2: steep low-passes are nearer to the analogue, by up to 0.03 dB. 3: other rounding, 300 dB down.
    version: 3,
    params: &STAGE,
    groups: &[Group { id: "band", name: "Band", capacity: CAPACITY, first: 0, params: &BAND }],
};
