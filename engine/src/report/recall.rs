//! The recall sheet: every parameter of a chain in the engineer's units, so that it can be set again by hand.

use super::table::{Align, Table};
use crate::chain;
use crate::param::{Spec, Values, format_value};
use crate::session::{Automation, ChainSettings, StageSettings};

/// Every stage of a chain with its parameters, one row each; none where the chain has no stages.
pub fn recall(chain: &ChainSettings) -> Option<Table> {
    let mut table = Table::new(&["Stage and parameter", "Value", "Unit", "Note"]);
    for column in [0, 2, 3] {
        table = table.aligned(column, Align::Left);
    }
    chain.stages.iter().for_each(|stage| stage_rows(&mut table, stage));
    (!table.is_empty()).then_some(table)
}

fn stage_rows(table: &mut Table, stage: &StageSettings) {
    let state = if stage.bypass { "bypassed" } else { "on" };
    let (Some(processor), (Some(values), errors)) = (chain::processor(&stage.processor), stage.resolve()) else {
        let note = format!("{state}; this version has no such processor");
        table.row([stage.processor.clone(), String::new(), String::new(), note]);
        return;
    };
    let mut note = format!("{state}, version {}", stage.version);
    errors.iter().for_each(|error| note += &format!("; {error}"));
    table.row([processor.table.name.to_uppercase(), String::new(), String::new(), note]);
    for spec in processor.table.params {
        table.row(row(spec, spec.name.to_string(), values.get(spec.id), &stage.automation));
    }
    group_rows(table, stage, &values);
}

fn group_rows(table: &mut Table, stage: &StageSettings, values: &Values) {
    for group in values.table().groups {
        let settings: Vec<_> = stage.rows.iter().filter(|row| row.group == group.id).collect();
        for (place, held) in values.rows(group.id).enumerate() {
            let none = Automation::default();
            let automation = settings.get(place).map_or(&none, |row| &row.automation);
            for spec in group.params {
                let name = format!("{} {} {}", group.name, place + 1, spec.name.to_lowercase());
                table.row(row(spec, name, held.get(spec.id), automation));
            }
        }
    }
}

fn row(spec: &'static Spec, name: String, value: f64, automation: &Automation) -> [String; 4] {
    let note = match automation.get(spec.id) {
        Some(points) => format!("automated, {} points", points.len()),
        None => String::new(),
    };
    [name, format_value(spec, value), spec.unit.label().to_string(), note]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::param::Way;
    use crate::session::{AutomationPoint, Row, Scalar};
    use crate::unit::Seconds;
    use std::collections::BTreeMap;

    #[test]
    fn every_parameter_is_told_with_its_unit_and_its_course() {
        let mut limiter = StageSettings::new("lim", chain::processor("limiter").unwrap());
        limiter.values.insert("ceiling".into(), Scalar::Number(-1.5));
        let point = AutomationPoint { at: Seconds(0.0), value: Scalar::Number(0.0), way: Way::Linear };
        let spec = chain::processor("limiter").unwrap().table.params[0].id;
        limiter.automation.insert(spec.into(), vec![point; 3]);
        let mut eq = StageSettings::new("eq", chain::processor("eq").unwrap());
        let values = BTreeMap::from([("gain".to_string(), Scalar::Number(2.5))]);
        eq.rows.push(Row { group: "band".into(), id: "b1".into(), values, automation: Automation::default() });
        eq.bypass = true;
        let chain = ChainSettings { stages: vec![limiter, eq], ..ChainSettings::default() };
        let text = recall(&chain).unwrap().to_string();
        for part in ["-1.5", "dBTP", "automated, 3 points", "bypassed, version", "1 gain", "2.5"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(recall(&ChainSettings::default()).is_none());
    }
}
