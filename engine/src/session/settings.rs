use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Unknown;
use crate::chain;
use crate::param::{self, Kind, Lane, SlotIndex, Spec, Table, Values, Way};
use crate::unit::{Lufs, Seconds};

/// The settings of a chain: stages in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChainSettings {
    /// The stages.
    #[serde(rename = "stage")]
    pub stages: Vec<StageSettings>,
    /// Up to four states to come back to, by their letter: `a` to `d`.
    #[serde(rename = "snapshot", skip_serializing_if = "BTreeMap::is_empty")]
    pub snapshots: BTreeMap<String, Snapshot>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A state of a chain to come back to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// The stages as they were.
    #[serde(rename = "stage")]
    pub stages: Vec<StageSettings>,
    /// How loud the song or the pass was with them, where that was known: for comparing at one loudness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<Lufs>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A breakpoint of an automated parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Time from the song's start; in an album chain, from the start of the pass.
    pub at: Seconds,
    /// The value there.
    pub value: Scalar,
    /// How it goes on to the next point.
    #[serde(default, skip_serializing_if = "is_linear")]
    pub way: Way,
}

/// The breakpoints of a stage's or row's parameters, by parameter id.
pub type Automation = BTreeMap<String, Vec<Point>>;

fn is_linear(way: &Way) -> bool {
    *way == Way::Linear
}

/// The settings of one stage. Only what differs from the processor's defaults needs to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSettings {
    /// Stable id inside the chain.
    pub id: String,
    /// Processor, by its table's id.
    pub processor: String,
    /// Version of the algorithm these settings were made with.
    pub version: u32,
    /// Whether the stage is out of the signal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypass: bool,
    /// Values of single parameters by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Scalar>,
    /// Breakpoints of single parameters by id; an automated parameter follows them instead of its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub automation: Automation,
    /// Rows of repeated groups, by group id.
    #[serde(default, rename = "row", skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One row of a repeated group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Group, as `band`.
    pub group: String,
    /// Stable id inside the group.
    pub id: String,
    /// Values by parameter id.
    #[serde(default)]
    pub values: BTreeMap<String, Scalar>,
    /// Breakpoints by parameter id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub automation: Automation,
}

/// A stored value: a number, a switch, or the id of a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Off or on.
    Switch(bool),
    /// A number.
    Number(f64),
    /// A choice by its id.
    Choice(String),
}

/// Why settings cannot become a sound as they stand. They are kept, said, and block delivery of the pass.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// No such processor in this build.
    #[error(
        "stage {stage}: this version has no processor '{processor}'; the settings are kept, the pass cannot be delivered"
    )]
    UnknownProcessor {
        /// The stage.
        stage: String,
        /// What it asks for.
        processor: String,
    },
    /// The algorithm has another version.
    #[error(
        "stage {stage}: made with version {stored} of {processor}, this build has version {built}; the sound may differ"
    )]
    OtherVersion {
        /// The stage.
        stage: String,
        /// The processor.
        processor: String,
        /// Version in the session.
        stored: u32,
        /// Version in this build.
        built: u32,
    },
    /// No such parameter or group.
    #[error("stage {stage}: {processor} has no '{name}'; it is kept and not heard")]
    UnknownName {
        /// The stage.
        stage: String,
        /// The processor.
        processor: String,
        /// What it names.
        name: String,
    },
    /// A value that the parameter does not take.
    #[error(
        "stage {stage}: {name} = {value} is outside what the parameter takes; it is kept, the pass cannot be delivered"
    )]
    Refused {
        /// The stage.
        stage: String,
        /// The parameter.
        name: String,
        /// The stored value.
        value: String,
    },
    /// Breakpoints of a parameter that cannot move while it sounds.
    #[error(
        "stage {stage}: {name} is automated, but it cannot move while it sounds (it changes the latency); its points are kept, \
         the pass cannot be delivered"
    )]
    Fixed {
        /// The stage.
        stage: String,
        /// The parameter.
        name: String,
    },
    /// A repair of a source.
    #[error(transparent)]
    Repair(#[from] super::RepairError),
    /// More rows than the processor has room for.
    #[error("stage {stage}: more rows of '{group}' than the {capacity} there is room for")]
    TooManyRows {
        /// The stage.
        stage: String,
        /// The group.
        group: String,
        /// Most rows.
        capacity: usize,
    },
}

impl SettingsError {
    /// Whether the pass cannot be delivered until this is mended. Another version of an algorithm is no bar: it is heard,
    /// and said.
    pub fn blocks(&self) -> bool {
        match self {
            SettingsError::OtherVersion { .. } => false,
            SettingsError::Repair(error) => error.blocks(),
            _ => true,
        }
    }
}

impl Scalar {
    /// The value in memory, where the parameter takes it.
    pub fn to_value(&self, spec: &Spec) -> Option<f64> {
        let value = match (self, spec.kind) {
            (Scalar::Switch(on), Kind::Switch) => f64::from(u8::from(*on)),
            (Scalar::Number(number), Kind::Number { .. }) => *number,
            (Scalar::Choice(id), Kind::Choice(ids)) => ids.iter().position(|known| known == id)? as f64,
            _ => return None,
        };
        spec.accepts(value).then_some(value)
    }

    /// How a value in memory is stored.
    pub fn from_value(spec: &Spec, value: f64) -> Scalar {
        match spec.kind {
            Kind::Switch => Scalar::Switch(value >= 0.5),
            Kind::Number { .. } => Scalar::Number(value),
            Kind::Choice(ids) => Scalar::Choice(ids.get(value.max(0.0) as usize).copied().unwrap_or_default().into()),
        }
    }
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scalar::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Scalar::Number(number) => write!(f, "{number}"),
            Scalar::Choice(id) => f.write_str(id),
        }
    }
}

impl StageSettings {
    /// A new stage of `processor` with its defaults, and the rows it begins with.
    pub fn new(id: &str, processor: &chain::Processor) -> StageSettings {
        let rows = processor.table.groups.iter().flat_map(|group| {
            let letter = &group.id[..group.id.chars().next().map_or(0, char::len_utf8)];
            (1..=group.first).map(move |number| Row {
                group: group.id.into(),
                id: format!("{letter}{number}"),
                values: BTreeMap::new(),
                automation: Automation::new(),
            })
        });
        StageSettings {
            id: id.into(),
            processor: processor.table.id.into(),
            version: processor.table.version,
            bypass: false,
            values: BTreeMap::new(),
            automation: Automation::new(),
            rows: rows.collect(),
            unknown: Unknown::new(),
        }
    }

    /// The values a stage is built from, and everything in the settings that could not be used.
    pub fn resolve(&self) -> (Option<Values>, Vec<SettingsError>) {
        let Some(processor) = chain::processor(&self.processor) else {
            let error = SettingsError::UnknownProcessor { stage: self.id.clone(), processor: self.processor.clone() };
            return (None, vec![error]);
        };
        let table = processor.table;
        let mut errors = Vec::new();
        if table.version != self.version {
            errors.push(SettingsError::OtherVersion {
                stage: self.id.clone(),
                processor: self.processor.clone(),
                stored: self.version,
                built: table.version,
            });
        }
        let mut values = Values::defaults(table);
        for (id, scalar) in &self.values {
            match table.find(id) {
                Some((slot, spec)) => self.put(&mut values, slot, spec, scalar, id, &mut errors),
                None => errors.push(self.unknown_name(id)),
            }
        }
        for row in &self.rows {
            self.resolve_row(table, row, &mut values, &mut errors);
        }
        (Some(values), errors)
    }

    /// The courses of the automated parameters, in seconds, and everything in them that could not be used.
    pub fn lanes(&self) -> (Vec<(SlotIndex, Lane)>, Vec<SettingsError>) {
        let (mut lanes, mut errors) = self.courses();
        let Some(processor) = chain::processor(&self.processor) else { return (lanes, errors) };
        lanes.retain(|(slot, lane)| {
            let fixed = chain::is_structural(processor, *slot);
            if fixed {
                errors.push(SettingsError::Fixed { stage: self.id.clone(), name: lane.spec().id.into() });
            }
            !fixed
        });
        (lanes, errors)
    }

    /// The same without asking the processor which parameters can move while they sound: quick, for pictures.
    pub fn courses(&self) -> (Vec<(SlotIndex, Lane)>, Vec<SettingsError>) {
        let Some(processor) = chain::processor(&self.processor) else { return Default::default() };
        let (mut lanes, mut errors) = (Vec::new(), Vec::new());
        for (id, points) in &self.automation {
            self.lane(processor.table.find(id), id, points, &mut lanes, &mut errors);
        }
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &self.rows {
            let number = numbers.entry(&row.group).or_default();
            for (id, points) in &row.automation {
                let name = format!("{}.{id}", row.id);
                let found = processor.table.find_in_group(&row.group, *number, id);
                self.lane(found, &name, points, &mut lanes, &mut errors);
            }
            *number += 1;
        }
        (lanes, errors)
    }

    fn lane(
        &self,
        found: Option<(SlotIndex, &'static Spec)>,
        name: &str,
        points: &[Point],
        lanes: &mut Vec<(SlotIndex, Lane)>,
        errors: &mut Vec<SettingsError>,
    ) {
        let Some((slot, spec)) = found else { return errors.push(self.unknown_name(name)) };
        let mut course = Vec::new();
        for point in points {
            match point.value.to_value(spec).filter(|_| point.at.0.is_finite()) {
                Some(value) => course.push(param::Breakpoint { at: point.at.0, value, way: point.way }),
                None => errors.push(SettingsError::Refused {
                    stage: self.id.clone(),
                    name: format!("{name} at {} s", point.at.0),
                    value: point.value.to_string(),
                }),
            }
        }
        if !course.is_empty() {
            lanes.push((slot, Lane::new(spec, course)));
        }
    }

    fn resolve_row(&self, table: &'static Table, row: &Row, values: &mut Values, errors: &mut Vec<SettingsError>) {
        let Some(group) = table.group(&row.group) else {
            return errors.push(self.unknown_name(&row.group));
        };
        let Some(number) = values.add_row(&row.group) else {
            let (stage, group) = (self.id.clone(), group);
            let error = SettingsError::TooManyRows { stage, group: group.id.into(), capacity: group.capacity };
            return errors.push(error);
        };
        for (id, scalar) in &row.values {
            match table.find_in_group(&row.group, number, id) {
                Some((slot, spec)) => self.put(values, slot, spec, scalar, &format!("{}.{id}", row.id), errors),
                None => errors.push(self.unknown_name(&format!("{}.{id}", row.group))),
            }
        }
    }

    fn put(
        &self,
        values: &mut Values,
        slot: SlotIndex,
        spec: &Spec,
        scalar: &Scalar,
        name: &str,
        errors: &mut Vec<SettingsError>,
    ) {
        match scalar.to_value(spec) {
            Some(value) => values.set(slot, value),
            None => errors.push(SettingsError::Refused {
                stage: self.id.clone(),
                name: name.into(),
                value: scalar.to_string(),
            }),
        }
    }

    fn unknown_name(&self, name: &str) -> SettingsError {
        SettingsError::UnknownName { stage: self.id.clone(), processor: self.processor.clone(), name: name.into() }
    }
}
