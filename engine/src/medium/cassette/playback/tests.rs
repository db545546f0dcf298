use super::*;
use crate::profile::load;

const RATE: SampleRate = SampleRate(48_000);

fn deck(kind: TapeType, full_scale: f64, parts: Parts) -> (Playback, Tape) {
    let profile = load("cassette", None).unwrap().unwrap();
    let tape = Tape::new(kind, &profile).unwrap();
    (Playback::new(RATE, tape.clone(), &profile, Db(full_scale), false, parts).unwrap(), tape)
}

fn played(deck: &mut Playback, left: &[f64], right: &[f64], size: usize) -> [Vec<f64>; 2] {
    let mut out = [Vec::new(), Vec::new()];
    let mut from = 0;
    while from < left.len() {
        let to = (from + size).min(left.len());
        let mut block = Block::from_channels(&[&left[from..to], &right[from..to]]);
        deck.play(Frames(from as u64), &mut block);
        out[0].extend_from_slice(block.channel(0));
        out[1].extend_from_slice(block.channel(1));
        from = to;
    }
    out
}

fn tone(hz: f64, amplitude: f64, count: usize) -> Vec<f64> {
    (0..count).map(|frame| amplitude * libm::sin(2.0 * PI * hz * frame as f64 / RATE.hz())).collect()
}

/// Amplitude of a whole number of waves in the last half second.
fn amplitude(samples: &[f64], hz: f64) -> f64 {
    let last = &samples[samples.len() - 24_000..];
    let (mut re, mut im) = (0.0, 0.0);
    for (index, sample) in last.iter().enumerate() {
        let (sin, cos) = libm::sincos(2.0 * PI * hz * index as f64 / RATE.hz());
        re += sample * cos;
        im += sample * sin;
    }
    2.0 * libm::hypot(re, im) / 24_000.0
}

/// Level on tape and third harmonic of a tone of this level on tape.
fn tone_of(kind: TapeType, hz: f64, level: f64) -> (f64, f64, Tape) {
    let full_scale = 12.0;
    let (mut deck, tape) = deck(kind, full_scale, Parts::TAPE);
    let signal = tone(hz, Db(level - full_scale).amplitude(), 48_000);
    let out = played(&mut deck, &signal, &signal, 512);
    let first = amplitude(&out[0], hz);
    (20.0 * libm::log10(first) + full_scale, amplitude(&out[0], 3.0 * hz) / first, tape)
}

#[test]
fn steady_tones_come_back_as_the_model_says() {
    for kind in TapeType::ALL {
        for (hz, level) in [(400.0, 5.0), (1000.0, 3.0), (4000.0, 3.0), (6000.0, 0.0), (400.0, -20.0)] {
            let (back, third, tape) = tone_of(kind, hz, level);
            let told = tape.tone(Hertz(hz), Db(level));
            assert!((back - told.level.0).abs() < 0.1, "{kind:?} {hz} Hz at {level}: {back} for {}", told.level);
            assert!((third - told.third).abs() < 0.02 * told.third + 2e-4, "{kind:?} {hz}: {third} for {}", told.third);
        }
    }
}

#[test]
fn highs_saturate_long_before_the_middle() {
    let (high, ..) = tone_of(TapeType::One, 10_000.0, 10.0);
    let (middle, ..) = tone_of(TapeType::One, 400.0, 10.0);
    // What data sheets call SOL, and what is left of the middle at the same level.
    assert!((high - -1.3).abs() < 1.2, "{high}");
    assert!(middle > 6.0, "{middle}");
}

#[test]
fn a_soft_programme_passes_late() {
    let (mut deck, _) = deck(TapeType::Two, 6.0, Parts::TAPE);
    let late = deck.latency().0 as usize;
    let signal: Vec<f64> = (0..30_000).map(|frame| 1e-3 * white(frame, 0)).collect();
    let out = played(&mut deck, &signal, &signal, 333);
    let (mut error, mut power) = (0.0, 0.0);
    for frame in 20_000..30_000 {
        let apart = out[0][frame] - signal[frame - late];
        error += apart * apart;
        power += signal[frame] * signal[frame];
    }
    assert!(10.0 * libm::log10(error / power) < -50.0, "{}", 10.0 * libm::log10(error / power));
}

#[test]
fn the_size_of_blocks_changes_no_bit() {
    let rows = [0, 1].map(|channel| (0..7000).map(|frame| 0.3 * white(frame, channel)).collect::<Vec<f64>>());
    let whole = played(&mut deck(TapeType::One, 8.0, Parts::ALL).0, &rows[0], &rows[1], 7000);
    for size in [1, 63, 480, 1024] {
        assert!(played(&mut deck(TapeType::One, 8.0, Parts::ALL).0, &rows[0], &rows[1], size) == whole, "{size}");
    }
}

#[test]
fn hiss_stands_at_its_level_and_the_channels_are_apart() {
    let parts = Parts { tape: false, noise: true, deck: false };
    let (mut quiet, tape) = deck(TapeType::One, 0.0, parts);
    let out = played(&mut quiet, &vec![0.0; 65_536], &vec![0.0; 65_536], 4096);
    let mut fft = RealFft::new(65_536);
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&out[0], &mut spectrum);
    let power = |(bin, value): (usize, &Complex<f64>)| value.norm_sqr() * a_weight(bin as f64 * RATE.hz() / 65_536.0);
    let sum: f64 = spectrum.iter().enumerate().map(power).sum::<f64>() * 2.0 / (65_536.0 * 65_536.0);
    assert!((10.0 * libm::log10(sum) - tape.noise.0).abs() < 0.3, "{}", 10.0 * libm::log10(sum));
    let parts = Parts { tape: false, noise: false, deck: true };
    let (mut crooked, _) = deck(TapeType::One, 0.0, parts);
    let signal = tone(5000.0, 0.5, 48_000);
    let out = played(&mut crooked, &signal, &signal, 512);
    let side: Vec<f64> = out[0].iter().zip(&out[1]).map(|(left, right)| 0.5 * (left - right)).collect();
    // 15 us apart at 5 kHz: sin(π f t) of the whole.
    let wanted = libm::sin(PI * 5000.0 * 15e-6);
    let share = amplitude(&side, 5000.0)
        / libm::hypot(amplitude(&side, 5000.0), {
            let sum: Vec<f64> = out[0].iter().zip(&out[1]).map(|(left, right)| 0.5 * (left + right)).collect();
            amplitude(&sum, 5000.0)
        });
    assert!((share / wanted - 1.0).abs() < 0.1, "{share} for {wanted}");
}

#[test]
fn garbage_and_other_layouts_do_no_harm() {
    let (mut deck, _) = deck(TapeType::Four, 20.0, Parts::ALL);
    let mut block = Block::from_channels(&[vec![f64::NAN, f64::INFINITY, 1e30, -1e200], vec![0.0; 4]]);
    deck.play(Frames(0), &mut block);
    deck.reset();
    let mut block = Block::from_channels(&[vec![0.5; 9000], vec![0.5; 9000]]);
    deck.play(Frames(0), &mut block);
    assert!(block.is_finite());
    let mut mono = Block::from_channels(&[vec![0.25; 10]]);
    deck.play(Frames(0), &mut mono);
    assert_eq!(mono.channel(0), [0.25; 10]);
}
