/// The unit of a parameter, as shown behind its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Decibels.
    Db,
    /// Decibels against full scale, true peak.
    Dbtp,
    /// Hertz, shown as Hz or kHz.
    Hertz,
    /// Milliseconds.
    Milliseconds,
    /// Percent.
    Percent,
    /// A ratio to one, as of a compressor.
    Ratio,
    /// Decibels per octave.
    DbPerOctave,
    /// Degrees of an angle.
    Degrees,
    /// A bare number, as Q.
    None,
}

impl Unit {
    /// The text behind a number.
    pub fn label(self) -> &'static str {
        match self {
            Unit::Db => "dB",
            Unit::Dbtp => "dBTP",
            Unit::Hertz => "Hz",
            Unit::Milliseconds => "ms",
            Unit::Percent => "%",
            Unit::Ratio => ": 1",
            Unit::DbPerOctave => "dB/oct",
            Unit::Degrees => "°",
            Unit::None => "",
        }
    }
}

/// How a knob's travel maps to the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taper {
    /// Equal travel, equal difference.
    Linear,
    /// Equal travel, equal ratio; the range must be positive.
    Logarithmic,
}

/// How a live change reaches the sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Glide {
    /// At once (switches, or where the processor fades by itself).
    Step,
    /// Linearly in the processor's own domain over this many milliseconds.
    Milliseconds(f64),
}

/// What values a parameter takes. In memory each is one f64: a number, 0 or 1, or the index of a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number in a range; `step` is one notch of the wheel, `fine` the same with Shift. With a logarithmic taper
    /// both are ratios (0.04 is 4 %), else differences.
    Number {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Knob travel.
        taper: Taper,
        /// One notch.
        step: f64,
        /// One fine notch.
        fine: f64,
        /// Decimals shown.
        digits: usize,
    },
    /// Off (0) or on (1).
    Switch,
    /// One of these ids, stored by its id, held by its index.
    Choice(&'static [&'static str]),
}

/// One parameter, declared once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spec {
    /// Stable text id: file format, addresses, command line.
    pub id: &'static str,
    /// The name on the knob.
    pub name: &'static str,
    /// One line that says what it does.
    pub doc: &'static str,
    /// Unit of the number.
    pub unit: Unit,
    /// Values and range.
    pub kind: Kind,
    /// The value of a new stage.
    pub default: f64,
    /// How a live change reaches the sound.
    pub glide: Glide,
}

/// A repeated set of parameters, as the bands of an equaliser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Stable text id, as `band`.
    pub id: &'static str,
    /// The word in the window.
    pub name: &'static str,
    /// Most rows a stage may have; memory for all of them is taken when the stage is built.
    pub capacity: usize,
    /// Rows of a new stage.
    pub first: usize,
    /// Parameters of one row.
    pub params: &'static [Spec],
}

/// A processor's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// Stable text id of the processor.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// One line that says what it is for.
    pub doc: &'static str,
    /// Version of its algorithm, stored in sessions. A change that alters the sound raises it.
    pub version: u32,
    /// Parameters that exist once.
    pub params: &'static [Spec],
    /// Repeated sets.
    pub groups: &'static [Group],
}

/// The place of one value in [`crate::param::Values`] and in [`crate::chain::Stage::set`]: computed by the table, fixed for a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotIndex(pub u16);

impl Spec {
    /// Smallest and largest value.
    pub fn range(&self) -> (f64, f64) {
        match self.kind {
            Kind::Number { min, max, .. } => (min, max),
            Kind::Switch => (0.0, 1.0),
            Kind::Choice(ids) => (0.0, ids.len().saturating_sub(1) as f64),
        }
    }

    /// Whether `value` is a finite number in range (whole, for switches and choices).
    pub fn accepts(&self, value: f64) -> bool {
        let (min, max) = self.range();
        let whole = matches!(self.kind, Kind::Number { .. }) || value.fract() == 0.0;
        value.is_finite() && value >= min && value <= max && whole
    }

    /// The nearest value in range: for gestures, never for stored values.
    pub fn clamp(&self, value: f64) -> f64 {
        let (min, max) = self.range();
        let value = if value.is_nan() { self.default } else { value.clamp(min, max) };
        if matches!(self.kind, Kind::Number { .. }) { value } else { value.round() }
    }

    /// Knob position 0..1 of `value`.
    pub fn position(&self, value: f64) -> f64 {
        let (min, max) = self.range();
        let position = match self.kind {
            Kind::Number { taper: Taper::Logarithmic, .. } => libm::log(value / min) / libm::log(max / min),
            _ if max > min => (value - min) / (max - min),
            _ => 0.0,
        };
        position.clamp(0.0, 1.0)
    }

    /// The value at knob position 0..1.
    pub fn at_position(&self, position: f64) -> f64 {
        let (min, max) = self.range();
        let position = position.clamp(0.0, 1.0);
        let value = match self.kind {
            Kind::Number { taper: Taper::Logarithmic, .. } => min * libm::pow(max / min, position),
            _ => min + (max - min) * position,
        };
        self.clamp(value)
    }

    /// The value `notches` wheel notches away.
    pub fn nudged(&self, value: f64, notches: f64, fine: bool) -> f64 {
        let moved = match self.kind {
            Kind::Number { taper, step, fine: small, .. } => {
                let step = if fine { small } else { step };
                match taper {
                    Taper::Linear => value + notches * step,
                    Taper::Logarithmic => value * libm::pow(1.0 + step, notches),
                }
            }
            _ => value + notches.signum(),
        };
        self.clamp(moved)
    }
}

impl Table {
    /// Number of values of a stage with all its rows.
    pub fn slots(&self) -> usize {
        self.params.len() + self.groups.iter().map(|g| g.capacity * g.params.len()).sum::<usize>()
    }

    /// Where the parameter `id` lies, and its declaration.
    pub fn find(&self, id: &str) -> Option<(SlotIndex, &'static Spec)> {
        let index = self.params.iter().position(|spec| spec.id == id)?;
        Some((SlotIndex(index as u16), &self.params[index]))
    }

    /// The group called `id`.
    pub fn group(&self, id: &str) -> Option<&'static Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// Where parameter `id` of row `row` of group `group` lies, and its declaration.
    pub fn find_in_group(&self, group: &str, row: usize, id: &str) -> Option<(SlotIndex, &'static Spec)> {
        let mut start = self.params.len();
        for declared in self.groups {
            if declared.id == group {
                let index = declared.params.iter().position(|spec| spec.id == id)?;
                let slot = start + row * declared.params.len() + index;
                return (row < declared.capacity).then_some((SlotIndex(slot as u16), &declared.params[index]));
            }
            start += declared.capacity * declared.params.len();
        }
        None
    }

    /// The declaration behind a slot, with the group and row it lies in.
    pub fn at(&self, slot: SlotIndex) -> Option<(&'static Spec, Option<(&'static Group, usize)>)> {
        let mut index = usize::from(slot.0);
        if let Some(spec) = self.params.get(index) {
            return Some((spec, None));
        }
        index -= self.params.len();
        for group in self.groups {
            let size = group.capacity * group.params.len();
            if index < size {
                return Some((&group.params[index % group.params.len()], Some((group, index / group.params.len()))));
            }
            index -= size;
        }
        None
    }
}
