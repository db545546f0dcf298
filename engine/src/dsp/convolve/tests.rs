use super::*;

struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    }

    fn series(&mut self, length: usize) -> Vec<f64> {
        (0..length).map(|_| self.roll()).collect()
    }
}

const SHAPE: Shape = Shape { channels: 2, taps: 300, partition: 64, centre: 150, sets: 1, crossed: true };

fn write(convolver: &mut Convolver, set: usize, cross: bool, left: &[f64], right: &[f64]) {
    let draft = convolver.draft(set, cross);
    draft.fill([0.0; 2]);
    for (tap, (left, right)) in draft.iter_mut().zip(left.iter().zip(right)) {
        *tap = [*left, *right];
    }
}

fn run(convolver: &mut Convolver, input: &Block, size: usize) -> Block {
    let mut output = input.clone();
    let mut done = 0;
    while done < input.frames() {
        let count = size.min(input.frames() - done);
        convolver.process(&mut output, done, count);
        done += count;
    }
    output
}

fn direct(kernel: &[f64], input: &[f64], delay: usize, at: usize) -> f64 {
    let sum = |n: usize| (0..kernel.len().min(n + 1)).map(|k| kernel[k] * input[n - k]).sum();
    at.checked_sub(delay).map_or(0.0, sum)
}

#[test]
fn it_is_the_definition_crossed_or_not() {
    let mut dice = Dice(1);
    let kernels: Vec<Vec<f64>> = (0..4).map(|_| dice.series(300)).collect();
    let input = Block::from_channels(&[dice.series(1_500), dice.series(1_500)]);
    for crossed in [false, true] {
        let mut convolver = Convolver::new(SHAPE);
        write(&mut convolver, 0, false, &kernels[0], &kernels[1]);
        write(&mut convolver, 0, true, &kernels[2], &kernels[3]);
        convolver.commit(crossed);
        convolver.settle();
        let output = run(&mut convolver, &input, 1_500);
        for frame in (0..1_500).step_by(7) {
            for channel in 0..2 {
                let (own, other) = (input.channel(channel), input.channel(1 - channel));
                let cross = if crossed { direct(&kernels[2 + channel], other, convolver.delay(), frame) } else { 0.0 };
                let wanted = direct(&kernels[channel], own, convolver.delay(), frame) + cross;
                assert!((output.channel(channel)[frame] - wanted).abs() < 1e-13, "{crossed} {channel} {frame}");
            }
        }
    }
}

#[test]
fn the_bits_do_not_depend_on_the_block_size_even_while_kernels_change() {
    let mut dice = Dice(2);
    let kernel = dice.series(300);
    let input = Block::from_channels(&[dice.series(4_000), dice.series(4_000), dice.series(4_000)]);
    let shape = Shape { channels: 3, sets: 2, ..SHAPE };
    let outputs = [4_000, 1, 77, 64].map(|size| {
        let mut convolver = Convolver::new(shape);
        let mut output = Block::new(3, 4_000);
        for (from, gain) in [(0, 1.0), (1_000, 2.0), (2_000, 0.0), (3_000, 3.0)] {
            let mut part = Block::new(3, 1_000);
            part.copy_from(0, &input, from, 1_000);
            if gain == 0.0 {
                convolver.clear();
            } else {
                assert!(convolver.is_ready());
                let scaled: Vec<f64> = kernel.iter().map(|tap| tap * gain).collect();
                write(&mut convolver, 0, false, &scaled, &kernel);
                write(&mut convolver, 1, false, &kernel, &kernel);
                convolver.commit(false);
            }
            output.copy_from(from, &run(&mut convolver, &part, size), 0, 1_000);
        }
        output
    });
    assert!(outputs.iter().all(|output| *output == outputs[0]));
}

#[test]
fn without_a_kernel_the_input_keeps_its_bits() {
    let input = Block::from_channels(&[Dice(3).series(1_000), Dice(4).series(1_000)]);
    let mut convolver = Convolver::new(SHAPE);
    let delay = convolver.delay() + 150;
    let output = run(&mut convolver, &input, 100);
    assert!(convolver.is_dry());
    for channel in 0..2 {
        assert!(output.channel(channel)[..delay].iter().all(|sample| *sample == 0.0));
        assert_eq!(output.channel(channel)[delay..], input.channel(channel)[..1_000 - delay]);
    }
}

#[test]
fn kernels_come_and_go_without_a_step() {
    // A kernel of one tap at the centre, then of another height, then none: only the height of a slow sine moves.
    let shape = Shape { partition: 256, ..SHAPE };
    let sine: Vec<f64> = (0..20_000).map(|n| libm::sin(f64::from(n) * 0.01)).collect();
    let input = Block::from_channels(&[&sine, &sine]);
    let mut convolver = Convolver::new(shape);
    let mut output = input.clone();
    for (from, gain) in [(0, None), (4_000, Some(0.5)), (9_000, Some(2.0)), (14_000, None)] {
        if let Some(gain) = gain {
            let mut taps = vec![0.0; 300];
            taps[150] = gain;
            write(&mut convolver, 0, false, &taps, &taps);
            convolver.commit(false);
        } else {
            convolver.clear();
        }
        let to = if from == 0 { 4_000 } else { from + if from == 14_000 { 6_000 } else { 5_000 } };
        convolver.process(&mut output, from, to - from);
        let at = to - 100;
        let wanted = gain.unwrap_or(1.0) * sine[at - convolver.delay() - 150];
        assert!((output.channel(1)[at] - wanted).abs() < 1e-13, "{gain:?}");
    }
    let rough = output.channel(0)[2_000..].windows(3).map(|x| (x[0] - 2.0 * x[1] + x[2]).abs()).fold(0.0, f64::max);
    // The sine's own is 0.0001 times its gain of 2; a step would be above 0.01.
    assert!(rough < 5e-4, "{rough}");
    assert!(convolver.is_dry());
}

#[test]
fn a_reset_forgets_what_is_not_a_number() {
    let mut dice = Dice(5);
    let kernel = dice.series(300);
    let input = Block::from_channels(&[dice.series(1_000), dice.series(1_000)]);
    let mut convolver = Convolver::new(SHAPE);
    write(&mut convolver, 0, false, &kernel, &kernel);
    convolver.commit(false);
    convolver.settle();
    let first = run(&mut convolver, &input, 500);
    let mut poisoned = input.clone();
    poisoned.channel_mut(1)[300] = f64::NAN;
    run(&mut convolver, &poisoned, 500);
    convolver.reset();
    assert_eq!(run(&mut convolver, &input, 64), first);
}

#[test]
fn silence_ends_in_zeros() {
    let mut convolver = Convolver::new(SHAPE);
    let kernel = Dice(6).series(300);
    write(&mut convolver, 0, false, &kernel, &kernel);
    convolver.commit(false);
    convolver.settle();
    let noise = Dice(7).series(1_000);
    run(&mut convolver, &Block::from_channels(&[&noise, &noise]), 1_000);
    run(&mut convolver, &Block::new(2, 600), 600);
    assert!(run(&mut convolver, &Block::new(2, 1_000), 64).is_silent());
}
