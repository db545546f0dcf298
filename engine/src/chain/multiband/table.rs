use super::{APART, HIGHEST, build};
use crate::chain::Processor;
use crate::chain::dynamics::GLIDE_MS;
use crate::param::{Glide, Group, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};

/// Most bands.
pub(super) const CAPACITY: usize = 5;
/// Fewest bands.
const LEAST: usize = 2;

const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);

const PHASE: usize = 0;
const DETECTION: usize = 1;
const LOOK_AHEAD: usize = 2;
const CHANNEL: usize = 3;
/// The parameters before this one need a new stage.
pub(super) const LINK: usize = 4;
const FLAT: usize = 5;

const FREQUENCY: usize = 0;
const THRESHOLD: usize = 1;
const RATIO: usize = 2;
const KNEE: usize = 3;
const ATTACK: usize = 4;
const RELEASE: usize = 5;
const AUTO_RELEASE: usize = 6;
const WORKS: usize = 7;
const RANGE: usize = 8;
const MAKEUP: usize = 9;
const MIX: usize = 10;
const BYPASS: usize = 11;
const ROW: usize = 12;

const fn number(min: f64, max: f64, taper: Taper, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min, max, taper, step, fine, digits }
}

const fn spec(
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

const fn switch(id: &'static str, name: &'static str, doc: &'static str, glide: Glide) -> Spec {
    spec(id, name, doc, Unit::None, Kind::Switch, 0.0, glide)
}

static PARAMS: [Spec; FLAT] = [
    spec(
        "phase",
        "Phase",
        "Crossovers without latency, which turn the phase as long as any band may work, or of linear phase: with latency, \
         and every bit is kept while no gain changes.",
        Unit::None,
        Kind::Choice(&["minimum", "linear"]),
        1.0,
        Glide::Step,
    ),
    spec(
        "detection",
        "Detection",
        "What drives the gains: crests, or the average power over 10 ms.",
        Unit::None,
        Kind::Choice(&["peak", "rms"]),
        0.0,
        Glide::Step,
    ),
    spec(
        "look_ahead",
        "Look-ahead",
        "How long the gains know of a peak before it is heard; added to the latency.",
        Unit::Milliseconds,
        number(0.0, 10.0, Taper::Linear, 0.5, 0.1, 1),
        0.0,
        Glide::Step,
    ),
    spec(
        "channel",
        "Channel",
        "What is compressed: every channel, or the mid or side of the first pair.",
        Unit::None,
        Kind::Choice(&["stereo", "mid", "side"]),
        0.0,
        Glide::Step,
    ),
    spec(
        "link",
        "Link",
        "How far in each band every channel follows the loudest.",
        Unit::Percent,
        number(0.0, 100.0, Taper::Linear, 5.0, 1.0, 0),
        100.0,
        GLIDE,
    ),
];

static BAND: [Spec; ROW] = {
    use Taper::{Linear, Logarithmic};
    [
        spec(
            "frequency",
            "Upper edge",
            "Crossover to the next band; the highest band has none.",
            Unit::Hertz,
            number(40.0, 16_000.0, Logarithmic, 0.0293, 0.000_578, 1),
            200.0,
            GLIDE,
        ),
        spec(
            "threshold",
            "Threshold",
            "Level in the band from which its gain changes.",
            Unit::Db,
            number(-60.0, 0.0, Linear, 0.5, 0.1, 1),
            -24.0,
            GLIDE,
        ),
        spec(
            "ratio",
            "Ratio",
            "Change of input over change of output beyond the knee; below 1 it expands.",
            Unit::Ratio,
            number(0.2, 20.0, Logarithmic, 0.0333, 0.0067, 2),
            1.5,
            GLIDE,
        ),
        spec(
            "knee",
            "Knee",
            "Width of the bend around the threshold.",
            Unit::Db,
            number(0.0, 24.0, Linear, 1.0, 0.1, 1),
            6.0,
            GLIDE,
        ),
        spec(
            "attack",
            "Attack",
            "Time to 63 % of the change of gain, in dB, after the level has risen.",
            Unit::Milliseconds,
            number(0.1, 300.0, Logarithmic, 0.05, 0.005, 2),
            30.0,
            Glide::Step,
        ),
        spec(
            "release",
            "Release",
            "Time to 63 % of the change of gain, in dB, after the level has fallen.",
            Unit::Milliseconds,
            number(5.0, 3000.0, Logarithmic, 0.05, 0.005, 1),
            180.0,
            Glide::Step,
        ),
        switch(
            "auto_release",
            "Auto release",
            "Lets a change that lasts recover four times as slowly as one after a short peak.",
            Glide::Step,
        ),
        spec(
            "works",
            "Works",
            "On levels above the threshold, or on those below it.",
            Unit::None,
            Kind::Choice(&["above", "below"]),
            0.0,
            GLIDE,
        ),
        spec(
            "range",
            "Range",
            "Most change of gain, either way.",
            Unit::Db,
            number(0.0, 60.0, Linear, 1.0, 0.1, 1),
            60.0,
            GLIDE,
        ),
        spec("makeup", "Makeup", "Gain of the band.", Unit::Db, number(-24.0, 24.0, Linear, 0.1, 0.01, 2), 0.0, GLIDE),
        spec(
            "mix",
            "Mix",
            "Share of the processed band; the rest is the band as it came.",
            Unit::Percent,
            number(0.0, 100.0, Linear, 5.0, 1.0, 0),
            100.0,
            GLIDE,
        ),
        switch("bypass", "Bypass", "Leaves the band as it is.", GLIDE),
    ]
};

static TABLE: Table = Table {
    id: "multiband",
    name: "Multiband",
    doc: "Compression and expansion in two to five bands, with crossovers of minimum or linear phase that sum flat.",
    // 2: linear phase is the default.
    version: 2,
    params: &PARAMS,
    groups: &[Group { id: "band", name: "Band", capacity: CAPACITY, first: LEAST, params: &BAND }],
};

/// The row in the list of processors.
pub(in crate::chain) const PROCESSOR: Processor = Processor { table: &TABLE, build };

/// The values of one band.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band([f64; ROW]);

impl Band {
    pub(super) fn threshold(&self) -> f64 {
        self.0[THRESHOLD]
    }

    pub(super) fn ratio(&self) -> f64 {
        self.0[RATIO]
    }

    pub(super) fn knee(&self) -> f64 {
        self.0[KNEE]
    }

    pub(super) fn range(&self) -> f64 {
        self.0[RANGE]
    }

    pub(super) fn attack(&self) -> f64 {
        self.0[ATTACK]
    }

    pub(super) fn release(&self) -> f64 {
        self.0[RELEASE]
    }

    pub(super) fn makeup(&self) -> f64 {
        self.0[MAKEUP]
    }

    pub(super) fn mix(&self) -> f64 {
        self.0[MIX]
    }

    pub(super) fn is_automatic(&self) -> bool {
        self.0[AUTO_RELEASE] >= 0.5
    }

    pub(super) fn works_below(&self) -> bool {
        self.0[WORKS] >= 0.5
    }

    pub(super) fn is_bypassed(&self) -> bool {
        self.0[BYPASS] >= 0.5
    }
}

/// All values of a stage.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) linear: bool,
    pub(super) rms: bool,
    pub(super) look_ahead_ms: f64,
    /// Every channel, mid, side.
    pub(super) channel: usize,
    /// Percent.
    pub(super) link: f64,
    /// Bands in use.
    pub(super) count: usize,
    pub(super) bands: [Band; CAPACITY],
}

impl Settings {
    pub(super) fn of(values: &Values) -> Settings {
        let flat = |index: usize| PARAMS[index].clamp(values.at(SlotIndex(index as u16)));
        let value = |row: usize, index: usize| values.at(SlotIndex((FLAT + row * ROW + index) as u16));
        Settings {
            linear: flat(PHASE) >= 0.5,
            rms: flat(DETECTION) >= 0.5,
            look_ahead_ms: flat(LOOK_AHEAD),
            channel: flat(CHANNEL) as usize,
            link: flat(LINK),
            count: values.rows("band").count().clamp(LEAST, CAPACITY),
            bands: std::array::from_fn(|row| Band(std::array::from_fn(|index| BAND[index].clamp(value(row, index))))),
        }
    }

    /// Takes a value; says whether there is such a parameter.
    pub(super) fn set(&mut self, slot: SlotIndex, value: f64) -> bool {
        let index = usize::from(slot.0);
        if index == LINK {
            self.link = PARAMS[LINK].clamp(value);
            return true;
        }
        let Some(index) = index.checked_sub(FLAT) else { return false };
        let Some(band) = self.bands.get_mut(index / ROW) else { return false };
        band.0[index % ROW] = BAND[index % ROW].clamp(value);
        true
    }

    pub(super) fn used(&self) -> &[Band] {
        &self.bands[..self.count]
    }

    /// The crossovers in Hz, from the lowest; those not in use are 0.
    pub(super) fn corners(&self, rate_hz: f64) -> [f64; CAPACITY - 1] {
        let mut corners = [0.0; CAPACITY - 1];
        let mut least = 0.0;
        for (corner, band) in corners.iter_mut().zip(&self.bands).take(self.count - 1) {
            *corner = band.0[FREQUENCY].max(least).min(HIGHEST * rate_hz);
            least = *corner * APART;
        }
        corners
    }

    /// Whether no signal can be changed.
    pub(super) fn does_nothing(&self) -> bool {
        self.used().iter().all(|band| band.law(self.link).does_nothing())
    }
}
