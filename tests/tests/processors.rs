//! What every processor promises, whatever its settings: the table alone says what to try.

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::chain::{PROCESSORS, Processor, Setting, Stage};
use lacquer_engine::param::{Kind, SlotIndex, Spec, Taper, Values};
use lacquer_engine::unit::SampleRate;

const RATES: [u32; 4] = [44_100, 48_000, 96_000, 192_000];
const LAYOUTS: [Layout; 3] = [Layout::Mono, Layout::Stereo, Layout::Surround51];
/// Rows of a group that a random setting uses at most.
const MOST_ROWS: f64 = 5.0;
const FRAMES: usize = 9_000;

/// A small repeatable source of numbers in 0..1 (Knuth's linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn value(&mut self, spec: &Spec) -> f64 {
        // One time in eight at an end of the range.
        let end = self.roll();
        let position = self.roll();
        spec.at_position(if end < 0.0625 {
            0.0
        } else if end > 0.9375 {
            1.0
        } else {
            position
        })
    }
}

fn add_rows(values: &mut Values, dice: &mut Dice, most: f64) {
    for group in values.table().groups {
        for _ in 0..(dice.roll() * most).ceil() as usize {
            let Some(row) = values.add_row(group.id) else { break };
            for spec in group.params {
                values.set_in_row(group.id, row, spec.id, dice.value(spec));
            }
        }
    }
}

fn random_values(processor: &Processor, dice: &mut Dice) -> Values {
    let mut values = Values::defaults(processor.table);
    for (index, spec) in processor.table.params.iter().enumerate() {
        values.set(SlotIndex(index as u16), dice.value(spec));
    }
    add_rows(&mut values, dice, MOST_ROWS);
    values
}

/// Noise that swells, with a burst near full scale.
fn programme(channels: usize, frames: usize, dice: &mut Dice) -> Block {
    let channels: Vec<Vec<f64>> = (0..channels)
        .map(|_| {
            let loud = |n: usize| if n % 3_000 > 2_500 { 1.6 } else { 0.4 * (n % 2_000) as f64 / 2_000.0 };
            (0..frames).map(|n| (dice.roll() - 0.5) * loud(n)).collect()
        })
        .collect();
    Block::from_channels(&channels)
}

fn part(block: &Block, from: usize, frames: usize) -> Block {
    let mut part = Block::new(block.channels(), frames);
    part.copy_from(0, block, from, frames);
    part
}

/// The whole programme in blocks of `size`.
fn run(stage: &mut dyn Stage, input: &Block, size: usize) -> Block {
    let mut output = Block::new(input.channels(), input.frames());
    let mut done = 0;
    while done < input.frames() {
        let count = size.min(input.frames() - done);
        let mut block = part(input, done, count);
        stage.process(&mut block);
        output.copy_from(done, &block, 0, count);
        done += count;
    }
    output
}

fn same_bits(a: &Block, b: &Block) -> bool {
    a.iter().zip(b.iter()).all(|(a, b)| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()))
}

/// Tries `promise` on every processor at every rate and layout with random values.
fn for_all(seed: u64, promise: impl Fn(&str, &Values, &dyn Fn(&Values) -> Box<dyn Stage>, usize, &mut Dice)) {
    let mut dice = Dice(seed);
    for processor in PROCESSORS {
        for rate in RATES {
            for layout in LAYOUTS {
                let setting = Setting { rate: SampleRate(rate), layout };
                let values = random_values(processor, &mut dice);
                let case = format!("{} at {rate} Hz, {layout}: {values:?}", processor.table.id);
                let build = |values: &Values| (processor.build)(values, setting);
                promise(&case, &values, &build, layout.channels(), &mut dice);
            }
        }
    }
}

#[test]
fn the_bits_do_not_depend_on_the_block_size() {
    for_all(1, |case, values, build, channels, dice| {
        let input = programme(channels, FRAMES, dice);
        let whole = run(&mut *build(values), &input, 8_192);
        for size in [1, 7, 64, 1_000] {
            let mut stage = build(values);
            assert!(same_bits(&run(&mut *stage, &input, size), &whole), "blocks of {size}: {case}");
        }
    });
}

#[test]
fn a_reset_forgets_everything_even_what_is_not_a_number() {
    for_all(2, |case, values, build, channels, dice| {
        let input = programme(channels, 3_000, dice);
        let mut stage = build(values);
        let first = run(&mut *stage, &input, 512);
        stage.reset();
        assert!(same_bits(&run(&mut *stage, &input, 512), &first), "reset: {case}");
        for poison in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut poisoned = input.clone();
            for channel in 0..channels {
                poisoned.channel_mut(channel)[700] = poison;
            }
            run(&mut *stage, &poisoned, 512);
            stage.reset();
            assert!(same_bits(&run(&mut *stage, &input, 512), &first), "{poison}: {case}");
        }
    });
}

#[test]
fn a_duplicate_goes_on_as_the_original() {
    for_all(3, |case, values, build, channels, dice| {
        let input = programme(channels, 4_000, dice);
        let mut stage = build(values);
        run(&mut *stage, &part(&input, 0, 1_777), 512);
        let mut copy = stage.duplicate();
        let rest = part(&input, 1_777, 2_223);
        assert!(same_bits(&run(&mut *stage, &rest, 512), &run(&mut *copy, &rest, 512)), "{case}");
    });
}

#[test]
fn silence_stays_silence_and_comes_back() {
    // Filters far below the audio band ring for minutes; the promise is tried where it can be waited for.
    const PATIENCE: usize = 300_000;
    let tried = std::cell::Cell::new(0);
    for_all(4, |case, values, build, channels, dice| {
        let mut stage = build(values);
        let silence = Block::new(channels, 3_000);
        assert!(run(&mut *stage, &silence, 1_000).is_silent(), "silence at first: {case}");
        // The settling time is 200 dB; memory is cleared at 600 dB under full scale.
        let wait = stage.latency() + stage.tail() + 4 * stage.settling() + 10_000;
        if wait > PATIENCE {
            return;
        }
        tried.set(tried.get() + 1);
        run(&mut *stage, &programme(channels, 2_000, dice), 512);
        run(&mut *stage, &Block::new(channels, wait), 4_096);
        assert!(run(&mut *stage, &silence, 1_000).is_silent(), "silence after {wait} frames: {case}");
    });
    let tried = tried.get();
    assert!(tried >= PROCESSORS.len() * 4, "only {tried} settings could be waited for");
}

#[test]
fn a_full_scale_square_stays_finite() {
    for_all(5, |case, values, build, channels, _| {
        let square: Vec<f64> = (0..20_000).map(|n| if n / 100 % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let input = Block::from_channels(&vec![square; channels]);
        assert!(run(&mut *build(values), &input, 1_024).is_finite(), "{case}");
    });
}

/// The lag in frames at which `output` looks most like `input`.
fn lag(input: &[f64], output: &[f64], most: usize) -> usize {
    let length = input.len() - most;
    let likeness = |lag: usize| (0..length).map(|n| input[n] * output[n + lag]).sum::<f64>().abs();
    (0..most).map(|lag| (lag, likeness(lag))).fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best }).0
}

#[test]
fn the_latency_is_the_one_reported() {
    let mut dice = Dice(6);
    for processor in PROCESSORS {
        for rate in RATES {
            let setting = Setting { rate: SampleRate(rate), layout: Layout::Stereo };
            let mut values = Values::defaults(processor.table);
            let model = (processor.build)(&values, setting);
            for (index, spec) in processor.table.params.iter().enumerate() {
                let slot = SlotIndex(index as u16);
                if model.is_structural(slot) {
                    values.set(slot, dice.value(spec));
                }
            }
            let mut stage = (processor.build)(&values, setting);
            let latency = stage.latency();
            // 20 dB under full scale: nothing is limited, compressed or clipped to speak of.
            let mut input = programme(1, latency + 6_000, &mut dice);
            input.scale(0.1);
            let mut both = Block::from_channels(&[input.channel(0), input.channel(0)]);
            stage.process(&mut both);
            if both.is_silent() {
                continue;
            }
            let measured = lag(input.channel(0), both.channel(0), latency + 100);
            assert_eq!(measured, latency, "{} at {rate} Hz: {values:?}", processor.table.id);
        }
    }
}

#[test]
fn a_live_move_never_jumps() {
    const RATE: u32 = 48_000;
    // A quarter period after the start of a 100 Hz sine it is at its crest, where a jump shows most.
    const MOMENT: usize = 4_800 + 120;
    let sine: Vec<f64> =
        (0..12_000).map(|n| 0.2 * libm::sin(std::f64::consts::TAU * 100.0 * f64::from(n) / f64::from(RATE))).collect();
    let input = Block::from_channels(&[&sine, &sine]);
    let setting = Setting { rate: SampleRate(RATE), layout: Layout::Stereo };
    let mut dice = Dice(7);
    for processor in PROCESSORS {
        let mut values = Values::defaults(processor.table);
        add_rows(&mut values, &mut dice, 2.0);
        for index in 0..values.table().slots() {
            let slot = SlotIndex(index as u16);
            let Some((spec, place)) = processor.table.at(slot) else { continue };
            let in_use = place.is_none_or(|(group, row)| row < values.rows(group.id).count());
            let mut stage = (processor.build)(&values, setting);
            if !in_use || stage.is_structural(slot) {
                continue;
            }
            let target = match spec.kind {
                Kind::Switch => 1.0 - values.at(slot),
                _ => dice.value(spec),
            };
            let before = run(&mut *stage, &part(&input, 0, MOMENT), 64);
            stage.set(slot, target, true);
            let after = run(&mut *stage, &part(&input, MOMENT, sine.len() - MOMENT), 64);
            let heard = [before.channel(0), after.channel(0)].concat();
            let peak = heard.iter().fold(0.0, |most: f64, sample| most.max(sample.abs()));
            let jump = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
            // The sine itself moves by 1.3 % of its peak in a frame; a halved gain at once would be 50 %.
            assert!(jump <= 0.1 * peak + 1e-9, "{}.{} to {target}: {jump} of {peak}", processor.table.id, spec.id);
        }
    }
}

#[test]
fn tables_are_sound() {
    for processor in PROCESSORS {
        let specs = processor.table.params.iter().chain(processor.table.groups.iter().flat_map(|group| group.params));
        for spec in specs {
            assert!(spec.accepts(spec.default), "{}.{}: default", processor.table.id, spec.id);
            if let Kind::Number { min, taper: Taper::Logarithmic, .. } = spec.kind {
                assert!(min > 0.0, "{}.{}: a logarithmic range must be positive", processor.table.id, spec.id);
            }
        }
    }
}
