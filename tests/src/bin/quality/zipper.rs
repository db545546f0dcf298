//! Moving a parameter leaves nothing beside a tone.
//!
//! Each parameter that can move live goes over its full range in 100 ms, in steps of a quantum, under a 997 Hz sine at
//! -12 dBFS. Linear stages are judged from 500 Hz off the tone; those that bend the signal make harmonics of their own,
//! so they are judged above 12 kHz, where there are none to speak of, and the clipper below its lowest ceiling.

use lacquer_engine::audio::{Block, Layout, QUANTUM};
use lacquer_engine::chain::{PROCESSORS, Processor, Setting};
use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::dsp::window::kaiser;
use lacquer_engine::param::{SlotIndex, Values};
use lacquer_engine::unit::SampleRate;

use crate::bench::Bench;
use crate::table::{Bound, Result, Row};
use crate::tone::{db, sine};

const RATE: u32 = 48_000;
const POINTS: usize = 16_384;
/// Frames until the parameter moves.
const START: usize = 3 * POINTS / 8 / QUANTUM * QUANTUM;
const MOVE: usize = RATE as usize / 10;

/// One row for each processor.
pub fn rows(_: &Bench) -> Vec<Row> {
    PROCESSORS
        .iter()
        .map(|processor| {
            let id = processor.table.id;
            let is_linear = ["gain", "eq", "stereo"].contains(&id);
            let mut levels: Vec<(f64, &str)> = Vec::new();
            for slot in 0..processor.table.slots() {
                let slot = SlotIndex(slot as u16);
                let Some((spec, place)) = processor.table.at(slot) else { continue };
                if place.is_some_and(|(_, row)| row > 0) {
                    continue;
                }
                levels.extend(moved(processor, slot, is_linear).map(|level| (level, spec.id)));
            }
            let span = if is_linear { "beyond 500 Hz either side" } else { "above 12 kHz" };
            let what = format!("{id}: any parameter over its range in 100 ms under 997 Hz, {span}");
            levels.sort_by(|a, b| b.0.total_cmp(&a.0));
            let result = levels.first().map_or(Result::NotBuilt, |(level, _)| Result::Measured(*level));
            let told: Vec<String> = levels.iter().take(3).map(|(level, id)| format!("{id} {level:.0}")).collect();
            Row::new(what, Bound::AtMost(-90.0), "dBFS", result).note(told.join(", "))
        })
        .collect()
}

/// The highest bin that the move left, in dBFS; `None` for what cannot move live.
fn moved(processor: &Processor, slot: SlotIndex, is_linear: bool) -> Option<f64> {
    let mut values = Values::defaults(processor.table);
    for group in processor.table.groups {
        values.add_row(group.id);
    }
    if processor.table.id == "saturation" {
        values.set_by_id("drive", 6.0);
    }
    let (spec, _) = processor.table.at(slot)?;
    values.set(slot, spec.at_position(0.0));
    let mut stage = (processor.build)(&values, Setting { rate: SampleRate(RATE), layout: Layout::Stereo });
    if stage.is_structural(slot) {
        return None;
    }
    let lead = RATE as usize / QUANTUM * QUANTUM;
    let level = if processor.table.id == "clipper" { 0.05 } else { 0.25 };
    let tone = sine(RATE, 997.0, level, lead + POINTS);
    let mut heard = Vec::with_capacity(tone.len());
    for (index, part) in tone.chunks(QUANTUM).enumerate() {
        let done = (index * QUANTUM).saturating_sub(lead + START);
        if done > 0 && done < MOVE + 2 * QUANTUM {
            stage.set(slot, spec.at_position((done as f64 / MOVE as f64).min(1.0)), true);
        }
        let mut block = Block::from_channels(&[part, part]);
        stage.process(&mut block);
        heard.extend_from_slice(block.channel(0));
    }
    Some(beside(&heard[lead..lead + POINTS], is_linear))
}

fn beside(samples: &[f64], is_linear: bool) -> f64 {
    let window = |n: usize| kaiser(2.0 * n as f64 / POINTS as f64 - 1.0, 20.0);
    let scale = 2.0 / (0..POINTS).map(window).sum::<f64>();
    let windowed: Vec<f64> = samples.iter().enumerate().map(|(n, sample)| sample * window(n)).collect();
    let mut fft = RealFft::new(POINTS);
    let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&windowed, &mut bins);
    let hertz = |bin: usize| bin as f64 * f64::from(RATE) / POINTS as f64;
    let judged = |bin: usize| if is_linear { (hertz(bin) - 997.0).abs() > 500.0 } else { hertz(bin) > 12_000.0 };
    let levels = bins.iter().enumerate().filter(|(bin, _)| judged(*bin));
    levels.map(|(_, bin)| db(scale * libm::hypot(bin.re, bin.im))).fold(-400.0, f64::max)
}
