//! What no input and no block size may do to a processor.

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::chain::{PROCESSORS, Processor, Setting, Stage};
use lacquer_engine::param::{SlotIndex, Values};
use lacquer_engine::unit::SampleRate;
use lacquer_tests::signal;

use crate::bench::Bench;
use crate::table::{Bound, Result, Row};

const RATES: [u32; 6] = [8_000, 44_100, 48_000, 96_000, 192_000, 384_000];
const SIZES: [usize; 5] = [1, 17, 64, 512, 8_192];

/// One row for each processor: the number of broken promises.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let draws = if bench.quick { 2 } else { 6 };
    PROCESSORS
        .iter()
        .map(|processor| {
            let mut broken = Vec::new();
            for (index, rate) in RATES.iter().enumerate() {
                for draw in 0..draws {
                    let seed = (100 * index + draw) as u64;
                    broken.extend(judged(processor, *rate, seed));
                }
            }
            let what =
                format!("{}: promises broken by NaN, inf, denormals, silence, squares, blocks", processor.table.id);
            let note = broken.first().cloned().unwrap_or_default();
            Row::new(what, Bound::AtMost(0.0), "", Result::Measured(broken.len() as f64)).note(note)
        })
        .collect()
}

fn drawn(processor: &Processor, seed: u64) -> Values {
    let mut values = Values::defaults(processor.table);
    let dice = signal::noise(seed + 1, 0.5, processor.table.slots());
    for group in processor.table.groups {
        for _ in 0..3.min(group.capacity) {
            values.add_row(group.id);
        }
    }
    if !seed.is_multiple_of(100) {
        for (index, place) in dice.iter().enumerate() {
            let slot = SlotIndex(index as u16);
            if let Some((spec, _)) = processor.table.at(slot) {
                values.set(slot, spec.at_position(place + 0.5));
            }
        }
    }
    values
}

fn run(stage: &mut dyn Stage, input: &[f64], size: usize) -> Vec<f64> {
    let mut output = Vec::with_capacity(2 * input.len());
    let mut right = Vec::new();
    for part in input.chunks(size) {
        let mut block = Block::from_channels(&[part, part]);
        stage.process(&mut block);
        output.extend_from_slice(block.channel(0));
        right.extend_from_slice(block.channel(1));
    }
    output.extend(right);
    output
}

fn judged(processor: &Processor, rate: u32, seed: u64) -> Vec<String> {
    let values = drawn(processor, seed);
    let build = || (processor.build)(&values, Setting { rate: SampleRate(rate), layout: Layout::Stereo });
    let mut broken = Vec::new();
    let mut say = |what: &str| broken.push(format!("{what} at {rate} Hz: {values:?}"));
    let noise = signal::noise(seed + 7, 1.5, 6_000);
    let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
    let whole = run(&mut *build(), &noise, 6_000);
    if SIZES.iter().any(|size| !same(&run(&mut *build(), &noise, *size), &whole)) {
        say("the block size is heard");
    }
    for (name, poison) in [("NaN", f64::NAN), ("inf", f64::INFINITY), ("-inf", f64::NEG_INFINITY)] {
        let mut stage = build();
        let mut poisoned = noise.clone();
        poisoned[500] = poison;
        run(&mut *stage, &poisoned, 512);
        stage.reset();
        if !same(&run(&mut *stage, &noise, 6_000), &whole) {
            say(&format!("{name} is not forgotten by a reset"));
        }
    }
    let square: Vec<f64> = (0..6_000).map(|n| if n / 100 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let tiny = vec![f64::MIN_POSITIVE / 4.0; 6_000];
    for (name, input, most) in
        [("a square", &square, 1e6), ("denormals", &tiny, 1e-6), ("silence", &vec![0.0; 6_000], 0.0)]
    {
        let output = run(&mut *build(), input, 512);
        if output.iter().any(|sample| !sample.is_finite() || sample.abs() > most) {
            say(&format!("{name} does not stay in bounds"));
        }
    }
    broken
}
