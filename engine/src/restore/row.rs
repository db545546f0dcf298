//! Rows of the tables, as short as they can be written.

use crate::param::{Glide, Kind, Spec, Taper, Unit};

/// A number on a linear scale.
pub(super) const fn number(
    id: &'static str,
    name: &'static str,
    doc: &'static str,
    unit: Unit,
    range: (f64, f64),
    default: f64,
    digits: usize,
) -> Spec {
    let (min, max) = range;
    let step = (max - min) / 100.0;
    let kind = Kind::Number { min, max, taper: Taper::Linear, step, fine: step / 10.0, digits };
    Spec { id, name, doc, unit, kind, default, glide: Glide::Step }
}

/// A number on a logarithmic scale; the range is positive.
pub(super) const fn ratio(
    id: &'static str,
    name: &'static str,
    doc: &'static str,
    unit: Unit,
    range: (f64, f64),
    default: f64,
    digits: usize,
) -> Spec {
    let (min, max) = range;
    let kind = Kind::Number { min, max, taper: Taper::Logarithmic, step: 0.05, fine: 0.005, digits };
    Spec { id, name, doc, unit, kind, default, glide: Glide::Step }
}

/// A switch.
pub(super) const fn switch(id: &'static str, name: &'static str, doc: &'static str, on: bool) -> Spec {
    let default = if on { 1.0 } else { 0.0 };
    Spec { id, name, doc, unit: Unit::None, kind: Kind::Switch, default, glide: Glide::Step }
}

/// One of several; the first is the default.
pub(super) const fn choice(
    id: &'static str,
    name: &'static str,
    doc: &'static str,
    ids: &'static [&'static str],
) -> Spec {
    Spec { id, name, doc, unit: Unit::None, kind: Kind::Choice(ids), default: 0.0, glide: Glide::Step }
}

/// The soft edges of a repair inside its span.
pub(super) const EDGE: Spec = number(
    "edge",
    "Edge",
    "How long the repair takes to come and go inside its span; an end of the file needs no edge.",
    Unit::Milliseconds,
    (0.0, 1000.0),
    5.0,
    1,
);
