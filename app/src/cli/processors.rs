//! `lacquer processors`: the table that knobs, files and reports are made from.

use lacquer_engine::chain::{PROCESSORS, Processor};
use lacquer_engine::param::{self, Glide, Kind, Spec, Taper, format_value};
use lacquer_engine::report::table::{Align, Table};
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status};

const EXAMPLES: &str = "\
Examples:
  lacquer processors
  lacquer processors limiter
  lacquer processors --json

Parameters are set with `lacquer edit`, as pass.main.chain.stage.limiter1.ceiling=-1, or in
a CHAIN.toml for `lacquer process`.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Only this processor
    processor: Option<String>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let wanted = |processor: &&Processor| options.processor.as_ref().is_none_or(|id| processor.table.id == id);
    let processors: Vec<_> = PROCESSORS.iter().filter(wanted).collect();
    if let (Some(id), true) = (&options.processor, processors.is_empty()) {
        let known: Vec<_> = PROCESSORS.iter().map(|processor| processor.table.id).collect();
        return Err(format!("there is no processor '{id}' (there are: {})", known.join(", ")).into());
    }
    for (index, processor) in processors.iter().enumerate() {
        let table = processor.table;
        let gap = if index == 0 { "" } else { "\n" };
        console
            .text(format_args!("{gap}{} - {} (version {})\n{}\n", table.id, table.name, table.version, table.doc))?;
        console.text(parameters(table))?;
    }
    if console.json() {
        let values: Vec<_> = processors.into_iter().map(|processor| table_value(processor.table)).collect();
        console.document(&json!({ "processors": values }))?;
    }
    Ok(Status::Passing)
}

/// The parameters of a table, for people.
pub(super) fn parameters(declared: &param::Table) -> Table {
    let mut table = Table::new(&["Id", "Range", "Default", "Unit", "Meaning"]);
    for column in [0, 1, 3, 4] {
        table = table.aligned(column, Align::Left);
    }
    for spec in declared.params {
        table.row(row(spec, spec.id.to_string()));
    }
    for group in declared.groups {
        for spec in group.params {
            table.row(row(spec, format!("{}[{}].{}", group.id, group.capacity, spec.id)));
        }
    }
    table
}

fn row(spec: &Spec, id: String) -> [String; 5] {
    let (min, max) = spec.range();
    let range = match spec.kind {
        Kind::Number { .. } => format!("{} to {}", format_value(spec, min), format_value(spec, max)),
        Kind::Switch => "off, on".into(),
        Kind::Choice(ids) => ids.join(", "),
    };
    [id, range, format_value(spec, spec.default), spec.unit.label().into(), spec.doc.into()]
}

/// A table with its parameters.
pub(super) fn table_value(table: &param::Table) -> Value {
    let groups = table.groups.iter().map(|group| {
        json!({
            "id": group.id,
            "name": group.name,
            "capacity": group.capacity,
            "parameters": group.params.iter().map(parameter_value).collect::<Vec<_>>(),
        })
    });
    json!({
        "id": table.id,
        "name": table.name,
        "meaning": table.doc,
        "version": table.version,
        "parameters": table.params.iter().map(parameter_value).collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
    })
}

fn parameter_value(spec: &Spec) -> Value {
    let mut value = json!({
        "id": spec.id,
        "name": spec.name,
        "meaning": spec.doc,
        "unit": spec.unit.label(),
    });
    match spec.kind {
        Kind::Number { min, max, taper, .. } => {
            value["kind"] = json!("number");
            value["min"] = json!(min);
            value["max"] = json!(max);
            value["default"] = json!(spec.default);
            value["taper"] = json!(if taper == Taper::Linear { "linear" } else { "logarithmic" });
        }
        Kind::Switch => {
            value["kind"] = json!("switch");
            value["default"] = json!(spec.default >= 0.5);
        }
        Kind::Choice(ids) => {
            value["kind"] = json!("choice");
            value["choices"] = json!(ids);
            value["default"] = json!(format_value(spec, spec.default));
        }
    }
    value["glide_ms"] = match spec.glide {
        Glide::Step => json!(null),
        Glide::Milliseconds(time) => json!(time),
    };
    value
}
