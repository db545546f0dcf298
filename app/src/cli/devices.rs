//! `lacquer devices`: what sound can leave by.

use lacquer_engine::realtime;
use lacquer_engine::report::table::{Align, Table};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status};

const EXAMPLES: &str = "\
Examples:
  lacquer devices
  lacquer play album.lacquer --device \"$(lacquer devices --json | jq -r .devices[0].id)\"";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {}

pub(super) fn run(_: &Options, console: &Console) -> Answer {
    let (hosts, devices) = (realtime::hosts(), realtime::devices());
    if console.json() {
        let devices = devices.iter().map(|device| {
            json!({
                "id": device.id,
                "name": device.name,
                "host": device.host,
                "sample_rates_hz": device.rates.iter().map(|rate| rate.0).collect::<Vec<_>>(),
                "channels": device.channels,
                "default": device.default,
            })
        });
        console.document(&json!({ "hosts": hosts, "devices": devices.collect::<Vec<_>>() }))?;
        return Ok(Status::Passing);
    }
    console.text(format_args!("Hosts: {}", hosts.join(", ")))?;
    if devices.is_empty() {
        console.text("No playback device. `lacquer play --null-audio` runs without one.")?;
        return Ok(Status::Passing);
    }
    let mut table = Table::new(&["Id", "Name", "Host", "Channels", "Default", "Rates"]);
    for column in [0, 1, 2, 4, 5] {
        table = table.aligned(column, Align::Left);
    }
    for device in &devices {
        let rates: Vec<_> = device.rates.iter().map(ToString::to_string).collect();
        let default = if device.default { "yes" } else { "" };
        let channels = device.channels.to_string();
        table.row([&device.id, &device.name, &device.host, &channels, default, &rates.join(", ")]);
    }
    console.text(table)?;
    Ok(Status::Passing)
}
