//! Below the threshold or at zero no bit changes.

use lacquer_engine::chain::PROCESSORS;
use lacquer_engine::session::StageSettings;
use lacquer_tests::signal;

use crate::bench::{Bench, Set, stage};
use crate::table::{Bound, Result, Row};
use crate::wave::Wave;

/// Settings that need the signal to be low rather than themselves to be zero, or that differ from the defaults.
fn settings(id: &str) -> Vec<(&'static str, Set<'static>)> {
    match id {
        "deesser" => vec![("range", Set::Number(0.0))],
        "stereo" => vec![("delay_on", Set::Word("on"))],
        "saturation" => vec![("emphasis", Set::Number(6.0))],
        _ => vec![],
    }
}

/// One row for each processor.
pub fn rows(bench: &Bench) -> Vec<Row> {
    // 40 dB under full scale: below every default threshold.
    let rate = 48_000;
    let channel = |seed| signal::quantised(&signal::noise(seed, 0.01, 2 * rate as usize), 24);
    let input = Wave { rate, channels: vec![channel(1), channel(2)] };
    let mut rows: Vec<Row> = PROCESSORS
        .iter()
        .map(|processor| {
            let id = processor.table.id;
            let result = match stage(id, &settings(id)) {
                Some(stage) => changed(bench, &input, stage),
                None => Result::NotBuilt,
            };
            Row::new(format!("{id}: samples changed at zero or 40 dB under full scale"), Bound::AtMost(0.0), "", result)
        })
        .collect();
    for id in ["multiband", "deesser"] {
        if !PROCESSORS.iter().any(|processor| processor.table.id == id) {
            rows.push(Row::new(format!("{id}: samples changed"), Bound::AtMost(0.0), "", Result::NotBuilt));
        }
    }
    rows
}

fn changed(bench: &Bench, input: &Wave, stage: StageSettings) -> Result {
    match bench.process(input, &[stage], &[]) {
        Err(why) => Result::Broken(why),
        Ok(output) => {
            // A tail behind the end of the input is counted where it is not silent.
            let differ = |(a, b): (&Vec<f64>, &Vec<f64>)| {
                let missing = a.len().saturating_sub(b.len());
                let changed = a.iter().zip(b).filter(|(a, b)| a != b).count();
                missing + changed + b.iter().skip(a.len()).filter(|sample| **sample != 0.0).count()
            };
            Result::Measured(input.channels.iter().zip(&output.channels).map(differ).sum::<usize>() as f64)
        }
    }
}
