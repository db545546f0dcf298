//! What a stage says about its delay, and what it is.

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::chain::{PROCESSORS, Processor, Setting};
use lacquer_engine::param::{Kind, SlotIndex, Values};
use lacquer_engine::unit::SampleRate;
use lacquer_tests::signal;

use crate::bench::Bench;
use crate::table::{Bound, Result, Row};

const RATES: [u32; 9] = [8_000, 22_050, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 384_000];

/// One row for each processor.
pub fn rows(_: &Bench) -> Vec<Row> {
    PROCESSORS
        .iter()
        .map(|processor| {
            let mut worst = (0i64, String::new());
            let mut told = String::new();
            for rate in RATES {
                for values in variants(processor, rate) {
                    let Some((reported, measured)) = delays(processor, &values, rate) else { continue };
                    let off = measured as i64 - reported as i64;
                    if off.abs() > worst.0.abs() {
                        worst = (off, format!("{reported} reported, {measured} measured at {rate} Hz"));
                    }
                    if rate == 48_000 && told.is_empty() {
                        told = format!("{reported} frames at 48 kHz by default");
                    }
                }
            }
            let note = if worst.0 == 0 { told } else { worst.1 };
            let what =
                format!("{}: measured against reported, 8 to 384 kHz, every structural choice", processor.table.id);
            Row::new(what, Bound::AtMost(0.0), "frames", Result::Measured(worst.0.abs() as f64)).note(note)
        })
        .collect()
}

/// The defaults, and each structural parameter at each choice or end.
fn variants(processor: &Processor, rate: u32) -> Vec<Values> {
    let defaults = Values::defaults(processor.table);
    let model = (processor.build)(&defaults, Setting { rate: SampleRate(rate), layout: Layout::Stereo });
    let mut variants = vec![defaults.clone()];
    for (index, spec) in processor.table.params.iter().enumerate() {
        let slot = SlotIndex(index as u16);
        if !model.is_structural(slot) {
            continue;
        }
        let choices = match spec.kind {
            Kind::Choice(ids) => (0..ids.len()).map(|choice| choice as f64).collect(),
            _ => vec![spec.range().0, spec.range().1],
        };
        for value in choices {
            let mut values = defaults.clone();
            values.set(slot, value);
            variants.push(values);
        }
    }
    variants
}

fn delays(processor: &Processor, values: &Values, rate: u32) -> Option<(usize, usize)> {
    let mut stage = (processor.build)(values, Setting { rate: SampleRate(rate), layout: Layout::Stereo });
    let reported = stage.latency();
    // A click in noise 60 dB under full scale: nothing is limited or compressed.
    let mut input = signal::noise(3, 0.001, reported + 1_200);
    input[100] = 0.02;
    let mut block = Block::from_channels(&[&input, &input]);
    stage.process(&mut block);
    let output = block.channel(0);
    if block.is_silent() {
        return None;
    }
    let likeness = |lag: usize| (0..1_000).map(|n| input[n] * output[n + lag]).sum::<f64>().abs();
    let most = reported + 200;
    let found = (0..most)
        .map(|lag| (lag, likeness(lag)))
        .fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best });
    Some((reported, found.0))
}
