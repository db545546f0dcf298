//! Promise: what works on the audio thread takes no memory and gives none back there.

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::chain::limiter::Guard;
use lacquer_engine::chain::{Setting, processor};
use lacquer_engine::dsp::delay::Delay;
use lacquer_engine::dsp::dither::{Dither, Quantiser};
use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::dsp::interpolate::{TruePeak, maximum};
use lacquer_engine::dsp::polyphase::Polyphase;
use lacquer_engine::dsp::resample::{Converter, Steepness};
use lacquer_engine::param::{SlotIndex, Values};
use lacquer_engine::unit::{Dbtp, Frames, SampleRate};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Processors under watch; a new one joins here.
const WATCHED: &[&str] = &["gain", "limiter"];

const RATE: SampleRate = SampleRate(48_000);

/// Two channels of noise 6 dB over full scale.
fn noise(frames: usize) -> Block {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        4.0 * ((state >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
    };
    Block::from_channels(&[(0..frames).map(|_| next()).collect::<Vec<f64>>(), (0..frames).map(|_| next()).collect()])
}

/// Allocations and frees while `work` runs. (Release builds abort instead of counting.)
fn violations(work: impl FnOnce()) -> u32 {
    let before = violation_count();
    assert_no_alloc(work);
    violation_count() - before
}

#[test]
fn the_watch_sees_an_allocation() {
    assert!(violations(|| drop(std::hint::black_box(vec![1.0; 100]))) > 0);
}

#[test]
fn processors_take_no_memory_at_work() {
    for processor in WATCHED.iter().filter_map(|id| processor(id)) {
        let mut stage =
            (processor.build)(&Values::defaults(processor.table), Setting { rate: RATE, layout: Layout::Stereo });
        let mut block = noise(9000);
        let count = violations(|| {
            stage.process(&mut block);
            for (index, spec) in processor.table.params.iter().enumerate() {
                stage.set(SlotIndex(index as u16), spec.at_position(0.3), true);
            }
            stage.process(&mut block);
            stage.reading();
            stage.reset();
        });
        assert_eq!(count, 0, "{}", processor.table.id);
    }
}

#[test]
fn the_way_out_takes_no_memory_at_work() {
    let mut guard = Guard::new(2, RATE, Dbtp(-1.0));
    let mut quantiser = Quantiser::new(16, Dither::ShapedStrong, RATE, 2, 1).unwrap();
    let mut delay = Delay::new(2, 100);
    let mut block = noise(9000);
    let count = violations(|| {
        guard.process(&mut block);
        delay.process(&mut block);
        quantiser.process(0, &mut block);
        guard.clear_actions();
        guard.reset();
        quantiser.reset();
    });
    assert_eq!(count, 0);
}

#[test]
fn true_peak_and_transforms_take_no_memory_at_work() {
    let block = noise(1000);
    let mut detector = TruePeak::new();
    let mut envelope = [0.0; 1000];
    let mut fft = RealFft::new(1000);
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    let count = violations(|| {
        detector.process(block.channel(0), &mut envelope);
        maximum(block.channel(1));
        fft.forward(block.channel(0), &mut spectrum);
        fft.inverse(&spectrum, &mut envelope);
    });
    assert_eq!(count, 0);
}

#[test]
fn converters_take_no_memory_at_work() {
    let block = noise(20_000);
    let mut converter = Converter::new(2, RATE, SampleRate::CD, Steepness::Standard).unwrap();
    let mut polyphase = Polyphase::new(2, RATE, SampleRate::CD).unwrap();
    let mut output = Block::new(2, 4000);
    let mut made = 0;
    let count = violations(|| {
        let fed = converter.feed(&block, 0);
        made += converter.produce(&mut output);
        converter.feed(&block, fed);
        converter.finish();
        made += converter.produce(&mut output);
        converter.seek(Frames(1234));
        polyphase.process(&block, &mut output);
    });
    assert_eq!((count, made), (0, 8000));
}
