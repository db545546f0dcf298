use super::*;

fn sine(hz: f64, rate: f64, frames: usize) -> Vec<f64> {
    (0..frames).map(|n| libm::sin(std::f64::consts::TAU * hz * n as f64 / rate)).collect()
}

fn through(path: &mut Oversampler, input: &[f64], sizes: &[usize], bend: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut output = vec![0.0; input.len()];
    let (mut done, mut turn) = (0, 0);
    while done < input.len() {
        let count = sizes[turn % sizes.len()].min(input.len() - done);
        for sample in path.raise(&input[done..done + count]) {
            *sample = bend(*sample);
        }
        path.lower(&mut output[done..done + count], false);
        done += count;
        turn += 1;
    }
    output
}

#[test]
fn up_and_down_is_a_delay_of_whole_frames() {
    for (rate, stages) in [(44_100.0, 5), (48_000.0, 5), (96_000.0, 4), (192_000.0, 3), (8_000.0, 1)] {
        let mut path = Oversampler::new(rate, stages, 1);
        // What bends delays by one sample of the high rate: here it does not, so one sample is missing.
        let late = path.latency() as f64 - 1.0 / path.factor() as f64;
        for hz in [0.01 * rate, 0.2 * rate, 0.99 * pass_band(rate) * rate] {
            path.reset();
            let input = sine(hz, rate, 2000);
            let output = through(&mut path, &input, &[64], |x| x);
            let worst = (1000..2000)
                .map(|n| (output[n] - libm::sin(std::f64::consts::TAU * hz * (n as f64 - late) / rate)).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(worst < 2e-6, "{rate} x{}: {hz} Hz: {worst:e}", path.factor());
        }
    }
}

#[test]
fn what_a_bend_makes_above_half_the_rate_does_not_fold_back() {
    // The third and fifth harmonic of 15 kHz lie at 45 and 75 kHz: they would fold to 900 and 13 200 Hz.
    let rate = 44_100.0;
    let mut path = Oversampler::new(rate, 5, 0);
    let output = through(&mut path, &sine(15_000.0, rate, 6_410), &[64], |x| x * x * x * x * x);
    for hz in [900.0, 13_200.0] {
        let turn = std::f64::consts::TAU * hz / rate;
        let (re, im) = output[2_000..6_410].iter().enumerate().fold((0.0, 0.0), |(re, im), (n, y)| {
            (re + y * libm::cos(turn * n as f64), im + y * libm::sin(turn * n as f64))
        });
        let level = 20.0 * libm::log10(libm::hypot(re, im) * 2.0 / 4_410.0);
        assert!(level < -125.0, "{hz} Hz at {level:.1} dB");
    }
}

#[test]
fn blocks_do_not_matter_and_zero_is_zero() {
    let input = sine(997.0, 48_000.0, 1_000);
    let mut path = Oversampler::new(48_000.0, 5, 0);
    let whole = through(&mut path, &input, &[64], libm::tanh);
    path.reset();
    assert_eq!(through(&mut path, &input, &[1, 7, 64, 33], libm::tanh), whole);
    path.reset();
    assert!(through(&mut path, &input, &[50], |_| 0.0).iter().all(|sample| *sample == 0.0));
}
