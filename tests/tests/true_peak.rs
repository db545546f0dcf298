//! The true peak is what it is, whatever the signal: tones from an eighth to 0.467 of the rate in every phase, impulses
//! between the samples, any rate, any channel; live within 0.02 dB, in files within 0.005 dB. What exceeds the ceiling is
//! listed with its place and channel.

use std::f64::consts::{PI, TAU};

use lacquer_engine::analysis::measure::Measurer;
use lacquer_engine::analysis::true_peak::TruePeaks;
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::unit::{Dbtp, SampleRate};

const LIVE_DB: f64 = 0.02;
const FILE_DB: f64 = 0.005;
const PHASES: usize = 16;

/// A tone of full scale, faded over 500 samples at both ends so that nothing overshoots.
fn tone(share: f64, phase: f64) -> Vec<f64> {
    let frames = 2_600;
    let fade = |n: usize| {
        let edge = n.min(frames - 1 - n).min(500) as f64 / 500.0;
        0.5 - 0.5 * libm::cos(PI * edge)
    };
    (0..frames).map(|n| fade(n) * libm::sin(TAU * (share * n as f64 + phase))).collect()
}

/// A band-limited impulse whose crest of full scale lies between two samples.
fn impulse(limit: f64, offset: f64) -> Vec<f64> {
    let (centre, half) = (1_000.0 + offset, 900.0);
    let wave = |n: usize| {
        let place = n as f64 - centre;
        let x = TAU * limit * place;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { libm::sin(x) / x };
        let window = if place.abs() < half { 0.5 + 0.5 * libm::cos(PI * place / half) } else { 0.0 };
        sinc * window
    };
    (0..2_000).map(wave).collect()
}

fn live(samples: &[f64], rate: u32) -> f64 {
    let mut peaks = TruePeaks::new(1, SampleRate(rate), Dbtp(0.0));
    for part in samples.chunks(256) {
        peaks.process(&Block::from_channels(&[part]));
    }
    peaks.finish();
    peaks.largest().expect("a peak").value.0
}

fn file(samples: &[f64], rate: u32, channels: usize, channel: usize) -> f64 {
    let rows: Vec<Vec<f64>> =
        (0..channels).map(|row| if row == channel { samples.to_vec() } else { vec![0.0; samples.len()] }).collect();
    let mut measurer = Measurer::new(Layout::of_channels(channels), SampleRate(rate), None).expect("a usual signal");
    measurer.process(&Block::from_channels(&rows));
    let measurement = measurer.finish().measurement;
    let of_channel = measurement.channels[channel].true_peak_dbtp.expect("a peak").0;
    assert_eq!(measurement.true_peak_dbtp.expect("a peak").0, of_channel);
    of_channel
}

#[track_caller]
fn near(what: &str, read: f64, expected: f64, tolerance: f64) {
    assert!((read - expected).abs() <= tolerance, "{what}: {read} dBTP instead of {expected}");
}

#[test]
fn tones_in_every_phase_read_full_scale() {
    let mut worst = (0.0f64, 0.0f64);
    for share in [0.125, 0.166_7, 0.2, 0.25, 0.3, 1.0 / 3.0, 0.37, 0.4, 0.425, 0.45, 0.46, 0.467] {
        for phase in 0..PHASES {
            let samples = tone(share, phase as f64 / PHASES as f64 / 2.0);
            let (live, file) = (live(&samples, 48_000), file(&samples, 48_000, 1, 0));
            near(&format!("live, {share} of the rate, phase {phase}"), live, 0.0, LIVE_DB);
            near(&format!("file, {share} of the rate, phase {phase}"), file, 0.0, FILE_DB);
            worst = (worst.0.max(live.abs()), worst.1.max(file.abs()));
        }
    }
    println!("worst error: live {:.4} dB, file {:.4} dB", worst.0, worst.1);
}

#[test]
fn impulses_between_samples_read_full_scale() {
    for limit in [0.25, 0.4, 0.45] {
        for step in 0..20 {
            let samples = impulse(limit, f64::from(step) / 20.0);
            near(&format!("live, {limit}, {step}"), live(&samples, 44_100), 0.0, LIVE_DB);
            near(&format!("file, {limit}, {step}"), file(&samples, 44_100, 1, 0), 0.0, FILE_DB);
        }
    }
}

#[test]
fn any_rate_and_any_channel() {
    for rate in [8_000, 44_100, 88_200, 192_000, 384_000] {
        for (channels, channel) in [(1, 0), (2, 1), (6, 3), (12, 11)] {
            let samples = tone(0.25, 0.125);
            near(
                &format!("{rate} Hz, channel {channel} of {channels}"),
                file(&samples, rate, channels, channel),
                0.0,
                FILE_DB,
            );
        }
    }
}

#[test]
fn overs_are_listed_with_time_and_channel() {
    let mut left = vec![0.0; 48_000];
    let right = vec![0.0; 48_000];
    // Crest of 1.27 between samples of 0.9.
    let burst = tone(0.25, 0.125);
    left[20_000..20_000 + burst.len()].iter_mut().zip(&burst).for_each(|(place, sample)| *place = 1.272_8 * sample);
    let mut measurer = Measurer::new(Layout::Stereo, SampleRate(48_000), None).expect("a usual signal");
    measurer.process(&Block::from_channels(&[left, right]));
    let measured = measurer.finish();
    assert!(measured.overs.iter().all(|over| over.channel == 0));
    let first = measured.overs.first().expect("an over");
    assert!((20_200..20_600).contains(&first.start.0), "{first:?}");
    let highest = measured.overs.iter().map(|over| over.peak.0).fold(f64::NEG_INFINITY, f64::max);
    near("the highest over", highest, 20.0 * libm::log10(1.272_8), FILE_DB);
    assert_eq!(measured.measurement.overs, measured.overs.len());
}
